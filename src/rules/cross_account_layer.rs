//! Functions that run code of accounts nobody knows.

use std::collections::BTreeMap;

use rustc_hash::FxHashSet;

use super::common::{declared, label, listing};
use super::{Context, Rule};
use crate::accounts::Zone;
use crate::ask::Spot;
use crate::diagnostic::{Diagnostic, Effect, Severity};
use crate::graph::Code;
use crate::iam::data;

pub(super) static RULE: Rule = Rule {
    name: "cross-account-layer",
    summary: "a Lambda function runs a layer or image of an account that is neither listed nor known",
    effect: Effect::Exposed,
    severity: Severity::Warning,
    family: "service",
    since: "0.1.0",
    page: include_str!("../../rules/cross-account-layer.md"),
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let graph = context.graph;
    let all = graph.code_of_functions();
    // Whose an account is, is one decision for all functions.
    let mut foreign: BTreeMap<String, Vec<&Code>> = BTreeMap::new();
    for code in &all {
        let own = graph.account_of(code.declaration);
        if graph.accounts.zone(&code.account, &own) == Zone::Outside
            && let Some(account) = graph.accounts.normalise(&code.account).as_literal()
        {
            foreign.entry(account.into_owned()).or_default().push(code);
        }
    }
    found.extend(foreign.iter().filter_map(|(account, codes)| finding(context, account, codes)));
}

fn finding(context: &Context<'_>, account: &str, codes: &[&Code]) -> Option<Diagnostic> {
    // What always runs it says so; what hangs on a condition stands beside it.
    let first = codes.iter().find(|code| code.present.is_yes()).or_else(|| codes.first())?;
    let graph = context.graph;
    let spot = |code: &&Code| Spot::of(graph, code.declaration, code.span, code.present);
    let what = if first.is_layer { "layer" } else { "image" };
    let message = format!(
        "`{}` runs the {what} `{}` of account {account}, which is not listed in trustlint.toml",
        graph.address(first.declaration),
        first.named
    );
    let help = format!(
        "if this account is yours, {}; otherwise copy the {what} into an account of yours after a review, or list its owner under `[vendors]`",
        listing(account)
    );
    let severity = if graph.accounts.lists_any() { Severity::Warning } else { Severity::Info };
    let mut finding = RULE
        .on(&spot(first).through(&first.via), message, format!("{what} of account {account}"))
        .severity(severity)
        .help(help)
        .about([account]);
    // Many functions may have it by one line, which is one place to change.
    let mut places = FxHashSet::default();
    for code in codes.iter().filter(|code| !std::ptr::eq(**code, *first)) {
        if code.span == first.span {
            finding = finding.related(declared(graph, code.declaration, "runs it as well"));
        } else if places.insert(code.span) {
            finding = finding.related(label(&spot(code), code.span, "of the same account"));
        }
    }
    // Whoever takes the template over puts another one in its place.
    Some(if data::is_example_account(account) { finding.possible() } else { finding })
}
