//! Accesses from one account to another that work: both sides are declared, and both allow it.

use std::collections::BTreeSet;

use trustlint::Span;
use trustlint::internals::ask::{Asked, Asker, Question, What, Who};
use trustlint::internals::graph::{DeclarationId, Graph, IdentityId};
use trustlint::internals::iam::policy::Statement;
use trustlint::internals::value::{Answer, Text};

use crate::checkout::{Project, TODAY};

/// Questions that are asked of one project.
const QUESTIONS: usize = 60_000;

/// How the other side grants it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Class {
    /// To a whole account, or to everybody within bounds.
    Account,
    /// To this principal by name.
    Named,
}

/// A statement of one side: where it is, and its parts that break when changed.
#[derive(Clone, Debug)]
pub(crate) struct Side {
    pub(crate) statement: Span,
    pub(crate) actions: Vec<Span>,
    pub(crate) names: Vec<Span>,
}

/// A working access.
#[derive(Clone, Debug)]
pub(crate) struct Pair {
    pub(crate) caller: String,
    pub(crate) target: String,
    pub(crate) action: String,
    pub(crate) class: Class,
    pub(crate) own: Side,
    pub(crate) other: Side,
    /// Whether the permission names what it is for, and not just everything.
    pub(crate) permission_names: bool,
    /// Whether the grant names the principal, its account or its organization, and not just everybody.
    pub(crate) grant_names: bool,
    /// Where the caller is declared.
    pub(crate) declared: Span,
    /// The addresses of all that takes part.
    pub(crate) addresses: Vec<String>,
    caller_arn: String,
    target_arn: String,
}

fn actions_of(graph: &Graph, target: &What) -> Vec<String> {
    let What::Resources(ids) = target else { return vec!["sts:AssumeRole".to_owned()] };
    let mut actions = BTreeSet::new();
    for id in ids {
        let resource = &graph.resources[*id];
        for document in &resource.documents {
            for statement in &graph.documents[*document].policy.statements {
                actions.extend(statement.actions.items.iter().map(|it| it.text.to_string()));
            }
        }
        let usual = match resource.service {
            "s3" => "s3:GetObject",
            "sqs" => "sqs:SendMessage",
            "sns" => "sns:Publish",
            "kms" => "kms:Decrypt",
            "secretsmanager" => "secretsmanager:GetSecretValue",
            "ecr" => "ecr:BatchGetImage",
            "lambda" => "lambda:InvokeFunction",
            "events" => "events:PutEvents",
            _ => continue,
        };
        actions.insert(usual.to_owned());
    }
    actions.into_iter().filter(|it| it.contains(':') && !it.contains(['*', '?', '$'])).take(3).collect()
}

fn side(statement: &Statement, names: Vec<Span>) -> Side {
    Side {
        statement: statement.span,
        actions: statement.actions.items.iter().map(|it| it.span).collect(),
        names,
    }
}

/// The account, ARN and declaration of a target.
fn facts<'g>(graph: &'g Graph, target: &What) -> Option<(&'g Text, &'g Text, DeclarationId)> {
    match target {
        What::Identities(ids) => {
            ids.first().map(|id| &graph.identities[*id]).map(|it| (&it.account, &it.arn, it.declaration))
        }
        What::Resources(ids) => {
            ids.first().map(|id| &graph.resources[*id]).map(|it| (&it.account, &it.arn, it.declaration))
        }
    }
}

/// Working accesses of a project across accounts, each by a grant of its own; those by grants to a whole account first.
pub(crate) fn of(project: &Project) -> Vec<Pair> {
    let graph = &project.graph;
    let asker = Asker::new(graph, TODAY.parse().unwrap());
    let trusting = graph.identities.with_ids().filter(|(_, it)| it.trust.is_some());
    let granting = graph.resources.with_ids().filter(|(_, it)| !it.documents.is_empty() && it.declared);
    let targets: Vec<What> = trusting
        .map(|(id, _)| What::identity(id))
        .chain(granting.map(|(id, _)| What::resource(id)))
        .collect();
    let (mut found, mut seen, mut asked) = (Vec::new(), BTreeSet::new(), 0);
    for target in &targets {
        let Some((account, ..)) = facts(graph, target) else { continue };
        let actions = actions_of(graph, target);
        for (id, caller) in graph.identities.with_ids() {
            let elsewhere = graph.accounts.same(&caller.account, account).is_no();
            for action in actions.iter().filter(|_| elsewhere && !caller.policies.is_empty()) {
                asked += 1;
                if asked > QUESTIONS {
                    break;
                }
                let pair = working(&asker, id, target, action);
                found.extend(pair.filter(|pair| seen.insert(pair.other.statement)));
            }
        }
    }
    found.sort_by_key(|it| it.class);
    found
}

/// A pair, when it is allowed and both sides say so in a statement.
fn working(asker: &Asker<'_>, id: IdentityId, target: &What, action: &str) -> Option<Pair> {
    let graph = asker.graph;
    let within = Asked { graph, target: target.clone(), within: None }.meant_by(action);
    let who = Who::Declared(id);
    let question = Question { caller: &who, target, action, within: within.as_ref() };
    if !asker.ask(&question).answer.is_yes() {
        return None;
    }
    let explained = asker.explain(&question);
    let mut allowing = explained
        .evidence
        .iter()
        .filter(|it| !it.denies() && it.nearly().is_none() && it.statement.is_some());
    let own = allowing.clone().find(|it| it.is_own())?;
    let other = allowing.find(|it| !it.is_own())?;
    let (allows, grants) = (own.statement?, other.statement?);
    let (_, arn, address) = facts(graph, target)?;
    let caller = &graph.identities[id];
    let listed = || allows.resources.iter().flat_map(|it| &it.items);
    let principals = || grants.principals.iter().flat_map(|it| &it.items);
    let permission_names = !listed().any(|it| it.text.to_string().trim_matches('*').is_empty());
    let grant_names = !grants.conditions.is_empty() || !principals().any(|it| it.text.is_literally("*"));
    let name = format!("/{}", caller.name);
    let named = principals().any(|it| it.text.to_string().ends_with(&name));
    let addresses = [own.declaration, other.declaration, Some(caller.declaration), Some(address)];
    (permission_names || grant_names).then(|| Pair {
        caller: caller.shown.clone(),
        target: graph.address(address).to_owned(),
        action: action.to_owned(),
        class: if named { Class::Named } else { Class::Account },
        permission_names,
        grant_names,
        own: side(allows, listed().map(|it| it.span).collect()),
        other: side(grants, principals().map(|it| it.span).collect()),
        declared: graph.declarations[caller.declaration].body,
        addresses: addresses.into_iter().flatten().map(|it| graph.address(it).to_owned()).collect(),
        caller_arn: caller.arn.to_string(),
        target_arn: arn.to_string(),
    })
}

impl Pair {
    /// Whether it was planted, and not found.
    pub(crate) fn is_planted(&self) -> bool {
        self.caller == "field-caller"
    }

    /// What is answered in a changed project; nothing when one of both is not there any more.
    pub(crate) fn ask_again(&self, project: &Project) -> Option<Answer> {
        let graph = &project.graph;
        let (caller, _) = graph.identities.with_ids().find(|(_, it)| {
            it.arn.to_string() == self.caller_arn
                && self.addresses.iter().any(|one| one == graph.address(it.declaration))
        })?;
        self.asked(project, caller)
    }

    fn asked(&self, project: &Project, caller: IdentityId) -> Option<Answer> {
        let graph = &project.graph;
        let roles = graph.identities.with_ids().find(|(_, it)| {
            it.arn.to_string() == self.target_arn && graph.address(it.declaration) == self.target
        });
        let resources = graph.resources.with_ids().find(|(_, it)| {
            it.arn.to_string() == self.target_arn && graph.address(it.declaration) == self.target
        });
        let target = match (roles, resources) {
            (Some((id, _)), _) => What::identity(id),
            (None, Some((id, _))) => What::resource(id),
            (None, None) => return None,
        };
        let within = Asked { graph, target: target.clone(), within: None }.meant_by(&self.action);
        let who = Who::Declared(caller);
        let asker = Asker::new(graph, TODAY.parse().unwrap());
        let question =
            Question { caller: &who, target: &target, action: &self.action, within: within.as_ref() };
        Some(asker.ask(&question).answer)
    }

    /// Whether somebody else of the caller's account may do it, so that a grant to the account is of use.
    pub(crate) fn others_may(&self, project: &Project) -> bool {
        let graph = &project.graph;
        let is_caller = |arn: &Text| arn.to_string() == self.caller_arn;
        let Some((_, caller)) = graph.identities.with_ids().find(|(_, it)| is_caller(&it.arn)) else {
            return false;
        };
        let mut others = graph.identities.with_ids().filter(|(_, it)| {
            graph.accounts.same(&it.account, &caller.account).is_yes() && !is_caller(&it.arn)
        });
        others.any(|(id, _)| self.asked(project, id).is_some_and(|it| !it.is_no()))
    }
}
