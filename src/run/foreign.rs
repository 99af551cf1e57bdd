//! Findings that touch texts which are not of the project: they are reported where the project can be changed.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::diagnostic::{Diagnostic, Label, Problem};
use crate::facts::Aged;
use crate::graph::Graph;
use crate::source::{SourceId, Sources, Span};
use crate::walk::snapshot;

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

/// Gives the places in snapshots the one statement that they are in, since these files may be one line of megabytes.
pub(super) fn quote(findings: &mut [Diagnostic], sources: &Sources, graph: &Graph) {
    let mut labels: Vec<&mut Label> = findings
        .iter_mut()
        .flat_map(Diagnostic::labels_mut)
        .filter(|label| sources.is_foreign(label.span.source))
        .collect();
    if labels.is_empty() || !graph.accounts.has_seen() {
        return;
    }
    let seen = graph.declarations.iter().filter(|declaration| graph.accounts.is_seen(&declaration.unit));
    let mut bodies: Vec<Span> = seen.map(|declaration| declaration.body).collect();
    bodies.sort_unstable();
    for label in &mut labels {
        let after =
            bodies.partition_point(|body| (body.source, body.start) <= (label.span.source, label.span.start));
        let body =
            after.checked_sub(1).and_then(|at| bodies.get(at)).filter(|body| body.contains(label.span));
        let found = body.and_then(|body| snapshot::statement(&sources.slice(*body), *body, label.span));
        label.excerpt = found.map(Arc::new);
    }
}

/// What is older than somebody wants it to be.
pub(super) fn too_old(aged: &[Aged], now: Timestamp) -> impl Iterator<Item = Problem> {
    let today = now.to_zoned(TimeZone::UTC).date();
    aged.iter().filter_map(move |one| {
        let days = one.of.until(today).ok()?.get_days();
        let is_old = u32::try_from(days).is_ok_and(|days| days > one.days);
        let (of, most) = (one.of, one.days);
        let message = if one.is_exact {
            format!("this snapshot is of {of}, {days} days ago, and `max-age` is {most} days: take a new one")
        } else {
            format!(
                "nothing in this snapshot is newer than {of}, {days} days ago, and `max-age` is {most} days: take a new one, or say in \
                 `[[snapshot]]` with `taken` on which day it was taken"
            )
        };
        is_old.then(|| Problem::note(one.span, message))
    })
}
