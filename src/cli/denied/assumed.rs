//! Accounts that only the denials tell: a request names `role/ci` of an account, and one template, whose account nobody says,
//! declares a role of that name.

use crate::ask::Caller;
use crate::denial::Denial;
use crate::graph::{Graph, IdentityKind};
use crate::iam::arn::{Arn, is_account_id};
use crate::source::{SourceId, Span};
use crate::value::{Text, UnitKey};

/// A template that is taken to be deployed to an account.
pub(super) struct Assumption {
    /// Where it lies, as `--account` takes it.
    pub(super) path: String,
    /// The ID of the account.
    pub(super) account: String,
    /// What is declared there: role `ci`.
    because: String,
}

impl Assumption {
    /// What is assumed, as a clause, with the option that says it for good.
    pub(super) fn words(&self) -> String {
        let Self { path, account, because } = self;
        format!(
            "`{path}` is taken for account {account}, because only it declares {because}; `--account {path}={account}` says so"
        )
    }
}

/// What has to be assumed for the denials to mean something that is declared. A place that two accounts would claim is left
/// out.
pub(super) fn accounts(graph: &Graph, denials: &[Denial]) -> Vec<Assumption> {
    let mut found: Vec<Assumption> = Vec::new();
    for denial in denials {
        let named = [&denial.issuer, &denial.principal, &denial.resource];
        for arn in named.into_iter().flatten().filter(|arn| arn.starts_with("arn:")) {
            found.extend(of_identity(graph, arn).or_else(|| of_resource(graph, arn)));
        }
    }
    let mut all: Vec<Assumption> = Vec::new();
    let claims = |path: &str| {
        let mut ids: Vec<&str> =
            found.iter().filter(|it| it.path == path).map(|it| it.account.as_str()).collect();
        ids.sort_unstable();
        ids.dedup();
        ids.len()
    };
    let sure: Vec<bool> = found.iter().map(|it| claims(&it.path) == 1).collect();
    for (one, _) in found.into_iter().zip(sure).filter(|(_, sure)| *sure) {
        if !all.iter().any(|known| known.path == one.path) {
            all.push(one);
        }
    }
    all
}

fn literal(text: &str) -> Text {
    Text::literal(text, Span::start_of(SourceId::first()))
}

/// The one role or user of the name whose account is not known, when its account has none of that name.
fn of_identity(graph: &Graph, written: &str) -> Option<Assumption> {
    let arn = literal(written);
    let role = Caller::session(&arn).filter(|it| it.session.is_some()).or_else(|| Caller::role(&arn));
    let (kind, caller) = match role {
        Some(role) => (IdentityKind::Role, role),
        None => (IdentityKind::User, Caller::user(&arn)?),
    };
    let name = caller.name.splitn(usize::MAX, '/').pop()?;
    let account = caller.account.as_literal().filter(|id| is_account_id(id))?;
    if !graph.find_named(kind, &caller.account, &name).is_empty() {
        return None;
    }
    let name = name.as_literal()?;
    let mut like = graph.of_kind(kind).filter(|(_, it)| it.name.is_literally(&name));
    let (_, one) = like.next()?;
    if like.next().is_some() || graph.accounts.is_assigned(&one.account) {
        return None;
    }
    let unit = &graph.declarations[one.declaration].unit;
    assumption(unit, &account, format!("{} `{name}`", kind.name()))
}

/// The one resource that would have the ARN if its account were that one.
fn of_resource(graph: &Graph, written: &str) -> Option<Assumption> {
    let arn = literal(written);
    let wanted = Arn::parse(&arn)?;
    let account = wanted.account.as_literal().filter(|id| is_account_id(id))?;
    let is_like = |text: &Text| {
        let own = Arn::parse(text);
        own.is_some_and(|own| {
            own.service == wanted.service
                && own.resource == wanted.resource
                && own.account.as_literal().is_none()
        })
    };
    if !graph.find_resources(&arn, &UnitKey::nowhere()).0.is_empty() {
        return None;
    }
    let mut like = graph.resources.iter().filter(|it| it.declared && is_like(&it.arn));
    let one = like.next()?;
    if like.next().is_some() || graph.accounts.is_assigned(&one.account) {
        return None;
    }
    let shown = format!("`{}`", graph.address(one.declaration));
    assumption(&graph.declarations[one.declaration].unit, &account, shown)
}

fn assumption(unit: &UnitKey, account: &str, because: String) -> Option<Assumption> {
    let path = unit.path();
    let is_plain = unit.is_plain() && !path.contains(['*', '?', '[', '{', '=', '!']);
    is_plain.then(|| {
        let path = if path.is_empty() { "**" } else { path };
        Assumption { path: path.to_owned(), account: account.to_owned(), because }
    })
}
