//! `cargo xtask structure`: prints the structure of `src/`.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use crate::structure::{Back, Structure};

/// Longer functions are listed.
const LONG: usize = 60;

/// What `tests/house.rs` asks, in figures.
pub fn printed(source: &Path) -> Result<String, String> {
    let structure = Structure::read(source)?;
    let mut out = String::new();
    let lines: usize = structure.files.values().map(|file| file.lines).sum();
    let clones: usize = structure.files.values().map(|file| file.clones).sum();
    let _ = writeln!(
        out,
        "{} files, {lines} lines of code, {} arrows",
        structure.files.len(),
        structure.pairs().len()
    );
    let _ =
        writeln!(out, "clones: {clones}, {:.1} per thousand lines", structure.clones_per_thousand_lines());
    circles(&structure, &mut out);
    for (module, layers) in structure.layers()? {
        let back = structure.back(&module, &layers);
        let _ = writeln!(out, "against the layers of `{}`: {}", shown(&module), back.len());
        for one in back {
            let _ = match one {
                Back::Arrow { from, to } => writeln!(out, "  {from} -> {to}"),
                Back::Missing(name) => writeln!(out, "  {name} has no layer"),
                Back::Superfluous(name) => writeln!(out, "  {name} is no module"),
            };
        }
    }
    let long = structure.long_functions(LONG);
    let _ = writeln!(out, "functions over {LONG} lines: {}", long.len());
    for (path, name, length) in long {
        let _ = writeln!(out, "  {length} {path} {name}");
    }
    Ok(out)
}

/// Each arrow on a line.
pub fn arrows(source: &Path) -> Result<String, String> {
    let structure = Structure::read(source)?;
    Ok(structure.pairs().into_iter().map(|(from, to)| format!("{from}\t{to}\n")).collect())
}

/// The largest circle of all files, and that of each top-level module.
fn circles(structure: &Structure, out: &mut String) {
    let of = |below: &[String]| structure.circles(below).into_iter().next().unwrap_or_default();
    let largest = of(&[]);
    let _ = writeln!(out, "largest circle: {} files", largest.len().max(1));
    let modules: BTreeMap<&str, Vec<String>> =
        structure.children(&[]).into_iter().map(|name| (name, vec![name.to_owned()])).collect();
    for (name, module) in modules {
        for circle in structure.circles(&module) {
            let _ = writeln!(out, "  {name}: {} files: {}", circle.len(), circle.join(" "));
        }
    }
}

fn shown(module: &[String]) -> String {
    if module.is_empty() { "crate".to_owned() } else { module.join("::") }
}
