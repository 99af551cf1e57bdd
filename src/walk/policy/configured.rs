//! `[[policy]]`: what the configuration says of policy files.

use std::collections::BTreeMap;

use super::binding::{IdentityKind, Target, What};
use super::pattern::Pattern;
use crate::source::{SourceId, Sources, Span};
use crate::value::Text;

/// What `kind` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A policy for this.
    Of(What),
    /// No policy that anybody deploys.
    Ignore,
}

impl Kind {
    /// The words for kinds, for messages.
    pub const WORDS: &str = "\"trust\", \"identity\", \"boundary\", \"session\", \"resource\", \"scp\", \"rcp\", \"endpoint\" or \"ignore\"";

    /// The kind that a word says, in the configuration or in a path.
    pub fn of(word: &str) -> Option<Self> {
        let word = word.to_ascii_lowercase().replace('_', "-");
        let word = word.strip_suffix("-policy").unwrap_or(&word);
        Some(Self::Of(match word {
            "trust" | "assume-role" => What::Trust,
            "identity" | "permission" | "permissions" | "policy" | "inline" => What::Identity,
            "boundary" => What::Boundary,
            "session" => What::Session,
            "resource" => What::Resource,
            "scp" => What::ServiceControl,
            "rcp" => What::ResourceControl,
            "endpoint" => What::Endpoint,
            "ignore" => return Some(Self::Ignore),
            _ => return None,
        }))
    }
}

/// What a row names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sort {
    /// An identity.
    Identity(IdentityKind),
    /// A bucket, by its name.
    Bucket,
    /// A KMS key, by its ID or alias.
    Key,
    /// A resource, by its ARN.
    Arn,
}

/// One `[[policy]]`.
#[derive(Clone, Debug)]
pub struct Row {
    /// The files.
    pub pattern: Pattern,
    /// What they are for; by their path or their content when it is not said.
    pub kind: Option<Kind>,
    /// What they are of, with the words of the path in braces.
    pub target: Option<(Sort, String)>,
    /// The account, with the words of the path in braces.
    pub account: Option<String>,
    /// The directory of the configuration that has it, below the project root.
    pub directory: String,
    /// The path of that configuration, below the project root.
    pub file: String,
    /// Where it is written: a byte range of that file.
    pub range: (usize, usize),
}

/// What a row says of one file.
#[derive(Clone, Debug)]
pub struct Said {
    /// What it is for, when the row or the path says it.
    pub kind: Option<Kind>,
    /// What it is of.
    pub target: Target,
    /// The account, by its ID or name.
    pub account: Option<Text>,
    /// The row.
    pub evidence: Option<Span>,
}

impl Row {
    /// What it says of a file of the project; `None` when it is about others.
    pub fn says(&self, file: SourceId, sources: &Sources) -> Option<Said> {
        let words = self.matches(sources.path(file))?;
        let (start, end) = self.range;
        let evidence = sources.find(&self.file).map(|id| Span::new(id, start, end));
        let place = evidence.unwrap_or_else(|| Span::start_of(file));
        let kind = self.kind.or_else(|| words.get("kind").and_then(|word| Kind::of(word)));
        let target = self.target.as_ref().map(|(sort, name)| target(*sort, filled(name, &words), place));
        let account = self.account.as_ref().map(|name| Text::literal(filled(name, &words), place));
        Some(Said { kind, target: target.unwrap_or(Target::Unknown), account, evidence })
    }

    /// The words that the pattern takes out of a path below the project root.
    pub fn matches<'p>(&self, path: &'p str) -> Option<BTreeMap<&str, &'p str>> {
        let below = match self.directory.as_str() {
            "" => path,
            directory => path.strip_prefix(directory)?.strip_prefix('/')?,
        };
        self.pattern.matches(below)
    }

    /// The accounts that it names, where the words of a path are put in.
    pub fn account_of(&self, path: &str) -> Option<String> {
        Some(filled(self.account.as_ref()?, &self.matches(path)?))
    }
}

fn target(sort: Sort, name: String, place: Span) -> Target {
    match sort {
        Sort::Identity(kind) => Target::Identity(kind, name),
        Sort::Bucket => Target::Resource(Text::literal(format!("arn:aws:s3:::{name}"), place)),
        Sort::Key if name.starts_with("arn:") => Target::Resource(Text::literal(name, place)),
        Sort::Key => Target::Key(name),
        Sort::Arn => Target::Resource(Text::literal(name, place)),
    }
}

/// A text of the configuration with the words of a path put in.
fn filled(written: &str, words: &BTreeMap<&str, &str>) -> String {
    let mut out = String::new();
    let mut rest = written;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let Some((name, after)) = after.split_once('}') else {
            out.push('{');
            rest = after;
            continue;
        };
        out.push_str(words.get(name).copied().unwrap_or_default());
        rest = after;
    }
    out.push_str(rest);
    out
}

/// The names in braces in a text.
pub fn names_in(written: &str) -> impl Iterator<Item = &str> {
    written.split('{').skip(1).filter_map(|after| Some(after.split_once('}')?.0))
}
