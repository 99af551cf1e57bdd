//! What keeps the side of a principal from a request, in the words of messages and of help.

use crate::ask::{Asker, Cause, Layer, Question, Reason, Ruling, Who};
use crate::graph::Identity;

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
    /// Its permissions boundary does not allow it, and is a policy of AWS, which nobody can change.
    BoundaryOfAws,
    /// A service control policy of its account denies it.
    DeniedByOrganization,
    /// No service control policy of its account allows it.
    Organization,
    /// Both sides allow it, under conditions that exclude each other.
    Apart,
}

impl OwnSide {
    /// From an answer that is no because of this side.
    pub(super) fn of(ask: &Asker<'_>, question: &Question<'_>, ruling: &Ruling) -> Self {
        if ruling.cause == Cause::Decided(Reason::Apart) {
            return Self::Apart;
        }
        let has_policies = match question.caller {
            Who::Declared(id) => !ask.graph.policies_of(&ask.graph.identities[*id]).is_empty(),
            Who::Elsewhere(_) => true,
        };
        match ask.own_reason(question) {
            Some(Reason::Denied(Layer::Identity)) => Self::Denied,
            Some(Reason::Denied(Layer::Boundary)) => Self::DeniedByBoundary,
            Some(Reason::Denied(Layer::ServiceControl)) => Self::DeniedByOrganization,
            Some(Reason::Missing(layers)) if layers.contains(&Layer::Identity) && !has_policies => {
                Self::NoPolicies
            }
            Some(Reason::Missing(layers)) if layers.contains(&Layer::Identity) => Self::NotAllowed,
            Some(Reason::Missing(layers)) if layers.contains(&Layer::Boundary) => match question.caller {
                Who::Declared(id) => Self::missing(&ask.graph.identities[*id]),
                Who::Elsewhere(_) => Self::Boundary,
            },
            Some(Reason::Missing(layers)) if layers.contains(&Layer::ServiceControl) => Self::Organization,
            _ => Self::NotAllowed,
        }
    }

    /// That a permissions boundary does not allow it.
    pub(super) fn missing(identity: &Identity) -> Self {
        // One that is known and that no file has is a managed policy of AWS.
        let is_of_aws =
            identity.boundary.as_ref().is_some_and(|it| it.policy.is_some() && it.document.is_none());
        if is_of_aws { Self::BoundaryOfAws } else { Self::Boundary }
    }

    /// Whether it is the permissions boundary, of which the rule `boundary-blocks-access` speaks.
    pub(super) fn is_boundary(self) -> bool {
        matches!(self, Self::Boundary | Self::BoundaryOfAws | Self::DeniedByBoundary)
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
            Self::Boundary | Self::BoundaryOfAws => {
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
            Self::BoundaryOfAws => format!(
                "give `{who}` a permissions boundary of your own that also allows {actions} on `{on}`: a managed policy of AWS cannot be changed"
            ),
            Self::DeniedByOrganization => {
                format!("exclude {actions} on `{on}` from the service control policy")
            }
            Self::Organization => format!("allow {actions} on `{on}` in a service control policy"),
            Self::Apart => format!("make the conditions in the policies of `{who}` agree with these"),
        }
    }
}
