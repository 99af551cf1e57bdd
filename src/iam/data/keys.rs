//! Condition keys and their types.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html>

use crate::iam::glob::{Case, plain};
use crate::lines;

/// The key, ordered by lower case; its type.
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
    let ends = || key.match_indices(['/', ':', '.']).filter_map(|(at, _)| key.get(..=at));
    let exactly = lines::find_folded(KEYS, key);
    let line = exactly.or_else(|| {
        ends().find_map(|before| {
            let mut alike = lines::beginning(KEYS, &format!("{before}${{"));
            alike.find(|(pattern, _)| plain::matches(&super::as_glob(pattern), key, Case::Folded))
        })
    });
    line.and_then(parse)
}

/// Why a key is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoKey {
    /// A slip of the pen: this one is meant.
    Near(&'static str),
    /// It has no prefix; this one may be meant.
    Bare(Option<&'static str>),
    /// It has the prefix of a service, or `aws:`, and is none of its keys.
    Other,
}

/// Why a key is none that AWS documents. `None` for those that it does, and for those of OIDC providers, which have keys for
/// all their claims.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html>
pub fn unknown_key(key: &str) -> Option<NoKey> {
    if condition_key(key).is_some() {
        return None;
    }
    let Some((prefix, name)) = key.split_once(':') else {
        // Stack policies of CloudFormation have a key of their own.
        // https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/protect-stack-resources.html
        if key.eq_ignore_ascii_case("ResourceType") {
            return None;
        }
        let is_word = !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_alphanumeric());
        return is_word.then(|| NoKey::Bare(prefixed(key)));
    };
    // Hosts of identity providers have dots, addresses of them slashes. Of SAML, only these attributes become keys.
    if prefix.contains(['.', '/', '$']) || name.is_empty() {
        return None;
    }
    let folded = key.to_ascii_lowercase();
    let of_prefix = lines::beginning(KEYS, &format!("{prefix}:")).map(|(known, _)| known);
    // A key with a name behind a slash that should have one, or another one.
    let plain = |known: &&str| !known.contains("${");
    let of_prefix: Vec<&str> = of_prefix.filter(plain).collect();
    of_prefix.first()?;
    if name.len() <= 4 || name.contains('/') {
        return Some(NoKey::Other);
    }
    // As many letters more or less are as many slips of the pen: most names need not be compared.
    let are_few = |slips: usize| slips <= 2;
    let as_long = |known: &&str| are_few(known.len().abs_diff(folded.len()));
    let slips = |known| (strsim::osa_distance(&folded, &str::to_ascii_lowercase(known)), known);
    let near = of_prefix.iter().copied().filter(as_long).map(slips).filter(|(slips, _)| are_few(*slips));
    let (meant, others): (Vec<_>, Vec<_>) = near.partition(|(_, known)| !is_other_word(&folded, known));
    let nearest = meant.into_iter().min_by_key(|(slips, _)| *slips).map(|(_, known)| known);
    let nearest = nearest.or_else(|| {
        // One that has what is written at its end, when it is the only one.
        let ends = |known: &&str| known.to_ascii_lowercase().ends_with(&name.to_ascii_lowercase());
        let mut whole = of_prefix.iter().copied().filter(ends).filter(|_| !others.is_empty());
        whole.next().filter(|_| whole.next().is_none())
    });
    Some(nearest.map_or(NoKey::Other, NoKey::Near))
}

/// The key that a word without a prefix may be meant for: one that all services have, or the only one of a service.
fn prefixed(word: &str) -> Option<&'static str> {
    if let Some((name, _)) = lines::find_folded(KEYS, &format!("aws:{word}")) {
        return Some(name);
    }
    let names = KEYS.lines().filter_map(|line| line.split('\t').next());
    let mut meant = names.filter(|name| {
        name.split_once(':').is_some_and(|(_, name)| !name.contains(':') && name.eq_ignore_ascii_case(word))
    });
    meant.next().filter(|_| meant.next().is_none())
}

/// Whether a key differs from what is written by one whole word, as `aws:SourceIp` from `aws:SourceOU`: that is no slip of the pen.
fn is_other_word(written: &str, known: &str) -> bool {
    let folded = known.to_ascii_lowercase();
    let alike = |one: u8, other: u8| one == other;
    let begins = written.bytes().zip(folded.bytes()).take_while(|(one, other)| alike(*one, *other)).count();
    let (rest, of_known) =
        (written.get(begins..).unwrap_or_default(), folded.get(begins..).unwrap_or_default());
    let ends =
        rest.bytes().rev().zip(of_known.bytes().rev()).take_while(|(one, other)| alike(*one, *other)).count();
    let end = known.len().saturating_sub(ends);
    let is_start = |at: usize| match known.as_bytes().get(at) {
        Some(byte) => byte.is_ascii_uppercase(),
        None => true,
    };
    // The names of keys are of words that begin with capitals, the first after the prefix too.
    let is_word = is_start(begins) && is_start(end) && begins < end;
    is_word && rest.len() > ends && known.get(begins..end).is_some_and(|word| word.len() > 1)
}

/// A key that needs a name behind it, as it is to be written: `aws:PrincipalTag/NAME` for `aws:PrincipalTag`.
pub fn with_name(key: &str) -> Option<String> {
    let pattern = ["/${", ":${"].into_iter().find_map(|mark| {
        let start = format!("{}{mark}", key.trim_end_matches(['/', ':']));
        lines::beginning(KEYS, &start).next()
    });
    pattern.and_then(|(known, _)| known.split("${").next()).map(|known| format!("{known}NAME"))
}

/// Whether a word is certainly no key, so that no request has it: it is written without a prefix, or nearly as a key is.
pub fn is_no_key(key: &str) -> bool {
    matches!(unknown_key(key), Some(NoKey::Near(_) | NoKey::Bare(_)))
}

/// A key as AWS writes it, for messages.
pub fn shown_key(key: &str) -> String {
    match condition_key(key) {
        // What follows the prefix is a name that somebody chose.
        Some(known) if known.name.contains("${") => {
            let prefix = known.name.split("${").next().unwrap_or_default();
            format!("{prefix}{}", key.get(prefix.len()..).unwrap_or_default())
        }
        Some(known) => known.name.to_owned(),
        None => key.to_owned(),
    }
}

/// The name of the key whose line begins at a byte of the table.
pub(super) fn key_at(offset: &str) -> Option<&'static str> {
    lines::at(KEYS, offset)?.split('\t').next()
}

fn parse((name, kind): (&'static str, &'static str)) -> Option<ConditionKey> {
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

/// Keys that only requests for some actions have, with these actions.
///
/// <https://docs.aws.amazon.com/kms/latest/developerguide/grant-authorization.html>
const OF_SOME_ACTIONS: [(&str, &[&str]); 5] = [
    ("kms:GrantConstraintType", &["kms:CreateGrant"]),
    ("kms:GrantIsForAWSResource", &["kms:CreateGrant", "kms:ListGrants", "kms:RevokeGrant"]),
    ("kms:GrantOperations", &["kms:CreateGrant"]),
    ("kms:GranteePrincipal", &["kms:CreateGrant"]),
    ("kms:RetiringPrincipal", &["kms:CreateGrant"]),
];

/// The keys that requests for an action never have, as far as AWS says: those of other actions of its service. A pattern lacks
/// what all of its actions lack.
pub fn keys_absent_from(action: &str) -> impl Iterator<Item = &'static str> + use<> {
    let service = action.split_once(':').map_or("", |(service, _)| service);
    let is_candidate = service.eq_ignore_ascii_case("kms");
    let all = is_candidate.then(|| super::expand(action)).into_iter().flatten();
    let meant: Vec<String> = all.map(|one| format!("{}:{}", one.service, one.name)).collect();
    let lacks = move |actions: &[&str]| {
        !meant.is_empty() && !meant.iter().any(|one| actions.iter().any(|has| has.eq_ignore_ascii_case(one)))
    };
    OF_SOME_ACTIONS.iter().filter(move |(_, actions)| lacks(actions)).map(|(key, _)| *key)
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
        for (key, expected) in [
            ("codebuild:secondaryArtifacts/x.location", ValueKind::String),
            ("codebuild:secondaryArtifacts/x.encryptionDisabled", ValueKind::Bool),
            ("s3:ExistingObjectTag/team", ValueKind::String),
            ("agent.acme.buildkite.dev:pipeline_slug", ValueKind::String),
        ] {
            assert_eq!(kind(key).map(|key| key.1), Some(expected), "{key}");
        }
        assert_eq!(kind("aws:PrincipalOrgPath"), None);
        assert_eq!(kind(""), None);
    }

    #[test]
    fn a_key_that_is_none_is_told_from_those_of_providers() {
        for (key, expected) in [
            ("aws:SourceVpce", None),
            ("aws:PrincipalOrgPath", Some(NoKey::Near("aws:PrincipalOrgPaths"))),
            ("sts:ExternalID", None),
            ("sts:ExternalIds", Some(NoKey::Near("sts:ExternalId"))),
            ("aws:PrincipalOrg", Some(NoKey::Near("aws:PrincipalOrgID"))),
            ("aws:SourceOrg", Some(NoKey::Near("aws:SourceOrgID"))),
            ("aws:SourceAnr", Some(NoKey::Near("aws:SourceArn"))),
            ("aws:SourceOU", Some(NoKey::Other)),
            ("aws:IsAWSService", Some(NoKey::Near("aws:PrincipalIsAWSService"))),
            ("SourceArn", Some(NoKey::Bare(Some("aws:SourceArn")))),
            ("ExternalId", Some(NoKey::Bare(Some("sts:ExternalId")))),
            ("aws:SomethingElse", Some(NoKey::Other)),
            ("token.actions.githubusercontent.com:environment", None),
            ("kms:EncryptionContext:team", None),
            ("saml:namequalifier", None),
            ("nosuchservice:key", None),
        ] {
            assert_eq!(unknown_key(key), expected, "{key}");
        }
    }

    #[test]
    fn a_key_without_the_name_that_it_needs_is_completed() {
        assert_eq!(with_name("aws:principaltag").as_deref(), Some("aws:PrincipalTag/NAME"));
        assert_eq!(with_name("aws:RequestTag/").as_deref(), Some("aws:RequestTag/NAME"));
        assert_eq!(with_name("kms:EncryptionContext").as_deref(), Some("kms:EncryptionContext:NAME"));
        assert_eq!(with_name("aws:SourceArn"), None);
    }

    #[test]
    fn keys_of_grants_are_absent_from_all_other_requests() {
        let absent = |action: &str| keys_absent_from(action).any(|key| key == "kms:GrantIsForAWSResource");
        assert!(absent("kms:Decrypt") && absent("kms:GenerateDataKey*") && absent("KMS:decrypt"));
        for action in ["kms:CreateGrant", "kms:*", "kms:*Grant", "*", "s3:GetObject", "kms:NoSuchAction"] {
            assert!(!absent(action), "{action}");
        }
        assert!(OF_SOME_ACTIONS.iter().all(|(key, _)| condition_key(key).is_some()));
    }

    #[test]
    fn every_key_of_the_table_has_a_type() {
        assert!(lines::is_sorted_folded(KEYS));
        for line in KEYS.lines() {
            let key = line.split('\t').next().unwrap();
            assert!(condition_key(key).is_some(), "{key}");
            // The pages of some services write the key of a tag so, or leave it out.
            assert!(!key.ends_with("tag-key") && !key.ends_with('/'), "{key}");
        }
        for key in ["secretsmanager:ResourceTag/team", "ssm:resourceTag/team", "glacier:ResourceTag/team"] {
            assert_eq!(unknown_key(key), None, "{key}");
        }
    }
}
