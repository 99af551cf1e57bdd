//! YAML: quoted scalars, block scalars, comments.

use super::Line;

#[derive(Default)]
pub(super) struct State {
    /// The indent that a block scalar is deeper than.
    block: Option<usize>,
    quote: Option<char>,
}

impl State {
    /// Reads one line; also says where its comment begins.
    pub(super) fn line(&mut self, text: &str) -> (Line, Vec<usize>) {
        let content = text.trim_end();
        let indent = content.len() - content.trim_start_matches(' ').len();
        let mut line = Line { indent, ..Line::default() };
        if let Some(parent) = self.block {
            if content.trim().is_empty() || indent > parent {
                (line.code, line.continues) = (!content.trim().is_empty(), true);
                return (line, Vec::new());
            }
            self.block = None;
        }
        line.continues = self.quote.is_some();
        line.item = content.get(indent..).is_some_and(|rest| rest == "-" || rest.starts_with("- "));
        let comment = self.scan(content, indent);
        let code = comment.map_or(content, |at| content.get(..at).unwrap_or_default());
        line.code = !code.trim().is_empty();
        (line, comment.into_iter().collect())
    }

    /// Finds the comment of a line, and the quotes and block scalars that go on after it.
    fn scan(&mut self, content: &str, indent: usize) -> Option<usize> {
        // A quote or `|` counts only where a value begins.
        let (mut fresh, mut tagged, mut parent) = (true, false, indent);
        let mut chars = content.char_indices().peekable();
        let mut before = ' ';
        while let Some((at, char)) = chars.next() {
            let next = chars.peek().map(|(_, char)| *char);
            let spaced = next.is_none_or(char::is_whitespace);
            if let Some(quote) = self.quote {
                if char == '\\' && quote == '"' || char == '\'' && quote == '\'' && next == Some('\'') {
                    chars.next();
                } else if char == quote {
                    self.quote = None;
                }
            } else if char == '#' && before.is_whitespace() {
                return Some(at);
            } else if char.is_whitespace() {
                tagged = false;
            } else if fresh && (char == '"' || char == '\'') {
                (self.quote, fresh) = (Some(char), false);
            } else if fresh && !tagged && (char == '|' || char == '>') {
                self.block = Some(parent);
                fresh = false;
            } else if fresh && (char == '!' || char == '&') {
                tagged = true;
            } else if fresh && char == '-' && spaced {
                // The key after the dash, when there is one, is deeper than the dash.
                parent = at;
            } else if matches!(char, '[' | '{' | ',') || char == ':' && spaced {
                fresh = true;
            } else if !tagged {
                if fresh && before.is_whitespace() {
                    parent = key_column(content, at).unwrap_or(parent);
                }
                fresh = false;
            }
            before = char;
        }
        None
    }
}

/// The column of what begins at `at`, when it is a key.
fn key_column(content: &str, at: usize) -> Option<usize> {
    let rest = content.get(at..)?;
    (rest.contains(": ") || rest.ends_with(':')).then_some(at)
}
