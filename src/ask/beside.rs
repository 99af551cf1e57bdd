//! A statement that allows, with what its policy denies beside it.

use super::items::Setting;
use crate::bounds;
use crate::iam::condition::is_to_be_filled;
use crate::iam::evaluate::Decision;
use crate::iam::policy::{Effect, Policy, Statement};

/// A statement that allows, and what its policy denies beside it.
pub struct Beside<'g> {
    setting: Setting<'g>,
    /// The statement and the denials, and nothing else.
    pub(super) policy: Policy,
    denials: Vec<&'g Statement>,
}

impl<'g> Beside<'g> {
    /// What may be denied again of what a statement allows; `None` when no denial of the policy speaks of its actions. A denial of
    /// requests without TLS denies nobody, because everybody can use it. Of one with a value that is still to be filled in nobody
    /// knows whom it spares.
    pub fn of(setting: Setting<'g>) -> Option<Self> {
        let statement = setting.statement;
        let all = &setting.document.policy;
        let denials: Vec<&Statement> = all
            .statements
            .iter()
            .filter(|one| {
                one.effect == Some(Effect::Deny)
                    && touches(one, statement)
                    && !is_of_transport(one)
                    && !one.conditions.iter().any(is_to_be_filled)
            })
            .take(bounds::DENIALS)
            .collect();
        if denials.is_empty() {
            return None;
        }
        let policy = all.only(std::iter::once(statement).chain(denials.iter().copied()));
        Some(Self { setting, policy, denials })
    }

    /// The statement that allows.
    pub fn setting(&self) -> &Setting<'g> {
        &self.setting
    }

    /// The denials of the policy that a decision rests on.
    pub(super) fn named(&self, decision: &Decision<'_>) -> Vec<&'g Statement> {
        let is_meant = |at: usize| {
            let own = self.policy.statements.get(at + 1);
            own.is_some_and(|own| decision.denied_by.iter().any(|one| std::ptr::eq(*one, own)))
        };
        let meant = self.denials.iter().enumerate().filter(|(at, _)| is_meant(*at));
        meant.map(|(_, denial)| *denial).collect()
    }
}

/// Whether a denial speaks of some action that a statement allows.
fn touches(denial: &Statement, statement: &Statement) -> bool {
    let actions = &statement.actions;
    actions.items.iter().any(|item| !denial.actions.touches_actions(&item.value).is_no())
}

/// Whether a denial is for requests without TLS.
fn is_of_transport(denial: &Statement) -> bool {
    let [only] = denial.conditions.as_slice() else { return false };
    only.key.value.as_literal().is_some_and(|key| key.eq_ignore_ascii_case("aws:SecureTransport"))
}
