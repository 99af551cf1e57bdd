//! Permission to assume any role, of any account or of a whole foreign one.

use std::borrow::Cow;

use super::common::beside;
use super::privilege::{IAM_WRITE, privilege, privilege_where_allowed};
use super::{Context, Rule};
use crate::accounts::Zone;
use crate::ask::{Abroad, Setting, Spot, statements};
use crate::diagnostic::{Diagnostic, Effect, Label, Severity};
use crate::iam::arn::Arn;
use crate::iam::glob::{self, Case};
use crate::iam::policy::{self, Item, Polarity, Statement};
use crate::value::{OriginKind, Text};

pub(super) static RULE: Rule = Rule {
    name: "assume-any-role",
    summary: "a policy allows sts:AssumeRole on roles in accounts that it does not name",
    effect: Effect::Exposed,
    severity: Severity::Warning,
    family: "identity",
    since: "0.1.0",
    page: include_str!("../../rules/assume-any-role.md"),
    check,
};

const ACTION: &str = "sts:AssumeRole";

/// Keys that say who calls, which somebody may take for a limit on whose roles are assumed.
const OF_CALLER: [&str; 4] =
    ["aws:principalaccount", "aws:principalarn", "aws:principalorgid", "aws:principalorgpaths"];

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for setting in statements(context.graph) {
        let statement = setting.statement;
        if !setting.is_of_identity()
            || statement.effect != Some(policy::Effect::Allow)
            || !statement.actions.takes(ACTION).is_yes()
            || is_administrator(statement)
            || is_unattached_boundary(context, &setting)
        {
            continue;
        }
        let Some(resources) = &statement.resources else { continue };
        if statement.actions.polarity == Polarity::NotIn {
            found.extend(by_exclusion(context, &setting));
            continue;
        }
        if resources.polarity == Polarity::NotIn {
            let reach = Reach::all("every role in every account except those listed");
            if reach.is_allowed(context, &setting) {
                let spot = setting.spot(resources.key_span);
                found.push(finding((context, &setting), &spot, &reach, "covers all other accounts"));
            }
            continue;
        }
        for item in &resources.items {
            let Some(reach) = reach(&setting, item).filter(|reach| reach.is_allowed(context, &setting))
            else {
                continue;
            };
            let label = reach.label;
            found.push(
                finding((context, &setting), &setting.item(item), &reach, label)
                    .about([item.text.to_string()]),
            );
        }
    }
}

/// Whether it allows everything, which is reported as such and not for this one action.
fn is_administrator(statement: &Statement) -> bool {
    statement.actions.polarity == Polarity::In
        && statement.actions.items.iter().any(|action| action.text.is_literally("*"))
}

/// Whether it is of a policy that is attached to nobody and written as a permissions boundary, which gives nothing: its name or
/// file says so, or it requires a boundary of those that are created.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html>
fn is_unattached_boundary(context: &Context<'_>, setting: &Setting<'_>) -> bool {
    let says_so = |text: &str| text.to_ascii_lowercase().contains("boundary");
    let requires = |statement: &Statement| {
        let mut keys = statement.conditions.iter().map(|condition| condition.key.value.to_string());
        keys.any(|key| key.eq_ignore_ascii_case("iam:PermissionsBoundary"))
    };
    setting.document.holders.is_empty()
        && (says_so(setting.address())
            || says_so(context.path(setting.statement.span))
            || setting.document.policy.statements.iter().any(requires))
}

/// A statement that allows all actions but some, as `PowerUserAccess` of AWS does: `sts:AssumeRole` is among them because nobody
/// left it out.
///
/// <https://docs.aws.amazon.com/aws-managed-policy/latest/reference/PowerUserAccess.html>
fn by_exclusion(context: &Context<'_>, setting: &Setting<'_>) -> Option<Diagnostic> {
    let (statement, resources) = (setting.statement, setting.statement.resources.as_ref()?);
    let reach = match resources.polarity {
        Polarity::NotIn => Some(Reach::all("every role in every account except those listed")),
        Polarity::In => resources.items.iter().find_map(|item| reach(setting, item)),
    };
    let reach = reach.filter(|reach| reach.is_allowed(context, setting))?;
    let message = format!(
        "`{}` allows `{ACTION}` on {}, because `NotAction` does not list it",
        setting.address(),
        reach.what
    );
    let finding = RULE.on(&setting.spot(statement.actions.key_span), message, "includes sts:AssumeRole");
    Some(finding.severity(Severity::Info).help(
        "add `sts:AssumeRole` to `NotAction`, and allow it on the roles to assume in a statement of its own",
    ))
}

/// How far an element reaches.
struct Reach {
    /// On what it allows: "every role in account prod".
    what: String,
    label: &'static str,
    severity: Severity,
    /// A role that it reaches: its account, when the element names one, and its name.
    account: Option<Text>,
    role: String,
    partition: String,
}

impl Reach {
    fn all(what: impl Into<String>) -> Self {
        let (what, role) = (what.into(), "any".to_owned());
        let label = "matches every role in every account";
        let partition = "aws".to_owned();
        Self { what, label, severity: Severity::Warning, account: None, role, partition }
    }

    /// Whether such a role can be assumed, as far as the policies on this side say.
    fn is_allowed(&self, context: &Context<'_>, setting: &Setting<'_>) -> bool {
        let span = setting.statement.span;
        let mut arn = Text::literal(format!("arn:{}:iam::", self.partition), span);
        match &self.account {
            Some(account) => arn.append(account),
            None => arn.push_str("another account", span),
        }
        arn.push_str(format!(":role/{}", self.role), span);
        let abroad = Abroad { arn: &arn, account: self.account.as_ref() };
        context.ask.allows_abroad(setting.document, setting.statement, ACTION, abroad).is_yes()
    }
}

/// How far an element reaches; `None` when it is bounded.
fn reach(setting: &Setting<'_>, item: &Item<Text>) -> Option<Reach> {
    if item.text.is_literally("*") {
        return Some(Reach::all("every role in every account"));
    }
    let arn = Arn::parse(&item.value)?;
    let written = arn.resource.to_string();
    // A role that the pattern matches.
    let role = written.strip_prefix("role/").unwrap_or("any").replace(['*', '?'], "x");
    let partition = arn.partition.as_literal().filter(|it| !it.contains(['*', '?']));
    let partition = partition.map_or_else(|| "aws".to_owned(), Cow::into_owned);
    if arn.account.is_literally("*") {
        return everywhere(&written, role).map(|reach| Reach { partition, ..reach });
    }
    let accounts = &setting.graph.accounts;
    let own = accounts.same(&arn.account, &setting.document.account);
    let account = Some(accounts.normalise(&arn.account).into_owned());
    let info = |what: String, label| {
        let severity = Severity::Info;
        let (account, role, partition) = (account.clone(), role.clone(), partition.clone());
        Some(Reach { what, label, severity, account, role, partition })
    };
    if let Some(path) = written.strip_prefix("role/").and_then(|name| name.strip_suffix("/*"))
        && own.is_yes()
        && !path.contains(['*', '?'])
    {
        let what = format!("every role below the path `/{path}/` of its own account");
        return info(what, "matches every role below the path");
    }
    if !["role/*", "*", "role*"].contains(&written.as_str()) || own.is_yes() {
        return None;
    }
    let what = format!("every role in account {}", accounts.shown(&arn.account));
    let all = info(what, "matches every role in the account");
    match accounts.zone(&arn.account, &setting.document.account) {
        Zone::Vendor { .. } => all.map(|reach| Reach { severity: Severity::Warning, ..reach }),
        Zone::Outside if accounts.lists_any() => {
            all.map(|reach| Reach { severity: Severity::Warning, ..reach })
        }
        // Of one's own accounts the trust policies are in the same hands.
        Zone::Own => all,
        _ if arn.account.as_literal().is_some() || is_number(&arn.account) => all,
        _ => None,
    }
}

/// Whether an account is a number that examples use, which somebody fills in: another account than the one of the policy.
fn is_number(account: &Text) -> bool {
    let origin = account.as_symbol().map(|symbol| symbol.origin.kind());
    matches!(origin, Some(OriginKind::Placeholder(text)) if text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit()))
}

/// An element that names no account.
fn everywhere(written: &str, role: String) -> Option<Reach> {
    let every = Reach::all("every role in every account");
    let Some(name) = written.strip_prefix("role/").filter(|name| !name.starts_with('*')) else {
        return Some(every);
    };
    if name.is_empty() {
        return None;
    }
    let what = if name.contains(['*', '?']) {
        format!("the roles `{name}` of every account")
    } else {
        format!("role `{name}` of every account")
    };
    let severity = if is_named(name) { Severity::Info } else { Severity::Warning };
    Some(Reach { what, label: "names no account", severity, role, ..every })
}

/// Whether a name, or four letters or more before its first wildcard, says which roles are meant. That a hub assumes the role
/// of one name in all accounts is how AWS tells to reach many: to deploy stack sets, to run automations.
///
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stacksets-prereqs-self-managed.html>
/// <https://docs.aws.amazon.com/systems-manager/latest/userguide/running-automations-multiple-accounts-regions.html>
fn is_named(name: &str) -> bool {
    let fixed = name.split(['*', '?']).next().unwrap_or_default();
    fixed.len() == name.len() || fixed.chars().filter(|char| char.is_alphanumeric()).nth(3).is_some()
}

fn finding(
    (context, setting): (&Context<'_>, &Setting<'_>),
    spot: &Spot<'_>,
    reach: &Reach,
    label: &str,
) -> Diagnostic {
    let message = format!("`{}` allows `{ACTION}` on {}", setting.address(), reach.what);
    let mut finding =
        RULE.on(spot, message, label).severity(reach.severity).help(help(setting.statement, reach));
    let key = |condition: &policy::Condition| condition.key.value.to_string().to_ascii_lowercase();
    let of_caller = setting.statement.conditions.iter().find(|it| OF_CALLER.contains(&key(it).as_str()));
    if let Some(condition) = of_caller {
        finding = finding.related(beside(setting, condition.key.span, "describes the caller, not the role"));
    }
    let takes = |item: &&Item<Text>| {
        glob::matches(&item.value, &Text::literal(ACTION, item.span), Case::Folded).is_yes()
    };
    let wider = setting.statement.actions.items.iter().find(takes);
    if let Some(item) = wider.filter(|item| !item.text.is_literally(ACTION)) {
        finding = finding.related(beside(setting, item.span, "includes sts:AssumeRole"));
    }
    // Whoever can change policies can give itself the wide permission again.
    match administrator(context, setting) {
        Some(place) => finding.severity(Severity::Info).related(place),
        None => finding,
    }
}

/// What to do about the statement. One name in every account is not proposed where that, or less, is written, nor a condition on the
/// account where one is named.
fn help(statement: &Statement, reach: &Reach) -> String {
    const BY_CONDITION: &str = "a condition on `aws:ResourceAccount`, or on `aws:ResourceOrgID` with the value `${aws:PrincipalOrgID}`";
    let is_alone = statement.actions.items.iter().all(|it| it.text.begins_with_folded("sts:"));
    let is_anywhere = reach.account.is_none();
    let by_name = if !is_alone && is_anywhere && reach.severity == Severity::Warning {
        format!(" (`arn:{}:iam::*:role/NAME` for one role name in every account)", reach.partition)
    } else {
        String::new()
    };
    let (list, or) = if is_alone {
        ("list the ARNs of the roles to assume", "or add")
    } else {
        (
            "allow `sts:AssumeRole` in a statement of its own that lists the ARNs of the roles to assume",
            "or has",
        )
    };
    if !is_anywhere {
        return list.to_owned();
    }
    format!("{list}{by_name}, {or} {BY_CONDITION}")
}

/// Where those who have this policy get administrator access, or can modify IAM policies: in the policy itself, or in others that all
/// of them have.
pub(super) fn administrator(context: &Context<'_>, setting: &Setting<'_>) -> Option<Label> {
    let statements = &setting.document.policy.statements;
    let denied = |action: &str| {
        let denies =
            |one: &Statement| one.effect == Some(policy::Effect::Deny) && !one.actions.takes(action).is_no();
        statements.iter().any(denies)
    };
    let left: Vec<&str> = IAM_WRITE.into_iter().filter(|action| !denied(action)).collect();
    // What limits the statement limits both.
    let what = |one: &Statement| {
        if std::ptr::eq(one, setting.statement) {
            privilege_where_allowed(one, &left)
        } else {
            privilege(one, &left)
        }
    };
    if let Some((one, what)) = statements.iter().find_map(|one| Some((one, what(one)?))) {
        return Some(beside(setting, one.span, what));
    }
    let mut all = setting.document.holders.iter().map(|id| context.privilege_of(*id));
    let (_, first) = all.next()??;
    all.all(|one| one.is_some()).then_some(first)
}
