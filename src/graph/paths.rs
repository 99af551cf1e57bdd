//! Which roles lead to which others.

use super::{From, Graph, IdentityId, To};
use crate::iam::condition;
use crate::source::Span;

/// Roles one after another.
const MAX_LENGTH: usize = 6;
/// Roles that are looked at from one start.
const MAX_ROLES: usize = 256;

/// One role assumed from another.
#[derive(Clone, Debug)]
pub struct Hop {
    /// The role that is assumed.
    pub role: IdentityId,
    /// The permission that names it.
    pub span: Span,
    /// The declaration the permission is written in, when it is in the analysed files.
    pub declaration: Option<usize>,
}

impl Graph {
    /// The roles that can certainly be assumed from a role, one after another, each with the shortest way there.
    /// Both sides allow every step whatever the unknown parts are.
    pub fn roles_beyond(&self, start: IdentityId, request: &condition::Context) -> Vec<Vec<Hop>> {
        let mut ways: Vec<Vec<Hop>> = Vec::new();
        let mut known = vec![start];
        let mut next = 0;
        let mut from = Some((start, Vec::new()));
        while let Some((role, way)) = from {
            for hop in self.roles_next_to(role, request) {
                if way.len() < MAX_LENGTH && known.len() < MAX_ROLES && !known.contains(&hop.role) {
                    known.push(hop.role);
                    let mut longer = way.clone();
                    longer.push(hop);
                    ways.push(longer);
                }
            }
            from = ways.get(next).and_then(|way| way.last().map(|hop| (hop.role, way.clone())));
            next += 1;
        }
        ways
    }

    /// The roles that a role certainly may assume.
    fn roles_next_to(&self, role: IdentityId, request: &condition::Context) -> Vec<Hop> {
        let Some(identity) = self.identities.get(role) else { return Vec::new() };
        let attached = self.policies_of(identity);
        let mut hops = Vec::new();
        for attached in attached.iter().filter(|attached| attached.present.is_yes()) {
            let items = attached.policy.statements.iter().flat_map(|statement| &statement.resources);
            for item in items.flat_map(|clause| &clause.items) {
                let Some((id, other)) = self.find_identity(&item.value) else { continue };
                let from = From::Declared(role, identity);
                let decided = || self.decide(&from, To::Role(id, other), "sts:AssumeRole", None, request);
                if id == role || !decided().is_some_and(|decision| decision.answer.is_yes()) {
                    continue;
                }
                let document = attached.document.and_then(|id| self.documents.get(id));
                let declaration = document.map(|document| document.declaration);
                hops.push(Hop { role: id, span: item.span, declaration });
            }
        }
        hops
    }
}
