//! The account beside a source ARN that has none: of a bucket that the project declares in a known account, it can be written.

use super::Context;
use crate::ask::Setting;
use crate::diagnostic::{Edit, Fix};
use crate::iam::arn::is_account_id;
use crate::source::{SourceId, Span};

/// What adds the account of a declared bucket to a statement that only names its ARN. `key` is where `aws:SourceArn`, or the argument that
/// stands for it, is written.
pub(super) fn added(context: &Context<'_>, setting: &Setting<'_>, key: Span) -> Option<Fix> {
    let account = account(setting, key)?;
    let text = context.text(key.source);
    let word = text.get(key.range())?;
    let edit = if ["source_arn", "SourceArn"].contains(&word) {
        let name = if word == "SourceArn" { "SourceAccount" } else { "source_account" };
        Place::of(&text, key)?.beside(|form| form.entry(name, &format!("\"{account}\"")))
    } else {
        condition(context, setting, key, &account)
    }?;
    Some(Fix { title: format!("ask for the account of the bucket, {account}"), edits: vec![edit] })
}

/// The one account in which all buckets lie that the sources name.
fn account(setting: &Setting<'_>, key: Span) -> Option<String> {
    let condition = setting.statement.conditions.iter().find(|condition| condition.key.span == key)?;
    let mut accounts = condition.values.iter().map(|value| {
        let (found, _) = setting.graph.find_resources(&value.value, setting.unit());
        let [bucket] = found.as_slice() else { return None };
        let bucket = &setting.graph.resources[*bucket];
        let account = setting.graph.account_of(bucket.declaration);
        account.as_literal().filter(|id| bucket.declared && is_account_id(id)).map(String::from)
    });
    let first = accounts.next()??;
    (!condition.open && accounts.all(|other| other.as_ref() == Some(&first))).then_some(first)
}

/// Adds the key to a condition: to its operator, when that compares texts, else under one that does.
fn condition(context: &Context<'_>, setting: &Setting<'_>, key: Span, account: &str) -> Option<Edit> {
    let conditions = &setting.statement.conditions;
    let own = conditions.iter().find(|condition| condition.key.span == key)?;
    let (text, value) = (context.text(key.source), format!("\"{account}\""));
    if matches!(own.operator.value.as_str(), "StringEquals" | "StringLike") {
        return Place::of(&text, key)?.beside(|form| form.entry("aws:SourceAccount", &value));
    }
    // A second `StringEquals` would take the place of the first.
    let has_equals = conditions.iter().any(|condition| condition.operator.value == "StringEquals");
    if has_equals {
        return None;
    }
    let before = text.get(..key.range().start)?;
    if before.rsplit('\n').next().is_some_and(|line| line.trim_start().starts_with("variable")) {
        return block(&text, key, account);
    }
    let place = Place::of(&text, own.operator.span)?;
    place.beside(|form| {
        form.entry("StringEquals", &format!("{{ {} }}", form.entry("aws:SourceAccount", &value)))
    })
}

/// A block of its own before the one in which a key stands.
fn block(text: &str, key: Span, account: &str) -> Option<Edit> {
    let before = text.get(..key.range().start)?;
    let start = before.rfind("condition {")?;
    let line = before.get(..start)?.rfind('\n')? + 1;
    let indent = before.get(line..start).filter(|indent| indent.trim().is_empty())?;
    // Between them stand only the other arguments of the block.
    if before.get(start..)?.contains('}') {
        return None;
    }
    let text = format!(
        "{indent}condition {{\n{indent}  test     = \"StringEquals\"\n{indent}  variable = \"aws:SourceAccount\"\n{indent}  values   = \
         [\"{account}\"]\n{indent}}}\n"
    );
    Some(Edit { span: Span::new(key.source, line, line), text })
}

/// How keys and values are written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    /// `"key" = value`.
    Hcl,
    /// `"key": value`.
    Json,
    /// `key: value`.
    Yaml,
}

impl Form {
    fn entry(self, key: &str, value: &str) -> String {
        match self {
            Self::Hcl if key.contains(':') => format!("\"{key}\" = {value}"),
            Self::Hcl => format!("{key} = {value}"),
            Self::Json => format!("\"{key}\": {value}"),
            Self::Yaml => format!("{key}: {value}"),
        }
    }
}

/// A key, and the text around it.
struct Place<'t> {
    source: SourceId,
    /// Where it begins, with its quotes.
    start: usize,
    /// Where its line does.
    line_start: usize,
    line: &'t str,
    form: Form,
}

impl<'t> Place<'t> {
    fn of(text: &'t str, key: Span) -> Option<Self> {
        let (before, after) = (text.get(..key.range().start)?, text.get(key.range().end..)?);
        let quote = before.chars().next_back().filter(|char| matches!(char, '"' | '\''));
        let after = quote.map_or(Some(after), |quote| after.strip_prefix(quote))?.trim_start_matches(' ');
        let form = match (after.chars().next()?, quote) {
            ('=', _) => Form::Hcl,
            (':', Some('"')) => Form::Json,
            (':', _) => Form::Yaml,
            _ => return None,
        };
        let start = before.len() - usize::from(quote.is_some());
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let line = text.get(line_start..)?.split('\n').next()?;
        Some(Self { source: key.source, start, line_start, line, form })
    }

    /// Puts an entry before the key: on a line of its own when the key begins one.
    fn beside(&self, entry: impl FnOnce(Form) -> String) -> Option<Edit> {
        let comma = if self.form == Form::Json { "," } else { "" };
        let indent = self.line.get(..self.start - self.line_start)?;
        if indent.trim().is_empty() {
            let end = if self.line.ends_with('\r') { "\r\n" } else { "\n" };
            let text = format!("{indent}{}{comma}{end}", entry(self.form));
            return Some(Edit { span: Span::new(self.source, self.line_start, self.line_start), text });
        }
        let text = format!("{}, ", entry(self.form));
        Some(Edit { span: Span::new(self.source, self.start, self.start), text })
    }
}
