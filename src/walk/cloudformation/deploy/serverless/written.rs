//! How variables are written in a service: `${source:address, fallback}`, one in another.
//!
//! <https://www.serverless.com/framework/docs/guides/variables>

use std::ops::Range;

/// A part of a text.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// What stands there.
    Literal(Range<usize>),
    /// What stands between the braces of a variable.
    Variable(Range<usize>),
    /// A pseudo parameter of CloudFormation in the braces of a plugin: `#{AWS::Region}`.
    ///
    /// <https://www.serverless.com/plugins/serverless-pseudo-parameters>
    Pseudo(Range<usize>),
}

/// Cuts a text at its variables. What CloudFormation puts in, as `${AWS::Region}`, is none.
pub(super) fn parts(text: &str) -> Vec<Part> {
    let (mut out, mut literal, mut at) = (Vec::new(), 0, 0);
    while let Some(found) = text.get(at..).and_then(|rest| rest.find(['$', '#'])).map(|found| at + found) {
        let rest = text.get(found..).unwrap_or_default();
        let Some(length) = closed(rest) else {
            at = found + 1;
            continue;
        };
        let inner = (found + 2, found + length - 1);
        let content = text.get(inner.0..inner.1).unwrap_or_default();
        let part = if rest.starts_with('$') && is_variable(content) {
            Part::Variable(inner.0..inner.1)
        } else if rest.starts_with('#') && content.starts_with("AWS::") {
            Part::Pseudo(inner.0..inner.1)
        } else {
            at = found + 2;
            continue;
        };
        if literal < found {
            out.push(Part::Literal(literal..found));
        }
        out.push(part);
        at = inner.1 + 1;
        literal = at;
    }
    if literal < text.len() {
        out.push(Part::Literal(literal..text.len()));
    }
    out
}

/// The length of what stands in braces at the beginning, with the character before them and all braces in it.
fn closed(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, character) in text.char_indices().skip(1) {
        match character {
            '{' => depth += 1,
            '}' => depth = depth.checked_sub(1)?,
            _ => {}
        }
        if depth == 0 {
            return (at > 1).then_some(at + 1);
        }
    }
    None
}

/// Whether it begins with a source and what divides it from its address.
fn is_variable(content: &str) -> bool {
    let is_of_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    let rest = content.trim_start().trim_start_matches(is_of_name);
    rest.len() < content.len()
        && content.trim_start().starts_with(|c: char| c.is_ascii_alphabetic())
        && (rest.starts_with('(') || rest.starts_with(':') && !rest.starts_with("::"))
}

/// The alternatives of a variable: what is cut by commas that are in no braces, parentheses or quotes.
pub(super) fn alternatives(content: &str) -> Vec<&str> {
    let (mut out, mut depth, mut quote, mut from) = (Vec::new(), 0_usize, None, 0);
    for (at, character) in content.char_indices() {
        match (quote, character) {
            (Some(open), _) => quote = (open != character).then_some(open),
            (None, '"' | '\'') => quote = Some(character),
            (None, '{' | '(') => depth += 1,
            (None, '}' | ')') => depth = depth.saturating_sub(1),
            (None, ',') if depth == 0 => {
                out.push(content.get(from..at).unwrap_or_default().trim());
                from = at + 1;
            }
            (None, _) => {}
        }
    }
    out.push(content.get(from..).unwrap_or_default().trim());
    out
}

/// The text of a fallback that is written out.
pub(super) fn quoted(alternative: &str) -> Option<&str> {
    let quote = alternative.chars().next().filter(|first| matches!(first, '"' | '\''))?;
    alternative.strip_prefix(quote)?.strip_suffix(quote)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &str) -> Vec<String> {
        let shown = |part: Part| match part {
            Part::Literal(at) => format!("={}", text.get(at).unwrap()),
            Part::Variable(at) => format!("${}", text.get(at).unwrap()),
            Part::Pseudo(at) => format!("#{}", text.get(at).unwrap()),
        };
        parts(text).into_iter().map(shown).collect()
    }

    #[test]
    fn variables_of_the_framework_are_told_from_those_of_cloudformation() {
        assert_eq!(
            cut("arn:${AWS::Region}:${self:a.${opt:b, 'c'}.d}:#{AWS::AccountId}"),
            ["=arn:${AWS::Region}:", "$self:a.${opt:b, 'c'}.d", "=:", "#AWS::AccountId"]
        );
        assert_eq!(cut("${file(./x.yml):a}"), ["$file(./x.yml):a"]);
        for literal in ["${Bucket}", "${self:a", "$", "${}", "#{x}", "${!Literal}", "}{"] {
            assert_eq!(cut(literal), [format!("={literal}")], "{literal}");
        }
    }

    #[test]
    fn alternatives_are_cut_by_commas_outside() {
        assert_eq!(
            alternatives("opt:stage, self:a.${x:y, 'z'}, 'a, b'"),
            ["opt:stage", "self:a.${x:y, 'z'}", "'a, b'"]
        );
        assert_eq!(quoted("'a, b'"), Some("a, b"));
        assert_eq!(quoted("dev"), None);
    }
}
