//! Who asked and for what, among what templates declare.

use std::borrow::Cow;

use crate::ask::{Asked, Asker, Caller, What, Who, as_published, unnamed};
use crate::cli::access::names::{Names, session_of};
use crate::denial::Denial;
use crate::graph::{Graph, IdentityId, IdentityKind, ResourceId};
use crate::iam::arn::Arn;
use crate::iam::glob::{self, Case};
use crate::source::{SourceId, Span};
use crate::value::{Answer, Text, UnitKey};

/// A denied request in the terms of the graph.
pub(super) struct Request<'g> {
    /// The action as AWS publishes its name.
    pub(super) action: Option<String>,
    /// Who asked, when the input says it.
    pub(super) who: Option<Who>,
    /// The account of whoever asked.
    pub(super) account: Text,
    /// What was asked for.
    pub(super) target: Target<'g>,
    /// The name of the session.
    pub(super) session: Option<Text>,
    /// The resource as an ARN, when it is one or can be made one.
    pub(super) arn: Option<String>,
    /// What is taken for the resource, because only it can be it.
    pub(super) taken_for: Option<ResourceId>,
    /// A name without an ARN, which AWS looks for in the account of the principal.
    pub(super) is_bare_name: bool,
}

/// What was asked for.
pub(super) enum Target<'g> {
    /// Something that templates declare.
    Declared(Asked<'g>),
    /// Something that no template declares.
    Elsewhere(Text),
    /// The input does not say it.
    Unnamed(Text),
}

fn nowhere() -> Span {
    Span::start_of(SourceId::first())
}

fn literal(text: &str) -> Text {
    Text::literal(text, nowhere())
}

/// Finds what a denial speaks of.
pub(super) fn request<'g>(ask: &Asker<'g>, denial: &Denial) -> Request<'g> {
    let who = who(ask, denial);
    let account = who.as_ref().and_then(|who| Some(ask.caller(who)?.account.clone())).unwrap_or_default();
    let action = denial.action.as_deref().map(|action| with_service(action, denial));
    let (arn, is_bare_name) = named(ask.graph, denial, action.as_deref(), &account);
    let target = match &arn {
        Some(arn) => match target(ask.graph, arn) {
            // What is done with a role or user otherwise, only policies of the principal say.
            Target::Declared(it)
                if matches!(it.target, What::Identities(_)) && !is_trusting(action.as_deref()) =>
            {
                Target::Elsewhere(literal(arn))
            }
            target => target,
        },
        None => Target::Unnamed(unnamed(action.as_deref().unwrap_or_default())),
    };
    let mut taken_for = None;
    let target = match target {
        Target::Elsewhere(arn) => match made_up(ask.graph, &arn) {
            Some(id) => {
                taken_for = Some(id);
                Target::Declared(Asked { graph: ask.graph, target: What::resource(id), within: Some(arn) })
            }
            None => Target::Elsewhere(arn),
        },
        other => other,
    };
    let session = denial.principal.as_deref().and_then(session_of);
    Request { action, who, account, target, session, arn, taken_for, is_bare_name }
}

fn is_trusting(action: Option<&str>) -> bool {
    action.is_some_and(|action| action.starts_with("sts:"))
}

/// An action with its service, which a decoded message may leave out: that of the resource.
fn with_service(action: &str, denial: &Denial) -> String {
    if action.contains(':') {
        return as_published(action);
    }
    let service = denial.resource.as_deref().and_then(|arn| arn.split(':').nth(2)).unwrap_or_default();
    if service.is_empty() { action.to_owned() } else { as_published(&format!("{service}:{action}")) }
}

/// Whoever asked: a declared role or user, else somebody of whom only the ARN is known.
fn who(ask: &Asker<'_>, denial: &Denial) -> Option<Who> {
    let graph = ask.graph;
    if let Some(issuer) = &denial.issuer {
        let role =
            Caller::role(&literal(issuer)).and_then(|caller| declared(graph, IdentityKind::Role, &caller));
        if let Some(id) = role {
            return Some(Who::Declared(id));
        }
    }
    let principal = denial.principal.as_deref()?;
    if principal == "anonymous" {
        return Who::written("*");
    }
    if let Some(id) = Names::of(ask).of_session(principal) {
        return Some(Who::Declared(id));
    }
    let named = literal(principal);
    let session = Caller::session(&named).filter(|it| it.session.is_some());
    if let Some(id) = session.as_ref().and_then(|caller| assigned(graph, caller)) {
        return Some(Who::Declared(id));
    }
    let role = Caller::role(&named).and_then(|caller| declared(graph, IdentityKind::Role, &caller));
    let user = Caller::user(&named).and_then(|caller| declared(graph, IdentityKind::User, &caller));
    let issuer = denial.issuer.as_deref().and_then(Who::written);
    role.or(user).map(Who::Declared).or(issuer).or_else(|| Who::written(principal))
}

/// The declared one with this ARN, else the one of its name: in an account a name is that of one, whatever its path.
fn declared(graph: &Graph, kind: IdentityKind, caller: &Caller) -> Option<IdentityId> {
    let found = graph.find_identities(&caller.arn, &UnitKey::nowhere());
    let name = caller.name.splitn(usize::MAX, '/').pop()?;
    let named = || graph.find_named(kind, &caller.account, &name).first().copied();
    found.first().copied().or_else(named)
}

/// The role of an assigned permission set, of whose name AWS makes the end up.
fn assigned(graph: &Graph, caller: &Caller) -> Option<IdentityId> {
    let name = caller.name.as_literal()?;
    let (start, _) = name.strip_prefix("AWSReservedSSO_")?.rsplit_once('_')?;
    let shown = format!("AWSReservedSSO_{start}_*");
    let is_it = |id: &IdentityId| {
        let role = &graph.identities[*id];
        role.is_assigned()
            && *role.shown == *shown
            && graph.accounts.same(&role.account, &caller.account).is_yes()
    };
    graph.of_kind(IdentityKind::Role).map(|(id, _)| id).find(is_it)
}

/// Words that IAM writes before the name of something in the account of the principal.
const KINDS: [&str; 4] = ["role", "user", "group", "policy"];

/// The ARN of what was asked for, and whether it was a bare name.
fn named(graph: &Graph, denial: &Denial, action: Option<&str>, account: &Text) -> (Option<String>, bool) {
    let Some(written) = denial.resource.as_deref() else { return (None, false) };
    // What is asked of no resource in particular is asked of all of them.
    if written == "*" || written.starts_with("arn:") {
        return (Some(unmasked(graph, written)), false);
    }
    let service = action.and_then(|action| action.split(':').next()).unwrap_or_default();
    let Some(account) = account.as_literal() else { return (None, true) };
    if service == "iam" {
        let of_kind = |kind: &&str| written.strip_prefix(*kind).and_then(|rest| rest.strip_prefix(' '));
        let found = KINDS.iter().find_map(|kind| Some((*kind, of_kind(kind)?)));
        let found = found.filter(|(_, name)| !name.starts_with("path "));
        return (found.map(|(kind, name)| format!("arn:aws:iam::{account}:{kind}/{name}")), false);
    }
    (None, true)
}

/// An ARN whose account AWS shows by its last digits, with the account of the project that ends in them.
///
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-resource-policies-examples.html>
fn unmasked(graph: &Graph, arn: &str) -> String {
    let Some(masked) = arn.split(':').nth(4).filter(|it| it.starts_with('*')) else { return arn.to_owned() };
    let end = masked.trim_start_matches('*');
    let accounts = graph.accounts.units().filter_map(|(_, it)| it.account.as_literal());
    let mut ids: Vec<String> = accounts.filter(|id| id.ends_with(end)).map(Cow::into_owned).collect();
    ids.sort_unstable();
    ids.dedup();
    match ids.as_slice() {
        [id] => arn.replacen(masked, id, 1),
        _ => arn.to_owned(),
    }
}

fn target<'g>(graph: &'g Graph, arn: &str) -> Target<'g> {
    let text = literal(arn);
    let (found, _) = graph.find_resources(&text, &UnitKey::nowhere());
    if !found.is_empty() {
        return Target::Declared(Asked { graph, target: What::Resources(found), within: Some(text) });
    }
    let is_identity = Arn::parse(&text).is_some_and(|it| it.service.is_literally("iam"));
    let secret = secret(graph, &text);
    if let Some(id) = secret {
        return Target::Declared(Asked { graph, target: What::resource(id), within: None });
    }
    let mut found = if is_identity { graph.find_identities(&text, &UnitKey::nowhere()) } else { Vec::new() };
    // IAM names roles without their path where it does not write an ARN.
    if found.is_empty()
        && let Some(caller) = Caller::role(&text)
    {
        found = graph.find_named(IdentityKind::Role, &caller.account, &caller.name).into_owned();
    }
    if found.is_empty() {
        return Target::Elsewhere(text);
    }
    Target::Declared(Asked { graph, target: What::Identities(found.into()), within: None })
}

/// The declared secret of an ARN that ends in the letters that AWS made up.
///
/// <https://docs.aws.amazon.com/secretsmanager/latest/userguide/whats-in-a-secret.html>
fn secret(graph: &Graph, arn: &Text) -> Option<ResourceId> {
    let parsed = Arn::parse(arn).filter(|it| it.service.is_literally("secretsmanager"))?;
    let name = parsed.resource.as_literal()?;
    let name = name.strip_prefix("secret:")?;
    let (start, end) = name.rsplit_once('-').unwrap_or((name, ""));
    let name = if end.len() == 6 { start } else { name };
    super::names::called(graph, "secretsmanager:", name, &parsed.account)?.0
}

/// The one declared resource that can have an ARN whose end AWS makes up: a key with its ID.
fn made_up(graph: &Graph, arn: &Text) -> Option<ResourceId> {
    let wanted = Arn::parse(arn)?;
    let service = wanted.service.as_literal()?;
    let can_be = |id: &ResourceId| {
        let resource = &graph.resources[*id];
        resource.declared
            && *resource.service == *service
            && graph.accounts.same(&resource.account, &wanted.account).is_yes()
            && glob::equals(&resource.arn, arn, Case::Sensitive) == Answer::Unknown
    };
    let mut found = graph.resources.with_ids().map(|(id, _)| id).filter(can_be);
    found.next().filter(|_| found.next().is_none())
}
