//! The values in a file, and what each of them is: recognized by what is in it, never by its name.

use super::input::Input;
use super::output::{self, Reading};
use super::part::{Members, Outermost, Part};
use super::sketch::Said;
use super::{iam, items, organization};

use crate::diagnostic::Problem;
use crate::parse::{json, yaml};
use crate::source::{Sources, Span};

/// Reads a file: one value or several after the other, or lists of them.
pub(super) fn read(sources: &Sources, input: &Input) -> Said {
    let (mut said, source) = (Said::default(), input.source);
    let text = match sources.text(source) {
        Ok(text) => text,
        Err(error) => {
            let problem = Problem::new(Span::start_of(source), format!("the file cannot be read: {error}"));
            said.problems.push(problem);
            return said;
        }
    };
    let reading = Reading { input, path: sources.path(source) };
    let begins = text.trim_start().chars().next();
    match begins {
        // Where there is no policy, some commands print nothing.
        None => {
            said.is_known = true;
            let message =
                "the file is empty: the resource has no policy, or the command that was to write it failed";
            said.problems.push(Problem::note(Span::start_of(source), message));
        }
        Some('{' | '[') => each_of_json(reading, &text, &mut said),
        Some(_) => of_yaml(reading, &text, &mut said),
    }
    if !said.is_known && said.problems.is_empty() {
        let message =
            "this is no snapshot that can be read: see docs/snapshots.md for the commands that write one";
        said.problems.push(Problem::new(Span::start_of(source), message));
    }
    said
}

/// Values one after the other, as `>>` puts them together, or one on each line.
fn each_of_json(reading: Reading<'_>, text: &str, said: &mut Said) {
    let source = reading.input.source;
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<Outermost<'_>>();
    loop {
        let before = values.byte_offset();
        match values.next() {
            Some(Ok(value)) => {
                let end = values.byte_offset();
                let written = text.get(before..end).unwrap_or_default().trim_start();
                let span = Span::new(source, end - written.len(), end);
                for (part, members) in value.objects(written, span) {
                    object(part, &members, reading, said);
                }
            }
            Some(Err(error)) => {
                let at = values.byte_offset();
                let end = Span::new(source, at, at);
                let message = format!("the rest of the file is not JSON and was not read: {error}");
                said.problems.push(Problem::new(end, message));
                return;
            }
            None => return,
        }
    }
}

/// YAML, as version 2 of the command line writes it.
///
/// <https://docs.aws.amazon.com/cli/latest/userguide/cli-usage-output-format.html>
fn of_yaml(reading: Reading<'_>, text: &str, said: &mut Said) {
    let source = reading.input.source;
    let start = Span::start_of(source);
    let first = text.trim_start().lines().next().unwrap_or_default();
    let is_table = first.len() > 8 && first.chars().all(|char| matches!(char, '-' | '+' | '|'));
    if is_table || first.contains('\t') && !first.contains(':') {
        let message =
            "the formats `table` and `text` of the AWS CLI cannot be read back; use `--output json`";
        said.problems.push(Problem::new(start, message));
        return;
    }
    let (node, problems) = yaml::parse(source, text);
    said.problems.extend(problems);
    if let Some(node) = node {
        value(Part::Tree(&json::node_to_value(&node)), reading, said);
    }
}

/// What a value of YAML is. A list holds what several commands said.
fn value(part: Part<'_>, reading: Reading<'_>, said: &mut Said) {
    let objects = if part.is_list() { part.items() } else { vec![part] };
    for item in objects.into_iter().filter(|item| item.is_object()) {
        object(item, &item.members(), reading, said);
    }
}

fn object(part: Part<'_>, members: &Members<'_>, reading: Reading<'_>, said: &mut Said) {
    if iam::is_gaad(members) {
        iam::read_gaad(members, part.span(), said);
    } else if items::is_config(members) {
        items::read(members, reading, said);
    } else if !organization::read(part, members, reading, said) {
        output::read(part, members, reading, said);
    }
}
