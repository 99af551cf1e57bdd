//! URLs of functions that ask nobody who they are.

use super::common::is_same;
use crate::ask::Setting;
use crate::diagnostic::{Diagnostic, Severity};
use crate::facts::{Declaration, Language};
use crate::graph::Purpose;
use crate::iam::condition::{self, Presence};
use crate::iam::policy::{Condition, Item, Statement};
use crate::iam::principal::Principal;
use crate::value::{Text, Value};

/// Whether a statement opens a function only at a URL that asks nobody who they are, which is how a template says
/// that everyone is meant; or leaves that to the permission for the URL.
///
/// <https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html>
pub(super) fn is_opened_by(statement: &Statement, request: &condition::Context) -> bool {
    let needs = |key: &'static str, presence: Presence| {
        let request = request.with(key, presence);
        condition::satisfiable(&statement.conditions, statement.conditions_open, &request).is_no()
    };
    let one = |word: &str| Presence::Values(vec![Text::literal(word, statement.span)]);
    let by_url = |action: &str| statement.actions.takes(action).is_yes();
    let unauthenticated = needs("lambda:FunctionUrlAuthType", one("AWS_IAM"));
    let through_url = needs("lambda:InvokedViaFunctionUrl", Presence::Absent)
        && needs("lambda:InvokedViaFunctionUrl", one("false"));
    (unauthenticated && by_url("lambda:InvokeFunctionUrl"))
        || (through_url && !by_url("lambda:InvokeFunctionUrl"))
}

/// What is said where a URL asks nobody who they are. `NONE` states that public access is intended, and there is no other
/// way to let fewer in: a principal or a condition on the caller shuts everybody out, because nobody is authenticated. Of the two
/// permissions that the provider or the transform makes, that for the URL is told.
///
/// <https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html>
pub(super) fn told(setting: &Setting<'_>, item: &Item<Principal>, finding: Diagnostic) -> Option<Diagnostic> {
    let by_url = setting.statement.actions.takes("lambda:InvokeFunctionUrl").is_yes();
    let permission = &setting.graph.declarations[setting.document.declaration];
    let asks = authorizations(setting, permission);
    if by_url && !asks.is_empty() && asks.iter().all(|asks| asks.is_literally("AWS_IAM")) {
        return Some(idle(setting, finding));
    }
    let mut finding = finding.severity(Severity::Info).help(help(setting));
    // What the provider or the transform makes of `NONE` has no condition that anybody wrote.
    let written = item.text.span();
    let is_made = |condition: &Condition| {
        condition.values.iter().all(|value| value.text.span().is_some() && value.text.span() == written)
    };
    let conditions = &setting.statement.conditions;
    let function = match setting.document.purpose {
        Purpose::Resource(resource) => Some(&setting.graph.resources[resource]),
        _ => None,
    };
    if let Some(function) = function.filter(|_| !conditions.is_empty() && conditions.iter().all(is_made)) {
        if setting.statement.actions.takes("lambda:InvokeFunctionUrl").is_no() {
            return None;
        }
        let address = setting.graph.address(function.declaration);
        finding.message = format!(
            "anyone can invoke the function `{address}` by its URL: its authorization type is `NONE`"
        );
        finding.related.clear();
    }
    Some(finding)
}

/// What is said of a permission for requests without authentication to a URL that takes none.
fn idle(setting: &Setting<'_>, finding: Diagnostic) -> Diagnostic {
    let mut finding =
        finding.severity(Severity::Info).help("remove it: it lets everyone in as soon as the type is `NONE`");
    finding.message =
        format!("{} allows nothing: the authorization type of the URL is `AWS_IAM`", setting.subject());
    finding.primary.text = "matches no request".into();
    finding.related.clear();
    finding
}

/// What changes who is let in, in the terms of the language. URLs made since October 2025 ask for both permissions.
///
/// <https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html>
fn help(setting: &Setting<'_>) -> &'static str {
    match setting.graph.accounts.language(setting.unit()) {
        Some(Language::Terraform) => {
            "if this is intended, ignore it with the reason; otherwise set `authorization_type` of the URL to `AWS_IAM` and allow its callers `lambda:InvokeFunctionUrl` and `lambda:InvokeFunction`"
        }
        Some(Language::CloudFormation) => {
            "if this is intended, ignore it with the reason; otherwise set `AuthType` of the URL to `AWS_IAM` and allow its callers `lambda:InvokeFunctionUrl` and `lambda:InvokeFunction`"
        }
        _ => {
            "if this is intended, ignore it with the reason; otherwise set the authorization type of the URL to `AWS_IAM` and allow its callers `lambda:InvokeFunctionUrl` and `lambda:InvokeFunction`"
        }
    }
}

/// Whether a permission invokes a function that has a URL which asks nobody who they are.
///
/// <https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html>
pub(super) fn is_behind(setting: &Setting<'_>, permission: &Declaration) -> bool {
    setting.statement.actions.takes("lambda:InvokeFunctionUrl").is_no()
        && authorizations(setting, permission).iter().any(|asks| asks.is_literally("NONE"))
}

/// The authorization types of the URLs that the unit declares for the function of a permission.
fn authorizations(setting: &Setting<'_>, permission: &Declaration) -> Vec<Text> {
    const NAMES: [&str; 2] = ["FunctionName", "function_name"];
    const URLS: [(&str, &str, &str); 2] = [
        ("AWS::Lambda::Url", "TargetFunctionArn", "AuthType"),
        ("aws_lambda_function_url", "function_name", "authorization_type"),
    ];
    const FUNCTIONS: [&str; 3] =
        ["AWS::Lambda::Function", "AWS::Serverless::Function", "aws_lambda_function"];
    let (graph, unit) = (setting.graph, setting.unit());
    let text = |one: &Declaration, name: &str| one.properties.get(name).and_then(Value::as_text);
    let Some(function) = NAMES.iter().find_map(|name| text(permission, name)) else { return Vec::new() };
    let declared = graph.find_declarations(&FUNCTIONS, unit, &function);
    let asks = |one: &Declaration, (named, asks): (&str, &str)| {
        let named = text(one, named)?;
        let is_named = is_same(&named, &function)
            || !declared.is_empty() && graph.find_declarations(&FUNCTIONS, unit, &named) == declared;
        text(one, asks).filter(|_| one.unit == *unit && is_named)
    };
    let mut found = Vec::new();
    for (type_name, named, type_of) in URLS {
        let declarations = graph.of_type(type_name).iter().map(|id| &graph.declarations[*id]);
        found.extend(declarations.filter_map(|one| asks(one, (named, type_of))));
    }
    found
}
