//! One policy that several declarations write, so that the last apply wins.

use std::collections::BTreeSet;

use super::common::declared;
use super::{Context, Rule};
use crate::ask::Spot;
use crate::diagnostic::{Diagnostic, Effect, Severity};
use crate::graph::{Contested, DeclarationId, DocumentId, Graph, ResourceId};
use crate::value::Answer;

pub(super) static RULE: Rule = Rule {
    name: "competing-policies",
    summary: "two declarations write the same policy, so the one that is applied last replaces the other",
    effect: Effect::Mismatch,
    severity: Severity::Error,
    family: "grant",
    since: "0.1.0",
    page: include_str!("../../rules/competing-policies.md"),
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let mut known = BTreeSet::new();
    for (id, resource) in context.graph.resources.with_ids() {
        if resource.writers.len() > 1 {
            found.extend(of_resource(context, id, &mut known));
        }
    }
    let contested: BTreeSet<&Contested> = context.graph.contested.iter().collect();
    found.extend(contested.into_iter().filter_map(|one| of_identity(context.graph, one)));
}

fn of_resource(
    context: &Context<'_>,
    id: ResourceId,
    known: &mut BTreeSet<(DeclarationId, DeclarationId)>,
) -> Option<Diagnostic> {
    let graph = context.graph;
    let rivals = context.ask.rivals(id);
    let (first, others) = rivals.split_first()?;
    let policy = |id| &graph.documents[id];
    // One document that both refer to says the same, and so does one that is deployed twice.
    let written = |id: DocumentId| {
        let words = context.written(policy(id).policy.span);
        words.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let differs = |other: &&DocumentId| {
        policy(**other).policy.span != policy(*first).policy.span && written(**other) != written(*first)
    };
    let second = *others.iter().find(differs)?;
    let (kept, lost) = (policy(*first).declaration, policy(second).declaration);
    let resource = &graph.resources[id];
    // Two deployments that name the same thing may never be there together, unless one of both declares it.
    let unit = |id: DeclarationId| &graph.declarations[id].unit;
    let is_one = unit(kept) == unit(lost);
    let is_there =
        is_one || resource.declared && graph.declarations[kept].span != graph.declarations[lost].span;
    if !is_there || !known.insert((kept, lost)) {
        return None;
    }
    let of = if resource.declared { graph.resource_shown(resource) } else { "one resource".to_owned() };
    let message = format!(
        "`{}` and `{}` both write the policy of {of}: the one that is applied last replaces the other",
        graph.address(kept),
        graph.address(lost)
    );
    let finding = between(graph, (lost, kept), message, "writes the same policy")
        .help("put all statements into one policy")
        .about([resource.arn.to_string()]);
    Some(finding)
}

fn of_identity(graph: &Graph, one: &Contested) -> Option<Diagnostic> {
    let identity = &graph.identities[one.holder];
    let surely = [one.attached, one.list].iter().all(|id| graph.declarations[*id].present.is_yes());
    // What the list names and is not known may be the policy that is attached.
    if !surely || !identity.complete || graph.accounts.is_seen(&graph.declarations[one.attached].unit) {
        return None;
    }
    let (list, attached) = (graph.address(one.list), graph.address(one.attached));
    let shown = graph.shown(identity);
    let kind = if one.inline { "inline policies" } else { "attached policies" };
    let is_everywhere = &*graph.declarations[one.list].type_name == "aws_iam_policy_attachment";
    let message = if is_everywhere {
        format!(
            "`{list}` says who has a policy, and takes it away from {shown}, to which `{attached}` attaches it"
        )
    } else {
        format!("`{list}` lists all {kind} of {shown}, and takes away the one that `{attached}` adds")
    };
    let help = if is_everywhere {
        "use `aws_iam_role_policy_attachment` and the like, which attach a policy to one identity, instead of `aws_iam_policy_attachment`"
    } else {
        "put all of them into one place: in the list, or in resources of their own without the list"
    };
    let finding = between(graph, (one.attached, one.list), message, "taken away again");
    Some(finding.help(help).about([identity.arn.to_string()]))
}

/// A finding about two declarations: in one deployment each apply undoes the other.
fn between(
    graph: &Graph,
    (one, other): (DeclarationId, DeclarationId),
    message: String,
    text: &str,
) -> Diagnostic {
    let spot = Spot::of(graph, one, graph.declarations[one].span, Answer::Yes);
    let unit = |id: DeclarationId| &graph.declarations[id].unit;
    let severity = if unit(one) == unit(other) { Severity::Error } else { Severity::Warning };
    let finding = RULE.on(&spot, message, text).severity(severity).about([graph.address(other)]);
    finding.related(declared(graph, other, "the other one"))
}
