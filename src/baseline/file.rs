//! The file: JSON with one finding on each line, so that changes of it can be read and merged.

use serde::{Deserialize, Serialize};

use super::{Baseline, Known};
use crate::report::harmless_json;

/// The number of the form.
const VERSION: &str = "1";

/// What is wrong with a file.
#[derive(Debug, thiserror::Error)]
pub enum Wrong {
    /// It is no JSON of the form.
    #[error("{line}:{column}: this is not a baseline: {message}")]
    Form {
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
        /// What is wrong.
        message: String,
    },
    /// A later release wrote it.
    #[error("this baseline has version {0}, and this release reads version {VERSION}")]
    Version(u64),
}

#[derive(Deserialize)]
struct Head {
    version: u64,
}

#[derive(Deserialize)]
struct Document {
    findings: Vec<Line>,
}

/// One finding, with all instances of it in one file.
#[derive(Serialize, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
struct Line {
    rule: String,
    path: String,
    identity: String,
    message: String,
    instances: Vec<Instance>,
}

#[derive(Serialize, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
struct Instance {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    address: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    account: Option<String>,
}

impl Baseline {
    /// Reads a file.
    ///
    /// # Errors
    ///
    /// When it is none, or one of a later release.
    pub fn read(text: &str) -> Result<Self, Wrong> {
        let wrong = |error: serde_json::Error| Wrong::Form {
            line: error.line().max(1),
            column: error.column().max(1),
            message: error.to_string().split(" at line ").next().unwrap_or_default().to_owned(),
        };
        let Head { version } = serde_json::from_str(text).map_err(wrong)?;
        if version.to_string() != VERSION {
            return Err(Wrong::Version(version));
        }
        let Document { findings } = serde_json::from_str(text).map_err(wrong)?;
        let known = findings.into_iter().flat_map(|line| {
            let Line { rule, path, identity, message, instances } = line;
            instances.into_iter().map(move |Instance { address, account }| {
                let (rule, path) = (rule.clone(), path.clone());
                Known { rule, path, identity: identity.clone(), message: message.clone(), address, account }
            })
        });
        Ok(Self::of(known.collect()))
    }

    /// The text of the file.
    ///
    /// # Errors
    ///
    /// When what is known cannot be written as JSON.
    pub fn write(&self) -> Result<String, serde_json::Error> {
        let mut known: Vec<&Known> = self.known.iter().collect();
        known.sort();
        let mut lines: Vec<String> = Vec::new();
        for same in known.chunk_by(|a, b| a.finding() == b.finding()) {
            let Some(first) = same.first() else { continue };
            let mut instances: Vec<Instance> = same
                .iter()
                .map(|one| Instance { address: one.address.clone(), account: one.account.clone() })
                .collect();
            instances.sort();
            let line = Line {
                rule: first.rule.clone(),
                path: first.path.clone(),
                identity: first.identity.clone(),
                message: first.message.clone(),
                instances,
            };
            lines.push(format!("    {}", serde_json::to_string(&line)?));
        }
        let body = if lines.is_empty() { String::new() } else { format!("\n{}\n  ", lines.join(",\n")) };
        let text = format!("{{\n  \"version\": {VERSION},\n  \"findings\": [{body}]\n}}\n");
        Ok(harmless_json(&text).into_owned())
    }
}
