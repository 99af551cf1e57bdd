//! Policies of one role, told by how their files are called: `ci-trust.json` and `ci-permissions.json`, `ci/trust.json` and
//! `ci/permissions.json`. What the role is called is not known by that.

use std::collections::BTreeMap;

use super::binding::{Binding, Source, Target, What};
use crate::source::Sources;

/// How a file with a trust policy is called, behind the name of the role.
const TRUSTS: [&str; 7] = [
    "trust",
    "trust-policy",
    "trust-relationship",
    "assume-role",
    "assume-role-policy",
    "assume-role-policy-document",
    "role-trust-policy",
];

/// How a file with permissions is called.
const PERMISSIONS: [&str; 9] = [
    "permissions",
    "permissions-policy",
    "permission",
    "permission-policy",
    "policy",
    "role-policy",
    "inline",
    "inline-policy",
    "iam-policy",
];

/// Makes one role of the files of each pair.
pub(super) fn join(bindings: &mut [Binding], sources: &Sources) {
    let mut of_name: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (at, one) in bindings.iter().enumerate() {
        let words: &[&str] = match (&one.target, one.what, one.source) {
            (Target::Unknown, What::Trust, Source::Content) => &TRUSTS,
            (Target::Unknown, What::Identity, Source::Content) => &PERMISSIONS,
            _ => continue,
        };
        if let Some(name) = name_of(sources.path(one.file), words) {
            of_name.entry(name).or_default().push(at);
        }
    }
    for (name, members) in of_name {
        let count = |what: What| {
            members.iter().filter(|at| bindings.get(**at).is_some_and(|one| one.what == what)).count()
        };
        // Several trust policies are of several roles, and nobody knows which has the permissions.
        if count(What::Trust) != 1 || count(What::Identity) == 0 {
            continue;
        }
        // What the role is called, nobody knows: messages name the file that says who may assume it.
        let of_trust = |at: &usize| bindings.get(*at).filter(|one| one.what == What::Trust);
        let name =
            members.iter().find_map(of_trust).map_or(name, |trust| sources.path(trust.file).to_owned());
        for at in members {
            if let Some(one) = bindings.get_mut(at) {
                one.target = Target::SomeRole(name.as_str().to_owned());
                one.source = Source::Names;
            }
        }
    }
}

/// What is left of the path of a file without one of these words at its end: the name of the role, or its directory.
fn name_of(path: &str, words: &[&str]) -> Option<String> {
    let (directory, file) = path.rsplit_once('/').unwrap_or(("", path));
    let stem = file.split('.').next().unwrap_or_default();
    let folded = stem.to_ascii_lowercase().replace('_', "-");
    let mut by_length: Vec<&str> = words.to_vec();
    by_length.sort_by_key(|word| std::cmp::Reverse(word.len()));
    let before = by_length.into_iter().find_map(|word| {
        let before = folded.strip_suffix(word)?;
        (before.is_empty() || before.ends_with('-')).then_some(before.len())
    })?;
    let name = stem.get(..before)?.trim_end_matches(['-', '_']);
    match (directory, name) {
        ("", "") => Some(".".to_owned()),
        ("", name) => Some(name.to_owned()),
        (directory, "") => Some(directory.to_owned()),
        (directory, name) => Some(format!("{directory}/{name}")),
    }
}

#[cfg(test)]
mod tests {
    use super::{PERMISSIONS, TRUSTS, name_of};

    #[test]
    fn the_name_of_a_role_is_what_is_left_of_a_path() {
        for (path, trust, permissions) in [
            ("a/ci-trust-policy.json", Some("a/ci"), Some("a/ci-trust")),
            ("a/ci_permissions.json", None, Some("a/ci")),
            ("ci/trust.json", Some("ci"), None),
            ("policy.json", None, Some(".")),
            ("a/entrust.json", None, None),
        ] {
            assert_eq!(name_of(path, &TRUSTS).as_deref(), trust, "{path}");
            assert_eq!(name_of(path, &PERMISSIONS).as_deref(), permissions, "{path}");
        }
    }
}
