//! Bundles: what one project declares, beside another one.

use trustlint::Profile;

use super::examples::all_projects;
use crate::common::Files;
use crate::halves::{bundle_as, bundle_of, halves, is_kept, joined, torn};

const OURS: &str = "640123987001";
const THEIRS: &str = "640123987002";

fn files(each: &[(&str, &str)]) -> Files {
    each.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect()
}

/// A role of ours that trusts one of theirs.
fn trusting() -> Files {
    let text = format!(
        "provider \"aws\" {{ allowed_account_ids = [\"{OURS}\"] }}\n\
         resource \"aws_iam_role\" \"deploy\" {{\n  name = \"deploy\"\n  assume_role_policy = jsonencode({{\n    Version = \"2012-10-17\"\n    \
         Statement = [{{ Effect = \"Allow\", Principal = {{ AWS = \"arn:aws:iam::{THEIRS}:role/ci\" }}, Action = \"sts:AssumeRole\" }}]\n  }})\n}}\n"
    );
    files(&[("ours/main.tf", &text)])
}

/// A role of theirs, which may do something.
fn calling(action: &str) -> Files {
    let text = format!(
        "provider \"aws\" {{ allowed_account_ids = [\"{THEIRS}\"] }}\n\
         resource \"aws_iam_role\" \"ci\" {{\n  name = \"ci\"\n  assume_role_policy = jsonencode({{\n    Version = \"2012-10-17\"\n    \
         Statement = [{{ Effect = \"Allow\", Principal = {{ Service = \"ec2.amazonaws.com\" }}, Action = \"sts:AssumeRole\" }}]\n  }})\n}}\n\
         resource \"aws_iam_role_policy\" \"ci\" {{\n  role = aws_iam_role.ci.name\n  policy = jsonencode({{\n    Version = \"2012-10-17\"\n    \
         Statement = [{{ Effect = \"Allow\", Action = \"{action}\", Resource = \"arn:aws:iam::{OURS}:role/deploy\" }}]\n  }})\n}}\n"
    );
    files(&[("theirs/main.tf", &text)])
}

/// What the project that trusts is told with the bundle of the other.
fn told(theirs: &Files) -> Vec<String> {
    let bundle = bundle_of(theirs, "theirs").unwrap();
    let (lines, problems) = joined(&trusting(), "ours", &[("theirs.json", &bundle)], false, Profile::Default);
    assert_eq!(problems, Vec::<String>::new());
    lines.iter().map(|line| format!("{} {}", line.rule, line.message)).collect()
}

#[test]
fn a_caller_in_a_bundle_without_the_permission_is_reported_at_the_trust() {
    let bundle = bundle_of(&calling("sts:TagSession"), "theirs").unwrap();
    let (lines, _) = joined(&trusting(), "ours", &[("theirs.json", &bundle)], false, Profile::Default);
    let [line] = lines.as_slice() else { panic!("{lines:#?}") };
    assert_eq!(line.rule, "trust-without-permission");
    assert!(line.first.starts_with("ours/main.tf:6:"), "{line}");
    assert!(line.places.iter().any(|place| place.starts_with("theirs/main.tf:13:")), "{line}");
}

#[test]
fn a_caller_in_a_bundle_with_the_permission_is_silent() {
    assert_eq!(told(&calling("sts:AssumeRole")), Vec::<String>::new());
}

#[test]
fn what_lies_wholly_in_a_bundle_is_reported_only_on_demand() {
    let wildcard =
        calling("sts:AssumeRole")["theirs/main.tf"].replace("Service = \"ec2.amazonaws.com\"", "AWS = \"*\"");
    let theirs = files(&[("theirs/main.tf", &wildcard)]);
    let bundle = bundle_of(&theirs, "theirs").unwrap();
    let rules = |wanted: bool| {
        let (lines, _) = joined(&trusting(), "ours", &[("theirs.json", &bundle)], wanted, Profile::Default);
        lines.into_iter().map(|line| line.rule).collect::<Vec<_>>()
    };
    assert_eq!(rules(false), Vec::<String>::new());
    assert_eq!(rules(true), ["wildcard-principal"]);
}

#[test]
fn variables_of_two_projects_are_never_the_same() {
    let part = |name: &str, rest: &str| {
        format!("variable \"x\" {{}}\nprovider \"aws\" {{ allowed_account_ids = [\"{name}\"] }}\n{rest}")
    };
    let theirs = part(
        THEIRS,
        "resource \"aws_iam_role\" \"ci\" {\n  name = \"ci\"\n  assume_role_policy = \"{}\"\n}\n\
         resource \"aws_iam_role_policy\" \"ci\" {\n  role = aws_iam_role.ci.name\n  policy = jsonencode({ Version = \"2012-10-17\", \
         Statement = [{ Effect = \"Allow\", Action = \"sts:AssumeRole\", Resource = \"arn:aws:iam::640123987001:role/${var.x}\" }] })\n}\n",
    );
    let ours = part(
        OURS,
        "resource \"aws_iam_role\" \"deploy\" {\n  name = var.x\n  assume_role_policy = jsonencode({ Version = \"2012-10-17\", \
         Statement = [{ Effect = \"Allow\", Principal = { AWS = \"arn:aws:iam::640123987009:root\" }, Action = \"sts:AssumeRole\" }] })\n}\n",
    );
    // In one project and one unit it would be the role.
    let bundle = bundle_of(&files(&[("main.tf", &theirs)]), "theirs").unwrap();
    let (lines, _) =
        joined(&files(&[("main.tf", &ours)]), "ours", &[("b.json", &bundle)], true, Profile::Audit);
    let both = lines.iter().filter(|line| line.rule == "permission-without-trust").count();
    assert_eq!(both, 0, "{lines:#?}");
}

#[test]
fn a_bundle_of_the_project_itself_is_not_used() {
    let bundle = bundle_of(&trusting(), "ours").unwrap();
    let (lines, problems) =
        joined(&trusting(), "ours", &[("all/ours.json", &bundle)], true, Profile::Default);
    assert_eq!(lines.len(), joined(&trusting(), "ours", &[], true, Profile::Default).0.len());
    assert_eq!(problems, ["all/ours.json:1:1 this bundle is of this project (`ours`), so it is not used"]);
}

#[test]
fn a_bundle_without_texts_has_all_places_and_no_text() {
    let theirs = calling("sts:TagSession");
    let [with, without] = [false, true].map(|redacted| {
        let bundle = bundle_as(&theirs, "theirs", redacted).unwrap();
        assert_eq!(bundle.contains("Statement = ["), !redacted, "{bundle}");
        let (lines, _) = joined(&trusting(), "ours", &[("b.json", &bundle)], false, Profile::Default);
        // Positions, without what is underlined.
        let place = |place: &String| place.split_once(" \"").unwrap().0.to_owned();
        lines
            .into_iter()
            .map(|line| (line.message, line.places.iter().map(place).collect::<Vec<_>>()))
            .collect::<Vec<_>>()
    });
    assert_eq!(with, without);
}

#[test]
fn a_broken_bundle_is_a_problem_at_its_place() {
    let whole = bundle_of(&calling("sts:AssumeRole"), "theirs").unwrap();
    let problems = |text: &str| joined(&trusting(), "ours", &[("b.json", text)], false, Profile::Default).1;
    assert_eq!(problems("{}"), ["b.json:1:1 this bundle cannot be read: `trustlint-bundle` is missing"]);
    let newer = whole.replacen("\"trustlint-bundle\": 2", "\"trustlint-bundle\": 3", 1);
    assert_eq!(
        problems(&newer),
        ["b.json:1:1 this bundle cannot be read: it has form 3, and this version of trustlint reads form 2"]
    );
    let without = whole.replacen("\"declarations\"", "\"declared\"", 1);
    assert_eq!(problems(&without), ["b.json:1:1 this bundle cannot be read: `declarations` is missing"]);
    let absurd = whole.replacen("\"analyzed\": ", "\"analyzed\": 99999999999", 1);
    assert!(matches!(&problems(&absurd)[..], [one] if one.contains("no project has so many files")));
    let theirs = files(&[("trustlint.toml", "[accounts.a]\nid = \"640123987055\"\n"), ("main.tf", "")]);
    let named = bundle_of(&theirs, "theirs").map(|bundle| bundle.replace("640123987055", "banana"));
    if let Some(named) = named {
        let [problem] = &problems(&named)[..] else { panic!() };
        assert!(
            problem.ends_with("`banana` is not the ID of an account, which has twelve digits"),
            "{problem}"
        );
    }
    let row = whole
        .lines()
        .position(|line| line.contains("\"aws_iam_role_policy\"") && line.contains("\"yes\""))
        .unwrap();
    let wrong: Vec<String> = whole
        .lines()
        .enumerate()
        .map(
            |(at, line)| if at == row { line.replacen("\"yes\"", "\"perhaps\"", 1) } else { line.to_owned() },
        )
        .collect();
    let [problem] = &problems(&wrong.join("\n"))[..] else { panic!() };
    assert!(problem.starts_with(&format!("b.json:{}:", row + 1)), "{problem}");
    assert!(problem.ends_with("this bundle cannot be read: there is no answer `perhaps`"), "{problem}");
}

#[test]
fn no_cut_or_altered_bundle_breaks_a_run() {
    let whole = bundle_of(&calling("sts:AssumeRole"), "theirs").unwrap();
    let own = trusting();
    for at in (0..whole.len()).step_by(97).filter(|at| whole.is_char_boundary(*at)) {
        let cut = whole.get(..at).unwrap();
        let digit = whole.get(at..).unwrap().find(|c: char| c.is_ascii_digit()).map_or(at, |more| at + more);
        let altered = format!("{}999999999{}", whole.get(..digit).unwrap(), whole.get(digit..).unwrap());
        for text in [cut, &altered] {
            let (lines, problems) = joined(&own, "ours", &[("b.json", text)], true, Profile::Audit);
            assert!(text == altered || !problems.is_empty(), "{at}: {lines:#?}");
        }
    }
}

#[test]
fn the_configuration_names_bundles_and_says_when_there_are_none() {
    let mut own = trusting();
    own.insert("trustlint.toml".to_owned(), "[imports]\nbundles = [\"bundles/*.json\"]\n".to_owned());
    let bundle = bundle_of(&calling("sts:TagSession"), "theirs").unwrap();
    let (lines, _) = joined(&own, "ours", &[("bundles/theirs.json", &bundle)], false, Profile::Default);
    assert_eq!(lines.len(), 1);
    let (_, problems) = joined(&own, "ours", &[], false, Profile::Default);
    assert_eq!(problems, ["trustlint.toml:2:12 `bundles/*.json` matches no file, so no bundle is read"]);
}

#[test]
fn every_example_survives_its_bundle() {
    for (path, files) in all_projects() {
        assert!(is_kept(&files), "{}", path.display());
    }
}

#[test]
fn both_halves_of_every_example_are_judged_as_the_whole() {
    let mut many = 0;
    for (path, files) in all_projects() {
        if halves(&files).is_none() {
            continue;
        }
        many += 1;
        for profile in [Profile::Default, Profile::Audit] {
            let lines = torn(&files, profile).unwrap();
            assert!(lines.is_empty(), "{}:\n{}", path.display(), lines.join("\n"));
        }
    }
    assert!(many >= 12, "{many}");
}

#[test]
fn what_is_marked_as_secret_is_not_in_a_bundle() {
    let terraform = "variable \"id\" {\n  sensitive = true\n  default   = \"hush-hush\"\n}\n\
        resource \"aws_iam_role\" \"r\" {\n  name = \"r\"\n  assume_role_policy = jsonencode({ Version = \"2012-10-17\", Statement = [{ \
        Effect = \"Allow\", Principal = { AWS = \"arn:aws:iam::640123987001:root\" }, Action = \"sts:AssumeRole\", \
        Condition = { StringEquals = { \"sts:ExternalId\" = \"x-${var.id}\" } } }] })\n}\n\
        resource \"aws_lambda_function\" \"f\" {\n  function_name = \"f\"\n  role = aws_iam_role.r.arn\n  environment { variables = { PASSWORD = \"swordfish\" } }\n}\n";
    let marked = "resource \"aws_iam_role\" \"r\" {\n  name = \"r\"\n  assume_role_policy = jsonencode({ Statement = [{ Effect = \"Allow\", \
        Principal = { AWS = \"arn:aws:iam::640123987001:root\" }, Action = \"sts:AssumeRole\", \
        Condition = { StringEquals = { \"sts:ExternalId\" = sensitive( \"hush-again\" ) } } }] })\n}\n";
    let stack = "Parameters:\n  Id:\n    Type: String\n    NoEcho: true\n    Default: hush-hush\nResources:\n  R:\n    Type: AWS::IAM::Role\n    \
        Properties:\n      AssumeRolePolicyDocument:\n        Statement:\n          - Effect: Allow\n            Principal: {AWS: !Ref Id}\n            \
        Action: sts:AssumeRole\n  F:\n    Type: AWS::Lambda::Function\n    Properties:\n      Role: !GetAtt R.Arn\n      \
        Environment: {Variables: {PASSWORD: swordfish}}\n";
    let given = files(&[
        ("a/main.tf", terraform),
        ("b/stack.yaml", stack),
        ("a/terraform.tfvars", "id = \"hush-hush\"\n"),
        ("c/main.tf", marked),
    ]);
    let bundle = bundle_of(&given, "x").unwrap();
    assert!(bundle.contains("aws_lambda_function") && bundle.contains("sts:ExternalId"), "{bundle}");
    for secret in ["hush", "swordfish"] {
        assert!(!bundle.contains(secret), "{bundle}");
    }
}
