//! What the files around the templates say of accounts: pipelines, backends, lists of accounts, comments.
//!
//! None of it is certain, so no rule uses it: it is shown by `trustlint accounts` and written by `trustlint config init` for a
//! person to confirm. A reader never fails a run: what it does not understand says nothing.

mod backends;
mod commands;
mod gitlab;
mod names;
mod texts;
mod workflows;

pub use names::called;
pub use texts::{is_made_up, is_undeployed};

use std::collections::BTreeSet;

use crate::bounds;
use crate::parallel;
use crate::source::{SourceId, Sources, Span};

/// What was found.
#[derive(Clone, Debug, Default)]
pub struct Evidence {
    /// What says which account something is deployed to.
    pub witnesses: Vec<Witness>,
    /// What says how an account is called.
    pub names: Vec<Named>,
    /// The directories whose default provider configuration may log in elsewhere than who runs it.
    pub logins: BTreeSet<String>,
}

/// Something that says which account is deployed to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Witness {
    /// Of what kind it is, the most reliable first.
    pub kind: Kind,
    /// What is deployed.
    pub target: Target,
    /// The twelve digits.
    pub id: String,
    /// Where it is written.
    pub span: Span,
}

/// The kinds of witnesses, the most reliable first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// The name of a directory begins with the ID.
    Directory,
    /// The key of the state and the name of the directory have the ID.
    StateKey,
    /// A pipeline assumes a role of the account to deploy it.
    Pipeline,
    /// The state is encrypted with a key of the account.
    StateEncryption,
    /// A local value that is called the ID of the account.
    Local,
    /// The bucket of a backend file that lies beside a file of values of the same environment.
    BackendFile,
    /// The only account of all pipelines, where there is one root module.
    OnlyPipeline,
    /// An ARN names a role that is declared once.
    Role,
}

impl Kind {
    /// How it says so, behind its place.
    pub fn says(self) -> &'static str {
        match self {
            Self::Directory => "name of the directory",
            Self::StateKey => "backend key",
            Self::Pipeline => "assumes a role of it",
            Self::StateEncryption => "key of the backend",
            Self::Local => "local value",
            Self::BackendFile => "bucket of its backend",
            Self::OnlyPipeline => "the only account of the pipelines",
            Self::Role => "ARN of a role that only this declares (weak)",
        }
    }

    /// Whether it is about the credentials that something is deployed with: it says nothing of a provider that logs in elsewhere.
    pub fn is_of_credentials(self) -> bool {
        matches!(self, Self::Pipeline | Self::OnlyPipeline | Self::StateEncryption)
    }
}

impl Witness {
    /// The directory or file that it is about.
    pub fn path(&self) -> Option<&str> {
        match &self.target {
            Target::At { path, .. } | Target::Below(path) if !path.is_empty() => Some(path),
            _ => None,
        }
    }
}

/// What a witness is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Target {
    /// What is deployed from a directory, or from a template file.
    At {
        /// The directory or file, below the project root; empty for the root.
        path: String,
        /// The file of values that it is deployed with.
        values: Option<String>,
        /// The workspace.
        workspace: Option<String>,
    },
    /// Everything that is deployed from below a directory.
    Below(String),
    /// What is deployed with a file of values.
    Values(String),
    /// What is deployed from the project, when it is one thing.
    Only,
    /// What declares the role of this name.
    Role(String),
}

/// How an account is called.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Named {
    /// The twelve digits.
    pub id: String,
    /// By what.
    pub by: NamedBy,
    /// The name as it is written.
    pub name: String,
    /// The keys that lead to it, where it stands in a map.
    pub path: Vec<String>,
    /// Where the ID is written.
    pub span: Span,
}

/// What names an account, the most reliable first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NamedBy {
    /// The key of a map.
    Key,
    /// A name that stands beside the ID.
    Beside,
    /// A comment behind the ID.
    Comment,
    /// A table in a document.
    Table,
}

/// A file that is read for evidence.
#[derive(Clone, Copy, Debug)]
struct File<'s> {
    id: SourceId,
    path: &'s str,
    text: &'s str,
}

/// The files outside the usual ones that pipelines are kept in.
pub const HIDDEN: [&str; 1] = [".gitlab-ci.yml"];

/// Reads what a project says beside its templates.
pub fn read(sources: &Sources) -> Evidence {
    let ids: Vec<SourceId> = sources.ids().filter(|id| texts::may_say_something(sources.path(*id))).collect();
    let each: Vec<Evidence> = parallel::each(&ids, |id| of_file(sources, *id));
    let mut all = Evidence::default();
    for one in each {
        all.witnesses.extend(one.witnesses);
        all.names.extend(one.names);
        all.logins.extend(one.logins);
    }
    all.witnesses.extend(workflows::read(sources));
    all.witnesses.extend(gitlab::read(sources));
    all.witnesses.extend(backends::beside_values(sources));
    all.witnesses.extend(only_of_pipelines(sources));
    all.witnesses.sort();
    all.witnesses.dedup();
    all.names.sort();
    all.names.dedup();
    all
}

/// What a file says on its own.
fn of_file(sources: &Sources, id: SourceId) -> Evidence {
    let mut evidence = Evidence::default();
    let Some(text) = texts::text(sources, id) else { return evidence };
    let file = File { id, path: sources.path(id), text: &text };
    evidence.witnesses.extend(texts::directory(&file));
    evidence.logins.extend(backends::logs_in(&file));
    if !texts::has_id(&text) {
        return evidence;
    }
    evidence.witnesses.extend(backends::of_root(&file));
    evidence.witnesses.extend(texts::roles(&file));
    evidence.names.extend(names::read(&file));
    evidence
}

/// The account of all pipelines, when there is one.
fn only_of_pipelines(sources: &Sources) -> Option<Witness> {
    let pipelines = sources.ids().filter(|id| texts::is_pipeline(sources.path(*id)));
    let mut found: Option<(String, Span)> = None;
    let mut deploys = false;
    for id in pipelines.take(bounds::EVIDENCE_PIPELINES) {
        let Some(text) = texts::text(sources, id) else { continue };
        for (at, account) in texts::ids(&text) {
            let is_role = text.get(..at).is_some_and(|before| before.ends_with(":iam::"));
            match &found {
                Some((known, _)) if known != account => return None,
                None if is_role => {
                    found = Some((account.to_owned(), Span::new(id, at, at + account.len())));
                    deploys = texts::deploys(&text);
                }
                // An ID that is not that of a role, before any role: it may be a registry of images.
                _ => {}
            }
        }
    }
    found.filter(|_| deploys).map(|(id, span)| Witness {
        kind: Kind::OnlyPipeline,
        target: Target::Only,
        id,
        span,
    })
}
