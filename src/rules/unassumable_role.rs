//! A role that is configured to assume another role, and cannot.

use std::sync::Arc;

use rustc_hash::FxHashSet;

use super::common::declared;
use super::{Context, Rule};
use crate::ask::{Question, Setting, Spot, What, Who, names};
use crate::diagnostic::{Diagnostic, Effect, Severity};
use crate::graph::{Assuming, Assumption, Graph, Identity, IdentityId};

pub(super) static RULE: Rule = Rule {
    name: "unassumable-role",
    summary: "a pipeline, pod, stack set or similar is configured to assume a role that its own role cannot assume",
    effect: Effect::Mismatch,
    severity: Severity::Error,
    family: "both sides",
    since: "0.1.0",
    page: include_str!("../../rules/unassumable-role.md"),
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let mut assumptions = context.graph.assumptions();
    // A role that is named in several places is said once, where it is certain if it is so anywhere.
    assumptions.sort_by_key(|assumption| !assumption.present.is_yes());
    let mut seen = FxHashSet::default();
    for assumption in &assumptions {
        let Assuming::Role(caller) = assumption.caller else { continue };
        let key = (assumption.declaration, caller, &*assumption.roles);
        if !seen.contains(&key)
            && let Some(finding) = judge(context, assumption, caller)
        {
            seen.insert(key);
            found.push(finding);
        }
    }
}

fn judge(context: &Context<'_>, assumption: &Assumption, caller_id: IdentityId) -> Option<Diagnostic> {
    let graph = context.graph;
    let (role, caller) = (&graph.identities[*assumption.roles.first()?], &graph.identities[caller_id]);
    let (who, target) = (Who::Declared(caller_id), What::Identities(Arc::clone(&assumption.roles)));
    let question = |action| Question { caller: &who, target: &target, action, within: None };
    let is_denied = |action| context.ask.ask(&question(action)).answer.is_no();
    // What fails by the external id alone, `external-id-mismatch` says.
    let lack = if is_denied("sts:AssumeRole") {
        (!is_said_elsewhere(context, assumption, caller_id)).then_some(Lack::Trust)?
    } else {
        (assumption.tags.is_yes() && is_denied("sts:TagSession")).then_some(Lack::Tags)?
    };
    let explained = context.ask.explain(&question(lack.action()));
    let message = format!(
        "`{}` is configured to assume {} with {}{}, but {}",
        graph.address(assumption.declaration),
        graph.shown(role),
        graph.shown(caller),
        lack.request(),
        explained.reason
    );
    let spot = Spot::of(graph, assumption.declaration, assumption.span, assumption.present);
    let mut finding = RULE
        .on(&spot.through(&assumption.via), message, "role to assume")
        .help(lack.help(caller, role))
        .about([caller.arn.to_string(), role.arn.to_string()]);
    for one in &explained.evidence {
        finding = finding.related(one.label(graph));
    }
    let finding = finding.related(declared(graph, caller.declaration, "role that assumes it"));
    // A role that trusts some service can be meant to be used without the other role.
    Some(if trusts_a_service(context, &target) { finding.possible() } else { finding })
}

/// What keeps a role from being assumed.
#[derive(Clone, Copy)]
enum Lack {
    /// It may not be assumed at all.
    Trust,
    /// Not with the session tags that are sent.
    ///
    /// <https://docs.aws.amazon.com/eks/latest/userguide/pod-id-assign-target-role.html>
    Tags,
}

impl Lack {
    fn action(self) -> &'static str {
        match self {
            Self::Trust => "sts:AssumeRole",
            Self::Tags => "sts:TagSession",
        }
    }

    fn request(self) -> &'static str {
        match self {
            Self::Trust => "",
            Self::Tags => ", and sends session tags, which takes `sts:TagSession`",
        }
    }

    fn help(self, caller: &Identity, role: &Identity) -> String {
        match self {
            Self::Trust => format!(
                "trust `{}` in the trust policy of `{}`, and allow it to call `sts:AssumeRole` on `{}`",
                caller.arn, role.shown, role.arn
            ),
            Self::Tags => format!(
                "allow `sts:TagSession` beside `sts:AssumeRole` in the trust policy of `{}` and in a policy of `{}`, or disable the session tags",
                role.shown, caller.shown
            ),
        }
    }
}

/// Whether `permission-without-trust` or `trust-without-permission` reports the same.
fn is_said_elsewhere(context: &Context<'_>, assumption: &Assumption, caller: IdentityId) -> bool {
    let graph = context.graph;
    let identity = &graph.identities[caller];
    if names(graph, caller, &What::Identities(Arc::clone(&assumption.roles))) {
        return true;
    }
    let is_across =
        |role: &IdentityId| graph.accounts.same(&identity.account, &graph.identities[*role].account).is_no();
    assumption.roles.iter().filter(|role| is_across(role)).any(|role| {
        let trusted = trust_statements(graph, *role).flat_map(|setting| {
            setting.listed().iter().flat_map(move |item| graph.find_principal(item, setting.unit()))
        });
        trusted.into_iter().any(|one| one == caller || identity.declared_as.contains(&one))
    })
}

/// Whether a role trusts some service.
fn trusts_a_service(context: &Context<'_>, target: &What) -> bool {
    let What::Identities(roles) = target else { return false };
    let services = roles.iter().flat_map(|role| {
        trust_statements(context.graph, *role)
            .flat_map(|setting| setting.listed())
            .filter(|item| item.kind == "Service")
    });
    services.into_iter().any(|item| {
        let caller = Who::service(&item.text);
        let question = Question { caller: &caller, target, action: "sts:AssumeRole", within: None };
        !context.ask.ask(&question).answer.is_no()
    })
}

fn trust_statements(graph: &Graph, role: IdentityId) -> impl Iterator<Item = Setting<'_>> {
    graph.identities[role].trust.into_iter().flat_map(move |id| Setting::all(graph, id))
}
