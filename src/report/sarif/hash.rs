//! The line hashes that code scanning tells alerts apart by.
//!
//! Uploads through its action compute `primaryLocationLineHash` themselves and warn about any other value;
//! uploads through the API do not, and would double every alert without it. The value is a polynomial over the
//! 100 characters from the start of the line, blanks left out, as UTF-16 units.

use std::fmt;

use rustc_hash::FxHashMap;

const WINDOW: usize = 100;
const BASE: u64 = 37;
/// Stands for the end of the file.
const END: u16 = 0xffff;

/// What the first of the characters of a window counts.
const FIRST: u64 = BASE.wrapping_pow(99);

/// The hash of a line, with a counter that tells equal ones apart.
#[derive(Clone, Copy)]
pub(super) struct LineHash {
    hash: u64,
    count: usize,
}

impl fmt::Display for LineHash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:x}:{}", self.hash, self.count)
    }
}

/// The hash of each line.
pub(super) fn lines(text: &str) -> Vec<LineHash> {
    let (units, starts) = significant(text);
    let mut seen: FxHashMap<u64, usize> = FxHashMap::default();
    let unit = |at: usize| u64::from(units.get(at).copied().unwrap_or_default());
    let added = |hash: u64, at: usize| hash.wrapping_mul(BASE).wrapping_add(unit(at));
    let (mut at, mut hash) = (0, (0..WINDOW).fold(0, added));
    let numbered = |start: &usize| {
        // The window moves on by a character at a time.
        while at < *start {
            hash = added(hash.wrapping_sub(unit(at).wrapping_mul(FIRST)), at + WINDOW);
            at += 1;
        }
        let count = seen.entry(hash).or_default();
        *count += 1;
        LineHash { hash, count: *count }
    };
    starts.iter().map(numbered).collect()
}

/// The characters that count, and where in them each line begins. All line ends become line feeds.
fn significant(text: &str) -> (Vec<u16>, Vec<usize>) {
    let (mut units, mut starts) = (Vec::with_capacity(text.len()), Vec::new());
    let (mut line_start, mut after_return) = (true, false);
    for unit in text.encode_utf16().chain([END]) {
        let (tab, space, feed, carriage) = (9, 32, 10, 13);
        let second_half = after_return && unit == feed;
        after_return = unit == carriage;
        if unit == tab || unit == space || second_half {
            continue;
        }
        if line_start {
            starts.push(units.len());
        }
        let unit = if unit == carriage { feed } else { unit };
        line_start = unit == feed;
        units.push(unit);
    }
    (units, starts)
}

#[cfg(test)]
mod tests {
    fn lines(text: &str) -> Vec<String> {
        super::lines(text).iter().map(ToString::to_string).collect()
    }

    /// Values that the upload action's own tests expect.
    #[test]
    fn the_hashes_are_those_of_the_upload_action() {
        assert_eq!(lines(""), ["c129715d7a2bc9a3:1"]);
        let expected = ["271789c17abda88f:1", "54703d4cd895b18:1", "180aee12dab6264:1", "a23a3dc5e078b07b:1"];
        assert_eq!(lines(" a\nb\n  \t\tc\n d"), expected);
        let expected = [
            "e9496ae3ebfced30:1",
            "fb7c023a8b9ccb3f:1",
            "ce8ba1a563dcdaca:1",
            "e20e36e16fcb0cc8:1",
            "b3edc88f2938467e:1",
            "c8e28b0b4002a3a0:1",
            "c129715d7a2bc9a3:1",
        ];
        assert_eq!(lines(" hello; \t\r\nworld!!!\r\n\r\n\r\n  \t\tGreetings\r\n End\r\n"), expected);
        assert_eq!(lines(" hello; \t\nworld!!!\r\n\n\r  \t\tGreetings\r End\r\n"), expected);
    }

    #[test]
    fn equal_lines_are_numbered() {
        let hashes = lines(&"Lorem ipsum dolor sit amet.\n".repeat(10));
        assert_eq!(hashes[0], "a7f2ff13bc495cf2:1");
        assert_eq!(hashes[5], "a7f2ff13bc495cf2:6");
        assert_eq!(hashes[6], "a7f2ff1481e87703:1");
        assert_eq!(hashes[10], "c129715d7a2bc9a3:1");
    }
}
