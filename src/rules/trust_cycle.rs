//! Roles that can assume one another in a circle.

use std::collections::BTreeSet;

use rustc_hash::FxHashMap;

use super::common::{label, listed};
use super::{Context, Rule};
use crate::ask::{Hop, Leads, Spot};
use crate::bounds;
use crate::diagnostic::{Diagnostic, Effect, Severity};
use crate::graph::{IdentityId, IdentityKind};
use crate::value::Answer;

pub(super) static RULE: Rule = Rule {
    name: "trust-cycle",
    summary: "roles can assume one another, so that a session can be renewed without end",
    effect: Effect::Weak,
    severity: Severity::Info,
    family: "trust",
    since: "0.1.0",
    page: include_str!("../../rules/trust-cycle.md"),
    check,
};

/// The roles that each role names in its permissions, or that name it in their trust policies.
type Named = FxHashMap<IdentityId, Vec<IdentityId>>;

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let mut named = Named::default();
    let mut starts = Vec::new();
    for (id, _) in context.graph.of_kind(IdentityKind::Role) {
        let near = context.ask.roles_near(id, Leads::Named);
        let roles: Vec<IdentityId> = near.into_iter().map(|hop| hop.role).collect();
        if !roles.is_empty() {
            named.insert(id, roles);
            starts.push(id);
        }
    }
    let mut known: BTreeSet<Vec<IdentityId>> = BTreeSet::new();
    for start in starts {
        let Some(mut circle) = circle(&named, start) else { continue };
        // Where it begins does not depend on the order of files.
        let arn = |id: &IdentityId| context.graph.identities[*id].arn.to_string();
        let first = circle.iter().enumerate().min_by_key(|(_, id)| arn(id)).map_or(0, |(at, _)| at);
        circle.rotate_left(first);
        let mut roles = circle.clone();
        roles.sort_unstable();
        if known.insert(roles) {
            found.extend(finding(context, &circle));
        }
    }
}

/// The shortest circle of which a role is the first one.
fn circle(named: &Named, start: IdentityId) -> Option<Vec<IdentityId>> {
    let mut ways = vec![vec![start]];
    let mut seen = BTreeSet::from([start]);
    let mut next = 0;
    while let Some(way) = ways.get(next).cloned() {
        for role in named.get(way.last()?).into_iter().flatten() {
            if *role == start && way.len() > 1 {
                return Some(way);
            }
            let is_new = *role > start && way.len() < bounds::PATH_ROLES && ways.len() < bounds::PATH_SEARCH;
            if is_new && seen.insert(*role) {
                ways.push(way.iter().copied().chain([*role]).collect());
            }
        }
        next += 1;
    }
    None
}

fn finding(context: &Context<'_>, circle: &[IdentityId]) -> Option<Diagnostic> {
    let graph = context.graph;
    let nexts = circle.iter().skip(1).chain(circle.first());
    let mut paths = context.ask.paths(Leads::Named);
    let hops: Option<Vec<Hop>> = circle
        .iter()
        .zip(nexts)
        .map(|(role, next)| paths.next_to(*role).iter().copied().find(|hop| hop.role == *next))
        .collect();
    let hops = hops?;
    let first = hops.first()?;
    let name = |id: &IdentityId| format!("role `{}`", graph.identities[*id].shown);
    let message = format!(
        "{} can assume one another: whoever has a session of one of them can renew it without end",
        listed(circle.iter().map(name))
    );
    let place = |hop: &Hop, from: &IdentityId| {
        let declaration = hop.declaration.unwrap_or(graph.identities[*from].declaration);
        Spot::of(graph, declaration, hop.span, Answer::Yes)
    };
    let mut finding = RULE
        .on(&place(first, circle.first()?), message, format!("can assume {}", name(&first.role)))
        .help("let the roles be assumed in one direction only")
        .about(circle.iter().map(|id| graph.identities[*id].arn.to_string()));
    for (hop, from) in hops.iter().zip(circle).skip(1) {
        let spot = place(hop, from);
        finding = finding.related(label(&spot, hop.span, format!("can assume {}", name(&hop.role))));
    }
    Some(finding)
}
