//! Which modules have a stand-in.

use std::borrow::Cow;
use std::sync::OnceLock;

use super::source::Wanted;
use crate::parse::hcl::{self, Body};
use crate::source::{SourceId, Span};

/// A module, the major versions a stand-in is right for, and its text.
struct Row {
    /// As [`Wanted::name`] has it.
    name: &'static str,
    /// The first major version.
    from: u32,
    /// One past the last major version; `u32::MAX` when it is right for the newest.
    before: u32,
    text: &'static str,
}

macro_rules! rows {
    ($($name:literal $from:literal..$before:expr => $file:literal,)*) => {
        &[$(Row {
            name: $name,
            from: $from,
            before: $before,
            text: include_str!(concat!("../../../../../data/modules/", $file)),
        },)*]
    };
}

/// No version is known for which the stand-in is wrong.
const ON: u32 = u32::MAX;

#[rustfmt::skip]
const ROWS: &[Row] = rows![
    "cds-snc/terraform-modules//gh_oidc_role" 3..ON => "cds-gh-oidc-role.tf",
    "cds-snc/terraform-modules//s3" 5..ON => "cds-s3.tf",
    "cds-snc/terraform-modules//s3_log_bucket" 7..ON => "cds-s3-log-bucket.tf",
    "cloudposse/ecr/aws" 0..ON => "cloudposse-ecr.tf",
    "cloudposse/eks-iam-role/aws" 2..ON => "cloudposse-eks-iam-role.tf",
    "cloudposse/iam-policy/aws" 1..ON => "cloudposse-iam-policy.tf",
    "cloudposse/iam-role/aws" 0..ON => "cloudposse-iam-role.tf",
    "cloudposse/kms-key/aws" 0..ON => "cloudposse-kms-key.tf",
    "cloudposse/label/null" 0..ON => "cloudposse-label.tf",
    "cloudposse/s3-bucket/aws" 2..ON => "cloudposse-s3-bucket.tf",
    "cloudposse/sns-topic/aws" 0..ON => "cloudposse-sns-topic.tf",
    "ministryofjustice/modernisation-platform-github-oidc-provider" 3..ON => "moj-github-oidc-provider.tf",
    "ministryofjustice/modernisation-platform-github-oidc-role" 3..ON => "moj-github-oidc-role.tf",
    "ministryofjustice/modernisation-platform-terraform-s3-bucket" 6..ON => "moj-s3-bucket.tf",
    "philips-labs/github-oidc/aws" 0..ON => "philips-github-oidc.tf",
    "philips-labs/github-oidc/aws//modules/provider" 0..ON => "philips-github-oidc-provider.tf",
    "terraform-aws-modules/dynamodb-table/aws" 1..ON => "dynamodb-table.tf",
    "terraform-aws-modules/ecr/aws" 1..ON => "ecr.tf",
    "terraform-aws-modules/eks/aws" 18..ON => "eks.tf",
    "terraform-aws-modules/eventbridge/aws" 1..ON => "eventbridge.tf",
    "terraform-aws-modules/iam/aws//modules/iam-assumable-role" 2..6 => "iam-assumable-role.tf",
    "terraform-aws-modules/iam/aws//modules/iam-assumable-role-with-oidc" 2..6 => "iam-assumable-role-with-oidc.tf",
    "terraform-aws-modules/iam/aws//modules/iam-assumable-role-with-saml" 2..6 => "iam-assumable-role-with-saml.tf",
    "terraform-aws-modules/iam/aws//modules/iam-assumable-roles" 2..6 => "iam-assumable-roles.tf",
    "terraform-aws-modules/iam/aws//modules/iam-assumable-roles-with-saml" 2..6 => "iam-assumable-roles-with-saml.tf",
    "terraform-aws-modules/iam/aws//modules/iam-eks-role" 4..6 => "iam-eks-role.tf",
    "terraform-aws-modules/iam/aws//modules/iam-github-oidc-provider" 5..6 => "iam-oidc-provider.tf",
    "terraform-aws-modules/iam/aws//modules/iam-github-oidc-role" 5..6 => "iam-github-oidc-role.tf",
    "terraform-aws-modules/iam/aws//modules/iam-group" 6..ON => "iam-group.tf",
    "terraform-aws-modules/iam/aws//modules/iam-group-with-assumable-roles-policy" 2..6 => "iam-group-with-assumable-roles-policy.tf",
    "terraform-aws-modules/iam/aws//modules/iam-group-with-policies" 5..6 => "iam-group-with-policies.tf",
    "terraform-aws-modules/iam/aws//modules/iam-oidc-provider" 6..ON => "iam-oidc-provider.tf",
    "terraform-aws-modules/iam/aws//modules/iam-policy" 2..ON => "iam-policy.tf",
    "terraform-aws-modules/iam/aws//modules/iam-read-only-policy" 5..6 => "iam-read-only-policy-5.tf",
    "terraform-aws-modules/iam/aws//modules/iam-read-only-policy" 6..ON => "iam-read-only-policy.tf",
    "terraform-aws-modules/iam/aws//modules/iam-role" 6..ON => "iam-role.tf",
    "terraform-aws-modules/iam/aws//modules/iam-role-for-service-accounts" 6..ON => "iam-role-for-service-accounts.tf",
    "terraform-aws-modules/iam/aws//modules/iam-role-for-service-accounts-eks" 4..6 => "iam-role-for-service-accounts-eks.tf",
    "terraform-aws-modules/iam/aws//modules/iam-user" 2..ON => "iam-user.tf",
    "terraform-aws-modules/kms/aws" 1..ON => "kms.tf",
    "terraform-aws-modules/lambda/aws" 2..ON => "lambda.tf",
    "terraform-aws-modules/s3-bucket/aws" 3..ON => "s3-bucket.tf",
    "terraform-aws-modules/secrets-manager/aws" 1..ON => "secrets-manager.tf",
    "terraform-aws-modules/sns/aws" 5..ON => "sns.tf",
    "terraform-aws-modules/sqs/aws" 3..ON => "sqs.tf",
    "terraform-aws-modules/step-functions/aws" 1..ON => "step-functions.tf",
    "unfunco/oidc-github/aws" 1..2 => "oidc-github-1.tf",
    "unfunco/oidc-github/aws" 3..ON => "oidc-github.tf",
];

/// The statements that many modules take as a list or map of objects: `#statements LIST RESOURCES` in a stand-in,
/// where the resources are those of statements that name none.
const STATEMENTS: &str = include_str!("../../../../../data/modules/statements.tf.part");

/// The inputs that make up a name in the modules of one author: `#label` in a stand-in.
const LABEL: &str = include_str!("../../../../../data/modules/label.tf.part");

/// What stands for a module, which is read once. A version that is not known is taken to be the newest; when the module is
/// gone there, the last one that had it.
pub(super) fn find(wanted: &Wanted) -> Option<&'static Body> {
    static READ: [OnceLock<Option<Body>>; ROWS.len()] = [const { OnceLock::new() }; ROWS.len()];
    let mut rows = ROWS.iter().zip(&READ).filter(|(row, _)| row.name == wanted.name);
    let (row, read) = match wanted.major {
        Some(major) => rows.find(|(row, _)| (row.from..row.before).contains(&major)),
        None => rows.max_by_key(|(row, _)| row.before),
    }?;
    let nowhere = Span::start_of(SourceId::first());
    read.get_or_init(|| hcl::parse_placed(&expanded(row.text), nowhere).ok()).as_ref()
}

fn expanded(text: &str) -> String {
    text.lines().flat_map(|line| [part(line), Cow::Borrowed("\n")]).collect()
}

fn part(line: &str) -> Cow<'_, str> {
    if line == "#label" {
        return Cow::Borrowed(LABEL);
    }
    let Some(said) = line.trim_start().strip_prefix("#statements ") else { return Cow::Borrowed(line) };
    let (list, resources) = said.split_once(' ').unwrap_or((said, "null"));
    Cow::Owned(STATEMENTS.replace("LIST", list).replace("RESOURCES", resources))
}

#[cfg(test)]
mod tests {
    use super::{ROWS, expanded};
    use crate::parse::hcl;
    use crate::source::{SourceId, Span};

    #[test]
    fn every_stand_in_can_be_read() {
        for row in ROWS {
            let read = hcl::parse_placed(&expanded(row.text), Span::start_of(SourceId::first()));
            assert!(read.is_ok_and(|body| !body.blocks.is_empty()), "{}", row.name);
        }
    }

    #[test]
    fn the_stand_ins_of_one_module_are_for_different_versions() {
        for (index, row) in ROWS.iter().enumerate() {
            assert!(row.from < row.before, "{}", row.name);
            let others = ROWS.iter().skip(index + 1).filter(|other| other.name == row.name);
            assert!(
                others.clone().all(|other| other.from >= row.before || other.before <= row.from),
                "{}",
                row.name
            );
        }
    }
}
