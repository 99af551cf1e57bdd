//! Trust in an OIDC provider whose tokens can never satisfy it.

use super::common::{beside, listed};
use super::{Context, Rule};
use crate::ask::{Setting, Spot, Unusable, trusting};
use crate::diagnostic::{Diagnostic, Effect, Severity};
use crate::graph::Provider;
use crate::iam::glob::{self, Case};
use crate::iam::policy::{Condition, Item};
use crate::iam::principal::Principal;
use crate::source::Span;
use crate::value::Text;

pub(super) static RULE: Rule = Rule {
    name: "mismatched-oidc-provider",
    summary: "a trust policy names an OIDC provider whose tokens can never satisfy it",
    effect: Effect::Dead,
    severity: Severity::Error,
    family: "federation",
    since: "0.1.0",
    page: include_str!("../../rules/mismatched-oidc-provider.md"),
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let request = context.request();
    for setting in trusting(context.graph) {
        let (mut asked, mut with_scheme): (Option<Foreign<'_>>, Option<_>) = (None, None);
        for (item, issuer) in setting.token_issuers() {
            match setting.unusable_provider(item, request) {
                Some(Unusable::Claim { issuer: named, claim, condition }) => match &mut asked {
                    Some(known) if known.named == named => known.items.push((item, issuer)),
                    Some(_) => {}
                    None => {
                        let span = condition.key.span;
                        asked = Some(Foreign { named, claim, span, items: vec![(item, issuer)] });
                    }
                },
                Some(Unusable::Scheme(condition)) => {
                    with_scheme = with_scheme.or(Some((item, condition)));
                }
                Some(Unusable::Account(account)) => {
                    found.push(elsewhere(context, &setting, (item, issuer), account));
                }
                None => {}
            }
        }
        found.extend(with_scheme.map(|(item, condition)| of_scheme(&setting, item, condition)));
        found.extend(asked.and_then(|asked| of_another(&setting, &asked)));
    }
}

/// A condition on the claim of an issuer, and the providers that it is none of.
struct Foreign<'g> {
    named: String,
    claim: String,
    span: Span,
    items: Vec<(&'g Item<Principal>, &'g Text)>,
}

/// A key that begins with `https://`, as keys never do.
fn of_scheme(setting: &Setting<'_>, item: &Item<Principal>, condition: &Condition) -> Diagnostic {
    let key = condition.key.value.to_string();
    let message = format!(
        "no token satisfies the condition on `{key}` of {}: keys begin with the URL of the provider without `https://`",
        setting.subject()
    );
    let help = match key.strip_prefix("https://") {
        Some(bare) => format!("write `{bare}`"),
        None => "take `https://` away from the URL of the issuer, which begins with it".to_owned(),
    };
    RULE.on(&Spot { span: condition.key.span, ..setting.item(item) }, message, "not the key of a claim")
        .help(help)
        .about([key])
        .related(beside(setting, item.span, "trusted provider"))
}

fn of_another(setting: &Setting<'_>, asked: &Foreign<'_>) -> Option<Diagnostic> {
    let (item, issuer) = asked.items.first()?;
    let (named, claim) = (&asked.named, &asked.claim);
    let whose = listed(asked.items.iter().map(|(_, issuer)| format!("`{issuer}`")));
    let message = format!(
        "tokens of {whose} cannot satisfy the condition on `{named}:{claim}` of {}: keys begin with the URL of the provider",
        setting.subject()
    );
    // Where several are trusted, the key may be that of one of them.
    let help = if setting.listed().len() > 1 {
        "write a statement for each provider, with conditions on its own keys".to_owned()
    } else {
        format!("write `{issuer}:{claim}`, or trust the provider with the URL `https://{named}`")
    };
    let mut finding = RULE
        .on(&Spot { span: asked.span, ..setting.item(item) }, message, "claim of another provider")
        .help(help)
        .about([format!("{named}:{claim}")]);
    for (item, _) in &asked.items {
        finding = finding.related(beside(setting, item.span, "trusted provider"));
    }
    Some(finding)
}

/// A provider in another account than the role.
fn elsewhere(
    context: &Context<'_>,
    setting: &Setting<'_>,
    (item, issuer): (&Item<Principal>, &Text),
    account: &Text,
) -> Diagnostic {
    let graph = context.graph;
    let own = &setting.document.account;
    // Whoever is the vendor may deploy the role there.
    let is_certain = graph.accounts.same(account, own).is_no();
    let known = if is_certain { format!(" {}", graph.accounts.shown(own)) } else { String::new() };
    let message = format!(
        "{} trusts an OIDC provider in account {}, but only a provider in its own account{known} can be used",
        setting.subject(),
        graph.accounts.shown(account),
    );
    let is_there = |provider: &&Provider| {
        let same = |other: &Text| glob::equals(other, issuer, Case::Folded).is_yes();
        graph.accounts.same(&provider.account, own).is_yes() && provider.issuer.as_ref().is_some_and(same)
    };
    let declared = graph.providers.iter().find(is_there);
    let help = match declared {
        Some(provider) => format!(
            "trust `{}`, the provider of that URL in the account of the role",
            graph.address(provider.declaration)
        ),
        None => format!("create the provider of `{issuer}` in the account of the role, and trust that one"),
    };
    let finding = RULE
        .on(&setting.item(item), message, "provider in another account")
        .help(help)
        .about([item.text.to_string()]);
    if is_certain { finding } else { finding.possible() }
}
