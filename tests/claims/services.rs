//! Services of the Serverless Framework beside templates of other accounts.

use crate::judge;

const CONFIG: &str = "[accounts.app]\nid = \"420786776710\"\npaths = [\"app/**\"]\n[accounts.data]\nid = \"420786776711\"\npaths = [\"data/**\"]\n";

fn judged(files: &[(&str, &str)], expected: &[&str]) {
    let files = [("trustlint.toml", CONFIG)].into_iter().chain(files.iter().copied());
    judge::judged(files, expected, &[]);
}

/// A role that trusts the role of the functions, whose name the framework makes.
const TRUSTING: &str = "resource \"aws_iam_role\" \"reader\" {\n  name = \"reader\"\n  assume_role_policy = jsonencode({\n    Version = \"2012-10-17\"\n    Statement = [{ Effect = \"Allow\", Action = \"sts:AssumeRole\", Principal = { AWS = \"arn:aws:iam::420786776710:role/orders-prod-eu-west-1-lambdaRole\" } }]\n  })\n}\n";

fn service(statements: &str) -> String {
    format!(
        "service: orders\nprovider:\n  name: aws\n  stage: prod\n  region: eu-west-1\n  iam:\n    role:\n      statements:\n{statements}functions:\n  list:\n    handler: list.main\n"
    )
}

fn allowing(resource: &str) -> String {
    format!("        - Effect: Allow\n          Action: sts:AssumeRole\n          Resource: {resource}\n")
}

#[test]
fn functions_that_are_allowed_to_assume_the_role_that_trusts_them_are_no_finding() {
    let service = service(&allowing("arn:aws:iam::420786776711:role/reader"));
    judged(&[("app/serverless.yml", &service), ("data/main.tf", TRUSTING)], &[]);
}

#[test]
fn functions_that_a_role_trusts_need_a_statement_for_it() {
    let service =
        service("        - Effect: Allow\n          Action: s3:ListAllMyBuckets\n          Resource: '*'\n");
    let found = "data/main.tf:5 warning [trust-without-permission] \"arn:aws:iam::420786776710:role/orders-prod-eu-west-1-lambdaRole\"";
    judged(&[("app/serverless.yml", &service), ("data/main.tf", TRUSTING)], &[found]);
    // What a plugin may add is not known.
    let open = format!("{service}plugins: [serverless-something]\n");
    judged(&[("app/serverless.yml", &open), ("data/main.tf", TRUSTING)], &[]);
}

#[test]
fn a_role_that_does_not_trust_the_functions_cannot_be_assumed_by_them() {
    let service = format!(
        "{}custom:\n  reader: arn:aws:iam::${{self:custom.accounts.${{sls:stage}}}}:role/reader\n  accounts: {{prod: '420786776711'}}\n",
        service(&allowing("${self:custom.reader}"))
    );
    let other = TRUSTING.replace("orders-prod", "billing-prod");
    judged(
        &[("app/serverless.yml", &service), ("data/main.tf", &other)],
        &["app/serverless.yml:11 error [permission-without-trust] \"${self:custom.reader}\""],
    );
}

#[test]
fn the_account_of_a_service_is_that_of_the_roles_it_is_deployed_with() {
    let service = "service: orders\nprovider:\n  name: aws\n  iam:\n    deploymentRole: arn:aws:iam::420786776712:role/deploy\nresources:\n  Resources:\n    Reader:\n      Type: AWS::IAM::Role\n      Properties:\n        AssumeRolePolicyDocument:\n          Statement:\n            - {Effect: Allow, Action: 'sts:AssumeRole', Principal: {AWS: 'arn:aws:iam::420786776710:role/orders'}}\n";
    let orders = "resource \"aws_iam_role\" \"orders\" {\n  name = \"orders\"\n  assume_role_policy = jsonencode({ Statement = [{ Effect = \"Allow\", Action = \"sts:AssumeRole\", Principal = { Service = \"ec2.amazonaws.com\" } }] })\n}\n";
    let found = "other/serverless.yml:13 warning [trust-without-permission] \"arn:aws:iam::420786776710:role/orders\"";
    judged(&[("other/serverless.yml", service), ("app/main.tf", orders)], &[found]);
}
