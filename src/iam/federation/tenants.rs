//! Whose tokens the claims of a statement ask for.

use super::{GITHUB, GITLAB, Grammar, Limit, Tenant, limits, may_be_claim, tenant};
use crate::iam::condition::Context;
use crate::iam::data::{self, SharedIssuer};
use crate::iam::policy::{Item, Statement};
use crate::iam::read::is_placeholder;
use crate::value::Text;

/// A condition on a claim that says whose a token is.
#[derive(Clone, Debug)]
pub struct Owners {
    /// The claim: `sub`, `repository_owner`.
    pub claim: &'static str,
    /// The values accepted, each with the tenant that it names, where it names one only.
    pub values: Vec<(Item<Text>, Option<String>)>,
}

impl Owners {
    /// Whether tokens of a tenant may have an accepted value: it names this tenant, or does not say which.
    pub fn admit(&self, tenant: &str) -> bool {
        self.values.iter().any(|(_, named)| named.as_ref().is_none_or(|it| it.eq_ignore_ascii_case(tenant)))
    }

    /// The tenants that the values name.
    pub fn tenants(&self) -> impl Iterator<Item = &str> {
        self.values.iter().filter_map(|(_, named)| named.as_deref())
    }

    /// Whether each value names a tenant, and another one than each of those of `other`: no token meets both.
    pub fn exclude(&self, other: &Self) -> bool {
        let is_other = |(_, named): &(_, Option<String>)| named.as_ref().is_some_and(|it| !other.admit(it));
        !self.values.is_empty() && self.values.iter().all(is_other)
    }
}

/// Claims beside the subject that name its organization.
const BESIDE_GITHUB: [&str; 2] = ["repository_owner", "repository"];
const BESIDE_GITLAB: [&str; 2] = ["namespace_path", "project_path"];
const BESIDE_BUILDKITE: [&str; 1] = ["organization_slug"];

/// All conditions on claims of a shared issuer that say whose a token is, those on the subject first; a token meets all of them.
/// `None` when there may be a condition on the subject that is not known. The workflow that `job_workflow_ref` names may be
/// called by other organizations, and an ID does not say of whom it is.
///
/// <https://docs.github.com/en/actions/reference/security/oidc>
/// <https://docs.gitlab.com/ci/secrets/id_token_authentication/>
/// <https://buildkite.com/docs/agent/v3/cli-oidc>
pub fn owners(
    statement: &Statement,
    issuer: &Text,
    shared: &SharedIssuer,
    context: &Context,
) -> Option<Vec<Owners>> {
    const PATH: Grammar<'static> = Grammar { before: &[""], end: &['/'] };
    let data::Tenant::After { prefix, ends } = shared.tenant else { return None };
    let ends: Vec<char> = ends.chars().collect();
    let prefix = [prefix];
    let (subject, others): (_, &'static [&'static str]) = match shared.issuer {
        "token.actions.githubusercontent.com" => (GITHUB, &BESIDE_GITHUB),
        "gitlab.com" => (GITLAB, &BESIDE_GITLAB),
        "agent.buildkite.com" => (Grammar { before: &prefix, end: &ends }, &BESIDE_BUILDKITE),
        _ => (Grammar { before: &prefix, end: &ends }, &[]),
    };
    let named = |claim, grammar, limit: Limit| {
        let of = |value: &Item<Text>| (value.clone(), tenant_of(&value.value, limit.wildcards, grammar));
        Owners { claim, values: limit.values.iter().map(of).collect() }
    };
    let subjects = limits(statement, issuer, "sub", context)?;
    let mut all: Vec<Owners> = subjects.into_iter().map(|limit| named("sub", subject, limit)).collect();
    for claim in others.iter().filter(|claim| speaks_of(statement, claim)) {
        let limits = limits(statement, issuer, claim, context).unwrap_or_default();
        all.extend(limits.into_iter().map(|limit| named(claim, PATH, limit)));
    }
    Some(all)
}

/// Whether a statement may ask for a claim beside the subject that names an organization. This is cheap to ask.
pub fn may_name_owner(statement: &Statement) -> bool {
    let all = [&BESIDE_GITHUB[..], &BESIDE_GITLAB, &BESIDE_BUILDKITE];
    statement.conditions.len() > 1 && all.iter().copied().flatten().any(|claim| speaks_of(statement, claim))
}

fn speaks_of(statement: &Statement, claim: &str) -> bool {
    statement.conditions.iter().any(|condition| may_be_claim(&condition.key.value, claim))
}

/// How customised subjects of GitHub begin that name no organization, or that of the workflow only.
const OF_NO_TENANT: [&str; 3] = ["repository_id:", "repository_owner_id:", "job_workflow_ref:"];

/// The tenant that a value of a claim names, and no other.
fn tenant_of(value: &Text, wildcards: bool, grammar: Grammar<'_>) -> Option<String> {
    let literal = value.as_literal()?;
    let is_other = OF_NO_TENANT.iter().any(|claim| literal.starts_with(claim));
    if is_other || !wildcards && literal.contains(['*', '?']) {
        return None;
    }
    match tenant(&literal, grammar) {
        Tenant::Pinned { tenant, .. } if !tenant.is_empty() && !stands_in(tenant) => Some(tenant.to_owned()),
        _ => None,
    }
}

/// Whether somebody still fills in the name: `YOUR_ORG`, `<org>`, `REPLACE_WITH_ORG`. Names of organizations have no `$`, and words in
/// capitals with underscores are those of variables.
fn stands_in(name: &str) -> bool {
    let is_variable = name.contains('_') && !name.contains(|letter: char| letter.is_ascii_lowercase());
    is_variable || name.contains(['$', '%', '#', '@']) || is_placeholder(name)
}
