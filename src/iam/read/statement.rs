//! Statements, clauses and conditions.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::items::{each, item, scalar};
use super::{Defect, DefectKind, check_names, element, principals, text_of};
use crate::iam::condition::{Operator, Test, fitting, network};
use crate::iam::policy::{Clause, Condition, Effect, Item, Polarity, Statement};
use crate::source::{Span, Spanned};
use crate::value::{Answer, Entry, Kind, Map, Presence, Symbol, Text, Value, fitted};

pub(super) const ELEMENTS: &[&str] = &[
    "Sid",
    "Effect",
    "Principal",
    "NotPrincipal",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Condition",
];

/// Reads one statement. `Err` says whether what stands there may be statements all the same.
pub(super) fn read(value: &Value, present: &Presence, defects: &mut Vec<Defect>) -> Result<Statement, bool> {
    let mut inner = value;
    while let Kind::Json(next) = &inner.kind {
        inner = next;
    }
    let Kind::Map(map) = &inner.kind else {
        if matches!(inner.kind, Kind::Unknown(_)) {
            return Err(true);
        }
        let unresolved = matches!(&inner.kind, Kind::Text(text) if text.as_literal().is_none());
        if !unresolved {
            defects.push(Defect::new(DefectKind::Value, value.span, "a statement is a JSON object"));
        }
        return Err(unresolved);
    };
    check_names(map, ELEMENTS, "a statement", defects);
    let clauses = Clauses { map, span: value.span, inside: present.inside() };
    let actions = clauses.texts("Action", "NotAction", defects);
    if actions.is_none() && !map.open {
        defects.push(
            Defect::new(
                DefectKind::Missing,
                value.span,
                "the statement has neither `Action` nor `NotAction`",
            )
            .fix("add an `Action`"),
        );
    }
    let empty = || Clause { polarity: Polarity::In, items: Vec::new(), open: map.open, key_span: value.span };
    let mut statement = Statement {
        sid: element(map, "Sid", defects).and_then(|entry| text_of(entry, "Sid", defects)).map(Box::new),
        effect: effect(map, value.span, defects),
        principals: clauses.principals(defects),
        actions: actions.unwrap_or_else(empty),
        resources: clauses.texts("Resource", "NotResource", defects),
        conditions: Vec::new(),
        conditions_open: map.open,
        present: present.answer,
        when: present.choices(),
        span: value.span,
        via: value.via.clone(),
    };
    if let Some(entry) = element(map, "Condition", defects) {
        statement.conditions_open |=
            conditions(&entry.value, &clauses.inside, &mut statement.conditions, defects);
        statement.conditions = fitted(statement.conditions);
    }
    Ok(statement)
}

fn effect(map: &Map, span: Span, defects: &mut Vec<Defect>) -> Option<Effect> {
    let Some(entry) = element(map, "Effect", defects) else {
        if !map.open {
            defects.push(
                Defect::new(DefectKind::Missing, span, "the statement has no `Effect`")
                    .fix("add `Effect`: `Allow` or `Deny`"),
            );
        }
        return None;
    };
    let written = text_of(entry, "Effect", defects)?.as_literal()?.into_owned();
    match &*written {
        "Allow" => return Some(Effect::Allow),
        "Deny" => return Some(Effect::Deny),
        _ => {}
    }
    let is_case = written.eq_ignore_ascii_case("allow") || written.eq_ignore_ascii_case("deny");
    let kind = if is_case { DefectKind::Case } else { DefectKind::Value };
    let message = format!("`Effect` is `Allow` or `Deny`, exactly so written, not `{written}`");
    defects.push(Defect::new(kind, entry.value.span, message).fix("write `Allow` or `Deny`"));
    None
}

struct Clauses<'a> {
    map: &'a Map,
    span: Span,
    /// Whether what stands in the statement is there, when the statement is.
    inside: Presence,
}

impl Clauses<'_> {
    /// The entry of an element or of its negation. When both are there, which AWS refuses, the plain one. Of two that
    /// are not known, one may well be null.
    fn either(&self, name: &str, negated: &str, defects: &mut Vec<Defect>) -> Option<(&Entry, Polarity)> {
        let (plain, other) = (element(self.map, name, defects), element(self.map, negated, defects));
        // Where both may be set, the one that is counts.
        let is_any = [plain, other].into_iter().flatten().any(|entry| !entry.value.is_unset());
        let is_set =
            |entry: &&Entry| if is_any { !entry.value.is_unset() } else { !entry.value.is_left_out() };
        let (plain, other) = (plain.filter(is_set), other.filter(is_set));
        let is_there = |entry: Option<&Entry>| {
            let may_be_none = |one: &Value| one.is_unset() || matches!(one.kind, Kind::Unknown(_));
            entry.is_some_and(|entry| !entry.value.alternatives().iter().any(may_be_none))
        };
        if is_there(plain) && is_there(other) {
            let message = format!("`{name}` and `{negated}` exclude each other");
            let place = other.map_or(self.span, |entry| entry.key_span);
            defects.push(Defect::new(DefectKind::Exclusive, place, message));
        }
        match (plain, other) {
            (Some(entry), _) => Some((entry, Polarity::In)),
            (None, Some(entry)) => Some((entry, Polarity::NotIn)),
            (None, None) => None,
        }
    }

    fn texts(&self, name: &str, negated: &str, defects: &mut Vec<Defect>) -> Option<Clause<Text>> {
        let (entry, polarity) = self.either(name, negated, defects)?;
        let mut items = Vec::new();
        let before = defects.len();
        let open = texts(&entry.value, &self.inside, &mut items, defects);
        if items.is_empty() && defects.len() == before {
            defects.extend(empty(entry, open));
        }
        Some(Clause { polarity, items: fitted(items), open, key_span: entry.key_span })
    }

    fn principals(&self, defects: &mut Vec<Defect>) -> Option<Clause<crate::iam::principal::Principal>> {
        let (entry, polarity) = self.either("Principal", "NotPrincipal", defects)?;
        let mut items = Vec::new();
        let before = defects.len();
        let open = principals::read(&entry.value, &self.inside, &mut items, defects);
        if items.is_empty() && defects.len() == before {
            defects.extend(empty(entry, open));
        }
        Some(Clause { polarity, items: fitted(items), open, key_span: entry.key_span })
    }
}

/// What is said of an element without items: nothing when there may be some, unless it is known which input is empty.
fn empty(entry: &Entry, open: bool) -> Option<Defect> {
    let parts = entry.value.as_map().into_iter().flat_map(|map| map.entries.iter().map(|part| &part.value));
    let inputs: Option<Vec<&Symbol>> = match &entry.value.kind {
        Kind::Map(map) if map.open => None,
        Kind::Map(_) => parts.map(Value::unset_input).collect(),
        _ => entry.value.unset_input().map(|input| vec![input]),
    };
    let input = inputs.as_deref().and_then(|inputs| inputs.first().copied());
    let (how, fix) = match input {
        Some(_) => (" by default", "set it, or leave the statement out while it is empty"),
        None if open => return None,
        None if refers(entry) => BY_REFERENCE,
        None => ("", ""),
    };
    let unset = input.map(|input| input.shown().to_owned());
    let list = Some(entry).filter(|_| fix.is_empty()).and_then(list);
    let message = format!("`{}` is empty{how}", entry.key);
    Some(Defect { unset, list, ..Defect::new(DefectKind::Empty, entry.key_span, message).fix(fix) })
}

/// What is said of an element that is empty because the variable, local or default that it refers to is, and what to do.
pub const BY_REFERENCE: (&str, &str) = (
    " with the value it refers to",
    "set the value that it refers to, or leave the statement out while it is empty",
);

/// The value of an element, and those of its parts when it is an object.
fn parts(entry: &Entry) -> impl Iterator<Item = &Value> {
    let inside = entry.value.as_map().into_iter().flat_map(|map| map.entries.iter().map(|one| &one.value));
    std::iter::once(&entry.value).chain(inside)
}

/// Whether an element or a part of it comes through a reference.
fn refers(entry: &Entry) -> bool {
    parts(entry).any(|value| value.via.spans().next().is_some())
}

/// What stands in place of a list: brackets, or an expression that gives an empty one.
fn list(entry: &Entry) -> Option<Span> {
    parts(entry).find(|value| value.as_map().is_none()).map(|value| value.span)
}

fn texts(value: &Value, present: &Presence, items: &mut Vec<Item<Text>>, defects: &mut Vec<Defect>) -> bool {
    each(value, present, &mut |value, present| match scalar(value) {
        Some(text) => items.push(item(value, text.clone(), text, present, "")),
        None => defects.push(no_text(value)),
    })
}

/// What is said of a value that is no string. In YAML `codebuild: *` is an object with a key.
fn no_text(value: &Value) -> Defect {
    let Some(map) = value.as_map() else {
        return Defect::new(DefectKind::Value, value.span, "a string stands here, or a list of them");
    };
    let [only] = map.entries.as_slice() else {
        let message = "an object stands where a string belongs, or a list of strings";
        return Defect::new(DefectKind::Object, value.span, message);
    };
    let message = format!("an object with the key `{}` stands where a string belongs", only.key);
    let defect = Defect::new(DefectKind::Object, value.span, message);
    match (only.key.as_literal(), only.value.as_str()) {
        (Some(key), Some(value))
            if key.bytes().all(|byte| byte.is_ascii_lowercase() || b":-".contains(&byte)) =>
        {
            defect.fix(format!("write the string `{key}:{value}`"))
        }
        _ => defect.fix("write a string, or a list of strings"),
    }
}

/// Reads a `Condition` block; says whether there may be more conditions.
fn conditions(
    value: &Value,
    present: &Presence,
    out: &mut Vec<Condition>,
    defects: &mut Vec<Defect>,
) -> bool {
    let mut open = false;
    // A block that nobody sets is none.
    if value.is_unset() {
        return false;
    }
    let more = each(value, present, &mut |block, present| match &block.kind {
        Kind::Map(operators) => open |= block_conditions(operators, present, out, defects),
        _ if !block.is_known() => open = true,
        _ => defects.push(
            Defect::new(DefectKind::Value, block.span, "a `Condition` is a JSON object")
                .fix("write an operator, a key and a value: `{\"StringEquals\": {\"KEY\": VALUE}}`"),
        ),
    });
    open | more
}

fn block_conditions(
    operators: &Map,
    present: &Presence,
    out: &mut Vec<Condition>,
    defects: &mut Vec<Defect>,
) -> bool {
    let mut open = operators.open;
    let among = repetitions(operators);
    for (index, operator) in operators.entries.iter().enumerate() {
        let Some(name) = operator.key.as_literal() else {
            open = true;
            continue;
        };
        let known = Operator::parse(&name);
        if known.is_none() {
            let message = format!("`{name}` is not a condition operator");
            let defect = Defect::new(DefectKind::Operator, operator.key_span, message);
            defects.push(defect.fix(fitting_for(&name, &operator.value)));
        }
        let is_repeated = repeated(operators, index, &among, defects);
        let name = Arc::new(Spanned::new(name.into_owned(), operator.key_span));
        let more = each(&operator.value, present, &mut |keys, present| match &keys.kind {
            Kind::Map(keys) => {
                open |= keys.open;
                let among = repetitions(keys);
                for (index, key) in keys.entries.iter().enumerate() {
                    let mut condition = condition(&name, key, present, defects);
                    if repeated(keys, index, &among, defects) || is_repeated {
                        condition.present = condition.present.and(Answer::Unknown);
                    }
                    if known.is_some_and(|known| known.test == Test::Ip) {
                        defects.extend(condition.values.iter().filter_map(no_address));
                    }
                    out.push(condition);
                }
            }
            _ if !keys.is_known() => open = true,
            // Of a key in the place of the operator, it is said that it is none.
            _ if known.is_none() => {}
            _ => defects.push(
                Defect::new(
                    DefectKind::Value,
                    keys.span,
                    "an operator holds a JSON object of condition keys",
                )
                .fix(format!("write `\"{}\": {{\"KEY\": VALUE}}`", name.value)),
            ),
        });
        open |= more;
    }
    open
}

/// What is wrong with a value of `IpAddress` that is no range: it matches no address.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_IPAddress>
fn no_address(value: &Item<Text>) -> Option<Defect> {
    let written = value.value.as_literal().filter(|written| !written.contains("${"))?;
    let message = || format!("`{written}` is not an IP address or a range in CIDR format");
    network(&written).is_none().then(|| Defect::new(DefectKind::Condition, value.span, message()))
}

/// Where the keys that occur several times in a part of a condition first do, in small letters.
fn repetitions(map: &Map) -> FxHashMap<String, usize> {
    let (mut first, mut repeated) = (FxHashMap::default(), FxHashMap::default());
    if map.entries.len() < 2 {
        return repeated;
    }
    for (index, entry) in map.entries.iter().enumerate() {
        let Some(key) = entry.key.as_literal().map(|key| key.to_ascii_lowercase()) else { continue };
        match first.get(&key) {
            Some(earlier) => {
                repeated.entry(key).or_insert(*earlier);
            }
            None => {
                first.insert(key, index);
            }
        }
    }
    repeated
}

/// Whether an entry is among these repetitions. Which of both counts, no page says.
fn repeated(map: &Map, index: usize, among: &FxHashMap<String, usize>, defects: &mut Vec<Defect>) -> bool {
    if among.is_empty() {
        return false;
    }
    let Some(entry) = map.entries.get(index) else { return false };
    let Some(key) = entry.key.as_literal() else { return false };
    let Some(first) = among.get(&key.to_ascii_lowercase()) else { return false };
    if *first < index {
        let message = format!("`{key}` occurs twice; only one of them counts");
        defects.push(Defect::new(DefectKind::Duplicate, entry.key_span, message));
    }
    true
}

/// The operator for a key that stands in its place; empty for none.
fn fitting_for(key: &str, values: &Value) -> String {
    let texts: Vec<Text> = match &values.kind {
        Kind::List(list) => list.items.iter().filter_map(Value::as_text).collect(),
        _ => values.as_text().into_iter().collect(),
    };
    let is_key = key.contains(':') && !key.contains(' ');
    is_key.then(|| fitting(key, &texts, false)).flatten().unwrap_or_default()
}

fn condition(
    operator: &Arc<Spanned<String>>,
    key: &Entry,
    present: &Presence,
    defects: &mut Vec<Defect>,
) -> Condition {
    let mut values = Vec::new();
    let open = texts(&key.value, &present.inside(), &mut values, defects);
    // A key whose only values may all be missing may be missing itself: `NoValue` removes it.
    let removable = match &key.value.kind {
        Kind::Null | Kind::Absent if key.value.is_left_out() => Answer::No,
        Kind::Choice(all) if all.iter().any(Value::is_left_out) => Answer::Unknown,
        _ => Answer::Yes,
    };
    Condition {
        operator: Arc::clone(operator),
        key: Spanned::new(key.key_text().into_owned(), key.key_span),
        values: values.into(),
        open,
        present: present.answer.and(removable),
        when: present.choices(),
    }
}
