//! What is done with a text, and what must hold then. A panic is how a target says that it does not.

mod answers;
#[path = "../../tests/oracle/hcl_nodes.rs"]
mod hcl_nodes;
mod places;
mod readers;
mod trees;
mod values;

use jiff::Timestamp;
use trustlint::{Config, Profile, Settings, Sources, check};

pub use answers::{condition, policy};
pub use readers::{hcl, json, yaml};
pub use values::expression;

fn memory(files: &[(&str, &str)]) -> Sources {
    Sources::in_memory(files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())))
}

/// Numbers that look random and are always the same for a text.
struct Dice(u64);

impl Dice {
    fn of(text: &str) -> Self {
        let hash = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3);
        Self(text.bytes().fold(0xcbf2_9ce4_8422_2325, hash) | 1)
    }

    fn pick<T: Copy>(&mut self, all: &[T]) -> T {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        all[usize::try_from(self.0 >> 33).unwrap_or(0) % all.len()]
    }
}

/// Before the path of a file of a project.
const FILE: &str = "=== ";

/// A project: each file begins with a line that names it. All of it is checked, twice.
pub fn project(text: &str) {
    let files: Vec<(&str, &str)> = format_of(text).collect();
    let sources = memory(&files);
    let settings = Settings { now: Timestamp::UNIX_EPOCH, profile: Profile::Audit };
    let checked = check(&sources, &Config::default(), &settings);
    for problem in &checked.problems {
        places::inside(&sources, problem.span, "a problem");
    }
    for finding in checked.findings.iter().chain(checked.suppressed.iter().map(|(finding, _)| finding)) {
        places::inside(&sources, finding.primary.span, "a finding");
        finding.related.iter().for_each(|label| places::inside(&sources, label.span, "a label"));
    }
    let again = check(&memory(&files), &Config::default(), &settings);
    let said = |all: &trustlint::Checked| -> Vec<String> {
        all.findings.iter().map(|one| format!("{one:?}")).collect()
    };
    assert_eq!(said(&checked), said(&again), "two runs, two answers");
}

/// The files of a project, of which the first may lack its name.
fn format_of(text: &str) -> impl Iterator<Item = (&str, &str)> {
    let whole = text.strip_prefix(FILE).map(|named| named.split_once('\n').unwrap_or((named, "")));
    let start = whole.unwrap_or(("main.tf", text));
    let mut rest = Some(start);
    std::iter::from_fn(move || {
        let (path, text) = rest.take()?;
        let Some((mine, others)) = text.split_once("\n=== ") else { return Some((path, text)) };
        rest = Some(others.split_once('\n').unwrap_or((others, "")));
        Some((path, mine))
    })
}
