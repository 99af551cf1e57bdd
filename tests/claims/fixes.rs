//! `check --fix`, `--diff` and `--add-ignores`: what is changed, and that nothing else is.

use crate::disk::OnDisk;

/// A role that a vendor assumes without an external ID.
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

/// The same in another language.
const STACK: &str = "\
Resources:
  Vendor:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement:
          - Effect: Allow
            Principal:
              AWS: arn:aws:iam::464622532012:root
            Action: sts:AssumeRole
";

const JSON: &str = r#"{
  "Resources": {
    "Vendor": {
      "Type": "AWS::IAM::Role",
      "Properties": {
        "AssumeRolePolicyDocument": {
          "Statement": [
            { "Effect": "Allow", "Principal": { "AWS": "arn:aws:iam::464622532012:root" }, "Action": "sts:AssumeRole" }
          ]
        }
      }
    }
  }
}
"#;

/// What a file is after `--fix`, which the project is then clean by.
fn fixed(path: &str, text: &str) -> String {
    let project = OnDisk::new([(path, text)]);
    let before = project.findings(&[]);
    assert!(!before.is_empty(), "{text}");
    let diff = project.run(&["check", "--diff"]);
    assert_eq!(diff.status, 1, "{}", diff.err);
    assert_eq!(project.read(path), text, "a diff writes nothing");
    let ran = project.run(&["check", "--fix"]);
    assert_eq!((ran.status, ran.out.as_str()), (0, ""), "{}\n{}", ran.err, project.read(path));
    assert!(ran.err.starts_with("fixed "), "{}", ran.err);
    let after = project.run(&["check", "--diff"]);
    assert_eq!((after.status, after.out.as_str()), (0, ""), "{}", after.err);
    project.read(path)
}

#[test]
fn an_ignore_that_nothing_needs_is_removed_and_nothing_else_of_its_line() {
    for (before, after) in [
        ("locals {\n  # trustlint: ignore[missing-external-id] x\n  a = 1\n}\n", "locals {\n  a = 1\n}\n"),
        ("locals {\n  a = 1 # trustlint: ignore[missing-external-id] x\n}\n", "locals {\n  a = 1\n}\n"),
        (
            "locals {\r\n  // trustlint: ignore[missing-external-id]\r\n  a = 1\r\n}\r\n",
            "locals {\r\n  a = 1\r\n}\r\n",
        ),
        (
            "locals {\n  a = 1 #other:skip=1 # trustlint: ignore[missing-external-id]\n}\n",
            "locals {\n  a = 1 #other:skip=1\n}\n",
        ),
        (
            "# trustlint: ignore[missing-external-id, unused-ignore, wildcard-principal] x\nlocals {}\n",
            "locals {}\n",
        ),
        ("locals {}\n# trustlint: ignore[missing-external-id]", "locals {}\n"),
    ] {
        assert_eq!(fixed("main.tf", before), after, "{before}");
    }
    let yaml = STACK
        .replace("    Properties:\n", "    # trustlint: ignore[wildcard-principal] x\n    Properties:\n");
    let yaml = yaml.replace("464622532012:root", "640123987001:role/a");
    assert_eq!(
        fixed("stack.yaml", &yaml),
        yaml.replace("    # trustlint: ignore[wildcard-principal] x\n", "")
    );
}

#[test]
fn of_several_rules_the_one_that_is_needed_stays() {
    let line = |rules: &str| {
        ROLE.replace("      Principal", &format!("      # trustlint: ignore[{rules}] SEC-1\n      Principal"))
    };
    let wanted = line("missing-external-id");
    assert_eq!(fixed("main.tf", &line("wildcard-principal, missing-external-id")), wanted);
    assert_eq!(fixed("main.tf", &line("missing-external-id,wildcard-principal")), wanted);
    assert_eq!(fixed("main.tf", &line("wildcard-principal, missing-external-id, unused-ignore")), wanted);
}

#[test]
fn an_ignore_in_metadata_goes_with_what_is_empty_without_it() {
    let yaml = |metadata: &str| {
        let owned = STACK.replace("arn:aws:iam::464622532012:root", "arn:aws:iam::640123987001:role/a");
        owned.replace("    Properties:\n", &format!("{metadata}    Properties:\n"))
    };
    let ours = "    Metadata:\n      trustlint:\n        ignore:\n          - rule: wildcard-principal\n            reason: x\n";
    assert_eq!(fixed("stack.yaml", &yaml(ours)), yaml(""));
    assert_eq!(
        fixed("stack.yaml", &yaml("    Metadata: {trustlint: {ignore: [wildcard-principal]}} # why\n")),
        yaml("")
    );
    let beside = "    Metadata:\n      other: 1\n      trustlint:\n        ignore: wildcard-principal\n";
    assert_eq!(fixed("stack.yaml", &yaml(beside)), yaml("    Metadata:\n      other: 1\n"));
    let two = "    Metadata:\n      trustlint:\n        ignore:\n        - {rule: wildcard-principal}\n        - rule: public-share\n";
    assert_eq!(fixed("stack.yaml", &yaml(two)), yaml(""));

    let json = |metadata: &str| {
        let owned = JSON.replace("arn:aws:iam::464622532012:root", "arn:aws:iam::640123987001:role/a");
        owned.replace("\"AWS::IAM::Role\",", &format!("\"AWS::IAM::Role\",{metadata}"))
    };
    let ours =
        "\n      \"Metadata\": { \"trustlint\": { \"ignore\": [{ \"rule\": \"wildcard-principal\" }] } },";
    assert_eq!(fixed("stack.json", &json(ours)), json(""));
    let beside = "\n      \"Metadata\": { \"trustlint\": { \"ignore\": [\"wildcard-principal\"] }, \"other\": \"a, b\" },";
    assert_eq!(fixed("stack.json", &json(beside)), json("\n      \"Metadata\": { \"other\": \"a, b\" },"));
    // At the end there is no comma to go with it.
    let end = JSON.replace("464622532012:root", "640123987001:role/a");
    let ours = end.replace(
        "\n      }\n    }\n  }\n",
        "\n      },\n      \"Metadata\": { \"trustlint\": { \"ignore\": [\"public-share\"] } }\n    }\n  }\n",
    );
    assert_eq!(fixed("stack.json", &ours), end);
}

#[test]
fn of_several_ignores_in_metadata_the_one_that_is_needed_stays() {
    let yaml = |items: &str| {
        STACK.replace(
            "    Properties:\n",
            &format!("    Metadata:\n      trustlint:\n        ignore:{items}\n    Properties:\n"),
        )
    };
    for (before, after) in [
        (" [missing-external-id, wildcard-principal]", " [missing-external-id]"),
        (" [wildcard-principal, missing-external-id]", " [missing-external-id]"),
        (
            "\n          - rule: wildcard-principal\n            reason: a\n          # kept\n          - rule: missing-external-id\n            reason: SEC-1",
            "\n          # kept\n          - rule: missing-external-id\n            reason: SEC-1",
        ),
        (
            "\n          - { rule: \"missing-external-id\", reason: \"SEC-1\" }\n          - \"wildcard-principal\"",
            "\n          - { rule: \"missing-external-id\", reason: \"SEC-1\" }",
        ),
    ] {
        assert_eq!(fixed("stack.yaml", &yaml(before)), yaml(after), "{before}");
    }
    let json = |items: &str| {
        let metadata = format!(
            "\"AWS::IAM::Role\",\n      \"Metadata\": {{ \"trustlint\": {{ \"ignore\": [{items}] }} }},"
        );
        JSON.replace("\"AWS::IAM::Role\",", &metadata)
    };
    let needed = "{ \"rule\": \"missing-external-id\", \"reason\": \"SEC-1\" }";
    assert_eq!(
        fixed("stack.json", &json(&format!("{needed}, {{ \"rule\": \"public-share\" }}"))),
        json(needed)
    );
    assert_eq!(fixed("stack.json", &json(&format!("\"public-share\", {needed}"))), json(needed));
}

#[test]
fn an_ignore_of_the_configuration_goes_with_its_table() {
    let table = |rule: &str| {
        format!(
            "[[ignore]]\nrule = \"{rule}\" # of SEC-1\naddress = \"aws_iam_role.vendor\"\nreason = \"[x]\"\n"
        )
    };
    let needed = table("missing-external-id");
    let unused = table("wildcard-principal");
    let head = "[check]\nfail-on = \"warning\"\n";
    let tail = "# what follows\n[vendors.partner]\nid = \"640123987009\"\n";
    for (before, after) in [
        (format!("{head}\n{unused}\n{needed}"), format!("{head}\n{needed}")),
        (format!("{head}\n{needed}\n{unused}"), format!("{head}\n{needed}")),
        (format!("{needed}\n{unused}\n{tail}"), format!("{needed}\n{tail}")),
        (format!("{unused}\n{unused}\n{needed}"), needed.clone()),
    ] {
        let project = OnDisk::new([("main.tf", ROLE), ("trustlint.toml", before.as_str())]);
        assert_eq!(project.run(&["check"]).status, 1, "{before}");
        let ran = project.run(&["check", "--fix"]);
        assert_eq!(
            (ran.status, ran.out.as_str()),
            (0, ""),
            "{}\n{}",
            ran.err,
            project.read("trustlint.toml")
        );
        assert_eq!(project.read("trustlint.toml"), after);
    }
    // One that nothing needs, alone in its file; one that is written in another way stays, and is reported.
    let clean = ROLE.replace("464622532012:root", "640123987001:role/a");
    let project = OnDisk::new([("main.tf", clean.as_str()), ("trustlint.toml", unused.as_str())]);
    assert_eq!(project.run(&["check", "--fix"]).status, 0);
    assert_eq!(project.read("trustlint.toml"), "");
    let inline = "ignore = [{ rule = \"wildcard-principal\" }]\n";
    let project = OnDisk::new([("main.tf", clean.as_str()), ("trustlint.toml", inline)]);
    assert_eq!(project.run(&["check", "--fix"]).status, 1);
    assert_eq!(project.read("trustlint.toml"), inline);
}

#[test]
fn an_ignore_that_somebody_has_to_decide_about_is_left() {
    for text in [
        "# trustlint: ignore[mising-external-id] x\nlocals {}\n",
        "# trustlint: ignore[missing-external-id] until=2020-01-01 x\nlocals {}\n",
    ] {
        let project = OnDisk::new([("main.tf", text)]);
        assert_eq!(project.run(&["check", "--fix"]).status, 1, "{text}");
        assert_eq!(project.read("main.tf"), text);
    }
}

#[test]
fn an_account_id_gets_quotes_before_it_loses_its_zero() {
    let role = |account: &str| ROLE.replace("\"arn:aws:iam::464622532012:root\"", account);
    let config = "[vendors.partner]\nid = \"012345678901\"\n";
    let with_id = |text: String| {
        text.replace(
            "      Action ",
            "      Condition = { StringEquals = { \"sts:ExternalId\" = \"5f2b91c7d0e84a6f\" } }\n      Action ",
        )
    };
    let project =
        OnDisk::new([("main.tf", with_id(role("012345678901")).as_str()), ("trustlint.toml", config)]);
    assert_eq!(project.run(&["check"]).status, 1);
    assert_eq!(project.run(&["check", "--fix"]).status, 0);
    assert_eq!(project.read("main.tf"), with_id(role("\"012345678901\"")));
    let condition =
        "            Condition:\n              StringEquals: { aws:SourceAccount: 012345678901 }\n";
    let yaml = STACK.replace("AWS: arn:aws:iam::464622532012:root", "Service: sns.amazonaws.com") + condition;
    let project = OnDisk::new([("stack.yaml", yaml.as_str())]);
    project.run(&["check", "--fix"]);
    assert_eq!(project.read("stack.yaml"), yaml.replace("012345678901", "\"012345678901\""));
}

#[test]
fn a_principal_goes_under_the_kind_that_it_belongs_under() {
    let service = |kind: &str| {
        ROLE.replace(
            "{ AWS = \"arn:aws:iam::464622532012:root\"",
            &format!("{{ {kind} = \"ecs-tasks.amazonaws.com\""),
        )
    };
    assert_eq!(fixed("main.tf", &service("AWS")), service("Service"));
    let stack = |kind: &str| {
        STACK.replace("AWS: arn:aws:iam::464622532012:root", &format!("{kind}: [ecs-tasks.amazonaws.com]"))
    };
    assert_eq!(fixed("stack.yaml", &stack("AWS")), stack("Service"));
    let data = |kind: &str| {
        format!(
            "data \"aws_iam_policy_document\" \"trust\" {{\n  statement {{\n    actions = [\"sts:AssumeRole\"]\n    principals {{\n      type        = \"{kind}\"\n      identifiers = [\"ecs-tasks.amazonaws.com\"]\n    }}\n  }}\n}}\nresource \"aws_iam_role\" \"task\" {{\n  assume_role_policy = data.aws_iam_policy_document.trust.json\n}}\n"
        )
    };
    assert_eq!(fixed("main.tf", &data("AWS")), data("Service"));
    // With others under the same kind, moving one is no small change.
    let two = ROLE.replace(
        "\"arn:aws:iam::464622532012:root\"",
        "[\"arn:aws:iam::640123987001:role/a\", \"ecs-tasks.amazonaws.com\"]",
    );
    let project = OnDisk::new([("main.tf", two.as_str())]);
    project.run(&["check", "--fix"]);
    assert_eq!(project.read("main.tf"), two);
}

#[test]
fn a_diff_is_one_that_tools_take() {
    let text = "locals {\n  a = 1\n  # trustlint: ignore[missing-external-id] x\n  b = 2\n}\n";
    let ran = OnDisk::new([("a/main.tf", text)]).run(&["check", "--diff"]);
    let diff = "--- a/a/main.tf\n+++ b/a/main.tf\n@@ -1,5 +1,4 @@\n locals {\n   a = 1\n-  # trustlint: ignore[missing-external-id] x\n   b = 2\n }\n";
    assert_eq!((ran.status, ran.out.as_str()), (1, diff), "{}", ran.err);
}

#[test]
fn only_files_that_are_reported_are_changed() {
    let text = "# trustlint: ignore[missing-external-id] x\nlocals {}\n";
    let project = OnDisk::new([("a/main.tf", text), ("b/main.tf", text)]);
    project.run(&["check", "--fix", "a"]);
    assert_eq!(
        (project.read("a/main.tf").as_str(), project.read("b/main.tf").as_str()),
        ("locals {}\n", text)
    );
    project.write("a/main.tf", text);
    let ran = project.run_with(&["check", "--fix", "--report-files-from", "-"], "b/main.tf\n");
    assert_eq!(ran.status, 0);
    assert_eq!(
        (project.read("a/main.tf").as_str(), project.read("b/main.tf").as_str()),
        (text, "locals {}\n")
    );
}

#[cfg(unix)]
#[test]
fn a_fix_goes_to_the_file_in_the_project_and_through_no_link_out_of_it() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    let text = "# trustlint: ignore[missing-external-id] x\nlocals {}\n";
    let (project, elsewhere) = (OnDisk::new([("real/main.tf", text)]), OnDisk::empty());
    elsewhere.write("main.tf", text);
    symlink(elsewhere.path(), project.path().join("out")).unwrap();
    symlink(elsewhere.path().join("main.tf"), project.path().join("out.tf")).unwrap();
    symlink("real/main.tf", project.path().join("in.tf")).unwrap();
    let file = project.path().join("real/main.tf");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o640)).unwrap();
    assert_eq!(project.run(&["check", "--fix"]).status, 0);
    assert_eq!(
        (project.read("real/main.tf").as_str(), elsewhere.read("main.tf").as_str()),
        ("locals {}\n", text)
    );
    assert!(project.path().join("in.tf").is_symlink());
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o640);
    assert_eq!(std::fs::read_dir(project.path().join("real")).unwrap().count(), 1);
}

/// What a file is after `--add-ignores`, which makes the run succeed.
fn accepted(path: &str, text: &str) -> String {
    let project = OnDisk::new([(path, text)]);
    assert_eq!(project.run(&["check"]).status, 1);
    let ran = project.run(&["check", "--add-ignores", "old; SEC-1"]);
    assert_eq!(ran.status, 0, "{}\n{}\n{}", ran.out, ran.err, project.read(path));
    assert!(ran.err.starts_with("wrote ignores for 1 finding in 1 file\n"), "{}", ran.err);
    assert_eq!(project.run(&["check"]).status, 0);
    project.read(path)
}

#[test]
fn an_ignore_is_written_above_the_innermost_statement() {
    let comment = "# trustlint: ignore[missing-external-id] old; SEC-1\n";
    let wanted = ROLE.replace("      Principal", &format!("      {comment}      Principal"));
    assert_eq!(accepted("main.tf", ROLE), wanted);
    assert_eq!(accepted("main.tf", &ROLE.replace('\n', "\r\n")), wanted.replace('\n', "\r\n"));
    let wanted = STACK.replace("              AWS:", &format!("              {comment}              AWS:"));
    assert_eq!(accepted("stack.yaml", STACK), wanted);
}

#[test]
fn where_a_text_goes_over_several_lines_the_ignore_stands_above_it() {
    let heredoc = "resource \"aws_iam_role\" \"vendor\" {\n  name = \"vendor\"\n  assume_role_policy = <<EOT\n{\n  \"Statement\": [{\n    \"Effect\": \"Allow\",\n    \"Principal\": {\"AWS\": \"arn:aws:iam::464622532012:root\"},\n    \"Action\": \"sts:AssumeRole\"\n  }]\n}\nEOT\n}\n";
    let comment = "  # trustlint: ignore[missing-external-id] old; SEC-1\n";
    let wanted = heredoc.replace("  assume_role_policy", &format!("{comment}  assume_role_policy"));
    assert_eq!(accepted("main.tf", heredoc), wanted);
}

#[test]
fn a_template_in_json_gets_metadata() {
    let entry = r#"{ "rule": "missing-external-id", "reason": "old; SEC-1" }"#;
    let wanted =
        |inside: &str| JSON.replace("\n      \"Type\"", &format!("\n      {inside},\n      \"Type\""));
    let whole = format!("\"Metadata\": {{ \"trustlint\": {{ \"ignore\": [{entry}] }} }}");
    assert_eq!(accepted("stack.json", JSON), wanted(&whole));
    let with = |metadata: &str| wanted(&format!("\"Metadata\": {metadata}"));
    assert_eq!(
        accepted("stack.json", &with("{ \"Team\": 1 }")),
        with(&format!("{{ \"trustlint\": {{ \"ignore\": [{entry}] }}, \"Team\": 1 }}"))
    );
    assert_eq!(
        accepted("stack.json", &with("{}")),
        with(&format!("{{\"trustlint\": {{ \"ignore\": [{entry}] }}}}"))
    );
    let other = "{ \"rule\": \"wildcard-principal\", \"reason\": \"x\", \"until\": \"2999-01-01\" }";
    let before = with(&format!("{{ \"trustlint\": {{ \"ignore\": [{other}] }} }}"));
    let project = OnDisk::new([("stack.json", before.as_str())]);
    project.run(&["check", "--add-ignores", "old; SEC-1"]);
    assert_eq!(
        project.read("stack.json"),
        with(&format!("{{ \"trustlint\": {{ \"ignore\": [{entry},{other}] }} }}"))
    );
}

#[test]
fn what_has_no_place_for_a_comment_goes_into_the_configuration() {
    let policy = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::464622532012:root"}, "Action": "sts:AssumeRole"}]}"#;
    let config = "[[policy]]\npath = \"trust.json\"\nkind = \"trust\"\nrole = \"vendor\"\n";
    let project = OnDisk::new([("trust.json", policy), ("trustlint.toml", config)]);
    let ran = project.run(&["check", "--add-ignores", "old \"SEC\""]);
    assert_eq!((ran.status, project.read("trust.json").as_str()), (1, policy));
    let (_, snippet) = ran.err.split_once("write this in trustlint.toml:\n").unwrap();
    let snippet: Vec<&str> = snippet.lines().take(4).collect();
    project.write("trustlint.toml", &format!("{config}{}\n", snippet.join("\n")));
    assert_eq!(project.run(&["check"]).status, 0, "{snippet:?}");
}

#[test]
fn what_cannot_be_ignored_gets_no_comment() {
    let config = "[check]\nnot-ignorable = [\"missing-external-id\"]\n";
    let project = OnDisk::new([("main.tf", ROLE), ("trustlint.toml", config)]);
    let ran = project.run(&["check", "--add-ignores", "old"]);
    assert_eq!((ran.status, project.read("main.tf").as_str()), (1, ROLE));
    assert!(
        ran.err.contains("main.tf:7:28: findings of `missing-external-id` cannot be ignored"),
        "{}",
        ran.err
    );
}

#[test]
fn a_reason_is_one_line() {
    let project = OnDisk::new([("main.tf", ROLE)]);
    for reason in ["", " ", "a\nb"] {
        assert_eq!(project.run(&["check", "--add-ignores", reason]).status, 2, "{reason:?}");
    }
    assert_eq!(project.read("main.tf"), ROLE);
}

/// A bucket in a known account, and what is allowed to whatever acts for it.
fn notifying(rest: &str) -> String {
    format!(
        "provider \"aws\" {{\n  allowed_account_ids = [\"640123987001\"]\n}}\nresource \"aws_s3_bucket\" \"uploads\" {{\n  bucket = \"acme-uploads\"\n}}\nresource \"aws_sns_topic\" \"new\" {{\n  name = \"new\"\n}}\n{rest}"
    )
}

#[test]
fn the_account_of_a_declared_bucket_is_asked_for_beside_its_arn() {
    let policy = |condition: &str| {
        notifying(&format!(
            "resource \"aws_sns_topic_policy\" \"new\" {{\n  arn = aws_sns_topic.new.arn\n  policy = jsonencode({{\n    Statement = [{{\n      Effect    = \"Allow\"\n      Principal = {{ Service = \"s3.amazonaws.com\" }}\n      Action    = \"sns:Publish\"\n      Resource  = aws_sns_topic.new.arn\n      Condition = {{\n{condition}      }}\n    }}]\n  }})\n}}\n"
        ))
    };
    let arn = "        ArnLike = { \"aws:SourceArn\" = \"arn:aws:s3:::acme-uploads\" }\n";
    let account = "        StringEquals = { \"aws:SourceAccount\" = \"640123987001\" }\n";
    let after = fixed_with_infos("main.tf", &policy(arn));
    assert_eq!(after, policy(&format!("{account}{arn}")));
    let equals = "        StringEquals = { \"aws:SourceArn\" = \"arn:aws:s3:::acme-uploads\" }\n";
    let both = "        StringEquals = { \"aws:SourceAccount\" = \"640123987001\", \"aws:SourceArn\" = \"arn:aws:s3:::acme-uploads\" }\n";
    assert_eq!(fixed_with_infos("main.tf", &policy(equals)), policy(both));
    let block = |more: &str| {
        notifying(&format!(
            "data \"aws_iam_policy_document\" \"new\" {{\n  statement {{\n    actions   = [\"sns:Publish\"]\n    resources = [aws_sns_topic.new.arn]\n    principals {{\n      type        = \"Service\"\n      identifiers = [\"s3.amazonaws.com\"]\n    }}\n{more}    condition {{\n      test     = \"ArnLike\"\n      variable = \"aws:SourceArn\"\n      values   = [aws_s3_bucket.uploads.arn]\n    }}\n  }}\n}}\nresource \"aws_sns_topic_policy\" \"new\" {{\n  arn    = aws_sns_topic.new.arn\n  policy = data.aws_iam_policy_document.new.json\n}}\n"
        ))
    };
    let more = "    condition {\n      test     = \"StringEquals\"\n      variable = \"aws:SourceAccount\"\n      values   = [\"640123987001\"]\n    }\n";
    assert_eq!(fixed_with_infos("main.tf", &block("")), block(more));
}

/// What a file is after `--fix`, which nothing is left to mend in, with what only is worth knowing.
fn fixed_with_infos(path: &str, text: &str) -> String {
    let project = OnDisk::new([(path, text)]);
    let before = project.findings(&["--min-severity", "info"]);
    assert!(before.iter().any(|line| line.contains("[unscoped-service-principal]")), "{before:?}\n{text}");
    project.run(&["check", "--fix"]);
    let after = project.findings(&["--min-severity", "info"]);
    assert!(
        !after.iter().any(|line| line.contains("[unscoped-service-principal]")),
        "{after:?}\n{}",
        project.read(path)
    );
    project.read(path)
}

#[test]
fn an_account_that_is_not_known_is_not_asked_for() {
    let text = notifying("").replace("[\"640123987001\"]", "[var.account]");
    let text = format!(
        "variable \"account\" {{\n  type = string\n}}\n{text}resource \"aws_sns_topic_policy\" \"new\" {{\n  arn = aws_sns_topic.new.arn\n  policy = jsonencode({{\n    Statement = [{{\n      Effect    = \"Allow\"\n      Principal = {{ Service = \"s3.amazonaws.com\" }}\n      Action    = \"sns:Publish\"\n      Resource  = aws_sns_topic.new.arn\n      Condition = {{ ArnLike = {{ \"aws:SourceArn\" = \"arn:aws:s3:::acme-uploads\" }} }}\n    }}]\n  }})\n}}\n"
    );
    let project = OnDisk::new([("main.tf", text.as_str())]);
    project.run(&["check", "--fix"]);
    assert_eq!(project.read("main.tf"), text);
}
