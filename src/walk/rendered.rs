//! Templates of another language, such as Jinja, from which a program makes the file that is deployed: one problem says so, in
//! the place of all that a reader of the file stumbles over.

use crate::diagnostic::Problem;
use crate::source::{SourceId, Sources, Span};

/// The problems, of which those with a template of another language are one for each file.
///
/// Where Terraform renders a file, it is analyzed there.
pub(super) fn told(
    mut problems: Vec<Problem>,
    sources: &Sources,
    is_read_elsewhere: impl Fn(SourceId) -> bool,
) -> Vec<Problem> {
    problems.sort();
    let mut told = Vec::with_capacity(problems.len());
    for of_file in problems.chunk_by(|a, b| a.span.source == b.span.source) {
        let lost: Vec<&Problem> = of_file.iter().filter(|problem| problem.lost).collect();
        match lost.first().and_then(|first| Some((first, language(first.span.source, &lost, sources)?))) {
            None => told.extend_from_slice(of_file),
            Some((first, TERRAFORM)) if is_read_elsewhere(first.span.source) => {
                told.extend(of_file.iter().filter(|problem| !problem.lost).cloned());
            }
            Some((first, language)) => {
                told.extend(of_file.iter().filter(|problem| !problem.lost).cloned());
                let message = if language == TERRAFORM {
                    "this is a template of Terraform, and no call that renders it was analyzed".to_owned()
                } else {
                    format!("this is a template of {language}: analyze the file that it renders to")
                };
                told.push(Problem { rendered: true, ..Problem::new(first.span, message) });
            }
        }
    }
    told
}

/// The language of a template, by the lines that have a problem and by how its text begins. A text that has such marks elsewhere,
/// as of a script that it holds, is no template.
fn language(file: SourceId, lost: &[&Problem], sources: &Sources) -> Option<&'static str> {
    let text = sources.text_or_empty(file);
    let lines = lost.iter().map(|problem| line(&text, problem.span));
    let first = text
        .lines()
        .find(|line| !line.trim().is_empty())
        .filter(|line| line.trim_start().starts_with(['{', '<']));
    let is_marked = lines.chain(first).any(|line| {
        line.contains("{%") || line.contains("<%") || line.replace("{{resolve:", "").contains("{{")
    });
    if !is_marked {
        let is_filled_in = is_of_terraform(sources.path(file), &text, lost);
        return is_filled_in.then_some(if text.contains(LOOK_UP) { ACCELERATOR } else { TERRAFORM });
    }
    Some(if text.contains("{%") {
        "Jinja"
    } else if text.contains("<%") {
        "ERB"
    } else {
        "Jinja, Go or the like"
    })
}

/// Policies of the Landing Zone Accelerator have look-ups, which it fills in.
///
/// <https://docs.aws.amazon.com/solutions/latest/landing-zone-accelerator-on-aws/using-configuration-files.html>
const LOOK_UP: &str = "${ACCEL_LOOKUP";
const ACCELERATOR: &str = "the Landing Zone Accelerator";

/// What `templatefile` reads.
const TERRAFORM: &str = "Terraform";

/// Whether a reader of JSON or YAML stumbles over what `templatefile` fills in.
///
/// <https://developer.hashicorp.com/terraform/language/functions/templatefile>
fn is_of_terraform(path: &str, text: &str, lost: &[&Problem]) -> bool {
    let begins = |problem: &&Problem| {
        let rest = text.get(problem.span.range().start..).unwrap_or_default();
        rest.starts_with("${") || rest.starts_with("%{")
    };
    // What Terraform and Terragrunt read themselves is rendered by nothing.
    let is_read =
        path.rsplit('.').next().is_some_and(|ending| ["hcl", "tf", "tfvars", "tofu"].contains(&ending));
    !is_read && lost.first().is_some_and(begins)
}

/// The whole line of a place.
fn line(text: &str, span: Span) -> &str {
    let range = span.range();
    let (before, after) =
        (text.get(..range.start).unwrap_or_default(), text.get(range.start..).unwrap_or_default());
    let start = before.rfind('\n').map_or(0, |at| at + 1);
    let end = after.find('\n').map_or(text.len(), |at| range.start + at);
    text.get(start..end).unwrap_or_default()
}
