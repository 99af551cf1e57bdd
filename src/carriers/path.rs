//! Paths to properties.

use crate::value::{Kind, Map, Value};

/// A step of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// Into the property of that name.
    ///
    /// Terraform writes a nested block as a list even when there can be only one, so readers go into every
    /// item when they meet a list here; [`values`] does.
    Property(&'static str),
    /// Into each item of a list, or each value of a map.
    Each,
}

/// The steps of `inline_policy[].policy`, `Events.<key>`.
pub(super) fn parse(written: &'static str) -> Vec<Step> {
    let mut steps = Vec::new();
    for part in written.split('.').filter(|part| !part.is_empty()) {
        let name = part.strip_suffix("[]").unwrap_or(part);
        if name == "<key>" {
            steps.push(Step::Each);
            continue;
        }
        steps.push(Step::Property(name));
        if name.len() != part.len() {
            steps.push(Step::Each);
        }
    }
    steps
}

/// The values at `path` below `properties`.
///
/// A value that is not known on the way there (a symbol, an unknown list) stands in for what is below it, so
/// that nothing is lost; values that are not set give nothing. The last step is not opened: a list of names
/// is one value.
pub fn values<'v>(properties: &'v Map, path: &[Step]) -> Vec<&'v Value> {
    chosen(properties, path).into_iter().map(|(value, _)| value).collect()
}

/// One of several alternatives.
#[derive(Clone, Copy, Debug)]
pub struct Alternative<'v> {
    /// All of them.
    pub all: &'v [Value],
    /// The one that is meant.
    pub own: &'v Value,
}

/// As [`values`], each with the alternative that it is part of, when not all of them have it.
pub fn chosen<'v>(properties: &'v Map, path: &[Step]) -> Vec<(&'v Value, Option<Alternative<'v>>)> {
    let Some((Step::Property(name), rest)) = path.split_first() else { return Vec::new() };
    let mut found = Vec::new();
    if let Some(value) = properties.get(name) {
        descend(value, rest, None, &mut found);
    }
    found
}

/// The values at two paths, as they belong together: those at `path` and those at `other` in the same item of every list
/// that both paths go through.
pub fn values_together<'v>(
    properties: &'v Map,
    path: &[Step],
    other: &[Step],
) -> Vec<(Vec<&'v Value>, Vec<&'v Value>)> {
    let common = path.iter().zip(other).take_while(|(a, b)| a == b).count();
    let is_property = |path: &[Step], at: usize| matches!(path.get(at), Some(Step::Property(_)));
    let at =
        (0..=common).rev().find(|at| is_property(path, *at) && is_property(other, *at)).unwrap_or_default();
    let (Some((prefix, rest)), Some(other)) = (path.split_at_checked(at), other.get(at..)) else {
        return Vec::new();
    };
    let mut parents = Vec::new();
    if prefix.is_empty() {
        parents.push(properties);
    } else {
        for value in values(properties, prefix) {
            maps(value, &mut parents);
        }
    }
    parents.into_iter().map(|parent| (values(parent, rest), values(parent, other))).collect()
}

/// Whether what stands at a path may differ: it, or something on the way to it, is a choice.
pub fn may_differ(properties: &Map, path: &[Step]) -> bool {
    let Some(Step::Property(name)) = path.first() else { return false };
    properties.get(name).is_some_and(has_choice)
}

/// Whether there may be more at a path than is known: something on the way to it is not known, or has more entries or
/// items than those that are.
pub fn may_have_more(properties: &Map, path: &[Step]) -> bool {
    let Some((Step::Property(name), rest)) = path.split_first() else { return false };
    properties.get(name).map_or(properties.open, |value| has_more(value, rest))
}

/// The recursion goes as [`descend`] does.
fn has_more(value: &Value, path: &[Step]) -> bool {
    // What is nothing by default may be set.
    let Some((step, rest)) = path.split_first() else { return value.awaited().is_some() };
    let below = if *step == Step::Each { rest } else { path };
    match &value.kind {
        Kind::Unknown(_) => true,
        Kind::Choice(all) => all.iter().any(|one| has_more(one, path)),
        Kind::Json(inner) => has_more(inner, path),
        Kind::Null => value.awaited().is_some(),
        Kind::List(list) => list.open || list.items.iter().any(|item| has_more(item, below)),
        Kind::Map(map) if *step != Step::Each => may_have_more(map, path),
        Kind::Map(map) => {
            map.open
                || map.entries.iter().any(|entry| has_more(&entry.value, rest))
                || has(value, rest) && may_have_more(map, rest)
        }
        _ => false,
    }
}

/// The recursion follows a value, whose nesting is bounded where values are made.
fn has_choice(value: &Value) -> bool {
    match &value.kind {
        Kind::Choice(_) => true,
        Kind::List(list) => list.items.iter().any(has_choice),
        Kind::Map(map) => map.entries.iter().any(|entry| has_choice(&entry.value)),
        Kind::Json(inner) => has_choice(inner),
        _ => false,
    }
}

/// The maps in a list or choice, or the map itself. The recursion is bounded as that of [`descend`] is.
fn maps<'v>(value: &'v Value, found: &mut Vec<&'v Map>) {
    match &value.kind {
        Kind::Map(map) => found.push(map),
        Kind::List(list) => list.items.iter().for_each(|item| maps(item, found)),
        Kind::Choice(all) => all.iter().for_each(|one| maps(one, found)),
        Kind::Json(inner) => maps(inner, found),
        _ => {}
    }
}

/// The recursion goes one step or one level of nesting of the evaluated value down, both of which are bounded
/// where values are made.
fn descend<'v>(
    value: &'v Value,
    path: &[Step],
    part_of: Option<Alternative<'v>>,
    found: &mut Vec<(&'v Value, Option<Alternative<'v>>)>,
) {
    let Some((step, rest)) = path.split_first() else {
        if !value.is_unset() {
            found.push((value, part_of));
        }
        return;
    };
    match (&value.kind, step) {
        (Kind::Choice(alternatives), _) => {
            alternatives.iter().for_each(|each| {
                descend(each, path, Some(Alternative { all: alternatives, own: each }), found);
            });
        }
        (Kind::Json(inner), _) => descend(inner, path, part_of, found),
        (Kind::List(list), Step::Each) => {
            list.items.iter().for_each(|each| descend(each, rest, part_of, found));
        }
        (Kind::List(list), Step::Property(_)) => {
            list.items.iter().for_each(|each| descend(each, path, part_of, found));
        }
        (Kind::Map(map), Step::Property(name)) => {
            if let Some(value) = map.get(name) {
                descend(value, rest, part_of, found);
            }
        }
        // A single block where several may be: CloudFormation accepts an object for a list of one.
        (Kind::Map(_), Step::Each) if matches!(rest.first(), Some(Step::Property(_))) && has(value, rest) => {
            descend(value, rest, part_of, found);
        }
        (Kind::Map(map), Step::Each) => {
            map.entries.iter().for_each(|entry| descend(&entry.value, rest, part_of, found));
        }
        (Kind::Unknown(_) | Kind::Text(_), _) => found.push((value, part_of)),
        (Kind::Null | Kind::Absent | Kind::Bool(_) | Kind::Number(_), _) => {}
    }
}

fn has(value: &Value, path: &[Step]) -> bool {
    matches!((&value.kind, path.first()), (Kind::Map(map), Some(Step::Property(name))) if map.get(name).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{Sources, Span};

    fn span() -> Span {
        let sources = Sources::in_memory([("a".to_owned(), String::new())]);
        Span::start_of(sources.find("a").unwrap())
    }

    fn map(entries: Vec<(&str, Value)>) -> Map {
        let mut map = Map::default();
        for (key, value) in entries {
            map.insert(key, span(), value);
        }
        map
    }

    fn object(entries: Vec<(&str, Value)>) -> Value {
        Value::new(Kind::Map(map(entries)), span())
    }

    fn shown(properties: &Map, path: &'static str) -> Vec<String> {
        values(properties, &parse(path)).iter().map(|value| value.as_text().unwrap().to_string()).collect()
    }

    #[test]
    fn values_belong_together_in_the_same_item() {
        let word = |text: &str| Value::literal(text, span());
        let item = |entries| Value::new(Kind::Map(map(entries)), span());
        let items = vec![
            item(vec![("Role", word("a")), ("Id", word("1"))]),
            item(vec![("Role", word("b"))]),
            item(vec![("Id", word("3"))]),
        ];
        let properties = map(vec![("Own", word("o")), ("Steps", Value::list(items, span()))]);
        let together = |path, other| {
            let shown = |values: Vec<&Value>| {
                values.iter().filter_map(|value| value.as_str()).collect::<Vec<_>>().join(",")
            };
            let found = values_together(&properties, &parse(path), &parse(other)).into_iter();
            found.map(|(one, other)| format!("{}|{}", shown(one), shown(other))).collect::<Vec<_>>()
        };
        assert_eq!(together("Steps[].Role", "Steps[].Id"), ["a|1", "b|", "|3"]);
        assert_eq!(together("Steps[].Role", "Own"), ["a,b|o"]);
        assert_eq!(together("Own", "Own"), ["o|o"]);
        assert_eq!(together("Nothing[].Role", "Nothing[].Id"), [""; 0]);
    }

    #[test]
    fn paths_are_read() {
        assert_eq!(
            parse("inline_policy[].policy"),
            [Step::Property("inline_policy"), Step::Each, Step::Property("policy")]
        );
        assert_eq!(parse("Events.<key>"), [Step::Property("Events"), Step::Each]);
        assert_eq!(parse(""), []);
    }

    #[test]
    fn every_block_is_entered_whether_written_as_a_list_or_not() {
        let block = |text: &str| object(vec![("policy", Value::literal(text, span()))]);
        let several = map(vec![("inline_policy", Value::list(vec![block("a"), block("b")], span()))]);
        assert_eq!(shown(&several, "inline_policy[].policy"), ["a", "b"]);
        let one = map(vec![("details", Value::list(vec![block("a")], span()))]);
        assert_eq!(shown(&one, "details.policy"), ["a"]);
        let single = map(vec![("Policies", block("a"))]);
        assert_eq!(shown(&single, "Policies[].policy"), ["a"]);
    }

    #[test]
    fn an_unknown_on_the_way_stands_in_for_what_is_below() {
        use crate::value::{Because, Class, Symbol};
        let unknown = Value::unknown(Symbol::new(Class::Keyed, "var.blocks", Because::Input), span());
        assert_eq!(
            shown(&map(vec![("inline_policy", unknown)]), "inline_policy[].policy"),
            ["${var.blocks}"]
        );
        let unset = map(vec![("inline_policy", Value::new(Kind::Null, span()))]);
        assert!(values(&unset, &parse("inline_policy[].policy")).is_empty());
    }
}
