//! Roles that AWS makes for what is declared: IAM Identity Center one in each account that a permission set is assigned to,
//! AWS Organizations one in each account that it creates.
//!
//! <https://docs.aws.amazon.com/singlesignon/latest/userguide/referencingpermissionsets.html>
//! <https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_accounts_access.html>

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::build::Builder;
use super::permission;
use super::{Boundary, DeclarationId, DocumentId, Identity, IdentityId, IdentityKind, Maker};
use crate::accounts::normalise::{Key, key};
use crate::carriers::{self, Carrier, Role, ValueKind};
use crate::facts::Declaration;
use crate::value::{Because, Class, Symbol, Text, Value};

/// Types that declare permission sets, with the property that names them.
const SETS: [(&str, &str); 2] =
    [("AWS::SSO::PermissionSet", "Name"), ("aws_ssoadmin_permission_set", "name")];

/// Types that say what a permission set gives, and name it at `permission_set_arn`.
const GIVING: [&str; 6] = [
    "aws_ssoadmin_customer_managed_policy_attachment",
    "aws_ssoadmin_customer_managed_policy_attachments_exclusive",
    "aws_ssoadmin_managed_policy_attachment",
    "aws_ssoadmin_managed_policy_attachments_exclusive",
    "aws_ssoadmin_permission_set_inline_policy",
    "aws_ssoadmin_permissions_boundary_attachment",
];

/// Types of accounts that Organizations creates, with the property that names the role that it makes in them, and the
/// attribute that returns the ID.
const ACCOUNTS: [(&str, &str, &str); 2] = [
    ("AWS::Organizations::Account", "RoleName", "AccountId"),
    ("aws_organizations_account", "role_name", "id"),
];

/// What the role is called where the declaration does not say.
const ACCESS_ROLE: &str = "OrganizationAccountAccessRole";

/// What all permission sets give.
#[derive(Default)]
struct Sets {
    /// What says of which set what it gives.
    giving: FxHashMap<DeclarationId, Vec<DeclarationId>>,
    /// The policies that are written in these.
    documents: FxHashMap<DeclarationId, Vec<DocumentId>>,
    /// Whether something gives more to a set of which nobody knows which it is.
    open: bool,
}

impl Builder<'_> {
    /// The roles that AWS makes, with what they are allowed.
    pub(super) fn made_roles(&mut self) {
        self.assigned_roles();
        self.roles_of_accounts();
    }

    fn assigned_roles(&mut self) {
        let of_type = |name: &str| self.graph.names.of_type(name).to_vec();
        let assignments: Vec<_> = carriers::ROLE_ASSIGNMENTS
            .iter()
            .flat_map(|row| of_type(row.type_name).into_iter().map(move |id| (id, row)))
            .collect();
        if assignments.is_empty() {
            return;
        }
        let sets = self.permission_sets();
        let mut made: FxHashMap<(DeclarationId, Key), IdentityId> = FxHashMap::default();
        for (id, row) in assignments {
            let declaration = &self.declarations[id];
            let text = |name: &str| declaration.properties.get(name).and_then(Value::as_text);
            let (Some(account), Some(set)) = (text(row.account), text(row.set)) else { continue };
            let Some(set) = self.graph.names.referred(&set) else { continue };
            let account = self.graph.accounts.normalised(account);
            if declaration.present.is_no() || account.is_empty() {
                continue;
            }
            let known = made.get(&(set, key(&account))).copied();
            let Some(role) = known.or_else(|| self.assigned_role(id, set, &account)) else { continue };
            if known.is_none() {
                made.insert((set, key(&account)), role);
                self.give_set(role, set, &sets);
            }
            self.graph.assigned.insert(id, role);
        }
    }

    /// What the declared permission sets give.
    fn permission_sets(&self) -> Sets {
        let mut sets = Sets::default();
        for (type_name, _) in SETS {
            for id in self.graph.names.of_type(type_name) {
                sets.giving.entry(*id).or_default().push(*id);
            }
        }
        for id in GIVING.iter().flat_map(|name| self.graph.names.of_type(name)) {
            let set = self.declarations[*id].properties.get("permission_set_arn").and_then(Value::as_text);
            let set = set.and_then(|set| self.graph.names.referred(&set));
            match set.and_then(|set| sets.giving.get_mut(&set)) {
                Some(giving) => giving.push(*id),
                None => sets.open = true,
            }
        }
        for (id, document) in self.graph.documents.with_ids() {
            let type_name = &*self.declarations[document.declaration].type_name;
            if GIVING.contains(&type_name) || SETS.iter().any(|(set, _)| *set == type_name) {
                sets.documents.entry(document.declaration).or_default().push(id);
            }
        }
        sets
    }

    /// The role of a permission set in an account: its path has the region of IAM Identity Center, unless that is `us-east-1`,
    /// and its name ends in letters that AWS makes up.
    fn assigned_role(&mut self, id: DeclarationId, set: DeclarationId, account: &Text) -> Option<IdentityId> {
        let (assignment, declaration) = (&self.declarations[id], &self.declarations[set]);
        let (_, named) = SETS.iter().find(|(name, _)| **name == *declaration.type_name)?;
        let written = declaration.properties.get(named).and_then(Value::as_text)?;
        let span = assignment.span;
        let made_up = |class: Class, name: &str| {
            let symbol = Symbol::new(class, assignment.origin.attribute(name), Because::Computed);
            Text::symbol(symbol, span)
        };
        let mut name = Text::literal("AWSReservedSSO_", span);
        name.append(&written.shown_at(span));
        name.push_str("_", span);
        let mut shown = name.to_string();
        shown.push('*');
        name.append(&made_up(Class::Word, "role_suffix"));
        let mut arn = self.expand("arn:${@partition}:iam::", assignment);
        arn.append(account);
        arn.push_str(":role/aws-reserved/sso.amazonaws.com/", span);
        match self.expand("${@region}", declaration).as_literal().as_deref() {
            Some("us-east-1") => {}
            Some(region) => arn.push_str(format!("{region}/"), span),
            None => arn.append(&made_up(Class::Computed, "role_path")),
        }
        arn.append(&name);
        Some(self.made_role(id, Arc::new(account.clone()), (arn, name, shown.into()), Maker::IdentityCenter))
    }

    fn made_role(
        &mut self,
        declaration: DeclarationId,
        account: Arc<Text>,
        (arn, name, shown): (Text, Text, Arc<str>),
        maker: Maker,
    ) -> IdentityId {
        let role = Identity::new((IdentityKind::Role, declaration), account, (arn, name, shown));
        self.graph.identities.push(Identity { made_by: Some(maker), ..role })
    }

    /// Gives a role what its permission set gives.
    fn give_set(&mut self, role: IdentityId, set: DeclarationId, sets: &Sets) {
        let giving = sets.giving.get(&set);
        self.graph.identities[role].complete &= !sets.open && giving.is_some();
        for by in giving.into_iter().flatten() {
            let declaration = &self.declarations[*by];
            self.note_exclusive(*by, declaration, &[role]);
            for row in carriers::carriers(&declaration.type_name) {
                match row.role {
                    Role::IdentityPolicy => {
                        let written = carriers::values(&declaration.properties, &row.path);
                        let is_none = written.iter().all(|value| {
                            value.is_unset() || value.as_str().is_some_and(|text| text.is_empty())
                        });
                        let read = sets.documents.get(by);
                        self.graph.identities[role].complete &= is_none || read.is_some();
                        for document in read.into_iter().flatten() {
                            let span = self.graph.documents[*document].policy.span;
                            self.give(role, Some(*document), declaration.present, (span, *by, true));
                        }
                    }
                    Role::PolicyAttachment if row.value_kind == ValueKind::Block => {
                        self.attach_by_name(role, (*by, declaration), row);
                    }
                    Role::PolicyAttachment => self.attach_all(*by, declaration, &row.path, &[role]),
                    Role::PermissionsBoundary => self.bound_by_block(role, declaration, row),
                    _ => {}
                }
            }
        }
    }

    /// Attaches the policies of the account that a permission set names.
    fn attach_by_name(&mut self, role: IdentityId, by: (DeclarationId, &Declaration), row: &Carrier) {
        for value in carriers::values(&by.1.properties, &row.path) {
            self.graph.identities[role].complete &= !value.as_list().is_some_and(|list| list.open);
            for item in value.items() {
                match self.policy_called(role, item) {
                    Some(arn) => self.attach(role, &Value::text(arn, item.span), by),
                    None => self.graph.identities[role].complete = false,
                }
            }
        }
    }

    /// The ARN of the policy with this name and path in the account of a role.
    fn policy_called(&self, role: IdentityId, reference: &Value) -> Option<Text> {
        let map = reference.as_map().filter(|map| !map.open)?;
        let text = |one: &str, other: &str| {
            let value = map.get(one).or_else(|| map.get(other)).filter(|value| !value.is_unset());
            value.map(Value::as_text)
        };
        let name = text("name", "Name")??;
        let path = match text("path", "Path") {
            Some(path) => path?,
            None => Text::literal("/", reference.span),
        };
        let mut arn = Text::literal("arn:aws:iam::", reference.span);
        arn.append(&self.graph.identities[role].account);
        arn.push_str(":policy", reference.span);
        arn.append(&path);
        arn.append(&name);
        Some(self.graph.accounts.normalised(arn))
    }

    /// Notes the permissions boundary of a permission set. Of several the one that is set is not known.
    fn bound_by_block(&mut self, role: IdentityId, declaration: &Declaration, row: &Carrier) {
        let blocks = carriers::values(&declaration.properties, &row.path);
        for block in blocks.into_iter().flat_map(Value::items) {
            let map = block.as_map();
            let get = |one: &str, other: &str| map.and_then(|map| map.get(one).or_else(|| map.get(other)));
            let by_arn = get("managed_policy_arn", "ManagedPolicyArn").filter(|value| !value.is_unset());
            let by_name = get("customer_managed_policy_reference", "CustomerManagedPolicyReference");
            let arn = by_arn.cloned().or_else(|| {
                let reference = by_name.map(Value::items)?.into_iter().next()?;
                Some(Value::text(self.policy_called(role, reference)?, block.span))
            });
            let is_second = self.graph.identities[role].boundary.is_some();
            let certain = !is_second && declaration.present.is_yes();
            let boundary = match arn {
                Some(arn) => self.boundary(&arn, &declaration.unit, certain),
                None => Boundary { policy: None, document: None, span: block.span },
            };
            self.graph.identities[role].boundary = Some(Box::new(boundary));
        }
    }

    /// The administrator in every account that Organizations creates, whom the account that creates it can assume.
    fn roles_of_accounts(&mut self) {
        for (type_name, named, id_attribute) in ACCOUNTS {
            for id in self.graph.names.of_type(type_name).to_vec() {
                let declaration = &self.declarations[id];
                // Of an account that is there already, nobody knows how it came to be.
                if self.graph.accounts.is_seen(&declaration.unit) {
                    continue;
                }
                let span = declaration.span;
                let name = match declaration.properties.get(named).filter(|value| !value.is_unset()) {
                    Some(value) => value.as_text(),
                    None => Some(Text::literal(ACCESS_ROLE, span)),
                };
                let Some(name) = name.filter(|_| !declaration.present.is_no()) else { continue };
                let of = declaration.origin.attribute(id_attribute);
                let account = Text::symbol(Symbol::new(Class::Computed, of, Because::Computed), span);
                let account = self.graph.accounts.normalised(account);
                self.role_of_account(id, &account, &name.shown_at(span));
            }
        }
    }

    fn role_of_account(&mut self, id: DeclarationId, account: &Text, name: &Text) {
        let declaration = &self.declarations[id];
        let mut arn = self.expand("arn:${@partition}:iam::", declaration);
        arn.append(account);
        arn.push_str(":role/", declaration.span);
        arn.append(name);
        // One that a template declares was made, or taken over, by that.
        if !self.finder().identities_with(&key(&arn)).is_empty() {
            return;
        }
        let owner = self.graph.accounts.of(&declaration.unit).into_owned();
        let trust = permission::of_account(&owner, &[("Action", "sts:AssumeRole")], declaration.span);
        let shown = name.to_string().into();
        let names = (arn.clone(), name.clone(), shown);
        let role = self.made_role(id, Arc::new(account.clone()), names, Maker::Organizations);
        self.graph.names.identities_by_arn.enter(&key(&arn), role);
        self.graph.identities[role].default_trust = trust.map(Box::new);
        let administrator = "arn:aws:iam::aws:policy/AdministratorAccess";
        self.attach(role, &Value::literal(administrator, declaration.span), (id, declaration));
    }
}
