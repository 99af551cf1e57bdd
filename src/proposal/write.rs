//! A proposal as the text of a configuration.

use std::fmt::Write as _;

use rustc_hash::FxHashSet;

use super::naming::PROFILE;
use super::{Block, Cited, Counts, Place, Proposal, RootEntry};
use crate::bounds;
use crate::config::Config;
use crate::report::{counted, escaped};
use crate::source::Sources;

/// What stands where a person has to write an ID.
pub const ASKED: &str = "............";

/// What a proposed line begins with.
pub const PROPOSED: &str = "#? ";

/// The text of a configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// The text.
    pub text: String,
    /// Accounts that are true without being confirmed.
    pub active: usize,
    /// Accounts and deployments to be confirmed.
    pub proposed: usize,
}

/// Writes what is proposed. With a configuration that is there, and its text, only what it neither has nor proposes itself.
pub fn write(proposal: &Proposal<'_>, sources: &Sources, present: Option<(&Config, &str)>) -> Written {
    let text = present.map_or("", |(_, text)| text);
    let told = text.lines().filter_map(|line| line.strip_prefix(PROPOSED));
    let told = told.map(|line| line.split(" #").next().unwrap_or(line).trim_end()).collect();
    let present = present.map(|(config, _)| config);
    let mut writer = Writer { sources, present, told, written: Written::default() };
    if present.is_none() {
        writer.head(&proposal.counts);
    }
    for block in &proposal.blocks {
        writer.block(block);
    }
    for root in &proposal.roots {
        writer.root(root, proposal);
    }
    writer.others(proposal);
    writer.written
}

struct Writer<'a> {
    sources: &'a Sources,
    present: Option<&'a Config>,
    /// What the configuration that is there proposes.
    told: FxHashSet<&'a str>,
    written: Written,
}

impl Writer<'_> {
    fn head(&mut self, counts: &Counts) {
        let mut parts = vec![format!("{} with a known account", counts.known)];
        if counts.placeholders > 0 {
            parts.push(format!("{} with a placeholder", counts.placeholders));
        }
        if counts.identified > 0 {
            let accounts = counted(counts.identities, "account");
            parts.push(format!("{} of {accounts} whose id is not in the repository", counts.identified));
        }
        parts.push(format!("{} unknown", counts.unknown));
        let units = counted(counts.units, "deployment unit");
        self.plain(&format!("# trustlint config init: {units}: {}.", parts.join(", ")));
        self.plain(
            "# Lines that begin with \"#? \" are proposals: read the evidence, delete \"#? \" where it is right.",
        );
        self.plain(
            "# `aws organizations list-accounts > accounts.json` and the next two lines give all ids and names at once.",
        );
        self.line(PROPOSED, "[accounts]", "");
        self.line(PROPOSED, "file = \"accounts.json\"", "");
        self.plain("# Next: `trustlint accounts` shows what each unit is deployed to, and why.");
    }

    fn block(&mut self, block: &Block<'_>) {
        let config = self.present;
        let listed = block.id.and_then(|id| config.and_then(|config| config.account(id)));
        let is_vendor = block.id.is_some_and(|id| config.is_some_and(|it| it.vendor(id).is_some()));
        let by_name = || config?.accounts.iter().find(|account| account.name == block.name);
        let head = format!("[accounts.{}]", key(&block.name));
        let told = block.id.map_or_else(|| head.clone(), |id| format!("id = {}", quoted(id)));
        if is_vendor || self.told.contains(told.as_str()) {
            return;
        }
        if let Some(account) = listed.or_else(by_name) {
            self.addition(block, &account.name);
            return;
        }
        if block.is_active {
            self.written.active += 1;
        } else {
            self.written.proposed += 1;
        }
        self.plain("");
        let mark = if block.is_active { "" } else { PROPOSED };
        self.line(mark, &head, "");
        let cited = self.cited(&block.cited);
        match (block.id, block.placeholder) {
            (Some(id), _) => {
                let other = block.contradicts;
                let contradicts = other.map(|other| format!("contradicts {other} below or above: "));
                self.line(mark, &format!("id = {}", quoted(id)), &(contradicts.unwrap_or_default() + &cited));
            }
            (None, Some(placeholder)) => {
                let comment =
                    format!("the real ID instead of {placeholder}, which looks like a placeholder: {cited}");
                self.line(mark, &format!("id = \"{ASKED}\""), &comment);
            }
            (None, None) => {
                let profile = block.aliases.iter().find_map(|alias| alias.strip_prefix(PROFILE));
                let ask = profile.map_or_else(String::new, |profile| {
                    format!(": aws sts get-caller-identity --query Account --profile {profile}")
                });
                self.line(mark, &format!("id = \"{ASKED}\""), &format!("not in the repository{ask}"));
            }
        }
        if !block.aliases.is_empty() {
            let aliases: Vec<String> = block.aliases.iter().copied().map(quoted).collect();
            let cited = self.cited(&block.alias_cited);
            self.line(PROPOSED, &format!("aliases = [{}]", aliases.join(", ")), &cited);
        }
        if !block.paths.is_empty() {
            let units = counted(block.units, "unit");
            let cited = self.cited(&block.paths_cited);
            let comment = if cited.is_empty() { units } else { format!("{units}: {cited}") };
            self.line(PROPOSED, &paths(&block.paths), &comment);
        }
    }

    /// What an account of the configuration that is there lacks.
    fn addition(&mut self, block: &Block<'_>, name: &str) {
        if block.paths.is_empty() && block.aliases.is_empty() {
            return;
        }
        self.written.proposed += 1;
        self.plain("");
        self.plain(&format!("# To add to [accounts.{}]:", key(name)));
        if !block.aliases.is_empty() {
            let aliases: Vec<String> = block.aliases.iter().copied().map(quoted).collect();
            let cited = self.cited(&block.alias_cited);
            self.line("# ", &format!("aliases = [{}]", aliases.join(", ")), &cited);
        }
        if !block.paths.is_empty() {
            let cited =
                self.cited(if block.paths_cited.is_empty() { &block.cited } else { &block.paths_cited });
            self.line("# ", &paths(&block.paths), &format!("{}: {cited}", counted(block.units, "unit")));
        }
    }

    fn root(&mut self, root: &RootEntry<'_>, proposal: &Proposal<'_>) {
        let told = self.present.map_or(&[][..], |config| &config.inputs.terraform.deployments);
        let path = format!("path = {}", quoted(if root.path.is_empty() { "." } else { root.path }));
        if told.iter().any(|told| told.root == root.path) || self.told.contains(path.as_str()) {
            return;
        }
        self.written.proposed += 1;
        self.plain("");
        let cited = self.cited(&root.cited);
        self.line(PROPOSED, "[[terraform.root]]", &cited);
        self.line(PROPOSED, &path, "");
        if let Some(name) = root.name {
            self.line(PROPOSED, &format!("name = {}", quoted(name)), "");
        }
        if !root.values.is_empty() {
            let values: Vec<String> = root.values.iter().map(|file| quoted(file)).collect();
            self.line(PROPOSED, &format!("var-files = [{}]", values.join(", ")), "");
        }
        if let Some(workspace) = root.workspace {
            self.line(PROPOSED, &format!("workspace = {}", quoted(workspace)), "");
        }
        if let Some(block) = root.account.and_then(|account| proposal.blocks.get(account)) {
            let id = block.id.unwrap_or_default();
            let known = self.present.and_then(|config| config.account(id));
            let name = known.map_or(block.name.as_str(), |account| account.name.as_str());
            self.line(PROPOSED, &format!("account = {}", quoted(name)), id);
        }
    }

    fn others(&mut self, proposal: &Proposal<'_>) {
        let config = self.present;
        let is_told = |id: &str| self.told.contains(format!("id = {}", quoted(id)).as_str());
        let is_new = |id: &str| {
            config.is_none_or(|it| it.account(id).is_none() && it.vendor(id).is_none()) && !is_told(id)
        };
        let others: Vec<_> = proposal.others.iter().filter(|other| is_new(other.id)).collect();
        if others.is_empty() {
            return;
        }
        self.plain("");
        self.plain("# Named in policies, whose?");
        for (number, other) in others.iter().enumerate() {
            if number > 0 {
                self.plain("");
            }
            self.written.proposed += 1;
            let places: Vec<String> = other.spans.iter().map(|span| self.place(&Place::At(*span))).collect();
            let times = if other.count == 1 { "once".to_owned() } else { format!("{} times", other.count) };
            let first = if other.count > other.spans.len() { "first " } else { "" };
            let comment = format!("or [vendors.{}]: {times}, {first}{}", key(&other.name), places.join(", "));
            self.line(PROPOSED, &format!("[accounts.{}]", key(&other.name)), &comment);
            self.line(PROPOSED, &format!("id = {}", quoted(other.id)), "");
        }
        if proposal.others_left_out > 0 {
            self.plain(&format!("# and {} more", counted(proposal.others_left_out, "account")));
        }
    }

    fn plain(&mut self, text: &str) {
        self.written.text.extend([text, "\n"]);
    }

    /// A line with what it says and a comment behind it.
    fn line(&mut self, mark: &str, text: &str, comment: &str) {
        let whole = format!("{mark}{text}");
        if comment.is_empty() {
            return self.plain(&whole);
        }
        let comment = escaped(comment);
        // Writing to a string cannot fail.
        let _ = writeln!(self.written.text, "{whole:<38} # {comment}");
    }

    fn cited(&self, cited: &[Cited<'_>]) -> String {
        let shown = cited.iter().take(bounds::WITNESSES_SHOWN);
        let one = |one: &Cited<'_>| match (&one.place, one.says) {
            (Place::Path(path), says) => format!("{says}, {}", if path.is_empty() { "." } else { path }),
            (place, says) => format!("{says}, {}", self.place(place)),
        };
        shown.map(one).collect::<Vec<_>>().join("; ")
    }

    fn place(&self, place: &Place<'_>) -> String {
        place_of(place, self.sources)
    }
}

/// A place as it is cited: `path:line`, below the project root.
pub fn place_of(place: &Place<'_>, sources: &Sources) -> String {
    match place {
        Place::Path(path) => (*path).to_owned(),
        Place::At(span) => {
            let line = sources.position(span.source, span.start).line;
            format!("{}:{line}", sources.path(span.source))
        }
    }
}

fn paths(paths: &[String]) -> String {
    let paths: Vec<String> = paths.iter().map(|path| quoted(path)).collect();
    format!("paths = [{}]", paths.join(", "))
}

/// A key: bare where TOML allows it.
fn key(name: &str) -> String {
    let is_bare = |char: char| char.is_ascii_alphanumeric() || matches!(char, '-' | '_');
    if !name.is_empty() && name.chars().all(is_bare) { name.to_owned() } else { quoted(name) }
}

/// A basic string of TOML: <https://toml.io/en/v1.0.0#string>
fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for char in text.chars() {
        match char {
            '"' | '\\' => quoted.extend(['\\', char]),
            char if char.is_control() => {
                // Writing to a string cannot fail.
                let _ = write!(quoted, "\\u{:04X}", u32::from(char));
            }
            char => quoted.push(char),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_are_those_of_toml() {
        let written = quoted("a\"b\\c\n\u{1}é");
        let read: toml::Table = format!("x = {written}").parse().unwrap();
        assert_eq!(read["x"].as_str(), Some("a\"b\\c\n\u{1}é"));
        assert_eq!(key("a-b_1"), "a-b_1");
        assert_eq!(key("a.b"), "\"a.b\"");
    }
}
