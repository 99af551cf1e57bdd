//! All policies of the graph that have a say in a request, and where each is declared.

use super::{Asker, Question, What, Who, is_trusting};
use crate::carriers::{self, Role, Step};
use crate::facts::Declaration;
use crate::graph::{Attached, DeclarationId, Graph, Identity, IdentityId, Resource, ResourceId};
use crate::iam::condition::Presence;
use crate::iam::data;
use crate::iam::evaluate::{Caller, Demand, Layer, Layers, Policies, Reason};
use crate::iam::policy::Policy;
use crate::source::{SourceId, Span};
use crate::value::{Answer, Text, Value};

/// What all policies say, and who says it.
#[derive(Default)]
pub(super) struct Said<'g> {
    pub(super) layers: Layers<'g>,
    /// For the policies of each layer, in their order, where they are declared.
    resource: Vec<DeclarationId>,
    identity: Vec<DeclarationId>,
    /// For those of the identity that are written nowhere, where they are attached.
    attached: Vec<Option<Span>>,
    service_control: Vec<Vec<Option<DeclarationId>>>,
    resource_control: Vec<Option<DeclarationId>>,
    /// Where the boundary is set, and in which declaration.
    pub(super) boundary: Option<(Span, DeclarationId)>,
    /// Where its policy is declared, when it is written in the analyzed files.
    limit: Option<DeclarationId>,
}

impl Said<'_> {
    /// Where a policy of a layer is declared.
    pub(super) fn declaration(&self, layer: Layer, level: usize, policy: usize) -> Option<DeclarationId> {
        match layer {
            Layer::Resource => self.resource.get(policy).copied(),
            Layer::Identity => self.identity.get(policy).copied(),
            Layer::ServiceControl => self.service_control.get(level)?.get(policy).copied().flatten(),
            Layer::ResourceControl => self.resource_control.get(policy).copied().flatten(),
            Layer::Boundary => self.limit.or(self.boundary.map(|(_, declaration)| declaration)),
            Layer::Session | Layer::Endpoint => None,
        }
    }

    /// Where a policy of a layer is attached or set, when it is written nowhere.
    pub(super) fn attached_at(&self, layer: Layer, policy: usize) -> Option<Span> {
        match layer {
            Layer::Identity => self.attached.get(policy).copied().flatten(),
            Layer::Boundary => self.boundary.map(|(span, _)| span).filter(|_| self.limit.is_none()),
            _ => None,
        }
    }

    /// What is demanded, shown where the policies are attached that are written nowhere.
    pub(super) fn placed<'d>(&self, demands: impl IntoIterator<Item = Demand<'d>>) -> Vec<Demand<'d>> {
        let place = |demand: &Demand<'_>| {
            let is_of = |policy: &Policy| {
                let mut conditions = policy.statements.iter().flat_map(|statement| &statement.conditions);
                conditions.any(|condition| std::ptr::eq(condition, demand.condition))
            };
            let attached = |layer| move |at| self.attached_at(layer, at);
            let own = self.layers.identity.all.iter().position(|(policy, _)| is_of(policy));
            let limits = self.layers.boundary.iter().flat_map(|boundary| &boundary.all);
            let limit = limits.clone().position(|(policy, _)| is_of(policy));
            own.and_then(attached(Layer::Identity)).or_else(|| limit.and_then(attached(Layer::Boundary)))
        };
        demands.into_iter().map(|one| Demand { span: place(&one).unwrap_or(one.span), ..one }).collect()
    }
}

/// The policies of an identity and of its groups, and whether they are there. Of a group that is declared several times one
/// may be what is deployed, or all together: what each of them gives is not certain.
fn held<'g>(
    graph: &'g Graph,
    identity: &'g Identity,
) -> impl Iterator<Item = (&'g Identity, &'g Attached, Answer)> {
    let own = identity.policies.iter().map(move |attached| (identity, attached, attached.present));
    let groups = identity.groups().iter().flat_map(move |id| {
        let all = graph.identities[*id].declared_as();
        let sure = if all.is_empty() { Answer::Yes } else { Answer::Unknown };
        let all = if all.is_empty() { vec![*id] } else { all.to_vec() };
        all.into_iter().map(move |id| (&graph.identities[id], sure))
    });
    let of_groups = groups.flat_map(|(group, sure)| {
        group.policies.iter().map(move |attached| (group, attached, attached.present.and(sure)))
    });
    own.chain(of_groups)
}

impl<'g> Asker<'g> {
    /// What all policies say of a question.
    pub(super) fn said(
        &self,
        caller: &Caller,
        own: Option<&[IdentityId]>,
        (target, writer): (&What, Option<usize>),
        question: &Question<'_>,
    ) -> Said<'g> {
        let mut said = if let Some(own) = own {
            self.own_layers(caller, own)
        } else {
            let mut said = Said::default();
            said.layers.identity.more = true;
            (said.layers.service_control, said.service_control) = self.service_control(&caller.account);
            said
        };
        match target {
            What::Identities(ids) => self.add_trusts(&mut said, ids, caller, question.action),
            What::Resources(ids) => self.add_resources(&mut said, (ids, writer), caller, question.action),
        }
        let (owner, _) = self.owner(target);
        (said.layers.resource_control, said.resource_control) = self.resource_control(owner);
        said
    }

    /// What a role trusts. What is done with a role otherwise, no policy of the role says.
    fn add_trusts(&self, said: &mut Said<'g>, ids: &[IdentityId], caller: &Caller, action: &str) {
        if !is_trusting(action) {
            return;
        }
        for id in ids {
            let role = &self.graph.identities[*id];
            match (role.trust, &role.default_trust) {
                (Some(trust), _) => {
                    let document = &self.graph.documents[trust];
                    said.layers.resource.all.push((&document.policy, Answer::Yes));
                    said.resource.push(document.declaration);
                }
                // Whom else its account lets assume it by now, no template says.
                (None, Some(trust)) if self.is_of_maker(caller, role) => {
                    said.layers.resource.all.push((trust, Answer::Yes));
                    said.resource.push(role.declaration);
                }
                _ => said.layers.resource.more = true,
            }
        }
    }

    /// Whether a caller is of the account in which it is declared that something makes a role.
    fn is_of_maker(&self, caller: &Caller, role: &Identity) -> bool {
        let accounts = &self.graph.accounts;
        let maker = accounts.of(&self.graph.declarations[role.declaration].unit);
        accounts.same(&caller.account, &maker).is_yes()
    }

    /// What the policies of a resource say: of those that replace each other only that of one writer, when it is given.
    fn add_resources(
        &self,
        said: &mut Said<'g>,
        (ids, writer): (&[ResourceId], Option<usize>),
        caller: &Caller,
        action: &str,
    ) {
        for id in ids {
            let resource = &self.graph.resources[*id];
            for document in resource.documents_of(writer).map(|id| &self.graph.documents[id]) {
                said.layers.resource.all.push((&document.policy, Answer::Yes));
                said.resource.push(document.declaration);
            }
            let is_shared = self.graph.shares_with(resource, &caller.account).next().is_some();
            let asked = Text::literal(action, Span::start_of(SourceId::first()));
            let is_own = || !self.graph.accounts.same(&caller.account, &resource.account).is_no();
            if let Some(policy) = resource.default_policy.as_deref().filter(|_| is_own()) {
                said.layers.resource.all.push((policy, Answer::Yes));
                said.resource.push(resource.declaration);
            }
            let is_open = is_shared || resource.is_open_without_policy(&asked);
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
            for (holder, attached, present) in held(graph, identity) {
                let owner = attached.document.map(|document| graph.documents[document].declaration);
                said.layers.identity.all.push((&attached.policy, present));
                said.identity.push(owner.unwrap_or(holder.declaration));
                said.attached.push(attached.managed.as_ref().map(|_| attached.span));
            }
            said.layers.identity.more |= !graph.is_complete(identity);
            boundaries.push(identity.boundary.as_ref());
            if let Some(boundary) = identity.boundary.as_ref().filter(|_| said.boundary.is_none()) {
                said.boundary = Some((boundary.span, identity.declaration));
                said.limit = boundary.document.map(|id| graph.documents[id].declaration);
            }
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

    /// Whether a principal of another account may use the key that an action needs beside the resource: that of a secret.
    ///
    /// <https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access_examples_cross.html>
    pub(super) fn may_use_key(&self, question: &Question<'_>) -> Answer {
        let (What::Resources(ids), Some(caller)) = (question.target, self.caller(question.caller)) else {
            return Answer::Yes;
        };
        if !data::uses_key_of_secret(question.action) || caller.is_outside() {
            return Answer::Yes;
        }
        let (owner, _) = self.owner(question.target);
        if self.graph.accounts.same(&caller.account, owner).is_yes() {
            return Answer::Yes;
        }
        Answer::all(ids.iter().map(|id| {
            let keys = self.keys_of(*id);
            if keys.is_empty() {
                return Answer::Unknown;
            }
            let (caller, target) = (question.caller, What::Resources(keys));
            let question = Question { caller, target: &target, action: "kms:Decrypt", within: None };
            self.ask(&question).answer
        }))
    }

    /// The declared keys that a resource says it is encrypted with: all that may be meant.
    pub(crate) fn keys_of(&self, id: ResourceId) -> Vec<ResourceId> {
        self.encrypting(id).into_iter().flat_map(|declaration| self.keys_named(declaration)).collect()
    }

    /// Whether a bucket encrypts with the key that AWS manages for S3: with one of KMS, and names none.
    ///
    /// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/specifying-kms-encryption.html>
    pub(crate) fn has_key_of_storage(&self, id: ResourceId) -> bool {
        self.encrypting(id).into_iter().any(|declaration| {
            let rows = carriers::carriers(&declaration.type_name).iter();
            let Some(row) = rows.clone().find(|row| row.role == Role::EncryptionKey) else { return false };
            let is_stack = declaration.type_name.starts_with("AWS::");
            let algorithm = if is_stack { "SSEAlgorithm" } else { "sse_algorithm" };
            let mut path = row.path.clone();
            path.pop();
            path.push(Step::Property(algorithm));
            let by_kms = carriers::values(&declaration.properties, &path);
            let by_kms = by_kms.iter().filter_map(|value| value.as_str());
            let names = carriers::values(&declaration.properties, &row.path);
            by_kms.into_iter().any(|algorithm| algorithm.starts_with("aws:kms"))
                && names.into_iter().all(Value::is_unset)
        })
    }

    /// What says how a resource is encrypted: itself, and what stands beside it.
    fn encrypting(&self, id: ResourceId) -> Vec<&Declaration> {
        let declaration = &self.graph.declarations[self.graph.resources[id].declaration];
        let mut all = vec![declaration];
        if &*declaration.type_name != "aws_s3_bucket" {
            return all;
        }
        // What encrypts a bucket may stand beside it.
        let beside = self.graph.of_type("aws_s3_bucket_server_side_encryption_configuration");
        let beside = beside.iter().map(|id| &self.graph.declarations[*id]);
        let is_meant = |other: &&Declaration| {
            let named = other.properties.get("bucket").and_then(Value::as_text);
            other.unit == declaration.unit
                && named.is_some_and(|named| {
                    self.graph.find_buckets(&self.graph.accounts.normalised(named), &other.unit).contains(&id)
                })
        };
        all.extend(beside.filter(is_meant));
        all
    }

    fn keys_named(&self, declaration: &Declaration) -> Vec<ResourceId> {
        let mut rows = carriers::carriers(&declaration.type_name).iter();
        let row = rows.find(|row| row.role == Role::EncryptionKey);
        let named =
            row.and_then(|row| carriers::values(&declaration.properties, &row.path).into_iter().next());
        let Some(text) = named.and_then(Value::as_text) else { return Vec::new() };
        let text = self.graph.accounts.normalised(text);
        self.graph.find_keys(&text, &declaration.unit)
    }

    /// The key of a resource whose policy does not let a service encrypt with it, so that the service delivers nothing there.
    ///
    /// <https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html>
    /// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html>
    pub(crate) fn key_shut_to(&self, id: ResourceId, service: &str) -> Option<ResourceId> {
        let keys = self.keys_of(id);
        let key = *keys.first()?;
        let span = self.graph.declarations[self.graph.resources[key].declaration].span;
        let (caller, target) = (Who::service(&Text::literal(service, span)), What::Resources(keys));
        let (caller, target) = (&caller, &target);
        let question = Question { caller, target, action: "kms:GenerateDataKey", within: None };
        self.ask(&question).answer.is_no().then_some(key)
    }

    /// The declared bucket behind an access point.
    pub(crate) fn bucket_behind(&self, point: ResourceId) -> Option<ResourceId> {
        let target = What::resource(point);
        let span = self.graph.declarations[self.graph.resources[point].declaration].span;
        let caller = Who::somebody(span);
        let question = Question { caller: &caller, target: &target, action: "s3:GetObject", within: None };
        let What::Resources(buckets) = self.behind(&question)?.0 else { return None };
        buckets.first().copied()
    }

    /// The bucket behind an access point, and what of it a request through the access point is about. `None` for all else.
    pub(super) fn behind(&self, question: &Question<'_>) -> Option<(What, Text)> {
        let What::Resources(ids) = question.target else { return None };
        let point = &self.graph.resources[*ids.first()?];
        let declaration = &self.graph.declarations[point.declaration];
        let path = match &*declaration.type_name {
            "aws_s3_access_point" => "bucket",
            "AWS::S3::AccessPoint" => "Bucket",
            _ => return None,
        };
        let named = declaration.properties.get(path)?.as_text()?;
        let named = self.graph.accounts.normalised(named);
        let buckets = self.graph.find_buckets(&named, &declaration.unit);
        let mut within = Text::default();
        within.append(buckets.first().map_or(&named, |id| &self.graph.resources[*id].arn));
        // An object is `…:accesspoint/NAME/object/KEY`.
        let object = question.within.and_then(|within| within.splitn(4, '/').into_iter().nth(3));
        if let (Some(object), Some(span)) = (object, within.span()) {
            within.push_str("/", span);
            within.append(&object);
        }
        Some((What::Resources(buckets), within))
    }

    /// Whether the bucket behind an access point allows a request through it, too, which both must.
    ///
    /// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-policies.html>
    pub(super) fn bucket_allows(&self, question: &Question<'_>) -> Answer {
        let Some((bucket, within)) = self.behind(question) else { return Answer::Yes };
        let (Some(caller), false) = (self.caller(question.caller), bucket.is_empty()) else {
            return Answer::Unknown;
        };
        let (owner, arn) = self.owner(question.target);
        let inner = Question { target: &bucket, within: Some(&within), ..*question };
        let mut whole = self.together(&caller, &inner);
        let said = |text: &Text| Presence::Values(vec![text.joined().into_owned()]);
        whole.context = whole
            .context
            .with("s3:DataAccessPointAccount", said(owner))
            .with("s3:DataAccessPointArn", said(arn));
        let request = whole.request(&caller, &inner);
        if whole.same_account.is_yes() {
            // Whether the principal needs a permission on the bucket as well, no page says.
            let reason = request.decide(&whole.said.layers).reason;
            return (!matches!(reason, Reason::Denied(Layer::Resource | Layer::ResourceControl))).into();
        }
        request.other_side(&whole.said.layers)
    }

    /// Whether a resource is encrypted with the key that AWS manages: it names no other key. `None` when nothing says
    /// with which.
    ///
    /// <https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html>
    pub(crate) fn has_aws_managed_key(&self, resource: &Resource) -> Option<Answer> {
        if !resource.declared {
            return None;
        }
        let declaration = &self.graph.declarations[resource.declaration];
        let rows = carriers::carriers(&declaration.type_name);
        let row = rows.iter().find(|row| row.role == Role::EncryptionKey)?;
        // A queue that names no key is encrypted with one that KMS does not know.
        // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-server-side-encryption.html
        let is_by_default = resource.service == "secretsmanager";
        let by_aws = |value: &Value| {
            let text = value.as_text().unwrap_or_default();
            match text.as_literal() {
                Some(key) => (key.is_empty() && is_by_default || key.contains("alias/aws/")).into(),
                // What is declared is a key of one's own.
                None if text.reference().is_some() => Answer::No,
                None => Answer::Unknown,
            }
        };
        let keys = carriers::values(&declaration.properties, &row.path);
        let each: Vec<Answer> = keys.into_iter().map(by_aws).collect();
        let (any, all) = (Answer::any(each.iter().copied()), Answer::all(each.iter().copied()));
        Some(match each.is_empty() {
            true => is_by_default.into(),
            false if any == all => all,
            false => Answer::Unknown,
        })
    }
}
