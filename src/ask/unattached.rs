//! Policies that would allow something and are attached to nobody, as far as the analyzed files say.

use super::{Asker, Evidence, What};
use crate::bounds;
use crate::graph::{Document, Purpose};
use crate::iam::evaluate::{self, Does, Layer};
use crate::iam::policy::{Effect, Item, Polarity, Statement};
use crate::value::{Text, UnitKey};

impl<'g> Asker<'g> {
    /// The statements that allow an action on what they name, in policies of which nobody says whose they are.
    pub fn unattached(&self, target: &What, action: &str, within: Option<&Text>) -> Vec<Evidence<'g>> {
        let graph = self.graph;
        let (_, arn) = self.owner(target);
        let resource = within.unwrap_or(arn);
        let mut found = Vec::new();
        let is_free = |document: &&'g Document| {
            matches!(document.purpose, Purpose::File | Purpose::Identity) && document.holders.is_empty()
        };
        for document in graph.documents.iter().filter(is_free) {
            let unit = &graph.declarations[document.declaration].unit;
            let policy = &*document.policy;
            for statement in &policy.statements {
                let Some(named) = self.named_in(statement, unit, target) else { continue };
                let allows = evaluate::may_allow(policy, statement, action, Some(resource), &self.context);
                if !allows.is_no() {
                    found.push(Evidence {
                        layer: Layer::Identity,
                        does: Some(Does::Allows),
                        statement: Some(statement),
                        span: named.span,
                        text: "allowed here, for nobody that is known".to_owned(),
                        declaration: Some(document.declaration),
                    });
                    break;
                }
            }
        }
        found.truncate(bounds::NAMES_LISTED);
        found
    }

    /// Where a statement that allows something to whoever has it names a target, and not only by a pattern.
    fn named_in<'s>(
        &self,
        statement: &'s Statement,
        unit: &UnitKey,
        target: &What,
    ) -> Option<&'s Item<Text>> {
        if statement.effect != Some(Effect::Allow) || statement.principals.is_some() {
            return None;
        }
        let clause = statement.resources.as_ref().filter(|it| it.polarity == Polarity::In)?;
        clause.items.iter().find(|item| match target {
            What::Identities(ids) => {
                self.graph.find_identities(&item.value, unit).iter().any(|found| ids.contains(found))
            }
            What::Resources(ids) => {
                self.graph.find_resources(&item.value, unit).0.iter().any(|found| ids.contains(found))
            }
        })
    }

    /// Whether not all that lets somebody in to a target is known.
    pub fn is_open(&self, target: &What) -> bool {
        let graph = self.graph;
        match target {
            What::Identities(ids) => ids.iter().any(|id| {
                let role = &graph.identities[*id];
                role.trust.is_none() && role.default_trust.is_none()
            }),
            What::Resources(ids) => ids.iter().any(|id| !graph.resources[*id].complete),
        }
    }
}
