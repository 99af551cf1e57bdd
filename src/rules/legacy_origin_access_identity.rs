//! Origin access identities of `CloudFront`.

use super::common::beside;
use super::{Context, Rule};
use crate::ask::{Setting, principals_of_kind};
use crate::diagnostic::{Diagnostic, Effect, Severity};
use crate::iam::condition::on_key;
use crate::iam::policy::{self, Item, Statement};
use crate::iam::principal::Principal;
use crate::source::Span;
use crate::value::{Because, OriginKind, Text};

pub(super) static RULE: Rule = Rule {
    name: "legacy-origin-access-identity",
    summary: "a bucket policy names an origin access identity of CloudFront, which origin access control replaces",
    effect: Effect::Hygiene,
    severity: Severity::Info,
    family: "hygiene",
    since: "0.1.0",
    page: include_str!("../../rules/legacy-origin-access-identity.md"),
    check,
};

const TYPES: [&str; 3] = [
    "AWS::CloudFront::CloudFrontOriginAccessIdentity",
    "aws_cloudfront_origin_access_identity",
    "data.aws_cloudfront_origin_access_identity",
];

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    found.extend(principals_of_kind(context.graph, is_identity).filter_map(|setting| identity(&setting)));
}

fn identity(setting: &Setting<'_>) -> Option<Diagnostic> {
    let mut named = setting.listed().iter().filter(|item| is_identity(item));
    let first = named.next()?;
    let message = format!(
        "the policy of {} names an origin access identity, which origin access control replaces",
        setting.subject()
    );
    let finding = RULE.on(&setting.item(first), message, "origin access identity");
    let finding = match control_beside(setting) {
        Some(control) => finding
            .help("remove it once the distribution uses origin access control, which another statement allows")
            .related(beside(setting, control, "origin access control")),
        None => finding.help(
            "use origin access control: allow `cloudfront.amazonaws.com` with an `aws:SourceArn` condition that names the distribution",
        ),
    };
    Some(
        named.fold(finding, |finding, item| {
            finding.related(beside(setting, item.span, "origin access identity"))
        }),
    )
}

/// Where another statement of the policy allows origin access control the same objects.
fn control_beside(setting: &Setting<'_>) -> Option<Span> {
    let own = setting.statement;
    let objects = own.resources.as_ref()?;
    let names_them = |other: &Statement| {
        let listed = other.resources.as_ref().map_or(&[][..], |clause| &clause.items);
        objects
            .items
            .iter()
            .all(|item| listed.iter().any(|other| other.text.to_string() == item.text.to_string()))
    };
    let others = setting.document.policy.statements.iter().filter(|other| {
        other.span != own.span
            && other.effect == Some(policy::Effect::Allow)
            && other.present.is_yes()
            && on_key(other, "aws:SourceArn").next().is_some()
            && names_them(other)
    });
    others.filter_map(|other| other.principals.as_ref()).find_map(|clause| {
        let is_service = |item: &&Item<Principal>| {
            item.kind == "Service" && item.text.is_literally("cloudfront.amazonaws.com")
        };
        clause.items.iter().find(is_service).map(|item| item.span)
    })
}

/// Whether a principal is such an identity: by its ARN, or by a reference to one.
///
/// <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-restricting-access-to-s3.html>
fn is_identity(item: &Item<Principal>) -> bool {
    match &item.value {
        // An ARN is read as a service only in the account `cloudfront`. One without a name names none: `invalid-principal` says so.
        Principal::Service(name) => {
            item.kind == "AWS" && !name.symbols().any(|symbol| symbol.because == Because::Unset)
        }
        Principal::Unknown(text) | Principal::CanonicalUser(text) => refers(text),
        _ => false,
    }
}

fn refers(text: &Text) -> bool {
    let of_symbol = || match text.as_symbol()?.origin.kind() {
        OriginKind::Attribute { of, .. } => Some(of),
        _ => None,
    };
    let of = text.reference().or_else(of_symbol);
    of.is_some_and(
        |of| matches!(of.kind(), OriginKind::Declared { type_name, .. } if TYPES.contains(&&**type_name)),
    )
}
