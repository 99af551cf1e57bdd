//! The way from the files of a project to what its stacks declare.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::cdk::Assemblies;
use super::configured::Inputs;
use super::declare::walk_root;
use super::deployments::Roots;
use super::exports::Exports;
use super::files::directory;
use super::memory::Memory;
use super::project::Project;
use super::stack::Stack;
use super::stacks::Declared;
use super::told::Told;
use super::{deployments, stacks, templates};
use crate::diagnostic::Problem;
use crate::facts::Walked;
use crate::parallel::{self, free};
use crate::source::{Before, SourceId, Sources, Span};
use crate::walk::memory::{Recall, number};

/// Reads templates, in the order of the paths.
///
/// Manifests and parameter files are looked up beside the templates. What a template imports by a name that
/// another one exports is that value.
pub fn walk(
    sources: &Sources,
    files: &[SourceId],
    inputs: &Inputs,
    before: Option<(&Before, &Memory)>,
) -> Walked {
    let mut files = files.to_vec();
    files.sort_unstable();
    files.dedup();
    let (mut files, mut read) =
        templates::read(sources, &files, Recall::of(sources, before, Memory::templates));
    let templates: BTreeSet<SourceId> = files.templates().collect();
    let telling =
        (|| templates.clone(), |last: &BTreeSet<SourceId>, _: &(Assemblies, u64)| *last == templates);
    let assemblies = || (Assemblies::read(sources, templates.iter().copied()), number());
    let assemblies = Recall::of(sources, before, Memory::assemblies).again_if(|| (), telling, assemblies);
    for (copy, original) in assemblies.0.copies(sources) {
        files.retain(|id| directory(sources.path(*id)) != copy);
        let manifest = sources.find(&format!("{copy}manifest.json"));
        read.problems.extend(manifest.map(|manifest| {
            let original = original.trim_end_matches('/');
            let message =
                format!("the stacks of this assembly are those of `{original}`; they were analyzed once");
            Problem::note(Span::start_of(manifest), message)
        }));
    }
    let exports = Exports::default();
    let whole = inputs.whole;
    let mut project = Project { sources, files, assemblies, exports, offers: Vec::new(), whole };
    let Roots { stacks: roots, read: nested, problems } =
        deployments::roots(&project, inputs, Recall::of(sources, before, Memory::children));
    stacks::link(&mut project, &roots, Recall::of(sources, before, Memory::offered));

    let mut walked = Walked { problems: read.problems, ..Walked::default() };
    let world = project.world();
    let recall = Recall::of(sources, before, Memory::declared);
    let declared = |root: &Stack| {
        let told = || Told::of(root, &world, &project.offers, false);
        let telling = (told, |last: &Told, made: &Declared| last.fits(&told(), made.asks));
        let key = || root.place.unit.clone();
        recall.again_if(key, telling, || walk_root(&project, root))
    };
    let all: Vec<Arc<Declared>> =
        parallel::largest_first(&roots, |root| sources.length(root.source), declared);
    for one in all {
        walked.extend(Arc::unwrap_or_clone(one).walked);
    }
    walked.consumed.extend(nested);
    walked.consumed.extend(read.included);
    let assemblies = &project.assemblies.0;
    walked.consumed.extend(&assemblies.files);
    walked.problems.extend(assemblies.problems.iter().cloned());
    walked.problems.extend(problems);
    walked.created.extend(assemblies.created.iter().cloned());
    walked.exports.extend(project.exports.into_named());
    free((project.files, roots));
    walked
}
