//! One template deployed more than once: files of values, configured roots, parameters.

use std::fs;
use std::process::{Command, Stdio};

/// Two accounts: `network` has a role that trusts whom a variable names, and `app` is one of the named accounts.
const ROLE: &str = r#"
variable "trusted" {}
variable "external_id" {
  default = null
}
variable "unused" {
  default = ""
}

data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "AWS"
      identifiers = [var.trusted]
    }
    dynamic "condition" {
      for_each = var.external_id == null ? [] : [var.external_id]
      content {
        test     = "StringEquals"
        variable = "sts:ExternalId"
        values   = [condition.value]
      }
    }
  }
}

resource "aws_iam_role" "shared" {
  name               = "shared-${terraform.workspace}"
  assume_role_policy = data.aws_iam_policy_document.trust.json
}
"#;

const GUARDED: &str = "trusted = \"464622532012\"\nexternal_id = \"5f2b91c7d0e84a6f\"\n";
const OPEN: &str = "trusted = \"464622532012\"\n";

struct Said {
    status: i32,
    out: String,
    err: String,
}

fn run(files: &[(&str, &str)], args: &[&str]) -> Said {
    let project = tempfile::tempdir().unwrap();
    fs::create_dir(project.path().join(".git")).unwrap();
    for (path, text) in files {
        let path = project.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let mut command = Command::new(env!("CARGO_BIN_EXE_trustlint"));
    let output =
        command.args(args).current_dir(project.path()).env_clear().stdin(Stdio::null()).output().unwrap();
    Said {
        status: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

fn check(files: &[(&str, &str)], more: &[&str]) -> Said {
    run(files, &[&["check", "--output-format", "concise"], more].concat())
}

#[test]
fn each_file_of_values_is_a_deployment() {
    let of = |dev: &str, prod: &str| {
        check(
            &[("infra/main.tf", ROLE), ("infra/envs/dev.tfvars", dev), ("infra/envs/prod.tfvars", prod)],
            &[],
        )
    };
    let said = of(GUARDED, GUARDED);
    assert_eq!(said.status, 0, "{}{}", said.out, said.err);
    // Who leaves the external id out is found at the value of that deployment.
    for (said, count) in [(of(GUARDED, OPEN), 1), (of(OPEN, GUARDED), 1), (of(OPEN, OPEN), 2)] {
        assert_eq!(said.out.matches("missing-external-id").count(), count, "{}", said.out);
    }
    let said = of(GUARDED, OPEN);
    assert!(said.out.contains("infra/envs/prod.tfvars:1:12"), "{}", said.out);
}

#[test]
fn what_all_deployments_share_is_found_once() {
    let open = ROLE.replace("[var.trusted]", "[\"464622532012\"]");
    let values = "trusted = \"x\"\n";
    let said = check(&[("main.tf", &open), ("dev.tfvars", values), ("prod.tfvars", values)], &[]);
    assert_eq!(said.out.matches("missing-external-id").count(), 1, "{}", said.out);
    assert!(said.out.starts_with("main.tf:15:23"), "{}", said.out);
}

#[test]
fn files_that_nobody_deploys_with_are_no_deployments() {
    for name in ["infra/example.tfvars", "elsewhere/prod.tfvars", "infra/backend.tfvars"] {
        let values = if name.contains("backend") { "bucket = \"state\"\ntrusted = \"1\"\n" } else { OPEN };
        let said = check(&[("infra/main.tf", ROLE), (name, values)], &[]);
        assert_eq!(said.status, 0, "{name}: {}", said.out);
    }
}

#[test]
fn a_named_file_of_values_is_read_even_if_git_ignores_it() {
    let files = [("main.tf", ROLE), (".gitignore", "*.tfvars\n"), ("secret.tfvars", OPEN)];
    assert_eq!(check(&files, &[]).status, 0);
    let said = check(&files, &["--var-file", "secret.tfvars"]);
    assert_eq!(said.status, 1, "{}{}", said.out, said.err);
    assert!(said.out.contains("secret.tfvars:1:12"), "{}", said.out);
    let said = check(&files, &["--var-file", "other.tfvars"]);
    assert_eq!(said.status, 2);
    assert!(said.err.contains("could not read `other.tfvars`"), "{}", said.err);
    let files = [("main.tf", ROLE), ("a.tfvars", OPEN), ("b.tfvars", GUARDED)];
    let said = check(&files, &["--var-file", "a.tfvars", "--var-file", "b.tfvars"]);
    assert_eq!(said.status, 0, "the last one wins: {}", said.out);
}

#[test]
fn roots_of_the_configuration_have_values_workspace_and_account() {
    let config = r#"
[accounts.dev]
id = "111111111111"
[accounts.prod]
id = "222222222222"

[[terraform.root]]
path = "infra"
var-files = ["values/dev.tfvars"]
workspace = "dev"
account = "dev"

[[terraform.root]]
path = "./infra/"
var-files = ["values/common.tfvars", "values/prod.tfvars"]
workspace = "prod"
account = "222222222222"
"#;
    let own = "trusted = \"111111111111\"\n";
    let files = [
        ("trustlint.toml", config),
        ("infra/main.tf", ROLE),
        ("values/dev.tfvars", own),
        ("values/common.tfvars", OPEN),
        ("values/prod.tfvars", "unused = \"x\"\n"),
    ];
    let said = run(&files, &["accounts"]);
    assert!(said.out.contains("infra@dev") && said.out.contains("dev (111111111111)"), "{}", said.out);
    assert!(said.out.contains("infra@prod") && said.out.contains("prod (222222222222)"), "{}", said.out);
    let said = check(&files, &[]);
    assert!(said.out.contains("values/common.tfvars:1:12"), "{}", said.out);
    assert_eq!(said.out.matches("missing-external-id").count(), 1, "{}", said.out);
    assert!(said.out.contains("shared-prod"), "{}", said.out);
}

#[test]
fn mistakes_in_configured_roots_have_a_place() {
    for (root, complaint) in [
        ("var-files = []", "a Terraform root needs a `path`"),
        ("path = \"../x\"", "`../x` is not a path below the project root"),
        ("path = \"infra\"\nvar_files = []", "there is no key `var_files` here; did you mean `var-files`?"),
        ("path = \"infra\"\n[[terraform.root]]\npath = \"infra\"", "`infra` has two deployments ``"),
        ("path = \"nowhere\"", "there are no files in `nowhere`"),
        ("path = \"infra\"\nvar-files = [\"x.tfvars\"]", "`x.tfvars` is not in the project"),
    ] {
        let config = format!("[[terraform.root]]\n{root}\n");
        let said = check(&[("trustlint.toml", &config), ("infra/main.tf", ROLE)], &[]);
        assert_eq!(said.status, 2, "{root}");
        assert!(said.err.contains(complaint), "{root}: {}", said.err);
    }
}

#[test]
fn a_parameter_is_set_on_the_command_line() {
    let template = r"
Parameters:
  Trusted: {Type: String}
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: '2012-10-17'
        Statement:
          Effect: Allow
          Principal: {AWS: !Ref Trusted}
          Action: sts:AssumeRole
";
    let files = [("role.yaml", template)];
    assert_eq!(check(&files, &[]).status, 0);
    let said = check(&files, &["--parameter", "Trusted=464622532012", "--parameter", "Other=x"]);
    assert_eq!(said.status, 1, "{}{}", said.out, said.err);
    assert!(said.out.contains("role.yaml:3:12"), "{}", said.out);
    let said = check(&files, &["--parameter", "Trusted"]);
    assert_eq!((said.status, said.err.as_str()), (2, "error: `--parameter Trusted`: write NAME=VALUE\n"));
}

#[test]
fn sources_of_modules_are_mapped_to_directories() {
    let config = "[terraform.modules]\n\"git::https://example.com/modules.git\" = \"shared\"\n";
    let call = |below: &str| {
        format!(
            "module \"m\" {{\n  source  = \"git::https://example.com/modules.git{below}\"\n  trusted = \"464622532012\"\n}}\n"
        )
    };
    let module = ("shared/iam/role/main.tf", ROLE);
    for (below, count) in [("//iam/role?ref=v1", 1), ("//iam/other?ref=v1", 0), ("-of-others//iam/role", 0)] {
        let said = check(&[("trustlint.toml", config), ("app/main.tf", &call(below)), module], &[]);
        assert_eq!(said.out.matches("missing-external-id").count(), count, "{below}: {}", said.out);
    }
    let said = check(&[("trustlint.toml", "[terraform.modules]\n\"x\" = \"../y\"\n"), module], &[]);
    assert!(said.err.contains("`../y` is not a path below the project root"), "{}", said.err);
}
