//! Roles of IAM Identity Center, named with the suffix that they have by chance.

use super::common::beside;
use super::{Context, Rule};
use crate::ask::{Setting, Spot, statements};
use crate::diagnostic::{Diagnostic, Effect, Severity};
use crate::iam::arn::Arn;
use crate::iam::condition;
use crate::iam::policy::Item;
use crate::iam::principal::Principal;
use crate::value::Text;

pub(super) static RULE: Rule = Rule {
    name: "exact-sso-role-principal",
    summary: "a policy names a role of IAM Identity Center with its random suffix, which changes when it is assigned again",
    effect: Effect::Weak,
    severity: Severity::Warning,
    family: "service",
    since: "0.1.0",
    page: include_str!("../../rules/exact-sso-role-principal.md"),
    check,
};

const KEY: &str = "aws:PrincipalArn";

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let mut places: Vec<Place<'_>> = Vec::new();
    for setting in statements(context.graph) {
        places.extend(principals(&setting));
        places.extend(conditions(&setting));
    }
    found.extend(places.chunk_by(|one, other| one.setting.id == other.setting.id).filter_map(named));
}

/// Where a statement names such a role, and which.
struct Place<'g> {
    setting: Setting<'g>,
    spot: Spot<'g>,
    account: Text,
    role: Role,
    by_condition: bool,
}

/// A role of IAM Identity Center, as it is written.
struct Role {
    /// `aws-reserved/sso.amazonaws.com/eu-west-2/`; empty when it is left out.
    path: String,
    /// `AWSReservedSSO_DatabaseAdministrator_1234567890abcdef`.
    name: String,
    /// `AWSReservedSSO_DatabaseAdministrator_`.
    start: String,
}

impl Role {
    /// A pattern for it that does not depend on the suffix. Whose instance is in us-east-1 has no region in the path.
    fn pattern(&self) -> String {
        let path = if self.path.is_empty() { "aws-reserved/sso.amazonaws.com/*" } else { &self.path };
        format!("{path}{}*", self.start)
    }
}

/// One finding for all that a document names so.
fn named(places: &[Place<'_>]) -> Option<Diagnostic> {
    let (first, others) = places.split_first()?;
    let setting = &first.setting;
    let role = &first.role;
    let pattern = format!("arn:aws:iam::{}:role/{}", first.account, role.pattern());
    let (message, help) = if first.by_condition {
        let message = format!(
            "a condition of {} names `{}`, whose suffix changes when the permission set is assigned again",
            setting.subject(),
            role.name
        );
        (message, format!("use `ArnLike` with `{pattern}`"))
    } else {
        let message = if role.path.is_empty() {
            format!(
                "{} names `{}` without its path, which AWS rejects; its suffix also changes when the permission set is assigned again",
                setting.subject(),
                role.name
            )
        } else {
            format!(
                "{} names `{}`, whose suffix changes when the permission set is assigned again",
                setting.subject(),
                role.name
            )
        };
        let help = format!(
            "use the account `arn:aws:iam::{}:root` as principal, with an `ArnLike` condition on `{KEY}`: `{pattern}`",
            first.account
        );
        (message, help)
    };
    let mut finding = RULE.on(&first.spot, message, "random suffix").help(help).about([role.name.clone()]);
    for place in others {
        finding = finding.related(beside(&place.setting, place.spot.span, "random suffix"));
    }
    Some(finding)
}

fn principals<'g>(setting: &Setting<'g>) -> impl Iterator<Item = Place<'g>> {
    let setting = *setting;
    let items = setting.statement.principals.iter().flat_map(|clause| &clause.items);
    items.filter_map(move |item| {
        let (Principal::Role { account, name } | Principal::RoleSession { account, role: name, .. }) =
            &item.value
        else {
            return None;
        };
        let role = role(name)?;
        let spot = setting.item(item);
        Some(Place { setting, spot, account: account.clone(), role, by_condition: false })
    })
}

fn conditions<'g>(setting: &Setting<'g>) -> impl Iterator<Item = Place<'g>> {
    let setting = *setting;
    let values = condition::on_key(setting.statement, KEY)
        .flat_map(|condition| condition.values.iter().map(move |value| (condition, value)));
    values.filter_map(move |(condition, value)| {
        let (account, role) = written(value)?;
        let spot = setting.spot(value.span).through(&value.via).also(condition.present.and(value.present));
        Some(Place { setting, spot, account, role, by_condition: true })
    })
}

fn written(value: &Item<Text>) -> Option<(Text, Role)> {
    if !value.value.has("AWSReservedSSO_") {
        return None;
    }
    let arn = Arn::parse(&value.value)?;
    let name = arn.resource.splitn(2, '/').pop().filter(|_| arn.resource.begins_with("role/"))?;
    Some((arn.account, role(&name)?))
}

/// Reads the name of a role that IAM Identity Center makes, with its path: 16 hexadecimal digits at its end are chosen anew for
/// each assignment.
///
/// <https://docs.aws.amazon.com/singlesignon/latest/userguide/referencingpermissionsets.html>
fn role(named: &Text) -> Option<Role> {
    if !named.has("AWSReservedSSO_") {
        return None;
    }
    let whole = named.as_literal()?;
    let at = whole.rfind('/').map_or(0, |at| at + 1);
    let (path, name) = whole.split_at_checked(at)?;
    let (start, suffix) = name.rsplit_once('_')?;
    let is_chosen = suffix.len() == 16 && suffix.bytes().all(|byte| byte.is_ascii_hexdigit());
    let fits = name.starts_with("AWSReservedSSO_") && is_chosen && !path.contains(['*', '?']);
    fits.then(|| Role { path: path.to_owned(), name: name.to_owned(), start: format!("{start}_") })
}
