//! Subjects that every repository of an organization, or every branch of a repository, has.

use super::common::beside;
use super::{Context, Rule};
use crate::ask::{Setting, trusting};
use crate::diagnostic::{Diagnostic, Effect, Severity};
use crate::graph::Purpose;
use crate::iam::condition;
use crate::iam::federation::{self, Claim, Grammar, Limit, Tenant};
use crate::iam::policy::Item;
use crate::iam::principal::Principal;
use crate::value::Text;

pub(super) static RULE: Rule = Rule {
    name: "broad-oidc-subject",
    summary: "every repository or workspace of an organization can assume a role, or every branch of one a privileged role",
    effect: Effect::Weak,
    severity: Severity::Warning,
    family: "federation",
    since: "0.1.0",
    page: include_str!("../../rules/broad-oidc-subject.md"),
    check,
};

/// An issuer whose subjects begin with an organization and what of it runs.
struct Issuer {
    name: &'static str,
    form: Form,
    grammar: Grammar<'static>,
    /// What messages call its organizations.
    tenant: &'static str,
    /// What they call its repositories.
    repositories: &'static str,
    example: &'static str,
}

/// What follows the organization in a subject.
#[derive(Clone, Copy)]
enum Form {
    /// A repository and what of it runs: `/my-repo:ref:refs/heads/main`.
    Repository,
    /// Names after words: `:project:web:workspace:prod:run_phase:apply`.
    ///
    /// <https://developer.hashicorp.com/terraform/cloud-docs/workspaces/dynamic-provider-credentials/workload-identity-tokens>
    Workspace,
}

static ISSUERS: [Issuer; 3] = [
    Issuer {
        name: "token.actions.githubusercontent.com",
        form: Form::Repository,
        grammar: Grammar { before: &["repo:"], end: &['/'] },
        tenant: "GitHub owner",
        repositories: "repository",
        example: "repo:my-org/my-repo:environment:production",
    },
    Issuer {
        name: "gitlab.com",
        form: Form::Repository,
        grammar: Grammar { before: &["project_path:"], end: &['/'] },
        tenant: "GitLab group",
        repositories: "project",
        example: "project_path:my-group/my-project:ref_type:branch:ref:main",
    },
    Issuer {
        name: "app.terraform.io",
        form: Form::Workspace,
        grammar: Grammar { before: &["organization:"], end: &[':'] },
        tenant: "HCP Terraform organization",
        repositories: "workspace",
        example: "organization:my-org:project:my-project:workspace:my-workspace:run_phase:apply",
    },
];

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let request = context.request();
    for setting in trusting(context.graph).filter(|it| !it.statement.conditions.is_empty()) {
        for (item, issuer) in setting.token_issuers() {
            let is_this = |known: &&Issuer, issuer: &str| known.name.eq_ignore_ascii_case(issuer);
            let known = issuer.as_literal().and_then(|issuer| ISSUERS.iter().find(|it| is_this(it, &issuer)));
            let Some(known) = known else { continue };
            let Some(limits) = federation::limits(setting.statement, issuer, "sub", request) else {
                continue;
            };
            // Of several conditions each may leave something else.
            let [limit] = limits.as_slice() else { continue };
            if limit.wildcards
                && let Some((value, breadth)) = broad(limit, known)
                && !is_narrowed(&setting, issuer, request)
                && setting.is_usable_provider(item, request)
            {
                found.extend(finding(context, &setting, item, (known, value, &breadth)));
            }
        }
    }
}

/// Whether a condition on another claim than audience and subject limits the tokens too, or may.
fn is_narrowed(setting: &Setting<'_>, issuer: &Text, request: &condition::Context) -> bool {
    let others = federation::claims(setting.statement).into_iter().map(|(_, claim, _)| claim);
    let mut others = others.filter(|claim| !["aud", "sub"].iter().any(|it| it.eq_ignore_ascii_case(claim)));
    others.any(|claim| {
        let asked = federation::claim(setting.statement, issuer, &claim, request);
        !matches!(asked, Claim::Missing | Claim::Ineffective { .. })
    })
}

/// What a pattern leaves open.
enum Breadth {
    /// The repository of this organization.
    Repository(String),
    /// Everything that follows this repository.
    Branch(String),
}

/// The broadest value of a condition.
fn broad<'l>(limit: &'l Limit, known: &Issuer) -> Option<(&'l Item<Text>, Breadth)> {
    let all =
        limit.values.iter().filter_map(|value| Some((value, breadth(&value.value.as_literal()?, known)?)));
    let mut all: Vec<_> = all.collect();
    let first = all.iter().position(|(_, breadth)| matches!(breadth, Breadth::Repository(_))).unwrap_or(0);
    (first < all.len()).then(|| all.swap_remove(first))
}

/// What a pattern leaves open; `None` when that is less, or when another tenant matches as well.
fn breadth(pattern: &str, known: &Issuer) -> Option<Breadth> {
    let Tenant::Pinned { tenant, rest } = federation::tenant(pattern, known.grammar) else { return None };
    let is_any = |text: &str| text.contains('*') && text.chars().all(|it| matches!(it, '*' | '?'));
    if let Form::Workspace = known.form {
        let rest = rest.strip_prefix(':')?;
        let mut words = rest.split(':');
        let is_every = is_any(rest)
            || words.next() == Some("project")
                && words.next().is_some_and(is_any)
                && words.next() == Some("workspace")
                && words.next().is_some_and(is_any);
        return is_every.then(|| Breadth::Repository(tenant.to_owned()));
    }
    let rest = rest.strip_prefix('/')?;
    let (name, after) = rest.split_once(':').map_or((rest, None), |(name, after)| (name, Some(after)));
    if is_any(name) {
        return Some(Breadth::Repository(tenant.to_owned()));
    }
    let is_plain = !name.is_empty() && !name.contains(['*', '?']);
    (is_plain && after.is_some_and(is_any)).then(|| Breadth::Branch(format!("{tenant}/{name}")))
}

fn finding(
    context: &Context<'_>,
    setting: &Setting<'_>,
    item: &Item<Principal>,
    (known, value, breadth): (&Issuer, &Item<Text>, &Breadth),
) -> Option<Diagnostic> {
    let privilege = match setting.document.purpose {
        Purpose::Trust(role) => context.privilege_of(role),
        _ => None,
    };
    let subject = setting.subject();
    let subject = match &privilege {
        Some((what, _)) => format!("{subject}, which {what}"),
        None => subject,
    };
    let (message, severity) = match breadth {
        Breadth::Repository(tenant) => {
            let message =
                format!("every {} of {} `{tenant}` can assume {subject}", known.repositories, known.tenant);
            // Often anyone in an organization may add a repository, but only its owners say who may add a workspace.
            match (known.form, &privilege) {
                (Form::Workspace, None) => return None,
                (Form::Repository, Some(_)) => (message, Severity::Warning),
                (Form::Workspace, Some(_)) | (Form::Repository, None) => (message, Severity::Info),
            }
        }
        // That every branch is built with a role is common.
        Breadth::Branch(_) if privilege.is_none() => return None,
        Breadth::Branch(repository) => {
            let message =
                format!("every branch, tag and pull request of `{repository}` can assume {subject}");
            (message, Severity::Info)
        }
    };
    let mut finding = RULE
        .on(&setting.item(value).also(item.present), message, "matches more than one workflow")
        .severity(severity)
        .help(format!("name what needs the role, such as `{}`", known.example))
        .related(beside(setting, item.span, "identity provider"))
        .about([value.text.to_string()]);
    if let Some((_, given)) = privilege {
        finding = finding.related(given);
    }
    Some(finding)
}
