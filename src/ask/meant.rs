//! Whom a statement that allows names.

use std::borrow::Cow;

use super::items::{Setting, Spot};

use crate::graph::IdentityId;
use crate::iam::arn::{Arn, is_account_id};
use crate::iam::condition::{self, Operator, SetOperator, Test};
use crate::iam::policy::{Condition, Item};
use crate::iam::principal::Principal;
use crate::value::Text;

/// A declared role or user that a statement names.
#[derive(Clone, Copy, Debug)]
pub struct Named<'g> {
    /// Where it is named.
    pub spot: Spot<'g>,
    /// Who it is; the first of its declarations.
    pub id: IdentityId,
    /// It is named by a condition, and the principal beside it is wider.
    pub by_condition: bool,
}

impl<'g> Setting<'g> {
    /// The declared roles and users that a principal of the statement names: itself, or, where it is an account or
    /// everyone, those that a condition on `aws:PrincipalArn` writes out. Such a condition keeps meaning a role that is
    /// deleted and created again, which a principal does not.
    ///
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principalarn>
    pub fn named(&self, item: &'g Item<Principal>) -> Vec<Named<'g>> {
        let (graph, unit) = (self.graph, self.unit());
        let account = match &item.value {
            Principal::Everyone => None,
            Principal::Account { account } => Some(account),
            _ => {
                let found = graph.find_principal(item, unit).first().copied();
                let named = |id| Named { spot: self.item(item), id, by_condition: false };
                return found.map(named).into_iter().collect();
            }
        };
        let named_by = |condition: &'g Condition| {
            condition.values.iter().filter_map(move |value| {
                let id = *graph.find_identities(&value.value, unit).first()?;
                let is_meant = |account| graph.accounts.same(&graph.identities[id].account, account).is_yes();
                let present = item.present.and(condition.present).and(value.present);
                let spot = self.spot(value.span).through(&value.via).also(present);
                account.is_none_or(is_meant).then_some(Named { spot, id, by_condition: true })
            })
        };
        condition::on_key(self.statement, "aws:PrincipalArn")
            .filter(|condition| names(condition))
            .flat_map(named_by)
            .collect()
    }
}

/// An account that a statement means as a whole.
#[derive(Clone, Debug)]
pub struct WholeAccount<'g> {
    /// Where it is named.
    pub spot: Spot<'g>,
    /// The account.
    pub account: Cow<'g, Text>,
}

impl<'g> Setting<'g> {
    /// The accounts that a principal of the statement means as a whole: itself, or, where it is everyone, those that a
    /// condition names.
    pub fn whole_accounts(&self, item: &'g Item<Principal>) -> Vec<WholeAccount<'g>> {
        let of_key = |key: &'static str| condition::on_key(self.statement, key).filter(|one| names(one));
        let principals = || of_key("aws:PrincipalArn").flat_map(|condition| condition.values.iter());
        match &item.value {
            Principal::Account { account } => {
                vec![WholeAccount { spot: self.item(item), account: Cow::Borrowed(account) }]
            }
            Principal::Everyone => {
                let by_value = |value: &'g Item<Text>, account: Cow<'g, Text>| {
                    let literal = account.as_literal().is_some_and(|id| is_account_id(&id));
                    let present = item.present.and(value.present);
                    let spot = self.spot(value.span).through(&value.via).also(present);
                    literal.then(|| WholeAccount { spot, account })
                };
                let accounts = ["aws:PrincipalAccount", "kms:CallerAccount"].into_iter().flat_map(of_key);
                let accounts = accounts.flat_map(|condition| condition.values.iter());
                let found: Vec<_> =
                    accounts.filter_map(|value| by_value(value, Cow::Borrowed(&value.value))).collect();
                if !found.is_empty() {
                    return found;
                }
                let account = |value: &Item<Text>| Arn::parse(&value.value).map(|arn| arn.account);
                principals().filter_map(|value| by_value(value, Cow::Owned(account(value)?))).collect()
            }
            _ => Vec::new(),
        }
    }
}

/// Whether a condition holds only for requests whose key has one of its values. That is so with `ForAnyValue` as well, which a
/// request without the key does not meet; for a key with one value it says the same as no such word.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html>
fn names(condition: &Condition) -> bool {
    let operator = Operator::parse(&condition.operator.value);
    operator.is_some_and(|it| {
        let compares = matches!(it.test, Test::Exact | Test::Folded | Test::Like | Test::Arn);
        compares && !it.negated && !it.if_exists && it.set != Some(SetOperator::ForAllValues)
    })
}
