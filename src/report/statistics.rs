//! How much of the policies is resolved, as a table for people.

use crate::facts::Language;
use crate::statistics::{ByLanguage, Element, Resolution, Statistics};
use crate::value::Because;

/// A table for each template language. Shares are of all leaves; `usable` are those that can be compared:
/// concrete, of an entity, or with an identity.
pub fn statistics(statistics: &Statistics) -> String {
    let mut lines = Vec::new();
    for (language, counts) in &statistics.languages {
        lines.push(format!(
            "{:<24} {:>7} {:>9} {:>7} {:>6} {:>7} {:>8} {:>7}",
            name(*language),
            "total",
            "concrete",
            "entity",
            "keyed",
            "partly",
            "unknown",
            "usable"
        ));
        lines.extend(Element::ALL.iter().map(|element| row(*element, counts)));
        let causes = counts.causes.iter().map(|(cause, count)| format!("{} {count}", because(*cause)));
        let causes: Vec<_> = causes.collect();
        if !causes.is_empty() {
            lines.push(format!("  not concrete because of: {}", causes.join(", ")));
        }
    }
    if lines.is_empty() {
        return "no policies".to_owned();
    }
    lines.join("\n")
}

fn row(element: Element, counts: &ByLanguage) -> String {
    let count = counts.count(element);
    let [concrete, entity, keyed, partly, unknown] = count.levels;
    let share = |part: usize| {
        let tenths = (part * 1_000 + count.total() / 2).checked_div(count.total()).unwrap_or(0);
        format!("{}.{}%", tenths / 10, tenths % 10)
    };
    format!(
        "  {:<22} {:>7} {:>9} {:>7} {:>6} {:>7} {:>8} {:>7}",
        noun(element),
        count.total(),
        share(concrete),
        share(entity),
        share(keyed),
        share(partly),
        share(unknown),
        share(count.up_to(Resolution::Keyed))
    )
}

fn name(language: Language) -> &'static str {
    match language {
        Language::Terraform => "terraform",
        Language::CloudFormation => "cloudformation",
        Language::Policy => "policy files",
        Language::Snapshot => "snapshots",
        Language::Manifest => "manifests",
    }
}

fn noun(element: Element) -> &'static str {
    match element {
        Element::Policies => "policies",
        Element::Principals => "principals",
        Element::AwsPrincipals => "AWS principals",
        Element::Actions => "actions",
        Element::Resources => "resources",
        Element::Conditions => "condition values",
    }
}

fn because(cause: Because) -> &'static str {
    match cause {
        Because::Input | Because::Unset => "inputs",
        Because::Computed => "computed attributes",
        Because::Lookup => "look-ups",
        Because::Module => "modules elsewhere",
        Because::Remote => "state and exports elsewhere",
        Because::Run => "the run",
        Because::Expression => "expressions",
        Because::Undeclared => "undeclared names",
        Because::Bound => "bounds",
    }
}
