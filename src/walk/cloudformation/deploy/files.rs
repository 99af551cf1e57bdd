//! The templates of a project, and finding one by what another calls it.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::diagnostic::Problem;
use crate::parse::{Node, json, yaml};
use crate::source::reads::note;
use crate::source::{SourceId, Sources, Span, paths};
use crate::value::{Piece, PieceKind, Text};
use crate::walk::cloudformation::language::place::Target;

/// The templates of a project by file, and all files by their name.
#[derive(Default)]
pub(super) struct Files {
    /// Where the templates go that are made of services.
    pub(super) services: BTreeMap<SourceId, Target>,
    templates: BTreeMap<SourceId, Arc<Node>>,
    /// The texts that each is made of, for who notes them.
    made_of: BTreeMap<SourceId, Vec<SourceId>>,
    pub(super) by_name: BTreeMap<String, Vec<SourceId>>,
}

impl Files {
    /// Adds a template, which is made of some texts.
    pub(super) fn add(&mut self, id: SourceId, root: Arc<Node>, made_of: Vec<SourceId>) {
        self.templates.insert(id, root);
        self.made_of.insert(id, made_of);
    }

    /// Keeps only some templates.
    pub(super) fn retain(&mut self, is_kept: impl Fn(&SourceId) -> bool) {
        self.templates.retain(|id, _| is_kept(id));
    }

    /// The template in a file. Who asks what it says has read what it is made of.
    pub(super) fn template(&self, id: SourceId) -> Option<&Arc<Node>> {
        let root = self.templates.get(&id)?;
        note(self.made_of.get(&id).map_or(&[][..], Vec::as_slice));
        Some(root)
    }

    /// The files that are templates.
    pub(super) fn templates(&self) -> impl Iterator<Item = SourceId> {
        self.templates.keys().copied()
    }

    /// Whether a file is a template.
    pub(super) fn is_template(&self, id: SourceId) -> bool {
        self.templates.contains_key(&id)
    }

    /// The file that a path or address written in `from` names, if it is one of `accepted`.
    ///
    /// A path is looked up from the directory of the file. Of an address in a bucket only the end can be
    /// compared: the file whose path agrees with most of it, and then the one nearest to `from`. When that
    /// leaves several, none.
    pub(super) fn named(
        &self,
        sources: &Sources,
        from: SourceId,
        written: &Text,
        accepted: impl Fn(SourceId) -> bool,
    ) -> Option<SourceId> {
        let home = directory(sources.path(from));
        if let Some(path) = written.as_literal().filter(|path| !path.contains("://"))
            && let Some(path) = joined(home, &path)
            && let Some(found) = sources.find(&path).filter(|id| accepted(*id))
        {
            return Some(found);
        }
        let (tail, whole) = tail(written);
        let tail = tail.split(['?', '#']).next()?;
        let mut wanted = tail.rsplit('/');
        let name = wanted.next().filter(|name| !name.is_empty())?;
        if !whole && !tail.contains('/') {
            return None;
        }
        let wanted: Vec<&str> = wanted.collect();
        let agreement = |id: SourceId| {
            let path = sources.path(id);
            let same = path.rsplit('/').skip(1).zip(&wanted).take_while(|(a, b)| a == *b).count();
            (same, common(home, path))
        };
        let candidates = self.by_name.get(name)?.iter().copied().filter(|id| *id != from && accepted(*id));
        let mut best: Vec<SourceId> = Vec::new();
        for id in candidates {
            match best.first().map(|known| agreement(id).cmp(&agreement(*known))) {
                Some(std::cmp::Ordering::Less) => {}
                Some(std::cmp::Ordering::Equal) => best.push(id),
                _ => best = vec![id],
            }
        }
        if let [only] = best.as_slice() { Some(*only) } else { None }
    }
}

/// What is literal at the end of a text, and whether that is all of it.
pub(super) fn tail(text: &Text) -> (String, bool) {
    let literal = |piece: &Piece| match &piece.kind {
        PieceKind::Literal(text) => Some(text.to_string()),
        PieceKind::Symbol(_) | PieceKind::Json(_) => None,
    };
    let mut parts: Vec<String> = text.pieces().iter().rev().map_while(literal).collect();
    let whole = parts.len() == text.pieces().len();
    parts.reverse();
    (parts.concat(), whole)
}

/// How many directories two paths have in common from the root.
fn common(home: &str, path: &str) -> usize {
    let home = home.trim_end_matches('/').split('/');
    home.zip(directory(path).split('/')).take_while(|(a, b)| a == b && !a.is_empty()).count()
}

/// Reads a document that is YAML or JSON.
pub(super) fn parse(sources: &Sources, file: SourceId) -> (Option<Node>, Vec<Problem>) {
    match sources.text(file) {
        Ok(text) => parse_text(file, &text),
        Err(error) => (None, vec![Problem::new(Span::start_of(file), error.to_string())]),
    }
}

pub(super) fn parse_text(file: SourceId, text: &str) -> (Option<Node>, Vec<Problem>) {
    if !text.trim_start_matches('\u{feff}').trim_start().starts_with('{') {
        return yaml::parse(file, text);
    }
    match json::parse(file, text) {
        Ok(root) => (Some(root), Vec::new()),
        // Flow style YAML begins like JSON.
        Err(problem) => match yaml::parse(file, text) {
            (Some(root), problems) if problems.is_empty() => (Some(root), problems),
            _ => (None, vec![problem]),
        },
    }
}

/// The directory of a path, with its slash; nothing at the root.
pub(super) fn directory(path: &str) -> &str {
    path.rfind('/').and_then(|at| path.get(..=at)).unwrap_or_default()
}

/// A path seen from a directory; `None` when it leaves the project.
pub(super) fn joined(directory: &str, path: &str) -> Option<String> {
    paths::joined(directory, path.strip_prefix("file://").unwrap_or(path))
}
