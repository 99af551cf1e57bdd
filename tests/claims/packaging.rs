//! What trustlint is installed and started by: versions agree, and nothing is passed that the program does not know.

#![expect(clippy::disallowed_methods, reason = "test helpers")]

use std::fs;
use std::process::Command;

use regex::Regex;

fn read(path: &str) -> String {
    fs::read_to_string(format!("{}/{path}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

fn printed(args: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_trustlint")).args(args).output().unwrap();
    assert!(output.status.success(), "{args:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_hook_without_rust_installs_the_wheel_of_this_version() {
    let version = env!("CARGO_PKG_VERSION");
    let mirror = read("packaging/pre-commit/pyproject.toml");
    assert!(mirror.contains(&format!("\nversion = \"{version}\"\n")), "{mirror}");
    assert!(mirror.contains(&format!("dependencies = [\"trustlint-aws=={version}\"]")), "{mirror}");
    assert!(read("packaging/pre-commit/README.md").contains(&format!("rev: v{version}\n")));
}

#[test]
fn all_hooks_run_alike() {
    let lines = |path: &str, key: &str| {
        let text = read(path);
        let found: Vec<String> =
            text.lines().filter(|line| line.trim().starts_with(key)).map(str::to_owned).collect();
        assert!(!found.is_empty(), "{key} in {path}");
        found
    };
    for key in ["entry:", "files:", "pass_filenames:", "require_serial:"] {
        let mut all = lines(".pre-commit-hooks.yaml", key);
        all.extend(lines("packaging/pre-commit/.pre-commit-hooks.yaml", key));
        all.dedup();
        assert_eq!(all.len(), 1, "{all:?}");
    }
}

#[test]
fn what_is_passed_in_pipelines_is_known() {
    let help = printed(&["check", "--help"]);
    let option = Regex::new(r"(?:^|\s)(--[a-z][a-z-]+)").unwrap();
    let format = Regex::new(r#"--output-format\s+"?([a-z-]+)"#).unwrap();
    for path in ["action.yml", "packaging/gitlab/templates/trustlint.yml", ".pre-commit-hooks.yaml"] {
        let text = read(path);
        let starts: Vec<usize> = text.match_indices("trustlint check").map(|(at, _)| at).collect();
        assert!(!starts.is_empty(), "{path}");
        for start in starts {
            // One command, with the lines that go on with it.
            let command = text.split_at(start).1.split(" -- ").next().unwrap();
            let command = command.split("\n\n").next().unwrap();
            let command: String =
                command.lines().take_while(|line| !line.contains("description:")).take(3).collect();
            for found in option.captures_iter(&command) {
                assert!(help.contains(&found[1]), "{path}: {}", &found[1]);
            }
            for found in format.captures_iter(&command) {
                assert!(help.contains(&found[1]), "{path}: the format {}", &found[1]);
            }
        }
    }
}

#[test]
fn manual_pages_tell_of_commands_and_options() {
    let all = printed(&["man"]);
    assert!(all.starts_with(".ie") || all.contains(".TH trustlint 1"), "{all}");
    assert!(all.contains("trustlint\\-check(1)") || all.contains("check"), "{all}");
    let check = printed(&["man", "check"]);
    assert!(check.contains(".TH trustlint-check 1"), "{check}");
    assert!(check.contains("\\-\\-output\\-format"), "{check}");
}

#[test]
fn completions_know_the_commands() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = printed(&["completions", shell]);
        assert!(["check", "access", "server"].iter().all(|name| script.contains(name)), "{shell}");
    }
}
