//! Principals that AWS rejects or that match nobody.

use super::{Context, Rule};
use crate::ask::{Setting, statements};
use crate::diagnostic::{Diagnostic, Effect, Severity};
use crate::iam::arn::Arn;
use crate::iam::policy::Item;
use crate::iam::principal::Principal;
use crate::iam::read::is_placeholder;
use crate::value::{Because, Symbol, Text};

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
                    found.push(needs_value(&setting, item, unset));
                }
                continue;
            }
            // Numbers are handled by `account-id-number`, which explains how the digits changed.
            let Principal::Invalid(invalid) = &item.value else { continue };
            if item.number {
                continue;
            }
            let message = format!(
                "the principal `{}` of {} is not valid: {}",
                item.text,
                setting.subject(),
                invalid.reason
            );
            // What is wrong is what the parameter or variable holds.
            let references = context.references(&item.via);
            let name = references.first().filter(|name| name.len() <= 80 && !name.contains('\n'));
            let help = match name {
                Some(name) => format!("{}; the value comes from `{name}`", invalid.help),
                None => invalid.help.clone(),
            };
            let mut finding = RULE
                .on(&setting.item(item), message, "not a valid principal")
                .help(help)
                .about([item.text.to_string()]);
            // Somebody still fills it in, and in a file with one placeholder, there are more.
            if invalid.placeholder {
                finding.group = Some(format!("placeholders of {}", context.path(finding.primary.span)));
                finding = finding.severity(Severity::Info);
            }
            let stand_in =
                item.via.spans().next().is_some() && is_stand_in(&item.text) || is_account_to_fill_in(item);
            found.push(if stand_in { finding.possible() } else { finding });
        }
    }
}

/// The variable or parameter whose empty default stands for a principal or its account.
fn unset(item: &Item<Principal>) -> Option<&Symbol> {
    if item.text.is_empty() {
        return item.via.unset();
    }
    item.text.symbols().find(|symbol| symbol.because == Because::Unset)
}

/// An empty default says that each deployment gives a value. Nothing is wrong until one does not.
fn needs_value(setting: &Setting<'_>, item: &Item<Principal>, unset: &Symbol) -> Diagnostic {
    let (name, subject) = (unset.shown(), setting.subject());
    let message = if item.text.is_empty() {
        format!("the principal of {subject} is empty unless `{name}` is set: its default is empty")
    } else {
        let is_account = |arn: Arn| arn.account.symbols().any(|symbol| symbol == unset);
        let what = if Arn::parse(&item.text).is_some_and(is_account) { "account ID" } else { "name" };
        format!(
            "the principal `{}` of {subject} has no {what} unless `{name}` is set: its default is empty",
            item.text
        )
    };
    RULE.on(&setting.item(item), message, "needs a value")
        .severity(Severity::Info)
        .help(format!("give `{name}` no default, so that it must be set"))
        .about([item.text.to_string()])
}

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
