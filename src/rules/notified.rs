//! What AWS services send to queues and topics, as the project declares it.

use std::cell::OnceCell;

use rustc_hash::FxHashMap;

use crate::ask::Setting;
use crate::graph::deliveries::Cargo;
use crate::graph::{Graph, Purpose, ResourceId};

/// What is delivered to which queue or topic.
pub(super) struct Notified<'g> {
    graph: &'g Graph,
    /// Made when somebody first asks.
    cargo: OnceCell<FxHashMap<ResourceId, Cargo>>,
}

impl<'g> Notified<'g> {
    pub(super) fn of(graph: &'g Graph) -> Self {
        Self { graph, cargo: OnceCell::new() }
    }

    /// Whom to trust in place of everyone, where a service sends to the queue or topic whose policy it is: its requests have no
    /// `aws:PrincipalOrgID` and no `aws:PrincipalAccount`.
    ///
    /// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/grant-destinations-permissions-to-s3.html>
    /// <https://docs.aws.amazon.com/sns/latest/dg/subscribe-sqs-queue-to-sns-topic.html>
    /// <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html>
    pub(super) fn help(&self, setting: &Setting<'_>) -> Option<String> {
        let Purpose::Resource(resource) = setting.document.purpose else { return None };
        if !["sns", "sqs"].contains(&&*setting.document.service) {
            return None;
        }
        let (service, key, what) = match self.cargo().get(&resource)? {
            Cargo::Notifications => {
                ("s3.amazonaws.com", "aws:SourceAccount", "a bucket sends its notifications")
            }
            Cargo::Messages => ("sns.amazonaws.com", "aws:SourceArn", "a topic sends its messages"),
            Cargo::Events => ("events.amazonaws.com", "aws:SourceArn", "a rule sends its events"),
            _ => return None,
        };
        Some(format!(
            "set the principal to the service `{service}`, with a condition on `{key}`: {what} here"
        ))
    }

    fn cargo(&self) -> &FxHashMap<ResourceId, Cargo> {
        self.cargo.get_or_init(|| {
            // Where a role is named, it sends.
            let by_service = self.graph.deliveries().into_iter().filter(|it| it.role.is_none());
            by_service.flat_map(|it| it.target.into_iter().map(move |target| (target, it.cargo))).collect()
        })
    }
}
