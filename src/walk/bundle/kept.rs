//! What of a project a bundle keeps.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::carriers::{self, PropertiesRead};
use crate::facts::{ARN, Declaration, FELT, LIMIT, POLICY_FILE, UNSEEN, Walked};
use crate::walk::terraform::matters;

/// What was walked, without declarations that nothing about access hangs on, and without properties that are never read. The
/// latter may hold anything, also passwords.
pub fn kept(mut walked: Walked) -> Walked {
    walked.declarations.retain(is_kept);
    let mut read: FxHashMap<_, _> = FxHashMap::default();
    for declaration in &mut walked.declarations {
        let type_name = &declaration.type_name;
        if **type_name == *POLICY_FILE || **type_name == *UNSEEN {
            continue;
        }
        let read = read.entry(Arc::clone(type_name)).or_insert_with(|| PropertiesRead::of(type_name));
        declaration.properties.entries.retain(|entry| match entry.key.as_literal() {
            Some(name) => read.contains(&name) || [ARN, FELT, LIMIT].contains(&&*name),
            None => true,
        });
    }
    walked
}

fn is_kept(declaration: &Declaration) -> bool {
    let type_name = &*declaration.type_name;
    matters(type_name) || carriers::has_arn(type_name) || [POLICY_FILE, UNSEEN].contains(&type_name)
}
