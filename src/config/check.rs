//! `[check]`: what a project wants to see of its findings, and which files it is made of.

use super::{Called, Config, PathGlob};
use crate::diagnostic::Severity;

/// What to report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Profile {
    /// What is proven.
    #[default]
    Default,
    /// Also what hangs on an unknown value.
    Audit,
}

impl Profile {
    /// The words for each.
    pub const WORDS: [(&'static str, Self); 2] = [("default", Self::Default), ("audit", Self::Audit)];
}

/// What ends a run with exit status 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailOn {
    /// No finding does.
    Nothing,
    /// Each at or above this severity.
    From(Severity),
}

impl FailOn {
    /// The words for each.
    pub const WORDS: [(&'static str, Self); 4] = [
        ("none", Self::Nothing),
        ("info", Self::From(Severity::Info)),
        ("warning", Self::From(Severity::Warning)),
        ("error", Self::From(Severity::Error)),
    ];

    /// Whether a finding of this severity does.
    pub fn is_reached(self, severity: Severity) -> bool {
        matches!(self, Self::From(least) if severity >= least)
    }
}

/// The severities, by their words.
pub const SEVERITIES: [(&str, Severity); 3] =
    [("info", Severity::Info), ("warning", Severity::Warning), ("error", Severity::Error)];

/// `[check]`. What is `None` was not written.
#[derive(Clone, Debug, Default)]
pub struct ConfigCheck {
    /// What ends a run with exit status 1.
    pub fail_on: Option<FailOn>,
    /// What is reported at all.
    pub min_severity: Option<Severity>,
    /// Whether what is possible is reported as well.
    pub profile: Option<Profile>,
    /// Files that are no part of the project.
    pub exclude: Vec<PathGlob>,
    /// Whether an ignore without a reason has no effect.
    pub require_ignore_reason: bool,
    /// Rules, families and effects whose findings nobody can ignore.
    pub not_ignorable: Vec<String>,
    /// The file with the findings that were there when the gate was set up.
    pub baseline: Option<String>,
}

impl Config {
    /// Whether a path of the whole run is left out of the project, by the configuration of any directory above it.
    pub fn is_excluded(&self, path: &str) -> bool {
        let excludes = |config: &Self| {
            let below = config.below(path);
            below.is_some_and(|below| config.check.exclude.iter().any(|glob| glob.matches(below)))
        };
        self.all().any(excludes)
    }

    /// Whether any configuration leaves out files.
    pub fn excludes(&self) -> bool {
        self.all().any(|config| !config.check.exclude.is_empty())
    }

    /// Whether findings of a rule can be ignored where this configuration is the nearest.
    pub fn is_ignorable(&self, rule: &Called<'_>) -> bool {
        !self.check.not_ignorable.iter().any(|word| rule.meant_by(word).is_some())
    }
}
