//! Whose policy it is: a *binding* says what a document is for and of what, and how that is known. Bindings make the declarations
//! that a template makes of the same, so that everything after it needs nothing new.
//!
//! Where several sources speak of a document, the first in the order of [`Source`] holds, and a contradiction is said.

use crate::diagnostic::Problem;
use crate::source::{SourceId, Sources, Span};
use crate::value::{Text, Value};

/// What a policy is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum What {
    /// Who may assume a role.
    Trust,
    /// What an identity may do.
    Identity,
    /// The most that an identity can do.
    Boundary,
    /// The most that a session can do.
    Session,
    /// Who may do what with a resource.
    Resource,
    /// What the accounts of an organization can do at most.
    ServiceControl,
    /// What can be done with the resources of an organization at most.
    ResourceControl,
    /// What can be reached through a VPC endpoint.
    Endpoint,
}

impl What {
    /// Its name in messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::Trust => "trust policy",
            Self::Identity => "identity policy",
            Self::Boundary => "permissions boundary",
            Self::Session => "session policy",
            Self::Resource => "resource policy",
            Self::ServiceControl => "service control policy",
            Self::ResourceControl => "resource control policy",
            Self::Endpoint => "endpoint policy",
        }
    }
}

/// What identities there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum IdentityKind {
    /// A role.
    Role,
    /// A user.
    User,
    /// A group.
    Group,
}

impl IdentityKind {
    /// Its name in messages and addresses.
    pub fn name(self) -> &'static str {
        match self {
            Self::Role => "role",
            Self::User => "user",
            Self::Group => "group",
        }
    }
}

/// What a policy is of.
#[derive(Clone, Debug)]
pub enum Target {
    /// An identity, by its name.
    Identity(IdentityKind, String),
    /// A role whose name is not known, by the file with its trust policy.
    SomeRole(String),
    /// A resource, by its ARN.
    Resource(Text),
    /// A KMS key of the account, by its ID or alias.
    Key(String),
    /// The account that the binding names, for what an organization says of it.
    Account,
    /// Nobody knows.
    Unknown,
}

impl Target {
    /// How messages call it, with a blank before it; nothing when it is not known.
    pub fn shown(&self) -> String {
        match self {
            Self::Identity(kind, name) => format!(" of {} `{name}`", kind.name()),
            Self::SomeRole(files) => format!(" of the role of `{files}`"),
            Self::Resource(arn) => format!(" of `{arn}`"),
            Self::Key(name) => format!(" of key `{name}`"),
            Self::Account | Self::Unknown => String::new(),
        }
    }
}

/// What is bound.
#[derive(Clone, Debug)]
pub enum Content {
    /// A document.
    Document(Value),
    /// A managed policy, by its ARN.
    Managed(Text),
}

impl Content {
    /// Where it is written.
    pub fn span(&self) -> Span {
        match self {
            Self::Document(document) => document.span,
            Self::Managed(arn) => arn.span().unwrap_or_else(|| Span::start_of(SourceId::first())),
        }
    }
}

/// Where a binding comes from, in the order of trust.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// `[[policy]]` of the configuration.
    Configuration,
    /// The document, or what is wrapped around it: a bucket policy names its bucket.
    Content,
    /// How files are called.
    Names,
}

/// Whose policy a document is.
#[derive(Clone, Debug)]
pub struct Binding {
    /// What it is for.
    pub what: What,
    /// What it is of.
    pub target: Target,
    /// The account, by its ID or name, when the source says it.
    pub account: Option<Text>,
    /// The file that the document is written in.
    pub file: SourceId,
    /// The document.
    pub content: Content,
    /// Where this is known from.
    pub source: Source,
    /// The place that says it, when there is one.
    pub evidence: Option<Span>,
}

/// The bindings that hold, and the contradictions among them.
pub fn settled(mut bindings: Vec<Binding>, sources: &Sources) -> (Vec<Binding>, Vec<Problem>) {
    let key = |one: &Binding| (one.content.span(), one.source);
    bindings.sort_by_key(key);
    let mut kept: Vec<Binding> = Vec::new();
    let mut problems = Vec::new();
    for one in bindings {
        let before = kept.iter().rev().take_while(|other| other.content.span() == one.content.span());
        let Some(first) = before.last() else {
            kept.push(one);
            continue;
        };
        // A document is that of several roles; but it is for one thing, and what a better source says holds.
        if first.source == one.source && first.what == one.what {
            kept.push(one);
        } else if first.what != one.what && one.source == Source::Configuration {
            problems.push(contradiction(first, &one, sources));
        }
    }
    (kept, problems)
}

fn contradiction(first: &Binding, other: &Binding, sources: &Sources) -> Problem {
    let path = sources.path(first.file);
    let said = |one: &Binding| format!("{}{}", one.what.name(), one.target.shown());
    let message =
        format!("`{path}` is bound as {} and as {}: the first one is used", said(first), said(other));
    Problem::note(other.evidence.unwrap_or_else(|| other.content.span()), message)
}
