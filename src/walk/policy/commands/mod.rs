//! Commands as evidence: what scripts, files of make and just, pipelines and pages say that policies are of, and the policies that
//! stand in them. Nothing is run.

mod aws;
mod declare;
mod document;
mod evaluate;
mod fact;
mod files;
mod sed;
mod value;

use rustc_hash::FxHashSet;

use self::aws::Call;
use self::evaluate::{Evaluator, Place};
use self::fact::{Said, facts};
use self::files::{Kind, Region};
use super::binding::Binding;
use super::declare::Declared;
use crate::bounds;
use crate::diagnostic::Problem;
use crate::facts::Walked;
use crate::parallel;
use crate::parse::shell::{Command, PartKind, Script};
use crate::source::{SourceId, Sources, Span};

/// What commands say.
#[derive(Default)]
pub(super) struct Told {
    said: Vec<Said>,
    problems: Vec<Problem>,
    /// How many files say something.
    files: usize,
}

/// What is made of what commands say.
pub(super) struct Made {
    /// Identities and resources with their policies.
    pub(super) walked: Walked,
    /// The documents that are bound.
    pub(super) documents: FxHashSet<Span>,
    /// Those in which a command fills in what is to be filled in.
    pub(super) filled: Vec<Span>,
    /// Files that a script applies as they are, each with the command.
    pub(super) applied: Vec<(Span, Span)>,
}

/// Reads the commands of a project. Pages are looked into when they stand beside or above a policy file.
pub(super) fn read(sources: &Sources, policies: &[SourceId]) -> Told {
    let homes: FxHashSet<&str> = policies.iter().flat_map(|id| above(sources.path(*id))).collect();
    let is_read = |kind: Kind, path: &str| {
        kind != Kind::Page || homes.contains(path.rsplit_once('/').map_or("", |(directory, _)| directory))
    };
    let files: Vec<(SourceId, Kind)> = sources
        .ids()
        .filter_map(|id| {
            Some((id, files::kind(sources.path(id)).filter(|kind| is_read(*kind, sources.path(id)))?))
        })
        .collect();
    let read = parallel::each(&files, |(id, kind)| read_file(sources, *id, *kind));
    let mut told = Told::default();
    for one in read.into_iter().flatten() {
        told.files += one.files;
        told.said.extend(one.said);
        told.problems.extend(one.problems);
    }
    told
}

/// The directories that a file lies in, from the nearest one to the root.
fn above(path: &str) -> impl Iterator<Item = &str> {
    let directory = |path: &str| path.rfind('/');
    let mut next = Some(directory(path).and_then(|at| path.get(..at)).unwrap_or_default());
    std::iter::from_fn(move || {
        let here = next?;
        next = (!here.is_empty()).then(|| directory(here).and_then(|at| here.get(..at)).unwrap_or_default());
        Some(here)
    })
}

fn read_file(sources: &Sources, file: SourceId, kind: Kind) -> Option<Told> {
    // What cannot be read is no script; templates among the pipelines are reported where they are read as such.
    let text = sources.text(file).ok()?;
    if !files::may_hold(&text) {
        return None;
    }
    if text.len() > bounds::SCRIPT_BYTES {
        let message = "the commands in this file were not read: it is larger than 1 MiB";
        return Some(Told {
            problems: vec![Problem::note(Span::start_of(file), message)],
            ..Told::default()
        });
    }
    let mut script = Script::new();
    for region in files::regions(kind, file, &text) {
        match region {
            Region::Commands(range, style) => script.read(file, &text, range, style),
            Region::Variable(name, range, style) => script.set(file, &text, name, range, style),
        }
    }
    let evaluator = Evaluator::new(sources, file, &script, kind == Kind::Page);
    let mut said = Vec::new();
    // What follows `exit` is not run, as far as it stands in the same block or in one of its blocks.
    let mut ended: FxHashSet<usize> = FxHashSet::default();
    for (at, command) in script.commands.iter().enumerate() {
        if !ended.is_empty() && script.around(command.block).any(|block| ended.contains(&block)) {
            continue;
        }
        if kind != Kind::Page && evaluate::literal_part(command.words.first()) == Some("exit") {
            ended.insert(command.block);
        }
        let place = Place { at, block: command.block };
        let before = said.len();
        look(command, place, &evaluator, &mut said);
        for one in said.iter_mut().skip(before) {
            one.part = match kind {
                // People go through a page from its beginning to its end.
                Kind::Page => 0,
                // Nobody knows which recipes are run, and in which order, or which branches.
                Kind::Make | Kind::Just | Kind::PowerShell => at + 1,
                _ => command.block,
            };
        }
    }
    let files = usize::from(!said.is_empty() && kind != Kind::Page);
    Some(Told { said, files, ..Told::default() })
}

/// Adds what a command says, and those in its words. As deep as their reader lets commands stand in one another.
fn look(command: &Command, place: Place, evaluator: &Evaluator<'_>, said: &mut Vec<Said>) {
    let assigned = command.assignments.iter().filter_map(|one| one.value.as_ref());
    for part in command.words.iter().chain(assigned).flat_map(|word| &word.parts) {
        if let PartKind::Output(inner) = &part.kind {
            for command in inner {
                look(command, place, evaluator, said);
            }
        }
    }
    let Some(call) = Call::read(command, evaluator, place) else { return };
    for fact in facts(&call, evaluator) {
        said.push(Said {
            fact,
            unit: call.unit(evaluator),
            directory: evaluator.directory.clone(),
            account: call.account(evaluator),
            profile: call.profile_name(),
            span: call.span,
            is_page: evaluator.is_page,
            part: 0,
        });
    }
}

impl Told {
    /// Whether there is nothing in it.
    pub(super) fn is_empty(&self) -> bool {
        self.said.is_empty() && self.problems.is_empty()
    }

    /// What is declared by it. `configured` are the documents of which the configuration says what they are of.
    pub(super) fn declare(self, sources: &Sources, declared: &Declared, configured: &[Binding]) -> Made {
        declare::declare(self, sources, declared, configured)
    }
}
