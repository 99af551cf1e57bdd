//! Functions and operators against what Terraform made of the same expressions.

use super::evaluator::evaluate;
use super::{RECORD, unordered};
use crate::value::Value;
use crate::walk::terraform::language::convert::Outcome;
use crate::walk::terraform::language::convert::written_json;

/// Refused by Terraform for a type that is not kept here (a list, a set or a tuple; a map or an object), and
/// for being null without a type.
const LENIENT: usize = 40;
/// Not known here although Terraform knows it.
const NOT_KNOWN: usize = 150;

/// Whether a value, or one of its alternatives, is the expected one.
fn may_be(value: &Value, expected: &str) -> bool {
    value.alternatives().iter().any(|one| written_json(one).is_ok_and(|json| json == expected))
}

#[test]
fn what_is_returned_is_what_terraform_returns() {
    let (mut lenient, mut not_known, mut wrong) = (Vec::new(), Vec::new(), Vec::new());
    for line in RECORD.lines() {
        let (expression, expected) = line.split_once('\t').unwrap();
        match (evaluate(expression), expected) {
            (Outcome::Refused | Outcome::Unknown, "refused") => {}
            (Outcome::Value(_), "refused") => lenient.push(expression),
            (Outcome::Unknown, _) => not_known.push(expression),
            (Outcome::Refused, _) => wrong.push(format!("{expression}\n  refused\n  {expected}")),
            (Outcome::Value(value), _) => match written_json(&value) {
                Ok(json) if json == expected => {}
                _ if may_be(&value, expected) => {}
                // Whether a list is a set is not kept, and with a set the result is one, in its order.
                Ok(json) if expression.contains("toset(") && unordered(&json) == unordered(expected) => {}
                Ok(json) => wrong.push(format!("{expression}\n  {json}\n  {expected}")),
                Err(_) => not_known.push(expression),
            },
        }
    }
    assert!(wrong.is_empty(), "{} wrong\n{}", wrong.len(), wrong.join("\n"));
    assert!(
        lenient.len() <= LENIENT,
        "{} that Terraform refuses have a value\n{}",
        lenient.len(),
        lenient.join("\n")
    );
    assert!(not_known.len() <= NOT_KNOWN, "{} are not known\n{}", not_known.len(), not_known.join("\n"));
}
