//! Look-ups in the parameter store, and the declared parameters that they find.
//!
//! A parameter is of one account and region, so a look-up finds the one of that name there. Units whose account or
//! region is not known may be those: then the name must be unique, or all of that name must hold the same.
//!
//! <https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-su-create.html>

use rustc_hash::FxHashMap;

use super::accounts::Accounts;
use crate::value::{Class, Symbol, Text, Value};

/// What stands between the unit and the name in the key of a look-up.
const MARK: &str = "#ssm:";

/// What the declared parameters hold, by name.
#[derive(Debug, Default)]
pub(super) struct Parameters {
    by_name: FxHashMap<String, Vec<Held>>,
}

/// What one parameter holds.
#[derive(Debug)]
struct Held {
    unit: String,
    /// The region, when it is not that of the unit.
    region: Option<String>,
    value: Option<Text>,
}

impl Parameters {
    /// From the keys and values of the declared parameters.
    pub(super) fn new(held: &[(String, Value)], normalise: impl Fn(&Text) -> Text) -> Self {
        let mut by_name: FxHashMap<String, Vec<Held>> = FxHashMap::default();
        for (key, value) in held {
            let Some((unit, name, region)) = parts(key) else { continue };
            let value = value.as_text().map(|text| normalise(&text));
            let value = value.filter(|text| text.symbols().all(|symbol| symbol.class != Class::Opaque));
            let one = Held { unit: unit.to_owned(), region: region.map(ToOwned::to_owned), value };
            by_name.entry(name.to_owned()).or_default().push(one);
        }
        Self { by_name }
    }

    /// What a look-up finds; `None` when it is none, or when it is not certain what is found.
    pub(super) fn value(&self, symbol: &Symbol, accounts: &Accounts) -> Option<Text> {
        if self.by_name.is_empty() {
            return None;
        }
        let (unit, name, region) = parts(&symbol.key)?;
        let all = self.by_name.get(name)?;
        let own: Vec<&Held> =
            all.iter().filter(|held| held.unit == unit && held.region.as_deref() == region).collect();
        if !own.is_empty() {
            return only(&own);
        }
        // The name hangs on what belongs to the unit.
        if name.contains("${") {
            return None;
        }
        let region = region.map(ToOwned::to_owned).or_else(|| region_of(unit, accounts));
        let account = accounts.of(unit);
        let near: Vec<&Held> = all
            .iter()
            .filter(|held| !accounts.same(&accounts.of(&held.unit), &account).is_no())
            .filter(|held| {
                let theirs = held.region.clone().or_else(|| region_of(&held.unit, accounts));
                theirs.is_none() || region.is_none() || theirs == region
            })
            .collect();
        only(&near)
    }
}

fn region_of(unit: &str, accounts: &Accounts) -> Option<String> {
    Some(accounts.region(unit)?.as_literal()?.into_owned())
}

/// What all of them hold, when that is the same.
fn only(all: &[&Held]) -> Option<Text> {
    let first = all.first()?.value.as_ref()?;
    all.iter().all(|held| held.value.as_ref() == Some(first)).then(|| first.clone())
}

/// The unit, name and region of a key: `envs/prod#ssm:/deploy/role@eu-west-1`.
fn parts(key: &str) -> Option<(&str, &str, Option<&str>)> {
    let (unit, rest) = key.split_once(MARK)?;
    Some(match rest.rsplit_once('@') {
        // A part of what is held has its name behind the key.
        _ if rest.ends_with([')', ']']) => return None,
        Some((name, region)) if !name.is_empty() && !region.contains('/') => (unit, name, Some(region)),
        _ => (unit, rest, None),
    })
}
