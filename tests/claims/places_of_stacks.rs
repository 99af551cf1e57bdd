//! Where stacks are deployed, as far as that decides who can do what: regions that a template does not say, and what is
//! known of them from elsewhere.

use std::process::{Command, Stdio};

use crate::common::{CONFIG, Files, Finding, differences, run};
use crate::judge::BESIDE;

const ACCOUNTS: &str = "[accounts.app]\nid = \"111111111111\"\npaths = [\"app/**\"]\n[accounts.data]\nid = \"222222222222\"\npaths = [\"data/**\"]\n";

/// A role `sender` with one statement, whose resource stands in the last line but one.
fn sender(resource: &str) -> String {
    format!(
        "Resources:\n  Sender:\n    Type: AWS::IAM::Role\n    Properties:\n      RoleName: sender\n      AssumeRolePolicyDocument:\n        Version: '2012-10-17'\n        Statement: [{{Effect: Allow, Principal: {{Service: lambda.amazonaws.com}}, Action: sts:AssumeRole}}]\n      Policies:\n        - PolicyName: send\n          PolicyDocument:\n            Version: '2012-10-17'\n            Statement:\n              - Effect: Allow\n                Resource: {resource}\n                Action: sqs:SendMessage\n"
    )
}

/// A queue `jobs` of a stack that does not say its region, which lets `who` send.
fn queue(who: &str) -> String {
    format!(
        "Resources:\n  Jobs:\n    Type: AWS::SQS::Queue\n    Properties: {{QueueName: jobs}}\n  Policy:\n    Type: AWS::SQS::QueuePolicy\n    Properties:\n      Queues: [!Ref Jobs]\n      PolicyDocument:\n        Version: '2012-10-17'\n        Statement:\n          - Effect: Allow\n            Principal: {{AWS: 'arn:aws:iam::111111111111:role/{who}'}}\n            Action: sqs:SendMessage\n            Resource: !GetAtt Jobs.Arn\n"
    )
}

const JOBS: &str = "arn:aws:sqs:eu-west-1:222222222222:jobs";

fn project(all: &[(&str, &str)]) -> Files {
    let all = all.iter().chain(&[(CONFIG, ACCOUNTS)]);
    all.map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect()
}

fn judged(files: &Files, expected: &[&str]) {
    let parse = |line: &&str| Finding::parse(line).unwrap_or_else(|| panic!("{line}"));
    let expected: Vec<Finding> = expected.iter().map(parse).collect();
    let wrong = differences(&expected, &run(files), &BESIDE);
    assert!(wrong.is_empty(), "{}\n{files:#?}", wrong.join("\n"));
}

/// What `trustlint` says of a project, run in it: its status and what it prints.
fn program(files: &Files, args: &[&str]) -> (i32, String) {
    let directory = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = directory.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let mut command = Command::new(env!("CARGO_BIN_EXE_trustlint"));
    command.args(args).args(["--project-root", "."]).current_dir(directory.path()).env_clear();
    let output = command.stdin(Stdio::null()).output().unwrap();
    let printed = [output.stdout, output.stderr].concat();
    (output.status.code().unwrap(), String::from_utf8(printed).unwrap())
}

const ASKED: [&str; 7] = ["access", "--from", "sender", "--to", "Jobs", "--action", "sqs:SendMessage"];

/// A stack has the same policies in whatever region it is deployed.
#[test]
fn a_queue_whose_region_is_not_said_is_the_one_that_has_its_account_and_name() {
    let granted = project(&[("app/a.yaml", &sender(JOBS)), ("data/b.yaml", &queue("sender"))]);
    judged(&granted, &[]);
    assert_eq!(program(&granted, &ASKED).0, 0);
    let missing = project(&[("app/a.yaml", &sender(JOBS)), ("data/b.yaml", &queue("other"))]);
    let underlined = format!("app/a.yaml:15 error [permission-without-grant] \"{JOBS}\"");
    judged(&missing, &[&underlined]);
    assert_eq!(program(&missing, &ASKED).0, 1);
}

/// Of two queues in regions that are not said, nobody knows which is meant.
#[test]
fn of_two_queues_of_one_name_none_is_certainly_meant() {
    let all =
        [("app/a.yaml", &*sender(JOBS)), ("data/b.yaml", &queue("other")), ("data/c.yaml", &queue("other"))];
    judged(&project(&all), &[]);
}

/// A role whose name ends with its region, as those of CDK's bootstrap template do, which trusts `who`.
fn regional(who: &str) -> String {
    format!(
        "Resources:\n  Deploy:\n    Type: AWS::IAM::Role\n    Properties:\n      RoleName: !Sub 'deploy-${{AWS::Region}}'\n      AssumeRolePolicyDocument:\n        Version: '2012-10-17'\n        Statement: [{{Effect: Allow, Principal: {{AWS: 'arn:aws:iam::{who}:root'}}, Action: sts:AssumeRole}}]\n"
    )
}

const DEPLOY: &str = "arn:aws:iam::222222222222:role/deploy-eu-west-1";

fn pipeline() -> String {
    sender(DEPLOY).replace("sqs:SendMessage", "sts:AssumeRole")
}

#[test]
fn the_only_region_of_an_account_is_that_of_what_is_deployed_there() {
    let files = project(&[("app/a.yaml", &pipeline()), ("data/b.yaml", &regional("222222222222"))]);
    let with = |regions: &str| {
        let mut files = files.clone();
        files.insert(CONFIG.to_owned(), format!("{ACCOUNTS}regions = {regions}\n"));
        files
    };
    let untrusted = format!("app/a.yaml:15 error [permission-without-trust] \"{DEPLOY}\"");
    judged(&with("[\"eu-west-1\"]"), &[&untrusted]);
    judged(&with("[\"us-east-1\"]"), &[]);
    judged(&with("[\"eu-west-1\", \"us-east-1\"]"), &[&untrusted]);
    let trusting = project(&[("app/a.yaml", &pipeline()), ("data/b.yaml", &regional("111111111111"))]);
    let asked = ["access", "--from", "sender", "--to", "Deploy", "--parameter", "AWS::Region=eu-west-1"];
    assert_eq!(program(&trusting, &asked).0, 0);
    assert_eq!(program(&files, &asked).0, 1);
}

#[test]
fn a_stack_is_deployed_as_the_configuration_says() {
    let template = regional("111111111111")
        .replace("Resources:", "Parameters:\n  Trusted: {Type: 'AWS::SSM::Parameter::Value<String>', Default: /trusted}\nResources:")
        .replace("'arn:aws:iam::111111111111:root'", "!Sub 'arn:aws:iam::${Trusted}:root'");
    let with = |trusted: &str, region: &str| {
        let mut files = project(&[("app/a.yaml", &pipeline()), ("shared/b.yaml", &template)]);
        let stack = format!(
            "[[cloudformation.stack]]\ntemplate = \"shared/b.yaml\"\naccount = \"data\"\nregion = \"{region}\"\nparameters = {{ Trusted = \"{trusted}\" }}\n"
        );
        files.insert(CONFIG.to_owned(), format!("{ACCOUNTS}{stack}"));
        files
    };
    judged(&with("111111111111", "eu-west-1"), &[]);
    let untrusted = format!("app/a.yaml:15 error [permission-without-trust] \"{DEPLOY}\"");
    judged(&with("222222222222", "eu-west-1"), &[&untrusted]);
    judged(&with("222222222222", "us-east-1"), &[]);
}

#[test]
fn mistakes_in_configured_stacks_are_said() {
    let said = |stack: &str| {
        let mut files = project(&[("data/b.yaml", &regional("111111111111"))]);
        files.insert(CONFIG.to_owned(), format!("{ACCOUNTS}[[cloudformation.stack]]\n{stack}\n"));
        program(&files, &["check"])
    };
    let (status, printed) = said("template = \"data/c.yaml\"");
    assert!(status == 2 && printed.contains("`data/c.yaml` is not in the project"), "{printed}");
    let (status, printed) = said("account = \"data\"");
    assert!(status == 2 && printed.contains("a stack needs a `template`"), "{printed}");
    let (_, printed) = said("template = \"data/b.yaml\"\nparameters = { Nothing = \"x\" }");
    assert!(
        printed.contains("sets the parameter `Nothing`, which this template does not declare"),
        "{printed}"
    );
}

/// A stack whose region nobody says is deployed in the one that a permission names, or there is no such role: the same follows.
#[test]
fn a_role_named_after_the_region_of_its_stack_is_that_of_any_region() {
    let judge = |pipeline: &str, role: &str, expected: &[&str]| {
        judged(&project(&[("app/a.yaml", pipeline), ("data/b.yaml", role)]), expected);
    };
    let untrusted = format!("app/a.yaml:15 error [permission-without-trust] \"{DEPLOY}\"");
    judge(&pipeline(), &regional("222222222222"), &[&untrusted]);
    judge(&pipeline(), &regional("111111111111"), &[]);
    for another in ["deploy-west-1", "build-eu-west-1"] {
        judge(&pipeline().replace("deploy-eu-west-1", another), &regional("222222222222"), &[]);
    }
    // A role of this very region, which another stack declares.
    let own = regional("111111111111").replace("!Sub 'deploy-${AWS::Region}'", "deploy-eu-west-1");
    let refused = regional("222222222222");
    judged(&project(&[("app/a.yaml", &pipeline()), ("data/b.yaml", &refused), ("data/c.yaml", &own)]), &[]);
}
