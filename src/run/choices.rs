//! Findings that hold under named choices: `Environment` is `dev`.

use std::collections::BTreeMap;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::bounds;
use crate::diagnostic::{Confidence, Diagnostic, Severity};
use crate::report::counted;
use crate::source::Span;
use crate::value::When;

/// Says of each finding under which choices it holds. Where a rule speaks of a declaration whatever is chosen, it is as if
/// nothing were; where it speaks for some choices only, or of what is not deployed by default, that is one severity lower.
pub(super) fn settle(findings: &mut Vec<Diagnostic>) {
    // What holds only where nothing is deployed is not so.
    let is_possible = |one: &Diagnostic| one.deployed.and(&one.when).is_some();
    findings.retain(|one| one.deployed.is_empty() || one.when.is_empty() || is_possible(one));
    if findings.iter().all(|finding| finding.choices().is_none()) {
        return;
    }
    for finding in findings.iter_mut() {
        finding.when = finding.when.concise();
    }
    join(findings);
    let mut whens: FxHashMap<_, Vec<&When>> = FxHashMap::default();
    for finding in findings.iter().filter(|finding| is_chosen(finding)) {
        whens.entry((finding.rule, finding.instance)).or_default().push(&finding.when);
    }
    let covered = whens.into_iter().filter(|(_, all)| all.len() <= bounds::CHOICES && When::cover(all));
    let always: FxHashSet<_> = covered.map(|(what, _)| what).collect();
    for finding in findings.iter_mut().filter(|finding| is_chosen(finding)) {
        if !always.contains(&(finding.rule, finding.instance)) {
            finding.severity = finding.severity.lower();
        }
    }
    // What has to be switched on first is less likely there.
    for finding in findings.iter_mut().filter(|finding| finding.deployed.is_off_by_default()) {
        finding.severity = finding.severity.lower();
    }
    count_alternatives(findings);
    for finding in findings.iter_mut().filter(|finding| finding.confidence == Confidence::Certain) {
        if let Some(choices) = finding.choices() {
            finding.message = format!("{}, {choices}", finding.message);
        }
    }
}

/// Makes one of the findings about the alternatives of one place, such as the values of a map: the first, with the number of the
/// others and the choices of all.
fn count_alternatives(findings: &mut Vec<Diagnostic>) {
    type Key = (&'static str, Option<u32>, Span, Severity);
    let mut firsts: FxHashMap<Key, Vec<usize>> = FxHashMap::default();
    let mut left: Vec<(Diagnostic, usize)> = Vec::with_capacity(findings.len());
    for finding in findings.drain(..) {
        let place = (finding.rule, finding.instance, finding.primary.span, finding.severity);
        let known = firsts.entry(place).or_default();
        let either = |at: &usize| {
            let (one, _) = left.get(*at)?;
            // What is decided for itself, such as whose an account is, is told for itself.
            let are_alternatives = is_chosen(&finding)
                && is_chosen(one)
                && one.identity != finding.identity
                && one.group == finding.group;
            Some((*at, are_alternatives.then(|| one.when.or(&finding.when))??))
        };
        if let Some((at, when)) = known.iter().take(bounds::CHOICES).find_map(either) {
            let Some((one, others)) = left.get_mut(at) else { continue };
            one.when = when;
            *others += 1;
            for place in finding.into_said().related {
                if one.related.len() < bounds::WITNESSES && !one.related.contains(&place) {
                    one.related.push(place);
                }
            }
        } else {
            known.push(left.len());
            left.push((finding, 0));
        }
    }
    findings.extend(left.into_iter().map(|(mut one, others)| {
        if others > 0 {
            one.message = format!("{} (and {})", one.message, counted(others, "other value"));
        }
        if When::cover(&[&one.when]) {
            one.when = When::default();
        }
        one
    }));
}

fn is_chosen(finding: &Diagnostic) -> bool {
    !finding.when.is_empty() && finding.confidence == Confidence::Certain
}

/// Makes one of the findings that say the same of the same place under several choices.
fn join(findings: &mut Vec<Diagnostic>) {
    type Key = (&'static str, Option<u32>, Span);
    let mut firsts: BTreeMap<Key, Vec<usize>> = BTreeMap::new();
    let mut joined: Vec<Diagnostic> = Vec::with_capacity(findings.len());
    for finding in findings.drain(..) {
        let place = (finding.rule, finding.instance, finding.primary.span);
        let known = firsts.entry(place).or_default();
        let same = |at: &usize| {
            let one = joined.get(*at)?;
            let are_chosen = !finding.when.is_empty() && !one.when.is_empty();
            let is_same =
                are_chosen && one.confidence == finding.confidence && one.message == finding.message;
            Some((*at, is_same.then(|| one.when.or(&finding.when))??))
        };
        let either = known.iter().take(bounds::CHOICES).find_map(same);
        if let Some((at, when)) = either {
            if let Some(one) = joined.get_mut(at) {
                one.when = when;
            }
        } else {
            known.push(joined.len());
            joined.push(finding);
        }
    }
    for one in joined.iter_mut().filter(|one| When::cover(&[&one.when])) {
        one.when = When::default();
    }
    *findings = joined;
}
