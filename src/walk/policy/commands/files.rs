//! In which files commands stand, and where in them.

use std::ops::Range;

use crate::parse::shell::{Dialect, Layout, Style};
use crate::parse::{Member, Node, NodeKind, yaml};
use crate::source::SourceId;

/// A kind of file with commands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A script of a shell.
    Script,
    /// A file of make.
    Make,
    /// A file of just.
    Just,
    /// A script of `PowerShell`.
    PowerShell,
    /// Steps of a pipeline, in YAML.
    Pipeline,
    /// A page with fenced blocks.
    Page,
}

/// Files of pipelines, by their names.
const PIPELINES: [&str; 8] = [
    ".gitlab-ci",
    "azure-pipelines",
    "bitbucket-pipelines",
    "buildspec",
    "taskfile",
    "appspec",
    "amplify",
    "cloudbuild",
];

/// The kind of a file, by its path.
pub(super) fn kind(path: &str) -> Option<Kind> {
    let (directory, name) = path.rsplit_once('/').unwrap_or(("", path));
    let name = name.to_ascii_lowercase();
    let (stem, extension) = name.rsplit_once('.').unwrap_or((&name, ""));
    Some(match extension {
        "sh" | "bash" | "zsh" | "ksh" => Kind::Script,
        "ps1" => Kind::PowerShell,
        "md" | "markdown" => Kind::Page,
        "mk" => Kind::Make,
        _ if matches!(name.as_str(), "makefile" | "gnumakefile") => Kind::Make,
        _ if matches!(name.as_str(), "justfile" | ".justfile") => Kind::Just,
        "yml" | "yaml" => {
            let is_workflow = directory == ".github/workflows" || directory.ends_with("/.github/workflows");
            let is_action = stem == "action";
            let is_named = PIPELINES.iter().any(|known| stem.starts_with(known));
            return (is_workflow || is_action || is_named).then_some(Kind::Pipeline);
        }
        _ => return None,
    })
}

/// What a text has in it that has commands of interest: cheap to look for.
pub(super) fn may_hold(text: &str) -> bool {
    const SERVICES: [&str; 10] =
        ["iam", "s3api", "kms", "organizations", "ecr", "sqs", "sns", "secretsmanager", "lambda", "sts"];
    let finder = memchr::memmem::Finder::new("aws ");
    finder.find_iter(text.as_bytes()).any(|at| {
        let line = text.get(at..).unwrap_or_default();
        let line = line.get(..line.find(['\n']).unwrap_or(line.len())).unwrap_or_default();
        // Options may come first, and a line may go on.
        line.trim_end().ends_with(['\\', '`']) || line.split_whitespace().any(|word| SERVICES.contains(&word))
    })
}

/// A part of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Region {
    /// It holds commands.
    Commands(Range<usize>, Style),
    /// It is what a variable of make or just is set to.
    Variable(String, Range<usize>, Style),
}

/// Where commands stand in a text, in the order written.
pub(super) fn regions(kind: Kind, source: SourceId, text: &str) -> Vec<Region> {
    let commands = match kind {
        Kind::Script => vec![(0..text.len(), Style::default())],
        Kind::Make => return recipes(text, Style { dialect: Dialect::Make, ..Style::default() }),
        Kind::Just => return recipes(text, Style { dialect: Dialect::Just, ..Style::default() }),
        Kind::PowerShell => return calls(text),
        Kind::Pipeline => return steps(source, text),
        Kind::Page => fences(text),
    };
    commands.into_iter().map(|(range, style)| Region::Commands(range, style)).collect()
}

/// The lines of a file of make or just: recipes, each line with those that it goes on in, and variables.
fn recipes(text: &str, style: Style) -> Vec<Region> {
    let mut all = Vec::new();
    let mut at = 0;
    let mut goes_on = false;
    for line in text.split_inclusive('\n') {
        let (start, end) = (at, at + line.len());
        at = end;
        if goes_on {
            if let Some(Region::Commands(last, _)) = all.last_mut() {
                last.end = end;
            }
        } else if line.starts_with(['\t', ' ']) {
            let blank = line.len() - line.trim_start().len();
            let marks =
                line.trim_start().bytes().take_while(|byte| matches!(byte, b'@' | b'-' | b'+')).count();
            all.push(Region::Commands(start + blank + marks..end, Style { is_apart: true, ..style }));
        } else if let Some((name, value)) = variable(line) {
            all.push(Region::Variable(name, start + value.start..start + value.end, style));
            continue;
        } else {
            continue;
        }
        goes_on = line.trim_end().ends_with('\\');
    }
    all
}

/// The calls of `aws` in a script of `PowerShell`, each with the lines that it goes on in, and the variables that are set to a text in
/// one line. What else such a script does is not followed.
///
/// <https://learn.microsoft.com/powershell/module/microsoft.powershell.core/about/about_parsing>
fn calls(text: &str) -> Vec<Region> {
    let style = Style { dialect: Dialect::PowerShell, is_apart: true, ..Style::default() };
    let mut all = Vec::new();
    let (mut at, mut goes_on) = (0, false);
    for line in text.split_inclusive('\n') {
        let (start, end) = (at, at + line.len());
        at = end;
        let content = line.trim_start();
        let blank = line.len() - content.len();
        let is_call = |from: usize| content.get(from..).is_some_and(|rest| rest.starts_with("aws "));
        let after_sign = content.find("= ").map_or(0, |sign| sign + 2);
        if goes_on {
            if let Some(Region::Commands(last, _)) = all.last_mut() {
                last.end = end;
            }
        } else if let Some(from) = [0, after_sign].into_iter().find(|from| is_call(*from)) {
            all.push(Region::Commands(start + blank + from..end, style));
        } else {
            let named = content.strip_prefix('$').and_then(variable);
            // What is in quotes begins behind one, and the name behind its sign.
            let quote = |value: &Range<usize>| content.as_bytes().get(value.start);
            let is_text = |value: &Range<usize>| matches!(quote(value), Some(b'"' | b'\''));
            if let Some((name, value)) = named.filter(|(_, value)| is_text(value)) {
                let from = start + blank + 1;
                all.push(Region::Variable(
                    name,
                    from + value.start..from + value.end,
                    Style { is_apart: false, ..style },
                ));
            }
            continue;
        }
        goes_on = line.trim_end().ends_with('`');
    }
    all
}

/// `NAME = value`, `NAME := "value"` and the like: the name, and where in the line the value is.
fn variable(line: &str) -> Option<(String, Range<usize>)> {
    let sign = line.find('=')?;
    let (before, after) = (line.get(..sign)?, line.get(sign + 1..)?);
    let name = before.trim_end_matches([':', '?', ' ', '\t']);
    let name = name.strip_prefix("export ").unwrap_or(name).trim();
    let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    let value = after.split(" #").next().unwrap_or_default();
    let start = sign + 1 + (value.len() - value.trim_start().len());
    let value = value.trim();
    let quote = value.chars().next().filter(|first| matches!(first, '"' | '\''));
    let is_quoted = quote.is_some_and(|quote| value.len() > 1 && value.ends_with(quote));
    let range = if is_quoted { start + 1..start + value.len() - 1 } else { start..start + value.len() };
    (is_name && !value.ends_with('\\')).then(|| (name.to_owned(), range))
}

/// The scalars of a pipeline that hold commands, behind the variables that it sets for all of them.
fn steps(source: SourceId, text: &str) -> Vec<Region> {
    let (Some(node), _) = yaml::parse(source, text) else { return Vec::new() };
    let mut all = Vec::new();
    scalars(&node, text, &mut all);
    all.sort_by_key(|(range, _)| range.start);
    all.dedup();
    let commands = all.into_iter().map(|(range, style)| Region::Commands(range, style));
    environment(&node, text).into_iter().chain(commands).collect()
}

/// What stands under `env` or `variables` of a whole pipeline, in one line each.
///
/// <https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#env>
/// <https://docs.gitlab.com/ci/yaml/#variables>
fn environment(pipeline: &Node, text: &str) -> Vec<Region> {
    let NodeKind::Map(members) = &pipeline.kind else { return Vec::new() };
    let is_set = |member: &&Member| ["env", "variables"].contains(&&*member.key);
    let set = members.iter().filter(is_set).filter_map(|member| match &member.value.kind {
        NodeKind::Map(all) => Some(all),
        _ => None,
    });
    let variable = |member: &Member| {
        let range = member.value.span.range();
        let written = text.get(range.clone())?;
        let is_scalar = matches!(member.value.kind, NodeKind::String(_) | NodeKind::Number(_));
        let is_plain = is_scalar && !written.contains(['\n', '\\', '`']);
        // What a job or a step sets to something else holds there.
        let is_set_once = text.matches(&format!("{}:", member.key)).count() == 1;
        (is_plain && is_set_once).then(|| Region::Variable((*member.key).to_owned(), range, Style::default()))
    };
    set.flatten().filter_map(variable).collect()
}

fn scalars(node: &Node, text: &str, all: &mut Vec<(Range<usize>, Style)>) {
    match &node.kind {
        NodeKind::Map(members) => members.iter().for_each(|member| scalars(&member.value, text, all)),
        NodeKind::List(items) => items.iter().for_each(|item| scalars(item, text, all)),
        NodeKind::String(_) => {
            let range = node.span.range();
            let written = text.get(node.span.range()).unwrap_or_default();
            let before = text.get(..range.start).unwrap_or_default().trim_end();
            let header = before.rsplit(['\n', ' ']).next().unwrap_or_default();
            let is_literal = header.starts_with('|');
            // Escapes of YAML would have to be undone first.
            let is_escaped = before.len() == range.start && before.ends_with('"') && written.contains('\\');
            if written.contains("aws ") && !is_escaped {
                let layout = if is_literal { Layout::Indented } else { Layout::Folded };
                let style = Style { layout, is_apart: true, ..Style::default() };
                all.push((range, style));
            }
        }
        NodeKind::Null | NodeKind::Bool(_) | NodeKind::Number(_) => {}
    }
}

/// Words behind the fence of a block of commands.
const SHELLS: [&str; 8] =
    ["bash", "sh", "shell", "zsh", "console", "shell-session", "sh-session", "terminal"];

/// The fenced blocks of a page that hold commands. In a session the lines with a prompt do.
///
/// <https://spec.commonmark.org/0.31.2/#fenced-code-blocks>
fn fences(text: &str) -> Vec<(Range<usize>, Style)> {
    let mut all = Vec::new();
    let mut open: Option<(&str, usize, bool)> = None;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let (start, end) = (at, at + line.len());
        at = end;
        let trimmed = line.trim();
        let mark = ["```", "~~~"].into_iter().find(|mark| trimmed.starts_with(mark));
        match (open, mark) {
            (None, Some(mark)) => {
                let word = trimmed.trim_start_matches(['`', '~']).trim();
                let word = word.split([' ', '{', ',']).next().unwrap_or_default().to_ascii_lowercase();
                open = Some((mark, end, SHELLS.contains(&word.as_str())));
            }
            (Some((own, from, is_shell)), Some(mark))
                if own == mark && trimmed.trim_matches(['`', '~']).is_empty() =>
            {
                if is_shell {
                    all.extend(prompted(text, from..start));
                }
                open = None;
            }
            _ => {}
        }
    }
    all
}

/// The commands of a block: all of it, or behind its prompts.
fn prompted(text: &str, block: Range<usize>) -> Vec<(Range<usize>, Style)> {
    let style = Style { layout: Layout::Indented, ..Style::default() };
    let inner = text.get(block.start..block.end).unwrap_or_default();
    let prompt = |line: &str| {
        let blank = line.len() - line.trim_start().len();
        let is_prompt = line.trim_start().starts_with("$ ");
        is_prompt.then_some(blank + 2)
    };
    if !inner.lines().any(|line| prompt(line).is_some()) {
        return vec![(block, style)];
    }
    let mut all: Vec<(Range<usize>, Style)> = Vec::new();
    let mut at = block.start;
    let mut goes_on = false;
    for line in inner.split_inclusive('\n') {
        let (start, end) = (at, at + line.len());
        at = end;
        if goes_on && let Some((last, _)) = all.last_mut() {
            last.end = end;
        } else if let Some(length) = prompt(line) {
            all.push((start + length..end, style));
        } else {
            continue;
        }
        goes_on = line.trim_end().ends_with('\\');
    }
    all
}
