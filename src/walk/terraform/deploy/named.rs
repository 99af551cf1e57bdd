//! The files that calls in Terraform name, also where nothing is evaluated: in a resource that is not made by default, or by a
//! name with a variable in it.

use globset::{GlobBuilder, GlobMatcher};
use rustc_hash::FxHashSet;

use super::read::claims;
use crate::source::paths::{directory, joined};
use crate::source::{SourceId, Sources};

/// Those of some files that a `file("…")` or `templatefile("…")` may mean. Every file of Terraform is looked through, so this is for
/// what has to be known of few files.
///
/// <https://developer.hashicorp.com/terraform/language/functions/templatefile>
pub fn named(sources: &Sources, files: &FxHashSet<SourceId>) -> FxHashSet<SourceId> {
    let mut left = files.clone();
    let mut found = FxHashSet::default();
    for id in sources.ids().filter(|id| claims(sources.path(*id))) {
        if left.is_empty() {
            break;
        }
        let text = sources.text_or_empty(id);
        for matcher in calls(&text).filter_map(|path| meant(path, directory(sources.path(id)))) {
            left.retain(|file| {
                let fits = matcher.is_match(sources.path(*file));
                if fits {
                    found.insert(*file);
                }
                !fits
            });
        }
    }
    found
}

/// The first arguments of all calls of functions that read a file, where these are in quotes: what stands between those.
fn calls(text: &str) -> impl Iterator<Item = &str> {
    text.match_indices("file(").filter_map(|(at, call)| {
        let written = text.get(at + call.len()..)?.trim_start().strip_prefix('"')?;
        written.get(..quoted(written)?)
    })
}

/// How far a quoted text reaches, from behind its first quote. Quotes inside of `${…}` do not end it.
fn quoted(text: &str) -> Option<usize> {
    let (mut depth, mut before) = (0_usize, 0);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'\n' => return None,
            b'{' if before == b'$' || depth > 0 => depth += 1,
            b'}' => depth = depth.saturating_sub(1),
            b'"' if depth == 0 => return Some(at),
            _ => {}
        }
        before = byte;
    }
    None
}

/// The paths that the argument of a call in a directory may mean: below that where it says so, or anywhere, as seen from a root
/// module, if it says more than a variable.
fn meant(written: &str, directory: &str) -> Option<GlobMatcher> {
    let in_module = written.strip_prefix("${path.module}/");
    let rest = in_module.or_else(|| written.strip_prefix("${path.root}/")).unwrap_or(written);
    let (pattern, fixed) = pattern(rest.trim_start_matches("./"));
    let pattern = match in_module {
        Some(_) => joined(&globset::escape(directory), &pattern)?,
        None if fixed < 4 => return None,
        None => format!("**/{}", pattern.trim_start_matches("../")),
    };
    Some(GlobBuilder::new(&pattern).literal_separator(true).build().ok()?.compile_matcher())
}

/// A path with a wildcard for each `${…}`, and how many letters of it before its ending are fixed.
fn pattern(written: &str) -> (String, usize) {
    let (mut pattern, mut fixed) = (String::new(), 0);
    let mut rest = written;
    while let Some((before, after)) = rest.split_once("${") {
        pattern.push_str(&globset::escape(before));
        pattern.push('*');
        fixed += before.chars().filter(|c| c.is_alphanumeric()).count();
        let end = quoted_end(after);
        rest = after.get(end..).unwrap_or_default();
    }
    pattern.push_str(&globset::escape(rest));
    let name = rest.split('.').next().unwrap_or_default();
    (pattern, fixed + name.chars().filter(|c| c.is_alphanumeric()).count())
}

/// Where an interpolation ends, from behind its opening brace.
fn quoted_end(text: &str) -> usize {
    let mut depth = 1_usize;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'{' => depth += 1,
            b'}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return at + 1;
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fits(call: &str, path: &str) -> bool {
        let path_of = calls(call).next().unwrap();
        meant(path_of, "modules/iam").is_some_and(|matcher| matcher.is_match(path))
    }

    #[test]
    fn a_call_means_the_files_that_its_argument_may_come_to() {
        for (call, path, expected) in [
            (
                r#"templatefile("${path.module}/t/${var.kind}.json.tpl", {})"#,
                "modules/iam/t/a.json.tpl",
                true,
            ),
            (
                r#"templatefile("${path.module}/t/${var.kind}.json.tpl", {})"#,
                "modules/iam/t/a/b.json.tpl",
                false,
            ),
            (r#"templatefile("${path.module}/t/${var.kind}.json.tpl", {})"#, "other/t/a.json.tpl", false),
            (r#"file("${path.module}/${var.names["a"]}.json")"#, "modules/iam/x.json", true),
            (r#"file("${path.module}/../policies/x.json")"#, "modules/policies/x.json", true),
            (r#"file( "policies/partner.json")"#, "live/policies/partner.json", true),
            (r#"file("./policies/partner.json")"#, "policies/partner.json", true),
            (r#"file("policies/partner.json")"#, "policies/partners.json", false),
            // What only a variable says may be anything.
            (r#"file("${var.path}.json")"#, "live/policies/partner.json", false),
        ] {
            assert_eq!(fits(call, path), expected, "{call} {path}");
        }
    }

    #[test]
    fn what_is_no_text_in_quotes_names_nothing() {
        assert_eq!(calls("file(local.path) file(\"a\n\") file(\"${a").count(), 0);
    }
}
