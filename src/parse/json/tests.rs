use proptest::prelude::*;

use super::*;
use crate::source::Sources;
use crate::value::{Because, Class, Symbol};

fn file(text: &str) -> (Sources, SourceId) {
    let sources = Sources::in_memory([("a.json".to_owned(), text.to_owned())]);
    let id = sources.find("a.json").unwrap();
    (sources, id)
}

#[test]
fn a_value_and_its_key_are_underlined_without_quotes() {
    let (sources, id) = file("\u{feff}{ \"AWS\" : \"arn:ü:x\" }");
    let node = parse(id, &sources.text_or_empty(id)).unwrap();
    let member = &node.members()[0];
    assert_eq!(sources.slice(member.key_span), "AWS");
    assert_eq!(sources.slice(member.value.span), "arn:ü:x");
    assert_eq!(sources.slice(node.span), "{ \"AWS\" : \"arn:ü:x\" }");
}

#[test]
fn an_escape_is_a_part_of_its_own() {
    let (sources, id) = file(r#""a\u00e9b\ud83d\ude00""#);
    let node = parse(id, &sources.text_or_empty(id)).unwrap();
    let seen: Vec<_> = node.parts().map(|(text, span)| (text.to_string(), sources.slice(span))).collect();
    let want = [("a", "a"), ("é", "\\u00e9"), ("b", "b"), ("😀", "\\ud83d\\ude00")];
    assert_eq!(seen, want.map(|(text, written)| (text.to_owned(), written.to_owned())));
}

#[test]
fn a_missing_comma_is_found_where_it_is_missing() {
    let (sources, id) = file("{\"a\": 1 \"b\": 2}");
    let problem = parse(id, &sources.text_or_empty(id)).unwrap_err();
    assert_eq!((problem.message.as_str(), problem.span.start), ("expected `,` or `}`", 8));
}

#[test]
fn comments_trailing_commas_and_duplicates_are_read() {
    let (sources, id) = file("{ // one\n \"a\": [1, /* two */ 2,], \"a\": null, }");
    let node = parse(id, &sources.text_or_empty(id)).unwrap();
    assert_eq!(node.members().len(), 2);
    assert_eq!(node.members()[0].value.items().len(), 2);
}

#[test]
fn a_policy_in_quotes_is_read_at_once_with_the_places_of_the_file() {
    let (sources, id) = file(r#"{"policy": "{\"Statement\": [{\"Effect\": \"Allow\"}]}"}"#);
    let whole = value(id, &sources.text_or_empty(id)).unwrap();
    let policy = whole.as_map().unwrap().get("policy").unwrap();
    let Kind::Text(text) = &policy.kind else { panic!() };
    let input = Input::new(text, policy.span);
    let read = plain::read_cut::<plain::Values>(&input, policy.span).unwrap();
    assert_eq!(sources.slice(read.span), sources.slice(policy.span));
    let Kind::Map(statement) =
        &read.as_map().unwrap().get("Statement").unwrap().as_list().unwrap().items[0].kind
    else {
        panic!()
    };
    let entry = statement.entry("Effect").unwrap();
    assert_eq!(
        (sources.slice(entry.key_span), sources.slice(entry.value.span)),
        ("Effect".to_owned(), "Allow".to_owned())
    );
}

#[test]
fn depth_is_bounded() {
    let (sources, id) = file(&"[".repeat(100_000));
    let problem = parse(id, &sources.text_or_empty(id)).unwrap_err();
    assert_eq!((problem.message.as_str(), problem.span.start), ("nested deeper than 256 levels", 256));
    let (sources, id) = file(&format!("{}{}", "[".repeat(256), "]".repeat(256)));
    assert!(parse(id, &sources.text_or_empty(id)).is_ok());
}

fn holes(written: &str) -> (Sources, Text, Span) {
    let (sources, id) = file(written);
    let mut text = Text::default();
    let mut at = 0;
    for (start, _) in written.match_indices("${") {
        let end = start + written.get(start..).unwrap().find('}').unwrap() + 1;
        text.push_str(written.get(at..start).unwrap(), Span::new(id, at, start));
        let symbol = Symbol::new(Class::Keyed, written.get(start + 2..end - 1).unwrap(), Because::Input);
        text.push(PieceKind::Symbol(symbol), Span::new(id, start, end));
        at = end;
    }
    text.push_str(written.get(at..).unwrap(), Span::new(id, at, written.len()));
    (sources, text, Span::new(id, 0, written.len()))
}

#[test]
fn holes_stand_for_texts_values_items_and_members() {
    let written =
        r#"{"s": "a:${var.x}:b", "v": ${var.v}, "l": ["q", ${join}], ${more}, "n": 1${z}, ${k}: 3}"#;
    let (sources, text, span) = holes(written);
    let value = value_from_text(&text, span).unwrap();
    let map = value.as_map().unwrap();
    assert!(map.open);
    assert_eq!(map.get("s").unwrap().as_text().unwrap().pieces().len(), 3);
    assert_eq!(sources.slice(map.get("s").unwrap().span), "a:${var.x}:b");
    assert!(matches!(&map.get("v").unwrap().kind, Kind::Unknown(symbol) if symbol.shown() == "var.v"));
    let list = map.get("l").unwrap().as_list().unwrap();
    assert!(list.open && list.items.len() == 1);
    assert!(matches!(&map.get("n").unwrap().kind, Kind::Unknown(symbol) if symbol.class == Class::Opaque));
    assert!(map.entries.iter().any(|entry| entry.key.as_symbol().is_some()));
}

#[test]
fn a_text_that_is_one_symbol_is_that_unknown() {
    let (_, text, span) = holes("${var.policy}");
    assert!(matches!(value_from_text(&text, span).unwrap().kind, Kind::Unknown(_)));
}

#[test]
fn encoded_json_is_the_value_itself() {
    let (sources, id) = file(r#"{"a": X}"#);
    let inner = Value::list(vec![Value::literal("q", Span::new(id, 6, 7))], Span::new(id, 6, 7));
    let mut text = Text::literal(r#"{"a": "#, Span::new(id, 0, 6));
    text.push(PieceKind::Json(inner.into()), Span::new(id, 6, 7));
    text.push_str("}", Span::new(id, 7, 8));
    let value = value_from_text(&text, Span::new(id, 0, 8)).unwrap();
    assert_eq!(sources.slice(value.as_map().unwrap().get("a").unwrap().span), "X");
    assert_eq!(value.as_map().unwrap().get("a").unwrap().as_list().unwrap().items.len(), 1);
}

pub(in crate::parse) fn check_spans(node: &Node, text: &str) {
    let inside = |span: Span| assert!(text.get(span.range()).is_some(), "{span:?} is no place in {text:?}");
    inside(node.span);
    node.parts().for_each(|(_, span)| inside(span));
    for member in node.members() {
        inside(member.key_span);
        check_spans(&member.value, text);
    }
    node.items().iter().for_each(|item| check_spans(item, text));
}

fn to_serde(node: &Node) -> serde_json::Value {
    match &node.kind {
        NodeKind::Null => serde_json::Value::Null,
        NodeKind::Bool(value) => (*value).into(),
        NodeKind::Number(digits) => serde_json::from_str(digits).unwrap(),
        NodeKind::String(_) => node.as_str().unwrap().into(),
        NodeKind::List(items) => items.iter().map(to_serde).collect(),
        NodeKind::Map(members) => {
            members.iter().map(|member| (member.key.to_string(), to_serde(&member.value))).collect()
        }
    }
}

proptest! {
    #[test]
    fn what_is_read_at_once_is_what_the_careful_reader_reads(text in "[\\[\\]{}\":,\\\\ua0-9 .\\-e\n]{0,16}|\\{( {0,12}\"[aé]{0,12}(\\\\[nu\"]d83d)?\" ?: ?(\"[a-c]{0,9}\"|1e3|null|\\[true, ?0\\])\n?,?){0,3}\\}") {
        let (_, id) = file(&text);
        if let Some(node) = plain::read::<plain::Nodes>(&text, Span::new(id, 0, text.len())) {
            prop_assert_eq!(carefully(id, &text).ok(), Some(node));
        }
        let whole = Span::new(id, 0, text.len());
        if let Some(value) = plain::read::<plain::Values>(&text, whole) {
            let text = Text::literal(text, whole);
            let careful = Reader::new(&Input::new(&text, whole)).document().unwrap();
            prop_assert_eq!(format!("{value:?}"), format!("{careful:?}"));
        }
    }

    #[test]
    fn a_text_in_pieces_is_read_at_once_as_the_careful_reader_reads_it(
        written in r#"\{( {0,3}\\"[a-cé]{0,3}(\\\\n)?\\" ?: ?(\\"(a\\u0062|[:/é]){0,3}\\"|1e3|tr\\u0075e|\[true, ?-0\]|\{\})(\\n)?,?){0,3}\}"#,
    ) {
        // As a string in a file has it: each escape is a piece of its own.
        let (_, id) = file(&format!("\"{written}\""));
        let Ok(Value { kind: Kind::Text(text), span, .. }) = value(id, &format!("\"{written}\"")) else {
            return Ok(());
        };
        let input = Input::new(&text, span);
        if let Some(value) = plain::read_cut::<plain::Values>(&input, span) {
            let careful = Reader::new(&input).document().unwrap();
            prop_assert_eq!(format!("{value:?}"), format!("{careful:?}"));
        }
    }

    #[test]
    fn members_that_nobody_asks_for_change_nothing_of_the_others(
        keys in proptest::collection::vec("[a-f]|\\\\u0061|ab", 0..6),
        members in proptest::collection::vec("\"[a-é ]{0,9}(\\\\[n\"\\\\])?[{\\[,:]?\"|-1\\.5e3|null|\\[true, ?\\{\"x\": \"\\]\"\\}, 0\\]|\\{ ?\\}", 6),
        kept in "[a-f]{0,3}",
        broken in proptest::bool::weighted(0.1),
    ) {
        let members = keys.iter().zip(&members).map(|(key, value)| format!("\"{key}\" :{value}"));
        let text = format!(" {{ {}{}", members.collect::<Vec<_>>().join(",\n"), if broken { "" } else { "} " });
        let (_, id) = file(&text);
        let place = Span::new(id, 0, text.len());
        let is_kept = |key: &str| key.len() != 1 || kept.contains(key);
        let whole = value_from_text(&Text::literal(text.as_str(), place), place);
        let read = super::members(&text, place, &is_kept);
        prop_assert_eq!(whole.is_ok(), read.is_ok());
        if let (Ok(Value { kind: Kind::Map(mut whole), .. }), Ok(read)) = (whole, read) {
            // A key with an escape is compared by nobody.
            let is_asked = |key: &Text| key.pieces().len() != 1 || key.as_literal().is_some_and(|key| is_kept(&key));
            whole.entries.retain(|entry| is_asked(&entry.key_text()) || text.get(entry.key_span.range()).is_some_and(|it| it.contains('\\')));
            prop_assert_eq!(format!("{:?}", whole.entries), format!("{:?}", read.as_map().unwrap().entries));
        }
    }

    #[test]
    fn any_text_is_read_or_refused_with_places_inside(text in ".*|[\\[\\]{}\",:\\\\ua0-9/* .\\-]{0,40}") {
        let (_, id) = file(&text);
        match parse(id, &text) {
            Ok(node) => check_spans(&node, &text),
            Err(problem) => prop_assert!(text.get(problem.span.range()).is_some()),
        }
    }

    #[test]
    fn strict_json_is_judged_and_read_as_serde_json_does(text in "[\\[\\]{}\":,\\\\ua0-9 .\\-e]{0,12}|\\[[0-9.,e+\\-]{0,8}\\]|\"[^/]{0,8}\"") {
        let (_, id) = file(&text);
        // Trailing commas are our only leniency here: the alphabet has no comment.
        let trailing = regex::Regex::new(r",\s*[\]}]").unwrap().is_match(&text);
        match (parse(id, &text), serde_json::from_str::<serde_json::Value>(&text)) {
            (Ok(node), Ok(want)) => prop_assert_eq!(to_serde(&node), want),
            (Err(_), Err(_)) => {}
            (Ok(_), Err(error)) => prop_assert!(trailing || error.to_string().contains("out of range"), "{}", error),
            (Err(problem), Ok(_)) => prop_assert!(false, "refused: {}", problem.message),
        }
    }

    #[test]
    fn damaged_policies_with_holes_are_read_or_refused(at in 0usize..90, length in 0usize..6, with in "[{}\\[\\]\",:a-c0é/*\\\\]{0,4}|\\$\\{é\\}") {
        let policy = "{\"é\": [\"a\\u00e9${x}b\", ${y}, 1.5e3, {\"k\": null, ${m}}], // c\n ${k}: {\"z\": true,}}";
        let mut written: Vec<char> = policy.chars().collect();
        let from = at.min(written.len());
        written.splice(from..(from + length).min(written.len()), with.chars());
        let written: String = written.into_iter().collect();
        {
            let (_, text, span) = holes_apart(&written);
            match value_from_text(&text, span) {
                Ok(value) => check_value(&value, &written),
                Err(problem) => prop_assert!(written.get(problem.span.range()).is_some()),
            }
        }
        let (_, id) = file(&written);
        match parse(id, &written) {
            Ok(node) => check_spans(&node, &written),
            Err(problem) => prop_assert!(written.get(problem.span.range()).is_some()),
        }
    }
}

/// Like [`holes`], for text in which `${` may follow inside a hole: such text is left as it is.
fn holes_apart(written: &str) -> (Sources, Text, Span) {
    let nested = written.split("${").skip(1).any(|part| !part.contains('}'));
    if nested {
        let (sources, id) = file(written);
        let span = Span::new(id, 0, written.len());
        (sources, Text::literal(written, span), span)
    } else {
        holes(written)
    }
}

fn check_value(value: &Value, written: &str) {
    assert!(written.get(value.span.range()).is_some(), "{:?} is no place", value.span);
    if let Kind::Text(text) = &value.kind {
        for piece in text.pieces() {
            let place = written.get(piece.span.range()).expect("a place");
            if let PieceKind::Literal(literal) = &piece.kind {
                assert!(place.len() != literal.len() || place == &**literal);
            }
        }
    }
    for item in value.as_list().map(|list| list.items.as_slice()).unwrap_or_default() {
        check_value(item, written);
    }
    for entry in value.as_map().map(|map| map.entries.as_slice()).unwrap_or_default() {
        check_value(&entry.value, written);
    }
}
