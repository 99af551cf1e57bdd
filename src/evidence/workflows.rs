//! Workflows of GitHub Actions: which role a job assumes before it deploys a directory.
//!
//! <https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax>,
//! <https://github.com/aws-actions/configure-aws-credentials>

use std::collections::BTreeMap;

use super::commands::{CHECKOUT, Done, Shell, join};
use super::texts::{account_of_role, is_own, is_workflow, text};
use super::{Kind, Target, Witness};
use crate::bounds;
use crate::parse::{Node, yaml};
use crate::source::{Sources, Span};

/// What the expressions of a workflow can name, with the place of each value: `matrix.directory`, `inputs.role`.
type Values = BTreeMap<String, (String, Span)>;

/// All workflows of a project.
pub(super) fn read(sources: &Sources) -> Vec<Witness> {
    let mut all = Workflows { sources, files: BTreeMap::new(), found: Vec::new(), rows: 0 };
    let ids = sources.ids().filter(|id| is_workflow(sources.path(*id)));
    for id in ids.take(bounds::EVIDENCE_PIPELINES) {
        let Some(text) = text(sources, id) else { continue };
        if let (Some(node), _) = yaml::parse(id, &text) {
            all.files.insert(sources.path(id), node);
        }
    }
    let names: Vec<&str> = all.files.keys().copied().collect();
    for name in names {
        all.workflow(name, &Values::new(), 0);
    }
    all.found
}

struct Workflows<'s> {
    sources: &'s Sources,
    files: BTreeMap<&'s str, Node>,
    found: Vec<Witness>,
    /// Jobs that were looked at, one for each row of a matrix.
    rows: usize,
}

/// What a job has done so far.
struct Job<'s> {
    sources: &'s Sources,
    values: Values,
    /// The account of the last role, and where the role is written.
    role: Option<(String, Span)>,
    directory: String,
    /// Whether the job says so.
    is_told: bool,
    workspace: Option<String>,
    found: Vec<Witness>,
}

impl Workflows<'_> {
    fn workflow(&mut self, name: &str, inputs: &Values, depth: usize) {
        let Some(workflow) = self.files.get(name).cloned() else { return };
        if depth > bounds::EVIDENCE_CALLS {
            return;
        }
        let mut values = inputs.clone();
        if depth > 0 {
            let declared = workflow.get("on").and_then(|on| on.get("workflow_call"));
            for input in declared.and_then(|call| call.get("inputs")).map_or(&[][..], Node::members) {
                let default = input.value.get("default").and_then(|node| Some((node.as_str()?, node.span)));
                if let Some(default) = default {
                    values.entry(format!("inputs.{}", input.key)).or_insert(default);
                }
            }
        }
        environment(workflow.get("env"), &mut values);
        let directory = working_directory(&workflow);
        for job in workflow.get("jobs").map_or(&[][..], Node::members) {
            for row in rows(&job.value, &values) {
                self.rows += 1;
                if self.rows > bounds::EVIDENCE_JOBS {
                    return;
                }
                self.job(&job.value, row, directory, depth);
            }
        }
    }

    fn job(&mut self, job: &Node, mut values: Values, directory: Option<&Node>, depth: usize) {
        environment(job.get("env"), &mut values);
        if let Some(called) = job.get("uses").and_then(Node::as_str) {
            let mut inputs = Values::new();
            for input in job.get("with").map_or(&[][..], Node::members) {
                if let Some(value) = resolved_at(&input.value, &values) {
                    inputs.insert(format!("inputs.{}", input.key), value);
                }
            }
            if let Some(name) = called.strip_prefix("./") {
                self.workflow(name, &inputs, depth + 1);
            } else {
                let mut state = self.state(values, String::new(), false);
                state.action(job, true);
                self.found.extend(state.found);
            }
            return;
        }
        let told = working_directory(job);
        let written = told.or(directory).map(|node| resolved(node, &values));
        let Some(start) = written.unwrap_or_else(|| Some(String::new())).and_then(|path| join("", &path))
        else {
            return;
        };
        let mut state = self.state(values, start, told.is_some());
        for step in job.get("steps").map_or(&[][..], Node::items) {
            state.step(step);
        }
        self.found.extend(state.found);
    }

    fn state(&self, values: Values, directory: String, is_told: bool) -> Job<'_> {
        let (role, workspace) = (None, None);
        Job { sources: self.sources, values, role, directory, is_told, workspace, found: Vec::new() }
    }
}

impl Job<'_> {
    fn step(&mut self, step: &Node) {
        let before = self.values.clone();
        environment(step.get("env"), &mut self.values);
        if step.get("uses").is_some() {
            self.action(step, false);
        } else if let Some(script) = step.get("run") {
            self.script(step, script);
        }
        self.values = before;
    }

    /// A step that uses an action, or a job that calls a workflow which is not in the project.
    fn action(&mut self, step: &Node, is_workflow: bool) {
        let name = step.get("uses").and_then(Node::as_str).unwrap_or_default();
        let with = step.get("with").map_or(&[][..], Node::members);
        let logs_in = name.contains("configure-aws-credentials");
        let mut role = None;
        for input in with {
            let is_role = input.key.to_ascii_lowercase().contains("role");
            match resolved_at(&input.value, &self.values) {
                Some((value, span)) => {
                    role = account_of_role(&value).map(|id| (id.to_owned(), span)).or(role);
                }
                // It is not known whose role.
                None if is_role && logs_in => self.role = None,
                None => {}
            }
        }
        if logs_in {
            self.role = role;
            return;
        }
        let is_given = role.is_some();
        let used = role.as_ref().or(self.role.as_ref());
        let named = with.iter().find(|input| is_directory(&input.key));
        let directory = named.and_then(|input| join("", &resolved(&input.value, &self.values)?));
        let deploys = ["terraform", "terragrunt", "tofu", "deploy", "plan", "apply"];
        let is_deployed =
            is_workflow || is_given || deploys.iter().any(|word| name.to_lowercase().contains(word));
        if let (Some(path), Some(used), true) = (directory, used, is_deployed) {
            let target = Target::At { path, values: None, workspace: None };
            let (id, span) = used;
            self.found.extend(self.witness(target, id, *span));
        }
    }

    fn script(&mut self, step: &Node, script: &Node) {
        let told = step.get("working-directory");
        let directory = match told {
            Some(node) => resolved(node, &self.values).and_then(|path| join("", &path)),
            None => Some(self.directory.as_str().to_owned()),
        };
        let Some(text) = script.as_str() else { return };
        let text = with_values(&text, &self.values);
        let mut variables = BTreeMap::new();
        for (name, (value, _)) in &self.values {
            if let Some(name) = name.strip_prefix("env.") {
                variables.insert(name.to_owned(), value.as_str().to_owned());
            }
        }
        let named = variables.iter().find(|(name, _)| is_directory(name) && name.contains("WORKING"));
        let directory = match named {
            Some((_, path)) if told.is_none() && !self.is_told => join("", path).or(directory),
            _ => directory,
        };
        self.workspace = variables.get("TF_WORKSPACE").cloned().or(self.workspace.take());
        let mut shell = Shell {
            directory: directory.as_deref().map(str::to_owned),
            variables: &variables,
            workspace: self.workspace.take(),
        };
        let done = shell.run(&text);
        self.workspace = shell.workspace;
        let deploys = done.iter().any(|one| matches!(one, Done::Deploys(_)));
        for one in done {
            match one {
                Done::Assumes { id, line } => self.role = id.map(|id| (id, place_of_line(script, line))),
                Done::Deploys(target) => {
                    let role = self.role.as_ref();
                    self.found.extend(role.and_then(|(id, span)| self.witness(target, id, *span)));
                }
            }
        }
        // A script of the project itself, started where something is deployed from.
        let path = directory.filter(|path| !deploys && !path.is_empty() && (told.is_some() || self.is_told));
        if let (Some(path), Some((id, span))) = (path, &self.role) {
            let target = Target::At { path, values: None, workspace: None };
            self.found.extend(self.witness(target, id, *span));
        }
    }

    fn witness(&self, target: Target, id: &str, span: Span) -> Option<Witness> {
        let is_there = match &target {
            Target::At { path, .. } | Target::Below(path) => {
                path.is_empty()
                    || self.sources.find(path).is_some()
                    || self.sources.below(path).next().is_some()
            }
            Target::Only | Target::Role(_) | Target::Values(_) => true,
        };
        (is_there && is_own(id)).then(|| Witness { kind: Kind::Pipeline, target, id: id.to_owned(), span })
    }
}

/// Whether a name says that its value is the directory that is deployed.
fn is_directory(name: &str) -> bool {
    let name: String =
        name.chars().filter(char::is_ascii_alphanumeric).map(|char| char.to_ascii_lowercase()).collect();
    let ends = [
        "workingdir",
        "workingdirectory",
        "tfroot",
        "tfdir",
        "tfdirectory",
        "terraformdir",
        "terraformdirectory",
        "terraformpath",
        "tfpath",
        "rootmodule",
    ];
    ends.iter().any(|end| name.ends_with(end)) || matches!(name.as_str(), "directory" | "dir" | "path")
}

fn working_directory(of: &Node) -> Option<&Node> {
    of.get("defaults")?.get("run")?.get("working-directory")
}

fn environment(env: Option<&Node>, values: &mut Values) {
    for variable in env.map_or(&[][..], Node::members) {
        let name = format!("env.{}", variable.key);
        match resolved_at(&variable.value, values) {
            Some(value) => _ = values.insert(name, value),
            None => _ = values.remove(&name),
        }
    }
}

/// The values for each row of the matrix of a job; one without a matrix.
///
/// <https://docs.github.com/en/actions/how-tos/write-workflows/choose-what-workflows-do/run-job-variations>
fn rows(job: &Node, values: &Values) -> Vec<Values> {
    let Some(matrix) = job.get("strategy").and_then(|strategy| strategy.get("matrix")) else {
        return vec![values.clone()];
    };
    let base: Vec<&str> = matrix.members().iter().map(|member| &*member.key).collect();
    let base: Vec<&str> = base.into_iter().filter(|key| !matches!(*key, "include" | "exclude")).collect();
    let mut rows = vec![values.clone()];
    for key in &base {
        let items = matrix.get(key).map_or(&[][..], Node::items);
        let with = |row: &Values, item: &Node| {
            let mut row = row.clone();
            add_value(&format!("matrix.{key}"), item, values, &mut row);
            row
        };
        rows = rows.iter().flat_map(|row| items.iter().map(|item| with(row, item))).collect();
        rows.truncate(bounds::EVIDENCE_ROWS);
    }
    if base.is_empty() {
        rows.clear();
    }
    for include in matrix.get("include").map_or(&[][..], Node::items) {
        let mut own = Values::new();
        for member in include.members() {
            add_value(&format!("matrix.{}", member.key), &member.value, values, &mut own);
        }
        let keys = base.iter().map(|key| format!("matrix.{key}"));
        let fixed: Vec<String> = keys.filter(|key| own.contains_key(key)).collect();
        let is_same = |row: &Values, key: &String| {
            row.get(key).map(|(text, _)| text) == own.get(key).map(|(text, _)| text)
        };
        let fits = |row: &&mut Values| fixed.iter().all(|key| is_same(row, key));
        let mut extended = false;
        for row in rows.iter_mut().filter(fits) {
            row.extend(own.iter().map(|(name, (text, span))| (name.into(), (text.into(), *span))));
            extended = !base.is_empty();
        }
        if !extended && rows.len() < bounds::EVIDENCE_ROWS {
            rows.push(values.clone().into_iter().chain(own).collect());
        }
    }
    rows
}

/// Adds a value under a name, or what is in it under names of its own.
fn add_value(name: &str, node: &Node, values: &Values, to: &mut Values) {
    for member in node.members() {
        add_value(&format!("{name}.{}", member.key), &member.value, values, to);
    }
    if let Some(value) = resolved_at(node, values) {
        to.insert(name.to_owned(), value);
    }
}

fn resolved(node: &Node, values: &Values) -> Option<String> {
    resolved_at(node, values).map(|(text, _)| text)
}

/// The text of a node with its expressions replaced, and where an account or a role in it is written.
fn resolved_at(node: &Node, values: &Values) -> Option<(String, Span)> {
    let text = node.as_str()?;
    let mut parts = text.split("${{");
    let mut whole = parts.next().unwrap_or_default().to_owned();
    let mut span = node.span;
    for part in parts {
        let (name, rest) = part.split_once("}}")?;
        let name = name.trim();
        if name == "github.workspace" {
            whole.push_str(CHECKOUT);
        } else {
            let (value, at) = values.get(name)?;
            whole.push_str(value);
            if value.bytes().filter(u8::is_ascii_digit).count() >= 12 {
                span = *at;
            }
        }
        whole.push_str(rest);
    }
    Some((whole, span))
}

/// A script with those expressions replaced that are known; of the others a variable stays that nobody knows.
fn with_values(script: &str, values: &Values) -> String {
    let mut parts = script.split("${{");
    let mut whole = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let Some((name, rest)) = part.split_once("}}") else {
            whole.push_str(part);
            continue;
        };
        match (name.trim(), values.get(name.trim())) {
            ("github.workspace", _) => whole.push_str(CHECKOUT),
            (_, Some((value, _))) => whole.push_str(value),
            (_, None) => whole.push_str("${?}"),
        }
        whole.push_str(rest);
    }
    whole
}

/// The place of a line of the text of a node, counted from 0.
pub(super) fn place_of_line(node: &Node, line: usize) -> Span {
    let mut lines = 0;
    for (text, span) in node.parts() {
        let breaks = text.matches('\n').count();
        if lines + breaks >= line {
            let is_mapped = span.len() == text.len();
            let starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1));
            let start = starts.take(line - lines + 1).last().unwrap_or(0);
            return if is_mapped { span.part(start, start) } else { span };
        }
        lines += breaks;
    }
    node.span
}
