//! Who may do what, by brute force: every way in which what is not fixed may turn out, and every request that could be
//! made, decided one by one as AWS documents it.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html>

use std::collections::{BTreeMap, BTreeSet};

use super::conditions::{Request, all_hold, arn_like, expanded, like};
use super::model::{
    ASSUME, Attached, Control, Identity, Kind, List, Named, ORGANIZATION, Policy, Principal, Project,
    Resource, Sort, Statement,
};

/// What is true of a pair in all the ways in which things may turn out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Truth {
    Denied,
    /// It hangs on what the project does not say.
    Open,
    Allowed,
}

/// One way in which what the project leaves open may turn out.
#[derive(Clone, Debug)]
struct World {
    /// For each ARN that several declarations have: the one that is there; `None` for all of them together.
    chosen: BTreeMap<String, Option<usize>>,
    /// The organization of the accounts.
    organization: Option<String>,
    /// What AWS leaves open is decided against the caller.
    strict: bool,
    /// What has no value lets everything pass.
    generous: bool,
}

/// Who asks: a role or user by ARN.
pub(crate) struct Question<'a> {
    pub(crate) caller: &'a str,
    /// The ARN of a role or resource.
    pub(crate) target: &'a str,
    /// What of the target is asked for: `/x` of a bucket.
    pub(crate) within: &'a str,
    pub(crate) action: &'a str,
}

/// What may be left out of a decision, to see what it hangs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Part {
    Permission,
    OwnDeny,
    Boundary,
    Grant,
    OtherDeny,
    ServiceControl,
    ResourceControl,
    Service,
}

pub(crate) const PARTS: [Part; 8] = [
    Part::Permission,
    Part::OwnDeny,
    Part::Boundary,
    Part::Grant,
    Part::OtherDeny,
    Part::ServiceControl,
    Part::ResourceControl,
    Part::Service,
];

/// What is on the side of the caller.
pub(crate) const OWN: [Part; 4] = [Part::Permission, Part::OwnDeny, Part::Boundary, Part::ServiceControl];

pub(crate) fn truth(project: &Project, question: &Question<'_>) -> Truth {
    truth_without(project, question, &[])
}

/// The truth if the accounts are in the organization that suits the caller best.
pub(crate) fn truth_at_best(project: &Project, question: &Question<'_>) -> Truth {
    let mut answers: BTreeMap<Option<String>, BTreeSet<bool>> = BTreeMap::new();
    for world in worlds(project, question) {
        let sides = Sides::of(project, &world, question);
        let allowed = sides.iter().any(|sides| sides.some_request(question, &[]));
        answers.entry(world.organization.clone()).or_default().insert(allowed);
    }
    let best = answers.values().map(|one| (one.contains(&true), !one.contains(&false))).max();
    match best {
        Some((true, true)) => Truth::Allowed,
        Some((true, false)) => Truth::Open,
        _ => Truth::Denied,
    }
}

/// The truth if these parts let everything pass.
pub(crate) fn truth_without(project: &Project, question: &Question<'_>, parts: &[Part]) -> Truth {
    let mut answers = BTreeSet::new();
    for world in worlds(project, question) {
        let sides = Sides::of(project, &world, question);
        answers.insert(sides.iter().any(|sides| sides.some_request(question, parts)));
        if answers.len() == 2 {
            return Truth::Open;
        }
    }
    if answers.contains(&true) { Truth::Allowed } else { Truth::Denied }
}

fn worlds(project: &Project, question: &Question<'_>) -> Vec<World> {
    let mut organizations = vec![None];
    if project.organization {
        organizations = vec![Some(ORGANIZATION.to_owned())];
    } else {
        let conditions = project.documents().into_iter().flat_map(|(_, policy)| &policy.statements);
        let values = conditions.flat_map(|one| &one.conditions).flat_map(|one| &one.values);
        let ids: BTreeSet<_> = values.filter(|value| value.starts_with("o-")).cloned().collect();
        organizations.extend(ids.into_iter().map(Some));
    }
    let mut all = Vec::new();
    for organization in organizations {
        for (strict, generous) in [(false, false), (false, true), (true, false), (true, true)] {
            let organization = organization.clone();
            all.push(World { chosen: BTreeMap::new(), organization, strict, generous });
        }
    }
    for arn in [question.caller, question.target] {
        let choices = choices(project, arn);
        if choices.len() > 1 {
            let spread = all.iter().flat_map(|world| {
                choices.iter().map(|choice| {
                    let mut world = world.clone();
                    world.chosen.insert(arn.to_owned(), *choice);
                    world
                })
            });
            all = spread.collect();
        }
    }
    all
}

/// The ways in which several declarations of one ARN may stand for what is there: each alone, and, in one account, all
/// together.
fn choices(project: &Project, arn: &str) -> Vec<Option<usize>> {
    let identities = project.identities.iter().filter(|one| project.arn(one) == arn).map(|one| one.unit);
    let resources =
        project.resources.iter().filter(|it| project.arn_of_resource(it) == arn).map(|it| it.unit);
    let units: Vec<usize> = identities.chain(resources).collect();
    let accounts: BTreeSet<_> = units.iter().map(|unit| project.account_of(*unit)).collect();
    let mut choices: Vec<_> = (0..units.len()).map(Some).collect();
    if accounts.len() == 1 && units.len() > 1 {
        choices.push(None);
    }
    choices
}

impl World {
    /// Of several declarations of one ARN those that are there.
    fn keep<'a, T>(&self, arn: &str, all: Vec<&'a T>) -> Vec<&'a T> {
        match self.chosen.get(arn) {
            Some(Some(at)) => all.into_iter().skip(*at).take(1).collect(),
            _ => all,
        }
    }
}

struct Caller<'a> {
    arn: &'a str,
    account: String,
    kind: Kind,
    name: String,
    bounded: bool,
}

/// Everything that has a say between a caller and a target in one world.
struct Sides<'a> {
    world: &'a World,
    caller: Caller<'a>,
    owner: String,
    /// What kind of thing is asked for; `None` for a role.
    sort: Option<Sort>,
    by_aws: bool,
    identity: Vec<Policy>,
    boundary: Option<Policy>,
    resource: Vec<Policy>,
    service_control: Vec<Policy>,
    resource_control: Vec<Policy>,
}

/// How a policy means a caller.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Meant {
    Account,
    Role,
    Directly,
}

impl<'a> Sides<'a> {
    fn of(project: &Project, world: &'a World, question: &Question<'a>) -> Option<Self> {
        let named = |arn: &str| {
            let all = project.identities.iter().filter(|one| project.arn(one) == arn).collect();
            world.keep(arn, all)
        };
        let callers: Vec<&Identity> = named(question.caller);
        let first = callers.first()?;
        let roles = named(question.target);
        let resources =
            project.resources.iter().filter(|one| project.arn_of_resource(one) == question.target);
        let resources: Vec<&Resource> = world.keep(question.target, resources.collect());
        let unit = roles.first().map(|one| one.unit).or(resources.first().map(|one| one.unit))?;
        let boundaries: Vec<_> =
            callers.iter().map(|one| one.boundary.filter(|it| project.has(*it))).collect();
        let unbounded = boundaries.iter().any(Option::is_none);
        let boundary = boundaries.iter().flatten().next().filter(|_| !unbounded);
        let policy_of = |attached: Attached| match attached {
            Attached::Unknown if world.generous => Some(everything()),
            Attached::Unknown => Some(Policy::default()),
            known => project.policy_of(known),
        };
        let is_holder =
            |it: &&Identity| callers.iter().any(|one| one.id == it.id || one.groups.contains(&it.id));
        let holders: Vec<&Identity> = project.identities.iter().filter(is_holder).collect();
        let inline = holders.iter().flat_map(|one| one.inline.clone());
        let attached = holders.iter().flat_map(|one| &one.attached);
        let attached = attached.filter_map(|one| policy_of(*one));
        let account = project.account_of(first.unit).to_owned();
        let owner = project.account_of(unit).to_owned();
        let controls = |callers: bool, account: &str| {
            let is_meant =
                |one: &&Control| one.callers == callers && project.accounts[one.account].id == account;
            project.controls.iter().filter(is_meant).map(|one| one.policy.clone()).collect::<Vec<_>>()
        };
        let trusts = roles.iter().map(|one| one.trust.clone());
        let grants = resources.iter().filter_map(|one| one.policy.clone());
        let mut resource: Vec<Policy> = trusts.chain(grants).collect();
        let sort = resources.first().map(|one| one.sort);
        if sort == Some(Sort::Key) && resource.is_empty() {
            resource.push(default_of_key(&owner));
        }
        Some(Self {
            world,
            sort,
            by_aws: resources
                .first()
                .is_some_and(|one| one.key.is_none_or(|id| project.resource(id).is_none())),
            identity: inline.chain(attached).collect(),
            boundary: boundary.and_then(|one| policy_of(*one)),
            resource,
            service_control: controls(true, &account),
            resource_control: controls(false, &owner),
            caller: Caller {
                arn: question.caller,
                account,
                kind: first.kind,
                name: first.name.clone(),
                bounded: boundary.is_some(),
            },
            owner,
        })
    }

    /// Whether some request is allowed.
    fn some_request(&self, question: &Question<'_>, without: &[Part]) -> bool {
        let fixed = self.fixed(question);
        let free = self.free(question);
        let mut requests = vec![fixed];
        for (key, values) in free {
            requests = requests
                .iter()
                .flat_map(|request| {
                    values.iter().map(|value| {
                        let mut request = request.clone();
                        if let Some(value) = value {
                            request.insert(key.clone(), vec![value.clone()]);
                        }
                        request
                    })
                })
                .collect();
        }
        requests.iter().any(|request| self.allows(question, request, without))
    }

    /// What is known of every request.
    ///
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html>
    fn fixed(&self, question: &Question<'_>) -> Request {
        let caller = &self.caller;
        let mut request = Request::new();
        let mut set = |key: &str, value: &str| request.insert(key.to_owned(), vec![value.to_owned()]);
        set("aws:principalarn", caller.arn);
        set("aws:principalaccount", &caller.account);
        set("aws:principalisawsservice", "false");
        set("aws:principaltype", if caller.kind == Kind::User { "User" } else { "AssumedRole" });
        set("aws:resourceaccount", &self.owner);
        if caller.kind == Kind::User {
            set("aws:username", &caller.name);
        }
        if let Some(organization) = &self.world.organization {
            set("aws:principalorgid", organization);
            set("aws:resourceorgid", organization);
        }
        if question.action.starts_with("kms:") {
            set("kms:calleraccount", &caller.account);
        }
        request
    }

    /// What the caller may choose, with the values worth trying.
    fn free(&self, question: &Question<'_>) -> Vec<(String, Vec<Option<String>>)> {
        let mut wanted: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let all = [&self.identity, &self.resource, &self.service_control, &self.resource_control];
        let policies = all.into_iter().flatten().chain(&self.boundary);
        let conditions = policies.flat_map(|one| &one.statements).flat_map(|one| &one.conditions);
        for condition in conditions {
            wanted.entry(condition.key.to_ascii_lowercase()).or_default().extend(condition.values.clone());
        }
        wanted
            .into_iter()
            .filter_map(|(key, values)| {
                let (may_be_absent, others) = chosen(&key, question.action)?;
                let mut tried: BTreeSet<Option<String>> =
                    others.iter().map(|value| Some((*value).to_owned())).collect();
                if may_be_absent {
                    tried.insert(None);
                }
                if others.is_empty() {
                    tried.insert(Some("zz-other".to_owned()));
                    tried.extend(instances(&values).into_iter().map(Some));
                }
                Some((key, tried.into_iter().collect()))
            })
            .collect()
    }

    fn allows(&self, question: &Question<'_>, request: &Request, without: &[Part]) -> bool {
        let asked = Asked { sides: self, question, request };
        let passes = |part: Part| without.contains(&part);
        let own_deny = asked.denies(&self.identity) || self.boundary.iter().any(|it| asked.denied_by(it));
        if (own_deny && !passes(Part::OwnDeny))
            || (asked.denies(&self.resource) && !passes(Part::OtherDeny))
            || (asked.denies(&self.service_control) && !passes(Part::ServiceControl))
            || (asked.denies(&self.resource_control) && !passes(Part::ResourceControl))
        {
            return false;
        }
        // AWS attaches a policy that allows everything beside those that list what is allowed, until somebody takes it away.
        let listed = self.service_control.iter().any(|one| one.statements.iter().any(|it| it.allow));
        if self.world.strict && listed && !passes(Part::ServiceControl) {
            let allowed = self.service_control.iter().any(|one| asked.allowed_by(one).next().is_some());
            if !allowed {
                return false;
            }
        }
        let own = passes(Part::Permission)
            || self.identity.iter().any(|one| asked.allowed_by(one).next().is_some());
        let within = passes(Part::Boundary)
            || self.boundary.as_ref().is_none_or(|one| asked.allowed_by(one).next().is_some());
        let mut granted: Vec<Meant> = self.resource.iter().flat_map(|one| asked.allowed_by(one)).collect();
        if passes(Part::Grant) {
            granted.push(Meant::Account);
        }
        if self.caller.account != self.owner {
            return !granted.is_empty()
                && own
                && within
                && (passes(Part::Service) || !self.refused_by_service(question.action));
        }
        let by_user = self.caller.kind == Kind::User && self.sort.is_none();
        granted.iter().any(|meant| match meant {
            Meant::Account => own && within,
            Meant::Role => within,
            // One page of AWS says that the boundary of a user counts here, another that it does not.
            Meant::Directly => within || !(by_user && self.world.strict),
        }) || (own && within && !matches!(self.sort, None | Some(Sort::Key)))
    }

    /// What services refuse other accounts.
    fn refused_by_service(&self, action: &str) -> bool {
        match action {
            "sqs:TagQueue" | "kms:ScheduleKeyDeletion" => true,
            _ => self.sort == Some(Sort::Secret) && self.by_aws && action == "secretsmanager:GetSecretValue",
        }
    }
}

fn everything() -> Policy {
    let mut policy = default_of_key("");
    for statement in &mut policy.statements {
        statement.principals = None;
        statement.actions = List::of(vec!["*".to_owned()]);
    }
    policy
}

fn default_of_key(owner: &str) -> Policy {
    Policy {
        statements: vec![Statement {
            allow: true,
            principals: Some(List::of(vec![Principal::Root(owner.to_owned())])),
            actions: List::of(vec!["kms:*".to_owned()]),
            resources: Some(List::of(vec![Named::text("*")])),
            conditions: Vec::new(),
        }],
    }
}

/// What a caller may do with a key: whether it may be left out, and the only values it can have, if they are few.
fn chosen(key: &str, action: &str) -> Option<(bool, &'static [&'static str])> {
    match key {
        "sts:externalid" if action == ASSUME => Some((true, &[])),
        "sts:rolesessionname" if action == ASSUME => Some((false, &[])),
        "aws:multifactorauthpresent" => Some((true, &["true", "false"])),
        "aws:securetransport" => Some((false, &["true", "false"])),
        "aws:sourceip" => Some((true, &["10.1.2.3", "203.0.113.7", "192.0.2.1"])),
        "aws:currenttime" => Some((false, &["2026-06-01T00:00:00Z", "2999-01-01T00:00:00Z"])),
        _ => None,
    }
}

/// Texts that fit the values, one by one and two together.
fn instances(values: &[String]) -> BTreeSet<String> {
    let filled = |value: &str, with: &str| value.replace('*', with).replace('?', "x");
    let mut all: BTreeSet<String> =
        values.iter().flat_map(|value| [filled(value, ""), filled(value, "x")]).collect();
    for one in values {
        for other in values {
            let (head, tail) = (one.split('*').next(), other.rsplit('*').next());
            all.insert(filled(&format!("{}{}", head.unwrap_or_default(), tail.unwrap_or_default()), ""));
        }
    }
    all.retain(|text| text.len() >= 2);
    all
}

struct Asked<'a> {
    sides: &'a Sides<'a>,
    question: &'a Question<'a>,
    request: &'a Request,
}

impl Asked<'_> {
    fn denies(&self, policies: &[Policy]) -> bool {
        policies.iter().any(|one| self.denied_by(one))
    }

    fn denied_by(&self, policy: &Policy) -> bool {
        policy.statements.iter().any(|one| !one.allow && self.speaks(one).is_some())
    }

    fn allowed_by<'p>(&'p self, policy: &'p Policy) -> impl Iterator<Item = Meant> + 'p {
        policy.statements.iter().filter(|one| one.allow).filter_map(|one| self.speaks(one))
    }

    /// Whether a statement speaks of the request, and how it means the caller.
    fn speaks(&self, statement: &Statement) -> Option<Meant> {
        let meant = match &statement.principals {
            None => Meant::Directly,
            Some(list) => self.meant(list, statement.allow)?,
        };
        let action = self.question.action.to_ascii_lowercase();
        let takes = |pattern: &String| like(&pattern.to_ascii_lowercase(), &action);
        let resource = format!("{}{}", self.question.target, self.question.within);
        let names = |pattern: &Named| {
            expanded(&pattern.text, self.request).is_some_and(|it| arn_like(&it, &resource))
        };
        let speaks = statement.actions.items.iter().any(takes) != statement.actions.not
            && statement.resources.as_ref().is_none_or(|list| list.items.iter().any(names) != list.not)
            && all_hold(&statement.conditions, self.request);
        speaks.then_some(meant)
    }

    fn meant(&self, list: &List<Principal>, allow: bool) -> Option<Meant> {
        let each = list.items.iter().filter_map(|one| self.meant_by(one));
        // By name is stronger than by role, and that stronger than by account.
        let best = each.max_by_key(|meant| match meant {
            Meant::Account => 0,
            Meant::Role => 1,
            Meant::Directly => 2,
        });
        if !list.not {
            return best;
        }
        if allow {
            return best.is_none().then_some(Meant::Directly);
        }
        // AWS may look at the account, at the role and at the session, and deny at any that is not listed. Who has a
        // boundary is always denied.
        let by_account = list.items.iter().any(|it| self.meant_by(it) == Some(Meant::Account));
        let by_everyone = list.items.contains(&Principal::Everyone);
        let itself =
            list.items.iter().any(|it| matches!(it, Principal::Entity(_)) && self.meant_by(it).is_some());
        let spared = by_everyone || (itself && by_account) || (best.is_some() && !self.sides.world.strict);
        (!spared || self.sides.caller.bounded).then_some(Meant::Directly)
    }

    fn meant_by(&self, principal: &Principal) -> Option<Meant> {
        let caller = &self.sides.caller;
        match principal {
            Principal::Everyone => Some(Meant::Directly),
            Principal::Account(id) | Principal::Root(id) => (*id == caller.account).then_some(Meant::Account),
            Principal::Entity(named) if named.text == caller.arn => {
                Some(if caller.kind == Kind::User { Meant::Directly } else { Meant::Role })
            }
            // A name, an account or everybody: the weakest of them.
            Principal::Unknown => self.sides.world.generous.then_some(Meant::Account),
            Principal::Entity(_) | Principal::Service(_) => None,
        }
    }
}
