//! `data/sam_policies.tsv` (SAM's policy templates) and `data/sam_connectors.tsv` (what connectors grant).
//!
//! They are made of the survey tables `sam_policy_templates.tsv` and `sam_connectors.tsv` in `xtask/input/`.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use crate::table::{Made, Row, Table};

/// The tables, made of the survey in `input`.
pub fn tables(input: &Path) -> Result<Vec<Made>, String> {
    let mut templates: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for row in Table::read(&input.join("sam_policy_templates.tsv"))?.rows() {
        templates.entry(row.get("template").to_owned()).or_default().push(template(&row)?);
    }
    let mut connectors: BTreeMap<[String; 3], (String, Vec<String>)> = BTreeMap::new();
    for row in Table::read(&input.join("sam_connectors.tsv"))?.rows() {
        let key = ["source_type", "destination_type", "access"].map(|column| row.get(column).to_owned());
        let (what, statement) = connector(&row)?;
        connectors.entry(key).or_insert_with(|| (what, Vec::new())).1.push(statement);
    }
    let templates = templates.iter().map(|(name, statements)| format!("{name}\t{}", statements.join("\t")));
    let connectors = connectors
        .iter()
        .map(|(key, (what, statements))| format!("{}\t{what}\t{}", key.join("\t"), statements.join("\t")));
    Ok(vec![Made::of_lines("sam_policies.tsv", templates), Made::of_lines("sam_connectors.tsv", connectors)])
}

/// Actions, resources and the condition of a statement.
fn template(row: &Row<'_>) -> Result<String, String> {
    let resources: Vec<_> = row.get("resources").split(" ; ").map(parameters).collect();
    let mut fields = vec![row.get("actions").replace(',', " "), resources.join(" ")];
    if !row.get("condition").is_empty() {
        let (operator, key, value) = condition(row.get("condition"))?;
        fields.push(format!("{operator} {key} {}", parameters(&value)));
    }
    if !row.get("other").is_empty() || row.get("effect") != "Allow" {
        return Err(format!("{}: more than the table can hold", row.get("template")));
    }
    Ok(fields.join("|"))
}

/// `{param:Name}` as `${Name}`.
fn parameters(text: &str) -> String {
    text.trim().replace("{param:", "${").replace("%{", "${")
}

/// The only operator, key and value of a condition.
fn condition(json: &str) -> Result<(String, String, String), String> {
    let read: Value = serde_json::from_str(json).map_err(|error| format!("{json}: {error}"))?;
    let only = |value: &Value| -> Option<(String, Value)> {
        let (key, value) = value.as_object()?.iter().next()?;
        Some((key.clone(), value.clone()))
    };
    let found = only(&read).and_then(|(operator, keys)| {
        let (key, value) = only(&keys)?;
        Some((operator, key, value.as_str()?.to_owned()))
    });
    found.ok_or_else(|| format!("{json}: not one condition"))
}

/// What a connector makes and for whom; its actions, resources, service and conditions.
fn connector(row: &Row<'_>) -> Result<(String, String), String> {
    let (what, whom) = match row.get("generated_type") {
        "AWS_IAM_ROLE_MANAGED_POLICY" if row.get("attached_to") == "source-role" => ("role", "source"),
        "AWS_IAM_ROLE_MANAGED_POLICY" => ("role", "destination"),
        "AWS_SQS_QUEUE_POLICY" => ("queue", "destination"),
        "AWS_SNS_TOPIC_POLICY" => ("topic", "destination"),
        "AWS_LAMBDA_PERMISSION" => ("permission", "destination"),
        other => return Err(format!("`{other}` is not known")),
    };
    let resources: Value = match row.get("resource") {
        "" => Value::Array(Vec::new()),
        json => serde_json::from_str(json).map_err(|error| format!("{json}: {error}"))?,
    };
    let resources: Vec<String> = match &resources {
        Value::String(text) => vec![parameters(text)],
        Value::Array(items) => items.iter().filter_map(Value::as_str).map(parameters).collect(),
        other => return Err(format!("{other}: not resources")),
    };
    let (principal, conditions) = (row.get("principal").trim_matches('"'), row.get("condition_or_extra"));
    let principal = match serde_json::from_str::<Value>(principal) {
        Ok(value) => value["Service"].as_str().unwrap_or_default().to_owned(),
        Err(_) => principal.to_owned(),
    };
    let conditions = match conditions.trim_matches('"') {
        "" => String::new(),
        _ if what != "permission" => {
            let (_, key, value) = condition(conditions)?;
            format!("{key}={}", parameters(&value))
        }
        _ => {
            let read: Value =
                serde_json::from_str(conditions).map_err(|error| format!("{conditions}: {error}"))?;
            let members = read.as_object().ok_or("not an object")?;
            let limit =
                |(key, value): (&String, &Value)| Some(format!("{key}={}", parameters(value.as_str()?)));
            members.iter().filter_map(limit).collect::<Vec<_>>().join(" ")
        }
    };
    let actions = row.get("actions").replace(',', " ");
    Ok((format!("{what}\t{whom}"), [actions, resources.join(" "), principal, conditions].join("|")))
}
