//! Something that is shared with everyone, beside all policies.

use super::common::declared;
use super::{Context, Rule};
use crate::ask::Spot;
use crate::carriers::{self, Carrier, Role, ValueKind};
use crate::diagnostic::{Diagnostic, Effect, Severity};
use crate::facts::Declaration;
use crate::graph::{DeclarationId, Graph};
use crate::source::Span;
use crate::value::{Answer, Kind, Value};

pub(super) static RULE: Rule = Rule {
    name: "public-share",
    summary: "a snapshot, image, document, endpoint service or bucket is shared with all AWS accounts",
    effect: Effect::Exposed,
    severity: Severity::Error,
    family: "grant",
    since: "0.1.0",
    page: include_str!("../../rules/public-share.md"),
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let graph = context.graph;
    for (id, declaration) in graph.declarations.with_ids() {
        for row in shares(declaration).filter(|row| row.value_kind != ValueKind::Bool) {
            for value in carriers::values(&declaration.properties, &row.path) {
                let span = value.alternatives().iter().find_map(everybody);
                found.extend(span.map(|span| finding(graph, id, row, span)));
            }
        }
        let rows = carriers::carriers(&declaration.type_name).iter();
        for row in rows.filter(|row| row.role == Role::AccessList) {
            for value in carriers::values(&declaration.properties, &row.path) {
                let all = value.alternatives().iter();
                found.extend(all.filter_map(|one| public_list(graph, id, row, one)));
            }
        }
    }
}

/// What a word for an access control list gives to whom.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html#canned-acl>
fn given(word: &str) -> Option<&'static str> {
    Some(match word {
        "AuthenticatedRead" | "authenticated-read" => "any AWS account can list it",
        "PublicRead" | "public-read" => "anyone can list it",
        "PublicReadWrite" | "public-read-write" => "anyone can list it and write to it",
        _ => return None,
    })
}

/// A bucket whose access control list lets in everybody, where such lists count: not in buckets whose owner owns all
/// objects, as all do that say nothing, and not where the list is refused or ignored.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html>
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html>
fn public_list(graph: &Graph, id: DeclarationId, row: &Carrier, value: &Value) -> Option<Diagnostic> {
    let does = given(&value.as_str()?)?;
    let bucket = subject(graph, id, row)?;
    let known = graph.resource_of(bucket)?.surroundings;
    let is_meant = known.website.and((!does.contains("write")).into());
    let is_public = known.lists_count.and(known.lists_may_be_public).and(!is_meant);
    if is_public.is_no() {
        return None;
    }
    let spot = Spot::of(graph, id, value.span, is_public.and(present(&graph.declarations[id], row)));
    let address = graph.address(bucket);
    let finding = RULE
        .on(&spot, format!("bucket `{address}` is public: {does}"), "anyone")
        .help("remove the ACL and grant access with a bucket policy")
        .about([address]);
    Some(if bucket == id {
        finding
    } else {
        finding.related(declared(graph, bucket, "bucket declared here"))
    })
}

/// Whether what stands at the path of a row certainly does.
fn present(declaration: &Declaration, row: &Carrier) -> Answer {
    let certain = !carriers::may_differ(&declaration.properties, &row.path);
    declaration.present.and(if certain { Answer::Yes } else { Answer::Unknown })
}

fn shares(declaration: &Declaration) -> impl Iterator<Item = &'static Carrier> {
    carriers::carriers(&declaration.type_name).iter().filter(|row| row.role == Role::DirectShare)
}

/// Where everybody is named: `*` is what endpoint services call it, `all`, in letters of any size, are images, snapshots
/// and documents.
///
/// <https://docs.aws.amazon.com/vpc/latest/privatelink/configure-endpoint-service.html>
/// <https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ModifyDBSnapshotAttribute.html>
/// <https://docs.aws.amazon.com/imagebuilder/latest/APIReference/API_LaunchPermissionConfiguration.html>
/// <https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_ModifyDocumentPermission.html>
fn everybody(value: &Value) -> Option<Span> {
    if let Kind::List(list) = &value.kind {
        return list.items.iter().flat_map(Value::alternatives).find_map(everybody);
    }
    let text = value.as_str()?;
    let mut names = text.split(',').map(str::trim);
    names.any(|name| name == "*" || name.eq_ignore_ascii_case("all")).then_some(value.span)
}

fn finding(graph: &Graph, id: DeclarationId, row: &Carrier, span: Span) -> Diagnostic {
    let declaration = &graph.declarations[id];
    let spot = Spot::of(graph, id, span, present(declaration, row));
    match (row.value_kind, row.service) {
        (ValueKind::Principal, "ec2") => endpoint_service(&spot, row),
        _ => RULE
            .on(&spot, format!("`{}` is public: shared with all AWS accounts", declaration.address), "anyone")
            .help("list the accounts that need it, or the organization; if this is intended, ignore it with the reason"),
    }
}

/// Everybody may ask to connect; whether anybody can depends on who accepts the request.
///
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-ec2-vpcendpointservicepermissions.html>
fn endpoint_service(spot: &Spot<'_>, row: &Carrier) -> Diagnostic {
    let graph = spot.graph;
    let service = subject(graph, spot.declaration, row);
    let accepted = service.map_or(Answer::Unknown, |service| must_be_accepted(&graph.declarations[service]));
    let (does, severity) = match accepted {
        Answer::No => ("any AWS account can connect without approval", Severity::Error),
        Answer::Yes => ("any AWS account can request a connection", Severity::Info),
        Answer::Unknown => ("any AWS account can request a connection", Severity::Warning),
    };
    let finding = RULE
        .on(spot, format!("`{}` is public: {does}", graph.address(spot.declaration)), "anyone")
        .severity(severity)
        .help("list the accounts, roles or users that need to connect");
    let said = match accepted {
        Answer::No => "auto-accepts connections",
        Answer::Yes => "connections need approval",
        Answer::Unknown => "endpoint service declared here",
    };
    match service.filter(|service| *service != spot.declaration) {
        Some(service) => finding.related(declared(graph, service, said)),
        None => finding,
    }
}

/// The endpoint service or bucket that a declaration is, or is about.
fn subject(graph: &Graph, id: DeclarationId, row: &Carrier) -> Option<DeclarationId> {
    let declaration = &graph.declarations[id];
    let Some(attach) = row.attach.as_deref() else { return Some(id) };
    let named = carriers::values(&declaration.properties, attach).into_iter().next()?.as_text()?;
    graph.find_declarations(&row.targets, &declaration.unit, &named).into_iter().next()
}

fn must_be_accepted(service: &Declaration) -> Answer {
    let row = shares(service).find(|row| row.value_kind == ValueKind::Bool);
    let values = row.map(|row| carriers::values(&service.properties, &row.path)).unwrap_or_default();
    match values.as_slice() {
        [value] => value.says_true(),
        _ => Answer::Unknown,
    }
}
