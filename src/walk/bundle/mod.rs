//! Bundles: what a project declares for access, in a file that other projects read.
//!
//! A bundle is what [`Walked`] holds after all deployments are evaluated and their accounts are known: units, declarations with
//! the properties that are read at all, what parameters hold and states publish, and of the texts the lines that a report
//! may have to show. What is not known keeps its identity, but as something of its project, so that `var.x` of two projects is
//! never one thing. Nothing that a template marks as a secret is in it.
//!
//! The file is one JSON object: `trustlint-bundle`, the number of its form, first; then objects that a person can read, and tables
//! of arrays, an entry a line (what the arrays hold is said where they are read: `values`, `origins`, `read`). All units, and so
//! all origins, get the name of the project when it is read: paths of other projects begin with `//NAME/`, as no path of a
//! project does.

mod excerpt;
mod kept;
mod origins;
mod read;
mod told;
mod values;
mod wire;
mod words;
mod write;

use std::sync::Arc;

use crate::diagnostic::Problem;
use crate::facts::Walked;
use crate::parallel;
use crate::source::{SourceId, Sources, Span};

pub use kept::kept;
pub use read::{Header, open};
pub use told::{ToldAccount, ToldConfig, ToldIgnore, ToldVendor};
pub use write::{Export, write};

/// The number of the form of bundles that is written and read here.
const FORM: &str = "2";

/// A bundle whose texts are known.
#[derive(Clone, Debug)]
pub struct Input {
    /// Its own text.
    pub source: SourceId,
    /// What the paths of its project begin with.
    pub project: Arc<str>,
    /// The texts that it quotes, in its order.
    pub files: Arc<[SourceId]>,
}

impl Input {
    /// One that cannot be opened.
    pub fn broken(source: SourceId) -> Self {
        Self { source, project: "".into(), files: [].into() }
    }

    fn read(&self, text: &str) -> Result<(Walked, usize), Wrong> {
        if self.project.is_empty() {
            open(text)?;
        }
        read::walked(text, self)
    }
}

/// Reads bundles, and says how many files they stand for. `with_problems` adds what could not be read in their projects.
pub fn walk(sources: &Sources, inputs: &[Input], with_problems: bool) -> (Walked, usize) {
    let each = parallel::each(inputs, |input| {
        let text = sources.text_or_empty(input.source);
        input.read(&text).map_err(|error| {
            let at = Span::new(input.source, error.offset, error.offset);
            Problem::new(at, format!("this bundle cannot be read: {}", error.message))
        })
    });
    let (mut walked, mut files) = (Walked::default(), 0);
    for one in each {
        match one {
            Ok((mut one, analyzed)) => {
                if !with_problems {
                    // Those who can mend them see them in their own project.
                    one.problems.clear();
                }
                walked.extend(one);
                files += analyzed;
            }
            Err(problem) => walked.problems.push(problem),
        }
    }
    (walked, files)
}

/// Whether a text is a bundle.
pub fn claims(text: &str) -> bool {
    let inner = text.trim_start().strip_prefix('{').map(str::trim_start);
    inner.is_some_and(|inner| inner.starts_with("\"trustlint-bundle\""))
}

/// One hint for all bundles of other projects that lie in the project and that nothing names.
pub fn unnamed(sources: &Sources, files: &[SourceId]) -> Option<Problem> {
    let is_own = |id: &SourceId| {
        let header = open(&sources.text_or_empty(*id)).ok();
        header.is_none_or(|header| header.files.iter().any(|(path, _)| sources.find(path).is_some()))
    };
    let others: Vec<SourceId> = files.iter().copied().filter(|id| !is_own(id)).collect();
    let (first, rest) = others.split_first()?;
    let path = sources.path(*first);
    let more = if rest.is_empty() { String::new() } else { format!(" (and {} more)", rest.len()) };
    let message = format!(
        "this is a bundle of another project and is not used{more}: add `bundles = [\"{path}\"]` to `[imports]` in trustlint.toml"
    );
    Some(Problem::note(Span::start_of(*first), message))
}

/// What is wrong with a bundle.
#[derive(Debug)]
pub struct Wrong {
    /// The byte at which it is.
    pub offset: usize,
    /// What.
    pub message: String,
}
