//! Queues, topics, tables and the like that do not exist: where the analyzed files hold all resources of an account, what is
//! declared nowhere is not there.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use super::roster::{Roster, is_slip};
use crate::accounts::normalise::{Key, key};
use crate::bounds;
use crate::config::{Covered, suggestion};
use crate::graph::{Graph, ResourceId};
use crate::iam::arn::Arn;
use crate::iam::glob::{self, Case};
use crate::source::{SourceId, Span};
use crate::value::{Text, UnitKey};

/// What stands in the resource of an ARN before its name, what ends the name, and what it is called.
struct Sort {
    service: &'static str,
    before: &'static str,
    after: char,
    shown: &'static str,
    /// The type of what is looked up.
    looked_up: &'static str,
}

const fn sort(
    service: &'static str,
    before: &'static str,
    after: char,
    shown: &'static str,
    looked_up: &'static str,
) -> Sort {
    Sort { service, before, after, shown, looked_up }
}

/// What is only there when somebody makes it, and whose ARN holds the name that it is given.
///
/// <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html>
/// <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonkinesis.html>
/// <https://docs.aws.amazon.com/service-authorization/latest/reference/list_awslambda.html>
/// <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html>
/// <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsns.html>
/// <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsqs.html>
/// <https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsstepfunctions.html>
const SORTS: [Sort; 7] = [
    sort("dynamodb", "table/", '/', "table", "aws_dynamodb_table"),
    sort("kinesis", "stream/", '/', "stream", "aws_kinesis_stream"),
    sort("lambda", "function:", ':', "function", "aws_lambda_function"),
    sort("s3", "", '/', "bucket", "aws_s3_bucket"),
    sort("sns", "", ':', "topic", "aws_sns_topic"),
    sort("sqs", "", ':', "queue", "aws_sqs_queue"),
    sort("states", "stateMachine:", ':', "state machine", "aws_sfn_state_machine"),
];

/// How the names of what AWS and its tools make begin.
///
/// <https://docs.aws.amazon.com/cdk/v2/guide/bootstrapping-env.html>
/// <https://docs.aws.amazon.com/controltower/latest/userguide/sns.html>
const MADE_ELSEWHERE: [&str; 4] = ["aws", "amazon", "cdk-", "stacksets"];

/// A resource that a policy names and no template declares.
#[derive(Clone, Debug)]
pub struct UndeclaredResource {
    /// `queue`, `topic`.
    pub kind: &'static str,
    /// Its name.
    pub name: String,
    /// Its account; empty for buckets, whose ARNs do not say it.
    pub account: Text,
    /// Whether it surely does not exist.
    pub missing: bool,
    /// The declared one that is probably meant.
    pub near: Option<ResourceId>,
    /// What the ARN has behind the name: `/*` for the objects of a bucket.
    pub behind: String,
}

/// The resources of every account, by service.
#[derive(Debug, Default)]
pub(super) struct Stock {
    shelves: FxHashMap<(&'static str, Key), Shelf>,
    /// Those whose account is not known.
    anywhere: FxHashMap<&'static str, Shelf>,
}

/// The resources of one service and account.
#[derive(Debug, Default)]
struct Shelf {
    /// By their names in small letters.
    named: BTreeMap<String, ResourceId>,
    nameless: Vec<ResourceId>,
}

impl Shelf {
    fn enter(&mut self, name: Option<&str>, id: ResourceId) {
        match name {
            Some(name) => _ = self.named.entry(name.to_lowercase()).or_insert(id),
            None => self.nameless.push(id),
        }
    }
}

impl Stock {
    /// Of all that is declared.
    pub(super) fn of(graph: &Graph) -> Self {
        let mut stock = Self::default();
        for (id, resource) in graph.resources.with_ids().filter(|(_, resource)| resource.declared) {
            let Some(sort) = SORTS.iter().find(|sort| sort.service == resource.service) else { continue };
            let named = Arn::parse(&resource.arn).and_then(|arn| sort.name(&arn.resource));
            let account = if sort.service == "s3" { Text::empty() } else { &resource.account };
            stock.shelves.entry((sort.service, key(account))).or_default().enter(named.as_deref(), id);
            if graph.accounts.may_be_another(&resource.account) {
                stock.anywhere.entry(sort.service).or_default().enter(named.as_deref(), id);
            }
        }
        stock
    }
}

impl Sort {
    /// The name in the resource of an ARN, when it is wholly known and no pattern.
    fn name(&self, resource: &Text) -> Option<String> {
        let mut parts = resource.splitn(usize::MAX, self.after).into_iter();
        let first = parts.next()?;
        let whole = match self.before.split_once(self.after) {
            Some((kind, _)) => first.is_literally(kind).then(|| parts.next()).flatten()?,
            None => first,
        };
        let whole = whole.as_literal()?;
        let name = whole.strip_prefix(if self.before.ends_with(self.after) { "" } else { self.before })?;
        (!name.is_empty() && !name.contains(['*', '?', '$'])).then(|| name.to_owned())
    }

    /// What stands behind a name in the resource of an ARN.
    fn behind(&self, resource: &Text, name: &str) -> String {
        let written = resource.to_string();
        let behind = written.strip_prefix(self.before).and_then(|rest| rest.strip_prefix(name));
        behind.unwrap_or_default().to_owned()
    }
}

/// Of all that have the name of a resource, the one that `unit` means.
fn nearest(graph: &Graph, id: ResourceId, unit: &UnitKey) -> ResourceId {
    graph.find_resources(&graph.resources[id].arn, unit).0.first().copied().unwrap_or(id)
}

impl Stock {
    /// What is known of a resource that a policy of `unit` names when it is not declared.
    pub(super) fn undeclared(
        &self,
        graph: &Graph,
        roster: &Roster,
        element: &Text,
        unit: &UnitKey,
    ) -> Option<UndeclaredResource> {
        let arn = Arn::parse(element)?;
        let sort = SORTS.iter().find(|sort| arn.service.is_literally(sort.service))?;
        let name = sort.name(&arn.resource)?;
        let small = name.to_lowercase();
        let made_elsewhere = MADE_ELSEWHERE.iter().any(|start| small.starts_with(start));
        if made_elsewhere || !graph.find_resources(element, unit).0.is_empty() {
            return None;
        }
        let shelf = self.shelves.get(&(sort.service, key(&arn.account)));
        if shelf.is_some_and(|shelf| shelf.named.contains_key(&small)) {
            return None;
        }
        let covered = sort.service != "s3" && graph.accounts.covers(&arn.account, Covered::Resources);
        let missing = covered && !self.may_hold(graph, roster, (sort, &arn, &small));
        let names = || shelf.into_iter().flat_map(|shelf| &shelf.named).take(bounds::NAMES_COMPARED);
        let near = if missing {
            let close = names().filter(|(known, _)| !suggestion(&small, [known.as_str()]).is_empty());
            close.min_by_key(|(known, _)| (strsim::damerau_levenshtein(&small, known), *known))
        } else {
            let mut like = names().filter(|(known, _)| is_slip(&small, known));
            like.next().filter(|_| like.next().is_none())
        };
        let near = near.map(|(_, id)| nearest(graph, *id, unit));
        let behind = sort.behind(&arn.resource, &name);
        let found =
            UndeclaredResource { kind: sort.shown, name, account: arn.account, missing, near, behind };
        (missing || near.is_some()).then_some(found)
    }

    /// Whether something that a template says is there without saying its name or account may be it.
    fn may_hold(&self, graph: &Graph, roster: &Roster, (sort, arn, name): (&Sort, &Arn, &str)) -> bool {
        let elsewhere = self.anywhere.get(sort.service);
        if elsewhere.is_some_and(|shelf| shelf.named.contains_key(name)) {
            return true;
        }
        let own = self.shelves.get(&(sort.service, key(&arn.account)));
        let nameless = |shelf: Option<&Shelf>| shelf.map_or(&[][..], |shelf| &shelf.nameless).to_vec();
        let nameless = [nameless(own), nameless(elsewhere)].concat();
        let written = Text::literal(format!("{}{name}", sort.before), Span::start_of(SourceId::first()));
        let may_be = |resource: &Text| {
            Arn::parse(resource).is_none_or(|it| !glob::equals(&it.resource, &written, Case::Folded).is_no())
        };
        nameless.len() > bounds::NAMES_COMPARED
            || nameless.iter().any(|id| may_be(&graph.resources[*id].arn))
            || roster.may_hold(graph, &arn.account, sort.looked_up, may_be)
    }
}
