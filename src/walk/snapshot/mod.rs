//! What commands and services say of live accounts: files that people put beside a project.
//!
//! A snapshot is evidence about an account at a time and no template. What it says becomes declarations of the types that
//! templates have, in a unit for each account, so that the graph and the rules need to know nothing of it but where it comes
//! from. What a file does not say is not known; it is never taken for not being there, unless the file has all of it.
//!
//! | layer | module | owns |
//! |---|---|---|
//! | 1 | [`input`] | which files they are |
//! | 1 | [`part`] | reading JSON where it stands |
//! | 2 | [`sketch`] | what is said, before its unit is known |
//! | 3 | [`iam`], [`resource`] | identities, and the policies of resources |
//! | 4 | [`output`] | what commands say of one resource |
//! | 5 | [`items`], [`organization`], [`collected`] | AWS Config, AWS Organizations, what other tools saved |
//! | 5 | [`shown`] | the statement that a finding shows |
//! | 6 | [`text`] | the values in a file, and what they are |

mod collected;
mod iam;
mod input;
mod items;
mod organization;
mod output;
mod part;
mod resource;
mod shown;
mod sketch;
mod text;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use self::collected::Collected;
pub use self::input::{Input, Owner};
pub use self::shown::statement;
use self::sketch::{Arn, Best, Said, Sketch};
use crate::diagnostic::Problem;
use crate::facts::{AccountHint, Aged, Coverage, Declaration, Language, Placed, Unit, Walked};
use crate::iam::arn::is_account_id;
use crate::parallel;
use crate::source::{SourceId, Sources, Span};
use crate::value::{Answer, Origin, Text, UnitKey, When, Within};

/// Whether a text is what `aws iam get-account-authorization-details` writes.
pub fn claims(text: &str) -> bool {
    // Descriptions of the API have the same names.
    let is_list = |(at, key): (usize, &str)| {
        let value = text.get(at + key.len()..).and_then(|rest| rest.trim_start().strip_prefix(':'));
        value.is_some_and(|value| value.trim_start().starts_with('['))
    };
    let lists = ["\"RoleDetailList\"", "\"UserDetailList\""];
    lists.iter().any(|list| text.match_indices(list).any(is_list)) && text.contains(":iam::")
}

/// The account that such a text is of.
pub fn account_of(text: &str) -> Option<String> {
    let arn = |(at, key): (usize, &str)| {
        let value = text.get(at + key.len()..)?.trim_start().strip_prefix(':')?.trim_start();
        let account = Arn::parse(value.strip_prefix('"')?.split('"').next()?)?.account;
        is_account_id(account).then(|| account.to_owned())
    };
    claims(text).then(|| text.match_indices("\"Arn\"").find_map(arn))?
}

/// One hint for all snapshots that lie in the project and that nothing names: whose they are is decided by a person.
pub fn unnamed(sources: &Sources, files: &[SourceId]) -> Option<Problem> {
    let (first, others) = files.split_first()?;
    let path = sources.path(*first);
    let others = match others.len() {
        0 => String::new(),
        many => format!(" (and {many} more)"),
    };
    let message = format!(
        "this is a snapshot of an account and is not used{others}: add `snapshot = \"{path}\"` to its account in trustlint.toml"
    );
    Some(Problem::note(Span::start_of(*first), message))
}

/// Reads snapshots: a unit for each account.
pub fn walk(sources: &Sources, inputs: &[Input]) -> Walked {
    let (collected, rest) = Collected::of(sources, inputs);
    let mut read: Vec<(&Input, Said)> = parallel::each(&rest, |input| (*input, text::read(sources, input)));
    read.extend(collected.read(sources));
    let (mut walked, mut best) = (Walked::default(), Best::default());
    let (mut coverages, mut told) = (Vec::new(), BTreeSet::new());
    for (input, said) in read {
        let date = input.taken.map(|date| date.to_string()).or_else(|| said.date.clone());
        let called = date.map_or_else(|| "snapshot".to_owned(), |date| format!("snapshot of {date}"));
        coverages.extend(said.covered.into_iter().map(|covering| (covering, called.as_str().to_owned())));
        sources.call_foreign(input.source, called);
        let newest = said.date.as_deref().and_then(|date| date.parse().ok());
        let (of, is_exact) = (input.taken.or(newest), input.taken.is_some() || said.is_dated);
        let span = Span::start_of(input.source);
        walked.aged.extend(of.zip(input.max_age).map(|(of, days)| Aged { span, of, is_exact, days }));
        walked.problems.extend(said.problems);
        let others =
            said.sketches.iter().filter_map(|sketch| Some((strange(input, sketch)?, &sketch.account)));
        for (owner, account) in others {
            if told.insert((Arc::clone(&owner.name), Arc::clone(account))) {
                walked.problems.extend(contradicted(input, account));
            }
        }
        for sketch in said.sketches {
            best.add(input.source, sketch);
        }
    }
    let mut units: BTreeMap<Arc<str>, UnitKey> = BTreeMap::new();
    for (source, sketch) in best.into_values() {
        let (path, account) = (sources.path(source), &sketch.account);
        let unit = units.entry(Arc::clone(account)).or_insert_with(|| {
            let key = UnitKey::of(path).within(Within::Account, Arc::clone(account));
            walked.units.push(unit(&key, path, account, sketch.span));
            key
        });
        walked.declarations.push(Declaration {
            origin: Origin::declared(unit, sketch.type_name, sketch.address.as_str()),
            unit: unit.clone(),
            address: sketch.address.into(),
            type_name: sketch.type_name.into(),
            span: sketch.span,
            body: sketch.body,
            present: Answer::Yes,
            when: When::default(),
            properties: sketch.properties,
        });
    }
    for (covering, by) in coverages {
        if let Some(unit) = units.get(&covering.account) {
            let (unit, roles, users) = (unit.clone(), covering.roles, covering.users);
            walked.covered.push(Coverage { unit, roles, users, by });
        }
    }
    walked
}

fn unit(key: &UnitKey, path: &str, account: &str, span: Span) -> Unit {
    let account = Text::literal(account, span);
    let hint = AccountHint { account, span, evidence: "a snapshot of the account".to_owned() };
    Unit {
        key: key.clone(),
        language: Language::Snapshot,
        path: path.to_owned(),
        files: Vec::new(),
        hints: vec![hint],
        region: None,
        placed: Placed::Apart,
    }
}

/// The account that a file is listed under when what it says is of another one. An organization is told by that which manages it.
fn strange<'i>(input: &'i Input, sketch: &Sketch) -> Option<&'i Owner> {
    let owner = input
        .owner
        .as_deref()
        .filter(|owner| owner.id.as_deref().is_some_and(|id| *id != *sketch.account))?;
    (!sketch.type_name.starts_with("aws_organizations_")).then_some(owner)
}

/// That a file is of another account than that which it is listed under.
fn contradicted(input: &Input, account: &str) -> Option<Problem> {
    let owner = input.owner.as_ref()?;
    let id = owner.id.as_deref().filter(|id| *id != account)?;
    let message = format!(
        "this snapshot is of account {account}, but is listed under `{}`, which is {id}; it counts for {account}",
        owner.name
    );
    Some(Problem::note(Span::start_of(input.source), message))
}
