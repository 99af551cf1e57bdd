//! `trustlint access` with one side left out: principals as they are written, and the exit status.

use std::fs;
use std::process::{Command, Stdio};

struct Said {
    status: i32,
    out: String,
    err: String,
}

/// Asks in a project with one account, `222222222222`, and this Terraform.
fn ask(main: &str, args: &[&str]) -> Said {
    let project = tempfile::tempdir().unwrap();
    let provider =
        "provider \"aws\" {\n  region = \"eu-west-1\"\n  allowed_account_ids = [\"222222222222\"]\n}\n";
    fs::write(project.path().join("main.tf"), format!("{provider}{main}")).unwrap();
    ask_in(project.path(), args)
}

fn ask_in(directory: &std::path::Path, args: &[&str]) -> Said {
    let mut command = Command::new(env!("CARGO_BIN_EXE_trustlint"));
    command.args(["access", "--project-root", "."]).args(args);
    let output = command.current_dir(directory).env_clear().stdin(Stdio::null()).output().unwrap();
    Said {
        status: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A role `target` with this statement as its trust policy.
fn trusting(statement: &str) -> String {
    format!(
        "resource \"aws_iam_role\" \"target\" {{\n  name = \"target\"\n  assume_role_policy = jsonencode({{ Version = \"2012-10-17\", Statement = [{{ Effect = \"Allow\", {statement} }}] }})\n}}\n"
    )
}

fn lines(said: &Said) -> Vec<&str> {
    let is_answer = |line: &&str| ["info[", "warning[", "error["].iter().any(|start| line.starts_with(start));
    said.out.lines().filter(is_answer).collect()
}

/// The first lines of the answers to who can assume `target`.
fn who(statement: &str, expected: &[&str], status: i32) {
    let said = ask(&trusting(statement), &["--to", "target"]);
    let found = lines(&said);
    assert_eq!(found.len(), expected.len(), "{statement}\n{}{}", said.out, said.err);
    for (line, start) in found.iter().zip(expected) {
        assert!(line.starts_with(start), "{line}\n{start}");
    }
    assert_eq!(said.status, status, "{statement}");
}

#[test]
fn principals_are_listed_as_they_are_written() {
    let assume = |principal: &str| format!("Action = \"sts:AssumeRole\", Principal = {principal}");
    who(&assume("\"*\""), &["info[allowed]: anyone (`*`) can call `sts:AssumeRole` on role `target`"], 0);
    let organization =
        "{ AWS = \"*\" }, Condition = { StringEquals = { \"aws:PrincipalOrgID\" = \"o-abcdefghij\" } }";
    who(&assume(organization), &["warning[unknown]: whether anyone (`*`) can call"], 3);
    for account in ["\"111111111111\"", "\"arn:aws:iam::111111111111:root\""] {
        let account = assume(&format!("{{ AWS = {account} }}"));
        who(&account, &["warning[unknown]: whether account 111111111111 can call `sts:AssumeRole`"], 3);
    }
    let role =
        assume("{ AWS = [\"arn:aws:iam::111111111111:role/a\", \"arn:aws:iam::111111111111:user/b\"] }");
    let expected = [
        "warning[unknown]: whether `arn:aws:iam::111111111111:role/a` can",
        "warning[unknown]: whether `arn:aws:iam::111111111111:user/b` can",
    ];
    who(&role, &expected, 3);
    let service = assume("{ Service = \"lambda.amazonaws.com\" }");
    who(&service, &["info[allowed]: `lambda.amazonaws.com` can call `sts:AssumeRole`"], 0);
    let others = "Action = \"sts:AssumeRole\", NotPrincipal = { AWS = \"111111111111\" }";
    who(others, &["info[allowed]: anyone (`*`) can call"], 0);
    let dead = "{ AWS = \"*\" }, Condition = { StringEquals = { \"aws:PrincipalOrgID\" = [] } }";
    let said = ask(&trusting(&assume(dead)), &["--to", "target"]);
    assert_eq!((said.status, &*said.out), (1, ""));
    assert_eq!(said.err, "no principal in the analyzed files can\n");
}

#[test]
fn identity_providers_are_listed_with_their_own_action() {
    let web = "Action = \"sts:AssumeRoleWithWebIdentity\", Principal = { Federated = \"arn:aws:iam::222222222222:oidc-provider/token.actions.githubusercontent.com\" }";
    let expected = "info[allowed]: `arn:aws:iam::222222222222:oidc-provider/token.actions.githubusercontent.com` can call `sts:AssumeRoleWithWebIdentity`";
    who(web, &[expected], 0);
    let saml = "Action = \"sts:AssumeRoleWithSAML\", Principal = { Federated = \"arn:aws:iam::222222222222:saml-provider/okta\" }";
    who(
        saml,
        &["info[allowed]: `arn:aws:iam::222222222222:saml-provider/okta` can call `sts:AssumeRoleWithSAML`"],
        0,
    );
    // With an action that is for others it gets nowhere.
    let wrong = web.replace("AssumeRoleWithWebIdentity", "AssumeRole");
    let said = ask(&trusting(&wrong), &["--to", "target"]);
    assert_eq!((said.status, &*said.out), (1, ""));
}

const CI: &str = "resource \"aws_iam_role\" \"ci\" {\n  name = \"ci\"\n  assume_role_policy = jsonencode({ Version = \"2012-10-17\", Statement = [{ Effect = \"Allow\", Action = \"sts:AssumeRole\", Principal = { Service = \"ec2.amazonaws.com\" } }] })\n}\nresource \"aws_iam_role_policy\" \"ci\" {\n  role = aws_iam_role.ci.name\n  policy = jsonencode({ Version = \"2012-10-17\", Statement = [{ Effect = \"Allow\", Action = \"sts:AssumeRole\", Resource = \"*\" }] })\n}\n";

#[test]
fn declared_roles_follow_the_principal_that_means_them() {
    let trust = trusting("Action = \"sts:AssumeRole\", Principal = { AWS = \"222222222222\" }") + CI;
    let said = ask(&trust, &["--to", "target", "--output-format", "json"]);
    let answers: serde_json::Value = serde_json::from_str(&said.out).unwrap();
    let each: Vec<_> = answers
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (&one["from"], &one["answer"], &one["principal"]))
        .collect();
    assert_eq!(each.len(), 2, "{}", said.out);
    assert_eq!(
        (each[0].0, each[0].1, each[0].2),
        (&"account 222222222222".into(), &"allowed".into(), &"222222222222".into())
    );
    assert_eq!(
        (each[1].0, each[1].1, each[1].2),
        (&"role `ci` in 222222222222".into(), &"allowed".into(), &"222222222222".into())
    );
    assert_eq!(said.status, 0);
    // A role that is named is listed once, also when its own policies keep it away.
    let named = trusting("Action = \"sts:AssumeRole\", Principal = { AWS = aws_iam_role.ci.arn }") + CI;
    let said = ask(&named, &["--to", "target"]);
    assert_eq!((lines(&said).len(), said.status), (1, 0), "{}", said.out);
    let said = ask(
        &named.replace("Resource = \"*\"", "Resource = \"arn:aws:iam::222222222222:role/x\""),
        &["--to", "target"],
    );
    assert_eq!((lines(&said).len(), said.status), (1, 0), "{}", said.out);
    let away = named
        .replace("Allow\", Action = \"sts:AssumeRole\", Resource", "Deny\", Action = \"sts:*\", Resource");
    let said = ask(&away, &["--to", "target"]);
    assert!(lines(&said)[0].starts_with("error[denied]: role `ci` in 222222222222 cannot"), "{}", said.out);
    assert_eq!(said.status, 1);
}

#[test]
fn nobody_of_an_account_that_is_covered_is_nobody() {
    let project = tempfile::tempdir().unwrap();
    let trust = trusting("Action = \"sts:AssumeRole\", Principal = { AWS = \"111111111111\" }");
    fs::create_dir_all(project.path().join("b")).unwrap();
    fs::write(project.path().join("b/main.tf"), trust).unwrap();
    for (coverage, status) in [("full", 1), ("partial", 3)] {
        let config = format!(
            "[accounts.a]\nid = \"111111111111\"\npaths = [\"a/**\"]\ncoverage = \"{coverage}\"\n[accounts.b]\nid = \"222222222222\"\npaths = [\"b/**\"]\n"
        );
        fs::write(project.path().join("trustlint.toml"), config).unwrap();
        let said = ask_in(project.path(), &["--to", "target"]);
        assert_eq!(said.status, status, "{}{}", said.out, said.err);
        assert!(said.out.contains("account a (111111111111)"), "{}", said.out);
    }
}

#[test]
fn grants_of_resources_are_listed() {
    let bucket = |principal: &str| {
        format!(
            "resource \"aws_s3_bucket\" \"b\" {{\n  bucket = \"exchange\"\n}}\nresource \"aws_s3_bucket_policy\" \"b\" {{\n  bucket = aws_s3_bucket.b.id\n  policy = jsonencode({{ Version = \"2012-10-17\", Statement = [{{ Effect = \"Allow\", Action = \"s3:GetObject\", Resource = \"${{aws_s3_bucket.b.arn}}/*\", Principal = {principal} }}] }})\n}}\n"
        )
    };
    for (principal, start, status) in [
        (
            "{ AWS = \"111111111111\" }",
            "warning[unknown]: whether account 111111111111 can call `s3:GetObject` on objects of",
            3,
        ),
        ("\"*\"", "info[allowed]: anyone (`*`) can call `s3:GetObject` on objects of", 0),
        ("{ Service = \"cloudfront.amazonaws.com\" }", "info[allowed]: `cloudfront.amazonaws.com` can", 0),
    ] {
        let said = ask(&bucket(principal), &["--to", "exchange", "--action", "s3:GetObject"]);
        assert_eq!(lines(&said).len(), 1, "{}", said.out);
        assert!(lines(&said)[0].starts_with(start), "{}", said.out);
        assert_eq!(said.status, status, "{}", said.out);
    }
    let said = ask(&bucket("\"*\""), &["--to", "exchange", "--action", "s3:PutObject"]);
    assert_eq!((said.status, &*said.out), (1, ""), "{}", said.err);
}

#[test]
fn a_trust_policy_that_is_not_known_leaves_it_open() {
    let role = "variable \"trust\" {}\nresource \"aws_iam_role\" \"target\" {\n  name = \"target\"\n  assume_role_policy = var.trust\n}\n";
    let said = ask(role, &["--to", "target", "--action", "sts:AssumeRole"]);
    assert_eq!((lines(&said).len(), said.status), (1, 3), "{}{}", said.out, said.err);
    assert!(lines(&said)[0].contains("anyone else can call `sts:AssumeRole`"), "{}", said.out);
}

#[test]
fn an_identity_provider_is_asked_for_by_any_of_its_names() {
    let github = "resource \"aws_iam_openid_connect_provider\" \"github\" {\n  url = \"https://token.actions.githubusercontent.com\"\n  client_id_list = [\"sts.amazonaws.com\"]\n}\n";
    let trust = trusting(
        "Action = \"sts:AssumeRoleWithWebIdentity\", Principal = { Federated = aws_iam_openid_connect_provider.github.arn }",
    );
    let project = format!("{github}{trust}{CI}");
    for from in [
        "aws_iam_openid_connect_provider.github",
        "token.actions.githubusercontent.com",
        "arn:aws:iam::222222222222:oidc-provider/token.actions.githubusercontent.com",
        "222222222222/token.actions.githubusercontent.com",
    ] {
        let said = ask(&project, &["--from", from, "--to", "target"]);
        assert_eq!(said.status, 0, "{from} {}{}", said.out, said.err);
        assert!(
            said.out.contains("can call `sts:AssumeRoleWithWebIdentity` on role `target`"),
            "{}",
            said.out
        );
        assert_eq!(ask(&project, &["--from", from, "--to", "ci"]).status, 1);
        let said = ask(&project, &["--from", from]);
        assert_eq!((lines(&said).len(), said.status), (1, 0), "{from} {}{}", said.out, said.err);
        assert!(lines(&said)[0].contains("on role `target`"), "{}", said.out);
    }
    // A provider that looks like a service.
    let cognito = trusting(
        "Action = \"sts:AssumeRoleWithWebIdentity\", Principal = { Federated = \"cognito-identity.amazonaws.com\" }",
    );
    assert_eq!(ask(&cognito, &["--from", "cognito-identity.amazonaws.com", "--to", "target"]).status, 0);
    assert_eq!(ask(&cognito, &["--from", "ec2.amazonaws.com"]).status, 1);
}

#[test]
fn sessions_ask_too() {
    let trust = |principal: &str| {
        trusting(&format!("Action = \"sts:AssumeRole\", Principal = {{ AWS = \"{principal}\" }}"))
    };
    let session = "arn:aws:sts::111111111111:assumed-role/a/build";
    let from =
        |from: &str, principal: &str| ask(&trust(principal), &["--from", from, "--to", "target"]).status;
    assert_eq!(from(session, session), 3);
    assert_eq!(from("arn:aws:sts::111111111111:assumed-role/a/other", session), 1);
    assert_eq!(from(session, "arn:aws:iam::111111111111:role/a"), 3);
    assert_eq!(from(session, "arn:aws:iam::111111111111:role/b"), 1);
    // The session of a federated user can use what names it, but cannot assume roles.
    let federated = "arn:aws:sts::222222222222:federated-user/bob";
    let said = ask(&trust(federated), &["--from", federated, "--to", "target"]);
    assert!(
        said.status == 1 && said.out.contains("a federated user session cannot assume roles"),
        "{}",
        said.out
    );
    let queue = |principal: &str| {
        format!(
            "resource \"aws_sqs_queue\" \"q\" {{\n  name = \"q\"\n  policy = jsonencode({{ Version = \"2012-10-17\", Statement = [{{ Effect = \"Allow\", Action = \"sqs:SendMessage\", Resource = \"*\", Principal = {{ AWS = \"{principal}\" }} }}] }})\n}}\n"
        )
    };
    let send = |principal: &str| {
        ask(
            &queue(principal),
            &["--from", federated, "--to", "aws_sqs_queue.q", "--action", "sqs:SendMessage"],
        )
        .status
    };
    assert_eq!(send(federated), 0);
    assert_eq!(send(&federated.replace("bob", "kim")), 3);
}

#[test]
fn an_account_asks_for_some_principal_of_it() {
    let trust = trusting("Action = \"sts:AssumeRole\", Principal = { AWS = \"111111111111\" }");
    assert_eq!(ask(&trust, &["--from", "111111111111", "--to", "target"]).status, 3);
    let said = ask(&trust, &["--from", "333333333333", "--to", "target"]);
    assert_eq!(said.status, 1, "{}", said.out);
    assert!(said.out.contains("some principal of account 333333333333 cannot call"), "{}", said.out);
}

#[test]
fn what_is_declared_in_several_units_can_be_named() {
    let project = tempfile::tempdir().unwrap();
    for unit in ["a", "b", "c"] {
        fs::create_dir(project.path().join(unit)).unwrap();
        let trust = trusting("Action = \"sts:AssumeRole\", Principal = { Service = \"ec2.amazonaws.com\" }");
        fs::write(project.path().join(unit).join("main.tf"), trust).unwrap();
    }
    let said = ask_in(project.path(), &["--to", "target"]);
    let expected = "error: `target` is ambiguous; use one of\n  a:aws_iam_role.target\n  b:aws_iam_role.target\n  c:aws_iam_role.target\n";
    assert_eq!((said.status, &*said.err), (2, expected));
    assert_eq!(ask_in(project.path(), &["--to", "b:aws_iam_role.target"]).status, 0);
    let config = "[accounts.one]\nid = \"111111111111\"\npaths = [\"a/**\"]\n[accounts.two]\nid = \"222222222222\"\npaths = [\"b/**\", \"c/**\"]\n";
    fs::write(project.path().join("trustlint.toml"), config).unwrap();
    let said = ask_in(project.path(), &["--to", "target"]);
    assert_eq!(said.err, "error: `target` is ambiguous; use one of\n  one/target\n  two/target\n");
    // The same ARN in two units is one role.
    assert_eq!(ask_in(project.path(), &["--to", "two/target"]).status, 0);
}

/// A role of another account that may read a bucket under these conditions and objects.
fn reading(identity: &str, bucket: &str) -> tempfile::TempDir {
    let project = tempfile::tempdir().unwrap();
    let files = [
        ("trustlint.toml", "[accounts.a]\nid = \"111111111111\"\npaths = [\"a/**\"]\n[accounts.b]\nid = \"222222222222\"\npaths = [\"b/**\"]\n".to_owned()),
        ("a/main.tf", CI.replace("Action = \"sts:AssumeRole\", Resource = \"*\"", identity)),
        (
            "b/main.tf",
            format!(
                "variable \"prefix\" {{}}\nresource \"aws_s3_bucket\" \"b\" {{\n  bucket = \"exchange\"\n}}\nresource \"aws_s3_bucket_policy\" \"b\" {{\n  bucket = aws_s3_bucket.b.id\n  policy = jsonencode({{ Version = \"2012-10-17\", Statement = [{{ Effect = \"Allow\", Action = \"s3:GetObject\", Principal = {{ AWS = \"arn:aws:iam::111111111111:role/ci\" }}, {bucket} }}] }})\n}}\n"
            ),
        ),
    ];
    for (path, text) in files {
        let path = project.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    project
}

const GET: &str = "Action = \"s3:GetObject\", Resource = \"*\"";

#[test]
fn access_to_a_prefix_is_access_to_some_objects() {
    let project = reading(GET, "Resource = \"${aws_s3_bucket.b.arn}/reports/*\"");
    let args = ["--to", "exchange", "--action", "s3:GetObject"];
    for args in [&["--from", "ci", args[0], args[1], args[2], args[3]][..], &args[..]] {
        let said = ask_in(project.path(), args);
        assert_eq!(said.status, 0, "{}{}", said.out, said.err);
        let line = "info[allowed]: role `ci` in a (111111111111) can call `s3:GetObject` on some objects of `aws_s3_bucket.b` in b (222222222222): both policies allow it, but only on `arn:aws:s3:::exchange/reports/*`";
        assert_eq!(lines(&said), [line]);
    }
    let elsewhere = reading(
        &GET.replace("\"*\"", "\"arn:aws:s3:::exchange/other/*\""),
        "Resource = \"${aws_s3_bucket.b.arn}/reports/*\"",
    );
    let said = ask_in(elsewhere.path(), &["--from", "ci", "--to", "exchange", "--action", "s3:GetObject"]);
    assert_eq!(said.status, 1, "{}", said.out);
}

#[test]
fn access_to_a_method_of_an_api_is_access_to_some_paths() {
    let statement = |more: &str| {
        format!(
            "{{Version: '2012-10-17', Statement: [{{Effect: Allow, Action: execute-api:Invoke, {more}}}]}}"
        )
    };
    let trust = "{Version: '2012-10-17', Statement: [{Effect: Allow, Action: sts:AssumeRole, Principal: {Service: ec2.amazonaws.com}}]}";
    let of_api = statement(
        "Principal: {AWS: 'arn:aws:iam::111111111111:role/reader'}, Resource: 'execute-api:/prod/GET/orders'",
    );
    let own = statement("Resource: 'arn:aws:execute-api:eu-west-1:222222222222:abcdefghij/prod/*/orders'");
    let elsewhere = statement("Resource: 'arn:aws:execute-api:*:333333333333:*/prod/POST/orders'");
    let role = |name: &str, policy: &str| {
        format!(
            "  {name}: {{Type: AWS::IAM::Role, Properties: {{RoleName: {name}, AssumeRolePolicyDocument: {trust}, Policies: [{{PolicyName: call, PolicyDocument: {policy}}}]}}}}\n"
        )
    };
    let project = tempfile::tempdir().unwrap();
    for (path, text) in [
        ("trustlint.toml", "[accounts.a]\nid = \"111111111111\"\npaths = [\"a.yaml\"]\n[accounts.b]\nid = \"222222222222\"\npaths = [\"b.yaml\"]\n".to_owned()),
        ("a.yaml", format!("Resources:\n{}{}", role("reader", &own), role("writer", &elsewhere))),
        (
            "b.yaml",
            format!("Resources:\n  Api: {{Type: AWS::ApiGateway::RestApi, Properties: {{Name: orders, Policy: {of_api}}}}}\n"),
        ),
    ] {
        fs::write(project.path().join(path), text).unwrap();
    }
    let args = ["--to", "Api", "--action", "execute-api:Invoke"];
    let said = ask_in(project.path(), &[&["--from", "reader"], &args[..]].concat());
    let line = lines(&said).join("\n");
    assert!(
        line.contains("can call `execute-api:Invoke` on some paths of `Api` in b (222222222222)"),
        "{line}"
    );
    assert!(line.contains("but only on `execute-api:/prod/GET/orders`"), "{line}");
    let said = ask_in(project.path(), &[&["--from", "writer"], &args[..]].concat());
    assert!(said.out.contains("error[denied]: role `writer`"), "{}", said.out);
}

#[test]
fn what_a_request_must_meet_is_said() {
    let asked = |condition: &str| {
        let bucket = format!("Resource = \"${{aws_s3_bucket.b.arn}}/*\", Condition = {{ {condition} }}");
        let project = reading(GET, &bucket);
        ask_in(
            project.path(),
            &["--from", "ci", "--to", "exchange", "--action", "s3:GetObject", "--output-format", "json"],
        )
    };
    let said = asked(
        "IpAddress = { \"aws:SourceIp\" = \"192.0.2.0/24\" }, Bool = { \"aws:MultiFactorAuthPresent\" = \"true\" }",
    );
    let answer: serde_json::Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!(answer[0]["answer"], "allowed");
    let conditions = answer[0]["conditions"].as_array().unwrap();
    assert_eq!(conditions.len(), 2);
    assert_eq!(
        (&conditions[0]["key"], &conditions[0]["operator"]),
        (&"aws:SourceIp".into(), &"IpAddress".into())
    );
    assert_eq!(
        (&conditions[0]["values"][0], &conditions[0]["path"]),
        (&"192.0.2.0/24".into(), &"b/main.tf".into())
    );
    // What is known of the request asks for nothing.
    let said = asked(
        "StringEquals = { \"aws:PrincipalAccount\" = \"111111111111\" }, Bool = { \"aws:SecureTransport\" = \"true\" }",
    );
    let answer: serde_json::Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!((&answer[0]["answer"], &answer[0]["conditions"]), (&"allowed".into(), &serde_json::json!([])));
}

#[test]
fn conditions_are_said_in_words() {
    let must = |condition: &str, effect: &str| {
        let trust = format!(
            "Action = \"sts:AssumeRole\", Principal = {{ Service = \"lambda.amazonaws.com\", AWS = aws_iam_role.ci.arn }} }}, {{ Effect = \"{effect}\", Action = \"sts:AssumeRole\", Principal = {{ AWS = \"*\" }}, Condition = {{ {condition} }}"
        );
        let trust = if effect == "Allow" { trust.replace(", AWS = aws_iam_role.ci.arn", "") } else { trust };
        let said = ask(&(trusting(&trust) + CI), &["--from", "ci", "--to", "target"]);
        assert_eq!(said.status, 0, "{}{}", said.out, said.err);
        let help = said.out.lines().find_map(|line| line.trim().strip_prefix("help: "));
        help.unwrap_or_default().to_owned()
    };
    for (condition, effect, expected) in [
        (
            "StringEquals = { \"sts:ExternalId\" = \"b1946ac9\" }",
            "Allow",
            "the request must send the external ID `b1946ac9`",
        ),
        (
            "StringNotEquals = { \"sts:ExternalId\" = \"b1946ac9\" }",
            "Deny",
            "the request must send the external ID `b1946ac9`",
        ),
        ("Bool = { \"aws:MultiFactorAuthPresent\" = \"true\" }", "Allow", "the request must have MFA"),
        (
            "BoolIfExists = { \"aws:MultiFactorAuthPresent\" = \"false\" }",
            "Deny",
            "the request must have MFA",
        ),
        (
            "IpAddress = { \"aws:SourceIp\" = [\"192.0.2.0/24\", \"198.51.100.0/24\"] }",
            "Allow",
            "the request must come from `192.0.2.0/24` or `198.51.100.0/24`",
        ),
        (
            "NotIpAddress = { \"aws:SourceIp\" = \"192.0.2.0/24\" }",
            "Deny",
            "the request must come from `192.0.2.0/24`",
        ),
        (
            "StringEquals = { \"aws:RequestTag/team\" = \"blue\" }",
            "Allow",
            "the request must send the tag `team` with `blue`",
        ),
        (
            "StringEquals = { \"aws:PrincipalTag/team\" = \"blue\" }",
            "Allow",
            "the request must be made by a principal with the tag `team` = `blue`",
        ),
        (
            "NumericLessThan = { \"aws:MultiFactorAuthAge\" = \"3600\" }",
            "Allow",
            "the request must meet `NumericLessThan` `aws:MultiFactorAuthAge` `3600`",
        ),
        ("StringEquals = { \"aws:PrincipalAccount\" = \"222222222222\" }", "Allow", ""),
        ("Bool = { \"aws:SecureTransport\" = \"false\" }", "Deny", ""),
    ] {
        assert_eq!(must(condition, effect), expected, "{condition} {effect}");
    }
}

#[test]
fn what_is_missing_for_an_answer_is_named() {
    let missing = |project: &tempfile::TempDir, from: &str| {
        let args = [
            "--from",
            from,
            "--to",
            "arn:aws:s3:::exchange/x",
            "--action",
            "s3:GetObject",
            "--output-format",
            "json",
        ];
        let said = ask_in(project.path(), &args);
        assert_eq!(said.status, 3, "{}{}", said.out, said.err);
        let answer: serde_json::Value = serde_json::from_str(&said.out).unwrap();
        let missing =
            answer[0]["missing"].as_array().unwrap().iter().map(|one| one.as_str().unwrap().to_owned());
        let missing: Vec<_> = missing.collect();
        assert!(answer[0]["reason"].as_str().unwrap().contains(&missing.join(", ")), "{}", said.out);
        missing
    };
    let all = "Resource = \"${aws_s3_bucket.b.arn}/*\"";
    let project = reading(GET, "Resource = \"${aws_s3_bucket.b.arn}/${var.prefix}\"");
    assert_eq!(missing(&project, "ci"), ["`var.prefix`"]);
    let project = reading(
        GET,
        &format!("{all}, Condition = {{ StringEquals = {{ \"aws:PrincipalAccount\" = var.prefix }} }}"),
    );
    assert_eq!(missing(&project, "ci"), ["`var.prefix`"]);
    let project = reading(
        GET,
        &format!(
            "{all} }}, {{ Effect = \"Allow\", Action = \"s3:GetObject\", Principal = {{ AWS = \"arn:aws:iam::111111111111:role/x\" }}, {all}"
        ),
    );
    let undeclared = "the policies of the principal, which is not declared in the analyzed files";
    assert_eq!(missing(&project, "arn:aws:iam::111111111111:role/x"), [undeclared]);
}
