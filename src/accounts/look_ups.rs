//! Look-ups, and what they find among what is declared.
//!
//! A parameter of the parameter store is of one account and region, so a look-up finds the one of that name there. Units whose account or
//! region is not known may be those: then the name must be unique, or all of that name must hold the same.
//!
//! <https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-su-create.html>

use rustc_hash::FxHashMap;

use super::Accounts;
use crate::facts::Declaration;
use crate::value::{Class, Symbol, Text, Value};

/// What stands between the unit and the name in the key of a look-up.
const MARK: &str = "#ssm:";

/// What the key of a look-up of an identity begins with behind its unit, a type it finds, and the properties that
/// say the name and path of that.
const IDENTITIES: [(&str, &str, &str, &str); 6] = [
    ("#data.aws_iam_group[\"", "aws_iam_group", "name", "path"),
    ("#data.aws_iam_group[\"", "AWS::IAM::Group", "GroupName", "Path"),
    ("#data.aws_iam_role[\"", "aws_iam_role", "name", "path"),
    ("#data.aws_iam_role[\"", "AWS::IAM::Role", "RoleName", "Path"),
    ("#data.aws_iam_user[\"", "aws_iam_user", "name", "path"),
    ("#data.aws_iam_user[\"", "AWS::IAM::User", "UserName", "Path"),
];

/// What look-ups find.
#[derive(Debug, Default)]
pub(super) struct LookUps {
    parameters: FxHashMap<String, Vec<Held>>,
    /// The paths of declared identities, by the beginning of the keys of their look-ups and their names in small
    /// letters. A name is that of one identity of an account, whatever the path.
    paths: FxHashMap<(&'static str, String), Vec<Held>>,
}

/// What one parameter holds, or the path of one identity.
#[derive(Debug)]
struct Held {
    unit: String,
    /// The region, when it is not that of the unit.
    region: Option<String>,
    value: Option<Text>,
}

impl LookUps {
    /// From the keys and values of the declared parameters, and from all declarations.
    pub(super) fn new(
        parameters: &[(String, Value)],
        declarations: &[Declaration],
        accounts: &Accounts,
    ) -> Self {
        let mut found = Self::default();
        for (key, value) in parameters {
            let Some((unit, name, region)) = parts(key) else { continue };
            let value = value.as_text().map(|text| accounts.normalise(&text));
            let value = value.filter(|text| text.symbols().all(|symbol| symbol.class != Class::Opaque));
            let one = Held { unit: unit.to_owned(), region: region.map(ToOwned::to_owned), value };
            found.parameters.entry(name.to_owned()).or_default().push(one);
        }
        for declaration in declarations {
            found.add_identity(declaration);
        }
        found
    }

    fn add_identity(&mut self, declaration: &Declaration) {
        for (start, type_name, name, path) in IDENTITIES {
            let text =
                |argument: &str| declaration.properties.get(argument).filter(|value| !value.is_unset());
            if *declaration.type_name == *type_name
                && let Some(name) = text(name).and_then(Value::as_str)
            {
                let root = || Some(Text::literal("/", declaration.span));
                let value = text(path).map_or_else(root, Value::as_text);
                let one = Held { unit: declaration.unit.to_string(), region: None, value };
                self.paths.entry((start, name.to_lowercase())).or_default().push(one);
            }
        }
    }

    /// What a look-up finds; `None` when it is none, or when it is not certain what is found.
    pub(super) fn value(&self, symbol: &Symbol, accounts: &Accounts) -> Option<Text> {
        self.parameter(symbol, accounts).or_else(|| self.path(symbol, accounts))
    }

    /// The path of an identity that is declared in the very account.
    fn path(&self, symbol: &Symbol, accounts: &Accounts) -> Option<Text> {
        let key = symbol.key.strip_suffix("\"].path").filter(|_| !self.paths.is_empty())?;
        let (start, at) = IDENTITIES.iter().find_map(|(start, ..)| Some((*start, key.find(start)?)))?;
        let account = accounts.of(key.get(..at)?);
        let all = self.paths.get(&(start, key.get(at + start.len()..)?.to_lowercase()))?;
        let here = |held: &&Held| accounts.same(&accounts.of(&held.unit), &account).is_yes();
        only(&all.iter().filter(here).collect::<Vec<_>>())
    }

    /// What a parameter holds.
    fn parameter(&self, symbol: &Symbol, accounts: &Accounts) -> Option<Text> {
        if self.parameters.is_empty() {
            return None;
        }
        let (unit, name, region) = parts(&symbol.key)?;
        let all = self.parameters.get(name)?;
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
