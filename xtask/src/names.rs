//! `data/accounts.tsv` (accounts of AWS and of vendors) and `data/service_principals.txt` (all names of services).
//!
//! They are made of the survey tables `accounts.tsv` and `service_principals.tsv` in `xtask/input/`; what the second gets wrong
//! or does not have is in `xtask/corrections/`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::table::{Made, Table};

/// The tables, made of the survey in `input`, and of the services that get roles.
pub fn tables(input: &Path, service_roles: &str) -> Result<Vec<Made>, String> {
    Ok(vec![accounts(input)?, principals(input, service_roles)?])
}

/// `id  name  aws|aws-role|vendor`.
fn accounts(input: &Path) -> Result<Made, String> {
    let table = Table::read(&input.join("accounts.tsv"))?;
    // What its collectors no longer stand by is left out.
    let rows = table.rows().filter(|row| row.get("enabled") == "yes");
    let lines = rows
        .map(|row| (row.get("id"), format!("{}\t{}\t{}", row.get("id"), row.get("name"), row.get("owner"))));
    let mut lines: BTreeMap<&str, String> = lines.collect();
    // Account, name, owner, and the page that says so.
    for line in include_str!("../corrections/accounts.tsv").lines().filter(|line| !line.starts_with('#')) {
        let mut fields = line.split('\t');
        if let (Some(id), Some(name), Some(owner), Some(_page)) =
            (fields.next(), fields.next(), fields.next(), fields.next())
        {
            lines.insert(id, format!("{id}\t{name}\t{owner}"));
        }
    }
    Ok(Made::of_lines("accounts.tsv", lines.into_values()))
}

/// All names known from anywhere, one on a line.
fn principals(input: &Path, service_roles: &str) -> Result<Made, String> {
    let table = Table::read(&input.join("service_principals.tsv"))?;
    let mut names: BTreeSet<&str> = table.rows().map(|row| row.get("name")).collect();
    names.extend(
        service_roles.lines().filter_map(|line| line.split('\t').nth(8)).flat_map(|field| field.split(',')),
    );
    let sources =
        include_str!("../../data/service_sources.tsv").lines().filter(|line| !line.starts_with('#'));
    names.extend(sources.filter_map(|line| line.split('\t').next()));
    for line in include_str!("../corrections/service_principals.txt").lines() {
        match line.split_once(' ') {
            Some(("-", name)) => drop(names.remove(name)),
            Some(("+", name)) => drop(names.insert(name)),
            _ => {}
        }
    }
    names.retain(|name| name.ends_with(".amazonaws.com"));
    Ok(Made::of_lines("service_principals.txt", names.into_iter().map(str::to_owned)))
}
