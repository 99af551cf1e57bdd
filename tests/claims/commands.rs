//! Commands that apply policies, as evidence of whose they are. Each guide is a folder as a reader of it has it: policies in files,
//! and a script that applies them in two accounts.

use crate::common::{Files, Outcome, Said, run};
use crate::judge::BESIDE;

/// Two accounts, called as their profiles.
const ACCOUNTS: &str = "[accounts.hub]\nid = \"640123987001\"\n[accounts.app]\nid = \"640123987002\"\n";

type Project<'p> = Vec<(&'p str, &'p str)>;

fn outcome(files: &[(&str, &str)]) -> Outcome {
    let files: Files = files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
    run(&files)
}

/// What is found and said, as lines.
fn lines(files: &[(&str, &str)]) -> Vec<String> {
    let outcome = outcome(files);
    let is_meant = |said: &&Said| !BESIDE.contains(&said.finding.rule.as_str());
    let found = outcome.findings.iter().filter(is_meant).map(|one| one.finding.to_string());
    found.chain(outcome.problems.iter().map(|problem| format!("problem {problem}"))).collect()
}

fn check(files: &[(&str, &str)], expected: &[&str]) {
    assert_eq!(lines(files), expected, "{files:#?}");
}

/// A mistake: in this file, that text instead of this one, and what is found then.
type Mistake<'m> = (&'m str, &'m str, &'m str, &'m [&'m str]);

/// A project as it should be, and with one mistake after the other.
fn mistakes(project: &Project<'_>, mistakes: &[Mistake<'_>]) {
    let mut wrong = Vec::new();
    let right = lines(project);
    if !right.is_empty() {
        wrong.push(format!("as it should be: {right:#?}"));
    }
    for (path, from, to, expected) in mistakes {
        let change = |(own, text): &(&str, &str)| {
            assert!(own != path || text.contains(from), "{path} has no {from}");
            ((*own).to_owned(), if own == path { text.replacen(from, to, 1) } else { (*text).to_owned() })
        };
        let changed: Vec<(String, String)> = project.iter().map(change).collect();
        let changed: Project<'_> =
            changed.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
        let found = lines(&changed);
        if found != *expected {
            wrong.push(format!("{path}: {from} -> {to}: {found:#?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn trust(principal: &str) -> String {
    format!(
        r#"{{"Version": "2012-10-17", "Statement": [{{"Effect": "Allow", "Principal": {principal}, "Action": "sts:AssumeRole"}}]}}"#
    )
}

fn allow(action: &str, resource: &str) -> String {
    format!(
        r#"{{"Version": "2012-10-17", "Statement": [{{"Effect": "Allow", "Action": "{action}", "Resource": "{resource}"}}]}}"#
    )
}

/// A user of one account assumes a role of another one.
fn user_and_role() -> Project<'static> {
    vec![
        ("trustlint.toml", ACCOUNTS),
        (
            "reports/trust.json",
            r#"{
  "Version": "2012-10-17",
  "Statement": [{
    "Effect": "Allow",
    "Principal": {"AWS": "arn:aws:iam::640123987001:user/nadia"},
    "Action": "sts:AssumeRole",
    "Condition": {"StringEquals": {"sts:ExternalId": "quarterly"}}
  }]
}
"#,
        ),
        (
            "reports/list-buckets.json",
            r#"{
  "Version": "2012-10-17",
  "Statement": [{"Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*"}]
}
"#,
        ),
        (
            "reports/assume.json",
            r#"{
  "Version": "2012-10-17",
  "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "arn:aws:iam::640123987002:role/reports"}]
}
"#,
        ),
        (
            "reports/setup.sh",
            r#"#!/usr/bin/env bash
set -euo pipefail

HERE="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
ROLE=reports

# The role that is assumed.
aws iam create-role \
  --profile app \
  --role-name "$ROLE" \
  --assume-role-policy-document "file://$HERE/trust.json"
aws --profile app iam put-role-policy --role-name "${ROLE}" \
  --policy-name list --policy-document file://list-buckets.json

# The user that assumes it.
aws iam create-user --user-name nadia --profile hub
aws iam put-user-policy --user-name=nadia --policy-name assume --policy-document=file://assume.json --profile=hub

aws sts assume-role --profile hub --role-arn arn:aws:iam::640123987002:role/reports \
  --role-session-name test --external-id quarterly
"#,
        ),
    ]
}

/// What can be wrong with it.
const USER_AND_ROLE: &[Mistake<'_>] = &[
    (
        "reports/assume.json",
        "role/reports",
        "role/report",
        &[
            r#"reports/assume.json:3 info [undeclared-assume-target] "arn:aws:iam::640123987002:role/report""#,
            r#"reports/trust.json:5 warning [trust-without-permission] "arn:aws:iam::640123987001:user/nadia""#,
        ],
    ),
    (
        "reports/assume.json",
        "640123987002:role",
        "640123987001:role",
        &[
            r#"reports/trust.json:5 warning [trust-without-permission] "arn:aws:iam::640123987001:user/nadia""#,
        ],
    ),
    (
        "reports/assume.json",
        "sts:AssumeRole",
        "sts:AssumeRoleWithSAML",
        &[
            r#"reports/trust.json:5 warning [trust-without-permission] "arn:aws:iam::640123987001:user/nadia""#,
        ],
    ),
    (
        "reports/assume.json",
        "\"Allow\"",
        "\"Deny\"",
        &[
            r#"reports/trust.json:5 warning [trust-without-permission] "arn:aws:iam::640123987001:user/nadia""#,
        ],
    ),
    (
        "reports/trust.json",
        "user/nadia",
        "user/nadja",
        &[
            r#"reports/assume.json:3 error [permission-without-trust] "arn:aws:iam::640123987002:role/reports""#,
            r#"reports/trust.json:5 info [undeclared-principal] "arn:aws:iam::640123987001:user/nadja""#,
        ],
    ),
    (
        "reports/trust.json",
        "640123987001:user",
        "640123987002:user",
        &[
            r#"reports/assume.json:3 error [permission-without-trust] "arn:aws:iam::640123987002:role/reports""#,
        ],
    ),
    (
        "reports/trust.json",
        "640123987001:user",
        "64012398701:user",
        &[
            r#"reports/assume.json:3 error [permission-without-trust] "arn:aws:iam::640123987002:role/reports""#,
            r#"reports/trust.json:5 error [invalid-principal] "arn:aws:iam::64012398701:user/nadia""#,
        ],
    ),
    (
        "reports/trust.json",
        "sts:AssumeRole",
        "sts: AssumeRole",
        &[
            r#"reports/assume.json:3 error [permission-without-trust] "arn:aws:iam::640123987002:role/reports""#,
            "problem reports/trust.json:6 `sts: AssumeRole` is not an action: remove the blank, or it matches nothing",
        ],
    ),
    (
        "reports/trust.json",
        "{\"sts:ExternalId\": \"quarterly\"}}",
        "{\"sts:ExternalId\": \"quarterly\"}, \"DateLessThan\": {\"aws:CurrentTime\": \"2025-12-31T00:00:00Z\"}}",
        &[
            r#"reports/assume.json:3 error [permission-without-trust] "arn:aws:iam::640123987002:role/reports""#,
        ],
    ),
    (
        "reports/setup.sh",
        " --external-id quarterly",
        "",
        &[r#"reports/setup.sh:19 error [external-id-mismatch] "arn:aws:iam::640123987002:role/reports""#],
    ),
    (
        "reports/setup.sh",
        " --external-id quarterly",
        " --external-id monthly",
        &[r#"reports/setup.sh:20 error [external-id-mismatch] "monthly""#],
    ),
    (
        "reports/setup.sh",
        "--user-name=nadia",
        "--user-name=nadja",
        &[
            r#"reports/trust.json:5 warning [trust-without-permission] "arn:aws:iam::640123987001:user/nadia""#,
        ],
    ),
    ("reports/setup.sh", "file://list-buckets.json", "file://assume.json", &[]),
];

#[test]
fn a_user_and_a_role_that_a_script_sets_up() {
    mistakes(&user_and_role(), USER_AND_ROLE);
}

/// A function of one account reads a bucket through a role of another one.
fn service_and_role() -> Project<'static> {
    vec![
        ("trustlint.toml", ACCOUNTS),
        (
            "iam/exporter-trust.json",
            r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]}"#,
        ),
        (
            "iam/exporter.json",
            r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "arn:aws:iam::640123987002:role/archive-reader"}]}"#,
        ),
        (
            "iam/reader-trust.json",
            r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::640123987001:role/exporter"}, "Action": "sts:AssumeRole"}]}"#,
        ),
        (
            "iam/reader.json",
            r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::archive-2031/*"}]}"#,
        ),
        (
            "Makefile",
            "ROLE := exporter\nIAM = aws iam\n\nexporter:\n\t@aws iam create-role --profile hub --role-name $(ROLE) \\\n\t\t--assume-role-policy-document file://iam/exporter-trust.json\n\taws iam put-role-policy --profile hub --role-name $(ROLE) --policy-name assume --policy-document file://iam/exporter.json\n\nreader:\n\taws iam create-role --profile app --role-name archive-reader --assume-role-policy-document file://iam/reader-trust.json\n\taws iam put-role-policy --profile app --role-name archive-reader --policy-name read --policy-document file://iam/reader.json\n",
        ),
    ]
}

/// What can be wrong with it.
const SERVICE_AND_ROLE: &[Mistake<'_>] = &[
    (
        "iam/exporter.json",
        "archive-reader",
        "archive-readers",
        &[
            r#"iam/exporter.json:1 info [undeclared-assume-target] "arn:aws:iam::640123987002:role/archive-readers""#,
            r#"iam/reader-trust.json:1 warning [trust-without-permission] "arn:aws:iam::640123987001:role/exporter""#,
        ],
    ),
    (
        "iam/reader-trust.json",
        "role/exporter",
        "role/importer",
        &[
            r#"iam/exporter.json:1 error [permission-without-trust] "arn:aws:iam::640123987002:role/archive-reader""#,
        ],
    ),
    (
        "iam/reader-trust.json",
        "{\"AWS\": \"arn:aws:iam::640123987001:role/exporter\"}",
        "{\"Service\": \"lambda.amazonaws.com\"}",
        &[
            r#"iam/exporter.json:1 error [permission-without-trust] "arn:aws:iam::640123987002:role/archive-reader""#,
        ],
    ),
    (
        "iam/reader-trust.json",
        "\"Action\": \"sts:AssumeRole\"",
        "\"Action\": \"sts:AssumeRole\", \"Condition\": {\"StringEquals\": {\"sts:ExternalId\": \"x-1\"}, \"DateLessThan\": {\"aws:CurrentTime\": \"2025-01-01T00:00:00Z\"}}",
        &[
            r#"iam/exporter.json:1 error [permission-without-trust] "arn:aws:iam::640123987002:role/archive-reader""#,
        ],
    ),
    (
        "iam/exporter.json",
        "sts:AssumeRole",
        "iam:PassRole",
        &[
            r#"iam/exporter.json:1 error [pass-role-across-accounts] "arn:aws:iam::640123987002:role/archive-reader""#,
            r#"iam/reader-trust.json:1 warning [trust-without-permission] "arn:aws:iam::640123987001:role/exporter""#,
        ],
    ),
    (
        "Makefile",
        "file://iam/exporter.json",
        "file://iam/reader.json",
        &[
            r#"iam/reader-trust.json:1 warning [trust-without-permission] "arn:aws:iam::640123987001:role/exporter""#,
        ],
    ),
];

#[test]
fn a_service_role_and_a_role_that_a_makefile_sets_up() {
    mistakes(&service_and_role(), SERVICE_AND_ROLE);
}

/// A role that trusts a whole account, and a managed policy that is attached to a user of it.
fn account_and_managed_policy() -> Project<'static> {
    vec![
        ("trustlint.toml", ACCOUNTS),
        (
            "stock-role.json",
            r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::640123987001:root"}, "Action": "sts:AssumeRole"}]}"#,
        ),
        (
            "use-stock.json",
            r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "arn:aws:iam::640123987002:role/stock"}]}"#,
        ),
        (
            "README.md",
            r#"# Stock

```console
$ aws iam create-role --role-name stock --profile app \
    --assume-role-policy-document file://stock-role.json
{
    "Role": {"RoleName": "stock"}
}
$ aws iam attach-role-policy --profile app --role-name stock --policy-arn arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess
```

Then, in the other account:

```bash
export AWS_PROFILE=hub
ACCOUNT=$(aws sts get-caller-identity --query Account --output text)
aws iam create-user --user-name emil
aws iam create-policy --policy-name use-stock --policy-document file://use-stock.json
aws iam attach-user-policy --user-name emil --policy-arn "arn:aws:iam::${ACCOUNT}:policy/use-stock"
```
"#,
        ),
    ]
}

/// What can be wrong with it.
const ACCOUNT_AND_POLICY: &[Mistake<'_>] = &[
    (
        "use-stock.json",
        "role/stock",
        "role/stocks",
        &[r#"use-stock.json:1 info [undeclared-assume-target] "arn:aws:iam::640123987002:role/stocks""#],
    ),
    (
        "stock-role.json",
        "640123987001:root",
        "640123987003:root",
        &[
            r#"stock-role.json:1 warning [missing-external-id] "arn:aws:iam::640123987003:root""#,
            r#"use-stock.json:1 error [permission-without-trust] "arn:aws:iam::640123987002:role/stock""#,
        ],
    ),
    (
        "stock-role.json",
        "640123987001:root",
        "640123987002:root",
        &[r#"use-stock.json:1 error [permission-without-trust] "arn:aws:iam::640123987002:role/stock""#],
    ),
    (
        "stock-role.json",
        "\"sts:AssumeRole\"",
        "\"sts:AssumeRoleWithWebIdentity\"",
        &[
            r#"stock-role.json:1 error [wrong-assume-action] "sts:AssumeRoleWithWebIdentity""#,
            r#"use-stock.json:1 error [permission-without-trust] "arn:aws:iam::640123987002:role/stock""#,
        ],
    ),
];

#[test]
fn a_page_that_says_how_to_set_up_a_role_for_an_account() {
    mistakes(&account_and_managed_policy(), ACCOUNT_AND_POLICY);
}

/// A bucket and a key that a user of another account may use.
fn bucket_and_user() -> Project<'static> {
    vec![
        ("trustlint.toml", ACCOUNTS),
        (
            "owner/bucket-policy.json",
            r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::640123987001:user/olga"}, "Action": ["s3:GetObject", "s3:PutObject"], "Resource": "arn:aws:s3:::harbour-logs/*"}]}"#,
        ),
        (
            "owner/key-policy.json",
            r#"{"Version": "2012-10-17", "Statement": [
  {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::640123987002:root"}, "Action": "kms:*", "Resource": "*"},
  {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::640123987001:user/olga"}, "Action": ["kms:Decrypt", "kms:GenerateDataKey"], "Resource": "*"}
]}"#,
        ),
        (
            "owner/apply.sh",
            r#"cd "$(dirname "$0")"
export AWS_PROFILE=app
aws s3api put-bucket-policy --bucket harbour-logs --policy file://bucket-policy.json
aws kms put-key-policy --region eu-west-1 --key-id 7d2f6c1e-2f0a-4c52-9c8e-0d5b1a3e9f11 \
  --policy-name default --policy file://key-policy.json
"#,
        ),
        (
            "user/apply.sh",
            r#"AWS_PROFILE=hub
KEY="arn:aws:kms:eu-west-1:640123987002:key/7d2f6c1e-2f0a-4c52-9c8e-0d5b1a3e9f11"
aws iam create-user --user-name olga
aws iam put-user-policy --user-name olga --policy-name logs --policy-document "$(cat <<JSON
{
  "Version": "2012-10-17",
  "Statement": [
    {"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": "arn:aws:s3:::harbour-logs/*"},
    {"Effect": "Allow", "Action": ["kms:Decrypt", "kms:GenerateDataKey"], "Resource": "$KEY"}
  ]
}
JSON
)"
"#,
        ),
    ]
}

/// What can be wrong with it.
const BUCKET_AND_USER: &[Mistake<'_>] = &[
    (
        "user/apply.sh",
        "arn:aws:s3:::harbour-logs/*",
        "arn:aws:s3:::harbour-log/*",
        &[
            r#"owner/bucket-policy.json:1 warning [grant-without-permission] "arn:aws:iam::640123987001:user/olga""#,
        ],
    ),
    (
        "user/apply.sh",
        "[\"s3:GetObject\", \"s3:PutObject\"]",
        "\"s3:GetObject\"",
        &[
            r#"owner/bucket-policy.json:1 warning [grant-without-permission] "arn:aws:iam::640123987001:user/olga""#,
        ],
    ),
    (
        "user/apply.sh",
        "[\"kms:Decrypt\", \"kms:GenerateDataKey\"]",
        "\"kms:DescribeKey\"",
        &[
            r#"owner/key-policy.json:3 warning [grant-without-permission] "arn:aws:iam::640123987001:user/olga""#,
            r#"user/apply.sh:9 error [permission-without-grant] "$KEY""#,
        ],
    ),
    (
        "user/apply.sh",
        "arn:aws:s3:::harbour-logs/*",
        "arn:aws:s3:::harbour-logs",
        &[
            r#"owner/bucket-policy.json:1 warning [grant-without-permission] "arn:aws:iam::640123987001:user/olga""#,
            r#"user/apply.sh:8 error [action-resource-mismatch] "s3:GetObject""#,
        ],
    ),
    (
        "owner/bucket-policy.json",
        "user/olga",
        "user/olgas",
        &[
            r#"owner/bucket-policy.json:1 info [undeclared-principal] "arn:aws:iam::640123987001:user/olgas""#,
            r#"user/apply.sh:8 error [permission-without-grant] "arn:aws:s3:::harbour-logs/*""#,
        ],
    ),
    (
        "owner/bucket-policy.json",
        "640123987001",
        "640123987002",
        &[r#"user/apply.sh:8 error [permission-without-grant] "arn:aws:s3:::harbour-logs/*""#],
    ),
    (
        "owner/key-policy.json",
        "user/olga",
        "user/*",
        &[
            r#"owner/key-policy.json:3 error [invalid-principal] "arn:aws:iam::640123987001:user/*""#,
            r#"user/apply.sh:9 error [permission-without-grant] "$KEY""#,
        ],
    ),
    (
        "owner/key-policy.json",
        ":user/olga",
        ":group/olga",
        &[
            r#"owner/key-policy.json:3 error [invalid-principal] "arn:aws:iam::640123987001:group/olga""#,
            r#"user/apply.sh:9 error [permission-without-grant] "$KEY""#,
        ],
    ),
    (
        "owner/bucket-policy.json",
        "{\"AWS\": \"arn:aws:iam::640123987001:user/olga\"}",
        "\"*\"",
        &[r#"owner/bucket-policy.json:1 error [wildcard-principal] "*""#],
    ),
];

#[test]
fn a_bucket_a_key_and_a_user_that_scripts_set_up() {
    mistakes(&bucket_and_user(), BUCKET_AND_USER);
}

const NADIA: &str = r#"{"AWS": "arn:aws:iam::640123987001:user/nadia"}"#;

/// What a script has to say of the user `nadia`, who may assume nothing.
const IDLE: &str = "aws iam create-user --profile hub --user-name nadia\naws iam put-user-policy --profile hub --user-name nadia --policy-name p --policy-document file://idle.json\n";

/// A role with the trust policy in `trust.json` as a script sets it up; whether it is compared with the permissions of the user that
/// it trusts, who has none.
fn is_bound(path: &str, script: &str, besides: &[(&str, &str)]) -> bool {
    let (trust, idle) = (trust(NADIA), allow("s3:ListAllMyBuckets", "*"));
    let mut files = vec![
        ("trustlint.toml", ACCOUNTS),
        ("trust.json", trust.as_str()),
        ("idle.json", idle.as_str()),
        ("idle.sh", IDLE),
    ];
    files.push((path, script));
    files.extend(besides);
    let found = lines(&files);
    let expected = "trust.json:1 warning [trust-without-permission] \"arn:aws:iam::640123987001:user/nadia\"";
    assert!(found.iter().all(|line| line == expected), "{found:#?}");
    !found.is_empty()
}

#[test]
fn commands_are_read_as_a_shell_reads_them() {
    for script in [
        "aws iam create-role --profile app --role-name r --assume-role-policy-document file://trust.json",
        "aws --profile=app iam create-role --role-name='r' --assume-role-policy-document='file://trust.json'",
        "AWS_PROFILE=app aws iam create-role --role-name r --assume-role-policy-document file://trust.json",
        "aws-vault exec app -- aws iam create-role --role-name r --assume-role-policy-document file://trust.json",
        "if ! aws iam get-role --role-name r; then\n  ARN=$(aws iam create-role --profile app --role-name r \\\n    --assume-role-policy-document \"file://trust.json\" --query Role.Arn --output text)\nfi",
        "P=app\nOPTIONS=\"--profile $P\"\naws iam create-role $OPTIONS --role-name r --assume-role-policy-document file://trust.json",
        "NAME=\"${NAME:-r}\"\nFILE=trust.json\naws iam create-role --profile app --role-name \"$NAME\" --assume-role-policy-document file://${FILE}",
        "make_role() {\n  local file=trust.json\n  aws iam create-role --profile app --role-name r --assume-role-policy-document file://$file\n}\nmake_role",
        "aws iam update-assume-role-policy --profile app --role-name r --policy-document \"$(cat trust.json)\"",
        "POLICY=`cat ./trust.json`\naws iam create-role --profile app --role-name r --assume-role-policy-document \"$POLICY\"",
        "cat trust.json | envsubst > out/t.json\naws iam create-role --profile app --role-name r --assume-role-policy-document file://out/t.json",
        "cp trust.json out.json && aws iam create-role --profile app --role-name r --assume-role-policy-document file://out.json",
    ] {
        assert!(is_bound("setup.sh", script, &[]), "{script}");
    }
}

#[test]
fn what_is_not_known_binds_nothing() {
    for script in [
        "aws iam create-role --role-name r --assume-role-policy-document file://trust.json",
        "aws iam create-role --profile app --endpoint-url http://localhost:4566 --role-name r --assume-role-policy-document file://trust.json",
        "# aws iam create-role --profile app --role-name r --assume-role-policy-document file://trust.json",
        "echo aws iam create-role --profile app --role-name r --assume-role-policy-document file://trust.json",
        "aws iam create-role --profile app --role-name r --assume-role-policy-document file://$(find_it)",
        "F=trust.json\nF=other.json\naws iam create-role --profile app --role-name r --assume-role-policy-document file://$F",
        "F=trust.json\nif test; then F=other.json; fi\naws iam create-role --profile app --role-name r --assume-role-policy-document file://$F",
        "F=trust.json\nsource other.sh\naws iam create-role --profile app --role-name r --assume-role-policy-document file://$F",
        "F=trust.json\nchange() { F=other.json; }\nchange\naws iam create-role --profile app --role-name r --assume-role-policy-document file://$F",
        "for i in 1 2; do\n  aws iam create-role --profile app --role-name r --assume-role-policy-document file://$F\n  F=trust.json\ndone",
        "jq '.Statement[0].Principal.AWS = \"x\"' trust.json > out/t.json\naws iam create-role --profile app --role-name r --assume-role-policy-document file://out/t.json",
        "python make.py > trust.json\naws iam create-role --profile app --role-name r --assume-role-policy-document file://trust.json",
        "aws iam create-role --profile app --role-name r --assume-role-policy-document file://../../trust.json",
        "aws s3 cp trust.json s3://x/",
    ] {
        assert!(!is_bound("setup.sh", script, &[]), "{script}");
    }
}

#[test]
fn commands_stand_in_pipelines_recipes_and_pages() {
    let create =
        "aws iam create-role --profile app --role-name r --assume-role-policy-document file://trust.json";
    for (path, text) in [
        ("scripts/iam/setup.sh", create.to_owned()),
        (".github/workflows/roles.yml", format!("jobs:\n  roles:\n    steps:\n      - run: {create}\n")),
        (
            ".github/workflows/roles.yml",
            format!(
                "jobs:\n  roles:\n    steps:\n      - name: roles\n        run: |\n          set -e\n          {create}\n"
            ),
        ),
        (
            ".github/workflows/roles.yml",
            format!(
                "jobs:\n  roles:\n    steps:\n      - run: >-\n          {}\n",
                create.replace(" --role", "\n          --role")
            ),
        ),
        (".gitlab-ci.yml", format!("roles:\n  script:\n    - {create}\n")),
        (
            ".gitlab-ci.yml",
            format!(
                "variables:\n  FILE: trust.json\nroles:\n  script:\n    - {}\n",
                create.replace("trust.json", "$FILE")
            ),
        ),
        (
            ".github/workflows/roles.yml",
            format!(
                "env:\n  FILE: \"trust.json\"\njobs:\n  roles:\n    steps:\n      - run: {}\n",
                create.replace("trust.json", "${FILE}")
            ),
        ),
        ("buildspec.yml", format!("version: 0.2\nphases:\n  build:\n    commands:\n      - {create}\n")),
        ("Makefile", format!("roles:\n\t@{create}\n")),
        ("Makefile", format!("FILE ?= trust.json\nroles:\n\t{}\n", create.replace("trust.json", "$(FILE)"))),
        (
            "justfile",
            format!("file := \"trust.json\"\nroles:\n    {}\n", create.replace("trust.json", "{{file}}")),
        ),
        ("README.md", format!("# Roles\n\n```bash\n{create}\n```\n")),
        ("README.md", format!("# Roles\n\n  ```console\n  $ {create}\n  Created.\n  ```\n")),
    ] {
        assert!(is_bound(path, &text, &[]), "{path}: {text}");
    }
    for (path, text) in [
        ("README.md", format!("# Roles\n\n{create}\n")),
        ("README.md", format!("# Roles\n\n```text\n{create}\n```\n")),
        // A page says something of what lies beside it or below.
        ("docs/roles.md", format!("```sh\n{create}\n```\n")),
        ("notes.txt", create.to_owned()),
    ] {
        assert!(!is_bound(path, &text, &[]), "{path}: {text}");
    }
}

#[test]
fn a_policy_in_a_script_is_underlined_there() {
    let role = |document: &str| {
        format!(
            "ACCOUNT=640123987009\n{document}\naws iam attach-role-policy --role-name partner --policy-arn arn:aws:iam::aws:policy/ReadOnlyAccess\n"
        )
    };
    let body = r#"{
  "Version": "2012-10-17",
  "Statement": {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::$ACCOUNT:root"}, "Action": "sts:AssumeRole"}
}"#;
    let quoted = body.replace('"', "\\\"");
    for (script, line) in [
        (
            format!(
                "cat > out/trust.json <<EOF\n{body}\nEOF\naws iam create-role --role-name partner --assume-role-policy-document file://out/trust.json"
            ),
            5,
        ),
        (
            format!(
                "TRUST=$(cat <<EOF\n{body}\nEOF\n)\naws iam create-role --role-name partner --assume-role-policy-document \"$TRUST\""
            ),
            5,
        ),
        (
            format!(
                "setup() {{\nlocal trust=$(cat <<EOF\n{body}\nEOF\n)\naws iam create-role --role-name partner --assume-role-policy-document \"$trust\"\n}}\nsetup"
            ),
            6,
        ),
        (format!("aws iam create-role --role-name partner --assume-role-policy-document \"{quoted}\""), 4),
        (
            format!(
                "aws iam create-role --role-name partner --assume-role-policy-document '{}'",
                body.replace("$ACCOUNT", "640123987009")
            ),
            4,
        ),
    ] {
        let script = role(&script);
        let found = lines(&[("trustlint.toml", ACCOUNTS), ("partner.sh", &script)]);
        let [one] = found.as_slice() else { panic!("{script}: {found:#?}") };
        assert!(one.starts_with(&format!("partner.sh:{line} warning [missing-external-id] ")), "{one}");
        assert!(one.contains("arn:aws:iam::"), "{one}");
    }
}

#[test]
fn what_block_public_access_does_at_the_end_counts() {
    let policy = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::drop/*"}]}"#;
    let put = "aws s3api put-bucket-policy --bucket drop --policy file://drop.json\n";
    let block = |given: &str| {
        format!(
            "aws s3api put-public-access-block --bucket drop --public-access-block-configuration {given}\n"
        )
    };
    let on =
        block("BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=true,RestrictPublicBuckets=true");
    let off = "aws s3api delete-public-access-block --bucket drop\n";
    let only_refused = block(r#"'{"BlockPublicPolicy": true}'"#);
    let perhaps = format!("if true; then\n{off}fi\n");
    let unless = "S3 rejects this policy unless";
    // Whether it is said, and whether with the words about new buckets; and whether S3 is said to reject the policy.
    for (script, is_said, with_unless, is_rejected) in [
        (put.to_owned(), true, true, false),
        (format!("{off}{put}"), true, false, false),
        (format!("{put}{off}"), true, false, false),
        (format!("{on}{off}{put}"), true, false, false),
        (format!("{off}{put}{on}"), false, false, false),
        (format!("{on}{put}"), false, false, true),
        (format!("{put}{only_refused}"), false, false, false),
        (format!("{perhaps}{put}"), true, false, false),
    ] {
        let all = outcome(&[("drop.json", policy), ("setup.sh", &script)]);
        let of = |rule: &str| all.findings.iter().find(|one| one.finding.rule == rule);
        let said = of("wildcard-principal");
        assert_eq!(said.is_some(), is_said, "{script}");
        assert_eq!(
            said.is_some_and(|one| one.help.as_ref().is_some_and(|it| it.contains(unless))),
            with_unless,
            "{script}"
        );
        assert_eq!(of("public-access-block-conflict").is_some(), is_rejected, "{script}");
    }
}

#[test]
fn a_permission_that_a_command_adds_is_spoken_of_as_the_command_takes_it() {
    let add = |principal: &str| {
        format!(
            "aws lambda add-permission --function-name nightly --statement-id a --action lambda:InvokeFunction --principal {principal}\n"
        )
    };
    for (principal, rule, expected) in [
        ("s3.amazonaws.com", "unscoped-service-principal", "set `--source-arn` to the bucket"),
        ("'*'", "wildcard-principal", "give `--principal` the account"),
    ] {
        let all = outcome(&[("setup.sh", &add(principal))]);
        let help: Vec<&str> = all
            .findings
            .iter()
            .filter(|one| one.finding.rule == rule)
            .filter_map(|one| one.help.as_deref())
            .collect();
        assert!(matches!(help.as_slice(), [help] if help.starts_with(expected)), "{help:?}");
    }
}

#[test]
fn a_template_that_a_script_fills_in_is_what_it_becomes() {
    let template = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::PARTNER_ID:root"}, "Action": "sts:AssumeRole"}}"#;
    let apply = |how: &str| {
        let script = format!(
            "PARTNER=640123987009\n{how}\naws iam create-role --role-name partner --assume-role-policy-document \"$TRUST\"\n"
        );
        lines(&[("trustlint.toml", ACCOUNTS), ("trust.json", template), ("partner.sh", &script)])
    };
    let found = ["trust.json:1 warning [missing-external-id] \"arn:aws:iam::PARTNER_ID:root\""];
    for how in [
        "TRUST=$(sed \"s/PARTNER_ID/$PARTNER/g\" trust.json)",
        "TRUST=$(cat trust.json | sed -e \"s|PARTNER_ID|${PARTNER}|\")",
        "cp trust.json t.json\nsed -i \"s/PARTNER_ID/$PARTNER/\" t.json\nTRUST=$(cat t.json)",
    ] {
        assert_eq!(apply(how), found, "{how}");
    }
    // Who that is, nobody knows.
    for how in [
        "TRUST=$(sed \"s/PARTNER_ID/$2/g\" trust.json)",
        "TRUST=$(sed \"s/PARTNER_ID/$(whoami)/g\" trust.json)",
    ] {
        assert_eq!(apply(how), [""; 0], "{how}");
    }
}

#[test]
fn what_is_to_be_filled_in_before_a_script_is_run_is_not_known() {
    let role = |principal: &str| {
        format!(
            "aws iam create-role --role-name partner --assume-role-policy-document '{}'\n",
            trust(&format!(r#"{{"AWS": "{principal}"}}"#))
        )
    };
    let found = |principal: &str| lines(&[("trustlint.toml", ACCOUNTS), ("partner.sh", &role(principal))]);
    assert_eq!(found("arn:aws:iam::640123987009:root").len(), 1);
    for principal in ["arn:aws:iam::YOUR_ACCOUNT_ID:root", "arn:aws:iam::<account>:root", "<role arn>"] {
        assert_eq!(found(principal), [""; 0], "{principal}");
    }
}

#[test]
fn permissions_that_nobody_knows_may_be_any() {
    let project = user_and_role();
    let with = |more: &str| {
        let files = project.iter().map(|(path, text)| match *path {
            "reports/assume.json" => (*path, text.replace("role/reports", "role/other")),
            "reports/setup.sh" => (*path, format!("{text}{more}")),
            _ => (*path, (*text).to_owned()),
        });
        let files: Vec<(&str, String)> = files.collect();
        let files: Project<'_> = files.iter().map(|(path, text)| (*path, text.as_str())).collect();
        lines(&files).iter().any(|line| line.contains("trust-without-permission"))
    };
    assert!(with(""));
    for more in [
        "aws iam attach-user-policy --profile hub --user-name nadia --policy-arn arn:aws:iam::640123987001:policy/of-another-repository\n",
        "aws iam attach-user-policy --profile hub --user-name nadia --policy-arn \"$1\"\n",
        "aws iam put-user-policy --profile hub --user-name nadia --policy-name more --policy-document \"$(make_policy)\"\n",
        "aws iam put-user-policy --profile hub --user-name \"$1\" --policy-name more --policy-document file://list-buckets.json\n",
        "aws iam attach-user-policy --profile hub --user-name nadia --policy-arn arn:aws:iam::aws:policy/AdministratorAccess\n",
    ] {
        assert!(!with(more), "{more}");
    }
}

#[test]
fn an_identity_that_nobody_creates_may_have_more() {
    let project: Vec<(&str, String)> = user_and_role()
        .into_iter()
        .map(|(path, text)| {
            (path, text.replace("role/reports\"}]", "role/other\"}]").replace("aws iam create-user", "# "))
        })
        .collect();
    let project: Project<'_> = project.iter().map(|(path, text)| (*path, text.as_str())).collect();
    assert!(!lines(&project).iter().any(|line| line.contains("trust-without-permission")));
}

#[test]
fn what_the_configuration_says_holds_over_a_command() {
    let config = format!("{ACCOUNTS}[[policy]]\npath = \"trust.json\"\nkind = \"session\"\n");
    let (trust, idle) = (trust(NADIA), allow("s3:ListAllMyBuckets", "*"));
    let create =
        "aws iam create-role --profile app --role-name r --assume-role-policy-document file://trust.json\n";
    check(
        &[
            ("trustlint.toml", &config),
            ("trust.json", &trust),
            ("idle.json", &idle),
            ("idle.sh", IDLE),
            ("create.sh", create),
        ],
        &[
            "problem create.sh:1 `[[policy]]` says that `trust.json` is a session policy, but this command uses it as a trust policy: `[[policy]]` is used",
            "problem trustlint.toml:5 the file is bound as session policy, but has a `Principal`",
        ],
    );
}

#[test]
fn a_message_names_what_the_command_names() {
    let everyone = trust(r#"{"AWS": "*"}"#);
    let mut project = user_and_role();
    project.retain(|(path, _)| *path != "reports/trust.json");
    project.push(("reports/trust.json", &everyone));
    let outcome = outcome(&project);
    let wildcard = outcome.findings.iter().find(|one| one.finding.rule == "wildcard-principal").unwrap();
    assert!(wildcard.message.contains("role `reports`"), "{}", wildcard.message);
}

#[test]
fn a_script_that_grows_without_end_is_given_up() {
    let many = |line: &dyn Fn(usize) -> String| (0..1_000).map(line).collect::<String>();
    let role = "aws iam create-role --role-name r --assume-role-policy-document";
    for script in [
        many(&|_| format!("X=$X$X\n{role} \"$X\"\n")),
        many(&|at| format!("X{at}={at}\n"))
            + &many(&|_| format!("cat <<E | envsubst > f\n$X1 {{}} $X2\nE\n{role} file://f\n")),
        many(&|at| format!("cat f > g{at}\ncat g{at} > f\n{role} file://f\n")),
        many(&|_| format!("{role} file://trust.json\n")),
    ] {
        let trust = trust(NADIA);
        lines(&[("trust.json", &trust), ("aws.sh", &script)]);
    }
}

#[test]
fn organization_policies_of_commands_grant_nothing() {
    let everything = allow("*", "*");
    let create = |kind: &str| {
        format!("aws organizations create-policy --type {kind} --name all --content file://all.json\n")
    };
    check(
        &[
            ("trustlint.toml", ACCOUNTS),
            ("all.json", &everything),
            ("org.sh", &create("SERVICE_CONTROL_POLICY")),
        ],
        &[],
    );
}

#[test]
fn a_profile_is_the_account_with_that_alias() {
    let config = ACCOUNTS.replace("[accounts.hub]", "[accounts.people]\naliases = [\"profile:hub\"]");
    let project: Project<'_> = user_and_role()
        .into_iter()
        .map(|(path, text)| (path, if path == "trustlint.toml" { config.as_str() } else { text }))
        .collect();
    assert_eq!(lines(&project), [""; 0]);
    let without = config.replace("aliases = [\"profile:hub\"]\n", "");
    let wrong = |config: &str| {
        let change = |(path, text): &(&str, &str)| {
            let text = if *path == "trustlint.toml" { config } else { text };
            ((*path).to_owned(), text.replace("role/reports\"}]", "role/other\"}]"))
        };
        let files: Vec<(String, String)> = project.iter().map(change).collect();
        let files: Project<'_> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
        lines(&files).iter().any(|line| line.contains("[trust-without-permission]"))
    };
    assert!(wrong(&config) && !wrong(&without));
}

#[test]
fn of_branches_that_need_not_be_run_together_none_is_the_last() {
    let (open, shut) = (
        trust(r#"{"AWS": "arn:aws:iam::640123987001:role/ci"}"#),
        trust(r#"{"Service": "ec2.amazonaws.com"}"#),
    );
    let ci = trust(r#"{"Service": "ec2.amazonaws.com"}"#);
    let caller = allow("sts:AssumeRole", "arn:aws:iam::640123987002:role/deploy");
    let hub = "aws iam create-role --profile hub --role-name ci --assume-role-policy-document file://ci.json\n\
               aws iam put-role-policy --profile hub --role-name ci --policy-name a --policy-document file://caller.json\n";
    let create =
        "aws iam create-role --profile app --role-name deploy --assume-role-policy-document file://open.json";
    let update = "aws iam update-assume-role-policy --profile app --role-name deploy --policy-document file://shut.json";
    let found = |path: &str, script: &str| {
        lines(&[
            ("trustlint.toml", ACCOUNTS),
            ("ci.json", &ci),
            ("caller.json", &caller),
            ("open.json", &open),
            ("shut.json", &shut),
            ("hub.sh", hub),
            (path, script),
        ])
    };
    let after = found("app.sh", &format!("{create}\n{update}\n"));
    assert!(
        after.len() == 1 && after.iter().all(|one| one.contains("[permission-without-trust]")),
        "{after:#?}"
    );
    for (path, script) in [
        ("app.sh", format!("{create}\nif [ \"$1\" = lock ]; then\n  {update}\nfi\n")),
        ("app.sh", format!("if [ \"$1\" = lock ]; then\n  {update}\nelse\n  {create}\nfi\n")),
        ("app.sh", format!("lock() {{\n  {update}\n}}\n{create}\n$1\n")),
        ("Makefile", format!("deploy:\n\t{create}\nlock:\n\t{update}\n")),
    ] {
        assert_eq!(found(path, &script), Vec::<String>::new(), "{script}");
    }
}

#[test]
fn what_follows_exit_is_not_run() {
    let put = |resource: &str| {
        format!(
            "aws iam put-role-policy --role-name ci --policy-name p --policy-document '{}'\n",
            allow("sts:AssumeRole", resource)
        )
    };
    let found = |script: String| lines(&[("trustlint.toml", ACCOUNTS), ("setup.sh", &script)]).len();
    let wide = put("*");
    assert_eq!(found(wide.clone()), 1);
    for before in ["exit\n", "exit 0\n", "[ -z \"$1\" ] && echo usage; exit 1\n"] {
        assert_eq!(found(format!("{before}{wide}")), 0, "{before}");
    }
    for before in
        ["test -z \"$1\" || exit 1\n", "if [ -z \"$1\" ]; then exit 1; fi\n", "usage() { exit 1; }\n"]
    {
        assert_eq!(found(format!("{before}{wide}")), 1, "{before}");
    }
}

#[test]
fn a_comment_in_a_script_ignores_what_the_command_below_says() {
    let put = |document: &str| {
        format!("aws iam put-role-policy --role-name ci --policy-name p \\\n  --policy-document {document}\n")
    };
    let wide = allow("sts:AssumeRole", "*");
    let found = |script: String| lines(&[("trustlint.toml", ACCOUNTS), ("setup.sh", &script)]);
    let ignore = "# trustlint: ignore[assume-any-role] the hub\n";
    for document in [format!("'{wide}'"), format!("\"$(cat <<EOF\n{wide}\nEOF\n)\"")] {
        assert_eq!(found(put(&document)).len(), 1, "{document}");
        assert_eq!(found(format!("{ignore}{}", put(&document))), [""; 0], "{document}");
        assert_eq!(found(format!("{ignore}echo\n{}", put(&document))).len(), 2, "{document}");
    }
}

#[test]
fn calls_stand_in_scripts_of_powershell() {
    let create =
        "aws iam create-role --profile app --role-name r --assume-role-policy-document file://trust.json";
    for (path, text) in [
        ("setup.ps1", format!("if ($All) {{\n    {create}\n}}\n")),
        (
            "setup.ps1",
            format!(
                "$File = \"trust.json\"\n$role = {}\n",
                create
                    .replace(" --role", " `\r\n    --role")
                    .replace("file://trust.json", "\"file://$File\"")
            ),
        ),
    ] {
        assert!(is_bound(path, &text, &[]), "{path}: {text}");
    }
}
