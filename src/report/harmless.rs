//! The one place where text that comes from templates is made harmless, for every format and every error.
//!
//! A name, a path or a message may hold what a terminal obeys, what reorders or hides the text around it, or what a CI system takes
//! for a command when it stands in a log. [`escaped`] is for one value on one line. [`lines`] and [`Lines`] are for a whole output:
//! they know where lines begin, and let nothing pass that a value was not escaped for. [`json`] and [`Json`] say the same
//! characters as JSON does, so that programs read exactly what was written.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io::{self, Write};

/// What begins a command wherever it stands in a line: Azure Pipelines, the older form of GitHub Actions, `TeamCity`.
const MARKERS: [&str; 3] = ["##vso[", "##[", "##teamcity["];

/// What begins a command of GitHub Actions at the beginning of a line, blanks aside.
const COMMAND: &str = "::";

/// Text on one line, with nothing in it that a terminal or a CI system obeys, or that nobody sees.
pub fn escaped(text: &str) -> Cow<'_, str> {
    changed(text, is_hostile, say)
}

/// Writes a character as what it is called.
fn say(char: char, safe: &mut String) {
    // Writing to a string cannot fail.
    let _ = match char {
        '\n' | '\r' | '\t' => write!(safe, "{}", char.escape_default()),
        _ => write!(safe, "{}", char.escape_unicode()),
    };
}

/// A whole output: lines and our own colours stay as they are.
pub fn lines(text: &str) -> Cow<'_, str> {
    if is_plain(text) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 8);
    for line in text.split_inclusive('\n') {
        let (mut rest, mut begins) = (line, true);
        while !rest.is_empty() {
            let (own, others) = rest.split_at_checked(style(rest)).unwrap_or(("", rest));
            if !own.is_empty() {
                safe.push_str(own);
                rest = others;
                continue;
            }
            let next = others.char_indices().skip(1).find(|(_, char)| *char == '\u{1b}');
            let (part, after) =
                others.split_at_checked(next.map_or(others.len(), |(at, _)| at)).unwrap_or((others, ""));
            let word = part.trim_start();
            if begins && word.starts_with(COMMAND) {
                let (blanks, _) = part.split_at_checked(part.len() - word.len()).unwrap_or_default();
                safe.push_str(blanks);
                safe.push_str("\\u{3a}");
                safe.push_str(&kept_lines(word.get(1..).unwrap_or_default()));
            } else {
                safe.push_str(&kept_lines(part));
            }
            begins &= word.is_empty();
            rest = after;
        }
    }
    Cow::Owned(safe)
}

/// Characters that are not for people, but for line ends and tabs.
fn kept_lines(text: &str) -> Cow<'_, str> {
    let is_hostile = |char: char| is_hostile(char) && !matches!(char, '\n' | '\t');
    changed(text, is_hostile, say)
}

/// JSON text in which the same characters are written as escapes.
pub fn json(text: &str) -> Cow<'_, str> {
    let is_hostile = |char: char| is_hostile(char) && !matches!(char, '\n' | '\r' | '\t');
    changed(text, is_hostile, |char, safe| {
        for unit in char.encode_utf16(&mut [0; 2]) {
            let _ = write!(safe, "\\u{unit:04x}");
        }
    })
}

/// Text for XML, in attributes and between tags, on one line. What is hostile is written as a character reference, so that programs
/// read exactly what was written; what XML cannot hold at all is called by its name.
pub fn xml(text: &str) -> Cow<'_, str> {
    let is_unfit = |char: char| char.is_control() && !matches!(char, '\n' | '\r' | '\t');
    let is_unfit = move |char: char| is_unfit(char) || matches!(char, '\u{fffe}' | '\u{ffff}');
    let is_special =
        move |char: char| matches!(char, '&' | '<' | '>' | '"' | '\'') || is_hostile(char) || is_unfit(char);
    changed(text, is_special, move |char, safe| match char {
        '&' => safe.push_str("&amp;"),
        '<' => safe.push_str("&lt;"),
        '>' => safe.push_str("&gt;"),
        '"' => safe.push_str("&quot;"),
        '\'' => safe.push_str("&apos;"),
        _ if is_unfit(char) => say(char, safe),
        _ => {
            let _ = write!(safe, "&#{};", u32::from(char));
        }
    })
}

/// A text of which characters are written in another way: those that are hostile, and one of each marker.
fn changed(text: &str, hostile: impl Fn(char) -> bool, write: impl Fn(char, &mut String)) -> Cow<'_, str> {
    let marked = |text: &str| text.starts_with("##") && MARKERS.iter().any(|marker| text.starts_with(marker));
    let is_marked = text.contains("##") && MARKERS.iter().any(|marker| text.contains(marker));
    if !is_marked && !text.contains(&hostile) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 8);
    for (at, char) in text.char_indices() {
        if hostile(char) || (is_marked && text.get(at..).is_some_and(marked)) {
            write(char, &mut safe);
        } else {
            safe.push(char);
        }
    }
    Cow::Owned(safe)
}

/// Whether there is nothing in a text that has to be looked at: most have only what is on a keyboard.
fn is_plain(text: &str) -> bool {
    let plain = |byte: &u8| matches!(byte, b'\n' | b'\t' | b' '..=b'~');
    text.as_bytes().iter().all(plain) && !text.contains("##") && !text.contains(COMMAND)
}

/// How long the style is that a text begins with, such as `\x1b[1;31m`; zero when it begins with none.
fn style(text: &str) -> usize {
    let Some(rest) = text.strip_prefix("\u{1b}[") else { return 0 };
    let numbers = rest.bytes().take_while(|byte| byte.is_ascii_digit() || *byte == b';').count();
    if rest.as_bytes().get(numbers) == Some(&b'm') { numbers + 3 } else { 0 }
}

/// Control characters, those that reorder the text around them, and those that nobody sees.
pub(super) fn is_hostile(char: char) -> bool {
    if char.is_ascii() {
        return char.is_ascii_control();
    }
    char.is_control()
        || matches!(
            char,
            '\u{ad}'
                | '\u{61c}'
                | '\u{115f}'
                | '\u{1160}'
                | '\u{180e}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{3164}'
                | '\u{feff}'
                | '\u{ffa0}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e0fff}'
        )
}

/// Writes lines, each made harmless when it is whole.
pub(super) struct Lines<'o> {
    out: &'o mut dyn Write,
    line: Vec<u8>,
}

impl<'o> Lines<'o> {
    pub(super) fn new(out: &'o mut dyn Write) -> Self {
        Self { out, line: Vec::new() }
    }
}

impl Write for Lines<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.line.extend(bytes);
        if bytes.contains(&b'\n') {
            let end = self.line.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
            let rest = self.line.split_off(end);
            let whole = std::mem::replace(&mut self.line, rest);
            self.out.write_all(lines(&String::from_utf8_lossy(&whole)).as_bytes())?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        let rest = std::mem::take(&mut self.line);
        self.out.write_all(lines(&String::from_utf8_lossy(&rest)).as_bytes())?;
        self.out.flush()
    }
}

/// Writes JSON, each piece of a text made harmless. They are written whole.
pub(super) struct Json<'o> {
    out: &'o mut dyn Write,
}

impl<'o> Json<'o> {
    pub(super) fn new(out: &'o mut dyn Write) -> Self {
        Self { out }
    }
}

impl Write for Json<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match std::str::from_utf8(bytes) {
            Ok(text) => self.out.write_all(json(text).as_bytes())?,
            Err(_) => self.out.write_all(bytes)?,
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_obeys_is_escaped() {
        assert_eq!(escaped("a\x1b[31mb\nc\u{202e}d\u{9b}"), "a\\u{1b}[31mb\\nc\\u{202e}d\\u{9b}");
        assert!(matches!(escaped("räume/日本"), Cow::Borrowed(_)));
    }

    #[test]
    fn what_nobody_sees_is_escaped() {
        for char in
            ['\u{61c}', '\u{200b}', '\u{ad}', '\u{2060}', '\u{e0041}', '\u{2066}', '\u{85}', '\u{2028}']
        {
            let text = format!("a{char}b");
            let code = u32::from(char);
            assert_eq!(escaped(&text), format!("a\\u{{{code:x}}}b"));
            assert_eq!(lines(&text), format!("a\\u{{{code:x}}}b"));
            assert_eq!(serde_json::from_str::<String>(&json(&format!("\"{text}\""))).unwrap(), text);
            assert!(json(&text).is_ascii());
        }
    }

    #[test]
    fn xml_has_no_tag_and_no_entity_of_a_text() {
        assert_eq!(xml("<a b=\"c\" d='e'>&\n"), "&lt;a b=&quot;c&quot; d=&apos;e&apos;&gt;&amp;&#10;");
        assert_eq!(xml("\u{202e}\u{1b}\u{ffff}"), "&#8238;\\u{1b}\\u{ffff}");
        assert_eq!(xml("##vso[x]"), "&#35;#vso[x]");
        assert!(matches!(xml("räume/日本"), Cow::Borrowed(_)));
    }

    #[test]
    fn no_line_is_a_command_of_a_ci_system() {
        assert_eq!(
            lines("::error::x\na ::b\n  ::set-env::\n"),
            "\\u{3a}:error::x\na ::b\n  \\u{3a}:set-env::\n"
        );
        assert_eq!(lines("\x1b[1m::error::x\x1b[0m"), "\x1b[1m\\u{3a}:error::x\x1b[0m");
        assert_eq!(lines("a ##vso[task.x]\n##[error]y"), "a \\u{23}#vso[task.x]\n\\u{23}#[error]y");
        assert_eq!(escaped("x ##teamcity[y]"), "x \\u{23}#teamcity[y]");
        assert_eq!(json("\"##vso[x]\""), "\"\\u0023#vso[x]\"");
        assert_eq!(lines("## heading\na::b\n"), "## heading\na::b\n");
    }

    #[test]
    fn our_own_colours_stay_and_no_other_sequence_does() {
        assert_eq!(
            lines("\x1b[1;31merror\x1b[0m: \x1b]0;x\x07\n"),
            "\x1b[1;31merror\x1b[0m: \\u{1b}]0;x\\u{7}\n"
        );
        assert_eq!(lines("\x1b[0m\x1b[1m::a\x1b[0m"), "\x1b[0m\x1b[1m\\u{3a}:a\x1b[0m");
        assert_eq!(lines("\x1b[2J\x1b"), "\\u{1b}[2J\\u{1b}");
    }

    #[test]
    fn lines_are_the_same_in_whatever_pieces_they_are_written() {
        let text = "::a\nb \u{202e}c\n\x1b[1md\x1b[0m ##[e]";
        for size in 1..text.len() {
            let mut out = Vec::new();
            let mut writer = Lines::new(&mut out);
            text.as_bytes().chunks(size).for_each(|piece| writer.write_all(piece).unwrap());
            writer.flush().unwrap();
            assert_eq!(String::from_utf8(out).unwrap(), lines(text));
        }
    }
}
