//! References that were left as text.

use super::{Context, Rule};
use crate::ask::{Setting, statements};
use crate::diagnostic::{Diagnostic, Effect, Severity};
use crate::graph::Purpose;
use crate::iam::condition;
use crate::iam::policy::Item;
use crate::value::Text;

pub(super) static RULE: Rule = Rule {
    name: "uninterpolated-text",
    summary: "a reference is left as text in a policy, so it matches nothing",
    effect: Effect::Dead,
    severity: Severity::Error,
    family: "validity",
    since: "0.1.0",
    page: include_str!("../../rules/uninterpolated-text.md"),
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for setting in statements(context.graph) {
        if setting.document.purpose == Purpose::File {
            continue;
        }
        let statement = setting.statement;
        let resources = statement.resources.iter().flat_map(|clause| &clause.items);
        let values = statement.conditions.iter().flat_map(|condition| condition.values.iter());
        for item in resources.chain(values) {
            // Functions of org-formation are written as text and have variables of their own.
            // https://github.com/org-formation/org-formation-cli/blob/master/docs/cloudformation-resources.md
            if item.text.begins_with("Fn::") {
                continue;
            }
            let left = condition::left_as_text(&item.text);
            if let Some(left) = left.filter(|_| is_final(context, &setting, item)) {
                found.push(finding(context, &setting, item, &left));
            }
        }
    }
}

/// Whether nothing fills the text in any more: it stands in a template of CloudFormation itself, or is declared in Terraform. What
/// becomes of a policy file before somebody applies it is not known.
fn is_final(context: &Context<'_>, setting: &Setting<'_>, item: &Item<Text>) -> bool {
    let declaration = &setting.graph.declarations[setting.document.declaration];
    if declaration.type_name.starts_with("AWS::") {
        let text = context.text(declaration.span.source);
        let is_template = text.contains("Resources:") || text.contains("\"Resources\"");
        return is_template && item.span.source == declaration.span.source;
    }
    let path = context.path(declaration.span);
    [".tf", ".tofu", ".tf.json"].iter().any(|ending| path.ends_with(ending))
}

fn finding(context: &Context<'_>, setting: &Setting<'_>, item: &Item<Text>, left: &str) -> Diagnostic {
    let declaration = &setting.graph.declarations[setting.document.declaration];
    let help = help(context, item, left, declaration.type_name.starts_with("AWS::"));
    let message = format!(
        "`{left}` in {} is text, neither a reference nor a policy variable, so AWS matches nothing with it",
        setting.subject()
    );
    let finding =
        RULE.on(&setting.item(item), message, "left as text").help(help).about([item.text.to_string()]);
    // A template without any `Sub` may be the text that a `Sub` of another template fills in.
    let is_part = declaration.type_name.starts_with("AWS::") && {
        let text = context.text(item.span.source);
        !text.contains("!Sub") && !text.contains("Fn::Sub")
    };
    if is_part { finding.severity(Severity::Info) } else { finding }
}

/// How the reference is filled in, without that the policy variables beside it are.
///
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference-sub.html>
/// <https://developer.hashicorp.com/terraform/language/expressions/strings>
fn help(context: &Context<'_>, item: &Item<Text>, left: &str, is_template: bool) -> String {
    let has_variables = condition::has_variable(&item.text);
    if !is_template {
        let escaped = if has_variables { ", in which a policy variable is `$${…}`" } else { "" };
        return format!(
            "write `${{` with one `$`, and read a file with `templatefile()`{escaped}, not with `file()`"
        );
    }
    let escaped = if has_variables { ", and write policy variables as `${!…}`" } else { "" };
    let sub = format!("put the text under `Fn::Sub` (`!Sub`){escaped}");
    let name = left.trim_start_matches("${").trim_end_matches('}').split('.').next().unwrap_or_default();
    let text = context.text(item.span.source);
    let declares = |line: &str| {
        line.trim_start()
            .trim_start_matches(['"', '\''])
            .strip_prefix(name)
            .is_some_and(|rest| rest.trim_start_matches(['"', '\'']).trim_start().starts_with(':'))
    };
    if name.contains("::") || text.lines().any(declares) {
        sub
    } else {
        format!("declare a parameter `{name}`, and {sub}")
    }
}
