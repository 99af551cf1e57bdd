//! The languages that policies are written in: JSON, and YAML, which people turn into JSON before they apply it.

use super::document::found;
use crate::diagnostic::Problem;
use crate::parse::{Node, json, yaml};
use crate::source::{SourceId, Sources};

/// Whether a text of YAML holds policy documents. It is only read when it has the words of one, and none of a template, whose tags
/// and functions would be lost.
pub(super) fn is_policy_in_yaml(text: &str) -> bool {
    let has = |word: &&str| text.contains(*word);
    let of_templates =
        ["!Sub", "!Ref", "!GetAtt", "!Join", "!ImportValue", "Fn::", "Resources:", "{%", "apiVersion:"];
    if !["Statement", "Effect"].iter().all(has) || of_templates.iter().any(has) {
        return false;
    }
    let nowhere = Sources::in_memory([("policy.yaml".to_owned(), String::new())]);
    let holds =
        |id| yaml::documents(id, text).0.iter().any(|node| !found(json::node_to_value(node)).is_empty());
    nowhere.ids().next().is_some_and(holds)
}

/// Whether a file is one of YAML, by its name.
pub(super) fn is_yaml(path: &str) -> bool {
    matches!(path.rsplit_once('.'), Some((_, "yaml" | "yml")))
}

/// The documents of a file, and what people should know of it though it was read.
pub(super) fn parsed(sources: &Sources, file: SourceId) -> Result<(Vec<Node>, Vec<Problem>), Problem> {
    let text = sources.text_or_empty(file);
    if is_yaml(sources.path(file)) {
        let (nodes, problems) = yaml::documents(file, &text);
        return Ok((nodes, problems));
    }
    let (node, trailing) = json::parse_strictly(file, &text)?;
    let noted = trailing.map(|comma| Problem { lost: false, ..comma });
    Ok((vec![node], noted.into_iter().collect()))
}
