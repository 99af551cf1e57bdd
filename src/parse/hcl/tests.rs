mod generated;

use proptest::prelude::*;

use super::expression::INDEXES;
use super::*;
use crate::diagnostic::Problem;
use crate::source::{SourceId, Sources, Span};
use crate::value::{PieceKind, Text};

fn file(text: &str) -> (Sources, SourceId) {
    let sources = Sources::in_memory([("a.tf".to_owned(), text.to_owned())]);
    let id = sources.find("a.tf").unwrap();
    (sources, id)
}

fn read(text: &str) -> (Sources, Body) {
    let (sources, body, problems) = try_read(text);
    assert_eq!(problems, []);
    (sources, body)
}

fn try_read(text: &str) -> (Sources, Body, Vec<Problem>) {
    let (sources, id) = file(text);
    let (body, problems) = parse(id, text);
    check_body(&body, text);
    (sources, body, problems)
}

fn template(expression: &Expression) -> &Template {
    let ExpressionKind::Template(template) = &expression.kind else { panic!("no template: {expression:?}") };
    template
}

fn literals(sources: &Sources, template: &Template) -> Vec<(String, String)> {
    let literal = |part: &TemplatePart| match part {
        TemplatePart::Literal(text, span) => Some((text.to_string(), sources.slice(*span))),
        _ => None,
    };
    template.parts.iter().filter_map(literal).collect()
}

fn decoded(template: &Template) -> String {
    let part = |part: &TemplatePart| match part {
        TemplatePart::Literal(text, _) => text.to_string(),
        TemplatePart::Interpolation(_) => "1".to_owned(),
        TemplatePart::If(inner) => decoded(&inner.yes),
        TemplatePart::For(inner) => decoded(&inner.body),
    };
    template.parts.iter().map(part).collect()
}

#[test]
fn names_labels_and_values_are_underlined_also_after_a_byte_order_mark() {
    let (sources, body) = read("\u{feff}# é\nresource \"aws_iam_role\" \"ü\" {\n  name = \"deploy\"\n}\n");
    let block = &body.blocks[0];
    assert_eq!(sources.slice(block.kind.span), "resource");
    assert_eq!(sources.slice(block.labels[1].span), "ü");
    assert_eq!(sources.slice(block.header), "resource \"aws_iam_role\" \"ü\"");
    assert!(sources.slice(block.span).ends_with("\"deploy\"\n}"));
    assert_eq!(sources.slice(block.body.attributes[0].name.span), "name");
    assert_eq!(sources.slice(block.body.attributes[0].value.span), "deploy");
}

#[test]
fn every_kind_of_expression_is_underlined_as_written() {
    let written = [
        "null",
        "true",
        "-1",
        "012345678901",
        "[1, 2]",
        "{ a = 1, (b) : 2 }",
        "var",
        "a.b[0].*.c[*].d.0",
        "f(1, x...)",
        "provider::aws::arn_parse(x)",
        "a ? b : c",
        "!a",
        "a + b * c",
        "[for k, v in c : v if k]",
        "{for v in c : v => v...}",
        "(a)",
    ];
    for text in written {
        let (sources, body) = read(&format!("x = {text}\n"));
        assert_eq!(sources.slice(body.attributes[0].value.span), text);
    }
    let (_, body) = read("x = 012345678901\ny = provider::aws::f(a, b...)\n");
    assert!(
        matches!(&body.attributes[0].value.kind, ExpressionKind::Number(digits) if &**digits == "012345678901")
    );
    let ExpressionKind::Call(call) = &body.attributes[1].value.kind else { panic!() };
    assert_eq!((&*call.name.value, call.arguments.len(), call.expand_last), ("provider::aws::f", 2, true));
}

#[test]
fn a_number_is_what_terraform_takes_for_one() {
    for written in ["0", "01", "1.5", "1e5", "1.5E-3", "-2.5e+1", "1.e5"] {
        let (sources, body) = read(&format!("x = {written}\n"));
        let value = &body.attributes[0].value;
        assert!(matches!(&value.kind, ExpressionKind::Number(digits) if &**digits == written), "{value:?}");
        assert_eq!(sources.slice(value.span), written);
    }
    let refused = [
        ("1.2.3", "1.2.3", "`1.2.3` is no number"),
        ("-1..2", "-1..2", "`1..2` is no number"),
        ("[1e5e5]", "1e5e5", "`1e5e5` is no number"),
        ("\"${1e5.2}\"", "1e5.2", "`1e5.2` is no number"),
        ("1e", "e", "the line must end behind the value"),
        ("1e+", "e", "the line must end behind the value"),
        ("0x10", "x", "the line must end behind the value"),
        ("1_000", "_", "the line must end behind the value"),
        ("1.", "\n", "expected the name of an attribute, found the end of the line"),
        ("a.0.1", "0.1", INDEXES),
    ];
    for (written, place, message) in refused {
        let (sources, _, problems) = try_read(&format!("x = {written}\ny = 1\n"));
        let seen: Vec<_> =
            problems.iter().map(|problem| (sources.slice(problem.span), &*problem.message)).collect();
        assert_eq!(seen, [(place.to_owned(), message)], "{written}");
    }
    // A point belongs to the number only where digits follow.
    for written in ["1.a", "1.5.a", "f(1...)", "f(1.5...)", "a.0.b", "a.0.*.b", "f(a.0...)"] {
        read(&format!("x = {written}\n"));
    }
}

#[test]
fn the_steps_of_a_traversal_keep_their_order() {
    let (sources, body) = read("x = a.b[\"k\"].*.c[*].0\n");
    let ExpressionKind::Traversal(_, steps) = &body.attributes[0].value.kind else { panic!() };
    let seen: Vec<_> = steps
        .iter()
        .map(|step| match step {
            Step::Attribute(name) => format!(".{}", sources.slice(name.span)),
            Step::Index(index) => format!("[{}]", sources.slice(index.span)),
            Step::AttributeSplat => ".*".to_owned(),
            Step::FullSplat => "[*]".to_owned(),
        })
        .collect();
    assert_eq!(seen, [".b", "[k]", ".*", ".c", "[*]", "[0]"]);
}

#[test]
fn escapes_split_a_literal() {
    let (sources, body) = read("x = \"a\\n$${b}${c}\\u00e9d\"\n");
    let seen = literals(&sources, template(&body.attributes[0].value));
    let want = [("a", "a"), ("\n", "\\n"), ("${", "$${"), ("b}", "b}"), ("é", "\\u00e9"), ("d", "d")];
    assert_eq!(seen, want.map(|(text, written)| (text.to_owned(), written.to_owned())));
}

/// The principal in a policy is underlined in the heredoc it is written in.
fn principal_of_heredoc(text: &str) -> String {
    let (sources, body) = read(text);
    let value = &body.attributes[0].value;
    let mut pieces = Text::default();
    for part in &template(value).parts {
        match part {
            TemplatePart::Literal(text, span) => pieces.push_str(text.to_string(), *span),
            TemplatePart::Interpolation(inner) => {
                let symbol = crate::value::Symbol::new(
                    crate::value::Class::Keyed,
                    sources.slice(inner.span),
                    crate::value::Because::Input,
                );
                pieces.push(PieceKind::Symbol(symbol), inner.span);
            }
            other => panic!("{other:?}"),
        }
    }
    let policy = crate::parse::json::value_from_text(&pieces, value.span).unwrap();
    let principal = policy.as_map().unwrap().get("Principal").unwrap().as_map().unwrap().get("AWS").unwrap();
    sources.slice(principal.span)
}

#[test]
fn a_principal_inside_a_heredoc_is_underlined_there() {
    let policy =
        "{\n  \"Sid\": \"${var.é}\",\n    \"Principal\": {\"AWS\": \"arn:aws:iam::111111111111:root\"}\n}\n";
    assert_eq!(principal_of_heredoc(&format!("p = <<EOF\n{policy}EOF\n")), "arn:aws:iam::111111111111:root");
    let indented: String = policy.lines().flat_map(|line| ["      ", line, "\n"]).collect();
    assert_eq!(
        principal_of_heredoc(&format!("p = <<-EOF\n{indented}  EOF\n")),
        "arn:aws:iam::111111111111:root"
    );
}

#[test]
fn indentation_and_strip_markers_are_applied_as_terraform_does() {
    // The expected texts are what Terraform 1.11 printed for these expressions.
    let cases = [
        ("<<T\nx\n\n  %{~ if true ~}\n\n   y%{ endif }\nT", "x\n\n\n   y\n"),
        ("\"x \\n\\n  %{~ if true ~} \\n\\n   y %{ endif }\"", "xy "),
        (
            "<<-T\n    a\n      %{ if true }b\n     c%{ endif }\n\n     d${1}\n  \n    T",
            "a\n  b\n c\n\n d1\n  \n",
        ),
        ("<<T\nT", ""),
        (
            "<<-T\n    a\n\t\tb\n      %{~ if true ~}\n      c\n      %{~ endif }\n   T",
            "    a\n\t\tb\n      c\n\n",
        ),
    ];
    for (written, want) in cases {
        let (_, body) = read(&format!("x = {written}\n"));
        assert_eq!(decoded(template(&body.attributes[0].value)), want, "{written}");
    }
}

#[test]
fn repeated_object_keys_are_both_in_the_tree() {
    let (sources, body) = read(
        "x = { A = 1, \"b:${c}\" = 2, A = 3\n  \"b:${c}\" = 4, a = { A = 5, A = 6 } }\ny = { \"\" = 1, \"\" = 2 }\n",
    );
    let ExpressionKind::Object(items) = &body.attributes[0].value.kind else { panic!() };
    let keys: Vec<_> = items
        .iter()
        .map(|item| match &item.key {
            ObjectKey::Word(name) => sources.slice(name.span),
            ObjectKey::Expression(key) => sources.slice(key.span),
        })
        .collect();
    assert_eq!(keys, ["A", "b:${c}", "A", "b:${c}", "a"]);
    let ObjectKey::Expression(key) = &items[3].key else { panic!() };
    assert_eq!(template(key).parts.len(), 2);
}

#[test]
fn a_broken_block_does_not_hide_its_neighbours() {
    let (sources, body, problems) =
        try_read("a \"x\" {\n  p = <<E\nnot = {\nE\n}\nb \"y\" {\n  z = [1, 2\n}\nc \"z\" {\n}\n");
    let kinds: Vec<_> = body.blocks.iter().map(|block| sources.slice(block.kind.span)).collect();
    assert_eq!(kinds, ["a", "c"]);
    assert_eq!(problems.len(), 1);
    assert_eq!(sources.position(problems[0].span.source, problems[0].span.start).line, 8);
}

#[test]
fn names_in_quotes_are_read_and_noted_once() {
    let (sources, body, problems) = try_read("\"a\" {\n  \"x\" = 1\n}\nb {\n  \"y\" = 2\n}\n");
    let [a, b] = &*body.blocks else { panic!("{body:?}") };
    let names = [a, b].map(|block| (&*block.kind.value, &*block.body.attributes[0].name.value));
    assert_eq!(names, [("a", "x"), ("b", "y")]);
    let [note] = &*problems else { panic!("{problems:?}") };
    assert_eq!((sources.slice(note.span).as_str(), note.lost), ("\"a\"", false));
}

#[test]
fn an_argument_that_is_set_again_is_a_problem() {
    let (sources, body, problems) = try_read("a {\n  x = 1\n  x = 2\n}\n");
    let [read] = &*body.blocks[0].body.attributes else { panic!("{body:?}") };
    let line = |span: Span| sources.position(span.source, span.start).line;
    assert_eq!((line(read.name.span), line(problems[0].span)), (3, 2));
}

#[test]
fn huge_objects_are_read_and_deep_nesting_is_refused() {
    let keys: String =
        (0..20_000).flat_map(|index| ["  k".to_owned(), index.to_string(), " = 1\n".to_owned()]).collect();
    let (_, body, problems) = try_read(&format!("x = {{\n{keys}}}\n"));
    let ExpressionKind::Object(items) = &body.attributes[0].value.kind else { panic!() };
    assert_eq!((items.len(), problems.len()), (20_000, 0));
    for (open, close) in
        [("[", "]"), ("(", ")"), ("{a=", "}"), ("\"${", "}\""), ("!", ""), ("f(", ")"), ("1+", "")]
    {
        for (depth, count) in [(60, 0), (5000, 1)] {
            let text = format!("x = {}1{}\ny {{\n}}\n", open.repeat(depth), close.repeat(depth));
            let (_, body, problems) = try_read(&text);
            assert_eq!((body.blocks.len(), problems.len()), (1, count), "{open}");
        }
    }
    try_read(&"a {\n".repeat(5000));
}

#[test]
fn a_template_file_is_read_with_its_own_places() {
    let text = "a $${x} ${ var.y }\n%{ for k, v in z ~}\n ${v}\n%{ endfor }";
    let (sources, id) = file(text);
    let read = parse_template(id, text, Span::new(id, 0, text.len())).unwrap();
    assert!(
        matches!(&read.parts[3], TemplatePart::Interpolation(inner) if sources.slice(inner.span) == "var.y")
    );
    let TemplatePart::For(inner) = read.parts.last().unwrap() else { panic!() };
    assert_eq!(sources.slice(inner.collection.span), "z");
}

#[test]
fn terraform_json_has_blocks_labels_and_templates() {
    let text = r#"{"//": "c ${", "resource": {"aws_iam_role": {"r": [{"name": "a-${var.x}", "q": "\u0061${var.y}",
        "inline_policy": {"policy": "p"}}]}}, "locals": {"l": 1}, "provider": {"aws": [{"alias": "a"}, {}]}}"#;
    let (sources, id) = file(text);
    let (body, problems) = parse_json(id, text);
    assert_eq!(problems, []);
    for block in &body.blocks {
        // One type or label may stand above several blocks.
        block.body.attributes.iter().for_each(|attribute| check(&attribute.value, block.span, text));
    }
    assert_eq!(&*body.attributes[0].name.value, "//");
    let kinds: Vec<_> = body.blocks.iter().map(|block| (&*block.kind.value, block.labels.len())).collect();
    assert_eq!(kinds, [("resource", 2), ("locals", 0), ("provider", 1), ("provider", 1)]);
    let attributes = &body.blocks[0].body.attributes;
    let TemplatePart::Interpolation(inner) = &template(&attributes[0].value).parts[1] else { panic!() };
    assert_eq!(sources.slice(inner.span), "var.x");
    let TemplatePart::Interpolation(inner) = &template(&attributes[1].value).parts[1] else { panic!() };
    assert_eq!(sources.slice(inner.span), r"\u0061${var.y}");
    assert!(matches!(attributes[2].value.kind, ExpressionKind::Object(_)));
}

/// All places lie in the file, on the boundaries of characters, and what is inside of something lies inside of its place.
fn check_body(body: &Body, text: &str) {
    let source = SourceId::first();
    inside_of(body, Span::new(source, 0, text.len()), text);
}

fn place(span: Span, parent: Span, text: &str) {
    assert!(text.get(span.range()).is_some(), "{span:?} is no place");
    assert!(parent.contains(span), "{span:?} is not inside of {parent:?}");
}

fn inside_of(body: &Body, parent: Span, text: &str) {
    for attribute in &body.attributes {
        place(attribute.name.span, parent, text);
        check(&attribute.value, parent, text);
    }
    for block in &body.blocks {
        place(block.span, parent, text);
        place(block.header, block.span, text);
        block.labels.iter().for_each(|label| place(label.span, block.header, text));
        inside_of(&block.body, block.span, text);
    }
}

fn check(expression: &Expression, parent: Span, text: &str) {
    let span = expression.span;
    place(span, parent, text);
    let each = |items: &[Expression]| items.iter().for_each(|item| check(item, span, text));
    match &expression.kind {
        ExpressionKind::Template(template) => check_template(template, span, text),
        ExpressionKind::List(items) => each(items),
        ExpressionKind::Object(items) => {
            for item in items {
                match &item.key {
                    ObjectKey::Word(name) => place(name.span, span, text),
                    ObjectKey::Expression(key) => check(key, span, text),
                }
                check(&item.value, span, text);
            }
        }
        ExpressionKind::Traversal(base, steps) => {
            check(base, span, text);
            for step in steps {
                match step {
                    Step::Attribute(name) => place(name.span, span, text),
                    Step::Index(index) => check(index, span, text),
                    Step::AttributeSplat | Step::FullSplat => {}
                }
            }
        }
        ExpressionKind::Unary(_, base) | ExpressionKind::Parenthesis(base) => check(base, span, text),
        ExpressionKind::Call(call) => {
            place(call.name.span, span, text);
            each(&call.arguments);
        }
        ExpressionKind::Binary(a, _, b) => [a, b].into_iter().for_each(|it| check(it, span, text)),
        ExpressionKind::Conditional(a, b, c) => [a, b, c].into_iter().for_each(|it| check(it, span, text)),
        ExpressionKind::For(inner) => {
            check(&inner.collection, span, text);
            check(&inner.value, span, text);
            inner.key.iter().chain(&inner.condition).for_each(|it| check(it, span, text));
        }
        ExpressionKind::Null
        | ExpressionKind::Bool(_)
        | ExpressionKind::Number(_)
        | ExpressionKind::Variable(_) => {}
    }
}

fn check_template(template: &Template, parent: Span, text: &str) {
    for part in &template.parts {
        match part {
            TemplatePart::Literal(literal, span) => {
                place(*span, parent, text);
                let written = text.get(span.range()).expect("a place");
                assert!(
                    written.len() != literal.len() || written == &**literal,
                    "{written:?} is not {literal:?}"
                );
            }
            TemplatePart::Interpolation(inner) => check(inner, parent, text),
            TemplatePart::If(inner) => {
                check(&inner.condition, parent, text);
                check_template(&inner.yes, parent, text);
                check_template(&inner.no, parent, text);
            }
            TemplatePart::For(inner) => {
                check(&inner.collection, parent, text);
                check_template(&inner.body, parent, text);
            }
        }
    }
}

const DOCUMENT: &str = "r \"é\" \"b\" {\n  a = { x = 1, \"y${z}\" = [f(a.b[0])], x = 2 }\n  p = <<-E\n    l ${v ~}\n      %{ if a }é%{ else ~} b %{ endif }\n  E\n  q = \"\\n$${a}%{~ for x in y }c%{ endfor }\"\n}\nm { }\n";

#[test]
fn an_expression_goes_on_in_the_next_line_inside_of_a_loop() {
    let text = "locals {\n  before = 1\n  labels = { for k in local.names : k => local.case == \"none\" ? k :\n    local.case == \"title\"\n    ? title(k)\n    : lower(k)\n  }\n  after = 2\n}\n";
    let (sources, id) = file(text);
    let (body, problems) = parse(id, text);
    assert_eq!(problems, []);
    let attributes = &body.blocks[0].body.attributes;
    assert_eq!(
        attributes.iter().map(|it| &*it.name.value).collect::<Vec<_>>(),
        ["before", "labels", "after"]
    );
    assert_eq!(sources.slice(attributes[2].name.span), "after");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]
    #[test]
    fn any_text_is_read_or_refused_with_places_inside(text in ".*|[a-c0é={}\\[\\]\"$%~.,:<\\-E \n\r\\\\()?]{0,60}") {
        let (_, _, problems) = try_read(&text);
        prop_assert!(problems.iter().all(|problem| text.get(problem.span.range()).is_some()));
        let (_, id) = file(&text);
        let span = Span::new(id, 0, text.len());
        if let Ok(template) = parse_template(id, &text, span) {
            check_template(&template, span, &text);
        }
        parse_json(id, &text);
    }

    #[test]
    fn damaged_files_are_read_or_refused(at in 0usize..240, length in 0usize..6, with in "[a-z={}\\[\\]\"$%~é \n\r\\\\<]{0,4}") {
        let mut text: Vec<char> = DOCUMENT.chars().collect();
        let from = at.min(text.len());
        text.splice(from..(from + length).min(text.len()), with.chars());
        let text: String = text.into_iter().collect();
        let (_, _, problems) = try_read(&text);
        prop_assert!(problems.iter().all(|problem| text.get(problem.span.range()).is_some()));
    }
}

#[test]
fn comments_have_their_places() {
    let text = "# one\r\na = \"${f(1 /* two */)}#\" // three\nb = <<-E\n  # text ${c}\n  E\n/* four\n*/ d \"#\" {} # five\n";
    let (sources, id) = file(text);
    let found = trivia(id, text);
    let comments: Vec<_> = found.comments.iter().map(|span| sources.slice(*span)).collect();
    assert_eq!(comments, ["# one", "/* two */", "// three", "/* four\n*/", "# five"]);
    let runs: Vec<_> = found.runs.iter().map(|span| sources.slice(*span)).collect();
    assert_eq!(runs, ["<<-E\n  # text ${c}\n  E"]);
}
