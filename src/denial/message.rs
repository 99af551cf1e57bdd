//! The text of a message: what every client prints around it taken off, its parts told apart.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html>

use memchr::memmem;

use super::reading::Reading;
use super::{Denial, PolicyKind, Stated};

/// What a message is known by.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sort {
    /// `User: X is not authorized to perform: Y …`
    Whole,
    /// `Not authorized to perform sts:AssumeRoleWithWebIdentity`
    Federated,
    /// `Access Denied`, and `Forbidden` of a request whose answer has no text.
    Bare,
    /// What AWS KMS says of a ciphertext whose key it does not find.
    Ciphertext,
    /// `You are not authorized to perform this operation. Encoded authorization failure message: …`
    Encoded,
}

const NEEDLES: [(&str, Sort); 6] = [
    (" is not authorized to perform", Sort::Whole),
    ("Not authorized to perform sts:", Sort::Federated),
    ("Access Denied", Sort::Bare),
    ("Forbidden", Sort::Bare),
    ("The ciphertext refers to a customer master key", Sort::Ciphertext),
    ("You are not authorized to perform this operation", Sort::Encoded),
];

const ENCODED: &str = "Encoded authorization failure message:";

/// Sorts of policies as messages write them, the longest first where one begins like another.
const KINDS: [(&str, PolicyKind); 9] = [
    ("identity-based policy", PolicyKind::Identity),
    ("resource-based policy", PolicyKind::Resource),
    ("service control policy", PolicyKind::ServiceControl),
    ("resource control policy", PolicyKind::ResourceControl),
    ("VPC endpoint policy", PolicyKind::Endpoint),
    ("sessions policy", PolicyKind::Session),
    ("session policy", PolicyKind::Session),
    ("role trust policy", PolicyKind::Trust),
    ("permissions boundary", PolicyKind::Boundary),
];

/// Words that IAM writes before the name of something of its own.
const WORDS: [&str; 6] = ["policy path", "instance profile", "role", "user", "group", "policy"];

/// A text in one line, as it was before somebody wrapped it: paragraphs are separated by line feeds.
struct Flat {
    text: String,
    /// Where each line of the input begins.
    lines: Vec<usize>,
}

impl Flat {
    /// Takes off the colors of terminals and the boxes of Terraform.
    fn of(text: &str) -> Self {
        let mut flat = Self { text: String::with_capacity(text.len()), lines: Vec::new() };
        for line in text.split('\n') {
            flat.lines.push(flat.text.len());
            let line = without_color(line);
            let inner = line.trim_matches(|letter: char| {
                letter.is_whitespace() || matches!(letter, '\u{2500}'..='\u{257f}')
            });
            if inner.is_empty() {
                flat.text.push('\n');
            } else {
                flat.text.push_str(&inner.replace("\\\"", "\""));
                flat.text.push(' ');
            }
        }
        flat
    }

    /// The line, from 0, in which an offset lies.
    fn line(&self, offset: usize) -> usize {
        self.lines.partition_point(|start| *start <= offset).saturating_sub(1)
    }
}

/// A line without the sequences that color it.
fn without_color(line: &str) -> String {
    let mut parts = line.split('\u{1b}');
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        // `[31m`, `[0m`
        let end = part.find(|letter: char| letter.is_ascii_alphabetic());
        plain.push_str(end.and_then(|end| part.get(end + 1..)).unwrap_or(part));
    }
    plain
}

/// Reads every message of a text whose first line has this number.
pub(super) fn read(text: &str, first: usize, reading: &mut Reading) {
    let may_have = |word: &str| memmem::find(text.as_bytes(), word.as_bytes()).is_some();
    if !["authorized", "Access Denied", "Forbidden", "ciphertext"].into_iter().any(may_have) {
        return;
    }
    let flat = Flat::of(text);
    let mut found: Vec<(usize, usize, Sort)> = NEEDLES
        .iter()
        .flat_map(|(needle, sort)| {
            let each = memmem::find_iter(flat.text.as_bytes(), needle);
            each.map(|at| (at, at + needle.len(), *sort)).collect::<Vec<_>>()
        })
        .collect();
    found.sort_unstable_by_key(|(at, ..)| *at);
    let mut before = 0;
    for (index, (at, end, sort)) in found.iter().enumerate() {
        let next = found.get(index + 1);
        let until = next.map_or(flat.text.len(), |(next, ..)| *next);
        let tail = flat.text.get(*end..until).unwrap_or_default();
        let tail = tail.split('\n').next().unwrap_or_default();
        let head = flat.text.get(before..*at).unwrap_or_default();
        let is_followed = next.is_some_and(|(.., sort)| *sort == Sort::Whole) && tail.len() < 400;
        let is_wrapper = matches!(sort, Sort::Encoded | Sort::Bare) && is_followed && is_sentence(tail);
        before = if is_wrapper { before } else { *end };
        if is_wrapper {
            continue;
        }
        if let Some(denial) = one(*sort, head, tail) {
            reading.keep(Denial { line: first + flat.line(*at), ..denial });
        }
    }
}

/// Whether what stands between two parts is no more than what joins them in one message.
fn is_sentence(between: &str) -> bool {
    let words = between.trim_start_matches(['.', ':', ' ']);
    words.split(' ').count() <= 3
}

fn one(sort: Sort, head: &str, tail: &str) -> Option<Denial> {
    let wrapper = head.rsplit('\n').next().unwrap_or_default();
    match sort {
        Sort::Whole => whole(head, tail),
        Sort::Federated => {
            let name: String = tail.chars().take_while(char::is_ascii_alphanumeric).collect();
            Some(Denial { action: Some(format!("sts:{name}")), ..Denial::default() })
        }
        Sort::Bare => {
            let action = operation(wrapper);
            // The words of an application, in a sentence or a log, are no message of AWS.
            let is_of_aws = action.is_some() || wrapper.trim_end().ends_with([':', '>']);
            is_of_aws.then(|| Denial { action, ..Denial::default() })
        }
        Sort::Ciphertext => Some(Denial {
            action: Some("kms:Decrypt".to_owned()),
            stated: vec![Stated::Key],
            ..Denial::default()
        }),
        Sort::Encoded => {
            let is_encoded = tail.contains(ENCODED);
            let action = operation(wrapper);
            (is_encoded || action.is_some()).then(|| Denial { action, is_encoded, ..Denial::default() })
        }
    }
}

/// The operation that a client names before a message, with its service where that is said.
fn operation(head: &str) -> Option<String> {
    let words = |text: &str| -> String { text.chars().take_while(char::is_ascii_alphanumeric).collect() };
    if let Some((_, after)) = head.rsplit_once("when calling the ") {
        return Some(words(after)).filter(|name| !name.is_empty());
    }
    let (_, after) = head.rsplit_once("operation error ")?;
    let (service, after) = after.split_once(": ")?;
    let service = service.to_ascii_lowercase().replace(' ', "");
    Some(format!("{service}:{}", words(after)))
}

/// `User: PRINCIPAL is not authorized to perform: ACTION …`
fn whole(head: &str, tail: &str) -> Option<Denial> {
    let principal = head.rsplit([' ', '"', '\'', '`', '\n']).next().unwrap_or_default();
    let tail = tail.trim_start_matches([':', ' ']);
    let (action, rest) = token(tail);
    let action = action.trim_end_matches(['.', ',', ';', '"', '\'']);
    let (service, name) = action.split_once(':')?;
    if service.is_empty() || name.is_empty() {
        return None;
    }
    let (resource, rest) = asked_for(rest.trim_start());
    let (stated, rest) = reason(rest.trim_start_matches(['"', '.', ',', ' ']));
    let is_name = !principal.is_empty() && !principal.ends_with(':');
    Some(Denial {
        principal: is_name.then(|| principal.to_owned()),
        action: Some(action.to_owned()),
        resource: resource.filter(|it| !it.is_empty()).map(ToOwned::to_owned),
        stated: stated.into_iter().collect(),
        authorization: authorization(rest),
        is_encoded: rest.contains(ENCODED),
        ..Denial::default()
    })
}

/// What stands before the next blank, and what behind it.
fn token(text: &str) -> (&str, &str) {
    text.split_once(char::is_whitespace).unwrap_or((text, ""))
}

/// The resource, when one is named, and the rest.
fn asked_for(text: &str) -> (Option<&str>, &str) {
    for unnamed in ["on this resource", "on the resource associated with this ciphertext"] {
        if let Some(rest) = text.strip_prefix(unnamed) {
            return (None, rest);
        }
    }
    let Some(text) = text.strip_prefix("on resource:") else { return (None, text) };
    let text = text.trim_start();
    for quote in ['"', '\'', '`'] {
        if let Some((inner, rest)) = text.strip_prefix(quote).and_then(|rest| rest.split_once(quote)) {
            return (Some(inner), rest);
        }
    }
    let word = WORDS.iter().find_map(|word| text.strip_prefix(word)?.strip_prefix(' '));
    let named = word.filter(|rest| !is_reason(rest)).unwrap_or(text);
    let (name, rest) = token(named);
    // In XML a tag follows.
    let name = name.split('<').next().unwrap_or(name);
    let name = name.trim_end_matches(['.', ',', ';', ')', '"', '\'']);
    let length = text.len() - named.len() + name.len();
    (text.get(..length), rest)
}

fn is_reason(text: &str) -> bool {
    text.starts_with("because ") || text.starts_with("with an ")
}

/// Why AWS says that it denied, and the rest.
fn reason(text: &str) -> (Option<Stated>, &str) {
    if let Some(rest) = text.strip_prefix("because no ")
        && let Some((kind, rest)) = policy_kind(rest)
    {
        return (Some(Stated::Unallowed(kind)), rest);
    }
    if let Some(rest) = text.strip_prefix("because the resource does not exist in this Region") {
        return (Some(Stated::Key), rest);
    }
    if let Some(rest) = text.strip_prefix("because public ") {
        let setting = rest.split_once(" by the ").map(|(_, after)| token(after).0);
        return (setting.map(|setting| Stated::PublicAccess(setting.to_owned())), rest);
    }
    let denied = text.strip_prefix("with an explicit deny in ");
    let Some(rest) = denied.map(|rest| token(rest).1) else { return (None, text) };
    let Some((kind, rest)) = policy_kind(rest) else {
        return (Some(Stated::Denied { kind: None, policy: None }), rest);
    };
    let through = rest.strip_prefix(" transitively through ").map(|rest| token(rest).1).and_then(policy_kind);
    // What denies is the policy at the end of the way.
    let (kind, rest) = through.unwrap_or((kind, rest));
    let named = rest.strip_prefix(": arn:").and_then(|_| rest.strip_prefix(": "));
    let (policy, rest) = match named {
        Some(named) => {
            let end = named.find(|it: char| it.is_whitespace() || matches!(it, ',' | ';' | ')' | '"'));
            let (policy, rest) = end.and_then(|end| named.split_at_checked(end)).unwrap_or((named, ""));
            (Some(policy.trim_end_matches('.').to_owned()), rest)
        }
        None => (None, rest),
    };
    (Some(Stated::Denied { kind: Some(kind), policy }), rest)
}

fn policy_kind(text: &str) -> Option<(PolicyKind, &str)> {
    KINDS.iter().find_map(|(name, kind)| Some((*kind, text.strip_prefix(name)?)))
}

/// The ID by which the details of a denial can be asked for.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html>
fn authorization(text: &str) -> Option<String> {
    let after = text
        .split_once("following authorization id:")
        .or_else(|| text.split_once("/authorization-details/"))?;
    let id: String = after.1.trim_start().chars().take_while(char::is_ascii_alphanumeric).collect();
    (!id.is_empty()).then_some(id)
}
