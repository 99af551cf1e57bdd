//! What else a template says that limits whom the policy of a resource lets in: that a bucket is a website or cuts
//! public policies off, that a search domain is reached only from within a network, that an API is private.

use super::build::{Builder, items};
use crate::facts::Declaration;
use crate::value::{Kind, Map, Value};

impl Builder {
    /// Notes on resources what stands in their own declarations and in those beside them.
    pub(super) fn surroundings(&mut self, index: usize, declaration: &Declaration) {
        let properties = &declaration.properties;
        match &*declaration.type_name {
            "aws_s3_bucket" => self.note_own(index, is_set(properties, "website"), false),
            "AWS::S3::Bucket" => {
                let blocked = properties
                    .get("PublicAccessBlockConfiguration")
                    .and_then(Value::as_map)
                    .is_some_and(|block| cuts_off(block, "BlockPublicPolicy", "RestrictPublicBuckets"));
                self.note_own(index, is_set(properties, "WebsiteConfiguration"), blocked);
            }
            "aws_s3_bucket_website_configuration" => self.note_named(declaration, true, false),
            "aws_s3_bucket_public_access_block" => {
                let blocked = cuts_off(properties, "block_public_policy", "restrict_public_buckets");
                self.note_named(declaration, false, blocked);
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

    fn note_own(&mut self, index: usize, website: bool, cut_off: bool) {
        if let Some(resource) = self.own_resource(index).and_then(|id| self.graph.resources.get_mut(id)) {
            resource.surroundings.website |= website;
            resource.surroundings.public_cut_off |= cut_off;
        }
    }

    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-private-apis.html>
    fn note_private(&mut self, index: usize, endpoint: Option<&Value>) {
        let private = endpoint.is_some_and(|value| says_private(value, 0));
        if let Some(resource) = self.own_resource(index).and_then(|id| self.graph.resources.get_mut(id)) {
            resource.surroundings.private |= private;
        }
    }

    fn note_named(&mut self, declaration: &Declaration, website: bool, cut_off: bool) {
        let Some(named) = declaration.properties.get("bucket").and_then(Value::as_text) else { return };
        let named = self.graph.accounts.normalise(&named);
        let account = self.graph.accounts.of(&declaration.unit);
        let Some(id) = self.handle("s3", &account, &named) else { return };
        if let Some(resource) = self.graph.resources.get_mut(id) {
            resource.surroundings.website |= website;
            resource.surroundings.public_cut_off |= cut_off;
        }
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
