//! Condition operators.

/// A condition operator, taken apart.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html>
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Operator {
    /// `ForAllValues:` or `ForAnyValue:`.
    pub set: Option<SetOperator>,
    /// What is compared, and how.
    pub test: Test,
    /// Whether it holds when no value matches: `StringNotEquals`.
    pub negated: bool,
    /// `…IfExists`: whether it holds when the key is absent.
    pub if_exists: bool,
}

/// How an operator treats a key with several values.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html>
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SetOperator {
    /// Every value of the request must pass; true when there is none.
    ForAllValues,
    /// Some value of the request must pass.
    ForAnyValue,
}

/// What an operator compares, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Test {
    /// `StringEquals`, `BinaryEquals`: the same text; `*` is no wildcard.
    Exact,
    /// `StringEqualsIgnoreCase`.
    Folded,
    /// `StringLike`.
    Like,
    /// `ArnLike` and `ArnEquals`, which are the same.
    Arn,
    /// `NumericEquals` and so on.
    Numeric(Comparison),
    /// `DateEquals` and so on.
    Date(Comparison),
    /// `Bool`.
    Bool,
    /// `IpAddress`.
    Ip,
    /// `Null`: whether the key is absent.
    Null,
}

/// How numbers and dates are compared: the request's value with the policy's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// `=`
    Equal,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

/// The name that differs least, when it is a slip.
fn nearest_of(written: &str, names: impl IntoIterator<Item = &'static str>) -> Option<&'static str> {
    let written = written.to_ascii_lowercase();
    let distance = |name: &&str| strsim::osa_distance(&written, &name.to_ascii_lowercase());
    let nearest = names.into_iter().min_by_key(distance)?;
    (distance(&nearest) <= 2 || written.starts_with(&nearest.to_ascii_lowercase())).then_some(nearest)
}

/// Every operator without prefix and suffix; the flag says that it is negated.
const OPERATORS: &[(&str, Test, bool)] = &[
    ("StringEquals", Test::Exact, false),
    ("StringNotEquals", Test::Exact, true),
    ("StringEqualsIgnoreCase", Test::Folded, false),
    ("StringNotEqualsIgnoreCase", Test::Folded, true),
    ("StringLike", Test::Like, false),
    ("StringNotLike", Test::Like, true),
    ("ArnEquals", Test::Arn, false),
    ("ArnLike", Test::Arn, false),
    ("ArnNotEquals", Test::Arn, true),
    ("ArnNotLike", Test::Arn, true),
    ("NumericEquals", Test::Numeric(Comparison::Equal), false),
    ("NumericNotEquals", Test::Numeric(Comparison::Equal), true),
    ("NumericLessThan", Test::Numeric(Comparison::Less), false),
    ("NumericLessThanEquals", Test::Numeric(Comparison::LessOrEqual), false),
    ("NumericGreaterThan", Test::Numeric(Comparison::Greater), false),
    ("NumericGreaterThanEquals", Test::Numeric(Comparison::GreaterOrEqual), false),
    ("DateEquals", Test::Date(Comparison::Equal), false),
    ("DateNotEquals", Test::Date(Comparison::Equal), true),
    ("DateLessThan", Test::Date(Comparison::Less), false),
    ("DateLessThanEquals", Test::Date(Comparison::LessOrEqual), false),
    ("DateGreaterThan", Test::Date(Comparison::Greater), false),
    ("DateGreaterThanEquals", Test::Date(Comparison::GreaterOrEqual), false),
    ("Bool", Test::Bool, false),
    ("BinaryEquals", Test::Exact, false),
    ("IpAddress", Test::Ip, false),
    ("NotIpAddress", Test::Ip, true),
    ("Null", Test::Null, false),
];

/// The operator that is meant by a name that is put together in another way than those of AWS.
fn meant(written: &str) -> Option<String> {
    let folded = written.to_ascii_lowercase();
    if folded == "boolequals" {
        return Some("Bool".to_owned());
    }
    if let Some(rest) = folded.strip_prefix("not") {
        let negated = |name: &str| name.to_ascii_lowercase().replacen("not", "", 1) == *rest;
        let all = OPERATORS.iter().filter(|(_, _, is_negated)| *is_negated);
        return all.map(|(name, ..)| *name).find(|name| negated(name)).map(str::to_owned);
    }
    // A set operator stands before the other one, with a colon.
    let sets = [("ForAnyValue", "anyvalue"), ("ForAllValues", "allvalues")];
    let (set, word) = sets.into_iter().find(|(_, word)| !folded.contains(':') && folded.contains(word))?;
    let rest = folded.replacen(word, "", 1);
    let rest = rest.strip_prefix("for").unwrap_or(&rest);
    let rest = rest.strip_suffix("for").unwrap_or(rest);
    if rest.is_empty() {
        return Some(format!("{set}:StringEquals"));
    }
    let name = OPERATORS.iter().map(|(name, ..)| *name).find(|name| name.eq_ignore_ascii_case(rest))?;
    Some(format!("{set}:{name}"))
}

impl Operator {
    /// Takes an operator apart, written in any case; `None` when there is no such operator.
    pub fn parse(written: &str) -> Option<Self> {
        let (set, rest) = match written.split_once(':') {
            None => (None, written),
            Some((set, rest)) if set.eq_ignore_ascii_case("ForAllValues") => {
                (Some(SetOperator::ForAllValues), rest)
            }
            Some((set, rest)) if set.eq_ignore_ascii_case("ForAnyValue") => {
                (Some(SetOperator::ForAnyValue), rest)
            }
            Some(_) => return None,
        };
        let suffix = "IfExists";
        let (name, if_exists) =
            match rest.len().checked_sub(suffix.len()).and_then(|at| rest.split_at_checked(at)) {
                Some((name, end)) if end.eq_ignore_ascii_case(suffix) => (name, true),
                _ => (rest, false),
            };
        let (_, test, negated) = OPERATORS.iter().find(|(known, ..)| known.eq_ignore_ascii_case(name))?;
        if *test == Test::Null && if_exists {
            return None;
        }
        Some(Self { set, test: *test, negated: *negated, if_exists })
    }

    /// The names of all operators, without prefix and suffix.
    #[cfg(test)]
    pub fn names() -> impl Iterator<Item = &'static str> {
        OPERATORS.iter().map(|(name, ..)| *name)
    }

    /// The operator that is meant by a name that is none: `StringEquals` by `StringEqual`.
    pub fn nearest(written: &str) -> Option<String> {
        if let Some(meant) = meant(written) {
            return Some(meant);
        }
        let (set, rest) = match written.split_once(':') {
            Some((set, rest)) => (nearest_of(set, ["ForAllValues", "ForAnyValue"])?, rest),
            None => ("", written),
        };
        let names = OPERATORS.iter().map(|(name, ..)| *name);
        let colon = if set.is_empty() { "" } else { ":" };
        let folded = rest.to_ascii_lowercase();
        let with_suffix = folded.strip_suffix("ifexists").or_else(|| folded.strip_suffix("ifexist"));
        let (name, suffix) = match with_suffix {
            // `Null` itself asks whether the key is there.
            Some("null") => ("Null", ""),
            Some(name) => (nearest_of(name, names)?, "IfExists"),
            None => (nearest_of(rest, names)?, ""),
        };
        Some(format!("{set}{colon}{name}{suffix}"))
    }

    /// Whether the operator holds when the key is absent. (`Null` depends on its value: `false` here.)
    ///
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html>
    pub fn holds_when_absent(self) -> bool {
        match self.set {
            Some(SetOperator::ForAllValues) => true,
            Some(SetOperator::ForAnyValue) => self.if_exists,
            None => self.negated || self.if_exists,
        }
    }
}
