use super::{project, template};

#[test]
fn a_loop_makes_a_resource_for_each_item() {
    let project = template(
        "Transform: AWS::LanguageExtensions\nResources:\n  Fn::ForEach::Topics:\n    - Name\n    - [Success, Failure]\n    - Topic${Name}:\n        Type: AWS::SNS::Topic\n        Properties: {TopicName: !Ref Name, Tag: !Sub 'x-${Name}'}\n  S: {Type: Custom::S, Properties: {Value: !Ref TopicFailure}}\n",
    );
    assert_eq!(project.says("TopicSuccess", "TopicName"), "Success");
    assert_eq!(project.says("TopicFailure", "Tag"), "x-Failure");
    assert_eq!(project.says("S", "Value"), "arn:${Partition}:sns:${Region}:${AccountId}:Failure");
}

#[test]
fn a_loop_runs_over_a_list_parameter_and_inside_another() {
    let project = template(
        "Parameters: {L: {Type: CommaDelimitedList, Default: 'a,b'}}\nResources:\n  Fn::ForEach::Outer:\n    - O\n    - !Ref L\n    - Fn::ForEach::Inner:\n      - I\n      - ['1', '2']\n      - R${O}${I}: {Type: Custom::R, Properties: {Value: !Sub '${O}${I}'}}\n",
    );
    assert_eq!(project.walked.declarations.len(), 4);
    assert_eq!(project.says("Rb2", "Value"), "b2");
}

#[test]
fn names_in_a_loop_drop_what_is_not_alphanumeric() {
    let project = template(
        "Resources:\n  Fn::ForEach::X:\n    - I\n    - [10.0.0.1]\n    - R&{I}: {Type: Custom::R, Properties: {Value: !Ref I}}\n",
    );
    assert_eq!(project.says("R10001", "Value"), "10.0.0.1");
}

#[test]
fn a_loop_in_properties_makes_entries() {
    let project = template(
        "Resources:\n  S:\n    Type: Custom::S\n    Properties:\n      Value:\n        Fn::ForEach::X:\n          - I\n          - [a, b]\n          - key${I}: !Sub '${I}!'\n",
    );
    assert_eq!(project.says("S", "Value"), "{keya: a!, keyb: b!}");
}

#[test]
fn an_included_file_is_part_of_the_template() {
    let part = "Statement:\n  - Effect: Allow\n    Principal: {AWS: !Ref Partner}\n";
    for written in [
        "{'Fn::Transform': {Name: 'AWS::Include', Parameters: {Location: parts/policy.yaml}}}",
        "{'Fn::Transform': {Name: 'AWS::Include', Parameters: {Location: !Sub 's3://${Bucket}/x/parts/policy.yaml'}}}",
        "!Transform {Name: 'AWS::Include', Parameters: {Location: s3://bucket/policy.yaml}}",
    ] {
        let text = format!(
            "Parameters: {{Partner: {{Type: String, Default: '333333333333'}}, Bucket: {{Type: String}}}}\nResources:\n  S: {{Type: Custom::S, Properties: {{Value: {written}}}}}\n"
        );
        let project = project(&[("stack.yaml", &text), ("parts/policy.yaml", part)]);
        assert_eq!(project.says("S", "Value.Statement.0.Principal"), "{AWS: 333333333333}", "{written}");
        let effect = project.value("S", "Value.Statement.0.Effect");
        assert_eq!(project.sources.path(effect.span.source), "parts/policy.yaml");
    }
}

#[test]
fn an_include_adds_members_beside_it_and_sections_at_the_top() {
    let text = "Transform: {Name: 'AWS::Include', Parameters: {Location: map.yaml}}\nResources:\n  S:\n    Type: Custom::S\n    Properties:\n      Own: !FindInMap [M, a, b]\n      Fn::Transform: {Name: 'AWS::Include', Parameters: {Location: props.json}}\n";
    let project = project(&[
        ("stack.yaml", text),
        ("map.yaml", "Mappings: {M: {a: {b: found}}}\n"),
        ("props.json", r#"{"More": {"Fn::Sub": "${AWS::Region}"}}"#),
    ]);
    assert_eq!(project.says("S", "Own"), "found");
    assert_eq!(project.says("S", "More"), "${Region}");
}

#[test]
fn an_include_that_is_not_there_leaves_room_for_anything() {
    let project = template(
        "Resources:\n  S:\n    Type: Custom::S\n    Properties:\n      Value: {a: b, 'Fn::Transform': {Name: 'AWS::Include', Parameters: {Location: s3://b/gone.yaml}}}\n      Other: {'Fn::Transform': {Name: Own, Parameters: {}}}\n",
    );
    assert_eq!(project.says("S", "Value"), "{a: b, …}");
    assert_eq!(project.says("S", "Other"), "${Fn::Transform Own}");
}

#[test]
fn files_that_include_one_another_end() {
    let a = "Resources:\n  S: {Type: Custom::S, Properties: {Value: {'Fn::Transform': {Name: 'AWS::Include', Parameters: {Location: b.yaml}}}}}\n";
    let b = "x: {'Fn::Transform': {Name: 'AWS::Include', Parameters: {Location: b.yaml}}}\ny: {'Fn::Transform': {Name: 'AWS::Include', Parameters: {Location: a.yaml}}}\n";
    let project = project(&[("a.yaml", a), ("b.yaml", b)]);
    assert!(project.says("S", "Value").starts_with("{x: "));
}
