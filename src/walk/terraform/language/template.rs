//! Strings with interpolations and directives.

use std::sync::Arc;
use std::{iter, mem};

use super::convert::to_text;
use super::evaluator::{Bound, Evaluator};
use super::expression::{chosen_by, elements};
use super::unknown::{bounded, if_present, may_be_absent};
use crate::bounds;
use crate::parse::hcl::{Branches, Loop, Template, TemplatePart};
use crate::source::Span;
use crate::value::{Answer, Because, Class, Kind, PieceKind, Symbol, Text, Value, When};

impl Evaluator<'_> {
    /// What a quoted string or heredoc says. One that is a single interpolation is the value itself.
    pub(crate) fn template(&self, bound: &Bound, template: &Template, span: Span) -> Value {
        match template.parts.as_slice() {
            [TemplatePart::Interpolation(only)] => return self.value(bound, only),
            [TemplatePart::Literal(literal, place)] if !self.names.is_shown_at_call() => {
                return Value::text(Text::literal(Arc::clone(literal), *place), span);
            }
            _ => {}
        }
        let mut texts = vec![(Text::default(), When::default())];
        if self.add_template(bound, template, &mut texts).is_none() {
            return bounded(span);
        }
        let is_shown_at_call = self.names.is_shown_at_call();
        let placed = |(text, when): Made| {
            // What an argument says is shown there, not at the call, where all else is written.
            let argument = text.pieces().iter().map(|piece| piece.span).find(|place| *place != span);
            let span = argument.filter(|_| is_shown_at_call).unwrap_or(span);
            Value::text(text, span).under(&when)
        };
        let texts = texts.into_iter().filter_map(placed).collect();
        self.work.either(texts, span)
    }

    /// Adds what a template says to each of the texts; `None` when they become too many or too long.
    fn add_template(&self, bound: &Bound, template: &Template, texts: &mut Vec<Made>) -> Option<()> {
        for (index, part) in template.parts.iter().enumerate() {
            match part {
                TemplatePart::Literal(literal, span) => {
                    for (text, _) in texts.iter_mut() {
                        text.push_str(Arc::clone(literal), *span);
                    }
                }
                TemplatePart::Interpolation(expression) => {
                    let value = self.value(bound, expression);
                    let before = texts.first().map(|(text, _)| text);
                    let is_last = index + 1 == template.parts.len();
                    let piece = |one: &Value| {
                        let unset = before.and_then(|before| one.unset_behind(before, is_last));
                        unset.unwrap_or_else(|| self.interpolated(one, expression.span))
                    };
                    if let [only] = value.alternatives() {
                        // A single value is no alternative.
                        let only = piece(only);
                        for (text, _) in texts.iter_mut() {
                            text.append(&only);
                        }
                    } else {
                        let pieces: Vec<Made> =
                            value.alternatives().iter().map(|one| (piece(one), one.when())).collect();
                        add_each(texts, &pieces)?;
                    }
                }
                TemplatePart::If(inner) => {
                    let Branches { condition, yes, no } = &**inner;
                    let condition = self.value(bound, condition);
                    match self.work.truth(&condition) {
                        Answer::Yes => self.add_template(bound, yes, texts)?,
                        Answer::No => self.add_template(bound, no, texts)?,
                        Answer::Unknown => {
                            let mut others = under(texts, &chosen_by(&condition, false));
                            *texts = under(texts, &chosen_by(&condition, true));
                            self.add_template(bound, yes, texts)?;
                            self.add_template(bound, no, &mut others)?;
                            texts.extend(others);
                        }
                    }
                }
                TemplatePart::For(inner) => {
                    let Loop { key_name, value_name, collection, body } = &**inner;
                    let collection_value = self.value(bound, collection);
                    let name = |name: &crate::source::Spanned<Arc<str>>| Arc::clone(&name.value);
                    let names = (key_name.as_ref().map(name), name(value_name));
                    self.add_loop(bound, &names, &collection_value, (body, collection.span), texts)?;
                }
            }
            self.work.pay(texts.len());
            let long = texts.iter().any(|(text, _)| text.pieces().len() > bounds::PIECES);
            if texts.len() > bounds::CHOICES || long {
                return None;
            }
        }
        Some(())
    }

    fn add_loop(
        &self,
        bound: &Bound,
        (key_name, value_name): &(Option<Arc<str>>, Arc<str>),
        collection: &Value,
        (body, span): (&Template, Span),
        texts: &mut Vec<Made>,
    ) -> Option<()> {
        let elements = elements(collection);
        // How often the body is repeated must be known: a text has no open end.
        let Some((elements, false)) = elements else {
            self.work.fail(Answer::Unknown);
            let symbol = Symbol::new(Class::Opaque, "%{for}", Because::Expression);
            let hole = Text::symbol(symbol, span);
            for (text, _) in texts {
                text.append(&hole);
            }
            return Some(());
        };
        for (key, value) in elements {
            let certain = !may_be_absent(&value);
            let Some(value) = if_present(value) else { continue };
            let inner = bound.bind_element((key_name.as_ref(), key), (value_name, value));
            let without = (!certain).then(|| texts.clone());
            self.add_template(&inner, body, texts)?;
            texts.extend(without.into_iter().flatten());
            if texts.len() > bounds::CHOICES {
                return None;
            }
        }
        Some(())
    }

    /// A value inside a text. Its pieces are shown where it is interpolated.
    fn interpolated(&self, value: &Value, span: Span) -> Text {
        if let Kind::Json(inner) = &value.kind {
            let mut text = Text::default();
            text.push(PieceKind::Json(inner.clone()), span);
            return text;
        }
        let Some(inner) = to_text(value) else {
            self.work.fail(Answer::Yes);
            let symbol = Symbol::new(Class::Opaque, "no text", Because::Expression);
            return Text::symbol(symbol, span);
        };
        // The zero before an account ID is lost where the number is written.
        let is_damaged =
            matches!(&value.kind, Kind::Number(digits) if digits.len() == 12 && digits.starts_with('0'));
        let mut text = inner.into_owned();
        // A reference in a module that is not in the project is shown nowhere.
        if !is_damaged && !self.names.is_shown_at_call() {
            text.show_each(|piece| match &piece.kind {
                // What is written in several lines is likely a document of its own.
                PieceKind::Literal(literal) if literal.contains('\n') => piece.span,
                _ => span,
            });
        }
        text
    }
}

/// A text, and the choices that lead to it.
type Made = (Text, When);

/// The texts that there can be under these choices.
fn under(texts: &[Made], when: &When) -> Vec<Made> {
    texts.iter().cloned().filter_map(|(text, own)| Some((text, own.and(when)?))).collect()
}

/// Every text followed by every piece.
fn add_each(texts: &mut Vec<Made>, pieces: &[Made]) -> Option<()> {
    if texts.len() * pieces.len() > bounds::CHOICES {
        return None;
    }
    let followed = |((piece, when), (mut whole, own)): (&Made, Made)| {
        let when = own.and(when)?;
        whole.append(piece);
        Some((whole, when))
    };
    let before = mem::take(texts).into_iter();
    let each = before.flat_map(|text| pieces.iter().zip(iter::repeat_n(text, pieces.len())));
    *texts = each.filter_map(followed).collect();
    Some(())
}
