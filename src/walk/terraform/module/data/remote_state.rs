//! `data "terraform_remote_state"`: which state it reads.
//!
//! The same state has the same identity in the whole project, whichever root module reads it.
//!
//! <https://developer.hashicorp.com/terraform/language/state/remote-state-data>

use super::arguments::{Arguments, described};
use crate::source::Span;
use crate::source::paths::joined;
use crate::value::{Kind, List, Map, Operand, Origin, OriginKind, Value, Words};

/// The settings of each backend that say which state it is; those with a `?` may be left out.
///
/// <https://developer.hashicorp.com/terraform/language/backend>
const BACKENDS: &[(&str, &[&str])] = &[
    ("azurerm", &["storage_account_name", "container_name", "key"]),
    ("consul", &["?address", "path"]),
    ("cos", &["bucket", "?prefix", "?key"]),
    ("gcs", &["bucket", "?prefix"]),
    ("http", &["address"]),
    ("kubernetes", &["?namespace", "secret_suffix"]),
    ("local", &["path"]),
    ("oss", &["bucket", "?prefix", "?key"]),
    ("pg", &["?conn_str", "?schema_name"]),
    ("remote", &["?hostname", "organization", "workspaces"]),
    ("s3", &["bucket", "?workspace_key_prefix", "key"]),
];

/// The outputs in the state. `None` when the configuration does not say which it is.
pub(super) fn identity(given: &Arguments<'_>) -> Option<Origin> {
    let backend = given.properties.get("backend")?.as_str()?;
    let (_, settings) = BACKENDS.iter().find(|(name, _)| *name == backend)?;
    let config = config(given.properties)?;
    let mut said = Vec::new();
    for setting in *settings {
        let (name, optional) = setting.strip_prefix('?').map_or((*setting, false), |name| (name, true));
        match config.get(name).filter(|value| !value.is_unset()) {
            Some(value) if backend == "local" => {
                said.push(Operand::Text(Words::literal(local(given.unit.path(), &value.as_str()?)?)));
            }
            Some(value) => said.push(described(value)?),
            None if optional => said.push(Operand::Null),
            None => return None,
        }
    }
    let workspace = match given.text("workspace") {
        Some(name) if name.is_literally("default") => None,
        Some(_) => Some(Operand::Text(given.said("workspace")?)),
        None => None,
    };
    Some(OriginKind::State { backend: (&*backend).into(), settings: said.into(), workspace }.into())
}

/// The settings of a backend block as what reads the state writes them.
pub(super) fn as_read(backend: &str, config: Map, span: Span) -> Map {
    let mut config = config;
    for entry in config.entries.edit().iter_mut() {
        if let Kind::List(List { items, open: false }) = &entry.value.kind
            && let [only] = items.as_slice()
            && only.as_map().is_some()
        {
            entry.value = only.clone();
        }
    }
    if backend == "local" && config.get("path").is_none_or(Value::is_unset) {
        config.insert("path", span, Value::literal("terraform.tfstate", span));
    }
    config
}

/// `config = { … }`, or the block that it was before Terraform 0.12.
fn config(properties: &Map) -> Option<&Map> {
    let value = properties.get("config")?;
    match &value.kind {
        Kind::Map(map) => Some(map),
        Kind::List(list) => match list.items.as_slice() {
            [only] if !list.open => only.as_map(),
            _ => None,
        },
        _ => None,
    }
}

/// The file of a local state below the project root. It is written as seen from the root module, or with
/// `path.module`, which is seen from the project root.
fn local(root: &str, path: &str) -> Option<String> {
    let below = path.strip_prefix(root).is_some_and(|rest| rest.starts_with('/'));
    let whole = if below || root.is_empty() { path.to_owned() } else { format!("{root}/{path}") };
    if path.starts_with('/') { None } else { joined("", &whole) }
}
