//! Which resource types carry access, and how their ARNs are made.
//!
//! Three tables: where in a resource access is written ([`carriers`]), where it hands a role to a service
//! ([`service_roles`]), and what its attributes return
//! ([`attribute_template`], [`resource_arn`]). All are generated (`cargo xtask tables`),
//! embedded and read at the first question. Nothing here knows a template language beyond its type names.

mod arn;
mod path;
mod table;

pub use arn::{Fill, arn_service, attribute_template, expand, has_arn, name_template, resource_arn};
pub use path::{Alternative, Step, chosen, may_differ, may_have_more, values, values_together};
#[cfg(any(test, feature = "internals"))]
pub use table::all;
pub use table::{
    PropertiesRead, ROLE_ASSIGNMENTS, carriers, matters, protecting_service, service_roles, target_accounts,
};

/// One place in a resource type where access is written.
#[derive(Clone, Debug)]
pub struct Carrier {
    /// The type: `aws_iam_role`, `data.aws_eks_cluster`, `AWS::IAM::Role`.
    pub type_name: &'static str,
    /// What is written there.
    pub role: Role,
    /// Where it is written below the properties. Empty when the declaration itself is meant: the row that
    /// says that `aws_iam_role` is a role. A [`Role::Role`] with a path is a role that comes with another
    /// resource.
    pub path: Vec<Step>,
    /// What kind of value stands there.
    pub value_kind: ValueKind,
    /// The property that names what the access sits on; `None` for [`AttachKind::Itself`],
    /// [`AttachKind::Account`] and [`AttachKind::None`].
    pub attach: Option<Vec<Step>>,
    /// How that property names it.
    pub attach_kind: AttachKind,
    /// The types that `attach` (and for links and attachments the value) may refer to. Not complete.
    pub targets: Vec<&'static str>,
    /// The AWS service.
    pub service: &'static str,
    /// For [`Role::ServiceRole`]: the service principals that the role has to trust. Empty when not known.
    pub expects: Vec<&'static str>,
}

/// Implements reading an enum from the words of the table.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $($(#[$variant_doc])* $variant,)*
        }

        impl $name {
            fn from_word(word: &str) -> Option<Self> {
                match word {
                    $($word => Some(Self::$variant),)*
                    _ => None,
                }
            }
        }
    };
}

words! {
    /// What is written in a place.
    #[cfg_attr(
        not(feature = "internals"),
        expect(clippy::enum_variant_names, reason = "they are called as in the table")
    )]
    Role {
        /// An IAM role.
        Role = "role",
        /// An IAM user.
        User = "user",
        /// An IAM group.
        Group = "group",
        /// Who may assume the role.
        TrustPolicy = "trust-policy",
        /// An inline policy of the attachment, which is a principal.
        IdentityPolicy = "identity-policy",
        /// The document of a policy that has an ARN and says nothing until attached: `aws_iam_policy`,
        /// `AWS::IAM::ManagedPolicy` (there `attach` names whom it is attached to).
        ManagedPolicy = "managed-policy",
        /// The policies attached to a principal, or the principals a policy is attached to.
        PolicyAttachment = "policy-attachment",
        /// The permissions boundary of a principal.
        PermissionsBoundary = "permissions-boundary",
        /// The users of a group, or the groups of a user.
        GroupMembership = "group-membership",
        /// A policy of a resource.
        ResourcePolicy = "resource-policy",
        /// The policy of a VPC endpoint, which limits the requests that come through it.
        EndpointPolicy = "endpoint-policy",
        /// A policy of sessions, which limits what a role can do that is assumed there.
        SessionPolicy = "session-policy",
        /// The principal of one statement of a resource policy, written as properties.
        ResourcePolicyStatement = "resource-policy-statement",
        /// A condition on the statement the same declaration writes.
        Condition = "condition",
        /// An OpenID Connect provider of the account.
        OidcProvider = "oidc-provider",
        /// A SAML provider of the account.
        SamlProvider = "saml-provider",
        /// An instance profile and its role.
        InstanceProfile = "instance-profile",
        /// Access given without a policy document: KMS grants, Lake Formation, EKS access entries.
        Grant = "grant",
        /// What is shared through AWS RAM, with whom, and whether with accounts outside the organization.
        ResourceShare = "resource-share",
        /// With whom a snapshot, an image, a document or an endpoint service is shared, beside all policies; a boolean is
        /// whether those must still be accepted.
        DirectShare = "direct-share",
        /// A word for the access control list of a bucket.
        AccessList = "acl",
        /// A policy of an organization: its document, its type, and what it is attached to.
        OrganizationPolicy = "org-policy",
        /// An organization, or a unit or account of one: what it lies in, and its name.
        OrganizationMember = "org-member",
        /// The key that encrypts the resource.
        EncryptionKey = "encryption-key",
        /// Another resource that this one sends to or reads from, maybe in another account.
        ResourceLink = "resource-link",
        /// A role that another one, which `attach` names, is to assume: a role of the same declaration, or that of another
        /// declaration (a function, an experiment template). Without `attach` it is not said who assumes it.
        AssumedRole = "assumed-role",
        /// The external id that is sent when the role at `attach` is assumed.
        ExternalId = "external-id",
        /// The accounts in which roles that are given by name lie.
        TargetAccount = "target-account",
        /// A template of CloudFormation and its parameters, or the properties of a type of it.
        Template = "template",
        /// A role handed to a service, which assumes it; by the role at `attach`, when there is one that acts.
        ServiceRole = "service-role",
    }
}

words! {
    /// What kind of value stands in a place.
    ValueKind {
        /// Nothing stands there; the declaration itself is meant.
        None = "none",
        /// A policy document: an object, or a string with its JSON.
        JsonPolicy = "json-policy",
        /// An ARN.
        Arn = "arn",
        /// Some ARNs.
        ArnList = "arn-list",
        /// A name.
        Name = "name",
        /// Some names.
        NameList = "name-list",
        /// A name or an ARN.
        NameOrArn = "name-or-arn",
        /// An id or an ARN; for keys also an alias.
        IdOrArn = "id-or-arn",
        /// A principal: an ARN, an account id, a service, `*`.
        Principal = "principal",
        /// An account id.
        AccountId = "account-id",
        /// Some account ids.
        AccountIdList = "account-id-list",
        /// A URL.
        Url = "url",
        /// Some other text.
        Text = "string",
        /// One of a few words.
        Word = "enum",
        /// A boolean.
        Bool = "bool",
        /// A nested block or object with a form of its own.
        Block = "block",
        /// `Policies` of SAM: names, documents and policy templates.
        SamPolicies = "sam-policies",
        /// `Auth.ResourcePolicy` of SAM.
        SamApiPolicy = "sam-api-policy",
    }
}

words! {
    /// How the attachment is named.
    AttachKind {
        /// There is none, or the table does not know.
        None = "none",
        /// The access sits on the declared resource itself.
        Itself = "itself",
        /// It sits on the account, or on the account in that region.
        Account = "account",
        /// By account id.
        AccountId = "account-id",
        /// By name.
        Name = "name",
        /// By several names.
        NameList = "name-list",
        /// By ARN.
        Arn = "arn",
        /// By several ARNs.
        ArnList = "arn-list",
        /// By id.
        Id = "id",
        /// By id or ARN.
        IdOrArn = "id-or-arn",
        /// By name or ARN.
        NameOrArn = "name-or-arn",
        /// By URL: queues, whose URL has region, account and name in it.
        Url = "url",
        /// By several URLs.
        UrlList = "url-list",
        /// By the logical id in the same template.
        LogicalId = "logical-id",
        /// Everything whose name begins so.
        Prefix = "prefix",
        /// In some other way.
        Text = "string",
    }
}
