//! Services let in without saying for whom they act.

use std::collections::BTreeMap;

use super::common::beside;
use super::{Context, Rule};
use crate::ask::{Setting, principals};
use crate::diagnostic::{Diagnostic, Effect, Severity};
use crate::graph::DocumentId;
use crate::iam::arn::Arn;
use crate::iam::callers::{self, Bounding, Callers};
use crate::iam::condition::{self, Presence};
use crate::iam::data::{self, SentKeys};
use crate::iam::policy::{Item, Polarity, Statement};
use crate::iam::principal::Principal;
use crate::source::Span;
use crate::value::Text;

pub(super) static RULE: Rule = Rule {
    name: "unscoped-service-principal",
    summary: "a service is let in without a condition that says on whose behalf it may come",
    effect: Effect::Exposed,
    severity: Severity::Warning,
    family: "deputy",
    since: "0.1.0",
    page: include_str!("../../rules/unscoped-service-principal.md"),
    check,
};

/// Services that send the keys but whose policies AWS itself shows without a condition: asking for one would speak
/// against every role of a task and every log bucket of a load balancer.
///
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html>
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html>
const UNASKED: [&str; 3] =
    ["ecs-tasks.amazonaws.com", "eks.amazonaws.com", "logdelivery.elasticloadbalancing.amazonaws.com"];

/// Actions that only look whether a resource is there and may be used. A stranger's request for them ends where the
/// statement that hands over data is limited.
///
/// <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-s3-bucket-policy-for-cloudtrail.html>
const LOOKS: [&str; 5] =
    ["kms:describekey", "s3:getbucketacl", "s3:getbucketlocation", "s3:listbucket", "sns:gettopicattributes"];

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let request = context.request();
    // One finding for each service and document, however many statements and regional names let it in.
    let mut groups: BTreeMap<(DocumentId, String), Vec<Place<'_>>> = BTreeMap::new();
    for setting in principals(context.graph) {
        for item in setting.listed() {
            let Some(unscoped) = unscoped(&setting, item, request) else { continue };
            let service = data::general_service(&unscoped.name);
            groups.entry((setting.id, service)).or_default().push(Place { setting, item, unscoped });
        }
    }
    found.extend(groups.values().filter_map(|places| joined(places)));
}

/// A service in a statement.
struct Place<'a> {
    setting: Setting<'a>,
    item: &'a Item<Principal>,
    unscoped: Unscoped,
}

/// One finding of all places: about the worst, with the others as further places.
fn joined(places: &[Place<'_>]) -> Option<Diagnostic> {
    let worst = places.iter().map(|place| place.unscoped.severity).max()?;
    let main = places.iter().position(|place| place.unscoped.severity == worst)?;
    let first = places.get(main)?;
    let mut finding = first.unscoped.finding(&first.setting, first.item);
    for (index, place) in places.iter().enumerate() {
        if index != main && place.item.span != first.item.span {
            finding = finding.related(beside(&place.setting, place.item.span, "and here"));
        }
    }
    Some(finding)
}

/// A service that a statement lets in for anybody.
struct Unscoped {
    name: String,
    /// The keys that it sends.
    sent: SentKeys,
    severity: Severity,
    /// What looks like a limit, and why it is none.
    loophole: Option<(Span, String)>,
}

fn unscoped(setting: &Setting<'_>, item: &Item<Principal>, request: &condition::Context) -> Option<Unscoped> {
    let Principal::Service(name) = &item.value else { return None };
    let name = name.as_literal()?.into_owned();
    if UNASKED.contains(&name.as_str()) || (name == MAIL && names_referer(setting.statement, request)) {
        return None;
    }
    let sends = data::service_sends_source(&name)?;
    let trust = setting.is_trust();
    if trust && is_made(setting, item) {
        return None;
    }
    let sent = if trust { sends.in_trust } else { sends.towards(&setting.document.service) };
    let sent = sent.filter(|sent| sent.source_arn || sent.source_account)?;
    let document = setting.document;
    let admitted = callers::admitted(&document.policy, setting.statement, &document.service, request);
    let nameless = match scope(&admitted) {
        Scope::Named => return None,
        Scope::Nameless(span) => Some((span, "the ARN of a bucket names no account".to_owned())),
        Scope::None => None,
    };
    let loophole = || admitted.loopholes.into_iter().next().map(|loophole| (loophole.span, loophole.reason));
    let severity = if trust || only_looks(setting.statement) { Severity::Info } else { Severity::Warning };
    Some(Unscoped { name, sent, severity, loophole: nameless.or_else(loophole) })
}

fn only_looks(statement: &Statement) -> bool {
    let actions = &statement.actions;
    let looks = |action: &Item<Text>| {
        action.text.as_literal().is_some_and(|name| LOOKS.contains(&name.to_ascii_lowercase().as_str()))
    };
    actions.polarity == Polarity::In && !actions.open && actions.items.iter().all(looks)
}

/// Whether nobody wrote the principal: the role of a state machine that SAM makes. There is no place for a condition.
fn is_made(setting: &Setting<'_>, item: &Item<Principal>) -> bool {
    setting.graph.declarations[setting.document.declaration].span == item.span
}

/// Puts mail into a bucket. AWS once told to limit it with `aws:Referer`, which it sets to the account it acts for,
/// and CDK still does.
///
/// <https://docs.aws.amazon.com/ses/latest/dg/receiving-email-permissions.html>
/// <https://github.com/aws/aws-cdk/issues/29811>
const MAIL: &str = "ses.amazonaws.com";

/// Whether a condition shuts out requests of another account by their `aws:Referer`.
fn names_referer(statement: &Statement, request: &condition::Context) -> bool {
    let other = Presence::Values(vec![Text::literal("another account", statement.span)]);
    let request = request.with("aws:Referer", other);
    condition::on_key(statement, "aws:Referer").next().is_some()
        && !condition::satisfiable(&statement.conditions, statement.conditions_open, &request).is_yes()
}

/// What a statement says of those for whom the service acts.
enum Scope {
    /// It names them, or something that only a known source comes through.
    Named,
    /// It names a resource whose ARN has no account in it.
    Nameless(Span),
    /// Nothing.
    None,
}

fn scope(admitted: &Callers) -> Scope {
    let mut nameless = None;
    for bound in admitted.bounds.iter().filter(|bound| !bound.answer.is_no()) {
        match bound.kind {
            Bounding::Source if !bound.open && bound.values.iter().any(has_no_account) => {
                nameless = Some(bound.key_span);
            }
            Bounding::Source | Bounding::Account | Bounding::Organization | Bounding::Secret => {
                return Scope::Named;
            }
            _ => {}
        }
    }
    match nameless {
        Some(span) => Scope::Nameless(span),
        None if admitted.bounded.is_no() => Scope::None,
        None => Scope::Named,
    }
}

/// Whether a value is the ARN of a bucket: without an account in it, as names of buckets are the world's.
fn has_no_account(item: &Item<Text>) -> bool {
    Arn::parse(&item.value).is_some_and(|arn| arn.account.is_empty() && arn.service.is_literally("s3"))
}

impl Unscoped {
    fn finding(&self, setting: &Setting<'_>, item: &Item<Principal>) -> Diagnostic {
        let reason = self.loophole.as_ref().map_or_else(String::new, |(_, reason)| format!(": {reason}"));
        let message = format!("{} lets in `{}` whoever it acts for{reason}", setting.subject(), self.name);
        let keys = match (self.sent.source_arn, self.sent.source_account) {
            (true, true) => "`aws:SourceArn` or `aws:SourceAccount`",
            (true, false) => "`aws:SourceArn`",
            _ => "`aws:SourceAccount`",
        };
        let mut finding = RULE
            .on(&setting.item(item), message, "may act for any account")
            .severity(self.severity)
            .help(format!("add a condition on {keys} that names your account or resource"))
            .about([self.name.as_str()]);
        if let Some((span, _)) = self.loophole {
            finding = finding.related(beside(setting, span, "does not say for whom"));
        }
        finding
    }
}
