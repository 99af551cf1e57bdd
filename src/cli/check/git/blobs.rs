//! What git has under a hash, asked of one process that answers many questions.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};
use std::sync::{Mutex, PoisonError};

use super::Git;
use crate::bounds;

/// Reads what git has. Nothing is started before somebody asks.
pub(super) struct Blobs {
    git: Git,
    running: Mutex<Option<Running>>,
}

struct Running {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Blobs {
    pub(super) fn of(git: Git) -> Self {
        Self { git, running: Mutex::new(None) }
    }

    /// The bytes under a hash.
    pub(super) fn read(&self, hash: &str) -> io::Result<Vec<u8>> {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        let mut one = match running.take() {
            Some(one) => one,
            None => self.start()?,
        };
        let answer = one.ask(hash)?;
        // After an answer that was not understood, the next one would not be either, so only here it is kept.
        *running = Some(one);
        answer
    }

    fn start(&self) -> io::Result<Running> {
        let mut command = self.git.command(&["cat-file", "--batch"]);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
        let pipes = child.stdin.take().zip(child.stdout.take());
        let (input, output) = pipes.ok_or_else(|| wrong("git has no pipes"))?;
        Ok(Running { child, input, output: BufReader::new(output) })
    }
}

impl Running {
    /// An error when git gave no answer; within it, the answer.
    fn ask(&mut self, hash: &str) -> io::Result<io::Result<Vec<u8>>> {
        writeln!(self.input, "{hash}")?;
        self.input.flush()?;
        let mut head = Vec::new();
        (&mut self.output).take(bounds::GIT_ANSWER as u64).read_until(b'\n', &mut head)?;
        let head = String::from_utf8_lossy(&head);
        let words: Vec<&str> = head.split_whitespace().collect();
        let size: u64 = match words.as_slice() {
            [_, "blob", size] => size.parse().map_err(|_| wrong("git was not understood"))?,
            [_, "missing"] => return Ok(Err(wrong("git does not have what is staged"))),
            _ => return Err(wrong("git was not understood")),
        };
        // A line end stands behind it.
        let mut rest = (&mut self.output).take(size + 1);
        if size > bounds::FILE_BYTES {
            io::copy(&mut rest, &mut io::sink())?;
            return Ok(Err(io::Error::new(io::ErrorKind::FileTooLarge, "the file is larger than 64 MiB")));
        }
        let mut bytes = Vec::new();
        rest.read_to_end(&mut bytes)?;
        let is_whole = bytes.pop().is_some() && bytes.len() as u64 == size;
        if is_whole { Ok(Ok(bytes)) } else { Err(wrong("git stopped in the middle of a file")) }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may be in the middle of an answer that nobody waits for; it only reads, so nothing is lost.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn wrong(message: &str) -> io::Error {
    io::Error::other(message)
}
