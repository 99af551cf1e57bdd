//! Trust in accounts that matter less.

use super::common::account_of;
use super::{Context, Rule};
use crate::ask::trusts;
use crate::diagnostic::{Diagnostic, Effect, Severity};

pub(super) static RULE: Rule = Rule {
    name: "trust-from-lower-tier",
    summary: "a role trusts an account of a lower tier, such as production an account for development",
    effect: Effect::Weak,
    severity: Severity::Warning,
    family: "trust",
    since: "0.1.0",
    page: include_str!("../../rules/trust-from-lower-tier.md"),
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let graph = context.graph;
    if !graph.accounts.has_tiers() {
        return;
    }
    for trust in trusts(graph) {
        let (setting, item) = (trust.setting, trust.item);
        let Some(account) = account_of(&item.value) else { continue };
        let own = &setting.document.account;
        let (Some(theirs), Some(ours)) = (graph.accounts.tier(account), graph.accounts.tier(own)) else {
            continue;
        };
        if theirs >= ours {
            continue;
        }
        let (shown, role) = (graph.accounts.shown(account), &graph.identities[trust.role]);
        let message = format!(
            "{}, tier {}, trusts account {shown}, tier {}: whoever gets into that account gets into this one",
            graph.shown(role),
            ours.word(),
            theirs.word()
        );
        let help = format!(
            "assume `{}` from an account of tier {} or higher, or remove {shown} from its trust policy",
            role.shown,
            ours.word()
        );
        found.push(
            RULE.on(&setting.item(item), message, "account of a lower tier")
                .help(help)
                .about([item.text.to_string()]),
        );
    }
}
