//! Compares what CloudFormation templates are taken to say with what other programs take them to say.
//!
//! `TRUSTLINT_ORACLE` names a Python that has `aws-sam-translator`, `cfn-lint` and `PyYAML`. The generators run as processes of their own. `TRUSTLINT_ORACLE_COUNT` says how many templates
//! to make, `TRUSTLINT_ORACLE_SEED` which. With `TRUSTLINT_SHOW` what is not known is shown.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]
#![expect(clippy::print_stdout, reason = "prints what it measures")]
#![expect(clippy::disallowed_methods, reason = "the templates are real files")]

mod hcl;
mod hcl_nodes;
mod intrinsics;
mod render;
mod sam;
mod trees;

use std::path::{Path, PathBuf};
use std::process::Command;

/// What a generator wrote, one line on its standard output.
fn generated(script: &str, folder: &Path) -> usize {
    let python =
        std::env::var("TRUSTLINT_ORACLE").unwrap_or_else(|_| panic!("TRUSTLINT_ORACLE names no Python"));
    let setting = |name: &str, default: &str| std::env::var(name).unwrap_or_else(|_| default.to_owned());
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/oracle").join(script);
    let output = Command::new(python)
        .arg(script)
        .arg(folder)
        .arg(setting("TRUSTLINT_ORACLE_COUNT", "300"))
        .arg(setting("TRUSTLINT_ORACLE_SEED", "1"))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    print!("{said}");
    String::from_utf8_lossy(&output.stdout).trim().parse().unwrap()
}

fn text(path: &PathBuf) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
