#!/bin/sh
# hcl-edit 0.10.0 (crates.io), Rust.
#
# A bare word as the key of an object is its name: Terraform reads the keys `true` and `null` as the texts "true" and "null", as any
# other word (https://developer.hashicorp.com/terraform/language/expressions/types#maps-objects). hcl-edit tells an identifier from an
# expression in its tree, and gives the words `true`, `false` and `null` as a boolean or null, so who looks keys up by identifier does
# not find them: a map of accounts by `true` and `false` loses its entries. One would guess that every bare word is an identifier.
#
# Seen:
#   prod: identifier
#   true: Bool
#   null: Null
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
mkdir src
cat > Cargo.toml <<'TOML'
[package]
name = "object-key"
version = "0.0.0"
edition = "2021"

[dependencies]
hcl-edit = "=0.10.0"
TOML
cat > src/main.rs <<'RS'
use hcl_edit::expr::{Expression, ObjectKey};
use hcl_edit::structure::Body;

fn main() {
    let body: Body = "accounts = {\n  prod = \"111122223333\"\n  true = \"111122223333\"\n  null = \"444455556666\"\n}\n"
        .parse()
        .unwrap();
    let accounts = body.get_attribute("accounts").unwrap().value.as_object().unwrap();
    for (word, (key, _)) in ["prod", "true", "null"].iter().zip(accounts.iter()) {
        let kind = match key {
            ObjectKey::Ident(_) => "identifier",
            ObjectKey::Expression(Expression::Bool(_)) => "Bool",
            ObjectKey::Expression(Expression::Null(_)) => "Null",
            ObjectKey::Expression(Expression::Variable(_)) => "variable",
            ObjectKey::Expression(_) => "expression",
        };
        println!("{word}: {kind}");
    }
}
RS
cargo run --quiet > seen
cat seen
cat > expected <<'TEXT'
prod: identifier
true: Bool
null: Null
TEXT
cmp seen expected
