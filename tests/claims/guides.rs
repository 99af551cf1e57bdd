//! What guides to cross-account access have their readers build from files: silent as it should be, and each usual mistake reported
//! on the side where it was made.

use crate::common::{Files, run};

/// Two accounts, by their directories: what is reached lies in `owner/`, who reaches it in `caller/`.
const ACCOUNTS: &str = "[accounts.owner]\nid = \"640123987002\"\npaths = [\"owner/**\"]\n[accounts.caller]\nid = \"640123987001\"\npaths = [\"caller/**\"]\n";

/// A file of a guide: its path, whose policy it is, and the policy.
type Part = (&'static str, &'static str, &'static str);

/// A user reads a bucket and decrypts with its key, both by their own policies.
const RESOURCES: [Part; 3] = [
    (
        "owner/key-policy.json",
        "kind = \"resource\"\nresource = \"arn:aws:kms:eu-west-1:640123987002:key/0f9a2c31-77aa-4d1e-9c55-3b8d1f0e6a21\"",
        r#"{"Version": "2012-10-17", "Statement": [
{"Sid": "Owner", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::640123987002:root"}, "Action": "kms:*", "Resource": "*"},
{"Sid": "Caller", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::640123987001:user/anna"}, "Action": ["kms:Decrypt", "kms:DescribeKey"], "Resource": "*"}]}"#,
    ),
    (
        "owner/bucket-policy.json",
        "kind = \"resource\"\nbucket = \"acme-ledger\"",
        r#"{"Version": "2012-10-17", "Statement": [
{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::640123987001:user/anna"}, "Action": ["s3:GetObject", "s3:PutObject"], "Resource": "arn:aws:s3:::acme-ledger/*"}]}"#,
    ),
    (
        "caller/user-policy.json",
        "kind = \"identity\"\nuser = \"anna\"",
        r#"{"Version": "2012-10-17", "Statement": [
{"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": "arn:aws:s3:::acme-ledger/*"},
{"Effect": "Allow", "Action": ["kms:Decrypt", "kms:DescribeKey"], "Resource": "arn:aws:kms:eu-west-1:640123987002:key/0f9a2c31-77aa-4d1e-9c55-3b8d1f0e6a21"}]}"#,
    ),
];

/// A user assumes a role.
const USER: [Part; 3] = [
    (
        "owner/trust-policy.json",
        "kind = \"trust\"\nrole = \"ListBuckets\"",
        r#"{"Version": "2012-10-17", "Statement": [
{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::640123987001:user/ben"}, "Action": "sts:AssumeRole"}]}"#,
    ),
    (
        "owner/role-policy.json",
        "kind = \"identity\"\nrole = \"ListBuckets\"",
        r#"{"Version": "2012-10-17", "Statement": [
{"Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*"}]}"#,
    ),
    (
        "caller/assume-role-policy.json",
        "kind = \"identity\"\nuser = \"ben\"",
        r#"{"Version": "2012-10-17", "Statement": [
{"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "arn:aws:iam::640123987002:role/ListBuckets"}]}"#,
    ),
];

/// A function assumes a role with its own role, with an external ID.
const SERVICE: [Part; 4] = [
    (
        "owner/trust-policy.json",
        "kind = \"trust\"\nrole = \"ReadReports\"",
        r#"{"Version": "2012-10-17", "Statement": [
{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::640123987001:role/Reporter"}, "Action": "sts:AssumeRole"}]}"#,
    ),
    (
        "owner/role-policy.json",
        "kind = \"identity\"\nrole = \"ReadReports\"",
        r#"{"Version": "2012-10-17", "Statement": [
{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::acme-reports/*"}]}"#,
    ),
    (
        "caller/lambda-trust.json",
        "kind = \"trust\"\nrole = \"Reporter\"",
        r#"{"Version": "2012-10-17", "Statement": [
{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]}"#,
    ),
    (
        "caller/lambda-permissions.json",
        "kind = \"identity\"\nrole = \"Reporter\"",
        r#"{"Version": "2012-10-17", "Statement": [
{"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "arn:aws:iam::640123987002:role/ReadReports"}]}"#,
    ),
];

/// A whole account is trusted, and a group of it has the permission.
const ACCOUNT: [Part; 3] = [
    (
        "owner/trust-policy.json",
        "kind = \"trust\"\nrole = \"Support\"",
        r#"{"Version": "2012-10-17", "Statement": [
{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::640123987001:root"}, "Action": "sts:AssumeRole", "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}}]}"#,
    ),
    (
        "owner/role-policy.json",
        "kind = \"identity\"\nrole = \"Support\"",
        r#"{"Version": "2012-10-17", "Statement": [
{"Effect": "Allow", "Action": "ec2:Describe*", "Resource": "*"}]}"#,
    ),
    (
        "caller/group-policy.json",
        "kind = \"identity\"\ngroup = \"support\"",
        r#"{"Version": "2012-10-17", "Statement": [
{"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "arn:aws:iam::640123987002:role/Support"}]}"#,
    ),
];

/// What is found in a guide when texts in its files are replaced, as `path rule "underlined"`.
fn found(guide: &[Part], changes: &[(&str, &str, &str)]) -> Vec<String> {
    let mut config = ACCOUNTS.to_owned();
    let mut files = Files::new();
    for (path, binding, policy) in guide {
        config.extend(["[[policy]]\npath = \"", path, "\"\n", binding, "\n"]);
        let mut policy = (*policy).to_owned();
        for (_, from, to) in changes.iter().filter(|(changed, ..)| changed == path) {
            assert!(policy.contains(from), "{path}: no {from}");
            policy = policy.replace(from, to);
        }
        files.insert((*path).to_owned(), policy);
    }
    files.insert("trustlint.toml".to_owned(), config);
    let outcome = run(&files);
    let mut lines: Vec<String> = outcome
        .findings
        .iter()
        .filter(|said| said.finding.severity != "info")
        .map(|said| format!("{} {} \"{}\"", said.finding.path, said.finding.rule, said.finding.underlined))
        .collect();
    lines.extend(outcome.problems.iter().filter(|problem| !problem.contains("could not")).cloned());
    lines.sort();
    lines.dedup();
    lines
}

#[test]
fn guides_that_are_followed_are_silent() {
    for guide in [&RESOURCES[..], &USER, &SERVICE, &ACCOUNT] {
        assert_eq!(found(guide, &[]), [""; 0], "{guide:?}");
    }
}

/// Mistakes: the guide, the file, what is replaced by what, and what is found then.
type Mistake = (&'static [Part], &'static str, &'static str, &'static str, &'static [&'static str]);

const MISTAKES: &[Mistake] = &[
    (
        &RESOURCES,
        "owner/key-policy.json",
        "user/anna",
        "user/hanna",
        &[
            "caller/user-policy.json permission-without-grant \"arn:aws:kms:eu-west-1:640123987002:key/0f9a2c31-77aa-4d1e-9c55-3b8d1f0e6a21\"",
        ],
    ),
    (
        &RESOURCES,
        "owner/key-policy.json",
        "\"kms:Decrypt\", ",
        "",
        &["caller/user-policy.json permission-without-grant \"kms:Decrypt\""],
    ),
    (
        &RESOURCES,
        "owner/key-policy.json",
        "\"Effect\": \"Allow\", \"Principal\": {\"AWS\": \"arn:aws:iam::640123987001:user/anna\"}",
        "\"Effect\": \"Deny\", \"Principal\": {\"AWS\": \"arn:aws:iam::640123987001:user/anna\"}",
        &[
            "caller/user-policy.json permission-without-grant \"arn:aws:kms:eu-west-1:640123987002:key/0f9a2c31-77aa-4d1e-9c55-3b8d1f0e6a21\"",
        ],
    ),
    (
        &RESOURCES,
        "owner/bucket-policy.json",
        "640123987001:user",
        "640123987002:user",
        &["caller/user-policy.json permission-without-grant \"arn:aws:s3:::acme-ledger/*\""],
    ),
    (
        &RESOURCES,
        "owner/bucket-policy.json",
        ", \"s3:PutObject\"",
        "",
        &["caller/user-policy.json permission-without-grant \"s3:PutObject\""],
    ),
    (
        &RESOURCES,
        "owner/bucket-policy.json",
        "arn:aws:iam::640123987001:user/anna",
        "*",
        &["owner/bucket-policy.json wildcard-principal \"*\""],
    ),
    (
        &RESOURCES,
        "owner/bucket-policy.json",
        "arn:aws:iam::640123987001:user/anna",
        "arn:aws:iam::64012398700:user/anna",
        &[
            "caller/user-policy.json permission-without-grant \"arn:aws:s3:::acme-ledger/*\"",
            "owner/bucket-policy.json invalid-principal \"arn:aws:iam::64012398700:user/anna\"",
        ],
    ),
    (
        &RESOURCES,
        "owner/bucket-policy.json",
        "acme-ledger/*",
        "acme-ledger",
        &[
            "caller/user-policy.json permission-without-grant \"arn:aws:s3:::acme-ledger/*\"",
            "owner/bucket-policy.json action-resource-mismatch \"s3:GetObject\"",
        ],
    ),
    (
        &RESOURCES,
        "caller/user-policy.json",
        "acme-ledger/*",
        "acme-leger/*",
        &["owner/bucket-policy.json grant-without-permission \"arn:aws:iam::640123987001:user/anna\""],
    ),
    (
        &RESOURCES,
        "caller/user-policy.json",
        "\"s3:GetObject\", ",
        "",
        &["owner/bucket-policy.json grant-without-permission \"arn:aws:iam::640123987001:user/anna\""],
    ),
    (
        &RESOURCES,
        "caller/user-policy.json",
        "key/0f9a2c31-77aa-4d1e-9c55-3b8d1f0e6a21",
        "key/1f9a2c31-77aa-4d1e-9c55-3b8d1f0e6a21",
        &["owner/key-policy.json grant-without-permission \"arn:aws:iam::640123987001:user/anna\""],
    ),
    (
        &RESOURCES,
        "caller/user-policy.json",
        "\"Effect\": \"Allow\", \"Action\": [\"kms",
        "\"Effect\": \"Deny\", \"Action\": [\"kms",
        &["owner/key-policy.json grant-without-permission \"arn:aws:iam::640123987001:user/anna\""],
    ),
    (
        &USER,
        "owner/trust-policy.json",
        "user/ben",
        "user/Ben.",
        &[
            "caller/assume-role-policy.json permission-without-trust \"arn:aws:iam::640123987002:role/ListBuckets\"",
        ],
    ),
    (
        &USER,
        "owner/trust-policy.json",
        "user/ben",
        "group/ben",
        &[
            "caller/assume-role-policy.json permission-without-trust \"arn:aws:iam::640123987002:role/ListBuckets\"",
            "owner/trust-policy.json invalid-principal \"arn:aws:iam::640123987001:group/ben\"",
        ],
    ),
    (
        &USER,
        "owner/trust-policy.json",
        "640123987001",
        "640123987002",
        &[
            "caller/assume-role-policy.json permission-without-trust \"arn:aws:iam::640123987002:role/ListBuckets\"",
        ],
    ),
    (
        &USER,
        "owner/trust-policy.json",
        "sts:AssumeRole",
        "sts:AssumeRoleWithWebIdentity",
        &[
            "caller/assume-role-policy.json permission-without-trust \"arn:aws:iam::640123987002:role/ListBuckets\"",
            "owner/trust-policy.json wrong-assume-action \"sts:AssumeRoleWithWebIdentity\"",
        ],
    ),
    (
        &USER,
        "owner/trust-policy.json",
        "\"Action\": \"sts:AssumeRole\"",
        "\"Action\": \"sts:AssumeRole\", \"Condition\": {\"StringEquals\": {\"sts:ExternalId\": \"k3-9\"}, \"DateLessThan\": {\"aws:CurrentTime\": \"2024-12-31T00:00:00Z\"}}",
        &[
            "caller/assume-role-policy.json permission-without-trust \"arn:aws:iam::640123987002:role/ListBuckets\"",
        ],
    ),
    (
        &USER,
        "owner/trust-policy.json",
        "sts:AssumeRole",
        "sts: AssumeRole",
        &[
            "caller/assume-role-policy.json permission-without-trust \"arn:aws:iam::640123987002:role/ListBuckets\"",
            "owner/trust-policy.json:2 `sts: AssumeRole` is not an action: remove the blank, or it matches nothing",
        ],
    ),
    (
        &USER,
        "owner/trust-policy.json",
        "\"Action\": \"sts:AssumeRole\"",
        "\"Action\": \"sts:AssumeRole\", \"Resource\": \"*\"",
        &["owner/trust-policy.json misplaced-element \"Resource\""],
    ),
    (
        &USER,
        "caller/assume-role-policy.json",
        "640123987002",
        "640123987001",
        &["owner/trust-policy.json trust-without-permission \"arn:aws:iam::640123987001:user/ben\""],
    ),
    (
        &USER,
        "caller/assume-role-policy.json",
        "role/ListBuckets",
        "role/ListBucket",
        &["owner/trust-policy.json trust-without-permission \"arn:aws:iam::640123987001:user/ben\""],
    ),
    (
        &USER,
        "caller/assume-role-policy.json",
        "sts:AssumeRole",
        "sts:GetCallerIdentity",
        &["owner/trust-policy.json trust-without-permission \"arn:aws:iam::640123987001:user/ben\""],
    ),
    (
        &USER,
        "caller/assume-role-policy.json",
        "\"Effect\": \"Allow\"",
        "\"Effect\": \"Deny\"",
        &["owner/trust-policy.json trust-without-permission \"arn:aws:iam::640123987001:user/ben\""],
    ),
    (
        &USER,
        "caller/assume-role-policy.json",
        "arn:aws:iam::640123987002:role/ListBuckets",
        "*",
        &["caller/assume-role-policy.json assume-any-role \"*\""],
    ),
    (
        &SERVICE,
        "owner/trust-policy.json",
        "{\"AWS\": \"arn:aws:iam::640123987001:role/Reporter\"}",
        "{\"AWS\": \"lambda.amazonaws.com\"}",
        &[
            "caller/lambda-permissions.json permission-without-trust \"arn:aws:iam::640123987002:role/ReadReports\"",
            "owner/trust-policy.json invalid-principal \"lambda.amazonaws.com\"",
        ],
    ),
    (
        &SERVICE,
        "owner/trust-policy.json",
        "role/Reporter",
        "instance-profile/Reporter",
        &[
            "caller/lambda-permissions.json permission-without-trust \"arn:aws:iam::640123987002:role/ReadReports\"",
            "owner/trust-policy.json invalid-principal \"arn:aws:iam::640123987001:instance-profile/Reporter\"",
        ],
    ),
    (
        &SERVICE,
        "owner/trust-policy.json",
        "role/Reporter",
        "role/Report",
        &[
            "caller/lambda-permissions.json permission-without-trust \"arn:aws:iam::640123987002:role/ReadReports\"",
        ],
    ),
    (
        &SERVICE,
        "owner/trust-policy.json",
        "\"AWS\": \"arn:aws:iam::640123987001:role/Reporter\"",
        "\"AWS\": \"arn:aws:iam::640123987001:role/*\"",
        &[
            "caller/lambda-permissions.json permission-without-trust \"arn:aws:iam::640123987002:role/ReadReports\"",
            "owner/trust-policy.json invalid-principal \"arn:aws:iam::640123987001:role/*\"",
        ],
    ),
    (
        &SERVICE,
        "owner/trust-policy.json",
        "\"Action\": \"sts:AssumeRole\"",
        "\"Action\": \"sts:AssumeRole\", \"Condition\": {\"StringEquals\": {\"aws:PrincipalOrgID\": \"o-a1b2c3d4e5\", \"aws:PrincipalAccount\": \"640123987002\"}}",
        &[
            "caller/lambda-permissions.json permission-without-trust \"arn:aws:iam::640123987002:role/ReadReports\"",
        ],
    ),
    (
        &SERVICE,
        "caller/lambda-trust.json",
        "lambda.amazonaws.com",
        "lambda",
        &["caller/lambda-trust.json invalid-principal \"lambda\""],
    ),
    (
        &SERVICE,
        "caller/lambda-permissions.json",
        "role/ReadReports",
        "role/readreport",
        &["owner/trust-policy.json trust-without-permission \"arn:aws:iam::640123987001:role/Reporter\""],
    ),
    (
        &SERVICE,
        "caller/lambda-permissions.json",
        "sts:AssumeRole",
        "iam:PassRole",
        &[
            "caller/lambda-permissions.json pass-role-across-accounts \"arn:aws:iam::640123987002:role/ReadReports\"",
            "owner/trust-policy.json trust-without-permission \"arn:aws:iam::640123987001:role/Reporter\"",
        ],
    ),
    (
        &ACCOUNT,
        "owner/trust-policy.json",
        ":root",
        ":rot",
        &["owner/trust-policy.json invalid-principal \"arn:aws:iam::640123987001:rot\""],
    ),
    (
        &ACCOUNT,
        "owner/trust-policy.json",
        "640123987001:root",
        "*",
        &["owner/trust-policy.json invalid-principal \"arn:aws:iam::*\""],
    ),
    (
        &ACCOUNT,
        "owner/trust-policy.json",
        "{\"AWS\": \"arn:aws:iam::640123987001:root\"}, \"Action\": \"sts:AssumeRole\", \"Condition\": {\"Bool\": {\"aws:MultiFactorAuthPresent\": \"true\"}}",
        "\"*\", \"Action\": \"sts:AssumeRole\"",
        &["owner/trust-policy.json wildcard-principal \"*\""],
    ),
];

#[test]
fn usual_mistakes_are_reported_on_their_side() {
    for (guide, path, from, to, expected) in MISTAKES {
        assert_eq!(found(guide, &[(path, from, to)]), *expected, "{path}: {from} -> {to}");
    }
}
