//! What SAM makes: the walker on a SAM template, against the walker on what `aws-sam-translator` makes of it.

use std::collections::BTreeMap;

use trustlint::Sources;
use trustlint::internals::value::{Kind, Map, Value};
use trustlint::internals::walk::cloudformation::{Inputs, walk};

use super::{generated, render, text};

/// The properties that carry access, by type.
const COMPARED: &[(&str, &[&str])] = &[
    (
        "AWS::IAM::Role",
        &["AssumeRolePolicyDocument", "ManagedPolicyArns", "Policies", "Path", "PermissionsBoundary"],
    ),
    ("AWS::IAM::ManagedPolicy", &["PolicyDocument", "Roles"]),
    (
        "AWS::Lambda::Permission",
        &[
            "Action",
            "FunctionName",
            "Principal",
            "SourceArn",
            "SourceAccount",
            "EventSourceToken",
            "FunctionUrlAuthType",
            "InvokedViaFunctionUrl",
        ],
    ),
    ("AWS::SQS::QueuePolicy", &["PolicyDocument", "Queues"]),
    ("AWS::SNS::TopicPolicy", &["PolicyDocument", "Topics"]),
    ("AWS::SNS::Subscription", &["TopicArn", "Endpoint", "Protocol"]),
    ("AWS::ApiGateway::RestApi", &["Policy"]),
    ("AWS::Lambda::Function", &["FunctionName", "Role"]),
    ("AWS::StepFunctions::StateMachine", &["StateMachineName", "RoleArn"]),
];

/// What a template declares, by type and address, one line for each property.
fn declared(template: String) -> BTreeMap<String, String> {
    let sources = Sources::in_memory([("stack.json".to_owned(), template)]);
    let files: Vec<_> = sources.ids().collect();
    let walked = walk(&sources, &files, &Inputs::default(), None);
    assert!(walked.problems.is_empty(), "{:?}", walked.problems);
    let mut lines = BTreeMap::new();
    for declaration in &walked.declarations {
        let compared = COMPARED.iter().find(|(type_name, _)| **type_name == *declaration.type_name);
        let Some((type_name, properties)) = compared else { continue };
        for name in *properties {
            let value = property(&declaration.properties, name);
            let Some(value) = value.filter(|value| !value.is_unset()) else { continue };
            let mut shown = render::value(value);
            if *name == "ManagedPolicyArns" || *name == "Policies" {
                shown = sorted(value);
            }
            if shown != "[]" {
                lines.insert(format!("{type_name} {} {name}", declaration.address), shown);
            }
        }
    }
    lines
}

fn property<'v>(properties: &'v Map, name: &str) -> Option<&'v Value> {
    properties.get(name).or_else(|| {
        // Where the transformation puts the policy of an API.
        let body = properties.get("Body").filter(|_| name == "Policy")?;
        body.as_map()?.get("x-amazon-apigateway-policy")
    })
}

/// The items of a list, whose order means nothing; what is said twice is said once, also when it is an inline policy
/// under two names.
fn sorted(value: &Value) -> String {
    let Kind::List(list) = &value.kind else { return render::value(value) };
    let document = |item: &Value| item.as_map()?.get("PolicyDocument").map(render::value);
    let mut items: Vec<(String, String)> = list
        .items
        .iter()
        .map(|item| (render::value(item), item))
        .map(|(shown, item)| (document(item).unwrap_or_else(|| shown.clone()), shown))
        .collect();
    items.sort();
    items.dedup_by(|one, other| one.0 == other.0);
    let mut items: Vec<String> = items.into_iter().map(|(_, shown)| shown).collect();
    items.sort();
    items.join("\n    ")
}

#[test]
#[ignore = "needs Python: TRUSTLINT_ORACLE=python cargo test --test oracle -- --ignored --nocapture"]
fn sam_makes_what_the_translator_makes() {
    let folder = tempfile::tempdir().unwrap();
    let count = generated("sam.py", folder.path());
    let (mut compared, mut wrong) = (0, Vec::new());
    for index in 0..count {
        let [ours, theirs] =
            ["sam", "cfn"].map(|kind| declared(text(&folder.path().join(format!("{index}.{kind}.json")))));
        compared += theirs.len();
        for key in ours.keys().chain(theirs.keys()).collect::<std::collections::BTreeSet<_>>() {
            let (ours, theirs) = (ours.get(key), theirs.get(key));
            if ours != theirs {
                let shown = |side: Option<&String>| side.map_or("nothing", String::as_str).to_owned();
                wrong.push(format!("{index}: {key}\n  ours   {}\n  theirs {}", shown(ours), shown(theirs)));
            }
        }
    }
    println!("{count} templates, {compared} properties compared, {} differ", wrong.len());
    assert!(wrong.is_empty(), "{}", wrong.iter().take(40).cloned().collect::<Vec<_>>().join("\n"));
}
