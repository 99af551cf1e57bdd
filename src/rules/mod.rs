//! The rules: one file and one page each.
//!
//! A rule reads the graph and reports what it can prove. What is not known is silent, or, where its page says
//! so, reported with confidence `possible`.

mod common;
mod definition;
mod dropped;
mod function_url;
mod matched;
mod outside;
mod own_side;
pub(crate) mod precedence;
mod privilege;
mod replication;
mod senders;
mod source_account;
mod spelling;
mod states;
mod undeclared;
mod whole_account;

mod access_point_not_delegated;
mod account_id_number;
mod account_root_trust;
mod action_resource_mismatch;
mod assume_any_role;
mod assume_target_not_a_role;
mod boundary_blocks_access;
mod broad_oidc_subject;
mod broad_trust_action;
mod chained_session_too_long;
mod competing_policies;
mod cross_account_layer;
mod denied_grant;
mod deny_not_principal;
mod dropped_condition;
mod duplicate_key;
mod ecr_token_not_granted;
mod empty_element;
mod exact_sso_role_principal;
mod external_id_mismatch;
mod external_path_to_admin;
mod federated_principal_outside_trust;
mod foreign_oidc_tenant;
mod generated_role_name;
mod grant_without_permission;
mod granted_policy_administration;
mod guardrail_blocks_access;
mod guessable_external_id;
mod inapplicable_condition_key;
mod incomplete_delivery_pair;
mod incomplete_trust_action;
mod ineffective_condition;
mod invalid_principal;
mod key_policy_lockout;
mod kms_alias_resource;
mod kms_key_not_shared;
mod legacy_origin_access_identity;
mod literal_wildcard;
mod malformed_policy;
mod managed_key_across_accounts;
mod mismatched_oidc_audience;
mod mismatched_oidc_provider;
mod mismatched_partition;
mod mismatched_source_service;
mod misplaced_element;
mod missing_external_id;
mod missing_oidc_audience;
mod missing_oidc_subject;
mod missing_saml_audience;
mod mistyped_condition_value;
mod not_principal_allow;
mod notified;
mod object_ownership_gap;
mod open_endpoint_policy;
mod organization_role_anywhere;
mod oversized_policy;
mod pass_role_across_accounts;
mod permission_without_grant;
mod permission_without_trust;
mod policy_lockout;
mod privileged_outside_trust;
mod public_access_block_conflict;
mod public_function_url;
mod public_share;
mod redundant_principal;
mod refused_session_tags;
mod resource_outside_policy;
mod session_principal;
mod snapshot_differs;
mod stale_principal_id;
mod trust_cycle;
mod trust_from_lower_tier;
mod trust_without_permission;
mod unassumable_provider_role;
mod unassumable_role;
mod unauthenticated_cognito;
mod undeclared_assume_target;
mod undeclared_principal;
mod undeclared_resource;
mod unfilled_placeholder;
mod unguarded_bucket_name;
mod uninterpolated_text;
mod unknown_account;
mod unknown_action;
mod unknown_condition_key;
mod unknown_condition_operator;
mod unknown_organization;
mod unknown_service_principal;
mod unmatchable_subject;
mod unpaired_condition_key;
mod unreadable_file;
mod unreadable_policy;
mod unresolved_policy;
mod unsatisfiable_condition;
mod unscoped_service_principal;
mod unshareable_resource;
mod unused_ignore;
mod weak_external_id;
mod wildcard_oidc_subject;
mod wildcard_principal;
mod wrong_assume_action;
mod zone_association_not_authorized;

pub use definition::{Context, Rule};
pub use unfilled_placeholder::unfilled;
pub use unreadable_file::{UNREAD, UNREADABLE, unreadable};

use crate::config::Called;

/// Every rule, in alphabetical order.
pub static RULES: &[&Rule] = &[
    &access_point_not_delegated::RULE,
    &account_id_number::RULE,
    &account_root_trust::RULE,
    &action_resource_mismatch::RULE,
    &assume_any_role::RULE,
    &assume_target_not_a_role::RULE,
    &boundary_blocks_access::RULE,
    &broad_oidc_subject::RULE,
    &broad_trust_action::RULE,
    &chained_session_too_long::RULE,
    &competing_policies::RULE,
    &cross_account_layer::RULE,
    &denied_grant::RULE,
    &deny_not_principal::RULE,
    &dropped_condition::RULE,
    &duplicate_key::RULE,
    &ecr_token_not_granted::RULE,
    &empty_element::RULE,
    &exact_sso_role_principal::RULE,
    &external_id_mismatch::RULE,
    &external_path_to_admin::RULE,
    &federated_principal_outside_trust::RULE,
    &foreign_oidc_tenant::RULE,
    &generated_role_name::RULE,
    &grant_without_permission::RULE,
    &granted_policy_administration::RULE,
    &guardrail_blocks_access::RULE,
    &guessable_external_id::RULE,
    &inapplicable_condition_key::RULE,
    &incomplete_delivery_pair::RULE,
    &incomplete_trust_action::RULE,
    &ineffective_condition::RULE,
    &invalid_principal::RULE,
    &key_policy_lockout::RULE,
    &kms_alias_resource::RULE,
    &kms_key_not_shared::RULE,
    &legacy_origin_access_identity::RULE,
    &literal_wildcard::RULE,
    &malformed_policy::RULE,
    &managed_key_across_accounts::RULE,
    &mismatched_oidc_audience::RULE,
    &mismatched_oidc_provider::RULE,
    &mismatched_partition::RULE,
    &mismatched_source_service::RULE,
    &misplaced_element::RULE,
    &missing_external_id::RULE,
    &missing_oidc_audience::RULE,
    &missing_oidc_subject::RULE,
    &missing_saml_audience::RULE,
    &mistyped_condition_value::RULE,
    &not_principal_allow::RULE,
    &object_ownership_gap::RULE,
    &open_endpoint_policy::RULE,
    &organization_role_anywhere::RULE,
    &oversized_policy::RULE,
    &pass_role_across_accounts::RULE,
    &permission_without_grant::RULE,
    &permission_without_trust::RULE,
    &policy_lockout::RULE,
    &privileged_outside_trust::RULE,
    &public_access_block_conflict::RULE,
    &public_function_url::RULE,
    &public_share::RULE,
    &redundant_principal::RULE,
    &refused_session_tags::RULE,
    &resource_outside_policy::RULE,
    &session_principal::RULE,
    &snapshot_differs::RULE,
    &stale_principal_id::RULE,
    &trust_cycle::RULE,
    &trust_from_lower_tier::RULE,
    &trust_without_permission::RULE,
    &unassumable_provider_role::RULE,
    &unassumable_role::RULE,
    &unauthenticated_cognito::RULE,
    &undeclared_assume_target::RULE,
    &undeclared_principal::RULE,
    &undeclared_resource::RULE,
    &unfilled_placeholder::RULE,
    &unguarded_bucket_name::RULE,
    &uninterpolated_text::RULE,
    &unknown_account::RULE,
    &unknown_action::RULE,
    &unknown_condition_key::RULE,
    &unknown_condition_operator::RULE,
    &unknown_organization::RULE,
    &unknown_service_principal::RULE,
    &unmatchable_subject::RULE,
    &unpaired_condition_key::RULE,
    &unreadable_file::RULE,
    &unreadable_policy::RULE,
    &unresolved_policy::RULE,
    &unsatisfiable_condition::RULE,
    &unscoped_service_principal::RULE,
    &unshareable_resource::RULE,
    &unused_ignore::RULE,
    &weak_external_id::RULE,
    &wildcard_oidc_subject::RULE,
    &wildcard_principal::RULE,
    &wrong_assume_action::RULE,
    &zone_association_not_authorized::RULE,
];

/// The rule of this name.
pub fn rule(name: &str) -> Option<&'static Rule> {
    RULES.iter().copied().find(|rule| rule.name == name)
}

/// What a rule of this name is called, alone and together with others.
pub fn called(name: &str) -> Called<'_> {
    match rule(name) {
        Some(rule) => rule.called(),
        None => Called { name, family: "", effect: "" },
    }
}

/// The families and effects of all rules, as words that select them.
pub fn groups() -> Vec<String> {
    let mut groups: Vec<String> =
        RULES.iter().flat_map(|rule| [rule.family_word(), rule.effect.name().to_owned()]).collect();
    groups.sort_unstable();
    groups.dedup();
    groups
}
