use super::template;

fn serverless(resources: &str) -> super::Project {
    template(&format!(
        "Transform: AWS::Serverless-2016-10-31\nParameters: {{P: {{Type: String}}, Bucket: {{Type: String, Default: data}}}}\nConditions: {{C: !Equals [!Ref P, x]}}\nResources:\n{resources}"
    ))
}

fn function(properties: &str) -> super::Project {
    serverless(&format!(
        "  F: {{Type: AWS::Serverless::Function, Properties: {{{properties}}}}}\n  T: {{Type: AWS::SNS::Topic}}\n  B: {{Type: AWS::S3::Bucket}}\n"
    ))
}

const BASIC: &str = "arn:${Partition}:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole";

#[test]
fn a_function_is_an_ordinary_function_with_a_role_that_lambda_may_assume() {
    let project = function("FunctionName: work");
    assert_eq!(&*project.declared("F").type_name, "AWS::Lambda::Function");
    assert_eq!(project.says("F", "Role"), "arn:${Partition}:iam::${AccountId}:role/${FRole.RoleName}");
    assert_eq!(
        project.says("FRole", "AssumeRolePolicyDocument.Statement"),
        "[{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: sts:AssumeRole}]"
    );
    assert_eq!(project.says("FRole", "ManagedPolicyArns"), format!("[{BASIC}]"));
    assert_eq!(project.sources.slice(project.declared("FRole").span), "F");
}

#[test]
fn a_trust_policy_that_is_given_replaces_the_one_for_lambda() {
    let project = function(
        "AssumeRolePolicyDocument: {Statement: [{Effect: Allow, Principal: {AWS: '222222222222'}, Action: sts:AssumeRole}]}",
    );
    assert_eq!(
        project.says("FRole", "AssumeRolePolicyDocument.Statement.0.Principal"),
        "{AWS: 222222222222}"
    );
    assert_eq!(
        project.underlined("FRole", "AssumeRolePolicyDocument.Statement.0.Principal.AWS"),
        "222222222222"
    );
}

#[test]
fn with_a_role_no_other_is_made() {
    let project = function("Role: 'arn:aws:iam::111111111111:role/r', Policies: [ReadOnlyAccess]");
    assert!(!project.is_declared("FRole"));
    let maybe = function("Role: !If [C, 'arn:aws:iam::111111111111:role/r', !Ref AWS::NoValue]");
    assert_eq!(maybe.declared("FRole").present, crate::value::Answer::Unknown);
    assert_eq!(
        maybe.says("F", "Role"),
        "arn:aws:iam::111111111111:role/r | arn:${Partition}:iam::${AccountId}:role/${FRole.RoleName}"
    );
}

#[test]
fn policies_are_names_arns_documents_and_templates() {
    let project = function(
        "Policies: [AmazonDynamoDBFullAccess, 'arn:aws:iam::111111111111:policy/p', {S3ReadPolicy: {BucketName: !Ref Bucket}}, {Statement: [{Effect: Allow, Action: 'sqs:*', Resource: '*'}]}]",
    );
    assert_eq!(
        project.says("FRole", "ManagedPolicyArns"),
        format!(
            "[{BASIC}, arn:${{Partition}}:iam::aws:policy/AmazonDynamoDBFullAccess, arn:aws:iam::111111111111:policy/p]"
        )
    );
    assert_eq!(
        project.says("FRole", "Policies.0.PolicyDocument.Statement.0.Resource"),
        "[arn:${Partition}:s3:::data, arn:${Partition}:s3:::data/*]"
    );
    assert_eq!(project.underlined("FRole", "Policies.0.PolicyDocument.Statement.0"), "S3ReadPolicy");
    assert_eq!(project.underlined("FRole", "Policies.1.PolicyDocument.Statement.0.Action"), "sqs:*");
}

#[test]
fn one_policy_need_not_be_in_a_list_and_one_may_be_missing() {
    assert_eq!(
        function("Policies: ReadOnlyAccess").says("FRole", "ManagedPolicyArns.1"),
        "arn:${Partition}:iam::aws:policy/ReadOnlyAccess"
    );
    let maybe = function("Policies: [!If [C, ReadOnlyAccess, !Ref AWS::NoValue]]");
    assert_eq!(
        maybe.says("FRole", "ManagedPolicyArns.1"),
        "arn:${Partition}:iam::aws:policy/ReadOnlyAccess | -"
    );
}

#[test]
fn a_policy_template_that_is_not_known_is_an_unknown_policy() {
    assert_eq!(
        function("Policies: [{FuturePolicy: {}}]").says("FRole", "ManagedPolicyArns.1"),
        "${F.Policies.0.FuturePolicy}"
    );
}

#[test]
fn globals_are_joined_with_what_the_resource_says() {
    let project = template(
        "Transform: AWS::Serverless-2016-10-31\nGlobals:\n  Function: {Tracing: Active, RolePath: /shared/, VpcConfig: {SubnetIds: [a]}, PermissionsBoundary: 'arn:aws:iam::111111111111:policy/b'}\nResources:\n  F: {Type: AWS::Serverless::Function, Properties: {RolePath: /own/, VpcConfig: {SecurityGroupIds: [b]}}}\n  G: {Type: AWS::Serverless::Function, IgnoreGlobals: '*'}\n",
    );
    assert_eq!(project.says("FRole", "Path"), "/own/");
    assert_eq!(project.says("FRole", "PermissionsBoundary"), "arn:aws:iam::111111111111:policy/b");
    assert_eq!(project.says("F", "VpcConfig"), "{SubnetIds: [a], SecurityGroupIds: [b]}");
    assert_eq!(project.value("FRole", "ManagedPolicyArns").as_list().unwrap().items.len(), 3);
    assert_eq!(project.value("GRole", "ManagedPolicyArns").as_list().unwrap().items.len(), 1);
    assert_eq!(project.says("F", "Role"), "arn:${Partition}:iam::${AccountId}:role/own/${FRole.RoleName}");
}

#[test]
fn a_bucket_may_invoke_for_its_account_and_a_topic_for_itself() {
    let project = function(
        "Events: {S: {Type: S3, Properties: {Bucket: !Ref B, Events: 's3:*'}}, N: {Type: SNS, Properties: {Topic: !Ref T}}}",
    );
    let permission = |address: &str| {
        let map = &project.declared(address).properties;
        let get = |name: &str| map.get(name).map_or_else(|| "-".to_owned(), super::shown);
        (get("Principal"), get("SourceArn"), get("SourceAccount"))
    };
    assert_eq!(
        permission("FSPermission"),
        ("s3.amazonaws.com".to_owned(), "-".to_owned(), "${AccountId}".to_owned())
    );
    assert_eq!(permission("FNPermission").1, "arn:${Partition}:sns:${Region}:${AccountId}:${T.TopicName}");
    assert!(project.sources.slice(project.declared("FSPermission").span).starts_with("{Type: S3"));
}

#[test]
fn a_topic_behind_a_queue_makes_a_queue_policy_for_everybody_with_a_condition() {
    let project = function("Events: {N: {Type: SNS, Properties: {Topic: !Ref T, SqsSubscription: true}}}");
    assert!(!project.is_declared("FNPermission"));
    assert_eq!(
        project.says("FNQueuePolicy", "PolicyDocument.Statement.0.Condition"),
        "{ArnEquals: {aws:SourceArn: arn:${Partition}:sns:${Region}:${AccountId}:${T.TopicName}}}"
    );
    assert_eq!(project.says("FNQueuePolicy", "PolicyDocument.Statement.0.Principal"), "*");
    assert!(project.is_declared("FNQueue"));
}

#[test]
fn a_url_without_authorisation_lets_everybody_in() {
    let project = function("FunctionUrlConfig: {AuthType: NONE}");
    assert_eq!(project.says("FUrlPublicPermissions", "Principal"), "*");
    assert_eq!(project.sources.slice(project.declared("FUrlPublicPermissions").span), "NONE");
    assert!(!function("FunctionUrlConfig: {AuthType: AWS_IAM}").is_declared("FUrlPublicPermissions"));
}

#[test]
fn a_scheduler_gets_a_role_to_invoke_with() {
    let project = function("Events: {D: {Type: ScheduleV2, Properties: {ScheduleExpression: rate(1 day)}}}");
    assert_eq!(
        project.says("FDRole", "AssumeRolePolicyDocument.Statement.0.Principal"),
        "{Service: scheduler.amazonaws.com}"
    );
    assert_eq!(
        project.says("FDRole", "Policies.0.PolicyDocument.Statement.0.Resource"),
        "arn:${Partition}:lambda:${Region}:${AccountId}:function:${F.FunctionName}"
    );
}

#[test]
fn a_state_machine_has_a_role_and_its_events_have_others() {
    let project = serverless(
        "  M: {Type: AWS::Serverless::StateMachine, Properties: {Name: m, Policies: [{LambdaInvokePolicy: {FunctionName: f}}], Events: {E: {Type: EventBridgeRule, Properties: {}}}}}\n",
    );
    assert_eq!(&*project.declared("M").type_name, "AWS::StepFunctions::StateMachine");
    assert_eq!(project.says("M", "StateMachineName"), "m");
    assert_eq!(
        project.says("MRole", "AssumeRolePolicyDocument.Statement.0.Principal"),
        "{Service: states.amazonaws.com}"
    );
    assert_eq!(
        project.says("MERole", "Policies.0.PolicyDocument.Statement.0.Resource"),
        "arn:${Partition}:states:${Region}:${AccountId}:stateMachine:m"
    );
}

#[test]
fn a_connector_writes_the_policy_between_two_resources() {
    let project = serverless(
        "  F: {Type: AWS::Serverless::Function}\n  T: {Type: AWS::SNS::Topic, Properties: {TopicName: t}}\n  C: {Type: AWS::Serverless::Connector, Properties: {Source: {Id: F}, Destination: {Id: T}, Permissions: [Write]}}\n  Q: {Type: AWS::SQS::Queue, Properties: {QueueName: q}}\n  D: {Type: AWS::Serverless::Connector, Properties: {Source: {Id: T}, Destination: {Id: Q}, Permissions: [Write]}}\n",
    );
    assert_eq!(project.says("CPolicy", "Roles"), "[${FRole.RoleName}]");
    assert_eq!(
        project.says("CPolicy", "PolicyDocument.Statement.0.Resource"),
        "[arn:${Partition}:sns:${Region}:${AccountId}:t]"
    );
    assert_eq!(project.says("DQueuePolicy", "Queues"), "[https://sqs.${Region}.${DnsSuffix}/${AccountId}/q]");
    assert_eq!(
        project.says("DQueuePolicy", "PolicyDocument.Statement.0.Principal"),
        "{Service: sns.amazonaws.com}"
    );
}

#[test]
fn accounts_that_an_api_lets_in_are_a_policy() {
    let project = serverless(
        "  A: {Type: AWS::Serverless::Api, Properties: {StageName: p, Auth: {ResourcePolicy: {AwsAccountWhitelist: ['222222222222']}}}}\n  F: {Type: AWS::Serverless::Function, Properties: {Events: {E: {Type: Api, Properties: {RestApiId: !Ref A, Path: '/x/{id}', Method: get}}}}}\n",
    );
    assert_eq!(&*project.declared("A").type_name, "AWS::ApiGateway::RestApi");
    assert_eq!(
        project.says("A", "Policy.Statement"),
        "[{Effect: Allow, Action: execute-api:Invoke, Resource: [execute-api:/p/GET/x/*], Principal: {AWS: [222222222222]}}]"
    );
    assert_eq!(project.underlined("A", "Policy.Statement.0.Principal.AWS.0"), "222222222222");
}

#[test]
fn an_application_is_a_nested_stack() {
    let project = super::project(&[
        (
            "main.yaml",
            "Transform: AWS::Serverless-2016-10-31\nResources:\n  App: {Type: AWS::Serverless::Application, Properties: {Location: ./app.yaml}}\n  Public: {Type: AWS::Serverless::Application, Properties: {Location: {ApplicationId: 'arn:aws:serverlessrepo:us-east-1:1:applications/x'}}}\n  S: {Type: Custom::S, Properties: {Value: !GetAtt Public.Outputs.X}}\n",
        ),
        ("app.yaml", "Resources:\n  R: {Type: AWS::SNS::Topic}\n"),
    ]);
    assert!(project.is_declared("App.R"));
    assert_eq!(project.says("S", "Value"), "${Public.Outputs.X}");
}

#[test]
fn what_sam_makes_can_be_referred_to() {
    let project = function(
        "AutoPublishAlias: live, Events: {D: {Type: Schedule, Properties: {Schedule: rate(1 day), Name: daily}}}",
    );
    let said = |value: &str| {
        let text = format!(
            "Transform: AWS::Serverless-2016-10-31\nResources:\n  F: {{Type: AWS::Serverless::Function, Properties: {{FunctionName: f, AutoPublishAlias: live, Events: {{D: {{Type: Schedule, Properties: {{Schedule: rate(1 day), Name: daily}}}}}}}}}}\n  S: {{Type: Custom::S, Properties: {{Value: {value}}}}}\n"
        );
        template(&text).says("S", "Value")
    };
    assert_eq!(said("!Ref F.Alias"), "arn:${Partition}:lambda:${Region}:${AccountId}:function:f:live");
    assert_eq!(said("!GetAtt FD.Arn"), "arn:${Partition}:events:${Region}:${AccountId}:rule/daily");
    assert_eq!(said("!GetAtt FRole.Arn"), "arn:${Partition}:iam::${AccountId}:role/${FRole.RoleName}");
    assert!(project.is_declared("FDPermission"));
}
