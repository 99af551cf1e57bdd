//! Which files changed, as git says.
//!
//! This is the one place that starts a process, and it does so only for `--changed-since` and `--staged`. Git is taken from
//! `PATH`, never from the repository, and is asked nothing for which it would start what the repository configures:
//! no hooks, no file system monitor, no filters, no external diff, no pager, nothing over the network.

mod blobs;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, fs};

use rustc_hash::FxHashMap;

use self::blobs::Blobs;
use crate::bounds;
use crate::discover::{Entry, Listed, is_hash_of};

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
    let git = Git::of(repository)?;
    match since {
        Since::Staged => git.staged(),
        Since::Revision(revision) => git.since(revision),
    }
}

/// What is staged in a repository.
pub(super) fn staged(repository: &Path) -> Result<Listed, String> {
    let git = Git::of(repository)?;
    let entries = git.entries()?;
    let blobs = Blobs::of(git);
    Ok(Listed { entries, read: Box::new(move |hash| blobs.read(hash)) })
}

/// Whether a file is what a hash of the index says, but for line ends, which git may write in another way.
pub(super) fn is_same(file: &Path, known: &str) -> bool {
    let is_small = |it: fs::Metadata| it.is_file() && it.len() <= bounds::FILE_BYTES;
    if !fs::symlink_metadata(file).is_ok_and(is_small) {
        return false;
    }
    #[expect(clippy::disallowed_methods, reason = "its bytes are compared, not analyzed")]
    let Ok(bytes) = fs::read(file) else { return false };
    is_hash_of(&bytes, known)
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

struct Git {
    program: PathBuf,
    repository: PathBuf,
}

impl Git {
    fn of(repository: &Path) -> Result<Self, String> {
        Ok(Self { program: program(repository)?, repository: repository.to_path_buf() })
    }

    /// A command of git that starts nothing else.
    fn command(&self, args: &[&str]) -> Command {
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
        command.args(SETTINGS).args(args).current_dir(&self.repository).stdin(Stdio::null());
        for name in ["GIT_EXTERNAL_DIFF", "GIT_DIFF_OPTS", "GIT_SSH", "GIT_SSH_COMMAND"] {
            command.env_remove(name);
        }
        command.env("GIT_OPTIONAL_LOCKS", "0").env("GIT_NO_LAZY_FETCH", "1").env("GIT_TERMINAL_PROMPT", "0");
        command.env("GIT_ALLOW_PROTOCOL", "none").env("LC_ALL", "C");
        self.inherit(&mut command);
        command
    }

    /// The output of a command of git; its message when it does not succeed.
    fn run(&self, args: &[&str]) -> Result<Vec<u8>, String> {
        let output = self.command(args).output().map_err(|error| format!("could not start git: {error}"))?;
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
            command.env("GIT_WORK_TREE", &self.repository);
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

    /// The hashes of the index. Git is not asked which files differ from it: to know that it reads them, through the filters that the
    /// repository configures.
    fn index(&self) -> Result<FxHashMap<String, String>, String> {
        let entries = self.entries()?.into_iter().filter_map(|(path, entry)| match entry {
            Entry::File { hash, .. } => Some((path, hash)),
            Entry::AsItLies => None,
        });
        Ok(entries.collect())
    }

    /// What is in the index. A link is none: what it leads to is an entry of its own.
    fn entries(&self) -> Result<Vec<(String, Entry)>, String> {
        let listed = self.run(&["ls-files", "-z", "--cached", "--stage", "-t"])?;
        let entries = listed.split(|byte| *byte == 0).filter_map(|entry| {
            let tab = entry.iter().position(|byte| *byte == b'\t')?;
            let (head, name) = entry.split_at_checked(tab)?;
            let head = String::from_utf8_lossy(head);
            let mut words = head.split(' ');
            let (tag, mode, hash, stage) = (words.next()?, words.next()?, words.next()?, words.next()?);
            let entry = match mode {
                "160000" => Entry::AsItLies,
                _ if stage != "0" => Entry::AsItLies,
                "100644" | "100755" => Entry::File { hash: hash.to_owned(), skipped: tag == "S" },
                _ => return None,
            };
            Some((shown(name.strip_prefix(b"\t")?), entry))
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
