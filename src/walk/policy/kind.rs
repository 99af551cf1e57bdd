//! What a policy is for, where nobody says it: by its elements, by the words of its path, by what it names.

use super::binding::{Binding, Content, Source, Target, What};
use super::document::statements;
use super::resource;
use crate::source::Sources;
use crate::value::{Kind, Map, Text, Value};

/// The words of a path that say what a policy is for. A policy of an organization, boundary or endpoint gives nobody anything.
const WORDS: [(&[&str], What); 5] = [
    (
        &[
            "scp",
            "scps",
            "service-control",
            "service-control-policy",
            "service-control-policies",
            "guardrail",
            "guardrails",
        ],
        What::ServiceControl,
    ),
    (
        &["rcp", "rcps", "resource-control", "resource-control-policy", "resource-control-policies"],
        What::ResourceControl,
    ),
    (&["boundary", "boundaries"], What::Boundary),
    (&["endpoint", "endpoints", "vpce", "vpces"], What::Endpoint),
    (&["session", "sessions", "session-policy"], What::Session),
];

/// What a document is for, by its elements: trust policies have principals and actions of STS, and no resources.
pub(super) fn by_elements(document: &Value) -> What {
    let statements = statements(document);
    if !statements.iter().any(|one| has_principal(one)) {
        What::Identity
    } else if statements.iter().all(|one| is_of_sts(one)) {
        What::Trust
    } else {
        What::Resource
    }
}

/// Whether a statement names principals.
pub(super) fn has_principal(statement: &Map) -> bool {
    statement.get("Principal").or_else(|| statement.get("NotPrincipal")).is_some()
}

fn is_of_sts(statement: &Map) -> bool {
    let is_one = |action: &Value| {
        action.as_str().is_some_and(|name| name.trim_start().to_ascii_lowercase().starts_with("sts:"))
    };
    statement.get("Action").is_some_and(|action| texts(action).next().is_some() && texts(action).all(is_one))
}

fn texts(value: &Value) -> impl Iterator<Item = &Value> {
    match &value.kind {
        Kind::List(list) => list.items.iter(),
        _ => std::slice::from_ref(value).iter(),
    }
}

/// What a document is for, by the words of its path, as far as its elements do not contradict.
pub(super) fn by_path(path: &str, document: &Value) -> Option<What> {
    let path = path.to_ascii_lowercase();
    let mut named = path.rsplit('/').flat_map(|part| {
        let stem = part.split('.').next().unwrap_or_default().replace('_', "-");
        let is_in = move |word: &&str| {
            let around = |at: usize| {
                let (before, after) = (stem.get(..at), stem.get(at + word.len()..));
                before.is_some_and(|it| it.is_empty() || it.ends_with('-'))
                    && after.is_some_and(|it| it.is_empty() || it.starts_with('-'))
            };
            stem.match_indices(*word).any(|(at, _)| around(at))
        };
        WORDS.iter().filter(move |(words, _)| words.iter().any(&is_in)).map(|(_, what)| *what)
    });
    named.find(|what| fits(*what, document))
}

/// Whether the elements of a document are those of a kind.
fn fits(what: What, document: &Value) -> bool {
    let all = statements(document);
    match what {
        // https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_syntax.html
        What::ServiceControl | What::Boundary | What::Session => !all.iter().any(|one| has_principal(one)),
        // https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps_syntax.html
        What::ResourceControl => all.iter().all(|one| has_principal(one) && is_everyone(one)),
        What::Endpoint => all.iter().all(|one| has_principal(one)) && by_elements(document) != What::Trust,
        What::Trust | What::Identity | What::Resource => true,
    }
}

fn is_everyone(statement: &Map) -> bool {
    statement.get("Principal").is_some_and(|principal| principal.as_str().is_some_and(|it| it == "*"))
}

/// What a document with principals can only be, by its content: the policy of an endpoint, where it opens buckets of AWS or actions
/// of STS to everyone, for there are no policies of resources for these; a policy of an organization, where it denies everyone
/// actions of several services on everything.
///
/// <https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-s3.html>
/// <https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html>
pub(super) fn by_content(document: &Value) -> Option<What> {
    let all = statements(document);
    if all.is_empty() || !all.iter().all(|one| is_everyone(one)) {
        return None;
    }
    let is_literally = |statement: &Map, key: &str, word: &str| {
        statement.get(key).is_some_and(|value| value.as_str().is_some_and(|it| it == word))
    };
    let denies = |one: &&Map| is_literally(one, "Effect", "Deny");
    let on_everything = |one: &&Map| {
        one.get("Resource").is_some_and(|it| texts(it).all(|it| it.as_str().is_some_and(|it| it == "*")))
    };
    if all.iter().all(|one| denies(one) && on_everything(one)) && services(&all) > 1 {
        return Some(What::ResourceControl);
    }
    let of_aws = |one: &&Map| {
        let mut names = one.get("Resource").into_iter().flat_map(texts).filter_map(Value::as_str);
        names.any(|name| is_bucket_of_aws(&name))
    };
    let of_sts = |one: &&Map| is_of_sts(one) && one.get("Resource").is_some();
    let is_endpoint = all.iter().any(|one| of_aws(one) || of_sts(one));
    is_endpoint.then_some(What::Endpoint)
}

/// Takes lists of services for what an organization allows at most, where a file of the same directory only denies: policies of
/// identities hardly do either.
///
/// <https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_strategies.html>
pub(super) fn with_allow_lists(bindings: &mut [Binding], sources: &Sources) {
    let directory = |one: &Binding| {
        sources.path(one.file).rsplit_once('/').map_or(String::new(), |(directory, _)| directory.to_owned())
    };
    let is_of_nobody = |one: &Binding| {
        one.what == What::Identity && one.source == Source::Content && matches!(one.target, Target::Unknown)
    };
    let is = |one: &Binding, fits: fn(&Value) -> bool| {
        is_of_nobody(one) && matches!(&one.content, Content::Document(document) if fits(document))
    };
    if !bindings.iter().any(|one| is(one, is_allow_list)) {
        return;
    }
    let denying = bindings.iter().filter(|one| is(one, only_denies)).map(directory);
    let denying: std::collections::BTreeSet<String> = denying.collect();
    for one in bindings.iter_mut().filter(|one| is(one, is_allow_list)) {
        if denying.contains(&directory(one)) {
            one.what = What::ServiceControl;
        }
    }
}

/// Whether a document allows all actions of many services on everything, and does nothing else.
fn is_allow_list(document: &Value) -> bool {
    let all = statements(document);
    let is_whole =
        |action: &Value| action.as_str().is_some_and(|name| name.ends_with(":*") && !name.starts_with('*'));
    let allows = |one: &&Map| {
        let has =
            |key: &str, fits: &dyn Fn(&Value) -> bool| one.get(key).is_some_and(|it| texts(it).all(fits));
        has("Effect", &|it| it.as_str().is_some_and(|it| it == "Allow"))
            && has("Action", &is_whole)
            && has("Resource", &|it| it.as_str().is_some_and(|it| it == "*"))
            && one.get("Condition").is_none()
    };
    // Of fewer services it may be what a team works with.
    all.iter().all(allows) && services(&all) >= 20
}

/// Whether all that a document does is to deny.
fn only_denies(document: &Value) -> bool {
    let denies = |one: &&Map| one.get("Effect").is_some_and(|it| it.as_str().is_some_and(|it| it == "Deny"));
    let all = statements(document);
    !all.is_empty() && all.iter().all(denies)
}

/// How many services the actions of statements are of.
fn services(statements: &[&Map]) -> usize {
    let actions = statements.iter().filter_map(|one| one.get("Action")).flat_map(texts);
    let names = actions.filter_map(|action| Some(action.as_str()?.split_once(':')?.0.to_ascii_lowercase()));
    names.collect::<std::collections::BTreeSet<_>>().len()
}

/// Buckets that AWS keeps for its own updates and agents, which policies of endpoints name.
///
/// <https://docs.aws.amazon.com/systems-manager/latest/userguide/ssm-agent-technical-details.html>,
/// <https://docs.aws.amazon.com/linux/al2023/ug/deterministic-upgrades-usage.html>,
/// <https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html>
fn is_bucket_of_aws(arn: &str) -> bool {
    const BEGINNINGS: [&str; 10] = [
        "amazonlinux",
        "al2023-repos-",
        "packages.",
        "repo.",
        "prod-",
        "aws-ssm-",
        "amazon-ssm-",
        "aws-windows-downloads-",
        "patch-baseline-snapshot-",
        "aws-patchmanager-",
    ];
    let name = arn.strip_prefix("arn:aws:s3:::").unwrap_or_default();
    let name = name.split('/').next().unwrap_or_default();
    let is_of_service = |beginning: &str| match beginning {
        "packages." | "repo." => name.ends_with(".amazonaws.com"),
        "prod-" => name.ends_with("-starport-layer-bucket"),
        _ => true,
    };
    BEGINNINGS.iter().any(|beginning| name.starts_with(beginning) && is_of_service(beginning))
}

/// The resource that a policy itself names, the same one in all its statements.
pub(super) fn own_resource(document: &Value) -> Target {
    let mut own: Option<Text> = None;
    for statement in statements(document) {
        let named = statement.get("Resource").into_iter().flat_map(texts);
        let mut any = false;
        for value in named {
            let Some(whole) = value.as_text().and_then(|arn| resource::whole(&arn)) else {
                return Target::Unknown;
            };
            any = true;
            match &own {
                None => own = Some(whole),
                Some(known) if *known == whole => {}
                Some(_) => return Target::Unknown,
            }
        }
        if !any {
            return Target::Unknown;
        }
    }
    own.map_or(Target::Unknown, Target::Resource)
}
