//! Ids of what the graph holds, and tables that only take ids they gave out.

use std::fmt;
use std::marker::PhantomData;
use std::ops::{Index, IndexMut};

/// What a [`Table`] gives out: a number of its own type, so that the id of a role is never taken for that of a document.
pub trait Id: Copy {
    /// From a position in a table.
    fn from_position(position: u32) -> Self;
    /// The position in the table that gave it out.
    fn position(self) -> usize;
}

/// As many items as a table has room to spare for.
const LONG: usize = 4096;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(u32);

        impl Id for $name {
            fn from_position(position: u32) -> Self {
                Self(position)
            }

            fn position(self) -> usize {
                self.0 as usize
            }
        }
    )*};
}

ids! {
    /// A declaration of a template.
    DeclarationId
    /// A role, user or group.
    IdentityId
    /// A resource that is protected by a policy of its own, or could be.
    ResourceId
    /// A policy document.
    DocumentId
    /// A share of AWS RAM.
    ShareId
    /// An identity provider.
    ProviderId
    /// A policy of an organization.
    OrganizationPolicyId
}

/// A list whose items are found by the ids it gave out for them. It never loses one, so a look-up cannot fail.
#[derive(Clone)]
pub struct Table<I, T> {
    items: Vec<T>,
    ids: PhantomData<fn(I) -> I>,
}

impl<I: Id, T> Table<I, T> {
    /// Adds an item.
    pub fn push(&mut self, item: T) -> I {
        let (id, len) = (self.next_id(), self.items.len());
        // A long one that doubled would have room for as many that never come.
        if len == self.items.capacity() && len >= LONG {
            self.items.reserve_exact(len / 4);
        }
        self.items.push(item);
        id
    }

    /// Makes room for just so many more items.
    pub fn reserve(&mut self, count: usize) {
        self.items.reserve_exact(count);
    }

    /// The id that the next item gets. More items than fit in an id do not fit in memory either.
    pub fn next_id(&self) -> I {
        I::from_position(u32::try_from(self.items.len()).unwrap_or(u32::MAX))
    }

    /// The items, in the order in which they were added.
    pub fn iter(&self) -> std::slice::Iter<'_, T> {
        self.items.iter()
    }

    /// The items, to be changed.
    pub fn iter_mut(&mut self) -> std::slice::IterMut<'_, T> {
        self.items.iter_mut()
    }

    /// The items with their ids.
    pub fn with_ids(&self) -> impl Iterator<Item = (I, &T)> {
        (0..).map(I::from_position).zip(&self.items)
    }

    /// All ids.
    pub fn ids(&self) -> impl Iterator<Item = I> + use<I, T> {
        (0..).map(I::from_position).take(self.items.len())
    }

    /// How many items there are.
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }
}

impl<I, T> Default for Table<I, T> {
    fn default() -> Self {
        Self { items: Vec::new(), ids: PhantomData }
    }
}

impl<I: Id, T> FromIterator<T> for Table<I, T> {
    fn from_iter<Items: IntoIterator<Item = T>>(items: Items) -> Self {
        Self { items: items.into_iter().collect(), ids: PhantomData }
    }
}

impl<'a, I: Id, T> IntoIterator for &'a Table<I, T> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<'a, I: Id, T> IntoIterator for &'a mut Table<I, T> {
    type Item = &'a mut T;
    type IntoIter = std::slice::IterMut<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter_mut()
    }
}

#[expect(clippy::indexing_slicing, reason = "an id is only made by the table that holds its item")]
impl<I: Id, T> Index<I> for Table<I, T> {
    type Output = T;

    fn index(&self, id: I) -> &T {
        &self.items[id.position()]
    }
}

#[expect(clippy::indexing_slicing, reason = "an id is only made by the table that holds its item")]
impl<I: Id, T> IndexMut<I> for Table<I, T> {
    fn index_mut(&mut self, id: I) -> &mut T {
        &mut self.items[id.position()]
    }
}

impl<I, T: fmt::Debug> fmt::Debug for Table<I, T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_list().entries(&self.items).finish()
    }
}
