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
        if !text.begins_with("arn:") {
            return None;
        }
        let mut fields = text.splitn(6, ':').into_iter().skip(1);
        let (partition, service) = (fields.next()?, fields.next()?);
        let (region, account, resource) = (fields.next()?, fields.next()?, fields.next()?);
        Some(Self { partition, service, region, account, resource })
    }

    /// The ARN of the resource whose policy counts for what this ARN names in it: an object of a bucket or access point, an
    /// index of a table, a path of a domain. `None` when it names nothing in another resource.
    pub fn whole(&self) -> Option<Text> {
        let service = self.service.as_literal()?;
        let (_, kind, parts) =
            PARTS.iter().find(|(of, kind, _)| *of == service && self.resource.begins_with(kind))?;
        let separator = if service == "logs" { ':' } else { '/' };
        let mut fields = self.resource.splitn(parts + 1, separator).into_iter();
        let mut resource = fields.next()?;
        let mut known = 1;
        let span = resource.span().or_else(|| self.service.span())?;
        for field in fields.by_ref().take(parts - 1) {
            resource.push_str(if separator == ':' { ":" } else { "/" }, span);
            resource.append(&field);
            known += 1;
        }
        let inner = fields.next().filter(|_| known == *parts)?;
        // The stream of a table has a policy of its own.
        if *kind == "table/" && !inner.begins_with("index/") {
            return None;
        }
        let mut whole = Text::literal("arn:", span);
        for field in [&self.partition, &self.service, &self.region, &self.account] {
            whole.append(field);
            whole.push_str(":", span);
        }
        whole.append(&resource);
        Some(whole)
    }
}

/// Services of which an ARN can name something in a resource: how the resource begins, and of how many parts it is.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-policies.html>,
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/rbac-considerations.html>,
/// <https://docs.aws.amazon.com/opensearch-service/latest/developerguide/ac.html>,
/// <https://docs.aws.amazon.com/vpc-lattice/latest/ug/auth-policies.html>,
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-control-access-using-iam-policies-to-invoke-api.html>,
/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/iam-access-control-overview-cwl.html>,
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-tables-resource-based-policies.html>
const PARTS: [(&str, &str, usize); 10] = [
    ("dynamodb", "table/", 2),
    ("es", "domain/", 2),
    ("execute-api", "", 1),
    ("logs", "log-group:", 2),
    ("s3", "accesspoint/", 2),
    ("s3", "", 1),
    ("s3-object-lambda", "accesspoint/", 2),
    ("s3express", "accesspoint/", 2),
    ("s3tables", "bucket/", 2),
    ("vpc-lattice", "service/", 2),
];

/// The partitions beside `aws`, by what the names of their regions begin with.
///
/// <https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html>
const PARTITIONS: [(&str, &str); 7] = [
    ("cn-", "aws-cn"),
    ("eu-isoe-", "aws-iso-e"),
    ("eusc-", "aws-eusc"),
    ("us-gov-", "aws-us-gov"),
    ("us-iso-", "aws-iso"),
    ("us-isob-", "aws-iso-b"),
    ("us-isof-", "aws-iso-f"),
];

/// What follows the partition of an ARN of another partition than `aws`.
pub fn in_other_partition(arn: &str) -> Option<&str> {
    let (partition, rest) = arn.strip_prefix("arn:aws-")?.split_once(':')?;
    PARTITIONS.iter().any(|(_, known)| known.strip_prefix("aws-") == Some(partition)).then_some(rest)
}

/// The partition that a region is in; `None` for what is not the name of a region.
pub fn partition_of(region: &str) -> Option<&'static str> {
    let is_region = region.len() >= 9
        && region.ends_with(|char: char| char.is_ascii_digit())
        && region.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    let other = PARTITIONS.iter().find(|(start, _)| region.starts_with(start));
    is_region.then(|| other.map_or("aws", |(_, partition)| *partition))
}

/// Whether `text` has the form of an account id: twelve digits.
///
/// <https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-identifiers.html>
pub fn is_account_id(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}
