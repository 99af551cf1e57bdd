//! Where something declared is told to assume a role: by whom, and with which external id.

use std::cell::OnceCell;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::links::{Assuming, Assumption, ExternalId};
use super::reading;
use super::sessions;
use super::{DeclarationId, Graph, IdentityId, IdentityKind};
use crate::carriers::{self, AttachKind, Carrier, Role, Step};
use crate::facts::Declaration;
use crate::iam::arn::Arn;
use crate::iam::condition::Presence;
use crate::source::Span;
use crate::value::{Answer, Map, Text, UnitKey, Value};

impl Graph {
    /// Every declared role that something in the analyzed files is told to assume.
    pub fn assumptions(&self) -> Vec<Assumption> {
        let mut found = Vec::new();
        let instances = OnceCell::new();
        for (id, declaration) in self.declarations.with_ids() {
            let rows = carriers::carriers(&declaration.type_name);
            for row in rows.iter().filter(|row| row.role == Role::AssumedRole) {
                add_assumed(self, (id, declaration), row, &mut found);
            }
            // What sends an external id to a role that no row says to be assumed by another one: a service.
            for row in rows.iter().filter(|row| row.role == Role::ExternalId) {
                let assumed = |other: &Carrier| {
                    other.role == Role::AssumedRole && Some(&other.path) == row.attach.as_ref()
                };
                if !rows.iter().any(assumed) {
                    add_sent_by_service(self, (id, declaration), row, &mut found);
                }
            }
            add_stack_set(self, (id, declaration), &instances, &mut found);
        }
        found
    }
}

fn add_assumed(
    graph: &Graph,
    (id, declaration): (DeclarationId, &Declaration),
    row: &Carrier,
    found: &mut Vec<Assumption>,
) {
    let present = certainty(declaration, [Some(&row.path), row.attach.as_ref()]);
    let json = reading::text_read(&declaration.properties, &row.path);
    let properties = json.as_ref().unwrap_or(&declaration.properties);
    let external = external_ids(&declaration.type_name, &row.path);
    let groups = match row.attach.as_deref() {
        Some(attach) if json.is_none() => carriers::values_together(properties, &row.path, attach),
        Some(attach) => {
            let callers = carriers::values(&declaration.properties, attach);
            vec![(carriers::values(properties, &row.path), callers)]
        }
        None => vec![(carriers::values(properties, &row.path), Vec::new())],
    };
    for (roles, callers) in groups {
        let callers: Vec<_> =
            callers.into_iter().flat_map(|value| callers_at(graph, declaration, row, value)).collect();
        let caller = match (callers.as_slice(), &row.attach) {
            ([id], _) => Assuming::Role(*id),
            (_, None) => Assuming::Somebody,
            // Of several that it may be, each may be meant for another.
            _ => continue,
        };
        for value in roles {
            let external_id = Arc::new(external_id(properties, &row.path, external, value));
            let caller = caller_before(graph, declaration, properties, value).unwrap_or(caller);
            let sent = sessions::sent(declaration, properties, value);
            for (item, roles) in roles_in(graph, declaration, value) {
                let is_caller = |role: &IdentityId| caller == Assuming::Role(*role);
                if !roles.iter().any(is_caller) {
                    let (span, via, declaration) = (item.span, item.via.clone(), id);
                    let (roles, external_id) = (roles.into(), Arc::clone(&external_id));
                    found.push(Assumption {
                        declaration,
                        span,
                        via,
                        roles,
                        caller,
                        external_id,
                        sent: sent.clone(),
                        present,
                    });
                }
            }
        }
    }
}

/// The declared role with which a configuration of Terraform assumes another one: that of the block before.
///
/// <https://registry.terraform.io/providers/hashicorp/aws/latest/docs#assuming-an-iam-role>
fn caller_before(
    graph: &Graph,
    declaration: &Declaration,
    properties: &Map,
    role: &Value,
) -> Option<Assuming> {
    let before = sessions::role_before(declaration, properties, role)?;
    let roles = roles_in(graph, declaration, before);
    match roles.as_slice() {
        [(_, ids)] if ids.len() == 1 => ids.first().map(|id| Assuming::Role(*id)),
        _ => None,
    }
}

fn add_sent_by_service(
    graph: &Graph,
    (id, declaration): (DeclarationId, &Declaration),
    row: &Carrier,
    found: &mut Vec<Assumption>,
) {
    let Some(path) = row.attach.as_deref() else { return };
    let services = carriers::service_roles(&declaration.type_name).iter();
    let expected = services.filter(|service| service.path == path).flat_map(|service| &service.expects);
    let [service] = expected.collect::<Vec<_>>()[..] else { return };
    let present = certainty(declaration, [Some(&row.path), row.attach.as_ref()]);
    for value in carriers::values(&declaration.properties, path) {
        let external_id = Arc::new(external_id(&declaration.properties, path, Some(row), value));
        for (item, roles) in roles_in(graph, declaration, value) {
            let (span, via, declaration) = (item.span, item.via.clone(), id);
            let (caller, external_id) = (Assuming::Service(service), Arc::clone(&external_id));
            let roles = roles.into();
            let sent = Vec::new();
            found.push(Assumption { declaration, span, via, roles, caller, external_id, sent, present });
        }
    }
}

/// The administration role of a stack set with permissions of its own assumes the execution role in every account that
/// it has instances in. Both have a name when the stack set does not give one.
///
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stacksets-prereqs-self-managed.html>
fn add_stack_set(
    graph: &Graph,
    (id, declaration): (DeclarationId, &Declaration),
    instances: &OnceCell<Instances>,
    found: &mut Vec<Assumption>,
) {
    let [model, administration, execution] = match &*declaration.type_name {
        "AWS::CloudFormation::StackSet" => ["PermissionModel", "AdministrationRoleARN", "ExecutionRoleName"],
        "aws_cloudformation_stack_set" => {
            ["permission_model", "administration_role_arn", "execution_role_name"]
        }
        "AWS::ServiceCatalog::StackSetConstraint" => ["", "AdminRole", "ExecutionRole"],
        _ => return,
    };
    let set = |name: &str| declaration.properties.get(name).filter(|value| !value.is_unset());
    if set(model).is_some_and(|model| model.as_str().is_none_or(|word| word != "SELF_MANAGED")) {
        return;
    }
    let unit = &declaration.unit;
    let own = |name: &str| roles_named(graph, unit, &graph.accounts.of(unit), name);
    let administering: Vec<IdentityId> = match set(administration) {
        Some(value) => roles_in(graph, declaration, value).into_iter().flat_map(|(_, roles)| roles).collect(),
        None => own("AWSCloudFormationStackSetAdministrationRole"),
    };
    let [caller] = administering.as_slice() else { return };
    let name = match set(execution) {
        Some(value) => value.as_str(),
        None => Some("AWSCloudFormationStackSetExecutionRole".into()),
    };
    let Some(name) = name else { return };
    let present = declaration.present;
    for (span, account) in target_accounts(graph, (id, declaration), instances) {
        let roles = roles_named(graph, unit, &account, &name);
        if !roles.is_empty() && !roles.contains(caller) {
            let written = set(execution);
            let span = written.map_or(span, |value| value.span);
            let via = written.map(|value| value.via.clone()).unwrap_or_default();
            let external_id = Arc::new(ExternalId { sent: Presence::Unknown, span: None });
            let roles = roles.into();
            let (caller, declaration) = (Assuming::Role(*caller), id);
            let sent = Vec::new();
            found.push(Assumption { declaration, span, via, roles, caller, external_id, sent, present });
        }
    }
}

/// The accounts that a stack set has instances in, and where they are named: in itself, or by its instances.
fn target_accounts(
    graph: &Graph,
    (set, declared): (DeclarationId, &Declaration),
    instances: &OnceCell<Instances>,
) -> Vec<(Span, Text)> {
    let mut found = Vec::new();
    let mut add = |declaration: &Declaration, row: &Carrier| {
        let accounts =
            carriers::values(&declaration.properties, &row.path).into_iter().flat_map(Value::items);
        found.extend(
            accounts.filter_map(|value| Some((value.span, graph.accounts.normalised(value.as_text()?)))),
        );
    };
    for row in carriers::carriers(&declared.type_name).iter().filter(|row| is_target(row)) {
        if row.attach.is_none() {
            add(declared, row);
        }
    }
    for (instance, row) in instances.get_or_init(|| instances_of(graph)).get(&set).into_iter().flatten() {
        add(&graph.declarations[*instance], row);
    }
    found
}

/// Declarations that name a stack set, by that set, with the row that says where they name accounts.
type Instances = FxHashMap<DeclarationId, Vec<(DeclarationId, &'static Carrier)>>;

fn instances_of(graph: &Graph) -> Instances {
    let mut all = Instances::default();
    for row in carriers::target_accounts() {
        let Some(attach) = row.attach.as_deref() else { continue };
        for id in graph.of_type(row.type_name) {
            let declaration = &graph.declarations[*id];
            let mut named = Vec::new();
            for value in carriers::values(&declaration.properties, attach) {
                let text = value.as_text().unwrap_or_default();
                named.extend(graph.find_declarations(&row.targets, &declaration.unit, &text));
            }
            named.sort_unstable();
            named.dedup();
            for set in named {
                all.entry(set).or_default().push((*id, row));
            }
        }
    }
    all
}

fn is_target(row: &Carrier) -> bool {
    row.role == Role::TargetAccount
}

/// Whether what stands at some paths certainly does.
fn certainty(declaration: &Declaration, paths: [Option<&Vec<Step>>; 2]) -> Answer {
    let certain =
        !paths.into_iter().flatten().any(|path| carriers::may_differ(&declaration.properties, path));
    declaration.present.and(if certain { Answer::Yes } else { Answer::Unknown })
}

/// The row that says which external id is sent to the roles at a path.
fn external_ids(type_name: &str, path: &[Step]) -> Option<&'static Carrier> {
    let mut rows = carriers::carriers(type_name).iter();
    rows.find(|row| row.role == Role::ExternalId && row.attach.as_deref() == Some(path))
}

/// The external id that is sent together with the role that `role` is or lists. Where the type has no place for one,
/// nothing is known of it: EKS and FIS make one up.
fn external_id(properties: &Map, path: &[Step], row: Option<&Carrier>, role: &Value) -> ExternalId {
    let unknown = ExternalId { sent: Presence::Unknown, span: None };
    let Some(row) = row else { return unknown };
    let groups = carriers::values_together(properties, path, &row.path);
    let Some((_, written)) = groups.iter().find(|(roles, _)| roles.iter().any(|it| std::ptr::eq(*it, role)))
    else {
        return unknown;
    };
    let is_empty = |value: &Value| value.as_str().is_some_and(|text| text.is_empty());
    match written.as_slice() {
        [] if carriers::may_have_more(properties, &row.path) => unknown,
        [] => ExternalId { sent: absent(row), span: None },
        // What is empty by default may be set.
        [value] if is_empty(value) && value.via.unset().is_some() => unknown,
        [value] if is_empty(value) => ExternalId { sent: absent(row), span: None },
        [value] => match value.as_text() {
            Some(text) => ExternalId { sent: Presence::Values(vec![text]), span: Some(value.span) },
            None => unknown,
        },
        _ => unknown,
    }
}

/// What is not written in the configuration of a backend may be given when it is initialised.
///
/// <https://developer.hashicorp.com/terraform/language/backend#partial-configuration>
fn absent(row: &Carrier) -> Presence {
    if row.type_name == "backend.s3" { Presence::Unknown } else { Presence::Absent }
}

/// What a value lists of declared roles: each item, and all declarations that it may mean.
fn roles_in<'v>(
    graph: &Graph,
    declaration: &Declaration,
    value: &'v Value,
) -> Vec<(&'v Value, Vec<IdentityId>)> {
    let roles = |item: &'v Value| (item, roles_of(graph, declaration, item));
    value.items().into_iter().map(roles).filter(|(_, roles)| !roles.is_empty()).collect()
}

/// The roles that a value may mean: by ARN, or by its name in the account of the declaration.
fn roles_of(graph: &Graph, declaration: &Declaration, value: &Value) -> Vec<IdentityId> {
    let Some(text) = value.as_text().map(|text| graph.accounts.normalised(text)) else { return Vec::new() };
    let unit = &declaration.unit;
    let mut found = match text.as_literal() {
        Some(name) if Arn::parse(&text).is_none() && text.reference().is_none() => {
            roles_named(graph, unit, &graph.accounts.of(unit), name.trim_start_matches('/'))
        }
        _ => graph.find_identities(&text, unit),
    };
    found.retain(|id| graph.identities[*id].kind == IdentityKind::Role);
    found
}

/// The declared roles of this path and name in an account.
fn roles_named(graph: &Graph, unit: &UnitKey, account: &Text, name: &str) -> Vec<IdentityId> {
    let Some(span) = account.span() else { return Vec::new() };
    let mut arn = Text::literal("arn:aws:iam::", span);
    arn.append(account);
    arn.push_str(format!(":role/{name}"), span);
    let mut found = graph.find_identities(&arn, unit);
    found.retain(|id| graph.identities[*id].kind == IdentityKind::Role);
    found
}

/// The roles with which that assumes others which a value names: a role, or the role of another declaration.
fn callers_at(graph: &Graph, declaration: &Declaration, row: &Carrier, value: &Value) -> Vec<IdentityId> {
    let by_name = row.attach_kind == AttachKind::Name;
    // Several declarations of one role are one caller.
    let one = |roles: Vec<IdentityId>| roles.into_iter().next();
    let direct =
        || Vec::from_iter(one(roles_of(graph, declaration, value)).filter(|_| by_name || is_arn(value)));
    let types: Vec<&str> =
        row.targets.iter().copied().filter(|target| !carriers::service_roles(target).is_empty()).collect();
    if types.is_empty() {
        return direct();
    }
    let named = value.as_text().unwrap_or_default();
    let declared = graph.find_declarations(&types, &declaration.unit, &named);
    let own = |declared: &DeclarationId| {
        let declared = &graph.declarations[*declared];
        let rows = carriers::service_roles(&declared.type_name).iter();
        let values = rows.flat_map(|row| carriers::values(&declared.properties, &row.path));
        values.filter_map(|value| one(roles_of(graph, declared, value))).collect::<Vec<_>>()
    };
    declared.iter().flat_map(own).collect()
}

/// Whether a value is no plain name.
fn is_arn(value: &Value) -> bool {
    value.as_text().is_some_and(|text| text.as_literal().is_none() || Arn::parse(&text).is_some())
}
