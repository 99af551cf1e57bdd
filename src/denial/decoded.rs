//! What `aws sts decode-authorization-message` prints.
//!
//! <https://docs.aws.amazon.com/STS/latest/APIReference/API_DecodeAuthorizationMessage.html>

use serde_json::Value;

use super::reading::{Reading, text_of};
use super::{Denial, Matched, Source, Stated};

/// Reads the text of the message, which is JSON again.
pub(super) fn text(text: &str, line: usize, reading: &mut Reading) {
    match serde_json::from_str(text) {
        Ok(value) => message(&value, line, reading),
        Err(error) => reading.note(format!("could not read `DecodedMessage`: {error}")),
    }
}

/// Reads the message itself.
pub(super) fn message(value: &Value, line: usize, reading: &mut Reading) {
    if value.get("allowed").and_then(Value::as_bool) == Some(true) {
        reading.allowed += 1;
        return;
    }
    let Some(context) = value.get("context") else { return };
    let principal = context.get("principal");
    let of_principal = |key: &str| principal.and_then(|it| text_of(it, key)).map(ToOwned::to_owned);
    let denies = value.get("explicitDeny").and_then(Value::as_bool) == Some(true);
    let matched = items(value.get("matchedStatements")).map(statement).collect();
    let keys = items(context.get("conditions")).filter_map(|one| {
        let values = items(one.get("values")).filter_map(|value| text_of(value, "value"));
        Some((text_of(one, "key")?.to_owned(), values.map(ToOwned::to_owned).collect()))
    });
    reading.keep(Denial {
        source: Source::Decoded,
        line,
        principal: of_principal("arn"),
        action: text_of(context, "action").map(ToOwned::to_owned),
        resource: text_of(context, "resource").map(ToOwned::to_owned),
        stated: if denies { vec![Stated::Denied { kind: None, policy: None }] } else { Vec::new() },
        context: keys.filter(|(_, values): &(_, Vec<String>)| !values.is_empty()).collect(),
        matched,
        ..Denial::default()
    });
}

/// The items of a list, which is `{"items": [...]}` here.
fn items(list: Option<&Value>) -> impl Iterator<Item = &Value> {
    list.and_then(|list| list.get("items")).and_then(Value::as_array).into_iter().flatten()
}

fn statement(one: &Value) -> Matched {
    let values = |key: &str| items(one.get(key)).filter_map(|it| text_of(it, "value"));
    let keys = items(one.get("conditions")).filter_map(|it| text_of(it, "key"));
    let content = values("actions").chain(values("resources")).chain(keys);
    Matched {
        denies: text_of(one, "effect").is_some_and(|effect| effect.eq_ignore_ascii_case("deny")),
        content: content.map(ToOwned::to_owned).collect(),
        ..Matched::default()
    }
}
