//! Function calls: what needs files, or may fail on purpose; everything else is in `functions`.

use std::borrow::Cow;
use std::sync::Arc;

use super::convert::{Outcome, items, to_text};
use super::evaluate::{Run, Scope};
use super::files::joined;
use super::functions;
use super::unknown::{derived, opaque};
use crate::parse::hcl::{self, Expression};
use crate::source::{SourceId, Span};
use crate::value::{Answer, Because, Class, Kind, Piece, PieceKind, Symbol, Text, Value};

/// The place where the project lies when Terraform runs.
const CHECKOUT: &str = "the directory of the project";
/// Files inside files: a template that renders a template.
const MAX_TEMPLATE_BYTES: usize = 4 << 20;

impl<'a> Run<'a> {
    /// What a call returns.
    pub(super) fn call(
        &self,
        scope: &Scope<'a>,
        name: &str,
        arguments: &[Expression],
        expand_last: bool,
        span: Span,
    ) -> Value {
        let name = name.strip_prefix("core::").unwrap_or(name);
        match name {
            "try" => return self.first_that_works(scope, arguments, span),
            "can" => {
                let Some(argument) = arguments.first() else { return self.refused(name, span) };
                let (_, failure) = self.watch(|| self.value(scope, argument));
                return match failure {
                    Answer::No => Value::new(Kind::Bool(true), span),
                    Answer::Yes => Value::new(Kind::Bool(false), span),
                    Answer::Unknown => opaque("can(…)", Because::Expression, span),
                };
            }
            _ => {}
        }
        let Some(operands) = self.operands(scope, arguments, expand_last) else {
            return opaque(&format!("{name}(…)"), Because::Expression, span);
        };
        self.distribute(&operands, span, &mut |operands| {
            self.pay(operands.iter().map(cost).sum());
            let own = self.terragrunt_call(name, operands, span);
            own.or_else(|| self.reading(scope, name, operands, span)).unwrap_or_else(
                || match functions::call(name, operands, span) {
                    Some(outcome) => self.outcome(outcome, name, operands, span),
                    None => self.outcome(Outcome::Unknown, name, operands, span),
                },
            )
        })
    }

    /// The arguments of a call; `None` when it is not known how many there are.
    fn operands(&self, scope: &Scope<'a>, arguments: &[Expression], expand_last: bool) -> Option<Vec<Value>> {
        let mut operands: Vec<Value> = arguments.iter().map(|each| self.value(scope, each)).collect();
        if expand_last {
            let last = operands.pop()?;
            let Some((found, false)) = items(&last) else {
                self.fail(Answer::Unknown);
                return None;
            };
            operands.extend(found.into_iter().map(|(_, value)| value));
        }
        Some(operands)
    }

    /// `try`: the first argument that Terraform does not refuse.
    fn first_that_works(&self, scope: &Scope<'a>, arguments: &[Expression], span: Span) -> Value {
        let mut found = Vec::new();
        for argument in arguments {
            let (value, failure) = self.watch(|| self.value(scope, argument));
            if !failure.is_yes() {
                found.push(value);
            }
            if failure.is_no() {
                return self.either(found, span);
            }
        }
        if found.is_empty() {
            return self.refused("try", span);
        }
        self.fail(Answer::Unknown);
        self.either(found, span)
    }

    /// Functions that read files of the project, and those that belong to the run.
    fn reading(&self, scope: &Scope<'a>, name: &str, operands: &[Value], span: Span) -> Option<Value> {
        let first = operands.first();
        Some(match name {
            "file" => match self.found(scope, first) {
                Found::File(id) => {
                    let text = self.sources.text_or_empty(id);
                    // A file of an installed module is shown where the module is called.
                    if self.sources.is_installed(id) {
                        return Some(Value::text(Text::literal(text, span), span));
                    }
                    let place = Span::new(id, 0, text.len());
                    Value::text(Text::literal(text, place), place).through(span)
                }
                Found::Nothing => self.outcome(Outcome::Unknown, name, operands, span),
            },
            "templatefile" => match self.found(scope, first) {
                Found::File(id) => self.rendered(scope, id, operands.get(1), span),
                Found::Nothing => self.outcome(Outcome::Unknown, name, operands, span),
            },
            "fileexists" => match self.found(scope, first) {
                Found::File(_) => Value::new(Kind::Bool(true), span),
                // It may be made before the run, or lie outside the project.
                Found::Nothing => derived(name, operands, span),
            },
            "templatestring" => self.rendered_text(scope, first?, operands.get(1), span),
            "abspath" => absolute(operands, span)?,
            "pathexpand" => first?.clone(),
            "timestamp" | "plantimestamp" | "uuid" | "bcrypt" => opaque(name, Because::Run, span),
            _ => return None,
        })
    }

    /// The file that an argument names.
    fn found(&self, scope: &Scope<'a>, path: Option<&Value>) -> Found {
        let Some(path) = path.and_then(to_text).and_then(|path| below_checkout(&path)) else {
            return Found::Nothing;
        };
        // Terragrunt's paths begin at the project root.
        let path = if self.terragrunt.is_some() { path.trim_start_matches('/').to_owned() } else { path };
        // `path.module` is below the project root already; other relative paths are seen from the root module.
        let direct = joined("", &path).and_then(|path| self.sources.find(&path));
        let from_root = || joined(self.root, &path).and_then(|path| self.sources.find(&path));
        let below = path.starts_with(scope.instance.module.directory) || path.starts_with(self.root);
        let found = if below { direct.or_else(from_root) } else { from_root().or(direct) };
        match found {
            Some(id) => {
                self.consumed.borrow_mut().insert(id);
                Found::File(id)
            }
            None => Found::Nothing,
        }
    }

    /// A template file, with the names it is given.
    fn rendered(&self, scope: &Scope<'a>, id: SourceId, names: Option<&Value>, span: Span) -> Value {
        let text = self.sources.text_or_empty(id);
        let place = Span::new(id, 0, text.len());
        if text.len() > MAX_TEMPLATE_BYTES {
            return opaque("a large template", Because::Bound, span);
        }
        let is_installed = self.sources.is_installed(id);
        let place = if is_installed { span } else { place };
        let parsed = if is_installed {
            hcl::parse_unmapped_template(&text, span)
        } else {
            hcl::parse_template(id, &text, place)
        };
        match parsed {
            Ok(template) => self.rendered_with(scope, &template, place, names, span),
            Err(_) => self.refused("templatefile", span),
        }
    }

    /// A template that is a text, with the names it is given.
    pub(super) fn rendered_text(
        &self,
        scope: &Scope<'a>,
        text: &Value,
        names: Option<&Value>,
        span: Span,
    ) -> Value {
        let Some(literal) = to_text(text).and_then(|text| text.as_literal().map(Cow::into_owned)) else {
            return self.outcome(Outcome::Unknown, "templatestring", std::slice::from_ref(text), span);
        };
        let parsed = if text.span.len() == literal.len() {
            hcl::parse_template(text.span.source, &literal, text.span)
        } else {
            hcl::parse_unmapped_template(&literal, text.span)
        };
        match parsed {
            Ok(template) => self.rendered_with(scope, &template, text.span, names, span),
            Err(_) => self.refused("templatestring", span),
        }
    }

    fn rendered_with(
        &self,
        scope: &Scope<'a>,
        template: &hcl::Template,
        place: Span,
        names: Option<&Value>,
        span: Span,
    ) -> Value {
        let entries = names.and_then(Value::as_map).map_or(&[][..], |map| &map.entries);
        let bound = entries.iter().filter_map(|entry| {
            let name: Arc<str> = entry.key.as_literal()?.into();
            Some((name, entry.value.clone()))
        });
        let inner = scope.template(bound);
        let rendered = self.deeper(|| self.template(&inner, template, place));
        rendered.unwrap_or_else(|| opaque("templatefile", Because::Bound, span)).through(span)
    }
}

/// A path below the project, with the place where the project lies before it, which belongs to the run.
fn absolute(operands: &[Value], span: Span) -> Option<Value> {
    let path = to_text(operands.first()?)?;
    let Some(below) = path.as_literal().and_then(|path| joined("", &path)) else {
        return Some(derived("abspath", operands, span));
    };
    let checkout = Symbol::new(Class::Keyed, CHECKOUT, Because::Run);
    let mut whole = Text::symbol(checkout, span);
    if !below.is_empty() {
        whole.push_str(format!("/{below}"), span);
    }
    Some(Value::text(whole, span))
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
    below.filter(|_| *symbol.key == *CHECKOUT).map(|below| below.trim_start_matches('/').to_owned())
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

/// A file that a function names.
enum Found {
    File(SourceId),
    Nothing,
}
