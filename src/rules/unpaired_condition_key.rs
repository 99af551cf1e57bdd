//! Conditions that say something only together with another one.

use super::{Context, Rule};
use crate::ask::conditions;
use crate::diagnostic::{Diagnostic, Effect, Severity};
use crate::iam::condition;

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
        let is_private =
            one.key.value.as_literal().is_some_and(|key| key.eq_ignore_ascii_case("aws:VpcSourceIp"));
        let statement = setting.statement;
        if !is_private || statement.conditions_open {
            continue;
        }
        let is_paired = NETWORKS.iter().any(|key| condition::on_key(statement, key).next().is_some())
            || statement.conditions.iter().any(|other| other.key.value.as_literal().is_none());
        if is_paired {
            continue;
        }
        let message = format!(
            "{} limits `aws:VpcSourceIp` without `aws:SourceVpc` or `aws:SourceVpce`: every VPC can have these addresses",
            setting.subject()
        );
        found.push(
            RULE.on(&setting.spot(one.key.span).also(one.present), message, "any VPC can have this address")
                .help("add a condition on `aws:SourceVpc` or `aws:SourceVpce`")
                .about([one.key.value.to_string()]),
        );
    }
}
