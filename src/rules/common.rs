//! What several rules need: statements in their setting, and labels.

use super::Rule;
use crate::diagnostic::{Diagnostic, Label};
use crate::facts::Declaration;
use crate::graph::{Document, Graph, Identity, IdentityId, IdentityKind, Purpose, Resource};
use crate::iam::condition;
use crate::iam::data::{self, SharedIssuer};
use crate::iam::federation::{self, Claim};
use crate::iam::policy::{Clause, Effect, Item, Statement};
use crate::iam::principal::Principal;
use crate::source::Span;
use crate::value::{Answer, Class, Symbol, Text, Via};

/// A statement, and the document it stands in.
#[derive(Clone, Copy)]
pub(super) struct Setting<'a> {
    pub(super) graph: &'a Graph,
    pub(super) document: &'a Document,
    pub(super) statement: &'a Statement,
}

impl<'a> Setting<'a> {
    /// A place in the document.
    pub(super) fn label(&self, span: Span, text: impl Into<String>) -> Label {
        let mut label = Label::new(span, text);
        if let Some(declaration) = self.graph.declaration(self.document.declaration) {
            label.address = Some(declaration.address.clone());
        }
        if self.graph.accounts.is_assigned(&self.document.account) {
            label.account = Some(self.graph.accounts.shown(&self.document.account));
        }
        label
    }

    /// Starts a finding about the statement. One that is there only for some values of what is not known is only
    /// possible.
    pub(super) fn finding(
        &self,
        rule: &Rule,
        message: impl Into<String>,
        span: Span,
        text: impl Into<String>,
    ) -> Diagnostic {
        let finding = rule.finding(message, self.label(span, text)).about([self.address()]);
        if_present(finding, self.statement.present)
    }

    /// The address of what the document protects, as messages name it: ``role `deploy` ``, ``bucket `b` ``.
    pub(super) fn subject(&self) -> String {
        match self.document.purpose {
            Purpose::Trust(identity) => {
                let name = self.graph.identities.get(identity).map(|it| it.shown.as_str());
                format!("role `{}`", name.unwrap_or_default())
            }
            _ => format!("`{}`", self.address()),
        }
    }

    /// The address of the declaration the document is written in.
    pub(super) fn address(&self) -> &'a str {
        self.graph.declaration(self.document.declaration).map_or("", |declaration| &declaration.address)
    }
}

/// A finding about something that may be missing, by a condition that is not decided, is only possible.
pub(super) fn if_present(finding: Diagnostic, present: Answer) -> Diagnostic {
    if present.is_yes() { finding } else { finding.possible() }
}

/// All Allow statements of documents that say who: trust policies, resource policies, and files of either kind.
pub(super) fn allowing_principals(graph: &Graph) -> impl Iterator<Item = Setting<'_>> {
    statements(graph)
        .filter(|setting| setting.statement.effect == Some(Effect::Allow))
        .filter(|setting| setting.statement.principals.is_some())
        .filter(|setting| setting.document.purpose != Purpose::Limit)
}

/// Every statement of every document.
pub(super) fn statements(graph: &Graph) -> impl Iterator<Item = Setting<'_>> {
    graph.documents.iter().flat_map(move |document| {
        document.policy.statements.iter().map(move |statement| Setting { graph, document, statement })
    })
}

/// Whether a document is the trust policy of a role: by what it hangs on, or, for a policy file, by its actions
/// and the lack of a resource.
pub(super) fn is_trust(document: &Document) -> bool {
    match document.purpose {
        Purpose::Trust(_) => true,
        Purpose::File => {
            let mut statements = document.policy.statements.iter();
            !document.policy.statements.is_empty()
                && statements.all(|statement| {
                    statement.principals.is_some()
                        && statement.resources.is_none()
                        && statement
                            .actions
                            .items
                            .iter()
                            .all(|action| action.text.to_string().to_ascii_lowercase().starts_with("sts:"))
                })
        }
        Purpose::Identity | Purpose::Resource(_) | Purpose::Limit => false,
    }
}

/// The reference an item came through, as a further place: where the policy uses a value written elsewhere.
pub(super) fn through(setting: &Setting<'_>, via: &Via) -> Option<Label> {
    let span = via.spans().last()?;
    Some(setting.label(span, "used here"))
}

/// A place of a declaration.
pub(super) fn declared(graph: &Graph, declaration: &Declaration, text: impl Into<String>) -> Label {
    let mut label = Label::new(declaration.span, text);
    label.address = Some(declaration.address.clone());
    let account = graph.accounts.of(&declaration.unit);
    if graph.accounts.is_assigned(&account) {
        label.account = Some(graph.accounts.shown(&account));
    }
    label
}

/// The account a principal belongs to, when it is one of an account.
pub(super) fn account_of(principal: &Principal) -> Option<&Text> {
    match principal {
        Principal::Account { account }
        | Principal::Role { account, .. }
        | Principal::User { account, .. }
        | Principal::RoleSession { account, .. }
        | Principal::FederatedUser { account, .. } => Some(account),
        _ => None,
    }
}

/// The roles and users that have an identity policy, members of groups included; `None` when there are none, or
/// when not all of them are known.
pub(super) fn callers<'a>(graph: &'a Graph, document: &Document) -> Option<Vec<(IdentityId, &'a Identity)>> {
    let mut callers = Vec::new();
    for holder in &document.holders {
        let identity = graph.identities.get(*holder)?;
        if identity.kind == IdentityKind::Group {
            let members =
                graph.identities.iter().enumerate().filter(|(_, user)| user.groups.contains(holder));
            callers.extend(members);
        } else {
            callers.push((*holder, identity));
        }
    }
    callers.sort_by_key(|(id, _)| *id);
    callers.dedup_by_key(|(id, _)| *id);
    (!callers.is_empty()).then_some(callers)
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

/// `a`, `a and b`, `a, b and c`; long lists are cut: `a, b and 3 more`.
pub(super) fn listed(names: impl IntoIterator<Item = String>) -> String {
    const SHOWN: usize = 4;
    let mut names: Vec<String> = names.into_iter().collect();
    if names.len() > SHOWN {
        let more = names.len() - (SHOWN - 1);
        names.truncate(SHOWN - 1);
        names.push(format!("{more} more"));
    }
    match names.pop() {
        None => String::new(),
        Some(last) if names.is_empty() => last,
        Some(last) => format!("{} and {last}", names.join(", ")),
    }
}

/// Whether an `Action` (or `NotAction`) covers an action.
pub(super) fn takes(actions: &Clause<Text>, action: &str) -> Answer {
    actions.covers_action(&Text::literal(action, actions.key_span))
}

/// Whether an action, or some of a pattern, does anything with what an ARN of a policy names of a resource:
/// `s3:GetObject` nothing with a bucket. What such a pair allows or grants is nothing, so nothing follows from it.
pub(super) fn acts_on(action: &Item<Text>, target: &Text, resource: &Resource) -> Answer {
    let Some(action) = action.value.as_literal() else { return Answer::Unknown };
    // A name that AWS makes up is some name.
    let unknown: Vec<_> = resource.arn.symbols().collect();
    let name = |symbol: &Symbol| {
        let name = Text::literal("x", target.span()?);
        (symbol.class == Class::Computed && unknown.contains(&symbol)).then_some(name)
    };
    data::acts_on(&action, &target.substitute(name))
}

/// Whether an issuer tells its tenants by the subject of its tokens.
pub(super) fn told_by_subject(issuer: &SharedIssuer) -> bool {
    issuer.tenant_key.ends_with(":sub")
}

/// Claims beside the subject that belong to one tenant.
///
/// <https://docs.github.com/en/actions/reference/security/oidc>
/// <https://docs.gitlab.com/ci/secrets/id_token_authentication/>
const TENANT_CLAIMS: [&str; 12] = [
    "repository",
    "repository_id",
    "repository_owner",
    "repository_owner_id",
    "job_workflow_ref",
    "enterprise",
    "enterprise_id",
    "namespace_id",
    "namespace_path",
    "project_id",
    "project_path",
    "terraform_organization_id",
];

/// Whether another claim than the subject may already say whose tokens are meant.
pub(super) fn names_tenant(statement: &Statement, issuer: &Text, request: &condition::Context) -> bool {
    TENANT_CLAIMS.iter().any(|name| {
        matches!(
            federation::claim(statement, issuer, name, request),
            Claim::Present { wildcards: false, .. } | Claim::Unknown
        )
    })
}
