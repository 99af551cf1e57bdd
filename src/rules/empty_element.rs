//! Elements without a value, and names of statements that occur twice.

use rustc_hash::FxHashMap;

use super::common::{beside, of_policy};
use super::{Context, Rule};
use crate::ask::{Setting, Spot};
use crate::diagnostic::{Diagnostic, Effect, InStatement, Severity};
use crate::graph::{Document, DocumentId, Id, Purpose};
use crate::iam::read::{BY_REFERENCE, Defect, DefectKind};
use crate::value::{Because, Text};

pub(super) static RULE: Rule = Rule {
    name: "empty-element",
    summary: "an element of a statement is empty, or two statements have the same Sid",
    effect: Effect::Dead,
    severity: Severity::Warning,
    family: "validity",
    since: "0.1.0",
    page: include_str!("../../rules/empty-element.md"),
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for (id, document) in context.graph.documents.with_ids() {
        let empty = document.policy.defects.iter().filter(|defect| defect.kind == DefectKind::Empty);
        let empty = empty.filter(|defect| !is_given_elsewhere(context, document, defect));
        found.extend(empty.map(|defect| of_defect(context, id, defect)));
        // Other services than IAM ask for names that differ, and take those that do not.
        // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_sid.html
        if matches!(document.purpose, Purpose::Trust(_) | Purpose::Identity)
            && document.policy.statements.len() > 1
        {
            repeated(context, id, found);
        }
    }
}

/// Whether what is empty by default is a variable of a root of which no file of values is known, and one elsewhere has the
/// variable: scripts hand files of `etc` to the roots of `components`.
fn is_given_elsewhere(context: &Context<'_>, document: &Document, defect: &Defect) -> bool {
    let Some(variable) = defect.unset.as_ref().and_then(|input| input.strip_prefix("var.")) else {
        return false;
    };
    let unit = &context.graph.declarations[document.declaration].unit;
    unit.deployment().is_plain() && context.is_given_somewhere(variable)
}

fn of_defect(context: &Context<'_>, id: DocumentId, defect: &Defect) -> Diagnostic {
    let graph = context.graph;
    let declaration = graph.documents[id].declaration;
    let so = if is_left_out(context, &graph.documents[id], defect) {
        "IAM rejects the policy"
    } else {
        "the statement matches nothing"
    };
    // What stands where the list does may be an expression that gives an empty one.
    let is_expression = defect.list.is_some_and(|place| !is_written_empty(&context.written(place)));
    let (how, help) = if is_expression { BY_REFERENCE } else { ("", &*defect.fix) };
    let what = format!("{}{how}", defect.message);
    let until = defect.unset.as_ref().map(|input| format!(" until `{input}` is set")).unwrap_or_default();
    let address = graph.address(declaration);
    let message = format!("in the policy of `{address}` {what}, so {so}{until}");
    let spot = Spot {
        when: Some(&defect.when),
        statement: defect.statement.map(|number| InStatement::of(id.position(), number)),
        ..Spot::of(graph, declaration, defect.span, defect.present)
    };
    let finding = RULE.on(&spot, message, "empty").about([what]);
    // Whoever deploys it sets the value, or has no use for the statement.
    let finding = if help.is_empty() {
        finding.help("list what is meant, or remove the statement")
    } else {
        finding.severity(Severity::Info).help(help.to_owned())
    };
    of_policy(finding, &spot)
}

/// Whether a text says itself that there is nothing: brackets with only white space and comments in them.
fn is_written_empty(text: &str) -> bool {
    let inside = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let is_nothing = |line: &str| line.trim().is_empty() || line.trim_start().starts_with(['#', '/']);
    matches!(text, "" | "~" | "null") || inside.is_some_and(|inside| inside.lines().all(is_nothing))
}

/// Whether a policy of IAM comes without the element: where the data source of Terraform composes it, an empty list is left out,
/// and IAM takes no statement without actions or resources, and in a trust policy none without principals.
///
/// <https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/iam/policy_document_data_source.go>
/// <https://github.com/terraform-aws-modules/terraform-aws-iam/issues/603>
fn is_left_out(context: &Context<'_>, document: &Document, defect: &Defect) -> bool {
    const OF_DATA_SOURCE: [&str; 4] = ["actions", "not_actions", "resources", "not_resources"];
    const OF_TRUST: [&str; 2] = ["principals", "not_principals"];
    let names: &[&str] = match document.purpose {
        Purpose::Identity => &OF_DATA_SOURCE,
        Purpose::Trust(_) => &OF_TRUST,
        _ => &[],
    };
    defect.kind == DefectKind::Empty && names.contains(&context.written(defect.span).trim_matches('"'))
}

/// Statements of one document with the same name, each that is certainly there.
fn repeated(context: &Context<'_>, id: DocumentId, found: &mut Vec<Diagnostic>) {
    let mut first: FxHashMap<String, Setting<'_>> = FxHashMap::default();
    for setting in Setting::all(context.graph, id).filter(|setting| setting.statement.present.is_yes()) {
        let Some(sid) = &setting.statement.sid else { continue };
        let Some(name) = sid.as_literal().filter(|name| !name.is_empty() && !is_of_variable(sid)) else {
            continue;
        };
        let Some(before) = first.get(&*name) else {
            first.insert(name.into_owned(), setting);
            continue;
        };
        let place = sid.span().unwrap_or(setting.statement.span);
        let subject = setting.subject();
        let message = format!("AWS rejects the policy of {subject}: two statements have the `Sid` `{name}`");
        let mut finding = RULE
            .on(&setting.spot(place), message, "second of this name")
            .help("give each statement a name of its own, or none")
            .about([name.as_ref()]);
        if let Some(place) = before.statement.sid.as_deref().and_then(Text::span) {
            finding = finding.related(beside(before, place, "first of this name"));
        }
        found.push(of_policy(finding, &setting.spot(place)));
    }
}

/// Whether a name is what a variable holds when nobody sets it.
fn is_of_variable(sid: &Text) -> bool {
    sid.symbols().any(|symbol| symbol.because == Because::Input)
}
