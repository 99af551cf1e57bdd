//! What the blocks say.

use serde_json::json;

use super::*;

#[test]
fn what_is_not_said_has_the_defaults_of_the_provider() {
    let given = Given::new(READ);
    let want = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject"}]});
    assert_eq!(given.json(), want);
    assert!(matches!(given.value().kind, Kind::Json(_)));
    assert_eq!(given.underlined("Version"), r#"data "d""#);
    assert_eq!(given.underlined("Statement/0/Effect"), "statement");
    let nulls = r#"data "d" {
        version = null
        policy_id = null
        statement {
            sid = null
            effect = null
            actions = ["s3:GetObject"]
            resources = null
            principals {
              type = "AWS"
              identifiers = ["*"]
            }
        }
    }"#;
    let statement = json!({"Effect": "Allow", "Action": "s3:GetObject", "Principal": {"AWS": "*"}});
    assert_eq!(Given::new(nulls).json(), json!({"Version": "2012-10-17", "Statement": [statement]}));
}

#[test]
fn every_part_is_underlined_where_it_is_written() {
    let given = Given::new(
        r#"data "aws_iam_policy_document" "trust" {
          version = "2008-10-17"
          statement {
            sid     = "Trust"
            effect  = "Deny"
            actions = ["sts:AssumeRole", "sts:TagSession"]
            principals {
              type        = "AWS"
              identifiers = ["arn:aws:iam::111111111111:root", "222222222222"]
            }
            condition {
              test     = "StringEquals"
              variable = "sts:ExternalId"
              values   = ["f3a9"]
            }
          }
        }"#,
    );
    for (path, written) in [
        ("key:Version", "version"),
        ("Version", "2008-10-17"),
        ("Statement", r#"data "aws_iam_policy_document" "trust""#),
        ("Statement/0", "statement"),
        ("Statement/0/key:Sid", "sid"),
        ("Statement/0/Effect", "Deny"),
        ("Statement/0/key:Action", "actions"),
        ("Statement/0/Action/1", "sts:TagSession"),
        ("Statement/0/key:Principal", "principals"),
        ("Statement/0/Principal/key:AWS", "AWS"),
        ("Statement/0/Principal/AWS/0", "arn:aws:iam::111111111111:root"),
        ("Statement/0/Principal/AWS/1", "222222222222"),
        ("Statement/0/key:Condition", "condition"),
        ("Statement/0/Condition/key:StringEquals", "StringEquals"),
        ("Statement/0/Condition/StringEquals/key:sts:ExternalId", "sts:ExternalId"),
        ("Statement/0/Condition/StringEquals/sts:ExternalId", "f3a9"),
    ] {
        assert_eq!(given.underlined(path), written, "{path}");
    }
}

#[test]
fn policy_variables_are_written_with_an_ampersand_but_not_in_actions() {
    let given = Given::new(
        r#"data "d" {
          statement {
            actions       = ["s3:&{x}"]
            not_resources = ["arn:aws:s3:::b/&{aws:username}/${var.x}&{aws:userid}"]
            not_principals {
              type        = "AWS"
              identifiers = ["&{aws:username}"]
            }
            condition {
              test     = "StringLike&{x}"
              variable = "s3:prefix"
              values   = ["&{aws:username}/*", "&x"]
            }
          }
        }"#,
    );
    let want = json!([{
        "Effect": "Allow",
        "Action": "s3:&{x}",
        "NotResource": "arn:aws:s3:::b/${aws:username}/${var.x}${aws:userid}",
        "NotPrincipal": {"AWS": "${aws:username}"},
        "Condition": {"StringLike&{x}": {"s3:prefix": ["${aws:username}/*", "&x"]}},
    }]);
    assert_eq!(given.json()["Statement"], want);
    assert_eq!(given.underlined("Statement/0/NotPrincipal/AWS"), "&{aws:username}");
    assert_eq!(given.underlined("Statement/0/Condition/StringLike&{x}/s3:prefix/0"), "&{aws:username}/*");
}

#[test]
fn an_ampersand_and_a_brace_in_two_pieces_are_a_variable_too() {
    let sources = Sources::in_memory([("a".to_owned(), "&\\u007bx}".to_owned())]);
    let id = sources.find("a").unwrap();
    let mut text = Text::literal("&", Span::new(id, 0, 1));
    text.push_str("{", Span::new(id, 1, 7));
    text.push_str("x}", Span::new(id, 7, 9));
    let whole = Span::new(id, 0, 9);
    let mut block = Map::default();
    block.insert("resources", whole, Value::list(vec![Value::text(text, whole)], whole));
    let mut properties = Map::default();
    properties.insert("statement", whole, Value::list(vec![Value::new(Kind::Map(block), whole)], whole));
    let resource = show(&document(&properties, whole))["Statement"][0]["Resource"].clone();
    assert_eq!(resource, json!("${x}"));
}

#[test]
fn the_old_version_has_no_variables() {
    let given = Given::new(
        r#"data "d" {
          version = "2008-10-17"
          statement { resources = ["&{aws:username}"] }
        }"#,
    );
    assert_eq!(given.json(), json!("${a policy document of version 2008-10-17 with `&{`}"));
}

#[test]
fn everyone_is_a_star_only_when_nobody_else_is_named() {
    let everyone = r#"principals {
        type        = "*"
        identifiers = ["*"]
    }"#;
    let aws = |label: &str| {
        format!(
            r#"principals {label} {{
                type        = "AWS"
                identifiers = ["111111111111"]
            }}"#
        )
    };
    let principal = |blocks: &str| {
        let text = format!("data \"d\" {{\n statement {{\n {blocks}\n }}\n }}");
        statements(&text)[0]["Principal"].clone()
    };
    assert_eq!(principal(everyone), json!("*"));
    // AWS rejects it, so nothing more can be meant.
    let both = json!({"*": "*", "AWS": "111111111111"});
    assert_eq!(principal(&format!("{everyone}\n{}", aws(""))), both);
    let maybe = json!({"?": ["*", {"*": "*", "AWS": {"?": ["111111111111", null]}, "…": "…"}]});
    assert_eq!(principal(&format!("{everyone}\n{}", aws("\"perhaps\""))), maybe);
    let optional = everyone.replace("principals", "principals \"perhaps\"");
    assert_eq!(principal(&optional), json!({"?": ["*", {"*": {"?": ["*", null]}, "…": "…"}]}));
}

#[test]
fn principals_of_a_type_are_put_together() {
    let given = Given::new(
        r#"data "d" {
          statement {
            principals {
              type        = "AWS"
              identifiers = ["111111111111"]
            }
            principals {
              type        = "Service"
              identifiers = ["ec2.amazonaws.com"]
            }
            principals {
              type        = "AWS"
              identifiers = ["222222222222", "333333333333"]
            }
            principals "perhaps" {
              type        = "AWS"
              identifiers = ["444444444444", "555555555555"]
            }
            principals {
              type        = "Federated"
              identifiers = []
            }
          }
        }"#,
    );
    let aws = json!([
        "111111111111",
        "222222222222",
        "333333333333",
        {"?": [["444444444444", "555555555555"], null]}
    ]);
    let want = json!({"AWS": aws, "Service": "ec2.amazonaws.com", "Federated": []});
    assert_eq!(given.json()["Statement"][0]["Principal"], want);
    assert_eq!(given.underlined("Statement/0/Principal/AWS/3/0/1"), "555555555555");
}

#[test]
fn what_may_be_missing_everywhere_may_be_missing_as_a_whole() {
    let text = r#"data "d" {
      statement {
        condition "perhaps" {
          test     = "StringEquals"
          variable = "aws:SourceAccount"
          values   = ["111111111111"]
        }
        condition "perhaps" {
          test     = "StringEquals"
          variable = "aws:SourceAccount"
          values   = ["222222222222", "333333333333"]
        }
      }
    }"#;
    let values = json!({"?": [["111111111111", "222222222222", "333333333333"], null]});
    let condition =
        |text: &str| statements(text)[0]["Condition"]["StringEquals"]["aws:SourceAccount"].clone();
    assert_eq!(condition(text), values);
    let first_is_there = text.replacen("condition \"perhaps\"", "condition", 1);
    let values = json!(["111111111111", {"?": [["222222222222", "333333333333"], null]}]);
    assert_eq!(condition(&first_is_there), values);
}

#[test]
fn conditions_of_a_test_and_variable_are_put_together() {
    let given = Given::new(
        r#"data "d" {
          statement {
            condition {
              test     = "StringEquals"
              variable = "${var.issuer}:aud"
              values   = ["sts.amazonaws.com"]
            }
            condition {
              test     = "StringEquals"
              variable = "${var.issuer}:sub"
              values   = ["b"]
            }
            condition {
              test     = "StringEquals"
              variable = "${var.issuer}:aud"
              values   = ["b", "sts.amazonaws.com"]
            }
            condition {
              test     = "Bool"
              variable = "aws:SecureTransport"
              values   = [false]
            }
          }
        }"#,
    );
    let want = json!({
        "StringEquals": {
            "${var.issuer}:aud": ["sts.amazonaws.com", "b", "sts.amazonaws.com"],
            "${var.issuer}:sub": "b",
        },
        "Bool": {"aws:SecureTransport": "false"},
    });
    assert_eq!(given.json()["Statement"][0]["Condition"], want);
}

#[test]
fn lists_are_sets_and_numbers_are_strings() {
    let given = Given::new(
        r#"data "d" {
          statement {
            actions   = ["a:B", "c:D", "a:B"]
            resources = ["*", "*"]
            principals {
              type        = "AWS"
              identifiers = [012345678901]
            }
          }
        }"#,
    );
    let statement = &given.json()["Statement"][0];
    assert_eq!(statement["Action"], json!(["a:B", "c:D"]));
    assert_eq!(statement["Resource"], json!("*"));
    assert_eq!(statement["Principal"], json!({"AWS": "12345678901"}));
    assert_eq!(given.underlined("Statement/0/Principal/AWS"), "012345678901");
}

#[test]
fn an_empty_list_is_not_written() {
    let text = r#"data "d" {
      statement {
        actions       = []
        not_actions   = ["a:B"]
        resources     = open([])
        not_resources = either([], ["*"])
      }
    }"#;
    let want = json!([{
        "Effect": "Allow",
        "NotAction": "a:B",
        "Resource": ["…"],
        "NotResource": {"?": [null, "*"]},
    }]);
    assert_eq!(statements(text), want);
}

#[test]
fn what_is_computed_stands_for_any_number_of_strings() {
    let text = r#"data "d" {
      statement {
        actions   = var.actions
        resources = computed.arns
        principals {
          type        = var.type
          identifiers = [var.who]
        }
        principals {
          type        = "AWS"
          identifiers = var.them
        }
        principals {
          type        = "AWS"
          identifiers = ["111111111111"]
        }
      }
    }"#;
    let want = json!([{
        "Effect": "Allow",
        "Action": "${var.actions}",
        "Resource": ["${arns}", "…"],
        "Principal": {"${var.type}": ["${var.who}"], "AWS": ["${var.them}", "111111111111", "…"]},
    }]);
    assert_eq!(statements(text), want);
}

#[test]
fn blocks_that_are_not_known_leave_their_list_open() {
    let text = r#"data "d" {
      statement {
        principals "open" {}
        condition "open" {}
      }
      statement "perhaps" {
        principals {
          type        = either("AWS", "Service")
          identifiers = ["x"]
        }
      }
      statement "open" {}
    }"#;
    let optional = json!({"AWS": {"?": ["x", null]}, "Service": {"?": ["x", null]}});
    let want = json!([
        {"Effect": "Allow", "Principal": {"…": "…"}, "Condition": {"…": "…"}},
        {"?": [{"Effect": "Allow", "Principal": optional}, null]},
        "…",
    ]);
    assert_eq!(statements(text), want);
}
