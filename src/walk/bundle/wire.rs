//! How the arrays of a bundle are read: each thing says what it makes of an array, a text, a number, …
//!
//! What repeats stands in tables and is named by its number: units, origins, symbols, files. They are read first, into [`Known`].

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, SeqAccess, Visitor};

use crate::source::{SourceId, Span};
use crate::value::{Origin, Symbol, UnitKey};

/// What was read so far.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// What the units of the project begin with; nothing to take them as they are.
    pub(super) project: Option<Arc<str>>,
    pub(super) files: Vec<SourceId>,
    pub(super) units: Vec<UnitKey>,
    pub(super) origins: Vec<Origin>,
    pub(super) symbols: Vec<Symbol>,
}

/// What can be read of a bundle.
pub(super) trait Wire: Sized {
    /// What it is, for messages.
    const WHAT: &'static str;

    /// From an array.
    fn array<'de, A: SeqAccess<'de>>(_: &mut Items<'_, A>) -> Result<Self, A::Error> {
        Err(unexpected::<Self, _>("an array"))
    }

    /// From a text.
    fn text<E: Error>(_: &Known, _: &str) -> Result<Self, E> {
        Err(unexpected::<Self, _>("a text"))
    }

    /// From a number.
    fn number<E: Error>(_: &Known, _: u64) -> Result<Self, E> {
        Err(unexpected::<Self, _>("a number"))
    }

    /// From a boolean.
    fn boolean<E: Error>(_: bool) -> Result<Self, E> {
        Err(unexpected::<Self, _>("a boolean"))
    }

    /// From `null`.
    fn null<E: Error>() -> Result<Self, E> {
        Err(unexpected::<Self, _>("`null`"))
    }
}

fn unexpected<T: Wire, E: Error>(found: &str) -> E {
    E::custom(format_args!("expected {}, found {found}", T::WHAT))
}

/// Reads a `T` with what is known.
pub(super) struct Seed<'k, T>(&'k Known, PhantomData<T>);

impl<'k, T> Seed<'k, T> {
    pub(super) fn new(known: &'k Known) -> Self {
        Self(known, PhantomData)
    }
}

impl<'de, T: Wire> DeserializeSeed<'de> for Seed<'_, T> {
    type Value = T;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<T, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, T: Wire> Visitor<'de> for Seed<'_, T> {
    type Value = T;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(T::WHAT)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<T, A::Error> {
        let mut items = Items { known: self.0, seq };
        let value = T::array(&mut items)?;
        if items.seq.next_element::<IgnoredAny>()?.is_some() {
            return Err(A::Error::custom(format_args!("this {} has too many parts", T::WHAT)));
        }
        Ok(value)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        T::text(self.0, text)
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<T, E> {
        T::number(self.0, number)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<T, E> {
        T::boolean(value)
    }

    fn visit_unit<E: Error>(self) -> Result<T, E> {
        T::null()
    }
}

/// The items of an array that are still to be read.
pub(super) struct Items<'k, A> {
    pub(super) known: &'k Known,
    seq: A,
}

impl<'de, A: SeqAccess<'de>> Items<'_, A> {
    /// The next item, if there is one.
    pub(super) fn next<T: Wire>(&mut self) -> Result<Option<T>, A::Error> {
        self.seq.next_element_seed(Seed::new(self.known))
    }

    /// The next item, which must be there.
    pub(super) fn need<T: Wire>(&mut self) -> Result<T, A::Error> {
        self.next()?.ok_or_else(|| A::Error::custom(format_args!("{} is missing", T::WHAT)))
    }

    /// All items that are left.
    pub(super) fn rest<T: Wire>(&mut self) -> Result<Vec<T>, A::Error> {
        let mut all = Vec::new();
        while let Some(one) = self.next()? {
            all.push(one);
        }
        Ok(all)
    }

    /// The three numbers of a place: file, start, end.
    pub(super) fn span(&mut self) -> Result<Span, A::Error> {
        let file = self.need()?;
        self.span_in(file)
    }

    /// The number of a file.
    pub(super) fn file(&mut self) -> Result<SourceId, A::Error> {
        let file: usize = self.need()?;
        find(&self.known.files, file as u64, "file").copied()
    }

    /// A place in a file whose number was read already.
    pub(super) fn span_in(&mut self, file: usize) -> Result<Span, A::Error> {
        let source = *find(&self.known.files, file as u64, "file")?;
        let (start, end) = (self.need::<u32>()?, self.need::<u32>()?);
        Ok(Span { source, start, end: end.max(start) })
    }
}

/// An entry of a table.
fn find<'t, T, E: Error>(table: &'t [T], number: u64, what: &str) -> Result<&'t T, E> {
    let entry = usize::try_from(number).ok().and_then(|number| table.get(number));
    entry.ok_or_else(|| E::custom(format_args!("there is no {what} {number}")))
}

macro_rules! listed {
    ($($type:ty, $table:ident, $what:literal;)+) => { $(
        impl Wire for $type {
            const WHAT: &'static str = concat!("the number of a ", $what);

            fn number<E: Error>(known: &Known, number: u64) -> Result<Self, E> {
                find(&known.$table, number, $what).cloned()
            }
        }
    )+ };
}

listed! {
    UnitKey, units, "unit";
    Origin, origins, "origin";
    Symbol, symbols, "symbol";
}

macro_rules! numeric {
    ($($type:ty)+) => { $(
        impl Wire for $type {
            const WHAT: &'static str = "a number";

            fn number<E: Error>(_: &Known, number: u64) -> Result<Self, E> {
                Self::try_from(number).map_err(|_| E::custom(format_args!("the number {number} is too large")))
            }
        }
    )+ };
}

numeric!(u32 usize);

impl Wire for bool {
    const WHAT: &'static str = "a boolean";

    fn boolean<E: Error>(value: bool) -> Result<Self, E> {
        Ok(value)
    }
}

impl Wire for Arc<str> {
    const WHAT: &'static str = "a text";

    fn text<E: Error>(_: &Known, text: &str) -> Result<Self, E> {
        Ok(text.into())
    }
}

impl Wire for String {
    const WHAT: &'static str = "a text";

    fn text<E: Error>(_: &Known, text: &str) -> Result<Self, E> {
        Ok(text.to_owned())
    }
}

impl<T: Wire> Wire for Option<T> {
    const WHAT: &'static str = T::WHAT;

    fn array<'de, A: SeqAccess<'de>>(items: &mut Items<'_, A>) -> Result<Self, A::Error> {
        T::array(items).map(Some)
    }

    fn text<E: Error>(known: &Known, text: &str) -> Result<Self, E> {
        T::text(known, text).map(Some)
    }

    fn number<E: Error>(known: &Known, number: u64) -> Result<Self, E> {
        T::number(known, number).map(Some)
    }

    fn boolean<E: Error>(value: bool) -> Result<Self, E> {
        T::boolean(value).map(Some)
    }

    fn null<E: Error>() -> Result<Self, E> {
        Ok(None)
    }
}

impl<T: Wire> Wire for Vec<T> {
    const WHAT: &'static str = "an array";

    fn array<'de, A: SeqAccess<'de>>(items: &mut Items<'_, A>) -> Result<Self, A::Error> {
        items.rest()
    }
}

/// The first item of an array that begins with a word or with a number.
pub(super) enum Head {
    Word(Arc<str>),
    Number(usize),
}

impl Wire for Head {
    const WHAT: &'static str = "a word or a number";

    fn text<E: Error>(known: &Known, text: &str) -> Result<Self, E> {
        Wire::text(known, text).map(Self::Word)
    }

    fn number<E: Error>(known: &Known, number: u64) -> Result<Self, E> {
        Wire::number(known, number).map(Self::Number)
    }
}
