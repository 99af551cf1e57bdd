//! Principals that are allowed to use a repository, and cannot log in to its registry.

use rustc_hash::FxHashSet;

use super::common::{beside, declared};
use super::{Context, Rule};
use crate::ask::{Permission, Question, Setting, Spot, What, Who, grants, permissions};
use crate::diagnostic::{Diagnostic, Effect, Severity};
use crate::graph::{Graph, IdentityId};
use crate::iam::arn::Arn;
use crate::iam::policy::{Item, Polarity};
use crate::iam::principal::Principal;
use crate::value::Text;

pub(super) static RULE: Rule = Rule {
    name: "ecr-token-not-granted",
    summary: "a principal may use a repository of images, but is not allowed to get a token for the registry",
    effect: Effect::Mismatch,
    severity: Severity::Warning,
    family: "both sides",
    since: "0.1.0",
    page: include_str!("../../rules/ecr-token-not-granted.md"),
    check,
};

/// What a client of the registry is authenticated with. No policy of a repository can grant it, as it is about no repository.
///
/// <https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-policies.html>
const TOKEN: &str = "ecr:GetAuthorizationToken";

/// What a client calls to pull an image. One of them alone is called by what only looks at images.
///
/// <https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-pull.html>
const PULLS: [&str; 2] = ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"];

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let graph = context.graph;
    let mut seen: FxHashSet<IdentityId> = FxHashSet::default();
    for permission in permissions(graph) {
        found.extend(on_repositories(context, &permission, &mut seen));
    }
    for permission in permissions(graph) {
        if !pulls(&permission.setting) {
            continue;
        }
        for element in permission.elements {
            found.extend(by_permission(context, &permission, element, &mut seen));
        }
    }
    for grant in grants(graph) {
        let resource = &graph.resources[grant.resource];
        if resource.service != "ecr" || !pulls(&grant.setting) {
            continue;
        }
        for named in grant.setting.named(grant.item) {
            let is_across =
                graph.accounts.same(&graph.identities[named.id].account, &resource.account).is_no();
            let may_pull = || {
                let (caller, target) = (Who::Declared(named.id), What::resource(grant.resource));
                PULLS.iter().all(|action| {
                    let question = Question { caller: &caller, target: &target, action, within: None };
                    !context.ask.ask(&question).answer.is_no()
                })
            };
            if is_across && lacks_token(context, named.id) && may_pull() && seen.insert(named.id) {
                let repository = graph.resource_shown(resource);
                found.push(finding(graph, named.spot, named.id, &repository, "granted to this principal"));
            }
        }
    }
}

/// Whether a statement allows what a pull takes, and not by allowing everything.
fn pulls(setting: &Setting<'_>) -> bool {
    let actions = &setting.statement.actions;
    let is_of_registry = |item: &Item<Text>| item.text.begins_with_folded("ecr:");
    actions.polarity == Polarity::In
        && actions.items.iter().any(is_of_registry)
        && PULLS.iter().all(|action| actions.takes(action).is_yes())
}

/// A statement that allows the token on repositories, which is nothing: whoever wrote it meant to log in.
///
/// <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerregistry.html>
fn on_repositories(
    context: &Context<'_>,
    permission: &Permission<'_>,
    seen: &mut FxHashSet<IdentityId>,
) -> Vec<Diagnostic> {
    let (graph, setting) = (context.graph, permission.setting);
    let actions = &setting.statement.actions;
    let is_token =
        |item: &&Item<Text>| item.value.as_literal().is_some_and(|name| name.eq_ignore_ascii_case(TOKEN));
    let token = actions.items.iter().find(is_token).filter(|_| actions.polarity == Polarity::In);
    let are_all = setting.statement.resources.as_ref().is_some_and(|clause| !clause.open);
    let (Some(token), Some(first), true) = (token, permission.elements.first(), are_all) else {
        return Vec::new();
    };
    let is_repository = |item: &Item<Text>| Arn::parse(&item.value).is_some_and(|arn| is_repository(&arn));
    if !permission.elements.iter().all(is_repository) {
        return Vec::new();
    }
    let callers = permission.callers.iter().filter(|id| lacks_token(context, **id) && seen.insert(**id));
    let finding = |id: &IdentityId| {
        let identity = &graph.identities[*id];
        let message = format!(
            "{} is allowed `{TOKEN}` on repositories only, but that action is about none of them: it cannot log in to the registry",
            graph.shown(identity)
        );
        let help = format!("allow `{TOKEN}` on `*` in a statement of its own");
        RULE.on(&setting.item(token), message, "acts on no repository")
            .help(help)
            .about([identity.arn.to_string()])
            .related(beside(&setting, first.span, "has to be `*`"))
            .related(declared(graph, identity.declaration, "cannot get a token"))
    };
    callers.map(finding).collect()
}

fn is_repository(arn: &Arn) -> bool {
    arn.service.is_literally("ecr") && arn.resource.begins_with("repository/")
}

/// A permission on a repository of another account.
fn by_permission(
    context: &Context<'_>,
    permission: &Permission<'_>,
    element: &Item<Text>,
    seen: &mut FxHashSet<IdentityId>,
) -> Vec<Diagnostic> {
    let graph = context.graph;
    let Some(arn) = Arn::parse(&element.value) else { return Vec::new() };
    if !is_repository(&arn) || !element.present.is_yes() {
        return Vec::new();
    }
    let callers = permission.callers.iter().copied().filter(|id| {
        graph.accounts.same(&graph.identities[*id].account, &arn.account).is_no() && lacks_token(context, *id)
    });
    let callers: Vec<IdentityId> = callers.filter(|id| seen.insert(*id)).collect();
    let spot = permission.setting.item(element);
    let shown = format!("`{}`", element.text);
    callers
        .into_iter()
        .map(|id| {
            let finding = finding(graph, spot, id, &shown, "repository of another account");
            let token = permission.setting.statement.actions.items.first();
            match token {
                Some(action) => finding.related(beside(&permission.setting, action.span, "allowed here")),
                None => finding,
            }
        })
        .collect()
}

/// Whether a principal certainly cannot get a token, and is none of which a service pulls the images: that of a function.
///
/// <https://docs.aws.amazon.com/lambda/latest/dg/images-create.html>
fn lacks_token(context: &Context<'_>, id: IdentityId) -> bool {
    let identity = &context.graph.identities[id];
    let Some(span) = identity.arn.span() else { return false };
    let everything = Text::literal("*", span);
    context.ask.ask_alone(id, TOKEN, &everything).is_no() && !is_of_function(context.graph, id)
}

/// Whether Lambda can assume a role: it pulls the image of a function itself.
fn is_of_function(graph: &Graph, id: IdentityId) -> bool {
    let trust = graph.identities[id].trust.map(|id| &graph.documents[id].policy);
    let statements = trust.into_iter().flat_map(|policy| &policy.statements);
    let mut principals = statements.flat_map(|one| &one.principals).flat_map(|clause| &clause.items);
    principals
        .any(|it| matches!(&it.value, Principal::Service(name) if name.is_literally("lambda.amazonaws.com")))
}

fn finding(graph: &Graph, spot: Spot<'_>, id: IdentityId, repository: &str, label: &str) -> Diagnostic {
    let identity = &graph.identities[id];
    let message = format!(
        "{} is allowed to pull images of {repository}, but none of its policies allows `{TOKEN}`: it cannot log in to the registry",
        graph.shown(identity)
    );
    let help = format!(
        "allow `{TOKEN}` on `*` in a policy of `{}`; a repository policy cannot grant it",
        identity.shown
    );
    RULE.on(&spot, message, label).help(help).about([identity.arn.to_string()]).related(declared(
        graph,
        identity.declaration,
        "cannot get a token",
    ))
}
