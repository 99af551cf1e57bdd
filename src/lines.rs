//! Embedded tables: sorted lines with fields between tabs, searched where they lie, so that they cost nothing
//! until somebody asks.

/// The rest of the line whose first field, up to a tab, is `key`.
///
/// `table` is lines that are sorted by their first fields, bytewise.
pub(crate) fn find(table: &'static str, key: &str) -> Option<&'static str> {
    find_line(table, key).map(|(_, fields)| fields)
}

/// The first field and the rest of the line that [`find`] finds.
pub(crate) fn find_line(table: &'static str, key: &str) -> Option<(&'static str, &'static str)> {
    let mut rest = table;
    // Each round drops at least the line it looked at.
    while !rest.is_empty() {
        let first_half = rest.as_bytes().get(..rest.len() / 2)?;
        let start = first_half.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        let (before, after) = rest.split_at_checked(start)?;
        let (line, following) = after.split_once('\n').unwrap_or((after, ""));
        let (first, fields) = line.split_once('\t').unwrap_or((line, ""));
        match key.cmp(first) {
            std::cmp::Ordering::Equal => return Some((first, fields)),
            std::cmp::Ordering::Less => rest = before,
            std::cmp::Ordering::Greater => rest = following,
        }
    }
    None
}

/// The first line that begins with `prefix`: its first field and the rest.
pub(crate) fn find_first(table: &'static str, prefix: &str) -> Option<(&'static str, &'static str)> {
    let mut rest = table;
    let mut found = None;
    while !rest.is_empty() {
        let first_half = rest.as_bytes().get(..rest.len() / 2)?;
        let start = first_half.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        let (before, after) = rest.split_at_checked(start)?;
        let (line, following) = after.split_once('\n').unwrap_or((after, ""));
        let first = line.split('\t').next().unwrap_or_default();
        if first >= prefix {
            found =
                line.split_once('\t').or(Some((line, ""))).filter(|_| first.starts_with(prefix)).or(found);
            rest = before;
        } else {
            rest = following;
        }
    }
    found
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
}
