//! A policy document, read from a value.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html>

use std::sync::Arc;

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
}

/// One statement.
#[derive(Clone, Debug)]
pub struct Statement {
    /// `Sid`.
    pub sid: Option<Text>,
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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
}

impl Policy {
    /// Sets every place to `span`: where a policy that is written nowhere is attached.
    pub fn show_at(&mut self, span: Span) {
        self.span = span;
        self.defects.iter_mut().for_each(|defect| defect.span = span);
        if let Some(version) = &mut self.version {
            version.span = span;
            version.value.show_at(span);
        }
        self.statements.iter_mut().for_each(|statement| statement.show_at(span));
    }
}

impl Statement {
    fn show_at(&mut self, span: Span) {
        self.span = span;
        self.sid.iter_mut().for_each(|sid| sid.show_at(span));
        self.principals.iter_mut().for_each(|clause| clause.show_at(span, |_| {}));
        for clause in std::iter::once(&mut self.actions).chain(&mut self.resources) {
            clause.show_at(span, |text| text.show_at(span));
        }
        for condition in &mut self.conditions {
            Arc::make_mut(&mut condition.operator).span = span;
            condition.key.span = span;
            condition.key.value.show_at(span);
            for item in Arc::make_mut(&mut condition.values) {
                item.show_at(span, |text| text.show_at(span));
            }
        }
    }
}

impl<T> Clause<T> {
    fn show_at(&mut self, span: Span, value: impl Fn(&mut T)) {
        self.key_span = span;
        self.items.iter_mut().for_each(|item| item.show_at(span, &value));
    }
}

impl<T> Item<T> {
    fn show_at(&mut self, span: Span, value: impl Fn(&mut T)) {
        self.span = span;
        self.text.show_at(span);
        value(&mut self.value);
    }
}
