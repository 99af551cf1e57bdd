use super::{project, shown};
use crate::value::Answer;

const CHILD: &str = "Parameters:\n  Trusted: {Type: String}\n  Stage: {Type: String, Default: dev}\nConditions: {Prod: !Equals [!Ref Stage, prod]}\nResources:\n  Role:\n    Type: AWS::IAM::Role\n    Properties:\n      RoleName: deploy\n      Trusted: !Ref Trusted\n      Stage: !If [Prod, then, else]\n  Only: {Type: AWS::SNS::Topic, Condition: Prod}\nOutputs:\n  Arn: {Value: !GetAtt Role.Arn}\n";

fn parent(url: &str, parameters: &str) -> String {
    format!(
        "Parameters: {{Account: {{Type: String, Default: '222222222222'}}, Free: {{Type: String}}}}\nResources:\n  Child:\n    Type: AWS::CloudFormation::Stack\n    Properties:\n      TemplateURL: {url}\n      Parameters: {parameters}\n  S: {{Type: Custom::S, Properties: {{Value: !GetAtt Child.Outputs.Arn}}}}\n"
    )
}

#[test]
fn a_nested_stack_belongs_to_the_unit_of_its_parent() {
    let parent = parent("./child.yaml", "{Trusted: !Ref Account}");
    let project = project(&[("app/main.yaml", &parent), ("app/child.yaml", CHILD)]);
    let units: Vec<_> = project.units().into_iter().map(|(key, _)| key).collect();
    assert_eq!(units, ["app/main.yaml"]);
    assert_eq!(project.declared("Child.Role").unit.to_string(), "app/main.yaml");
    let consumed: Vec<_> = project.walked.consumed.iter().map(|id| project.sources.path(*id)).collect();
    assert_eq!(consumed, ["app/child.yaml"]);
}

#[test]
fn parameters_and_outputs_go_in_and_out() {
    let parent = parent("child.yaml", "{Trusted: !Ref Account}");
    let project = project(&[("main.yaml", &parent), ("child.yaml", CHILD)]);
    assert_eq!(project.says("Child.Role", "Trusted"), "222222222222");
    assert_eq!(project.came_through("Child.Role", "Trusted"), ["Trusted", "Account"]);
    assert_eq!(project.says("S", "Value"), "arn:${Partition}:iam::${AccountId}:role/deploy");
    assert_eq!(project.came_through("S", "Value"), ["Child.Outputs.Arn"]);
}

#[test]
fn a_parent_decides_the_conditions_of_its_children() {
    let of = |parameters: &str| {
        let parent = parent("child.yaml", parameters);
        let project = project(&[("main.yaml", &parent), ("child.yaml", CHILD)]);
        (project.says("Child.Role", "Stage"), project.is_declared("Child.Only"))
    };
    assert_eq!(of("{Trusted: x, Stage: prod}"), ("then".to_owned(), true));
    assert_eq!(of("{Trusted: x}"), ("else".to_owned(), false));
    // What the parent leaves open stays open.
    assert_eq!(of("{Trusted: x, Stage: !Ref Free}"), ("then | else".to_owned(), true));
}

#[test]
fn what_a_child_does_not_know_is_named_below_the_child() {
    let child = "Resources:\n  Role: {Type: AWS::IAM::Role}\nOutputs: {Arn: {Value: !GetAtt Role.Arn}}\n";
    let twice = "Resources:\n  A: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: child.yaml}}\n  B: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: child.yaml}}\n  S: {Type: Custom::S, Properties: {A: !GetAtt A.Outputs.Arn, B: !GetAtt B.Outputs.Arn}}\n";
    let project = project(&[("main.yaml", twice), ("child.yaml", child)]);
    assert_eq!(project.says("S", "A"), "arn:${Partition}:iam::${AccountId}:role/${A.Role.RoleName}");
    assert_eq!(project.says("S", "B"), "arn:${Partition}:iam::${AccountId}:role/${B.Role.RoleName}");
}

#[test]
fn a_child_is_found_by_the_end_of_its_address() {
    for url in [
        "https://s3.amazonaws.com/bucket/templates/child.yaml",
        "!Sub 'https://${Bucket}.s3.${AWS::URLSuffix}/${Prefix}templates/child.yaml?versionId=1'",
        "!Join ['/', ['https://s3.amazonaws.com', !Ref Bucket, child.yaml]]",
    ] {
        let parent = parent(url, "{Trusted: x}")
            .replace("{Account:", "{Bucket: {Type: String}, Prefix: {Type: String}, Account:");
        let project = project(&[("main.yaml", &parent), ("templates/child.yaml", CHILD)]);
        assert!(project.is_declared("Child.Role"), "{url}");
    }
}

#[test]
fn a_child_that_could_be_several_files_or_takes_other_parameters_is_none() {
    let parent_text = parent("https://s3.amazonaws.com/bucket/child.yaml", "{Trusted: x}");
    let twice = project(&[("main.yaml", &parent_text), ("a/child.yaml", CHILD), ("b/child.yaml", CHILD)]);
    assert!(!twice.is_declared("Child.Role"));
    assert_eq!(twice.says("S", "Value"), "${Child.Outputs.Arn}");
    let parent_text = parent("https://s3.amazonaws.com/bucket/child.yaml", "{Other: x}");
    let other = project(&[("main.yaml", &parent_text), ("a/child.yaml", CHILD)]);
    assert!(!other.is_declared("Child.Role") && other.is_declared("Role"));
}

#[test]
fn stacks_that_nest_one_another_end() {
    let a = "Resources:\n  B: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: b.yaml}}\n";
    let b = "Resources:\n  A: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: a.yaml}}\n  R: {Type: AWS::SNS::Topic}\n";
    let project = project(&[("a.yaml", a), ("b.yaml", b)]);
    assert!(project.is_declared("B.R"));
}

#[test]
fn wide_and_deep_nesting_is_bounded() {
    let level = |next: &str| {
        let child = |index: usize| {
            format!("  C{index}: {{Type: AWS::CloudFormation::Stack, Properties: {{TemplateURL: {next}}}}}\n")
        };
        format!("Resources:\n{}", (0..40).map(child).collect::<String>())
    };
    let leaf = "Resources:\n  R: {Type: AWS::SNS::Topic}\n".to_owned();
    let files = [
        ("a.yaml", level("b.yaml")),
        ("b.yaml", level("c.yaml")),
        ("c.yaml", level("d.yaml")),
        ("d.yaml", leaf),
    ];
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (*path, text.as_str())).collect();
    assert!(project(&files).walked.declarations.len() < 50_000);
}

const MEMBER: &str = "Parameters: {Admin: {Type: String}}\nResources:\n  Role:\n    Type: AWS::IAM::Role\n    Properties: {RoleName: audit, Admin: !Ref Admin, Own: !Ref AWS::AccountId}\n";

#[test]
fn a_stack_set_makes_a_unit_for_every_account_it_names() {
    let admin = "Resources:\n  Members:\n    Type: AWS::CloudFormation::StackSet\n    Properties:\n      StackSetName: members\n      PermissionModel: SELF_MANAGED\n      TemplateURL: member.yaml\n      Parameters: [{ParameterKey: Admin, ParameterValue: !Ref AWS::AccountId}]\n      StackInstancesGroup:\n        - DeploymentTargets: {Accounts: ['222222222222', '333333333333']}\n          Regions: [eu-west-1]\n";
    let project = project(&[("admin.yaml", admin), ("member.yaml", MEMBER)]);
    assert_eq!(
        project.units(),
        [
            ("admin.yaml".to_owned(), String::new()),
            ("member.yaml@Members/222222222222".to_owned(), "222222222222".to_owned()),
            ("member.yaml@Members/333333333333".to_owned(), "333333333333".to_owned()),
        ]
    );
    let hint = &project.walked.units[1].hints[0];
    assert_eq!(project.sources.slice(hint.span), "222222222222");
    assert_eq!(hint.evidence, "targets of the stack set `Members`");
    let roles: Vec<_> = project.walked.declarations.iter().filter(|it| &*it.address == "Role").collect();
    assert_eq!(roles.len(), 2);
    // Each account's own, and the administrator's.
    let keys = |name: &str| {
        roles
            .iter()
            .map(|it| match &it.properties.get(name).unwrap().kind {
                crate::value::Kind::Text(text) => text.as_symbol().unwrap().origin.shown().to_owned(),
                other => panic!("{other:?}"),
            })
            .collect::<Vec<_>>()
    };
    assert_eq!(keys("Own"), ["member.yaml@Members/222222222222", "member.yaml@Members/333333333333"]);
    assert_eq!(keys("Admin"), ["admin.yaml", "admin.yaml"]);
}

#[test]
fn a_stack_set_whose_accounts_are_not_known_is_one_unit() {
    let admin = "Resources:\n  Members:\n    Type: AWS::CloudFormation::StackSet\n    Properties:\n      TemplateURL: member.yaml\n      Parameters: [{ParameterKey: Admin, ParameterValue: '111111111111'}]\n      StackInstancesGroup: [{DeploymentTargets: {OrganizationalUnitIds: [ou-1], AccountFilterType: DIFFERENCE, Accounts: ['222222222222']}, Regions: [eu-west-1]}]\n";
    let project = project(&[("admin.yaml", admin), ("member.yaml", MEMBER)]);
    assert_eq!(project.units()[1], ("member.yaml@Members".to_owned(), String::new()));
    assert_eq!(project.says("Role", "Admin"), "111111111111");
}

#[test]
fn a_template_written_in_a_stack_set_keeps_its_places() {
    let admin = "Resources:\n  Members:\n    Type: AWS::CloudFormation::StackSet\n    Properties:\n      StackInstancesGroup: [{DeploymentTargets: {Accounts: ['222222222222']}, Regions: [eu-west-1]}]\n      TemplateBody: |\n        Resources:\n          Röle:\n            Type: AWS::IAM::Role\n            Properties:\n              RoleName: !Sub 'x-${AWS::Region}'\n  After: {Type: AWS::SNS::Topic}\n";
    let project = project(&[("admin.yaml", admin)]);
    assert_eq!(project.units()[1].0, "admin.yaml@Members/222222222222");
    assert_eq!(project.underlined("Röle", "RoleName"), "x-${AWS::Region}");
    assert_eq!(project.sources.slice(project.declared("Röle").span), "Röle");
    assert!(project.is_declared("After"));
}

#[test]
fn a_template_written_as_json_text_in_a_stack_set_is_read_too() {
    let admin = r#"{"Resources": {"Members": {"Type": "AWS::CloudFormation::StackSet", "Properties": {"TemplateBody": "{\"Resources\": {\"R\": {\"Type\": \"AWS::SNS::Topic\"}}}"}}}}"#;
    let project = project(&[("admin.json", admin)]);
    let written = project.sources.slice(project.declared("R").span);
    assert!(written.starts_with("{\\\"Resources"), "{written}");
}

#[test]
fn a_stack_set_in_a_nested_stack_is_followed() {
    let parent =
        "Resources:\n  N: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: admin.yaml}}\n";
    let admin =
        "Resources:\n  Set: {Type: AWS::CloudFormation::StackSet, Properties: {TemplateURL: leaf.yaml}}\n";
    let leaf = "Resources:\n  R: {Type: AWS::SNS::Topic}\n";
    let project = project(&[("main.yaml", parent), ("admin.yaml", admin), ("leaf.yaml", leaf)]);
    let units: Vec<_> = project.units().into_iter().map(|(key, _)| key).collect();
    assert_eq!(units, ["main.yaml", "leaf.yaml@N.Set"]);
    assert_eq!(project.declared("R").present, Answer::Yes);
}

#[test]
fn exports_of_nested_stacks_are_exports() {
    let parent = "Resources:\n  N: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: child.yaml}}\n  S: {Type: Custom::S, Properties: {Value: !ImportValue e}}\n";
    let child = "Resources: {R: {Type: AWS::SNS::Topic}}\nOutputs: {O: {Value: x, Export: {Name: e}}}\n";
    let project = project(&[("main.yaml", parent), ("child.yaml", child)]);
    assert_eq!(shown(project.value("S", "Value")), "x");
}
