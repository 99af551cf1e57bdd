//! Policies in files of their own: whose they are, and what follows from that.

use crate::common::{Files, Outcome, run};
use crate::judge::judged;

/// Two accounts, by their directories.
const ACCOUNTS: &str = "[accounts.hub]\nid = \"640123987001\"\npaths = [\"hub/**\"]\n[accounts.app]\nid = \"640123987002\"\npaths = [\"app/**\"]\n";

/// The role `reader` of the account of `app/`, and the role `runner` of that of `hub/`.
const ROWS: &str = "[[policy]]\npath = \"app/trust.json\"\nkind = \"trust\"\nrole = \"reader\"\n[[policy]]\npath = \"app/permissions.json\"\nkind = \"identity\"\nrole = \"reader\"\n[[policy]]\npath = \"hub/trust.json\"\nkind = \"trust\"\nrole = \"runner\"\n[[policy]]\npath = \"hub/permissions.json\"\nkind = \"identity\"\nrole = \"runner\"\n";

/// The same by captures.
const CAPTURED: &str =
    "[[policy]]\npath = \"{account}/roles/{name}/{kind}.json\"\nrole = \"{name}\"\naccount = \"{account}\"\n";

fn trust(principal: &str) -> String {
    format!(
        r#"{{"Version": "2012-10-17", "Statement": [{{"Effect": "Allow", "Principal": {{{principal}}}, "Action": "sts:AssumeRole"}}]}}"#
    )
}

fn allow(action: &str, resource: &str) -> String {
    format!(
        r#"{{"Version": "2012-10-17", "Statement": [{{"Effect": "Allow", "Action": "{action}", "Resource": "{resource}"}}]}}"#
    )
}

const RUNNER: &str = r#""AWS": "arn:aws:iam::640123987001:role/runner""#;
const EC2: &str = r#""Service": "ec2.amazonaws.com""#;
const READER: &str = "arn:aws:iam::640123987002:role/reader";

fn check(files: &[(&str, &str)], expected: &[&str]) {
    judged(files.iter().copied(), expected, &[]);
}

fn outcome(files: &[(&str, &str)]) -> Outcome {
    let files: Files = files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
    run(&files)
}

#[test]
fn both_sides_of_an_access_between_files_are_compared() {
    let config = format!("{ACCOUNTS}{ROWS}");
    let (reader, ec2) = (trust(RUNNER), trust(EC2));
    let check = |permissions: &str, expected: &[&str]| {
        check(
            &[
                ("trustlint.toml", &config),
                ("app/trust.json", &reader),
                ("app/permissions.json", &allow("s3:ListAllMyBuckets", "*")),
                ("hub/trust.json", &ec2),
                ("hub/permissions.json", permissions),
            ],
            expected,
        );
    };
    check(&allow("sts:AssumeRole", READER), &[]);
    check(
        &allow("sts:AssumeRole", "arn:aws:iam::640123987002:role/writer"),
        &[r#"app/trust.json:1 warning [trust-without-permission] "arn:aws:iam::640123987001:role/runner""#],
    );
}

#[test]
fn captures_say_the_same_for_a_whole_folder() {
    let config = format!("{ACCOUNTS}{CAPTURED}");
    let (reader, ec2) = (trust(RUNNER), trust(EC2));
    let check = |reader: &str, permissions: &str, expected: &[&str]| {
        check(
            &[
                ("trustlint.toml", &config),
                ("app/roles/reader/trust.json", reader),
                ("hub/roles/runner/trust-policy.json", &ec2),
                ("hub/roles/runner/permissions.json", permissions),
            ],
            expected,
        );
    };
    check(&reader, &allow("sts:AssumeRole", READER), &[]);
    check(
        &trust(r#""AWS": "arn:aws:iam::640123987001:role/other""#),
        &allow("sts:AssumeRole", READER),
        &[
            r#"hub/roles/runner/permissions.json:1 error [permission-without-trust] "arn:aws:iam::640123987002:role/reader""#,
        ],
    );
}

#[test]
fn a_role_of_which_only_the_trust_policy_is_there_may_have_any_permission() {
    let config = format!("{ACCOUNTS}{CAPTURED}");
    check(
        &[
            ("trustlint.toml", &config),
            ("app/roles/reader/trust.json", &trust(RUNNER)),
            ("hub/roles/runner/trust.json", &trust(EC2)),
        ],
        &[],
    );
}

/// A policy that grants reading the bucket `ledger` to a principal.
fn bucket(principal: &str) -> String {
    format!(
        r#"{{"Version": "2012-10-17", "Statement": [{{"Effect": "Allow", "Principal": {{"AWS": "{principal}"}}, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::ledger/*"}}]}}"#
    )
}

#[test]
fn a_bucket_policy_names_its_bucket() {
    let config = format!("{ACCOUNTS}{ROWS}");
    let (reader, ec2) = (trust(RUNNER), trust(EC2));
    let assume = r#"{"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "arn:aws:iam::640123987002:role/reader"}"#;
    let check = |bucket: &str, expected: &[&str]| {
        let read = r#"{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::ledger/*"}"#;
        let permissions = format!(r#"{{"Version": "2012-10-17", "Statement": [{assume}, {read}]}}"#);
        check(
            &[
                ("trustlint.toml", &config),
                ("app/trust.json", &reader),
                ("app/bucket-policy.json", bucket),
                ("hub/trust.json", &ec2),
                ("hub/permissions.json", &permissions),
            ],
            expected,
        );
    };
    check(&bucket("arn:aws:iam::640123987001:role/runner"), &[]);
    check(
        &bucket("arn:aws:iam::640123987001:role/other"),
        &[r#"hub/permissions.json:1 error [permission-without-grant] "arn:aws:s3:::ledger/*""#],
    );
}

#[test]
fn a_queue_policy_names_its_queue_and_account() {
    let policy = |principal: &str| {
        format!(
            r#"{{"Version": "2012-10-17", "Statement": [{{"Effect": "Allow", "Principal": {{"AWS": "{principal}"}}, "Action": "sqs:SendMessage", "Resource": "arn:aws:sqs:eu-west-1:640123987002:jobs"}}]}}"#
        )
    };
    let config = format!("{ACCOUNTS}{ROWS}");
    let check = |principal: &str, expected: &[&str]| {
        check(
            &[
                ("trustlint.toml", &config),
                // Nothing else says that it is the account of `app/`.
                ("queues/jobs.json", &policy(principal)),
                ("hub/trust.json", &trust(EC2)),
                (
                    "hub/permissions.json",
                    &allow("sqs:SendMessage", "arn:aws:sqs:eu-west-1:640123987002:jobs"),
                ),
            ],
            expected,
        );
    };
    check("arn:aws:iam::640123987001:role/runner", &[]);
    check(
        "arn:aws:iam::640123987001:role/other",
        &[
            r#"hub/permissions.json:1 error [permission-without-grant] "arn:aws:sqs:eu-west-1:640123987002:jobs""#,
        ],
    );
}

#[test]
fn what_only_limits_grants_nothing() {
    let any = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["s3:*", "sts:AssumeRole"], "Resource": "*"}]}"#;
    let open = r#"{"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::amazonlinux.eu-west-1.amazonaws.com/*"}]}"#;
    let sts = r#"{"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole", "Resource": "*"}]}"#;
    for (path, policy) in [
        ("policies/scp/tools/allowed.json", any),
        ("boundaries/developer-boundary.json", any),
        ("guardrails/regions.json", any),
        ("network/s3-gateway.json", open),
        ("network/sts-interface.json", sts),
    ] {
        check(&[(path, policy)], &[]);
    }
    check(&[("policies/tools.json", any)], &[r#"policies/tools.json:1 warning [assume-any-role] "*""#]);
    let rows = "[[policy]]\npath = \"a.json\"\nkind = \"session\"\n";
    check(&[("trustlint.toml", rows), ("a.json", any)], &[]);
    let ignored = "[[policy]]\npath = \"a.json\"\nkind = \"ignore\"\n";
    check(&[("trustlint.toml", ignored), ("a.json", any)], &[]);
}

#[test]
fn a_service_control_policy_of_an_account_denies_there() {
    let deny = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "sts:AssumeRole", "Resource": "*"}]}"#;
    let rows = "[[policy]]\npath = \"org/no-assume.json\"\nkind = \"scp\"\naccount = \"hub\"\n";
    let files = |rows: &str| {
        let config = format!("{ACCOUNTS}{ROWS}{rows}");
        outcome(&[
            ("trustlint.toml", &config),
            ("org/no-assume.json", deny),
            ("app/trust.json", &trust(RUNNER)),
            ("hub/trust.json", &trust(EC2)),
            ("hub/permissions.json", &allow("sts:AssumeRole", READER)),
        ])
    };
    let rules = |outcome: &Outcome| -> Vec<String> {
        outcome.findings.iter().map(|said| said.finding.rule.clone()).collect()
    };
    assert_eq!(rules(&files(rows)), ["guardrail-blocks-access"]);
    assert!(rules(&files("")).is_empty());
}

#[test]
fn contradictions_are_said() {
    let rows = "[[policy]]\npath = \"a/*.json\"\nkind = \"trust\"\nrole = \"a\"\n[[policy]]\npath = \"a/b.json\"\nkind = \"identity\"\nrole = \"a\"\n";
    let said = outcome(&[("trustlint.toml", rows), ("a/b.json", &trust(EC2))]);
    let expected = "trustlint.toml:5 `a/b.json` is bound as trust policy of role `a` and as identity policy of role `a`: the first one is used";
    assert_eq!(said.problems, [expected]);
    let both = outcome(&[("trustlint.toml", rows), ("a/c.json", &trust(EC2)), ("a/d.json", &trust(EC2))]);
    let expected = "trustlint.toml:1 `a/d.json` and `a/c.json` are both bound as trust policy of role `a`: the second one is used";
    assert_eq!(both.problems, [expected]);
}

#[test]
fn files_that_are_called_alike_are_of_one_role() {
    let administrator = allow("*", "*");
    let outside = trust(r#""AWS": "arn:aws:iam::640123987009:root""#);
    let rules = |files: &[(&str, &str)]| -> Vec<String> {
        let files = [&[("trustlint.toml", ACCOUNTS)], files].concat();
        outcome(&files).findings.iter().map(|said| said.finding.rule.clone()).collect()
    };
    for (one, other) in [
        ("app/ci-trust.json", "app/ci-permissions.json"),
        ("app/ci-trust-policy.json", "app/ci-policy.json"),
        ("app/ci/trust-policy.json", "app/ci/permissions.json"),
    ] {
        let found = rules(&[(one, &outside), (other, &administrator)]);
        assert!(found.contains(&"privileged-outside-trust".to_owned()), "{one} {other}: {found:?}");
    }
    let apart = rules(&[("app/ci-trust.json", &outside), ("app/dev-permissions.json", &administrator)]);
    assert!(!apart.contains(&"privileged-outside-trust".to_owned()), "{apart:?}");
}

#[test]
fn a_message_names_a_file_that_is_there() {
    let any = allow("sts:AssumeRole", "*");
    let found = outcome(&[("app/ci_trust.json", &trust(EC2)), ("app/ci_permissions.json", &any)]);
    let of_any = found.findings.iter().find(|said| said.finding.rule == "assume-any-role");
    let message = of_any.map(|said| said.message.as_str());
    let expected = "`app/ci_permissions.json` allows `sts:AssumeRole` on every role in every account";
    assert_eq!(message, Some(expected));
}

/// What is said of one file, as `path:line message`, and the rules that report it.
fn said_of(path: &str, text: &str) -> (Vec<String>, Vec<String>) {
    let outcome = outcome(&[(path, text)]);
    let rules = outcome.findings.iter().map(|said| said.finding.rule.clone()).collect();
    (outcome.problems, rules)
}

#[test]
fn what_is_meant_as_a_policy_and_is_none_is_said() {
    for (text, line, problem) in [
        (
            "{\"Version\": \"2012-10-17\",\n\"Statement\": [{\"Effect\": \"Allow\" \"Action\": \"s3:*\"}]}",
            2,
            "expected `,` or `}`",
        ),
        (
            "{\"Version\": \"2012-10-17\", \"Statement\": [\n{\"Efect\": \"Allow\", \"Principal\": \"*\"}]}",
            2,
            "a statement has no `Effect`, but an element that no statement has: AWS rejects the policy",
        ),
        (
            "{\"Version\": \"2012-10-17\", \"Statement\": [\n{\"Version\": \"2012-10-17\", \"Statement\": [{\"Effect\": \"Deny\", \"Action\": \"*\", \"Resource\": \"*\"}]}]}",
            2,
            "a policy stands in the place of a statement: AWS rejects this",
        ),
        (
            "{\"Version\": \"2012-10-17\", \"Statement\": [\n{\"Efect\": \"Allow\", \"Action\": \"s3:*\", \"Resource\": \"*\"}]}",
            2,
            "a statement has no `Effect`, but an element that no statement has: AWS rejects the policy",
        ),
    ] {
        let (problems, rules) = said_of("policy.json", text);
        assert_eq!(problems, [format!("policy.json:{line} {problem}")], "{text}");
        assert_eq!(rules, ["unreadable-file"], "{text}");
    }
    let alone = r#"{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}"#;
    for text in [alone.to_owned(), format!("[{alone}]")] {
        let (problems, rules) = said_of("policy.json", &text);
        let expected = "policy.json:1 a statement alone is not a policy: put it into `Statement` of a document with a `Version`";
        assert_eq!(problems, [expected]);
        assert!(rules.is_empty(), "{rules:?}");
    }
    assert_eq!(said_of("package.json", r#"{"Effect": "fade", "x": 1}"#), (Vec::new(), Vec::new()));
}

#[test]
fn what_aws_rejects_of_a_policy_file_is_said() {
    let statement = |more: &str| {
        format!(
            r#"{{"Effect": "Allow", "Principal": {{"AWS": "arn:aws:iam::640123987009:root"}}, "Action": "sts:AssumeRole"{more}}}"#
        )
    };
    let document = |statements: &str| format!(r#"{{"Version": "2012-10-17", "Statement": [{statements}]}}"#);
    for (text, problem) in [
        (
            document(&statement("").replace("sts:A", "sts: A")),
            "`sts: AssumeRole` is not an action: remove the blank, or it matches nothing",
        ),
        (
            document(&format!(
                r#"{}, {{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}}"#,
                statement("")
            )),
            "the policy has statements with and without `Principal`: AWS rejects it, as a policy of an identity and of a resource alike",
        ),
        (format!("// remove this\n{}", document(&statement(""))), "a comment is not JSON"),
    ] {
        let (problems, _) = said_of("trust.json", &text);
        assert!(problems.len() == 1 && problems[0].ends_with(problem), "{text}: {problems:?}");
    }
    // It is a trust policy all the same.
    let (_, rules) = said_of("trust.json", &document(&statement(r#", "Resource": "*""#)));
    assert_eq!(rules, ["misplaced-element", "missing-external-id"]);
}

#[test]
fn policies_are_read_whatever_is_around_them() {
    let policy = trust(r#""AWS": "*""#);
    let text = serde_json::Value::from(policy.as_str()).to_string();
    for (path, text) in [
        ("a.json", format!(r#"{{"RoleName": "open", "AssumeRolePolicyDocument": {policy}}}"#)),
        ("a.json", format!(r#"{{"RoleName": "open", "AssumeRolePolicyDocument": {text}}}"#)),
        ("a.json", format!(r#"{{"Role": {{"RoleName": "open", "AssumeRolePolicyDocument": {policy}}}}}"#)),
        ("a.json", format!("[{policy}]")),
        ("a.json", format!(r#"{{"one": {policy}}}"#)),
        ("a.json", format!("// from a guide\n{policy}")),
        ("a.jsonc", format!("/* from a guide */ {policy}")),
        ("a.policy", policy.clone()),
        ("a.json.tpl", policy.clone()),
        ("a.json.j2", policy.clone()),
    ] {
        let (_, rules) = said_of(path, &text);
        assert_eq!(rules, ["wildcard-principal"], "{path}: {text}");
    }
    let named = "[[policy]]\npath = \"a.txt\"\nkind = \"trust\"\nrole = \"open\"\n";
    check(&[("trustlint.toml", named), ("a.txt", &policy)], &[r#"a.txt:1 error [wildcard-principal] "*""#]);
}

#[test]
fn json_in_a_file_of_terraform_is_a_policy_file_and_a_note_says_that_terraform_rejects_it() {
    let misspelt = allow("s3:GetObjec", "arn:aws:s3:::acme-exports/*");
    let of = |outcome: Outcome| {
        let found: Vec<String> = outcome.findings.iter().map(|said| said.finding.to_string()).collect();
        (outcome.problems, found)
    };
    let finding = r#"read.tf:1 warning [unknown-action] "s3:GetObjec""#.to_owned();
    let note = "read.tf:1 this is JSON, which Terraform rejects in a file with this ending: call it `.json`"
        .to_owned();
    assert_eq!(of(outcome(&[("read.tf", &misspelt)])), (vec![note], vec![finding.clone()]));
    // What reads it as JSON does not care.
    let main = "resource \"aws_iam_policy\" \"read\" {\n  policy = file(\"${path.module}/read.tf\")\n}\n";
    assert_eq!(of(outcome(&[("read.tf", &misspelt), ("main.tf", main)])), (Vec::new(), vec![finding]));
    // Of JSON with a mistake, the place of the mistake is said.
    let broken = misspelt.replace(r#", "Resource""#, r#" "Resource""#);
    let (problems, found) = of(outcome(&[("read.tf", &broken)]));
    assert_eq!(problems, ["read.tf:1 expected `,` or `}`"]);
    assert_eq!(found, [r#"read.tf:1 warning [unreadable-file] """"#]);
}
