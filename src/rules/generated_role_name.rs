//! Principals that are roles with a name made by chance.

use super::common::beside;
use super::{Context, Rule};
use crate::accounts::Zone;
use crate::ask::{Setting, principals_of_kind};
use crate::diagnostic::{Diagnostic, Effect, Severity};
use crate::iam::policy::Item;
use crate::iam::principal::Principal;
use crate::value::Text;

pub(super) static RULE: Rule = Rule {
    name: "generated-role-name",
    summary: "a policy names a role of another account by a name that CloudFormation or Terraform generated",
    effect: Effect::Weak,
    severity: Severity::Info,
    family: "trust",
    since: "0.1.0",
    page: include_str!("../../rules/generated-role-name.md"),
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let is_made =
        |item: &Item<Principal>| matches!(&item.value, Principal::Role { name, .. } if made(name).is_some());
    found.extend(principals_of_kind(context.graph, is_made).filter_map(|setting| named(context, &setting)));
}

/// One finding for all such roles of a statement.
fn named(context: &Context<'_>, setting: &Setting<'_>) -> Option<Diagnostic> {
    let mut roles = setting.listed().iter().filter_map(|item| Some((item, foreign(setting, item)?)));
    let (first, made) = roles.next()?;
    let message = format!(
        "the principal `{}` of {} has a name that {} generated: the role gets another one when it is created again",
        first.text,
        setting.subject(),
        made.by
    );
    let help = format!(
        "give the role a name of its own with {}, or name the account and match the role with `ArnLike` on `aws:PrincipalArn`",
        made.property
    );
    let mut finding =
        RULE.on(&setting.item(first), message, "generated name").help(help).about([first.text.to_string()]);
    for (item, _) in roles {
        finding = finding.related(beside(setting, item.span, "generated name"));
    }
    // One role, however many policies of a file name it.
    finding.group = Some(format!("{} in {}", first.text, context.path(finding.primary.span)).into());
    Some(finding)
}

/// What made a name, and which property gives another one.
struct Made {
    by: &'static str,
    property: &'static str,
}

/// A role of another account with such a name, that is written out. Those of vendors stand in their documentation, and their
/// customers cannot give them other names.
fn foreign(setting: &Setting<'_>, item: &Item<Principal>) -> Option<Made> {
    let Principal::Role { account, name } = &item.value else { return None };
    let made = made(name)?;
    let own = &setting.document.account;
    let zone = setting.graph.accounts.zone(account, own);
    let is_own = matches!(zone, Zone::Same | Zone::Vendor { .. });
    // A reference follows the name.
    (!is_own && item.text.reference().is_none()).then_some(made)
}

/// Reads the end of a name.
///
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/cfn-template-resource-name.html>
/// <https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/iam_role>
fn made(name: &Text) -> Option<Made> {
    let whole = name.as_literal()?;
    let name = whole.rsplit('/').next()?;
    if name.starts_with("AWSReservedSSO_") {
        return None;
    }
    // STACK-LOGICALID-1ABCDEFGHIJKL
    let stack = || {
        let (before, end) = name.rsplit_once('-')?;
        (before.contains('-') && is_random(end)).then_some(())
    };
    if stack().is_some() {
        return Some(Made { by: "CloudFormation", property: "`RoleName`" });
    }
    // PREFIX20240131101112131400000001: the time and a count.
    let (_, end) = name.split_at_checked(name.len().checked_sub(26)?)?;
    let is_time = end.starts_with("20") && end.bytes().take(18).all(|byte| byte.is_ascii_digit());
    let is_count = end.bytes().skip(18).all(|byte| byte.is_ascii_hexdigit());
    (is_time && is_count).then_some(Made { by: "Terraform", property: "`name` in place of `name_prefix`" })
}

/// Whether a word is one that CloudFormation puts at the end of names: 12 or 13 capitals and digits, or 12 letters of both cases
/// and digits. Words of one kind only may be anything, such as an account ID.
fn is_random(word: &str) -> bool {
    let count = |is: fn(&u8) -> bool| word.bytes().filter(is).count();
    let (digits, upper, lower) =
        (count(u8::is_ascii_digit), count(u8::is_ascii_uppercase), count(u8::is_ascii_lowercase));
    let is_word = digits + upper + lower == word.len();
    let old = lower == 0 && (12..=13).contains(&word.len()) && digits > 0 && upper > 3;
    let new = word.len() == 12 && digits > 0 && upper > 1 && lower > 1;
    is_word && (old || new)
}
