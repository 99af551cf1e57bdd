//! What somebody still fills into a policy file: `<ACCOUNT_ID>`, `{{account}}`, `$ACCOUNT`, `YOUR_ACCOUNT_ID`, and the account IDs
//! that documentation uses. Each becomes a symbol that is known by its text: equal texts are one account or name, and no text
//! is wrong because nobody filled it in yet.

use std::ops::Range;

use crate::facts::Placeholder;
use crate::iam::arn::is_account_id;
use crate::iam::data::is_example_account;
use crate::iam::read::is_placeholder;
use crate::source::Span;
use crate::value::{
    Because, Class, Entry, Kind, List, Map, Origin, OriginKind, PieceKind, Symbol, Text, Value,
};

/// Where a text stands in a policy.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// An account, ARN or `*`.
    Principal,
    /// A service.
    Service,
    /// An ARN or `*`.
    Resource,
    /// The value of a condition.
    Condition,
    /// Anything else, where only what is marked is a placeholder.
    Other,
}

/// A policy document with symbols for its placeholders, which are added to `found`.
pub(super) fn filled(document: Value, found: &mut Vec<Placeholder>) -> Value {
    let Kind::Map(map) = document.kind else { return document };
    let with = |entry: Entry, found: &mut Vec<Placeholder>| {
        if !entry.key.is_literally("Statement") {
            return entry;
        }
        let value = match entry.value.kind {
            Kind::List(list) => {
                let items = list.items.into_iter().map(|one| statement(one, found)).collect();
                Value { kind: Kind::List(List { items, open: list.open }), ..entry.value }
            }
            _ => statement(entry.value, found),
        };
        Entry { value, ..entry }
    };
    let entries = map.entries.into_iter().map(|entry| with(entry, found)).collect();
    Value { kind: Kind::Map(Map { entries, open: map.open }), ..document }
}

fn statement(value: Value, found: &mut Vec<Placeholder>) -> Value {
    each(value, &mut |key, value| match key {
        "Principal" | "NotPrincipal" => each(value, &mut |kind, value| {
            let place = if kind == "Service" { Place::Service } else { Place::Principal };
            texts(value, place, found)
        }),
        "Resource" | "NotResource" => texts(value, Place::Resource, found),
        "Action" | "NotAction" => texts(value, Place::Other, found),
        "Condition" => {
            each(value, &mut |_, value| each(value, &mut |_, value| texts(value, Place::Condition, found)))
        }
        _ => value,
    })
}

/// A value that a build puts into the file with a function of CloudFormation (`{"Fn::Sub": …}`, `{"Ref": …}`) is not known yet.
///
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html>
fn without_functions(value: Value) -> Value {
    let is_function = |entry: &Entry| entry.key.begins_with("Fn::") || entry.key.is_literally("Ref");
    match value.as_map().map(|map| map.entries.as_slice()) {
        Some([only]) if is_function(only) => {
            let origin = Origin::new(OriginKind::Placeholder("a function".into()));
            let symbol = Symbol::new(Class::Opaque, origin, Because::Input);
            Value { kind: Kind::Unknown(symbol), ..value }
        }
        _ => value,
    }
}

/// A map with each value changed; anything else is one value without a key.
fn each(value: Value, change: &mut dyn FnMut(&str, Value) -> Value) -> Value {
    let value = without_functions(value);
    let Kind::Map(map) = value.kind else { return change("", value) };
    let entry = |entry: Entry| {
        let key = entry.key.as_literal().unwrap_or_default().into_owned();
        Entry { value: change(&key, entry.value), key: entry.key, key_span: entry.key_span }
    };
    let entries = map.entries.into_iter().map(entry).collect();
    Value { kind: Kind::Map(Map { entries, open: map.open }), ..value }
}

/// The texts of a value with symbols for placeholders.
fn texts(value: Value, place: Place, found: &mut Vec<Placeholder>) -> Value {
    let value = without_functions(value);
    let kind = match value.kind {
        Kind::Text(text) => Kind::Text(with_symbols(text, place, value.span, found)),
        Kind::List(list) => {
            let items = list.items.into_iter().map(|item| texts(item, place, found)).collect();
            Kind::List(List { items, open: list.open })
        }
        kind => kind,
    };
    Value { kind, ..value }
}

/// A placeholder in a text: where, and what stands there.
struct Hole {
    range: Range<usize>,
    class: Class,
}

fn with_symbols(text: Text, place: Place, span: Span, found: &mut Vec<Placeholder>) -> Text {
    let Some(written) = text.as_literal() else { return text };
    let holes = holes(&written, place);
    if holes.is_empty() {
        return text;
    }
    let exact = span.len() == written.len();
    let part = |range: &Range<usize>| if exact { span.part(range.start, range.end) } else { span };
    let mut out = Text::default();
    let mut from = 0;
    for hole in holes {
        let before = from..hole.range.start;
        out.push_str(written.get(before.start..before.end).unwrap_or_default(), part(&before));
        let inner = written.get(hole.range.start..hole.range.end).unwrap_or_default();
        let at = part(&hole.range);
        // Numbers of documentation are what guides are written with, not what somebody forgot.
        if !is_account_id(inner) {
            found.push(Placeholder { span: at, text: inner.into(), applied: None, rendered: false });
        }
        let origin = Origin::new(OriginKind::Placeholder(inner.into()));
        out.push(PieceKind::Symbol(Symbol::new(hole.class, origin, Because::Input)), at);
        from = hole.range.end;
    }
    out.push_str(written.get(from..).unwrap_or_default(), part(&(from..written.len())));
    out
}

/// The placeholders of a text, in their order.
fn holes(text: &str, place: Place) -> Vec<Hole> {
    let marked = marked(text);
    if place == Place::Other {
        return keyed(marked);
    }
    if let Some(parts) = fields(text, &marked) {
        return of_arn(text, &parts, marked);
    }
    let whole = 0..text.len();
    let is_account = is_account_id(text) && is_example_account(text);
    if is_account && matches!(place, Place::Principal | Place::Condition) {
        return vec![Hole { range: whole, class: Class::AccountId }];
    }
    if !marked.is_empty() {
        return keyed(marked);
    }
    let is_whole = match place {
        Place::Principal => text.is_empty() || !text.contains('*') && is_stand_in(text),
        Place::Condition => says_so(text),
        Place::Resource => text.is_empty() || is_capitals(text),
        Place::Service | Place::Other => false,
    };
    if is_whole {
        return vec![Hole { range: whole, class: Class::Keyed }];
    }
    if place == Place::Service {
        // The names of services are in lower case.
        let first = text.split('.').next().unwrap_or_default();
        if is_capitals(first) || text.is_empty() {
            return vec![Hole { range: 0..first.len(), class: Class::Keyed }];
        }
    }
    Vec::new()
}

fn keyed(ranges: Vec<Range<usize>>) -> Vec<Hole> {
    ranges.into_iter().map(|range| Hole { range, class: Class::Keyed }).collect()
}

/// The ranges of the six fields of an ARN. Colons in placeholders separate nothing.
fn fields(text: &str, marked: &[Range<usize>]) -> Option<Vec<Range<usize>>> {
    if !text.starts_with("arn:") {
        return None;
    }
    let is_in_mark = |at: usize| marked.iter().any(|mark| mark.contains(&at));
    let mut parts = Vec::new();
    let mut from = 0;
    for (at, _) in text.match_indices(':').filter(|(at, _)| !is_in_mark(*at)).take(5) {
        parts.push(from..at);
        from = at + 1;
    }
    parts.push(from..text.len());
    (parts.len() == 6).then_some(parts)
}

/// The placeholders of an ARN with these fields.
fn of_arn(text: &str, fields: &[Range<usize>], marked: Vec<Range<usize>>) -> Vec<Hole> {
    let slice = |range: &Range<usize>| text.get(range.start..range.end).unwrap_or_default();
    let [_, _, service, region, account, resource] = fields else { return keyed(marked) };
    let mut holes: Vec<Hole> = Vec::new();
    // Where no service stands before it, a colon is one too many, and nothing is to be filled in.
    if !slice(service).is_empty() && is_no_region(slice(region)) {
        holes.push(Hole { range: region.start..region.end, class: Class::Keyed });
    }
    let written = slice(account);
    let is_marked = marked.iter().any(|mark| mark.start < account.end && account.start < mark.end);
    let is_example = is_account_id(written) && is_example_account(written);
    if is_marked || is_example || !is_account_id(written) && is_stand_in(written) {
        holes.push(Hole { range: account.start..account.end, class: Class::AccountId });
    }
    let inside = |mark: &Range<usize>| mark.start >= resource.start;
    let in_resource: Vec<Range<usize>> = marked.into_iter().filter(inside).collect();
    let is_bucket = slice(service) == "s3" && written.is_empty();
    let mut from = resource.start;
    for segment in slice(resource).split(['/', ':']) {
        let range = from..from + segment.len();
        from = range.end + 1;
        // Names of buckets have no capitals.
        let is_name =
            is_bucket && range.start == resource.start && segment.contains(|c: char| c.is_ascii_uppercase());
        let is_free = !in_resource.iter().any(|mark| mark.start < range.end && range.start < mark.end);
        if is_free && (is_name && !segment.contains(['*', '$']) || is_capitals(segment) && says_so(segment)) {
            holes.push(Hole { range, class: Class::Keyed });
        }
    }
    holes.extend(keyed(in_resource));
    holes.sort_by_key(|hole| hole.range.start);
    holes
}

/// Whether what stands in the place of a region is none: names of regions are in lower case and end in a number. What begins as
/// one is misspelled.
///
/// <https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-regions.html>
fn is_no_region(text: &str) -> bool {
    const STARTS: [&str; 10] = ["af-", "ap-", "ca-", "cn-", "eu-", "il-", "me-", "mx-", "sa-", "us-"];
    let is_word = || {
        !text.contains(['*', '?'])
            && text.ends_with(|c: char| c.is_ascii_alphabetic())
            && !STARTS.iter().any(|start| text.starts_with(start))
            && text != "global"
    };
    text.contains(|c: char| c.is_ascii_uppercase() || "<{[$%".contains(c))
        || text.contains("region")
        || is_word()
}

/// Whether a text stands for an account or ARN: it says so, or is a word in capitals.
fn is_stand_in(text: &str) -> bool {
    let counts = text.len() >= 6 && text.len() != 12 && "12345678901234567890".starts_with(text);
    !text.contains("${") && (counts || is_capitals(text) || is_placeholder(text))
}

/// Whether a text is made of words in capitals: `ROLE_ARN`, `OIDC-PROVIDER`, `XXXXXXXXXXXX`.
fn is_capitals(text: &str) -> bool {
    let is_unique_id =
        ["AROA", "AIDA", "AKIA", "ASIA", "AGPA", "ANPA", "AIPA"].iter().any(|it| text.starts_with(it));
    text.len() > 2
        && text.starts_with(|c: char| c.is_ascii_uppercase())
        && text.bytes().all(|it| it.is_ascii_uppercase() || it.is_ascii_digit() || it == b'_' || it == b'-')
        && !(is_unique_id && text.len() >= 16 && !text.contains(['_', '-']))
}

/// Whether one of the words of a text says that it stands for another one.
fn says_so(text: &str) -> bool {
    const WORDS: [&str; 12] = [
        "ACCOUNT",
        "ARN",
        "CHANGEME",
        "DUMMY",
        "EXAMPLE",
        "HERE",
        "ID",
        "NAME",
        "PLACEHOLDER",
        "REPLACE",
        "TODO",
        "YOUR",
    ];
    let is_one = |word: &str| WORDS.contains(&word) || word.len() >= 4 && word.bytes().all(|it| it == b'X');
    let mut words = text.split(|c: char| !c.is_ascii_alphanumeric());
    // In small letters, these are words like others.
    words.any(is_one)
}

/// What is marked as a placeholder, in its order: `<account>`, `[account]`, `{{ account }}`, `{account}`, `${ACCOUNT}`,
/// `$ACCOUNT`, `%{account}`, `%ACCOUNT%`, `__ACCOUNT__`, `@@ACCOUNT@@`, `##ACCOUNT##`, `#{Account}`. `${aws:username}` is a variable of policies, and `[a-z]` is meant as
/// a pattern.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html>
fn marked(text: &str) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        if let Some(length) = mark(rest) {
            found.push(at..at + length);
            at += length;
        } else if rest.starts_with("${") {
            // The braces of a variable of policies are none of their own.
            at += 2;
        } else {
            at += rest.chars().next().map_or(1, char::len_utf8);
        }
    }
    found
}

/// The length of the placeholder that a text begins with.
fn mark(text: &str) -> Option<usize> {
    let is_word = |inner: &str| {
        let word = |c: char| c.is_ascii_alphanumeric() || "_-. ".contains(c);
        inner.starts_with(|c: char| c.is_ascii_alphabetic()) && inner.chars().all(word)
    };
    let between = |open: &str, close: &str, fits: &dyn Fn(&str) -> bool| {
        let inner = text.strip_prefix(open)?;
        let inner = inner.get(..inner.find(close)?)?;
        fits(inner).then_some(open.len() + inner.len() + close.len())
    };
    let is_reference = |inner: &str| {
        let colons = inner.matches(':').count();
        let is_pseudo = colons == 2 && inner.contains("::");
        inner.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') && (colons == 0 || is_pseudo)
    };
    let is_named = |inner: &str| {
        let is_range = inner.split(['_', '-', '.', ' ']).all(|part| part.len() < 3) && !is_capitals(inner);
        is_word(inner) && (inner == "ID" || !is_range)
    };
    match text.as_bytes().first()? {
        b'[' => between("[", "]", &is_named),
        b'<' => between("<", ">", &|inner| !inner.is_empty() && !inner.contains('<')),
        b'{' => between("{{", "}}", &|inner| !inner.is_empty()).or_else(|| {
            // As parameters of templates are called: `{AWS:Account}`.
            between("{", "}", &|inner| is_named(&inner.replace(':', "_")))
        }),
        b'$' if text.starts_with("${") => between("${", "}", &is_reference),
        b'$' => {
            let name = text.get(1..)?;
            let end = name.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(name.len());
            let starts = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
            starts.then_some(end + 1)
        }
        b'%' => between("%{", "}", &is_word).or_else(|| between("%", "%", &is_word)),
        b'_' => between("__", "__", &is_word),
        b'@' => between("@@", "@@", &is_word).or_else(|| between("@", "@", &is_word)),
        b'#' => between("##", "##", &is_word).or_else(|| between("#{", "}", &|inner| !inner.is_empty())),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The text with its placeholders in brackets.
    fn shown(text: &str, place: Place) -> String {
        let mut out = String::new();
        let mut from = 0;
        for hole in holes(text, place) {
            out.push_str(text.get(from..hole.range.start).unwrap());
            let mark = if hole.class == Class::AccountId { "!" } else { "?" };
            let inner = text.get(hole.range.start..hole.range.end).unwrap();
            out.extend(["[", mark, inner, "]"]);
            from = hole.range.end;
        }
        out + text.get(from..).unwrap()
    }

    #[test]
    fn what_is_to_be_filled_in_is_found_in_arns() {
        for (written, expected) in [
            ("arn:aws:iam::<ACCOUNT_ID>:root", "arn:aws:iam::[!<ACCOUNT_ID>]:root"),
            (
                "arn:aws:iam::{{account-id}}:role/{{ role: name }}",
                "arn:aws:iam::[!{{account-id}}]:role/[?{{ role: name }}]",
            ),
            ("arn:aws:s3:::config-{accountid}/{a,b}/*", "arn:aws:s3:::config-[?{accountid}]/{a,b}/*"),
            ("arn:aws:iam::%ACCOUNT%:root", "arn:aws:iam::[!%ACCOUNT%]:root"),
            ("arn:aws:iam::%{account}:role/%{name}", "arn:aws:iam::[!%{account}]:role/[?%{name}]"),
            ("arn:aws:iam::$ACCOUNT_ID:role/$ROLE", "arn:aws:iam::[!$ACCOUNT_ID]:role/[?$ROLE]"),
            (
                "arn:aws:iam::${ACCOUNT_ID}:user/${aws:username}",
                "arn:aws:iam::[!${ACCOUNT_ID}]:user/${aws:username}",
            ),
            ("arn:aws:iam::${AWS::AccountId}:root", "arn:aws:iam::[!${AWS::AccountId}]:root"),
            ("arn:aws:iam::__ACCOUNT__:root", "arn:aws:iam::[!__ACCOUNT__]:root"),
            ("arn:aws:iam::AccountA-ID:root", "arn:aws:iam::[!AccountA-ID]:root"),
            ("arn:aws:iam::XXXXXXXXXXXX:root", "arn:aws:iam::[!XXXXXXXXXXXX]:root"),
            (
                "arn:aws:iam::ACCOUNT_ID:user/IAM_USER_NAME",
                "arn:aws:iam::[!ACCOUNT_ID]:user/[?IAM_USER_NAME]",
            ),
            ("arn:aws:iam::123456789012:root", "arn:aws:iam::[!123456789012]:root"),
            ("arn:aws:sqs:REGION:640123987001:q", "arn:aws:sqs:[?REGION]:640123987001:q"),
            ("arn:aws:s3:::BUCKET/*", "arn:aws:s3:::[?BUCKET]/*"),
            (
                "arn:aws:s3:::[BUCKET_NAME]/AWSLogs/[ORG_ID]/*",
                "arn:aws:s3:::[?[BUCKET_NAME]]/AWSLogs/[?[ORG_ID]]/*",
            ),
            (
                "arn:aws:ecr:region:account-id:repository/x",
                "arn:aws:ecr:[?region]:[!account-id]:repository/x",
            ),
            ("arn:aws:sqs:[your region]:640123987001:q", "arn:aws:sqs:[?[your region]]:640123987001:q"),
            // A pattern of another language, a misspelled region, and a region that is not said.
            ("arn:aws:s3:::logs/[a-z]/[a-zA-Z0-9]/*", "arn:aws:s3:::logs/[a-z]/[a-zA-Z0-9]/*"),
            ("arn:aws:sqs:us-east:640123987001:q", "arn:aws:sqs:us-east:640123987001:q"),
            ("arn:aws:sqs:*:640123987001:q", "arn:aws:sqs:*:640123987001:q"),
            ("arn:aws:sqs:us-gov-west-1:640123987001:q", "arn:aws:sqs:us-gov-west-1:640123987001:q"),
            // A wrong account ID is none, and names may be in capitals.
            ("arn:aws:iam::64012398700:role/ADMIN_ROLE", "arn:aws:iam::64012398700:role/ADMIN_ROLE"),
            ("arn:aws:iam::*:role/deploy", "arn:aws:iam::*:role/deploy"),
            ("arn:aws:iam::aws:policy/ReadOnlyAccess", "arn:aws:iam::aws:policy/ReadOnlyAccess"),
            ("arn:aws:s3:::logs/${aws:PrincipalTag/Team}/*", "arn:aws:s3:::logs/${aws:PrincipalTag/Team}/*"),
        ] {
            assert_eq!(shown(written, Place::Principal), expected);
        }
    }

    #[test]
    fn what_is_to_be_filled_in_is_found_where_it_stands_alone() {
        for (written, place, expected) in [
            ("ROLE_ARN", Place::Principal, "[?ROLE_ARN]"),
            ("@@ROLE@@", Place::Principal, "[?@@ROLE@@]"),
            ("OIDC_PROVIDER_ARN", Place::Principal, "[?OIDC_PROVIDER_ARN]"),
            ("111122223333", Place::Principal, "[!111122223333]"),
            ("640123987001", Place::Principal, "640123987001"),
            ("*", Place::Principal, "*"),
            ("AROAEXAMPLEEXAMPLE123", Place::Principal, "AROAEXAMPLEEXAMPLE123"),
            ("YOUR_ACCOUNT_ID_HERE", Place::Condition, "[?YOUR_ACCOUNT_ID_HERE]"),
            ("<EXTERNAL_ID>", Place::Condition, "[?<EXTERNAL_ID>]"),
            ("bucket-owner-full-control", Place::Condition, "bucket-owner-full-control"),
            ("SERVICE.amazonaws.com", Place::Service, "[?SERVICE].amazonaws.com"),
            ("ec2.amazonaws.com", Place::Service, "ec2.amazonaws.com"),
            ("s3:*", Place::Other, "s3:*"),
        ] {
            assert_eq!(shown(written, place), expected);
        }
    }
}
