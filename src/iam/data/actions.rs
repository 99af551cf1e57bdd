//! The actions of all services.

use crate::iam::glob::{Case, plain};
use crate::lines;

/// `service:Name`, ordered by lower case; the letter of its level; where its details begin (`super::details`).
static ACTIONS: &str = include_str!("../../../data/actions.tsv");

/// What an action does, as AWS classifies it.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_understand-policy-summary-access-level-summaries.html>
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AccessLevel {
    /// Lists what there is.
    List,
    /// Reads contents.
    Read,
    /// Changes tags only.
    Tagging,
    /// Creates, changes, deletes.
    Write,
    /// Changes who may do what.
    PermissionsManagement,
}

/// An action of a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Action {
    /// The prefix of the service: `s3`.
    pub service: &'static str,
    /// The name as AWS writes it: `GetObject`. Policies may write it in any case.
    pub name: &'static str,
    /// What it does.
    pub level: AccessLevel,
}

/// The prefixes of all services.
pub(super) fn services() -> impl Iterator<Item = &'static str> {
    let mut last = "";
    let prefixes = ACTIONS.lines().filter_map(|line| line.split(':').next());
    prefixes.filter(move |service| std::mem::replace(&mut last, service) != *service)
}

/// Whether the data has a service with this prefix, in any case.
pub fn service_exists(service: &str) -> bool {
    lines::beginning(ACTIONS, &format!("{service}:")).next().is_some()
}

/// Names that are no actions, though an operation or an older list is called so, and the actions that allow it. Where the action
/// is there all the same, it is named itself: AWS asks for the tag actions of API Gateway, `MediaLive` for those of `MediaConnect`, and
/// Control Tower for those of IAM Identity Center.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html>
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html>
/// <https://docs.aws.amazon.com/kms/latest/developerguide/kms-api-permissions-reference.html>
/// <https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html>
/// <https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-use-cases.html>
/// <https://docs.aws.amazon.com/sns/latest/dg/sns-batch-api-actions.html>
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html>
/// <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html>
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-batch-api.html>
/// <https://docs.aws.amazon.com/medialive/latest/ug/trusted-entity-requirements.html>
/// <https://github.com/aws-amplify/amplify-cli/issues/12316>
/// <https://docs.aws.amazon.com/controltower/latest/userguide/account-factory.html>
const OPERATIONS: [(&str, &[&str]); 79] = [
    ("apigateway:TagResource", &["apigateway:TagResource"]),
    ("apigateway:UntagResource", &["apigateway:UntagResource"]),
    ("bedrock:Converse", &["bedrock:InvokeModel"]),
    ("dynamodb:TransactGetItems", &["dynamodb:GetItem"]),
    ("kms:ReEncrypt", &["kms:ReEncryptFrom", "kms:ReEncryptTo"]),
    ("lambda:Invoke", &["lambda:InvokeFunction"]),
    ("mediaconnect:ManagedAddOutput", &["mediaconnect:ManagedAddOutput"]),
    ("mediaconnect:ManagedDescribeFlow", &["mediaconnect:ManagedDescribeFlow"]),
    ("mediaconnect:ManagedRemoveOutput", &["mediaconnect:ManagedRemoveOutput"]),
    ("s3:CompleteMultipartUpload", &["s3:PutObject"]),
    ("s3:CopyObject", &["s3:GetObject", "s3:PutObject"]),
    ("s3:CreateBucketMetadataConfiguration", &["s3:CreateBucketMetadataTableConfiguration"]),
    ("s3:CreateMultipartUpload", &["s3:PutObject"]),
    ("s3:DeleteAccountPublicAccessBlock", &["s3:PutAccountPublicAccessBlock"]),
    ("s3:DeleteBucketAnalyticsConfiguration", &["s3:PutAnalyticsConfiguration"]),
    ("s3:DeleteBucketCors", &["s3:PutBucketCORS"]),
    ("s3:DeleteBucketEncryption", &["s3:PutEncryptionConfiguration"]),
    ("s3:DeleteBucketIntelligentTieringConfiguration", &["s3:PutIntelligentTieringConfiguration"]),
    ("s3:DeleteBucketInventoryConfiguration", &["s3:PutInventoryConfiguration"]),
    ("s3:DeleteBucketLifecycle", &["s3:PutLifecycleConfiguration"]),
    ("s3:DeleteBucketMetadataConfiguration", &["s3:DeleteBucketMetadataTableConfiguration"]),
    ("s3:DeleteBucketMetricsConfiguration", &["s3:PutMetricsConfiguration"]),
    ("s3:DeleteBucketOwnershipControls", &["s3:PutBucketOwnershipControls"]),
    ("s3:DeleteBucketReplication", &["s3:PutReplicationConfiguration"]),
    ("s3:DeleteBucketTagging", &["s3:PutBucketTagging"]),
    ("s3:DeleteObjects", &["s3:DeleteObject"]),
    ("s3:DeletePublicAccessBlock", &["s3:PutBucketPublicAccessBlock"]),
    ("s3:GetBucketAccelerateConfiguration", &["s3:GetAccelerateConfiguration"]),
    ("s3:GetBucketAnalyticsConfiguration", &["s3:GetAnalyticsConfiguration"]),
    ("s3:GetBucketEncryption", &["s3:GetEncryptionConfiguration"]),
    ("s3:GetBucketIntelligentTieringConfiguration", &["s3:GetIntelligentTieringConfiguration"]),
    ("s3:GetBucketInventoryConfiguration", &["s3:GetInventoryConfiguration"]),
    ("s3:GetBucketLifecycle", &["s3:GetLifecycleConfiguration"]),
    ("s3:GetBucketLifecycleConfiguration", &["s3:GetLifecycleConfiguration"]),
    ("s3:GetBucketMetadataConfiguration", &["s3:GetBucketMetadataTableConfiguration"]),
    ("s3:GetBucketMetricsConfiguration", &["s3:GetMetricsConfiguration"]),
    ("s3:GetBucketNotificationConfiguration", &["s3:GetBucketNotification"]),
    ("s3:GetBucketReplication", &["s3:GetReplicationConfiguration"]),
    ("s3:GetObjectLockConfiguration", &["s3:GetBucketObjectLockConfiguration"]),
    ("s3:GetPublicAccessBlock", &["s3:GetBucketPublicAccessBlock"]),
    ("s3:HeadBucket", &["s3:ListBucket"]),
    ("s3:HeadObject", &["s3:GetObject"]),
    ("s3:ListBucketAnalyticsConfigurations", &["s3:GetAnalyticsConfiguration"]),
    ("s3:ListBucketIntelligentTieringConfigurations", &["s3:GetIntelligentTieringConfiguration"]),
    ("s3:ListBucketInventoryConfigurations", &["s3:GetInventoryConfiguration"]),
    ("s3:ListBucketMetricsConfigurations", &["s3:GetMetricsConfiguration"]),
    ("s3:ListBuckets", &["s3:ListAllMyBuckets"]),
    ("s3:ListMultipartUploads", &["s3:ListBucketMultipartUploads"]),
    ("s3:ListObjects", &["s3:ListBucket"]),
    ("s3:ListObjectsV2", &["s3:ListBucket"]),
    ("s3:ListObjectVersions", &["s3:ListBucketVersions"]),
    ("s3:ListParts", &["s3:ListMultipartUploadParts"]),
    ("s3:PutBucketAccelerateConfiguration", &["s3:PutAccelerateConfiguration"]),
    ("s3:PutBucketAnalyticsConfiguration", &["s3:PutAnalyticsConfiguration"]),
    ("s3:PutBucketEncryption", &["s3:PutEncryptionConfiguration"]),
    ("s3:PutBucketIntelligentTieringConfiguration", &["s3:PutIntelligentTieringConfiguration"]),
    ("s3:PutBucketInventoryConfiguration", &["s3:PutInventoryConfiguration"]),
    ("s3:PutBucketLifecycle", &["s3:PutLifecycleConfiguration"]),
    ("s3:PutBucketLifecycleConfiguration", &["s3:PutLifecycleConfiguration"]),
    ("s3:PutBucketMetricsConfiguration", &["s3:PutMetricsConfiguration"]),
    ("s3:PutBucketNotificationConfiguration", &["s3:PutBucketNotification"]),
    ("s3:PutBucketReplication", &["s3:PutReplicationConfiguration"]),
    ("s3:PutObjectLockConfiguration", &["s3:PutBucketObjectLockConfiguration"]),
    ("s3:PutPublicAccessBlock", &["s3:PutBucketPublicAccessBlock"]),
    ("s3:SelectObjectContent", &["s3:GetObject"]),
    ("s3:UploadPart", &["s3:PutObject"]),
    ("s3:UploadPartCopy", &["s3:GetObject", "s3:PutObject"]),
    ("sns:PublishBatch", &["sns:Publish"]),
    ("sns:Receive", &["sns:Receive"]),
    ("sqs:ChangeMessageVisibilityBatch", &["sqs:ChangeMessageVisibility"]),
    ("sqs:DeleteMessageBatch", &["sqs:DeleteMessage"]),
    ("sqs:SendMessageBatch", &["sqs:SendMessage"]),
    ("sso-directory:SearchGroupsWithGroupName", &["sso-directory:SearchGroupsWithGroupName"]),
    ("sso:GetPeregrineStatus", &["sso:GetPeregrineStatus"]),
    ("sso:ProvisionApplicationInstanceForAWSAccount", &["sso:ProvisionApplicationInstanceForAWSAccount"]),
    (
        "sso:ProvisionApplicationProfileForAWSAccountInstance",
        &["sso:ProvisionApplicationProfileForAWSAccountInstance"],
    ),
    ("sso:ProvisionSAMLProvider", &["sso:ProvisionSAMLProvider"]),
    ("sso:RegisterRegion", &["sso:RegisterRegion"]),
    ("sso:StartPeregrine", &["sso:StartPeregrine"]),
];

/// The actions that together allow an operation which is called so and is no action itself.
pub fn actions_of_operation(written: &str) -> Option<&'static [&'static str]> {
    OPERATIONS.iter().find(|(name, _)| name.eq_ignore_ascii_case(written)).map(|(_, actions)| *actions)
}

/// Whether a pattern matches a name that AWS has, and leaves out of its list.
pub fn matches_unlisted(pattern: &str) -> bool {
    let is_unlisted = |(name, actions): &&(&str, &[&str])| actions.contains(name);
    OPERATIONS.iter().filter(is_unlisted).any(|(name, _)| plain::matches(pattern, name, Case::Folded))
}

/// The service that a prefix is meant for which no service has: one that differs in a letter or two, or in hyphens only, and
/// has the action.
pub fn near_service(prefix: &str, action: &str) -> Option<&'static str> {
    let folded = prefix.to_ascii_lowercase();
    let bare = |name: &str| name.replace('-', "");
    let allowed = if folded.len() < 6 { 1 } else { 2 };
    let distance = |service: &str| {
        if bare(service) == bare(&folded) { 0 } else { strsim::osa_distance(&folded, service) }
    };
    let is_near = |service: &&'static str| {
        folded.len() > 3 && service.len().abs_diff(folded.len()) <= 2 && distance(service) <= allowed
    };
    let has_action = |service: &&'static str| {
        let is_all = action.bytes().all(|byte| byte == b'*');
        if is_all { folded.len() > 5 } else { expand(&format!("{service}:{action}")).next().is_some() }
    };
    let mut near: Vec<&'static str> = services().filter(is_near).filter(has_action).collect();
    near.sort_by_key(|service| distance(service));
    match near.as_slice() {
        [only] => Some(only),
        [first, second, ..] => (distance(first) < distance(second)).then_some(first),
        [] => None,
    }
}

/// The actions of a service, sorted without regard to case; none for unknown services.
pub fn actions(service: &str) -> impl Iterator<Item = Action> + use<> {
    lines::beginning(ACTIONS, &format!("{service}:")).filter_map(parse)
}

/// An action by name, without regard to case.
pub fn action(service: &str, name: &str) -> Option<Action> {
    lines::find_folded(ACTIONS, &format!("{service}:{name}")).and_then(parse)
}

/// Whether the data knows the action. AWS has more actions than it publishes: one that is not known may exist.
pub fn action_exists(service: &str, name: &str) -> bool {
    action(service, name).is_some()
}

/// The service of an action such as `s3:GetObject`, and where its details begin.
pub(super) fn detailed(action: &str) -> Option<(&'static str, &'static str)> {
    let (name, fields) = lines::find_folded(ACTIONS, action)?;
    Some((name.split(':').next()?, fields.split_once('\t')?.1))
}

/// The actions that a pattern of a policy matches: `s3:Get*`, `*`, `sts:Assume?ole`. None when it is not a
/// pattern of the form `service:name` or `*`.
pub fn expand(pattern: &str) -> impl Iterator<Item = Action> + use<> {
    let pattern = if pattern == "*" { "*:*" } else { pattern };
    let (service, name) = pattern.split_once(':').unwrap_or_default();
    let (service, name) = (service.to_owned(), name.to_owned());
    let literal = pattern.split(['*', '?']).next().unwrap_or_default();
    lines::beginning(ACTIONS, literal).filter_map(parse).filter(move |action| {
        plain::matches(&name, action.name, Case::Folded)
            && plain::matches(&service, action.service, Case::Folded)
    })
}

fn parse((written, fields): (&'static str, &'static str)) -> Option<Action> {
    let (service, name) = written.split_once(':')?;
    let level = match fields.split('\t').next()? {
        "L" => AccessLevel::List,
        "R" => AccessLevel::Read,
        "T" => AccessLevel::Tagging,
        "W" => AccessLevel::Write,
        "P" => AccessLevel::PermissionsManagement,
        _ => return None,
    };
    Some(Action { service, name, level })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_action_is_lost() {
        assert!(lines::is_sorted_folded(ACTIONS));
        let written = ACTIONS.lines().count();
        assert_eq!(expand("*").count(), written);
        assert_eq!(services().map(|service| actions(service).count()).sum::<usize>(), written);
        assert!(written > 22_000, "{written}");
    }

    #[test]
    fn actions_are_found_without_regard_to_case() {
        let assume = Action { service: "sts", name: "AssumeRole", level: AccessLevel::Write };
        assert_eq!(action("sts", "assumerole"), Some(assume));
        assert_eq!(action("STS", "AssumeRole"), Some(assume));
        assert_eq!(action("s3", "PutBucketPolicy").unwrap().level, AccessLevel::PermissionsManagement);
        assert_eq!(action("s3", "GetObject").unwrap().level, AccessLevel::Read);
        assert!(!action_exists("s3", "GetObjekt"));
        assert!(!action_exists("nothing", "GetObject"));
    }

    #[test]
    fn patterns_match_as_in_policies() {
        let names = |pattern: &str| expand(pattern).map(|action| action.name).collect::<Vec<_>>();
        assert_eq!(names("sts:AssumeRoleWith*"), ["AssumeRoleWithSAML", "AssumeRoleWithWebIdentity"]);
        assert_eq!(names("sts:assume?ole"), ["AssumeRole"]);
        assert!(names("s3:*Object").contains(&"PutObject"));
        assert!(!names("s3:*Object").contains(&"PutObjectAcl"));
        for nothing in ["", "s3", "s3:", ":", "s3:GetObject:x", "s4:*"] {
            assert!(names(nothing).is_empty(), "{nothing}");
        }
    }

    #[test]
    fn operations_are_no_actions_and_what_allows_them_is_one() {
        for (name, actions) in OPERATIONS {
            let (service, short) = name.split_once(':').unwrap();
            assert!(!action_exists(service, short), "{name}");
            for action in actions {
                let (service, short) = action.split_once(':').unwrap();
                assert!(name == *action || action_exists(service, short), "{action}");
            }
        }
        assert!(service_exists("S3") && !service_exists("s") && !service_exists("s4"));
    }

    #[test]
    fn a_misspelt_prefix_is_that_of_the_service_that_has_the_action() {
        for (prefix, action, expected) in [
            ("dybamodb", "*Tag*", Some("dynamodb")),
            ("cloudfromt", "GetDistribution", Some("cloudfront")),
            ("tags", "GetResources", Some("tag")),
            ("AccessAnalyzer", "ListFindings", Some("access-analyzer")),
            ("cognitoidp", "*", Some("cognito-idp")),
            ("dybamodb", "NoSuchAction", None),
            ("tags", "*", None),
            ("vpc", "*", None),
            ("quantumledger", "Read", None),
        ] {
            assert_eq!(near_service(prefix, action), expected, "{prefix}:{action}");
        }
        assert!(matches_unlisted("apigateway:*Tag*") && matches_unlisted("APIGateway:tagresource"));
        assert!(!matches_unlisted("lambda:Invoke") && !matches_unlisted("apigateway:Zz*"));
    }

    #[test]
    fn a_hostile_pattern_ends() {
        let pattern = format!("s3:{}b", "*a".repeat(2_000));
        assert_eq!(expand(&pattern).count(), 0);
    }
}
