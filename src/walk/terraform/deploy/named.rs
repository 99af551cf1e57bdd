//! The files that calls in Terraform name, also where nothing is evaluated: in a resource that is not made by default, or by a
//! name with a variable in it.

use memchr::memmem::Finder;
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
    let call = Finder::new(CALL);
    for id in sources.ids().filter(|id| claims(sources.path(*id))) {
        if left.is_empty() {
            break;
        }
        let text = sources.text_or_empty(id);
        for meant in calls(&text, &call).filter_map(|path| Meant::of(path, directory(sources.path(id)))) {
            left.retain(|file| {
                let fits = meant.fits(sources.path(*file));
                if fits {
                    found.insert(*file);
                }
                !fits
            });
        }
    }
    found
}

/// What the call of a function that reads a file begins with.
const CALL: &str = "file(";

/// Stands in a path for what an expression says. No path has it in it.
const HOLE: char = '\0';

/// The first arguments of all calls of functions that read a file, where these are in quotes: what stands between those.
fn calls<'t>(text: &'t str, call: &Finder<'_>) -> impl Iterator<Item = &'t str> {
    call.find_iter(text.as_bytes()).filter_map(|at| {
        let written = text.get(at + CALL.len()..)?.trim_start().strip_prefix('"')?;
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

/// The paths that an argument of a call may mean.
struct Meant {
    /// A path with a [`HOLE`] for each `${…}`, which may be any part of a name.
    pattern: String,
    /// Whether they may lie in any directory.
    anywhere: bool,
}

impl Meant {
    /// The paths that the argument of a call in a directory may mean: below that where it says so, or anywhere, as seen from a
    /// root module, if it says more than a variable.
    fn of(written: &str, directory: &str) -> Option<Self> {
        let in_module = written.strip_prefix("${path.module}/");
        let rest = in_module.or_else(|| written.strip_prefix("${path.root}/")).unwrap_or(written);
        let (pattern, fixed) = pattern(rest.trim_start_matches("./"));
        match in_module {
            Some(_) => Some(Self { pattern: joined(directory, &pattern)?, anywhere: false }),
            None if fixed < 4 => None,
            None => Some(Self { pattern: pattern.trim_start_matches("../").to_owned(), anywhere: true }),
        }
    }

    /// Whether a path is one of them: its last names, or all, are those of the pattern.
    fn fits(&self, path: &str) -> bool {
        let mut names = path.rsplit('/');
        let mut wanted = self.pattern.rsplit('/');
        wanted.all(|pattern| names.next().is_some_and(|name| name_fits(pattern, name)))
            && (self.anywhere || names.next().is_none())
    }
}

/// Whether a name is a pattern with something in each of its holes.
fn name_fits(pattern: &str, name: &str) -> bool {
    let Some((first, rest)) = pattern.split_once(HOLE) else { return pattern == name };
    let Some(mut name) = name.strip_prefix(first) else { return false };
    let (between, last) =
        rest.rsplit_once(HOLE).map_or((None, rest), |(between, last)| (Some(between), last));
    for part in between.into_iter().flat_map(|between| between.split(HOLE)) {
        let Some((_, after)) = name.split_once(part) else { return false };
        name = after;
    }
    name.ends_with(last)
}

/// A path with a [`HOLE`] for each `${…}`, and how many letters of it before its ending are fixed.
fn pattern(written: &str) -> (String, usize) {
    let (mut pattern, mut fixed) = (String::new(), 0);
    let mut rest = written;
    while let Some((before, after)) = rest.split_once("${") {
        pattern.push_str(before);
        pattern.push(HOLE);
        fixed += before.chars().filter(|c| c.is_alphanumeric()).count();
        let end = quoted_end(after);
        rest = after.get(end..).unwrap_or_default();
    }
    pattern.push_str(rest);
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
        let finder = Finder::new(CALL);
        let path_of = calls(call, &finder).next().unwrap();
        Meant::of(path_of, "modules/iam").is_some_and(|meant| meant.fits(path))
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
            (r#"file("policies/partner.json")"#, "partner.json", false),
            (r#"file("policies/[a]-${var.x}-b-${var.y}.json")"#, "policies/[a]-1-b-2.json", true),
            (r#"file("policies/[a]-${var.x}-b-${var.y}.json")"#, "policies/a-1-b-2.json", false),
            (r#"file("policies/[a]-${var.x}-b-${var.y}.json")"#, "policies/[a]-1-2.json", false),
            // Something between two ends is not both of them.
            (r#"file("policies/aba${var.x}aba.json")"#, "policies/aba.json", false),
            // What only a variable says may be anything.
            (r#"file("${var.path}.json")"#, "live/policies/partner.json", false),
        ] {
            assert_eq!(fits(call, path), expected, "{call} {path}");
        }
    }

    #[test]
    fn what_is_no_text_in_quotes_names_nothing() {
        let text = "file(local.path) file(\"a\n\") file(\"${a";
        assert_eq!(calls(text, &Finder::new(CALL)).count(), 0);
    }
}
