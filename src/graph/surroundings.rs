//! What else a template says that limits whom the policy of a resource lets in: that a bucket is a website or cuts
//! public policies off, that a search domain is reached only from within a network, that an API is private.
//!
//! Each is an answer: a switch may be a variable without a value, and what stands beside a resource may not be
//! deployed.

use rustc_hash::FxHashMap;

use super::build::Builder;
use super::{DeclarationId, ResourceId};
use crate::accounts::normalise::{Key, key};
use crate::bounds;
use crate::facts::Declaration;
use crate::value::{Answer, Kind, Map, Text, Value};

/// What a template says beside a policy that limits whom it lets in, or says that it is meant so.
#[derive(Clone, Copy, Debug)]
pub struct Surroundings {
    /// It serves a website: meant for everybody.
    pub website: Answer,
    /// A distribution of `CloudFront` serves it.
    pub distribution: Answer,
    /// An access control list of it lets everybody read.
    pub public_list: Answer,
    /// What would refuse public policies of it or cut them off is written to be off.
    pub public_opened: Answer,
    /// What would refuse public policies of it or cut them off is off, be it written or the default of a block that is there.
    pub public_unblocked: Answer,
    /// What says that everybody is meant, where that itself may not be there.
    pub perhaps_meant: Option<Meant>,
    /// Its public policies are refused or cut off, or it is reached only from within a network.
    pub public_cut_off: Answer,
    /// Public policies of it are refused when somebody writes them.
    pub public_refused: Answer,
    /// It is a search domain that asks every request who sends it. Unknown where nothing says so.
    pub fine_grained: Answer,
    /// It is an API that nobody reaches unless its policy lets them in.
    pub private: Answer,
    /// Whether some method of the API takes signed requests only, as far as its methods are declared.
    pub signed: Option<Answer>,
    /// Whether access control lists of it count: not where its owner owns all objects. Unknown where nothing says so.
    pub lists_count: Answer,
    /// Whether lists that let in everybody are neither refused nor ignored. Unknown where nothing says so.
    pub lists_may_be_public: Answer,
}

/// What says that a bucket is for everybody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meant {
    /// It serves a website.
    Website,
    /// A distribution of `CloudFront` serves it.
    Distribution,
    /// An access control list of it lets everybody read.
    List,
    /// What would refuse public policies is written to be off.
    Opened,
}

impl Default for Surroundings {
    fn default() -> Self {
        Self {
            website: Answer::No,
            distribution: Answer::No,
            public_list: Answer::No,
            public_opened: Answer::No,
            public_unblocked: Answer::No,
            perhaps_meant: None,
            public_cut_off: Answer::No,
            public_refused: Answer::No,
            fine_grained: Answer::Unknown,
            private: Answer::No,
            signed: None,
            lists_count: Answer::Unknown,
            lists_may_be_public: Answer::Unknown,
        }
    }
}

/// What an account, or its organization, says of all buckets of the account.
#[derive(Clone, Copy, Debug)]
pub(super) struct Blocked {
    /// Public policies are refused or cut off.
    policies: Answer,
    /// Public policies are refused.
    refused: Answer,
    /// Lists that let in everybody are refused or ignored.
    lists: Answer,
}

impl Blocked {
    const NO: Self = Self { policies: Answer::No, refused: Answer::No, lists: Answer::No };

    fn or(self, other: Self) -> Self {
        let refused = self.refused.or(other.refused);
        Self { policies: self.policies.or(other.policies), refused, lists: self.lists.or(other.lists) }
    }

    fn and(self, present: Answer) -> Self {
        let refused = self.refused.and(present);
        Self { policies: self.policies.and(present), refused, lists: self.lists.and(present) }
    }
}

/// What accounts say of all their buckets.
#[derive(Default)]
pub(super) struct BlockedAccounts {
    /// By the account.
    of: FxHashMap<Key, Blocked>,
    /// What some account says of which the id is not known, and what any account says.
    unnamed: Option<Blocked>,
    any: Option<Blocked>,
}

impl BlockedAccounts {
    fn add(&mut self, account: &Text, blocked: Blocked) {
        let or = |known: Option<Blocked>| Some(known.unwrap_or(Blocked::NO).or(blocked));
        if account.as_literal().is_none() {
            self.unnamed = or(self.unnamed);
        }
        self.any = or(self.any);
        let own = self.of.entry(key(account)).or_insert(Blocked::NO);
        *own = own.or(blocked);
    }

    /// What is said of an account: by itself, and perhaps by one of which nobody knows that it is another.
    fn of(&self, account: &Text) -> Blocked {
        let own = self.of.get(&key(account)).copied().unwrap_or(Blocked::NO);
        let perhaps = if account.as_literal().is_some() { self.unnamed } else { self.any };
        own.or(perhaps.unwrap_or(Blocked::NO).and(Answer::Unknown))
    }
}

/// One thing that a declaration says of a resource.
#[derive(Clone, Copy)]
enum Said {
    Website(Answer),
    Distribution(Answer),
    PublicList(Answer),
    PublicOpened(Answer),
    PublicUnblocked(Answer),
    PublicCutOff(Answer),
    PublicRefused(Answer),
    FineGrained(Answer),
    Private(Answer),
    Signed(Answer),
    ListsCount(Answer),
    ListsMayBePublic(Answer),
}

impl Surroundings {
    /// Adds what is said by something that is there as surely as this.
    fn note(&mut self, said: Said, present: Answer) {
        let replace = |known: &mut Answer, said: Answer| match present {
            Answer::No => {}
            Answer::Unknown => *known = Answer::Unknown,
            Answer::Yes if said == Answer::Unknown => {}
            Answer::Yes => *known = said,
        };
        let meant = match said {
            Said::Website(on) => Some((on, Meant::Website)),
            Said::Distribution(on) => Some((on, Meant::Distribution)),
            Said::PublicList(on) => Some((on, Meant::List)),
            Said::PublicOpened(on) => Some((on, Meant::Opened)),
            _ => None,
        };
        if let Some((Answer::Yes, meant)) = meant.filter(|_| present == Answer::Unknown) {
            self.perhaps_meant.get_or_insert(meant);
        }
        match said {
            Said::Website(on) => self.website = self.website.or(on.and(present)),
            Said::Distribution(on) => self.distribution = self.distribution.or(on.and(present)),
            Said::PublicList(on) => self.public_list = self.public_list.or(on.and(present)),
            Said::PublicOpened(on) => self.public_opened = self.public_opened.or(on.and(present)),
            Said::PublicUnblocked(on) => self.public_unblocked = self.public_unblocked.or(on.and(present)),
            Said::PublicCutOff(on) => self.public_cut_off = self.public_cut_off.or(on.and(present)),
            Said::PublicRefused(on) => self.public_refused = self.public_refused.or(on.and(present)),
            Said::FineGrained(on) => replace(&mut self.fine_grained, on),
            Said::Private(on) => self.private = self.private.or(on.and(present)),
            Said::Signed(on) => {
                self.signed = Some(self.signed.unwrap_or(Answer::No).or(on.and(present)));
            }
            Said::ListsCount(on) => replace(&mut self.lists_count, on),
            Said::ListsMayBePublic(on) => replace(&mut self.lists_may_be_public, on),
        }
    }
}

impl Builder<'_> {
    /// Notes on resources what stands in their own declarations and in those beside them.
    pub(super) fn surroundings(&mut self, index: DeclarationId, declaration: &Declaration) {
        for origin in origins(declaration) {
            for id in self.called("s3", &declaration.unit, &self.graph.accounts.normalised(origin)) {
                let said = Said::Distribution(Answer::Yes);
                self.graph.resources[id].surroundings.note(said, declaration.present);
            }
        }
        if &*declaration.type_name == "aws_s3_account_public_access_block" {
            self.blocks_account(declaration);
        }
        let Some((names, said)) = said(&declaration.type_name, &declaration.properties) else { return };
        let resources = match names {
            None => self.own_resource(index).map(|id| (id, Answer::Yes)).into_iter().collect(),
            Some((service, property)) => self.named(declaration, service, property),
        };
        for (id, named) in resources {
            // A resource that may not be deployed is judged as if it were, with what is written in it.
            let present = if names.is_some() { named.and(declaration.present) } else { named };
            for one in &said {
                self.graph.resources[id].surroundings.note(*one, present);
            }
        }
    }

    /// Notes what an account says of all its buckets.
    fn blocks_account(&mut self, declaration: &Declaration) {
        let properties = &declaration.properties;
        let written = properties.get("account_id").filter(|value| !value.is_unset());
        let account = match written.map(Value::as_text) {
            None => self.graph.accounts.of(&declaration.unit).into_owned(),
            Some(text) => self.graph.accounts.normalised(text.unwrap_or_default()),
        };
        let blocked = Blocked {
            policies: cuts_off(properties, "block_public_policy", "restrict_public_buckets"),
            refused: is_true(properties, "block_public_policy"),
            lists: !may_be_public(properties, "block_public_acls", "ignore_public_acls"),
        };
        self.blocked_accounts.add(&account, blocked.and(declaration.present));
    }

    /// Notes on each bucket what its account and its organization say of all buckets: the strictest of all counts. What an
    /// organization says stands in place of what the account says.
    ///
    /// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html>,
    /// <https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_s3.html>
    pub(super) fn join_blocked_accounts(&mut self) {
        let blocked = std::mem::take(&mut self.blocked_accounts);
        if blocked.of.is_empty() && !self.graph.organization.blocks_buckets() {
            return;
        }
        let buckets = self.graph.resources.with_ids().filter(|(_, resource)| resource.service == "s3");
        let ids: Vec<ResourceId> = buckets.map(|(id, _)| id).collect();
        let mut known: FxHashMap<Key, Blocked> = FxHashMap::default();
        for id in ids {
            let account = &self.graph.resources[id].account;
            let of_account = || match self.graph.blocks_buckets(account) {
                None => blocked.of(account),
                Some(Answer::No) => blocked.of(account).and(Answer::Unknown),
                Some(all) => Blocked { policies: all, refused: all, lists: all },
            };
            let blocked = *known.entry(key(account)).or_insert_with(of_account);
            let surroundings = &mut self.graph.resources[id].surroundings;
            surroundings.public_cut_off = surroundings.public_cut_off.or(blocked.policies);
            surroundings.public_refused = surroundings.public_refused.or(blocked.refused);
            surroundings.lists_may_be_public = surroundings.lists_may_be_public.and(!blocked.lists);
        }
    }

    /// The resources of a service that a property names, each with whether it is surely that one.
    fn named(&self, declaration: &Declaration, service: &str, property: &str) -> Vec<(ResourceId, Answer)> {
        let Some(value) = declaration.properties.get(property) else { return Vec::new() };
        let texts = value.items().into_iter().filter_map(Value::as_text);
        let mut found: Vec<ResourceId> = texts
            .map(|text| self.graph.accounts.normalised(text))
            .flat_map(|named| self.called(service, &declaration.unit, &named))
            .collect();
        found.sort_unstable();
        found.dedup();
        let all = value.alternatives();
        let surely = all.len() == 1 || found.len() == 1 && all.iter().all(|one| one.as_text().is_some());
        let surely = if surely { Answer::Yes } else { Answer::Unknown };
        found.into_iter().map(|id| (id, surely)).collect()
    }
}

/// The buckets that a distribution of `CloudFront` serves: by an attribute of theirs, or by name, as `NAME.s3.amazonaws.com`.
///
/// <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/DownloadDistS3AndCustomOrigins.html>
fn origins(declaration: &Declaration) -> Vec<Text> {
    let properties = &declaration.properties;
    let (all, domain) = match &*declaration.type_name {
        "aws_cloudfront_distribution" => (properties.get("origin"), "domain_name"),
        "AWS::CloudFront::Distribution" => {
            let config = properties.get("DistributionConfig").and_then(Value::as_map);
            (config.and_then(|config| config.get("Origins")), "DomainName")
        }
        _ => return Vec::new(),
    };
    let maps = all.into_iter().flat_map(Value::items).filter_map(Value::as_map);
    let domains =
        maps.filter_map(|origin| origin.get(domain)).flat_map(Value::items).filter_map(Value::as_text);
    domains.map(bucket_of).collect()
}

/// The name before `.s3`, or the whole text.
fn bucket_of(domain: Text) -> Text {
    let mut parts = domain.splitn(2, '.').into_iter();
    match (parts.next(), parts.next()) {
        (Some(name), Some(rest)) if rest.begins_with("s3") => name,
        _ => domain,
    }
}

/// Of what a declaration of a type says something (`None` for itself, or a service and the property that names it), and
/// what.
type Says = (Option<(&'static str, &'static str)>, Vec<Said>);

fn said(type_name: &str, properties: &Map) -> Option<Says> {
    let bucket = Some(("s3", "bucket"));
    let set = |name: &str| ask(properties, name, Answer::No, &is_set);
    Some(match type_name {
        "aws_s3_bucket" => {
            (None, vec![Said::Website(set("website")), Said::PublicList(is_public_list(properties, "acl"))])
        }
        "aws_s3_bucket_acl" => (bucket, vec![Said::PublicList(is_public_list(properties, "acl"))]),
        "AWS::S3::Bucket" => (None, of_bucket(properties)),
        "aws_s3_bucket_website_configuration" => (bucket, vec![Said::Website(Answer::Yes)]),
        "aws_s3_bucket_public_access_block" => {
            let cut_off = cuts_off(properties, "block_public_policy", "restrict_public_buckets");
            let public = may_be_public(properties, "block_public_acls", "ignore_public_acls");
            let opened = is_opened(properties, "block_public_policy", "restrict_public_buckets");
            let said = vec![
                Said::PublicCutOff(cut_off),
                Said::PublicRefused(is_true(properties, "block_public_policy")),
                Said::PublicOpened(opened),
                Said::PublicUnblocked(!cut_off),
                Said::ListsMayBePublic(public),
            ];
            (bucket, said)
        }
        "aws_s3_bucket_ownership_controls" => {
            (bucket, vec![Said::ListsCount(lists_count(properties, "rule", "object_ownership"))])
        }
        // Secrets Manager refuses a public policy then:
        // https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_PutResourcePolicy.html
        "AWS::SecretsManager::ResourcePolicy" => {
            let refused = is_true(properties, "BlockPublicPolicy");
            (Some(("secretsmanager", "SecretId")), vec![Said::PublicCutOff(refused)])
        }
        "aws_secretsmanager_secret_policy" => {
            let refused = is_true(properties, "block_public_policy");
            (Some(("secretsmanager", "secret_arn")), vec![Said::PublicCutOff(refused)])
        }
        // Security groups say who reaches it, and an open policy is what AWS suggests then:
        // https://docs.aws.amazon.com/opensearch-service/latest/developerguide/vpc.html
        "aws_elasticsearch_domain" | "aws_opensearch_domain" => {
            let asks = fine_grained(properties, "advanced_security_options", "enabled");
            (None, vec![Said::PublicCutOff(set("vpc_options")), Said::FineGrained(asks)])
        }
        "AWS::Elasticsearch::Domain" | "AWS::OpenSearchService::Domain" => {
            let asks = fine_grained(properties, "AdvancedSecurityOptions", "Enabled");
            (None, vec![Said::PublicCutOff(set("VPCOptions")), Said::FineGrained(asks)])
        }
        "aws_api_gateway_rest_api" => (None, of_api(properties, "endpoint_configuration", &["body"])),
        "AWS::ApiGateway::RestApi" => {
            (None, of_api(properties, "EndpointConfiguration", &["Body", "BodyS3Location"]))
        }
        "aws_api_gateway_method" => {
            (Some(("execute-api", "rest_api_id")), vec![Said::Signed(is_signed(properties, "authorization"))])
        }
        "AWS::ApiGateway::Method" => (
            Some(("execute-api", "RestApiId")),
            vec![Said::Signed(is_signed(properties, "AuthorizationType"))],
        ),
        _ => return None,
    })
}

/// What an API says of itself. What its definition says of its methods is not read.
///
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-private-apis.html>
fn of_api(properties: &Map, endpoint: &str, definitions: &[&str]) -> Vec<Said> {
    let says = |value: &Value| says_private(value, 0);
    let private = Said::Private(ask(properties, endpoint, Answer::No, &says));
    let defined = definitions.iter().any(|name| {
        properties.get(name).is_some_and(|value| value.alternatives().iter().any(|one| !one.is_unset()))
    });
    std::iter::once(private).chain(defined.then_some(Said::Signed(Answer::Unknown))).collect()
}

/// Whether a method takes signed requests only. Then a policy decides which accounts can send them.
///
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-authorization-flow.html>
fn is_signed(properties: &Map, name: &str) -> Answer {
    let says = |value: &Value| match value.as_str() {
        Some(word) => (word == "AWS_IAM").into(),
        None => Answer::Unknown,
    };
    ask(properties, name, Answer::No, &says)
}

/// Whether fine-grained access control is on, which authenticates what an open policy lets through.
///
/// <https://docs.aws.amazon.com/opensearch-service/latest/developerguide/fgac.html>
fn fine_grained(properties: &Map, options: &str, enabled: &str) -> Answer {
    let is_on = |value: &Value| value.as_map().map_or(Answer::Unknown, |options| is_true(options, enabled));
    let first = |value: &Value| match &value.kind {
        Kind::List(list) => list.items.first().map_or(Answer::Unknown, |one| over(one, Answer::No, &is_on)),
        _ => is_on(value),
    };
    ask(properties, options, Answer::No, &first)
}

fn of_bucket(properties: &Map) -> Vec<Said> {
    let block = |otherwise: Answer, question: &dyn Fn(&Map) -> Answer| {
        let of_map = |value: &Value| value.as_map().map_or(Answer::Unknown, question);
        ask(properties, "PublicAccessBlockConfiguration", otherwise, &of_map)
    };
    let controls = |value: &Value| {
        value.as_map().map_or(Answer::Unknown, |it| lists_count(it, "Rules", "ObjectOwnership"))
    };
    vec![
        Said::Website(ask(properties, "WebsiteConfiguration", Answer::No, &is_set)),
        Said::PublicList(is_public_list(properties, "AccessControl")),
        Said::PublicCutOff(block(Answer::No, &|block| {
            cuts_off(block, "BlockPublicPolicy", "RestrictPublicBuckets")
        })),
        Said::PublicRefused(block(Answer::No, &|block| is_true(block, "BlockPublicPolicy"))),
        Said::PublicOpened(block(Answer::No, &|block| {
            is_opened(block, "BlockPublicPolicy", "RestrictPublicBuckets")
        })),
        Said::PublicUnblocked(block(Answer::No, &|block| {
            !cuts_off(block, "BlockPublicPolicy", "RestrictPublicBuckets")
        })),
        Said::ListsMayBePublic(block(Answer::Unknown, &|block| {
            may_be_public(block, "BlockPublicAcls", "IgnorePublicAcls")
        })),
        Said::ListsCount(ask(properties, "OwnershipControls", Answer::Unknown, &controls)),
    ]
}

/// What a property says, and `otherwise` when it is not set.
fn ask(map: &Map, name: &str, otherwise: Answer, question: &dyn Fn(&Value) -> Answer) -> Answer {
    match map.get(name) {
        Some(value) => over(value, otherwise, question),
        None if map.open => Answer::Unknown,
        None => otherwise,
    }
}

/// What all alternatives of a value say; unknown when they do not agree.
fn over(value: &Value, otherwise: Answer, question: &dyn Fn(&Value) -> Answer) -> Answer {
    match &value.kind {
        Kind::Choice(all) => {
            let each = || all.iter().map(|one| over(one, otherwise, question));
            let (any, every) = (Answer::any(each()), Answer::all(each()));
            if any == every { any } else { Answer::Unknown }
        }
        Kind::Null | Kind::Absent => otherwise,
        Kind::Unknown(_) => Answer::Unknown,
        _ => question(value),
    }
}

/// Whether there is anything: a block, or a list with something in it.
fn is_set(value: &Value) -> Answer {
    let Kind::List(list) = &value.kind else { return Answer::Yes };
    let any = Answer::any(list.items.iter().map(|item| over(item, Answer::No, &|_| Answer::Yes)));
    any.or(if list.open { Answer::Unknown } else { Answer::No })
}

fn is_true(map: &Map, name: &str) -> Answer {
    ask(map, name, Answer::No, &Value::says_true)
}

/// Whether S3 refuses public policies on the bucket, or cuts off whom they let in.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html>
fn cuts_off(block: &Map, refuse: &str, restrict: &str) -> Answer {
    is_true(block, refuse).or(is_true(block, restrict))
}

/// Whether both are written to be off, as nobody does without meaning it.
fn is_opened(block: &Map, refuse: &str, restrict: &str) -> Answer {
    let is_off = |name: &str| ask(block, name, Answer::No, &|value| !value.says_true());
    is_off(refuse).and(is_off(restrict))
}

/// Whether a canned list of a bucket lets everybody read.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html#canned-acl>
fn is_public_list(properties: &Map, name: &str) -> Answer {
    const PUBLIC: [&str; 2] = ["publicread", "publicreadwrite"];
    let says = |value: &Value| match value.as_str() {
        Some(word) => PUBLIC.contains(&word.replace('-', "").to_ascii_lowercase().as_str()).into(),
        None => Answer::Unknown,
    };
    ask(properties, name, Answer::No, &says)
}

/// Whether lists that let in everybody are neither refused nor ignored.
fn may_be_public(block: &Map, refuse: &str, ignore: &str) -> Answer {
    !is_true(block, refuse).or(is_true(block, ignore))
}

/// Whether access control lists count beside who owns the objects.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html>
fn lists_count(controls: &Map, rules: &str, ownership: &str) -> Answer {
    let counts = |word: &Value| match word.as_str() {
        Some(word) => (word != "BucketOwnerEnforced").into(),
        None => Answer::Unknown,
    };
    let rule = |value: &Value| match &value.kind {
        Kind::Map(rule) => ask(rule, ownership, Answer::Unknown, &counts),
        _ => Answer::Unknown,
    };
    let first = |value: &Value| match &value.kind {
        // There is one rule at most.
        Kind::List(list) => {
            list.items.first().map_or(Answer::Unknown, |one| over(one, Answer::Unknown, &rule))
        }
        _ => rule(value),
    };
    ask(controls, rules, Answer::Unknown, &first)
}

/// `PRIVATE`, `{types = ["PRIVATE"]}`, `{Type: PRIVATE}`.
fn says_private(value: &Value, depth: usize) -> Answer {
    if depth > bounds::VALUE_DEPTH {
        return Answer::Unknown;
    }
    let deeper = |inner: &Value| over(inner, Answer::No, &|value| says_private(value, depth + 1));
    match &value.kind {
        Kind::List(list) => Answer::any(list.items.iter().map(deeper)).or(if list.open {
            Answer::Unknown
        } else {
            Answer::No
        }),
        Kind::Map(map) => {
            Answer::any(["types", "Types", "Type"].map(|name| ask(map, name, Answer::No, &deeper)))
        }
        _ => value.as_str().map_or(Answer::Unknown, |word| (word == "PRIVATE").into()),
    }
}
