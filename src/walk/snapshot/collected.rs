//! What other tools saved of accounts: directories of files, told by how they are named and by what is in them.

use std::collections::BTreeMap;

use super::iam;
use super::input::Input;
use super::part::{Members, Part};
use super::resource::{self, Written};
use super::sketch::{Counted, Holder, Said, Sketch};
use crate::diagnostic::Problem;
use crate::source::{SourceText, Sources, Span};
use crate::value::Value;

/// The files of one thing in a directory, by what they say.
type Files<'i> = BTreeMap<String, (&'i Input, SourceText)>;

/// The directories in which another tool saved one thing each, and the inputs that are none of these.
#[derive(Default)]
pub(super) struct Collected<'i> {
    directories: BTreeMap<String, BTreeMap<String, &'i Input>>,
}

impl<'i> Collected<'i> {
    /// Takes the files that lie as iam-collect (`accounts/ID/iam/role/NAME/metadata.json`) or `PMapper` (`graph/nodes.json`)
    /// puts them; what is left is returned.
    ///
    /// <https://github.com/act-security-labs/iam-collect>
    /// <https://github.com/nccgroup/PMapper>
    pub(super) fn of(sources: &Sources, inputs: &'i [Input]) -> (Self, Vec<&'i Input>) {
        let mut collected = Self::default();
        let mut directories: BTreeMap<&str, Vec<(&str, &'i Input)>> = BTreeMap::new();
        for input in inputs {
            let (directory, name) = sources.path(input.source).rsplit_once('/').unwrap_or_default();
            directories.entry(directory).or_default().push((name, input));
        }
        let mut rest = Vec::new();
        for (directory, files) in directories {
            let has = |wanted: &str| files.iter().any(|(name, _)| *name == wanted);
            let is_thing = has("metadata.json") && is_in_account(directory);
            let is_graph = has("nodes.json") && directory.rsplit('/').next() == Some("graph");
            if is_thing || is_graph {
                let files = files.into_iter().map(|(name, input)| (name.to_owned(), input));
                collected.directories.insert(directory.to_owned(), files.collect());
            } else {
                rest.extend(
                    files
                        .into_iter()
                        .map(|(_, input)| input)
                        .filter(|input| !is_beside(sources.path(input.source))),
                );
            }
        }
        (collected, rest)
    }

    /// What they say, a list for each directory.
    pub(super) fn read(&self, sources: &Sources) -> Vec<(&'i Input, Said)> {
        let each = self.directories.values().filter_map(|inputs| {
            let first = inputs.values().next()?;
            let texts = inputs.iter().filter_map(|(name, input)| {
                Some((name.trim_end_matches(".json").to_owned(), (*input, sources.text(input.source).ok()?)))
            });
            let files: Files<'_> = texts.collect();
            let mut said = Said { is_known: true, ..Said::default() };
            let broken = files.values().filter(|file| part(file).is_none()).map(|(input, _)| {
                Problem::new(Span::start_of(input.source), "the file is not JSON and was not read")
            });
            said.problems.extend(broken);
            if files.contains_key("nodes") {
                graph(sources, &files, &mut said);
            } else {
                thing(sources, &files, &mut said);
            }
            Some((*first, said))
        });
        each.collect()
    }
}

/// Whether a directory lies in that of an account.
fn is_in_account(directory: &str) -> bool {
    let mut parts = directory.split('/').skip_while(|part| *part != "accounts").skip(1);
    parts.next().is_some_and(|id| id.len() == 12 && id.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Whether a file belongs to such directories and says nothing of access: lists of names, and of what AWS manages.
fn is_beside(path: &str) -> bool {
    let named = |name: &str| path.ends_with(name);
    path.contains("/indexes/") && named(".json")
        || path.contains("/organizations/o-") && named(".json")
        || named("/metadata.json")
}

fn part<'t>((input, text): &'t (&Input, SourceText)) -> Option<Part<'t>> {
    let trimmed = text.trim();
    let start = text.len() - text.trim_start().len();
    serde_json::from_str::<serde::de::IgnoredAny>(trimmed).ok()?;
    Some(Part::Raw(trimmed, Span::new(input.source, start, start + trimmed.len())))
}

/// One role, user, group, managed policy or resource of iam-collect. All names in paths are in small letters; those in the files
/// are right.
fn thing(sources: &Sources, files: &Files<'_>, said: &mut Said) {
    let at = |name: &str| files.get(name).and_then(part);
    let Some(metadata) = at("metadata") else { return };
    let members = metadata.members();
    let Some(arn) = members.word("arn") else { return };
    for date in ["created", "updated"].iter().filter_map(|name| members.str(name)) {
        said.seen_on(&date);
    }
    let places = (arn.span, metadata.span());
    let mut documents = |name: &str| at(name).and_then(|part| iam::document(part, said));
    let (trust, current, policy) =
        (documents("trust-policy"), documents("current-policy"), documents("policy"));
    let kind = arn.text.split(':').nth(5).unwrap_or_default().split('/').next().unwrap_or_default();
    if arn.text.contains(":iam:") && matches!(kind, "role" | "user" | "group") {
        let mut holder = Holder { trust, ..Holder::default() };
        for inline in at("inline-policies").map(Part::items).unwrap_or_default() {
            iam::inline(inline, &inline.members(), &mut holder, said);
        }
        let words =
            |name: &str| at(name).map(Part::items).unwrap_or_default().into_iter().filter_map(Part::word);
        holder.managed = words("managed-policies").map(|word| word.value()).collect();
        holder.boundary = members.word("permissionBoundary").map(|word| word.value());
        let name = |word: super::part::Word<'_>| {
            Value::literal(word.text.rsplit('/').next().unwrap_or_default(), word.span)
        };
        holder.groups = words("groups").map(name).collect();
        said.sketches.extend(Sketch::identity(&arn.text, places, holder, None));
    } else if let Some(document) = current {
        said.sketches.extend(Sketch::managed(&arn.text, places, document, None));
    } else if let (Some(document), Some((input, _))) = (policy, files.get("policy")) {
        let path = sources.path(input.source);
        let account = path.split('/').skip_while(|part| *part != "accounts").nth(1);
        let written = Written { document, arn: Some(&arn.text), account, span: metadata.span(), date: None };
        resource::add(written, input, path, said);
    }
}

/// The policies of a role, user or group: those whose ARN is its own are written in it.
fn hold<'p>(
    holder: &mut Holder,
    (members, own): (&Members<'p>, &str),
    by_name: &BTreeMap<(String, String), Part<'p>>,
    said: &mut Said,
) {
    for attached in members.list("attached_policies") {
        let of = attached.members();
        let (Some(policy), Some(name)) = (of.word("arn"), of.word("name")) else { continue };
        if policy.text != own {
            holder.managed.push(policy.value());
            continue;
        }
        let found = by_name.get(&(policy.text.to_string(), name.text.to_string()));
        let written = found.and_then(|one| one.members().get("policy_doc"));
        match written.and_then(|part| iam::document(part, said)) {
            Some(document) => holder.inline.push((name.value(), document)),
            None => holder.is_open = true,
        }
    }
}

/// The graph of `PMapper`: identities, and policies that are found by ARN and name, as inline ones have the ARN of their owner.
/// What it concludes from them is left alone.
fn graph(sources: &Sources, files: &Files<'_>, said: &mut Said) {
    let items = |name: &str| files.get(name).and_then(part).map(Part::items).unwrap_or_default();
    let policies = items("policies");
    let mut by_name = BTreeMap::new();
    let mut counted = Counted::default();
    for one in &policies {
        let members = one.members();
        let (Some(arn), Some(name)) = (members.str("arn"), members.str("name")) else { continue };
        by_name.insert((arn.into_owned(), name.into_owned()), *one);
    }
    for node in items("nodes").into_iter().chain(items("groups")) {
        let members = node.members();
        let Some(arn) = members.word("arn") else { continue };
        let trust = members.get("trust_policy").and_then(|part| iam::document(part, said));
        let mut holder = Holder { trust, ..Holder::default() };
        hold(&mut holder, (&members, &arn.text), &by_name, said);
        let boundary = members.get("permissions_boundary").map(Part::members);
        holder.boundary = boundary.and_then(|boundary| Some(boundary.word("arn")?.value()));
        let name = |word: super::part::Word<'_>| {
            Value::literal(word.text.rsplit('/').next().unwrap_or_default(), word.span)
        };
        holder.groups =
            members.list("group_memberships").into_iter().filter_map(Part::word).map(name).collect();
        let sketch = Sketch::identity(&arn.text, (arn.span, node.span()), holder, None);
        if let Some(sketch) = &sketch {
            counted.add(sketch);
        }
        said.sketches.extend(sketch);
    }
    // It lists all roles and users of the account, or fails.
    said.covered.extend(counted.coverings());
    for ((arn, _), one) in by_name {
        let Some(document) = one.members().get("policy_doc").and_then(|part| iam::document(part, said))
        else {
            continue;
        };
        let span = one.span();
        if arn.contains(":policy/") {
            said.sketches.extend(Sketch::managed(&arn, (span, span), document, None));
        } else if !arn.contains(":iam:")
            && let Some((input, _)) = files.get("policies")
        {
            let path = sources.path(input.source);
            let account = path.rsplit('/').nth(2).filter(|id| id.len() == 12);
            let written = Written { document, arn: Some(&arn), account, span, date: None };
            resource::add(written, input, path, said);
        }
    }
}
