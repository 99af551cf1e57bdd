//! What a provider configuration logs in with.

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
