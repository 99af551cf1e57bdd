//! Findings that touch texts which are not of the project: they are reported where the project can be changed.

use crate::diagnostic::Diagnostic;
use crate::source::{SourceId, Sources, Span};

/// Leaves out findings that have no place in the project, unless they are wanted.
pub(super) fn settle(findings: &mut Vec<Diagnostic>, sources: &Sources, wanted: bool) {
    if sources.has_foreign() && !wanted {
        findings.retain(|finding| finding.places().any(|span| !sources.is_foreign(span.source)));
    }
}

/// Where somebody can change what a finding is about: its first place in the project, else its first place.
pub(super) fn place(finding: &Diagnostic, sources: &Sources) -> SourceId {
    let own = |span: &Span| !sources.is_foreign(span.source);
    finding.places().find(own).unwrap_or(finding.primary.span).source
}

/// Moves findings to their first place in the project. What is one finding and what is several is settled before.
pub(super) fn turn(findings: &mut [Diagnostic], sources: &Sources) {
    for finding in findings {
        finding.turn_to(|span| !sources.is_foreign(span.source));
    }
}
