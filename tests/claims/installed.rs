//! Calls of modules that `terraform init` installed are judged by what it installed.

use crate::judge;

use crate::common::Files;

const LIST: &str = ".terraform/modules/modules.json";

/// A module that makes a role whose trust it is given.
const ROLE: &str = r#"
variable "trusted" {}
data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "AWS"
      identifiers = [var.trusted]
    }
  }
}
resource "aws_iam_role" "this" {
  name               = "deploy"
  assume_role_policy = data.aws_iam_policy_document.trust.json
}
output "arn" {
  value = aws_iam_role.this.arn
}
"#;

/// A module that makes a role which everybody may assume.
const OPEN: &str = r#"
resource "aws_iam_role" "this" {
  name               = "deploy"
  assume_role_policy = file("${path.module}/policies/trust.json")
}
"#;
const TRUST: &str =
    r#"{"Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}]}"#;

/// An entry of the list.
fn entry(key: &str, source: &str, version: &str, directory: &str) -> String {
    format!("{{\"Key\":\"{key}\",\"Source\":\"{source}\",\"Version\":\"{version}\",\"Dir\":\"{directory}\"}}")
}

fn list(entries: &[String]) -> String {
    format!("{{\"Modules\":[{{\"Key\":\"\",\"Source\":\"\",\"Dir\":\".\"}},{}]}}", entries.join(","))
}

fn files(files: &[(&str, &str)]) -> Files {
    files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect()
}

/// Checks a project; a line of `expected` is a finding.
fn judged(project: &Files, expected: &[&str]) {
    judge::judged(project.iter().map(|(path, text)| (&**path, &**text)), expected, &[]);
}

/// A call in two lines, and what it is given.
fn call(version: &str, inputs: &str) -> String {
    format!("module \"app\" {{\n  source = \"acme/role/aws\"\n  version = \"{version}\"\n{inputs}\n}}\n")
}

const SOURCE: &str = "registry.terraform.io/acme/role/aws";
const AT: &str = ".terraform/modules/app";

/// A root module that calls `acme/role/aws`, of which version 1.2.0 is installed.
fn installed(main: &str, list: &str) -> Files {
    files(&[
        ("main.tf", main),
        (LIST, list),
        (".terraform/modules/app/main.tf", ROLE),
        (".terraform/modules/app/examples/all/main.tf", OPEN),
        (".terraform/modules/app/examples/all/policies/trust.json", TRUST),
        (".terraform/modules/other/main.tf", OPEN),
    ])
}

const EVERYBODY: &str = "  trusted = \"*\"";
const FOUND: &str = "main.tf:4 error [wildcard-principal] \"*\"";

#[test]
fn a_finding_points_at_the_argument_that_holds_the_value() {
    let project = installed(&call("~> 1.0", EVERYBODY), &list(&[entry("app", SOURCE, "1.2.0", AT)]));
    judged(&project, &[FOUND]);
}

#[test]
fn a_finding_about_what_the_module_says_points_at_the_call() {
    let call = call("~> 1.0", "");
    let expected = ["main.tf:1 error [wildcard-principal] \"module \"app\"\""];
    for (path, text) in [
        ("main.tf", OPEN.replace("file(", "templatefile(").replace("json\")", "json\", {})")),
        ("main.tf", OPEN.to_owned()),
        (
            "main.tf",
            OPEN.replace("file(\"${path.module}/policies/trust.json\")", &format!("<<-E\n{TRUST}\nE\n")),
        ),
    ] {
        let mut project = files(&[
            ("main.tf", &call),
            (LIST, &list(&[entry("app", SOURCE, "1.2.0", AT)])),
            (".terraform/modules/app/policies/trust.json", TRUST),
        ]);
        project.insert(format!("{AT}/{path}"), text);
        judged(&project, &expected);
        // So does a comment.
        let ignored = format!("# trustlint: ignore[wildcard-principal] a honeypot\n{call}");
        project.insert("main.tf".to_owned(), ignored);
        judged(&project, &[]);
    }
}

#[test]
fn what_is_installed_is_judged_only_where_it_is_called() {
    let project = installed("locals {}", &list(&[entry("app", SOURCE, "1.2.0", AT)]));
    judged(&project, &[]);
    let mut broken = installed(&call("~> 1.0", EVERYBODY), &list(&[entry("app", SOURCE, "1.2.0", AT)]));
    broken.insert(format!("{AT}/broken.tf"), "resource {".to_owned());
    broken.insert(format!("{AT}/examples/all/broken.tf"), "resource {".to_owned());
    broken.insert(format!("{AT}/template.yaml"), "AWSTemplateFormatVersion: {".to_owned());
    // A module that cannot be read as a whole is not known, and its files are nobody's to mend.
    judged(&broken, &[]);
}

#[test]
fn an_installed_module_is_taken_only_when_it_is_what_the_call_says() {
    let with = |version: &str, entry: String| installed(&call(version, EVERYBODY), &list(&[entry]));
    judged(&with("1.2.0", entry("app", SOURCE, "1.2.0", AT)), &[FOUND]);
    judged(&with("1.2.0", entry("app", "acme/role/aws", "1.2.0", AT)), &[FOUND]);
    judged(&with("~> 2.0", entry("app", SOURCE, "1.2.0", AT)), &[]);
    judged(&with("~> 1.0", entry("app", "registry.terraform.io/acme/user/aws", "1.2.0", AT)), &[]);
    judged(&with("~> 1.0", entry("other", SOURCE, "1.2.0", AT)), &[]);
    judged(&with("~> 1.0", entry("app", SOURCE, "", AT)), &[]);
}

#[test]
fn a_stale_copy_of_a_well_known_module_leaves_what_stands_for_it() {
    let source = "terraform-aws-modules/iam/aws//modules/iam-assumable-role";
    let main = format!(
        "module \"app\" {{\n  source = \"{source}\"\n  version = \"~> 5.0\"\n  trusted_role_arns = [\"*\"]\n  create_role = true\n  role_requires_mfa = false\n}}\n"
    );
    let listed = |version: &str| list(&[entry("app", source, version, AT)]);
    judged(&installed(&main, &listed("4.1.0")), &[FOUND]);
    // What is installed holds over what stands for it: this one has no such input.
    judged(&installed(&main, &listed("5.1.0")), &[]);
}

#[test]
fn a_source_of_git_is_found_however_it_is_written() {
    for source in ["git::https://github.com/acme/role.git?ref=v1", "github.com/acme/role?ref=v1"] {
        let main = format!("module \"app\" {{\n  source = \"{source}\"\n\n{EVERYBODY}\n}}\n");
        let listed = list(&[entry("app", "git::https://github.com/acme/role.git?ref=v1", "", AT)]);
        judged(&installed(&main, &listed), &[FOUND]);
    }
}

#[test]
fn modules_that_installed_modules_and_local_ones_call_are_installed_by_the_path_of_calls() {
    let project = files(&[
        (
            "envs/prod/main.tf",
            "module \"local\" {\n  source = \"../../modules/local\"\n  trusted = \"*\"\n}\n",
        ),
        (
            "modules/local/main.tf",
            "variable \"trusted\" {}\nmodule \"app\" {\n  source = \"acme/outer/aws\"\n  trusted = var.trusted\n}\n",
        ),
        (
            "envs/prod/.terraform/modules/modules.json",
            &list(&[
                entry("local", "../../modules/local", "", "../../modules/local"),
                entry(
                    "local.app",
                    "registry.terraform.io/acme/outer/aws",
                    "3.0.0",
                    ".terraform/modules/local.app",
                ),
                entry("local.app.inner", "./inner", "", ".terraform/modules/local.app/inner"),
                entry("local.app.inner.role", SOURCE, "1.2.0", ".terraform/modules/local.app.inner.role"),
            ]),
        ),
        (
            "envs/prod/.terraform/modules/local.app/main.tf",
            "variable \"trusted\" {}\nmodule \"inner\" {\n  source = \"./inner\"\n  trusted = var.trusted\n}\n",
        ),
        (
            "envs/prod/.terraform/modules/local.app/inner/main.tf",
            "variable \"trusted\" {}\nmodule \"role\" {\n  source = \"acme/role/aws\"\n  version = \"1.2.0\"\n  trusted = var.trusted\n}\n",
        ),
        ("envs/prod/.terraform/modules/local.app.inner.role/main.tf", ROLE),
    ]);
    judged(&project, &["envs/prod/main.tf:3 error [wildcard-principal] \"*\""]);
}

#[test]
fn the_configuration_says_more_than_what_is_installed() {
    let listed = list(&[entry("app", SOURCE, "1.2.0", AT)]);
    let mut project = installed(&call("~> 1.0", EVERYBODY), &listed);
    project.insert("roles/main.tf".to_owned(), "variable \"trusted\" {}\n".to_owned());
    project.insert(
        "trustlint.toml".to_owned(),
        "[terraform.modules]\n\"acme/role/aws\" = \"roles\"\n".to_owned(),
    );
    judged(&project, &[]);
}

#[test]
fn a_list_that_leads_elsewhere_or_is_none_installs_nothing() {
    let one = |directory: &str| list(&[entry("app", SOURCE, "1.2.0", directory)]);
    let twice =
        list(&[entry("app", SOURCE, "1.2.0", AT), entry("app", SOURCE, "1.2.0", ".terraform/modules/other")]);
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let huge = format!("{}{}", one(AT), " ".repeat(5 << 20));
    let long = list(&(0..5_000).map(|n| entry(&format!("app{n}"), SOURCE, "1.2.0", AT)).collect::<Vec<_>>());
    for listed in [
        one("../.terraform/modules/app"),
        one("/.terraform/modules/app"),
        one("../../../../../../etc"),
        one("roles"),
        one("."),
        one(""),
        one(".terraform/modules/app/../../../roles"),
        one(".terraform/modules/nowhere"),
        twice,
        deep,
        huge,
        long,
        String::new(),
        "null".to_owned(),
        "{\"Modules\":[1]}".to_owned(),
        "{\"Modules\":{\"Key\":\"app\"}}".to_owned(),
        "{\"Modules\":[{\"Key\":\"app\"}]}".to_owned(),
        "\u{0}\u{1}".to_owned(),
    ] {
        let mut project = installed(&call("~> 1.0", EVERYBODY), &listed);
        project.insert("roles/main.tf".to_owned(), "variable \"trusted\" {}\n".to_owned());
        judged(&project, &[]);
    }
    // The same list with a good entry is taken.
    judged(&installed(&call("~> 1.0", EVERYBODY), &one(AT)), &[FOUND]);
}

#[test]
fn a_circle_of_installed_modules_ends() {
    let again = "module \"app\" {\n  source = \"acme/role/aws\"\n}\nmodule \"b\" {\n  source = \"acme/role/aws\"\n}\n";
    let mut entries = Vec::new();
    let mut keys = vec!["app".to_owned()];
    for _ in 0..9 {
        entries.extend(keys.iter().map(|key| entry(key, SOURCE, "1.2.0", AT)));
        keys = keys.iter().flat_map(|key| [format!("{key}.app"), format!("{key}.b")]).collect();
    }
    let mut project = installed(&call("~> 1.0", EVERYBODY), &list(&entries));
    project.insert(format!("{AT}/main.tf"), again.to_owned());
    judged(&project, &[]);
}
