//! `trustlint baseline`: what is there when a gate is set up is known, and what is new is reported.

use crate::disk::OnDisk;

const FILE: &str = ".trustlint-baseline.json";

/// A role that somebody else assumes without an external ID.
const ROLE: &str = r#"resource "aws_iam_role" "vendor" {
  name = "vendor"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { AWS = "arn:aws:iam::464622532012:root" }
      Action    = "sts:AssumeRole"
    }]
  })
}
"#;

/// A module with that role, and two calls of it.
const MODULE: &str = "variable \"name\" {\n  type = string\n}\n";

fn adopted(files: &[(&str, &str)]) -> OnDisk {
    let project = OnDisk::new(files.iter().copied());
    assert_eq!(project.run(&["check"]).status, 1);
    let ran = project.run(&["baseline", "create"]);
    assert_eq!((ran.status, ran.out.as_str()), (0, ""), "{}", ran.err);
    assert_eq!(project.run(&["check"]).status, 0, "{}", project.read(FILE));
    project
}

#[test]
fn what_was_there_is_known_and_counted() {
    let project = adopted(&[("a/main.tf", ROLE)]);
    let ran = project.run(&["check"]);
    assert_eq!(ran.out, "");
    assert!(ran.err.starts_with("no findings, 1 in the baseline; "), "{}", ran.err);
    assert_eq!(project.findings(&["--no-baseline"]).len(), 1);
    assert_eq!(project.findings(&["--isolated"]).len(), 1);
    let json = project.run(&["check", "--output-format", "json"]).out;
    assert!(json.contains("\"findings\": []") && json.contains("\"baseline\": 1"), "{json}");
}

#[test]
fn moving_the_file_or_adding_lines_changes_nothing() {
    let project = adopted(&[("a/main.tf", ROLE)]);
    project.remove("a/main.tf");
    project.write("deeper/b/roles.tf", &format!("# a line\n\nlocals {{\n  x = 1\n}}\n{ROLE}"));
    assert!(project.findings(&[]).is_empty());
    let stack = "Resources:\n  Vendor:\n    Type: AWS::IAM::Role\n    Properties:\n      AssumeRolePolicyDocument:\n        \
                 Statement:\n          - Effect: Allow\n            Principal: { AWS: arn:aws:iam::464622532012:root }\n            \
                 Action: sts:AssumeRole\n";
    let project = adopted(&[("a/stack.yaml", stack)]);
    project.remove("a/stack.yaml");
    project.write("b/other.yaml", &stack.replace("Resources:", "Description: moved\n\nResources:"));
    assert!(project.findings(&[]).is_empty());
}

#[test]
fn another_principal_or_action_is_new() {
    for (old, new) in [
        ("464622532012:root", "464622532012:role/other"),
        ("464622532012:root", "417141415827:root"),
        ("\"sts:AssumeRole\"", "[\"sts:AssumeRole\", \"sts:SetSourceIdentity\"]"),
        ("\"vendor\" {", "\"other\" {"),
    ] {
        let project = adopted(&[("main.tf", ROLE)]);
        project.write("main.tf", &ROLE.replace(old, new));
        let ran = project.run(&["check"]);
        assert_eq!(ran.status, 1, "{new}: {}", ran.err);
        assert!(ran.err.contains("hint: 1 finding of the baseline no longer found"), "{new}: {}", ran.err);
    }
}

#[test]
fn a_further_instance_is_new_and_the_others_stay_known() {
    let call = |name: &str| format!("module \"{name}\" {{\n  source = \"./m\"\n  name   = \"{name}\"\n}}\n");
    let role = format!("{MODULE}{}", ROLE.replace("\"vendor\"\n", "var.name\n"));
    let project = adopted(&[("m/main.tf", role.as_str()), ("main.tf", call("a").as_str())]);
    project.write("main.tf", &format!("{}{}", call("a"), call("b")));
    let found = project.findings(&[]);
    assert!(found.len() == 1 && found.iter().all(|line| line.contains("role `b`")), "{found:?}");
    assert!(found.iter().all(|line| !line.contains("other instance")), "{found:?}");
    // So with a loop.
    let looped = |keys: &str| {
        call("a").replace("name   = \"a\"", &format!("for_each = toset([{keys}])\n  name = each.key"))
    };
    let project = adopted(&[("m/main.tf", role.as_str()), ("main.tf", looped("\"x\"").as_str())]);
    project.write("main.tf", &looped("\"x\", \"y\""));
    let found = project.findings(&[]);
    assert!(found.len() == 1 && found.iter().all(|line| line.contains("role `y`")), "{found:?}");
}

#[test]
fn a_copy_in_another_directory_is_new() {
    let project = adopted(&[("a/main.tf", ROLE)]);
    project.write("b/main.tf", ROLE);
    let found = project.findings(&[]);
    assert!(found.len() == 1 && found.iter().all(|line| line.starts_with("b/main.tf:")), "{found:?}");
}

#[test]
fn naming_an_account_makes_nothing_new() {
    let provider = "provider \"aws\" {\n  allowed_account_ids = [\"640123987001\"]\n}\n";
    let project = adopted(&[("main.tf", &format!("{provider}{ROLE}"))]);
    project.write("trustlint.toml", "[accounts.prod]\nid = \"640123987001\"\n");
    assert!(project.findings(&[]).is_empty());
    // An account that is known from now on neither.
    let project = adopted(&[("main.tf", ROLE)]);
    project.write("main.tf", &format!("{provider}{ROLE}"));
    assert!(project.findings(&[]).is_empty());
}

#[test]
fn findings_are_counted_as_check_counts_them() {
    // One finding of two instances, in each of two calls of a module, and one that is only possible.
    let call = |name: &str| format!("module \"{name}\" {{\n  source = \"./m\"\n  name   = \"{name}\"\n}}\n");
    let role = format!("{MODULE}{}", ROLE.replace("\"vendor\"\n", "var.name\n"));
    let open = "variable \"on\" {\n  type = bool\n}\n".to_owned()
        + &ROLE.replace("\"vendor\" {", "\"open\" {\n  count = var.on ? 1 : 0");
    let main = format!("{}{}{open}", call("a"), call("b"));
    let project = OnDisk::new([
        ("m/main.tf", role.as_str()),
        ("main.tf", main.as_str()),
        ("c.tf", &ROLE.replace("464622532012:root", "*")),
    ]);
    let count = |args: &[&str]| {
        let json = project.run(&[&["check", "--output-format", "json"], args].concat()).out;
        let json: serde_json::Value = serde_json::from_str(&json).unwrap();
        (
            json["findings"].as_array().unwrap().len(),
            usize::try_from(json["summary"]["baseline"].as_u64().unwrap()).unwrap(),
        )
    };
    let (before, _) = count(&[]);
    assert!(before > 1);
    let ran = project.run(&["baseline", "create"]);
    assert!(ran.err.contains(&format!("{FILE}: {before} findings\n")), "{}", ran.err);
    assert_eq!(count(&[]), (0, before));
    let ran = project.run(&["baseline", "update"]);
    assert!(ran.err.contains(&format!(": {before} findings, which had {before}\n")), "{}", ran.err);
    project.remove("c.tf");
    let left = count(&[]).1;
    let ran = project.run(&["baseline", "prune"]);
    assert!(
        ran.err.contains(&format!(": {left} finding"))
            && ran.err.contains(&format!(", which had {before}\n")),
        "{}",
        ran.err
    );
}

#[test]
fn pruning_takes_out_what_is_gone_and_updating_also_adds_what_is_new() {
    let project = adopted(&[("a.tf", ROLE), ("b.tf", &ROLE.replace("vendor", "second"))]);
    project.remove("b.tf");
    project.write("c.tf", &ROLE.replace("vendor", "third"));
    let ran = project.run(&["baseline", "prune"]);
    assert!(ran.status == 0 && ran.err.contains(": 1 finding, which had 2"), "{}", ran.err);
    let found = project.findings(&[]);
    assert!(found.len() == 1 && found.iter().all(|line| line.starts_with("c.tf:")), "{found:?}");
    let ran = project.run(&["baseline", "update"]);
    assert!(ran.status == 0 && ran.err.contains(": 2 findings, which had 1"), "{}", ran.err);
    assert!(project.findings(&[]).is_empty());
}

#[test]
fn the_file_is_one_line_for_each_finding_and_always_the_same() {
    let project = adopted(&[("a.tf", ROLE), ("b.tf", &ROLE.replace("vendor", "second"))]);
    let text = project.read(FILE);
    let lines: Vec<&str> =
        text.lines().filter(|line| line.contains("\"rule\":\"missing-external-id\"")).collect();
    assert_eq!(lines.len(), 2, "{text}");
    assert!(text.starts_with("{\n  \"version\": 1,\n  \"findings\": [\n    {"), "{text}");
    project.run(&["baseline", "update"]);
    assert_eq!(project.read(FILE), text);
}

#[test]
fn a_configured_or_named_file_is_used_and_must_be_there() {
    let project = OnDisk::new([
        ("main.tf", ROLE),
        ("trustlint.toml", "[check]\nbaseline = \"ci/known.json\"\n"),
        ("ci/x", ""),
    ]);
    let ran = project.run(&["check"]);
    assert!(ran.status == 2 && ran.err.contains("ci/known.json`: "), "{}", ran.err);
    assert_eq!(project.run(&["baseline", "create"]).status, 0);
    assert_eq!(project.run(&["check"]).status, 0);
    let ran = project.run(&["check", "--baseline", "other.json"]);
    assert!(ran.status == 2 && ran.err.starts_with("error: could not read `other.json`: "), "{}", ran.err);
    assert_eq!(project.run(&["baseline", "create", "--baseline", "other.json"]).status, 0);
    assert_eq!(project.run(&["check", "--baseline", "other.json"]).status, 0);
}

#[test]
fn what_cannot_be_done_is_said() {
    let project = OnDisk::new([("main.tf", ROLE)]);
    for command in ["update", "prune"] {
        let ran = project.run(&["baseline", command]);
        assert!(ran.status == 2 && ran.err.contains("`trustlint baseline create` writes one"), "{}", ran.err);
    }
    assert_eq!(project.run(&["baseline", "create"]).status, 0);
    let ran = project.run(&["baseline", "create"]);
    assert!(ran.status == 2 && ran.err.contains("there is a baseline already"), "{}", ran.err);
    for (text, message) in [
        (
            "{\n  \"version\": 1,\n  \"findings\": 3\n}\n",
            ".trustlint-baseline.json:3:15: this is not a baseline: invalid type",
        ),
        ("[]", ".trustlint-baseline.json:1:"),
        ("{\"version\": 2}", "has version 2, and this release reads version 1"),
    ] {
        project.write(FILE, text);
        let ran = project.run(&["check"]);
        assert!(ran.status == 2 && ran.err.contains(message), "{}", ran.err);
    }
}

#[test]
fn what_cannot_be_ignored_is_in_no_baseline() {
    let config = "[check]\nnot-ignorable = [\"missing-external-id\"]\n";
    let project = OnDisk::new([("main.tf", ROLE), ("trustlint.toml", config)]);
    let ran = project.run(&["baseline", "create"]);
    assert!(ran.err.contains("1 finding cannot be ignored and so cannot be in a baseline"), "{}", ran.err);
    assert_eq!(project.run(&["check"]).status, 1);
    // Nor when it was there before.
    project.write("trustlint.toml", "");
    assert_eq!(project.run(&["baseline", "update"]).status, 0);
    assert_eq!(project.run(&["check"]).status, 0);
    project.write("trustlint.toml", config);
    assert_eq!(project.run(&["check"]).status, 1);
}

#[test]
fn a_rule_that_was_not_asked_is_not_gone() {
    let project = adopted(&[("main.tf", ROLE)]);
    let ran = project.run(&["check", "--select", "unused-ignore"]);
    assert!(!ran.err.contains("no longer found"), "{}", ran.err);
}

#[cfg(unix)]
#[test]
fn a_link_in_the_place_of_the_file_is_not_followed() {
    let (project, elsewhere) = (OnDisk::new([("main.tf", ROLE)]), OnDisk::empty());
    elsewhere.write("precious", "text");
    std::os::unix::fs::symlink(elsewhere.path().join("precious"), project.path().join(FILE)).unwrap();
    for command in ["create", "update", "prune"] {
        assert_eq!(project.run(&["baseline", command]).status, 2, "{command}");
    }
    assert_eq!(elsewhere.read("precious"), "text");
}
