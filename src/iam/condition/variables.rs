//! Policy variables.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html>

use std::borrow::Cow;

use super::context::{Context, Presence};
use crate::iam::data;
use crate::iam::glob::{ESCAPED, outside_variables};
use crate::source::Span;
use crate::value::{Answer, Because, Class, PieceKind, Symbol, Text};

/// Replaces policy variables. `None` when one has no value, so that the text matches nothing.
///
/// A variable whose value the caller chooses becomes a symbol that equals nothing else.
pub(crate) fn expand<'t>(text: &'t Text, context: &Context) -> Option<Cow<'t, Text>> {
    if !occur(text, context) {
        return Some(Cow::Borrowed(text));
    }
    let mut has_value = true;
    let joined = text.joined();
    let known = up_to_unknown_name(&joined);
    let text = known.as_ref().unwrap_or(&joined);
    let out = text.rewritten(|part, span, out| has_value &= literal(part, span, context, out).is_some());
    has_value.then_some(Cow::Owned(out))
}

/// What comes before a variable whose name holds something that is not known, and a symbol for all the rest: where that
/// variable ends is not known either. `None` when there is no such variable.
fn up_to_unknown_name(text: &Text) -> Option<Text> {
    let pieces = text.pieces();
    let (_, begun) = pieces.split_last()?;
    let (at, span, before) = begun.iter().enumerate().find_map(|(at, piece)| match &piece.kind {
        PieceKind::Literal(part) => Some((at, piece.span, before_open(part)?)),
        PieceKind::Symbol(_) | PieceKind::Json(_) => None,
    })?;
    let mut known = Text::default();
    known.push_pieces(begun.get(..at).unwrap_or_default());
    known.push_str(before, span);
    known.push(PieceKind::Symbol(Symbol::new(Class::Opaque, "${…}", Because::Run)), span);
    Some(known)
}

/// What comes before a variable that does not end.
fn before_open(part: &str) -> Option<&str> {
    let mut rest = part;
    while let Some((_, behind)) = rest.split_once("${") {
        let Some((_, after)) = behind.split_once('}') else {
            return part.strip_suffix(behind)?.strip_suffix("${");
        };
        rest = after;
    }
    None
}

/// Whether each policy variable in a text that [`expand`] replaces has a value. One whose name is not known may be any.
pub(crate) fn have_values(text: &Text, context: &Context) -> Answer {
    if !occur(text, context) {
        return Answer::Yes;
    }
    let is_known = |name: &str| {
        let (key, default) = name.split_once(',').map_or((name, None), |(key, default)| (key, Some(default)));
        // A default stands for a key that is not there, and for none of several values.
        let may_have_several = || data::condition_key(key.trim()).is_some_and(|key| key.many);
        !matches!(context.get(key.trim()), Presence::Unknown) || default.is_some() && !may_have_several()
    };
    let text = text.joined();
    let mut pieces = text.pieces().iter().peekable();
    while let Some(piece) = pieces.next() {
        let PieceKind::Literal(part) = &piece.kind else { continue };
        let is_whole = |rest: &str| match rest.split_once('}') {
            Some((name, _)) => is_known(name),
            None => pieces.peek().is_none(),
        };
        if !part.split("${").skip(1).all(is_whole) {
            return Answer::Unknown;
        }
    }
    Answer::Yes
}

/// Whether policy variables occur in the text.
pub(super) fn occur(text: &Text, context: &Context) -> bool {
    context.variables && text.joined().has("${")
}

/// Whether a text has a policy variable in it, such as `${aws:username}`, whatever the version of its policy. `${*}` is none, and
/// neither is what a template engine puts in (`${AWS::Region}`, `${stage}`).
pub(crate) fn has_variable(text: &Text) -> bool {
    let is_key = |name: &str| {
        let key = name.split_once(',').map_or(name, |(key, _)| key).trim();
        let (service, rest) = key.split_once(':').unwrap_or_default();
        let is_name = |text: &str| {
            !text.is_empty() && text.chars().all(|char| char.is_ascii_alphanumeric() || "-_./".contains(char))
        };
        is_name(service) && is_name(rest) && service.chars().all(|char| !char.is_ascii_uppercase())
    };
    let has = |part: &str| {
        part.split("${").skip(1).any(|rest| rest.split_once('}').is_some_and(|(name, _)| is_key(name)))
    };
    // Most texts have none, and need not be put together.
    text.has("{")
        && text
            .joined()
            .pieces()
            .iter()
            .any(|piece| matches!(&piece.kind, PieceKind::Literal(part) if has(part)))
}

/// Whether one of these characters stands in literal text, outside of policy variables: in `${*}` it is meant as it is written.
pub(crate) fn stands_in(text: &Text, marks: &[char], context: &Context) -> bool {
    text.joined().pieces().iter().any(|piece| {
        let PieceKind::Literal(part) = &piece.kind else { return false };
        if !context.variables {
            return part.contains(marks);
        }
        outside_variables(part).any(|plain| plain.contains(marks))
    })
}

/// The first `${…}` in literal text that is no policy variable: what was to be filled in before the policy was made. Variables
/// are condition keys, which have a prefix and one colon, and three characters.
pub(crate) fn left_as_text(text: &Text) -> Option<String> {
    if !text.has("${") {
        return None;
    }
    text.joined().pieces().iter().find_map(|piece| {
        let PieceKind::Literal(part) = &piece.kind else { return None };
        part.split("${").skip(1).find_map(|rest| {
            let (inner, _) = rest.split_once('}')?;
            let name = inner.split(',').next().unwrap_or_default().trim();
            let is_variable = matches!(name, "*" | "?" | "$") || name.contains(':') && !name.contains("::");
            (!is_variable && !name.is_empty()).then(|| format!("${{{inner}}}"))
        })
    })
}

fn literal(part: &str, span: Span, context: &Context, out: &mut Text) -> Option<()> {
    let mut rest = part;
    while let Some((before, after)) = rest.split_once("${") {
        let Some((name, after)) = after.split_once('}') else { break };
        out.push_str(before, span);
        out.append(&variable(name, span, context)?);
        rest = after;
    }
    out.push_str(rest, span);
    Some(())
}

fn variable(name: &str, span: Span, context: &Context) -> Option<Text> {
    if let Some((escaped, _)) = ESCAPED.iter().find(|(_, plain)| name.chars().eq([*plain])) {
        return Some(Text::literal(escaped.to_string(), span));
    }
    let (key, default) = match name.split_once(',') {
        Some((key, default)) => (key.trim(), Some(default.trim().trim_matches('\''))),
        None => (name.trim(), None),
    };
    match context.get(key) {
        Presence::Absent => default.map(|default| Text::literal(default, span)),
        Presence::Values(values) => match values.as_slice() {
            [] => default.map(|default| Text::literal(default, span)),
            [one] => Some(inert(one)),
            _ => None,
        },
        Presence::Free | Presence::Present | Presence::Unknown => {
            Some(Text::symbol(Symbol::new(Class::Opaque, format!("${{{key}}}"), Because::Run), span))
        }
    }
}

/// A value in which `*` and `?` are no wildcards.
fn inert(value: &Text) -> Text {
    let escape = |c: char| ESCAPED.iter().find(|(_, plain)| *plain == c).map_or(c, |(escaped, _)| *escaped);
    value.rewritten(|part, span, out| out.push_str(part.chars().map(escape).collect::<String>(), span))
}
