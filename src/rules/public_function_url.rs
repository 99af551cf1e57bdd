//! A function that anyone can invoke by its URL, and what its role can do.

use super::common::{declared, label};
use super::{Context, Rule};
use crate::ask::{Question, Spot, What, Who, permissions};
use crate::carriers;
use crate::diagnostic::{Diagnostic, Effect, Label, Severity};
use crate::graph::{DeclarationId, IdentityId};
use crate::iam::arn::Arn;
use crate::value::{Answer, Text, Value};

pub(super) static RULE: Rule = Rule {
    name: "public-function-url",
    summary: "anyone can invoke a function by its URL, and its role administers the account or reaches another one",
    effect: Effect::Exposed,
    severity: Severity::Warning,
    family: "service",
    since: "0.1.0",
    page: include_str!("../../rules/public-function-url.md"),
    check,
};

/// What declares the URL of a function: the property that says who is let in, and the one that names the function.
///
/// <https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html>
const URLS: [(&str, &str, &str); 2] = [
    ("AWS::Lambda::Url", "AuthType", "TargetFunctionArn"),
    ("aws_lambda_function_url", "authorization_type", "function_name"),
];

const FUNCTIONS: [&str; 2] = ["AWS::Lambda::Function", "aws_lambda_function"];

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let graph = context.graph;
    for (type_name, auth, names) in URLS {
        for id in graph.of_type(type_name) {
            let properties = &graph.declarations[*id].properties;
            let Some(value) = properties.get(auth) else { continue };
            if value.as_str().is_none_or(|word| word != "NONE") {
                continue;
            }
            let function = properties.get(names).and_then(|named| function(context, *id, named));
            found.extend(finding(context, (*id, value), function));
        }
    }
}

/// The function that a URL is of.
fn function(context: &Context<'_>, url: DeclarationId, named: &Value) -> Option<DeclarationId> {
    let graph = context.graph;
    let text = graph.accounts.normalised(named.as_text()?);
    let found = graph.find_declarations(&FUNCTIONS, &graph.declarations[url].unit, &text);
    found.first().copied()
}

fn finding(
    context: &Context<'_>,
    (url, value): (DeclarationId, &Value),
    function: Option<DeclarationId>,
) -> Option<Diagnostic> {
    let graph = context.graph;
    let address = graph.address(url);
    // The provider of Terraform adds the statements that let everyone in; a stack has to declare them.
    if address.is_empty() || !address_is_open(context, url, function) {
        return None;
    }
    let function = function?;
    let role = role_of(context, function)?;
    let (what, place) = reach(context, role)?;
    let message = format!(
        "anyone can invoke the function behind `{address}`, and its {} {what}",
        graph.shown(&graph.identities[role])
    );
    let spot = Spot::of(graph, url, value.span, graph.declarations[url].present);
    let finding = RULE
        .on(&spot.through(&value.via), message, "no authentication")
        .help("set the authorization type to `AWS_IAM` and remove permissions for `*`, or give the function a role without this")
        .about([address])
        .related(place);
    Some(finding.related(declared(graph, function, "function behind the URL")))
}

/// Whether the policy of the function lets everyone in, as far as is known.
fn address_is_open(context: &Context<'_>, url: DeclarationId, function: Option<DeclarationId>) -> bool {
    let graph = context.graph;
    if !graph.declarations[url].type_name.starts_with("AWS::") {
        return true;
    }
    let Some(arn) = function.and_then(|function| graph.resource_of(function)).map(|it| it.arn.clone()) else {
        return false;
    };
    let (resources, _) = graph.find_resources(&arn, &graph.declarations[url].unit);
    let Some(caller) = Who::written("*").filter(|_| !resources.is_empty()) else { return false };
    let target = What::Resources(resources);
    let question =
        Question { caller: &caller, target: &target, action: "lambda:InvokeFunctionUrl", within: None };
    context.ask.ask(&question).answer.is_yes()
}

/// The role of a function.
fn role_of(context: &Context<'_>, function: DeclarationId) -> Option<IdentityId> {
    let graph = context.graph;
    let declaration = &graph.declarations[function];
    let rows = carriers::service_roles(&declaration.type_name).iter();
    let values = rows.flat_map(|row| carriers::values(&declaration.properties, &row.path));
    let mut arns = values.filter_map(Value::as_text).map(|text| graph.accounts.normalised(text));
    arns.find_map(|arn| graph.find_identities(&arn, &declaration.unit).first().copied())
}

/// What a role can do that nobody should who only knows an address: administer its account, or assume a role of another one.
fn reach(context: &Context<'_>, role: IdentityId) -> Option<(String, Label)> {
    let graph = context.graph;
    if let Some((what, label)) = context.privilege_of(role) {
        return Some((what.to_owned(), label));
    }
    let own = &graph.identities[role].account;
    permissions(graph).filter(|one| one.callers.contains(&role)).find_map(|permission| {
        if !permission.setting.statement.actions.takes("sts:AssumeRole").is_yes() {
            return None;
        }
        let is_abroad = |account: &Text| graph.accounts.same(own, account) == Answer::No;
        let element = permission
            .elements
            .iter()
            .find(|element| Arn::parse(&element.value).is_some_and(|arn| is_abroad(&arn.account)))?;
        let spot = permission.setting.item(element);
        Some((
            format!("is allowed to assume `{}`", element.text),
            label(&spot, element.span, "role of another account"),
        ))
    })
}
