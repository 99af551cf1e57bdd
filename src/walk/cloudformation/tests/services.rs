//! Services of the Serverless Framework.

use super::{Project, project};

fn service(text: &str) -> Project {
    let text = format!("service: orders\n{text}");
    let project = project(&[("serverless.yml", &text)]);
    assert_eq!(project.walked.problems, []);
    project
}

const PROVIDER: &str = "provider:\n  name: aws\n  region: eu-west-1\n";
const FUNCTION: &str = "functions:\n  list-all:\n    handler: a.b\n";
const ROLE: &str = "IamRoleLambdaExecution";

#[test]
fn functions_share_a_role_that_is_named_after_service_stage_and_region() {
    let statements = "  iam:\n    role:\n      statements:\n        - Effect: Allow\n          Action: sqs:SendMessage\n          Resource: arn:aws:sqs:eu-west-1:420786776710:jobs\n";
    let project = service(&format!("{PROVIDER}{statements}{FUNCTION}"));
    assert_eq!(project.says(ROLE, "RoleName"), "orders-dev-${Region}-lambdaRole");
    assert_eq!(
        project.says(ROLE, "AssumeRolePolicyDocument.Statement.0"),
        "{Effect: Allow, Principal: {Service: [lambda.amazonaws.com]}, Action: [sts:AssumeRole]}"
    );
    assert_eq!(
        project.says(ROLE, "Policies.0.PolicyDocument.Statement.1.Resource"),
        "arn:aws:sqs:eu-west-1:420786776710:jobs"
    );
    assert_eq!(project.says("ListDashallLambdaFunction", "FunctionName"), "orders-dev-list-all");
    assert!(
        project.says("ListDashallLambdaFunction", "Role").contains("IamRoleLambdaExecution")
            || project.says("ListDashallLambdaFunction", "Role").contains("orders-dev-"),
    );
    assert_eq!(project.walked.units.len(), 1);
}

#[test]
fn variables_are_what_the_service_and_its_files_say() {
    let text = "service: orders\nprovider:\n  name: aws\n  stage: ${opt:stage, 'test'}\ncustom: ${file(./custom.yml)}\nparams:\n  default:\n    owner: '111111111112'\n  test:\n    owner: '111111111113'\nresources:\n  Resources:\n    It:\n      Type: Custom::It\n      Properties:\n        A: ${self:custom.accounts.${sls:stage}}\n        B: arn:aws:iam::${param:owner}:role/${self:service}-${self:custom.suffix, 'x'}\n        C: !Sub 'arn:${AWS::Partition}:iam::${env:ACCOUNT}:role/x'\n        D: '#{AWS::AccountId}/${aws:region}/${cf:net.Id}/${AWS::Region}'\n        E: ${self:custom.list.1}\n        F: ${self:custom.nothing}\n";
    let custom = "accounts:\n  test: '420786776710'\nlist: [a, '${self:service}']\n";
    let project = project(&[("serverless.yml", text), ("custom.yml", custom)]);
    assert_eq!(project.walked.problems, []);
    for (name, said) in [
        ("A", "420786776710"),
        ("B", "arn:aws:iam::111111111113:role/orders-x"),
        ("C", "arn:${Partition}:iam::${env:ACCOUNT}:role/x"),
        ("D", "${AccountId}/${Region}/${cf:net.Id}/${AWS::Region}"),
        ("E", "orders"),
        ("F", "${file(./custom.yml).nothing}"),
    ] {
        assert_eq!(project.says("It", name), said, "{name}");
    }
    assert_eq!(project.underlined("It", "A"), "420786776710");
}

#[test]
fn a_function_with_statements_has_a_role_of_its_own() {
    let functions = "functions:\n  one:\n    handler: a.b\n    iamRoleStatements:\n      - Effect: Allow\n        Action: s3:GetObject\n        Resource: '*'\n  two:\n    handler: a.b\n    role: arn:aws:iam::420786776710:role/given\n";
    let project = service(&format!("{PROVIDER}{functions}"));
    assert!(!project.is_declared(ROLE));
    assert_eq!(project.says("OneIamRoleLambdaExecution", "RoleName"), "orders-dev-one-${Region}-lambdaRole");
    assert_eq!(
        project.says("OneIamRoleLambdaExecution", "Policies.0.PolicyDocument.Statement.1.Action"),
        "s3:GetObject"
    );
    assert_eq!(project.says("TwoLambdaFunction", "Role"), "arn:aws:iam::420786776710:role/given");
}

#[test]
fn a_function_may_read_the_queue_that_it_gets_events_from() {
    let events = "    events:\n      - sqs: arn:aws:sqs:eu-west-1:420786776710:jobs\n      - http: GET /\n";
    let project = service(&format!("{PROVIDER}{FUNCTION}{events}"));
    assert_eq!(
        project.says(ROLE, "Policies.0.PolicyDocument.Statement.1.Resource"),
        "[arn:aws:sqs:eu-west-1:420786776710:jobs]"
    );
}

#[test]
fn what_is_not_told_here_leaves_the_statements_open() {
    let last = |more: &str| {
        service(&format!("{PROVIDER}{FUNCTION}{more}")).says(ROLE, "Policies.0.PolicyDocument.Statement")
    };
    let added = "${statements that are added}";
    assert!(!last("plugins: [serverless-offline]\n").contains(added));
    for more in [
        "plugins: [serverless-something]\n",
        "    events:\n      - websocket: $connect\n",
        "    tracing: Active\n",
    ] {
        assert!(last(more).contains(added), "{more}");
    }
}

#[test]
fn what_a_service_puts_into_its_template_is_no_template_of_its_own() {
    let text = "service: orders\nprovider: {name: aws}\nresources:\n  - ${file(./queue.yml)}\n  - extensions:\n      Jobs: {DeletionPolicy: Retain}\n";
    let queue = "Resources:\n  Jobs:\n    Type: AWS::SQS::Queue\n    Properties: {QueueName: '${self:service}-jobs'}\n";
    let project = project(&[("serverless.yml", text), ("queue.yml", queue)]);
    assert_eq!(project.says("Jobs", "QueueName"), "orders-jobs");
    assert_eq!(project.walked.declarations.iter().filter(|one| &*one.address == "Jobs").count(), 1);
}

#[test]
fn a_service_of_another_provider_declares_nothing() {
    for provider in ["google", "azure"] {
        let project = service(&format!("provider: {{name: {provider}}}\n{FUNCTION}"));
        assert_eq!(project.walked.declarations.len(), 0, "{provider}");
    }
}

#[test]
fn variables_without_an_end_are_given_up() {
    for custom in [
        "  a: ${self:custom.a}",
        "  a: ${self:custom.b}\n  b: ${self:custom.a}",
        "  a: ['${self:custom.a}', '${self:custom.a}', '${self:custom.a}']",
        "  a: ${self:custom}",
        "  a: '${self:custom.${self:custom.${self:custom.${self:custom.a}}}}'",
        "  a: ${self:}",
        "  a: ${file(./serverless.yml):custom.a}",
    ] {
        // Not every one of these is evaluated as a whole.
        let text = format!(
            "service: orders\n{PROVIDER}custom:\n{custom}\nresources:\n  Resources:\n    It: {{Type: 'Custom::It', Properties: {{A: '${{self:custom.a}}'}}}}\n"
        );
        let project = project(&[("serverless.yml", &text)]);
        assert!(project.is_declared("It"), "{custom}");
    }
}
