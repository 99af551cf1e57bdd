//! Names, paths and texts that speak to a terminal or a CI system instead of to a person.

use std::fs;
use std::path::Path;
use std::process::Command;

use clap::ValueEnum;
use tempfile::TempDir;
use trustlint::Format;

/// What no output may hold as it is.
const HOSTILE: &str = "\u{1b}\u{7}\u{9b}\u{61c}\u{200b}\u{ad}\u{2060}\u{e0041}\u{202e}\u{2066}\u{2028}";

/// All that two runs of the program wrote to both streams; the second run has a broken configuration.
fn outputs(root: &Path, arguments: &[&str]) -> Vec<String> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_trustlint"));
    let done = command.args(arguments).current_dir(root).env("NO_COLOR", "1").output().unwrap();
    [done.stdout, done.stderr].into_iter().map(|bytes| String::from_utf8(bytes).unwrap()).collect()
}

fn assert_harmless(text: &str, what: &str) {
    for line in text.lines() {
        // Only commands of our own, which begin with a title of our own.
        let own = ["::error", "::warning", "::notice"]
            .iter()
            .any(|it| line.starts_with(&format!("{it} title=trustlint")));
        let own = own && what.contains(" github");
        assert!(own || !line.trim_start().starts_with("::"), "{what}: {line}");
        assert!(!line.contains("##vso[") && !line.contains("##["), "{what}: {line}");
    }
    let found =
        text.chars().find(|char| HOSTILE.contains(*char) || (char.is_control() && !"\n\t".contains(*char)));
    assert_eq!(found, None, "{what}: {text}");
}

fn project() -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    let write = |path: &str, text: &str| {
        let path = directory.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    let role = format!(
        "# {HOSTILE} ##vso[x]\nresource \"aws_iam_role\" \"r\" {{\n  name = \"##vso[task.x]{HOSTILE}\"\n  assume_role_policy = jsonencode({{ Statement = [{{ Sid = \"##[x]\", Effect = \"Allow\", Principal = \"*\", Action = \"sts:AssumeRole{HOSTILE}\" }}] }})\n}}\n"
    );
    write(&format!("::error file=x::{}/main.tf", "\u{202e}\u{200b}"), &role);
    write("::set-output name=x::y.tf", "resource \"aws_iam_role\" {\n");
    write("##[error]\nx.yaml", &format!("Resources: {{\"a{HOSTILE}\": {{Type: 'AWS::IAM::Role'}}\n"));
    write(".git/HEAD", "");
    directory
}

#[test]
fn no_output_speaks_to_a_terminal_or_a_ci_system() {
    let project = project();
    for format in Format::value_variants().iter().filter_map(Format::to_possible_value) {
        let format = format.get_name();
        for more in [&["-v"][..], &["--min-severity", "info", "--show-suppressed"]] {
            let arguments = [&["check", ".", "--no-progress", "--output-format", format], more].concat();
            for text in outputs(project.path(), &arguments) {
                assert_harmless(&text, &arguments.join(" "));
            }
        }
    }
    for arguments in [
        &["accounts"][..],
        &["accounts", "--output-format", "json"],
        &["export"],
        &["config", "init", "--stdout"],
    ] {
        for text in outputs(project.path(), arguments) {
            assert_harmless(&text, &arguments.join(" "));
        }
    }
}

#[test]
fn json_has_the_very_texts_that_are_written() {
    let project = project();
    let text =
        outputs(project.path(), &["check", ".", "--no-progress", "--output-format", "json"]).swap_remove(0);
    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
    let paths: Vec<&str> = value["findings"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|finding| finding["locations"].as_array().unwrap())
        .map(|location| location["path"].as_str().unwrap())
        .collect();
    assert!(paths.contains(&"::error file=x::\u{202e}\u{200b}/main.tf"), "{paths:?}");
}

#[test]
fn errors_are_as_harmless_as_findings() {
    let project = project();
    for config in [
        "[rules]\n\"no-such\\u001b[2J\\n::error::x\" = \"off\"\n",
        "[accounts.\"a\\n::warning::b\\u202e\"]\nid = \"1\"\n",
        "\"\\n::error::\\u200b##[x]\" = 1\n",
        "[accounts]\nfile = \"\\n::error::x\"\n",
        "[[policy]]\npath = \"\\n::error::x\\u001b\"\nkind = \"trust\"\n",
        "[[terraform.root]]\npath = \"\\n::error::x\"\n",
    ] {
        fs::write(project.path().join("trustlint.toml"), config).unwrap();
        let all = outputs(project.path(), &["check", ".", "--no-progress"]);
        assert!(all[1].contains("error"), "{config}: {all:?}");
        assert_harmless(&all.concat(), config);
    }
    fs::remove_file(project.path().join("trustlint.toml")).unwrap();
    for arguments in [
        &["access", "--from", "\n::error::\u{202e}", "--to", "x"][..],
        &["check", "\n::error::nowhere"],
        &["check", ".", "--account", "::error::\n::x"],
    ] {
        for text in outputs(project.path(), arguments) {
            assert_harmless(&text, &arguments.join(" "));
        }
    }
}

#[test]
fn more_threads_than_help_are_not_started() {
    let project = project();
    let all = outputs(project.path(), &["check", ".", "--no-progress", "--jobs", "100000"]);
    assert!(all[1].contains("threads are used"), "{}", all[1]);
}
