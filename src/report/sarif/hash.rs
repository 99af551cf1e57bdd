//! The line hashes that code scanning tells alerts apart by.
//!
//! Uploads through its action compute `primaryLocationLineHash` themselves and warn about any other value;
//! uploads through the API do not, and would double every alert without it. The value is a polynomial over the
//! 100 characters from the start of the line, blanks left out, as UTF-16 units.

use std::collections::HashMap;

const WINDOW: usize = 100;
const BASE: u64 = 37;
/// Stands for the end of the file.
const END: u16 = 0xffff;

/// The hash of each line, with a counter that tells equal ones apart.
pub(super) fn lines(text: &str) -> Vec<String> {
    let (units, starts) = significant(text);
    let mut seen: HashMap<u64, usize> = HashMap::new();
    let hash = |start: usize| {
        let window = units.iter().skip(start).chain(std::iter::repeat(&0)).take(WINDOW);
        window.fold(0, |hash: u64, unit| hash.wrapping_mul(BASE).wrapping_add(u64::from(*unit)))
    };
    let numbered = |start: &usize| {
        let hash = hash(*start);
        let count = seen.entry(hash).or_default();
        *count += 1;
        format!("{hash:x}:{count}")
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
    use super::lines;

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
