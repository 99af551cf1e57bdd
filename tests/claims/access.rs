//! `trustlint access`: the answer, the side that blocks, the exit status.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

pub(crate) struct Said {
    pub(crate) status: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// Asks in one of the example projects.
fn ask(example: &str, args: &[&str]) -> Said {
    ask_in(&Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/examples").join(example), args)
}

pub(crate) fn ask_in(directory: &Path, args: &[&str]) -> Said {
    let mut command = Command::new(env!("CARGO_BIN_EXE_trustlint"));
    command.args(["access", "--project-root", "."]).args(args);
    let output = command.current_dir(directory).env_clear().stdin(Stdio::null()).output().unwrap();
    Said {
        status: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

const USER: &str = "user-assumes-role/terraform";
const BUCKET: &str = "bucket-policy-grants-user/terraform";

#[test]
fn what_both_sides_allow_is_allowed_and_both_are_shown() {
    for language in ["terraform", "cloudformation"] {
        let example = format!("user-assumes-role/{language}/correct");
        let said = ask(&example, &["--from", "crossAccountUser", "--to", "CrossAccountAccessRole"]);
        assert_eq!(said.status, 0, "{}", said.err);
        assert!(said.out.starts_with("info[allowed]: user `crossAccountUser` in "), "{}", said.out);
        assert!(said.out.contains("both policies allow it"), "{}", said.out);
        assert!(said.out.contains("trusted here") && said.out.contains("allowed here"), "{}", said.out);
    }
}

#[test]
fn the_side_that_blocks_is_named_and_comes_first() {
    let names = ["--from", "crossAccountUser", "--to", "CrossAccountAccessRole"];
    let said = ask(&format!("{USER}/broken-wrong-role-name"), &names);
    assert_eq!(said.status, 1);
    assert!(said.out.contains("no policy of the principal allows it"), "{}", said.out);
    assert!(said.out.find("names another role") < said.out.find("trusted here"), "{}", said.out);
    let said = ask(&format!("{USER}/broken-trust-names-another-user"), &names);
    assert_eq!(said.status, 1);
    assert!(said.out.contains("the trust policy does not allow the principal"), "{}", said.out);
    assert!(said.out.contains("trusted principal"), "{}", said.out);
}

/// In one account, what trusts the account as a whole leaves it to the caller's own policies; where nothing is said on
/// either side, either side could say it.
#[test]
fn in_one_account_the_side_that_is_missing_is_named() {
    let project = tempfile::tempdir().unwrap();
    let statement = |more: &str| format!("Version: '2012-10-17', Statement: [{{Effect: Allow, {more}}}]");
    let role = |name: &str, principal: &str| {
        let trust = statement(&format!("Action: 'sts:AssumeRole', Principal: {principal}"));
        format!(
            "  {name}: {{Type: AWS::IAM::Role, Properties: {{RoleName: {name}, AssumeRolePolicyDocument: {{{trust}}}}}}}\n"
        )
    };
    let caller = role("Caller", "{Service: ec2.amazonaws.com}");
    let callee = role("Callee", "{AWS: !Ref AWS::AccountId}");
    let bucket = "  Bucket: {Type: AWS::S3::Bucket, Properties: {BucketName: some-bucket}}\n";
    fs::write(project.path().join("stack.yaml"), format!("Resources:\n{caller}{callee}{bucket}")).unwrap();
    let said = ask_in(project.path(), &["--from", "Caller", "--to", "Callee"]);
    assert!(said.out.contains(": no policy of the principal allows it"), "{}", said.out);
    let said = ask_in(project.path(), &["--from", "Caller", "--to", "Bucket", "--action", "s3:ListBucket"]);
    assert!(said.out.contains(": neither policy allows it"), "{}", said.out);
}

#[test]
fn several_actions_are_answered_one_by_one() {
    let actions = ["--action", "s3:GetObject", "--action", "s3:PutObject"];
    let names = ["--from", "bob", "--to", "aws_s3_bucket.alice"];
    let said = ask(&format!("{BUCKET}/broken-put-object-missing"), &[names, actions].concat());
    assert_eq!(said.status, 1);
    assert!(said.out.contains("can call `s3:GetObject` on objects of `aws_s3_bucket.alice`"), "{}", said.out);
    assert!(said.out.contains("cannot call `s3:PutObject`"), "{}", said.out);
    assert!(said.out.contains("lacks `s3:PutObject`"), "{}", said.out);
}

#[test]
fn actions_are_asked_of_what_they_act_on() {
    let names = ["--from", "bob", "--to", "aws_s3_bucket.alice", "--action"];
    let ask_for = |action: &str| ask(&format!("{BUCKET}/correct"), &[&names[..], &[action]].concat());
    let said = ask_for("s3:Get*");
    assert!(said.out.contains("can call `s3:GetObject` on objects of `aws_s3_bucket.alice`"), "{}", said.out);
    assert!(said.out.contains("cannot call `s3:GetBucketPolicy` on `aws_s3_bucket.alice`"), "{}", said.out);
    assert!(!said.out.contains("s3:GetJobTagging"), "{}", said.out);
    for (action, complaint) in [
        ("s3:GetObjekt", "there is no action `s3:GetObjekt`; did you mean `GetObject`?"),
        ("sqs:SendMessage", "`sqs:SendMessage` does not apply to it"),
        ("sqs:Send*", "no action that `sqs:Send*` matches applies to it"),
        ("GetObject", "`GetObject` is not an action; write actions as `service:Name`"),
    ] {
        let said = ask_for(action);
        assert_eq!((said.status, said.err), (2, format!("error: {complaint}\n")));
    }
}

#[test]
fn an_object_is_no_bucket() {
    let ask_for = |object: &str, action: &str| {
        ask(&format!("{BUCKET}/correct"), &["--from", "bob", "--to", object, "--action", action])
    };
    assert_eq!(ask_for("arn:aws:s3:::alice-exchange/report", "s3:GetObject").status, 0);
    let said = ask_for("arn:aws:s3:::alice-exchange/report", "s3:ListBucket");
    assert_eq!((said.status, &*said.err), (2, "error: `s3:ListBucket` does not apply to it\n"));
    assert_eq!(ask_for("arn:aws:s3:::alice-exchange", "s3:ListBucket").status, 1);
}

#[test]
fn a_role_is_passed_by_whoever_may_and_not_by_whom_it_trusts() {
    let names = ["--from", "crossAccountUser", "--to", "CrossAccountAccessRole", "--action", "iam:PassRole"];
    let said = ask(&format!("{USER}/correct"), &names);
    assert_eq!(said.status, 1, "{}", said.out);
    assert!(!said.out.contains("granted here"), "{}", said.out);
}

#[test]
fn a_key_policy_decides_for_its_key() {
    // The permission names a key by an id that only AWS knows to be this one.
    let args = ["--from", "bob", "--to", "aws_kms_key.exchange", "--action", "kms:Decrypt"];
    let said = ask("key-policy-grants-user/terraform/correct", &args);
    assert_eq!(said.status, 3);
    assert!(said.out.starts_with("warning[unknown]"), "{}", said.out);
    let args = ["--from", "bob", "--to", "aws_kms_key.exchange", "--action", "kms:Encrypt"];
    assert_eq!(ask("key-policy-grants-user/terraform/correct", &args).status, 1);
}

/// A role and a queue in two accounts, whose policies both allow the role everything on the queue.
const QUEUE: &str = r#"
provider "aws" {
  allowed_account_ids = ["111111111111"]
}
provider "aws" {
  alias               = "other"
  allowed_account_ids = ["222222222222"]
}
resource "aws_iam_role" "worker" {
  name               = "worker"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = { Service = "ec2.amazonaws.com" }, Action = "sts:AssumeRole" }]
  })
}
resource "aws_iam_role_policy" "worker" {
  role   = aws_iam_role.worker.name
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sqs:*", Resource = "*" }]
  })
}
resource "aws_sqs_queue" "jobs" {
  provider = aws.other
  name     = "jobs"
}
resource "aws_sqs_queue_policy" "jobs" {
  provider  = aws.other
  queue_url = aws_sqs_queue.jobs.id
  policy    = jsonencode({
    Version   = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { AWS = "arn:aws:iam::111111111111:role/worker" }
      Action    = "sqs:*"
      Resource  = "*"
    }]
  })
}
"#;

#[test]
fn what_aws_leaves_to_the_account_of_a_queue_is_denied_to_others() {
    let project = tempfile::tempdir().unwrap();
    fs::write(project.path().join("main.tf"), QUEUE).unwrap();
    let names = ["--from", "worker", "--to", "aws_sqs_queue.jobs", "--action"];
    let said = ask_in(project.path(), &[&names[..], &["sqs:SendMessage"]].concat());
    assert_eq!(said.status, 0, "{}{}", said.out, said.err);
    let said = ask_in(project.path(), &[&names[..], &["sqs:TagQueue"]].concat());
    assert_eq!(said.status, 1, "{}{}", said.out, said.err);
    assert!(
        said.out.contains("AWS allows `sqs:TagQueue` only within the account of the resource"),
        "{}",
        said.out
    );
}

#[test]
fn what_a_boundary_may_take_away_is_not_said_to_be_allowed() {
    let project = tempfile::tempdir().unwrap();
    let bounded = QUEUE.replace(
        "  name               = \"worker\"\n",
        "  name = \"worker\"\n  permissions_boundary = \"arn:aws:iam::111111111111:policy/limit\"\n",
    );
    fs::write(project.path().join("main.tf"), &bounded).unwrap();
    let args = ["--from", "worker", "--to", "aws_sqs_queue.jobs", "--action", "sqs:SendMessage"];
    let said = ask_in(project.path(), &args);
    assert_eq!(said.status, 3, "{}{}", said.out, said.err);
    assert!(said.out.contains("it depends on the permissions boundary of the principal"), "{}", said.out);
    assert!(said.out.contains("permissions boundary (account"), "{}", said.out);
    // Modules write an empty string for none.
    fs::write(project.path().join("main.tf"), bounded.replace("arn:aws:iam::111111111111:policy/limit", ""))
        .unwrap();
    assert_eq!(ask_in(project.path(), &args).status, 0);
}

#[test]
fn a_boundary_of_the_analyzed_files_is_read() {
    let project = tempfile::tempdir().unwrap();
    let ask_with = |actions: &str| {
        let boundary = format!(
            r#"
resource "aws_iam_policy" "limit" {{
  name   = "limit"
  policy = jsonencode({{
    Version   = "2012-10-17"
    Statement = [{{ Effect = "Allow", Action = "{actions}", Resource = "*" }}]
  }})
}}
"#
        );
        let bounded = QUEUE.replace(
            "  name               = \"worker\"\n",
            "  name = \"worker\"\n  permissions_boundary = aws_iam_policy.limit.arn\n",
        );
        fs::write(project.path().join("main.tf"), bounded + &boundary).unwrap();
        ask_in(
            project.path(),
            &["--from", "worker", "--to", "aws_sqs_queue.jobs", "--action", "sqs:SendMessage"],
        )
    };
    let said = ask_with("sqs:*");
    assert_eq!(said.status, 0, "{}{}", said.out, said.err);
    let said = ask_with("s3:*");
    assert_eq!(said.status, 1, "{}{}", said.out, said.err);
    assert!(said.out.contains("the permissions boundary of the principal does not allow it"), "{}", said.out);
    assert!(said.out.contains("permissions boundary (account"), "{}", said.out);
}

/// A role and a secret in two accounts, both of whose policies allow the role to read the secret.
const SECRET: &str = r#"
provider "aws" {
  allowed_account_ids = ["222222222222"]
}
resource "aws_secretsmanager_secret" "password" {
  name = "password"
  KEY
}
resource "aws_secretsmanager_secret_policy" "password" {
  secret_arn = aws_secretsmanager_secret.password.arn
  policy     = jsonencode({
    Version   = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { AWS = "arn:aws:iam::111111111111:role/reader" }
      Action    = "secretsmanager:GetSecretValue"
      Resource  = "*"
    }]
  })
}
"#;

#[test]
fn a_secret_with_the_key_of_aws_is_not_read_from_another_account() {
    let project = tempfile::tempdir().unwrap();
    let ask_with = |key: &str| {
        fs::write(project.path().join("main.tf"), SECRET.replace("KEY", key)).unwrap();
        let reader = "arn:aws:iam::111111111111:role/reader";
        let secret = "aws_secretsmanager_secret.password";
        ask_in(
            project.path(),
            &["--from", reader, "--to", secret, "--action", "secretsmanager:GetSecretValue"],
        )
    };
    for key in ["", "kms_key_id = \"alias/aws/secretsmanager\""] {
        let said = ask_with(key);
        assert_eq!(said.status, 1, "{}{}", said.out, said.err);
        assert!(said.out.contains("encrypted with the AWS managed key"), "{}", said.out);
    }
    let said = ask_with("kms_key_id = \"arn:aws:kms:eu-west-1:222222222222:key/1234\"");
    assert_eq!(said.status, 3, "{}{}", said.out, said.err);
}

#[test]
fn what_the_caller_denies_itself_is_denied_whoever_names_it() {
    let project = tempfile::tempdir().unwrap();
    let one_account = QUEUE
        .replace("222222222222", "111111111111")
        .replace(r#"Effect = "Allow", Action = "sqs:*""#, r#"Effect = "Deny", Action = "sqs:*""#);
    fs::write(project.path().join("main.tf"), one_account).unwrap();
    let args = ["--from", "worker", "--to", "aws_sqs_queue.jobs", "--action", "sqs:SendMessage"];
    let said = ask_in(project.path(), &args);
    assert_eq!(said.status, 1, "{}{}", said.out, said.err);
    assert!(said.out.contains("the principal's own policies deny it"), "{}", said.out);
    assert!(said.out.contains("denied here"), "{}", said.out);
}

#[test]
fn who_is_not_in_the_files_may_or_may_not() {
    let stranger = "arn:aws:iam::111111111111:user/crossAccountUser";
    // Somebody else of that name in an account whose policies are not here.
    let said = ask(
        &format!("{BUCKET}/correct"),
        &[
            "--from",
            &stranger.replace("crossAccountUser", "eve"),
            "--to",
            "aws_s3_bucket.alice",
            "--action",
            "s3:GetObject",
        ],
    );
    assert_eq!(said.status, 1, "{}", said.out);
    assert!(said.out.contains("the resource policy does not allow the principal"), "{}", said.out);
}

#[test]
fn services_and_strangers_ask_too() {
    let project = tempfile::tempdir().unwrap();
    let open = QUEUE.replace(
        r#"{ AWS = "arn:aws:iam::111111111111:role/worker" }"#,
        r#"{ Service = "sns.amazonaws.com" }"#,
    );
    fs::write(project.path().join("main.tf"), open).unwrap();
    let ask_as = |from: &str| {
        ask_in(project.path(), &["--from", from, "--to", "aws_sqs_queue.jobs", "--action", "sqs:SendMessage"])
    };
    let said = ask_as("sns.amazonaws.com");
    assert_eq!(said.status, 0, "{}{}", said.out, said.err);
    assert!(said.out.contains("the resource policy allows it"), "{}", said.out);
    for from in ["s3.amazonaws.com", "*", "arn:aws:iam::111111111111:root"] {
        let said = ask_as(from);
        assert_eq!(said.status, 1, "{from}: {}{}", said.out, said.err);
        assert!(said.out.contains("does not allow the principal"), "{from}: {}", said.out);
    }
}

#[test]
fn addresses_arns_and_accounts_name_things_too() {
    let role = "arn:aws:iam::222222222222:role/CrossAccountAccessRole";
    for (from, to) in [
        ("aws_iam_user.cross_account", role),
        ("111111111111/crossAccountUser", "aws_iam_role.cross_account"),
    ] {
        let said = ask(&format!("{USER}/correct"), &["--from", from, "--to", to]);
        assert_eq!(said.status, 0, "{from} {to}: {}", said.err);
    }
}

#[test]
fn a_name_that_nothing_has_is_a_mistake_with_a_suggestion() {
    let said =
        ask(&format!("{USER}/correct"), &["--from", "crossAccountUsr", "--to", "CrossAccountAccessRole"]);
    assert_eq!(said.status, 2);
    assert_eq!(
        said.err,
        "error: there is no role, user or identity provider `crossAccountUsr`; did you mean `crossAccountUser`?\n"
    );
    let said = ask(&format!("{BUCKET}/correct"), &["--from", "bob", "--to", "aws_s3_bucket.alice"]);
    assert_eq!((said.status, said.err.as_str()), (2, "error: name the action to check: --action s3:…\n"));
    assert_eq!(ask(&format!("{USER}/correct"), &[]).status, 2);
}

#[test]
fn one_side_alone_lists_the_other() {
    let said = ask(&format!("{USER}/correct"), &["--to", "CrossAccountAccessRole"]);
    assert_eq!(said.status, 0);
    assert_eq!(said.out.matches("info[allowed]").count(), 1, "{}", said.out);
    let said = ask("lambda-role-assumes-role/terraform/correct", &["--from", "LambdaExecutionRole"]);
    assert!(said.out.contains("on role `CrossAccountServiceAccessRole` in 222222222222"), "{}", said.out);
}

#[test]
fn programs_read_json() {
    let args = ["--from", "crossAccountUser", "--to", "CrossAccountAccessRole", "--output-format", "json"];
    let said = ask(&format!("{USER}/broken-wrong-role-name"), &args);
    let answers: serde_json::Value = serde_json::from_str(&said.out).unwrap();
    let answer = &answers[0];
    assert_eq!((said.status, answer["answer"].as_str()), (1, Some("denied")));
    assert_eq!(answer["action"], "sts:AssumeRole");
    assert_eq!(answer["places"][0]["path"], "a/main.tf");
    assert_eq!(answer["places"][0]["line"], 18);
}

/// A stack of account 111111111111 with a role, and one of 222222222222 that trusts a role and a user which nobody
/// declares; the configuration says this of the first.
fn covered(coverage: &str, more: &str) -> tempfile::TempDir {
    let project = tempfile::tempdir().unwrap();
    let role = |name: &str, principals: &str| {
        format!(
            "  {name}: {{Type: AWS::IAM::Role, Properties: {{RoleName: {name}, AssumeRolePolicyDocument: {{Version: '2012-10-17', Statement: [{{Effect: Allow, Action: 'sts:AssumeRole', Principal: {principals}}}]}}}}}}\n"
        )
    };
    let named = "{AWS: ['arn:aws:iam::111111111111:role/deployer', 'arn:aws:iam::111111111111:user/bob']}";
    let files = [
        ("tools.yaml", format!("Resources:\n{}{more}", role("deploy", "{Service: ec2.amazonaws.com}"))),
        ("prod.yaml", format!("Resources:\n{}", role("target", named))),
        (
            "trustlint.toml",
            format!(
                "[accounts.tools]\nid = \"111111111111\"\npaths = [\"tools.yaml\"]\n{coverage}\n[accounts.prod]\nid = \"222222222222\"\npaths = [\"prod.yaml\"]\n"
            ),
        ),
    ];
    for (path, text) in files {
        fs::write(project.path().join(path), text).unwrap();
    }
    project
}

#[test]
fn who_is_declared_nowhere_in_an_account_that_is_covered_may_nothing() {
    let from = |coverage: &str, from: &str| {
        ask_in(covered(coverage, "").path(), &["--from", from, "--to", "target"])
    };
    for coverage in ["coverage = \"full\"", "coverage = [\"identities\"]"] {
        let said = from(coverage, "arn:aws:iam::111111111111:role/deployer");
        assert_eq!(said.status, 1, "{}{}", said.out, said.err);
        let because = "there is no such role, because all identities of tools (111111111111) are in the analyzed files; did you mean `deploy`?";
        assert!(said.out.contains(because), "{}", said.out);
        let said = from(coverage, "arn:aws:iam::111111111111:user/bob");
        assert!(said.status == 1 && said.out.contains("there is no such user"), "{}", said.out);
        // Of the other account nothing is said.
        assert_eq!(from(coverage, "arn:aws:iam::222222222222:role/deployer").status, 1);
        let said = from(coverage, "arn:aws:iam::222222222222:role/deployer");
        assert!(!said.out.contains("no such role"), "{}", said.out);
    }
    for coverage in ["", "coverage = \"partial\"", "coverage = [\"resources\"]"] {
        let said = from(coverage, "arn:aws:iam::111111111111:role/deployer");
        assert_eq!(said.status, 3, "{coverage}: {}", said.out);
    }
}

#[test]
fn a_role_that_is_asked_for_and_declared_nowhere_is_denied_where_all_are_known() {
    let to =
        |coverage: &str, to: &str| ask_in(covered(coverage, "").path(), &["--from", "target", "--to", to]);
    let said = to("coverage = \"full\"", "arn:aws:iam::111111111111:role/deployer");
    assert_eq!(said.status, 1, "{}", said.err);
    assert!(said.out.starts_with("denied: ") && said.out.contains("there is no such role"), "{}", said.out);
    // Whether it exists is not known, and the principal is not allowed to assume it.
    let said = to("", "arn:aws:iam::111111111111:role/deployer");
    assert_eq!(said.status, 1, "{}", said.err);
    assert!(said.out.contains("no policy of the principal allows it"), "{}", said.out);
    assert_eq!(to("", "deployer").status, 2);
}

#[test]
fn what_may_be_made_elsewhere_or_have_a_name_that_is_made_up_is_not_missing() {
    let nameless =
        "  Worker: {Type: AWS::IAM::Role, Properties: {AssumeRolePolicyDocument: {Statement: []}}}\n";
    let ask_for = |name: &str, more: &str| {
        let from = format!("arn:aws:iam::111111111111:role/{name}");
        let said = ask_in(covered("coverage = \"full\"", more).path(), &["--from", &from, "--to", "target"]);
        said.out.contains("there is no such role")
    };
    assert!(ask_for("deployer", nameless));
    assert!(ask_for("tools-Worker-1A2B3C4D5E6F", ""));
    assert!(!ask_for("tools-Worker-1A2B3C4D5E6F", nameless));
    // Names differ in more than the size of letters.
    assert!(!ask_for("Deploy", ""));
    for name in [
        "aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS",
        "aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admin_0123456789abcdef",
        "OrganizationAccountAccessRole",
        "stacksets-exec-0123456789abcdef",
        "cdk-hnb659fds-deploy-role-111111111111-eu-west-1",
    ] {
        assert!(!ask_for(name, ""), "{name}");
    }
}

#[test]
fn a_membership_that_may_not_be_there_leaves_it_open() {
    let project = tempfile::tempdir().unwrap();
    let main = |count: &str| {
        format!(
            r#"
variable "on" {{}}
resource "aws_iam_user" "bob" {{
  name = "bob"
}}
resource "aws_iam_group" "ops" {{
  name = "ops"
}}
resource "aws_iam_group_policy" "ops" {{
  group  = aws_iam_group.ops.name
  policy = jsonencode({{ Statement = [{{ Effect = "Allow", Action = "sts:AssumeRole", Resource = aws_iam_role.target.arn }}] }})
}}
resource "aws_iam_user_group_membership" "bob" {{
  count  = {count}
  user   = aws_iam_user.bob.name
  groups = [aws_iam_group.ops.name]
}}
resource "aws_iam_role" "target" {{
  name               = "target"
  assume_role_policy = jsonencode({{ Statement = [{{ Effect = "Allow", Action = "sts:AssumeRole", Principal = {{ AWS = "arn:aws:iam::111111111111:root" }} }}] }})
}}
"#
        )
    };
    fs::write(
        project.path().join("trustlint.toml"),
        "[accounts.a]\nid = \"111111111111\"\npaths = [\"**\"]\n",
    )
    .unwrap();
    for (count, status) in [("1", 0), ("0", 1), ("var.on ? 1 : 0", 3)] {
        fs::write(project.path().join("main.tf"), main(count)).unwrap();
        let said = ask_in(project.path(), &["--from", "bob", "--to", "target"]);
        assert_eq!(said.status, status, "{count}: {}{}", said.out, said.err);
    }
}

#[test]
fn the_token_of_a_permission_is_sent_by_alexa_only() {
    let project = tempfile::tempdir().unwrap();
    let permission = |more: &str| {
        format!(
            r#"
resource "aws_iam_user" "bob" {{
  name = "bob"
}}
resource "aws_iam_user_policy" "bob" {{
  user   = aws_iam_user.bob.name
  policy = jsonencode({{ Statement = [{{ Effect = "Allow", Action = "lambda:InvokeFunction", Resource = "*" }}] }})
}}
provider "aws" {{
  alias               = "other"
  region              = "eu-west-1"
  allowed_account_ids = ["222222222222"]
}}
resource "aws_lambda_function" "skill" {{
  provider      = aws.other
  function_name = "skill"
  role          = "arn:aws:iam::222222222222:role/skill"
}}
resource "aws_lambda_permission" "skill" {{
  provider      = aws.other
  function_name = aws_lambda_function.skill.function_name
  action        = "lambda:InvokeFunction"
  principal     = "111111111111"
  {more}
}}
"#
        )
    };
    fs::write(
        project.path().join("trustlint.toml"),
        "[accounts.a]\nid = \"111111111111\"\npaths = [\"**\"]\n",
    )
    .unwrap();
    for (more, status) in [("", 0), ("event_source_token = \"amzn1.ask.skill.x\"", 1)] {
        fs::write(project.path().join("main.tf"), permission(more)).unwrap();
        let said =
            ask_in(project.path(), &["--from", "bob", "--to", "skill", "--action", "lambda:InvokeFunction"]);
        assert_eq!(said.status, status, "{more}: {}{}", said.out, said.err);
    }
}

/// What the permission of a role for everything but IAM says of its key, whose policy is the one that AWS makes.
fn decrypts_when(key: &str) -> Said {
    let project = tempfile::tempdir().unwrap();
    let main = format!(
        r#"
provider "aws" {{
  region              = "eu-west-1"
  allowed_account_ids = ["111122223333"]
}}
resource "aws_kms_key" "logs" {{
  description = "logs"
}}
resource "aws_iam_role" "reader" {{
  name               = "reader"
  assume_role_policy = jsonencode({{
    Version   = "2012-10-17"
    Statement = [{{ Effect = "Allow", Principal = {{ Service = "ec2.amazonaws.com" }}, Action = "sts:AssumeRole" }}]
  }})
}}
resource "aws_iam_role_policy" "reader" {{
  role   = aws_iam_role.reader.name
  policy = jsonencode({{
    Version   = "2012-10-17"
    Statement = [{{ Effect = "Allow", NotAction = "iam:*", Resource = "*", Condition = {{ StringLike = {{ "{key}" = "c*" }} }} }}]
  }})
}}
"#
    );
    fs::write(project.path().join("main.tf"), main).unwrap();
    ask_in(project.path(), &["--from", "reader", "--to", "aws_kms_key.logs", "--action", "kms:Decrypt"])
}

#[test]
fn a_key_of_one_service_is_not_in_requests_to_another() {
    for key in ["sts:RoleSessionName", "STS:ExternalId", "s3:prefix", "sns:Protocol"] {
        let said = decrypts_when(key);
        assert_eq!(said.status, 1, "{key}: {}{}", said.out, said.err);
        assert!(said.out.starts_with("error[denied]: role `reader` in "), "{key}: {}", said.out);
    }
    // Those of the service itself, of all requests, and those that go with the caller to every service.
    for key in ["kms:ViaService", "aws:UserAgent", "lambda:SourceFunctionArn", "ec2:SourceInstanceArn"] {
        let said = decrypts_when(key);
        assert_eq!(said.status, 0, "{key}: {}{}", said.out, said.err);
    }
}

/// Two accounts: the role `build` of one may assume `ship` of the other under conditions, and send to its queue.
fn shipping(conditions: &str) -> tempfile::TempDir {
    shipped(conditions, "arn:aws:iam::640123987001:role/jobs/build")
}

/// The same with another principal that may assume `ship`.
fn shipped(conditions: &str, principal: &str) -> tempfile::TempDir {
    let project = tempfile::tempdir().unwrap();
    let config = "[accounts.hub]\nid = \"640123987001\"\npaths = [\"hub/**\"]\n[accounts.shop]\nid = \"640123987002\"\npaths = [\"shop/**\"]\n";
    let document = |statement: &str| {
        format!(
            "jsonencode({{ Version = \"2012-10-17\", Statement = [{{ Effect = \"Allow\", {statement} }}] }})"
        )
    };
    let by_ec2 = document("Action = \"sts:AssumeRole\", Principal = { Service = \"ec2.amazonaws.com\" }");
    let policy = document(
        "Action = [\"sts:AssumeRole\", \"sqs:SendMessage\"], Resource = [\"arn:aws:iam::640123987002:role/ship\", \"arn:aws:sqs:eu-central-1:640123987002:jobs\"]",
    );
    let trust = document(&format!(
        "Action = \"sts:AssumeRole\", Principal = {{ AWS = \"{principal}\" }}{conditions}"
    ));
    let hub = format!(
        "resource \"aws_iam_role\" \"build\" {{\n  name = \"build\"\n  path = \"/jobs/\"\n  assume_role_policy = {by_ec2}\n}}\nresource \"aws_iam_role_policy\" \"build\" {{\n  role = aws_iam_role.build.id\n  policy = {policy}\n}}\n"
    );
    let shop = format!(
        "provider \"aws\" {{\n  region = \"eu-central-1\"\n}}\nresource \"aws_iam_role\" \"ship\" {{\n  name = \"ship\"\n  assume_role_policy = {trust}\n}}\nresource \"aws_sqs_queue\" \"jobs\" {{ name = \"jobs\" }}\n"
    );
    for (path, text) in [("trustlint.toml", config), ("hub/main.tf", &hub), ("shop/main.tf", &shop)] {
        let path = project.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    project
}

#[test]
fn what_is_known_of_the_request_decides_about_conditions() {
    let ask_with = |conditions: &str, context: &[&str]| {
        let project = shipping(&format!(", Condition = {{ {conditions} }}"));
        let given = context.iter().flat_map(|one| ["--context", one]);
        let args: Vec<&str> = ["--from", "build", "--to", "ship"].into_iter().chain(given).collect();
        ask_in(project.path(), &args).status
    };
    let address = "IpAddress = { \"aws:SourceIp\" = \"192.0.2.0/24\" }";
    assert_eq!(ask_with(address, &[]), 0);
    assert_eq!(ask_with(address, &["aws:SourceIp=192.0.2.7"]), 0);
    assert_eq!(ask_with(address, &["AWS:sourceip=198.51.100.7"]), 1);
    let id = "StringEquals = { \"sts:ExternalId\" = \"k7\" }";
    assert_eq!(ask_with(id, &["sts:ExternalId=k7"]), 0);
    assert_eq!(ask_with(id, &["sts:ExternalId="]), 1);
    let keys = "\"ForAllValues:StringEquals\" = { \"aws:TagKeys\" = [\"team\", \"cost\"] }";
    assert_eq!(ask_with(keys, &["aws:TagKeys=team", "aws:TagKeys=cost"]), 0);
    assert_eq!(ask_with(keys, &["aws:TagKeys=team", "aws:TagKeys=owner"]), 1);
    let project = shipping("");
    let said = ask_in(project.path(), &["--from", "build", "--to", "ship", "--context", "SourceIp"]);
    assert_eq!(said.status, 2);
    assert!(said.err.contains("`--context SourceIp`: write KEY=VALUE"), "{}", said.err);
}

#[test]
fn a_session_has_the_policies_of_its_declared_role_and_its_own_name() {
    let project = shipping("");
    let session = "arn:aws:sts::640123987001:assumed-role/build/job-7";
    let said = ask_in(project.path(), &["--from", session, "--to", "ship"]);
    assert_eq!(said.status, 0, "{}{}", said.out, said.err);
    assert!(said.out.contains("role `build` in hub (640123987001) can call"), "{}", said.out);
    let only = "arn:aws:sts::640123987001:assumed-role/build/job-8";
    let project = shipped("", only);
    assert_eq!(ask_in(project.path(), &["--from", session, "--to", "ship"]).status, 1);
    assert_eq!(ask_in(project.path(), &["--from", only, "--to", "ship"]).status, 0);
}

#[test]
fn actions_are_written_in_any_case_and_shown_as_aws_publishes_them() {
    let project = shipping("");
    let queue = "arn:aws:sqs:eu-central-1:640123987002:jobs";
    let said = ask_in(project.path(), &["--from", "build", "--to", queue, "--action", "SQS:sendmessage"]);
    assert_eq!(said.status, 1);
    assert!(said.out.contains("cannot call `sqs:SendMessage`"), "{}", said.out);
}

#[test]
fn what_is_not_known_comes_with_the_command_that_shows_it() {
    let project = shipping("");
    let ask_of = |from: &str, to: &str, action: &str| {
        let args = ["--from", from, "--to", to, "--action", action];
        let said = ask_in(project.path(), &args);
        (said.status, said.out.replace('\n', " "))
    };
    let bucket = "arn:aws:s3:::jobs-in/x";
    let (status, out) = ask_of("build", bucket, "s3:GetObject");
    assert_eq!(status, 3, "{out}");
    let (status, out) = ask_of("build", "arn:aws:sqs:eu-central-1:640123987002:other", "sqs:SendMessage");
    assert_eq!(status, 1, "no policy of the role allows it: {out}");
    let trusted = shipped("", "arn:aws:iam::640123987009:role/x");
    let said = ask_in(trusted.path(), &["--from", "arn:aws:iam::640123987009:role/x", "--to", "ship"]);
    assert_eq!(said.status, 3, "{}", said.out);
    let hint = "`aws iam get-account-authorization-details > 640123987009.json`";
    assert!(said.out.contains(hint), "{}", said.out);
    assert!(said.out.contains("`--snapshot 640123987009=640123987009.json`"), "{}", said.out);
    let args = ["--from", "arn:aws:iam::640123987009:role/x", "--to", "ship", "--output-format", "json"];
    let said = ask_in(trusted.path(), &args);
    assert!(said.out.contains("\"files\": ["), "{}", said.out);
}

/// Nobody is known to have the policy of the file, but somebody will have it.
#[test]
fn a_policy_that_is_attached_to_nobody_is_no_proof_that_nobody_can() {
    let project = tempfile::tempdir().unwrap();
    let trust = "jsonencode({ Version = \"2012-10-17\", Statement = [] })";
    let template = format!(
        "provider \"aws\" {{ allowed_account_ids = [\"640123987002\"] }}\nresource \"aws_iam_role\" \"ship\" {{\n  name = \"ship\"\n  assume_role_policy = {trust}\n}}\n"
    );
    fs::write(project.path().join("main.tf"), template).unwrap();
    assert_eq!(ask_in(project.path(), &["--to", "ship"]).status, 1);
    let allowing = |role: &str| {
        let policy = format!(
            r#"{{"Version": "2012-10-17", "Statement": [{{"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "arn:aws:iam::640123987002:role/{role}"}}]}}"#
        );
        fs::write(project.path().join("assume.json"), policy).unwrap();
        ask_in(project.path(), &["--to", "ship"])
    };
    let said = allowing("ship");
    assert_eq!(said.status, 3, "{}", said.out);
    assert!(
        said.out.contains("`assume.json` allows it, but nothing says whom it is attached to"),
        "{}",
        said.out
    );
    assert!(!said.err.contains("no principal in the analyzed files can"), "{}", said.err);
    assert_eq!(allowing("other").status, 1);
}

#[test]
fn a_role_of_a_snapshot_is_called_by_the_id_that_aws_made() {
    let project = shipping("");
    let trust = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ec2.amazonaws.com"}}]}"#;
    let policy = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "arn:aws:iam::640123987002:role/ship"}]}"#;
    let details = format!(
        r#"{{"UserDetailList": [], "GroupDetailList": [], "Policies": [], "RoleDetailList": [{{"RoleName": "nightly", "RoleId": "AROAQQQQQQQQQQQQQQQQQ", "Arn": "arn:aws:iam::640123987003:role/nightly", "AssumeRolePolicyDocument": {trust}, "RolePolicyList": [{{"PolicyName": "p", "PolicyDocument": {policy}}}]}}]}}"#
    );
    fs::write(project.path().join("ops.json"), details).unwrap();
    let args = ["--from", "AROAQQQQQQQQQQQQQQQQQ", "--to", "ship", "--snapshot", "640123987003=ops.json"];
    let said = ask_in(project.path(), &args);
    assert_eq!(said.status, 1, "{}{}", said.out, said.err);
    assert!(said.out.contains("role `nightly` in 640123987003 cannot call"), "{}", said.out);
}
