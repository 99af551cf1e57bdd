//! Accounts, principals, resources, and who grants what to whom, each with the statement that says so.
//!
//! Built once from the declarations of all units; rules only read it. Which resource types hold access is said
//! by the table in [`crate::carriers`], not by code.

mod ahead;
mod assumptions;
mod attach;
mod build;
mod called;
mod code;
pub(crate) mod deliveries;
mod find;
mod handed;
mod ids;
mod links;
mod made;
mod names;
mod organization;
mod permission;
mod protected;
mod reading;
mod resources;
mod seen;
mod sessions;
mod shares;
mod shown;
mod snapshots;
mod surroundings;
mod touched;
mod written;

use std::sync::{Arc, Mutex, OnceLock};

use rustc_hash::{FxHashMap, FxHashSet};

pub use build::build;
pub use called::arn_of;
pub use ids::{
    DeclarationId, DocumentId, Id, IdentityId, OrganizationPolicyId, ProviderId, ResourceId, ShareId, Table,
};
pub use links::{Assuming, Assumption, Chained, Code, Handed, Sent, Share};
pub use organization::{Attached as AttachedControl, Organization, Sort as Control};
pub use seen::Seen;
pub use surroundings::{Meant, Surroundings};

use crate::accounts::Accounts;
use crate::facts::Declaration;
use crate::iam::policy::Policy;
use crate::source::Span;
use crate::value::{Answer, Because, Text, When};

/// Everything that is known about who may reach what.
#[derive(Debug)]
pub struct Graph {
    /// Which account each unit and each literal id belongs to.
    pub accounts: Arc<Accounts>,
    /// What templates declare, as walkers found it.
    pub declarations: Table<DeclarationId, Declaration>,
    /// Roles, users and groups.
    pub identities: Table<IdentityId, Identity>,
    /// What is protected by a policy of its own.
    pub resources: Table<ResourceId, Resource>,
    /// Every policy document.
    pub documents: Table<DocumentId, Document>,
    /// Identity providers.
    pub providers: Table<ProviderId, Provider>,
    /// Resource shares.
    pub shares: Table<ShareId, Share>,
    /// What is declared of organizations.
    pub organization: Organization,
    /// Policies that could not be read at all, and why.
    pub unread: Vec<Unread>,
    /// The role of each assignment of a permission set, where both are known.
    pub assigned: FxHashMap<DeclarationId, IdentityId>,
    /// What snapshots have otherwise than the templates that declare it.
    pub differing: Vec<Differing>,
    /// Policies that one declaration attaches and another one takes away.
    pub contested: Vec<Contested>,
    names: names::Names,
    strays: OnceLock<FxHashSet<(DocumentId, usize)>>,
    called: Mutex<FxHashMap<String, Arc<find::Called>>>,
}

/// What an identity is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum IdentityKind {
    /// A role.
    Role,
    /// A user.
    User,
    /// A group. Not a principal; its members have its policies.
    Group,
}

impl IdentityKind {
    /// Its name in messages and ARNs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Role => "role",
            Self::User => "user",
            Self::Group => "group",
        }
    }
}

/// A role, user or group.
#[derive(Debug)]
pub struct Identity {
    /// Which of the three.
    pub kind: IdentityKind,
    /// Its declaration in [`Graph::declarations`].
    pub declaration: DeclarationId,
    /// Its account.
    pub account: Arc<Text>,
    /// Its ARN.
    pub arn: Text,
    /// Its name without path.
    pub name: Text,
    /// How messages call it: its name, or the address of its declaration when the name is not known.
    pub shown: Arc<str>,
    /// Its trust policy, when it is a role.
    pub trust: Option<DocumentId>,
    /// The trust policy that it is made with, when no template writes one.
    pub default_trust: Option<Box<Policy>>,
    /// What makes it, when it is a role that no template writes.
    pub made_by: Option<Maker>,
    /// Its own policies.
    pub policies: Vec<Attached>,
    /// Its permissions boundary, when it has one.
    pub boundary: Option<Box<Boundary>>,
    /// What it belongs to: hardly any belongs to anything.
    ties: Option<Box<Ties>>,
    /// Whether `policies` (and `groups`) are all there is, as far as the analyzed files can say: `false` when a
    /// policy or membership that may belong to it could not be resolved.
    pub complete: bool,
}

/// Which identities belong together.
#[derive(Debug, Default)]
struct Ties {
    groups: Vec<IdentityId>,
    members: Vec<IdentityId>,
    declared_as: Vec<IdentityId>,
}

/// What makes roles that no template writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Maker {
    /// IAM Identity Center, for a permission set that is assigned to an account.
    IdentityCenter,
    /// AWS Organizations, in an account that it creates.
    Organizations,
}

impl Identity {
    /// One that has nothing yet, with its ARN, its name and how messages call it.
    fn new(
        (kind, declaration): (IdentityKind, DeclarationId),
        account: Arc<Text>,
        (arn, name, called): (Text, Text, Arc<str>),
    ) -> Self {
        Self {
            kind,
            declaration,
            account,
            arn,
            name,
            shown: called,
            trust: None,
            default_trust: None,
            made_by: None,
            policies: Vec::new(),
            boundary: None,
            ties: None,
            complete: true,
        }
    }

    /// The groups a user is in.
    pub fn groups(&self) -> &[IdentityId] {
        self.ties.as_deref().map_or(&[], |ties| &ties.groups)
    }

    /// The users in a group.
    pub fn members(&self) -> &[IdentityId] {
        self.ties.as_deref().map_or(&[], |ties| &ties.members)
    }

    /// All declarations of the identity, this one among them, when there are several: of the same ARN, in several units.
    pub fn declared_as(&self) -> &[IdentityId] {
        self.ties.as_deref().map_or(&[], |ties| &ties.declared_as)
    }

    /// Gives it a policy. Most have one.
    fn hold(&mut self, policy: Attached) {
        if self.policies.is_empty() {
            self.policies.reserve_exact(1);
        }
        self.policies.push(policy);
    }

    fn ties_mut(&mut self) -> &mut Ties {
        self.ties.get_or_insert_default()
    }

    /// Whether IAM Identity Center makes it.
    pub fn is_assigned(&self) -> bool {
        self.made_by == Some(Maker::IdentityCenter)
    }
}

/// A policy of an identity.
#[derive(Clone, Debug)]
pub struct Attached {
    /// The policy.
    pub policy: Arc<Policy>,
    /// The document, when it is written in the analyzed files.
    pub document: Option<DocumentId>,
    /// Where it is attached.
    pub span: Span,
    /// Whether it is attached for sure.
    pub present: Answer,
    /// What attaches it.
    pub by: DeclarationId,
    /// Whether it is written for the identity alone, and not attached by ARN.
    pub inline: bool,
    /// The name of an AWS managed policy.
    pub managed: Option<Box<str>>,
}

/// What limits an identity, whatever its policies give.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html>
#[derive(Clone, Debug)]
pub struct Boundary {
    /// The policy; `None` when it is not known.
    pub policy: Option<Arc<Policy>>,
    /// The document, when it is written in the analyzed files.
    pub document: Option<DocumentId>,
    /// Where it is set.
    pub span: Span,
}

/// A resource with a policy of its own, or one that could have one.
#[derive(Debug)]
pub struct Resource {
    /// Its declaration; for a resource that is only known by its policy, the policy's.
    pub declaration: DeclarationId,
    /// Whether the resource itself is declared, not only its policy.
    pub declared: bool,
    /// Its account.
    pub account: Arc<Text>,
    /// Its ARN.
    pub arn: Text,
    /// The service prefix: `s3`, `kms`.
    pub service: &'static str,
    /// Its policies.
    pub documents: Vec<DocumentId>,
    /// Those of its policies of which each is written as the whole policy: of several the last one that is applied stays.
    pub writers: Vec<DocumentId>,
    /// What it has when no policy is written for it.
    pub default_policy: Option<Box<Policy>>,
    /// Whether `documents` is all there is.
    pub complete: bool,
    /// The shares it is in, in [`Graph::shares`].
    pub shares: Vec<ShareId>,
    /// Whether resources of its type can have a policy at all.
    pub can_have_policy: bool,
    /// What limits whom its policy lets in.
    pub surroundings: Surroundings,
}

/// What a policy document is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Who may assume a role.
    Trust(IdentityId),
    /// What identities may do.
    Identity,
    /// Who may do what with a resource.
    Resource(ResourceId),
    /// What limits access that other policies give, and gives none itself: the policy of a VPC endpoint or of an
    /// organization.
    Limit,
    /// A policy file: what it is for is judged by its elements.
    File,
}

/// A policy document of the analyzed files.
#[derive(Debug)]
pub struct Document {
    /// What it is for.
    pub purpose: Purpose,
    /// Its content.
    pub policy: Arc<Policy>,
    /// The declaration it is written in.
    pub declaration: DeclarationId,
    /// The account of that declaration.
    pub account: Arc<Text>,
    /// The service whose resource it protects (`sts` for a trust policy, that of its actions for a file); empty
    /// for identity policies.
    pub service: Arc<str>,
    /// The identities that have it, when it is an identity policy.
    pub holders: Vec<IdentityId>,
    /// Whether it is the trust policy of a role: by what it hangs on, or, for a policy file, by its actions.
    pub is_trust: bool,
}

/// What federates identities from elsewhere.
#[derive(Debug)]
pub struct Provider {
    /// The declaration.
    pub declaration: DeclarationId,
    /// The ARN.
    pub arn: Text,
    /// The account.
    pub account: Arc<Text>,
    /// The URL of an OIDC provider without `https://`; `None` for SAML.
    pub issuer: Option<Text>,
    /// The audiences that it accepts.
    pub clients: Clients,
}

/// The client IDs of an OIDC provider: STS rejects tokens for other audiences.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc.html>
#[derive(Debug)]
pub struct Clients {
    /// Those that are known, and where they are written.
    pub ids: Vec<(Text, Span)>,
    /// Whether there may be others.
    pub open: bool,
}

/// Something that a snapshot has otherwise than the template that declares it.
#[derive(Debug)]
pub struct Differing {
    /// The role, user or group, as a template declares it.
    pub identity: IdentityId,
    /// The same one in the snapshot.
    pub snapshot: DeclarationId,
    /// What differs, such as ``inline policy `assume` ``.
    pub what: Vec<String>,
}

/// A policy of an identity that one declaration attaches and another one takes away, because it says which policies there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Contested {
    /// Who has the policy.
    pub holder: IdentityId,
    /// What attaches it.
    pub attached: DeclarationId,
    /// What takes it away.
    pub list: DeclarationId,
    /// Whether it is written for the identity, and not attached by ARN.
    pub inline: bool,
}

/// A policy that could not be read.
#[derive(Debug)]
pub struct Unread {
    /// The declaration it belongs to.
    pub declaration: DeclarationId,
    /// Where it is written.
    pub span: Span,
    /// Why: the variable, output or function it hangs on, or what is wrong with its text.
    pub reason: String,
    /// Whether it is a text that is no JSON.
    pub is_malformed: bool,
    /// Why what it hangs on is not known, when that is it.
    pub because: Option<Because>,
    /// Whether it is certainly the policy.
    pub present: Answer,
    /// The choices that it is the policy under.
    pub when: When,
}

impl Graph {
    /// The statements, by document and number, that `find` found to be about other resources than that of their policy: nearly
    /// every question asks for them, so they are looked for once.
    pub(crate) fn strays(
        &self,
        find: impl FnOnce() -> FxHashSet<(DocumentId, usize)>,
    ) -> &FxHashSet<(DocumentId, usize)> {
        self.strays.get_or_init(find)
    }

    /// The identities of one kind, with their ids.
    pub fn of_kind(&self, kind: IdentityKind) -> impl Iterator<Item = (IdentityId, &Identity)> {
        self.identities.with_ids().filter(move |(_, identity)| identity.kind == kind)
    }

    /// All policies that decide what an identity may do: its own and those of its groups.
    pub fn policies_of<'a>(&'a self, identity: &'a Identity) -> Vec<&'a Attached> {
        let groups = identity.groups().iter().map(|group| &self.identities[*group]);
        identity.policies.iter().chain(groups.flat_map(|group| &group.policies)).collect()
    }

    /// Whether all policies of an identity, and of its groups, are known.
    pub fn is_complete(&self, identity: &Identity) -> bool {
        identity.complete
            && identity.groups().iter().all(|group| self.identities[*group].complete)
            && self.policies_of(identity).iter().all(|attached| {
                !attached.policy.open
                    && attached.policy.statements.iter().all(|statement| !statement.actions.open)
            })
    }

    /// How many edges the graph has that are written in declarations of some kind: trusted principals, principals of resource
    /// policies, attached policies and memberships.
    pub fn edges(&self, is_counted: impl Fn(DeclarationId) -> bool) -> usize {
        let principals: usize = self
            .documents
            .iter()
            .filter(|document| is_counted(document.declaration))
            .flat_map(|document| &document.policy.statements)
            .filter_map(|statement| statement.principals.as_ref())
            .map(|clause| clause.items.len())
            .sum();
        let identities = self.identities.iter().filter(|identity| is_counted(identity.declaration));
        let attached: usize =
            identities.map(|identity| identity.policies.len() + identity.groups().len()).sum();
        principals + attached
    }
}
