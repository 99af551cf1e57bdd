//! Questions about the graph.

use super::build::{arn_of, references};
use super::{Graph, Identity, IdentityId, IdentityKind, Resource, ResourceId};
use crate::accounts::normalise::{is_identity, key};
use crate::facts::Declaration;
use crate::iam::arn::Arn;
use crate::iam::evaluate::{Caller, CallerKind};
use crate::iam::principal::Principal;
use crate::value::{Class, PieceKind, Symbol, Text};

/// What a look-up of a principal found.
#[derive(Debug)]
pub enum Found<'a> {
    /// This very identity is declared in the analysed files.
    Declared(IdentityId, &'a Identity),
    /// It is not.
    Elsewhere,
}

/// What a caller's permission names.
#[derive(Debug)]
pub enum Callee<'a> {
    /// A declared role.
    Role(IdentityId, &'a Identity),
    /// A declared resource.
    Resource(ResourceId, &'a Resource),
}

impl Graph {
    /// The declared role or user a principal names.
    pub fn find_principal(&self, principal: &Principal) -> Found<'_> {
        let (kind, account, name) = match principal {
            Principal::Role { account, name } => ("role/", account, name),
            Principal::User { account, name } => ("user/", account, name),
            _ => return Found::Elsewhere,
        };
        let wanted = format!("arn:aws:iam::{}:{kind}{}", key(account), key(name));
        match self.identity_by_key(&wanted) {
            Some((id, identity)) => Found::Declared(id, identity),
            None => Found::Elsewhere,
        }
    }

    /// The declared role or user with exactly this ARN.
    pub fn find_identity(&self, arn: &Text) -> Option<(IdentityId, &Identity)> {
        self.identity_by_key(&key(&self.accounts.normalise(arn)))
    }

    /// The declarations of one of `types` that a text names, which stands in `unit`: by ARN, or, in the same unit, by
    /// what a reference to them returns.
    pub fn find_declarations(&self, types: &[&str], unit: &str, named: &Text) -> Vec<&Declaration> {
        let named = self.accounts.normalise(named);
        let wanted = key(&named);
        let computed = named.as_symbol().filter(|symbol| symbol.class == Class::Computed);
        let is_named = |declaration: &&Declaration| {
            let is_meant = |text: Text| is_identity(&wanted) && key(&text) == wanted;
            let by_arn = || arn_of(declaration, &self.accounts).is_some_and(is_meant);
            let is_attribute = |symbol: &Symbol| {
                let attribute = symbol.key.strip_prefix(unit).and_then(|rest| rest.strip_prefix('#'));
                attribute
                    .and_then(|it| it.strip_prefix(&*declaration.address))
                    .is_some_and(|it| it.starts_with('.'))
            };
            let by_reference = || {
                computed.is_some_and(is_attribute) || references(declaration, &self.accounts).any(is_meant)
            };
            by_arn() || *declaration.unit == *unit && by_reference()
        };
        let of_types = self.declarations.iter().filter(|it| types.contains(&&*it.type_name));
        of_types.filter(is_named).collect()
    }

    fn identity_by_key(&self, key: &str) -> Option<(IdentityId, &Identity)> {
        if !is_identity(key) {
            return None;
        }
        let id = *self.identity_by_arn.get(key)?;
        self.identities.get(id).map(|identity| (id, identity))
    }

    /// The declared resources that an element of an identity policy names: the resource itself, or something in
    /// it (an object of a bucket). A bare `*` names nothing in particular.
    pub fn find_resource(&self, written: &Text) -> Option<(ResourceId, &Resource)> {
        let arn = Arn::parse(written)?;
        let direct = self.resource_by_key(&key(written));
        if direct.is_some() || !arn.service.is_literally("s3") {
            return direct;
        }
        // An object of a bucket: `arn:aws:s3:::bucket/key`.
        let bucket = arn.resource.splitn(2, '/').into_iter().next()?;
        self.resource_by_key(&format!("arn:aws:s3:::{}", key(&bucket)))
    }

    /// The resource that a declaration is.
    pub fn resource_of(&self, declaration: &Declaration) -> Option<&Resource> {
        let is_it = |index: usize| self.declaration(index).is_some_and(|one| std::ptr::eq(one, declaration));
        self.resources.iter().find(|resource| resource.declared && is_it(resource.declaration))
    }

    /// The one declared resource that an element of an identity policy names as far as is known: all but the region is the
    /// same, and the template of one side does not say which that is.
    pub fn find_resource_of_some_region(&self, written: &Text) -> Option<(ResourceId, &Resource)> {
        let (region, rest) = without_region(written)?;
        let [id] = self.resources_of_region.get(&rest)?.as_slice() else { return None };
        let resource = self.resources.get(*id)?;
        let (own, _) = without_region(&resource.arn)?;
        (is_region(&own) || is_region(&region)).then_some((*id, resource))
    }

    /// Enters a resource under its ARN, and a secret under the pattern that is written for it too.
    pub(super) fn index_resource(&mut self, arn: &Text, id: ResourceId) {
        for arn in [Some(arn), pattern_of_secret(arn).as_ref()].into_iter().flatten() {
            self.resource_by_arn.entry(key(arn)).or_insert(id);
            if let Some((_, rest)) = without_region(arn) {
                self.resources_of_region.entry(rest).or_default().push(id);
            }
        }
    }

    fn resource_by_key(&self, key: &str) -> Option<(ResourceId, &Resource)> {
        if !is_identity(key) {
            return None;
        }
        let id = *self.resource_by_arn.get(key)?;
        self.resources.get(id).map(|resource| (id, resource))
    }

    /// An identity as a caller of requests; `None` for a group.
    pub fn caller(&self, identity: &Identity) -> Option<Caller> {
        let kind = match identity.kind {
            IdentityKind::Role => CallerKind::Role,
            IdentityKind::User => CallerKind::User,
            IdentityKind::Group => return None,
        };
        // Path and name: what follows `role/` or `user/`.
        let resource = identity.arn.splitn(6, ':').pop()?;
        let name = resource.splitn(2, '/').pop()?;
        let (account, arn) = (identity.account.clone(), identity.arn.clone());
        Some(Caller { account, arn, kind, name, session: None })
    }

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
}

/// The pattern that means a secret, whose ARN ends in six letters that AWS makes up:
/// `arn:aws:secretsmanager:…:secret:name-??????`. The ARN of another one is longer or shorter.
///
/// <https://docs.aws.amazon.com/secretsmanager/latest/userguide/whats-in-a-secret.html>
fn pattern_of_secret(arn: &Text) -> Option<Text> {
    let [before @ .., last] = arn.pieces() else { return None };
    let is_secret = Arn::parse(arn).is_some_and(|arn| arn.service.is_literally("secretsmanager"));
    if !is_secret || !matches!(last.kind, PieceKind::Symbol(_)) {
        return None;
    }
    let mut pattern = Text::default();
    for piece in before {
        pattern.push(piece.kind.clone(), piece.span);
    }
    pattern.push_str("??????", last.span);
    Some(pattern)
}

/// The region of an ARN and the key of everything else. `None` without a region, or when it cannot meet another one.
fn without_region(arn: &Text) -> Option<(Text, String)> {
    let mut parts = arn.splitn(6, ':');
    let region = parts.get_mut(3).map(std::mem::take).filter(|region| !region.is_empty())?;
    let rest = parts.iter().map(key).collect::<Vec<_>>().join(":");
    is_identity(&rest).then_some((region, rest))
}

/// Whether a text is the region of a unit that does not say which.
fn is_region(text: &Text) -> bool {
    text.as_symbol().is_some_and(|symbol| symbol.class == Class::Region)
}
