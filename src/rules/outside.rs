//! Whose an account is that the configuration does not list: what its name and its use say of that.

use std::cell::OnceCell;
use std::collections::BTreeSet;

use super::Context;
use crate::ask::statements;
use crate::graph::{Graph, Purpose};
use crate::iam::arn::Arn;
use crate::iam::policy::{self, Item};
use crate::iam::principal::Principal;

/// What speaks for an unlisted account to be one of the authors' own.
pub(super) struct Ours<'g> {
    graph: &'g Graph,
    /// The accounts of which the project assumes roles by name: the other side of its own accounts. Made when somebody asks.
    assumed: OnceCell<BTreeSet<String>>,
}

impl<'g> Ours<'g> {
    pub(super) fn of(graph: &'g Graph) -> Self {
        Self { graph, assumed: OnceCell::new() }
    }

    /// Whether the name by which a principal gets its account says so, or the use of the account, which is shown as `name`.
    pub(super) fn speaks(&self, context: &Context<'_>, item: &Item<Principal>, name: &str) -> bool {
        context.references(&item.via).iter().any(|reference| speaks_for_own(reference))
            || self.assumed.get_or_init(|| assumed_accounts(self.graph)).contains(name)
    }
}

/// Words with which people call their own accounts.
const OWN: [&str; 49] = [
    "audit",
    "backup",
    "build",
    "central",
    "ci",
    "cicd",
    "core",
    "deploy",
    "deployment",
    "dev",
    "development",
    "devops",
    "hub",
    "identity",
    "infra",
    "logging",
    "logs",
    "main",
    "management",
    "master",
    "mgmt",
    "monitoring",
    "network",
    "operations",
    "ops",
    "org",
    "organisation",
    "organization",
    "parent",
    "payer",
    "pipeline",
    "preprod",
    "prod",
    "production",
    "qa",
    "root",
    "sandbox",
    "security",
    "services",
    "shared",
    "source",
    "stage",
    "staging",
    "test",
    "testing",
    "tool",
    "tooling",
    "tools",
    "uat",
];

/// Whether the name of a reference to an account says that it is one of the authors' own: `var.ci_account_id`.
fn speaks_for_own(reference: &str) -> bool {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut was_small = false;
    for char in reference.chars().chain(['.']) {
        if !char.is_ascii_alphanumeric() || (char.is_ascii_uppercase() && was_small) {
            words.push(std::mem::take(&mut word));
        }
        if char.is_ascii_alphanumeric() {
            word.push(char.to_ascii_lowercase());
        }
        was_small = char.is_ascii_lowercase();
    }
    let is_account = |word: &String| ["account", "accounts", "acct"].contains(&word.as_str());
    words.iter().any(is_account) && words.iter().any(|word| OWN.contains(&word.as_str()))
}

/// The accounts of which the project assumes roles by name: the other side of its own accounts.
fn assumed_accounts(graph: &Graph) -> BTreeSet<String> {
    let assuming = statements(graph).filter(|setting| {
        setting.document.purpose == Purpose::Identity
            && setting.statement.effect == Some(policy::Effect::Allow)
            && setting.statement.actions.takes("sts:AssumeRole").is_yes()
    });
    let elements = assuming.flat_map(|setting| &setting.statement.resources).flat_map(|clause| &clause.items);
    let accounts = elements.filter_map(|item| Arn::parse(&item.value)).map(|arn| arn.account);
    accounts
        .filter(|account| account.as_literal().is_some())
        .map(|account| graph.accounts.shown(&account))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::speaks_for_own;

    #[test]
    fn names_of_own_accounts_are_told_from_those_of_others() {
        for own in [
            "var.ci_account_id",
            "OrganisationAccountId",
            "local.accounts.prod",
            "var.accounts[\"logging\"]",
            "local.tools_account_id",
            "SourceAccount",
        ] {
            assert!(speaks_for_own(own), "{own}");
        }
        for other in ["var.vendor_account_id", "var.account_id", "var.prod_role_arn", "AcmeAccount", ""] {
            assert!(!speaks_for_own(other), "{other}");
        }
    }
}
