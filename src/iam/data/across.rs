//! Which operations never work on a resource of another account, whatever the policies say.

use crate::lines;

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

/// The operations on secrets that another account cannot be allowed: those that are not among the twenty that AWS names.
///
/// <https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access_examples_cross.html>
const SECRETS: &[&str] = &["BatchGetSecretValue", "CreateSecret", "ListSecrets"];

/// The operations on a secret that need the key it is encrypted with.
///
/// <https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html>
const KEY_OF_SECRET: &[&str] = &["GetSecretValue", "PutSecretValue", "UpdateSecret"];

/// Whether an action on a secret needs the key that the secret is encrypted with.
pub fn uses_key_of_secret(action: &str) -> bool {
    let Some((service, name)) = action.split_once(':') else { return false };
    service.eq_ignore_ascii_case("secretsmanager")
        && KEY_OF_SECRET.iter().any(|one| one.eq_ignore_ascii_case(name))
}

/// Whether AWS documents that an action, such as `kms:ScheduleKeyDeletion`, never works on a resource of another
/// account. `false` of what is not documented, and of patterns.
pub fn is_refused_across_accounts(action: &str) -> bool {
    let Some((service, name)) = action.split_once(':') else { return false };
    let names = |list: &[&str]| list.iter().any(|one| one.eq_ignore_ascii_case(name));
    match service.to_ascii_lowercase().as_str() {
        "kms" => names(KMS),
        "sqs" => names(SQS),
        "secretsmanager" => names(SECRETS),
        _ => false,
    }
}

/// Prefixes of services.
static RESOURCE_CONTROL: &str = include_str!("../../../data/resource_control.txt");

/// Whether resource control policies have a say in an action.
///
/// <https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html>
pub fn is_under_resource_control(action: &str) -> bool {
    let Some((service, name)) = action.split_once(':') else { return false };
    let retires = service.eq_ignore_ascii_case("kms") && name.eq_ignore_ascii_case("RetireGrant");
    !retires && lines::find(RESOURCE_CONTROL, &service.to_ascii_lowercase()).is_some()
}

#[cfg(test)]
mod tests {
    use super::{KEY_OF_SECRET, KMS, SECRETS, SQS, is_refused_across_accounts, is_under_resource_control};
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
        for action in ["s3:GetObject", "STS:AssumeRole", "kms:Decrypt"] {
            assert!(is_under_resource_control(action), "{action}");
        }
        for action in ["kms:RetireGrant", "ec2:RunInstances", "lambda:InvokeFunction", "*"] {
            assert!(!is_under_resource_control(action), "{action}");
        }
    }

    #[test]
    fn the_lists_name_actions_that_exist() {
        let services =
            [("kms", KMS), ("sqs", SQS), ("secretsmanager", SECRETS), ("secretsmanager", KEY_OF_SECRET)];
        for (service, name) in
            services.iter().flat_map(|(service, list)| list.iter().map(move |it| (service, it)))
        {
            assert!(action_exists(service, name), "{service}:{name}");
        }
    }
}
