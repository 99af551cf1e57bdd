//! The arguments of a data source, and the identity they give to what is looked up.

use crate::source::Span;
use crate::value::{Because, Class, Kind, Map, PieceKind, Symbol, Text, Value};

/// The longest identity.
const MAX_LENGTH: usize = 300;
/// How deep arguments are followed.
const MAX_DEPTH: u32 = 8;

/// Arguments that do not change what is found.
const HOW: &[&str] = &["describe_organization_only", "load_value", "with_decryption"];

/// The arguments of one data source.
pub(super) struct Arguments<'a> {
    /// The type without `data.`.
    pub(super) kind: &'a str,
    pub(super) properties: &'a Map,
    pub(super) unit: &'a str,
    pub(super) address: &'a str,
    pub(super) span: Span,
}

impl Arguments<'_> {
    /// An argument as text; one that is set but is no text is a symbol of the block.
    pub(super) fn text(&self, name: &str) -> Option<Text> {
        let value = self.properties.get(name).filter(|value| !value.is_unset())?;
        let text = value.as_text().unwrap_or_else(|| {
            let key = format!("{}#{}.{name}", self.unit, self.address);
            Text::symbol(Symbol::new(Class::Computed, key, Because::Expression), self.span)
        });
        (!text.is_empty()).then_some(text)
    }

    /// An argument as part of an identity in its unit.
    pub(super) fn said(&self, name: &str) -> Option<String> {
        let value = self.properties.get(name).filter(|value| !value.is_unset())?;
        let mut out = String::new();
        self.describe(value, 0, &mut out).then_some(out)
    }

    /// An argument as part of an identity in the whole project.
    pub(super) fn said_anywhere(&self, name: &str) -> Option<String> {
        self.anywhere().said(name)
    }

    /// The same, of no unit: everything that belongs to one says to which.
    pub(super) fn anywhere(&self) -> Self {
        Self { unit: "", ..*self }
    }

    /// What the look-up is called, without its unit. Those of AWS find the same for the same arguments; for all
    /// others, and for arguments that cannot be told, it is the address of the block.
    pub(super) fn identity(&self) -> String {
        let asked = if self.kind.starts_with("aws_") { self.asked() } else { None };
        asked.unwrap_or_else(|| self.address.to_owned())
    }

    fn asked(&self) -> Option<String> {
        if self.properties.open {
            return None;
        }
        let mut arguments = Vec::new();
        for entry in &self.properties.entries {
            let name = entry.key.as_literal()?;
            // What is no name of an argument says which block this is.
            let is_name = name.starts_with(|first: char| first.is_ascii_alphabetic());
            if is_name && !HOW.contains(&&*name) && !entry.value.is_unset() {
                let mut said = String::new();
                if !self.describe(&entry.value, 0, &mut said) {
                    return None;
                }
                arguments.push((name.into_owned(), said));
            }
        }
        arguments.sort();
        let whole = match arguments.as_slice() {
            [] => format!("data.{}", self.kind),
            [(_, only)] => format!("data.{}[\"{only}\"]", self.kind),
            several => {
                let each: Vec<_> = several.iter().map(|(name, said)| format!("{name}=\"{said}\"")).collect();
                format!("data.{}[{}]", self.kind, each.join(", "))
            }
        };
        (whole.len() <= MAX_LENGTH).then_some(whole)
    }

    /// Adds what identifies a value; false when nothing does.
    pub(super) fn describe(&self, value: &Value, depth: u32, out: &mut String) -> bool {
        if depth > MAX_DEPTH || out.len() > MAX_LENGTH {
            return false;
        }
        match &value.kind {
            Kind::Null => out.push_str("null"),
            Kind::List(list) if !list.open => {
                out.push('[');
                for item in &list.items {
                    if !self.describe(item, depth + 1, out) {
                        return false;
                    }
                    out.push(',');
                }
                out.push(']');
            }
            Kind::Map(map) if !map.open => {
                out.push('{');
                for entry in &map.entries {
                    if !self.describe_text(&entry.key, out) {
                        return false;
                    }
                    out.push('=');
                    if !self.describe(&entry.value, depth + 1, out) {
                        return false;
                    }
                    out.push(',');
                }
                out.push('}');
            }
            Kind::List(_) | Kind::Map(_) => return false,
            _ => return value.as_text().is_some_and(|text| self.describe_text(&text, out)),
        }
        true
    }

    fn describe_text(&self, text: &Text, out: &mut String) -> bool {
        for piece in text.pieces() {
            match &piece.kind {
                // The `#` parts the unit from the name.
                PieceKind::Literal(literal) if !literal.contains('#') => out.push_str(literal),
                PieceKind::Symbol(symbol) if symbol.class != Class::Opaque => {
                    out.push_str("${");
                    self.describe_symbol(symbol, out);
                    out.push('}');
                }
                _ => return false,
            }
        }
        out.len() <= MAX_LENGTH
    }

    /// A symbol without its home, unless it has another one.
    fn describe_symbol(&self, symbol: &Symbol, out: &mut String) {
        let (home, name) = symbol.key.rsplit_once('#').unwrap_or(("", &symbol.key));
        match symbol.class {
            Class::Computed | Class::Keyed | Class::Opaque => {
                out.push_str(name);
                if home != self.unit {
                    out.push('@');
                    out.push_str(home);
                }
            }
            _ => {
                out.push_str(&symbol.shown());
                if *symbol.key != *self.unit {
                    out.push('@');
                    out.push_str(&symbol.key);
                }
            }
        }
    }
}
