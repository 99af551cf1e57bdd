//! Services of the Serverless Framework, as the templates that the framework makes of them.
//!
//! A service declares functions, what their role is allowed, and resources as a template of CloudFormation has them. The
//! framework resolves its variables first; what is known only when it is deployed becomes a parameter of the template,
//! named as the variable is written.
//!
//! <https://www.serverless.com/framework/docs/providers/aws/guide/serverless.yml>

mod build;
mod roles;
mod service;
mod variables;
mod written;

use std::collections::BTreeSet;
use std::sync::Arc;

use self::build::{At, merged};
use self::service::Service;
use self::variables::Resolver;
use crate::facts::AccountHint;
use crate::iam::arn::is_account_id;
use crate::parse::{Member, Node, NodeKind};
use crate::source::{SourceId, Sources};
use crate::value::Text;
use crate::walk::cloudformation::language::place::Target;

/// A service as a template.
#[derive(Debug)]
pub(super) struct Made {
    pub(super) template: Arc<Node>,
    /// Where it goes.
    pub(super) target: Target,
    /// The files that its variables name.
    pub(super) read: Vec<SourceId>,
    /// Those of them that its resources are written in.
    pub(super) parts: Vec<SourceId>,
}

/// Whether a document is a service: no template has these keys.
pub(super) fn is_service(root: &Node) -> bool {
    root.get("service").is_some() && root.get("provider").is_some()
}

/// The template that the framework makes of a file; `None` when the file is no service that goes to AWS.
pub(super) fn made(sources: &Sources, file: SourceId, root: &Arc<Node>) -> Option<Made> {
    if !is_service(root) {
        return None;
    }
    let provider = root.get("provider")?;
    let mut resolver = Resolver::new(sources, file, Arc::clone(root));
    let name = resolver.section("provider")?;
    let name = name.get("name").unwrap_or(&name).as_str();
    // A provider that is a variable is not told to be another.
    if name.is_some_and(|name| name != "aws") {
        return None;
    }
    let service = Service::read(&mut resolver, provider.span)?;
    let target = Target { account: account(&service), region: region(&service.provider), stack_name: None };
    let mut template = At(root.span).map(vec![("Resources", service.resources(&mut resolver))]);
    let values: BTreeSet<SourceId> = resolver.read().collect();
    for part in written(&mut resolver) {
        put_in(&mut template, part);
    }
    let parameters = resolver.unknown.iter().map(|name| {
        let at = At(root.span);
        at.member(name, at.map(vec![("Type", at.text("String"))]))
    });
    let parameters = Node::new(NodeKind::Map(parameters.collect()), root.span);
    merged(&mut template, At(root.span).map(vec![("Parameters", parameters)]));
    let read: Vec<SourceId> = resolver.read().collect();
    let parts = read.iter().copied().filter(|file| !values.contains(file)).collect();
    Some(Made { template: Arc::new(template), target, read, parts })
}

/// What a service writes of its template: one part, or several, of which the later are put over the earlier.
fn written(resolver: &mut Resolver<'_>) -> Vec<Node> {
    let Some(resources) = resolver.section("resources") else { return Vec::new() };
    match resources.kind {
        NodeKind::List(parts) => parts.into_vec(),
        _ => vec![resources],
    }
}

/// `extensions` says more of what the framework made, all else is a template.
///
/// <https://www.serverless.com/framework/docs/providers/aws/guide/resources#extending-aws-cloudformation-resources>
fn put_in(template: &mut Node, part: Node) {
    let span = part.span;
    let NodeKind::Map(members) = part.kind else { return };
    for mut member in members {
        if &*member.key == "extensions" {
            member.key = "Resources".into();
            let NodeKind::Map(extended) = &mut member.value.kind else { continue };
            let made = template.get("Resources");
            let known = |one: &Member| made.is_some_and(|made| made.get(&one.key).is_some());
            *extended = std::mem::take(extended).into_iter().filter(known).collect();
        }
        merged(template, Node::new(NodeKind::Map([member].into()), span));
    }
}

/// The account of a role that is used as it is: by CloudFormation to deploy, or by the functions. Neither service takes a role
/// of another account.
///
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-iam-servicerole.html>
/// <https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html>
fn account(service: &Service) -> Option<AccountHint> {
    let provider = &service.provider;
    let iam = provider.get("iam");
    let roles = [
        (iam.and_then(|iam| iam.get("deploymentRole")), "deployment role of the service"),
        (provider.get("cfnRole"), "deployment role of the service"),
        (iam.and_then(|iam| iam.get("role")), "role of the functions"),
        (provider.get("role"), "role of the functions"),
    ];
    roles.into_iter().find_map(|(role, evidence)| {
        let role = role?;
        let arn = role.as_str()?;
        let id = arn.strip_prefix("arn:")?.split(':').nth(3).filter(|id| is_account_id(id))?;
        Some(AccountHint {
            account: Text::literal(id, role.span),
            span: role.span,
            evidence: evidence.to_owned(),
        })
    })
}

/// The region that the provider names.
fn region(provider: &Node) -> Option<Text> {
    let region = provider.get("region")?;
    Some(Text::literal(region.as_str()?, region.span))
}
