use proptest::prelude::*;

use super::project;

const TEMPLATE: &str = "Transform: [AWS::Serverless-2016-10-31, {Name: 'AWS::Include', Parameters: {Location: part.yaml}}]\nParameters: {L: {Type: CommaDelimitedList, Default: 'a,b'}, P: {Type: String, AllowedPattern: '^(a|b)$'}, S: {Type: 'AWS::SSM::Parameter::Value<String>', Default: /x}}\nMappings: {M: {a: {b: c}}}\nConditions: {C: !And [!Equals [!Ref P, a], !Not [!Condition D]], D: !Or [!Equals [a, b]]}\nGlobals: {Function: {Tracing: Active}}\nResources:\n  Fn::ForEach::X: [I, !Ref L, {'R${I}': {Type: AWS::SNS::Topic, Properties: {TopicName: !Ref I}}}]\n  F: {Type: AWS::Serverless::Function, Properties: {Policies: [{S3ReadPolicy: {BucketName: !Ref P}}, !If [C, ReadOnlyAccess, !Ref AWS::NoValue]], Events: {E: {Type: Api, Properties: {Path: '/{p+}', Method: any}}, N: {Type: SNS, Properties: {Topic: !Ref Ra, SqsSubscription: true}}}}, Connectors: {K: {Properties: {Destination: {Id: Ra}, Permissions: [Write]}}}}\n  A: {Type: AWS::Serverless::Api, Properties: {StageName: p, Auth: {ResourcePolicy: {AwsAccountWhitelist: ['1']}}}}\n  N: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: nested.yaml, Parameters: {P: !GetAtt N.Outputs.O}}}\n  T: {Type: AWS::CloudFormation::StackSet, Properties: {TemplateBody: '{\"Resources\": {\"Q\": {\"Type\": \"AWS::SQS::Queue\"}}}', StackInstancesGroup: [{DeploymentTargets: {Accounts: !Ref L}}]}}\n  V: {Type: Custom::V, Condition: C, Properties: {A: !Sub ['${x}${!y}{{resolve:ssm:z}}', {x: !FindInMap [M, a, b, {DefaultValue: d}]}], B: !Select [1, !Split [':', !GetAtt N.Outputs.O]], C: !Join ['', [!Cidr ['10.0.0.0/8', 2, 8], !Base64 x]], D: !ImportValue {'Fn::Sub': '${P}'}, E: !ToJsonString {a: !Length [b]}, F: {Fn::GetStackOutput: {StackName: s, OutputName: O}}}}\nOutputs: {O: {Value: !GetAtt V.A, Export: {Name: !Sub '${P}'}}}\n";
const NESTED: &str = "Parameters: {P: {Type: String}}\nResources: {M: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: stack.yaml}}, R: {Type: AWS::IAM::Role, Properties: {RoleName: !Ref P}}}\nOutputs: {O: {Value: !GetAtt R.Arn}}\n";

fn walked(main: &str, nested: &str) {
    let manifest = "resources: [{name: a, resource_file: stack.yaml, deploy_method: stack_set, deployment_targets: {accounts: ['111111111111']}}]\n";
    let project = project(&[
        ("stack.yaml", main),
        ("nested.yaml", nested),
        ("part.yaml", "Mappings: {More: {a: {b: c}}}\n"),
        ("manifest.yaml", manifest),
        ("stack.params.json", r#"[{"ParameterKey": "P", "ParameterValue": "a"}]"#),
    ]);
    for declaration in &project.walked.declarations {
        let text = project.sources.text_or_empty(declaration.span.source);
        assert!(text.get(declaration.span.range()).is_some(), "{declaration:?}");
        for entry in &declaration.properties.entries {
            let text = project.sources.text_or_empty(entry.value.span.source);
            assert!(text.get(entry.value.span.range()).is_some(), "{entry:?}");
        }
    }
}

#[test]
fn the_template_that_is_damaged_is_whole_at_first() {
    let project =
        project(&[("stack.yaml", TEMPLATE), ("nested.yaml", NESTED), ("part.yaml", "Mappings: {}\n")]);
    assert_eq!(project.walked.problems, []);
    for address in ["Ra", "Rb", "FRole", "FNQueuePolicy", "FKPolicy", "R", "Q", "V"] {
        // The two templates nest one another; which of them is the outer one does not matter here.
        let is_it = |known: &str| known == address || known.ends_with(&format!(".{address}"));
        assert!(project.walked.declarations.iter().any(|it| is_it(&it.address)), "{address}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn damaged_templates_are_walked_without_harm(
        at in 0usize..2_600,
        length in 0usize..40,
        with in "[a-zA-Z0-9:.,\\-|>é \n\r\"'\\\\&*!$\\[\\]{}]{0,12}",
        nested in any::<bool>(),
    ) {
        let damaged = |text: &str| {
            let mut text: Vec<char> = text.chars().collect();
            let from = at.min(text.len());
            text.splice(from..(from + length).min(text.len()), with.chars());
            text.into_iter().collect::<String>()
        };
        if nested {
            walked(TEMPLATE, &damaged(NESTED));
        } else {
            walked(&damaged(TEMPLATE), NESTED);
        }
    }

    #[test]
    fn any_value_may_stand_anywhere(
        value in prop::sample::select(vec!["", "~", "[]", "{}", "x", "1", "[[x]]", "{a: b}", "!Ref V", "!GetAtt V", "!Sub {a: b}", "!If []", "!If [C]", "!FindInMap [x]", "!Select [a]", "!Split x", "!Join x", "!Cidr x", "{Ref: [x]}", "{Fn::GetAtt: {}}", "{Fn::ForEach::Y: x}", "{Fn::Transform: x}"]),
        place in 0usize..60,
    ) {
        // Puts the value in place of one item, member or scalar of the template.
        let starts: Vec<usize> = TEMPLATE.match_indices(": ").map(|(at, _)| at + 2).collect();
        let start = starts[place % starts.len()];
        let (before, rest) = TEMPLATE.split_at(start);
        let (_, after) = rest.split_at(rest.find([',', '}', ']', '\n']).unwrap_or(rest.len()));
        walked(&format!("{before}{value}{after}"), NESTED);
    }
}
