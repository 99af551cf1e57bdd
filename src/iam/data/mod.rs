//! Facts about AWS that policies alone do not tell: actions, managed policies, known accounts, services,
//! identity providers.
//!
//! Tables are embedded as sorted text and searched where they lie, so a fact costs nothing until somebody
//! asks. Where they come from is in `data/SOURCES.md`. None of them is complete: what is not listed may exist.

mod accounts;
mod across;
mod actions;
mod administration;
mod details;
mod keys;
mod managed;
mod oidc;
mod services;

pub use accounts::{Owner, is_example_account, known_account, known_vendors};
pub use across::{
    KeyUse, has_key_uses, is_refused_across_accounts, is_under_resource_control, is_void_for_others,
    key_uses, uses_key, uses_key_of_secret,
};
pub use actions::{
    AccessLevel, Action, action, action_exists, actions, actions_of_operation, expand, matches_unlisted,
    near_service, service_exists,
};
pub use administration::{administers_policy, administers_policy_across};
pub use details::{ResourceType, acts_on, is_resource_of, resource_types};
pub use keys::{NoKey, is_no_key, keys_absent_from, shown_key, unknown_key, with_name};
pub(crate) use keys::{ValueKind, condition_key};
pub use managed::{managed_policy, managed_policy_by_name};
pub use oidc::{SharedIssuer, Tenant, shared_oidc_issuer};
#[cfg(test)]
pub use services::service_principals;
pub use services::{
    Meant, SentKeys, acts_within_account, ends_as_service_principals, general_service,
    known_service_principal, never_acts_for, service_meant_by, service_sends_source,
};

static DATE: &str = include_str!("../../../data/date.txt");

/// The day the list of actions was made, as `2026-09-26`.
pub fn data_date() -> &'static str {
    DATE.trim_end()
}

/// A name with placeholders (`arn:${Partition}:s3:::${BucketName}`) as a pattern: each stands for some text.
fn as_glob(written: &str) -> String {
    let mut pattern = String::new();
    let mut rest = written;
    while let Some((before, after)) = rest.split_once("${") {
        pattern.push_str(before);
        pattern.push('*');
        rest = after.split_once('}').map_or("", |(_, after)| after);
    }
    pattern + rest
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_date_is_a_date() {
        assert!(super::data_date().parse::<jiff::civil::Date>().is_ok());
    }
}
