//! Whom a statement that allows names.

use super::items::{Setting, Spot};
use crate::graph::IdentityId;
use crate::iam::condition::{self, Operator, Test};
use crate::iam::policy::{Condition, Item};
use crate::iam::principal::Principal;

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

/// Whether a condition holds only for requests whose key has one of its values.
fn names(condition: &Condition) -> bool {
    let operator = Operator::parse(&condition.operator.value);
    operator.is_some_and(|it| {
        let compares = matches!(it.test, Test::Exact | Test::Folded | Test::Like | Test::Arn);
        compares && !it.negated && !it.if_exists && it.set.is_none()
    })
}
