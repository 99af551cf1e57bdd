use super::*;
use crate::source::Sources;
use crate::value::{Entry, List, Piece, PieceKind, Within};

const UNIT: &str = "envs/prod@eu";

fn span() -> Span {
    Span::start_of(Sources::in_memory([("a".to_owned(), String::new())]).ids().next().unwrap())
}

fn block(address: &str) -> Origin {
    Origin::declared(&unit(UNIT), "", address)
}

fn text(text: &str) -> Value {
    Value::literal(text, span())
}

fn variable(home: &str, name: &str) -> Value {
    Value::unknown(
        Symbol::new(Class::Keyed, Origin::named(&unit(home), format!("var.{name}")), Because::Input),
        span(),
    )
}

fn map(entries: Vec<(&str, Value)>) -> Map {
    let mut map = Map::default();
    for (name, value) in entries {
        map.insert(name, span(), value);
    }
    map
}

fn unit(shown: &str) -> UnitKey {
    match shown {
        UNIT => UnitKey::of("envs/prod").within(Within::Provider, "eu"),
        _ => UnitKey::of(shown),
    }
}

/// All of what identifies a symbol, in words.
fn identity(symbol: &Symbol) -> String {
    let origin = &symbol.origin;
    match (origin.kind(), origin.unit()) {
        (OriginKind::State { .. } | OriginKind::Import(_) | OriginKind::Unit(_), _) | (_, None) => {
            origin.shown().to_owned()
        }
        (_, Some(unit)) => format!("{unit}#{}", origin.shown()),
    }
}

/// Literal text as it is, symbols as `<class key>`.
fn show(value: &Value) -> String {
    match &value.kind {
        Kind::Text(text) => {
            let piece = |piece: &Piece| match &piece.kind {
                PieceKind::Literal(literal) => literal.to_string(),
                PieceKind::Symbol(symbol) => format!("<{:?} {}>", symbol.class, identity(symbol)),
                PieceKind::Json(_) => "<json>".to_owned(),
            };
            text.pieces().iter().map(piece).collect()
        }
        Kind::Unknown(symbol) => format!("<{:?} {:?} {}>", symbol.class, symbol.because, identity(symbol)),
        Kind::Choice(all) => all.iter().map(show).collect::<Vec<_>>().join(" | "),
        other => format!("{other:?}"),
    }
}

/// What an attribute returns; `@account` and its like stand for the symbols of the unit.
fn of(kind: &str, entries: Vec<(&str, Value)>, name: &str) -> String {
    of_map(kind, &map(entries), name)
}

fn of_map(kind: &str, properties: &Map, name: &str) -> String {
    let address = format!("module.m.data.{kind}.it");
    let value =
        attribute(&format!("data.{kind}"), properties, name, &unit(UNIT), &block(&address), span()).unwrap();
    let mut shown = show(&value);
    for class in ["Account", "Region", "Partition", "DnsSuffix", "Organization"] {
        shown = shown.replace(&format!("<{class} {UNIT}>"), &format!("@{}", class.to_lowercase()));
    }
    shown
}

#[test]
fn who_and_where_we_are_belongs_to_the_unit_that_asks() {
    for (kind, name, want) in [
        ("aws_caller_identity", "account_id", "@account"),
        ("aws_caller_identity", "id", "@account"),
        ("aws_caller_identity", "arn", "<Keyed Run envs/prod@eu#data.aws_caller_identity.arn>"),
        ("aws_caller_identity", "user_id", "<Keyed Run envs/prod@eu#data.aws_caller_identity.user_id>"),
        ("aws_partition", "partition", "@partition"),
        ("aws_partition", "id", "@partition"),
        ("aws_partition", "dns_suffix", "@dnssuffix"),
        ("aws_region", "name", "@region"),
        ("aws_region", "region", "@region"),
        ("aws_region", "id", "@region"),
        ("aws_region", "endpoint", "ec2.@region.@dnssuffix"),
        ("aws_organizations_organization", "id", "@organization"),
        (
            "aws_organizations_organization",
            "arn",
            "arn:@partition:organizations::<Keyed envs/prod@eu#data.aws_organizations_organization.master_account_id>\
             :organization/@organization",
        ),
        (
            "aws_organizations_organization",
            "master_account_id",
            "<Keyed Lookup envs/prod@eu#data.aws_organizations_organization.master_account_id>",
        ),
        (
            "aws_organizations_organization",
            "accounts",
            "<Keyed Lookup envs/prod@eu#data.aws_organizations_organization.accounts>",
        ),
        ("aws_canonical_user_id", "id", "<Keyed Lookup envs/prod@eu#data.aws_canonical_user_id.id>"),
        (
            "aws_iam_account_alias",
            "account_alias",
            "<Keyed Lookup envs/prod@eu#data.aws_iam_account_alias.account_alias>",
        ),
    ] {
        assert_eq!(of(kind, vec![], name), want, "{kind} {name}");
    }
}

#[test]
fn a_region_that_is_asked_for_is_that_region() {
    assert_eq!(of("aws_region", vec![("name", text("us-east-1"))], "id"), "us-east-1");
    assert_eq!(of("aws_region", vec![("region", text("us-east-1"))], "name"), "us-east-1");
    let zones = of("aws_availability_zones", vec![("state", text("available"))], "names");
    assert_eq!(zones, "<Keyed Lookup envs/prod@eu#data.aws_availability_zones[\"available\"].names>");
}

/// Data sources, the argument that looks up, an attribute and what it is.
const LOOKED_UP: &[(&str, &str, &str, &str)] = &[
    (
        "aws_iam_role",
        "name",
        "arn",
        "arn:@partition:iam::@account:role<Computed envs/prod@eu#data.aws_iam_role[\"deploy\"].path>deploy",
    ),
    ("aws_iam_role", "name", "id", "deploy"),
    (
        "aws_iam_user",
        "user_name",
        "arn",
        "arn:@partition:iam::@account:user<Computed envs/prod@eu#data.aws_iam_user[\"deploy\"].path>deploy",
    ),
    (
        "aws_iam_group",
        "group_name",
        "arn",
        "arn:@partition:iam::@account:group<Computed envs/prod@eu#data.aws_iam_group[\"deploy\"].path>deploy",
    ),
    (
        "aws_iam_instance_profile",
        "name",
        "arn",
        "arn:@partition:iam::@account:instance-profile<Computed envs/prod@eu#data.aws_iam_instance_profile[\"deploy\"].path>deploy",
    ),
    (
        "aws_iam_policy",
        "name",
        "arn",
        "arn:@partition:iam::@account:policy<Computed envs/prod@eu#data.aws_iam_policy[\"deploy\"].path>deploy",
    ),
    ("aws_s3_bucket", "bucket", "arn", "arn:@partition:s3:::deploy"),
    ("aws_sqs_queue", "name", "arn", "arn:@partition:sqs:@region:@account:deploy"),
    ("aws_sqs_queue", "name", "url", "https://sqs.@region.@dnssuffix/@account/deploy"),
    ("aws_sns_topic", "name", "arn", "arn:@partition:sns:@region:@account:deploy"),
    ("aws_eks_cluster", "name", "arn", "arn:@partition:eks:@region:@account:cluster/deploy"),
    ("aws_lambda_function", "function_name", "arn", "arn:@partition:lambda:@region:@account:function:deploy"),
    (
        "aws_lambda_function",
        "function_name",
        "invoke_arn",
        "arn:@partition:apigateway:@region:lambda:path/2015-03-31/functions/\
         arn:@partition:lambda:@region:@account:function:deploy/invocations",
    ),
    (
        "aws_secretsmanager_secret",
        "name",
        "arn",
        "arn:@partition:secretsmanager:@region:@account:secret:deploy-<Computed envs/prod@eu#data.aws_secretsmanager_secret[\"deploy\"].arn-suffix>",
    ),
    ("aws_ssm_parameter", "name", "arn", "arn:@partition:ssm:@region:@account:parameter/deploy"),
    ("aws_ssm_parameter", "name", "value", "<Keyed Lookup envs/prod@eu#ssm:deploy>"),
    ("aws_iam_openid_connect_provider", "url", "arn", "arn:@partition:iam::@account:oidc-provider/deploy"),
    ("aws_kms_key", "key_id", "arn", "arn:@partition:kms:@region:@account:key/deploy"),
    ("aws_kms_key", "key_id", "id", "deploy"),
    ("aws_service", "service_id", "dns_name", "deploy.@region.@dnssuffix"),
];

#[test]
fn what_is_looked_up_by_name_has_the_arn_of_that_name() {
    for (kind, argument, name, want) in LOOKED_UP.iter().copied() {
        assert_eq!(of(kind, vec![(argument, text("deploy"))], name), want, "{kind} {name}");
    }
}

#[test]
fn a_policy_of_aws_is_found_by_its_name() {
    let arn = |entries| of("aws_iam_policy", entries, "arn");
    assert_eq!(
        arn(vec![("name", text("AdministratorAccess"))]),
        "arn:@partition:iam::aws:policy/AdministratorAccess"
    );
    assert_eq!(
        arn(vec![("name", text("AWSLambdaBasicExecutionRole")), ("path_prefix", text("/service-role/"))]),
        "arn:@partition:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
    );
    let own = arn(vec![("name", text("AdministratorAccess")), ("path_prefix", text("/own/"))]);
    assert!(own.starts_with("arn:@partition:iam::@account:policy<"), "{own}");
    for unknown in [text("AWSSomethingNew"), variable("envs/prod", "policy")] {
        let arn = arn(vec![("name", unknown)]);
        assert!(arn.starts_with("<Keyed Lookup envs/prod@eu#data.aws_iam_policy[\""), "{arn}");
    }
    let given = vec![("arn", text("arn:aws:iam::111111111111:policy/x"))];
    assert_eq!(of("aws_iam_policy", given, "id"), "arn:aws:iam::111111111111:policy/x");
}

#[test]
fn an_alias_leads_to_the_same_key_from_both_sides() {
    let alias = of("aws_kms_alias", vec![("name", text("alias/a"))], "target_key_arn");
    assert_eq!(
        alias,
        "arn:@partition:kms:@region:@account:key/<Computed envs/prod@eu#data.aws_kms_alias[\"alias/a\"].target_key_id>"
    );
    assert_eq!(of("aws_kms_key", vec![("key_id", text("alias/a"))], "arn"), alias);
    assert_eq!(
        of("aws_kms_alias", vec![("name", text("alias/a"))], "arn"),
        "arn:@partition:kms:@region:@account:alias/a"
    );
    let elsewhere = vec![("key_id", text("alias/a")), ("region", text("us-east-1"))];
    assert_eq!(
        of("aws_kms_key", elsewhere, "arn"),
        "arn:@partition:kms:us-east-1:@account:key/<Computed envs/prod@eu#data.aws_kms_key[key_id=\"alias/a\", region=\"us-east-1\"].target_key_id>"
    );
}

#[test]
fn what_is_named_by_its_arn_has_that_arn() {
    for (kind, argument, written, name, want) in [
        (
            "aws_kms_key",
            "key_id",
            "arn:aws:kms:eu-west-1:111111111111:key/k",
            "arn",
            "arn:aws:kms:eu-west-1:111111111111:key/k",
        ),
        ("aws_kms_key", "key_id", "arn:aws:kms:eu-west-1:111111111111:key/k", "id", "k"),
        (
            "aws_kms_key",
            "key_id",
            "arn:aws:kms:eu-west-1:111111111111:alias/a",
            "id",
            "<Keyed Lookup envs/prod@eu#data.aws_kms_key[\"arn:aws:kms:eu-west-1:111111111111:alias/a\"].id>",
        ),
        (
            "aws_lambda_function",
            "function_name",
            "arn:aws:lambda:eu-west-1:111111111111:function:f:live",
            "arn",
            "arn:aws:lambda:eu-west-1:111111111111:function:f",
        ),
        (
            "aws_lambda_function",
            "function_name",
            "111111111111:function:f",
            "arn",
            "<Keyed Lookup envs/prod@eu#data.aws_lambda_function[\"111111111111:function:f\"].arn>",
        ),
        (
            "aws_ssm_parameter",
            "name",
            "arn:aws:ssm:eu-west-1:111111111111:parameter/p",
            "arn",
            "arn:aws:ssm:eu-west-1:111111111111:parameter/p",
        ),
        (
            "aws_ssm_parameter",
            "name",
            "arn:aws:ssm:eu-west-1:111111111111:parameter/p",
            "value",
            "<Keyed Lookup ssm:arn:aws:ssm:eu-west-1:111111111111:parameter/p>",
        ),
    ] {
        assert_eq!(of(kind, vec![(argument, text(written))], name), want, "{kind} {written} {name}");
    }
}

#[test]
fn a_name_that_may_be_an_arn_of_another_account_says_no_account() {
    for (kind, argument, name) in [
        ("aws_kms_key", "key_id", "arn"),
        ("aws_lambda_function", "function_name", "arn"),
        ("aws_ssm_parameter", "name", "arn"),
    ] {
        let want = format!("<Keyed Lookup {UNIT}#data.{kind}[\"${{var.x@envs/prod}}\"].arn>");
        assert_eq!(of(kind, vec![(argument, variable("envs/prod", "x"))], name), want);
    }
}

#[test]
fn the_same_question_has_the_same_answer_wherever_it_is_asked() {
    let ask = |address: &str, entries: Vec<(&str, Value)>| {
        attribute(
            "data.aws_secretsmanager_secret_version",
            &map(entries),
            "secret_string",
            &unit(UNIT),
            &block(address),
            span(),
        )
        .map(|value| show(&value))
    };
    let one = ask("data.aws_secretsmanager_secret_version.a", vec![("secret_id", text("prod/ids"))]);
    let two = ask("module.m.data.aws_secretsmanager_secret_version.b", vec![("secret_id", text("prod/ids"))]);
    let key = "envs/prod@eu#data.aws_secretsmanager_secret_version[\"prod/ids\"].secret_string";
    assert_eq!(one.as_deref(), Some(&*format!("<Keyed Lookup {key}>")));
    assert_eq!(one, two);
    let other = ask("data.aws_secretsmanager_secret_version.a", vec![("secret_id", text("prod/other"))]);
    assert_ne!(one, other);
    // The names of arguments in any order, and whether something is decrypted, are the same question.
    let vpc = |entries| of("aws_vpc", entries, "id");
    let (first, second) = (("a", text("1")), ("b", text("2")));
    assert_eq!(vpc(vec![first.clone(), second.clone()]), vpc(vec![second, first]));
}

#[test]
fn what_cannot_be_told_is_that_of_the_block() {
    let opaque = Value::unknown(Symbol::new(Class::Opaque, "timestamp", Because::Run), span());
    let open = Value::new(Kind::List(List { items: vec![].into(), open: true }), span());
    for value in [opaque, open, text(&"x".repeat(1_000))] {
        let got = of("aws_vpc", vec![("id", value)], "cidr_block");
        assert_eq!(got, "<Keyed Lookup envs/prod@eu#module.m.data.aws_vpc.it.cidr_block>");
    }
    let told = of("aws_vpc", vec![("id", text("a#b"))], "cidr_block");
    assert_eq!(told, "<Keyed Lookup envs/prod@eu#data.aws_vpc[\"a#b\"].cidr_block>");
    let other_provider = of("vault_generic_secret", vec![("path", text("a"))], "data");
    assert_eq!(other_provider, "<Keyed Lookup envs/prod@eu#module.m.data.vault_generic_secret.it.data>");
    assert!(
        attribute("aws_iam_role", &Map::default(), "arn", &unit(UNIT), &block("aws_iam_role.a"), span())
            .is_none()
    );
}

#[test]
fn what_is_kept_beside_the_arguments_is_no_argument() {
    let mut properties = map(vec![("name", text("deploy")), ("description", Value::new(Kind::Null, span()))]);
    let marker = variable(UNIT, "marker");
    properties.entries.push(Entry::new(Text::literal("\0resource", span()), span(), marker));
    assert_eq!(
        of_map("aws_iam_role", &properties, "unique_id"),
        "<Keyed Lookup envs/prod@eu#data.aws_iam_role[\"deploy\"].unique_id>"
    );
}

#[test]
fn alternatives_of_a_name_are_alternatives_of_the_arn() {
    let name = || Value::choice([text("a"), text("b")], span());
    assert_eq!(
        of("aws_s3_bucket", vec![("bucket", name())], "arn"),
        "arn:@partition:s3:::a | arn:@partition:s3:::b"
    );
    // What they do not decide is there once.
    assert_eq!(of("aws_caller_identity", vec![("x", name()), ("y", name())], "account_id"), "@account");
    let many = Value::choice((0..100).map(|index| text(&index.to_string())), span());
    let arn = of("aws_s3_bucket", vec![("bucket", many)], "arn");
    assert_eq!(arn, "arn:@partition:s3:::<Computed envs/prod@eu#module.m.data.aws_s3_bucket.it.bucket>");
}

#[test]
fn an_arn_is_taken_apart_where_it_is_written() {
    let written = "arn:aws:iam::111111111111:role/a:b";
    let sources = Sources::in_memory([("a".to_owned(), written.to_owned())]);
    let whole = Span::new(sources.ids().next().unwrap(), 0, written.len());
    let mut properties = Map::default();
    properties.insert("arn", whole, Value::literal(written, whole));
    let reference = Span::new(whole.source, 0, 3);
    let part = |name: &str| {
        let value =
            attribute("data.aws_arn", &properties, name, &unit(UNIT), &block("data.aws_arn.x"), reference)
                .unwrap();
        let via: Vec<_> = value.via.spans().map(|span| sources.slice(span)).collect();
        (show(&value), sources.slice(value.span), via)
    };
    let said = |text: &str| (text.to_owned(), text.to_owned(), vec!["arn".to_owned()]);
    assert_eq!(part("partition"), said("aws"));
    assert_eq!(part("service"), said("iam"));
    assert_eq!(part("account"), said("111111111111"));
    assert_eq!(part("resource"), said("role/a:b"));
    assert_eq!(part("region").0, "");
    let unknown = of("aws_arn", vec![("arn", variable("envs/prod", "x"))], "account");
    assert_eq!(unknown, "<Keyed Lookup envs/prod@eu#data.aws_arn[\"${var.x@envs/prod}\"].account>");
}

#[test]
fn a_session_leads_to_its_role() {
    let of_session = |name| {
        let arn = "arn:aws:sts::111111111111:assumed-role/ci/run";
        of("aws_iam_session_context", vec![("arn", text(arn))], name)
    };
    assert_eq!(
        of_session("issuer_arn"),
        "arn:aws:iam::111111111111:role<Computed envs/prod@eu#data.aws_iam_role[\"ci\"].path>ci"
    );
    assert_eq!((&*of_session("issuer_name"), &*of_session("session_name")), ("ci", "run"));
    let user = "arn:aws:iam::111111111111:user/x";
    let of_user = |name| of("aws_iam_session_context", vec![("arn", text(user))], name);
    assert_eq!((&*of_user("issuer_arn"), &*of_user("issuer_name")), (user, ""));
}

#[test]
fn the_principal_of_a_service_ends_alike_nearly_everywhere() {
    let of_service = |service, name| of("aws_service_principal", vec![("service_name", text(service))], name);
    assert_eq!(of_service("s3", "name"), "s3.amazonaws.com");
    assert_eq!(of_service("logs", "name"), "logs.@dnssuffix");
    assert_eq!(of_service("s3", "id"), "s3.@region.amazonaws.com");
    assert_eq!(of("aws_billing_service_account", vec![], "arn"), "arn:@partition:iam::386209384616:root");
}

fn state(unit: &str, backend: &str, config: Vec<(&str, Value)>, more: Vec<(&str, Value)>) -> String {
    show(&outputs(unit, backend, config, more))
}

fn outputs(unit: &str, backend: &str, config: Vec<(&str, Value)>, more: Vec<(&str, Value)>) -> Value {
    let config = Value::new(Kind::Map(map(config)), span());
    let mut properties = map(vec![("backend", text(backend)), ("config", config)]);
    properties.entries.extend(map(more).entries);
    let unit = self::unit(unit);
    let block = Origin::declared(&unit, "", "data.terraform_remote_state.it");
    let kind = "data.terraform_remote_state";
    attribute(kind, &properties, "outputs", &unit, &block, span()).unwrap()
}

fn called(state: &str) -> String {
    format!("<Keyed Remote data.terraform_remote_state[\"{state}\"].outputs>")
}

#[test]
fn the_same_state_is_the_same_in_the_whole_project() {
    let s3 = |unit: &str| {
        let config = vec![
            ("region", variable(unit, "region")),
            ("bucket", text("states")),
            ("key", text("network.tfstate")),
        ];
        state(unit, "s3", config, vec![])
    };
    assert_eq!(s3("envs/prod"), called("s3://states/network.tfstate"));
    assert_eq!(s3("envs/prod"), s3("envs/test@eu"));
    let remote = vec![
        ("organization", text("acme")),
        ("workspaces", Value::new(Kind::Map(map(vec![("name", text("net"))])), span())),
    ];
    assert_eq!(state("a", "remote", remote, vec![]), called("remote://acme/{name=net,}"));
    let workspace = |name| {
        let config = vec![("bucket", text("b")), ("key", text("k"))];
        state("a", "s3", config, vec![("workspace", text(name))])
    };
    assert_eq!(workspace("default"), called("s3://b/k"));
    assert_eq!(workspace("prod"), called("s3://b/k?workspace=prod"));
}

#[test]
fn a_state_that_a_variable_names_is_the_same_only_for_the_same_variable() {
    let s3 = |unit: &str| {
        let config = vec![("bucket", variable(unit, "bucket")), ("key", text("k"))];
        outputs(unit, "s3", config, vec![])
    };
    // What is shown is the same, and never compared.
    assert_eq!(show(&s3("envs/prod")), called("s3://${var.bucket}/k"));
    assert_eq!(show(&s3("envs/prod")), show(&s3("envs/test")));
    let meant = |unit: &str| s3(unit).as_text().unwrap().as_symbol().unwrap().origin.clone();
    assert_eq!(meant("envs/prod"), meant("envs/prod"));
    assert_ne!(meant("envs/prod"), meant("envs/test"));
}

#[test]
fn a_local_state_is_a_file_of_the_project() {
    let local = |unit: &str, path: &str| state(unit, "local", vec![("path", text(path))], vec![]);
    let want = called("local://envs/network/terraform.tfstate");
    assert_eq!(local("envs/prod@eu", "../network/terraform.tfstate"), want);
    assert_eq!(local("envs/test", "envs/test/../network/./terraform.tfstate"), want);
    assert_eq!(local("", "envs/network/terraform.tfstate"), want);
    let own = "<Keyed Remote envs/prod#data.terraform_remote_state.it.outputs>";
    assert_eq!(local("envs/prod", "../../../outside.tfstate"), own);
    assert_eq!(local("envs/prod", "/var/terraform.tfstate"), own);
}

#[test]
fn a_state_that_is_not_told_is_that_of_the_block() {
    let own = "<Keyed Remote a#data.terraform_remote_state.it.outputs>";
    assert_eq!(state("a", "s3", vec![("bucket", text("b"))], vec![]), own);
    assert_eq!(state("a", "swift", vec![("container", text("b"))], vec![]), own);
    assert_eq!(
        of("terraform_remote_state", vec![("backend", text("s3"))], "outputs"),
        "<Keyed Remote envs/prod@eu#module.m.data.terraform_remote_state.it.outputs>"
    );
}

#[test]
fn an_export_of_a_stack_is_the_same_for_both_languages() {
    let export = |name| of("aws_cloudformation_export", vec![("name", name)], "value");
    assert_eq!(export(text("net-vpc")), "<Keyed Remote import:net-vpc>");
}
