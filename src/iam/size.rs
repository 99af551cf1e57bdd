//! How long a policy is when it is written as JSON without white space.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html>

use super::policy::{Clause, Policy, Statement};
use crate::value::{Class, PieceKind, Text};

/// The characters that a policy has at least, whatever the unknown parts are. White space does not count.
pub fn at_least(policy: &Policy) -> usize {
    let version =
        policy.version.as_ref().map_or(0, |version| r#""Version":"","#.len() + text(&version.value));
    let statements =
        policy.statements.iter().filter(|one| one.present.is_yes()).map(|one| statement(one) + 1);
    r#"{"Statement":[]}"#.len() + version + statements.sum::<usize>()
}

fn statement(statement: &Statement) -> usize {
    let sid = statement.sid.as_ref().map_or(0, |sid| r#""Sid":"","#.len() + text(sid));
    let resources = statement.resources.as_ref().map_or(0, |clause| r#""Resource":,"#.len() + list(clause));
    let principals =
        statement.principals.as_ref().map_or(0, |clause| r#""Principal":{},"#.len() + list(clause));
    let conditions = statement.conditions.iter().filter(|one| one.present.is_yes());
    let conditions = conditions.map(|one| {
        let values = one.values.iter().filter(|item| item.present.is_yes()).map(|item| text(&item.text) + 3);
        r#""":{"":}"#.len() + text(&one.key.value) + values.sum::<usize>()
    });
    r#"{"Effect":"Deny","Action":}"#.len()
        + sid
        + resources
        + principals
        + list(&statement.actions)
        + conditions.sum::<usize>()
}

fn list<T>(clause: &Clause<T>) -> usize {
    clause.items.iter().filter(|item| item.present.is_yes()).map(|item| text(&item.text) + 3).sum()
}

/// The shortest that a text can be.
fn text(text: &Text) -> usize {
    let of_piece = |kind: &PieceKind| match kind {
        PieceKind::Literal(part) => part.chars().count(),
        PieceKind::Symbol(symbol) => match symbol.class {
            Class::Account | Class::AccountId => 12,
            Class::Region => 9,
            Class::Partition => 3,
            Class::Computed => 1,
            _ => 0,
        },
        PieceKind::Json(_) => 0,
    };
    text.pieces().iter().map(|piece| of_piece(&piece.kind)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::iam::testing::policy;
    use serde_json::json;

    #[test]
    fn a_policy_is_never_longer_than_it_is_said_to_be_at_least() {
        for document in [
            json!({"Statement": []}),
            json!({"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "s3:GetObject", "Resource": "*"}]}),
            json!({"Version": "2012-10-17", "Statement": [
                {"Sid": "a", "Effect": "Allow", "Principal": {"AWS": ["111111111111", "222222222222"]},
                 "Action": ["sts:AssumeRole", "sts:TagSession"],
                 "Condition": {"StringEquals": {"sts:ExternalId": ["x", "y"]}}},
            ]}),
        ] {
            let least = at_least(&policy(&document));
            let written = document.to_string().len();
            assert!(least <= written + 4 && least + 40 > written, "{least} {written} {document}");
        }
    }
}
