//! Who a statement speaks of.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html>

use crate::value::Text;

/// The identity providers that are named by their domain.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html#principal-federated-web-identity>
pub const BUILT_IN_PROVIDERS: &[&str] =
    &["accounts.google.com", COGNITO[0], COGNITO[1], COGNITO[2], "graph.facebook.com", "www.amazon.com"];

/// The names of Amazon Cognito identity pools: everywhere else, in `us-gov-west-1`, in `us-gov-east-1`.
///
/// <https://docs.aws.amazon.com/govcloud-us/latest/UserGuide/govcloud-cog.html>
pub const COGNITO: [&str; 3] = [
    "cognito-identity.amazonaws.com",
    "cognito-identity-us-gov.amazonaws.com",
    "cognito-identity.us-gov-east-1.amazonaws.com",
];

/// A principal as a policy names it.
#[derive(Clone, Debug, PartialEq)]
pub enum Principal {
    /// `"*"` or `{"AWS": "*"}`: everybody, services and anonymous callers included.
    Everyone,
    /// An account id or `arn:…:iam::ID:root`: every principal of the account whose own policies allow it.
    Account {
        /// The account.
        account: Text,
    },
    /// `arn:…:iam::ID:role/PATH/NAME`.
    Role {
        /// The account.
        account: Text,
        /// Path and name: what follows `role/`.
        name: Text,
    },
    /// `arn:…:iam::ID:user/PATH/NAME`.
    User {
        /// The account.
        account: Text,
        /// Path and name: what follows `user/`.
        name: Text,
    },
    /// `arn:…:sts::ID:assumed-role/NAME/SESSION`.
    RoleSession {
        /// The account.
        account: Text,
        /// The role's name, without path.
        role: Text,
        /// The session's name. Boxed, because hardly any policy names one.
        session: Box<Text>,
    },
    /// `arn:…:sts::ID:federated-user/NAME`.
    FederatedUser {
        /// The account.
        account: Text,
        /// The name.
        name: Text,
    },
    /// `AROA…`, `AIDA…`: a role or user by its unique id.
    UniqueId(Text),
    /// `{"Service": "lambda.amazonaws.com"}`.
    Service(Text),
    /// `{"Federated": "arn:…:iam::ID:oidc-provider/ISSUER"}`.
    Oidc {
        /// The account of the provider.
        account: Text,
        /// The issuer: its URL without `https://`.
        issuer: Text,
    },
    /// `{"Federated": "arn:…:iam::ID:saml-provider/NAME"}`.
    Saml {
        /// The account of the provider.
        account: Text,
        /// The provider's name.
        name: Text,
    },
    /// `{"Federated": "cognito-identity.amazonaws.com"}` and the other built-in identity providers.
    BuiltInProvider(Text),
    /// `{"CanonicalUser": "…"}`: an account by its canonical id; S3 only.
    CanonicalUser(Text),
    /// Wholly unknown: may be any principal of its kind.
    Unknown(Text),
    /// AWS refuses it, or it can match nobody.
    Invalid(Invalid),
}

impl Principal {
    /// The account that it belongs to, when it is one of an account.
    pub fn account(&self) -> Option<&Text> {
        match self {
            Self::Account { account }
            | Self::Role { account, .. }
            | Self::User { account, .. }
            | Self::RoleSession { account, .. }
            | Self::FederatedUser { account, .. } => Some(account),
            _ => None,
        }
    }
}

/// Why a principal is refused.
#[derive(Clone, Debug, PartialEq)]
pub struct Invalid {
    /// What is wrong, as a clause: "an IAM group cannot be a principal".
    pub reason: String,
    /// What to write instead.
    pub help: String,
    /// Whether it holds the place of what somebody still has to fill in.
    pub placeholder: bool,
}
