//! What the policies of the graph say of a request.

use super::{Graph, Identity, IdentityId, Resource, ResourceId};
use crate::carriers::{self, Role};
use crate::iam::condition;
use crate::iam::evaluate::{Caller, Decision, Layers, Policies, Request};
use crate::source::{SourceId, Span};
use crate::value::{Answer, Text, Value};

/// Who asks.
#[derive(Clone, Debug)]
pub enum From<'g> {
    /// A declared role or user.
    Declared(IdentityId, &'g Identity),
    /// A role or user of whose policies nothing is known here.
    Elsewhere(Caller),
}

/// What is asked for.
#[derive(Clone, Copy, Debug)]
pub enum To<'g> {
    /// A declared role, to be assumed.
    Role(IdentityId, &'g Identity),
    /// A declared resource, or one that is known by its policy.
    Resource(ResourceId, &'g Resource),
}

/// Whether an action on a role is one that its trust policy decides.
pub(super) fn is_trusting(action: &str) -> bool {
    action.split_once(':').is_some_and(|(service, _)| service.eq_ignore_ascii_case("sts"))
}

impl Graph {
    /// Decides whether `from` may call `action` on `to`, by all policies that the graph knows. `within` is the ARN that
    /// is asked for, when it is not that of the resource itself: an object of a bucket. `None` for a group, which calls
    /// nothing.
    pub fn decide(
        &self,
        from: &From<'_>,
        to: To<'_>,
        action: &str,
        within: Option<&Text>,
        context: &condition::Context,
    ) -> Option<Decision<'_>> {
        let caller = self.caller_of(from)?;
        let (owner, arn) = match to {
            To::Role(_, role) => (&role.account, &role.arn),
            To::Resource(_, resource) => (&resource.account, within.unwrap_or(&resource.arn)),
        };
        let layers = self.layers(from, &caller, to, action);
        let same_account = self.accounts.same(&caller.account, owner);
        let request = Request { caller: &caller, action, resource: arn, same_account, context };
        Some(request.decide(&layers))
    }

    /// Decides whether the own policies of an identity, within its boundary, let it call `action` on `arn` in its own
    /// account.
    pub fn decide_alone<'g>(
        &'g self,
        identity: &'g Identity,
        action: &str,
        arn: &Text,
        context: &condition::Context,
    ) -> Option<Decision<'g>> {
        let caller = self.caller(identity)?;
        let request = Request { caller: &caller, action, resource: arn, same_account: Answer::Yes, context };
        Some(request.decide(&self.layers_of(identity)))
    }

    pub(super) fn caller_of(&self, from: &From<'_>) -> Option<Caller> {
        match from {
            From::Declared(_, identity) => self.caller(identity),
            From::Elsewhere(caller) => Some(caller.clone()),
        }
    }

    fn layers(&self, from: &From<'_>, caller: &Caller, to: To<'_>, action: &str) -> Layers<'_> {
        let own = match from {
            From::Declared(id, _) => self.identities.get(*id).map(|identity| self.layers_of(identity)),
            From::Elsewhere(_) => None,
        };
        let mut layers = own.unwrap_or_else(|| Layers {
            identity: Policies { more: true, ..Policies::default() },
            service_control: self.service_control(&caller.account),
            ..Layers::default()
        });
        let (documents, complete) = match to {
            To::Role(_, role) if is_trusting(action) => (role.trust.as_slice(), role.trust.is_some()),
            // What is done with a role otherwise, no policy of the role says.
            To::Role(..) => (&[][..], true),
            To::Resource(_, resource) => {
                let is_shared = self.shares_with(resource, &caller.account).next().is_some();
                let asked = Text::literal(action, Span::start_of(SourceId::first()));
                let is_known = resource.complete && !is_shared && !resource.is_open_without_policy(&asked);
                (resource.documents.as_slice(), is_known)
            }
        };
        let documents = documents.iter().filter_map(|id| self.documents.get(*id));
        layers.resource_control = self.resource_control(match to {
            To::Role(_, role) => &role.account,
            To::Resource(_, resource) => &resource.account,
        });
        layers.resource =
            Policies { more: !complete, ..Policies::known(documents.map(|document| &*document.policy)) };
        if let To::Resource(_, resource) = to {
            layers.restrict_public =
                (resource.service == "s3" && resource.surroundings.public_cut_off).then_some(Answer::Yes);
            layers.aws_managed_key = self.has_aws_managed_key(resource);
        }
        layers
    }

    /// What an identity's own side says.
    fn layers_of<'g>(&'g self, identity: &'g Identity) -> Layers<'g> {
        let all = self.policies_of(identity).into_iter().map(|it| (&*it.policy, it.present)).collect();
        let more = !self.is_complete(identity);
        let boundary = identity.boundary.as_ref().map(|boundary| match &boundary.policy {
            Some(policy) => Policies::known([&**policy]),
            None => Policies::unknown(),
        });
        let service_control = self.service_control(&identity.account);
        Layers {
            identity: Policies { all, more, open: false },
            boundary,
            service_control,
            ..Layers::default()
        }
    }

    /// Whether a resource is encrypted with the key that AWS manages: it names no other key. `None` when nothing says
    /// with which.
    ///
    /// <https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html>
    fn has_aws_managed_key(&self, resource: &Resource) -> Option<Answer> {
        let declaration = self.declaration(resource.declaration).filter(|_| resource.declared)?;
        let rows = carriers::carriers(&declaration.type_name);
        let row = rows.iter().find(|row| row.role == Role::EncryptionKey)?;
        let by_aws = |value: &Value| match value.as_text().as_ref().and_then(Text::as_literal) {
            Some(key) => (key.is_empty() || key.contains("alias/aws/")).into(),
            None => Answer::Unknown,
        };
        let keys = carriers::values(&declaration.properties, &row.path);
        let each: Vec<Answer> = keys.into_iter().map(by_aws).collect();
        let (any, all) = (Answer::any(each.iter().copied()), Answer::all(each.iter().copied()));
        Some(if each.is_empty() || any == all { all } else { Answer::Unknown })
    }
}
