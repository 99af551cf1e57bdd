//! Which accounts the provider configurations of Terraform are for.

use trustlint::{Checked, Config, Profile, RULES, Settings, Sources, check};

/// The units of a project, with their accounts.
fn accounts(files: &[(&str, &str)], config: &str) -> Vec<String> {
    let shown = checked(files, config).accounts.into_iter();
    shown.map(|it| format!("{} {}", it.unit, it.account.as_deref().unwrap_or("?"))).collect()
}

fn checked(files: &[(&str, &str)], config: &str) -> Checked {
    let names: Vec<&str> = RULES.iter().map(|rule| rule.name).collect();
    let config = Config::parse(config, &names).unwrap();
    let owned = files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned()));
    let settings = Settings { now: "2026-01-01T00:00:00Z".parse().unwrap(), profile: Profile::Default };
    let checked = check(&Sources::in_memory(owned), &config, &settings);
    assert!(checked.problems.is_empty(), "{:?}", checked.problems);
    checked
}

/// A root module with a default configuration, one of the alias `other`, and a role of each.
fn two(default: &str, other: &str) -> String {
    let role = |name: &str, provider: &str| {
        format!("resource \"aws_iam_role\" \"{name}\" {{\n{provider}  assume_role_policy = \"{{}}\"\n}}\n")
    };
    let roles = role("here", "") + &role("there", "  provider = aws.other\n");
    format!(
        "provider \"aws\" {{\n{default}\n}}\nprovider \"aws\" {{\n  alias = \"other\"\n{other}\n}}\n{roles}"
    )
}

const ROLE: &str = "assume_role {\n  role_arn = \"arn:aws:iam::222222222222:role/deploy\"\n}";
const IDS: &str = "allowed_account_ids = [\"222222222222\"]";

/// What is known of the two accounts of a root module.
fn of_two(default: &str, other: &str, config: &str) -> [String; 2] {
    let mut found = accounts(&[("a/main.tf", &two(default, other))], config).into_iter().map(|line| {
        let (unit, account) = line.split_once(' ').unwrap();
        assert!(unit == "a" || unit == "a@other", "{line}");
        account.to_owned()
    });
    [found.next().unwrap(), found.next().unwrap()]
}

#[test]
fn an_alias_without_credentials_is_in_the_account_of_a_default_that_has_none() {
    assert_eq!(of_two(IDS, "region = \"eu-west-1\"", ""), ["222222222222", "222222222222"]);
    assert_eq!(of_two("", "region = \"eu-west-1\"", ""), ["?", "?"]);
    // The default configuration is not written.
    let text = two("", "").replacen("provider \"aws\" {\n\n}\n", "", 1);
    assert_eq!(accounts(&[("a/main.tf", &text)], ""), ["a ?", "a@other ?"]);
}

#[test]
fn an_alias_without_credentials_is_not_in_the_account_that_the_default_logs_in_to() {
    let token = "assume_role_with_web_identity {\n  web_identity_token = \"t\"\n  role_arn = \"arn:aws:iam::222222222222:role/deploy\"\n}";
    for default in [
        ROLE.to_owned(),
        format!("{IDS}\nprofile = \"deploy\""),
        format!("{IDS}\naccess_key = var.key\n}}\nvariable \"key\" {{"),
        format!("{IDS}\n{}\n}}\nvariable \"account\" {{", ROLE.replace("222222222222", "${var.account}")),
        format!("{IDS}\n{token}"),
    ] {
        assert_eq!(of_two(&default, "region = \"eu-west-1\"", ""), ["222222222222", "?"], "{default}");
    }
    // Nor in the one that the directory is for.
    let config = "[accounts.prod]\nid = \"222222222222\"\npaths = [\"a/**\"]\n";
    let prod = "prod (222222222222)";
    assert_eq!(of_two(ROLE, "region = \"eu-west-1\"", config), [prod, "?"]);
    assert_eq!(of_two("", "region = \"eu-west-1\"", config), [prod, prod]);
}

#[test]
fn an_alias_with_the_credentials_of_the_default_is_in_its_account() {
    let longer = ROLE.replace("{\n", "{\n  session_name = \"other\"\n");
    assert_eq!(of_two(ROLE, &longer, ""), ["222222222222", "222222222222"]);
    let profile = |name: &str| format!("profile = {name}");
    let default = format!("{IDS}\n{}", profile("\"deploy\""));
    assert_eq!(of_two(&default, &profile("\"deploy\""), ""), ["222222222222", "222222222222"]);
    assert_eq!(of_two(&default, &profile("\"other\""), ""), ["222222222222", "?"]);
    // An argument that is not set says nothing.
    assert_eq!(of_two(IDS, &profile("null"), ""), ["222222222222", "222222222222"]);
    assert_eq!(of_two(&format!("{IDS}\n{}", profile("null")), "", ""), ["222222222222", "222222222222"]);
    // A role may be assumed on some conditions only.
    let perhaps = "dynamic \"assume_role\" {\n  for_each = var.roles\n  content {\n    role_arn = assume_role.value\n  }\n}";
    let declared = format!("{IDS}\n{perhaps}\n}}\nvariable \"roles\" {{\n  type = list(string)");
    assert_eq!(of_two(&declared, "", ""), ["222222222222", "?"]);
    let never = format!("{declared}\n  default = []");
    assert_eq!(of_two(&never, "", ""), ["222222222222", "222222222222"]);
}

#[test]
fn an_alias_of_a_module_is_compared_with_the_default_of_the_root() {
    let module = "provider \"aws\" {\n  alias = \"eu\"\n  region = \"eu-west-1\"\n}\nresource \"aws_iam_role\" \"r\" {\n  provider = aws.eu\n  assume_role_policy = \"{}\"\n}\n";
    let root = |default: &str| {
        format!("provider \"aws\" {{\n{default}\n}}\nmodule \"m\" {{\n  source = \"./m\"\n}}\n")
    };
    let of = |default: &str| accounts(&[("a/main.tf", &root(default)), ("a/m/main.tf", module)], "");
    assert_eq!(of(IDS), ["a 222222222222", "a@module.m.eu 222222222222"]);
    assert_eq!(of(ROLE), ["a 222222222222", "a@module.m.eu ?"]);
}

#[test]
fn an_account_that_is_declared_in_an_organization_is_the_configured_one_of_its_name() {
    let declared = "resource \"aws_organizations_account\" \"prod\" {\n  name  = \"Prod EU\"\n  email = \"prod@example.com\"\n}\nprovider \"aws\" {\n  alias = \"prod\"\n  assume_role {\n    role_arn = \"arn:aws:iam::${aws_organizations_account.prod.id}:role/OrganizationAccountAccessRole\"\n  }\n}\nresource \"aws_iam_role\" \"r\" {\n  provider = aws.prod\n  assume_role_policy = \"{}\"\n}\n";
    let of = |config: &str| {
        let all = accounts(&[("a/main.tf", declared)], config);
        all.into_iter().find(|it| it.starts_with("a@prod ")).unwrap()
    };
    assert_eq!(of("[accounts.prod-eu]\nid = \"222222222222\"\n"), "a@prod prod-eu (222222222222)");
    assert!(!of("[accounts.prod]\nid = \"222222222222\"\n").contains("222222222222"));
    // Two of the same letters: nobody knows which is meant.
    let two = "[accounts.prod-eu]\nid = \"222222222222\"\n[accounts.prod_eu]\nid = \"333333333333\"\n";
    assert!(!of(two).contains("222222222222"), "{}", of(two));
}

#[test]
fn a_path_speaks_for_no_alias_that_logs_in_elsewhere() {
    let config = "[accounts.dev]\nid = \"222222222222\"\npaths = [\"a/**\"]\n";
    let dev = "dev (222222222222)";
    assert_eq!(of_two("profile = \"dev\"", "profile = \"hub\"", config), [dev, "?"]);
    assert_eq!(
        of_two("", "assume_role {\n  role_arn = var.role\n}\n}\nvariable \"role\" {", config),
        [dev, "?"]
    );
    assert_eq!(of_two("profile = \"dev\"", "profile = \"dev\"", config), [dev, dev]);
    assert_eq!(of_two("", "", config), [dev, dev]);
    // The name of a directory is a path too.
    let named = "[accounts.a]\nid = \"222222222222\"\n";
    let a = "a (222222222222)";
    assert_eq!(of_two("profile = \"dev\"", "profile = \"hub\"", named), [a, "?"]);
    assert_eq!(of_two("", "", named), [a, a]);
}

#[test]
fn what_is_said_of_a_deployment_is_said_of_its_default_configuration() {
    let config =
        "[accounts.prod]\nid = \"222222222222\"\n[[terraform.root]]\npath = \"a\"\naccount = \"prod\"\n";
    let of = |other: &str| {
        let all = accounts(&[("a/main.tf", &two("", other))], config);
        all.into_iter().map(|line| line.rsplit_once(' ').unwrap().1.to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(of(&ROLE.replace("222222222222", "333333333333")), ["(222222222222)", "333333333333"]);
    assert_eq!(of("profile = \"backup\""), ["(222222222222)", "?"]);
    assert_eq!(of("region = \"eu-west-1\""), ["(222222222222)", "(222222222222)"]);
}

#[test]
fn a_provider_block_of_a_module_with_the_credentials_of_the_root_is_in_its_account() {
    let root = |default: &str| format!("{default}\nmodule \"m\" {{\n  source = \"./m\"\n}}\n");
    let module = |provider: &str| {
        format!("{provider}\nresource \"aws_iam_role\" \"r\" {{\n  assume_role_policy = \"{{}}\"\n}}\n")
    };
    let of = |default: &str, own: &str| {
        accounts(&[("a/main.tf", &root(default)), ("a/m/main.tf", &module(own))], "")
            .into_iter()
            .map(|line| line.rsplit_once(' ').unwrap().1.to_owned())
            .collect::<Vec<_>>()
    };
    let default = format!("provider \"aws\" {{\n{IDS}\n}}");
    let (known, unknown) = (vec!["222222222222"; 2], vec!["222222222222", "?"]);
    assert_eq!(of(&default, "provider \"aws\" {\n  region = \"eu-west-1\"\n}"), known);
    assert_eq!(of(&default, "provider \"aws\" {\n  profile = \"other\"\n}"), unknown);
    let role = format!("provider \"aws\" {{\n{ROLE}\n}}");
    assert_eq!(of(&role, &role), known);
    assert_eq!(of(&role, "provider \"aws\" {\n  region = \"eu-west-1\"\n}"), unknown);
}

#[test]
fn the_name_of_a_directory_speaks_for_what_is_deployed_from_it() {
    let config = "[accounts.shared]\nid = \"222222222222\"\n";
    let role = "resource \"aws_iam_role\" \"r\" {\n  assume_role_policy = \"{}\"\n}\n";
    let provider = "provider \"aws\" {\n  region = \"eu-west-1\"\n}\n";
    let of = |path: &str, text: &str| accounts(&[(path, text)], config).remove(0);
    let deployed = [provider, role].concat();
    assert_eq!(of("shared/main.tf", &deployed), "shared shared (222222222222)");
    assert_eq!(of("shared/app/main.tf", &deployed), "shared/app shared (222222222222)");
    let backend = format!("terraform {{\n  backend \"s3\" {{}}\n}}\n{role}");
    assert_eq!(of("shared/main.tf", &backend), "shared shared (222222222222)");
    // A module that nobody calls.
    assert_eq!(of("shared/main.tf", role), "shared ?");
    for above in ["modules", "tests", "examples"] {
        let path = format!("{above}/shared");
        assert_eq!(of(&format!("{path}/main.tf"), &deployed), format!("{path} ?"));
    }
    let stack = "Resources:\n  Role:\n    Type: AWS::IAM::Role\n    Properties:\n      AssumeRolePolicyDocument: {}\n";
    assert_eq!(of("shared/stack.yaml", stack), "shared/stack.yaml shared (222222222222)");
}

#[test]
fn an_account_without_an_id_is_shown_by_what_stands_for_it() {
    let declared = "variable \"ids\" {\n  type = map(string)\n}\n";
    let role = ROLE.replace("222222222222", "${var.ids[\"core\"]}");
    let text = [declared, &two(&role, &role)].concat();
    let checked = checked(&[("a/main.tf", &text), ("b/main.tf", &two("", "profile = \"hub\""))], "");
    let shown = checked.accounts.iter().map(|it| (it.unit.as_str(), it.identity.as_deref()));
    let (core, hub) = (Some("var.ids[\"core\"]"), Some("profile hub"));
    assert_eq!(shown.collect::<Vec<_>>(), [("a", core), ("a@other", core), ("b", None), ("b@other", hub)]);
    assert_eq!((checked.summary.accounts, checked.summary.accounts_without_id), (2, 2));
}

#[test]
fn an_id_of_examples_is_marked() {
    let of = |id: &str| {
        let ids = IDS.replace("222222222222", id);
        checked(&[("a/main.tf", &two(&ids, ""))], "").accounts.remove(0).is_placeholder
    };
    assert!(of("111111111111") && of("123456789999") && of("112233445566"));
    assert!(!of("690123987001"));
}

#[test]
fn a_role_on_a_condition_tells_the_account_when_all_its_alternatives_do() {
    let of = |role: &str| {
        let provider = format!("assume_role {{\n  role_arn = {role}\n}}");
        let declared = "variable \"ci\" {\n  type = bool\n}\n";
        accounts(&[("a/main.tf", &[declared, &two(&provider, "")].concat())], "").remove(0)
    };
    let role = |id: &str, name: &str| format!("\"arn:aws:iam::{id}:role/{name}\"");
    let (plan, apply) = (role("222222222222", "plan"), role("222222222222", "apply"));
    assert_eq!(of(&format!("var.ci ? {plan} : {apply}")), "a 222222222222");
    assert_eq!(of(&format!("var.ci ? null : {apply}")), "a 222222222222");
    assert_eq!(of(&format!("var.ci ? {plan} : {}", role("333333333333", "apply"))), "a ?");
}
