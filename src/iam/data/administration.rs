//! Which actions change the policy of a resource.

/// By service, the actions that change or remove the policy of a resource: with each of them the policy can be made another.
///
/// <https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html>
const ROWS: [(&str, &[&str]); 9] = [
    ("backup", &["PutBackupVaultAccessPolicy", "DeleteBackupVaultAccessPolicy"]),
    ("ecr", &["SetRepositoryPolicy", "DeleteRepositoryPolicy"]),
    ("elasticfilesystem", &["PutFileSystemPolicy", "DeleteFileSystemPolicy"]),
    ("glacier", &["SetVaultAccessPolicy", "DeleteVaultAccessPolicy"]),
    ("kms", &["PutKeyPolicy"]),
    ("s3", &["PutBucketPolicy", "DeleteBucketPolicy"]),
    ("secretsmanager", &["PutResourcePolicy", "DeleteResourcePolicy"]),
    ("sns", &["SetTopicAttributes", "AddPermission", "RemovePermission"]),
    ("sqs", &["SetQueueAttributes", "AddPermission", "RemovePermission"]),
];

/// The actions, such as `s3:PutBucketPolicy`, that change or remove the policy of a resource of a service. None for a service of
/// which that is not known.
pub fn administers_policy(service: &str) -> impl Iterator<Item = String> {
    let row = ROWS.iter().find(|(one, _)| *one == service);
    row.into_iter().flat_map(|(service, names)| names.iter().map(move |name| format!("{service}:{name}")))
}

/// Services of which other accounts can change the policy of a resource, if it allows them to: their operations take the ARN of
/// the resource or the ID of its account.
///
/// <https://docs.aws.amazon.com/sns/latest/api/API_AddPermission.html>
/// <https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access_examples_cross.html>
/// <https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_SetRepositoryPolicy.html>
const ACROSS: [&str; 3] = ["ecr", "secretsmanager", "sns"];

/// Those with which another account can change the policy of a resource, if the policy allows them.
pub fn administers_policy_across(service: &str) -> impl Iterator<Item = String> {
    administers_policy(service).filter(move |_| ACROSS.contains(&service))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::iam::data::action_exists;

    #[test]
    fn the_actions_exist() {
        for (service, names) in ROWS {
            assert!(names.iter().all(|name| action_exists(service, name)), "{service}");
        }
        assert_eq!(administers_policy("kms").collect::<Vec<_>>(), ["kms:PutKeyPolicy"]);
        assert_eq!(administers_policy("lambda").count(), 0);
        assert_eq!(administers_policy_across("kms").count(), 0);
        assert!(ACROSS.iter().all(|service| administers_policy_across(service).next().is_some()));
    }
}
