//! What is named and does not exist, in the words of messages and of help.

use super::common::declared;
use crate::ask::{Proof, Undeclared};
use crate::diagnostic::{Diagnostic, Severity};
use crate::graph::{Graph, Identity, IdentityKind};
use crate::value::UnitKey;

/// A role or user that a policy names and no template declares.
pub(super) struct Named<'a> {
    pub(super) graph: &'a Graph,
    pub(super) undeclared: &'a Undeclared,
    /// The unit of the policy.
    pub(super) unit: &'a UnitKey,
}

impl Named<'_> {
    /// ``role `ci` in prod (222222222222)``.
    pub(super) fn shown(&self) -> String {
        let Undeclared { kind, name, account, .. } = self.undeclared;
        format!("{} `{name}`{}", kind.name(), self.graph.in_account(account))
    }

    /// Why it does not exist in its account, when all of its kind there are known.
    pub(super) fn nowhere(&self) -> String {
        let Undeclared { kind, account, proof, .. } = self.undeclared;
        let seen = self.graph.accounts.seen_by(account, *kind == IdentityKind::User);
        match seen.filter(|_| *proof == Some(Proof::Seen)) {
            Some(seen) => format!("which neither a template nor the {seen} of that account has"),
            None => "which no template of that account declares".to_owned(),
        }
    }

    /// What is to be written for an identity: its ARN, or its end where the account is not known.
    fn written(&self, identity: &Identity) -> String {
        if self.graph.accounts.is_assigned(&identity.account) {
            return format!("write `{}`", identity.arn);
        }
        let resource = identity.arn.splitn(6, ':').pop().unwrap_or_default();
        format!("end the ARN in `{resource}`")
    }

    /// That the one of this name has another path.
    pub(super) fn with_path(&self) -> String {
        self.near()
            .map(|it| format!("{} `{}` has the path `{}`", it.kind.name(), it.shown, path(it)))
            .unwrap_or_default()
    }

    /// That another one of a similar name is declared.
    pub(super) fn resembling(&self) -> String {
        self.near().map(|it| format!("{} `{}` is", it.kind.name(), it.shown)).unwrap_or_default()
    }

    /// What to write instead, or what else to do.
    pub(super) fn help(&self, otherwise: &str) -> String {
        let declare = || {
            let account = self.graph.accounts.shown(&self.undeclared.account);
            format!("declare the {} in a template of {account}", self.undeclared.kind.name())
        };
        match (self.near(), self.undeclared.proof) {
            (Some(near), Some(Proof::Path)) => self.written(near),
            (Some(near), Some(Proof::Covered | Proof::Seen)) => {
                format!("{} if that is meant, or {}", self.written(near), declare())
            }
            (Some(near), None) => format!("{} if that is meant", self.written(near)),
            (None, _) => format!("{}, or {otherwise}", declare()),
        }
    }

    /// As a rule has it where the role or user surely does not exist. Of two templates that are deployed apart one may be out
    /// of use.
    pub(super) fn severity(&self, usual: Severity) -> Severity {
        match self.undeclared.proof {
            Some(Proof::Covered | Proof::Seen) => usual,
            Some(Proof::Path) if self.near().is_some_and(|it| self.unit_of(it) == self.unit) => usual,
            Some(Proof::Path) => usual.min(Severity::Warning),
            None => Severity::Info,
        }
    }

    fn near(&self) -> Option<&Identity> {
        self.undeclared.near.map(|id| &self.graph.identities[id])
    }

    fn unit_of(&self, identity: &Identity) -> &UnitKey {
        &self.graph.declarations[identity.declaration].unit
    }
}

/// The finding with the declaration that is probably meant as a further place.
pub(super) fn with_near(finding: Diagnostic, named: &Named<'_>) -> Diagnostic {
    match named.near() {
        Some(near) => {
            let text = format!("`{}` is declared here", near.shown);
            finding.related(declared(named.graph, near.declaration, text))
        }
        None => finding,
    }
}

/// The path of an identity: what stands in its ARN between its kind and its name.
fn path(identity: &Identity) -> String {
    let resource = identity.arn.splitn(6, ':').pop().unwrap_or_default();
    let named = resource.splitn(2, '/').pop().unwrap_or_default().to_string();
    named.rsplit_once('/').map_or_else(|| "/".to_owned(), |(path, _)| format!("/{path}/"))
}
