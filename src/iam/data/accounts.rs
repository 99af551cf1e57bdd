//! Accounts that are known to everybody.

use crate::lines;

static ACCOUNTS: &str = include_str!("../../../data/accounts.tsv");

/// Whose account it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KnownAccount {
    /// The owner or the purpose: `Datadog`, `Elastic Load Balancing access logs`.
    pub name: &'static str,
    /// Who acts from it.
    pub owner: Owner,
}

/// Who acts from a known account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// A vendor.
    Vendor,
    /// AWS itself.
    Aws {
        /// It assumes roles of customers from there. From all others it only delivers logs, or shares images.
        assumes_roles: bool,
    },
}

/// The known owner of an account id; twelve digits.
pub fn known_account(id: &str) -> Option<KnownAccount> {
    let (name, owner) = lines::find(ACCOUNTS, id)?.split_once('\t')?;
    let owner = match owner {
        "aws" => Owner::Aws { assumes_roles: false },
        "aws-role" => Owner::Aws { assumes_roles: true },
        _ => Owner::Vendor,
    };
    Some(KnownAccount { name, owner })
}

/// The vendors that are known.
pub fn known_vendors() -> impl Iterator<Item = &'static str> {
    let rows = ACCOUNTS.lines().filter_map(|line| line.split_once('\t')?.1.rsplit_once('\t'));
    rows.filter(|(_, owner)| !owner.starts_with("aws")).map(|(name, _)| name)
}

/// Whether an account id is one that examples use: one digit again and again, groups of four, a count.
pub fn is_example_account(id: &str) -> bool {
    const COUNTED: [&str; 7] = [
        "012345678901",
        "012345678910",
        "111122223333",
        "112233445566",
        "123412341234",
        "444455556666",
        "777788889999",
    ];
    let mut digits = id.bytes();
    let first = digits.next();
    let is_counted = COUNTED.contains(&id) || id.starts_with("123456789");
    id.len() == 12 && (is_counted || digits.all(|digit| Some(digit) == first))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_an_account() {
        assert!(lines::is_sorted(ACCOUNTS));
        for line in ACCOUNTS.lines() {
            let id = line.split('\t').next().unwrap();
            assert!(id.len() == 12 && id.bytes().all(|byte| byte.is_ascii_digit()), "{line}");
            assert!(!known_account(id).unwrap().name.is_empty(), "{line}");
        }
    }

    #[test]
    fn ids_of_examples_are_told_from_others() {
        for id in ["123456789012", "333333333333", "111122223333"] {
            assert!(is_example_account(id), "{id}");
        }
        for id in ["464622532012", "33333333333", "", "123451234512"] {
            assert!(!is_example_account(id), "{id}");
        }
    }

    #[test]
    fn vendors_are_told_from_aws() {
        let datadog = KnownAccount { name: "Datadog", owner: Owner::Vendor };
        assert_eq!(known_account("464622532012"), Some(datadog));
        let owner = |id| known_account(id).unwrap().owner;
        assert_eq!(
            owner("127311923021"),
            Owner::Aws { assumes_roles: false },
            "the load balancers of us-east-1"
        );
        assert_eq!(owner("452565589796"), Owner::Aws { assumes_roles: true });
        assert_eq!(known_account("858827067514"), None, "an entry that was taken back");
        assert_eq!(known_account("111111111111"), None);
        assert_eq!(known_account("46462253201"), None);
    }
}
