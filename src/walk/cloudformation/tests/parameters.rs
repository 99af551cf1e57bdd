use super::{project, said, template};

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
    assert_eq!(said("!Ref A", "Parameters: {A: {Type: String, AllowedPattern: '^dev|prod$'}}\n"), "${A}");
    assert_eq!(said("!Ref A", "Parameters: {A: {Type: String, AllowedPattern: '^(dev.*|prod)$'}}\n"), "${A}");
    assert_eq!(
        said("!Ref A", "Parameters: {A: {Type: String, Default: dev, AllowedValues: [dev, prod]}}\n"),
        "dev"
    );
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
