//! Whether a request exists that satisfies conditions.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::compare::{compare, in_seconds, network, number};
use super::constraint::{Constraint, Quantity};
use super::context::{Context, Presence};
use super::operator::Test;
use crate::bounds;
use crate::iam::glob::{self, Case};
use crate::value::{Answer, PieceKind, Text};

/// Whether some request satisfies all constraints. Keys are taken to be independent of one another.
pub(crate) fn satisfiable<'c>(
    constraints: impl IntoIterator<Item = &'c Constraint>,
    open: bool,
    context: &Context,
) -> Answer {
    let all: Vec<_> = constraints.into_iter().collect();
    let sure: Vec<_> = all.iter().copied().filter(|constraint| constraint.present.is_yes()).collect();
    let without = joint(&sure, context);
    let with = if sure.len() == all.len() { without } else { joint(&all, context) };
    // More constraints are harder to satisfy, so the two enclose the answer.
    let answer = if without.is_no() {
        Answer::No
    } else if with.is_yes() {
        Answer::Yes
    } else {
        Answer::Unknown
    };
    if open { answer.and(Answer::Unknown) } else { answer }
}

fn joint(constraints: &[&Constraint], context: &Context) -> Answer {
    let mut by_name: BTreeMap<String, Vec<&Constraint>> = BTreeMap::new();
    let mut unnamed: Vec<Vec<&Constraint>> = Vec::new();
    for constraint in constraints {
        if let Some(name) = constraint.name() {
            by_name.entry(name).or_default().push(constraint);
        } else if let Some(group) = unnamed
            .iter_mut()
            .take(bounds::CONDITION_KEYS)
            .find(|group| group.first().is_some_and(|one| one.key == constraint.key))
        {
            group.push(constraint);
        } else {
            // A key of an opaque symbol is not even equal to itself.
            unnamed.push(vec![constraint]);
        }
    }
    Answer::all(by_name.values().chain(&unnamed).map(|group| for_key(group, context)))
}

/// All constraints on one key.
fn for_key(constraints: &[&Constraint], context: &Context) -> Answer {
    let Some(name) = constraints.first().and_then(|constraint| constraint.name()) else {
        // Any key may be meant, and the context may know it.
        return free(constraints, true, None).and(Answer::Unknown).or(refutable(constraints));
    };
    let now = is_clock(&name).then_some(context.now);
    match context.get(&name) {
        Presence::Absent => Answer::all(constraints.iter().map(|constraint| constraint.absent)),
        Presence::Values(values) => {
            Answer::all(constraints.iter().map(|constraint| for_values(constraint, values)))
        }
        Presence::Free => free(constraints, true, now),
        Presence::Present => free(constraints, false, now),
        Presence::Unknown => {
            let some = free(constraints, true, now);
            let refuted =
                Answer::any(constraints.iter().map(|constraint| free(&[&constraint.turned()], true, now)));
            if some.is_no() || refuted.is_no() { some } else { Answer::Unknown }
        }
    }
}

/// `Yes` when the constraints hold for every key and value there could be.
fn refutable(constraints: &[&Constraint]) -> Answer {
    let refuted = Answer::any(constraints.iter().map(|constraint| free(&[&constraint.turned()], true, None)));
    if refuted.is_no() { Answer::Yes } else { Answer::No }
}

fn is_clock(key: &str) -> bool {
    matches!(key, "aws:currenttime" | "aws:epochtime")
}

fn for_values(constraint: &Constraint, values: &[Text]) -> Answer {
    let Some(first) = values.first() else { return constraint.absent };
    if constraint.is_null() {
        return constraint.passes(first);
    }
    match constraint.quantity {
        Quantity::All => Answer::all(values.iter().map(|value| constraint.passes(value))),
        Quantity::Some => Answer::any(values.iter().map(|value| constraint.passes(value))),
        Quantity::Single if values.len() == 1 => constraint.passes(first),
        // What AWS makes of several values without a set operator is not documented; where none matches, none can. A negated
        // operator says the opposite.
        Quantity::Single => {
            let matches = |value| constraint.polar(constraint.passes(value));
            constraint.polar(Answer::any(values.iter().map(matches)).and(Answer::Unknown))
        }
    }
}

/// The caller chooses the value, and whether there is one.
fn free(constraints: &[&Constraint], may_be_absent: bool, now: Option<jiff::Timestamp>) -> Answer {
    let absent = Answer::all(constraints.iter().map(|constraint| constraint.absent));
    let absent = if may_be_absent { absent } else { Answer::No };
    if absent.is_yes() {
        return absent;
    }
    let (nulls, tests): (Vec<_>, Vec<_>) = constraints.iter().copied().partition(|one| one.is_null());
    let whatever = Text::default();
    let nulls = Answer::all(nulls.iter().map(|null| null.passes(&whatever)));
    if nulls.is_no() {
        return absent;
    }
    let some = |one: &&&Constraint| one.quantity == Quantity::Some;
    let present =
        if tests.iter().any(|one| one.quantity == Quantity::Single) || !tests.iter().any(|c| some(&c)) {
            value_exists(&tests, now)
        } else {
            // The key has several values: each `ForAnyValue` may be met by another one.
            let all: Vec<_> = tests.iter().copied().filter(|one| one.quantity == Quantity::All).collect();
            Answer::all(tests.iter().filter(some).map(|one| {
                let with: Vec<_> = all.iter().chain([one]).copied().collect();
                value_exists(&with, now)
            }))
        };
    // A key of several values, of which nobody says how many must pass.
    let lacks = tests.iter().any(|one| one.lacks_quantifier());
    let present = if lacks { present.and(Answer::Unknown) } else { present };
    absent.or(present.and(nulls))
}

/// Operators that compare alike, and whether one value passes all constraints of such operators.
type Family = (fn(Test) -> bool, fn(&[&Constraint], Option<jiff::Timestamp>) -> Answer);

const FAMILIES: [Family; 4] = [
    (|test| matches!(test, Test::Numeric(_) | Test::Date(_)), number_exists),
    (|test| test == Test::Bool, |constraints, _| truth_exists(constraints)),
    (|test| test == Test::Ip, |constraints, _| address_exists(constraints)),
    (
        |test| matches!(test, Test::Exact | Test::Folded | Test::Like | Test::Arn),
        |constraints, _| text_exists(constraints),
    ),
];

/// Whether one value passes all constraints.
fn value_exists(constraints: &[&Constraint], now: Option<jiff::Timestamp>) -> Answer {
    if constraints.is_empty() {
        return Answer::Yes;
    }
    let values: usize = constraints.iter().map(|one| one.values.len()).sum();
    if values > bounds::CONDITION_VALUES {
        return Answer::Unknown;
    }
    let (mut rest, mut each) = (constraints.to_vec(), Answer::Yes);
    for (is_of_family, exists) in FAMILIES {
        let (its, others): (Vec<_>, Vec<_>) =
            rest.into_iter().partition(|one| one.test().is_some_and(is_of_family));
        if its.len() == constraints.len() {
            return exists(&its, now);
        }
        if !its.is_empty() {
            each = each.and(exists(&its, now));
        }
        rest = others;
    }
    // Different families on one key: where no value passes those of one, none passes all; else a literal may decide, nothing else.
    if each.is_no() { each } else { from_candidates(constraints).unwrap_or(Answer::Unknown) }
}

fn truth_exists(constraints: &[&Constraint]) -> Answer {
    Answer::any(["true", "false"].map(|word| passes_all(constraints, &plain(constraints, word))))
}

fn passes_all(constraints: &[&Constraint], value: &Text) -> Answer {
    Answer::all(constraints.iter().map(|one| one.passes(value)))
}

fn plain(constraints: &[&Constraint], word: &str) -> Text {
    constraints.first().map_or_else(Text::default, |one| Text::literal(word, one.key_span))
}

/// Numbers and dates: between two neighbouring bounds all numbers are alike, so one of each suffices.
fn number_exists(constraints: &[&Constraint], now: Option<jiff::Timestamp>) -> Answer {
    let now = now.map(in_seconds);
    let mut bounds: Vec<f64> = now.into_iter().collect();
    for constraint in constraints {
        let Some(test) = constraint.test() else { continue };
        let read = |item: &crate::iam::policy::Item<Text>| number(test, &item.value.as_literal()?);
        bounds.extend(constraint.values.iter().filter_map(read));
    }
    bounds.sort_by(f64::total_cmp);
    let between = bounds.windows(2).filter_map(|pair| match pair {
        [a, b] => Some(f64::midpoint(*a, *b)),
        _ => None,
    });
    let mut candidates: Vec<f64> = between.collect();
    candidates.push(bounds.first().map_or(0.0, |first| first - 1.0));
    candidates.push(bounds.last().map_or(0.0, |last| last + 1.0));
    candidates.append(&mut bounds);
    Answer::any(
        candidates
            .into_iter()
            .filter(|candidate| now.is_none_or(|now| *candidate >= now))
            .map(|candidate| Answer::all(constraints.iter().map(|one| number_passes(one, candidate)))),
    )
}

fn number_passes(constraint: &Constraint, request: f64) -> Answer {
    let Some(test) = constraint.test() else { return Answer::Unknown };
    let (Test::Numeric(comparison) | Test::Date(comparison)) = test else { return Answer::Unknown };
    constraint.polar(constraint.listed(|item| match item.value.as_literal() {
        None => Answer::Unknown,
        Some(literal) => {
            number(test, &literal).is_some_and(|policy| compare(comparison, request, policy)).into()
        }
    }))
}

/// Networks: a network that is left when the excluded ones are taken away has an address.
fn address_exists(constraints: &[&Constraint]) -> Answer {
    let known =
        |one: &&Constraint| !one.open && one.values.iter().all(|item| item.value.as_literal().is_some());
    let uncertain =
        !constraints.iter().all(|one| known(one) && one.values.iter().all(|item| item.present.is_yes()));
    let nets = |one: &Constraint| -> Vec<ipnet::IpNet> {
        one.values.iter().filter_map(|item| network(&item.value.as_literal()?)).collect()
    };
    let (negated, positive): (Vec<_>, Vec<_>) = constraints.iter().copied().partition(|one| one.negated);
    if uncertain {
        let impossible = positive.iter().any(|one| !one.open && one.values.is_empty());
        return if impossible { Answer::No } else { Answer::Unknown };
    }
    let mut left: Vec<ipnet::IpNet> = ["0.0.0.0/0", "::/0"].iter().filter_map(|all| network(all)).collect();
    for one in positive {
        let allowed = nets(one);
        left = left
            .iter()
            .flat_map(|net| allowed.iter().filter_map(|other| narrower(*net, *other)).collect::<Vec<_>>())
            .collect();
        if left.len() > bounds::ADDRESS_RANGES {
            return Answer::Unknown;
        }
    }
    let excluded: Vec<_> = negated.iter().flat_map(|one| nets(one)).collect();
    let excluded = ipnet::IpNet::aggregate(&excluded);
    left.iter().any(|net| !excluded.iter().any(|excluded| excluded.contains(net))).into()
}

fn narrower(a: ipnet::IpNet, b: ipnet::IpNet) -> Option<ipnet::IpNet> {
    if a.contains(&b) {
        Some(b)
    } else if b.contains(&a) {
        Some(a)
    } else {
        None
    }
}

/// Strings and ARNs.
fn text_exists(constraints: &[&Constraint]) -> Answer {
    if let Some(answer) = from_candidates(constraints) {
        return answer;
    }
    let (negated, positive): (Vec<_>, Vec<_>) = constraints.iter().copied().partition(|one| one.negated);
    let Some((first, rest)) = positive.split_first() else { return some_text_outside(&negated, None) };
    first.listed(|item| {
        if !is_wild(&item.value) {
            return passes_all(&negated, &item.value).and(passes_all(rest, &item.value));
        }
        let pattern = (&item.value, first.test());
        if rest.is_empty() {
            return some_text_outside(&negated, Some(pattern));
        }
        let meets = Answer::all(
            rest.iter().map(|other| other.listed(|item| meet(pattern, (&item.value, other.test())))),
        );
        // Two by two they may meet without one text for all.
        if rest.len() == 1 && negated.is_empty() { meets } else { meets.and(Answer::Unknown) }
    })
}

type Pattern<'a> = (&'a Text, Option<Test>);

fn meet(a: Pattern<'_>, b: Pattern<'_>) -> Answer {
    match (a.1, b.1) {
        (Some(Test::Arn), Some(Test::Arn)) => glob::arn_intersects(a.0, b.0),
        (Some(Test::Like), Some(Test::Like)) => glob::intersects(a.0, b.0, Case::Sensitive),
        // A pattern by fields admits no more than the same pattern as a whole.
        _ => glob::intersects(a.0, b.0, Case::Folded).and(Answer::Unknown),
    }
}

/// Whether some text of a pattern (or any text) is matched by none of the negated constraints.
fn some_text_outside(negated: &[&Constraint], pattern: Option<Pattern<'_>>) -> Answer {
    let unknown = pattern.is_some_and(|(text, _)| text.symbols().next().is_some());
    let mut answer = Answer::Yes;
    let (mut excluded, mut single) = (Vec::new(), Vec::new());
    for one in negated {
        let wild = matches!(one.test(), Some(Test::Like | Test::Arn));
        if one.open {
            answer = Answer::Unknown;
        }
        for item in one.values.iter() {
            let is_pattern = one.test() == Some(Test::Exact) && !is_wild(&item.value);
            if wild {
                excluded.push(item);
            } else if is_pattern && item.value.as_literal().is_some() && !unknown {
                single.push(item);
            } else if item.value.as_literal().is_none() || unknown {
                answer = Answer::Unknown;
            }
        }
    }
    // One text more or less is nothing among endlessly many; what patterns leave may be no more than that.
    if !excluded.is_empty() {
        excluded.append(&mut single);
    }
    let inner = pattern.map(|(text, _)| text);
    let star = match (inner, excluded.first()) {
        (_, None) => return answer,
        (Some(inner), _) => Cow::Borrowed(inner),
        (None, Some(item)) => Cow::Owned(Text::literal("*", item.span)),
    };
    let sure: Vec<_> = excluded.iter().filter(|item| item.present.is_yes()).map(|item| &item.value).collect();
    let all: Vec<_> = excluded.iter().map(|item| &item.value).collect();
    let sure = glob::includes(&sure, &star, Case::Sensitive);
    let all = glob::includes(&all, &star, Case::Sensitive);
    let arn = pattern.is_some_and(|(_, test)| test == Some(Test::Arn));
    let included = match (sure, all) {
        (Answer::Yes, _) => Answer::Yes,
        // Compared as a whole, an ARN pattern matches more than it does by fields.
        (_, Answer::No) if !arn => Answer::No,
        _ => Answer::Unknown,
    };
    answer.and(!included)
}

/// Tries the values of a positive constraint that lists texts without wildcards: no other text passes.
fn from_candidates(constraints: &[&Constraint]) -> Option<Answer> {
    let finite = |one: &&&Constraint| {
        !one.negated
            && match one.test() {
                Some(Test::Exact | Test::Bool) => true,
                Some(Test::Like | Test::Arn) => one.values.iter().all(|item| !is_wild(&item.value)),
                _ => false,
            }
    };
    let chosen = constraints.iter().find(finite);
    if let Some(chosen) = chosen {
        return Some(chosen.listed(|item| {
            let others = constraints.iter().filter(|other| !std::ptr::eq(**other, *chosen));
            Answer::all(others.map(|other| other.passes(&item.value)))
        }));
    }
    let chosen = constraints.iter().find(|one| !one.negated && one.test() == Some(Test::Folded))?;
    Some(chosen.listed(|item| {
        let others: Vec<_> =
            constraints.iter().copied().filter(|other| !std::ptr::eq(*other, *chosen)).collect();
        // In another case the value may pass where it does not as written.
        let as_written = passes_all(&others, &item.value);
        if as_written.is_yes() || others.is_empty() { as_written } else { Answer::Unknown }
    }))
}

fn is_wild(text: &Text) -> bool {
    text.pieces().iter().any(|piece| match &piece.kind {
        PieceKind::Literal(part) => part.contains(['*', '?']),
        // An unknown may hold a wildcard.
        PieceKind::Symbol(_) | PieceKind::Json(_) => true,
    })
}
