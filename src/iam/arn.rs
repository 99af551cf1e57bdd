//! ARNs with unknown parts, and account ids.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html>

use crate::value::Text;

/// `arn:partition:service:region:account:resource`, each field possibly unknown.
#[derive(Clone, Debug, PartialEq)]
pub struct Arn {
    /// `aws`, `aws-cn`, `aws-us-gov`, …
    pub partition: Text,
    /// The service prefix: `iam`, `s3`.
    pub service: Text,
    /// The region; empty for global services.
    pub region: Text,
    /// The account; empty for S3 buckets and the like.
    pub account: Text,
    /// Everything after the fifth colon.
    pub resource: Text,
}

impl Arn {
    /// Reads an ARN: literally `arn:` and five more fields. A text that is a lone symbol may be an ARN too, but
    /// nothing can be said of it: `None`.
    pub fn parse(text: &Text) -> Option<Self> {
        let mut fields = text.splitn(6, ':').into_iter();
        if !fields.next()?.is_literally("arn") {
            return None;
        }
        let (partition, service) = (fields.next()?, fields.next()?);
        let (region, account, resource) = (fields.next()?, fields.next()?, fields.next()?);
        Some(Self { partition, service, region, account, resource })
    }
}

/// Whether `text` has the form of an account id: twelve digits.
///
/// <https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-identifiers.html>
pub fn is_account_id(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}
