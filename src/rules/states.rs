//! Outputs of states in messages, as the expressions that are underlined name them.

use std::collections::BTreeSet;

use super::{Context, Rule};
use crate::diagnostic::Diagnostic;

/// How a state begins that is told by where it lies: the same one has that name wherever it is read.
const STATE: &str = "data.terraform_remote_state[\"";

/// How an expression names it.
const REFERENCE: &str = "data.terraform_remote_state.";

/// Where the name of a state ends, and its outputs begin.
const OUTPUTS: &str = "\"].outputs";

impl Context<'_> {
    /// What a rule finds.
    pub(crate) fn found_by(&self, rule: &Rule) -> Vec<Diagnostic> {
        let mut found = Vec::new();
        (rule.check)(self, &mut found);
        self.name_states(&mut found);
        self.spell(&mut found);
        found.iter_mut().for_each(Diagnostic::fit);
        found
    }

    /// Writes states in the words of findings as it is done where they point to, when that is said in one way.
    fn name_states(&self, found: &mut [Diagnostic]) {
        for finding in found {
            let words = || std::iter::once(&*finding.message).chain(finding.help.as_deref());
            if !words().any(|text| text.contains(STATE)) {
                continue;
            }
            let labels = std::iter::once(&finding.primary).chain(&finding.related);
            let names: BTreeSet<String> =
                labels.flat_map(|label| references(&self.written(label.span))).collect();
            let mut names = names.into_iter();
            let (Some(only), None) = (names.next(), names.next()) else { continue };
            finding.message = named(&finding.message, &only);
            finding.help = finding.help.take().map(|help| named(&help, &only).into());
        }
    }
}

/// The states that an expression reads, with `.outputs` where it has that: until 0.12 there was none.
fn references(written: &str) -> BTreeSet<String> {
    let reference = |(at, _): (usize, &str)| {
        let rest = written.get(at + REFERENCE.len()..)?;
        let end =
            rest.find(|char: char| !char.is_alphanumeric() && !"-_".contains(char)).unwrap_or(rest.len());
        let name = rest.get(..end)?;
        let outputs = if rest.get(end..)?.starts_with(".outputs") { ".outputs" } else { "" };
        Some(format!("{REFERENCE}{name}{outputs}"))
    };
    written.match_indices(REFERENCE).filter_map(reference).collect()
}

/// A text with the state called by a reference.
fn named(text: &str, reference: &str) -> String {
    let mut whole = String::new();
    let mut rest = text;
    while let Some((before, state)) = rest.split_once(STATE) {
        let Some((_, after)) = state.split_once(OUTPUTS) else { break };
        whole.extend([before, reference]);
        rest = after;
    }
    whole + rest
}
