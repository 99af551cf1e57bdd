//! Pictures of who can reach what, through the program.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

/// A user who is trusted by a role of another account without being allowed to assume it, a role that works, a bucket that is
/// granted, and a vendor.
fn project() -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    let write = |path: &str, text: &str| {
        let path = directory.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    write(".git/HEAD", "");
    write(
        "trustlint.toml",
        "[accounts.tools]\nid = \"111111111111\"\npaths = [\"a/**\"]\n[accounts.prod]\nid = \"222222222222\"\npaths = [\"b/**\"]\n",
    );
    let trust = |name: &str, principal: &str| {
        format!(
            "resource \"aws_iam_role\" \"{name}\" {{\n  name = \"{name}\"\n  assume_role_policy = jsonencode({{ Statement = [{{ Effect = \"Allow\", Principal = {{ AWS = \"{principal}\" }}, Action = \"sts:AssumeRole\" }}] }})\n}}\n"
        )
    };
    write(
        "a/main.tf",
        "resource \"aws_iam_user\" \"ci\" {\n  name = \"ci\"\n}\nresource \"aws_iam_user_policy\" \"ci\" {\n  user = aws_iam_user.ci.name\n  policy = jsonencode({ Statement = [{ Effect = \"Allow\", Action = \"sts:AssumeRole\", Resource = \"arn:aws:iam::222222222222:role/deploy\" }] })\n}\n",
    );
    let user = "arn:aws:iam::111111111111:user/ci";
    let bucket = "resource \"aws_s3_bucket\" \"data\" {\n  bucket = \"acme-data\"\n}\nresource \"aws_s3_bucket_policy\" \"data\" {\n  bucket = aws_s3_bucket.data.id\n  policy = jsonencode({ Statement = [{ Effect = \"Allow\", Principal = { AWS = \"arn:aws:iam::111111111111:user/ci\" }, Action = \"s3:GetObject\", Resource = \"${aws_s3_bucket.data.arn}/*\" }] })\n}\n";
    let text = [
        trust("deploy", user),
        trust("audit", user),
        trust("vendor", "arn:aws:iam::999999999999:root"),
        bucket.to_owned(),
    ];
    write("b/main.tf", &text.concat());
    directory
}

fn run(root: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_trustlint"));
    command.args(arguments).current_dir(root).env("NO_COLOR", "1").output().unwrap()
}

fn graph(root: &Path, arguments: &[&str]) -> String {
    let done = run(root, &[&["graph"], arguments].concat());
    assert_eq!(done.status.code(), Some(0), "{}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).unwrap()
}

#[test]
fn accesses_between_accounts_are_drawn_with_what_they_come_to() {
    let project = project();
    let expected = "\
3 accounts, 4 accesses, 3 with findings
999999999999
  -> role vendor in prod (222222222222): sts:AssumeRole: the account decides [missing-external-id]
tools (111111111111)
  user ci
    -> role audit in prod (222222222222): sts:AssumeRole: denied: only the target allows it [trust-without-permission]
    -> role deploy in prod (222222222222): sts:AssumeRole: allowed
    -> aws_s3_bucket.data in prod (222222222222): s3:GetObject: denied: only the target allows it [grant-without-permission]
";
    assert_eq!(graph(project.path(), &["--output-format", "tree"]), expected);
    let accounts = graph(project.path(), &[]);
    assert!(
        accounts.contains("n2 -. \"3 accesses: ") || accounts.contains("n2 -- \"3 accesses: partly allowed"),
        "{accounts}"
    );
}

/// What is shared beside policies, and who is in which group, are accesses, too.
#[test]
fn shares_and_memberships_are_drawn() {
    let project = project();
    let shares = r#"resource "aws_ec2_transit_gateway" "hub" {}
resource "aws_ram_resource_share" "hub" {
  name                      = "hub"
  allow_external_principals = true
}
resource "aws_ram_resource_association" "hub" {
  resource_arn       = aws_ec2_transit_gateway.hub.arn
  resource_share_arn = aws_ram_resource_share.hub.arn
}
resource "aws_ram_principal_association" "hub" {
  for_each           = toset(["222222222222", "arn:aws:iam::999999999999:role/net", "arn:aws:organizations::111111111111:organization/o-a1b2c3d4e5"])
  principal          = each.key
  resource_share_arn = aws_ram_resource_share.hub.arn
}
resource "aws_ami_launch_permission" "base" {
  image_id   = "ami-0f9a2c3177aa4d1e9"
  account_id = "222222222222"
}
resource "aws_db_snapshot" "public" {
  db_instance_identifier = "a"
  db_snapshot_identifier = "a"
  shared_accounts        = ["all"]
}
resource "aws_iam_group" "people" {
  name = "people"
}
resource "aws_iam_user" "anna" {
  name = "anna"
}
resource "aws_iam_user_group_membership" "anna" {
  user   = aws_iam_user.anna.name
  groups = [aws_iam_group.people.name]
}
"#;
    fs::write(project.path().join("a/shares.tf"), shares).unwrap();
    let tree = graph(project.path(), &["--output-format", "tree", "a/shares.tf"]);
    let expected = "\
  -> aws_db_snapshot.public in tools (111111111111): shared: allowed [public-share]
";
    assert!(tree.contains(expected), "{tree}");
    for line in [
        "  -> aws_ram_resource_share.hub in tools (111111111111): shared by AWS RAM: the account decides\n",
        "  -> aws_ami_launch_permission.base in tools (111111111111): shared: the account decides\n",
        "    -> aws_ram_resource_share.hub in tools (111111111111): shared by AWS RAM: not known\n",
        "organizations\n",
    ] {
        assert!(tree.contains(line), "{line}{tree}");
    }
    // Who is in a group of the same account is no access between accounts.
    assert!(!tree.contains("user anna"), "{tree}");
    let full = graph(project.path(), &["--output-format", "tree", "--detail", "full", "a/shares.tf"]);
    assert!(
        full.contains("    -> group people in tools (111111111111): is in the group: allowed\n"),
        "{full}"
    );
}

/// A picture and `access` ask in one room.
#[test]
fn a_picture_says_what_access_answers() {
    let project = project();
    let picture: Value = serde_json::from_str(&graph(project.path(), &["--output-format", "json"])).unwrap();
    let nodes = picture["nodes"].as_array().unwrap();
    let name = |id: &Value| {
        nodes.iter().find(|node| node["id"] == *id).unwrap()["address"].as_str().map(str::to_owned)
    };
    let mut asked = 0;
    for edge in picture["edges"].as_array().unwrap() {
        let (Some(from), Some(to)) = (name(&edge["from"]), name(&edge["to"])) else { continue };
        let action = edge["actions"][0].as_str().unwrap();
        let done = run(project.path(), &["access", "--from", &from, "--to", &to, "--action", action]);
        let expected = match edge["state"].as_str().unwrap() {
            "allowed" => 0,
            "only-target" | "only-principal" | "denied" => 1,
            _ => 3,
        };
        assert_eq!(done.status.code(), Some(expected), "{edge}");
        asked += 1;
    }
    assert_eq!(asked, 3);
}

#[test]
fn a_focus_and_findings_make_less_of_a_picture() {
    let project = project();
    let tree =
        |arguments: &[&str]| graph(project.path(), &[&["--output-format", "tree"], arguments].concat());
    assert!(tree(&["--focus", "deploy"]).starts_with("2 accounts, 1 access, 0 with findings"));
    assert!(tree(&["--findings-only"]).starts_with("3 accounts, 3 accesses, 3 with findings"));
    assert!(tree(&["a"]).starts_with("2 accounts, 1 access, "));
    let done = run(project.path(), &["graph", "--focus", "deploi"]);
    let said = String::from_utf8(done.stderr).unwrap();
    assert_eq!(done.status.code(), Some(2));
    assert!(said.contains("did you mean `role deploy`?"), "{said}");
    // Conditions, places and services are part of all there is.
    assert!(tree(&["--detail", "full"]).lines().count() >= 8);
}

#[test]
fn a_summary_shows_the_picture_around_its_findings() {
    let project = project();
    let done = run(project.path(), &["check", "--output-format", "markdown", "--no-progress", "--exit-zero"]);
    let text = String::from_utf8(done.stdout).unwrap();
    let (_, picture) = text.split_once("```mermaid\n").unwrap();
    let (picture, table) = picture.split_once("```\n").unwrap();
    assert!(
        picture.starts_with("flowchart LR\n") && picture.contains("trust-without-permission"),
        "{picture}"
    );
    // What is allowed and has no finding is no part of it.
    assert!(!picture.contains("role deploy"), "{picture}");
    assert!(table.contains("grant-without-permission"), "{table}");
}

#[test]
fn there_may_be_nothing_to_draw() {
    let directory = tempfile::tempdir().unwrap();
    fs::create_dir(directory.path().join(".git")).unwrap();
    assert_eq!(run(directory.path(), &["graph"]).status.code(), Some(3));
    fs::write(directory.path().join("main.tf"), "resource \"aws_iam_user\" \"u\" {\n  name = \"u\"\n}\n")
        .unwrap();
    let done = run(directory.path(), &["graph"]);
    assert_eq!(done.status.code(), Some(3));
    assert!(String::from_utf8(done.stderr).unwrap().contains("there is no access to show"));
}

#[test]
#[ignore = "needs graphviz"]
fn graphviz_draws_the_picture() {
    let project = project();
    let file = project.path().join("picture.dot");
    for detail in ["account", "principal", "full"] {
        let file = file.to_str().unwrap();
        graph(project.path(), &["--output-format", "dot", "--detail", detail, "--output", file]);
        let done = Command::new("dot").args(["-Tsvg", file]).output().unwrap();
        assert!(done.status.success() && done.stderr.is_empty(), "{}", String::from_utf8_lossy(&done.stderr));
        let svg = String::from_utf8(done.stdout).unwrap();
        assert!(svg.contains("class=\"cluster\"") && svg.contains("tools (111111111111)"), "{svg}");
    }
}

#[test]
#[ignore = "needs chromium"]
fn a_browser_runs_the_page() {
    let project = project();
    let file = project.path().join("page.html");
    graph(project.path(), &["--output-format", "html", "--output", file.to_str().unwrap()]);
    let profile = format!("--user-data-dir={}", project.path().join("profile").display());
    let url = format!("file://{}", file.display());
    let done = Command::new("chromium")
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--virtual-time-budget=2000",
            "--dump-dom",
            &profile,
            &url,
        ])
        .output()
        .unwrap();
    let page = String::from_utf8(done.stdout).unwrap();
    // Its own script ran, under its own policy.
    assert!(page.contains("4 of 4 accesses"), "{page}");
}
