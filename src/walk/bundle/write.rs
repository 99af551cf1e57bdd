//! A project to the text of a bundle.

use std::fmt::Write as _;

use rustc_hash::FxHashMap;
use serde_json::{Value as Json, json};

use super::excerpt::Marks;
use super::words::Worded;
use super::{FORM, ToldConfig};
use crate::bounds;
use crate::diagnostic::Problem;
use crate::facts::{AccountHint, Declaration, MetadataIgnore, Secret, Unit, Walked};
use crate::source::{SourceId, Sources, Span};
use crate::value::{Kind, Origin, Symbol, UnitKey, Value};

/// What a bundle is made of.
#[derive(Debug)]
pub struct Export<'a> {
    /// The name of the project.
    pub project: &'a str,
    /// The commit that was looked at.
    pub revision: Option<&'a str>,
    /// How many files were analyzed.
    pub analyzed: usize,
    /// What the configurations say.
    pub config: &'a [ToldConfig],
    /// What was walked and is kept; the hints of units say in which account they are known to be.
    pub walked: &'a Walked,
    /// Whether the texts are left out.
    pub redacted: bool,
}

/// The text of the bundle.
pub fn write(export: &Export<'_>, sources: &Sources) -> String {
    let mut writer = Writer::new(sources, &export.walked.secrets);
    let walked = export.walked;
    let units: Vec<Json> = walked.units.iter().map(|unit| writer.unit_row(unit)).collect();
    let declarations: Vec<Json> = walked.declarations.iter().map(|one| writer.declaration(one)).collect();
    let parameters: Vec<Json> = walked
        .parameters
        .iter()
        .map(|(origin, value)| json!([writer.origin(origin), writer.value(value, 0)]))
        .collect();
    let exports: Vec<Json> =
        walked.exports.iter().map(|(name, value)| json!([name, writer.value(value, 0)])).collect();
    let ignores: Vec<Json> = walked.ignores.iter().map(|ignore| writer.ignore(ignore)).collect();
    let problems: Vec<Json> = walked.problems.iter().map(|problem| writer.problem(problem)).collect();
    let created =
        walked.created.iter().map(|((file, address), place)| json!([writer.file(*file), address, place]));
    let created: Vec<Json> = created.collect();

    let mut text = String::new();
    let revision = export.revision.map_or(String::new(), |it| format!(" \"revision\": {},\n", json!(it)));
    let (version, project) = (json!(env!("CARGO_PKG_VERSION")), json!(export.project));
    // Writing to a string cannot fail.
    let _ = write!(
        text,
        "{{\"trustlint-bundle\": {FORM},\n \"version\": {version},\n \"project\": {project},\n{revision} \"analyzed\": {},\n \"config\": {}",
        export.analyzed,
        json!(export.config)
    );
    let files = writer.excerpts(export.redacted);
    let tables = [
        ("files", files),
        ("keys", writer.units.rows),
        ("origins", writer.origins.rows),
        ("symbols", writer.symbols.rows),
        ("units", units),
        ("declarations", declarations),
        ("parameters", parameters),
        ("exports", exports),
        ("ignores", ignores),
        ("problems", problems),
        ("created", created),
    ];
    for (name, rows) in tables {
        let _ = write!(text, ",\n \"{name}\": [");
        for (index, row) in rows.iter().enumerate() {
            let _ = write!(text, "{}\n  {row}", if index > 0 { "," } else { "" });
        }
        text.push(']');
    }
    text.push_str("}\n");
    text
}

/// Whether a text holds a secret.
fn is_in(hidden: &str, text: &str) -> bool {
    if hidden.len() < bounds::SECRET_BYTES {
        hidden == text && !hidden.is_empty()
    } else {
        text.contains(hidden)
    }
}

/// What is written once and then named by its number.
struct Table<T> {
    numbers: FxHashMap<T, usize>,
    rows: Vec<Json>,
}

impl<T: Eq + std::hash::Hash> Table<T> {
    fn new() -> Self {
        Self { numbers: FxHashMap::default(), rows: Vec::new() }
    }

    fn add(&mut self, one: T, row: Json) -> Json {
        let number = self.rows.len();
        self.rows.push(row);
        self.numbers.insert(one, number);
        json!(number)
    }
}

pub(super) struct Writer<'a> {
    sources: &'a Sources,
    units: Table<UnitKey>,
    origins: Table<Origin>,
    symbols: Table<Symbol>,
    files: FxHashMap<SourceId, usize>,
    marks: Vec<(SourceId, Marks)>,
    secrets: &'a [Secret],
    /// The declaration that is being written.
    body: Option<Span>,
}

impl<'a> Writer<'a> {
    fn new(sources: &'a Sources, secrets: &'a [Secret]) -> Self {
        Self {
            sources,
            units: Table::new(),
            origins: Table::new(),
            symbols: Table::new(),
            files: FxHashMap::default(),
            marks: Vec::new(),
            secrets,
            body: None,
        }
    }

    /// What stands for a text that is written at a place, when it is secret.
    pub(super) fn hidden(&mut self, span: Span, text: &str) -> Option<Json> {
        let is_it = |secret: &&Secret| {
            secret.span.contains(span) || secret.texts.iter().any(|hidden| is_in(hidden, text))
        };
        let secret = self.secrets.iter().find(is_it)?;
        Some(self.symbol(&secret.symbol))
    }

    pub(super) fn unit(&mut self, key: &UnitKey) -> Json {
        if let Some(number) = self.units.numbers.get(key) {
            return json!(number);
        }
        let mut row = vec![json!(key.path())];
        row.extend(key.narrowed().iter().flat_map(|(kind, name)| [json!(kind.word()), json!(**name)]));
        self.units.add(key.clone(), Json::Array(row))
    }

    pub(super) fn origin(&mut self, origin: &Origin) -> Json {
        if let Some(number) = self.origins.numbers.get(origin) {
            return json!(number);
        }
        let row = self.kind(origin.kind());
        self.origins.add(origin.clone(), row)
    }

    pub(super) fn symbol(&mut self, symbol: &Symbol) -> Json {
        if let Some(number) = self.symbols.numbers.get(symbol) {
            return json!(number);
        }
        let row = json!([symbol.class.word(), symbol.because.word(), self.origin(&symbol.origin)]);
        self.symbols.add(symbol.clone(), row)
    }

    /// The number of a file.
    pub(super) fn file(&mut self, file: SourceId) -> Json {
        json!(self.file_number(file))
    }

    fn file_number(&mut self, file: SourceId) -> usize {
        let next = self.marks.len();
        let number = *self.files.entry(file).or_insert(next);
        if number == next {
            self.marks.push((file, Marks::default()));
        }
        number
    }

    /// Adds the three numbers of a place.
    pub(super) fn span(&mut self, span: Span, parts: &mut Vec<Json>) {
        self.marked(span, parts, Marks::place);
    }

    /// The same of a place whose text is the name of something.
    pub(super) fn reference(&mut self, span: Span, parts: &mut Vec<Json>) {
        let is_name = span.len() <= bounds::SHOWN_CALL;
        self.marked(span, parts, if is_name { Marks::name } else { Marks::place });
    }

    /// The same of the place of a value.
    pub(super) fn value_span(&mut self, value: &Value, parts: &mut Vec<Json>) {
        let is_apart = matches!(value.kind, Kind::Text(_) | Kind::Unknown(_))
            && self.body.is_some_and(|body| !body.contains(value.span));
        self.marked(value.span, parts, if is_apart { Marks::apart } else { Marks::place });
    }

    fn marked(&mut self, span: Span, parts: &mut Vec<Json>, mark: fn(&mut Marks, u32, u32)) {
        let number = self.file_number(span.source);
        if let Some((_, marks)) = self.marks.get_mut(number) {
            mark(marks, span.start, span.end);
        }
        parts.extend([json!(number), json!(span.start), json!(span.end)]);
    }

    /// A place as an array, of which nothing is shown.
    fn unmarked(&mut self, span: Span) -> Json {
        json!([self.file_number(span.source), span.start, span.end])
    }

    /// A place as an array.
    fn place(&mut self, span: Span) -> Json {
        let mut parts = Vec::new();
        self.span(span, &mut parts);
        Json::Array(parts)
    }

    /// `[key, language, path, files, hints, region, placed]`.
    fn unit_row(&mut self, unit: &Unit) -> Json {
        let key = self.unit(&unit.key);
        let hints: Vec<Json> = unit.hints.iter().map(|hint| self.hint(hint)).collect();
        let region = unit.region.as_ref().map(|region| self.placed_text(region));
        json!([key, unit.language.word(), unit.path, unit.files, hints, region, unit.placed.word()])
    }

    /// `[account, file, start, end, evidence]`.
    fn hint(&mut self, hint: &AccountHint) -> Json {
        let mut parts = vec![self.text(&hint.account, hint.span)];
        self.span(hint.span, &mut parts);
        parts.push(json!(hint.evidence));
        Json::Array(parts)
    }

    /// `[text, file, start, end]`.
    fn placed_text(&mut self, text: &crate::value::Text) -> Json {
        let span = text.span().unwrap_or(Span::start_of(SourceId::first()));
        let mut parts = vec![self.text(text, span)];
        self.span(span, &mut parts);
        Json::Array(parts)
    }

    /// `[unit, origin, address, type, at, body, present, when, open, entry, …]`.
    fn declaration(&mut self, declaration: &Declaration) -> Json {
        self.body = Some(declaration.body);
        for entry in &declaration.properties.entries {
            self.whole(&entry.value);
        }
        let mut parts = vec![
            self.unit(&declaration.unit),
            self.origin(&declaration.origin),
            json!(*declaration.address),
            json!(*declaration.type_name),
            self.place(declaration.span),
            self.unmarked(declaration.body),
            json!(declaration.present.word()),
            self.when(&declaration.when),
        ];
        self.map(&declaration.properties, 0, &mut parts);
        Json::Array(parts)
    }

    /// Has all lines of a property kept.
    fn whole(&mut self, value: &Value) {
        let number = self.file_number(value.span.source);
        if let Some((_, marks)) = self.marks.get_mut(number) {
            marks.whole(value.span.start, value.span.end);
        }
    }

    /// `[rule, reason, until, place, place covered, …]`.
    fn ignore(&mut self, ignore: &MetadataIgnore) -> Json {
        let mut parts =
            vec![json!(ignore.rule), json!(ignore.reason), json!(ignore.until), self.place(ignore.span)];
        parts.extend(ignore.covers.iter().map(|span| self.place(*span)));
        Json::Array(parts)
    }

    /// `[file, start, end, message, lost, rendered]`.
    fn problem(&mut self, problem: &Problem) -> Json {
        let mut parts = Vec::new();
        self.span(problem.span, &mut parts);
        parts.extend([json!(problem.message), json!(problem.lost), json!(problem.rendered)]);
        Json::Array(parts)
    }

    /// `[path, excerpt]` of each file.
    fn excerpts(&mut self, redacted: bool) -> Vec<Json> {
        let mut left = bounds::BUNDLE_TEXT_BYTES;
        let excerpt = |(file, mut marks): (SourceId, Marks)| {
            let text = self.sources.text_or_empty(file);
            let spans = self.secrets.iter().map(|secret| secret.span).filter(|span| span.source == file);
            spans.for_each(|span| marks.secret(span.start, span.end));
            for hidden in self
                .secrets
                .iter()
                .flat_map(|secret| &secret.texts)
                .filter(|it| it.len() >= bounds::SECRET_BYTES)
            {
                for (start, _) in text.match_indices(&**hidden) {
                    let span = Span::new(file, start, start + hidden.len());
                    marks.secret(span.start, span.end);
                }
            }
            let mut pieces = marks.excerpt(&text, self.sources.line_starts(file), redacted);
            match left.checked_sub(super::excerpt::length(&pieces)) {
                Some(rest) => left = rest,
                // Places in it are then shown at its end.
                None => pieces.clear(),
            }
            json!([self.sources.path(file), pieces])
        };
        std::mem::take(&mut self.marks).into_iter().map(excerpt).collect()
    }
}
