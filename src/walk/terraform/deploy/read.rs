//! The Terraform files of a project, as bodies.

use std::collections::BTreeMap;
use std::sync::Arc;

use strsim::jaro_winkler as likeness;

use super::values::is_automatic;
use crate::diagnostic::Problem;
use crate::parallel;
use crate::parse::hcl::{self, Block, Body};
use crate::parse::json;
use crate::source::paths::directory;
use crate::source::{SourceId, Sources, Span, Spanned};
use crate::value::fitted;
use crate::walk::memory::Recall;
use crate::walk::terraform::module::blocks::{Module, is_override, merge_overrides, preferred};
use crate::walk::terraform::module::policy_document::STATEMENT;

/// Whether a file is Terraform's by its name.
pub fn claims(path: &str) -> bool {
    [".tf", ".tofu", ".tf.json", ".tofu.json"].iter().any(|ending| path.ends_with(ending))
}

fn is_json(path: &str) -> bool {
    path.rsplit_once('.').is_some_and(|(_, extension)| extension == "json")
}

/// Whether the text of a file of Terraform is JSON, though its name says that it is not.
pub fn holds_json(path: &str, text: &str) -> bool {
    let inside = text.trim_start_matches('\u{feff}').trim_start().strip_prefix('{');
    !is_json(path) && inside.is_some_and(|inside| inside.trim_start().starts_with('"'))
}

/// What there is to say of JSON in a file that is called `.tf`: Terraform rejects it, and what reads it may not care.
fn about_json(file: SourceId, text: &str) -> Problem {
    let note = "this is JSON, which Terraform rejects in a file with this ending: call it `.json`";
    json::parse_strictly(file, text)
        .map_or_else(|problem| problem, |_| Problem::note(Span::start_of(file), note))
}

/// Reads a file in the syntax that its name says.
pub(super) fn parsed(sources: &Sources, file: SourceId) -> Parsed {
    let text = sources.text_or_empty(file);
    if holds_json(sources.path(file), &text) {
        return (Body::default(), vec![about_json(file, &text)]);
    }
    let (body, mut problems) =
        if is_json(sources.path(file)) { hcl::parse_json(file, &text) } else { hcl::parse(file, &text) };
    problems.retain(|problem| !body.blocks.iter().any(|block| is_of_other_cloud(block, problem.span)));
    without_terragrunt(&mut problems, sources.path(file), &text);
    problems.extend(body.blocks.iter().filter_map(mislabelled));
    problems.extend(body.blocks.iter().flat_map(misnamed));
    (body, problems)
}

/// Whether a place lies in a resource that has nothing to do with AWS. What is not read there says nothing of access to AWS.
fn is_of_other_cloud(block: &Block, place: Span) -> bool {
    const PROVIDERS: [&str; 11] = [
        "alicloud_",
        "azuread_",
        "azurerm_",
        "cloudflare_",
        "datadog_",
        "digitalocean_",
        "github_",
        "google_",
        "heroku_",
        "openstack_",
        "vsphere_",
    ];
    let is_other =
        |label: &Spanned<Arc<str>>| PROVIDERS.iter().any(|provider| label.value.starts_with(provider));
    matches!(&*block.kind.value, "data" | "resource")
        && block.labels.first().is_some_and(is_other)
        && block.span.contains(place)
}

/// Takes out what a reader stumbles over in the configuration of Terragrunt before 0.19, which stood in files of values: the values
/// beside it are read.
///
/// <https://terragrunt.gruntwork.io/docs/migrate/upgrading_to_terragrunt_0.19.x/>
fn without_terragrunt(problems: &mut Vec<Problem>, path: &str, text: &str) {
    if problems.is_empty() || !path.ends_with(".tfvars") {
        return;
    }
    // Top-level words stand in the first column.
    let is_inside = |problem: &Problem| {
        let before = text.get(..problem.span.range().start).unwrap_or_default();
        let word = before.lines().rev().find(|line| line.starts_with(|c: char| c.is_ascii_alphabetic()));
        word.is_some_and(|line| {
            line.strip_prefix("terragrunt").is_some_and(|rest| rest.trim_start().starts_with('='))
        })
    };
    let Some(first) = problems.iter().find(|problem| is_inside(problem)).map(|problem| problem.span) else {
        return;
    };
    problems.retain(|problem| !is_inside(problem));
    let note = "the configuration of Terragrunt before 0.19 is not read: move it to `terragrunt.hcl`";
    problems.push(Problem::note(first, note));
}

/// What is wrong with the labels of a block, which Terraform refuses then.
///
/// <https://developer.hashicorp.com/terraform/language/syntax/configuration#blocks>
fn mislabelled(block: &Block) -> Option<Problem> {
    let kind = &*block.kind.value;
    let (wanted, words) = match kind {
        "data" | "ephemeral" | "resource" => (2, "two labels, its type and its name"),
        "module" | "output" | "provider" | "variable" => (1, "one label, its name"),
        _ => return None,
    };
    let article = if kind.starts_with(['e', 'o']) { "an" } else { "a" };
    let message = || format!("{article} `{kind}` block has {words}; this one has {}", block.labels.len());
    (block.labels.len() != wanted).then(|| Problem::new(block.header, message()))
}

/// The arguments of the statements of a policy document that it does not have, which Terraform refuses.
///
/// <https://registry.terraform.io/providers/hashicorp/aws/latest/docs/data-sources/iam_policy_document#statement>
fn misnamed(block: &Block) -> impl Iterator<Item = Problem> {
    let is_document = &*block.kind.value == "data"
        && block.labels.first().is_some_and(|label| &*label.value == "aws_iam_policy_document");
    let statements =
        block.body.blocks.iter().filter(move |inner| is_document && &*inner.kind.value == "statement");
    let attributes = statements.flat_map(|statement| &statement.body.attributes);
    attributes.filter(|attribute| !STATEMENT.contains(&&*attribute.name.value)).filter_map(|attribute| {
        let name = &*attribute.name.value;
        let meant = STATEMENT.iter().max_by(|a, b| likeness(name, a).total_cmp(&likeness(name, b)))?;
        let message = format!("`{name}` is no argument of `statement`; did you mean `{meant}`?");
        Some(Problem::new(attribute.name.span, message))
    })
}

/// What is wrong with files that are read for what they say of deployments: of values, and configurations of Terragrunt.
pub(super) fn broken(
    sources: &Sources,
    told: impl Iterator<Item = SourceId>,
    recall: Recall<'_, SourceId, Parsed>,
) -> Vec<Problem> {
    let read = |path: &str| is_automatic(path) || is_configuration(path);
    let mut files: Vec<SourceId> = sources.ids().filter(|id| read(sources.path(*id))).chain(told).collect();
    files.sort_unstable();
    files.dedup();
    let each = parallel::each(&files, |file| recall.again(*file, || parsed(sources, *file)).1.clone());
    each.into_iter().flatten().collect()
}

/// Whether a file is a configuration of Terragrunt by its name.
fn is_configuration(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    matches!(name, "terragrunt.hcl" | "terragrunt.hcl.json" | "terragrunt.stack.hcl")
}

/// Whether a file is one of Terraform, and no other is read in its place.
pub(super) fn is_read(sources: &Sources, path: &str) -> bool {
    claims(path) && preferred(path).is_none_or(|other| sources.find(&other).is_none())
}

/// The files of a directory that Terraform reads.
#[derive(Default)]
pub(super) struct Files {
    /// Those that override others come last.
    all: Vec<SourceId>,
    /// How many override none.
    normal: usize,
}

/// The files of a directory, and what is in them.
#[derive(Default)]
pub(super) struct Directory {
    pub(super) files: Files,
    pub(super) bodies: Bodies,
}

/// The files of a directory as they were read, with their override files merged in: one is of a file alone, or of several where something
/// was merged.
pub(super) type Bodies = Vec<Arc<Parsed>>;

/// A file as it was read, with what is wrong with it.
pub(super) type Parsed = (Body, Vec<Problem>);

impl Files {
    /// The module that they are.
    pub(super) fn module<'d>(&'d self, directory: &'d str, bodies: &'d Bodies) -> Module<'d> {
        let mut module = Module::new(directory, bodies.iter().map(|one| &one.0));
        module.files = &self.all;
        module
    }

    /// How long they are together, in bytes.
    pub(super) fn length(&self, sources: &Sources) -> u64 {
        self.all.iter().map(|file| u64::from(sources.length(*file))).sum()
    }

    /// Reads them and merges override files into the others.
    pub(super) fn read(&self, read: impl Fn(SourceId) -> Arc<Parsed>) -> Bodies {
        merged(self.all.iter().map(|file| read(*file)).collect(), self.normal)
    }
}

impl Directory {
    fn add(&mut self, path: &str, file: SourceId, parsed: Arc<Parsed>) {
        let at = if is_override(path) { self.bodies.len() } else { self.files.normal };
        self.files.normal += usize::from(!is_override(path));
        self.files.all.insert(at, file);
        self.bodies.insert(at, parsed);
    }
}

/// Merges the files behind the first so many, which override others, into those.
fn merged(mut bodies: Bodies, normal: usize) -> Bodies {
    let overrides = bodies.split_off(normal.min(bodies.len()));
    if bodies.is_empty() || overrides.is_empty() {
        bodies.extend(overrides);
        return fitted(bodies);
    }
    let own = |one: Arc<Parsed>| Arc::unwrap_or_clone(one).0;
    let mut normal: Vec<Body> = bodies.into_iter().map(own).collect();
    merge_overrides(&mut normal, overrides.into_iter().map(own).collect());
    normal.into_iter().map(|body| Arc::new((body, Vec::new()))).collect()
}

/// Reads a file, unless it was read before.
pub(super) fn again(sources: &Sources, file: SourceId, recall: Recall<'_, SourceId, Parsed>) -> Arc<Parsed> {
    recall.again(file, || parsed(sources, file))
}

/// The files of each directory that Terraform reads.
pub(super) fn read(
    sources: &Sources,
    problems: &mut Vec<Problem>,
    recall: Recall<'_, SourceId, Parsed>,
) -> BTreeMap<String, Directory> {
    let files: Vec<SourceId> = sources.ids().filter(|id| is_read(sources, sources.path(*id))).collect();
    let bodies = parallel::each(&files, |file| again(sources, *file, recall));
    let mut directories: BTreeMap<String, Directory> = BTreeMap::new();
    let mut add = |path: &str, file: SourceId, parsed: Arc<Parsed>| {
        directories.entry(directory(path).to_owned()).or_default().add(path, file, parsed);
    };
    for (file, parsed) in files.into_iter().zip(bodies) {
        problems.extend(parsed.1.iter().cloned());
        add(sources.path(file), file, parsed);
    }
    // A file that is linked into another directory belongs to the module there too.
    for (path, file) in sources.links().filter(|(path, _)| is_read(sources, path)) {
        add(path, file, again(sources, file, recall));
    }
    for directory in directories.values_mut() {
        directory.bodies = merged(std::mem::take(&mut directory.bodies), directory.files.normal);
    }
    directories
}
