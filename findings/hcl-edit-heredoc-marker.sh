#!/bin/sh
# hcl-edit 0.10.0 (crates.io), Rust.
#
# A heredoc ends at the line that holds its marker and nothing else; a line that goes on behind that word belongs to the text
# (https://developer.hashicorp.com/terraform/language/expressions/strings#heredoc-strings). From the second line of a text on hcl-edit
# ends it at a line of which the marker is the first word, and reads what follows there as HCL: a text with the marker `END` and a line
# `END of the list` is refused, although Terraform reads it. One would guess that the marker is compared with the whole line, and that
# the first line of a text is like the others.
#
# Seen:
#   first line is the marker and more: read
#   second line is the marker and more: refused
#   second line begins with another word: read
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
mkdir src
cat > Cargo.toml <<'TOML'
[package]
name = "heredoc-marker"
version = "0.0.0"
edition = "2021"

[dependencies]
hcl-edit = "=0.10.0"
TOML
cat > src/main.rs <<'RS'
use hcl_edit::structure::Body;

fn main() {
    for (what, lines) in [
        ("first line is the marker and more", "END of the list"),
        ("second line is the marker and more", "a list\nEND of the list"),
        ("second line begins with another word", "a list\nThe END of the list"),
    ] {
        let text = format!("note = <<END\n{lines}\nEND\n");
        let seen = if text.parse::<Body>().is_ok() { "read" } else { "refused" };
        println!("{what}: {seen}");
    }
}
RS
cargo run --quiet > seen
cat seen
cat > expected <<'TEXT'
first line is the marker and more: read
second line is the marker and more: refused
second line begins with another word: read
TEXT
cmp seen expected
