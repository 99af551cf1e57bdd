//! What is easily got wrong in CloudFormation's resources for access: what carries permissions and grants, what holds when
//! nothing is written, and how ARNs are made.

use crate::common::{CONFIG, Files, Finding, Outcome, differences, run, run_with};
use crate::judge::BESIDE;
use trustlint::Profile;

const ACCOUNTS: &str = "[accounts.app]\nid = \"111111111111\"\npaths = [\"a/**\"]\n[accounts.data]\nid = \"222222222222\"\npaths = [\"b/**\"]\n";

fn files(all: &[(&str, &str)]) -> Files {
    let all = all.iter().chain(&[(CONFIG, ACCOUNTS)]);
    all.map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect()
}

fn compared(files: &Files, outcome: &Outcome, expected: &[&str]) {
    let parse = |line: &&str| Finding::parse(line).unwrap_or_else(|| panic!("{line}"));
    let expected: Vec<Finding> = expected.iter().map(parse).collect();
    let wrong = differences(&expected, outcome, &BESIDE);
    assert!(wrong.is_empty(), "{}\n{files:#?}", wrong.join("\n"));
}

fn judged(all: &[(&str, &str)], expected: &[&str]) {
    let files = files(all);
    compared(&files, &run(&files), expected);
}

/// As [`judged`], with what is only possible.
fn audited(all: &[(&str, &str)], expected: &[&str]) {
    let files = files(all);
    compared(&files, &run_with(&files, Profile::Audit), expected);
}

/// A role that trusts `principal`, in the tenth line.
fn trusting(principal: &str) -> String {
    format!(
        "Resources:\n  Deploy:\n    Type: AWS::IAM::Role\n    Properties:\n      RoleName: deploy\n      AssumeRolePolicyDocument:\n        Version: '2012-10-17'\n        Statement:\n          - Effect: Allow\n            Principal: {{AWS: '{principal}'}}\n            Action: sts:AssumeRole\n"
    )
}

const ROLE: &str = "  Ci:\n    Type: AWS::IAM::Role\n    Properties:\n      RoleName: ci\n      AssumeRolePolicyDocument:\n        Version: '2012-10-17'\n        Statement: [{Effect: Allow, Principal: {Service: ec2.amazonaws.com}, Action: sts:AssumeRole}]\nMORE";
const USER: &str = "  Ci:\n    Type: AWS::IAM::User\n    Properties:\n      UserName: ci\nMORE";
const GROUP: &str = "  Makers:\n    Type: AWS::IAM::Group\n    Properties:\n      GroupName: makers\nMORE";
const MANAGED: &str = "  Policy:\n    Type: AWS::IAM::ManagedPolicy\n    Properties:\n      ManagedPolicyName: p\n      PolicyDocument: POLICY\nMORE";

/// Whatever carries the permission of the role or user `ci` carries it, and nothing else does.
fn carries(principal: &str, resources: &str) {
    let trust = trusting(principal);
    let with = |resource: &str| {
        let policy = format!(
            "{{Version: '2012-10-17', Statement: [{{Effect: Allow, Action: sts:AssumeRole, Resource: '{resource}'}}]}}"
        );
        format!("Resources:\n{}", resources.replace("POLICY", &policy))
    };
    let right = with("arn:aws:iam::222222222222:role/deploy");
    judged(&[("b/stack.yaml", &trust), ("a/stack.yaml", &right)], &[]);
    let missing = format!("b/stack.yaml:10 warning [trust-without-permission] \"{principal}\"");
    let wrong = with("arn:aws:iam::222222222222:role/other");
    judged(&[("b/stack.yaml", &trust), ("a/stack.yaml", &wrong)], &[&missing]);
}

#[test]
fn every_way_to_give_a_permission_gives_it() {
    let (role, user) = ("arn:aws:iam::111111111111:role/ci", "arn:aws:iam::111111111111:user/ci");
    let [plain_role, plain_user, plain_group, managed] =
        [ROLE, USER, GROUP, MANAGED].map(|it| it.replace("MORE", ""));
    let inline = "      Policies: [{PolicyName: p, PolicyDocument: POLICY}]\n";
    let attached = "      ManagedPolicyArns: [!Ref Policy]\n";
    let member = "      Groups: [!Ref Makers]\n";
    for (principal, resources) in [
        (role, ROLE.replace("MORE", inline)),
        (user, USER.replace("MORE", inline)),
        (user, USER.replace("MORE", member) + &GROUP.replace("MORE", inline)),
        (role, ROLE.replace("MORE", attached) + &managed),
        (user, USER.replace("MORE", attached) + &managed),
        (user, USER.replace("MORE", member) + &GROUP.replace("MORE", attached) + &managed),
        (role, plain_role.clone() + &MANAGED.replace("MORE", "      Roles: [!Ref Ci]\n")),
        (user, plain_user.clone() + &MANAGED.replace("MORE", "      Users: [ci]\n")),
        (
            user,
            plain_user.clone()
                + &plain_group
                + &MANAGED.replace("MORE", "      Groups: [!Ref Makers]\n")
                + "  Members:\n    Type: AWS::IAM::UserToGroupAddition\n    Properties: {GroupName: !Ref Makers, Users: [!Ref Ci]}\n",
        ),
        (
            role,
            plain_role.clone()
                + "  Policy:\n    Type: AWS::IAM::Policy\n    Properties: {PolicyName: p, Roles: [!Ref Ci], PolicyDocument: POLICY}\n",
        ),
        (
            role,
            plain_role
                + "  Policy:\n    Type: AWS::IAM::RolePolicy\n    Properties: {PolicyName: p, RoleName: !Ref Ci, PolicyDocument: POLICY}\n",
        ),
        (
            user,
            plain_user.clone()
                + "  Policy:\n    Type: AWS::IAM::UserPolicy\n    Properties: {PolicyName: p, UserName: !Ref Ci, PolicyDocument: POLICY}\n",
        ),
        (
            user,
            USER.replace("MORE", member)
                + &plain_group
                + "  Policy:\n    Type: AWS::IAM::GroupPolicy\n    Properties: {PolicyName: p, GroupName: !Ref Makers, PolicyDocument: POLICY}\n",
        ),
    ] {
        carries(principal, &resources);
    }
}

/// A user `ci` of account 111111111111 who may do something, in the tenth line.
fn user(action: &str, resource: &str) -> String {
    format!(
        "Resources:\n  Ci:\n    Type: AWS::IAM::User\n    Properties:\n      UserName: ci\n      Policies:\n        - PolicyName: p\n          PolicyDocument:\n            Version: '2012-10-17'\n            Statement: [{{Effect: Allow, Action: '{action}', Resource: '{resource}'}}]\n"
    )
}

/// A template of account 222222222222 lets the user `ci` of the other account do `action`, or, where it names another one,
/// does not.
fn grants(action: &str, resource: &str, declared: &str) {
    let user = user(action, resource);
    let with = |name: &str| {
        format!(
            "Resources:\n{}",
            declared.replace("CALLER", &format!("arn:aws:iam::111111111111:user/{name}"))
        )
    };
    audited(&[("a/stack.yaml", &user), ("b/stack.yaml", &with("ci"))], &[]);
    let other = with("other");
    let outcome = run_with(&files(&[("a/stack.yaml", &user), ("b/stack.yaml", &other)]), Profile::Audit);
    let found: Vec<_> = outcome.findings.iter().map(|said| said.finding.to_string()).collect();
    let missing = format!("a/stack.yaml:10 error [permission-without-grant] \"{resource}\"");
    assert!(found.contains(&missing), "{found:#?}\n{other}");
}

/// A policy that lets `CALLER` do something.
fn statement(action: &str, resource: &str) -> String {
    format!(
        "{{Version: '2012-10-17', Statement: [{{Effect: Allow, Principal: {{AWS: CALLER}}, Action: '{action}', Resource: {resource}}}]}}"
    )
}

#[test]
fn a_policy_of_a_queue_topic_bucket_or_repository_grants_something() {
    let queue = "  Q: {Type: AWS::SQS::Queue, Properties: {QueueName: q}}\n";
    let send = statement("sqs:SendMessage", "'*'");
    grants(
        "sqs:SendMessage",
        "arn:aws:sqs:eu-west-1:222222222222:q",
        &format!(
            "{queue}  P: {{Type: AWS::SQS::QueuePolicy, Properties: {{Queues: [!Ref Q], PolicyDocument: {send}}}}}\n"
        ),
    );
    grants(
        "sqs:SendMessage",
        "arn:aws:sqs:eu-west-1:222222222222:q",
        &format!(
            "{queue}  P: {{Type: AWS::SQS::QueueInlinePolicy, Properties: {{Queue: !Ref Q, PolicyDocument: {send}}}}}\n"
        ),
    );
    let publish = statement("sns:Publish", "!Ref T");
    for policy in [
        "AWS::SNS::TopicPolicy, Properties: {Topics: [!Ref T]",
        "AWS::SNS::TopicInlinePolicy, Properties: {TopicArn: !Ref T",
    ] {
        grants(
            "sns:Publish",
            "arn:aws:sns:eu-west-1:222222222222:t",
            &format!(
                "  T: {{Type: AWS::SNS::Topic, Properties: {{TopicName: t}}}}\n  P: {{Type: {policy}, PolicyDocument: {publish}}}}}\n"
            ),
        );
    }
    let list = statement("s3:ListBucket", "!GetAtt B.Arn");
    grants(
        "s3:ListBucket",
        "arn:aws:s3:::some-bucket",
        &format!(
            "  B: {{Type: AWS::S3::Bucket, Properties: {{BucketName: some-bucket}}}}\n  P: {{Type: AWS::S3::BucketPolicy, Properties: {{Bucket: !Ref B, PolicyDocument: {list}}}}}\n"
        ),
    );
    let pull = "{Version: '2012-10-17', Statement: [{Effect: Allow, Principal: {AWS: CALLER}, Action: 'ecr:BatchGetImage'}]}";
    grants(
        "ecr:BatchGetImage",
        "arn:aws:ecr:eu-west-1:222222222222:repository/app",
        &format!(
            "  R: {{Type: AWS::ECR::Repository, Properties: {{RepositoryName: app, RepositoryPolicyText: {pull}}}}}\n"
        ),
    );
}

#[test]
fn a_permission_spread_over_properties_grants_something() {
    for function in ["!Ref F", "!GetAtt F.Arn", "fun"] {
        grants(
            "lambda:InvokeFunction",
            "arn:aws:lambda:eu-west-1:222222222222:function:fun",
            &format!(
                "  F: {{Type: AWS::Lambda::Function, Properties: {{FunctionName: fun, Role: 'arn:aws:iam::222222222222:role/fun', Code: {{ZipFile: ''}}}}}}\n  P: {{Type: AWS::Lambda::Permission, Properties: {{FunctionName: {function}, Action: 'lambda:InvokeFunction', Principal: CALLER}}}}\n"
            ),
        );
    }
    let bus = "  Bus: {Type: AWS::Events::EventBus, Properties: {Name: bus}}\n";
    let put = "{Sid: s, Effect: Allow, Principal: {AWS: CALLER}, Action: 'events:PutEvents', Resource: !GetAtt Bus.Arn}";
    grants(
        "events:PutEvents",
        "arn:aws:events:eu-west-1:222222222222:event-bus/bus",
        &format!(
            "{bus}  P: {{Type: AWS::Events::EventBusPolicy, Properties: {{EventBusName: !Ref Bus, StatementId: s, Statement: {put}}}}}\n"
        ),
    );
}

#[test]
fn a_policy_in_the_resource_or_beside_it_grants_something() {
    grants(
        "secretsmanager:GetSecretValue",
        "arn:aws:secretsmanager:eu-west-1:222222222222:secret:db-??????",
        &format!(
            "  S: {{Type: AWS::SecretsManager::Secret, Properties: {{Name: db, KmsKeyId: 'arn:aws:kms:eu-west-1:222222222222:key/0'}}}}\n  P: {{Type: AWS::SecretsManager::ResourcePolicy, Properties: {{SecretId: !Ref S, ResourcePolicy: {}}}}}\n",
            statement("secretsmanager:GetSecretValue", "'*'")
        ),
    );
    grants(
        "dynamodb:GetItem",
        "arn:aws:dynamodb:eu-west-1:222222222222:table/orders",
        &format!(
            "  D: {{Type: AWS::DynamoDB::Table, Properties: {{TableName: orders, ResourcePolicy: {{PolicyDocument: {}}}}}}}\n",
            statement("dynamodb:GetItem", "'*'")
        ),
    );
    grants(
        "dynamodb:GetItem",
        "arn:aws:dynamodb:eu-west-1:222222222222:table/orders",
        &format!(
            "  D: {{Type: AWS::DynamoDB::GlobalTable, Properties: {{TableName: orders, Replicas: [{{Region: eu-west-1, ResourcePolicy: {{PolicyDocument: {}}}}}]}}}}\n",
            statement("dynamodb:GetItem", "'*'")
        ),
    );
}

/// The older form of a permission on an event bus names an account, which decides who of it may.
///
/// <https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutPermission.html>
#[test]
fn an_event_bus_may_admit_an_account() {
    let user = user("events:PutEvents", "arn:aws:events:eu-west-1:222222222222:event-bus/bus");
    let with = |account: &str| {
        format!(
            "Resources:\n  Bus: {{Type: AWS::Events::EventBus, Properties: {{Name: bus}}}}\n  P: {{Type: AWS::Events::EventBusPolicy, Properties: {{EventBusName: bus, StatementId: s, Action: 'events:PutEvents', Principal: '{account}'}}}}\n"
        )
    };
    audited(&[("a/stack.yaml", &user), ("b/stack.yaml", &with("111111111111"))], &[]);
    audited(
        &[("a/stack.yaml", &user), ("b/stack.yaml", &with("333333333333"))],
        &[
            "a/stack.yaml:10 error [permission-without-grant] \"arn:aws:events:eu-west-1:222222222222:event-bus/bus\"",
        ],
    );
}

/// What AWS takes when there is no policy lets in nobody of another account.
///
/// <https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-use-cases.html>
#[test]
fn what_has_no_policy_lets_in_nobody_of_another_account() {
    for (action, resource, declared) in [
        (
            "sns:Publish",
            "arn:aws:sns:eu-west-1:222222222222:t",
            "{Type: AWS::SNS::Topic, Properties: {TopicName: t}}",
        ),
        (
            "sqs:SendMessage",
            "arn:aws:sqs:eu-west-1:222222222222:q",
            "{Type: AWS::SQS::Queue, Properties: {QueueName: q}}",
        ),
        (
            "secretsmanager:GetSecretValue",
            "arn:aws:secretsmanager:eu-west-1:222222222222:secret:db-??????",
            "{Type: AWS::SecretsManager::Secret, Properties: {Name: db, KmsKeyId: 'arn:aws:kms:eu-west-1:222222222222:key/0'}}",
        ),
        (
            "dynamodb:GetItem",
            "arn:aws:dynamodb:eu-west-1:222222222222:table/orders",
            "{Type: AWS::DynamoDB::GlobalTable, Properties: {TableName: orders}}",
        ),
        (
            "ecr:BatchGetImage",
            "arn:aws:ecr:eu-west-1:222222222222:repository/app",
            "{Type: AWS::ECR::Repository, Properties: {RepositoryName: app}}",
        ),
        (
            "s3:ListBucket",
            "arn:aws:s3:::some-bucket",
            "{Type: AWS::S3::Bucket, Properties: {BucketName: some-bucket}}",
        ),
    ] {
        let (user, stack) = (user(action, resource), format!("Resources:\n  It: {declared}\n"));
        let project = [("a/stack.yaml", &*user), ("b/stack.yaml", &*stack)];
        let missing = format!("a/stack.yaml:10 error [permission-without-grant] \"{resource}\"");
        // A stack does not say its region; its policies are the same in each.
        judged(&project, &[&missing]);
    }
}

/// A stack set that deploys to one region says which, and then nothing is left open.
#[test]
fn a_queue_is_certain_where_the_region_is_said() {
    let user = user("sqs:SendMessage", "arn:aws:sqs:eu-west-1:222222222222:q");
    let set = |region: &str| {
        format!(
            "Resources:\n  Set:\n    Type: AWS::CloudFormation::StackSet\n    Properties:\n      StackSetName: s\n      PermissionModel: SELF_MANAGED\n      StackInstancesGroup: [{{DeploymentTargets: {{Accounts: ['222222222222']}}, Regions: [{region}]}}]\n      TemplateBody: |\n        Resources:\n          Q: {{Type: AWS::SQS::Queue, Properties: {{QueueName: q}}}}\n"
        )
    };
    let missing = "a/user.yaml:10 error [permission-without-grant] \"arn:aws:sqs:eu-west-1:222222222222:q\"";
    judged(&[("a/user.yaml", &user), ("a/set.yaml", &set("eu-west-1"))], &[missing]);
    audited(&[("a/user.yaml", &user), ("a/set.yaml", &set("eu-central-1"))], &[]);
}

/// The policy of an API may stand in its description.
///
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/openapi-extensions-policy.html>
#[test]
fn a_policy_in_the_description_of_an_api_is_one() {
    let everyone = "{Version: '2012-10-17', Statement: [{Effect: Allow, Principal: '*', Action: 'execute-api:Invoke', Resource: 'execute-api:/*'MORE}]}";
    let bound = ", Condition: {StringEquals: {'aws:PrincipalOrgID': o-a1b2c3d4e5}}";
    let body = |more: &str| {
        format!(
            "{{openapi: '3.0.1', paths: {{}}, x-amazon-apigateway-policy: {}}}",
            everyone.replace("MORE", more)
        )
    };
    let plain = |more: &str| {
        format!("{{Type: AWS::ApiGateway::RestApi, Properties: {{Name: api, Body: {}}}}}", body(more))
    };
    let sam = |more: &str| {
        format!(
            "{{Type: AWS::Serverless::Api, Properties: {{StageName: live, DefinitionBody: {}}}}}",
            body(more)
        )
    };
    let text = |more: &str| {
        let json = format!(
            r#"{{"x-amazon-apigateway-policy": {{"Statement": [{{"Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "*"{more}}}]}}}}"#
        );
        format!("{{Type: AWS::ApiGateway::RestApi, Properties: {{Name: api, Body: '{json}'}}}}")
    };
    let bound_text = r#", "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}"#;
    for (open, limited) in [(plain(""), plain(bound)), (sam(""), sam(bound)), (text(""), text(bound_text))] {
        let stack = |api: &str| format!("Transform: AWS::Serverless-2016-10-31\nResources:\n  Api: {api}\n");
        audited(&[("a/stack.yaml", &stack(&open))], &["a/stack.yaml:3 info [wildcard-principal] \"*\""]);
        audited(&[("a/stack.yaml", &stack(&limited))], &[]);
    }
}

/// CDK Pipelines wrote the name of a service where a truth stands, and the roles could be assumed.
///
/// <https://github.com/aws/aws-cdk/issues/25301>
#[test]
fn what_becomes_of_a_truth_that_is_none_is_not_known() {
    let caller = user("sts:AssumeRole", "arn:aws:iam::222222222222:role/deploy");
    let trust = |value: &str| {
        let trust = trusting("arn:aws:iam::111111111111:user/ci");
        format!("{trust}            Condition: {{Bool: {{'aws:ViaAWSService': {value}}}}}\n")
    };
    audited(&[("a/stack.yaml", &caller), ("b/stack.yaml", &trust("codepipeline.amazonaws.com"))], &[]);
    audited(
        &[("a/stack.yaml", &caller), ("b/stack.yaml", &trust("[]"))],
        &["a/stack.yaml:10 error [permission-without-trust] \"arn:aws:iam::222222222222:role/deploy\""],
    );
}

#[test]
fn a_service_principal_that_is_only_not_listed_may_be_a_mistake() {
    let trust = |service: &str| {
        format!(
            "Resources:\n  Worker:\n    Type: AWS::IAM::Role\n    Properties:\n      AssumeRolePolicyDocument:\n        Version: '2012-10-17'\n        Statement: [{{Effect: Allow, Principal: {{Service: {service}}}, Action: sts:AssumeRole}}]\n"
        )
    };
    for service in ["quantumledger.amazonaws.com", "events.ecs.amazonaws.com", "skill.amazon.com"] {
        let template = trust(service);
        let found = format!("a/stack.yaml:7 info [unknown-service-principal] \"{service}\"");
        judged(&[("a/stack.yaml", &template)], &[]);
        audited(&[("a/stack.yaml", &template)], &[&found]);
    }
    let template = trust("lamda.amazonaws.com");
    judged(
        &[("a/stack.yaml", &template)],
        &["a/stack.yaml:7 error [unknown-service-principal] \"lamda.amazonaws.com\""],
    );
}
