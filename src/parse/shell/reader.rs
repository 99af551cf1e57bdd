//! Commands, and the blocks that they stand in.

use super::word::to_fill_in;
use super::{Assignment, BlockKind, Command, Dialect, Layout, Redirect, Script, Style, Word};
use crate::bounds;
use crate::source::{SourceId, Span};

/// What ends where commands are read.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Until {
    /// The end of the region.
    End,
    /// The `)` of `$(…)`.
    Bracket,
    /// The second of two backquotes.
    Backquote,
}

/// What compound command is open.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Compound {
    If,
    /// `for`, `while` and the like.
    Loop,
    /// `case`; whether a pattern comes next.
    Case(bool),
    /// `{`
    Group,
    /// `(`
    Subshell,
}

/// A compound command that is open.
#[derive(Clone, Copy)]
struct Frame {
    kind: Compound,
    /// The block that it stands in.
    outside: usize,
    /// The block of what follows it.
    before: usize,
}

/// A heredoc whose text begins at the next line.
pub(super) struct Pending {
    pub(super) end: String,
    pub(super) is_literal: bool,
    /// Where the text goes: the number of the heredoc.
    pub(super) number: usize,
}

/// Reads a region of a file.
pub(super) struct Reader<'a> {
    pub(super) source: SourceId,
    pub(super) text: &'a str,
    pub(super) at: usize,
    pub(super) style: Style,
    pub(super) script: &'a mut Script,
    pub(super) depth: usize,
    pub(super) pending: Vec<Pending>,
    /// The texts of heredocs by their numbers.
    pub(super) heredocs: Vec<Option<Word>>,
    /// The block of the command that is read.
    pub(super) block: usize,
    /// Whether a backquote ends what is read.
    pub(super) is_backquoted: bool,
}

/// A command that is being read.
#[derive(Default)]
struct Open {
    words: Vec<Word>,
    assignments: Vec<Assignment>,
    redirects: Vec<Drawn>,
    is_piped: bool,
}

/// A redirection; of a heredoc the number.
enum Drawn {
    Known(Redirect),
    Heredoc(usize),
}

/// Makes a redirection of its word.
type Make = fn(Word) -> Redirect;

/// Where commands are read, and what is open there.
struct List {
    until: Until,
    frames: Vec<Frame>,
    block: usize,
    /// The block of what follows `&&` and `||`.
    conditional: Option<usize>,
    /// The function whose body comes next.
    function: Option<String>,
    out: Vec<(Command, Vec<Drawn>)>,
}

impl List {
    /// The block of the next command.
    fn here(&self) -> usize {
        self.conditional.unwrap_or(self.block)
    }

    /// Ends the innermost compound command.
    fn pop(&mut self) {
        if let Some(frame) = self.frames.pop() {
            self.block = frame.before;
        }
        self.conditional = None;
    }

    /// Whether a `)` ends something in it.
    fn takes_bracket(&self) -> bool {
        self.frames.iter().any(|frame| matches!(frame.kind, Compound::Subshell | Compound::Case(true)))
    }
}

impl<'a> Reader<'a> {
    pub(super) fn new(
        source: SourceId,
        text: &'a str,
        at: usize,
        style: Style,
        script: &'a mut Script,
    ) -> Self {
        Self {
            source,
            text,
            at,
            style,
            script,
            depth: 0,
            pending: Vec::new(),
            heredocs: Vec::new(),
            block: 0,
            is_backquoted: false,
        }
    }

    /// Reads to the end of the region.
    pub(super) fn region(mut self, block: usize) {
        let mut commands = self.commands(block, Until::End);
        self.script.commands.append(&mut commands);
    }

    pub(super) fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    pub(super) fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    pub(super) fn span(&self, start: usize) -> Span {
        Span::new(self.source, start, self.at)
    }

    /// Reads commands up to what ends them, which is passed.
    pub(super) fn commands(&mut self, block: usize, until: Until) -> Vec<Command> {
        let mut list =
            List { until, frames: Vec::new(), block, conditional: None, function: None, out: Vec::new() };
        let mut is_piped = false;
        while !self.ends(&list) {
            let before = self.at;
            let open = Open { is_piped, ..Open::default() };
            is_piped = self.command(&mut list, open);
            if self.at == before {
                // Nothing that can be read here, such as a bracket too many.
                self.at += self.rest().chars().next().map_or(1, char::len_utf8);
            }
        }
        if until == Until::End {
            self.bodies();
        }
        let out = std::mem::take(&mut list.out);
        out.into_iter().map(|(command, redirects)| self.finished(command, redirects)).collect()
    }

    /// A command with the texts of its heredocs.
    fn finished(&mut self, mut command: Command, redirects: Vec<Drawn>) -> Command {
        for drawn in redirects {
            match drawn {
                Drawn::Known(redirect) => command.redirects.push(redirect),
                Drawn::Heredoc(number) => {
                    let text = self.heredocs.get_mut(number).and_then(Option::take);
                    command.redirects.extend(text.map(Redirect::Text));
                }
            }
        }
        command
    }

    /// Whether the commands end here; passes what ends them.
    fn ends(&mut self, list: &List) -> bool {
        self.blanks();
        let Some(byte) = self.peek() else { return true };
        let is_end = match list.until {
            Until::End => false,
            Until::Bracket => byte == b')' && !list.takes_bracket(),
            Until::Backquote => byte == b'`',
        };
        self.at += usize::from(is_end);
        is_end
    }

    /// Skips blanks, continued lines and comments.
    pub(super) fn is_powershell(&self) -> bool {
        self.style.dialect == Dialect::PowerShell
    }

    pub(super) fn blanks(&mut self) {
        loop {
            let rest = self.rest();
            match self.peek() {
                Some(b' ' | b'\t' | b'\r') => self.at += 1,
                Some(b'\n') if self.style.layout == Layout::Folded => self.at += 1,
                Some(b'\\') if rest.starts_with("\\\n") => self.at += 2,
                Some(b'\\') if rest.starts_with("\\\r\n") => self.at += 3,
                Some(b'`') if self.is_powershell() && rest.starts_with("`\n") => self.at += 2,
                Some(b'`') if self.is_powershell() && rest.starts_with("`\r\n") => self.at += 3,
                Some(b'#') => self.at += rest.find('\n').unwrap_or(rest.len()),
                _ => return,
            }
        }
    }

    /// Reads one command with the operator behind it; whether the next one reads what it writes.
    fn command(&mut self, list: &mut List, mut open: Open) -> bool {
        if list.frames.last().is_some_and(|frame| frame.kind == Compound::Case(true)) {
            self.pattern(list);
            return false;
        }
        self.block = list.here();
        let start = self.at;
        loop {
            self.blanks();
            let end = self.at;
            match self.peek() {
                None => {
                    self.close(list, open, start, end);
                    return false;
                }
                Some(b'&') if self.rest().starts_with("&>") => {
                    self.at += 1;
                    self.redirect(&mut Open::default());
                }
                Some(b'\n' | b';' | b'&' | b'|' | b'(' | b')') => {
                    if self.is_function(list, &mut open) {
                        return false;
                    }
                    self.close(list, open, start, end);
                    return self.operator(list);
                }
                Some(b'<') if to_fill_in(self.rest()).is_some() => self.word_of(&mut open),
                Some(b'<' | b'>') => self.redirect(&mut open),
                Some(b'`') if list.until == Until::Backquote => {
                    self.close(list, open, start, end);
                    return false;
                }
                Some(_) if open.words.is_empty() && open.assignments.is_empty() && self.keyword(list) => {
                    return false;
                }
                Some(_) => self.word_of(&mut open),
            }
            if self.at == end {
                return false;
            }
        }
    }

    /// A word, an assignment or the number of a redirection.
    fn word_of(&mut self, open: &mut Open) {
        if open.words.is_empty()
            && let Some(assignment) = self.assignment()
        {
            return open.assignments.push(assignment);
        }
        let word = self.word();
        let is_number = word.as_literal().is_some_and(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
        if !(is_number && matches!(self.peek(), Some(b'<' | b'>'))) {
            open.words.push(word);
        } else if word.as_literal().as_deref() != Some("1") && word.as_literal().as_deref() != Some("0") {
            // What goes to another place than the output is not its output.
            self.redirect(&mut Open::default());
        }
    }

    /// `NAME=word`
    fn assignment(&mut self) -> Option<Assignment> {
        let rest = self.rest();
        let length = name_length(rest);
        let after = rest.get(length..)?;
        let (name, is_more) = match after.as_bytes() {
            [b'=', ..] if length > 0 => (rest.get(..length)?, false),
            [b'+', b'=', ..] if length > 0 => (rest.get(..length)?, true),
            _ => return None,
        };
        self.at += length + 1 + usize::from(is_more);
        if self.peek() == Some(b'(') {
            self.skip_brackets();
            return Some(Assignment { name: name.to_owned(), value: None });
        }
        let value = self.word();
        Some(Assignment { name: name.to_owned(), value: Some(value).filter(|_| !is_more) })
    }

    /// Passes what stands in round brackets, without looking at it.
    pub(super) fn skip_brackets(&mut self) {
        let mut depth = 0_usize;
        let mut quote = None;
        for (at, byte) in self.rest().bytes().enumerate() {
            match (quote, byte) {
                (Some(open), _) if byte == open => quote = None,
                (None, b'\'' | b'"') => quote = Some(byte),
                (None, b'(') => depth += 1,
                (None, b')') => depth = depth.saturating_sub(1),
                (Some(_) | None, _) => {}
            }
            if depth == 0 && quote.is_none() {
                self.at += at + 1;
                return;
            }
        }
        self.at = self.text.len();
    }

    fn redirect(&mut self, open: &mut Open) {
        let rest = self.rest();
        let (length, make): (usize, Option<Make>) = if rest.starts_with("<<<") {
            (3, Some(Redirect::Text))
        } else if rest.starts_with("<<") {
            self.at += 2;
            open.redirects.extend(self.heredoc().map(Drawn::Heredoc));
            return;
        } else if rest.starts_with("<(") || rest.starts_with(">(") {
            open.words.push(self.word());
            return;
        } else if rest.starts_with(">>") {
            (2, Some(Redirect::Onto))
        } else if rest.starts_with(">&") || rest.starts_with("<&") {
            (2, None)
        } else if rest.starts_with(">|") {
            (2, Some(Redirect::To))
        } else if rest.starts_with('>') {
            (1, Some(Redirect::To))
        } else {
            (1, Some(Redirect::From))
        };
        self.at += length;
        self.blanks();
        let word = self.word();
        open.redirects.extend(make.map(|make| Drawn::Known(make(word))));
    }

    /// Takes note of a heredoc.
    fn heredoc(&mut self) -> Option<usize> {
        self.at += usize::from(self.peek() == Some(b'-'));
        self.blanks();
        let start = self.at;
        let word = self.word();
        let end = word.as_literal().filter(|end| !end.is_empty())?;
        let is_literal = self.text.get(start..self.at)?.contains(['\'', '"', '\\']);
        let number = self.heredocs.len();
        self.heredocs.push(None);
        self.pending.push(Pending { end, is_literal, number });
        Some(number)
    }

    /// `name()` before a body.
    fn is_function(&mut self, list: &mut List, open: &mut Open) -> bool {
        let [word] = open.words.as_slice() else { return false };
        let rest = self.rest();
        let Some(inner) = rest.strip_prefix('(') else { return false };
        let Some(name) = word.as_literal().filter(|_| inner.trim_start_matches([' ', '\t']).starts_with(')'))
        else {
            return false;
        };
        self.at += rest.find(')').map_or(1, |at| at + 1);
        list.function = Some(name);
        true
    }

    fn close(&mut self, list: &mut List, open: Open, start: usize, end: usize) {
        if open.words.is_empty() && open.assignments.is_empty() && open.redirects.is_empty() {
            return;
        }
        if self.script.commands.len() + list.out.len() >= bounds::SCRIPT_COMMANDS {
            return;
        }
        let command = Command {
            words: open.words,
            assignments: open.assignments,
            redirects: Vec::new(),
            is_piped: open.is_piped,
            block: list.here(),
            span: Span::new(self.source, start, end),
        };
        list.out.push((command, open.redirects));
    }

    /// What stands between commands; whether it is a pipe.
    fn operator(&mut self, list: &mut List) -> bool {
        let rest = self.rest();
        if rest.starts_with("&&") || rest.starts_with("||") {
            self.at += 2;
            let here = list.here();
            list.conditional = Some(self.script.open(here, BlockKind::Branch));
            self.line_ends();
            return false;
        }
        if rest.starts_with('|') {
            self.at += if rest.starts_with("|&") { 2 } else { 1 };
            self.line_ends();
            return true;
        }
        list.conditional = None;
        match self.peek() {
            Some(b'\n') => {
                self.at += 1;
                self.bodies();
            }
            Some(b';') => {
                self.at += rest.bytes().take_while(|byte| matches!(byte, b';' | b'&')).count();
                let case = list.frames.last_mut().filter(|frame| matches!(frame.kind, Compound::Case(_)));
                if let Some(frame) = case.filter(|_| rest.starts_with(";;")) {
                    frame.kind = Compound::Case(true);
                }
            }
            Some(b'(') if rest.starts_with("((") => self.skip_brackets(),
            Some(b'(') => {
                self.at += 1;
                self.open(list, Compound::Subshell, Some(BlockKind::Branch));
            }
            Some(b')') if list.until == Until::Bracket && !list.takes_bracket() => {}
            Some(b')') => {
                if list.frames.last().is_some_and(|frame| frame.kind == Compound::Subshell) {
                    list.pop();
                }
                self.at += 1;
            }
            _ => self.at += 1,
        }
        false
    }

    /// Line ends where a command has to follow.
    fn line_ends(&mut self) {
        loop {
            self.blanks();
            if self.peek() != Some(b'\n') {
                return;
            }
            self.at += 1;
            self.bodies();
        }
    }

    fn open(&mut self, list: &mut List, kind: Compound, block: Option<BlockKind>) {
        if list.frames.len() >= bounds::SCRIPT_DEPTH {
            return;
        }
        let block = list.function.take().map(BlockKind::Function).or(block);
        let outside = list.here();
        list.frames.push(Frame { kind, outside, before: list.block });
        list.conditional = None;
        list.block = block.map_or(outside, |block| self.script.open(outside, block));
    }

    /// Passes a word that belongs to the grammar.
    fn keyword(&mut self, list: &mut List) -> bool {
        let rest = self.rest();
        let length = rest
            .bytes()
            .take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
            .count();
        let length = if length == 0 && rest.starts_with(['{', '}', '!']) { 1 } else { length };
        let after = rest.as_bytes().get(length);
        if !matches!(after, None | Some(b' ' | b'\t' | b'\r' | b'\n' | b';' | b'(' | b')' | b'&' | b'|')) {
            return false;
        }
        let word = rest.get(..length).unwrap_or_default();
        self.at += length;
        match word {
            "if" => self.open(list, Compound::If, None),
            "then" | "else" | "elif" => {
                let open = list.frames.last().filter(|frame| frame.kind == Compound::If);
                if let Some(outside) = open.map(|frame| frame.outside) {
                    list.block = self.script.open(outside, BlockKind::Branch);
                    list.conditional = None;
                }
            }
            "while" | "until" => self.open(list, Compound::Loop, Some(BlockKind::Loop)),
            "for" | "select" => {
                self.open(list, Compound::Loop, Some(BlockKind::Loop));
                self.loop_variable(list);
            }
            "case" => {
                self.blanks();
                self.word();
                self.blanks();
                self.at += if self.rest().starts_with("in") { 2 } else { 0 };
                self.open(list, Compound::Case(true), Some(BlockKind::Branch));
            }
            "fi" | "done" | "esac" | "}" => {
                if !list.frames.is_empty() {
                    list.pop();
                }
            }
            "{" => self.open(list, Compound::Group, None),
            "function" => {
                self.blanks();
                let name = self.word();
                list.function = name.as_literal();
                self.blanks();
                if self.rest().starts_with('(') {
                    self.skip_brackets();
                }
            }
            "do" | "!" | "time" => {}
            _ => {
                self.at -= length;
                return false;
            }
        }
        true
    }

    /// `NAME in words` behind `for`.
    fn loop_variable(&mut self, list: &mut List) {
        self.blanks();
        let start = self.at;
        if self.rest().starts_with("((") {
            return self.skip_brackets();
        }
        let Some(name) = self.word().as_literal() else { return };
        self.blanks();
        let mut words = Vec::new();
        if self.rest().starts_with("in") {
            self.at += 2;
            loop {
                self.blanks();
                if matches!(self.peek(), None | Some(b';' | b'\n' | b'&' | b'|' | b'(' | b')')) {
                    break;
                }
                words.push(self.word());
            }
        }
        let only = words.pop().filter(|word| words.is_empty() && word.as_literal().is_some());
        let open = Open { assignments: vec![Assignment { name, value: only }], ..Open::default() };
        let end = self.at;
        self.close(list, open, start, end);
    }

    /// A pattern of `case`, or its end.
    fn pattern(&mut self, list: &mut List) {
        self.line_ends();
        let rest = self.rest();
        let is_end = rest.strip_prefix("esac").is_some_and(|after| {
            !after.starts_with(|next: char| next.is_alphanumeric() || matches!(next, '_' | '-'))
        });
        if is_end || rest.is_empty() {
            self.at += rest.len().min(4);
            return list.pop();
        }
        self.at += usize::from(rest.starts_with('('));
        loop {
            self.blanks();
            match self.peek() {
                None => return,
                Some(b')') => break,
                Some(b'\n' | b'|' | b'(' | b';' | b'&' | b'<' | b'>') => self.at += 1,
                Some(_) => {
                    let before = self.at;
                    self.word();
                    self.at = self.at.max(before + 1);
                }
            }
        }
        self.at += 1;
        if let Some(frame) = list.frames.last_mut() {
            frame.kind = Compound::Case(false);
            list.block = self.script.open(frame.outside, BlockKind::Branch);
        }
    }
}

/// How many bytes a text begins with that can be the name of a variable.
pub(super) fn name_length(text: &str) -> usize {
    let is_digit_first = text.starts_with(|first: char| first.is_ascii_digit());
    let length = text.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count();
    if is_digit_first { 0 } else { length }
}
