//! Changes of text that mend findings, and comments that accept them. Nothing is written here: `cli` does that.
//!
//! A fix is a few byte ranges with what is to stand there. Those of one run do not overlap: of two that do, the second is left for
//! the next round, in which it is made anew for the changed text.

mod diff;
mod ignores;

use std::collections::BTreeMap;

use crate::diagnostic::{Diagnostic, Edit};
use crate::outcome::Checked;
use crate::rules::UNREADABLE;
use crate::source::{SourceId, Sources};

pub use diff::unified;
pub use ignores::{Place, ignores};

/// The rule about ignores: what it finds is mended, not ignored.
pub const ABOUT_IGNORES: &str = "unused-ignore";

/// The edits of several fixes, by file, in the order of their places.
#[derive(Debug, Default)]
pub struct Edits {
    by_file: BTreeMap<SourceId, Vec<Edit>>,
    /// How many fixes they are.
    pub count: usize,
}

impl Edits {
    /// The fixes of findings, of files that may be changed.
    pub fn of<'d>(
        findings: impl IntoIterator<Item = &'d Diagnostic>,
        may: impl Fn(SourceId) -> bool,
    ) -> Self {
        let mut edits = Self::default();
        for fix in findings.into_iter().filter_map(|finding| finding.fix.as_ref()) {
            if fix.edits.iter().all(|edit| may(edit.span.source)) {
                edits.add(&fix.edits);
            }
        }
        edits
    }

    /// Adds all edits of one fix, or none when one of them overlaps what is there.
    pub fn add(&mut self, fix: &[Edit]) -> bool {
        let is_free = |edit: &Edit| {
            let others = self.by_file.get(&edit.span.source).into_iter().flatten();
            others.into_iter().all(|other| !overlap(edit, other))
        };
        let apart = fix.iter().enumerate().all(|(at, edit)| {
            fix.iter()
                .skip(at + 1)
                .all(|other| edit.span.source != other.span.source || !overlap(edit, other))
        });
        if fix.is_empty() || !apart || !fix.iter().all(is_free) {
            return false;
        }
        for edit in fix {
            self.by_file.entry(edit.span.source).or_default().push(edit.clone());
        }
        self.count += 1;
        true
    }

    /// Adds a single edit, when there is one.
    fn extend_one(&mut self, edit: Option<Edit>) {
        if let Some(edit) = edit {
            self.add(&[edit]);
        }
    }

    /// The edits of each file, for who makes them elsewhere.
    pub fn each(&self) -> impl Iterator<Item = (SourceId, &[Edit])> {
        self.by_file.iter().map(|(id, edits)| (*id, edits.as_slice()))
    }

    /// The files that are changed.
    pub fn files(&self) -> impl Iterator<Item = SourceId> {
        self.by_file.keys().copied()
    }

    /// The new text of each file.
    pub fn apply(&self, sources: &Sources) -> Vec<(SourceId, String)> {
        let changed = self.by_file.iter().filter_map(|(id, edits)| {
            let text = sources.text_or_empty(*id);
            Some((*id, applied(&text, edits)?))
        });
        changed.collect()
    }
}

/// What a finding is known again by after lines moved.
pub fn key(finding: &Diagnostic) -> (&'static str, String, SourceId) {
    (finding.rule, finding.fingerprint(), finding.primary.span.source)
}

/// How many files could not be read.
pub fn count_unread(checked: &Checked) -> usize {
    checked.findings.iter().filter(|finding| finding.rule == UNREADABLE).count()
}

/// Whether two edits of one file touch the same text, or stand at the same place.
fn overlap(one: &Edit, other: &Edit) -> bool {
    let (a, b) = (one.span, other.span);
    (a.start < b.end && b.start < a.end) || a.start == b.start
}

/// A text with edits made; `None` when one does not fit it.
fn applied(text: &str, edits: &[Edit]) -> Option<String> {
    let mut edits: Vec<&Edit> = edits.iter().collect();
    edits.sort_by_key(|edit| edit.span);
    let (mut new, mut at) = (String::with_capacity(text.len()), 0);
    for edit in edits {
        let range = edit.span.range();
        new.push_str(text.get(at..range.start)?);
        text.get(range.clone())?;
        new.push_str(&edit.text);
        at = range.end;
    }
    new.push_str(text.get(at..)?);
    Some(new)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Span;

    fn edits(all: &[(usize, usize, &str)]) -> Edits {
        let mut edits = Edits::default();
        for (start, end, text) in all {
            let span = Span::new(SourceId::first(), *start, *end);
            edits.add(&[Edit { span, text: (*text).to_owned() }]);
        }
        edits
    }

    fn applied_to(text: &str, all: &[(usize, usize, &str)]) -> String {
        let sources = Sources::in_memory([("a.tf".to_owned(), text.to_owned())]);
        let new = edits(all).apply(&sources);
        new.into_iter().next().map(|(_, text)| text).unwrap_or_default()
    }

    #[test]
    fn edits_are_made_from_the_first_to_the_last_whatever_order_they_come_in() {
        assert_eq!(applied_to("abcdef", &[(4, 5, "X"), (0, 1, ""), (2, 2, "--")]), "b--cdXf");
    }

    #[test]
    fn of_two_that_overlap_the_second_is_left_out() {
        assert_eq!(applied_to("abcdef", &[(1, 4, "X"), (3, 5, "Y")]), "aXef");
        assert_eq!(applied_to("abcdef", &[(2, 2, "X"), (2, 2, "Y")]), "abXcdef");
        assert_eq!(edits(&[(1, 4, "X"), (3, 5, "Y"), (4, 5, "")]).count, 2);
    }

    #[test]
    fn what_does_not_fit_the_text_changes_nothing() {
        assert_eq!(applied_to("aü", &[(2, 3, "X")]), "");
        assert_eq!(applied_to("a", &[(1, 3, "X")]), "");
    }

    #[test]
    fn a_fix_is_made_whole_or_not_at_all() {
        let edit = |start, end| Edit { span: Span::new(SourceId::first(), start, end), text: String::new() };
        let mut edits = edits(&[(0, 2, "")]);
        assert!(!edits.add(&[edit(4, 5), edit(1, 3)]) && !edits.add(&[edit(3, 5), edit(4, 6)]));
        assert!(edits.add(&[edit(4, 5), edit(2, 3)]));
        assert_eq!(edits.count, 2);
    }
}
