//! IAM policy documents in files of their own.
//!
//! What a document is of is said by a [`binding`]: from the configuration, from the document itself, from the names of files. A
//! document without one is judged by its elements alone.

pub mod binding;
mod commands;
pub mod configured;
mod declare;
mod document;
mod kind;
mod pairs;
pub mod pattern;
mod placeholder;
mod remarks;
mod resource;
mod written;

use self::binding::{Binding, Content, Source, Target, What, settled};
use self::configured::{Kind, Row, Said};
use self::declare::{Declared, declare};
use self::document::{Found, found};
use crate::diagnostic::Problem;
use crate::facts::{Declaration, Placeholder, Walked};
use crate::parallel;
use crate::parse::{Node, json};
use crate::source::{SourceId, Sources, Span, mentions};

/// What is told about policy files, besides what stands in the files of the project.
#[derive(Clone, Debug, Default)]
pub struct Inputs {
    /// `[[policy]]`, those of the nearest configuration first.
    pub rows: Vec<Row>,
}

impl Inputs {
    /// Whether the configuration speaks of a file, so that it is read whatever its name is.
    pub fn names(&self, path: &str) -> bool {
        self.rows.iter().any(|row| row.matches(path).is_some())
    }
}

/// What the names of policy files end in: JSON, also with comments, and templates of it.
const ENDINGS: [&str; 6] = [".json", COMMENTED, ".policy", ".json.j2", ".json.tftpl", ".json.tpl"];

/// What the names of files of JSON with comments end in.
const COMMENTED: &str = ".jsonc";

/// Whether a file may hold policy documents, by its name.
pub fn is_named_so(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    ENDINGS.iter().any(|ending| name.ends_with(ending))
}

/// Whether a file is a template of JSON, by its name: what makes a policy of it knows what to put in.
fn is_template(path: &str) -> bool {
    [".j2", ".tftpl", ".tpl"].iter().any(|ending| path.ends_with(ending))
}

/// Whether a text holds policy documents: as a JSON object whose `Statement` is made of objects with an `Effect`, or with what the
/// command line of AWS puts around one.
pub fn claims(text: &str) -> bool {
    let begins = text.trim_start_matches('\u{feff}').trim_start().starts_with(['{', '[', '/']);
    let has = |word| mentions(text, word);
    if !begins || !has("\"Effect") && !has("\"Statement") {
        return false;
    }
    if remarks::is_meant(text) {
        return true;
    }
    if !has("\"Statement") || !has("\"Effect") {
        return false;
    }
    let nowhere = Sources::in_memory([("policy.json".to_owned(), String::new())]);
    let holds = |id| json::value(id, text).is_ok_and(|value| !found(value).is_empty());
    nowhere.ids().next().is_some_and(holds)
}

/// Whether a file of YAML holds policy documents. Cheap where it has not the words of one.
pub fn claims_yaml(path: &str, text: &str) -> bool {
    written::is_yaml(path) && written::is_policy_in_yaml(text)
}

/// Reads policy files, and declares what they are the policies of. `others` is what templates declare.
pub fn walk(sources: &Sources, files: &[SourceId], inputs: &Inputs, others: &[Declaration]) -> Walked {
    let mut files = files.to_vec();
    files.sort_unstable();
    files.dedup();
    let read: Vec<Read> = parallel::each(&files, |file| read(sources, *file, inputs));
    let is_of_something = |one: &Binding| !matches!(one.target, Target::Unknown);
    let commands = commands::read(sources, &files);
    let is_bound = |one: &Read| one.bindings.iter().any(is_of_something);
    let declared = if !commands.is_empty() || read.iter().any(is_bound) {
        Declared::of(others)
    } else {
        Declared::default()
    };
    let mut problems = Vec::new();
    let (mut bindings, mut placeholders) = (Vec::new(), Vec::new());
    for one in read {
        problems.extend(one.problems);
        placeholders.extend(one.placeholders);
        bindings.extend(one.bindings.into_iter().map(|one| unless_declared(one, &declared)));
    }
    let is_configured = |one: &&Binding| one.source == Source::Configuration;
    let configured: Vec<Binding> = bindings.iter().filter(is_configured).cloned().collect();
    let commands = commands.declare(sources, &declared, &configured);
    bindings.retain(|one| is_configured(&one) || !commands.documents.contains(&one.content.span()));
    placeholders.retain(|one| !commands.filled.iter().any(|document| document.contains(one.span)));
    for one in &mut placeholders {
        let applied = commands.applied.iter().find(|(document, _)| document.contains(one.span));
        one.applied = applied.map(|(_, command)| *command);
    }
    pairs::join(&mut bindings, sources);
    kind::with_allow_lists(&mut bindings, sources);
    let (bindings, contradictions) = settled(bindings, sources);
    let unattached = unattached(&bindings);
    let mut walked = declare(bindings, &declared, sources);
    walked.unattached = unattached;
    walked.placeholders = placeholders;
    walked.problems.extend(problems);
    walked.problems.extend(contradictions);
    walked.extend(commands.walked);
    walked
}

/// How many files have trust policies and permissions of which nobody knows whose they are: 0 where there is only one of both.
fn unattached(bindings: &[Binding]) -> usize {
    let of = |what: What| -> std::collections::BTreeSet<SourceId> {
        let unknown = |one: &&Binding| matches!(one.target, Target::Unknown) && one.what == what;
        bindings.iter().filter(unknown).map(|one| one.file).collect()
    };
    let (trusts, permissions) = (of(What::Trust), of(What::Identity));
    if trusts.is_empty() || permissions.is_empty() { 0 } else { trusts.union(&permissions).count() }
}

/// A policy that names a resource which a template declares: what the template says of it is deployed, and whether the file is,
/// nobody says.
fn unless_declared(one: Binding, declared: &Declared) -> Binding {
    match &one.target {
        Target::Resource(arn) if one.source == Source::Content && declared.has_resource(arn) => {
            Binding { target: Target::Unknown, ..one }
        }
        _ => one,
    }
}

/// What one file says.
#[derive(Default)]
struct Read {
    bindings: Vec<Binding>,
    placeholders: Vec<Placeholder>,
    problems: Vec<Problem>,
}

impl Read {
    /// The policies in the documents of a file; that one is meant as a policy and is none is noted.
    fn documents(&mut self, nodes: &[Node]) -> Vec<Found> {
        let mut all = Vec::new();
        for node in nodes {
            let whole = json::node_to_value(node);
            match remarks::unread(&whole) {
                Some(problem) => self.problems.push(problem),
                None => all.extend(found(whole)),
            }
        }
        all
    }
}

fn read(sources: &Sources, file: SourceId, inputs: &Inputs) -> Read {
    let mut read = Read::default();
    let said: Vec<Said> = inputs.rows.iter().filter_map(|row| row.says(file, sources)).collect();
    if said.first().is_some_and(|first| first.kind == Some(Kind::Ignore)) {
        return read;
    }
    let (nodes, noted) = match written::parsed(sources, file) {
        Ok(parsed) => parsed,
        Err(problem) => {
            // What a program puts in is right as it is.
            let lost = !is_template(sources.path(file));
            read.problems.push(Problem { lost, ..problem });
            return read;
        }
    };
    let is_lax = sources.path(file).ends_with(COMMENTED);
    read.problems.extend(noted.into_iter().filter(|_| !is_lax));
    let documents = read.documents(&nodes);
    if documents.is_empty() && !read.problems.is_empty() {
        return read;
    }
    if documents.is_empty() {
        if !said.is_empty() {
            let message = "the configuration says that this is a policy, but it has no `Statement`";
            read.problems.push(Problem::new(Span::start_of(file), message));
        }
        return read;
    }
    for mut document in documents {
        if let Content::Document(written) = document.content {
            document.content = Content::Document(placeholder::filled(written, &mut read.placeholders));
        }
        let configured: Vec<Binding> =
            said.iter().filter_map(|said| configured(said, &document, file)).collect();
        let all =
            if configured.is_empty() { vec![own(document, file, sources.path(file))] } else { configured };
        if let Some(first) = all.first()
            && let Content::Document(written) = &first.content
        {
            read.problems.extend(remarks::remarks(written, first.what, first.evidence));
        }
        read.bindings.extend(all);
    }
    read
}

/// What a row of the configuration makes of a document.
fn configured(said: &Said, document: &Found, file: SourceId) -> Option<Binding> {
    let what = match said.kind {
        Some(Kind::Of(what)) => what,
        Some(Kind::Ignore) => return None,
        None => match (&document.content, &said.target) {
            (Content::Document(written), Target::Identity(..)) => match kind::by_elements(written) {
                What::Resource => What::Trust,
                what => what,
            },
            (Content::Document(written), _) => document.what.unwrap_or_else(|| kind::by_elements(written)),
            (Content::Managed(_), _) => document.what?,
        },
    };
    let of_organization = matches!(what, What::ServiceControl | What::ResourceControl);
    let target = match &said.target {
        Target::Unknown if of_organization && said.account.is_some() => Target::Account,
        Target::Unknown => document.target.clone(),
        target => target.clone(),
    };
    Some(Binding {
        what,
        target,
        account: said.account.clone(),
        file,
        content: document.content.clone(),
        source: Source::Configuration,
        evidence: said.evidence,
    })
}

/// What a document says itself, or what stands around it, or its path.
fn own(document: Found, file: SourceId, path: &str) -> Binding {
    let (what, target) = match (&document.content, document.what) {
        (_, Some(what)) => (what, document.target),
        (Content::Managed(_), None) => (What::Identity, document.target),
        (Content::Document(written), None) => {
            let limits = kind::by_path(path, written).or_else(|| kind::by_content(written));
            let what = limits.unwrap_or_else(|| kind::by_elements(written));
            let target = match (what, document.target) {
                (What::Resource, Target::Unknown) => kind::own_resource(written),
                (What::Resource | What::Identity, target) => target,
                _ => Target::Unknown,
            };
            (what, target)
        }
    };
    let content = document.content;
    Binding { what, target, account: None, file, content, source: Source::Content, evidence: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    const POLICY: &str = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*"}]}"#;

    #[test]
    fn a_policy_file_is_one_declaration_in_a_unit_of_its_own() {
        let sources = Sources::in_memory([("a/read.json".to_owned(), POLICY.to_owned())]);
        let files: Vec<_> = sources.ids().collect();
        let walked = walk(&sources, &files, &Inputs::default(), &[]);
        let [declaration] = walked.declarations.as_slice() else { panic!("{walked:?}") };
        assert_eq!((declaration.unit.path(), &*declaration.address), ("a/read.json", "read.json"));
        let document = declaration.properties.get("document").unwrap();
        let statement = document.as_map().unwrap().get("Statement").unwrap();
        assert_eq!(sources.slice(statement.span), r#"[{"Effect": "Allow", "Action": "s3:*"}]"#);
        assert_eq!(walked.units.len(), 1);
    }

    #[test]
    fn one_statement_need_not_be_in_a_list() {
        assert!(claims(r#"{"Statement": {"Effect": "Deny"}}"#));
    }

    #[test]
    fn what_the_command_line_takes_and_prints_holds_policies() {
        for wrapped in [
            r#"[{"Statement": [{"Effect": "Allow"}]}]"#,
            r#"{"policy": {"Statement": [{"Effect": "Allow"}]}}"#,
            r#"{"Policy": "{\"Statement\": [{\"Effect\": \"Allow\"}]}"}"#,
            r#"{"a": {"Statement": {"Effect": "Deny"}}, "b": {"Statement": {"Effect": "Deny"}}}"#,
            "// from the guide\n{\"Statement\": {\"Effect\": \"Deny\"}}",
        ] {
            assert!(claims(wrapped), "{wrapped}");
        }
    }

    #[test]
    fn what_is_no_statement_in_a_document_is_meant_as_one() {
        for meant in
            [r#"{"Statement": "Effect"}"#, r#"{"Statement": [{"Effect": "Allow"}, {"Action": "x"}]}"#]
        {
            assert!(claims(meant), "{meant}");
        }
    }

    #[test]
    fn other_json_is_not_a_policy() {
        for other in [
            r#"{"Statement": [], "x": "\"Effect\""}"#,
            r#"{"Resources": {}, "Statement": [{"Effect": "Allow"}]}"#,
            r#"{"RoleDetailList": [], "Policy": {"Statement": [{"Effect": "Allow"}]}}"#,
            r#"{"a": {"Statement": [{"Effect": "Allow"}]}, "b": 1}"#,
            "",
        ] {
            assert!(!claims(other), "{other}");
        }
    }
}
