//! Which accounts a service acts for when it writes to what a policy protects: a condition that names the own account would stop
//! the logs of all others.

use std::cell::{OnceCell, RefCell};

use rustc_hash::{FxHashMap, FxHashSet};

use super::Context;
use crate::ask::Setting;
use crate::facts::Declaration;
use crate::graph::{IdentityId, Purpose, ResourceId};
use crate::iam::arn::is_account_id;
use crate::iam::data;
use crate::iam::policy::Statement;
use crate::source::SourceId;
use crate::value::{Answer, Text, Value};

/// Whose logs arrive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Senders {
    /// Those of the account of the policy, as far as it says.
    Own,
    /// Those of any account: one bucket for many is what these services are made for.
    Any,
    /// Those of an organization.
    Organization,
    /// Those of the accounts that subscribe log groups to a destination, and of its own.
    Subscribed,
}

/// Destinations of logs, and the role that `CloudWatch` Logs assumes for whoever subscribes: for the account of the destination
/// only once, to see whether it works.
///
/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CreateDestination.html>
const DESTINATIONS: [(&str, &str); 2] =
    [("AWS::Logs::Destination", "RoleArn"), ("aws_cloudwatch_log_destination", "role_arn")];

/// Who assumes that role.
const DELIVERER: &str = "logs.amazonaws.com";

/// Services whose logs and findings of many accounts are collected in one bucket.
///
/// <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-set-bucket-policy-for-multiple-accounts.html>
/// <https://docs.aws.amazon.com/config/latest/developerguide/s3-bucket-policy.html>
/// <https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-s3-permissions.html>
/// <https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_exportfindings.html>
const COLLECTED: [&str; 4] = [
    "cloudtrail.amazonaws.com",
    "config.amazonaws.com",
    "delivery.logs.amazonaws.com",
    "guardduty.amazonaws.com",
];

/// Encrypts with the key and publishes to the topic that the delivery channel of an account names, of whatever account they are.
///
/// <https://docs.aws.amazon.com/config/latest/developerguide/s3-kms-key-policy.html>
/// <https://docs.aws.amazon.com/config/latest/developerguide/sns-topic-policy.html>
const RECORDER: &str = "config.amazonaws.com";

/// What has a service deliver, and the attributes that say where.
const DELIVERIES: [(&str, &[&str]); 6] = [
    ("AWS::CloudTrail::Trail", &["S3BucketName", "SnsTopicName"]),
    ("AWS::Config::DeliveryChannel", &["S3BucketName", "SnsTopicARN"]),
    ("AWS::EC2::FlowLog", &["LogDestination"]),
    ("aws_cloudtrail", &["s3_bucket_name", "sns_topic_name"]),
    ("aws_config_delivery_channel", &["s3_bucket_name", "sns_topic_arn"]),
    ("aws_flow_log", &["log_destination"]),
];

/// Names of variables, parameters and data sources that only templates for an organization have, in small letters.
const WORDS: [&str; 13] = [
    "organizationid",
    "organization_id",
    "organisationid",
    "organisation_id",
    "orgid:",
    "org_id",
    "^o-",
    "masteraccount",
    "master_account",
    "managementaccount",
    "management_account",
    "aws_organizations_organization",
    "isorganizationtrail: true",
];

/// What the project says of those who send.
pub(super) struct Deliveries<'c, 'a> {
    context: &'c Context<'a>,
    /// What an organization's trail or another account delivers to. Made when somebody first asks.
    from_others: OnceCell<FxHashSet<ResourceId>>,
    /// The roles by which logs go to a destination. Made when somebody first asks.
    of_destinations: OnceCell<FxHashSet<IdentityId>>,
    /// Whether a file is written for an organization.
    files: RefCell<FxHashMap<SourceId, bool>>,
}

impl<'c, 'a> Deliveries<'c, 'a> {
    pub(super) fn new(context: &'c Context<'a>) -> Self {
        let (from_others, of_destinations) = (OnceCell::new(), OnceCell::new());
        Self { context, from_others, of_destinations, files: RefCell::default() }
    }

    /// Whose logs a service writes where a statement allows it to.
    pub(super) fn senders(&self, setting: &Setting<'_>, service: &str) -> Senders {
        // A role is handed to a service within one account.
        if let Purpose::Trust(role) = setting.document.purpose {
            let is_subscribed =
                data::general_service(service) == DELIVERER && self.of_destinations().contains(&role);
            return if is_subscribed { Senders::Subscribed } else { Senders::Own };
        }
        let is_from_others = match setting.document.purpose {
            Purpose::Resource(id) => self.others_deliver_to().contains(&id),
            _ => false,
        };
        if is_from_others || names_organization(setting) || self.is_for_organization(setting) {
            return Senders::Organization;
        }
        let collects = match &*setting.document.service {
            "s3" => COLLECTED.contains(&&*data::general_service(service)),
            "kms" | "sns" => data::general_service(service) == RECORDER,
            _ => false,
        };
        if collects && !is_into_one_folder(setting.statement) { Senders::Any } else { Senders::Own }
    }

    fn others_deliver_to(&self) -> &FxHashSet<ResourceId> {
        self.from_others.get_or_init(|| {
            let graph = self.context.graph;
            let of_type = |(name, paths): &(&str, &'static [&'static str])| {
                let paths = *paths;
                graph.of_type(name).iter().flat_map(move |id| {
                    let declaration = &graph.declarations[*id];
                    paths.iter().flat_map(move |path| self.receives(declaration, path))
                })
            };
            DELIVERIES.iter().flat_map(of_type).collect()
        })
    }

    fn of_destinations(&self) -> &FxHashSet<IdentityId> {
        self.of_destinations.get_or_init(|| {
            let graph = self.context.graph;
            let roles = |(type_name, path): &(&str, &str)| {
                let declared = graph.of_type(type_name).iter().map(|id| &graph.declarations[*id]);
                let role = |it: &Declaration| it.properties.get(path).and_then(Value::as_text);
                let found = declared.filter_map(|it| Some((role(it)?, &it.unit)));
                found
                    .flat_map(|(role, unit)| graph.find_identities(&graph.accounts.normalised(role), unit))
                    .collect::<Vec<_>>()
            };
            DESTINATIONS.iter().flat_map(roles).collect()
        })
    }

    /// What a declaration has logs of other accounts delivered to.
    fn receives(&self, declaration: &Declaration, path: &str) -> Vec<ResourceId> {
        let graph = self.context.graph;
        let Some(named) = declaration.properties.get(path).and_then(Value::as_text) else {
            return Vec::new();
        };
        let named = graph.accounts.normalised(named);
        let mut found = graph.find_buckets(&named, &declaration.unit);
        if found.is_empty() {
            found = graph.find_resources(&named, &declaration.unit).0;
        }
        let is_organization = ["IsOrganizationTrail", "is_organization_trail"]
            .iter()
            .any(|switch| declaration.properties.get(switch).is_some_and(|value| value.says_true().is_yes()));
        let account = graph.accounts.of(&declaration.unit);
        let is_other =
            |id: &ResourceId| graph.accounts.same(&account, &graph.resources[*id].account) == Answer::No;
        found.retain(|id| is_organization || is_other(id));
        found
    }

    /// Whether the file of a statement speaks of an organization or of the account that manages one.
    fn is_for_organization(&self, setting: &Setting<'_>) -> bool {
        let file = setting.statement.span.source;
        *self.files.borrow_mut().entry(file).or_insert_with(|| {
            let text = self.context.text(file).to_ascii_lowercase();
            WORDS.iter().any(|word| text.contains(word))
        })
    }
}

/// Whether a document names an organization: in some condition, or in the place where logs are put.
fn names_organization(setting: &Setting<'_>) -> bool {
    const KEYS: [&str; 5] = [
        "aws:principalorgid",
        "aws:principalorgpaths",
        "aws:resourceorgid",
        "aws:sourceorgid",
        "aws:sourceorgpaths",
    ];
    let names = |statement: &Statement| {
        let mut keys = statement.conditions.iter().map(|it| it.key.value.to_string().to_ascii_lowercase());
        keys.any(|key| KEYS.contains(&key.as_str()))
    };
    let resources = || setting.statement.resources.iter().flat_map(|clause| &clause.items);
    let mut folders: Vec<String> = resources().filter_map(|item| folder(&item.text)).collect();
    folders.sort_unstable();
    folders.dedup();
    let in_prefix = resources().any(|item| {
        let written = item.text.to_string();
        let path = written.split_once("/AWSLogs/").map_or("", |(before, _)| before);
        path.split('/').skip(1).any(|part| part.starts_with("o-"))
    });
    setting.document.policy.statements.iter().any(names)
        || folders.len() > 1
        || folders.iter().any(|folder| folder.starts_with("o-"))
        || in_prefix
}

/// Whether all that a statement names lies in the folder of one account.
fn is_into_one_folder(statement: &Statement) -> bool {
    let Some(clause) = &statement.resources else { return false };
    !clause.items.is_empty() && clause.items.iter().all(|item| folder(&item.text).is_some())
}

/// The account or organization in whose folder logs are put: `arn:aws:s3:::logs/AWSLogs/111122223333/*`.
pub(super) fn folder(text: &Text) -> Option<String> {
    let written = text.to_string();
    let (_, after) = written.split_once("/AWSLogs/")?;
    let (name, _) = after.split_once('/')?;
    let is_owner = is_account_id(name) || name.starts_with("o-") || name.starts_with("${");
    (is_owner && !name.contains(['*', '?'])).then(|| name.to_owned())
}
