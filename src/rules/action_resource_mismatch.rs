//! Actions that act on none of the resources of their statement.

use rustc_hash::FxHashMap;

use super::common::{beside, doubled_arn, either, listed, of_policy};
use super::kms_alias_resource::is_alias;
use super::unreadable_policy::is_current;
use super::{Context, Rule};
use crate::ask::{Idle, Setting, idle, statements};
use crate::bounds;
use crate::diagnostic::{Diagnostic, Effect, Severity};
use crate::graph::Purpose;
use crate::iam::arn::Arn;
use crate::iam::data::ResourceType;
use crate::iam::policy::{self, Item, Polarity};
use crate::value::Text;

pub(super) static RULE: Rule = Rule {
    name: "action-resource-mismatch",
    summary: "an action acts on none of the resources in its statement",
    effect: Effect::Dead,
    severity: Severity::Error,
    family: "grant",
    since: "0.1.0",
    page: include_str!("../../rules/action-resource-mismatch.md"),
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let idle = idle(context.graph);
    let place = |idle: &Idle<'_>| Some((idle.setting.document.declaration, idle.actions.first()?.item.span));
    let mut times: FxHashMap<_, usize> = FxHashMap::default();
    for idle in &idle {
        *times.entry(place(idle)).or_default() += 1;
    }
    for idle in &idle {
        let Some(mut finding) = finding(context, idle) else { continue };
        // A loop makes several of one statement.
        if times.get(&place(idle)).is_some_and(|times| *times > 1) {
            let at = finding.primary.span;
            finding.group = Some(format!("statement at {} of {}", at.start, context.path(at)).into());
        }
        found.push(finding);
    }
    for setting in statements(context.graph).filter(has_variables) {
        let resources = setting.statement.resources.iter().filter(|clause| clause.polarity == Polarity::In);
        found.extend(resources.flat_map(|clause| &clause.items).filter_map(|item| doubled(&setting, item)));
    }
}

/// Whether variables of a policy are replaced, as far as is known.
fn has_variables(setting: &Setting<'_>) -> bool {
    let version = setting.document.policy.version.as_ref();
    setting.document.purpose != Purpose::File && is_current(version.map(|version| &version.value))
}

/// A resource that is an ARN within an ARN, which no action acts on.
fn doubled(setting: &Setting<'_>, item: &Item<Text>) -> Option<Diagnostic> {
    let (key, help) = doubled_arn(&item.value)?;
    let message = format!(
        "`{}` in the policy of {} matches nothing: the value of `{key}` is a whole ARN",
        item.text,
        setting.subject()
    );
    let finding = RULE.on(&setting.item(item), message, "an ARN within an ARN").help(help);
    Some(of_policy(finding.about([item.text.to_string()]), &setting.item(item)))
}

/// What is mixed up.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mixed {
    /// Buckets and the objects in them.
    Bucket,
    /// Something else, and nothing that the statement lists is of use.
    All,
}

/// Lists of actions that were not made for one resource, such as those of CDK, often have some that do nothing with it. So
/// only of buckets and objects each action is looked at for itself.
fn mixed(idle: &Idle<'_>) -> Option<Mixed> {
    let of_buckets = idle.actions.iter().all(|action| action.types.iter().any(ResourceType::is_of_bucket));
    if of_buckets && idle.resources.iter().all(|item| item.value.has(":s3:::")) {
        return Some(Mixed::Bucket);
    }
    // A key named by an alias is a mistake of its own.
    let is_alias = idle.resources.iter().any(is_alias);
    let is_part = || idle.resources.iter().any(|item| is_part(idle, &item.value));
    (idle.are_all && !is_alias && !is_part()).then_some(Mixed::All)
}

/// Whether what is listed holds what one of the actions acts on, so that both begin alike: a function and what it executes. Of
/// log groups and their streams AWS says which actions need which.
///
/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/iam-access-control-overview-cwl.html>
fn is_part(idle: &Idle<'_>, resource: &Text) -> bool {
    let Some(arn) = Arn::parse(resource).filter(|arn| !arn.service.is_literally("logs")) else {
        return false;
    };
    let first = |text: &Text, mark| text.splitn(2, mark).into_iter().next().unwrap_or_default();
    let kind = first(&first(&arn.resource, '/'), ':');
    let kind_of = |arn: &'static str| {
        let named = arn.splitn(6, ':').nth(5);
        named.and_then(|named| named.split(['/', ':']).next())
    };
    let mut types = idle.actions.iter().flat_map(|action| &action.types);
    types.any(|of| kind_of(of.arn).is_some_and(|of| kind.is_literally(of)))
}

/// The resources as messages say them: those that one expression stands for as it is written.
fn resources(context: &Context<'_>, items: &[Item<Text>]) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for item in items {
        let is_one_of_several = items.iter().filter(|other| other.span == item.span).count() > 1;
        let written = is_one_of_several.then(|| context.written(item.span).trim_matches('"').to_owned());
        let written = written.filter(|written| written.contains("${") && !written.contains(['\n', '`']));
        let name = format!("`{}`", written.unwrap_or_else(|| shown(context, item)));
        if !all.contains(&name) {
            all.push(name);
        }
    }
    all
}

/// A resource as it is read, or as it is written where the value of a variable is empty, so that nobody finds it.
fn shown(context: &Context<'_>, item: &Item<Text>) -> String {
    let text = item.text.to_string();
    if !text.ends_with(':') && !text.contains(":::/") {
        return text;
    }
    let written = context.written(item.span);
    if written.contains("${") {
        return written.trim_matches('"').to_owned();
    }
    match text.strip_suffix(':') {
        Some(_) => format!("{text}…"),
        None => text.replacen(":::/", ":::…/", 1),
    }
}

fn finding(context: &Context<'_>, idle: &Idle<'_>) -> Option<Diagnostic> {
    let (setting, statement, mixed) = (idle.setting, idle.setting.statement, mixed(idle)?);
    let first = idle.actions.first()?;
    let actions = listed(idle.actions.iter().map(|action| format!("`{}`", action.item.text)));
    let resources = listed(resources(context, idle.resources));
    let does = if statement.effect? == policy::Effect::Deny { "denies" } else { "allows" };
    let acts = if idle.actions.len() == 1 { "it acts" } else { "they act" };
    let then = if is_bucket_policy(idle) {
        "S3 rejects the policy"
    } else if does == "denies" {
        "nothing is denied"
    } else {
        "this has no effect"
    };
    let (subject, kinds) = (setting.subject(), kinds(idle, mixed));
    let message = format!(
        "a statement of {subject} {does} {actions} on {resources} only, but {acts} on {kinds}: {then}"
    );
    let severity = if mixed == Mixed::Bucket { Severity::Error } else { Severity::Warning };
    let mut finding = RULE
        .on(&setting.item(first.item), message, "acts on none of the resources")
        .severity(severity)
        .help(help(context, idle, mixed))
        .about(idle.actions.iter().map(|action| action.item.text.to_string()))
        .about(idle.resources.iter().map(|item| item.text.to_string()));
    for item in idle.resources.iter().take(bounds::LABELLED_ACTIONS) {
        finding = finding.related(beside(&setting, item.span, "listed resource"));
    }
    Some(finding)
}

/// S3 checks that each action of a bucket policy has a resource.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-actions.html>
fn is_bucket_policy(idle: &Idle<'_>) -> bool {
    let document = idle.setting.document;
    matches!(document.purpose, Purpose::Resource(_)) && &*document.service == "s3"
}

/// What the actions act on, as messages say it.
fn kinds(idle: &Idle<'_>, mixed: Mixed) -> String {
    let mut names: Vec<String> = Vec::new();
    for kind in idle.actions.iter().flat_map(|action| &action.types) {
        let name = match (kind.is_of_bucket(), kind.name) {
            (true, name) => format!("{name}s"),
            (false, _) if mixed == Mixed::Bucket => continue,
            (false, name) => format!("`{name}` resources"),
        };
        if !names.contains(&name) {
            names.push(name);
        }
    }
    either(names)
}

fn help(context: &Context<'_>, idle: &Idle<'_>, mixed: Mixed) -> String {
    let (Some(first), Some(resource)) = (idle.actions.first(), idle.resources.first()) else {
        return String::new();
    };
    let name = &first.item.text;
    if mixed == Mixed::All {
        let forms = either(first.types.iter().map(|kind| format!("`{}`", kind.form())));
        return format!("list what `{name}` acts on, such as {forms}, or remove the action");
    }
    let is_alike = |kind: &ResourceType| first.types.iter().any(|own| own.arn == kind.arn);
    let alike = idle.actions.iter().filter(|action| action.types.iter().any(is_alike));
    let names: Vec<String> = alike.map(|action| format!("`{}`", action.item.text)).collect();
    let of = if names.len() > bounds::NAMES_LISTED { "these actions".to_owned() } else { listed(names) };
    // What stands before the first slash is the bucket.
    let parts = resource.value.splitn(2, '/');
    match parts.as_slice() {
        // The name is still to be set, or has a variable with a slash.
        [bucket, _] if bucket.as_literal().is_some_and(|it| it.ends_with(':') || it.contains("${")) => {
            format!("list the bucket as a resource of {of}")
        }
        [bucket, _] => format!("list the bucket, `{bucket}`, as a resource of {of}"),
        _ => format!("list the objects, `{}/*`, as a resource of {of}", shown(context, resource)),
    }
}
