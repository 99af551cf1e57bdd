//! AWS Config: snapshots, histories and answers to queries, which hold one item for each resource.
//!
//! <https://docs.aws.amazon.com/config/latest/APIReference/API_ConfigurationItem.html>
//! <https://docs.aws.amazon.com/config/latest/developerguide/example-sns-notification.html>

use super::iam;
use super::output::{Reading, found};
use super::part::{Members, Part};
use super::sketch::{Said, moment};

/// Members that hold items, and those that hold one.
const LISTS: [&str; 2] = ["configurationItems", "baseConfigurationItems"];
const ONE: &str = "configurationItem";

/// Where the policy of a resource is: the type, the member of its configuration, and the one in that, if any. What stands in the
/// supplementary configuration is marked.
const POLICIES: [(&str, bool, &str, &str); 14] = [
    ("AWS::S3::Bucket", true, "BucketPolicy", "policyText"),
    ("AWS::KMS::Key", true, "Policy", ""),
    ("AWS::Lambda::Function", true, "Policy", ""),
    ("AWS::SQS::Queue", false, "Policy", ""),
    ("AWS::SNS::Topic", false, "Policy", ""),
    ("AWS::Events::EventBus", false, "Policy", ""),
    ("AWS::S3::AccessPoint", false, "Policy", ""),
    ("AWS::MSK::ClusterPolicy", false, "Policy", ""),
    ("AWS::ECR::Repository", false, "RepositoryPolicyText", ""),
    ("AWS::ECR::RegistryPolicy", false, "PolicyText", ""),
    ("AWS::EFS::FileSystem", false, "FileSystemPolicy", ""),
    ("AWS::Backup::BackupVault", false, "AccessPolicy", ""),
    ("AWS::OpenSearch::Domain", false, "AccessPolicies", ""),
    ("AWS::Elasticsearch::Domain", false, "AccessPolicies", ""),
];

/// Whether an object is what AWS Config writes.
pub(super) fn is_config(members: &Members<'_>) -> bool {
    let is_query = || {
        let results = members.list("Results");
        results
            .first()
            .is_some_and(|first| first.word().is_some_and(|word| word.text.trim_start().starts_with('{')))
    };
    LISTS.iter().any(|list| members.has(list)) || members.has(ONE) || is_query()
}

/// Reads all items.
pub(super) fn read(members: &Members<'_>, reading: Reading<'_>, said: &mut Said) {
    said.is_known = true;
    for part in LISTS.iter().flat_map(|list| members.list(list)).chain(members.get(ONE)) {
        item(&part.members(), reading, said);
    }
    for result in members.list("Results") {
        if let Some(read) = result.read() {
            item(&Part::Tree(&read).members(), reading, said);
        }
    }
}

fn item(members: &Members<'_>, reading: Reading<'_>, said: &mut Said) {
    let status = members.str("configurationItemStatus").unwrap_or_default();
    if status.contains("Deleted") || status.ends_with("NotRecorded") {
        return;
    }
    let taken = members.str("configurationItemCaptureTime").and_then(|written| moment(&written));
    if let Some(taken) = &taken {
        said.seen_on(taken);
        said.is_dated = true;
    }
    let Some(kind) = members.str("resourceType") else { return };
    let own = members.get("configuration").and_then(Part::read);
    let before = said.sketches.len();
    match &*kind {
        "AWS::IAM::Role" | "AWS::IAM::User" | "AWS::IAM::Group" => {
            let own = own.as_ref().map(Part::Tree);
            let sketch = own.and_then(|own| iam::identity(own, &own.members(), said));
            said.sketches.extend(sketch);
        }
        "AWS::IAM::Policy" => {
            if let Some(own) = own.as_ref().map(Part::Tree) {
                iam::managed(own, &own.members(), said);
            }
        }
        kind => {
            let Some((_, is_beside, name, inner)) = POLICIES.iter().find(|row| row.0 == kind) else { return };
            let holder =
                if *is_beside { members.get("supplementaryConfiguration").and_then(Part::read) } else { own };
            let Some(holder) = holder else { return };
            let arn = members.str("arn");
            let account = members.str("accountId").or_else(|| members.str("awsAccountId"));
            let told = (arn.as_deref(), account.as_deref());
            let part = Part::Tree(&holder);
            if inner.is_empty() {
                found(part, &part.members(), name, told, reading, said);
            } else if let Some(within) = part.members().get(name).and_then(Part::read) {
                found(Part::Tree(&within), &Part::Tree(&within).members(), inner, told, reading, said);
            }
        }
    }
    // A history has many items of one resource, of which the newest counts.
    for sketch in said.sketches.iter_mut().skip(before) {
        sketch.rank.1.clone_from(&taken);
    }
}
