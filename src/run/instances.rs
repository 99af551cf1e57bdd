//! One finding for one place and cause: what modules, loops and deployments make of one place is fixed there, together.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::bounds;
use crate::diagnostic::{Accepted, Confidence, Diagnostic, Instance, Said, Severity, short};
use crate::parallel;
use crate::report::counted;
use crate::source::Span;

/// What findings about one place and cause have in common. What is certain of one instance does not go under in what is
/// possible of another. How bad it is may differ: it is less bad where it holds under a choice only.
type Cause<'a> = (Span, &'static str, Reverse<Confidence>, &'a str, Option<&'a str>);

/// Rules that ask whose an account or organization is. Of several that one variable holds, each is a decision of its own.
const WHOSE: [&str; 3] = ["missing-external-id", "unknown-account", "unknown-organization"];

/// What tells apart the instances at one place: the address, and the declaration, since several units have the same.
type Key<'a> = (Option<&'a str>, Option<u32>);

fn cause(finding: &Diagnostic) -> Cause<'_> {
    let primary = &finding.primary;
    let whose = finding.group.as_deref().filter(|_| WHOSE.contains(&finding.rule));
    (primary.span, finding.rule, Reverse(finding.confidence), &primary.text, whose)
}

fn key(finding: &Diagnostic) -> Key<'_> {
    (finding.primary.address.as_deref(), finding.instance)
}

/// Sorts findings by place, cause and instance.
pub(super) fn sort(findings: &mut [Diagnostic]) {
    parallel::sort_by(findings, |a, b| {
        let rest = |it: &Diagnostic| (Reverse(it.severity), it.instance);
        (cause(a), &a.message, rest(a), &a.identity).cmp(&(cause(b), &b.message, rest(b), &b.identity))
    });
}

/// Says by which words each finding is known again: those that all instances of its place have. Findings are sorted.
///
/// It is done before anything is suppressed, so that an ignore at one instance does not change how the others are known.
pub(super) fn identify(findings: &mut [Diagnostic]) {
    for same in findings.chunk_by_mut(|a, b| cause(a) == cause(b)).filter(|same| same.len() > 1) {
        let mut by_instance: BTreeMap<(Option<String>, Option<u32>), Vec<usize>> = BTreeMap::new();
        for (index, finding) in same.iter().enumerate() {
            let (address, instance) = key(finding);
            by_instance.entry((address.map(str::to_owned), instance)).or_default().push(index);
        }
        let of_each: Vec<Vec<usize>> = by_instance.into_values().collect();
        let Some(many) = of_each.first().map(Vec::len) else { continue };
        if of_each.len() < 2 || of_each.iter().any(|of_one| of_one.len() != many) {
            continue;
        }
        for nth in 0..many {
            let those: Vec<usize> = of_each.iter().filter_map(|of_one| of_one.get(nth).copied()).collect();
            let common: Arc<[String]> = common(those.iter().filter_map(|index| same.get(*index))).into();
            for index in those {
                if let Some(finding) = same.get_mut(index) {
                    finding.known_by = Some(Arc::clone(&common));
                }
            }
        }
    }
}

/// Tells apart findings about several places that are known by the same words, such as two statements without an ID or copies of a
/// template: each but the first has its number. Findings are sorted and identified. What the instances of one place have in
/// common has one number.
pub(super) fn number(findings: &mut [Diagnostic]) {
    let mut hashes = parallel::each_of_many(findings, Diagnostic::hash).into_iter();
    let mut known = Known::default();
    known.first.reserve(findings.len());
    for (place, same) in findings.chunk_by_mut(|a, b| cause(a) == cause(b)).enumerate() {
        let mut of_instance: FxHashMap<(Option<String>, Option<u32>, u64), usize> = FxHashMap::default();
        let is_alone = same.len() == 1;
        for (finding, hash) in same.iter_mut().zip(&mut hashes) {
            let mut first = 0;
            let nth = if is_alone {
                &mut first
            } else {
                let (address, instance) = key(finding);
                of_instance.entry((address.map(str::to_owned), instance, hash)).or_default()
            };
            let at = (short(place), short(*nth));
            *nth += 1;
            finding.ordinal = known.number(hash, at);
        }
    }
}

/// The places that are known by the same words, and how many times there.
#[derive(Default)]
struct Known {
    first: FxHashMap<u64, (u32, u32)>,
    /// Hardly any has several.
    others: FxHashMap<u64, Vec<(u32, u32)>>,
}

impl Known {
    /// How many others were met before.
    fn number(&mut self, hash: u64, at: (u32, u32)) -> usize {
        if *self.first.entry(hash).or_insert(at) == at {
            return 0;
        }
        let others = self.others.entry(hash).or_default();
        let place = others.iter().position(|one| *one == at).unwrap_or_else(|| {
            others.push(at);
            others.len() - 1
        });
        place + 1
    }
}

/// The words that several findings have at the same position; the others are left empty. Of the address, which is the first,
/// what it ends with is kept: the modules differ, and what stands in them is the same.
fn common<'a>(findings: impl Iterator<Item = &'a Diagnostic>) -> Vec<String> {
    let mut all = findings.map(Diagnostic::words);
    let Some(mut common) = all.next() else { return Vec::new() };
    for words in all {
        common.truncate(words.len());
        for (index, (mine, other)) in common.iter_mut().zip(&words).enumerate() {
            if mine != other {
                *mine = if index == 0 { common_end(mine, other) } else { String::new() };
            }
        }
    }
    common
}

/// The last parts that two addresses have in common.
fn common_end(a: &str, b: &str) -> String {
    let same = a.rsplit('.').zip(b.rsplit('.')).take_while(|(a, b)| a == b);
    let mut parts: Vec<&str> = same.map(|(part, _)| part).collect();
    parts.reverse();
    parts.join(".")
}

/// Makes one finding of those about the instances of one place. Findings are sorted.
pub(super) fn join(findings: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let mut joined: Vec<Diagnostic> = Vec::with_capacity(findings.len());
    let mut same: Vec<Diagnostic> = Vec::new();
    for finding in findings {
        if same.first().is_some_and(|first| cause(first) != cause(&finding)) {
            joined.append(&mut one_instance(std::mem::take(&mut same)));
        }
        same.push(finding);
    }
    joined.append(&mut one_instance(same));
    // What is certain of one instance is not said once more as possible of another.
    joined.dedup_by(|a, b| a.rule == b.rule && a.primary.span == b.primary.span && a.message == b.message);
    joined
}

/// As [`join`], of what was suppressed for one reason each.
pub(super) fn join_suppressed(suppressed: Vec<(Diagnostic, Accepted)>) -> Vec<(Diagnostic, Accepted)> {
    let mut by_reason: BTreeMap<Accepted, Vec<Diagnostic>> = BTreeMap::new();
    for (finding, accepted) in suppressed {
        by_reason.entry(accepted).or_default().push(finding);
    }
    let mut joined = Vec::new();
    for (accepted, mut findings) in by_reason {
        sort(&mut findings);
        joined.extend(join(findings).into_iter().map(|finding| (finding, accepted.clone())));
    }
    joined.sort_by(|(a, _), (b, _)| cause(a).cmp(&cause(b)));
    joined
}

/// What else a finding stands for: values at its place, and other places.
#[derive(Default)]
struct Others {
    values: usize,
    places: usize,
}

/// Makes one finding of those that one decision settles: the first, with the others as further places and instances.
pub(super) fn join_groups(findings: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let mut joined: Vec<Diagnostic> = Vec::with_capacity(findings.len());
    let mut first: FxHashMap<String, (usize, Others)> = FxHashMap::default();
    for finding in findings {
        let key =
            finding.group.as_ref().map(|group| format!("{} {:?} {group}", finding.rule, finding.confidence));
        let Some((at, others)) = key.as_ref().and_then(|key| first.get_mut(key)) else {
            first.extend(key.map(|key| (key, (joined.len(), Others::default()))));
            joined.push(finding);
            continue;
        };
        let Some(known) = joined.get_mut(*at) else { continue };
        let is_elsewhere = finding.primary.span != known.primary.span;
        if is_elsewhere {
            others.places += 1;
        } else {
            others.values += 1;
        }
        let Said { primary, instances, .. } = finding.into_said();
        if is_elsewhere && known.related.len() < bounds::WITNESSES {
            known.related.push(primary);
        }
        known.instances.extend(instances);
    }
    for (at, others) in first.into_values() {
        let Some(finding) = joined.get_mut(at) else { continue };
        for (count, what) in [(others.values, "other value"), (others.places, "other place")] {
            if count > 0 {
                finding.message = with_others(&finding.message, &counted(count, what));
            }
        }
    }
    joined
}

/// A message with what it stands for besides, in one pair of parentheses: `… (and 1 other instance and 2 other places)`.
fn with_others(message: &str, others: &str) -> String {
    let counted = message.strip_suffix(')').and_then(|rest| rest.rsplit_once(" (and "));
    match counted.filter(|(_, known)| known.contains(" other ") && !known.contains(['(', '`'])) {
        Some((message, known)) => format!("{message} (and {known} and {others})"),
        None => format!("{message} (and {others})"),
    }
}

/// The findings about the instance of which there is most to say, with all instances that they stand for.
fn one_instance(mut same: Vec<Diagnostic>) -> Vec<Diagnostic> {
    // Most findings are the only one of their place.
    if let [only] = same.as_mut_slice() {
        only.instances = Instance::of(&only.primary).map_or_else(Vec::new, |instance| vec![instance]);
        return same;
    }
    let mut many: BTreeMap<Key<'_>, (Severity, usize)> = BTreeMap::new();
    for finding in &same {
        let (worst, many) = many.entry(key(finding)).or_insert((finding.severity, 0));
        *worst = (*worst).max(finding.severity);
        *many += 1;
    }
    let most = many.into_iter().rev().max_by_key(|(_, many)| *many);
    let shown = most.and_then(|((_, instance), _)| instance);
    let instances: BTreeSet<(Instance, Option<u32>)> =
        same.iter().filter_map(|one| Some((Instance::of(&one.primary)?, one.instance))).collect();
    let messages: FxHashSet<&str> = same.iter().map(|one| one.message.as_str()).collect();
    let others = others(&instances, messages.len());
    let instances: Vec<Instance> = instances.into_iter().map(|(instance, _)| instance).collect();

    same.retain(|one| one.instance == shown);
    same.dedup_by(|a, b| a.message == b.message);
    for finding in &mut same {
        finding.instances.clone_from(&instances);
        if let Some(others) = &others {
            finding.message = with_others(&finding.message, others);
        }
    }
    same
}

/// Those that are not shown: accounts when there are several, else instances or deployments.
fn others(instances: &BTreeSet<(Instance, Option<u32>)>, messages: usize) -> Option<String> {
    let accounts: BTreeSet<&str> = instances.iter().filter_map(|(it, _)| it.account.as_deref()).collect();
    let addresses: BTreeSet<&str> = instances.iter().map(|(it, _)| &*it.address).collect();
    let (many, noun) = if accounts.len() > 1 {
        (accounts.len(), "other account")
    } else if addresses.len() > 1 {
        (instances.len(), "other instance")
    } else if messages > 1 {
        (instances.len(), "other deployment")
    } else {
        (1, "")
    };
    (many > 1).then(|| counted(many - 1, noun))
}
