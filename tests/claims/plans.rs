//! Plans and states as JSON: alone, and beside the module they were made of.

#![expect(clippy::indexing_slicing, reason = "test helpers")]

use serde_json::{Value as Json, json};
use trustlint::{Checked, Config, Profile, Settings, Sources, check};

fn run(files: &[(&str, &str)]) -> (Sources, Checked) {
    let owned = files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned()));
    let sources = Sources::in_memory(owned);
    let settings = Settings { now: "2026-01-01T00:00:00Z".parse().unwrap(), profile: Profile::Audit };
    let checked = check(&sources, &Config::default(), &settings);
    (sources, checked)
}

/// The findings, each as the rule, the file and what is underlined.
fn found(files: &[(&str, &str)]) -> Vec<(String, String, String)> {
    let (sources, checked) = run(files);
    assert!(checked.problems.is_empty(), "{:?}", checked.problems);
    let shown = |span: trustlint::Span| (sources.path(span.source).to_owned(), sources.slice(span));
    let each = checked.findings.iter().map(|finding| {
        let (path, text) = shown(finding.primary.span);
        (finding.rule.to_owned(), path, text)
    });
    each.collect()
}

fn plan(changes: &Json, configuration: &Json) -> String {
    let whole = json!({
        "format_version": "1.2", "terraform_version": "1.11.4",
        "resource_changes": changes, "configuration": configuration,
    });
    // Terraform writes the versions first.
    whole.to_string().replacen('{', "{\"format_version\":\"1.2\",\"terraform_version\":\"1.11.4\",", 1)
}

fn created(address: &str, after: &Json, unknown: &Json) -> Json {
    let (kind, name) = address
        .rsplit_once('.')
        .map_or(("", ""), |(before, name)| (before.rsplit('.').next().unwrap_or(before), name));
    json!({
        "address": address, "mode": "managed", "type": kind, "name": name,
        "change": {"actions": ["create"], "after": after, "after_unknown": unknown},
    })
}

fn trust(principal: &Json) -> String {
    let document = json!({
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}],
    });
    document.to_string()
}

fn provider(account: &str) -> Json {
    json!({"aws": {"name": "aws", "expressions": {"allowed_account_ids": {"constant_value": [account]}}}})
}

#[test]
fn a_policy_in_a_plan_is_underlined_inside_its_text() {
    let role = created(
        "aws_iam_role.r",
        &json!({"name": "r", "assume_role_policy": trust(&json!("*"))}),
        &json!({}),
    );
    let gone = json!({
        "address": "aws_iam_role.old", "mode": "managed", "type": "aws_iam_role", "name": "old",
        "change": {"actions": ["delete"], "after": null, "after_unknown": {}},
    });
    let plan = plan(&json!([role, gone]), &json!({}));
    let said = found(&[("plans/tfplan.json", &plan)]);
    let expected = ("wildcard-principal".to_owned(), "plans/tfplan.json".to_owned(), "*".to_owned());
    assert_eq!(said, [expected]);
}

/// A role in one account and a user in another, each in a plan of its own.
fn two_accounts(resource: &str) -> [String; 2] {
    let user = created("aws_iam_user.u", &json!({"name": "ci", "path": "/"}), &json!({"arn": true}));
    let permission = json!({
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": resource}],
    });
    let policy = created(
        "aws_iam_user_policy.p",
        &json!({"name": "p", "policy": permission.to_string()}),
        &json!({"user": true}),
    );
    let configuration = json!({"provider_config": provider("111111111111"), "root_module": {"resources": [
        {"address": "aws_iam_user.u", "provider_config_key": "aws", "expressions": {"name": {"constant_value": "ci"}}},
        {"address": "aws_iam_user_policy.p", "provider_config_key": "aws", "expressions": {
            "user": {"references": ["aws_iam_user.u.name", "aws_iam_user.u"]}}},
    ]}});
    let trusting = trust(&json!({"AWS": "arn:aws:iam::111111111111:user/ci"}));
    let role =
        created("aws_iam_role.r", &json!({"name": "deploy", "assume_role_policy": trusting}), &json!({}));
    let other = json!({"provider_config": provider("222222222222"), "root_module": {"resources": [
        {"address": "aws_iam_role.r", "provider_config_key": "aws", "expressions": {}},
    ]}});
    [plan(&json!([user, policy]), &configuration), plan(&json!([role]), &other)]
}

#[test]
fn plans_of_two_accounts_are_linked() {
    let [a, b] = two_accounts("arn:aws:iam::222222222222:role/deploy");
    assert_eq!(found(&[("a.json", &a), ("b.json", &b)]), []);
    let [a, b] = two_accounts("arn:aws:iam::222222222222:role/deployer");
    let said = found(&[("a.json", &a), ("b.json", &b)]);
    let rules: Vec<_> = said.iter().map(|(rule, ..)| rule.as_str()).collect();
    assert_eq!(rules, ["undeclared-assume-target", "trust-without-permission"], "{said:?}");
    assert_eq!(said.last().map(|it| it.2.as_str()), Some("arn:aws:iam::111111111111:user/ci"));
}

#[test]
fn what_is_not_known_yet_is_what_it_refers_to() {
    // The user has no policy of its own, so the document that the plan defers decides, and it names the wrong role.
    let document = |role: &str| {
        let change = json!({
            "address": "module.access.data.aws_iam_policy_document.d", "mode": "data", "type": "aws_iam_policy_document",
            "name": "d",
            "change": {"actions": ["read"], "after": {"statement": [{
                "effect": "Allow", "actions": ["sts:AssumeRole"], "resources": [format!("arn:aws:iam::222222222222:role/{role}")],
                "principals": [], "condition": [],
            }]}, "after_unknown": {"json": true, "id": true, "statement": [{"actions": [false], "resources": [false]}]}},
        });
        let user =
            created("aws_iam_user.u[\"a\"]", &json!({"name": "ci", "path": "/"}), &json!({"arn": true}));
        let mut policy = created(
            "module.access.aws_iam_user_policy.p",
            &json!({"name": "p"}),
            &json!({"user": true, "policy": true}),
        );
        policy["type"] = json!("aws_iam_user_policy");
        let mut user = user;
        user["type"] = json!("aws_iam_user");
        let configuration = json!({"provider_config": provider("111111111111"), "root_module": {
            "resources": [{"address": "aws_iam_user.u", "provider_config_key": "aws", "expressions": {}}],
            "module_calls": {"access": {
                "expressions": {"user": {"references": ["aws_iam_user.u[\"a\"].name", "aws_iam_user.u[\"a\"]", "aws_iam_user.u"]}},
                "module": {"resources": [
                    {"address": "data.aws_iam_policy_document.d", "provider_config_key": "aws", "expressions": {"statement": [{}]}},
                    {"address": "aws_iam_user_policy.p", "provider_config_key": "aws", "expressions": {
                        "user": {"references": ["var.user"]},
                        "policy": {"references": ["data.aws_iam_policy_document.d.json", "data.aws_iam_policy_document.d"]},
                    }},
                ]},
            }},
        }});
        plan(&json!([user, policy, change]), &configuration)
    };
    let [_, b] = two_accounts("");
    assert_eq!(found(&[("a.json", &document("deploy")), ("b.json", &b)]), []);
    let said = found(&[("a.json", &document("other")), ("b.json", &b)]);
    assert_eq!(said.len(), 1, "{said:?}");
    assert_eq!(said.first().map(|it| it.0.as_str()), Some("trust-without-permission"));
}

#[test]
fn what_an_unknown_policy_is_made_of_is_not_guessed() {
    let mut role =
        created("aws_iam_role.r", &json!({"name": "r"}), &json!({"assume_role_policy": true, "arn": true}));
    role["type"] = json!("aws_iam_role");
    let configuration = json!({"root_module": {"resources": [{
        "address": "aws_iam_role.r", "provider_config_key": "aws",
        "expressions": {"assume_role_policy": {"references": ["aws_iam_user.u.arn", "aws_iam_user.u"]}},
    }]}});
    let said = found(&[("p.json", &plan(&json!([role]), &configuration))]);
    assert_eq!(said, [("unresolved-policy".to_owned(), "p.json".to_owned(), "aws_iam_role.r".to_owned())]);
}

const MODULE: &str = r#"
variable "trusted" {}
data "aws_caller_identity" "me" {}
resource "aws_iam_role" "r" {
  name               = "deploy"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = { AWS = var.trusted }, Action = "sts:AssumeRole" }]
  })
}
"#;

#[test]
fn beside_its_module_a_plan_gives_the_variables_and_the_account() {
    let configuration = json!({"provider_config": {"aws": {"name": "aws"}}, "root_module": {"resources": [
        {"address": "aws_iam_role.r", "provider_config_key": "aws", "expressions": {}},
        {"address": "data.aws_caller_identity.me", "provider_config_key": "aws", "expressions": {}},
    ]}});
    let role = created(
        "aws_iam_role.r",
        &json!({"name": "deploy", "assume_role_policy": trust(&json!("*"))}),
        &json!({}),
    );
    let mut whole: Json = serde_json::from_str(&plan(&json!([role]), &configuration)).unwrap();
    whole["variables"] = json!({"trusted": {"value": "*"}});
    whole["prior_state"] = json!({"values": {"root_module": {"resources": [{
        "address": "data.aws_caller_identity.me", "mode": "data", "type": "aws_caller_identity", "name": "me",
        "values": {"account_id": "222222222222"},
    }]}}});
    let text =
        whole.to_string().replacen('{', "{\"format_version\":\"1.2\",\"terraform_version\":\"1.11.4\",", 1);
    let said = found(&[("infra/main.tf", MODULE), ("infra/tfplan.json", &text)]);
    assert_eq!(
        said,
        [("wildcard-principal".to_owned(), "infra/main.tf".to_owned(), "variable \"trusted\"".to_owned())]
    );
    let (_, checked) = run(&[("infra/main.tf", MODULE), ("infra/tfplan.json", &text)]);
    let accounts: Vec<_> =
        checked.accounts.iter().map(|it| (it.unit.as_str(), it.account.as_deref())).collect();
    assert_eq!(accounts, [("infra@tfplan", Some("222222222222"))]);
}

#[test]
fn a_state_is_read_as_it_is() {
    let state = json!({"values": {"root_module": {"child_modules": [{"resources": [{
        "address": "module.a.aws_iam_role.r", "mode": "managed", "type": "aws_iam_role", "name": "r",
        "values": {"name": "r", "arn": "arn:aws:iam::222222222222:role/r", "assume_role_policy": trust(&json!("*"))},
    }]}]}}});
    let text =
        state.to_string().replacen('{', "{\"format_version\":\"1.0\",\"terraform_version\":\"1.11.4\",", 1);
    let (_, checked) = run(&[("state.json", &text)]);
    assert_eq!(checked.findings.len(), 1);
    assert_eq!(checked.accounts.first().and_then(|it| it.account.as_deref()), Some("222222222222"));
}

#[test]
fn a_broken_plan_is_a_problem_with_a_place() {
    let head = "{\"format_version\":\"1.2\",\"terraform_version\":\"1.11.4\",\n";
    let deep = format!("{head}\"values\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000));
    for text in
        [format!("{head}\"resource_changes\": [{{]"), format!("{head}\"resource_changes\": 3}}"), deep]
    {
        let (sources, checked) = run(&[("plan.json", &text)]);
        let [problem] = checked.problems.as_slice() else { panic!("{:?}", checked.problems) };
        assert!(problem.message.starts_with("the plan cannot be read: "), "{}", problem.message);
        assert_eq!(sources.position(problem.span.source, problem.span.start).line, 2);
    }
}

/// A role whose trust policy is the document `d0`; each document mentions another one in every statement.
#[test]
fn the_place_of_a_problem_of_a_plan_is_between_two_characters() {
    let head = "{\"format_version\":\"1.2\",\"terraform_version\":\"1.11.4\",";
    for (text, column) in [
        (format!("{head}\"é\": \"😀\u{1}\"}}"), 60),
        (format!("\u{feff}{head}\"é\": tru€}}"), 63),
        (format!("{head}\"é\": \"😀"), 60),
    ] {
        let (sources, checked) = run(&[("plan.json", &text)]);
        let [problem] = checked.problems.as_slice() else { panic!("{:?}", checked.problems) };
        let at = problem.span.start as usize;
        assert!(text.is_char_boundary(at), "{text}");
        let place = sources.position(problem.span.source, problem.span.start);
        assert_eq!((place.line, place.column), (1, column), "{text}");
    }
}

fn documents(count: usize, next: impl Fn(usize) -> usize) -> String {
    const STATEMENTS: usize = 30;
    let json = |index: usize| {
        let whole = format!("data.aws_iam_policy_document.d{index}");
        json!({"references": [format!("{whole}.json"), whole]})
    };
    let read = |index: usize| {
        json!({
            "address": format!("data.aws_iam_policy_document.d{index}"), "mode": "data",
            "type": "aws_iam_policy_document", "name": format!("d{index}"),
            "change": {"actions": ["read"], "after": {"statement": vec![json!({}); STATEMENTS]}, "after_unknown": {
                "json": true, "source_policy_documents": [true, false], "statement": vec![json!({"sid": true}); STATEMENTS],
            }},
        })
    };
    let configured = |index: usize| {
        json!({"address": format!("data.aws_iam_policy_document.d{index}"), "provider_config_key": "aws", "expressions": {
            "source_policy_documents": json(next(index)), "statement": vec![json!({"sid": json(next(index))}); STATEMENTS],
        }})
    };
    let role = created("aws_iam_role.r", &json!({"name": "r"}), &json!({"assume_role_policy": true}));
    let role_configured = json!({"address": "aws_iam_role.r", "provider_config_key": "aws",
        "expressions": {"assume_role_policy": json(0)}});
    let changes: Vec<Json> = std::iter::once(role).chain((0..count).map(read)).collect();
    let resources: Vec<Json> = std::iter::once(role_configured).chain((0..count).map(configured)).collect();
    plan(&json!(changes), &json!({"root_module": {"resources": resources}}))
}

#[test]
fn documents_that_mention_each_other_are_read_once_each() {
    for text in [
        documents(1, |index| index),
        documents(3, |index| (index + 1) % 3),
        documents(500, |index| index + 1),
    ] {
        let (_, checked) = run(&[("plan.json", &text)]);
        assert!(checked.problems.is_empty(), "{:?}", checked.problems);
        assert_eq!(checked.summary.roles, 1);
    }
}

/// A plan with one role, and what is a secret of it.
fn with_secret(principal: &Json, secret: &Json) -> String {
    let role = json!({
        "address": "aws_iam_role.r", "mode": "managed", "type": "aws_iam_role", "name": "r",
        "change": {
            "actions": ["create"], "after": {"name": "r", "assume_role_policy": trust(principal)},
            "after_unknown": {"arn": true}, "after_sensitive": secret,
        },
    });
    plan(&json!([role]), &json!({"provider_config": provider("111111111111")}))
}

#[test]
fn a_secret_is_neither_judged_nor_shown() {
    let principal = json!({"AWS": ["*", "arn:aws:iam::hunter2:root"]});
    let open = with_secret(&principal, &json!({"tags_all": {}, "name": false}));
    let rules: Vec<_> = found(&[("plan.json", &open)]).into_iter().map(|it| it.0).collect();
    // AWS rejects the policy, so nobody is let in yet.
    assert_eq!(rules, ["invalid-principal"]);
    for secret in [json!({"assume_role_policy": true}), json!(true)] {
        let (sources, checked) = run(&[("plan.json", &with_secret(&principal, &secret))]);
        for finding in &checked.findings {
            assert_eq!(finding.rule, "unresolved-policy");
            assert!(!finding.message.contains("hunter2"), "{}", finding.message);
            assert!(!sources.slice(finding.primary.span).contains("hunter2"));
        }
    }
}

#[test]
fn beside_its_module_a_secret_stays_unknown() {
    let with = |sensitive: bool| {
        let configuration = json!({"root_module": {
            "variables": {"trusted": {"sensitive": sensitive}},
            "resources": [
                {"address": "aws_iam_role.r", "provider_config_key": "aws", "expressions": {}},
                {"address": "data.aws_caller_identity.me", "provider_config_key": "aws", "expressions": {}},
            ],
        }});
        let mut whole: Json = serde_json::from_str(&plan(&json!([]), &configuration)).unwrap();
        whole["variables"] = json!({"trusted": {"value": "*"}});
        found(&[("infra/main.tf", MODULE), ("infra/tfplan.json", &whole.to_string())]).len()
    };
    assert_eq!((with(false), with(true)), (1, 0));
}

#[test]
fn a_secret_of_a_data_source_stays_unknown_beside_the_module() {
    const READS: &str = r#"
data "aws_ssm_parameter" "trusted" { name = "trusted" }
resource "aws_iam_role" "r" {
  name               = "deploy"
  assume_role_policy = jsonencode({
    Statement = [{ Effect = "Allow", Principal = { AWS = data.aws_ssm_parameter.trusted.value }, Action = "sts:AssumeRole" }]
  })
}
"#;
    let with = |secret: &Json| {
        let configuration = json!({"root_module": {"resources": [
            {"address": "aws_iam_role.r", "provider_config_key": "aws", "expressions": {}},
            {"address": "data.aws_ssm_parameter.trusted", "provider_config_key": "aws", "expressions": {}},
        ]}});
        let mut whole: Json = serde_json::from_str(&plan(&json!([]), &configuration)).unwrap();
        whole["prior_state"] = json!({"values": {"root_module": {"resources": [{
            "address": "data.aws_ssm_parameter.trusted", "mode": "data", "type": "aws_ssm_parameter",
            "name": "trusted", "values": {"name": "trusted", "value": "*"}, "sensitive_values": secret,
        }]}}});
        found(&[("infra/main.tf", READS), ("infra/tfplan.json", &whole.to_string())]).len()
    };
    assert_eq!((with(&json!({"tags": {}})), with(&json!({"value": true}))), (1, 0));
}

#[test]
fn a_plan_whose_members_were_sorted_is_read() {
    let whole: Json = serde_json::from_str(&with_secret(&json!("*"), &json!({}))).unwrap();
    let sorted = serde_json::to_string_pretty(&whole).unwrap();
    assert!(sorted.starts_with("{\n  \"configuration\""), "{sorted}");
    let said = found(&[("plan.json", &sorted)]);
    assert_eq!(said, [("wildcard-principal".to_owned(), "plan.json".to_owned(), "*".to_owned())]);
    // What only speaks of versions is no plan.
    let (_, checked) =
        run(&[("versions.json", r#"{"a": 1, "format_version": "1", "terraform_version": "1"}"#)]);
    assert_eq!(checked.summary.files, 0);
}

/// The account of the default provider of a plan with these expressions.
fn account_of(expressions: &Json, sensitive: bool) -> Option<String> {
    let mut whole: Json = serde_json::from_str(&with_secret(&json!("*"), &json!({}))).unwrap();
    whole["variables"] =
        json!({"account": {"value": "222222222222"}, "role": {"value": "arn:aws:iam::222222222222:role/r"}});
    whole["configuration"] = json!({
        "provider_config": {"aws": {"name": "aws", "expressions": expressions}},
        "root_module": {"variables": {"role": {"sensitive": sensitive}}},
    });
    let (_, checked) = run(&[("plan.json", &whole.to_string())]);
    checked.accounts.first().and_then(|it| it.account.clone())
}

#[test]
fn the_account_may_be_that_of_a_variable_of_the_root_unless_it_is_a_secret() {
    let role = json!({"assume_role": [{"role_arn": {"references": ["var.role"]}}]});
    assert_eq!(account_of(&role, false).as_deref(), Some("222222222222"));
    assert_eq!(account_of(&role, true), None);
}

#[test]
fn a_list_of_accounts_that_mentions_one_may_hold_others() {
    let ids = |ids: Json| account_of(&json!({"allowed_account_ids": ids}), false);
    assert_eq!(ids(json!({"constant_value": ["222222222222"]})).as_deref(), Some("222222222222"));
    assert_eq!(ids(json!({"constant_value": ["222222222222", "111111111111"]})), None);
    // `[var.account]` and `[var.account, "111111111111"]` look the same.
    assert_eq!(ids(json!({"references": ["var.account"]})), None);
}

#[test]
fn an_alias_without_credentials_is_for_the_account_of_who_runs_terraform() {
    let accounts = |default: &Json| {
        let role = |address: &str| {
            created(address, &json!({"name": "r", "assume_role_policy": trust(&json!("*"))}), &json!({}))
        };
        let configuration = json!({
            "provider_config": {
                "aws": {"name": "aws", "expressions": default},
                "aws.eu": {"name": "aws", "alias": "eu", "expressions": {"region": {"constant_value": "eu-west-1"}}},
            },
            "root_module": {"resources": [
                {"address": "aws_iam_role.a", "provider_config_key": "aws", "expressions": {}},
                {"address": "aws_iam_role.b", "provider_config_key": "aws.eu", "expressions": {}},
            ]},
        });
        let plan = plan(&json!([role("aws_iam_role.a"), role("aws_iam_role.b")]), &configuration);
        let (_, checked) = run(&[("plan.json", &plan)]);
        checked.accounts.into_iter().map(|it| (it.unit, it.account)).collect::<Vec<_>>()
    };
    let named = |unit: &str, account: Option<&str>| (unit.to_owned(), account.map(str::to_owned));
    let known = Some("222222222222");
    let ids = json!({"allowed_account_ids": {"constant_value": ["222222222222"]}});
    assert_eq!(accounts(&ids), [named("plan.json", known), named("plan.json@eu", known)]);
    let role = json!({"assume_role": [{"role_arn": {"constant_value": "arn:aws:iam::222222222222:role/r"}}]});
    assert_eq!(accounts(&role), [named("plan.json", known), named("plan.json@eu", None)]);
}

#[test]
fn a_plan_below_its_module_points_into_the_module() {
    let configuration = json!({"root_module": {"resources": [
        {"address": "aws_iam_role.r", "provider_config_key": "aws", "expressions": {}},
        {"address": "data.aws_caller_identity.me", "provider_config_key": "aws", "expressions": {}},
    ]}});
    let mut whole: Json = serde_json::from_str(&plan(&json!([]), &configuration)).unwrap();
    whole["variables"] = json!({"trusted": {"value": "*"}});
    let said = found(&[("infra/main.tf", MODULE), ("infra/plans/tfplan.json", &whole.to_string())]);
    assert_eq!(
        said,
        [("wildcard-principal".to_owned(), "infra/main.tf".to_owned(), "variable \"trusted\"".to_owned())]
    );
}

#[test]
fn a_role_that_is_not_made_yet_is_known_in_a_statement_and_a_bucket_is_not() {
    let permission = |kind: &str| {
        let target = format!("{kind}.t");
        let document = json!({
            "address": "data.aws_iam_policy_document.d", "mode": "data", "type": "aws_iam_policy_document", "name": "d",
            "change": {"actions": ["read"], "after": {"statement": [{"actions": ["sts:AssumeRole"], "resources": [null]}]},
                "after_unknown": {"json": true, "statement": [{"actions": [false], "resources": [true]}]}},
        });
        let user = created("aws_iam_user.u", &json!({"name": "ci", "path": "/"}), &json!({"arn": true}));
        let policy =
            created("aws_iam_user_policy.p", &json!({"name": "p", "user": "ci"}), &json!({"policy": true}));
        let named = created(
            &target,
            &json!({"name": "other", "bucket": "other", "path": "/"}),
            &json!({"arn": true}),
        );
        let references =
            |whole: &str, attribute: &str| json!({"references": [format!("{whole}.{attribute}"), whole]});
        let configuration = json!({"provider_config": provider("111111111111"), "root_module": {"resources": [
            {"address": "aws_iam_user.u", "provider_config_key": "aws", "expressions": {}},
            {"address": target, "provider_config_key": "aws", "expressions": {}},
            {"address": "data.aws_iam_policy_document.d", "provider_config_key": "aws",
                "expressions": {"statement": [{"resources": references(&target, "arn")}]}},
            {"address": "aws_iam_user_policy.p", "provider_config_key": "aws",
                "expressions": {"policy": references("data.aws_iam_policy_document.d", "json")}},
        ]}});
        plan(&json!([user, policy, document, named]), &configuration)
    };
    let [_, b] = two_accounts("");
    let rules =
        |a: &str| found(&[("a.json", a), ("b.json", &b)]).into_iter().map(|it| it.0).collect::<Vec<_>>();
    // The only permission of the user is for its own account's role, so the trust of the other account is useless.
    assert_eq!(rules(&permission("aws_iam_role")), ["trust-without-permission"]);
    // What stands behind the ARN of a bucket, the plan does not say.
    assert_eq!(rules(&permission("aws_s3_bucket")), Vec::<String>::new());
}

/// The units of a plan with a role `r` in the module `db`, with their accounts.
fn units_of(provider_config: &Json, key: &str, data_key: Option<&str>) -> Vec<(String, Option<String>)> {
    let after = json!({"name": "r", "assume_role_policy": trust(&json!("*"))});
    let role = created("module.db.aws_iam_role.r", &after, &json!({}));
    let caller = json!({"address": "data.aws_caller_identity.me", "provider_config_key": data_key.unwrap_or_default(), "expressions": {}});
    let configuration = json!({"provider_config": provider_config, "root_module": {
        "module_calls": {"db": {"module": {"resources": [
            {"address": "aws_iam_role.r", "provider_config_key": key, "expressions": {}}, caller,
        ]}}},
    }});
    let mut whole: Json = serde_json::from_str(&plan(&json!([role]), &configuration)).unwrap();
    whole["variables"] = json!({"role": {"value": "arn:aws:iam::222222222222:role/r"}});
    if data_key.is_some() {
        whole["prior_state"] = json!({"values": {"root_module": {"child_modules": [{"resources": [{
            "address": "module.db.data.aws_caller_identity.me", "mode": "data", "type": "aws_caller_identity", "name": "me",
            "values": {"account_id": "333333333333"},
        }]}]}}});
    }
    let (_, checked) = run(&[("plan.json", &whole.to_string())]);
    assert!(checked.problems.is_empty(), "{:?}", checked.problems);
    checked.accounts.into_iter().map(|it| (it.unit, it.account)).collect()
}

#[test]
fn a_module_of_old_plans_has_a_provider_of_its_own_only_when_it_says_so() {
    let named = |unit: &str, account: Option<&str>| [(unit.to_owned(), account.map(str::to_owned))];
    let with = |more: &Json| {
        let mut all = provider("111111111111");
        all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        all
    };
    let root = named("plan.json", Some("111111111111"));
    assert_eq!(units_of(&with(&json!({})), "aws", None), root);
    // The configuration of the caller, by a name of its own.
    assert_eq!(units_of(&with(&json!({})), "db:aws", None), root);
    let empty = json!({"db:aws": {"name": "aws", "module_address": "db"}});
    assert_eq!(units_of(&with(&empty), "db:aws", None), root);
    // It may be one of two.
    let two = json!({"aws.eu": {"name": "aws", "alias": "eu", "expressions": {"region": {"constant_value": "eu-west-1"}}}});
    assert_eq!(units_of(&with(&two), "db:aws", None), named("plan.json@db:aws", None));
    // One that is configured in the module, whose variables are not those of the root.
    let ids = |ids: &Json| json!({"module.db:aws": {"name": "aws", "expressions": ids}});
    let local = ids(&json!({"allowed_account_ids": {"constant_value": ["222222222222"]}}));
    assert_eq!(
        units_of(&with(&local), "module.db:aws", None),
        named("plan.json@module.db:aws", Some("222222222222"))
    );
    let role = ids(&json!({"assume_role": [{"role_arn": {"references": ["var.role"]}}]}));
    assert_eq!(units_of(&with(&role), "module.db:aws", None), named("plan.json@module.db:aws", None));
    // What a data source of the module found out is about its provider.
    assert_eq!(
        units_of(&with(&role), "module.db:aws", Some("module.db:aws")),
        named("plan.json@module.db:aws", Some("333333333333"))
    );
}

/// What is found of a role that everybody may assume, when that is done with it.
fn done(actions: &[&str], more: &Json) -> Vec<String> {
    let after = json!({"name": "r", "assume_role_policy": trust(&json!("*"))});
    let mut role = created("aws_iam_role.r", &after, &json!({"arn": true}));
    role["change"]["actions"] = json!(actions);
    role["change"]["before"] = after;
    for (name, value) in more.as_object().unwrap() {
        let at = if role.get(name).is_some() || name == "deposed" {
            &mut role[name]
        } else {
            &mut role["change"][name]
        };
        *at = value.clone();
    }
    found(&[("plan.json", &plan(&json!([role]), &json!({})))]).into_iter().map(|it| it.2).collect()
}

#[test]
fn what_is_there_afterwards_is_judged_whatever_is_done_with_it() {
    for actions in [
        &["create"][..],
        &["update"],
        &["no-op"],
        &["delete", "create"],
        &["create", "delete"],
        &["create", "forget"],
    ] {
        assert_eq!(done(actions, &json!({})), ["*"], "{actions:?}");
    }
    assert_eq!(done(&["no-op"], &json!({"importing": {"id": "r"}})), ["*"]);
    let none: Vec<String> = Vec::new();
    for actions in [&["delete"][..], &["forget"]] {
        assert_eq!(done(actions, &json!({"after": null})), none, "{actions:?}");
        // Some programs leave the values there.
        assert_eq!(done(actions, &json!({})), none, "{actions:?}");
    }
    // What a failed replacement left behind, while the object that replaces it is there.
    assert_eq!(done(&["delete"], &json!({"deposed": "0a1b2c3d", "after": null})), none);
}

#[test]
fn a_deposed_object_does_not_hide_the_one_that_is_there() {
    let role = |principal: &str, actions: &Json| {
        let after = json!({"name": "r", "assume_role_policy": trust(&json!(principal))});
        let mut role = created("aws_iam_role.r", &after, &json!({}));
        role["change"]["actions"] = actions.clone();
        role
    };
    let mut deposed = role("111111111111", &json!(["no-op"]));
    deposed["deposed"] = json!("0a1b2c3d");
    let plan = plan(&json!([deposed, role("*", &json!(["update"]))]), &json!({}));
    let said = found(&[("plan.json", &plan)]);
    assert_eq!(said, [("wildcard-principal".to_owned(), "plan.json".to_owned(), "*".to_owned())]);
}

#[test]
fn a_principal_that_is_not_known_yet_or_secret_is_not_judged() {
    let unknown = json!({"assume_role_policy": true, "arn": true});
    let role = created("aws_iam_role.r", &json!({"name": "r"}), &unknown);
    let unresolved = ("unresolved-policy".to_owned(), "plan.json".to_owned(), "aws_iam_role.r".to_owned());
    assert_eq!(found(&[("plan.json", &plan(&json!([role]), &json!({})))]), [unresolved]);
    let mut secret = created(
        "aws_iam_role.r",
        &json!({"name": "r", "assume_role_policy": trust(&json!("*"))}),
        &json!({"arn": true}),
    );
    secret["change"]["after_sensitive"] = json!({"assume_role_policy": true});
    let said = found(&[("plan.json", &plan(&json!([secret]), &json!({})))]);
    assert!(said.iter().all(|it| it.0 != "wildcard-principal"), "{said:?}");
}
