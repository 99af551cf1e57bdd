//! Values of Terraform: what is known while something is not known stays the same when that is filled.

use std::sync::LazyLock;

use trustlint::internals::facts::{Declaration, Walked};
use trustlint::internals::value::{Kind, Value};
use trustlint::internals::walk::terraform::{Deployment, Inputs, walk};

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

/// The files of values, one for each time that the variables have some.
const FILLED: [&str; 2] = ["a.tfvars", "b.tfvars"];

/// The module of the expression is deployed once while variables have no values, and once with each of the files.
static DEPLOYED: LazyLock<Inputs> = LazyLock::new(|| {
    let with = |file: &str| Deployment {
        name: Some(file.to_owned()),
        value_files: vec![file.to_owned()],
        ..Deployment::default()
    };
    let deployments = std::iter::once(Deployment::default()).chain(FILLED.map(with)).collect();
    Inputs { deployments, ..Inputs::default() }
});

/// What the property `assume_role_policy` of the role `probe` comes to in a deployment, where there is one such role.
fn probed<'w>(walked: &'w Walked, deployment: Option<&str>) -> Option<&'w Value> {
    let is_probe =
        |one: &&Declaration| &*one.address == "aws_iam_role.probe" && one.unit.deployment_name() == deployment;
    let mut found = walked.declarations.iter().filter(is_probe);
    let (first, second) = (found.next(), found.next());
    if second.is_some() { None } else { first?.properties.get("assume_role_policy") }
}

/// Values for all variables.
fn filled(dice: &mut Dice) -> String {
    let all = [("x", ANY), ("s", TEXTS), ("n", NUMBERS), ("b", BOOLS), ("l", LISTS), ("m", MAPS)];
    all.into_iter().map(|(name, values)| format!("{name} = {}\n", dice.pick(values))).collect()
}

/// An expression.
pub fn expression(text: &str) {
    let module = format!(
        "resource \"aws_iam_role\" \"probe\" {{\n  name = \"probe\"\n  assume_role_policy = {text}\n}}\n"
    );
    let mut dice = Dice::of(text);
    let values = [filled(&mut dice), filled(&mut dice)];
    let files = [("main.tf", &*module), ("variables.tf", VARIABLES), ("other/z.tf", OTHER)];
    let with_values = FILLED.into_iter().zip(values.iter().map(String::as_str));
    let sources = memory(&files.into_iter().chain(with_values).collect::<Vec<_>>());
    let walked = walk(&sources, &[], &DEPLOYED, None);
    places::walked(&sources, &walked);
    let mut others = walked.declarations.iter().filter(|one| one.address.ends_with("aws_iam_role.other"));
    assert!(others.next().is_some(), "the role of another file is lost");
    let Some(before) = probed(&walked, None) else { return };
    // Where the items of a set lie is not known while one of them is not.
    let in_order = !text.contains("set");
    for (name, values) in FILLED.into_iter().zip(&values) {
        if let Some(after) = probed(&walked, Some(name)) {
            assert!(agree(before, after, in_order), "{before:?}\nbecomes\n{after:?}\nwith\n{values}");
        }
    }
}

/// Whether the second one can be what the first one comes to, item by item or in any order.
fn agree(open: &Value, filled: &Value, in_order: bool) -> bool {
    let agree = |open: &Value, filled: &Value| agree(open, filled, in_order);
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
                    && a.items.iter().enumerate().all(|(at, a)| {
                        b.items.iter().enumerate().any(|(to, b)| (at == to || !in_order) && agree(a, b))
                    })
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
