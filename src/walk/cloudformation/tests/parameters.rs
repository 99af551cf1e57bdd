use super::super::{Inputs, walk};
use super::{project, said, template};
use crate::source::{SourceId, Sources};

#[test]
fn a_default_is_the_value_and_shows_where_it_came_through() {
    let project = template(
        "Parameters:\n  Account: {Type: String, Default: '222222222222'}\nResources:\n  S: {Type: Custom::S, Properties: {Value: !Ref Account}}\n",
    );
    assert_eq!(project.says("S", "Value"), "222222222222");
    assert_eq!(project.underlined("S", "Value"), "222222222222");
    assert_eq!(project.came_through("S", "Value"), ["Account"]);
}

#[test]
fn an_account_id_that_is_written_as_a_number_keeps_its_digits() {
    assert_eq!(said("!Ref A", "Parameters: {A: {Type: String, Default: 012345678901}}\n"), "012345678901");
    assert_eq!(
        said("!Sub '${A}'", "Parameters: {A: {Type: Number, Default: 012345678901}}\n"),
        "012345678901"
    );
}

#[test]
fn a_parameter_without_a_default_is_known_by_its_name() {
    assert_eq!(said("!Ref A", "Parameters: {A: {Type: String}}\n"), "${A}");
    assert_eq!(said("!Ref A", "Parameters: {A: {Type: String, AllowedPattern: '^\\d{12}$'}}\n"), "${A}");
}

#[test]
fn allowed_values_are_the_choices() {
    assert_eq!(said("!Ref A", "Parameters: {A: {Type: String, AllowedValues: [dev, prod]}}\n"), "dev | prod");
    assert_eq!(
        said("!Ref A", "Parameters: {A: {Type: String, AllowedPattern: '^(dev|prod)$'}}\n"),
        "dev | prod"
    );
    assert_eq!(
        said("!Ref A", "Parameters: {A: {Type: String, AllowedPattern: '^dev|prod$'}}\n"),
        "dev | prod"
    );
    assert_eq!(said("!Ref A", "Parameters: {A: {Type: String, AllowedPattern: '^(dev.*|prod)$'}}\n"), "${A}");
    assert_eq!(
        said("!Ref A", "Parameters: {A: {Type: String, Default: dev, AllowedValues: [dev, prod]}}\n"),
        "dev"
    );
}

/// What a parameter with this pattern and these further properties is.
fn patterned(pattern: &str, more: &str) -> String {
    said("!Ref A", &format!("Parameters: {{A: {{Type: String, AllowedPattern: '{pattern}'{more}}}}}\n"))
}

#[test]
fn a_pattern_says_what_all_values_have_in_common() {
    assert_eq!(patterned("^o-[a-z0-9]{10,32}$", ""), "o-${A.1}");
    assert_eq!(
        patterned(r"^arn:(aws[a-zA-Z-]*)?:iam::\d{12}:role\/([\w+=,.@-]*\/)*[\w+=,.@-]+", ""),
        "arn:${A.1}:iam::${A.3}:role/${A.5}"
    );
    assert_eq!(patterned("arn:aws:s3:::(logs|trail)-.+", ""), "arn:aws:s3:::${A.1}-${A.3}");
    assert_eq!(patterned("^(live|test)-eu$", ""), "live-eu | test-eu");
    assert_eq!(patterned("^de(v|mo)$", ""), "dev | demo");
    assert_eq!(patterned("^fixed$", ""), "fixed");
}

#[test]
fn a_pattern_that_says_nothing_leaves_the_name() {
    for pattern in [".*", "^$|^arn:aws:kms:.+$", "(?=^.{3,63}$)(^[a-z]+$)", "[unclosed", "a{2}|b*", "^$"] {
        assert_eq!(patterned(pattern, ""), "${A}", "{pattern}");
    }
    let deep = format!("{}a{}", "(".repeat(5_000), ")".repeat(5_000));
    assert_eq!(patterned(&deep, ""), "${A}");
    assert_eq!(patterned("(((((x{9}){9}){9}){9}){9}){9}", ""), "${A}");
}

/// What becomes of a list that is split off at its colons, and of a comparison with `*`: whether a parameter may hold them.
#[test]
fn twelve_digits_and_words_hold_no_colons() {
    let second = |pattern: &str, more: &str| {
        let parameters = format!("Parameters: {{A: {{Type: String, AllowedPattern: '{pattern}'{more}}}}}\n");
        said("!Select [1, !Split [':', !Sub 'x:${A}:y']]", &parameters)
    };
    assert_eq!(second(r"^\d{12}$", ""), "${A}");
    assert_eq!(second("[0-9]*", ", MinLength: 12, MaxLength: 12"), "${A}");
    assert_eq!(second("^[a-zA-Z][-a-zA-Z0-9]*$", ""), "${A}");
    assert_eq!(second("^[a-z:]*$", ""), "${x:${A}:y.split(:)[1]}");
}

#[test]
fn list_parameters_are_cut_at_their_commas() {
    let rest = "Parameters: {L: {Type: CommaDelimitedList, Default: '111111111111, 222222222222'}}\n";
    assert_eq!(said("!Ref L", rest), "[111111111111, 222222222222]");
    assert_eq!(said("!Select [1, !Ref L]", rest), "222222222222");
    assert_eq!(said("!Ref L", "Parameters: {L: {Type: List<Number>, Default: ''}}\n"), "[]");
    let project =
        template(&format!("{rest}Resources: {{S: {{Type: Custom::S, Properties: {{Value: !Ref L}}}}}}\n"));
    assert_eq!(project.underlined("S", "Value.1"), "222222222222");
}

#[test]
fn a_stored_parameter_is_known_by_the_name_it_is_stored_under() {
    let rest = "Parameters: {A: {Type: 'AWS::SSM::Parameter::Value<String>', Default: /org/id}}\n";
    assert_eq!(said("!Ref A", rest), "${ssm:/org/id}");
    let same = format!("{rest}Conditions: {{C: !Equals [!Ref A, '{{{{resolve:ssm:/org/id}}}}']}}\n");
    assert_eq!(said("!If [C, same, other]", &same), "same | other");
    assert_eq!(said("!Ref A", "Parameters: {A: {Type: 'AWS::SSM::Parameter::Value<String>'}}\n"), "${A}");
}

#[test]
fn pseudo_parameters_belong_to_the_stack() {
    assert_eq!(
        said("!Sub '${AWS::Partition}/${AWS::Region}/${AWS::AccountId}/${AWS::URLSuffix}'", ""),
        "${Partition}/${Region}/${AccountId}/${DnsSuffix}"
    );
    assert_eq!(said("!Ref AWS::StackName", ""), "${AWS::StackName}");
}

const ROLE: &str = "Parameters: {Account: {Type: String}, Stage: {Type: String, Default: dev}}\nConditions: {Prod: !Equals [!Ref Stage, prod]}\nResources:\n  S: {Type: Custom::S, Properties: {Value: !Ref Account, Other: !If [Prod, a, b]}}\n";

#[test]
fn a_parameter_file_sets_parameters_and_decides_conditions() {
    for (path, text) in [
        (
            "role.parameters.json",
            r#"[{"ParameterKey": "Account", "ParameterValue": "222222222222"}, {"ParameterKey": "Stage", "ParameterValue": "prod"}]"#,
        ),
        ("params/role.json", r#"{"Parameters": {"Account": "222222222222", "Stage": "prod"}, "Tags": {}}"#),
    ] {
        let project = project(&[("role.yaml", ROLE), (path, text)]);
        assert_eq!(project.says("S", "Value"), "222222222222", "{path}");
        assert_eq!(project.underlined("S", "Value"), "222222222222");
        assert_eq!(project.says("S", "Other"), "a");
        assert_eq!(project.units(), [("role.yaml".to_owned(), String::new())]);
    }
}

#[test]
fn every_parameter_file_is_a_deployment_of_its_own() {
    let one = |account: &str| format!(r#"[{{"ParameterKey": "Account", "ParameterValue": "{account}"}}]"#);
    let (dev, prod) = (one("111111111111"), one("222222222222"));
    let project = project(&[("role.yaml", ROLE), ("role.dev.json", &dev), ("role.prod.json", &prod)]);
    let keys: Vec<_> = project.units().into_iter().map(|(key, _)| key).collect();
    assert_eq!(keys, ["role.yaml@role.dev", "role.yaml@role.prod"]);
    let values: Vec<_> = project
        .walked
        .declarations
        .iter()
        .map(|it| super::shown(it.properties.get("Value").unwrap()))
        .collect();
    assert_eq!(values, ["111111111111", "222222222222"]);
    assert_eq!(super::shown(project.walked.declarations[1].properties.get("Other").unwrap()), "b");
}

#[test]
fn a_file_that_sets_something_else_is_not_for_the_template() {
    for text in [
        r#"[{"ParameterKey": "Unknown", "ParameterValue": "x"}]"#,
        r#"[{"ParameterKey": "Stage", "ParameterValue": "x"}]"#,
        r#"{"Parameters": {"Account": {"Type": "String"}}}"#,
    ] {
        let project = project(&[("role.yaml", ROLE), ("role.parameters.json", text)]);
        assert_eq!(project.says("S", "Value"), "${Account}", "{text}");
    }
}

#[test]
fn of_the_types_of_aws_only_what_access_hangs_on_is_evaluated() {
    let text = "Resources:
  Q:
    Type: AWS::SQS::Queue
    Properties: {QueueName: q, MessageRetentionPeriod: 60}
  C:
    Type: Custom::Subject
    Properties: {MessageRetentionPeriod: 60}
";
    let sources = Sources::in_memory([("stack.yaml".to_owned(), text.to_owned())]);
    let files: Vec<SourceId> = sources.ids().collect();
    let declared = |whole| {
        let walked = walk(&sources, &files, &Inputs { whole, ..Inputs::default() }, None);
        let names = walked.declarations.iter().flat_map(|it| &it.properties.entries);
        names.map(|entry| entry.key.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(declared(false), ["QueueName", "MessageRetentionPeriod"]);
    assert_eq!(declared(true), ["QueueName", "MessageRetentionPeriod", "MessageRetentionPeriod"]);
}
