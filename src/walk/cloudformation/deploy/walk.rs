//! The way from the files of a project to what its stacks declare.

use rayon::prelude::*;

use super::cdk::Assemblies;
use super::configured::Inputs;
use super::declare::walk_root;
use super::deployments::Roots;
use super::exports::Exports;
use super::files::directory;
use super::project::Project;
use super::{deployments, stacks, templates};
use crate::diagnostic::Problem;
use crate::facts::Walked;
use crate::source::{SourceId, Sources, Span};
use crate::walk::waste::free;

/// Reads templates, in the order of the paths.
///
/// Manifests and parameter files are looked up beside the templates. What a template imports by a name that
/// another one exports is that value.
pub fn walk(sources: &Sources, files: &[SourceId], inputs: &Inputs) -> Walked {
    let mut files = files.to_vec();
    files.sort_unstable();
    files.dedup();
    let (mut files, mut read) = templates::read(sources, &files);
    let assemblies = Assemblies::read(sources, files.templates.keys().copied());
    for (copy, original) in assemblies.copies(sources) {
        files.templates.retain(|id, _| directory(sources.path(*id)) != copy);
        let manifest = sources.find(&format!("{copy}manifest.json"));
        read.problems.extend(manifest.map(|manifest| {
            let original = original.trim_end_matches('/');
            let message =
                format!("the stacks of this assembly are those of `{original}`; they were analyzed once");
            Problem::note(Span::start_of(manifest), message)
        }));
    }
    let exports = Exports::default();
    let mut project = Project { sources, files, assemblies, exports, whole: inputs.whole };
    let Roots { stacks: roots, read: nested, problems } = deployments::roots(&project, inputs);
    stacks::link(&mut project, &roots);

    let mut walked = Walked { problems: read.problems, ..Walked::default() };
    let all: Vec<Walked> = roots.par_iter().map(|root| walk_root(&project, root)).collect();
    for one in all {
        walked.extend(one);
    }
    walked.consumed.extend(nested);
    walked.consumed.extend(read.included);
    walked.consumed.extend(project.assemblies.files.iter().copied());
    walked.problems.extend(project.assemblies.problems);
    walked.problems.extend(problems);
    walked.created.extend(project.assemblies.created);
    walked.exports.extend(project.exports.into_named());
    free((project.files, roots));
    walked
}
