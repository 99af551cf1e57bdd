//! Values in a form that two programs agree on.

use trustlint::internals::value::{Class, Kind, PieceKind, Text, Value};

/// A value in one form: lists of one are the item, members are sorted, partitions are the usual one.
pub(crate) fn value(value: &Value) -> String {
    match &value.kind {
        Kind::Null => "null".to_owned(),
        Kind::Absent => "-".to_owned(),
        Kind::Json(inner) => self::value(inner),
        Kind::List(list) => {
            let mut items: Vec<String> = list.items.iter().map(self::value).filter(|it| it != "-").collect();
            if list.open {
                items.push("…".to_owned());
            }
            match items.as_slice() {
                [only] => only.clone(),
                _ => format!("[{}]", items.join(", ")),
            }
        }
        Kind::Map(map) => {
            let mut entries: Vec<String> = map
                .entries
                .iter()
                .filter(|entry| !entry.key.is_literally("Version"))
                .map(|entry| {
                    format!("{}: {}", text(&entry.key_text()), member(&entry.key_text(), &entry.value))
                })
                .collect();
            entries.sort();
            if map.open {
                entries.push("…".to_owned());
            }
            format!("{{{}}}", entries.join(", "))
        }
        Kind::Choice(all) => {
            let mut all: Vec<String> = all.iter().map(self::value).collect();
            all.sort();
            all.dedup();
            all.join(" | ")
        }
        _ => value.as_text().as_ref().map(text).unwrap_or_default(),
    }
}

/// The value of a member; the order of statements, and of the resources of one, means nothing.
fn member(key: &Text, value: &Value) -> String {
    let items = if let Kind::List(list) = &value.kind { list.items.as_slice() } else { &[] };
    let is_set = ["Statement", "Resource"].iter().any(|name| key.is_literally(name));
    if !is_set || items.len() < 2 {
        return self::value(value);
    }
    let mut items: Vec<String> = items.iter().map(self::value).collect();
    items.sort();
    format!("[{}]", items.join(", "))
}

/// A text; symbols are shown by all of their identity.
pub(crate) fn text(text: &Text) -> String {
    let mut out = String::new();
    for piece in text.pieces() {
        match &piece.kind {
            PieceKind::Literal(literal) => out.push_str(literal),
            PieceKind::Symbol(symbol) if symbol.class == Class::Partition => out.push_str("aws"),
            PieceKind::Symbol(symbol) if symbol.class == Class::DnsSuffix => out.push_str("amazonaws.com"),
            PieceKind::Symbol(symbol) => {
                let class = match symbol.class {
                    Class::Account => "account ",
                    Class::Region => "region ",
                    _ => "",
                };
                let unit = symbol.origin.unit().map(ToString::to_string).unwrap_or_default();
                out.extend(["${", class, &unit, "#", symbol.shown(), "}"]);
            }
            PieceKind::Json(inner) => out.push_str(&value(inner)),
        }
    }
    out
}
