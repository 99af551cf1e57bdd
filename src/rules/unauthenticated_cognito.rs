//! What guests of an app are allowed.

use super::common::{beside, label, listed};
use super::unknown_action::is_no_action;
use super::{Context, Rule};
use crate::ask::{Setting, Spot, trusting};
use crate::diagnostic::{Diagnostic, Effect, Label, Severity};
use crate::graph::{IdentityId, Purpose};
use crate::iam::condition;
use crate::iam::federation::{self, Claim};
use crate::iam::policy::{Effect as PolicyEffect, Item, Polarity, Statement};
use crate::iam::principal::{COGNITO, Principal};
use crate::value::{Answer, Text};

pub(super) static RULE: Rule = Rule {
    name: "unauthenticated-cognito",
    summary: "guests of an identity pool, who have not signed in, are allowed more than apps need for them",
    effect: Effect::Exposed,
    severity: Severity::Warning,
    family: "federation",
    since: "0.1.0",
    page: include_str!("../../rules/unauthenticated-cognito.md"),
    check,
};

/// Services that apps use for whoever opens them: of those that Amazon Cognito lets guests use at all, the ones without data of
/// others.
///
/// <https://docs.aws.amazon.com/cognito/latest/developerguide/iam-roles.html#access-policies-scope-down-services>
const OF_GUESTS: [&str; 29] = [
    "appsync",
    "cloudwatch",
    "codewhisperer",
    "cognito-identity",
    "cognito-sync",
    "comprehend",
    "execute-api",
    "firehose",
    "gamelift",
    "geo",
    "geo-maps",
    "geo-places",
    "geo-routes",
    "kinesis",
    "lex",
    "logs",
    "machinelearning",
    "mobileanalytics",
    "mobiletargeting",
    "personalize",
    "polly",
    "rekognition",
    "rum",
    "sagemaker",
    "sumerian",
    "textract",
    "transcribe",
    "translate",
    "xray",
];

/// Services with data that Amazon Cognito lets guests use.
const WITH_DATA: [&str; 10] =
    ["cognito-idp", "dynamodb", "iot", "kms", "lambda", "s3", "sdb", "ses", "sns", "sqs"];

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let request = context.request();
    for setting in trusting(context.graph) {
        let Purpose::Trust(role) = setting.document.purpose else { continue };
        for (item, issuer) in setting.token_issuers() {
            if matches!(item.value, Principal::BuiltInProvider(_))
                && COGNITO.iter().any(|name| issuer.is_literally(name))
                && let Some(guests) = admits_guests(&setting, issuer, request)
            {
                found.extend(finding(context, &setting, (item, &guests), role));
            }
        }
    }
}

/// How guests are let in.
struct Guests {
    /// The value of `amr` for them.
    value: Item<Text>,
    /// Whether nobody else is let in, as by the role that an identity pool has for its guests.
    only: bool,
}

/// How a statement lets guests in.
fn admits_guests(setting: &Setting<'_>, issuer: &Text, request: &condition::Context) -> Option<Guests> {
    let Claim::Present { values, .. } = federation::claim(setting.statement, issuer, "amr", request) else {
        return None;
    };
    let is_of_guests = |value: &&Item<Text>| value.value.is_literally("unauthenticated");
    let only = values.iter().all(|value| is_of_guests(&value));
    Some(Guests { value: values.iter().find(is_of_guests)?.clone(), only })
}

/// Something that a role is allowed, and where.
struct Allowed {
    action: String,
    label: Label,
}

fn finding(
    context: &Context<'_>,
    setting: &Setting<'_>,
    (item, guests): (&Item<Principal>, &Guests),
    role: IdentityId,
) -> Option<Diagnostic> {
    let allowed = beyond(context, role);
    let first = allowed.first()?;
    let actions = listed(allowed.iter().map(|one| format!("`{}`", one.action)));
    let message = format!(
        "anyone on the internet can assume {} as a guest of the identity pool, and is allowed {actions}",
        setting.subject()
    );
    let spot = Spot { span: guests.value.span, ..setting.item(item) };
    let help = if guests.only {
        "remove these actions from the role, or limit them to the resources that guests need"
    } else {
        "give guests a role of their own with what the app needs before sign-in, and require `authenticated` here"
    };
    Some(
        RULE.on(&spot, message, "guests are trusted here")
            .help(help)
            .related(beside(setting, item.span, "identity pool"))
            .related(first.label.clone())
            .about(allowed.iter().map(|one| one.action.clone())),
    )
}

/// What a role is certainly allowed beyond the services that guests are meant to use.
fn beyond(context: &Context<'_>, id: IdentityId) -> Vec<Allowed> {
    let graph = context.graph;
    let role = &graph.identities[id];
    let mut all: Vec<Allowed> = Vec::new();
    if role.boundary.is_some() {
        return all;
    }
    for attached in role.policies.iter().filter(|it| it.present.is_yes()) {
        let allows = |one: &&Statement| {
            one.effect == Some(PolicyEffect::Allow)
                && one.present.is_yes()
                && one.actions.polarity == Polarity::In
        };
        let owner = attached.document.map_or(role.declaration, |id| graph.documents[id].declaration);
        for statement in attached.policy.statements.iter().filter(allows) {
            let is_everywhere = reaches_everything(statement);
            let items = statement.actions.items.iter().filter(|item| item.present.is_yes());
            for item in items.filter(|item| is_beyond(&item.value, is_everywhere)) {
                let action = item.text.to_string();
                let span = if attached.managed.is_some() { attached.span } else { item.span };
                if all.iter().all(|known| known.action != action) {
                    let label = label(&Spot::of(graph, owner, span, Answer::Yes), span, "allowed here");
                    all.push(Allowed { action, label });
                }
            }
        }
    }
    all
}

/// Whether a statement is about every resource, whatever the request.
fn reaches_everything(statement: &Statement) -> bool {
    let is_any = |item: &Item<Text>| item.value.is_literally("*") && item.present.is_yes();
    statement.conditions.is_empty()
        && !statement.conditions_open
        && statement.resources.as_ref().is_some_and(|clause| clause.items.iter().any(is_any))
}

/// Whether an action is more than guests of an app need: of a service with data everywhere, or of one that Cognito keeps from
/// guests unless the app uses its basic flow. A misspelled one allows nothing.
fn is_beyond(action: &Text, is_everywhere: bool) -> bool {
    let Some(action) = action.as_literal() else { return false };
    let Some((service, _)) = action.split_once(':') else { return action == "*" };
    let is_one_of = |all: &[&str]| all.iter().any(|known| known.eq_ignore_ascii_case(service));
    let is_beyond = if is_one_of(&WITH_DATA) { is_everywhere } else { !is_one_of(&OF_GUESTS) };
    is_beyond && !is_no_action(&action)
}
