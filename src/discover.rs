//! Which files belong to the project, and the only place where they are read.

mod cdk;
mod disk;
mod document;
mod imports;
mod index;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::fs;
use std::io;
use std::ops::Bound;
use std::path::{Component, MAIN_SEPARATOR, Path, PathBuf};
use std::sync::{Arc, mpsc};

use ignore::gitignore::{Gitignore, GitignoreBuilder};
use ignore::{DirEntry, WalkBuilder, WalkState};

use self::disk::{Reads, read_below, read_inside, read_limited};
use crate::bounds;
use crate::source::{SourceText, Sources};
use crate::walk::terraform;
use crate::walk::terraform::installed::{self, MANIFEST};

pub use document::Document;
pub use imports::named;
use index::Index;
pub use index::{Entry, ListStaged, Listed, is_hash_of};

/// The names of the configuration, in order of preference.
pub const CONFIG_NAMES: [&str; 3] = ["trustlint.toml", ".trustlint.toml", ".github/trustlint.toml"];

/// Where the configuration comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConfigChoice {
    /// The nearest ancestor that has one.
    Nearest,
    /// This file.
    File(PathBuf),
    /// There is none.
    Isolated,
}

/// What to look at.
#[derive(Clone, Debug)]
pub struct Request {
    /// The working directory; relative paths start here.
    pub working_directory: PathBuf,
    /// The paths given on the command line.
    pub paths: Vec<PathBuf>,
    /// Files of values that are to be read, ignored or not.
    pub value_files: Vec<PathBuf>,
    /// Files below the project root that the configuration names, ignored by git or not.
    pub named: Vec<String>,
    /// Files that an editor has and that are not on the disk yet.
    pub unsaved: Vec<PathBuf>,
    /// Where the configuration comes from.
    pub config: ConfigChoice,
    /// The project root, when it is given.
    pub project_root: Option<PathBuf>,
    /// How many threads may walk; 0 lets the walker decide.
    pub threads: usize,
    /// A text in the place of a file, which is then the only one given.
    pub document: Option<Document>,
    /// Asks for what is staged in a repository, when that is looked at in place of what lies in the working tree.
    pub staged: Option<ListStaged>,
}

/// What cannot be looked at.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A path could not be read.
    #[error("could not read `{path}`: {cause}")]
    Read {
        /// The path as given.
        path: String,
        /// What the system says.
        cause: io::Error,
    },
    /// A path lies outside the project.
    #[error("`{path}` lies outside the project root `{root}`")]
    Outside {
        /// The path as given.
        path: String,
        /// The root.
        root: String,
    },
    /// What is staged could not be told.
    #[error("`--staged`: {0}")]
    Staged(String),
}

/// The files of a project.
#[derive(Debug)]
pub struct Project {
    /// The root.
    pub root: PathBuf,
    /// The directory with `.git` that the given paths lie in.
    pub repository: Option<PathBuf>,
    /// All files, read when asked for.
    pub sources: Sources,
    /// The text of the configuration, and its path below the root.
    pub config: Option<ConfigText>,
    /// The configurations of projects below it, each with its directory, in the order of these.
    pub nested: Vec<(String, ConfigText)>,
    /// The given paths, below the root; empty when the whole project was given.
    pub given: Vec<String>,
    /// The files of values, below the root.
    pub value_files: Vec<String>,
    /// What leads from the repository root to the project root, such as `infra/`; code scanning wants paths below
    /// the repository.
    pub repository_prefix: String,
    /// What could not be walked.
    pub problems: Vec<String>,
    /// What to do so that more is read.
    pub hints: Vec<String>,
    /// What is staged, when that is looked at.
    index: Option<Arc<Index>>,
}

/// The configuration as it was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigText {
    /// Its path below the project root; may begin with `../` when it was named on the command line.
    pub path: String,
    /// Its path as it is shown.
    pub shown: String,
    /// Its text.
    pub text: String,
}

impl ConfigText {
    /// A file that it names, as it is shown.
    pub fn shown_beside(&self, path: &str) -> String {
        let directory = directory_of(&self.shown);
        if directory.is_empty() { path.to_owned() } else { format!("{directory}/{path}") }
    }
}

impl Project {
    /// Whether a path below the root lies in what was given.
    pub fn is_given(&self, path: &str) -> bool {
        let below = |given: &String| {
            path.strip_prefix(given.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        self.given.is_empty() || self.given.iter().any(below)
    }

    /// Takes texts in place of those on the disk. No file may have been read yet.
    pub fn open(&mut self, texts: &[(PathBuf, SourceText)]) {
        for (path, text) in texts {
            let Ok(below) = path.strip_prefix(&self.root) else { continue };
            let below = slashed(below);
            let configs = self.config.iter_mut().chain(self.nested.iter_mut().map(|(_, config)| config));
            for config in configs.filter(|config| config.path == below) {
                (**text).clone_into(&mut config.text);
            }
            if let Some(id) = self.sources.find(&below) {
                self.sources.keep(id, text.clone());
            }
        }
    }

    /// Reads a file below the project root.
    ///
    /// # Errors
    ///
    /// When it is outside or cannot be read.
    pub fn read_below(&self, path: &Path) -> io::Result<String> {
        let on_disk = read_below(&self.root, path);
        let below = path.strip_prefix(&self.root).unwrap_or(path);
        index::staged(self.index.as_deref(), &slashed(below), on_disk)
    }

    /// Whether a file lies in the working tree as it is looked at: of what is staged, unless somebody went on writing.
    pub fn is_as_it_lies(&self, path: &str) -> bool {
        self.index.as_ref().is_none_or(|index| {
            let on_disk = read_below(&self.root, Path::new(path));
            on_disk.is_ok_and(|text| index.is_as_staged(path, &text))
        })
    }

    /// The name of the project, unless somebody says another: that of its root.
    pub fn name(&self) -> String {
        self.root.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
    }

    /// Reads a file named in a configuration, such as `accounts.file`: relative to the configuration, and only
    /// below the project root.
    ///
    /// # Errors
    ///
    /// When it is outside or cannot be read.
    pub fn read_beside(&self, config: &ConfigText, path: &str) -> io::Result<String> {
        self.read_below(&Path::new(directory_of(&config.path)).join(path))
    }
}

/// Reads a file that somebody named on the command line, wherever it is.
///
/// # Errors
///
/// When it cannot be read.
pub fn read_named(path: &Path) -> io::Result<String> {
    read_limited(path)
}

/// The directory that a configuration speaks of: `.github/trustlint.toml` speaks of the project, not of `.github`.
fn directory_of(config: &str) -> &str {
    let directory = config.rsplit_once('/').map_or("", |(directory, _)| directory);
    if directory == ".github" { "" } else { directory.strip_suffix("/.github").unwrap_or(directory) }
}

/// Finds the project of the given paths, its configuration and its files.
///
/// The root is the directory of the configuration, else the repository root (the directory with `.git`) of the
/// given paths, else what they have in common.
///
/// # Errors
///
/// When a given path does not exist, or the configuration cannot be read.
pub fn discover(request: &Request) -> Result<Project, Error> {
    let here = canonical(&request.working_directory, &request.working_directory)?;
    match &request.document {
        Some(document) if document.path.is_none() => Ok(document.alone(here)),
        _ => of_paths(request, &here),
    }
}

/// Where a project is, and what says how to look at it.
struct Found {
    root: PathBuf,
    repository: Option<PathBuf>,
    /// The configuration, and whether nobody named it.
    config: Option<(PathBuf, bool)>,
    /// Whether everything below the root belongs together.
    is_project: bool,
}

impl Found {
    fn of(request: &Request, here: &Path, given: &[PathBuf]) -> Result<Self, Error> {
        let start = common_directory(given);
        let repository =
            start.ancestors().find(|directory| directory.join(".git").exists()).map(Path::to_path_buf);
        let config = match &request.config {
            ConfigChoice::Isolated => None,
            ConfigChoice::File(file) => Some((canonical(here, file)?, false)),
            ConfigChoice::Nearest => nearest_config(&start, repository.as_deref()).map(|file| (file, true)),
        };
        let of_config = config.as_ref().map(|(file, _)| config_root(file));
        let root = match &request.project_root {
            Some(root) => canonical(here, root)?,
            None => of_config
                .filter(|root| start.starts_with(root))
                .or(repository.clone())
                .unwrap_or(start.clone()),
        };
        check_given(&root, given.iter().zip(&request.paths))?;
        // Without a project, what the given paths have in common may be the whole disk.
        let is_project =
            root != start || given.len() == 1 || repository.as_ref() == Some(&root) || config.is_some();
        Ok(Self { root, repository, config, is_project })
    }
}

/// The project that the given paths lie in.
fn of_paths(request: &Request, here: &Path) -> Result<Project, Error> {
    let given = given_paths(request, here)?;
    let Found { root, repository, config: config_file, is_project } = Found::of(request, here, &given)?;
    let above = Above::read(&root, repository.as_deref());
    let mut walked = walk(&root, &given, is_project, (request.threads, &above));
    let index = index(request, repository.as_deref(), &root)?;
    if let Some(index) = &index {
        index.settle(&root, &mut walked.files);
    }
    let nested = match request.config {
        ConfigChoice::Nearest => nested(&root, here, &walked, index.as_deref())?,
        _ => Vec::new(),
    };
    let installed = installed(&root, &walked.files);
    let assemblies = cdk::assemblies(&root, &walked.files);
    let value_files = value_files(request, here, &root)?;
    let mut told = installed;
    told.extend(assemblies.files);
    told.extend(value_files.iter().cloned());
    told.extend(request.named.iter().filter(|path| is_below(&root, path)).cloned());
    walked.files.extend(told.iter().cloned());
    let unsaved = request.unsaved.iter().filter_map(|path| path.strip_prefix(&root).ok());
    walked.files.extend(unsaved.map(slashed));
    let within = |is_found: bool| is_found.then(|| repository.as_deref().unwrap_or(&root));
    let read = |(file, is_found): (PathBuf, bool)| {
        config_text(&file, (&root, here, within(is_found)), index.as_deref())
    };
    let config = config_file.map(read).transpose()?;
    walked.files.extend(config.iter().map(|config| config.path.clone()));
    let reader =
        Reads { root: root.clone(), config: config.clone(), told, odd: walked.odd, index: index.clone() };
    let sources = sources(&root, here, walked.files, reader);
    let mut sources = sources.linked(walked.links).linked_directories(walked.directories);
    document::put(request, &mut sources, (&root, &given));
    let given = given_below(&root, &given);
    let repository_prefix = repository.as_ref().map(|it| prefix(it, &root)).unwrap_or_default();
    Ok(Project {
        root,
        repository,
        sources,
        config,
        nested,
        given,
        value_files,
        repository_prefix,
        problems: walked.problems,
        hints: assemblies.hints,
        index,
    })
}

/// What is staged below the root, when that is looked at.
fn index(request: &Request, repository: Option<&Path>, root: &Path) -> Result<Option<Arc<Index>>, Error> {
    let Some(list) = request.staged else { return Ok(None) };
    let nowhere = || Error::Staged("this is not a git repository".to_owned());
    let repository = repository.ok_or_else(nowhere)?;
    let listed = list(repository).map_err(Error::Staged)?;
    let below = if root.starts_with(repository) {
        Ok(prefix(repository, root))
    } else {
        Err(prefix(root, repository))
    };
    Ok(Some(Arc::new(Index::new(listed, below))))
}

/// Paths lie in the project, or hold it.
fn check_given<'p>(
    root: &Path,
    given: impl Iterator<Item = (&'p PathBuf, &'p PathBuf)>,
) -> Result<(), Error> {
    for (path, written) in given {
        if !path.starts_with(root) && !root.starts_with(path) {
            let (path, root) = (written.display().to_string(), root.display().to_string());
            return Err(Error::Outside { path, root });
        }
    }
    Ok(())
}

/// The given paths below the root; none when the whole project was given.
fn given_below(root: &Path, given: &[PathBuf]) -> Vec<String> {
    let whole = given.iter().any(|path| root.starts_with(path));
    given.iter().filter(|_| !whole).map(|path| slashed(&relative(root, path))).collect()
}

fn canonical(here: &Path, path: &Path) -> Result<PathBuf, Error> {
    let read = fs::canonicalize(here.join(path));
    read.map_err(|cause| Error::Read { path: path.display().to_string(), cause })
}

fn given_paths(request: &Request, here: &Path) -> Result<Vec<PathBuf>, Error> {
    if let Some(path) = request.document.as_ref().and_then(|document| document.path.as_ref()) {
        return Ok(vec![document::place(here, path)?]);
    }
    if request.paths.is_empty() {
        return Ok(vec![here.to_path_buf()]);
    }
    request.paths.iter().map(|path| canonical(here, path)).collect()
}

/// The files of values, below the root.
fn value_files(request: &Request, here: &Path, root: &Path) -> Result<Vec<String>, Error> {
    let below = |written: &PathBuf| {
        let path = canonical(here, written)?;
        if path.starts_with(root) {
            return Ok(slashed(&relative(root, &path)));
        }
        Err(Error::Outside { path: written.display().to_string(), root: root.display().to_string() })
    };
    request.value_files.iter().map(below).collect()
}

/// Whether there is a file of this path, and no link leads out of the root.
fn is_below(root: &Path, path: &str) -> bool {
    fs::canonicalize(root.join(path)).is_ok_and(|file| file.starts_with(root) && file.is_file())
}

/// The deepest directory that holds all paths.
fn common_directory(paths: &[PathBuf]) -> PathBuf {
    let mut directories =
        paths.iter().map(|path| if path.is_dir() { path } else { path.parent().unwrap_or(path) });
    let first = directories.next().unwrap_or(Path::new(""));
    let shared = directories.fold(first, |common, next| {
        let shared = common.ancestors().find(|ancestor| next.starts_with(ancestor));
        shared.unwrap_or(Path::new(""))
    });
    shared.to_path_buf()
}

fn nearest_config(start: &Path, repository: Option<&Path>) -> Option<PathBuf> {
    // Without a repository, what lies above may be anybody's.
    let most = repository.unwrap_or(start);
    let inside = |directory: &&Path| directory.starts_with(most);
    start.ancestors().take_while(inside).find_map(|directory| {
        CONFIG_NAMES.iter().map(|name| directory.join(name)).find(|file| file.is_file())
    })
}

/// The directory that paths in the configuration are relative to.
fn config_root(file: &Path) -> PathBuf {
    let directory = file.parent().unwrap_or(file);
    let root = if directory.ends_with(".github") { directory.parent() } else { None };
    root.unwrap_or(directory).to_path_buf()
}

/// Reads a configuration. One that was found must lie where it was looked for: nothing is read through a link that leads out.
fn config_text(
    file: &Path,
    (root, here, within): (&Path, &Path, Option<&Path>),
    index: Option<&Index>,
) -> Result<ConfigText, Error> {
    let (path, shown) = (slashed(&relative(root, file)), slashed(&relative(here, file)));
    let on_disk = match within {
        Some(within) => read_inside(within, file),
        None => read_limited(file),
    };
    match index::staged(index, &path, on_disk) {
        Ok(text) => Ok(ConfigText { path, shown, text }),
        Err(cause) => Err(Error::Read { path: shown, cause }),
    }
}

/// The configurations of projects below the root, each with its directory; one for a directory.
fn nested(
    root: &Path,
    here: &Path,
    walked: &Walk,
    index: Option<&Index>,
) -> Result<Vec<(String, ConfigText)>, Error> {
    let mut found: BTreeMap<&str, (usize, &str)> = BTreeMap::new();
    for path in walked.files.iter().chain(walked.links.keys()) {
        let directory = directory_of(path);
        let name = path.strip_prefix(directory).unwrap_or(path).trim_start_matches('/');
        let Some(rank) = CONFIG_NAMES.iter().position(|known| *known == name) else { continue };
        if !directory.is_empty() {
            let one = found.entry(directory).or_insert((rank, path));
            *one = (*one).min((rank, path));
        }
    }
    let read = |(directory, (_, path)): (&str, (usize, &str))| {
        let shown = slashed(&relative(here, &root.join(path)));
        match index::staged(index, path, read_below(root, Path::new(path))) {
            Ok(text) => Ok((directory.to_owned(), ConfigText { path: path.to_owned(), shown, text })),
            Err(cause) => Err(Error::Read { path: shown, cause }),
        }
    };
    found.into_iter().map(read).collect()
}

fn sources(root: &Path, here: &Path, files: BTreeSet<String>, reads: Reads) -> Sources {
    let sources = Sources::new(files.into_iter().collect(), reads);
    match here.strip_prefix(root) {
        Ok(below) => sources.shown_from(&slashed(below)),
        Err(_) => sources.shown_below(prefix(here, root)),
    }
}

#[derive(Default)]
struct Walk {
    files: BTreeSet<String>,
    /// Where files lie whose names are not Unicode, by the paths that they are known by.
    odd: BTreeMap<String, PathBuf>,
    /// Links to files, with the paths of these.
    links: BTreeMap<String, String>,
    /// Links to directories, with the paths of these.
    directories: BTreeMap<String, String>,
    problems: Vec<String>,
}

/// What the walk through directories came to.
enum Visited {
    /// A file, by its path below the root.
    Known(String),
    File(PathBuf),
    Link(PathBuf),
    Problem(String),
}

/// All files below the root when it is a project, and those given although they are ignored.
fn walk(root: &Path, given: &[PathBuf], is_project: bool, how: (usize, &Above)) -> Walk {
    let mut walk = Walk::default();
    if is_project {
        walk_from(root, root, how, &mut walk);
    }
    for path in given {
        let below = slashed(&relative(root, path));
        let start = format!("{below}/");
        let seen = walk
            .files
            .range::<str, _>((Bound::Included(&*start), Bound::Unbounded))
            .next()
            .is_some_and(|file| file.starts_with(&start));
        if !path.exists() {
            // A text stands for it that is not written yet.
            walk.files.insert(below);
        } else if !root.starts_with(path) && !seen && !walk.files.contains(&below) {
            walk_from(root, path, (how.0, &Above::default()), &mut walk);
        }
    }
    walk.problems.sort();
    walk.problems.dedup();
    walk
}

fn walk_from(root: &Path, start: &Path, (threads, above): (usize, &Above), walk: &mut Walk) {
    let (sender, receiver) = mpsc::channel();
    let mut builder = WalkBuilder::new(start);
    // What one person ignores on one machine must not change what the project holds, nor what lies above the repository.
    builder.git_global(false).git_exclude(false).parents(false).require_git(false);
    let above = above.clone();
    let is_wanted = move |entry: &DirEntry| is_looked_into(entry) && !above.ignores(entry);
    builder.threads(threads).hidden(false).filter_entry(is_wanted);
    builder.build_parallel().run(|| {
        let sender = sender.clone();
        Box::new(move |entry| {
            if let Some(found) = classify(entry, root) {
                // The receiver outlives the walk.
                let _ = sender.send(found);
            }
            WalkState::Continue
        })
    });
    drop(sender);
    let mut files = Vec::new();
    for found in receiver {
        match found {
            Visited::Known(known) => files.push(known),
            Visited::File(path) => {
                let below = relative(root, &path);
                let known = slashed(&below);
                if below.to_str().is_none() {
                    walk.odd.insert(known.clone(), below);
                }
                files.push(known);
            }
            Visited::Link(path) => {
                // A link and what it leads to are one file or directory, shown at its real path. Links that dangle, lead
                // out of the project or to a directory above themselves are left alone.
                let target = fs::canonicalize(&path).ok().filter(|target| target.starts_with(root));
                let Some(target) = target else { continue };
                let (link, shown) = (slashed(&relative(root, &path)), slashed(&relative(root, &target)));
                if target.is_file() {
                    walk.links.insert(link, shown.clone());
                    files.push(shown);
                } else if target.is_dir() && !path.starts_with(&target) {
                    walk.directories.insert(link, shown);
                }
            }
            Visited::Problem(message) => walk.problems.push(message),
        }
    }
    walk.files.append(&mut files.into_iter().collect());
}

/// The path of a file that was found below the root, where it is a text and only the root needs to be cut off.
fn cut(root: &Path, path: &Path) -> Option<String> {
    let below = path.to_str()?.strip_prefix(root.to_str()?)?.strip_prefix('/')?;
    (MAIN_SEPARATOR == '/' && !below.is_empty()).then(|| below.to_owned())
}

/// What the files that git reads between the repository and the project root ignore.
#[derive(Clone, Default)]
struct Above(Arc<Vec<Gitignore>>);

impl Above {
    fn read(root: &Path, repository: Option<&Path>) -> Self {
        let Some(repository) = repository.filter(|repository| root.starts_with(repository)) else {
            return Self::default();
        };
        let directories = root.ancestors().skip(1).take_while(|directory| directory.starts_with(repository));
        let read = directories.map(|directory| {
            let mut builder = GitignoreBuilder::new(directory);
            // A file that is not there ignores nothing.
            let _ = builder.add(directory.join(".gitignore"));
            builder.build().unwrap_or_else(|_| Gitignore::empty())
        });
        Self(Arc::new(read.filter(|it| !it.is_empty()).collect()))
    }

    /// Whether an entry is ignored; the nearest file that speaks of it decides.
    fn ignores(&self, entry: &DirEntry) -> bool {
        let is_directory = entry.file_type().is_some_and(|kind| kind.is_dir());
        let mut said = self.0.iter().map(|it| it.matched_path_or_any_parents(entry.path(), is_directory));
        entry.depth() > 0 && said.find(|it| !it.is_none()).is_some_and(|it| it.is_ignore())
    }
}

/// Directories that hold what tools put there for themselves, not what is deployed.
const OF_TOOLS: [&str; 10] = [
    ".aws-sam",
    ".git",
    ".hg",
    ".svn",
    ".terraform",
    ".terragrunt-cache",
    ".terragrunt-stack",
    ".tox",
    ".venv",
    "node_modules",
];

/// The steps of a pipeline of GitLab, which deploy.
const PIPELINE: &str = ".gitlab-ci.yml";

/// Whether an entry is part of the project. Terraform leaves out files whose names begin with a dot, and so do other tools;
/// directories it takes.
fn is_looked_into(entry: &DirEntry) -> bool {
    let name = entry.file_name().to_string_lossy();
    let is_file = entry.file_type().is_some_and(|kind| kind.is_file());
    entry.depth() == 0 || !((is_file && is_hidden(&name)) || OF_TOOLS.contains(&&*name))
}

/// Whether a file is left out because of its name.
fn is_hidden(name: &str) -> bool {
    name.starts_with('.') && !CONFIG_NAMES.contains(&name) && name != PIPELINE
}

/// Whether a file at this path would be part of the project, if it were there.
fn may_be_read(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    !is_hidden(name) && !path.split('/').any(|name| OF_TOOLS.contains(&name))
}

fn classify(entry: Result<DirEntry, ignore::Error>, root: &Path) -> Option<Visited> {
    let entry = match entry {
        Ok(entry) => entry,
        Err(error) => return Some(Visited::Problem(error.to_string())),
    };
    let kind = entry.file_type()?;
    if kind.is_symlink() {
        Some(Visited::Link(entry.into_path()))
    } else {
        let file = || match cut(root, entry.path()) {
            Some(known) => Visited::Known(known),
            None => Visited::File(entry.into_path()),
        };
        kind.is_file().then(file)
    }
}

/// The files of modules that `terraform init` installed for the modules of the project, with the lists that name them.
///
/// Git ignores them, so nothing else finds them. A project that is not initialised pays for asking once for each
/// directory with Terraform files.
fn installed(root: &Path, files: &BTreeSet<String>) -> BTreeSet<String> {
    let modules = files.iter().filter(|path| terraform::claims(path));
    let modules: BTreeSet<&str> =
        modules.map(|path| path.rsplit_once('/').map_or("", |(directory, _)| directory)).collect();
    let mut found = BTreeSet::new();
    for module in modules {
        let path = if module.is_empty() { MANIFEST.to_owned() } else { format!("{module}/{MANIFEST}") };
        let short = |metadata: fs::Metadata| {
            metadata.is_file() && metadata.len() <= bounds::INSTALLED_LIST_BYTES as u64
        };
        if !fs::metadata(root.join(&path)).is_ok_and(short) {
            continue;
        }
        let Ok(text) = read_below(root, Path::new(&path)) else { continue };
        for directory in installed::directories(module, &text) {
            add_installed(root, &directory, bounds::INSTALLED_DEPTH, &mut found);
        }
        found.insert(path);
    }
    // A module without some of its files would be another one.
    if found.len() > bounds::INSTALLED_FILES { BTreeSet::new() } else { found }
}

/// Adds the files of an installed module. Links to directories are not followed.
fn add_installed(root: &Path, directory: &str, depth: usize, found: &mut BTreeSet<String>) {
    let inside = |path: PathBuf| path.starts_with(root).then_some(path);
    let Some(path) = fs::canonicalize(root.join(directory)).ok().and_then(inside) else { return };
    let Ok(entries) = fs::read_dir(path) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let (Some(name), Ok(kind)) = (name.to_str(), entry.file_type()) else { continue };
        if found.len() > bounds::INSTALLED_FILES || name.starts_with('.') {
            continue;
        }
        let below = format!("{directory}/{name}");
        if kind.is_dir() && depth > 0 {
            add_installed(root, &below, depth - 1, found);
        } else if !kind.is_dir() {
            found.insert(below);
        }
    }
}

/// The path of `path` as seen from `from`; both absolute.
fn relative(from: &Path, path: &Path) -> PathBuf {
    if let Ok(below) = path.strip_prefix(from) {
        return below.to_path_buf();
    }
    let shared = from.components().zip(path.components()).take_while(|(a, b)| a == b).count();
    let up = from.components().skip(shared).map(|_| Component::ParentDir);
    up.chain(path.components().skip(shared)).collect()
}

/// What to put before a path below `root` to see it from `from`: empty or with a `/` at the end.
fn prefix(from: &Path, root: &Path) -> String {
    let path = slashed(&relative(from, root));
    if path.is_empty() { path } else { format!("{path}/") }
}

/// A relative path with `/`. Of names that are not Unicode the bytes are shown that are none: `a\xff.tf`.
fn slashed(path: &Path) -> String {
    let parts: Vec<_> = path.components().map(|part| shown_name(part.as_os_str())).collect();
    parts.join("/")
}

fn shown_name(name: &OsStr) -> Cow<'_, str> {
    if let Some(name) = name.to_str() {
        return Cow::Borrowed(name);
    }
    let mut shown = String::new();
    for part in name.as_encoded_bytes().utf8_chunks() {
        shown.push_str(part.valid());
        shown.extend(part.invalid().iter().map(|byte| format!("\\x{byte:02x}")));
    }
    Cow::Owned(shown)
}

#[cfg(test)]
mod tests;
