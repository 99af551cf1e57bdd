//! Findings of changed files only: `--changed-since`, `--staged`, `--report-files-from`.

#![expect(clippy::disallowed_methods, reason = "the environment and the repositories are real")]

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::disk::{OnDisk, ran};

/// A pipeline that may assume a role of another account, which trusts somebody else: one finding with places in both files.
const PIPELINE: &str = r#"provider "aws" {
  allowed_account_ids = ["640123987001"]
}
resource "aws_iam_role" "ci" {
  name               = "ci"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = { Service = "codebuild.amazonaws.com" }, Action = "sts:AssumeRole" }]
  })
}
resource "aws_iam_role_policy" "ci" {
  role   = aws_iam_role.ci.id
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Resource = "arn:aws:iam::640123987002:role/deploy" }]
  })
}
"#;

const DEPLOY: &str = r#"provider "aws" {
  allowed_account_ids = ["640123987002"]
}
resource "aws_iam_role" "deploy" {
  name               = "deploy"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = { AWS = "arn:aws:iam::640123987001:role/other" }, Action = "sts:AssumeRole" }]
  })
}
"#;

/// One warning of its own file.
const WARNING: &str = "# trustlint: ignore[missing-external-id] sent since March\nlocals {}\n";

/// The files of the project.
const FILES: [(&str, &str); 4] =
    [("ci/main.tf", PIPELINE), ("deploy/main.tf", DEPLOY), ("other/main.tf", WARNING), ("README.md", "")];

/// Git with an identity and without what the machine configures; `None` where there is no git.
fn git(project: &OnDisk, args: &[&str]) -> Option<()> {
    let mut git = Command::new("git");
    git.args(["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false"])
        .args(args);
    git.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1").current_dir(project.path());
    let status = git.stdout(Stdio::null()).stderr(Stdio::null()).status().ok()?;
    assert!(status.success(), "git {args:?}");
    Some(())
}

/// A repository with all files in its first commit.
fn repository() -> Option<OnDisk> {
    let project = OnDisk::empty();
    git(&project, &["init", "-q", "-b", "main"])?;
    for (path, text) in FILES {
        project.write(path, text);
    }
    git(&project, &["add", "-A"])?;
    git(&project, &["commit", "-q", "-m", "first"])?;
    Some(project)
}

/// The files of the first places of what is found, as the command sees git.
fn found(project: &OnDisk, args: &[&str]) -> Vec<String> {
    let mut all = vec!["check", "--output-format", "concise"];
    all.extend(args);
    let mut command = project.command("", &all);
    command.env("PATH", std::env::var_os("PATH").unwrap());
    let ran = ran(command.output().unwrap());
    assert!(ran.status < 2, "{}", ran.err);
    ran.out.lines().map(|line| line.split(':').next().unwrap().to_owned()).collect()
}

#[test]
fn findings_have_a_place_in_one_of_the_listed_files() {
    let project = OnDisk::new(FILES);
    assert_eq!(project.findings(&[]).len(), 2);
    // Either side brings the finding of both.
    for (list, files) in [
        ("ci/main.tf\n", vec!["ci/main.tf"]),
        ("deploy/main.tf\n", vec!["ci/main.tf"]),
        ("./other/../other/main.tf\r\n", vec!["other/main.tf"]),
        ("other/main.tf\0deploy/main.tf\0", vec!["ci/main.tf", "other/main.tf"]),
        ("deploy\n", vec!["ci/main.tf"]),
        ("gone.tf\n../elsewhere.tf\nREADME.md\n", vec![]),
        ("", vec![]),
    ] {
        let ran =
            project.run_with(&["check", "--output-format", "concise", "--report-files-from", "-"], list);
        let seen: Vec<&str> = ran.out.lines().map(|line| line.split(':').next().unwrap()).collect();
        assert_eq!(seen, files, "{list:?}: {}", ran.err);
        assert_eq!(ran.status, i32::from(!files.is_empty()), "{list:?}");
        assert!(ran.err.contains("; 3 files, 2 accounts, "), "{}", ran.err);
    }
    project.write("list.txt", "other/main.tf\n");
    assert_eq!(project.findings(&["--report-files-from", "list.txt"]).len(), 1);
}

#[test]
fn a_list_that_is_not_there_is_an_error() {
    let project = OnDisk::new(FILES);
    let ran = project.run(&["check", "--report-files-from", "list.txt"]);
    assert!(ran.status == 2 && ran.err.starts_with("error: could not read `list.txt`: "), "{}", ran.err);
    let ran = project.run(&["check", "--staged", "--report-files-from", "list.txt"]);
    assert!(ran.status == 2 && ran.err.contains("cannot be used with"), "{}", ran.err);
}

#[test]
fn only_what_is_staged_is_reported() {
    let Some(project) = repository() else { return };
    assert_eq!(found(&project, &["--staged"]), Vec::<String>::new());
    project.write("deploy/main.tf", &format!("{DEPLOY}# changed\n"));
    assert_eq!(found(&project, &["--staged"]), Vec::<String>::new());
    git(&project, &["add", "deploy/main.tf"]);
    assert_eq!(found(&project, &["--staged"]), ["ci/main.tf"]);
    // Seen from a directory below.
    let mut command = project.command("other", &["check", "--staged", "--output-format", "concise", ".."]);
    let ran = ran(command.env("PATH", std::env::var_os("PATH").unwrap()).output().unwrap());
    assert!(ran.status == 1 && ran.out.starts_with("../ci/main.tf:"), "{}", ran.err);
}

#[test]
fn what_is_staged_is_judged_not_what_lies_in_the_working_tree() {
    let Some(project) = repository() else { return };
    let right = DEPLOY.replace("role/other", "role/ci");
    // What is staged is right, and what was written since is wrong: nothing that is about to be committed is.
    project.write("deploy/main.tf", &right);
    git(&project, &["add", "deploy/main.tf"]);
    project.write("deploy/main.tf", &format!("{DEPLOY}# not staged\n"));
    assert_eq!(found(&project, &["--staged"]), Vec::<String>::new());
    assert_eq!(found(&project, &[]), ["ci/main.tf", "other/main.tf"]);
    // And the other way round: a mistake is staged, and mended only in the working tree.
    git(&project, &["commit", "-q", "-m", "right"]);
    project.write("deploy/main.tf", DEPLOY);
    git(&project, &["add", "deploy/main.tf"]);
    project.write("deploy/main.tf", &right);
    assert_eq!(found(&project, &["--staged"]), ["ci/main.tf"]);
    // Lines are those of what is staged.
    project.write("ci/main.tf", &format!("\n\n\n{PIPELINE}"));
    let line = |args: &[&str]| {
        let mut all = vec!["check", "--output-format", "concise"];
        all.extend(args);
        let mut command = project.command("", &all);
        let ran = ran(command.env("PATH", std::env::var_os("PATH").unwrap()).output().unwrap());
        ran.out.lines().next().map(|it| it.split(':').nth(1).unwrap().parse::<usize>().unwrap())
    };
    let staged = line(&["--staged"]).unwrap();
    git(&project, &["add", "ci/main.tf"]);
    assert_eq!(line(&["--staged"]), Some(staged + 3));
}

#[test]
fn what_is_in_no_commit_does_not_matter_and_what_only_the_index_has_does() {
    let Some(project) = repository() else { return };
    project.write("ci/main.tf", &format!("{PIPELINE}# changed\n"));
    git(&project, &["add", "ci/main.tf"]);
    assert_eq!(found(&project, &["--staged"]), ["ci/main.tf"]);
    // A role that nobody added would be the one that is trusted: it is in no commit.
    let right = DEPLOY.replace("role/other", "role/ci").replace("\"deploy\"", "\"release\"");
    let names = PIPELINE.replace("role/deploy", "role/release");
    project.write("new/main.tf", &right);
    project.write("ci/main.tf", &names);
    git(&project, &["add", "ci/main.tf"]);
    let with = |path: &str| {
        project.write(
            "trustlint.toml",
            &format!(
                "[accounts.deploy]\nid = \"640123987002\"\npaths = [\"{path}/**\"]\ncoverage = \"full\"\n"
            ),
        );
    };
    with("deploy");
    let undeclared = found(&project, &["--staged"]);
    assert_eq!(undeclared, ["ci/main.tf"], "the role is not among what is committed");
    git(&project, &["add", "new/main.tf"]);
    assert_eq!(found(&project, &["--staged"]), Vec::<String>::new());
    // What is gone from the working tree only is committed as it was.
    project.remove("new/main.tf");
    assert_eq!(found(&project, &["--staged"]), Vec::<String>::new());
    git(&project, &["rm", "-q", "--cached", "new/main.tf"]);
    assert_eq!(found(&project, &["--staged"]), ["ci/main.tf"]);
}

#[test]
fn a_configuration_and_a_baseline_are_taken_as_they_are_staged() {
    let Some(project) = repository() else { return };
    let off = "[rules]\npermission-without-trust = \"off\"\n";
    project.write("trustlint.toml", "");
    project.write("deploy/main.tf", &format!("{DEPLOY}# changed\n"));
    git(&project, &["add", "-A"]);
    project.write("trustlint.toml", off);
    assert_eq!(found(&project, &["--staged"]), ["ci/main.tf"]);
    git(&project, &["add", "trustlint.toml"]);
    project.write("trustlint.toml", "");
    assert_eq!(found(&project, &["--staged"]), Vec::<String>::new());
    git(&project, &["add", "trustlint.toml"]);
    assert_eq!(project.run(&["baseline", "create"]).status, 0);
    git(&project, &["add", "-A"]);
    project.write(".trustlint-baseline.json", "{\"version\": 1, \"findings\": []}\n");
    assert_eq!(found(&project, &["--staged"]), Vec::<String>::new());
    git(&project, &["add", "-A"]);
    assert_eq!(found(&project, &["--staged"]), ["ci/main.tf"]);
}

/// The files below a directory of the repository of this program, by their paths below it.
fn files_of(directory: &Path) -> Vec<(String, String)> {
    let mut files = Vec::new();
    let mut open = vec![directory.to_path_buf()];
    while let Some(next) = open.pop() {
        for entry in fs::read_dir(next).unwrap().map(|entry| entry.unwrap().path()) {
            if entry.is_dir() {
                open.push(entry);
            } else if let Ok(text) = fs::read_to_string(&entry) {
                let below = entry.strip_prefix(directory).unwrap();
                files.push((below.to_str().unwrap().replace('\\', "/"), text));
            }
        }
    }
    files
}

#[test]
fn what_is_staged_and_lies_there_is_judged_alike() {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/examples");
    for example in [
        "user-assumes-role/terraform/broken-wrong-role-name",
        "user-assumes-role/mixed/broken-no-permission",
        "user-assumes-role/cloudformation/correct",
        "roles-in-plans",
    ] {
        let files = files_of(&examples.join(example));
        assert!(!files.is_empty(), "{example}");
        let project = OnDisk::empty();
        if git(&project, &["init", "-q"]).is_none() {
            return;
        }
        for (path, text) in &files {
            project.write(path, text);
        }
        git(&project, &["add", "-A"]);
        let as_it_lies = found(&project, &[]);
        assert_eq!(found(&project, &["--staged"]), as_it_lies, "{example}");
        // So it is when all of it is lost or written over.
        for (path, _) in &files {
            if path == "trustlint.toml" {
                continue;
            }
            if path.len() % 2 == 0 { project.remove(path) } else { project.write(path, "}") }
        }
        assert_eq!(found(&project, &["--staged"]), as_it_lies, "{example}");
    }
}

#[test]
fn what_git_keeps_in_another_form_is_read_as_it_lies() {
    let Some(project) = repository() else { return };
    // A pointer of a large file storage, and a repository within.
    project.write("deploy/main.tf", "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n");
    let inner = OnDisk::empty();
    git(&inner, &["init", "-q"]);
    inner.write("main.tf", WARNING);
    git(&inner, &["add", "-A"]);
    git(&inner, &["commit", "-q", "-m", "inner"]);
    git(&project, &["clone", "-q", inner.path().to_str().unwrap(), "inner"]);
    git(&project, &["-c", "advice.addEmbeddedRepo=false", "add", "-A"]);
    project.write("deploy/main.tf", DEPLOY);
    assert_eq!(found(&project, &["--staged"]), ["ci/main.tf", "inner/main.tf"]);
}

/// What a hook sees: git says in the environment what this commit takes.
#[cfg(unix)]
#[test]
fn a_hook_judges_what_this_commit_takes() {
    use std::os::unix::fs::PermissionsExt;
    let Some(project) = repository() else { return };
    let hook = format!("#!/bin/sh\nexec '{}' check --staged\n", env!("CARGO_BIN_EXE_trustlint"));
    project.write(".git/hooks/pre-commit", &hook);
    let path = project.path().join(".git/hooks/pre-commit");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    let commits = |args: &[&str]| {
        let mut git = Command::new("git");
        git.args(["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false"]);
        git.args(["-c", "core.hooksPath=.git/hooks", "commit", "-q", "-m", "next"]).args(args);
        git.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1").current_dir(project.path());
        git.stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap().success()
    };
    project.write("deploy/main.tf", &format!("{DEPLOY}# changed\n"));
    assert!(!commits(&["-a"]), "nothing was added before, and the commit takes it");
    git(&project, &["add", "deploy/main.tf"]);
    project.write("README.md", "changed\n");
    assert!(commits(&["README.md"]), "what is staged besides is not of this commit");
    assert!(!commits(&[]));
}

#[test]
fn a_fix_of_what_is_staged_writes_over_nothing() {
    let Some(project) = repository() else { return };
    project.write("other/main.tf", &format!("{WARNING}# staged\n"));
    git(&project, &["add", "-A"]);
    let edited = format!("{WARNING}# staged\n# and written since\n");
    project.write("other/main.tf", &edited);
    assert_eq!(found(&project, &["--staged", "--fix"]), ["other/main.tf"]);
    assert_eq!(project.read("other/main.tf"), edited);
    git(&project, &["add", "-A"]);
    assert_eq!(found(&project, &["--staged", "--fix"]), Vec::<String>::new());
    assert_eq!(project.read("other/main.tf"), "locals {}\n# staged\n# and written since\n");
}

#[test]
fn before_the_first_commit_everything_in_the_index_is_new() {
    let project = OnDisk::empty();
    if git(&project, &["init", "-q"]).is_none() {
        return;
    }
    project.write("ä b/main.tf", WARNING);
    project.write("c/main.tf", WARNING);
    git(&project, &["add", "ä b"]);
    assert_eq!(found(&project, &["--staged"]), ["ä b/main.tf"]);
}

#[test]
fn what_a_branch_changed_is_reported_and_not_what_came_after_it_left() {
    let Some(project) = repository() else { return };
    git(&project, &["checkout", "-q", "-b", "topic"]);
    project.write("deploy/main.tf", &format!("{DEPLOY}# changed\n"));
    git(&project, &["commit", "-q", "-a", "-m", "second"]);
    git(&project, &["checkout", "-q", "main"]);
    project.write("other/main.tf", &format!("{WARNING}# changed\n"));
    git(&project, &["commit", "-q", "-a", "-m", "third"]);
    git(&project, &["checkout", "-q", "topic"]);
    assert_eq!(found(&project, &["--changed-since", "main"]), ["ci/main.tf"]);
    // What is neither committed nor staged counts as well, and a new file too, unless git ignores it.
    project.write("other/main.tf", &format!("{WARNING}# changed\n"));
    project.write("new/main.tf", WARNING);
    project.write("ignored/main.tf", WARNING);
    project.write(".gitignore", "ignored/\n");
    assert_eq!(found(&project, &["--changed-since", "main"]), ["ci/main.tf", "new/main.tf", "other/main.tf"]);
}

#[test]
fn a_file_that_was_written_again_with_the_same_text_did_not_change() {
    let Some(project) = repository() else { return };
    project.remove("other/main.tf");
    project.write("other/main.tf", WARNING);
    assert_eq!(found(&project, &["--changed-since", "HEAD"]), Vec::<String>::new());
    project.remove("deploy/main.tf");
    project.write("other/main.tf", &format!("{WARNING}\n"));
    assert_eq!(found(&project, &["--changed-since", "HEAD"]), ["other/main.tf"]);
}

#[test]
fn what_git_does_not_know_is_an_error_and_no_success() {
    let Some(project) = repository() else { return };
    let path = std::env::var_os("PATH").unwrap();
    for (revision, message) in [
        ("nowhere", "error: `--changed-since`: there is no revision `nowhere` here"),
        ("--all", "error: `--changed-since`: there is no revision `--all` here"),
    ] {
        let mut command = project.command("", &["check", &format!("--changed-since={revision}")]);
        let ran = ran(command.env("PATH", &path).output().unwrap());
        assert!(ran.status == 2 && ran.err.starts_with(message), "{}", ran.err);
    }
    let ran = project.run(&["check", "--staged"]);
    assert!(ran.status == 2 && ran.err.contains("git is not on the PATH"), "{}", ran.err);
    let outside = OnDisk::empty();
    outside.write("main.tf", WARNING);
    let ran = outside.run(&["check", "--staged"]);
    assert!(ran.status == 2 && ran.err.contains("`--staged`: this is not a git repository"), "{}", ran.err);
}

#[cfg(unix)]
#[test]
fn nothing_that_a_repository_configures_is_started() {
    use std::os::unix::fs::PermissionsExt as _;
    let Some(project) = repository() else { return };
    let marker = project.path().join("started");
    let script = format!("#!/bin/sh\necho \"$0\" >> '{}'\ncat\n", marker.display());
    for path in [".git/hooks/post-index-change", ".git/hooks/pre-commit", "evil", "bin/git"] {
        project.write(path, &script);
        fs::set_permissions(project.path().join(path), fs::Permissions::from_mode(0o755)).unwrap();
    }
    let evil = project.path().join("evil").display().to_string();
    for key in [
        "core.fsmonitor",
        "core.sshCommand",
        "core.pager",
        "diff.external",
        "diff.x.command",
        "diff.x.textconv",
        "filter.x.clean",
        "filter.x.smudge",
        "filter.x.process",
        "alias.diff-files",
        "alias.rev-parse",
        "core.gitProxy",
        "credential.helper",
        "uploadpack.packObjectsHook",
    ] {
        git(&project, &["config", key, &evil]);
    }
    project.write(".gitattributes", "*.tf diff=x filter=x\n");
    project.write("other/main.tf", &format!("{WARNING}# changed\n"));
    let path = std::env::join_paths(
        [project.path().join("bin"), "bin".into()]
            .into_iter()
            .chain(std::env::split_paths(&std::env::var_os("PATH").unwrap())),
    );
    for args in [&["check", "--changed-since", "HEAD"][..], &["check", "--staged"]] {
        let mut command = project.command("", args);
        let ran = ran(command.env("PATH", path.as_ref().unwrap()).output().unwrap());
        assert!(ran.status < 2, "{}", ran.err);
    }
    assert!(!marker.exists(), "{}", fs::read_to_string(&marker).unwrap());
    // The same repository starts something when git is asked without precautions: the test can tell.
    let plain = Command::new("git").args(["diff", "HEAD"]).current_dir(project.path()).output().unwrap();
    assert!(marker.exists(), "{plain:?}");
}
