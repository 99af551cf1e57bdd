//! A policy document, read from a value.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html>

use std::sync::Arc;

use super::beginnings::Beginnings;
use super::principal::Principal;
use super::read::Defect;
use crate::source::{Span, Spanned};
use crate::value::{Answer, Text, Via, When};

/// A policy document.
#[derive(Clone, Debug)]
pub struct Policy {
    /// `Version` as written; `None` when it is missing.
    pub version: Option<Spanned<Text>>,
    /// The statements.
    pub statements: Vec<Statement>,
    /// There may be further statements that are not known here.
    pub open: bool,
    /// What is written in it and is not as it should be: it is in no statement, or not as its author means it.
    pub defects: Vec<Defect>,
    /// The whole document.
    pub span: Span,
    /// Where its statements are found by what they list.
    pub beginnings: Beginnings,
}

impl Policy {
    /// The same policy with these of its statements and no others.
    pub(crate) fn only<'p>(&self, statements: impl Iterator<Item = &'p Statement>) -> Self {
        Self {
            version: self.version.clone(),
            statements: statements.cloned().collect(),
            open: false,
            defects: Vec::new(),
            span: self.span,
            beginnings: Beginnings::default(),
        }
    }
}

/// One statement.
#[derive(Clone, Debug)]
pub struct Statement {
    /// `Sid`.
    pub sid: Option<Box<Text>>,
    /// `Allow` or `Deny`; `None` when it is not known or not valid.
    pub effect: Option<Effect>,
    /// `Principal` or `NotPrincipal`; `None` in an identity policy.
    pub principals: Option<Clause<Principal>>,
    /// `Action` or `NotAction`; patterns in the case written.
    pub actions: Clause<Text>,
    /// `Resource` or `NotResource`; `None` where there is none, as in a trust policy.
    pub resources: Option<Clause<Text>>,
    /// `Condition`: all must hold.
    pub conditions: Vec<Condition>,
    /// There may be further conditions that are not known here.
    pub conditions_open: bool,
    /// Whether the statement is there at all.
    pub present: Answer,
    /// The choices that its presence hangs on, when it hangs on nothing else.
    pub when: When,
    /// The whole statement.
    pub span: Span,
    /// The references the statement came through.
    pub via: Via,
}

/// `Allow` or `Deny`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Effect {
    /// Grants.
    Allow,
    /// Forbids, whatever else grants.
    Deny,
}

/// A list of patterns with its polarity: `Action` is `In`, `NotAction` is `NotIn`.
///
/// One type for both keeps `Not…` from being forgotten.
#[derive(Clone, Debug)]
pub struct Clause<T> {
    /// Which of the two it is.
    pub polarity: Polarity,
    /// What is listed.
    pub items: Vec<Item<T>>,
    /// There may be further items that are not known here.
    pub open: bool,
    /// Where the key (`Principal`, `NotAction`, …) is written.
    pub key_span: Span,
}

/// Whether a clause names what it matches or what it does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Polarity {
    /// Matches what one of the items matches.
    In,
    /// Matches what none of the items matches.
    NotIn,
}

/// One item of a clause, and how it is written.
#[derive(Clone, Debug)]
pub struct Item<T> {
    /// What it means.
    pub value: T,
    /// As written.
    pub text: Text,
    /// Where it is written.
    pub span: Span,
    /// The references it came through.
    pub via: Via,
    /// Whether it is there at all (one side of a choice may be missing).
    pub present: Answer,
    /// The choices that its presence, and that of its statement, hangs on, when it hangs on nothing else.
    pub when: When,
    /// For a principal, the key it stands under: `AWS`, `Service`, `Federated`, `CanonicalUser`; `*` for the
    /// bare star. Empty elsewhere.
    pub kind: &'static str,
    /// It was written as a number, not as a string.
    pub number: bool,
}

/// One operator and key of a `Condition` block, with its values.
#[derive(Clone, Debug)]
pub struct Condition {
    /// The operator as written: `StringEquals`, `ForAnyValue:StringLikeIfExists`.
    pub operator: Arc<Spanned<String>>,
    /// The key as written; may be partly unknown (`"${local.issuer}:sub"`). Compared without case.
    pub key: Spanned<Text>,
    /// The values.
    pub values: Arc<[Item<Text>]>,
    /// There may be further values.
    pub open: bool,
    /// Whether the condition is there at all (one side of a choice may be missing).
    pub present: Answer,
    /// The choices that it is there under.
    pub when: When,
}
