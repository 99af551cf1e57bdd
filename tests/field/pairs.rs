//! Accesses from one account to another that work: both sides are declared, and both allow it.

use std::collections::{BTreeMap, BTreeSet};

use trustlint::Span;
use trustlint::internals::ask::{Asked, Asker, Question, What, Who};
use trustlint::internals::graph::{DeclarationId, Graph, Identity, IdentityId};
use trustlint::internals::iam::policy::Statement;
use trustlint::internals::value::{Answer, Text};

use crate::checkout::{Project, TODAY, is_account};

/// Questions that are asked of one project.
const QUESTIONS: usize = 60_000;

/// Actions that are asked for of one target.
const ACTIONS: usize = 8;

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
    /// Whether the permission names what it is for, and not just everything or everything of a kind.
    pub(crate) permission_names: bool,
    pub(crate) own: Side,
    pub(crate) other: Side,
    /// Where the caller is declared.
    pub(crate) declared: Span,
    /// The addresses of all that takes part.
    pub(crate) addresses: Vec<String>,
    /// Whether the grant is to all of an organization, and names no account.
    of_organization: bool,
    /// What the grant gives, as far as it is not a pattern, and what is usually asked for.
    granted: Vec<String>,
    /// The unit of the caller, and that of the target.
    pub(crate) where_from: String,
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
        let usual: &[&str] = match resource.service {
            "s3" => &["s3:GetObject", "s3:ListBucket", "s3:PutObject"],
            "sqs" => &["sqs:SendMessage", "sqs:ReceiveMessage"],
            "sns" => &["sns:Publish", "sns:Subscribe"],
            "kms" => &["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt"],
            "secretsmanager" => &["secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"],
            "ecr" => &["ecr:BatchGetImage", "ecr:DescribeImages", "ecr:PutImage"],
            "lambda" => &["lambda:InvokeFunction", "lambda:GetFunction"],
            "events" => &["events:PutEvents"],
            "backup" => &["backup:CopyIntoBackupVault"],
            _ => &[],
        };
        actions.extend(usual.iter().map(|it| (*it).to_owned()));
    }
    actions.into_iter().filter(|it| it.contains(':') && !it.contains(['*', '?', '$'])).collect()
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
            ids.first().map(|id| &graph.identities[*id]).map(|it| (&*it.account, &it.arn, it.declaration))
        }
        What::Resources(ids) => {
            ids.first().map(|id| &graph.resources[*id]).map(|it| (&*it.account, &it.arn, it.declaration))
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
    let services: Vec<Services> = graph.identities.iter().map(|it| Services::of(graph, it)).collect();
    let (mut found, mut asked) = (Vec::new(), 0);
    for target in &targets {
        let Some((account, ..)) = facts(graph, target) else { continue };
        let actions = actions_of(graph, target);
        for ((id, caller), services) in graph.identities.with_ids().zip(&services) {
            let elsewhere = graph.accounts.same(&caller.account, account).is_no();
            for action in actions.iter().take(ACTIONS).filter(|action| elsewhere && services.has(action)) {
                asked += 1;
                if asked > QUESTIONS {
                    break;
                }
                found.extend(working(&asker, id, target, action));
            }
        }
    }
    chosen(found)
}

/// One pair for each grant, of a caller whose permission says what it is for, when there is one. Those of which the caller is the
/// only one who can use the grant come first, as others keep a grant to an account from being useless.
fn chosen(found: Vec<Pair>) -> Vec<Pair> {
    let mut by_grant: BTreeMap<Span, Vec<Pair>> = BTreeMap::new();
    for pair in found {
        by_grant.entry(pair.other.statement).or_default().push(pair);
    }
    let mut chosen = Vec::new();
    for mut pairs in by_grant.into_values() {
        pairs.sort_by_key(|it| !it.permission_names);
        let callers: BTreeSet<String> = pairs.iter().map(|it| it.caller_arn.clone()).collect();
        chosen.extend(pairs.into_iter().next().map(|pair| (callers.len(), pair)));
    }
    chosen.sort_by_key(|(callers, pair)| (!pair.permission_names, *callers, pair.class));
    chosen.into_iter().map(|(_, pair)| pair).collect()
}

/// Whether a resource of a permission is meant in particular: it has some letters of a name, or the ID of an account.
fn names_something(written: &str) -> bool {
    let mut fields = written.splitn(6, ':').skip(4);
    let (account, resource) = (fields.next().unwrap_or_default(), fields.next().unwrap_or_default());
    let own = resource.split_once(['/', ':']).filter(|_| !written.contains(":s3:"));
    let name = own.map_or(resource, |(_, own)| own);
    is_account(account) || name.chars().filter(|letter| letter.is_alphanumeric()).count() >= 3
}

/// The services of which an identity may call something.
struct Services(BTreeSet<String>);

impl Services {
    fn of(graph: &Graph, identity: &Identity) -> Self {
        let attached = graph.policies_of(identity);
        let actions = attached.iter().flat_map(|it| &it.policy.statements).flat_map(|it| &it.actions.items);
        let service = |text: String| text.split(':').next().unwrap_or_default().to_lowercase();
        Self(actions.map(|it| service(it.text.to_string())).collect())
    }

    fn has(&self, action: &str) -> bool {
        let service = action.split(':').next().unwrap_or_default();
        self.0.iter().any(|it| it.contains(['*', '$', '?']) || it == service)
    }
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
    let own_side: Vec<_> = allowing.clone().filter(|it| it.is_own()).collect();
    let own = own_side.first()?;
    let other = allowing.find(|it| !it.is_own())?;
    let (allows, grants) = (own.statement?, other.statement?);
    let (_, arn, address) = facts(graph, target)?;
    let caller = &graph.identities[id];
    let listed = || allows.resources.iter().flat_map(|it| &it.items);
    let principals = || grants.principals.iter().flat_map(|it| &it.items);
    let all_listed = own_side.iter().filter_map(|it| it.statement?.resources.as_ref());
    let permission_names =
        all_listed.flat_map(|it| &it.items).all(|it| names_something(&it.text.to_string()));
    let everybody = principals().any(|it| it.text.is_literally("*"));
    let bounded_by = |keys: &[&str]| {
        let mut written = grants.conditions.iter().map(|it| it.key.value.to_string());
        written.any(|key| keys.iter().any(|start| key.starts_with(start)))
    };
    let grant_names = !everybody || bounded_by(&["aws:Principal", "aws:SourceAccount", "kms:CallerAccount"]);
    let of_accounts = bounded_by(&["aws:PrincipalA", "aws:SourceAccount", "kms:CallerAccount"]);
    let name = format!("/{}", caller.name);
    let named = principals().any(|it| it.text.to_string().ends_with(&name));
    let addresses = [own.declaration, other.declaration, Some(caller.declaration), Some(address)];
    grant_names.then(|| Pair {
        caller: caller.shown.to_string(),
        target: graph.address(address).to_owned(),
        action: action.to_owned(),
        class: if named { Class::Named } else { Class::Account },
        permission_names,
        own: side(allows, listed().map(|it| it.span).collect()),
        other: side(grants, principals().map(|it| it.span).collect()),
        declared: graph.declarations[caller.declaration].body,
        addresses: addresses.into_iter().flatten().map(|it| graph.address(it).to_owned()).collect(),
        of_organization: everybody && !of_accounts,
        granted: actions_of(graph, target),
        where_from: format!(
            "{} -> {}",
            graph.declarations[caller.declaration].unit.path(),
            graph.declarations[address].unit.path()
        ),
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
        self.asked(project, caller, &self.action)
    }

    fn asked(&self, project: &Project, caller: IdentityId, action: &str) -> Option<Answer> {
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
        let within = Asked { graph, target: target.clone(), within: None }.meant_by(action);
        let who = Who::Declared(caller);
        let asker = Asker::new(graph, TODAY.parse().unwrap());
        let question = Question { caller: &who, target: &target, action, within: within.as_ref() };
        Some(asker.ask(&question).answer)
    }

    /// Whether somebody who is or may be of the caller's account, other than the caller, may or might do something that is
    /// granted to it, so that the grant to the account is of use. An organization has accounts that nobody lists.
    pub(crate) fn others_may(&self, project: &Project) -> bool {
        let graph = &project.graph;
        if self.of_organization {
            return true;
        }
        let is_caller = |arn: &Text| arn.to_string() == self.caller_arn;
        let Some((_, caller)) = graph.identities.with_ids().find(|(_, it)| is_caller(&it.arn)) else {
            return false;
        };
        let mut others = graph.identities.with_ids().filter(|(_, it)| {
            !graph.accounts.same(&it.account, &caller.account).is_no() && !is_caller(&it.arn)
        });
        others.any(|(id, _)| {
            self.granted.iter().any(|action| self.asked(project, id, action).is_some_and(|it| !it.is_no()))
        })
    }
}
