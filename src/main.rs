//! The `trustlint` binary.

fn main() {}
