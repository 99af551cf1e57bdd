//! The output of `aws organizations list-accounts`.
//!
//! <https://docs.aws.amazon.com/cli/latest/reference/organizations/list-accounts.html>

use serde::Deserialize;

use super::{ConfigAccount, ConfigError, is_account_id};

#[derive(Deserialize)]
struct List {
    #[serde(rename = "Accounts")]
    accounts: Vec<Account>,
}

#[derive(Deserialize)]
struct Account {
    #[serde(rename = "Id")]
    id: String,
    #[serde(rename = "Name")]
    name: Option<String>,
}

/// The accounts of the list. Two accounts with one name keep their ids as names, so that messages stay clear.
pub(super) fn read(text: &str) -> Result<Vec<ConfigAccount>, ConfigError> {
    let list: List =
        serde_json::from_str(text.trim_start_matches('\u{feff}')).map_err(|error| ConfigError {
            line: error.line().max(1),
            column: error.column().max(1),
            message: format!("not the output of `aws organizations list-accounts`: {}", short(&error)),
        })?;
    if let Some(wrong) = list.accounts.iter().find(|account| !is_account_id(&account.id)) {
        let message = format!("`{}` is not an account id: an id has twelve digits", wrong.id);
        return Err(ConfigError { line: 1, column: 1, message });
    }
    let twice = |name: &str| list.accounts.iter().filter(|a| a.name.as_deref() == Some(name)).count() > 1;
    let has_name =
        |account: &Account| account.name.as_deref().is_some_and(|name| !name.is_empty() && !twice(name));
    let have_names: Vec<bool> = list.accounts.iter().map(has_name).collect();
    let accounts = list.accounts.into_iter().zip(have_names).map(|(account, has_name)| ConfigAccount {
        name: account.name.filter(|_| has_name).unwrap_or_else(|| account.id.clone()),
        id: Some(account.id),
        ..ConfigAccount::default()
    });
    Ok(accounts.collect())
}

/// What serde says, without the place, which is shown apart.
fn short(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.split(" at line ").next().unwrap_or_default().to_owned()
}
