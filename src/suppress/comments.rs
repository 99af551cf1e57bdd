//! `# trustlint: ignore[rule, rule] until=2027-01-31 reason` in HCL, YAML and scripts.

use std::borrow::Cow;
use std::rc::Rc;

use memchr::memmem::Finder;

use super::layout::Layout;
use super::{Covers, Ignore, Written, about_ignore, date, not_a_date, removal};
use crate::diagnostic::Diagnostic;
use crate::parallel;
use crate::parse::{Trivia, hcl, shell, yaml};
use crate::source::{SourceId, Sources, Span};

const MARK: &str = "trustlint:";

/// All ignores in comments. Only the comments of files that hold the mark are read.
pub(super) fn find(
    sources: &Sources,
    bodies: &[(&str, Span)],
    meta: &mut Vec<Diagnostic>,
) -> Vec<Ignore<'static>> {
    let mut ignores = Vec::new();
    let files: Vec<SourceId> = sources.ids().collect();
    let mark = Finder::new(MARK);
    let marked = parallel::each(&files, |id| {
        let reader = reader(sources.path(*id))?;
        let text = sources.text_or_empty(*id);
        let is_marked = mark.find(text.as_bytes()).is_some() && !text.trim_start().starts_with('{');
        is_marked.then_some((*id, text, reader))
    });
    for (id, text, (trivia, indented)) in marked.into_iter().flatten() {
        let trivia = trivia(id, &text);
        let file = File { id, sources, text: &text, layout: Layout::new(&text, &trivia, indented), bodies };
        for comment in &trivia.comments {
            ignores.extend(file.ignores(*comment, meta));
        }
    }
    ignores
}

/// Reads the comments of a file.
type Reader = fn(SourceId, &str) -> Trivia;

/// What reads the comments of a file, and whether its statements reach as far as what is indented.
fn reader(path: &str) -> Option<(Reader, bool)> {
    match path.rsplit_once('.')?.1 {
        "tf" | "tofu" | "hcl" => Some((hcl::trivia, false)),
        "yaml" | "yml" | "template" => Some((yaml::trivia, true)),
        "sh" | "bash" | "zsh" | "ksh" => Some((shell::trivia, false)),
        _ => None,
    }
}

/// Where comments can stand in a file.
#[derive(Debug)]
pub struct Heads {
    layout: Layout,
}

impl Heads {
    /// Those of a file; `None` when its language has no comments.
    pub fn of(sources: &Sources, id: SourceId) -> Option<Self> {
        let (trivia, indented) = reader(sources.path(id))?;
        let text = sources.text_or_empty(id);
        if text.trim_start().starts_with('{') {
            return None;
        }
        Some(Self { layout: Layout::new(&text, &trivia(id, &text), indented) })
    }

    /// The lines, counted from 0, above which a comment covers a place: those of the statements around it, the innermost first.
    pub fn around(&self, sources: &Sources, place: Span) -> impl Iterator<Item = usize> + use<'_> {
        let on = line_of(sources, place.source, place.start);
        let covers = move |line: &usize| {
            self.layout.has_code(*line)
                && !self.layout.continues(*line)
                && self.layout.statement(*line).1 >= on
        };
        (0..=on).rev().filter(covers)
    }
}

fn line_of(sources: &Sources, id: SourceId, offset: u32) -> usize {
    sources.line_starts(id).partition_point(|start| *start <= offset).saturating_sub(1)
}

struct File<'a> {
    id: SourceId,
    sources: &'a Sources,
    text: &'a str,
    layout: Layout,
    bodies: &'a [(&'a str, Span)],
}

impl File<'_> {
    fn ignores(&self, comment: Span, meta: &mut Vec<Diagnostic>) -> Vec<Ignore<'static>> {
        // A request is on one line.
        let written = self.text.get(comment.range()).and_then(|text| text.lines().next()).unwrap_or_default();
        let Some((at, request)) = request(written) else { return Vec::new() };
        let span = comment.part(at, at + request.trim_end().len());
        let Some(parts) = parts(request) else {
            let message = "malformed trustlint comment".to_owned();
            let help = "write `trustlint: ignore[rule-name] reason`";
            meta.push(about_ignore(span, message, "has no effect", help, [request.trim(), "malformed"]));
            return Vec::new();
        };
        let until = match date(parts.until) {
            Ok(until) => until,
            Err(wrong) => {
                meta.push(not_a_date(span, wrong));
                return Vec::new();
            }
        };
        let covers: Rc<[Span]> = self.covers(comment).into();
        let many = parts.rules.len();
        let ignore = |(nth, rule): (usize, &str)| Ignore {
            rule: Some(Cow::Owned(rule.to_owned())),
            reason: Cow::Owned(parts.reason.clone()),
            until,
            covers: Covers::Places(Rc::clone(&covers)),
            span: Some(span),
            written: Written::Comment,
            removal: match many {
                1 => removal::of_comment(self.text, comment, at),
                _ => removal::of_rule(request, span, nth),
            },
            active: true,
            used: false,
        };
        parts.rules.into_iter().enumerate().map(ignore).collect()
    }

    /// What a comment covers: the statement it stands on or above, and the declaration at whose head it stands.
    fn covers(&self, comment: Span) -> Vec<Span> {
        let on = self.line_of(comment.start);
        let own_line = !self.layout.has_code(on);
        let next = if own_line { self.layout.next_code(on) } else { Some(on) };
        let previous = if own_line { self.layout.previous_code(on) } else { None };
        let statement = next.map(|line| {
            let (first, last) = self.layout.statement(line);
            Span::new(self.id, self.start_of(first), self.start_of(last + 1))
        });
        let at_head = |body: &&(&str, Span)| {
            let first = self.line_of(body.1.start);
            let heads = next == Some(first) || previous == Some(first);
            body.1.source == self.id && heads && (own_line || first == on)
        };
        // Only the declaration that begins here, not those that merely begin on the same line further in.
        let heads = self.bodies.iter().filter(at_head).map(|(_, body)| *body);
        let inside = |body: &Span| comment.start < body.end;
        statement.into_iter().chain(heads.filter(inside)).collect()
    }

    fn line_of(&self, offset: u32) -> usize {
        line_of(self.sources, self.id, offset)
    }

    fn start_of(&self, line: usize) -> usize {
        let end = || self.sources.text_or_empty(self.id).len();
        self.sources.line_starts(self.id).get(line).map_or_else(end, |start| *start as usize)
    }
}

/// The request in a comment and where it begins. Other tools' requests may stand before it.
fn request(comment: &str) -> Option<(usize, &str)> {
    let mut at = 0;
    for piece in comment.split_inclusive(['#', '/']) {
        at += piece.len();
        let rest = comment.get(at..).unwrap_or_default();
        if rest.trim_start().starts_with(MARK) {
            return Some((at + rest.len() - rest.trim_start().len(), rest.trim_start()));
        }
    }
    None
}

struct Parts<'a> {
    rules: Vec<&'a str>,
    until: Option<&'a str>,
    reason: String,
}

/// `trustlint: ignore[a, b] until=2027-01-31 reason`, taken apart; the date stands before, in or after the reason.
fn parts(request: &str) -> Option<Parts<'_>> {
    let rest =
        request.strip_prefix(MARK)?.trim_start().strip_prefix("ignore")?.trim_start().strip_prefix('[')?;
    let (rules, rest) = rest.split_once(']')?;
    let rules: Vec<_> = rules.split(',').map(str::trim).collect();
    if rules.iter().any(|rule| rule.is_empty()) {
        return None;
    }
    let rest = rest.trim_start_matches([' ', '\t', ':']).trim_end();
    let rest = rest.strip_suffix("*/").unwrap_or(rest).trim_end();
    let (dates, reason): (Vec<_>, Vec<_>) = rest.split_whitespace().partition(|word| until(word).is_some());
    Some(Parts { rules, until: dates.first().and_then(|word| until(word)), reason: reason.join(" ") })
}

/// The date of a word such as `until=2027-01-31`, also within brackets or before a comma.
fn until(word: &str) -> Option<&str> {
    let date = word.trim_start_matches(['(', '[']).strip_prefix("until=")?;
    Some(date.trim_end_matches([')', ']', ',', ';', '.']))
}
