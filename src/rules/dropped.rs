//! Conditions that are written in Terraform, but that no policy has: a module reads another name, the type of a variable does not
//! have the attribute, or a dynamic block is empty. Whoever reads the code takes the finding for wrong, so it says what is lost.

use std::ops::Range;

use super::Context;
use super::common::beside;
use crate::ask::Setting;
use crate::bounds;
use crate::diagnostic::Diagnostic;
use crate::iam::policy::Item;
use crate::source::Span;

/// Adds what became of the condition that is written for a statement without one.
pub(super) fn with_dropped<T>(
    context: &Context<'_>,
    setting: &Setting<'_>,
    item: &Item<T>,
    mut finding: Diagnostic,
) -> Diagnostic {
    let statement = setting.statement;
    if !statement.conditions.is_empty() || statement.conditions_open {
        return finding;
    }
    let of_caller = written_by_caller(context, item.span, statement.span);
    let of_module = empty_block(context, statement.span);
    let lost = match (of_caller, of_module) {
        (None, None) => return finding,
        (Some(_), _) => "the condition written there is not passed on to the policy",
        (None, Some(_)) => "the `condition` block is left out, because its `for_each` is empty",
    };
    if let Some(span) = of_caller {
        finding = finding.related(beside(setting, span, "condition that the policy does not have"));
    }
    let (place, text) = match of_module {
        Some(span) => (span, "adds no condition here"),
        None => (statement.span, "statement without a condition"),
    };
    finding = finding.related(beside(setting, place, text));
    let help = finding.help.take().unwrap_or_default();
    finding.help(format!("{help}; {lost}"))
}

/// The condition beside a principal that a statement elsewhere takes.
fn written_by_caller(context: &Context<'_>, principal: Span, statement: Span) -> Option<Span> {
    // In templates of CloudFormation `Condition` says whether a resource is deployed.
    let path = context.path(principal);
    if ![".tf", ".tofu", ".tfvars", ".hcl"].iter().any(|ending| path.ends_with(ending)) {
        return None;
    }
    let text = context.text(principal.source);
    let at = principal.range().start;
    let mut inside = at;
    for _ in 0..bounds::BRACES_AROUND {
        let braces = around(&text, inside, at)?;
        // The statement is written there, and its conditions were read.
        if statement.source == principal.source && braces.contains(&statement.range().start) {
            return None;
        }
        if let Some(name) = condition_in(&text, &braces) {
            return Some(Span::new(principal.source, name.start, name.end));
        }
        inside = braces.start;
    }
    None
}

/// The `dynamic "condition"` of a statement that is a block.
fn empty_block(context: &Context<'_>, statement: Span) -> Option<Span> {
    const HEADER: &str = "dynamic \"condition\"";
    // No two words of JSON stand so beside each other.
    if context.path(statement).rsplit('.').next() == Some("json") {
        return None;
    }
    let text = context.text(statement.source);
    let start = statement.range().start;
    let open = start + text.get(start..)?.find('{')?;
    let body = open..open + closing(text.get(open..)?)?;
    let at = body.start + text.get(body)?.find(HEADER)?;
    Some(Span::new(statement.source, at, at + HEADER.len()))
}

/// The braces around a place.
fn around(text: &str, place: usize, principal: usize) -> Option<Range<usize>> {
    let mut depth = 0_usize;
    let before =
        text.get(principal.saturating_sub(bounds::NEAR_PRINCIPAL)..place).or_else(|| text.get(..place))?;
    for (back, char) in before.char_indices().rev() {
        match char {
            '}' => depth += 1,
            '{' if depth == 0 => {
                let start = place - (before.len() - back);
                return Some(start..start + closing(text.get(start..)?)?);
            }
            '{' => depth -= 1,
            _ => {}
        }
    }
    None
}

/// Where the brace that a text begins with is closed.
fn closing(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, char) in text.char_indices().take(bounds::NEAR_PRINCIPAL) {
        match char {
            '{' => depth += 1,
            '}' if depth == 1 => return Some(at),
            '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    None
}

/// The name of an argument for conditions right inside of braces.
fn condition_in(text: &str, braces: &Range<usize>) -> Option<Range<usize>> {
    let (mut depth, mut at) = (0_i32, braces.start);
    for line in text.get(braces.clone())?.split_inclusive('\n') {
        let name = line.trim_start();
        let start = at + (line.len() - name.len());
        let bare = name.trim_start_matches('"');
        let end = bare.find(|char: char| !char.is_ascii_alphabetic()).unwrap_or(bare.len());
        let word = bare.get(..end).unwrap_or_default();
        let behind = bare.get(end..).unwrap_or_default().trim_start_matches(['"', ' ', '\t']);
        let is_condition = ["condition", "conditions"].iter().any(|it| word.eq_ignore_ascii_case(it));
        if depth == 1 && is_condition && behind.starts_with(['=', ':']) {
            return Some(start + (name.len() - bare.len())..start + (name.len() - bare.len()) + end);
        }
        for char in line.chars() {
            match char {
                '{' | '[' | '(' => depth += 1,
                '}' | ']' | ')' => depth -= 1,
                _ => {}
            }
        }
        at += line.len();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::{around, condition_in};

    #[test]
    fn the_condition_beside_a_principal_is_found() {
        let text = "x = {\n  principals = [{\n    identifiers = [\"p\"]\n  }]\n  condition = {\n    a = 1\n  }\n}\ncondition = 1\n";
        let place = text.find("\"p\"").unwrap();
        let inner = around(text, place, place).unwrap();
        assert_eq!(condition_in(text, &inner), None);
        let outer = around(text, inner.start, place).unwrap();
        let found = condition_in(text, &outer).unwrap();
        assert_eq!(text.get(found.clone()), Some("condition"));
        assert!(found.start < text.rfind("condition").unwrap());
        assert_eq!(around(text, outer.start, place), None);
    }
}
