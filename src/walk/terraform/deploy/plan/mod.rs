//! Plans and states: what `terraform show -json` prints.
//!
//! A plan beside the module it was made of says with which variables the module is deployed, and what its data
//! sources found: the module is evaluated with these, and findings point into it. A plan alone is read for itself.
//!
//! <https://developer.hashicorp.com/terraform/internals/json-format>

mod ahead;
mod declare;
mod documents;
mod filled;
mod links;
mod model;
mod secret;
mod stream;
#[cfg(test)]
mod tests;
mod whole;

use serde::Deserialize;
use serde::de::IgnoredAny;

use self::declare::Reading;
use super::deployment::Deployment;
use crate::bounds;
use crate::diagnostic::Problem;
use crate::facts::Walked;
use crate::source::paths::directory;
use crate::source::{Opened, SourceId, Sources, Span};
use crate::walk::terraform::module::modules::Modules;

/// Whether a text is a plan or a state as JSON. Terraform writes the versions first; other programs sort the members.
pub fn claims(text: &str) -> bool {
    begins(text) || is_sorted_anew(text)
}

/// Whether the first members of a text are those that Terraform writes first.
pub fn begins(text: &str) -> bool {
    let text = text.trim_start_matches('\u{feff}').trim_start();
    let Some(inside) = text.strip_prefix('{') else { return false };
    let mut end = bounds::PLAN_HEAD.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    inside.trim_start().starts_with("\"format_version\"")
        && text.get(..end).is_some_and(|head| head.contains("\"terraform_version\""))
}

fn is_sorted_anew(text: &str) -> bool {
    #[derive(Deserialize)]
    struct Members {
        #[serde(rename = "format_version")]
        _format: IgnoredAny,
        #[serde(rename = "terraform_version")]
        _terraform: IgnoredAny,
        resource_changes: Option<IgnoredAny>,
        planned_values: Option<IgnoredAny>,
        values: Option<IgnoredAny>,
    }
    text.contains("\"format_version\"")
        && text.contains("\"terraform_version\"")
        && serde_json::from_str(text.trim_start_matches('\u{feff}')).is_ok_and(|members: Members| {
            members.resource_changes.or(members.planned_values).or(members.values).is_some()
        })
}

/// What the plans of a project are: deployments of modules, or read for themselves.
#[derive(Default)]
pub(crate) struct Plans {
    pub(crate) deployments: Vec<Deployment>,
    pub(crate) walked: Walked,
}

/// Reads the plans of a project. `told` are deployments that the configuration names; one of them may name a plan.
pub(crate) fn read(
    sources: &Sources,
    files: &[SourceId],
    modules: &Modules<'_>,
    told: &[Deployment],
) -> Plans {
    let mut plans = Plans::default();
    for file in files {
        let path = sources.path(*file);
        let (text, plan) = match opened(sources, *file) {
            Ok(read) => read,
            Err(problem) => {
                plans.walked.problems.push(problem);
                continue;
            }
        };
        let reading = Reading::new(*file, path, &text, &plan);
        let named = told.iter().find(|told| told.plan.as_deref() == Some(path));
        let beside = directory(path);
        // Next to the module, or in a directory of its own below it.
        let places = match named {
            Some(told) => vec![told.root.as_str()],
            None if beside.is_empty() => vec![beside],
            None => vec![beside, directory(beside)],
        };
        let is_of = |root: &&str| modules.by_directory.get(root).is_some_and(|module| reading.is_of(module));
        if let Some(root) = places.into_iter().find(is_of) {
            let name = path.rsplit('/').next().unwrap_or(path).trim_end_matches(".json").to_owned();
            let mut deployment = named.cloned().unwrap_or_else(|| Deployment {
                root: root.to_owned(),
                name: Some(name),
                ..Deployment::default()
            });
            deployment.plan = Some(path.to_owned());
            deployment.found = reading.found();
            plans.deployments.push(deployment);
        } else {
            plans.walked.extend(reading.walk());
        }
    }
    plans
}

/// Reads a plan in order, or as a whole where that is not enough. Its text is in memory only while it is read, of a long one a part at
/// a time: what is shown of it is read again.
fn opened(sources: &Sources, file: SourceId) -> Result<(Opened<'_>, model::Plan), Problem> {
    if let Ok(text) = sources.open(file)
        && let Some(plan) = stream::read(file, &text, bounds::STREAM_BYTES)
    {
        return Ok((text, plan));
    }
    // By its beginning it is a plan.
    let text = sources
        .look(file)
        .map_err(|error| Problem::new(Span::start_of(file), format!("the file cannot be read: {error}")))?;
    let plan = whole::read(file, &text).map_err(|error| problem(file, &text, &error))?;
    Ok((Opened::Whole(text), plan))
}

fn problem(file: SourceId, text: &str, error: &serde_json::Error) -> Problem {
    let read = text.trim_start_matches('\u{feff}');
    let skipped = text.len() - read.len();
    let before: usize = read.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum();
    // Columns count bytes, and may end inside of a character.
    let mut at = (skipped + before + error.column().saturating_sub(1)).min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    Problem::new(Span::new(file, at, at), format!("the plan cannot be read: {error}"))
}
