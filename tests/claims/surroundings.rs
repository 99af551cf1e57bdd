//! What stands beside a policy and limits it: a switch that is not known is neither on nor off.

use crate::common::run_with;
use trustlint::Profile;

/// The rules that report something, by default and in the audit profile.
fn rules(path: &str, text: &str) -> (Vec<String>, Vec<String>) {
    let of = |profile| {
        let outcome = run_with(&[(path.to_owned(), text.to_owned())].into(), profile);
        assert_eq!(outcome.problems, [""; 0]);
        outcome.findings.into_iter().map(|said| said.finding.rule).collect()
    };
    (of(Profile::Default), of(Profile::Audit))
}

/// What is said of a policy for everybody: surely something, perhaps something, nothing.
#[derive(Debug, PartialEq, Eq)]
enum Said {
    Surely,
    Perhaps,
    Nothing,
}

fn said(path: &str, text: &str, rule: &str) -> Said {
    let (default, audit) = rules(path, text);
    match (default.contains(&rule.to_owned()), audit.contains(&rule.to_owned())) {
        (true, _) => Said::Surely,
        (false, true) => Said::Perhaps,
        (false, false) => Said::Nothing,
    }
}

/// How bad it is that everybody may read the bucket.
fn severities(path: &str, text: &str) -> Vec<String> {
    let outcome = run_with(&[(path.to_owned(), text.to_owned())].into(), Profile::Default);
    let of_rule = outcome.findings.into_iter().filter(|said| said.finding.rule == "wildcard-principal");
    of_rule.map(|said| said.finding.severity).collect()
}

/// A bucket that everybody may read, with more of Terraform.
fn bucket(more: &str) -> String {
    let policy = r#"
variable "on" {}
resource "aws_s3_bucket" "b" {
  bucket = "acme-drop"
}
resource "aws_s3_bucket_policy" "b" {
  bucket = aws_s3_bucket.b.id
  policy = jsonencode({ Statement = [{ Effect = "Allow", Principal = "*", Action = "s3:GetObject", Resource = "${aws_s3_bucket.b.arn}/*" }] })
}
"#;
    format!("{policy}{more}")
}

/// The same of CloudFormation, with more properties of the bucket.
fn stack(more: &str) -> String {
    format!(
        "Parameters: {{On: {{Type: String}}}}\nConditions: {{Is: !Equals [!Ref On, 'yes']}}\nResources:\n  B:\n    Type: AWS::S3::Bucket\n    Properties:\n      BucketName: acme-drop\n{more}\n  P:\n    Type: AWS::S3::BucketPolicy\n    Properties:\n      Bucket: !Ref B\n      PolicyDocument:\n        Statement: {{Effect: Allow, Principal: '*', Action: s3:GetObject, Resource: !Sub '${{B.Arn}}/*'}}\n"
    )
}

#[test]
fn a_switch_without_a_value_leaves_it_possible_that_a_policy_is_cut_off() {
    let block = |head: &str, value: &str| {
        bucket(&format!(
            "resource \"aws_s3_bucket_public_access_block\" \"b\" {{\n  {head}\n  bucket = aws_s3_bucket.b.id\n  block_public_policy = {value}\n}}\n"
        ))
    };
    let said = |text: &str| said("main.tf", text, "wildcard-principal");
    assert_eq!(said(&bucket("")), Said::Surely);
    assert_eq!(said(&block("", "false")), Said::Surely);
    assert_eq!(said(&block("", "true")), Said::Nothing);
    assert_eq!(said(&block("", "var.on")), Said::Perhaps);
    assert_eq!(said(&block("", "var.on ? true : true")), Said::Nothing);
    assert_eq!(said(&block("count = var.on ? 1 : 0", "true")), Said::Perhaps);
    assert_eq!(said(&block("count = 0", "true")), Said::Surely);
    assert_eq!(said(&block("restrict_public_buckets = true", "var.on")), Said::Nothing);
}

#[test]
fn a_website_is_meant_to_be_read_if_it_certainly_is_one() {
    let website = |head: &str| {
        bucket(&format!(
            "resource \"aws_s3_bucket_website_configuration\" \"b\" {{\n  {head}\n  bucket = aws_s3_bucket.b.id\n}}\n"
        ))
    };
    let said = |text: &str| severities("main.tf", text);
    assert_eq!(said(&bucket("")), ["warning"]);
    assert_eq!(said(&website("")), ["info"]);
    assert_eq!(said(&website("count = var.on ? 1 : 0")), ["warning"]);
    let own = |block: &str| bucket("").replace("\"acme-drop\"\n", &format!("\"acme-drop\"\n{block}\n"));
    assert_eq!(said(&own("website {\n index_document = \"i.html\"\n }")), ["info"]);
    let dynamic =
        "dynamic \"website\" {\n for_each = var.on\n content {\n index_document = \"i.html\"\n }\n }";
    assert_eq!(said(&own(dynamic)), ["warning"]);
}

#[test]
fn a_bucket_that_a_distribution_serves_is_meant_to_be_read() {
    let of = |domain: &str| {
        severities(
            "main.tf",
            &bucket(&format!(
                "resource \"aws_cloudfront_distribution\" \"d\" {{\n  origin {{\n    origin_id = \"b\"\n    domain_name = {domain}\n  }}\n}}\n"
            )),
        )
    };
    assert_eq!(of("aws_s3_bucket.b.bucket_regional_domain_name"), ["info"]);
    assert_eq!(of("\"acme-drop.s3.eu-west-1.amazonaws.com\""), ["info"]);
    assert_eq!(of("\"acme-other.s3.amazonaws.com\""), ["warning"]);
    let of = |domain: &str| {
        let more = format!(
            "  D:\n    Type: AWS::CloudFront::Distribution\n    Properties:\n      DistributionConfig: {{Origins: [{{Id: b, DomainName: {domain}}}]}}\n"
        );
        severities("stack.yaml", &(stack("") + &more))
    };
    assert_eq!(of("!GetAtt B.RegionalDomainName"), ["info"]);
    assert_eq!(of("!Sub '${B}.s3.amazonaws.com'"), ["info"]);
    assert_eq!(of("www.example.com"), ["warning"]);
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html>
#[test]
fn blocks_that_are_written_to_be_off_say_that_reading_is_meant() {
    let block = |switches: &str| {
        severities(
            "main.tf",
            &bucket(&format!(
                "resource \"aws_s3_bucket_public_access_block\" \"b\" {{\n  bucket = aws_s3_bucket.b.id\n{switches}}}\n"
            )),
        )
    };
    assert_eq!(block("  block_public_policy = false\n  restrict_public_buckets = false\n"), ["info"]);
    assert_eq!(block("  block_public_policy = false\n"), ["warning"]);
    assert_eq!(block("  block_public_acls = false\n  ignore_public_acls = false\n"), ["warning"]);
    let of = |switches: &str| {
        severities("stack.yaml", &stack(&format!("      PublicAccessBlockConfiguration: {{{switches}}}")))
    };
    assert_eq!(of("BlockPublicPolicy: false, RestrictPublicBuckets: false"), ["info"]);
    assert_eq!(of("BlockPublicPolicy: false"), ["warning"]);
}

#[test]
fn alternatives_that_do_not_agree_are_not_known() {
    let said = |more: &str| said("stack.yaml", &stack(more), "wildcard-principal");
    let block = "      PublicAccessBlockConfiguration:";
    assert_eq!(said(""), Said::Surely);
    assert_eq!(said(&format!("{block} {{BlockPublicPolicy: true}}")), Said::Nothing);
    assert_eq!(said(&format!("{block} {{BlockPublicPolicy: !Ref On}}")), Said::Perhaps);
    assert_eq!(said(&format!("{block} {{BlockPublicPolicy: !If [Is, true, false]}}")), Said::Perhaps);
    assert_eq!(
        said(&format!("{block} !If [Is, {{BlockPublicPolicy: true}}, !Ref AWS::NoValue]")),
        Said::Perhaps
    );
    let either = "{RestrictPublicBuckets: true}";
    assert_eq!(said(&format!("{block} !If [Is, {{BlockPublicPolicy: true}}, {either}]")), Said::Nothing);
    let website = "      WebsiteConfiguration: !If [Is, {IndexDocument: i.html}, !Ref AWS::NoValue]";
    assert_eq!(severities("stack.yaml", &stack(website)), ["warning"]);
}

#[test]
fn an_access_control_list_is_certain_only_where_it_counts_and_is_not_refused() {
    let said = |more: &str| {
        let text = format!(
            "Parameters: {{On: {{Type: String}}}}\nResources:\n  B:\n    Type: AWS::S3::Bucket\n    Properties:\n      AccessControl: PublicRead\n{more}"
        );
        said("stack.yaml", &text, "public-share")
    };
    let owned = |word: &str| format!("      OwnershipControls: {{Rules: [{{ObjectOwnership: {word}}}]}}\n");
    let block = |value: &str| format!("      PublicAccessBlockConfiguration: {{BlockPublicAcls: {value}}}\n");
    let both = |word: &str, value: &str| owned(word) + &block(value);
    assert_eq!(said(&both("ObjectWriter", "false")), Said::Surely);
    assert_eq!(said(&both("ObjectWriter", "!Ref On")), Said::Perhaps);
    assert_eq!(said(&both("!Ref On", "false")), Said::Perhaps);
    assert_eq!(said(&both("BucketOwnerEnforced", "!Ref On")), Said::Nothing);
    assert_eq!(said(&both("!Ref On", "true")), Said::Nothing);
    assert_eq!(said(&owned("ObjectWriter")), Said::Perhaps);
}

#[test]
fn an_api_is_private_only_where_it_says_so() {
    let said = |types: &str| {
        let text = format!(
            "Parameters: {{On: {{Type: String}}}}\nResources:\n  Api:\n    Type: AWS::ApiGateway::RestApi\n    Properties:\n      EndpointConfiguration: {{Types: [{types}]}}\n      Policy: {{Statement: {{Effect: Allow, Principal: '*', Action: execute-api:Invoke, Resource: '*'}}}}\n"
        );
        said("stack.yaml", &text, "wildcard-principal")
    };
    assert_eq!(said("PRIVATE"), Said::Surely);
    assert_eq!(said("REGIONAL"), Said::Perhaps);
    assert_eq!(said("!Ref On"), Said::Perhaps);
}

#[test]
fn what_an_account_blocks_holds_for_its_buckets_and_perhaps_for_those_of_unknown_accounts() {
    let block = |account: &str, value: &str| {
        bucket(&format!(
            "provider \"aws\" {{\n  allowed_account_ids = [\"111122223333\"]\n}}\nresource \"aws_s3_account_public_access_block\" \"all\" {{\n  {account}\n  restrict_public_buckets = {value}\n}}\n"
        ))
    };
    let said = |text: &str| said("main.tf", text, "wildcard-principal");
    assert_eq!(said(&block("", "true")), Said::Nothing);
    assert_eq!(said(&block("", "false")), Said::Surely);
    assert_eq!(said(&block("", "var.on")), Said::Perhaps);
    assert_eq!(said(&block("count = var.on ? 1 : 0", "true")), Said::Perhaps);
    assert_eq!(said(&block("account_id = \"111122223333\"", "true")), Said::Nothing);
    assert_eq!(said(&block("account_id = \"444455556666\"", "true")), Said::Surely);
    assert_eq!(said(&block("account_id = var.on", "true")), Said::Perhaps);
    let unknown = block("", "true").replace("allowed_account_ids = [\"111122223333\"]", "");
    assert_eq!(said(&unknown), Said::Nothing);
}

#[test]
fn an_s3_policy_of_the_organization_blocks_the_buckets_of_its_accounts() {
    let said = |target: &str, content: &str, more: &str| {
        let organization = format!(
            "provider \"aws\" {{\n  allowed_account_ids = [\"999900001111\"]\n}}\nresource \"aws_organizations_policy\" \"s3\" {{\n  name = \"s3\"\n  type = \"S3_POLICY\"\n  content = jsonencode({{ s3_attributes = {{ public_access_block_configuration = {{ \"@@assign\" = \"{content}\" }} }} }})\n}}\nresource \"aws_organizations_policy_attachment\" \"s3\" {{\n  policy_id = aws_organizations_policy.s3.id\n  target_id = \"{target}\"\n}}\n{more}"
        );
        let own = bucket("provider \"aws\" {\n  allowed_account_ids = [\"111122223333\"]\n}\n");
        let files = [("organization/main.tf".to_owned(), organization), ("app/main.tf".to_owned(), own)];
        let of = |profile| {
            let outcome = run_with(&files.clone().into(), profile);
            outcome.findings.iter().any(|said| said.finding.rule == "wildcard-principal")
        };
        match (of(Profile::Default), of(Profile::Audit)) {
            (true, _) => Said::Surely,
            (false, true) => Said::Perhaps,
            (false, false) => Said::Nothing,
        }
    };
    let managed = "resource \"aws_organizations_organization\" \"this\" {}\n";
    assert_eq!(said("111122223333", "all", managed), Said::Nothing);
    assert_eq!(said("111122223333", "none", managed), Said::Surely);
    assert_eq!(said("444455556666", "all", managed), Said::Surely);
    assert_eq!(said("ou-ab12-cdefgh34", "all", managed), Said::Perhaps);
}

#[test]
fn an_empty_public_access_block_switches_all_off_and_says_no_purpose() {
    let block = |arguments: &str| {
        let text = bucket(&format!(
            "resource \"aws_s3_bucket_public_access_block\" \"b\" {{\n  bucket = aws_s3_bucket.b.id\n  {arguments}\n}}\n"
        ));
        severities("main.tf", &text)
    };
    assert_eq!(block(""), ["warning"]);
    assert_eq!(block("block_public_policy = false\n  restrict_public_buckets = false"), ["info"]);
}
