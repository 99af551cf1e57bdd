//! What the configurations of a project say that holds wherever its templates are looked at.

use serde::{Deserialize, Serialize};

/// What one configuration says.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct ToldConfig {
    /// The directory that it holds for; empty for the whole project.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub directory: String,
    /// The ID of the organization.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organization: Option<String>,
    /// The accounts that it lists.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub accounts: Vec<ToldAccount>,
    /// The vendors that it lists.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub vendors: Vec<ToldVendor>,
    /// The rules whose level it sets, each with its level.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<(String, String)>,
    /// The findings that it accepts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ignores: Vec<ToldIgnore>,
}

/// An account.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ToldAccount {
    /// Its name.
    pub name: String,
    /// Its ID.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// What of it the project has to the last one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub coverage: Vec<String>,
    /// The regions that are used in it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub regions: Vec<String>,
}

/// A vendor.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ToldVendor {
    /// Its name.
    pub name: String,
    /// Its accounts.
    pub ids: Vec<String>,
}

/// An accepted finding, as the configuration describes it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ToldIgnore {
    /// The rule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// The address of the declaration.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// The files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// The principal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub principal: Option<String>,
    /// The fingerprint.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<String>,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Until when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
}
