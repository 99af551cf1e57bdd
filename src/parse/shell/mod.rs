//! Scripts of a shell: commands, words and heredocs with spans, and nothing that is executed.
//!
//! It reads what POSIX shells and bash have in common and recovers from everything else: what is not understood is a part of a
//! word that is not known. Blocks of a shell in other files (recipes of make, steps of a pipeline, fenced blocks) are regions of
//! one script.
//!
//! <https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html>

mod reader;
#[cfg(test)]
mod tests;
mod word;

use std::ops::Range;

use self::reader::Reader;
use super::Trivia;
use crate::source::{SourceId, Span};

/// A file with commands.
#[derive(Clone, Debug, Default)]
pub struct Script {
    /// The commands in the order written; those in `$(…)` are in the words.
    pub commands: Vec<Command>,
    /// What the commands stand in; the first one is the file.
    pub blocks: Vec<Block>,
}

/// What commands stand in together.
#[derive(Clone, Debug)]
pub struct Block {
    /// The block that it stands in; itself for the first one.
    pub parent: usize,
    /// What it is.
    pub kind: BlockKind,
}

/// What commands stand in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BlockKind {
    /// The file.
    File,
    /// What is done under a condition, or in a shell of its own.
    Branch,
    /// What is done any number of times.
    Loop,
    /// What is done when the function is called.
    Function(String),
}

/// A simple command.
#[derive(Clone, Debug)]
pub struct Command {
    /// The words, without assignments and redirections.
    pub words: Vec<Word>,
    /// `NAME=word` before it, or alone.
    pub assignments: Vec<Assignment>,
    /// Where it reads from and writes to.
    pub redirects: Vec<Redirect>,
    /// Whether it reads what the command before it writes.
    pub is_piped: bool,
    /// The block that it stands in.
    pub block: usize,
    /// The whole of it.
    pub span: Span,
}

/// A variable and what it is set to.
#[derive(Clone, Debug)]
pub struct Assignment {
    /// The name.
    pub name: String,
    /// The value; `None` for what is not known, such as a list.
    pub value: Option<Word>,
}

/// Where a command reads from or writes to.
#[derive(Clone, Debug)]
pub enum Redirect {
    /// `< word`
    From(Word),
    /// `> word`
    To(Word),
    /// `>> word`
    Onto(Word),
    /// `<<WORD`, or `<<< word`: the text itself.
    Text(Word),
}

/// A word: parts that follow each other without a blank.
#[derive(Clone, Debug)]
pub struct Word {
    /// The parts.
    pub parts: Vec<Part>,
    /// The whole of it, with quotes.
    pub span: Span,
}

/// A part of a word.
#[derive(Clone, Debug)]
pub struct Part {
    /// What it is.
    pub kind: PartKind,
    /// Where it is written.
    pub span: Span,
    /// Whether it stands in quotes, so that blanks in its value do not end the word.
    pub is_quoted: bool,
}

/// What a part of a word is.
#[derive(Clone, Debug)]
pub enum PartKind {
    /// Text.
    Literal(String),
    /// `$NAME`, `${NAME}`, `$1`.
    Variable(String),
    /// `${NAME:-word}` and `${NAME:=word}`.
    Default(String, Word),
    /// `$(…)`
    Output(Vec<Command>),
    /// What is not followed.
    Unknown,
}

/// How a region of a file is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Style {
    /// What puts values in before the shell sees the commands.
    pub dialect: Dialect,
    /// How its lines lie in the file.
    pub layout: Layout,
    /// The commands are run by a shell of their own.
    pub is_apart: bool,
}

/// What puts values in before a shell sees commands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Dialect {
    /// Nothing.
    #[default]
    Shell,
    /// Make: `$(NAME)` is a variable, and `$$` a dollar sign.
    Make,
    /// Just: `{{NAME}}` is a variable; other expressions in double braces are not known.
    Just,
    /// PowerShell, which is no such thing: a backquote is what a backslash is elsewhere, and a backslash is a character.
    PowerShell,
}

/// How lines lie in a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Layout {
    /// As they are.
    #[default]
    Plain,
    /// All of them are indented, so the end of a heredoc is too.
    Indented,
    /// Line ends are blanks, as in a folded scalar of YAML.
    Folded,
}

impl Script {
    /// A script without commands.
    pub fn new() -> Self {
        Self { commands: Vec::new(), blocks: vec![Block { parent: 0, kind: BlockKind::File }] }
    }

    /// Adds the commands of a region of a file.
    pub fn read(&mut self, source: SourceId, text: &str, region: Range<usize>, style: Style) {
        let block = if style.is_apart { self.open(0, BlockKind::Branch) } else { 0 };
        let end = region.end.min(text.len());
        let Some(text) = text.get(..end) else { return };
        Reader::new(source, text, region.start, style, self).region(block);
    }

    /// Sets a variable of the file to what stands in a region of it, as make and just do.
    pub fn set(&mut self, source: SourceId, text: &str, name: String, region: Range<usize>, style: Style) {
        let Some(text) = text.get(..region.end) else { return };
        let value = Reader::new(source, text, region.start, style, self).rest_of_region();
        let span = value.span;
        let assignments = vec![Assignment { name, value: Some(value) }];
        let (words, redirects) = (Vec::new(), Vec::new());
        self.commands.push(Command { words, assignments, redirects, is_piped: false, block: 0, span });
    }

    fn open(&mut self, parent: usize, kind: BlockKind) -> usize {
        self.blocks.push(Block { parent, kind });
        self.blocks.len() - 1
    }

    /// A block and those that it stands in, the innermost first.
    pub fn around(&self, block: usize) -> impl Iterator<Item = usize> + use<'_> {
        let mut next = Some(block);
        std::iter::from_fn(move || {
            let here = next?;
            next = self.blocks.get(here).map(|block| block.parent).filter(|parent| *parent != here);
            Some(here)
        })
    }

    /// The function that a block is in.
    pub fn function(&self, block: usize) -> Option<usize> {
        self.around(block).find(|block| {
            matches!(self.blocks.get(*block).map(|block| &block.kind), Some(BlockKind::Function(_)))
        })
    }
}

/// The comments of a script. A command is one text, with the heredocs that it reads.
pub fn trivia(source: SourceId, text: &str) -> Trivia {
    let mut script = Script::new();
    script.read(source, text, 0..text.len(), Style::default());
    let whole = |command: &Command| {
        let heredocs = command.redirects.iter().filter_map(|redirect| match redirect {
            Redirect::Text(word) => Some(word.span),
            Redirect::From(_) | Redirect::To(_) | Redirect::Onto(_) => None,
        });
        heredocs.fold(command.span, |whole, heredoc| whole.join(heredoc).unwrap_or(whole))
    };
    let runs: Vec<Span> = script.commands.iter().map(whole).collect();
    let (mut comments, mut start) = (Vec::new(), 0);
    for line in text.split_inclusive('\n') {
        let content = line.trim_end();
        let begins = |at: usize| {
            let is_apart = content.get(..at).is_some_and(|before| {
                before.is_empty() || before.ends_with(|last: char| last.is_whitespace() || last == ';')
            });
            is_apart && !runs.iter().any(|run| run.range().contains(&(start + at)))
        };
        let comment = content.match_indices('#').map(|(at, _)| at).find(|at| begins(*at));
        comments.extend(comment.map(|at| Span::new(source, start + at, start + content.len())));
        start += line.len();
    }
    Trivia { comments, texts: runs.clone(), runs }
}

impl Word {
    /// The text, when all parts are literal.
    pub fn as_literal(&self) -> Option<String> {
        let mut whole = String::new();
        for part in &self.parts {
            let PartKind::Literal(text) = &part.kind else { return None };
            whole.push_str(text);
        }
        Some(whole)
    }
}
