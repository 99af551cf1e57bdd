//! Every question about who may do what, and the statements that the answer rests on.
//!
//! Rules, `trustlint access`, pictures and editors ask here, and nothing else asks `iam::evaluate`: so they never disagree.
//! A question is decided by [`evaluate::Request::decide`] alone, from all policies of the graph that have a say in it.

mod actions;
mod admitted;
mod alone;
mod beside;
mod beyond;
mod endpoints;
mod evidence;
mod federation;
pub(crate) mod halves;
mod idle;
mod items;
pub(crate) mod keyed;
mod layers;
mod meant;
mod one_side;
mod organization;
mod parts;
mod patterns;
mod reason;
mod rivals;
mod roster;
mod stock;
mod trusting;
mod unattached;
mod undeclared;
mod words;

pub use actions::{Asked, NotAsked, as_published, unnamed};
pub use admitted::{Admitted, Whom};
pub use beside::Beside;
pub use beyond::{Abroad, Leads, Paths};
pub use evidence::Evidence;
pub use federation::Unusable;
pub use idle::{Idle, idle};
pub use items::{
    Grant, Permission, Setting, Spot, Trust, conditions, grants, permissions, principals, principals_of_kind,
    statements, trusting, trusts,
};
pub use meant::{Named, WholeAccount};
pub use patterns::{Outcome, Requests};
pub use reason::{Explained, Sides};
pub use trusting::{By, Hop};
pub use undeclared::{Proof, Undeclared, may_be_made_elsewhere};
pub use words::words;

use std::borrow::Cow;
use std::sync::{Arc, OnceLock};

use crate::bounds;
use crate::graph::{Graph, Identity, IdentityId, IdentityKind, Resource, ResourceId};
use crate::iam::condition::{self, Presence};
use crate::iam::data;
pub use crate::iam::evaluate::{Caller, CallerKind, Demand, Layer, Reason, Why};
use crate::iam::evaluate::{Decision, Request};
use crate::iam::policy::{Effect, Item, Polarity};
use crate::iam::principal::BUILT_IN_PROVIDERS;
use crate::source::{SourceId, Span};
use crate::value::{Answer, Because, Class, Symbol, Text};
use layers::Said;
use organization::Controls;
use roster::Roster;
use stock::Stock;
use trusting::Trusting;

/// Somebody who asks about a graph, at a time.
#[derive(Clone, Debug)]
pub struct Asker<'g> {
    /// Who may reach what.
    pub graph: &'g Graph,
    /// What is known of the requests: the time, and what is sent with them.
    pub context: condition::Context,
    /// The name of the session in which a declared role calls, when it is known.
    session: Option<Text>,
    /// Made when somebody first asks who is there.
    roster: Arc<OnceLock<Roster>>,
    /// Made when somebody first asks what is there.
    stock: Arc<OnceLock<Stock>>,
    /// Made when somebody first asks which roles lead to others.
    trusting: Arc<OnceLock<Trusting>>,
    /// Which policies of the organization reach which account, as far as somebody asked.
    controls: Arc<Controls>,
}

/// Who calls.
#[derive(Clone, Debug)]
pub enum Who {
    /// A declared role or user, with all that its declarations say of it.
    Declared(IdentityId),
    /// Somebody of whose policies nothing is known here: a service, an identity provider, a role of another project.
    Elsewhere(Caller),
}

/// What is asked for: all declarations that may be meant. They are one thing that is managed from several places, or copies
/// of which nobody can tell which is deployed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum What {
    /// A role, to be assumed, or a user.
    Identities(Arc<[IdentityId]>),
    /// A resource with a policy of its own, or one that could have one.
    Resources(Vec<ResourceId>),
}

/// Whether somebody may call an action on something.
#[derive(Clone, Copy, Debug)]
pub struct Question<'q> {
    /// Who calls.
    pub caller: &'q Who,
    /// On what.
    pub target: &'q What,
    /// Which action: `s3:GetObject`.
    pub action: &'q str,
    /// The ARN that is asked for, when it is not that of the target itself: an object of a bucket.
    pub within: Option<&'q Text>,
}

/// The answer to a question.
#[derive(Clone, Debug)]
pub struct Ruling {
    /// Whether some such request is allowed, whatever the unknown parts turn out to be.
    pub answer: Answer,
    /// Why.
    pub cause: Cause,
}

/// Why a question is answered as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cause {
    /// By how AWS decides the request.
    Decided(Reason),
    /// One of both is declared several times, and the answer is not the same for each of them.
    DeclaredDifferently,
    /// Several declarations write the policy of the resource, of which one stays, and the answer is not the same for each.
    Overwritten,
    /// It also takes `kms:Decrypt` on the key that encrypts the resource, and that is not certainly allowed.
    Key,
    /// The bucket behind the access point does not certainly allow it.
    Bucket,
    /// A group calls nothing.
    Group,
    /// There is no such role or user.
    Missing,
}

impl Who {
    /// The service with this principal.
    pub fn service(principal: &Text) -> Self {
        Self::Elsewhere(Caller::outside(CallerKind::Service, principal))
    }

    /// The identity provider with this ARN or domain.
    pub fn provider(named: &Text) -> Self {
        Self::Elsewhere(Caller::outside(CallerKind::Provider, named))
    }

    /// The action by which a principal becomes a role.
    ///
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_request.html>
    pub fn assumes_with(&self) -> &'static str {
        match self {
            Self::Elsewhere(caller) if caller.kind == CallerKind::Provider => {
                let is_saml = caller.arn.has(":saml-provider/");
                if is_saml { "sts:AssumeRoleWithSAML" } else { "sts:AssumeRoleWithWebIdentity" }
            }
            _ => "sts:AssumeRole",
        }
    }

    /// Somebody whom no template declares, as people write it: a role, user or root user by ARN, a service, an identity
    /// provider, `*` for whoever has no credentials.
    pub fn written(written: &str) -> Option<Self> {
        let named = Text::literal(written, Span::start_of(SourceId::first()));
        let entity = Caller::role(&named).or_else(|| Caller::user(&named)).or_else(|| Caller::root(&named));
        let entity = entity.or_else(|| Caller::session(&named));
        let outside = || {
            let kind = match written {
                "*" => CallerKind::Anonymous,
                // Identity providers of AWS's own list, which are no services.
                // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html#principal-federated-web-identity
                _ if BUILT_IN_PROVIDERS.contains(&written) => CallerKind::Provider,
                _ if written.ends_with(".amazonaws.com") || data::known_service_principal(written) => {
                    CallerKind::Service
                }
                _ if written.starts_with("arn:") && written.contains("-provider/") => CallerKind::Provider,
                _ => return None,
            };
            Some(Caller::outside(kind, &named))
        };
        entity.or_else(outside).map(Self::Elsewhere)
    }

    /// A role or user of which nothing is known, who is spoken of at `span`.
    pub fn somebody(span: Span) -> Self {
        Self::somebody_of(&some("account", span), span)
    }

    /// A user of whom nothing else is known.
    pub fn some_user(span: Span) -> Self {
        match Self::somebody(span) {
            Self::Elsewhere(caller) => Self::Elsewhere(Caller { kind: CallerKind::User, ..caller }),
            declared @ Self::Declared(_) => declared,
        }
    }

    /// The same caller, and, where it is a role or user of which nothing is known, as a user too.
    pub fn or_user(self) -> Vec<Self> {
        match &self {
            Self::Elsewhere(caller) if caller.kind == CallerKind::Role => {
                let user = Self::Elsewhere(Caller { kind: CallerKind::User, ..caller.clone() });
                vec![self, user]
            }
            _ => vec![self],
        }
    }

    /// A role or user of an account of which nothing else is known.
    pub fn somebody_of(account: &Text, span: Span) -> Self {
        let unknown = |what| some(what, span);
        Self::Elsewhere(Caller {
            account: account.clone(),
            arn: unknown("ARN"),
            kind: CallerKind::Role,
            name: unknown("name"),
            session: None,
        })
    }
}

fn some(what: &str, span: Span) -> Text {
    let symbol = Symbol::new(Class::Opaque, format!("the {what} of the principal"), Because::Run);
    Text::symbol(symbol, span)
}

impl Question<'_> {
    /// What the policy of the target is called: `trust policy`.
    pub fn policy(&self) -> &'static str {
        match self.target {
            What::Identities(_) => "trust policy",
            What::Resources(_) => "resource policy",
        }
    }
}

impl What {
    /// One role or user.
    pub fn identity(id: IdentityId) -> Self {
        Self::Identities(Arc::from([id]))
    }

    /// One resource.
    pub fn resource(id: ResourceId) -> Self {
        Self::Resources(vec![id])
    }

    /// Whether there is nothing.
    pub fn is_empty(&self) -> bool {
        match self {
            Self::Identities(ids) => ids.is_empty(),
            Self::Resources(ids) => ids.is_empty(),
        }
    }

    /// Each of its declarations, and all together.
    fn readings(&self) -> Readings<Self> {
        match self {
            Self::Identities(ids) => readings(ids).map(|ids| Self::Identities(ids.into())),
            Self::Resources(ids) => readings(ids).map(Self::Resources),
        }
    }
}

/// Ways to take what is declared several times: together first, then each by itself.
struct Readings<T> {
    all: Vec<T>,
    /// Whether there are more than are looked at.
    cut: bool,
}

impl<T> Readings<T> {
    fn map<U>(self, change: impl Fn(T) -> U) -> Readings<U> {
        Readings { all: self.all.into_iter().map(change).collect(), cut: self.cut }
    }
}

fn readings<I: Copy>(ids: &[I]) -> Readings<Vec<I>> {
    let mut all = vec![ids.to_vec()];
    if ids.len() > 1 {
        all.extend(ids.iter().take(bounds::DECLARATIONS).map(|id| vec![*id]));
    }
    Readings { all, cut: ids.len() > bounds::DECLARATIONS }
}

impl<'g> Asker<'g> {
    /// Asks about a graph at a time.
    pub fn new(graph: &'g Graph, now: jiff::Timestamp) -> Self {
        let (context, session) = (condition::Context::new(now), None);
        let (roster, stock, trusting) = (Arc::default(), Arc::default(), Arc::default());
        let controls = Arc::default();
        Self { graph, context, session, roster, stock, trusting, controls }
    }

    /// The same, with other knowledge of the requests.
    #[must_use]
    pub fn with(&self, context: condition::Context) -> Self {
        Self { context, ..self.clone() }
    }

    /// The same, where declared roles call in a session of this name.
    #[must_use]
    pub fn in_session(&self, name: Option<Text>) -> Self {
        Self { session: name, ..self.clone() }
    }

    /// The same, where something more is known of the requests: keys, in any case, and their values. A key without values is
    /// not sent.
    #[must_use]
    pub fn knowing<'k>(&self, keys: impl IntoIterator<Item = (&'k str, &'k [String])>) -> Self {
        let text = |value: &String| Text::literal(value.as_str(), Span::start_of(SourceId::first()));
        let known = keys.into_iter().fold(self.context.clone(), |known, (key, values)| {
            let absent = values.is_empty();
            let presence =
                if absent { Presence::Absent } else { Presence::Values(values.iter().map(text).collect()) };
            known.with(key.to_owned(), presence)
        });
        self.with(known)
    }

    /// Who is there in every account.
    fn roster(&self) -> &Roster {
        self.roster.get_or_init(|| Roster::of(self.graph))
    }

    /// What is there in every account.
    fn stock(&self) -> &Stock {
        self.stock.get_or_init(|| Stock::of(self.graph))
    }

    /// Which roles trust others.
    fn trusting(&self) -> &Trusting {
        self.trusting.get_or_init(|| Trusting::of(self.graph))
    }

    /// Answers a question. Where something is declared several times, certain is what holds for each of the declarations
    /// and for all together.
    pub fn ask(&self, question: &Question<'_>) -> Ruling {
        let Some(caller) = self.caller(question.caller) else {
            return Ruling { answer: Answer::No, cause: Cause::Group };
        };
        if matches!(question.caller, Who::Elsewhere(_)) && self.is_missing(&caller.arn).is_yes() {
            return Ruling { answer: Answer::No, cause: Cause::Missing };
        }
        let callers = self.declarations_of(question.caller);
        let targets = question.target.readings();
        let writers = self.writers(question.target);
        let differs = if writers.len() > 1 { Cause::Overwritten } else { Cause::DeclaredDifferently };
        let asked = callers.all.iter().flat_map(|own| targets.all.iter().map(move |target| (own, target)));
        let mut whole: Option<Ruling> = None;
        for ((own, target), writer) in
            asked.flat_map(|asked| writers.iter().map(move |writer| (asked, *writer)))
        {
            let answer = self.decide(&caller, own.as_deref(), (target, writer), question);
            match &whole {
                Some(known) if known.answer != answer.answer => {
                    return Ruling { answer: Answer::Unknown, cause: differs };
                }
                Some(_) => {}
                None => {
                    whole = Some(Ruling { answer: answer.answer, cause: Cause::Decided(answer.reason) });
                }
            }
        }
        let cut = callers.cut || targets.cut;
        match whole {
            Some(ruling) if ruling.answer.is_yes() && !self.may_use_key(question).is_yes() => {
                Ruling { answer: Answer::Unknown, cause: Cause::Key }
            }
            Some(ruling) if !cut && !ruling.answer.is_no() => match self.bucket_allows(question) {
                Answer::Yes => ruling,
                answer => Ruling { answer, cause: Cause::Bucket },
            },
            Some(ruling) if !cut => ruling,
            _ => Ruling { answer: Answer::Unknown, cause: Cause::DeclaredDifferently },
        }
    }

    /// Whether the own policies of an identity, within its boundary, let it call `action` on `arn` in its own account.
    pub fn ask_alone(&self, id: IdentityId, action: &str, arn: &Text) -> Answer {
        let Some(caller) = caller_of(&self.graph.identities[id]) else { return Answer::No };
        let said = self.own_layers(&caller, self.all_of(&id));
        let context = &self.context;
        let request = Request { caller: &caller, action, resource: arn, same_account: Answer::Yes, context };
        request.decide(&said.layers).answer
    }

    /// What each side says of a question, if the other one allowed everything.
    pub fn sides(&self, question: &Question<'_>) -> Sides {
        let Some(caller) = self.caller(question.caller) else {
            return Sides { own: Answer::No, other: Answer::Unknown, outside: false };
        };
        let whole = self.together(&caller, question);
        let (said, request) = (&whole.said, whole.request(&caller, question));
        let (own, other) = (request.own_side(&said.layers).answer, request.other_side(&said.layers));
        Sides { own, other, outside: caller.is_outside() }
    }

    /// Why the side of the caller alone answers as it does, if the other one allowed everything.
    pub fn own_reason(&self, question: &Question<'_>) -> Option<Reason> {
        let caller = self.caller(question.caller)?;
        let whole = self.together(&caller, question);
        Some(whole.request(&caller, question).own_side(&whole.said.layers).reason)
    }

    /// Everything that has a say in a question, with all declarations taken together.
    fn together<'q>(&self, caller: &Caller, question: &Question<'q>) -> Whole<'g, 'q>
    where
        'g: 'q,
    {
        let own = self.declarations_of(question.caller).all.into_iter().next().flatten();
        self.whole(caller, own.as_deref(), (question.target, None), question)
    }

    /// Everything that has a say in a question, for these declarations.
    fn whole<'q>(
        &self,
        caller: &Caller,
        own: Option<&[IdentityId]>,
        target: (&What, Option<usize>),
        question: &Question<'q>,
    ) -> Whole<'g, 'q>
    where
        'g: 'q,
    {
        let said = self.said(caller, own, target, question);
        let (owner, arn) = self.owner(target.0);
        let same_account = self.graph.accounts.same(&caller.account, owner);
        let context = self.known(caller, owner, question.action);
        Whole { said, resource: question.within.unwrap_or(arn), same_account, context }
    }

    fn decide(
        &self,
        caller: &Caller,
        own: Option<&[IdentityId]>,
        target: (&What, Option<usize>),
        question: &Question<'_>,
    ) -> Decision<'g> {
        let whole = self.whole(caller, own, target, question);
        whole.request(caller, question).decide(&whole.said.layers)
    }

    /// What is known of the requests of a caller on what an account owns.
    ///
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html>
    fn known(&self, caller: &Caller, owner: &Text, action: &str) -> condition::Context {
        let accounts = &self.graph.accounts;
        let mut known = self.context.clone();
        if !owner.is_empty() && brings_owner(action) {
            known = known.or("aws:ResourceAccount", Presence::Values(vec![owner.clone()]));
            if let Some(organization) = accounts.organization_of(owner) {
                known = known.or("aws:ResourceOrgID", Presence::Values(vec![organization]));
            }
        }
        if let Some(organization) = accounts.organization_of(&caller.account) {
            known = known.or("aws:PrincipalOrgID", Presence::Values(vec![organization]));
        }
        known
    }

    /// Which of the declarations that write the whole policy of a target is taken for the one that stays: each of them in
    /// turn, when there are several. AWS keeps one policy, which the last one that is applied replaces.
    fn writers(&self, target: &What) -> Vec<Option<usize>> {
        let What::Resources(ids) = target else { return vec![None] };
        let most = ids.iter().map(|id| self.graph.resources[*id].writers.len()).max().unwrap_or_default();
        if most < 2 { vec![None] } else { (0..most.min(bounds::DECLARATIONS)).map(Some).collect() }
    }

    /// The account and ARN of what is asked for. All declarations of one thing have the same.
    pub fn owner(&self, target: &What) -> (&'g Text, &'g Text) {
        let first = match target {
            What::Identities(ids) => ids.first().map(|id| {
                let identity: &'g Identity = &self.graph.identities[*id];
                (&*identity.account, &identity.arn)
            }),
            What::Resources(ids) => ids.first().map(|id| {
                let resource: &'g Resource = &self.graph.resources[*id];
                (&*resource.account, &resource.arn)
            }),
        };
        first.unwrap_or((Text::empty(), Text::empty()))
    }

    /// The declarations of a caller: together and each by itself; nothing for one that is declared elsewhere.
    fn declarations_of(&self, who: &Who) -> Readings<Option<Vec<IdentityId>>> {
        match who {
            Who::Declared(id) => readings(self.all_of(id)).map(Some),
            Who::Elsewhere(_) => Readings { all: vec![None], cut: false },
        }
    }

    /// All declarations of an identity.
    fn all_of<'i>(&'i self, id: &'i IdentityId) -> &'i [IdentityId] {
        let all = self.graph.identities[*id].declared_as();
        if all.is_empty() { std::slice::from_ref(id) } else { all }
    }

    /// Who calls; `None` for a group, which calls nothing.
    pub fn caller<'w>(&self, who: &'w Who) -> Option<Cow<'w, Caller>> {
        match who {
            Who::Declared(id) => {
                let caller = caller_of(&self.graph.identities[*id])?;
                let session = self.session.clone().filter(|_| caller.kind == CallerKind::Role);
                Some(Cow::Owned(Caller { session, ..caller }))
            }
            Who::Elsewhere(caller) => Some(Cow::Borrowed(caller)),
        }
    }
}

/// Whether a policy of an identity allows something on what is asked for by naming it, and not only by a pattern. `NotAction`
/// names nothing that can be done with a resource; all that a role is named for is to be assumed.
pub fn names(graph: &Graph, caller: IdentityId, target: &What) -> bool {
    let identity = &graph.identities[caller];
    graph.policies_of(identity).into_iter().any(|attached| {
        let owner = attached.document.map_or(identity.declaration, |id| graph.documents[id].declaration);
        let unit = &graph.declarations[owner].unit;
        let is_named = |element: &Item<Text>| match target {
            What::Identities(ids) => {
                graph.find_identities(&element.value, unit).iter().any(|found| ids.contains(found))
            }
            What::Resources(ids) => {
                graph.find_resources(&element.value, unit).0.iter().any(|found| ids.contains(found))
            }
        };
        attached.policy.statements.iter().any(|statement| {
            let clause = statement.resources.as_ref().filter(|it| it.polarity == Polarity::In);
            statement.effect == Some(Effect::Allow)
                && (matches!(target, What::Identities(_)) || statement.actions.polarity == Polarity::In)
                && clause.is_some_and(|clause| clause.items.iter().any(is_named))
        })
    })
}

/// A question with everything that has a say in it.
struct Whole<'g, 'q> {
    said: Said<'g>,
    resource: &'q Text,
    same_account: Answer,
    context: condition::Context,
}

impl Whole<'_, '_> {
    fn request<'r>(&'r self, caller: &'r Caller, question: &Question<'r>) -> Request<'r> {
        let (resource, same_account, context) = (self.resource, self.same_account, &self.context);
        Request { caller, action: question.action, resource, same_account, context }
    }
}

/// Services of which some actions do not say whose resource they are about.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-resourceaccount>
const WITHOUT_OWNER: [&str; 9] =
    ["ebs", "ec2", "es", "events", "guardduty", "macie2", "route53", "securityhub", "transfer"];

/// Whether requests for an action say whose resource they are about.
fn brings_owner(action: &str) -> bool {
    let service = action.split(':').next().unwrap_or_default();
    !WITHOUT_OWNER.iter().any(|one| one.eq_ignore_ascii_case(service))
}

/// An identity as a caller of requests; `None` for a group.
fn caller_of(identity: &Identity) -> Option<Caller> {
    let kind = match identity.kind {
        IdentityKind::Role => CallerKind::Role,
        IdentityKind::User => CallerKind::User,
        IdentityKind::Group => return None,
    };
    // Path and name: what follows `role/` or `user/`.
    let resource = identity.arn.splitn(6, ':').pop()?;
    let name = resource.splitn(2, '/').pop()?;
    let (account, arn) = (Text::clone(&identity.account), identity.arn.clone());
    Some(Caller { account, arn, kind, name, session: None })
}

/// Whether an action on a role is one that its trust policy decides.
fn is_trusting(action: &str) -> bool {
    action.split_once(':').is_some_and(|(service, _)| service.eq_ignore_ascii_case("sts"))
}
