//! Stacks that the configuration describes.

use std::sync::Arc;

use super::parameter_files;
use super::project::Project;
use super::stack::Deployment;
use crate::diagnostic::Problem;
use crate::facts::AccountHint;
use crate::parse::Node;
use crate::source::{SourceId, Span};
use crate::value::{Text, Value};
use crate::walk::cloudformation::language::parameters::{Argument, Given};
use crate::walk::cloudformation::language::place::Target;

/// How templates are deployed, as somebody says.
#[derive(Clone, Debug, Default)]
pub struct Inputs {
    /// Values for parameters of all templates, by name. `AWS::Region` is the region of stacks that do not say it.
    pub parameters: Vec<(String, String)>,
    /// Stacks.
    pub stacks: Vec<Stack>,
    /// Whether properties are evaluated that no table names: what is in a live account may be named by any of them.
    pub whole: bool,
}

/// One deployment of a template.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stack {
    /// The template, below the project root.
    pub template: String,
    /// Its parameters by name. Of one that names an entry of the parameter store this is what the entry holds.
    pub parameters: Vec<(String, String)>,
    /// A file with parameters, below the project root.
    pub parameter_file: Option<String>,
    /// The account: an ID or a name of the configuration.
    pub account: Option<String>,
    /// The region.
    pub region: Option<String>,
}

/// The name of the pseudo parameter that can be set.
const REGION: &str = "AWS::Region";

/// The deployments of a template that the configuration describes.
pub(super) fn of(
    project: &Project<'_>,
    stacks: &[Stack],
    id: SourceId,
    problems: &mut Vec<Problem>,
) -> Vec<Deployment> {
    let path = project.sources.path(id);
    let Some(root) = project.files.template(id) else { return Vec::new() };
    let at = Span::start_of(id);
    let described = stacks.iter().filter(|stack| stack.template == path);
    let deployments = described.map(|stack| {
        let file = stack.parameter_file.as_deref().and_then(|file| project.sources.find(file));
        let mut given =
            file.and_then(|file| parameter_files::read(project.sources, file)).unwrap_or_default();
        given.complete = true;
        for (name, value) in &stack.parameters {
            if !set(root, &mut given, name, value) {
                let message = format!(
                    "the configuration sets the parameter `{name}`, which this template does not declare"
                );
                problems.push(Problem::note(at, message));
            }
        }
        let region = stack.region.as_deref().map(|region| Text::literal(region, at));
        let account = stack.account.as_deref().map(|account| AccountHint {
            account: Text::literal(account, at),
            span: at,
            evidence: "the configured stack".to_owned(),
        });
        let earlier = stacks.iter().take_while(|other| !std::ptr::eq(*other, stack));
        let (label, same) = (
            label(stack),
            earlier.filter(|other| other.template == path && label(other) == label(stack)).count(),
        );
        let label = if same == 0 { label } else { format!("{label}/{same}") };
        let target = Target { account, region, stack_name: None };
        Deployment { label, target, given: Arc::new(given) }
    });
    deployments.collect()
}

/// What tells a stack from others of its template.
fn label(stack: &Stack) -> String {
    let file = stack.parameter_file.as_deref().and_then(|file| file.rsplit('/').next());
    let file = file.map(|name| name.strip_suffix(".json").unwrap_or(name));
    let parts: Vec<&str> =
        [stack.account.as_deref(), stack.region.as_deref(), file].into_iter().flatten().collect();
    if parts.is_empty() { "stack".to_owned() } else { parts.join("/") }
}

/// Sets a parameter that a template has; false when it has none of that name.
pub(super) fn set(root: &Node, given: &mut Given, name: &str, value: &str) -> bool {
    let Some(declared) = root.get("Parameters").and_then(|all| all.get(name)) else { return false };
    let value = Value::literal(value, declared.span);
    given.values.insert(name.to_owned(), Argument { value, settable: false, is_held: true });
    true
}

/// The region that is set for all stacks.
pub(super) fn region(parameters: &[(String, String)], at: SourceId) -> Option<Text> {
    let (_, region) = parameters.iter().rev().find(|(name, _)| name == REGION)?;
    Some(Text::literal(region.as_str(), Span::start_of(at)))
}
