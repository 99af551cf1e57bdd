//! All policies of the graph that have a say in a request, and where each is declared.

use super::{Asker, Question, What, is_trusting};
use crate::carriers::{self, Role};
use crate::graph::{DeclarationId, IdentityId, Resource, ResourceId};
use crate::iam::evaluate::{Caller, Layer, Layers, Policies};
use crate::source::{SourceId, Span};
use crate::value::{Answer, Text, Value};

/// What all policies say, and who says it.
#[derive(Default)]
pub(super) struct Said<'g> {
    pub(super) layers: Layers<'g>,
    /// For the policies of each layer, in their order, where they are declared.
    resource: Vec<DeclarationId>,
    identity: Vec<DeclarationId>,
    service_control: Vec<Vec<Option<DeclarationId>>>,
    resource_control: Vec<Option<DeclarationId>>,
    /// Where the boundary is set, and in which declaration.
    pub(super) boundary: Option<(Span, DeclarationId)>,
}

impl Said<'_> {
    /// Where a policy of a layer is declared.
    pub(super) fn declaration(&self, layer: Layer, level: usize, policy: usize) -> Option<DeclarationId> {
        match layer {
            Layer::Resource => self.resource.get(policy).copied(),
            Layer::Identity => self.identity.get(policy).copied(),
            Layer::ServiceControl => self.service_control.get(level)?.get(policy).copied().flatten(),
            Layer::ResourceControl => self.resource_control.get(policy).copied().flatten(),
            Layer::Boundary => self.boundary.map(|(_, declaration)| declaration),
            Layer::Session | Layer::Endpoint => None,
        }
    }
}

impl<'g> Asker<'g> {
    /// What all policies say of a question.
    pub(super) fn said(
        &self,
        caller: &Caller,
        own: Option<&[IdentityId]>,
        target: &What,
        question: &Question<'_>,
    ) -> Said<'g> {
        let mut said = if let Some(own) = own {
            self.own_layers(caller, own)
        } else {
            let mut said = Said::default();
            said.layers.identity.more = true;
            said
        };
        (said.layers.service_control, said.service_control) = self.service_control(&caller.account);
        match target {
            What::Identities(ids) => self.add_trusts(&mut said, ids, question.action),
            What::Resources(ids) => self.add_resources(&mut said, ids, caller, question.action),
        }
        let (owner, _) = self.owner(target);
        (said.layers.resource_control, said.resource_control) = self.resource_control(&owner);
        said
    }

    /// What a role trusts. What is done with a role otherwise, no policy of the role says.
    fn add_trusts(&self, said: &mut Said<'g>, ids: &[IdentityId], action: &str) {
        if !is_trusting(action) {
            return;
        }
        for id in ids {
            match self.graph.identities[*id].trust {
                Some(trust) => {
                    let document = &self.graph.documents[trust];
                    said.layers.resource.all.push((&document.policy, Answer::Yes));
                    said.resource.push(document.declaration);
                }
                None => said.layers.resource.more = true,
            }
        }
    }

    /// What the policies of a resource say.
    fn add_resources(&self, said: &mut Said<'g>, ids: &[ResourceId], caller: &Caller, action: &str) {
        for id in ids {
            let resource = &self.graph.resources[*id];
            for document in resource.documents.iter().map(|id| &self.graph.documents[*id]) {
                said.layers.resource.all.push((&document.policy, Answer::Yes));
                said.resource.push(document.declaration);
            }
            let is_shared = self.graph.shares_with(resource, &caller.account).next().is_some();
            let asked = Text::literal(action, Span::start_of(SourceId::first()));
            // A key that none is written for has a policy that lets in its own account.
            // https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
            let is_default = resource.service == "kms"
                && resource.documents.is_empty()
                && !self.graph.accounts.same(&caller.account, &resource.account).is_no();
            let is_open = is_shared || is_default || resource.is_open_without_policy(&asked);
            let is_known = resource.complete && !is_open;
            said.layers.resource.more |= !is_known;
        }
        // What holds beside the policy is known where it is the same for all that may be meant.
        let mut each = ids.iter().map(|id| &self.graph.resources[*id]);
        let first = each.next();
        let one = first.filter(|_| ids.len() == 1);
        said.layers.restrict_public = match one {
            Some(resource) => (resource.service == "s3").then_some(resource.surroundings.public_cut_off),
            None => first.filter(|it| it.service == "s3").map(|_| Answer::Unknown),
        };
        said.layers.aws_managed_key = one.and_then(|resource| self.has_aws_managed_key(resource));
    }

    /// What the own side of an identity says, of all its declarations together.
    pub(super) fn own_layers(&self, caller: &Caller, ids: &[IdentityId]) -> Said<'g> {
        let graph = self.graph;
        let mut said = Said::default();
        (said.layers.service_control, said.service_control) = self.service_control(&caller.account);
        let mut boundaries = Vec::new();
        for id in ids {
            let identity = &graph.identities[*id];
            for attached in graph.policies_of(identity) {
                let owner = attached.document.map(|document| graph.documents[document].declaration);
                said.layers.identity.all.push((&attached.policy, attached.present));
                said.identity.push(owner.unwrap_or(identity.declaration));
            }
            said.layers.identity.more |= !graph.is_complete(identity);
            boundaries.push(identity.boundary.as_ref());
            said.boundary =
                said.boundary.or(identity.boundary.as_ref().map(|it| (it.span, identity.declaration)));
        }
        said.layers.boundary = match boundaries.as_slice() {
            all if all.iter().all(Option::is_none) => None,
            [Some(boundary)] => Some(match &boundary.policy {
                Some(policy) => Policies::known([&**policy]),
                None => Policies::unknown(),
            }),
            // Each declaration sets its own, or none; the last one that is deployed counts.
            _ => Some(Policies::unknown()),
        };
        said
    }

    /// Whether a resource is encrypted with the key that AWS manages: it names no other key. `None` when nothing says
    /// with which.
    ///
    /// <https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html>
    fn has_aws_managed_key(&self, resource: &Resource) -> Option<Answer> {
        if !resource.declared {
            return None;
        }
        let declaration = &self.graph.declarations[resource.declaration];
        let rows = carriers::carriers(&declaration.type_name);
        let row = rows.iter().find(|row| row.role == Role::EncryptionKey)?;
        let by_aws = |value: &Value| {
            let text = value.as_text().unwrap_or_default();
            match text.as_literal() {
                Some(key) => (key.is_empty() || key.contains("alias/aws/")).into(),
                // What is declared is a key of one's own.
                None if text.reference().is_some() => Answer::No,
                None => Answer::Unknown,
            }
        };
        let keys = carriers::values(&declaration.properties, &row.path);
        let each: Vec<Answer> = keys.into_iter().map(by_aws).collect();
        let (any, all) = (Answer::any(each.iter().copied()), Answer::all(each.iter().copied()));
        Some(if each.is_empty() || any == all { all } else { Answer::Unknown })
    }
}
