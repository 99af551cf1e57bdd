//! Files, places in them, and nothing else.
//!
//! A [`Span`] is twelve bytes and `Copy`, so every node of every tree can carry one. [`Sources`] knows the
//! whole project by path, but reads a file only when somebody asks for its text; what reads it is given by
//! the caller, so that the analysis itself touches no file system.

mod before;
mod long;
pub mod paths;
pub mod reads;

use std::borrow::Cow;
use std::fmt;
use std::io;
use std::ops::Deref;
use std::sync::{Arc, OnceLock};

use rustc_hash::FxHashMap;

pub use self::long::{Long, Opened, ReadAt};
use crate::bounds;

pub use before::Before;

/// Names one file of the project. Ids follow the order of the paths, so they also give reports their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceId(u32);

impl SourceId {
    /// The first file of a project, for places of what no file says.
    pub fn first() -> Self {
        Self(0)
    }

    fn index(self) -> usize {
        self.0 as usize
    }
}

/// A byte range in one file.
///
/// Offsets are `u32`: a file of 4 GiB or more is refused at loading.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The file.
    pub source: SourceId,
    /// The first byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// The bytes `start..end` of `source`. Offsets beyond `u32` are clamped; such files are never loaded.
    pub fn new(source: SourceId, start: usize, end: usize) -> Self {
        let clamp = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
        Self { source, start: clamp(start), end: clamp(end.max(start)) }
    }

    /// The start of a file, for what has no better place.
    pub fn start_of(source: SourceId) -> Self {
        Self { source, start: 0, end: 0 }
    }

    /// The smallest span that covers both, or `None` when they lie in different files.
    pub fn join(self, other: Self) -> Option<Self> {
        (self.source == other.source).then(|| Self {
            source: self.source,
            start: self.start.min(other.start),
            end: self.end.max(other.end),
        })
    }

    /// Whether `other` lies inside this span.
    pub fn contains(self, other: Self) -> bool {
        self.source == other.source && self.start <= other.start && other.end <= self.end
    }

    /// The part `start..end` of this span, counted from its beginning and kept inside it.
    #[must_use]
    pub fn part(self, start: usize, end: usize) -> Self {
        let at = |offset: usize| {
            self.start.saturating_add(u32::try_from(offset).unwrap_or(u32::MAX)).min(self.end)
        };
        Self { source: self.source, start: at(start), end: at(end.max(start)) }
    }

    /// How many bytes it covers.
    pub fn len(self) -> usize {
        (self.end - self.start) as usize
    }

    /// Whether it covers nothing.
    pub fn is_empty(self) -> bool {
        self.start == self.end
    }

    /// The byte range, for slicing.
    pub fn range(self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// A value, and where it was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Spanned<T> {
    /// The value.
    pub value: T,
    /// Where it was written.
    pub span: Span,
}

impl<T> Spanned<T> {
    /// `value`, written at `span`.
    pub fn new(value: T, span: Span) -> Self {
        Self { value, span }
    }

    /// Applies `f` to the value and keeps the place.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Spanned<U> {
        Spanned { value: f(self.value), span: self.span }
    }
}

/// A place as people count it: lines and columns from 1, columns in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The line.
    pub line: usize,
    /// The column, in characters (Unicode scalar values).
    pub column: usize,
    /// The byte offset in the file.
    pub offset: usize,
}

/// Whether a word stands in a text. For whole files, of which most have none.
pub fn mentions(text: &str, word: &str) -> bool {
    memchr::memmem::find(text.as_bytes(), word.as_bytes()).is_some()
}

/// Where `terraform init` keeps what it fetches, in the directory of a root module.
const INSTALLED: &str = ".terraform";

/// Characters are counted block by block.
const BLOCK: usize = 16 * 1024;

fn begins_character(byte: u8) -> bool {
    (byte & 0b1100_0000) != 0b1000_0000
}

fn begins_pair(byte: u8) -> bool {
    byte >= 0b1111_0000
}

/// The text of a file, shared. It is the very text that was read: a plan may have hundreds of megabytes.
#[derive(Clone, Debug, Default)]
pub struct SourceText(Arc<String>);

impl From<String> for SourceText {
    fn from(text: String) -> Self {
        Self(Arc::new(text))
    }
}

impl Deref for SourceText {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

/// One file of the project.
pub struct Source {
    /// The path below the project root, with `/`.
    pub path: String,
    /// Whether it belongs to the project itself. What `terraform init` put there does not, and what is imported is a text of
    /// its own.
    belongs: Belongs,
    /// What is read in place of the file at the path.
    read: Option<Box<ForeignReader>>,
    /// What a foreign text is, for people: `snapshot of 2026-11-20`.
    called: OnceLock<String>,
    text: OnceLock<io::Result<SourceText>>,
    /// The file itself, when its text is long.
    long: OnceLock<Option<Box<Long>>>,
    lines: OnceLock<Vec<u32>>,
    /// How many characters there are before each block of [`BLOCK`] bytes.
    blocks: OnceLock<Vec<u32>>,
    /// How many of them are two units of UTF-16.
    pairs: OnceLock<Vec<u32>>,
}

impl Source {
    fn new(path: String, belongs: Belongs, read: Option<Box<ForeignReader>>) -> Self {
        Self {
            path,
            belongs,
            read,
            called: OnceLock::new(),
            text: OnceLock::new(),
            long: OnceLock::new(),
            lines: OnceLock::new(),
            blocks: OnceLock::new(),
            pairs: OnceLock::new(),
        }
    }
}

/// How a file belongs to the project.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Belongs {
    /// It is one of its templates, values or other files.
    Own,
    /// `terraform init` put it there.
    Installed,
    /// It lies there and is left out, or is read as a foreign text.
    Apart,
    /// It is a foreign text.
    Foreign,
}

/// Reads a foreign text.
pub type ForeignReader = dyn Fn() -> io::Result<String> + Send + Sync;

/// Reads files of the project, given their paths below the root.
pub trait Files: Send + Sync {
    /// The text of a file.
    ///
    /// # Errors
    ///
    /// When it cannot be read.
    fn read(&self, path: &str) -> io::Result<String>;

    /// A file with a long text, and how many bytes it has; nothing of other files, or where nothing can be read in parts.
    ///
    /// # Errors
    ///
    /// When it cannot be opened.
    fn long(&self, path: &str) -> io::Result<Option<(Box<dyn ReadAt>, u64)>> {
        _ = path;
        Ok(None)
    }
}

impl<F: Fn(&str) -> io::Result<String> + Send + Sync> Files for F {
    fn read(&self, path: &str) -> io::Result<String> {
        self(path)
    }
}

/// All files of the project, by path.
pub struct Sources {
    files: Vec<Source>,
    /// Texts that are not of the project: snapshots of accounts, what bundles quote.
    foreign: Vec<Source>,
    by_path: FxHashMap<String, SourceId>,
    /// Paths that lead to a file at another path, in their order.
    links: Vec<(String, SourceId)>,
    /// Paths that lead to a directory at another path, in their order.
    directories: Vec<(String, String)>,
    /// What leads from the working directory to the project root, such as `../`; put before a path when it
    /// is shown.
    prefix: String,
    /// The working directory, when it lies below the project root.
    here: String,
    reader: Box<dyn Files>,
}

impl fmt::Debug for Sources {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_list().entries(self.files.iter().map(|file| &file.path)).finish()
    }
}

impl Sources {
    /// The files at `paths`, read through `reader` when their text is first asked for.
    pub fn new(paths: Vec<String>, reader: impl Files + 'static) -> Self {
        let mut paths = paths;
        paths.sort();
        paths.dedup();
        let by_path = (0u32..).zip(&paths).map(|(index, path)| (path.clone(), SourceId(index))).collect();
        let files = paths
            .into_iter()
            .map(|path| {
                let is_installed = path.split('/').any(|name| name == INSTALLED);
                let belongs = if is_installed { Belongs::Installed } else { Belongs::Own };
                Source::new(path, belongs, None)
            })
            .collect();
        Self {
            files,
            foreign: Vec::new(),
            by_path,
            links: Vec::new(),
            directories: Vec::new(),
            prefix: String::new(),
            here: String::new(),
            reader: Box::new(reader),
        }
    }

    /// Files held in memory, as tests and editors have them.
    pub fn in_memory(files: impl IntoIterator<Item = (String, String)>) -> Self {
        let texts: FxHashMap<String, String> = files.into_iter().collect();
        let paths = texts.keys().cloned().collect();
        let reader = move |path: &str| {
            texts.get(path).cloned().ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))
        };
        Self::new(paths, reader)
    }

    /// Adds symbolic links, each with the path of the file it leads to. Such a file is read once and shown at its
    /// own path, but found at both.
    #[must_use]
    pub fn linked(mut self, links: impl IntoIterator<Item = (String, String)>) -> Self {
        for (link, target) in links {
            if let Some(id) = self.find(&target)
                && !self.by_path.contains_key(&link)
            {
                self.by_path.insert(link.clone(), id);
                self.links.push((link, id));
            }
        }
        self.links.sort();
        self
    }

    /// The symbolic links, each with the file it leads to.
    pub fn links(&self) -> impl Iterator<Item = (&str, SourceId)> {
        self.links.iter().map(|(path, id)| (path.as_str(), *id))
    }

    /// Adds symbolic links to directories of the project. What lies in one is read once and shown at its own path, but
    /// found at both.
    #[must_use]
    pub fn linked_directories(mut self, links: impl IntoIterator<Item = (String, String)>) -> Self {
        self.directories.extend(links);
        self.directories.sort();
        self
    }

    /// A path without symbolic links to directories.
    pub fn resolved<'p>(&self, path: &'p str) -> Cow<'p, str> {
        let mut path = Cow::Borrowed(path);
        for _ in 0..bounds::LINKS {
            let followed = self.followed(&path);
            let Some(followed) = followed else { break };
            path = Cow::Owned(followed);
        }
        path
    }

    /// A path with the first of the links in it that lead to directories replaced by what it leads to.
    fn followed(&self, path: &str) -> Option<String> {
        if self.directories.is_empty() {
            return None;
        }
        let ends = path.match_indices('/').map(|(at, _)| at).chain(std::iter::once(path.len()));
        ends.filter_map(|end| path.split_at_checked(end)).find_map(|(link, rest)| {
            let at = self.directories.binary_search_by(|(known, _)| known.as_str().cmp(link)).ok()?;
            let (_, target) = self.directories.get(at)?;
            Some(if target.is_empty() {
                rest.trim_start_matches('/').to_owned()
            } else {
                format!("{target}{rest}")
            })
        })
    }

    /// Adds a text that is not of the project, read when it is first asked for. Its ID comes after those of all files. It is
    /// not listed and not found by its path, which is as seen from the project root; a file of the project that lies there
    /// is from now on nothing but this text.
    pub fn add_foreign(&mut self, path: String, read: Box<ForeignReader>) -> SourceId {
        let own = self.by_path.get(&path).and_then(|id| self.files.get_mut(id.index()));
        if let Some(own) = own {
            own.belongs = Belongs::Apart;
        }
        let index = self.first_foreign() + self.foreign.len();
        self.foreign.push(Source::new(path, Belongs::Foreign, Some(read)));
        SourceId(u32::try_from(index).unwrap_or(u32::MAX))
    }

    /// Puts a text in the place of what a file holds.
    pub fn replace(&mut self, id: SourceId, text: String) {
        if let Some(file) = self.files.get_mut(id.index()) {
            let new = Source::new(std::mem::take(&mut file.path), file.belongs, None);
            *file = new;
            _ = file.text.set(Ok(SourceText::from(text)));
        }
    }

    /// Leaves out files, as if they were not there.
    pub fn exclude(&mut self, is_excluded: impl Fn(&str) -> bool) {
        for file in self.files.iter_mut().filter(|file| is_excluded(&file.path)) {
            file.belongs = Belongs::Apart;
            self.by_path.remove(&file.path);
        }
        let files = &self.files;
        let is_apart =
            |id: SourceId| files.get(id.index()).is_some_and(|file| file.belongs == Belongs::Apart);
        self.by_path.retain(|_, id| !is_apart(*id));
        self.links.retain(|(_, id)| !is_apart(*id));
    }

    /// The index of the first foreign text. The first ID of all is for places of what no file says.
    fn first_foreign(&self) -> usize {
        self.files.len().max(1)
    }

    /// Whether a text is not of the project.
    pub fn is_foreign(&self, id: SourceId) -> bool {
        id.index() >= self.first_foreign()
    }

    /// Whether there are texts that are not of the project.
    pub fn has_foreign(&self) -> bool {
        !self.foreign.is_empty()
    }

    /// Says what a foreign text is, for people: `snapshot of 2026-11-20`. What is said first stays.
    pub fn call_foreign(&self, id: SourceId, called: String) {
        if let Some(source) = self.source(id).filter(|source| source.belongs == Belongs::Foreign) {
            _ = source.called.set(called);
        }
    }

    /// What a foreign text is, for people.
    pub fn called(&self, id: SourceId) -> Option<&str> {
        self.source(id)?.called.get().map(String::as_str)
    }

    fn source(&self, id: SourceId) -> Option<&Source> {
        match id.index().checked_sub(self.first_foreign()) {
            Some(foreign) => self.foreign.get(foreign),
            None => self.files.get(id.index()),
        }
    }

    /// Sets what leads from the working directory to the project root, such as `../` or `infra/`.
    #[must_use]
    pub fn shown_below(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = prefix.into();
        self
    }

    /// Sets the working directory when it lies below the project root, such as `envs/prod`: what lies in it is
    /// shown without a detour over the root.
    #[must_use]
    pub fn shown_from(mut self, directory: &str) -> Self {
        directory.trim_matches('/').clone_into(&mut self.here);
        self
    }

    /// Every file that belongs to the project, in the order of the paths.
    pub fn ids(&self) -> impl Iterator<Item = SourceId> + use<'_> {
        self.those(Belongs::Own)
    }

    /// Every file that `terraform init` put below the project root, in the order of the paths. Nobody changes them,
    /// so they are only read for what calls them.
    pub fn installed(&self) -> impl Iterator<Item = SourceId> + use<'_> {
        self.those(Belongs::Installed)
    }

    fn those(&self, wanted: Belongs) -> impl Iterator<Item = SourceId> + use<'_> {
        let files = (0u32..).zip(&self.files).filter(move |(_, file)| file.belongs == wanted);
        files.map(|(index, _)| SourceId(index))
    }

    /// Whether `terraform init` put a file where it is.
    pub fn is_installed(&self, id: SourceId) -> bool {
        self.source(id).is_some_and(|file| file.belongs == Belongs::Installed)
    }

    /// The files that lie in a directory or deeper, in the order of their paths; nothing is the project root.
    pub fn below<'s>(&'s self, directory: &'s str) -> impl Iterator<Item = SourceId> + use<'s> {
        let inside = move |file: &Source| match file.path.strip_prefix(directory) {
            Some(rest) => directory.is_empty() || rest.starts_with('/'),
            None => false,
        };
        // Paths are sorted, so what begins with the same text lies together.
        let begin = self.files.partition_point(|file| *file.path < *directory);
        let shares = move |file: &Source| file.path.starts_with(directory);
        let files = self.files.iter().enumerate().skip(begin).take_while(move |(_, file)| shares(file));
        let own = files.filter(move |(_, file)| file.belongs == Belongs::Own && inside(file));
        own.filter_map(|(at, _)| u32::try_from(at).ok().map(SourceId))
    }

    /// The file at `path`, if the project has it.
    pub fn find(&self, path: &str) -> Option<SourceId> {
        if self.directories.is_empty() {
            return self.by_path.get(path).copied();
        }
        self.by_path.get(path).or_else(|| self.by_path.get(&*self.resolved(path))).copied()
    }

    /// The path of a file below the project root.
    pub fn path(&self, id: SourceId) -> &str {
        self.source(id).map_or("", |source| source.path.as_str())
    }

    /// The path of a file below the root of its own project, which may be another one.
    pub fn path_at_home(&self, id: SourceId) -> &str {
        let path = self.path(id);
        let of_project = path.strip_prefix("//");
        of_project.map_or(path, |rest| rest.split_once('/').map_or(rest, |(_, path)| path))
    }

    /// The path of a file as it is shown: seen from the working directory, or below the root of the other project that it is
    /// of.
    pub fn shown(&self, id: SourceId) -> String {
        let mut path = self.path(id);
        if path.starts_with("//") {
            return self.path_at_home(id).to_owned();
        }
        let mut up = 0;
        let mut common = true;
        for directory in self.here.split('/').filter(|name| !name.is_empty()) {
            let below = path.strip_prefix(directory).and_then(|rest| rest.strip_prefix('/'));
            if let Some(below) = below.filter(|_| common) {
                path = below;
            } else {
                (common, up) = (false, up + 1);
            }
        }
        format!("{}{}{path}", self.prefix, "../".repeat(up))
    }

    /// The text of a file.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, is not UTF-8, or is 4 GiB or larger.
    pub fn text(&self, id: SourceId) -> Result<SourceText, &io::Error> {
        let Some(source) = self.source(id) else { return Ok(SourceText::default()) };
        reads::note(&[id]);
        source.text.get_or_init(|| self.read(source)).as_ref().cloned()
    }

    /// As [`text`](Self::text), for who wants to see whether the file says anything at all: it is not kept unless
    /// [`keep`](Self::keep) is told so, and then read again when somebody asks for it.
    ///
    /// # Errors
    ///
    /// As those of [`text`](Self::text).
    pub fn look(&self, id: SourceId) -> Result<SourceText, &io::Error> {
        let Some(source) = self.source(id) else { return Ok(SourceText::default()) };
        reads::note(&[id]);
        if source.text.get().is_none()
            && let Ok(text) = self.read(source)
        {
            return Ok(text);
        }
        self.text(id)
    }

    /// Keeps the text that was looked at.
    pub fn keep(&self, id: SourceId, text: SourceText) {
        if let Some(source) = self.source(id) {
            // Who came first has the same text.
            _ = source.text.set(Ok(text));
        }
    }

    fn read(&self, source: &Source) -> io::Result<SourceText> {
        let text = match &source.read {
            Some(read) => read()?,
            None => self.reader.read(&source.path)?,
        };
        if u32::try_from(text.len()).is_err() {
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, "the file is 4 GiB or larger"));
        }
        Ok(SourceText::from(text))
    }

    /// The text of a file, or nothing when it could not be read.
    pub fn text_or_empty(&self, id: SourceId) -> SourceText {
        self.text(id).unwrap_or_default()
    }

    /// A file whose text is long and in nobody's memory. Of others nothing is read.
    pub fn long(&self, id: SourceId) -> Option<&Long> {
        reads::note(&[id]);
        let source = self.source(id).filter(|source| source.text.get().is_none() && source.read.is_none())?;
        let open = || {
            let (file, length) = self.reader.long(&source.path).ok()??;
            Some(Box::new(Long::new(file, u32::try_from(length).ok()?)))
        };
        source.long.get_or_init(open).as_deref()
    }

    /// A file to be read in parts; a short one is looked at.
    ///
    /// # Errors
    ///
    /// As those of [`text`](Self::text).
    pub fn open(&self, id: SourceId) -> Result<Opened<'_>, &io::Error> {
        match self.long(id) {
            Some(long) => Ok(Opened::Long(long)),
            None => self.look(id).map(Opened::Whole),
        }
    }

    /// What was opened as a long text, unless somebody asked for all of it since.
    fn opened(&self, id: SourceId) -> Option<&Long> {
        reads::note(&[id]);
        let source = self.source(id).filter(|source| source.text.get().is_none())?;
        source.long.get()?.as_deref()
    }

    /// How many bytes a text has.
    pub fn length(&self, id: SourceId) -> u32 {
        let of_text = || u32::try_from(self.text_or_empty(id).len()).unwrap_or(u32::MAX);
        self.opened(id).map_or_else(of_text, Long::len)
    }

    /// What is written at `span`; empty when the span does not fit the file.
    pub fn slice(&self, span: Span) -> String {
        if let Some(long) = self.opened(span.source) {
            return long.slice(span).unwrap_or_default();
        }
        self.text_or_empty(span.source).get(span.range()).unwrap_or_default().to_owned()
    }

    /// The byte offset of the first byte of each line.
    pub fn line_starts(&self, id: SourceId) -> &[u32] {
        if let Some(long) = self.opened(id) {
            return long.line_starts();
        }
        let Some(source) = self.source(id) else { return &[0] };
        source.lines.get_or_init(|| {
            let text = self.text_or_empty(id);
            let after = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
            std::iter::once(0).chain(after.map(|(at, _)| u32::try_from(at + 1).unwrap_or(u32::MAX))).collect()
        })
    }

    /// Where the byte at `offset` of a file stands, as people count.
    pub fn position(&self, id: SourceId, offset: u32) -> Position {
        let starts = self.line_starts(id);
        let line = starts.partition_point(|start| *start <= offset);
        let start = line.checked_sub(1).and_then(|index| starts.get(index)).copied().unwrap_or(0) as usize;
        let column = self.characters(id, (start, offset as usize));
        Position { line: line.max(1), column: column + 1, offset: offset as usize }
    }

    /// The line and column of the byte at `offset`, the column in units of UTF-16.
    pub fn position_in_utf_16(&self, id: SourceId, offset: u32) -> (usize, usize) {
        let Position { line, column, .. } = self.position(id, offset);
        let start =
            line.checked_sub(1).and_then(|index| self.line_starts(id).get(index)).copied().unwrap_or(0);
        let pairs = self.pairs(id, (start as usize, offset as usize));
        (line, column + pairs)
    }

    /// How many characters begin in a part of a line. A plan is one line of hundreds of megabytes, so they are counted once.
    fn characters(&self, id: SourceId, part: (usize, usize)) -> usize {
        if let Some(long) = self.opened(id) {
            return long.characters(part.0, part.1);
        }
        let blocks = self.source(id).map(|source| &source.blocks);
        self.counted(id, part, blocks, begins_character)
    }

    fn pairs(&self, id: SourceId, part: (usize, usize)) -> usize {
        if let Some(long) = self.opened(id) {
            return long.pairs(part.0, part.1);
        }
        let blocks = self.source(id).map(|source| &source.pairs);
        self.counted(id, part, blocks, begins_pair)
    }

    /// How many bytes of a line, from its start to `offset`, are counted: one by one, of a long one block by block.
    fn counted(
        &self,
        id: SourceId,
        (start, offset): (usize, usize),
        blocks: Option<&OnceLock<Vec<u32>>>,
        is_counted: fn(u8) -> bool,
    ) -> usize {
        let text = self.text_or_empty(id);
        let count = |bytes: &[u8]| bytes.iter().filter(|byte| is_counted(**byte)).count();
        let (start, offset) = (start.min(text.len()), offset.min(text.len()));
        if offset.saturating_sub(start) <= BLOCK {
            return text.as_bytes().get(start..offset).map_or(0, count);
        }
        let counted = blocks.map_or(&[][..], |blocks| {
            blocks.get_or_init(|| {
                let mut before = 0;
                let blocks = text.as_bytes().chunks(BLOCK).map(|block| {
                    let here = before;
                    before += count(block);
                    u32::try_from(here).unwrap_or(u32::MAX)
                });
                blocks.collect()
            })
        });
        let before = |offset: usize| {
            let block = offset / BLOCK;
            let before = counted.get(block).map_or(0, |before| *before as usize);
            before + text.as_bytes().get(block * BLOCK..offset).map_or(0, count)
        };
        before(offset).saturating_sub(before(start))
    }

    /// Where a span begins and ends.
    pub fn positions(&self, span: Span) -> (Position, Position) {
        (self.position(span.source, span.start), self.position(span.source, span.end))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(text: &str) -> (Sources, SourceId) {
        let sources = Sources::in_memory([("a.tf".to_owned(), text.to_owned())]);
        let id = sources.find("a.tf").unwrap();
        (sources, id)
    }

    #[test]
    fn columns_count_characters_not_bytes() {
        let (sources, id) = one("a\nüb");
        let position = sources.position(id, 4);
        assert_eq!((position.line, position.column), (2, 2));
    }

    #[test]
    fn a_long_line_is_counted_in_blocks() {
        let text = format!("x\n{}", "ü€a".repeat(BLOCK));
        let (sources, id) = one(&text);
        for (before, _) in text.char_indices().skip(2).step_by(1_777) {
            let column = text.get(2..before).unwrap().chars().count() + 1;
            assert_eq!(sources.position(id, u32::try_from(before).unwrap()).column, column, "{before}");
        }
    }

    #[test]
    fn columns_of_utf_16_are_counted_in_blocks_too() {
        let text = format!("😀x\n{}", "ü😀a".repeat(BLOCK));
        let (sources, id) = one(&text);
        for (before, _) in text.char_indices().skip(3).step_by(1_777) {
            let column = text.get(6..before).unwrap().encode_utf16().count() + 1;
            assert_eq!(
                sources.position_in_utf_16(id, u32::try_from(before).unwrap()),
                (2, column),
                "{before}"
            );
        }
    }

    #[test]
    fn the_end_of_a_file_without_a_newline_has_a_place() {
        let (sources, id) = one("ab");
        let position = sources.position(id, 2);
        assert_eq!((position.line, position.column), (1, 3));
    }

    #[test]
    fn paths_are_shown_as_seen_from_the_working_directory() {
        let files = ["b/y.tf", "c/x.tf", "b/deep/z.tf", "b/deep-er/z.tf"]
            .map(|path| (path.to_owned(), String::new()));
        let sources = Sources::in_memory(files).shown_from("b/deep");
        let shown = |path: &str| sources.shown(sources.find(path).unwrap());
        assert_eq!(shown("b/y.tf"), "../y.tf");
        assert_eq!(shown("c/x.tf"), "../../c/x.tf");
        assert_eq!(shown("b/deep/z.tf"), "z.tf");
        assert_eq!(shown("b/deep-er/z.tf"), "../deep-er/z.tf");
    }

    #[test]
    fn a_foreign_text_is_neither_listed_nor_found_and_comes_last() {
        let mut sources = Sources::in_memory(["a.tf", "b.json"].map(|it| (it.to_owned(), "own".to_owned())));
        let foreign = sources.add_foreign("b.json".to_owned(), Box::new(|| Ok("x\ny".to_owned())));
        sources.call_foreign(foreign, "snapshot".to_owned());
        let [a, b] = ["a.tf", "b.json"].map(|path| sources.find(path).unwrap());
        assert_eq!(sources.ids().collect::<Vec<_>>(), [a]);
        assert!(sources.is_foreign(foreign) && !sources.is_foreign(b) && foreign > b);
        assert_eq!((sources.path(foreign), sources.called(foreign)), ("b.json", Some("snapshot")));
        assert_eq!((&*sources.text_or_empty(foreign), &*sources.text_or_empty(b)), ("x\ny", "own"));
        assert_eq!(sources.position(foreign, 2).line, 2);
        assert_eq!(sources.called(a), None);
    }

    #[test]
    fn a_text_that_was_only_looked_at_is_read_again() {
        use std::sync::atomic::{AtomicUsize, Ordering};
        let reads = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&reads);
        let reader = move |_: &str| Ok(format!("{}", counted.fetch_add(1, Ordering::Relaxed)));
        let sources = Sources::new(vec!["a.json".to_owned()], reader);
        let id = sources.find("a.json").unwrap();
        assert_eq!(&*sources.look(id).unwrap(), "0");
        let text = sources.look(id).unwrap();
        sources.keep(id, text);
        assert_eq!((&*sources.text_or_empty(id), &*sources.look(id).unwrap()), ("1", "1"));
        assert_eq!(reads.load(Ordering::Relaxed), 2);
    }

    #[test]
    fn the_place_of_what_no_file_says_is_not_foreign() {
        let mut sources = Sources::in_memory([]);
        let foreign = sources.add_foreign("x.json".to_owned(), Box::new(|| Ok(String::new())));
        assert!(sources.is_foreign(foreign) && !sources.is_foreign(SourceId::first()));
    }

    #[test]
    fn spans_of_different_files_do_not_join() {
        let sources = Sources::in_memory([("a".into(), String::new()), ("b".into(), String::new())]);
        let [a, b] = [sources.find("a").unwrap(), sources.find("b").unwrap()];
        assert_eq!(Span::new(a, 0, 1).join(Span::new(b, 0, 1)), None);
    }
}
