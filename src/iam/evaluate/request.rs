//! One request and everything that is said about it.

use super::Caller;
use crate::iam::condition::Context;
use crate::iam::policy::{Policy, Statement};
use crate::value::{Answer, Text};

/// A request: who wants to do what with which resource.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// Who asks.
    pub caller: &'a Caller,
    /// The action, such as `s3:GetObject`.
    pub action: &'a str,
    /// The ARN of what is asked for: of a role, when it is to be assumed.
    pub resource: &'a Text,
    /// Whether the account of the caller owns the resource.
    pub same_account: Answer,
    /// What is known of the context, besides what the caller brings.
    pub context: &'a Context,
}

/// Policies of one sort, which are read together.
#[derive(Clone, Debug, Default)]
pub struct Policies<'a> {
    /// The policies, and whether they are there.
    pub all: Vec<(&'a Policy, Answer)>,
    /// There may be further policies that allow. Who attaches a policy gives by it: that one denies again what others
    /// give is not reckoned with.
    pub more: bool,
    /// There may be further statements of either effect.
    pub open: bool,
}

impl<'a> Policies<'a> {
    /// Policies that are surely there, and all there are.
    pub fn known(policies: impl IntoIterator<Item = &'a Policy>) -> Self {
        Self { all: policies.into_iter().map(|policy| (policy, Answer::Yes)).collect(), ..Self::default() }
    }

    /// Policies of which nothing is known but that there are some.
    pub fn unknown() -> Self {
        Self { open: true, ..Self::default() }
    }
}

/// All policies that have a say in a request.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html>
#[derive(Clone, Debug, Default)]
pub struct Layers<'a> {
    /// The policies of the resource; of a role, its trust policy.
    pub resource: Policies<'a>,
    /// The caller's own policies and those of its groups.
    pub identity: Policies<'a>,
    /// The caller's permissions boundary, when it has one.
    pub boundary: Option<Policies<'a>>,
    /// The policies passed for the caller's session, when there are some.
    pub session: Option<Policies<'a>>,
    /// Service control policies of the caller's account, level by level from the root of the organization. Empty for
    /// an account that has none, such as the management account.
    pub service_control: Vec<Policies<'a>>,
    /// Resource control policies of the account of the resource, which only deny.
    pub resource_control: Policies<'a>,
    /// The policy of the VPC endpoint that the request comes through, when there is one.
    pub endpoint: Option<Policies<'a>>,
    /// Whether a public policy of the bucket lets in nobody but its own account and services.
    pub restrict_public: Option<Answer>,
    /// Whether the resource is encrypted with a key that AWS manages, which no other account can use.
    pub aws_managed_key: Option<Answer>,
}

/// Layers as one question sees them.
#[derive(Clone, Copy)]
pub(super) struct Seen<'l, 'a> {
    pub(super) resource: &'l Policies<'a>,
    pub(super) identity: &'l Policies<'a>,
    pub(super) boundary: Option<&'l Policies<'a>>,
    pub(super) session: Option<&'l Policies<'a>>,
    pub(super) service_control: &'l [Policies<'a>],
    pub(super) resource_control: &'l Policies<'a>,
    pub(super) endpoint: Option<&'l Policies<'a>>,
    pub(super) restrict_public: Option<Answer>,
    pub(super) aws_managed_key: Option<Answer>,
}

impl<'a> Layers<'a> {
    /// All of them.
    pub(super) fn seen(&self) -> Seen<'_, 'a> {
        Seen {
            resource: &self.resource,
            identity: &self.identity,
            boundary: self.boundary.as_ref(),
            session: self.session.as_ref(),
            service_control: &self.service_control,
            resource_control: &self.resource_control,
            endpoint: self.endpoint.as_ref(),
            restrict_public: self.restrict_public,
            aws_managed_key: self.aws_managed_key,
        }
    }
}

/// The sort of a policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Layer {
    /// A resource control policy.
    ResourceControl,
    /// A service control policy.
    ServiceControl,
    /// The policy of the resource, or the trust policy of the role.
    Resource,
    /// A policy of the caller.
    Identity,
    /// The permissions boundary.
    Boundary,
    /// A session policy.
    Session,
    /// The policy of a VPC endpoint.
    Endpoint,
}

/// Why a request is decided as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// What must allow it does.
    Allowed,
    /// A statement denies it.
    Denied(Layer),
    /// These do not allow it, and nothing else is enough.
    Missing(Vec<Layer>),
    /// Each of the policies allows some request, but no request satisfies the conditions of all.
    Apart,
    /// AWS lets only the account of the resource call this action.
    OwnAccountOnly,
    /// The bucket cuts off other accounts, because its policy is public.
    PublicCutOff,
    /// The resource is encrypted with a key that AWS manages.
    AwsManagedKey,
    /// Neither the root user of an account nor the session of a federated user can assume roles.
    NeverAssumes,
    /// It hangs on what these leave open; on whether the accounts are the same, when there are none.
    Open(Vec<Layer>),
}

/// The answer to a request.
#[derive(Clone, Debug)]
pub struct Decision<'a> {
    /// Whether some such request is allowed.
    pub answer: Answer,
    /// Why.
    pub reason: Reason,
    /// The statements that allow it, or may.
    pub allowed_by: Vec<&'a Statement>,
    /// The statements that deny it, or may.
    pub denied_by: Vec<&'a Statement>,
}
