//! Policy files with placeholders, which somebody fills in before they are used: what is wrong in one is said once, as an
//! info.

use rustc_hash::FxHashSet;

use crate::diagnostic::{Diagnostic, Severity};
use crate::facts::{Language, Unit};
use crate::report::counted;
use crate::source::{SourceId, Sources};

/// Leaves one finding for each policy file with placeholders.
pub(super) fn fold(findings: &mut Vec<Diagnostic>, units: &[Unit], sources: &Sources) {
    let is_policy_file = |id: SourceId| {
        let path = sources.path(id);
        units.iter().any(|unit| unit.language == Language::Policy && unit.path == path)
    };
    let with_findings: FxHashSet<SourceId> = findings
        .iter()
        .filter(|one| one.severity > Severity::Info)
        .map(|one| one.primary.span.source)
        .collect();
    for id in with_findings {
        if is_policy_file(id) && has_placeholders(&sources.text_or_empty(id)) {
            fold_file(findings, id);
        }
    }
}

fn fold_file(findings: &mut Vec<Diagnostic>, id: SourceId) {
    let is_here = |one: &Diagnostic| one.primary.span.source == id;
    let many = findings.iter().filter(|one| is_here(one)).count();
    findings.sort_by_key(|one| (one.severity, std::cmp::Reverse(one.primary.span)));
    let Some(worst) = findings.iter().rposition(is_here) else { return };
    let mut worst = findings.remove(worst);
    findings.retain(|one| !is_here(one));
    worst.severity = Severity::Info;
    let others = match many {
        0 | 1 => String::new(),
        many => format!("; {} hidden", counted(many - 1, "other finding")),
    };
    worst.message = format!("{} (this policy file has placeholders{others})", worst.message);
    findings.push(worst);
}

/// Whether a string of JSON text is empty, or has a part that is to be filled in: `<account>`, `{{ account }}`, `${ACCOUNT}`.
/// The console writes `"Sid": ""`.
fn has_placeholders(text: &str) -> bool {
    let strings: Vec<&str> = text.split('"').skip(1).step_by(2).collect();
    let mut before = "";
    strings.into_iter().any(|string| {
        let is_name = matches!(std::mem::replace(&mut before, string), "Sid" | "Id");
        (string.is_empty() && !is_name) || is_open(string)
    })
}

fn is_open(string: &str) -> bool {
    let between = |open: &str, close: &str| Some(string.split_once(open)?.1.split_once(close)?.0);
    let is_name = |name: &str| {
        !name.is_empty()
            && name.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
    };
    between("<", ">").is_some_and(|name| !name.is_empty())
        || between("{{", "}}").is_some()
        || between("${", "}").is_some_and(is_name)
}

#[cfg(test)]
mod tests {
    use super::has_placeholders;

    #[test]
    fn placeholders_are_empty_or_marked_strings() {
        for open in [
            r#"{"AWS": ""}"#,
            r#"["arn:aws:iam::<account>:root"]"#,
            r#"["{{ arn }}"]"#,
            r#"["${ACCOUNT_ID}"]"#,
        ] {
            assert!(has_placeholders(open), "{open}");
        }
        for whole in [r#"{"Sid": "", "Resource": "*"}"#, r#"["${aws:username}", "${*}"]"#, r#"["a<b"]"#, ""] {
            assert!(!has_placeholders(whole), "{whole}");
        }
    }
}
