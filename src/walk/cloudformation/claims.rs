//! Which files are templates.

use crate::source::mentions;

/// Whether a file is a template, by its name and what it says. Cheap: the text is not parsed.
///
/// Recognised are `AWSTemplateFormatVersion`, the SAM transform, and `Resources` whose entries have a type
/// of AWS or `Custom::`; and services of the Serverless Framework, of which it makes templates.
pub fn claims(path: &str, text: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    let known = ["yaml", "yml", "json", "template", "cfn", "cform"];
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    if !known.contains(&extension) {
        return false;
    }
    let text = text.trim_start_matches('\u{feff}');
    is_service(&name, text) || mentions(text, "Resources") && is_template(text)
}

/// Whether a file is called as the framework looks for it, or so with more of a name, and says what a service does.
///
/// <https://www.serverless.com/framework/docs/providers/aws/guide/serverless.yml>
fn is_service(name: &str, text: &str) -> bool {
    let is_named = name.strip_prefix("serverless").is_some_and(|rest| rest.starts_with(['.', '-', '_']));
    is_named && text.contains("provider") && text.contains("service")
}

fn is_template(text: &str) -> bool {
    let is_json = text.trim_start().starts_with('{');
    if is_json { claims_json(text) } else { claims_yaml(text) }
}

/// The keys at the top of a YAML document are those without indentation.
fn claims_yaml(text: &str) -> bool {
    let mut top = "";
    let mut resources = false;
    let mut typed = false;
    for line in text.lines() {
        let key = line.trim_end();
        if !line.starts_with([' ', '\t', '#', '-']) && !key.is_empty() {
            top = key.split(':').next().unwrap_or_default().trim().trim_matches(['"', '\'']);
            if top == "AWSTemplateFormatVersion" || (top == "Transform" && line.contains("AWS::Serverless")) {
                return true;
            }
            resources |= top == "Resources";
            typed |= top == "Resources" && typed_line(key);
        } else if top == "Transform" && key.contains("AWS::Serverless") {
            return true;
        } else if top == "Resources" && !typed {
            typed = typed_line(key);
        }
    }
    resources && typed
}

/// `Type: AWS::…` on a line of its own, or in a map in braces.
fn typed_line(line: &str) -> bool {
    let quotes = ['"', '\''];
    line.match_indices("Type").any(|(at, word)| {
        let (before, after) = (line.get(..at), line.get(at + word.len()..));
        let (Some(before), Some(after)) = (before, after) else { return false };
        let starts = before.is_empty() || before.ends_with([' ', '\t', '{', ',', '"', '\'']);
        let Some(value) = after.trim_start_matches(quotes).trim_start().strip_prefix(':') else {
            return false;
        };
        let value = value.trim_start().trim_start_matches(quotes);
        starts && (value.starts_with("AWS::") || value.starts_with("Custom::"))
    })
}

/// Scans the members at depths one to three without building a tree: `Resources`, its entries, their `Type`.
fn claims_json(text: &str) -> bool {
    let mut path: Vec<String> = Vec::new();
    let mut depth = 0_usize;
    let mut last: Option<String> = None;
    let mut key: Option<String> = None;
    let mut chars = text.char_indices();
    while let Some((at, char)) = chars.next() {
        match char {
            '"' => {
                let mut end = at + 1;
                while let Some((next, inner)) = chars.next() {
                    end = next;
                    match inner {
                        '\\' => {
                            chars.next();
                        }
                        '"' => break,
                        _ => {}
                    }
                }
                last = text.get(at + 1..end).map(str::to_owned).filter(|_| depth <= 3);
                if let (Some(key), Some(value)) = (&key, &last)
                    && says_template(&path, depth, key, value)
                {
                    return true;
                }
            }
            ':' => key = last.take(),
            ',' => key = None,
            '{' | '[' => {
                depth += 1;
                if depth <= 3 {
                    path.truncate(depth - 1);
                    path.push(key.take().unwrap_or_default());
                }
                key = None;
            }
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                path.truncate(depth);
                key = None;
            }
            _ => {}
        }
    }
    false
}

fn says_template(path: &[String], depth: usize, key: &str, value: &str) -> bool {
    match (depth, key) {
        (1, "AWSTemplateFormatVersion") => true,
        (1, "Transform") => value.starts_with("AWS::Serverless"),
        (3, "Type") => {
            path.get(1).is_some_and(|section| section == "Resources")
                && (value.starts_with("AWS::") || value.starts_with("Custom::"))
        }
        _ => false,
    }
}
