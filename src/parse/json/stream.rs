//! JSON that is too long to be held as a whole: read once from its beginning to its end, a window at a time.
//!
//! Who reads it says which members he wants; what is between them is judged and jumped over. What is not as nearly every file has it
//! (an escape in a name, a member twice, a mistake) is not read here: `None` sends the reader to the whole text.

use serde_json::Value as Json;

use super::plain::run;
use crate::bounds;
use crate::source::{Opened, SourceId, Span};

/// A document that is read in order.
pub struct Stream<'o, 's> {
    text: &'o Opened<'s>,
    source: SourceId,
    room: usize,
    /// Bytes of the text, of which the first is the one at `base`.
    window: Vec<u8>,
    base: usize,
    at: usize,
    /// The beginning of a character that comes after the window.
    cut: Vec<u8>,
    /// Whether the text is none, or cannot be read.
    is_broken: bool,
    /// From where on the window is kept.
    kept: Option<usize>,
    /// What closes each list and map that is being jumped over.
    open: Vec<u8>,
    deepest: usize,
    says_true: bool,
}

impl<'o, 's> Stream<'o, 's> {
    /// A document from its beginning, with a window of about `room` bytes.
    pub fn new(source: SourceId, text: &'o Opened<'s>, room: usize) -> Self {
        let mut stream = Self::at(source, text, room, 0);
        while stream.peek() == Some(0xef) && stream.mark() {}
        stream
    }

    /// What follows a place in a document.
    pub fn at(source: SourceId, text: &'o Opened<'s>, room: usize, place: usize) -> Self {
        Self {
            text,
            source,
            room,
            window: Vec::new(),
            base: place,
            at: 0,
            cut: Vec::new(),
            is_broken: false,
            kept: None,
            open: Vec::new(),
            deepest: 0,
            says_true: false,
        }
    }

    /// Where what is read next begins.
    pub fn place_of_next(&mut self) -> usize {
        self.blank();
        self.position()
    }

    /// Goes on at a place that another stream came to from here.
    pub fn go_to(&mut self, place: usize) {
        self.window.clear();
        self.cut.clear();
        (self.base, self.at, self.kept, self.is_broken) = (place, 0, None, false);
    }

    /// Over a byte order mark.
    fn mark(&mut self) -> bool {
        self.kept = Some(self.at);
        let is_mark = b"\xef\xbb\xbf".iter().all(|byte| self.next() == Some(*byte));
        self.kept = None;
        is_mark
    }

    /// Moves the window on; `None` at the end, and where the text is none.
    fn fill(&mut self) -> Option<()> {
        if self.is_broken {
            return None;
        }
        let from = self.kept.unwrap_or(self.at).min(self.window.len());
        self.window.drain(..from);
        self.base += from;
        self.at -= from;
        self.kept = self.kept.map(|_| 0);
        let filled = self.window.len();
        while self.window.len() == filled {
            if !self.read_on(filled)? {
                return None;
            }
        }
        Some(())
    }

    /// Reads what comes after the window, whether there is more. Nothing is read that is not UTF-8.
    fn read_on(&mut self, filled: usize) -> Option<bool> {
        self.is_broken = true;
        self.window.append(&mut self.cut);
        let before = self.window.len();
        self.window.resize(before + self.room, 0);
        let read = self.text.read(self.base + before, self.window.get_mut(before..)?);
        self.window.truncate(before + *read.as_ref().unwrap_or(&0));
        let checked = std::str::from_utf8(self.window.get(filled..)?);
        let (valid, is_cut) = match checked {
            Ok(text) => (text.len(), false),
            Err(error) => (error.valid_up_to(), error.error_len().is_none()),
        };
        let is_text = checked.is_ok() || is_cut;
        self.cut = self.window.split_off(filled + valid);
        let read = read.ok()?;
        self.is_broken = !is_text || read == 0;
        (is_text || valid > 0).then_some(read > 0)
    }

    fn peek(&mut self) -> Option<u8> {
        if self.at >= self.window.len() {
            self.fill()?;
        }
        self.window.get(self.at).copied()
    }

    fn next(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.at += 1;
        Some(byte)
    }

    fn blank(&mut self) {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.peek() {
            self.at += 1;
        }
    }

    fn position(&self) -> usize {
        self.base + self.at
    }

    fn span(&self, start: usize, end: usize) -> Span {
        Span::new(self.source, start, end)
    }

    /// Over what is blank, to the end of the text.
    pub fn end(&mut self) -> Option<()> {
        self.blank();
        let is_end = self.peek().is_none() && self.position() == self.text.len();
        is_end.then_some(())
    }

    /// A map: `each` reads the values of members with these names, each of which may be there once; others are jumped over.
    pub fn members<const N: usize>(
        &mut self,
        names: [&str; N],
        mut each: impl FnMut(&mut Self, &str) -> Option<()>,
    ) -> Option<()> {
        let mut found = [false; N];
        let mut goes_on = self.enter(b'{', b'}')?;
        while goes_on {
            let key = self.written()?;
            let known = names.iter().zip(&mut found).find(|(name, _)| name.as_bytes() == key);
            let name = known.map(|(name, found)| (*name, std::mem::replace(found, true)));
            self.kept = None;
            self.colon()?;
            match name {
                Some((_, true)) => return None,
                Some((name, false)) => each(self, name)?,
                None => {
                    self.skip()?;
                }
            }
            goes_on = self.goes_on(b'}')?;
        }
        Some(())
    }

    /// A map with any names.
    pub fn entries(&mut self, mut each: impl FnMut(&mut Self, String) -> Option<()>) -> Option<()> {
        let mut goes_on = self.enter(b'{', b'}')?;
        while goes_on {
            let (name, _) = self.string()?;
            self.colon()?;
            each(self, name)?;
            goes_on = self.goes_on(b'}')?;
        }
        Some(())
    }

    /// A list: `each` reads an item.
    pub fn items(&mut self, mut each: impl FnMut(&mut Self) -> Option<()>) -> Option<()> {
        let mut goes_on = self.enter(b'[', b']')?;
        while goes_on {
            each(self)?;
            goes_on = self.goes_on(b']')?;
        }
        Some(())
    }

    /// Whether there is something in a list or map.
    fn enter(&mut self, open: u8, close: u8) -> Option<bool> {
        self.blank();
        if self.next()? != open {
            return None;
        }
        self.blank();
        let is_empty = self.peek()? == close;
        self.at += usize::from(is_empty);
        Some(!is_empty)
    }

    fn goes_on(&mut self, close: u8) -> Option<bool> {
        self.blank();
        match self.next()? {
            b',' => {
                self.blank();
                Some(true)
            }
            byte => (byte == close).then_some(false),
        }
    }

    fn colon(&mut self) -> Option<()> {
        self.blank();
        (self.next()? == b':').then(|| self.blank())
    }

    /// A text as it is written, if that is what it says. It is kept in the window.
    fn written(&mut self) -> Option<&[u8]> {
        self.kept = Some(self.at);
        if self.next()? != b'"' || self.text_end()? {
            return None;
        }
        let start = self.kept? + 1;
        self.window.get(start..self.at - 1)
    }

    /// A text, and where it stands between its quotes.
    pub fn string(&mut self) -> Option<(String, Span)> {
        self.blank();
        self.kept = Some(self.at);
        if self.next()? != b'"' {
            return None;
        }
        let is_escaped = self.text_end()?;
        let whole = std::str::from_utf8(self.window.get(self.kept?..self.at)?).ok()?;
        let text =
            if is_escaped { serde_json::from_str(whole).ok()? } else { whole.trim_matches('"').to_owned() };
        let length = whole.len();
        self.kept = None;
        let end = self.position();
        Some((text, self.span(end + 1 - length, end - 1)))
    }

    /// `true` or `false`.
    pub fn bool(&mut self) -> Option<bool> {
        self.blank();
        let word = if self.peek()? == b't' { "true" } else { "false" };
        self.word(word).map(|()| word == "true")
    }

    /// Whether nothing is said, which is then read.
    pub fn is_null(&mut self) -> Option<bool> {
        self.blank();
        match self.peek()? {
            b'n' => self.word("null").map(|()| true),
            _ => Some(false),
        }
    }

    /// Any value. What is nested so deep that readers of JSON differ on it is not read here.
    pub fn json(&mut self) -> Option<Json> {
        self.blank();
        self.kept = Some(self.at);
        self.skip()?;
        let written = self.window.get(self.kept?..self.at)?;
        let json = (self.deepest <= bounds::STREAM_DEPTH).then(|| serde_json::from_slice(written).ok())?;
        self.kept = None;
        json
    }

    /// Over a value, which may be `null`: whether it is something else, and then where.
    pub fn place(&mut self, found: &mut Option<Span>) -> Option<()> {
        *found = if self.is_null()? { None } else { Some(self.skip()?) };
        Some(())
    }

    /// Whether something in what was jumped over last is `true`.
    pub fn says_true(&self) -> bool {
        self.says_true
    }

    /// As [`place`](Self::place), of a value in which something is `true`.
    pub fn place_of_true(&mut self, found: &mut Option<Span>) -> Option<()> {
        self.place(found)?;
        *found = found.filter(|_| self.says_true);
        Some(())
    }

    /// Over a value.
    pub fn skip(&mut self) -> Option<Span> {
        self.blank();
        let start = self.position();
        self.open.clear();
        (self.deepest, self.says_true) = (0, false);
        loop {
            if !self.skip_begin()? {
                continue;
            }
            loop {
                let Some(close) = self.open.last().copied() else {
                    return Some(self.span(start, self.position()));
                };
                self.blank();
                match self.next()? {
                    b',' => {
                        if close == b'}' {
                            self.skip_key()?;
                        }
                        break;
                    }
                    byte if byte == close => _ = self.open.pop(),
                    _ => return None,
                }
            }
        }
    }

    /// Over the beginning of a value, whether that was all of it.
    fn skip_begin(&mut self) -> Option<bool> {
        self.blank();
        match self.peek()? {
            b'"' => {
                self.at += 1;
                self.text_end()?;
            }
            b'{' => return self.skip_open(b'}'),
            b'[' => return self.skip_open(b']'),
            b't' => {
                self.word("true")?;
                self.says_true = true;
            }
            b'f' => self.word("false")?,
            b'n' => self.word("null")?,
            _ => self.number()?,
        }
        Some(true)
    }

    fn skip_open(&mut self, close: u8) -> Option<bool> {
        self.at += 1;
        self.blank();
        if self.peek()? == close {
            self.at += 1;
            return Some(true);
        }
        self.open.push(close);
        self.deepest = self.deepest.max(self.open.len());
        if self.open.len() > bounds::DOCUMENT_DEPTH {
            return None;
        }
        if close == b'}' {
            self.skip_key()?;
        }
        Some(false)
    }

    fn skip_key(&mut self) -> Option<()> {
        self.blank();
        if self.next()? != b'"' {
            return None;
        }
        self.text_end()?;
        self.colon()
    }

    /// After the opening quote of a text: to what follows it, and whether it has escapes.
    fn text_end(&mut self) -> Option<bool> {
        let mut is_escaped = false;
        loop {
            self.at += run(self.window.get(self.at..).unwrap_or_default());
            match self.peek()? {
                b'"' => {
                    self.at += 1;
                    return Some(is_escaped);
                }
                b'\\' => {
                    is_escaped = true;
                    self.at += 1;
                    self.escape()?;
                }
                0..=0x1f => return None,
                // The window was moved on.
                _ => {}
            }
        }
    }

    fn escape(&mut self) -> Option<()> {
        match self.next()? {
            b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => Some(()),
            b'u' => (0..4).try_for_each(|_| self.next()?.is_ascii_hexdigit().then_some(())),
            _ => None,
        }
    }

    fn word(&mut self, word: &str) -> Option<()> {
        word.bytes().try_for_each(|byte| (self.next()? == byte).then_some(()))
    }

    fn number(&mut self) -> Option<()> {
        if self.peek()? == b'-' {
            self.at += 1;
        }
        match self.next()? {
            b'0' => {}
            b'1'..=b'9' => _ = self.digits(),
            _ => return None,
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits().then_some(())?;
        }
        if let Some(b'e' | b'E') = self.peek() {
            self.at += 1;
            if let Some(b'+' | b'-') = self.peek() {
                self.at += 1;
            }
            self.digits().then_some(())?;
        }
        Some(())
    }

    /// Over digits, whether there are some.
    fn digits(&mut self) -> bool {
        let start = self.position();
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        self.position() > start
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::source::{SourceText, Sources};

    /// A text over which a window of a few bytes goes, judged as a whole.
    fn is_json(written: &str, room: usize) -> bool {
        let sources = Sources::in_memory([("a.json".to_owned(), String::new())]);
        let text = Opened::Whole(SourceText::from(written.to_owned()));
        let mut stream = Stream::new(sources.find("a.json").unwrap(), &text, room);
        stream.skip().is_some_and(|span| written.get(span.range()).is_some()) && stream.end().is_some()
    }

    #[test]
    fn deep_nesting_is_left_to_others_and_not_followed() {
        assert!(is_json(&format!("{}{}", "[".repeat(200), "]".repeat(200)), 7));
        assert!(!is_json(&"[".repeat(1_000_000), 64));
        assert!(!is_json(&"{\"a\":".repeat(1_000_000), 64));
    }

    #[test]
    fn members_are_found_whatever_lies_between_them() {
        let written =
            "\u{feff}{\"a\": {\"b\": [1, \"\\\"é]\"]}, \"b\" : \"x\\u00e9\", \"c\":[true ], \"d\": null}\n";
        let sources = Sources::in_memory([("a.json".to_owned(), written.to_owned())]);
        let text = Opened::Whole(SourceText::from(written.to_owned()));
        for room in 1..written.len() {
            let mut stream = Stream::new(sources.find("a.json").unwrap(), &text, room);
            let (mut string, mut place) = (None, None);
            let mut nothing = Some(Span::start_of(SourceId::first()));
            let read = stream.members(["b", "c", "d"], |stream, name| {
                match name {
                    "b" => string = Some(stream.string()?),
                    "c" => stream.place_of_true(&mut place)?,
                    _ => stream.place(&mut nothing)?,
                }
                Some(())
            });
            assert_eq!((read, stream.end(), nothing), (Some(()), Some(()), None), "{room}");
            let (string, span) = string.unwrap();
            assert_eq!((string.as_str(), written.get(span.range())), ("xé", Some("x\\u00e9")), "{room}");
            assert_eq!(written.get(place.unwrap().range()), Some("[true ]"), "{room}");
        }
    }

    #[test]
    fn bytes_that_are_no_text_are_not_read() {
        struct Bytes(&'static [u8]);
        impl crate::source::ReadAt for Bytes {
            fn read_at(&self, at: u64, into: &mut [u8]) -> std::io::Result<usize> {
                let rest = self.0.get(usize::try_from(at).unwrap()..).unwrap_or_default();
                let count = rest.len().min(into.len());
                into[..count].copy_from_slice(&rest[..count]);
                Ok(count)
            }
        }
        for (bytes, is_read) in [
            (&b"[1, \"\xc3\xa9\", 2]"[..], true),
            (b"[1, \"\xc3\", 2]", false),
            (b"[1, \"\xff\xff\", 2]", false),
            (b"[1, \"a\", 2] \xc3", false),
            (b"[1\xff]", false),
        ] {
            let long = crate::source::Long::new(Box::new(Bytes(bytes)), u32::try_from(bytes.len()).unwrap());
            let text = Opened::Long(&long);
            for room in 1..bytes.len() {
                let mut stream = Stream::new(SourceId::first(), &text, room);
                let read = stream.skip().and_then(|_| stream.end());
                assert_eq!(read.is_some(), is_read, "{bytes:?} {room}");
            }
        }
    }

    proptest! {
        #[test]
        fn what_is_jumped_over_is_judged_as_serde_json_judges_it(
            text in "[\\[\\]{}\":,\\\\ua0-9 .\\-e]{0,12}|\\[[0-9.,e+\\-]{0,8}\\]|\"[^/]{0,8}\"|\\{( {0,3}\"[aé]{0,3}(\\\\[nu\"]d83d)?\" ?: ?(\"[a-c]{0,9}\"|1e3|null|\\[true, ?0\\])\n?,?){0,3}\\}",
            room in 1_usize..20,
        ) {
            let serde = serde_json::from_str::<serde::de::IgnoredAny>(&text).is_ok();
            prop_assert_eq!(is_json(&text, room), serde);
        }
    }
}
