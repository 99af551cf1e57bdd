//! Account IDs written as numbers.

use super::{Context, Rule};
use crate::ask::{Setting, Spot, statements};
use crate::carriers::{self, Role, ValueKind};
use crate::diagnostic::{Diagnostic, Effect, Fix, Severity};
use crate::graph::DeclarationId;
use crate::iam::policy::Item;
use crate::source::Span;
use crate::value::{Kind, Text, Value};

pub(super) static RULE: Rule = Rule {
    name: "account-id-number",
    summary: "an unquoted account ID loses its leading zero or has the wrong length",
    effect: Effect::Rejected,
    severity: Severity::Error,
    family: "validity",
    since: "0.1.0",
    page: include_str!("../../rules/account-id-number.md"),
    check,
};

/// Condition keys that hold an account ID.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html>
const KEYS: [&str; 7] = [
    "aws:principalaccount",
    "aws:resourceaccount",
    "aws:sourceaccount",
    "aws:sourceowner",
    "kms:calleraccount",
    "s3:dataaccesspointaccount",
    "s3:resourceaccount",
];

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for setting in statements(context.graph) {
        for item in setting.statement.principals.iter().flat_map(|clause| &clause.items) {
            found.extend(damaged(context, &setting, item));
        }
        let on_account = |key: &Text| KEYS.contains(&key.to_string().to_ascii_lowercase().as_str());
        for condition in setting.statement.conditions.iter().filter(|it| on_account(&it.key.value)) {
            found.extend(condition.values.iter().filter_map(|item| damaged(context, &setting, item)));
            found.extend(condition.values.iter().filter_map(|item| too_short(&setting, item)));
        }
    }
    for (id, declaration) in context.graph.declarations.with_ids() {
        let rows = carriers::carriers(&declaration.type_name).iter();
        let shares = rows.filter(|row| matches!(row.role, Role::DirectShare | Role::ResourceShare));
        for row in shares.filter(|row| ACCOUNTS.contains(&row.value_kind)) {
            for value in carriers::values(&declaration.properties, &row.path) {
                found.extend(shared(context, id, value));
            }
        }
    }
}

/// Values of shares that are accounts, or can be.
const ACCOUNTS: [ValueKind; 3] = [ValueKind::AccountId, ValueKind::AccountIdList, ValueKind::Principal];

/// An account that something is shared with, of another length than 12 digits. Numbers are digits here as well: what
/// takes an account ID makes a string of them.
fn shared(context: &Context<'_>, id: DeclarationId, value: &Value) -> Option<Diagnostic> {
    if let Kind::List(list) = &value.kind {
        return list.items.iter().flat_map(Value::alternatives).find_map(|one| shared(context, id, one));
    }
    let digits = match &value.kind {
        Kind::Number(number) => number.to_string(),
        _ => value.as_text()?.as_literal()?.into_owned(),
    };
    let length = wrong_length(&digits)?;
    let address = context.graph.address(id);
    let declaration = &context.graph.declarations[id];
    let message = format!("account ID `{digits}` in `{address}` has {length} digits instead of 12");
    let spot = Spot::of(context.graph, id, value.span, declaration.present);
    Some(RULE.on(&spot, message, "not a valid account ID").help(HELP).about([digits]))
}

/// A string that stands for an account, of another length than 12 digits.
fn too_short(setting: &Setting<'_>, item: &Item<Text>) -> Option<Diagnostic> {
    let digits = item.text.as_literal().filter(|_| !item.number)?;
    let length = wrong_length(&digits)?;
    let message = format!("account ID `{digits}` in {} has {length} digits instead of 12", setting.subject());
    let finding = RULE.on(&setting.item(item), message, "matches no account").about([digits.to_string()]);
    let finding = finding.help("write the 12 digits of the account ID");
    // One digit again and again stands for an ID that somebody still fills in.
    let is_stand_in = digits.bytes().all(|digit| digits.starts_with(char::from(digit)));
    Some(if is_stand_in { finding.severity(Severity::Info) } else { finding })
}

/// How many digits there are, when there are nearly as many as an account ID has.
fn wrong_length(digits: &str) -> Option<usize> {
    let is_near = (9..=13).contains(&digits.len()) && digits.len() != 12;
    (is_near && digits.bytes().all(|byte| byte.is_ascii_digit())).then_some(digits.len())
}

const HELP: &str = "write the account ID in quotes, with all 12 digits";

fn damaged<T>(context: &Context<'_>, setting: &Setting<'_>, item: &Item<T>) -> Option<Diagnostic> {
    let digits = item.text.as_literal().filter(|_| item.number)?;
    if is_left_as_text(context, item, &digits) {
        return Some(kept_by_some(setting, item, &digits).fix(in_quotes(context, item.span)));
    }
    let reason = damage(&digits)?;
    let message = format!("account ID `{digits}` in {} is an unquoted number {reason}", setting.subject());
    Some(
        RULE.on(&setting.item(item), message, "number instead of a string")
            .help(HELP)
            .fix(in_quotes(context, item.span))
            .about([digits.to_string()]),
    )
}

/// Quotes around an account ID that is written with all its digits.
pub(super) fn in_quotes(context: &Context<'_>, place: Span) -> Option<Fix> {
    let written = context.written(place);
    let is_id = written.len() == 12 && written.bytes().all(|byte| byte.is_ascii_digit());
    let text = context.text(place.source);
    let around =
        [text.get(..place.range().start)?.chars().next_back(), text.get(place.range().end..)?.chars().next()];
    let is_bare = around
        .iter()
        .flatten()
        .all(|char| !char.is_alphanumeric() && !matches!(char, '"' | '\'' | '.' | '-'));
    (is_id && is_bare).then(|| Fix::replace("put the account ID in quotes", place, format!("\"{written}\"")))
}

/// Whether readers of YAML differ on what this number is: with an 8 or 9 after the zero it is no octal number of YAML 1.1, which
/// leaves the text as it is.
///
/// <https://yaml.org/type/int.html>
fn is_left_as_text<T>(context: &Context<'_>, item: &Item<T>, digits: &str) -> bool {
    let path = context.path(item.span);
    let extension = path.rsplit_once('.').map_or("", |(_, extension)| extension);
    ["yaml", "yml", "template"].contains(&extension)
        && digits.len() == 12
        && digits.starts_with('0')
        && digits.bytes().all(|byte| byte.is_ascii_digit())
        && digits.contains(['8', '9'])
}

/// Nothing is wrong with what the template says, until a reader of another version of YAML makes a number of it.
fn kept_by_some<T>(setting: &Setting<'_>, item: &Item<T>, digits: &str) -> Diagnostic {
    let message = format!(
        "account ID `{digits}` in {} is not quoted: YAML 1.1 reads it as text, YAML 1.2 as a number without the leading zero",
        setting.subject()
    );
    RULE.on(&setting.item(item), message, "text or number, depending on the reader")
        .severity(Severity::Info)
        .help(HELP)
        .about([digits.to_owned()])
}

/// What happens to an account ID written as this number; `None` when it keeps its twelve digits.
fn damage(digits: &str) -> Option<String> {
    if digits.len() == 12 && digits.bytes().all(|byte| byte.is_ascii_digit()) && !digits.starts_with('0') {
        return None;
    }
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some("that does not have 12 digits".to_owned());
    }
    Some(match digits.len() {
        12 => "whose leading zero is dropped".to_owned(),
        11 => "with 11 digits: the leading zero was dropped".to_owned(),
        length => format!("with {length} digits instead of 12"),
    })
}

#[cfg(test)]
mod tests {
    use super::damage;

    #[test]
    fn twelve_digits_without_a_leading_zero_survive_as_a_number() {
        assert_eq!(damage("111111111111"), None);
    }

    #[test]
    fn a_leading_zero_and_other_lengths_do_not() {
        for digits in ["012345678901", "12345678901", "1234", "1.2e11"] {
            assert!(damage(digits).is_some(), "{digits}");
        }
    }
}
