//! Texts as sequences of tokens.

use super::Case;
use crate::value::{Class, Piece, PieceKind, Symbol, Text};

/// One step of a pattern or of a literal text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Token {
    /// This character.
    Char(char),
    /// Part of a symbol that equals only itself. `single` when it is exactly one character.
    Letter { symbol: usize, part: u8, single: bool },
    /// `?`: any one character.
    One,
    /// `*`: any text.
    Star,
    /// Some digit, not known which.
    Digit,
    /// Some text without `:` and `/`, not known which.
    Segment,
    /// Some text, not known which.
    Hole,
}

impl Token {
    /// Whether it stands for a text of any length.
    pub(super) fn repeats(self) -> bool {
        matches!(self, Self::Star | Self::Segment | Self::Hole)
    }

    /// Whether a letter can be both.
    pub(super) fn meets(self, other: Self) -> bool {
        match (self, other) {
            (Self::Star | Self::Hole, _)
            | (_, Self::Star | Self::Hole)
            | (Self::Digit | Self::Segment, Self::Digit | Self::Segment) => true,
            (Self::Letter { symbol: a, part: i, .. }, Self::Letter { symbol: b, part: j, .. }) => {
                (a, i) == (b, j)
            }
            (Self::Letter { single, .. }, Self::One) | (Self::One, Self::Letter { single, .. }) => single,
            (Self::Letter { .. }, _) | (_, Self::Letter { .. }) => false,
            (Self::Char(a), Self::Char(b)) => a == b,
            (Self::Char(c), Self::Digit) | (Self::Digit, Self::Char(c)) => c.is_ascii_digit(),
            (Self::Char(c), Self::Segment) | (Self::Segment, Self::Char(c)) => !matches!(c, ':' | '/'),
            (Self::One, _) | (_, Self::One) => true,
        }
    }
}

/// Whether wildcards mean something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Pattern,
    Literal,
}

/// What a symbol stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    /// Itself and nothing else.
    Must,
    /// Whatever its class allows.
    May,
}

/// The letters given to symbols in one question.
#[derive(Default)]
pub(super) struct Letters<'t> {
    known: Vec<&'t Symbol>,
    /// Letters that equal nothing, counted down from the end.
    anonymous: usize,
}

impl<'t> Letters<'t> {
    fn of(&mut self, symbol: &'t Symbol) -> usize {
        if let Some(index) = self.known.iter().position(|known| known.same(symbol)) {
            return index;
        }
        if symbol.class == Class::Opaque {
            return self.fresh();
        }
        self.known.push(symbol);
        self.known.len() - 1
    }

    fn fresh(&mut self) -> usize {
        self.anonymous += 1;
        usize::MAX - self.anonymous
    }
}

/// Characters of the private use area stand for `*`, `?` and `$` that were written as `${*}`, `${?}`, `${$}`
/// and are no wildcards.
pub(crate) const ESCAPED: [(char, char); 3] = [('\u{f02a}', '*'), ('\u{f03f}', '?'), ('\u{f024}', '$')];

pub(super) fn tokens<'t>(
    text: &'t Text,
    role: Role,
    mode: Mode,
    case: Case,
    letters: &mut Letters<'t>,
) -> Vec<Token> {
    let mut out = Vec::with_capacity(text.pieces().iter().map(most).sum());
    for piece in text.pieces() {
        match &piece.kind {
            PieceKind::Literal(part) => {
                for c in part.chars() {
                    character(c, role, case, &mut out);
                }
            }
            PieceKind::Symbol(symbol) => push_symbol(symbol, mode, letters, &mut out),
            PieceKind::Json(_) if mode == Mode::May => out.push(Token::Hole),
            PieceKind::Json(_) => out.push(Token::Letter { symbol: letters.fresh(), part: 0, single: false }),
        }
    }
    out
}

/// How many tokens a part becomes, as long as no letter becomes several when its case is dropped.
fn most(piece: &Piece) -> usize {
    match &piece.kind {
        PieceKind::Literal(part) => part.len(),
        PieceKind::Symbol(_) => 12,
        PieceKind::Json(_) => 1,
    }
}

fn character(c: char, role: Role, case: Case, out: &mut Vec<Token>) {
    let token = match (c, role) {
        ('*', Role::Pattern) => Token::Star,
        ('?', Role::Pattern) => Token::One,
        _ if c.is_ascii() => Token::Char(if case == Case::Folded { c.to_ascii_lowercase() } else { c }),
        _ => {
            let c = ESCAPED.iter().find(|(escaped, _)| *escaped == c).map_or(c, |(_, plain)| *plain);
            match case {
                Case::Sensitive => Token::Char(c),
                Case::Folded => {
                    out.extend(c.to_lowercase().map(Token::Char));
                    return;
                }
            }
        }
    };
    if token != Token::Star || out.last() != Some(&Token::Star) {
        out.push(token);
    }
}

fn push_symbol<'t>(symbol: &'t Symbol, mode: Mode, letters: &mut Letters<'t>, out: &mut Vec<Token>) {
    match (mode, symbol.class) {
        (Mode::Must, Class::Account | Class::AccountId) => {
            let symbol = letters.of(symbol);
            out.extend((0..12).map(|part| Token::Letter { symbol, part, single: true }));
        }
        (Mode::Must, _) => out.push(Token::Letter { symbol: letters.of(symbol), part: 0, single: false }),
        (Mode::May, Class::Account | Class::AccountId) => out.extend([Token::Digit; 12]),
        (Mode::May, Class::Region | Class::Partition) => out.push(Token::Segment),
        (Mode::May, _) => out.push(Token::Hole),
    }
}
