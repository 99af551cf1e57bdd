//! Bindings to declarations.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashSet;

use super::binding::{Binding, Content, IdentityKind, Source, Target, What};
use super::resource;
use crate::carriers;
use crate::diagnostic::Problem;
use crate::facts::{
    ARN, AccountHint, Bound, Declaration, FELT, LIMIT, Language, POLICY_FILE, Placed, Unit, Walked,
};
use crate::source::{SourceId, Sources, Span};
use crate::value::{
    Answer, Because, Class, Kind, List, Map, Origin, PieceKind, Symbol, Text, UnitKey, Value, When, Within,
};

/// What templates declare, by type and literal name, so that nothing is declared twice.
#[derive(Debug, Default)]
pub(super) struct Declared(FxHashSet<(&'static str, String)>);

/// Types of both languages that are one thing.
const ALIKE: [(&str, &str); 14] = [
    ("AWS::IAM::Role", "aws_iam_role"),
    ("AWS::IAM::User", "aws_iam_user"),
    ("AWS::IAM::Group", "aws_iam_group"),
    ("AWS::S3::Bucket", "aws_s3_bucket"),
    ("AWS::SQS::Queue", "aws_sqs_queue"),
    ("AWS::SNS::Topic", "aws_sns_topic"),
    ("AWS::SecretsManager::Secret", "aws_secretsmanager_secret"),
    ("AWS::Lambda::Function", "aws_lambda_function"),
    ("AWS::ECR::Repository", "aws_ecr_repository"),
    ("AWS::DynamoDB::Table", "aws_dynamodb_table"),
    ("AWS::Kinesis::Stream", "aws_kinesis_stream"),
    ("AWS::Events::EventBus", "aws_cloudwatch_event_bus"),
    ("AWS::Serverless::Function", "aws_lambda_function"),
    ("AWS::Backup::BackupVault", "aws_backup_vault"),
];

impl Declared {
    /// The names of declarations.
    pub(super) fn of(declarations: &[Declaration]) -> Self {
        let entry = |one: &Declaration| {
            let (_, type_name) =
                ALIKE.iter().find(|(other, own)| *other == &*one.type_name || *own == &*one.type_name)?;
            let template = carriers::name_template(&one.type_name)?;
            let property = template.strip_prefix("${")?.strip_suffix('}')?;
            Some((*type_name, one.properties.get(property)?.as_str()?.into_owned()))
        };
        Self(declarations.iter().filter_map(entry).collect())
    }

    /// Whether a template declares an identity of this name.
    pub(super) fn has_identity(&self, kind: IdentityKind, name: &str) -> bool {
        let type_name = identity_type(kind);
        self.0.iter().any(|(known, own)| *known == type_name && own.eq_ignore_ascii_case(name))
    }

    /// Whether a template declares the resource of an ARN.
    pub(super) fn has_resource(&self, arn: &Text) -> bool {
        resource::named(arn).is_some_and(|named| self.0.contains(&named))
    }
}

fn identity_type(kind: IdentityKind) -> &'static str {
    match kind {
        IdentityKind::Role => "aws_iam_role",
        IdentityKind::User => "aws_iam_user",
        IdentityKind::Group => "aws_iam_group",
    }
}

/// The declarations that bindings make.
pub(super) fn declare(bindings: Vec<Binding>, declared: &Declared, sources: &Sources) -> Walked {
    let mut maker = Maker { sources, declared, walked: Walked::default(), used: BTreeSet::new() };
    let mut identities: BTreeMap<(String, String), Vec<Binding>> = BTreeMap::new();
    for one in bindings {
        maker.evidence(&one);
        let account = one.account.as_ref().map(Text::to_string).unwrap_or_default();
        match &one.target {
            Target::Identity(kind, name) => {
                let name = format!("{}/{}", kind.name(), name.to_ascii_lowercase());
                identities.entry((name, account)).or_default().push(one);
            }
            Target::SomeRole(files) => {
                identities.entry((format!("some/{files}"), account)).or_default().push(one);
            }
            Target::Resource(_) => maker.resource(one),
            Target::Key(_) => maker.key(one),
            Target::Account => maker.organization(one),
            Target::Unknown => maker.unbound(one),
        }
    }
    for of_one in identities.into_values() {
        for cluster in maker.clusters(of_one) {
            maker.identity(cluster);
        }
    }
    maker.walked
}

struct Maker<'s> {
    sources: &'s Sources,
    declared: &'s Declared,
    walked: Walked,
    used: BTreeSet<UnitKey>,
}

/// Where a document is written.
#[derive(Clone, Copy)]
struct Place {
    file: SourceId,
    body: Span,
}

impl Place {
    fn of(one: &Binding) -> Self {
        Self { file: one.file, body: one.content.span() }
    }
}

impl<'s> Maker<'s> {
    /// The unit of what a binding makes, which is that of its file.
    fn unit(&mut self, one: &Binding, label: &str) -> UnitKey {
        let path = self.sources.path(one.file);
        let mut key = UnitKey::of(path);
        while self.used.contains(&key) {
            key = key.within(Within::Deployment, label);
        }
        let own = match &one.target {
            Target::Resource(arn) => resource::account_of(arn),
            _ => None,
        };
        let evidence =
            if one.account.is_some() { "`account` of `[[policy]]`" } else { "ARN of the resource" };
        let said = one.account.as_ref().or(own.as_ref()).filter(|account| !account.is_empty());
        let hint = |account: &Text| AccountHint {
            account: account.shown_at(account.span().unwrap_or(one.content.span())),
            span: one.evidence.or(account.span()).unwrap_or(one.content.span()),
            evidence: evidence.to_owned(),
        };
        let directory = path.rsplit_once('/').map_or("", |(directory, _)| directory);
        self.walked.units.push(Unit {
            key: key.at(path),
            language: Language::Policy,
            // What says its account is not asked for its path first.
            path: if said.is_some() { directory } else { path }.to_owned(),
            files: Vec::new(),
            hints: said.map(hint).into_iter().collect(),
            region: None,
            placed: Placed::Deployed,
        });
        self.used.insert(key.at(path));
        key
    }

    fn push(
        &mut self,
        unit: &UnitKey,
        (type_name, address): (&'static str, &str),
        at: Place,
        properties: Map,
    ) {
        self.walked.declarations.push(Declaration {
            unit: unit.at(unit.path()),
            origin: Origin::declared(unit, type_name, address),
            address: address.into(),
            type_name: type_name.into(),
            span: Span::start_of(at.file),
            body: at.body,
            present: Answer::Yes,
            when: When::default(),
            properties,
        });
    }

    fn file_name(&self, file: SourceId) -> &'s str {
        let path = self.sources.path(file);
        path.rsplit('/').next().unwrap_or(path)
    }

    /// A document of which nobody knows whose it is: a policy file, or what only limits others.
    fn unbound(&mut self, one: Binding) {
        let (name, at) = (self.file_name(one.file), Place::of(&one));
        let unit = self.unit(&one, name);
        let Content::Document(document) = one.content else { return };
        let limits = matches!(
            one.what,
            What::Boundary | What::Session | What::ServiceControl | What::ResourceControl | What::Endpoint
        );
        let mut properties = Map::default();
        let property = if limits { LIMIT } else { "document" };
        properties.insert(property, Span::start_of(one.file), document);
        self.push(&unit, (POLICY_FILE, name), at, properties);
    }

    /// A resource with its policy.
    fn resource(&mut self, one: Binding) {
        let Target::Resource(arn) = &one.target else { return };
        let Some(address) = resource::address(arn) else { return self.unbound(one) };
        let at = Place::of(&one);
        let unit = self.unit(&one, &address);
        let origin = |type_name: &'static str| Origin::declared(&unit, type_name, address.as_str());
        let (Target::Resource(arn), Content::Document(document)) = (one.target, one.content) else { return };
        for made in resource::make(arn, document, origin).into_iter().flatten() {
            self.push(&unit, (made.type_name, &address), at, made.properties);
        }
    }

    /// A key of the account, by its ID or alias.
    fn key(&mut self, one: Binding) {
        let Target::Key(name) = &one.target else { return };
        let (unit, at) = (self.unit(&one, name), Place::of(&one));
        let span = at.body;
        let address = format!("key/{name}");
        let own = Origin::declared(&unit, "aws_kms_key", address.as_str());
        let mut properties = Map::default();
        if name.starts_with("alias/") {
            let id = Symbol::new(Class::Computed, own.attribute("key_id"), Because::Computed);
            let mut alias = Map::default();
            alias.insert("name", span, Value::literal(name.as_str(), span));
            let target = Text::symbol(id, span).referring(&own);
            alias.insert("target_key_id", span, Value::text(target, span));
            self.push(&unit, ("aws_kms_alias", name), at, alias);
        } else {
            let symbol = |class| PieceKind::Symbol(Symbol::new(class, &unit, Because::Run));
            let mut arn = Text::literal("arn:", span);
            arn.push(symbol(Class::Partition), span);
            arn.push_str(":kms:", span);
            arn.push(symbol(Class::Region), span);
            arn.push_str(":", span);
            arn.push(symbol(Class::Account), span);
            arn.push_str(format!(":key/{name}"), span);
            properties.insert("key_id", span, Value::literal(name.as_str(), span));
            properties.insert(ARN, span, Value::text(arn, span));
        }
        let Content::Document(document) = one.content else { return };
        properties.insert("policy", span, document);
        self.push(&unit, ("aws_kms_key", &address), at, properties);
    }

    /// What an organization says of the account that the binding names.
    fn organization(&mut self, one: Binding) {
        let kind = match one.what {
            What::ServiceControl => "SERVICE_CONTROL_POLICY",
            What::ResourceControl => "RESOURCE_CONTROL_POLICY",
            _ => return self.unbound(one),
        };
        let (name, at) = (self.file_name(one.file), Place::of(&one));
        let (unit, span) = (self.unit(&one, name), at.body);
        let Content::Document(document) = one.content else { return };
        let own = Origin::declared(&unit, "aws_organizations_policy", name);
        let mut policy = Map::default();
        policy.insert("name", span, Value::literal(name, span));
        policy.insert("type", span, Value::literal(kind, span));
        policy.insert("content", span, document);
        self.push(&unit, ("aws_organizations_policy", name), at, policy);
        let id = Symbol::new(Class::Computed, own.attribute("id"), Because::Computed);
        let mut attachment = Map::default();
        attachment.insert("policy_id", span, Value::text(Text::symbol(id, span).referring(&own), span));
        let account = Symbol::new(Class::Account, &unit, Because::Run);
        attachment.insert("target_id", span, Value::unknown(account, span));
        attachment.insert(FELT, span, Value::new(Kind::Bool(true), span));
        self.push(&unit, ("aws_organizations_policy_attachment", name), at, attachment);
    }

    /// Says where a binding is known from.
    fn evidence(&mut self, one: &Binding) {
        if matches!(one.target, Target::Unknown) {
            return;
        }
        self.walked.bindings.push(Bound {
            file: one.file,
            subject: format!("{}{}", one.what.name(), one.target.shown()),
            evidence: match one.source {
                Source::Configuration => "`[[policy]]`",
                Source::Content => "the document itself",
                Source::Names => "the names of the files",
            },
            place: one.evidence,
        });
    }
}

/// The directories of a path, from the root.
fn directories(path: &str) -> Vec<&str> {
    let mut parts: Vec<&str> = path.split('/').collect();
    parts.pop();
    parts
}

impl Maker<'_> {
    /// The bindings of one name as those of each identity: one, or one for each directory that has a trust policy, for such are
    /// copies for several accounts.
    fn clusters(&mut self, all: Vec<Binding>) -> Vec<Vec<Binding>> {
        let (trusts, others): (Vec<_>, Vec<_>) = all.into_iter().partition(|one| one.what == What::Trust);
        let mut homes: Vec<(Vec<&str>, Vec<Binding>)> = Vec::new();
        for one in trusts {
            let directory = directories(self.sources.path(one.file));
            match homes.iter().find(|(home, _)| *home == directory) {
                None => homes.push((directory, vec![one])),
                Some((_, first)) => {
                    let first = first.first().map_or("", |first| self.sources.path(first.file));
                    let message = format!(
                        "`{}` and `{first}` are both bound as {}{}: the second one is used",
                        self.sources.path(one.file),
                        one.what.name(),
                        one.target.shown()
                    );
                    let place = one.evidence.unwrap_or_else(|| one.content.span());
                    self.walked.problems.push(Problem::note(place, message));
                }
            }
        }
        if homes.len() < 2 {
            let first = homes.pop().map(|(_, first)| first).unwrap_or_default();
            return vec![first.into_iter().chain(others).collect()];
        }
        for one in others {
            let directory = directories(self.sources.path(one.file));
            let shared = |home: &[&str]| home.iter().zip(&directory).take_while(|(a, b)| a == b).count();
            let most = homes.iter().map(|(home, _)| shared(home)).max().unwrap_or_default();
            // What is as near to several is for each of them.
            let nearest = homes.iter_mut().filter(|(home, _)| shared(home) == most);
            nearest.for_each(|(_, of_it)| of_it.push(one.clone()));
        }
        homes.into_iter().map(|(_, of_it)| of_it).collect()
    }

    /// An identity with its policies.
    fn identity(&mut self, all: Vec<Binding>) {
        let Some(first) = all.first() else { return };
        let (kind, name, address) = match &first.target {
            Target::Identity(kind, name) => (*kind, Some(name), format!("{}/{name}", kind.name())),
            Target::SomeRole(file) => (IdentityKind::Role, None, file.to_owned()),
            _ => return,
        };
        let (unit, at, type_name) = (self.unit(first, &address), Place::of(first), identity_type(kind));
        let own = Origin::declared(&unit, type_name, address.as_str());
        let by_name = name.map_or_else(
            || {
                let symbol = Symbol::new(Class::Computed, own.attribute("name"), Because::Computed);
                Text::symbol(symbol, at.body)
            },
            |name| Text::literal(name.as_str(), at.body),
        );
        let mut properties = Map::default();
        if let Some(name) = name {
            properties.insert("name", at.body, Value::literal(name.as_str(), at.body));
        }
        let is_elsewhere = name.is_some_and(|name| self.declared.has_identity(kind, name));
        let (policies, others): (Vec<_>, Vec<_>) =
            all.into_iter().partition(|one| one.what == What::Identity);
        if policies.is_empty() {
            // What else it has, nobody says.
            let open = Kind::List(List { open: true, ..List::default() });
            properties.insert("managed_policy_arns", at.body, Value::new(open, at.body));
        }
        let by_name = if others.is_empty() && is_elsewhere {
            by_name
        } else {
            for one in others {
                self.limited(&unit, &address, one, &mut properties);
            }
            self.push(&unit, (type_name, &address), at, properties);
            by_name.referring(&own)
        };
        for one in policies {
            let name = Value::text(by_name.shown_at(one.content.span()), one.content.span());
            self.attached(&unit, (kind, &address), name, one);
        }
    }

    /// Adds the trust policy or the boundary of an identity to its properties.
    fn limited(&mut self, unit: &UnitKey, address: &str, one: Binding, properties: &mut Map) {
        let (at, name) = (Place::of(&one), self.file_name(one.file));
        let span = at.body;
        match (one.what, one.content) {
            (What::Trust, Content::Document(document)) => {
                properties.insert("assume_role_policy", span, document);
            }
            (What::Boundary, Content::Managed(arn)) => {
                properties.insert("permissions_boundary", span, Value::text(arn, span));
            }
            (What::Boundary, Content::Document(document)) => {
                let address = format!("{address}/{name}");
                let own = Origin::declared(unit, "aws_iam_policy", address.as_str());
                let mut policy = Map::default();
                policy.insert("policy", span, document);
                self.push(unit, ("aws_iam_policy", &address), at, policy);
                let arn = Symbol::new(Class::Computed, own.attribute("arn"), Because::Computed);
                let arn = Text::symbol(arn, span).referring(&own);
                properties.insert("permissions_boundary", span, Value::text(arn, span));
            }
            _ => {}
        }
    }

    /// A policy of an identity.
    fn attached(&mut self, unit: &UnitKey, (kind, address): (IdentityKind, &str), name: Value, one: Binding) {
        let (inline, managed) = match kind {
            IdentityKind::Role => ("aws_iam_role_policy", "aws_iam_role_policy_attachment"),
            IdentityKind::User => ("aws_iam_user_policy", "aws_iam_user_policy_attachment"),
            IdentityKind::Group => ("aws_iam_group_policy", "aws_iam_group_policy_attachment"),
        };
        let at = Place::of(&one);
        let address = match &one.target {
            // Beside the trust policy it is a file of its own.
            Target::SomeRole(_) => self.sources.path(one.file).to_owned(),
            _ => format!("{address}/{}", self.file_name(one.file)),
        };
        let mut properties = Map::default();
        properties.insert(kind.name(), at.body, name);
        let type_name = match one.content {
            Content::Document(document) => {
                properties.insert("policy", at.body, document);
                inline
            }
            Content::Managed(arn) => {
                properties.insert("policy_arn", at.body, Value::text(arn, at.body));
                managed
            }
        };
        self.push(unit, (type_name, &address), at, properties);
    }
}
