//! Endpoint policies that keep nobody from anything.

use rustc_hash::FxHashSet;

use super::common::declared;
use super::{Context, Rule};
use crate::ask::{Setting, Spot};
use crate::bounds;
use crate::diagnostic::{Diagnostic, Effect, Severity};
use crate::graph::DeclarationId;
use crate::iam::principal::Principal;

pub(super) static RULE: Rule = Rule {
    name: "open-endpoint-policy",
    summary: "a VPC endpoint lets any principal reach resources of any account",
    effect: Effect::Exposed,
    severity: Severity::Warning,
    family: "grant",
    since: "0.1.0",
    page: include_str!("../../rules/open-endpoint-policy.md"),
    check,
};

const HELP: &str = "add conditions on `aws:PrincipalOrgID` and `aws:ResourceOrgID`, or on `aws:PrincipalAccount` and `aws:ResourceAccount`";

const OF_APIS: &str = "add a condition on `aws:ResourceOrgID` or `aws:ResourceAccount`, or list the APIs; add one on the principal only if all methods use `AWS_IAM`, because all other callers are anonymous";

/// What to do, with what else has to be allowed at an endpoint for S3. Who calls a private API without a signature is anonymous.
///
/// <https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-s3.html>
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-vpc-endpoint-policies.html>
fn help(context: &Context<'_>, mut endpoints: impl Iterator<Item = DeclarationId> + Clone) -> String {
    if endpoints.clone().all(|id| context.ask.is_for_apis(id)) {
        OF_APIS.to_owned()
    } else if endpoints.any(|id| context.ask.may_be_for_s3(id)) {
        format!("{HELP}; for S3, allow the buckets that AWS owns in a statement of their own")
    } else {
        HELP.to_owned()
    }
}

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let open = context.ask.open_endpoints();
    found.extend(open.iter().filter_map(|setting| written(context, setting)));
    found.extend(unwritten(context));
}

fn written(context: &Context<'_>, setting: &Setting<'_>) -> Option<Diagnostic> {
    let everyone = setting.listed().iter().find(|item| item.value == Principal::Everyone)?;
    let message = format!(
        "the policy of `{}` allows any principal to reach resources of any account through the endpoint",
        setting.address()
    );
    let severity = if context.graph.accounts.lists_any() { Severity::Warning } else { Severity::Info };
    let finding = RULE.on(&setting.item(everyone), message, "for resources of any account");
    let own = std::iter::once(setting.document.declaration);
    Some(finding.severity(severity).help(help(context, own)))
}

/// The policy that AWS gives to endpoints without one is said once for all of them.
fn unwritten(context: &Context<'_>) -> Option<Diagnostic> {
    let graph = context.graph;
    let all = context.ask.endpoints_without_policy();
    let (first, others) = all.split_first()?;
    // One declaration in several deployments is one place.
    let mut places = FxHashSet::from_iter([graph.declarations[*first].span]);
    let others: Vec<_> = others.iter().filter(|id| places.insert(graph.declarations[**id].span)).collect();
    let more = match others.len() {
        0 => " has".to_owned(),
        1 => " and another endpoint have".to_owned(),
        count => format!(" and {count} other endpoints have"),
    };
    let message = format!(
        "`{}`{more} the default policy, which allows any principal to reach resources of any account",
        graph.address(*first)
    );
    let declaration = &graph.declarations[*first];
    let spot = Spot::of(graph, *first, declaration.span, declaration.present);
    let finding = RULE.on(&spot, message, "no policy").severity(Severity::Info);
    let finding = finding.help(help(context, all.iter().copied()));
    let others = others.iter().take(bounds::NAMES_LISTED);
    Some(others.fold(finding, |finding, id| finding.related(declared(graph, **id, "no policy"))))
}
