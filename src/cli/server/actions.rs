//! What an editor asks about a place, and what it can do there.

use lsp_types::{
    ApplyWorkspaceEditParams, CodeAction, CodeActionKind, CodeActionOrCommand, CodeActionParams, Command,
    DocumentChanges, ExecuteCommandParams, GotoDefinitionParams, Hover, HoverContents, HoverParams, Location,
    MarkupContent, MarkupKind, MessageType, OneOf, OptionalVersionedTextDocumentIdentifier, Range,
    ReferenceParams, ShowDocumentParams, TextDocumentEdit, TextDocumentPositionParams, TextEdit, Uri,
    WorkspaceEdit, request,
};
use serde::Deserialize;
use serde_json::Value as Json;

use super::analysis::Analysis;
use super::diagnostics::{page, said};
use super::meaning::{At, at};
use super::place::{location, path_of};
use super::session::Session;
use crate::bounds;
use crate::diagnostic::{Diagnostic, Edit, Label, Severity};
use crate::fix::{ABOUT_IGNORES, Edits, count_unread, ignores, key};
use crate::report::escaped;
use crate::rules::rule;
use crate::source::{SourceId, SourceText, Span};

/// Shows the page of a rule.
const EXPLAIN: &str = "trustlint.explain";
/// Shows another place of a finding.
const SHOW: &str = "trustlint.show";
/// Accepts a finding where it is.
const ACCEPT: &str = "trustlint.accept";

/// What the editor can have done.
pub(super) const COMMANDS: [&str; 3] = [ACCEPT, EXPLAIN, SHOW];

/// What stands in the place of a reason, which a person writes.
const REASON: &str = "say why";

/// What stands at a place.
pub(super) fn hover(session: &Session, params: &HoverParams) -> Option<Hover> {
    let (analysis, place) = place(session, &params.text_document_position_params)?;
    let sources = &analysis.loaded.project.sources;
    let (span, meaning) = at(&analysis.graph, place)?;
    let value = meaning.told(analysis)?;
    let contents = HoverContents::Markup(MarkupContent { kind: MarkupKind::Markdown, value });
    Some(Hover { contents, range: Some(session.encoding.range(sources, span)) })
}

/// The other side: of a finding its other places, of a principal or resource its declaration.
pub(super) fn definition(session: &Session, params: &GotoDefinitionParams) -> Option<Vec<Location>> {
    let (analysis, place) = place(session, &params.text_document_position_params)?;
    let mut spans: Vec<Span> = Vec::new();
    if let Some((_, meaning)) = at(&analysis.graph, place) {
        let declared = meaning.declared(&analysis.graph);
        spans.extend(declared.iter().map(|id| analysis.graph.declarations[*id].span));
    }
    if spans.is_empty() {
        let findings = analysis.shown(Severity::Info).filter(|it| it.places().any(|span| place.is_in(span)));
        spans.extend(findings.flat_map(Diagnostic::places).filter(|span| !place.is_in(*span)));
    }
    Some(located(session, analysis, spans))
}

/// Where policies name what is declared or named at a place.
pub(super) fn references(session: &Session, params: &ReferenceParams) -> Option<Vec<Location>> {
    let (analysis, place) = place(session, &params.text_document_position)?;
    let (_, meaning) = at(&analysis.graph, place)?;
    Some(located(session, analysis, meaning.named_by(&analysis.graph)))
}

fn located(session: &Session, analysis: &Analysis, mut spans: Vec<Span>) -> Vec<Location> {
    spans.sort_unstable();
    spans.dedup();
    let sources = &analysis.loaded.project.sources;
    spans.into_iter().filter_map(|span| location(analysis.root(), sources, span, session.encoding)).collect()
}

fn place<'s>(session: &'s Session, params: &TextDocumentPositionParams) -> Option<(&'s Analysis, At)> {
    let (analysis, source) = session.knowing(&params.text_document.uri).next()?;
    let sources = &analysis.loaded.project.sources;
    let offset = session.encoding.offset(sources, source, params.position)?;
    Some((analysis, At { source, offset }))
}

/// What can be done about the findings of a place.
pub(super) fn offered(session: &Session, params: &CodeActionParams) -> Vec<CodeActionOrCommand> {
    let kinds = params.context.only.as_ref();
    if kinds.is_some_and(|kinds| !kinds.iter().any(|kind| "quickfix".starts_with(kind.as_str()))) {
        return Vec::new();
    }
    let Some((analysis, source)) = session.knowing(&params.text_document.uri).next() else {
        return Vec::new();
    };
    let Some(asked) = asked(session, analysis, source, params.range) else { return Vec::new() };
    let meets = |span: Span| span.source == source && span.start <= asked.end && asked.start <= span.end;
    let findings = analysis.shown(Severity::Info).filter(|finding| finding.places().any(meets));
    let mut actions: Vec<CodeAction> = Vec::new();
    for finding in findings {
        let labels = std::iter::once(&finding.primary).chain(&finding.related);
        let others = labels.filter(|label| !meets(label.span));
        actions.extend(mend(session, analysis, finding));
        actions.extend(others.filter_map(|label| go_to(session, analysis, label)));
        actions.extend(accept(session, analysis, finding));
        actions.push(explain(finding.rule));
    }
    actions.dedup();
    actions.into_iter().map(CodeActionOrCommand::CodeAction).collect()
}

fn asked(session: &Session, analysis: &Analysis, source: SourceId, range: Range) -> Option<Span> {
    let sources = &analysis.loaded.project.sources;
    let start = session.encoding.offset(sources, source, range.start)?;
    let end = session.encoding.offset(sources, source, range.end)?;
    Some(Span { source, start, end })
}

/// What mends a finding without a decision of anybody.
fn mend(session: &Session, analysis: &Analysis, finding: &Diagnostic) -> Option<CodeAction> {
    let fix = finding.fix.as_ref()?;
    let mut edits = Edits::default();
    let edit = edits.add(&fix.edits).then(|| changes(session, analysis, &edits))??;
    let title = escaped(&fix.title).into_owned();
    Some(CodeAction { is_preferred: Some(true), ..changing(title, edit) })
}

/// The comment that accepts a finding. Where it works is tried when somebody wants it.
fn accept(session: &Session, analysis: &Analysis, finding: &Diagnostic) -> Option<CodeAction> {
    let sources = &analysis.loaded.project.sources;
    let is_wanted = finding.rule != ABOUT_IGNORES && session.can_change();
    if !is_wanted || !analysis.loaded.is_ignorable(finding) {
        return None;
    }
    let (edits, homeless) = ignores([(finding, 0)], sources, REASON);
    let can = homeless.is_empty() && changes(session, analysis, &edits).is_some();
    let uri = location(analysis.root(), sources, finding.primary.span, session.encoding)?.uri;
    let argument =
        serde_json::json!({ "uri": uri, "rule": finding.rule, "fingerprint": finding.fingerprint() });
    can.then(|| commanded(format!("Accept {} here", finding.rule), ACCEPT, vec![argument]))
}

/// A finding that is to be accepted.
#[derive(Deserialize)]
struct Accepted {
    uri: Uri,
    rule: String,
    fingerprint: String,
}

impl Accepted {
    fn find<'a>(&self, session: &'a Session) -> Option<(&'a Analysis, &'a Diagnostic)> {
        let (analysis, source) = session.knowing(&self.uri).next()?;
        let is_meant = |finding: &&Diagnostic| {
            let (rule, fingerprint, at) = key(finding);
            (rule, &fingerprint, at) == (&self.rule, &self.fingerprint, source)
        };
        Some((analysis, analysis.checked.findings.iter().find(is_meant)?))
    }
}

/// Has the editor write the ignore at the innermost statement where it is seen to work; where there is none, it is told what to
/// write in the configuration.
fn accepted(session: &mut Session, wanted: &Accepted) -> Option<()> {
    let (analysis, finding) = wanted.find(session)?;
    let elsewhere = analysis.loaded.ignored_elsewhere(finding, REASON);
    let mut edit = None;
    for place in 0..bounds::FIX_ROUNDS {
        let (analysis, finding) = wanted.find(session)?;
        let sources = &analysis.loaded.project.sources;
        let (edits, homeless) = ignores([(finding, place)], sources, REASON);
        if !homeless.is_empty() {
            break;
        }
        let changed = edits.apply(sources).into_iter();
        let changed = changed
            .filter_map(|(id, text)| Some((path_of(analysis.root(), sources, id)?, SourceText::from(text))));
        let (changed, folder) = (changed.collect(), analysis.folder.clone());
        let (known, unread) = (key(finding), count_unread(&analysis.checked));
        let found = changes(session, analysis, &edits);
        let tried = session.tried(&folder, changed)?;
        let works = count_unread(&tried.checked) <= unread
            && tried.checked.findings.iter().all(|other| key(other) != known);
        if works {
            edit = found;
            break;
        }
    }
    match edit {
        Some(edit) => {
            let label = Some(format!("Accept {} here", wanted.rule));
            session.ask::<request::ApplyWorkspaceEdit>(ApplyWorkspaceEditParams { label, edit });
        }
        None => session.show(MessageType::WARNING, &elsewhere),
    }
    Some(())
}

fn changing(title: String, edit: WorkspaceEdit) -> CodeAction {
    CodeAction { title, kind: Some(CodeActionKind::QUICKFIX), edit: Some(edit), ..CodeAction::default() }
}

/// Edits as the editor makes them, in the texts that were analyzed.
fn changes(session: &Session, analysis: &Analysis, edits: &Edits) -> Option<WorkspaceEdit> {
    let sources = &analysis.loaded.project.sources;
    let of_file = |(id, edits): (SourceId, &[Edit])| {
        let uri = location(analysis.root(), sources, Span::start_of(id), session.encoding)?.uri;
        // Of a text that has changed since, the places are not known any more.
        session.knowing(&uri).next()?;
        let one = |edit: &Edit| {
            let range = session.encoding.range(sources, edit.span);
            OneOf::Left(TextEdit { range, new_text: edit.text.clone() })
        };
        let version = session.version(&uri);
        let text_document = OptionalVersionedTextDocumentIdentifier { uri, version };
        Some(TextDocumentEdit { text_document, edits: edits.iter().map(one).collect() })
    };
    let all = edits.each().map(of_file).collect::<Option<Vec<_>>>().filter(|all| !all.is_empty())?;
    Some(WorkspaceEdit { document_changes: Some(DocumentChanges::Edits(all)), ..WorkspaceEdit::default() })
}

fn go_to(session: &Session, analysis: &Analysis, label: &Label) -> Option<CodeAction> {
    let sources = &analysis.loaded.project.sources;
    let there = location(analysis.root(), sources, label.span, session.encoding)?;
    let line = sources.position(label.span.source, label.span.start).line;
    let path = escaped(sources.path(label.span.source)).into_owned();
    let title = format!("Go to {path}:{line}: {}", said(label));
    let arguments = vec![serde_json::to_value(there).ok()?];
    Some(commanded(title, SHOW, arguments))
}

fn explain(rule: &str) -> CodeAction {
    commanded(format!("Explain {rule}"), EXPLAIN, vec![Json::from(rule)])
}

fn commanded(title: String, command: &str, arguments: Vec<Json>) -> CodeAction {
    let command = Command { title: title.clone(), command: command.to_owned(), arguments: Some(arguments) };
    CodeAction {
        title,
        kind: Some(CodeActionKind::QUICKFIX),
        command: Some(command),
        ..CodeAction::default()
    }
}

/// Does what an action says. What it gives back is for editors that show it themselves.
pub(super) fn execute(session: &mut Session, params: ExecuteCommandParams) -> Json {
    let argument = params.arguments.into_iter().next().unwrap_or_default();
    match params.command.as_str() {
        EXPLAIN => argument.as_str().map_or(Json::Null, |name| explained(session, name)),
        ACCEPT => {
            if let Ok(wanted) = serde_json::from_value::<Accepted>(argument) {
                // What has changed since then is not accepted.
                _ = accepted(session, &wanted);
            }
            Json::Null
        }
        SHOW => {
            if let Ok(Location { uri, range }) = serde_json::from_value(argument) {
                show(session, uri, Some(range));
            }
            Json::Null
        }
        _ => Json::Null,
    }
}

/// The page of a rule, in the browser where there is an address, and else its first words.
fn explained(session: &mut Session, name: &str) -> Json {
    let Some(rule) = rule(name) else { return Json::Null };
    match page(rule.name) {
        Some(uri) if session.can_show_documents() => show(session, uri, None),
        _ => session.show(MessageType::INFO, &format!("{}: {}", rule.name, rule.summary)),
    }
    Json::from(rule.page)
}

/// Shows a place in the editor, or a page outside.
fn show(session: &mut Session, uri: Uri, selection: Option<Range>) {
    if session.can_show_documents() {
        let external = Some(selection.is_none());
        session.ask::<request::ShowDocument>(ShowDocumentParams {
            uri,
            external,
            take_focus: Some(true),
            selection,
        });
    }
}
