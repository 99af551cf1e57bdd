//! The one statement of a snapshot that a finding points into, as it is shown: a snapshot may be one line of megabytes.

use super::part::Part;
use crate::bounds;
use crate::diagnostic::Excerpt;
use crate::parse::json;
use crate::source::Span;
use crate::value::{Kind, Text, Value};

/// The statement at a place, pretty-printed. `text` is the JSON that stands at `body`, where it is looked for.
pub fn statement(text: &str, body: Span, at: Span) -> Option<Excerpt> {
    let whole = json::value_from_text(&Text::literal(text, body), body).ok()?;
    let found = statement_at(&whole, at, 0)?;
    let mut printer = Printer { text: String::new(), at, marked: None };
    printer.value(&found, 0);
    let (start, end) = printer.marked.unwrap_or((0, 1));
    Some(Excerpt { text: printer.text, start, end })
}

/// The statement that holds a place, also in a document that stands in a text.
fn statement_at(value: &Value, at: Span, depth: usize) -> Option<Value> {
    if !value.span.contains(at) || depth > bounds::VALUE_DEPTH {
        return None;
    }
    let deeper = |inner: &Value| statement_at(inner, at, depth + 1);
    match &value.kind {
        Kind::Map(map) if map.get("Effect").is_some() => Some(Value::new(value.kind.clone(), value.span)),
        Kind::Map(map) => map.entries.iter().find_map(|entry| deeper(&entry.value)),
        Kind::List(list) => list.items.iter().find_map(deeper),
        Kind::Text(_) => deeper(&Part::Tree(value).read()?),
        _ => None,
    }
}

struct Printer {
    text: String,
    /// What is to be marked, and where it came to be.
    at: Span,
    marked: Option<(usize, usize)>,
}

impl Printer {
    /// As deep as the document, which its reader bounds.
    fn value(&mut self, value: &Value, depth: usize) {
        match &value.kind {
            Kind::Map(map) => {
                let entries =
                    map.entries.iter().map(|entry| (Some((entry.key_value(), entry.key_span)), &entry.value));
                self.block(['{', '}'], entries.collect(), depth);
            }
            Kind::List(list)
                if list.items.len() == 1 && list.items.iter().all(|one| one.as_str().is_some()) =>
            {
                self.text.push('[');
                list.items.iter().for_each(|one| self.value(one, depth));
                self.text.push(']');
            }
            Kind::List(list) => {
                self.block(['[', ']'], list.items.iter().map(|item| (None, item)).collect(), depth);
            }
            Kind::Text(text) => self.quoted(&text.to_string(), value.span),
            _ => self.text.push_str(&value.as_str().unwrap_or_else(|| "null".into())),
        }
    }

    fn block(
        &mut self,
        [open, close]: [char; 2],
        inside: Vec<(Option<(Value, Span)>, &Value)>,
        depth: usize,
    ) {
        self.text.push(open);
        let last = inside.len();
        for (index, (key, value)) in inside.into_iter().enumerate() {
            self.line(depth + 1);
            if let Some((key, span)) = key {
                self.quoted(&key.as_str().unwrap_or_default(), span);
                self.text.push_str(": ");
            }
            self.value(value, depth + 1);
            if index + 1 < last {
                self.text.push(',');
            }
        }
        if last > 0 {
            self.line(depth);
        }
        self.text.push(close);
    }

    fn line(&mut self, depth: usize) {
        self.text.push('\n');
        self.text.extend(std::iter::repeat_n("  ", depth));
    }

    fn quoted(&mut self, text: &str, span: Span) {
        let written = serde_json::to_string(text).unwrap_or_default();
        let start = self.text.len() + 1;
        self.text.push_str(&written);
        if span == self.at && self.marked.is_none() {
            self.marked = Some((start, self.text.len() - 1));
        }
    }
}
