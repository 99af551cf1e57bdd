//! The files with profiles of AWS that some projects keep beside their templates, for `AWS_CONFIG_FILE`.
//!
//! <https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html>

use crate::facts::AccountHint;
use crate::iam::arn::is_account_id;
use crate::source::paths::{directory, joined};
use crate::source::{SourceId, Sources, Span};
use crate::value::Text;

/// What such files are called.
const NAMES: [&str; 4] = [".aws/config", "aws-config", "aws.config", "aws_config"];

/// The account that a profile logs in to, by the nearest such file in the directory of a root or above it.
pub(super) fn account_of(sources: &Sources, root: &str, profile: &str) -> Option<AccountHint> {
    let mut below = root;
    loop {
        let mut files = NAMES.iter().filter_map(|name| sources.find(&joined(below, name)?));
        if let Some(found) = files.find_map(|file| written(sources, file, profile)) {
            return Some(found);
        }
        if below.is_empty() {
            return None;
        }
        below = directory(below);
    }
}

/// What a file says of a profile: a role of the profile is that of another account than the one it logs in to first.
///
/// <https://docs.aws.amazon.com/sdkref/latest/guide/feature-assume-role-credentials.html>
/// <https://docs.aws.amazon.com/sdkref/latest/guide/feature-sso-credentials.html>
fn written(sources: &Sources, file: SourceId, profile: &str) -> Option<AccountHint> {
    let text = sources.text_or_empty(file);
    let (mut is_meant, mut start) = (false, 0);
    let (mut role, mut login) = (None, None);
    for line in text.split_inclusive('\n') {
        let at = start;
        start += line.len();
        let line = line.trim_end();
        if let Some(section) = line.strip_prefix('[').and_then(|rest| rest.split(']').next()) {
            is_meant = section.trim().strip_prefix("profile").is_some_and(|name| name.trim() == profile);
            continue;
        }
        let Some((key, value)) = line.split_once('=').filter(|_| is_meant) else { continue };
        let value = value.trim();
        let id = match key.trim() {
            "role_arn" => value.split(':').nth(4),
            "sso_account_id" => Some(value),
            _ => None,
        };
        let Some(id) = id.filter(|id| is_account_id(id)) else { continue };
        // The value ends with the line.
        let from = at + line.len() - value.len() + value.find(id).unwrap_or_default();
        let found = (id.to_owned(), Span::new(file, from, from + id.len()));
        if key.trim() == "role_arn" { role = Some(found) } else { login = Some(found) }
    }
    let (found, key) = role.map(|role| (role, "role_arn")).or(login.map(|login| (login, "sso_account_id")))?;
    let (id, span) = found;
    Some(AccountHint { account: Text::literal(id, span), span, evidence: format!("`{key}` of the profile") })
}
