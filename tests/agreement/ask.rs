//! What trustlint says of a project: everything here goes through its public pipeline.

use std::collections::BTreeMap;

use trustlint::internals::ask::{Asker, Question, What, Who};
use trustlint::internals::diagnostic::Confidence;
use trustlint::internals::graph::{Graph, Resource};
use trustlint::internals::rules::rule;
use trustlint::internals::run::graph_of;
use trustlint::internals::source::SourceId;
use trustlint::internals::value::{Answer, Text};
use trustlint::{Config, Profile, RULES, Settings, Sources, Span, check};

use super::oracle::Truth;

const TODAY: &str = "2026-06-01T00:00:00Z";

/// A finding about both sides.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    pub(crate) rule: &'static str,
    pub(crate) message: String,
    pub(crate) primary: (String, usize),
    /// Whether the underlined text is a reference, which means its declaration whatever else is called so.
    pub(crate) by_reference: bool,
    pub(crate) related: Vec<(String, usize)>,
    pub(crate) identity: Vec<String>,
}

/// What trustlint knows of a project.
pub(crate) struct Asking {
    sources: Sources,
    config: Config,
    graph: Graph,
}

impl Asking {
    pub(crate) fn new(files: &BTreeMap<String, String>) -> Self {
        let names: Vec<&str> = RULES.iter().map(|rule| rule.name).collect();
        let mut config = files.get("trustlint.toml").map_or_else(Config::default, |text| {
            Config::parse(text, &names).unwrap_or_else(|errors| panic!("{errors:?}\n{text}"))
        });
        config.path = files.contains_key("trustlint.toml").then(|| "trustlint.toml".to_owned());
        let sources = Sources::in_memory(files.iter().map(|(path, text)| (path.clone(), text.clone())));
        let graph = graph_of(&sources, &config);
        Self { sources, config, graph }
    }

    /// The certain findings about both sides.
    pub(crate) fn findings(&self) -> Vec<Found> {
        let settings = Settings { now: TODAY.parse().unwrap(), profile: Profile::Default };
        let checked = check(&self.sources, &self.config, &settings);
        assert!(checked.problems.is_empty(), "{:?}", checked.problems);
        let place = |span: Span| {
            let path = self.sources.path(span.source).to_owned();
            (path, self.sources.position(span.source, span.start).line)
        };
        let both = checked.findings.iter().filter(|found| {
            found.confidence == Confidence::Certain
                && (found.rule == "denied-grant"
                    || rule(found.rule).is_some_and(|rule| rule.family == "both sides"))
        });
        both.map(|found| Found {
            rule: found.rule,
            message: found.message.clone(),
            primary: place(found.primary.span),
            by_reference: {
                let underlined = self.sources.slice(found.primary.span);
                underlined.contains(".arn") || underlined.contains("Arn")
            },
            related: found.related.iter().map(|label| place(label.span)).collect(),
            identity: found.identity.iter().map(|word| word.replace("${Partition}", "aws")).collect(),
        })
        .collect()
    }

    /// What `access` answers: for several declarations of one ARN, what holds for all of them. `addresses` are those of
    /// what AWS gives a name.
    pub(crate) fn access(&self, caller: &str, target: &Target, action: &str) -> Vec<Truth> {
        let graph = &self.graph;
        let shown = |text: &Text| text.to_string().replace("${Partition}", "aws");
        let here = Span::start_of(SourceId::first());
        let asker = Asker::new(graph, TODAY.parse().unwrap());
        let Some(from) = graph.identities.with_ids().find(|(_, one)| shown(&one.arn) == caller) else {
            return Vec::new();
        };
        let from = Who::Declared(from.0);
        let roles = graph.identities.with_ids().filter(|(_, it)| shown(&it.arn) == target.arn);
        let roles = What::Identities(roles.map(|(id, _)| id).collect());
        let account = target.arn.split(':').nth(4);
        let is_it = |resource: &Resource| {
            let address = graph.address(resource.declaration);
            // Roots that call one module have things of the same address.
            shown(&resource.arn) == target.arn
                || (Some(&*shown(&resource.account)) == account && target.address.as_deref() == Some(address))
        };
        let found: Vec<_> = graph.resources.with_ids().filter(|(_, one)| is_it(one)).collect();
        let within = found.first().filter(|_| !target.within.is_empty()).map(|(_, resource)| {
            let mut within = resource.arn.clone();
            within.push_str(target.within.as_str(), here);
            within
        });
        let resources = What::Resources(found.iter().map(|(id, _)| *id).collect());
        let mut answers = Vec::new();
        for (target, within) in [(roles, None), (resources, within)] {
            if !target.is_empty() {
                let question = Question { caller: &from, target: &target, action, within: within.as_ref() };
                answers.push(asker.ask(&question).answer);
            }
        }
        answers
            .into_iter()
            .map(|answer| match answer {
                Answer::Yes => Truth::Allowed,
                Answer::No => Truth::Denied,
                Answer::Unknown => Truth::Open,
            })
            .collect()
    }
}

/// What is asked for.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    pub(crate) arn: String,
    /// The address of what has no name of its own, or whose region is not known.
    pub(crate) address: Option<String>,
    pub(crate) within: String,
}
