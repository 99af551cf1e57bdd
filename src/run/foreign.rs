//! Findings that touch texts which are not of the project: they are reported where the project can be changed.

use crate::diagnostic::Diagnostic;
use crate::source::Sources;

/// Moves findings to a place of the project, and leaves out those that have none unless they are wanted.
pub(super) fn settle(findings: &mut Vec<Diagnostic>, sources: &Sources, wanted: bool) {
    if !sources.has_foreign() {
        return;
    }
    findings.retain_mut(|finding| is_own(finding, sources) || wanted);
}

/// Whether a finding has a place in the project, which is its first one then.
fn is_own(finding: &mut Diagnostic, sources: &Sources) -> bool {
    if !sources.is_foreign(finding.primary.span.source) {
        return true;
    }
    let own = finding.related.iter_mut().find(|label| !sources.is_foreign(label.span.source));
    match own {
        Some(own) => {
            std::mem::swap(own, &mut finding.primary);
            true
        }
        None => false,
    }
}
