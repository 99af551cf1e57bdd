//! Files that are not templates of the project and say what lies elsewhere: which ones are named, and whose they are. Where
//! they are looked for and how they are read is the business of whoever has them.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Config, ConfigAccount, ConfigSnapshot, PathGlob};
use crate::diagnostic::Problem;
use crate::source::{ForeignReader, Sources, Span};
use crate::walk::snapshot::{self, Input, Owner};

/// What names files: a configuration or the command line.
#[derive(Clone, Copy, Debug)]
pub enum Named<'a> {
    /// A pattern for paths below the directory of a configuration.
    Below(&'a str, &'a PathGlob),
    /// A path of the command line, which may lie anywhere.
    Anywhere(&'a str),
}

/// A file that was found.
pub struct NamedFile {
    /// Its path as seen from the project root.
    pub path: String,
    /// Reads it.
    pub read: Box<ForeignReader>,
}

/// Looks for what is named; the text says why it cannot be had.
pub type Find<'a> = dyn FnMut(Named<'_>) -> Result<Vec<NamedFile>, String> + 'a;

impl Config {
    /// Adds the snapshots that the configurations name, and those given as name of the account and path on the command line,
    /// to the texts and to what is analyzed.
    ///
    /// # Errors
    ///
    /// When something of the command line is not there, or its account is not known.
    pub fn import(
        &mut self,
        sources: &mut Sources,
        given: &[(String, String)],
        find: &mut Find<'_>,
    ) -> Result<Vec<Problem>, String> {
        let (mut imported, mut problems) = (Imported::default(), Vec::new());
        for (name, path) in given {
            let account = self.account_of_a_project(name)?;
            imported.add(sources, find(Named::Anywhere(path))?, Some(&account), None);
        }
        for config in self.all() {
            let file = config.path.as_deref().and_then(|path| sources.find(path));
            let place = |glob: &PathGlob| {
                let (start, end) = glob.range()?;
                Some(Span::new(file?, start, end))
            };
            for (glob, account) in config.named_snapshots() {
                let found = find(Named::Below(&config.directory, glob)).and_then(|found| {
                    let missing = || format!("`{}` matches no file, so no snapshot is read", glob.as_str());
                    if found.is_empty() { Err(missing()) } else { Ok(found) }
                });
                match found {
                    Ok(found) => imported.add(sources, found, account, place(glob)),
                    Err(message) => problems.extend(place(glob).map(|at| Problem::note(at, message))),
                }
            }
            for told in &config.snapshots {
                imported.tell(config, told);
            }
        }
        self.inputs.snapshots = imported.inputs;
        self.learn_ids(sources);
        Ok(problems)
    }

    /// Gives accounts that are listed without an ID the one that their snapshot is of, unless another account has it.
    fn learn_ids(&mut self, sources: &Sources) {
        let unknown = |input: &Input| {
            let owner = input.owner.as_ref().filter(|owner| owner.id.is_none())?;
            let id = snapshot::account_of(&sources.text_or_empty(input.source))?;
            Some((Arc::clone(&owner.name), id))
        };
        let learned: Vec<(Arc<str>, String)> = self.inputs.snapshots.iter().filter_map(unknown).collect();
        for (name, id) in learned {
            if self.all().any(|config| config.account(&id).is_some()) {
                continue;
            }
            self.for_all(|config| {
                let mut all = config.accounts.iter_mut();
                if let Some(account) = all.find(|account| *account.name == *name && account.id.is_none()) {
                    account.id = Some(id.as_str().to_owned());
                }
            });
            let owner = Arc::new(Owner { name, id: Some(id.into()) });
            let is_its = |known: &Arc<Owner>| known.id.is_none() && known.name == owner.name;
            for input in
                self.inputs.snapshots.iter_mut().filter(|input| input.owner.as_ref().is_some_and(is_its))
            {
                input.owner = Some(Arc::clone(&owner));
            }
        }
    }

    /// The patterns for snapshots, each with the account it is listed under.
    fn named_snapshots(&self) -> impl Iterator<Item = (&PathGlob, Option<&ConfigAccount>)> {
        let of_accounts = self.accounts.iter().flat_map(|account| {
            let each = account.snapshots.iter();
            each.map(move |glob| (glob, Some(account)))
        });
        of_accounts.chain(self.snapshots.iter().map(|told| (&told.path, None)))
    }

    /// Whether something names files to import.
    pub fn names_imports(&self) -> bool {
        self.all().any(|config| !config.bundles.is_empty() || config.named_snapshots().next().is_some())
    }
}

/// What is to be analyzed, each file once.
#[derive(Default)]
struct Imported {
    inputs: Vec<Input>,
    by_path: BTreeMap<Arc<str>, usize>,
}

impl Imported {
    /// Adds files. One that is listed under an account is of that account, whatever else names it.
    fn add(
        &mut self,
        sources: &mut Sources,
        found: Vec<NamedFile>,
        account: Option<&ConfigAccount>,
        named_at: Option<Span>,
    ) {
        let owner = account.map(|account| {
            Arc::new(Owner { name: account.name.as_str().into(), id: account.id.as_deref().map(Arc::from) })
        });
        for file in found {
            if let Some(known) = self.by_path.get(file.path.as_str()).and_then(|at| self.inputs.get_mut(*at))
            {
                if known.owner.is_none() {
                    known.owner.clone_from(&owner);
                }
                continue;
            }
            self.by_path.insert(file.path.as_str().into(), self.inputs.len());
            let source = sources.add_foreign(file.path, file.read);
            let owner = owner.as_ref().map(Arc::clone);
            self.inputs.push(Input { source, owner, resource: None, taken: None, max_age: None, named_at });
        }
    }

    /// Adds what a configuration says of files.
    fn tell(&mut self, config: &Config, told: &ConfigSnapshot) {
        let is_meant = |path: &str| config.below(path).is_some_and(|path| told.path.matches(path));
        for (_, at) in self.by_path.iter().filter(|(path, _)| is_meant(path)) {
            if let Some(input) = self.inputs.get_mut(*at) {
                input.resource = told.resource.as_deref().map(Arc::from).or(input.resource.take());
                input.taken = told.taken.or(input.taken);
                input.max_age = told.max_age.or(input.max_age);
            }
        }
    }
}
