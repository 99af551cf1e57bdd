//! What the entries of manifests have in common.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::super::files::{directory, joined};
use super::super::project::Project;
use super::super::stack::Deployment;
use crate::bounds;
use crate::facts::AccountHint;
use crate::iam::arn::is_account_id;
use crate::parse::{Node, NodeKind, json};
use crate::source::{SourceId, Span};
use crate::value::{Because, Class, Origin, OriginKind, Symbol, Text, Value};
use crate::walk::cloudformation::language::parameters::Given;
use crate::walk::cloudformation::language::place::Target;

/// What manifests say, by template.
#[derive(Default)]
pub(in crate::walk::cloudformation::deploy) struct Manifests {
    by_template: BTreeMap<SourceId, Vec<Deployment>>,
    /// The manifests themselves.
    pub(in crate::walk::cloudformation::deploy) files: Vec<SourceId>,
    /// The files that declare organizations, once somebody has asked for them.
    pub(super) organizations: Option<Vec<SourceId>>,
}

impl Manifests {
    /// The deployments of a template.
    pub(in crate::walk::cloudformation::deploy) fn of(&self, template: SourceId) -> Vec<Deployment> {
        self.by_template.get(&template).cloned().unwrap_or_default()
    }

    /// Adds a deployment, once for each account.
    pub(super) fn add(&mut self, project: &Project<'_>, template: SourceId, entry: Entry) {
        if !project.files.is_template(template) {
            return;
        }
        let known = self.by_template.entry(template).or_default();
        let given = Arc::new(entry.given);
        let mut targets: Vec<Option<AccountHint>> = entry.accounts.into_iter().map(Some).collect();
        if entry.elsewhere || targets.is_empty() {
            targets.push(None);
        }
        for account in targets {
            let place = account.as_ref().map(named);
            let mut label = place.map_or_else(|| entry.name.clone(), |id| format!("{}/{id}", entry.name));
            if known.iter().any(|other| other.label == label) {
                label = format!("{label}/{}", known.len());
            }
            if known.len() >= bounds::DEPLOYMENTS {
                return;
            }
            let target =
                Target { account, region: entry.region.clone(), stack_name: entry.stack_name.clone() };
            known.push(Deployment { label, target, given: Arc::clone(&given) });
        }
    }
}

/// One entry of a manifest.
#[derive(Default)]
pub(super) struct Entry {
    pub(super) name: String,
    pub(super) stack_name: Option<Text>,
    pub(super) accounts: Vec<AccountHint>,
    /// Whether it goes to further accounts that are not named.
    pub(super) elsewhere: bool,
    pub(super) region: Option<Text>,
    pub(super) given: Given,
}

/// The file at a path that a manifest names, seen from its directory.
pub(super) fn beside(project: &Project<'_>, manifest: SourceId, path: &str) -> Option<SourceId> {
    let home = directory(project.sources.path(manifest));
    project.sources.find(&joined(home, path)?)
}

/// The items of a list, or the node itself.
pub(super) fn several(node: Option<&Node>) -> &[Node] {
    match node {
        Some(node) if matches!(node.kind, NodeKind::List(_)) => node.items(),
        Some(node) => std::slice::from_ref(node),
        None => &[],
    }
}

/// The only region of a list, if there is just one.
pub(super) fn region(node: Option<&Node>) -> Option<Text> {
    let [only] = several(node) else { return None };
    let name = only.as_str().filter(|name| only.tag.is_none() && name.contains('-'))?;
    Some(Text::literal(name, only.span))
}

/// An account by its ID, or by its name in an organization.
pub(super) fn account(named: &str, organization: &str, span: Span) -> Text {
    if is_account_id(named) {
        return Text::literal(named, span);
    }
    let (organization, name) = (organization.into(), named.into());
    let origin = OriginKind::Member { organization, name };
    Text::symbol(Symbol::new(Class::Account, origin, Because::Lookup), span)
}

/// The ID or the name of the account of a hint.
pub(super) fn named(hint: &AccountHint) -> String {
    let member = hint.account.as_symbol().map(|symbol| symbol.shown().to_owned());
    member.unwrap_or_else(|| hint.account.to_string())
}

/// A hint that names an account by its ID, or by its name in an organization.
pub(super) fn hint(named: &str, organization: &str, span: Span, evidence: &str) -> AccountHint {
    AccountHint { account: account(named, organization, span), span, evidence: evidence.to_owned() }
}

/// Something that stands in a file.
pub(super) fn written(project: &Project<'_>, file: SourceId, place: &str) -> Origin {
    let file = project.sources.path(file).into();
    Origin::new(OriginKind::Written { file, place: place.into() })
}

/// A value that a manifest gives; what is no plain text is known by where it is given.
pub(super) fn given_value(node: &Node, origin: &Origin) -> Value {
    let plain = node.tag.is_none()
        && matches!(node.kind, NodeKind::String(_) | NodeKind::Number(_) | NodeKind::Bool(_));
    if plain {
        return json::node_to_value(node);
    }
    if node.tag.is_none() && !node.items().is_empty() {
        let items = node.items().iter().map(|item| given_value(item, origin));
        return Value::list(items.collect(), node.span);
    }
    Value::unknown(Symbol::new(Class::Keyed, origin.clone(), Because::Expression), node.span)
}
