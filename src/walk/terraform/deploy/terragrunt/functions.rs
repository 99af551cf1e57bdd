//! The functions that only Terragrunt has.
//!
//! <https://terragrunt.gruntwork.io/docs/reference/hcl/functions/>

use std::borrow::Cow;

use super::configuration::{Configuration, Place, Reader};
use super::{CONFIG, at, exposed};
use crate::source::Span;
use crate::source::paths::{directory, joined};
use crate::value::{Because, Class, Kind, OriginKind, Symbol, Text, UnitKey, Value, Words};
use crate::walk::terraform::deploy::values::constants;
use crate::walk::terraform::language::convert::Outcome;
use crate::walk::terraform::language::functions;

impl Configuration<'_> {
    /// What such a function returns; `None` for all others.
    pub(super) fn function(&self, name: &str, operands: &[Value], span: Span) -> Option<Value> {
        let unknown = || self.unknown_here(name, operands, span);
        let given = |at: usize| operands.get(at).cloned().unwrap_or_else(unknown);
        if let Some(path) = self.path(name, operands, span) {
            return Some(path);
        }
        Some(match name {
            "find_in_parent_folders" => {
                let wanted = text(operands, 0).map_or_else(|| CONFIG.to_owned(), Cow::into_owned);
                match self.above(&self.place.unit, &wanted) {
                    Some(found) => Value::literal(format!("/{found}"), span),
                    None => given(1),
                }
            }
            "read_terragrunt_config" => self.read_config(operands, span).unwrap_or_else(|| {
                operands.get(1).cloned().unwrap_or_else(|| self.of_file(name, operands, span))
            }),
            "read_tfvars_file" => {
                self.read_values(operands, span).unwrap_or_else(|| self.of_file(name, operands, span))
            }
            "mark_as_read" => given(0),
            "get_env" => given(1),
            "get_aws_account_id" => {
                let symbol =
                    Symbol::new(Class::Account, &UnitKey::of(self.place.original.as_str()), Because::Run);
                Value::text(Text::symbol(symbol, span), span)
            }
            // What is decrypted is a secret.
            "sops_decrypt_file" => self.of_file(name, operands, span),
            // Commands are never run.
            "run_cmd" | "constraint_check" => unknown(),
            _ if name.starts_with("get_") => unknown(),
            _ => return None,
        })
    }

    /// What a function returns that says where something is; `None` for all others.
    fn path(&self, name: &str, operands: &[Value], span: Span) -> Option<Value> {
        let place = &self.place;
        let literal = |path: String| Value::literal(path, span);
        let absolute = |path: &str| literal(format!("/{path}"));
        let included = |said: &dyn Fn(&str) -> Value| {
            let found = place.include(text(operands, 0).as_deref(), said);
            found.unwrap_or_else(|| self.unknown_here(name, operands, span))
        };
        Some(match name {
            "get_terragrunt_dir" => absolute(&place.unit),
            "get_original_terragrunt_dir" => absolute(&place.original),
            "get_parent_terragrunt_dir" => included(&absolute),
            "get_repo_root" => Value::literal("", span),
            "get_path_to_repo_root" => literal(relative(&place.unit, "")),
            "get_path_from_repo_root" => literal(relative("", &place.unit)),
            "path_relative_to_include" => included(&|directory| literal(relative(directory, &place.unit))),
            "path_relative_from_include" => included(&|directory| literal(relative(&place.unit, directory))),
            _ => return None,
        })
    }

    /// What another configuration says.
    fn read_config(&self, operands: &[Value], span: Span) -> Option<Value> {
        let reader = Reader { values: None, ..self.reader };
        let path = at(&self.place.unit, &text(operands, 0)?)?;
        let config = reader.config(&path, (directory(&path), &self.place.original), self.depth + 1)?;
        self.asked.borrow_mut().extend(config.asked);
        Some(Value::new(Kind::Map(exposed(config.locals, config.inputs, config.dependencies, span)), span))
    }

    /// What a file of values says, as JSON.
    fn read_values(&self, operands: &[Value], span: Span) -> Option<Value> {
        let file = self.reader.sources.find(&at(&self.place.unit, &text(operands, 0)?)?)?;
        let values = Value::new(Kind::Map(constants(self.reader.sources, file)), span);
        match functions::call("jsonencode", &[values], span) {
            Some(Outcome::Value(encoded)) => Some(encoded),
            _ => None,
        }
    }

    /// A file of this name, or a directory, above the unit.
    fn above(&self, unit: &str, name: &str) -> Option<String> {
        let mut from = unit;
        while !from.is_empty() {
            from = directory(from);
            let path = joined(from, name)?;
            let is_directory = || self.reader.sources.below(&path).next().is_some();
            if self.reader.sources.find(&path).is_some() || is_directory() {
                return Some(path);
            }
        }
        None
    }

    /// What is not known of a file: the same wherever the file is read, when it is known which one that is.
    fn of_file(&self, name: &str, operands: &[Value], span: Span) -> Value {
        let path = text(operands, 0).and_then(|path| at(&self.place.unit, &path));
        let Some(path) = path else { return self.unknown_here(name, operands, span) };
        let arguments = [Words::literal(path)].into();
        let origin =
            OriginKind::Ran { unit: UnitKey::of("."), function: name.into(), arguments, place: None };
        Value::unknown(Symbol::new(Class::Keyed, origin, Because::Lookup), span)
    }

    /// The same for the same arguments in the same unit, and nowhere else.
    fn unknown_here(&self, name: &str, operands: &[Value], span: Span) -> Value {
        let known: Option<Vec<Words>> =
            operands.iter().map(|operand| Words::of_text(&operand.as_text()?)).collect();
        let afresh = |words: &Words| words.as_literal() == Some("--terragrunt-no-cache");
        let once = known.as_ref().is_none_or(|all| all.iter().any(afresh));
        let origin = OriginKind::Ran {
            unit: UnitKey::of(self.place.unit.as_str()),
            function: name.into(),
            arguments: known.unwrap_or_default().into(),
            // Such a command may say something else each time, and of other arguments nothing is known.
            place: once.then_some((span.source, span.start)),
        };
        Value::unknown(Symbol::new(Class::Keyed, origin, Because::Run), span)
    }
}

impl Place {
    /// The directory of the include that a function is about: for what is included, its own; for the unit, the one that
    /// is named, or its only one.
    fn include(&self, name: Option<&str>, said: &dyn Fn(&str) -> Value) -> Option<Value> {
        if self.directory != self.unit {
            return Some(said(&self.directory));
        }
        let includes = self.includes.borrow();
        match (name, includes.as_slice()) {
            (Some(name), all) => {
                let named = all.iter().find(|(label, _)| label.as_deref() == Some(name));
                named.map(|(_, directory)| said(directory))
            }
            (None, [(_, only)]) => Some(said(only)),
            (None, []) => Some(said(&self.directory)),
            (None, _) => None,
        }
    }
}

/// An argument as literal text.
fn text(operands: &[Value], at: usize) -> Option<Cow<'_, str>> {
    operands.get(at).and_then(Value::as_str)
}

/// The path of `to` as seen from `from`.
fn relative(from: &str, to: &str) -> String {
    let parts = |path: &str| -> Vec<String> {
        path.split('/').filter(|part| !part.is_empty()).map(str::to_owned).collect()
    };
    let (from, to) = (parts(from), parts(to));
    let shared = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    let up = from.iter().skip(shared).map(|_| "..".to_owned());
    let all: Vec<String> = up.chain(to.into_iter().skip(shared)).collect();
    if all.is_empty() { ".".to_owned() } else { all.join("/") }
}
