//! What is not known keeps its identity and its place.

use super::super::call;
use crate::parse::json::value_from_text;
use crate::source::{SourceId, Span};
use crate::value::{Answer, Because, Class, Entry, Kind, List, Map, PieceKind, Symbol, Text, Value};
use crate::walk::terraform::language::convert::written_json;
use crate::walk::terraform::language::convert::{Outcome, equal};

/// The place of the call.
fn here() -> Span {
    Span::new(SourceId::first(), 0, 4)
}

/// Some other place.
fn there(start: usize) -> Span {
    Span::new(SourceId::first(), start, start + 3)
}

fn symbol(class: Class, key: &str) -> Symbol {
    Symbol::new(class, key, Because::Input)
}

fn var(name: &str) -> Value {
    Value::unknown(symbol(Class::Keyed, &format!("var.{name}")), there(10))
}

fn account() -> Value {
    Value::unknown(symbol(Class::Account, "unit"), there(20))
}

fn text(literal: &str) -> Value {
    Value::literal(literal, Span::new(SourceId::first(), 100, 100 + literal.len()))
}

/// `${…}` for symbols inside text.
fn template(parts: &[Value]) -> Value {
    let mut whole = Text::default();
    for part in parts {
        whole.append(&part.as_text().unwrap());
    }
    Value::text(whole, here())
}

fn list(items: &[Value]) -> Value {
    Value::list(items.to_vec(), here())
}

fn open(items: &[Value]) -> Value {
    Value::new(Kind::List(List { items: items.to_vec().into(), open: true }), here())
}

fn map(entries: &[(&str, Value)]) -> Value {
    let mut map = Map::default();
    for (key, value) in entries {
        map.insert(key, there(30), value.clone());
    }
    Value::new(Kind::Map(map), here())
}

fn maybe(value: Value) -> Value {
    Value::choice([value, Value::new(Kind::Absent, here())], here())
}

/// Calls a function and shows what it returns.
fn shown(name: &str, arguments: &[Value]) -> String {
    match call(name, arguments, here()).unwrap() {
        Outcome::Value(value) => show(&value),
        Outcome::Unknown => "unknown".to_owned(),
        Outcome::Refused => "refused".to_owned(),
    }
}

fn value(name: &str, arguments: &[Value]) -> Value {
    match call(name, arguments, here()).unwrap() {
        Outcome::Value(value) => value,
        other => panic!("{other:?}"),
    }
}

/// `a|b` for a choice, `-` for what may be missing, `...` for what is open.
fn show(value: &Value) -> String {
    let separated = |items: Vec<String>, open: bool| {
        items.into_iter().chain(open.then(|| "...".to_owned())).collect::<Vec<_>>().join(", ")
    };
    match &value.kind {
        Kind::Null => "null".to_owned(),
        Kind::Absent => "-".to_owned(),
        Kind::Bool(_) | Kind::Number(_) => value.as_str().unwrap().into_owned(),
        Kind::Text(text) => format!("\"{text}\""),
        Kind::List(list) => format!("[{}]", separated(list.items.iter().map(show).collect(), list.open)),
        Kind::Map(map) => {
            let entry = |entry: &Entry| format!("{} = {}", entry.key, show(&entry.value));
            format!("{{{}}}", separated(map.entries.iter().map(entry).collect(), map.open))
        }
        Kind::Json(inner) => format!("json({})", show(inner)),
        Kind::Choice(all) => all.iter().map(show).collect::<Vec<_>>().join("|"),
        Kind::Unknown(symbol) => symbol.shown().to_owned(),
    }
}

#[test]
fn joining_keeps_symbols_and_every_place() {
    let joined = value("join", &[text("/"), list(&[text("role"), var("name")])]);
    assert_eq!(show(&joined), "\"role/${var.name}\"");
    let Kind::Text(text) = &joined.kind else { panic!("{joined:?}") };
    let places: Vec<Span> = text.pieces().iter().map(|piece| piece.span).collect();
    assert_eq!(
        places,
        [Span::new(SourceId::first(), 100, 104), Span::new(SourceId::first(), 100, 101), there(10)]
    );
}

#[test]
fn an_item_that_may_be_missing_makes_two_texts() {
    let items = list(&[text("a"), maybe(var("x"))]);
    assert_eq!(shown("join", &[text(","), items]), "\"a,${var.x}\"|\"a\"");
    assert_eq!(shown("join", &[text(","), open(&[text("a")])]), "unknown");
}

#[test]
fn a_text_is_split_where_no_symbol_can_hold_the_separator() {
    let arn = template(&[text("arn:aws:iam::"), account(), text(":role/a:b")]);
    let expected = "[\"arn\", \"aws\", \"iam\", \"\", \"${AccountId}\", \"role/a\", \"b\"]";
    assert_eq!(shown("split", &[text(":"), arn]), expected);
    assert_eq!(shown("split", &[text(","), template(&[text("a,"), var("rest")])]), "unknown");
    assert_eq!(shown("split", &[text(","), var("list")]), "unknown");
}

#[test]
fn the_first_fields_of_an_arn_are_known_though_a_variable_is_in_it() {
    let arn = template(&[text("arn:aws:iam::"), var("account"), text(":role/"), var("name")]);
    let expected = "[\"arn\", \"aws\", \"iam\", \"\", \"${var.account}\", ...]";
    assert_eq!(shown("split", &[text(":"), arn.clone()]), expected);
    let expected = "{partition = \"aws\", service = \"iam\", region = \"\", account_id = \"${var.account}\", \
                    resource = \"role/${var.name}\"}";
    assert_eq!(shown("provider::aws::arn_parse", &[arn]), expected);
}

#[test]
fn letters_of_an_account_id_have_no_case_and_those_of_a_variable_may() {
    assert_eq!(shown("lower", &[template(&[text("Role-"), account()])]), "\"role-${AccountId}\"");
    assert_eq!(shown("upper", &[template(&[text("a-"), var("x")])]), "\"A-${var.x.upper()}\"");
    assert_eq!(shown("lower", &[var("x")]), "unknown");
}

#[test]
fn replacing_one_character_goes_piece_by_piece_and_a_word_does_not() {
    let name = template(&[text("a-b-"), account(), text("-c")]);
    assert_eq!(shown("replace", &[name, text("-"), text("_")]), "\"a_b_${AccountId}_c\"");
    let name = template(&[text("a-"), var("x")]);
    assert_eq!(shown("replace", &[name.clone(), text("-"), text("_")]), "\"a_${var.x.replace(-)}\"");
    assert_eq!(shown("replace", &[name, text("https://"), text("")]), "unknown");
}

#[test]
fn replacing_a_class_of_characters_goes_piece_by_piece_and_another_pattern_does_not() {
    let name = template(&[text("A_b."), account(), text("-c")]);
    let class = text("/[^-a-zA-Z0-9]/");
    assert_eq!(shown("replace", &[name.clone(), class.clone(), text("")]), r#""Ab${AccountId}-c""#);
    assert_eq!(
        shown("replace", &[name.clone(), text("/[0-9]/"), text("n")]),
        r#""A_b.${unit.replace(/[0-9]/, "n")}-c""#
    );
    assert_eq!(shown("replace", &[name.clone(), text("/[^a-z]+/"), text("")]), "unknown");
    assert_eq!(shown("replace", &[name, text("/[_.]/"), text("$0$0")]), "unknown");
    assert_eq!(shown("replace", &[var("x"), class, text("")]), "unknown");
}

#[test]
fn a_word_is_replaced_inside_the_strings_of_json() {
    let policy =
        Value::new(Kind::Json(map(&[("Resource", text("arn:BUCKET/*")), ("n", var("n"))]).into()), here());
    let replaced = shown("replace", &[policy, text("BUCKET"), var("name")]);
    assert_eq!(replaced, "json({Resource = \"arn:${var.name}/*\", n = var.n.replace(BUCKET)})");
}

#[test]
fn what_is_put_into_json_stays_in_its_string() {
    let policy = || Value::new(Kind::Json(map(&[("a", var("n")), ("b", text("to BUCKET"))]).into()), here());
    let arn = template(&[text("arn:aws:s3:::"), var("name"), text("{,}")]);
    assert_eq!(
        shown("replace", &[policy(), text("BUCKET"), arn]),
        r#"json({a = var.n.replace(BUCKET), b = "to arn:aws:s3:::${var.name}{,}"})"#
    );
    for breaking in ["\"", "\\", "<", "\n", "\u{2028}"] {
        assert_eq!(shown("replace", &[policy(), text("BUCKET"), text(breaking)]), "unknown", "{breaking:?}");
    }
}

#[test]
fn json_goes_back_to_what_it_was() {
    let statement = map(&[("Principal", list(&[var("arn")]))]);
    let encoded = value("jsonencode", std::slice::from_ref(&statement));
    assert_eq!(shown("jsondecode", std::slice::from_ref(&encoded)), "{Principal = [var.arn]}");
    // Put into a larger text, it is read from there.
    let mut text = Text::literal("[", here());
    text.append(&Text::literal("", here()));
    let Kind::Json(inner) = &encoded.kind else { panic!("{encoded:?}") };
    text.push(PieceKind::Json(inner.clone()), here());
    text.push_str("]", here());
    assert_eq!(show(&value_from_text(&text, here()).unwrap()), "[{Principal = [var.arn]}]");
    assert_eq!(shown("jsondecode", &[Value::text(text, here())]), "[{Principal = [var.arn]}]");
}

#[test]
fn a_later_map_wins_and_an_unknown_one_may() {
    let [first, last] = [map(&[("a", text("1")), ("b", text("1"))]), map(&[("b", text("3"))])];
    let merged = shown("merge", &[first.clone(), var("extra"), last.clone()]);
    assert_eq!(merged, "{a = \"1\"|var.extra[\"a\"], b = \"3\", ...}");
    let null = Value::new(Kind::Null, here());
    assert_eq!(shown("merge", &[first.clone(), null, last]), "{a = \"1\", b = \"3\"}");
    let sometimes = map(&[("b", maybe(text("2")))]);
    assert_eq!(shown("merge", &[first, sometimes]), "{a = \"1\", b = \"2\"|\"1\"}");
    assert_eq!(shown("merge", &[var("x"), var("y")]), "unknown");
}

#[test]
fn an_unknown_key_leads_to_every_entry() {
    let accounts = map(&[("prod", text("111111111111")), ("test", text("222222222222"))]);
    let both = "\"222222222222\"|\"111111111111\"";
    assert_eq!(shown("lookup", &[accounts.clone(), var("env")]), both);
    assert_eq!(shown("lookup", &[accounts.clone(), var("env"), text("x")]), format!("{both}|\"x\""));
    // `prod-…` is no key there.
    let key = template(&[text("prod-"), var("env")]);
    assert_eq!(shown("lookup", &[accounts.clone(), key.clone(), text("x")]), "\"x\"");
    assert_eq!(shown("lookup", &[accounts, key]), "refused");
}

#[test]
fn too_many_alternatives_are_not_known() {
    let names: Vec<String> = (0..65).map(|number| format!("k{number}")).collect();
    let entries: Vec<(&str, Value)> = names.iter().map(|name| (name.as_str(), text(name))).collect();
    assert_eq!(shown("lookup", &[map(&entries), var("key")]), "unknown");
}

#[test]
fn what_is_certainly_in_a_list_is_in_it() {
    let ids = [text("111111111111"), var("other")];
    assert_eq!(shown("contains", &[list(&ids), text("111111111111")]), "true");
    assert_eq!(shown("contains", &[list(&ids), var("other")]), "true");
    assert_eq!(shown("contains", &[list(&ids), text("222222222222")]), "unknown");
    assert_eq!(shown("contains", &[open(&[text("a")]), text("b")]), "unknown");
    assert_eq!(shown("contains", &[list(&[maybe(text("a"))]), text("a")]), "unknown");
    // An account id is never a word.
    assert_eq!(shown("contains", &[list(&[account()]), text("root")]), "false");
}

#[test]
fn a_list_with_an_unknown_one_in_it_is_open() {
    assert_eq!(shown("concat", &[list(&[text("a")]), var("more")]), "[\"a\", ...]");
    assert_eq!(shown("flatten", &[list(&[list(&[text("a")]), var("more")])]), "[\"a\", var.more|-, ...]");
    assert_eq!(shown("length", &[open(&[text("a")])]), "unknown");
    assert_eq!(shown("length", &[list(&[text("a"), maybe(text("b"))])]), "unknown");
    assert_eq!(
        shown("element", &[open(&[text("a")]), Value::new(Kind::Number("0".into()), here())]),
        "unknown"
    );
}

#[test]
fn an_unknown_index_leads_to_every_item() {
    assert_eq!(shown("element", &[list(&[text("a"), text("b")]), var("index")]), "\"a\"|\"b\"");
}

#[test]
fn the_first_of_a_resource_that_may_not_be_created_is_it_or_what_follows() {
    // `element(concat(aws_iam_role.this[*].arn, [""]), 0)`
    let zero = Value::new(Kind::Number("0".into()), here());
    let all = value("concat", &[list(&[maybe(var("arn"))]), list(&[text("")])]);
    assert_eq!(shown("element", &[all.clone(), zero]), "var.arn|\"\"");
    // The second may be the first again.
    let one = Value::new(Kind::Number("1".into()), here());
    assert_eq!(shown("element", &[all, one]), "unknown");
}

#[test]
fn equal_items_are_one_and_possibly_equal_ones_may_be() {
    let items = list(&[var("x"), text("a"), var("x"), text("a")]);
    assert_eq!(shown("distinct", std::slice::from_ref(&items)), "[var.x|-, \"a\"]");
    assert_eq!(shown("length", &[value("distinct", &[items])]), "unknown");
    let apart = list(&[template(&[text("x-"), var("x")]), template(&[text("y-"), var("y")])]);
    assert_eq!(shown("toset", std::slice::from_ref(&apart)), "[\"x-${var.x}\", \"y-${var.y}\"]");
    assert_eq!(shown("length", &[value("toset", &[apart])]), "2");
}

#[test]
fn the_first_that_is_set_may_be_the_next() {
    assert_eq!(shown("coalesce", &[var("x"), text("default")]), "var.x|\"default\"");
    assert_eq!(shown("coalesce", &[template(&[text("a"), var("x")]), text("default")]), "\"a${var.x}\"");
    assert_eq!(shown("coalesce", &[text(""), account(), var("y")]), "AccountId");
    let null = Value::new(Kind::Null, here());
    assert_eq!(shown("coalesce", &[null, var("x")]), "var.x");
    assert_eq!(shown("compact", &[list(&[text(""), var("x"), text("a")])]), "[var.x|-, \"a\"]");
    assert_eq!(shown("one", &[list(&[maybe(var("x"))])]), "var.x|null");
}

#[test]
fn format_puts_symbols_in_their_places() {
    let arguments = [text("arn:aws:iam::%s:role/%s"), account(), var("name")];
    assert_eq!(shown("format", &arguments), "\"arn:aws:iam::${AccountId}:role/${var.name}\"");
    // As a number, an account id loses its zeros.
    assert_eq!(shown("format", &[text("%d"), var("id")]), "\"${var.id.format(%d)}\"");
    let each = shown("formatlist", &[text("%s/*"), list(&[var("a"), text("b")])]);
    assert_eq!(each, "[\"${var.a}/*\", \"b/*\"]");
}

#[test]
fn what_a_function_only_passes_on_keeps_its_place_and_its_way() {
    let item = text("a").through(there(50));
    for (name, arguments) in [
        ("element", vec![list(std::slice::from_ref(&item)), Value::new(Kind::Number("0".into()), here())]),
        ("one", vec![list(std::slice::from_ref(&item))]),
        ("lookup", vec![map(&[("k", item.clone())]), text("k")]),
        ("coalesce", vec![item.clone(), text("b")]),
        ("tostring", vec![item.clone()]),
        ("trimspace", vec![item.clone()]),
        ("nonsensitive", vec![item.clone()]),
    ] {
        let passed = value(name, &arguments);
        assert_eq!(passed.span, item.span, "{name}");
        assert_eq!(passed.via.spans().collect::<Vec<_>>(), [there(50)], "{name}");
    }
}

#[test]
fn equality_is_certain_unknown_or_impossible() {
    let other = Value::unknown(symbol(Class::Account, "other"), here());
    let null = Value::new(Kind::Null, here());
    let opaque = Value::unknown(symbol(Class::Opaque, "time"), here());
    for (a, b, expected) in [
        (var("x"), var("x"), Answer::Yes),
        (var("x"), var("y"), Answer::Unknown),
        (var("x"), text("a"), Answer::Unknown),
        (var("x"), null.clone(), Answer::Unknown),
        (opaque.clone(), opaque, Answer::Unknown),
        (account(), account(), Answer::Yes),
        (account(), other, Answer::Unknown),
        (account(), text("111111111111"), Answer::Unknown),
        (account(), text("root"), Answer::No),
        (account(), text(""), Answer::No),
        (account(), null, Answer::No),
        (account(), Value::new(Kind::Number("111111111111".into()), here()), Answer::No),
        (template(&[text("a-"), var("x")]), text("b-c"), Answer::No),
        (template(&[text("a-"), var("x")]), text("a-c"), Answer::Unknown),
        (template(&[text("a-"), var("x")]), template(&[text("a-"), var("x")]), Answer::Yes),
        (template(&[var("x"), text("-a")]), template(&[var("x"), text("-b")]), Answer::No),
        (template(&[text("x-"), account()]), text("x-11111111111"), Answer::No),
        (list(&[text("a")]), list(&[text("b")]), Answer::No),
        (list(&[text("a")]), list(&[]), Answer::No),
        // A list is not equal to a tuple with the same items.
        (list(&[text("a")]), list(&[text("a")]), Answer::Unknown),
        (open(&[text("a"), text("b")]), list(&[text("a")]), Answer::No),
        (map(&[("a", text("1"))]), map(&[("b", text("1"))]), Answer::No),
        (map(&[("a", text("1"))]), map(&[("a", text("2"))]), Answer::No),
        (map(&[("a", text("1"))]), map(&[("a", var("x"))]), Answer::Unknown),
    ] {
        assert_eq!(equal(&a, &b), expected, "{} == {}", show(&a), show(&b));
        assert_eq!(equal(&b, &a), expected, "{} == {}", show(&b), show(&a));
    }
}

#[test]
fn yaml_points_at_the_lines_it_was_read_from() {
    let written = "Statement:\n  - Principal:\n      AWS: arn:aws:iam::111111111111:root\n";
    let at = 1000;
    let source = Value::literal(written, Span::new(SourceId::first(), at, at + written.len()));
    let decoded = value("yamldecode", &[source]);
    assert_eq!(
        written_json(&decoded).unwrap(),
        r#"{"Statement":[{"Principal":{"AWS":"arn:aws:iam::111111111111:root"}}]}"#
    );
    let statement = decoded.as_map().unwrap().get("Statement").unwrap().as_list().unwrap();
    let principal = statement.items[0].as_map().unwrap().get("Principal").unwrap();
    let arn = principal.as_map().unwrap().get("AWS").unwrap();
    let start = at + written.find("arn:").unwrap();
    assert_eq!(arn.span, Span::new(SourceId::first(), start, start + "arn:aws:iam::111111111111:root".len()));
}

#[test]
fn hostile_arguments_end() {
    let number = |digits: &str| Value::new(Kind::Number(digits.into()), here());
    let long = list(&vec![text("a"); 4096]);
    assert_eq!(shown("setproduct", &[long.clone(), list(&[text("a"), text("b")])]), "unknown");
    assert_eq!(shown("concat", &[long.clone(), list(&[text("a")])]), "unknown");
    assert_eq!(shown("range", &[number("100000000")]), "refused");
    assert_eq!(shown("format", &[text("%999999999d"), number("1")]), "unknown");
    let backtracking = shown("regex", &[text(&"(?:a*)*".repeat(100)), text(&"a".repeat(10_000))]);
    assert_eq!(backtracking.len(), 10_002);
    assert_eq!(shown("indent", &[number("4000000000"), text("\n")]), "unknown");
    assert_eq!(shown("pow", &[number("10"), number("1000000000")]), "unknown");
    let many: Vec<Value> = (0..4096).map(|at| var(&at.to_string())).collect();
    assert_eq!(shown("distinct", &[list(&many)]), "unknown");
}

#[test]
fn a_function_that_is_not_here_is_none() {
    assert!(call("templatefile", &[], here()).is_none());
    assert!(call("core::upper", &[text("a")], here()).is_some());
}
