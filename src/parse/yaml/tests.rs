use proptest::prelude::*;

use super::*;
use crate::parse::{NodeKind, json::tests::check_spans};
use crate::source::Sources;

fn read(text: &str) -> (Sources, Node) {
    let (sources, node, problems) = try_read(text);
    assert_eq!(problems, []);
    (sources, node.unwrap())
}

fn try_read(text: &str) -> (Sources, Option<Node>, Vec<Problem>) {
    let sources = Sources::in_memory([("a.yaml".to_owned(), text.to_owned())]);
    let (node, problems) = parse(sources.find("a.yaml").unwrap(), text);
    if let Some(node) = &node {
        check_spans(node, text);
    }
    (sources, node, problems)
}

fn written(sources: &Sources, node: &Node) -> Vec<(String, String)> {
    assert!(matches!(node.kind, NodeKind::String(_)), "{node:?} is no string");
    node.parts().map(|(text, span)| (text.to_string(), sources.slice(span))).collect()
}

#[test]
fn scalars_are_what_cloudformation_needs() {
    let (_, node) = read(
        "[012345678901, 1_000, 2012-10-17, 'true', True, yes, OFF, 'no', ~, 1.5e3, 0x1F, 1:30, '1', .5]",
    );
    let seen = node.items().iter().map(|item| match &item.kind {
        NodeKind::Null => "null".to_owned(),
        NodeKind::Bool(value) => format!("bool {value}"),
        NodeKind::Number(digits) => format!("number {digits}"),
        NodeKind::String(_) => format!("string {}", item.as_str().unwrap()),
        NodeKind::List(_) | NodeKind::Map(_) => "other".to_owned(),
    });
    let seen: Vec<_> = seen.collect();
    assert_eq!(
        seen,
        [
            "number 012345678901",
            "number 1_000",
            "string 2012-10-17",
            "string true",
            "bool true",
            "bool true",
            "bool false",
            "string no",
            "null",
            "number 1.5e3",
            "number 0x1F",
            "string 1:30",
            "string 1",
            "number .5"
        ]
    );
}

#[test]
fn tags_are_no_part_of_what_they_stand_before() {
    let (sources, node) = read("a: !Sub 'x${y}'\nb: !GetAtt\n  - c\n  - d\n");
    assert!(node.get("a").unwrap().has_tag("!Sub"));
    assert_eq!(sources.slice(node.get("a").unwrap().span), "x${y}");
    assert!(node.get("b").unwrap().has_tag("!GetAtt"));
    assert_eq!(sources.slice(node.get("b").unwrap().span), "- c\n  - d");
}

#[test]
fn a_tagged_scalar_is_a_string_and_an_empty_one_is_empty() {
    let (_, node) = read("a: !Ref 012\nb: !GetAtt\nc:\nd: !!int 3\n");
    assert!(matches!(&node.get("a").unwrap().kind, NodeKind::String(_)));
    assert_eq!(node.get("b").unwrap().as_str().unwrap(), "");
    assert!(matches!(node.get("c").unwrap().kind, NodeKind::Null));
    assert!(matches!(node.get("d").unwrap().kind, NodeKind::Number(_)));
}

#[test]
fn a_literal_block_scalar_maps_line_by_line() {
    let (sources, node) = read("p: |\n    {\n      \"AWS\": \"ü\"\n\n    }\nq: 1\n");
    let parts = written(&sources, node.get("p").unwrap());
    assert!(parts.iter().all(|(text, written)| text == written), "{parts:?}");
    assert_eq!(node.get("p").unwrap().as_str().unwrap(), "{\n  \"AWS\": \"ü\"\n\n}\n");
}

#[test]
fn carriage_returns_and_byte_order_marks_do_not_shift_anything() {
    let (sources, node) = read("\u{feff}é: |\r\n  a\r\n  b\r\nc: 'd'\r\n");
    assert_eq!(sources.slice(node.members()[0].key_span), "é");
    let parts = written(&sources, &node.members()[0].value);
    assert_eq!(parts.iter().map(|(text, _)| text.as_str()).collect::<String>(), "a\nb\n");
    assert!(parts.contains(&("b".to_owned(), "b".to_owned())), "{parts:?}");
    assert_eq!(sources.slice(node.get("c").unwrap().span), "d");
}

#[test]
fn escapes_and_folds_are_parts_of_their_own() {
    let (sources, node) = read("- \"a\\u00e9b \n  c\"\n- 'it''s'\n- one\n  two\n");
    let owned = |all: &[(&str, &str)]| {
        all.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect::<Vec<_>>()
    };
    let want = [("a", "a"), ("é", "\\u00e9"), ("b", "b"), (" ", " \n  "), ("c", "c")];
    assert_eq!(written(&sources, &node.items()[0]), owned(&want));
    assert_eq!(written(&sources, &node.items()[1]), owned(&[("it", "it"), ("'", "''"), ("s", "s")]));
    assert_eq!(written(&sources, &node.items()[2]), owned(&[("one", "one"), (" ", "\n  "), ("two", "two")]));
}

#[test]
fn merge_keys_yield_to_explicit_ones_and_duplicates_stay() {
    let (_, node) = read("base: &b {x: 1, y: 2}\nuse:\n  <<: *b\n  x: 3\n  x: 4\n");
    let used = node.get("use").unwrap();
    assert_eq!(used.members().len(), 3);
    assert_eq!(used.get("x").unwrap().as_str().unwrap(), "4");
    assert_eq!(used.get("y").unwrap().as_str().unwrap(), "2");
}

#[test]
fn a_document_that_ends_before_it_begins_is_refused() {
    let (_, node, problems) = try_read("... a: 1\nb: 2\n");
    assert!(node.is_none() && problems.iter().any(|problem| problem.lost), "{problems:?}");
}

#[test]
fn several_documents_are_refused_and_nothing_after_a_mark_is_none() {
    let (sources, node, problems) = try_read("a: 1\n---\nb: 2\n");
    assert!(node.is_none() && problems[0].message.contains("one YAML document"));
    assert_eq!(sources.position(problems[0].span.source, problems[0].span.start).line, 2);
    for text in ["---\na: 1\n", "a: 1\n---\n", "a: 1\n...\n", "%YAML 1.1\n---\na: 1\n---\n# end\n"] {
        let (_, node) = read(text);
        assert_eq!(node.get("a").unwrap().as_str().unwrap(), "1", "{text}");
    }
}

#[test]
fn a_block_at_the_end_of_a_file_ends_with_it() {
    let (_, node) = read("a: |\n  x\n  y");
    assert_eq!(node.get("a").unwrap().as_str().unwrap(), "x\ny");
    let (_, node) = read("a: |\n  x\n  y\n");
    assert_eq!(node.get("a").unwrap().as_str().unwrap(), "x\ny\n");
}

#[test]
fn a_comment_may_stand_right_behind_a_quote() {
    let (sources, node) = read("a: 'x'# one ü\nb: [y]#two\nc: \"é\"#\nd: 1\n");
    assert_eq!(node.members().len(), 4);
    assert_eq!(sources.slice(node.get("c").unwrap().span), "é");
}

#[test]
fn keys_are_text() {
    let (_, node) = read("yes: 1\nTrue: 2\n012: 3\n~: 4\n'no': 5\n");
    let keys: Vec<_> = node.members().iter().map(|member| &*member.key).collect();
    assert_eq!(keys, ["true", "true", "012", "~", "no"]);
}

#[test]
fn tabs_may_separate_but_not_indent() {
    let (_, node) = read("a:\t1\nb: [1,\t2]\nc: x # \tcomment\t\n");
    assert_eq!(node.members().len(), 3);
    let (_, node, problems) = try_read("a:\n\tb: 1\n");
    assert!(node.is_none() && !problems.is_empty());
}

#[test]
fn alias_bombs_are_refused() {
    let mut text = "a0: &a0 [x]\n".to_owned();
    for level in 1..30 {
        let last = format!("*a{}", level - 1);
        let line = format!("a{level}: &a{level} [{last}, {last}, {last}, {last}]\n");
        text.push_str(&line);
    }
    let (_, node, problems) = try_read(&text);
    assert!(node.is_none() && problems[0].message.contains("aliases"));
}

#[test]
fn a_key_that_is_no_scalar_is_a_problem() {
    let (_, node, problems) = try_read("? [a]\n: 1\nb: 2\n");
    assert_eq!((node.unwrap().members().len(), problems.len()), (1, 1));
}

#[test]
fn deep_nesting_is_refused() {
    let (_, node, problems) = try_read(&"[".repeat(100_000));
    assert!(node.is_none() && !problems.is_empty());
}

const TEMPLATE: &str = "A: &x\n  - !Sub \"é\\n${b}\"\n  - |\n    l1\n     l2\n\n  - >-\n    f1\n    f2\nB: {<<: {c: 1}, d: 'e''f'}\nC: *x\n";

proptest! {
    #[test]
    fn any_text_is_read_or_refused_with_places_inside(text in ".*|[a-c0é:\\-|> \n\r\t\"'\\\\&*!\\[\\]{},#?~<]{0,60}") {
        let (_, _, problems) = try_read(&text);
        prop_assert!(problems.iter().all(|problem| text.get(problem.span.range()).is_some()));
    }

    #[test]
    fn damaged_templates_are_read_or_refused(at in 0usize..200, length in 0usize..6, with in "[a-z:\\-|>é \n\r\"'\\\\&*!\\[\\]{}]{0,4}") {
        let mut text: Vec<char> = TEMPLATE.chars().collect();
        let from = at.min(text.len());
        text.splice(from..(from + length).min(text.len()), with.chars());
        let text: String = text.into_iter().collect();
        let (_, _, problems) = try_read(&text);
        prop_assert!(problems.iter().all(|problem| text.get(problem.span.range()).is_some()));
    }
}

#[test]
fn any_number_of_comments_may_stand_in_a_row() {
    let comments = "  # c\n".repeat(200);
    let text = format!("{comments}a:\n{comments}  b: 1\n{comments}");
    let (_, node) = read(&text);
    assert_eq!(node.get("a").and_then(|a| a.get("b")).and_then(Node::as_str).as_deref(), Some("1"));
    let (sources, ..) = try_read(&text);
    assert_eq!(trivia(sources.ids().next().unwrap(), &text).comments.len(), 600);
}

#[test]
fn comments_have_their_places() {
    let text = "# one\r\na: x # two\nb: |\n  # text\n# three\nc: 'x'#glued\nd: \"\n  # text\"\n";
    let (sources, ..) = try_read(text);
    let found = trivia(sources.ids().next().unwrap(), text);
    let comments: Vec<_> = found.comments.iter().map(|span| sources.slice(*span)).collect();
    assert_eq!(comments, ["# one", "# two", "# three"]);
}

/// What the quick way takes is what the whole parser reads out of it.
fn is_read_alike(text: &str) -> Result<bool, TestCaseError> {
    let file = SourceId::first();
    let Some(ours) = plain(file, text) else { return Ok(false) };
    check_spans(&ours, text);
    let (theirs, problems) = whole(file, text);
    prop_assert_eq!(problems, []);
    prop_assert_eq!(Some(ours), theirs);
    Ok(true)
}

#[test]
fn an_ordinary_template_is_read_the_quick_way() {
    let template = "---\n# one\nAWSTemplateFormatVersion: '2010-09-09' # two\nDescription: one\n  and two\nResources:\n  \
        \"Role\":\n    Type : AWS::IAM::Role\n    Properties:\n      Name: !Sub \"${AWS::StackName}-\\\"x\\\"\"\n      \
        Items: [a, !Ref B, {c: 012, d: ~}, e: []]\n      Empty:\n      Policies:\n      - PolicyName: it''s\n        Document: |-\n          \
        {\n            \"é\": 1\n\n          }\n      - !If\n        - Is\n        -\n        - >\n          folded\n          text\n\n          end\n";
    assert!(is_read_alike(template).unwrap());
    assert!(is_read_alike(&template.replace('\n', "\r\n")).unwrap());
    assert!(is_read_alike(template.trim_end()).unwrap());
}

#[test]
fn what_is_not_ordinary_is_left_to_the_whole_parser() {
    let others = [
        "a: &b c\n",
        "a: *b\n",
        "<<: {a: b}\n",
        "a: b\n---\nc: d\n",
        "? a\n: b\n",
        "a: \"\\x41\"\n",
        "a: \u{feff}\n",
        "\ta: b\n",
        "a: b: c\n",
        "a:\n  b\n c: d\n",
        "a: 'b\n",
        "a: [b\n",
        "a: {b}\n",
        "a: |2\n    b\n",
        "a: |+\n  b\n",
        "a: !!str b\n",
        "!x a: b\n",
        "a",
        "",
        "# c\n",
        "%YAML 1.1\n---\na: b\n",
        "a: @b\n",
        "a: 'b'# c\n",
        "a: b #c\n  d\n",
    ];
    for text in others {
        assert!(plain(SourceId::first(), text).is_none(), "{text:?}");
    }
}

/// Documents of every form that the quick way knows, at an indentation.
fn block(indent: usize) -> BoxedStrategy<String> {
    let word = || {
        prop::sample::select(vec![
            "a",
            "b c",
            "012",
            "yes",
            "~",
            "é",
            "'it''s'",
            "\"q\\n\"",
            "''",
            "x:y",
            "a#b",
            "[1, !Ref b]",
            "{k: v, l: [m]}",
            "!Sub 'x'",
            "!Ref y",
            "[\n        a, # c\n        b]",
            "[a, k: v]",
            "[\n        a,\n        \"k\": '', # c\n        l:\n          [m: ~],\n        ]",
            "\"one\n        two\"",
            "one\n        two\n\n        three",
            "",
            "!GetAtt",
            "|\n        l\n         m\n\n        n",
            ">-\n        f\n        g",
            "v # c",
            "-x",
            "? y",
            "&a b",
            "- z",
            "k: v",
        ])
    };
    let pad = " ".repeat(indent);
    let scalar = word().prop_map(|word| format!(" {word}\n"));
    if indent >= 4 {
        return scalar.boxed();
    }
    let (p, q) = (pad.clone(), pad);
    let key = || prop::sample::select(vec!["k", "key two", "\"q\"", "'s'", "k ", "1"]);
    let members = prop::collection::vec((key(), block(indent + 2)), 1..4);
    let items = prop::collection::vec(block(indent + 2), 1..4);
    let map = members.prop_map(move |all| {
        all.iter().fold("\n".to_owned(), |text, (key, value)| format!("{text}{p}{key}:{value}"))
    });
    let list =
        items.prop_map(move |all| all.iter().fold("\n".to_owned(), |text, item| format!("{text}{q}-{item}")));
    prop_oneof![2 => scalar, 3 => map, 2 => list].boxed()
}

proptest! {
    #[test]
    fn documents_are_read_alike_or_left(text in block(0), crlf in any::<bool>()) {
        let text = if crlf { text.replace('\n', "\r\n") } else { text };
        is_read_alike(&text)?;
    }

    #[test]
    fn damaged_documents_are_read_alike_or_left(text in block(0), at in 0usize..120, length in 0usize..4, with in "[a-b:\\-|># \n\"'\\\\&*!\\[\\]{},?~]{0,3}") {
        let mut text: Vec<char> = text.chars().collect();
        let from = at.min(text.len());
        text.splice(from..(from + length).min(text.len()), with.chars());
        is_read_alike(&text.into_iter().collect::<String>())?;
    }
}
