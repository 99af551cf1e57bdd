//! Which files changed, as git says.
//!
//! This is the one place that starts a process, and it does so only for `--changed-since` and `--staged`. Git is taken from
//! `PATH`, never from the repository, and is asked nothing for which it would start what the repository configures:
//! no hooks, no file system monitor, no filters, no external diff, no pager, nothing over the network.

use std::env;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use rustc_hash::FxHashMap;
use sha1::{Digest as _, Sha1};

use crate::bounds;

/// What files are compared with.
#[derive(Clone, Copy, Debug)]
pub(super) enum Since<'a> {
    /// Where the branch left this revision.
    Revision(&'a str),
    /// The last commit, and of what differs only what is staged.
    Staged,
}

/// What git says of the files of a repository, by their paths below it.
#[derive(Debug, Default)]
pub(super) struct Files {
    /// Those that changed; a directory stands for all that is in it.
    pub(super) changed: Vec<String>,
    /// The hashes of what the index has, where a file that differs from it changed as well.
    pub(super) index: FxHashMap<String, String>,
}

/// Which files changed.
pub(super) fn files(repository: &Path, since: Since<'_>) -> Result<Files, String> {
    let git = Git { program: program(repository)?, repository };
    match since {
        Since::Staged => git.staged(),
        Since::Revision(revision) => git.since(revision),
    }
}

/// Whether a file is what a hash of the index says, but for line ends, which git may write in another way.
pub(super) fn is_same(file: &Path, known: &str) -> bool {
    let is_small = |it: fs::Metadata| it.is_file() && it.len() <= bounds::FILE_BYTES;
    if !fs::symlink_metadata(file).is_ok_and(is_small) {
        return false;
    }
    #[expect(clippy::disallowed_methods, reason = "its bytes are compared, not analyzed")]
    let Ok(bytes) = fs::read(file) else { return false };
    if hash(&bytes) == known {
        return true;
    }
    let text = String::from_utf8_lossy(&bytes);
    text.contains("\r\n") && hash(text.replace("\r\n", "\n").as_bytes()) == known
}

/// What git calls a file with these bytes.
fn hash(bytes: &[u8]) -> String {
    let mut hash = Sha1::new();
    hash.update(format!("blob {}\0", bytes.len()));
    hash.update(bytes);
    let mut text = String::new();
    for byte in hash.finalize() {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// The git of this system.
fn program(repository: &Path) -> Result<PathBuf, String> {
    let name = format!("git{}", env::consts::EXE_SUFFIX);
    let path = env::var_os("PATH").unwrap_or_default();
    let found = env::split_paths(&path).filter(|directory| directory.is_absolute()).find_map(|directory| {
        // What it leads to counts: a directory of `PATH` may be a link into the repository.
        let file = fs::canonicalize(directory.join(&name)).ok()?;
        (file.is_file() && !file.starts_with(repository)).then_some(file)
    });
    found.ok_or_else(|| {
        "git is not on the PATH; `--report-files-from` takes a list of files instead".to_owned()
    })
}

struct Git<'a> {
    program: PathBuf,
    repository: &'a Path,
}

impl Git<'_> {
    /// The output of a command of git; its message when it does not succeed.
    fn run(&self, args: &[&str]) -> Result<Vec<u8>, String> {
        const SETTINGS: [&str; 8] = [
            "--no-pager",
            "--literal-pathspecs",
            "-c",
            "core.fsmonitor=false",
            "-c",
            "core.hooksPath=/dev/null",
            "-c",
            "protocol.allow=never",
        ];
        let mut command = Command::new(&self.program);
        command.args(SETTINGS).args(args).current_dir(self.repository).stdin(Stdio::null());
        for name in ["GIT_EXTERNAL_DIFF", "GIT_DIFF_OPTS", "GIT_SSH", "GIT_SSH_COMMAND"] {
            command.env_remove(name);
        }
        command.env("GIT_OPTIONAL_LOCKS", "0").env("GIT_NO_LAZY_FETCH", "1").env("GIT_TERMINAL_PROMPT", "0");
        command.env("GIT_ALLOW_PROTOCOL", "none").env("LC_ALL", "C");
        self.inherit(&mut command);
        let output = command.output().map_err(|error| format!("could not start git: {error}"))?;
        if output.status.success() {
            return Ok(output.stdout);
        }
        let said = String::from_utf8_lossy(&output.stderr);
        Err(format!("git: {}", said.lines().next().unwrap_or("no answer")))
    }

    /// A hook of git has paths in its environment, as seen from where git was called.
    fn inherit(&self, command: &mut Command) {
        for name in ["GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE", "GIT_COMMON_DIR", "GIT_OBJECT_DIRECTORY"] {
            let value = env::var_os(name).filter(|value| !value.is_empty());
            if let Some(path) = value.and_then(|value| std::path::absolute(value).ok()) {
                command.env(name, path);
            }
        }
        if env::var_os("GIT_DIR").is_some() && env::var_os("GIT_WORK_TREE").is_none() {
            command.env("GIT_WORK_TREE", self.repository);
        }
    }

    /// The commit of a revision.
    fn commit(&self, revision: &str) -> Option<String> {
        let commit = format!("{revision}^{{commit}}");
        let found = self.run(&["rev-parse", "--quiet", "--verify", "--end-of-options", &commit]).ok()?;
        Some(String::from_utf8_lossy(&found).trim().to_owned())
    }

    fn staged(&self) -> Result<Files, String> {
        let listed = match self.commit("HEAD") {
            Some(commit) => self.index_against(&commit)?,
            // Before the first commit, all that is in the index is new.
            None => self.run(&["ls-files", "-z", "--cached"])?,
        };
        Ok(Files { changed: names(&listed), ..Files::default() })
    }

    fn since(&self, revision: &str) -> Result<Files, String> {
        // What else is wrong, such as another owner of the directory, git says of any command.
        self.run(&["rev-parse", "--git-dir"])?;
        let commit = self.commit(revision).ok_or_else(|| {
            format!("there is no revision `{revision}` here; a shallow clone has only the last commits")
        })?;
        let left = self.run(&["merge-base", &commit, "HEAD"]).ok();
        let left = left.map(|found| String::from_utf8_lossy(&found).trim().to_owned());
        let mut changed = names(&self.index_against(left.as_deref().unwrap_or(&commit))?);
        changed.extend(names(&self.run(&["ls-files", "-z", "--others", "--exclude-standard"])?));
        Ok(Files { changed, index: self.index()? })
    }

    fn index_against(&self, commit: &str) -> Result<Vec<u8>, String> {
        self.run(&[
            "diff-index",
            "--cached",
            "--name-only",
            "-z",
            "--no-renames",
            "--no-ext-diff",
            "--no-textconv",
            commit,
            "--",
        ])
    }

    /// What the index has. Git is not asked which files differ from it: to know that it reads them, through the filters that the
    /// repository configures.
    fn index(&self) -> Result<FxHashMap<String, String>, String> {
        let listed = self.run(&["ls-files", "-z", "--cached", "--stage"])?;
        let entries = listed.split(|byte| *byte == 0).filter_map(|entry| {
            let tab = entry.iter().position(|byte| *byte == b'\t')?;
            let (head, name) = entry.split_at_checked(tab)?;
            let hash = String::from_utf8_lossy(head).split(' ').nth(1)?.to_owned();
            Some((shown(name.strip_prefix(b"\t")?), hash))
        });
        Ok(entries.collect())
    }
}

/// Names that end with a zero byte each.
fn names(listed: &[u8]) -> Vec<String> {
    listed.split(|byte| *byte == 0).filter(|name| !name.is_empty()).map(shown).collect()
}

/// A name as the project knows it.
fn shown(name: &[u8]) -> String {
    let name = name.strip_suffix(b"/").unwrap_or(name);
    let mut text = String::new();
    for part in name.utf8_chunks() {
        text.push_str(part.valid());
        text.extend(part.invalid().iter().map(|byte| format!("\\x{byte:02x}")));
    }
    text
}
