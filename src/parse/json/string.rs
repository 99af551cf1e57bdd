//! Quoted strings: cut at escapes, holes and piece borders.

use super::reader::Reader;
use crate::diagnostic::Problem;
use crate::source::Span;
use crate::value::Text;

impl Reader<'_> {
    /// A quoted string, and its span without the quotes.
    pub(super) fn string(&mut self) -> Result<(Text, Span), Problem> {
        let opening = self.at;
        self.at += 1;
        let start = self.at;
        let mut text = Text::default();
        loop {
            if let Some((hole, span)) = self.hole() {
                text.push(hole.clone(), span);
                self.at += 1;
                continue;
            }
            match self.peek() {
                None => {
                    let quote = self.input.span(opening, opening + 1);
                    return Err(Problem::new(quote, "the string is not closed"));
                }
                Some(b'"') => {
                    let span = self.content_span(start);
                    self.at += 1;
                    return Ok((text, span));
                }
                Some(b'\\') => self.escape(&mut text)?,
                Some(0..=0x1f) => return Err(self.problem("a control character in a string must be escaped")),
                Some(_) => self.run(&mut text),
            }
        }
    }

    /// From `start` to here; for an empty string a place, not the quote.
    fn content_span(&self, start: usize) -> Span {
        let span = self.input.span(start, self.at);
        if start == self.at { span.part(0, 0) } else { span }
    }

    /// Plain characters up to the next escape, quote, hole or piece border.
    fn run(&mut self, text: &mut Text) {
        let start = self.at;
        let border = self.input.piece_end(start);
        let plain = |byte: &u8| !matches!(byte, b'"' | b'\\' | 0..=0x1f);
        let bytes = self.bytes.get(start..border).unwrap_or_default();
        self.at += bytes.iter().take_while(|byte| plain(byte)).count().max(1);
        let run = self.input.buffer.get(start..self.at).unwrap_or_default();
        text.push_str(run, self.input.span(start, self.at));
    }

    fn escape(&mut self, text: &mut Text) -> Result<(), Problem> {
        let start = self.at;
        let plain = match self.bytes.get(start + 1) {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.unicode(text),
            _ => return Err(self.problem("not an escape that JSON knows")),
        };
        self.at += 2;
        text.push_str(plain.to_string(), self.input.span(start, self.at));
        Ok(())
    }

    /// `\uXXXX`, or two of them for a character outside the first plane.
    fn unicode(&mut self, text: &mut Text) -> Result<(), Problem> {
        let start = self.at;
        let Some((decoded, length)) = unicode(&self.input.buffer, start) else {
            let digits = hex(&self.input.buffer, start);
            let message = digits.map_or("expected four hexadecimal digits after `\\u`", |_| HALF);
            return Err(self.problem(message));
        };
        self.at += length;
        text.push_str(decoded.to_string(), self.input.span(start, self.at));
        Ok(())
    }
}

/// What is said of one of two surrogates without the other.
const HALF: &str = "half of a surrogate pair";

/// The character of `\uXXXX` or of two of them, and how long that is.
pub(super) fn unicode(text: &str, start: usize) -> Option<(char, usize)> {
    let first = hex(text, start)?;
    let (code, length) = match (first, hex(text, start + 6)) {
        (0xd800..=0xdbff, Some(second @ 0xdc00..=0xdfff)) => {
            (0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00), 12)
        }
        _ => (first, 6),
    };
    Some((char::from_u32(code)?, length))
}

fn hex(text: &str, at: usize) -> Option<u32> {
    let digits = text.get(at..at + 6)?.strip_prefix("\\u")?;
    if digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        u32::from_str_radix(digits, 16).ok()
    } else {
        None
    }
}
