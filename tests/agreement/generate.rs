//! Makes projects whose truth is known: pairs that work, and pairs of which one thing is broken.

use std::collections::BTreeMap;

use super::breaks;
use super::dice::Dice;
use super::model::{
    ASSUME, Account, Attached, Condition, Control, Id, Identity, Kind, List, Managed, Named, ORGANIZATION,
    Planted, Policies, Policy, Principal, Project, REGION, Resource, Sort, Spelling, Statement, Unit,
    actions_on, is_about_objects,
};
use super::oracle::Truth;

const ACCOUNTS: [(&str, &str); 4] = [
    ("tools", "210987654321"),
    ("prod", "345678901234"),
    ("data", "567890123456"),
    ("audit", "789012345678"),
];

/// An account that is none of the project.
pub(crate) const STRANGER: &str = "901234567890";

/// How a permission reaches its caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Delivery {
    Inline,
    Managed,
    Group,
    GroupManaged,
}

/// A permissions boundary.
#[derive(Clone)]
pub(crate) enum Bound {
    Own(Policy),
    Aws(&'static str),
    Unknown,
}

/// A pair before it is put into the project: everything that has a say in it.
pub(crate) struct Plan {
    pub(crate) caller: Id,
    pub(crate) caller_arn: String,
    pub(crate) caller_account: usize,
    pub(crate) caller_kind: Kind,
    pub(crate) target: Id,
    pub(crate) target_arn: String,
    pub(crate) target_account: usize,
    /// What is asked for; `None` for a role.
    pub(crate) sort: Option<Sort>,
    pub(crate) action: &'static str,
    pub(crate) grant: Option<Statement>,
    pub(crate) grants: Vec<Statement>,
    pub(crate) permission: Option<Statement>,
    pub(crate) permissions: Vec<Statement>,
    pub(crate) delivery: Delivery,
    pub(crate) delivered: bool,
    pub(crate) attached: Vec<Attached>,
    pub(crate) boundary: Option<Bound>,
    pub(crate) service_control: Vec<Policy>,
    pub(crate) resource_control: Vec<Policy>,
    pub(crate) own_key: bool,
    /// Another declaration of the caller or of the target in the same account.
    pub(crate) twin: Option<Twin>,
}

/// What a second declaration of the same ARN has of the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Twin {
    CallerSame,
    CallerBare,
    TargetSame,
    TargetBare,
    /// A bucket of the same name in the account of the caller.
    BucketAtHome,
}

pub(crate) struct Builder {
    pub(crate) dice: Dice,
    pub(crate) project: Project,
    next: Id,
    /// The unit in which everything is put, when it is not that of the account.
    unit: Option<usize>,
}

/// What changes when something is made in another account.
struct Moved {
    ids: BTreeMap<Id, Id>,
    from: String,
    to: String,
}

impl Moved {
    fn text(&self, text: &str) -> String {
        text.replace(&self.from, &self.to)
    }

    fn named(&self, named: &Named) -> Named {
        let of = named.of.map(|id| self.ids.get(&id).copied().unwrap_or(id));
        Named { text: self.text(&named.text), of }
    }

    fn attached(&self, attached: Attached) -> Attached {
        match attached {
            Attached::Own(id) => Attached::Own(self.ids.get(&id).copied().unwrap_or(id)),
            other => other,
        }
    }

    fn policy(&self, mut policy: Policy) -> Policy {
        for statement in &mut policy.statements {
            for principal in statement.principals.iter_mut().flat_map(|list| &mut list.items) {
                match principal {
                    Principal::Account(id) | Principal::Root(id) => *id = self.text(id),
                    Principal::Entity(named) => *named = self.named(named),
                    Principal::Everyone | Principal::Service(_) | Principal::Unknown => {}
                }
            }
            for named in statement.resources.iter_mut().flat_map(|list| &mut list.items) {
                *named = self.named(named);
            }
            for value in statement.conditions.iter_mut().flat_map(|condition| &mut condition.values) {
                *value = self.text(value);
            }
        }
        policy
    }

    fn identity(&self, one: Identity, unit: usize) -> Identity {
        Identity {
            id: self.ids[&one.id],
            unit,
            trust: self.policy(one.trust),
            inline: one.inline.into_iter().map(|policy| self.policy(policy)).collect(),
            attached: one.attached.into_iter().map(|it| self.attached(it)).collect(),
            boundary: one.boundary.map(|it| self.attached(it)),
            groups: one.groups.iter().map(|id| self.ids.get(id).copied().unwrap_or(*id)).collect(),
            ..one
        }
    }
}

/// The project of a seed.
pub(crate) fn project(seed: u64) -> Project {
    let mut dice = Dice::new(seed);
    let many = 2 + dice.below(3);
    let accounts = ACCOUNTS.iter().take(many);
    let accounts = accounts.map(|(name, id)| Account { name: (*name).to_owned(), id: (*id).to_owned() });
    let together = dice.percent(30);
    // A sign that also stands between directory and alias.
    let odd = dice.percent(5);
    let accounts: Vec<Account> = accounts.collect();
    let units = accounts.iter().enumerate().map(|(account, one)| {
        let own = if odd { format!("{}@x", one.name) } else { one.name.clone() };
        let directory = if together { "all".to_owned() } else { own };
        Unit { account, directory, module: None }
    });
    let configured = dice.percent(60);
    let project = Project {
        units: units.collect(),
        accounts,
        configured,
        covered: configured && seed.is_multiple_of(2),
        organization: configured && dice.percent(50),
        spelling: Spelling {
            policies: dice.one(&[Policies::Encoded, Policies::Document, Policies::Heredoc]),
            references: dice.percent(50),
            lone: dice.percent(50),
        },
        ..Project::default()
    };
    let mut builder = Builder { dice, project, next: 1, unit: None };
    for _ in 0..=builder.dice.below(3) {
        builder.plant();
    }
    if !together && builder.dice.percent(20) {
        builder.module();
    }
    if builder.dice.percent(40) {
        builder.bystanders();
    }
    builder.project
}

fn words(words: &[&str]) -> List<String> {
    List::of(words.iter().map(|word| (*word).to_owned()).collect())
}

pub(crate) fn allow(actions: &[&str], resource: Named) -> Statement {
    let resources = Some(List::of(vec![resource]));
    Statement { allow: true, principals: None, actions: words(actions), resources, conditions: Vec::new() }
}

pub(crate) fn deny(actions: &[&str], resource: &str) -> Statement {
    Statement { allow: false, ..allow(actions, Named::text(resource)) }
}

/// The trust of a role that only a service uses.
pub(crate) fn service() -> Statement {
    Statement {
        allow: true,
        principals: Some(List::of(vec![Principal::Service("ec2.amazonaws.com")])),
        actions: words(&[ASSUME]),
        resources: None,
        conditions: Vec::new(),
    }
}

impl Builder {
    fn id(&mut self) -> Id {
        self.next += 1;
        self.next
    }

    fn plant(&mut self) {
        let many = self.project.accounts.len();
        let caller_account = self.dice.below(many);
        let target_account = if self.dice.percent(92) {
            (caller_account + 1 + self.dice.below(many - 1)) % many
        } else {
            caller_account
        };
        let mut plan = self.plan(caller_account, target_account);
        let mut expected = Truth::Allowed;
        let mut kind = "works";
        let same = caller_account == target_account;
        // In one account one side is often enough, so what is broken there breaks nothing.
        if !same && self.dice.percent(65) {
            (kind, expected) = breaks::apply(&mut plan, self);
        }
        if !same || kind == "works" {
            self.project.planted.push(Planted {
                caller: plan.caller_arn.clone(),
                target: plan.target_arn.clone(),
                action: plan.action,
                expected,
                kind,
            });
        }
        self.put(plan);
    }

    /// A module that two roots of different accounts call, with a pair that works in each of them.
    fn module(&mut self) {
        let many = self.project.accounts.len();
        let (one, other) = (self.dice.below(many), self.dice.below(many - 1));
        let other = (one + 1 + other) % many;
        let unit = self.project.units.len();
        let own = Unit { account: one, directory: "first".to_owned(), module: Some("pair".to_owned()) };
        self.project.units.push(own);
        self.unit = Some(unit);
        let mut plan = self.plan(one, one);
        while !matches!(plan.sort, None | Some(Sort::Bucket | Sort::Queue | Sort::Topic)) {
            plan = self.plan(one, one);
        }
        if plan.sort.is_some() && self.dice.percent(50) {
            plan.grant = None;
        }
        // A bucket of this name is there once only, and no template says in which account.
        let doubled = plan.sort == Some(Sort::Bucket);
        let expected = if doubled { Truth::Open } else { Truth::Allowed };
        // Both policies of a doubled bucket may let in both callers, and only the evaluator knows.
        let is_certain = !doubled || plan.grant.is_none();
        let (caller, target) = (plan.caller_arn.clone(), plan.target_arn.clone());
        let (action, kind) = (plan.action, "a module makes it in two accounts");
        plan.service_control.clear();
        self.put(plan);
        self.unit = None;
        self.copy(unit, other);
        if !is_certain {
            return;
        }
        let ids = [one, other].map(|at| self.project.accounts[at].id.clone());
        for id in [&ids[0], &ids[1]] {
            let [caller, target] = [&caller, &target].map(|arn| arn.replace(&ids[0], id));
            self.project.planted.push(Planted { caller, target, action, expected, kind });
        }
    }

    /// Copies a unit to another account.
    fn copy(&mut self, of: usize, account: usize) {
        let unit = self.project.units.len();
        let module = self.project.units[of].module.clone();
        self.project.units.push(Unit { account, directory: "second".to_owned(), module });
        let (from, to) = (self.project.account_of(of).to_owned(), self.project.accounts[account].id.clone());
        let mut ids = BTreeMap::new();
        let identities = self.project.identities.iter().filter(|one| one.unit == of).map(|one| one.id);
        let managed = self.project.managed.iter().filter(|one| one.unit == of).map(|one| one.id);
        let resources = self.project.resources.iter().filter(|one| one.unit == of).map(|one| one.id);
        for id in identities.chain(managed).chain(resources).collect::<Vec<_>>() {
            ids.insert(id, self.id());
        }
        let moved = Moved { ids, from, to };
        let here = self.project.identities.iter().filter(|one| one.unit == of).cloned();
        let identities: Vec<Identity> = here.map(|one| moved.identity(one, unit)).collect();
        let here = self.project.managed.iter().filter(|one| one.unit == of).cloned();
        let managed: Vec<Managed> = here
            .map(|one| Managed { id: moved.ids[&one.id], unit, policy: moved.policy(one.policy), ..one })
            .collect();
        let here = self.project.resources.iter().filter(|one| one.unit == of).cloned();
        let resources: Vec<Resource> = here
            .map(|one| {
                let policy = one.policy.map(|policy| moved.policy(policy));
                let key = one.key.map(|key| moved.ids[&key]);
                Resource { id: moved.ids[&one.id], unit, policy, key, ..one }
            })
            .collect();
        self.project.identities.extend(identities);
        self.project.managed.extend(managed);
        self.project.resources.extend(resources);
        self.project.copies.extend(moved.ids.into_iter().map(|(original, copy)| (copy, original)));
    }

    /// A pair that works.
    fn plan(&mut self, caller_account: usize, target_account: usize) -> Plan {
        let caller = self.id();
        let target = self.id();
        let caller_kind = if self.dice.percent(70) { Kind::Role } else { Kind::User };
        let sorts = [Sort::Bucket, Sort::Key, Sort::Queue, Sort::Topic, Sort::Secret];
        let sort = if self.dice.percent(50) { None } else { Some(self.dice.one(&sorts)) };
        let action = sort.map_or(ASSUME, |sort| {
            let usual = match sort {
                Sort::Bucket => 3,
                Sort::Secret => 1,
                _ => 2,
            };
            actions_on(sort)[self.dice.below(usual)]
        });
        let id = |at: usize| self.project.accounts[at].id.clone();
        let (home, away) = (id(caller_account), id(target_account));
        let caller_arn = format!("arn:aws:iam::{home}:{}/app-{caller}", caller_kind.word());
        let target_arn = match sort {
            None => format!("arn:aws:iam::{away}:role/deploy-{target}"),
            Some(Sort::Bucket) => format!("arn:aws:s3:::acme-{target}"),
            Some(Sort::Key) => {
                format!("arn:aws:kms:{REGION}:{away}:key/1234abcd-12ab-34cd-56ef-{target:012}")
            }
            Some(Sort::Queue) => format!("arn:aws:sqs:{REGION}:{away}:jobs-{target}"),
            Some(Sort::Topic) => format!("arn:aws:sns:{REGION}:{away}:news-{target}"),
            Some(Sort::Secret) => {
                format!("arn:aws:secretsmanager:{REGION}:{away}:secret:word-{target}-AbCdEf")
            }
        };
        let mut plan = Plan {
            caller,
            caller_arn,
            caller_account,
            caller_kind,
            target,
            target_arn,
            target_account,
            sort,
            action,
            grant: None,
            grants: Vec::new(),
            permission: None,
            permissions: Vec::new(),
            delivery: Delivery::Inline,
            delivered: true,
            attached: Vec::new(),
            boundary: None,
            service_control: Vec::new(),
            resource_control: Vec::new(),
            own_key: true,
            twin: None,
        };
        plan.grant = Some(self.grant(&plan));
        self.permission(&mut plan);
        self.surroundings(&mut plan);
        plan
    }

    fn grant(&mut self, plan: &Plan) -> Statement {
        let home = self.project.accounts[plan.caller_account].id.clone();
        let entity = Principal::Entity(Named { text: plan.caller_arn.clone(), of: Some(plan.caller) });
        let mut conditions = Vec::new();
        let principal = match self.dice.below(if self.project.organization { 10 } else { 9 }) {
            0..5 => entity,
            5 => Principal::Root(home),
            6 => Principal::Account(home),
            7 | 8 => {
                let operator = self.dice.one(&["ArnLike", "ArnEquals", "StringEquals", "StringLike"]);
                conditions.push(Condition::new(operator, "aws:PrincipalArn", plan.caller_arn.clone()));
                self.dice.one(&[Principal::Everyone, Principal::Root(home.clone()), Principal::Account(home)])
            }
            _ => {
                conditions.push(Condition::new("StringEquals", "aws:PrincipalOrgID", ORGANIZATION));
                Principal::Everyone
            }
        };
        if principal == Principal::Everyone && self.dice.percent(30) {
            let home = self.project.accounts[plan.caller_account].id.clone();
            conditions.push(Condition::new("StringEquals", "aws:PrincipalAccount", home));
        }
        let more = match (plan.sort, self.dice.below(12)) {
            (None, 0) => Some(Condition::new("StringEquals", "sts:ExternalId", "ext-4711")),
            (None, 1) => Some(Condition::new("StringLike", "sts:RoleSessionName", "ci-*")),
            (_, 2) => Some(Condition::new("Bool", "aws:MultiFactorAuthPresent", "true")),
            (_, 3) => Some(Condition::new("Bool", "aws:SecureTransport", "true")),
            (_, 4) => Some(Condition::new("IpAddress", "aws:SourceIp", "10.0.0.0/8")),
            (_, 5) => Some(Condition::new("Null", "aws:SourceAccount", "true")),
            (_, 6) => Some(Condition::new("StringNotEquals", "aws:PrincipalAccount", STRANGER)),
            (_, 7) => Some(Condition::new("StringEqualsIfExists", "aws:SourceAccount", STRANGER)),
            _ => None,
        };
        conditions.extend(more);
        let mut principals = vec![principal];
        if principals[0] != Principal::Everyone && self.dice.percent(20) {
            principals.push(Principal::Root(STRANGER.to_owned()));
        }
        let (actions, resources) = self.granted(plan);
        let principals = Some(List::of(principals));
        Statement { allow: true, principals, actions, resources, conditions }
    }

    /// The actions and resources of a grant.
    fn granted(&mut self, plan: &Plan) -> (List<String>, Option<List<Named>>) {
        let service = plan.action.split(':').next().unwrap_or_default();
        let all = format!("{service}:*");
        let whole = |rest: &str| Named { text: format!("{}{rest}", plan.target_arn), of: Some(plan.target) };
        let resources = match plan.sort {
            None => None,
            Some(Sort::Key | Sort::Secret) => Some(List::of(vec![Named::text("*")])),
            Some(Sort::Bucket) if self.dice.percent(50) => Some(List::of(vec![whole(""), whole("/*")])),
            Some(Sort::Bucket) if is_about_objects(plan.action) => Some(List::of(vec![whole("/*")])),
            Some(_) => Some(List::of(vec![whole("")])),
        };
        let actions = match self.dice.below(5) {
            0 if plan.sort.is_some() => words(&[&all]),
            1 => match plan.sort {
                None => words(&[ASSUME, "sts:TagSession"]),
                Some(sort) => words(actions_on(sort)),
            },
            _ => words(&[plan.action]),
        };
        (actions, resources)
    }

    fn permission(&mut self, plan: &mut Plan) {
        let service = plan.action.split(':').next().unwrap_or_default();
        let all = format!("{service}:*");
        plan.delivery = self.dice.one(&match plan.caller_kind {
            Kind::User => [Delivery::Inline, Delivery::Managed, Delivery::Group, Delivery::GroupManaged],
            _ => [Delivery::Inline, Delivery::Managed, Delivery::Inline, Delivery::Managed],
        });
        let resources = self.permitted(plan);
        let actions = match self.dice.below(8) {
            0 => words(&[&all]),
            1 => words(&["*"]),
            2 => List::not(vec!["iam:*".to_owned(), "organizations:*".to_owned()]),
            3 => words(&[plan.action, "logs:PutLogEvents"]),
            _ => words(&[plan.action]),
        };
        let conditions = match self.dice.below(12) {
            0 => vec![Condition::new("Bool", "aws:SecureTransport", "true")],
            1 => vec![Condition::new("ArnLike", "aws:PrincipalArn", plan.caller_arn.clone())],
            _ => Vec::new(),
        };
        let resources = Some(resources);
        plan.permission = Some(Statement { allow: true, principals: None, actions, resources, conditions });
        if self.dice.percent(6) {
            plan.permission = None;
            let name = self.dice.one(&["AdministratorAccess", "PowerUserAccess"]);
            plan.attached.push(Attached::Aws(name));
        }
    }

    /// The resources of a permission.
    fn permitted(&mut self, plan: &Plan) -> List<Named> {
        let inside = if is_about_objects(plan.action) { "/*" } else { "" };
        let exact = Named { text: format!("{}{inside}", plan.target_arn), of: Some(plan.target) };
        let away = &self.project.accounts[plan.target_account].id;
        let target = plan.target;
        let pattern = match plan.sort {
            None => self.dice.one(&[
                format!("arn:aws:iam::*:role/deploy-{target}"),
                format!("arn:aws:iam::{away}:role/*"),
                format!("arn:aws:iam::{away}:role/deploy-*"),
                "arn:aws:iam::*:role/deploy-?*".to_owned(),
            ]),
            Some(Sort::Bucket) => {
                self.dice.one(&["arn:aws:s3:::acme-*".to_owned(), format!("arn:aws:s3:::acme-{target}*")])
            }
            Some(Sort::Key) => format!("arn:aws:kms:*:{away}:key/*"),
            Some(Sort::Queue) => format!("arn:aws:sqs:*:{away}:jobs-*"),
            Some(Sort::Topic) => format!("arn:aws:sns:{REGION}:*:news-{target}"),
            Some(Sort::Secret) => self.dice.one(&[
                format!("arn:aws:secretsmanager:{REGION}:{away}:secret:word-{target}-*"),
                format!("arn:aws:secretsmanager:{REGION}:{away}:secret:word-{target}-??????"),
            ]),
        };
        let made_up = matches!(plan.sort, Some(Sort::Key | Sort::Secret));
        let shared = self.project.units[plan.caller_account].directory
            == self.project.units[plan.target_account].directory;
        match self.dice.below(10) {
            0 => List::of(vec![Named::text("*")]),
            1 => List::not(vec![Named::text("arn:aws:s3:::somebody-else*")]),
            2 | 3 => List::of(vec![Named::text(pattern)]),
            // What AWS makes up is not known elsewhere.
            _ if made_up && !shared => List::of(vec![Named::text(pattern)]),
            4 => List::of(vec![exact, Named::text("arn:aws:logs:*:*:*")]),
            _ => List::of(vec![exact]),
        }
    }

    /// What stands around a pair and changes nothing.
    fn surroundings(&mut self, plan: &mut Plan) {
        if self.dice.percent(20) {
            plan.permissions.push(allow(&["logs:CreateLogStream"], Named::text("*")));
        }
        if self.dice.percent(15) {
            plan.permissions.push(deny(&["iam:*", "organizations:*"], "*"));
        }
        if self.dice.percent(10) {
            plan.permissions.push(deny(&[plan.action], "arn:aws:s3:::somebody-else/*"));
        }
        if self.dice.percent(20) {
            let (service, _) = plan.action.split_once(':').unwrap_or_default();
            let own = Policy { statements: vec![allow(&[&format!("{service}:*")], Named::text("*"))] };
            plan.boundary = Some(self.dice.one(&[
                Bound::Own(own),
                Bound::Aws("AdministratorAccess"),
                Bound::Aws("PowerUserAccess"),
            ]));
        }
        if self.dice.percent(10) {
            plan.service_control.push(Policy { statements: vec![deny(&["ec2:*"], "*")] });
        }
        if plan.sort == Some(Sort::Bucket) && self.dice.percent(30) {
            let mut guard = deny(&["s3:*"], &format!("{}/*", plan.target_arn));
            guard.principals = Some(List::of(vec![Principal::Everyone]));
            guard.conditions.push(Condition::new("Bool", "aws:SecureTransport", "false"));
            plan.grants.push(guard);
        }
        if plan.sort == Some(Sort::Key) {
            let away = self.project.accounts[plan.target_account].id.clone();
            let mut admin = allow(&["kms:*"], Named::text("*"));
            admin.principals = Some(List::of(vec![Principal::Root(away)]));
            plan.grants.push(admin);
        }
        if plan.sort.is_none() && self.dice.percent(30) {
            plan.grants.push(service());
        }
    }

    /// Roles and users who have nothing to do with the pairs, and permissions between what is there.
    fn bystanders(&mut self) {
        for _ in 0..=self.dice.below(2) {
            let account = self.dice.below(self.project.accounts.len());
            let id = self.id();
            let mut role = self.role(id, account, format!("other-{id}"), vec![service()]);
            let things: Vec<(Id, String)> = self
                .project
                .identities
                .iter()
                .filter(|one| one.kind == Kind::Role)
                .map(|one| (one.id, self.project.arn(one)))
                .collect();
            if let (true, false) = (self.dice.percent(60), things.is_empty()) {
                let (of, text) = self.dice.one(&things);
                let named = Named { text, of: Some(of) };
                role.inline.push(Policy { statements: vec![allow(&[ASSUME], named)] });
            }
            if self.dice.percent(30) {
                let pattern = self.dice.one(&["arn:aws:iam::*:role/deploy-*", "*"]);
                role.inline
                    .push(Policy { statements: vec![allow(&["sts:*", "s3:Get*"], Named::text(pattern))] });
            }
            self.project.identities.push(role);
        }
    }

    fn role(&mut self, id: Id, account: usize, name: String, trust: Vec<Statement>) -> Identity {
        Identity {
            id,
            unit: self.unit.unwrap_or(account),
            kind: Kind::Role,
            path: "/".to_owned(),
            name,
            trust: Policy { statements: trust },
            inline: Vec::new(),
            attached: Vec::new(),
            boundary: None,
            groups: Vec::new(),
        }
    }

    fn managed(&mut self, account: usize, policy: Policy) -> Attached {
        let id = self.id();
        let unit = self.unit.unwrap_or(account);
        self.project.managed.push(Managed { id, unit, name: format!("policy-{id}"), policy });
        Attached::Own(id)
    }

    /// Puts a pair into the project.
    fn put(&mut self, mut plan: Plan) {
        let account = plan.caller_account;
        let mut caller = self.role(plan.caller, account, format!("app-{}", plan.caller), Vec::new());
        caller.kind = plan.caller_kind;
        if caller.kind == Kind::Role {
            caller.trust.statements.push(service());
        }
        caller.attached.append(&mut plan.attached);
        let mut own: Vec<Statement> = plan.permission.take().into_iter().collect();
        own.append(&mut plan.permissions);
        if !own.is_empty() {
            self.deliver(&plan, &mut caller, Policy { statements: own });
        }
        caller.boundary = plan.boundary.take().map(|boundary| match boundary {
            Bound::Own(policy) => self.managed(account, policy),
            Bound::Aws(name) => Attached::Aws(name),
            Bound::Unknown => Attached::Unknown,
        });
        self.project.identities.push(caller);
        self.target(&mut plan);
        for (callers, at, policies) in [
            (true, plan.caller_account, std::mem::take(&mut plan.service_control)),
            (false, plan.target_account, std::mem::take(&mut plan.resource_control)),
        ] {
            for policy in policies {
                let id = self.id();
                self.project.controls.push(Control { id, callers, account: at, policy });
            }
        }
        if let Some(twin) = plan.twin {
            self.twin(&plan, twin);
        }
    }

    fn deliver(&mut self, plan: &Plan, caller: &mut Identity, policy: Policy) {
        let account = plan.caller_account;
        match plan.delivery {
            Delivery::Inline => caller.inline.push(policy),
            Delivery::Managed => {
                let attached = self.managed(account, policy);
                if plan.delivered {
                    caller.attached.push(attached);
                }
            }
            Delivery::Group | Delivery::GroupManaged => {
                let id = self.id();
                let mut group = self.role(id, account, format!("team-{id}"), Vec::new());
                group.kind = Kind::Group;
                if plan.delivery == Delivery::Group {
                    group.inline.push(policy);
                } else {
                    let attached = self.managed(account, policy);
                    group.attached.push(attached);
                }
                self.project.identities.push(group);
                if plan.delivered {
                    caller.groups.push(id);
                }
            }
        }
    }

    fn target(&mut self, plan: &mut Plan) {
        let mut statements: Vec<Statement> = plan.grant.take().into_iter().collect();
        statements.append(&mut plan.grants);
        let Some(sort) = plan.sort else {
            if statements.is_empty() {
                statements.push(service());
            }
            let role =
                self.role(plan.target, plan.target_account, format!("deploy-{}", plan.target), statements);
            self.project.identities.push(role);
            return;
        };
        let word = match sort {
            Sort::Bucket => "acme",
            Sort::Key => "key",
            Sort::Queue => "jobs",
            Sort::Topic => "news",
            Sort::Secret => "word",
        };
        let key = (sort == Sort::Secret && plan.own_key).then(|| {
            let id = self.id();
            let (unit, name) = (self.unit.unwrap_or(plan.target_account), format!("key-{id}"));
            self.project.resources.push(Resource {
                id,
                unit,
                sort: Sort::Key,
                name,
                policy: None,
                key: None,
            });
            id
        });
        let policy = (!statements.is_empty()).then_some(Policy { statements });
        let name = format!("{word}-{}", plan.target);
        let (id, unit) = (plan.target, self.unit.unwrap_or(plan.target_account));
        self.project.resources.push(Resource { id, unit, sort, name, policy, key });
    }

    /// Declares the caller or the target once more.
    fn twin(&mut self, plan: &Plan, twin: Twin) {
        let new = self.id();
        let (of, account) = match twin {
            Twin::CallerSame | Twin::CallerBare => (plan.caller, plan.caller_account),
            Twin::TargetSame | Twin::TargetBare => (plan.target, plan.target_account),
            Twin::BucketAtHome => (plan.target, plan.caller_account),
        };
        // Sometimes before, sometimes after the first in the order of names.
        let directory = self.dice.one(&["aaa", "zzz"]);
        let unit = self.project.units.len();
        let directory = format!("{directory}-{new}");
        self.project.units.push(Unit { account, directory, module: None });
        if let Some(found) = self.project.identity(of) {
            let mut copy = Identity { id: new, unit, ..found.clone() };
            // What it has of others is written out, because they stand in another root.
            let groups: Vec<&Identity> =
                copy.groups.iter().filter_map(|id| self.project.identity(*id)).collect();
            let attached = copy.attached.iter().chain(groups.iter().flat_map(|group| &group.attached));
            let mut policies: Vec<Policy> = attached.filter_map(|it| self.project.policy_of(*it)).collect();
            policies.extend(groups.iter().flat_map(|group| group.inline.clone()));
            copy.inline.extend(policies);
            copy.attached.clear();
            copy.groups.clear();
            copy.boundary = None;
            if twin == Twin::CallerBare {
                copy.inline.clear();
            }
            if twin == Twin::TargetBare {
                copy.trust.statements = vec![service()];
            }
            self.project.identities.push(copy);
        }
        if let Some(found) = self.project.resource(of) {
            let mut copy = Resource { id: new, unit, ..found.clone() };
            if twin != Twin::TargetSame {
                copy.policy = None;
            }
            self.project.resources.push(copy);
        }
    }
}
