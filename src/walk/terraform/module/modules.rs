//! All modules of a project, and which of them a call means.

use std::collections::BTreeSet;

use rustc_hash::FxHashMap;

use super::blocks::{Module, argument, literal_argument};
use super::instance::Instance;
use super::version;
use crate::parse::hcl::{Block, ExpressionKind, TemplatePart};
use crate::source::paths::joined;
use crate::source::reads::note;
use crate::source::{SourceId, Sources, Span};

/// All modules of a project: a finished table when the first one is evaluated.
#[derive(Clone, Copy, Default)]
pub(crate) struct Modules<'a> {
    /// The modules of the project.
    pub(crate) by_directory: ByDirectory<'a>,
    /// What `terraform init` installed, by the directory of the root module.
    pub(crate) installed: Option<&'a FxHashMap<&'a str, Installed<'a>>>,
    /// The files that were read to learn that.
    pub(crate) installed_from: &'a [SourceId],
    /// Where modules of a source lie.
    pub(crate) sources: &'a [Mapping],
    /// The files, which know links to directories.
    pub(crate) files: Option<&'a Sources>,
    /// The constraints on the version of the AWS provider in all modules, and the files that these are made of.
    pub(crate) constraints: (&'a [String], &'a [SourceId]),
}

/// Modules by their directories. Nothing stands for one that is asked for by a single root module, which has it in a table of its own.
pub(crate) type Table<'a> = FxHashMap<&'a str, Option<Module<'a>>>;

/// The modules of a project, by their directories. Which there are, the list of files says; who asks what one declares has read
/// its files.
#[derive(Clone, Copy, Default)]
pub(crate) struct ByDirectory<'a> {
    all: Option<&'a Table<'a>>,
    /// Those of one root module.
    own: Option<&'a Table<'a>>,
}

impl<'a> ByDirectory<'a> {
    /// The modules of a table.
    pub(crate) fn of(all: &'a Table<'a>) -> Self {
        Self { all: Some(all), own: None }
    }

    /// The same for a root module that has some of its own.
    #[must_use]
    pub(crate) fn with(self, own: &'a Table<'a>) -> Self {
        Self { own: Some(own), ..self }
    }

    /// The module of a directory.
    pub(crate) fn get(self, directory: &str) -> Option<&'a Module<'a>> {
        let module = self.unnoted(directory)?;
        note(module.files);
        Some(module)
    }

    fn unnoted(self, directory: &str) -> Option<&'a Module<'a>> {
        let of = |table: Option<&'a Table<'a>>| table?.get(directory)?.as_ref();
        of(self.own).or_else(|| of(self.all))
    }

    /// The directory of a module, as the modules have it.
    pub(crate) fn name(self, directory: &str) -> Option<&'a str> {
        self.all?.get_key_value(directory).map(|(directory, _)| *directory)
    }

    /// All directories of modules.
    pub(crate) fn names(self) -> impl Iterator<Item = &'a str> {
        self.all.into_iter().flat_map(|all| all.keys().copied())
    }

    /// All modules.
    pub(crate) fn all(self) -> impl Iterator<Item = &'a Module<'a>> {
        let all = self.all.into_iter().flat_map(|all| all.values().flatten());
        all.inspect(|module| note(module.files))
    }
}

/// What stands for modules that are not in the project, by the place of the call.
pub(crate) type StandIns<'a> = FxHashMap<Span, Module<'a>>;

/// Where modules of a source lie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mapping {
    /// The source, or how it begins.
    pub source: String,
    /// The directory, below the project root.
    pub directory: String,
    /// The directory of those that call it, below the project root; empty for all.
    pub callers: String,
}

impl Mapping {
    /// Whether it is meant for what lies in a directory.
    fn is_for(&self, directory: &str) -> bool {
        let rest = directory.strip_prefix(self.callers.as_str());
        rest.is_some_and(|rest| self.callers.is_empty() || rest.is_empty() || rest.starts_with('/'))
    }
}

/// What is installed for the calls of one root module, by the names of the calls that lead to it.
pub(crate) type Installed<'a> = FxHashMap<&'a str, Package<'a>>;

/// A module that is installed for one call.
pub(crate) struct Package<'a> {
    /// The source that it was installed from.
    pub(crate) source: &'a str,
    /// Its version, when it has one.
    pub(crate) version: &'a str,
    pub(crate) module: Module<'a>,
}

impl<'a> Modules<'a> {
    /// The directory of a module at a path; a link leads to the directory itself.
    pub(crate) fn directory(&self, path: &str) -> Option<&'a str> {
        let known = |path: &str| self.by_directory.name(path);
        known(path).or_else(|| known(&self.files?.resolved(path)))
    }

    /// The directory of the module that a call names, when it is in the project.
    pub(crate) fn local(&self, caller: &Module<'a>, call: &Block) -> Option<&'a str> {
        self.at(caller, &literal_argument(&call.body, "source")?)
    }

    /// The directory of the module that a source names, when it is in the project.
    pub(super) fn at(&self, caller: &Module<'a>, source: &str) -> Option<&'a str> {
        let directory = if is_path(source) {
            joined(caller.directory, source)?
        } else {
            mapped(self.sources, caller.directory, source)?
        };
        self.directory(&directory)
    }

    /// The directories of the modules that a call may name: the one, or where the source has expressions in it, all that fit.
    ///
    /// <https://opentofu.org/docs/language/modules/sources/>
    pub(crate) fn named<'m>(
        &'m self,
        caller: &Module<'a>,
        call: &Block,
    ) -> impl Iterator<Item = &'a str> + use<'m, 'a> {
        let source = literal_argument(&call.body, "source");
        let local = source.as_ref().and_then(|source| self.at(caller, source));
        let pattern = if source.is_some() { None } else { pattern(caller, call) };
        let all = pattern.is_some().then(|| self.by_directory.names());
        let fits = move |directory: &&str| {
            let Some((start, end)) = &pattern else { return false };
            let between =
                directory.strip_prefix(start.as_str()).and_then(|rest| rest.strip_suffix(end.as_str()));
            between.is_some_and(|between| !between.is_empty())
        };
        local.into_iter().chain(all.into_iter().flatten().filter(fits))
    }

    /// Adds all modules that are called from a directory on, itself included.
    pub(crate) fn reach(&self, directory: &'a str, reached: &mut BTreeSet<&'a str>) {
        let mut left = vec![directory];
        while let Some(directory) = left.pop() {
            if let Some(module) = self.by_directory.get(directory).filter(|_| reached.insert(directory)) {
                left.extend(module.calls.values().flat_map(|call| self.named(module, call)));
            }
        }
    }

    /// The calls in all modules that are called from a directory on, itself included. Who follows one of them asks for its module.
    pub(crate) fn calls_below(&self, directory: &str) -> Vec<&'a Block> {
        let (mut calls, mut reached) = (Vec::new(), BTreeSet::new());
        let mut left: Vec<&str> = self.by_directory.name(directory).into_iter().collect();
        while let Some(directory) = left.pop() {
            let Some(module) = self.by_directory.unnoted(directory).filter(|_| reached.insert(directory))
            else {
                continue;
            };
            left.extend(module.calls.values().flat_map(|call| self.named(module, call)));
            calls.extend(module.calls.values().copied());
        }
        calls
    }

    /// The module of a call: of the project, else what `terraform init` installed for it, else what stands for it.
    pub(super) fn called(
        &self,
        (root, stand_ins): (&str, &'a StandIns<'a>),
        instance: &Instance<'a>,
        name: &str,
        call: &Block,
    ) -> Option<&'a Module<'a>> {
        let installed = || {
            note(self.installed_from);
            installed(self.installed?.get(root)?, instance, name, call)
        };
        // What an installed module calls is installed with it.
        if instance.module.shown_at.is_some() && !instance.module.is_stand_in {
            return installed();
        }
        let directory = self.local(instance.module, call);
        let module = directory.and_then(|directory| self.by_directory.get(directory));
        module.or_else(installed).or_else(|| stand_ins.get(&call.span))
    }
}

/// Whether a call says only when it is evaluated which module it means.
pub(crate) fn is_open(call: &Block) -> bool {
    let is_text = |part: &TemplatePart| matches!(part, TemplatePart::Literal(..));
    argument(&call.body, "source").is_some_and(|source| match &source.value.kind {
        ExpressionKind::Template(template) => !template.parts.iter().all(is_text),
        _ => true,
    })
}

fn is_path(source: &str) -> bool {
    source.starts_with("./") || source.starts_with("../") || source == "." || source == ".."
}

/// With what the directories begin and end that a path with expressions in it may name.
fn pattern(caller: &Module<'_>, call: &Block) -> Option<(String, String)> {
    // Paths have none.
    const HOLE: char = '\0';
    let ExpressionKind::Template(template) = &argument(&call.body, "source")?.value.kind else { return None };
    let mut source = String::new();
    for part in &template.parts {
        match part {
            TemplatePart::Literal(text, _) => source.push_str(text),
            _ => source.push(HOLE),
        }
    }
    let path = joined(caller.directory, &source).filter(|_| is_path(&source))?;
    let (start, rest) = path.split_once(HOLE)?;
    let end = rest.rsplit_once(HOLE).map_or(rest, |(_, end)| end);
    Some((start.to_owned(), end.to_owned()))
}

/// What is installed for a call, when it is what the call wants.
fn installed<'a>(
    all: &'a Installed<'a>,
    instance: &Instance<'_>,
    name: &str,
    call: &Block,
) -> Option<&'a Module<'a>> {
    let mut names = vec![name];
    let mut next = Some(instance);
    while let Some((caller, block)) = next.and_then(|instance| instance.caller.as_ref()) {
        names.push(block.labels.first().map_or("", |label| &*label.value));
        next = Some(&caller.instance);
    }
    names.reverse();
    let package = all.get(names.join(".").as_str())?;
    is_current(package, call).then_some(&package.module)
}

/// Whether what is installed is still what a call says.
fn is_current(package: &Package<'_>, call: &Block) -> bool {
    let Some(source) = literal_argument(&call.body, "source") else { return false };
    let wanted = call.body.attributes.iter().find(|argument| &*argument.name.value == "version");
    let fits = match wanted {
        None => true,
        Some(_) => literal_argument(&call.body, "version")
            .is_some_and(|wanted| version::fits(package.version, &wanted)),
    };
    fits && version::source(package.source) == version::source(&source)
}

/// The directory that the configuration maps a source to, for what lies in `caller`. The nearest configuration wins, then
/// the longest mapping; `//below` and `?ref=…` are parts of the source that it need not have.
pub(crate) fn mapped(sources: &[Mapping], caller: &str, source: &str) -> Option<String> {
    let source = source.split('?').next().unwrap_or(source);
    let fits = sources.iter().filter(|mapping| mapping.is_for(caller)).filter_map(|mapping| {
        let rest = source.strip_prefix(mapping.source.as_str())?;
        let rank = (mapping.callers.len(), mapping.source.len());
        (rest.is_empty() || rest.starts_with('/')).then_some((rank, &mapping.directory, rest))
    });
    let (_, directory, rest) = fits.max_by_key(|(rank, ..)| *rank)?;
    joined(directory, rest.trim_start_matches('/'))
}
