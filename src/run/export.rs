//! A project as a bundle for other projects.

use super::with_room;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::accounts::{Accounts, Assignment, Source, Witness};
use crate::config::Config;
use crate::facts::{AccountHint, Placed, Unit};
use crate::source::{SourceId, Sources, Span};
use crate::suppress;
use crate::value::UnitKey;
use crate::walk::{self, bundle, terraform};

/// What is said of the bundle itself.
#[derive(Clone, Copy, Debug)]
pub struct Bundled<'a> {
    /// The name of the project.
    pub project: &'a str,
    /// The commit.
    pub revision: Option<&'a str>,
    /// Whether the texts are left out.
    pub redacted: bool,
}

/// The text of a bundle of all units of which `is_wanted` holds, by their paths; `None` when there is nothing to write.
pub fn export(
    sources: &Sources,
    config: &Config,
    bundled: Bundled<'_>,
    is_wanted: &(dyn Fn(&str) -> bool + Sync),
) -> Option<String> {
    with_room(|| exported(sources, config, bundled, is_wanted))
}

fn exported(
    sources: &Sources,
    config: &Config,
    bundled: Bundled<'_>,
    is_wanted: &(dyn Fn(&str) -> bool + Sync),
) -> Option<String> {
    let (walked, analyzed) = walk::project(sources, &config.inputs);
    if analyzed == 0 {
        return None;
    }
    let accounts = Accounts::new(&walked.units, &walked.declarations, &walked.terms, config)
        .with_declared(&walked.parameters, &walked.declarations);
    let mut walked = bundle::kept(walked);
    walked.secrets.extend(terraform::written_secrets(sources));
    // What is imported is for others to export.
    walked.units.retain(|unit| !unit.is_imported() && is_wanted(&unit.path));
    let left: FxHashSet<&UnitKey> = walked.units.iter().map(|unit| &unit.key).collect();
    walked.declarations.retain(|declaration| left.contains(&declaration.unit));
    let assigned: FxHashMap<&UnitKey, &Assignment> = accounts.units().collect();
    for unit in &mut walked.units {
        assign(unit, &accounts, assigned.get(&unit.key).copied());
    }
    let bodies: Vec<(&str, Span)> = walked.declarations.iter().map(|it| (&*it.address, it.body)).collect();
    let ignores = suppress::in_comments(sources, &bodies);
    walked.ignores.extend(ignores);
    let export = bundle::Export {
        project: bundled.project,
        revision: bundled.revision,
        analyzed,
        config: &config.told(),
        walked: &walked,
        redacted: bundled.redacted,
    };
    Some(bundle::write(&export, sources))
}

/// Says in which account a unit is known to be, as its only hint.
fn assign(unit: &mut Unit, accounts: &Accounts, assignment: Option<&Assignment>) {
    let hinted = unit.hints.first().map(|hint| hint.span);
    unit.hints.clear();
    unit.region =
        accounts.region(&unit.key).map(|region| region.shown_at(place(hinted))).or(unit.region.take());
    let account = accounts.of(&unit.key);
    let witnesses = assignment.map_or(&[][..], |assignment| &assignment.witnesses);
    let by_itself = |witness: &Witness| match witness.source {
        Source::CommandLine | Source::Paths => false,
        // A directory may also have the name of an account in the configuration.
        Source::Directory => {
            account.as_literal().is_some_and(|id| !id.is_empty() && witness.evidence.contains(&*id))
        }
        Source::Template | Source::Argument | Source::Term => witness.account == *account,
    };
    if !witnesses.is_empty() && !witnesses.iter().any(by_itself) {
        unit.placed = Placed::Told;
    }
    if let Some(known) = witnesses.first() {
        let span = known.span.unwrap_or(place(hinted));
        let evidence = known.evidence.as_str().to_owned();
        unit.hints.push(AccountHint { account: account.shown_at(span), span, evidence });
    }
}

fn place(hinted: Option<Span>) -> Span {
    hinted.unwrap_or(Span::start_of(SourceId::first()))
}
