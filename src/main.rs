//! The `trustlint` binary.

use std::process::ExitCode;

fn main() -> ExitCode {
    trustlint::cli::main()
}
