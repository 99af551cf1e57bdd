//! Calls of the command line of AWS.
//!
//! <https://docs.aws.amazon.com/cli/latest/userguide/cli-usage-commandstructure.html>

use super::evaluate::{Evaluator, Place, literal_part};
use super::value::{Path, Value};
use crate::parse::shell::{Command, Part, PartKind, Word};
use crate::source::Span;
use crate::value::{Because, Class, OriginKind, PieceKind, Symbol, Text, UnitKey, Within};

/// A call: `aws SERVICE OPERATION` with its options.
pub(super) struct Call {
    pub(super) service: String,
    pub(super) operation: String,
    options: Vec<(String, Vec<Value>)>,
    /// The profile that it logs in with, when it is not the usual one.
    profile: Option<Value>,
    /// Whether there may be options that are not known.
    pub(super) is_open: bool,
    pub(super) place: Place,
    pub(super) span: Span,
}

/// What commands are started with that changes nothing about them.
const WRAPPERS: [&str; 6] = ["sudo", "command", "exec", "time", "env", "nohup"];

/// Options before the service and behind it that take no value.
///
/// <https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-options.html>
const FLAGS: [&str; 6] =
    ["debug", "no-verify-ssl", "no-paginate", "no-sign-request", "no-cli-pager", "no-cli-auto-prompt"];

/// A word as an option or a value.
enum Given {
    Option(String),
    Value(Value),
}

impl Call {
    /// Reads a call; `None` when a command is none, or goes to something that only stands in for AWS.
    pub(super) fn read(command: &Command, evaluator: &Evaluator<'_>, place: Place) -> Option<Self> {
        let (start, vault) = start(&command.words)?;
        let mut given = Vec::new();
        let mut is_open = false;
        for word in command.words.iter().skip(start) {
            is_open |= take(word, evaluator, place, &mut given);
        }
        let mut call = Self {
            service: String::new(),
            operation: String::new(),
            options: Vec::new(),
            profile: vault.map(|word| evaluator.value(word, place)),
            is_open,
            place,
            span: command.span,
        };
        call.sort(given);
        let is_elsewhere = call
            .option("endpoint-url")
            .is_some_and(|url| !url.as_literal().is_some_and(|url| url.contains("amazonaws.com")));
        if call.operation.is_empty() || is_elsewhere {
            return None;
        }
        if let Some(profile) = call.option("profile") {
            call.profile = Some(profile.clone());
        }
        if call.profile.is_none() {
            call.profile = environment(command, evaluator, place);
        }
        Some(call)
    }

    fn sort(&mut self, given: Vec<Given>) {
        for one in given {
            let is_flag = |name: &str| FLAGS.contains(&name) || name.starts_with("no-");
            match (one, self.options.last_mut()) {
                (Given::Option(name), _) => self.options.push((name, Vec::new())),
                // Options before the operation take one value.
                (Given::Value(value), Some((name, values)))
                    if !is_flag(name) && (values.is_empty() || !self.operation.is_empty()) =>
                {
                    values.push(value);
                }
                (Given::Value(value), _) => match value.as_literal() {
                    Some(word) if self.service.is_empty() => self.service = word,
                    Some(word) if self.operation.is_empty() => self.operation = word,
                    _ => {}
                },
            }
        }
    }

    /// The value of an option that has one.
    pub(super) fn option(&self, name: &str) -> Option<&Value> {
        let mut all = self.options.iter().filter(|(own, _)| own == name);
        all.next_back().and_then(|(_, values)| values.first())
    }

    /// The text of an option.
    pub(super) fn text(&self, name: &str) -> Option<Text> {
        let text = self.option(name).map(Value::text)?;
        Some(text.joined().into_owned()).filter(|text| !text.is_empty())
    }

    /// Whether it logs in with the usual credentials of the script.
    pub(super) fn is_usual(&self) -> bool {
        self.profile.is_none() && !self.is_open
    }

    /// The unit that it deploys: what one script does with one profile.
    pub(super) fn unit(&self, evaluator: &Evaluator<'_>) -> UnitKey {
        match &self.profile {
            Some(profile) => evaluator.unit.within(Within::Deployment, profile.text().to_string()),
            None if self.is_open => evaluator.unit.within(Within::Deployment, "other options"),
            None => evaluator.unit.clone(),
        }
    }

    /// The name of its profile.
    pub(super) fn profile_name(&self) -> Option<String> {
        self.profile.as_ref().and_then(Value::as_literal).filter(|name| is_profile(name))
    }

    /// The account of its profile; `None` for the usual credentials.
    pub(super) fn account(&self, evaluator: &Evaluator<'_>) -> Option<Text> {
        let named = |name: String| {
            let symbol = evaluator.symbol(Class::AccountId, name);
            Text::symbol(symbol, self.span)
        };
        match &self.profile {
            None if self.is_open => Some(named("the account of other options".to_owned())),
            None => None,
            Some(profile) => Some(match profile.as_literal() {
                Some(name) if is_profile(&name) => {
                    let span = profile.text().span().unwrap_or(self.span);
                    Text::symbol(
                        Symbol::new(Class::Account, OriginKind::Profile(name.into()), Because::Run),
                        span,
                    )
                }
                _ => named(format!("the account that {} logs in to", profile.text())),
            }),
        }
    }

    /// The account as a part of an ARN.
    pub(super) fn account_or_own(&self, evaluator: &Evaluator<'_>) -> Text {
        self.account(evaluator).unwrap_or_else(|| {
            Text::symbol(Symbol::new(Class::Account, &self.unit(evaluator), Because::Run), self.span)
        })
    }

    /// What it prints, when that is an account or an ARN: with `--query`, or what a filter takes out of it.
    pub(super) fn printed(&self, filter: Option<&str>, evaluator: &Evaluator<'_>) -> Option<Value> {
        let query = self.option("query").and_then(Value::as_literal);
        let taken = query.as_deref().or(filter)?;
        let span = self.span;
        let words: (&str, &str) = (&self.service, &self.operation);
        let own = self.account_or_own(evaluator);
        let (kind, name) = match words {
            ("sts", "get-caller-identity") if taken.contains("Account") => return Some(Value::of_text(&own)),
            _ if !taken.trim_end_matches('"').ends_with("Arn") => return None,
            ("iam", "create-role" | "get-role") => ("role", "role-name"),
            ("iam", "create-user" | "get-user") => ("user", "user-name"),
            ("iam", "create-policy") => ("policy", "policy-name"),
            _ => return None,
        };
        let mut arn = Text::literal("arn:aws:iam::", span);
        arn.append(&own);
        let path = self.option("path").map_or_else(|| Some("/".to_owned()), Value::as_literal)?;
        // The path of what is there already is not known, but hardly anything has one.
        arn.push_str(format!(":{kind}{path}"), span);
        arn.append(&self.text(name)?);
        Some(Value::of_text(&arn))
    }

    /// The path of a file in an option: `file://F`.
    pub(super) fn file(value: &Value) -> Option<Path> {
        value.path("file://").or_else(|| value.path("fileb://"))
    }
}

/// The first word behind `aws`, and the profile of `aws-vault exec`.
fn start(words: &[Word]) -> Option<(usize, Option<&Word>)> {
    let mut at = 0;
    let mut vault = None;
    loop {
        let word = literal_part(words.get(at))?;
        match word {
            "aws" => return Some((at + 1, vault)),
            _ if word.ends_with("/aws") => return Some((at + 1, vault)),
            "aws-vault" if literal_part(words.get(at + 1)) == Some("exec") => {
                vault = words.get(at + 2);
                at = words.iter().position(|word| literal_part(Some(word)) == Some("--"))? + 1;
            }
            _ if WRAPPERS.contains(&word) || word.starts_with('-') || word.contains('=') => at += 1,
            _ => return None,
        }
    }
}

/// Adds a word; whether it may be options that nobody knows.
fn take(word: &Word, evaluator: &Evaluator<'_>, place: Place, given: &mut Vec<Given>) -> bool {
    if let Some(Part { kind: PartKind::Literal(text), is_quoted: false, .. }) = word.parts.first()
        && let Some(option) = text.strip_prefix("--")
    {
        match option.split_once('=') {
            None if word.parts.len() == 1 => given.push(Given::Option(option.to_owned())),
            None => return true,
            Some((name, _)) => {
                given.push(Given::Option(name.to_owned()));
                let value = evaluator.value(word, place);
                given.push(Given::Value(without(value, name.len() + 3)));
            }
        }
        return false;
    }
    let value = evaluator.value(word, place);
    let is_split = matches!(word.parts.as_slice(), [Part { kind, is_quoted: false, .. }] if !matches!(kind, PartKind::Literal(_)));
    match value.as_literal() {
        // What a variable holds is several words when nothing quotes it.
        Some(text) if is_split => {
            let mut expects = matches!(given.last(), Some(Given::Option(_)));
            for part in text.split_whitespace() {
                match part.strip_prefix("--") {
                    Some(option) => given.push(Given::Option(option.to_owned())),
                    None => given.push(Given::Value(Value::literal(part, word.span))),
                }
                expects = false;
            }
            expects
        }
        _ => {
            let is_value =
                matches!(given.last(), Some(Given::Option(name)) if !FLAGS.contains(&name.as_str()));
            given.push(Given::Value(value));
            is_split && !is_value
        }
    }
}

/// A value without the first bytes of its literal beginning.
fn without(value: Value, length: usize) -> Value {
    let mut left = length;
    let text = value.text().rewritten(|part, span, out| {
        let skipped = left.min(part.len());
        left -= skipped;
        let place = if span.len() == part.len() { span.part(skipped, part.len()) } else { span };
        out.push_str(part.get(skipped..).unwrap_or_default(), place);
    });
    let mut parts: Vec<super::value::Part> = Value::of_text(&text).0;
    if let Some(content) = value.0.iter().position(|part| !matches!(part, super::value::Part::Text(_))) {
        // What is no text keeps its place: `--policy=file://$DIR/x`.
        let mut whole = value.0;
        if let Some(super::value::Part::Text(piece)) = whole.first_mut()
            && let PieceKind::Literal(text) = &piece.kind
        {
            piece.kind = PieceKind::Literal(text.get(length..).unwrap_or_default().into());
        }
        parts = if content > 0 { whole } else { Vec::new() };
    }
    Value(parts)
}

/// The profile of the environment.
fn environment(command: &Command, evaluator: &Evaluator<'_>, place: Place) -> Option<Value> {
    let names = ["AWS_PROFILE", "AWS_DEFAULT_PROFILE"];
    let before = command.assignments.iter().find(|one| names.contains(&one.name.as_str()));
    if let Some(value) = before.and_then(|one| one.value.as_ref()) {
        return Some(evaluator.value(value, place));
    }
    if let Some(name) = names.iter().find(|name| evaluator.sets(name, place)) {
        return Some(evaluator.variable(name, command.span, place));
    }
    // Whoever these are of, they are not the usual ones.
    evaluator
        .sets("AWS_ACCESS_KEY_ID", place)
        .then(|| super::value::named(&evaluator.unit, "AWS_ACCESS_KEY_ID".to_owned(), command.span))
}

/// Whether a text names a profile, and not the one that is another on each machine.
fn is_profile(name: &str) -> bool {
    let small = name.to_ascii_lowercase();
    let is_name = name.chars().all(|c| c.is_ascii_alphanumeric() || "-_.@/+:".contains(c));
    let is_filled =
        !["your", "example", "placeholder", "change", "xxx"].iter().any(|word| small.contains(word));
    is_name && is_filled && !matches!(small.as_str(), "" | "default")
}
