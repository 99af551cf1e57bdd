//! What expressions mark as sensitive where they write it, for files that leave the machine.

use crate::facts::Secret;
use crate::source::{SourceId, Sources, Span};
use crate::value::{Because, Class, Origin, Symbol};

/// The call that marks its argument.
///
/// <https://developer.hashicorp.com/terraform/language/functions/sensitive>
const CALL: &str = "sensitive(";

/// The texts that stand as arguments of `sensitive` in the files of a project.
pub fn written_secrets(sources: &Sources) -> Vec<Secret> {
    let files = sources.ids().filter(|id| super::claims(sources.path(*id)));
    files.flat_map(|id| marked(id, &sources.text_or_empty(id))).collect()
}

fn marked(source: SourceId, text: &str) -> Vec<Secret> {
    let is_name = |letter: char| letter.is_alphanumeric() || letter == '_';
    let calls = text
        .match_indices(CALL)
        .filter(|(at, _)| !text.get(..*at).is_some_and(|before| before.ends_with(is_name)));
    let each = calls.filter_map(|(at, call)| {
        let begin = at + call.len();
        let written = text.get(begin..)?;
        let inner = written.trim_start().strip_prefix('"')?;
        let start = begin + written.len() - inner.len();
        let end = closing(inner)?;
        let hidden = inner.get(..end)?;
        let origin = Origin::described("a text that is marked as sensitive");
        Some(Secret {
            span: Span::new(source, start, start + end),
            symbol: Symbol::new(Class::Opaque, origin, Because::Input),
            texts: vec![hidden.into()],
        })
    });
    each.collect()
}

/// Where a text in quotes ends.
fn closing(text: &str) -> Option<usize> {
    let mut is_escaped = false;
    let mut ends = text.char_indices().filter(|(_, letter)| {
        let ends = *letter == '"' && !is_escaped;
        is_escaped = *letter == '\\' && !is_escaped;
        ends
    });
    ends.next().map(|(at, _)| at)
}
