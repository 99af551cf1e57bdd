//! A condition as a constraint on one key, which can be turned round.

use std::borrow::Cow;
use std::sync::Arc;

use super::compare::value_matches;
use super::context::Context;
use super::operator::{Operator, SetOperator, Test};
use super::variables;
use crate::bounds;
use crate::iam::data;
use crate::iam::policy::{Condition, Item};
use crate::source::Span;
use crate::value::{Answer, Text};

/// How many of a key's values must pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Quantity {
    /// The key has one value.
    Single,
    /// Every value.
    All,
    /// Some value.
    Some,
}

/// What a condition asks of its key.
///
/// Unlike a [`Condition`] it can be negated: `Deny` unless X is `Allow` only if X.
#[derive(Clone, Debug)]
pub(crate) struct Constraint {
    /// The key, in lower case as far as it is literal.
    pub(crate) key: Text,
    /// Where the key is written.
    pub(crate) key_span: Span,
    /// The operator, as written and where.
    pub(crate) operator: Arc<crate::source::Spanned<String>>,
    /// The operator.
    pub(crate) parsed: Option<Operator>,
    /// Whether it holds when the key is absent.
    pub(crate) absent: Answer,
    /// How many values must pass.
    pub(crate) quantity: Quantity,
    /// Whether a value passes that none of the listed ones matches.
    pub(crate) negated: bool,
    /// The values listed; variables replaced.
    pub(crate) values: Arc<[Item<Text>]>,
    /// There may be further values.
    pub(crate) open: bool,
    /// Whether the condition is there.
    pub(crate) present: Answer,
    /// It was turned round: it comes from a `Deny`.
    pub(crate) turned: bool,
}

impl Constraint {
    pub(crate) fn of(condition: &Condition, context: &Context) -> Self {
        let parsed = Operator::parse(&condition.operator.value);
        let takes_variables =
            parsed.is_some_and(|op| matches!(op.test, Test::Exact | Test::Folded | Test::Like | Test::Arn));
        // Whether `Bool` takes variables: one page says so, another that it does not.
        // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_Boolean
        // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#policy-vars-conditionelement
        let is_bool = parsed.is_some_and(|op| op.test == Test::Bool);
        let occur = |item: &Item<Text>| variables::occur(&item.value, context);
        let varies = takes_variables && condition.values.iter().any(occur);
        let mut open = condition.open;
        // Nor is it written what becomes of a value that is neither true nor false, as what is not known may be. CDK
        // Pipelines made roles with `{"Bool": {"aws:ViaAWSService": "codepipeline.amazonaws.com"}}`, and they could be assumed.
        // https://github.com/aws/aws-cdk/issues/25301
        let is_truth = |item: &Item<Text>| item.value.as_literal().is_some_and(|word| is_boolean(&word));
        let is_clear = |item: &Item<Text>| !occur(item) && is_truth(item);
        let values = if is_bool && !condition.values.iter().all(is_clear) {
            open = true;
            condition.values.iter().filter(|item| is_clear(item)).cloned().collect()
        } else if varies {
            let is_negated = parsed.is_some_and(|op| op.negated);
            let replaced = condition.values.iter().filter_map(|item| {
                let value = variables::expand(&item.value, context).map(Cow::into_owned);
                let has_value = variables::have_values(&item.value, context);
                // A variable without a value matches nothing; what a negated operator makes of it, AWS leaves open.
                open |= is_negated && (value.is_none() || !has_value.is_yes());
                Some(Item { value: value?, present: item.present.and(has_value), ..item.clone() })
            });
            replaced.collect()
        } else {
            Arc::clone(&condition.values)
        };
        let mut constraint = Self {
            key: folded(&condition.key.value),
            key_span: condition.key.span,
            operator: Arc::clone(&condition.operator),
            parsed,
            absent: parsed.map_or(Answer::Unknown, |op| op.holds_when_absent().into()),
            quantity: match parsed.and_then(|op| op.set) {
                None => Quantity::Single,
                Some(SetOperator::ForAllValues) => Quantity::All,
                Some(SetOperator::ForAnyValue) => Quantity::Some,
            },
            negated: parsed.is_some_and(|op| op.negated),
            values,
            open,
            present: condition.present,
            turned: false,
        };
        if constraint.is_null() {
            constraint.absent = constraint.listed(|item| truth(&item.value, "true"));
        }
        constraint
    }

    /// What holds exactly when this does not.
    pub(crate) fn turned(&self) -> Self {
        Self {
            absent: !self.absent,
            quantity: match self.quantity {
                Quantity::Single => Quantity::Single,
                Quantity::All => Quantity::Some,
                Quantity::Some => Quantity::All,
            },
            negated: !self.negated,
            turned: !self.turned,
            ..self.clone()
        }
    }

    /// Whether another condition beside it needs the key to be there, which closes the hole of `…IfExists`.
    pub(crate) fn needed_beside(&self, all: &[Self]) -> Answer {
        if self.absent.is_no() {
            return Answer::No;
        }
        if all.len() > bounds::CONDITIONS {
            return Answer::Unknown;
        }
        Answer::any(
            all.iter()
                .filter(|other| other.key == self.key && !std::ptr::eq(*other, self))
                .map(|other| other.present.and(!other.absent)),
        )
    }

    /// The key, when it is wholly known.
    pub(crate) fn name(&self) -> Option<String> {
        self.key.as_literal().map(Cow::into_owned)
    }

    /// Whether the key has several values and no set operator says how many of them must pass. What AWS makes of that
    /// is not documented.
    ///
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html#access-analyzer-reference-policy-checks-error-missing-qualifier>
    pub(crate) fn lacks_quantifier(&self) -> bool {
        self.quantity == Quantity::Single
            && !self.is_null()
            && self.name().is_some_and(|name| data::condition_key(&name).is_some_and(|key| key.many))
    }

    pub(crate) fn is_null(&self) -> bool {
        self.parsed.is_some_and(|op| op.test == Test::Null)
    }

    pub(crate) fn test(&self) -> Option<Test> {
        self.parsed.map(|op| op.test)
    }

    /// Whether some listed value answers, as far as the list is known.
    pub(crate) fn listed(&self, mut ask: impl FnMut(&Item<Text>) -> Answer) -> Answer {
        let any = Answer::any(self.values.iter().map(|item| item.present.and(ask(item))));
        if self.open { any.or(Answer::Unknown) } else { any }
    }

    /// Whether it holds for a key that is there, whatever its value, or for this value of it.
    pub(crate) fn passes(&self, request: &Text) -> Answer {
        let Some(test) = self.test() else { return Answer::Unknown };
        if test == Test::Null {
            let answer = self.listed(|item| truth(&item.value, "false"));
            return if self.negated { !answer } else { answer };
        }
        self.polar(self.listed(|item| value_matches(test, &item.value, request)))
    }

    pub(crate) fn polar(&self, listed: Answer) -> Answer {
        if self.negated { !listed } else { listed }
    }
}

fn is_boolean(word: &str) -> bool {
    word.eq_ignore_ascii_case("true") || word.eq_ignore_ascii_case("false")
}

fn truth(text: &Text, word: &str) -> Answer {
    match text.as_literal() {
        Some(literal) => literal.eq_ignore_ascii_case(word).into(),
        None => Answer::Unknown,
    }
}

/// The key in lower case, as far as it is literal, without the scheme of an issuer: IAM refuses a key with one, and Terraform
/// reads the `url` of a provider back without it.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetOpenIDConnectProvider.html>
pub(crate) fn folded(key: &Text) -> Text {
    key.rewritten(|part, span, out| {
        let part = part.to_ascii_lowercase();
        let bare = if out.is_empty() { part.strip_prefix("https://") } else { None };
        out.push_str(bare.unwrap_or(&part), span);
    })
}
