//! Identity providers that issue tokens to many organizations under one address.

use crate::lines;

/// Issuer, key that IAM requires, key with the tenant, prefix before the tenant, what ends it, page.
static ISSUERS: &str = include_str!("../../../data/oidc_issuers.tsv");

/// An issuer that many organizations share: a trust policy that names only the issuer trusts all of them.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_oidc_secure-by-default.html>
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SharedIssuer {
    /// The issuer as it stands in the ARN of the provider and before the `:` of condition keys: host and path,
    /// no scheme.
    pub issuer: &'static str,
    /// The condition key without which IAM refuses a trust policy: `gitlab.com:sub`. `None` for issuers that
    /// AWS does not check, so that a policy without it is accepted and open.
    pub required_key: Option<&'static str>,
    /// The condition key that tells the tenant.
    pub tenant_key: &'static str,
    /// How the tenant is written in it.
    pub tenant: Tenant,
    /// The page that says so.
    pub source: &'static str,
}

/// How the tenant is written in a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tenant {
    /// The whole value belongs to one tenant: an audience, a client id.
    Whole,
    /// The tenant follows `prefix` and ends at the first of the characters `ends`, which no tenant has in its
    /// name. A pattern with a wildcard before that is open to other tenants: `repo:acme*` also matches the
    /// repositories of `acme-evil`. (GitHub writes `repo:acme/site:…`, for newer repositories
    /// `repo:acme@123456/site@456789:…`.)
    ///
    /// A value that begins otherwise has a form of its own (organizations can choose what GitHub puts into the
    /// claim), and nothing can be said about it.
    After {
        /// What the value begins with.
        prefix: &'static str,
        /// Each of these ends the tenant.
        ends: &'static str,
    },
    /// Somewhere in it, in a form that is not known here.
    Unknown,
}

/// All shared issuers that are known.
pub fn shared_oidc_issuers() -> impl Iterator<Item = SharedIssuer> {
    lines::rows(ISSUERS).filter_map(parse)
}

/// The shared issuer of an address; a scheme and a slash at the end do not matter.
pub fn shared_oidc_issuer(address: &str) -> Option<SharedIssuer> {
    let address = address.strip_prefix("https://").unwrap_or(address).trim_end_matches('/');
    shared_oidc_issuers().find(|issuer| issuer.issuer.eq_ignore_ascii_case(address))
}

fn parse(line: &'static str) -> Option<SharedIssuer> {
    let mut fields = line.split('\t');
    let issuer = fields.next()?;
    let required_key = fields.next().filter(|key| *key != "-");
    let tenant_key = fields.next()?;
    let (prefix, ends, source) = (fields.next()?, fields.next()?, fields.next()?);
    let tenant = match prefix {
        "=" => Tenant::Whole,
        "?" => Tenant::Unknown,
        _ => Tenant::After { prefix, ends },
    };
    Some(SharedIssuer { issuer, required_key, tenant_key, tenant, source })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_whole() {
        let rows: Vec<_> = shared_oidc_issuers().collect();
        assert_eq!(rows.len(), lines::rows(ISSUERS).count());
        for row in &rows {
            assert!(row.source.starts_with("https://"), "{row:?}");
            assert!(!row.issuer.contains("://"), "{row:?}");
            assert!(row.tenant_key.contains(':'), "{row:?}");
            if let Tenant::After { prefix, ends } = row.tenant {
                assert!(prefix.ends_with(':') && !ends.is_empty(), "{row:?}");
            }
            assert_eq!(shared_oidc_issuer(row.issuer).map(|found| found.issuer), Some(row.issuer));
        }
        assert_eq!(rows.iter().filter(|row| row.required_key.is_some()).count(), 22, "the table of AWS");
    }

    #[test]
    fn the_tenant_of_github_is_the_owner_of_the_repository() {
        let github = shared_oidc_issuer("https://token.actions.githubusercontent.com").unwrap();
        assert_eq!(github.required_key, Some("token.actions.githubusercontent.com:sub"));
        assert_eq!(github.tenant, Tenant::After { prefix: "repo:", ends: "/@" });
        let terraform = shared_oidc_issuer("app.terraform.io/").unwrap();
        assert_eq!(terraform.tenant, Tenant::After { prefix: "organization:", ends: ":" });
    }

    #[test]
    fn an_issuer_of_one_organization_is_not_shared() {
        assert_eq!(shared_oidc_issuer("oidc.eks.eu-west-1.amazonaws.com/id/0123"), None);
        assert_eq!(shared_oidc_issuer("oidc.circleci.com/org/0123"), None);
        assert_eq!(shared_oidc_issuer(""), None);
    }
}
