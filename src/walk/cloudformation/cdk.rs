//! Assemblies of CDK: where each template goes, which file is which asset, what its constructs are called.
//!
//! <https://docs.aws.amazon.com/cdk/v2/guide/deploy.html#deploy-how-synth-assemblies>

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashMap;

use super::files::{directory, tail};
use super::stack::Target;
use crate::facts::AccountHint;
use crate::iam::arn::is_account_id;
use crate::parse::{Node, json};
use crate::source::{SourceId, Sources, Span};
use crate::value::Text;

/// The paths of the constructs of one template, by logical id.
pub(super) type Names = FxHashMap<String, String>;

/// What the manifests beside the templates say.
#[derive(Default)]
pub(super) struct Assemblies {
    targets: BTreeMap<SourceId, Target>,
    names: BTreeMap<SourceId, Names>,
    /// Template files by directory and hash.
    assets: BTreeMap<(String, String), SourceId>,
    /// The files of the assemblies.
    pub(super) files: Vec<SourceId>,
}

impl Assemblies {
    /// Reads the manifests in the directories of the templates.
    pub(super) fn read(sources: &Sources, templates: impl Iterator<Item = SourceId>) -> Self {
        let mut all = Self::default();
        let directories: BTreeSet<&str> = templates.map(|id| directory(sources.path(id))).collect();
        for directory in directories {
            let Some(file) = sources.find(&format!("{directory}manifest.json")) else { continue };
            let Some(manifest) = read(sources, file) else { continue };
            let artifacts = manifest.get("artifacts").map_or(&[][..], Node::members);
            for artifact in artifacts {
                all.artifact(sources, directory, &artifact.key, &artifact.value);
            }
            if !artifacts.is_empty() {
                all.files.push(file);
            }
        }
        all
    }

    /// Where a template goes, when a manifest says.
    pub(super) fn target(&self, template: SourceId) -> Option<&Target> {
        self.targets.get(&template)
    }

    /// The paths of the constructs of a template.
    pub(super) fn names(&self, template: SourceId) -> Option<&Names> {
        self.names.get(&template)
    }

    /// The template that lies in the bucket of assets under an address ending in `/HASH.json`.
    pub(super) fn asset(&self, sources: &Sources, from: SourceId, url: &Text) -> Option<SourceId> {
        let (tail, _) = tail(url);
        let name = tail.rsplit('/').next()?;
        let hash = name.split('.').next()?;
        let directory = directory(sources.path(from));
        self.assets.get(&(directory.to_owned(), hash.to_owned())).copied()
    }

    fn artifact(&mut self, sources: &Sources, directory: &str, id: &str, artifact: &Node) {
        let text = |node: &Node, name: &str| node.get(name).and_then(Node::as_str);
        let file = |name: &str| sources.find(&format!("{directory}{name}"));
        let Some(properties) = artifact.get("properties") else { return };
        match text(artifact, "type").as_deref() {
            Some("aws:cloudformation:stack") => {
                let Some(template) = text(properties, "templateFile").and_then(|name| file(&name)) else {
                    return;
                };
                let mut target = artifact.get("environment").map(target).unwrap_or_default();
                let named = properties.get("stackName").and_then(|node| Some((node.as_str()?, node.span)));
                let (name, span) = named.unwrap_or_else(|| (id.to_owned(), artifact.span));
                target.stack_name = Some(Text::literal(name, span));
                self.targets.insert(template, target);
                if let Some(metadata) = artifact.get("metadata") {
                    self.constructs(directory, sources, template, metadata);
                }
                let further = text(artifact, "additionalMetadataFile").and_then(|name| file(&name));
                if let Some(metadata) = further.and_then(|id| read(sources, id)) {
                    self.constructs(directory, sources, template, &metadata);
                }
                self.files.extend(further);
            }
            Some("cdk:asset-manifest") => {
                let Some(id) = text(properties, "file").and_then(|name| file(&name)) else { return };
                let Some(manifest) = read(sources, id) else { return };
                self.files.push(id);
                for asset in manifest.get("files").map_or(&[][..], Node::members) {
                    let path = asset.value.get("source").and_then(|source| text(source, "path"));
                    if let Some(found) = path.and_then(|path| file(&path)) {
                        self.assets.insert((directory.to_owned(), asset.key.to_string()), found);
                    }
                }
            }
            _ => {}
        }
    }

    /// The logical ids in the metadata of a stack, and in that of the stacks nested in it.
    fn constructs(&mut self, directory: &str, sources: &Sources, stack: SourceId, metadata: &Node) {
        let entries = || {
            metadata.members().iter().flat_map(|member| {
                let data = |entry: &Node| Some((entry.get("type")?.as_str()?, entry.get("data")?.as_str()?));
                member.value.items().iter().filter_map(data).map(|(kind, data)| (&*member.key, kind, data))
            })
        };
        let nested: Vec<(&str, SourceId)> = entries()
            .filter(|(_, kind, _)| kind == "aws:cdk:templateFile")
            .filter_map(|(path, _, name)| Some((path, sources.find(&format!("{directory}{name}"))?)))
            .collect();
        for (path, _, id) in entries().filter(|(_, kind, _)| kind == "aws:cdk:logicalId") {
            let below = |outer: &str| path.strip_prefix(outer).is_some_and(|rest| rest.starts_with('/'));
            let innermost =
                nested.iter().filter(|(outer, _)| below(outer)).max_by_key(|(outer, _)| outer.len());
            let template = innermost.map_or(stack, |(_, template)| *template);
            let path = path.trim_start_matches('/').to_owned();
            self.names.entry(template).or_default().insert(id, path);
        }
    }
}

fn read(sources: &Sources, file: SourceId) -> Option<Node> {
    json::parse(file, &sources.text_or_empty(file)).ok()
}

/// `aws://ACCOUNT/REGION`; either may be `unknown-account`, `unknown-region`.
fn target(environment: &Node) -> Target {
    const SCHEME: &str = "aws://";
    let written = environment.as_str().unwrap_or_default();
    let Some((account, region)) = written.strip_prefix(SCHEME).and_then(|rest| rest.split_once('/')) else {
        return Target::default();
    };
    let exact = environment.span.len() == written.len();
    let place = |from: usize, len: usize| {
        if exact { environment.span.part(from, from + len) } else { environment.span }
    };
    let span = place(SCHEME.len(), account.len());
    let account_hint = account_hint(account, span, "CDK manifest");
    let span = place(SCHEME.len() + account.len() + 1, region.len());
    let region = (!region.starts_with("unknown")).then(|| Text::literal(region, span));
    Target { account: account_hint, region, stack_name: None }
}

/// A hint that names an account by its id; `None` for what is no id.
fn account_hint(account: &str, span: Span, evidence: &str) -> Option<AccountHint> {
    is_account_id(account).then(|| AccountHint {
        account: Text::literal(account, span),
        span,
        evidence: evidence.to_owned(),
    })
}
