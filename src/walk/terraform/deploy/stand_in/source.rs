//! Where a module comes from, however it is written.
//!
//! <https://developer.hashicorp.com/terraform/language/modules/sources>

/// The registries whose modules have the same names as those of the public one.
const REGISTRIES: [&str; 2] = ["registry.terraform.io/", "registry.opentofu.org/"];
/// What a source on GitHub begins with, behind `git::`.
const GITHUB: [&str; 4] = ["https://github.com/", "ssh://git@github.com/", "git@github.com:", "github.com/"];

/// A module of a registry.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Wanted {
    /// `terraform-aws-modules/iam/aws//modules/iam-role`, in lower case.
    pub(super) name: String,
    /// The major version; `None` when it is the newest, or not said.
    pub(super) major: Option<u32>,
}

impl Wanted {
    /// Reads a `source` with its `version`; `None` for what is in no registry.
    pub(super) fn parse(source: &str, version: Option<&str>) -> Option<Self> {
        let bare = source.strip_prefix("git::").unwrap_or(source);
        if let Some(rest) = GITHUB.iter().find_map(|prefix| bare.strip_prefix(prefix)) {
            return Self::on_github(rest);
        }
        let name = REGISTRIES.iter().find_map(|host| source.strip_prefix(host)).unwrap_or(source);
        let (module, below) = split_below(name);
        let parts: Vec<&str> = module.split('/').collect();
        let is_name = |part: &&str| !part.is_empty() && !part.contains([':', '.', '?']);
        if parts.len() != 3 || !parts.iter().all(is_name) {
            return None;
        }
        Some(Self { name: joined(module, below), major: version.and_then(newest_major) })
    }

    /// `OWNER/terraform-PROVIDER-NAME`, as the registry wants repositories to be called, or else `OWNER/REPOSITORY`.
    fn on_github(rest: &str) -> Option<Self> {
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (repository, below) = split_below(path);
        let (owner, name) = repository.split_once('/')?;
        let name = name.strip_suffix(".git").unwrap_or(name);
        let in_registry = name.strip_prefix("terraform-").and_then(|name| name.split_once('-'));
        let module = match in_registry {
            Some((provider, name)) => format!("{owner}/{name}/{provider}"),
            None => format!("{owner}/{name}"),
        };
        let tag = query.split('&').find_map(|part| part.strip_prefix("ref="));
        let major = tag.and_then(|tag| major(tag.strip_prefix('v').unwrap_or(tag)));
        Some(Self { name: joined(&module, below), major })
    }
}

fn split_below(path: &str) -> (&str, &str) {
    path.split_once("//").unwrap_or((path, ""))
}

fn joined(module: &str, below: &str) -> String {
    let below = below.trim_matches('/');
    let separator = if below.is_empty() { "" } else { "//" };
    format!("{module}{separator}{below}").to_lowercase()
}

/// The major version that a constraint holds on to: `~> 5.30`, `5.1.0`, `>= 5.0, < 6.0`. What has no upper bound is
/// the newest.
///
/// <https://developer.hashicorp.com/terraform/language/expressions/version-constraints>
fn newest_major(constraint: &str) -> Option<u32> {
    constraint.split(',').find_map(|part| {
        let part = part.trim();
        let digits = part.trim_start_matches(['=', '~', '<', '>', '!', ' ']);
        let operator = part.get(..part.len() - digits.len()).unwrap_or_default().trim_end();
        let lowest = digits.split('.').skip(1).all(|part| part.parse() == Ok(0_u32));
        match operator {
            "~>" => digits.contains('.').then(|| major(digits)).flatten(),
            "<" if lowest => major(digits)?.checked_sub(1),
            "" | "=" | "<=" | "<" => major(digits),
            _ => None,
        }
    })
}

/// The first number of a version.
fn major(version: &str) -> Option<u32> {
    let (first, _) = version.split_once('.')?;
    first.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::Wanted;

    fn wanted(source: &str, version: Option<&str>) -> Option<(String, Option<u32>)> {
        Wanted::parse(source, version).map(|it| (it.name, it.major))
    }

    #[test]
    fn a_module_has_one_name_however_its_source_is_written() {
        let name = "terraform-aws-modules/iam/aws//modules/iam-role";
        for source in [
            "terraform-aws-modules/iam/aws//modules/iam-role",
            "registry.terraform.io/terraform-aws-modules/iam/aws//modules/iam-role",
            "git::https://github.com/terraform-aws-modules/terraform-aws-iam.git//modules/iam-role?ref=v6.1.0",
            "git::https://github.com/Terraform-AWS-Modules/terraform-aws-iam//modules/iam-role/?depth=1",
            "git::ssh://git@github.com/terraform-aws-modules/terraform-aws-iam.git//modules/iam-role",
            "git@github.com:terraform-aws-modules/terraform-aws-iam.git//modules/iam-role",
            "github.com/terraform-aws-modules/terraform-aws-iam//modules/iam-role",
        ] {
            assert_eq!(wanted(source, None).map(|it| it.0).as_deref(), Some(name), "{source}");
        }
    }

    #[test]
    fn what_is_in_no_registry_is_no_module_of_one() {
        for source in
            ["../iam", "./a/b/c", "s3::https://x.amazonaws.com/a/b", "git::https://example.com/a/b", "a/b"]
        {
            assert_eq!(wanted(source, None), None, "{source}");
        }
    }

    #[test]
    fn a_constraint_holds_on_to_a_major_version_or_to_none() {
        let major = |version: &str| wanted("a/b/aws", Some(version)).unwrap().1;
        for (constraint, expected) in [
            ("5.30.0", Some(5)),
            ("= 5.30.0", Some(5)),
            ("~> 5.30", Some(5)),
            ("~>5.30.1", Some(5)),
            (">= 5.0, < 6.0", Some(5)),
            (">= 5.0, < 6.1", Some(6)),
            (">= 5.0", None),
            ("~> 5", None),
        ] {
            assert_eq!(major(constraint), expected, "{constraint}");
        }
        let tag = |tag: &str| wanted(&format!("github.com/a/terraform-aws-b?ref={tag}"), None).unwrap().1;
        assert_eq!(tag("v5.1.0"), Some(5));
        assert_eq!(tag("0af1b2c"), None);
    }
}
