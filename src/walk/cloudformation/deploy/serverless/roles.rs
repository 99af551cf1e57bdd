//! The roles that the framework makes for functions, and what it allows them.
//!
//! <https://www.serverless.com/framework/docs/providers/aws/guide/iam>

use super::build::At;
use super::service::{SHARED, Service};
use super::variables::Resolver;
use crate::parse::{Member, Node, NodeKind};
use crate::source::Span;

/// The name that stands for statements which the framework or a plugin adds and which are not told here.
const ADDED: &str = "statements that are added";

/// Plugins that give functions no permissions.
const WITHOUT_PERMISSIONS: &[&str] = &[
    "serverless-add-api-key",
    "serverless-api-gateway-caching",
    "serverless-apigw-binary",
    "serverless-aws-documentation",
    "serverless-better-credentials",
    "serverless-bundle",
    "serverless-certificate-creator",
    "serverless-deployment-bucket",
    "serverless-domain-manager",
    "serverless-dotenv-plugin",
    "serverless-dynamodb",
    "serverless-dynamodb-local",
    "serverless-esbuild",
    "serverless-export-env",
    "serverless-finch",
    "serverless-iam-roles-per-function",
    "serverless-jest-plugin",
    "serverless-layers",
    "serverless-localstack",
    "serverless-mocha-plugin",
    "serverless-offline",
    "serverless-offline-dynamodb-streams",
    "serverless-offline-sns",
    "serverless-offline-sqs",
    "serverless-openapi-documenter",
    "serverless-plugin-common-excludes",
    "serverless-plugin-include-dependencies",
    "serverless-plugin-log-retention",
    "serverless-plugin-optimize",
    "serverless-plugin-split-stacks",
    "serverless-plugin-typescript",
    "serverless-prune-plugin",
    "serverless-pseudo-parameters",
    "serverless-python-requirements",
    "serverless-s3-local",
    "serverless-s3-sync",
    "serverless-scriptable-plugin",
    "serverless-stack-output",
    "serverless-step-functions",
    "serverless-stage-manager",
    "serverless-webpack",
];

/// Events whose source needs no permissions of the function.
const WITHOUT_READING: &[&str] = &[
    "http",
    "httpApi",
    "schedule",
    "s3",
    "sns",
    "eventBridge",
    "cloudwatchEvent",
    "cloudwatchLog",
    "alexaSkill",
    "alexaSmartHome",
    "iot",
    "alb",
    "cognitoUserPool",
    "cloudFront",
];

/// Settings of a function or of all that make the framework allow more.
const ALLOWING: &[&str] = &[
    "onError",
    "destinations",
    "tracing",
    "fileSystemConfig",
    "awsKmsKeyArn",
    "kmsKeyArn",
    "snapStart",
    "durableConfig",
];

/// The role that these functions share.
pub(super) fn shared(service: &Service, resolver: &mut Resolver<'_>, functions: &[&Node]) -> Member {
    let provider = &service.provider;
    let said = service.role();
    let written = said.and_then(|role| role.get("statements")).or_else(|| provider.get("iamRoleStatements"));
    let managed =
        said.and_then(|role| role.get("managedPolicies")).or_else(|| provider.get("iamManagedPolicies"));
    // The place where somebody would change it.
    let place = written.map_or(service.place, |written| written.span);
    let at = At(place);
    let mut role = Role { at, statements: logs(resolver, place), managed: listed(managed), open: false };
    role.extend(written);
    let in_vpc = provider.get("vpc").is_some() || functions.iter().any(|one| one.get("vpc").is_some());
    role.add_for(service, in_vpc, functions, resolver);
    let name = said.and_then(|role| role.get("name")).cloned();
    let name = name.or_else(|| role.named(service, resolver, ""));
    let boundary = said
        .and_then(|role| role.get("permissionsBoundary").or_else(|| role.get("permissionBoundary")))
        .or_else(|| provider.get("rolePermissionsBoundary"));
    let path = said.and_then(|role| role.get("path"));
    let policy = service.named(resolver, "-lambda", place);
    Member { key: SHARED.into(), key_span: place, value: role.node(policy, name, path, boundary, resolver) }
}

/// The role of a function that has its own.
pub(super) fn of_function(service: &Service, resolver: &mut Resolver<'_>, function: &Member) -> Node {
    let (at, own) = (At(function.key_span), function.value.get("iam").and_then(|iam| iam.get("role")));
    let said = service.role();
    let all =
        said.is_some_and(|role| role.get("mode").and_then(Node::as_str).as_deref() == Some("perFunction"));
    let mut role =
        Role { at, statements: logs(resolver, function.key_span), managed: Vec::new(), open: false };
    let written =
        own.and_then(|role| role.get("statements")).or_else(|| function.value.get("iamRoleStatements"));
    role.extend(written);
    let word = |node: Option<&Node>| node.and_then(Node::as_str).map(|word| word == "true");
    let inherits = word(function.value.get("iam").and_then(|iam| iam.get("inheritStatements")))
        .or_else(|| word(function.value.get("iamRoleStatementsInherit")))
        .unwrap_or(all || service.inherits);
    if inherits {
        let of_all = said.and_then(|role| role.get("statements"));
        role.extend(of_all.or_else(|| service.provider.get("iamRoleStatements")));
    }
    role.managed = listed(own.and_then(|role| role.get("managedPolicies")));
    if all {
        role.managed.extend(listed(said.and_then(|role| role.get("managedPolicies"))));
    }
    let in_vpc = service.provider.get("vpc").is_some() || function.value.get("vpc").is_some();
    role.add_for(service, in_vpc, &[&function.value], resolver);
    let key = |key: &str| own.and_then(|role| role.get(key)).or_else(|| said.filter(|_| all)?.get(key));
    let boundary = key("permissionsBoundary").or_else(|| function.value.get("iamPermissionsBoundary"));
    let name = own.and_then(|role| role.get("name")).or_else(|| function.value.get("iamRoleStatementsName"));
    let name = name.cloned().or_else(|| role.named(service, resolver, &format!("-{}", function.key)));
    let policy = service.named(resolver, &format!("-{}-lambda", function.key), function.key_span);
    role.node(policy, name, key("path"), boundary, resolver)
}

/// A role that is put together.
struct Role {
    at: At,
    statements: Vec<Node>,
    managed: Vec<Node>,
    /// Whether there may be statements that are not told.
    open: bool,
}

impl Role {
    fn extend(&mut self, written: Option<&Node>) {
        match written {
            None => {}
            Some(Node { kind: NodeKind::List(items), tag: None, .. }) => {
                self.statements.extend(items.iter().cloned());
            }
            // What is not known before it is deployed.
            Some(_) => self.open = true,
        }
    }

    /// What the framework adds for a network, for events and for settings, and what plugins may.
    fn add_for(&mut self, service: &Service, in_vpc: bool, functions: &[&Node], resolver: &mut Resolver<'_>) {
        if in_vpc {
            let arn = "arn:#{AWS::Partition}:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole";
            self.managed.push(resolver.made(arn, self.at.0));
        }
        let is_known = |plugin: &String| WITHOUT_PERMISSIONS.contains(&plugin.as_str());
        self.open |= !service.plugins.iter().all(is_known);
        self.open |= ALLOWING.iter().any(|key| service.provider.get(key).is_some());
        for function in functions {
            self.open |= ALLOWING.iter().any(|key| function.get(key).is_some());
            match function.get("events").map(|events| &events.kind) {
                None | Some(NodeKind::Null) => {}
                Some(NodeKind::List(events)) => events.iter().for_each(|event| self.read(event)),
                Some(_) => self.open = true,
            }
        }
    }

    /// What a function is allowed so that it can read the source of an event.
    fn read(&mut self, event: &Node) {
        let Some(Member { key, value, .. }) = event.members().first() else {
            // `- websocket` and the like.
            self.open |= event.as_str().is_none_or(|name| !WITHOUT_READING.contains(&name.as_str()));
            return;
        };
        let arn = value.get("arn").unwrap_or(value);
        let kind = value.get("type").and_then(Node::as_str);
        let service = arn.as_str().and_then(|arn| arn.split(':').nth(2).map(str::to_owned));
        let actions: &[&str] = match (&**key, kind.or(service).as_deref()) {
            ("sqs", _) => &["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"],
            ("stream", Some("dynamodb")) => &[
                "dynamodb:GetRecords",
                "dynamodb:GetShardIterator",
                "dynamodb:DescribeStream",
                "dynamodb:ListStreams",
            ],
            ("stream", Some("kinesis")) => &[
                "kinesis:GetRecords",
                "kinesis:GetShardIterator",
                "kinesis:DescribeStreamSummary",
                "kinesis:ListShards",
            ],
            (key, _) if WITHOUT_READING.contains(&key) => return,
            _ => {
                self.open = true;
                return;
            }
        };
        // A consumer or destination on failure is allowed something, too.
        self.open |= ["consumer", "destinations"].iter().any(|key| value.get(key).is_some());
        let at = At(arn.span);
        self.statements.push(allow(at, actions, at.list(vec![arn.clone()])));
    }

    /// The name by default, unless it may be longer than the 64 characters of a role, for which the framework has another.
    ///
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html>
    fn named(&self, service: &Service, resolver: &mut Resolver<'_>, function: &str) -> Option<Node> {
        let rest = format!("{function}-${{aws:region}}-lambdaRole");
        let name = service.named(resolver, &rest, self.at.0);
        let inner = name.get("Fn::Sub").and_then(Node::as_str).unwrap_or_default();
        let is_known = inner.matches("${").count() == 1;
        let fits = inner.replace("${AWS::Region}", "ap-northeast-1").len() <= 64;
        (fits || !is_known).then_some(name)
    }

    fn node(
        mut self,
        policy: Node,
        name: Option<Node>,
        path: Option<&Node>,
        boundary: Option<&Node>,
        resolver: &mut Resolver<'_>,
    ) -> Node {
        let at = self.at;
        if self.open {
            resolver.unknown.insert(ADDED.to_owned());
            self.statements.push(at.reference(ADDED));
        }
        let trusted = at.map(vec![
            ("Effect", at.text("Allow")),
            ("Principal", at.map(vec![("Service", at.texts(&["lambda.amazonaws.com"]))])),
            ("Action", at.texts(&["sts:AssumeRole"])),
        ]);
        let document = |statements: Vec<Node>| {
            at.map(vec![("Version", at.text("2012-10-17")), ("Statement", at.list(statements))])
        };
        let policies = at.map(vec![("PolicyName", policy), ("PolicyDocument", document(self.statements))]);
        let mut properties = vec![
            ("AssumeRolePolicyDocument", document(vec![trusted])),
            ("Policies", at.list(vec![policies])),
        ];
        let optional =
            [("RoleName", name), ("Path", path.cloned()), ("PermissionsBoundary", boundary.cloned())];
        properties.extend(optional.into_iter().filter_map(|(key, value)| Some((key, value?))));
        if !self.managed.is_empty() {
            properties.push(("ManagedPolicyArns", at.list(self.managed)));
        }
        at.map(vec![("Type", at.text("AWS::IAM::Role")), ("Properties", at.map(properties))])
    }
}

fn allow(at: At, actions: &[&str], resources: Node) -> Node {
    at.map(vec![("Effect", at.text("Allow")), ("Action", at.texts(actions)), ("Resource", resources)])
}

fn listed(node: Option<&Node>) -> Vec<Node> {
    match node {
        Some(node) if matches!(node.kind, NodeKind::List(_)) => node.items().to_vec(),
        Some(node) => vec![node.clone()],
        None => Vec::new(),
    }
}

/// The logs of all functions of a service.
fn logs(resolver: &mut Resolver<'_>, place: Span) -> Vec<Node> {
    let at = At(place);
    let begin = "arn:#{AWS::Partition}:logs:#{AWS::Region}:#{AWS::AccountId}:log-group:/aws/lambda/*";
    let group = resolver.made(begin, place);
    vec![allow(
        at,
        &["logs:CreateLogStream", "logs:CreateLogGroup", "logs:PutLogEvents", "logs:TagResource"],
        group,
    )]
}
