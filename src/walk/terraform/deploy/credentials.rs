//! What a provider configuration logs in with.

use crate::facts::AccountHint;
use crate::source::Span;
use crate::value::{Because, Class, OriginKind, Symbol, Text};

/// What makes a configuration log in elsewhere than the default one.
pub(super) const CREDENTIALS: [&str; 7] = [
    "access_key",
    "assume_role",
    "assume_role_with_web_identity",
    "profile",
    "secret_key",
    "shared_config_files",
    "shared_credentials_files",
];

pub(super) const OF_DEFAULT: &str = "the credentials of the default provider configuration";
pub(super) const NONE_BUT_DEFAULT: &str = "no credentials, while the default provider configuration has some";

/// Words in what stands for the name of a profile until somebody writes one.
const UNFILLED: [&str; 7] =
    ["change", "example", "placeholder", "profile_name", "profile-name", "xxx", "your"];

/// The account that a profile logs in to; `None` for the default profile, which is another one on each machine, and for what
/// is no name. Whether two profiles are of one account nobody knows.
pub(super) fn of_profile(name: &str, span: Span, evidence: &str) -> Option<AccountHint> {
    let is_name = name.chars().all(|c| c.is_ascii_alphanumeric() || "-_.@/+:".contains(c));
    let small = name.to_ascii_lowercase();
    let is_filled = !UNFILLED.iter().any(|word| small.contains(word));
    if name.is_empty() || small == "default" || !is_name || !is_filled {
        return None;
    }
    let symbol = Symbol::new(Class::Account, OriginKind::Profile(name.into()), Because::Run);
    Some(AccountHint { account: Text::symbol(symbol, span), span, evidence: evidence.to_owned() })
}
