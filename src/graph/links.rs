//! What declarations tie together besides policies: roles that something is told to assume, roles that are handed to services,
//! and shares.

use std::borrow::Cow;
use std::sync::Arc;

use super::ids::{DeclarationId, IdentityId};
use crate::iam::condition::{Context, Presence};
use crate::source::Span;
use crate::value::{Answer, Text, Value, Via};

/// A declared role that something is told to assume.
#[derive(Debug)]
pub struct Assumption {
    /// What is told so.
    pub declaration: DeclarationId,
    /// Where the role is named.
    pub span: Span,
    /// The references that it is named through.
    pub via: Via,
    /// The role: all declarations that may be meant.
    pub roles: Arc<[IdentityId]>,
    /// Who assumes it.
    pub caller: Assuming,
    /// The external id that is sent.
    pub external_id: Arc<ExternalId>,
    /// What else is sent, and takes an action of its own.
    pub sent: Vec<Sent>,
    /// Whether all of this certainly stands there.
    pub present: Answer,
}

/// Who assumes a role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Assuming {
    /// A declared role.
    Role(IdentityId),
    /// A service.
    Service(&'static str),
    /// Somebody who is not known here.
    Somebody,
}

/// What is sent as external id.
#[derive(Clone, Debug)]
pub struct ExternalId {
    /// What is known of it.
    pub sent: Presence,
    /// Where it is written.
    pub span: Option<Span>,
}

impl Assumption {
    /// What is known of the request: the external id that is sent, beside what is `known` already.
    pub fn request<'k>(&self, known: &'k Context) -> Cow<'k, Context> {
        match &self.external_id.sent {
            Presence::Unknown => Cow::Borrowed(known),
            sent => Cow::Owned(known.with("sts:ExternalId", sent.clone())),
        }
    }
}

/// A role that a declaration hands to a service.
#[derive(Debug)]
pub struct Handed {
    /// The declaration.
    pub declaration: DeclarationId,
    /// Where the role is named.
    pub span: Span,
    /// The references that it is named through.
    pub via: Via,
    /// The ARN of the role.
    pub role: Text,
    /// The service.
    pub service: &'static str,
    /// The account of whoever hands it over: that of the declaration, or of a role that acts for it.
    pub account: Text,
    /// Whether it certainly stands there.
    pub present: Answer,
}

/// A layer or image that a function runs.
#[derive(Debug)]
pub struct Code {
    /// The function.
    pub declaration: DeclarationId,
    /// Where it is named.
    pub span: Span,
    /// The references that it is named through.
    pub via: Via,
    /// How it is named: the ARN of the layer, or the URI of the image.
    pub named: Text,
    /// The account that it is of.
    pub account: Text,
    /// Whether it is a layer; else it is an image.
    pub is_layer: bool,
    /// Whether it certainly stands there.
    pub present: Answer,
}

/// A resource share.
#[derive(Debug)]
pub struct Share {
    /// Its declaration; for a share that is declared elsewhere, that of the first association with it.
    pub declaration: DeclarationId,
    /// Accounts, organizations, organizational units, roles, users and services.
    pub principals: Vec<Text>,
    pub(super) declared: bool,
    /// Whether there may be more principals than these: always for a share that is declared elsewhere.
    pub(super) open: bool,
    /// Whether accounts outside the organization can have it.
    pub(super) external: Answer,
    pub(super) resources: Vec<Text>,
}

/// Something that is sent with a request for a role, and that takes an action of its own.
#[derive(Clone, Debug)]
pub struct Sent {
    /// The action: `sts:TagSession`.
    pub action: &'static str,
    /// Whether it is certainly sent.
    pub present: Answer,
    /// Where it is written; nowhere when it is sent unless something says otherwise.
    pub span: Option<Span>,
}

/// A session of a role that a configuration assumes with a session of another role.
#[derive(Debug)]
pub struct Chained {
    /// The configuration.
    pub declaration: DeclarationId,
    /// The duration, and where it is written.
    pub duration: Value,
    /// Where the session is started that this one is started with.
    pub with: Span,
}
