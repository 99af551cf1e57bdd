//! `Fn::Join`, `Fn::Select`, `Fn::Split`.

use super::evaluate::{self, Evaluator, append, bounded, opaque};
use super::sub;
use crate::bounds;
use crate::parse::Node;
use crate::source::Span;
use crate::value::{Class, Kind, Part, Piece, PieceKind, Symbol, Text, Value, When, Words};

impl Evaluator<'_> {
    pub(super) fn join(&self, argument: &Node, span: Span) -> Value {
        let [separator, items] = argument.items() else { return opaque("Fn::Join", span) };
        let separator = self.value(separator);
        let list = self.value(items);
        let each = list.alternatives().iter().map(|one| {
            let items = one.as_list().filter(|list| !list.open);
            let (Some(separator), Some(items)) = (separator.as_text(), items) else {
                return self.applied(one, joined_by(&separator), span);
            };
            let place = self.place_of(&items.items, argument.span);
            sub::resolved(&joined(&separator, &items.items, place), self.place())
        });
        let value = Value::choice(each.collect::<Vec<_>>(), argument.span);
        if value.alternatives().len() > bounds::CHOICES { bounded(span) } else { value }
    }

    /// Where a joined text is shown: the whole list when it is on one line, else its longest item that is
    /// written there.
    fn place_of(&self, items: &[Value], whole: Span) -> Span {
        if self.lookup().is_on_one_line(whole) {
            return whole;
        }
        let written = items.iter().filter(|item| item.as_str().is_some() && whole.contains(item.span));
        written.map(|item| item.span).max_by_key(|span| (span.len(), span.end)).unwrap_or(whole)
    }

    pub(super) fn select(&self, argument: &Node, span: Span) -> Value {
        let [index, items] = argument.items() else { return opaque("Fn::Select", span) };
        let index = self.value(index);
        // What is cut from something not known still has its identity.
        let cut = evaluate::call(items).filter(|call| call.name == "Split");
        let whole = match cut.as_ref().map(|call| call.argument.items()) {
            Some([separator, source]) => Some((self.value(separator), self.value(source))),
            _ => None,
        };
        let list = self.value(items);
        let mut found = Vec::new();
        for index in index.alternatives() {
            for (at, one) in list.alternatives().iter().enumerate() {
                let beyond = whole.as_ref().and_then(|(separator, source)| {
                    let source = source.alternatives().get(at)?;
                    Some(self.applied(source, call(&separator.as_str()?), span))
                });
                found.push(self.selected(index, one, beyond.as_ref().unwrap_or(one), span));
            }
        }
        let value = Value::choice(found, span);
        if value.alternatives().len() > bounds::CHOICES { bounded(span) } else { value }
    }

    /// The item of a list; `whole` is what the list was made of.
    fn selected(&self, index: &Value, one: &Value, whole: &Value, span: Span) -> Value {
        let known = index.as_str().and_then(|index| index.trim().parse::<usize>().ok());
        match (known, one.as_list()) {
            (Some(index), Some(items)) => match items.items.get(index) {
                // An item that may be missing shifts what follows it.
                Some(_) if items.items.iter().take(index + 1).any(may_vanish) => {
                    opaque("Fn::Select of an uncertain list", span)
                }
                Some(item) => item.clone(),
                None if items.open => self.applied(whole, Part::Index(index.to_string().into()), span),
                None => opaque("Fn::Select beyond the end", span),
            },
            (None, Some(items)) if index.as_str().is_none() && !items.open => {
                Value::choice(items.items.iter().take(bounds::CHOICES + 1).cloned(), span)
            }
            (Some(index), None) => self.applied(one, Part::Index(index.to_string().into()), span),
            _ => self.applied(one, Part::At(words(index)), span),
        }
    }

    pub(super) fn split(&self, argument: &Node, span: Span) -> Value {
        let [separator, source] = argument.items() else { return opaque("Fn::Split", span) };
        let (separator, source) = (self.value(separator), self.value(source));
        let Some(separator) = separator.as_str().filter(|text| !text.is_empty()) else {
            return opaque("Fn::Split", span);
        };
        let each = source.alternatives().iter().map(|one| self.cut(one, &separator, span));
        Value::choice(each.collect::<Vec<_>>(), span)
    }

    fn cut(&self, one: &Value, separator: &str, span: Span) -> Value {
        let Some(text) = one.as_text() else { return self.applied(one, call(separator), span) };
        let single = one_char(separator);
        if let Some(at) = single.filter(|at| splittable(&text, *at)) {
            let items = text.splitn(bounds::ITEMS, at).into_iter().map(|item| {
                let span = item.span().unwrap_or(one.span);
                let mut value = Value::text(item, span);
                value.via = one.via.clone();
                value
            });
            return Value::list(items.collect(), one.span);
        }
        if let Some(literal) = text.as_literal() {
            let items = literal.split(separator).take(bounds::ITEMS);
            return Value::list(items.map(|item| Value::literal(item, one.span)).collect(), one.span);
        }
        self.cut_in_front(&text, separator, one, span)
    }

    /// What stands before the first symbol that may contain the separator is cut; the rest is not known, not
    /// even how many items it has.
    fn cut_in_front(&self, text: &Text, separator: &str, one: &Value, span: Span) -> Value {
        let unknown = self.applied(one, call(separator), span);
        let Some(at) = one_char(separator) else { return unknown };
        let mut front = Text::default();
        for piece in text.pieces().iter().take_while(|piece| is_splittable(piece, at)) {
            front.push(piece.kind.clone(), piece.span);
        }
        let mut items = front.splitn(bounds::ITEMS, at);
        // The last one goes on in what is not known.
        items.pop();
        if items.is_empty() {
            return unknown;
        }
        let items = items.into_iter().map(|item| {
            let span = item.span().unwrap_or(one.span);
            Value::text(item, span)
        });
        let list = crate::value::List { items: items.collect(), open: true };
        Value::new(Kind::List(list), one.span)
    }
}

/// The items with the separator between them: every combination of their alternatives, without those that
/// are missing.
fn joined(separator: &Text, items: &[Value], span: Span) -> Value {
    // Whether the text has an item yet decides whether a separator is due.
    let mut texts: Vec<(Text, bool, When)> = vec![(Text::default(), false, When::default())];
    for item in items {
        let place = item.via.spans().next();
        let alternatives = item.alternatives();
        if texts.len().saturating_mul(alternatives.len()) > bounds::CHOICES {
            return bounded(span);
        }
        let mut longer = Vec::with_capacity(texts.len() * alternatives.len());
        for (text, begun, own) in &texts {
            for alternative in alternatives {
                let Some(when) = own.and(&alternative.when()) else { continue };
                let mut text = text.clone();
                if alternative.is_unset() {
                    longer.push((text, *begun, when));
                    continue;
                }
                if *begun {
                    text.append(separator);
                }
                append(&mut text, alternative, place);
                if text.pieces().len() > bounds::TEMPLATE_PIECES {
                    return bounded(span);
                }
                longer.push((text, true, when));
            }
        }
        texts = longer;
    }
    Value::choice(texts.into_iter().filter_map(|(text, _, when)| Value::text(text, span).under(&when)), span)
}

fn may_vanish(value: &Value) -> bool {
    value.alternatives().iter().any(Value::is_unset)
}

fn call(separator: &str) -> Part {
    Part::function("split", separator)
}

fn joined_by(separator: &Value) -> Part {
    Part::Function { name: "join".into(), argument: Some(words(separator)) }
}

/// What a value is as part of an identity.
fn words(value: &Value) -> Words {
    let words = value.as_text().as_ref().and_then(Words::of_text);
    words.unwrap_or_else(|| Words::literal("…"))
}

fn one_char(text: &str) -> Option<char> {
    let mut chars = text.chars();
    chars.next().filter(|_| chars.next().is_none())
}

/// Whether no symbol of the text can contain the separator.
fn splittable(text: &Text, separator: char) -> bool {
    text.pieces().iter().all(|piece| is_splittable(piece, separator))
}

fn is_splittable(piece: &Piece, separator: char) -> bool {
    match &piece.kind {
        PieceKind::Literal(_) => true,
        PieceKind::Json(_) => false,
        PieceKind::Symbol(symbol) => match symbol.class {
            Class::Account | Class::AccountId => !separator.is_ascii_alphanumeric(),
            Class::Word => matches!(separator, ':' | ',' | ' '),
            Class::Region | Class::Partition | Class::Organization => {
                !separator.is_ascii_alphanumeric() && separator != '-'
            }
            Class::DnsSuffix => !separator.is_ascii_alphanumeric() && separator != '.',
            Class::Computed => matches!(separator, ':' | ',' | '|' | ';' | ' ') && is_name(symbol),
            Class::Keyed | Class::Opaque => false,
        },
    }
}

/// Whether an attribute is a name or an id, and not put together from several as ARNs and addresses are.
fn is_name(symbol: &Symbol) -> bool {
    let attribute = symbol.origin.attribute_name().unwrap_or_default().to_ascii_lowercase();
    !["arn", "url", "uri", "endpoint", "address", "ref", "ids", "names"]
        .iter()
        .any(|ending| attribute.ends_with(ending))
}
