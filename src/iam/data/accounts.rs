//! Accounts that are known to everybody.

use crate::lines;

static ACCOUNTS: &str = include_str!("../../../data/accounts.tsv");

/// Whose account it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KnownAccount {
    /// The owner or the purpose: `Datadog`, `Elastic Load Balancing access logs`.
    pub name: &'static str,
    /// It belongs to AWS itself, which acts from it: delivers logs, hosts images.
    pub aws_owned: bool,
}

/// The known owner of an account id; twelve digits.
pub fn known_account(id: &str) -> Option<KnownAccount> {
    let (name, owner) = lines::find(ACCOUNTS, id)?.split_once('\t')?;
    Some(KnownAccount { name, aws_owned: owner == "aws" })
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
    fn vendors_are_told_from_aws() {
        let datadog = KnownAccount { name: "Datadog", aws_owned: false };
        assert_eq!(known_account("464622532012"), Some(datadog));
        assert!(known_account("127311923021").unwrap().aws_owned, "the load balancers of us-east-1");
        assert_eq!(known_account("111111111111"), None);
        assert_eq!(known_account("46462253201"), None);
    }
}
