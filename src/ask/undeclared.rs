//! Roles and users that do not exist: where the analyzed files hold all identities of an account, what is declared
//! nowhere is not there.

use super::Asker;
use crate::config::{Covered, suggestion};
use crate::graph::{Identity, IdentityKind};
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

impl Asker<'_> {
    /// Whether there is no role or user with this ARN: the configuration says that all identities of its account are
    /// in the analyzed files, and none of them can be it. Unknown where the configuration does not say so.
    ///
    /// It looks at all identities; a rule that asks of every principal looks it up by its ARN first.
    pub fn is_missing(&self, arn: &Text) -> Answer {
        let graph = self.graph;
        let arn = graph.accounts.normalise(arn);
        let Some(caller) = Caller::role(&arn).or_else(|| Caller::user(&arn)) else { return Answer::Unknown };
        if !graph.accounts.covers(&caller.account, Covered::Identities) || is_made_elsewhere(&caller) {
            return Answer::Unknown;
        }
        if !graph.find_identities(&arn, &UnitKey::nowhere()).is_empty() {
            return Answer::No;
        }
        let mut others = graph.of_kind(kind_of(&caller)).map(|(_, identity)| identity);
        let may_be_it = |identity: &Identity| {
            // Names differ in more than the size of letters.
            !glob::equals(&identity.arn, &arn, Case::Folded).is_no() && self.may_be_called(identity, &caller)
        };
        if others.any(may_be_it) { Answer::Unknown } else { Answer::Yes }
    }

    /// Why a role or user surely does not exist, with the name that comes nearest; `None` when it may.
    pub fn why_missing(&self, arn: &Text) -> Option<String> {
        if !self.is_missing(arn).is_yes() {
            return None;
        }
        let caller = Caller::role(arn).or_else(|| Caller::user(arn))?;
        let (accounts, kind) = (&self.graph.accounts, kind_of(&caller));
        let all = self.graph.of_kind(kind).map(|(_, identity)| identity);
        let there = all.filter(|identity| accounts.same(&identity.account, &caller.account).is_yes());
        let names: Vec<String> = there.map(|identity| identity.name.to_string()).collect();
        let near = suggestion(&caller.name.to_string(), names.iter().map(String::as_str));
        let (kind, account) = (kind.name(), accounts.shown(&caller.account));
        Some(format!(
            "there is no such {kind}, because all identities of {account} are in the analyzed files{near}"
        ))
    }

    /// Whether an identity may have the name of the caller, when AWS or Terraform makes its name up: of the stack, the
    /// logical id and letters and digits, or of a word that is always the same.
    ///
    /// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/resources-section-structure.html>
    fn may_be_called(&self, identity: &Identity, caller: &Caller) -> bool {
        let generated = identity.name.as_symbol().is_some_and(|symbol| symbol.class == Class::Computed);
        let (true, Some(name)) = (generated, caller.name.as_literal()) else { return true };
        let name = name.rsplit('/').next().unwrap_or_default();
        if self.graph.declarations[identity.declaration].type_name.starts_with("aws_") {
            return name.starts_with("terraform-");
        }
        let is_made_up =
            |end: &str| (8..=13).contains(&end.len()) && end.bytes().all(|byte| byte.is_ascii_alphanumeric());
        name.rsplit_once('-').is_some_and(|(start, end)| start.contains('-') && is_made_up(end))
    }
}

fn kind_of(caller: &Caller) -> IdentityKind {
    if caller.kind == CallerKind::User { IdentityKind::User } else { IdentityKind::Role }
}

/// Whether no template would declare it.
fn is_made_elsewhere(caller: &Caller) -> bool {
    let Some(name) = caller.name.as_literal() else { return true };
    let name = name.rsplit('/').next().unwrap_or_default();
    let is_called = |known: &str| match known.strip_suffix('*') {
        Some(start) => name.starts_with(start),
        None => name == known,
    };
    caller.is_service_linked() || MADE_ELSEWHERE.iter().any(|known| is_called(known))
}

/// Whether a pattern of ARNs speaks of principals that no template would declare.
pub fn may_be_made_elsewhere(pattern: &Text) -> bool {
    let Some(written) = pattern.as_literal() else { return true };
    written.contains("aws-reserved")
        || MADE_ELSEWHERE.iter().any(|known| written.contains(known.trim_end_matches('*')))
}
