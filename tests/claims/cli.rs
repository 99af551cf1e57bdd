//! The real binary: exit statuses, streams, formats, configuration.

#![expect(clippy::expect_used, clippy::disallowed_methods, reason = "test helpers")]

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

/// A template with one warning that needs no rule about AWS: an ignore that matches nothing.
const WARNING: &str = "# trustlint: ignore[unused-ignore] nothing to ignore\nlocals {}\n";
const WARNING_LINE: &str = "1:3: warning: unused ignore: no `unused-ignore` finding here [unused-ignore]";

struct Project(TempDir);

struct Ran {
    status: i32,
    out: String,
    err: String,
}

impl Project {
    fn new(files: &[(&str, &str)]) -> Self {
        let project = Self(tempfile::tempdir().unwrap());
        for (path, text) in files {
            project.file(path, text.as_bytes());
        }
        // A repository, so that nothing above the directory matters.
        project.file(".git/HEAD", b"");
        project
    }

    fn file(&self, path: &str, bytes: &[u8]) {
        let path = self.0.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    /// The command in a directory of the project, with nothing of the environment of the tests.
    fn command(&self, directory: &str, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_trustlint"));
        command.args(args).current_dir(self.path().join(directory)).env_clear().stdin(Stdio::null());
        command
    }

    fn run(&self, args: &[&str]) -> Ran {
        ran(&self.command("", args).output().unwrap())
    }
}

fn ran(output: &Output) -> Ran {
    Ran {
        status: output.status.code().expect("not killed by a signal"),
        out: String::from_utf8(output.stdout.clone()).unwrap(),
        err: String::from_utf8(output.stderr.clone()).unwrap(),
    }
}

fn ran_with(command: &mut Command) -> Ran {
    ran(&command.output().unwrap())
}

#[test]
fn a_clean_project_prints_nothing_on_the_standard_output() {
    let ran = Project::new(&[("main.tf", "locals {}\n")]).run(&["check"]);
    assert_eq!((ran.status, ran.out.as_str()), (0, ""));
    assert!(ran.err.starts_with("no findings; 1 file, "), "{}", ran.err);
}

#[test]
fn a_warning_leads_to_exit_status_1() {
    let ran = Project::new(&[("a/main.tf", WARNING)]).run(&["check", "--output-format", "concise"]);
    assert_eq!(ran.out, format!("a/main.tf:{WARNING_LINE}\n"));
    assert!(ran.err.starts_with("1 finding (1 warning); 1 file, "), "{}", ran.err);
    assert_eq!(ran.status, 1);
}

#[test]
fn the_threshold_decides_about_the_exit_status() {
    let project = Project::new(&[("main.tf", WARNING)]);
    for (args, status) in [
        (["check", "--fail-on", "error"], 0),
        (["check", "--fail-on", "none"], 0),
        (["check", "--fail-on", "info"], 1),
        (["check", "--exit-zero", "-q"], 0),
        (["check", "-e", "-q"], 0),
    ] {
        let ran = project.run(&args);
        assert_eq!(ran.status, status, "{args:?}");
        assert!(ran.out.contains("warning[unused-ignore]"), "{args:?}");
    }
    let mut command = project.command("", &["check"]);
    assert_eq!(ran(&command.env("TRUSTLINT_FAIL_ON", "error").output().unwrap()).status, 0);
}

#[test]
fn findings_below_the_least_severity_are_not_shown() {
    let ran = Project::new(&[("main.tf", WARNING)]).run(&["check", "--min-severity", "error"]);
    assert_eq!((ran.status, ran.out.as_str()), (0, ""));
}

#[test]
fn nothing_to_analyze_is_not_a_success() {
    let project = Project::new(&[("README.md", "x")]);
    let ran = project.run(&["check"]);
    assert_eq!((ran.status, ran.err.as_str()), (3, "found nothing to analyze in `.`\n"));
    assert_eq!(project.run(&["check", "--allow-empty"]).status, 0);
}

#[test]
fn wrong_usage_leads_to_exit_status_2() {
    let project = Project::new(&[("main.tf", WARNING), ("a/main.tf", ""), ("b/main.tf", "")]);
    for (args, message) in [
        (vec!["check", "nowhere"], "error: could not read `nowhere`: "),
        (
            vec!["check", "--select", "unused-ignor"],
            "there is no rule, family or effect `unused-ignor`; did you mean `unused-ignore`?",
        ),
        (vec!["check", "--output-format", "jsn"], "there is no format `jsn`; did you mean `json`?"),
        (vec!["check", "--output-format", "json", "--output-format", "full"], "only one format can go to"),
        (vec!["check", "--account", "x"], "`--account x`: write GLOB=ID"),
        (vec!["check", "--account", "x=12"], "`12` is neither twelve digits nor an account"),
        (vec!["check", "--today", "tomorrow"], "--today"),
        (vec!["check", "--config", "nowhere.toml"], "could not read `nowhere.toml`"),
        (vec!["check", "b", "--project-root", "a"], "`b` lies outside the project root"),
        (vec!["explain", "unused"], "there is no rule `unused`"),
        (vec!["chek"], "chek"),
        (vec![], "Usage: trustlint"),
    ] {
        let ran = project.run(&args);
        assert_eq!((ran.status, ran.out.as_str()), (2, ""), "{args:?}: {}", ran.err);
        assert!(ran.err.contains(message), "{args:?}: {}", ran.err);
    }
}

#[test]
fn mistakes_in_the_configuration_have_places() {
    let config = "[accounts.a]\nid = 111111111111\n[rule]\n";
    let project = Project::new(&[("main.tf", WARNING), ("trustlint.toml", config)]);
    let ran = project.run(&["check"]);
    let expected = "trustlint.toml:2:6: error: an account id is a string, since a leading zero would be lost; write it in quotes\ntrustlint.toml:3:2: error: there is no key `rule` here; did you mean `rules`?\n";
    assert_eq!((ran.status, ran.out.as_str(), ran.err.as_str()), (2, "", expected));
    assert_eq!(project.run(&["check", "--isolated"]).status, 1);
    let mut command = project.command("", &["check", "--isolated"]);
    assert_eq!(ran_with(command.env("TRUSTLINT_CONFIG", "nowhere.toml")).status, 1);
    let mut command = project.command("", &["check"]);
    let named = ran_with(command.env("TRUSTLINT_CONFIG", "nowhere.toml"));
    assert_eq!((named.status, named.err.contains("could not read `nowhere.toml`")), (2, true));
}

#[test]
fn the_accounts_file_is_read_beside_the_configuration() {
    let list = "{\"Accounts\": [{\"Id\": \"1\"}]}";
    let config = "[accounts]\nfile = \"accounts.json\"\n";
    let project =
        Project::new(&[("main.tf", "locals {}\n"), ("trustlint.toml", config), ("accounts.json", list)]);
    let ran = project.run(&["check"]);
    assert_eq!(ran.status, 2);
    assert_eq!(ran.err, "accounts.json:1:1: error: `1` is not an account id: an id has twelve digits\n");
    project.file("accounts.json", list.replace('1', "111111111111").as_bytes());
    assert_eq!(project.run(&["check"]).status, 0);
    project.file("trustlint.toml", b"[accounts]\nfile = \"../accounts.json\"\n");
    let ran = project.run(&["check"]);
    assert!(
        ran.err.starts_with("trustlint.toml:2:8: error: could not read `../accounts.json`: "),
        "{}",
        ran.err
    );
}

#[test]
fn levels_of_the_configuration_and_of_the_command_line_hold() {
    let project =
        Project::new(&[("main.tf", WARNING), ("trustlint.toml", "[rules]\nunused-ignore = \"error\"\n")]);
    assert!(project.run(&["check"]).out.starts_with("error[unused-ignore]: "));
    let ran = project.run(&["check", "--ignore", "unused-ignore"]);
    assert_eq!((ran.status, ran.out.as_str()), (0, ""));
    project.file("trustlint.toml", b"[rules]\nunused-ignore = \"off\"\n");
    assert_eq!(project.run(&["check"]).status, 0);
    assert_eq!(project.run(&["check", "--select", "unused-ignore"]).status, 1);
}

#[test]
fn only_findings_in_the_given_paths_are_reported() {
    let project = Project::new(&[("a/main.tf", WARNING), ("b/main.tf", WARNING), ("ab/main.tf", WARNING)]);
    let ran = project.run(&["check", "--output-format", "concise", "a"]);
    assert_eq!(ran.out, format!("a/main.tf:{WARNING_LINE}\n"));
    assert!(ran.err.contains("; 3 files, "), "{}", ran.err);
    let below = ran_below(&project, "a", &["check", "--output-format=concise", "../b/main.tf", "."]);
    assert_eq!(below.out, format!("main.tf:{WARNING_LINE}\n../b/main.tf:{WARNING_LINE}\n"));
}

fn ran_below(project: &Project, directory: &str, args: &[&str]) -> Ran {
    ran(&project.command(directory, args).output().unwrap())
}

#[test]
fn several_reports_come_from_one_run() {
    let project = Project::new(&[("main.tf", WARNING)]);
    let formats = ["check", "--output-format", "concise", "--output-format", "sarif=out.sarif"];
    let ran = project.run(&[&formats[..], &["--output-format", "json=out.json"]].concat());
    assert_eq!(ran.out, format!("main.tf:{WARNING_LINE}\n"));
    let json = |path: &str| -> serde_json::Value {
        serde_json::from_str(&fs::read_to_string(project.path().join(path)).unwrap()).unwrap()
    };
    assert_eq!(json("out.sarif").pointer("/runs/0/results/0/ruleId").unwrap(), "unused-ignore");
    assert_eq!(json("out.json").pointer("/summary/warnings").unwrap(), 1);
    let unwritable = project.run(&["check", "--output-format", "json=no/where.json"]);
    assert_eq!(unwritable.status, 2);
    assert!(unwritable.err.starts_with("error: could not write `no/where.json`: "), "{}", unwritable.err);
}

#[test]
fn the_format_can_come_from_the_environment() {
    let project = Project::new(&[("main.tf", WARNING)]);
    let mut command = project.command("", &["check"]);
    let ran = ran(&command.env("TRUSTLINT_OUTPUT_FORMAT", "concise,json=out.json").output().unwrap());
    assert_eq!(ran.out, format!("main.tf:{WARNING_LINE}\n"));
    assert!(project.path().join("out.json").exists());
}

#[test]
fn the_same_project_gives_the_same_bytes() {
    let files: Vec<_> = (0..40).map(|number| format!("m{number}/main.tf")).collect();
    let files: Vec<_> = files.iter().map(|path| (path.as_str(), WARNING)).collect();
    let project = Project::new(&files);
    let first = project.run(&["check", "--output-format", "json", "-j", "1"]);
    for jobs in ["1", "2", "8"] {
        assert_eq!(project.run(&["check", "--output-format", "json", "-j", jobs]).out, first.out);
    }
}

#[test]
fn colours_follow_the_environment_and_the_flag() {
    let project = Project::new(&[("main.tf", WARNING)]);
    let coloured = |args: &[&str], environment: &[(&str, &str)]| {
        let mut command = project.command("", args);
        ran(&command.envs(environment.iter().copied()).output().unwrap()).out.contains('\x1b')
    };
    assert!(!coloured(&["check"], &[]));
    assert!(coloured(&["check"], &[("FORCE_COLOR", "1")]));
    assert!(coloured(&["check"], &[("CLICOLOR_FORCE", "1")]));
    assert!(!coloured(&["check"], &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]));
    assert!(coloured(&["check", "--color", "always"], &[("NO_COLOR", "1")]));
    assert!(!coloured(&["check", "--color", "never"], &[("FORCE_COLOR", "1")]));
}

#[test]
fn quiet_leaves_the_findings() {
    let project = Project::new(&[("main.tf", WARNING)]);
    let ran = project.run(&["check", "-q"]);
    assert_eq!((ran.status, ran.err.as_str()), (1, ""));
    assert!(!ran.out.is_empty());
    let verbose = project.run(&["check", "-v"]);
    assert!(verbose.err.contains("configuration: none\n"), "{}", verbose.err);
    assert!(verbose.out.contains("  more: trustlint explain unused-ignore, https://"), "{}", verbose.out);
}

#[test]
fn an_expired_ignore_comes_back() {
    let text = "# trustlint: ignore[unused-ignore] until=2027-01-31 for now\nlocals {}\n";
    let project = Project::new(&[("main.tf", text)]);
    let out = |day: &str| project.run(&["check", "--output-format", "concise", "--today", day]).out;
    assert!(out("2027-02-01").contains("ignore for `unused-ignore` expired on 2027-01-31"));
    assert!(out("2027-01-31").contains("unused ignore: no"));
}

#[test]
fn an_ignore_of_the_configuration_that_matches_nothing_is_reported_there() {
    let config = "\n[[ignore]]\nrule = \"unused-ignore\"\naddress = \"aws_iam_role.gone\"\n";
    let project = Project::new(&[("main.tf", "locals {}\n"), (".trustlint.toml", config)]);
    let ran = project.run(&["check", "--output-format", "concise"]);
    assert!(
        ran.out.starts_with(
            ".trustlint.toml:2:1: warning: unused ignore: no `unused-ignore` finding matches it"
        ),
        "{}",
        ran.out
    );
}

#[test]
fn a_file_that_cannot_be_read_does_not_stop_the_run() {
    let project = Project::new(&[("main.tf", WARNING)]);
    project.file("broken.tf", &[0xff, 0xfe]);
    let ran = project.run(&["check", "--output-format", "concise"]);
    assert_eq!(ran.status, 1);
    let line = "broken.tf:1:1: warning: could not read all of this file: the file cannot be read: the file is not UTF-8 (byte 0)";
    assert!(ran.out.contains(&format!("{line} [unreadable-file]\n")), "{}", ran.out);
    assert!(!ran.err.contains("broken.tf") && !ran.err.contains("problem"), "{}", ran.err);
    assert!(ran.out.contains(WARNING_LINE), "{}", ran.out);
    // Where no finding says so, the error stream does.
    let ran = project.run(&["check", "--output-format", "concise", "--ignore", "unreadable-file"]);
    assert!(!ran.out.contains("broken.tf") && ran.err.contains(&format!("{line}\n")), "{}", ran.err);
    assert!(ran.err.contains(", 1 problem; "), "{}", ran.err);
}

#[test]
fn a_gate_and_a_program_see_a_file_that_cannot_be_read() {
    let project = Project::new(&[("broken.tf", "resource \"a\" {\n")]);
    let ran = project.run(&["check", "--output-format", "json"]);
    assert_eq!(ran.status, 1);
    let json: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(json["findings"][0]["rule"], "unreadable-file");
    assert_eq!(json["problems"][0]["fingerprint"], json["findings"][0]["fingerprint"]);
    assert_eq!(json["problems"].as_array().unwrap().len(), 1);
}

#[test]
fn people_see_the_number_of_infos_and_programs_the_infos() {
    let project =
        Project::new(&[("main.tf", WARNING), ("trustlint.toml", "[rules]\nunused-ignore = \"info\"\n")]);
    for format in ["full", "concise"] {
        let ran = project.run(&["check", "--output-format", format]);
        assert_eq!((ran.status, ran.out.as_str()), (0, ""), "{}", ran.err);
        let hidden = "no findings, 1 info hidden (`--min-severity info` shows them); ";
        assert!(ran.err.starts_with(hidden), "{}", ran.err);
        for more in [["--min-severity", "info"], ["--fail-on", "info"]] {
            let ran = project.run(&["check", "--output-format", format, more[0], more[1]]);
            assert!(ran.out.contains("info") && !ran.err.contains("hidden"), "{}{}", ran.out, ran.err);
        }
    }
    for format in ["json", "sarif"] {
        let ran = project.run(&["check", "--output-format", format]);
        assert!(ran.out.contains("unused-ignore"), "{}", ran.out);
        assert!(ran.err.starts_with("1 finding (1 info); "), "{}", ran.err);
    }
}

#[cfg(unix)]
#[test]
fn a_reader_that_goes_away_is_no_error() {
    let files: Vec<_> = (0..400).map(|number| format!("m{number}/main.tf")).collect();
    let files: Vec<_> = files.iter().map(|path| (path.as_str(), WARNING)).collect();
    let project = Project::new(&files);
    for format in ["full", "concise", "json", "sarif"] {
        let mut command = project.command("", &["check", "--output-format", format, "--color", "always"]);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let ran = ran(&child.wait_with_output().unwrap());
        assert_eq!(ran.status, 1, "{format}: {}", ran.err);
        assert!(!ran.err.contains("error") && !ran.err.contains("panic"), "{format}: {}", ran.err);
    }
}

#[test]
fn rules_are_listed_and_explained() {
    let project = Project::new(&[]);
    let list = project.run(&["rules"]);
    assert!(list.out.starts_with("NAME "), "{}", list.out);
    assert!(list.out.lines().any(|line| line.starts_with("unused-ignore ")), "{}", list.out);
    let json: serde_json::Value =
        serde_json::from_str(&project.run(&["rules", "--output-format", "json"]).out).unwrap();
    assert!(json.as_array().unwrap().iter().any(|rule| rule.get("name").unwrap() == "unused-ignore"));
    let rule = "unused-ignore";
    for format in ["text", "markdown"] {
        let first = project.run(&["explain", rule, "--output-format", format]);
        let rest = project.run(&["explain", rule, "--examples", "--output-format", format]);
        for page in [&first, &rest] {
            assert_eq!(page.status, 0);
            assert!(page.out.contains(rule), "{}", page.out);
            assert!(!page.out.contains("# warning:") && !page.out.contains("```expect"), "{}", page.out);
        }
        for section in ["Why it matters", "How to fix", "Reported", "Accepted"] {
            let heading = |line: &str| line.trim_start_matches("## ").starts_with(section);
            assert!(first.out.lines().any(heading) && !rest.out.lines().any(heading), "{section}");
        }
        for section in ["More reported", "More accepted", "What it cannot see", "References"] {
            let heading = |line: &str| line.trim_start_matches("## ").starts_with(section);
            assert!(!first.out.lines().any(heading) && rest.out.lines().any(heading), "{section}");
        }
        let last = first.out.lines().last().unwrap();
        assert!(last.contains("trustlint explain unused-ignore --examples"), "{last}");
    }
    let text = project.run(&["explain", rule]).out;
    assert!(text.contains("^^^ warning\n"), "{text}");
}

#[test]
fn every_shell_has_completions() {
    let project = Project::new(&[]);
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let ran = project.run(&["completions", shell]);
        assert!(ran.status == 0 && ran.out.contains("fail-on"), "{shell}");
    }
}

#[test]
fn help_says_what_the_exit_status_means() {
    let ran = Project::new(&[]).run(&["--help"]);
    assert_eq!(ran.status, 0);
    assert!(ran.out.contains("Exit status: 0 clean, 1 findings"), "{}", ran.out);
}

#[test]
fn a_name_cannot_command_the_terminal() {
    let project = Project::new(&[("main.tf", "# trustlint: ignore[\x1b[31mx] y\n")]);
    for format in ["full", "concise"] {
        let ran = project.run(&["check", "--output-format", format]);
        assert_eq!(ran.status, 1);
        assert!(!ran.out.contains('\x1b'), "{:?}", ran.out);
    }
}

#[test]
fn the_standard_output_may_be_closed_at_once() {
    let project = Project::new(&[("main.tf", WARNING)]);
    let mut child = project.command("", &["rules"]).stdout(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    assert!(child.wait().unwrap().success());
    std::io::stdout().flush().unwrap();
}

/// The project of the first screen of the README: the blocks before its output, with the names above them.
fn readme_project(readme: &str) -> Project {
    let (files, _) = readme.split_once("```text\n").unwrap();
    let block = regex::Regex::new(r"`([\w./]+)`:\n\n```\w+\n((?s:.*?))```").unwrap();
    let project = Project::new(&[]);
    for found in block.captures_iter(files) {
        project.file(&found[1], found[2].as_bytes());
    }
    project
}

#[test]
fn the_readme_shows_what_its_example_really_prints() {
    let readme = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    let shown = readme.split("```text\n").nth(1).unwrap().split("```").next().unwrap();
    let ran = readme_project(&readme).run(&["check"]);
    assert_eq!(ran.status, 1);
    let said = format!("{}{}", ran.out, ran.err);
    // The last line ends in the time it took.
    let timeless = |text: &str| text.trim_end().rsplit_once(", ").map(|(before, _)| before.to_owned());
    assert_eq!(timeless(&said), timeless(shown));
}

#[test]
fn the_commands_and_configurations_of_the_readme_are_understood() {
    let readme = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    let project = readme_project(&readme);
    let commands = readme.split("```sh\n").skip(1).filter_map(|rest| rest.split("```").next());
    let commands = commands.flat_map(str::lines).filter_map(|line| line.strip_prefix("trustlint "));
    let commands: Vec<&str> = commands.map(|line| line.split('#').next().unwrap().trim()).collect();
    assert!(commands.len() > 3, "{commands:?}");
    for command in commands {
        let ran = project.run(&command.split_whitespace().collect::<Vec<_>>());
        assert!(
            !ran.err.contains("Usage:") && !ran.err.contains("unexpected argument"),
            "{command}: {}",
            ran.err
        );
    }
    let rules: Vec<&str> = trustlint::RULES.iter().map(|rule| rule.name).collect();
    let configurations = readme.split("```toml\n").skip(1).filter_map(|rest| rest.split("```").next());
    for text in configurations {
        assert!(trustlint::Config::parse(text, &rules).is_ok(), "{text}");
    }
}

#[test]
fn the_version_says_how_old_the_facts_about_aws_are() {
    let ran = Project::new(&[]).run(&["--version"]);
    let date = include_str!("../../data/date.txt").trim_end();
    assert_eq!(ran.out, format!("trustlint {} (AWS data of {date})\n", env!("CARGO_PKG_VERSION")));
}

/// A role that trusts itself to somebody of another account.
const TRUSTING: &str = "resource \"aws_iam_role\" \"r\" {\n  name = \"r\"\n  assume_role_policy = jsonencode({ Version = \"2012-10-17\", Statement = [{ Effect = \"Allow\", Action = \"sts:AssumeRole\", Principal = { Service = \"ec2.amazonaws.com\" } }] })\n}\n";

#[test]
fn paths_are_joined_with_the_listed_account_of_the_same_name() {
    let list = "{\"Accounts\": [{\"Id\": \"222222222222\", \"Name\": \"Prod EU\"}, {\"Id\": \"333333333333\", \"Name\": \"dev\"}]}";
    let config = "[accounts]\nfile = \"accounts.json\"\n[accounts.prod-eu]\npaths = [\"prod/**\"]\n[accounts.dev]\npaths = [\"dev/**\"]\n";
    let files = [
        ("trustlint.toml", config),
        ("accounts.json", list),
        ("prod/main.tf", TRUSTING),
        ("dev/main.tf", TRUSTING),
    ];
    let said = Project::new(&files).run(&["accounts"]);
    assert!(
        said.out.contains("prod-eu (222222222222)") && said.out.contains("dev (333333333333)"),
        "{}{}",
        said.out,
        said.err
    );
    // Two of one name are told apart by nothing.
    let twice = list.replace("\"dev\"", "\"prod eu\"");
    let said = Project::new(&[files[0], ("accounts.json", &twice), files[2], files[3]]).run(&["accounts"]);
    assert!(!said.out.contains("222222222222"), "{}", said.out);
}

#[test]
fn a_pattern_of_an_account_that_matches_nothing_is_a_problem() {
    let config = |path: &str| format!("[accounts.prod]\nid = \"222222222222\"\npaths = [\"{path}\"]\n");
    let said = |path: &str| {
        Project::new(&[("trustlint.toml", &config(path)), ("prod/main.tf", TRUSTING)]).run(&["check"])
    };
    for path in ["prod/**", "prod", "**", "prod/main.tf"] {
        assert!(!said(path).err.contains("matches no file"), "{}", said(path).err);
    }
    let wrong = said("prd/**");
    assert!(wrong.err.contains("trustlint.toml:3:10: "), "{}", wrong.err);
    assert!(
        wrong.err.contains("`prd/**` matches no file, so it says nothing about account `prod`"),
        "{}",
        wrong.err
    );
}

#[test]
fn one_hint_says_that_no_account_is_known() {
    let hints =
        |files: &[(&str, &str)], args: &[&str]| Project::new(files).run(args).err.matches("hint: ").count();
    assert_eq!(hints(&[("main.tf", TRUSTING)], &["check"]), 1);
    assert_eq!(hints(&[("main.tf", TRUSTING)], &["check", "-q"]), 0);
    assert_eq!(hints(&[("main.tf", "locals {}\n")], &["check"]), 0);
    assert_eq!(hints(&[("main.tf", TRUSTING)], &["check", "--account", "**=222222222222"]), 0);
}

#[test]
fn a_file_of_values_that_the_configuration_names_is_read_though_git_ignores_it() {
    let text = "variable \"account\" {}\nprovider \"aws\" {\n  allowed_account_ids = [var.account]\n}\n"
        .to_owned()
        + TRUSTING;
    let config = "[[terraform.root]]\npath = \"prod\"\nvar-files = [\"secret/prod.tfvars\"]\n";
    let files = [
        (".gitignore", "*.tfvars\n"),
        ("trustlint.toml", config),
        ("prod/main.tf", &text),
        ("secret/prod.tfvars", "account = \"222222222222\"\n"),
    ];
    let said = Project::new(&files).run(&["accounts"]);
    assert!(said.out.contains("222222222222"), "{}{}", said.out, said.err);
    let said = Project::new(&files[..3]).run(&["accounts"]);
    assert!(
        said.status == 2 && said.err.contains("`secret/prod.tfvars` is not in the project"),
        "{}",
        said.err
    );
}

/// Two projects, each with a configuration of its own.
const TWO: [(&str, &str); 4] = [
    ("a/trustlint.toml", "[accounts]\nfile = \"list.json\"\n[accounts.prod]\npaths = [\".\"]\n"),
    ("a/list.json", "{\"Accounts\": [{\"Id\": \"111111111111\", \"Name\": \"prod\"}]}"),
    ("a/main.tf", TRUSTING),
    ("b/live/main.tf", TRUSTING),
];

#[test]
fn each_project_of_a_run_is_under_its_own_configuration() {
    let below = "[accounts.prod]\nid = \"222222222222\"\npaths = [\"live\"]\n";
    for file in ["b/trustlint.toml", "b/.trustlint.toml", "b/.github/trustlint.toml"] {
        let project = Project::new(&[&TWO[..], &[(file, below)]].concat());
        let said = |args: &[&str]| project.run(args).out;
        let known = said(&["accounts"]);
        assert!(known.contains("prod (111111111111)") && known.contains("prod (222222222222)"), "{known}");
        assert!(
            project.run(&["check", "-v"]).err.contains(&format!("configuration: a/trustlint.toml, {file}\n"))
        );
        assert!(!said(&["accounts", "--isolated"]).contains("prod"));
        // The one that is named is the only one.
        let known = said(&["accounts", "--config", file, "--project-root", "."]);
        assert!(!known.contains("111111111111"), "{known}");
        let known = said(&["accounts", "--account", "**=333333333333"]);
        assert!(known.contains("333333333333") && !known.contains("prod"), "{known}");
        let ran = project.run(&["accounts", "--account", "**=prod"]);
        assert!(
            ran.status == 2 && ran.err.contains("different accounts `prod`; write the ID"),
            "{}",
            ran.err
        );
    }
}

#[test]
fn mistakes_in_the_configuration_of_a_project_have_places() {
    let ran = |text: &str| Project::new(&[&TWO[..], &[("b/trustlint.toml", text)]].concat()).run(&["check"]);
    let wrong = ran("[rule]\n");
    let expected = "b/trustlint.toml:1:2: error: there is no key `rule` here; did you mean `rules`?\n";
    assert_eq!((wrong.status, wrong.err.as_str()), (2, expected));
    let wrong = ran("[accounts]\nfile = \"live/main.tf\"\n");
    assert!(
        wrong.status == 2 && wrong.err.starts_with("b/live/main.tf:1:1: error: not the output"),
        "{}",
        wrong.err
    );
    let wrong = ran("[accounts.prod]\npaths = [\"b/live\"]\n");
    assert!(wrong.err.contains("b/trustlint.toml:2:10: "), "{}", wrong.err);
    assert!(wrong.err.contains("`b/live` matches no file"), "{}", wrong.err);
}

#[test]
fn an_account_in_two_organizations_is_a_problem() {
    let config = |organization: &str| {
        format!("[organization]\nid = \"{organization}\"\n[accounts.prod]\nid = \"111111111111\"\n")
    };
    let said = |other: &str| {
        let (a, b) = (config("o-aaaaaaaaaa"), config(other));
        let files = [("a/trustlint.toml", a.as_str()), ("b/trustlint.toml", &b), ("main.tf", TRUSTING)];
        Project::new(&files).run(&["check"]).err
    };
    assert!(!said("o-aaaaaaaaaa").contains("organization"), "{}", said("o-aaaaaaaaaa"));
    let expected = "account 111111111111 belongs to organization `o-bbbbbbbbbb` here and to `o-aaaaaaaaaa` in `a/trustlint.toml`";
    let wrong = said("o-bbbbbbbbbb");
    assert!(wrong.contains("b/trustlint.toml:2:6: ") && wrong.contains(expected), "{wrong}");
}

#[test]
fn rules_of_the_command_line_hold_in_every_project() {
    let off = "[rules]\nunused-ignore = \"off\"\n";
    let project = Project::new(&[("a/main.tf", WARNING), ("b/main.tf", WARNING), ("b/trustlint.toml", off)]);
    let found = |args: &[&str]| project.run(args).out.matches("[unused-ignore]: ").count();
    assert_eq!(found(&["check"]), 1);
    assert_eq!(found(&["check", "--select", "unused-ignore"]), 2);
    assert_eq!(found(&["check", "--ignore", "unused-ignore"]), 0);
}

#[test]
fn rules_are_chosen_by_name_family_and_effect_and_the_more_specific_holds() {
    let open = "resource \"aws_iam_role\" \"r\" {\n  name = \"r\"\n  assume_role_policy = jsonencode({ Statement = [{ Effect = \
        \"Allow\", Action = \"sts:AssumeRole\", Principal = { AWS = \"*\" } }] })\n}\n";
    let found = |config: &str, args: &[&str]| {
        let project = Project::new(&[("main.tf", open), ("trustlint.toml", config)]);
        let ran = project.run(&[&["check", "--output-format", "concise"], args].concat());
        ran.out.contains("[wildcard-principal]")
    };
    let off = "[rules]\nwildcard-principal = \"off\"\n";
    for (config, args, expected) in [
        ("", &["--select", "exposed"][..], true),
        ("", &["--select", "both-sides,dead"], false),
        ("", &["--ignore", "exposed"], false),
        ("", &["--ignore", "exposed", "--select", "wildcard-principal"], true),
        ("", &["--select", "exposed", "--ignore", "wildcard-principal"], false),
        ("", &["--select", "exposed", "--ignore", "exposed"], false),
        ("[rules]\nexposed = \"off\"\n", &[], false),
        ("[rules]\nexposed = \"off\"\nwildcard-principal = \"default\"\n", &[], true),
        ("[rules]\nexposed = \"off\"\n", &["--select", "wildcard-principal"], true),
        (off, &["--select", "exposed"], false),
        (off, &["--select", "wildcard-principal"], true),
    ] {
        assert_eq!(found(config, args), expected, "{config} {args:?}");
    }
    let wrong = Project::new(&[("main.tf", open)]).run(&["check", "--select", "expose"]);
    assert!(
        wrong.err.contains("there is no rule, family or effect `expose`; did you mean `exposed`?"),
        "{}",
        wrong.err
    );
}

#[test]
fn a_snapshot_of_the_command_line_may_lie_anywhere_and_be_packed() {
    const TRUSTING: &str = "resource \"aws_iam_role\" \"deploy\" {\n  name = \"deploy\"\n  assume_role_policy = jsonencode({ Statement = [{ \
        Effect = \"Allow\", Action = \"sts:AssumeRole\", Principal = { AWS = \"arn:aws:iam::640123987002:role/runner\" } }] })\n}\n";
    const CONFIG: &str =
        "[accounts.prod]\nid = \"640123987001\"\npaths = [\"**\"]\n[accounts.tools]\nid = \"640123987002\"\n";
    const SNAPSHOT: &str = "{\"RoleDetailList\": [{\"Arn\": \"arn:aws:iam::640123987002:role/runner\"}]}";
    let project = Project::new(&[("main.tf", TRUSTING), ("trustlint.toml", CONFIG)]);
    let elsewhere = Project::new(&[]);
    let packed = miniz_oxide::deflate::compress_to_vec(SNAPSHOT.as_bytes(), 6);
    elsewhere.file("tools.json.gz", &[&[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0][..], &packed].concat());
    let wide = format!("\u{feff}{SNAPSHOT}").encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>();
    elsewhere.file("wide.json", &wide);
    assert_eq!(project.run(&["check", "--output-format", "concise"]).out, "");
    for file in ["tools.json.gz", "wide.json"] {
        let given = format!("tools={}", elsewhere.path().join(file).display());
        let ran = project.run(&["check", "--output-format", "concise", "--snapshot", &given]);
        assert!(
            ran.out.contains("but `runner` has no policies [trust-without-permission]"),
            "{}{}",
            ran.out,
            ran.err
        );
    }
    let missing = project.run(&["check", "--snapshot", "tools=nowhere.json"]);
    assert_eq!(missing.status, 2, "{}", missing.err);
    let unknown = project.run(&["check", "--snapshot", "stage=nowhere.json"]);
    assert!(
        unknown.status == 2 && unknown.err.contains("`stage` is neither twelve digits"),
        "{}",
        unknown.err
    );
    // What a configuration names lies below the project root.
    project.file("trustlint.toml", format!("{CONFIG}snapshot = \"../tools.json\"\n").as_bytes());
    assert_eq!(project.run(&["check"]).status, 2);
}
