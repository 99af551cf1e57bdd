//! Whether an OIDC provider that a trust policy names can be used at all.

use super::Setting;
use crate::accounts::Zone;
use crate::graph::{Provider, Purpose};
use crate::iam::condition;
use crate::iam::federation::{self, Limit};
use crate::iam::glob::{self, Case};
use crate::iam::policy::{Condition, Item};
use crate::iam::principal::Principal;
use crate::value::{Answer, Text};

/// Why nobody assumes a role with tokens of a provider, whatever else its trust policy says.
#[derive(Clone, Debug)]
pub enum Unusable<'g> {
    /// A condition asks for a claim of another issuer.
    Claim {
        /// The issuer, without scheme.
        issuer: String,
        /// The claim.
        claim: String,
        /// The condition.
        condition: &'g Condition,
    },
    /// A condition asks for a key with a scheme, which no token has.
    Scheme(&'g Condition),
    /// The provider is in another account than the role, and STS looks for it in that of the role.
    ///
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html#principal-federated-web-identity>
    Account(&'g Text),
}

impl<'g> Setting<'g> {
    /// The OIDC providers with whose tokens the statement of a trust policy lets the role be assumed, each with its issuer.
    pub fn token_issuers(&self) -> impl Iterator<Item = (&'g Item<Principal>, &'g Text)> + use<'g> {
        let listed = self.listed();
        let is_used = listed.iter().any(|item| issuer_of(item).is_some())
            && self.is_trust()
            && self.statement.actions.takes("sts:AssumeRoleWithWebIdentity").is_yes();
        let listed = if is_used { listed } else { &[] };
        listed.iter().filter_map(|item| Some((item, issuer_of(item)?)))
    }

    /// Why the OIDC provider that an item names certainly cannot be used with the statement; `None` when it can, or may.
    pub fn unusable_provider(
        &self,
        item: &'g Item<Principal>,
        request: &condition::Context,
    ) -> Option<Unusable<'g>> {
        let issuer = issuer_of(item)?;
        if let Some((issuer, claim, condition)) = federation::foreign_claim(self.statement, issuer, request) {
            return Some(Unusable::Claim { issuer, claim, condition });
        }
        if let Some(condition) = federation::claim_with_scheme(self.statement, request) {
            return Some(Unusable::Scheme(condition));
        }
        let Principal::Oidc { account, .. } = &item.value else { return None };
        let Purpose::Trust(_) = self.document.purpose else { return None };
        let (accounts, own) = (&self.graph.accounts, &self.document.account);
        // Nobody has roles of his own in the account of a vendor or of AWS.
        let is_foreign = || matches!(accounts.zone(account, own), Zone::Vendor { .. } | Zone::Aws { .. });
        (accounts.same(account, own).is_no() || is_foreign()).then_some(Unusable::Account(account))
    }

    /// The condition that asks for audiences of which the declared providers that an item names certainly accept none, with these
    /// providers.
    pub fn refused_audience(
        &self,
        item: &'g Item<Principal>,
        request: &condition::Context,
    ) -> Option<(Limit, Vec<&'g Provider>)> {
        let issuer = issuer_of(item)?;
        let providers = self.graph.find_providers(item, self.unit());
        if providers.is_empty() || providers.iter().any(|provider| provider.clients.open) {
            return None;
        }
        let limits = federation::limits(self.statement, issuer, "aud", request)?;
        let is_refused = |limit: &Limit| providers.iter().all(|provider| refuses(provider, limit));
        Some((limits.into_iter().find(is_refused)?, providers))
    }

    /// Whether a role may be assumed with tokens of a provider, as far as the provider and what it accepts decide that.
    pub fn is_usable_provider(&self, item: &'g Item<Principal>, request: &condition::Context) -> bool {
        self.unusable_provider(item, request).is_none() && self.refused_audience(item, request).is_none()
    }
}

/// Whether a provider certainly accepts none of the audiences that a condition lists.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc.html>
fn refuses(provider: &Provider, limit: &Limit) -> bool {
    let accepts = |value: &Item<Text>| {
        Answer::any(provider.clients.ids.iter().map(|(id, _)| {
            if limit.wildcards {
                glob::matches(&value.value, id, Case::Folded)
            } else {
                glob::equals(&value.value, id, Case::Folded)
            }
        }))
    };
    !limit.values.is_empty() && limit.values.iter().all(|value| accepts(value).is_no())
}

/// The issuer whose tokens a principal is.
fn issuer_of(item: &Item<Principal>) -> Option<&Text> {
    match &item.value {
        Principal::Oidc { issuer, .. } | Principal::BuiltInProvider(issuer) => Some(issuer),
        _ => None,
    }
}
