//! Which roles lead to which others.

use super::{Asker, Evidence, Layer, Question, What, Who};
use crate::bounds;
use crate::graph::{DeclarationId, IdentityId, IdentityKind};
use crate::source::Span;

/// One role assumed from another.
#[derive(Clone, Copy, Debug)]
pub struct Hop {
    /// The role that is assumed.
    pub role: IdentityId,
    /// The permission that names it.
    pub span: Span,
    /// The declaration the permission is written in, when it is in the analysed files.
    pub declaration: Option<DeclarationId>,
}

impl Hop {
    /// The permission as a place to look at.
    pub fn evidence(&self) -> Evidence<'static> {
        let (span, declaration) = (self.span, self.declaration);
        let (layer, text) = (Layer::Identity, "allowed here".to_owned());
        Evidence { layer, does: None, statement: None, span, text, declaration }
    }
}

impl Asker<'_> {
    /// The roles that can certainly be assumed from a role, one after another, each with the shortest way there.
    /// Both sides allow every step whatever the unknown parts are.
    pub fn roles_beyond(&self, start: IdentityId) -> Vec<Vec<Hop>> {
        let mut ways: Vec<Vec<Hop>> = Vec::new();
        let mut known = vec![start];
        let mut next = 0;
        let mut from = Some((start, None));
        while let Some((role, way)) = from {
            for hop in self.roles_next_to(role) {
                let way = way.and_then(|way: usize| ways.get(way)).map_or(&[][..], Vec::as_slice);
                if way.len() < bounds::PATH_ROLES
                    && known.len() < bounds::PATH_SEARCH
                    && !known.contains(&hop.role)
                {
                    known.push(hop.role);
                    ways.push(way.iter().copied().chain([hop]).collect());
                }
            }
            from = ways.get(next).and_then(|way| Some((way.last()?.role, Some(next))));
            next += 1;
        }
        ways
    }

    /// The roles that a role certainly may assume.
    fn roles_next_to(&self, role: IdentityId) -> Vec<Hop> {
        let graph = self.graph;
        let identity = &graph.identities[role];
        let mut hops = Vec::new();
        for attached in graph.policies_of(identity).into_iter().filter(|it| it.present.is_yes()) {
            let written = attached.document.map(|document| graph.documents[document].declaration);
            let unit = &graph.declarations[written.unwrap_or(identity.declaration)].unit;
            let items = attached.policy.statements.iter().flat_map(|statement| &statement.resources);
            for item in items.flat_map(|clause| &clause.items) {
                let found = graph.find_identities(&item.value, unit);
                let Some(first) = found.first().copied() else { continue };
                let is_role = graph.identities[first].kind == IdentityKind::Role;
                if is_role && !found.contains(&role) && self.may_assume(role, found) {
                    hops.push(Hop { role: first, span: item.span, declaration: written });
                }
            }
        }
        hops
    }

    fn may_assume(&self, role: IdentityId, target: Vec<IdentityId>) -> bool {
        let (caller, target) = (Who::Declared(role), What::Identities(target.into()));
        let question = Question { caller: &caller, target: &target, action: "sts:AssumeRole", within: None };
        self.ask(&question).answer.is_yes()
    }
}
