//! Templates to declarations, one walker for each language.
//!
//! A walker evaluates what it can and gives the rest an identity. It does not decide whether a declaration is
//! good, and it does not join declarations of different units: that is the graph's work. No walker uses another:
//!
//! | layer | module | owns |
//! |---|---|---|
//! | 0 | `purse` | what evaluation may cost |
//! | 0 | `memory` | what a run leaves to the next one |
//! | 1 | [`terraform`], [`cloudformation`], [`policy`] | a language each |
//! | 1 | [`snapshot`] | what commands and services say of live accounts |
//! | 1 | [`manifests`] | resources of AWS that a cluster of Kubernetes deploys |
//! | 1 | [`rendered`] | templates of other languages, which nobody evaluates here |
//! | 2 | [`bundle`] | what other projects declare, written to a file |

pub mod bundle;
pub mod cloudformation;
pub mod manifests;
mod memory;
pub mod policy;
mod purse;
mod rendered;
pub mod snapshot;
pub mod terraform;

use std::io::ErrorKind;

use rustc_hash::FxHashSet;

use crate::diagnostic::Problem;
use crate::facts::{Language, Walked};
use crate::parallel;
use crate::source::{Before, SourceId, SourceText, Sources, Span};
use crate::value::UnitKey;

/// What is told about how templates are deployed, besides what stands in the files of the project.
#[derive(Clone, Debug, Default)]
pub struct Inputs {
    /// How Terraform is deployed.
    pub terraform: terraform::Inputs,
    /// How templates of CloudFormation are deployed.
    pub cloudformation: cloudformation::Inputs,
    /// Files that say what is in live accounts.
    pub snapshots: Vec<snapshot::Input>,
    /// What other projects declare.
    pub bundles: Vec<bundle::Input>,
    /// Whether findings are reported that lie wholly in what is imported.
    pub reports_imports: bool,
    /// Whose policies policy files are.
    pub policies: policy::Inputs,
}

/// What a run leaves to the next one over the same project, which costs less with it and says the same.
#[derive(Debug, Default)]
pub struct Memory {
    before: Before,
    terraform: terraform::Memory,
    cloudformation: cloudformation::Memory,
}

impl Memory {
    fn terraform(&self) -> (&Before, &terraform::Memory) {
        (&self.before, &self.terraform)
    }

    fn cloudformation(&self) -> (&Before, &cloudformation::Memory) {
        (&self.before, &self.cloudformation)
    }
}

/// Walks everything in a project, and says how many files that were.
pub fn project(sources: &Sources, inputs: &Inputs) -> (Walked, usize) {
    walked(sources, inputs, None)
}

/// The same, with what the last run left, when there is one.
pub fn project_again(sources: &Sources, inputs: &Inputs, memory: Option<&mut Memory>) -> (Walked, usize) {
    let Some(memory) = memory else { return project(sources, inputs) };
    let is_known = memory.before.begin(sources);
    memory.terraform.begin(&inputs.terraform, is_known);
    memory.cloudformation.begin(is_known);
    let walked = walked(sources, inputs, Some(memory));
    memory.terraform.end();
    memory.cloudformation.end();
    memory.before.end(sources);
    walked
}

fn walked(sources: &Sources, inputs: &Inputs, memory: Option<&Memory>) -> (Walked, usize) {
    let ids: Vec<SourceId> = sources.ids().collect();
    let languages: Vec<(SourceId, Result<Option<Language>, Problem>)> =
        parallel::each(&ids, |id| (*id, language(sources, *id, &inputs.policies)));
    let of = |wanted: Language| -> Vec<SourceId> {
        let found =
            languages.iter().filter(|(_, language)| matches!(language, Ok(Some(it)) if *it == wanted));
        found.map(|(id, _)| *id).collect()
    };
    let plans: Vec<SourceId> =
        of(Language::Terraform).into_iter().filter(|id| !terraform::claims(sources.path(*id))).collect();
    let (templates, policies) = (of(Language::CloudFormation), of(Language::Policy));
    let manifests = of(Language::Manifest);
    let files = of(Language::Terraform).len() + templates.len() + policies.len() + manifests.len();

    let whole = inputs.cloudformation.whole || !inputs.snapshots.is_empty();
    let of_stacks = cloudformation::Inputs { whole, ..inputs.cloudformation.clone() };
    let (mut walked, cloudformation) = parallel::both(
        || terraform::walk(sources, &plans, &inputs.terraform, memory.map(Memory::terraform)),
        || cloudformation::walk(sources, &templates, &of_stacks, memory.map(Memory::cloudformation)),
    );
    let (embedded, deployed) = cloudformation::embedded(sources, &walked.declarations, whole);
    walked.extend(without(cloudformation, sources, &deployed));
    walked.extend(embedded);
    if !manifests.is_empty() {
        walked.extend(manifests::walk(sources, &manifests));
    }
    // A policy file that a template reads is judged there, where it is known what it is for.
    let alone: Vec<SourceId> = policies.into_iter().filter(|id| !walked.consumed.contains(id)).collect();
    let alone = judged_alone(sources, &alone, &inputs.policies, &walked);
    walked.extend(alone);
    let files = files + walked.scripts + inputs.snapshots.len();
    if !inputs.snapshots.is_empty() {
        walked.extend(snapshot::walk(sources, &inputs.snapshots));
    }
    let mut files = files;
    if !inputs.bundles.is_empty() {
        let (declared, analyzed) = bundle::walk(sources, &inputs.bundles, inputs.reports_imports);
        walked.extend(declared);
        files += analyzed;
    }
    let (bundles, snapshots): (Vec<SourceId>, Vec<SourceId>) =
        of(Language::Snapshot).into_iter().partition(|id| bundle::claims(&sources.text_or_empty(*id)));
    walked.problems.extend(snapshot::unnamed(sources, &snapshots));
    walked.problems.extend(bundle::unnamed(sources, &bundles));
    walked.problems.extend(languages.into_iter().filter_map(|(_, language)| language.err()));
    let mut problems = std::mem::take(&mut walked.problems);
    // What reads the file does not care how it is called.
    let is_read_as_json = |file: SourceId| {
        walked.consumed.contains(&file)
            && terraform::holds_json(sources.path(file), &sources.text_or_empty(file))
    };
    problems.retain(|problem| !is_read_as_json(problem.span.source));
    walked.problems = rendered::told(problems, sources, |id| walked.consumed.contains(&id));
    (walked, files)
}

/// Policy files that nothing reads, as far as it is known what they become.
fn judged_alone(sources: &Sources, files: &[SourceId], inputs: &policy::Inputs, walked: &Walked) -> Walked {
    let mut alone = policy::walk(sources, files, inputs, &walked.declarations);
    if !alone.placeholders.is_empty() {
        let files = alone.placeholders.iter().map(|one| one.span.source).collect();
        let named = terraform::named(sources, &files);
        for one in &mut alone.placeholders {
            one.rendered = named.contains(&one.span.source);
        }
    }
    alone
}

/// What was walked without the templates that something else deploys, which are judged there.
fn without(mut walked: Walked, sources: &Sources, deployed: &[SourceId]) -> Walked {
    if deployed.is_empty() {
        return walked;
    }
    let deployed: FxHashSet<&str> = deployed.iter().map(|id| sources.path(*id)).collect();
    let alone = |unit: &UnitKey| !(unit.is_plain() && deployed.contains(unit.path()));
    walked.units.retain(|unit| alone(&unit.key));
    walked.declarations.retain(|declaration| alone(&declaration.unit));
    walked
}

/// The language of a file, told by its name and, where many things have that name, by its content.
///
/// # Errors
///
/// When a file that could be a template cannot be read.
fn language(sources: &Sources, id: SourceId, policies: &policy::Inputs) -> Result<Option<Language>, Problem> {
    let path = sources.path(id);
    if terraform::claims(path) {
        return read(sources, id).map(|text| Some(of_terraform(path, &text)));
    }
    let extension = path.rsplit_once('.').map_or("", |(_, extension)| extension);
    let is_named = policies.names(path);
    let may_be_policy = policy::is_named_so(path);
    if !is_named && !may_be_policy && !["yaml", "yml", "template"].contains(&extension) {
        return Ok(None);
    }
    // Nothing else is read in parts, and none of it is needed to see what it is.
    if extension == "json" && sources.long(id).is_some() {
        return Ok(Some(Language::Terraform));
    }
    let text = sources.look(id).map_err(|error| unreadable(sources, id, error))?;
    let found = told(path, &text, is_named);
    // Most files of JSON are data of programs, and may be large, as plans are. Comments are looked for in all of YAML.
    let is_kept = found.map_or(!may_be_policy, |language| language != Language::Terraform);
    if is_kept {
        sources.keep(id, text);
    }
    Ok(found)
}

/// What a file is that is called as those of Terraform are: some hold policies, which templates or programs read.
fn of_terraform(path: &str, text: &str) -> Language {
    let is_policy = terraform::holds_json(path, text) && policy::claims(text);
    if is_policy { Language::Policy } else { Language::Terraform }
}

/// What a text is that may be many things. `is_named` says that the configuration names it as a policy.
fn told(path: &str, text: &str, is_named: bool) -> Option<Language> {
    let extension = path.rsplit_once('.').map_or("", |(_, extension)| extension);
    // Both of the others would look into its policies.
    if extension == "json" && terraform::plan::claims(text) {
        return Some(Language::Terraform);
    }
    if cloudformation::claims(path, text) {
        return Some(Language::CloudFormation);
    }
    if extension == "json" && !is_named && (snapshot::claims(text) || bundle::claims(text)) {
        return Some(Language::Snapshot);
    }
    if ["yaml", "yml"].contains(&extension) && manifests::claims(text) {
        return Some(Language::Manifest);
    }
    let is_policy = policy::is_named_so(path) && policy::claims(text) || policy::claims_yaml(path, text);
    (is_named || is_policy).then_some(Language::Policy)
}

/// Whether a file that may be a policy by its name is read, as that or as anything else.
pub fn is_read(sources: &Sources, id: SourceId, inputs: &Inputs) -> bool {
    language(sources, id, &inputs.policies).is_ok_and(|language| language.is_some())
}

fn read(sources: &Sources, id: SourceId) -> Result<SourceText, Problem> {
    sources.text(id).map_err(|error| unreadable(sources, id, error))
}

fn unreadable(sources: &Sources, id: SourceId, error: &std::io::Error) -> Problem {
    let (at, message) = (Span::start_of(id), format!("the file cannot be read: {error}"));
    // Nobody can read what is encrypted, and what is no text is no template either, but by its name.
    match error.kind() {
        ErrorKind::Unsupported => Problem::note(at, message),
        ErrorKind::InvalidData if !terraform::claims(sources.path(id)) => Problem::note(at, message),
        _ => Problem::new(at, message),
    }
}
