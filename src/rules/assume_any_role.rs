//! Permission to assume any role, of any account or of a whole foreign one.

use super::{Context, Rule};
use crate::accounts::Zone;
use crate::ask::{Setting, statements};
use crate::diagnostic::{Diagnostic, Effect, Severity};
use crate::graph::Purpose;
use crate::iam::arn::Arn;
use crate::iam::condition::Operator;
use crate::iam::policy::{self, Item, Polarity};
use crate::value::{Answer, Text};

pub(super) static RULE: Rule = Rule {
    name: "assume-any-role",
    summary: "a policy allows its holder to assume roles in accounts that it does not name",
    effect: Effect::Exposed,
    severity: Severity::Warning,
    family: "identity",
    since: "0.1.0",
    page: include_str!("../../rules/assume-any-role.md"),
    check,
};

/// Keys that say whose roles are meant.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-resourceorgid>
const RESOURCE_KEYS: [&str; 3] = ["aws:resourceorgid", "aws:resourceorgpaths", "aws:resourceaccount"];

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for setting in statements(context.graph) {
        let statement = setting.statement;
        let identity = match setting.document.purpose {
            Purpose::Identity => true,
            Purpose::File => statement.principals.is_none(),
            Purpose::Trust(_) | Purpose::Resource(_) | Purpose::Limit => false,
        };
        if !identity
            || statement.effect != Some(policy::Effect::Allow)
            || !statement.actions.takes("sts:AssumeRole").is_yes()
            || is_limited(&setting)
        {
            continue;
        }
        // `*` on `*` is an administrator, who is judged as such and not for this one action.
        let administrator = statement.actions.polarity == Polarity::In
            && statement.actions.items.iter().any(|action| action.text.is_literally("*"));
        let Some(resources) = statement.resources.as_ref().filter(|it| it.polarity == Polarity::In) else {
            continue;
        };
        if administrator {
            continue;
        }
        for item in &resources.items {
            if let Some((reach, severity)) = reach(&setting, item) {
                found.push(finding(&setting, item, &reach).severity(severity));
            }
        }
    }
}

/// Whether a condition says whose roles are meant, or which: a tag on the role is given by its owner. One that says
/// whose are not meant leaves all others.
fn is_limited(setting: &Setting<'_>) -> bool {
    setting.statement.conditions_open
        || setting.statement.conditions.iter().any(|condition| {
            if Operator::parse(&condition.operator.value).is_some_and(|operator| operator.negated) {
                return false;
            }
            let key = condition.key.value.to_string().to_ascii_lowercase();
            RESOURCE_KEYS.contains(&key.as_str())
                || key.starts_with("aws:resourcetag/")
                || key.starts_with("iam:resourcetag/")
        })
}

/// How far an element reaches: "any role of any account", …; `None` when it is bounded.
fn reach(setting: &Setting<'_>, item: &Item<Text>) -> Option<(String, Severity)> {
    let far = |reach: String| Some((reach, Severity::Warning));
    if item.text.is_literally("*") {
        return far("any role of any account".to_owned());
    }
    let arn = Arn::parse(&item.value)?;
    let role = arn.resource.to_string();
    if arn.account.is_literally("*") {
        return far(match role.strip_prefix("role/") {
            Some(name) if !name.contains(['*', '?']) => format!("the role `{name}` of any account"),
            Some(name) if !name.starts_with('*') => format!("any role `{name}` of any account"),
            _ => "any role of any account".to_owned(),
        });
    }
    let accounts = &setting.graph.accounts;
    let own = accounts.same(&arn.account, &setting.document.account);
    if let Some(path) = role.strip_prefix("role/").and_then(|name| name.strip_suffix("/*"))
        && own.is_yes()
        && !path.contains(['*', '?'])
    {
        return Some((format!("any role of its account below the path `/{path}/`"), Severity::Info));
    }
    if !(role == "role/*" || role == "*" || role == "role*") {
        return None;
    }
    match accounts.zone(&arn.account, &setting.document.account) {
        Zone::Own | Zone::Vendor { .. } | Zone::Outside if own.is_no() => {
            far(format!("any role of the account {}", accounts.shown(&arn.account)))
        }
        // It may be its own account, where the trust policies are in the same hands.
        _ if own == Answer::Unknown && arn.account.as_literal().is_some() => {
            Some((format!("any role of the account {}", accounts.shown(&arn.account)), Severity::Info))
        }
        _ => None,
    }
}

fn finding(setting: &Setting<'_>, item: &Item<Text>, reach: &str) -> Diagnostic {
    let message = format!("`{}` lets its holders assume {reach} that trusts them", setting.address());
    RULE.on(&setting.item(item), message, "reaches too far")
        .help("name the roles to assume, or limit the statement with `aws:ResourceOrgID` or `aws:ResourceAccount`")
        .about([item.text.to_string()])
}
