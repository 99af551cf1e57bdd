//! What has to be allowed for a delivery, by the side that receives it and by the role as which it is delivered.

use super::patterns::some_of;
use super::{Asker, Question, What, Who};
use crate::graph::ResourceId;
use crate::graph::deliveries::{Cargo, Delivery};
use crate::iam::arn::Arn;
use crate::iam::condition::Presence;
use crate::iam::evaluate::Caller;
use crate::value::{Answer, Text};

/// Some requests that a delivery takes.
#[derive(Clone, Debug)]
pub struct Half {
    /// Who sends them.
    pub who: Who,
    /// Who that is.
    pub by: Sender,
    /// The actions: all of them are needed.
    pub actions: Vec<&'static str>,
    /// On what: the resource, the key that it is encrypted with, or what it comes from.
    pub target: What,
    /// What of it, when it is not itself.
    within: Option<Text>,
    /// What else is known of the requests.
    known: Vec<(&'static str, Presence)>,
}

/// Who sends the requests of a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sender {
    /// A service.
    Service(&'static str),
    /// The account of what sends it, with whichever role.
    Account,
    /// The account of what sends it, with a role that is named for it.
    RoleOfOrganization,
    /// The account that subscribes to a topic.
    Subscriber,
    /// The role as which it is delivered.
    Role,
}

const TOPIC: &str = "sns.amazonaws.com";

/// Topics of regions that an account has to enable, as which they send to a region that every account has.
///
/// <https://docs.aws.amazon.com/sns/latest/dg/sns-cross-region-delivery.html>
/// <https://docs.aws.amazon.com/sns/latest/dg/lambda-prereq.html>
/// <https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-regions.html>
const TOPICS_ELSEWHERE: [&str; 17] = [
    "sns.af-south-1.amazonaws.com",
    "sns.ap-east-1.amazonaws.com",
    "sns.ap-east-2.amazonaws.com",
    "sns.ap-south-2.amazonaws.com",
    "sns.ap-southeast-3.amazonaws.com",
    "sns.ap-southeast-4.amazonaws.com",
    "sns.ap-southeast-5.amazonaws.com",
    "sns.ap-southeast-6.amazonaws.com",
    "sns.ap-southeast-7.amazonaws.com",
    "sns.ca-west-1.amazonaws.com",
    "sns.eu-central-2.amazonaws.com",
    "sns.eu-south-1.amazonaws.com",
    "sns.eu-south-2.amazonaws.com",
    "sns.il-central-1.amazonaws.com",
    "sns.me-central-1.amazonaws.com",
    "sns.me-south-1.amazonaws.com",
    "sns.mx-central-1.amazonaws.com",
];

/// The regions that every account has.
///
/// <https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-regions.html>
const ENABLED: [&str; 17] = [
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ca-central-1",
    "eu-central-1",
    "eu-north-1",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
];
const STORAGE: &str = "s3.amazonaws.com";
const FUNCTION: &str = "lambda.amazonaws.com";

/// What is called on a key to deliver into what is encrypted with it.
///
/// <https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html>
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/grant-destinations-permissions-to-s3.html>
const WITH_KEY: [&str; 2] = ["kms:GenerateDataKey", "kms:Decrypt"];

/// What is called on a repository to get an image of it.
///
/// <https://docs.aws.amazon.com/lambda/latest/dg/images-create.html>
const TO_PULL: [&str; 2] = ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"];

impl Asker<'_> {
    /// Everything that a delivery to another account takes.
    pub(crate) fn halves(&self, delivery: &Delivery) -> Vec<Half> {
        match delivery.cargo {
            Cargo::Messages => {
                let mut halves =
                    self.topic(delivery).map_or_else(Vec::new, |it| self.by_service(delivery, it));
                halves.extend(self.of_subscriber(delivery).filter(|_| !halves.is_empty()));
                halves
            }
            Cargo::Notifications => self.by_service(delivery, STORAGE),
            Cargo::Image => self.of_image(delivery),
            Cargo::Replicas => self.of_replicas(delivery),
            Cargo::Events => self.of_events(delivery),
            Cargo::Logs => self.by_account_or_role(delivery, "logs", "logs:PutSubscriptionFilter"),
            Cargo::Backups => self.by_account(delivery, "backup", "backup:CopyIntoBackupVault"),
            Cargo::Layer => self.by_account(delivery, "lambda", "lambda:GetLayerVersion"),
        }
    }

    /// The actions of a half that are certainly denied.
    pub(crate) fn denied(&self, half: &Half) -> Vec<&'static str> {
        let asker = self.knowing_of(half);
        let is_denied = |action: &&&'static str| {
            let within = half.within.as_ref();
            let question = Question { caller: &half.who, target: &half.target, action, within };
            asker.ask(&question).answer.is_no()
        };
        half.actions.iter().filter(is_denied).copied().collect()
    }

    /// One of the requests of a half.
    pub(crate) fn request_of<'h>(&self, half: &'h Half, action: &'h str) -> (Self, Question<'h>) {
        let (caller, target, within) = (&half.who, &half.target, half.within.as_ref());
        (self.knowing_of(half), Question { caller, target, action, within })
    }

    fn knowing_of(&self, half: &Half) -> Self {
        let context = half
            .known
            .iter()
            .fold(self.context.clone(), |context, (key, presence)| context.with(*key, presence.clone()));
        self.with(context)
    }

    /// The name by which a topic sends; `None` where that is not known.
    ///
    /// <https://docs.aws.amazon.com/sns/latest/dg/sns-cross-region-delivery.html>
    fn topic(&self, delivery: &Delivery) -> Option<&'static str> {
        let region = |arn: &Text| Some(Arn::parse(arn)?.region.as_literal()?.into_owned());
        let Some(from) = region(&delivery.source) else { return Some(TOPIC) };
        let opted_in = TOPICS_ELSEWHERE.iter().copied().find(|name| name.split('.').nth(1) == Some(&from));
        let Some(opted_in) = opted_in else { return Some(TOPIC) };
        let to = region(&self.graph.resources[*delivery.target.first()?].arn)?;
        match &*to {
            _ if to == from => Some(TOPIC),
            _ if ENABLED.contains(&&*to) => Some(opted_in),
            _ => None,
        }
    }

    fn service_of(&self, delivery: &Delivery) -> &'static str {
        delivery.target.first().map_or("", |id| self.graph.resources[*id].service)
    }

    /// A service sends it for the owner of a topic or bucket. It also uses the key of what is encrypted.
    fn by_service(&self, delivery: &Delivery, name: &'static str) -> Vec<Half> {
        let action = match self.service_of(delivery) {
            "sqs" => "sqs:SendMessage",
            "sns" if delivery.cargo == Cargo::Notifications => "sns:Publish",
            "lambda" => "lambda:InvokeFunction",
            _ => return Vec::new(),
        };
        let target = What::Resources(delivery.target.clone());
        let mut halves = vec![of_service(delivery, name, vec![action], target)];
        let keys: Vec<ResourceId> = delivery.target.iter().flat_map(|id| self.keys_of(*id)).collect();
        if !keys.is_empty() && action != "lambda:InvokeFunction" {
            halves.push(of_service(delivery, name, WITH_KEY.to_vec(), What::Resources(keys)));
        }
        halves
    }

    /// Who subscribes to the topic of another account.
    ///
    /// <https://docs.aws.amazon.com/sns/latest/dg/sns-send-message-to-sqs-cross-account.html>
    fn of_subscriber(&self, delivery: &Delivery) -> Option<Half> {
        let graph = self.graph;
        let unit = &graph.declarations[delivery.declaration].unit;
        let (topics, _) = graph.find_resources(&delivery.source, unit);
        let own = graph.accounts.of(unit);
        let is_abroad = topics.first().is_some_and(|id| {
            graph.resources[*id].service == "sns"
                && graph.accounts.same(&own, &graph.resources[*id].account).is_no()
        });
        is_abroad.then(|| Half {
            who: Who::somebody_of(&own, delivery.span),
            by: Sender::Subscriber,
            actions: vec!["sns:Subscribe"],
            target: What::Resources(topics),
            within: None,
            known: Vec::new(),
        })
    }

    /// The repository has to let in the account of the function, and the service that gets the image for it.
    ///
    /// <https://docs.aws.amazon.com/lambda/latest/dg/images-create.html#configuration-images-xaccount-permissions>
    fn of_image(&self, delivery: &Delivery) -> Vec<Half> {
        if !self.is_of(delivery, "ecr") {
            return Vec::new();
        }
        let target = What::Resources(delivery.target.clone());
        let service = of_service(delivery, FUNCTION, TO_PULL.to_vec(), target.clone());
        let account = Half {
            who: Who::somebody_of(&delivery.account, delivery.span),
            by: Sender::Account,
            actions: TO_PULL.to_vec(),
            target,
            within: None,
            known: Vec::new(),
        };
        vec![service, account]
    }

    /// A role of the source writes the copies: both its policies and that of the bucket of another account have to allow it.
    ///
    /// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/setting-repl-config-perm-overview.html>
    /// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-change-owner.html>
    fn of_replicas(&self, delivery: &Delivery) -> Vec<Half> {
        let Some(who) = delivery.role.as_ref().and_then(|role| self.role_named(role, delivery)) else {
            return Vec::new();
        };
        if !self.is_of(delivery, "s3") {
            return Vec::new();
        }
        let mut actions = vec!["s3:ReplicateObject"];
        if delivery.changes_owner.is_yes() {
            actions.push("s3:ObjectOwnerOverrideToBucketOwner");
        }
        let target = What::Resources(delivery.target.clone());
        let (_, bucket) = self.owner(&target);
        let mut object = bucket.clone();
        object.push_str("/*", delivery.span);
        let within = Some(some_of(&object));
        let half = |actions, target, within| {
            let who = who.clone();
            Half { who, by: Sender::Role, actions, target, within, known: Vec::new() }
        };
        let mut halves = vec![half(actions, target, within)];
        let is_abroad = |id: &ResourceId| {
            self.graph.accounts.same(&self.graph.resources[*id].account, &delivery.account).is_no()
        };
        if !delivery.keys.is_empty() && delivery.keys.iter().all(is_abroad) {
            halves.push(half(vec!["kms:Encrypt"], What::Resources(delivery.keys.clone()), None));
        }
        halves
    }

    /// The policy of a bus has to let in the role of the target, or the account of the rule.
    ///
    /// <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-cross-account.html>
    fn of_events(&self, delivery: &Delivery) -> Vec<Half> {
        const ACTION: &str = "events:PutEvents";
        let Some(role) = &delivery.role else { return self.by_account_or_role(delivery, "events", ACTION) };
        let Some(who) = self.role_named(role, delivery).filter(|_| self.is_of(delivery, "events")) else {
            return Vec::new();
        };
        let target = What::Resources(delivery.target.clone());
        vec![Half { who, by: Sender::Role, actions: vec![ACTION], target, within: None, known: Vec::new() }]
    }

    /// A bus or log destination has to let in the account. Where it lets in an organization, that takes a role.
    ///
    /// <https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutPermission.html>
    /// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CrossAccountSubscriptions.html>
    fn by_account_or_role(&self, delivery: &Delivery, service: &str, action: &'static str) -> Vec<Half> {
        let mut halves = self.by_account(delivery, service, action);
        if let Some(half) = halves.first().filter(|_| delivery.role.is_none()).cloned()
            && self.denied(&half).is_empty()
        {
            let known =
                vec![("aws:PrincipalOrgID", Presence::Absent), ("aws:PrincipalOrgPaths", Presence::Absent)];
            halves.push(Half { by: Sender::RoleOfOrganization, known, ..half });
        }
        halves
    }

    /// Somebody of the account calls it.
    fn by_account(&self, delivery: &Delivery, service: &str, action: &'static str) -> Vec<Half> {
        if !self.is_of(delivery, service) {
            return Vec::new();
        }
        vec![Half {
            who: Who::somebody_of(&delivery.account, delivery.span),
            by: Sender::Account,
            actions: vec![action],
            target: What::Resources(delivery.target.clone()),
            within: None,
            known: Vec::new(),
        }]
    }

    /// Whether all that may be meant is of this service.
    fn is_of(&self, delivery: &Delivery, service: &str) -> bool {
        delivery.target.iter().all(|id| self.graph.resources[*id].service == service)
    }

    /// The role of this ARN: declared, or elsewhere.
    fn role_named(&self, role: &Text, delivery: &Delivery) -> Option<Who> {
        let unit = &self.graph.declarations[delivery.declaration].unit;
        match self.graph.find_identities(role, unit).first() {
            Some(id) => Some(Who::Declared(*id)),
            None => Caller::role(role).map(Who::Elsewhere),
        }
    }

    /// Whether all that a delivery goes to is encrypted with the key that AWS manages for it, which no service can use.
    ///
    /// <https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html>
    pub fn is_shut_by_aws_key(&self, delivery: &Delivery) -> bool {
        matches!(delivery.cargo, Cargo::Messages | Cargo::Notifications)
            && delivery.target.iter().map(|id| &self.graph.resources[*id]).all(|resource| {
                ["sqs", "sns"].contains(&resource.service)
                    && self.has_aws_managed_key(resource).is_some_and(Answer::is_yes)
            })
    }
}

/// What a service calls for whoever sends something.
fn of_service(delivery: &Delivery, name: &'static str, actions: Vec<&'static str>, target: What) -> Half {
    let said = |text: &Text| {
        if text.is_empty() { Presence::Unknown } else { Presence::Values(vec![text.clone()]) }
    };
    let known =
        vec![("aws:SourceArn", said(&delivery.source)), ("aws:SourceAccount", said(&delivery.account))];
    let who = Who::service(&Text::literal(name, delivery.span));
    Half { who, by: Sender::Service(name), actions, target, within: None, known }
}
