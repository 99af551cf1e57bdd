//! HCL: brackets, strings with templates, heredocs, comments.

use super::Line;

/// What is open at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Open {
    Bracket,
    Quote,
    /// `${` or `%{` in a string.
    Template,
    /// `/*`.
    Comment,
}

#[derive(Default)]
pub(super) struct State {
    open: Vec<Open>,
    /// The word that ends the heredoc.
    heredoc: Option<String>,
}

/// What comes next on a line.
enum Next {
    /// So many bytes of anything.
    Bytes(usize),
    /// A comment up to the end of the line.
    LineComment,
    /// `/*`.
    Comment,
    /// `<<`, and the word that ends the heredoc when it is one.
    Heredoc(Option<String>),
}

impl State {
    /// Reads one line; also says where its comments begin.
    pub(super) fn line(&mut self, text: &str) -> (Line, Vec<usize>) {
        let mut comments = Vec::new();
        let code = match self.heredoc.take() {
            Some(end) => {
                self.heredoc = Some(end).filter(|end| text.trim() != end);
                true
            }
            None => self.scan(text, &mut comments),
        };
        let depth = self.open.len() + usize::from(self.heredoc.is_some());
        (Line { code, depth, ..Line::default() }, comments)
    }

    /// Reads a line outside a heredoc; says whether it has code.
    fn scan(&mut self, text: &str, comments: &mut Vec<usize>) -> bool {
        let (mut rest, mut code, mut heredoc) = (text, false, None);
        while let Some(char) = rest.chars().next() {
            let at = text.len() - rest.len();
            let in_comment = self.open.last() == Some(&Open::Comment);
            let step = match self.next(rest, char) {
                Next::Bytes(step) => {
                    code |= !char.is_whitespace() && !in_comment;
                    step
                }
                Next::LineComment => {
                    comments.push(at);
                    break;
                }
                Next::Comment => {
                    comments.push(at);
                    self.open.push(Open::Comment);
                    2
                }
                Next::Heredoc(word) => {
                    (code, heredoc) = (true, word);
                    2
                }
            };
            rest = rest.get(step..).unwrap_or_default();
        }
        // A string ends with its line; an open quote is a mistake that must not swallow the file.
        if self.open.last() == Some(&Open::Quote) {
            self.open.pop();
        }
        self.heredoc = heredoc;
        code
    }

    /// Takes the next character, and opens or closes what it opens or closes.
    fn next(&mut self, rest: &str, char: char) -> Next {
        let mut step = char.len_utf8();
        match (self.open.last(), char) {
            (Some(Open::Comment), '*') if rest.starts_with("*/") => {
                self.open.pop();
                step = 2;
            }
            (Some(Open::Quote), '\\') => step += rest.chars().nth(1).map_or(0, char::len_utf8),
            (Some(Open::Quote), '"') => _ = self.open.pop(),
            (Some(Open::Quote), '$' | '%') => {
                if rest.starts_with("$${") || rest.starts_with("%%{") {
                    step = 3;
                } else if rest.starts_with("${") || rest.starts_with("%{") {
                    self.open.push(Open::Template);
                    step = 2;
                }
            }
            (Some(Open::Comment | Open::Quote), _) => {}
            (_, '"') => self.open.push(Open::Quote),
            (_, '{' | '[' | '(') => self.open.push(Open::Bracket),
            (_, '}' | ']' | ')') => _ = self.open.pop(),
            (_, '#') => return Next::LineComment,
            (_, '/') if rest.starts_with("//") => return Next::LineComment,
            (_, '/') if rest.starts_with("/*") => return Next::Comment,
            (_, '<') if rest.starts_with("<<") => return Next::Heredoc(heredoc_word(rest)),
            _ => {}
        }
        Next::Bytes(step)
    }
}

/// The word after `<<` or `<<-`.
fn heredoc_word(rest: &str) -> Option<String> {
    let word = rest.strip_prefix("<<")?.trim_start_matches('-').trim();
    let legal = |char: char| char.is_alphanumeric() || char == '_' || char == '-';
    (!word.is_empty() && word.chars().all(legal)).then(|| word.to_owned())
}
