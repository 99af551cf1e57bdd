//! Roles of IAM Identity Center, named with the suffix that they have by chance.

use super::common::{beside, partition_of};
use super::{Context, Rule};
use crate::ask::{Setting, Spot, statements};
use crate::diagnostic::{Diagnostic, Effect, Severity};
use crate::iam::arn::Arn;
use crate::iam::condition::{self, Operator, SetOperator};
use crate::iam::policy::{Condition, Item, Polarity};
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
    /// `arn:aws:iam::111122223333:`.
    account: String,
    role: Role,
    how: How<'g>,
    /// The name of the session, where one is named in place of the role.
    session: Option<&'g Text>,
}

/// In what way a statement names such a role.
enum How<'g> {
    Principal,
    /// In `NotPrincipal`: all others are meant.
    Exception,
    Condition(&'g Condition),
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
    let (setting, role) = (&first.setting, &first.role);
    let (subject, name) = (setting.subject(), &role.name);
    let message = match first.how {
        How::Condition(_) => format!(
            "a condition of {subject} names `{name}`, whose suffix changes when the permission set is assigned again"
        ),
        _ if first.session.is_some() => format!(
            "{subject} names a session of `{name}`, whose suffix changes when the permission set is assigned again"
        ),
        _ if role.path.is_empty() => format!(
            "{subject} names `{name}` without its path, which AWS rejects; its suffix also changes when the permission set is assigned again"
        ),
        _ => format!(
            "{subject} names `{name}`, whose suffix changes when the permission set is assigned again"
        ),
    };
    let help = first.help();
    let mut finding = RULE.on(&first.spot, message, "random suffix").help(help).about([name.clone()]);
    for place in others {
        finding = finding.related(beside(&place.setting, place.spot.span, "random suffix"));
    }
    Some(finding)
}

impl Place<'_> {
    /// What to write, with the same sense: an exception stays one.
    ///
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html>
    fn help(&self) -> String {
        let account = &self.account;
        let pattern = format!("{account}role/{}", self.role.pattern());
        let by_account = format!(
            "use the account `{account}root` as principal, with an `ArnLike` condition on `{KEY}`: `{pattern}`"
        );
        match (&self.how, self.session) {
            (How::Condition(condition), _) => format!("use `{}` with `{pattern}`", like(condition)),
            (How::Exception, _) => {
                format!("use `*` as `Principal`, with an `ArnNotLike` condition on `{KEY}`: `{pattern}`")
            }
            (How::Principal, Some(session)) => format!(
                "{by_account}; and a `StringLike` condition on `aws:userid`, `*:{session}`, if only this session is meant"
            ),
            (How::Principal, None) => by_account,
        }
    }
}

/// The operator that compares ARNs with patterns and is otherwise that of a condition.
fn like(condition: &Condition) -> String {
    let operator = Operator::parse(&condition.operator.value);
    let set = match operator.and_then(|it| it.set) {
        Some(SetOperator::ForAllValues) => "ForAllValues:",
        Some(SetOperator::ForAnyValue) => "ForAnyValue:",
        None => "",
    };
    let name = if operator.is_some_and(|it| it.negated) { "ArnNotLike" } else { "ArnLike" };
    let end = if operator.is_some_and(|it| it.if_exists) { "IfExists" } else { "" };
    format!("{set}{name}{end}")
}

fn principals<'g>(setting: &Setting<'g>) -> impl Iterator<Item = Place<'g>> {
    let setting = *setting;
    let clauses = setting.statement.principals.iter();
    let items = clauses.flat_map(|clause| clause.items.iter().map(move |item| (clause.polarity, item)));
    items.filter_map(move |(polarity, item)| {
        let (account, name, session) = match &item.value {
            Principal::Role { account, name } => (account, name, None),
            Principal::RoleSession { account, role, session } => (account, role, Some(&**session)),
            _ => return None,
        };
        let role = role(name)?;
        let how = if polarity == Polarity::NotIn { How::Exception } else { How::Principal };
        let account = format!("arn:{}:iam::{account}:", partition_of(&item.text));
        Some(Place { setting, spot: setting.item(item), account, role, how, session })
    })
}

fn conditions<'g>(setting: &Setting<'g>) -> impl Iterator<Item = Place<'g>> {
    let setting = *setting;
    let values = condition::on_key(setting.statement, KEY)
        .flat_map(|condition| condition.values.iter().map(move |value| (condition, value)));
    values.filter_map(move |(condition, value)| {
        let (account, role) = written(value)?;
        let spot = setting.spot(value.span).through(&value.via).also(condition.present.and(value.present));
        Some(Place { setting, spot, account, role, how: How::Condition(condition), session: None })
    })
}

fn written(value: &Item<Text>) -> Option<(String, Role)> {
    if !value.value.has("AWSReservedSSO_") {
        return None;
    }
    let arn = Arn::parse(&value.value)?;
    let name = arn.resource.splitn(2, '/').pop().filter(|_| arn.resource.begins_with("role/"))?;
    let account = format!("arn:{}:iam::{}:", arn.partition, arn.account);
    Some((account, role(&name)?))
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
