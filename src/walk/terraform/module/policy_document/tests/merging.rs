//! Documents put together.

use std::fmt::Write as _;

use serde_json::{Value as Json, json};

use super::*;
use crate::bounds;

/// A source, the block itself, an override, each with two statements.
fn layers(source: &str, own: &str, over: &str) -> String {
    format!(
        r#"data "s" {{
          statement {{
            sid     = "A"
            actions = ["source:A"]
          }}
          statement {{
            actions = ["source:None"]
          }}
        }}
        data "o" {{
          statement {{
            sid     = "A"
            actions = ["over:A"]
          }}
          statement {{
            actions = ["over:None"]
          }}
        }}
        data "d" {{
          {source}
          {own}
          {over}
        }}"#
    )
}

/// The actions of the statements; in brackets when they may be missing.
fn actions(text: &str) -> Vec<String> {
    let action = |statement: &Json| statement["Action"].as_str().map(ToOwned::to_owned);
    let each = |statement: &Json| match (statement.get("?"), statement.as_str()) {
        (Some(all), _) => {
            let all: Vec<_> = all.as_array().unwrap().iter().filter_map(action).collect();
            format!("[{}]", all.join("|"))
        }
        (None, Some(more)) => more.to_owned(),
        (None, None) => action(statement).unwrap(),
    };
    statements(text).as_array().unwrap().iter().map(each).collect()
}

const OWN: &str =
    "statement {\n sid = \"A\"\n actions = [\"own:A\"]\n }\n statement {\n actions = [\"own:None\"]\n }";

#[test]
fn a_later_statement_takes_the_place_of_the_one_with_its_sid() {
    let source = "source_policy_documents = [data.s]";
    let over = "override_policy_documents = [data.o]";
    assert_eq!(actions(&layers(source, "", "")), ["source:A", "source:None"]);
    assert_eq!(actions(&layers(source, OWN, "")), ["own:A", "source:None", "own:None"]);
    let all = ["over:A", "source:None", "own:None", "over:None"];
    assert_eq!(actions(&layers(source, OWN, over)), all);
    assert_eq!(actions(&layers("source_json = data.s", OWN, "override_json = data.o")), all);
}

#[test]
fn a_statement_keeps_its_places_and_says_through_what_it_came() {
    let given = Given::new(&layers("source_policy_documents = [data.s]", "", ""));
    assert_eq!(given.underlined("Statement/0/Action"), "source:A");
    let Kind::Json(inner) = &given.value().kind else { panic!() };
    let statement = &inner.as_map().unwrap().get("Statement").unwrap().as_list().unwrap().items[0];
    let via: Vec<_> = statement.via.spans().map(|span| given.sources.slice(span)).collect();
    assert_eq!(via, ["data.s"]);
}

#[test]
fn a_source_that_is_not_known_leaves_the_statements_open_and_takes_nothing_away() {
    for source in ["[var.more]", "var.more", "[\"not json\"]", "[\"${var.a}, x\"]", "open([])", "[{}]"] {
        let text = layers(&format!("source_policy_documents = {source}"), OWN, "");
        assert_eq!(actions(&text), ["own:A", "own:None", "…"], "{source}");
    }
}

#[test]
fn an_override_that_is_not_known_may_replace_what_has_a_sid_and_nothing_else() {
    let over = "override_policy_documents = [var.more]";
    let text = layers("source_policy_documents = [data.s]", OWN, over);
    assert_eq!(actions(&text), ["[own:A]", "source:None", "own:None", "…"]);
    let known_after = "override_policy_documents = [var.more, data.o]";
    assert_eq!(actions(&layers("", OWN, known_after)), ["over:A", "own:None", "over:None", "…"]);
}

#[test]
fn a_document_that_may_be_missing_may_replace() {
    let text = layers("", OWN, "override_policy_documents = [perhaps(data.o)]");
    assert_eq!(actions(&text), ["[own:A]", "own:None", "[over:A]", "[over:None]"]);
    let text = layers("source_policy_documents = either([data.s], [])", OWN, "");
    assert_eq!(actions(&text), ["own:A", "[source:None]", "own:None"]);
    let either = "source_policy_documents = [either(data.s, data.o)]";
    let all = ["[source:A]", "[source:None]", "[over:A]", "[over:None]"];
    assert_eq!(actions(&layers(either, "", "")), all);
}

#[test]
fn a_statement_that_may_be_missing_replaces_only_when_it_is_there() {
    let own = OWN.replacen("statement", "statement \"perhaps\"", 1);
    let text = layers("source_policy_documents = [data.s]", &own, "");
    assert_eq!(actions(&text), ["[source:A]", "source:None", "[own:A]", "own:None"]);
}

#[test]
fn a_sid_that_is_not_known_may_be_any_but_is_itself() {
    let own = |sid: &str| {
        format!(
            "statement {{\n sid = {sid}\n actions = [\"own:X\"]\n }}\n statement {{\n sid = \"\"\n actions = [\"own:None\"]\n }}"
        )
    };
    let source = "source_policy_documents = [data.s]";
    assert_eq!(
        actions(&layers(source, &own("var.x"), "")),
        ["[source:A]", "source:None", "own:X", "own:None"]
    );
    let same = |over: &str| {
        format!(
            r#"data "o" {{
              statement {{
                sid     = "${{var.x}}B"
                actions = ["over:X"]
              }}
            }}
            data "d" {{
              override_policy_documents = [data.o]
              statement {{
                sid     = "{over}"
                actions = ["own:X"]
              }}
            }}"#
        )
    };
    assert_eq!(actions(&same("${var.x}B")), ["over:X"]);
    assert_eq!(actions(&same("${var.y}B")), ["[own:X]", "over:X"]);
}

#[test]
fn a_sid_twice_is_refused() {
    let refused = json!("${a policy document with two statements of the Sid \"A\"}");
    let twice = Given::new(&layers("", &format!("{OWN}\n{OWN}"), ""));
    assert_eq!(twice.json(), refused);
    let sources = Given::new(&layers("source_policy_documents = [data.s, data.o]", "", ""));
    assert_eq!(sources.json(), refused);
    let old = Given::new(&layers("source_json = data.s\nsource_policy_documents = [data.o]", "", ""));
    assert_eq!(old.json(), refused);
    // The last override wins, and two of which only one is there do not meet.
    let over = actions(&layers("", "", "override_policy_documents = [data.s, data.o]"));
    assert_eq!(over, ["over:A", "source:None", "over:None"]);
    let one_of_two = OWN.replacen("statement", "statement \"perhaps\"", 1);
    let text = layers("", &format!("{one_of_two}\n{one_of_two}"), "");
    assert_eq!(actions(&text), ["[own:A]", "own:None", "[own:A]", "own:None"]);
    let maybe = layers("source_policy_documents = [data.s, either(data.o, null)]", "", "");
    assert_eq!(actions(&maybe), ["source:A", "source:None", "[over:A]", "[over:None]"]);
}

#[test]
fn a_document_that_is_text_is_read_with_its_places_and_symbols() {
    let given = Given::new(
        r#"data "d" {
          source_policy_documents = [<<-EOT
            {
              "version": "2012-10-17",
              "statement": [{
                "Sid": "",
                "effect": "Deny",
                "Comment": "dropped",
                "Action": "s3:*",
                "Principal": {"AWS": "arn:aws:iam::${var.account}:root"}
              }]
            }
          EOT
          ]
        }"#,
    );
    let principal = json!({"AWS": "arn:aws:iam::${var.account}:root"});
    let want = json!([{"Effect": "Deny", "Action": "s3:*", "Principal": principal}]);
    assert_eq!(given.json()["Statement"], want);
    assert_eq!(given.underlined("Statement/0/Principal/AWS"), "arn:aws:iam::${var.account}:root");
    assert_eq!(given.underlined("Statement/0/key:Effect"), "effect");
}

#[test]
fn the_provider_makes_everyone_of_a_principal_without_a_kind() {
    let given = Given::new(
        r#"data "d" {
          source_policy_documents = ["{\"Statement\": [{\"Principal\": \"arn:aws:iam::111111111111:root\"}]}"]
        }"#,
    );
    assert_eq!(given.json()["Statement"], json!([{"Principal": "*"}]));
    assert_eq!(given.underlined("Statement/0/Principal"), "arn:aws:iam::111111111111:root");
}

#[test]
fn the_provider_loses_conditions_whose_value_is_a_number() {
    let given = Given::new(
        r#"data "d" {
          source_policy_documents = [<<-EOT
            {"Statement": [{"Condition": {
              "NumericLessThan": {"aws:MultiFactorAuthAge": 3600},
              "Bool": {"aws:MultiFactorAuthPresent": true}
            }}]}
          EOT
          ]
        }"#,
    );
    let want = json!({
        "NumericLessThan": {"aws:MultiFactorAuthAge": {"?": [3600.0, null]}},
        "Bool": {"aws:MultiFactorAuthPresent": "true"},
    });
    assert_eq!(given.json()["Statement"][0]["Condition"], want);
}

#[test]
fn a_hole_in_the_statements_of_an_override_may_replace() {
    let over = r#"override_policy_documents = ["{\"Statement\": [${var.more}, {\"Sid\": \"B\", \"Action\": \"over:B\"}]}"]"#;
    assert_eq!(actions(&layers("", OWN, over)), ["[own:A]", "own:None", "[over:B]", "…"]);
    let over = r#"override_policy_documents = ["{${var.more}}"]"#;
    assert_eq!(actions(&layers("", OWN, over)), ["[own:A]", "own:None", "…"]);
}

#[test]
fn encoded_values_are_documents_and_a_single_statement_is_one() {
    let one = r#"source_policy_documents = [jsonencode({ Statement = { Action = "a:B" } })]"#;
    assert_eq!(actions(&layers(one, "", "")), ["a:B"]);
    let either =
        r#"source_policy_documents = [jsonencode(either({ Statement = [{ Action = "a:B" }] }, null))]"#;
    assert_eq!(actions(&layers(either, "", "")), ["[a:B]"]);
}

#[test]
fn the_newest_version_and_the_last_id_count() {
    let text = |version: &str, source: &str| {
        format!(
            r#"data "s" {{
              version   = "{source}"
              policy_id = "theirs"
              statement {{ actions = ["a:B"] }}
            }}
            data "d" {{
              version                 = {version}
              source_policy_documents = [data.s]
            }}"#
        )
    };
    let both = |version: &str, source: &str| {
        let json = Given::new(&text(version, source)).json();
        (json["Version"].clone(), json["Id"].clone())
    };
    let theirs = json!("theirs");
    assert_eq!(both("\"2008-10-17\"", "2012-10-17"), (json!("2012-10-17"), theirs.clone()));
    assert_eq!(both("\"2012-10-17\"", "2008-10-17"), (json!("2012-10-17"), theirs.clone()));
    assert_eq!(both("\"2008-10-17\"", "2008-10-17"), (json!("2008-10-17"), theirs.clone()));
    let unknown = json!("${the version of a policy document}");
    assert_eq!(both("\"2008-10-17\"\n override_policy_documents = [var.x]", "2008-10-17"), (unknown, theirs));
}

#[test]
fn a_document_without_statements_has_none() {
    assert_eq!(Given::new(r#"data "d" {}"#).json(), json!({"Version": "2012-10-17"}));
}

#[test]
fn the_number_of_statements_has_a_bound() {
    let mut text = READ.replace("\"d\"", "\"d0\"");
    for index in 1..20 {
        let before = index - 1;
        let sources = format!("data.d{before}, data.d{before}, data.d{before}");
        write!(text, "\ndata \"d{index}\" {{\n source_policy_documents = [{sources}]\n}}").unwrap();
    }
    let given = Given::new(&text);
    let Kind::Json(inner) = &given.value().kind else { panic!() };
    let list = inner.as_map().unwrap().get("Statement").unwrap().as_list().unwrap();
    assert_eq!((list.items.len(), list.open), (bounds::POLICY_STATEMENTS, true));
}

#[test]
fn many_alternatives_end_in_the_unknown() {
    let span = Span::start_of(Sources::in_memory([("a".to_owned(), String::new())]).ids().next().unwrap());
    let block = |index: usize| {
        let mut map = Map::default();
        map.insert("sid", span, Value::literal(format!("S{index}"), span));
        Value::new(Kind::Map(map), span)
    };
    let mut properties = Map::default();
    let place = Value::choice((0..100).map(block), span);
    properties.insert("statement", span, Value::list(vec![place], span));
    let Kind::Json(inner) = document(&properties, span).kind else { panic!() };
    let list = inner.as_map().unwrap().get("Statement").unwrap().as_list().unwrap();
    assert!(list.open);
    assert_eq!(list.items[0].alternatives().len(), bounds::CHOICES + 1);
    assert!(list.items[0].alternatives().iter().any(Value::is_unset));
}
