//! Why no request satisfies conditions.

use super::compare::network;
use super::constraint::Constraint;
use super::context::Context;
use super::satisfy::satisfiable;
use super::{constraints, operator::Test};
use crate::bounds;
use crate::iam::arn::Arn;
use crate::iam::glob::{self, Case};
use crate::iam::policy::Statement;
use crate::source::Span;
use crate::value::{Answer, Text};

/// Conditions that no request satisfies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// What sort of conflict it is.
    pub kind: ConflictKind,
    /// Where: the keys, or the values that cannot occur.
    pub spans: Vec<Span>,
    /// Why, as a clause that stands alone.
    pub reason: String,
}

/// Why conditions cannot be satisfied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ConflictKind {
    /// A time window that is over.
    Over,
    /// One condition that nothing satisfies: no values, or values that cannot be read.
    Alone,
    /// Two or more conditions that exclude each other.
    Together,
    /// A value that the key never has.
    Never,
}

/// Why certainly no request satisfies the conditions of `statement`; the smallest part that shows it. `None`
/// when a request may.
pub fn conflict(statement: &Statement, context: &Context) -> Option<Conflict> {
    let all: Vec<_> = constraints(&statement.conditions, context)
        .into_iter()
        .filter(|constraint| constraint.present.is_yes())
        .collect();
    let fails = |some: &[&Constraint]| satisfiable(some.iter().copied(), false, context).is_no();
    for one in &all {
        if fails(&[one]) {
            return Some(alone(one));
        }
        if let Some(never) = private_source(one) {
            return Some(never);
        }
    }
    // In a document made to be slow, only the whole is asked.
    let pairs = if all.len() > bounds::CONTRADICTIONS { &[] } else { all.as_slice() };
    for (index, one) in pairs.iter().enumerate() {
        for other in pairs.iter().skip(index + 1) {
            if fails(&[one, other]) || accounts_differ(one, other) || accounts_differ(other, one) {
                return Some(together(&[one, other]));
            }
        }
    }
    if fails(&all.iter().collect::<Vec<_>>()) {
        if all.len() > bounds::CONTRADICTIONS {
            return Some(together(&all.iter().take(2).collect::<Vec<_>>()));
        }
        let same: Vec<_> =
            all.iter().filter(|one| all.iter().filter(|other| other.key == one.key).count() > 1).collect();
        return Some(together(&same));
    }
    None
}

fn alone(constraint: &Constraint) -> Conflict {
    let written = &constraint.operator.value;
    let clock = constraint.name().is_some_and(|key| key == "aws:currenttime" || key == "aws:epochtime");
    if clock && matches!(constraint.test(), Some(Test::Date(_) | Test::Numeric(_))) {
        let reason = format!("the time that `{written}` allows is over");
        return Conflict { kind: ConflictKind::Over, spans: spans(constraint), reason };
    }
    let reason = if constraint.values.is_empty() {
        format!("`{written}` has no values to match")
    } else {
        format!("no value of `{}` satisfies `{written}`", constraint.key)
    };
    Conflict { kind: ConflictKind::Alone, spans: spans(constraint), reason }
}

fn spans(constraint: &Constraint) -> Vec<Span> {
    if constraint.values.is_empty() {
        vec![constraint.key_span]
    } else {
        constraint.values.iter().map(|item| item.span).collect()
    }
}

fn together(constraints: &[&Constraint]) -> Conflict {
    let clock = constraints.iter().all(|one| one.name().is_some_and(|key| key == "aws:currenttime"));
    let names: Vec<_> =
        constraints.iter().map(|one| format!("`{}` on `{}`", one.operator.value, one.key)).collect();
    let reason = if clock {
        "the time window is empty".to_owned()
    } else {
        format!("{} cannot hold together", names.join(" and "))
    };
    Conflict {
        kind: ConflictKind::Together,
        spans: constraints.iter().map(|one| one.key_span).collect(),
        reason,
    }
}

/// The address a request comes from is public: private networks reach AWS through an endpoint, which sends
/// `aws:VpcSourceIp` instead.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-sourceip>
fn private_source(constraint: &Constraint) -> Option<Conflict> {
    let applies = constraint.name()? == "aws:sourceip"
        && constraint.test() == Some(Test::Ip)
        && !constraint.negated
        && constraint.absent.is_no()
        && !constraint.open
        && !constraint.values.is_empty();
    if !applies {
        return None;
    }
    for item in constraint.values.iter() {
        let inside = match network(&item.value.as_literal()?)? {
            ipnet::IpNet::V4(net) => {
                net.addr().is_private() && net.broadcast().is_private() || net.addr().is_loopback()
            }
            ipnet::IpNet::V6(net) => net.addr().is_unique_local() && net.prefix_len() >= 7,
        };
        if !inside {
            return None;
        }
    }
    let reason = "`aws:SourceIp` is never a private address".to_owned();
    Some(Conflict { kind: ConflictKind::Never, spans: spans(constraint), reason })
}

/// `aws:PrincipalArn` names the account that `aws:PrincipalAccount` is.
fn accounts_differ(arns: &Constraint, accounts: &Constraint) -> bool {
    let is = |constraint: &Constraint, key: &str| {
        constraint.name().is_some_and(|name| name == key)
            && !constraint.negated
            && constraint.absent.is_no()
            && !constraint.open
            && matches!(constraint.test(), Some(Test::Exact | Test::Like | Test::Arn))
    };
    if !is(arns, "aws:principalarn") || !is(accounts, "aws:principalaccount") {
        return false;
    }
    let meet = |arn: &Text, account: &Text| match Arn::parse(arn) {
        Some(arn) => glob::intersects(&arn.account, account, Case::Sensitive),
        None => Answer::Unknown,
    };
    arns.listed(|arn| accounts.listed(|account| meet(&arn.value, &account.value))).is_no()
}
