//! Whether what is installed is what a call says: sources however they are written, and constraints on versions.

use std::cmp::Ordering;

/// The registries whose modules have the same names as those of the public one.
const REGISTRIES: [&str; 2] = ["registry.terraform.io/", "registry.opentofu.org/"];

/// A source in one form: a list of installed modules says in full what a call may shorten.
///
/// <https://developer.hashicorp.com/terraform/language/modules/sources>
pub(super) fn source(written: &str) -> String {
    if let Some(name) = REGISTRIES.iter().find_map(|host| written.strip_prefix(host)) {
        return name.to_owned();
    }
    let Some(bare) = written
        .strip_prefix("git::")
        .or_else(|| ["github.com/", "git@"].iter().any(|it| written.starts_with(it)).then_some(written))
    else {
        return written.to_owned();
    };
    // `git@host:path` is the short form of `ssh://git@host/path`.
    let bare = match bare.split_once(':') {
        Some((host, path)) if !path.starts_with("//") && host.starts_with("git@") => {
            format!("ssh://{host}/{path}")
        }
        _ => bare.to_owned(),
    };
    let bare = match bare.strip_prefix("https://github.com/") {
        Some(path) => format!("github.com/{path}"),
        None => bare,
    };
    let (path, query) = bare.split_once('?').unwrap_or((&bare, ""));
    let start = path.find("://").map_or(0, |at| at + 3);
    let at = path.get(start..).and_then(|rest| rest.find("//")).map_or(path.len(), |at| start + at);
    let (repository, below) = path.split_at(at);
    let repository = repository.strip_suffix(".git").unwrap_or(repository);
    format!("git::{repository}{below}?{query}")
}

/// The numbers of a version, and what it is before: `1.2.0-rc1`.
type Version = (Vec<u64>, String);

fn version(written: &str) -> Option<Version> {
    let written = written.trim();
    let written = written.strip_prefix('v').unwrap_or(written);
    let written = written.split('+').next().unwrap_or(written);
    let (numbers, before) = written.split_once('-').unwrap_or((written, ""));
    let mut numbers: Vec<u64> =
        numbers.split('.').map(|number| number.parse().ok()).collect::<Option<_>>()?;
    if numbers.len() < 3 {
        numbers.resize(3, 0);
    }
    Some((numbers, before.to_owned()))
}

/// The order of two versions; what comes before a release is compared only for being the same.
fn compare(one: &Version, other: &Version) -> Option<Ordering> {
    match one.0.cmp(&other.0) {
        Ordering::Equal if one.1 == other.1 => Some(Ordering::Equal),
        Ordering::Equal if one.1.is_empty() => Some(Ordering::Greater),
        Ordering::Equal if other.1.is_empty() => Some(Ordering::Less),
        Ordering::Equal => None,
        order => Some(order),
    }
}

/// Whether an installed version is one that a constraint allows. What cannot be read allows none.
///
/// <https://developer.hashicorp.com/terraform/language/expressions/version-constraints>
pub(super) fn fits(installed: &str, constraint: &str) -> bool {
    let Some(installed) = version(installed) else { return false };
    constraint.split(',').all(|part| allows(part.trim(), &installed).unwrap_or(false))
}

/// Whether a constraint allows only versions below one.
pub(super) fn is_below(constraint: &str, limit: [u64; 3]) -> bool {
    constraint.split(',').any(|part| {
        let part = part.trim();
        let written = part.trim_start_matches(['=', '~', '<', '>', '!']);
        let Some((numbers, _)) = version(written) else { return false };
        match part.trim_end_matches(written) {
            "" | "=" | "<=" => *numbers < limit[..],
            // The last number that is written may grow, those before it may not.
            "~>" => {
                let fixed = written.split('.').count().saturating_sub(1);
                let mut end: Vec<u64> = numbers.into_iter().take(fixed).collect();
                if let Some(last) = end.last_mut() {
                    *last = last.saturating_add(1);
                }
                !end.is_empty() && *end <= limit[..]
            }
            "<" => *numbers <= limit[..],
            _ => false,
        }
    })
}

fn allows(part: &str, installed: &Version) -> Option<bool> {
    let written = part.trim_start_matches(['=', '~', '<', '>', '!']);
    let operator = part.get(..part.len() - written.len())?;
    let limit = version(written)?;
    let order = compare(installed, &limit);
    // A version before a release is taken only when it is named.
    let is_named = matches!(operator, "" | "=") && order == Some(Ordering::Equal);
    if !installed.1.is_empty() && !is_named {
        return Some(false);
    }
    let order = order?;
    Some(match operator {
        "" | "=" => order.is_eq(),
        "!=" => order.is_ne(),
        ">" => order.is_gt(),
        ">=" => order.is_ge(),
        "<" => order.is_lt(),
        "<=" => order.is_le(),
        // All but the last number that is written must be the same.
        "~>" => {
            let numbers = written.split('-').next().unwrap_or(written).split('.').count();
            let fixed = numbers.saturating_sub(1);
            order.is_ge() && (fixed == 0 || installed.0.get(..fixed) == limit.0.get(..fixed))
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::{fits, is_below, source};

    #[test]
    fn a_source_is_the_same_in_full_and_in_short() {
        for (installed, written) in [
            ("registry.terraform.io/a/b/aws//modules/c", "a/b/aws//modules/c"),
            ("registry.opentofu.org/a/b/aws", "a/b/aws"),
            ("git::https://github.com/a/b.git?ref=v1", "github.com/a/b?ref=v1"),
            ("git::https://github.com/a/b.git//c?ref=v1", "git::https://github.com/a/b//c?ref=v1"),
            ("git::ssh://git@github.com/a/b.git", "git@github.com:a/b.git"),
            ("git::ssh://git@example.com/a/b.git?ref=v1", "git::ssh://git@example.com/a/b.git?ref=v1"),
            ("./modules/c", "./modules/c"),
        ] {
            assert_eq!(source(installed), source(written), "{written}");
        }
        for (one, other) in [
            ("git::https://github.com/a/b.git?ref=v1", "git::https://github.com/a/b.git?ref=v2"),
            ("git::https://github.com/a/b.git//c", "git::https://github.com/a/b.git//d"),
            ("a/b/aws", "a/b/aws//c"),
            ("example.com/a/b/aws", "a/b/aws"),
        ] {
            assert_ne!(source(one), source(other), "{one}");
        }
    }

    #[test]
    fn a_constraint_allows_what_terraform_takes() {
        for (installed, constraint, expected) in [
            ("5.30.0", "~> 5.0", true),
            ("6.0.0", "~> 5.0", false),
            ("5.30.1", "~> 5.30.0", true),
            ("5.31.0", "~> 5.30.0", false),
            ("6.1.0", "~> 5", true),
            ("5.30.0", ">= 5.0, < 5.30", false),
            ("5.30.0", ">= 5.0, <= 5.30", true),
            ("5.30.0", "5.30.0", true),
            ("5.30.0", "= 5.30", true),
            ("5.30.0", "!= 5.30.0", false),
            ("5.30.0-rc1", ">= 5.0", false),
            ("5.30.0-rc1", "5.30.0-rc1", true),
            ("5.30.0", "newest", false),
            ("", ">= 1.0", false),
        ] {
            assert_eq!(fits(installed, constraint), expected, "{installed} {constraint}");
        }
    }

    #[test]
    fn a_constraint_is_below_a_version_when_it_allows_nothing_from_there_on() {
        for (constraint, expected) in [
            ("~> 2.41", true),
            ("~> 2", false),
            ("~> 2.0, != 2.5.0", true),
            ("2.70.0", true),
            ("= 2.70", true),
            (">= 2.0, < 3.0", true),
            (">= 2.0, < 3", true),
            (">= 2.0, < 3.1", false),
            ("<= 3.0", false),
            (">= 2.0", false),
            ("~> 3.0", false),
            ("", false),
            ("newest", false),
        ] {
            assert_eq!(is_below(constraint, [3, 0, 0]), expected, "{constraint}");
        }
        for (constraint, expected) in [
            ("~> 0.11.8", true),
            ("~> 0.11", false),
            ("0.11.1", true),
            ("< 0.12", true),
            ("<= 0.12", false),
            (">= 0.11", false),
        ] {
            assert_eq!(is_below(constraint, [0, 12, 0]), expected, "{constraint}");
        }
    }
}
