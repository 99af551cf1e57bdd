//! What a bucket policy grants does not work, because the policy is public and Block Public Access rejects or cuts off such policies.

use std::collections::BTreeMap;

use super::common::{beside, grantee, label, listed, pairs};
use super::{Context, Rule};
use crate::ask::{Cause, Grant, Question, Reason, Requests, Setting, Spot, What, Who, grants, statements};
use crate::diagnostic::{Diagnostic, Effect, Pair, Severity};
use crate::facts::Language;
use crate::graph::{Graph, Purpose, Resource, ResourceId};
use crate::iam::callers;
use crate::iam::policy::{self, Item, Polarity};
use crate::iam::principal::Principal;
use crate::value::Text;

pub(super) static RULE: Rule = Rule {
    name: "public-access-block-conflict",
    summary: "a bucket policy is rejected, or what it grants is cut off, because a statement is public",
    effect: Effect::Dead,
    severity: Severity::Warning,
    family: "grant",
    since: "0.1.0",
    page: include_str!("../../rules/public-access-block-conflict.md"),
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let graph = context.graph;
    let mut cut: BTreeMap<ResourceId, Vec<CutOff<'_>>> = BTreeMap::new();
    for grant in grants(graph) {
        let bucket = &graph.resources[grant.resource];
        if bucket.service != "s3" || !bucket.surroundings.public_cut_off.is_yes() {
            continue;
        }
        for (spot, who, account) in context.ask.granted_to(&grant) {
            if graph.accounts.same(&account, &bucket.account).is_no()
                && let Some(actions) = cut_off(context, &grant, &who)
            {
                let shown = grantee(graph, &who, &account);
                let one = CutOff { grant, spot, who, shown, actions };
                cut.entry(grant.resource).or_default().push(one);
            }
        }
    }
    let mut refused: BTreeMap<ResourceId, Diagnostic> = BTreeMap::new();
    for setting in statements(graph) {
        if let Some((bucket, everyone)) = for_everyone(&setting)
            && !refused.contains_key(&bucket)
        {
            refused.insert(bucket, rejected(context, bucket, (&setting, everyone), cut.get(&bucket)));
        }
    }
    let cut = cut.iter().filter(|(bucket, _)| !refused.contains_key(bucket));
    found.extend(cut.filter_map(|(bucket, all)| finding(context, *bucket, all)));
    found.extend(refused.into_values());
}

/// What keys begin with that say nothing of who calls or where from: with conditions on them a policy is as public as without any.
const OF_REQUEST: [&str; 10] = [
    "aws:SecureTransport",
    "s3:ExistingObjectTag/",
    "s3:TlsVersion",
    "s3:authType",
    "s3:delimiter",
    "s3:max-keys",
    "s3:prefix",
    "s3:signature",
    "s3:x-amz-acl",
    "s3:x-amz-grant-",
];

/// The bucket of a statement for everyone, without a condition that limits who calls, whose policy S3 does not store.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html>
fn for_everyone<'g>(setting: &Setting<'g>) -> Option<(ResourceId, &'g Item<Principal>)> {
    let Purpose::Resource(bucket) = setting.document.purpose else { return None };
    let (resource, statement) = (&setting.graph.resources[bucket], setting.statement);
    let is_of_request = |condition: &policy::Condition| {
        OF_REQUEST.iter().any(|key| condition.key.value.begins_with_folded(key))
    };
    let is_plain = !statement.conditions_open && statement.conditions.iter().all(is_of_request);
    let is_refused = resource.service == "s3" && resource.surroundings.public_refused.is_yes();
    let allows = statement.effect == Some(policy::Effect::Allow);
    if !is_refused || !is_plain || !allows || setting.may_be_about_others() {
        return None;
    }
    let everyone = setting.listed().iter().find(|item| item.value == Principal::Everyone)?;
    Some((bucket, everyone))
}

fn rejected(
    context: &Context<'_>,
    bucket: ResourceId,
    (setting, everyone): (&Setting<'_>, &Item<Principal>),
    cut: Option<&Vec<CutOff<'_>>>,
) -> Diagnostic {
    let graph = context.graph;
    let resource = &graph.resources[bucket];
    let switch = match graph.accounts.language(setting.unit()) {
        Some(Language::Terraform) => "block_public_policy",
        _ => "BlockPublicPolicy",
    };
    let shown = graph.resource_shown(resource);
    let message = format!(
        "S3 rejects the policy of {shown}: it grants access to anyone, and Block Public Access (`{switch}`) blocks public policies"
    );
    let mut finding = RULE
        .on(&setting.item(everyone), message, "makes the policy public")
        .help("remove the public statement, or restrict it with a condition that S3 takes for fixed, such as `aws:PrincipalOrgID` or `aws:PrincipalAccount`")
        .about([resource.arn.to_string()]);
    finding.effect = Effect::Rejected;
    for one in cut.into_iter().flatten() {
        finding = finding.related(label(&one.spot, one.spot.span, "not granted either"));
        finding = finding.between(one.pairs(graph, resource));
    }
    finding
}

/// What is granted to somebody of another account in vain.
struct CutOff<'g> {
    grant: Grant<'g>,
    spot: Spot<'g>,
    who: Who,
    shown: String,
    actions: Vec<&'g Item<Text>>,
}

impl CutOff<'_> {
    fn pairs(&self, graph: &Graph, resource: &Resource) -> Vec<Pair> {
        let written: Vec<String> = self.actions.iter().map(|action| action.text.to_string()).collect();
        match self.who {
            Who::Declared(id) => pairs(graph, &[id], &[resource.declaration], &written),
            Who::Elsewhere(_) => Vec::new(),
        }
    }
}

/// The actions of a grant, when S3 cuts all of them off because the policy is public.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html>
fn cut_off<'g>(context: &Context<'_>, grant: &Grant<'g>, who: &Who) -> Option<Vec<&'g Item<Text>>> {
    let statement = grant.setting.statement;
    let clause = statement.resources.as_ref().filter(|it| it.polarity == Polarity::In)?;
    if statement.actions.polarity == Polarity::NotIn {
        return None;
    }
    let bucket = &context.graph.resources[grant.resource];
    let target = What::resource(grant.resource);
    let elements: Vec<&Text> = clause.items.iter().map(|item| &item.value).collect();
    let mut all = Vec::new();
    for action in &statement.actions.items {
        let requests = Requests::of(action, elements.iter().copied(), bucket)?;
        let is_cut = |(action, within): (&str, &Text)| {
            let question = Question { caller: who, target: &target, action, within: Some(within) };
            let ruling = context.ask.ask(&question);
            ruling.answer.is_no() && ruling.cause == Cause::Decided(Reason::PublicCutOff)
        };
        if !requests.is_empty() {
            if !requests.each().all(is_cut) {
                return None;
            }
            all.push(action);
        }
    }
    (!all.is_empty()).then_some(all)
}

/// The statement that makes S3 take the policy for public.
fn public<'g>(context: &Context<'_>, grant: &Grant<'g>) -> Option<(Setting<'g>, &'g Item<Principal>)> {
    let setting = grant.setting;
    Setting::all(setting.graph, setting.id).find_map(|setting| {
        let everyone = setting.listed().iter().find(|item| item.value == Principal::Everyone)?;
        let bounded = callers::callers(setting.statement, "s3", context.request()).bounded;
        let allows = setting.statement.effect == Some(policy::Effect::Allow);
        (allows && bounded.is_no()).then_some((setting, everyone))
    })
}

fn finding(context: &Context<'_>, bucket: ResourceId, all: &[CutOff<'_>]) -> Option<Diagnostic> {
    let graph = context.graph;
    let (first, resource) = (all.first()?, &graph.resources[bucket]);
    let (setting, everyone) = public(context, &first.grant)?;
    let mut whom: Vec<String> = all.iter().map(|one| one.shown.clone()).collect();
    whom.sort();
    whom.dedup();
    let message = format!(
        "the policy of {} grants access to {}, but it also grants access to anyone, and Block Public Access cuts off all other accounts then: AWS will deny the requests",
        graph.resource_shown(resource),
        listed(whom.iter().cloned()),
    );
    let mut finding = RULE
        .on(&first.spot, message, "cut off with the public")
        .help("remove the public statement, or restrict it with a condition that S3 takes for fixed, such as `aws:PrincipalOrgID` or `aws:PrincipalAccount`")
        .about([resource.arn.to_string()])
        .about(whom)
        .related(beside(&setting, everyone.span, "makes the policy public"));
    for one in all {
        finding = finding.between(one.pairs(graph, resource));
    }
    Some(finding)
}
