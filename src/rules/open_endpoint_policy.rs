//! Endpoint policies that keep nobody from anything.

use rustc_hash::FxHashSet;

use super::common::declared;
use super::{Context, Rule};
use crate::ask::{Setting, Spot};
use crate::bounds;
use crate::diagnostic::{Diagnostic, Effect, Severity};
use crate::graph::DeclarationId;
use crate::iam::principal::Principal;
use crate::value::Answer;

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

/// What requests need through the endpoint of a service that the conditions keep out: the endpoint, the service in words, what.
///
/// <https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-s3.html>
/// <https://docs.aws.amazon.com/eks/latest/userguide/add-ons-images.html>
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sts_vpc_endpoint_policies.html>
/// <https://github.com/aws-samples/data-perimeter-policy-examples/tree/main/vpc_endpoint_policies>
const NEEDED: [(&str, &str, &str); 6] = [
    ("s3", "S3", "the buckets that AWS owns"),
    ("ecr.api", "ECR", IMAGES),
    ("ecr.dkr", "ECR", IMAGES),
    ("ec2", "EC2", "the images and snapshots that AWS owns"),
    ("ssm", "Systems Manager", "the public parameters and the documents of AWS"),
    (
        "sts",
        "STS",
        "`sts:AssumeRoleWithWebIdentity` and `sts:AssumeRoleWithSAML`, which are called without credentials of AWS,",
    ),
];

const IMAGES: &str = "the repositories that AWS owns, with the images of EKS and its add-ons,";

/// What to do, with what else has to be allowed. Who calls a private API without a signature is anonymous.
///
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-vpc-endpoint-policies.html>
fn help(context: &Context<'_>, endpoints: &[DeclarationId]) -> String {
    let is_for = |id: &DeclarationId, service: &str| context.ask.is_endpoint_for(*id, service);
    if endpoints.iter().all(|id| is_for(id, "execute-api").is_yes()) {
        return OF_APIS.to_owned();
    }
    let is_needed = |service: &str| {
        endpoints.iter().any(|id| match is_for(id, service) {
            Answer::Yes => true,
            Answer::Unknown => service == "s3",
            Answer::No => false,
        })
    };
    let mut needed: Vec<String> = Vec::new();
    for (service, name, what) in NEEDED {
        let what = format!("; for {name}, allow {what} in a statement of their own");
        if is_needed(service) && !needed.contains(&what) {
            needed.push(what);
        }
    }
    format!("{HELP}{}", needed.concat())
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
    Some(finding.severity(severity).help(help(context, &[setting.document.declaration])))
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
    let finding = finding.help(help(context, &all));
    let others = others.iter().take(bounds::NAMES_LISTED);
    Some(others.fold(finding, |finding, id| finding.related(declared(graph, **id, "no policy"))))
}
