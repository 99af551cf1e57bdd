//! `trustlint denied`: from AWS's answer to the line of the templates.

#![expect(clippy::disallowed_methods, reason = "the examples are real files")]

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// What the command answers of one input.
struct Said {
    status: i32,
    out: String,
    err: String,
}

impl Said {
    /// The verdicts.
    fn entries(&self) -> Vec<Value> {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {}{}", self.out, self.err))
    }

    fn one(&self) -> Value {
        let entries = self.entries();
        assert_eq!(entries.len(), 1, "{}", self.out);
        entries.into_iter().next().unwrap()
    }
}

fn told_in(directory: &Path, input: &str, args: &[&str]) -> Said {
    let mut command = Command::new(env!("CARGO_BIN_EXE_trustlint"));
    command.args(["denied", "-", ".", "--project-root", "."]).args(args);
    command.current_dir(directory).env_clear();
    let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = piped.spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    Said {
        status: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

fn json_in(directory: &Path, input: &str) -> Said {
    told_in(directory, input, &["--output-format", "json"])
}

fn project(files: &[(&str, &str)]) -> TempDir {
    let project = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = project.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    project
}

fn text<'v>(entry: &'v Value, key: &str) -> &'v str {
    entry[key].as_str().unwrap_or_default()
}

/// Where the answer points: at statements, declarations and conditions.
fn places(entry: &Value) -> Vec<(String, u64)> {
    let all = ["places", "conditions"].into_iter().flat_map(|key| entry[key].as_array().unwrap());
    all.map(|place| (text(place, "path").to_owned(), place["line"].as_u64().unwrap())).collect()
}

fn notes(entry: &Value) -> String {
    let notes = entry["notes"].as_array().unwrap().iter().filter_map(Value::as_str);
    notes.collect::<Vec<_>>().join("; ")
}

const ACCOUNTS: &str = "[accounts.hub]\nid = \"640123987001\"\npaths = [\"hub/**\"]\n\n[accounts.shop]\nid = \"640123987002\"\npaths = [\"shop/**\"]\n";

const HUB: &str = r#"
resource "aws_iam_role" "build" {
  name = "build"
  path = "/jobs/"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ec2.amazonaws.com" } }] })
}
resource "aws_iam_role_policy" "build" {
  role = aws_iam_role.build.id
  policy = jsonencode({ Version = "2012-10-17", Statement = [
    { Effect = "Allow", Action = "sts:AssumeRole", Resource = "arn:aws:iam::640123987002:role/ship" },
    { Effect = "Allow", Action = "sqs:SendMessage", Resource = "arn:aws:sqs:eu-central-1:640123987002:jobs" },
  ] })
}
resource "aws_iam_user" "kim" {
  name = "kim"
}
resource "aws_iam_user_policy" "kim" {
  user = aws_iam_user.kim.name
  policy = jsonencode({ Version = "2012-10-17", Statement = [
    { Effect = "Allow", Action = "sts:AssumeRole", Resource = "arn:aws:iam::640123987002:role/*" },
    { Effect = "Allow", Action = "kms:Decrypt", Resource = "*" },
  ] })
}
"#;

const SHOP: &str = r#"
provider "aws" {
  region = "eu-central-1"
}
resource "aws_iam_role" "ship" {
  name = "ship"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [
    { Effect = "Allow", Action = "sts:AssumeRole", Principal = { AWS = "arn:aws:iam::640123987001:role/jobs/build" } },
  ] })
}
resource "aws_sqs_queue" "jobs" {
  name = "jobs"
}
resource "aws_secretsmanager_secret" "token" {
  name = "jobs/token"
}
resource "aws_kms_key" "jobs" {
  policy = jsonencode({ Version = "2012-10-17", Statement = [
    { Effect = "Allow", Action = "kms:*", Resource = "*", Principal = { AWS = "arn:aws:iam::640123987002:root" } },
  ] })
}
resource "aws_s3_bucket" "in" {
  bucket = "jobs-in"
}
resource "aws_s3_bucket_public_access_block" "in" {
  bucket              = aws_s3_bucket.in.id
  block_public_policy = true
}
"#;

fn two_accounts() -> TempDir {
    project(&[("trustlint.toml", ACCOUNTS), ("hub/main.tf", HUB), ("shop/main.tf", SHOP)])
}

const BUILD: &str = "arn:aws:sts::640123987001:assumed-role/build/job-7";
const KIM: &str = "arn:aws:iam::640123987001:user/kim";
const SHIP: &str = "arn:aws:iam::640123987002:role/ship";
const QUEUE: &str = "arn:aws:sqs:eu-central-1:640123987002:jobs";

fn message(principal: &str, action: &str, rest: &str) -> String {
    format!(
        "An error occurred (AccessDenied) when calling the X operation: User: {principal} is not authorized to perform: {action} {rest}\n"
    )
}

#[test]
fn the_role_of_a_session_is_found_by_its_name_and_the_side_that_blocks_is_shown() {
    let project = two_accounts();
    let said = json_in(project.path(), &message(KIM, "sts:AssumeRole", &format!("on resource: {SHIP}")));
    let one = said.one();
    assert_eq!((said.status, text(&one, "verdict")), (0, "denied"), "{}", said.err);
    assert!(text(&one, "message").ends_with("the trust policy does not allow the principal"), "{one}");
    assert!(places(&one).contains(&("shop/main.tf".to_owned(), 8)), "{one}");
    let said = json_in(project.path(), &message(BUILD, "sts:TagSession", &format!("on resource: {SHIP}")));
    let one = said.one();
    assert!(text(&one, "message").starts_with("role `build` in hub (640123987001) cannot call"), "{one}");
}

#[test]
fn what_the_templates_allow_is_drift_and_says_which_file_shows_it() {
    let project = two_accounts();
    let said = json_in(project.path(), &message(BUILD, "sts:AssumeRole", &format!("on resource: {SHIP}")));
    let one = said.one();
    assert_eq!((said.status, text(&one, "verdict")), (1, "allowed"), "{one}");
    assert!(text(&one, "message").ends_with("what is deployed differs from the templates"), "{one}");
    assert!(notes(&one).contains("aws iam get-account-authorization-details > hub.json"), "{one}");
    assert_eq!(places(&one).len(), 2, "{one}");
}

#[test]
fn the_side_that_aws_names_decides_what_is_drift() {
    let project = two_accounts();
    // The queue has no policy, and the role may send to it.
    let ask = |reason: &str| {
        let rest = format!("on resource: {QUEUE} because no {reason} allows the sqs:sendmessage action");
        json_in(project.path(), &message(BUILD, "sqs:sendmessage", &rest))
    };
    let said = ask("resource-based policy");
    assert_eq!((said.status, text(&said.one(), "verdict")), (0, "denied"), "{}", said.out);
    assert_eq!(places(&said.one()).first(), Some(&("shop/main.tf".to_owned(), 11)), "{}", said.out);
    let said = ask("identity-based policy");
    assert_eq!((said.status, text(&said.one(), "verdict")), (1, "allowed"), "{}", said.out);
    assert!(text(&said.one(), "message").contains("call `sqs:SendMessage`"), "{}", said.out);
    assert!(notes(&said.one()).contains("by the templates it would be denied all the same"), "{}", said.out);
}

#[test]
fn what_only_the_boundary_leaves_out_the_own_policies_allow() {
    let role = r#"
provider "aws" { allowed_account_ids = ["640123987001"] }
resource "aws_iam_policy" "limit" {
  name   = "limit"
  policy = jsonencode({ Statement = [{ Effect = "Allow", Action = "sqs:Get*", Resource = "*" }] })
}
resource "aws_iam_role" "build" {
  name                 = "build"
  permissions_boundary = aws_iam_policy.limit.arn
  assume_role_policy   = jsonencode({ Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ec2.amazonaws.com" } }] })
}
resource "aws_iam_role_policy" "build" {
  role   = aws_iam_role.build.name
  policy = jsonencode({ Statement = [{ Effect = "Allow", Action = "sqs:*", Resource = "*" }] })
}
"#;
    let project = project(&[("hub/main.tf", role)]);
    let queue = "arn:aws:sqs:eu-central-1:640123987001:jobs";
    let ask = |reason: &str| {
        let rest = format!("on resource: {queue} because no {reason} allows the sqs:sendmessage action");
        json_in(project.path(), &message(BUILD, "sqs:sendmessage", &rest))
    };
    let said = ask("permissions boundary");
    assert_eq!((said.status, text(&said.one(), "verdict")), (0, "denied"), "{}", said.out);
    let said = ask("identity-based policy");
    assert_eq!((said.status, text(&said.one(), "verdict")), (1, "allowed"), "{}", said.out);
    assert!(notes(&said.one()).contains("by the templates it would be denied all the same"), "{}", said.out);
}

#[test]
fn what_no_template_declares_has_the_command_that_shows_it() {
    let project = two_accounts();
    let rest = "on resource: arn:aws:secretsmanager:eu-central-1:640123987002:secret:other-AbCdEf because no resource-based policy allows it";
    let said = json_in(project.path(), &message(BUILD, "secretsmanager:GetSecretValue", rest));
    assert_eq!((said.status, text(&said.one(), "verdict")), (3, "undeclared"), "{}", said.out);
    assert!(
        notes(&said.one()).contains("aws secretsmanager get-resource-policy --secret-id"),
        "{}",
        said.out
    );
    for (reason, hint) in [
        (
            "with an explicit deny in a service control policy: arn:aws:organizations::640123987003:policy/o-q1w2e3r4t5/service_control_policy/p-zzzz9999",
            "aws organizations describe-policy --policy-id p-zzzz9999",
        ),
        ("because no session policy allows the sqs:sendmessage action", "no session policy allows it"),
        (
            "because no VPC endpoint policy allows the sqs:sendmessage action",
            "no VPC endpoint policy allows it",
        ),
    ] {
        let rest = format!("on resource: {QUEUE} {reason}");
        let said = json_in(project.path(), &message(BUILD, "sqs:SendMessage", &rest));
        assert_eq!((said.status, text(&said.one(), "verdict")), (3, "undeclared"), "{}", said.out);
        assert!(notes(&said.one()).contains(hint), "{}", said.out);
    }
    let stranger = "arn:aws:iam::640123987009:role/who";
    let rest = format!("on resource: {SHIP} because no identity-based policy allows it");
    let said = json_in(project.path(), &message(stranger, "sts:AssumeRole", &rest));
    assert_eq!((said.status, text(&said.one(), "verdict")), (3, "undeclared"), "{}", said.out);
}

#[test]
fn a_bare_name_is_looked_for_in_the_account_of_the_principal() {
    let project = two_accounts();
    let rest = "on resource: jobs/token because no identity-based policy allows it";
    let said = json_in(project.path(), &message(BUILD, "secretsmanager:GetSecretValue", rest));
    assert_eq!((said.status, text(&said.one(), "verdict")), (0, "denied"), "{}", said.out);
    assert!(notes(&said.one()).contains("ask for it by its whole ARN"), "{}", said.out);
    assert_eq!(places(&said.one()), [("shop/main.tf".to_owned(), 14)]);
}

#[test]
fn a_secret_is_found_by_an_arn_with_the_letters_that_aws_made_up() {
    let project = two_accounts();
    let arn = "arn:aws:secretsmanager:eu-central-1:640123987002:secret:jobs/token-AbCdEf";
    let rest = format!("on resource: {arn} because no resource-based policy allows it");
    let said = json_in(project.path(), &message(BUILD, "secretsmanager:GetSecretValue", &rest));
    assert_eq!(places(&said.one()).first(), Some(&("shop/main.tf".to_owned(), 14)), "{}", said.out);
}

#[test]
fn a_key_that_the_message_does_not_name_is_the_one_that_does_not_allow_it() {
    let project = two_accounts();
    let rest = "on the resource associated with this ciphertext because the resource does not exist in this Region, no resource-based policies allow access, or a resource-based policy explicitly denies access";
    let said = json_in(project.path(), &message(KIM, "kms:Decrypt", rest));
    assert_eq!((said.status, text(&said.one(), "verdict")), (0, "denied"), "{}", said.out);
    assert!(places(&said.one()).contains(&("shop/main.tf".to_owned(), 19)), "{}", said.out);
    assert!(notes(&said.one()).contains("the input does not say which resource it was"), "{}", said.out);
    // A key is named by an ID that AWS makes up; only one of that account can have it.
    let rest = "on resource: arn:aws:kms:eu-central-1:640123987002:key/0a1b2c3d-0000-1111-2222-333344445555 because no resource-based policy allows it";
    let said = json_in(project.path(), &message(KIM, "kms:Decrypt", rest));
    assert!(places(&said.one()).contains(&("shop/main.tf".to_owned(), 19)), "{}", said.out);
    assert!(notes(&said.one()).contains("is taken for it"), "{}", said.out);
}

#[test]
fn the_file_of_a_key_policy_has_to_be_named_with_its_key() {
    let project = two_accounts();
    let rest = "on resource: arn:aws:kms:eu-central-1:640123987009:key/0a1b2c3d-0000-1111-2222-333344445555 because no resource-based policy allows it";
    let said = json_in(project.path(), &message(KIM, "kms:Decrypt", rest));
    assert!(notes(&said.one()).contains("add `[[snapshot]]` with `path = \"kms.json\"`"), "{}", said.out);
}

#[test]
fn what_is_asked_of_no_resource_is_asked_of_all() {
    let project = two_accounts();
    let rest = "on resource: * because no identity-based policy allows the s3:ListAllMyBuckets action";
    let said = json_in(project.path(), &message(BUILD, "s3:ListAllMyBuckets", rest));
    assert_eq!((said.status, text(&said.one(), "verdict")), (0, "denied"), "{}", said.out);
    assert!(places(&said.one()).iter().all(|(path, _)| path == "hub/main.tf"), "{}", said.out);
}

#[test]
fn block_public_access_points_at_the_switch() {
    let project = two_accounts();
    let rest = "on resource: \"arn:aws:s3:::jobs-in\" because public policies are prevented by the BlockPublicPolicy setting in S3 Block Public Access.";
    let said = json_in(project.path(), &message(BUILD, "s3:PutBucketPolicy", rest));
    assert_eq!((said.status, text(&said.one(), "verdict")), (0, "denied"), "{}", said.out);
    assert_eq!(places(&said.one()), [("shop/main.tf".to_owned(), 27)]);
}

#[test]
fn an_explicit_denial_points_at_the_deny_that_speaks_of_the_request() {
    let deny = "{ Effect = \"Deny\", Action = \"sqs:*\", Resource = aws_sqs_queue.jobs.arn, Principal = \"*\", Condition = { StringNotEquals = { \"aws:SourceVpce\" = \"vpce-1\" } } }";
    let policy = format!(
        "resource \"aws_sqs_queue_policy\" \"jobs\" {{\n  queue_url = aws_sqs_queue.jobs.id\n  policy = jsonencode({{ Version = \"2012-10-17\", Statement = [\n    {deny},\n    {{ Effect = \"Allow\", Action = \"sqs:SendMessage\", Resource = aws_sqs_queue.jobs.arn, Principal = {{ AWS = \"arn:aws:iam::640123987001:role/jobs/build\" }} }},\n  ] }})\n}}\n"
    );
    let shop = format!("{SHOP}{policy}");
    let line = 1 + SHOP.lines().count() as u64 + 3;
    let project = project(&[("trustlint.toml", ACCOUNTS), ("hub/main.tf", HUB), ("shop/main.tf", &shop)]);
    let rest = format!("on resource: {QUEUE} with an explicit deny in a resource-based policy");
    let said = json_in(project.path(), &message(BUILD, "sqs:SendMessage", &rest));
    assert_eq!((said.status, text(&said.one(), "verdict")), (0, "denied"), "{}", said.out);
    assert!(places(&said.one()).contains(&("shop/main.tf".to_owned(), line)), "{line} {}", said.out);
    let rest = format!(
        "on resource: {QUEUE} with an explicit deny in an identity-based policy: arn:aws:iam::aws:policy/AWSDenyAll"
    );
    let said = json_in(project.path(), &message(BUILD, "sqs:SendMessage", &rest));
    assert_eq!((said.status, text(&said.one(), "verdict")), (1, "allowed"), "{}", said.out);
    assert!(text(&said.one(), "message").contains("no template attaches a policy that does"), "{}", said.out);
}

#[test]
fn an_account_that_nobody_says_is_taken_from_the_message() {
    let project = project(&[("hub/main.tf", HUB), ("shop/main.tf", SHOP)]);
    let said = json_in(project.path(), &message(KIM, "sts:AssumeRole", &format!("on resource: {SHIP}")));
    assert_eq!((said.status, text(&said.one(), "verdict")), (0, "denied"), "{}{}", said.out, said.err);
    for (path, account) in [("hub", "640123987001"), ("shop", "640123987002")] {
        let note = format!("note: `{path}` is taken for account {account}, because only it declares ");
        assert!(
            said.err.contains(&note) && said.err.contains(&format!("`--account {path}={account}`")),
            "{}",
            said.err
        );
    }
}

fn event(address: &str, mfa: &str, sent: &str) -> String {
    format!(
        r#"{{"eventVersion": "1.11", "userIdentity": {{"type": "IAMUser", "arn": "{KIM}", "accountId": "640123987001", "sessionContext": {{"attributes": {{"mfaAuthenticated": "{mfa}"}}}}}}, "eventTime": "2026-05-01T10:00:00Z", "eventSource": "sts.amazonaws.com", "eventName": "AssumeRole", "awsRegion": "eu-central-1", "sourceIPAddress": "{address}", "errorCode": "AccessDenied", "errorMessage": "User: {KIM} is not authorized to perform: sts:AssumeRole on resource: {SHIP}", "requestParameters": {sent}}}"#
    )
}

#[test]
fn the_context_of_the_request_decides_about_conditions() {
    let ask = |condition: &str, event: &str| {
        let trust = format!("role/jobs/build\" }}, Condition = {{ {condition} }} }}");
        let shop = SHOP.replace("role/jobs/build\" } }", &trust).replace("role/jobs/build", "user/kim");
        let project = project(&[("trustlint.toml", ACCOUNTS), ("hub/main.tf", HUB), ("shop/main.tf", &shop)]);
        let said = json_in(project.path(), event);
        let one = said.one();
        (
            said.status,
            text(&one, "verdict").to_owned(),
            places(&one).contains(&("shop/main.tf".to_owned(), 8)),
        )
    };
    let address = "IpAddress = { \"aws:SourceIp\" = \"192.0.2.0/24\" }";
    let mfa = "Bool = { \"aws:MultiFactorAuthPresent\" = \"true\" }";
    let id = "StringEquals = { \"sts:ExternalId\" = \"k7\" }";
    let sent = |id: &str| format!("{{\"roleArn\": \"{SHIP}\", \"roleSessionName\": \"x\"{id}}}");
    let denied = || (0, "denied".to_owned(), true);
    let allowed = || (1, "allowed".to_owned(), true);
    assert_eq!(ask(address, &event("198.51.100.7", "false", "null")), denied());
    assert_eq!(ask(address, &event("192.0.2.7", "false", "null")), allowed());
    assert_eq!(ask(mfa, &event("192.0.2.7", "false", "null")), denied());
    assert_eq!(ask(mfa, &event("192.0.2.7", "true", "null")), allowed());
    assert_eq!(ask(id, &event("192.0.2.7", "true", &sent(""))), denied());
    assert_eq!(ask(id, &event("192.0.2.7", "true", &sent(", \"externalId\": \"k7\""))), allowed());
    // What the event does not tell is a condition that the request may have missed.
    assert_eq!(ask(id, &event("192.0.2.7", "true", "null")), (0, "conditional".to_owned(), true));
}

fn details(effect: &str, checks: &str) -> String {
    format!(
        r#"{{"requestContext": {{"aws:PrincipalARN": "arn:aws:iam::640123987001:role/jobs/build"}}, "evaluations": [{{"action": "sts:AssumeRole", "resource": "{SHIP}", "evaluatedEffect": "{effect}", "checks": [{checks}]}}], "policies": []}}"#
    )
}

#[test]
fn the_details_of_the_access_troubleshooter_show_what_was_deployed() {
    let project = two_accounts();
    let check = r#"{"checkType": "PRINCIPAL", "evaluatedEffect": "IMPLICIT_DENY", "matchedPolicies": []}"#;
    let policy = r#"{"policyDocument": {"Version": "2012-10-17", "Statement": [{"Sid": "Statement1", "Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "arn:aws:iam::640123987002:role/shipping"}]}}"#;
    let input = format!("{}\n{policy}\n", details("IMPLICIT_DENY", check));
    let said = json_in(project.path(), &input);
    let one = said.one();
    assert_eq!(
        (said.status, text(&one, "verdict"), text(&one, "source")),
        (1, "allowed", "access-troubleshooter"),
        "{one}"
    );
    assert!(notes(&one).contains("deployed, and in no template: Allow `sts:assumerole` on `arn:aws:iam::640123987002:role/shipping`"), "{one}");
    assert!(
        notes(&one).contains(&format!(
            "in the templates, and not in the policy as AWS evaluated it: Allow `sts:assumerole` on `{SHIP}`"
        )),
        "{one}"
    );
    // Both sides fail: the one that a template lacks is shown.
    let both = format!("{}, {check}", r#"{"checkType": "RESOURCE", "evaluatedEffect": "IMPLICIT_DENY"}"#);
    let said =
        json_in(project.path(), &details("IMPLICIT_DENY", &both).replace("role/ship\"", "role/nobody\""));
    assert_eq!((said.status, text(&said.one(), "verdict")), (0, "denied"), "{}", said.out);
    let said = told_in(project.path(), policy, &[]);
    assert_eq!(said.status, 3);
    assert!(said.err.contains("the input is a policy without a request"), "{}", said.err);
}

#[test]
fn an_input_without_a_denial_is_nothing_to_answer() {
    let project = two_accounts();
    for (input, complaint) in [
        ("all went well\n", "found no denied request in the input\n"),
        (
            &*event("192.0.2.7", "true", "null").replace("AccessDenied", "Throttling"),
            "the request in the input was allowed\n",
        ),
    ] {
        let said = told_in(project.path(), input, &[]);
        assert_eq!((said.status, said.out.as_str(), said.err.as_str()), (3, "", complaint));
    }
    let said = told_in(project.path(), "Not authorized to perform sts:AssumeRoleWithWebIdentity", &[]);
    assert_eq!(said.status, 3);
    assert!(said.out.starts_with("unknown: `sts:AssumeRoleWithWebIdentity` was denied"), "{}", said.out);
}

#[test]
fn verdicts_are_drawn_as_findings() {
    let project = two_accounts();
    let input = message(KIM, "sts:AssumeRole", &format!("on resource: {SHIP}"));
    let said = told_in(project.path(), &input, &[]);
    assert!(
        said.out.starts_with("error[denied]: user `kim` in hub (640123987001) cannot call `sts:AssumeRole`"),
        "{}",
        said.out
    );
    assert!(said.out.contains("─[shop/main.tf:8:") && said.out.contains("trusted principal"), "{}", said.out);
    fs::write(project.path().join("answer.txt"), &input).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_trustlint"));
    command.args(["denied", "answer.txt", "--project-root", "."]).current_dir(project.path()).env_clear();
    let output = command.stdin(Stdio::null()).output().unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), said.out);
}

#[test]
fn declared_policies_of_organizations_are_lines_too() {
    let organization = |effect: &str, content: &str| {
        format!(
            "resource \"aws_organizations_policy\" \"limit\" {{\n  name = \"limit\"\n  type = \"SERVICE_CONTROL_POLICY\"\n  content = jsonencode({{ Version = \"2012-10-17\", Statement = [\n    {{ Effect = \"{effect}\", {content}, Resource = \"*\" }},\n  ] }})\n}}\nresource \"aws_organizations_policy_attachment\" \"limit\" {{\n  policy_id = aws_organizations_policy.limit.id\n  target_id = \"640123987001\"\n}}\n"
        )
    };
    let ask = |organization: &str, reason: &str| {
        let project = project(&[
            ("trustlint.toml", ACCOUNTS),
            ("hub/main.tf", HUB),
            ("shop/main.tf", SHOP),
            ("organization/main.tf", organization),
        ]);
        let rest = format!("on resource: {SHIP} {reason}");
        let said = json_in(project.path(), &message(BUILD, "sts:AssumeRole", &rest));
        (said.status, places(&said.one()).contains(&("organization/main.tf".to_owned(), 5)))
    };
    let policy = "with an explicit deny in a service control policy: arn:aws:organizations::640123987003:policy/o-q1w2e3r4t5/service_control_policy/p-zzzz9999";
    assert_eq!(ask(&organization("Deny", "Action = \"sts:*\""), policy), (0, true));
    assert_eq!(ask(&organization("Deny", "Action = \"sqs:*\""), policy), (3, false));
}

#[test]
fn a_declared_policy_of_a_vpc_endpoint_is_shown_where_it_does_not_allow_the_request() {
    let ask = |statement: &str, reason: &str| {
        let endpoint = format!(
            "resource \"aws_vpc_endpoint\" \"it\" {{\n  vpc_id = \"vpc-1\"\n  service_name = \"com.amazonaws.eu-central-1.sqs\"\n  policy = jsonencode({{ Version = \"2012-10-17\", Statement = [{{ {statement}, Principal = \"*\", Resource = \"*\" }}] }})\n}}\n"
        );
        let project = project(&[
            ("trustlint.toml", ACCOUNTS),
            ("hub/main.tf", HUB),
            ("shop/main.tf", SHOP),
            ("hub/network.tf", &endpoint),
        ]);
        let rest = format!("on resource: {QUEUE} {reason}");
        let said = json_in(project.path(), &message(BUILD, "sqs:SendMessage", &rest));
        (said.status, places(&said.one()).contains(&("hub/network.tf".to_owned(), 4)))
    };
    let implicit = "because no VPC endpoint policy allows the sqs:sendmessage action";
    let explicit = "with an explicit deny in a VPC endpoint policy";
    let (receive, send) = ("Action = \"sqs:ReceiveMessage\"", "Action = \"sqs:*\"");
    assert_eq!(ask(&format!("Effect = \"Allow\", {receive}"), implicit), (0, true));
    assert_eq!(ask(&format!("Effect = \"Allow\", {send}"), implicit), (3, false));
    // It is one for another service.
    assert_eq!(ask("Effect = \"Allow\", Action = \"sns:Publish\"", implicit), (3, false));
    assert_eq!(ask(&format!("Effect = \"Deny\", {send}"), explicit), (0, true));
    assert_eq!(ask(&format!("Effect = \"Deny\", {receive}"), explicit), (3, false));
}

#[test]
fn a_role_that_does_not_exist_is_the_reason_and_the_one_of_nearly_its_name_is_shown() {
    let project = two_accounts();
    let to = "on resource: arn:aws:iam::640123987002:role/shipp";
    let said = json_in(project.path(), &message(KIM, "sts:AssumeRole", to));
    assert_eq!((said.status, text(&said.one(), "verdict")), (0, "denied"), "{}", said.out);
    assert!(text(&said.one(), "message").ends_with("did you mean `ship`?"), "{}", said.out);
    assert_eq!(places(&said.one()), [("shop/main.tf".to_owned(), 5)]);
    let to = "on resource: arn:aws:iam::640123987002:role/warehouse";
    let said = json_in(project.path(), &message(KIM, "sts:AssumeRole", to));
    assert_eq!((said.status, text(&said.one(), "verdict")), (3, "undeclared"), "{}", said.out);
}

#[test]
fn what_a_snapshot_allows_has_changed_since() {
    let trust = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "arn:aws:iam::640123987001:user/kim"}}]}"#;
    let details = format!(
        r#"{{"UserDetailList": [], "GroupDetailList": [], "Policies": [], "RoleDetailList": [{{"RoleName": "ship", "Arn": "{SHIP}", "AssumeRolePolicyDocument": {trust}}}]}}"#
    );
    let project = project(&[("trustlint.toml", ACCOUNTS), ("hub/main.tf", HUB), ("shop.json", &details)]);
    let input = message(
        KIM,
        "sts:AssumeRole",
        &format!("on resource: {SHIP} because no resource-based policy allows it"),
    );
    let args = ["--snapshot", "shop=shop.json", "--output-format", "json"];
    let said = told_in(project.path(), &input, &args);
    assert_eq!((said.status, text(&said.one(), "verdict")), (1, "allowed"), "{}{}", said.out, said.err);
    let message = "the trust policy in the snapshots allows user `kim` in hub (640123987001) to call `sts:AssumeRole` on role `ship` in shop (640123987002): what is deployed has changed since";
    assert_eq!(text(&said.one(), "message"), message);
}

/// A project of `testdata/examples`, what breaks it, the message that AWS would print, and the line that is to be found.
struct Break {
    project: &'static str,
    file: &'static str,
    change: (&'static str, &'static str),
    said: (&'static str, &'static str, &'static str),
    /// The file and a text on the line.
    line: (&'static str, &'static str),
}

const USER: &str = "arn:aws:iam::111111111111:user/crossAccountUser";
const BOB: &str = "arn:aws:iam::111111111111:user/bob";
const ON_ROLE: &str = "on resource: arn:aws:iam::222222222222:role/CrossAccountAccessRole";
const ON_SERVICE: &str = "on resource: arn:aws:iam::222222222222:role/CrossAccountServiceAccessRole";
const ON_OBJECT: &str =
    "on resource: \"arn:aws:s3:::alice-exchange/report 1.csv\" because no identity-based policy allows it";
const NOT_GRANTED: &str =
    "on resource: \"arn:aws:s3:::alice-exchange/report 1.csv\" because no resource-based policy allows it";
const ON_KEY: &str = "on resource: arn:aws:kms:eu-central-1:222222222222:key/1234abcd-12ab-34cd-56ef-1234567890ab because no identity-based policy allows it";
const KEY_NOT_GRANTED: &str = "on resource: arn:aws:kms:eu-central-1:222222222222:key/1234abcd-12ab-34cd-56ef-1234567890ab because no resource-based policy allows it";
const DENIED_BY_USER: &str =
    "on resource: \"arn:aws:s3:::alice-exchange/x\" with an explicit deny in an identity-based policy";
const DENIED_BY_BUCKET: &str =
    "on resource: \"arn:aws:s3:::alice-exchange/x\" with an explicit deny in a resource-based policy";
const NONE: (&str, &str) = ("", "");

#[expect(clippy::too_many_lines, reason = "a table")]
fn breaks() -> Vec<Break> {
    let assume = |project, file, change, line: &'static str| Break {
        project,
        file,
        change,
        said: (USER, "sts:AssumeRole", ON_ROLE),
        line: (file, line),
    };
    let of_service = |project, role: &'static str, line| Break {
        project,
        file: "",
        change: NONE,
        said: (role, "sts:AssumeRole", ON_SERVICE),
        line,
    };
    let bucket = |project, file, change, said: (&'static str, &'static str), line: &'static str| Break {
        project,
        file,
        change,
        said: (BOB, said.0, said.1),
        line: (file, line),
    };
    let (ec2, lambda, pipeline) = (
        "arn:aws:sts::111111111111:assumed-role/EC2CrossAccountRole/i-0aa",
        "arn:aws:sts::111111111111:assumed-role/LambdaExecutionRole/worker",
        "arn:aws:sts::111111111111:assumed-role/CodePipelineServiceRole/17",
    );
    let mut all = vec![
        assume(
            "user-assumes-role/terraform/correct",
            "a/main.tf",
            ("role/CrossAccountAccessRole", "role/CrossAccountRole"),
            "role/CrossAccountRole",
        ),
        assume(
            "user-assumes-role/terraform/correct",
            "a/main.tf",
            ("\"sts:AssumeRole\"", "\"sts:TagSession\""),
            "sts:TagSession",
        ),
        assume(
            "user-assumes-role/terraform/correct",
            "a/main.tf",
            ("\"Allow\"", "\"Deny\""),
            "Statement = [{",
        ),
        assume(
            "user-assumes-role/terraform/correct",
            "b/main.tf",
            ("user/crossAccountUser", "user/crossaccountuser"),
            "user/crossaccountuser",
        ),
        assume(
            "user-assumes-role/terraform/correct",
            "b/main.tf",
            ("111111111111:user", "111111111112:user"),
            "111111111112:user",
        ),
        assume(
            "user-assumes-role/terraform/correct",
            "b/main.tf",
            ("= \"sts:AssumeRole\"", "= \"sts:AssumeRoleWithSAML\""),
            "AssumeRoleWithSAML",
        ),
        assume(
            "user-assumes-role/terraform/correct",
            "b/main.tf",
            (
                "= \"sts:AssumeRole\"",
                "= \"sts:AssumeRole\"\n      Condition = { StringEquals = { \"aws:PrincipalTag/team\" = \"ops\" } }",
            ),
            "aws:PrincipalTag/team",
        ),
        assume(
            "user-assumes-role/terraform/broken-no-permission",
            "a/main.tf",
            NONE,
            "resource \"aws_iam_user\"",
        ),
        assume(
            "user-assumes-role/cloudformation/correct",
            "a/stack.yaml",
            ("role/CrossAccountAccessRole", "role/CrossAccountRole"),
            "role/CrossAccountRole",
        ),
        assume(
            "user-assumes-role/cloudformation/correct",
            "b/stack.yaml",
            ("user/crossAccountUser", "user/crossAccountUsers"),
            "user/crossAccountUsers",
        ),
        assume(
            "user-assumes-role/cloudformation/broken-no-permission",
            "a/stack.yaml",
            NONE,
            "  CrossAccountUser:",
        ),
        assume(
            "user-assumes-role/mixed/broken-no-permission",
            "a/main.tf",
            NONE,
            "resource \"aws_iam_user\"",
        ),
        assume(
            "user-assumes-role-through-group/terraform/broken-user-not-in-group",
            "a/main.tf",
            NONE,
            "resource \"aws_iam_user\" ",
        ),
        assume(
            "user-assumes-role-through-group/cloudformation/broken-user-not-in-group",
            "a/stack.yaml",
            NONE,
            "  CrossAccountUser:",
        ),
        assume("trust-condition-time-window/terraform/broken-window-over", "b/main.tf", NONE, "DateLessThan"),
        assume(
            "trust-condition-time-window/cloudformation/broken-window-over",
            "b/stack.yaml",
            NONE,
            "aws:CurrentTime: '2024-12",
        ),
        assume(
            "trust-conditions-together/terraform/broken-no-permission",
            "a/main.tf",
            NONE,
            "resource \"aws_iam_user\"",
        ),
        Break {
            project: "account-trusted-permission-through-group/terraform/broken-another-account-trusted",
            file: "",
            change: NONE,
            said: (BOB, "sts:AssumeRole", "on resource: arn:aws:iam::222222222222:role/my-s3-x-account-role"),
            line: ("b/main.tf", "333333333333:root"),
        },
        bucket(
            "bucket-policy-grants-user/terraform/correct",
            "b/main.tf",
            ("user/bob", "user/robert"),
            ("s3:GetObject", NOT_GRANTED),
            "user/robert",
        ),
        bucket(
            "bucket-policy-grants-user/terraform/correct",
            "b/main.tf",
            (", \"s3:PutObject\"", ""),
            ("s3:PutObject", NOT_GRANTED),
            "[\"s3:GetObject\"]",
        ),
        bucket(
            "bucket-policy-grants-user/terraform/correct",
            "b/main.tf",
            (".arn}/*", ".arn}/reports/*"),
            ("s3:GetObject", NOT_GRANTED),
            "/reports/*",
        ),
        bucket(
            "bucket-policy-grants-user/terraform/correct",
            "a/main.tf",
            (", \"s3:PutObject\"", ""),
            ("s3:PutObject", ON_OBJECT),
            "[\"s3:GetObject\"]",
        ),
        bucket(
            "bucket-policy-grants-user/terraform/correct",
            "a/main.tf",
            ("alice-exchange/*", "alice-exchanges/*"),
            ("s3:GetObject", ON_OBJECT),
            "alice-exchanges",
        ),
        bucket(
            "bucket-policy-grants-user/terraform/correct",
            "a/main.tf",
            (
                "policy_arn = aws_iam_policy.bob.arn",
                "policy_arn = \"arn:aws:iam::aws:policy/IAMReadOnlyAccess\"",
            ),
            ("s3:GetObject", ON_OBJECT),
            "IAMReadOnlyAccess",
        ),
        bucket(
            "bucket-policy-grants-user/cloudformation/broken-another-user-granted",
            "b/stack.yaml",
            NONE,
            ("s3:GetObject", NOT_GRANTED),
            "user/robert",
        ),
        bucket(
            "bucket-policy-grants-user/cloudformation/broken-put-object-missing",
            "a/stack.yaml",
            NONE,
            ("s3:PutObject", ON_OBJECT),
            "s3:GetObject",
        ),
        bucket(
            "key-policy-grants-user/terraform/broken-describe-key-missing",
            "a/main.tf",
            NONE,
            ("kms:DescribeKey", ON_KEY),
            "[\"kms:Decrypt\"]",
        ),
        bucket(
            "key-policy-grants-user/terraform/correct",
            "b/main.tf",
            ("user/bob", "user/rob"),
            ("kms:DescribeKey", KEY_NOT_GRANTED),
            "user/rob\"",
        ),
        bucket(
            "key-policy-grants-user/cloudformation/broken-describe-key-missing",
            "a/stack.yaml",
            NONE,
            ("kms:DescribeKey", ON_KEY),
            "- kms:Decrypt",
        ),
        of_service(
            "ec2-role-assumes-role/terraform/broken-trust-names-another-role",
            ec2,
            ("b/main.tf", "EC2CrossAccountRoleOld"),
        ),
        of_service(
            "ec2-role-assumes-role/terraform/broken-no-permission",
            ec2,
            ("a/main.tf", "logs:CreateLogStream"),
        ),
        of_service(
            "ec2-role-assumes-role/cloudformation/broken-trust-names-another-role",
            ec2,
            ("b/stack.yaml", "EC2CrossAccountRoleOld"),
        ),
        of_service(
            "lambda-role-assumes-role/terraform/broken-trust-names-another-role",
            lambda,
            ("b/main.tf", "LambdaExecutionRoleOld"),
        ),
        of_service(
            "lambda-role-assumes-role/cloudformation/broken-trust-names-another-role",
            lambda,
            ("b/stack.yaml", "LambdaExecutionRoleOld"),
        ),
        of_service(
            "lambda-role-assumes-role/cloudformation/broken-no-permission",
            lambda,
            ("a/stack.yaml", "logs:PutLogEvents"),
        ),
        of_service(
            "codepipeline-role-assumes-role/terraform/broken-trust-names-another-role",
            pipeline,
            ("b/main.tf", "CodePipelineServiceRoleOld"),
        ),
        of_service(
            "codepipeline-role-assumes-role/terraform/broken-no-permission",
            pipeline,
            ("a/main.tf", "logs:CreateLogStream"),
        ),
    ];
    let denied = ("\"Allow\"", "\"Deny\"");
    for (file, reason) in [("a/main.tf", DENIED_BY_USER), ("b/main.tf", DENIED_BY_BUCKET)] {
        let project = "bucket-policy-grants-user/terraform/correct";
        all.push(bucket(project, file, denied, ("s3:GetObject", reason), "Statement = [{"));
    }
    all
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(|entry| entry.unwrap().path()) {
        let target = to.join(entry.file_name().unwrap());
        if entry.is_dir() {
            copy(&entry, &target);
        } else {
            fs::copy(&entry, &target).unwrap();
        }
    }
}

#[test]
fn a_denial_leads_to_the_line_that_was_broken_or_to_the_declaration_that_lacks_it() {
    let breaks = breaks();
    let mut missed = Vec::new();
    for (index, one) in breaks.iter().enumerate() {
        let example: PathBuf =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/examples").join(one.project);
        let project = tempfile::tempdir().unwrap();
        copy(&example, project.path());
        let (from, to) = one.change;
        if !from.is_empty() {
            let path = project.path().join(one.file);
            let text = fs::read_to_string(&path).unwrap();
            assert!(text.contains(from), "{index}: {} has no {from}", one.project);
            fs::write(&path, text.replacen(from, to, 1)).unwrap();
        }
        let (principal, action, rest) = one.said;
        let said = json_in(project.path(), &message(principal, action, rest));
        let entry = said.one();
        let (file, needle) = one.line;
        let text = fs::read_to_string(project.path().join(file)).unwrap();
        let line = 1 + text.lines().position(|line| line.contains(needle)).unwrap() as u64;
        if said.status != 0 || !places(&entry).contains(&(file.to_owned(), line)) {
            missed.push(format!("{index} {} {file}:{line}: {entry}", one.project));
        }
    }
    assert!(breaks.len() >= 30 && missed.is_empty(), "{missed:#?}");
}
