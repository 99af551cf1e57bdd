//! Patterns of paths that take words out of them: `roles/{name}/{kind}.json`.

use std::collections::BTreeMap;
use std::fmt;

use regex::{Regex, escape};

use crate::bounds;

/// The words that say what a policy is for, in a path as in `kind`.
const KINDS: &str = "(?i:assume[-_]role|permissions?|policy|inline|trust|identity|boundary|session|resource|scp|rcp|endpoint)\
                     (?:[-_](?i:policy))?";

/// A pattern for paths. `*` and `{name}` stay inside one directory, `**` does not; `{kind}` is one of the words for kinds, and
/// `{a,b}` is one of these.
#[derive(Clone)]
pub struct Pattern {
    written: String,
    regex: Regex,
}

impl fmt::Debug for Pattern {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.written.fmt(formatter)
    }
}

impl Pattern {
    /// Reads a pattern.
    ///
    /// # Errors
    ///
    /// When it is malformed; the text says how.
    pub fn new(written: &str) -> Result<Self, String> {
        let cleaned = written.trim_start_matches("./");
        if cleaned.is_empty() {
            return Err("an empty pattern matches nothing".to_owned());
        }
        if cleaned.starts_with('/') || cleaned.split('/').any(|part| part == "..") {
            return Err(format!("`{written}` leaves the project; paths are relative to it"));
        }
        if cleaned.len() > bounds::PATH_PATTERN_BYTES {
            return Err(format!("the pattern is longer than {} bytes", bounds::PATH_PATTERN_BYTES));
        }
        let regex = Regex::new(&expression(cleaned)?).map_err(|_| format!("`{written}` is too large"))?;
        Ok(Self { written: written.to_owned(), regex })
    }

    /// The pattern as written.
    pub fn as_str(&self) -> &str {
        &self.written
    }

    /// Whether it takes a word of this name out of a path.
    pub fn captures(&self, name: &str) -> bool {
        self.regex.capture_names().flatten().any(|known| known == name)
    }

    /// The words that it takes out of a path, when the whole path matches.
    pub fn matches<'p>(&self, path: &'p str) -> Option<BTreeMap<&str, &'p str>> {
        let found = self.regex.captures(path)?;
        let names = self.regex.capture_names().flatten();
        Some(names.filter_map(|name| Some((name, found.name(name)?.as_str()))).collect())
    }
}

/// The pattern as a regular expression for whole paths.
fn expression(pattern: &str) -> Result<String, String> {
    let mut out = String::from("^");
    let mut rest = pattern;
    let mut names: Vec<&str> = Vec::new();
    while let Some(first) = rest.chars().next() {
        if let Some(after) = rest.strip_prefix("**/") {
            out.push_str("(?:[^/]+/)*");
            rest = after;
        } else if let Some(after) = rest.strip_prefix("**") {
            out.push_str(".*");
            rest = after;
        } else if let Some(after) = rest.strip_prefix('{') {
            let (inner, after) = after.split_once('}').ok_or("a `{` is not closed")?;
            out.push_str(&braces(inner, &mut names)?);
            rest = after;
        } else {
            match first {
                '*' => out.push_str("[^/]*"),
                '?' => out.push_str("[^/]"),
                _ => out.push_str(&escape(first.encode_utf8(&mut [0; 4]))),
            }
            rest = rest.get(first.len_utf8()..).unwrap_or_default();
        }
    }
    out.push('$');
    Ok(out)
}

/// What stands in braces: a name, or alternatives.
fn braces<'p>(inner: &'p str, names: &mut Vec<&'p str>) -> Result<String, String> {
    if inner.contains(',') {
        let each: Vec<String> = inner.split(',').map(escape).collect();
        return Ok(format!("(?:{})", each.join("|")));
    }
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if inner.is_empty() || !inner.chars().all(is_word) || inner.starts_with(|c: char| c.is_ascii_digit()) {
        return Err(format!("`{{{inner}}}` is not a name: write letters, digits and `_`"));
    }
    if names.contains(&inner) {
        return Err(format!("`{{{inner}}}` stands in the pattern twice"));
    }
    names.push(inner);
    Ok(if inner == "kind" { format!("(?P<kind>{KINDS})") } else { format!("(?P<{inner}>[^/]+?)") })
}

#[cfg(test)]
mod tests {
    use super::Pattern;

    fn taken(pattern: &str, path: &str) -> Option<String> {
        let pattern = Pattern::new(pattern).unwrap();
        let found = pattern.matches(path)?;
        Some(found.iter().map(|(name, word)| format!("{name}={word}")).collect::<Vec<_>>().join(" "))
    }

    #[test]
    fn words_are_taken_out_of_paths() {
        for (pattern, path, expected) in [
            ("roles/{name}/{kind}.json", "roles/ci/trust.json", Some("kind=trust name=ci")),
            ("roles/{name}/{kind}.json", "roles/ci/other.json", None),
            ("{name}-{kind}.json", "my-role-trust-policy.json", Some("kind=trust-policy name=my-role")),
            ("**/{name}.json", "a/b/c.json", Some("name=c")),
            ("**/{name}.json", "c.json", Some("name=c")),
            ("a/*.json", "a/b/c.json", None),
            ("a/{x,y}/?.json", "a/y/1.json", Some("")),
            ("a.json", "aXjson", None),
        ] {
            assert_eq!(taken(pattern, path).as_deref(), expected, "{pattern} {path}");
        }
    }

    #[test]
    fn what_is_no_pattern_is_refused() {
        for wrong in ["", "../a.json", "/a.json", "{name", "{a b}.json", "{a}/{a}.json", "{}.json"] {
            assert!(Pattern::new(wrong).is_err(), "{wrong}");
        }
    }
}
