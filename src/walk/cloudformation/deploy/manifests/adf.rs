//! Deployment maps of the AWS Deployment Framework.
//!
//! <https://github.com/awslabs/aws-deployment-framework/blob/master/docs/user-guide.md#deployment-map>

use super::entry::{Entry, Manifests, hint, region, several};
use crate::bounds;
use crate::facts::AccountHint;
use crate::iam::arn::is_account_id;
use crate::parse::Node;
use crate::source::SourceId;
use crate::value::Text;

use super::super::files::directory;
use super::super::project::Project;

pub(super) fn read(project: &Project<'_>, _file: SourceId, root: &Node, out: &mut Manifests) {
    for pipeline in several(root.get("pipelines")) {
        let Some(name) = pipeline.get("name").and_then(Node::as_str) else { continue };
        let provider = |stage: &str| pipeline.get("default_providers").and_then(|it| it.get(stage));
        let deploy = provider("deploy");
        let kind = deploy.and_then(|it| it.get("provider")).and_then(Node::as_str);
        if kind.is_some_and(|kind| kind != "cloudformation") {
            continue;
        }
        let source = provider("source").and_then(|it| it.get("properties"));
        let repository = source.and_then(|it| it.get("repository")).and_then(Node::as_str);
        let properties = deploy.and_then(|it| it.get("properties"));
        let text = |name: &str| properties.and_then(|it| it.get(name)).and_then(Node::as_str);
        let file_name = text("template_filename");
        let template =
            template(project, repository.as_deref().unwrap_or(&name), text("root_dir"), file_name.as_deref());
        let Some(template) = template else { continue };
        let mut entry = Entry { name, ..Entry::default() };
        entry.region = region(pipeline.get("regions"));
        let stack = properties.and_then(|it| it.get("stack_name"));
        entry.stack_name = stack.and_then(|node| Some(Text::literal(node.as_str()?, node.span)));
        targets(pipeline.get("targets"), 0, &mut entry);
        out.add(project, template, entry);
    }
}

/// The template of the repository that the pipeline is for, when it is a directory of the project.
fn template(
    project: &Project<'_>,
    repository: &str,
    below: Option<String>,
    file_name: Option<&str>,
) -> Option<SourceId> {
    let below = below.map_or_else(String::new, |path| format!("{}/", path.trim_matches('/')));
    let names = match file_name {
        Some(name) => vec![name],
        None => vec!["template.yml", "template.yaml", "template.json"],
    };
    let endings: Vec<String> = names.iter().map(|name| format!("{repository}/{below}{name}")).collect();
    let mut found = project.files.templates().filter(|id| {
        let path = project.sources.path(*id);
        endings.iter().any(|ending| {
            path.strip_suffix(ending.as_str()).is_some_and(|rest| rest.is_empty() || rest.ends_with('/'))
        })
    });
    let first = found.next()?;
    let home = directory(project.sources.path(first));
    found.all(|other| directory(project.sources.path(other)) == home).then_some(first)
}

/// Adds the accounts of targets: ids stand for themselves, paths for units of the organization.
fn targets(node: Option<&Node>, depth: usize, entry: &mut Entry) {
    if depth > bounds::TARGET_DEPTH {
        return;
    }
    for target in several(node) {
        if !target.items().is_empty() {
            targets(Some(target), depth + 1, entry);
            continue;
        }
        if let Some(path) = target.get("path").or_else(|| target.get("target")) {
            targets(Some(path), depth + 1, entry);
            continue;
        }
        let Some(written) = target.as_str() else { continue };
        if is_account_id(&written) {
            let found: AccountHint = hint(&written, "", target.span, "deployment map of ADF");
            if !entry.accounts.iter().any(|known| known.account == found.account) {
                entry.accounts.push(found);
            }
        } else if written != "approval" {
            entry.elsewhere = true;
        }
    }
}
