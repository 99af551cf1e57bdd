//! Whether the policies of a resource may admit a caller to a pattern of actions.

use super::caller::{Caller, clause_matches};
use super::cover::on;
use super::expands;
use crate::iam::condition::{Context, satisfiable};
use crate::iam::policy::{Effect, Policy};
use crate::value::{Answer, Text};

/// Whether some statement of the policies of a resource admits the caller to some action of the pattern, on some
/// resource of the pattern. `Deny` statements are left out: they can only take away, so `No` stands.
pub fn grant_covers(
    policies: &[&Policy],
    caller: &Caller,
    action: &Text,
    resource: &Text,
    context: &Context,
) -> Answer {
    let context = caller.context(context);
    Answer::any(policies.iter().flat_map(|policy| {
        let context = context.clone().variables(expands(policy));
        let statements = policy.statements.iter().filter(|one| one.effect != Some(Effect::Deny));
        let open = if policy.open { Answer::Unknown } else { Answer::No };
        statements
            .map(move |statement| {
                let Some(principals) = &statement.principals else { return Answer::No };
                let (named, _) = clause_matches(principals, caller, statement.effect);
                named
                    .and(statement.present)
                    .and(statement.actions.touches_actions(action))
                    .and(on(statement, resource))
                    .and(satisfiable(&statement.conditions, statement.conditions_open, &context))
            })
            .chain(std::iter::once(open))
    }))
}
