//! Conditions that say something only together with another one.

use super::{Context, Rule};
use crate::ask::{Setting, conditions};
use crate::diagnostic::{Diagnostic, Effect, Severity};
use crate::iam::condition::{self, Operator, Test};
use crate::iam::policy::{self, Condition, Statement};

pub(super) static RULE: Rule = Rule {
    name: "unpaired-condition-key",
    summary: "a condition on a private address stands without one on the VPC that the address belongs to",
    effect: Effect::Weak,
    severity: Severity::Info,
    family: "condition",
    since: "0.1.0",
    page: include_str!("../../rules/unpaired-condition-key.md"),
    check,
};

/// Says to which network a private address belongs.
const NETWORKS: [&str; 3] = ["aws:SourceVpc", "aws:SourceVpce", "aws:SourceVpcArn"];

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for (setting, one) in conditions(context.graph) {
        let statement = setting.statement;
        let is_open = statement.conditions_open
            || statement.conditions.iter().any(|other| other.key.value.as_literal().is_none());
        if !is_on_address(one) || is_open || is_limited_elsewhere(&setting) {
            continue;
        }
        let denies = statement.effect == Some(policy::Effect::Deny);
        // What is denied beside these addresses is not denied to them in any other VPC, whatever else must hold.
        let is_paired = |condition: &Condition| !denies || !is_negated(condition);
        if on_network(statement).any(is_paired) || (denies && !is_negated(one)) {
            continue;
        }
        let (message, help) = if denies {
            (
                "does not deny requests from the addresses in `aws:VpcSourceIp`, which every VPC can have",
                DENY_OTHERS,
            )
        } else {
            (
                "limits `aws:VpcSourceIp` without `aws:SourceVpc` or `aws:SourceVpce`: every VPC can have these addresses",
                "add a condition on `aws:SourceVpc` or `aws:SourceVpce`",
            )
        };
        found.push(
            RULE.on(
                &setting.spot(one.key.span).also(one.present),
                format!("{} {message}", setting.subject()),
                "any VPC can have this address",
            )
            .help(help)
            .about([one.key.value.to_string()]),
        );
    }
}

/// Conditions of one statement must all hold, so one more would only deny less. What comes through no VPC is left as it is.
const DENY_OTHERS: &str = "deny requests from other VPCs in a statement of its own, with `StringNotEquals` on `aws:SourceVpc` \
    and `Null` `false` on the same key";

/// Whether a condition compares the private address of a request.
fn is_on_address(condition: &Condition) -> bool {
    condition.key.value.as_literal().is_some_and(|key| key.eq_ignore_ascii_case("aws:VpcSourceIp"))
        && Operator::parse(&condition.operator.value).is_some_and(|operator| operator.test == Test::Ip)
}

/// Conditions of a statement that compare the network of a request.
fn on_network(statement: &Statement) -> impl Iterator<Item = &Condition> {
    let compares = |condition: &&Condition| {
        Operator::parse(&condition.operator.value).is_some_and(|operator| operator.test != Test::Null)
    };
    NETWORKS.iter().flat_map(|key| condition::on_key(statement, key)).filter(compares)
}

fn is_negated(condition: &Condition) -> bool {
    Operator::parse(&condition.operator.value).is_some_and(|operator| operator.negated)
}

/// Whether another statement denies what comes from other networks, whatever its address.
fn is_limited_elsewhere(setting: &Setting<'_>) -> bool {
    let limits = |other: &Statement| {
        other.effect == Some(policy::Effect::Deny)
            && on_network(other).any(is_negated)
            && !other.conditions.iter().any(is_on_address)
    };
    setting.document.policy.statements.iter().any(limits)
}
