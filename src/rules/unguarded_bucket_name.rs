//! Permissions for buckets whose names anybody can take.

use super::common::beside;
use super::{Context, Rule};
use crate::ask::{Setting, statements};
use crate::diagnostic::{Diagnostic, Effect, Severity};
use crate::iam::arn::Arn;
use crate::iam::policy::{self, Item, Polarity, Statement};
use crate::value::Text;

pub(super) static RULE: Rule = Rule {
    name: "unguarded-bucket-name",
    summary: "a policy allows writing into every bucket with a prefix, in whatever account it is",
    effect: Effect::Weak,
    severity: Severity::Info,
    family: "identity",
    since: "0.1.0",
    page: include_str!("../../rules/unguarded-bucket-name.md"),
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    found.extend(statements(context.graph).filter_map(|setting| unguarded(&setting)));
}

/// How the names of buckets begin that AWS itself makes from the account and the region, so that everybody knows them.
///
/// <https://docs.aws.amazon.com/cdk/v2/guide/bootstrapping-env.html>
/// <https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/AWSHowTo.S3.html>
/// <https://docs.aws.amazon.com/sagemaker/latest/dg/security_iam_id-based-policy-examples.html>
const OF_TOOLS: [&str; 8] = [
    "aws-athena-query-results-",
    "aws-emr-studio-",
    "aws-glue-assets-",
    "cdk-hnb659fds-assets-",
    "cdktoolkit-stagingbucket-",
    "cf-templates-",
    "elasticbeanstalk-",
    "sagemaker-",
];

const HELP: &str =
    "add a condition on `aws:ResourceAccount` or `aws:ResourceOrgID`, or write the names of the buckets";

/// What to do where the condition would keep out buckets of AWS.
const OWN_STATEMENT: &str = "allow `s3:PutObject` in a statement of its own with a condition on `aws:ResourceAccount` or `aws:ResourceOrgID`: buckets of AWS have such names, too, and are read by this one";

/// Whether a statement also reads, from buckets of AWS with such names: those with the platforms and samples of a service.
///
/// <https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/vpc-vpce.policy.html>
fn reads_of_aws(statement: &Statement, item: &Item<Text>) -> bool {
    let reads =
        ["s3:GetObject", "s3:ListBucket"].iter().any(|action| !statement.actions.takes(action).is_no());
    let arn = Arn::parse(&item.value);
    let is_of_aws =
        |arn: Arn| ["elasticbeanstalk-", "sagemaker-"].iter().any(|start| arn.resource.begins_with(start));
    reads && arn.is_some_and(is_of_aws)
}

/// One finding for all such patterns of a statement. What other patterns match is known to whoever makes the buckets only, so that
/// is no more than possible.
fn unguarded(setting: &Setting<'_>) -> Option<Diagnostic> {
    let statement = setting.statement;
    if statement.effect != Some(policy::Effect::Allow) || statement.conditions_open || !puts(statement) {
        return None;
    }
    let resources = statement.resources.as_ref().filter(|it| it.polarity == Polarity::In)?;
    let mut patterns = resources.items.iter().filter(|item| is_pattern(item));
    let first = patterns.next()?;
    if !setting.is_of_identity() || is_guarded(statement) || is_of_everything(statement) {
        return None;
    }
    // Where all buckets are allowed beside it, a condition here changes nothing.
    if setting.is_said_beside(|other, _| {
        other.conditions.is_empty() && !other.conditions_open && is_of_everything(other)
    }) {
        return None;
    }
    let message = format!(
        "`{}` allows `s3:PutObject` on `{}`: anyone can create a bucket with such a name in another account",
        setting.address(),
        first.text
    );
    let mut finding = RULE
        .on(&setting.item(first), message, "any bucket with this prefix")
        .help(if reads_of_aws(statement, first) { OWN_STATEMENT } else { HELP })
        .about([first.text.to_string()]);
    if !is_of_tool(first) {
        finding = finding.possible();
    }
    for item in patterns {
        finding = finding.related(beside(setting, item.span, "any bucket with this prefix"));
    }
    Some(finding)
}

fn is_of_tool(item: &Item<Text>) -> bool {
    let Some(arn) = Arn::parse(&item.value) else { return false };
    OF_TOOLS.iter().any(|start| arn.resource.begins_with(start))
}

/// Whether a statement names S3 actions by which something is written.
fn puts(statement: &Statement) -> bool {
    let actions = &statement.actions;
    actions.polarity == Polarity::In
        && actions.items.iter().any(|item| item.text.begins_with_folded("s3:"))
        && actions.takes("s3:PutObject").is_yes()
}

/// Whether a statement allows writing into every bucket that there is.
fn is_of_everything(statement: &Statement) -> bool {
    let is_any = |item: &Item<Text>| {
        let is_every_bucket = |arn: Arn| {
            let name = arn.resource.splitn(2, '/').into_iter().next();
            arn.service.is_literally("s3") && name.is_some_and(|name| name.is_literally("*"))
        };
        item.value.is_literally("*") || Arn::parse(&item.value).is_some_and(is_every_bucket)
    };
    let listed = statement.resources.as_ref().filter(|clause| clause.polarity == Polarity::In);
    statement.actions.takes("s3:PutObject").is_yes()
        && listed.is_some_and(|clause| clause.items.iter().any(is_any))
}

/// Whether a condition says whose resources are meant.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-resourceaccount>
fn is_guarded(statement: &Statement) -> bool {
    const STARTS: [&str; 3] = ["aws:Resource", "s3:ResourceAccount", "s3:DataAccessPointAccount"];
    statement
        .conditions
        .iter()
        .any(|condition| STARTS.iter().any(|start| condition.key.value.begins_with_folded(start)))
}

/// Whether an element is the ARN of buckets with a fixed beginning and a wildcard in their name.
fn is_pattern(item: &Item<Text>) -> bool {
    // What begins with the name of a declared bucket is meant for what is in it.
    if !item.value.has("*") || item.value.pieces().iter().any(|piece| piece.of.is_some()) {
        return false;
    }
    let Some(arn) = Arn::parse(&item.value).filter(|arn| arn.service.is_literally("s3")) else {
        return false;
    };
    let names = arn.resource.splitn(2, '/');
    let Some(name) = names.first().filter(|_| arn.account.is_empty() || arn.account.is_literally("*")) else {
        return false;
    };
    name.has("*") && !name.begins_with("*") && !name.begins_with("arn:")
}
