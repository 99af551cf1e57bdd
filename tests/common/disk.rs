//! Projects on the disk, and the real binary in them.

#![expect(clippy::disallowed_methods, reason = "the examples are real files")]

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

/// A project on the disk.
pub(crate) struct OnDisk(TempDir);

/// What a run ended with.
pub(crate) struct Ran {
    pub(crate) status: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl OnDisk {
    /// A repository with these files, so that nothing above the directory matters.
    pub(crate) fn new<'f>(files: impl IntoIterator<Item = (&'f str, &'f str)>) -> Self {
        let project = Self(tempfile::tempdir().unwrap());
        project.write(".git/HEAD", "");
        for (path, text) in files {
            project.write(path, text);
        }
        project
    }

    /// A directory with nothing in it.
    pub(crate) fn empty() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub(crate) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path().join(path)).unwrap()
    }

    pub(crate) fn remove(&self, path: &str) {
        fs::remove_file(self.path().join(path)).unwrap();
    }

    /// The command in a directory of the project, with nothing of the environment of the tests.
    pub(crate) fn command(&self, directory: &str, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_trustlint"));
        command.args(args).current_dir(self.path().join(directory)).env_clear().stdin(Stdio::null());
        command
    }

    pub(crate) fn run(&self, args: &[&str]) -> Ran {
        ran(self.command("", args).output().unwrap())
    }

    /// The same, with a text on the standard input.
    pub(crate) fn run_with(&self, args: &[&str], input: &str) -> Ran {
        let mut command = self.command("", args);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        // Who has no use for the input does not read it.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        ran(child.wait_with_output().unwrap())
    }

    /// The findings, a line each, as `concise` prints them.
    pub(crate) fn findings(&self, args: &[&str]) -> Vec<String> {
        let mut all = vec!["check", "--output-format", "concise"];
        all.extend(args);
        let ran = self.run(&all);
        assert!(ran.status < 2, "{}", ran.err);
        ran.out.lines().map(str::to_owned).collect()
    }
}

/// What a command printed.
pub(crate) fn ran(output: Output) -> Ran {
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Ran { status: output.status.code().unwrap(), out: text(output.stdout), err: text(output.stderr) }
}
