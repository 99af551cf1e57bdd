//! The analysis of small crates.

use std::collections::BTreeMap;

use super::{Back, Structure};

/// The structure of a crate of these files.
fn structure(files: &[(&str, &str)]) -> Structure {
    let files: BTreeMap<&str, &str> = files.iter().copied().collect();
    Structure::of(&mut |path| files.get(path).map(|text| (*text).to_owned())).unwrap()
}

/// The arrows, as `from to`.
fn arrows(files: &[(&str, &str)]) -> Vec<String> {
    let structure = structure(files);
    structure.pairs().into_iter().map(|(from, to)| format!("{from} {to}")).collect()
}

/// A crate with a module `a` of this text, and `b` and `b::c`.
fn of_a(text: &str) -> Vec<String> {
    let c = "pub fn f() {} pub struct S; pub mod inner { pub fn g() {} }";
    arrows(&[
        ("lib.rs", "mod a; mod b;"),
        ("a.rs", text),
        ("b/mod.rs", "pub mod c; pub fn own() {}"),
        ("b/c.rs", c),
    ])
}

#[test]
fn an_attribute_ends_with_its_item() {
    let after = "#[cfg(test)] mod tests { use crate::b::own; }\nfn f() { crate::b::c::f() }";
    assert_eq!(of_a(after), ["a.rs b/c.rs"]);
    assert_eq!(of_a("#[cfg(test)] use crate::b::own;\nstruct S { #[cfg(test)] x: crate::b::c::S }"), [""; 0]);
    assert_eq!(
        of_a("impl S { #[cfg(test)] fn f() { crate::b::own() } fn g() { crate::b::c::f() } }"),
        ["a.rs b/c.rs"]
    );
    assert_eq!(of_a("#[cfg(all(unix, test))] fn f() { crate::b::own() }"), [""; 0]);
    assert_eq!(of_a("#[cfg(not(test))] fn f() { crate::b::own() }"), ["a.rs b/mod.rs"]);
}

#[test]
fn every_way_to_name_something_counts() {
    assert_eq!(of_a("use super::b::c::f;"), ["a.rs b/c.rs"]);
    assert_eq!(of_a("use super::b::{c, own as other};"), ["a.rs b/c.rs", "a.rs b/mod.rs"]);
    assert_eq!(of_a("use crate::b; fn f(s: b::c::S) {}"), ["a.rs b/c.rs", "a.rs b/mod.rs"]);
    assert_eq!(of_a("use crate::b::c::{self}; fn f() { c::f() }"), ["a.rs b/c.rs"]);
    assert_eq!(of_a("use crate::b::c::inner; fn f() { inner::g() }"), ["a.rs b/c.rs"]);
    assert_eq!(of_a("fn f() { use crate::b::own; }"), ["a.rs b/mod.rs"]);
    assert_eq!(of_a("mod inner { fn f() { super::super::b::own() } }"), ["a.rs b/mod.rs"]);
    assert_eq!(of_a("fn f() { println!(\"{}\", self::super::b::c::f()) }"), ["a.rs b/c.rs"]);
    assert_eq!(of_a("impl super::b::T for u8 {}"), ["a.rs b/mod.rs"]);
    assert_eq!(of_a("/// [`crate::b::own`]\nfn f() {} // crate::b::own"), [""; 0]);
    assert_eq!(of_a("fn f() { \"crate::b::own\"; std::fs::read(); b::own() }"), [""; 0]);
}

#[test]
fn what_is_imported_elsewhere_is_used_where_it_is_defined() {
    let with = |b: &str, a: &str| {
        arrows(&[
            ("lib.rs", "mod a; mod b; mod c;"),
            ("a.rs", a),
            ("b.rs", b),
            ("c.rs", "pub struct S; pub mod inner { pub fn g() {} }"),
        ])
    };
    assert_eq!(with("pub use crate::c::S;", "use crate::b::S;"), ["a.rs c.rs", "b.rs c.rs"]);
    assert_eq!(
        with("pub use crate::c::S as T;", "fn f() { crate::b::T::new() }"),
        ["a.rs c.rs", "b.rs c.rs"]
    );
    assert_eq!(with("pub use super::c::inner;", "use super::b::inner::g;"), ["a.rs c.rs", "b.rs c.rs"]);
    assert_eq!(
        with("pub use crate::c::*;", "use crate::b::*; fn f(s: S) {}"),
        ["a.rs b.rs", "a.rs c.rs", "b.rs c.rs"]
    );
    // Imports in circles end, and those that lead to themselves.
    assert_eq!(of_a("use other::other; fn f() { other::x() }"), [""; 0]);
    assert_eq!(with("pub use crate::a::X;", "pub use crate::b::X;"), [""; 0]);
    assert_eq!(
        with("pub use crate::a::*;", "pub use crate::b::*; fn f(s: S) {}"),
        ["a.rs b.rs", "b.rs a.rs"]
    );
}

#[test]
fn methods_of_one_type_in_several_files_use_one_another() {
    let files = |a: &'static str| {
        arrows(&[
            ("lib.rs", "mod a; mod b; mod c;"),
            ("a.rs", a),
            ("b.rs", "use crate::c::S; impl S { pub fn g(&self) {} #[cfg(test)] fn h(&self) {} }"),
            ("c.rs", "pub struct S;"),
        ])
    };
    let all = ["a.rs b.rs", "a.rs c.rs", "b.rs c.rs"];
    assert_eq!(files("impl crate::c::S { fn f(&self) { self.g() } }"), all);
    assert_eq!(
        files("use super::c::S as T; impl Clone for T { fn clone(&self) -> T { assert!(self.g()) } }")[0],
        "a.rs c.rs"
    );
    assert_eq!(files("use super::c::S; impl Drop for S { fn drop(&mut self) { assert!(self.g()) } }"), all);
    assert_eq!(files("use super::c::S; impl S { fn f(&self, x: &X) { self.h(); x.g() } }"), all[1..]);
}

#[test]
fn circles_are_found_and_told_apart() {
    let structure = structure(&[
        ("lib.rs", "mod a; mod b; mod c; mod d;"),
        ("a.rs", "use crate::b::X;"),
        ("b.rs", "pub struct X; use crate::c::Y; use crate::d::own;"),
        ("c.rs", "pub struct Y; fn f() { super::a::g() }"),
        ("d/mod.rs", "mod e; pub fn own() {}"),
        ("d/e.rs", "use super::own; fn f() {}"),
    ]);
    assert_eq!(structure.circles(&[]), [vec!["a.rs", "b.rs", "c.rs"]]);
    assert!(structure.circles(&["d".to_owned()]).is_empty());
}

/// What is against the table of a crate of `low`, `high` and `high::{one, two}`.
fn back(table: &str, low: &str, one: &str) -> Vec<Back> {
    let root = format!("//! | layer | module | owns |\n//! |---|---|---|\n{table}\nmod low; mod high;");
    let high = "pub use crate::low::f; mod one; mod two; pub fn own() {}";
    let structure = structure(&[
        ("lib.rs", &root),
        ("low.rs", low),
        ("high/mod.rs", high),
        ("high/one.rs", one),
        ("high/two.rs", "pub fn f() {}"),
    ]);
    let layers = structure.layers().unwrap();
    layers.iter().flat_map(|(module, layers)| structure.back(module, layers)).collect()
}

fn arrow(from: &str, to: &str) -> Back {
    Back::Arrow { from: from.to_owned(), to: to.to_owned() }
}

const TABLE: &str = "//! | 0 | [`low`] | a |\n//! | 1 | `high` | b |";

#[test]
fn what_runs_against_the_layers_is_found() {
    assert_eq!(back(TABLE, "pub fn f() {}", "use crate::low::f; use super::two;"), []);
    assert_eq!(back(TABLE, "use crate::high::own;", ""), [arrow("low.rs", "high/mod.rs")]);
    assert_eq!(back(TABLE, "fn f() { super::high::two::f() }", ""), [arrow("low.rs", "high/two.rs")]);
    // Through a module that stands above, though it ends below.
    assert_eq!(back(TABLE, "mod inner { use crate::high::f; } pub fn f() {}", ""), [arrow("low.rs", "high")]);
    let same = "//! | 0 | `low`, `high` | a |";
    assert_eq!(back(same, "pub fn f() {}", ""), [arrow("high/mod.rs", "low.rs")]);
    let lacking = "//! | 0 | `low` | a |\n//! | 1 | `hi` | b |";
    assert_eq!(back(lacking, "", ""), [Back::Missing("high".to_owned()), Back::Superfluous("hi".to_owned())]);
}

#[test]
fn a_module_stands_above_its_rooms_unless_its_table_says_otherwise() {
    let with = |own: &str| {
        let high = format!(
            "//! | layer | module | owns |\n//! |---|---|---|\n{own}//! | 1 | `one` | a |\nmod one; pub fn own() {{}}"
        );
        let structure =
            structure(&[("lib.rs", "mod high;"), ("high/mod.rs", &high), ("high/one.rs", "use super::own;")]);
        let layers = structure.layers().unwrap();
        layers.iter().flat_map(|(module, layers)| structure.back(module, layers)).collect::<Vec<_>>()
    };
    assert_eq!(with(""), [arrow("high/one.rs", "high/mod.rs")]);
    assert_eq!(with("//! | 0 | `self` | what all have |\n"), []);
}

#[test]
fn a_table_that_cannot_be_read_is_refused() {
    for table in ["//! | x | `low` | |", "//! | 0 | low | |", "//! | 0 | `low` | |\n//! | 1 | `low` | |"] {
        let root = format!("//! | layer | module | owns |\n//! |---|---|---|\n{table}\nmod low;");
        assert!(structure(&[("lib.rs", &root), ("low.rs", "")]).layers().is_err(), "{table}");
    }
}

#[test]
fn code_is_counted_without_tests_and_comments() {
    let text = "// a comment\n\nconst A: usize = 1;\n/// Says.\nfn f(x: &S) -> S {\n    // why\n    vec![x.clone()];\n    x.clone()\n}\n\
                #[cfg(test)]\nmod tests {\n    const B: u8 = 1;\n    fn g(x: S) { x.clone(); }\n}\nstatic C: &[u8] = &[];\n";
    let structure = structure(&[("lib.rs", text)]);
    let file = &structure.files["lib.rs"];
    assert_eq!((file.lines, file.clones), (6, 2));
    assert_eq!(file.functions, [("f".to_owned(), 5)]);
    assert_eq!(
        file.constants,
        [("A", "usize"), ("C", "&[u8]")].map(|(name, of)| (name.to_owned(), of.to_owned()))
    );
    assert_eq!(structure.long_functions(4), [("lib.rs", "f", 5)]);
    assert!(structure.long_functions(5).is_empty());
}

#[test]
fn what_is_public_and_not_documented_is_found() {
    let text = "pub fn a() {}\n/// Says.\npub fn b() {}\nfn c() {}\npub(crate) fn d() {}\n\
                /// Says.\npub struct S { pub x: u8, /// Says.\n pub y: u8, z: u8 }\n\
                impl S { pub fn e(&self) {} fn f(&self) {} }\n\
                /// Says.\npub enum E { A, /// Says.\n B }\nenum F { A }\n\
                #[expect(missing_docs, reason = \"the names say it\")]\npub enum G { A }\n\
                #[cfg(test)] pub fn g() {}";
    assert_eq!(structure(&[("lib.rs", text)]).files["lib.rs"].undocumented, ["a", "x", "e", "E::A"]);
}

#[test]
fn a_file_that_cannot_be_read_is_said() {
    let read = |text: &str| Structure::of(&mut |path| (path == "lib.rs").then(|| text.to_owned())).err();
    assert_eq!(read("mod a;").as_deref(), Some("a/mod.rs: not there"));
    assert!(read("mod {").is_some_and(|error| error.starts_with("lib.rs: ")));
}
