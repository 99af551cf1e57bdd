//! An access point lets in another account, and the bucket behind it does not.

use std::collections::BTreeMap;

use super::common::{beside, declared, grantee, listed, pairs};
use super::{Context, Rule};
use crate::ask::{Cause, Grant, Question, Requests, Spot, What, Who, grants};
use crate::diagnostic::{Diagnostic, Effect, Severity};
use crate::graph::ResourceId;
use crate::iam::policy::{Item, Polarity};
use crate::value::Text;

pub(super) static RULE: Rule = Rule {
    name: "access-point-not-delegated",
    summary: "an access point grants another account access that the policy of its bucket does not allow",
    effect: Effect::Mismatch,
    severity: Severity::Error,
    family: "both sides",
    since: "0.1.0",
    page: include_str!("../../rules/access-point-not-delegated.md"),
    check,
};

/// What declares an access point of a bucket.
const POINTS: [&str; 2] = ["AWS::S3::AccessPoint", "aws_s3_access_point"];

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let graph = context.graph;
    let mut refused: BTreeMap<(ResourceId, String), Refused<'_>> = BTreeMap::new();
    for grant in grants(graph) {
        let point = &graph.resources[grant.resource];
        let is_point =
            point.service == "s3" && POINTS.contains(&&*graph.declarations[point.declaration].type_name);
        if !is_point || grant.setting.statement.actions.polarity == Polarity::NotIn {
            continue;
        }
        let bucket = context.ask.bucket_behind(grant.resource).map(|id| &*graph.resources[id].account);
        for (spot, who, account) in context.ask.granted_to(&grant) {
            // An access point may be of another account than its bucket: to its own account the bucket is foreign then.
            let is_other = |own: &Text| graph.accounts.same(&account, own).is_no();
            if !is_other(&point.account) && !bucket.is_some_and(is_other) {
                continue;
            }
            let actions = refused_by_bucket(context, &grant, &who);
            if !actions.is_empty() {
                let shown = grantee(graph, &who, &account);
                let one = refused.entry((grant.resource, shown)).or_insert_with(|| Refused {
                    grant,
                    spot,
                    who,
                    actions: Vec::new(),
                });
                one.actions.extend(actions);
            }
        }
    }
    found.extend(refused.iter().filter_map(|((_, shown), one)| one.finding(context, shown)));
}

/// What an access point grants somebody, and the bucket does not.
struct Refused<'g> {
    grant: Grant<'g>,
    spot: Spot<'g>,
    who: Who,
    actions: Vec<&'g Item<Text>>,
}

/// The actions of a grant of an access point that the bucket behind it certainly does not allow.
fn refused_by_bucket<'g>(context: &Context<'_>, grant: &Grant<'g>, who: &Who) -> Vec<&'g Item<Text>> {
    let statement = grant.setting.statement;
    let Some(clause) = statement.resources.as_ref().filter(|it| it.polarity == Polarity::In) else {
        return Vec::new();
    };
    let elements: Vec<&Text> = clause.items.iter().map(|item| &item.value).collect();
    let point = &context.graph.resources[grant.resource];
    let target = What::resource(grant.resource);
    let is_refused = |action: &&Item<Text>| {
        let Some(requests) = Requests::of(action, elements.iter().copied(), point) else { return false };
        let by_bucket = |(action, within): (&str, &Text)| {
            let question = Question { caller: who, target: &target, action, within: Some(within) };
            let ruling = context.ask.ask(&question);
            ruling.answer.is_no() && ruling.cause == Cause::Bucket
        };
        !requests.is_empty() && requests.each().all(by_bucket)
    };
    statement.actions.items.iter().filter(is_refused).collect()
}

impl Refused<'_> {
    fn finding(&self, context: &Context<'_>, who: &str) -> Option<Diagnostic> {
        let graph = context.graph;
        let point = &graph.resources[self.grant.resource];
        let bucket = context.ask.bucket_behind(self.grant.resource)?;
        let behind = &graph.resources[bucket];
        let actions = listed(self.actions.iter().map(|action| format!("`{}`", action.text)));
        let address = graph.address(behind.declaration);
        let message = format!(
            "the policy of the access point {} grants {actions} to {who}, but the policy of its bucket `{address}` does not allow it: AWS will deny the requests",
            graph.resource_shown(point),
        );
        let owner = graph.accounts.shown(&point.account);
        let help = format!(
            "in the policy of `{address}`, grant {actions} to everyone who comes through an access point of account {owner} (`s3:DataAccessPointAccount`), or to {who}"
        );
        let written: Vec<String> = self.actions.iter().map(|action| action.text.to_string()).collect();
        let mut finding = RULE
            .on(&self.spot, message, "not granted by the bucket")
            .help(help)
            .about([point.arn.to_string(), who.to_owned()])
            .about(written.iter().cloned());
        if let Who::Declared(id) = self.who {
            finding = finding.between(pairs(graph, &[id], &[point.declaration], &written));
        }
        for action in self.actions.iter().take(crate::bounds::LABELLED_ACTIONS) {
            finding =
                finding.related(beside(&self.grant.setting, action.span, "granted by the access point"));
        }
        Some(finding.related(declared(graph, behind.declaration, "bucket of the access point")))
    }
}
