//! The variables and files that a script makes, and what its words come to. Nothing is run: what a command prints is known of the
//! few that only pass on what they are given.

use std::cell::Cell;

use rustc_hash::{FxHashMap, FxHashSet};

use super::aws::Call;
use super::value::{Content, Part, Path, Value, named};
use crate::bounds;
use crate::parse::shell::{BlockKind, Command, PartKind, Redirect, Script, Word};
use crate::source::{SourceId, Sources, Span};
use crate::value::{Because, Class, Symbol, UnitKey};

/// Where in a script something is evaluated: before which command, and in which block.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub(super) at: usize,
    pub(super) block: usize,
}

/// A variable that is set, or a file that is written.
#[derive(Clone, Copy)]
struct Set<'s> {
    place: Place,
    /// What it is set to; `None` for what is not known.
    value: Option<&'s Word>,
}

/// A file that a script writes.
struct Written {
    place: Place,
    path: Option<Path>,
    value: Value,
}

/// What is found of something that is set at several places.
enum Found<T> {
    /// It is set nowhere before.
    Nowhere,
    /// It is this.
    One(T),
    /// It can be several things.
    Several,
}

/// Evaluates the words of one script.
pub(super) struct Evaluator<'s> {
    pub(super) sources: &'s Sources,
    pub(super) file: SourceId,
    pub(super) unit: UnitKey,
    /// The directory of the script.
    pub(super) directory: String,
    /// Whether it is a page for people, who fill in what is to be filled in.
    pub(super) is_page: bool,
    pub(super) script: &'s Script,
    sets: FxHashMap<&'s str, Vec<Set<'s>>>,
    /// What functions set, by their names.
    setters: FxHashMap<&'s str, FxHashSet<&'s str>>,
    written: Vec<Written>,
    steps: Cell<usize>,
    depth: Cell<usize>,
}

/// Commands that declare variables.
const DECLARING: [&str; 5] = ["export", "local", "declare", "readonly", "typeset"];

impl<'s> Evaluator<'s> {
    pub(super) fn new(sources: &'s Sources, file: SourceId, script: &'s Script, is_page: bool) -> Self {
        let path = sources.path(file);
        let mut evaluator = Self {
            sources,
            file,
            unit: UnitKey::of(path),
            directory: path.rsplit_once('/').map_or("", |(directory, _)| directory).to_owned(),
            is_page,
            script,
            sets: FxHashMap::default(),
            setters: FxHashMap::default(),
            written: Vec::new(),
            steps: Cell::new(0),
            depth: Cell::new(0),
        };
        evaluator.collect_variables();
        evaluator.collect_files();
        evaluator
    }

    fn collect_variables(&mut self) {
        for (at, command) in self.script.commands.iter().enumerate() {
            let place = Place { at, block: command.block };
            // With words behind it, it is in the environment of that command alone.
            for one in command.assignments.iter().filter(|_| command.words.is_empty()) {
                self.set(&one.name, Set { place, value: one.value.as_ref() }, false);
            }
            let Some(first) = literal_part(command.words.first()) else { continue };
            if DECLARING.contains(&first) {
                for word in command.words.iter().skip(1) {
                    self.declared(word, place, first == "local");
                }
            } else if matches!(first, "read" | "mapfile" | "readarray" | "getopts" | "unset") {
                for name in command.words.iter().skip(1).filter_map(|word| literal_part(Some(word))) {
                    self.set(name, Set { place, value: None }, false);
                }
            }
        }
    }

    /// `NAME=word` behind `export` and the like, which is one word.
    fn declared(&mut self, word: &'s Word, place: Place, is_local: bool) {
        let Some(first) = word.parts.first() else { return };
        let PartKind::Literal(text) = &first.kind else { return };
        if let Some((name, _)) = text.split_once('=') {
            self.set(name, Set { place, value: Some(word) }, is_local);
        }
    }

    fn set(&mut self, name: &'s str, set: Set<'s>, is_local: bool) {
        self.sets.entry(name).or_default().push(set);
        let function = self.script.function(set.place.block).filter(|_| !is_local);
        let function = function.and_then(|block| self.script.blocks.get(block));
        if let Some(BlockKind::Function(function)) = function.map(|block| &block.kind) {
            self.setters.entry(function).or_default().insert(name);
        }
    }

    fn collect_files(&mut self) {
        for (at, command) in self.script.commands.iter().enumerate() {
            let place = Place { at, block: command.block };
            let onto = command.redirects.iter().filter_map(|redirect| match redirect {
                Redirect::To(word) => Some((word, true)),
                Redirect::Onto(word) => Some((word, false)),
                Redirect::From(_) | Redirect::Text(_) => None,
            });
            let mut writes: Vec<(Path, Value)> = Vec::new();
            for (word, is_whole) in onto {
                let Some(path) = self.value(word, place).path("") else { continue };
                let output = || self.printed(&self.script.commands, at, place);
                writes.push((path, if is_whole { output() } else { Value::opaque(word.span) }));
            }
            writes.extend(self.written_by(command, at, place));
            for (path, value) in writes {
                self.written.push(Written { place, path: Some(path), value });
            }
        }
    }

    /// What `tee`, `cp`, `mv` and `sed -i` write.
    fn written_by(&self, command: &Command, at: usize, place: Place) -> Option<(Path, Value)> {
        let name = literal_part(command.words.first())?;
        let operands = || command.words.iter().skip(1).filter(|word| !is_option(word));
        match name {
            "tee" => {
                let path = self.value(operands().next()?, place).path("")?;
                Some((path, self.input(&self.script.commands, at, place)))
            }
            "cp" | "mv" => {
                let [from, to] = operands().collect::<Vec<_>>().try_into().ok()?;
                let path = self.value(to, place).path("")?;
                Some((path, self.read(&self.value(from, place).path("")?, to.span, place)))
            }
            "sed"
                if command
                    .words
                    .iter()
                    .any(|word| literal_part(Some(word)).is_some_and(|it| it.starts_with("-i"))) =>
            {
                let path = self.value(command.words.last()?, place).path("")?;
                let before = self.read(&path, command.span, place);
                Some((path, self.edited(command, &before, place)))
            }
            _ => None,
        }
    }

    /// What holds at a place of all that is set: what is set last before it, on every way that leads there.
    fn last<T: Copy>(
        &self,
        sets: impl Iterator<Item = (Place, T)> + Clone,
        place: Place,
    ) -> Found<(Place, T)> {
        let function = self.script.function(place.block);
        let own = sets.filter(|(set, _)| self.script.function(set.block) == function);
        let around: Vec<usize> = self.script.around(place.block).collect();
        let before = own.clone().filter(|(set, _)| set.at < place.at).last();
        let Some((set, value)) = before else {
            return if own.count() == 0 { Found::Nowhere } else { Found::Several };
        };
        if !around.contains(&set.block) {
            return Found::Several;
        }
        let is_loop = |block: &usize| {
            matches!(self.script.blocks.get(*block).map(|it| &it.kind), Some(BlockKind::Loop))
        };
        let loops: Vec<usize> = around.iter().copied().filter(is_loop).collect();
        let outer: Vec<usize> = self.script.around(set.block).collect();
        let again = own.filter(|(other, _)| other.at > place.at).any(|(other, _)| {
            self.script.around(other.block).any(|block| loops.contains(&block) && !outer.contains(&block))
        });
        if again { Found::Several } else { Found::One((set, value)) }
    }

    /// Whether between two places something may set a variable without being seen to.
    fn is_reset(&self, name: &str, from: usize, to: usize) -> bool {
        let between = self.script.commands.get(from + 1..to).unwrap_or_default();
        between.iter().any(|command| match literal_part(command.words.first()) {
            Some("source" | "." | "eval") => true,
            Some(called) => self.setters.get(called).is_some_and(|names| names.contains(name)),
            None => false,
        })
    }

    /// What a word comes to.
    pub(super) fn value(&self, word: &Word, place: Place) -> Value {
        self.value_of(&word.parts, word.span, place)
    }

    /// What parts of a word come to. One part alone is shown where what it comes to is written.
    fn value_of(&self, parts: &[crate::parse::shell::Part], span: Span, place: Place) -> Value {
        let mut value = Value::default();
        for part in parts {
            if self.steps.get() > bounds::SCRIPT_STEPS || value.0.len() > bounds::PIECES {
                return Value::opaque(span);
            }
            self.steps.set(self.steps.get() + 1);
            let own = match &part.kind {
                PartKind::Literal(text) => Value::literal(text, part.span),
                PartKind::Variable(name) => self.variable(name, part.span, place),
                PartKind::Default(name, default) => {
                    let is_set = self
                        .sets
                        .get(name.as_str())
                        .is_some_and(|sets| sets.iter().any(|set| set.place.at < place.at));
                    if is_set { self.variable(name, part.span, place) } else { self.value(default, place) }
                }
                PartKind::Output(commands) => self.output(commands, part.span, place),
                PartKind::Unknown => Value::opaque(part.span),
            };
            let is_put_in = parts.len() > 1 && !matches!(part.kind, PartKind::Literal(_));
            value.append(if is_put_in { own.shown_at(part.span) } else { own });
        }
        self.steps.set(self.steps.get() + value.0.len());
        value
    }

    /// What a variable holds.
    pub(super) fn variable(&self, name: &str, span: Span, place: Place) -> Value {
        if let Some(value) = self.special(name, span) {
            return value;
        }
        if self.depth.get() >= bounds::SCRIPT_DEPTH {
            return Value::opaque(span);
        }
        self.depth.set(self.depth.get() + 1);
        let value = self.looked_up(name, span, place);
        self.depth.set(self.depth.get() - 1);
        value
    }

    fn looked_up(&self, name: &str, span: Span, place: Place) -> Value {
        let sets = self.sets.get(name).map(Vec::as_slice).unwrap_or_default();
        let all = || sets.iter().map(|set| (set.place, set.value));
        // Each is looked at, and so may be each command before.
        if !self.charge(sets.len(), 0) || !sets.is_empty() && !self.charge(1, place.at) {
            return Value::opaque(span);
        }
        match self.last(all(), place) {
            Found::One((set, _)) if self.is_reset(name, set.at, place.at) => Value::opaque(span),
            Found::One((set, value)) => self.of_set(name, (set, value), sets.len(), span),
            Found::Several => Value::opaque(span),
            // What a function is called with is not followed.
            Found::Nowhere if name.starts_with(|first: char| first.is_ascii_digit() || first == '@') => {
                match self.script.function(place.block) {
                    Some(_) => Value::opaque(span),
                    None => named(&self.unit, name.to_owned(), span),
                }
            }
            Found::Nowhere => match all().collect::<Vec<_>>().as_slice() {
                [] => named(&self.unit, name.to_owned(), span),
                // Set once, at the top, for all functions.
                [(set, value)] if set.block == 0 => self.of_set(name, (*set, *value), 1, span),
                _ => Value::opaque(span),
            },
        }
    }

    /// What a variable is set to. What is not known has the name of the variable.
    fn of_set(&self, name: &str, (set, word): (Place, Option<&Word>), count: usize, span: Span) -> Value {
        let value = match word.map(|word| (word, word.parts.as_slice())) {
            None => Value::opaque(span),
            // Behind `export` the word has the name and the sign in it.
            Some((word, [first, rest @ ..])) if is_name_alone(first, name) => {
                self.value_of(rest, word.span, set)
            }
            Some((word, _)) => without_name(self.value(word, set), name, Some(word)),
        };
        if !value.is_opaque() {
            return value;
        }
        let own = if count == 1 { name.to_owned() } else { format!("{name} of command {}", set.at + 1) };
        named(&self.unit, own, span)
    }

    /// Variables that say where things are.
    fn special(&self, name: &str, span: Span) -> Option<Value> {
        if self.sets.contains_key(name) {
            return None;
        }
        let part = match name {
            "0" | "BASH_SOURCE" => Part::Script(span),
            "CURDIR" => Part::Directory(self.directory.clone(), span),
            "GITHUB_WORKSPACE" | "CI_PROJECT_DIR" | "CODEBUILD_SRC_DIR" | "github.workspace" => {
                Part::Directory(String::new(), span)
            }
            _ => return None,
        };
        Some(Value(vec![part]))
    }

    /// What `$(…)` comes to.
    fn output(&self, commands: &[Command], span: Span, place: Place) -> Value {
        if self.depth.get() >= bounds::SCRIPT_DEPTH {
            return Value::opaque(span);
        }
        self.depth.set(self.depth.get() + 1);
        let value = self.printed_by_all(commands, span, place);
        self.depth.set(self.depth.get() - 1);
        value
    }

    fn printed_by_all(&self, commands: &[Command], span: Span, place: Place) -> Value {
        // `cd … && pwd` goes to a directory and says which.
        if let [to, pwd] = commands
            && literal_part(to.words.first()) == Some("cd")
            && literal_part(pwd.words.first()) == Some("pwd")
        {
            return to
                .words
                .iter()
                .skip(1)
                .find(|word| !is_option(word))
                .map_or_else(|| Value::opaque(span), |word| self.directory(&self.value(word, place), span));
        }
        let starts = commands.iter().skip(1).filter(|command| !command.is_piped).count();
        match commands.len().checked_sub(1) {
            Some(last) if starts == 0 => self.printed(commands, last, place),
            _ => Value::opaque(span),
        }
    }

    /// The directory that a value names, seen from that of the script.
    fn directory(&self, value: &Value, span: Span) -> Value {
        let path = value.path("");
        let named = path.as_ref().and_then(|path| path.candidates(&self.directory).into_iter().next());
        let is_known = path.is_some_and(|path| path.base.is_some());
        named
            .filter(|_| is_known)
            .map_or_else(|| Value::opaque(span), |directory| Value(vec![Part::Directory(directory, span)]))
    }

    /// What a command reads.
    fn input(&self, commands: &[Command], at: usize, place: Place) -> Value {
        let Some(command) = commands.get(at) else { return Value::default() };
        let given = command.redirects.iter().rev().find_map(|redirect| match redirect {
            Redirect::Text(word) => Some(self.value(word, place)),
            Redirect::From(word) => Some(self.read_word(word, place)),
            Redirect::To(_) | Redirect::Onto(_) => None,
        });
        match given {
            Some(value) => value,
            None if command.is_piped && at > 0 => self.printed(commands, at - 1, place),
            None => Value::opaque(command.span),
        }
    }

    fn read_word(&self, word: &Word, place: Place) -> Value {
        match self.value(word, place).path("") {
            Some(path) => self.read(&path, word.span, place),
            None => Value::opaque(word.span),
        }
    }

    /// What a file holds: what the script has written there, else the file of the project.
    pub(super) fn read(&self, path: &Path, span: Span, place: Place) -> Value {
        if !self.charge(self.written.len(), 0) {
            return Value::opaque(span);
        }
        let own = self.written.iter().enumerate().filter(|(_, written)| written.path.as_ref() == Some(path));
        let last = match self.last(own.map(|(index, written)| (written.place, index)), place) {
            Found::One((_, index)) => self.written.get(index),
            Found::Several => return Value::opaque(span),
            Found::Nowhere => {
                let mut files = path.candidates(&self.directory).into_iter();
                if let Some(file) = files.find_map(|path| self.sources.find(&path)) {
                    return Value(vec![Part::Content(Content { file, replaced: Vec::new() }, span)]);
                }
                // Written by a function, and read by another.
                let mut others = self.written.iter().filter(|one| one.path.as_ref() == Some(path));
                others.next().filter(|_| others.next().is_none())
            }
        };
        let last = last.filter(|written| self.charge(written.value.0.len(), 0));
        last.map_or_else(|| Value::opaque(span), |written| written.value.clone())
    }

    /// What a command prints.
    fn printed(&self, commands: &[Command], at: usize, place: Place) -> Value {
        let Some(command) = commands.get(at) else { return Value::default() };
        let unknown = || Value::opaque(command.span);
        if self.depth.get() >= bounds::SCRIPT_DEPTH {
            return unknown();
        }
        self.depth.set(self.depth.get() + 1);
        let printed = match literal_part(command.words.first()) {
            None if command.words.is_empty() => self.input(commands, at, place),
            Some(name) => self.printed_by(name, commands, at, place).unwrap_or_else(unknown),
            None => unknown(),
        };
        self.depth.set(self.depth.get() - 1);
        printed
    }

    fn printed_by(&self, name: &str, commands: &[Command], at: usize, place: Place) -> Option<Value> {
        let command = commands.get(at)?;
        let operands: Vec<&Word> = command.words.iter().skip(1).filter(|word| !is_option(word)).collect();
        let has_options = command.words.len() > operands.len() + 1;
        Some(match (name, operands.as_slice()) {
            ("cat", []) => self.input(commands, at, place),
            ("cat", [file]) => self.read_word(file, place),
            ("jq", [filter]) if filter.as_literal().as_deref() == Some(".") => {
                self.input(commands, at, place)
            }
            ("jq", [filter, file]) if filter.as_literal().as_deref() == Some(".") => {
                self.read_word(file, place)
            }
            ("jq", [filter]) if filter.as_literal().is_some_and(|it| it.contains("Arn")) => {
                let before = commands.get(at.checked_sub(1)?)?;
                Call::read(before, self, place)?.printed(filter.as_literal().as_deref(), self)?
            }
            ("echo", [only]) => self.value(only, place),
            ("printf", [only]) if !only.as_literal()?.contains('%') => self.value(only, place),
            ("printf", [format, only]) if format.as_literal()?.starts_with("%s") => self.value(only, place),
            ("envsubst", _) => self.substituted(&self.input(commands, at, place), place),
            ("sed", _) => {
                let is_file = |word: &&&Word| !is_substitution(word);
                let input = match operands.iter().skip(usize::from(!has_option(command, "-e"))).find(is_file)
                {
                    Some(file) => self.read_word(file, place),
                    None => self.input(commands, at, place),
                };
                self.edited(command, &input, place)
            }
            ("dirname", [of]) => self.parent(&self.value(of, place), command.span),
            ("realpath" | "readlink", [of]) => self.value(of, place),
            ("git", [parse]) if parse.as_literal().as_deref() == Some("rev-parse") && has_options => {
                Value(vec![Part::Directory(String::new(), command.span)])
            }
            ("aws" | "sudo", _) => Call::read(command, self, place)?.printed(None, self)?,
            _ => return None,
        })
    }

    fn parent(&self, value: &Value, span: Span) -> Value {
        let directory = match value.0.as_slice() {
            [Part::Script(_)] => Some(self.directory.clone()),
            [Part::Directory(directory, _)] if !directory.is_empty() => {
                Some(directory.rsplit_once('/').map_or("", |(above, _)| above).to_owned())
            }
            _ => None,
        };
        directory
            .map_or_else(|| Value::opaque(span), |directory| Value(vec![Part::Directory(directory, span)]))
    }

    /// What `sed` makes of a text, when all it does is to replace literal text everywhere.
    fn edited(&self, command: &Command, input: &Value, place: Place) -> Value {
        let mut replacements = Vec::new();
        let mut scripts: Vec<&Word> = Vec::new();
        let mut words = command.words.iter().skip(1).peekable();
        let has_e = has_option(command, "-e");
        while let Some(word) = words.next() {
            match word.as_literal().as_deref() {
                Some("-e") => scripts.extend(words.next()),
                // What is printed of a text is not the text.
                Some("-n" | "-f") => return Value::opaque(command.span),
                Some(option) if option.starts_with('-') || option.is_empty() => {}
                _ if !has_e && scripts.is_empty() => scripts.push(word),
                _ => {}
            }
        }
        for script in scripts {
            match super::sed::replacements(&self.value(script, place)) {
                Some(some) => replacements.extend(some),
                None => return Value::opaque(command.span),
            }
        }
        self.with(input, &replacements, command.span)
    }

    /// What `envsubst` makes of a text: the variables that the script sets are put in.
    fn substituted(&self, input: &Value, place: Place) -> Value {
        let names = self.sets.keys().filter(|name| !name.is_empty());
        let mut replacements = Vec::new();
        let mut names: Vec<&&str> = names.collect();
        // The longest first, so that `$NAME_OF` is not taken for `$NAME`.
        names.sort_by_key(|name| (std::cmp::Reverse(name.len()), **name));
        for name in names {
            for written in [format!("${{{name}}}"), format!("${name}")] {
                let value = self.variable(name, Span::start_of(self.file), place);
                replacements.push((written, value.text()));
            }
        }
        self.with(input, &replacements, Span::start_of(self.file))
    }

    /// Takes note of work; whether there may be as much.
    pub(super) fn charge(&self, times: usize, bytes: usize) -> bool {
        let steps = times.saturating_mul(bytes / 64 + 1);
        self.steps.set(self.steps.get().saturating_add(steps));
        self.steps.get() <= bounds::SCRIPT_STEPS
    }

    /// A value with other texts put in.
    fn with(&self, value: &Value, replacements: &[(String, crate::value::Text)], span: Span) -> Value {
        if let [Part::Content(content, span)] = value.0.as_slice() {
            let replaced: Vec<_> = content.replaced.iter().chain(replacements).cloned().collect();
            if !self.charge(replaced.len(), 0) {
                return Value::opaque(*span);
            }
            return Value(vec![Part::Content(Content { file: content.file, replaced }, *span)]);
        }
        if !self.charge(replacements.len(), value.0.len().saturating_mul(64)) {
            return Value::opaque(span);
        }
        let text = value.text();
        let literal = text.pieces().iter().map(|piece| piece.span.len()).sum();
        if self.charge(replacements.len(), literal) {
            Value::of_text(&super::value::replaced(text, replacements))
        } else {
            Value::opaque(span)
        }
    }

    /// Something of a script that nobody knows, by its name.
    pub(super) fn symbol(&self, class: Class, name: String) -> Symbol {
        Symbol::new(class, crate::value::Origin::named(&self.unit, name), Because::Run)
    }

    /// Whether a variable is set somewhere in the script.
    pub(super) fn sets(&self, name: &str, place: Place) -> bool {
        self.sets.get(name).is_some_and(|sets| sets.iter().any(|set| set.place.at < place.at))
    }
}

/// Whether a part is `NAME=` and nothing more.
fn is_name_alone(part: &crate::parse::shell::Part, name: &str) -> bool {
    matches!(&part.kind, PartKind::Literal(text) if text.strip_suffix('=') == Some(name))
}

/// The value of `NAME=word` without the name.
fn without_name(value: Value, name: &str, word: Option<&Word>) -> Value {
    let begins = |word: &Word| {
        let PartKind::Literal(text) = &word.parts.first()?.kind else { return None };
        text.strip_prefix(name)?.starts_with('=').then_some(())
    };
    if word.and_then(begins).is_none() {
        return value;
    }
    let mut parts = value.0;
    if let Some(Part::Text(piece)) = parts.first_mut()
        && let crate::value::PieceKind::Literal(text) = &piece.kind
    {
        let length = name.len() + 1;
        let rest: std::sync::Arc<str> = text.get(length..).unwrap_or_default().into();
        piece.span =
            if piece.span.len() == text.len() { piece.span.part(length, text.len()) } else { piece.span };
        piece.kind = crate::value::PieceKind::Literal(rest);
    }
    let is_nothing = |piece: &crate::value::Piece| matches!(&piece.kind, crate::value::PieceKind::Literal(text) if text.is_empty());
    parts.retain(|part| !matches!(part, Part::Text(piece) if is_nothing(piece)));
    Value(parts)
}

/// The text of a word that is one literal part.
pub(super) fn literal_part(word: Option<&Word>) -> Option<&str> {
    match word?.parts.as_slice() {
        [part] => match &part.kind {
            PartKind::Literal(text) => Some(text),
            _ => None,
        },
        _ => None,
    }
}

/// Whether a word is a script of `sed` and no file.
fn is_substitution(word: &Word) -> bool {
    let first = word.parts.first().map(|part| &part.kind);
    let Some(PartKind::Literal(text)) = first else { return false };
    text.strip_prefix('s')
        .is_some_and(|rest| rest.starts_with(|next: char| next.is_ascii_punctuation() && next != '.'))
}

fn is_option(word: &Word) -> bool {
    matches!(word.parts.first().map(|part| (&part.kind, part.is_quoted)), Some((PartKind::Literal(text), false)) if text.starts_with('-') && text.len() > 1)
}

fn has_option(command: &Command, option: &str) -> bool {
    command.words.iter().any(|word| literal_part(Some(word)) == Some(option))
}
