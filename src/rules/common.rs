//! What several rules need: statements in their setting, and labels.

use std::sync::Arc;

use super::unknown_action::is_no_action;
use crate::ask::{Setting, Spot, Who};
use crate::bounds;
use crate::diagnostic::{Diagnostic, Label, Pair, said};
use crate::graph::{DeclarationId, Graph, Id, IdentityId};
use crate::iam::arn::Arn;
use crate::iam::condition;
use crate::iam::data::{self, SharedIssuer};
use crate::iam::federation::{self, Claim};
use crate::iam::policy::{Item, Polarity, Statement};
use crate::iam::principal::{COGNITO, Principal};
use crate::source::Span;
use crate::value::{Answer, Text};

/// A place of a declaration, with its address and account.
pub(super) fn label(spot: &Spot<'_>, span: Span, text: impl Into<String>) -> Label {
    let (graph, mut label) = (spot.graph, Label::new(span, text));
    label.address = Some(spot.declared().address.clone());
    let account = graph.account_of(spot.declaration);
    label.account = graph.accounts.is_assigned(&account).then(|| said(&graph.accounts.shown(&account)));
    label
}

/// A further place of a statement.
pub(super) fn beside(setting: &Setting<'_>, span: Span, text: impl Into<String>) -> Label {
    label(&setting.spot(span), span, text)
}

/// A declaration, as a further place.
pub(super) fn declared(graph: &Graph, declaration: DeclarationId, text: impl Into<String>) -> Label {
    let span = graph.declarations[declaration].span;
    label(&Spot::of(graph, declaration, span, Answer::Yes), span, text)
}

/// Both sides of a finding: each of the principals with each of the targets, for each of the actions.
pub(super) fn pairs(
    graph: &Graph,
    principals: &[IdentityId],
    targets: &[DeclarationId],
    actions: &[impl AsRef<str>],
) -> Vec<Pair> {
    let actions: Vec<Arc<str>> = actions.iter().map(|it| it.as_ref().to_ascii_lowercase().into()).collect();
    let mut pairs = Vec::new();
    for principal in principals.iter().map(|id| graph.identities[*id].declaration.position()) {
        for target in targets.iter().map(|id| id.position()) {
            pairs.extend(actions.iter().map(|action| Pair { principal, target, action: Arc::clone(action) }));
        }
    }
    pairs
}

/// A finding in a policy, with whose policy it is when it is written elsewhere.
pub(super) fn of_policy(finding: Diagnostic, spot: &Spot<'_>) -> Diagnostic {
    if spot.declared().body.contains(finding.primary.span) {
        return finding;
    }
    finding.related(declared(spot.graph, spot.declaration, "attached to"))
}

/// The account a principal belongs to, when it is one of an account.
pub(super) fn account_of(principal: &Principal) -> Option<&Text> {
    principal.account()
}

/// The partition of what an ARN names, to write another ARN beside it.
pub(super) fn partition_of(arn: &Text) -> String {
    Arn::parse(arn).map_or_else(|| "aws".to_owned(), |arn| arn.partition.to_string())
}

/// What to add to the advice of a condition on a key that only some principals bring: that it belongs in a statement of its own, and
/// whom it would keep out. Nothing where all principals of the statement bring it.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html>
pub(super) fn apart(setting: &Setting<'_>, brings: impl Fn(&Item<Principal>) -> bool) -> String {
    let mut others: Vec<String> = Vec::new();
    for item in setting.listed() {
        let is_nobody = matches!(item.value, Principal::Everyone | Principal::Invalid(_));
        let shown = format!("`{}`", item.text);
        if !is_nobody && !brings(item) && !others.contains(&shown) {
            others.push(shown);
        }
    }
    if others.is_empty() {
        return String::new();
    }
    format!(
        ", in a statement of its own: it would keep out {}, whose requests have no such key",
        listed(others)
    )
}

/// Whether a principal may bring the claims of the provider that another one is.
fn brings_claims_of(provider: &Principal, item: &Item<Principal>) -> bool {
    match (provider, &item.value) {
        (Principal::Oidc { issuer, .. }, Principal::Oidc { issuer: other, .. }) => is_same(issuer, other),
        (Principal::BuiltInProvider(name), Principal::BuiltInProvider(other)) => is_same(name, other),
        (_, Principal::Unknown(_)) => item.kind == "Federated",
        _ => false,
    }
}

/// What to add to the advice of a condition on a claim of an OIDC provider, as [`apart`]: nothing where the statement asks for another
/// claim already, without which nobody else gets in.
pub(super) fn apart_from_others(setting: &Setting<'_>, provider: &Item<Principal>) -> String {
    let is_claim = |key: &Text| [":aud", ":sub"].iter().any(|claim| key.ends_with(claim));
    if setting.statement.conditions.iter().any(|condition| is_claim(&condition.key.value)) {
        return String::new();
    }
    apart(setting, |item| brings_claims_of(&provider.value, item))
}

/// Where the account of a principal stands, when the place of the principal is only the beginning of a text that is put together
/// of parts, and the account is another one.
pub(super) fn place_of_account(item: &Item<Principal>) -> Option<Span> {
    let [account] = account_of(&item.value)?.pieces() else { return None };
    let mut parts = item.text.pieces().iter();
    let is_beginning = parts.next().is_some_and(|first| first.span == item.span) && parts.next().is_some();
    (is_beginning && !item.span.contains(account.span)).then_some(account.span)
}

/// Whether an account is one that documentation uses and that was not written where it is used: the default of a
/// variable or parameter, which whoever deploys the template replaces.
pub(super) fn stands_in(item: &Item<Principal>) -> bool {
    let Some(account) = account_of(&item.value) else { return false };
    let Some(id) = account.as_literal() else { return false };
    let elsewhere = item.via.spans().next().is_some()
        || account.pieces().iter().any(|piece| piece.span.len() != id.len());
    elsewhere && data::is_example_account(&id)
}

/// What to add to the configuration for an account of one's own.
pub(super) fn listing(id: &str) -> String {
    format!("add `[accounts.NAME]` with `id = \"{id}\"` to trustlint.toml")
}

/// What to do about the account of a principal: `help`, unless it only stands for the one that is meant. `given_by` is the end of a
/// help text that says where it comes from.
pub(super) fn unless_example(item: &Item<Principal>, help: String, given_by: &str) -> String {
    if !stands_in(item) {
        return help;
    }
    let id = account_of(&item.value).map(Text::to_string).unwrap_or_default();
    format!("set the account that is meant: `{id}` is an ID that examples use{given_by}")
}

/// Whether two names are certainly the same.
pub(super) fn is_same(one: &Text, other: &Text) -> bool {
    let (of_one, of_other) = (one.reference(), other.reference());
    if of_one.is_some() && of_one == of_other {
        return true;
    }
    match (one.as_symbol(), other.as_symbol()) {
        (Some(one), Some(other)) => one.same(other),
        _ => one.as_literal().is_some_and(|one| other.is_literally(&one)),
    }
}

/// The actions of a statement, for messages: without names that are none, unless it has no others.
pub(super) fn actions_of(statement: &Statement) -> String {
    let items = &statement.actions.items;
    let is_any = |item: &&Item<Text>| !item.text.as_literal().is_some_and(|name| is_no_action(&name));
    let mut shown: Vec<&Item<Text>> = items.iter().filter(is_any).collect();
    if shown.is_empty() || statement.actions.polarity == Polarity::NotIn {
        shown = items.iter().collect();
    }
    let names = listed(shown.iter().map(|item| format!("`{}`", item.text)));
    match statement.actions.polarity {
        Polarity::In if names == "`*`" => "every action".to_owned(),
        Polarity::In => names,
        Polarity::NotIn => format!("every action except {names}"),
    }
}

/// `a`, `a and b`, `a, b and c`; long lists are cut: `a, b and 3 more`.
pub(super) fn listed(names: impl IntoIterator<Item = String>) -> String {
    joined(names, "and")
}

/// `a`, `a or b`, `a, b or c`; long lists are cut as well.
pub(super) fn either(names: impl IntoIterator<Item = String>) -> String {
    joined(names, "or")
}

fn joined(names: impl IntoIterator<Item = String>, last_by: &str) -> String {
    let mut names: Vec<String> = names.into_iter().collect();
    if names.len() > bounds::NAMES_LISTED {
        let more = names.len() - (bounds::NAMES_LISTED - 1);
        names.truncate(bounds::NAMES_LISTED - 1);
        names.push(format!("{more} more"));
    }
    match names.pop() {
        None => String::new(),
        Some(last) if names.is_empty() => last,
        Some(last) => format!("{} {last_by} {last}", names.join(", ")),
    }
}

/// Whose tokens an issuer signs, and what its tenants are called.
pub(super) fn tokens_of(issuer: &str) -> Option<(&'static str, &'static str)> {
    Some(match issuer {
        "token.actions.githubusercontent.com" => {
            ("any GitHub Actions workflow", "GitHub users and organizations")
        }
        "gitlab.com" => ("any GitLab CI/CD job", "GitLab groups"),
        "app.terraform.io" => ("any HCP Terraform run", "HCP Terraform organizations"),
        "agent.buildkite.com" => ("any Buildkite job", "Buildkite organizations"),
        issuer if COGNITO.contains(&issuer) => ("any Cognito identity pool", "Cognito identity pools"),
        "accounts.google.com" => ("any Google client", "Google clients"),
        "graph.facebook.com" => ("any Facebook app", "Facebook apps"),
        "www.amazon.com" => ("any Login with Amazon app", "Login with Amazon apps"),
        "api.pulumi.com/oidc" => ("any Pulumi organization", "Pulumi organizations"),
        "oidc.vercel.com" => ("any Vercel team", "Vercel teams"),
        _ => return None,
    })
}

/// Whether an issuer tells its tenants by the subject of its tokens.
pub(super) fn told_by_subject(issuer: &SharedIssuer) -> bool {
    issuer.tenant_key.ends_with(":sub")
}

/// Claims beside the subject that belong to one tenant.
///
/// <https://docs.github.com/en/actions/reference/security/oidc>
/// <https://docs.gitlab.com/ci/secrets/id_token_authentication/>
/// <https://buildkite.com/docs/agent/v3/cli-oidc>
const TENANT_CLAIMS: [&str; 14] = [
    "repository",
    "repository_id",
    "repository_owner",
    "repository_owner_id",
    "job_workflow_ref",
    "enterprise",
    "enterprise_id",
    "namespace_id",
    "namespace_path",
    "organization_id",
    "organization_slug",
    "project_id",
    "project_path",
    "terraform_organization_id",
];

/// Whether another claim than the subject may already say whose tokens are meant.
pub(super) fn names_tenant(statement: &Statement, issuer: &Text, request: &condition::Context) -> bool {
    let all = condition::constraints(&statement.conditions, request);
    TENANT_CLAIMS.iter().any(|name| match federation::claim_among(&all, statement, issuer, name) {
        Claim::Present { values, wildcards, .. } => !wildcards || values.iter().all(begins_fixed),
        Claim::Unknown => true,
        Claim::Missing | Claim::Ineffective { .. } => false,
    })
}

/// Whether the first part of a path has no wildcard: `acme/*`.
fn begins_fixed(item: &Item<Text>) -> bool {
    let first = item.value.splitn(2, '/').into_iter().next().unwrap_or_default();
    !first.has("*") && !first.has("?")
}

/// Whom a grant names: a declared role or user, one of another project, or a whole account.
pub(super) fn grantee(graph: &Graph, who: &Who, account: &Text) -> String {
    match who {
        Who::Declared(id) => graph.shown(&graph.identities[*id]),
        Who::Elsewhere(caller) if caller.name.as_literal().is_some() => format!("`{}`", caller.arn),
        Who::Elsewhere(_) => format!("account {}", graph.accounts.shown(account)),
    }
}

/// Policy variables whose value is a whole ARN, the service in it, and what to write for it.
///
/// <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html#amazonec2-policy-keys>
/// <https://docs.aws.amazon.com/lambda/latest/dg/permissions-source-function-arn.html>
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principalarn>
const WHOLE_ARNS: [(&str, &str, &str); 3] = [
    (
        "ec2:SourceInstanceARN",
        "ec2",
        "write `arn:aws:ec2:*:*:instance/*`, with an `ArnLike` condition on `ec2:SourceInstanceARN` and the value `arn:aws:ec2:*:*:instance/${ec2:InstanceID}`",
    ),
    (
        "lambda:SourceFunctionArn",
        "lambda",
        "name the function, or compare `lambda:SourceFunctionArn` in a condition",
    ),
    (
        "aws:PrincipalArn",
        "iam",
        "write `${aws:username}` for the name of a user, or compare `aws:PrincipalArn` in a condition",
    ),
];

/// A variable that makes an ARN within an ARN of the same service, which nothing is called, and what to write for it.
pub(super) fn doubled_arn(resource: &Text) -> Option<(&'static str, &'static str)> {
    if !resource.begins_with("arn:") || !resource.has("{") {
        return None;
    }
    let written = resource.to_string().to_ascii_lowercase();
    let found = WHOLE_ARNS.iter().find(|(key, service, _)| {
        let variable = format!("${{{}}}", key.to_ascii_lowercase());
        written.split(':').nth(2) == Some(*service) && written.contains(&variable)
    });
    found.map(|(key, _, help)| (*key, *help))
}
