//! What `check` reports and what `trustlint access` answers come from one question: boundaries, denials and what AWS refuses
//! other accounts count in both.

use crate::judge;

fn provider(account: &str) -> String {
    format!("provider \"aws\" {{\n  region = \"eu-west-1\"\n  allowed_account_ids = [\"{account}\"]\n}}\n")
}

fn role(attributes: &str) -> String {
    format!(
        "resource \"aws_iam_role\" \"ci\" {{\n  name = \"ci\"\n{attributes}  assume_role_policy = jsonencode({{ Version = \"2012-10-17\", Statement = [{{ Effect = \"Allow\", Action = \"sts:AssumeRole\", Principal = {{ Service = \"ec2.amazonaws.com\" }} }}] }})\n}}\n"
    )
}

fn policy(statements: &str) -> String {
    format!(
        "resource \"aws_iam_role_policy\" \"ci\" {{\n  role = aws_iam_role.ci.id\n  policy = jsonencode({{ Version = \"2012-10-17\", Statement = [{statements}] }})\n}}\n"
    )
}

const ASSUME: &str = "{ Effect = \"Allow\", Action = \"sts:AssumeRole\", Resource = \"arn:aws:iam::222222222222:role/deploy\" }";

const DEPLOY: &str = "resource \"aws_iam_role\" \"deploy\" {\n  name = \"deploy\"\n  assume_role_policy = jsonencode({ Version = \"2012-10-17\", Statement = [{ Effect = \"Allow\", Action = \"sts:AssumeRole\", Principal = { AWS = \"arn:aws:iam::111111111111:role/ci\" } }] })\n}\n";

fn judged(a: &str, b: &str, expected: &[&str]) {
    let (a, b) = (provider("111111111111") + a, provider("222222222222") + b);
    judge::judged([("a/main.tf", a.as_str()), ("b/main.tf", b.as_str())], expected, &[]);
}

const TRUSTED: &str = "b/main.tf:7 warning [trust-without-permission] \"arn:aws:iam::111111111111:role/ci\"";

fn boundary(actions: &str) -> String {
    format!(
        "resource \"aws_iam_policy\" \"limit\" {{\n  name = \"limit\"\n  policy = jsonencode({{ Version = \"2012-10-17\", Statement = [{{ Effect = \"Allow\", Action = {actions}, Resource = \"*\" }}] }})\n}}\n"
    )
}

#[test]
fn a_boundary_without_the_action_keeps_the_caller_from_a_role_that_trusts_it() {
    let bounded = role("  permissions_boundary = aws_iam_policy.limit.arn\n") + &policy(ASSUME);
    let found = "a/main.tf:11 error [boundary-blocks-access] \"aws_iam_policy.limit.arn\"";
    judged(&(boundary("[\"s3:*\"]") + &bounded), DEPLOY, &[found]);
    judged(&(boundary("[\"s3:*\", \"sts:*\"]") + &bounded), DEPLOY, &[]);
}

#[test]
fn a_policy_that_is_only_a_boundary_gives_nothing() {
    // As a permission it would let its holder assume any role of any account.
    judged(&(boundary("\"sts:*\"") + &role("  permissions_boundary = aws_iam_policy.limit.arn\n")), "", &[]);
    let given = "resource \"aws_iam_role_policy_attachment\" \"ci\" {\n  role = aws_iam_role.ci.name\n  policy_arn = aws_iam_policy.limit.arn\n}\n";
    let found = "a/main.tf:7 warning [assume-any-role] \"*\"";
    judged(&(boundary("\"sts:*\"") + &role("") + given), "", &[found]);
}

#[test]
fn a_denial_of_its_own_keeps_the_caller_from_a_role_that_trusts_it() {
    let denied = format!("{ASSUME}, {{ Effect = \"Deny\", Action = \"sts:*\", Resource = \"*\" }}");
    judged(&(role("") + &policy(&denied)), DEPLOY, &[TRUSTED]);
}

fn queue(action: &str) -> String {
    format!(
        "resource \"aws_sqs_queue\" \"q\" {{ name = \"q\" }}\nresource \"aws_sqs_queue_policy\" \"q\" {{\n  queue_url = aws_sqs_queue.q.id\n  policy = jsonencode({{ Version = \"2012-10-17\", Statement = [{{ Effect = \"Allow\", Action = \"{action}\", Resource = aws_sqs_queue.q.arn, Principal = {{ AWS = \"arn:aws:iam::111111111111:role/ci\" }} }}] }})\n}}\n"
    )
}

fn on_queue(action: &str) -> String {
    format!(
        "{{ Effect = \"Allow\", Action = \"{action}\", Resource = \"arn:aws:sqs:eu-west-1:222222222222:q\" }}"
    )
}

#[test]
fn what_aws_lets_only_the_owner_do_is_denied_although_both_sides_allow_it() {
    let found = "a/main.tf:11 error [permission-without-grant] \"arn:aws:sqs:eu-west-1:222222222222:q\"";
    judged(&(role("") + &policy(&on_queue("sqs:TagQueue"))), &queue("sqs:TagQueue"), &[found]);
    judged(&(role("") + &policy(&on_queue("sqs:SendMessage"))), &queue("sqs:SendMessage"), &[]);
}

#[test]
fn a_denial_of_its_own_makes_a_grant_useless() {
    let statements = format!(
        "{}, {{ Effect = \"Deny\", Action = \"sqs:SendMessage\", Resource = \"*\" }}",
        on_queue("sqs:SendMessage")
    );
    let found = "b/main.tf:8 warning [grant-without-permission] \"arn:aws:iam::111111111111:role/ci\"";
    judged(&(role("") + &policy(&statements)), &queue("sqs:SendMessage"), &[found]);
}

#[test]
fn conditions_that_exclude_each_other_keep_both_sides_from_working_together() {
    let region = |region: &str| {
        format!("Condition = {{ StringEquals = {{ \"aws:RequestedRegion\" = \"{region}\" }} }}")
    };
    let allow = ASSUME.replace(" }", &format!(", {} }}", region("eu-west-1")));
    let trust = DEPLOY.replace("role/ci\" } }", &format!("role/ci\" }}, {} }}", region("us-east-1")));
    let found = "a/main.tf:11 error [permission-without-trust] \"arn:aws:iam::222222222222:role/deploy\"";
    judged(&(role("") + &policy(&allow)), &trust, &[found]);
    judged(&(role("") + &policy(&allow)), &trust.replace("us-east-1", "eu-west-1"), &[]);
}

#[test]
fn a_condition_on_a_key_of_another_service_makes_a_permission_and_a_grant_useless() {
    let under = |key: &str| format!(", Condition = {{ StringEquals = {{ \"{key}\" = \"xy\" }} }} }}");
    let permitted = |key: &str| role("") + &policy(&on_queue("sqs:SendMessage").replace(" }", &under(key)));
    let granted =
        |key: &str| queue("sqs:SendMessage").replace("role/ci\" } }", &format!("role/ci\" }}{}", under(key)));
    let (useless, grant) = (
        "b/main.tf:8 warning [grant-without-permission] \"arn:aws:iam::111111111111:role/ci\"",
        "a/main.tf:11 error [permission-without-grant] \"arn:aws:sqs:eu-west-1:222222222222:q\"",
    );
    let never = |place: &str| format!("{place} warning [inapplicable-condition-key] \"sts:ExternalId\"");
    judged(&permitted("sts:ExternalId"), &queue("sqs:SendMessage"), &[useless, &never("a/main.tf:11")]);
    judged(&permitted("aws:UserAgent"), &queue("sqs:SendMessage"), &[]);
    let permission = role("") + &policy(&on_queue("sqs:SendMessage"));
    judged(&permission, &granted("sts:ExternalId"), &[grant, &never("b/main.tf:8")]);
    judged(&permission, &granted("aws:UserAgent"), &[]);
}

#[test]
fn where_a_permission_by_not_action_excludes_the_conditions_of_a_grant_the_grant_says_so() {
    let tls =
        |value: &str| format!(", Condition = {{ Bool = {{ \"aws:SecureTransport\" = \"{value}\" }} }} }}");
    let granted = queue("sqs:SendMessage").replace("role/ci\" } }", &format!("role/ci\" }}{}", tls("true")));
    let permitted = |action: &str, value: &str| {
        let statement = on_queue("sqs:SendMessage").replace("Action = \"sqs:SendMessage\"", action);
        role("") + &policy(&statement.replace(" }", &tls(value)))
    };
    let grant = "b/main.tf:8 warning [grant-without-permission] \"arn:aws:iam::111111111111:role/ci\"";
    let permission = "a/main.tf:11 error [permission-without-grant] \"arn:aws:sqs:eu-west-1:222222222222:q\"";
    judged(&permitted("NotAction = \"iam:*\"", "false"), &granted, &[grant]);
    judged(&permitted("NotAction = \"iam:*\"", "true"), &granted, &[]);
    judged(&permitted("Action = \"sqs:SendMessage\"", "false"), &granted, &[permission]);
    // A role that is named there is named to be assumed.
    let trusting = DEPLOY.replace("role/ci\" } }", &format!("role/ci\" }}{}", tls("true")));
    let allow =
        ASSUME.replace("Action = \"sts:AssumeRole\"", "NotAction = \"iam:*\"").replace(" }", &tls("false"));
    let found = "a/main.tf:11 error [permission-without-trust] \"arn:aws:iam::222222222222:role/deploy\"";
    judged(&(role("") + &policy(&allow)), &trusting, &[found]);
}
