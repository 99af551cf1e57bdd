//! Policies that are longer than AWS takes.

use super::common::of_policy;
use super::{Context, Rule};
use crate::ask::Spot;
use crate::diagnostic::{Diagnostic, Effect, Severity};
use crate::graph::{Document, Purpose};
use crate::iam::size;
use crate::value::Answer;

pub(super) static RULE: Rule = Rule {
    name: "oversized-policy",
    summary: "a policy is longer than AWS allows",
    effect: Effect::Rejected,
    severity: Severity::Warning,
    family: "validity",
    since: "0.1.0",
    page: include_str!("../../rules/oversized-policy.md"),
    check,
};

/// How long a policy may be.
struct Quota {
    characters: usize,
    /// What has it, as messages say it.
    of: &'static str,
    /// To how many AWS raises it on request.
    at_most: Option<usize>,
    /// What to do.
    help: &'static str,
}

/// What to do about a policy of which there can be several.
const SPLIT: &str = "split the policy, or use patterns and conditions in place of long lists";

/// What to do about inline policies, which share a quota.
const MOVE: &str =
    "move statements into managed policies, or use patterns and conditions in place of long lists";

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let graph = context.graph;
    for document in &graph.documents {
        let type_name = &*graph.declarations[document.declaration].type_name;
        let Some(quota) = quota(document, type_name) else { continue };
        let length = size::at_least(&document.policy);
        if length > quota.characters {
            found.push(finding(context, document, length, &quota));
        }
    }
}

/// The quota of a policy, by what it is attached to. Quotas are in characters without white space.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html>
/// <https://docs.aws.amazon.com/kms/latest/developerguide/resource-limits.html>
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-policies.html>
fn quota(document: &Document, type_name: &str) -> Option<Quota> {
    let quota = |characters, of, help| Quota { characters, of, at_most: None, help };
    Some(match document.purpose {
        Purpose::Trust(_) => Quota {
            characters: 2_048,
            of: "trust policies",
            at_most: Some(8_192),
            help: "split the role, or name fewer principals",
        },
        Purpose::Identity => match type_name {
            "aws_iam_policy" | "AWS::IAM::ManagedPolicy" => quota(6_144, "managed policies", SPLIT),
            "aws_iam_role_policy" | "AWS::IAM::RolePolicy" => {
                quota(10_240, "all inline policies of a role together", MOVE)
            }
            "aws_iam_user_policy" | "AWS::IAM::UserPolicy" => {
                quota(2_048, "all inline policies of a user together", MOVE)
            }
            "aws_iam_group_policy" | "AWS::IAM::GroupPolicy" => {
                quota(5_120, "all inline policies of a group together", MOVE)
            }
            _ => return None,
        },
        Purpose::Resource(_) => match &*document.service {
            "kms" => quota(
                32_768,
                "key policies",
                "use conditions such as `aws:PrincipalOrgID` in place of long lists, or grants",
            ),
            "s3" => quota(
                20_480,
                "bucket policies",
                "use patterns and conditions such as `aws:PrincipalOrgID` in place of long lists, or access points",
            ),
            _ => return None,
        },
        Purpose::Limit | Purpose::File => return None,
    })
}

fn finding(context: &Context<'_>, document: &Document, length: usize, quota: &Quota) -> Diagnostic {
    let graph = context.graph;
    let address = graph.address(document.declaration);
    let Quota { characters, of, at_most, help } = quota;
    let more = at_most.map_or_else(String::new, |most| format!(", and up to {most} with a higher quota"));
    let message = format!(
        "the policy of `{address}` has at least {length} characters without white space: {of} can have {characters}{more}"
    );
    let (help, severity) = match at_most {
        // Nobody sees here whether it was raised.
        Some(most) if length <= *most => {
            ("have the quota raised if that was not done, or name fewer principals", Severity::Info)
        }
        _ => (*help, RULE.severity),
    };
    let spot =
        Spot::of(graph, document.declaration, graph.declarations[document.declaration].span, Answer::Yes);
    of_policy(RULE.on(&spot, message, "too long").severity(severity).help(help), &spot)
}
