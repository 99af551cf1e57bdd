//! Who may do what: both sides of an access, with the statements that decide.
//!
//! The questions ask whether *some* request of the caller is allowed; what the caller chooses (session name,
//! tags, external id) is chosen favourably. `Yes` holds for every value of what the template leaves unknown.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html>

mod caller;
mod decide;
mod demands;
mod evidence;
mod order;
mod request;

use std::rc::Rc;

pub use caller::{Caller, CallerKind, Match, principal_matches};
pub use demands::Demand;
pub use evidence::{Does, Evidence};
pub use request::{Decision, Layer, Layers, Policies, Reason, Request};

use super::arn::Arn;
use super::condition::{self, Context, Operator, Test};
use super::data;
use super::glob::arn_matches;
use super::policy::{Clause, Condition, Effect, Item, Polarity, Policy, Statement};
use crate::value::{Answer, Text};

/// In which respect a statement fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Why {
    /// It speaks of other principals.
    Principal,
    /// It lacks the action.
    Action,
    /// It names other resources.
    Resource,
    /// No request satisfies its conditions.
    Condition,
}

#[derive(Clone, Copy)]
struct Question<'q> {
    caller: Option<&'q Caller>,
    /// The caller has a permissions boundary.
    bounded: bool,
    action: &'q str,
    resource: Option<&'q Text>,
}

/// Whether some request for an action meets a statement, whoever makes it. A trust policy has no resource.
pub fn may_allow(
    policy: &Policy,
    statement: &Statement,
    action: &str,
    resource: Option<&Text>,
    context: &Context,
) -> Answer {
    let context = context.variables(expands(policy)).asking(action);
    let question = Question { caller: None, bounded: false, action, resource };
    let conditions = condition::satisfiable(&statement.conditions, statement.conditions_open, &context);
    question.speaks(statement, &context).0.and(conditions).and(statement.present)
}

/// What a statement says of the three things that are asked.
struct Matched {
    principal: (Answer, Match),
    action: Answer,
    resource: Answer,
    source: Answer,
}

impl Matched {
    fn all(&self) -> Answer {
        self.principal.0.and(self.action).and(self.resource).and(self.source)
    }
}

impl Question<'_> {
    fn matches(&self, statement: &Statement, context: &Context) -> Matched {
        Matched {
            principal: self.principal(statement),
            action: self.action(statement),
            resource: self.resource(statement, context),
            source: self.source(statement),
        }
    }

    /// Whether a statement matches in all three respects, and how it means the caller; what is dearer to ask is asked
    /// later.
    fn speaks(&self, statement: &Statement, context: &Context) -> (Answer, Match) {
        let action = self.action(statement);
        if action.is_no() {
            return (action, Match::None);
        }
        let (principal, how) = self.principal(statement);
        if principal.is_no() {
            return (principal, how);
        }
        let resource = self.resource(statement, context);
        (action.and(principal).and(resource).and(self.source(statement)), how)
    }

    /// Whether a service can act for what a condition on `aws:SourceArn` names: `EventBridge` sends the ARN of a rule, and
    /// never that of a topic.
    fn source(&self, statement: &Statement) -> Answer {
        let Some(caller) = self.caller.filter(|caller| caller.kind == CallerKind::Service) else {
            return Answer::Yes;
        };
        let Some(service) = caller.arn.as_literal() else { return Answer::Yes };
        let never = |item: &Item<Text>| match Arn::parse(&item.value).and_then(|arn| {
            let of = arn.service.as_literal()?;
            Some(!of.contains(['*', '?', '$']) && data::never_acts_for(&service, &of))
        }) {
            Some(never) => never.into(),
            None if item.value.as_literal().is_some() => Answer::No,
            None => Answer::Unknown,
        };
        let excludes = |one: &Condition| {
            let all = Answer::all(one.values.iter().map(|item| never(item).or(!item.present)));
            one.present.and(if one.open { all.and(Answer::Unknown) } else { all })
        };
        let lists = |one: &&Condition| {
            let operator = Operator::parse(&one.operator.value);
            let is_positive = operator.is_some_and(|it| !it.negated && !it.if_exists && it.set.is_none());
            is_positive && operator.is_some_and(|it| it.test != Test::Null) && !one.values.is_empty()
        };
        !Answer::any(condition::on_key(statement, "aws:SourceArn").filter(lists).map(excludes))
    }

    fn action(&self, statement: &Statement) -> Answer {
        statement.actions.covers_action(&statement.span_of_action(self.action))
    }

    fn principal(&self, statement: &Statement) -> (Answer, Match) {
        let Some(caller) = self.caller else { return (Answer::Yes, Match::None) };
        let Some(principals) = &statement.principals else { return (Answer::No, Match::None) };
        let spares = principals.polarity == Polarity::NotIn && statement.effect == Some(Effect::Deny);
        if self.bounded && spares {
            // https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html
            return (Answer::Yes, Match::Everyone);
        }
        caller::clause_matches(principals, caller, statement.effect)
    }

    fn resource(&self, statement: &Statement, context: &Context) -> Answer {
        match (self.resource, &statement.resources) {
            (Some(resource), Some(clause)) => covers(clause, resource, context),
            // A trust policy has no resource; it is the role's.
            (None, _) => Answer::Yes,
            (Some(_), None) if statement.principals.is_some() && is_of_repository(self.action) => Answer::Yes,
            (Some(_), None) => Answer::Unknown,
        }
    }
}

/// Whether an action is one on a repository of images, whose policy names no resource: it is about the repository.
///
/// <https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-policy-examples.html>
fn is_of_repository(action: &str) -> bool {
    let service = action.split(':').next().unwrap_or_default();
    ["ecr", "ecr-public"].iter().any(|one| one.eq_ignore_ascii_case(service))
}

impl Statement {
    /// An action as text, placed where the statement lists its actions.
    fn span_of_action(&self, action: &str) -> Text {
        Text::literal(action, self.actions.key_span)
    }
}

/// One context as policies of different versions see it.
struct Contexts {
    expanding: Rc<Context>,
    literal: Rc<Context>,
}

impl Contexts {
    fn of(context: &Context) -> Self {
        let literal = Rc::new(context.variables(false));
        Self { expanding: Rc::new(context.variables(true)), literal }
    }

    fn seen_by(&self, policy: &Policy) -> Rc<Context> {
        Rc::clone(if expands(policy) { &self.expanding } else { &self.literal })
    }
}

/// Whether `${…}` is a policy variable in this document.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_version.html>
pub fn expands(policy: &Policy) -> bool {
    policy
        .version
        .as_ref()
        .is_some_and(|version| version.value.as_literal().is_none_or(|version| version == "2012-10-17"))
}

/// Whether a `Resource` clause covers the resource, variables replaced.
fn covers(clause: &Clause<Text>, resource: &Text, context: &Context) -> Answer {
    clause.matches(|item| {
        let expanded = condition::expand(&item.value, context);
        // A variable without a value matches nothing; what `NotResource` makes of it, AWS leaves open.
        let is_open = clause.polarity == Polarity::NotIn
            && (expanded.is_none() || !condition::have_values(&item.value, context).is_yes());
        let matches = expanded.map_or(Answer::No, |pattern| {
            let full = in_full(&pattern, resource);
            arn_matches(full.as_ref().unwrap_or(&pattern), resource)
        });
        if is_open { matches.or(Answer::Unknown) } else { matches }
    })
}

/// The ARN that `execute-api:/stage/GET/path` is short for in the policy of an API.
///
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-resource-policies-examples.html>
pub(crate) fn in_full(pattern: &Text, resource: &Text) -> Option<Text> {
    let path = pattern.begins_with("execute-api:/").then(|| pattern.splitn(2, ':').pop()).flatten()?;
    let api = Arn::parse(resource).filter(|arn| arn.service.is_literally("execute-api"))?;
    let mut full = api.whole()?;
    full.append(&path);
    Some(full)
}

fn why_near(statement: &Statement, matched: &Matched, context: &Context) -> Option<Why> {
    let conditions = condition::satisfiable(&statement.conditions, statement.conditions_open, context);
    let failed: Vec<_> = [
        (matched.principal.0, Why::Principal),
        (matched.action, Why::Action),
        (matched.resource, Why::Resource),
        (conditions.and(matched.source), Why::Condition),
    ]
    .into_iter()
    .filter(|(answer, _)| answer.is_no())
    .collect();
    match failed.as_slice() {
        [(_, why)] => Some(*why),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
