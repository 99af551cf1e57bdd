//! Another account writes objects into a bucket, and they belong to that account.

use super::common::{declared, grantee};
use super::{Context, Rule};
use crate::ask::{Grant, grants};
use crate::diagnostic::{Diagnostic, Effect, Severity};
use crate::graph::Purpose;
use crate::iam::policy::{Effect as Says, Polarity, Statement};

pub(super) static RULE: Rule = Rule {
    name: "object-ownership-gap",
    summary: "objects that another account writes into a bucket belong to that account, not to the owner of the bucket",
    effect: Effect::Weak,
    severity: Severity::Warning,
    family: "service",
    since: "0.1.0",
    page: include_str!("../../rules/object-ownership-gap.md"),
    check,
};

/// By which a policy asks for access of the owner to what is written.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/ensure-object-ownership.html>
const HANDS_OVER: [&str; 2] = ["s3:x-amz-acl", "s3:x-amz-grant-full-control"];

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for grant in grants(context.graph) {
        let bucket = &context.graph.resources[grant.resource];
        // Since April 2023 a bucket of which nothing says so owns all its objects.
        let keeps_lists =
            bucket.service == "s3" && bucket.declared && bucket.surroundings.lists_count.is_yes();
        if keeps_lists && writes(grant.setting.statement) && !asks_for_owner(&grant) {
            found.extend(finding(context, &grant));
        }
    }
}

fn writes(statement: &Statement) -> bool {
    statement.actions.polarity == Polarity::In && statement.actions.takes("s3:PutObject").is_yes()
}

/// Whether the policy has a condition on the access of the owner, in the statement or in one that denies beside it.
fn asks_for_owner(grant: &Grant<'_>) -> bool {
    let has_condition = |statement: &Statement| {
        statement.conditions_open
            || statement.conditions.iter().any(|condition| match condition.key.value.as_literal() {
                Some(key) => HANDS_OVER.iter().any(|known| known.eq_ignore_ascii_case(&key)),
                None => true,
            })
    };
    let policy = &grant.setting.document.policy;
    let denials = policy.statements.iter().filter(|one| one.effect != Some(Says::Allow));
    policy.open || std::iter::once(grant.setting.statement).chain(denials).any(has_condition)
}

/// The ACL makes the owner of the bucket that of the object under `BucketOwnerPreferred` only.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html>
fn finding(context: &Context<'_>, grant: &Grant<'_>) -> Option<Diagnostic> {
    let graph = context.graph;
    let Purpose::Resource(id) = grant.setting.document.purpose else { return None };
    let (spot, who, account) = context.ask.granted_to(grant).into_iter().next()?;
    if !context.ask.is_foreign(&account, id) {
        return None;
    }
    let bucket = &graph.resources[id];
    let address = graph.address(bucket.declaration);
    let who = grantee(graph, &who, &account);
    let message = format!(
        "{who} is allowed to write objects into {}, and they can belong to account {}: ACLs of the bucket are enabled, and no condition requires `bucket-owner-full-control`",
        graph.resource_shown(bucket),
        graph.accounts.shown(&account),
    );
    let help = format!(
        "set the object ownership of `{address}` to `BucketOwnerEnforced`, or to `BucketOwnerPreferred` and require `s3:x-amz-acl` to be `bucket-owner-full-control`"
    );
    let finding =
        RULE.on(&spot, message, "owns what it writes").help(help).about([bucket.arn.to_string(), who]);
    Some(finding.related(declared(graph, bucket.declaration, "bucket with ACLs")))
}
