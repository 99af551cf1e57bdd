//! What says whose account a unit is in: evidence in its order, and what stands for an account without an ID.

use trustlint::{Checked, Config, Profile, RULES, Settings, Sources, check};

/// Checks a project; its configuration is one of its files.
fn checked(files: &[(&str, &str)], config: &str) -> Checked {
    let names: Vec<&str> = RULES.iter().map(|rule| rule.name).collect();
    let parsed = Config::parse(config, &names).unwrap().from_file("trustlint.toml");
    let written = ("trustlint.toml", config);
    let owned = files.iter().chain([&written]);
    let owned = owned.map(|(path, text)| ((*path).to_owned(), (*text).to_owned()));
    let settings = Settings { now: "2026-01-01T00:00:00Z".parse().unwrap(), profile: Profile::Default };
    check(&Sources::in_memory(owned), &parsed, &settings)
}

/// The units, each with its account or what stands for it.
fn shown(checked: &Checked) -> Vec<String> {
    let of = |account: Option<&str>, identity: Option<&str>| match (account, identity) {
        (Some(account), _) => account.to_owned(),
        (None, Some(identity)) => format!("one account: {identity}"),
        (None, None) => "?".to_owned(),
    };
    let all = checked.accounts.iter();
    all.map(|it| format!("{} {}", it.unit, of(it.account.as_deref(), it.identity.as_deref()))).collect()
}

fn accounts(files: &[(&str, &str)], config: &str) -> Vec<String> {
    let checked = checked(files, config);
    assert!(checked.problems.is_empty(), "{:?}", checked.problems);
    shown(&checked)
}

/// A provider block, and a role.
fn root(provider: &str) -> String {
    format!(
        "provider \"aws\" {{\n{provider}\n}}\nresource \"aws_iam_role\" \"r\" {{\n  assume_role_policy = \"{{}}\"\n}}\n"
    )
}

fn role_in(id: &str) -> String {
    format!("assume_role {{\n  role_arn = \"arn:aws:iam::{id}:role/deploy\"\n}}")
}

const HUB: &str = "profile = \"hub\"";
const ID: &str = "640123987001";
const OTHER: &str = "690123987002";

#[test]
fn a_profile_is_one_account_in_the_whole_project() {
    let found = checked(&[("a/main.tf", &root(HUB)), ("b/main.tf", &root(HUB))], "");
    assert_eq!(shown(&found), ["a one account: profile hub", "b one account: profile hub"]);
    assert_eq!((found.summary.accounts, found.summary.accounts_without_id), (1, 1));
    // A value that is given counts as one that is written.
    let given = ["variable \"login\" {\n  type = string\n}\n", &root("profile = var.login")].concat();
    let files = [("a/main.tf", &*given), ("a/terraform.tfvars", "login = \"hub\"\n"), ("b/main.tf", &given)];
    assert_eq!(accounts(&files, ""), ["a one account: profile hub", "b ?"]);
}

#[test]
fn a_file_of_profiles_beside_a_root_says_whose_account_a_profile_is_of() {
    let sso = format!(
        "[profile other]\nsso_account_id = {OTHER}\n[profile hub]\nregion = eu-west-1\nsso_account_id = {ID}\n"
    );
    let login = root(HUB);
    let of = |path: &str, text: &str| accounts(&[("a/live/main.tf", &login), (path, text)], "");
    assert_eq!(of("a/live/aws-config", &sso), [format!("a/live {ID}")]);
    assert_eq!(of("a/.aws/config", &sso), [format!("a/live {ID}")]);
    // A profile that assumes a role is of the account of that.
    let role = format!("{sso}role_arn = arn:aws:iam::{OTHER}:role/deploy\n");
    assert_eq!(of("aws_config", &role), [format!("a/live {OTHER}")]);
    // What lies elsewhere, or speaks of another profile, says nothing of it.
    let unknown = ["a/live one account: profile hub"];
    assert_eq!(of("b/aws-config", &sso), unknown);
    assert_eq!(of("a/live/aws-config", &sso.replace("profile hub", "profile hub2")), unknown);
    assert_eq!(of("a/live/aws-config", &sso.replace(ID, "1234")), unknown);
}

#[test]
fn what_is_no_profile_of_its_own_stands_for_nothing() {
    for provider in [
        "profile = \"default\"".to_owned(),
        "profile = \"\"".to_owned(),
        "profile = null".to_owned(),
        "profile = \"YOUR PROFILE\"".to_owned(),
        "profile = \"your-profile\"".to_owned(),
        "profile = \"<prod>\"".to_owned(),
        format!("{HUB}\nshared_credentials_files = [\"./credentials\"]"),
        format!("{HUB}\naccess_key = var.key\n}}\nvariable \"key\" {{"),
        // The source of credentials is no account that anything is deployed to.
        format!("{HUB}\nassume_role {{\n  role_arn = var.role\n}}\n}}\nvariable \"role\" {{"),
    ] {
        let found = accounts(&[("a/main.tf", &root(&provider))], "");
        assert!(!found.iter().any(|it| it.contains("profile")), "{provider}: {found:?}");
    }
    let usual = format!("{HUB}\nshared_credentials_files = [\"~/.aws/credentials\"]");
    assert_eq!(accounts(&[("a/main.tf", &root(&usual))], ""), ["a one account: profile hub"]);
}

/// A role that is allowed to assume another one of its account by its name, and that other one, which trusts nobody.
fn two_sides(provider: &str, other: &str) -> Vec<(String, usize)> {
    let caller = format!(
        "provider \"aws\" {{\n{provider}\n}}\ndata \"aws_caller_identity\" \"own\" {{}}\nresource \"aws_iam_role\" \"ci\" {{\n  name = \"ci\"\n  assume_role_policy = jsonencode({{\n    Statement = [{{ Effect = \"Allow\", Action = \"sts:AssumeRole\", Principal = {{ Service = \"ec2.amazonaws.com\" }} }}]\n  }})\n}}\nresource \"aws_iam_role_policy\" \"p\" {{\n  role = aws_iam_role.ci.name\n  policy = jsonencode({{\n    Statement = [{{ Effect = \"Allow\", Action = \"sts:AssumeRole\", Resource = \"arn:aws:iam::${{data.aws_caller_identity.own.account_id}}:role/deploy\" }}]\n  }})\n}}\n"
    );
    let target = format!(
        "provider \"aws\" {{\n{other}\n}}\nresource \"aws_iam_role\" \"deploy\" {{\n  name = \"deploy\"\n  assume_role_policy = jsonencode({{\n    Statement = [{{ Effect = \"Allow\", Action = \"sts:AssumeRole\", Principal = {{ Service = \"lambda.amazonaws.com\" }} }}]\n  }})\n}}\n"
    );
    let found = checked(&[("a/main.tf", &caller), ("b/main.tf", &target)], "");
    let lines = found.findings.iter().filter(|it| it.rule == "permission-without-trust");
    lines.map(|it| (it.rule.to_owned(), it.related.len())).collect()
}

#[test]
fn both_sides_in_one_account_meet() {
    assert_eq!(two_sides(HUB, HUB), [("permission-without-trust".to_owned(), 1)]);
    // Whether two profiles are of one account nobody knows.
    assert_eq!(two_sides(HUB, "profile = \"hub-readonly\""), []);
    assert_eq!(two_sides("", ""), []);
}

#[test]
fn a_term_is_the_account_of_a_unit_that_has_it_and_says_its_id() {
    let known = format!("{HUB}\nallowed_account_ids = [\"{ID}\"]");
    let files = [("a/main.tf", root(&known)), ("b/main.tf", root(HUB))];
    let files = files.each_ref().map(|(path, text)| (*path, text.as_str()));
    assert_eq!(accounts(&files, ""), [format!("a {ID}"), format!("b {ID}")]);
    let classes =
        checked(&files, "").accounts.iter().map(|it| it.grade.unwrap().letter()).collect::<Vec<_>>();
    assert_eq!(classes, ["A", "B"]);
    // It would be two accounts, or an ID that stands for several.
    let other = root(&known.replace(ID, OTHER));
    let files = [files[0], files[1], ("c/main.tf", &other)];
    assert_eq!(
        accounts(&files, ""),
        [format!("a {ID}"), "b one account: profile hub".to_owned(), format!("c {OTHER}")]
    );
    let example = root(&known.replace(ID, "111122223333"));
    let files = [("a/main.tf", &*example), files[1]];
    assert_eq!(accounts(&files, ""), ["a 111122223333", "b one account: profile hub"]);
    // A variable that is in the ARN of the role is the account that the directory is for.
    let text = ["variable \"id\" {\n  type = string\n}\n", &root(&role_in("${var.id}"))].concat();
    let config = format!("[accounts.prod]\nid = \"{ID}\"\npaths = [\"a\"]\n");
    assert_eq!(accounts(&[("a/main.tf", &text)], &config), [format!("a prod ({ID})")]);
}

#[test]
fn paths_and_directories_hold_over_a_profile() {
    let of = |config: &str| accounts(&[("a/main.tf", &root(HUB))], config).remove(0);
    let prod = format!("a prod ({ID})");
    assert_eq!(of(&format!("[accounts.prod]\nid = \"{ID}\"\npaths = [\"a/**\"]\n")), prod);
    assert_eq!(of(&format!("[accounts.a]\nid = \"{ID}\"\n")), format!("a a ({ID})"));
    assert_eq!(of(&format!("[accounts.other]\nid = \"{ID}\"\n")), "a one account: profile hub");
    // One of several deployments.
    let text = ["variable \"login\" {\n  type = string\n}\n", &root("profile = var.login")].concat();
    let files = [
        ("a/main.tf", &*text),
        ("a/prod.tfvars", "login = \"hub\"\n"),
        ("a/dev.tfvars", "login = \"dev\"\n"),
    ];
    let config = format!("[accounts.prod]\nid = \"{ID}\"\npaths = [\"a/prod.tfvars\"]\n");
    assert_eq!(
        accounts(&files, &config),
        ["a@dev one account: profile dev".to_owned(), format!("a@prod prod ({ID})")]
    );
}

#[test]
fn what_a_state_says_of_a_role_is_one_account_wherever_it_is_read() {
    let text = |output: &str| {
        let state = "data \"terraform_remote_state\" \"s\" {\n  backend = \"s3\"\n  config = {\n    bucket = \"states\"\n    key    = \"accounts\"\n  }\n}\n";
        let role = format!("assume_role {{\n  role_arn = data.terraform_remote_state.s.outputs.{output}\n}}");
        [state, &root(&role)].concat()
    };
    let (one, other) = (text("deploy.arn"), text("backup"));
    let found = accounts(&[("a/main.tf", &one), ("b/main.tf", &one), ("c/main.tf", &other)], "");
    let term = found[0].strip_prefix("a one account: ").unwrap();
    assert!(term.contains("s3://states") && term.contains("deploy"), "{term}");
    assert_eq!(found[1], format!("b one account: {term}"));
    assert!(found[2].starts_with("c one account: ") && !found[2].contains(term), "{found:?}");
}

#[test]
fn the_last_role_of_a_chain_says_where_it_goes() {
    let both = [role_in(OTHER), role_in(ID)].join("\n");
    assert_eq!(accounts(&[("a/main.tf", &root(&both))], ""), [format!("a {ID}")]);
}

#[test]
fn a_value_of_a_file_that_is_not_there_is_known_by_the_file() {
    let text = |path: &str| {
        root(&role_in(&format!("${{yamldecode(file(\\\"{path}\\\")).hub}}").replace("\\\"", "\"")))
    };
    let (one, same, other) = (text("../ids.yaml"), text("../../ids.yaml"), text("../ids.yaml"));
    let found = accounts(&[("x/a/main.tf", &one), ("x/b/c/main.tf", &same), ("y/d/main.tf", &other)], "");
    let terms: Vec<&str> = found.iter().map(|it| it.split_once(" one account: ").unwrap().1).collect();
    assert_eq!(terms[0], terms[1]);
    // The same words in another directory are another file.
    assert_ne!(terms[0], terms[2]);
}

#[test]
fn what_terragrunt_reads_from_a_file_that_is_not_there_is_known_by_the_file() {
    let unit = "locals {\n  account = read_terragrunt_config(\"../../account.hcl\")\n}\nterraform {\n  source = \"../../../m\"\n}\niam_role = \"arn:aws:iam::${local.account.locals.account_id}:role/deploy\"\n";
    let role = "resource \"aws_iam_role\" \"r\" {\n  assume_role_policy = \"{}\"\n}\n";
    let files =
        ["live/prod/eu/a", "live/prod/eu/b", "live/dev/eu/c"].map(|it| format!("{it}/terragrunt.hcl"));
    let mut all: Vec<(&str, &str)> = files.iter().map(|path| (path.as_str(), unit)).collect();
    all.push(("live/m/main.tf", role));
    let found = accounts(&all, "");
    let term = |unit: &str| {
        let line = found.iter().find(|it| it.starts_with(&format!("{unit} "))).unwrap();
        line.split_once(" one account: ").unwrap().1.to_owned()
    };
    assert_eq!(term("live/prod/eu/a"), term("live/prod/eu/b"));
    assert_ne!(term("live/prod/eu/a"), term("live/dev/eu/c"));
}

#[test]
fn the_profile_of_an_account_file_of_terragrunt_stands_for_the_account() {
    let unit = "locals {\n  account = read_terragrunt_config(find_in_parent_folders(\"account.hcl\"))\n}\ninclude {\n  path = find_in_parent_folders(\"account.hcl\")\n}\nterraform {\n  source = \"../../m\"\n}\n";
    let role = "resource \"aws_iam_role\" \"r\" {\n  assume_role_policy = \"{}\"\n}\n";
    let account = "locals {\n  aws_profile = \"hub\"\n}\n";
    let files = [("live/account.hcl", account), ("live/a/terragrunt.hcl", unit), ("m/main.tf", role)];
    assert!(accounts(&files, "").contains(&"live/a one account: profile hub".to_owned()));
}

const TASKS: &str = "One:\n  Type: update-stacks\n  Template: ./one.yml\n  DefaultOrganizationBinding:\n    Account: !Ref Hub\nTwo:\n  Type: update-stacks\n  Template: ./two.yml\n  DefaultOrganizationBinding:\n    Account: !Ref hubAccount\nThree:\n  Type: update-stacks\n  Template: ./three.yml\n  DefaultOrganizationBinding:\n    Account: !Ref Spoke\n";

fn of_tasks(config: &str) -> Checked {
    let stack = "Resources:\n  Role:\n    Type: AWS::IAM::Role\n    Properties:\n      AssumeRolePolicyDocument: {}\n";
    let organization = "Organization:\n  Hub:\n    Type: OC::ORG::Account\n    Properties:\n      AccountName: hub\n  Spoke:\n    Type: OC::ORG::Account\n    Properties:\n      AccountName: spoke\n";
    let tasks = ["Parameters:\n  hubAccount:\n    Type: String\n    Default: !Ref Hub\n", TASKS].concat();
    let files = [
        ("organization.yml", organization),
        ("tasks.yml", &tasks),
        ("one.yml", stack),
        ("two.yml", stack),
        ("three.yml", stack),
    ];
    checked(&files, config)
}

#[test]
fn tasks_of_one_account_of_an_organization_are_in_one_account() {
    let found = of_tasks("");
    let account = |template: &str| {
        let all = shown(&found);
        let line = all.iter().find(|it| it.starts_with(template)).unwrap();
        line.split_once(' ').unwrap().1.to_owned()
    };
    assert_eq!(account("one.yml"), "one account: Hub");
    // A parameter of the tasks stands for its default.
    assert_eq!(account("two.yml"), "one account: Hub");
    assert_eq!(account("three.yml"), "one account: Spoke");
    let found = of_tasks(&format!("[accounts.hub]\nid = \"{ID}\"\naliases = [\"Hub\"]\n"));
    assert!(shown(&found).contains(&format!("one.yml hub ({ID})")), "{:?}", shown(&found));
}

#[test]
fn an_alias_says_which_account_a_term_is() {
    let declared = "variable \"ids\" {\n  type = map(string)\n}\n";
    let of = |alias: &str, provider: &str| {
        let config = format!("[accounts.hub]\nid = \"{ID}\"\naliases = ['{alias}']\n");
        accounts(&[("a/main.tf", &[declared, &root(provider)].concat())], &config).remove(0)
    };
    let hub = format!("a hub ({ID})");
    assert_eq!(of("profile:hub", HUB), hub);
    assert_eq!(of("hub", HUB), "a one account: profile hub");
    let role = role_in("${var.ids[\"core\"]}");
    // As it is written, with or without what stands around it in a text.
    assert_eq!(of("var.ids[\"core\"]", &role), hub);
    assert_eq!(of("${var.ids[\"core\"]}", &role), hub);
    assert_eq!(of("var.ids[\"other\"]", &role), "a one account: var.ids[\"core\"]");
    // An account without an ID has aliases too.
    let config = "[accounts.hub]\naliases = [\"profile:hub\", \"profile:hub-readonly\"]\n";
    let found =
        checked(&[("a/main.tf", &root(HUB)), ("b/main.tf", &root("profile = \"hub-readonly\""))], config);
    assert_eq!(shown(&found), ["a hub", "b hub"]);
}

#[test]
fn an_alias_is_put_in_wherever_the_term_stands() {
    let text = format!(
        "variable \"hub\" {{\n  type = string\n}}\nprovider \"aws\" {{\n  allowed_account_ids = [\"{OTHER}\"]\n}}\nresource \"aws_iam_role\" \"r\" {{\n  name = \"r\"\n  assume_role_policy = jsonencode({{\n    Statement = [{{ Effect = \"Allow\", Action = \"sts:AssumeRole\", Principal = {{ AWS = \"arn:aws:iam::${{var.hub}}:role/ci\" }} }}]\n  }})\n}}\n"
    );
    let ci = format!(
        "provider \"aws\" {{\n  allowed_account_ids = [\"{ID}\"]\n}}\nresource \"aws_iam_role\" \"ci\" {{\n  name = \"ci\"\n  assume_role_policy = jsonencode({{\n    Statement = [{{ Effect = \"Allow\", Action = \"sts:AssumeRole\", Principal = {{ Service = \"ec2.amazonaws.com\" }} }}]\n  }})\n}}\n"
    );
    let rules = |config: &str| {
        let found = checked(&[("a/main.tf", &text), ("b/main.tf", &ci)], config);
        found.findings.iter().map(|it| it.rule).filter(|it| *it == "trust-without-permission").count()
    };
    assert_eq!(rules(""), 0);
    assert_eq!(rules(&format!("[accounts.hub]\nid = \"{ID}\"\naliases = [\"var.hub\"]\n")), 1);
}

#[test]
fn the_keys_of_a_map_are_names_of_accounts() {
    let declared = "variable \"ids\" {\n  type = map(string)\n}\nvariable \"all\" {\n  type = map(object({ id = string }))\n}\n";
    let of = |map: &str, provider: &str| {
        let config = format!("[accounts]\nmaps = ['{map}']\n[accounts.core-vpc]\nid = \"{ID}\"\n");
        accounts(&[("a/main.tf", &[declared, &root(provider)].concat())], &config).remove(0)
    };
    let core = format!("a core-vpc ({ID})");
    assert_eq!(of("var.ids", &role_in("${var.ids[\"core-vpc\"]}")), core);
    assert_eq!(of("var.ids", &role_in("${var.ids.core_vpc}")), core);
    assert_eq!(of("var.all.*.id", &role_in("${var.all[\"core-vpc\"].id}")), core);
    for (map, written) in [
        ("var.ids", "${var.ids[\"core\"]}"),
        ("var.all", "${var.all[\"core-vpc\"].id}"),
        ("var.all.*.number", "${var.all[\"core-vpc\"].id}"),
        ("var.other", "${var.ids[\"core-vpc\"]}"),
    ] {
        assert!(of(map, &role_in(written)).starts_with("a one account: "), "{map} {written}");
    }
}

#[test]
fn an_alias_is_the_name_of_one_account() {
    let names: Vec<&str> = RULES.iter().map(|rule| rule.name).collect();
    let text = "[accounts.a]\naliases = [\"profile:hub\"]\n[accounts.b]\naliases = [\"profile:hub\"]\n";
    let wrong = Config::parse(text, &names).unwrap_err();
    assert_eq!(
        wrong[0].to_string(),
        "3:11: error: `accounts.b` and `accounts.a` have the same alias `profile:hub`"
    );
    for (alias, said) in [("", "an empty alias names nothing"), (ID, "is an account ID; write it as `id`")] {
        let wrong = Config::parse(&format!("[accounts.a]\naliases = [\"{alias}\"]\n"), &names).unwrap_err();
        assert!(wrong[0].to_string().contains(said), "{alias}: {wrong:?}");
    }
}

#[test]
fn a_configured_deployment_points_at_the_line_that_says_its_account() {
    let config =
        format!("[accounts.prod]\nid = \"{ID}\"\n\n[[terraform.root]]\npath = \"a\"\naccount = \"prod\"\n");
    let found = checked(&[("a/README.md", "text\n"), ("a/main.tf", &root(""))], &config);
    let [unit] = found.accounts.as_slice() else { panic!("{:?}", shown(&found)) };
    assert_eq!(
        (unit.account.as_deref(), unit.evidence.as_str()),
        (Some("prod (640123987001)"), "the configured deployment")
    );
    let span = unit.span.unwrap();
    assert_eq!(config.get(span.start as usize..span.end as usize), Some("\"prod\""));
}

#[test]
fn an_argument_that_must_be_of_the_own_account_says_which_one_that_is() {
    let text = |provider: &str, arn: &str| {
        format!("{}resource \"aws_lambda_function\" \"f\" {{\n  role = \"{arn}\"\n}}\n", root(provider))
    };
    let role = |id: &str| format!("arn:aws:iam::{id}:role/run");
    let of = |provider: &str, arn: &str| accounts(&[("a/main.tf", &text(provider, arn))], "").remove(0);
    assert_eq!(of("", &role(ID)), format!("a {ID}"));
    // It is more than a term, and less than what the provider says.
    assert_eq!(of(HUB, &role(ID)), format!("a {ID}"));
    assert_eq!(of(&role_in(OTHER), &role(ID)), format!("a {OTHER}"));
    // An ID of examples says nothing, and a policy of AWS is in no account.
    assert_eq!(of("", &role("123456789012")), "a ?");
    let attached = |arn: &str| {
        let policy = format!(
            "resource \"aws_iam_role_policy_attachment\" \"p\" {{\n  role = \"r\"\n  policy_arn = \"{arn}\"\n}}\n"
        );
        accounts(&[("a/main.tf", &[root(""), policy].concat())], "").remove(0)
    };
    assert_eq!(attached(&format!("arn:aws:iam::{ID}:policy/p")), format!("a {ID}"));
    assert_eq!(attached("arn:aws:iam::aws:policy/ReadOnlyAccess"), "a ?");
    // Two arguments say two accounts: one of them is rejected.
    let two = [
        text("", &role(ID)),
        text("", &role(OTHER))
            .replace("\"f\"", "\"g\"")
            .replace("provider \"aws\" {\n\n}\n", "")
            .replace("\"r\"", "\"s\""),
    ]
    .concat();
    assert_eq!(accounts(&[("a/main.tf", &two)], ""), ["a ?"]);
    // With several deployments the same is written for each.
    let declared = "variable \"x\" {\n  type = string\n}\n";
    let several = [declared, &text("", &role(ID))].concat();
    let files = [("a/main.tf", &*several), ("a/dev.tfvars", "x = \"1\"\n"), ("a/prod.tfvars", "x = \"2\"\n")];
    assert_eq!(accounts(&files, ""), ["a@dev ?", "a@prod ?"]);
}

#[test]
fn two_accounts_for_one_unit_are_a_problem_that_names_both_places() {
    let both = format!("allowed_account_ids = [\"{OTHER}\"]\n{}", role_in(ID));
    let found = checked(&[("a/main.tf", &root(&both))], "");
    assert_eq!(shown(&found), [format!("a {OTHER}")]);
    let [problem] = found.problems.as_slice() else { panic!("{:?}", found.problems) };
    assert_eq!(
        problem.message,
        format!(
            "`a` is in two accounts: {OTHER} (allowed_account_ids, a/main.tf:2), and {ID} (assume_role of the provider, a/main.tf:4); the first is used"
        )
    );
    let config = format!("[accounts.prod]\nid = \"{ID}\"\npaths = [\"a\"]\n");
    let found = checked(&[("a/main.tf", &root(&role_in(OTHER)))], &config);
    assert_eq!(shown(&found), [format!("a prod ({ID})")]);
    assert!(found.problems[0].message.contains("the configured paths of `prod`"), "{:?}", found.problems);
    // One account twice, and an ID of examples, which somebody still has to fill in.
    for role in [ID, "123456789012"] {
        let found = checked(&[("a/main.tf", &root(&role_in(role)))], &config);
        assert!(found.problems.is_empty(), "{:?}", found.problems);
    }
}

#[test]
fn all_evidence_is_kept_in_its_order() {
    let config = format!("[accounts.prod]\nid = \"{ID}\"\npaths = [\"a\"]\n");
    let text = root(&format!("{HUB}\nallowed_account_ids = [\"{ID}\"]"));
    let found = checked(&[("a/main.tf", &text)], &config);
    let unit = &found.accounts[0];
    let all = unit.witnesses.iter().map(|it| (it.grade.letter(), it.account.as_str(), it.evidence.as_str()));
    let prod = "prod (640123987001)";
    assert_eq!(
        all.collect::<Vec<_>>(),
        [
            ("A", prod, "the configured paths of `prod`"),
            ("A", prod, "allowed_account_ids"),
            ("B", "profile hub", "profile of the provider"),
        ]
    );
}

#[test]
fn a_unit_is_in_the_account_of_those_that_log_in_as_it_does() {
    let module = format!(
        "provider \"aws\" {{\n  allowed_account_ids = [\"{ID}\"]\n}}\nresource \"aws_iam_role\" \"r\" {{\n  assume_role_policy = \"{{}}\"\n}}\n"
    );
    let call = |name: &str| format!("module \"{name}\" {{\n  source = \"./{name}\"\n}}\n");
    let text = root("region = \"eu-west-1\"") + &call("m");
    let files = [("a/main.tf", &*text), ("a/m/main.tf", &module)];
    assert_eq!(accounts(&files, ""), [format!("a {ID}"), format!("a@module.m {ID}")]);
    // They cannot all be right.
    let text = root("region = \"eu-west-1\"") + &call("m") + &call("n");
    let other = module.replace(ID, OTHER);
    let files = [("a/main.tf", &*text), ("a/m/main.tf", &module), ("a/n/main.tf", &other)];
    assert_eq!(
        accounts(&files, ""),
        ["a ?".to_owned(), format!("a@module.m {ID}"), format!("a@module.n {OTHER}")]
    );
}

#[test]
fn what_the_configuration_names_is_read_where_it_stands() {
    let declared = "variable \"hub\" {\n  type = string\n}\ndata \"aws_secretsmanager_secret_version\" \"s\" {\n  secret_id = \"accounts\"\n}\nlocals {\n  all = jsondecode(data.aws_secretsmanager_secret_version.s.secret_string)\n  ids = { core-vpc = var.hub, other = local.all.x }\n}\n";
    let of = |config: &str, written: &str| {
        let text = [declared, &root(&role_in(written))].concat();
        accounts(&[("a/main.tf", &text)], &format!("{config}[accounts.core-vpc]\nid = \"{ID}\"\n")).remove(0)
    };
    let core = format!("a core-vpc ({ID})");
    let secret = "${jsondecode(data.aws_secretsmanager_secret_version.s.secret_string).ids[\"core-vpc\"]}";
    // The local is what the expression says that it stands for.
    let map = "[accounts]\nmaps = [\"local.all.ids\"]\n";
    assert_eq!(of(map, "${local.all.ids[\"core-vpc\"]}"), core);
    assert_eq!(of(map, secret), core);
    assert_ne!(of(map, "${local.all.others[\"core-vpc\"]}"), core);
    assert_ne!(of("", secret), core);
    // The values of a map that is written.
    assert_eq!(of("[accounts]\nmaps = [\"local.ids\"]\n", "${var.hub}"), core);
    let aliased = |alias: &str| {
        let config = format!("[accounts.x]\nid = \"{ID}\"\naliases = ['{alias}']\n");
        accounts(&[("a/main.tf", &[declared, &root(&role_in(secret))].concat())], &config).remove(0)
    };
    assert_eq!(aliased("local.all.ids[\"core-vpc\"]"), format!("a x ({ID})"));
    assert!(aliased("local.missing").starts_with("a one account: "));
}

#[test]
fn a_root_with_a_map_under_the_workspace_is_deployed_once_for_each_key() {
    let map = format!("{{ dev = \"{ID}\", prod = \"{OTHER}\" }}");
    let of = |locals: &str, account: &str, config: &str| {
        let text = format!("locals {{\n{locals}\n}}\n{}", root(&role_in(account)));
        accounts(&[("a/main.tf", &text)], config)
    };
    let both = [format!("a@dev {ID}"), format!("a@prod {OTHER}")];
    let ids = format!("  ids = {map}");
    assert_eq!(of(&ids, "${local.ids[terraform.workspace]}", ""), both);
    assert_eq!(of(&ids, "${local.ids[lower(terraform.workspace)]}", ""), both);
    assert_eq!(of(&format!("{ids}\n  env = terraform.workspace"), "${local.ids[local.env]}", ""), both);
    let all = format!("  all = {{ accounts = {map} }}");
    assert_eq!(of(&all, "${local.all.accounts[terraform.workspace]}", ""), both);
    let account = "${contains(keys(local.ids), terraform.workspace) ? local.ids[terraform.workspace] : local.ids[\"dev\"]}";
    assert_eq!(of(&ids, account, ""), both);
    assert_eq!(of(&ids, "${local.ids[replace(lower(terraform.workspace), \"_\", \"-\")]}", ""), both);
    // There may be others, or workspaces have other names.
    for account in [
        "${local.ids[replace(terraform.workspace, \"x-\", \"\")]}",
        "${local.ids[replace(terraform.workspace, \"t\", \"d\")]}",
        "${local.ids[trimprefix(terraform.workspace, \"x-\")]}",
        "${lookup(local.ids, terraform.workspace, \"690123987003\")}",
        "${try(local.ids[terraform.workspace], \"690123987003\")}",
        "${contains(keys(local.ids), terraform.workspace) ? local.ids[terraform.workspace] : \"690123987003\"}",
    ] {
        assert!(of(&ids, account, "").iter().all(|it| !it.starts_with("a@")), "{account}");
    }
    // What is told comes first.
    let config = "[[terraform.root]]\npath = \"a\"\nworkspace = \"prod\"\n";
    assert_eq!(of(&ids, "${local.ids[terraform.workspace]}", config), [format!("a@prod {OTHER}")]);
    // Of a map of something else each value is taken at once, as before.
    let sizes = "  sizes = { dev = 1, prod = 2 }\n  size = local.sizes[terraform.workspace]";
    assert_eq!(of(sizes, ID, ""), [format!("a {ID}")]);
}

#[test]
fn a_file_of_values_says_what_a_map_under_the_workspace_holds() {
    let text = format!(
        "variable \"ids\" {{\n  default = {{ x = \"{ID}\" }}\n}}\n{}",
        root(&role_in("${var.ids[terraform.workspace]}"))
    );
    let values = format!("ids = {{ dev = \"{ID}\", prod = \"{OTHER}\" }}\n");
    assert_eq!(accounts(&[("a/main.tf", &text)], ""), [format!("a@x {ID}")]);
    assert_eq!(
        accounts(&[("a/main.tf", &text), ("a/terraform.tfvars", &values)], ""),
        [format!("a@dev {ID}"), format!("a@prod {OTHER}")]
    );
}

#[test]
fn the_command_line_comes_before_everything() {
    let names: Vec<&str> = RULES.iter().map(|rule| rule.name).collect();
    let of = |provider: &str| {
        let mut config = Config::parse("", &names).unwrap();
        config.add_override("a/**", OTHER).unwrap();
        let text = ["variable \"x\" {\n  type = string\n}\n", &root(provider)].concat();
        let files = [("a/main.tf", &*text), ("a/dev.tfvars", "x = \"1\"\n")];
        let files = files.map(|(path, text)| (path.to_owned(), text.to_owned()));
        let settings = Settings { now: "2026-01-01T00:00:00Z".parse().unwrap(), profile: Profile::Default };
        let found = check(&Sources::in_memory(files), &config, &settings);
        assert!(found.problems.is_empty(), "{:?}", found.problems);
        shown(&found)
    };
    assert_eq!(of(&role_in(ID)), [format!("a@dev {OTHER}")]);
    assert_eq!(of(HUB), [format!("a@dev {OTHER}")]);
}
