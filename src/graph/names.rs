//! What names a declaration: a reference, an ARN, a name.
//!
//! A reference inside a unit means that unit's declaration, whatever it is called. A name that is written out is that of
//! every declaration called so: several are one thing that is managed from several places, or copies of a template of
//! which nobody can tell which is deployed. The nearest are meant: those of the same unit, else of the same account, else
//! all others.

use std::borrow::Cow;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::called::ArnKeys;
use super::{DeclarationId, DocumentId, Identity, IdentityId, IdentityKind, ProviderId, ResourceId, Table};
use crate::accounts::Accounts;
use crate::accounts::normalise::{Key, is_identity, key};
use crate::facts::Declaration;
use crate::value::{Class, Origin, Text, UnitKey};

/// All that have a name, by its key.
#[derive(Debug)]
pub(super) struct Several<I>(FxHashMap<Key, Named<I>>);

/// What has one name: hardly ever more than one.
#[derive(Debug)]
enum Named<I> {
    One(I),
    #[expect(clippy::box_collection, reason = "there are hardly any, and many of the others")]
    Many(Box<Vec<I>>),
}

impl<I: Copy> Named<I> {
    fn all(&self) -> &[I] {
        match self {
            Self::One(one) => std::slice::from_ref(one),
            Self::Many(all) => all,
        }
    }

    fn push(&mut self, id: I) {
        match self {
            Self::One(one) => *self = Self::Many(Box::new(vec![*one, id])),
            Self::Many(all) => all.push(id),
        }
    }
}

impl<I> Default for Several<I> {
    fn default() -> Self {
        Self(FxHashMap::default())
    }
}

impl<I: Copy + PartialEq> Several<I> {
    /// Enters one under a key, unless the key cannot meet another one.
    pub(super) fn enter(&mut self, key: Key, id: I) {
        if is_identity(&key) {
            match self.0.get_mut(&key) {
                Some(named) if named.all().last() == Some(&id) => {}
                Some(named) => named.push(id),
                None => _ = self.0.insert(key.fitted(), Named::One(id)),
            }
        }
    }

    /// Whether nothing is entered.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All that are entered under a key.
    pub(super) fn all(&self, key: &Key) -> &[I] {
        self.0.get(key).map_or(&[], Named::all)
    }
}

/// All that have a name, by a hash of its key: who asks says which of them have the very key, which can be made again of what they
/// are. There are many, and their keys are as long as they are.
#[derive(Debug)]
pub(super) struct Remade<I> {
    first: FxHashMap<u32, I>,
    /// What else has the same hash.
    others: FxHashMap<u32, Vec<I>>,
}

impl<I> Default for Remade<I> {
    fn default() -> Self {
        Self { first: FxHashMap::default(), others: FxHashMap::default() }
    }
}

impl<I: Copy + PartialEq> Remade<I> {
    /// Enters one under a key, unless the key cannot meet another one.
    pub(super) fn enter(&mut self, key: &Key, id: I) {
        if !is_identity(key) {
            return;
        }
        let hash = key.short_hash();
        match self.first.get(&hash) {
            None => _ = self.first.insert(hash, id),
            Some(first) => {
                let others = self.others.entry(hash).or_default();
                if others.last().unwrap_or(first) != &id {
                    others.push(id);
                }
            }
        }
    }

    /// Makes room for so many.
    pub(super) fn reserve(&mut self, count: usize) {
        self.first.reserve(count);
    }

    /// All that are entered under a key, which `has_it` says of each that may be.
    pub(super) fn all(&self, key: &Key, has_it: impl Fn(I) -> bool) -> Cow<'_, [I]> {
        let hash = key.short_hash();
        let Some(first) = self.first.get(&hash).filter(|_| is_identity(key)) else { return Cow::default() };
        match self.others.get(&hash) {
            None if has_it(*first) => Cow::Borrowed(std::slice::from_ref(first)),
            None => Cow::default(),
            Some(others) => {
                let all = std::iter::once(first).chain(others).copied();
                Cow::Owned(all.filter(|one| has_it(*one)).collect())
            }
        }
    }

    /// Everything that shares its key with something else, of which `key_of` says the keys.
    fn shared(&self, key_of: impl Fn(I) -> Key) -> Vec<Vec<I>> {
        let mut groups: FxHashMap<Key, Vec<I>> = FxHashMap::default();
        for (hash, others) in &self.others {
            for one in self.first.get(hash).into_iter().chain(others) {
                groups.entry(key_of(*one)).or_default().push(*one);
            }
        }
        groups.into_values().filter(|group| group.len() > 1).collect()
    }
}

/// Finds declarations, and what they declare, by what names them.
#[derive(Debug, Default)]
pub(super) struct Names {
    /// By what their attributes are attributes of.
    origins: FxHashMap<Origin, DeclarationId>,
    /// By type.
    types: FxHashMap<Arc<str>, Vec<DeclarationId>>,
    identities: FxHashMap<DeclarationId, IdentityId>,
    resources: FxHashMap<DeclarationId, ResourceId>,
    managed: FxHashMap<DeclarationId, DocumentId>,
    providers: FxHashMap<DeclarationId, ProviderId>,
    /// Identities by ARN.
    pub(super) identities_by_arn: Remade<IdentityId>,
    /// Roles and users of snapshots by the ID that AWS made for them.
    unique_ids: FxHashMap<String, Vec<IdentityId>>,
    /// Identities by kind, account and name.
    pub(super) identities_by_name: Remade<IdentityId>,
    /// Identities whose ARN has the region of a unit that does not say which, by ARN in any region.
    pub(super) identities_of_region: Several<IdentityId>,
    /// Identity providers by ARN.
    pub(super) providers_by_arn: Several<ProviderId>,
    /// Customer managed policies by ARN.
    pub(super) managed_by_arn: Several<DocumentId>,
    /// Resources by ARN; secrets also by the pattern that is written for them.
    pub(super) resources_by_arn: Several<ResourceId>,
    /// Resources by whatever names them in their account: ARN, name, id, URL.
    pub(super) resources_by_handle: Several<ResourceId>,
    /// Resources by type, account and the argument that names them.
    pub(super) resources_by_name: Several<ResourceId>,
    /// Resources by ARN without its region, for ARNs that have one.
    pub(super) resources_of_region: Several<ResourceId>,
}

impl Names {
    /// Makes room for so many declarations, and so many of them that are identities.
    pub(super) fn reserve(&mut self, declarations: usize, identities: usize) {
        self.origins.reserve(declarations);
        self.identities.reserve(identities);
        self.identities_by_arn.reserve(identities);
        self.identities_by_name.reserve(identities);
    }

    /// Enters a declaration under its address and type.
    pub(super) fn declare(&mut self, id: DeclarationId, declaration: &Declaration) {
        self.origins.insert(declaration.origin.clone(), id);
        match self.types.get_mut(&declaration.type_name) {
            Some(known) => known.push(id),
            None => {
                self.types.insert(Arc::clone(&declaration.type_name), vec![id]);
            }
        }
    }

    /// Says which identity a declaration is.
    pub(super) fn is_identity(&mut self, declaration: DeclarationId, id: IdentityId) {
        self.identities.insert(declaration, id);
    }

    /// Says which resource a declaration is.
    pub(super) fn is_resource(&mut self, declaration: DeclarationId, id: ResourceId) {
        self.resources.insert(declaration, id);
    }

    /// Says which document a managed policy is.
    pub(super) fn is_managed(&mut self, declaration: DeclarationId, id: DocumentId) {
        self.managed.insert(declaration, id);
    }

    /// Says which identity provider a declaration is, and enters it under its ARN.
    pub(super) fn is_provider(&mut self, declaration: DeclarationId, arn: Key, id: ProviderId) {
        self.providers.insert(declaration, id);
        self.providers_by_arn.enter(arn, id);
    }

    /// The identity provider that a declaration is.
    pub(super) fn provider(&self, declaration: DeclarationId) -> Option<ProviderId> {
        self.providers.get(&declaration).copied()
    }

    /// The identity that a declaration is.
    pub(super) fn identity(&self, declaration: DeclarationId) -> Option<IdentityId> {
        self.identities.get(&declaration).copied()
    }

    /// The resource that a declaration is.
    pub(super) fn resource(&self, declaration: DeclarationId) -> Option<ResourceId> {
        self.resources.get(&declaration).copied()
    }

    /// The document of the managed policy that a declaration is.
    pub(super) fn managed(&self, declaration: DeclarationId) -> Option<DocumentId> {
        self.managed.get(&declaration).copied()
    }

    /// Enters identities under the ID that AWS made for them, which a snapshot says.
    pub(super) fn note_unique_id(&mut self, declaration: &Declaration, ids: &[IdentityId]) {
        let unique = ["RoleId", "UserId"].iter().find_map(|name| declaration.properties.get(name)?.as_str());
        if let Some(unique) = unique {
            self.unique_ids.entry(unique.into_owned()).or_default().extend(ids);
        }
    }

    /// The identity to which AWS gave an ID, when that is one.
    pub(super) fn identity_of_unique_id(&self, unique: &str) -> Option<IdentityId> {
        match self.unique_ids.get(unique)?.as_slice() {
            [one] => Some(*one),
            _ => None,
        }
    }

    /// Enters an identity under its ARN, and in any region when its name has one that is not known.
    pub(super) fn enter_identity(&mut self, arn: &Key, id: IdentityId) {
        if arn.has_open_region()
            && let Some(anywhere) = arn.in_any_region()
        {
            self.identities_of_region.enter(anywhere, id);
        }
        self.identities_by_arn.enter(arn, id);
    }

    /// Enters a resource under its ARN.
    pub(super) fn enter_resource(&mut self, arns: ArnKeys, id: ResourceId) {
        for (arn, of_region) in arns.all() {
            self.resources_by_arn.enter(arn, id);
            if let Some(rest) = of_region {
                self.resources_of_region.enter(rest, id);
            }
        }
    }

    /// The declarations of a type, in the order of all.
    pub(super) fn of_type(&self, type_name: &str) -> &[DeclarationId] {
        self.types.get(type_name).map_or(&[], Vec::as_slice)
    }

    /// The declaration that a text refers to.
    pub(super) fn referred(&self, text: &Text) -> Option<DeclarationId> {
        self.origins.get(text.reference()?).copied()
    }

    /// Identities that are declared more than once, each with all its declarations.
    pub(super) fn repeated_identities(
        &self,
        identities: &Table<IdentityId, Identity>,
    ) -> Vec<Vec<IdentityId>> {
        self.identities_by_arn.shared(|id| key(&identities[id].arn))
    }
}

/// Those that are meant where a unit names them: its own, else those of its account, else all.
pub(super) fn nearest<'d, I: Copy>(
    all: &[I],
    from: &UnitKey,
    accounts: &Accounts,
    declaration: impl Fn(I) -> &'d Declaration,
) -> Vec<I> {
    if all.len() < 2 {
        return all.to_vec();
    }
    let own: Vec<I> = all.iter().copied().filter(|one| declaration(*one).unit == *from).collect();
    if !own.is_empty() {
        return own;
    }
    let account = accounts.of(from);
    let is_there = |one: &I| accounts.same(&accounts.of(&declaration(*one).unit), &account).is_yes();
    let there: Vec<I> = all.iter().copied().filter(is_there).collect();
    if there.is_empty() { all.to_vec() } else { there }
}

/// Under which an identity is found by its name: names are unique for an account and kind.
pub(super) fn name_key(kind: IdentityKind, account: &Text, name: &Text) -> Key {
    key(name).in_small() + " " + kind.name() + " " + account
}

/// Whether a text is the region of a unit that does not say which.
pub(super) fn is_region(text: &Text) -> bool {
    text.as_symbol().is_some_and(|symbol| symbol.class == Class::Region)
}
