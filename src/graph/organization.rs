//! What the policies of an organization say of its accounts: service control policies limit the callers of an account,
//! resource control policies whom its resources let in.
//!
//! Only what is declared is known. Nothing says that an account has no further policies, so a declared one can make a
//! request denied, or unknown, but the absence of one says nothing.
//!
//! <https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_evaluation.html>
//! <https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps_evaluation.html>

use std::collections::BTreeMap;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::build::Builder;
use super::permission;
use super::{DeclarationId, Graph, OrganizationPolicyId, Purpose, Table};
use crate::accounts::Zone;
use crate::accounts::normalise;
use crate::accounts::normalise::{Key, is_identity, key};
use crate::carriers::{self, Carrier, Role, Step, ValueKind};
use crate::facts::{self, Declaration};
use crate::iam::arn::is_account_id;
use crate::iam::policy::Policy;
use crate::source::Span;
use crate::value::{Answer, Kind, Map, OriginKind, Text, UnitKey, Value};

/// Units nest five levels below the root at most.
///
/// <https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html>
const LEVELS: usize = 5;

/// The organization, as far as it is declared.
#[derive(Debug, Default)]
pub struct Organization {
    policies: Table<OrganizationPolicyId, OrganizationPolicy>,
    /// What is attached to what.
    pub attachments: Vec<Attachment>,
    /// The units (of deployment) in which an organization is declared: those are its management account.
    managed_from: Vec<UnitKey>,
    accounts: Vec<Member>,
    /// The declared accounts by the keys of their IDs, the first one of each.
    by_id: FxHashMap<Key, usize>,
    /// Those by name; `None` where several have the same.
    by_name: FxHashMap<String, Option<usize>>,
    /// What an organizational unit lies in, by the key of its id.
    units: BTreeMap<Key, Option<Text>>,
    /// What allows everything, as AWS attaches it everywhere.
    pub full_access: Option<Policy>,
}

/// A policy of an organization.
#[derive(Debug)]
pub struct OrganizationPolicy {
    /// Its declaration.
    pub declaration: DeclarationId,
    /// What it says, when that could be read.
    pub policy: Option<Arc<Policy>>,
    sort: Sort,
    /// Whether it blocks public access to all buckets.
    blocks_buckets: Answer,
}

/// What a policy of an organization limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sort {
    /// What callers of an account may do at most.
    ServiceControl,
    /// Whom the resources of an account let in at most.
    ResourceControl,
    /// Whether the buckets of an account can be public.
    Buckets,
    /// Tags, backups and the like: no access.
    Other,
    /// Not known.
    Unknown,
}

/// That a policy is attached to something.
#[derive(Debug)]
pub struct Attachment {
    /// What is attached.
    pub policy: Attached,
    /// A root, unit or account, by its id; `None` when that is not known at all.
    pub target: Option<Text>,
    /// The unit (of deployment) that says so.
    unit: UnitKey,
    present: Answer,
    /// Whether it is said to have an effect there, whichever account manages the organization.
    is_felt: bool,
}

/// A policy that is attached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attached {
    /// A declared policy.
    Declared(OrganizationPolicyId),
    /// The policy that AWS attaches everywhere.
    FullAccess,
    /// One that is not declared here.
    Elsewhere,
}

/// A declared account.
#[derive(Debug)]
struct Member {
    id: Text,
    name: Option<String>,
    parent: Option<Text>,
    unit: UnitKey,
}

impl Builder<'_> {
    /// Collects the policies of organizations and what they are attached to. Policies come before what attaches them
    /// by id.
    pub(super) fn organization(&mut self) {
        let declarations = self.declarations;
        let mut organization = Organization::default();
        let mut by_id = BTreeMap::new();
        let of_role = |declaration: &Declaration, role: Role| {
            let rows = carriers::carriers(&declaration.type_name);
            rows.iter().filter(move |row| row.role == role).collect::<Vec<_>>()
        };
        for (index, declaration) in declarations.with_ids() {
            let rows = of_role(declaration, Role::OrganizationMember);
            if !rows.is_empty() {
                self.member(declaration, &rows, &mut organization);
            }
            let rows = of_role(declaration, Role::OrganizationPolicy);
            if rows.iter().any(|row| row.value_kind == ValueKind::JsonPolicy) {
                let policy = self.organization_policy(index, declaration, &rows);
                let id = organization.policies.push(policy);
                if let Some(known) = self.id_of(declaration).map(|id| key(&id)).filter(is_identity) {
                    by_id.insert(known, id);
                }
                self.attached(declaration, &rows, Attached::Declared(id), &mut organization);
            }
        }
        for declaration in declarations {
            let rows = of_role(declaration, Role::OrganizationPolicy);
            let named = rows.iter().filter_map(|row| row.attach.as_deref());
            let policies = named.flat_map(|path| texts(declaration, path)).collect::<Vec<_>>();
            for (policy, present) in policies {
                let policy =
                    policy.map(|text| key(&self.graph.accounts.normalised(text))).unwrap_or_default();
                let attached = match by_id.get(&policy) {
                    Some(id) => Attached::Declared(*id),
                    None if matches!(policy.as_literal(), Some("p-FullAWSAccess" | "p-RCPFullAWSAccess")) => {
                        Attached::FullAccess
                    }
                    None => Attached::Elsewhere,
                };
                let from = organization.attachments.len();
                self.attached(declaration, &rows, attached, &mut organization);
                for attachment in organization.attachments.iter_mut().skip(from) {
                    attachment.present = attachment.present.and(present);
                }
            }
        }
        let first = declarations.iter().next().filter(|_| !organization.attachments.is_empty());
        organization.full_access = first.and_then(|first| full_access(first.span));
        organization.index();
        self.graph.organization = organization;
    }

    fn member(&self, declaration: &Declaration, rows: &[&Carrier], organization: &mut Organization) {
        let of_kind =
            |kind: ValueKind| rows.iter().find(|row| row.value_kind == kind && !row.path.is_empty());
        let text = |row: &&Carrier| match texts(declaration, &row.path).as_slice() {
            [(Some(text), Answer::Yes)] => Some(self.graph.accounts.normalise(text).into_owned()),
            _ => None,
        };
        let parent = of_kind(ValueKind::Text).and_then(&text);
        let name = of_kind(ValueKind::Name).and_then(&text);
        let unit = declaration.unit.clone();
        if rows.iter().all(|row| row.path.is_empty()) {
            organization.managed_from.push(unit);
        } else if let Some(id) = self.id_of(declaration) {
            if of_kind(ValueKind::Name).is_some() {
                let name = name.and_then(|name| name.as_literal().map(std::borrow::Cow::into_owned));
                organization.accounts.push(Member { id, name, parent, unit });
            } else {
                organization.units.insert(key(&id), parent);
            }
        }
    }

    fn organization_policy(
        &mut self,
        index: DeclarationId,
        declaration: &Declaration,
        rows: &[&Carrier],
    ) -> OrganizationPolicy {
        let mut sorts = rows.iter().filter(|row| row.value_kind == ValueKind::Word);
        let written = sorts.next().map(|row| texts(declaration, &row.path)).unwrap_or_default();
        let sort = match written.as_slice() {
            // https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/organizations_policy
            [] => Sort::ServiceControl,
            [(Some(text), Answer::Yes)] => match text.as_literal().as_deref() {
                Some("SERVICE_CONTROL_POLICY") => Sort::ServiceControl,
                Some("RESOURCE_CONTROL_POLICY") => Sort::ResourceControl,
                Some("S3_POLICY") => Sort::Buckets,
                Some(_) => Sort::Other,
                None => Sort::Unknown,
            },
            _ => Sort::Unknown,
        };
        let documents = rows.iter().filter(|row| row.value_kind == ValueKind::JsonPolicy);
        let document = documents.flat_map(|row| carriers::values(&declaration.properties, &row.path)).next();
        let account = self.account(&declaration.unit);
        let blocks_buckets = match sort {
            Sort::Buckets => document.map_or(Answer::Unknown, |value| self.assigned(value)),
            _ => Answer::No,
        };
        let read = document
            .filter(|_| !matches!(sort, Sort::Buckets | Sort::Other))
            .and_then(|value| self.document(index, value, Purpose::Limit, "", &account));
        let policy = read.map(|id| Arc::clone(&self.graph.documents[id].policy));
        OrganizationPolicy { declaration: index, policy, sort, blocks_buckets }
    }

    /// Whether an S3 policy blocks public access to all buckets.
    ///
    /// <https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_s3_syntax.html>
    fn assigned(&self, value: &Value) -> Answer {
        const PATH: [&str; 3] = ["s3_attributes", "public_access_block_configuration", "@@assign"];
        let Ok(read) = normalise::document(value.clone(), &self.graph.accounts) else {
            return Answer::Unknown;
        };
        let found = PATH.iter().try_fold(&read, |value, name| value.as_map()?.get(name));
        match found.and_then(Value::as_str).as_deref() {
            Some("all") => Answer::Yes,
            Some("none") => Answer::No,
            _ => Answer::Unknown,
        }
    }

    /// Notes what a declaration attaches a policy to.
    fn attached(
        &self,
        declaration: &Declaration,
        rows: &[&Carrier],
        policy: Attached,
        organization: &mut Organization,
    ) {
        let is_target =
            |row: &&&Carrier| matches!(row.value_kind, ValueKind::AccountId | ValueKind::AccountIdList);
        for (target, present) in rows.iter().filter(is_target).flat_map(|row| texts(declaration, &row.path)) {
            let target = target.map(|text| self.graph.accounts.normalised(text));
            let present = present.and(declaration.present);
            let unit = declaration.unit.clone();
            let is_felt = declaration.properties.get(facts::FELT).is_some();
            organization.attachments.push(Attachment { policy, target, unit, present, is_felt });
        }
    }

    /// What refers to a declaration by its id.
    fn id_of(&self, declaration: &Declaration) -> Option<Text> {
        // Of what is there already, it is known.
        if self.graph.accounts.is_seen(&declaration.unit) {
            return declaration.properties.get("id").and_then(Value::as_text);
        }
        let mut names = ["id", "Ref"].into_iter();
        let template = names.find_map(|name| carriers::attribute_template(&declaration.type_name, name))?;
        Some(self.expand(template, declaration))
    }
}

/// The texts at a path, each with whether it is surely among what is written there; `None` for what is not known.
fn texts(declaration: &Declaration, path: &[Step]) -> Vec<(Option<Text>, Answer)> {
    let mut found = Vec::new();
    // A choice at the top is opened on the way to the property, so it is looked at itself.
    let written = match path {
        [Step::Property(name)] => declaration.properties.get(name).into_iter().collect(),
        _ => carriers::values(&declaration.properties, path),
    };
    for value in written {
        collect(value, Answer::Yes, &mut found);
    }
    found
}

/// The recursion follows a value, whose nesting is bounded where values are made.
fn collect(value: &Value, present: Answer, found: &mut Vec<(Option<Text>, Answer)>) {
    match &value.kind {
        Kind::Null | Kind::Absent => {}
        Kind::List(list) => {
            list.items.iter().for_each(|item| collect(item, present, found));
            if list.open {
                found.push((None, Answer::Unknown));
            }
        }
        Kind::Choice(all) => all.iter().for_each(|one| collect(one, Answer::Unknown, found)),
        _ if value.as_str().is_some_and(|text| text.is_empty()) => {}
        _ => found.push((value.as_text(), present)),
    }
}

/// The policy that allows everything.
fn full_access(span: Span) -> Option<Policy> {
    let mut statement = Map::default();
    for (name, written) in [("Effect", "Allow"), ("Action", "*"), ("Resource", "*")] {
        statement.insert(name, span, Value::literal(written, span));
    }
    Policy::read(&permission::whole(Value::new(Kind::Map(statement), span)))
}

impl Organization {
    /// Whether any policy says something of all buckets of an account.
    pub(super) fn blocks_buckets(&self) -> bool {
        self.policies.iter().any(|policy| policy.sort == Sort::Buckets)
    }

    /// Notes by what accounts are found.
    fn index(&mut self) {
        for (place, member) in self.accounts.iter().enumerate() {
            self.by_id.entry(key(&member.id)).or_insert(place);
            if let Some(name) = &member.name {
                let one = self.by_name.entry(name.clone()).or_insert(Some(place));
                *one = one.filter(|known| *known == place);
            }
        }
    }

    /// What a policy limits.
    pub fn sort_of(&self, attached: Attached) -> Sort {
        match attached {
            Attached::Declared(id) => self.policies[id].sort,
            Attached::FullAccess | Attached::Elsewhere => Sort::Unknown,
        }
    }

    /// The declared policy that is attached, when it could be read.
    pub fn policy_of(&self, attached: Attached) -> Option<&OrganizationPolicy> {
        match attached {
            Attached::Declared(id) => Some(&self.policies[id]).filter(|policy| policy.policy.is_some()),
            Attached::FullAccess | Attached::Elsewhere => None,
        }
    }
}

impl Graph {
    /// Whether a policy of this sort is attached so that it has an effect on the account.
    pub fn is_attached(&self, attachment: &Attachment, account: &Text, sort: Sort) -> Answer {
        let sort = match self.organization.sort_of(attachment.policy) {
            known if known == sort => Answer::Yes,
            Sort::Unknown => match attachment.policy {
                // Whatever it is, that it is attached is no less sure.
                Attached::FullAccess | Attached::Elsewhere => Answer::Yes,
                Attached::Declared(_) => Answer::Unknown,
            },
            _ => return Answer::No,
        };
        let limited =
            if attachment.is_felt { Answer::Yes } else { self.is_limited(&attachment.unit, account) };
        let limited = sort.and(attachment.present).and(limited);
        if limited.is_no() {
            return limited;
        }
        let target = attachment.target.as_ref();
        limited.and(target.map_or(Answer::Unknown, |target| self.lies_in(account, target, &attachment.unit)))
    }

    /// Whether policies of the organization block public access to all buckets of an account; `None` when they do not say.
    /// Of several nobody knows which counts, unless they say the same.
    pub(super) fn blocks_buckets(&self, account: &Text) -> Option<Answer> {
        let mut blocked = None;
        for attachment in &self.organization.attachments {
            let Attached::Declared(id) = attachment.policy else { continue };
            let policy = &self.organization.policies[id];
            if policy.sort != Sort::Buckets {
                continue;
            }
            // Whether it holds for the management account as well, no page says.
            let limited = self.is_limited(&attachment.unit, account).or(Answer::Unknown);
            let target = attachment.target.as_ref();
            let reaches = target.map_or(Answer::Unknown, |it| self.lies_in(account, it, &attachment.unit));
            let reaches = reaches.and(limited).and(attachment.present);
            if reaches.is_no() {
                continue;
            }
            let says = if reaches.is_yes() { policy.blocks_buckets } else { Answer::Unknown };
            blocked = match blocked {
                Some(known) if known != says => Some(Answer::Unknown),
                _ => Some(says),
            };
        }
        blocked
    }

    /// Whether policies of the organization that a unit speaks of limit an account: not that of a known stranger, and not
    /// the management account. One that the configuration does not list may still be a member.
    ///
    /// <https://docs.aws.amazon.com/organizations/latest/userguide/orgs_getting-started_concepts.html>
    fn is_limited(&self, unit: &UnitKey, account: &Text) -> Answer {
        let managed_from = &self.organization.managed_from;
        let (manager, surely) = match managed_from.as_slice() {
            [only] => (only, true),
            several => (unit, several.contains(unit)),
        };
        let manager = self.accounts.of(manager);
        match self.accounts.zone(account, &manager) {
            Zone::Vendor { .. } | Zone::Aws { .. } => return Answer::No,
            _ => {}
        }
        match self.accounts.same(account, &manager) {
            // Who may attach policies without being the management account is a delegated administrator.
            Answer::Yes if !surely => Answer::Unknown,
            same => !same,
        }
    }

    /// Whether an account is, or lies in, the root, unit or account with this id.
    fn lies_in(&self, account: &Text, target: &Text, unit: &UnitKey) -> Answer {
        let wanted = key(target);
        if wanted == key(account) && is_identity(&wanted) {
            return Answer::Yes;
        }
        if target.as_literal().is_some_and(|target| is_account_id(&target)) {
            return self.accounts.same(account, target);
        }
        let Some(member) = self.member_of(account) else { return Answer::Unknown };
        if wanted == key(&member.id) && is_identity(&wanted) {
            return Answer::Yes;
        }
        // Every account lies in the root of its organization.
        if member.unit == *unit && is_root_found_in(&wanted, unit) {
            return Answer::Yes;
        }
        let mut differs = self.is_declared(&wanted);
        let mut place = member.parent.as_ref();
        for _ in 0..=LEVELS {
            let Some(parent) = place else { return Answer::Unknown };
            let parent_key = key(parent);
            if parent_key == wanted && is_identity(&wanted) {
                return Answer::Yes;
            }
            let literal = parent.as_literal().is_some() && target.as_literal().is_some();
            differs = literal || differs && (self.is_declared(&parent_key) || is_root(&parent_key));
            if !differs {
                return Answer::Unknown;
            }
            if is_root(&parent_key) {
                // All the way up, it was not there; but two ways to name a root may name the same.
                return if is_root(&wanted) && !literal { Answer::Unknown } else { Answer::No };
            }
            place = self.organization.units.get(&parent_key).and_then(Option::as_ref);
        }
        Answer::Unknown
    }

    /// Whether a key is the id of a declared unit or account.
    fn is_declared(&self, wanted: &Key) -> bool {
        self.organization.units.contains_key(wanted) || self.organization.by_id.contains_key(wanted)
    }

    /// The declaration of an account, found by its id or by the name that the configuration has for it.
    fn member_of(&self, account: &Text) -> Option<&Member> {
        let organization = &self.organization;
        if organization.accounts.is_empty() {
            return None;
        }
        let wanted = key(&self.accounts.normalise(account));
        let by_id = organization.by_id.get(&wanted).filter(|_| is_identity(&wanted)).copied();
        let called = || *organization.by_name.get(&self.accounts.name(account)?)?;
        organization.accounts.get(by_id.or_else(called)?)
    }
}

/// Whether a key names the root of an organization: by its id, or as an attribute of the organization.
fn is_root(key: &Key) -> bool {
    if let Some(id) = key.as_literal() {
        return id.starts_with("r-");
    }
    let Some(OriginKind::Attribute { of, name }) = key.as_origin().map(|it| it.whole().kind()) else {
        return false;
    };
    let is_organization = match of.kind() {
        OriginKind::Declared { type_name, .. } => {
            matches!(&**type_name, "aws_organizations_organization" | "data.aws_organizations_organization")
        }
        OriginKind::Found { kind, .. } => **kind == *"aws_organizations_organization",
        _ => false,
    };
    **name == *"RootId" || is_organization && **name == *"roots"
}

/// Whether a key names the root of the organization that a unit (of deployment) belongs to.
fn is_root_found_in(key: &Key, unit: &UnitKey) -> bool {
    key.as_origin().is_some_and(|origin| origin.unit() == Some(unit)) && is_root(key)
}
