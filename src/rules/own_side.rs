//! What keeps the side of a principal from a request, in the words of messages and of help.

use crate::ask::{Cause, Evidence, Layer, Reason, Ruling};
use crate::graph::{Graph, IdentityId};

/// What keeps the side of a principal from a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum OwnSide {
    /// It has no policy at all.
    NoPolicies,
    /// None of its policies allows it.
    NotAllowed,
    /// One of its policies denies it.
    Denied,
    /// Its permissions boundary denies it.
    DeniedByBoundary,
    /// Its permissions boundary does not allow it.
    Boundary,
    /// A service control policy of its account denies it.
    DeniedByOrganization,
    /// No service control policy of its account allows it.
    Organization,
    /// Both sides allow it, under conditions that exclude each other.
    Apart,
}

impl OwnSide {
    /// From an answer that is no because of this side.
    pub(super) fn of(graph: &Graph, id: IdentityId, ruling: &Ruling, evidence: &[Evidence<'_>]) -> Self {
        let lacks = |layer: Layer| match &ruling.cause {
            Cause::Decided(Reason::Missing(layers)) => layers.contains(&layer),
            _ => false,
        };
        let denied_by = |layer: Layer| evidence.iter().any(|one| one.layer == layer && one.denies());
        if ruling.cause == Cause::Decided(Reason::Apart) {
            Self::Apart
        } else if denied_by(Layer::Identity) {
            Self::Denied
        } else if ruling.cause == Cause::Decided(Reason::Denied(Layer::Boundary)) {
            Self::DeniedByBoundary
        } else if denied_by(Layer::ServiceControl) {
            Self::DeniedByOrganization
        } else if lacks(Layer::Boundary) && !lacks(Layer::Identity) {
            Self::Boundary
        } else if lacks(Layer::ServiceControl) && !lacks(Layer::Identity) {
            Self::Organization
        } else if graph.policies_of(&graph.identities[id]).is_empty() {
            Self::NoPolicies
        } else {
            Self::NotAllowed
        }
    }

    /// As a clause: "no policy of `ci` allows `sts:AssumeRole` on `deploy`".
    pub(super) fn clause(self, who: &str, actions: &str, on: &str) -> String {
        match self {
            Self::NoPolicies => format!("`{who}` has no policies"),
            Self::NotAllowed => format!("no policy of `{who}` allows {actions} on `{on}`"),
            Self::Denied => format!("a policy of `{who}` denies {actions} on `{on}`"),
            Self::DeniedByBoundary => {
                format!("the permissions boundary of `{who}` denies {actions} on `{on}`")
            }
            Self::Boundary => {
                format!("the permissions boundary of `{who}` does not allow {actions} on `{on}`")
            }
            Self::DeniedByOrganization => {
                format!("a service control policy of its account denies {actions} on `{on}`")
            }
            Self::Organization => {
                format!("no service control policy of its account allows {actions} on `{on}`")
            }
            Self::Apart => {
                format!(
                    "no request can satisfy these conditions together with those in the policies of `{who}`"
                )
            }
        }
    }

    /// What to change on this side.
    pub(super) fn help(self, who: &str, actions: &str, on: &str) -> String {
        match self {
            Self::NoPolicies | Self::NotAllowed => {
                format!("allow {actions} on `{on}` in a policy of `{who}`")
            }
            Self::Denied => format!("exclude {actions} on `{on}` from what is denied to `{who}`"),
            Self::DeniedByBoundary => {
                format!("exclude {actions} on `{on}` from what the permissions boundary of `{who}` denies")
            }
            Self::Boundary => {
                format!("allow {actions} on `{on}` in the permissions boundary of `{who}`")
            }
            Self::DeniedByOrganization => {
                format!("exclude {actions} on `{on}` from the service control policy")
            }
            Self::Organization => format!("allow {actions} on `{on}` in a service control policy"),
            Self::Apart => format!("make the conditions in the policies of `{who}` agree with these"),
        }
    }
}
