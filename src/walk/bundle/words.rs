//! The words that stand for what has few forms.

use super::wire::{Known, Wire};
use crate::facts::{Language, Placed};
use crate::value::{Answer, Because, Class, Within};

/// What has few forms, each with a word.
pub(super) trait Worded: Sized {
    /// The word of this one.
    fn word(self) -> &'static str;
    /// The one that a word stands for.
    fn from_word(word: &str) -> Option<Self>;
}

macro_rules! worded {
    ($type:ident, $what:literal: $($variant:ident = $word:literal),+ $(,)?) => {
        impl Worded for $type {
            fn word(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }

            fn from_word(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$variant),)+ _ => None }
            }
        }

        impl Wire for $type {
            const WHAT: &'static str = $what;

            fn text<E: serde::de::Error>(_: &Known, word: &str) -> Result<Self, E> {
                Self::from_word(word).ok_or_else(|| E::custom(format_args!("there is no {} `{word}`", $what)))
            }
        }
    };
}

worded!(Class, "class of symbols":
    Account = "account", Region = "region", Partition = "partition", DnsSuffix = "dns-suffix",
    Organization = "organization", Computed = "computed", AccountId = "account-id", Word = "word", Keyed = "keyed",
    Opaque = "opaque");
worded!(Because, "reason":
    Input = "input", Unset = "unset", Computed = "computed", Lookup = "lookup", Module = "module", Remote = "remote",
    Run = "run", Expression = "expression", Undeclared = "undeclared", Bound = "bound");
worded!(Answer, "answer": No = "no", Unknown = "unknown", Yes = "yes");
worded!(Placed, "place of a unit": Deployed = "deployed", Perhaps = "perhaps", Apart = "apart", Told = "told");
worded!(Within, "part of a unit":
    Deployment = "deployment", Provider = "provider", StackSet = "stack-set", Account = "account", Runner = "runner");
worded!(Language, "language":
    Terraform = "terraform", CloudFormation = "cloudformation", Policy = "policy",
    Snapshot = "snapshot", Manifest = "manifest");
