//! A private hosted zone is associated with a VPC of another account that was not authorized.

use super::common::declared;
use super::{Context, Rule};
use crate::ask::Spot;
use crate::diagnostic::{Diagnostic, Effect, Severity};
use crate::facts::Declaration;
use crate::graph::{DeclarationId, Graph};
use crate::value::{Answer, Text, Value};

pub(super) static RULE: Rule = Rule {
    name: "zone-association-not-authorized",
    summary: "a private hosted zone is associated with a VPC of another account without an authorization",
    effect: Effect::Mismatch,
    severity: Severity::Warning,
    family: "both sides",
    since: "0.1.0",
    page: include_str!("../../rules/zone-association-not-authorized.md"),
    check,
};

const ZONE: &str = "aws_route53_zone";
const VPC: &str = "aws_vpc";
const ASSOCIATION: &str = "aws_route53_zone_association";
const AUTHORIZATION: &str = "aws_route53_vpc_association_authorization";

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let graph = context.graph;
    for id in graph.of_type(ASSOCIATION) {
        let association = &graph.declarations[*id];
        if let Some(wrong) = by_wrong_side(graph, *id) {
            found.push(wrong);
            continue;
        }
        let Some(zone) = text(graph, association, "zone_id").and_then(|zone| zone_of(graph, &zone)) else {
            continue;
        };
        let (own, owner) = (graph.account_of(*id), graph.account_of(zone));
        if graph.accounts.same(&own, &owner).is_no() && is_unauthorized(graph, association, zone) {
            found.extend(finding(graph, *id, zone));
        }
    }
}

fn text(graph: &Graph, declaration: &Declaration, property: &str) -> Option<Text> {
    Some(graph.accounts.normalised(declaration.properties.get(property)?.as_text()?))
}

/// An association that is created by another account than that of the VPC, which is the one that can.
///
/// <https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/hosted-zone-private-associate-vpcs-different-accounts.html>
fn by_wrong_side(graph: &Graph, id: DeclarationId) -> Option<Diagnostic> {
    let association = &graph.declarations[id];
    let value: &Value = association.properties.get("vpc_id")?;
    let vpc = declared_as(graph, VPC, &text(graph, association, "vpc_id")?)?;
    let (own, owner) = (graph.account_of(id), graph.account_of(vpc));
    if !graph.accounts.same(&own, &owner).is_no() {
        return None;
    }
    let (shown, owner) = (graph.address(vpc), graph.accounts.shown(&owner));
    let message = format!(
        "`{}` is created in account {}, but the VPC `{shown}` is of account {owner}: Route 53 will deny the request",
        association.address,
        graph.accounts.shown(&own),
    );
    let help = format!(
        "create the association with a provider of account {owner}, and declare `{AUTHORIZATION}` with one of the account of the zone"
    );
    let spot = Spot::of(graph, id, value.span, association.present);
    let finding = RULE
        .on(&spot.through(&value.via), message, "VPC of another account")
        .help(help)
        .about([&*association.address, shown]);
    Some(finding.related(declared(graph, vpc, "VPC declared here")))
}

/// The declared zone that a text refers to, whichever provider it is declared with.
fn zone_of(graph: &Graph, named: &Text) -> Option<DeclarationId> {
    declared_as(graph, ZONE, named)
}

/// The declaration of a type that a text refers to.
fn declared_as(graph: &Graph, type_name: &str, named: &Text) -> Option<DeclarationId> {
    let to = named.reference()?;
    graph.of_type(type_name).iter().copied().find(|id| graph.declarations[*id].origin == *to)
}

/// Whether no declared authorization may be one for an association.
///
/// <https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/hosted-zone-private-associate-vpcs-different-accounts.html>
fn is_unauthorized(graph: &Graph, association: &Declaration, zone: DeclarationId) -> bool {
    let vpc = text(graph, association, "vpc_id");
    let is_for = |id: &DeclarationId| {
        let authorization = &graph.declarations[*id];
        let same_zone = match text(graph, authorization, "zone_id") {
            Some(named) => match zone_of(graph, &named) {
                Some(other) => (other == zone).into(),
                None => Answer::Unknown,
            },
            None => Answer::Unknown,
        };
        let same_vpc = match (&vpc, text(graph, authorization, "vpc_id")) {
            (Some(one), Some(other)) => graph.accounts.same(one, &other),
            _ => Answer::Unknown,
        };
        authorization.present.and(same_zone).and(same_vpc)
    };
    graph.of_type(AUTHORIZATION).iter().all(|id| is_for(id).is_no())
}

fn finding(graph: &Graph, id: DeclarationId, zone: DeclarationId) -> Option<Diagnostic> {
    let association = &graph.declarations[id];
    let value: &Value = association.properties.get("zone_id")?;
    let (shown, owner) = (graph.address(zone), graph.accounts.shown(&graph.account_of(zone)));
    let message = format!(
        "`{}` associates a VPC of account {} with the private hosted zone `{shown}` of account {owner}, which does not authorize it: Route 53 will deny the request",
        association.address,
        graph.accounts.shown(&graph.account_of(id)),
    );
    let help = format!("in account {owner}, declare `{AUTHORIZATION}` for `{shown}` and this VPC");
    let spot = Spot::of(graph, id, value.span, association.present);
    let finding = RULE
        .on(&spot.through(&value.via), message, "zone of another account")
        .help(help)
        .about([&*association.address, shown]);
    Some(finding.related(declared(graph, zone, "zone declared here")))
}
