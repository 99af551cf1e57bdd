//! The `Principal` element.

use super::items::{each, item, scalar};
use super::{Defect, DefectKind, names};
use crate::iam::policy::Item;
use crate::iam::principal::{Invalid, Principal};
use crate::value::{Answer, Because, Entry, Kind, Map, PieceKind, Presence, Text, Value};

pub(super) const KINDS: &[&str] = &["AWS", "Service", "Federated", "CanonicalUser"];

/// Reads the value of `Principal`; says whether there may be more principals.
pub(super) fn read(
    value: &Value,
    present: &Presence,
    out: &mut Vec<Item<Principal>>,
    defects: &mut Vec<Defect>,
) -> bool {
    let mut open = false;
    let more = each(value, present, &mut |value, present| {
        if let Kind::Map(map) = &value.kind {
            open |= by_kind(map, present, out, defects);
        } else if let Some(text) = scalar(value) {
            let (principal, kind) = bare(&text);
            out.push(item(value, principal, text, present, kind));
        } else {
            defects.push(Defect::new(
                DefectKind::Value,
                value.span,
                "a principal is `\"*\"` or a JSON object",
            ));
        }
    });
    open | more
}

fn by_kind(map: &Map, present: &Presence, out: &mut Vec<Item<Principal>>, defects: &mut Vec<Defect>) -> bool {
    let mut open = map.open;
    for entry in &map.entries {
        if entry.key.is_literally("*") {
            // What else stands there may say how it is meant.
            if !map.open {
                stars(entry, present, out);
            }
            continue;
        }
        let Some(kind) = kind_of(entry, defects) else {
            open |= entry.key.as_literal().is_none();
            continue;
        };
        open |= each(&entry.value, present, &mut |value, present| match scalar(value) {
            Some(text) => {
                // What is empty by default is whoever somebody sets.
                let unset = value.via.unset().filter(|symbol| symbol.because == Because::Unset);
                let unset = unset.filter(|_| text.is_empty());
                let text = unset.map_or(text, |symbol| Text::symbol(symbol.clone(), value.span));
                let principal = names::principal(kind, &text);
                out.push(item(value, principal, text, present, kind));
            }
            None => defects.push(Defect::new(
                DefectKind::Value,
                value.span,
                "a principal is a string here, or a list of them",
            )),
        });
    }
    open
}

/// `{"*": "*"}`, or `type = "*"` beside other principals: AWS takes a star alone, or under `AWS`.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html#principal-anonymous>
fn stars(entry: &Entry, present: &Presence, out: &mut Vec<Item<Principal>>) {
    each(&entry.value, present, &mut |value, present| {
        let text = scalar(value).unwrap_or_else(|| Text::literal("*", value.span));
        let invalid = Invalid {
            reason: "`*` is not a kind of principal".to_owned(),
            help: "list the principals under `AWS`, `Service` or `Federated`, and remove `*`".to_owned(),
            placeholder: false,
        };
        out.push(item(value, Principal::Invalid(invalid), text, present, ""));
    });
}

fn kind_of(entry: &Entry, defects: &mut Vec<Defect>) -> Option<&'static str> {
    let key = entry.key.as_literal()?;
    let kind = KINDS.iter().copied().find(|kind| key.eq_ignore_ascii_case(kind));
    match kind {
        Some(kind) if kind == key => {}
        Some(kind) => {
            let message = format!("the policy language writes `{key}` as `{kind}`");
            defects.push(Defect::new(DefectKind::Case, entry.key_span, message));
        }
        None => {
            let message = format!(
                "`{key}` is not a kind of principal; there are {}",
                "`AWS`, `Service`, `Federated` and `CanonicalUser`"
            );
            let defect = Defect::new(DefectKind::UnknownElement, entry.key_span, message).one_of(KINDS);
            defects.push(match kind_of_all(entry) {
                Some(kind) => defect.fix(format!("write `{kind}`")),
                None => defect,
            });
        }
    }
    kind
}

/// The only kind under which all principals of an entry are valid, when there is one.
fn kind_of_all(entry: &Entry) -> Option<&'static str> {
    let mut kinds: Vec<Option<&'static str>> = Vec::new();
    each(&entry.value, &Presence::of(Answer::Yes), &mut |value, _| {
        kinds.push(scalar(value).and_then(|text| names::belongs_under(&text)));
    });
    let first = kinds.first().copied().flatten()?;
    kinds.iter().all(|kind| *kind == Some(first)).then_some(first)
}

/// A principal that is a string and not under a key: only the star is allowed.
fn bare(text: &Text) -> (Principal, &'static str) {
    let literal = text.as_literal().filter(|literal| !literal.contains("${"));
    // Whatever is put in, what begins like an ARN is none.
    let begun = text.pieces().first().and_then(|piece| match &piece.kind {
        PieceKind::Literal(start) => start.starts_with("arn:").then(|| text.to_string().into()),
        _ => None,
    });
    let Some(literal) = literal.or(begun) else { return (Principal::Unknown(text.clone()), "") };
    if literal == "*" {
        return (Principal::Everyone, "*");
    }
    let kind = if literal.ends_with(".amazonaws.com") { "Service" } else { "AWS" };
    let invalid = Invalid {
        reason: "only `*` can be used without a kind".to_owned(),
        help: format!("write it under its kind: `{{\"{kind}\": \"{literal}\"}}`"),
        placeholder: false,
    };
    (Principal::Invalid(invalid), "")
}
