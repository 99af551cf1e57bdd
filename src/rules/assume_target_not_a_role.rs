//! `sts:AssumeRole` on something that is not a role.

use super::{Context, Rule};
use crate::ask::{Setting, statements};
use crate::diagnostic::{Diagnostic, Effect, Severity};
use crate::iam::arn::Arn;
use crate::iam::data;
use crate::iam::policy::{self, Item, Polarity, Statement};
use crate::value::Text;

pub(super) static RULE: Rule = Rule {
    name: "assume-target-not-a-role",
    summary: "a policy allows sts:AssumeRole on ARNs of which none is the ARN of a role",
    effect: Effect::Dead,
    severity: Severity::Error,
    family: "identity",
    since: "0.1.0",
    page: include_str!("../../rules/assume-target-not-a-role.md"),
    check,
};

const ACTION: &str = "sts:AssumeRole";

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    found.extend(statements(context.graph).filter_map(|setting| dead(&setting)));
}

/// A statement by which no role can be assumed, and nothing else can be done.
fn dead(setting: &Setting<'_>) -> Option<Diagnostic> {
    let statement = setting.statement;
    if statement.effect != Some(policy::Effect::Allow) || !assumes(statement) || !setting.is_of_identity() {
        return None;
    }
    let resources = statement.resources.as_ref().filter(|it| it.polarity == Polarity::In && !it.open)?;
    let first = resources.items.first()?;
    let mut wrong = resources.items.iter().map(|item| wrong(statement, item));
    let why = wrong.next()??;
    if !wrong.all(|one| one.is_some()) {
        return None;
    }
    let message = format!(
        "`{}` allows `{ACTION}` on `{}`, but {}: no role can be assumed by it",
        setting.address(),
        first.text,
        why.reason
    );
    let mut finding =
        RULE.on(&setting.item(first), message, why.label).help(why.help).about([first.text.to_string()]);
    for item in resources.items.iter().skip(1) {
        finding = finding.related(super::common::beside(setting, item.span, "not a role either"));
    }
    Some(finding)
}

/// Whether a statement names `sts:AssumeRole`, and not only as one of all actions.
fn assumes(statement: &Statement) -> bool {
    let actions = &statement.actions;
    let is_named = |item: &Item<Text>| item.text.begins_with_folded("sts:");
    actions.polarity == Polarity::In
        && !actions.open
        && actions.items.iter().any(is_named)
        && actions.takes(ACTION).is_yes()
}

/// Why an ARN is not that of a role.
struct Wrong {
    reason: String,
    label: &'static str,
    help: String,
}

/// What is wrong with an element on which no action of the statement works.
///
/// <https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssecuritytokenservice.html>
fn wrong(statement: &Statement, item: &Item<Text>) -> Option<Wrong> {
    // The colon of a policy variable is none between fields.
    if item.value.joined().has("${") {
        return None;
    }
    let arn = Arn::parse(&item.value)?;
    let is_unused = |action: &Item<Text>| {
        action.value.as_literal().is_some_and(|action| data::acts_on(&action, &item.value).is_no())
    };
    let no_account = is_role(&arn) && arn.account.is_empty();
    (no_account || statement.actions.items.iter().all(is_unused)).then(|| explain(&arn))
}

fn is_role(arn: &Arn) -> bool {
    arn.service.is_literally("iam") && arn.resource.begins_with("role/")
}

fn explain(arn: &Arn) -> Wrong {
    let account = if arn.account.is_empty() { "111122223333".to_owned() } else { arn.account.to_string() };
    let example = |name: &str| format!("`arn:{}:iam::{account}:role/{name}`", arn.partition);
    let role = |name: &Text| format!("write {}", example(&name.to_string()));
    let general = || format!("write the ARN of the role: {}", example("NAME"));
    let named = arn.resource.splitn(3, '/');
    let kind = named.first().and_then(Text::as_literal).unwrap_or_default().into_owned();
    // What follows the name of a session is no path.
    let parts = if kind == "assumed-role" { named } else { arn.resource.splitn(2, '/') };
    let (reason, label, help) = match (arn.service.as_literal().as_deref(), &*kind, parts.get(1)) {
        (Some("iam"), "role", Some(name)) if arn.account.is_empty() => {
            ("the ARN has no account ID", "no account ID", format!("write {}", example(&name.to_string())))
        }
        (Some("iam"), "role", Some(name)) if !arn.region.is_empty() => {
            ("ARNs of roles have no region", "has a region", role(name))
        }
        (Some("iam"), "role", None) => ("the name of the role is missing", "no name", general()),
        (Some("iam"), "root", _) => ("this is an account and not a role", "an account", general()),
        (Some("iam"), "user", _) => ("this is a user", "a user", general()),
        (Some("sts"), "assumed-role", Some(name)) => {
            ("this is the session of a role", "a session of a role", role(name))
        }
        (Some("sts"), "role", Some(name)) => {
            ("the ARN of a role has `iam` where this one has `sts`", "`sts` for `iam`", role(name))
        }
        _ => ("this is not the ARN of a role", "not a role", general()),
    };
    Wrong { reason: reason.to_owned(), label, help }
}
