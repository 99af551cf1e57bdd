//! The shortest patterns that cover some paths and no others.

use std::collections::BTreeSet;

use super::matching::is_below;

/// Patterns for `own`, none of which covers one of `others`, and those of `own` for which there is none.
pub(super) fn globs(own: &BTreeSet<&str>, others: &BTreeSet<&str>) -> (Vec<String>, Vec<String>) {
    let shared = shared_directory(own);
    let (mut globs, mut without) = (Vec::new(), Vec::new());
    let mut covered: Vec<String> = Vec::new();
    for path in own {
        if covered.iter().any(|directory| is_below(path, directory)) {
            continue;
        }
        let ends = path.match_indices('/').map(|(at, _)| at).chain([path.len()]);
        let above =
            ends.filter_map(|end| path.get(..end)).filter(|directory| directory.len() >= shared.len());
        let whole = Some("").filter(|_| shared.is_empty());
        let free = |directory: &&str| !others.iter().any(|other| is_below(other, directory));
        match whole.into_iter().chain(above).find(free) {
            Some(directory) => {
                globs.push(glob(directory, directory == *path));
                covered.push(directory.to_owned());
            }
            None => without.push((*path).to_owned()),
        }
    }
    (globs, without)
}

/// The pattern for a directory, or for a template file.
fn glob(path: &str, is_unit: bool) -> String {
    if path.is_empty() {
        return "**".to_owned();
    }
    let name = path.rsplit('/').next().unwrap_or(path);
    let is_file =
        is_unit && [".yaml", ".yml", ".json", ".template"].iter().any(|ending| name.ends_with(ending));
    let escaped = globset::escape(path);
    if is_file { escaped } else { format!("{escaped}/**") }
}

/// The deepest directory that holds all paths, or the only path.
fn shared_directory<'p>(paths: &BTreeSet<&'p str>) -> &'p str {
    let (Some(first), Some(last)) = (paths.first(), paths.last()) else { return "" };
    let mut end = 0;
    for (at, _) in first.match_indices('/').chain([(first.len(), "")]) {
        let directory = first.get(..at).unwrap_or_default();
        if !is_below(last, directory) || !paths.iter().all(|path| is_below(path, directory)) {
            break;
        }
        end = at;
    }
    first.get(..end).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(own: &[&str], others: &[&str]) -> (Vec<String>, Vec<String>) {
        globs(&own.iter().copied().collect(), &others.iter().copied().collect())
    }

    #[test]
    fn patterns_are_as_short_as_what_lies_beside_allows() {
        let shown = |own: &[&str], others: &[&str]| of(own, others).0.join(" ");
        assert_eq!(shown(&["envs/prod/a", "envs/prod/b"], &["envs/dev/a"]), "envs/prod/**");
        assert_eq!(shown(&["envs/prod/a"], &[]), "envs/prod/a/**");
        assert_eq!(shown(&["a/prod", "b/prod"], &["a/dev"]), "a/prod/** b/**");
        assert_eq!(shown(&["a", "b"], &[]), "**");
        assert_eq!(shown(&["a/t.yaml"], &["a/u.yaml"]), "a/t.yaml");
        assert_eq!(shown(&["a/[x]"], &["a/y"]), "a/[[]x[]]/**");
        assert_eq!(shown(&["prod"], &["production"]), "prod/**");
    }

    #[test]
    fn what_lies_above_another_account_has_no_pattern() {
        assert_eq!(of(&["", "a"], &["b"]), (vec!["a/**".to_owned()], vec![String::new()]));
        assert_eq!(of(&["a"], &["a/b"]), (Vec::new(), vec!["a".to_owned()]));
    }
}
