//! Roles and users that do not exist: where the analyzed files hold all identities of an account, what is declared
//! nowhere is not there. A name is that of one identity of an account, so one that is declared with another path is not
//! there either.

use super::Asker;
use super::roster::{Roster, is_slip};
use super::stock::UndeclaredResource;
use crate::bounds;
use crate::config::{Covered, suggestion};
use crate::graph::{DocumentId, Graph, Identity, IdentityId, IdentityKind};
use crate::iam::arn::Arn;
use crate::iam::evaluate::{Caller, CallerKind};
use crate::iam::glob::{self, Case};
use crate::value::{Answer, Class, Text, UnitKey};

/// Roles that AWS and its tools make and no template declares. What ends in `*` is the beginning of a name.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create-service-linked-role.html>
/// <https://docs.aws.amazon.com/singlesignon/latest/userguide/referencingpermissionsets.html>
/// <https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_accounts_access.html>
/// <https://docs.aws.amazon.com/controltower/latest/userguide/roles-how.html>
/// <https://docs.aws.amazon.com/controltower/latest/userguide/aft-required-roles.html>
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stacksets-custom-execution-role.html>
/// <https://docs.aws.amazon.com/cdk/v2/guide/bootstrapping-env.html>
const MADE_ELSEWHERE: [&str; 10] = [
    "AWSServiceRoleFor*",
    "AWSReservedSSO_*",
    "OrganizationAccountAccessRole",
    "AWSControlTowerExecution",
    "aws-controltower-*",
    "AWSAFTExecution",
    "AWSAFTService",
    "AWSAFTAdmin",
    "stacksets-exec-*",
    "cdk-*",
];

/// A role or user that a policy names and no template declares.
#[derive(Clone, Debug)]
pub struct Undeclared {
    /// Which of both.
    pub kind: IdentityKind,
    /// Its name with the path.
    pub name: String,
    /// Its account.
    pub account: Text,
    /// How it is known that it does not exist; `None` when it may.
    pub proof: Option<Proof>,
    /// The declared one that is probably meant.
    pub near: Option<IdentityId>,
}

/// How it is known that there is no such role or user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// All identities of its account are in the analyzed files.
    Covered,
    /// All of its kind in its account are in a snapshot.
    Seen,
    /// The one of its name has another path.
    Path,
}

impl Asker<'_> {
    /// Whether there is no role or user with this ARN.
    pub fn is_missing(&self, arn: &Text) -> Answer {
        if self.undeclared(arn, &UnitKey::nowhere()).is_some_and(|it| it.proof.is_some()) {
            return Answer::Yes;
        }
        let found = self.graph.find_identities(&self.graph.accounts.normalise(arn), &UnitKey::nowhere());
        if found.is_empty() { Answer::Unknown } else { Answer::No }
    }

    /// Why a role or user surely does not exist, with the name that comes nearest; `None` when it may.
    pub fn why_missing(&self, arn: &Text) -> Option<String> {
        let undeclared = self.undeclared(arn, &UnitKey::nowhere())?;
        let identities = &self.graph.identities;
        let near = undeclared.near.map(|id| &identities[id]);
        let (kind, account) = (undeclared.kind.name(), self.graph.accounts.shown(&undeclared.account));
        match undeclared.proof? {
            Proof::Path => {
                let arn = near.map(|identity| identity.arn.to_string()).unwrap_or_default();
                Some(format!("there is no such {kind}: with its path it is `{arn}`"))
            }
            proof => {
                let seen =
                    self.graph.accounts.seen_by(&undeclared.account, undeclared.kind == IdentityKind::User);
                let near = near.map(|it| format!("; did you mean `{}`?", it.name)).unwrap_or_default();
                Some(match seen.filter(|_| proof == Proof::Seen) {
                    Some(seen) => format!("there is no such {kind} in the {seen} of {account}{near}"),
                    None => format!(
                        "there is no such {kind}, because all identities of {account} are in the analyzed files{near}"
                    ),
                })
            }
        }
    }

    /// Whether one of these policies names a principal that surely does not exist, and probably means one of `callers`.
    pub fn misnames(&self, documents: impl IntoIterator<Item = DocumentId>, callers: &[IdentityId]) -> bool {
        let graph = self.graph;
        documents.into_iter().map(|id| &graph.documents[id]).any(|document| {
            let unit = &graph.declarations[document.declaration].unit;
            let clauses = document.policy.statements.iter().filter_map(|it| it.principals.as_ref());
            clauses.flat_map(|clause| &clause.items).any(|item| self.means(&item.text, unit, callers))
        })
    }

    /// Whether a policy of a caller names a role that surely does not exist, and probably means this one.
    pub fn misnames_role(&self, caller: IdentityId, role: IdentityId) -> bool {
        let graph = self.graph;
        let identity = &graph.identities[caller];
        graph.policies_of(identity).into_iter().any(|attached| {
            let owner = attached.document.map_or(identity.declaration, |id| graph.documents[id].declaration);
            let unit = &graph.declarations[owner].unit;
            let clauses = attached.policy.statements.iter().filter_map(|it| it.resources.as_ref());
            clauses.flat_map(|clause| &clause.items).any(|item| self.means(&item.value, unit, &[role]))
        })
    }

    /// Whether an ARN is one of nothing, and that of one of `meant` comes nearest.
    fn means(&self, arn: &Text, unit: &UnitKey, meant: &[IdentityId]) -> bool {
        let undeclared = self.undeclared(arn, unit).filter(|it| it.proof.is_some());
        let near = undeclared.and_then(|it| it.near).map(|id| &self.graph.identities[id].arn);
        near.is_some_and(|near| meant.iter().any(|id| self.graph.identities[*id].arn == *near))
    }

    /// What is known of a role or user that a policy of `unit` names when it is not declared: that there is none, or that
    /// another one is probably meant. `None` for one that is declared, that may well be elsewhere, or of whose ARN too little
    /// is known.
    ///
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html>
    pub fn undeclared(&self, arn: &Text, unit: &UnitKey) -> Option<Undeclared> {
        let graph = self.graph;
        let arn = graph.accounts.normalise(arn);
        let caller = Caller::role(&arn).or_else(|| Caller::user(&arn))?;
        let name = caller.name.as_literal().filter(|name| !name.contains(['*', '?', '$']))?.into_owned();
        if is_made_elsewhere(&caller, &name) || !graph.find_identities(&arn, unit).is_empty() {
            return None;
        }
        let (kind, named) = (kind_of(&caller), caller.name.splitn(usize::MAX, '/').pop()?);
        let (roster, account) = (self.roster(), &caller.account);
        let whole = Whole { graph, roster, arn: &arn, kind, account, name: last(&name) };
        // Names differ in more than the size of letters.
        let namesakes = graph.find_named(kind, account, &named);
        let (proof, near) = if namesakes.is_empty() {
            whole.judged()?
        } else {
            whole.have_other_path(&namesakes).then(|| (Some(Proof::Path), namesakes.first().copied()))?
        };
        Some(Undeclared { kind, name, account: caller.account, proof, near })
    }

    /// What is known of a resource that a policy of `unit` names when it is not declared: that there is none, or that another
    /// one is probably meant.
    pub fn undeclared_resource(&self, element: &Text, unit: &UnitKey) -> Option<UndeclaredResource> {
        let element = self.graph.accounts.normalise(element);
        self.stock().undeclared(self.graph, self.roster(), &element, unit)
    }
}

/// A role or user that is declared nowhere by its ARN.
struct Whole<'a> {
    graph: &'a Graph,
    roster: &'a Roster,
    arn: &'a Text,
    kind: IdentityKind,
    account: &'a Text,
    /// Its name without the path.
    name: &'a str,
}

impl<'a> Whole<'a> {
    /// The declared identities of its kind in its account whose names are known.
    fn named(&self) -> impl Iterator<Item = (IdentityId, &'a Identity)> {
        let all = self.roster.of_account(self.account).named.iter();
        let each = all.map(|id| (*id, &self.graph.identities[*id]));
        each.filter(|(_, identity)| identity.kind == self.kind).take(bounds::NAMES_COMPARED)
    }

    /// What is known of one of which no other has the name: how it is known that it does not exist, and which is meant.
    fn judged(&self) -> Option<(Option<Proof>, Option<IdentityId>)> {
        if let Some(proof) = self.coverage() {
            let missing = !self.may_exist() && !self.may_be_unnamed();
            return missing.then(|| (Some(proof), self.nearest()));
        }
        // Names are compared at less cost than ARNs.
        let near = self.misspelt()?;
        (!self.may_exist()).then_some((None, Some(near)))
    }

    /// How it is known that all of its kind in its account are declared.
    fn coverage(&self) -> Option<Proof> {
        let accounts = &self.graph.accounts;
        let seen = accounts.seen_by(self.account, self.kind == IdentityKind::User).map(|_| Proof::Seen);
        // What somebody says of the project is said of today.
        let all = accounts.covers(self.account, Covered::Identities).then_some(Proof::Covered);
        if seen.is_some() { seen } else { all }
    }

    /// Whether these are surely there, are called just so and have a path that is known and another one.
    fn have_other_path(&self, namesakes: &[IdentityId]) -> bool {
        let is_other = |id: &IdentityId| {
            let identity = &self.graph.identities[*id];
            identity.name.is_literally(self.name)
                && self.graph.declarations[identity.declaration].present.is_yes()
                && glob::equals(&identity.arn, self.arn, Case::Folded).is_no()
        };
        namesakes.iter().all(is_other)
    }

    /// Whether a template says that something is there which may be it, without declaring it.
    fn may_exist(&self) -> bool {
        let type_name = if self.kind == IdentityKind::User { "aws_iam_user" } else { "aws_iam_role" };
        let may_be = |arn: &Text| !glob::equals(arn, self.arn, Case::Folded).is_no();
        self.roster.may_hold(self.graph, self.account, type_name, may_be)
    }

    /// Whether one that is declared without a known name, or in no known account, may be it.
    fn may_be_unnamed(&self) -> bool {
        if self.roster.is_named_anywhere(self.kind, self.name) {
            return true;
        }
        let residents = [self.roster.of_account(self.account), self.roster.anywhere()];
        if residents.iter().any(|it| it.nameless.len() > bounds::NAMES_COMPARED) {
            return true;
        }
        let all = residents.into_iter().flat_map(|it| &it.nameless).map(|id| &self.graph.identities[*id]);
        all.filter(|it| it.kind == self.kind)
            .any(|it| !glob::equals(&it.arn, self.arn, Case::Folded).is_no() && self.may_be_called(it))
    }

    /// Whether an identity may have this name, when AWS or Terraform makes its name up: of the stack, the logical id and
    /// letters and digits, or of a word that is always the same.
    ///
    /// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/resources-section-structure.html>
    fn may_be_called(&self, identity: &Identity) -> bool {
        let generated = identity.name.as_symbol().is_some_and(|symbol| symbol.class == Class::Computed);
        if !generated {
            return true;
        }
        if self.graph.declarations[identity.declaration].type_name.starts_with("aws_") {
            return self.name.starts_with("terraform-");
        }
        let is_made_up =
            |end: &str| (8..=13).contains(&end.len()) && end.bytes().all(|byte| byte.is_ascii_alphanumeric());
        self.name.rsplit_once('-').is_some_and(|(start, end)| start.contains('-') && is_made_up(end))
    }

    /// The one whose name comes nearest, when it is near.
    fn nearest(&self) -> Option<IdentityId> {
        let close = |identity: &Identity| {
            let name = identity.name.to_string();
            let near = !suggestion(self.name, [name.as_str()]).is_empty();
            near.then(|| strsim::damerau_levenshtein(self.name, &name))
        };
        let near = self.named().filter_map(|(id, identity)| Some((close(identity)?, &identity.shown, id)));
        near.min().map(|(_, _, id)| id)
    }

    /// The only one of whose name this one looks like a slip.
    fn misspelt(&self) -> Option<IdentityId> {
        let mut like = self.named().filter(|(_, it)| is_slip(self.name, &it.name.to_string()));
        let (first, identity) = like.next()?;
        like.all(|(_, other)| other.arn == identity.arn).then_some(first)
    }
}

fn kind_of(caller: &Caller) -> IdentityKind {
    if caller.kind == CallerKind::User { IdentityKind::User } else { IdentityKind::Role }
}

fn last(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or_default()
}

/// Whether no template would declare it.
fn is_made_elsewhere(caller: &Caller, name: &str) -> bool {
    let is_called = |known: &str| match known.strip_suffix('*') {
        Some(start) => last(name).starts_with(start),
        None => last(name) == known,
    };
    caller.is_service_linked() || MADE_ELSEWHERE.iter().any(|known| is_called(known))
}

/// Whether a pattern of ARNs speaks of principals that no template would declare.
pub fn may_be_made_elsewhere(pattern: &Text) -> bool {
    // In which partition and account they are does not matter.
    let resource = Arn::parse(pattern).map(|arn| arn.resource);
    let Some(written) = resource.as_ref().unwrap_or(pattern).as_literal() else { return true };
    written.contains("aws-reserved")
        || MADE_ELSEWHERE.iter().any(|known| written.contains(known.trim_end_matches('*')))
}
