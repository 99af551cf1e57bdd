use super::{said, template};
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
