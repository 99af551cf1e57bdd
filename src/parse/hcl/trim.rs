//! What is taken away from the texts of a template: escapes, blanks beside strip markers and the indentation of heredocs, as
//! Terraform does it.

use std::sync::Arc;

use super::template::{Part, PartKind, Style};

impl Part {
    /// The text of a literal as it is written.
    fn written<'t>(&self, text: &'t str) -> Option<&'t str> {
        matches!(self.kind, PartKind::Literal).then(|| text.get(self.range.clone()).unwrap_or_default())
    }
}

/// Applies `~`: blanks of the neighbouring literal go.
pub(super) fn strip(text: &str, style: Style, parts: &mut [Part]) {
    for index in 0..parts.len() {
        let Some(&Part { before, after, .. }) = parts.get(index) else { continue };
        if before
            && let Some(part) = index.checked_sub(1).and_then(|index| parts.get_mut(index))
            && let Some(written) = part.written(text)
        {
            part.range.end = part.range.start + trimmed_end(written, style);
        }
        if after
            && let Some(part) = parts.get_mut(index + 1)
            && let Some(written) = part.written(text)
        {
            part.range.start += blank_start(written, style);
        }
    }
}

/// How many bytes of blanks begin the text; written escapes count where there are any.
fn blank_start(written: &str, style: Style) -> usize {
    let mut rest = written;
    loop {
        rest = rest.trim_start();
        match rest
            .strip_prefix("\\n")
            .or_else(|| rest.strip_prefix("\\t"))
            .or_else(|| rest.strip_prefix("\\r"))
        {
            Some(after) if style == Style::Quoted => rest = after,
            _ => return written.len() - rest.len(),
        }
    }
}

/// The length without blanks at the end.
fn trimmed_end(written: &str, style: Style) -> usize {
    let mut rest = written;
    loop {
        rest = rest.trim_end();
        match rest
            .strip_suffix("\\n")
            .or_else(|| rest.strip_suffix("\\t"))
            .or_else(|| rest.strip_suffix("\\r"))
        {
            // `\\n` is a backslash and an `n`.
            Some(before)
                if style == Style::Quoted
                    && (before.len() - before.trim_end_matches('\\').len()) % 2 == 0 =>
            {
                rest = before;
            }
            _ => return rest.len(),
        }
    }
}

/// Takes the smallest indentation from every line. A line of blanks counts for nothing and keeps its blanks; a
/// line that begins with an interpolation or directive has no indentation.
pub(super) fn flush(text: &str, parts: &mut [Part]) {
    let mut smallest = usize::MAX;
    let mut adjusted = Vec::new();
    let mut line_begins = true;
    for (index, part) in parts.iter().enumerate() {
        let written = part.written(text);
        if std::mem::take(&mut line_begins) {
            match written {
                Some(written) if written.ends_with('\n') && written.trim().is_empty() => {}
                Some(written) => {
                    let blanks = written.chars().take_while(|char| char.is_whitespace()).count();
                    smallest = smallest.min(blanks);
                    adjusted.push(index);
                }
                None => smallest = 0,
            }
        }
        line_begins = written.is_some_and(|written| written.ends_with('\n'));
    }
    for index in adjusted {
        if let Some(part) = parts.get_mut(index)
            && let Some(written) = part.written(text)
        {
            part.range.start += written.chars().take(smallest).map(char::len_utf8).sum::<usize>();
        }
    }
}

/// The escape that `rest` begins with: what it means, and its length.
pub(super) fn escape(rest: &str, style: Style) -> Option<(Arc<str>, usize)> {
    if rest.starts_with("$${") {
        return Some((Arc::from("${"), 3));
    }
    if rest.starts_with("%%{") {
        return Some((Arc::from("%{"), 3));
    }
    if style != Style::Quoted {
        return None;
    }
    let after = rest.strip_prefix('\\')?;
    let plain = |text: &str| Some((Arc::from(text), 2));
    match after.bytes().next()? {
        b'n' => plain("\n"),
        b'r' => plain("\r"),
        b't' => plain("\t"),
        b'"' => plain("\""),
        b'\\' => plain("\\"),
        kind @ (b'u' | b'U') => {
            let digits = if kind == b'u' { 4 } else { 8 };
            let code = u32::from_str_radix(after.get(1..=digits)?, 16).ok()?;
            Some((Arc::from(char::from_u32(code)?.to_string()), digits + 2))
        }
        _ => None,
    }
}
