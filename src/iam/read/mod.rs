//! Reading a policy document from a value, with every tolerance AWS has and a note of what it refuses.
//!
//! Nothing is lost silently: what cannot be read becomes a [`Defect`] of the policy, or leaves the list it belongs to open.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html>

mod items;
mod names;
mod principals;
mod statement;

use std::borrow::Cow;

pub use items::alternatives;
use items::each;
pub use names::{belongs_under, is_placeholder};
pub use statement::BY_REFERENCE;

use super::beginnings::Beginnings;
use super::policy::Policy;
use crate::source::{Span, Spanned};
use crate::value::{Answer, Entry, Kind, Map, Name, Presence, Text, Value, When, fitted};

/// Something in a policy document that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Defect {
    /// What sort of thing it is.
    pub kind: DefectKind,
    /// Where.
    pub span: Span,
    /// What is wrong: one lower-case sentence.
    pub message: String,
    /// What to do, where that is not plain from the kind: `write …`.
    pub fix: Cow<'static, str>,
    /// The input that makes it so until somebody sets it: `var.buckets`.
    pub unset: Option<String>,
    /// What stands in place of a list and has no items: brackets, or an expression that gives none.
    pub list: Option<Span>,
    /// The names that can stand where an unknown one does.
    pub names: &'static [&'static str],
    /// Which of the statements it is in, when it is in one.
    pub statement: Option<usize>,
    /// Whether what it is in is there at all.
    pub present: Answer,
    /// The choices that this hangs on, when it hangs on nothing else.
    pub when: When,
}

/// What sort of thing a [`Defect`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum DefectKind {
    /// A name in the wrong case: `statement`, `effect: allow`.
    Case,
    /// A key that occurs twice in one object.
    Duplicate,
    /// An element the grammar does not have.
    UnknownElement,
    /// A condition operator that does not exist.
    Operator,
    /// `Action` and `NotAction` together, and the like.
    Exclusive,
    /// Something that must be there is missing.
    Missing,
    /// A value of the wrong type or with a word that is not allowed.
    Value,
    /// An object in the place of a string.
    Object,
    /// A value of a condition that its operator cannot compare.
    Condition,
    /// An empty list or map, which matches nothing.
    Empty,
}

impl DefectKind {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Case,
        Self::Duplicate,
        Self::UnknownElement,
        Self::Operator,
        Self::Exclusive,
        Self::Missing,
        Self::Value,
        Self::Object,
        Self::Condition,
        Self::Empty,
    ];
}

/// What to do about a `Sid` that IAM refuses.
pub const OF_SID: &str = "use letters and digits only";

impl Defect {
    pub(crate) fn new(kind: DefectKind, span: Span, message: impl Into<String>) -> Self {
        let (present, when) = (Answer::Yes, When::default());
        let message = message.into();
        Self {
            kind,
            span,
            message,
            fix: Cow::Borrowed(""),
            unset: None,
            list: None,
            names: &[],
            statement: None,
            present,
            when,
        }
    }

    fn fix(self, fix: impl Into<Cow<'static, str>>) -> Self {
        Self { fix: fix.into(), ..self }
    }

    fn one_of(self, names: &'static [&'static str]) -> Self {
        Self { names, ..self }
    }

    /// The same defects, in what is there only so far.
    fn inside(defects: &mut [Self], present: &Presence) {
        if present.answer.is_yes() {
            return;
        }
        for defect in defects {
            defect.present = defect.present.and(present.answer);
            defect.when = present.choices();
        }
    }
}

const DOCUMENT: &[&str] = &["Version", "Id", "Statement"];

/// Where an element, or a kind of principal, stands in a policy: `to the top of the document`. `None` for other names.
pub fn place_of(name: &str) -> Option<&'static str> {
    let places = [
        (DOCUMENT, "to the top of the document"),
        (statement::ELEMENTS, "into a statement"),
        (principals::KINDS, "into the `Principal` of a statement"),
    ];
    places.into_iter().find(|(names, _)| names.contains(&name)).map(|(_, place)| place)
}

impl Policy {
    /// Reads a policy document: a map, or the JSON encoding of one. `None` for what is none.
    ///
    /// A text must be parsed by the caller first, and the alternatives of a choice be read one by one.
    pub fn read(value: &Value) -> Option<Self> {
        Self::read_as(value, &Presence::of(Answer::Yes))
    }

    /// Reads a policy document that may be one of several.
    pub fn read_as(value: &Value, present: &Presence) -> Option<Self> {
        let mut value = value;
        // JSON in JSON is no document; eight layers are more than anybody has.
        for _ in 0..8 {
            let Kind::Json(inner) = &value.kind else { break };
            value = inner;
        }
        value.as_map().map(|map| document(map, value.span, present))
    }
}

/// The versions of the policy language.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_version.html>
const VERSIONS: [&str; 2] = ["2012-10-17", "2008-10-17"];

fn document(map: &Map, span: Span, present: &Presence) -> Policy {
    let mut defects = Vec::new();
    check_names(map, DOCUMENT, "a policy document", &mut defects);
    let mut policy = Policy {
        version: version(map, &mut defects),
        statements: Vec::new(),
        open: map.open,
        defects: Vec::new(),
        span,
        beginnings: Beginnings::default(),
    };
    match element(map, "Statement", &mut defects) {
        None => {
            // `{}` is how modules say that there is none.
            if !map.open && !map.entries.is_empty() {
                defects.push(
                    Defect::new(DefectKind::Missing, span, "the document has no `Statement`")
                        .fix("add a `Statement`"),
                );
            }
            Defect::inside(&mut defects, present);
        }
        Some(entry) => {
            Defect::inside(&mut defects, present);
            let more = each(&entry.value, present, &mut |value, present| {
                let before = defects.len();
                let read = statement::read(value, present, &mut defects);
                let number = read.is_ok().then_some(policy.statements.len());
                let own = defects.get_mut(before..).unwrap_or_default();
                for defect in own.iter_mut() {
                    defect.statement = number;
                }
                Defect::inside(own, present);
                match read {
                    Ok(statement) => policy.statements.push(statement),
                    Err(open) => policy.open |= open,
                }
            });
            policy.open |= more;
        }
    }
    policy.statements = fitted(policy.statements);
    policy.defects = defects;
    policy
}

fn version(map: &Map, defects: &mut Vec<Defect>) -> Option<Spanned<Text>> {
    let entry = element(map, "Version", defects).filter(|entry| !entry.value.is_unset())?;
    let version = text_of(entry, "Version", defects)?;
    if let Some(written) = version.as_literal().filter(|written| !VERSIONS.contains(&&**written)) {
        let [current, old] = VERSIONS;
        let message = format!("`Version` is `{current}` or `{old}`, not `{written}`");
        let fix = "write `2012-10-17` in quotes: the version of the policy language, not a date of your own";
        defects.push(Defect::new(DefectKind::Value, entry.value.span, message).fix(fix));
    }
    Some(Spanned::new(version, entry.value.span))
}

/// The text of an element that is one string.
fn text_of(entry: &Entry, name: &str, defects: &mut Vec<Defect>) -> Option<Text> {
    let text = entry.value.as_text();
    if matches!(entry.value.kind, Kind::Map(_) | Kind::List(_) | Kind::Json(_)) {
        defects.push(Defect::new(DefectKind::Value, entry.value.span, format!("`{name}` is a string")));
    }
    text
}

/// The entry of an element, found without regard to case; the exact name and the last occurrence first.
fn element<'a>(map: &'a Map, name: &str, defects: &mut Vec<Defect>) -> Option<&'a Entry> {
    if let Some(entry) = map.entry(name) {
        return Some(entry);
    }
    let entry = map.entries.iter().rev().find(|entry| is_name(&entry.key, name))?;
    defects.push(Defect::new(
        DefectKind::Case,
        entry.key_span,
        format!("the policy language writes `{}` as `{name}`", entry.key),
    ));
    Some(entry)
}

fn is_name(key: &Name, name: &str) -> bool {
    key.as_literal().is_some_and(|key| key.eq_ignore_ascii_case(name))
}

/// Reports what the grammar does not have, and what is there twice.
fn check_names(map: &Map, known: &'static [&'static str], whole: &str, defects: &mut Vec<Defect>) {
    for (index, entry) in map.entries.iter().enumerate() {
        let Some(key) = entry.key.as_literal() else { continue };
        if !known.iter().any(|name| key.eq_ignore_ascii_case(name)) {
            let message = format!("`{key}` is not an element of {whole}");
            defects.push(Defect::new(DefectKind::UnknownElement, entry.key_span, message).one_of(known));
        }
        if map.entries.iter().take(index).any(|earlier| is_name(&earlier.key, &key)) {
            let message = format!("`{key}` occurs twice; only one of them counts");
            defects.push(Defect::new(DefectKind::Duplicate, entry.key_span, message));
        }
    }
}

#[cfg(test)]
mod tests;
