use super::*;
use crate::diagnostic::Severity;

const RULES: &[&str] = &["account-root-trust", "missing-external-id"];

fn config(text: &str) -> Config {
    Config::parse(text, RULES).unwrap()
}

fn errors(text: &str) -> Vec<String> {
    Config::parse(text, RULES).unwrap_err().iter().map(ToString::to_string).collect()
}

#[test]
fn a_whole_configuration_is_read() {
    let config = config(
        r#"
        [organization]
        id = "o-a1b2c3d4e5"
        [accounts]
        file = "accounts.json"
        [accounts.prod]
        id = "012345678901"
        paths = ["prod/**"]
        coverage = "full"
        [accounts.dev]
        id = "222222222222"
        [vendors.acme]
        ids = ["999999999999", "888888888888"]
        [rules]
        account-root-trust = "off"
        missing-external-id = "info"
        [[ignore]]
        rule = "missing-external-id"
        address = "aws_iam_role.partner"
        path = "legacy/*.tf"
        reason = "SEC-123"
        until = 2027-01-31
        "#,
    );
    assert_eq!(config.organization.as_deref(), Some("o-a1b2c3d4e5"));
    assert_eq!(config.accounts_file.as_ref().unwrap().path, "accounts.json");
    let shown: Vec<_> = config.accounts.iter().map(ConfigAccount::shown).collect();
    assert_eq!(shown, ["prod (012345678901)", "dev (222222222222)"]);
    assert_eq!(config.accounts[0].coverage, [Covered::Identities]);
    assert_eq!(config.vendor("888888888888").unwrap().name, "acme");
    let severity = |name| config.severity(&Called { name, family: "trust", effect: "weak" }, Severity::Error);
    assert_eq!(severity("account-root-trust"), None);
    assert_eq!(severity("missing-external-id"), Some(Severity::Info));
    let ignore = &config.ignores[0];
    assert_eq!(ignore.until, Some(jiff::civil::date(2027, 1, 31)));
    assert!(ignore.path.as_ref().unwrap().matches("legacy/a.tf"));
}

#[test]
fn a_name_holds_over_a_family_and_a_family_over_an_effect() {
    let words = Selectors { rules: RULES, groups: &["trust", "both-sides", "weak", "exposed"] };
    let parsed = |text: &str| Config::parse(text, words);
    let text = "[rules]\nweak = \"off\"\ntrust = \"info\"\nboth-sides = \"error\"\naccount-root-trust = \"default\"\n";
    let config = parsed(text).unwrap();
    let severity =
        |name, family, effect| config.severity(&Called { name, family, effect }, Severity::Warning);
    assert_eq!(severity("account-root-trust", "trust", "weak"), Some(Severity::Warning));
    assert_eq!(severity("missing-external-id", "trust", "weak"), Some(Severity::Info));
    assert_eq!(severity("other", "both sides", "weak"), Some(Severity::Error));
    assert_eq!(severity("other", "grant", "weak"), None);
    assert_eq!(severity("other", "grant", "exposed"), Some(Severity::Warning));
    let wrong = parsed("[rules]\nexpose = \"off\"\n").unwrap_err();
    assert_eq!(wrong[0].message, "there is no rule, family or effect `expose`; did you mean `exposed`?");
    let wrong = parsed("[[ignore]]\nrule = \"trust\"\n").unwrap_err();
    assert_eq!(wrong[0].message, "there is no rule `trust`");
}

#[test]
fn an_account_id_written_as_a_number_is_refused_with_its_place() {
    let expected = "an account id is a string, since a leading zero would be lost; write it in quotes";
    assert_eq!(errors("[accounts.a]\nid = 111111111111"), [format!("2:6: error: {expected}")]);
    let zero = errors("[accounts.a]\nid = 012345678901\n");
    assert!(zero.iter().any(|error| error.contains(expected)), "{zero:?}");
}

#[test]
fn an_account_id_has_twelve_digits() {
    let found = errors("[accounts.a]\nid = \"1111\"\n[vendors.v]\nid = \"11111111111x\"");
    assert_eq!(
        found,
        [
            "2:6: error: an account id has twelve digits; `1111` has 4 digits",
            "4:6: error: an account id has twelve digits; `11111111111x` has other characters",
        ]
    );
}

#[test]
fn all_mistakes_are_reported_with_the_nearest_name() {
    let found = errors("[acounts.a]\nid = \"1\"\n[rules]\nmissing-externalid = \"of\"\nzzz = \"off\"\n");
    assert_eq!(
        found,
        [
            "1:2: error: there is no key `acounts` here; did you mean `accounts`?",
            "4:1: error: there is no rule `missing-externalid`; did you mean `missing-external-id`?",
            "4:22: error: a level is \"off\", \"info\", \"warning\", \"error\" or \"default\"",
            "5:1: error: there is no rule `zzz`",
        ]
    );
}

#[test]
fn a_syntax_error_has_a_place() {
    let found = errors("[rules]\naccount-root-trust = \n");
    assert!(found[0].starts_with("2:"), "{found:?}");
}

#[test]
fn one_id_belongs_to_one_name() {
    let text = "[accounts.a]\nid = \"111111111111\"\n[vendors.b]\nid = \"111111111111\"\n";
    assert_eq!(errors(text), ["3:10: error: `vendors.b` and `accounts.a` have the same id 111111111111"]);
}

#[test]
fn an_ignore_without_a_rule_is_refused() {
    assert_eq!(
        errors("[[ignore]]\npath = \"a/**\"\n"),
        ["1:1: error: an ignore needs a `rule` or a `fingerprint`"]
    );
}

#[test]
fn a_pattern_covers_the_directory_it_names_and_what_is_below() {
    for pattern in ["prod", "prod/", "./prod/**", "prod/**"] {
        let glob = PathGlob::new(pattern).unwrap();
        assert!(glob.matches("prod"), "{pattern}");
        assert!(glob.matches("prod/a/main.tf"), "{pattern}");
        assert!(!glob.matches("prod-eu/main.tf"), "{pattern}");
        assert!(!glob.matches("x/prod/main.tf"), "{pattern}");
    }
    assert!(PathGlob::new("stacks/*-prod.yaml").unwrap().matches("stacks/a-prod.yaml"));
    assert!(!PathGlob::new("*.tf").unwrap().matches("a/b.tf"));
    assert!(PathGlob::new("../x").is_err());
    assert!(PathGlob::new(".").unwrap().matches("a/b.tf"));
}

#[test]
fn the_command_line_wins_over_the_configuration() {
    let mut config = config("[accounts.a]\nid = \"111111111111\"\npaths = [\"**\"]\n[accounts.b]\n");
    config.add_override("x/**", "222222222222").unwrap();
    config.add_override("y", "b").unwrap();
    assert_eq!(config.given_for_path("x/main.tf").unwrap().shown(), "222222222222");
    assert_eq!(config.given_for_path("y/main.tf").unwrap().shown(), "b");
    assert!(config.given_for_path("z/main.tf").is_none());
    assert_eq!(config.account_for_path("z/main.tf").unwrap().name, "a");
    assert!(config.add_override("x", "1234").unwrap_err().contains("neither twelve digits"));
}

#[test]
fn an_organization_list_is_read_as_the_aws_cli_prints_it() {
    let mut config = config("[accounts.prod]\nid = \"111111111111\"\n");
    let list = r#"{"Accounts": [
        {"Id": "111111111111", "Arn": "arn:aws:organizations::1:account/o-a/1", "Email": "a@example.com",
         "Name": "Production", "Status": "ACTIVE", "JoinedMethod": "INVITED", "JoinedTimestamp": 1.5},
        {"Id": "000000000002", "Name": "dev"}, {"Id": "000000000003", "Name": "same"},
        {"Id": "000000000004", "Name": "same"}]}"#;
    config.add_organization(list).unwrap();
    let shown: Vec<_> = config.accounts.iter().map(ConfigAccount::shown).collect();
    assert_eq!(shown, ["prod (111111111111)", "dev (000000000002)", "000000000003", "000000000004"]);
    assert!(
        config
            .add_organization("{\"Accounts\": [{\"Id\": 12}]}")
            .unwrap_err()
            .message
            .contains("expected a string")
    );
}

#[test]
fn coverage_is_a_word_or_a_list_of_kinds() {
    let of =
        |written: &str| config(&format!("[accounts.a]\ncoverage = {written}\n")).accounts.remove(0).coverage;
    assert_eq!(of("\"full\""), [Covered::Identities]);
    assert_eq!(of("[\"identities\"]"), of("\"full\""));
    assert_eq!(of("[\"resources\", \"identities\"]"), [Covered::Identities, Covered::Resources]);
    assert_eq!(of("\"partial\""), []);
    assert_eq!(of("[]"), []);
    let expected = "`coverage` is \"full\", \"partial\", or a list of \"identities\" and \"resources\"";
    let wrong = |written: &str| errors(&format!("[accounts.a]\ncoverage = {written}\n"));
    assert_eq!(wrong("true"), [format!("2:12: error: {expected}")]);
    assert_eq!(wrong("\"all\""), [format!("2:12: error: {expected}")]);
    assert_eq!(wrong("[\"identities\", \"full\"]"), [format!("2:27: error: {expected}")]);
}
