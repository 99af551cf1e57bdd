//! A plan that is read in order is read as it is as a whole.

use std::fmt::Write as _;

use proptest::prelude::*;

use super::ahead::Ahead;
use super::declare::Reading;
use super::{claims, model, stream, whole};
use crate::source::{Opened, SourceId, SourceText, Sources};

/// Both readings of a text, and what each declares.
fn both(text: &str, room: usize) -> [Option<(model::Plan, String)>; 2] {
    let sources = Sources::in_memory([("plan.json".to_owned(), String::new())]);
    let file = sources.find("plan.json").unwrap();
    let opened = Opened::Whole(SourceText::from(text.to_owned()));
    let declared = |plan: model::Plan| {
        let reading = Reading::new(file, "plan.json", &opened, &plan);
        let found = format!("{:?}", reading.found());
        let walked = reading.walk();
        let mut units: Vec<String> = walked.units.iter().map(|unit| format!("{unit:?}")).collect();
        units.sort();
        (format!("{found}\n{units:#?}\n{:#?}", walked.declarations), plan)
    };
    let ahead = stream::read_on(file, &opened, room, Ahead::of(file, &opened, room));
    let read = stream::read(file, &opened, room);
    assert_eq!(read, ahead, "{text}");
    let read = [read, whole::read(file, text).ok()];
    read.map(|plan| plan.map(declared).map(|(declared, plan)| (plan, declared)))
}

/// A resource as a plan or a state has it.
#[derive(Clone, Debug)]
struct Resource {
    address: String,
    is_data: bool,
    kind: &'static str,
    values: String,
    unknown: &'static str,
    secret: &'static str,
    actions: &'static str,
}

fn resource() -> impl Strategy<Value = Resource> {
    const KINDS: [&str; 4] =
        ["aws_iam_role", "aws_s3_bucket_policy", "aws_iam_policy_document", "null_resource"];
    let values = prop_oneof![
        Just("null".to_owned()),
        "[a-cé]{0,3}".prop_map(|name| format!(
            r#"{{"name": "{name}", "arn": "arn:aws:iam::111111111111:role/{name}", "assume_role_policy": "{{\"Statement\":[{{\"Effect\":\"Allow\",\"Principal\":{{\"AWS\":\"*\"}},\"Action\":\"sts:AssumeRole\"}}]}}", "tags": {{"a\\u0062": 1e3}}}}"#
        )),
        "[a-c]{1,2}".prop_map(|id| format!(r#"{{"bucket": "{id}", "policy": null, "account_id": "222222222222"}}"#)),
        Just(r#"{"statement": [{"actions": ["sts:AssumeRole"], "principals": [{"type": "AWS", "identifiers": [null]}]}]}"#.to_owned()),
    ];
    let address = (0..3_u8, "[a-c]", prop_oneof![Just(""), Just("[0]"), Just(r#"[\"k.e]y\"]"#)]);
    (
        address,
        any::<bool>(),
        0..KINDS.len(),
        values,
        prop::sample::select(vec![
            "{}",
            "null",
            "{\"assume_role_policy\": true}",
            "{\"arn\":true, \"tags\":{}, \"statement\":[{\"principals\":[{\"identifiers\":true}]}]}",
        ]),
        prop::sample::select(vec!["{}", "false", "true", "{\"tags\": {}, \"name\": true}"]),
        prop::sample::select(vec![
            "[\"create\"]",
            "[\"no-op\"]",
            "[\"delete\"]",
            "[\"delete\", \"create\"]",
            "[\"forget\"]",
            "[]",
        ]),
    )
        .prop_map(|((module, name, index), is_data, kind, values, unknown, secret, actions)| {
            let kind = KINDS.get(kind).copied().unwrap_or_default();
            let module = ["", "module.m.", r#"module.m[\"a\"]."#]
                .get(usize::from(module))
                .copied()
                .unwrap_or_default();
            let data = if is_data { "data." } else { "" };
            let address = format!("{module}{data}{kind}.{name}{index}");
            Resource { address, is_data, kind, values, unknown, secret, actions }
        })
}

/// The text of a plan; `flat` is one line, as Terraform writes it.
fn written(changes: &[Resource], prior: &[Resource], variables: &[(String, &str)], flat: bool) -> String {
    let mode = |it: &Resource| if it.is_data { "data" } else { "managed" };
    let each = |all: &[Resource], of: &dyn Fn(&Resource) -> String| {
        all.iter().map(of).collect::<Vec<_>>().join(", ")
    };
    let change = |it: &Resource| {
        format!(
            "{{\"address\": \"{}\", \"previous_address\": null, \"mode\": \"{}\", \"type\": \"{}\",\n \"change\": {{\"actions\": {}, \"before\": {{\"x\": [1, {{}}]}}, \"after\": {}, \"after_unknown\": {}, \"after_sensitive\": {}}}}}",
            it.address,
            mode(it),
            it.kind,
            it.actions,
            it.values,
            it.unknown,
            it.secret
        )
    };
    let state = |it: &Resource| {
        format!(
            "{{\"address\": \"{}\", \"mode\": \"{}\", \"type\": \"{}\", \"values\": {}, \"sensitive_values\": {}}}",
            it.address,
            mode(it),
            it.kind,
            it.values,
            it.secret
        )
    };
    let configured = |it: &Resource| {
        let address = it.address.rsplit("module.m.").next().unwrap_or_default().replace(r#"[\"a\"]."#, "");
        format!(
            "{{\"address\": \"{address}\", \"provider_config_key\": \"aws.a\", \"expressions\": {{\"assume_role_policy\": {{\"references\": [\"data.aws_iam_policy_document.a.json\", \"data.aws_iam_policy_document.a\"]}}}}}}"
        )
    };
    let mut text =
        String::from("{\"format_version\": \"1.2\", \"terraform_version\": \"1.9.0\",\n \"variables\": {");
    let variables: Vec<String> =
        variables.iter().map(|(name, value)| format!("\"{name}\": {{\"value\": {value}}}")).collect();
    _ = write!(
        text,
        "{}}}, \"planned_values\": {{\"outputs\": {{\"o\": {{\"value\": \"x\\ny\"}}}}}},\n \"resource_changes\": [{}], \"prior_state\": {{\"values\": {{\"root_module\": {{\"child_modules\": [{{\"resources\": [{}]}}], \"resources\": [{}]}}}}}},\n \"configuration\": {{\"provider_config\": {{\"aws\": {{\"name\": \"aws\", \"expressions\": {{\"region\": {{\"references\": [\"var.a\"]}}}}}}, \"aws.a\": {{\"name\": \"aws\", \"alias\": \"a\"}}}}, \"root_module\": {{\"resources\": [{}], \"variables\": {{\"a\": {{}}, \"b\": {{\"sensitive\": true}}}}, \"module_calls\": {{\"m\": {{\"expressions\": {{}}, \"module\": {{\"outputs\": {{\"o\": {{\"expression\": {{}}}}}}}}}}}}}}}}, \"complete\": true}}\n",
        variables.join(", "),
        each(changes, &change),
        each(prior, &state),
        each(prior, &state),
        each(changes, &configured),
    );
    if flat { text.replace('\n', "") } else { text }
}

proptest! {
    #[test]
    fn what_terraform_writes_is_read_in_order_as_it_is_as_a_whole(
        changes in prop::collection::vec(resource(), 0..6),
        prior in prop::collection::vec(resource(), 0..3),
        variables in prop::collection::vec(("[ab]", prop::sample::select(vec!["1", "null", "\"eu-west-1\"", "{\"a\": [true]}"])), 0..4),
        flat in any::<bool>(),
        room in 1_usize..200,
    ) {
        let text = written(&changes, &prior, &variables, flat);
        let [in_order, whole] = both(&text, room);
        prop_assert!(in_order.is_some(), "left to the other: {text}");
        prop_assert_eq!(in_order, whole);
    }

    #[test]
    fn what_is_damaged_is_read_in_order_only_as_it_is_as_a_whole(
        changes in prop::collection::vec(resource(), 0..3),
        from in 0_usize..4_000,
        length in 0_usize..12,
        with in "[{}\\[\\]\",:a-c0\\\\é ]{0,4}|null|,\"address\": \"x\"",
        is_cut in prop::bool::weighted(0.2),
    ) {
        let mut text: Vec<char> = written(&changes, &changes, &[], true).chars().collect();
        let from = from.min(text.len());
        if is_cut {
            text.truncate(from);
        } else {
            text.splice(from..(from + length).min(text.len()), with.chars());
        }
        let text: String = text.into_iter().collect();
        let [in_order, whole] = both(&text, 64);
        if in_order.is_some() {
            prop_assert_eq!(in_order, whole, "{}", text);
        }
    }
}

#[test]
fn the_plans_of_the_test_data_are_read_in_order() {
    let mut found = vec![format!("{}/testdata", env!("CARGO_MANIFEST_DIR"))];
    let mut plans = 0;
    while let Some(path) = found.pop() {
        if let Ok(entries) = std::fs::read_dir(&path) {
            found.extend(entries.map(|entry| entry.unwrap().path().display().to_string()));
        } else if path.rsplit('.').next() == Some("json") {
            #[expect(clippy::disallowed_methods, reason = "test data")]
            let text = std::fs::read_to_string(&path).unwrap();
            if claims(&text) {
                plans += 1;
                let [in_order, whole] = both(&text, 100);
                assert!(in_order.is_some() && in_order == whole, "{path}");
            }
        }
    }
    assert!(plans > 5, "{plans} plans");
}

#[test]
fn a_member_that_is_there_twice_and_deep_nesting_are_left_to_the_other() {
    let file = SourceId::first();
    let read = |text: &str| stream::read(file, &Opened::Whole(SourceText::from(text.to_owned())), 64);
    assert!(read(r#"{"values": null, "configuration": {}}"#).is_some());
    assert!(read(r#"{"values": null, "values": null}"#).is_none());
    assert!(read(r#"{"\u0076alues": null}"#).is_none());
    assert!(read(&"{\"prior_state\":".repeat(100_000)).is_none());
    let modules = |count: usize| {
        let (open, close) = ("{\"child_modules\": [".repeat(count), "]}".repeat(count));
        format!("{{\"values\": {{\"root_module\": {open}{close}}}}}")
    };
    assert_eq!(read(&modules(10)), whole::read(file, &modules(10)).ok());
    assert!(read(&modules(10_000)).is_none() && whole::read(file, &modules(10_000)).is_err());
    // What is jumped over may be deeper than what is read.
    let deep = format!("{{\"planned_values\": {}1{}}}", "[".repeat(150), "]".repeat(150));
    assert_eq!(read(&deep), whole::read(file, &deep).ok());
}
