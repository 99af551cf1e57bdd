use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::conflict::{ConflictKind, conflict};
use super::*;
use crate::iam::testing::{context, text, under};
use crate::source::{SourceId, Span};
use crate::value::{Because, Class, Symbol, Text};

fn ask(condition: &Json) -> Answer {
    let statement = under(condition);
    satisfiable(&statement.conditions, statement.conditions_open, &context())
}

fn with(condition: &Json, key: &str, presence: Presence) -> Answer {
    let statement = under(condition);
    satisfiable(&statement.conditions, false, &context().with(key.to_owned(), presence))
}

#[test]
fn every_operator_is_read_and_nothing_else() {
    for name in Operator::names() {
        for prefix in ["", "ForAllValues:", "ForAnyValue:"] {
            assert!(Operator::parse(&format!("{prefix}{name}")).is_some());
        }
    }
    assert!(
        Operator::parse("StringNotLikeIfExists")
            .is_some_and(|operator| operator.negated && operator.if_exists)
    );
    assert_eq!(
        Operator::parse("FORALLVALUES:arnequalsifexists"),
        Operator::parse("ForAllValues:ArnEqualsIfExists")
    );
    for name in ["StringEqual", "ArnEqualsLike", "NullIfExists", "ForSomeValue:StringEquals", "", "IfExists"]
    {
        assert_eq!(Operator::parse(name), None, "{name}");
    }
}

#[test]
fn an_absent_key_is_what_the_table_says() {
    // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
    for (operator, expected) in [
        ("StringEquals", Answer::No),
        ("StringNotEquals", Answer::Yes),
        ("StringLikeIfExists", Answer::Yes),
        ("StringNotLikeIfExists", Answer::Yes),
        ("ForAnyValue:StringEquals", Answer::No),
        ("ForAnyValue:StringNotEquals", Answer::No),
        ("ForAllValues:StringEquals", Answer::Yes),
        ("ForAllValues:StringNotEquals", Answer::Yes),
        ("ArnLike", Answer::No),
        ("NotIpAddress", Answer::Yes),
        ("Bool", Answer::No),
    ] {
        assert_eq!(
            with(&json!({operator: {"aws:x": "10.0.0.0/8"}}), "aws:x", Presence::Absent),
            expected,
            "{operator}"
        );
    }
    assert_eq!(with(&json!({"Null": {"aws:x": "true"}}), "aws:X", Presence::Absent), Answer::Yes);
    assert_eq!(with(&json!({"Null": {"aws:x": "false"}}), "aws:X", Presence::Absent), Answer::No);
}

#[test]
fn of_several_values_without_a_set_operator_it_is_certain_only_that_none_matches() {
    for (values, expected) in [
        (["team", "team"], Answer::Unknown),
        (["team", "cost"], Answer::Unknown),
        (["cost", "stage"], Answer::No),
    ] {
        let several = || Presence::Values(values.map(text).to_vec());
        let is = json!({"StringEquals": {"aws:TagKeys": "team"}});
        assert_eq!(with(&is, "aws:TagKeys", several()), expected, "{values:?}");
        let is_not = json!({"StringNotEquals": {"aws:TagKeys": "team"}});
        assert_eq!(with(&is_not, "aws:TagKeys", several()), !expected, "{values:?}");
    }
}

#[test]
fn no_request_has_what_is_no_key() {
    // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
    for key in ["PrincipalOrgID", "aws:PrincipalOrgPath", "SourceArns"] {
        assert_eq!(ask(&json!({"StringLike": {key: "*"}})), Answer::No, "{key}");
        assert_eq!(ask(&json!({"Null": {key: "false"}})), Answer::No, "{key}");
        for operator in ["StringNotEquals", "StringEqualsIfExists", "ForAllValues:StringEquals"] {
            let statement = under(&json!({operator: {key: "o-a1b2c3d4e5"}}));
            assert_eq!(tautology(&statement.conditions, false, &context()), Answer::Yes, "{operator} {key}");
        }
    }
    // A key that is only in no list may be a new one, and so may one of another service.
    for key in ["aws:CallerDepartment", "token.actions.githubusercontent.com:shade", "ResourceType"] {
        assert_eq!(ask(&json!({"StringEquals": {key: "data"}})), Answer::Yes, "{key}");
    }
}

#[test]
fn what_no_value_passes_none_passes_beside_another_operator() {
    let never = json!({"aws:x": "no date"});
    for (other, value) in
        [("NoOperator", "a"), ("StringLike", "a*"), ("StringNotEquals", "a"), ("Bool", "{y}")]
    {
        assert_eq!(ask(&json!({"DateGreaterThan": never, other: {"aws:x": value}})), Answer::No, "{other}");
    }
}

#[test]
fn what_is_partly_known_may_be_a_truth_or_none() {
    for value in ["/{y}", "{y}", "tr{y}"] {
        assert_eq!(ask(&json!({"Bool": {"aws:x": value}})), Answer::Unknown, "{value}");
    }
    assert_eq!(ask(&json!({"Bool": {"aws:x": ["true", "{y}"]}})), Answer::Yes);
}

#[test]
fn what_bool_makes_of_a_variable_is_left_open() {
    let condition = json!({"Bool": {"aws:x": "${aws:y}"}});
    let yes = |context: Context| {
        let values = || Presence::Values(vec![text("true")]);
        let context = context.with("aws:x", values()).with("aws:y", values());
        let statement = under(&condition);
        satisfiable(&statement.conditions, false, &context)
    };
    assert_eq!(yes(context()), Answer::Unknown);
    // In an old document it is no variable, and what becomes of what is no truth is not written.
    assert_eq!(yes(context().variables(false)), Answer::Unknown);
}

#[test]
fn whether_a_variable_has_a_value_counts_in_what_it_is_compared_with() {
    let unknown = Answer::Unknown;
    for (operator, some, none) in
        [("StringEquals", Answer::Yes, Answer::No), ("StringNotEquals", unknown, unknown)]
    {
        let there = json!({"aws:x": "false"});
        let condition = json!({operator: {"aws:x": "${aws:y}"}, "Null": there});
        let asked = |presence: Presence| with(&condition, "aws:y", presence);
        assert_eq!(asked(Presence::Free), some, "{operator}");
        assert_eq!(asked(Presence::Unknown), Answer::Unknown, "{operator}");
        assert_eq!(asked(Presence::Absent), none, "{operator}");
        // Also where it cannot match.
        let other = json!({operator: {"aws:x": "b${aws:y}"}, "StringLike": {"aws:x": "a*"}});
        let certain = if operator == "StringEquals" { Answer::No } else { unknown };
        assert_eq!(with(&other, "aws:y", Presence::Unknown), certain, "{operator}");
        let with_default = json!({operator: {"aws:x": "${aws:y, 'none'}"}, "Null": there});
        assert_eq!(with(&with_default, "aws:y", Presence::Unknown), some, "{operator}");
        // Of several values none is taken, and not the default either.
        let of_several = json!({operator: {"aws:x": "${aws:TagKeys, 'none'}"}, "Null": there});
        assert_eq!(with(&of_several, "aws:TagKeys", Presence::Unknown), unknown, "{operator}");
    }
}

#[test]
fn a_variable_whose_name_is_not_known_may_be_any() {
    let place = Span::start_of(SourceId::first());
    let unknown = Symbol::new(Class::Opaque, "var.key", Because::Input);
    let mut value = text("a${aws:y}${aws:");
    value.append(&Text::symbol(unknown, place));
    value.push_str("}b", place);
    assert_eq!(have_values(&value, &context()), Answer::Unknown);
    let known = context().with("aws:y", Presence::Values(vec![text("y")]));
    let expanded = expand(&value, &known).unwrap();
    assert!(expanded.begins_with("ay") && !expanded.ends_with("b") && !expanded.has("${"), "{expanded:?}");
    for known in ["${aws:x}", "${aws", "$"] {
        assert_eq!(have_values(&text(known), &context()), Answer::Yes, "{known}");
    }
}

#[test]
fn contradictions_are_seen_on_one_key() {
    for condition in [
        json!({"StringEquals": {"aws:x": "a"}, "StringNotEquals": {"aws:X": "a"}}),
        json!({"StringEquals": {"aws:x": ["a", "b"]}, "StringLike": {"aws:x": "c*"}}),
        json!({"StringLike": {"aws:x": "a*"}, "StringNotLike": {"aws:x": ["*"]}}),
        json!({"StringLike": {"aws:x": "a*"}, "ForAnyValue:StringLike": {"aws:x": "b*"}}),
        json!({"Bool": {"aws:x": "true"}, "BoolIfExists": {"aws:x": "false"}}),
        json!({"Null": {"aws:x": "true"}, "StringEquals": {"aws:x": "a"}}),
        json!({"NumericLessThan": {"aws:x": "1"}, "NumericGreaterThanEquals": {"aws:x": "1"}}),
        json!({"IpAddress": {"aws:SourceIp": "10.1.0.0/16"}, "NotIpAddress": {"aws:SourceIp": ["10.1.0.0/17", "10.1.128.0/17"]}}),
        json!({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::111111111111:role/*"}, "ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/*"}, "ArnEquals": {"aws:PrincipalArn": "arn:aws:iam::111111111111:role/x"}}),
        json!({"DateLessThan": {"aws:CurrentTime": "2025-12-31"}}),
        json!({"DateGreaterThan": {"aws:CurrentTime": "2027-01-01T00:00:00Z"}, "DateLessThan": {"aws:CurrentTime": "2026-06-01T00:00:00Z"}}),
        json!({"StringEquals": {"aws:x": []}}),
        json!({"NumericEquals": {"aws:x": "many"}}),
    ] {
        assert_eq!(ask(&condition), Answer::No, "{condition}");
    }
}

#[test]
fn what_only_looks_contradictory_is_satisfiable() {
    for condition in [
        json!({"StringEquals": {"aws:x": "a"}, "StringNotEquals": {"aws:y": "a"}}),
        json!({"StringEquals": {"aws:x": ["a", "b"]}, "StringNotEquals": {"aws:x": "a"}}),
        json!({"ForAnyValue:StringEquals": {"aws:TagKeys": "a"}, "ForAnyValue:StringLike": {"aws:tagkeys": "b*"}}),
        json!({"StringLike": {"aws:x": "a*"}, "StringNotLike": {"aws:x": "a*b*"}}),
        json!({"StringNotLike": {"aws:x": "*"}}),
        json!({"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}, "NotIpAddress": {"aws:SourceIp": "10.1.0.0/16"}}),
        json!({"DateGreaterThan": {"aws:CurrentTime": "2024"}, "DateLessThan": {"aws:CurrentTime": "2026-06"}}),
        json!({"DateLessThan": {"aws:CurrentTime": "1800000000"}}),
        json!({"NumericLessThan": {"aws:x": 3}, "NumericGreaterThan": {"aws:x": 2}}),
        json!({"StringEqualsIgnoreCase": {"aws:x": "A"}}),
        json!({}),
    ] {
        assert_eq!(ask(&condition), Answer::Yes, "{condition}");
    }
}

#[test]
fn what_is_not_known_leaves_the_answer_open() {
    for condition in [
        json!({"StringEquals": {"aws:x": "{x}"}, "StringNotEquals": {"aws:x": "a"}}),
        json!({"StringEquals": {"aws:x": "{x}"}, "StringLike": {"aws:x": "a*"}}),
        json!({"StringLike": {"aws:x": ["b", "{x}"]}, "StringNotEquals": {"aws:x": "b"}}),
        json!({"StringFoo": {"aws:x": "a"}}),
        json!({"DateLessThan": {"aws:CurrentTime": "{expiry}"}}),
        json!({"IpAddress": {"aws:SourceIp": "{cidr}"}}),
    ] {
        assert_eq!(ask(&condition), Answer::Unknown, "{condition}");
    }
    assert_eq!(
        ask(&json!({"StringEquals": {"aws:x": "{x}"}, "StringNotEquals": {"aws:x": "{x}"}})),
        Answer::No
    );
    assert_eq!(ask(&json!({"StringEquals": {"aws:x": "{x}"}, "StringLike": {"aws:x": "{x}"}})), Answer::Yes);
}

#[test]
fn the_same_unknown_in_request_and_policy_matches() {
    let account = Presence::Values(vec![text("{#a}")]);
    let condition = json!({"StringEquals": {"aws:PrincipalAccount": "{#a}"}});
    assert_eq!(with(&condition, "aws:PrincipalAccount", account.clone()), Answer::Yes);
    let condition = json!({"StringEquals": {"aws:PrincipalAccount": "{#b}"}});
    assert_eq!(with(&condition, "aws:PrincipalAccount", account), Answer::Unknown);
}

#[test]
fn a_condition_every_request_meets_is_a_tautology() {
    let ask = |condition: &Json| {
        let statement = under(condition);
        tautology(&statement.conditions, statement.conditions_open, &context())
    };
    assert_eq!(ask(&json!({})), Answer::Yes);
    assert_eq!(ask(&json!({"DateGreaterThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}})), Answer::Yes);
    assert_eq!(ask(&json!({"StringLikeIfExists": {"aws:x": "*"}})), Answer::Yes);
    assert_eq!(ask(&json!({"StringLike": {"aws:x": "*"}})), Answer::No);
    assert_eq!(ask(&json!({"StringNotEquals": {"aws:x": "a"}})), Answer::No);
}

#[test]
fn a_conflict_names_the_smallest_part_that_shows_it() {
    let ask =
        |condition: &Json| conflict(&under(condition), &context()).map(|found| (found.kind, found.reason));
    let found = |condition: &Json| ask(condition).unwrap();
    assert_eq!(
        found(&json!({"StringEquals": {"aws:y": "b"}, "DateLessThan": {"aws:CurrentTime": "2025-01-01"}})),
        (ConflictKind::Over, "the time that `DateLessThan` `2025-01-01` allows is over".to_owned())
    );
    assert_eq!(
        found(&json!({"StringEquals": {"aws:x": "a"}, "StringNotEquals": {"aws:x": "a"}})),
        (
            ConflictKind::Together,
            "`StringEquals` on `aws:x` and `StringNotEquals` on `aws:x` cannot hold together".to_owned()
        )
    );
    assert_eq!(
        found(&json!({"IpAddress": {"aws:SourceIp": ["10.0.0.0/8", "192.168.1.1"]}})).0,
        ConflictKind::Never
    );
    assert_eq!(
        found(&json!({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::111111111111:role/*"}, "StringEquals": {"aws:PrincipalAccount": "222222222222"}})).0,
        ConflictKind::Together
    );
    for condition in [
        json!({"IpAddress": {"aws:SourceIp": ["10.0.0.0/8", "203.0.113.0/24"]}}),
        json!({"IpAddress": {"aws:VpcSourceIp": "10.0.0.0/8"}}),
        json!({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/*"}, "StringEquals": {"aws:PrincipalAccount": "222222222222"}}),
        json!({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::{a}:role/*"}, "StringEquals": {"aws:PrincipalAccount": "222222222222"}}),
    ] {
        assert_eq!(ask(&condition), None, "{condition}");
    }
}

/// Evaluates one request by the definition: the table for absent keys, and a naive matcher.
fn naive(operator: &str, values: &[String], request: Option<&str>) -> bool {
    fn glob(pattern: &[u8], word: &[u8]) -> bool {
        match pattern.split_first() {
            None => word.is_empty(),
            Some((b'*', rest)) => (0..=word.len()).any(|n| glob(rest, &word[n..])),
            Some((b'?', rest)) => !word.is_empty() && glob(rest, &word[1..]),
            Some((c, rest)) => word.first() == Some(c) && glob(rest, &word[1..]),
        }
    }
    let base = operator.trim_end_matches("IfExists");
    let negated = base.contains("Not");
    let Some(request) = request else { return negated || base != operator };
    let matched = values.iter().any(|value| {
        if base.ends_with("Like") { glob(value.as_bytes(), request.as_bytes()) } else { value == request }
    });
    matched != negated
}

fn operators() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "StringEquals",
        "StringNotEquals",
        "StringLike",
        "StringNotLike",
        "StringEqualsIfExists",
        "StringLikeIfExists",
        "StringNotEqualsIfExists",
    ])
}

#[test]
fn the_last_text_that_patterns_leave_can_be_excluded() {
    let conditions = |last: &str| {
        let all = json!({
            "StringLike": {"aws:x": "*a"}, "StringNotLike": {"aws:x": "*??"}, "StringNotEquals": {"aws:x": last},
        });
        satisfiable(&under(&all).conditions, false, &context())
    };
    assert_eq!([conditions("a"), conditions("b")], [Answer::No, Answer::Yes]);
}

proptest! {
    #[test]
    fn satisfiability_agrees_with_trying_every_request(
        conditions in prop::collection::vec(
            (operators(), prop::collection::vec("[ab*?]{1,3}", 1..3)),
            1..4,
        ),
    ) {
        let mut requests: Vec<Option<String>> = vec![None, Some("c*".to_owned()), Some(String::new())];
        let mut last = vec![String::new()];
        for _ in 0..5 {
            last = last.iter().flat_map(|word| ["a", "b", "c"].map(|c| format!("{word}{c}"))).collect();
            requests.extend(last.iter().cloned().map(Some));
        }
        // Exact operators compare wildcards as letters.
        requests.extend(conditions.iter().flat_map(|(_, values)| values.iter().cloned().map(Some)));
        let expected = requests.iter().any(|request| {
            conditions.iter().all(|(operator, values)| naive(operator, values, request.as_deref()))
        });
        let statements: Vec<_> = conditions.iter().map(|(op, values)| under(&json!({*op: {"aws:x": values}}))).collect();
        let all: Vec<_> = statements.into_iter().flat_map(|statement| statement.conditions).collect();
        let answer = satisfiable(&all, false, &context());
        prop_assert!(answer == Answer::Unknown || answer == Answer::from(expected), "{answer:?}, not {expected}");
        if conditions.len() == 1 {
            prop_assert_eq!(answer, Answer::from(expected));
        }
    }

    #[test]
    fn no_filling_of_an_unknown_contradicts_satisfiability(
        conditions in prop::collection::vec(
            (operators(), prop::collection::vec("([ab*]|\\{x\\}){1,2}", 1..3)),
            1..4,
        ),
    ) {
        let ask = |filling: Option<&str>| {
            let fill = |value: &String| filling.map_or_else(|| value.clone(), |with| value.replace("{x}", with));
            let all: Vec<_> = conditions
                .iter()
                .flat_map(|(operator, values)| {
                    let values: Vec<_> = values.iter().map(fill).collect();
                    under(&json!({*operator: {"aws:x": values}})).conditions
                })
                .collect();
            satisfiable(&all, false, &context())
        };
        let answer = ask(None);
        for filling in ["", "a", "b", "ab", "*", "a*", "c", "aa*b"] {
            let filled = ask(Some(filling));
            prop_assert!(
                answer == Answer::Unknown || filled == Answer::Unknown || answer == filled,
                "{answer:?}, but {filled:?} for `{filling}`"
            );
        }
    }
}
