//! One thing that is declared several times, and references that mean one declaration whatever it is called.

use crate::judge;

use trustlint::Profile;

fn provider(account: &str) -> String {
    format!("provider \"aws\" {{\n  region = \"eu-west-1\"\n  allowed_account_ids = [\"{account}\"]\n}}\n")
}

const CI: &str = r#"
resource "aws_iam_role" "ci" {
  name               = "ci"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ec2.amazonaws.com" } }] })
}
"#;

fn allowing(role: &str) -> String {
    format!(
        "resource \"aws_iam_role_policy\" \"ci\" {{\n  role   = {role}\n  policy = jsonencode({{ Version = \"2012-10-17\", Statement = [{{ Effect = \"Allow\", Action = \"sts:AssumeRole\", Resource = \"arn:aws:iam::444455556666:role/deploy\" }}] }})\n}}\n"
    )
}

fn trusting(principal: &str) -> String {
    format!(
        "resource \"aws_iam_role\" \"deploy\" {{\n  name               = \"deploy\"\n  assume_role_policy = jsonencode({{ Version = \"2012-10-17\", Statement = [{{ Effect = \"Allow\", Action = \"sts:AssumeRole\", Principal = {{ AWS = \"{principal}\" }} }}] }})\n}}\n"
    )
}

const OF_CI: &str = "arn:aws:iam::111122223333:role/ci";

/// The files of a project: what each directory holds, in every order of the directories' names.
fn in_every_order(directories: &[(&str, String)]) -> Vec<Vec<(String, String)>> {
    let name = |place: usize, text: &String| (format!("{place}/main.tf"), text.clone());
    let mut orders =
        vec![directories.iter().enumerate().map(|(at, (_, text))| name(at, text)).collect::<Vec<_>>()];
    orders.push(directories.iter().rev().enumerate().map(|(at, (_, text))| name(at, text)).collect());
    let mut turned: Vec<_> = directories.to_vec();
    turned.rotate_left(1);
    orders.push(turned.iter().enumerate().map(|(at, (_, text))| name(at, text)).collect());
    orders
}

fn silent(directories: &[(&str, String)]) {
    for files in in_every_order(directories) {
        judge::judged(files.iter().map(|(path, text)| (path.as_str(), text.as_str())), &[], &[]);
    }
}

/// Checks that each order has one finding of a rule, and returns what it underlines.
fn one_finding(directories: &[(&str, String)], rule: &str) {
    for files in in_every_order(directories) {
        let outcome = crate::common::run(&files.into_iter().collect());
        let found: Vec<_> = outcome.findings.iter().map(|said| said.finding.rule.as_str()).collect();
        assert_eq!(found, [rule]);
    }
}

#[test]
fn a_role_that_two_roots_declare_has_the_policies_of_both() {
    let plain = ("old", provider("111122223333") + CI);
    let other = ("b", provider("444455556666") + &trusting(OF_CI));
    for role in ["aws_iam_role.ci.name", "\"ci\""] {
        let allowed = ("new", provider("111122223333") + CI + &allowing(role));
        silent(&[plain.clone(), allowed, other.clone()]);
    }
    // What holds for each of them and for both together is certain.
    one_finding(&[plain.clone(), plain, other], "trust-without-permission");
}

#[test]
fn a_role_that_two_roots_declare_may_trust_in_one_of_them() {
    let caller = ("a", provider("111122223333") + CI + &allowing("aws_iam_role.ci.name"));
    let trusts = ("b", provider("444455556666") + &trusting(OF_CI));
    let does_not = ("c", provider("444455556666") + &trusting("arn:aws:iam::444455556666:root"));
    silent(&[caller.clone(), trusts, does_not.clone()]);
    one_finding(&[caller, does_not.clone(), does_not], "permission-without-trust");
}

const OWN_BUCKET: &str = r#"
variable "bucket" { default = "acme-data" }
resource "aws_s3_bucket" "b" {
  bucket = var.bucket
}
resource "aws_s3_bucket_policy" "b" {
  bucket = aws_s3_bucket.b.id
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Deny", Principal = "*", Action = "s3:*", Resource = ["${aws_s3_bucket.b.arn}", "${aws_s3_bucket.b.arn}/*"], Condition = { Bool = { "aws:SecureTransport" = "false" } } }] })
}
resource "aws_iam_role" "reader" {
  name               = "reader"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ec2.amazonaws.com" } }] })
}
resource "aws_iam_role_policy" "reader" {
  role   = aws_iam_role.reader.id
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "s3:GetObject", Resource = "RESOURCE" }] })
}
"#;

#[test]
fn a_bucket_of_one_module_is_that_of_its_own_unit() {
    for named in
        ["${aws_s3_bucket.b.arn}/*", "arn:aws:s3:::${aws_s3_bucket.b.id}/*", "arn:aws:s3:::${var.bucket}/*"]
    {
        let text = OWN_BUCKET.replace("RESOURCE", named);
        let own = ("own", provider("111122223333") + &text);
        let other = ("other", provider("444455556666") + &text);
        silent(&[own, other]);
    }
}

const TASK: &str = r"
OrganizationUpdate: !Include organization.yml
Config:
  Type: update-stacks
  StackName: config
  Template: ./template.yml
  DefaultOrganizationBinding:
    Region: eu-west-1
    Account: '*'
  Parameters:
    bucketName: !Sub 'acme-config-${CurrentAccount.AccountId}'
";

const ORGANIZATION: &str = r"
AWSTemplateFormatVersion: '2010-09-09-OC'
Organization:
  MasterAccount:
    Type: OC::ORG::MasterAccount
    Properties: { AccountName: main, AccountId: '111122223333' }
  Dev:
    Type: OC::ORG::Account
    Properties: { AccountName: dev, AccountId: '444455556666' }
";

const CONFIG_BUCKET: &str = r"
Parameters:
  bucketName: { Type: String }
Resources:
  Bucket:
    Type: AWS::S3::Bucket
    Properties:
      BucketName: !Ref bucketName
  BucketPolicy:
    Type: AWS::S3::BucketPolicy
    Properties:
      Bucket: !Ref Bucket
      PolicyDocument:
        Version: '2012-10-17'
        Statement:
          - { Effect: Allow, Principal: { Service: config.amazonaws.com }, Action: s3:PutObject, Resource: !Sub '${Bucket.Arn}/*', Condition: { StringEquals: { 'aws:SourceAccount': !Ref 'AWS::AccountId' } } }
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: '2012-10-17'
        Statement:
          - { Effect: Allow, Principal: { Service: config.amazonaws.com }, Action: 'sts:AssumeRole', Condition: { StringEquals: { 'aws:SourceAccount': !Ref 'AWS::AccountId' } } }
      Policies:
        - PolicyName: write
          PolicyDocument:
            Version: '2012-10-17'
            Statement:
              - { Effect: Allow, Action: s3:PutObject, Resource: !Sub '${Bucket.Arn}/*' }
";

#[test]
fn a_template_that_goes_to_many_accounts_means_its_own_resources() {
    let files = [("task.yml", TASK), ("organization.yml", ORGANIZATION), ("template.yml", CONFIG_BUCKET)];
    judge::judged(files, &[], &[]);
}

#[test]
fn a_bucket_named_by_a_choice_keeps_what_hangs_on_it() {
    let text = r#"
variable "prod" { type = bool }
resource "aws_s3_bucket" "b" { bucket = var.prod ? "a" : "b" }
resource "aws_s3_bucket_public_access_block" "b" {
  bucket                  = aws_s3_bucket.b.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}
resource "aws_s3_bucket_policy" "b" {
  bucket = aws_s3_bucket.b.id
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = "*", Action = "s3:PutObject", Resource = "${aws_s3_bucket.b.arn}/*" }] })
}
"#;
    let refused = "main.tf:13 warning [public-access-block-conflict] \"*\"";
    judge::judged([("main.tf", text)], &[refused], &[]);
    let without = text.split("resource \"aws_s3_bucket_public_access_block\"").next().unwrap().to_owned()
        + text.split_inclusive("restrict_public_buckets = true\n}\n").nth(1).unwrap();
    judge::judged([("main.tf", without.as_str())], &["main.tf:6 error [wildcard-principal] \"*\""], &[]);
}

#[test]
fn a_bucket_of_a_template_named_by_a_choice_keeps_what_hangs_on_it() {
    let text = r"
Parameters:
  Name: { Type: String, AllowedValues: [a, b] }
Resources:
  Bucket:
    Type: AWS::S3::Bucket
    Properties:
      BucketName: !Ref Name
      PublicAccessBlockConfiguration: { BlockPublicAcls: true, BlockPublicPolicy: true, IgnorePublicAcls: true, RestrictPublicBuckets: true }
  Policy:
    Type: AWS::S3::BucketPolicy
    Properties:
      Bucket: !Ref Bucket
      PolicyDocument:
        Version: '2012-10-17'
        Statement:
          - { Effect: Allow, Principal: '*', Action: s3:PutObject, Resource: !Sub '${Bucket.Arn}/*' }
";
    let refused = "template.yml:17 warning [public-access-block-conflict] \"*\"";
    judge::judged([("template.yml", text)], &[refused], &[]);
}

#[test]
fn a_reference_inside_a_text_means_its_declaration() {
    let text = r#"
provider "aws" {
  region              = "eu-west-1"
  allowed_account_ids = ["111122223333"]
}
provider "aws" {
  alias               = "data"
  region              = "eu-west-1"
  allowed_account_ids = ["444455556666"]
}
variable "prod" { type = bool }
resource "aws_s3_bucket" "b" {
  provider = aws.data
  bucket   = var.prod ? "a" : "b"
}
resource "aws_iam_user" "u" { name = "u" }
resource "aws_iam_user_policy" "u" {
  user   = aws_iam_user.u.name
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "s3:GetObject", Resource = "RESOURCE" }] })
}
"#;
    // One of two names is meant, and which of them is not known: possible.
    let found = |resource: &str| {
        let files = [("main.tf".to_owned(), text.replace("RESOURCE", resource))].into_iter().collect();
        let outcome = crate::common::run_with(&files, Profile::Audit);
        outcome.findings.into_iter().map(|said| said.finding.rule).collect::<Vec<_>>()
    };
    for named in ["${aws_s3_bucket.b.arn}/*", "arn:aws:s3:::${aws_s3_bucket.b.id}/*"] {
        assert_eq!(found(named), ["permission-without-grant"], "{named}");
    }
    // A name that is only made with a reference is that of another bucket.
    assert_eq!(found("arn:aws:s3:::${aws_s3_bucket.b.id}-logs/*"), [""; 0]);
}

#[test]
fn of_two_instances_at_one_place_the_one_with_more_to_say_is_shown_whatever_they_are_called() {
    let module = r#"
variable "name" {}
variable "roles" {}
resource "aws_iam_role" "this" {
  name               = var.name
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ec2.amazonaws.com" } }] })
}
resource "aws_iam_role_policy" "this" {
  role   = aws_iam_role.this.id
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Resource = [for one in var.roles : "arn:aws:iam::444455556666:role/${one}"] }] })
}
"#;
    let call = |name: &str, roles: &str| {
        format!(
            "module \"{name}\" {{\n  source = \"../module\"\n  name   = \"{name}\"\n  roles  = {roles}\n}}\n"
        )
    };
    let trusting = |name: &str| trusting("arn:aws:iam::111122223333:role/nobody").replace("deploy", name);
    for (few, many) in [("a", "b"), ("b", "a"), ("longer", "l"), ("l", "longer")] {
        let callers =
            [provider("111122223333"), call(few, "[\"two\"]"), call(many, "[\"one\", \"two\", \"three\"]")];
        let roles = [provider("444455556666"), trusting("one"), trusting("two"), trusting("three")];
        let files = [
            ("module/main.tf", module.to_owned()),
            ("callers/main.tf", callers.concat()),
            ("roles/main.tf", roles.concat()),
        ];
        let outcome =
            crate::common::run(&files.into_iter().map(|(path, text)| (path.to_owned(), text)).collect());
        let mut said: Vec<_> = outcome.findings.iter().map(|it| it.message.as_str()).collect();
        said.sort_unstable();
        assert_eq!(said.len(), 3, "{said:#?}");
        for (message, role) in said.iter().zip(["one", "three", "two"]) {
            assert!(message.contains(&format!("role `{role}`")), "{message}");
            assert!(message.contains(&format!("role `{many}`")), "{message}");
            assert!(message.ends_with("(and 1 other instance)"), "{message}");
        }
    }
}

#[test]
fn instances_in_several_deployments_are_one_finding_whatever_they_are_called() {
    let module = r#"
variable "name" {}
resource "aws_iam_role" "this" {
  name               = var.name
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { AWS = "*" } }] })
}
"#;
    let call = |module: &str, name: &str| {
        format!("module \"{module}\" {{\n  source = \"../module\"\n  name   = \"{name}\"\n}}\n")
    };
    for names in [["a", "b", "c", "d"], ["d", "c", "b", "a"], ["b", "d", "a", "c"], ["cc", "a", "bb", "d"]] {
        let [one, two, three, four] = names;
        let root = |first: &str, second: &str| {
            [provider("111122223333"), call("london", first), call("dublin", second)].concat()
        };
        let files = [
            ("module/main.tf", module.to_owned()),
            ("staging/main.tf", root(one, two)),
            ("live/main.tf", root(three, four)),
        ];
        let outcome =
            crate::common::run(&files.into_iter().map(|(path, text)| (path.to_owned(), text)).collect());
        let said: Vec<_> = outcome.findings.iter().map(|it| it.message.as_str()).collect();
        let [message] = said[..] else { panic!("{said:#?}") };
        assert!(message.ends_with("(and 3 other instances)"), "{message}");
    }
}

#[test]
fn what_two_deployments_say_alike_is_suppressed_once() {
    let module = r#"
resource "aws_sns_topic_policy" "this" {
  arn    = "arn:aws:sns:eu-west-1:111122223333:alerts"
  # trustlint: ignore[wildcard-principal] public on purpose
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "sns:Publish", Principal = "*", Resource = "*" }] })
}
"#;
    let call = "module \"alerts\" {\n  source = \"../module\"\n}\n";
    let files = [("module/main.tf", module), ("one/main.tf", call), ("two/main.tf", call)];
    let sources = trustlint::Sources::in_memory(files.map(|(path, text)| (path.to_owned(), text.to_owned())));
    let settings =
        trustlint::Settings { now: crate::common::TODAY.parse().unwrap(), profile: Profile::Default };
    let checked = trustlint::check(&sources, &trustlint::Config::default(), &settings);
    assert_eq!((checked.findings.len(), checked.suppressed.len()), (0, 1));
}

/// What is found in a module that is deployed to each of these accounts: finding and fingerprint.
fn deployed_to(accounts: &[&str]) -> Vec<(trustlint::Diagnostic, String)> {
    let module = r#"
variable "partner" {}
resource "aws_iam_role" "this" {
  name               = "shared"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { AWS = "*" } }] })
}
"#;
    let mut files = vec![("module/main.tf".to_owned(), module.to_owned())];
    for (index, account) in accounts.iter().enumerate() {
        let call = "module \"role\" {\n  source  = \"../module\"\n  partner = \"a\"\n}\n";
        files.push((format!("root{index}/main.tf"), [provider(account), call.to_owned()].concat()));
    }
    let settings =
        trustlint::Settings { now: crate::common::TODAY.parse().unwrap(), profile: Profile::Default };
    let sources = trustlint::Sources::in_memory(files);
    let checked = trustlint::check(&sources, &trustlint::Config::default(), &settings);
    checked.findings.into_iter().map(|finding| (finding.clone(), finding.fingerprint())).collect()
}

#[test]
fn one_place_in_several_accounts_is_one_finding_that_lists_them() {
    let found = deployed_to(&["111122223333", "444455556666", "777788889999"]);
    let [(finding, fingerprint)] = found.as_slice() else { panic!("{found:#?}") };
    assert!(finding.message.ends_with("(and 2 other accounts)"), "{}", finding.message);
    let accounts: Vec<_> = finding.instances.iter().map(|it| it.account.as_deref().unwrap()).collect();
    assert_eq!(accounts, ["111122223333", "444455556666", "777788889999"]);
    assert!(finding.instances.iter().all(|it| &*it.address == "module.role.aws_iam_role.this"));
    // A further account is a further instance of the same finding.
    let fewer = deployed_to(&["444455556666", "111122223333"]);
    let [(finding, same)] = fewer.as_slice() else { panic!("{fewer:#?}") };
    assert_eq!((finding.instances.len(), same), (2, fingerprint));
}

#[test]
fn a_bucket_and_a_topic_of_one_module_are_known_apart_however_often_it_is_called() {
    let policy = |service: &str| {
        format!(
            "jsonencode({{ Version = \"2012-10-17\", Statement = [{{ Effect = \"Allow\", Action = \"{service}:*\", Resource = \"*\", Principal = {{ Service = \"cloudtrail.amazonaws.com\" }} }}] }})"
        )
    };
    let module = format!(
        "resource \"aws_s3_bucket_policy\" \"trail\" {{\n  bucket = \"trail\"\n  policy = {}\n}}\nresource \"aws_sns_topic_policy\" \"trail\" {{\n  arn = \"arn:aws:sns:eu-west-1:111122223333:trail\"\n  policy = {}\n}}\n",
        policy("s3"),
        policy("sns")
    );
    let calls =
        "module \"one\" {\n  source = \"./module\"\n}\nmodule \"two\" {\n  source = \"./module\"\n}\n";
    let files = [("module/main.tf", module.as_str()), ("main.tf", calls)];
    let sources = trustlint::Sources::in_memory(files.map(|(path, text)| (path.to_owned(), text.to_owned())));
    let settings =
        trustlint::Settings { now: crate::common::TODAY.parse().unwrap(), profile: Profile::Default };
    let checked = trustlint::check(&sources, &trustlint::Config::default(), &settings);
    let [bucket, topic] = checked.findings.as_slice() else { panic!("{:#?}", checked.findings) };
    assert_eq!((bucket.instances.len(), topic.instances.len()), (2, 2));
    assert_ne!(bucket.fingerprint(), topic.fingerprint());
}
