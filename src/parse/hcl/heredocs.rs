//! Heredocs: where they end.
//!
//! <https://developer.hashicorp.com/terraform/language/expressions/strings#heredoc-strings>

use std::ops::Range;

use super::keys;
use crate::bounds;

/// The marker of a heredoc that begins on this line.
pub(super) fn marker(line: &str) -> Option<&str> {
    let (_, after) = line.rsplit_once("<<")?;
    let name = after.strip_prefix('-').unwrap_or(after).trim_end();
    let word = |char: char| char.is_alphanumeric() || matches!(char, '_' | '-');
    (!name.is_empty() && name.chars().all(word)).then_some(name)
}

/// The text with other markers, as long as those that are written, where a line of a heredoc begins with its marker and does
/// not end it. The grammar ends a heredoc there, Terraform only at a line that is its marker.
pub(super) fn apart(text: &str) -> Option<String> {
    if !text.contains("<<") {
        return None;
    }
    let mut copy: Option<String> = None;
    let mut lines = Lines { text, at: 0 };
    let mut left = bounds::HCL_RETRIES;
    while let Some((start, line)) = lines.next() {
        let Some(name) = marker(line) else { continue };
        // Each that nothing ends is looked for to the end of the file.
        left = left.checked_sub(1)?;
        let (mut inside, mut is_early) = (lines.at..lines.at, false);
        let mut rest = lines.clone();
        while let Some((at, end)) = rest.next() {
            if end.trim() != name {
                is_early |= end.trim_start().starts_with(name);
                inside.end = rest.at;
                continue;
            }
            lines.at = rest.at;
            if is_early && let Some(other) = other(text, inside, name.len()) {
                let copy = copy.get_or_insert_with(|| text.to_owned());
                let begins = start + line.trim_end().len() - name.len();
                let ends = at + end.len() - end.trim_start().len();
                copy.replace_range(begins..begins + name.len(), &other);
                copy.replace_range(ends..ends + name.len(), &other);
            }
            break;
        }
    }
    copy
}

/// A marker of this length with which no line begins.
fn other(text: &str, inside: Range<usize>, length: usize) -> Option<String> {
    let lines = text.get(inside)?;
    let is_free = |name: &String| !lines.lines().any(|line| line.trim_start().starts_with(name.as_str()));
    (0..bounds::HCL_RETRIES).map(|attempt| keys::name(length, attempt)).find(is_free)
}

/// The lines of a text from a place on, each with its start.
#[derive(Clone)]
struct Lines<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Iterator for Lines<'t> {
    type Item = (usize, &'t str);

    fn next(&mut self) -> Option<Self::Item> {
        let rest = self.text.get(self.at..).filter(|rest| !rest.is_empty())?;
        let line = rest.split_inclusive('\n').next()?;
        let start = self.at;
        self.at += line.len();
        Some((start, line))
    }
}
