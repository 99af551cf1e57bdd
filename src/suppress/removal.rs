//! What is deleted of a comment, of metadata or of a configuration so that one ignore is no longer there.

use crate::parse::{Node, json, yaml};
use crate::source::{Sources, Span};

/// The whole request of a comment: what is deleted so that nothing of it is left, and all else that the comment says. `at` is where the
/// request begins in the comment.
pub(super) fn of_comment(text: &str, comment: Span, at: usize) -> Option<Span> {
    let start = comment.start as usize;
    let written = text.get(comment.range())?;
    let end = start + written.trim_end().len();
    let before = written.get(..at)?;
    // The mark of the request itself goes with it.
    let others = before.trim_end().trim_end_matches(['#', '/']).trim_end();
    if !others.is_empty() {
        return Some(Span::new(comment.source, start + others.len(), end));
    }
    let line = text.get(..start)?.rfind('\n').map_or(0, |newline| newline + 1);
    let code = text.get(line..start)?.trim_end();
    if !code.is_empty() {
        return Some(Span::new(comment.source, line + code.len(), end));
    }
    let rest = text.get(end..)?;
    let newline = rest.find('\n').map_or(rest.len(), |newline| newline + 1);
    Some(Span::new(comment.source, line, end + newline))
}

/// One of several rules of a request, with the comma that parts it from the others; `request` is at `place`.
pub(super) fn of_rule(request: &str, place: Span, nth: usize) -> Option<Span> {
    let open = request.find('[')? + 1;
    let list = request.get(open..)?.split(']').next()?;
    let mut start = open;
    for (at, part) in list.split(',').enumerate() {
        let end = start + part.len();
        if at == nth && nth > 0 {
            return Some(place.part(start - 1, end));
        }
        if at == nth {
            // The first one goes with the comma and the blanks behind it.
            let rest = request.get(end + 1..)?;
            let blanks = rest.len() - rest.trim_start_matches(' ').len();
            return Some(place.part(start, end + 1 + blanks));
        }
        start = end + 1;
    }
    None
}

/// The item of `Metadata: {trustlint: {ignore: […]}}` that names its rule at `rule`, and what is empty without it; with the place
/// before all of it when something is left there. `None` where more stands on its lines.
pub(super) fn of_metadata(sources: &Sources, rule: Span) -> Option<(Span, Option<Span>)> {
    let text = sources.text_or_empty(rule.source);
    let document = if text.trim_start().starts_with('{') {
        json::parse(rule.source, &text).ok()?
    } else {
        yaml::parse(rule.source, &text).0?
    };
    let mut around = Vec::new();
    enclosing(&document, rule, &mut around);
    let named = around.iter().rposition(|(key, ..)| *key == Some("ignore"))?;
    let metadata = named.checked_sub(2)?;
    let keys = around.get(metadata..=named)?.iter().map(|(key, ..)| *key);
    if !keys.eq([Some("Metadata"), Some("trustlint"), Some("ignore")]) {
        return None;
    }
    // What is the only one of its kind goes with what holds it.
    let last = around.get(named + 1).filter(|(key, ..)| key.is_none()).map_or(named, |_| named + 1);
    let mut at = last;
    while at > metadata && around.get(at).is_some_and(|(_, _, siblings)| siblings.len() == 1) {
        at -= 1;
    }
    let (_, span, siblings) = around.get(at)?;
    let removal = entry(&text, *span, siblings)?;
    let (_, whole, _) = around.get(metadata)?;
    let head = Span::new(whole.source, whole.start as usize, whole.start as usize);
    Some((removal, (!removal.contains(head)).then_some(head)))
}

/// A member or item around a place: its key when it has one, its extent, and those of all in its map or list.
type Around<'n> = (Option<&'n str>, Span, Vec<Span>);

/// What is around a place, from the outermost in.
fn enclosing<'n>(node: &'n Node, place: Span, around: &mut Vec<Around<'n>>) {
    let (members, items) = (node.members(), node.items());
    let whole = |key: Span, value: &Node| key.join(value.span).unwrap_or(key);
    if let Some(member) = members.iter().find(|member| member.value.span.contains(place)) {
        let siblings = members.iter().map(|it| whole(it.key_span, &it.value)).collect();
        around.push((Some(&member.key), whole(member.key_span, &member.value), siblings));
        enclosing(&member.value, place, around);
    } else if let Some(item) = items.iter().find(|item| item.span.contains(place)) {
        around.push((None, item.span, items.iter().map(|item| item.span).collect()));
        enclosing(item, place, around);
    }
}

/// An entry with what parts it from its neighbours: its lines, or the comma before or behind it.
fn entry(text: &str, entry: Span, siblings: &[Span]) -> Option<Span> {
    let at = siblings.iter().position(|sibling| *sibling == entry)?;
    let (start, end) = outer(text, entry)?;
    let (before, behind) = (text.get(..start)?, text.get(end..)?);
    if behind.trim_start().starts_with(',') || before.trim_end().ends_with(',') {
        let from = |(start, end)| Span::new(entry.source, start, end);
        return match at.checked_sub(1).and_then(|at| siblings.get(at)) {
            Some(previous) => Some(from((outer(text, *previous)?.1, end))),
            None => Some(from((start, outer(text, *siblings.get(at + 1)?)?.0))),
        };
    }
    let line = before.rfind('\n').map_or(0, |newline| newline + 1);
    let newline = behind.find('\n').map_or(behind.len(), |newline| newline + 1);
    let (before, behind) = (before.get(line..)?.trim(), behind.get(..newline)?.trim());
    let is_alone = matches!(before, "" | "-") && (behind.is_empty() || behind.starts_with('#'));
    is_alone.then(|| Span::new(entry.source, line, end + newline))
}

/// Where something begins and ends, with its quotes and without blanks.
fn outer(text: &str, span: Span) -> Option<(usize, usize)> {
    const QUOTES: [char; 2] = ['"', '\''];
    let (start, written) = (span.start as usize, text.get(span.range())?);
    let end = start + written.trim_end().len();
    let opens = text.get(..start)?.ends_with(QUOTES);
    let closes = text.get(end..)?.starts_with(QUOTES);
    Some((start - usize::from(opens), end + usize::from(closes)))
}

/// A table `[[ignore]]` of a configuration, whose head is at `table`, with the blank lines that part it from the next one. `None` where
/// it is written in another way.
pub(super) fn of_table(sources: &Sources, table: Span) -> Option<Span> {
    let text = sources.text_or_empty(table.source);
    let head = text.get(..table.start as usize)?.rfind('\n').map_or(0, |newline| newline + 1);
    let written = text.get(head..)?;
    let is_key = |line: &str| !line.is_empty() && !line.starts_with('#');
    let mut lines = written.split_inclusive('\n');
    let mut end = lines.next().filter(|line| line.trim_start().starts_with("[["))?.len();
    let (mut read, mut is_last) = (end, true);
    for line in lines {
        let trimmed = line.trim();
        // Brackets in texts of several lines are none.
        if trimmed.contains("\"\"\"") || trimmed.contains("'''") {
            return None;
        }
        if trimmed.starts_with('[') {
            is_last = false;
            break;
        }
        read += line.len();
        if is_key(trimmed) {
            end = read;
        }
    }
    let rest = written.get(end..)?;
    let blank: usize =
        rest.split_inclusive('\n').take_while(|line| line.trim().is_empty()).map(str::len).sum();
    let is_end = is_last && blank == rest.len();
    let before = text.get(..head)?;
    let start = if is_end {
        before.trim_end().len() + usize::from(before.contains(|it: char| !it.is_whitespace()))
    } else {
        head
    };
    Some(Span::new(table.source, start.min(head), head + end + blank))
}
