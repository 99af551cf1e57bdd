//! Assemblies of CDK: where each template goes, which file is which asset, what its constructs are called.
//!
//! <https://docs.aws.amazon.com/cdk/v2/guide/deploy.html#deploy-how-synth-assemblies>

use std::collections::{BTreeMap, BTreeSet};

use super::files::{directory, tail};
use crate::diagnostic::Problem;
use crate::facts::AccountHint;
use crate::iam::arn::is_account_id;
use crate::parse::{Member, Node, json};
use crate::source::{SourceId, Sources, Span};
use crate::value::{OriginKind, Text};
use crate::walk::cloudformation::language::place::Target;
use crate::walk::cloudformation::sam::template::Names;

/// What the manifests beside the templates say.
#[derive(Debug, Default)]
pub(super) struct Assemblies {
    targets: BTreeMap<SourceId, Target>,
    names: BTreeMap<SourceId, Names>,
    /// Template files by directory and hash.
    assets: BTreeMap<(String, String), SourceId>,
    /// Where the code stands that made a construct, by its template and path.
    pub(super) created: Vec<((SourceId, String), String)>,
    /// The stacks of each assembly, by its directory: what they are called and where they go.
    stacks: BTreeMap<String, Vec<(String, String)>>,
    /// The files of the assemblies.
    pub(super) files: Vec<SourceId>,
    /// What could not be read.
    pub(super) problems: Vec<Problem>,
}

impl Assemblies {
    /// Reads the manifests in the directories of the templates.
    pub(super) fn read(sources: &Sources, templates: impl Iterator<Item = SourceId>) -> Self {
        let mut all = Self::default();
        let directories: BTreeSet<&str> = templates.map(|id| directory(sources.path(id))).collect();
        for directory in directories {
            let Some(file) = sources.find(&format!("{directory}manifest.json")) else { continue };
            let manifest = match json::parse(file, &sources.text_or_empty(file)) {
                Ok(manifest) => manifest,
                // Other things have manifests of this name.
                Err(problem) => {
                    all.problems.extend(Some(problem).filter(|_| is_assembly(sources, file)));
                    continue;
                }
            };
            let artifacts = manifest.get("artifacts").map_or(&[][..], Node::members);
            let mut described = Vec::new();
            for artifact in artifacts {
                all.artifact(sources, directory, (&artifact.key, &artifact.value), &mut described);
            }
            // Which template is nested where hangs on all assets.
            for (template, metadata) in &described {
                all.constructs(directory, sources, *template, metadata);
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

    /// The template that lies in the bucket of assets under an address with its hash in it: at the end, or, as older
    /// releases write it, in the names of the parameters that the address is put together from.
    pub(super) fn asset(&self, sources: &Sources, from: SourceId, url: &Text) -> Option<SourceId> {
        let directory = directory(sources.path(from));
        let (tail, _) = tail(url);
        let name = tail.rsplit('/').next()?;
        let found = self.hashed(directory, name.split('.').next()?);
        found.or_else(|| {
            url.symbols().find_map(|symbol| {
                let OriginKind::Named { name, .. } = symbol.origin.kind() else { return None };
                self.hashed(directory, hash_in(name)?)
            })
        })
    }

    /// The directories with an assembly that another directory has too: the same stacks, in the same accounts and regions
    /// or with the same templates. With the directory of the other one.
    pub(super) fn copies(&self, sources: &Sources) -> Vec<(String, String)> {
        let mut first: BTreeMap<Vec<&(String, String)>, &str> = BTreeMap::new();
        let mut directories: Vec<&String> = self.stacks.keys().collect();
        directories.sort_by_key(|directory| (directory.len(), directory.as_str()));
        let mut copies = Vec::new();
        for directory in directories {
            let mut stacks: Vec<_> = self.stacks.get(directory).into_iter().flatten().collect();
            stacks.sort();
            let is_placed = stacks.iter().all(|(_, place)| !place.is_empty() && !place.contains("unknown"));
            let Some(known) = first.get(&stacks).copied() else {
                first.insert(stacks, directory);
                continue;
            };
            if is_placed || same_files(sources, directory, known) {
                copies.push((directory.clone(), known.to_owned()));
            }
        }
        copies
    }

    fn hashed(&self, directory: &str, hash: &str) -> Option<SourceId> {
        self.assets.get(&(directory.to_owned(), hash.to_owned())).copied()
    }

    /// Reads a file that a manifest names.
    fn named(&mut self, sources: &Sources, file: SourceId) -> Option<Node> {
        match json::parse(file, &sources.text_or_empty(file)) {
            Ok(node) => Some(node),
            Err(problem) => {
                self.problems.push(problem);
                None
            }
        }
    }

    fn artifact(
        &mut self,
        sources: &Sources,
        directory: &str,
        (id, artifact): (&str, &Node),
        described: &mut Vec<(SourceId, Node)>,
    ) {
        let text = |node: &Node, name: &str| node.get(name).and_then(Node::as_str);
        let file = |name: &str| sources.find(&format!("{directory}{name}"));
        let Some(properties) = artifact.get("properties") else { return };
        match text(artifact, "type").as_deref() {
            Some("aws:cloudformation:stack") => {
                let Some(template) = text(properties, "templateFile").and_then(|name| file(&name)) else {
                    return;
                };
                let environment = text(artifact, "environment").unwrap_or_default();
                let stacks = self.stacks.entry(directory.to_owned()).or_default();
                stacks.push((id.to_owned(), environment));
                let mut target = artifact.get("environment").map(target).unwrap_or_default();
                let named = properties.get("stackName").and_then(|node| Some((node.as_str()?, node.span)));
                let (name, span) = named.unwrap_or_else(|| (id.to_owned(), artifact.span));
                target.stack_name = Some(Text::literal(name, span));
                self.targets.insert(template, target);
                let further = text(artifact, "additionalMetadataFile").and_then(|name| file(&name));
                let further_read = further.and_then(|id| self.named(sources, id));
                let both = [artifact.get("metadata").cloned(), further_read];
                for metadata in both.into_iter().flatten() {
                    self.described_assets(directory, sources, &metadata);
                    described.push((template, metadata));
                }
                self.files.extend(further);
            }
            Some("cdk:asset-manifest") => {
                let Some(id) = text(properties, "file").and_then(|name| file(&name)) else { return };
                let Some(manifest) = self.named(sources, id) else { return };
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

    /// The assets in the metadata of a stack, where synthesizers without a manifest of assets put them.
    fn described_assets(&mut self, directory: &str, sources: &Sources, metadata: &Node) {
        for entry in metadata.members().iter().flat_map(|member| member.value.items()) {
            if entry.get("type").and_then(Node::as_str).as_deref() != Some("aws:cdk:asset") {
                continue;
            }
            let data = |name: &str| entry.get("data").and_then(|data| data.get(name)).and_then(Node::as_str);
            let file = data("path").and_then(|path| sources.find(&format!("{directory}{path}")));
            if let (Some(hash), Some(file)) = (data("sourceHash"), file) {
                self.assets.insert((directory.to_owned(), hash), file);
            }
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
        let mut nested: Vec<(String, SourceId)> = entries()
            .filter(|(_, kind, _)| kind == "aws:cdk:templateFile")
            .filter_map(|(path, _, name)| {
                Some((path.to_owned(), sources.find(&format!("{directory}{name}"))?))
            })
            .collect();
        let ids: Vec<(&str, String)> = entries()
            .filter(|(_, kind, _)| kind == "aws:cdk:logicalId")
            .map(|(path, _, id)| (path, id))
            .collect();
        // Older releases do not say which template it is: the resource of the nested stack does. Outer ones come first.
        let mut stacks: Vec<(String, &str)> =
            ids.iter().filter_map(|(path, id)| Some((nested_stack(path)?, id.as_str()))).collect();
        stacks.sort();
        for (path, id) in stacks {
            if nested.iter().any(|(known, _)| *known == path) {
                continue;
            }
            let outer = innermost(&nested, &path).unwrap_or(stack);
            if let Some(template) = self.nested_template(directory, sources, outer, id) {
                nested.push((path, template));
            }
        }
        for (path, created) in metadata.members().iter().filter_map(created) {
            let template = innermost(&nested, path).unwrap_or(stack);
            let path = path.trim_start_matches('/');
            let path = path.strip_suffix("/Resource").unwrap_or(path);
            self.created.push(((template, path.to_owned()), created));
        }
        for (path, id) in ids {
            let template = innermost(&nested, path).unwrap_or(stack);
            let path = path.trim_start_matches('/').to_owned();
            self.names.entry(template).or_default().insert(id, path);
        }
    }

    /// The template of a resource that is a nested stack, by the hash in its address.
    fn nested_template(
        &self,
        directory: &str,
        sources: &Sources,
        outer: SourceId,
        id: &str,
    ) -> Option<SourceId> {
        let template = json::parse(outer, &sources.text_or_empty(outer)).ok()?;
        let resource = template.get("Resources")?.get(id)?;
        let path = resource.get("Metadata").and_then(|it| it.get("aws:asset:path")).and_then(Node::as_str);
        if let Some(found) = path.and_then(|path| sources.find(&format!("{directory}{path}"))) {
            return Some(found);
        }
        let url = resource.get("Properties")?.get("TemplateURL")?;
        let mut waiting = vec![url];
        while let Some(node) = waiting.pop() {
            let text = node.as_str().unwrap_or_default();
            if let Some(found) = hash_in(&text).and_then(|hash| self.hashed(directory, hash)) {
                return Some(found);
            }
            waiting.extend(node.items().iter().chain(node.members().iter().map(|member| &member.value)));
        }
        None
    }
}

/// The path of a construct and the first place of its user's code on the way to it: `lib/pipeline.ts:41:5` of
/// `new Pipeline (lib/pipeline.ts:41:5)`. Assemblies have it from version 54 on.
fn created(member: &Member) -> Option<(&str, String)> {
    let is_stack =
        |entry: &&Node| entry.get("type").and_then(Node::as_str).as_deref() == Some("aws:cdk:creationStack");
    let entry = member.value.items().iter().find(is_stack)?;
    let place = |frame: &Node| {
        let frame = frame.as_str()?;
        let (_, place) = frame.strip_suffix(')')?.rsplit_once('(')?;
        let (file, column) = place.rsplit_once(':')?;
        let (file, line) = file.rsplit_once(':')?;
        let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let is_own = !file.starts_with("node:") && !file.contains("node_modules");
        (is_number(line) && is_number(column) && is_own).then(|| place.to_owned())
    };
    Some((&member.key, entry.get("data")?.items().iter().find_map(place)?))
}

/// Whether two directories have the same templates and manifests.
fn same_files(sources: &Sources, one: &str, other: &str) -> bool {
    let is_part = |path: &str| path.ends_with(".template.json") || path.ends_with("/manifest.json");
    let files = sources.below(one.trim_end_matches('/'));
    files.filter(|id| directory(sources.path(*id)) == one && is_part(sources.path(*id))).all(|id| {
        let name = sources.path(id).rsplit('/').next().unwrap_or_default();
        let twin = sources.find(&format!("{other}{name}"));
        twin.is_some_and(|twin| *sources.text_or_empty(twin) == *sources.text_or_empty(id))
    })
}

/// The template of the innermost of some nested stacks that a path is below.
fn innermost(nested: &[(String, SourceId)], path: &str) -> Option<SourceId> {
    let below = |outer: &str| path.strip_prefix(outer).is_some_and(|rest| rest.starts_with('/'));
    let found = nested.iter().filter(|(outer, _)| below(outer)).max_by_key(|(outer, _)| outer.len());
    found.map(|(_, template)| *template)
}

/// The path of the construct that a nested stack is, by that of its resource: `A/B` for
/// `A/B.NestedStack/B.NestedStackResource`.
fn nested_stack(path: &str) -> Option<String> {
    let (before, resource) = path.rsplit_once('/')?;
    let name = resource.strip_suffix(".NestedStackResource")?;
    before.strip_suffix(".NestedStack").filter(|stack| stack.ends_with(name)).map(ToOwned::to_owned)
}

/// The hash of an asset in a text: 64 hexadecimal digits.
fn hash_in(text: &str) -> Option<&str> {
    const LENGTH: usize = 64;
    let mut start = 0;
    for (at, byte) in text.bytes().enumerate() {
        if !byte.is_ascii_hexdigit() || byte.is_ascii_uppercase() {
            start = at + 1;
        } else if at + 1 - start == LENGTH {
            return text.get(start..=at);
        }
    }
    None
}

/// Whether a manifest that cannot be read looks like one of an assembly.
fn is_assembly(sources: &Sources, manifest: SourceId) -> bool {
    let text = sources.text_or_empty(manifest);
    text.contains("aws:cloudformation:stack") || text.contains("cdk:asset-manifest")
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
