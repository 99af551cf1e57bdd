//! The manifests in a file, as far as they declare something of AWS.

use crate::bounds;
use crate::parse::{Node, NodeKind, Parts};
use crate::source::{SourceId, Span};

/// Who reads a manifest: the names of its fields depend on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Family {
    /// The provider of Crossplane that is made of that of Terraform: the same arguments, written in another case.
    ///
    /// <https://marketplace.upbound.io/providers/upbound/provider-family-aws>
    Upbound,
    /// The one that was written for Crossplane.
    ///
    /// <https://github.com/crossplane-contrib/provider-aws>
    Classic,
    /// The AWS Controllers for Kubernetes.
    ///
    /// <https://aws-controllers-k8s.github.io/docs/api-reference>
    Ack,
}

/// What a manifest is.
#[derive(Debug)]
pub(super) enum What<'n> {
    /// A resource: its service, its kind, and where its arguments are.
    Resource { family: Family, service: &'n str, arguments: Option<&'n Node>, more: Option<&'n Node> },
    /// With which role a provider of Crossplane works.
    Configuration,
    /// A namespace, which may belong to an account.
    Namespace,
}

/// A manifest.
#[derive(Debug)]
pub(super) struct Document<'n> {
    pub(super) file: SourceId,
    pub(super) node: &'n Node,
    pub(super) what: What<'n>,
    pub(super) kind: String,
    /// The paths below `spec.forProvider` that a composition sets, when it is part of one.
    pub(super) composed: Option<Composed>,
}

/// That a manifest is what a composition makes many of.
#[derive(Debug)]
pub(super) struct Composed {
    /// Where the composition is written, which tells it from others.
    pub(super) of: Span,
    /// The first names of the fields that it sets.
    pub(super) set: Vec<String>,
}

impl<'n> Document<'n> {
    fn metadata(&self, key: &str) -> Option<&'n Node> {
        self.node.get("metadata")?.get(key)
    }

    /// The name in the cluster.
    pub(super) fn name(&self) -> Option<&'n Node> {
        self.metadata("name")
    }

    pub(super) fn namespace(&self) -> Option<String> {
        self.metadata("namespace")?.as_str()
    }

    pub(super) fn annotation(&self, key: &str) -> Option<&'n Node> {
        self.metadata("annotations")?.get(key)
    }

    /// Whether it has all of these labels, of which there must be some.
    pub(super) fn has_labels(&self, wanted: &Node) -> bool {
        let own = self.metadata("labels");
        let has = |label: &crate::parse::Member| {
            own.and_then(|own| own.get(&label.key)?.as_str()) == label.value.as_str()
        };
        !wanted.members().is_empty() && wanted.members().iter().all(has)
    }

    /// The name of the configuration that a resource of Crossplane is made with.
    pub(super) fn configuration(&self) -> Option<String> {
        self.node.get("spec")?.get("providerConfigRef")?.get("name")?.as_str()
    }

    /// The region, when it says one.
    pub(super) fn region(&self) -> Option<&'n Node> {
        let What::Resource { arguments, .. } = &self.what else { return None };
        let of_ack = self.annotation("services.k8s.aws/region");
        of_ack.or_else(|| arguments.as_ref()?.get("region")).filter(|region| region.as_str().is_some())
    }

    /// Where it is declared: its name, or what it is.
    pub(super) fn place(&self) -> Span {
        let place = self.name().or_else(|| self.node.get("kind"));
        place.map_or(self.node.span, |node| node.span)
    }

    /// How people call it.
    pub(super) fn address(&self) -> String {
        let name = self.name().and_then(Node::as_str);
        format!("{}/{}", self.kind, name.unwrap_or_else(|| "?".to_owned()))
    }

    /// Whether only what is there is looked at.
    ///
    /// <https://docs.crossplane.io/latest/managed-resources/managed-resources/#managementpolicies>
    pub(super) fn is_observed(&self) -> bool {
        let policies = self.node.get("spec").and_then(|spec| spec.get("managementPolicies"));
        let [only] = policies.map_or(&[][..], Node::items) else { return false };
        only.as_str().is_some_and(|word| word == "Observe")
    }
}

/// Adds the manifests of a document.
pub(super) fn read<'n>(file: SourceId, node: &'n Node, all: &mut Vec<Document<'n>>) {
    let kind = node.get("kind").and_then(Node::as_str).unwrap_or_default();
    let group = node.get("apiVersion").and_then(group).unwrap_or_default();
    match (&*kind, group) {
        // <https://kubernetes.io/docs/reference/using-api/api-concepts/#collections>
        ("List", "") => {
            for item in node.get("items").map_or(&[][..], Node::items) {
                all.extend(manifest(file, item, None));
            }
        }
        ("Composition", "apiextensions.crossplane.io") => composition(file, node, all),
        _ => all.extend(manifest(file, node, None)),
    }
}

/// The group of an API, without its version.
fn group(version: &Node) -> Option<&str> {
    let NodeKind::String(Parts::One(text)) = &version.kind else { return None };
    Some(text.split_once('/').map_or("", |(group, _)| group))
}

fn manifest(file: SourceId, node: &Node, composed: Option<Composed>) -> Option<Document<'_>> {
    let kind = node.get("kind")?.as_str()?;
    let group = group(node.get("apiVersion")?)?;
    let spec = node.get("spec");
    let provided = || spec.and_then(|spec| spec.get("forProvider"));
    let more = || spec.and_then(|spec| spec.get("initProvider"));
    let what = match group.split_once('.') {
        None if group.is_empty() && kind == "Namespace" => What::Namespace,
        Some(("aws", "upbound.io" | "m.upbound.io" | "crossplane.io" | "jet.crossplane.io")) => {
            match &*kind {
                "ProviderConfig" | "ClusterProviderConfig" => What::Configuration,
                _ => return None,
            }
        }
        Some((service, "aws.upbound.io" | "aws.m.upbound.io" | "aws.jet.crossplane.io")) => {
            What::Resource { family: Family::Upbound, service, arguments: provided(), more: more() }
        }
        Some((service, "aws.crossplane.io")) => {
            What::Resource { family: Family::Classic, service, arguments: provided(), more: None }
        }
        Some((service, "services.k8s.aws")) => {
            What::Resource { family: Family::Ack, service, arguments: spec, more: None }
        }
        _ => return None,
    };
    Some(Document { file, node, what, kind, composed })
}

/// What a composition makes, as far as it is written as manifests that are patched.
///
/// <https://docs.crossplane.io/latest/guides/function-patch-and-transform/>
fn composition<'n>(file: SourceId, node: &'n Node, all: &mut Vec<Document<'n>>) {
    let Some(spec) = node.get("spec") else { return };
    let inputs =
        spec.get("pipeline").map_or(&[][..], Node::items).iter().filter_map(|step| step.get("input"));
    for whole in inputs.chain([spec]) {
        let sets = whole.get("patchSets").map_or(&[][..], Node::items);
        let resources = whole.get("resources").map_or(&[][..], Node::items);
        for resource in resources.iter().take(bounds::ITEMS) {
            let Some(base) = resource.get("base") else { continue };
            let mut set = Vec::new();
            patched(resource, sets, &mut set);
            all.extend(manifest(file, base, Some(Composed { of: node.span, set })));
        }
    }
}

/// The fields that patches set. A set of patches has none in it.
fn patched(resource: &Node, sets: &[Node], set: &mut Vec<String>) {
    for patch in resource.get("patches").map_or(&[][..], Node::items) {
        let text = |key: &str| patch.get(key).and_then(Node::as_str);
        if let Some(name) = text("patchSetName") {
            let named = |one: &&Node| one.get("name").and_then(Node::as_str).as_ref() == Some(&name);
            if let Some(named) = sets.iter().find(named) {
                patched(named, &[], set);
            }
            continue;
        }
        let path = text("toFieldPath").or_else(|| text("fromFieldPath")).unwrap_or_default();
        let inner = path.strip_prefix("spec.forProvider").unwrap_or_default();
        let first = inner.trim_start_matches('.').split(['.', '[']).next().unwrap_or_default();
        set.push(first.to_owned());
    }
}
