//! Expressions, evaluated against a map of names and a map of files.

use std::cell::RefCell;
use std::collections::BTreeMap;

use super::convert::written_json;
use super::evaluator::{Bound, Evaluator};
use super::files::Files;
use super::functions::tests::parsed;
use super::invariant::Invariants;
use super::names::{Names, Traversal};
use super::unknown::own;
use super::work::Work;
use crate::parse::json::value_from_text;
use crate::source::{SourceId, SourceText, Sources, Span};
use crate::value::{Answer, Because, Kind, Symbol, Text, UnitKey, Value};

/// Values by name.
struct Map(BTreeMap<&'static str, Value>);

impl Names for Map {
    fn value(&self, asked: &Traversal<'_>) -> Value {
        match self.0.get(asked.name) {
            Some(value) => asked.follow(value, 0),
            None => asked.undeclared(asked.name),
        }
    }

    fn undeclared(&self, name: &str) -> Symbol {
        own(&UnitKey::of("nowhere"), name, Because::Undeclared)
    }
}

/// Files by path.
struct Texts {
    sources: Sources,
    consumed: RefCell<Vec<SourceId>>,
}

impl Files for Texts {
    fn find(&self, path: &str) -> Option<SourceId> {
        self.sources.find(path)
    }

    fn place(&self, path: &str) -> Option<String> {
        Some(path.to_owned())
    }

    fn is_directory(&self, path: &str) -> bool {
        self.sources.below(path).next().is_some()
    }

    fn below(&self, _directory: &str, fits: &dyn Fn(&str) -> bool) -> Vec<String> {
        let paths = self.sources.ids().map(|id| self.sources.path(id));
        paths.filter(|path| fits(path)).map(str::to_owned).collect()
    }

    fn text(&self, file: SourceId) -> Option<SourceText> {
        self.sources.text(file).ok()
    }

    fn consume(&self, file: SourceId) {
        self.consumed.borrow_mut().push(file);
    }

    fn is_hidden(&self, _file: SourceId) -> bool {
        false
    }
}

fn json(text: &str) -> Value {
    let span = Span::start_of(SourceId::first());
    value_from_text(&Text::literal(text, span), span).unwrap()
}

/// What an expression says, whether Terraform refuses it, and how many files it has read.
fn evaluated(expression: &str) -> (Value, Answer, usize) {
    let unknown = Value::unknown(
        own(&UnitKey::of("here"), "var.env", Because::Input),
        Span::start_of(SourceId::first()),
    );
    let names = Map(BTreeMap::from([
        ("env", unknown),
        ("count", json("3")),
        ("roles", json(r#"[{"name": "a", "path": "/x/"}, {"name": "b", "path": "/"}]"#)),
    ]));
    let files = [("role.tpl", "%{ for name in names }role/${name} %{ endfor }"), ("note.txt", "hello")];
    let files = files.map(|(path, text)| (path.to_owned(), text.to_owned()));
    let files = Texts { sources: Sources::in_memory(files), consumed: RefCell::default() };
    let (work, invariants) = (Work::default(), Invariants::default());
    let evaluator = Evaluator { names: &names, files: &files, work: &work, invariants: &invariants };
    let (value, failure) = work.watch(|| evaluator.value(&Bound::default(), &parsed(expression)));
    let read = files.consumed.borrow().len();
    (value, failure, read)
}

#[test]
fn names_mean_what_whoever_evaluates_says() {
    let cases = [
        ("count + 1", "4"),
        ("roles[1].name", r#""b""#),
        ("roles[*].path", r#"["/x/","/"]"#),
        (r#"[for role in roles : "${role.name}-${count}" if role.path != "/"]"#, r#"["a-3"]"#),
        ("{ for at, role in roles : role.name => at }", r#"{"a":0,"b":1}"#),
        (r#"try(roles[0].arn, "none")"#, r#""none""#),
        (r#"templatefile("role.tpl", { names = roles[*].name })"#, r#""role/a role/b ""#),
        (r#"upper(file("note.txt"))"#, r#""HELLO""#),
    ];
    for (expression, expected) in cases {
        let (value, failure, _) = evaluated(expression);
        assert_eq!(written_json(&value).as_deref(), Ok(expected), "{expression}");
        assert_eq!(failure, Answer::No, "{expression}");
    }
}

#[test]
fn what_is_not_known_keeps_its_identity() {
    let same = |one: &str, other: &str| {
        let [one, other] = [one, other].map(|it| evaluated(it).0.as_text().unwrap());
        one == other
    };
    assert!(same(r#""arn:${env}""#, r#"format("arn:%s", env)"#));
    assert!(same("upper(env)", "upper((env))"));
    assert!(!same("upper(env)", "lower(env)"));
    assert!(!same("env", "other"));
}

#[test]
fn what_is_declared_nowhere_is_refused() {
    let (value, failure, _) = evaluated("other.name");
    assert!(matches!(&value.kind, Kind::Unknown(symbol) if symbol.because == Because::Undeclared));
    assert_eq!(failure, Answer::Yes);
    assert_eq!(evaluated("roles[0].arn").1, Answer::Yes);
    assert_eq!(evaluated("env.part").1, Answer::Unknown);
}

#[test]
fn a_file_that_is_read_as_a_value_is_noted() {
    assert_eq!(evaluated(r#"file("note.txt")"#).2, 1);
    // What has only its hash taken is not.
    assert_eq!(evaluated(r#"filemd5("note.txt")"#).2, 0);
    assert_eq!(evaluated(r#"file("missing.txt")"#).2, 0);
}
