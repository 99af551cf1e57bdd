//! Names of roles and users that do not exist: errors only on proof, and never for what templates do not declare anyway.

use crate::judge::judged;

fn config(coverage: &str) -> String {
    format!("[accounts.tools]\nid = \"111111111111\"\npaths = [\"a/**\"]\n{coverage}\n")
}

fn role(name: &str, more: &str, principal: &str) -> String {
    format!(
        "resource \"aws_iam_role\" \"{name}\" {{\n  name = \"{name}\"\n  {more}\n  assume_role_policy = jsonencode({{ Version = \"2012-10-17\", Statement = [{{ Effect = \"Allow\", Action = \"sts:AssumeRole\", Principal = {principal} }}] }})\n}}\n"
    )
}

fn trusting(principal: &str) -> String {
    role("deploy", "", &format!("{{ AWS = \"arn:aws:iam::111111111111:{principal}\" }}"))
}

const SERVICE: &str = "{ Service = \"ec2.amazonaws.com\" }";
const FULL: &str = "coverage = \"full\"";

/// Of the role `deploy`, which trusts a principal, and what else is declared in account 111111111111.
fn check(coverage: &str, principal: &str, more: &str, expected: &[&str]) {
    let (config, text) = (config(coverage), trusting(principal) + more);
    judged([("trustlint.toml", config.as_str()), ("a/main.tf", text.as_str())], expected, &[]);
}

#[test]
fn a_role_of_a_covered_account_that_nobody_declares_does_not_exist() {
    let found = "a/main.tf:4 error [undeclared-principal] \"arn:aws:iam::111111111111:role/reporting\"";
    for coverage in [FULL, "coverage = [\"identities\"]", "coverage = [\"identities\", \"resources\"]"] {
        check(coverage, "role/reporting", "", &[found]);
    }
    for coverage in ["", "coverage = \"partial\"", "coverage = [\"resources\"]"] {
        check(coverage, "role/reporting", "", &[]);
    }
    // A user is not a role.
    let user = "a/main.tf:4 error [undeclared-principal] \"arn:aws:iam::111111111111:user/reporting\"";
    check(FULL, "user/reporting", &role("reporting", "", SERVICE), &[user]);
    check(FULL, "role/reporting", &role("reporting", "", SERVICE), &[]);
}

#[test]
fn the_name_of_a_declared_role_with_another_path_is_wrong_in_every_account() {
    let found = "a/main.tf:4 error [undeclared-principal] \"arn:aws:iam::111111111111:role/ci\"";
    let with_path = role("ci", "path = \"/automation/\"", SERVICE);
    check("", "role/ci", &with_path, &[found]);
    check("", "role/automation/ci", &with_path, &[]);
    // Another path that is not known, one that depends on the workspace, and letters of another size prove nothing.
    check("", "role/ci", &format!("variable \"path\" {{}}\n{}", role("ci", "path = var.path", SERVICE)), &[]);
    let chosen = "path = terraform.workspace == \"prod\" ? \"/automation/\" : \"/\"";
    check("", "role/ci", &role("ci", chosen, SERVICE), &[]);
    check(FULL, "role/CI", &role("ci", "", SERVICE), &[]);
}

#[test]
fn what_is_looked_up_imported_or_kept_exists() {
    let found = "a/main.tf:4 error [undeclared-principal] \"arn:aws:iam::111111111111:role/legacy\"";
    check(FULL, "role/legacy", "data \"aws_iam_role\" \"x\" { name = \"legacy\" }\n", &[]);
    check(
        FULL,
        "role/legacy",
        "data \"aws_iam_role\" \"x\" { name = var.name }\nvariable \"name\" {}\n",
        &[],
    );
    check(FULL, "role/legacy", "data \"aws_iam_role\" \"x\" { name = \"other\" }\n", &[found]);
    check(FULL, "role/legacy", "data \"aws_iam_user\" \"x\" { user_name = \"legacy\" }\n", &[found]);
    let import =
        |id: &str| format!("import {{\n  to = module.a.aws_iam_role.x[\"k\"]\n  id = \"{id}\"\n}}\n");
    check(FULL, "role/legacy", &import("legacy"), &[]);
    check(FULL, "role/legacy", &import("other"), &[found]);
    let removed = |destroy: &str| {
        format!("removed {{\n  from = aws_iam_role.x\n  lifecycle {{\n    destroy = {destroy}\n  }}\n}}\n")
    };
    check(FULL, "role/legacy", &removed("false"), &[]);
    check(FULL, "role/legacy", &removed("true"), &[found]);
}

#[test]
fn a_slip_in_a_name_is_told_from_the_name_of_a_sibling() {
    let slip = |written: &str, declared: &str| {
        let found =
            format!("a/main.tf:4 info [undeclared-principal] \"arn:aws:iam::111111111111:role/{written}\"");
        check("", &format!("role/{written}"), &role(declared, "", SERVICE), &[&found]);
    };
    for (written, declared) in [
        ("nodes.staging", "nodes-staging"),
        ("app-depolyer", "app-deployer"),
        ("CodeBuildRole", "codebuild-role"),
    ] {
        slip(written, declared);
    }
    for (written, declared) in [
        ("app-qa", "app-dev"),
        ("app-1", "app-2"),
        ("app-blue", "app-glue"),
        ("data-import", "data-export"),
        ("eu-west-app", "eu-east-app"),
        ("worker-a", "worker-b"),
        ("reader", "writer"),
        ("app", "apps"),
    ] {
        check("", &format!("role/{written}"), &role(declared, "", SERVICE), &[]);
    }
}

#[test]
fn one_who_does_not_exist_is_not_said_to_lack_a_permission_or_to_be_unknown_too() {
    let config = "[accounts.tools]\nid = \"111111111111\"\npaths = [\"a/**\"]\ncoverage = \"full\"\n[accounts.prod]\nid = \"222222222222\"\npaths = [\"b/**\"]\ncoverage = \"full\"\n";
    let a = role("ci", "", SERVICE)
        + "resource \"aws_iam_role_policy\" \"ci\" {\n  role = aws_iam_role.ci.id\n  policy = jsonencode({ Version = \"2012-10-17\", Statement = [{ Effect = \"Allow\", Action = \"sts:AssumeRole\", Resource = \"arn:aws:iam::222222222222:role/deployment\" }] })\n}\n";
    let b = trusting("role/builder");
    judged(
        [("trustlint.toml", config), ("a/main.tf", a.as_str()), ("b/main.tf", b.as_str())],
        &[
            "a/main.tf:8 warning [undeclared-assume-target] \"arn:aws:iam::222222222222:role/deployment\"",
            "b/main.tf:4 error [undeclared-principal] \"arn:aws:iam::111111111111:role/builder\"",
        ],
        &[],
    );
}

#[test]
fn one_slip_is_one_finding_at_the_side_that_has_it() {
    // The trust policy names the role without its path, and the role has the permission.
    let a = role("ci", "path = \"/automation/\"", SERVICE)
        + "resource \"aws_iam_role_policy\" \"ci\" {\n  role = aws_iam_role.ci.id\n  policy = jsonencode({ Version = \"2012-10-17\", Statement = [{ Effect = \"Allow\", Action = \"sts:AssumeRole\", Resource = \"arn:aws:iam::222222222222:role/deploy\" }] })\n}\n";
    let config = format!("{}[accounts.prod]\nid = \"222222222222\"\npaths = [\"b/**\"]\n", config(""));
    let b = trusting("role/ci");
    let found = "b/main.tf:4 warning [undeclared-principal] \"arn:aws:iam::111111111111:role/ci\"";
    judged(
        [("trustlint.toml", config.as_str()), ("a/main.tf", a.as_str()), ("b/main.tf", b.as_str())],
        &[found],
        &[],
    );
    // The permission names the role by another name.
    let config = config + "coverage = \"full\"\n";
    let a = a.replace("path = \"/automation/\"", "").replace("role/deploy", "role/deployer");
    let found = "a/main.tf:8 warning [undeclared-assume-target] \"arn:aws:iam::222222222222:role/deployer\"";
    judged(
        [("trustlint.toml", config.as_str()), ("a/main.tf", a.as_str()), ("b/main.tf", b.as_str())],
        &[found],
        &[],
    );
}
