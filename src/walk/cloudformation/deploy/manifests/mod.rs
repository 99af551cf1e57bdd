//! Manifests of deployment frameworks, which say which template goes to which account.

mod adf;
mod control_tower;
mod current_account;
mod entry;
mod landing_zone;
mod org_formation;

use self::entry::Manifests;
use super::files::parse;
use super::project::Project;
use crate::bounds;
use crate::parse::Node;
use crate::source::{SourceId, mentions};

/// Reads the manifests of the project.
pub(super) fn read(project: &Project<'_>) -> Manifests {
    let mut found = Manifests::default();
    let sources = project.sources;
    for file in sources.ids() {
        let path = sources.path(file);
        let name = path.rsplit('/').next().unwrap_or(path);
        let is_yaml = matches!(name.rsplit_once('.'), Some((_, "yml" | "yaml")));
        if !is_yaml || project.files.is_template(file) || found.files.len() >= bounds::MANIFESTS {
            continue;
        }
        let text = sources.text_or_empty(file);
        let reader: fn(&Project<'_>, SourceId, &Node, &mut Manifests) =
            if mentions(&text, "update-stacks") && mentions(&text, "Template") {
                org_formation::read
            } else if name.starts_with("manifest.")
                && (mentions(&text, "resource_file") || mentions(&text, "template_file"))
            {
                control_tower::read
            } else if name.starts_with("customizations-config.") {
                landing_zone::read
            } else if (name.starts_with("deployment_map") || path.contains("deployment_maps/"))
                && mentions(&text, "pipelines")
            {
                adf::read
            } else {
                continue;
            };
        if let (Some(root), _) = parse(sources, file) {
            found.files.push(file);
            reader(project, file, &root, &mut found);
        }
    }
    found
}
