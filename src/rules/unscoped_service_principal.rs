//! Services trusted without saying for whom they act.

use std::cell::OnceCell;
use std::collections::BTreeMap;

use super::common::{beside, is_same, listed};
use super::dropped::with_dropped;
use super::senders::{Deliveries, Senders, folder};
use super::source_account;
use super::{Context, Rule};
use crate::ask::{Setting, principals};
use crate::diagnostic::{Diagnostic, Effect, Severity};
use crate::facts::Language;
use crate::graph::{DocumentId, Purpose};
use crate::iam::arn::Arn;
use crate::iam::callers::{self, Bound, Bounding, Callers, LoopholeKind};
use crate::iam::condition::{self, Presence};
use crate::iam::data::{self, AccessLevel, SentKeys};
use crate::iam::policy::{Item, Polarity, Statement};
use crate::iam::principal::Principal;
use crate::source::Span;
use crate::value::{Answer, Class, PieceKind, Text, UnitKey, Value};

pub(super) static RULE: Rule = Rule {
    name: "unscoped-service-principal",
    summary: "a policy trusts an AWS service without a condition on the source account or resource (confused deputy)",
    effect: Effect::Exposed,
    severity: Severity::Warning,
    family: "deputy",
    since: "0.1.0",
    page: include_str!("../../rules/unscoped-service-principal.md"),
    check,
};

/// Services that send the keys but whose policies AWS itself shows without a condition: asking for one would speak
/// against every role of a task or function and every log bucket of a load balancer.
///
/// <https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html>
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html>
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html>
const UNASKED: [&str; 4] = [
    "ecs-tasks.amazonaws.com",
    "eks.amazonaws.com",
    "lambda.amazonaws.com",
    "logdelivery.elasticloadbalancing.amazonaws.com",
];

/// Actions that only look whether a resource is there and may be used. A stranger's request for them ends where the
/// statement that hands over data is limited.
///
/// <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-s3-bucket-policy-for-cloudtrail.html>
const LOOKS: [&str; 5] =
    ["kms:describekey", "s3:getbucketacl", "s3:getbucketlocation", "s3:listbucket", "sns:gettopicattributes"];

/// Services that read objects of buckets whose policy lets them, and say for whom.
///
/// <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-restricting-access-to-s3.html>
/// <https://docs.aws.amazon.com/appflow/latest/userguide/s3-policies-management.html>
/// <https://docs.aws.amazon.com/connect/latest/adminguide/cross-service-confused-deputy-prevention.html>
const READERS: [&str; 3] = ["appflow.amazonaws.com", "cloudfront.amazonaws.com", "profile.amazonaws.com"];

/// Puts logs into the folder of the account that they are of, `AWSLogs/111122223333/…`, before which nobody can choose such a
/// folder of another one. Of `CloudTrail` and Config whoever configures them chooses what stands before it.
///
/// <https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-s3-path.html>
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/network/enable-access-logs.html>
const INTO_FOLDERS: &str = "delivery.logs.amazonaws.com";

/// Services that whoever configures them tells with which key to encrypt: the key of the bucket stops nobody.
///
/// <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/encrypting-cloudtrail-log-files-with-aws-kms.html>
/// <https://docs.aws.amazon.com/config/latest/APIReference/API_DeliveryChannel.html>
const CHOOSE_KEY: [&str; 2] = ["cloudtrail.amazonaws.com", "config.amazonaws.com"];

/// Services that use a key only for what has a policy of its own, which says for whom they act: the reason, and what the principal is.
///
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html>
/// <https://docs.aws.amazon.com/cost-management/latest/userguide/ad-SNS.html>
const BEHIND_A_POLICY: [(&str, &str, &str); 2] = [
    (
        "costalerts.amazonaws.com",
        "Cost Anomaly Detection uses the key only for topics whose own policy allows it to publish",
        "usable for any subscription",
    ),
    (
        "sns.amazonaws.com",
        "SNS uses the key only for queues whose own policy allows it to send",
        "usable for any topic",
    ),
];

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let (request, notified, deliveries) = (context.request(), OnceCell::new(), Deliveries::new(context));
    // One finding for each service and document, however many statements and regional names let it in.
    let mut groups: BTreeMap<(DocumentId, String), Vec<Place<'_>>> = BTreeMap::new();
    for setting in principals(context.graph) {
        for item in setting.listed() {
            let Some(mut unscoped) = unscoped(&setting, item, request, &notified) else { continue };
            if names_objects(&setting, &unscoped) {
                unscoped.soften(Some(Mild {
                    reason: "S3 sends the ARN of the bucket and never of its objects, so this never applies"
                        .to_owned(),
                    label: "not the ARN of a bucket",
                    help: Some("write the ARN of the bucket".to_owned()),
                }));
            } else if unscoped.severity == Severity::Warning {
                unscoped.soften(mild(context, &setting, &unscoped.name));
            }
            let service = data::general_service(&unscoped.name);
            groups.entry((setting.id, service)).or_default().push(Place { setting, item, unscoped });
        }
    }
    found.extend(groups.values().filter_map(|places| joined(context, places, &deliveries)));
}

/// Whether all sources of which a statement allows requests of S3 are objects.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/grant-destinations-permissions-to-s3.html>
fn names_objects(setting: &Setting<'_>, unscoped: &Unscoped) -> bool {
    let Loophole::Bucket(key) = unscoped.loophole else { return false };
    let mut conditions = setting.statement.conditions.iter();
    let condition = conditions.find(|condition| condition.key.span == key);
    let is_object = |item: &Item<Text>| {
        Arn::parse(&item.value).is_some_and(|arn| arn.service.is_literally("s3") && arn.resource.has("/"))
    };
    unscoped.name == STORAGE
        && condition.is_some_and(|condition| !condition.open && condition.values.iter().all(is_object))
}

/// A service in a statement.
struct Place<'a> {
    setting: Setting<'a>,
    item: &'a Item<Principal>,
    unscoped: Unscoped,
}

/// One finding of all places: about the worst, with the others as further places. Of infos one that has a reason says more
/// than one that only looks.
fn joined(
    context: &Context<'_>,
    places: &[Place<'_>],
    deliveries: &Deliveries<'_, '_>,
) -> Option<Diagnostic> {
    let weight = |place: &Place<'_>| (place.unscoped.severity, place.unscoped.mild.is_some());
    let worst = places.iter().map(weight).max()?;
    let main = places.iter().position(|place| weight(place) == worst)?;
    let first = places.get(main)?;
    let finding = first.unscoped.finding(&first.setting, first.item, deliveries, is_each(first, places));
    let fix = match &first.unscoped.loophole {
        Loophole::Bucket(key) if places.len() == 1 => source_account::added(context, &first.setting, *key),
        _ => None,
    };
    let mut finding = with_dropped(context, &first.setting, first.item, finding.fix(fix));
    for (index, place) in places.iter().enumerate() {
        if index != main && place.item.span != first.item.span {
            finding = finding.related(beside(&place.setting, place.item.span, "same service principal"));
        }
    }
    Some(if first.setting.may_be_about_others() { finding.possible() } else { finding })
}

/// Whether a statement names one service, by a choice of names that are all trusted alike: by that of each region.
fn is_each(first: &Place<'_>, places: &[Place<'_>]) -> bool {
    let listed = first.setting.listed();
    let is_trusted = |item: &Item<Principal>| {
        !item.when.is_empty() && places.iter().any(|place| place.item.span == item.span)
    };
    listed.len() > 1 && listed.iter().all(is_trusted)
}

/// A service that a statement lets act for anybody.
struct Unscoped {
    name: String,
    /// It is named by `*` and a bucket as source.
    by_source: bool,
    /// The keys that it sends.
    sent: SentKeys,
    severity: Severity,
    loophole: Loophole,
    /// Why it is no more than an info, although another account could be meant.
    mild: Option<Mild>,
}

/// Why a statement without a source is of no use to another account, and what the principal is then.
struct Mild {
    reason: String,
    label: &'static str,
    /// What is to be changed before the statement does anything.
    help: Option<String>,
}

/// What looks as if it said for whom the service acts.
enum Loophole {
    /// Nothing.
    None,
    /// The ARN of a bucket, which has no account in it.
    Bucket(Span),
    /// A condition that does not restrict the source.
    Condition(callers::Loophole),
}

const STORAGE: &str = "s3.amazonaws.com";

/// Services that Amazon S3 calls for a bucket, so that what it sends is the ARN of one.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/grant-destinations-permissions-to-s3.html>
const FROM_BUCKETS: [&str; 3] = ["lambda", "sns", "sqs"];

fn unscoped<'g>(
    setting: &Setting<'g>,
    item: &Item<Principal>,
    request: &condition::Context,
    notified: &Notified<'g>,
) -> Option<Unscoped> {
    let (name, by_source) = match &item.value {
        Principal::Service(name) => (name.as_literal()?.into_owned(), false),
        // Whoever acts for a bucket is Amazon S3.
        Principal::Everyone => (STORAGE.to_owned(), true),
        _ => return None,
    };
    if UNASKED.contains(&name.as_str())
        || (name == MAIL && names_referer(setting.statement, request))
        || reads_in_vain(setting, &name)
        || is_never_called(setting)
    {
        return None;
    }
    let sends = data::service_sends_source(&name)?;
    let trust = setting.is_trust();
    if trust && is_made(setting, item) || is_of_event_rules(setting, &name) {
        return None;
    }
    let sent = if trust { sends.in_trust } else { sends.towards(&setting.document.service) };
    let sent = sent.filter(|sent| sent.source_arn || sent.source_account)?;
    let document = setting.document;
    if callers::leaves_nobody(&document.policy, setting.statement, request).is_yes() {
        return None;
    }
    let admitted = callers::admitted(&document.policy, setting.statement, &document.service, request);
    // Whatever the source is, Amazon S3 sends the ARN of a bucket; somebody else may send another one.
    let from_bucket = !by_source && name == STORAGE && FROM_BUCKETS.contains(&&*document.service);
    let (scope, own_bucket) = scope(setting, &admitted, from_bucket, notified);
    let loophole = match scope {
        Scope::Named => return None,
        Scope::Nameless(_) if names_own_buckets(setting, &name, &admitted) => return None,
        Scope::Nameless(span) => Loophole::Bucket(span),
        Scope::None if by_source => return None,
        Scope::None => match admitted.loopholes.into_iter().next() {
            Some(hole) => Loophole::Condition(hole),
            None => Loophole::None,
        },
    };
    let harmless = trust || own_bucket || only_looks(setting.statement);
    let severity = if harmless { Severity::Info } else { Severity::Warning };
    Some(Unscoped { name, by_source, sent, severity, loophole, mild: None })
}

/// Why another account cannot make use of a service that a statement trusts.
fn mild(context: &Context<'_>, setting: &Setting<'_>, name: &str) -> Option<Mild> {
    let service = &*setting.document.service;
    if let Some(within) = data::acts_within_account(name, service) {
        return Some(Mild { reason: within.to_owned(), label: "used by this account only", help: None });
    }
    if service == "kms"
        && let Some((_, reason, label)) = BEHIND_A_POLICY.iter().find(|(it, ..)| *it == name)
    {
        return Some(Mild { reason: (*reason).to_owned(), label, help: None });
    }
    if service == "s3" && data::general_service(name) == INTO_FOLDERS {
        let reason = match is_into_folders(setting) {
            Answer::Yes => "logs of other accounts go into folders of their own",
            Answer::Unknown => "whether it is limited to the folder of an account is not known",
            Answer::No => "",
        };
        if !reason.is_empty() {
            return Some(Mild { reason: reason.to_owned(), label: "limited by the folder", help: None });
        }
    }
    let Purpose::Resource(resource) = setting.document.purpose else { return None };
    // https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-infrastructure-V2-S3.html
    if service == "s3"
        && data::general_service(name) == INTO_FOLDERS
        && context.ask.has_key_of_storage(resource)
    {
        let reason = "logs are not delivered with the key that AWS manages for S3".to_owned();
        return Some(Mild { reason, label: CUT_OFF, help: Some(OWN_KEY.to_owned()) });
    }
    if service == "s3" && CHOOSE_KEY.contains(&name) {
        return None;
    }
    // Nobody can change the policy of the key that AWS manages, and it allows only principals of the account.
    // https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
    if ["sns", "sqs"].contains(&service)
        && context.ask.has_aws_managed_key(&context.graph.resources[resource]).is_some_and(Answer::is_yes)
    {
        let reason =
            format!("the key `alias/aws/{service}` allows no service to encrypt, so nothing is delivered");
        return Some(Mild { reason, label: CUT_OFF, help: Some(OWN_KEY.to_owned()) });
    }
    let key = context.ask.key_shut_to(resource, name)?;
    let key = context.graph.address(context.graph.resources[key].declaration);
    let reason =
        format!("the policy of the key `{key}` does not allow it to encrypt, so nothing is delivered");
    let help = format!("allow `{name}` to encrypt in the policy of `{key}`");
    Some(Mild { reason, label: CUT_OFF, help: Some(help) })
}

/// What a service is that the key keeps out.
const CUT_OFF: &str = "cannot use the key";

/// What to do about a key whose policy nobody can change.
const OWN_KEY: &str = "encrypt with a key of your own that the service may use";

/// Whether no service ever calls what a statement allows: of a topic or queue another action than the one by which
/// messages arrive, of a bucket what does nothing with the resource that is named.
///
/// <https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-use-cases.html>
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-basic-examples-of-sqs-policies.html>
fn is_never_called(setting: &Setting<'_>) -> bool {
    let actions = &setting.statement.actions;
    match &*setting.document.service {
        "sns" => actions.takes("sns:Publish").is_no(),
        "sqs" => actions.takes("sqs:SendMessage").is_no(),
        "s3" => names_no_object(setting.statement),
        _ => false,
    }
}

/// Whether a statement only puts objects, and names none: a bucket, or a folder without what is in it.
fn names_no_object(statement: &Statement) -> bool {
    let Some(resources) = &statement.resources else { return false };
    let puts = |action: &Item<Text>| {
        action.text.as_literal().is_some_and(|name| name.eq_ignore_ascii_case("s3:PutObject"))
    };
    let is_none = |item: &Item<Text>| {
        let folder = item
            .value
            .pieces()
            .last()
            .is_some_and(|piece| matches!(&piece.kind, PieceKind::Literal(text) if text.ends_with('/')));
        folder || data::acts_on("s3:PutObject", &item.value).is_no()
    };
    let only = |polarity: Polarity, open: bool, empty: bool| polarity == Polarity::In && !open && !empty;
    let actions = &statement.actions;
    only(actions.polarity, actions.open, actions.items.is_empty())
        && only(resources.polarity, resources.open, resources.items.is_empty())
        && actions.items.iter().all(puts)
        && resources.items.iter().all(is_none)
}

/// Whether all that a statement names lies in the folder of an account or organization, as far as it is known.
fn is_into_folders(setting: &Setting<'_>) -> Answer {
    let Some(clause) = setting.statement.resources.as_ref() else { return Answer::No };
    let is_folder = |item: &Item<Text>| match folder(&item.value) {
        Some(_) => Answer::Yes,
        // A list that is put together by functions.
        None if item.value.as_symbol().is_some() => Answer::Unknown,
        None => Answer::No,
    };
    let all = Answer::all(clause.items.iter().map(is_folder));
    let is_there = clause.polarity == Polarity::In && (clause.open || !clause.items.is_empty());
    all.and(if clause.open { Answer::Unknown } else { Answer::Yes }).and(is_there.into())
}

/// Whether a statement is the one by which `EventBridge` writes into log groups: it names the delivery of logs beside, and a
/// condition would bind both, of which `EventBridge` sends nothing.
///
/// <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html>
fn is_of_event_rules(setting: &Setting<'_>, name: &str) -> bool {
    let is_events = |item: &Item<Principal>| matches!(&item.value, Principal::Service(other) if other.is_literally("events.amazonaws.com"));
    name == "delivery.logs.amazonaws.com"
        && &*setting.document.service == "logs"
        && setting.listed().iter().any(is_events)
}

/// Whether a statement of a bucket only reads, for a service that reads no bucket on anybody's behalf: `GuardDuty` gets lists of
/// addresses with the permissions of whoever adds them.
///
/// <https://docs.aws.amazon.com/guardduty/latest/ug/guardduty-lists-prerequisites.html>
fn reads_in_vain(setting: &Setting<'_>, name: &str) -> bool {
    let actions = &setting.statement.actions;
    let is_read = |action: &data::Action| matches!(action.level, AccessLevel::Read | AccessLevel::List);
    let reads = |action: &Item<Text>| {
        let mut meant = action.text.as_literal().into_iter().flat_map(|name| data::expand(&name)).peekable();
        meant.peek().is_some() && meant.all(|action| is_read(&action))
    };
    &*setting.document.service == "s3"
        && !READERS.contains(&&*data::general_service(name))
        && actions.polarity == Polarity::In
        && !actions.open
        && actions.items.iter().all(reads)
        && !only_looks(setting.statement)
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

/// What the bounds say of the source, and whether the only sources are buckets of the project: somebody else gets their names
/// only after they are deleted. `from_bucket` says that the source is a bucket, so that its ARN has no account whatever its
/// value turns out to be.
fn scope<'g>(
    setting: &Setting<'g>,
    admitted: &Callers,
    from_bucket: bool,
    notified: &Notified<'g>,
) -> (Scope, bool) {
    let (mut nameless, mut own) = (None, true);
    let is_own = |item: &Item<Text>| {
        let (found, _) = setting.graph.find_resources(&item.value, setting.unit());
        is_referred(&item.value)
            || found.iter().any(|id| setting.graph.resources[*id].declared)
            || is_notified(setting, &item.value, notified)
    };
    for bound in admitted.bounds.iter().filter(|bound| !bound.answer.is_no()) {
        let is_arn = |item: &Item<Text>| has_no_account(item) || from_bucket && is_unknown_arn(bound, item);
        match bound.kind {
            Bounding::Source if !bound.open && bound.values.iter().any(is_arn) => {
                nameless = Some(bound.key_span);
                own &= bound.values.iter().all(is_own);
            }
            Bounding::Source | Bounding::Account | Bounding::Organization | Bounding::Secret => {
                return (Scope::Named, false);
            }
            _ => {}
        }
    }
    match nameless {
        Some(span) => (Scope::Nameless(span), own),
        None if admitted.bounded.is_no() => (Scope::None, false),
        None => (Scope::Named, false),
    }
}

/// Whether the only sources are buckets that are named, and the service acts for none of another account: whoever takes such a
/// name can do nothing with it.
fn names_own_buckets(setting: &Setting<'_>, name: &str, admitted: &Callers) -> bool {
    let is_named =
        |item: &Item<Text>| Arn::parse(&item.value).is_none_or(|arn| !arn.resource.is_literally("*"));
    let bounds = admitted.bounds.iter().filter(|bound| !bound.answer.is_no());
    data::acts_within_account(name, &setting.document.service).is_some()
        && bounds
            .filter(|bound| matches!(bound.kind, Bounding::Source))
            .all(|bound| bound.values.iter().all(is_named))
}

/// The buckets of which a unit says what they notify, which only the account of a bucket can. Made when somebody first asks.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketNotificationConfiguration.html>
type Notified<'g> = OnceCell<Vec<(&'g UnitKey, Text)>>;

/// Whether the unit itself says what a bucket notifies, which it may only have looked up.
fn is_notified<'g>(setting: &Setting<'g>, source: &Text, notified: &Notified<'g>) -> bool {
    let Some(arn) = Arn::parse(source) else { return false };
    let all = notified.get_or_init(|| {
        let declarations = setting.graph.declarations.iter();
        let of_type = declarations.filter(|one| &*one.type_name == "aws_s3_bucket_notification");
        of_type
            .filter_map(|one| Some((&one.unit, one.properties.get("bucket").and_then(Value::as_text)?)))
            .collect()
    });
    all.iter().any(|(unit, bucket)| *unit == setting.unit() && is_same(bucket, &arn.resource))
}

/// Whether an ARN is not written out: it is put together of the name of a bucket that the project makes, looks up or is given,
/// and not one that somebody typed.
fn is_referred(source: &Text) -> bool {
    let Some(arn) = Arn::parse(source) else { return source.as_symbol().is_some() };
    let is_pattern = arn.resource.has("*") || arn.resource.has("?");
    !is_pattern && (arn.resource.is_empty() || source.pieces().len() > 1 || source.reference().is_some())
}

/// Whether a value is the ARN of a bucket: without an account in it, as names of buckets are the world's. A pattern with
/// `*` in the place of region and account says the same.
fn has_no_account(item: &Item<Text>) -> bool {
    Arn::parse(&item.value).is_some_and(|arn| {
        (arn.account.is_empty() || arn.account.is_literally("*")) && arn.service.is_literally("s3")
    })
}

/// Whether a value of `aws:SourceArn` is not known.
fn is_unknown_arn(bound: &Bound, item: &Item<Text>) -> bool {
    bound.key == "aws:sourcearn" && item.value.as_symbol().is_some_and(|symbol| symbol.class != Class::Opaque)
}

impl Unscoped {
    fn soften(&mut self, mild: Option<Mild>) {
        if mild.is_some() {
            self.severity = Severity::Info;
            self.mild = mild;
        }
    }

    fn finding(
        &self,
        setting: &Setting<'_>,
        item: &Item<Principal>,
        deliveries: &Deliveries<'_, '_>,
        is_each: bool,
    ) -> Diagnostic {
        let keys = named(self.asked());
        let name = match data::general_service(&self.name) {
            general if is_each && general != self.name => format!("`{general}`, by its name in each region,"),
            _ => format!("`{}`", self.name),
        };
        let reason = self.reason(setting).map_or_else(String::new, |reason| format!(": {reason}"));
        let subject = setting.subject();
        let message = if self.by_source {
            format!("{subject} allows anyone to act for a bucket without {keys} (confused deputy){reason}")
        } else if let Some(mild) = &self.mild {
            format!("{subject} trusts {name} without {keys}: {}", mild.reason)
        } else {
            format!("{subject} trusts {name} without {keys} (confused deputy){reason}")
        };
        let mut spot = setting.item(item);
        // Of the values that a parameter can have, none is wrong: the statement lacks the condition.
        let statement = setting.statement.span;
        let written = setting.statement.principals.as_ref().map_or(statement, |clause| clause.key_span);
        let is_choice = spot.when.is_some_and(|when| !when.is_empty()) && !statement.contains(item.span);
        if is_choice {
            (spot.span, spot.via) = (item.via.spans().next().unwrap_or(written), None);
        }
        if is_each {
            (spot.when, spot.present) = (None, setting.statement.present);
        }
        let mut finding = RULE
            .on(&spot, message, self.label(setting))
            .severity(self.severity)
            .help(self.advice(setting, deliveries))
            .about([self.name.as_str()]);
        if is_choice {
            finding = finding.related(beside(setting, item.span, "one of the values"));
        }
        let span = match &self.loophole {
            Loophole::None => None,
            Loophole::Bucket(span) => Some(*span),
            Loophole::Condition(hole) => Some(hole.span),
        };
        if let Some(span) = span {
            finding = finding.related(beside(setting, span, "does not identify the source"));
        }
        finding
    }

    fn label(&self, setting: &Setting<'_>) -> &'static str {
        match self.loophole {
            _ if self.mild.is_some() => self.mild.as_ref().map_or("", |mild| mild.label),
            _ if self.by_source => "trusts any caller acting for a bucket",
            Loophole::Bucket(_) => "usable by whoever takes the bucket name",
            // Only principals in the account of a role can pass it to a service, so no other account can use it.
            // https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html
            _ if setting.is_trust() => "no source account or resource",
            _ => "usable from any AWS account",
        }
    }

    fn reason(&self, setting: &Setting<'_>) -> Option<String> {
        Some(match &self.loophole {
            Loophole::None => return None,
            Loophole::Bucket(_) => "bucket ARNs contain no account ID".to_owned(),
            Loophole::Condition(hole) => match setting.statement.conditions.as_slice() {
                [only] if hole.kind == LoopholeKind::Key => {
                    format!("the only condition, `{}`, does not identify the source account", only.key.value)
                }
                _ => hole.reason.clone(),
            },
        })
    }

    /// What to change: first what keeps everybody out, if it is not meant.
    fn advice(&self, setting: &Setting<'_>, deliveries: &Deliveries<'_, '_>) -> String {
        let condition = self.help(setting, deliveries);
        match self.mild.as_ref().and_then(|mild| mild.help.as_ref()) {
            Some(first) => format!("to have it delivered, {first}; then {condition}"),
            None => condition,
        }
    }

    /// What to change, in the terms of what carries the policy.
    fn help(&self, setting: &Setting<'_>, deliveries: &Deliveries<'_, '_>) -> String {
        let declaration = &setting.graph.declarations[setting.document.declaration];
        let language = setting.graph.accounts.language(setting.unit());
        let (account, arn) = match declaration.type_name.as_ref() {
            "aws_lambda_permission" if language == Some(Language::Policy) => {
                ("--source-account", "--source-arn")
            }
            "aws_lambda_permission" => ("source_account", "source_arn"),
            "AWS::Lambda::Permission" => ("SourceAccount", "SourceArn"),
            _ => return self.help_with_condition(setting, deliveries),
        };
        match (&self.loophole, self.sent.source_arn, self.sent.source_account) {
            (Loophole::Bucket(_), _, true) => {
                format!("add `{account}` with the account ID of the bucket owner")
            }
            _ if self.name == STORAGE => {
                format!("set `{arn}` to the bucket and `{account}` to the account ID of the bucket owner")
            }
            (_, true, true) => {
                format!("set `{arn}` to the resource that calls it, or `{account}` to your account ID")
            }
            (_, true, false) => format!("set `{arn}` to the resource that calls it"),
            _ => format!("set `{account}` to your account ID"),
        }
    }

    fn help_with_condition(&self, setting: &Setting<'_>, deliveries: &Deliveries<'_, '_>) -> String {
        let by_account = self.sent.source_account;
        let senders = if by_account { deliveries.senders(setting, &self.name) } else { Senders::Own };
        let asked = match senders {
            Senders::Own | Senders::Subscribed => self.asked(),
            Senders::Any | Senders::Organization => SentKeys { source_arn: false, source_account: true },
        };
        let (asked, silent) = self.beside(setting, asked);
        let help = match senders {
            Senders::Organization => {
                "add a condition on `aws:SourceOrgID` with your organization, or on `aws:SourceAccount` with the accounts that send".to_owned()
            }
            _ if self.name == STORAGE => {
                "add a condition on `aws:SourceAccount` with the account ID of the bucket owner".to_owned()
            }
            Senders::Any => {
                "add a condition on `aws:SourceAccount` with the accounts that send, or on `aws:SourceOrgID` with your organization".to_owned()
            }
            Senders::Subscribed => format!(
                "add a condition on {} that names your account and each account whose log groups subscribe to the destination",
                named(asked)
            ),
            Senders::Own => {
                format!("add a condition on {} that names your account or resource", named(asked))
            }
        };
        // That no page is known on which AWS says so does not mean that there is none.
        let kept_out = match (principals_beside(setting), listed(silent)) {
            (None, silent) if silent.is_empty() => return help,
            (None, silent) => format!("{silent}, if no such key is sent here"),
            (Some(principals), silent) if silent.is_empty() => {
                format!("{principals}, whose requests have no such key")
            }
            (Some(principals), silent) => {
                format!("{principals}, whose requests have no such key, and {silent}, if none is sent here")
            }
        };
        format!("{help}, in a statement of its own: it would keep out {kept_out}")
    }

    /// The keys to ask for.
    fn asked(&self) -> SentKeys {
        let by_bucket = self.name == STORAGE || matches!(self.loophole, Loophole::Bucket(_));
        SentKeys { source_arn: self.sent.source_arn && !(by_bucket && self.sent.source_account), ..self.sent }
    }

    /// Those of `asked` that the services beside it send as well, and the services of which no page is known that they send one, which
    /// a condition would keep out.
    fn beside(&self, setting: &Setting<'_>, asked: SentKeys) -> (SentKeys, Vec<String>) {
        let (mut common, mut silent) = (asked, Vec::new());
        for item in setting.listed() {
            let Principal::Service(name) = &item.value else { continue };
            let Some(name) = name.as_literal().filter(|name| *name != self.name) else { continue };
            let keys = data::service_sends_source(&name).and_then(|keys| {
                if setting.is_trust() { keys.in_trust } else { keys.towards(&setting.document.service) }
            });
            let both = keys.map(|keys| keys.and(asked)).filter(|keys| keys.source_arn || keys.source_account);
            match both {
                Some(both) => common = common.and(both),
                None => silent.push(format!("`{}`", item.text)),
            }
        }
        let is_any = common.source_arn || common.source_account;
        (if is_any { common } else { asked }, silent)
    }
}

/// The principals beside a service that no condition on a source keeps out yet, and that one would: only services send it.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-sourceaccount>
fn principals_beside(setting: &Setting<'_>) -> Option<String> {
    let of_source = |key: &str| SENT.iter().any(|sent| sent.eq_ignore_ascii_case(key));
    let mut keys = setting.statement.conditions.iter().map(|condition| condition.key.value.to_string());
    if keys.any(|key| of_source(&key)) {
        return None;
    }
    let is_principal = |item: &&Item<Principal>| {
        item.kind != "Service" && !matches!(item.value, Principal::Everyone | Principal::Invalid(_))
    };
    let named: Vec<String> =
        setting.listed().iter().filter(is_principal).map(|item| format!("`{}`", item.text)).collect();
    (!named.is_empty()).then(|| listed(named))
}

/// The keys that say for whom a service acts.
const SENT: [&str; 4] = ["aws:SourceAccount", "aws:SourceArn", "aws:SourceOrgID", "aws:SourceOrgPaths"];

/// The names of keys.
fn named(keys: SentKeys) -> &'static str {
    match (keys.source_arn, keys.source_account) {
        (true, true) => "`aws:SourceAccount` or `aws:SourceArn`",
        (true, false) => "`aws:SourceArn`",
        _ => "`aws:SourceAccount`",
    }
}
