//! Embedded tables: sorted lines with fields between tabs, searched where they lie, so that they cost nothing
//! until somebody asks.

use memchr::{memchr, memchr2, memrchr};

/// The rest of the line whose first field, up to a tab, is `key`.
///
/// `table` is lines that are sorted by their first fields, bytewise.
pub(crate) fn find(table: &'static str, key: &str) -> Option<&'static str> {
    find_line(table, key).map(|(_, fields)| fields)
}

/// The first field and the rest of the line that [`find`] finds.
pub(crate) fn find_line(table: &'static str, key: &str) -> Option<(&'static str, &'static str)> {
    fields(first_from(table, |first| first < key)).filter(|(first, _)| *first == key)
}

/// The first field and the rest of the line whose first field is `key` without regard to case.
///
/// `table` is lines that are sorted by their first fields in lower case.
pub(crate) fn find_folded(table: &'static str, key: &str) -> Option<(&'static str, &'static str)> {
    let line = fields(first_from(table, |first| is_before(first, key)));
    line.filter(|(first, _)| first.eq_ignore_ascii_case(key))
}

/// Where the lines of each first field begin, found by a hash of the field. It is made when the program is built.
pub(crate) struct Index<const SLOTS: usize> {
    table: &'static str,
    /// One more than where the first line of a field begins; 0 where none does.
    slots: [u32; SLOTS],
}

impl<const SLOTS: usize> Index<SLOTS> {
    /// The index of lines of which those with the same first field stand together. `SLOTS` is a power of two, larger than the number
    /// of different fields.
    pub(crate) const fn of(table: &'static str) -> Self {
        let mut slots = [0; SLOTS];
        let (mut rest, mut start) = (table.as_bytes(), 0u32);
        let mut previous: &[u8] = &[];
        while !rest.is_empty() {
            let (field, after, length) = first_line(rest);
            if !is_same(field, previous) {
                let mut slot = place(field, SLOTS);
                while at_slot(&slots, slot) != 0 {
                    slot = (slot + 1) % SLOTS;
                }
                set_slot(&mut slots, slot, start + 1);
                previous = field;
            }
            start += length;
            rest = after;
        }
        Self { table, slots }
    }

    /// The lines from the first one of a field on, and the number of the field.
    pub(crate) fn from(&self, field: &str) -> Option<(usize, &'static str)> {
        let mut slot = place(field.as_bytes(), SLOTS);
        loop {
            let start = self.slots.get(slot)?.checked_sub(1)?;
            let rest = self.table.get(start as usize..)?;
            let after = rest.strip_prefix(field).map(|after| after.as_bytes().first());
            if matches!(after, Some(None | Some(b'\t' | b'\n'))) {
                return Some((slot, rest));
            }
            slot = (slot + 1) % SLOTS;
        }
    }

    /// The rest of the first line of a field.
    pub(crate) fn find(&self, field: &str) -> Option<&'static str> {
        let (_, lines) = self.from(field)?;
        let line = lines.get(..memchr(b'\n', lines.as_bytes()).unwrap_or(lines.len()))?;
        line.get(field.len() + 1..).or(Some(""))
    }

    /// Whether there is a line of a field.
    pub(crate) fn has(&self, field: &str) -> bool {
        self.from(field).is_some()
    }
}

/// Where the search for a field begins.
#[expect(clippy::cast_possible_truncation, reason = "it is less than the number of slots")]
const fn place(field: &[u8], slots: usize) -> usize {
    let factor = 0x9e37_79b9_7f4a_7c15_u64;
    let (mut hash, mut rest) = (field.len() as u64, field);
    while let Some((chunk, others)) = rest.split_first_chunk::<8>() {
        hash = (hash.rotate_left(23) ^ u64::from_le_bytes(*chunk)).wrapping_mul(factor);
        rest = others;
    }
    while let Some((byte, others)) = rest.split_first() {
        hash = (hash.rotate_left(7) ^ *byte as u64).wrapping_mul(factor);
        rest = others;
    }
    ((hash ^ (hash >> 32)) % slots as u64) as usize
}

/// The first field of the first line, what follows that line, and how long it is with its end.
const fn first_line(lines: &[u8]) -> (&[u8], &[u8], u32) {
    let (mut rest, mut field, mut ended, mut length) = (lines, 0, false, 0u32);
    while let Some((byte, after)) = rest.split_first() {
        ended = ended || *byte == b'\t' || *byte == b'\n';
        (rest, length) = (after, length + 1);
        if !ended {
            field += 1;
        }
        if *byte == b'\n' {
            break;
        }
    }
    (lines.split_at(field).0, rest, length)
}

const fn is_same(one: &[u8], other: &[u8]) -> bool {
    let (mut one, mut other) = (one, other);
    while let (Some((a, after)), Some((b, behind))) = (one.split_first(), other.split_first()) {
        if *a != *b {
            return false;
        }
        (one, other) = (after, behind);
    }
    one.is_empty() && other.is_empty()
}

const fn at_slot(slots: &[u32], slot: usize) -> u32 {
    match slots.split_at(slot).1.split_first() {
        Some((start, _)) => *start,
        None => 0,
    }
}

const fn set_slot(slots: &mut [u32], slot: usize, start: u32) {
    if let Some((entry, _)) = slots.split_at_mut(slot).1.split_first_mut() {
        *entry = start;
    }
}

/// The fields of a line.
pub(crate) fn fields_of(line: &'static str) -> impl Iterator<Item = &'static str> {
    let mut rest = Some(line);
    std::iter::from_fn(move || {
        let line = rest?;
        let end = memchr(b'\t', line.as_bytes());
        rest = end.and_then(|end| line.get(end + 1..));
        line.get(..end.unwrap_or(line.len()))
    })
}

/// The lines whose first fields begin with `prefix` without regard to case, in a table as [`find_folded`] needs it.
pub(crate) fn beginning(
    table: &'static str,
    prefix: &str,
) -> impl Iterator<Item = (&'static str, &'static str)> + use<> {
    let rest = first_from(table, |first| is_before(first, prefix));
    let prefix = prefix.to_owned();
    let begins = move |first: &str| {
        first.as_bytes().get(..prefix.len()).is_some_and(|it| it.eq_ignore_ascii_case(prefix.as_bytes()))
    };
    rest.lines().filter_map(fields).take_while(move |(first, _)| begins(first))
}

/// The line that begins at a byte, which another table names in decimal digits.
pub(crate) fn at(table: &'static str, offset: &str) -> Option<&'static str> {
    table.get(offset.parse().ok()?..)?.lines().next()
}

/// What follows the lines whose first fields are `before`; those are the first ones of the table.
fn first_from(table: &'static str, before: impl Fn(&str) -> bool) -> &'static str {
    let bytes = table.as_bytes();
    let (mut low, mut high) = (0usize, table.len());
    // Each round drops at least the line it looked at.
    while let Some(half) = bytes.get(low..low.midpoint(high)).filter(|_| low < high) {
        let start = memrchr(b'\n', half).map_or(low, |at| low + at + 1);
        let rest = bytes.get(start..).unwrap_or_default();
        let end = memchr2(b'\t', b'\n', rest).unwrap_or(rest.len());
        if before(table.get(start..start + end).unwrap_or_default()) {
            let more = rest.get(end..).and_then(|rest| memchr(b'\n', rest));
            low = more.map_or(table.len(), |more| start + end + more + 1);
        } else {
            high = start;
        }
    }
    table.get(low..).unwrap_or_default()
}

/// The first field of the first line, and its rest.
fn fields(lines: &'static str) -> Option<(&'static str, &'static str)> {
    let line = lines.lines().next()?;
    Some(line.split_once('\t').unwrap_or((line, "")))
}

/// Whether one text comes before another one without regard to case.
fn is_before(one: &str, other: &str) -> bool {
    for (one, other) in one.bytes().zip(other.bytes()) {
        if one != other {
            let (one, other) = (one.to_ascii_lowercase(), other.to_ascii_lowercase());
            if one != other {
                return one < other;
            }
        }
    }
    one.len() < other.len()
}

/// Lines that are not comments.
pub(crate) fn rows(table: &'static str) -> impl Iterator<Item = &'static str> {
    table.lines().filter(|line| !line.is_empty() && !line.starts_with('#'))
}

/// Whether the first fields are sorted, as [`find`] needs them.
#[cfg(test)]
pub(crate) fn is_sorted(table: &'static str) -> bool {
    table.lines().is_sorted_by_key(|line| line.split('\t').next())
}

/// Whether the first fields are sorted, as [`find_folded`] needs them.
#[cfg(test)]
pub(crate) fn is_sorted_folded(table: &'static str) -> bool {
    table.lines().is_sorted_by_key(|line| line.split('\t').next().map(str::to_ascii_lowercase))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_found_and_nothing_else() {
        let table = "a\t1\nab\t2\nb\nc\t3\t4\nz\t";
        assert!(is_sorted(table));
        let found = |key| find(table, key);
        assert_eq!(found("a"), Some("1"));
        assert_eq!(found("ab"), Some("2"));
        assert_eq!(found("b"), Some(""));
        assert_eq!(found("c"), Some("3\t4"));
        assert_eq!(found("z"), Some(""));
        for absent in ["", "aa", "A", "zz", "1", "b\t"] {
            assert_eq!(found(absent), None, "{absent}");
        }
        assert_eq!(find("", "a"), None);
    }

    #[test]
    fn an_index_finds_the_first_line_of_each_field() {
        static INDEX: Index<8> = Index::of("a\t1\nab\t2\nab\t3\nb\nlonger than eight\t4\t5\nz\t");
        let found = |field| INDEX.find(field);
        assert_eq!(found("a"), Some("1"));
        assert_eq!(found("ab"), Some("2"));
        assert_eq!(found("b"), Some(""));
        assert_eq!(found("longer than eight"), Some("4\t5"));
        assert_eq!(found("z"), Some(""));
        for absent in ["", "aa", "A", "zz", "1", "b\t", "longer than", "longer than eight\t4"] {
            assert_eq!(found(absent), None, "{absent}");
        }
        let (_, lines) = INDEX.from("ab").unwrap();
        assert!(lines.starts_with("ab\t2\nab\t3\nb\n"), "{lines}");
        assert_eq!(fields_of("a\t\tb").collect::<Vec<_>>(), ["a", "", "b"]);
    }

    #[test]
    fn lines_are_found_in_any_case_and_by_how_they_begin() {
        let table = "s3-x:A\t1\nS3:Get\t2\ns3:GetObject\t3\ns3:put\t4\nsts:Get\t5\n";
        assert!(is_sorted_folded(table));
        assert_eq!(find_folded(table, "S3:getobject"), Some(("s3:GetObject", "3")));
        assert_eq!(find_folded(table, "s3:GetO"), None);
        let begin = |prefix| beginning(table, prefix).map(|(_, rest)| rest).collect::<String>();
        assert_eq!(begin("s3:GET"), "23");
        assert_eq!(begin("s3:"), "234");
        assert_eq!(begin(""), "12345");
        assert_eq!(begin("sts:x") + &begin("zz") + &begin("a"), "");
        assert_eq!(at(table, "9"), Some("S3:Get\t2"));
        assert_eq!(at(table, "x").or(at(table, "1000")), None);
    }
}
