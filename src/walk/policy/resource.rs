//! Resources by their ARNs: what is declared of one when its policy is known.

use crate::facts::ARN;
use crate::iam::arn::Arn;
use crate::source::{SourceId, Span};
use crate::value::{Because, Class, Map, Origin, PieceKind, Symbol, Text, Value};

/// Where the policy of a resource stands.
#[derive(Clone, Copy)]
enum Place {
    /// In a property of the resource.
    Own(&'static str),
    /// In the property `policy` of another type, of which a property names the resource.
    Beside(&'static str, &'static str),
}

/// A kind of resource.
struct Kind {
    service: &'static str,
    /// What the resource part of its ARN begins with.
    prefix: &'static str,
    type_name: &'static str,
    /// The property that names it.
    name: &'static str,
    policy: Place,
    /// The property that names its key, which is not known.
    key: Option<&'static str>,
}

/// The kinds of resources with a policy.
///
/// <https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html>
const KINDS: [Kind; 12] = [
    kind("s3", "", "aws_s3_bucket", "bucket", Place::Own("policy")),
    kind("sqs", "", "aws_sqs_queue", "name", Place::Own("policy")),
    kind("sns", "", "aws_sns_topic", "name", Place::Own("policy")),
    kind("secretsmanager", "secret:", "aws_secretsmanager_secret", "name", Place::Own("policy"))
        .encrypted("kms_key_id"),
    kind("lambda", "function:", "aws_lambda_function", "function_name", Place::Own("policy")),
    kind("kms", "key/", "aws_kms_key", "key_id", Place::Own("policy")),
    kind(
        "ecr",
        "repository/",
        "aws_ecr_repository",
        "name",
        Place::Beside("aws_ecr_repository_policy", "repository"),
    ),
    kind(
        "dynamodb",
        "table/",
        "aws_dynamodb_table",
        "name",
        Place::Beside("aws_dynamodb_resource_policy", "resource_arn"),
    ),
    kind(
        "kinesis",
        "stream/",
        "aws_kinesis_stream",
        "name",
        Place::Beside("aws_kinesis_resource_policy", "resource_arn"),
    ),
    kind(
        "events",
        "event-bus/",
        "aws_cloudwatch_event_bus",
        "name",
        Place::Beside("aws_cloudwatch_event_bus_policy", "event_bus_name"),
    ),
    kind(
        "elasticfilesystem",
        "file-system/",
        "aws_efs_file_system",
        "id",
        Place::Beside("aws_efs_file_system_policy", "file_system_id"),
    ),
    kind(
        "backup",
        "backup-vault:",
        "aws_backup_vault",
        "name",
        Place::Beside("aws_backup_vault_policy", "backup_vault_name"),
    ),
];

const fn kind(
    service: &'static str,
    prefix: &'static str,
    type_name: &'static str,
    name: &'static str,
    policy: Place,
) -> Kind {
    Kind { service, prefix, type_name, name, policy, key: None }
}

impl Kind {
    const fn encrypted(self, key: &'static str) -> Self {
        Self { key: Some(key), ..self }
    }
}

/// The whole resource that an ARN in its policy is about: the bucket of `arn:aws:s3:::logs/*`. `None` for kinds that are not
/// known, and for patterns.
pub(super) fn whole(arn: &Text) -> Option<Text> {
    let parsed = Arn::parse(arn)?;
    let service = parsed.service.as_literal()?;
    // Objects of a bucket and versions of a function belong to one resource; what else is deeper has policies of its own.
    let whole = match &*service {
        "s3" if parsed.account.is_empty() => cut(arn, '/', 1),
        "lambda" => cut(arn, ':', 7),
        _ => cut(arn, '/', usize::MAX - 1),
    };
    let resource = Arn::parse(&whole)?.resource;
    let known = KINDS.iter().any(|kind| {
        let begins = *kind.service == *service && resource.begins_with(kind.prefix);
        // A text that is exactly the prefix names nothing.
        begins && !resource.is_literally(kind.prefix)
    });
    let is_name = |piece: &str| !piece.contains(['*', '?']);
    (known && literals(&whole).all(is_name)).then_some(whole)
}

/// The first parts of a text.
fn cut(text: &Text, separator: char, count: usize) -> Text {
    let mut out = Text::default();
    for (at, part) in text.splitn(count.saturating_add(1), separator).into_iter().take(count).enumerate() {
        if at > 0 {
            out.push_str(separator.to_string(), part.span().or(text.span()).unwrap_or_else(nowhere));
        }
        out.append(&part);
    }
    out
}

fn nowhere() -> Span {
    Span::start_of(SourceId::first())
}

fn literals(text: &Text) -> impl Iterator<Item = &str> {
    text.pieces().iter().filter_map(|piece| match &piece.kind {
        PieceKind::Literal(part) => Some(&**part),
        PieceKind::Symbol(_) | PieceKind::Json(_) => None,
    })
}

/// The service of an ARN that is the policy's of a known kind of resource, and the account in it.
pub(super) fn account_of(arn: &Text) -> Option<Text> {
    Arn::parse(arn).map(|arn| arn.account).filter(|account| !account.is_empty())
}

/// How messages call the resource of an ARN: `bucket/logs`.
pub(super) fn address(arn: &Text) -> Option<String> {
    let (kind, name) = kind_of(arn)?;
    // The types of Terraform say what it is: `aws_s3_bucket`, `aws_cloudwatch_event_bus`.
    let word = match kind.type_name {
        "aws_cloudwatch_event_bus" => "event-bus",
        "aws_efs_file_system" => "file-system",
        "aws_backup_vault" => "backup-vault",
        other => other.rsplit('_').next().unwrap_or(other),
    };
    Some(format!("{word}/{name}"))
}

/// The type and name under which a resource may be declared elsewhere.
pub(super) fn named(arn: &Text) -> Option<(&'static str, String)> {
    let (kind, name) = kind_of(arn)?;
    Some((kind.type_name, name.as_literal()?.into_owned()))
}

fn kind_of(arn: &Text) -> Option<(&'static Kind, Text)> {
    let parsed = Arn::parse(arn)?;
    let service = parsed.service.as_literal()?;
    let kind = KINDS.iter().find(|kind| {
        *kind.service == *service
            && parsed.resource.begins_with(kind.prefix)
            && (kind.service != "s3" || parsed.account.is_empty())
    })?;
    Some((kind, without_prefix(&parsed.resource, kind.prefix)))
}

/// A text without what it literally begins with.
fn without_prefix(text: &Text, prefix: &str) -> Text {
    let mut left = prefix.len();
    text.rewritten(|part, span, out| {
        let skipped = left.min(part.len());
        left -= skipped;
        let exact = span.len() == part.len();
        let place = if exact { span.part(skipped, part.len()) } else { span };
        out.push_str(part.get(skipped..).unwrap_or_default(), place);
    })
}

/// What is declared of a resource: types with their properties, the resource itself first.
pub(super) struct Made {
    pub(super) type_name: &'static str,
    pub(super) properties: Map,
}

/// A resource of this ARN with its policy; `None` for kinds that are not known. `origin` makes the origin of the resource from
/// its type.
pub(super) fn make(arn: Text, policy: Value, origin: impl Fn(&'static str) -> Origin) -> Option<Vec<Made>> {
    let (kind, name) = kind_of(&arn)?;
    let span = policy.span;
    let own = origin(kind.type_name);
    let mut properties = Map::default();
    properties.insert(kind.name, span, Value::text(name.shown_at(span), span));
    properties.insert(ARN, span, Value::text(arn, span));
    if let Some(key) = kind.key {
        let symbol = Symbol::new(Class::Opaque, "the key of the resource", Because::Input);
        properties.insert(key, span, Value::unknown(symbol, span));
    }
    let mut beside = None;
    match kind.policy {
        Place::Own(property) => properties.insert(property, span, policy),
        Place::Beside(type_name, attach) => {
            let mut properties = Map::default();
            properties.insert(attach, span, Value::text(name.referring(&own), span));
            properties.insert("policy", span, policy);
            beside = Some(Made { type_name, properties });
        }
    }
    let whole = Made { type_name: kind.type_name, properties };
    Some(std::iter::once(whole).chain(beside).collect())
}
