//! What one choice says of another: where `var.stage == "dev"` is false, `var.stage` is not `dev`.

use std::sync::Arc;

use super::when::{Chosen, Thing};
use super::{Operand, Origin, OriginKind};

/// Whether all of these can be chosen together.
pub(super) fn is_possible(all: &[Chosen]) -> bool {
    all.len() < 2
        || all.iter().filter_map(Claim::of).all(|claim| {
            let mut others = all.iter().filter(|one| one.is_of(claim.of));
            others.all(|one| one.is.iter().any(|value| claim.values.contains(&&**value) == claim.is_among))
        })
}

impl Chosen {
    /// Whether this is the choice of a value.
    fn is_of(&self, value: &Origin) -> bool {
        matches!(&self.what, Thing::Value(_, origin) if origin == value)
    }
}

/// That something has one of some values, or none of them.
struct Claim<'c> {
    of: &'c Origin,
    values: Vec<&'c str>,
    is_among: bool,
}

impl<'c> Claim<'c> {
    /// What a comparison with texts says, when it is chosen whether it holds.
    ///
    /// <https://developer.hashicorp.com/terraform/language/expressions/operators#equality-operators>
    /// <https://developer.hashicorp.com/terraform/language/functions/contains>
    fn of(one: &'c Chosen) -> Option<Self> {
        let (Thing::Condition(origin) | Thing::Value(_, origin)) = &one.what;
        let OriginKind::Derived { function, operands } = origin.kind() else { return None };
        let [answer] = one.is.as_slice() else { return None };
        let holds = answer_of(answer)?;
        let (of, values, is_among) = match (&**function, &**operands) {
            ("==", [Operand::Symbol(_, of), other] | [other, Operand::Symbol(_, of)]) => {
                (of, std::slice::from_ref(other), holds)
            }
            ("!=", [Operand::Symbol(_, of), other] | [other, Operand::Symbol(_, of)]) => {
                (of, std::slice::from_ref(other), !holds)
            }
            ("contains", [Operand::List(items), Operand::Symbol(_, of)]) => (of, &**items, holds),
            _ => return None,
        };
        let text = |value: &'c Operand| match value {
            Operand::Text(words) => words.as_literal(),
            _ => None,
        };
        Some(Self { of, values: values.iter().map(text).collect::<Option<_>>()?, is_among })
    }
}

/// Whether a condition holds, by what is chosen of it.
fn answer_of(chosen: &Arc<str>) -> Option<bool> {
    match &**chosen {
        "true" => Some(true),
        "false" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::{Because, Class, Symbol, UnitKey, When, Words};

    fn stage() -> Origin {
        Origin::named(&UnitKey::nowhere(), "stage")
    }

    fn is(value: &str) -> When {
        When::new(&Symbol::new(Class::Keyed, stage(), Because::Input), value, 3)
    }

    fn compared(function: &str, operands: Vec<Operand>, holds: bool) -> When {
        let kind = OriginKind::Derived { function: function.into(), operands: operands.into() };
        When::holds(&Origin::new(kind), holds, Arc::default())
    }

    #[test]
    fn a_comparison_leaves_out_the_values_for_which_it_is_otherwise() {
        let symbol = || Operand::Symbol(Class::Keyed, stage());
        let dev = || Operand::Text(Words::literal("dev"));
        let list = || Operand::List([dev(), Operand::Text(Words::literal("test"))].into());
        for (function, operands, holds, left) in [
            ("==", vec![symbol(), dev()], true, ["dev"].as_slice()),
            ("==", vec![dev(), symbol()], false, &["test", "live"]),
            ("!=", vec![symbol(), dev()], true, &["test", "live"]),
            ("contains", vec![list(), symbol()], false, &["live"]),
            // Of another function, and of what is compared with something that is not known, nothing follows.
            ("startswith", vec![symbol(), dev()], false, &["dev", "test", "live"]),
            ("==", vec![symbol(), Operand::Symbol(Class::Keyed, stage())], false, &["dev", "test", "live"]),
        ] {
            let compared = compared(function, operands, holds);
            let possible: Vec<&str> = ["dev", "test", "live"]
                .into_iter()
                .filter(|value| compared.and(&is(value)).is_some() && is(value).and(&compared).is_some())
                .collect();
            assert_eq!(possible, left, "{function} {holds}");
        }
    }
}
