//! Regular expressions of Go in the syntax of the crate used here.
//!
//! Classes such as `\w` are ASCII in Go, brackets and `&&` in a class stand for themselves, and a brace that
//! begins no count does so, too. What has no counterpart is not rewritten.

/// A pattern of Go's `regexp` in the syntax used here; nothing when it uses what is not the same.
pub(super) fn rewritten(pattern: &str) -> Option<String> {
    let mut out = String::with_capacity(pattern.len() + 16);
    let mut rest = pattern.chars().peekable();
    let mut after_repetition = false;
    while let Some(character) = rest.next() {
        let repetition = matches!(character, '*' | '+') || (character == '{' && counted(&rest).is_some());
        if repetition && after_repetition {
            return None;
        }
        match character {
            '\\' => out.push_str(&escape(rest.next()?, false)?),
            '[' => class(&mut out, &mut rest)?,
            '(' => group(&mut out, &mut rest)?,
            '{' => match counted(&rest) {
                Some(count) => {
                    out.push('{');
                    out.push_str(&count);
                    rest.nth(count.chars().count().checked_sub(1)?);
                }
                None => out.push_str("\\{"),
            },
            _ => out.push(character),
        }
        after_repetition = repetition || (character == '?' && !after_repetition && !out.ends_with("(?"));
    }
    Some(out)
}

type Rest<'p> = std::iter::Peekable<std::str::Chars<'p>>;

/// The count of a repetition with its closing brace, when that is what follows.
fn counted(rest: &Rest<'_>) -> Option<String> {
    let ahead: String = rest.clone().take(13).collect();
    let (count, _) = ahead.split_once('}')?;
    let (least, most) = count.split_once(',').unwrap_or((count, ""));
    let number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let small = |text: &str| text.is_empty() || text.parse::<u32>().is_ok_and(|number| number <= 1000);
    (!least.is_empty() && number(least) && number(most) && small(least) && small(most))
        .then(|| format!("{count}}}"))
}

/// What follows a backslash. Go's classes are ASCII.
fn escape(character: char, in_class: bool) -> Option<String> {
    Some(match (character, in_class) {
        ('d', false) => "[0-9]".to_owned(),
        ('d', true) => "0-9".to_owned(),
        ('D', _) => "[^0-9]".to_owned(),
        ('w', false) => "[0-9A-Za-z_]".to_owned(),
        ('w', true) => "0-9A-Za-z_".to_owned(),
        ('W', _) => "[^0-9A-Za-z_]".to_owned(),
        ('s', false) => "[\\t\\n\\f\\r ]".to_owned(),
        ('s', true) => "\\t\\n\\f\\r ".to_owned(),
        ('S', _) => "[^\\t\\n\\f\\r ]".to_owned(),
        ('b', false) => "(?-u:\\b)".to_owned(),
        ('A' | 'z', false) | ('a' | 'f' | 't' | 'n' | 'r' | 'v' | 'x' | 'p' | 'P', _) => {
            format!("\\{character}")
        }
        _ if character.is_ascii_punctuation() => format!("\\x{{{:x}}}", u32::from(character)),
        _ => return None,
    })
}

fn class(out: &mut String, rest: &mut Rest<'_>) -> Option<()> {
    out.push('[');
    if rest.next_if_eq(&'^').is_some() {
        out.push('^');
    }
    let mut first = true;
    loop {
        let character = rest.next()?;
        match character {
            ']' if !first => {
                out.push(']');
                return Some(());
            }
            ']' => out.push_str("\\]"),
            '[' if rest.peek() == Some(&':') => {
                out.push('[');
                // `[:alpha:]`, up to its end.
                loop {
                    let inner = rest.next()?;
                    out.push(inner);
                    if inner == ']' {
                        break;
                    }
                    if !(inner.is_ascii_alphabetic() || matches!(inner, ':' | '^')) {
                        return None;
                    }
                }
            }
            '[' => out.push_str("\\["),
            '&' | '~' => out.extend(['\\', character]),
            '-' if rest.peek() == Some(&'-') => return None,
            '\\' => out.push_str(&escape(rest.next()?, true)?),
            _ => out.push(character),
        }
        first = false;
    }
}

fn group(out: &mut String, rest: &mut Rest<'_>) -> Option<()> {
    out.push('(');
    if rest.next_if_eq(&'?').is_none() {
        return Some(());
    }
    out.push('?');
    match rest.peek()? {
        'P' | '<' | ':' => Some(()),
        _ => {
            let known = |character: &char| matches!(character, 'i' | 'm' | 's' | 'U' | '-');
            let end = rest.clone().find(|character| !known(character))?;
            matches!(end, ':' | ')').then_some(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_of_go_are_rewritten_or_given_up() {
        for (pattern, expected) in [
            (r"^\d+$", Some(r"^[0-9]+$")),
            (r"[\w-]+", Some(r"[0-9A-Za-z_-]+")),
            (r"[a[b]", Some(r"[a\[b]")),
            (r"[[:alpha:]]", Some(r"[[:alpha:]]")),
            (r"a{,2}", Some(r"a\{,2}")),
            (r"a{2,3}?b", Some(r"a{2,3}?b")),
            (r"\.", Some(r"\x{2e}")),
            (r"a**", None),
            (r"\Qa\E", None),
            (r"(?x)a", None),
            (r"(?i:a)", Some(r"(?i:a)")),
            (r"[a--]", None),
        ] {
            assert_eq!(rewritten(pattern).as_deref(), expected, "{pattern}");
        }
    }
}
