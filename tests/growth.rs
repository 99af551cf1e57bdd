//! Work for one declaration does not depend on how many there are.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use trustlint::internals::config::{Named, NamedFile};
use trustlint::{Config, Profile, RULES, Settings, Sources, check};

/// How many times as long ten times as much may take. Twelve is linear with what caches and memory cost.
const MOST: f64 = 12.0;

/// How long a project takes on one thread: the shortest of three runs.
fn time(files: &[(String, String)]) -> Duration {
    let settings = Settings { now: "2026-06-01T00:00:00Z".parse().unwrap(), profile: Profile::Audit };
    let run = || {
        let sources = Sources::in_memory(files.iter().cloned());
        let begun = Instant::now();
        let threads = rayon::ThreadPoolBuilder::new().num_threads(1).stack_size(16 << 20).build().unwrap();
        threads.install(|| check(&sources, &Config::default(), &settings));
        begun.elapsed()
    };
    (0..3).map(|_| run()).min().unwrap()
}

fn grows_in_line(what: &str, (few, many): (usize, usize), project: impl Fn(usize) -> Vec<(String, String)>) {
    let ratio = time(&project(many)).as_secs_f64() / time(&project(few)).as_secs_f64();
    assert!(ratio <= MOST, "{many} {what} take {ratio:.1} times as long as {few}");
}

/// A policy in a file of its own, about things of its own.
fn policy(number: usize) -> (String, String) {
    let text = format!(
        r#"{{"Version": "2012-10-17", "Statement": [{{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::bucket-{number}/*"}}]}}"#
    );
    (format!("policies/{number}.json"), text)
}

/// A root module of an account of its own, with a role that the next one trusts.
fn root(number: usize) -> (String, String) {
    let account = |number: usize| format!("{:012}", 100_000_000_000 + number);
    let text = format!(
        r#"
provider "aws" {{
  region              = "eu-west-1"
  allowed_account_ids = ["{own}"]
}}
resource "aws_iam_role" "ci" {{
  name               = "ci"
  assume_role_policy = jsonencode({{ Version = "2012-10-17", Statement = [{{ Effect = "Allow", Action = "sts:AssumeRole", Principal = {{ AWS = "arn:aws:iam::{next}:role/ci" }} }}] }})
}}
resource "aws_iam_role_policy" "ci" {{
  role   = aws_iam_role.ci.id
  policy = jsonencode({{ Version = "2012-10-17", Statement = [{{ Effect = "Allow", Action = "sts:AssumeRole", Resource = "arn:aws:iam::{before}:role/ci" }}] }})
}}
"#,
        own = account(number),
        next = account(number + 1),
        before = account(number.saturating_sub(1)),
    );
    (format!("roots/{number}/main.tf"), text)
}

#[test]
#[ignore = "needs a quiet machine: cargo test --release --test growth -- --ignored"]
fn ten_times_as_many_policy_files_take_ten_times_as_long() {
    grows_in_line("policy files", (2_000, 20_000), |count| (0..count).map(policy).collect());
}

#[test]
#[ignore = "needs a quiet machine: cargo test --release --test growth -- --ignored"]
fn ten_times_as_many_accounts_take_ten_times_as_long() {
    grows_in_line("accounts", (100, 1_000), |count| (0..count).map(root).collect());
}

/// How many times as long as `serde_json` takes for a `Value` of it the check of a project beside a snapshot may take.
const MOST_OF_A_SNAPSHOT: f64 = 2.0;

/// A role of a snapshot, as the AWS CLI prints it: with policies about things of its own, and one of its account.
fn seen_role(number: usize) -> Value {
    let document = |statements: Value| json!({"Version": "2012-10-17", "Statement": statements});
    let allow = |actions: &[&str], resource: String| json!({"Effect": "Allow", "Action": actions, "Resource": [resource]});
    let own = |at: usize| {
        json!([
            allow(
                &["s3:GetObject", "s3:PutObject", "s3:DeleteObject"],
                format!("arn:aws:s3:::data-{number}-{at}/*")
            ),
            allow(&["s3:ListBucket"], format!("arn:aws:s3:::data-{number}-{at}")),
            allow(
                &["logs:CreateLogStream", "logs:PutLogEvents"],
                format!("arn:aws:logs:eu-west-1:640123987002:log-group:/jobs/{number}/{at}:*")
            ),
            allow(
                &["sts:AssumeRole"],
                format!("arn:aws:iam::6402000000{:02}:role/deploy-{number}", number % 40)
            ),
        ])
    };
    let inline: Vec<Value> = (0..3)
        .map(|at| json!({"PolicyName": format!("inline-{at}"), "PolicyDocument": document(own(at))}))
        .collect();
    let name = format!("service-{number}");
    json!({
        "Path": "/", "RoleName": name, "RoleId": format!("AROA{number:017}"),
        "Arn": format!("arn:aws:iam::640123987002:role/{name}"), "CreateDate": "2026-03-04T11:35:19+00:00",
        "AssumeRolePolicyDocument": document(json!([{
            "Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}
        }])),
        "InstanceProfileList": [], "RolePolicyList": inline,
        "AttachedManagedPolicies": [{
            "PolicyName": "ReadOnlyAccess", "PolicyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"
        }],
        "Tags": [{"Key": "team", "Value": format!("team-{}", number % 50)}],
        "RoleLastUsed": {"LastUsedDate": "2026-05-20T01:02:03+00:00", "Region": "eu-west-1"}
    })
}

/// Checks a project of one role beside a snapshot; the role trusts one that the snapshot lacks.
fn check_beside(snapshot: &Arc<String>) {
    let config = "[accounts.prod]\nid = \"640123987001\"\npaths = [\"prod/**\"]\n\
                  [accounts.tools]\nid = \"640123987002\"\nsnapshot = \"tools.json\"\n";
    let template = r#"resource "aws_iam_role" "deploy" {
  name               = "deploy"
  assume_role_policy = jsonencode({ Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { AWS = "arn:aws:iam::640123987002:role/gone" } }] })
}
"#;
    let names: Vec<&str> = RULES.iter().map(|rule| rule.name).collect();
    let mut config = Config::parse(config, &names).unwrap().from_file("trustlint.toml");
    let mut sources = Sources::in_memory([("prod/main.tf".to_owned(), template.to_owned())]);
    let mut find = |_: Named<'_>| {
        let text = Arc::clone(snapshot);
        Ok(vec![NamedFile {
            path: "tools.json".to_owned(),
            read: Box::new(move || Ok(String::clone(&text))),
        }])
    };
    config.import(&mut sources, &[], &mut find).unwrap();
    let settings = Settings { now: "2026-06-01T00:00:00Z".parse().unwrap(), profile: Profile::Default };
    let checked = check(&sources, &config, &settings);
    assert_eq!(checked.findings.len(), 1, "{:#?}", checked.findings);
}

#[test]
#[ignore = "needs a quiet machine: cargo test --release --test growth -- --ignored"]
fn a_snapshot_of_ten_thousand_roles_takes_little_more_than_reading_its_json() {
    let roles: Vec<Value> = (0..10_000).map(seen_role).collect();
    let whole = json!({"UserDetailList": [], "GroupDetailList": [], "RoleDetailList": roles, "Policies": []});
    let text = Arc::new(serde_json::to_string_pretty(&whole).unwrap());
    drop(whole);
    let threads = rayon::ThreadPoolBuilder::new().num_threads(1).stack_size(16 << 20).build().unwrap();
    let shortest = |work: &(dyn Fn() + Sync)| {
        let run = || {
            let begun = Instant::now();
            threads.install(work);
            begun.elapsed()
        };
        (0..3).map(|_| run()).min().unwrap().as_secs_f64()
    };
    let read = shortest(&|| drop(serde_json::from_str::<Value>(&text).unwrap()));
    let checked = shortest(&|| check_beside(&text));
    let ratio = checked / read;
    let measured = format!("{} MB: Value {read:.2} s, check {checked:.2} s", text.len() / 1_000_000);
    assert!(ratio <= MOST_OF_A_SNAPSHOT, "{measured}: {ratio:.1} times as long");
}
