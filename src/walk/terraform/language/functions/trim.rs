//! Strings without what stands at their ends.

use super::flat::Flat;
use super::function::{Function, at};
use super::strings::{begins, ends, structured, with_text};
use crate::source::Span;
use crate::value::{Answer, Symbol, Text, Value};
use crate::walk::terraform::language::convert::{
    Evaluated, Stop, is_string, literal_of, symbol_can_contain, text_of, texts_equal,
};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new("chomp", (1, 1), |arguments, span| trimmed(arguments, span, Ends::Last, &['\r', '\n'])),
    Function::new("trim", (2, 2), trim),
    Function::new("trimprefix", (2, 2), trim_prefix),
    Function::new("trimspace", (1, 1), trim_space),
    Function::new("trimsuffix", (2, 2), trim_suffix),
];

/// Which ends are trimmed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ends {
    Both,
    Last,
}

fn trim(arguments: &[Value], span: Span) -> Evaluated<Value> {
    let set: Vec<char> = literal_of(at(arguments, 1)?)?.chars().collect();
    trimmed(arguments, span, Ends::Both, &set)
}

fn trim_space(arguments: &[Value], span: Span) -> Evaluated<Value> {
    const SPACES: &[char] = &[
        '\t', '\n', '\u{b}', '\u{c}', '\r', ' ', '\u{85}', '\u{a0}', '\u{1680}', '\u{2000}', '\u{2001}',
        '\u{2002}', '\u{2003}', '\u{2004}', '\u{2005}', '\u{2006}', '\u{2007}', '\u{2008}', '\u{2009}',
        '\u{200a}', '\u{2028}', '\u{2029}', '\u{202f}', '\u{205f}', '\u{3000}',
    ];
    trimmed(arguments, span, Ends::Both, SPACES)
}

fn trimmed(arguments: &[Value], _: Span, ends: Ends, set: &[char]) -> Evaluated<Value> {
    let argument = at(arguments, 0)?;
    let text = structured(argument)?;
    let flat = Flat::new(&text);
    let holes: Vec<usize> = flat.holes().collect();
    let in_set = |character: char| set.contains(&character);
    let start = flat.known_start();
    let from = if ends == Ends::Both { start.len() - start.trim_start_matches(in_set).len() } else { 0 };
    let end = flat.known_end();
    let to = flat.buffer.len() - (end.len() - end.trim_end_matches(in_set).len());
    // Trimming that reaches something unknown may go on in it.
    let stops = |symbol: Option<Option<&Symbol>>| {
        symbol.flatten().is_some_and(|symbol| {
            is_string(symbol) && set.iter().all(|character| !symbol_can_contain(symbol, *character))
        })
    };
    let reaches_first = ends == Ends::Both && holes.first() == Some(&from);
    let reaches_last = holes.last().is_some_and(|hole| hole + 1 == to);
    if (reaches_first && !stops(flat.symbols().next())) || (reaches_last && !stops(flat.symbols().last())) {
        return Err(Stop::Unknown);
    }
    Ok(with_text(argument, flat.slice(from..to.max(from))))
}

fn trim_prefix(arguments: &[Value], _: Span) -> Evaluated<Value> {
    let argument = at(arguments, 0)?;
    let [text, prefix] = [structured(argument)?, text_of(at(arguments, 1)?)?];
    let flat = Flat::new(&text);
    match begins(&text, &prefix) {
        Answer::Yes => {
            let length = prefix.as_literal().map_or(0, |prefix| prefix.len());
            Ok(with_text(argument, flat.slice(length..flat.buffer.len())))
        }
        Answer::No => Ok(with_text(argument, text.into_owned())),
        Answer::Unknown if texts_equal(&text, &prefix).is_yes() => Ok(with_text(argument, Text::default())),
        Answer::Unknown => Err(Stop::Unknown),
    }
}

fn trim_suffix(arguments: &[Value], _: Span) -> Evaluated<Value> {
    let argument = at(arguments, 0)?;
    let [text, suffix] = [structured(argument)?, text_of(at(arguments, 1)?)?];
    let flat = Flat::new(&text);
    match ends(&text, &suffix) {
        Answer::Yes => {
            let length = suffix.as_literal().map_or(0, |suffix| suffix.len());
            Ok(with_text(argument, flat.slice(0..flat.buffer.len() - length)))
        }
        Answer::No => Ok(with_text(argument, text.into_owned())),
        Answer::Unknown => Err(Stop::Unknown),
    }
}
