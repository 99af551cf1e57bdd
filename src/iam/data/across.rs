//! Which operations never work on a resource of another account, whatever the policies say.

use crate::lines;
use crate::value::Answer;

/// The operations of AWS KMS that another account cannot be allowed: those that are neither cryptographic nor among
/// the few that AWS names. Left out is what may work: lists by grantee, random bytes, the last use of a key.
///
/// <https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-modifying-external-accounts.html>
const KMS: &[&str] = &[
    "CancelKeyDeletion",
    "ConnectCustomKeyStore",
    "CreateAlias",
    "CreateCustomKeyStore",
    "CreateKey",
    "DeleteAlias",
    "DeleteCustomKeyStore",
    "DeleteImportedKeyMaterial",
    "DescribeCustomKeyStores",
    "DisableKey",
    "DisableKeyRotation",
    "DisconnectCustomKeyStore",
    "EnableKey",
    "EnableKeyRotation",
    "GetKeyPolicy",
    "GetParametersForImport",
    "ImportKeyMaterial",
    "ListAliases",
    "ListKeyPolicies",
    "ListKeyRotations",
    "ListKeys",
    "ListResourceTags",
    "PutKeyPolicy",
    "ReplicateKey",
    "RotateKeyOnDemand",
    "ScheduleKeyDeletion",
    "SynchronizeMultiRegionKey",
    "TagResource",
    "UntagResource",
    "UpdateAlias",
    "UpdateCustomKeyStore",
    "UpdateKeyDescription",
    "UpdatePrimaryRegion",
];

/// The operations on a queue that another account cannot be allowed.
///
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-limitations-of-custom-policies.html>
const SQS: &[&str] = &[
    "AddPermission",
    "CancelMessageMoveTask",
    "CreateQueue",
    "DeleteQueue",
    "ListMessageMoveTasks",
    "ListQueueTags",
    "ListQueues",
    "RemovePermission",
    "SetQueueAttributes",
    "StartMessageMoveTask",
    "TagQueue",
    "UntagQueue",
];

/// The operations on a bucket that are refused to identities of other accounts whatever its policy says.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketPolicy.html>
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketPolicy.html>
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketPolicy.html>
const BUCKET: &[&str] = &["DeleteBucketPolicy", "GetBucketPolicy", "PutBucketPolicy"];

/// The operations on secrets that another account cannot be allowed: those that are not among the twenty that AWS names.
///
/// <https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access_examples_cross.html>
const SECRETS: &[&str] = &["BatchGetSecretValue", "CreateSecret", "ListSecrets"];

/// What an action on a resource needs on the key of KMS that the resource is encrypted with.
#[derive(Debug, PartialEq, Eq)]
pub struct KeyUse {
    /// The action: `s3:GetObject`.
    pub action: &'static str,
    /// What has to be allowed on the key: `kms:Decrypt`.
    pub needs: &'static [&'static str],
}

const fn needs(action: &'static str, needs: &'static [&'static str]) -> KeyUse {
    KeyUse { action, needs }
}

const READS: &[&str] = &["kms:Decrypt"];
const WRITES: &[&str] = &["kms:GenerateDataKey"];
const WRITES_AND_READS: &[&str] = &["kms:GenerateDataKey", "kms:Decrypt"];

/// What needs the key, by the principal that calls it.
///
/// <https://docs.aws.amazon.com/streams/latest/dg/permissions-user-key-KMS.html>
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html>
/// <https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html>
/// <https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html>
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html>
static KEY_USES: [KeyUse; 12] = [
    needs("kinesis:GetRecords", READS),
    needs("kinesis:PutRecord", WRITES),
    needs("kinesis:PutRecords", WRITES),
    needs("s3:GetObject", READS),
    needs("s3:GetObjectVersion", READS),
    needs("s3:PutObject", WRITES),
    needs("secretsmanager:GetSecretValue", READS),
    needs("secretsmanager:PutSecretValue", WRITES_AND_READS),
    needs("secretsmanager:UpdateSecret", WRITES_AND_READS),
    needs("sns:Publish", WRITES_AND_READS),
    needs("sqs:ReceiveMessage", READS),
    needs("sqs:SendMessage", WRITES_AND_READS),
];

/// What needs the key of resources of a service.
pub fn key_uses(service: &str) -> impl Iterator<Item = &'static KeyUse> {
    KEY_USES.iter().filter(move |one| one.action.split(':').next() == Some(service))
}

/// Whether something that is done with resources of a service needs a key.
pub fn has_key_uses(service: &str) -> bool {
    matches!(service, "kinesis" | "s3" | "secretsmanager" | "sns" | "sqs")
}

/// Whether an action on a secret needs the key that the secret is encrypted with.
pub fn uses_key_of_secret(action: &str) -> bool {
    key_uses("secretsmanager").any(|one| one.action.eq_ignore_ascii_case(action))
}

/// Whether an action on a resource needs the key that it is encrypted with. When AWS manages the key, only principals of its
/// account can use it.
pub fn uses_key(action: &str) -> bool {
    KEY_USES.iter().any(|one| one.action.eq_ignore_ascii_case(action))
}

/// What a policy of log groups can allow. It counts for services alone: nobody of another account writes into a log group by it.
///
/// <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutResourcePolicy.html>
const LOGS: &[&str] = &["CreateLogStream", "PutLogEvents"];

/// The operations that work on a vault of another account: copying into it, and what the share of a logically air-gapped vault
/// allows. AWS Backup rejects all others, whatever the policy of the vault says.
///
/// <https://docs.aws.amazon.com/aws-backup/latest/devguide/create-a-vault-access-policy.html>
/// <https://docs.aws.amazon.com/aws-backup/latest/devguide/logicallyairgappedvault.html>
const VAULT: &[&str] = &["CopyIntoBackupVault", "StartCopyJob", "StartRestoreJob"];

fn is_refused_by_vault(name: &str) -> bool {
    let may_be_shared =
        ["describe", "get", "list"].iter().any(|verb| name.to_ascii_lowercase().starts_with(verb));
    !may_be_shared && !name.contains(['*', '?']) && !VAULT.iter().any(|one| one.eq_ignore_ascii_case(name))
}

/// Whether an action gives principals of other accounts nothing in a policy of a service: it is one of another service (table
/// buckets and directory buckets are no buckets), or one that the service rejects for them whatever the policy says. A share
/// of a vault is no policy of it.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-tables-setting-up.html>
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-express-authenticating-authorizing.html>
/// <https://docs.aws.amazon.com/aws-backup/latest/devguide/create-a-vault-access-policy.html>
pub fn is_void_for_others(service: &str, action: &str) -> bool {
    let Some((prefix, name)) = action.split_once(':') else { return false };
    if prefix.contains(['*', '?']) {
        return false;
    }
    match service {
        "s3tables" | "s3express" => !prefix.eq_ignore_ascii_case(service),
        "backup" => !name.contains(['*', '?']) && !name.eq_ignore_ascii_case("CopyIntoBackupVault"),
        _ => false,
    }
}

/// Whether AWS documents that an action, such as `kms:ScheduleKeyDeletion`, never works on a resource of another
/// account. `false` of what is not documented, and of patterns.
pub fn is_refused_across_accounts(action: &str) -> bool {
    let Some((service, name)) = action.split_once(':') else { return false };
    let names = |list: &[&str]| list.iter().any(|one| one.eq_ignore_ascii_case(name));
    match service.to_ascii_lowercase().as_str() {
        "kms" => names(KMS),
        "s3" => names(BUCKET),
        "sqs" => names(SQS),
        "secretsmanager" => names(SECRETS),
        "logs" => names(LOGS),
        "backup" => is_refused_by_vault(name),
        _ => false,
    }
}

/// The prefix of a service; `documented`, or `listed` when only the action tables of AWS have it.
static RESOURCE_CONTROL: &str = include_str!("../../../data/resource_control.tsv");

/// Whether resource control policies reach a service. `Unknown` when only one of the two lists of AWS has it.
///
/// <https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html>
pub fn supports_resource_control(service: &str) -> Answer {
    match lines::find(RESOURCE_CONTROL, &service.to_ascii_lowercase()) {
        Some("documented") => Answer::Yes,
        Some(_) => Answer::Unknown,
        None => Answer::No,
    }
}

/// Whether resource control policies have a say in an action. They do not keep anybody from retiring a grant.
///
/// <https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html>
pub fn is_under_resource_control(action: &str) -> Answer {
    let Some((service, name)) = action.split_once(':') else { return Answer::No };
    let retires = service.eq_ignore_ascii_case("kms") && name.eq_ignore_ascii_case("RetireGrant");
    if retires { Answer::No } else { supports_resource_control(service) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::iam::data::action_exists;

    #[test]
    fn what_manages_a_key_or_a_queue_is_left_to_its_account() {
        for action in ["kms:ScheduleKeyDeletion", "KMS:putkeypolicy", "sqs:TagQueue", "sqs:deletequeue"] {
            assert!(is_refused_across_accounts(action), "{action}");
        }
    }

    #[test]
    fn what_uses_it_and_what_is_not_known_is_not_refused() {
        for action in ["kms:Decrypt", "kms:*", "kms:GetKeyLastUsage", "sqs:SendMessage", "s3:GetObject", "*"]
        {
            assert!(!is_refused_across_accounts(action), "{action}");
        }
    }

    #[test]
    fn resource_control_policies_reach_some_services() {
        for (action, expected) in [
            ("s3:GetObject", Answer::Yes),
            ("STS:AssumeRole", Answer::Yes),
            ("kms:Decrypt", Answer::Yes),
            ("cognito-idp:ListUsers", Answer::Yes),
            ("events:PutEvents", Answer::Unknown),
            ("kms:RetireGrant", Answer::No),
            ("lambda:InvokeFunction", Answer::No),
            ("*", Answer::No),
        ] {
            assert_eq!(is_under_resource_control(action), expected, "{action}");
        }
        assert!(lines::is_sorted(RESOURCE_CONTROL));
        for line in RESOURCE_CONTROL.lines() {
            let (service, list) = line.split_once('\t').unwrap();
            assert!(super::super::actions(service).next().is_some(), "{service}");
            assert!(["documented", "listed"].contains(&list), "{line}");
        }
    }

    #[test]
    fn the_lists_name_actions_that_exist() {
        let services = [("kms", KMS), ("sqs", SQS), ("secretsmanager", SECRETS)];
        for (service, name) in
            services.iter().flat_map(|(service, list)| list.iter().map(move |it| (service, it)))
        {
            assert!(action_exists(service, name), "{service}:{name}");
        }
        for action in KEY_USES.iter().flat_map(|one| one.needs.iter().copied().chain([one.action])) {
            let (service, name) = action.split_once(':').unwrap();
            assert!(action_exists(service, name), "{action}");
        }
        for one in &KEY_USES {
            assert!(one.action.split_once(':').is_some_and(|(service, _)| has_key_uses(service)), "{one:?}");
        }
    }
}
