//! What is shared beside all policies, and who is in which group.

use rustc_hash::FxHashMap;

use super::collect::{Collector, Key};
use super::{Node, Sort, State, Whose};
use crate::carriers::{self, Role, ValueKind};
use crate::diagnostic::readable;
use crate::graph::{DeclarationId, IdentityId, IdentityKind, ResourceId, ShareId};
use crate::iam::arn::{Arn, is_account_id};
use crate::value::{Answer, Kind, Text, UnitKey, Value};

/// What is shared with somebody: the declaration that says so, and how.
#[derive(Clone, Copy)]
struct Shared {
    by: DeclarationId,
    how: &'static str,
    /// The node of what is shared.
    to: usize,
}

impl Collector<'_, '_> {
    /// What declarations share with others, through AWS RAM and by attributes of what is shared. What RAM lets somebody do with it is in no
    /// template, and a whole account decides itself who of it may.
    ///
    /// <https://docs.aws.amazon.com/ram/latest/userguide/security-iam-permissions.html>
    pub(super) fn shared(&mut self) {
        let graph = self.graph();
        let mut resources: FxHashMap<ShareId, Vec<ResourceId>> = FxHashMap::default();
        for id in graph.resources.ids() {
            for share in &graph.resources[id].shares {
                resources.entry(*share).or_default().push(id);
            }
        }
        for id in graph.shares.ids() {
            let share = &graph.shares[id];
            let known = resources.get(&id).map(Vec::as_slice).unwrap_or_default();
            let mut shared: Vec<usize> = known.iter().map(|id| self.resource(*id)).collect();
            if shared.is_empty() && !share.principals.is_empty() {
                shared.push(self.declaration(share.declaration));
            }
            for to in shared {
                let shared = Shared { by: share.declaration, how: "shared by AWS RAM", to };
                share.principals.iter().for_each(|principal| self.sharing(principal, shared));
            }
        }
        for (by, declaration) in graph.declarations.with_ids() {
            let rows = carriers::carriers(&declaration.type_name).iter();
            for row in rows.filter(|row| row.role == Role::DirectShare && row.value_kind != ValueKind::Bool) {
                for value in carriers::values(&declaration.properties, &row.path) {
                    for principal in texts(value) {
                        let shared = Shared { by, how: "shared", to: self.declaration(by) };
                        self.sharing(&principal, shared);
                    }
                }
            }
        }
    }

    /// The users of groups, which have what the group has.
    pub(super) fn joined(&mut self) {
        let graph = self.graph();
        let users: Vec<IdentityId> = graph.of_kind(IdentityKind::User).map(|(id, _)| id).collect();
        for user in users {
            for group in graph.identities[user].groups() {
                let ends = (self.identity(user), self.identity(*group));
                let span = graph.declarations[graph.identities[user].declaration].span;
                let place = self.place(span);
                let Some(pending) = self.between(ends, (Answer::Yes, false)) else { continue };
                pending.edge.actions.insert("is in the group".to_owned());
                pending.edge.places.insert(place);
                pending.said = Some(State::Allowed);
                pending.add((span, span), Vec::new());
            }
        }
    }

    /// An access of somebody with whom something is shared.
    fn sharing(&mut self, principal: &Text, shared: Shared) {
        let graph = self.graph();
        let declaration = &graph.declarations[shared.by];
        let (unit, body) = (&declaration.unit, declaration.body);
        let owner = graph.accounts.of(unit);
        let (from, state, same) = match (principal.as_literal().as_deref(), Arn::parse(principal)) {
            (Some("*"), _) => (self.anyone(), State::Allowed, Answer::No),
            (Some(word), _) if word.eq_ignore_ascii_case("all") => {
                (self.anyone(), State::Allowed, Answer::No)
            }
            (_, Some(arn)) if arn.service.is_literally("iam") => {
                let same = graph.accounts.same(&arn.account, &owner);
                match graph.find_identities(principal, unit).first() {
                    Some(id) => (self.identity(*id), State::Unknown, same),
                    None if arn.resource.is_literally("root") => {
                        (self.whole_account(&arn.account, unit), State::Delegated, same)
                    }
                    None => (self.named(principal, Some(&arn.account), unit), State::Unknown, same),
                }
            }
            (literal, None) if literal.is_none_or(is_account_id) && !principal.pieces().is_empty() => {
                let same = graph.accounts.same(principal, &owner);
                (self.whole_account(principal, unit), State::Delegated, same)
            }
            _ => (self.named(principal, None, unit), State::Delegated, Answer::No),
        };
        let place = self.place(declaration.span);
        let Some(pending) = self.between((from, shared.to), (same, false)) else { return };
        pending.edge.actions.insert(shared.how.to_owned());
        pending.edge.places.insert(place);
        pending.said = Some(state);
        pending.add((body, body), Vec::new());
    }

    /// Somebody as it is written: in an account, or an organization, a part of one or a service.
    fn named(&mut self, principal: &Text, account: Option<&Text>, unit: &UnitKey) -> usize {
        let text = readable(principal.to_string());
        let service = text.ends_with(".amazonaws.com");
        self.node(Key::Written(text.clone()), |this| {
            let (group, sort) = match account {
                Some(account) => (this.account(account, unit, false), Sort::Principal),
                None if service => (this.group("AWS services".to_owned(), Whose::Nobody), Sort::Service),
                None => (this.group("organizations".to_owned(), Whose::Nobody), Sort::Principal),
            };
            Node { group, sort, name: text.clone(), arn: Some(text), address: None, place: None }
        })
    }

    /// What a declaration is about, that no policy protects.
    fn declaration(&mut self, id: DeclarationId) -> usize {
        let graph = self.graph();
        let declaration = &graph.declarations[id];
        self.node(Key::Declared(id), |this| {
            let (address, place) = this.declared(id);
            Node {
                group: this.account(&graph.accounts.of(&declaration.unit), &declaration.unit, true),
                sort: Sort::Resource,
                name: graph.address(id).to_owned(),
                arn: None,
                address,
                place,
            }
        })
    }
}

/// The texts in a value.
fn texts(value: &Value) -> Vec<Text> {
    match &value.kind {
        Kind::List(list) => list.items.iter().flat_map(texts).collect(),
        Kind::Choice(all) => all.iter().flat_map(texts).collect(),
        _ => value.as_text().into_iter().collect(),
    }
}
