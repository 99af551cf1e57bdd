//! A line on the terminal while a run takes long; nothing when it is quick, as it should be.

use std::io::{self, IsTerminal, Write};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// Shows the line from half a second on, until it is dropped.
#[derive(Debug)]
pub(super) struct Progress {
    watcher: Option<(Sender<()>, JoinHandle<()>)>,
}

impl Progress {
    /// Starts watching, when it is wanted and the error stream is a terminal.
    pub(super) fn start(wanted: bool) -> Self {
        let shown = wanted && io::stderr().is_terminal();
        Self { watcher: shown.then(watch) }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some((stop, watcher)) = self.watcher.take() {
            drop(stop);
            // It only writes to the terminal; what became of that does not matter.
            let _ = watcher.join();
        }
    }
}

fn watch() -> (Sender<()>, JoinHandle<()>) {
    let (stop, stopped) = mpsc::channel();
    let watcher = thread::spawn(move || {
        let begun = Instant::now();
        let mut shown = false;
        while stopped.recv_timeout(Duration::from_millis(500)) == Err(RecvTimeoutError::Timeout) {
            shown = true;
            let _ = write!(io::stderr(), "\r\x1b[2Kchecking for {:.1} s", begun.elapsed().as_secs_f64());
        }
        if shown {
            let _ = write!(io::stderr(), "\r\x1b[2K");
        }
    });
    (stop, watcher)
}
