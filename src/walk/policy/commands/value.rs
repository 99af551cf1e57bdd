//! What words of commands come to, as far as that is known without running anything.

use crate::source::paths::joined;
use crate::source::{SourceId, Span};
use crate::value::{Because, Class, Origin, Piece, PieceKind, Symbol, Text, UnitKey};

/// What a word comes to.
#[derive(Clone, Debug, Default)]
pub(super) struct Value(pub(super) Vec<Part>);

/// A part of what a word comes to.
#[derive(Clone, Debug)]
pub(super) enum Part {
    /// Text, known or not.
    Text(Piece),
    /// The script itself.
    Script(Span),
    /// A directory of the project, by its path.
    Directory(String, Span),
    /// What a file holds.
    Content(Content, Span),
}

/// What a file holds, with what is put in for parts of it.
#[derive(Clone, Debug)]
pub(super) struct Content {
    pub(super) file: SourceId,
    pub(super) replaced: Vec<(String, Text)>,
}

/// A path as it is written, for comparison.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Path {
    /// The directory of the project that it begins with.
    pub(super) base: Option<String>,
    /// The rest.
    pub(super) rest: Vec<Step>,
}

/// A part of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Literal(String),
    Symbol(Symbol),
}

impl Value {
    pub(super) fn literal(text: &str, span: Span) -> Self {
        Self::of_text(&Text::literal(text, span))
    }

    pub(super) fn of_text(text: &Text) -> Self {
        Self(text.pieces().iter().cloned().map(Part::Text).collect())
    }

    pub(super) fn unknown(symbol: Symbol, span: Span) -> Self {
        Self::of_text(&Text::symbol(symbol, span))
    }

    /// Something that is the same as nothing else.
    pub(super) fn opaque(span: Span) -> Self {
        Self::unknown(Symbol::new(Class::Opaque, "the output of a command", Because::Expression), span)
    }

    pub(super) fn append(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// The same, shown where it is put into a text.
    pub(super) fn shown_at(mut self, span: Span) -> Self {
        for part in &mut self.0 {
            if let Part::Text(piece) = part {
                piece.span = span;
            }
        }
        self
    }

    /// Whether it is one thing of which nothing is known.
    pub(super) fn is_opaque(&self) -> bool {
        let [Part::Text(piece)] = self.0.as_slice() else { return false };
        matches!(&piece.kind, PieceKind::Symbol(symbol) if symbol.class == Class::Opaque)
    }

    /// As a text; what is none is not known.
    pub(super) fn text(&self) -> Text {
        let mut text = Text::default();
        for part in &self.0 {
            match part {
                Part::Text(piece) => text.push_piece(piece.clone()),
                Part::Script(span) | Part::Directory(_, span) | Part::Content(_, span) => {
                    let symbol = Symbol::new(Class::Opaque, "a file", Because::Run);
                    text.push(PieceKind::Symbol(symbol), *span);
                }
            }
        }
        text
    }

    /// The whole text, when all of it is known.
    pub(super) fn as_literal(&self) -> Option<String> {
        let is_text = |part: &Part| matches!(part, Part::Text(_));
        self.0.iter().all(is_text).then(|| self.text().as_literal().map(std::borrow::Cow::into_owned))?
    }

    /// What a file holds, when it is that alone.
    pub(super) fn content(&self) -> Option<&Content> {
        match self.0.as_slice() {
            [Part::Content(content, _)] => Some(content),
            _ => None,
        }
    }

    /// As the path of a file, without a beginning such as `file://`.
    pub(super) fn path(&self, prefix: &str) -> Option<Path> {
        let mut path = Path::default();
        let mut left = prefix;
        for part in &self.0 {
            match part {
                Part::Text(Piece { kind: PieceKind::Literal(text), .. }) => {
                    let shared = left.len().min(text.len());
                    let (own, rest) = text.split_at_checked(shared)?;
                    left = left.strip_prefix(own)?;
                    path.push(rest);
                }
                _ if !left.is_empty() => return None,
                Part::Text(Piece { kind: PieceKind::Symbol(symbol), .. })
                    if symbol.class != Class::Opaque =>
                {
                    path.rest.push(Step::Symbol(symbol.clone()));
                }
                Part::Directory(directory, _) if path == Path::default() => {
                    path.base = Some(directory.clone());
                }
                _ => return None,
            }
        }
        (left.is_empty() && path != Path::default()).then_some(path)
    }
}

impl Path {
    fn push(&mut self, text: &str) {
        let text = text.replace('\\', "/");
        let text = if self.rest.is_empty() && self.base.is_none() {
            text.strip_prefix("./").unwrap_or(&text)
        } else {
            &text
        };
        match self.rest.last_mut() {
            _ if text.is_empty() => {}
            Some(Step::Literal(before)) => before.push_str(text),
            _ => self.rest.push(Step::Literal(text.to_owned())),
        }
    }

    /// The paths in the project that it can mean, for a script in `directory`: seen from there, else from the nearest directory
    /// above, up to the project root.
    pub(super) fn candidates(&self, directory: &str) -> Vec<String> {
        let rest = match self.rest.as_slice() {
            [] => "",
            [Step::Literal(rest)] => rest,
            _ => return Vec::new(),
        };
        if let Some(base) = &self.base {
            return joined(base, rest.trim_start_matches('/')).into_iter().collect();
        }
        if rest.starts_with(['/', '~']) || rest.contains(':') {
            return Vec::new();
        }
        let mut all = Vec::new();
        let mut next = Some(directory);
        while let Some(from) = next {
            all.extend(joined(from, rest));
            next = (!from.is_empty()).then(|| from.rsplit_once('/').map_or("", |(above, _)| above));
        }
        all
    }
}

/// A text with other texts in the place of literal ones.
pub(super) fn replaced(text: Text, replacements: &[(String, Text)]) -> Text {
    let mut text = text;
    for (wanted, with) in replacements.iter().filter(|(wanted, _)| !wanted.is_empty()) {
        text = text.rewritten(|part, span, out| {
            let exact = span.len() == part.len();
            let place = |start: usize, end: usize| if exact { span.part(start, end) } else { span };
            let mut from = 0;
            for (at, found) in part.match_indices(wanted.as_str()) {
                out.push_str(part.get(from..at).unwrap_or_default(), place(from, at));
                from = at + found.len();
                out.append(&with.shown_at(place(at, from)));
            }
            out.push_str(part.get(from..).unwrap_or_default(), place(from, part.len()));
        });
    }
    text.joined().into_owned()
}

/// A variable of the environment of a script, or what one holds that nobody knows: the same throughout.
pub(super) fn named(unit: &UnitKey, name: String, span: Span) -> Value {
    Value::unknown(Symbol::new(Class::Keyed, Origin::named(unit, name), Because::Input), span)
}
