//! Two versions of a text as a unified diff.

use std::fmt::Write as _;

/// How many lines around a change are shown.
const AROUND: usize = 3;

/// A line of both versions, of the old or of the new one.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Line<'t> {
    Same(&'t str),
    Old(&'t str),
    New(&'t str),
}

/// The diff of a file at a path, as `git apply` and `patch -p1` take it; empty when nothing differs.
pub fn unified(path: &str, old: &str, new: &str) -> String {
    let lines = aligned(
        &old.split_inclusive('\n').collect::<Vec<_>>(),
        &new.split_inclusive('\n').collect::<Vec<_>>(),
    );
    let is_shown = shown(&lines);
    if !is_shown.contains(&true) {
        return String::new();
    }
    let mut text = format!("--- a/{path}\n+++ b/{path}\n");
    let (mut in_old, mut in_new, mut at) = (1, 1, 0);
    while at < lines.len() {
        let hunk = is_shown.iter().skip(at).take_while(|is_shown| **is_shown).count();
        let those = lines.iter().skip(at).take(hunk.max(1));
        let (olds, news) = (count(those.clone(), Line::New("")), count(those.clone(), Line::Old("")));
        if hunk > 0 {
            let first = |at: usize, many: usize| if many == 0 { at - 1 } else { at };
            // Writing to a string cannot fail.
            let _ = writeln!(text, "@@ -{},{olds} +{},{news} @@", first(in_old, olds), first(in_new, news));
            those.for_each(|line| push(&mut text, *line));
        }
        (in_old, in_new, at) = (in_old + olds, in_new + news, at + hunk.max(1));
    }
    text
}

/// How many lines are of another kind than this one.
fn count<'a, 't: 'a>(lines: impl Iterator<Item = &'a Line<'t>>, kind: Line<'t>) -> usize {
    lines.filter(|line| std::mem::discriminant(*line) != std::mem::discriminant(&kind)).count()
}

fn push(text: &mut String, line: Line<'_>) {
    let (mark, line) = match line {
        Line::Same(line) => (' ', line),
        Line::Old(line) => ('-', line),
        Line::New(line) => ('+', line),
    };
    text.push(mark);
    text.push_str(line);
    if !line.ends_with('\n') {
        text.push_str("\n\\ No newline at end of file\n");
    }
}

/// Which lines are near a change.
fn shown(lines: &[Line<'_>]) -> Vec<bool> {
    let mut shown = vec![false; lines.len()];
    for (at, _) in lines.iter().enumerate().filter(|(_, line)| !matches!(line, Line::Same(_))) {
        for near in shown.iter_mut().take(at + AROUND + 1).skip(at.saturating_sub(AROUND)) {
            *near = true;
        }
    }
    shown
}

/// Both versions line by line. After a difference, the next place where the fewest lines further both go on alike is taken.
fn aligned<'t>(old: &[&'t str], new: &[&'t str]) -> Vec<Line<'t>> {
    let (mut lines, mut a, mut b) = (Vec::with_capacity(new.len()), 0, 0);
    while a < old.len() || b < new.len() {
        if let (Some(one), Some(other)) = (old.get(a), new.get(b))
            && one == other
        {
            lines.push(Line::Same(one));
            (a, b) = (a + 1, b + 1);
            continue;
        }
        let (skip_old, skip_new) = next(old.get(a..).unwrap_or_default(), new.get(b..).unwrap_or_default());
        lines.extend(old.iter().skip(a).take(skip_old).map(|line| Line::Old(line)));
        lines.extend(new.iter().skip(b).take(skip_new).map(|line| Line::New(line)));
        (a, b) = (a + skip_old, b + skip_new);
    }
    lines
}

/// How many lines of each version to pass until both go on alike.
fn next(old: &[&str], new: &[&str]) -> (usize, usize) {
    let most = old.len() + new.len();
    for passed in 1..=most.min(crate::bounds::DIFF_LINES) {
        for of_old in 0..=passed.min(old.len()) {
            let of_new = passed - of_old;
            if let (Some(one), Some(other)) = (old.get(of_old), new.get(of_new))
                && one == other
            {
                return (of_old, of_new);
            }
        }
    }
    (old.len(), new.len())
}

#[cfg(test)]
mod tests {
    use super::unified;

    #[test]
    fn changes_are_shown_with_the_lines_around_them() {
        let old = "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n";
        let new = old.replace("2\n3\n", "2\nnew\n3\n").replace("11\n", "eleven\n");
        let diff = unified("a/main.tf", old, &new);
        let first = "--- a/a/main.tf\n+++ b/a/main.tf\n@@ -1,5 +1,6 @@\n 1\n 2\n+new\n 3\n 4\n 5\n";
        let second = "@@ -8,5 +9,5 @@\n 8\n 9\n 10\n-11\n+eleven\n 12\n";
        assert_eq!(diff, format!("{first}{second}"));
    }

    #[test]
    fn the_beginning_and_the_end_of_a_file_are_places_too() {
        assert_eq!(
            unified("x", "a\nb", "b"),
            "--- a/x\n+++ b/x\n@@ -1,2 +1,1 @@\n-a\n b\n\\ No newline at end of file\n"
        );
        assert_eq!(unified("x", "", "a\n"), "--- a/x\n+++ b/x\n@@ -0,0 +1,1 @@\n+a\n");
        assert_eq!(unified("x", "a\n", "a\n"), "");
    }
}
