//! Values that stand in templates as texts.

use std::fmt;
use std::ops::Deref;
use std::sync::{Arc, OnceLock};

use super::Value;
use super::shared::{Extended, Extent};
use crate::source::Span;

/// The value that a text is the JSON encoding of. Copies share it.
#[derive(Clone)]
pub struct Encoded(Arc<Held>);

enum Held {
    Read(Value),
    /// Each has a place of its own, and hardly any is short.
    Written(Written),
}

/// A text without holes that is read when somebody asks for what is in it.
struct Written {
    text: Arc<str>,
    place: Span,
    read: Reader,
    value: OnceLock<Box<Value>>,
}

/// Reads what is written at a place. What is no JSON is read as the text that it is, so that it is said where it is looked for.
type Reader = fn(&Arc<str>, Span) -> Value;

impl Encoded {
    /// The value that `read` makes of a text once somebody asks for it. As a tree of values, a document takes several times as much
    /// memory as its text, which copies of it have together.
    pub fn written(text: Arc<str>, place: Span, read: Reader) -> Self {
        Self(Arc::new(Held::Written(Written { text, place, read, value: OnceLock::new() })))
    }

    /// Whether both are copies of one.
    pub fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// The value, copied if somebody else has it too. One that was not asked for before is read for this caller alone.
    pub fn into_value(self) -> Value {
        match Arc::try_unwrap(self.0) {
            Ok(Held::Read(value)) => value,
            Ok(Held::Written(written)) => written.into_value(),
            Err(shared) => match &*shared {
                Held::Read(value) => value.clone(),
                Held::Written(written) => match written.value.get() {
                    Some(value) => (**value).clone(),
                    None => (written.read)(&written.text, written.place),
                },
            },
        }
    }
}

impl Written {
    fn into_value(self) -> Value {
        match self.value.into_inner() {
            Some(value) => *value,
            None => (self.read)(&self.text, self.place),
        }
    }
}

impl From<Value> for Encoded {
    fn from(value: Value) -> Self {
        Self(Arc::new(Held::Read(value)))
    }
}

impl Deref for Encoded {
    type Target = Value;

    fn deref(&self) -> &Value {
        match &*self.0 {
            Held::Read(value) => value,
            Held::Written(Written { text, place, read, value }) => {
                value.get_or_init(|| Box::new(read(text, *place)))
            }
        }
    }
}

/// Whether it was read or not makes no difference.
impl fmt::Debug for Encoded {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, formatter)
    }
}

impl Extended for Encoded {
    fn extent(&self) -> Extent {
        match &*self.0 {
            Held::Read(value) => value.extent(),
            // All of it is known. Whoever counts what is inside has it read before.
            Held::Written(_) => Extent { nodes: 1, ..Extent::default() },
        }
    }
}
