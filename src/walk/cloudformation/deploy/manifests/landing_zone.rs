//! `customizations-config.yaml` of the Landing Zone Accelerator.
//!
//! <https://awslabs.github.io/landing-zone-accelerator-on-aws/latest/sample-configurations/>

use std::collections::BTreeMap;

use super::entry::{Entry, Manifests, beside, given_value, hint, region, several, written};
use crate::facts::AccountHint;
use crate::parse::Node;
use crate::source::{SourceId, Span};
use crate::value::Text;

use super::super::files::{directory, parse};
use super::super::project::Project;
use crate::walk::cloudformation::language::parameters::Given;

const EVIDENCE: &str = "customizations of the Landing Zone Accelerator";

/// An account of the landing zone.
struct Account {
    unit: String,
    id: Option<(String, Span)>,
}

pub(super) fn read(project: &Project<'_>, file: SourceId, root: &Node, out: &mut Manifests) {
    let accounts = accounts(project, file);
    let home = directory(project.sources.path(file));
    let Some(customizations) = root.get("customizations") else { return };
    for section in ["cloudFormationStacks", "cloudFormationStackSets"] {
        for item in several(customizations.get(section)) {
            let text = |name: &str| item.get(name).and_then(Node::as_str);
            let template = text("template").and_then(|path| beside(project, file, &path));
            let Some(template) = template else { continue };
            let (targets, elsewhere) = targets(item.get("deploymentTargets"), &accounts, home);
            let mut given = Given { complete: true, ..Given::default() };
            for one in several(item.get("parameters")) {
                if let (Some(name), Some(node)) = (one.get("name").and_then(Node::as_str), one.get("value")) {
                    given.insert(&name, given_value(node, &written(project, file, &name)));
                }
            }
            let stack_name = item.get("name").filter(|_| section == "cloudFormationStacks");
            let entry = Entry {
                name: text("name").unwrap_or_default(),
                stack_name: stack_name.and_then(|node| Some(Text::literal(node.as_str()?, node.span))),
                accounts: targets,
                elsewhere,
                region: region(item.get("regions")),
                given,
            };
            out.add(project, template, entry);
        }
    }
}

/// The accounts that are meant, and whether there are others.
///
/// `home` is the directory of the configuration, which has one organization.
fn targets(
    targets: Option<&Node>,
    accounts: &BTreeMap<String, Account>,
    home: &str,
) -> (Vec<AccountHint>, bool) {
    let Some(targets) = targets else { return (Vec::new(), false) };
    let list = |name: &str| several(targets.get(name));
    let excluded: Vec<String> = list("excludedAccounts").iter().filter_map(Node::as_str).collect();
    let mut found: Vec<AccountHint> = Vec::new();
    let mut add = |name: &str, span: Span| {
        let account = accounts.get(name).and_then(|account| account.id.as_ref());
        let (id, span) = account.map_or((name, span), |(id, span)| (id.as_str(), *span));
        let named = hint(id, home, span, EVIDENCE);
        if !excluded.iter().any(|it| it == name) && !found.iter().any(|it| it.account == named.account) {
            found.push(named);
        }
    };
    for node in list("accounts") {
        if let Some(name) = node.as_str() {
            add(&name, node.span);
        }
    }
    let mut elsewhere = false;
    for node in list("organizationalUnits") {
        let Some(unit) = node.as_str() else { continue };
        let below = |(_, account): &(&String, &Account)| {
            unit == "Root"
                || account
                    .unit
                    .strip_prefix(&unit)
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let members: Vec<_> = accounts.iter().filter(below).collect();
        elsewhere |= members.is_empty();
        for (name, _) in members {
            add(name, node.span);
        }
    }
    (found, elsewhere)
}

/// The accounts by name, with their ids as far as they are listed.
fn accounts(project: &Project<'_>, file: SourceId) -> BTreeMap<String, Account> {
    let mut found = BTreeMap::new();
    let Some(id) = beside(project, file, "accounts-config.yaml") else { return found };
    let (Some(root), _) = parse(project.sources, id) else { return found };
    let text = |node: &Node, name: &str| node.get(name).and_then(Node::as_str);
    let mut ids: BTreeMap<String, (String, Span)> = BTreeMap::new();
    for node in several(root.get("accountIds")) {
        if let (Some(email), Some(account)) = (text(node, "email"), node.get("accountId")) {
            ids.insert(email, (account.as_str().unwrap_or_default(), account.span));
        }
    }
    for section in ["mandatoryAccounts", "workloadAccounts"] {
        for node in several(root.get(section)) {
            let Some(name) = text(node, "name") else { continue };
            let id = text(node, "email").and_then(|email| ids.get(&email).cloned());
            let unit = text(node, "organizationalUnit").unwrap_or_default();
            found.insert(name, Account { unit, id });
        }
    }
    found
}
