//! Findings with the lines of all their places, drawn by miette.
//!
//! miette ties the labels of a message to one file. [`Files`] therefore lays the files of a finding end to end
//! and refuses to read over their borders, so that miette draws one snippet for each file.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::io::{self, Write};

use miette::{
    GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError, MietteSpanContents, SourceCode,
    SourceSpan, SpanContents, ThemeCharacters, ThemeStyles,
};

use super::concise::reason_or_none;
use super::given::{Report, Style, bold, message, paint, rule_url};
use super::harmless::{escaped, is_hostile};
use crate::bounds;
use crate::diagnostic::{Diagnostic, Excerpt, Label, Severity};
use crate::source::{SourceId, SourceText, Sources, Span};

/// Where nothing is wrapped.
const WIDE: usize = 10_000;

pub(super) fn write(report: &Report<'_>, style: Style, out: &mut dyn Write) -> io::Result<()> {
    let printer = Printer::new(report.sources, style);
    for (index, finding) in report.shown().enumerate() {
        if index > 0 {
            writeln!(out)?;
        }
        printer.finding(finding, out)?;
    }
    if report.show_suppressed {
        for (finding, accepted) in &report.checked.suppressed {
            printer.suppressed(finding, &accepted.reason, out)?;
        }
    }
    Ok(())
}

struct Printer<'a> {
    sources: &'a Sources,
    style: Style,
    handler: GraphicalReportHandler,
    /// Texts with nothing in them that a terminal obeys.
    harmless: RefCell<BTreeMap<SourceId, SourceText>>,
}

impl<'a> Printer<'a> {
    fn new(sources: &'a Sources, style: Style) -> Self {
        let styles = if style.colour { ThemeStyles::ansi() } else { ThemeStyles::none() };
        let theme = GraphicalTheme { characters: ThemeCharacters::unicode(), styles };
        let handler = GraphicalReportHandler::new_themed(theme)
            .with_links(false)
            .with_context_lines(1)
            .with_width(style.width.unwrap_or(WIDE))
            .with_wrap_lines(style.width.is_some());
        Self { sources, style, handler, harmless: RefCell::default() }
    }

    fn finding(&self, finding: &Diagnostic, out: &mut dyn Write) -> io::Result<()> {
        let ((on, off), (strong, normal)) =
            (paint(finding.severity, self.style.colour), bold(self.style.colour));
        let (severity, rule) = (finding.severity.name(), finding.rule);
        writeln!(out, "{on}{severity}[{rule}]{off}{strong}: {}{normal}", message(finding))?;
        let labels: Vec<_> = std::iter::once(&finding.primary).chain(&finding.related).collect();
        let (drawn, listed): (Vec<&Label>, Vec<&Label>) =
            labels.into_iter().partition(|label| label.excerpt.is_some() || self.is_drawable(label.span));
        let picture = Picture::new(self, finding, &drawn);
        let mut drawing = String::new();
        self.handler.render_report(&mut drawing, &picture).map_err(io::Error::other)?;
        // The first line is miette's own header around an empty message.
        let drawing = drawing.split_once('\n').map_or("", |(_, rest)| rest);
        write!(out, "{drawing}")?;
        for label in listed {
            let (path, position) = self.place(label.span);
            writeln!(out, "   ╭─[{path}:{position}]\n   ╰── {}", picture.text(self, label))?;
        }
        for (address, created) in created(finding) {
            writeln!(out, "  `{}` is created at {}", escaped(address), escaped(created))?;
        }
        if let Some(help) = &finding.help {
            let (on, off) = paint(Severity::Info, self.style.colour);
            writeln!(out, "  {on}help:{off} {}", escaped(help))?;
        }
        if self.style.hints {
            writeln!(out, "  more: trustlint explain {rule}, {}", rule_url(rule))?;
        }
        Ok(())
    }

    fn suppressed(&self, finding: &Diagnostic, reason: &str, out: &mut dyn Write) -> io::Result<()> {
        let (path, position) = self.place(finding.primary.span);
        let (rule, reason) = (finding.rule, reason_or_none(reason));
        writeln!(out, "\nsuppressed[{rule}]: {}\n   ╭─[{path}:{position}]\n   ╰── {reason}", message(finding))
    }

    fn place(&self, span: Span) -> (String, String) {
        let position = self.sources.position(span.source, span.start);
        let path = escaped(&self.sources.shown(span.source)).into_owned();
        (path, format!("{}:{}", position.line, position.column))
    }

    /// Whether there are lines around a place, and they are short enough to be drawn.
    fn is_drawable(&self, span: Span) -> bool {
        let starts = self.sources.line_starts(span.source);
        let length = self.sources.length(span.source);
        let first = starts.partition_point(|start| *start <= span.start).saturating_sub(2);
        let last = starts
            .partition_point(|start| *start < span.end.max(span.start + 1))
            .min(first + bounds::LINES_DRAWN);
        let line = |index: usize| {
            let start = starts.get(index).copied().unwrap_or(length);
            starts.get(index + 1).copied().unwrap_or(length).saturating_sub(start)
        };
        // At the very end there may be no line to draw.
        span.start < length && (first..=last).all(|index| line(index) <= bounds::LINE_LENGTH)
    }

    /// Whether a place is in the file of the primary one and so far above it that it is drawn apart.
    fn is_far_above(&self, label: &Label, primary: &Label) -> bool {
        let line = |span: Span| self.sources.position(span.source, span.start).line;
        label.span.source == primary.span.source
            && line(label.span) + bounds::LINES_BESIDE < line(primary.span)
    }

    /// A text in which every byte keeps its place, but commands to the terminal are replaced.
    fn harmless(&self, id: SourceId) -> SourceText {
        let mut known = self.harmless.borrow_mut();
        SourceText::clone(known.entry(id).or_insert_with(|| harmless(self.sources.text_or_empty(id))))
    }
}

/// The declarations that code made, each with the place of the code.
fn created(finding: &Diagnostic) -> BTreeSet<(&str, &str)> {
    let labels = std::iter::once(&finding.primary).chain(&finding.related);
    labels.filter_map(|label| Some((label.address.as_deref()?, label.created.as_deref()?))).collect()
}

fn harmless(text: SourceText) -> SourceText {
    let allowed = |char: char| matches!(char, '\n' | '\t');
    // A snapshot may have hundreds of megabytes.
    let is_plain = |byte: u8| matches!(byte, b'\n' | b'\t' | b' '..=b'~');
    if text
        .as_bytes()
        .chunks(bounds::LINE_LENGTH as usize)
        .all(|part| part.iter().fold(true, |all, byte| all & is_plain(*byte)))
    {
        return text;
    }
    let mut chars = text.char_indices().peekable();
    if !text.chars().any(|char| is_hostile(char) && !allowed(char)) {
        return text;
    }
    let mut safe = String::with_capacity(text.len());
    while let Some((_, char)) = chars.next() {
        let line_end = char == '\r' && matches!(chars.peek(), Some((_, '\n')));
        if !is_hostile(char) || allowed(char) || line_end {
            safe.push(char);
        } else {
            // The same number of bytes, so that all places stay true.
            safe.push_str(match char.len_utf8() {
                1 => "?",
                2 => "¿",
                _ => "\u{fffd}",
            });
        }
    }
    SourceText::from(safe)
}

/// The files of one finding, laid end to end.
struct Files<'a> {
    files: Vec<File<'a>>,
}

struct File<'a> {
    id: SourceId,
    /// Whether it is drawn for places far above the primary one, which comes first.
    above: bool,
    /// Where it begins in the row of files.
    base: usize,
    name: String,
    text: SourceText,
    starts: Cow<'a, [u32]>,
    /// Where the first line stands in its file, when it is an excerpt of that.
    excerpt: Option<usize>,
}

impl File<'_> {
    /// The index of the line that holds the byte.
    fn line(&self, offset: usize) -> usize {
        self.starts.partition_point(|start| *start as usize <= offset).saturating_sub(1)
    }

    fn line_start(&self, line: usize) -> usize {
        self.starts.get(line).map_or(self.text.len(), |start| *start as usize)
    }
}

impl SourceCode for Files<'_> {
    fn read_span<'b>(
        &'b self,
        span: &SourceSpan,
        before: usize,
        after: usize,
    ) -> Result<Box<dyn SpanContents<'b> + 'b>, MietteError> {
        let holds =
            |file: &&File<'_>| file.base <= span.offset() && span.offset() <= file.base + file.text.len();
        let file = self.files.iter().find(holds).ok_or(MietteError::OutOfBounds)?;
        let start = span.offset() - file.base;
        let end = start + span.len();
        let (line, last) = (file.line(start), file.line(end.saturating_sub(1).max(start)));
        // An excerpt is one statement, which is shown as a whole unless it is long.
        let is_whole = before > 0 && file.excerpt.is_some() && file.starts.len() <= bounds::EXCERPT_LINES;
        let (before, last) = if is_whole { (line, file.starts.len()) } else { (before, last) };
        let first = line.saturating_sub(before);
        let from = if before == 0 { start } else { file.line_start(first) };
        let data = file.text.get(from..file.line_start(last + after + 1));
        // A span that ends in another file: the caller then reads each file alone.
        let data = data.filter(|_| end <= file.text.len()).ok_or(MietteError::OutOfBounds)?;
        let left = file.text.get(file.line_start(line)..start).filter(|_| before == 0);
        let column = left.map_or(0, |left| left.chars().count());
        let at = (file.base + from, data.len()).into();
        let (name, data, lines) = (file.name.clone(), data.as_bytes(), last + after + 1 - first);
        let line = if before == 0 { line } else { first } + file.excerpt.unwrap_or_default();
        Ok(Box::new(MietteSpanContents::new_named(name, data, at, line, column, lines)))
    }
}

/// A finding as miette wants to see it, without its message, which is printed apart.
struct Picture<'a> {
    files: Files<'a>,
    labels: Vec<LabeledSpan>,
    severity: Severity,
    names_accounts: bool,
}

impl<'a> Picture<'a> {
    fn new(printer: &Printer<'a>, finding: &Diagnostic, drawn: &[&Label]) -> Self {
        let all = || std::iter::once(&finding.primary).chain(&finding.related);
        let first = all().find_map(|label| label.account.as_deref());
        let names_accounts = all().any(|label| label.account.is_some() && label.account.as_deref() != first);
        let mut picture = Self {
            files: Files { files: Vec::new() },
            labels: Vec::new(),
            severity: finding.severity,
            names_accounts,
        };
        for label in drawn {
            let at = picture.place(printer, label, &finding.primary);
            let text = Some(picture.text(printer, label)).filter(|text| !text.is_empty());
            picture.labels.push(if std::ptr::eq(*label, &raw const finding.primary) {
                LabeledSpan::new_primary_with_span(text, at)
            } else {
                LabeledSpan::new_with_span(text, at)
            });
        }
        picture
    }

    /// Where a label stands in the row of files.
    fn place(&mut self, printer: &Printer<'a>, label: &Label, primary: &Label) -> SourceSpan {
        if let Some(excerpt) = &label.excerpt {
            let base = self.excerpt(printer, label, excerpt);
            return SourceSpan::from((base + excerpt.start, excerpt.end.saturating_sub(excerpt.start)));
        }
        let base = self.base(printer, label.span.source, printer.is_far_above(label, primary));
        let span = shortened(printer.sources, label.span);
        SourceSpan::from((base + span.start as usize, span.len()))
    }

    /// Where an excerpt begins in the row of files; adds it when it is new. Its lines are counted so that the marked one has the
    /// number that it has in the file.
    fn excerpt(&mut self, printer: &Printer<'a>, label: &Label, excerpt: &Excerpt) -> usize {
        let id = label.span.source;
        let is_it = |file: &&File<'_>| file.id == id && file.excerpt.is_some() && *file.text == *excerpt.text;
        if let Some(file) = self.files.files.iter().find(is_it) {
            return file.base;
        }
        let ends = excerpt.text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        let starts = std::iter::once(0).chain(ends.map(|(at, _)| u32::try_from(at + 1).unwrap_or(u32::MAX)));
        let starts: Cow<'_, [u32]> = starts.collect();
        let marked = starts.partition_point(|start| *start as usize <= excerpt.start);
        let line = printer.sources.position(id, label.span.start).line.saturating_sub(marked);
        let text = harmless(SourceText::from(String::from(&*excerpt.text)));
        self.add(
            printer,
            File { id, above: false, base: 0, name: String::new(), text, starts, excerpt: Some(line) },
        )
    }

    /// Adds a file behind the others.
    fn add(&mut self, printer: &Printer<'a>, file: File<'a>) -> usize {
        // A gap, so that the end of one file is not the beginning of the next.
        let base = self.files.files.last().map_or(0, |last| last.base + last.text.len() + 2);
        let name = escaped(&printer.sources.shown(file.id)).into_owned();
        self.files.files.push(File { base, name, ..file });
        base
    }

    /// Where a file begins in the row of files; adds it when it is new.
    fn base(&mut self, printer: &Printer<'a>, id: SourceId, above: bool) -> usize {
        if let Some(file) = self
            .files
            .files
            .iter()
            .find(|file| file.id == id && file.above == above && file.excerpt.is_none())
        {
            return file.base;
        }
        let (text, starts) = (printer.harmless(id), Cow::Borrowed(printer.sources.line_starts(id)));
        self.add(printer, File { id, above, base: 0, name: String::new(), text, starts, excerpt: None })
    }

    /// What a label says. When a finding speaks of several accounts, each place says which is its own.
    fn text(&self, printer: &Printer<'_>, label: &Label) -> String {
        let text = escaped(&label.text);
        // What is in a snapshot is so in an account at a time.
        if let Some(called) = printer.sources.called(label.span.source) {
            let account = label.account.as_deref().map(|account| format!("in {}, ", escaped(account)));
            return format!("{text}, {}{}", account.unwrap_or_default(), escaped(called));
        }
        match label.account.as_deref().filter(|account| self.names_accounts && !text.contains(short(account)))
        {
            Some(account) => format!("{text} (account {})", escaped(short(account))),
            None => text.into_owned(),
        }
    }
}

/// The name of an account, or its ID where it has none: `prod` of `prod (222222222222)`.
fn short(account: &str) -> &str {
    account.split_once(" (").map_or(account, |(name, _)| name)
}

/// The span, or its first line when it covers many.
fn shortened(sources: &Sources, span: Span) -> Span {
    let text = sources.slice(span);
    if text.lines().count() <= bounds::LINES_DRAWN {
        return span;
    }
    span.part(0, text.lines().next().unwrap_or_default().len())
}

impl fmt::Debug for Picture<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.labels.fmt(formatter)
    }
}

impl fmt::Display for Picture<'_> {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        Ok(())
    }
}

impl std::error::Error for Picture<'_> {}

impl miette::Diagnostic for Picture<'_> {
    fn severity(&self) -> Option<miette::Severity> {
        Some(match self.severity {
            Severity::Error => miette::Severity::Error,
            Severity::Warning => miette::Severity::Warning,
            Severity::Info => miette::Severity::Advice,
        })
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(&self.files)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(self.labels.iter().cloned()))
    }
}
