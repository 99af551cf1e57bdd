//! Manifests of CDK assemblies, which say where each template goes.
//!
//! <https://docs.aws.amazon.com/cdk/v2/guide/deploy.html#deploy-how-synth-assemblies>

use std::collections::{BTreeMap, BTreeSet};

use super::Parsed;
use crate::facts::AccountHint;
use crate::parse::{Node, json};
use crate::source::{SourceId, Sources};
use crate::value::Text;

/// Where a template goes.
#[derive(Clone)]
pub(super) struct Target {
    pub(super) hint: Option<AccountHint>,
    pub(super) region: Option<Text>,
}

/// What the manifests beside the templates say. Nested stacks go where their parents go.
pub(super) fn targets(sources: &Sources, templates: &[Parsed]) -> BTreeMap<SourceId, Target> {
    let directories: BTreeSet<&str> = templates.iter().map(|t| directory(sources.path(t.source))).collect();
    let mut targets = BTreeMap::new();
    for directory in directories {
        let Some(file) = sources.find(&format!("{directory}manifest.json")) else { continue };
        let Ok(manifest) = json::parse(file, &sources.text_or_empty(file)) else { continue };
        for artifact in manifest.get("artifacts").map_or(&[][..], Node::members) {
            let artifact = &artifact.value;
            if artifact.get("type").and_then(Node::as_str).as_deref() != Some("aws:cloudformation:stack") {
                continue;
            }
            let template = artifact.get("properties").and_then(|p| p.get("templateFile"));
            let Some(template) = template.and_then(Node::as_str) else { continue };
            let Some(id) = sources.find(&format!("{directory}{template}")) else { continue };
            if let Some(target) = artifact.get("environment").and_then(target) {
                targets.insert(id, target);
            }
        }
    }
    for _ in 0..8 {
        if !pass_on(sources, templates, &mut targets) {
            break;
        }
    }
    targets
}

/// `aws://ACCOUNT/REGION`; either may be `unknown-account`, `unknown-region`.
fn target(environment: &Node) -> Option<Target> {
    const SCHEME: &str = "aws://";
    let written = environment.as_str()?;
    let (account, region) = written.strip_prefix(SCHEME)?.split_once('/')?;
    let exact = environment.span.len() == written.len();
    let place = |from: usize, len: usize| {
        if exact { environment.span.part(from, from + len) } else { environment.span }
    };
    let is_id = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
    let span = place(SCHEME.len(), account.len());
    let hint = is_id.then(|| AccountHint {
        account: Text::literal(account, span),
        span,
        evidence: "CDK manifest".to_owned(),
    });
    let span = place(SCHEME.len() + account.len() + 1, region.len());
    let region = (!region.starts_with("unknown")).then(|| Text::literal(region, span));
    (hint.is_some() || region.is_some()).then_some(Target { hint, region })
}

/// Gives the targets of templates to the nested stacks that CDK wrote beside them.
fn pass_on(sources: &Sources, templates: &[Parsed], targets: &mut BTreeMap<SourceId, Target>) -> bool {
    let mut changed = false;
    for template in templates {
        let Some(target) = targets.get(&template.source).cloned() else { continue };
        let directory = directory(sources.path(template.source));
        for resource in template.root.get("Resources").map_or(&[][..], Node::members) {
            let asset = resource.value.get("Metadata").and_then(|m| m.get("aws:asset:path"));
            let is_stack = resource.value.get("Type").and_then(Node::as_str);
            if is_stack.as_deref() != Some("AWS::CloudFormation::Stack") {
                continue;
            }
            let Some(asset) = asset.and_then(Node::as_str) else { continue };
            let Some(id) = sources.find(&format!("{directory}{asset}")) else { continue };
            if let std::collections::btree_map::Entry::Vacant(free) = targets.entry(id) {
                free.insert(target.clone());
                changed = true;
            }
        }
    }
    changed
}

/// The directory of a path, with its slash; nothing at the root.
fn directory(path: &str) -> &str {
    path.rfind('/').and_then(|at| path.get(..=at)).unwrap_or_default()
}
