use super::{project, said, template};

#[test]
fn ref_and_get_att_return_what_the_type_says() {
    let cases = [
        ("AWS::SQS::Queue", "{QueueName: n}", "Ref", "https://sqs.${Region}.${DnsSuffix}/${AccountId}/n"),
        ("AWS::SNS::Topic", "{TopicName: n}", "Ref", "arn:${Partition}:sns:${Region}:${AccountId}:n"),
        ("AWS::IAM::Role", "{RoleName: n, Path: /p/}", "Arn", "arn:${Partition}:iam::${AccountId}:role/p/n"),
        ("AWS::IAM::Role", "{RoleName: n}", "Ref", "n"),
        (
            "AWS::IAM::ManagedPolicy",
            "{ManagedPolicyName: n}",
            "Ref",
            "arn:${Partition}:iam::${AccountId}:policy/n",
        ),
        ("AWS::S3::Bucket", "{BucketName: n}", "Ref", "n"),
        ("AWS::S3::Bucket", "{BucketName: n}", "Arn", "arn:${Partition}:s3:::n"),
        ("AWS::KMS::Key", "{}", "Ref", "${R.KeyId}"),
        ("AWS::KMS::Key", "{}", "Arn", "arn:${Partition}:kms:${Region}:${AccountId}:key/${R.KeyId}"),
        (
            "AWS::Logs::LogGroup",
            "{LogGroupName: n}",
            "Arn",
            "arn:${Partition}:logs:${Region}:${AccountId}:log-group:n:*",
        ),
        ("AWS::Lambda::Function", "{FunctionName: n}", "Ref", "n"),
        (
            "AWS::IAM::OIDCProvider",
            "{Url: 'https://a.example/b'}",
            "Ref",
            "arn:${Partition}:iam::${AccountId}:oidc-provider/a.example/b",
        ),
        (
            "AWS::Events::EventBus",
            "{Name: n}",
            "Arn",
            "arn:${Partition}:events:${Region}:${AccountId}:event-bus/n",
        ),
    ];
    for (type_name, properties, attribute, want) in cases {
        let value = if attribute == "Ref" { "!Ref R".to_owned() } else { format!("!GetAtt R.{attribute}") };
        let rest = format!("  R: {{Type: '{type_name}', Properties: {properties}}}\n");
        assert_eq!(said(&value, &rest), want, "{type_name} {attribute}");
    }
}

#[test]
fn a_name_that_is_not_given_is_the_same_unknown_everywhere() {
    let rest = "  R: {Type: AWS::IAM::Role}\n";
    assert_eq!(said("!Ref R", rest), "${R.RoleName}");
    assert_eq!(said("!GetAtt R.Arn", rest), "arn:${Partition}:iam::${AccountId}:role/${R.RoleName}");
}

#[test]
fn an_attribute_takes_every_alternative_of_the_name() {
    let rest = "  R: {Type: AWS::IAM::Role, Properties: {RoleName: !If [C, a, b]}}\nParameters: {P: {Type: String}}\nConditions: {C: !Equals [!Ref P, x]}\n";
    assert_eq!(
        said("!GetAtt R.Arn", rest),
        "arn:${Partition}:iam::${AccountId}:role/a | arn:${Partition}:iam::${AccountId}:role/b"
    );
}

#[test]
fn custom_resources_are_known_by_their_names() {
    assert_eq!(said("!GetAtt R.Id", "  R: {Type: Custom::Lookup}\n"), "${R.Id}");
    assert_eq!(
        said("!GetAtt R.Data.Id", "  R: {Type: AWS::CloudFormation::CustomResource}\n"),
        "${R.Data.Id}"
    );
    let rest = "  R: {Type: Custom::AWSCDKOpenIdConnectProvider, Properties: {Url: 'https://a.example'}}\n";
    assert_eq!(said("!Ref R", rest), "arn:${Partition}:iam::${AccountId}:oidc-provider/a.example");
}

#[test]
fn what_is_declared_nowhere_says_so() {
    let project = template("Resources:\n  S: {Type: Custom::S, Properties: {Value: !GetAtt Gone.Arn}}\n");
    let crate::value::Kind::Unknown(symbol) = &project.value("S", "Value").kind else { panic!() };
    assert_eq!((symbol.shown(), &symbol.because), ("Gone.Arn", &crate::value::Because::Undeclared));
}

#[test]
fn a_reference_is_underlined_where_it_is_written() {
    let project = template(
        "Resources:\n  R: {Type: AWS::IAM::Role, Properties: {RoleName: n}}\n  S:\n    Type: Custom::S\n    Properties: {Value: !GetAtt R.Arn, Other: !Sub 'x${R}'}\n",
    );
    assert_eq!(project.underlined("S", "Value"), "R.Arn");
    assert_eq!(project.pieces("S", "Other")[1], ("n".to_owned(), "${R}".to_owned()));
}

#[test]
fn an_import_is_the_value_that_another_template_exports() {
    let exporting = "Resources:\n  R: {Type: AWS::IAM::Role, Properties: {RoleName: deploy}}\nOutputs:\n  Role: {Value: !GetAtt R.Arn, Export: {Name: !Sub '${AWS::Region}-role'}}\n";
    let importing = "Resources:\n  S: {Type: Custom::S, Properties: {Value: !ImportValue {'Fn::Sub': '${AWS::Region}-role'}, Other: !ImportValue nobody}}\n";
    let project = project(&[("a.yaml", exporting), ("b.yaml", importing)]);
    assert_eq!(project.says("S", "Value"), "arn:${Partition}:iam::${AccountId}:role/deploy");
    assert_eq!(project.says("S", "Other"), "${import:nobody}");
}

#[test]
fn an_import_of_an_import_is_followed() {
    let a = "Resources: {N: {Type: Custom::N}}\nOutputs: {O: {Value: x, Export: {Name: first}}}\n";
    let b = "Resources: {N: {Type: Custom::N}}\nOutputs: {O: {Value: !ImportValue first, Export: {Name: second}}}\n";
    let c = "Resources: {S: {Type: Custom::S, Properties: {Value: !ImportValue second}}}\n";
    assert_eq!(project(&[("a.yaml", a), ("b.yaml", b), ("c.yaml", c)]).says("S", "Value"), "x");
}

#[test]
fn an_export_behind_a_condition_that_is_false_is_not_there() {
    let a = "Conditions: {No: !Equals [a, b]}\nResources: {N: {Type: Custom::N}}\nOutputs: {O: {Condition: No, Value: x, Export: {Name: e}}}\n";
    let b = "Resources: {S: {Type: Custom::S, Properties: {Value: !ImportValue e}}}\n";
    assert_eq!(project(&[("a.yaml", a), ("b.yaml", b)]).says("S", "Value"), "${import:e}");
}

const OFFERS: &str = "Resources: {R: {Type: AWS::IAM::Role}}\nOutputs: {Name: {Value: VALUE}}\n";

/// What a stack reads of another one, in the account 111111111111 unless a role of another account reads it.
fn read(files: &[(&str, &str)], more: &str) -> String {
    let text = format!(
        "Resources: {{V: {{Type: Custom::V, Properties: {{Value: {{Fn::GetStackOutput: {{StackName: other, OutputName: Name{more}}}}}}}}}}}"
    );
    let all: Vec<(&str, &str)> = files.iter().copied().chain([("own.yaml", &*text)]).collect();
    project(&all).says("V", "Value")
}

/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-getstackoutput.html>
#[test]
fn an_output_of_a_stack_is_read_by_the_name_of_the_stack_or_because_no_other_has_it() {
    let of = |value: &str| OFFERS.replace("VALUE", value);
    let (a, b) = (of("a"), of("b"));
    let manifest = |account: &str| {
        format!(
            r#"{{"artifacts": {{"S": {{"type": "aws:cloudformation:stack", "environment": "aws://{account}/eu-west-1", "properties": {{"templateFile": "s.yaml", "stackName": "other"}}}}}}}}"#
        )
    };
    let (one, two) = (manifest("111111111111"), manifest("222222222222"));
    assert_eq!(read(&[("a.yaml", &a)], ""), "a");
    assert_eq!(read(&[("a.yaml", &a), ("b.yaml", &b)], ""), "${stack:other.Name}");
    assert_eq!(read(&[("a.yaml", &a), ("x/manifest.json", &one), ("x/s.yaml", &b)], ""), "b");
    let role = ", RoleArn: 'arn:aws:iam::222222222222:role/reader'";
    let both = [("x/manifest.json", &*one), ("x/s.yaml", &*a), ("y/manifest.json", &*two), ("y/s.yaml", &*b)];
    assert_eq!(read(&both, role), "b");
    assert_eq!(read(&both[..2], role), "${stack:other.Name}");
    assert_eq!(read(&both[..2], ", Region: us-east-1"), "${stack:us-east-1.other.Name}");
}
