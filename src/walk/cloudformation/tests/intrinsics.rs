use super::{project, said, template};

const QUEUE: &str = "  Queue: {Type: AWS::SQS::Queue, Properties: {QueueName: jobs}}\n";
const ARN: &str = "arn:${Partition}:sqs:${Region}:${AccountId}:jobs";

#[test]
fn functions_are_read_in_their_short_and_their_long_form() {
    for written in
        ["!GetAtt Queue.Arn", "!GetAtt [Queue, Arn]", "{Fn::GetAtt: Queue.Arn}", "{Fn::GetAtt: [Queue, Arn]}"]
    {
        assert_eq!(said(written, QUEUE), ARN, "{written}");
    }
    assert_eq!(said("!Ref Queue", QUEUE), said("{Ref: Queue}", QUEUE));
    assert_eq!(said("{Fn::Sub: '${Queue.Arn}'}", QUEUE), ARN);
}

#[test]
fn long_forms_may_hold_short_ones_and_the_other_way_round() {
    assert_eq!(said("!Join [',', [{Fn::GetAtt: [Queue, Arn]}, b]]", QUEUE), format!("{ARN},b"));
    assert_eq!(said("{Fn::Join: ['', [!GetAtt Queue.Arn, '/x']]}", QUEUE), format!("{ARN}/x"));
}

#[test]
fn sub_takes_names_from_its_map_first() {
    assert_eq!(
        said("!Sub ['${a}-${Queue.QueueName}-${AWS::Region}', {a: !Ref AWS::Partition}]", QUEUE),
        "${Partition}-jobs-${Region}"
    );
    assert_eq!(said("!Sub ['${Queue}', {Queue: mine}]", QUEUE), "mine");
}

#[test]
fn sub_leaves_what_is_marked_with_an_exclamation_mark() {
    assert_eq!(said("!Sub '${!aws:username}/${AWS::Region}/${!x}'", ""), "${aws:username}/${Region}/${x}");
}

#[test]
fn sub_shows_every_part_where_it_is_written() {
    let project = template(
        "Resources:\n  S:\n    Type: Custom::S\n    Properties:\n      Value: !Sub 'arn:aws:iam::${AWS::AccountId}:role/${!x}y'\n",
    );
    let want = [
        ("arn:aws:iam::", "arn:aws:iam::"),
        ("${AccountId}", "${AWS::AccountId}"),
        (":role/", ":role/"),
        ("${", "${"),
        ("x}", "x}"),
        ("y", "y"),
    ];
    let want: Vec<_> = want.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect();
    assert_eq!(project.pieces("S", "Value"), want);
}

#[test]
fn sub_of_a_block_scalar_points_into_the_block() {
    let project = template(
        "Resources:\n  S:\n    Type: Custom::S\n    Properties:\n      Value: !Sub |\n        {\"AWS\": \"${AWS::AccountId}\"}\n",
    );
    let pieces = project.pieces("S", "Value");
    assert!(pieces.contains(&("${AccountId}".to_owned(), "${AWS::AccountId}".to_owned())), "{pieces:?}");
    assert!(pieces.contains(&("{\"AWS\": \"".to_owned(), "{\"AWS\": \"".to_owned())), "{pieces:?}");
}

#[test]
fn join_takes_every_combination_and_leaves_out_what_is_missing() {
    let rest = "Parameters: {P: {Type: String}}\nConditions: {C: !Equals [!Ref P, x]}\n";
    assert_eq!(said("!Join ['-', [a, !If [C, b, c], d]]", rest), "a-b-d | a-c-d");
    assert_eq!(said("!Join ['-', [a, !If [C, b, !Ref AWS::NoValue], d]]", rest), "a-b-d | a-d");
    assert_eq!(said("!Join ['-', [!If [C, b, !Ref AWS::NoValue], d]]", rest), "b-d | d");
    assert_eq!(said("!Join ['-', !If [C, [a, b], [c]]]", rest), "a-b | c");
}

#[test]
fn join_of_a_list_that_is_not_known_has_an_identity() {
    let rest = "Parameters: {L: {Type: CommaDelimitedList}}\n";
    assert_eq!(said("!Join [',', !Ref L]", rest), "${L.join(,)}");
}

#[test]
fn select_and_split_cut_what_is_written() {
    assert_eq!(said("!Select [1, !Split [':', 'a:b:c']]", ""), "b");
    assert_eq!(said("!Select ['0', [x, y]]", ""), "x");
    assert_eq!(said("!Split ['::', 'a::b']", ""), "[a, b]");
    assert_eq!(said("!Select [5, [x]]", ""), "${Fn::Select beyond the end}");
}

#[test]
fn fields_of_an_arn_are_cut_out_of_what_attributes_return() {
    for (index, want) in [(0, "arn"), (1, "${Partition}"), (3, "${Region}"), (4, "${AccountId}"), (5, "jobs")]
    {
        assert_eq!(said(&format!("!Select [{index}, !Split [':', !GetAtt Queue.Arn]]"), QUEUE), want);
    }
}

#[test]
fn an_arn_that_is_not_known_is_not_cut() {
    let rest = "  Custom: {Type: Custom::Thing}\nParameters: {A: {Type: String}}\n";
    assert_eq!(said("!Select [4, !Split [':', !GetAtt Custom.Arn]]", rest), "${Custom.Arn.split(:)[4]}");
    assert_eq!(said("!Select [4, !Split [':', !Ref A]]", rest), "${A.split(:)[4]}");
    assert_eq!(said("!Select [1, !Split [':', !Sub 'x:y:${A}']]", rest), "y");
    assert_eq!(said("!Select [1, !Split [':', !Sub 'x:y${A}']]", rest), "${x:y${A}.split(:)[1]}");
}

#[test]
fn select_from_a_list_with_an_item_that_may_be_missing_is_not_decided() {
    let rest = "Parameters: {P: {Type: String}}\nConditions: {C: !Equals [!Ref P, x]}\n";
    let value = said("!Select [1, [!If [C, b, !Ref AWS::NoValue], d, e]]", rest);
    assert_eq!(value, "${Fn::Select of an uncertain list}");
}

#[test]
fn find_in_map_points_at_the_entry_and_comes_through_the_call() {
    let project = template(
        "Mappings: {Accounts: {prod: {id: '222222222222'}, dev: {id: '111111111111'}}}\nResources:\n  S:\n    Type: Custom::S\n    Properties:\n      Value: !FindInMap [Accounts, prod, id]\n",
    );
    assert_eq!(project.says("S", "Value"), "222222222222");
    assert_eq!(project.underlined("S", "Value"), "222222222222");
    assert_eq!(project.came_through("S", "Value"), ["[Accounts, prod, id]"]);
}

#[test]
fn find_in_map_under_a_key_that_is_not_known_is_one_of_all() {
    let rest = "Mappings: {M: {eu-west-1: {id: '1'}, us-east-1: {id: '2'}, us-west-2: {id: '2'}}}\n";
    assert_eq!(said("!FindInMap [M, !Ref AWS::Region, id]", rest), "1 | 2");
    assert_eq!(said("!FindInMap [M, eu-west-1, other, {DefaultValue: d}]", rest), "d");
    assert_eq!(said("!FindInMap [M, eu-west-1, id, {DefaultValue: d}]", rest), "1");
    assert_eq!(said("!FindInMap [M, !Ref AWS::Region, id, {DefaultValue: d}]", rest), "1 | 2 | d");
    assert_eq!(said("!FindInMap [M, eu-west-1, other]", rest), "${Fn::FindInMap M eu-west-1 other}");
}

#[test]
fn base64_cidr_and_length_are_computed() {
    assert_eq!(said("!Base64 hello", ""), "aGVsbG8=");
    assert_eq!(said("!Select [1, !Cidr ['10.0.0.0/16', 3, 8]]", ""), "10.0.1.0/24");
    assert_eq!(said("!Length [a, b, c]", ""), "3");
    assert_eq!(
        said("!Length {Ref: L}", "Parameters: {L: {Type: CommaDelimitedList, Default: 'a, b'}}\n"),
        "2"
    );
}

#[test]
fn availability_zones_and_unknown_functions_are_not_guessed() {
    assert_eq!(said("!Select [0, !GetAZs '']", ""), "${Fn::GetAZs[0]}");
    assert_eq!(said("!Future [a]", ""), "${Future}");
}

#[test]
fn a_json_string_keeps_its_structure() {
    let value = said("!ToJsonString {Statement: [{Effect: Allow, Resource: !GetAtt Queue.Arn}]}", QUEUE);
    assert_eq!(value, format!("json {{Statement: [{{Effect: Allow, Resource: {ARN}}}]}}"));
}

#[test]
fn dynamic_references_are_the_same_value_wherever_they_are_written() {
    assert_eq!(said("'{{resolve:ssm:/accounts/prod:3}}'", ""), "${ssm:/accounts/prod:3}");
    assert_eq!(
        said("'arn:aws:iam::{{resolve:ssm:/accounts/prod}}:root'", ""),
        "arn:aws:iam::${ssm:/accounts/prod}:root"
    );
    assert_eq!(
        said("!Sub '{{resolve:secretsmanager:${AWS::Region}:SecretString:id}}'", ""),
        "${secretsmanager:${Region}:SecretString:id}"
    );
    assert_eq!(said("'{{resolve:ssm:/never closed'", ""), "{{resolve:ssm:/never closed");
}

#[test]
fn a_dynamic_reference_is_underlined_as_a_whole() {
    let project = template(
        "Resources:\n  S:\n    Type: Custom::S\n    Properties:\n      Value: 'a{{resolve:ssm:b}}c'\n",
    );
    let pieces = project.pieces("S", "Value");
    assert_eq!(pieces[1], ("${ssm:b}".to_owned(), "{{resolve:ssm:b}}".to_owned()));
}

#[test]
fn deep_and_circular_templates_end() {
    let deep = format!("{}x{}", "!Sub ['${a}', {a: ".repeat(60), "}]".repeat(60));
    assert!(!said(&deep, "").is_empty());
    let circular = "  A: {Type: AWS::SQS::Queue, Properties: {QueueName: !Sub '${B.QueueName}x'}}\n  B: {Type: AWS::SQS::Queue, Properties: {QueueName: !Sub '${A.QueueName}y'}}\n";
    assert!(
        said("!GetAtt A.QueueName", circular).contains("xy")
            || !said("!GetAtt A.QueueName", circular).is_empty()
    );
}

#[test]
fn many_choices_are_bounded() {
    let conditions: Vec<_> = (0..10).map(|index| format!("C{index}: !Equals [!Ref P, x{index}]")).collect();
    let conditions = conditions.join(", ");
    let rest = format!("Parameters: {{P: {{Type: String}}}}\nConditions: {{{conditions}}}\n");
    let items: Vec<String> = (0..10).map(|index| format!("!If [C{index}, a, b]")).collect();
    assert_eq!(said(&format!("!Join ['', [{}]]", items.join(", ")), &rest), "${too large to be evaluated}");
    // One condition has one value.
    let same = ["!If [C0, a, b]"; 10].join(", ");
    assert_eq!(said(&format!("!Join ['', [{same}]]"), &rest), "aaaaaaaaaa | bbbbbbbbbb");
}

/// Nobody deploys a template with an ARN that lacks its account or name; a prefix may be empty.
#[test]
fn an_empty_default_in_the_place_of_a_whole_field_of_an_arn_is_not_its_value() {
    let rest = "Parameters: {P: {Type: String, Default: ''}}\n";
    assert_eq!(said("!Sub 'arn:aws:iam::${P}:root'", rest), "arn:aws:iam::${P}:root");
    assert_eq!(said("!Sub 'arn:aws:iam::*:role/${P}'", rest), "arn:aws:iam::*:role/${P}");
    assert_eq!(said("!Sub 'arn:aws:s3:::${P}logs'", rest), "arn:aws:s3:::logs");
    assert_eq!(said("!Sub 'x/${P}'", rest), "x/");
    let given = "Resources:\n  Child: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: c.yaml, Parameters: {P: ''}}}\n";
    let child = "Parameters: {P: {Type: String}}\nResources:\n  R: {Type: Custom::R, Properties: {Value: !Sub 'arn:aws:iam::${P}:root'}}\n";
    let project = project(&[("p.yaml", given), ("c.yaml", child)]);
    assert_eq!(project.says("Child.R", "Value"), "arn:aws:iam:::root");
}
