//! Permission on a resource in another account whose policy does not grant it to the principal.

use std::sync::Arc;

use std::collections::BTreeMap;

use super::common::{beside, declared, listed, pairs};
use super::matched::{Declared, Pattern};
use super::{Context, Rule, replication};
use crate::ask::{
    Cause, Evidence, Explained, Hop, Layer, Leads, Outcome, Permission, Question, Reason, Requests, What,
    Who, Why, permissions,
};
use crate::bounds;
use crate::config::Covered;
use crate::diagnostic::{Diagnostic, Effect, Label, Severity};
use crate::graph::{Graph, IdentityId, Resource, ResourceId};
use crate::iam::policy::{Item, Polarity};
use crate::value::{Answer, Text};

pub(super) static RULE: Rule = Rule {
    name: "permission-without-grant",
    summary: "a principal is allowed actions on a resource in another account that does not grant them",
    effect: Effect::Mismatch,
    severity: Severity::Error,
    family: "both sides",
    since: "0.1.0",
    page: include_str!("../../rules/permission-without-grant.md"),
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let graph = context.graph;
    let mut all = None;
    for permission in permissions(graph) {
        if permission.setting.statement.actions.polarity == Polarity::NotIn {
            continue;
        }
        for ((resources, _), named) in named(graph, &permission) {
            // A resource policy that misspells the caller is reported there.
            let resource = resources.first().map(|id| &graph.resources[*id]);
            let documents = || resource.iter().flat_map(|it| &it.documents).copied();
            let misnamed = |_: &Diagnostic| context.ask.misnames(documents(), &permission.callers);
            let ungranted = ungranted(context, &permission, resources, &named);
            found.extend(ungranted.filter(|found| !misnamed(found)));
        }
        for element in permission.elements {
            if let Some(pattern) = Pattern::of(graph, &element.value, Covered::Resources) {
                let all = all.get_or_insert_with(|| {
                    Declared::of(graph.resources.with_ids().map(|(id, resource)| (id, &resource.arn)))
                });
                found.extend(by_pattern(context, all, &permission, (element, &pattern)));
            }
        }
    }
}

/// A pattern of which no resource that it matches grants the actions to anybody who has the permission.
fn by_pattern(
    context: &Context<'_>,
    all: &Declared<ResourceId>,
    permission: &Permission<'_>,
    (element, pattern): (&Item<Text>, &Pattern<'_>),
) -> Option<Diagnostic> {
    let (graph, setting) = (context.graph, permission.setting);
    // What is in the own account needs no grant.
    let is_across = |id: ResourceId| {
        let owner = &graph.resources[id].account;
        permission.callers.iter().all(|id| graph.accounts.same(&graph.identities[*id].account, owner).is_no())
    };
    let matched = all.matched(pattern, is_across, |id| &graph.resources[id].arn)?;
    if setting.statement.actions.open || !graph.find_resources(&element.value, setting.unit()).0.is_empty() {
        return None;
    }
    let callers: Vec<Who> = permission.callers.iter().copied().map(Who::Declared).collect();
    let (mut targets, mut actions): (Vec<ResourceId>, Vec<&Item<Text>>) = (Vec::new(), Vec::new());
    for (id, answer) in matched {
        let resource = &graph.resources[id];
        if !is_across(id) {
            return None;
        }
        let (target, mut is_denied) = (What::resource(id), false);
        let elements = inside(resource, pattern);
        for action in &setting.statement.actions.items {
            let requests = Requests::of(action, &elements, resource)?;
            match context.ask.ask_all(&callers, &target, &requests) {
                Outcome::Possible => return None,
                Outcome::Denied { other_blocks: true, .. } => {
                    is_denied = true;
                    if !actions.iter().any(|known| std::ptr::eq(*known, action)) {
                        actions.push(action);
                    }
                }
                Outcome::Denied { .. } | Outcome::Nothing => {}
            }
        }
        if is_denied && answer.is_yes() {
            targets.push(id);
        }
    }
    ungranted_by_any(context, permission, (element, pattern), (&targets, &actions))
}

/// What a pattern means of a resource that it matches: the resource, and of a bucket also its objects.
fn inside(resource: &Resource, pattern: &Pattern<'_>) -> Vec<Text> {
    let objects = |rest: Option<&Text>| {
        let (mut objects, span) = (resource.arn.clone(), resource.arn.span()?);
        objects.push_str("/", span);
        match rest {
            Some(rest) => objects.push_pieces(rest.pieces()),
            None => objects.push_str("*", span),
        }
        Some(objects)
    };
    match (&pattern.inside, resource.service) {
        (Some(rest), _) => objects(Some(rest)).into_iter().collect(),
        (None, "s3") => std::iter::once(resource.arn.clone()).chain(objects(None)).collect(),
        (None, _) => vec![resource.arn.clone()],
    }
}

fn ungranted_by_any(
    context: &Context<'_>,
    permission: &Permission<'_>,
    (element, pattern): (&Item<Text>, &Pattern<'_>),
    (targets, actions): (&[ResourceId], &[&Item<Text>]),
) -> Option<Diagnostic> {
    let (graph, setting) = (context.graph, permission.setting);
    let first = &graph.resources[*targets.first()?];
    let written = listed(actions.iter().map(|action| format!("`{}`", action.text)));
    let callers = || permission.callers.iter().map(|id| &graph.identities[*id]);
    let message = format!(
        "{} {} allowed {written} on `{}`, but none of the declared resources that it matches grants it: {}",
        listed(callers().map(|caller| graph.shown(caller))),
        if permission.callers.len() == 1 { "is" } else { "are" },
        pattern.text,
        listed(targets.iter().map(|id| graph.resource_shown(&graph.resources[*id])))
    );
    let principal = &callers().next()?.arn;
    let names: Vec<String> = actions.iter().map(|action| action.text.to_string()).collect();
    let declarations: Vec<_> = targets.iter().map(|id| graph.resources[*id].declaration).collect();
    let mut finding = RULE
        .on(&setting.item(element), message, "matches no resource that grants it")
        .severity(Severity::Warning)
        .help(Refusal::Policy.help(graph.address(first.declaration), &written, principal))
        .about([principal.to_string(), element.text.to_string()])
        .about(targets.iter().map(|id| graph.resources[*id].arn.to_string()))
        .about(names.iter().cloned())
        .between(pairs(graph, &permission.callers, &declarations, &names));
    for id in targets.iter().take(bounds::LABELLED_TARGETS) {
        let declaration = graph.resources[*id].declaration;
        finding = finding.related(declared(graph, declaration, "does not grant it"));
    }
    Some(finding)
}

/// The elements that speak of one resource (a bucket, and what is in it), which are judged together. The indexes of a table are
/// judged by themselves: the same actions are called on them, and a grant on the table is none on them.
///
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/rbac-considerations.html>
struct Named<'a> {
    elements: Vec<&'a Item<Text>>,
    /// Whether it is certainly meant.
    certain: Answer,
    /// They are the indexes of a table.
    are_indexes: bool,
}

impl Named<'_> {
    /// What they speak of, of a resource.
    fn shown(&self, graph: &Graph, resource: &Resource) -> String {
        let indexes = if self.are_indexes { "the indexes of " } else { "" };
        format!("{indexes}{}", graph.resource_shown(resource))
    }
}

/// What is called on an index of a table.
///
/// <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html>
const ON_INDEXES: [&str; 3] = ["dynamodb:PartiQLSelect", "dynamodb:Query", "dynamodb:Scan"];

fn named<'a>(graph: &Graph, permission: &Permission<'a>) -> BTreeMap<(Vec<ResourceId>, bool), Named<'a>> {
    let mut named = BTreeMap::new();
    for element in permission.elements {
        let (found, certain) = graph.find_resources(&element.value, permission.setting.unit());
        if !found.is_empty() {
            let are_indexes = is_index(graph, &element.value, &found);
            let none = Named { elements: Vec::new(), certain: Answer::Yes, are_indexes };
            let known = named.entry((found, are_indexes)).or_insert(none);
            known.elements.push(element);
            known.certain = known.certain.and(certain);
        }
    }
    named
}

/// Whether an element speaks of the indexes of a table that has some.
fn is_index(graph: &Graph, element: &Text, found: &[ResourceId]) -> bool {
    let has_some = |id: &ResourceId| {
        let resource = &graph.resources[*id];
        resource.service == "dynamodb" && {
            let properties = &graph.declarations[resource.declaration].properties;
            INDEXES.iter().any(|name| properties.get(name).is_some_and(|value| !value.is_unset()))
        }
    };
    found.iter().all(has_some) && element.has("/index/")
}

/// What declares indexes of a table.
const INDEXES: [&str; 4] =
    ["GlobalSecondaryIndexes", "LocalSecondaryIndexes", "global_secondary_index", "local_secondary_index"];

/// What is allowed on a resource of another account and certainly denied there.
struct Ungranted<'a> {
    /// The actions, as they are listed.
    actions: Vec<&'a Item<Text>>,
    /// Whether others of the same statement are granted.
    others_are: bool,
    /// One request that is denied.
    example: (Arc<str>, Text),
}

fn judge<'a>(
    context: &Context<'_>,
    permission: &Permission<'a>,
    resources: &[ResourceId],
    named: &Named<'a>,
) -> Option<Ungranted<'a>> {
    let graph = context.graph;
    let resource = &graph.resources[*resources.first()?];
    let callers: Vec<Who> = permission.callers.iter().copied().map(Who::Declared).collect();
    let target = What::Resources(resources.to_vec());
    let (mut actions, mut others_are, mut example) = (Vec::new(), false, None);
    for action in &permission.setting.statement.actions.items {
        let elements = named.elements.iter().map(|element| &element.value);
        let Some(requests) = Requests::of(action, elements, resource) else { continue };
        let requests = if named.are_indexes { requests.only(&ON_INDEXES) } else { requests };
        match context.ask.ask_all(&callers, &target, &requests) {
            Outcome::Nothing => {}
            Outcome::Denied { other_blocks: true, example: one, .. } => {
                actions.push(action);
                example = example.or(Some(one));
            }
            Outcome::Possible | Outcome::Denied { .. } => others_are = true,
        }
    }
    Some(Ungranted { actions, others_are, example: example? })
}

fn ungranted(
    context: &Context<'_>,
    permission: &Permission<'_>,
    resources: Vec<ResourceId>,
    named: &Named<'_>,
) -> Option<Diagnostic> {
    let (graph, setting) = (context.graph, permission.setting);
    let resource = &graph.resources[*resources.first()?];
    let is_across = |id: &ResourceId| {
        let owner = &graph.resources[*id].account;
        let mut callers = permission.callers.iter();
        callers.all(|caller| graph.accounts.same(&graph.identities[*caller].account, owner).is_no())
    };
    if !resources.iter().all(is_across) {
        return None;
    }
    let ungranted = judge(context, permission, &resources, named)?;
    let (element, first) = (*named.elements.first()?, *ungranted.actions.first()?);
    let actions = listed(ungranted.actions.iter().map(|action| format!("`{}`", action.text)));
    let caller_id = *permission.callers.first()?;
    let (who, target) = (Who::Declared(caller_id), What::Resources(resources));
    let (action, within) = &ungranted.example;
    let question = Question { caller: &who, target: &target, action, within: Some(within) };
    let explained = context.ask.explain(&question);
    let callers = permission.callers.iter().map(|id| graph.shown(&graph.identities[*id]));
    let (who, is) = (listed(callers), if permission.callers.len() == 1 { "is" } else { "are" });
    let refusal = Refusal::of(resource, &explained).said_here()?;
    let message = format!(
        "{who} {is} allowed {actions} on {}, but {}: AWS will deny the request",
        named.shown(graph, resource),
        refusal.clause(&explained)
    );
    // What is wrong is the resource when nothing is granted on it, else the actions that are not.
    let spot = setting.item(if ungranted.others_are { first } else { element });
    let (place, text) = if ungranted.others_are {
        (first.span, "denied at run time")
    } else {
        (element.span, "not granted by this resource")
    };
    let names: Vec<String> = ungranted.actions.iter().map(|action| action.text.to_string()).collect();
    let mut finding = RULE
        .on(&spot, message, text)
        .help(refusal.help(graph.address(resource.declaration), &actions, &graph.identities[caller_id].arn))
        .about([graph.identities[caller_id].arn.to_string(), element.text.to_string()])
        .about((!named.are_indexes).then(|| resource.arn.to_string()))
        .about(names.iter().cloned())
        .between(pairs(graph, &permission.callers, &[resource.declaration], &names));
    for action in
        ungranted.actions.iter().filter(|action| action.span != place).take(bounds::LABELLED_ACTIONS)
    {
        finding = finding.related(beside(&setting, action.span, "denied at run time"));
    }
    finding = with_evidence(graph, finding, (resource, &explained));
    finding = softened(context, permission, (&question, &ungranted.actions), finding);
    // Where the finding is about an action, the choices of the resource are not those that it names.
    let certain = if ungranted.others_are { named.certain.and(element.present) } else { named.certain };
    Some(if certain.is_yes() { finding } else { finding.possible() })
}

/// Makes an info of what works nevertheless.
fn softened(
    context: &Context<'_>,
    permission: &Permission<'_>,
    (question, actions): (&Question<'_>, &[&Item<Text>]),
    finding: Diagnostic,
) -> Diagnostic {
    let graph = context.graph;
    if let Some(way) = way_around(context, permission, question) {
        let text = format!("usable way: role `{}`", graph.identities[way.role].shown);
        return finding
            .severity(Severity::Info)
            .related(Label { text: text.into(), ..way.evidence().label(graph) });
    }
    let What::Resources(buckets) = question.target else { return finding };
    let works =
        |bucket: &ResourceId| replication::works_without(context, &permission.callers, *bucket, actions);
    if buckets.iter().all(works) { finding.severity(Severity::Info).help(replication::HELP) } else { finding }
}

/// Adds what the side of the resource says.
fn with_evidence(
    graph: &Graph,
    finding: Diagnostic,
    (resource, explained): (&Resource, &Explained<'_>),
) -> Diagnostic {
    let other = explained.evidence.iter().filter(|one| !one.is_own());
    let finding = other.fold(finding, |finding, one| finding.related(one.label(graph)));
    if explained.evidence.iter().all(Evidence::is_own) {
        return finding.related(declared(graph, resource.declaration, "resource declared here"));
    }
    finding
}

/// How those who have a permission can do the same after all, when each of them can: as a role that they can assume. A state of
/// Step Functions with credentials runs as such a role, and CDK adds the permission to the role of the state machine, too.
///
/// <https://docs.aws.amazon.com/step-functions/latest/dg/concepts-access-cross-acct-resources.html>
fn way_around(context: &Context<'_>, permission: &Permission<'_>, question: &Question<'_>) -> Option<Hop> {
    let ask = &context.ask;
    let mut paths = ask.paths(Leads::Named);
    let last_hop = |caller: &IdentityId| {
        let ways = paths.beyond(*caller);
        ways.into_iter().filter_map(|way| way.last().copied()).find(|hop| {
            let who = Who::Declared(hop.role);
            ask.ask(&Question { caller: &who, ..*question }).answer.is_yes()
        })
    };
    let ways: Option<Vec<Hop>> = permission.callers.iter().map(last_hop).collect();
    ways?.into_iter().next()
}

/// Why the side of the resource denies the request.
#[derive(Clone, Copy)]
enum Refusal {
    /// Resources of its type cannot have a policy.
    NoPolicies,
    /// It has no policy.
    NoPolicy,
    /// Its policy does not grant it.
    Policy,
    /// Its policy denies it.
    Denied,
    /// A resource control policy denies it.
    DeniedByOrganization,
    /// Its policy grants it under conditions that no such request satisfies.
    Conditions,
    /// AWS lets only the account of the resource call the action.
    OwnAccountOnly,
    /// Its policy is public, and that is cut off.
    PublicCutOff,
    /// It is encrypted with a key that AWS manages, of which another rule speaks.
    AwsManagedKey,
    /// Both sides allow it, under conditions that exclude each other.
    Apart,
    /// It is an access point, and the bucket behind it does not allow it.
    Bucket,
}

impl Refusal {
    fn of(resource: &Resource, explained: &Explained<'_>) -> Self {
        match &explained.ruling.cause {
            Cause::Decided(Reason::OwnAccountOnly) => Self::OwnAccountOnly,
            Cause::Decided(Reason::PublicCutOff) => Self::PublicCutOff,
            Cause::Decided(Reason::AwsManagedKey) => Self::AwsManagedKey,
            Cause::Decided(Reason::Apart) => Self::Apart,
            Cause::Bucket => Self::Bucket,
            _ if !resource.can_have_policy => Self::NoPolicies,
            _ if resource.documents.is_empty() => Self::NoPolicy,
            _ => Self::of_policy(explained),
        }
    }

    /// Of a key that AWS manages `managed-key-across-accounts` speaks, where the resource is shared.
    fn said_here(self) -> Option<Self> {
        (!matches!(self, Self::AwsManagedKey)).then_some(self)
    }

    /// What a policy does that is there.
    fn of_policy(explained: &Explained<'_>) -> Self {
        let denies = |layer: Layer| explained.evidence.iter().any(|one| one.layer == layer && one.denies());
        let mut other = explained.evidence.iter().filter(|one| !one.is_own());
        if denies(Layer::ResourceControl) {
            Self::DeniedByOrganization
        } else if denies(Layer::Resource) {
            Self::Denied
        } else if other.any(|one| one.nearly() == Some(Why::Condition)) {
            Self::Conditions
        } else {
            Self::Policy
        }
    }

    fn clause(self, explained: &Explained<'_>) -> String {
        match self {
            Self::NoPolicies => {
                "resources of this type have no policy that could grant another account access".to_owned()
            }
            Self::NoPolicy => "the resource has no policy that grants another account access".to_owned(),
            Self::Policy => "the policy of the resource does not grant it".to_owned(),
            Self::Denied => "the policy of the resource denies it".to_owned(),
            Self::DeniedByOrganization => "a resource control policy denies it".to_owned(),
            Self::Conditions => {
                "its requests can never satisfy the conditions in the policy of the resource".to_owned()
            }
            Self::Apart => {
                "no request can satisfy the conditions of both the permission and the resource policy"
                    .to_owned()
            }
            Self::OwnAccountOnly | Self::PublicCutOff | Self::AwsManagedKey | Self::Bucket => {
                explained.reason.clone()
            }
        }
    }

    fn help(self, address: &str, actions: &str, principal: &Text) -> String {
        match self {
            Self::NoPolicies | Self::OwnAccountOnly | Self::AwsManagedKey => format!(
                "have `{principal}` assume a role in the account of `{address}` that is allowed to do this, or remove the permission"
            ),
            Self::NoPolicy | Self::Policy => format!(
                "grant {actions} to `{principal}` in the policy of `{address}`, or remove the permission"
            ),
            Self::Denied => format!(
                "exclude `{principal}` from what the policy of `{address}` denies, or remove the permission"
            ),
            Self::DeniedByOrganization => {
                format!("exclude `{principal}` from the resource control policy, or remove the permission")
            }
            Self::Conditions => {
                format!(
                    "change the condition in the policy of `{address}` that `{principal}` never meets, or remove the permission"
                )
            }
            Self::PublicCutOff => format!(
                "remove the public statement from the policy of `{address}`, and grant {actions} to `{principal}` by name"
            ),
            Self::Bucket => format!(
                "in the policy of the bucket behind `{address}`, grant {actions} to `{principal}`, or to everyone who comes through the access points of the account (`s3:DataAccessPointAccount`)"
            ),
            Self::Apart => format!(
                "make the conditions of the permission and of the policy of `{address}` agree, or remove the permission"
            ),
        }
    }
}
