//! What is left of a comment without one of its requests.

use crate::source::Span;

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
