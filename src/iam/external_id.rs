//! Whether a trust policy truly asks for an external ID.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_common-scenarios_third-party.html>

use std::sync::Arc;

use super::callers::{Bounding, callers};
use super::condition::{self, Constraint, Context, Presence, Quantity, Test, constraints};
use super::evaluate::expands;
use super::policy::{Condition, Effect, Item, Policy, Statement};
use super::principal::Principal;
use crate::source::Span;
use crate::value::{Answer, PieceKind, Text, When};

const KEY: &str = "sts:externalid";

/// Whether a statement of a trust policy asks for an external ID.
#[derive(Clone, Debug)]
pub enum ExternalId {
    /// It does.
    Required {
        /// The external IDs it accepts.
        values: Arc<[Item<Text>]>,
    },
    /// It looks as if it did, but a request without one, or with any, is allowed.
    Weak {
        /// The operator or the value that spoils it.
        span: Span,
        /// Why, as a clause that stands alone.
        reason: String,
    },
    /// It does not.
    Missing,
    /// It asks for one that nobody can send, so that nobody is trusted.
    Never,
    /// That depends on what is not known.
    Unknown,
}

/// Whether `statement`, an `Allow` of the trust policy `policy`, asks for an external ID. A `Deny` beside it
/// that denies everyone without one counts.
pub fn external_id(policy: &Policy, statement: &Statement, context: &Context) -> ExternalId {
    let context = context.variables(expands(policy));
    let mine = constraints(&statement.conditions, &context);
    let mut on_key: Vec<Constraint> = mine.iter().filter(|one| is_external_id(one)).cloned().collect();
    let without = context.with(KEY, Presence::Absent);
    let mut admitted = condition::satisfiable(&statement.conditions, statement.conditions_open, &without);
    for deny in policy.statements.iter().filter(|one| one.effect == Some(Effect::Deny)) {
        let (denied, mut theirs) = denied_without(deny, statement, &without);
        admitted = admitted.and(!denied);
        if !denied.is_no() {
            on_key.append(&mut theirs);
        }
    }
    let open = statement.conditions_open || policy.open || mine.iter().any(|one| one.name().is_none());
    judge(&on_key, admitted, open)
}

/// The choices under which a statement asks for no external ID, where it asks for one under the others: as onboarding templates do,
/// with a condition on a parameter that is empty by default.
pub fn left_out(policy: &Policy, statement: &Statement, context: &Context) -> Option<When> {
    let mut asking = condition::on_key(statement, KEY).map(|one| one.when.otherwise());
    let without = asking.next()??;
    if !asking.all(|other| other.as_ref() == Some(&without)) {
        return None;
    }
    let is_left = |one: &&Condition| one.when.and(&without).is_some();
    let conditions = statement.conditions.iter().filter(is_left).cloned().collect();
    let bare = Statement { conditions, ..statement.clone() };
    matches!(external_id(policy, &bare, context), ExternalId::Missing).then_some(without)
}

fn judge(on_key: &[Constraint], admitted: Answer, open: bool) -> ExternalId {
    if on_key.is_empty() {
        return if open { ExternalId::Unknown } else { ExternalId::Missing };
    }
    match admitted {
        Answer::Yes => {
            let holes = || on_key.iter().filter(|one| !one.absent.is_no());
            // What only refuses those that send one asks for none.
            if holes().any(|_| true) && holes().all(Constraint::is_null) {
                return ExternalId::Missing;
            }
            holes().find_map(absence_hole).unwrap_or(ExternalId::Unknown)
        }
        Answer::Unknown => ExternalId::Unknown,
        Answer::No => by_value(on_key),
    }
}

fn is_external_id(constraint: &Constraint) -> bool {
    constraint.name().is_some_and(|name| name == KEY)
}

/// Whether `deny` denies every request without an external ID, and what it asks of one.
fn denied_without(deny: &Statement, statement: &Statement, without: &Context) -> (Answer, Vec<Constraint>) {
    let turned: Vec<_> = constraints(&deny.conditions, without).iter().map(Constraint::turned).collect();
    let mine: Vec<_> = turned.iter().filter(|one| is_external_id(one)).cloned().collect();
    if mine.is_empty() {
        return (Answer::No, mine);
    }
    let everyone = deny
        .principals
        .as_ref()
        .map_or(Answer::No, |clause| clause.matches(|item| covers_principals(&item.value, statement)));
    let actions = Answer::all(statement.actions.items.iter().map(|item| {
        // What matters is the assume action; `sts:TagSession` beside it needs no external ID.
        let assume = Text::literal("sts:AssumeRole", item.span);
        match super::action::action_matches(&item.value, &assume) {
            Answer::No => Answer::Yes,
            _ => deny.actions.covers_action(&assume),
        }
    }));
    let all = condition::tautology(&deny.conditions, deny.conditions_open, without);
    (deny.present.and(everyone).and(actions).and(all), mine)
}

/// Whether a denied principal covers all that the statement admits.
fn covers_principals(denied: &Principal, statement: &Statement) -> Answer {
    if *denied == Principal::Everyone {
        return Answer::Yes;
    }
    let Some(clause) = &statement.principals else { return Answer::No };
    Answer::all(clause.items.iter().map(|item| match (denied, &item.value) {
        (a, b) if a == b => Answer::Yes,
        (
            Principal::Account { account: denied },
            Principal::Account { account }
            | Principal::Role { account, .. }
            | Principal::User { account, .. },
        ) => super::glob::same(denied, account),
        _ => Answer::Unknown,
    }))
}

/// Why the constraint lets a request in that has no external ID.
fn absence_hole(constraint: &Constraint) -> Option<ExternalId> {
    if constraint.absent.is_no() || constraint.is_null() {
        return None;
    }
    let written = &constraint.operator.value;
    let reason = if constraint.turned {
        format!("`{written}` denies nothing if no external ID is sent")
    } else if constraint.quantity == Quantity::All {
        "`ForAllValues` also matches requests without an external ID".to_owned()
    } else if constraint.negated && constraint.parsed.is_some_and(|op| !op.if_exists) {
        format!("`{written}` matches every external ID except the listed ones, and requests without one")
    } else {
        format!("`{written}` also matches requests without an external ID")
    };
    Some(ExternalId::Weak { span: constraint.operator.span, reason })
}

/// An external ID must be sent; whether it matters which.
fn by_value(on_key: &[Constraint]) -> ExternalId {
    let mut weak = None;
    let mut unknown = false;
    for constraint in on_key {
        if constraint.is_null() {
            let reason = "any external ID is accepted".to_owned();
            weak.get_or_insert(ExternalId::Weak { span: constraint.key_span, reason });
            continue;
        }
        if constraint.negated {
            let reason =
                format!("`{}` matches every external ID except the listed ones", constraint.operator.value);
            weak.get_or_insert(ExternalId::Weak { span: constraint.operator.span, reason });
            continue;
        }
        match values_hold(constraint) {
            Ok(Answer::Yes) if is_never_sent(constraint) => return ExternalId::Never,
            Ok(Answer::Yes) => return ExternalId::Required { values: Arc::clone(&constraint.values) },
            Ok(_) => unknown = true,
            Err(found) => {
                weak.get_or_insert(found);
            }
        }
    }
    if unknown { ExternalId::Unknown } else { weak.unwrap_or(ExternalId::Unknown) }
}

/// Whether nobody can send what the constraint asks for: an external ID has at least two characters.
///
/// <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html>
fn is_never_sent(constraint: &Constraint) -> bool {
    let is_short = |item: &Item<Text>| {
        item.value.as_literal().is_some_and(|id| id.chars().count() < 2 && !id.contains('*'))
    };
    !constraint.open && constraint.values.iter().all(is_short)
}

/// Whether every value the constraint accepts is an external ID that somebody must know.
fn values_hold(constraint: &Constraint) -> Result<Answer, ExternalId> {
    let like = matches!(constraint.test(), Some(Test::Like | Test::Arn));
    let mut answer = if constraint.open && like { Answer::Unknown } else { Answer::Yes };
    if constraint.parsed.is_none() {
        answer = Answer::Unknown;
    }
    for item in constraint.values.iter() {
        let spoils = match item.value.as_literal() {
            Some(literal)
                if like && !literal.is_empty() && literal.chars().all(|c| matches!(c, '*' | '?')) =>
            {
                Some(format!("`{literal}` matches any value"))
            }
            Some(_) => None,
            None => {
                let only_symbol =
                    item.value.pieces().iter().all(|piece| matches!(piece.kind, PieceKind::Symbol(_)));
                if like && only_symbol {
                    answer = answer.and(Answer::Unknown);
                }
                None
            }
        };
        match spoils {
            Some(reason) if item.present.is_yes() => {
                return Err(ExternalId::Weak { span: item.span, reason });
            }
            Some(_) => answer = answer.and(Answer::Unknown),
            None => {}
        }
    }
    Ok(answer)
}

/// What else protects a trust that asks for no external ID.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Safeguards {
    /// Multi-factor authentication is required. It protects users; roles never have it.
    pub mfa: Answer,
    /// Requests must come from fixed networks.
    pub network: Answer,
    /// Callers must belong to an organization.
    pub organization: Answer,
    /// Callers are limited to named principals.
    pub principal: Answer,
}

/// What a statement of a trust policy requires besides an external ID.
pub fn other_safeguards(statement: &Statement, context: &Context) -> Safeguards {
    let unsatisfied = |key: &'static str, presence: Presence| {
        let context = context.with(key, presence);
        !condition::satisfiable(&statement.conditions, statement.conditions_open, &context)
    };
    let callers = callers(statement, "iam", context);
    let bound = |kind: Bounding| {
        let answer =
            Answer::any(callers.bounds.iter().filter(|bound| bound.kind == kind).map(|bound| bound.answer));
        if statement.conditions_open { answer.or(Answer::Unknown) } else { answer }
    };
    let asks = |key: &str| statement.conditions_open || condition::on_key(statement, key).next().is_some();
    let absent = |key: &'static str| if asks(key) { unsatisfied(key, Presence::Absent) } else { Answer::No };
    let without = Text::literal("false", statement.span);
    let mfa = absent("aws:MultiFactorAuthPresent")
        .and(unsatisfied("aws:MultiFactorAuthPresent", Presence::Values(vec![without])))
        .or(absent("aws:MultiFactorAuthAge"));
    Safeguards {
        mfa,
        network: bound(Bounding::Network),
        organization: bound(Bounding::Organization),
        principal: bound(Bounding::Principal),
    }
}

#[cfg(test)]
mod tests;
