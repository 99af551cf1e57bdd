//! How accounts are called: keys of maps, names beside IDs, comments behind them, tables in documents.

use super::backends::literal;
use super::texts::{ids, is_own, is_readme};
use super::{File, Named, NamedBy};
use crate::bounds;
use crate::parse::hcl::{self, Body, Expression, ExpressionKind, ObjectKey};
use crate::parse::{Node, json, yaml};
use crate::source::Span;

/// Keys that are no names of accounts.
const NO_NAMES: [&str; 70] = [
    "account",
    "account_id",
    "account_ids",
    "account_info",
    "account_map",
    "account_number",
    "accountid",
    "accounts",
    "allowed",
    "allowed_account_ids",
    "args",
    "assignments",
    "aws",
    "aws_account",
    "aws_account_id",
    "awsaccount",
    "awsaccountid",
    "backend",
    "common",
    "config",
    "configuration",
    "constants",
    "current",
    "default",
    "defaults",
    "env",
    "env_vars",
    "environment",
    "environments",
    "global",
    "globals",
    "id",
    "identifiers",
    "ids",
    "include",
    "inputs",
    "locals",
    "locals_common",
    "main",
    "name",
    "new",
    "number",
    "old",
    "owner",
    "owner_id",
    "owners",
    "param",
    "parameters",
    "principal",
    "principals",
    "provider",
    "providers",
    "role",
    "roles",
    "self",
    "settings",
    "shared_accounts",
    "shares",
    "source_account",
    "stack",
    "stage_variables",
    "tags",
    "target",
    "targets",
    "this",
    "trusted",
    "value",
    "values",
    "variables",
    "vars",
];

/// Names that stand beside an ID.
const BESIDE: [&str; 8] = [
    "account_alias",
    "account_name",
    "accountalias",
    "accountname",
    "alias",
    "aws_account_name",
    "friendly_name",
    "name",
];

/// What a file says of names.
pub(super) fn read(file: &File<'_>) -> Vec<Named> {
    let mut names = Names { found: Vec::new(), is_about: is_about_accounts(file.path), path: Vec::new() };
    let name = file.path.rsplit('/').next().unwrap_or(file.path);
    match name.rsplit_once('.').map_or("", |(_, ending)| ending) {
        "tf" => {
            let (body, _) = hcl::parse(file.id, file.text);
            for block in &body.blocks {
                match &*block.kind.value {
                    "locals" | "module" => names.body(&block.body),
                    "variable" => names.variable(block),
                    _ => {}
                }
            }
        }
        "tfvars" | "hcl" => {
            let (body, _) = hcl::parse(file.id, file.text);
            names.body(&body);
            for block in body.blocks.iter().filter(|block| &*block.kind.value == "locals") {
                names.body(&block.body);
            }
        }
        "json" => json::parse(file.id, file.text).iter().for_each(|node| names.node(node, 0)),
        "yaml" | "yml" => yaml::parse(file.id, file.text).0.iter().for_each(|node| names.node(node, 0)),
        _ if is_readme(name) => tables(file, &mut names.found),
        _ => {}
    }
    comments(file, &mut names.found);
    names.found.truncate(bounds::EVIDENCE_NAMES);
    names.found
}

/// Whether a name says that something is about accounts.
fn is_about_accounts(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name.contains("account") || name.contains("acct")
}

struct Names {
    found: Vec<Named>,
    /// Whether what is read is about accounts by its name.
    is_about: bool,
    /// The keys that lead to what is read.
    path: Vec<String>,
}

impl Names {
    fn body(&mut self, body: &Body) {
        let members: Vec<(String, &Expression)> =
            body.attributes.iter().map(|it| (it.name.value.to_string(), &it.value)).collect();
        self.members(&members, 0);
    }

    fn variable(&mut self, block: &hcl::Block) {
        let default = block.body.attributes.iter().find(|it| &*it.name.value == "default");
        if let (Some(label), Some(default)) = (block.labels.first(), default) {
            self.members(&[(label.value.to_string(), &default.value)], 0);
        }
    }

    fn members(&mut self, members: &[(String, &Expression)], depth: usize) {
        let beside = members.iter().find_map(|(key, value)| {
            let is_name = BESIDE.contains(&key.to_ascii_lowercase().as_str());
            literal(value).filter(|_| is_name).map(|(name, _)| name)
        });
        for (key, value) in members {
            self.path.push(key.as_str().to_owned());
            self.expression(value, beside.as_deref(), depth);
            self.path.pop();
        }
    }

    fn expression(&mut self, expression: &Expression, beside: Option<&str>, depth: usize) {
        if depth > bounds::VALUE_DEPTH {
            return;
        }
        match &expression.kind {
            ExpressionKind::Object(items) => {
                let members: Vec<(String, &Expression)> = items
                    .iter()
                    .filter_map(|item| {
                        let key = match &item.key {
                            ObjectKey::Word(word) => word.value.to_string(),
                            ObjectKey::Expression(key) => literal(key)?.0,
                        };
                        Some((key, &item.value))
                    })
                    .collect();
                self.members(&members, depth + 1);
            }
            ExpressionKind::List(items) => {
                for item in items {
                    self.expression(item, None, depth + 1);
                }
            }
            ExpressionKind::Call(call) => {
                for argument in &call.arguments {
                    self.expression(argument, None, depth + 1);
                }
            }
            _ => {
                if let Some((text, span)) = literal(expression) {
                    self.scalar(&text, span, beside);
                }
            }
        }
    }

    fn node(&mut self, node: &Node, depth: usize) {
        if depth > bounds::VALUE_DEPTH {
            return;
        }
        let beside = node.members().iter().find_map(|member| {
            let is_name = BESIDE.contains(&member.key.to_ascii_lowercase().as_str());
            member.value.as_str().filter(|_| is_name)
        });
        for member in node.members() {
            self.path.push(member.key.to_string());
            match member.value.as_str() {
                Some(text) => self.scalar(&text, member.value.span, beside.as_deref()),
                None => self.node(&member.value, depth + 1),
            }
            self.path.pop();
        }
        node.items().iter().for_each(|item| self.node(item, depth + 1));
    }

    /// A text under the keys that lead to it, with the name that stands beside it.
    fn scalar(&mut self, text: &str, span: Span, beside: Option<&str>) {
        if !is_own(text) {
            return;
        }
        let is_about = self.is_about || self.path.iter().any(|key| is_about_accounts(key));
        let key = self.path.last().map(String::as_str).unwrap_or_default();
        let is_id = NO_NAMES.contains(&key.to_ascii_lowercase().as_str());
        let above = self.path.iter().rev().nth(1).filter(|_| is_id && self.path.len() > 1);
        let (by, name) = match (beside.filter(|_| is_id), above) {
            (Some(name), _) => (NamedBy::Beside, name),
            (None, Some(above)) => (NamedBy::Key, above.as_str()),
            (None, None) => (NamedBy::Key, key),
        };
        if let Some(name) = called(name).filter(|_| is_about) {
            self.found.push(Named { id: text.to_owned(), by, name, path: self.path.clone(), span });
        }
    }
}

/// A name as it is written in a configuration: small letters, digits and `-`, without the words for an account. Nothing when it
/// is no name.
pub fn called(written: &str) -> Option<String> {
    let mut words: Vec<String> = Vec::new();
    let mut was_small = false;
    let mut word = String::new();
    for char in written.chars().chain(['-']) {
        if !char.is_ascii_alphanumeric() || (char.is_ascii_uppercase() && was_small) {
            words.push(std::mem::take(&mut word));
        }
        if char.is_ascii_alphanumeric() {
            word.push(char.to_ascii_lowercase());
        }
        was_small = char.is_ascii_lowercase() || char.is_ascii_digit();
    }
    let words: Vec<String> = words
        .into_iter()
        .filter(|word| {
            !matches!(word.as_str(), "" | "account" | "accounts" | "acct" | "aws" | "id" | "ids" | "number")
        })
        .collect();
    let name = words.join("-");
    let is_name = name.chars().any(|char| char.is_ascii_alphabetic())
        && name.len() <= bounds::EVIDENCE_NAME
        && words.len() <= bounds::EVIDENCE_WORDS
        && ids(&name).next().is_none()
        && !is_region(&name)
        && !NO_NAMES.contains(&name.replace('-', "_").as_str());
    is_name.then_some(name)
}

/// Whether a name is that of a region: `eu-west-1`.
///
/// <https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-regions.html>
fn is_region(name: &str) -> bool {
    let parts: Vec<&str> = name.split('-').collect();
    let is_number = |part: &&str| part.len() == 1 && part.bytes().all(|byte| byte.is_ascii_digit());
    parts.len() >= 3
        && parts.first().is_some_and(|area| area.len() == 2)
        && parts.last().is_some_and(is_number)
}

/// The comments behind IDs: `"690123987009", # Production`.
fn comments(file: &File<'_>, found: &mut Vec<Named>) {
    for (at, id) in ids(file.text) {
        let rest = file.text.get(at + 12..).and_then(|rest| rest.lines().next()).unwrap_or_default();
        let rest = rest.trim_start_matches(['"', '\'', ',', ' ', '\t', ']', ')', '`']);
        let comment = rest.strip_prefix('#').or_else(|| rest.strip_prefix("//"));
        let Some(comment) = comment.map(|comment| comment.trim_start_matches(['#', '/', ' '])) else {
            continue;
        };
        let before = file.text.get(..at).and_then(|before| before.lines().next_back()).unwrap_or_default();
        // A comment on an ARN is about what the ARN names.
        if before.trim_end_matches(['"', '\'']).ends_with(':') && before.contains("arn:") {
            continue;
        }
        if let Some(name) = called(comment.trim()) {
            let span = Span::new(file.id, at, at + 12);
            found.push(Named { id: id.to_owned(), by: NamedBy::Comment, name, path: Vec::new(), span });
        }
    }
}

/// The rows of tables in which one cell is an ID: the first other cell is its name.
fn tables(file: &File<'_>, found: &mut Vec<Named>) {
    let mut at = 0;
    for line in file.text.split_inclusive('\n') {
        let start = at;
        at += line.len();
        if !line.trim_start().starts_with('|') {
            continue;
        }
        let cells: Vec<&str> = line.split('|').map(|cell| cell.trim().trim_matches(['`', '*'])).collect();
        let mut with_id = cells.iter().filter(|cell| is_own(cell));
        let (Some(id), None) = (with_id.next(), with_id.next()) else { continue };
        let name = cells.iter().filter(|cell| !cell.is_empty() && *cell != id).find_map(|cell| called(cell));
        let offset = line.find(id).unwrap_or(0);
        let span = Span::new(file.id, start + offset, start + offset + 12);
        let named = |name| Named { id: (*id).to_owned(), by: NamedBy::Table, name, path: Vec::new(), span };
        found.extend(name.map(named));
    }
}

#[cfg(test)]
mod tests {
    use super::called;

    #[test]
    fn names_are_told_from_other_words() {
        let names = [
            ("Production", "production"),
            ("prod_account_id", "prod"),
            ("sharedServices", "shared-services"),
            ("core-vpc", "core-vpc"),
            ("AWS account of QA", "of-qa"),
        ];
        for (written, name) in names {
            assert_eq!(called(written).as_deref(), Some(name), "{written}");
        }
        let others = ["account_id", "eu-west-1", "640123987001", "id", "", "a b c d e f g h", "owners"];
        for written in others {
            assert_eq!(called(written), None, "{written}");
        }
    }
}
