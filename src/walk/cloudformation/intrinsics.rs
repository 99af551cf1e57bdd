//! Intrinsic functions other than `Ref`, `Fn::GetAtt` and `Fn::Sub`.

use super::evaluate::{Call, Evaluator, MAX_CHOICES, Part, bounded, concatenate, opaque};
use super::sub;
use crate::parse::{Node, NodeKind};
use crate::source::Span;
use crate::value::{Answer, Because, Class, Kind, Piece, PieceKind, Symbol, Text, Value};

impl Evaluator<'_> {
    /// What a call of a function returns.
    pub(super) fn call(&self, call: &Call<'_>, span: Span) -> Value {
        let argument = call.argument;
        match call.name {
            "Ref" => argument
                .as_str()
                .map_or_else(|| opaque("Ref", span), |name| self.reference(&name, argument.span)),
            "GetAtt" => self.get_att(argument, span),
            "Sub" => self.sub(call, span),
            "Join" => self.join(argument, span),
            "Select" => self.select(argument, span),
            "Split" => self.split(argument, span),
            "If" => self.choose(argument, span),
            "FindInMap" => self.find_in_map(argument, span),
            "ImportValue" => self.import(call, span),
            "ToJsonString" => {
                let inner = self.argument(call);
                let span = inner.span;
                Value::new(Kind::Json(inner.into()), span)
            }
            "Length" => self.length(call, span),
            "Condition" | "Equals" | "And" | "Or" | "Not" => opaque("a condition", span),
            "Transform" => self.unknown(&transform_name(argument), Because::Remote, argument.span),
            "GetAZs" | "Cidr" => self.unknown(&written(argument, call.name), Because::Run, span),
            "Base64" => opaque("Fn::Base64", span),
            // A tag that is none of CloudFormation's, or a single `Fn::` key that is not known.
            name => opaque(name, span),
        }
    }

    fn get_att(&self, argument: &Node, span: Span) -> Value {
        if let Some(dotted) = argument.as_str() {
            return match dotted.split_once('.') {
                Some((address, attribute)) => self.attribute(address, attribute, argument.span),
                None => self.unknown(&dotted, Because::Undeclared, argument.span),
            };
        }
        let [address, attributes @ ..] = argument.items() else { return opaque("Fn::GetAtt", span) };
        let words: Vec<Value> = attributes.iter().map(|node| self.value(node)).collect();
        let words: Option<Vec<_>> = words.iter().map(Value::as_str).collect();
        match (address.as_str(), words) {
            (Some(address), Some(words)) if !words.is_empty() => {
                let address = super::template::replace(&address, &self.scope.borrow());
                self.attribute(&address, &words.join("."), argument.span)
            }
            _ => opaque("Fn::GetAtt", span),
        }
    }

    fn join(&self, argument: &Node, span: Span) -> Value {
        let [separator, items] = argument.items() else { return opaque("Fn::Join", span) };
        let separator = self.value(separator);
        let list = self.value(items);
        let (Some(separator), Some(items)) = (separator.as_text(), list.as_list().filter(|list| !list.open))
        else {
            return self.applied(&list, &format!(".join({})", shown(&separator)), span);
        };
        let mut parts = Vec::new();
        for item in &items.items {
            if !parts.is_empty() && !separator.is_empty() {
                parts.push(Part { value: Value::text(separator.clone(), argument.span), place: None });
            }
            parts.push(Part { value: item.clone(), place: item.via.spans().next() });
        }
        sub::resolved(&concatenate(&parts, argument.span), &self.template.unit)
    }

    fn select(&self, argument: &Node, span: Span) -> Value {
        let [index, items] = argument.items() else { return opaque("Fn::Select", span) };
        let (index, list) = (self.value(index), self.value(items));
        let each = list.alternatives().iter().map(|one| {
            let known = index.as_str().and_then(|index| index.trim().parse::<usize>().ok());
            match (known, one.as_list()) {
                (Some(index), Some(items)) if !items.open || index < items.items.len() => {
                    match items.items.get(index) {
                        Some(item) => item.clone(),
                        None => opaque("Fn::Select beyond the end", span),
                    }
                }
                (None, Some(items)) if !items.open && items.items.len() <= MAX_CHOICES => {
                    Value::choice(items.items.iter().cloned(), span)
                }
                _ => self.applied(one, &format!("[{}]", shown(&index)), span),
            }
        });
        Value::choice(each.collect::<Vec<_>>(), span)
    }

    fn split(&self, argument: &Node, span: Span) -> Value {
        let [separator, source] = argument.items() else { return opaque("Fn::Split", span) };
        let (separator, source) = (self.value(separator), self.value(source));
        let Some(separator) = separator.as_str().filter(|text| !text.is_empty()) else {
            return opaque("Fn::Split", span);
        };
        let each = source.alternatives().iter().map(|one| match one.as_text() {
            Some(text) if one_char(&separator).is_some_and(|c| splittable(&text, c)) => {
                let at = one_char(&separator).unwrap_or(',');
                let items = text.splitn(1_000, at).into_iter().map(|item| {
                    let span = item.span().unwrap_or(one.span);
                    let mut value = Value::text(item, span);
                    value.via = one.via.clone();
                    value
                });
                Value::list(items.collect(), one.span)
            }
            Some(text) if text.as_literal().is_some() => {
                let literal = text.as_literal().unwrap_or_default().into_owned();
                let items = literal.split(&*separator).take(1_000);
                Value::list(items.map(|item| Value::literal(item, one.span)).collect(), one.span)
            }
            _ => self.applied(one, &format!(".split({separator})"), span),
        });
        Value::choice(each.collect::<Vec<_>>(), span)
    }

    /// `Fn::If`: one branch when the condition is certain, else both, the usual one first.
    fn choose(&self, argument: &Node, span: Span) -> Value {
        let [name, yes, no] = argument.items() else { return opaque("Fn::If", span) };
        let Some(name) = name.as_str() else { return opaque("Fn::If", span) };
        let outcome = self.condition(&name);
        match (outcome.definite, outcome.usual) {
            (Answer::Yes, _) => self.value(yes),
            (Answer::No, _) => self.value(no),
            (Answer::Unknown, Answer::No) => both(self.value(no), self.value(yes), argument.span),
            (Answer::Unknown, _) => both(self.value(yes), self.value(no), argument.span),
        }
    }

    fn find_in_map(&self, argument: &Node, span: Span) -> Value {
        let [name, top, second, rest @ ..] = argument.items() else { return opaque("Fn::FindInMap", span) };
        let [name, top, second] = [name, top, second].map(|node| self.value(node));
        let default = rest.first().and_then(|node| node.get("DefaultValue")).map(|node| self.value(node));
        let mapping = name.as_str().and_then(|name| self.template.mappings.get(&*name));
        let Some(mapping) = mapping else {
            return default.unwrap_or_else(|| self.applied(&name, " (a mapping)", span));
        };
        let mut found = Vec::new();
        let mut missing = false;
        for member in reached(mapping, &top, &mut missing) {
            for member in reached(member, &second, &mut missing) {
                found.push(self.value(member).through(argument.span));
            }
        }
        let known = top.is_known() && second.is_known();
        if let Some(default) = default.filter(|_| !known || missing) {
            found.push(default);
        }
        distinct(&mut found);
        match found.len() {
            0 => self.unknown(&written(argument, "FindInMap"), Because::Undeclared, span),
            1..=MAX_CHOICES => Value::choice(found, argument.span),
            _ => bounded(span),
        }
    }

    /// The value of an export of the project, when one has that name.
    fn import(&self, call: &Call<'_>, span: Span) -> Value {
        let name = self.argument(call);
        let each = name.alternatives().iter().map(|name| {
            let Some(text) = name.as_text() else { return opaque("Fn::ImportValue", span) };
            let name = export_name(&text);
            match self.exports.get(&name).map_or(&[][..], Vec::as_slice) {
                [] => {
                    let key = format!("import:{name}");
                    let symbol = Symbol::new(Class::Keyed, key, Because::Remote);
                    Value::unknown(symbol, call.argument.span)
                }
                values => {
                    Value::choice(values.iter().cloned(), call.argument.span).through(call.argument.span)
                }
            }
        });
        Value::choice(each.collect::<Vec<_>>(), call.argument.span)
    }

    fn length(&self, call: &Call<'_>, span: Span) -> Value {
        let value = self.argument(call);
        match value.as_list() {
            Some(list) if !list.open => {
                Value::new(Kind::Number(list.items.len().to_string().into()), call.argument.span)
            }
            _ => opaque("Fn::Length", span),
        }
    }

    /// A function of something that is not known, but is the same wherever it is written.
    fn applied(&self, value: &Value, suffix: &str, span: Span) -> Value {
        match &value.kind {
            Kind::Unknown(symbol) => Value::unknown(symbol.part(suffix), span),
            Kind::Text(text) if text.symbols().all(|symbol| symbol.class != Class::Opaque) => {
                self.unknown(&format!("{}{suffix}", export_name(text)), Because::Expression, span)
            }
            _ => opaque(suffix.trim_start_matches('.'), span),
        }
    }
}

fn both(first: Value, second: Value, span: Span) -> Value {
    let value = Value::choice([first, second], span);
    if value.alternatives().len() > MAX_CHOICES { bounded(span) } else { value }
}

/// What a key leads to: that entry when it is known, else every entry.
fn reached<'n>(node: &'n Node, key: &Value, missing: &mut bool) -> Vec<&'n Node> {
    let mut out = Vec::new();
    for key in key.alternatives() {
        match key.as_str() {
            Some(key) => match node.get(&key) {
                Some(found) => out.push(found),
                None => *missing = true,
            },
            None => out.extend(node.members().iter().map(|member| &member.value)),
        }
    }
    out
}

/// Drops what is said twice.
fn distinct(values: &mut Vec<Value>) {
    let mut seen = std::collections::BTreeSet::new();
    values.retain(|value| value.as_str().is_none_or(|text| seen.insert(text.into_owned())));
}

/// A text as a name that is the same wherever the same is written. What belongs to one stack keeps its unit.
pub(super) fn export_name(text: &Text) -> String {
    let mut name = String::new();
    for Piece { kind, .. } in text.pieces() {
        match kind {
            PieceKind::Literal(literal) => name.push_str(literal),
            PieceKind::Symbol(symbol) => {
                let own = symbol.class == Class::Opaque
                    || symbol.class == Class::Computed
                    || symbol.because == Because::Run && symbol.class == Class::Keyed;
                let shown = if own { symbol.key.replace('#', ".") } else { symbol.shown() };
                name.push_str("${");
                name.push_str(&shown);
                name.push('}');
            }
            PieceKind::Json(_) => name.push_str("${…}"),
        }
    }
    name
}

fn one_char(text: &str) -> Option<char> {
    let mut chars = text.chars();
    chars.next().filter(|_| chars.next().is_none())
}

/// Whether no symbol of the text can contain the separator.
fn splittable(text: &Text, separator: char) -> bool {
    text.pieces().iter().all(|piece| match &piece.kind {
        PieceKind::Literal(_) => true,
        PieceKind::Json(_) => false,
        PieceKind::Symbol(symbol) => match symbol.class {
            Class::Account | Class::Region | Class::Partition | Class::Organization => {
                !separator.is_ascii_alphanumeric() && separator != '-'
            }
            Class::DnsSuffix => !separator.is_ascii_alphanumeric() && separator != '.',
            Class::Computed => matches!(separator, ':' | ',' | '|' | ';' | ' '),
            Class::Keyed | Class::Opaque => false,
        },
    })
}

fn shown(value: &Value) -> String {
    value.as_text().map_or_else(|| "…".to_owned(), |text| text.to_string())
}

fn transform_name(node: &Node) -> String {
    let name = node.get("Name").and_then(Node::as_str).unwrap_or_default();
    let location = node.get("Parameters").and_then(|p| p.get("Location")).and_then(Node::as_str);
    format!("Fn::Transform {name} {}", location.unwrap_or_default()).trim_end().to_owned()
}

/// A call as it is written, for the identity of what is not evaluated.
fn written(argument: &Node, name: &str) -> String {
    fn add(out: &mut String, node: &Node) {
        if out.len() > 200 {
            return;
        }
        match &node.kind {
            NodeKind::List(items) => {
                for item in items {
                    add(out, item);
                }
            }
            NodeKind::Map(members) => {
                for member in members {
                    out.push_str(&member.key);
                    out.push(' ');
                    add(out, &member.value);
                }
            }
            _ => {
                out.push_str(&node.as_str().unwrap_or_default());
                out.push(' ');
            }
        }
    }
    let mut out = format!("Fn::{name} ");
    add(&mut out, argument);
    out.trim_end().to_owned()
}
