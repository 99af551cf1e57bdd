use super::*;
use crate::iam::policy::{Effect, Polarity};
use crate::iam::principal::Principal;
use crate::source::Sources;
use crate::value::{Because, Class, List, Symbol};

fn span() -> Span {
    Span::start_of(Sources::in_memory([("a".to_owned(), String::new())]).find("a").unwrap())
}

fn value(json: &serde_json::Value) -> Value {
    let kind = match json {
        serde_json::Value::Null => Kind::Null,
        serde_json::Value::Bool(value) => Kind::Bool(*value),
        serde_json::Value::Number(number) => Kind::Number(number.to_string().into()),
        serde_json::Value::String(text) => Kind::Text(Text::literal(text.as_str(), span())),
        serde_json::Value::Array(items) => {
            Kind::List(List { items: items.iter().map(value).collect(), open: false })
        }
        serde_json::Value::Object(entries) => {
            let mut map = Map::default();
            for (key, inner) in entries {
                map.insert(key, span(), value(inner));
            }
            Kind::Map(map)
        }
    };
    Value::new(kind, span())
}

fn symbol(class: Class, key: &str) -> Symbol {
    Symbol::new(class, key, Because::Input)
}

fn aws(text: &str) -> Principal {
    names::principal("AWS", &Text::literal(text, span()))
}

fn reason(principal: Principal) -> String {
    match principal {
        Principal::Invalid(invalid) => invalid.reason,
        other => panic!("{other:?} is not refused"),
    }
}

#[test]
fn a_single_value_is_a_list_of_one() {
    let json = serde_json::json!({"Statement": {"Effect": "Allow", "Action": "s3:GetObject", "Principal": {"AWS": "111111111111"}}});
    let policy = Policy::read(&value(&json)).unwrap();
    let defects = policy.defects.clone();
    let statement = &policy.statements[0];
    assert_eq!(defects, []);
    assert_eq!(statement.effect, Some(Effect::Allow));
    assert_eq!(statement.actions.items.len(), 1);
    assert!(matches!(statement.principals.as_ref().unwrap().items[0].value, Principal::Account { .. }));
    assert!(statement.resources.is_none() && !policy.open);
}

#[test]
fn wrong_case_is_read_and_reported() {
    let json = serde_json::json!({"statement": [{"effect": "Deny", "notaction": ["s3:*"], "Resource": "*"}]});
    let policy = Policy::read(&value(&json)).unwrap();
    let defects = policy.defects.clone();
    let statement = &policy.statements[0];
    assert_eq!((statement.effect, statement.actions.polarity), (Some(Effect::Deny), Polarity::NotIn));
    assert_eq!(defects.iter().map(|defect| defect.kind).collect::<Vec<_>>(), [DefectKind::Case; 3]);
}

#[test]
fn a_lower_case_effect_is_no_effect() {
    let json = serde_json::json!({"Statement": [{"Effect": "allow", "Action": "*", "Resource": "*"}]});
    let policy = Policy::read(&value(&json)).unwrap();
    assert_eq!(policy.statements[0].effect, None);
    assert!(policy.defects[0].message.contains("not `allow`"), "{:?}", policy.defects);
}

#[test]
fn what_stands_in_a_choice_may_be_missing() {
    let one = value(&serde_json::json!({"Effect": "Allow", "Action": "*", "Resource": "*"}));
    let choice = Value::choice([one, Value::new(Kind::Absent, span())], span());
    let mut map = Map::default();
    map.insert("Statement", span(), Value::list(vec![choice], span()));
    let policy = Policy::read(&Value::new(Kind::Map(map), span())).unwrap();
    let defects = policy.defects.clone();
    assert_eq!((policy.statements.len(), policy.statements[0].present), (1, Answer::Unknown));
    assert_eq!(defects, []);
}

#[test]
fn an_unknown_where_a_list_can_stand_leaves_the_list_open() {
    let mut statement = value(&serde_json::json!({"Effect": "Allow", "Resource": "*"}));
    let Kind::Map(map) = &mut statement.kind else { panic!() };
    map.insert("Action", span(), Value::unknown(symbol(Class::Keyed, "var.actions"), span()));
    let mut document = Map::default();
    document.insert("Statement", span(), statement);
    let policy = Policy::read(&Value::new(Kind::Map(document), span())).unwrap();
    let defects = policy.defects.clone();
    assert!(policy.statements[0].actions.open && !policy.open);
    assert_eq!(defects, []);
}

#[test]
fn valid_principals_are_not_refused() {
    for text in [
        "*",
        "111111111111",
        "arn:aws:iam::111111111111:root",
        "arn:aws-us-gov:iam::111111111111:role/a/b/c",
        "arn:aws-iso-b:iam::111111111111:user/x",
        "arn:aws:iam::111111111111:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admin_0123456789abcdef",
        "arn:aws:sts::111111111111:assumed-role/r/s",
        "arn:aws:sts::111111111111:federated-user/bob",
        "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1ABCDEF",
        "AROAEXAMPLEID1234567",
        "${aws_iam_role.x.arn}",
        "arn:${AWS::Partition}:iam::${AWS::AccountId}:root",
    ] {
        assert!(!matches!(aws(text), Principal::Invalid(_)), "{text}: {:?}", aws(text));
    }
    for text in ["accounts.google.com", "arn:aws:iam::111111111111:oidc-provider/a.b/c", "www.amazon.com"] {
        let principal = names::principal("Federated", &Text::literal(text, span()));
        assert!(!matches!(principal, Principal::Invalid(_)), "{text}: {principal:?}");
    }
}

#[test]
fn what_aws_refuses_is_refused_with_its_reason() {
    for (text, expected) in [
        ("arn:aws:iam::111111111111:role/*", "principals cannot contain wildcards"),
        ("arn:aws:iam::*:root", "principals cannot contain wildcards"),
        ("arn:aws:iam::111111111111:group/dev", "groups cannot be principals"),
        ("arn:aws:iam::111111111111:policy/p", "managed policies cannot be principals"),
        ("arn:aws:iam::111111111111:instance-profile/p", "instance profiles cannot be principals"),
        ("arn:aws:iam::111111111111:oidc-provider/p", "an identity provider belongs under `Federated`"),
        ("arn:aws:iam:eu-west-1:111111111111:role/x", "`iam` ARNs have no region"),
        ("arn:aws:iam:111111111111:role/x", "the ARN has fewer than six fields separated by colons"),
        ("arn:aws:iam::11111111111:root", "account IDs have 12 digits, this one has 11"),
        ("1111-2222-3333", "account IDs have no dashes"),
        ("arn:aws:iam::ACCOUNT_ID:root", "`ACCOUNT_ID` is a placeholder"),
        ("arn:aws:iam::<account-id>:root", "`<account-id>` is a placeholder"),
        (" arn:aws:iam::111111111111:root", "a principal cannot begin or end with white space"),
        ("lambda.amazonaws.com", "a service principal belongs under `Service`"),
        ("arn:aws:iam::111111111111:role", "`role` is not the name of a principal"),
        ("arn:aws:s3:::bucket", "`s3` ARNs cannot be principals"),
    ] {
        assert_eq!(reason(aws(text)), expected, "{text}");
    }
    for (kind, text) in [
        ("Service", "*.amazonaws.com"),
        ("Service", "lambda"),
        ("Federated", "token.actions.githubusercontent.com"),
        ("Federated", "arn:aws:iam::111111111111:oidc-provider/https://a.b"),
        ("Federated", "arn:aws:iam::111111111111:role/x"),
        ("CanonicalUser", "111-1"),
    ] {
        reason(names::principal(kind, &Text::literal(text, span())));
    }
}

#[test]
fn a_bare_account_or_arn_is_refused_and_told_its_kind() {
    let json = serde_json::json!({"Statement": {"Effect": "Allow", "Action": "*", "Principal": "arn:aws:iam::111111111111:root"}});
    let policy = Policy::read(&value(&json)).unwrap();
    let Principal::Invalid(invalid) = &policy.statements[0].principals.as_ref().unwrap().items[0].value
    else {
        panic!()
    };
    assert!(invalid.help.contains("{\"AWS\": \"arn:aws:iam::111111111111:root\"}"), "{}", invalid.help);
}

#[test]
fn an_unknown_account_is_not_refused_unless_the_known_part_proves_it() {
    let with = |before: &str, after: &str| {
        let mut text = Text::literal(before, span());
        text.append(&Text::symbol(symbol(Class::Keyed, "var.account"), span()));
        text.append(&Text::literal(after, span()));
        names::principal("AWS", &text)
    };
    assert!(matches!(with("arn:aws:iam::", ":root"), Principal::Account { .. }));
    assert!(matches!(with("arn:aws:iam::", ":role/x"), Principal::Role { .. }));
    assert!(matches!(with("arn:aws:iam::", ""), Principal::Unknown(_)));
    assert_eq!(reason(with("arn:aws:iam::", ":group/x")), "groups cannot be principals");
    assert_eq!(reason(with("arn:aws:iam::", ":role/*")), "principals cannot contain wildcards");
}

#[test]
fn no_known_service_principal_is_refused() {
    for name in crate::iam::data::service_principals() {
        let principal = names::principal("Service", &Text::literal(name, span()));
        assert!(matches!(principal, Principal::Service(_)), "{name}: {principal:?}");
    }
    for placeholder in ["ACCOUNT_SERVICE.amazonaws.com", "<service>.amazonaws.com"] {
        let principal = names::principal("Service", &Text::literal(placeholder, span()));
        assert!(matches!(principal, Principal::Invalid(_)), "{placeholder}");
    }
}

/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html#principal-anonymous>
#[test]
fn a_star_is_no_kind_of_principal() {
    for principals in [serde_json::json!({"*": "*"}), serde_json::json!({"AWS": "111122223333", "*": "*"})] {
        let json =
            serde_json::json!({"Statement": {"Effect": "Allow", "Action": "*", "Principal": principals}});
        let policy = Policy::read(&value(&json)).unwrap();
        let items = &policy.statements[0].principals.as_ref().unwrap().items;
        let invalid = items.iter().filter(|item| matches!(item.value, Principal::Invalid(_)));
        assert_eq!(invalid.count(), 1, "{principals}");
    }
}

#[test]
fn an_arn_cannot_stand_alone_whatever_its_account_is() {
    let json = serde_json::json!({"Statement": {"Effect": "Allow", "Action": "*", "Principal": "arn:aws:iam::{#a}:root"}});
    let policy = Policy::read(&value(&json)).unwrap();
    let item = &policy.statements[0].principals.as_ref().unwrap().items[0];
    assert!(matches!(item.value, Principal::Invalid(_)), "{item:?}");
}

#[test]
fn a_misspelt_operator_is_a_defect() {
    let json = serde_json::json!({"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {
        "StringEqual": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}, "ForAnyValues:StringLike": {"aws:TagKeys": "x"}, "ARNLike": {"aws:PrincipalArn": "*"}}}});
    let policy = Policy::read(&value(&json)).unwrap();
    let said: Vec<_> = policy.defects.iter().map(|defect| defect.message.as_str()).collect();
    assert_eq!(
        said,
        [
            "`ForAnyValues:StringLike` is not a condition operator",
            "`StringEqual` is not a condition operator"
        ]
    );
}
