//! Where manifests are deployed: the units, and what says whose account it is.

use std::collections::{BTreeMap, BTreeSet};

use super::document::{Document, What};
use crate::facts::{AccountHint, Declaration, Language, Placed, Unit};
use crate::iam::arn::is_account_id;
use crate::parse::Node;
use crate::source::{Sources, Span};
use crate::value::{Text, UnitKey, Within};

/// What manifests in one directory belong to.
struct Place {
    directory: String,
    hint: Option<AccountHint>,
}

/// The units of documents.
pub(super) struct Places {
    of: Vec<UnitKey>,
    none: UnitKey,
    by_unit: BTreeMap<UnitKey, Place>,
}

impl Places {
    pub(super) fn of(documents: &[Document<'_>], sources: &Sources) -> Self {
        let owners = Owners::of(documents);
        let (mut of, mut by_unit) = (Vec::with_capacity(documents.len()), BTreeMap::new());
        for document in documents {
            let path = sources.path(document.file);
            let directory = path.rsplit_once('/').map_or("", |(directory, _)| directory);
            let (label, hint) = owners.owner(document);
            let at = if directory.is_empty() { "." } else { directory };
            let unit = UnitKey::of(at).within(Within::Deployment, label);
            by_unit.entry(unit.at(at)).or_insert_with(|| Place { directory: directory.to_owned(), hint });
            of.push(unit);
        }
        Self { of, none: UnitKey::nowhere(), by_unit }
    }

    /// The unit of a document.
    pub(super) fn unit(&self, number: usize) -> &UnitKey {
        self.of.get(number).unwrap_or(&self.none)
    }

    /// The units in which something is declared.
    pub(super) fn units(
        &self,
        declarations: &[Declaration],
        regions: &BTreeMap<&UnitKey, Vec<&Node>>,
    ) -> Vec<Unit> {
        let used: BTreeSet<&UnitKey> = declarations.iter().map(|one| &one.unit).collect();
        let mut labels: BTreeMap<&str, usize> = BTreeMap::new();
        for key in &used {
            *labels.entry(key.path()).or_default() += 1;
        }
        let unit = |key: &UnitKey, place: &Place| {
            // Of several configurations beside each other, the path tells nothing.
            let is_alone = labels.get(key.path()) == Some(&1);
            Unit {
                key: key.at(key.path()),
                language: Language::Manifest,
                path: place.directory.as_str().into(),
                files: Vec::new(),
                hints: place.hint.iter().cloned().collect(),
                region: regions.get(key).and_then(|all| one_region(all)),
                placed: if is_alone { Placed::Deployed } else { Placed::Apart },
            }
        };
        self.by_unit
            .iter()
            .filter(|(key, _)| used.contains(key))
            .map(|(key, place)| unit(key, place))
            .collect()
    }
}

/// The region that all of them are in.
fn one_region(all: &[&Node]) -> Option<Text> {
    let first = all.first()?;
    let name = first.as_str()?;
    all.iter().all(|one| one.as_str().as_ref() == Some(&name)).then(|| Text::literal(name, first.span))
}

/// Who says whose account resources are in.
struct Owners<'n> {
    /// The accounts of the roles that configurations of a name work with.
    configurations: BTreeMap<String, Vec<(String, Span)>>,
    /// Of a namespace, the account.
    namespaces: BTreeMap<String, &'n Node>,
}

impl<'n> Owners<'n> {
    fn of(documents: &[Document<'n>]) -> Self {
        let mut owners = Self { configurations: BTreeMap::new(), namespaces: BTreeMap::new() };
        for document in documents {
            let Some(name) = document.name().and_then(Node::as_str) else { continue };
            match document.what {
                What::Configuration => {
                    let account = document.node.get("spec").and_then(role).and_then(account_of);
                    owners.configurations.entry(name).or_default().extend(account);
                }
                // <https://aws-controllers-k8s.github.io/docs/guides/cross-account>
                What::Namespace => {
                    let account = document.annotation("services.k8s.aws/owner-account-id");
                    owners.namespaces.extend(account.map(|account| (name, account)));
                }
                What::Resource { .. } => {}
            }
        }
        owners
    }

    /// What tells the unit of a document from others, and the account that it goes to.
    fn owner(&self, document: &Document<'_>) -> (String, Option<AccountHint>) {
        let namespace = document.namespace().and_then(|name| self.namespaces.get_key_value(&name));
        if let Some((name, node)) = namespace {
            let id = node.as_str().filter(|id| is_account_id(id));
            let hint = id.map(|id| hint(&id, node.span, "owner account of the namespace"));
            return (name.to_owned(), hint);
        }
        let name = document.configuration();
        let known = self.configurations.get(name.as_deref().unwrap_or("default"));
        let account = known.and_then(|all| {
            let (id, span) = all.first()?;
            all.iter()
                .all(|(other, _)| other == id)
                .then(|| hint(id, *span, "role of the provider configuration"))
        });
        let name = name.filter(|name| name != "default");
        (name.unwrap_or_else(|| "manifests".to_owned()), account)
    }
}

fn hint(id: &str, span: Span, evidence: &str) -> AccountHint {
    AccountHint { account: Text::literal(id, span), span, evidence: evidence.to_owned() }
}

/// The role that a configuration works with: the last of a chain, or the one that it logs in with.
///
/// <https://marketplace.upbound.io/providers/upbound/provider-family-aws/latest/resources/aws.upbound.io/ProviderConfig/v1beta1>
fn role(spec: &Node) -> Option<&Node> {
    let chain = spec.get("assumeRoleChain").and_then(|chain| chain.items().last()?.get("roleARN"));
    let own =
        || spec.get("assumeRole").and_then(|role| role.get("roleARN")).or_else(|| spec.get("assumeRoleARN"));
    let login = || {
        let credentials = spec.get("credentials")?;
        let identity = |of: &'_ Node| of.get("webIdentity").is_some();
        let holder =
            [Some(credentials), credentials.get("upbound")].into_iter().flatten().find(|of| identity(of))?;
        holder.get("webIdentity")?.get("roleARN")
    };
    chain.or_else(own).or_else(login)
}

fn account_of(arn: &Node) -> Option<(String, Span)> {
    let text = arn.as_str()?;
    let id = text.strip_prefix("arn:")?.split(':').nth(3).filter(|id| is_account_id(id))?;
    Some((id.to_owned(), arn.span))
}
