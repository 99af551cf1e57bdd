//! What a project says of accounts: the first half of the pipeline, without rules.

use rustc_hash::FxHashSet;

use crate::accounts::Accounts;
use crate::accounts::normalise::key;
use crate::ask::{Setting, statements};
use crate::config::Config;
use crate::graph::{self, Graph, IdentityKind, Seen};
use crate::iam::arn::{Arn, is_account_id};
use crate::outcome::{Survey, SurveyedUnit};
use crate::source::{Sources, Span};
use crate::value::{OriginKind, Symbol, Text, UnitKey};
use crate::walk;

use super::{unit_account, with_room};

/// The types of accounts that an organization declares, with the properties that name them.
const DECLARED: [(&str, &str); 2] =
    [("aws_organizations_account", "name"), ("AWS::Organizations::Account", "AccountName")];

/// Looks at the accounts of a project.
pub fn survey(sources: &Sources, config: &Config) -> Survey {
    with_room(|| {
        let (walked, files) = walk::project(sources, &config.inputs);
        let accounts = Accounts::new(&walked.units, &walked.declarations, &walked.terms, config)
            .with_declared(&walked.parameters, &walked.declarations);
        let (units, bindings) = (walked.units, walked.bindings);
        let graph = graph::build(walked.declarations, accounts.with_covered(walked.covered), Seen::Touched);
        let providers = graph.declarations.iter().filter(|declared| &*declared.type_name == "provider.aws");
        let assuming: FxHashSet<&UnitKey> = providers.map(|declared| &declared.unit).collect();
        let surveyed = units.iter().filter_map(|unit| {
            let assignment = graph.accounts.assignment(&unit.key)?;
            let account = unit_account(&graph, &unit.key, assignment, unit.language);
            let id = assignment.account.as_literal().filter(|id| is_account_id(id));
            let term = assignment.account.as_symbol().filter(|_| id.is_none() && account.identity.is_some());
            Some(SurveyedUnit {
                account,
                key: unit.key.clone(),
                path: if unit.path == "." { String::new() } else { unit.path.clone() },
                files: unit.files.clone(),
                is_deployed: unit.is_deployed(),
                id: id.map(std::borrow::Cow::into_owned),
                term: key(&assignment.account),
                shown_term: term.and_then(alias),
                assumes: assuming.contains(&unit.key),
            })
        });
        let surveyed = surveyed.collect();
        let roles = graph.of_kind(IdentityKind::Role).filter(|(_, role)| role.made_by.is_none());
        let roles = roles.filter_map(|(_, role)| {
            let name = role.name.as_literal()?.into_owned();
            Some((name, graph.declarations[role.declaration].unit.clone()))
        });
        let roles = roles.collect();
        Survey {
            surveyed,
            organization: organization(&graph),
            roles,
            named: named(&graph),
            bindings,
            files,
            units,
        }
    })
}

/// How a term is written in the configuration; nothing for what is only known to be the account of another unit.
fn alias(term: &Symbol) -> Option<String> {
    match term.origin.kind() {
        OriginKind::Unit(_) => None,
        OriginKind::Profile(name) => Some(format!("profile:{name}")),
        _ => Some(term.origin.shown().to_owned()),
    }
}

/// The names of the accounts of a declared organization.
fn organization(graph: &Graph) -> Vec<String> {
    let named = graph.declarations.iter().filter_map(|declared| {
        let (_, property) = DECLARED.iter().find(|(kind, _)| *kind == &*declared.type_name)?;
        Some(declared.properties.get(property)?.as_text()?.as_literal()?.into_owned())
    });
    named.collect()
}

/// The accounts that policies name: as principals, in the ARNs of resources, and in conditions.
fn named(graph: &Graph) -> Vec<(String, Span)> {
    let mut found = Vec::new();
    let mut add = |account: &Text, span: Span| {
        let account = graph.accounts.normalise(account);
        if let Some(id) = account.as_literal().filter(|id| is_account_id(id)) {
            found.push((id.into_owned(), span));
        }
    };
    for Setting { statement, .. } in statements(graph) {
        for item in statement.principals.iter().flat_map(|clause| &clause.items) {
            if let Some(account) = item.value.account() {
                add(account, item.span);
            }
        }
        let resources = statement.resources.iter().flat_map(|clause| &clause.items);
        let values = statement.conditions.iter().flat_map(|condition| condition.values.iter());
        for item in resources.chain(values) {
            match Arn::parse(&item.value) {
                Some(arn) => add(&arn.account, item.span),
                None => add(&item.value, item.span),
            }
        }
    }
    found.sort_by(|a, b| (a.1, &a.0).cmp(&(b.1, &b.0)));
    found.dedup();
    found
}
