//! The words of the command line for what the configuration says as well.

use clap::ValueEnum;
use clap::builder::PossibleValue;

use crate::config::{FailOn, Profile, SEVERITIES};
use crate::diagnostic::Severity;

/// The word of a value among those that it can be.
fn word<T: Copy + PartialEq>(words: &[(&'static str, T)], value: T) -> Option<PossibleValue> {
    words.iter().find(|(_, known)| *known == value).map(|(word, _)| PossibleValue::new(*word))
}

impl ValueEnum for Severity {
    fn value_variants<'a>() -> &'a [Self] {
        &[Self::Info, Self::Warning, Self::Error]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        word(&SEVERITIES, *self)
    }
}

impl ValueEnum for FailOn {
    fn value_variants<'a>() -> &'a [Self] {
        &[
            Self::Nothing,
            Self::From(Severity::Info),
            Self::From(Severity::Warning),
            Self::From(Severity::Error),
        ]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        word(&Self::WORDS, *self)
    }
}

impl ValueEnum for Profile {
    fn value_variants<'a>() -> &'a [Self] {
        &[Self::Default, Self::Audit]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let help = match self {
            Self::Default => "Findings that are certain",
            Self::Audit => "Also findings that are possible",
        };
        Some(word(&Self::WORDS, *self)?.help(help))
    }
}
