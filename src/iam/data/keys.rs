//! Condition keys and their types.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html>

use crate::lines;

/// The key in lower case; as AWS writes it; its type.
static KEYS: &str = include_str!("../../../data/condition_keys.tsv");

/// A condition key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConditionKey {
    /// As AWS writes it: `aws:PrincipalTag/${TagKey}`.
    pub name: &'static str,
    /// What its values are.
    pub kind: ValueKind,
    /// Whether a request carries several values, which need a set operator.
    pub many: bool,
}

/// What the values of a condition key are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ValueKind {
    /// Text.
    String,
    /// An ARN.
    Arn,
    /// A number.
    Numeric,
    /// A date.
    Date,
    /// `true` or `false`.
    Bool,
    /// An address.
    IpAddress,
}

/// A condition key by name, in any case. A key with a name in it (`aws:PrincipalTag/team`) is found by its pattern.
/// Those of identity providers (`token.actions.githubusercontent.com:sub`) are mostly not listed.
pub fn condition_key(key: &str) -> Option<ConditionKey> {
    let key = key.to_ascii_lowercase();
    lines::find(KEYS, &key).and_then(parse).or_else(|| {
        let ends = key.match_indices(['/', ':']).map(|(at, _)| at + 1);
        ends.filter_map(|end| lines::find_first(KEYS, &format!("{}${{", key.get(..end)?)))
            .find_map(|(_, fields)| parse(fields))
    })
}

fn parse(fields: &'static str) -> Option<ConditionKey> {
    let (name, kind) = fields.split_once('\t')?;
    let one = kind.strip_prefix("ArrayOf");
    let kind = match one.unwrap_or(kind) {
        "String" => ValueKind::String,
        "ARN" => ValueKind::Arn,
        "Numeric" => ValueKind::Numeric,
        "Date" => ValueKind::Date,
        "Bool" => ValueKind::Bool,
        "IPAddress" => ValueKind::IpAddress,
        _ => return None,
    };
    Some(ConditionKey { name, kind, many: one.is_some() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_found_in_any_case_and_by_pattern() {
        let kind = |key| condition_key(key).map(|key| (key.name, key.kind, key.many));
        assert_eq!(kind("AWS:sourcearn"), Some(("aws:SourceArn", ValueKind::Arn, false)));
        assert_eq!(kind("sts:externalid"), Some(("sts:ExternalId", ValueKind::String, false)));
        assert_eq!(
            kind("aws:PrincipalTag/team"),
            Some(("aws:PrincipalTag/${TagKey}", ValueKind::String, false))
        );
        assert_eq!(kind("aws:TagKeys"), Some(("aws:TagKeys", ValueKind::String, true)));
        assert_eq!(kind("aws:MultiFactorAuthPresent").map(|key| key.1), Some(ValueKind::Bool));
        assert_eq!(kind("aws:PrincipalOrgPath"), None);
        assert_eq!(kind(""), None);
    }

    #[test]
    fn every_key_of_the_table_has_a_type() {
        assert!(lines::is_sorted(KEYS));
        for line in KEYS.lines() {
            let key = line.split('\t').next().unwrap();
            assert!(condition_key(key).is_some(), "{key}");
        }
    }
}
