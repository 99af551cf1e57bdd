//! Values of Terraform: what is known while something is not known stays the same when that is filled.

use trustlint::internals::value::{Kind, Value};
use trustlint::internals::walk;

use crate::{Dice, memory, places};

/// Another role, which whatever stands beside it must not lose.
const OTHER: &str =
    "resource \"aws_iam_role\" \"other\" {\n  name = \"other\"\n  assume_role_policy = \"{}\"\n}\n";

const VARIABLES: &str = "variable \"x\" {}\nvariable \"s\" {\n  type = string\n}\nvariable \"n\" {\n  type = number\n}\n\
    variable \"b\" {\n  type = bool\n}\nvariable \"l\" {\n  type = list(string)\n}\nvariable \"m\" {\n  type = map(string)\n}\n\
    locals {\n  t = \"t\"\n  ts = [\"a\", \"b\"]\n  o = { a = \"1\", b = \"2\" }\n}\n";

const ANY: &[&str] = &["\"a\"", "1", "true", "[\"a\"]", "[]", "{ a = \"b\" }", "\"\"", "0"];
const TEXTS: &[&str] =
    &["\"\"", "\"a\"", "\"1\"", "\"true\"", "\"a,b\"", "\"arn:aws:iam::111111111111:role/a\"", "\"A-b\""];
const NUMBERS: &[&str] = &["0", "1", "2", "-1", "1.5", "1000000"];
const BOOLS: &[&str] = &["true", "false"];
const LISTS: &[&str] = &["[]", "[\"a\"]", "[\"b\", \"a\"]", "[\"\", \"\"]"];
const MAPS: &[&str] = &["{}", "{ a = \"1\" }", "{ b = \"\", a = \"x\" }"];

/// What the property `assume_role_policy` of the role `probe` comes to, where there is one such role.
fn probe(files: &[(&str, &str)]) -> Option<Value> {
    let sources = memory(files);
    let (walked, _) = walk::project(&sources, &walk::Inputs::default());
    places::walked(&sources, &walked);
    let others = walked.declarations.iter().filter(|one| one.address.ends_with("aws_iam_role.other"));
    assert!(others.count() >= 1, "the role of another file is lost");
    let mut found = walked.declarations.iter().filter(|one| one.address == "aws_iam_role.probe");
    let (first, second) = (found.next(), found.next());
    if second.is_some() { None } else { first?.properties.get("assume_role_policy").cloned() }
}

/// An expression.
pub fn expression(text: &str) {
    let module = format!(
        "resource \"aws_iam_role\" \"probe\" {{\n  name = \"probe\"\n  assume_role_policy = {text}\n}}\n"
    );
    let before = probe(&[("main.tf", &module), ("variables.tf", VARIABLES), ("other/z.tf", OTHER)]);
    let Some(before) = before else { return };
    let mut dice = Dice::of(text);
    for _ in 0..2 {
        let all = [("x", ANY), ("s", TEXTS), ("n", NUMBERS), ("b", BOOLS), ("l", LISTS), ("m", MAPS)];
        let values: String =
            all.into_iter().map(|(name, values)| format!("{name} = {}\n", dice.pick(values))).collect();
        let files = [
            ("main.tf", &*module),
            ("variables.tf", VARIABLES),
            ("terraform.tfvars", &values),
            ("other/z.tf", OTHER),
        ];
        if let Some(after) = probe(&files) {
            assert!(agree(&before, &after), "{before:?}\nbecomes\n{after:?}\nwith\n{values}");
        }
    }
}

/// Whether the second one can be what the first one comes to.
fn agree(open: &Value, filled: &Value) -> bool {
    match (&open.kind, &filled.kind) {
        (Kind::Null, Kind::Null) => true,
        // A text that is an encoded value.
        (Kind::Json(a), Kind::Json(b)) => agree(a, b),
        (Kind::Json(_), Kind::Text(_)) | (Kind::Text(_), Kind::Json(_)) => true,
        (Kind::Bool(a), Kind::Bool(b)) => a == b,
        (Kind::Number(a), Kind::Number(b)) => a == b || a.parse::<f64>().ok() == b.parse::<f64>().ok(),
        (Kind::Text(a), Kind::Text(b)) => match (a.as_literal(), b.as_literal()) {
            (Some(a), Some(b)) => a == b,
            _ => true,
        },
        (Kind::List(a), Kind::List(b)) => {
            let certain = |value: &Value| !matches!(value.kind, Kind::Choice(_) | Kind::Absent);
            let is_known = !a.open && !b.open && a.items.iter().chain(b.items.iter()).all(certain);
            !is_known
                || a.items.len() == b.items.len()
                    && a.items.iter().zip(b.items.iter()).all(|(a, b)| agree(a, b))
        }
        (Kind::Map(a), Kind::Map(b)) => {
            let is_known = |one: &trustlint::internals::value::Map| {
                !one.open && one.entries.iter().all(|entry| entry.key.as_literal().is_some())
            };
            let mut names = a.entries.iter().filter_map(|entry| entry.key.as_literal());
            !is_known(a)
                || !is_known(b)
                || names.all(|name| match (a.get(&name), b.get(&name)) {
                    (Some(a), Some(b)) => agree(a, b),
                    (Some(a), None) => matches!(a.kind, Kind::Choice(_) | Kind::Absent | Kind::Unknown(_)),
                    (None, _) => true,
                })
        }
        (Kind::Unknown(_) | Kind::Choice(_) | Kind::Absent, _)
        | (_, Kind::Unknown(_) | Kind::Choice(_) | Kind::Absent) => true,
        // A list or map that may be of any kind until it is known is none of these.
        _ => false,
    }
}
