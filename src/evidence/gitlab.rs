//! Jobs of GitLab CI: which role a job is given, and what its script deploys.
//!
//! <https://docs.gitlab.com/ci/yaml/>

use std::collections::BTreeMap;

use super::commands::{Done, Shell, expanded};
use super::texts::{account_of_role, is_gitlab, text};
use super::workflows::place_of_line;
use super::{Kind, Target, Witness};
use crate::bounds;
use crate::parse::{Member, Node, yaml};
use crate::source::{Sources, Span};

/// Keys of a file that are no jobs.
const GLOBAL: [&str; 8] =
    ["cache", "default", "image", "include", "services", "stages", "variables", "workflow"];

/// Variables with their values as written, and where these are.
type Variables = BTreeMap<String, (String, Span)>;

/// All jobs of a project.
pub(super) fn read(sources: &Sources) -> Vec<Witness> {
    let mut files = Vec::new();
    let ids = sources.ids().filter(|id| is_gitlab(sources.path(*id)));
    for id in ids.take(bounds::EVIDENCE_PIPELINES) {
        let Some(text) = text(sources, id) else { continue };
        if let (Some(node), _) = yaml::parse(id, &text) {
            files.push(node);
        }
    }
    let members = || files.iter().flat_map(Node::members);
    let jobs: BTreeMap<&str, &Node> = members()
        .filter(|job| !GLOBAL.contains(&&*job.key))
        .map(|Member { key, value, .. }| (&**key, value))
        .collect();
    let mut global = Variables::new();
    for all in members().filter(|member| &*member.key == "variables") {
        add(&all.value, &mut global);
    }
    let default = members().find(|member| &*member.key == "default").map(|member| &member.value);
    let project = Project { sources, jobs: &jobs, default };
    let mut found = Vec::new();
    for (name, job) in jobs.iter().filter(|(name, _)| !name.starts_with('.')).take(bounds::EVIDENCE_JOBS) {
        let mut chain = vec![*job];
        project.extended(job, &mut chain, &mut vec![*name]);
        project.job(&chain, &global, &mut found);
    }
    found
}

struct Project<'n> {
    sources: &'n Sources,
    jobs: &'n BTreeMap<&'n str, &'n Node>,
    default: Option<&'n Node>,
}

impl<'n> Project<'n> {
    /// The jobs that a job extends, the nearest first.
    fn extended(&self, job: &'n Node, chain: &mut Vec<&'n Node>, seen: &mut Vec<&'n str>) {
        let Some(extends) = job.get("extends") else { return };
        let names: Vec<String> = match extends.as_str() {
            Some(name) => vec![name],
            None => extends.items().iter().rev().filter_map(Node::as_str).collect(),
        };
        for name in names {
            let Some((name, other)) = self.jobs.get_key_value(name.as_str()) else { continue };
            if !seen.contains(name) && seen.len() < bounds::EVIDENCE_EXTENDED {
                seen.push(name);
                chain.push(other);
                self.extended(other, chain, seen);
            }
        }
    }

    fn job(&self, chain: &[&'n Node], global: &Variables, found: &mut Vec<Witness>) {
        let mut variables = global.clone();
        for job in chain.iter().rev() {
            if let Some(own) = job.get("variables") {
                add(own, &mut variables);
            }
        }
        let rows =
            chain.iter().find_map(|job| job.get("parallel")?.get("matrix")).map_or(&[][..], Node::items);
        if rows.is_empty() {
            return self.run(chain, &variables, found);
        }
        for row in rows.iter().take(bounds::EVIDENCE_ROWS) {
            let mut own = variables.clone();
            // A list of values makes a job for each of them; which goes with which of another list is not said.
            let lists = row.members().iter().filter(|member| member.value.items().len() > 1).count();
            let only = |member: &'n Member| match member.value.items() {
                [only] => only,
                _ => &member.value,
            };
            for member in row.members() {
                own.remove(&*member.key);
                let value = only(member);
                own.extend(value.as_str().map(|text| (member.key.to_string(), (text, value.span))));
            }
            let Some(listed) = row.members().iter().find(|member| member.value.items().len() > 1) else {
                self.run(chain, &own, found);
                continue;
            };
            for item in listed.value.items().iter().filter(|_| lists == 1).take(bounds::EVIDENCE_ROWS) {
                let mut one = own.clone();
                one.extend(item.as_str().map(|text| (listed.key.to_string(), (text, item.span))));
                self.run(chain, &one, found);
            }
        }
    }

    fn run(&self, chain: &[&'n Node], written: &Variables, found: &mut Vec<Witness>) {
        let mut variables = BTreeMap::new();
        // Variables name one another; a few rounds are enough.
        for _ in 0..bounds::EVIDENCE_CALLS {
            for (name, (text, _)) in written {
                if let Some(value) = expanded(text, &variables) {
                    variables.insert(name.as_str().to_owned(), value);
                }
            }
        }
        let mut roles: Vec<(String, Span)> = Vec::new();
        for (name, (_, span)) in written {
            let role = variables.get(name).and_then(|value| account_of_role(value));
            roles.extend(role.map(|id| (id.to_owned(), *span)));
        }
        let is_one = roles.iter().all(|(id, _)| roles.first().is_some_and(|(first, _)| id == first));
        let mut role = roles.into_iter().next().filter(|_| is_one);
        let directory = Some(String::new());
        let workspace = variables.get("TF_WORKSPACE").cloned();
        let mut shell = Shell { directory, variables: &variables, workspace };
        for part in ["before_script", "script"] {
            let of_job = chain.iter().find_map(|job| job.get(part));
            let Some(script) = of_job.or_else(|| self.default?.get(part)) else { continue };
            let lines: Vec<&Node> =
                if script.items().is_empty() { vec![script] } else { script.items().iter().collect() };
            for line in lines {
                for done in line.as_str().map(|text| shell.run(&text)).unwrap_or_default() {
                    match done {
                        Done::Assumes { id, line: at } => role = id.map(|id| (id, place_of_line(line, at))),
                        Done::Deploys(target) => found.extend(self.witness(target, role.as_ref())),
                    }
                }
            }
        }
    }

    fn witness(&self, target: Target, role: Option<&(String, Span)>) -> Option<Witness> {
        let (id, span) = role?;
        let is_there = match &target {
            Target::At { path, .. } | Target::Below(path) => {
                self.sources.find(path).is_some() || self.sources.below(path).next().is_some()
            }
            Target::Only | Target::Role(_) | Target::Values(_) => true,
        };
        is_there.then(|| Witness { kind: Kind::Pipeline, target, id: id.as_str().to_owned(), span: *span })
    }
}

/// Adds variables; a value may be described.
fn add(node: &Node, to: &mut Variables) {
    for member in node.members() {
        let value = member.value.get("value").unwrap_or(&member.value);
        if let Some(text) = value.as_str() {
            to.insert(member.key.to_string(), (text, value.span));
        }
    }
}
