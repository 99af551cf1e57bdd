//! A conversation with one editor: what is open, what is to be analyzed, what was said last.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use lsp_server::{Connection, ErrorCode, Message, Notification, Request, RequestId, Response};
use lsp_types::notification::{self, Notification as _};
use lsp_types::request::{self, Request as _};
use lsp_types::{
    ClientCapabilities, Diagnostic, DidChangeConfigurationParams, DidChangeTextDocumentParams,
    DidChangeWatchedFilesRegistrationOptions, DidChangeWorkspaceFoldersParams, DidCloseTextDocumentParams,
    DidOpenTextDocumentParams, FileSystemWatcher, GlobPattern, InitializeParams, MessageType,
    PublishDiagnosticsParams, Registration, RegistrationParams, ShowMessageParams, Uri,
};
use rustc_hash::FxHashMap;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value as Json;

use super::actions;
use super::analysis::{Analysis, Analyzed, Job};
use super::diagnostics;
use super::place::{Encoding, path_in, uri_of};
use crate::bounds;
use crate::cli::shared::Stop;
use crate::diagnostic::Severity;
use crate::run::Profile;
use crate::source::SourceText;
use crate::walk::Memory;

/// What changes the findings when it changes on the disk.
const WATCHED: &str =
    "**/{*.tf,*.tofu,*.tfvars,*.hcl,*.json,*.yaml,*.yml,*.template,*.sh,*.toml,Makefile,justfile}";

/// Something that happens.
enum Event {
    /// The editor says something.
    Message(Message),
    /// An analysis is done.
    Analyzed(Box<Analyzed>),
    /// The editor has gone without a word.
    Gone,
}

/// A text that is open.
struct Open {
    /// As the editor calls it, which may write the same address in another way.
    uri: Uri,
    version: i32,
    text: SourceText,
}

/// What is shown, as the editor wants it.
#[derive(Clone, Copy)]
struct Wanted {
    least: Severity,
    profile: Profile,
}

impl Wanted {
    /// As settings have it: `{"minSeverity": "info", "profile": "audit"}`, alone or below the name of the program. What
    /// they do not say is as it was.
    fn by(self, settings: &Json) -> Self {
        let own = settings.get("trustlint").unwrap_or(settings);
        let said = |key| own.get(key).and_then(Json::as_str);
        let least = match said("minSeverity") {
            Some("info") => Severity::Info,
            Some("warning") => Severity::Warning,
            Some("error") => Severity::Error,
            _ => self.least,
        };
        let profile = match said("profile") {
            Some("audit") => Profile::Audit,
            Some("default") => Profile::Default,
            _ => self.profile,
        };
        Self { least, profile }
    }
}

/// Why the conversation is over.
#[derive(PartialEq, Eq)]
enum Over {
    /// It is not.
    No,
    /// The editor said so.
    Yes,
}

pub(super) struct Session {
    send: Box<dyn Fn(Message)>,
    events: Receiver<Event>,
    analyses: Sender<Event>,
    pub(super) encoding: Encoding,
    capabilities: ClientCapabilities,
    wanted: Wanted,
    folders: Vec<PathBuf>,
    open: FxHashMap<PathBuf, Open>,
    /// What is shown in each file, with its address.
    published: BTreeMap<PathBuf, (Uri, Vec<Diagnostic>)>,
    /// The last analysis of each folder that came to an end.
    pub(super) last: Vec<Option<Analysis>>,
    /// What it left to the next one.
    memories: FxHashMap<PathBuf, Memory>,
    /// Why the last one of each folder did not.
    failed: Vec<Option<String>>,
    /// How many changes there were.
    revision: u64,
    /// When to analyze, when something has changed.
    due: Option<Instant>,
    is_running: bool,
    requests: i32,
}

impl Session {
    pub(super) fn new(connection: Connection, params: &InitializeParams, encoding: Encoding) -> Self {
        let Connection { sender, receiver } = connection;
        let (analyses, events) = channel();
        let messages = analyses.clone();
        thread::spawn(move || {
            // Nobody listens any more when the conversation is over.
            while let Ok(message) = receiver.recv()
                && messages.send(Event::Message(message)).is_ok()
            {}
            _ = messages.send(Event::Gone);
        });
        let wanted = Wanted { least: Severity::Warning, profile: Profile::Default };
        let mut session = Self {
            // The editor is gone when nothing can be sent, and then the next message never comes.
            send: Box::new(move |message| _ = sender.send(message)),
            events,
            analyses,
            encoding,
            capabilities: params.capabilities.clone(),
            wanted: params.initialization_options.as_ref().map_or(wanted, |options| wanted.by(options)),
            folders: folders_of(params),
            open: FxHashMap::default(),
            published: BTreeMap::new(),
            last: Vec::new(),
            memories: FxHashMap::default(),
            failed: Vec::new(),
            revision: 0,
            due: None,
            is_running: false,
            requests: 0,
        };
        session.watch();
        session.changed(Duration::ZERO);
        session
    }

    /// Answers until the editor is done.
    pub(super) fn run(mut self) -> Result<(), Stop> {
        loop {
            let event = match self.due.filter(|_| !self.is_running) {
                Some(due) => self.events.recv_timeout(due.saturating_duration_since(Instant::now())),
                None => self.events.recv().map_err(|_| RecvTimeoutError::Disconnected),
            };
            match event {
                Ok(Event::Message(Message::Request(request))) => self.answer(request),
                Ok(Event::Message(Message::Notification(told))) => {
                    if self.heard(told) == Over::Yes {
                        return Ok(());
                    }
                }
                Ok(Event::Message(Message::Response(_))) => {}
                Ok(Event::Analyzed(analyzed)) => self.analyzed(*analyzed),
                Err(RecvTimeoutError::Timeout) => self.analyze(),
                Ok(Event::Gone) | Err(RecvTimeoutError::Disconnected) => return Ok(()),
            }
        }
    }

    /// Something has changed: it is analyzed when nothing else changes for a while.
    fn changed(&mut self, pause: Duration) {
        self.revision += 1;
        self.due = Some(Instant::now() + pause);
    }

    fn analyze(&mut self) {
        self.due = None;
        let folders = if self.folders.is_empty() { self.directories() } else { self.folders.clone() };
        let open = self.texts();
        let memories = std::mem::take(&mut self.memories);
        let job = Job { folders, open, profile: self.wanted.profile, memories, revision: self.revision };
        let analyses = self.analyses.clone();
        self.is_running = true;
        thread::spawn(move || {
            // Nobody waits for it when the conversation is over.
            _ = analyses.send(Event::Analyzed(Box::new(job.done())));
        });
    }

    /// The texts that are open.
    fn texts(&self) -> Vec<(PathBuf, SourceText)> {
        self.open.iter().map(|(path, open)| (path.clone(), open.text.clone())).collect()
    }

    /// What would be found in a folder with other texts in place of some; nothing when that cannot be analyzed.
    pub(super) fn tried(&mut self, folder: &Path, changed: Vec<(PathBuf, SourceText)>) -> Option<Analysis> {
        let mut open = self.texts();
        open.retain(|(path, _)| changed.iter().all(|(other, _)| other != path));
        open.extend(changed);
        let memories = self.memories.remove(folder).map(|memory| (folder.to_path_buf(), memory));
        let job = Job {
            folders: vec![folder.to_path_buf()],
            open,
            profile: self.wanted.profile,
            memories: memories.into_iter().collect(),
            revision: self.revision,
        };
        let analyzed = job.done();
        self.memories.extend(analyzed.memories);
        analyzed.each.into_iter().next()?.ok()
    }

    /// Whether the editor shows the other places of a finding.
    fn shows_related(&self) -> bool {
        let text = self.capabilities.text_document.as_ref();
        let told = text.and_then(|text| text.publish_diagnostics.as_ref());
        told.and_then(|told| told.related_information) == Some(true)
    }

    /// Whether the editor makes the changes that it is told.
    pub(super) fn can_change(&self) -> bool {
        let workspace = self.capabilities.workspace.as_ref();
        workspace.and_then(|workspace| workspace.apply_edit) == Some(true)
    }

    /// Where files lie that are open without a folder.
    fn directories(&self) -> Vec<PathBuf> {
        let parents = self.open.keys().filter_map(|path| path.parent()).filter(|path| path.is_dir());
        let mut all: Vec<PathBuf> = parents.map(Path::to_path_buf).collect();
        all.sort();
        all.dedup();
        all
    }

    fn analyzed(&mut self, analyzed: Analyzed) {
        self.is_running = false;
        self.memories = analyzed.memories;
        let mut old = Vec::new();
        self.last.resize_with(analyzed.each.len(), || None);
        self.failed.resize_with(analyzed.each.len(), || None);
        for (number, one) in analyzed.each.into_iter().enumerate() {
            let (analysis, failure) = match one {
                Ok(analysis) => (Some(analysis), None),
                Err(message) => (None, Some(message)),
            };
            if let Some(known) = self.failed.get_mut(number)
                && *known != failure
            {
                known.clone_from(&failure);
                if let Some(message) = failure {
                    self.show(MessageType::ERROR, &message);
                }
            }
            // What is broken for a moment leaves what was found before.
            if let Some(last) = self.last.get_mut(number)
                && analysis.is_some()
            {
                old.push(std::mem::replace(last, analysis));
            }
        }
        // What was typed in between is analyzed next; until then nothing that moved is shown at its old place.
        if analyzed.revision == self.revision {
            self.publish();
        }
        // Nobody waits until a whole graph is taken apart.
        thread::spawn(move || drop(old));
    }

    /// Shows what is wrong now, and takes back what is not any more.
    fn publish(&mut self) {
        let mut now: BTreeMap<PathBuf, Vec<Diagnostic>> = BTreeMap::new();
        for analysis in self.last.iter().flatten() {
            let how = (self.encoding, self.shows_related());
            for (path, found) in diagnostics::by_file(analysis, self.wanted.least, how) {
                let of_file = now.entry(path).or_default();
                // Two folders may be of one project.
                of_file.extend(found.into_iter().filter(|one| !of_file.contains(one)).collect::<Vec<_>>());
            }
        }
        let mut shown = BTreeMap::new();
        for (path, found) in now {
            let before = self.published.remove(&path);
            let uri = self.open.get(&path).map(|open| open.uri.clone()).or_else(|| uri_of(&path));
            let Some(uri) = uri else { continue };
            if before.as_ref() != Some(&(uri.clone(), found.clone())) {
                self.publish_in(&path, &uri, found.clone());
            }
            shown.insert(path, (uri, found));
        }
        for (path, (uri, _)) in std::mem::replace(&mut self.published, shown) {
            self.publish_in(&path, &uri, Vec::new());
        }
    }

    fn publish_in(&self, path: &Path, uri: &Uri, diagnostics: Vec<Diagnostic>) {
        let version = self.open.get(path).map(|open| open.version);
        let params = PublishDiagnosticsParams { uri: uri.clone(), diagnostics, version };
        self.tell::<notification::PublishDiagnostics>(params);
    }

    pub(super) fn show(&self, typ: MessageType, message: &str) {
        self.tell::<notification::ShowMessage>(ShowMessageParams { typ, message: message.to_owned() });
    }

    fn tell<N: notification::Notification>(&self, params: N::Params) {
        (self.send)(Message::Notification(Notification::new(N::METHOD.to_owned(), params)));
    }

    /// Asks the editor for something; whatever it answers changes nothing here.
    pub(super) fn ask<R: request::Request>(&mut self, params: R::Params) {
        self.requests += 1;
        let id = RequestId::from(self.requests);
        (self.send)(Message::Request(Request::new(id, R::METHOD.to_owned(), params)));
    }

    /// Asks to be told when files change on the disk.
    fn watch(&mut self) {
        let workspace = self.capabilities.workspace.as_ref();
        let watching = workspace.and_then(|workspace| workspace.did_change_watched_files.as_ref());
        if watching.and_then(|watching| watching.dynamic_registration) != Some(true) {
            return;
        }
        let watcher = FileSystemWatcher { glob_pattern: GlobPattern::String(WATCHED.to_owned()), kind: None };
        let options = DidChangeWatchedFilesRegistrationOptions { watchers: vec![watcher] };
        let registration = Registration {
            id: "trustlint-files".to_owned(),
            method: notification::DidChangeWatchedFiles::METHOD.to_owned(),
            register_options: serde_json::to_value(options).ok(),
        };
        self.ask::<request::RegisterCapability>(RegistrationParams { registrations: vec![registration] });
    }

    /// Whether the editor can show a place or a page that it is told.
    pub(super) fn can_show_documents(&self) -> bool {
        let window = self.capabilities.window.as_ref();
        window.and_then(|window| window.show_document.as_ref()).is_some_and(|it| it.support)
    }

    /// What the editor says and wants no answer to.
    fn heard(&mut self, told: Notification) -> Over {
        let pause = Duration::from_millis(bounds::EDIT_PAUSE);
        match told.method.as_str() {
            notification::Exit::METHOD => return Over::Yes,
            notification::DidOpenTextDocument::METHOD => {
                if let Some(DidOpenTextDocumentParams { text_document: it }) = read(told.params) {
                    self.hold(it.uri, it.version, it.text);
                }
            }
            notification::DidChangeTextDocument::METHOD => {
                let read: Option<DidChangeTextDocumentParams> = read(told.params);
                if let Some(mut it) = read
                    && let Some(last) = it.content_changes.pop()
                {
                    self.hold(it.text_document.uri, it.text_document.version, last.text);
                }
            }
            notification::DidCloseTextDocument::METHOD => {
                let read: Option<DidCloseTextDocumentParams> = read(told.params);
                if let Some(path) = read.and_then(|it| real_path(&it.text_document.uri)) {
                    self.open.remove(&path);
                    self.changed(pause);
                }
            }
            notification::DidSaveTextDocument::METHOD | notification::DidChangeWatchedFiles::METHOD => {
                self.changed(pause);
            }
            notification::DidChangeConfiguration::METHOD => {
                if let Some(DidChangeConfigurationParams { settings }) = read(told.params) {
                    self.wanted = self.wanted.by(&settings);
                    self.changed(Duration::ZERO);
                }
            }
            notification::DidChangeWorkspaceFolders::METHOD => {
                if let Some(DidChangeWorkspaceFoldersParams { event }) = read(told.params) {
                    let paths = |all: Vec<lsp_types::WorkspaceFolder>| {
                        all.iter().filter_map(|folder| real_path(&folder.uri)).collect::<Vec<_>>()
                    };
                    let removed = paths(event.removed);
                    self.folders.retain(|folder| !removed.contains(folder));
                    self.folders.extend(paths(event.added));
                    // They are known by their order.
                    self.last.clear();
                    self.failed.clear();
                    self.changed(Duration::ZERO);
                }
            }
            _ => {}
        }
        Over::No
    }

    /// Takes a text as the editor has it.
    fn hold(&mut self, uri: Uri, version: i32, text: String) {
        let Some(path) = real_path(&uri) else { return };
        self.open.insert(path, Open { uri, version, text: SourceText::from(text) });
        self.changed(Duration::from_millis(bounds::EDIT_PAUSE));
    }

    /// Answers a question. There is always an answer, as the editor waits for it.
    fn answer(&mut self, asked: Request) {
        let Request { id, method, params } = asked;
        let response = match method.as_str() {
            request::Shutdown::METHOD => Response::new_ok(id, Json::Null),
            request::HoverRequest::METHOD => answered(id, params, |it| actions::hover(self, &it)),
            request::GotoDefinition::METHOD => answered(id, params, |it| actions::definition(self, &it)),
            request::References::METHOD => answered(id, params, |it| actions::references(self, &it)),
            request::CodeActionRequest::METHOD => answered(id, params, |it| actions::offered(self, &it)),
            request::ExecuteCommand::METHOD => answered(id, params, |it| actions::execute(self, it)),
            _ => {
                let message = format!("trustlint does not know {method}");
                Response::new_err(id, ErrorCode::MethodNotFound as i32, message)
            }
        };
        (self.send)(Message::Response(response));
    }

    /// The version of a text that is open.
    pub(super) fn version(&self, uri: &Uri) -> Option<i32> {
        Some(self.open.get(&real_path(uri)?)?.version)
    }

    /// The analyses that know a file, if its text is still the one that they read.
    pub(super) fn knowing(&self, uri: &Uri) -> impl Iterator<Item = (&Analysis, crate::source::SourceId)> {
        let path = real_path(uri);
        let open = path.as_ref().and_then(|path| self.open.get(path));
        self.last.iter().flatten().filter_map(move |analysis| {
            let below = path.as_ref()?.strip_prefix(analysis.root()).ok()?.to_str()?.replace('\\', "/");
            let sources = &analysis.loaded.project.sources;
            let id = sources.find(&below)?;
            let is_same = open.is_none_or(|open| *open.text == *sources.text_or_empty(id));
            is_same.then_some((analysis, id))
        })
    }
}

/// Answers what can be read, and nothing to what cannot.
fn answered<P: DeserializeOwned, R: Serialize>(
    id: RequestId,
    params: Json,
    answer: impl FnOnce(P) -> R,
) -> Response {
    match serde_json::from_value(params) {
        Ok(params) => Response::new_ok(id, answer(params)),
        Err(error) => Response::new_err(id, ErrorCode::InvalidParams as i32, error.to_string()),
    }
}

fn read<T: DeserializeOwned>(params: Json) -> Option<T> {
    serde_json::from_value(params).ok()
}

/// The folders that are open, as far as they are folders of this machine.
#[expect(deprecated, reason = "what editors have that know no workspace folders")]
fn folders_of(params: &InitializeParams) -> Vec<PathBuf> {
    let folders = params.workspace_folders.iter().flatten().map(|folder| &folder.uri);
    let mut all: Vec<PathBuf> = folders.filter_map(real_path).collect();
    if all.is_empty() {
        all.extend(params.root_uri.as_ref().and_then(real_path));
    }
    all
}

/// Where a file really lies. One that is not there yet lies in its directory.
fn real_path(uri: &Uri) -> Option<PathBuf> {
    let path = path_in(uri)?;
    if let Ok(real) = fs::canonicalize(&path) {
        return Some(real);
    }
    let directory = fs::canonicalize(path.parent()?).ok()?;
    Some(directory.join(path.file_name()?))
}
