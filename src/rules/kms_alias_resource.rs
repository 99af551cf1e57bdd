//! Permissions for keys that name an alias.

use super::common::{beside, listed};
use super::{Context, Rule};
use crate::ask::{Setting, statements};
use crate::diagnostic::{Diagnostic, Effect, Severity};
use crate::iam::arn::Arn;
use crate::iam::data;
use crate::iam::policy::{self, Item, Polarity, Statement};
use crate::value::Text;

pub(super) static RULE: Rule = Rule {
    name: "kms-alias-resource",
    summary: "a policy names a KMS key by an alias, so it does not apply to the key",
    effect: Effect::Dead,
    severity: Severity::Error,
    family: "service",
    since: "0.1.0",
    page: include_str!("../../rules/kms-alias-resource.md"),
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    found.extend(statements(context.graph).filter_map(|setting| by_alias(&setting)));
}

/// A statement on an alias, none of whose actions is about aliases.
///
/// <https://docs.aws.amazon.com/kms/latest/developerguide/cmks-in-iam-policies.html>
fn by_alias(setting: &Setting<'_>) -> Option<Diagnostic> {
    let statement = setting.statement;
    let resources = statement.resources.as_ref().filter(|it| it.polarity == Polarity::In)?;
    let actions = &statement.actions;
    if actions.polarity == Polarity::NotIn || actions.open || !names_kms(statement) {
        return None;
    }
    let aliases: Vec<&Item<Text>> = resources.items.iter().filter(|item| is_alias(item)).collect();
    let first = aliases.first()?;
    let works = |action: &Item<Text>, item: &Item<Text>| {
        action.value.as_literal().is_none_or(|action| !data::acts_on(&action, &item.value).is_no())
    };
    if !setting.is_of_identity() || actions.items.iter().any(|action| works(action, first)) {
        return None;
    }
    let of_kms = actions.items.iter().filter(|item| item.text.begins_with_folded("kms:"));
    let named = listed(of_kms.map(|item| format!("`{}`", item.text)));
    let verb = if statement.effect == Some(policy::Effect::Deny) { "denies" } else { "allows" };
    let message = format!(
        "`{}` {verb} {named} on `{}`: a policy cannot name a key by its alias, so this does not apply to the key",
        setting.address(),
        first.text
    );
    let mut finding =
        RULE.on(&setting.item(first), message, "an alias, not a key").about([first.text.to_string()]);
    for item in aliases.iter().skip(1) {
        finding = finding.related(beside(setting, item.span, "an alias as well"));
    }
    // Where keys are named, too, the alias is likely that of one of them. The keys that AWS manages need no permission.
    // https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html#aws-managed-key
    let is_managed = |item: &&Item<Text>| {
        Arn::parse(&item.value).is_some_and(|arn| arn.resource.begins_with("alias/aws/"))
    };
    let is_key = |item: &Item<Text>| {
        let names = |action: &Item<Text>| action.text.begins_with_folded("kms:") && works(action, item);
        actions.items.iter().any(names)
    };
    let mild = resources.open || resources.items.iter().any(is_key) || aliases.iter().all(is_managed);
    let finding = if mild { finding.severity(Severity::Info) } else { finding };
    if aliases.iter().all(is_managed) {
        return Some(finding.help("remove it: the keys that AWS manages need no permission"));
    }
    // A key can have several aliases.
    // https://docs.aws.amazon.com/kms/latest/developerguide/alias-authorization.html
    Some(finding.help(
        "write the ARN of the key; to name it by its alias, allow the keys of the account (`key/*`) with a condition on `kms:ResourceAliases`, such as `ForAnyValue:StringEquals`",
    ))
}

/// Whether a statement names actions of KMS.
fn names_kms(statement: &Statement) -> bool {
    statement.actions.items.iter().any(|item| item.text.begins_with_folded("kms:"))
}

pub(super) fn is_alias(item: &Item<Text>) -> bool {
    item.value.has("alias/")
        && Arn::parse(&item.value)
            .is_some_and(|arn| arn.service.is_literally("kms") && arn.resource.begins_with("alias/"))
}
