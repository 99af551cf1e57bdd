//! What AWS says of a request that it denied, as people have it: the text of an error message, a decoded authorization
//! message, an event of CloudTrail, the details of the Access Troubleshooter.
//!
//! This room only reads. Nothing of what it reads is executed or fetched, and everything is taken for a claim of somebody:
//! what cannot be read stays unknown.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html>

mod bytes;
mod decoded;
mod message;
mod reading;
mod trail;
mod troubleshooter;

pub use bytes::text_of;
pub use reading::{Reading, read};

/// A request that AWS denied, as far as the input tells it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Denial {
    /// What told it.
    pub source: Source,
    /// The line of the input that it begins on.
    pub line: usize,
    /// How often the input has it.
    pub times: usize,
    /// Who asked, as AWS writes it: an ARN, or `anonymous`.
    pub principal: Option<String>,
    /// The ARN of the role of a session, with its path, when the input has it.
    pub issuer: Option<String>,
    /// The action, as the input writes it: `sqs:sendmessage`; without its service where that is not said.
    pub action: Option<String>,
    /// What was asked for: an ARN, `role audit`, a bare name.
    pub resource: Option<String>,
    /// The account of what was asked for, when the input says it.
    pub owner: Option<String>,
    /// Which policies AWS names: one in a message, all that deny in the details of the Access Troubleshooter.
    pub stated: Vec<Stated>,
    /// Keys of the request and their values. A key without values was not sent.
    pub context: Vec<(String, Vec<String>)>,
    /// The ID by which the Access Troubleshooter has the details.
    pub authorization: Option<String>,
    /// Whether the message has details that only AWS can decode.
    pub is_encoded: bool,
    /// The statements that AWS says have decided.
    pub matched: Vec<Matched>,
}

/// What told of a denial.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Source {
    /// The text of a message.
    #[default]
    Message,
    /// What `aws sts decode-authorization-message` prints.
    Decoded,
    /// An event of CloudTrail.
    Trail,
    /// The details of the Access Troubleshooter.
    Troubleshooter,
}

/// A sort of policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PolicyKind {
    /// Of the principal.
    Identity,
    /// Of the resource.
    Resource,
    /// The trust policy of a role.
    Trust,
    /// A service control policy.
    ServiceControl,
    /// A resource control policy.
    ResourceControl,
    /// Of a VPC endpoint.
    Endpoint,
    /// Passed for the session.
    Session,
    /// A permissions boundary.
    Boundary,
}

/// Why AWS says that it denied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stated {
    /// No policy of the sort allows it.
    Unallowed(PolicyKind),
    /// A policy of the sort denies it.
    Denied {
        /// The sort; `None` when only is said that something denies.
        kind: Option<PolicyKind>,
        /// The ARN of the policy.
        policy: Option<String>,
    },
    /// The three causes of AWS KMS in one sentence: there is no such key, or its policy does not allow, or denies.
    Key,
    /// Block Public Access, by this setting.
    PublicAccess(String),
}

/// A statement that AWS says has decided.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Matched {
    /// The sort of its policy.
    pub kind: Option<PolicyKind>,
    /// The ARN of the policy; nothing for an inline one, of which AWS makes a name up.
    pub policy: Option<String>,
    /// What the policy is attached to.
    pub attached: Vec<String>,
    /// What AWS says a policy of a resource was made from: `KMS grant`.
    pub made_from: Option<String>,
    /// Whether the statement denies.
    pub denies: bool,
    /// What the statement says, when the input has it: its actions, resources and the keys of its conditions.
    pub content: Vec<String>,
}

/// A statement of a policy as it was when AWS decided.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Deployed {
    /// Whether it denies.
    pub denies: bool,
    /// Whether it names principals, as the policy of a resource does.
    pub names_principals: bool,
    /// Its actions, as written.
    pub actions: Vec<String>,
    /// Its resources, as written.
    pub resources: Vec<String>,
}

impl PolicyKind {
    /// Its name in messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::Identity => "identity-based policy",
            Self::Resource => "resource-based policy",
            Self::Trust => "role trust policy",
            Self::ServiceControl => "service control policy",
            Self::ResourceControl => "resource control policy",
            Self::Endpoint => "VPC endpoint policy",
            Self::Session => "session policy",
            Self::Boundary => "permissions boundary",
        }
    }
}

impl Stated {
    /// The sort of policy that it speaks of.
    pub fn kind(&self) -> Option<PolicyKind> {
        match self {
            Self::Unallowed(kind) => Some(*kind),
            Self::Denied { kind, .. } => *kind,
            Self::Key => Some(PolicyKind::Resource),
            Self::PublicAccess(_) => None,
        }
    }

    /// As a clause: "no identity-based policy allows it".
    pub fn words(&self) -> String {
        match self {
            Self::Unallowed(kind) => format!("no {} allows it", kind.name()),
            Self::Denied { kind, policy } => {
                let kind = kind.map_or("policy", PolicyKind::name);
                let article = if kind.starts_with('i') { "an" } else { "a" };
                let named = policy.as_ref().map(|arn| format!(" (`{arn}`)")).unwrap_or_default();
                format!("{article} {kind}{named} explicitly denies it")
            }
            Self::Key => "the key is not in this Region, or its policy does not allow it".to_owned(),
            Self::PublicAccess(setting) => format!("`{setting}` of S3 Block Public Access prevents it"),
        }
    }
}

#[cfg(test)]
mod tests;
