//! What a service declares: its functions, and what the framework makes for them.

use super::build::At;
use super::roles::{of_function, shared};
use super::variables::Resolver;
use crate::parse::{Member, Node, NodeKind};
use crate::source::Span;

/// A service with its variables resolved.
pub(super) struct Service {
    pub(super) provider: Node,
    pub(super) functions: Vec<Member>,
    pub(super) plugins: Vec<String>,
    /// Whether roles of single functions have the statements of all, unless they say otherwise.
    pub(super) inherits: bool,
    /// Where it is written who provides it.
    pub(super) place: Span,
    /// How variables name the service.
    name: &'static str,
}

/// Where functions have their role from.
enum RoleOf {
    /// The one that all share.
    Shared,
    /// One of its own.
    Own,
    /// One that is named.
    Named(Node),
}

impl Service {
    pub(super) fn read(resolver: &mut Resolver<'_>, place: Span) -> Option<Self> {
        let provider = resolver.section("provider")?;
        let functions = match resolver.section("functions").map(|functions| functions.kind) {
            Some(NodeKind::Map(members)) => members.into_vec(),
            Some(NodeKind::List(parts)) => parts.into_iter().flat_map(members).collect(),
            _ => Vec::new(),
        };
        let plugins = resolver.section("plugins");
        let plugins = plugins.as_ref().map(|plugins| plugins.get("modules").unwrap_or(plugins));
        let plugins =
            plugins.map_or(&[][..], Node::items).iter().filter_map(Node::as_str).collect::<Vec<String>>();
        let is_map = matches!(resolver.section("service").map(|it| it.kind), Some(NodeKind::Map(_)));
        let name = if is_map { "${self:service.name}" } else { "${self:service}" };
        let custom =
            resolver.made("${self:custom.serverless-iam-roles-per-function.defaultInherit, 'false'}", place);
        let inherits = custom.as_str().is_some_and(|word| word == "true");
        Some(Self { provider, functions, plugins, inherits, place, name })
    }

    /// A text that begins with the names of the service and the stage.
    pub(super) fn named(&self, resolver: &mut Resolver<'_>, rest: &str, at: Span) -> Node {
        resolver.made(&format!("{}-${{sls:stage}}{rest}", self.name), at)
    }

    /// `iam.role` of the provider when it says how the role is made, and not which one it is.
    pub(super) fn role(&self) -> Option<&Node> {
        self.provider.get("iam").and_then(|iam| iam.get("role")).filter(|role| names_role(role).is_none())
    }

    /// The role that functions have unless they name one.
    fn given_role(&self) -> Option<Node> {
        let of_iam = self.provider.get("iam").and_then(|iam| iam.get("role")).and_then(names_role);
        of_iam.or_else(|| self.provider.get("role").and_then(names_role))
    }

    /// <https://www.serverless.com/framework/docs/providers/aws/guide/iam>
    fn role_of(&self, function: &Node) -> RoleOf {
        if let Some(named) = function.get("role").and_then(names_role).or_else(|| self.given_role()) {
            return RoleOf::Named(named);
        }
        let mode = self.role().and_then(|role| role.get("mode")).and_then(Node::as_str);
        let own = function.get("iam").and_then(|iam| iam.get("role"));
        let says = |key: &str| own.is_some_and(|own| own.get(key).is_some());
        let has_own = says("statements")
            || says("managedPolicies")
            || function.get("iamRoleStatements").is_some()
            || mode.as_deref() == Some("perFunction");
        if has_own { RoleOf::Own } else { RoleOf::Shared }
    }

    /// The resources that the framework makes of it.
    pub(super) fn resources(&self, resolver: &mut Resolver<'_>) -> Node {
        let at = At(self.place);
        let mut resources = Vec::new();
        if self
            .provider
            .get("deploymentBucket")
            .is_none_or(|bucket| bucket.get("name").is_none() && bucket.as_str().is_none())
        {
            let bucket = at.map(vec![("Type", at.text("AWS::S3::Bucket"))]);
            resources.push(at.member("ServerlessDeploymentBucket", bucket));
        }
        let mut sharing = Vec::new();
        for function in &self.functions {
            let on = At(function.key_span);
            let id = logical_id(&function.key);
            let role = match self.role_of(&function.value) {
                RoleOf::Named(role) => role,
                RoleOf::Shared => {
                    sharing.push(&function.value);
                    on.arn_of(SHARED)
                }
                RoleOf::Own => {
                    let role_id = format!("{id}{SHARED}");
                    let role = of_function(self, resolver, function);
                    resources.push(Member { key_span: function.key_span, ..on.member(&role_id, role) });
                    on.arn_of(&role_id)
                }
            };
            let name =
                function.value.get("name").cloned().unwrap_or_else(|| {
                    self.named(resolver, &format!("-{}", function.key), function.key_span)
                });
            let properties = on.map(vec![("FunctionName", name), ("Role", role)]);
            let declared =
                on.map(vec![("Type", on.text("AWS::Lambda::Function")), ("Properties", properties)]);
            resources.push(Member {
                key: format!("{id}LambdaFunction").into(),
                key_span: function.key_span,
                value: Node { span: function.value.span, ..declared },
            });
        }
        if !sharing.is_empty() {
            resources.push(shared(self, resolver, &sharing));
        }
        Node::new(NodeKind::Map(resources.into()), self.place)
    }
}

/// The logical id of the role that functions share.
pub(super) const SHARED: &str = "IamRoleLambdaExecution";

fn members(node: Node) -> Vec<Member> {
    if let NodeKind::Map(members) = node.kind { members.into_vec() } else { Vec::new() }
}

/// A role that is named: an ARN, a logical id, or what a function of CloudFormation returns.
fn names_role(role: &Node) -> Option<Node> {
    let at = At(role.span);
    match &role.kind {
        NodeKind::String(_) if role.tag.is_none() => {
            let text = role.as_str()?;
            Some(if text.contains(':') { role.clone() } else { at.arn_of(&text) })
        }
        NodeKind::String(_) => Some(role.clone()),
        NodeKind::Map(members) => {
            let is_function = |member: &Member| &*member.key == "Ref" || member.key.starts_with("Fn::");
            members.first().is_some_and(is_function).then(|| role.clone())
        }
        _ => None,
    }
}

/// The name of a function in logical ids.
fn logical_id(name: &str) -> String {
    let name = name.replace('-', "Dash").replace('_', "Underscore");
    let mut characters = name.chars();
    characters.next().map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
}
