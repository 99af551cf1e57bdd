//! What is declared to be delivered to a resource, which may be one of another account: messages, notifications, events, logs,
//! copies of objects and of backups, images and layers of functions.
//!
//! Where a destination is named is said by a table: a type, the property, and what stands beside it.

use super::{DeclarationId, Graph, ResourceId, arn_of};
use crate::accounts::normalise::key;
use crate::carriers::{self, Step};
use crate::facts::Declaration;
use crate::iam::arn::Arn;
use crate::source::Span;
use crate::value::{Answer, Text, UnitKey, Value, Via};

/// What is delivered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cargo {
    /// Copies of the objects of a bucket.
    Replicas,
    /// What is published to a topic.
    Messages,
    /// What happens in a bucket.
    Notifications,
    /// Events that a rule matches.
    Events,
    /// Log events of a log group.
    Logs,
    /// Copies of backups.
    Backups,
    /// The image that a function is made of.
    Image,
    /// A layer of a function.
    Layer,
}

/// Something that is declared to be delivered to a resource of the analyzed files, or to be got from one.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// What.
    pub cargo: Cargo,
    /// Where it is declared.
    pub declaration: DeclarationId,
    /// Where the resource is named.
    pub span: Span,
    /// The references that it is named through.
    pub via: Via,
    /// The resource: all declarations that may be meant.
    pub target: Vec<ResourceId>,
    /// The ARN of what sends it; empty where that is not known.
    pub source: Text,
    /// The account of what sends it.
    pub account: Text,
    /// The ARN of the role as which it is delivered; empty for one that is not known.
    pub role: Option<Text>,
    /// Whether copies are to belong to the account of the resource.
    pub changes_owner: Answer,
    /// The keys that copies are encrypted with.
    pub keys: Vec<ResourceId>,
    /// Whether it certainly is so.
    pub present: Answer,
}

/// Where declarations of a type say that something is delivered.
#[derive(Clone, Copy)]
struct Row {
    type_name: &'static str,
    cargo: Cargo,
    /// What names the resource.
    to: &'static [Step],
    /// What names that which sends it; the declaration itself where there is none.
    from: &'static [Step],
    /// The role as which it is delivered.
    role: &'static [Step],
}

const fn row(type_name: &'static str, cargo: Cargo, to: &'static [Step], from: &'static [Step]) -> Row {
    Row { type_name, cargo, to, from, role: &[] }
}

const fn by_role(row: Row, role: &'static [Step]) -> Row {
    Row { role, ..row }
}

use Step::{Each, Property};

/// Where destinations are named.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-walkthrough-2.html>
/// <https://docs.aws.amazon.com/sns/latest/dg/sns-send-message-to-sqs-cross-account.html>
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/grant-destinations-permissions-to-s3.html>
/// <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-cross-account.html>
/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CrossAccountSubscriptions.html>
/// <https://docs.aws.amazon.com/aws-backup/latest/devguide/create-cross-account-backup.html>
/// <https://docs.aws.amazon.com/lambda/latest/dg/images-create.html>
/// <https://docs.aws.amazon.com/lambda/latest/dg/permissions-layer-cross-account.html>
static ROWS: [Row; 21] = [
    row("AWS::Backup::BackupPlan", Cargo::Backups, COPIES_OF_STACK, &[]),
    by_role(row("AWS::Events::Rule", Cargo::Events, TARGETS, &[]), ROLES_OF_TARGETS),
    row("AWS::Lambda::Function", Cargo::Image, &[Property("Code"), Property("ImageUri")], &[]),
    row("AWS::Lambda::Function", Cargo::Layer, &[Property("Layers"), Each], &[]),
    by_role(
        row("AWS::Logs::SubscriptionFilter", Cargo::Logs, &[Property("DestinationArn")], &[]),
        &[Property("RoleArn")],
    ),
    by_role(row("AWS::S3::Bucket", Cargo::Replicas, REPLICAS_OF_STACK, &[]), ROLE_OF_REPLICAS_OF_STACK),
    row("AWS::S3::Bucket", Cargo::Notifications, TO_FUNCTIONS, &[]),
    row("AWS::S3::Bucket", Cargo::Notifications, TO_QUEUES, &[]),
    row("AWS::S3::Bucket", Cargo::Notifications, TO_TOPICS, &[]),
    row("AWS::SNS::Subscription", Cargo::Messages, &[Property("Endpoint")], &[Property("TopicArn")]),
    row("AWS::SNS::Topic", Cargo::Messages, &[Property("Subscription"), Each, Property("Endpoint")], &[]),
    row("aws_backup_plan", Cargo::Backups, COPIES, &[]),
    by_role(
        row("aws_cloudwatch_event_target", Cargo::Events, &[Property("arn")], &[]),
        &[Property("role_arn")],
    ),
    by_role(
        row("aws_cloudwatch_log_subscription_filter", Cargo::Logs, &[Property("destination_arn")], &[]),
        &[Property("role_arn")],
    ),
    row("aws_lambda_function", Cargo::Image, &[Property("image_uri")], &[]),
    row("aws_lambda_function", Cargo::Layer, &[Property("layers"), Each], &[]),
    row("aws_s3_bucket_notification", Cargo::Notifications, FUNCTIONS, &[Property("bucket")]),
    row("aws_s3_bucket_notification", Cargo::Notifications, QUEUES, &[Property("bucket")]),
    row("aws_s3_bucket_notification", Cargo::Notifications, TOPICS, &[Property("bucket")]),
    by_role(
        row("aws_s3_bucket_replication_configuration", Cargo::Replicas, REPLICAS, &[Property("bucket")]),
        &[Property("role")],
    ),
    row("aws_sns_topic_subscription", Cargo::Messages, &[Property("endpoint")], &[Property("topic_arn")]),
];

const COPIES_OF_STACK: &[Step] = &[
    Property("BackupPlan"),
    Property("BackupPlanRule"),
    Each,
    Property("CopyActions"),
    Each,
    Property("DestinationBackupVaultArn"),
];
const COPIES: &[Step] =
    &[Property("rule"), Each, Property("copy_action"), Each, Property("destination_vault_arn")];
const TARGETS: &[Step] = &[Property("Targets"), Each, Property("Arn")];
const ROLES_OF_TARGETS: &[Step] = &[Property("Targets"), Each, Property("RoleArn")];
const REPLICATION: Step = Property("ReplicationConfiguration");
const REPLICAS_OF_STACK: &[Step] =
    &[REPLICATION, Property("Rules"), Each, Property("Destination"), Property("Bucket")];
const ROLE_OF_REPLICAS_OF_STACK: &[Step] = &[REPLICATION, Property("Role")];
const REPLICAS: &[Step] = &[Property("rule"), Each, Property("destination"), Property("bucket")];
const TO_FUNCTIONS: &[Step] = &[NOTIFICATIONS, Property("LambdaConfigurations"), Each, Property("Function")];
const TO_QUEUES: &[Step] = &[NOTIFICATIONS, Property("QueueConfigurations"), Each, Property("Queue")];
const TO_TOPICS: &[Step] = &[NOTIFICATIONS, Property("TopicConfigurations"), Each, Property("Topic")];
const NOTIFICATIONS: Step = Property("NotificationConfiguration");
const FUNCTIONS: &[Step] = &[Property("lambda_function"), Each, Property("lambda_function_arn")];
const QUEUES: &[Step] = &[Property("queue"), Each, Property("queue_arn")];
const TOPICS: &[Step] = &[Property("topic"), Each, Property("topic_arn")];

/// What declares a version of a layer.
const LAYERS: [&str; 2] = ["AWS::Lambda::LayerVersion", "aws_lambda_layer_version"];

/// What stands beside the bucket of a rule of replication: whether the rule is on, who owns the copies, and their key.
struct BesideReplicas {
    status: &'static [Step],
    owner: &'static [Step],
    key: &'static [Step],
}

const OF_REPLICAS: BesideReplicas = BesideReplicas {
    status: &[Property("rule"), Each, Property("status")],
    owner: &[
        Property("rule"),
        Each,
        Property("destination"),
        Property("access_control_translation"),
        Property("owner"),
    ],
    key: &[
        Property("rule"),
        Each,
        Property("destination"),
        Property("encryption_configuration"),
        Property("replica_kms_key_id"),
    ],
};

const OF_REPLICAS_OF_STACK: BesideReplicas = BesideReplicas {
    status: &[REPLICATION, Property("Rules"), Each, Property("Status")],
    owner: &[
        REPLICATION,
        Property("Rules"),
        Each,
        Property("Destination"),
        Property("AccessControlTranslation"),
        Property("Owner"),
    ],
    key: &[
        REPLICATION,
        Property("Rules"),
        Each,
        Property("Destination"),
        Property("EncryptionConfiguration"),
        Property("ReplicaKmsKeyID"),
    ],
};

impl Graph {
    /// All deliveries to resources of the analyzed files.
    pub fn deliveries(&self) -> Vec<Delivery> {
        let mut found = Vec::new();
        for row in &ROWS {
            for id in self.of_type(row.type_name) {
                self.add_deliveries(*id, row, &mut found);
            }
        }
        found
    }

    fn add_deliveries(&self, id: DeclarationId, row: &Row, found: &mut Vec<Delivery>) {
        let declaration = &self.declarations[id];
        let properties = &declaration.properties;
        for value in carriers::values(properties, row.to).into_iter().flat_map(Value::items) {
            let Some(text) = value.as_text().map(|text| self.accounts.normalised(text)) else { continue };
            let (target, sure) = self.destinations(row.cargo, &text, &declaration.unit);
            if target.is_empty() || !is_on(declaration, row, value) {
                continue;
            }
            let certain = !carriers::may_differ(properties, row.to);
            let certain = if certain { Answer::Yes } else { Answer::Unknown };
            let (source, account) = self.sender(declaration, row);
            let (changes_owner, keys) = self.beside_replicas(declaration, row, value);
            found.push(Delivery {
                cargo: row.cargo,
                declaration: id,
                span: value.span,
                via: value.via.clone(),
                target,
                source,
                account,
                role: self.role_beside(declaration, row, value),
                changes_owner,
                keys,
                present: declaration.present.and(sure).and(certain),
            });
        }
    }

    /// The declared resources that a destination means.
    fn destinations(&self, cargo: Cargo, named: &Text, unit: &UnitKey) -> (Vec<ResourceId>, Answer) {
        match cargo {
            Cargo::Image => match repository(named) {
                Some(arn) => self.find_resources(&self.accounts.normalised(arn), unit),
                None => (Vec::new(), Answer::No),
            },
            Cargo::Layer => (self.layers(named), Answer::Yes),
            _ => self.find_resources(named, unit),
        }
    }

    /// The declared versions of a layer that is named by the ARN of one.
    fn layers(&self, named: &Text) -> Vec<ResourceId> {
        let Some(wanted) = Arn::parse(named).and_then(|arn| layer(&arn)) else { return Vec::new() };
        let wanted = key(&wanted);
        let declared = LAYERS.iter().flat_map(|name| self.of_type(name));
        let is_meant = |id: &DeclarationId| {
            let resource = self.names.resource(*id)?;
            let own = Arn::parse(&self.resources[resource].arn).and_then(|arn| layer(&arn))?;
            (key(&own) == wanted).then_some(resource)
        };
        declared.filter_map(is_meant).collect()
    }

    /// The ARN and the account of what sends.
    fn sender(&self, declaration: &Declaration, row: &Row) -> (Text, Text) {
        let own = || self.accounts.of(&declaration.unit).into_owned();
        let named = carriers::values(&declaration.properties, row.from);
        let source = match named.as_slice() {
            [] if row.from.is_empty() => arn_of(declaration, &self.accounts).unwrap_or_default(),
            [value] => {
                let named = self.accounts.normalised(value.as_text().unwrap_or_default());
                self.source_named(row.cargo, named, &declaration.unit)
            }
            _ => Text::default(),
        };
        let account = match row.cargo {
            Cargo::Messages => Arn::parse(&source).map(|arn| arn.account).unwrap_or_default(),
            _ => own(),
        };
        (source, account)
    }

    fn source_named(&self, cargo: Cargo, named: Text, unit: &UnitKey) -> Text {
        let found = match cargo {
            Cargo::Notifications | Cargo::Replicas => self.find_buckets(&named, unit),
            // As it is written it says the region, which the template of the topic may leave open.
            _ if Arn::parse(&named).is_some() && named.as_literal().is_some() => return named,
            _ => self.find_resources(&named, unit).0,
        };
        match found.first() {
            Some(id) => self.resources[*id].arn.clone(),
            None if Arn::parse(&named).is_some() => named,
            None => Text::default(),
        }
    }

    /// The role that stands beside a destination.
    fn role_beside(&self, declaration: &Declaration, row: &Row, to: &Value) -> Option<Text> {
        let value = match beside(declaration, row.to, row.role, to)?.as_slice() {
            [value] => *value,
            [] if !carriers::may_have_more(&declaration.properties, row.role) => return None,
            _ => return Some(Text::default()),
        };
        let named = value.as_text().map(|text| self.accounts.normalised(text));
        Some(named.unwrap_or_default())
    }

    /// Whether copies change their owner, and the declared keys that they are encrypted with.
    fn beside_replicas(&self, declaration: &Declaration, row: &Row, to: &Value) -> (Answer, Vec<ResourceId>) {
        let Some(paths) = of_replicas(row) else { return (Answer::No, Vec::new()) };
        let owners = beside(declaration, row.to, paths.owner, to).unwrap_or_default();
        let changes = |value: &&Value| match value.as_str() {
            Some(word) => (word == "Destination").into(),
            None => Answer::Unknown,
        };
        let keys = beside(declaration, row.to, paths.key, to).unwrap_or_default();
        let texts = keys.into_iter().filter_map(Value::as_text);
        let keys = texts.flat_map(|text| self.find_keys(&self.accounts.normalised(text), &declaration.unit));
        (Answer::any(owners.iter().map(changes)), keys.collect())
    }
}

fn of_replicas(row: &Row) -> Option<&'static BesideReplicas> {
    (row.cargo == Cargo::Replicas).then_some(if row.type_name.starts_with("AWS::") {
        &OF_REPLICAS_OF_STACK
    } else {
        &OF_REPLICAS
    })
}

/// Whether what names a destination is switched on, as far as is known.
fn is_on(declaration: &Declaration, row: &Row, to: &Value) -> bool {
    let Some(paths) = of_replicas(row) else { return true };
    let words = beside(declaration, row.to, paths.status, to).unwrap_or_default();
    words.iter().all(|word| word.as_str().is_some_and(|word| word == "Enabled"))
}

/// What stands at `path` in the same item of every list as one of the values at `to`.
fn beside<'v>(
    declaration: &'v Declaration,
    to: &[Step],
    path: &[Step],
    one: &Value,
) -> Option<Vec<&'v Value>> {
    if path.is_empty() {
        return None;
    }
    let groups = carriers::values_together(&declaration.properties, to, path);
    let holds =
        |values: &[&Value]| values.iter().flat_map(|value| value.items()).any(|it| std::ptr::eq(it, one));
    let (_, values) = groups.into_iter().find(|(destinations, _)| holds(destinations))?;
    Some(values.into_iter().flat_map(Value::items).collect())
}

/// The ARN of the repository of an image: `111122223333.dkr.ecr.eu-west-1.amazonaws.com/NAME:TAG`.
///
/// <https://docs.aws.amazon.com/AmazonECR/latest/userguide/Registries.html>
fn repository(image: &Text) -> Option<Text> {
    let mut parts = image.splitn(2, '/').into_iter();
    let (host, path) = (parts.next()?, parts.next()?);
    let mut labels = host.splitn(5, '.').into_iter();
    let (account, dkr, ecr) = (labels.next()?, labels.next()?, labels.next()?);
    let region = labels.next().filter(|_| dkr.is_literally("dkr") && ecr.is_literally("ecr"))?;
    let name = path.splitn(2, '@').into_iter().next()?.splitn(2, ':').into_iter().next()?;
    let span = image.span()?;
    let mut arn = Text::literal("arn:aws:ecr:", span);
    arn.append(&region);
    arn.push_str(":", span);
    arn.append(&account);
    arn.push_str(":repository/", span);
    arn.append(&name);
    Some(arn)
}

/// The ARN of a layer, of that of one of its versions: `arn:aws:lambda:REGION:ACCOUNT:layer:NAME`.
///
/// <https://docs.aws.amazon.com/service-authorization/latest/reference/list_awslambda.html>
fn layer(arn: &Arn) -> Option<Text> {
    let mut parts = arn.resource.splitn(3, ':').into_iter();
    let (kind, name, version) = (parts.next()?, parts.next()?, parts.next()?);
    if !kind.is_literally("layer") || version.is_empty() {
        return None;
    }
    let span = name.span()?;
    let mut whole = Text::literal("arn:aws:lambda:", span);
    for part in [&arn.region, &arn.account] {
        whole.append(part);
        whole.push_str(":", span);
    }
    whole.push_str("layer:", span);
    whole.append(&name);
    Some(whole)
}
