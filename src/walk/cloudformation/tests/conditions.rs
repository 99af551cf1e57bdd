use super::{project, said, template};
use crate::value::Answer;

const PARAMETER: &str = "Parameters: {Stage: {Type: String, Default: dev}, Free: {Type: String}}\n";

fn chosen(condition: &str) -> String {
    said(
        "!If [C, then, else]",
        &format!("{PARAMETER}Conditions: {{Other: !Equals [a, b], C: {condition}}}\n"),
    )
}

#[test]
fn what_hangs_on_a_parameter_is_a_choice_and_the_default_decides_its_order() {
    assert_eq!(chosen("!Equals [!Ref Stage, prod]"), "else | then");
    assert_eq!(chosen("!Equals [!Ref Stage, dev]"), "then | else");
    assert_eq!(chosen("!Equals [!Ref Free, dev]"), "then | else");
}

#[test]
fn what_no_parameter_can_change_is_decided() {
    assert_eq!(chosen("!Equals [a, a]"), "then");
    assert_eq!(chosen("!Not [!Equals [a, a]]"), "else");
    assert_eq!(chosen("!Equals [!Ref AWS::AccountId, '']"), "else");
    assert_eq!(chosen("!Or [!Equals [!Ref Free, x], !Equals [a, a]]"), "then");
    assert_eq!(chosen("!And [!Equals [!Ref Free, x], !Equals [a, b]]"), "else");
    assert_eq!(chosen("!Not [!Condition Other]"), "then");
    assert_eq!(chosen("{Fn::Not: [{Condition: Other}]}"), "then");
}

#[test]
fn a_condition_that_names_itself_or_nothing_is_not_decided() {
    assert_eq!(chosen("!Not [!Condition C]"), "then | else");
    assert_eq!(chosen("!Condition Nowhere"), "then | else");
}

#[test]
fn nothing_is_left_out_of_lists_and_maps() {
    let rest = format!("{PARAMETER}Conditions: {{C: !Equals [!Ref Stage, prod]}}\n");
    assert_eq!(said("[a, !Ref AWS::NoValue]", ""), "[a]");
    assert_eq!(said("{a: b, c: !Ref AWS::NoValue}", ""), "{a: b}");
    assert_eq!(said("[a, !If [C, b, !Ref AWS::NoValue]]", &rest), "[a, - | b]");
}

#[test]
fn a_resource_is_there_as_far_as_its_condition_says() {
    let project = template(
        "Parameters: {P: {Type: String, Default: x}}\nConditions: {Never: !Equals [a, b], Always: !Equals [a, a], Maybe: !Equals [!Ref P, x]}\nResources:\n  A: {Type: Custom::A, Condition: Always}\n  M: {Type: Custom::A, Condition: Maybe}\n  N: {Type: Custom::A, Condition: Never}\n",
    );
    assert_eq!(project.declared("A").present, Answer::Yes);
    assert_eq!(project.declared("M").present, Answer::Unknown);
    assert!(!project.is_declared("N"));
}

#[test]
fn conditions_may_be_made_in_a_loop() {
    let rest = "Conditions:\n  Fn::ForEach::Envs:\n    - E\n    - [dev, prod]\n    - Is${E}: !Equals [!Ref E, prod]\n";
    assert_eq!(said("!If [Isprod, then, else]", rest), "then");
    assert_eq!(said("!If [Isdev, then, else]", rest), "else");
}

#[test]
fn in_a_branch_the_default_that_would_not_lead_there_is_not_the_value() {
    let rest = "Parameters: {P: {Type: String, Default: ''}}\nConditions: {Has: !Not [!Equals [!Ref P, '']], Same: !And [!Condition Has]}\n";
    let arn = "!Sub 'arn:aws:iam::${P}:root'";
    assert_eq!(said(&format!("!If [Has, {arn}, none]"), rest), "none | arn:aws:iam::${P}:root");
    assert_eq!(said(&format!("!If [Same, {arn}, none]"), rest), "none | arn:aws:iam::${P}:root");
    assert_eq!(said(&format!("!If [Has, none, {arn}]"), rest), "arn:aws:iam::${P}:root | none");
    assert_eq!(said("!If [Has, none, !Sub 'role-${P}']", rest), "role- | none");
    // Decided by the branch around it.
    assert_eq!(said("!If [Has, !If [Same, a, b], c]", rest), "c | a");
}

#[test]
fn in_a_branch_a_parameter_is_what_the_condition_leaves_of_it() {
    let rest = "Parameters: {E: {Type: String, Default: dev, AllowedValues: [dev, test, prod]}, F: {Type: String}}\nConditions: {Prod: !Equals [!Ref E, prod], NotDev: !Not [!Equals [!Ref E, dev]], Two: !Or [!Equals [!Ref F, x], !Equals [!Ref F, y]], Never: !Equals [!Ref E, other]}\n";
    assert_eq!(said("!If [Prod, !Ref E, !Ref E]", rest), "dev | prod");
    assert_eq!(said("!If [NotDev, !Ref E, !Ref E]", rest), "dev | test | prod");
    assert_eq!(said("!If [Two, !Ref F, !Ref F]", rest), "x | y | ${F}");
    assert_eq!(said("!If [Prod, !If [NotDev, a, b], c]", rest), "c | a");
    // No allowed value is that.
    assert_eq!(said("!If [Never, a, b]", rest), "b");
}

#[test]
fn under_the_condition_of_a_resource_the_default_that_excludes_it_is_not_the_value() {
    let head = "Parameters: {P: {Type: String, Default: ''}}\nConditions: {Has: !Not [!Equals [!Ref P, '']]}\nResources:\n";
    let project = template(&format!(
        "{head}  A: {{Type: Custom::A, Condition: Has, Properties: {{Value: !Ref P, Other: !If [Has, a, b]}}}}\n  B: {{Type: Custom::A, Properties: {{Value: !Ref P, Name: !GetAtt R.Arn}}}}\n  R: {{Type: AWS::IAM::Role, Condition: Has, Properties: {{RoleName: !Sub 'r-${{P}}'}}}}\n"
    ));
    assert_eq!(project.says("A", "Value"), "${P}");
    assert_eq!(project.says("A", "Other"), "a");
    assert_eq!(project.says("B", "Value"), "");
    // A resource is what it is under its own condition, whoever refers to it.
    assert!(project.says("B", "Name").ends_with(":role/r-${P}"), "{}", project.says("B", "Name"));
}

#[test]
fn a_nested_stack_gets_what_its_condition_leaves_of_a_parameter() {
    let parent = "Parameters: {P: {Type: String, Default: ''}}\nConditions: {Has: !Not [!Equals [!Ref P, '']]}\nResources:\n  Child:\n    Type: AWS::CloudFormation::Stack\n    Condition: Has\n    Properties: {TemplateURL: ./child.yaml, Parameters: {Q: !Ref P}}\n  App:\n    Type: AWS::Serverless::Application\n    Condition: Has\n    Properties: {Location: ./child.yaml, Parameters: {Q: !Ref P}}\n";
    let child = "Parameters: {Q: {Type: String}}\nConditions: {Has: !Not [!Equals [!Ref Q, '']]}\nResources:\n  A: {Type: Custom::A, Properties: {Value: !Ref Q}}\n  B: {Type: Custom::A, Condition: Has, Properties: {Value: !Ref Q}}\n";
    let project = project(&[("parent.yaml", parent), ("child.yaml", child)]);
    for address in ["Child.A", "Child.B", "App.A"] {
        assert_eq!(project.says(address, "Value"), "${P}", "{address}");
    }
    // What a parent passes by default may be excluded in the child.
    let open = parent.replace("    Condition: Has\n", "");
    let project = self::project(&[("parent.yaml", &open), ("child.yaml", child)]);
    assert_eq!(project.says("Child.A", "Value"), "");
    assert_eq!(project.says("Child.B", "Value"), "${Child.Q}");
}

#[test]
fn a_list_that_the_condition_asks_to_hold_something_is_not_the_empty_default() {
    let rest = "Parameters: {L: {Type: CommaDelimitedList, Default: ''}}\nConditions: {Has: !Not [!Equals [!Join ['', !Ref L], '']]}\n";
    assert_eq!(said("!If [Has, !Ref L, none]", rest), "none | ${L}");
}
