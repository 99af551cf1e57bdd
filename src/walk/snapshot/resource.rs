//! The policies of resources: which resource each is of, and what a template would declare it with.

use std::borrow::Cow;
use std::sync::Arc;

use super::input::Input;
use super::sketch::{Arn, Said, Sketch};
use crate::diagnostic::Problem;
use crate::source::Span;
use crate::value::{Because, Class, Map, Origin, Symbol, Text, Value};

/// What declares the policy of a resource of a service: the beginning of what its ARN names, the type, the property that names
/// the resource, and the one with the policy.
struct Row(&'static str, &'static str, &'static str, &'static str, &'static str);

/// All of them can name the resource by its ARN, but for buckets.
const ROWS: [Row; 21] = [
    Row("s3", "accesspoint/", "aws_s3control_access_point_policy", "access_point_arn", "policy"),
    Row("s3", "", "aws_s3_bucket_policy", "bucket", "policy"),
    Row("kms", "key/", "aws_kms_key_policy", "key_id", "policy"),
    Row("sqs", "", "aws_sqs_queue_policy", "queue_url", "policy"),
    Row("sns", "", "aws_sns_topic_policy", "arn", "policy"),
    Row("lambda", "function:", "aws_lambda_resource_policy", "resource_arn", "policy"),
    Row("dynamodb", "table/", "aws_dynamodb_resource_policy", "resource_arn", "policy"),
    Row("kinesis", "stream/", "aws_kinesis_resource_policy", "resource_arn", "policy"),
    Row("secretsmanager", "secret:", "aws_secretsmanager_secret_policy", "secret_arn", "policy"),
    Row("ecr", "repository/", "aws_ecr_repository_policy", "repository", "policy"),
    Row("ecr", "registry", "aws_ecr_registry_policy", "registry", "policy"),
    Row("events", "event-bus/", "aws_cloudwatch_event_bus_policy", "event_bus_name", "policy"),
    Row("es", "domain/", "aws_opensearch_domain_policy", "domain_name", "access_policies"),
    Row("elasticfilesystem", "file-system/", "aws_efs_file_system_policy", "file_system_id", "policy"),
    Row("backup", "backup-vault:", "aws_backup_vault_policy", "backup_vault_name", "policy"),
    Row("codeartifact", "domain/", "aws_codeartifact_domain_permissions_policy", "domain", "policy_document"),
    Row("acm-pca", "certificate-authority/", "aws_acmpca_policy", "resource_arn", "policy"),
    Row("kafka", "cluster/", "aws_msk_cluster_policy", "cluster_arn", "policy"),
    Row("execute-api", "", "aws_api_gateway_rest_api_policy", "rest_api_id", "policy"),
    Row("glue", "catalog", "aws_glue_resource_policy", "catalog", "policy"),
    Row("logs", "", "aws_cloudwatch_log_resource_policy", "log", "policy_document"),
];

/// A policy that was found, before it is known whose it is.
pub(super) struct Written<'a> {
    pub(super) document: Value,
    /// The ARN of its resource, when it stands beside the policy.
    pub(super) arn: Option<&'a str>,
    /// The account, when that stands there.
    pub(super) account: Option<&'a str>,
    /// Where it stands.
    pub(super) span: Span,
    pub(super) date: Option<String>,
}

/// Adds the policy of a resource. Which one that is says the configuration, the output, the policy itself, or the name of the
/// file; else it is said that nobody knows.
pub(super) fn add(written: Written<'_>, input: &Input, path: &str, said: &mut Said) {
    let named = input.resource.as_deref().map(Cow::Borrowed);
    let arn = named.or_else(|| written.arn.map(Cow::Borrowed));
    let arn = arn.or_else(|| resource_of(&written.document)).or_else(|| of_name(path));
    let whose = || "it is not known which resource this is the policy of: name it with `[[snapshot]]` and `resource` in trustlint.toml";
    let Some(arn) = arn else {
        said.problems.push(Problem::note(written.span.part(0, 0), whose()));
        return;
    };
    let Some(parsed) = Arn::parse(&arn) else {
        said.problems.push(Problem::note(written.span.part(0, 0), whose()));
        return;
    };
    let owner = input.owner.as_ref().and_then(|owner| owner.id.as_deref());
    let of_arn = Some(parsed.account).filter(|account| !account.is_empty());
    let Some(account) = of_arn.or(written.account).or(owner) else {
        let message = "this file does not say which account the resource is in: list it as `snapshot` of an account in \
                       trustlint.toml";
        said.problems.push(Problem::note(written.span.part(0, 0), message));
        return;
    };
    let account: Arc<str> = account.into();
    said.sketches.extend(sketch(parsed, &arn, account, written.document, (written.span, written.date)));
}

fn sketch(
    parsed: Arn<'_>,
    arn: &str,
    account: Arc<str>,
    document: Value,
    (span, date): (Span, Option<String>),
) -> Option<Sketch> {
    let is_it = |row: &&Row| row.0 == parsed.service && parsed.resource.starts_with(row.1);
    let Row(service, _, type_name, named_by, policy) = ROWS.iter().find(is_it)?;
    // Buckets are named, and a policy may be found by an object in one.
    let name = if *type_name == "aws_s3_bucket_policy" {
        parsed.resource.split('/').next().unwrap_or_default()
    } else {
        arn
    };
    let mut properties = Map::default();
    properties.insert(named_by, span, Value::text(in_some_region(name, span), span));
    properties.insert(policy, span, document);
    Some(Sketch {
        account,
        type_name,
        address: format!("{service}/{}", parsed.resource),
        span,
        body: span,
        properties,
        rank: (true, date),
    })
}

/// An ARN of which `*` stands for the region that is not known.
fn in_some_region(arn: &str, span: Span) -> Text {
    let Some((before, after)) = arn.split_once(":*:") else { return Text::literal(arn, span) };
    let region = Symbol::new(Class::Opaque, Origin::described("the region of the registry"), Because::Lookup);
    let mut text = Text::literal(format!("{before}:"), span);
    text.append(&Text::symbol(region, span));
    text.push_str(format!(":{after}"), span);
    text
}

/// The resource that all statements of a policy are about.
fn resource_of(document: &Value) -> Option<Cow<'static, str>> {
    let text = document.as_str()?;
    let parsed: serde_json::Value = serde_json::from_str(&text).ok()?;
    let statements = match parsed.get("Statement")? {
        serde_json::Value::Array(all) => all.iter().collect(),
        one => vec![one],
    };
    let resources = statements.into_iter().filter_map(|statement| statement.get("Resource"));
    let each = resources.flat_map(|resource| match resource {
        serde_json::Value::Array(all) => all.iter().collect(),
        one => vec![one],
    });
    let mut names =
        each.map(|resource| resource.as_str().map(|arn| arn.trim_end_matches('*').trim_end_matches('/')));
    let first = names.next()??;
    let is_one =
        !first.contains(['*', '?']) && first.starts_with("arn:") && names.all(|other| other == Some(first));
    is_one.then(|| Cow::Owned(first.to_owned()))
}

/// The ARN that a file is named by, percent-encoded.
fn of_name(path: &str) -> Option<Cow<'static, str>> {
    let name = path.rsplit('/').next()?;
    let stem = name.strip_suffix(".json").or_else(|| name.strip_suffix(".txt")).unwrap_or(name);
    let mut plain = Vec::new();
    let mut rest = stem.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let hex = after.first_chunk::<2>().filter(|_| *first == b'%');
        let byte = hex.and_then(|hex| u8::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok());
        plain.push(byte.unwrap_or(*first));
        rest = if byte.is_some() { after.get(2..).unwrap_or_default() } else { after };
    }
    String::from_utf8(plain).ok().filter(|arn| arn.starts_with("arn:")).map(Cow::Owned)
}
