//! Trees that are made up, written down and read again; and files that are damaged.

use std::fmt::Write as _;

use proptest::prelude::*;

use super::super::*;
use crate::source::Sources;

/// An expression as it is written, and the tree it stands for.
type Written = (String, String);

fn name() -> impl Strategy<Value = String> {
    "[a-z_é][a-z0-9_-]{0,6}".prop_filter("a keyword", |name| {
        !["for", "if", "in", "null", "true", "false", "else", "endif", "endfor"].contains(&name.as_str())
    })
}

/// What may stand between two words.
fn blank() -> impl Strategy<Value = &'static str> {
    prop_oneof![Just(" "), Just("\t "), Just(" /* ] */ ")]
}

/// What may stand between two words inside of brackets.
fn wide() -> impl Strategy<Value = &'static str> {
    prop_oneof![Just(" "), Just("\n"), Just("\r\n  "), Just(" # }\n"), Just(" // \"\n")]
}

fn leaf() -> impl Strategy<Value = Written> {
    prop_oneof![
        "[0-9]{1,4}(\\.[0-9]{1,3})?(e[0-9])?".prop_map(|digits| (digits.clone(), digits)),
        prop_oneof![Just("null"), Just("true"), Just("false")].prop_map(|it| (it.to_owned(), it.to_owned())),
        name().prop_map(|name| (name.clone(), name)),
        "[a-z é{}#/*=]{0,8}".prop_map(|text| (format!("\"{text}\""), quoted(&text))),
        "[a-z]{0,3}"
            .prop_map(|text| (format!("\"{text}\\\"\\n$${{%%{{\""), quoted(&format!("{text}\"\n${{%{{")))),
        "[a-z\"é ]{0,8}".prop_map(|text| {
            let lines = format!("  {text}\n E x\nEE\n");
            (format!("<<E\n{lines}  E\n"), quoted(&lines))
        }),
    ]
}

fn quoted(text: &str) -> String {
    if text.is_empty() { "(text)".to_owned() } else { format!("(text {text:?})") }
}

/// One expression of others. Each stands in brackets of some kind, so a heredoc may be inside.
fn compound(inner: &BoxedStrategy<Written>) -> BoxedStrategy<Written> {
    let list = prop::collection::vec(inner.clone(), 0..4);
    let pair = (inner.clone(), inner.clone(), blank()).boxed();
    prop_oneof![
        (list.clone(), wide(), any::<bool>()).prop_map(|(items, blank, last)| {
            let comma = if last && !items.is_empty() { "," } else { "" };
            (format!("[{blank}{}{blank}{comma}]", joined(&items, blank)), format!("(list{})", shapes(&items)))
        }),
        (name(), list.clone(), wide(), any::<bool>()).prop_map(|(name, items, blank, expand)| {
            let expand = if expand && !items.is_empty() { "..." } else { "" };
            let written = format!("{name}({blank}{}{blank}{expand})", joined(&items, blank));
            (written, format!("(call {name}{expand}{})", shapes(&items)))
        }),
        (name(), list, blank()).prop_map(|(name, items, blank)| {
            let mut written = format!("{{{blank}");
            let mut shape = "(object".to_owned();
            for (index, item) in items.iter().enumerate() {
                let _ = writeln!(written, "{name}{index}{blank}={blank}{}{blank}", item.0);
                let _ = write!(shape, " {name}{index}={}", item.1);
            }
            (format!("{written}}}"), format!("{shape})"))
        }),
        (pair.clone(), operator()).prop_map(|((a, b, blank), operator)| {
            let written = format!("({}{blank}{operator}{blank}{}\n)", single(&a), single(&b));
            (written, format!("(in (binary {} {operator} {}))", wrapped(&a), wrapped(&b)))
        }),
        (pair.clone(), inner.clone()).prop_map(|((a, b, blank), c)| {
            let written = format!("({}{blank}?{}\n:\n{}\n)", single(&a), b.0, c.0);
            (written, format!("(in (if {} {} {}))", wrapped(&a), b.1, c.1))
        }),
        (pair, name(), any::<bool>()).prop_map(|((a, b, blank), name, is_list)| {
            if is_list {
                let written = format!("[for{blank}{name} in\n{}:{blank}{}\n]", single(&a), b.0);
                return (written, format!("(for {name} {} {})", wrapped(&a), b.1));
            }
            let written =
                format!("{{for{blank}k, {name} in{blank}{}\n: {name} =>\n{}... if true}}", single(&a), b.0);
            (written, format!("(for k {name} {} {name} => {} ... if true)", wrapped(&a), b.1))
        }),
        (inner.clone(), name(), inner.clone()).prop_map(|(base, name, index)| {
            let written = format!("{}.{name}[{}].*.0[*]", single(&base), index.0);
            (written, format!("(steps {} .{name} [{}] .* [0] [*])", wrapped(&base), index.1))
        }),
        (inner.clone(), "[a-z ]{0,4}", any::<bool>()).prop_map(|(inner, text, is_condition)| {
            let (before, after) = (part(&text), part("z"));
            if is_condition {
                let written = format!("\"{text}%{{ if {}\n}}z%{{ else }}%{{ endif }}z\"", inner.0);
                return (written, format!("(text{before} (if {}{after} /){after})", inner.1));
            }
            (format!("\"{text}${{{}\n}}z\"", inner.0), format!("(text{before} {}{after})", inner.1))
        }),
    ]
    .boxed()
}

fn part(text: &str) -> String {
    if text.is_empty() { String::new() } else { format!(" {text:?}") }
}

fn operator() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["==", "!=", "<", "<=", ">", ">=", "+", "-", "*", "/", "%", "&&", "||"])
}

/// In brackets, so that no operator binds what is inside.
fn single(inner: &Written) -> String {
    format!("({}\n)", inner.0)
}

fn wrapped(inner: &Written) -> String {
    format!("(in {})", inner.1)
}

fn joined(items: &[Written], blank: &str) -> String {
    let items: Vec<&str> = items.iter().map(|item| item.0.as_str()).collect();
    items.join(&format!("{blank},{blank}"))
}

fn shapes(items: &[Written]) -> String {
    items.iter().flat_map(|item| [" ", item.1.as_str()]).collect()
}

fn expression() -> impl Strategy<Value = Written> {
    leaf().boxed().prop_recursive(5, 40, 4, |inner| compound(&inner.boxed()))
}

/// The tree as it is written above.
fn shape(expression: &Expression) -> String {
    match &expression.kind {
        ExpressionKind::Null => "null".to_owned(),
        ExpressionKind::Bool(value) => value.to_string(),
        ExpressionKind::Number(digits) => digits.to_string(),
        ExpressionKind::Variable(name) => name.to_string(),
        ExpressionKind::Template(template) => format!("(text{})", template_shape(template)),
        ExpressionKind::List(items) => format!("(list{})", each(items)),
        ExpressionKind::Object(items) => {
            let item = |item: &ObjectItem| match &item.key {
                ObjectKey::Word(name) => format!(" {}={}", name.value, shape(&item.value)),
                ObjectKey::Expression(key) => format!(" {}={}", shape(key), shape(&item.value)),
            };
            format!("(object{})", items.iter().map(item).collect::<String>())
        }
        ExpressionKind::Traversal(base, steps) => {
            let step = |step: &Step| match step {
                Step::Attribute(name) => format!(" .{}", name.value),
                Step::Index(index) => format!(" [{}]", shape(index)),
                Step::AttributeSplat => " .*".to_owned(),
                Step::FullSplat => " [*]".to_owned(),
            };
            format!("(steps {}{})", shape(base), steps.iter().map(step).collect::<String>())
        }
        ExpressionKind::Call(call) => {
            let last = if call.expand_last { "..." } else { "" };
            format!("(call {}{last}{})", call.name.value, each(&call.arguments))
        }
        ExpressionKind::Conditional(a, b, c) => format!("(if {} {} {})", shape(a), shape(b), shape(c)),
        ExpressionKind::Unary(operator, inner) => format!("({operator:?} {})", shape(inner)),
        ExpressionKind::Binary(a, operator, b) => {
            format!("(binary {} {} {})", shape(a), sign(*operator), shape(b))
        }
        ExpressionKind::Parenthesis(inner) => format!("(in {})", shape(inner)),
        ExpressionKind::For(inner) => loop_shape(inner),
    }
}

fn each(items: &[Expression]) -> String {
    items.iter().flat_map(|item| [" ".to_owned(), shape(item)]).collect()
}

fn loop_shape(inner: &For) -> String {
    let names = inner.key_name.iter().chain([&inner.value_name]).map(|name| name.value.to_string());
    let mut words: Vec<String> = ["(for".to_owned()].into_iter().chain(names).collect();
    words.push(shape(&inner.collection));
    words.extend(inner.key.iter().map(|key| format!("{} =>", shape(key))));
    words.push(shape(&inner.value));
    words.extend(inner.grouping.then(|| "...".to_owned()));
    words.extend(inner.condition.iter().map(|condition| format!("if {}", shape(condition))));
    words.join(" ") + ")"
}

fn template_shape(template: &Template) -> String {
    let mut parts: Vec<String> = Vec::new();
    let mut literal = String::new();
    for part in &template.parts {
        if let TemplatePart::Literal(text, _) = part {
            literal += text;
            continue;
        }
        parts.extend(
            Some(std::mem::take(&mut literal)).filter(|it| !it.is_empty()).map(|it| format!("{it:?}")),
        );
        parts.push(match part {
            TemplatePart::Interpolation(inner) => shape(inner),
            TemplatePart::If(inner) => {
                let [yes, no] = [&inner.yes, &inner.no].map(template_shape);
                format!("(if {}{yes} /{no})", shape(&inner.condition))
            }
            other => format!("{other:?}"),
        });
    }
    parts.extend(Some(literal).filter(|it| !it.is_empty()).map(|it| format!("{it:?}")));
    parts.iter().flat_map(|part| [" ", part.as_str()]).collect()
}

fn sign(operator: BinaryOperator) -> &'static str {
    match operator {
        BinaryOperator::Equal => "==",
        BinaryOperator::NotEqual => "!=",
        BinaryOperator::Less => "<",
        BinaryOperator::LessOrEqual => "<=",
        BinaryOperator::Greater => ">",
        BinaryOperator::GreaterOrEqual => ">=",
        BinaryOperator::Add => "+",
        BinaryOperator::Subtract => "-",
        BinaryOperator::Multiply => "*",
        BinaryOperator::Divide => "/",
        BinaryOperator::Modulo => "%",
        BinaryOperator::And => "&&",
        BinaryOperator::Or => "||",
    }
}

fn parsed(text: &str) -> (Body, Vec<crate::diagnostic::Problem>) {
    let sources = Sources::in_memory([("a.tf".to_owned(), text.to_owned())]);
    parse(sources.find("a.tf").unwrap(), text)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]
    #[test]
    fn a_body_that_is_written_is_read_as_it_was(
        values in prop::collection::vec((name(), expression()), 1..4),
        label in "[a-z é#]{0,5}",
        blank in blank(),
    ) {
        let mut text = String::new();
        for (index, (name, value)) in values.iter().enumerate() {
            let _ = write!(text, "{name}{blank}\"{label}\" l{blank}{{ # {{\n a{index}{blank}={blank}{}\n}}\n", value.0);
        }
        let (body, problems) = parsed(&text);
        prop_assert!(problems.is_empty(), "{problems:?} in {text}");
        prop_assert_eq!(body.blocks.len(), values.len());
        for (block, (name, value)) in body.blocks.iter().zip(&values) {
            prop_assert_eq!(&*block.kind.value, name.as_str());
            prop_assert_eq!(&*block.labels[0].value, label.as_str());
            prop_assert_eq!(shape(&block.body.attributes[0].value), value.1.clone(), "{}", text);
        }
    }
}

/// The headers of the blocks that are read.
fn headers(text: &str) -> Vec<String> {
    let (body, _) = parsed(text);
    let label = |block: &Block| block.labels.iter().flat_map(|it| [" ", &*it.value]).collect::<String>();
    body.blocks.iter().map(|block| format!("{}{}", block.kind.value, label(block))).collect()
}

/// The files that the project has for its tests.
#[expect(clippy::disallowed_methods, reason = "the files of the tests")]
fn files(folder: &std::path::Path, found: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|it| it == "tf") {
            found.extend(std::fs::read_to_string(&path));
        }
    }
}

#[test]
fn one_wrong_character_costs_few_blocks() {
    let mut texts = Vec::new();
    files(&std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata"), &mut texts);
    let (mut kept, mut all, mut damaged, mut seed) = (0, 0, 0, 1u64);
    for text in texts.iter().filter(|text| headers(text).len() > 2) {
        let before = headers(text);
        let places: Vec<usize> =
            text.match_indices(['{', '}', '[', ']', '(', ')', '"', '=', ',']).map(|it| it.0).collect();
        for _ in 0..8 {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let at = places[usize::try_from(seed >> 33).unwrap() % places.len()];
            let with = ["", "{{", "}", "\"", "="][usize::try_from(seed >> 20 & 0xff).unwrap() % 5];
            let mut text = text.clone();
            text.replace_range(at..=at, with);
            if parsed(&text).1.is_empty() {
                continue;
            }
            let after = headers(&text);
            damaged += 1;
            kept += before.iter().filter(|header| after.contains(header)).count().min(before.len() - 1);
            all += before.len() - 1;
        }
    }
    assert!(damaged > 100, "{damaged} files are damaged");
    assert!(kept * 100 >= all * 95, "{kept} of {all} other blocks are read");
}
