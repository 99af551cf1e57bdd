use super::*;
use crate::lines;
use crate::source::Sources;

fn unit() -> UnitKey {
    UnitKey::of("envs/prod")
}

fn span() -> Span {
    let sources = Sources::in_memory([("a".to_owned(), String::new())]);
    Span::start_of(sources.find("a").unwrap())
}

fn with<T>(address: &str, properties: &[(&str, &str)], ask: impl FnOnce(&Fill<'_>) -> T) -> T {
    let property = |name: &str| {
        let value = properties.iter().find(|(key, _)| *key == name)?.1;
        Some(Text::literal(value, span()))
    };
    let of = Origin::declared(&unit(), "", address);
    ask(&Fill { unit: &unit(), of: &of, property: &property, span: span() })
}

fn arn(type_name: &str, properties: &[(&str, &str)]) -> String {
    with("x", properties, |fill| resource_arn(type_name, fill)).unwrap().to_string()
}

fn attribute(type_name: &str, attribute: &str, properties: &[(&str, &str)]) -> String {
    let template = attribute_template(type_name, attribute).unwrap();
    with("x", properties, |fill| expand(template, fill)).to_string()
}

#[test]
fn the_path_of_a_role_is_part_of_its_arn() {
    assert_eq!(arn("aws_iam_role", &[("name", "ci")]), "arn:${Partition}:iam::${AccountId}:role/ci");
    assert_eq!(
        arn("aws_iam_role", &[("name", "ci"), ("path", "/build/")]),
        "arn:${Partition}:iam::${AccountId}:role/build/ci"
    );
    assert_eq!(
        attribute("AWS::IAM::Role", "Arn", &[("RoleName", "ci"), ("Path", "/build/")]),
        "arn:${Partition}:iam::${AccountId}:role/build/ci"
    );
}

#[test]
fn a_name_that_is_not_set_is_the_same_symbol_in_the_name_and_in_the_arn() {
    let template = attribute_template("AWS::IAM::Role", "Ref").unwrap();
    let (name, arn) = with("DeployRole", &[], |fill| {
        (expand(template, fill), resource_arn("AWS::IAM::Role", fill).unwrap())
    });
    let symbol = name.as_symbol().unwrap();
    let role = Origin::declared(&unit(), "", "DeployRole");
    assert_eq!((symbol.class, &symbol.origin), (Class::Computed, &role.attribute("RoleName")));
    assert!(arn.symbols().last().unwrap().same(symbol));
    let written =
        with("aws_iam_role.a", &[("name_prefix", "ci-")], |fill| resource_arn("aws_iam_role", fill));
    assert_eq!(
        written.unwrap().to_string(),
        "arn:${Partition}:iam::${AccountId}:role/ci-${aws_iam_role.a.name}"
    );
    assert_eq!(attribute_template("aws_iam_role", "name"), Some("${name}"));
}

#[test]
fn pseudo_values_are_keyed_by_the_unit() {
    let text = with("x", &[("name", "jobs")], |fill| resource_arn("aws_sqs_queue", fill)).unwrap();
    let classes: Vec<_> = text.symbols().map(|symbol| symbol.class).collect();
    assert_eq!(classes, [Class::Partition, Class::Region, Class::Account]);
    assert!(text.symbols().all(|symbol| symbol.origin.is_unit(&unit())));
    assert_eq!(
        arn("aws_sqs_queue", &[("name", "jobs"), ("region", "eu-west-1")]),
        "arn:${Partition}:sqs:eu-west-1:${AccountId}:jobs"
    );
}

#[test]
fn buckets_keys_queues_and_secrets_have_the_arns_that_aws_gives_them() {
    assert_eq!(arn("aws_s3_bucket", &[("bucket", "logs")]), "arn:${Partition}:s3:::logs");
    assert_eq!(attribute("data.aws_s3_bucket", "arn", &[("bucket", "logs")]), "arn:${Partition}:s3:::logs");
    assert_eq!(
        arn("aws_kms_key", &[("key_id", "ignored")]),
        "arn:${Partition}:kms:${Region}:${AccountId}:key/${x.key_id}"
    );
    assert_eq!(attribute("AWS::KMS::Key", "Ref", &[]), "${x.KeyId}");
    assert_eq!(
        arn("aws_secretsmanager_secret", &[("name", "db")]),
        "arn:${Partition}:secretsmanager:${Region}:${AccountId}:secret:db-${x.arn-suffix}"
    );
    for (type_name, reference, name) in
        [("aws_sqs_queue", "id", "name"), ("AWS::SQS::Queue", "Ref", "QueueName")]
    {
        assert_eq!(
            attribute(type_name, reference, &[(name, "jobs")]),
            "https://sqs.${Region}.${DnsSuffix}/${AccountId}/jobs"
        );
    }
}

#[test]
fn the_arn_of_an_oidc_provider_has_no_scheme() {
    for (type_name, property) in
        [("aws_iam_openid_connect_provider", "url"), ("AWS::IAM::OIDCProvider", "Url")]
    {
        for url in ["https://gitlab.com/oidc", "gitlab.com/oidc"] {
            assert_eq!(
                arn(type_name, &[(property, url)]),
                "arn:${Partition}:iam::${AccountId}:oidc-provider/gitlab.com/oidc"
            );
        }
    }
}

#[test]
fn an_unknown_url_is_not_taken_for_the_url_without_its_scheme() {
    let url = Symbol::new(Class::Keyed, Origin::named(&unit(), "var.url"), Because::Input);
    let property = |_: &str| Some(Text::symbol(url.clone(), span()));
    let (unit, of) = (unit(), Origin::declared(&unit(), "", "x"));
    let fill = Fill { unit: &unit, of: &of, property: &property, span: span() };
    let arn = resource_arn("aws_iam_openid_connect_provider", &fill).unwrap();
    assert!(!arn.symbols().last().unwrap().same(&url));
    assert_eq!(arn, resource_arn("aws_iam_openid_connect_provider", &fill).unwrap());
}

#[test]
fn the_arn_of_a_rule_names_its_bus_unless_that_is_the_default() {
    let rule = |bus: &str| arn("aws_cloudwatch_event_rule", &[("name", "r"), ("event_bus_name", bus)]);
    assert!(arn("aws_cloudwatch_event_rule", &[("name", "r")]).ends_with(":rule/r"));
    assert!(rule("default").ends_with(":rule/r"));
    assert!(rule("orders").ends_with(":rule/orders/r"));
    assert!(rule("arn:aws:events:eu-west-1:111111111111:event-bus/orders").ends_with(":rule/orders/r"));
}

#[test]
fn an_alias_may_name_its_function_by_arn() {
    for function in ["f", "arn:aws:lambda:eu-west-1:111111111111:function:f"] {
        let alias = arn("aws_lambda_alias", &[("function_name", function), ("name", "live")]);
        assert_eq!(alias, "arn:${Partition}:lambda:${Region}:${AccountId}:function:f:live");
    }
}

#[test]
fn a_data_source_that_is_given_the_arn_returns_it() {
    let given = "arn:aws:iam::222222222222:oidc-provider/gitlab.com";
    let returned =
        |properties: &[(&str, &str)]| attribute("data.aws_iam_openid_connect_provider", "arn", properties);
    assert_eq!(returned(&[("arn", given)]), given);
    assert_eq!(
        returned(&[("url", "https://gitlab.com")]),
        "arn:${Partition}:iam::${AccountId}:oidc-provider/gitlab.com"
    );
}

#[test]
fn a_log_group_has_a_star_at_the_end_in_cloudformation_only() {
    assert!(attribute("AWS::Logs::LogGroup", "Arn", &[("LogGroupName", "g")]).ends_with(":log-group:g:*"));
    assert!(attribute("aws_cloudwatch_log_group", "arn", &[("name", "g")]).ends_with(":log-group:g"));
}

#[test]
fn what_the_table_does_not_know_is_none() {
    assert_eq!(attribute_template("aws_nothing", "arn"), None);
    assert_eq!(attribute_template("aws_s3_bucket", "hosted_zone_id"), None);
    assert_eq!(attribute_template("aws_iam_openid_connect_provider", "url"), None);
    assert!(with("x", &[], |fill| resource_arn("aws_iam_role_policy", fill)).is_none());
}

#[test]
fn every_template_can_be_filled_completely() {
    let mut seen = 0;
    assert!(lines::is_sorted(ROWS));
    for type_name in ROWS.lines().filter_map(|line| line.split('\t').next()) {
        let (own, attributes) = row(type_name).unwrap();
        for template in std::iter::once(own).chain(attributes.split('\t')) {
            let text = with("x", &[], |fill| expand(template, fill));
            for piece in text.pieces() {
                if let PieceKind::Literal(literal) = &piece.kind {
                    let left = literal.contains(['$', '{', '}', '<', '>', '[', ']', '|', ' ']);
                    assert!(!left, "{type_name}: {template}");
                }
            }
            seen += 1;
        }
    }
    assert!(seen > 2000, "{seen}");
}
