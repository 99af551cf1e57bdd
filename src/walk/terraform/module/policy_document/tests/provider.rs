//! The cases on which the provider tests itself, with values of our own.
//!
//! The provider sorts the values of a list; here they are compared as sets, except those of conditions.

use serde_json::{Value as Json, json};

use super::*;

/// A document as the provider writes it, with its lists sorted.
fn made(text: &str) -> Json {
    sorted(Given::new(text).json())
}

fn sorted(mut document: Json) -> Json {
    for statement in document.get_mut("Statement").and_then(Json::as_array_mut).into_iter().flatten() {
        let Some(elements) = statement.as_object_mut() else { continue };
        for (name, element) in elements.iter_mut().filter(|(name, _)| *name != "Condition") {
            match element.as_object_mut() {
                Some(kinds) if name.ends_with("Principal") => kinds.values_mut().for_each(sort),
                _ => sort(element),
            }
        }
    }
    document
}

fn sort(values: &mut Json) {
    if let Some(values) = values.as_array_mut() {
        values.sort_by_key(ToString::to_string);
    }
}

/// Whether Terraform refuses a configuration, which therefore makes a document that is not known.
fn is_refused(text: &str) -> bool {
    matches!(Given::new(text).value().kind, Kind::Unknown(_))
}

fn with_statements(statements: &Json) -> Json {
    sorted(json!({"Version": "2012-10-17", "Statement": statements}))
}

/// A document of one statement, whose body is given.
fn one(body: &str) -> Json {
    made(&format!("data \"d\" {{\n statement {{\n {body}\n }}\n }}"))["Statement"][0].clone()
}

const EVERYTHING: &str = r#"
data "base" {
  policy_id = "archive"
  statement {
    sid       = "List"
    actions   = ["s3:ListAllMyBuckets", "s3:GetBucketLocation"]
    resources = ["arn:aws:s3:::*"]
  }
  statement {
    actions   = ["s3:ListBucket"]
    resources = ["arn:aws:s3:::archive"]
    condition {
      test     = "StringLike"
      variable = "s3:prefix"
      values   = ["people/", "", "people/&{aws:username}/"]
    }
    not_principals {
      type        = "AWS"
      identifiers = ["arn:aws:iam::111111111111:role/guest"]
    }
  }
  statement {
    actions   = ["s3:*"]
    resources = ["arn:aws:s3:::archive/&{aws:username}", "arn:aws:s3:::archive/&{aws:username}/*"]
    principals {
      type        = "AWS"
      identifiers = ["arn:aws:iam::111111111111:role/a", "arn:aws:iam::222222222222:role/b"]
    }
  }
  statement {
    effect        = "Deny"
    not_actions   = ["s3:*"]
    not_resources = ["arn:aws:s3:::*"]
  }
  statement {
    effect  = "Allow"
    actions = ["sns:Publish"]
    principals {
      type        = "AWS"
      identifiers = ["*"]
    }
  }
  statement {
    effect  = "Allow"
    actions = ["sqs:SendMessage"]
    principals {
      type        = "*"
      identifiers = ["*"]
    }
  }
}
"#;

fn everything() -> Vec<Json> {
    let statements = json!([
        {
            "Sid": "List",
            "Effect": "Allow",
            "Action": ["s3:ListAllMyBuckets", "s3:GetBucketLocation"],
            "Resource": "arn:aws:s3:::*",
        },
        {
            "Effect": "Allow",
            "Action": "s3:ListBucket",
            "Resource": "arn:aws:s3:::archive",
            "NotPrincipal": {"AWS": "arn:aws:iam::111111111111:role/guest"},
            "Condition": {"StringLike": {"s3:prefix": ["people/", "", "people/${aws:username}/"]}},
        },
        {
            "Effect": "Allow",
            "Action": "s3:*",
            "Resource": ["arn:aws:s3:::archive/${aws:username}/*", "arn:aws:s3:::archive/${aws:username}"],
            "Principal": {"AWS": ["arn:aws:iam::222222222222:role/b", "arn:aws:iam::111111111111:role/a"]},
        },
        {"Effect": "Deny", "NotAction": "s3:*", "NotResource": "arn:aws:s3:::*"},
        {"Effect": "Allow", "Action": "sns:Publish", "Principal": {"AWS": "*"}},
        {"Effect": "Allow", "Action": "sqs:SendMessage", "Principal": "*"},
    ]);
    statements.as_array().unwrap().clone()
}

#[test]
fn every_argument_has_its_element() {
    let want = json!({"Version": "2012-10-17", "Id": "archive", "Statement": everything()});
    assert_eq!(made(EVERYTHING), sorted(want));
}

#[test]
fn a_source_document_comes_first_with_its_id() {
    let text = format!(
        r#"{EVERYTHING}
        data "d" {{
          source_policy_documents = [data.base]
          statement {{
            sid       = "More"
            actions   = ["*"]
            resources = ["*"]
          }}
        }}"#
    );
    let mut statements = everything();
    statements.push(json!({"Sid": "More", "Effect": "Allow", "Action": "*", "Resource": "*"}));
    let want = json!({"Version": "2012-10-17", "Id": "archive", "Statement": statements});
    assert_eq!(made(&text), sorted(want.clone()));
    let old = text.replace("source_policy_documents = [data.base]", "source_json = data.base");
    assert_eq!(made(&old), sorted(want));
}

#[test]
fn the_principal_comes_back_from_a_source_as_it_went_in() {
    for (written, read) in [
        (json!({"*": "*"}), json!("*")),
        (json!({"*": ["*"]}), json!("*")),
        (json!("*"), json!("*")),
        (json!({"AWS": "*"}), json!({"AWS": "*"})),
        (json!({"AWS": "111122223333"}), json!({"AWS": "111122223333"})),
        (json!({"AWS": ["111122223333", "444455556666"]}), json!({"AWS": ["111122223333", "444455556666"]})),
        (
            json!({"AWS": "111122223333", "CanonicalUser": "abcdef123456"}),
            json!({"AWS": "111122223333", "CanonicalUser": "abcdef123456"}),
        ),
        (json!({"*": "*", "AWS": "111122223333"}), json!({"*": "*", "AWS": "111122223333", "…": "…"})),
    ] {
        let document = json!({"Statement": [{"Effect": "Allow", "Principal": written}]}).to_string();
        let escaped = document.replace('"', "\\\"");
        let text = format!("data \"d\" {{\n source_policy_documents = [\"{escaped}\"]\n }}");
        assert_eq!(made(&text)["Statement"][0]["Principal"], read, "{document}");
    }
}

#[test]
fn the_statement_of_a_source_may_be_one_or_none() {
    let statement = json!({"Effect": "Allow", "Action": "*", "Resource": "*"});
    for (document, want) in [
        (
            json!({"Version": "2012-10-17", "Statement": [statement, statement]}),
            json!([statement, statement]),
        ),
        (json!({"Version": "2012-10-17", "Id": "x", "Statement": statement}), json!([statement])),
        (json!({"Version": "2012-10-17", "Statement": []}), Json::Null),
        (json!({"Version": "2012-10-17", "Statement": null}), Json::Null),
        (json!({"Version": "2012-10-17"}), Json::Null),
    ] {
        let escaped = document.to_string().replace('"', "\\\"");
        let text = format!("data \"d\" {{\n source_policy_documents = [\"{escaped}\"]\n }}");
        assert_eq!(made(&text).get("Statement").cloned().unwrap_or_default(), want, "{document}");
    }
}

/// `condition` blocks: test, variable, values.
fn conditions(blocks: &[(&str, &str, &str)]) -> Json {
    let block = |(test, variable, values): &(&str, &str, &str)| {
        format!("condition {{\n test = \"{test}\"\n variable = \"{variable}\"\n values = {values}\n }}\n")
    };
    one(&blocks.iter().map(block).collect::<String>())["Condition"].clone()
}

#[test]
fn conditions_are_put_together_by_test_and_variable() {
    let (like, arn, prefix, version) = ("StringLike", "ArnNotLike", "s3:prefix", "s3:versionid");
    let (few, many) = (r#"["a/"]"#, r#"["b/", "c/"]"#);
    for (blocks, want) in [
        (vec![(like, prefix, few)], json!({like: {prefix: "a/"}})),
        (vec![(like, prefix, many)], json!({like: {prefix: ["b/", "c/"]}})),
        (
            vec![(arn, "aws:PrincipalArn", few), (like, prefix, few)],
            json!({arn: {"aws:PrincipalArn": "a/"}, like: {prefix: "a/"}}),
        ),
        (
            vec![(arn, "aws:PrincipalArn", many), (like, prefix, few)],
            json!({arn: {"aws:PrincipalArn": ["b/", "c/"]}, like: {prefix: "a/"}}),
        ),
        (
            vec![(like, prefix, few), (like, version, many)],
            json!({like: {prefix: "a/", version: ["b/", "c/"]}}),
        ),
        (
            vec![(like, prefix, many), (like, version, few)],
            json!({like: {prefix: ["b/", "c/"], version: "a/"}}),
        ),
        (vec![(like, prefix, few), (like, prefix, r#"["d/"]"#)], json!({like: {prefix: ["a/", "d/"]}})),
        (vec![(like, prefix, few), (like, prefix, many)], json!({like: {prefix: ["a/", "b/", "c/"]}})),
        (vec![(like, prefix, many), (like, prefix, few)], json!({like: {prefix: ["b/", "c/", "a/"]}})),
        (vec![(like, prefix, many), (like, prefix, many)], json!({like: {prefix: ["b/", "c/", "b/", "c/"]}})),
        (vec![("Bool", "aws:SecureTransport", "[false]")], json!({"Bool": {"aws:SecureTransport": "false"}})),
        (vec![], Json::Null),
    ] {
        assert_eq!(conditions(&blocks), want, "{blocks:?}");
    }
}

#[test]
fn the_conditions_of_a_source_are_strings_again() {
    let text = r#"data "d" {
      source_policy_documents = [<<-EOT
        {"Statement": [{"Sid": "Tags", "Effect": "Deny", "Action": ["ec2:CreateTags"], "Condition": {
          "Null": {"aws:ResourceTag/Kept": false},
          "StringLike": {"aws:ResourceAccount": ["111111111111"], "aws:PrincipalArn": "arn:aws:iam::*:role/ops"}
        }}]}
      EOT
      ]
    }"#;
    let want = json!([{
        "Sid": "Tags",
        "Effect": "Deny",
        "Action": ["ec2:CreateTags"],
        "Condition": {
            "Null": {"aws:ResourceTag/Kept": "false"},
            "StringLike": {"aws:ResourceAccount": "111111111111", "aws:PrincipalArn": "arn:aws:iam::*:role/ops"},
        },
    }]);
    assert_eq!(made(text), with_statements(&want));
}

const LAYERS: &str = r#"
data "a" {
  statement {
    sid     = ""
    effect  = "Allow"
    actions = ["kms:Encrypt"]
  }
  statement {
    sid     = "Shared"
    effect  = "Allow"
    actions = ["kms:Decrypt"]
  }
}
data "b" {
  statement {
    sid     = "Own"
    effect  = "Deny"
    actions = ["kms:Sign"]
  }
}
data "c" {
  statement {
    sid     = "Shared"
    effect  = "Deny"
    actions = ["kms:Decrypt"]
  }
}
data "none" {
  statement {
    sid     = ""
    actions = ["kms:Verify"]
  }
}
"#;

fn layered(arguments: &str) -> String {
    format!("{LAYERS}\ndata \"d\" {{\n version = \"2012-10-17\"\n {arguments}\n }}")
}

fn grant(sid: &str, effect: &str, action: &str) -> Json {
    if sid.is_empty() {
        json!({"Effect": effect, "Action": action})
    } else {
        json!({"Sid": sid, "Effect": effect, "Action": action})
    }
}

#[test]
fn sources_are_added_in_their_order() {
    let want = json!([
        grant("", "Allow", "kms:Encrypt"),
        grant("Shared", "Allow", "kms:Decrypt"),
        grant("Own", "Deny", "kms:Sign"),
        grant("", "Allow", "kms:Verify"),
    ]);
    let text = layered("source_policy_documents = [data.a, data.b, data.none]");
    assert_eq!(made(&text), with_statements(&want));
}

#[test]
fn sources_must_not_share_a_sid_but_the_block_may_replace_one() {
    assert!(is_refused(&layered("source_policy_documents = [data.a, data.b, data.c]")));
    let own = "statement {\n sid = \"Own\"\n actions = [\"*\"]\n }";
    let text = layered(&format!("source_policy_documents = [data.b]\n {own}"));
    assert_eq!(made(&text), with_statements(&json!([grant("Own", "Allow", "*")])));
}

#[test]
fn overrides_replace_in_place_or_are_added() {
    let own = "statement {\n actions = [\"ec2:*\"]\n }\n statement {\n sid = \"Shared\"\n actions = [\"s3:*\"]\n resources = [\"*\"]\n }";
    let text = layered(&format!("override_policy_documents = [data.c]\n {own}"));
    let want = json!([grant("", "Allow", "ec2:*"), grant("Shared", "Deny", "kms:Decrypt")]);
    assert_eq!(made(&text), with_statements(&want));
    let want = json!([
        grant("", "Allow", "kms:Encrypt"),
        grant("Shared", "Deny", "kms:Decrypt"),
        grant("Own", "Deny", "kms:Sign"),
    ]);
    let text = layered("override_policy_documents = [data.a, data.b, data.c]");
    assert_eq!(made(&text), with_statements(&want));
}

#[test]
fn a_document_may_have_no_statement_of_its_own() {
    let both = |source: &str, over: &str| {
        format!("source_policy_documents = [{source}]\n override_policy_documents = [{over}]")
    };
    let want = json!([grant("", "Allow", "kms:Verify"), grant("Shared", "Deny", "kms:Decrypt")]);
    assert_eq!(made(&layered(&both("data.none", "data.c"))), with_statements(&want));
    let want = json!([grant("Shared", "Deny", "kms:Decrypt")]);
    let text = layered(&both("data.c", "data.c"));
    assert_eq!(made(&text), with_statements(&want));
}

#[test]
fn an_empty_text_is_no_document() {
    for argument in ["source_policy_documents", "override_policy_documents"] {
        let text = layered(&format!("{argument} = [\"\"]"));
        assert_eq!(made(&text), json!({"Version": "2012-10-17"}), "{argument}");
    }
    for argument in ["source_json", "override_json"] {
        assert_eq!(
            made(&layered(&format!("{argument} = \"\""))),
            json!({"Version": "2012-10-17"}),
            "{argument}"
        );
    }
    let text = layered("source_policy_documents = [data.none, \"\"]");
    assert_eq!(made(&text), with_statements(&json!([grant("", "Allow", "kms:Verify")])));
}

#[test]
fn statements_without_sid_are_no_duplicates() {
    let statement =
        |sid: &str, action: &str| format!("statement {{\n sid = \"{sid}\"\n actions = [\"{action}\"]\n }}\n");
    let two = |sid: &str| format!("data \"d\" {{\n {}{}}}", statement(sid, "a:B"), statement(sid, "c:D"));
    assert!(is_refused(&two("1")));
    assert_eq!(
        made(&two("")),
        with_statements(&json!([grant("", "Allow", "a:B"), grant("", "Allow", "c:D")]))
    );
}

#[test]
fn the_old_version_is_kept_and_has_no_variables() {
    let old = |body: &str| {
        format!(
            "data \"d\" {{\n version = \"2008-10-17\"\n statement {{\n actions = [\"*\"]\n {body}\n }}\n }}"
        )
    };
    let want = json!({"Version": "2008-10-17", "Statement": [{"Effect": "Allow", "Action": "*"}]});
    assert_eq!(made(&old("")), want);
    let user = "&{aws:username}";
    for body in [
        format!("resources = [\"arn:aws:s3:::b/{user}\"]"),
        format!("not_resources = [\"arn:aws:s3:::b/{user}\"]"),
        format!("principals {{\n type = \"AWS\"\n identifiers = [\"{user}\"]\n }}"),
        format!("not_principals {{\n type = \"AWS\"\n identifiers = [\"{user}\"]\n }}"),
        format!(
            "condition {{\n test = \"StringLike\"\n variable = \"s3:prefix\"\n values = [\"x/\", \"{user}/\"]\n }}"
        ),
    ] {
        assert!(is_refused(&old(&body)), "{body}");
    }
}

#[test]
fn no_principal_is_lost_when_blocks_are_put_together() {
    let aws = |identifiers: &[&str]| {
        format!("principals {{\n type = \"AWS\"\n identifiers = {}\n }}\n", json!(identifiers))
    };
    let (a, b, c, d) = ("111111111111", "222222222222", "333333333333", "444444444444");
    for blocks in [
        vec![vec![a], vec![b, c]],
        vec![vec![b, c], vec![a]],
        vec![vec![a, b], vec![c], vec![d]],
        vec![vec![a], vec![b], vec![c]],
    ] {
        let body: String = blocks.iter().map(|block| aws(block)).collect();
        let mut want = json!(blocks.concat());
        sort(&mut want);
        assert_eq!(one(&body)["Principal"], json!({"AWS": want}), "{blocks:?}");
    }
    assert_eq!(one(&aws(&[]))["Principal"], json!({"AWS": []}));
}
