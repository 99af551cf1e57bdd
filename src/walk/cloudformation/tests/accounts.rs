use super::project;

const MANIFEST: &str = r#"{"version": "55.0.0", "artifacts": {
  "A.assets": {"type": "cdk:asset-manifest", "properties": {"file": "A.assets.json"}},
  "A": {"type": "aws:cloudformation:stack", "environment": "aws://111111111111/eu-west-1", "properties": {"templateFile": "A.template.json", "stackName": "app-a"}, "additionalMetadataFile": "A.metadata.json"},
  "B": {"type": "aws:cloudformation:stack", "environment": "aws://unknown-account/unknown-region", "properties": {"templateFile": "B.template.json"},
        "metadata": {"/B/Role/Resource": [{"type": "aws:cdk:logicalId", "data": "RoleB"}]}}}}"#;

const A: &str = r#"{"Resources": {
  "RoleA": {"Type": "AWS::IAM::Role", "Properties": {"Name": {"Ref": "AWS::StackName"}, "Mapped": {"Fn::FindInMap": ["M", {"Ref": "AWS::Region"}, "x"]}}},
  "Named": {"Type": "AWS::IAM::Role", "Metadata": {"aws:cdk:path": "A/Deep/Named/Resource"}},
  "Nested": {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": {"Fn::Join": ["", ["https://s3.", {"Ref": "AWS::URLSuffix"}, "/bucket/abc123.json"]]}}}},
  "Mappings": {"M": {"eu-west-1": {"x": "ireland"}, "us-east-1": {"x": "virginia"}}},
  "Outputs": {"Arn": {"Value": {"Fn::GetAtt": ["RoleA", "Arn"]}, "Export": {"Name": "A:Arn"}}}}"#;

const METADATA: &str = r#"{"/A": [{"type": "aws:cdk:templateFile", "data": "A.template.json"}],
  "/A/RoleA/Resource": [{"type": "aws:cdk:logicalId", "data": "RoleA"}],
  "/A/Inner": [{"type": "aws:cdk:templateFile", "data": "Inner.nested.template.json"}],
  "/A/Inner/RoleA/Resource": [{"type": "aws:cdk:logicalId", "data": "RoleA"}]}"#;

const ASSETS: &str = r#"{"version": "55.0.0", "files": {"abc123": {"source": {"path": "Inner.nested.template.json", "packaging": "file"}}}}"#;

const INNER: &str = r#"{"Resources": {"RoleA": {"Type": "AWS::IAM::Role", "Properties": {"Own": {"Ref": "AWS::AccountId"}}}}}"#;

const B: &str = r#"{"Resources": {"RoleB": {"Type": "AWS::IAM::Role", "Properties": {
  "Imported": {"Fn::ImportValue": "A:Arn"}, "Output": {"Fn::GetStackOutput": {"StackName": "app-a", "OutputName": "Arn", "Region": "eu-west-1"}}}}}}"#;

fn assembly() -> super::Project {
    project(&[
        ("cdk.out/manifest.json", MANIFEST),
        ("cdk.out/A.template.json", A),
        ("cdk.out/A.metadata.json", METADATA),
        ("cdk.out/A.assets.json", ASSETS),
        ("cdk.out/Inner.nested.template.json", INNER),
        ("cdk.out/B.template.json", B),
    ])
}

#[test]
fn a_manifest_says_where_each_stack_goes() {
    let project = assembly();
    assert_eq!(
        project.units(),
        [
            ("cdk.out/A.template.json".to_owned(), "111111111111".to_owned()),
            ("cdk.out/B.template.json".to_owned(), String::new()),
        ]
    );
    let unit = &project.walked.units[0];
    assert_eq!(project.sources.slice(unit.hints[0].span), "111111111111");
    assert_eq!(unit.region.as_ref().unwrap().to_string(), "eu-west-1");
}

#[test]
fn resources_are_called_by_the_paths_of_their_constructs() {
    let project = assembly();
    for address in ["A/RoleA", "A/Deep/Named", "A/Inner/RoleA", "B/Role"] {
        assert!(project.is_declared(address), "{address}");
    }
}

#[test]
fn nested_stacks_are_found_by_their_assets() {
    let project = assembly();
    assert_eq!(project.declared("A/Inner/RoleA").unit.to_string(), "cdk.out/A.template.json");
}

#[test]
fn region_and_stack_name_decide_what_hangs_on_them() {
    let project = assembly();
    assert_eq!(project.says("A/RoleA", "Mapped"), "ireland");
    assert_eq!(project.says("A/RoleA", "Name"), "app-a");
}

#[test]
fn outputs_are_found_by_export_and_by_the_name_of_the_stack() {
    let project = assembly();
    let want = "arn:${Partition}:iam::${AccountId}:role/${A/RoleA.RoleName}";
    assert_eq!(project.says("B/Role", "Imported"), want);
    assert_eq!(project.says("B/Role", "Output"), want);
}

#[test]
fn an_export_of_another_account_is_not_imported() {
    let manifest = MANIFEST.replace("aws://unknown-account/unknown-region", "aws://222222222222/eu-west-1");
    let project = project(&[
        ("cdk.out/manifest.json", &manifest),
        ("cdk.out/A.template.json", A),
        ("cdk.out/B.template.json", B),
    ]);
    assert_eq!(project.says("B/Role", "Imported"), "${import:A:Arn}");
    // Nor is an output, which is read in the stack's own account unless a role of another one reads it.
    assert_eq!(project.says("B/Role", "Output"), "${stack:eu-west-1.app-a.Arn}");
}

#[test]
fn a_file_that_is_called_manifest_and_is_none_says_nothing() {
    for manifest in ["[]", "{}", "{\"artifacts\": []}", "not json", "{\"artifacts\": {\"A\": {}}}"] {
        let project = project(&[("x/manifest.json", manifest), ("x/A.template.json", A)]);
        assert_eq!(project.units(), [("x/A.template.json".to_owned(), String::new())], "{manifest}");
    }
}
