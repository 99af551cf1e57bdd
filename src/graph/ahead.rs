//! Reading policy documents in parallel, before they get their places in the graph one after the other.

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::called::ResourceNames;
use super::ids::DeclarationId;
use crate::accounts::Accounts;
use crate::accounts::normalise::{Unreadable, key};
use crate::carriers::{self, Carrier, Role, ValueKind};
use crate::facts::{self, Declaration};
use crate::iam::data;
use crate::iam::policy::Policy;
use crate::parallel;
use crate::parse::json;
use crate::source::{SourceId, Span};
use crate::value::{Map, Value};

/// How many declarations have their documents read at a time: enough for all threads, and few enough that what is read and not
/// in its place yet takes no memory to speak of.
const TOGETHER: usize = 512;

/// Declarations of which the documents are read at a time.
pub(super) fn parts<T>(declarations: &[T]) -> std::slice::Chunks<'_, T> {
    declarations.chunks(if parallel::threads() == 1 { 1 } else { TOGETHER })
}

/// Declarations of which it is found out at a time what they are called.
pub(super) fn long_parts<T>(declarations: &[T]) -> std::slice::Chunks<'_, T> {
    declarations.chunks(TOGETHER)
}

/// Gives all parts their places in their order, each while the next one is made ready on other threads.
pub(super) fn each<P: Send + Sync, R: Send>(
    parts: impl Iterator<Item = P>,
    ready: impl Fn(&P) -> R + Sync,
    mut place: impl FnMut(P, R) + Send,
) {
    let mut before: Option<(P, R)> = None;
    for part in parts {
        let place_before = || {
            if let Some((part, made)) = before.take() {
                place(part, made);
            }
        };
        let (made, ()) = parallel::both(|| ready(&part), place_before);
        before = Some((part, made));
    }
    if let Some((part, made)) = before {
        place(part, made);
    }
}

/// What each of a part is called.
pub(super) fn called(
    part: &[(DeclarationId, &Declaration)],
    accounts: &Accounts,
) -> Vec<Option<ResourceNames>> {
    parallel::each_of_many(part, |(_, declaration)| ResourceNames::of(declaration, accounts))
}

/// Documents that were read, by where their values lie in memory. These stay where they are until all of a part are in their places.
#[derive(Default)]
pub(super) struct ReadAhead(FxHashMap<usize, Result<Policy, Unreadable>>);

impl ReadAhead {
    /// The documents that declarations write where policies are written as a whole, as `read` reads them; each declaration
    /// comes with its properties.
    pub(super) fn of<'d>(
        declarations: impl Iterator<Item = (DeclarationId, &'d Declaration, &'d Map)>,
        read: impl Fn(&Value) -> Result<Policy, Unreadable> + Sync,
    ) -> Self {
        // With one thread nothing is won.
        if parallel::threads() == 1 {
            return Self::default();
        }
        let mut values: Vec<&Value> = declarations.flat_map(documents).collect();
        values.sort_unstable_by_key(|value| address(value));
        values.dedup_by_key(|value| address(value));
        Self(parallel::each(&values, |value| (address(value), read(value))).into_iter().collect())
    }

    /// What was read of a value, once.
    pub(super) fn take(&mut self, value: &Value) -> Option<Result<Policy, Unreadable>> {
        if self.0.is_empty() { None } else { self.0.remove(&address(value)) }
    }
}

/// The managed policies of AWS that declarations attach or set as boundaries, by ARN; none where nothing is won.
pub(super) fn of_aws<'d>(
    declarations: impl Iterator<Item = &'d Declaration>,
    accounts: &Accounts,
) -> FxHashMap<String, Arc<Policy>> {
    if parallel::threads() == 1 {
        return FxHashMap::default();
    }
    let named = declarations.flat_map(attached).filter_map(|value| {
        let arn = value.as_text()?;
        let may_be_of_aws = arn.as_literal().is_some_and(|arn| arn.contains(":aws:policy/"));
        let arn = may_be_of_aws.then(|| key(&accounts.normalised(arn)))?;
        Some(arn.as_literal()?.to_owned())
    });
    let named: FxHashSet<String> = named.collect();
    let named: Vec<String> = named.into_iter().collect();
    let read = parallel::each(&named, |arn| read_of_aws(arn));
    named.into_iter().zip(read).filter_map(|(arn, policy)| Some((arn, policy?))).collect()
}

/// Reads a managed policy of AWS. It is written nowhere, so its places say nothing.
pub(super) fn read_of_aws(arn: &str) -> Option<Arc<Policy>> {
    let parsed: serde_json::Value = serde_json::from_str(data::managed_policy(arn)?).ok()?;
    Some(Arc::new(Policy::read(&json::placed(&parsed, Span::start_of(SourceId::first())))?))
}

/// What names the policies that a declaration attaches.
fn attached(declaration: &Declaration) -> impl Iterator<Item = &Value> {
    let is_attached = |row: &&Carrier| matches!(row.role, Role::PolicyAttachment | Role::PermissionsBoundary);
    let rows = carriers::carriers(&declaration.type_name).iter().filter(is_attached);
    let paths = rows.flat_map(|row| std::iter::once(&row.path).chain(&row.attach));
    paths.flat_map(|path| carriers::values(&declaration.properties, path)).flat_map(Value::items)
}

fn address(value: &Value) -> usize {
    std::ptr::from_ref(value).addr()
}

fn documents<'d>(
    (_, declaration, properties): (DeclarationId, &Declaration, &'d Map),
) -> impl Iterator<Item = &'d Value> {
    let rows = carriers::carriers(&declaration.type_name).iter();
    let rows = rows.filter(|row| row.value_kind == ValueKind::JsonPolicy);
    let values = rows.flat_map(|row| carriers::chosen(properties, &row.path));
    // One of several alternatives is read together with the others.
    let values = values.filter(|(_, part_of)| part_of.is_none()).map(|(value, _)| value);
    let is_file = &*declaration.type_name == facts::POLICY_FILE;
    let of_file = ["document", facts::LIMIT].into_iter().filter(move |_| is_file);
    values.chain(of_file.filter_map(|name| properties.get(name)))
}
