//! Principals that AWS rejects or that match nobody.

use super::account_id_number::in_quotes;
use super::common::beside;
use super::{Context, Rule};
use crate::ask::{Setting, Spot, statements};
use crate::diagnostic::{Diagnostic, Effect, Fix, Severity};
use crate::iam::arn::{Arn, is_account_id};
use crate::iam::data;
use crate::iam::policy::{self, Item, Polarity};
use crate::iam::principal::{Invalid, Principal};
use crate::iam::read::{belongs_under, is_placeholder};
use crate::source::Span;
use crate::value::{Because, PieceKind, Symbol, Text, When};

pub(super) static RULE: Rule = Rule {
    name: "invalid-principal",
    summary: "a principal is written in a way that AWS rejects or that matches nobody",
    effect: Effect::Rejected,
    severity: Severity::Error,
    family: "validity",
    since: "0.1.0",
    page: include_str!("../../rules/invalid-principal.md"),
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for setting in statements(context.graph) {
        for item in setting.statement.principals.iter().flat_map(|clause| &clause.items) {
            if let Some(unset) = unset(item) {
                // What an expression falls back on when something is not there says nothing of who deploys it.
                if unset.because == Because::Unset {
                    found.push(needs_value(context, &setting, item, unset));
                }
                continue;
            }
            // Numbers are handled by `account-id-number`, which explains how the digits changed.
            if let Principal::Invalid(invalid) = &item.value
                && !item.number
            {
                found.push(finding(context, &setting, item, invalid));
            }
        }
    }
}

fn finding(
    context: &Context<'_>,
    setting: &Setting<'_>,
    item: &Item<Principal>,
    invalid: &Invalid,
) -> Diagnostic {
    let message =
        format!("the principal `{}` of {} is not valid: {}", item.text, setting.subject(), invalid.reason);
    // What is wrong is what the parameter or variable holds.
    let account = Arn::parse(&item.text).map(|arn| arn.account).filter(|account| !account.is_empty());
    let name = at_fault(context, item, account.as_ref());
    let number = account.as_ref().and_then(|account| number_without_zero(context, account));
    let advice = of_source(setting, item).or_else(|| of_pattern(setting, item));
    let advice = advice.unwrap_or_else(|| invalid.help.clone());
    let help = match (&number, name) {
        (Some((_, written)), _) => {
            format!("write `\"{written}\"` in quotes: the number loses its leading zero")
        }
        (None, Some(name)) if invalid.placeholder && is_input(&name) => to_set(&name),
        (None, Some(name)) => format!("{advice}; the value comes from `{name}`"),
        (None, None) => advice,
    };
    let label = if invalid.placeholder { "still to be filled in" } else { "not a valid principal" };
    let mut finding = RULE
        .on(&setting.item(item), message, label)
        .help(help)
        .fix(fix(context, setting, item, number.as_ref()))
        .about([item.text.to_string()]);
    if let Some((place, _)) = number.filter(|(place, _)| *place != item.span) {
        finding = finding.related(beside(setting, place, "number without quotes"));
    }
    // What is listed under the wrong kind is moved at once.
    if let Some(clause) = setting.statement.principals.as_ref().filter(|_| invalid.help.starts_with(MOVED)) {
        let place = clause.key_span;
        finding.group =
            Some(format!("{} at {} of {}", invalid.help, place.start, context.path(place)).into());
    }
    // Somebody still fills it in, and in a file with one placeholder, there are more.
    if invalid.placeholder {
        finding.group = Some(format!("placeholders of {}", context.path(finding.primary.span)).into());
        finding = finding.severity(Severity::Info);
    }
    // What is empty in one of several cases may well be for a case that is not deployed.
    let statement = setting.statement;
    let is_sure = item.present.is_yes() && statement.present.is_yes();
    if item.text.is_empty() && !(is_sure && [&item.when, &statement.when] == [&When::default(); 2]) {
        finding = finding.severity(Severity::Info);
    }
    let stand_in =
        item.via.spans().next().is_some() && is_stand_in(&item.text) || is_account_to_fill_in(item);
    if stand_in { finding.possible() } else { finding }
}

/// The reference that what is wrong with a principal comes from: its account, when that is wrong. An account that is not known, and
/// is put into an ARN that is written out, is not at fault.
fn at_fault(context: &Context<'_>, item: &Item<Principal>, account: Option<&Text>) -> Option<String> {
    let is_known = |account: &Text| account.as_literal().is_some();
    if item.via.spans().next().is_none() && account.is_some_and(|account| !is_known(account)) {
        return None;
    }
    let is_wrong =
        |account: &&Text| account.as_literal().is_none_or(|id| !is_account_id(&id) || is_placeholder(&id));
    context.source_of(item, account.filter(is_wrong).unwrap_or(&item.text))
}

/// What to write in a permission of Lambda for the ARN of what calls the function: the principal is a service, and it the source.
///
/// <https://docs.aws.amazon.com/lambda/latest/api/API_AddPermission.html>
fn of_source(setting: &Setting<'_>, item: &Item<Principal>) -> Option<String> {
    let declaration = &setting.graph.declarations[setting.document.declaration];
    let source = match &*declaration.type_name {
        "aws_lambda_permission" => "source_arn",
        "AWS::Lambda::Permission" => "SourceArn",
        _ => return None,
    };
    let service = Arn::parse(&item.text)?.service.as_literal()?.into_owned();
    let principal = format!("{service}.amazonaws.com");
    let calls = data::known_service_principal(&principal) && !["iam", "sts"].contains(&service.as_str());
    calls.then(|| format!("write `{principal}`, and the ARN as `{source}`"))
}

/// What to write in place of a principal with a wildcard, so that the statement means what it meant: a condition keeps the sense of an
/// exception only when it is negated, holds the role of a session, and has no place where the arguments of a call are all there is.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html>
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principalarn>
/// <https://docs.aws.amazon.com/lambda/latest/api/API_AddPermission.html>
fn of_pattern(setting: &Setting<'_>, item: &Item<Principal>) -> Option<String> {
    const KEY: &str = "aws:PrincipalArn";
    let is_wild = |text: &Text| text.has("*") || text.has("?");
    if !is_wild(&item.text) {
        return None;
    }
    if item.kind == "Federated" {
        return Some("write the ARN of the provider in the account of the role".to_owned());
    }
    let arn = Arn::parse(&item.text).filter(|_| item.kind == "AWS")?;
    let permission = &*setting.graph.declarations[setting.document.declaration].type_name;
    if ["aws_lambda_permission", "AWS::Lambda::Permission"].contains(&permission) {
        return Some("write the ARN of a role, or the ID of an account".to_owned());
    }
    // Of a session, the key holds the role.
    let mut parts = arn.resource.splitn(3, '/').into_iter();
    let is_session = parts.next().is_some_and(|kind| kind.is_literally("assumed-role"));
    let role = parts.next().filter(|_| is_session);
    let pattern = match &role {
        Some(role) => format!("arn:{}:iam::{}:role/{role}", arn.partition, arn.account),
        None => item.text.to_string(),
    };
    let (is_denied, is_exception) = sense(setting);
    if is_exception {
        return Some(format!(
            "write `*` as `Principal`, with an `ArnNotLike` condition on `{KEY}`: `{pattern}`"
        ));
    }
    if is_wild(&arn.account) {
        let is_whole = arn.resource.is_literally("root");
        return Some(match (is_denied, is_whole) {
            (true, true) => "write `*`".to_owned(),
            (true, false) => format!("write `*`, with an `ArnLike` condition on `{KEY}`: `{pattern}`"),
            (false, true) => {
                "list the accounts, or write `*` with a condition on `aws:PrincipalOrgID`".to_owned()
            }
            (false, false) => format!(
                "list the accounts, or write `*` with an `ArnLike` condition on `{KEY}`, `{pattern}`, and one on `aws:PrincipalOrgID`"
            ),
        });
    }
    if is_wild(&role?) {
        return Some(format!(
            "use the account as principal and restrict it with an `ArnLike` condition on `{KEY}`: `{pattern}`"
        ));
    }
    Some(format!("name the role, `{pattern}` with its path, which stands for all its sessions"))
}

/// Whether a statement denies, and whether it means everybody but those that it lists.
fn sense(setting: &Setting<'_>) -> (bool, bool) {
    let clause = setting.statement.principals.as_ref();
    let is_exception = clause.is_some_and(|clause| clause.polarity == Polarity::NotIn);
    (setting.statement.effect == Some(policy::Effect::Deny), is_exception)
}

/// What mends a principal: quotes around its account, or the kind that it belongs under.
fn fix(
    context: &Context<'_>,
    setting: &Setting<'_>,
    item: &Item<Principal>,
    number: Option<&(Span, String)>,
) -> Option<Fix> {
    match number {
        Some((place, _)) => in_quotes(context, *place),
        None => under_its_kind(context, setting, item),
    }
}

/// The kind that a principal belongs under, in place of the one that is written. Nothing when the kind stands for others too.
fn under_its_kind(context: &Context<'_>, setting: &Setting<'_>, item: &Item<Principal>) -> Option<Fix> {
    let clause = setting.statement.principals.as_ref().filter(|clause| clause.items.len() == 1)?;
    let right = belongs_under(&item.text).filter(|_| !item.kind.is_empty())?;
    let (key, value) = (clause.key_span, item.span);
    let between = Span::new(key.source, key.range().end, value.range().start);
    if key.source != value.source || key.end > value.start || between.len() > 200 {
        return None;
    }
    let written = context.written(between);
    let is_apart = |char: Option<char>| char.is_none_or(|char| !char.is_alphanumeric() && char != '_');
    let mut words = written.match_indices(item.kind).filter(|(at, word)| {
        let (before, after) = (written.get(..*at), written.get(at + word.len()..));
        is_apart(before.and_then(|it| it.chars().next_back()))
            && is_apart(after.and_then(|it| it.chars().next()))
    });
    let (at, word) = words.next().filter(|_| words.next().is_none())?;
    let place = between.part(at, at + word.len());
    Some(Fix::replace(format!("write the principal under `{right}`"), place, right))
}

/// Where the account of a principal is written as a number of 12 digits that begins with a zero, and how.
fn number_without_zero(context: &Context<'_>, account: &Text) -> Option<(Span, String)> {
    let [piece] = account.pieces() else { return None };
    let digits = account.as_literal()?;
    let written = context.written(piece.span);
    let is_number = written.len() == 12 && written.bytes().all(|byte| byte.is_ascii_digit());
    (is_number && *written != *digits && written.trim_start_matches('0') == digits)
        .then_some((piece.span, written))
}

/// The variable, parameter or local whose empty text stands for a principal or its account.
fn unset(item: &Item<Principal>) -> Option<&Symbol> {
    if item.text.is_empty() {
        return item.via.unset();
    }
    item.text.symbols().find(|symbol| symbol.because == Because::Unset)
}

/// What is empty is still to be set, by each deployment or by whoever takes the template over. Nothing is wrong until one
/// does not. Where it is empty is where somebody would set it.
fn needs_value(
    context: &Context<'_>,
    setting: &Setting<'_>,
    item: &Item<Principal>,
    unset: &Symbol,
) -> Diagnostic {
    let (name, subject) = (unset.shown(), setting.subject());
    let is_whole = matches!(item.text.pieces(), [piece] if matches!(piece.kind, PieceKind::Symbol(_)));
    let message = if item.text.is_empty() || is_whole {
        format!("the principal of {subject} is empty: it comes from `{name}`")
    } else {
        let is_account = |arn: Arn| arn.account.symbols().any(|symbol| symbol == unset);
        let what = if Arn::parse(&item.text).is_some_and(is_account) { "account ID" } else { "name" };
        format!("the principal `{}` of {subject} has no {what}: `{name}` is empty", item.text)
    };
    let piece =
        item.text.pieces().iter().find(|piece| matches!(&piece.kind, PieceKind::Symbol(it) if it == unset));
    let elsewhere = piece.map(|piece| piece.span).filter(|span| !item.span.contains(*span));
    let mut finding = match elsewhere {
        Some(place) => {
            let spot = Spot { span: place, via: None, ..setting.item(item) };
            RULE.on(&spot, message, "empty").related(beside(setting, item.span, "used here"))
        }
        None => RULE.on(&setting.item(item), message, "empty"),
    };
    finding.group = Some(format!("{name} in {}", context.path(finding.primary.span)).into());
    finding.severity(Severity::Info).help(to_set(name)).about([item.text.to_string()])
}

/// What to do about a variable, parameter or local that holds nothing yet.
fn to_set(name: &str) -> String {
    if name.contains(LOCAL) {
        format!("set `{name}`")
    } else {
        format!("set `{name}`, or give it no default, so that it must be set")
    }
}

/// Whether what is written refers to a variable or parameter as a whole.
fn is_input(reference: &str) -> bool {
    let name = reference.strip_prefix("var.").unwrap_or(reference);
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
}

/// How help begins for what belongs under another kind.
const MOVED: &str = "move it to";

/// What stands before the names of locals.
const LOCAL: &str = "local.";

/// Whether the account of an ARN only holds the place of a real one and was not written where it is used, but put in by `!Sub`,
/// `!Join`, a template or a function.
fn is_account_to_fill_in(item: &Item<Principal>) -> bool {
    let Some(account) = Arn::parse(&item.text).map(|arn| arn.account) else { return false };
    let Some(literal) = account.as_literal().filter(|it| is_placeholder(it)) else { return false };
    account.pieces().iter().any(|piece| piece.span.len() != literal.len() || !item.span.contains(piece.span))
}

/// Whether a text that came through a reference only holds the place of what each deployment gives, as the default of
/// a variable or parameter often does.
fn is_stand_in(text: &Text) -> bool {
    const WORDS: [&str; 6] = ["changeme", "change-me", "change_me", "replace", "your-", "your_"];
    let written = text.to_string().to_ascii_lowercase();
    !written.starts_with("arn:")
        || written.contains(|char: char| char.is_whitespace() || matches!(char, '<' | '>'))
        || WORDS.iter().any(|word| written.contains(word))
}
