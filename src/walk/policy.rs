//! IAM policy documents in files of their own.

use rayon::prelude::*;

use crate::diagnostic::Problem;
use crate::facts::{Declaration, Language, Placed, Unit, Walked};
use crate::parse::Node;
use crate::parse::json;
use crate::source::{SourceId, Sources, Span};
use crate::value::{Answer, Map, Origin, UnitKey, When};

/// The type of the declarations that policy files make.
pub const TYPE_NAME: &str = "policy-document";

/// Whether a text is an IAM policy document: a JSON object whose `Statement` is made of objects with an
/// `Effect`.
pub fn claims(text: &str) -> bool {
    if !text.trim_start_matches('\u{feff}').trim_start().starts_with('{')
        || !text.contains("\"Statement\"")
        || !text.contains("\"Effect\"")
    {
        return false;
    }
    let nowhere = Sources::in_memory([("policy.json".to_owned(), String::new())]);
    nowhere.ids().next().is_some_and(|id| json::parse(id, text).is_ok_and(|node| is_policy(&node)))
}

/// Reads policy files: one unit and one declaration with the property `document` for each.
pub fn walk(sources: &Sources, files: &[SourceId]) -> Walked {
    let mut files = files.to_vec();
    files.sort_unstable();
    let walked: Vec<Walked> = files.par_iter().map(|file| walk_file(sources, *file)).collect();
    let mut all = Walked::default();
    for one in walked {
        all.extend(one);
    }
    all
}

fn walk_file(sources: &Sources, file: SourceId) -> Walked {
    let mut walked = Walked::default();
    let (node, trailing) = match json::parse_strictly(file, &sources.text_or_empty(file)) {
        Ok(read) => read,
        Err(problem) => {
            walked.problems.push(problem);
            return walked;
        }
    };
    if !is_policy(&node) {
        return walked;
    }
    walked.problems.extend(trailing.map(|comma| Problem { lost: false, ..comma }));
    let path = sources.path(file);
    let address = path.rsplit('/').next().unwrap_or(path);
    let unit = UnitKey::of(path);
    let place = Span::start_of(file);
    let mut properties = Map::default();
    let body = node.span;
    properties.insert("document", place, json::node_to_value(&node));
    walked.units.push(Unit {
        key: unit.clone(),
        language: Language::Policy,
        path: path.to_owned(),
        files: Vec::new(),
        hints: Vec::new(),
        region: None,
        placed: Placed::Deployed,
    });
    walked.declarations.push(Declaration {
        origin: Origin::declared(&unit, TYPE_NAME, address),
        unit,
        address: address.to_owned(),
        type_name: TYPE_NAME.into(),
        span: place,
        body,
        present: Answer::Yes,
        when: When::default(),
        properties,
    });
    walked
}

fn is_policy(node: &Node) -> bool {
    let Some(statement) = node.get("Statement") else { return false };
    let is_statement = |node: &Node| node.get("Effect").is_some();
    let templated = node.get("Resources").is_some() || node.get("AWSTemplateFormatVersion").is_some();
    !templated
        && (is_statement(statement)
            || (!statement.items().is_empty() && statement.items().iter().all(is_statement)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const POLICY: &str = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*"}]}"#;

    #[test]
    fn a_policy_file_is_one_declaration_in_a_unit_of_its_own() {
        let sources = Sources::in_memory([("a/read.json".to_owned(), POLICY.to_owned())]);
        let files: Vec<_> = sources.ids().collect();
        let walked = walk(&sources, &files);
        let [declaration] = walked.declarations.as_slice() else { panic!("{walked:?}") };
        assert_eq!((declaration.unit.path(), declaration.address.as_str()), ("a/read.json", "read.json"));
        let document = declaration.properties.get("document").unwrap();
        let statement = document.as_map().unwrap().get("Statement").unwrap();
        assert_eq!(sources.slice(statement.span), r#"[{"Effect": "Allow", "Action": "s3:*"}]"#);
        assert_eq!(walked.units.len(), 1);
    }

    #[test]
    fn one_statement_need_not_be_in_a_list() {
        assert!(claims(r#"{"Statement": {"Effect": "Deny"}}"#));
    }

    #[test]
    fn other_json_is_not_a_policy() {
        for other in [
            r#"{"Statement": "Effect"}"#,
            r#"{"Statement": [], "x": "\"Effect\""}"#,
            r#"{"Statement": [{"Effect": "Allow"}, {"Action": "x"}]}"#,
            r#"{"Resources": {}, "Statement": [{"Effect": "Allow"}]}"#,
            r#"[{"Statement": [{"Effect": "Allow"}]}]"#,
            r#"{"policy": {"Statement": [{"Effect": "Allow"}]}}"#,
            "",
        ] {
            assert!(!claims(other), "{other}");
        }
    }
}
