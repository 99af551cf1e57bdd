//! Findings as editors show them.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::str::FromStr;

use lsp_types::{
    CodeDescription, Diagnostic, DiagnosticRelatedInformation, DiagnosticSeverity, DiagnosticTag, Location,
    NumberOrString, Uri,
};

use super::analysis::Analysis;
use super::place::{Encoding, location, path_of};
use crate::diagnostic::{self, Label, Severity};
use crate::report::{escaped, rule_url};

/// What is wrong in each file of a project.
pub(super) fn by_file(
    analysis: &Analysis,
    least: Severity,
    (encoding, shows_related): (Encoding, bool),
) -> BTreeMap<PathBuf, Vec<Diagnostic>> {
    let mut all: BTreeMap<PathBuf, Vec<Diagnostic>> = BTreeMap::new();
    let sources = &analysis.loaded.project.sources;
    for finding in analysis.shown(least) {
        let Some(path) = path_of(analysis.root(), sources, finding.primary.span.source) else { continue };
        all.entry(path).or_default().extend(shown(finding, analysis, (encoding, shows_related)));
    }
    all
}

/// A finding at its first place, with its other places beside it: the other side is one key away. An editor that does not show them
/// has them in the message.
fn shown(
    finding: &diagnostic::Diagnostic,
    analysis: &Analysis,
    (encoding, shows_related): (Encoding, bool),
) -> Option<Diagnostic> {
    let sources = &analysis.loaded.project.sources;
    let first = location(analysis.root(), sources, finding.primary.span, encoding)?;
    let range = first.range;
    let mut message = escaped(&finding.message).into_owned();
    if let Some(help) = &finding.help {
        message.extend(["\nhelp: ", &escaped(help)]);
    }
    for label in finding.related.iter().filter(|_| !shows_related) {
        let line = sources.position(label.span.source, label.span.start).line;
        let path = sources.path(label.span.source);
        message.extend(["\n", &escaped(&format!("{path}:{line}: {}", said(label)))]);
    }
    let beside = |label: &Label| {
        // What lies in the file of another project is told where the finding is.
        let at = location(analysis.root(), sources, label.span, encoding);
        let location = at.unwrap_or_else(|| Location { uri: first.uri.clone(), range });
        DiagnosticRelatedInformation { location, message: said(label) }
    };
    let first = std::iter::once(&finding.primary).filter(|label| !label.text.is_empty());
    Some(Diagnostic {
        range,
        severity: Some(severity(finding.severity)),
        code: Some(NumberOrString::String(finding.rule.to_owned())),
        code_description: page(finding.rule).map(|href| CodeDescription { href }),
        source: Some("trustlint".to_owned()),
        message,
        related_information: Some(first.chain(&finding.related).map(beside).collect()),
        tags: (finding.rule == "unused-ignore").then(|| vec![DiagnosticTag::UNNECESSARY]),
        data: Some(serde_json::json!({ "fingerprint": finding.fingerprint() })),
    })
}

/// A label with whose place it is.
pub(super) fn said(label: &Label) -> String {
    let mut said = escaped(&label.text).into_owned();
    let whose: Vec<&str> =
        [&label.address, &label.account].into_iter().flatten().map(|word| &**word).collect();
    if !whose.is_empty() {
        said.extend([" [", &escaped(&whose.join(", ")), "]"]);
    }
    said
}

/// The page of a rule.
pub(super) fn page(rule: &str) -> Option<Uri> {
    Uri::from_str(&rule_url(rule)).ok()
}

fn severity(severity: Severity) -> DiagnosticSeverity {
    match severity {
        Severity::Error => DiagnosticSeverity::ERROR,
        Severity::Warning => DiagnosticSeverity::WARNING,
        Severity::Info => DiagnosticSeverity::INFORMATION,
    }
}
