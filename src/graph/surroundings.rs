//! What else a template says that limits whom the policy of a resource lets in: that a bucket is a website or cuts
//! public policies off, that a search domain is reached only from within a network, that an API is private.

use super::build::{Builder, items};
use super::{DeclarationId, ResourceId};
use crate::facts::Declaration;
use crate::value::{Answer, Kind, Map, Value};

impl Builder<'_> {
    /// Notes on resources what stands in their own declarations and in those beside them.
    pub(super) fn surroundings(&mut self, index: DeclarationId, declaration: &Declaration) {
        let properties = &declaration.properties;
        match &*declaration.type_name {
            "aws_s3_bucket" => self.note_own(index, is_set(properties, "website"), false),
            "AWS::S3::Bucket" => {
                let block = properties.get("PublicAccessBlockConfiguration").and_then(Value::as_map);
                let blocked =
                    block.is_some_and(|block| cuts_off(block, "BlockPublicPolicy", "RestrictPublicBuckets"));
                self.note_own(index, is_set(properties, "WebsiteConfiguration"), blocked);
                let rules = properties.get("OwnershipControls").and_then(Value::as_map);
                let owned = rules.and_then(|controls| lists_count(controls, "Rules", "ObjectOwnership"));
                let public =
                    block.and_then(|block| may_be_public(block, "BlockPublicAcls", "IgnorePublicAcls"));
                self.note_lists(self.own_resource(index), owned, public);
            }
            "aws_s3_bucket_website_configuration" => self.note_named(declaration, true, false),
            "aws_s3_bucket_public_access_block" => {
                let blocked = cuts_off(properties, "block_public_policy", "restrict_public_buckets");
                self.note_named(declaration, false, blocked);
                let public = may_be_public(properties, "block_public_acls", "ignore_public_acls");
                self.note_lists(self.named(declaration, "s3", "bucket"), None, public);
            }
            "aws_s3_bucket_ownership_controls" => {
                let owned = lists_count(properties, "rule", "object_ownership");
                self.note_lists(self.named(declaration, "s3", "bucket"), owned, None);
            }
            // Secrets Manager refuses a public policy then:
            // https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_PutResourcePolicy.html
            "AWS::SecretsManager::ResourcePolicy" => {
                let secret = self.named(declaration, "secretsmanager", "SecretId");
                self.note_refused(secret, properties.get("BlockPublicPolicy"));
            }
            "aws_secretsmanager_secret_policy" => {
                let secret = self.named(declaration, "secretsmanager", "secret_arn");
                self.note_refused(secret, properties.get("block_public_policy"));
            }
            // Security groups say who reaches it, and an open policy is what AWS suggests then:
            // https://docs.aws.amazon.com/opensearch-service/latest/developerguide/vpc.html
            "aws_elasticsearch_domain" | "aws_opensearch_domain" => {
                self.note_own(index, false, is_set(properties, "vpc_options"));
            }
            "AWS::Elasticsearch::Domain" | "AWS::OpenSearchService::Domain" => {
                self.note_own(index, false, is_set(properties, "VPCOptions"));
            }
            "aws_api_gateway_rest_api" => self.note_private(index, properties.get("endpoint_configuration")),
            "AWS::ApiGateway::RestApi" => self.note_private(index, properties.get("EndpointConfiguration")),
            _ => {}
        }
    }

    fn note_own(&mut self, index: DeclarationId, website: bool, cut_off: bool) {
        if let Some(resource) = self.own_resource(index).map(|id| &mut self.graph.resources[id]) {
            resource.surroundings.website |= website;
            resource.surroundings.public_cut_off |= cut_off;
        }
    }

    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-private-apis.html>
    fn note_private(&mut self, index: DeclarationId, endpoint: Option<&Value>) {
        let private = endpoint.is_some_and(|value| says_private(value, 0));
        if let Some(resource) = self.own_resource(index).map(|id| &mut self.graph.resources[id]) {
            resource.surroundings.private |= private;
        }
    }

    fn note_named(&mut self, declaration: &Declaration, website: bool, cut_off: bool) {
        let named = self.named(declaration, "s3", "bucket");
        for id in named {
            let resource = &mut self.graph.resources[id];
            resource.surroundings.website |= website;
            resource.surroundings.public_cut_off |= cut_off;
        }
    }

    fn note_refused(&mut self, resources: Vec<ResourceId>, refuses: Option<&Value>) {
        for id in resources {
            let resource = &mut self.graph.resources[id];
            resource.surroundings.public_cut_off |= refuses.is_some_and(|value| value.says_true().is_yes());
        }
    }

    fn note_lists(
        &mut self,
        buckets: impl IntoIterator<Item = ResourceId>,
        count: Option<bool>,
        public: Option<bool>,
    ) {
        for id in buckets {
            let known = &mut self.graph.resources[id].surroundings;
            known.lists_count = count.or(known.lists_count);
            known.lists_may_be_public = public.or(known.lists_may_be_public);
        }
    }

    /// The resources of a service that a property names.
    fn named(&self, declaration: &Declaration, service: &str, property: &str) -> Vec<ResourceId> {
        let texts = declaration.properties.get(property).map(items).unwrap_or_default();
        let texts = texts.into_iter().filter_map(Value::as_text);
        let mut found: Vec<ResourceId> = texts
            .map(|text| self.graph.accounts.normalise(&text))
            .flat_map(|named| self.called(service, &declaration.unit, &named))
            .collect();
        found.sort_unstable();
        found.dedup();
        found
    }
}

/// Whether access control lists count beside who owns the objects.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html>
fn lists_count(controls: &Map, rules: &str, ownership: &str) -> Option<bool> {
    let rule = controls.get(rules).map(items)?.into_iter().next()?.as_map()?;
    let word = rule.get(ownership)?.as_str()?;
    Some(word != "BucketOwnerEnforced")
}

/// Whether lists that let in everybody are neither refused nor ignored.
fn may_be_public(block: &Map, refuse: &str, ignore: &str) -> Option<bool> {
    let on = |name: &str| block.get(name).map_or(Answer::No, Value::says_true);
    match on(refuse).or(on(ignore)) {
        Answer::Yes => Some(false),
        Answer::No => Some(true),
        Answer::Unknown => None,
    }
}

/// `PRIVATE`, `{types = ["PRIVATE"]}`, `{Type: PRIVATE}`.
fn says_private(value: &Value, depth: usize) -> bool {
    let deeper = |inner: &Value| depth < 8 && says_private(inner, depth + 1);
    match &value.kind {
        Kind::List(list) => list.items.iter().any(deeper),
        Kind::Map(map) => map.entries.iter().any(|entry| deeper(&entry.value)),
        _ => value.as_str().is_some_and(|word| word == "PRIVATE"),
    }
}

fn is_set(properties: &Map, name: &str) -> bool {
    properties.get(name).is_some_and(|value| !items(value).is_empty())
}

/// Whether S3 refuses public policies on the bucket, or cuts off whom they let in.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html>
fn cuts_off(block: &Map, refuse: &str, restrict: &str) -> bool {
    let on = |name: &str| block.get(name).is_some_and(|value| value.says_true().is_yes());
    on(refuse) || on(restrict)
}
