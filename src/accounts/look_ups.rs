//! Look-ups, and what they find among what is declared.
//!
//! A parameter of the parameter store is of one account and region, so a look-up finds the one of that name there. Units whose account or
//! region is not known may be those: then the name must be unique, or all of that name must hold the same.
//!
//! <https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-su-create.html>

use std::borrow::Cow;
use std::sync::{Arc, OnceLock};

use rustc_hash::FxHashMap;

use super::Accounts;
use crate::facts::Declaration;
use crate::iam::arn::is_account_id;
use crate::source::Span;
use crate::value::{Class, Kind, Operand, Origin, OriginKind, Symbol, Text, UnitKey, Value, Words, fitted};

/// The data source that looks for an identity, a type that it finds, and the properties that say the name and path of
/// that.
const IDENTITIES: [(&str, &str, &str, &str); 6] = [
    ("aws_iam_group", "aws_iam_group", "name", "path"),
    ("aws_iam_group", "AWS::IAM::Group", "GroupName", "Path"),
    ("aws_iam_role", "aws_iam_role", "name", "path"),
    ("aws_iam_role", "AWS::IAM::Role", "RoleName", "Path"),
    ("aws_iam_user", "aws_iam_user", "name", "path"),
    ("aws_iam_user", "AWS::IAM::User", "UserName", "Path"),
];

/// Types that declare accounts, the properties that say their names, and the attributes that return their IDs.
///
/// <https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/organizations_account>
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-organizations-account.html>
const ACCOUNTS: [(&str, &str, &str); 2] = [
    ("aws_organizations_account", "name", "id"),
    ("AWS::Organizations::Account", "AccountName", "AccountId"),
];

/// What look-ups find.
#[derive(Debug, Default)]
pub(super) struct LookUps {
    /// The declared accounts that the configuration lists by name.
    accounts: FxHashMap<Origin, Text>,
    parameters: FxHashMap<Words, Namesakes>,
    /// The declared identities: an organization may have many, and hardly any project looks for one.
    identities: Vec<Identity>,
    /// Their paths, once somebody asks.
    paths: OnceLock<Paths>,
    /// Whether all accounts are known.
    is_placed: bool,
}

/// The paths of declared identities, by the data source that looks for them and their names in small letters. A name is that of one
/// identity of an account, whatever the path.
type Paths = FxHashMap<(&'static str, String), Namesakes>;

/// A declared identity that look-ups may find.
#[derive(Debug)]
struct Identity {
    /// Its row in [`IDENTITIES`].
    row: &'static (&'static str, &'static str, &'static str, &'static str),
    name: Arc<str>,
    unit: UnitKey,
    /// Where it is declared.
    span: Span,
    /// What is written as its path, when that is another one than `/`.
    path: Option<Box<Value>>,
}

/// What is declared under one name: of most names a single thing, of which nobody needs an index.
#[derive(Debug, Default)]
struct Namesakes {
    all: Vec<Held>,
    places: Option<Box<Places>>,
    /// Whether some hold something else than others, or something that is not known.
    differ: bool,
}

/// Where namesakes are.
#[derive(Debug, Default)]
struct Places {
    /// Positions by unit.
    by_unit: FxHashMap<UnitKey, Vec<usize>>,
    /// Positions by the ID of the account; of those where it is not known under nothing. Empty until all accounts are known.
    by_account: FxHashMap<Option<String>, Vec<usize>>,
}

impl Namesakes {
    fn push(&mut self, held: Held) {
        self.differ |= held.value.is_none() || self.all.first().is_some_and(|one| one.value != held.value);
        if self.all.is_empty() {
            self.all.reserve_exact(1);
        } else {
            let places = self.places.get_or_insert_default();
            if let [first] = self.all.as_slice() {
                places.by_unit.insert(first.unit.clone(), vec![0]);
            }
            places.by_unit.entry(held.unit.clone()).or_default().push(self.all.len());
        }
        self.all.push(held);
    }

    /// Sorts them by account, once all accounts are known.
    fn place(&mut self, accounts: &Accounts) {
        let Some(places) = &mut self.places else { return };
        for (at, held) in self.all.iter().enumerate() {
            places.by_account.entry(id(&accounts.of(&held.unit))).or_default().push(at);
        }
    }

    /// Those of a unit.
    fn of_unit(&self, unit: &UnitKey) -> impl Iterator<Item = &Held> {
        let those = self.places.as_ref().and_then(|places| places.by_unit.get(unit));
        let only = self.all.first().filter(|only| self.places.is_none() && only.unit == *unit);
        those.into_iter().flatten().filter_map(|at| self.all.get(*at)).chain(only)
    }

    /// Those that may be of an account, in the order of their declaration: all but those of other accounts, where there are several.
    fn near(&self, account: &Text) -> impl Iterator<Item = &Held> {
        let by_account = self.places.as_ref().map(|places| &places.by_account).filter(|it| !it.is_empty());
        let id = by_account.and_then(|_| id(account));
        let of =
            |key: &Option<String>| by_account.and_then(|all| all.get(key)).map_or(&[][..], Vec::as_slice);
        let (mut here, mut anywhere, every) = match &id {
            Some(_) => (of(&id), of(&None), 0..0),
            None => (&[][..], &[][..], 0..self.all.len()),
        };
        let mut every = every;
        std::iter::from_fn(move || {
            let from = match (here.first(), anywhere.first()) {
                (Some(one), Some(other)) if one > other => &mut anywhere,
                (Some(_), _) => &mut here,
                (None, Some(_)) => &mut anywhere,
                (None, None) => return every.next(),
            };
            let (first, rest) = from.split_first()?;
            *from = rest;
            Some(*first)
        })
        .filter_map(|at| self.all.get(at))
    }

    /// What some of them hold, when that is the same.
    fn only<'h>(&self, mut some: impl Iterator<Item = &'h Held>) -> Option<&'h Text> {
        let first = some.next()?.value.as_ref()?;
        // Where all hold the same, one is enough.
        (!self.differ || some.all(|held| held.value.as_ref() == Some(first))).then_some(first)
    }
}

/// The ID of an account, where it is known.
fn id(account: &Text) -> Option<String> {
    account.as_literal().filter(|id| is_account_id(id)).map(Cow::into_owned)
}

/// What one parameter holds, or the path of one identity.
#[derive(Debug)]
struct Held {
    unit: UnitKey,
    /// The region, when it is not that of the unit.
    region: Option<Words>,
    value: Option<Text>,
}

impl LookUps {
    /// From the declared parameters, by what a look-up of them in the same unit comes from, and from all declarations.
    pub(super) fn new(
        parameters: &[(Origin, Value)],
        declarations: &[Declaration],
        accounts: &Accounts,
    ) -> Self {
        let mut found = Self::default();
        for (origin, value) in parameters {
            let Some((unit, name, region)) = stored(origin) else { continue };
            let value = value.as_text().map(|text| accounts.normalised(text));
            let value = value.filter(|text| text.symbols().all(|symbol| symbol.class != Class::Opaque));
            let one = Held { unit: unit.clone(), region: region.cloned(), value };
            found.parameters.entry(name.clone()).or_default().push(one);
        }
        for declaration in declarations {
            found.add_identity(declaration);
            found.add_account(declaration, accounts);
        }
        found.identities = fitted(found.identities);
        found
    }

    /// Sorts what is declared by account, once all accounts are known.
    pub(super) fn place(&mut self, accounts: &Accounts) {
        for namesakes in self.parameters.values_mut() {
            namesakes.place(accounts);
        }
        self.paths.take();
        self.is_placed = true;
    }

    fn add_account(&mut self, declaration: &Declaration, accounts: &Accounts) {
        let row = ACCOUNTS.iter().find(|(type_name, ..)| *declaration.type_name == **type_name);
        let Some((_, name, _)) = row else { return };
        let name = declaration.properties.get(name).and_then(Value::as_str);
        if let Some(account) = name.and_then(|name| accounts.called(&name)) {
            self.accounts.insert(declaration.origin.clone(), account.clone());
        }
    }

    fn add_identity(&mut self, declaration: &Declaration) {
        for row in &IDENTITIES {
            let (_, type_name, name, path) = row;
            let text =
                |argument: &str| declaration.properties.get(argument).filter(|value| !value.is_unset());
            if *declaration.type_name == **type_name
                && let Some(name) = text(name).and_then(Value::as_shared)
            {
                let is_root =
                    |path: &&Value| matches!(&path.kind, Kind::Text(text) if text.is_literally("/"));
                let path = text(path).filter(|path| !is_root(path)).map(|path| Box::new(path.clone()));
                let (unit, span) = (declaration.unit.clone(), declaration.span);
                self.identities.push(Identity { row, name, unit, span, path });
            }
        }
    }

    /// The paths of all declared identities.
    fn paths(&self, accounts: &Accounts) -> &Paths {
        self.paths.get_or_init(|| {
            let mut paths = Paths::default();
            for Identity { row: (kind, ..), name, unit, span, path } in &self.identities {
                let root = || Some(Text::literal("/", *span));
                let value = path.as_deref().map_or_else(root, Value::as_text);
                let one = Held { unit: unit.clone(), region: None, value };
                paths.entry((*kind, name.to_lowercase())).or_default().push(one);
            }
            if self.is_placed {
                for namesakes in paths.values_mut() {
                    namesakes.place(accounts);
                }
            }
            paths
        })
    }

    /// What a look-up finds; `None` when it is none, or when it is not certain what is found.
    pub(super) fn value(&self, symbol: &Symbol, accounts: &Accounts) -> Option<&Text> {
        match symbol.origin.kind() {
            OriginKind::Stored { .. } => self.parameter(&symbol.origin, accounts),
            OriginKind::Attribute { of, name } if **name == *"path" => self.path(of, accounts),
            OriginKind::Attribute { of, name } if ACCOUNTS.iter().any(|(.., id)| **name == **id) => {
                self.accounts.get(of)
            }
            _ => None,
        }
    }

    /// The path of an identity that is declared in the very account.
    fn path(&self, found: &Origin, accounts: &Accounts) -> Option<&Text> {
        let OriginKind::Found { unit, kind, arguments } = found.kind() else { return None };
        let [(_, Operand::Text(name))] = &**arguments else { return None };
        let (kind, ..) = IDENTITIES.iter().find(|(looks, ..)| **looks == **kind)?;
        let all = self.paths(accounts).get(&(*kind, name.as_literal()?.to_lowercase()))?;
        let account = accounts.of(unit);
        all.only(all.near(&account).filter(|held| accounts.same(&accounts.of(&held.unit), &account).is_yes()))
    }

    /// What a parameter holds.
    fn parameter(&self, origin: &Origin, accounts: &Accounts) -> Option<&Text> {
        if self.parameters.is_empty() {
            return None;
        }
        let (unit, name, region) = stored(origin)?;
        let all = self.parameters.get(name)?;
        let mut own = all.of_unit(unit).filter(|held| held.region.as_ref() == region).peekable();
        if own.peek().is_some() {
            return all.only(own);
        }
        // The name hangs on what belongs to the unit.
        name.as_literal()?;
        let of_unit = |unit: &UnitKey| region_of(unit, accounts).map(Cow::Owned);
        let region = region.map(Cow::Borrowed).or_else(|| of_unit(unit));
        let account = accounts.of(unit);
        let near = all
            .near(&account)
            .filter(|held| !accounts.same(&accounts.of(&held.unit), &account).is_no())
            .filter(|held| {
                let theirs = held.region.as_ref().map(Cow::Borrowed).or_else(|| of_unit(&held.unit));
                theirs.is_none() || region.is_none() || theirs == region
            });
        all.only(near)
    }
}

fn region_of(unit: &UnitKey, accounts: &Accounts) -> Option<Words> {
    Some(Words::literal(accounts.region(unit)?.as_literal()?.into_owned()))
}

/// The unit, name and region of what is stored.
fn stored(origin: &Origin) -> Option<(&UnitKey, &Words, Option<&Words>)> {
    match origin.kind() {
        OriginKind::Stored { unit: Some(unit), name, region } => Some((unit, name, region.as_ref())),
        _ => None,
    }
}
