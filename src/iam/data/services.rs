//! Service principals, and what they say about whom they act for.

use std::sync::LazyLock;

use rustc_hash::FxHashMap;

use super::service_exists;
use crate::lines;

static PRINCIPALS: &str = include_str!("../../../data/service_principals.txt");

/// Service principal, what it sends to resource policies, what it sends when assuming a role, the AWS page, and
/// the services to whose resource policies the keys are not sent (or, after `=`, the only ones to which AWS says
/// that they are). `A` is `aws:SourceArn`, `C` is `aws:SourceAccount`, `-` neither, `?` not documented.
static SOURCES: &str = include_str!("../../../data/service_sources.tsv");

/// The condition keys a service fills in for calls it makes for somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SentKeys {
    /// `aws:SourceArn`: the resource it acts for.
    pub source_arn: bool,
    /// `aws:SourceAccount`: the account it acts for.
    pub source_account: bool,
}

impl SentKeys {
    /// The keys that are among others, too.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            source_arn: self.source_arn && other.source_arn,
            source_account: self.source_account && other.source_account,
        }
    }
}

/// What AWS documents about the calls of a service principal.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html>
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SourceKeys {
    /// For calls that a resource policy judges; `None` when AWS does not say. Not for all services:
    /// [`SourceKeys::towards`].
    pub in_resource_policy: Option<SentKeys>,
    /// For assuming a role; `None` when AWS does not say.
    pub in_trust: Option<SentKeys>,
    /// The AWS page that says so.
    pub source: &'static str,
    scope: &'static str,
}

impl SourceKeys {
    /// What it sends to a resource policy of a service (`s3`). `None` when AWS does not say, or shows such
    /// policies without the keys: `EventBridge` publishing to a topic, which cannot be limited so
    /// (<https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-troubleshooting.html>), S3 using a KMS key,
    /// a log group, whose key is limited by its encryption context
    /// (<https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html>).
    pub fn towards(&self, service: &str) -> Option<SentKeys> {
        let (only, named) = self.scope.strip_prefix('=').map_or((false, self.scope), |named| (true, named));
        let listed = named.split(',').any(|one| one == service);
        self.in_resource_policy.filter(|_| listed == only)
    }
}

/// Whether a service says for whom it acts, so that a policy can check. `None` for services whose pages do not
/// tell: nothing can be asked of their policies. The names of the regions (`logs.eu-west-1.amazonaws.com`) and
/// partitions (`….amazonaws.com.cn`) are known as well.
pub fn service_sends_source(service_principal: &str) -> Option<SourceKeys> {
    static ROWS: LazyLock<FxHashMap<&str, SourceKeys>> =
        LazyLock::new(|| lines::rows(SOURCES).filter_map(parse).collect());
    let found = ROWS.get(service_principal).or_else(|| ROWS.get(general_service(service_principal).as_str()));
    found.copied()
}

fn parse(line: &'static str) -> Option<(&'static str, SourceKeys)> {
    let mut fields = line.split('\t');
    let name = fields.next()?;
    let (in_resource_policy, in_trust) = (sent(fields.next()?), sent(fields.next()?));
    let (source, scope) = (fields.next()?, fields.next().unwrap_or_default());
    Some((name, SourceKeys { in_resource_policy, in_trust, source, scope }))
}

fn sent(written: &str) -> Option<SentKeys> {
    let keys = SentKeys { source_arn: written.contains('A'), source_account: written.contains('C') };
    (written != "?").then_some(keys)
}

/// Services that act only for their own account towards resources of a service, and what to say of it.
///
/// <https://docs.aws.amazon.com/prometheus/latest/userguide/AMP-alertmanager-receiver-AMPpermission.html>
/// <https://docs.aws.amazon.com/aws-backup/latest/devguide/backup-notifications.html>
/// <https://docs.aws.amazon.com/cost-management/latest/userguide/budgets-sns-policy.html>
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/ServerLogs.html>
/// <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutSubscriptionFilter.html>
/// <https://docs.aws.amazon.com/Route53/latest/APIReference/API_CreateQueryLoggingConfig.html>
/// <https://docs.aws.amazon.com/codebuild/latest/APIReference/API_ProjectEnvironment.html>
/// <https://docs.aws.amazon.com/cur/latest/userguide/cur-s3.html>
/// <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateExportTask.html>
const WITHIN_ACCOUNT: [(&str, &str, &str); 9] = [
    ("aps.amazonaws.com", "sns", "Managed Service for Prometheus publishes only within one account"),
    ("backup.amazonaws.com", "sns", "AWS Backup notifies only topics of its own account"),
    (
        "billingreports.amazonaws.com",
        "s3",
        "AWS delivers cost reports only to buckets of the account that has them made",
    ),
    ("budgets.amazonaws.com", "sns", "AWS Budgets notifies only topics of its own account"),
    (
        "codebuild.amazonaws.com",
        "ecr",
        "CodeBuild pulls images of other accounts as the role of the project only",
    ),
    ("logging.s3.amazonaws.com", "s3", "S3 delivers access logs only within one account"),
    ("logs.amazonaws.com", "lambda", "a subscription filter invokes only functions of its own account"),
    ("logs.amazonaws.com", "s3", "logs are exported only by those who may write to the bucket themselves"),
    ("route53.amazonaws.com", "logs", "Route 53 logs queries only in the account of the hosted zone"),
];

/// Why a service that calls resources of another one (`sns`) does so for its own account only. `None` when AWS does not say
/// that it does.
pub fn acts_within_account(service_principal: &str, towards: &str) -> Option<&'static str> {
    let general = general_service(service_principal);
    let row = WITHIN_ACCOUNT.iter().find(|(name, service, _)| *name == general && *service == towards);
    row.map(|(_, _, reason)| *reason)
}

/// Services that act for resources of one service only, and the service in the ARN that they send as `aws:SourceArn`.
///
/// <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html>
/// <https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html>
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/grant-destinations-permissions-to-s3.html>
const SOURCES_OF_ONE: [(&str, &str); 3] =
    [("events.amazonaws.com", "events"), ("s3.amazonaws.com", "s3"), ("sns.amazonaws.com", "sns")];

/// Whether a service principal never acts for a resource of this service. `false` when nobody knows.
pub fn never_acts_for(service_principal: &str, service: &str) -> bool {
    let general = general_service(service_principal);
    let row = SOURCES_OF_ONE.iter().find(|(principal, _)| *principal == general);
    row.is_some_and(|(_, own)| *own != service)
}

/// All service principals that are known, sorted. AWS has no official list: one that is not here may exist.
pub fn service_principals() -> impl Iterator<Item = &'static str> {
    PRINCIPALS.lines()
}

/// Service principals that no list has.
///
/// <https://docs.aws.amazon.com/lambda/latest/dg/services-alexa.html>
/// <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/lambda-edge-permissions.html>
/// <https://docs.aws.amazon.com/b2bi/latest/userguide/b2bi-prereq.html>
/// <https://docs.aws.amazon.com/opensearch-service/latest/developerguide/ml-amazon-connector.html>
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-vectors-data-encryption.html>
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-express-security-iam.html>
const UNLISTED: [&str; 7] = [
    "alexa-appkit.amazon.com",
    "alexa-connectedhome.amazon.com",
    "b2bi.amazonaws.com",
    "edgelambda.amazonaws.com",
    "indexing.s3vectors.amazonaws.com",
    "ml.opensearchservice.amazonaws.com",
    "s3express.amazonaws.com",
];

/// Whether a service principal is known, in its regional forms and those of other partitions as well.
pub fn known_service_principal(name: &str) -> bool {
    UNLISTED.contains(&name)
        || lines::find(PRINCIPALS, name).is_some()
        || lines::find(PRINCIPALS, &general_service(name)).is_some()
}

/// What somebody meant who wrote a service principal that is not known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Meant {
    /// This one, whose name is misspelt.
    Misspelt(String),
    /// The service with this name, which acts under another one.
    Product(&'static str, &'static str),
}

/// Products whose name, or the one that the console and its commands have, is not that of their service principal: the name
/// without hyphens, the product, and the service principal.
///
/// <https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-iam-role.html>
/// <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html>
/// <https://docs.aws.amazon.com/step-functions/latest/dg/procedure-create-iam-role.html>
/// <https://docs.aws.amazon.com/opensearch-service/latest/developerguide/createdomain-configure-slow-logs.html>
/// <https://docs.aws.amazon.com/msk/latest/developerguide/msk-connect-service-execution-role.html>
/// <https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-iam-role.html>
const PRODUCTS: [(&str, &str, &str); 15] = [
    ("beanstalk", "Elastic Beanstalk", "elasticbeanstalk.amazonaws.com"),
    ("cloudwatchevents", "EventBridge", "events.amazonaws.com"),
    ("cloudwatchlogs", "CloudWatch Logs", "logs.amazonaws.com"),
    ("efs", "Amazon EFS", "elasticfilesystem.amazonaws.com"),
    ("elasticsearch", "OpenSearch Service", "es.amazonaws.com"),
    ("elb", "Elastic Load Balancing", "elasticloadbalancing.amazonaws.com"),
    ("emr", "Amazon EMR", "elasticmapreduce.amazonaws.com"),
    ("eventbridge", "EventBridge", "events.amazonaws.com"),
    ("flowlogs", "VPC Flow Logs", "vpc-flow-logs.amazonaws.com"),
    ("kinesisfirehose", "Data Firehose", "firehose.amazonaws.com"),
    ("msk", "Amazon MSK", "kafka.amazonaws.com"),
    ("mskconnect", "MSK Connect", "kafkaconnect.amazonaws.com"),
    ("opensearch", "OpenSearch Service", "es.amazonaws.com"),
    ("stepfunctions", "Step Functions", "states.amazonaws.com"),
    ("systemsmanager", "Systems Manager", "ssm.amazonaws.com"),
];

/// What somebody meant who wrote a service principal that is not known: with another ending, with a region before it, by the
/// name of the product, or with one letter (two in a long name) that is wrong, missing or too much. `None` when it may well be
/// right: a service that has actions is no misspelt other one.
pub fn service_meant_by(written: &str) -> Option<Meant> {
    let labels: Vec<&str> = written.split('.').filter(|label| !is_region(label)).collect();
    let general = general_service(&labels.join("."));
    let Some(service) = general.strip_suffix(ENDING) else {
        // `lambda.aws.com`, `ec2.amazon.com`, `s3.amazonaws.con`, `sns.amazonaws`
        let is_ending = |label: &&str| label.starts_with("aws") || label.starts_with("amazon");
        let end = labels.iter().skip(1).position(is_ending)?;
        let service = labels.iter().take(end + 1).map(|label| label.to_ascii_lowercase()).collect::<Vec<_>>();
        let meant = service.join(".") + ENDING;
        let is_known = lines::find(PRINCIPALS, &meant).is_some() || service_exists(&service.concat());
        return is_known.then_some(Meant::Misspelt(meant));
    };
    let meant = service.to_ascii_lowercase() + ENDING;
    if lines::find(PRINCIPALS, &meant).is_some() {
        return Some(Meant::Misspelt(meant));
    }
    let plain = service.replace('-', "");
    if let Some((_, product, principal)) = PRODUCTS.iter().find(|(name, ..)| *name == plain) {
        return Some(Meant::Product(product, principal));
    }
    nearest(service).map(|name| Meant::Misspelt(name.to_owned()))
}

/// The service principal whose name is nearest to that of a service, if it is near enough to be meant.
fn nearest(service: &str) -> Option<&'static str> {
    let allowed = match service.chars().count() {
        0..=4 => return None,
        5..=9 => 1,
        _ => 2,
    };
    let names = service_principals().filter_map(|name| Some((name.strip_suffix(ENDING)?, name)));
    let names = names.filter(|(known, _)| may_be_misspelt(service, known));
    let near = names.filter_map(|(known, name)| Some((distance(service, known, allowed)?, name)));
    near.min().map(|(_, name)| name)
}

/// How many letters differ, if no more than are allowed.
fn distance(written: &str, known: &str, allowed: usize) -> Option<usize> {
    // Each letter more is a difference.
    let lengths = written.chars().count().abs_diff(known.chars().count());
    let distance = (lengths <= allowed).then(|| strsim::damerau_levenshtein(written, known));
    distance.filter(|distance| *distance <= allowed)
}

/// Whether what differs is a spelling, and not the name of another service: `events.ecs` is not `events.rds`.
fn may_be_misspelt(written: &str, known: &str) -> bool {
    if written.split('.').count() != known.split('.').count() {
        return !written.rsplit('.').next().is_some_and(service_exists);
    }
    let mut differing = written.split('.').zip(known.split('.')).filter(|(written, known)| written != known);
    differing.all(|(written, known)| {
        let allowed = match written.chars().count() {
            0..=3 => 0,
            4..=9 => 1,
            _ => 2,
        };
        !service_exists(written) && distance(written, known, allowed).is_some()
    })
}

/// What the names of service principals end in, everywhere but in some partitions.
const ENDING: &str = ".amazonaws.com";

/// The name without a region or partition: `logs.amazonaws.com` for `logs.eu-west-1.amazonaws.com` and
/// `logs.cn-north-1.amazonaws.com.cn`.
pub fn general_service(name: &str) -> String {
    const SUFFIXES: [&str; 7] = [
        ".amazonaws.com",
        ".amazonaws.com.cn",
        ".amazonaws.eu",
        ".c2s.ic.gov",
        ".sc2s.sgov.gov",
        ".csp.hci.ic.gov",
        ".cloud.adc-e.uk",
    ];
    let Some(service) = SUFFIXES.iter().find_map(|suffix| name.strip_suffix(suffix)) else {
        return name.to_owned();
    };
    let service = match service.rsplit_once('.') {
        Some((service, last)) if is_region(last) => service,
        _ => service,
    };
    format!("{service}.amazonaws.com")
}

/// Whether a name ends in what the names of service principals end in: `alexa-appkit.amazon.com` is one, too.
pub fn ends_as_service_principals(name: &str) -> bool {
    general_service(name).ends_with(ENDING) || name.ends_with(".amazon.com")
}

/// Whether a label is the name of a region: `eu-west-1`, `us-gov-east-1`.
fn is_region(label: &str) -> bool {
    let mut parts = label.split('-');
    let area = parts.next().is_some_and(|area| area.len() == 2 || area == "eusc");
    let number = parts.next_back().is_some_and(|number| number.len() == 1 && number < ":" && number > "0");
    area && number && parts.next().is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn principals_are_known_in_all_their_forms() {
        assert!(lines::is_sorted(PRINCIPALS));
        for name in service_principals() {
            assert!(known_service_principal(name), "{name}");
        }
        for name in ["lambda.amazonaws.com", "logs.eu-west-1.amazonaws.com", "ec2.amazonaws.com.cn"] {
            assert!(known_service_principal(name), "{name}");
        }
        for name in [
            "lamda.amazonaws.com",
            "lambda.amazonaws.org",
            "lambda",
            "",
            ".amazonaws.com",
            "eu-west-1.amazonaws.com",
        ] {
            assert!(!known_service_principal(name), "{name}");
        }
    }

    #[test]
    fn what_was_meant_is_told_when_it_is_near() {
        for (written, meant) in [
            ("lamda.amazonaws.com", "lambda.amazonaws.com"),
            ("ec2.amazon.com", "ec2.amazonaws.com"),
            ("lambda.aws.com", "lambda.amazonaws.com"),
            ("lambda.eu-west-1.aws.com", "lambda.amazonaws.com"),
            ("delivery.logs.amazonaws.con", "delivery.logs.amazonaws.com"),
            ("eu-west-1.lambda.amazonaws.com", "lambda.amazonaws.com"),
            ("Lambda.amazonaws.com", "lambda.amazonaws.com"),
            ("ecs-task.amazonaws.com", "ecs-tasks.amazonaws.com"),
            ("ecs.tasks.amazonaws.com", "ecs-tasks.amazonaws.com"),
            ("task.apprunner.amazonaws.com", "tasks.apprunner.amazonaws.com"),
            ("events.rdss.amazonaws.com", "events.rds.amazonaws.com"),
            ("cloudformaton.eu-west-1.amazonaws.com", "cloudformation.amazonaws.com"),
        ] {
            assert_eq!(service_meant_by(written), Some(Meant::Misspelt(meant.to_owned())), "{written}");
        }
        for written in [
            "ecx.amazonaws.com",
            "quantumledger.amazonaws.com",
            "example.com",
            "lambda",
            "",
            // Services of their own.
            "events.ecs.amazonaws.com",
            "emr.application-autoscaling.amazonaws.com",
        ] {
            assert_eq!(service_meant_by(written), None, "{written}");
        }
    }

    #[test]
    fn a_service_with_actions_is_no_misspelt_other_one() {
        for service in super::super::actions::services() {
            let name = format!("{service}{ENDING}");
            let meant = service_meant_by(&name).filter(|_| !known_service_principal(&name));
            assert!(!matches!(meant, Some(Meant::Misspelt(_))), "{name}: {meant:?}");
        }
    }

    #[test]
    fn products_act_under_known_names() {
        for (name, _, principal) in PRODUCTS {
            assert!(known_service_principal(principal) && !name.contains('-'), "{principal}");
            assert!(!known_service_principal(&format!("{name}{ENDING}")), "{name}");
        }
    }

    #[test]
    fn every_row_cites_an_aws_page() {
        let mut names = Vec::new();
        for line in lines::rows(SOURCES) {
            let (name, keys) = parse(line).expect(line);
            assert!(keys.source.starts_with("https://docs.aws.amazon.com/"), "{line}");
            assert!(known_service_principal(name), "{name}");
            assert!(keys.in_trust.is_some() || keys.in_resource_policy.is_some(), "{line}");
            for field in line.split('\t').skip(1).take(2) {
                assert!(["A", "C", "AC", "-", "?"].contains(&field), "{line}");
            }
            names.push(name);
        }
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count, "a service has one row");
    }

    #[test]
    fn a_service_may_send_its_source_to_some_services_only() {
        let events = service_sends_source("events.amazonaws.com").unwrap();
        assert!(events.towards("lambda").unwrap().source_arn);
        assert_eq!(events.towards("logs"), None);
        assert_eq!(events.towards("sns"), None);
        assert_eq!(service_sends_source("logs.eu-west-1.amazonaws.com").unwrap().towards("kms"), None);
        let api = service_sends_source("apigateway.amazonaws.com").unwrap();
        assert!(api.towards("lambda").is_some() && api.towards("sqs").is_none());
        assert_eq!(service_sends_source("s3.amazonaws.com").unwrap().towards("kms"), None);
        assert_eq!(service_sends_source("states.amazonaws.com").unwrap().towards("s3"), None);
    }

    #[test]
    fn what_is_not_documented_is_not_told() {
        let both = SentKeys { source_arn: true, source_account: true };
        assert_eq!(service_sends_source("cloudtrail.amazonaws.com").unwrap().in_resource_policy, Some(both));
        assert_eq!(service_sends_source("logs.eu-west-1.amazonaws.com").unwrap().in_trust, Some(both));
        assert_eq!(service_sends_source("nothing.amazonaws.com"), None);
    }
}
