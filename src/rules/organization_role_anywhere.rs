//! Permission to become administrator of any account that AWS Organizations or Control Tower made.

use super::assume_any_role::administrator;
use super::common::beside;
use super::unreadable_policy::is_current;
use super::{Context, Rule};
use crate::ask::{Abroad, Setting, statements};
use crate::diagnostic::{Diagnostic, Effect, Severity};
use crate::iam::arn::Arn;
use crate::iam::glob::{self, Case};
use crate::iam::policy::{self, Item, Polarity, Statement};
use crate::value::Text;

pub(super) static RULE: Rule = Rule {
    name: "organization-role-anywhere",
    summary: "a policy allows sts:AssumeRole on the administrator role that Organizations or Control Tower makes in every account",
    effect: Effect::Exposed,
    severity: Severity::Warning,
    family: "identity",
    since: "0.1.0",
    page: include_str!("../../rules/organization-role-anywhere.md"),
    check,
};

const ACTION: &str = "sts:AssumeRole";

/// The roles with administrator access that are made in each member account.
///
/// <https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_accounts_access.html>
/// <https://docs.aws.amazon.com/controltower/latest/userguide/roles-how.html>
const ROLES: [&str; 2] = ["AWSControlTowerExecution", "OrganizationAccountAccessRole"];

/// Roles that AWS tells to make for Control Tower, Account Factory for Terraform and stack sets, with a permission of this kind.
///
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stacksets-prereqs-self-managed.html>
/// <https://docs.aws.amazon.com/controltower/latest/userguide/access-control-managing-permissions.html>
/// <https://docs.aws.amazon.com/controltower/latest/userguide/aft-required-roles.html>
const OF_AWS: [&str; 5] = [
    "AWSAFTAdmin",
    "AWSAFTService",
    "AWSCloudFormationStackSetAdministrationRole",
    "AWSControlTowerAdmin",
    "AWSControlTowerStackSetRole",
];

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for setting in statements(context.graph) {
        let statement = setting.statement;
        let resources = statement.resources.as_ref().filter(|it| it.polarity == Polarity::In);
        let items = resources.into_iter().flat_map(|clause| &clause.items);
        let named: Vec<_> = items.filter_map(|item| Some((item, made_by_aws(&item.value)?))).collect();
        let Some((_, role)) = named.first() else { continue };
        if statement.effect == Some(policy::Effect::Allow)
            && statement.actions.polarity == Polarity::In
            && statement.actions.takes(ACTION).is_yes()
            && setting.is_of_identity()
            && is_allowed(context, &setting, role)
        {
            found.extend(finding(context, &setting, &named));
        }
    }
}

/// Which of these roles an element names in every account.
fn made_by_aws(element: &Text) -> Option<&'static str> {
    if !element.has(":role/") {
        return None;
    }
    let arn = Arn::parse(element).filter(|arn| arn.account.is_literally("*"))?;
    let name = arn.resource.splitn(2, '/').pop()?;
    let starts = ["AWSControlTower", "OrganizationAccount"];
    let is_named = starts.iter().any(|start| name.begins_with(start));
    let span = element.span().filter(|_| is_named)?;
    let matches = |role: &&str| glob::matches(&name, &Text::literal(*role, span), Case::Sensitive).is_yes();
    ROLES.into_iter().find(matches)
}

/// Whether such a role of an account that the policy does not know can be assumed, as far as this side says.
fn is_allowed(context: &Context<'_>, setting: &Setting<'_>, role: &str) -> bool {
    let arn = Text::literal(format!("arn:aws:iam::another account:role/{role}"), setting.statement.span);
    let abroad = Abroad { arn: &arn, account: None };
    context.ask.allows_abroad(setting.document, setting.statement, ACTION, abroad).is_yes()
}

fn finding(
    context: &Context<'_>,
    setting: &Setting<'_>,
    named: &[(&Item<Text>, &str)],
) -> Option<Diagnostic> {
    let ((item, role), others) = named.split_first()?;
    let message = format!(
        "`{}` allows `{ACTION}` on `{role}` of every account, which has administrator access there",
        setting.address()
    );
    let finding = RULE.on(&setting.item(item), message, "names no account").about([item.text.to_string()]);
    let finding = others.iter().fold(finding, |finding, (item, _)| {
        finding.related(beside(setting, item.span, "names no account either"))
    });
    // What AWS tells to make has to reach accounts that join later, and what lists all accounts is made to enter them.
    let is_of_aws = is_of_aws(setting) || lists_accounts(setting);
    let condition = "add a condition on `aws:ResourceOrgID` with the value `${aws:PrincipalOrgID}`";
    // In another version it is the text that it is.
    let version = setting.document.policy.version.as_ref();
    let version = if is_current(version.map(|version| &version.value)) {
        ""
    } else {
        ", and set `Version` to `2012-10-17`"
    };
    let finding = finding.help(if is_of_aws {
        format!("{condition}{version}")
    } else {
        format!("list the accounts, or make a role with fewer permissions in each of them; at least {condition}{version}")
    });
    Some(match administrator(context, setting) {
        Some(place) => finding.severity(Severity::Info).related(place),
        None if is_of_aws => finding.severity(Severity::Info),
        None => finding,
    })
}

/// Whether the policy allows to list the accounts of the organization.
fn lists_accounts(setting: &Setting<'_>) -> bool {
    let lists = |statement: &Statement| {
        statement.effect == Some(policy::Effect::Allow)
            && statement.actions.polarity == Polarity::In
            && statement.actions.takes("organizations:ListAccounts").is_yes()
    };
    setting.document.policy.statements.iter().any(lists)
}

/// Whether the policy is that of a role that AWS tells to make with it.
fn is_of_aws(setting: &Setting<'_>) -> bool {
    let holders = &setting.document.holders;
    let is_one = |name: &Text| OF_AWS.iter().any(|one| name.is_literally(one));
    !holders.is_empty() && holders.iter().all(|id| is_one(&setting.graph.identities[*id].name))
}
