//! Work for one declaration does not depend on how many there are.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::{Duration, Instant};

use trustlint::{Config, Profile, Settings, Sources, check};

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
