//! What names a declaration: a reference, an ARN, a name.
//!
//! A reference inside a unit means that unit's declaration, whatever it is called. A name that is written out is that of
//! every declaration called so: several are one thing that is managed from several places, or copies of a template of
//! which nobody can tell which is deployed. The nearest are meant: those of the same unit, else of the same account, else
//! all others.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::ids::{DeclarationId, DocumentId, IdentityId, ProviderId, ResourceId};
use crate::accounts::Accounts;
use crate::accounts::normalise::{Key, is_identity, key};
use crate::facts::Declaration;
use crate::iam::arn::Arn;
use crate::value::{Class, Origin, PieceKind, Text, UnitKey};

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

    /// Everything that shares its key with something else.
    fn shared(&self) -> impl Iterator<Item = &[I]> {
        self.0.values().map(Named::all).filter(|all| all.len() > 1)
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
    pub(super) identities_by_arn: Several<IdentityId>,
    /// Roles and users of snapshots by the ID that AWS made for them.
    unique_ids: FxHashMap<String, Vec<IdentityId>>,
    /// Identities by kind, account and name.
    pub(super) identities_by_name: Several<IdentityId>,
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
    pub(super) fn enter_identity(&mut self, arn: Key, id: IdentityId) {
        if arn.has_open_region()
            && let Some(anywhere) = arn.in_any_region()
        {
            self.identities_of_region.enter(anywhere, id);
        }
        self.identities_by_arn.enter(arn, id);
    }

    /// Enters a resource under its ARN.
    pub(super) fn enter_resource(&mut self, arns: ArnKeys, id: ResourceId) {
        for (arn, of_region) in arns.0 {
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
    pub(super) fn repeated_identities(&self) -> impl Iterator<Item = &[IdentityId]> {
        self.identities_by_arn.shared()
    }
}

/// Under which a resource is found by its ARN, each with the same without the region if it has one; a secret also under the pattern
/// that is written for it.
pub(super) struct ArnKeys(Vec<(Key, Option<Key>)>);

impl ArnKeys {
    pub(super) fn of(arn: &Text) -> Self {
        let pattern = pattern_of_secret(arn);
        let arns = std::iter::once(arn).chain(&pattern);
        Self(arns.map(|arn| (key(arn), without_region(arn).map(|(_, rest)| rest))).collect())
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
pub(super) fn name_key(kind: &str, account: &Text, name: &Text) -> Key {
    key(name).in_small() + " " + kind + " " + account
}

/// Under which a resource is found by what names it: buckets in one space for all accounts, everything else in its account.
pub(super) fn handle_key(service: &str, account: &Text, handle: &Text) -> Key {
    let named = Key::from(service) + " ";
    if service == "s3" { named + handle } else { named + account + " " + handle }
}

/// The pattern that means a secret, whose ARN ends in six letters that AWS makes up:
/// `arn:aws:secretsmanager:…:secret:name-??????`. The ARN of another one is longer or shorter.
///
/// <https://docs.aws.amazon.com/secretsmanager/latest/userguide/whats-in-a-secret.html>
fn pattern_of_secret(arn: &Text) -> Option<Text> {
    let [before @ .., last] = arn.pieces() else { return None };
    if !arn.has("secretsmanager") {
        return None;
    }
    let is_secret = Arn::parse(arn).is_some_and(|arn| arn.service.is_literally("secretsmanager"));
    if !is_secret || !matches!(last.kind, PieceKind::Symbol(_)) {
        return None;
    }
    let mut pattern = Text::default();
    pattern.push_pieces(before);
    pattern.push_str("??????", last.span);
    Some(pattern)
}

/// The region of an ARN and the key of everything else. `None` without a region, or when it cannot meet another one.
pub(super) fn without_region(arn: &Text) -> Option<(Text, Key)> {
    let mut parts = arn.splitn(6, ':');
    let region = parts.get_mut(3).map(std::mem::take).filter(|region| !region.is_empty())?;
    let rest = parts.iter().fold(Key::default(), |rest, part| rest + part + ":");
    is_identity(&rest).then_some((region, rest))
}

/// Whether a text is the region of a unit that does not say which.
pub(super) fn is_region(text: &Text) -> bool {
    text.as_symbol().is_some_and(|symbol| symbol.class == Class::Region)
}
