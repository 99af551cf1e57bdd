//! The policies of identities as templates write them, which are in memory only until they are read.
//!
//! A policy becomes a [`Document`](super::Document), and nobody asks its declaration for it again. Most of what a project declares
//! is policies, so each value goes as soon as its document is there.

use std::sync::LazyLock;

use rustc_hash::FxHashMap;

use super::{DeclarationId, Table};
use crate::accounts::Accounts;
use crate::carriers::{self, Carrier, Role, Step, ValueKind};
use crate::facts::Declaration;
use crate::source::Span;
use crate::value::{Encoded, Entry, Kind, Map, Value};

/// What stands in the place of a policy that is a document of its own.
static READ: LazyLock<Encoded> = LazyLock::new(|| {
    Encoded::from(Value::new(Kind::Map(Map::default()), Span::start_of(crate::source::SourceId::first())))
});

/// The properties of declarations that have policies, with these in them.
#[derive(Default)]
pub(super) struct Written(FxHashMap<DeclarationId, Map>);

impl Written {
    /// Takes the policies out of all declarations that have some. Snapshots are compared with them, and keep theirs.
    pub(super) fn taken_from(
        declarations: &mut Table<DeclarationId, Declaration>,
        accounts: &Accounts,
    ) -> Self {
        let mut written = FxHashMap::default();
        for id in declarations.ids() {
            let declaration = &mut declarations[id];
            let rows = carriers::carriers(&declaration.type_name);
            if accounts.is_seen(&declaration.unit) || !rows.iter().any(is_of_identity) {
                continue;
            }
            let mut kept = std::mem::take(&mut declaration.properties);
            written.insert(id, with_policies(&kept, rows));
            for row in rows.iter().filter(|row| is_of_identity(row)) {
                kept = without(kept, &row.path);
            }
            declaration.properties = kept;
        }
        Self(written)
    }

    /// How many declarations have policies.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// The properties of a declaration that have its policies, when they were taken out. Nobody else gets them.
    pub(super) fn take(&mut self, declaration: DeclarationId) -> Option<Map> {
        self.0.remove(&declaration)
    }
}

/// Declarations, each with its properties as they are written.
pub(super) struct Taken<'d>(Vec<(DeclarationId, &'d Declaration, Option<Map>)>);

impl<'d> Taken<'d> {
    /// Takes the policies of these declarations.
    pub(super) fn of(declarations: &[(DeclarationId, &'d Declaration)], written: &mut Written) -> Self {
        Self(declarations.iter().map(|(id, declaration)| (*id, *declaration, written.take(*id))).collect())
    }

    /// Each of them.
    pub(super) fn each(&self) -> impl Iterator<Item = (DeclarationId, &'d Declaration, &Map)> {
        self.0.iter().map(|(id, declaration, written)| {
            (*id, *declaration, written.as_ref().unwrap_or(&declaration.properties))
        })
    }
}

/// The properties in which rows have a policy.
fn with_policies(properties: &Map, rows: &[Carrier]) -> Map {
    let has_policy = |entry: &&Entry| {
        rows.iter()
            .filter(|row| row.value_kind == ValueKind::JsonPolicy)
            .any(|row| matches!(row.path.first(), Some(Step::Property(name)) if entry.key.is_literally(name)))
    };
    let entries: Vec<Entry> = properties.entries.iter().filter(has_policy).cloned().collect();
    Map { entries: entries.into(), open: properties.open }
}

fn is_of_identity(row: &Carrier) -> bool {
    let is_of_identity = matches!(row.role, Role::TrustPolicy | Role::IdentityPolicy | Role::ManagedPolicy);
    is_of_identity && row.value_kind == ValueKind::JsonPolicy
}

fn without(mut map: Map, path: &[Step]) -> Map {
    let Some((Step::Property(name), rest)) = path.split_first() else { return map };
    let Some(at) = map.entries.iter().rposition(|entry| entry.key.is_literally(name)) else { return map };
    if let Some(entry) = map.entries.edit().get_mut(at) {
        let empty = Value::new(Kind::Null, entry.value.span);
        entry.value = at_end(std::mem::replace(&mut entry.value, empty), rest);
    }
    map
}

/// What is at the end of a path, which bounds the recursion but for lists in lists, which readers bound.
fn at_end(value: Value, path: &[Step]) -> Value {
    let kind = match (value.kind, path.split_first()) {
        (Kind::Json(_) | Kind::Map(_), None) => Kind::Json(READ.clone()),
        (Kind::Text(text), None) if text.pieces().len() > 1 => Kind::Json(READ.clone()),
        (Kind::List(list), Some((Step::Each, rest))) => Kind::List(list.map(|item| at_end(item, rest))),
        (Kind::List(list), Some((Step::Property(_), _))) => Kind::List(list.map(|item| at_end(item, path))),
        (Kind::Map(map), Some((Step::Property(_), _))) => Kind::Map(without(map, path)),
        (kind, _) => kind,
    };
    Value { kind, ..value }
}
