//! What values are made of, counted by reference.
//!
//! Templates hand whole objects through variables, locals and outputs, and take one member of them at the end. A copy of a
//! list or map is one more reference to what it holds; who changes a copy gets items of his own first. What is asked of
//! everything inside of a value is known since it was made, and never walked again.

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use super::{Entry, Kind, Piece, PieceKind, Symbol, Text, Value};

/// The items in just the room that they need, for what is kept: a list that grew has room for several more, and most are short.
pub fn fitted<T>(items: Vec<T>) -> Vec<T> {
    if items.len() == items.capacity() {
        return items;
    }
    // An allocator may leave a list that shrinks where it is.
    let mut exact = Vec::with_capacity(items.len());
    exact.extend(items);
    exact
}

/// What is known of all that is inside of something.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Extent {
    /// Values, counted as often as they occur. Never more than [`u32::MAX`].
    pub nodes: u32,
    /// Some of it is not known: a symbol, a choice, a list or map that may have more.
    pub has_unknown: bool,
    /// Some of it is not known and has no identity ([`Symbol::is_nameless`]).
    pub has_nameless: bool,
}

impl Extent {
    fn and(self, other: Self) -> Self {
        Self {
            nodes: self.nodes.saturating_add(other.nodes),
            has_unknown: self.has_unknown || other.has_unknown,
            has_nameless: self.has_nameless || other.has_nameless,
        }
    }
}

/// Something of which the extent is known without a walk.
pub trait Extended {
    /// The extent of it.
    fn extent(&self) -> Extent;
}

impl Extended for Symbol {
    fn extent(&self) -> Extent {
        Extent { nodes: 0, has_unknown: true, has_nameless: self.is_nameless() }
    }
}

impl Extended for Text {
    fn extent(&self) -> Extent {
        if let [] | [Piece { kind: PieceKind::Literal(_), .. }] = self.pieces() {
            return Extent::default();
        }
        let parts = self.pieces().iter().map(|piece| match &piece.kind {
            PieceKind::Literal(_) => Extent::default(),
            PieceKind::Symbol(symbol) => symbol.extent(),
            PieceKind::Json(inner) => Extent { has_unknown: true, ..inner.extent() },
        });
        parts.fold(Extent::default(), Extent::and)
    }
}

impl Extended for Value {
    fn extent(&self) -> Extent {
        let inner = match &self.kind {
            Kind::Null | Kind::Absent | Kind::Bool(_) | Kind::Number(_) => Extent::default(),
            Kind::Text(text) => text.extent(),
            Kind::List(list) => list.items.extent().and(open(list.open)),
            Kind::Map(map) => map.entries.extent().and(open(map.open)),
            Kind::Json(inner) => inner.extent(),
            Kind::Choice(all) => all.extent().and(open(true)),
            Kind::Unknown(symbol) => symbol.extent(),
        };
        Extent { nodes: inner.nodes.saturating_add(1), ..inner }
    }
}

impl Extended for Entry {
    fn extent(&self) -> Extent {
        self.key.extent().and(self.value.extent())
    }
}

fn open(is_open: bool) -> Extent {
    Extent { has_unknown: is_open, ..Extent::default() }
}

/// Items that copies share.
#[derive(Clone)]
pub struct Shared<T>(Option<Arc<Held<T>>>);

#[derive(Clone)]
struct Held<T> {
    items: Vec<T>,
    extent: Extent,
}

/// What is known of the items follows from them.
impl<T: fmt::Debug> fmt::Debug for Shared<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_list().entries(self.iter()).finish()
    }
}

impl<T> Default for Shared<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T> Deref for Shared<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        self.0.as_deref().map_or(&[], |held| &held.items)
    }
}

impl<T: Extended> From<Vec<T>> for Shared<T> {
    fn from(items: Vec<T>) -> Self {
        if items.is_empty() {
            return Self::default();
        }
        let extent = items.iter().map(Extended::extent).fold(Extent::default(), Extent::and);
        Self(Some(Arc::new(Held { items: fitted(items), extent })))
    }
}

impl<T: Extended> FromIterator<T> for Shared<T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        items.into_iter().collect::<Vec<_>>().into()
    }
}

impl<T> Shared<T> {
    /// No items yet, with room for some.
    pub fn with_capacity(count: usize) -> Self {
        let items = Vec::with_capacity(count);
        Self((count > 0).then(|| Arc::new(Held { items, extent: Extent::default() })))
    }

    /// The items.
    pub fn as_slice(&self) -> &[T] {
        self
    }

    /// Gives back room that no item needs, unless somebody else has the items too.
    pub fn fit(&mut self) {
        let has_room = |held: &Arc<Held<T>>| held.items.len() < held.items.capacity();
        if let Some(held) = self.0.as_mut().filter(|held| has_room(held)).and_then(Arc::get_mut) {
            held.items = fitted(std::mem::take(&mut held.items));
        }
    }
}

impl<T: Clone> Shared<T> {
    /// The items, copied if somebody else has them too.
    pub fn into_vec(self) -> Vec<T> {
        self.0.map_or_else(Vec::new, |held| Arc::unwrap_or_clone(held).items)
    }
}

impl<T: Clone + Extended> Shared<T> {
    /// Adds an item at the end.
    pub fn push(&mut self, item: T) {
        let held = Arc::make_mut(self.0.get_or_insert_default());
        held.extent = held.extent.and(item.extent());
        held.items.push(item);
    }

    /// The items, to be changed. What is inside of them is counted again at the end.
    pub fn edit(&mut self) -> Edit<'_, T> {
        let items = std::mem::take(self).into_vec();
        Edit { of: self, items }
    }

    /// Drops what `keep` says no to.
    pub fn retain(&mut self, keep: impl Fn(&T) -> bool) {
        if !self.iter().all(&keep) {
            self.edit().retain(keep);
        }
    }

    /// The extent of all items.
    pub fn extent(&self) -> Extent {
        self.0.as_deref().map_or_else(Extent::default, |held| held.extent)
    }
}

/// Items that are being changed.
pub struct Edit<'s, T: Clone + Extended> {
    of: &'s mut Shared<T>,
    items: Vec<T>,
}

impl<T: Clone + Extended> Deref for Edit<'_, T> {
    type Target = Vec<T>;

    fn deref(&self) -> &Vec<T> {
        &self.items
    }
}

impl<T: Clone + Extended> DerefMut for Edit<'_, T> {
    fn deref_mut(&mut self) -> &mut Vec<T> {
        &mut self.items
    }
}

impl<T: Clone + Extended> Drop for Edit<'_, T> {
    fn drop(&mut self) {
        *self.of = std::mem::take(&mut self.items).into();
    }
}

impl<T> Default for Held<T> {
    fn default() -> Self {
        Self { items: Vec::new(), extent: Extent::default() }
    }
}

impl<T: Clone + Extended> Extend<T> for Shared<T> {
    fn extend<I: IntoIterator<Item = T>>(&mut self, items: I) {
        for item in items {
            self.push(item);
        }
    }
}

impl<T: Clone> IntoIterator for Shared<T> {
    type Item = T;
    type IntoIter = std::vec::IntoIter<T>;

    fn into_iter(self) -> Self::IntoIter {
        self.into_vec().into_iter()
    }
}

impl<'a, T> IntoIterator for &'a Shared<T> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}
