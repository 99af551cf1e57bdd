//! Live replication of S3: its role and the policy of the bucket that it writes to are often copied with more than it needs.

use super::Context;
use crate::ask::{Question, What, Who};
use crate::graph::{IdentityId, ResourceId};
use crate::iam::policy::{self, Item};
use crate::iam::principal::Principal;
use crate::value::Text;

/// What roles are allowed on the bucket that they write to, or its policy grants them, and replication does not call there. What it
/// does call are the actions that begin with `s3:Replicate`.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/setting-repl-config-perm-overview.html>
/// <https://docs.aws.amazon.com/cdk/api/v2/docs/aws-cdk-lib.aws_s3.Bucket.html>
const NOT_NEEDED: [&str; 6] = [
    "s3:GetBucketVersioning",
    "s3:GetObjectVersionTagging",
    "s3:List*",
    "s3:ListBucket",
    "s3:ListBucketVersions",
    "s3:PutBucketVersioning",
];

/// What to do about such actions.
pub(super) const HELP: &str = "S3 replicates objects without it: remove it here, or allow it on both sides";

/// Whether these are roles as which S3 replicates into a bucket, and it can without these actions.
pub(super) fn works_without(
    context: &Context<'_>,
    roles: &[IdentityId],
    bucket: ResourceId,
    actions: &[&Item<Text>],
) -> bool {
    let not_needed = |it: &&Item<Text>| {
        it.text.as_literal().is_some_and(|it| NOT_NEEDED.iter().any(|known| it.eq_ignore_ascii_case(known)))
    };
    let resource = &context.graph.resources[bucket];
    if resource.service != "s3" || !actions.iter().all(not_needed) {
        return false;
    }
    let target = What::resource(bucket);
    let mut object = resource.arn.clone();
    let Some(span) = object.span() else { return false };
    object.push_str("/any", span);
    let replicates = |role: &IdentityId| {
        let caller = Who::Declared(*role);
        let question = Question {
            caller: &caller,
            target: &target,
            action: "s3:ReplicateObject",
            within: Some(&object),
        };
        is_for_s3(context, *role) && context.ask.ask(&question).answer.is_yes()
    };
    !roles.is_empty() && roles.iter().all(replicates)
}

/// Whether S3 can assume a role.
fn is_for_s3(context: &Context<'_>, role: IdentityId) -> bool {
    let graph = context.graph;
    let Some(trust) = graph.identities[role].trust else { return false };
    let allows = graph.documents[trust]
        .policy
        .statements
        .iter()
        .filter(|one| one.effect == Some(policy::Effect::Allow));
    let mut principals = allows.flat_map(|one| &one.principals).flat_map(|clause| &clause.items);
    principals
        .any(|it| matches!(&it.value, Principal::Service(name) if name.is_literally("s3.amazonaws.com")))
}
