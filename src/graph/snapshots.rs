//! What is declared here and stands in a snapshot of its account, too. The template is what will be, the snapshot what is: what
//! a template writes counts, slot by slot, and what only the snapshot has may still be there.

use std::borrow::Cow;
use std::sync::Arc;

use super::attach::Managed;
use super::build::{Builder, Shadowed};
use super::{Attached, Boundary, DeclarationId, Differing, IdentityId, Purpose, reading};
use crate::accounts::normalise::key;
use crate::facts::Declaration;
use crate::iam::policy::{Clause, Effect, Item, Polarity, Policy, Statement};
use crate::iam::principal::Principal;
use crate::value::{Answer, Text, Value};

impl Builder<'_> {
    /// Whether a declaration is of a snapshot.
    pub(super) fn is_seen(&self, declaration: &Declaration) -> bool {
        self.graph.accounts.is_seen(&declaration.unit)
    }

    /// Whether what a snapshot says is of something that a template declares, which then is no second one.
    pub(super) fn is_shadowed(&mut self, id: DeclarationId, declaration: &Declaration) -> bool {
        if !self.is_seen(declaration) {
            return false;
        }
        let Some(arn) = self.arn_of(declaration) else { return false };
        let of: Vec<IdentityId> = self.finder().identities_with(&key(&arn)).into_owned();
        let is_new = of.is_empty();
        if !is_new {
            self.graph.names.note_unique_id(declaration, &of);
            self.shadowed.insert(id, Shadowed { snapshot: id, of });
        }
        !is_new
    }

    /// Joins what is declared with what snapshots say of it.
    pub(super) fn join_snapshots(&mut self) {
        if !self.graph.accounts.has_seen() {
            return;
        }
        self.replace_in_snapshots();
        let mut all: Vec<Shadowed> = std::mem::take(&mut self.shadowed).into_values().collect();
        all.sort_by_key(|one| one.snapshot);
        for one in all {
            for identity in one.of {
                self.join_identity(identity, one.snapshot);
            }
        }
    }

    /// Of an identity that only a snapshot has, a policy that a template writes replaces the one of its name.
    fn replace_in_snapshots(&mut self) {
        let declarations = self.declarations;
        let accounts = &self.graph.accounts;
        let is_seen = |by: DeclarationId| accounts.is_seen(&declarations[by].unit);
        for identity in &mut self.graph.identities {
            if !is_seen(identity.declaration) || identity.policies.iter().all(|one| is_seen(one.by)) {
                continue;
            }
            let written = identity.policies.iter().filter(|one| one.inline && !is_seen(one.by));
            let names: Vec<Option<String>> =
                written.map(|one| inline_name(&declarations[one.by], one)).collect();
            for old in identity.policies.iter_mut().filter(|one| one.inline && is_seen(one.by)) {
                let name = inline_name(&declarations[old.by], old);
                if names.contains(&name) {
                    old.present = Answer::No;
                } else if names.contains(&None) {
                    old.present = old.present.and(Answer::Unknown);
                }
            }
            identity.policies.retain(|one| !one.present.is_no());
        }
    }

    /// Adds to an identity what only a snapshot has of it, which may go or stay, and notes what differs.
    fn join_identity(&mut self, id: IdentityId, snapshot: DeclarationId) {
        let declaration = &self.declarations[snapshot];
        let mut what = Vec::new();
        self.join_trust(id, declaration, &mut what);
        self.join_inline(id, snapshot, &mut what);
        self.join_managed(id, snapshot, &mut what);
        let identity = &mut self.graph.identities[id];
        if let Some(set) = declaration.properties.get("PermissionsBoundary")
            && identity.boundary.is_none()
        {
            identity.boundary = Some(Box::new(Boundary { policy: None, document: None, span: set.span }));
            what.push("permissions boundary".to_owned());
        }
        let groups = declaration.properties.get("Groups").map(Value::items).unwrap_or_default();
        if groups.len() > identity.groups().len() {
            identity.complete = false;
        }
        if !what.is_empty() {
            self.graph.differing.push(Differing { identity: id, snapshot, what });
        }
    }

    fn join_trust(&mut self, id: IdentityId, declaration: &Declaration, what: &mut Vec<String>) {
        let Some(seen) = declaration.properties.get("AssumeRolePolicyDocument") else { return };
        let Some(written) = self.graph.identities[id].trust else { return };
        let Ok(seen) = reading::read(seen, &self.graph.accounts) else { return };
        if differ(&self.graph.documents[written].policy, &seen) {
            what.push("trust policy".to_owned());
        }
    }

    fn join_inline(&mut self, id: IdentityId, snapshot: DeclarationId, what: &mut Vec<String>) {
        let declaration = &self.declarations[snapshot];
        let account = self.account(&declaration.unit);
        let written: Vec<(Option<String>, Arc<Policy>)> = self.graph.identities[id]
            .policies
            .iter()
            .filter(|one| one.inline)
            .map(|one| (inline_name(&self.declarations[one.by], one), Arc::clone(&one.policy)))
            .collect();
        for (name, document) in inline_policies(declaration) {
            let shown = || format!("inline policy `{}`", name.as_deref().unwrap_or_default());
            if let Some((_, policy)) =
                written.iter().find(|(written, _)| written.is_some() && *written == name)
            {
                let seen = reading::read(document, &self.graph.accounts);
                if seen.is_ok_and(|seen| differ(policy, &seen)) {
                    what.push(shown());
                }
                continue;
            }
            // One whose name is not known may be this one.
            if written.iter().all(|(name, _)| name.is_some()) {
                what.push(shown());
            }
            let read = self.document(snapshot, document, Purpose::Identity, "", &account);
            self.give(id, read, Answer::Unknown, (document.span, snapshot, true));
        }
    }

    fn join_managed(&mut self, id: IdentityId, snapshot: DeclarationId, what: &mut Vec<String>) {
        let declaration = &self.declarations[snapshot];
        let Some(attached) = declaration.properties.get("ManagedPolicyArns") else { return };
        for arn in attached.items() {
            let before = self.graph.identities[id].policies.len();
            let known = self.managed_policy(arn, &declaration.unit);
            let is_there = known.iter().any(|one| self.has_managed(id, one));
            if is_there {
                continue;
            }
            self.attach(id, arn, (snapshot, declaration));
            for new in self.graph.identities[id].policies.iter_mut().skip(before) {
                new.present = new.present.and(Answer::Unknown);
            }
            what.push(format!("managed policy `{}`", last_part(arn)));
        }
    }

    /// Whether a template attaches a managed policy to an identity.
    fn has_managed(&self, id: IdentityId, managed: &Managed) -> bool {
        self.graph.identities[id].policies.iter().filter(|one| !one.inline).any(|one| match managed {
            Managed::Written(document) => one.document == Some(*document),
            Managed::OfAws(name, _) => one.managed.as_ref() == Some(name),
        })
    }
}

fn last_part(arn: &Value) -> String {
    let arn = arn.as_str().unwrap_or_default();
    arn.rsplit('/').next().unwrap_or_default().to_owned()
}

/// The inline policies that a declaration of an identity writes, each with its name.
fn inline_policies(declaration: &Declaration) -> impl Iterator<Item = (Option<String>, &Value)> {
    const FORMS: [(&str, &str, &str); 2] =
        [("Policies", "PolicyName", "PolicyDocument"), ("inline_policy", "name", "policy")];
    FORMS.into_iter().flat_map(move |(list, name, document)| {
        let blocks = declaration.properties.get(list).map(Value::items).unwrap_or_default();
        blocks.into_iter().filter_map(move |block| {
            let block = block.as_map()?;
            let name = block.get(name).and_then(Value::as_str).map(Cow::into_owned);
            Some((name, block.get(document)?))
        })
    })
}

/// The name of an inline policy, when it is known.
fn inline_name(by: &Declaration, attached: &Attached) -> Option<String> {
    let own = inline_policies(by).find(|(_, document)| document.span == attached.span);
    if let Some((name, _)) = own {
        return name;
    }
    let named = ["name", "PolicyName"].iter().find_map(|name| by.properties.get(name));
    named.and_then(Value::as_str).map(Cow::into_owned)
}

/// Whether two policies surely say something different. Names of statements and the order of what is listed do not matter.
fn differ(one: &Policy, other: &Policy) -> bool {
    canonical(one).zip(canonical(other)).is_some_and(|(one, other)| one != other)
}

/// A policy written in one way only; `None` when some of it is not known.
fn canonical(policy: &Policy) -> Option<Vec<String>> {
    let mut statements = policy.statements.iter().map(statement).collect::<Option<Vec<_>>>()?;
    statements.sort();
    statements.dedup();
    (!policy.open && policy.defects.is_empty()).then_some(statements)
}

fn statement(statement: &Statement) -> Option<String> {
    let effect = match statement.effect? {
        Effect::Allow => "Allow",
        Effect::Deny => "Deny",
    };
    let principals = statement.principals.as_ref().map(|clause| clause_of(clause, principal));
    let actions = clause_of(&statement.actions, |item| Some(item.text.as_literal()?.to_ascii_lowercase()))?;
    let text = |item: &Item<Text>| Some(item.text.as_literal()?.into_owned());
    let resources = statement.resources.as_ref().map(|clause| clause_of(clause, text));
    let mut conditions = Vec::new();
    for condition in &statement.conditions {
        let mut values = condition.values.iter().map(text).collect::<Option<Vec<_>>>()?;
        values.sort();
        let key = condition.key.value.as_literal()?.to_ascii_lowercase();
        let is_known = !condition.open && condition.present.is_yes();
        conditions.push(is_known.then(|| format!("{} {key} {values:?}", condition.operator.value))?);
    }
    conditions.sort();
    let principals = principals.map_or(Some(String::new()), |it| it)?;
    let resources = resources.map_or(Some(String::new()), |it| it)?;
    let is_known = !statement.conditions_open && statement.present.is_yes();
    is_known.then(|| format!("{effect} {principals} {actions} {resources} {conditions:?}"))
}

fn clause_of<T>(clause: &Clause<T>, text: impl Fn(&Item<T>) -> Option<String>) -> Option<String> {
    let mut items = clause.items.iter().map(text).collect::<Option<Vec<_>>>()?;
    items.sort();
    items.dedup();
    let is_known = !clause.open && clause.items.iter().all(|item| item.present.is_yes());
    let not = if clause.polarity == Polarity::NotIn { "not " } else { "" };
    is_known.then(|| format!("{not}{items:?}"))
}

/// An account is written as its ID or as its root; AWS keeps the latter.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html>
fn principal(item: &Item<Principal>) -> Option<String> {
    match &item.value {
        Principal::Account { account } => Some(format!("account {}", account.as_literal()?)),
        // It stands for a role or user that was deleted, or for one that is written by its ARN.
        Principal::UniqueId(_) => None,
        _ => Some(format!("{} {}", item.kind, item.text.as_literal()?)),
    }
}
