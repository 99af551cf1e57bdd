//! Requests to ignore a finding that is not there.

use super::{Context, Rule};
use crate::diagnostic::{Diagnostic, Effect, Severity};

/// The findings of this rule come from where ignores are matched with findings, after all other rules:
/// `suppress::apply`.
pub(super) static RULE: Rule = Rule {
    name: "unused-ignore",
    summary: "an ignore matches no finding, has expired, or names an unknown rule",
    effect: Effect::Hygiene,
    severity: Severity::Warning,
    family: "hygiene",
    since: "0.1.0",
    page: include_str!("../../rules/unused-ignore.md"),
    check: |_: &Context<'_>, _: &mut Vec<Diagnostic>| {},
};
