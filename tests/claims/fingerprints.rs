//! By what a finding is known again: no two of a run are taken for one, and none changes because something else did.

use std::collections::BTreeSet;

use trustlint::{Config, Diagnostic, Profile, Settings, Sources};

use crate::common::TODAY;

fn found(files: &[(&str, String)]) -> Vec<Diagnostic> {
    let sources = Sources::in_memory(files.iter().map(|(path, text)| ((*path).to_owned(), text.clone())));
    let settings = Settings { now: TODAY.parse().unwrap(), profile: Profile::Audit };
    trustlint::check(&sources, &Config::default(), &settings).findings
}

/// The fingerprints of what is said of a misspelled action, in the order of the report.
fn fingerprints(files: &[(&str, String)]) -> Vec<String> {
    let found = found(files);
    assert!(found.iter().all(|finding| finding.rule == "unknown-action"), "{found:#?}");
    found.iter().map(Diagnostic::fingerprint).collect()
}

fn distinct(all: &[String]) -> usize {
    all.iter().collect::<BTreeSet<_>>().len()
}

/// A statement with a misspelled action in a template.
fn statement(sid: &str, bucket: &str) -> String {
    let sid = if sid.is_empty() { String::new() } else { format!("Sid: {sid}, ") };
    format!(
        "          - {{{sid}Effect: Allow, Action: 's3:GetObjec', Resource: 'arn:aws:s3:::{bucket}/*'}}\n"
    )
}

fn template(statements: &[String]) -> String {
    let head = "Resources:\n  Read:\n    Type: AWS::IAM::ManagedPolicy\n    Properties:\n      PolicyDocument:\n        Version: '2012-10-17'\n        Statement:\n";
    [head.to_owned(), statements.concat()].concat()
}

#[test]
fn two_statements_that_say_the_same_are_two() {
    let text = template(&[statement("", "a"), statement("", "b")]);
    let both = fingerprints(&[("stack.yaml", text)]);
    assert_eq!((both.len(), distinct(&both)), (2, 2));
    // The first is known as it would be alone.
    let alone = fingerprints(&[("stack.yaml", template(&[statement("", "a")]))]);
    assert_eq!(alone, both[..1]);
}

#[test]
fn two_files_that_say_the_same_are_two_wherever_they_lie() {
    let text = template(&[statement("", "a")]);
    let both = fingerprints(&[("one.yaml", text.clone()), ("two.yaml", text.clone())]);
    assert_eq!((both.len(), distinct(&both)), (2, 2));
    assert_eq!(both, fingerprints(&[("x/two.yaml", text.clone()), ("z.yaml", format!("# new\n{text}"))]));
}

#[test]
fn a_statement_with_an_id_is_known_by_it_in_whatever_order() {
    let (read, list) = (statement("Read", "a"), statement("List", "a"));
    let both = fingerprints(&[("stack.yaml", template(&[read.clone(), list.clone()]))]);
    let mut turned = fingerprints(&[("stack.yaml", template(&[list, read.clone()]))]);
    turned.reverse();
    assert_eq!((&both, distinct(&both)), (&turned, 2));
    assert_eq!(fingerprints(&[("stack.yaml", template(&[read]))]), both[..1]);
}

#[test]
fn an_ignore_by_fingerprint_is_for_one_of_two_statements() {
    let text = template(&[statement("", "a"), statement("", "b")]);
    let sources = Sources::in_memory([("stack.yaml".to_owned(), text.clone())]);
    let [first, second] = fingerprints(&[("stack.yaml", text)]).try_into().unwrap();
    for (ignored, left) in [(&first, &second), (&second, &first)] {
        let toml = format!("[[ignore]]\nfingerprint = \"{ignored}\"\nreason = \"agreed\"\n");
        let config = Config::parse(&toml, [].as_slice()).unwrap();
        let settings = Settings { now: TODAY.parse().unwrap(), profile: Profile::Audit };
        let checked = trustlint::check(&sources, &config, &settings);
        let kept: Vec<String> = checked.findings.iter().map(Diagnostic::fingerprint).collect();
        assert_eq!((kept.as_slice(), checked.suppressed.len()), ([left.clone()].as_slice(), 1));
    }
}

#[test]
fn instances_of_a_module_are_one_finding_and_its_statements_are_told_apart() {
    let statement = |bucket: &str| {
        format!("{{ Effect = \"Allow\", Action = \"s3:GetObjec\", Resource = \"arn:aws:s3:::{bucket}/*\" }}")
    };
    let module = format!(
        "resource \"aws_iam_policy\" \"read\" {{\n  policy = jsonencode({{\n    Version = \"2012-10-17\"\n    Statement = [\n      {},\n      {},\n    ]\n  }})\n}}\n",
        statement("a"),
        statement("b")
    );
    let calls = |names: &[&str]| {
        let all: Vec<String> =
            names.iter().map(|name| format!("module \"{name}\" {{\n  source = \"./module\"\n}}\n")).collect();
        all.concat()
    };
    let of = |names: &[&str]| fingerprints(&[("main.tf", calls(names)), ("module/main.tf", module.clone())]);
    let both = of(&["one", "two"]);
    assert_eq!((both.len(), distinct(&both)), (2, 2));
    assert_eq!(both, of(&["one", "two", "three"]));
}
