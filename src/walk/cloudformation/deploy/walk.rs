//! The way from the files of a project to what its stacks declare.

use rayon::prelude::*;

use super::cdk::Assemblies;
use super::declare::walk_root;
use super::exports::Exports;
use super::project::Project;
use super::{deployments, stacks, templates};
use crate::facts::Walked;
use crate::source::{SourceId, Sources};

/// Reads templates, in the order of the paths.
///
/// Manifests and parameter files are looked up beside the templates. What a template imports by a name that
/// another one exports is that value.
pub fn walk(sources: &Sources, files: &[SourceId], parameters: &[(String, String)]) -> Walked {
    let mut files = files.to_vec();
    files.sort_unstable();
    files.dedup();
    let (files, read) = templates::read(sources, &files);
    let assemblies = Assemblies::read(sources, files.templates.keys().copied());
    let mut project = Project { sources, files, assemblies, exports: Exports::default() };
    let (roots, nested) = deployments::roots(&project, parameters);
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
    walked.exports.extend(project.exports.into_named());
    walked
}
