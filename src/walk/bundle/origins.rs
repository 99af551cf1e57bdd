//! Origins, as they are written and read. They stand in a table, each before what is made of it, since they share their parts.
//!
//! Inside of other things an origin is its number.

use std::sync::Arc;

use serde::de::{Error, SeqAccess};
use serde_json::{Value as Json, json};

use super::wire::{Items, Known, Wire};
use super::words::Worded;
use super::write::Writer;
use crate::source::SourceId;
use crate::value::{Class, Operand, Origin, OriginKind, Part, UnitKey, Within, Word, Words};

/// Backends whose settings are paths of the project.
const PATHS: [&str; 2] = ["local", "terragrunt"];

impl Writer<'_> {
    /// What stands in the table for an origin.
    pub(super) fn kind(&mut self, kind: &OriginKind) -> Json {
        match kind {
            OriginKind::Unit(unit) => json!(["unit", self.unit(unit)]),
            OriginKind::Configured(name) => json!(["configured", **name]),
            OriginKind::Placeholder(name) => json!(["placeholder", **name]),
            OriginKind::Profile(name) => json!(["profile", **name]),
            OriginKind::Member { organization, name } => json!(["member", **organization, **name]),
            OriginKind::Named { unit, name } => json!(["named", self.unit(unit), **name]),
            OriginKind::Output { unit, name } => json!(["output", self.unit(unit), **name]),
            OriginKind::Declared { unit, type_name, address, instance } => {
                let instance = instance.as_ref().map(|part| self.part(part));
                json!(["declared", self.unit(unit), **type_name, **address, instance])
            }
            OriginKind::Attribute { of, name } => json!(["attribute", self.origin(of), **name]),
            OriginKind::Each { unit, address, name } => json!(["each", self.unit(unit), **address, **name]),
            OriginKind::Part { of, part } => json!(["part", self.origin(of), self.part(part)]),
            OriginKind::OfText { unit, prefix, text, part } => {
                json!(["of-text", self.unit(unit), **prefix, self.words(text), self.part(part)])
            }
            OriginKind::Element { of, key } => json!(["element", self.operand(of), self.operand(key)]),
            OriginKind::Derived { function, operands } => self.tagged("derived", function, operands),
            OriginKind::Returned(function) => json!(["returned", **function]),
            OriginKind::Ran { unit, function, arguments, place } => {
                let arguments: Vec<Json> = arguments.iter().map(|words| self.words(words)).collect();
                let place = place.map(|(file, at)| json!([self.file(file), at]));
                json!(["ran", self.unit(unit), **function, arguments, place])
            }
            OriginKind::Again { of, number } => json!(["again", self.origin(of), number]),
            OriginKind::Written { file, place } => json!(["written", **file, **place]),
            OriginKind::Checkout => json!(["checkout"]),
            OriginKind::Circular => json!(["circular"]),
            OriginKind::TooLarge => json!(["too-large"]),
            OriginKind::Described(text) => json!(["described", **text]),
            OriginKind::Expression(text) => json!(["expression", **text]),
            OriginKind::Found { .. }
            | OriginKind::Stored { .. }
            | OriginKind::Resolved { .. }
            | OriginKind::Import(_)
            | OriginKind::StackOutput { .. }
            | OriginKind::State { .. } => self.looked_up(kind),
        }
    }

    /// What is found elsewhere.
    fn looked_up(&mut self, kind: &OriginKind) -> Json {
        match kind {
            OriginKind::Found { unit, kind, arguments } => {
                let mut parts = vec![json!("found"), self.unit(unit), json!(**kind)];
                for (name, operand) in arguments {
                    parts.extend([json!(**name), self.operand(operand)]);
                }
                Json::Array(parts)
            }
            OriginKind::Stored { unit, name, region } => {
                let unit = unit.as_ref().map(|unit| self.unit(unit));
                let region = region.as_ref().map(|words| self.words(words));
                json!(["stored", unit, self.words(name), region])
            }
            OriginKind::Resolved { unit, written } => {
                json!(["resolved", self.unit(unit), self.words(written)])
            }
            OriginKind::Import(name) => json!(["import", self.words(name)]),
            OriginKind::StackOutput { account, region, stack, output } => {
                let mut said = |words: &Option<Words>| words.as_ref().map(|words| self.words(words));
                let (account, region) = (said(account), said(region));
                json!(["stack-output", account, region, self.words(stack), self.words(output)])
            }
            OriginKind::State { backend, settings, workspace } => {
                let settings: Vec<Json> = settings.iter().map(|one| self.operand(one)).collect();
                let workspace = workspace.as_ref().map(|one| self.operand(one));
                json!(["state", **backend, settings, workspace])
            }
            // Written above.
            _ => json!(["too-large"]),
        }
    }

    fn part(&mut self, part: &Part) -> Json {
        match part {
            Part::Attribute(name) => json!(["attribute", **name]),
            Part::Index(digits) => json!(["index", **digits]),
            Part::Key(words) => json!(["key", self.words(words)]),
            Part::At(words) => json!(["at", self.words(words)]),
            Part::EachKey => json!(["each-key"]),
            Part::SomeItem => json!(["some-item"]),
            Part::Any => json!(["any"]),
            Part::AnyKey => json!(["any-key"]),
            Part::Each(name) => json!(["each", **name]),
            Part::Where { by, is } => json!(["where", self.origin(by), **is]),
            Part::Without(start) => json!(["without", **start]),
            Part::Function { name, argument } => {
                json!(["function", **name, argument.as_ref().map(|words| self.words(words))])
            }
            Part::Mapping => json!(["mapping"]),
        }
    }

    /// A text, or an array of texts, of symbols as `[class, origin]`, of `null` for what has no identity, and of JSON as `["json",
    /// operand]`.
    fn words(&mut self, words: &Words) -> Json {
        match words.as_literal() {
            Some(text) => json!(text),
            None => Json::Array(words.words().iter().map(|word| self.word(word)).collect()),
        }
    }

    fn word(&mut self, word: &Word) -> Json {
        match word {
            Word::Literal(text) => json!(**text),
            Word::Symbol(class, origin) => json!([class.word(), self.origin(origin)]),
            Word::Unknown => Json::Null,
            Word::Json(inner) => json!(["json", self.operand(inner)]),
        }
    }

    fn operand(&mut self, operand: &Operand) -> Json {
        match operand {
            Operand::Null => Json::Null,
            Operand::Bool(value) => json!(value),
            Operand::Number(digits) => json!(["number", **digits]),
            Operand::Text(words) if words.as_literal().is_some() => self.words(words),
            Operand::Text(words) => {
                let words = words.words().iter().map(|word| self.word(word));
                Json::Array(std::iter::once(json!("text")).chain(words).collect())
            }
            Operand::Symbol(class, origin) => json!(["symbol", class.word(), self.origin(origin)]),
            Operand::List(items) => {
                let items = items.iter().map(|item| self.operand(item));
                Json::Array(std::iter::once(json!("list")).chain(items).collect())
            }
            Operand::Map(entries) => {
                let mut parts = vec![json!("map")];
                for (key, value) in entries {
                    parts.extend([self.words(key), self.operand(value)]);
                }
                Json::Array(parts)
            }
            Operand::Json(inner) => json!(["json", self.operand(inner)]),
        }
    }

    fn tagged(&mut self, tag: &str, name: &str, operands: &[Operand]) -> Json {
        let mut parts = vec![json!(tag), json!(name)];
        parts.extend(operands.iter().map(|one| self.operand(one)));
        Json::Array(parts)
    }
}

/// What stands in the table for an origin. What is named by paths or by the configuration gets the name of the project.
impl Wire for OriginKind {
    const WHAT: &'static str = "an origin";

    fn array<'de, A: SeqAccess<'de>>(items: &mut Items<'_, A>) -> Result<Self, A::Error> {
        let word: Arc<str> = items.need()?;
        Ok(match &*word {
            "unit" => Self::Unit(items.need()?),
            "configured" => Self::Configured(below(items.known, &items.need::<Arc<str>>()?)),
            "placeholder" => Self::Placeholder(items.need()?),
            "profile" => Self::Profile(items.need()?),
            "member" => Self::Member {
                organization: below(items.known, &items.need::<Arc<str>>()?),
                name: items.need()?,
            },
            "named" => Self::Named { unit: items.need()?, name: items.need()? },
            "output" => Self::Output { unit: items.need()?, name: items.need()? },
            "declared" => Self::Declared {
                unit: items.need()?,
                type_name: items.need()?,
                address: items.need()?,
                instance: items.need()?,
            },
            "attribute" => Self::Attribute { of: items.need()?, name: items.need()? },
            "each" => {
                Self::Each { unit: items.need()?, address: items.need()?, name: items.need::<Each>()?.0 }
            }
            "part" => Self::Part { of: items.need()?, part: items.need()? },
            "of-text" => Self::OfText {
                unit: items.need()?,
                prefix: items.need()?,
                text: items.need()?,
                part: items.need()?,
            },
            "element" => Self::Element { of: items.need()?, key: items.need()? },
            "derived" => Self::Derived { function: items.need()?, operands: items.rest()?.into() },
            "returned" => Self::Returned(items.need()?),
            "ran" => ran(items)?,
            "again" => Self::Again { of: items.need()?, number: items.need()? },
            "written" => {
                Self::Written { file: below(items.known, &items.need::<Arc<str>>()?), place: items.need()? }
            }
            "checkout" => Self::Checkout,
            "circular" => Self::Circular,
            "too-large" => Self::TooLarge,
            "described" => Self::Described(items.need()?),
            "expression" => Self::Expression(items.need()?),
            word => looked_up(word, items)?,
        })
    }
}

/// What is found elsewhere.
fn looked_up<'de, A: SeqAccess<'de>>(word: &str, items: &mut Items<'_, A>) -> Result<OriginKind, A::Error> {
    Ok(match word {
        "found" => {
            let (unit, kind) = (items.need()?, items.need()?);
            let mut arguments = Vec::new();
            while let Some(name) = items.next()? {
                arguments.push((name, items.need()?));
            }
            OriginKind::Found { unit, kind, arguments: arguments.into() }
        }
        "stored" => OriginKind::Stored { unit: items.need()?, name: items.need()?, region: items.need()? },
        "resolved" => OriginKind::Resolved { unit: items.need()?, written: items.need()? },
        "import" => OriginKind::Import(items.need()?),
        "stack-output" => OriginKind::StackOutput {
            account: items.need()?,
            region: items.need()?,
            stack: items.need()?,
            output: items.need()?,
        },
        "state" => {
            let backend: Arc<str> = items.need()?;
            let mut settings: Vec<Operand> = items.need()?;
            if PATHS.contains(&&*backend) {
                settings = settings.into_iter().map(|one| in_project(items.known, one)).collect();
            }
            OriginKind::State { backend, settings: settings.into(), workspace: items.need()? }
        }
        _ => return Err(A::Error::custom(format_args!("there is no origin `{word}`"))),
    })
}

fn ran<'de, A: SeqAccess<'de>>(items: &mut Items<'_, A>) -> Result<OriginKind, A::Error> {
    let (unit, function) = (items.need()?, items.need()?);
    let arguments = items.need::<Vec<Words>>()?.into();
    let place = items.need::<Option<Place>>()?.map(|place| place.0);
    Ok(OriginKind::Ran { unit, function, arguments, place })
}

/// A path as seen from the project that reads the bundle.
pub(super) fn below(known: &Known, path: &str) -> Arc<str> {
    match &known.project {
        None => path.into(),
        Some(project) if path.is_empty() => Arc::clone(project),
        Some(project) => format!("{project}/{path}").into(),
    }
}

fn in_project(known: &Known, operand: Operand) -> Operand {
    match operand {
        Operand::Text(words) if known.project.is_some() => {
            let start = Word::Literal(below(known, ""));
            let rest = words.words().iter().cloned();
            Operand::Text(Words::of([start, Word::Literal("/".into())].into_iter().chain(rest)))
        }
        other => other,
    }
}

/// A file and a place in it.
struct Place((SourceId, u32));

impl Wire for Place {
    const WHAT: &'static str = "a place";

    fn array<'de, A: SeqAccess<'de>>(items: &mut Items<'_, A>) -> Result<Self, A::Error> {
        let file = items.file()?;
        Ok(Self((file, items.need()?)))
    }
}

/// What is done for each of a collection.
struct Each(&'static str);

impl Wire for Each {
    const WHAT: &'static str = "`key` or `value`";

    fn text<E: Error>(_: &Known, text: &str) -> Result<Self, E> {
        match text {
            "key" => Ok(Self("key")),
            "value" => Ok(Self("value")),
            _ => Err(E::custom(format_args!("expected {}, found `{text}`", Self::WHAT))),
        }
    }
}

impl Wire for Part {
    const WHAT: &'static str = "a part";

    fn array<'de, A: SeqAccess<'de>>(items: &mut Items<'_, A>) -> Result<Self, A::Error> {
        let word: Arc<str> = items.need()?;
        Ok(match &*word {
            "attribute" => Self::Attribute(items.need()?),
            "index" => Self::Index(items.need()?),
            "key" => Self::Key(items.need()?),
            "at" => Self::At(items.need()?),
            "each-key" => Self::EachKey,
            "some-item" => Self::SomeItem,
            "any" => Self::Any,
            "any-key" => Self::AnyKey,
            "each" => Self::Each(items.need::<Each>()?.0),
            "where" => Self::Where { by: items.need()?, is: items.need()? },
            "without" => Self::Without(items.need()?),
            "function" => Self::Function { name: items.need()?, argument: items.need()? },
            "mapping" => Self::Mapping,
            _ => return Err(A::Error::custom(format_args!("there is no part `{word}`"))),
        })
    }
}

impl Wire for Words {
    const WHAT: &'static str = "a text of an identity";

    fn text<E: Error>(_: &Known, text: &str) -> Result<Self, E> {
        Ok(Self::literal(text))
    }

    fn array<'de, A: SeqAccess<'de>>(items: &mut Items<'_, A>) -> Result<Self, A::Error> {
        Ok(Self::of(items.rest::<Word>()?))
    }
}

impl Wire for Word {
    const WHAT: &'static str = "a part of an identity";

    fn null<E: Error>() -> Result<Self, E> {
        Ok(Self::Unknown)
    }

    fn text<E: Error>(_: &Known, text: &str) -> Result<Self, E> {
        Ok(Self::Literal(text.into()))
    }

    fn array<'de, A: SeqAccess<'de>>(items: &mut Items<'_, A>) -> Result<Self, A::Error> {
        let word: Arc<str> = items.need()?;
        if &*word == "json" {
            return Ok(Self::Json(Box::new(items.need()?)));
        }
        Ok(Self::Symbol(Class::text(items.known, &word)?, items.need()?))
    }
}

impl Wire for Operand {
    const WHAT: &'static str = "an operand";

    fn null<E: Error>() -> Result<Self, E> {
        Ok(Self::Null)
    }

    fn boolean<E: Error>(value: bool) -> Result<Self, E> {
        Ok(Self::Bool(value))
    }

    fn text<E: Error>(_: &Known, text: &str) -> Result<Self, E> {
        Ok(Self::Text(Words::literal(text)))
    }

    fn array<'de, A: SeqAccess<'de>>(items: &mut Items<'_, A>) -> Result<Self, A::Error> {
        let word: Arc<str> = items.need()?;
        Ok(match &*word {
            "number" => Self::Number(items.need()?),
            "text" => Self::Text(Words::of(items.rest::<Word>()?)),
            "symbol" => Self::Symbol(items.need()?, items.need()?),
            "list" => Self::List(items.rest()?.into()),
            "map" => {
                let mut entries = Vec::new();
                while let Some(key) = items.next()? {
                    entries.push((key, items.need()?));
                }
                Self::Map(entries.into())
            }
            "json" => Self::Json(Box::new(items.need()?)),
            _ => return Err(A::Error::custom(format_args!("there is no operand `{word}`"))),
        })
    }
}

/// A unit as it stands in the table: its path, and what tells it from others of the same place.
pub(super) struct WrittenUnit(pub(super) UnitKey);

impl Wire for WrittenUnit {
    const WHAT: &'static str = "a unit";

    fn array<'de, A: SeqAccess<'de>>(items: &mut Items<'_, A>) -> Result<Self, A::Error> {
        let mut key = UnitKey::of(below(items.known, &items.need::<Arc<str>>()?));
        while let Some(kind) = items.next::<Within>()? {
            key = key.within(kind, items.need::<Arc<str>>()?);
        }
        Ok(Self(key))
    }
}

/// An origin as it stands in the table.
pub(super) struct WrittenOrigin(pub(super) Origin);

impl Wire for WrittenOrigin {
    const WHAT: &'static str = "an origin";

    fn array<'de, A: SeqAccess<'de>>(items: &mut Items<'_, A>) -> Result<Self, A::Error> {
        let kind = OriginKind::array(items)?;
        let is_known_everywhere = matches!(&kind, OriginKind::State { .. } | OriginKind::Stored { .. });
        Ok(Self(match &items.known.project {
            Some(project) if !is_known_everywhere => Origin::elsewhere(kind, project),
            _ => Origin::new(kind),
        }))
    }
}
