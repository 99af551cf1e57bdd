//! Holds what trustlint says against the truth.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::ask::{Asking, Found, Target};
use super::conditions::{arn_like, like};
use super::model::{
    ASSUME, Attached, Document, Id, Identity, Kind, List, OBJECTS, Principal, Project, Resource, Sort,
    Statement, actions_on, is_about_objects,
};
use super::oracle::{OWN, PARTS, Part, Question, Truth, truth, truth_at_best, truth_without};
use super::page::{Place, What, Written};
use super::{cloudformation, terraform};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Language {
    Terraform,
    CloudFormation,
}

impl Language {
    pub(crate) fn write(self, project: &Project) -> Written {
        match self {
            Self::Terraform => terraform::write(project),
            Self::CloudFormation => cloudformation::write(project),
        }
    }

    fn address(self, project: &Project, id: Id) -> Option<String> {
        match self {
            Self::Terraform => terraform::address(project, id),
            Self::CloudFormation => cloudformation::address(project, id),
        }
    }
}

/// Somebody, and something to be done.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Pair {
    pub(crate) caller: String,
    pub(crate) target: String,
    pub(crate) action: &'static str,
}

impl Pair {
    fn within(&self) -> &'static str {
        if is_about_objects(self.action) { OBJECTS[0] } else { "" }
    }

    fn question(&self) -> Question<'_> {
        Question { caller: &self.caller, target: &self.target, within: self.within(), action: self.action }
    }
}

/// A disagreement, or a pair that is not reported.
#[derive(Clone, Debug)]
pub(crate) struct Disagreement {
    /// What is wrong, without names: the same for the same fault.
    pub(crate) kind: String,
    /// Who and what.
    pub(crate) about: String,
    pub(crate) wrong: bool,
}

impl fmt::Display for Disagreement {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}\n    {}", self.kind, self.about)
    }
}

/// How a denied pair is within reach of a rule, and whether it was reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Reach {
    /// A trust policy or a grant names the caller.
    Grant,
    /// A condition of a grant names the caller.
    Condition,
    /// A permission names the target.
    Permission,
    /// One side names the other, and is itself what keeps both from working: no rule is about that alone.
    Itself,
    /// A grant names the account of the caller, of which all identities are declared, and none of them can use any of it.
    Nobody,
    /// A grant names the account of the caller, or everybody.
    Account,
    /// A permission means the target by a pattern.
    Pattern,
}

/// What one project showed.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    pub(crate) disagreements: Vec<Disagreement>,
    /// For each reach and reason: how many pairs are denied, and how many of them reported.
    pub(crate) reached: BTreeMap<(Reach, String), (usize, usize)>,
    /// For each answer of `access` and each truth: how many pairs.
    pub(crate) answers: BTreeMap<(Truth, Truth), usize>,
    /// What `access` answers for each pair.
    pub(crate) said: BTreeMap<Pair, BTreeSet<Truth>>,
    /// The pairs that findings are about.
    pub(crate) reported: BTreeSet<(Pair, &'static str)>,
}

struct Judge<'a> {
    project: &'a Project,
    language: Language,
    written: &'a Written,
    truths: RefCell<BTreeMap<Pair, Truth>>,
    outcome: Outcome,
}

/// Asks trustlint, and holds its answers against the truth.
pub(crate) fn judge(project: &Project, language: Language) -> Outcome {
    let written = language.write(project);
    let asking = Asking::new(&written.files);
    let truths = RefCell::default();
    let mut judge = Judge { project, language, written: &written, truths, outcome: Outcome::default() };
    judge.plants();
    judge.accesses(&asking);
    judge.findings(&asking);
    judge.reach();
    judge.outcome
}

impl Judge<'_> {
    fn truth(&self, pair: &Pair) -> Truth {
        let known = self.truths.borrow().get(pair).copied();
        known.unwrap_or_else(|| {
            let truth = truth(self.project, &pair.question());
            self.truths.borrow_mut().insert(pair.clone(), truth);
            truth
        })
    }

    fn disagree(&mut self, wrong: bool, kind: String, about: String) {
        self.outcome.disagreements.push(Disagreement { kind, about, wrong });
    }

    /// What the generator says must be what the evaluator says, or one of them is wrong.
    fn plants(&mut self) {
        for plant in self.project.planted.clone() {
            let pair =
                Pair { caller: plant.caller.clone(), target: plant.target.clone(), action: plant.action };
            let truth = self.truth(&pair);
            if truth != plant.expected {
                let kind = format!("the generator and the evaluator differ: {}", plant.kind);
                self.disagree(true, kind, format!("{plant}, but {truth:?}"));
            }
        }
    }

    fn callers(&self) -> BTreeSet<String> {
        let identities = self.project.identities.iter().filter(|one| one.kind != Kind::Group);
        identities.map(|one| self.project.arn(one)).collect()
    }

    /// What can be asked for, with the account that has it.
    fn targets(&self) -> BTreeMap<String, (Option<Sort>, Id, BTreeSet<String>)> {
        let project = self.project;
        let mut all: BTreeMap<String, (Option<Sort>, Id, BTreeSet<String>)> = BTreeMap::new();
        let roles = project.identities.iter().filter(|one| one.kind == Kind::Role);
        let roles = roles.map(|one| (project.arn(one), None, one.id, one.unit));
        let resources = project.resources.iter();
        let resources = resources.map(|it| (project.arn_of_resource(it), Some(it.sort), it.id, it.unit));
        for (arn, sort, id, unit) in roles.chain(resources) {
            let entry = all.entry(arn).or_insert_with(|| (sort, id, BTreeSet::new()));
            entry.2.insert(project.account_of(unit).to_owned());
        }
        all
    }

    fn account(arn: &str) -> &str {
        arn.split(':').nth(4).unwrap_or_default()
    }

    fn pairs(&self) -> Vec<(Pair, Option<Sort>, Id)> {
        let mut pairs = Vec::new();
        for (target, (sort, id, _)) in self.targets() {
            let planted = self.project.planted.iter().filter(|one| one.target == target);
            let mut actions: BTreeSet<&'static str> = planted.map(|one| one.action).collect();
            actions.insert(sort.map_or(ASSUME, |sort| actions_on(sort)[0]));
            for caller in self.callers().into_iter().filter(|caller| *caller != target) {
                for action in &actions {
                    pairs.push((Pair { caller: caller.clone(), target: target.clone(), action }, sort, id));
                }
            }
        }
        pairs
    }

    fn accesses(&mut self, asking: &Asking) {
        for (pair, sort, id) in self.pairs() {
            let by_name = matches!(sort, None | Some(Sort::Bucket));
            let address = (!by_name).then(|| self.language.address(self.project, id)).flatten();
            let target = Target { arn: pair.target.clone(), address, within: pair.within().to_owned() };
            let answers = asking.access(&pair.caller, &target, pair.action);
            let truth = self.truth(&pair);
            let about = || format!("{} {} {}", pair.caller, pair.action, pair.target);
            if answers.is_empty() {
                self.disagree(true, "`access` does not find the pair".to_owned(), about());
            }
            for answer in answers.iter().copied().collect::<BTreeSet<_>>() {
                *self.outcome.answers.entry((answer, truth)).or_default() += 1;
                // Which organization an account is in is asked as what a caller chooses: in its favour.
                let by_organization = answer == Truth::Allowed
                    && truth == Truth::Open
                    && truth_at_best(self.project, &pair.question()) == Truth::Allowed;
                let doubled = self.is_doubled(&pair);
                // A template does not say its region, so two of a name in one account are two in two regions.
                let by_region = self.language == Language::CloudFormation
                    && !by_name
                    && self.is_declared_twice(&pair.target);
                if answer != truth {
                    let wrong = answer != Truth::Open && !by_organization && !by_region;
                    let how = format!("`access` says {answer:?}, and it is {truth:?}");
                    let kind = format!("{how}{doubled} [{}]", self.what_is_done(&pair));
                    self.disagree(wrong, kind, about());
                }
            }
            self.outcome.said.insert(pair, answers.into_iter().collect());
        }
    }

    fn is_doubled(&self, pair: &Pair) -> &'static str {
        let is_twice = self.is_declared_twice(&pair.caller) || self.is_declared_twice(&pair.target);
        if is_twice { ", declared twice" } else { "" }
    }

    fn is_declared_twice(&self, arn: &str) -> bool {
        let identities = self.project.identities.iter().filter(|one| self.project.arn(one) == arn);
        let resources = self.project.resources.iter();
        let resources = resources.filter(|one| self.project.arn_of_resource(one) == arn);
        identities.count() + resources.count() > 1
    }

    /// What was done to a pair, or on what its denial hangs.
    fn what_is_done(&self, pair: &Pair) -> String {
        let planted =
            self.project.planted.iter().find(|one| {
                (&one.caller, &one.target, one.action) == (&pair.caller, &pair.target, pair.action)
            });
        let bare = |one: &Resource| {
            one.sort == Sort::Key && one.policy.is_none() && self.project.arn_of_resource(one) == pair.target
        };
        let doubt = || match self.truth(pair) {
            Truth::Denied => self.reason(pair),
            _ if self.project.resources.iter().any(bare) => "the key has no policy".to_owned(),
            Truth::Open => "it is open".to_owned(),
            Truth::Allowed => "works".to_owned(),
        };
        planted.map_or_else(|| format!("not planted, {}", doubt()), |one| one.kind.to_owned())
    }

    /// Which part alone keeps a denied pair from working.
    fn reason(&self, pair: &Pair) -> String {
        if self.truth(pair) != Truth::Denied {
            return "works".to_owned();
        }
        let frees = |part: &&Part| truth_without(self.project, &pair.question(), &[**part]) != Truth::Denied;
        let parts: Vec<String> = PARTS.iter().filter(frees).map(|part| format!("{part:?}")).collect();
        match parts.as_slice() {
            [] => "several parts".to_owned(),
            [one] => one.clone(),
            _ => "conditions that exclude each other".to_owned(),
        }
    }

    fn findings(&mut self, asking: &Asking) {
        for found in asking.findings() {
            if found.rule.starts_with("undeclared-") {
                self.undeclared(&found);
                continue;
            }
            if found.rule == "kms-key-not-shared" {
                self.keys(&found);
                continue;
            }
            let claimed = self.claimed(&found);
            // A Deny beside a grant to a service is about no pair.
            if claimed.is_empty() && found.rule != "denied-grant" {
                let kind = format!("{}: nothing is known to be claimed", found.rule);
                self.disagree(true, kind, format!("{found:?}"));
            }
            for pair in claimed {
                let truth = self.truth(&pair);
                let is_meant = found.by_reference && truth == Truth::Open;
                if truth != Truth::Denied && !is_meant {
                    let doubled = self.is_doubled(&pair);
                    let kind = format!(
                        "{} is certain, and it is {truth:?}{doubled} [{}]",
                        found.rule,
                        self.what_is_done(&pair)
                    );
                    let about = format!("{} {} {}: {}", pair.caller, pair.action, pair.target, found.message);
                    self.disagree(true, kind, about);
                }
                self.outcome.reported.insert((pair, found.rule));
            }
        }
    }

    /// Of a secret whose key is not shared it is claimed that none of those named can use the key. AWS makes up its ARN, so it
    /// is known by its label.
    fn keys(&mut self, found: &Found) {
        let said = found.message.to_lowercase();
        let is_named = |one: &&Resource| said.contains(&format!("key{}`", self.project.label(one.id)));
        let keys: Vec<String> = self
            .project
            .resources
            .iter()
            .filter(|one| one.sort == Sort::Key)
            .filter(is_named)
            .map(|one| self.project.arn_of_resource(one))
            .collect();
        if keys.is_empty() {
            self.disagree(true, format!("{}: no such key", found.rule), format!("{found:?}"));
        }
        let has = |arn: &String| {
            let name = arn.rsplit('/').next().unwrap_or_default();
            found.message.contains(&format!("`{name}`")) || found.identity.contains(arn)
        };
        let (one, all): (Vec<_>, Vec<_>) = self.callers().into_iter().partition(has);
        let of_account = |arn: &String| found.message.contains(&format!("account {}", Self::account(arn)));
        let callers = if one.is_empty() { all.into_iter().filter(of_account).collect() } else { one };
        for (caller, key) in callers.iter().flat_map(|caller| keys.iter().map(move |key| (caller, key))) {
            let pair = Pair { caller: caller.clone(), target: key.clone(), action: "kms:Decrypt" };
            if self.truth(&pair) == Truth::Allowed {
                self.disagree(true, format!("{}: the key is shared", found.rule), format!("{found:?}"));
            }
        }
    }

    /// What is said not to exist is not declared by that ARN. It is also said of the pair with whoever has that name.
    fn undeclared(&mut self, found: &Found) {
        let (callers, targets) = (self.callers(), self.targets());
        let Some(named) = found.identity.last() else { return };
        if callers.contains(named) || targets.contains_key(named) {
            self.disagree(true, format!("{}: it is declared", found.rule), format!("{found:?}"));
        }
        let name =
            |arn: &str| (arn.split(':').nth(4).map(str::to_owned), arn.rsplit('/').next().map(str::to_owned));
        let meant: Vec<_> = callers.iter().filter(|arn| name(arn) == name(named)).collect();
        for place in self.written.places.get(&found.primary).cloned().unwrap_or_default() {
            // At a permission it is said of the declared role whose name is nearest.
            for caller in self.holders(place.document) {
                let near = targets.keys().filter(|target| named.starts_with(*target)).cloned();
                let pairs = near.map(|target| Pair { caller: caller.clone(), target, action: ASSUME });
                self.outcome.reported.extend(pairs.map(|pair| (pair, found.rule)));
            }
            let (Document::Trust(id) | Document::Resource(id)) = place.document else { continue };
            let Some((target, _)) = self.project.arn_of_thing(id) else { continue };
            let sort = targets.get(&target).and_then(|(sort, ..)| *sort);
            for (caller, action) in meant.iter().flat_map(|caller| {
                sort.map_or(&[ASSUME][..], actions_on).iter().map(move |action| (*caller, *action))
            }) {
                let pair = Pair { caller: caller.clone(), target: target.clone(), action };
                self.outcome.reported.insert((pair, found.rule));
            }
        }
    }

    /// The pairs of which a finding says that they do not work.
    fn claimed(&self, found: &Found) -> BTreeSet<Pair> {
        let at = |place: &(String, usize)| self.written.places.get(place).cloned().unwrap_or_default();
        let mut claimed = BTreeSet::new();
        // Of what is wrong beside all documents, the documents that it is about say more.
        let places = at(&found.primary);
        let beside = || found.related.iter().flat_map(at).collect();
        for place in if places.is_empty() { beside() } else { places } {
            let Some(policy) = self.project.document(place.document) else { continue };
            let Some(statement) = policy.statements.get(place.statement) else { continue };
            let near = std::iter::once(&found.primary).chain(&found.related).flat_map(at);
            let actions: BTreeSet<usize> = near
                .filter(|one| (one.document, one.statement) == (place.document, place.statement))
                .filter_map(|one| if let What::Action(at) = one.what { Some(at) } else { None })
                .collect();
            let targets = self.targets().into_iter();
            let targets: Vec<_> = targets
                .filter(|(arn, (sort, ..))| self.speaks_of_target(place, statement, arn, *sort))
                .collect();
            let callers = self.callers().into_iter();
            let callers: Vec<_> =
                callers.filter(|arn| self.speaks_of_caller(place, statement, arn)).collect();
            let named = |arn: &String| found.identity.contains(arn);
            let any_target = !targets.iter().any(|(arn, _)| named(arn));
            let any_caller = !callers.iter().any(named);
            for (arn, (sort, _, accounts)) in targets.iter().filter(|(arn, _)| any_target || named(arn)) {
                for caller in callers.iter().filter(|caller| any_caller || named(caller)) {
                    let at_home = accounts.contains(Self::account(caller));
                    if caller == arn || (at_home && !named(arn)) {
                        continue;
                    }
                    let all = sort.map_or(&[ASSUME][..], actions_on);
                    // They name the actions that the boundary or a Deny blocks, not those of the statement.
                    let is_named = |action: &&&str| found.identity.iter().any(|it| it == **action);
                    let by_name = matches!(found.rule, "boundary-blocks-access" | "denied-grant")
                        && all.iter().any(|it| is_named(&it));
                    let taken = |action: &&&str| takes(&statement.actions, &actions, action);
                    for action in all.iter().filter(|it| !by_name || is_named(it)).filter(taken) {
                        let pair = Pair { caller: caller.clone(), target: arn.clone(), action };
                        if is_about(statement, &pair) {
                            claimed.insert(pair);
                        }
                    }
                }
            }
        }
        claimed
    }

    fn speaks_of_target(&self, place: Place, statement: &Statement, arn: &str, sort: Option<Sort>) -> bool {
        match place.document {
            Document::Trust(id) | Document::Resource(id) => {
                self.project.arn_of_thing(id).is_some_and(|(known, _)| known == arn)
            }
            Document::Inline(..) | Document::Managed(_) => {
                let Some(resources) = &statement.resources else { return false };
                let object = format!("{arn}{}", OBJECTS[0]);
                let fits = |pattern: &str| {
                    arn_like(pattern, arn) || (sort == Some(Sort::Bucket) && arn_like(pattern, &object))
                };
                match place.what {
                    What::Resource(at) => fits(&resources.items[at].text) != resources.not,
                    _ => resources.items.iter().any(|it| fits(&it.text)) != resources.not,
                }
            }
            Document::Control(_) => false,
        }
    }

    fn speaks_of_caller(&self, place: Place, statement: &Statement, caller: &str) -> bool {
        match place.document {
            Document::Trust(_) | Document::Resource(_) => {
                let Some(principals) = &statement.principals else { return false };
                let by_item = |principal: &Principal| means(principal, caller);
                match place.what {
                    What::Principal(at) => by_item(&principals.items[at]),
                    What::Condition(at, value) => {
                        let condition = &statement.conditions[at];
                        principals.items.iter().any(by_item)
                            && match condition.key.as_str() {
                                "aws:PrincipalArn" => arn_like(&condition.values[value], caller),
                                "aws:PrincipalAccount" => Self::account(caller) == condition.values[value],
                                _ => true,
                            }
                    }
                    _ => principals.items.iter().any(by_item) != principals.not,
                }
            }
            document => self.holders(document).contains(caller),
        }
    }

    /// Who has a policy.
    fn holders(&self, document: Document) -> BTreeSet<String> {
        let project = self.project;
        let holds = |one: &Identity| match document {
            Document::Inline(id, _) => one.id == id,
            Document::Managed(id) => one.attached.contains(&Attached::Own(id)),
            _ => false,
        };
        let has = |one: &&Identity| {
            let mut groups = project.identities.iter().filter(|group| one.groups.contains(&group.id));
            one.kind != Kind::Group && (holds(one) || groups.any(holds))
        };
        project.identities.iter().filter(has).map(|one| project.arn(one)).collect()
    }

    /// Which denied pairs are reported, of those that rules can see.
    fn reach(&mut self) {
        let targets = self.targets();
        for (pair, sort, _) in self.pairs() {
            let (_, _, accounts) = &targets[&pair.target];
            let regional = !matches!(sort, None | Some(Sort::Bucket));
            if accounts.contains(Self::account(&pair.caller))
                || self.truth(&pair) != Truth::Denied
                || (self.language == Language::CloudFormation && regional)
            {
                continue;
            }
            let reason = self.reason(&pair);
            let Some(reach) = self.reach_of(&pair, &reason) else { continue };
            let reported = self.outcome.reported.iter().any(|(one, _)| match reach {
                Reach::Nobody => {
                    Self::account(&one.caller) == Self::account(&pair.caller) && one.target == pair.target
                }
                _ => *one == pair,
            });
            let entry = self.outcome.reached.entry((reach, reason.clone())).or_default();
            entry.0 += 1;
            entry.1 += usize::from(reported);
            if !reported {
                let wrong =
                    matches!(reach, Reach::Grant | Reach::Condition | Reach::Permission | Reach::Nobody);
                let done = self.what_is_done(&pair);
                let doubled = self.is_doubled(&pair);
                let kind = format!("not reported, by {reach:?}, for {reason}{doubled} [{done}]");
                self.disagree(wrong, kind, format!("{} {} {}", pair.caller, pair.action, pair.target));
            }
        }
    }

    /// Whether all identities of the account of the caller are declared, and none can do anything with the target.
    fn nobody_can_use(&self, principals: &List<Principal>, pair: &Pair) -> bool {
        let account = Self::account(&pair.caller);
        let by_account =
            |one: &Principal| matches!(one, Principal::Account(id) | Principal::Root(id) if id == account);
        let sort = self.targets().get(&pair.target).and_then(|(sort, ..)| *sort);
        let actions = sort.map_or(&[ASSUME][..], actions_on);
        self.project.covered
            && principals.items.iter().any(by_account)
            && self.callers().iter().filter(|one| Self::account(one) == account).all(|caller| {
                actions.iter().all(|action| {
                    let (caller, target) = (caller.clone(), pair.target.clone());
                    self.truth(&Pair { caller, target, action }) == Truth::Denied
                })
            })
    }

    /// How a rule could see a pair: by an element that allows it.
    fn reach_of(&self, pair: &Pair, reason: &str) -> Option<Reach> {
        let project = self.project;
        let mut reach = BTreeSet::new();
        for (document, policy) in project.documents() {
            let other = match document {
                Document::Trust(id) | Document::Resource(id) => {
                    project.arn_of_thing(id).is_some_and(|(arn, _)| arn == pair.target)
                }
                _ => false,
            };
            let own = self.holders(document);
            let useless = own.contains(&pair.caller)
                && own.iter().all(|caller| {
                    self.truth(&Pair { caller: caller.clone(), ..pair.clone() }) == Truth::Denied
                });
            for statement in policy.statements.iter().filter(|one| one.allow) {
                let exactly =
                    !statement.actions.not && statement.actions.items.iter().any(|it| it == pair.action);
                if !exactly || !is_about(statement, pair) {
                    continue;
                }
                if let Some(principals) = statement.principals.as_ref().filter(|_| other) {
                    let found = reach_of_grant(principals, statement, &pair.caller);
                    let by_name = statement.conditions.iter().any(|one| one.key == "aws:PrincipalArn");
                    let nobody =
                        found == Some(Reach::Account) && !by_name && self.nobody_can_use(principals, pair);
                    reach.extend(if nobody { Some(Reach::Nobody) } else { found });
                }
                if let Some(resources) = statement.resources.as_ref().filter(|_| useless) {
                    let names = |text: &str| {
                        text == pair.target
                            || text.strip_prefix(&pair.target).is_some_and(|rest| rest.starts_with('/'))
                    };
                    let named = !resources.not && resources.items.iter().any(|one| names(&one.text));
                    reach.insert(if named { Reach::Permission } else { Reach::Pattern });
                }
            }
        }
        let (own, other) = sides(reason);
        let is_due = |reach: &Reach| match reach {
            Reach::Grant => own,
            // Another condition of the grant may keep out whom the one on its ARN names: then no permission helps.
            Reach::Condition => own && truth_without(project, &pair.question(), &OWN) != Truth::Denied,
            Reach::Permission => other,
            _ => true,
        };
        let names =
            |one: &Reach| matches!(one, Reach::Grant | Reach::Condition | Reach::Permission | Reach::Nobody);
        let named = reach.iter().any(names);
        let due = reach.into_iter().find(is_due);
        due.filter(|due| !named || names(due)).or(named.then_some(Reach::Itself))
    }
}

/// Whether the resources of a statement fit what a pair is about.
fn is_about(statement: &Statement, pair: &Pair) -> bool {
    let asked = format!("{}{}", pair.target, pair.within());
    statement
        .resources
        .as_ref()
        .is_none_or(|list| list.items.iter().any(|named| arn_like(&named.text, &asked)) != list.not)
}

/// Whether what denies a pair is on the side of the caller, and whether on that of the target. A rule that starts at one side
/// speaks of what is missing on the other one.
fn sides(reason: &str) -> (bool, bool) {
    match reason {
        "Permission" | "OwnDeny" | "Boundary" | "ServiceControl" => (true, false),
        "several parts" => (true, true),
        // Also where both sides allow, but no request meets the conditions of both: that is said at the permission.
        _ => (false, true),
    }
}

fn reach_of_grant(principals: &List<Principal>, statement: &Statement, caller: &str) -> Option<Reach> {
    if principals.not || !principals.items.iter().any(|one| means(one, caller)) {
        return None;
    }
    let by_name = |one: &Principal| matches!(one, Principal::Entity(named) if named.text == caller);
    let by_condition = statement.conditions.iter().any(|one| {
        one.key == "aws:PrincipalArn"
            && !one.operator.contains("Not")
            && one.values.iter().any(|value| arn_like(value, caller))
    });
    Some(if principals.items.iter().any(by_name) {
        Reach::Grant
    } else if by_condition {
        Reach::Condition
    } else {
        Reach::Account
    })
}

fn means(principal: &Principal, caller: &str) -> bool {
    match principal {
        Principal::Everyone => true,
        Principal::Account(id) | Principal::Root(id) => Judge::account(caller) == id,
        Principal::Entity(named) => named.text == caller,
        Principal::Service(_) | Principal::Unknown => false,
    }
}

/// Whether the claimed actions, by their places in a statement, take an action.
fn takes(actions: &List<String>, claimed: &BTreeSet<usize>, action: &str) -> bool {
    let fits = |pattern: &String| like(&pattern.to_ascii_lowercase(), &action.to_ascii_lowercase());
    if actions.not {
        return !actions.items.iter().any(fits);
    }
    let items = actions.items.iter().enumerate();
    let mut items = items.filter(|(at, _)| claimed.is_empty() || claimed.contains(at));
    items.any(|(_, pattern)| fits(pattern))
}
