//! What findings say: how things are called, what is shown together, which ignores count as used.

use crate::common::{Files, Said, run, run_with};
use trustlint::Profile;

fn said(path: &str, text: &str) -> Vec<Said> {
    let files = Files::from([(path.to_owned(), text.to_owned())]);
    let outcome = run(&files);
    assert!(outcome.problems.is_empty(), "{:?}", outcome.problems);
    outcome.findings
}

fn messages(path: &str, text: &str) -> Vec<String> {
    said(path, text).into_iter().map(|said| said.message).collect()
}

#[test]
fn a_role_without_a_name_is_called_by_its_address() {
    let stack = "Resources:\n  Deploy:\n    Type: AWS::IAM::Role\n    Properties:\n      AssumeRolePolicyDocument:\n        Statement: [{Effect: Allow, Principal: {AWS: '*'}, Action: sts:AssumeRole}]\n";
    assert_eq!(messages("stack.yaml", stack), ["any AWS account can assume role `Deploy`"]);
}

#[test]
fn a_role_whose_name_is_a_parameter_is_called_by_its_address() {
    let stack = "Parameters: {Name: {Type: String}}\nResources:\n  Deploy:\n    Type: AWS::IAM::Role\n    Properties:\n      RoleName: !Sub '${Name}-deploy'\n      AssumeRolePolicyDocument:\n        Statement: [{Effect: Allow, Principal: {AWS: '*'}, Action: sts:AssumeRole}]\n";
    assert_eq!(messages("stack.yaml", stack), ["any AWS account can assume role `Deploy`"]);
}

/// What the audit profile says.
fn audited(path: &str, text: &str) -> Vec<String> {
    let outcome = run_with(&Files::from([(path.to_owned(), text.to_owned())]), Profile::Audit);
    assert!(outcome.problems.is_empty(), "{:?}", outcome.problems);
    outcome.findings.into_iter().map(|said| said.message).collect()
}

/// A bucket policy.
fn stack(policy: &str) -> String {
    format!(
        "Resources:\n  P:\n    Type: AWS::S3::BucketPolicy\n    Properties:\n      Bucket: b\n      PolicyDocument: {policy}\n"
    )
}

/// What a bucket policy hangs on, as far as it is said.
fn reason(policy: &str) -> String {
    let found = audited("stack.yaml", &stack(policy));
    let [only] = found.as_slice() else { panic!("{policy}: {found:?}") };
    only.strip_prefix("policy of `P` was not analyzed: ").unwrap().to_owned()
}

#[test]
fn what_a_policy_hangs_on_has_a_name() {
    for (policy, expected) in [
        ("!Ref Policy", "`Policy` is not declared"),
        ("!ImportValue policy#1", "`import:policy#1` comes from outside the project"),
        ("!Transform {Name: Policies}", "`Fn::Transform Policies` comes from outside the project"),
        ("'{{resolve:ssm:/policy}}'", "`ssm:/policy` is known only at deployment"),
    ] {
        assert_eq!(reason(policy), expected, "{policy}");
    }
}

/// What the trust policy of a role of Terraform hangs on.
fn reason_of(policy: &str, more: &str) -> String {
    let text = format!("resource \"aws_iam_role\" \"r\" {{\n  assume_role_policy = {policy}\n}}\n{more}");
    let found = audited("main.tf", &text);
    let [only] = found.as_slice() else { panic!("{policy}: {found:?}") };
    only.split_once(" was not analyzed: ").unwrap().1.to_owned()
}

#[test]
fn what_a_policy_of_terraform_hangs_on_can_be_read_aloud() {
    let each = "data \"aws_iam_policy_document\" \"d\" {\n  for_each = var.all\n  statement {\n    actions = [\"sts:AssumeRole\"]\n  }\n}\nvariable \"all\" {\n  type = map(string)\n}\n";
    let module = "module \"m\" {\n  source = \"git::https://example.com/m.git\"\n}\n";
    let long = format!("templatefile(\"long.json\", {{ a = \"{}\" }})", "x".repeat(400));
    for (policy, more, expected) in [
        ("var.policy", "variable \"policy\" {}\n", "`var.policy` has no value"),
        ("module.m.policy", module, "`module.m.policy` comes from a module that is not in the project"),
        ("file(\"a.json\")", "", "the file `a.json` was not found"),
        (
            "templatefile(\"${path.module}/a.tpl\", { a = var.b })",
            "variable \"b\" {}\n",
            "the file `a.tpl` was not found",
        ),
        (&long, "", "the file `long.json` was not found"),
        (
            "file(\"${var.b}.json\")",
            "variable \"b\" {}\n",
            "the name of the file `${var.b}.json` is not known",
        ),
        (
            "replace(var.b, \"a\", \"b\")",
            "variable \"b\" {}\n",
            "the result of `replace(var.b, \"a\", \"b\")` is not known",
        ),
        (
            "data.aws_iam_policy_document.d[var.b].json",
            &format!("{each}variable \"b\" {{}}\n"),
            "`data.aws_iam_policy_document.d[var.b].json` is known only at deployment",
        ),
        (
            "data.aws_iam_policy.p.policy",
            "data \"aws_iam_policy\" \"p\" {\n  name = \"p\"\n}\n",
            "`data.aws_iam_policy[\"p\"].policy` is known only at deployment",
        ),
    ] {
        assert_eq!(reason_of(policy, more), expected, "{policy}");
    }
    let role = "variable \"roles\" {\n  type = set(string)\n}\nresource \"aws_iam_role\" \"r\" {\n  for_each = var.roles\n  assume_role_policy = POLICY\n}\n";
    for (policy, expected) in [
        ("each.value", "`each.value` has no value"),
        (
            "data.aws_iam_policy_document.d[each.key].json",
            "`data.aws_iam_policy_document.d[each.key].json` is known only at deployment",
        ),
    ] {
        let found = audited("main.tf", &format!("{}{each}", role.replace("POLICY", policy)));
        let expected = format!("policy of `aws_iam_role.r[each.key]` was not analyzed: {expected}");
        assert_eq!(found, [expected]);
    }
}

#[test]
fn a_reference_without_a_name_is_called_just_that() {
    for policy in [
        "!Ref ''",
        "!Sub '${}'",
        "!ImportValue ''",
        "!GetAtt ''",
        "!FindInMap ['', '', '']",
        "'{{resolve:ssm:}}'",
        "'{{resolve:}}'",
    ] {
        assert_eq!(reason(policy), "it depends on a reference without a name", "{policy}");
    }
}

#[test]
fn what_cannot_be_a_policy_is_not_read_as_json() {
    assert_eq!(reason("policy.json"), "it is not a policy document");
    assert_eq!(reason("[1]"), "it is not a policy document");
    let broken = stack("'{\"Version\": }'");
    let outcome = run_with(&Files::from([("stack.yaml".to_owned(), broken)]), Profile::Audit);
    let said: Vec<_> = outcome.findings.iter().map(|said| said.message.as_str()).collect();
    assert_eq!(said, ["AWS rejects the policy of `P`: its JSON cannot be read: expected a value"]);
    assert_eq!(outcome.problems, [""; 0]);
}

#[test]
fn the_other_statements_for_a_service_are_shown_with_the_first() {
    let statement = |action: &str| {
        format!(
            "{{Effect: Allow, Principal: {{Service: cloudtrail.amazonaws.com}}, Action: {action}, Resource: '*'}}"
        )
    };
    let stack = format!(
        "Resources:\n  P:\n    Type: AWS::S3::BucketPolicy\n    Properties:\n      Bucket: b\n      PolicyDocument:\n        Statement:\n        - {}\n        - {}\n        - {}\n",
        statement("s3:GetBucketAcl"),
        statement("s3:PutObject"),
        statement("s3:PutObjectTagging"),
    );
    let found = said("stack.yaml", &stack);
    let [only] = found.as_slice() else { panic!("{} findings", found.len()) };
    assert_eq!((only.finding.severity.as_str(), only.finding.line), ("warning", 9));
    assert_eq!(only.related.len(), 2);
}

#[test]
fn an_ignore_of_what_is_only_possible_is_used() {
    let stack = |ignored: &str| {
        format!(
            "Parameters: {{Partner: {{Type: String, Default: '111122223333'}}}}\nResources:\n  R:\n    Type: AWS::IAM::Role\n    Properties:\n      AssumeRolePolicyDocument:\n        Statement:\n        - Effect: Allow\n          # trustlint: ignore[{ignored}] each of them has its own account\n          Principal: {{AWS: !Sub 'arn:aws:iam::${{Partner}}:root'}}\n          Action: sts:AssumeRole\n"
        )
    };
    assert_eq!(messages("stack.yaml", &stack("missing-external-id")), [""; 0]);
    assert_eq!(
        messages("stack.yaml", &stack("wildcard-principal")),
        ["unused ignore: no `wildcard-principal` finding here"]
    );
}

#[test]
fn a_policy_file_with_placeholders_is_worth_infos() {
    let statement = |principal: &str| {
        format!(r#"{{"Effect": "Allow", "Principal": {{"AWS": "{principal}"}}, "Action": "sts:AssumeRole"}}"#)
    };
    let policy = |first: &str| {
        format!(r#"{{"Version": "2012-10-17", "Statement": [{}, {}]}}"#, statement(first), statement("*"))
    };
    let found = |first: &str| {
        let found = said("trust.json", &policy(first)).into_iter();
        found.map(|it| (it.finding.severity, it.message)).collect::<Vec<_>>()
    };
    let open = found("arn:aws:iam::<ACCOUNT>:root");
    assert!(open.iter().all(|(severity, _)| severity == "info"), "{open:?}");
    let said = "policy file `trust.json` has placeholders, among them `<ACCOUNT>`";
    assert_eq!(open.iter().filter(|(_, message)| message == said).count(), 1, "{open:?}");
    // The same policy, filled in.
    let filled = found("arn:aws:iam::640123987001:root");
    assert!(filled.iter().any(|(severity, _)| severity == "error"), "{filled:?}");
}
