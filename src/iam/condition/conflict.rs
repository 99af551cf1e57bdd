//! Why no request satisfies conditions.

use std::borrow::Cow;

use super::compare::{network, number};
use super::constraint::Constraint;
use super::context::Context;
use super::satisfy::satisfiable;
use super::{constraints, operator::Test};
use crate::bounds;
use crate::iam::arn::Arn;
use crate::iam::data::shown_key;
use crate::iam::glob::{self, Case};
use crate::iam::policy::{Condition, Item, Polarity, Statement};
use crate::iam::principal::Principal;
use crate::iam::read::is_placeholder;
use crate::source::Span;
use crate::value::{Answer, Text, Via};

/// Conditions that no request satisfies.
#[derive(Clone, Debug)]
pub struct Conflict {
    /// What sort of conflict it is.
    pub kind: ConflictKind,
    /// Where: the keys, or the values that cannot occur.
    pub spans: Vec<Span>,
    /// Why, as a clause that stands alone.
    pub reason: String,
    /// What to write in place of a value that cannot occur.
    pub help: Cow<'static, str>,
    /// Whether the value holds the place of what somebody still fills in: an empty default, a placeholder.
    pub is_stand_in: bool,
    /// The references that the value came through.
    pub via: Option<Via>,
}

/// Why conditions cannot be satisfied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ConflictKind {
    /// A time window that is over.
    Over,
    /// Two or more conditions that exclude each other.
    Together,
    /// A condition that none of the principals of its statement meets.
    Nobody,
    /// A value that the key never has.
    Never,
    /// Such a value, and others beside it that the key can have.
    Partly,
}

/// Whether it is worth asking for a conflict: most statements have one condition, on a key that can have any value.
pub fn may_conflict(statement: &Statement) -> bool {
    let conditions = &statement.conditions;
    let speaks = |condition: &Condition, keys: &[&str]| {
        let key = condition.key.value.as_literal();
        key.is_some_and(|key| keys.iter().any(|one| key.eq_ignore_ascii_case(one)))
    };
    conditions.iter().enumerate().any(|(index, condition)| {
        speaks(condition, &ALONE)
            || conditions.iter().take(index.min(bounds::CONTRADICTIONS)).any(|other| {
                condition.key.value == other.key.value
                    || speaks(condition, &OF_PRINCIPAL) && speaks(other, &OF_PRINCIPAL)
            })
            || speaks(condition, &OF_PRINCIPAL) && statement.principals.is_some()
    })
}

/// Keys with values that no request has, and those of time.
const ALONE: [&str; 4] = ["aws:currenttime", "aws:epochtime", "aws:sourceip", "sts:externalid"];

/// Keys that say of whom a principal is.
const OF_PRINCIPAL: [&str; 2] = ["aws:principalaccount", "aws:principalarn"];

/// Why certainly no request satisfies the conditions of `statement`; the smallest part that shows it. `None`
/// when a request may.
pub fn conflict(statement: &Statement, context: &Context) -> Option<Conflict> {
    let all: Vec<_> = constraints(&statement.conditions, context)
        .into_iter()
        .filter(|constraint| constraint.present.is_yes())
        .collect();
    let fails = |some: &[&Constraint]| satisfiable(some.iter().copied(), false, context).is_no();
    for one in &all {
        // Values that cannot be read are for `mistyped-condition-value`, empty lists for `empty-element`.
        if fails(&[one]) {
            return is_clock(one).then(|| over(one));
        }
        if let Some(never) = private_source(one).filter(|it| it.kind == ConflictKind::Never) {
            return Some(never);
        }
        if let Some(never) = unsendable(one) {
            return Some(never);
        }
    }
    if let Some(other) = all.iter().find_map(|one| of_others(statement, one)) {
        return Some(other);
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

/// A value of a condition that no request has, beside others that a request may have.
pub fn useless(statement: &Statement) -> Option<Conflict> {
    let context = Context::new(jiff::Timestamp::UNIX_EPOCH);
    let on_source = statement.conditions.iter().filter(|condition| {
        condition.key.value.as_literal().is_some_and(|key| key.eq_ignore_ascii_case("aws:SourceIp"))
    });
    let mut all = on_source.map(|condition| Constraint::of(condition, &context));
    all.find_map(|one| private_source(&one))
}

fn is_clock(constraint: &Constraint) -> bool {
    let clock = constraint.name().is_some_and(|key| key == "aws:currenttime" || key == "aws:epochtime");
    let Some(test @ (Test::Date(_) | Test::Numeric(_))) = constraint.test() else { return false };
    // Whoever writes a date before there was IAM means never.
    // https://docs.aws.amazon.com/IAM/latest/UserGuide/document-history.html
    let iam_began = 1_283_385_600.0;
    let is_meant = |item: &Item<Text>| {
        item.value.as_literal().and_then(|it| number(test, &it)).is_some_and(|at| at > iam_began)
    };
    clock && constraint.values.iter().any(is_meant)
}

fn over(constraint: &Constraint) -> Conflict {
    let written = &constraint.operator.value;
    let until: Vec<_> = constraint.values.iter().map(|item| format!("`{}`", item.text)).collect();
    let reason = format!("the time that `{written}` {} allows is over", until.join(", "));
    Conflict {
        kind: ConflictKind::Over,
        spans: spans(constraint),
        reason,
        help: "remove the statement, or set a later date".into(),
        is_stand_in: false,
        via: constraint.values.first().map(|item| item.via.clone()),
    }
}

fn key_of(constraint: &Constraint) -> String {
    constraint.name().map_or_else(|| constraint.key.to_string(), |name| shown_key(&name))
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
        constraints.iter().map(|one| format!("`{}` on `{}`", one.operator.value, key_of(one))).collect();
    let reason = if clock {
        "the time window is empty".to_owned()
    } else {
        format!("{} cannot hold together", names.join(" and "))
    };
    Conflict {
        kind: ConflictKind::Together,
        spans: constraints.iter().map(|one| one.key_span).collect(),
        reason,
        help: apart(constraints, clock).into(),
        is_stand_in: false,
        via: None,
    }
}

/// What to do about conditions of an Allow that exclude each other. Only of conditions that list what they match is each a limit by
/// itself: one that says what it does not match would let everyone else in.
fn apart(constraints: &[&Constraint], clock: bool) -> &'static str {
    let lists = |one: &&Constraint| {
        !one.negated
            && one.absent.is_no()
            && matches!(one.test(), Some(Test::Exact | Test::Folded | Test::Like | Test::Arn | Test::Ip))
    };
    let first = constraints.first().map(|one| &one.key);
    if clock {
        "set an end that is later than the beginning"
    } else if constraints.iter().all(lists) && constraints.iter().all(|one| Some(&one.key) == first) {
        "remove one of the conditions, or put them into statements of their own"
    } else {
        "change the values, so that they do not exclude each other"
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
    let mut private = Vec::new();
    for item in constraint.values.iter() {
        if is_private(network(&item.value.as_literal()?)?) {
            private.push(item);
        }
    }
    let first = private.first()?;
    let kind =
        if private.len() == constraint.values.len() { ConflictKind::Never } else { ConflictKind::Partly };
    Some(Conflict {
        kind,
        spans: private.iter().map(|item| item.span).collect(),
        reason: format!("`aws:SourceIp` is never a private address such as `{}`", first.text),
        help: "use the public addresses of the network, or `aws:VpcSourceIp` together with `aws:SourceVpc` for requests \
               through an endpoint"
            .into(),
        is_stand_in: false,
        via: Some(first.via.clone()),
    })
}

fn is_private(net: ipnet::IpNet) -> bool {
    match net {
        ipnet::IpNet::V4(net) => {
            net.addr().is_private() && net.broadcast().is_private() || net.addr().is_loopback()
        }
        ipnet::IpNet::V6(net) => net.addr().is_unique_local() && net.prefix_len() >= 7,
    }
}

/// Whether somebody can send an external ID, or one that a pattern stands for: it has two characters or more, of few kinds.
///
/// <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html>
pub fn is_sendable(external_id: &str) -> bool {
    let taken = |char: char| char.is_ascii_alphanumeric() || "_+=,.@:/-*?".contains(char);
    (external_id.len() >= 2 || ["*", "?"].contains(&external_id)) && external_id.chars().all(taken)
}

/// External IDs that nobody can send.
fn unsendable(constraint: &Constraint) -> Option<Conflict> {
    let applies = constraint.name()? == "sts:externalid"
        && matches!(constraint.test(), Some(Test::Exact | Test::Like))
        && !constraint.negated
        && constraint.absent.is_no()
        && !constraint.open;
    let is_wrong = |item: &Item<Text>| item.value.as_literal().is_some_and(|id| !is_sendable(&id));
    let first = constraint.values.first().filter(|_| applies)?;
    if !constraint.values.iter().all(is_wrong) {
        return None;
    }
    let text = if first.text.is_empty() {
        "an empty external ID".to_owned()
    } else {
        format!("the external ID `{}`", first.text)
    };
    Some(Conflict {
        kind: ConflictKind::Never,
        spans: spans(constraint),
        reason: format!(
            "nobody can send {text}: it would have at least two characters, and only letters, digits and `_+=,.@:/-`"
        ),
        help: if first.text.is_empty() {
            "set the external ID that the vendor gave you, and give a variable for it no empty default"
        } else {
            "set the external ID that the vendor gave you"
        }
        .into(),
        // An empty text that is longer where it is written is a variable.
        is_stand_in: constraint.values.iter().all(|item| {
            let is_empty_default =
                item.text.is_empty() && (item.via.spans().next().is_some() || item.span.len() > 2);
            is_empty_default || item.text.as_literal().is_some_and(|text| is_placeholder(&text))
        }),
        via: Some(first.via.clone()),
    })
}

/// A condition on the account or ARN of the principal, which none of the principals that the statement names has.
fn of_others(statement: &Statement, constraint: &Constraint) -> Option<Conflict> {
    let name = constraint.name().filter(|name| OF_PRINCIPAL.contains(&name.as_str()))?;
    let clause = statement.principals.as_ref()?;
    let is_closed = clause.polarity == Polarity::In && !clause.open && !clause.items.is_empty();
    if constraint.negated || !constraint.absent.is_no() || constraint.open || !is_closed {
        return None;
    }
    let is_arn = name == "aws:principalarn";
    let meets = |principal: &Item<Principal>, value: &Item<Text>| {
        let Some(account) = principal.value.account() else { return Answer::Unknown };
        if !is_arn {
            return glob::intersects(&value.value, account, Case::Sensitive);
        }
        let Some(arn) = Arn::parse(&value.value) else { return Answer::Unknown };
        glob::intersects(&arn.account, account, Case::Sensitive)
    };
    let none = clause.items.iter().all(|principal| {
        constraint.listed(|value| meets(principal, value)).is_no() && principal.present.is_yes()
    });
    let (first, principal) = (constraint.values.first()?, clause.items.first()?);
    none.then(|| Conflict {
        kind: ConflictKind::Nobody,
        spans: vec![first.span, principal.span],
        reason: format!("no principal that it names has the `{}` `{}`", shown_key(&name), first.text),
        help: if is_arn {
            "name a principal that has it, or correct the condition".into()
        } else {
            format!("name a principal of account `{}`, or correct the condition", first.text).into()
        },
        is_stand_in: false,
        via: Some(first.via.clone()),
    })
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
