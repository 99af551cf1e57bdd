//! Roles that states of a state machine have as credentials, in the forms in which definitions are written.

#![expect(clippy::indexing_slicing, clippy::string_slice, reason = "test helpers")]

use std::fs;
use std::process::{Command, Stdio};

/// The findings of `unassumable-role` in a project of one file, by the text that they underline.
fn underlined(file: &str, text: &str) -> Vec<String> {
    let project = tempfile::tempdir().unwrap();
    fs::create_dir(project.path().join(".git")).unwrap();
    fs::write(project.path().join(file), text).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_trustlint"));
    command.args(["check", "--output-format", "json"]).current_dir(project.path());
    let output = command.env_clear().stdin(Stdio::null()).output().unwrap();
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let findings = report["findings"].as_array().unwrap().iter();
    let wanted = findings.filter(|finding| finding["rule"] == "unassumable-role");
    wanted
        .map(|finding| {
            let place = &finding["locations"][0];
            let offset = |end: &str| usize::try_from(place[end]["offset"].as_u64().unwrap()).unwrap();
            text[offset("start")..offset("end")].to_owned()
        })
        .collect()
}

fn terraform(trusted: &str, definition: &str) -> String {
    format!(
        r#"provider "aws" {{
  allowed_account_ids = ["111111111111"]
}}
resource "aws_iam_role" "orders" {{
  name = "orders"
  assume_role_policy = jsonencode({{
    Statement = [{{ Effect = "Allow", Action = "sts:AssumeRole", Principal = {{ Service = "states.amazonaws.com" }} }}]
  }})
}}
resource "aws_iam_role" "invoker" {{
  name = "invoker"
  assume_role_policy = jsonencode({{
    Statement = [{{ Effect = "Allow", Action = "sts:AssumeRole", Principal = {{ AWS = "{trusted}" }} }}]
  }})
}}
resource "aws_sfn_state_machine" "orders" {{
  name       = "orders"
  role_arn   = aws_iam_role.orders.arn
  definition = {definition}
}}
"#
    )
}

const OTHER: &str = "arn:aws:iam::111111111111:role/invoices";
const OWN: &str = "arn:aws:iam::111111111111:role/orders";
const INVOKER: &str = "arn:aws:iam::111111111111:role/invoker";

#[test]
fn credentials_are_found_in_a_definition_written_as_json() {
    let pay = format!(r#"{{"Type": "Task", "Credentials": {{"RoleArn": "{INVOKER}"}}, "End": true}}"#);
    let flat = format!(r#"{{"StartAt": "Pay", "States": {{"Pay": {pay}}}}}"#);
    let inner = r#"{"States": {"Each": {"Type": "Map", "ItemProcessor": {"States": {"Pay": PAY}}}}}"#;
    for json in [flat, inner.replace("PAY", &pay)] {
        let definition = format!("<<-JSON\n{json}\nJSON");
        assert_eq!(underlined("main.tf", &terraform(OTHER, &definition)), [INVOKER], "{json}");
        assert!(underlined("main.tf", &terraform(OWN, &definition)).is_empty(), "{json}");
    }
}

#[test]
fn credentials_that_only_a_run_knows_are_not_judged() {
    for written in [r#""RoleArn.$": "$.role""#, r#""RoleArn": "{% $states.input.role %}""#] {
        let json = format!(r#"{{"States": {{"Pay": {{"Type": "Task", "Credentials": {{{written}}}}}}}}}"#);
        let definition = format!("<<-JSON\n{json}\nJSON");
        let found = underlined("main.tf", &terraform(OTHER, &definition));
        assert!(found.is_empty(), "{found:?}");
    }
}

#[test]
fn credentials_are_found_in_both_properties_of_cloudformation() {
    let template = |trusted: &str, definition: &str| {
        format!(
            "Resources:
  Orders:
    Type: AWS::IAM::Role
    Properties:
      RoleName: orders
      AssumeRolePolicyDocument:
        Statement:
          - {{Effect: Allow, Action: 'sts:AssumeRole', Principal: {{Service: states.amazonaws.com}}}}
  Invoker:
    Type: AWS::IAM::Role
    Properties:
      RoleName: invoker
      AssumeRolePolicyDocument:
        Statement:
          - {{Effect: Allow, Action: 'sts:AssumeRole', Principal: {{AWS: !GetAtt {trusted}.Arn}}}}
  Other:
    Type: AWS::IAM::Role
    Properties:
      RoleName: other
      AssumeRolePolicyDocument:
        Statement:
          - {{Effect: Allow, Action: 'sts:AssumeRole', Principal: {{Service: states.amazonaws.com}}}}
  Machine:
    Type: AWS::StepFunctions::StateMachine
    Properties:
      RoleArn: !GetAtt Orders.Arn
{definition}
"
        )
    };
    let object = "      Definition:
        States:
          Pay: {Type: Task, Credentials: {RoleArn: !GetAtt Invoker.Arn}}";
    let string = "      DefinitionString: !Sub |
        {\"States\": {\"Pay\": {\"Type\": \"Task\", \"Credentials\": {\"RoleArn\": \"${Invoker.Arn}\"}}}}";
    for (definition, expected) in [(object, "Invoker.Arn"), (string, "${Invoker.Arn}")] {
        assert_eq!(underlined("stack.yaml", &template("Other", definition)), [expected]);
        assert!(underlined("stack.yaml", &template("Orders", definition)).is_empty());
    }
}
