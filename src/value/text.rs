//! Strings with holes.

use std::borrow::Cow;
use std::cell::RefCell;
use std::fmt;
use std::sync::Arc;

use super::{Encoded, Origin, Symbol, fitted};
use crate::bounds;
use crate::source::Span;

/// A string: literal text and symbols, in order.
#[derive(Clone, Debug, Default)]
pub struct Text(Pieces);

/// Most texts are one piece, which then needs no place of its own. Copies of longer ones share them.
#[derive(Clone, Debug, Default)]
enum Pieces {
    #[default]
    None,
    One(Piece),
    Many(Arc<Vec<Piece>>),
}

/// A part of a string, and where it is written.
///
/// INVARIANT: the span of a literal piece either has as many bytes as its text, which then maps byte for byte
/// onto the source, or the piece came from an escape or a folded line and maps only as a whole. Readers split
/// a string at its escapes to keep the first kind long.
#[derive(Clone, Debug)]
pub struct Piece {
    /// What it is.
    pub kind: PieceKind,
    /// Where it is written.
    pub span: Span,
    /// The declaration that it is an attribute of, when it came by a reference to one.
    pub of: Option<Origin>,
}

impl Piece {
    /// A part that came by no reference.
    pub fn new(kind: PieceKind, span: Span) -> Self {
        Self { kind, span, of: None }
    }

    fn is_empty(&self) -> bool {
        self.literal().is_some_and(str::is_empty)
    }

    /// Whether it is text that maps onto its place as a whole.
    fn is_whole(&self) -> bool {
        self.literal().is_some_and(|text| text.len() != self.span.len())
    }

    fn literal(&self) -> Option<&str> {
        match &self.kind {
            PieceKind::Literal(text) => Some(text),
            PieceKind::Symbol(_) | PieceKind::Json(_) => None,
        }
    }
}

/// What a part of a string is.
#[derive(Clone, Debug)]
pub enum PieceKind {
    /// Text.
    Literal(Arc<str>),
    /// An unknown with an identity.
    Symbol(Symbol),
    /// The JSON encoding of a value, put into a larger text: `${jsonencode(var.ids)}` inside a heredoc.
    Json(Encoded),
}

impl Text {
    /// The empty string, written nowhere.
    pub fn empty() -> &'static Self {
        static EMPTY: Text = Text(Pieces::None);
        &EMPTY
    }

    /// A literal string written at `span`.
    pub fn literal(text: impl Into<Arc<str>>, span: Span) -> Self {
        Self(Pieces::One(Piece::new(PieceKind::Literal(text.into()), span)))
    }

    /// A string that is one symbol.
    pub fn symbol(symbol: Symbol, span: Span) -> Self {
        Self(Pieces::One(Piece::new(PieceKind::Symbol(symbol), span)))
    }

    /// The parts.
    pub fn pieces(&self) -> &[Piece] {
        match &self.0 {
            Pieces::None => &[],
            Pieces::One(piece) => std::slice::from_ref(piece),
            Pieces::Many(pieces) => pieces,
        }
    }

    fn pieces_mut(&mut self) -> &mut [Piece] {
        match &mut self.0 {
            Pieces::None => &mut [],
            Pieces::One(piece) => std::slice::from_mut(piece),
            Pieces::Many(pieces) => Arc::make_mut(pieces).as_mut_slice(),
        }
    }

    /// The parts, taken out of it.
    pub fn into_pieces(self) -> Vec<Piece> {
        match self.0 {
            Pieces::None => Vec::new(),
            Pieces::One(piece) => vec![piece],
            Pieces::Many(pieces) => Arc::unwrap_or_clone(pieces),
        }
    }

    /// Adds the parts to others, without those that are empty.
    pub fn add_to(self, pieces: &mut Vec<Piece>) {
        match self.0 {
            Pieces::None => {}
            Pieces::One(piece) if piece.is_empty() => {}
            Pieces::One(piece) => pieces.push(piece),
            Pieces::Many(many) => {
                pieces.extend(Arc::unwrap_or_clone(many).into_iter().filter(|piece| !piece.is_empty()));
            }
        }
    }

    /// Adds a part that came by no reference.
    pub fn push(&mut self, kind: PieceKind, span: Span) {
        self.push_piece(Piece::new(kind, span));
    }

    /// Adds a part.
    pub fn push_piece(&mut self, piece: Piece) {
        if !piece.is_empty() {
            self.keep(piece);
        }
    }

    /// Adds a part even if it is empty.
    pub fn keep(&mut self, piece: Piece) {
        self.0 = match std::mem::take(&mut self.0) {
            Pieces::None => Pieces::One(piece),
            Pieces::One(first) => Pieces::Many(Arc::new(vec![first, piece])),
            Pieces::Many(mut pieces) => {
                Arc::make_mut(&mut pieces).push(piece);
                Pieces::Many(pieces)
            }
        };
    }

    /// Adds literal text.
    pub fn push_str(&mut self, text: impl Into<Arc<str>>, span: Span) {
        self.push(PieceKind::Literal(text.into()), span);
    }

    /// Adds another string.
    pub fn append(&mut self, other: &Self) {
        self.push_pieces(other.pieces());
    }

    /// Adds parts.
    pub fn push_pieces(&mut self, pieces: &[Piece]) {
        if let [only] = pieces {
            return self.push_piece(only.clone());
        }
        let mut all = std::mem::take(self).into_pieces();
        all.reserve(pieces.len());
        all.extend(pieces.iter().filter(|piece| !piece.is_empty()).cloned());
        *self = Self::from(all);
    }

    /// The same text with neighbouring literal parts made one: what escapes part (`$${` in Terraform) is found as a whole.
    pub fn joined(&self) -> Cow<'_, Self> {
        let is_literal = |piece: &Piece| matches!(piece.kind, PieceKind::Literal(_));
        if !self.pieces().windows(2).any(|pair| pair.iter().all(is_literal)) {
            return Cow::Borrowed(self);
        }
        let mut whole = Self::default();
        for piece in self.pieces() {
            match (whole.pieces_mut().last_mut(), &piece.kind) {
                (Some(Piece { kind: PieceKind::Literal(before), span, .. }), PieceKind::Literal(part)) => {
                    *before = [&**before, &**part].concat().into();
                    *span = span.join(piece.span).unwrap_or(*span);
                }
                _ => whole.keep(piece.clone()),
            }
        }
        Cow::Owned(whole)
    }

    /// The same text, with what was put together from literal parts at one place as one part: it is shown there as a whole.
    #[must_use]
    pub fn compacted(self) -> Self {
        let Pieces::Many(pieces) = &self.0 else { return self };
        let belong = |a: &Piece, b: &Piece| a.span == b.span && a.is_whole() && b.is_whole() && a.of == b.of;
        if pieces.iter().zip(pieces.iter().skip(1)).all(|(a, b)| !belong(a, b)) {
            return self;
        }
        let mut whole = Vec::with_capacity(pieces.len());
        for run in pieces.chunk_by(belong) {
            let joined: String = run.iter().filter_map(Piece::literal).collect();
            match run {
                // As long as its place, it would be taken to map onto it.
                [first, _, ..] if joined.len() != first.span.len() => {
                    whole.push(Piece { kind: PieceKind::Literal(joined.into()), ..first.clone() });
                }
                _ => whole.extend_from_slice(run),
            }
        }
        Self::from(fitted(whole))
    }

    /// The same text with neighbouring literal parts that came by no reference made one: for who only compares it. Of the place of
    /// such a part no more is known than where it begins and ends.
    #[must_use]
    pub fn whole(self) -> Self {
        let Pieces::Many(pieces) = &self.0 else { return self };
        let is_plain = |piece: &Piece| piece.of.is_none() && piece.literal().is_some();
        let belong = |a: &Piece, b: &Piece| is_plain(a) && is_plain(b);
        let mut whole = Vec::with_capacity(pieces.len());
        for run in pieces.chunk_by(belong) {
            let joined: String = run.iter().filter_map(Piece::literal).collect();
            let place = run.iter().map(|piece| piece.span).reduce(|all, one| all.join(one).unwrap_or(all));
            match place {
                // As long as its place, it would be taken to map onto it.
                Some(place) if run.len() > 1 && joined.len() != place.len() => {
                    whole.push(Piece::new(PieceKind::Literal(joined.into()), place));
                }
                _ => whole.extend_from_slice(run),
            }
        }
        Self::from(fitted(whole))
    }

    /// Whether some literal part has `what` in it.
    pub fn has(&self, what: &str) -> bool {
        self.pieces()
            .iter()
            .any(|piece| matches!(&piece.kind, PieceKind::Literal(part) if part.contains(what)))
    }

    /// The same text with every part shown at `span`.
    #[must_use]
    pub fn shown_at(&self, span: Span) -> Self {
        let mut shown = self.clone();
        shown.show_at(span);
        shown
    }

    /// Shows all pieces at a place.
    pub fn show_at(&mut self, span: Span) {
        self.pieces_mut().iter_mut().for_each(|piece| piece.span = span);
    }

    /// Shows each piece where `place` says.
    pub fn show_each(&mut self, place: impl Fn(&Piece) -> Span) {
        self.pieces_mut().iter_mut().for_each(|piece| piece.span = place(piece));
    }

    /// The same text, come by a reference to a declaration.
    #[must_use]
    pub fn referring(mut self, to: &Origin) -> Self {
        for piece in self.pieces_mut() {
            piece.of = Some(to.clone());
        }
        self
    }

    /// The declaration that a text is a name or ARN of, or of something in it, because it was put together from a
    /// reference to it: `aws_s3_bucket.b.arn` alone, as in `arn:aws:s3:::${aws_s3_bucket.b.id}/*`, but not as in
    /// `${aws_s3_bucket.b.id}-logs`, which is the name of another one.
    pub fn reference(&self) -> Option<&Origin> {
        let first = self.pieces().iter().position(|piece| piece.of.is_some())?;
        let last = self.pieces().iter().rposition(|piece| piece.of.is_some())?;
        let (before, rest) = self.pieces().split_at_checked(first)?;
        let (inner, after) = rest.split_at_checked(last + 1 - first)?;
        let reference = inner.first()?.of.as_ref()?;
        let is_same = |piece: &Piece| piece.of.as_ref().is_some_and(|one| one == reference);
        let literal = |piece: &Piece| match &piece.kind {
            PieceKind::Literal(text) => Some(Arc::clone(text)),
            PieceKind::Symbol(_) | PieceKind::Json(_) => None,
        };
        let begins = match before.last() {
            None => true,
            Some(piece) => literal(piece).is_some_and(|text| text.ends_with([':', '/'])),
        };
        let ends = match after.first() {
            None => true,
            Some(piece) => literal(piece).is_some_and(|text| text.starts_with([':', '/'])),
        };
        (inner.iter().all(is_same) && begins && ends).then_some(reference)
    }

    /// The whole text to be kept, when every part is literal: its part, where that is one.
    pub fn as_shared(&self) -> Option<Arc<str>> {
        match &self.0 {
            Pieces::One(Piece { kind: PieceKind::Literal(text), .. }) => Some(Arc::clone(text)),
            _ => self.as_literal().map(|text| Arc::from(&*text)),
        }
    }

    /// The whole text, when every part is literal.
    pub fn as_literal(&self) -> Option<Cow<'_, str>> {
        match &self.0 {
            Pieces::None => Some(Cow::Borrowed("")),
            Pieces::One(only) => only.literal().map(Cow::Borrowed),
            Pieces::Many(pieces) => {
                let length =
                    pieces.iter().map(|piece| piece.literal().map(str::len)).sum::<Option<usize>>()?;
                let mut whole = String::with_capacity(length);
                whole.extend(pieces.iter().filter_map(Piece::literal));
                Some(Cow::Owned(whole))
            }
        }
    }

    /// Whether every part is literal.
    pub fn is_literal(&self) -> bool {
        self.pieces().iter().all(|piece| piece.literal().is_some())
    }

    /// The only symbol, when the text is one.
    pub fn as_symbol(&self) -> Option<&Symbol> {
        match self.pieces() {
            [Piece { kind: PieceKind::Symbol(symbol), .. }] => Some(symbol),
            _ => None,
        }
    }

    /// The symbols in it.
    pub fn symbols(&self) -> impl Iterator<Item = &Symbol> {
        self.pieces().iter().filter_map(|piece| match &piece.kind {
            PieceKind::Symbol(symbol) => Some(symbol),
            PieceKind::Literal(_) | PieceKind::Json(_) => None,
        })
    }

    /// Whether it is literally `text`.
    pub fn is_literally(&self, text: &str) -> bool {
        match &self.0 {
            Pieces::None => text.is_empty(),
            Pieces::One(only) => only.literal() == Some(text),
            Pieces::Many(pieces) => {
                let length = pieces.iter().map(|piece| piece.literal().map(str::len)).sum::<Option<usize>>();
                length == Some(text.len()) && self.begins_with(text)
            }
        }
    }

    /// What comes after the last quotation mark, as of a document that is written as a text; all when there is none.
    pub fn in_quotes(&self) -> Cow<'_, Self> {
        let mark = |piece: &Piece| match &piece.kind {
            PieceKind::Literal(text) => text.rfind('"'),
            PieceKind::Symbol(_) | PieceKind::Json(_) => None,
        };
        let last =
            self.pieces().iter().enumerate().rev().find_map(|(index, piece)| Some((index, mark(piece)?)));
        let Some((index, at)) = last else { return Cow::Borrowed(self) };
        let mut after = Self::default();
        for (place, piece) in self.pieces().iter().enumerate().skip(index) {
            match &piece.kind {
                PieceKind::Literal(text) if place == index => {
                    after.push_str(text.get(at + 1..).unwrap_or_default(), piece.span);
                }
                _ => after.push_piece(piece.clone()),
            }
        }
        Cow::Owned(after)
    }

    /// Whether it is the beginning of an ARN up to the account. Partitions, services and regions have no colons.
    pub fn ends_before_account(&self) -> bool {
        let colons = |piece: &Piece| match &piece.kind {
            PieceKind::Literal(text) => text.matches(':').count(),
            PieceKind::Symbol(_) | PieceKind::Json(_) => 0,
        };
        let last = self.pieces().last().map(|piece| &piece.kind);
        self.begins_with("arn:")
            && self.pieces().iter().map(colons).sum::<usize>() == 4
            && matches!(last, Some(PieceKind::Literal(text)) if text.ends_with(':'))
    }

    /// Whether it is the ARN of something in IAM, up to its name. That of an origin access identity stands behind a blank, which is
    /// the end of no ARN.
    pub fn ends_before_name(&self) -> bool {
        const KINDS: [&str; 4] = [":oidc-provider/", ":saml-provider/", ":role/", ":user/"];
        let last = self.pieces().last().map(|piece| &piece.kind);
        self.begins_with("arn:")
            && self.has(":iam:")
            && matches!(last, Some(PieceKind::Literal(text)) if text.ends_with(' ') || KINDS.iter().any(|kind| text.ends_with(kind)))
    }

    /// Whether it certainly begins with `start`.
    pub fn begins_with(&self, start: &str) -> bool {
        self.begins(start, <[u8]>::eq)
    }

    /// Whether its last part is literal and ends with `end`.
    pub fn ends_with(&self, end: &str) -> bool {
        matches!(self.pieces().last(), Some(Piece { kind: PieceKind::Literal(last), .. }) if last.ends_with(end))
    }

    /// Whether it certainly begins with `start`, in capitals or not.
    pub fn begins_with_folded(&self, start: &str) -> bool {
        self.begins(start, <[u8]>::eq_ignore_ascii_case)
    }

    fn begins(&self, start: &str, same: fn(&[u8], &[u8]) -> bool) -> bool {
        let mut rest = start.as_bytes();
        for piece in self.pieces() {
            let PieceKind::Literal(text) = &piece.kind else { break };
            let length = text.len().min(rest.len());
            let (Some(mine), Some((wanted, after))) =
                (text.as_bytes().get(..length), rest.split_at_checked(length))
            else {
                return false;
            };
            if !same(mine, wanted) {
                return false;
            }
            rest = after;
        }
        rest.is_empty()
    }

    /// Whether both certainly begin, or certainly end, with something else.
    pub fn differs_at_an_end(&self, other: &Self) -> bool {
        fn bytes<'t>(pieces: impl Iterator<Item = &'t Piece>) -> impl Iterator<Item = &'t [u8]> {
            pieces.map_while(Piece::literal).map(str::as_bytes)
        }
        let (mine, theirs) = (self.pieces(), other.pieces());
        let ahead = bytes(mine.iter()).flatten().zip(bytes(theirs.iter()).flatten());
        let (mine, theirs) = (bytes(mine.iter().rev()), bytes(theirs.iter().rev()));
        let mut behind =
            mine.flat_map(|part| part.iter().rev()).zip(theirs.flat_map(|part| part.iter().rev()));
        let mut ahead = ahead;
        ahead.any(|(a, b)| a != b) || behind.any(|(a, b)| a != b)
    }

    /// Whether it is certainly empty.
    pub fn is_empty(&self) -> bool {
        self.as_literal().is_some_and(|literal| literal.is_empty())
    }

    /// The smallest span around the pieces that lie in the file of the first.
    pub fn span(&self) -> Option<Span> {
        let first = self.pieces().first()?.span;
        Some(self.pieces().iter().fold(first, |whole, piece| whole.join(piece.span).unwrap_or(whole)))
    }

    /// Replaces symbols for which `known` has a text.
    #[must_use]
    pub fn substitute<'k>(&self, known: impl Fn(&Symbol) -> Option<Cow<'k, Self>>) -> Self {
        let mut whole = Vec::with_capacity(self.pieces().len());
        for piece in self.pieces() {
            let text = match &piece.kind {
                PieceKind::Symbol(symbol) => known(symbol),
                PieceKind::Literal(_) | PieceKind::Json(_) => None,
            };
            let Some(text) = text else {
                whole.extend((!piece.is_empty()).then(|| piece.clone()));
                continue;
            };
            let parts = text.pieces().iter().filter(|inner| !inner.is_empty());
            whole.extend(parts.map(|inner| Piece {
                kind: inner.kind.clone(),
                span: piece.span,
                of: piece.of.as_ref().or(inner.of.as_ref()).cloned(),
            }));
        }
        Self::from(whole)
    }

    /// The same text with its literal parts written anew.
    #[must_use]
    pub fn rewritten(&self, mut write: impl FnMut(&str, Span, &mut Self)) -> Self {
        let mut whole = Self::default();
        for piece in self.pieces() {
            match &piece.kind {
                PieceKind::Literal(part) => write(part, piece.span, &mut whole),
                PieceKind::Symbol(_) | PieceKind::Json(_) => whole.push_piece(piece.clone()),
            }
        }
        whole
    }

    /// Splits at the first `limit - 1` occurrences of `separator` in literal parts, as `str::splitn` does.
    ///
    /// Symbols never contain the separator here; whoever asks must know that (the fields of an ARN before the
    /// last one, for example).
    pub fn splitn(&self, limit: usize, separator: char) -> Vec<Self> {
        if let ([piece], true) = (self.pieces(), separator.is_ascii())
            && let PieceKind::Literal(text) = &piece.kind
        {
            return split_literal(piece, text, limit, separator);
        }
        // Most that is split are ARNs.
        let mut parts = Vec::with_capacity(limit.min(6));
        parts.push(Self::default());
        for piece in self.pieces() {
            let PieceKind::Literal(text) = &piece.kind else {
                if let Some(last) = parts.last_mut() {
                    last.push_piece(piece.clone());
                }
                continue;
            };
            let mut from = 0;
            while parts.len() < limit {
                let Some(at) = text.get(from..).and_then(|rest| position(separator, rest)) else { break };
                push_part(&mut parts, piece, text, (from, from + at));
                from += at + separator.len_utf8();
                parts.push(Self::default());
            }
            push_part(&mut parts, piece, text, (from, text.len()));
        }
        parts
    }
}

fn position(separator: char, text: &str) -> Option<usize> {
    match u8::try_from(separator) {
        Ok(byte) if byte.is_ascii() => memchr::memchr(byte, text.as_bytes()),
        _ => text.find(separator),
    }
}

fn split_literal(piece: &Piece, text: &Arc<str>, limit: usize, separator: char) -> Vec<Text> {
    let Ok(separator) = u8::try_from(separator) else { return vec![Text(Pieces::One(piece.clone()))] };
    let mut ends = memchr::memchr_iter(separator, text.as_bytes()).take(limit.saturating_sub(1)).peekable();
    if ends.peek().is_none() {
        return vec![Text(Pieces::One(piece.clone()))];
    }
    let exact = piece.span.len() == text.len();
    // Most that is split are ARNs.
    let (mut parts, mut from) = (Vec::with_capacity(limit.min(6)), 0);
    for end in ends.chain(std::iter::once(text.len())) {
        parts.push(match text.get(from..end).filter(|part| !part.is_empty()) {
            None => Text::default(),
            Some(part) => {
                let span = if exact { piece.span.part(from, end) } else { piece.span };
                Text(Pieces::One(Piece { kind: PieceKind::Literal(word(part)), span, of: piece.of.clone() }))
            }
        });
        from = end + 1;
    }
    parts
}

/// Takes them as they are; whoever puts them together leaves out what is empty.
impl From<Vec<Piece>> for Text {
    fn from(mut pieces: Vec<Piece>) -> Self {
        Self(match pieces.len() {
            0 => Pieces::None,
            1 => pieces.pop().map_or(Pieces::None, Pieces::One),
            _ => Pieces::Many(Arc::new(pieces)),
        })
    }
}

/// A text that is copied. What ARNs have in them, such as an account, is there once for each thread as long as it is remembered, so
/// that threads do not count together.
pub fn word(text: &str) -> Arc<str> {
    thread_local! {
        static KNOWN: RefCell<[Option<Arc<str>>; bounds::WORDS_SHARED]> = const { RefCell::new([const { None }; bounds::WORDS_SHARED]) };
    }
    if text.len() > bounds::WORD_SHARED {
        return text.into();
    }
    KNOWN.with_borrow_mut(|known| {
        let Some(known) = known.get_mut(slot(text.as_bytes())) else { return text.into() };
        match known {
            Some(same) if **same == *text => Arc::clone(same),
            _ => Arc::clone(known.insert(text.into())),
        }
    })
}

/// Of some bytes and the length: equal words have the same, and others seldom.
fn slot(bytes: &[u8]) -> usize {
    let byte = |at: usize| bytes.get(at).map_or(0, |byte| usize::from(*byte));
    let last = bytes.len().saturating_sub(1);
    (byte(0) * 37 + byte(last / 2) * 101 + byte(last) * 7 + bytes.len()) % bounds::WORDS_SHARED
}

fn push_part(parts: &mut [Text], piece: &Piece, text: &str, (from, to): (usize, usize)) {
    if let (Some(last), Some(part)) = (parts.last_mut(), text.get(from..to).filter(|part| !part.is_empty())) {
        let exact = piece.span.len() == text.len();
        let span = if exact { piece.span.part(from, to) } else { piece.span };
        last.keep(Piece { kind: PieceKind::Literal(word(part)), span, of: piece.of.clone() });
    }
}

/// Shows literal text as it is and symbols as `${name}`, but placeholders as they are written.
impl fmt::Display for Text {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for piece in self.pieces() {
            match &piece.kind {
                PieceKind::Literal(text) => formatter.write_str(text)?,
                PieceKind::Symbol(Symbol { origin, .. }) if origin.placeholder().is_some() => {
                    formatter.write_str(origin.shown())?;
                }
                PieceKind::Symbol(symbol) => write!(formatter, "${{{}}}", symbol.shown())?,
                PieceKind::Json(_) => formatter.write_str("${…}")?,
            }
        }
        Ok(())
    }
}

/// Two texts are equal when they are certainly the same: the same literals and the same symbols, however they
/// are cut into pieces. Where they are written does not matter.
impl PartialEq for Text {
    fn eq(&self, other: &Self) -> bool {
        let (mut mine, mut theirs) = (Rest::of(self), Rest::of(other));
        loop {
            match (mine.next(), theirs.next()) {
                (Next::End, Next::End) => return true,
                (Next::Symbol(a), Next::Symbol(b)) if a.same(b) => {}
                (Next::Bytes, Next::Bytes) => {
                    let length = mine.bytes.len().min(theirs.bytes.len());
                    if mine.bytes.split_off(..length) != theirs.bytes.split_off(..length) {
                        return false;
                    }
                }
                // What is encoded is compared by nobody.
                _ => return false,
            }
        }
    }
}

/// What is left of a text that is being compared.
struct Rest<'t> {
    pieces: std::slice::Iter<'t, Piece>,
    bytes: &'t [u8],
}

/// What comes next in it.
enum Next<'t> {
    End,
    /// Literal text, as far as `bytes` goes.
    Bytes,
    Symbol(&'t Symbol),
    Json,
}

impl<'t> Rest<'t> {
    fn of(text: &'t Text) -> Self {
        Self { pieces: text.pieces().iter(), bytes: &[] }
    }

    fn next(&mut self) -> Next<'t> {
        while self.bytes.is_empty() {
            match self.pieces.next().map(|piece| &piece.kind) {
                None => return Next::End,
                Some(PieceKind::Literal(text)) => self.bytes = text.as_bytes(),
                Some(PieceKind::Symbol(symbol)) => return Next::Symbol(symbol),
                Some(PieceKind::Json(_)) => return Next::Json,
            }
        }
        Next::Bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Sources;
    use crate::value::{Because, Class};

    #[test]
    fn splitting_keeps_the_place_of_every_part() {
        let written = "arn:aws:iam::111111111111:role/a:b";
        let sources = Sources::in_memory([("a".to_owned(), written.to_owned())]);
        let id = sources.find("a").unwrap();
        let text = Text::literal(written, Span::new(id, 0, written.len()));
        let parts = text.splitn(6, ':');
        assert_eq!(
            parts.iter().map(ToString::to_string).collect::<Vec<_>>(),
            ["arn", "aws", "iam", "", "111111111111", "role/a:b"]
        );
        let places: Vec<_> = parts.iter().filter_map(Text::span).map(|span| sources.slice(span)).collect();
        assert_eq!(places, ["arn", "aws", "iam", "111111111111", "role/a:b"]);
    }

    #[test]
    fn a_text_begins_with_what_is_written_and_not_with_how_a_symbol_is_shown() {
        let sources = Sources::in_memory([("a".to_owned(), String::new())]);
        let span = Span::start_of(sources.find("a").unwrap());
        let mut text = Text::literal("Ar", span);
        text.push_str("n:", span);
        text.append(&Text::symbol(Symbol::new(Class::Keyed, "aws", Because::Input), span));
        assert!(text.begins_with("Arn:") && text.begins_with_folded("arn:"));
        assert!(!text.begins_with("arn:") && !text.begins_with("Arn:${aws}"));
        assert!(text.begins_with("") && !Text::default().begins_with("a"));
    }

    #[test]
    fn the_same_symbol_is_the_same_text_and_an_opaque_one_is_not() {
        let sources = Sources::in_memory([("a".to_owned(), String::new())]);
        let span = Span::start_of(sources.find("a").unwrap());
        let keyed = Text::symbol(Symbol::new(Class::Keyed, "var.x", Because::Input), span);
        let opaque = Text::symbol(Symbol::new(Class::Opaque, "time", Because::Run), span);
        assert!(keyed == keyed.clone());
        assert!(opaque != opaque.clone());
    }
}
