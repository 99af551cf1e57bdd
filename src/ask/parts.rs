//! Access to a part of what is asked for: to the objects of a bucket under a prefix, to a path of an API.

use std::borrow::Cow;

use super::patterns::some_of;
use super::{Asker, Explained, Question, What};
use crate::bounds;
use crate::iam::evaluate::in_full;
use crate::iam::glob;
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
        let mut best: Option<(Answer, &'g Text, Text)> = None;
        for (pattern, within) in self.parts(question, whole) {
            let answer = self.ask(&Question { within: Some(&within), ..*question }).answer;
            if answer > best.as_ref().map_or(than, |(answer, ..)| *answer) {
                best = Some((answer, pattern, within));
            }
        }
        let (_, pattern, within) = best?;
        let explained = self.explain(&Question { within: Some(&within), ..*question });
        Some(Part { pattern, explained })
    }

    /// What the statements of both sides list inside of `whole`, an ARN that ends in `/*`, each as a pattern and as something that it
    /// matches.
    fn parts(&self, question: &Question<'_>, whole: &Text) -> Vec<(&'g Text, Text)> {
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
        inside(policies, whole)
    }
}

fn inside<'g>(policies: impl Iterator<Item = &'g Policy>, whole: &Text) -> Vec<(&'g Text, Text)> {
    let mut parts: Vec<(&'g Text, Text)> = Vec::new();
    let statements = policies.flat_map(|policy| &policy.statements);
    for clause in statements.filter_map(|statement| statement.resources.as_ref()) {
        let items = clause.items.iter().filter(|_| clause.polarity == Polarity::In);
        let inside = items.filter_map(|item| {
            let full = in_full(&item.value, whole).map_or(Cow::Borrowed(&item.value), Cow::Owned);
            is_inside(&full, whole).then(|| (&item.value, some_of(&full)))
        });
        for part in inside.take(bounds::NAMES_LISTED) {
            if !parts.iter().any(|(pattern, _)| *pattern == part.0) {
                parts.push(part);
            }
        }
    }
    parts.truncate(bounds::DECLARATIONS);
    parts
}

/// Whether a pattern means some of `whole` and not all of it.
fn is_inside(pattern: &Text, whole: &Text) -> bool {
    glob::arn_includes(&[whole], pattern).is_yes() && !glob::arn_includes(&[pattern], whole).is_yes()
}
