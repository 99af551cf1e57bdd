//! What is easily got wrong in Terraform's resources for access: names and ARNs, what replaces what, how documents merge.

use crate::judge;

const A: &str =
    "provider \"aws\" {\n  region = \"eu-west-1\"\n  allowed_account_ids = [\"111111111111\"]\n}\n";
const B: &str =
    "provider \"aws\" {\n  region = \"eu-west-1\"\n  allowed_account_ids = [\"222222222222\"]\n}\n";

fn judged(files: &[(&str, &str)], expected: &[&str]) {
    judge::judged(files.iter().copied(), expected, &[]);
}

fn statement(action: &str, resource: &str) -> String {
    format!(
        "jsonencode({{ Version = \"2012-10-17\", Statement = [{{ Effect = \"Allow\", Action = \"{action}\", Resource = \"{resource}\" }}] }})"
    )
}

/// A role of account 222222222222 that trusts `principal`, in the tenth line.
fn trusting(principal: &str) -> String {
    format!(
        "{B}resource \"aws_iam_role\" \"deploy\" {{\n  name = \"deploy\"\n  assume_role_policy = jsonencode({{\n    Version = \"2012-10-17\"\n    Statement = [{{\n      Effect = \"Allow\", Action = \"sts:AssumeRole\", Principal = {{ AWS = \"{principal}\" }} }}]\n  }})\n}}\n"
    )
}

/// Whatever carries the permission of the role or user `ci` carries it, and nothing else does.
fn carries(principal: &str, carrier: &str) {
    let trust = trusting(principal);
    let with =
        |resource: &str| format!("{A}{}", carrier.replace("POLICY", &statement("sts:AssumeRole", resource)));
    judged(&[("b/main.tf", &trust), ("a/main.tf", &with("arn:aws:iam::222222222222:role/deploy"))], &[]);
    let missing = format!("b/main.tf:10 warning [trust-without-permission] \"{principal}\"");
    judged(
        &[("b/main.tf", &trust), ("a/main.tf", &with("arn:aws:iam::222222222222:role/other"))],
        &[&missing],
    );
}

const ROLE: &str = "resource \"aws_iam_role\" \"ci\" {\n  name = \"ci\"\n  assume_role_policy = jsonencode({\n    Version = \"2012-10-17\"\n    Statement = [{ Effect = \"Allow\", Action = \"sts:AssumeRole\", Principal = { Service = \"ec2.amazonaws.com\" } }]\n  })\nMORE}\n";
const USER: &str = "resource \"aws_iam_user\" \"ci\" {\n  name = \"ci\"\n}\n";
const POLICY: &str = "resource \"aws_iam_policy\" \"p\" {\n  name = \"p\"\n  policy = POLICY\n}\n";

#[test]
fn a_role_is_named_by_its_name_and_a_policy_by_its_arn() {
    let role = ROLE.replace("MORE", "");
    let arn = "arn:aws:iam::111111111111:role/ci";
    for name in ["aws_iam_role.ci.name", "aws_iam_role.ci.id", "\"ci\""] {
        carries(
            arn,
            &format!(
                "{role}resource \"aws_iam_role_policy\" \"r\" {{\n  role = {name}\n  policy = POLICY\n}}\n"
            ),
        );
        for policy in
            ["aws_iam_policy.p.arn", "aws_iam_policy.p.id", "\"arn:aws:iam::111111111111:policy/p\""]
        {
            let attachment = format!(
                "resource \"aws_iam_role_policy_attachment\" \"r\" {{\n  role = {name}\n  policy_arn = {policy}\n}}\n"
            );
            carries(arn, &format!("{role}{POLICY}{attachment}"));
        }
    }
    let user = "arn:aws:iam::111111111111:user/ci";
    for name in ["aws_iam_user.ci.name", "aws_iam_user.ci.id", "\"ci\""] {
        carries(
            user,
            &format!(
                "{USER}resource \"aws_iam_user_policy\" \"u\" {{\n  user = {name}\n  policy = POLICY\n}}\n"
            ),
        );
    }
}

#[test]
fn what_is_exclusive_is_attached_too() {
    let arn = "arn:aws:iam::111111111111:role/ci";
    let role = ROLE.replace("MORE", "");
    let inline = "  inline_policy {\n    name = \"p\"\n    policy = POLICY\n  }\n";
    carries(arn, &ROLE.replace("MORE", inline));
    let managed = "  managed_policy_arns = [aws_iam_policy.p.arn]\n";
    carries(arn, &format!("{}{POLICY}", ROLE.replace("MORE", managed)));
    let everywhere = "resource \"aws_iam_policy_attachment\" \"all\" {\n  name = \"all\"\n  roles = [aws_iam_role.ci.name]\n  policy_arn = aws_iam_policy.p.arn\n}\n";
    carries(arn, &format!("{role}{POLICY}{everywhere}"));
    let exclusive = "resource \"aws_iam_role_policy_attachments_exclusive\" \"r\" {\n  role_name = aws_iam_role.ci.name\n  policy_arns = [aws_iam_policy.p.arn]\n}\n";
    carries(arn, &format!("{role}{POLICY}{exclusive}"));
    // This one names policies that are declared for themselves.
    let names = "resource \"aws_iam_role_policy\" \"r\" {\n  name = \"p\"\n  role = aws_iam_role.ci.name\n  policy = POLICY\n}\nresource \"aws_iam_role_policies_exclusive\" \"r\" {\n  role_name = aws_iam_role.ci.name\n  policy_names = [aws_iam_role_policy.r.name]\n}\n";
    carries(arn, &format!("{role}{names}"));

    let user = "arn:aws:iam::111111111111:user/ci";
    let everywhere = everywhere.replace("roles = [aws_iam_role", "users = [aws_iam_user");
    carries(user, &format!("{USER}{POLICY}{everywhere}"));
    let exclusive = exclusive.replace("role", "user");
    carries(user, &format!("{USER}{POLICY}{exclusive}"));
    let group = "resource \"aws_iam_group\" \"g\" {\n  name = \"g\"\n}\nresource \"aws_iam_user_group_membership\" \"m\" {\n  user = aws_iam_user.ci.name\n  groups = [aws_iam_group.g.name]\n}\n";
    let everywhere = everywhere.replace("users = [aws_iam_user.ci", "groups = [aws_iam_group.g");
    carries(user, &format!("{USER}{group}{POLICY}{everywhere}"));
    let exclusive = "resource \"aws_iam_group_policy_attachments_exclusive\" \"g\" {\n  group_name = aws_iam_group.g.name\n  policy_arns = [aws_iam_policy.p.arn]\n}\n";
    carries(user, &format!("{USER}{group}{POLICY}{exclusive}"));
}

/// A policy on something of account 222222222222 lets the user `ci` of the other account do `action`, or does not.
fn grants(action: &str, resource: &str, declared: &str) {
    let policy = |principal: &str, action: &str| {
        format!(
            "jsonencode({{ Version = \"2012-10-17\", Statement = [{{ Effect = \"Allow\", Action = \"{action}\", Resource = \"*\", Principal = {{ AWS = \"arn:aws:iam::111111111111:user/{principal}\" }} }}] }})"
        )
    };
    let user = format!(
        "{A}{USER}resource \"aws_iam_user_policy\" \"u\" {{\n  user = aws_iam_user.ci.name\n  policy = {}\n}}\n",
        statement(action, resource)
    );
    let with = |action: &str| format!("{B}{}", declared.replace("POLICY", &policy("ci", action)));
    judged(&[("a/main.tf", &user), ("b/main.tf", &with(action))], &[]);
    let elsewhere = declared.replace("POLICY", &policy("other", action));
    let missing = format!("a/main.tf:10 error [permission-without-grant] \"{resource}\"");
    judged(&[("a/main.tf", &user), ("b/main.tf", &format!("{B}{elsewhere}"))], &[&missing]);
}

#[test]
fn a_queue_is_named_by_its_url_and_a_key_by_its_id() {
    let queue = "resource \"aws_sqs_queue\" \"q\" {\n  name = \"q\"\n}\n";
    for url in [
        "aws_sqs_queue.q.id",
        "aws_sqs_queue.q.url",
        "\"https://sqs.eu-west-1.amazonaws.com/222222222222/q\"",
    ] {
        let policy = format!(
            "resource \"aws_sqs_queue_policy\" \"p\" {{\n  queue_url = {url}\n  policy = POLICY\n}}\n"
        );
        grants("sqs:SendMessage", "arn:aws:sqs:eu-west-1:222222222222:q", &format!("{queue}{policy}"));
    }
    let topic = "resource \"aws_sns_topic\" \"t\" {\n  name = \"t\"\n}\n";
    for arn in ["aws_sns_topic.t.id", "aws_sns_topic.t.arn"] {
        let policy =
            format!("resource \"aws_sns_topic_policy\" \"p\" {{\n  arn = {arn}\n  policy = POLICY\n}}\n");
        grants("sns:Publish", "arn:aws:sns:eu-west-1:222222222222:t", &format!("{topic}{policy}"));
    }
    let bucket = "resource \"aws_s3_bucket\" \"b\" {\n  bucket = \"some-bucket\"\n}\n";
    for name in ["aws_s3_bucket.b.id", "aws_s3_bucket.b.bucket", "\"some-bucket\""] {
        let policy =
            format!("resource \"aws_s3_bucket_policy\" \"p\" {{\n  bucket = {name}\n  policy = POLICY\n}}\n");
        grants("s3:ListBucket", "arn:aws:s3:::some-bucket", &format!("{bucket}{policy}"));
    }
}

#[test]
fn the_arn_of_a_secret_ends_in_six_letters_that_aws_makes_up() {
    let secret = "resource \"aws_secretsmanager_secret\" \"s\" {\n  name = \"db\"\n  kms_key_id = \"arn:aws:kms:eu-west-1:222222222222:key/0\"\n}\n";
    let policy = "resource \"aws_secretsmanager_secret_policy\" \"p\" {\n  secret_arn = aws_secretsmanager_secret.s.ID\n  policy = POLICY\n}\n";
    for id in ["id", "arn"] {
        let declared = format!("{secret}{}", policy.replace("ID", id));
        let arn = "arn:aws:secretsmanager:eu-west-1:222222222222:secret:db";
        grants("secretsmanager:GetSecretValue", &format!("{arn}-??????"), &declared);
        // Of another name, or of several.
        for tail in ["", "-?????", "*", "-extra-??????"] {
            let user = format!(
                "{A}{USER}resource \"aws_iam_user_policy\" \"u\" {{\n  user = aws_iam_user.ci.name\n  policy = {}\n}}\n",
                statement("secretsmanager:GetSecretValue", &format!("{arn}{tail}"))
            );
            judged(&[("a/main.tf", &user), ("b/main.tf", &format!("{B}{secret}"))], &[]);
        }
    }
}

/// A role whose trust is the document `d`, in the first three lines.
fn documented(documents: &str) -> String {
    format!(
        "resource \"aws_iam_role\" \"r\" {{\n  assume_role_policy = data.aws_iam_policy_document.d.json\n}}\n{documents}"
    )
}

/// A document, seven lines long with one statement; the principal is in the fifth.
fn document(name: &str, more: &str, sid: &str, principal: &str) -> String {
    format!(
        "data \"aws_iam_policy_document\" \"{name}\" {{\n{more}  statement {{\n    sid = \"{sid}\"\n    actions = [\"sts:AssumeRole\"]\n    principals {{\n      type = \"AWS\"\n      identifiers = [\"{principal}\"]\n    }}\n  }}\n}}\n"
    )
}

#[test]
fn a_statement_of_the_same_name_replaces_another_one() {
    let own = "111111111111";
    let missing = |line: usize| format!("main.tf:{line} info [missing-external-id] \"{own}\"");
    let open = |line: usize| format!("main.tf:{line} error [wildcard-principal] \"*\"");
    let source = "  source_policy_documents = [data.aws_iam_policy_document.s.json]\n";
    let overriding = "  override_policy_documents = [data.aws_iam_policy_document.s.json]\n";
    for (more, own_sid, other_sid, own_counts, other_counts) in [
        (source, "One", "Two", true, true),
        (source, "One", "One", true, false),
        (overriding, "One", "Two", true, true),
        (overriding, "One", "One", false, true),
        // A statement without a name replaces none.
        (source, "", "", true, true),
        (overriding, "", "", true, true),
    ] {
        let text = documented(&format!(
            "{}{}",
            document("s", "", other_sid, "*"),
            document("d", more, own_sid, own)
        ));
        let found = [open(10), missing(21)];
        let expected: Vec<&str> = found
            .iter()
            .zip([other_counts, own_counts])
            .filter(|(_, counts)| *counts)
            .map(|(it, _)| it.as_str())
            .collect();
        judged(&[("main.tf", &text)], &expected);
    }
    // Of several sources, none may have the name of another one; of several overrides, the last one counts.
    let both = |name: &str| {
        format!("  {name} = [data.aws_iam_policy_document.s.json, data.aws_iam_policy_document.t.json]\n")
    };
    let text = documented(&format!(
        "{}{}{}",
        document("s", "", "One", "*"),
        document("t", "", "One", own),
        document("d", &both("override_policy_documents"), "One", "*")
    ));
    judged(&[("main.tf", &text)], &[&missing(20)]);
}

#[test]
fn only_what_stands_in_resources_principals_and_conditions_is_a_variable() {
    let text = documented(
        "data \"aws_iam_policy_document\" \"d\" {\n  statement {\n    actions = [\"sts:AssumeRole\"]\n    principals {\n      type = \"*\"\n      identifiers = [\"*\"]\n    }\n    condition {\n      test = \"StringEquals\"\n      variable = \"aws:PrincipalOrgID\"\n      values = [\"&{aws:ResourceOrgID}\"]\n    }\n  }\n}\n",
    );
    judged(&[("main.tf", &text)], &[]);
    let open = text.replace("    condition {\n      test = \"StringEquals\"\n      variable = \"aws:PrincipalOrgID\"\n      values = [\"&{aws:ResourceOrgID}\"]\n    }\n", "");
    judged(&[("main.tf", &open)], &["main.tf:9 error [wildcard-principal] \"*\""]);
}

#[test]
fn modules_for_roles_ask_for_what_their_versions_ask_for() {
    let module = |submodule: &str, version: &str, inputs: &str| {
        format!(
            "{B}module \"m\" {{\n  source = \"terraform-aws-modules/iam/aws//modules/{submodule}\"\n  version = \"{version}\"\n{inputs}}}\n"
        )
    };
    // Version 5 makes a role when it is told to, and asks for a second factor.
    let trusted = "  trusted_role_arns = [\"*\"]\n  role_requires_mfa = false\n";
    let made = format!("{trusted}  create_role = true\n");
    judged(&[("main.tf", &module("iam-assumable-role", "5.30.0", trusted))], &[]);
    judged(
        &[("main.tf", &module("iam-assumable-role", "5.30.0", &made))],
        &["main.tf:8 error [wildcard-principal] \"*\""],
    );
    // Version 6 makes it, under a name that is made up.
    let role = "  trust_policy_permissions = {\n    all = {\n      actions = [\"sts:AssumeRole\"]\n      principals = [{ type = \"AWS\", identifiers = [\"*\"] }]\n    }\n  }\n  name = \"deploy\"\n";
    judged(
        &[("main.tf", &module("iam-role", "6.2.0", role))],
        &["main.tf:11 error [wildcard-principal] \"*\""],
    );
    judged(&[("main.tf", &module("iam-role", "6.2.0", &format!("{role}  create = false\n")))], &[]);
}

/// What AWS takes when there is no policy lets in nobody of another account: the default policy of a topic is limited to
/// the owner by a condition, that of a key names the root of its own account, and the others have none.
///
/// <https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html>
#[test]
fn what_has_no_policy_lets_in_nobody_of_another_account() {
    for (action, resource, declared) in [
        (
            "sns:Publish",
            "arn:aws:sns:eu-west-1:222222222222:t",
            "resource \"aws_sns_topic\" \"t\" {\n  name = \"t\"\n}\n",
        ),
        (
            "sqs:SendMessage",
            "arn:aws:sqs:eu-west-1:222222222222:q",
            "resource \"aws_sqs_queue\" \"q\" {\n  name = \"q\"\n}\n",
        ),
        (
            "s3:ListBucket",
            "arn:aws:s3:::some-bucket",
            "resource \"aws_s3_bucket\" \"b\" {\n  bucket = \"some-bucket\"\n}\n",
        ),
        (
            "secretsmanager:GetSecretValue",
            "arn:aws:secretsmanager:eu-west-1:222222222222:secret:db-??????",
            "resource \"aws_secretsmanager_secret\" \"s\" {\n  name = \"db\"\n  kms_key_id = \"arn:aws:kms:eu-west-1:222222222222:key/0\"\n}\n",
        ),
    ] {
        let user = format!(
            "{A}{USER}resource \"aws_iam_user_policy\" \"u\" {{\n  user = aws_iam_user.ci.name\n  policy = {}\n}}\n",
            statement(action, resource)
        );
        let missing = format!("a/main.tf:10 error [permission-without-grant] \"{resource}\"");
        judged(&[("a/main.tf", &user), ("b/main.tf", &format!("{B}{declared}"))], &[&missing]);
    }
    let key = |policy: &str| {
        format!(
            "provider \"aws\" {{\n  region = \"eu-west-1\"\n  allowed_account_ids = [\"222222222222\"]\n}}\nprovider \"aws\" {{\n  alias = \"a\"\n  region = \"eu-west-1\"\n  allowed_account_ids = [\"111111111111\"]\n}}\nresource \"aws_kms_key\" \"k\" {{\n{policy}}}\nresource \"aws_iam_user\" \"ci\" {{\n  provider = aws.a\n  name = \"ci\"\n}}\nresource \"aws_iam_user_policy\" \"u\" {{\n  provider = aws.a\n  user = aws_iam_user.ci.name\n  policy = {}\n}}\n",
            statement("kms:Decrypt", "${aws_kms_key.k.arn}")
        )
    };
    let missing = "main.tf:19 error [permission-without-grant] \"aws_kms_key.k.arn\"";
    judged(&[("main.tf", &key(""))], &[missing]);
    let granted = "  policy = jsonencode({ Version = \"2012-10-17\", Statement = [{ Effect = \"Allow\", Action = \"kms:Decrypt\", Resource = \"*\", Principal = { AWS = aws_iam_user.ci.arn } }, { Effect = \"Allow\", Action = \"kms:*\", Resource = \"*\", Principal = { AWS = \"222222222222\" } }] })\n";
    judged(&[("main.tf", &key(granted))], &[]);
}
