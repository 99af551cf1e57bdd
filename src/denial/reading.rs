//! One input with everything in it that is a denial.

use serde_json::Value;

use super::{Denial, Deployed, decoded, message, trail, troubleshooter};
use crate::bounds;

/// What an input holds.
#[derive(Debug, Default)]
pub struct Reading {
    /// The denied requests, in the order of the input.
    pub denials: Vec<Denial>,
    /// The statements of policies as they were when AWS decided.
    pub deployed: Vec<Deployed>,
    /// What a person should know of the input.
    pub notes: Vec<String>,
    /// Denials beyond the bound.
    pub more: usize,
    /// Requests in the input that were allowed.
    pub allowed: usize,
}

impl Reading {
    /// Keeps a denial; one that is there already is counted.
    pub(super) fn keep(&mut self, denial: Denial) {
        let is_same = |known: &&mut Denial| {
            known.principal == denial.principal
                && known.action == denial.action
                && known.resource == denial.resource
                && known.stated == denial.stated
                && known.issuer == denial.issuer
        };
        if let Some(known) = self.denials.iter_mut().find(is_same) {
            known.times += 1;
        } else if self.denials.len() < bounds::ANSWERS_LISTED {
            self.denials.push(Denial { times: 1, ..denial });
        } else {
            self.more += 1;
        }
    }

    /// Adds a note, once.
    pub(super) fn note(&mut self, note: impl Into<String>) {
        let note = note.into();
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }
}

/// Reads an input: JSON of AWS, one value or several one after the other, or any text with messages in it.
pub fn read(text: &str) -> Reading {
    let mut reading = Reading::default();
    let mut done = 0;
    if text.trim_start().starts_with(['{', '[']) {
        let mut values = serde_json::Deserializer::from_str(text).into_iter::<Value>();
        while let Some(Ok(value)) = values.next() {
            let line = line_at(text, done);
            done = values.byte_offset();
            of_json(&value, line, &mut reading);
        }
    }
    let rest = text.get(done..).unwrap_or_default();
    message::read(rest, line_at(text, done), &mut reading);
    reading
}

/// The line on which the first thing at or behind an offset stands.
fn line_at(text: &str, offset: usize) -> usize {
    let rest = text.get(offset..).unwrap_or_default();
    let blank = rest.len() - rest.trim_start().len();
    let before = text.get(..offset + blank).unwrap_or_default();
    1 + memchr::memchr_iter(b'\n', before.as_bytes()).count()
}

/// Reads a value. The reader of JSON does not nest deeper than 128 levels, and neither does this.
pub(super) fn of_json(value: &Value, line: usize, reading: &mut Reading) {
    match value {
        Value::Object(object) => {
            let has = |key: &str| object.contains_key(key);
            let list = |key: &str| object.get(key).and_then(Value::as_array);
            if has("evaluations") && (has("requestContext") || has("policies")) {
                troubleshooter::details(object, line, reading);
            } else if let (Some(document), 1) = (object.get("policyDocument"), object.len()) {
                troubleshooter::policy(document, reading);
            } else if let Some(text) = object.get("DecodedMessage").and_then(Value::as_str) {
                decoded::text(text, line, reading);
            } else if has("context") && has("allowed") {
                decoded::message(value, line, reading);
            } else if has("eventName") && has("userIdentity") {
                trail::event(value, line, reading);
            } else if let Some(event) = object.get("CloudTrailEvent").and_then(Value::as_str) {
                trail::text(event, line, reading);
            } else if let Some(all) = list("Records").or_else(|| list("Events")) {
                for one in all {
                    of_json(one, line, reading);
                }
            } else {
                object.values().for_each(|one| of_json(one, line, reading));
            }
        }
        Value::Array(all) => all.iter().for_each(|one| of_json(one, line, reading)),
        Value::String(text) => message::read(text, line, reading),
        _ => {}
    }
}

/// A member of an object that is a string with something in it.
pub(super) fn text_of<'v>(value: &'v Value, key: &str) -> Option<&'v str> {
    value.get(key).and_then(Value::as_str).filter(|text| !text.is_empty())
}
