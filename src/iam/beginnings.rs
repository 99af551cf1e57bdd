//! Which statements of a long policy may speak of a resource, told by how both begin.
//!
//! Each statement of one side is asked about on the other side. What begins otherwise cannot meet, so that only the statements are
//! compared that can.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;
use std::sync::OnceLock;

use super::policy::{Item, Polarity, Policy, Statement};
use crate::bounds;
use crate::value::{Piece, PieceKind, Text};

/// Where the statements of a policy stand, by how what they list begins; made when somebody first asks.
#[derive(Debug, Default)]
pub struct Beginnings(OnceLock<Box<Index>>);

/// The statements of a copy may be others.
impl Clone for Beginnings {
    fn clone(&self) -> Self {
        Self::default()
    }
}

#[derive(Debug, Default)]
struct Index {
    by_beginning: BTreeMap<String, Vec<usize>>,
    /// How long the beginnings are.
    lengths: BTreeSet<usize>,
    /// Those that may speak of anything.
    anywhere: Vec<usize>,
}

impl Policy {
    /// The statements in their order, without those that list nothing which begins as a resource does.
    pub fn about(&self, resource: Option<&Text>) -> impl Iterator<Item = &Statement> {
        let beginning = resource.filter(|_| self.statements.len() >= bounds::LONG_POLICY).and_then(beginning);
        let some = beginning.map(|beginning| {
            self.beginnings.0.get_or_init(|| Box::new(Index::of(&self.statements))).beginning_as(beginning)
        });
        let all = if some.is_some() { &[] } else { self.statements.as_slice() };
        let some = some.unwrap_or_default().into_iter().filter_map(|at| self.statements.get(at));
        all.iter().chain(some)
    }
}

impl Index {
    fn of(statements: &[Statement]) -> Self {
        let mut index = Self::default();
        for (at, statement) in statements.iter().enumerate() {
            match listed(statement) {
                Some(beginnings) => {
                    for beginning in beginnings {
                        index.lengths.insert(beginning.len());
                        index.by_beginning.entry(beginning.to_owned()).or_default().push(at);
                    }
                }
                None => index.anywhere.push(at),
            }
        }
        index
    }

    /// The positions of those of which one beginning begins the other.
    fn beginning_as(&self, wanted: &str) -> Vec<usize> {
        let mut found = self.anywhere.clone();
        let longer = self.by_beginning.range::<str, _>((Bound::Included(wanted), Bound::Unbounded));
        for (_, positions) in longer.take_while(|(beginning, _)| beginning.starts_with(wanted)) {
            found.extend(positions);
        }
        for length in self.lengths.range(..wanted.len()) {
            let shorter = wanted.get(..*length).and_then(|shorter| self.by_beginning.get(shorter));
            found.extend(shorter.into_iter().flatten());
        }
        found.sort_unstable();
        found.dedup();
        found
    }
}

/// How all that a statement lists begins; `None` when it may speak of anything.
fn listed(statement: &Statement) -> Option<Vec<&str>> {
    let clause = statement.resources.as_ref()?;
    if clause.polarity == Polarity::NotIn || clause.open {
        return None;
    }
    clause.items.iter().map(|item: &Item<Text>| beginning(&item.value)).collect()
}

/// How an ARN begins, up to what stands, or may stand, for something else. What is no ARN may be short for one.
fn beginning(arn: &Text) -> Option<&str> {
    let Some(Piece { kind: PieceKind::Literal(text), .. }) = arn.pieces().first() else { return None };
    let stands_for_others = |byte: u8| matches!(byte, b'*' | b'?' | b'$') || !byte.is_ascii();
    let end = text.bytes().position(stands_for_others).unwrap_or(text.len());
    text.get(..end).filter(|beginning| beginning.starts_with("arn:"))
}

#[cfg(test)]
mod tests {
    use super::super::testing;
    use super::*;

    fn policy(resources: &[&str]) -> Policy {
        let statement = |resource: &&str| serde_json::json!({"Effect": "Allow", "Action": "s3:GetObject", "Resource": resource});
        let statements: Vec<_> = resources.iter().map(statement).collect();
        testing::policy(&serde_json::json!({"Version": "2012-10-17", "Statement": statements}))
    }

    fn about(policy: &Policy, arn: &str) -> Vec<usize> {
        let arn = testing::text(arn);
        let found = policy.about(Some(&arn));
        let place = |one: &Statement| policy.statements.iter().position(|it| std::ptr::eq(it, one)).unwrap();
        found.map(place).collect()
    }

    #[test]
    fn what_begins_otherwise_is_left_out_of_long_policies_only() {
        let mut all = vec!["arn:aws:s3:::a/*", "arn:aws:s3:::b*", "*", "arn:aws:s3:::b", "arn:*:s3:::c"];
        assert_eq!(about(&policy(&all), "arn:aws:s3:::a/x"), [0, 1, 2, 3, 4]);
        all.extend(std::iter::repeat_n("arn:aws:sqs:::q", bounds::LONG_POLICY));
        let long = policy(&all);
        assert_eq!(about(&long, "arn:aws:s3:::a/x"), [0, 2, 4]);
        assert_eq!(about(&long, "arn:aws:s3:::bcd"), [1, 2, 3, 4]);
        assert_eq!(about(&long, "arn:aws:s3:::{name}"), [0, 1, 2, 3, 4]);
        assert_eq!(about(&long, "{name}").len(), long.statements.len());
    }
}
