//! Types of resources and data sources, as declarations have them.

use crate::carriers;

/// What says whom the policy of a bucket or function lets in, and what other accounts are let in to without a policy.
const BESIDE_POLICIES: [&str; 12] = [
    "aws_api_gateway_method",
    "aws_cloudfront_distribution",
    "aws_lambda_function_url",
    "aws_route53_vpc_association_authorization",
    "aws_route53_zone",
    "aws_route53_zone_association",
    "aws_s3_account_public_access_block",
    "aws_s3_bucket_notification",
    "aws_s3_bucket_ownership_controls",
    "aws_s3_bucket_public_access_block",
    "aws_s3_bucket_website_configuration",
    "aws_vpc",
];
/// What is looked up by its name is there, though no template declares it.
const EXISTING: [&str; 9] = [
    "data.aws_dynamodb_table",
    "data.aws_iam_role",
    "data.aws_iam_user",
    "data.aws_kinesis_stream",
    "data.aws_lambda_function",
    "data.aws_secretsmanager_secret",
    "data.aws_sfn_state_machine",
    "data.aws_sns_topic",
    "data.aws_sqs_queue",
];

/// Whether a look-up of this type says that something is there which a policy may name.
pub(super) fn is_existing(type_name: &str) -> bool {
    EXISTING.contains(&type_name)
}

/// Whether a type is that of something that is looked up and not made.
pub(super) fn is_read(type_name: &str) -> bool {
    type_name.starts_with("data.") || type_name.starts_with("ephemeral.")
}

/// Whether a type of declarations can matter for access. Other data sources are evaluated when something asks for them.
pub(crate) fn matters(type_name: &str) -> bool {
    carriers::matters(type_name) || BESIDE_POLICIES.contains(&type_name) || is_existing(type_name)
}

/// The type in an address: `aws_iam_role` of `module.a["x.y"].aws_iam_role.b[0]`.
pub(crate) fn type_of(address: &str) -> String {
    let mut parts = Vec::new();
    let mut depth = 0_u32;
    let mut part = String::new();
    for letter in address.chars() {
        match letter {
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            '.' if depth == 0 => parts.push(std::mem::take(&mut part)),
            _ if depth == 0 => part.push(letter),
            _ => {}
        }
    }
    let mut parts = parts.into_iter();
    let mut next = parts.next().unwrap_or_default();
    while next == "module" {
        parts.next();
        next = parts.next().unwrap_or_default();
    }
    if next == "data" || next == "ephemeral" {
        return format!("{next}.{}", parts.next().unwrap_or_default());
    }
    next
}

#[cfg(test)]
mod tests {
    use super::type_of;

    #[test]
    fn the_type_is_found_in_every_address() {
        assert_eq!(type_of("aws_iam_role.a"), "aws_iam_role");
        assert_eq!(type_of("module.a[\"module.x\"].module.b[0].aws_iam_role.c[\"d.e\"]"), "aws_iam_role");
        assert_eq!(type_of("module.m.data.aws_iam_role.c"), "data.aws_iam_role");
    }
}
