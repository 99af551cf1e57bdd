//! Several projects in one run: one graph, and each project under its own configuration.

use crate::common::{Files, run};
use crate::judge::judged;

/// The configuration of a project that has one account, under a name which others have, too.
fn prod(id: &str, more: &str) -> String {
    format!("[accounts.prod]\nid = \"{id}\"\npaths = [\"live/**\"]\n{more}")
}

/// The role `deploy`, trusting the role `ci` of account 111111111111.
const DEPLOY: &str = "resource \"aws_iam_role\" \"deploy\" {\n  name = \"deploy\"\n  assume_role_policy = jsonencode({ Version = \"2012-10-17\", Statement = [{ Effect = \"Allow\", Action = \"sts:AssumeRole\", Principal = { AWS = \"arn:aws:iam::111111111111:role/ci\" } }] })\n}\n";

/// The role `ci`, which may assume a role.
fn ci(target: &str) -> String {
    format!(
        "resource \"aws_iam_role\" \"ci\" {{\n  name = \"ci\"\n  assume_role_policy = jsonencode({{ Version = \"2012-10-17\", Statement = [{{ Effect = \"Allow\", Action = \"sts:AssumeRole\", Principal = {{ Service = \"ec2.amazonaws.com\" }} }}] }})\n}}\nresource \"aws_iam_role_policy\" \"ci\" {{\n  role = aws_iam_role.ci.id\n  policy = jsonencode({{ Version = \"2012-10-17\", Statement = [{{ Effect = \"Allow\", Action = \"sts:AssumeRole\", Resource = \"{target}\" }}] }})\n}}\n"
    )
}

const TARGET: &str = "arn:aws:iam::222222222222:role/deploy";
const OTHER: &str = "arn:aws:iam::222222222222:role/other";
const MISSING: &str =
    "b/live/main.tf:3 warning [trust-without-permission] \"arn:aws:iam::111111111111:role/ci\"";

#[test]
fn the_sides_of_an_access_are_compared_across_projects() {
    let (a, b) = (prod("111111111111", ""), prod("222222222222", ""));
    let check = |target: &str, expected: &[&str]| {
        let files = [
            ("a/trustlint.toml", a.as_str()),
            ("a/live/main.tf", &ci(target)),
            ("b/trustlint.toml", b.as_str()),
            ("b/live/main.tf", DEPLOY),
        ];
        judged(files, expected, &[]);
    };
    check(TARGET, &[]);
    check(OTHER, &[MISSING]);
}

#[test]
fn levels_and_ignores_hold_for_their_own_project() {
    let check = |a: &str, b: &str, expected: &[&str]| {
        let (a, b) = (prod("111111111111", a), prod("222222222222", b));
        let files = [
            ("a/trustlint.toml", a.as_str()),
            ("a/live/main.tf", &ci(OTHER)),
            ("b/trustlint.toml", b.as_str()),
            ("b/live/main.tf", DEPLOY),
        ];
        judged(files, expected, &[]);
    };
    let off = "[rules]\ntrust-without-permission = \"off\"\n";
    check("", off, &[]);
    check(off, "", &[MISSING]);
    let error = MISSING.replace("warning", "error");
    check("", "[rules]\ntrust-without-permission = \"error\"\n", &[&error]);

    // Patterns are relative to the configuration.
    let ignore = "[[ignore]]\nrule = \"trust-without-permission\"\npath = \"live/**\"\n";
    check("", ignore, &[]);
    let unused = "a/trustlint.toml:4 warning [unused-ignore] \"[[ignore]]\"";
    check(ignore, "", &[unused, MISSING]);
    let elsewhere = ignore.replace("live", "b/live");
    let unused = unused.replace("a/", "b/");
    check("", &elsewhere, &[&unused, MISSING]);
}

#[test]
fn decisions_of_a_configuration_above_end_where_another_one_begins_and_its_accounts_do_not() {
    let check = |above: &str, expected: &[&str]| {
        let above = format!(
            "[accounts.tools]\nid = \"111111111111\"\npaths = [\"a\"]\n[accounts.prod]\nid = \"222222222222\"\npaths = [\"b/live\"]\n{above}"
        );
        let files = [
            ("trustlint.toml", above.as_str()),
            ("a/main.tf", &ci(OTHER)),
            ("b/trustlint.toml", "[rules]\nunused-ignore = \"error\"\n"),
            ("b/live/main.tf", DEPLOY),
        ];
        judged(files, expected, &[]);
    };
    check("", &[MISSING]);
    check("[rules]\ntrust-without-permission = \"off\"\n", &[MISSING]);
}

#[test]
fn the_name_of_an_account_is_that_of_the_nearest_configuration() {
    let check = |above: &str, below: &str, expected: &[&str]| {
        let files = [
            ("trustlint.toml", above),
            ("a/main.tf", &ci(OTHER)),
            ("b/trustlint.toml", below),
            ("b/live/main.tf", DEPLOY),
        ];
        judged(files, expected, &[]);
    };
    let above =
        "[accounts.prod]\nid = \"111111111111\"\npaths = [\"a\"]\n[accounts.live]\nid = \"222222222222\"\n";
    // It has an account of this name, or one above has; a name that nobody gives an ID may be any account.
    check(above, "[accounts.prod]\nid = \"222222222222\"\npaths = [\"live\"]\n", &[MISSING]);
    check(above, "[accounts.Live]\npaths = [\"**\"]\n", &[MISSING]);
    check(above, "[[terraform.root]]\npath = \"live\"\naccount = \"live\"\n", &[MISSING]);
    check(above, "[accounts.new]\npaths = [\"live\"]\n", &[]);
    // The same account: the role that is trusted is the one that is declared, and needs no permission of its own.
    check(above, "[accounts.prod]\npaths = [\"live\"]\n", &[]);
}

#[test]
fn accounts_without_ids_are_different_in_one_project_and_may_be_the_same_in_two() {
    let bucket = "resource \"aws_s3_bucket\" \"b\" {\n  bucket = \"acme-data\"\n}\n".to_owned();
    let caller = ci(TARGET).replace(
        "sts:AssumeRole\", Resource = \"arn:aws:iam::222222222222:role/deploy",
        "s3:GetObject\", Resource = \"arn:aws:s3:::acme-data/*",
    );
    let found = "a/main.tf:7 error [permission-without-grant] \"arn:aws:s3:::acme-data/*\"";
    let one = "[accounts.tools]\npaths = [\"a\"]\n[accounts.data]\npaths = [\"b\"]\n";
    judged([("trustlint.toml", one), ("a/main.tf", &caller), ("b/main.tf", &bucket)], &[found], &[]);
    let files = [
        ("a/trustlint.toml", "[accounts.tools]\npaths = [\".\"]\n"),
        ("a/main.tf", &caller),
        ("b/trustlint.toml", "[accounts.data]\npaths = [\".\"]\n"),
        ("b/main.tf", &bucket),
    ];
    judged(files, &[], &[]);
}

#[test]
fn deployments_and_modules_are_relative_to_their_configuration() {
    let module = "module \"deploy\" {\n  source = \"git::https://example.com/deploy\"\n}\n";
    let check = |mapped: &str, expected: &[&str]| {
        let (a, b) = (
            prod("111111111111", ""),
            prod(
                "222222222222",
                &format!("[terraform.modules]\n\"git::https://example.com/deploy\" = \"{mapped}\"\n"),
            ),
        );
        let files = [
            ("a/trustlint.toml", a.as_str()),
            ("a/live/main.tf", &ci(OTHER)),
            ("b/trustlint.toml", b.as_str()),
            ("b/live/main.tf", module),
            ("b/modules/deploy/main.tf", DEPLOY),
        ];
        judged(files, expected, &[]);
    };
    let found = MISSING.replace("live", "modules/deploy");
    check("modules/deploy", &[&found]);
    check("b/modules/deploy", &[]);

    let text = DEPLOY.replace("111111111111", "${var.tools}");
    let text = format!("variable \"tools\" {{}}\n{text}");
    let b =
        prod("222222222222", "[[terraform.root]]\npath = \"live\"\nvar-files = [\"values/tools.tfvars\"]\n");
    let files = [
        ("a/trustlint.toml", &*prod("111111111111", "")),
        ("a/live/main.tf", &ci(OTHER)),
        ("b/trustlint.toml", &b),
        ("b/live/main.tf", &text),
        ("b/values/tools.tfvars", "tools = \"111111111111\"\n"),
    ];
    let found = MISSING.replace(":3", ":4").replace("111111111111", "${var.tools}");
    judged(files, &[&found], &[]);
}

#[test]
fn an_account_is_in_the_organization_of_the_project_that_lists_it() {
    let caller = ci(TARGET);
    let deploy = DEPLOY.replace(
        "{ AWS = \"arn:aws:iam::111111111111:role/ci\" }",
        "{ AWS = \"arn:aws:iam::111111111111:role/ci\" }, Condition = { StringEquals = { \"aws:PrincipalOrgID\" = \"o-bbbbbbbbbb\" } }",
    );
    let check = |a: &str, b: &str, expected: &[&str]| {
        let organization = |id: &str| format!("[organization]\nid = \"{id}\"\n");
        let (a, b) = (prod("111111111111", &organization(a)), prod("222222222222", &organization(b)));
        let files = [
            ("a/trustlint.toml", a.as_str()),
            ("a/live/main.tf", &caller),
            ("b/trustlint.toml", b.as_str()),
            ("b/live/main.tf", &deploy),
        ];
        judged(files, expected, &[]);
    };
    check("o-bbbbbbbbbb", "o-bbbbbbbbbb", &[]);
    let found = "a/live/main.tf:7 error [permission-without-trust] \"arn:aws:iam::222222222222:role/deploy\"";
    check("o-aaaaaaaaaa", "o-bbbbbbbbbb", &[found]);
}

#[test]
fn several_names_of_one_account_are_one_account() {
    let files: Files = [
        ("a/trustlint.toml", "[accounts.tools]\nid = \"111111111111\"\npaths = [\".\"]\n".to_owned()),
        ("a/main.tf", ci(OTHER)),
        ("b/trustlint.toml", "[accounts.builds]\nid = \"111111111111\"\n[accounts.prod]\nid = \"222222222222\"\npaths = [\"live\"]\n".to_owned()),
        ("b/live/main.tf", DEPLOY.to_owned()),
    ]
    .map(|(path, text)| (path.to_owned(), text))
    .into();
    let said = run(&files);
    let messages: Vec<&str> = said.findings.iter().map(|said| said.message.as_str()).collect();
    assert_eq!(messages.len(), 1, "{messages:?}");
    assert!(messages.iter().all(|it| it.contains("tools") && !it.contains("builds")), "{messages:?}");
}
