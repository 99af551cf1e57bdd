//! Access to a part of what is asked for: to the objects of a bucket under a prefix.

use super::patterns::some_of;
use super::{Asker, Explained, Question, What};
use crate::bounds;
use crate::iam::policy::{Polarity, Policy};
use crate::value::{Answer, Text};

/// An answer that holds for a part of what is asked for.
#[derive(Debug)]
pub struct Part<'g> {
    /// The pattern that says which part.
    pub pattern: &'g Text,
    /// The answer for it.
    pub explained: Explained<'g>,
}

impl<'g> Asker<'g> {
    /// The best answer for a part of `whole` that a policy of either side names, when it is better than this one.
    pub fn explain_part(&self, question: &Question<'_>, whole: &Text, than: Answer) -> Option<Part<'g>> {
        let mut best: Option<(Answer, &'g Text)> = None;
        for pattern in self.parts(question, whole) {
            let within = some_of(pattern);
            let answer = self.ask(&Question { within: Some(&within), ..*question }).answer;
            if answer > best.map_or(than, |(answer, _)| answer) {
                best = Some((answer, pattern));
            }
        }
        let (_, pattern) = best?;
        let within = some_of(pattern);
        let explained = self.explain(&Question { within: Some(&within), ..*question });
        Some(Part { pattern, explained })
    }

    /// What the statements of both sides list inside of `whole`, an ARN that ends in `/*`.
    fn parts(&self, question: &Question<'_>, whole: &Text) -> Vec<&'g Text> {
        let Some(caller) = self.caller(question.caller) else { return Vec::new() };
        let layers = self.together(&caller, question).said.layers;
        let policies = layers.resource.all.into_iter().chain(layers.identity.all);
        inside(policies.map(|(policy, _)| policy), whole)
    }

    /// What the policies of a target list inside of `whole`, each as a pattern and as something that it matches.
    pub fn parts_of(&self, target: &What, whole: &Text) -> Vec<(&'g Text, Text)> {
        let What::Resources(ids) = target else { return Vec::new() };
        let graph = self.graph;
        let documents = ids.iter().flat_map(|id| &graph.resources[*id].documents);
        let policies = documents.map(|id| &*graph.documents[*id].policy);
        inside(policies, whole).into_iter().map(|pattern| (pattern, some_of(pattern))).collect()
    }
}

fn inside<'g>(policies: impl Iterator<Item = &'g Policy>, whole: &Text) -> Vec<&'g Text> {
    let mut parts: Vec<&'g Text> = Vec::new();
    let statements = policies.flat_map(|policy| &policy.statements);
    for clause in statements.filter_map(|statement| statement.resources.as_ref()) {
        let items = clause.items.iter().filter(|_| clause.polarity == Polarity::In);
        let inside = items.map(|item| &item.value).filter(|item| is_inside(item, whole));
        for part in inside.take(bounds::NAMES_LISTED) {
            if !parts.contains(&part) {
                parts.push(part);
            }
        }
    }
    parts.truncate(bounds::DECLARATIONS);
    parts
}

/// Whether a pattern begins as `whole` does, which ends in `/*`, and goes on.
fn is_inside(pattern: &Text, whole: &Text) -> bool {
    let (pattern, whole) = (pattern.to_string(), whole.to_string());
    let start = whole.strip_suffix('*').unwrap_or(&whole);
    pattern.starts_with(start) && pattern.len() > whole.len()
}
