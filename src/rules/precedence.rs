//! Which rule speaks where several have found the same: the most specific one.
//!
//! Rules look each for itself, and two of them may be right about one statement: a principal that AWS rejects is open to nobody,
//! a permission that a boundary blocks is not granted by the other side either. One mistake is one finding, so what a more
//! specific rule says is not said again by a more general one. Which is which stands here, and nowhere in the rules.

use rustc_hash::{FxHashMap, FxHashSet};

use crate::diagnostic::{Confidence, Diagnostic, InStatement, Pair};
use crate::source::Span;

/// By what two findings are known to have one cause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Same {
    /// They are about one statement.
    Statement,
    /// They are about one place in one statement: a principal of several.
    Place,
    /// They are about one place in one statement, or the first one names it among others.
    Places,
    /// They are about one action of one principal on one target, wherever they begin.
    Pair,
}

/// Rules of which one speaks.
struct Chain {
    same: Same,
    /// Their names, the most specific first.
    rules: &'static [&'static str],
}

/// Every chain. A rule is added in its place when it is written, so that all names are rules.
static CHAINS: &[Chain] = &[
    Chain {
        same: Same::Statement,
        rules: &[
            "malformed-policy",
            "misplaced-element",
            "empty-element",
            "invalid-principal",
            "wrong-assume-action",
            "duplicate-key",
            "dropped-condition",
            "unsatisfiable-condition",
            "unknown-condition-key",
            "literal-wildcard",
            "wildcard-principal",
        ],
    },
    Chain { same: Same::Statement, rules: &["inapplicable-condition-key", "unscoped-service-principal"] },
    Chain { same: Same::Statement, rules: &["mistyped-condition-value", "unscoped-service-principal"] },
    Chain { same: Same::Statement, rules: &["missing-external-id", "ineffective-condition"] },
    Chain { same: Same::Statement, rules: &["missing-oidc-subject", "ineffective-condition"] },
    Chain { same: Same::Statement, rules: &["unscoped-service-principal", "ineffective-condition"] },
    Chain { same: Same::Statement, rules: &["weak-external-id", "ineffective-condition"] },
    Chain { same: Same::Statement, rules: &["open-endpoint-policy", "unpaired-condition-key"] },
    Chain { same: Same::Statement, rules: &["unknown-condition-key", "open-endpoint-policy"] },
    Chain { same: Same::Statement, rules: &["wildcard-principal", "ineffective-condition"] },
    Chain { same: Same::Places, rules: &["organization-role-anywhere", "assume-any-role"] },
    Chain { same: Same::Place, rules: &["denied-grant", "missing-external-id"] },
    Chain { same: Same::Places, rules: &["inapplicable-condition-key", "unknown-account"] },
    Chain { same: Same::Places, rules: &["literal-wildcard", "inapplicable-condition-key"] },
    Chain { same: Same::Place, rules: &["inapplicable-condition-key", "exact-sso-role-principal"] },
    Chain { same: Same::Place, rules: &["unknown-condition-key", "inapplicable-condition-key"] },
    Chain { same: Same::Statement, rules: &["mismatched-partition", "missing-external-id"] },
    Chain {
        same: Same::Statement,
        rules: &["assume-target-not-a-role", "kms-alias-resource", "action-resource-mismatch"],
    },
    Chain {
        same: Same::Place,
        rules: &[
            "invalid-principal",
            "privileged-outside-trust",
            "missing-external-id",
            "unknown-account",
            "account-root-trust",
        ],
    },
    Chain {
        same: Same::Pair,
        rules: &[
            "boundary-blocks-access",
            "guardrail-blocks-access",
            "denied-grant",
            "external-id-mismatch",
            "access-point-not-delegated",
            "public-access-block-conflict",
            "trust-without-permission",
            "permission-without-trust",
            "grant-without-permission",
            "permission-without-grant",
            "unshareable-resource",
            "kms-key-not-shared",
            "incomplete-delivery-pair",
        ],
    },
];

/// Rules that each say what one side lacks. Both sides may lack something, so none of them keeps another one silent. They stand
/// beside each other in the chain about pairs.
const OF_ONE_SIDE: [&str; 4] = [
    "trust-without-permission",
    "permission-without-trust",
    "grant-without-permission",
    "permission-without-grant",
];

impl Chain {
    /// How specific a rule is in the chain: the lower, the more.
    fn rank(&self, rule: &str) -> Option<usize> {
        let is_one = |name: &&str| *name == rule || OF_ONE_SIDE.contains(&rule) && OF_ONE_SIDE.contains(name);
        self.rules.iter().position(is_one)
    }
}

/// What findings of one cause have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Cause<'a> {
    Statement(InStatement),
    Place(InStatement, Span),
    Pair(&'a Pair),
}

impl Same {
    /// The causes of a finding. One that is about several pairs has several.
    fn causes(self, finding: &Diagnostic) -> Vec<Cause<'_>> {
        let statement = finding.statement.into_iter();
        match self {
            Self::Statement => statement.map(Cause::Statement).collect(),
            Self::Place | Self::Places => {
                statement.map(|it| Cause::Place(it, finding.primary.span)).collect()
            }
            Self::Pair => finding.pairs.iter().map(Cause::Pair).collect(),
        }
    }

    /// What else a finding speaks of.
    fn others(self, finding: &Diagnostic) -> impl Iterator<Item = Cause<'_>> {
        let statement = finding.statement.filter(|_| self == Self::Places).into_iter();
        statement.flat_map(|it| finding.related.iter().map(move |label| Cause::Place(it, label.span)))
    }
}

/// Leaves out what a more specific rule says of the same statement, place or pair.
pub(crate) fn settle(findings: &mut Vec<Diagnostic>) {
    settle_conditions(findings);
    for chain in CHAINS {
        let ranks: Vec<Option<usize>> = findings.iter().map(|finding| chain.rank(finding.rule)).collect();
        let used: FxHashSet<usize> = ranks.iter().copied().flatten().collect();
        if used.len() < 2 {
            continue;
        }
        let mut spoken: FxHashMap<Cause<'_>, Vec<(usize, &Diagnostic)>> = FxHashMap::default();
        for (finding, rank) in findings.iter().zip(&ranks) {
            let Some(rank) = *rank else { continue };
            for cause in chain.same.causes(finding).into_iter().chain(chain.same.others(finding)) {
                spoken.entry(cause).or_default().push((rank, finding));
            }
        }
        let is_said = |(finding, rank): (&Diagnostic, &Option<usize>)| {
            let Some(rank) = *rank else { return false };
            let mut causes = chain.same.causes(finding).into_iter().peekable();
            let is_said = |cause: &Cause<'_>| {
                let others = spoken.get(cause).map_or(&[][..], Vec::as_slice);
                others.iter().any(|(other, by)| *other < rank && covers(by, finding))
            };
            causes.peek().is_some() && causes.all(|cause| is_said(&cause))
        };
        let silent: Vec<bool> = findings.iter().zip(&ranks).map(is_said).collect();
        let mut silent = silent.into_iter();
        findings.retain(|_| !silent.next().unwrap_or_default());
    }
}

/// Conditions that no request satisfies are said once, with the principal that they keep out when that one is known.
fn settle_conditions(findings: &mut Vec<Diagnostic>) {
    const CONDITIONS: &str = "unsatisfiable-condition";
    const BOTH_SIDES: [&str; 2] = ["permission-without-grant", "permission-without-trust"];
    if !findings.iter().any(|one| one.rule == CONDITIONS) {
        return;
    }
    let of_both_sides = findings.iter().filter(|one| BOTH_SIDES.contains(&one.rule));
    let shown: FxHashSet<Span> =
        of_both_sides.flat_map(|one| one.related.iter().map(|label| label.span)).collect();
    findings.retain(|one| one.rule != CONDITIONS || !shown.contains(&one.primary.span));
}

/// Whether whoever sees the one finding needs not see the other: it is as sure and as bad, and holds under the same choices or
/// under all. What is less bad is hidden or let through where the other one stops the run.
fn covers(one: &Diagnostic, other: &Diagnostic) -> bool {
    let is_as_sure = one.confidence == Confidence::Certain || other.confidence == Confidence::Possible;
    let is_as_bad = one.severity >= other.severity;
    is_as_sure && is_as_bad && (one.when.is_empty() || one.when == other.when)
}

#[cfg(test)]
mod tests {
    use super::CHAINS;
    use crate::rules::rule;

    #[test]
    fn every_name_is_a_rule_and_stands_once_in_its_chain() {
        for chain in CHAINS {
            for (index, name) in chain.rules.iter().enumerate() {
                assert!(rule(name).is_some(), "{name}");
                assert!(!chain.rules.iter().take(index).any(|other| other == name), "{name}");
            }
        }
    }
}
