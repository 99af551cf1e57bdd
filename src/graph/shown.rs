//! How what is declared is called in messages.

use std::borrow::Cow;

use super::{DeclarationId, Graph, Identity, Resource};
use crate::value::Text;

impl Graph {
    /// How an identity is shown: ``role `deploy` in prod (222222222222)``.
    pub fn shown(&self, identity: &Identity) -> String {
        format!("{} `{}`{}", identity.kind.name(), identity.shown, self.in_account(&identity.account))
    }

    /// ` in prod (222222222222)`, or nothing when the account is not known.
    pub fn in_account(&self, account: &Text) -> String {
        if self.accounts.is_assigned(account) {
            format!(" in {}", self.accounts.shown(account))
        } else {
            String::new()
        }
    }

    /// The ID that AWS made for a role or user, where a snapshot has it: `AROA…`.
    ///
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids>
    pub fn unique_id<'g>(&'g self, identity: &Identity) -> Option<Cow<'g, str>> {
        let properties = &self.declarations[identity.declaration].properties;
        ["RoleId", "UserId"].iter().find_map(|key| properties.get(key)?.as_str())
    }

    /// How a resource is shown: its address, and its account when that is known.
    pub fn resource_shown(&self, resource: &Resource) -> String {
        format!("`{}`{}", self.address(resource.declaration), self.in_account(&resource.account))
    }

    /// The address of a declaration.
    pub fn address(&self, declaration: DeclarationId) -> &str {
        &self.declarations[declaration].address
    }

    /// The account that a declaration is deployed to.
    pub fn account_of(&self, declaration: DeclarationId) -> Cow<'_, Text> {
        self.accounts.of(&self.declarations[declaration].unit)
    }
}
