//! Which types of resources can have a policy.

use std::sync::OnceLock;

use rustc_hash::FxHashMap;

use crate::carriers::{self, AttachKind, Role};

/// The service of a type whose declarations are protected by a resource policy, written in them or elsewhere.
pub(super) fn protected_service(type_name: &str) -> Option<&'static str> {
    static TYPES: OnceLock<FxHashMap<&'static str, &'static str>> = OnceLock::new();
    let types = TYPES.get_or_init(|| {
        let mut types = FxHashMap::default();
        let rows = carriers::all().iter();
        for row in rows.filter(|row| matches!(row.role, Role::ResourcePolicy | Role::ResourcePolicyStatement))
        {
            if row.attach.is_none() && row.attach_kind != AttachKind::Account {
                types.insert(row.type_name, row.service);
            }
            for target in &row.targets {
                types.insert(*target, row.service);
            }
        }
        types
    });
    types.get(type_name).copied()
}
