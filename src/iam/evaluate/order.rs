//! Which policies must allow a request, and which of them are enough.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html>

use std::rc::Rc;

use super::decide::{Candidate, Denials, Need, decide, meets, note};
use super::request::{Decision, Layer, Layers, Policies, Reason, Request, Seen};
use super::{CallerKind, Contexts, Match, Question};
use crate::iam::callers;
use crate::iam::data;
use crate::iam::policy::{Effect, Polarity};
use crate::iam::principal::Principal;
use crate::value::Answer;

impl Request<'_> {
    /// Decides the request by all policies that have a say in it.
    pub fn decide<'a>(&self, layers: &Layers<'a>) -> Decision<'a> {
        self.decide_by(layers.seen())
    }

    /// Decides the request by the layers that are seen.
    pub(super) fn decide_by<'a>(&self, layers: Seen<'_, 'a>) -> Decision<'a> {
        let gathered = Gathered::of(self, layers);
        match self.same_account {
            Answer::Yes => self.within(layers, &gathered),
            Answer::No => self.across(layers, &gathered),
            Answer::Unknown => {
                let (within, across) = (self.within(layers, &gathered), self.across(layers, &gathered));
                if within.answer == across.answer {
                    return across;
                }
                Decision { answer: Answer::Unknown, reason: Reason::Open(Vec::new()), ..within }
            }
        }
    }

    /// The decision when the account of the caller owns the resource.
    fn within<'a>(&self, layers: Seen<'_, 'a>, gathered: &Gathered<'a>) -> Decision<'a> {
        if self.caller.is_outside() {
            return self.across(layers, gathered);
        }
        if let Some(refused) = self.refuses_caller() {
            return refused;
        }
        let as_role = gathered.granted(|how| how == Match::Role);
        let by_account = gathered.granted(|how| how == Match::AccountLevel);
        let mut routes = vec![
            gathered.route(vec![as_role], LIMITS),
            if self.needs_resource_policy() {
                gathered.route(vec![by_account], ALL_OF_CALLER)
            } else {
                gathered.route(Vec::new(), ALL_OF_CALLER)
            },
        ];
        for (whom, doubtful) in [
            (Match::Direct, self.may_limit_trust(layers)),
            // Whether a session policy limits what everybody may, no page says.
            (Match::Everyone, layers.session.is_some()),
        ] {
            let meant = |how| how == whom;
            routes.push(Route { doubtful, ..gathered.route(vec![gathered.granted(meant)], &[]) });
            if doubtful {
                routes.push(gathered.route(vec![gathered.granted(meant)], LIMITS));
            }
        }
        gathered.decide(&routes)
    }

    /// The decision when another account owns the resource, or the caller has no account.
    fn across<'a>(&self, layers: Seen<'_, 'a>, gathered: &Gathered<'a>) -> Decision<'a> {
        if let Some(refused) = self.refuses_caller() {
            return refused;
        }
        let granted = gathered.granted(|how| how != Match::None);
        let own: &[Layer] = if self.caller.is_outside() { &[] } else { ALL_OF_CALLER };
        let decision = gathered.decide(&[gathered.route(vec![granted], own)]);
        match self.refused_by_service(layers) {
            Some((surely, reason)) if !decision.answer.is_no() => {
                let answer = decision.answer.and(!surely);
                Decision { answer, reason, ..decision }
            }
            _ => decision,
        }
    }

    /// What a service refuses other accounts, whatever policies say, and how surely.
    fn refused_by_service(&self, layers: Seen<'_, '_>) -> Option<(Answer, Reason)> {
        let restricted = layers.restrict_public.map(|on| on.and(self.lets_in_public(layers.resource)));
        if let Some(surely) = restricted.filter(|on| !on.is_no() && self.caller.kind != CallerKind::Service) {
            return Some((surely, Reason::PublicCutOff));
        }
        if self.caller.is_outside() {
            return None;
        }
        if data::is_refused_across_accounts(self.action) {
            return Some((Answer::Yes, Reason::OwnAccountOnly));
        }
        let key = layers.aws_managed_key.filter(|key| !key.is_no() && data::uses_key(self.action));
        key.map(|surely| (surely, Reason::AwsManagedKey))
    }

    /// Whether S3 takes the policy of the bucket for public.
    ///
    /// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html>
    fn lets_in_public(&self, policies: &Policies<'_>) -> Answer {
        let public = policies.all.iter().flat_map(|(policy, present)| {
            let grants = policy.statements.iter().filter(|one| one.effect != Some(Effect::Deny));
            grants.map(|statement| {
                let everyone = statement.principals.as_ref().map_or(Answer::No, |principals| {
                    let named = principals.listed(|item| (item.value == Principal::Everyone).into());
                    if principals.polarity == Polarity::NotIn { Answer::Yes } else { named }
                });
                let bounded = callers::callers(statement, "s3", self.context).bounded;
                present.and(statement.present).and(everyone).and(!bounded)
            })
        });
        let open = if policies.open || policies.more { Answer::Unknown } else { Answer::No };
        Answer::any(public.chain(std::iter::once(open)))
    }

    /// <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html>
    /// <https://docs.aws.amazon.com/STS/latest/APIReference/API_GetFederationToken.html>
    fn refuses_caller<'a>(&self) -> Option<Decision<'a>> {
        let never = matches!(self.caller.kind, CallerKind::Root | CallerKind::FederatedUser);
        (never && self.assumes_role()).then(|| Decision {
            answer: Answer::No,
            reason: Reason::NeverAssumes,
            allowed_by: Vec::new(),
            denied_by: Vec::new(),
        })
    }

    /// What is known of the request.
    pub(super) fn contexts(&self) -> Contexts {
        Contexts::of(&self.caller.context(self.context).asking(self.action))
    }

    /// What is asked of the statements of a layer: those of the caller name no principals, a trust policy no resource.
    pub(super) fn question<'q>(&'q self, layer: Layer, layers: Seen<'_, '_>) -> Question<'q> {
        let own =
            Question { caller: None, bounded: false, action: self.action, resource: Some(self.resource) };
        match layer {
            Layer::Identity | Layer::Boundary | Layer::Session | Layer::ServiceControl => own,
            Layer::Resource | Layer::ResourceControl | Layer::Endpoint => {
                let is_trust = layer == Layer::Resource && self.assumes_role();
                let resource = if is_trust { None } else { own.resource };
                Question { caller: Some(self.caller), bounded: layers.boundary.is_some(), resource, ..own }
            }
        }
    }

    fn assumes_role(&self) -> bool {
        is_of(self.action, "sts")
    }

    /// Whether a role trusts a user by name who has a boundary: one page says that it counts, another that it does not.
    ///
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_update-role-trust-policy.html>
    fn may_limit_trust(&self, layers: Seen<'_, '_>) -> bool {
        self.assumes_role() && self.caller.kind == CallerKind::User && layers.boundary.is_some()
    }

    /// Whether the caller's own policies are not enough even in the account of the resource.
    ///
    /// <https://docs.aws.amazon.com/kms/latest/developerguide/key-policies.html>
    pub(super) fn needs_resource_policy(&self) -> bool {
        self.assumes_role() || is_of(self.action, "kms")
    }

    /// <https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps.html>
    fn is_limited_by_service_control(&self) -> bool {
        !self.caller.is_outside() && !self.caller.is_service_linked()
    }

    /// <https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html>
    fn is_limited_by_resource_control(&self) -> Answer {
        let limits = Answer::from(!self.caller.is_service_linked());
        limits.and(data::is_under_resource_control(self.action))
    }
}

fn is_of(action: &str, service: &str) -> bool {
    action.split_once(':').is_some_and(|(prefix, _)| prefix.eq_ignore_ascii_case(service))
}

/// What limits a grant to a role by its ARN.
const LIMITS: &[Layer] = &[Layer::Boundary, Layer::Session];

/// What must allow when the resource does not name the caller.
pub(super) const ALL_OF_CALLER: &[Layer] = &[Layer::Identity, Layer::Boundary, Layer::Session];

/// The statements of one layer that speak of the request.
struct Spoken<'a> {
    layer: Layer,
    allows: Vec<(Candidate<'a>, Match)>,
    denies: Vec<Candidate<'a>>,
    /// Something else may allow.
    may_allow: bool,
    /// Something else may deny.
    may_deny: bool,
}

/// What all layers say of the request.
pub(super) struct Gathered<'a> {
    /// The account's root user may whatever its account may.
    root: bool,
    layers: Vec<Spoken<'a>>,
}

/// One way in which a request may be allowed: all of these must.
pub(super) struct Route<'c, 'a> {
    needs: Vec<(Layer, Need<'c, 'a>)>,
    /// What AWS says of it is contradictory, or nothing.
    doubtful: bool,
}

impl<'a> Gathered<'a> {
    pub(super) fn of(request: &Request<'_>, layers: Seen<'_, 'a>) -> Self {
        let contexts = request.contexts();
        let mut all = Vec::new();
        let mut add = |layer, policies: &Policies<'a>| {
            all.push(Spoken::of(layer, &request.question(layer, layers), policies, &contexts));
        };
        add(Layer::Resource, layers.resource);
        add(Layer::Identity, layers.identity);
        for (layer, policies) in [(Layer::Boundary, layers.boundary), (Layer::Session, layers.session)] {
            if let Some(policies) = policies {
                add(layer, policies);
            }
        }
        if request.is_limited_by_service_control() {
            for level in layers.service_control {
                add(Layer::ServiceControl, level);
            }
        }
        let controlled = request.is_limited_by_resource_control();
        if !controlled.is_no() {
            add(Layer::ResourceControl, layers.resource_control);
        }
        if let Some(policies) = layers.endpoint {
            add(Layer::Endpoint, policies);
        }
        for spoken in all.iter_mut().filter(|one| one.layer == Layer::ResourceControl) {
            for denial in &mut spoken.denies {
                denial.answer = denial.answer.and(controlled);
            }
        }
        Self { root: request.caller.kind == CallerKind::Root, layers: all }
    }

    /// What the policy of the resource grants to a caller meant in this way.
    pub(super) fn granted<'c>(&'c self, meant: impl Fn(Match) -> bool) -> (Layer, Need<'c, 'a>) {
        let mut need = Need { choices: Vec::new(), open: false };
        for spoken in self.layers.iter().filter(|one| one.layer == Layer::Resource) {
            need.open |= spoken.may_allow;
            let meant = spoken.allows.iter().filter(|(_, how)| meant(*how));
            need.choices.extend(meant.map(|(candidate, _)| candidate));
        }
        (Layer::Resource, need)
    }

    /// A route by these needs, these layers of the caller, and what limits every request.
    pub(super) fn route<'c>(&'c self, needs: Vec<(Layer, Need<'c, 'a>)>, own: &[Layer]) -> Route<'c, 'a> {
        let mut route = Route { needs, doubtful: false };
        for spoken in &self.layers {
            let always = matches!(spoken.layer, Layer::ServiceControl | Layer::Endpoint);
            let free = self.root && spoken.layer == Layer::Identity;
            if (always || own.contains(&spoken.layer)) && !free {
                let choices = spoken.allows.iter().map(|(candidate, _)| candidate).collect();
                route.needs.push((spoken.layer, Need { choices, open: spoken.may_allow }));
            }
        }
        route
    }

    pub(super) fn decide(&self, routes: &[Route<'_, 'a>]) -> Decision<'a> {
        let denials = Denials::of(self.layers.iter().flat_map(|one| &one.denies));
        let open = self.layers.iter().any(|one| one.may_deny);
        let mut whole = Decision {
            answer: Answer::No,
            reason: Reason::Allowed,
            allowed_by: Vec::new(),
            denied_by: Vec::new(),
        };
        for route in routes {
            let needs: Vec<_> = route.needs.iter().map(|(_, need)| need).collect();
            let mut decided = decide(&needs, &denials, open);
            if route.doubtful {
                decided.answer = decided.answer.and(Answer::Unknown);
            }
            whole.answer = whole.answer.or(decided.answer);
            decided.allowed_by.into_iter().for_each(|one| note(&mut whole.allowed_by, one));
            decided.denied_by.into_iter().for_each(|one| note(&mut whole.denied_by, one));
        }
        whole.reason = self.reason(&whole, routes);
        whole
    }

    fn reason(&self, decision: &Decision<'a>, routes: &[Route<'_, 'a>]) -> Reason {
        if decision.answer.is_yes() {
            return Reason::Allowed;
        }
        let denied = self.layers.iter().find(|spoken| {
            let denies = |deny: &Candidate<'_>| {
                decision.denied_by.iter().any(|one| std::ptr::eq(*one, deny.statement))
            };
            spoken.denies.iter().any(denies)
        });
        if let (Answer::No, Some(spoken)) = (decision.answer, denied) {
            return Reason::Denied(spoken.layer);
        }
        // The route that comes nearest tells most.
        let lacking = |wanted: Answer| {
            let layers = routes.iter().map(|route| {
                let lacking = route.needs.iter().filter(|(_, need)| meets(need) == wanted);
                let mut lacking: Vec<_> = lacking.map(|(layer, _)| *layer).collect();
                lacking.sort_unstable();
                lacking.dedup();
                lacking
            });
            let lacking: Vec<Vec<Layer>> = layers.collect();
            let nearest = lacking.iter().min_by_key(|layers| layers.len()).cloned().unwrap_or_default();
            let own = lacking.iter().position(|layers| *layers == [Layer::Identity]);
            match own.and_then(|at| routes.get(at)) {
                Some(route) if nearest == [Layer::Resource] => {
                    // Admitted by its account, the caller only has to be allowed; else either would do.
                    let admitted = route.needs.iter().any(|(layer, _)| *layer == Layer::Resource);
                    if admitted { vec![Layer::Identity] } else { vec![Layer::Resource, Layer::Identity] }
                }
                _ => nearest,
            }
        };
        if decision.answer.is_no() {
            let missing = lacking(Answer::No);
            return if missing.is_empty() { Reason::Apart } else { Reason::Missing(missing) };
        }
        let open = lacking(Answer::Unknown);
        if !open.is_empty() {
            return Reason::Open(open);
        }
        let may_deny = self.layers.iter().filter(|one| one.may_deny);
        let mut layers: Vec<_> = denied.into_iter().chain(may_deny).map(|one| one.layer).collect();
        layers.sort_unstable();
        layers.dedup();
        Reason::Open(layers)
    }
}

impl<'a> Spoken<'a> {
    fn of(layer: Layer, question: &Question<'_>, policies: &Policies<'a>, contexts: &Contexts) -> Self {
        let mut spoken = Self {
            layer,
            allows: Vec::new(),
            denies: Vec::new(),
            may_allow: policies.open || policies.more,
            may_deny: policies.open,
        };
        for (policy, present) in &policies.all {
            let context = contexts.seen_by(policy);
            let open = policy.open && !present.is_no();
            spoken.may_allow |= open;
            spoken.may_deny |= open;
            for statement in policy.about(question.resource) {
                let (answer, how) = question.speaks(statement, &context);
                let answer = answer.and(statement.present).and(*present);
                if answer.is_no() {
                    continue;
                }
                let candidate = || Candidate { statement, answer, context: Rc::clone(&context) };
                if statement.effect != Some(Effect::Allow) {
                    spoken.denies.push(candidate());
                }
                if statement.effect != Some(Effect::Deny) {
                    spoken.allows.push((candidate(), how));
                }
            }
        }
        spoken
    }
}
