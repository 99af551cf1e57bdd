//! Function calls: what needs files, or may fail on purpose; everything else is in `functions`.

use std::borrow::Cow;
use std::sync::Arc;

use globset::GlobBuilder;

use super::convert::{Outcome, items, to_text};
use super::evaluator::{Bound, Evaluator};
use super::functions;
use super::unknown::{derived, opaque};
use crate::bounds;
use crate::parse::hcl::{self, Call, Expression};
use crate::source::paths::joined;
use crate::source::{SourceId, SourceText, Span};
use crate::value::{Answer, Because, Class, Kind, List, OriginKind, Piece, PieceKind, Symbol, Text, Value};

/// Functions of what is in a file, and those that do the same with a text.
const OF_CONTENTS: [(&str, &str); 7] = [
    ("filebase64", "base64encode"),
    ("filebase64sha256", "base64sha256"),
    ("filebase64sha512", "base64sha512"),
    ("filemd5", "md5"),
    ("filesha1", "sha1"),
    ("filesha256", "sha256"),
    ("filesha512", "sha512"),
];

impl Evaluator<'_> {
    /// What a call returns.
    pub(crate) fn call(&self, bound: &Bound, call: &Call, span: Span) -> Value {
        let (name, arguments) = (&*call.name.value, call.arguments.as_slice());
        let name = name.strip_prefix("core::").unwrap_or(name);
        match name {
            "try" => return self.first_that_works(bound, arguments, span),
            "can" => {
                let Some(argument) = arguments.first() else { return self.work.refused(name, span) };
                let (_, failure) = self.work.watch(|| self.value(bound, argument));
                return match failure {
                    Answer::No => Value::new(Kind::Bool(true), span),
                    Answer::Yes => Value::new(Kind::Bool(false), span),
                    Answer::Unknown => opaque("can(…)", Because::Expression, span),
                };
            }
            _ => {}
        }
        let mut operands: Vec<Value> = arguments.iter().map(|each| self.value(bound, each)).collect();
        if call.expand_last && !spread(&mut operands) {
            self.work.fail(Answer::Unknown);
            return derived(&format!("{name}..."), &operands, span);
        }
        self.work.distribute(&operands, span, &mut |operands| {
            self.work.pay(operands.iter().map(cost).sum());
            let own = self.names.call(name, operands, span);
            own.or_else(|| self.reading(bound, name, operands, span)).unwrap_or_else(
                || match functions::call(name, operands, span) {
                    Some(outcome) => self.work.outcome(outcome, name, operands, span),
                    None => self.work.outcome(Outcome::Unknown, name, operands, span),
                },
            )
        })
    }

    /// `try`: the first argument that Terraform does not refuse.
    fn first_that_works(&self, bound: &Bound, arguments: &[Expression], span: Span) -> Value {
        let mut found = Vec::new();
        for argument in arguments {
            let (value, failure) = self.work.watch(|| self.value(bound, argument));
            if !failure.is_yes() {
                let before = if found.is_empty() { None } else { Some(derived("try", &found, span)) };
                found.push(match before {
                    Some(before) => value.in_default_of(&before),
                    None => value,
                });
            }
            if failure.is_no() {
                return self.work.either(found, span);
            }
        }
        if found.is_empty() {
            return self.work.refused("try", span);
        }
        self.work.fail(Answer::Unknown);
        self.work.either(found, span)
    }

    /// Functions that read files of the project, and those that belong to the run.
    fn reading(&self, bound: &Bound, name: &str, operands: &[Value], span: Span) -> Option<Value> {
        let first = operands.first();
        let reads = matches!(name, "file" | "templatefile" | "fileexists")
            || OF_CONTENTS.iter().any(|(of_file, _)| *of_file == name);
        if reads && first.is_some_and(|path| self.is_no_file(path)) {
            return Some(self.work.refused(name, span));
        }
        Some(match name {
            "file" => match self.read(first) {
                Some((id, text)) => {
                    // A file of an installed module is shown where the module is called.
                    if self.files.is_hidden(id) {
                        return Some(Value::text(Text::literal(&*text, span), span));
                    }
                    let place = Span::new(id, 0, text.len());
                    Value::text(Text::literal(&*text, place), place).through(span)
                }
                None => self.work.outcome(Outcome::Unknown, name, &self.placed(operands, span), span),
            },
            // A template may not have another one rendered.
            "templatefile" if bound.is_template => self.work.refused(name, span),
            "templatefile" => match self.read(first) {
                Some((id, text)) => self.rendered(id, &text, operands.get(1), span),
                None => self.work.outcome(Outcome::Unknown, name, &self.placed(operands, span), span),
            },
            "fileexists" => match self.located(first) {
                Some(_) => Value::new(Kind::Bool(true), span),
                // It may be made before the run, lie outside the project, or be a directory, which is refused.
                None => self.work.outcome(Outcome::Unknown, name, operands, span),
            },
            "fileset" => self.file_set(operands, span),
            "templatestring" => self.rendered_text(first?, operands.get(1), span),
            "abspath" => absolute(operands, span)?,
            "pathexpand" => expanded(operands, span)?,
            "timestamp" | "plantimestamp" | "uuid" | "bcrypt" => opaque(name, Because::Run, span),
            _ => {
                let (_, of_text) = OF_CONTENTS.iter().find(|(of_file, _)| *of_file == name)?;
                // What has only its hash taken is still to be judged where it stands.
                let contents = self.located(first).and_then(|file| self.files.text(file));
                let outcome = contents.and_then(|text| {
                    functions::call(of_text, &[Value::text(Text::literal(&*text, span), span)], span)
                });
                self.work.outcome(
                    outcome.unwrap_or(Outcome::Unknown),
                    name,
                    &self.placed(operands, span),
                    span,
                )
            }
        })
    }

    /// The operands of a function that reads a file which is not in the project, with the path as it is below the root of the
    /// project: the same words in another directory mean another file.
    fn placed(&self, operands: &[Value], span: Span) -> Vec<Value> {
        let mut placed = operands.to_vec();
        let path = operands.first().and_then(|path| below_checkout(&*to_text(path)?));
        if let (Some(path), Some(first)) = (path.and_then(|path| self.files.place(&path)), placed.first_mut())
        {
            *first = Value::literal(path, span);
        }
        placed
    }

    /// Whether a path certainly names no file, but a directory or nothing.
    fn is_no_file(&self, path: &Value) -> bool {
        if matches!(path.kind, Kind::Null) {
            return true;
        }
        let path = to_text(path).and_then(|path| below_checkout(&path));
        path.is_some_and(|path| self.files.is_directory(&path))
    }

    /// The files of a directory that fit a pattern. There may be more: files that git ignores, or that are made before
    /// the run.
    ///
    /// <https://developer.hashicorp.com/terraform/language/functions/fileset>
    fn file_set(&self, operands: &[Value], span: Span) -> Value {
        let literal = |index: usize| operands.get(index).and_then(to_text);
        let directory = literal(0).and_then(|path| below_checkout(&path));
        let pattern = literal(1).and_then(|pattern| pattern.as_literal().map(Cow::into_owned));
        let pattern = pattern.and_then(|it| GlobBuilder::new(&it).literal_separator(true).build().ok());
        let (Some(directory), Some(pattern)) = (directory, pattern) else {
            return derived("fileset", operands, span);
        };
        let pattern = pattern.compile_matcher();
        let files = self.files.below(&directory, &|path| pattern.is_match(path)).into_iter();
        let items =
            files.take(bounds::ITEMS).map(|path| Value::text(Text::literal(path, span), span)).collect();
        Value::new(Kind::List(List { items, open: true }), span)
    }

    /// The file that an argument names, and what is written in it.
    fn read(&self, path: Option<&Value>) -> Option<(SourceId, SourceText)> {
        let id = self.located(path)?;
        let text = self.files.text(id)?;
        self.files.consume(id);
        Some((id, text))
    }

    /// The file that an argument names.
    fn located(&self, path: Option<&Value>) -> Option<SourceId> {
        self.files.find(&below_checkout(&*to_text(path?)?)?)
    }

    /// A template file, with the names it is given.
    fn rendered(&self, id: SourceId, text: &str, names: Option<&Value>, span: Span) -> Value {
        // A byte-order mark is no part of a template.
        let (start, text) =
            text.strip_prefix('\u{feff}').map_or((0, text), |rest| (text.len() - rest.len(), rest));
        let place = Span::new(id, start, start + text.len());
        if text.len() > bounds::TEXT_BYTES {
            return opaque("a large template", Because::Bound, span);
        }
        let is_installed = self.files.is_hidden(id);
        let place = if is_installed { span } else { place };
        let parsed = if is_installed {
            hcl::parse_unmapped_template(text, span)
        } else {
            hcl::parse_template(id, text, place)
        };
        match parsed {
            Ok(template) => self.rendered_with(&template, place, names, span),
            Err(_) => self.work.refused("templatefile", span),
        }
    }

    /// A template that is a text, with the names it is given.
    pub(crate) fn rendered_text(&self, text: &Value, names: Option<&Value>, span: Span) -> Value {
        let Some(literal) = to_text(text).and_then(|text| text.as_literal().map(Cow::into_owned)) else {
            return self.work.outcome(Outcome::Unknown, "templatestring", std::slice::from_ref(text), span);
        };
        let parsed = if text.span.len() == literal.len() {
            hcl::parse_template(text.span.source, &literal, text.span)
        } else {
            hcl::parse_unmapped_template(&literal, text.span)
        };
        match parsed {
            Ok(template) => self.rendered_with(&template, text.span, names, span),
            Err(_) => self.work.refused("templatestring", span),
        }
    }

    fn rendered_with(
        &self,
        template: &hcl::Template,
        place: Span,
        names: Option<&Value>,
        span: Span,
    ) -> Value {
        let is_no_map = |kind: &Kind| {
            matches!(kind, Kind::Null | Kind::Bool(_) | Kind::Number(_) | Kind::Text(_) | Kind::List(_))
        };
        if names.is_some_and(|names| is_no_map(&names.kind)) {
            return self.work.refused("templatefile", span);
        }
        let entries = names.and_then(Value::as_map).map_or(&[][..], |map| &map.entries);
        let names = entries.iter().filter_map(|entry| {
            let name: Arc<str> = entry.key.as_literal()?.into();
            Some((name, entry.value.clone()))
        });
        let inner = Bound::template(names);
        let rendered = self.work.deeper(|| self.template(&inner, template, place));
        rendered.unwrap_or_else(|| opaque("templatefile", Because::Bound, span)).through(span)
    }
}

/// Puts the items of the last argument in its place; false when it is not known how many there are.
fn spread(operands: &mut Vec<Value>) -> bool {
    let Some((found, false)) = operands.last().and_then(items) else { return false };
    operands.pop();
    operands.extend(found.into_iter().map(|(_, value)| value));
    true
}

/// A path below the project, with the place where the project lies before it, which belongs to the run.
fn absolute(operands: &[Value], span: Span) -> Option<Value> {
    let path = to_text(operands.first()?)?;
    if let Some(rooted) = path.as_literal().filter(|path| path.starts_with('/')) {
        return Some(Value::text(Text::literal(cleaned(&rooted), span), span));
    }
    let Some(below) = path.as_literal().and_then(|path| joined("", &path)) else {
        return Some(derived("abspath", operands, span));
    };
    let checkout = Symbol::new(Class::Keyed, OriginKind::Checkout, Because::Run);
    let mut whole = Text::symbol(checkout, span);
    if !below.is_empty() {
        whole.push_str(format!("/{below}"), span);
    }
    Some(Value::text(whole, span))
}

/// An absolute path without `.` and `..`.
fn cleaned(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    format!("/{}", parts.join("/"))
}

/// A path that may begin in the home of whoever runs Terraform.
fn expanded(operands: &[Value], span: Span) -> Option<Value> {
    let path = operands.first()?;
    let text = to_text(path)?;
    let is_elsewhere = match text.pieces().first() {
        None => true,
        Some(Piece { kind: PieceKind::Literal(start), .. }) => !start.starts_with('~'),
        Some(_) => false,
    };
    Some(if is_elsewhere { path.clone() } else { derived("pathexpand", operands, span) })
}

/// A path as literal text, seen from the project when it is absolute.
fn below_checkout(path: &Text) -> Option<String> {
    if let Some(literal) = path.as_literal() {
        return Some(literal.into_owned());
    }
    let [Piece { kind: PieceKind::Symbol(symbol), .. }, below @ ..] = path.pieces() else { return None };
    let below: Option<String> = below
        .iter()
        .map(|piece| match &piece.kind {
            PieceKind::Literal(text) => Some(&**text),
            _ => None,
        })
        .collect();
    below
        .filter(|_| *symbol.origin.kind() == OriginKind::Checkout)
        .map(|below| below.trim_start_matches('/').to_owned())
}

/// How much work a function has with an argument.
fn cost(operand: &Value) -> usize {
    match &operand.kind {
        Kind::List(list) => list.items.len(),
        Kind::Map(map) => map.entries.len(),
        Kind::Text(text) => text.pieces().len() + text.as_literal().map_or(0, |text| text.len() / 64),
        _ => 1,
    }
}
