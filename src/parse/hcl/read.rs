//! Files that parse, and what can be saved of those that do not.

use std::ops::Range;

use rustc_hash::FxHashMap;

use super::convert::Convert;
use super::{Body, Template, heredocs, keys};
use crate::bounds;
use crate::diagnostic::Problem;
use crate::source::{SourceId, Span};

/// Reads a Terraform file.
///
/// A file that does not parse as a whole is cut at identifiers in the first column; what parses on its own is
/// kept, the rest becomes problems.
pub fn parse(source: SourceId, text: &str) -> (Body, Vec<Problem>) {
    let mut body = Body::default();
    let problems = each_tree(source, text, &mut |chunk, tree| {
        let Some(Tree { body: parsed, renamed }) = tree else { return };
        let part = Convert::new(source, text, chunk.start).renamed(renamed).body(&parsed);
        body.attributes.extend(part.attributes);
        body.blocks.extend(part.blocks);
    });
    (body, problems)
}

/// What the grammar makes of a file or a part of it.
pub(super) struct Tree {
    pub(super) body: hcl_edit::structure::Body,
    /// Start and end of the keys that were renamed.
    renamed: FxHashMap<usize, usize>,
}

/// Parses a file as a whole or, when that fails, chunk by chunk; what is no chunk has no tree.
pub(super) fn each_tree(
    source: SourceId,
    text: &str,
    take: &mut dyn FnMut(Range<usize>, Option<Tree>),
) -> Vec<Problem> {
    let start = if text.starts_with('\u{feff}') { 3 } else { 0 };
    let whole = text.get(start..).unwrap_or_default();
    if !keys::too_many(whole)
        && let Ok(body) = hcl_edit::parser::parse_body(whole)
    {
        take(start..text.len(), Some(Tree { body, renamed: FxHashMap::default() }));
        return Vec::new();
    }
    let apart = heredocs::apart(text);
    let text = apart.as_deref().unwrap_or(text);
    let (mut problems, mut retries) = (Vec::new(), bounds::HCL_RETRIES);
    for chunk in chunks(text, start) {
        let tree = match read_chunk(source, text, &chunk, &mut retries, &mut problems) {
            Ok(tree) => Some(tree),
            Err(problem) => {
                problems.push(problem);
                None
            }
        };
        take(chunk, tree);
    }
    problems
}

/// Reads a template file, or the text of a JSON string in Terraform's JSON syntax; `text` is what is written at
/// `span`.
///
/// # Errors
///
/// The first place that is no template.
pub fn parse_template(source: SourceId, text: &str, span: Span) -> Result<Template, Problem> {
    let start = span.start as usize;
    let parsed =
        hcl_edit::parser::parse_template(text).map_err(|error| problem(source, text, start, &error))?;
    Ok(Convert::new(source, text, 0).based(start).bare_template(&parsed))
}

/// Reads text whose bytes do not map onto the source, such as a JSON string with escapes: everything in it is
/// placed at `span`.
///
/// # Errors
///
/// When it is no template.
pub fn parse_unmapped_template(text: &str, span: Span) -> Result<Template, Problem> {
    let parsed = hcl_edit::parser::parse_template(text)
        .map_err(|error| Problem::new(span, error.message().to_owned()))?;
    Ok(Convert::new(span.source, text, 0).placed_at(span).bare_template(&parsed))
}

/// Reads a body that no file of the project holds: everything in it is placed at `span`.
///
/// # Errors
///
/// When it is no body.
pub fn parse_placed(text: &str, span: Span) -> Result<Body, Problem> {
    let parsed =
        hcl_edit::parser::parse_body(text).map_err(|error| Problem::new(span, error.message().to_owned()))?;
    Ok(Convert::new(span.source, text, 0).placed_at(span).body(&parsed))
}

const TOO_MANY: &str = "more than 5000 keys in one object; it is not read";

/// Parses one chunk. The grammar refuses repeated object keys, which Terraform accepts; each is renamed in a
/// copy of the same length, and the conversion reads the name from the original.
fn read_chunk(
    source: SourceId,
    text: &str,
    chunk: &Range<usize>,
    retries: &mut usize,
    problems: &mut Vec<Problem>,
) -> Result<Tree, Problem> {
    let original = text.get(chunk.start..chunk.end).unwrap_or_default();
    if keys::too_many(original) {
        return Err(Problem::new(Span::new(source, chunk.start, chunk.end), TOO_MANY));
    }
    let mut copy = original.to_owned();
    let mut renamed: FxHashMap<usize, usize> = FxHashMap::default();
    loop {
        let error = match hcl_edit::parser::parse_body(&copy) {
            Ok(body) => return Ok(Tree { body, renamed }),
            Err(error) => error,
        };
        let at = error.location().offset();
        let attribute = error.message().contains("redefined attribute");
        if *retries == 0 {
            return Err(problem(source, original, chunk.start, &error));
        }
        *retries -= 1;
        if (attribute || error.message().contains("redefined object key"))
            && let Some(end) = keys::rename(original, &mut copy, at, *retries)
        {
            let span = Span::new(source, chunk.start + at, chunk.start + end);
            if renamed.insert(at, end).is_none() && attribute {
                let name = original.get(at..end).unwrap_or_default();
                problems.push(Problem::new(span, twice(name, original.get(end..).unwrap_or_default())));
            }
            continue;
        }
        if let Some(name) = unquoted(&mut copy, at) {
            let span = Span::new(source, chunk.start + name.start, chunk.start + name.end);
            if problems.last().is_none_or(|problem| problem.message != QUOTED) {
                problems.push(Problem::new(span, QUOTED));
            }
            continue;
        }
        if join(&mut copy, at) {
            continue;
        }
        return Err(problem(source, original, chunk.start, &error));
    }
}

/// What is said of an argument that is set again; `rest` is the text behind its name. Terraform 0.11 took several of the form
/// `name = { … }` for blocks.
///
/// <https://www.terraform.io/upgrade-guides/0-12.html>
fn twice(name: &str, rest: &str) -> String {
    let value = rest.trim_start().strip_prefix('=').unwrap_or_default();
    if value.trim_start().starts_with('{') {
        format!("`{name}` is set twice: if it is a block, remove the `=`, which Terraform rejects since 0.12")
    } else {
        format!("`{name}` is set twice, which Terraform rejects")
    }
}

const QUOTED: &str = "an argument name must not be in quotes: Terraform rejects it since 0.12";

/// Takes away the quotes of an argument's name, which Terraform 0.11 allowed. Says where the name is, if there is one.
fn unquoted(copy: &mut String, at: usize) -> Option<Range<usize>> {
    let (name, after) = copy.get(at..)?.strip_prefix('"')?.split_once('"')?;
    let is_name = name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
    let is_argument =
        after.trim_start_matches([' ', '\t']).strip_prefix('=').is_some_and(|it| !it.starts_with('='));
    let range = at..at + name.len() + 2;
    let bare = format!(" {name} ");
    (is_name && is_argument).then(|| copy.replace_range(range.clone(), &bare))?;
    Some(range)
}

/// Terraform 0.11 took an object for a block, and let blocks stand in it.
const IN_OBJECT: &str =
    "a block stands inside of `= { … }`: remove that `=`, which Terraform rejects since 0.12";

const SEMICOLON: &str = "arguments are separated by line breaks, not by `;`";

/// Takes away the line break beside an operator: inside of `{ for … }` Terraform lets an expression go on in the next
/// line, and the grammar does not. Says whether there was one.
fn join(copy: &mut String, at: usize) -> bool {
    let before = copy.get(..at).unwrap_or_default();
    let after = copy.get(at..).unwrap_or_default();
    let goes_on = |text: &str| OPERATORS.iter().any(|operator| text.ends_with(operator));
    let begins = |text: &str| OPERATORS.iter().any(|operator| text.starts_with(operator));
    let spaces = after.len() - after.trim_start_matches([' ', '\t', '\r']).len();
    let line_break = if after.get(spaces..).is_some_and(|rest| rest.starts_with('\n')) {
        Some(at + spaces).filter(|_| {
            let next = after.get(spaces..).unwrap_or_default().trim_start();
            goes_on(before.trim_end()) || begins(next)
        })
    } else {
        let blank = before.trim_end_matches([' ', '\t']);
        Some(blank.len()).filter(|_| begins(after) && blank.ends_with('\n')).map(|end| end - 1)
    };
    let Some(line_break) = line_break else { return false };
    copy.replace_range(line_break..=line_break, " ");
    true
}

/// Operators that an expression may be broken at.
const OPERATORS: [&str; 14] = ["?", ":", "&&", "||", "=>", "==", "!=", "<=", ">=", "<", ">", "+", "*", "%"];

fn problem(source: SourceId, text: &str, base: usize, error: &hcl_edit::parser::Error) -> Problem {
    let mut at = error.location().offset().min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    let before = text.get(..at).unwrap_or_default().trim_end();
    if before.ends_with('{') && error.message().contains("object value assignment") {
        let end = base + before.len();
        return Problem::new(Span::new(source, end - 1, end), IN_OBJECT);
    }
    let rest = text.get(at..).unwrap_or_default();
    let width = rest.chars().next().map_or(0, char::len_utf8);
    let message = if rest.starts_with(';') { SEMICOLON } else { error.message() };
    Problem::new(Span::new(source, base + at, base + at + width), message.to_owned())
}

/// Cuts a file before each identifier in the first column, except inside heredocs.
fn chunks(text: &str, start: usize) -> Vec<Range<usize>> {
    let lines: Vec<(usize, &str)> = text
        .get(start..)
        .unwrap_or_default()
        .split_inclusive('\n')
        .scan(start, |at, line| {
            let begin = *at;
            *at += line.len();
            Some((begin, line))
        })
        .collect();
    let mut ends: FxHashMap<&str, Vec<usize>> = FxHashMap::default();
    for (index, (_, line)) in lines.iter().enumerate() {
        ends.entry(line.trim()).or_default().push(index);
    }
    let mut cuts = Vec::new();
    let mut index = 0;
    while let Some((at, line)) = lines.get(index) {
        if line.starts_with(|first: char| first.is_alphabetic() || first == '_') {
            cuts.push(*at);
        }
        let end = heredocs::marker(line)
            .and_then(|name| ends.get(name))
            .and_then(|found| found.get(found.partition_point(|end| *end <= index)));
        index = end.map_or(index, |end| *end) + 1;
    }
    if let Some(first) = cuts.first_mut() {
        *first = start;
    } else {
        cuts.push(start);
    }
    let next = cuts.iter().skip(1).copied().chain([text.len()]);
    cuts.iter().copied().zip(next).map(|(from, to)| from..to).collect()
}
