//! Policies that AWS rejects because of their form.

use super::common::{label, of_policy};
use super::{Context, Rule};
use crate::ask::{Setting, Spot, statements};
use crate::config::nearest;
use crate::diagnostic::{Diagnostic, Effect, InStatement, Severity};
use crate::facts::Language;
use crate::graph::{Document, DocumentId, Graph, Id, Purpose};
use crate::iam::condition::{self, Operator};
use crate::iam::data;
use crate::iam::policy::Item;
use crate::iam::read::{self, Defect, DefectKind, OF_SID, is_placeholder};
use crate::value::Text;

pub(super) static RULE: Rule = Rule {
    name: "malformed-policy",
    summary: "a policy has an element or value that AWS rejects",
    effect: Effect::Rejected,
    severity: Severity::Error,
    family: "validity",
    since: "0.1.0",
    page: include_str!("../../rules/malformed-policy.md"),
    check,
};

/// What of all that can be wrong in a document this rule reports.
const KINDS: [DefectKind; 6] = [
    DefectKind::Case,
    DefectKind::UnknownElement,
    DefectKind::Exclusive,
    DefectKind::Missing,
    DefectKind::Value,
    DefectKind::Object,
];

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let graph = context.graph;
    for (id, document) in graph.documents.with_ids() {
        if document.policy.defects.is_empty() || is_foreign(document) {
            continue;
        }
        let mut of_sid: Option<Diagnostic> = None;
        for defect in document.policy.defects.iter().filter(|defect| is_told(context, defect, document)) {
            match &mut of_sid {
                // One mistake, made with each name.
                Some(first) if defect.fix == OF_SID => {
                    first.related.push(label(&spot_of(context, id, defect), defect.span, "not valid either"));
                }
                None if defect.fix == OF_SID => of_sid = Some(of_defect(context, id, defect)),
                _ => found.push(of_defect(context, id, defect)),
            }
        }
        found.extend(of_sid);
    }
    found.extend(statements(graph).filter(|setting| is_of_role(setting)).filter_map(outside_sts));
    found.extend(statements(graph).filter_map(without_resource));
}

/// Whether a file is a policy of another cloud, whose language looks like that of AWS and counts its versions.
///
/// <https://www.alibabacloud.com/help/en/ram/user-guide/policy-structure-and-syntax>
fn is_foreign(document: &Document) -> bool {
    let is_count = |version: &Text| version.as_literal().is_some_and(|it| it.len() <= 3 && !it.is_empty());
    let policy = &document.policy;
    document.purpose == Purpose::File
        && policy.version.as_ref().is_some_and(|version| is_count(&version.value))
}

/// Whether a defect is one to report: of a misspelt element it is not said, too, that the right one is missing, and what an
/// expression or somebody who deploys the template puts in is not known to be wrong.
fn is_told(context: &Context<'_>, defect: &Defect, document: &Document) -> bool {
    if !KINDS.contains(&defect.kind) {
        return false;
    }
    let is_misspelt = |other: &Defect| {
        other.kind == DefectKind::UnknownElement
            && defect.span.contains(other.span)
            && other.span != defect.span
    };
    let written = context.written(defect.span);
    match defect.kind {
        DefectKind::UnknownElement if is_beside(context, defect, document) => false,
        // A map of YAML has a blank behind its colon, as placeholders have some.
        DefectKind::Object => !is_filled_in(&written),
        DefectKind::Missing if document.policy.defects.iter().any(is_misspelt) => false,
        // A document that other blocks or modules put together may have no statements before somebody uses it.
        DefectKind::Missing if defect.statement.is_none() => is_document(&written),
        _ => !is_expression(&written),
    }
}

/// Whether a document is written out, without an element for its statements.
fn is_document(written: &str) -> bool {
    written.starts_with(['{', 'V', 'I', '"']) && !written.contains("Statement")
}

/// Whether what is written stands for something else: a reference, a call, a placeholder.
fn is_expression(written: &str) -> bool {
    let word = written.trim_matches(['"', '\'']);
    let name = word
        .trim_start_matches(|char: char| char.is_ascii_lowercase() || char.is_ascii_digit() || char == '_');
    let refers = name.len() < word.len() && name.starts_with(['.', '(', '[']);
    refers
        || is_filled_in(word)
        || !word.contains('\n') && is_placeholder(word) && !word.starts_with(['{', '['])
}

/// Whether a program puts something in.
fn is_filled_in(written: &str) -> bool {
    ["${", "{{", "<%", "%{"].iter().any(|mark| written.contains(mark))
}

/// Whether an element that no policy has stands in a description of which a program makes the policy: in YAML, which AWS does not take,
/// and in JSON without a version beside what describes a role. What looks like a slip, or stands in a policy elsewhere, is meant as
/// an element.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html>
fn is_beside(context: &Context<'_>, defect: &Defect, document: &Document) -> bool {
    const DESCRIBES: [&str; 7] =
        ["name", "path", "tags", "description", "managedpolicyarns", "rolename", "policyname"];
    let graph = context.graph;
    let unit = &graph.declarations[document.declaration].unit;
    if defect.statement.is_some() || graph.accounts.language(unit) != Some(Language::Policy) {
        return false;
    }
    let strange = |one: &Defect| {
        let written = context.written(one.span);
        let word = written.trim_matches(['"', '\'', ' ']);
        let is_meant = read::place_of(word).is_some() || nearest(word, one.names.iter().copied()).is_some();
        (one.kind == DefectKind::UnknownElement && one.statement.is_none() && !is_meant)
            .then(|| word.to_ascii_lowercase())
    };
    let path = context.path(defect.span);
    let is_yaml = [".yaml", ".yml"].iter().any(|ending| path.ends_with(ending));
    let describes = |word: String| DESCRIBES.contains(&word.as_str());
    let policy = &document.policy;
    strange(defect).is_some()
        && (is_yaml || policy.version.is_none() && policy.defects.iter().filter_map(strange).any(describes))
}

fn of_defect<'g>(context: &Context<'g>, id: DocumentId, defect: &'g Defect) -> Diagnostic {
    let graph: &Graph = context.graph;
    let document = &graph.documents[id];
    let address = graph.address(document.declaration);
    // Some services store a statement that lacks something, and it means nothing.
    let is_lenient =
        matches!(document.purpose, Purpose::Resource(_)) && !["kms", "s3"].contains(&&*document.service);
    let then = match defect.kind {
        DefectKind::Case => "AWS can reject the policy",
        DefectKind::Missing if is_lenient => "AWS rejects or ignores a statement in the policy",
        _ => "AWS rejects the policy",
    };
    let message = format!("{then} of `{address}`: {}", defect.message);
    let spot = spot_of(context, id, defect);
    let written = context.written(defect.span);
    let word = written.trim_matches(['"', '\'', ' ']);
    let help = match defect.kind {
        DefectKind::UnknownElement if is_of_other_type(graph, document) => OTHER_TYPE.to_owned(),
        DefectKind::UnknownElement if has_no_element(document) => PUT_LATER.to_owned(),
        DefectKind::UnknownElement => of_element(word, defect),
        DefectKind::Exclusive => "keep one of both".to_owned(),
        DefectKind::Case => "write the name as AWS does: upper and lower case matter".to_owned(),
        _ if defect.fix.is_empty() => "write what the policy language has here".to_owned(),
        _ => defect.fix.to_string(),
    };
    let finding =
        RULE.on(&spot, message, "not valid in a policy").help(help).about([defect.message.as_str()]);
    // Of names in another case, no page says that they are rejected everywhere; and what is no policy at all may become one.
    let is_minor = defect.kind == DefectKind::Case
        || defect.kind == DefectKind::UnknownElement
            && has_no_element(document)
            && !is_of_other_type(graph, document);
    let finding = if is_minor { finding.severity(Severity::Info) } else { finding };
    of_policy(finding, &spot)
}

/// What to do about an element that no policy has. Parts of a condition are not to be removed: the statement would do without it.
fn of_element(word: &str, defect: &Defect) -> String {
    if !defect.fix.is_empty() {
        return defect.fix.to_string();
    }
    if Operator::parse(word).is_some() {
        return format!("put it into `Condition`: `\"Condition\": {{\"{word}\": …}}`");
    }
    if data::condition_key(word).is_some() {
        let operator = condition::fitting(word, [], false);
        let operator = operator.as_deref().unwrap_or("OPERATOR");
        return format!(
            "put it into `Condition`, under an operator: `\"Condition\": {{\"{operator}\": {{\"{word}\": …}}}}`"
        );
    }
    match (read::place_of(word), nearest(word, defect.names.iter().copied())) {
        (Some(place), _) => format!("move `{word}` {place}, or remove it"),
        (None, Some(near)) => format!("write `{near}`"),
        (None, None) => format!("remove `{word}`"),
    }
}

/// What to do about a policy that may be of another type, such as those for tags, backups or chat applications.
///
/// <https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies.html>
const OTHER_TYPE: &str = "service control and resource control policies have a `Statement`: if the policy is of another type, set `type` (Terraform) or `Type` (CloudFormation) to that";

/// What to do about what looks like no policy.
const PUT_LATER: &str = "write a policy with `Version` and `Statement`; if a program puts one here before the template is deployed, such as \
                         the content of a file, analyze what it makes and ignore this finding";

/// Whether a document has nothing of what policies have: it may be a notation of the program that makes the template.
fn has_no_element(document: &Document) -> bool {
    let policy = &document.policy;
    policy.statements.is_empty() && policy.version.is_none()
}

/// Whether a policy of an organization has nothing of what those with statements have.
fn is_of_other_type(graph: &Graph, document: &Document) -> bool {
    ["aws_organizations_policy", "AWS::Organizations::Policy"]
        .contains(&&*graph.declarations[document.declaration].type_name)
        && has_no_element(document)
}

fn spot_of<'g>(context: &Context<'g>, id: DocumentId, defect: &'g Defect) -> Spot<'g> {
    let graph = context.graph;
    let declaration = graph.documents[id].declaration;
    Spot {
        when: Some(&defect.when),
        statement: defect.statement.map(|number| InStatement::of(id.position(), number)),
        ..Spot::of(graph, declaration, defect.span, defect.present)
    }
}

fn is_of_role(setting: &Setting<'_>) -> bool {
    matches!(setting.document.purpose, Purpose::Trust(_))
}

/// An action of another service than STS in a trust policy, or of all services: `AssumeRole policy may only specify STS
/// AssumeRole actions`, says IAM.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies-trust.html>
fn outside_sts(setting: Setting<'_>) -> Option<Diagnostic> {
    let is_outside = |item: &&Item<Text>| {
        let written = item.value.as_literal();
        written
            .is_some_and(|name| *name == *"*" || name.contains(':') && !item.value.begins_with_folded("sts:"))
    };
    let item = setting.statement.actions.items.iter().find(is_outside)?;
    let subject = setting.subject();
    let message =
        format!("AWS rejects the trust policy of {subject}: `{}` is not an action of STS", item.text);
    let help = "name the actions by which the role is assumed, such as `sts:AssumeRole`; what the role is allowed to do \
                belongs in its permissions";
    let finding = RULE.on(&setting.item(item), message, "not an action of STS").help(help);
    Some(of_policy(finding.about([item.text.to_string()]), &setting.item(item)))
}

/// A statement of an identity policy without `Resource` and `NotResource`: `Policy statement must contain resources`, says IAM.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html>
fn without_resource(setting: Setting<'_>) -> Option<Diagnostic> {
    let statement = setting.statement;
    let is_identity = setting.document.purpose == Purpose::Identity;
    // Of an element that is misspelt it is said already; a policy with principals is none of an identity.
    let is_told = |defect: &Defect| KINDS.contains(&defect.kind) && statement.span.contains(defect.span);
    let is_open = statement.conditions_open || statement.principals.is_some();
    if !is_identity
        || statement.resources.is_some()
        || is_open
        || setting.document.policy.defects.iter().any(is_told)
    {
        return None;
    }
    let message = format!(
        "AWS rejects the policy of {}: the statement has neither `Resource` nor `NotResource`",
        setting.subject()
    );
    let place = statement.actions.key_span;
    let help = "add a `Resource`, `*` where the actions have none; `aws_iam_policy_document` leaves an empty list out";
    let finding = RULE.on(&setting.spot(place), message, "on no resource").help(help);
    Some(of_policy(finding.about(["Resource"]), &setting.spot(place)))
}
