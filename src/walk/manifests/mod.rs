//! Manifests of Kubernetes that declare resources of AWS: those of Crossplane and of the AWS Controllers for Kubernetes.
//!
//! Each becomes declarations of the types that Terraform has for the same things. What one manifest says of another by its name
//! or labels refers to that declaration, wherever in the project it is, for a cluster knows them all.
//!
//! - <https://docs.crossplane.io/latest/managed-resources/managed-resources/>
//! - <https://aws-controllers-k8s.github.io/docs/intro>

mod declare;
mod document;
mod kinds;
mod places;
mod references;
mod statements;
mod values;

use std::collections::BTreeMap;

use self::declare::declare;
use self::document::{Document, read};
use self::places::Places;
use self::references::Index;
use crate::diagnostic::Problem;
use crate::facts::Walked;
use crate::parallel;
use crate::parse::{Node, yaml};
use crate::source::{SourceId, Sources, Span, mentions};

/// Whether a text of YAML may hold such manifests. Cheap: it is only looked for the groups of their APIs.
pub fn claims(text: &str) -> bool {
    const GROUPS: [&str; 5] = [
        "services.k8s.aws/",
        "aws.upbound.io/",
        "aws.m.upbound.io/",
        "aws.crossplane.io/",
        "aws.jet.crossplane.io/",
    ];
    mentions(text, "apiVersion") && GROUPS.iter().any(|group| mentions(text, group))
}

/// Reads manifests: a unit for each directory and configuration of a provider.
pub fn walk(sources: &Sources, files: &[SourceId]) -> Walked {
    let mut files = files.to_vec();
    files.sort_unstable();
    files.dedup();
    let parsed: Vec<(SourceId, Vec<Node>, Vec<Problem>)> = parallel::each(&files, |file| {
        let text = sources.text_or_empty(*file);
        let (documents, mut problems) = yaml::documents(*file, &text);
        // What declares no policy is not missed.
        let is_missed = ["Statement", "statements", "olicyArn"].iter().any(|word| text.contains(word));
        for problem in &mut problems {
            problem.lost &= is_missed;
        }
        (*file, documents, problems)
    });
    let mut walked = Walked::default();
    let mut documents: Vec<Document<'_>> = Vec::new();
    for (file, nodes, problems) in &parsed {
        walked.problems.extend(problems.iter().cloned());
        for node in nodes {
            read(*file, node, &mut documents);
        }
    }
    let places = Places::of(&documents, sources);
    let index = Index::of(&documents, &places, sources);
    let mut regions = BTreeMap::new();
    for (number, document) in documents.iter().enumerate() {
        if index.declared(number).is_none() {
            continue;
        }
        if let Some(problem) = template(document, sources) {
            walked.problems.push(problem);
            continue;
        }
        let made = declare(&index, number, document, places.unit(number));
        regions.entry(places.unit(number)).or_insert_with(Vec::new).extend(document.region());
        walked.declarations.extend(made.declarations);
        walked.problems.extend(made.problems);
    }
    walked.units = places.units(&walked.declarations, &regions);
    walked
}

/// What charts of Helm and the like make of a template is deployed, not the template.
fn template(document: &Document<'_>, sources: &Sources) -> Option<Problem> {
    let text = sources.text_or_empty(document.file);
    let range = document.node.span.range();
    let at = range.start + text.get(range)?.find("{{")?;
    Some(Problem::new(Span::new(document.file, at, at + 2), "this is a template"))
}
