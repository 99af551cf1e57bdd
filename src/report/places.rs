//! What several formats say of a finding in the same way: where it is, and what tells it apart from the others.

use std::collections::BTreeMap;

use super::given::Report;
use crate::diagnostic::{Diagnostic, Label};
use crate::source::SourceId;

/// The path of a file below the root of the repository, which code hosts want.
pub(super) fn in_repository(report: &Report<'_>, id: SourceId) -> String {
    format!("{}{}", report.repository_prefix, report.sources.path(id))
}

/// All places of a finding, the first one first.
pub(super) fn labels(finding: &Diagnostic) -> impl Iterator<Item = &Label> {
    std::iter::once(&finding.primary).chain(&finding.related)
}

/// A further place on one line: `b/bucket.yaml:6:15: only this is granted`.
pub(super) fn line(report: &Report<'_>, label: &Label) -> String {
    let position = report.sources.position(label.span.source, label.span.start);
    let path = report.sources.shown(label.span.source);
    let text = if label.text.is_empty() { "see also" } else { &label.text };
    format!("{path}:{}:{}: {text}", position.line, position.column)
}

/// Fingerprints that no two findings of a report share. Readers take equal ones for one finding.
#[derive(Debug, Default)]
pub(super) struct Fingerprints {
    /// How often each has occurred.
    seen: BTreeMap<String, usize>,
}

impl Fingerprints {
    /// The fingerprint of the next finding, with a number from the second one on that has it.
    pub(super) fn of(&mut self, finding: &Diagnostic) -> String {
        let fingerprint = finding.fingerprint();
        let count = self.seen.entry(fingerprint.clone()).or_default();
        *count += 1;
        if *count == 1 { fingerprint } else { format!("{fingerprint}:{count}") }
    }
}
