use proptest::prelude::*;

use super::*;
use crate::source::{Sources, Span};
use crate::value::{Because, Origin, OriginKind, Symbol};

fn span() -> Span {
    Span::start_of(Sources::in_memory([("a".to_owned(), String::new())]).find("a").unwrap())
}

/// `{x}` is a keyed symbol, `{#x}` an account, `{#=x}` one of the configuration.
fn text(written: &str) -> Text {
    let mut text = Text::default();
    let mut rest = written;
    while let Some((before, after)) = rest.split_once('{') {
        text.push_str(before, span());
        let (name, after) = after.split_once('}').unwrap();
        let (class, name) = match name.strip_prefix('#') {
            Some(name) => (Class::Account, name),
            None if name == "partition" => (Class::Partition, name),
            None => (Class::Keyed, name),
        };
        let origin = match name.strip_prefix('=') {
            Some(name) => OriginKind::Configured(name.into()).into(),
            None => Origin::described(name),
        };
        text.append(&Text::symbol(Symbol::new(class, origin, Because::Input), span()));
        rest = after;
    }
    text.push_str(rest, span());
    text
}

/// The definition: a pattern matches when some way of expanding its wildcards gives the word.
fn naive(pattern: &[char], word: &[char]) -> bool {
    match pattern.split_first() {
        None => word.is_empty(),
        Some(('*', rest)) => (0..=word.len()).any(|n| naive(rest, &word[n..])),
        Some(('?', rest)) => !word.is_empty() && naive(rest, &word[1..]),
        Some((c, rest)) => word.first() == Some(c) && naive(rest, &word[1..]),
    }
}

fn naively(pattern: &str, word: &str) -> bool {
    naive(&pattern.chars().collect::<Vec<_>>(), &word.chars().collect::<Vec<_>>())
}

fn words(length: usize) -> Vec<String> {
    let mut all = vec![String::new()];
    let mut last = all.clone();
    for _ in 0..length {
        last = last.iter().flat_map(|word| ["a", "b", "c"].map(|c| format!("{word}{c}"))).collect();
        all.extend(last.iter().cloned());
    }
    all
}

fn summary(outcomes: &[bool]) -> Answer {
    match (outcomes.contains(&true), outcomes.contains(&false)) {
        (true, false) => Answer::Yes,
        (false, _) => Answer::No,
        (true, true) => Answer::Unknown,
    }
}

/// Whether an answer says nothing false about the outcomes of all fillings.
fn sound(answer: Answer, outcomes: &[bool]) -> bool {
    answer == Answer::Unknown || answer == summary(outcomes)
}

fn fill(template: &str, filling: &str) -> String {
    template.replace("{x}", filling)
}

/// The same text, but of two pieces.
fn in_pieces(written: &str) -> Text {
    let (first, second) = written.split_at(written.len() / 2);
    let mut text = Text::literal(first, span());
    text.push_str(second, span());
    text
}

/// The comparisons as they are made of all texts, without looking whether a glance is enough.
mod slow {
    use super::super::{Case, Role, generally, included_generally};
    use crate::value::{Answer, Text};

    pub(super) fn matches(p: &Text, q: &Text, case: Case) -> Answer {
        generally((p, Role::Pattern), (q, Role::Literal), case)
    }

    pub(super) fn equals(p: &Text, q: &Text, case: Case) -> Answer {
        generally((p, Role::Literal), (q, Role::Literal), case)
    }

    pub(super) fn intersects(p: &Text, q: &Text, case: Case) -> Answer {
        generally((p, Role::Pattern), (q, Role::Pattern), case)
    }

    pub(super) fn includes(p: &Text, q: &Text, case: Case) -> Answer {
        included_generally(&[p], q, case)
    }
}

proptest! {
    #[test]
    fn matching_agrees_with_its_definition(pattern in "[ab?*]{0,6}", word in "[ab]{0,7}") {
        let answer = matches(&text(&pattern), &text(&word), Case::Sensitive);
        prop_assert_eq!(answer, Answer::from(naively(&pattern, &word)));
    }

    #[test]
    fn intersection_agrees_with_enumeration(p in "[ab?*]{0,5}", q in "[ab?*]{0,5}") {
        let expected = words(8).iter().any(|word| naively(&p, word) && naively(&q, word));
        prop_assert_eq!(intersects(&text(&p), &text(&q), Case::Sensitive), Answer::from(expected));
    }

    #[test]
    fn inclusion_agrees_with_enumeration(
        outer in prop::collection::vec("[ab?*]{0,4}", 1..4),
        inner in "[ab?*]{0,4}",
    ) {
        // The letter `c` occurs in no pattern, as the proof wants.
        let expected = words(8).iter().all(|word| {
            !naively(&inner, word) || outer.iter().any(|outer| naively(outer, word))
        });
        let outer: Vec<_> = outer.iter().map(|outer| text(outer)).collect();
        let outer: Vec<_> = outer.iter().collect();
        prop_assert_eq!(includes(&outer, &text(&inner), Case::Sensitive), Answer::from(expected));
    }

    #[test]
    fn plain_texts_are_compared_as_all_others_are(
        p in "arn:aws:[ab*]{1,2}:[a*]?:[12*]{0,2}(:[ab:*?]{0,4})?|[ab:?*]{0,6}",
        q in "arn:aws:[ab*]{1,2}:[a*]?:[12*]{0,2}(:[ab:*?]{0,4})?|[ab:?*]{0,6}",
    ) {
        let (plain_p, plain_q) = (text(&p), text(&q));
        let (p, q) = (in_pieces(&p), in_pieces(&q));
        for case in [Case::Sensitive, Case::Folded] {
            prop_assert_eq!(matches(&plain_p, &plain_q, case), slow::matches(&p, &q, case));
            prop_assert_eq!(equals(&p, &plain_q, case), slow::equals(&p, &q, case));
            prop_assert_eq!(intersects(&plain_p, &q, case), slow::intersects(&p, &q, case));
            prop_assert_eq!(includes(&[&plain_p], &plain_q, case), slow::includes(&p, &q, case));
        }
        prop_assert_eq!(arn_matches(&plain_p, &plain_q), arn::by_field(&p, &q, slow::matches));
        // Everything has each pattern.
        let met = if q.is_literally("*") { Answer::Yes } else { arn::by_field(&p, &q, slow::intersects) };
        prop_assert_eq!(arn_intersects(&plain_p, &plain_q), met);
        prop_assert_eq!(arn_includes(&[&plain_p], &plain_q), arn::by_field(&p, &q, slow::includes));
    }

    #[test]
    fn a_glance_says_what_the_general_way_says(
        p in "([ab?*]|\\{x\\}|\\{#a\\}){0,6}|\\{[xy]\\}|\\{#a\\}|[ab]{1,3}\\*",
        q in "([ab?*A]|\\{x\\}|\\{#a\\}){0,6}|\\{x\\}|1{11,13}|[ab]{2,4}\\{x\\}[ab*]{0,2}",
    ) {
        let (p, q) = (text(&p), text(&q));
        for case in [Case::Sensitive, Case::Folded] {
            for (p, q) in [(&p, &q), (&q, &p)] {
                prop_assert_eq!(matches(p, q, case), slow::matches(p, q, case));
                prop_assert_eq!(equals(p, q, case), slow::equals(p, q, case));
                prop_assert_eq!(intersects(p, q, case), slow::intersects(p, q, case));
                prop_assert_eq!(includes(&[p], q, case), slow::includes(p, q, case));
            }
        }
    }

    #[test]
    fn no_filling_of_a_symbol_contradicts_an_answer(
        pattern in "([ab?*]|\\{x\\}){0,4}",
        subject in "([ab]|\\{x\\}){0,4}",
    ) {
        let fillings = words(2);
        let outcomes: Vec<_> = fillings
            .iter()
            .map(|filling| naively(&fill(&pattern, filling), &fill(&subject, filling)))
            .collect();
        let answer = matches(&text(&pattern), &text(&subject), Case::Sensitive);
        prop_assert!(sound(answer, &outcomes), "{answer:?} for {outcomes:?}");
    }

    #[test]
    fn no_filling_of_a_symbol_contradicts_inclusion(
        outer in "([ab?*]|\\{x\\}){0,4}",
        inner in "([ab?*]|\\{x\\}){0,3}",
    ) {
        let outcomes: Vec<_> = ["", "a", "b", "*", "a*", "?", "ab"]
            .iter()
            .map(|filling| {
                let (outer, inner) = (fill(&outer, filling), fill(&inner, filling));
                includes(&[&text(&outer)], &text(&inner), Case::Sensitive).is_yes()
            })
            .collect();
        let answer = includes(&[&text(&outer)], &text(&inner), Case::Sensitive);
        prop_assert!(sound(answer, &outcomes), "{answer:?} for {outcomes:?}");
    }
}

#[test]
fn an_account_symbol_is_twelve_digits_and_nothing_else() {
    let is = |pattern: &str, subject: &str| matches(&text(pattern), &text(subject), Case::Sensitive);
    assert_eq!(is("{#a}", "111111111111"), Answer::Unknown);
    assert_eq!(is("{#a}", "cloudfront"), Answer::No);
    assert_eq!(is("????????????", "{#a}"), Answer::Yes);
    assert_eq!(is("{#a}", "{#a}"), Answer::Yes);
    assert_eq!(is("{#a}", "{#b}"), Answer::Unknown);
    assert_eq!(is("?", "{x}"), Answer::Unknown);
}

#[test]
fn a_star_in_a_field_does_not_certainly_reach_over_a_colon() {
    let is = |pattern: &str, arn: &str| arn_matches(&text(pattern), &text(arn));
    let role = "arn:aws:iam::111111111111:role/team/x";
    assert_eq!(is("arn:aws:iam::111111111111:role/*", role), Answer::Yes);
    assert_eq!(is("arn:aws:iam::*:role/team/x", role), Answer::Yes);
    assert_eq!(is("arn:aws:iam::222222222222:role/*", role), Answer::No);
    assert_eq!(is("arn:aws:iam::111111111111:role/x", role), Answer::No);
    assert_eq!(is("arn:aws:iam:*:role/team/x", role), Answer::Unknown);
    assert_eq!(is("arn:aws:iam:*:role/team/y", role), Answer::No);
    assert_eq!(is("arn:aws:s3:*:*:bucket", "arn:aws:s3:::bucket"), Answer::Yes);
    assert_eq!(is("arn:aws:s3", "arn:aws:s3:::bucket"), Answer::Yes);
    assert_eq!(is("arn:{partition}:iam::{#a}:role/*", "arn:aws-cn:iam::{#a}:role/x"), Answer::Yes);
    assert_eq!(is("{bucket}/*", "{bucket}/key"), Answer::Yes);
    assert_eq!(is("{bucket}/*", "arn:aws:s3:::b/key"), Answer::Unknown);
}

#[test]
fn arn_patterns_include_and_meet_field_by_field() {
    let (wide, narrow) = (text("arn:aws:s3:::b/*"), text("arn:aws:s3:::b/logs/*"));
    assert_eq!(arn_includes(&[&wide], &narrow), Answer::Yes);
    assert_eq!(arn_includes(&[&narrow], &wide), Answer::No);
    assert_eq!(arn_intersects(&text("arn:aws:s3:::*/x"), &wide), Answer::Yes);
    assert_eq!(arn_intersects(&text("arn:aws:s3:::c*"), &wide), Answer::No);
    assert_eq!(arn_includes(&[&text("*")], &wide), Answer::Yes);
    assert_eq!(arn_includes(&[&wide], &text("*")), Answer::No);
}

#[test]
fn accounts_are_different_only_when_that_is_proven() {
    let is = |a: &str, b: &str| same(&text(a), &text(b));
    assert_eq!(is("111111111111", "111111111111"), Answer::Yes);
    assert_eq!(is("111111111111", "222222222222"), Answer::No);
    assert_eq!(is("{#a}", "111111111111"), Answer::Unknown);
    assert_eq!(is("{#=prod}", "{#=dev}"), Answer::No);
    assert_eq!(is("{#=prod}", "{#dev}"), Answer::Unknown);
    assert_eq!(is("{#a}", "cloudtrail"), Answer::No);
}

#[test]
fn a_pattern_made_to_explode_is_given_up() {
    let pattern = text(&"*a".repeat(2_000));
    let subject = in_pieces(&"a".repeat(4_000));
    assert_eq!(slow::matches(&pattern, &subject, Case::Sensitive), Answer::Unknown);
    // Without unknown parts a match is found in the time that both lengths take.
    assert_eq!(matches(&pattern, &subject, Case::Sensitive), Answer::Yes);
}
