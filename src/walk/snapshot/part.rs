//! JSON that is read where it stands and only as far as somebody asks, since a snapshot may have hundreds of megabytes; what is
//! written otherwise (YAML, JSON in a string) is a tree of values.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::bounds;
use crate::parse::json;
use crate::source::Span;
use crate::value::{Kind, PieceKind, Text, Value};

/// A part of a snapshot.
#[derive(Clone, Copy, Debug)]
pub(super) enum Part<'t> {
    /// Valid JSON, and where it stands.
    Raw(&'t str, Span),
    /// What was read already.
    Tree(&'t Value),
}

/// A text, and where it stands, without quotes.
#[derive(Clone, Debug)]
pub(super) struct Word<'t> {
    pub(super) text: Cow<'t, str>,
    pub(super) span: Span,
}

impl Word<'_> {
    pub(super) fn value(&self) -> Value {
        Value::literal(&*self.text, self.span)
    }
}

/// The members of an object, by names of which the size of letters does not matter: AWS Config has those of IAM in camel case.
#[derive(Debug, Default)]
pub(super) struct Members<'t>(Vec<(Cow<'t, str>, Part<'t>)>);

impl<'t> Members<'t> {
    /// A member that says something: not `null`, and neither empty text, list nor object.
    pub(super) fn get(&self, name: &str) -> Option<Part<'t>> {
        let named = self.0.iter().rev().find(|(key, _)| key.eq_ignore_ascii_case(name));
        named.map(|(_, part)| *part).filter(|part| !part.is_nothing())
    }

    /// Whether there is such a member, even an empty one.
    pub(super) fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(key, _)| key.eq_ignore_ascii_case(name))
    }

    /// The items of a list among the members.
    pub(super) fn list(&self, name: &str) -> Vec<Part<'t>> {
        self.get(name).map(Part::items).unwrap_or_default()
    }

    /// The objects in a list among the members, each with its members.
    pub(super) fn objects(&self, name: &str) -> Vec<(Part<'t>, Members<'t>)> {
        self.get(name).map(Part::objects).unwrap_or_default()
    }

    /// A text among the members.
    pub(super) fn word(&self, name: &str) -> Option<Word<'t>> {
        self.get(name)?.word()
    }

    /// Its text alone.
    pub(super) fn str(&self, name: &str) -> Option<Cow<'t, str>> {
        self.word(name).map(|word| word.text)
    }

    /// All of them, in the order written.
    #[cfg(test)]
    fn iter(&self) -> impl Iterator<Item = (&str, Part<'t>)> {
        self.0.iter().map(|(name, part)| (&**name, *part))
    }
}

impl<'t> Part<'t> {
    pub(super) fn span(self) -> Span {
        match self {
            Part::Raw(_, span) => span,
            Part::Tree(value) => value.span,
        }
    }

    /// The members of an object; none of anything else.
    pub(super) fn members(self) -> Members<'t> {
        match self {
            Part::Raw(text, span) => {
                let Ok(shallow) = serde_json::from_str::<Shallow<'t>>(text) else {
                    return Members::default();
                };
                shallow.members(text, span)
            }
            Part::Tree(value) => {
                let entries = value.as_map().map(|map| map.entries.as_slice()).unwrap_or_default();
                let each = entries.iter().filter_map(|entry| Some((entry.key.as_literal()?, &entry.value)));
                Members(each.map(|(name, value)| (name, Part::Tree(value))).collect())
            }
        }
    }

    /// The items of a list; none of anything else.
    pub(super) fn items(self) -> Vec<Part<'t>> {
        match self {
            Part::Raw(text, span) => {
                let items: Vec<&RawValue> = serde_json::from_str(text).unwrap_or_default();
                items.into_iter().map(|raw| inside(text, span, raw)).collect()
            }
            Part::Tree(value) => {
                let items = value.as_list().map(|list| list.items.as_slice()).unwrap_or_default();
                items.iter().map(Part::Tree).collect()
            }
        }
    }

    /// The objects in a list, each with its members: read at once, since there may be thousands of them.
    fn objects(self) -> Vec<(Part<'t>, Members<'t>)> {
        if let Part::Raw(text, span) = self
            && let Ok(all) = serde_json::from_str::<Vec<Shallow<'t>>>(text)
            && let Some(found) = all.into_iter().map(|one| one.placed(text, span)).collect()
        {
            return found;
        }
        self.items().into_iter().filter(|item| item.is_object()).map(|item| (item, item.members())).collect()
    }

    /// Whether it says nothing. A list may be left out, `null` or empty, and so may a document.
    pub(super) fn is_nothing(self) -> bool {
        match self {
            Part::Raw(text, _) => {
                let inner =
                    |open, close| text.strip_prefix(open).and_then(|rest: &str| rest.strip_suffix(close));
                let inner = inner('[', ']').or_else(|| inner('{', '}'));
                matches!(text, "null" | "\"\"") || inner.is_some_and(|inner| inner.trim().is_empty())
            }
            Part::Tree(value) => match &value.kind {
                Kind::Null | Kind::Absent => true,
                Kind::Text(text) => text.is_empty(),
                Kind::List(list) => list.items.is_empty(),
                Kind::Map(map) => map.entries.is_empty(),
                _ => false,
            },
        }
    }

    /// Whether it is an object.
    pub(super) fn is_object(self) -> bool {
        match self {
            Part::Raw(text, _) => text.starts_with('{'),
            Part::Tree(value) => value.as_map().is_some(),
        }
    }

    /// Whether it is a list.
    pub(super) fn is_list(self) -> bool {
        match self {
            Part::Raw(text, _) => text.starts_with('['),
            Part::Tree(value) => value.as_list().is_some(),
        }
    }

    /// The text of a string, a number or a boolean.
    pub(super) fn word(self) -> Option<Word<'t>> {
        match self {
            Part::Raw(text, span) => {
                let Some(inner) = quoted(text) else {
                    let is_scalar = !text.starts_with(['{', '[']) && text != "null";
                    return is_scalar.then_some(Word { text: Cow::Borrowed(text), span });
                };
                let text = if inner.contains('\\') {
                    Cow::Owned(serde_json::from_str(text).ok()?)
                } else {
                    Cow::Borrowed(inner)
                };
                Some(Word { text, span: span.part(1, span.len().saturating_sub(1)) })
            }
            Part::Tree(value) => Some(Word { text: value.as_str()?, span: value.span }),
        }
    }

    /// The policy document that it is: an object, or one as a text, percent-encoded, or as JSON in JSON. `None` when there
    /// is none.
    ///
    /// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountAuthorizationDetails.html>: policies returned are
    /// URL-encoded, compliant with RFC 3986; the CLI and most SDKs decode them.
    ///
    /// # Errors
    ///
    /// When it is a text that does not hold a document.
    pub(super) fn document(self) -> Result<Option<Value>, Span> {
        if self.is_nothing() {
            return Ok(None);
        }
        if self.is_object() {
            return Ok(Some(match self {
                Part::Raw(text, span) => Value::literal(text, span),
                Part::Tree(value) => Value::new(value.kind.clone(), value.span),
            }));
        }
        let text = self.text().ok_or(self.span())?;
        let text = unpacked(text).ok_or(self.span())?;
        let is_empty = text.as_literal().is_some_and(|text| matches!(text.trim(), "{}" | "" | "null"));
        Ok((!is_empty).then(|| Value::text(text, self.span())))
    }

    /// The text of a string, each part of it with its place.
    fn text(self) -> Option<Text> {
        match self {
            Part::Raw(text, span) => {
                let inner = quoted(text)?;
                if !inner.contains('\\') {
                    return Some(Text::literal(inner, span.part(1, span.len().saturating_sub(1))));
                }
                json::value_from_text(&Text::literal(text, span), span).ok()?.as_text()
            }
            Part::Tree(value) => match &value.kind {
                Kind::Text(text) => Some(Text::clone(text)),
                _ => None,
            },
        }
    }

    /// What a text holds that is JSON, or the part itself when it is not a text.
    pub(super) fn read(self) -> Option<Value> {
        match self {
            Part::Raw(text, span) if quoted(text).is_none() => {
                json::value_from_text(&Text::literal(text, span), span).ok()
            }
            Part::Tree(value) if value.as_text().is_none() => {
                Some(Value::new(value.kind.clone(), value.span))
            }
            _ => json::value_from_text(&unpacked(self.text()?)?, self.span()).ok(),
        }
    }
}

/// What is between the quotes of a string.
fn quoted(text: &str) -> Option<&str> {
    text.strip_prefix('"')?.strip_suffix('"')
}

/// Takes off what a document was packed in, until an object begins: percent encoding, and JSON strings in JSON strings.
fn unpacked(mut text: Text) -> Option<Text> {
    for _ in 0..bounds::DOCUMENT_PACKINGS {
        let begins = text.joined().as_literal()?.trim_start().chars().next();
        match begins {
            None | Some('{' | '[' | 'n') => return Some(text),
            Some('%') => text = decoded(&text)?,
            Some('"') => {
                let span = text.span()?;
                text = json::value_from_text(&text, span).ok()?.as_text()?;
            }
            Some(_) => return None,
        }
    }
    None
}

/// Percent encoding as RFC 3986 has it, where `+` stays what it is. Runs of encoded and of plain characters keep their places.
///
/// <https://www.rfc-editor.org/rfc/rfc3986#section-2.1>
fn decoded(text: &Text) -> Option<Text> {
    let mut decoded = Text::default();
    for piece in text.pieces() {
        let PieceKind::Literal(written) = &piece.kind else { return None };
        let is_exact = written.len() == piece.span.len();
        let mut at = 0;
        for run in runs(written) {
            let (start, end) = (at, at + run.len());
            at = end;
            let span = if is_exact { piece.span.part(start, end) } else { piece.span };
            if run.starts_with('%') {
                let bytes: Option<Vec<u8>> = run.split('%').skip(1).map(byte).collect();
                decoded.push_str(String::from_utf8(bytes?).ok()?, span);
            } else {
                decoded.push_str(run, span);
            }
        }
    }
    Some(decoded)
}

fn byte(hex: &str) -> Option<u8> {
    let is_hex = hex.bytes().all(|digit| digit.is_ascii_hexdigit());
    u8::from_str_radix(hex, 16).ok().filter(|_| is_hex)
}

/// The runs of a text: of encoded bytes (`%7B%22`), and of what stands between them.
fn runs(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let mut encoded = 0;
        while rest.get(encoded..encoded + 1) == Some("%") && rest.get(encoded..encoded + 3).is_some() {
            encoded += 3;
        }
        let length = match encoded {
            0 => rest.char_indices().skip(1).find(|(_, char)| *char == '%').map_or(rest.len(), |(at, _)| at),
            encoded => encoded,
        };
        let (run, after) = rest.split_at(length);
        rest = after;
        Some(run)
    })
}

/// The part at which a raw value stands inside a text, from which it is borrowed.
fn inside<'t>(text: &str, span: Span, raw: &'t RawValue) -> Part<'t> {
    let raw = raw.get();
    let start = offset(text, raw);
    Part::Raw(raw, span.part(start, start + raw.len()))
}

/// Where a part of a text begins in it.
fn offset(text: &str, part: &str) -> usize {
    (part.as_ptr() as usize).saturating_sub(text.as_ptr() as usize)
}

impl<'t> Shallow<'t> {
    /// The members, with where they stand in a text from which they are borrowed.
    fn members(self, text: &str, span: Span) -> Members<'t> {
        let each = self.0.into_iter().map(|(Name(name), raw)| (name, inside(text, span, raw)));
        Members(each.collect())
    }

    /// The object itself and its members. Its braces are beside the first name and the last value; `None` when there is none,
    /// or when the first name is not written as it is read.
    fn placed(self, text: &'t str, span: Span) -> Option<(Part<'t>, Members<'t>)> {
        let ((Name(first), _), (_, last)) = (self.0.first()?, self.0.last()?);
        let Cow::Borrowed(first) = first else { return None };
        let before = text.get(..offset(text, first))?.strip_suffix('"')?.trim_end();
        let start = before.strip_suffix('{')?.len();
        let after = text.get(offset(text, last.get()) + last.get().len()..)?;
        let end = text.len() - after.trim_start().strip_prefix('}')?.len();
        let whole = Part::Raw(text.get(start..end)?, span.part(start, end));
        Some((whole, self.members(text, span)))
    }
}

/// One of the values in a file, as far as it is read at first: the members of an object, or the items of a list.
pub(super) enum Outermost<'t> {
    Object(Shallow<'t>),
    List(Vec<&'t RawValue>),
    Other,
}

impl<'t> Outermost<'t> {
    /// The objects, each with its members; `text` is that of the value, and stands at `span`.
    pub(super) fn objects(self, text: &'t str, span: Span) -> Vec<(Part<'t>, Members<'t>)> {
        match self {
            Self::Object(shallow) => vec![(Part::Raw(text, span), shallow.members(text, span))],
            Self::List(items) => {
                let items = items.into_iter().map(|raw| inside(text, span, raw));
                items.filter(|item| item.is_object()).map(|item| (item, item.members())).collect()
            }
            Self::Other => Vec::new(),
        }
    }
}

impl<'t> Deserialize<'t> for Outermost<'t> {
    fn deserialize<D: Deserializer<'t>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reading;

        impl<'t> Visitor<'t> for Reading {
            type Value = Outermost<'t>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a value")
            }

            fn visit_map<A: MapAccess<'t>>(self, map: A) -> Result<Self::Value, A::Error> {
                members_of(map).map(Outermost::Object)
            }

            fn visit_seq<A: SeqAccess<'t>>(self, mut list: A) -> Result<Self::Value, A::Error> {
                let mut items = Vec::new();
                while let Some(item) = list.next_element()? {
                    items.push(item);
                }
                Ok(Outermost::List(items))
            }

            fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
                Ok(Outermost::Other)
            }

            fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
                Ok(Outermost::Other)
            }

            fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
                Ok(Outermost::Other)
            }

            fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
                Ok(Outermost::Other)
            }

            fn visit_str<E>(self, _: &str) -> Result<Self::Value, E> {
                Ok(Outermost::Other)
            }

            fn visit_unit<E>(self) -> Result<Self::Value, E> {
                Ok(Outermost::Other)
            }
        }

        deserializer.deserialize_any(Reading)
    }
}

/// The members of a map, each as it stands.
fn members_of<'t, A: MapAccess<'t>>(mut map: A) -> Result<Shallow<'t>, A::Error> {
    let mut members = Vec::new();
    while let Some(member) = map.next_entry()? {
        members.push(member);
    }
    Ok(Shallow(members))
}

#[derive(Deserialize)]
struct Name<'t>(#[serde(borrow)] Cow<'t, str>);

/// The members of an object, each as it stands.
pub(super) struct Shallow<'t>(Vec<(Name<'t>, &'t RawValue)>);

impl<'t> Deserialize<'t> for Shallow<'t> {
    fn deserialize<D: Deserializer<'t>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reading;

        impl<'t> Visitor<'t> for Reading {
            type Value = Shallow<'t>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'t>>(self, map: A) -> Result<Shallow<'t>, A::Error> {
                members_of(map)
            }
        }

        deserializer.deserialize_map(Reading)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Sources;

    /// The documents of all members of an object, as text and as the places of their parts.
    fn documents(text: &str) -> Vec<Option<String>> {
        let sources = Sources::in_memory([("a.json".to_owned(), text.to_owned())]);
        let whole = Part::Raw(text, Span::new(sources.ids().next().unwrap(), 0, text.len()));
        let document = |part: Part<'_>| {
            let value = part.document().ok()??;
            let text = value.as_text()?;
            for piece in text.pieces() {
                let PieceKind::Literal(read) = &piece.kind else { panic!("{piece:?}") };
                let written = sources.slice(piece.span);
                assert!(written == **read || written.contains(['%', '\\']), "{written} is not {read}");
            }
            Some(text.as_literal()?.into_owned())
        };
        whole.members().iter().map(|(_, part)| document(part)).collect()
    }

    #[test]
    fn a_document_is_found_in_every_packing() {
        let plain = r#"{"Id": "a+b"}"#;
        let string = serde_json::to_string(plain).unwrap();
        let twice = serde_json::to_string(&string).unwrap();
        let text = format!(
            r#"{{"a": {plain}, "b": {string}, "c": {twice}, "d": "%7B%22Id%22%3A%20%22a+b%22%7D", "e": "%7B%22%C3%A4%22%7D"}}"#
        );
        let expected = [plain, plain, plain, plain, r#"{"ä"}"#].map(|it| Some(it.to_owned()));
        assert_eq!(documents(&text), expected);
    }

    #[test]
    fn nothing_is_no_document_and_neither_is_what_does_not_decode() {
        let text = r#"{"a": null, "b": "", "c": {}, "d": [], "e": "{}", "f": "%7", "g": "%FF%FE", "h": "word", "i": "%7B"}"#;
        let found = documents(text);
        assert_eq!(found, [None, None, None, None, None, None, None, None, Some("{".to_owned())]);
    }

    #[test]
    fn members_are_found_whatever_the_size_of_their_letters_and_the_last_one_counts() {
        let sources = Sources::in_memory([("a".to_owned(), String::new())]);
        let text = r#"{ "roleName" : "a", "ROLENAME": "b\u0041", "Empty": [ ] }"#;
        let members = Part::Raw(text, Span::new(sources.ids().next().unwrap(), 0, text.len())).members();
        assert_eq!(members.str("RoleName").as_deref(), Some("bA"));
        assert!(members.has("empty") && members.get("empty").is_none());
    }
}
