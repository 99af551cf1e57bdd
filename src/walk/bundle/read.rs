//! The text of a bundle to what was walked.

use std::sync::Arc;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::excerpt::{self, Piece};
use super::origins::{WrittenOrigin, WrittenUnit, below};
use super::values::{self, WrittenText};
use super::wire::{Items, Known, Seed, Wire};
use super::{FORM, Input, ToldConfig, Wrong};
use crate::bounds;
use crate::diagnostic::Problem;
use crate::facts::{AccountHint, Declaration, MetadataIgnore, Unit, Walked};
use crate::iam::arn::is_account_id;
use crate::source::{SourceId, Span};
use crate::value::{Because, Class, Origin, Symbol, Text, Value};

/// The members of a bundle. Those that are not read at once are kept as text, so that their order does not matter.
#[derive(Deserialize)]
struct Written<'a> {
    #[serde(default)]
    project: String,
    #[serde(default)]
    revision: Option<String>,
    #[serde(default)]
    analyzed: u64,
    #[serde(borrow)]
    config: Option<&'a RawValue>,
    #[serde(borrow)]
    files: Option<&'a RawValue>,
    #[serde(borrow)]
    keys: Option<&'a RawValue>,
    #[serde(borrow)]
    origins: Option<&'a RawValue>,
    #[serde(borrow)]
    symbols: Option<&'a RawValue>,
    #[serde(borrow)]
    units: Option<&'a RawValue>,
    #[serde(borrow)]
    declarations: Option<&'a RawValue>,
    #[serde(borrow)]
    parameters: Option<&'a RawValue>,
    #[serde(borrow)]
    exports: Option<&'a RawValue>,
    #[serde(borrow)]
    ignores: Option<&'a RawValue>,
    #[serde(borrow)]
    problems: Option<&'a RawValue>,
    #[serde(borrow)]
    created: Option<&'a RawValue>,
}

/// The number of the form alone: what has another one may have other members, too.
#[derive(Deserialize)]
struct Form {
    #[serde(rename = "trustlint-bundle")]
    form: Option<u64>,
}

/// What a bundle says of itself.
#[derive(Debug)]
pub struct Header {
    /// The name of its project.
    pub project: String,
    /// The commit that was looked at.
    pub revision: Option<String>,
    /// What the configurations of the project say.
    pub config: Vec<ToldConfig>,
    /// The files that it quotes, each with what gives its text.
    pub files: Vec<(String, Excerpt)>,
}

/// A text of which lines are left out.
#[derive(Clone, Debug)]
pub struct Excerpt(Arc<[Piece]>);

impl Excerpt {
    /// The text, with blanks where something is left out.
    pub fn text(&self) -> String {
        excerpt::text(&self.0)
    }
}

/// Reads what a bundle says of itself.
///
/// # Errors
///
/// When the text is no bundle, or one of another form.
pub fn open(text: &str) -> Result<Header, Wrong> {
    let written = members(text)?;
    let files: Vec<(String, Vec<Piece>)> = part(text, written.files)?;
    if files.iter().map(|(_, pieces)| excerpt::length(pieces)).sum::<u64>() > bounds::BUNDLE_TEXT_BYTES {
        return Err(Wrong { offset: 0, message: "its excerpts are too large".to_owned() });
    }
    let config: Vec<ToldConfig> = part(text, written.config)?;
    check_accounts(text, &config)?;
    Ok(Header {
        project: written.project,
        revision: written.revision,
        config,
        files: files.into_iter().map(|(path, pieces)| (path, Excerpt(pieces.into()))).collect(),
    })
}

fn members(text: &str) -> Result<Written<'_>, Wrong> {
    let wrong = |error: &serde_json::Error| wrong(text, text, error);
    let form: Form = serde_json::from_str(text).map_err(|error| wrong(&error))?;
    match form.form {
        Some(form) if form.to_string() == FORM => {}
        Some(form) => {
            let message = format!("it has form {form}, and this version of trustlint reads form {FORM}");
            return Err(Wrong { offset: 0, message });
        }
        None => return Err(Wrong { offset: 0, message: "`trustlint-bundle` is missing".to_owned() }),
    }
    let written: Written<'_> = serde_json::from_str(text).map_err(|error| wrong(&error))?;
    let needed = [
        ("files", written.files),
        ("keys", written.keys),
        ("origins", written.origins),
        ("symbols", written.symbols),
        ("units", written.units),
        ("declarations", written.declarations),
    ];
    if let Some((name, _)) = needed.iter().find(|(_, part)| part.is_none()) {
        return Err(Wrong { offset: 0, message: format!("`{name}` is missing") });
    }
    if written.analyzed > bounds::BUNDLE_FILES {
        let message = format!("`analyzed` is {}, and no project has so many files", written.analyzed);
        return Err(Wrong { offset: text.find("\"analyzed\"").unwrap_or(0), message });
    }
    Ok(written)
}

/// That all accounts that a project lists have IDs that AWS may give.
fn check_accounts(text: &str, config: &[ToldConfig]) -> Result<(), Wrong> {
    let of_vendors = config.iter().flat_map(|one| &one.vendors).flat_map(|vendor| &vendor.ids);
    let of_accounts = config.iter().flat_map(|one| &one.accounts).filter_map(|account| account.id.as_ref());
    match of_accounts.chain(of_vendors).find(|id| !is_account_id(id)) {
        None => Ok(()),
        Some(id) => {
            let message = format!("`{id}` is not the ID of an account, which has twelve digits");
            let offset = text.find(&serde_json::json!(id).to_string()).unwrap_or(0);
            Err(Wrong { offset, message })
        }
    }
}

/// Where in a bundle an error is that was met in a part of it.
fn wrong(whole: &str, part: &str, error: &serde_json::Error) -> Wrong {
    // The part is a piece of the whole.
    let begin = (part.as_ptr() as usize).saturating_sub(whole.as_ptr() as usize);
    let lines = part.split_inclusive('\n').take(error.line().saturating_sub(1));
    let offset = begin + lines.map(str::len).sum::<usize>() + error.column().saturating_sub(1);
    let message = error.to_string();
    let message = message.rsplit_once(" at line ").map_or(message.as_str(), |(message, _)| message);
    Wrong { offset: offset.min(whole.len()), message: message.to_owned() }
}

/// A part that serde reads; nothing when it is not there.
fn part<'a, T: Deserialize<'a> + Default>(text: &str, raw: Option<&'a RawValue>) -> Result<T, Wrong> {
    let Some(raw) = raw else { return Ok(T::default()) };
    serde_json::from_str(raw.get()).map_err(|error| wrong(text, raw.get(), &error))
}

/// A table; nothing when it is not there.
fn rows<T: Wire>(text: &str, raw: Option<&RawValue>, known: &Known) -> Result<Vec<T>, Wrong> {
    let Some(raw) = raw else { return Ok(Vec::new()) };
    let mut reader = serde_json::Deserializer::from_str(raw.get());
    Seed::<Vec<T>>::new(known).deserialize(&mut reader).map_err(|error| wrong(text, raw.get(), &error))
}

/// What was walked, and how many files that were.
pub(super) fn walked(text: &str, input: &Input) -> Result<(Walked, usize), Wrong> {
    let written = members(text)?;
    let project = Some(Arc::clone(&input.project)).filter(|project| !project.is_empty());
    let mut known = Known { project, files: input.files.to_vec(), ..Known::default() };
    known.units = rows::<WrittenUnit>(text, written.keys, &known)?.into_iter().map(|unit| unit.0).collect();
    if let Some(raw) = written.origins {
        let mut reader = serde_json::Deserializer::from_str(raw.get());
        let read = Origins(&mut known).deserialize(&mut reader);
        read.map_err(|error| wrong(text, raw.get(), &error))?;
    }
    known.symbols =
        rows::<WrittenSymbol>(text, written.symbols, &known)?.into_iter().map(|symbol| symbol.0).collect();
    let held: Vec<Held<Origin>> = rows(text, written.parameters, &known)?;
    let exports: Vec<Held<String>> = rows(text, written.exports, &known)?;
    let created: Vec<Created> = rows(text, written.created, &known)?;
    let walked = Walked {
        units: rows(text, written.units, &known)?,
        declarations: rows(text, written.declarations, &known)?,
        problems: rows(text, written.problems, &known)?,
        ignores: rows(text, written.ignores, &known)?,
        parameters: held.into_iter().map(|one| (one.0, one.1)).collect(),
        exports: exports.into_iter().map(|one| (one.0, one.1)).collect(),
        created: created.into_iter().map(|one| one.0).collect(),
        ..Walked::default()
    };
    Ok((walked, usize::try_from(written.analyzed).unwrap_or(usize::MAX)))
}

/// Reads the table of origins, of which each may refer to those before it.
struct Origins<'k>(&'k mut Known);

impl<'de> DeserializeSeed<'de> for Origins<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Origins<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("an array of origins")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while let Some(origin) = seq.next_element_seed(Seed::<WrittenOrigin>::new(self.0))? {
            self.0.origins.push(origin.0);
        }
        Ok(())
    }
}

/// `[class, reason, origin]`.
struct WrittenSymbol(Symbol);

impl Wire for WrittenSymbol {
    const WHAT: &'static str = "a symbol";

    fn array<'de, A: SeqAccess<'de>>(items: &mut Items<'_, A>) -> Result<Self, A::Error> {
        let (class, because): (Class, Because) = (items.need()?, items.need()?);
        Ok(Self(Symbol { class, because, origin: items.need()? }))
    }
}

impl Wire for Span {
    const WHAT: &'static str = "a place";

    fn array<'de, A: SeqAccess<'de>>(items: &mut Items<'_, A>) -> Result<Self, A::Error> {
        items.span()
    }
}

impl Wire for Unit {
    const WHAT: &'static str = "a unit";

    fn array<'de, A: SeqAccess<'de>>(items: &mut Items<'_, A>) -> Result<Self, A::Error> {
        let (key, language) = (items.need()?, items.need()?);
        let path = below(items.known, &items.need::<String>()?).to_string();
        let files: Vec<String> = items.need()?;
        let files = files.iter().map(|file| below(items.known, file).to_string()).collect();
        let hints = items.need()?;
        let region = items.need::<Option<PlacedText>>()?.map(|placed| placed.0);
        Ok(Self { key, language, path, files, hints, region, placed: items.need()? })
    }
}

impl Wire for AccountHint {
    const WHAT: &'static str = "a hint";

    fn array<'de, A: SeqAccess<'de>>(items: &mut Items<'_, A>) -> Result<Self, A::Error> {
        let account: WrittenText = items.need()?;
        let span = items.span()?;
        Ok(Self { account: account.at(span), span, evidence: items.need()? })
    }
}

/// A text and its place.
struct PlacedText(Text);

impl Wire for PlacedText {
    const WHAT: &'static str = "a text with its place";

    fn array<'de, A: SeqAccess<'de>>(items: &mut Items<'_, A>) -> Result<Self, A::Error> {
        let text: WrittenText = items.need()?;
        Ok(Self(text.at(items.span()?)))
    }
}

impl Wire for Declaration {
    const WHAT: &'static str = "a declaration";

    fn array<'de, A: SeqAccess<'de>>(items: &mut Items<'_, A>) -> Result<Self, A::Error> {
        Ok(Self {
            unit: items.need()?,
            origin: items.need()?,
            address: items.need()?,
            type_name: items.need()?,
            span: items.need()?,
            body: items.need()?,
            present: items.need()?,
            when: crate::value::When::of(items.need()?),
            properties: values::map(items)?,
        })
    }
}

impl Wire for MetadataIgnore {
    const WHAT: &'static str = "an ignore";

    fn array<'de, A: SeqAccess<'de>>(items: &mut Items<'_, A>) -> Result<Self, A::Error> {
        let (rule, reason, until) = (items.need()?, items.need()?, items.need()?);
        let span = items.need()?;
        Ok(Self { rule, reason, until, span, covers: items.rest()? })
    }
}

impl Wire for Problem {
    const WHAT: &'static str = "a problem";

    fn array<'de, A: SeqAccess<'de>>(items: &mut Items<'_, A>) -> Result<Self, A::Error> {
        let span = items.span()?;
        Ok(Self { span, message: items.need()?, lost: items.need()?, rendered: items.need()? })
    }
}

/// A value, and what it is of.
struct Held<T>(T, Value);

impl<T: Wire> Wire for Held<T> {
    const WHAT: &'static str = "a value with what it is of";

    fn array<'de, A: SeqAccess<'de>>(items: &mut Items<'_, A>) -> Result<Self, A::Error> {
        Ok(Self(items.need()?, items.need()?))
    }
}

/// Where the code stands that made a declaration.
struct Created(((SourceId, String), String));

impl Wire for Created {
    const WHAT: &'static str = "the place of code";

    fn array<'de, A: SeqAccess<'de>>(items: &mut Items<'_, A>) -> Result<Self, A::Error> {
        let file = items.file()?;
        Ok(Self(((file, items.need()?), items.need()?)))
    }
}
