//! What CDK synthesised, which git ignores: `cdk init` writes `cdk.out` into `.gitignore`.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::time::SystemTime;

use super::read_below;
use crate::bounds;

/// What was found beside the applications of a project.
#[derive(Default)]
pub(super) struct Assemblies {
    /// The templates and manifests, and what they name.
    pub(super) files: BTreeSet<String>,
    /// What somebody who reads the results should know.
    pub(super) hints: Vec<String>,
}

/// The files of the assemblies that lie beside a `cdk.json`.
///
/// <https://docs.aws.amazon.com/cdk/v2/guide/cli.html#cli-config>
pub(super) fn assemblies(root: &Path, known: &BTreeSet<String>) -> Assemblies {
    let mut found = Assemblies::default();
    let mut without = Vec::new();
    for settings in known.iter().filter(|path| path.rsplit('/').next() == Some("cdk.json")) {
        let Some(output) = output(root, settings) else { continue };
        let home = settings.strip_suffix("cdk.json").unwrap_or_default();
        let directory = format!("{home}{output}");
        let manifest = format!("{directory}/manifest.json");
        let is_below = |path: &&String| path.starts_with(home);
        let mut read = known.iter().filter(is_below);
        if read.any(|path| path.rsplit('/').next() == Some("manifest.json")) {
            continue;
        }
        if !fs::metadata(root.join(&manifest)).is_ok_and(|it| it.is_file()) {
            without.push(settings.as_str());
            continue;
        }
        add(root, &directory, bounds::ASSEMBLY_DEPTH, &mut found.files);
        let sources = known.iter().filter(is_below);
        if let Some(newer) = newer(root, &manifest, sources) {
            found.hints.push(format!(
                "`{directory}` is older than `{newer}`: run `cdk synth`, so that what is analyzed is what will be deployed"
            ));
        }
    }
    if let Some((first, others)) = without.split_first() {
        let more = match others.len() {
            0 => String::new(),
            1 => " and 1 other".to_owned(),
            many => format!(" and {many} others"),
        };
        found.hints.push(format!(
            "no templates of the CDK application of `{first}`{more}: run `cdk synth` first, trustlint reads what it writes to `cdk.out`"
        ));
    }
    found
}

/// The directory that an application is synthesised to; nothing for settings without an application.
fn output(root: &Path, settings: &str) -> Option<String> {
    let text = read_below(root, Path::new(settings)).ok()?;
    let settings: serde_json::Value = serde_json::from_str(&text).ok()?;
    settings.get("app")?;
    let output = settings.get("output").and_then(serde_json::Value::as_str).unwrap_or("cdk.out");
    let output = output.trim_start_matches("./").trim_end_matches('/');
    let is_inside =
        !output.is_empty() && !output.starts_with('/') && !output.split('/').any(|part| part == "..");
    is_inside.then(|| output.to_owned())
}

/// Adds the files of an assembly and of those nested in it, not the assets. Links are not followed.
fn add(root: &Path, directory: &str, depth: usize, found: &mut BTreeSet<String>) {
    let Ok(entries) = fs::read_dir(root.join(directory)) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let (Some(name), Ok(kind)) = (name.to_str(), entry.file_type()) else { continue };
        if found.len() > bounds::ASSEMBLY_FILES {
            return;
        }
        let below = format!("{directory}/{name}");
        if kind.is_dir() && depth > 0 && name.starts_with("assembly-") {
            add(root, &below, depth - 1, found);
        } else if kind.is_file() && name.strip_suffix(".json").is_some_and(|stem| stem != "tree") {
            found.insert(below);
        }
    }
}

/// A source that was changed after the assembly was made. Only what git ignores has a time that says so: a checkout gives
/// all files the same.
fn newer<'f>(root: &Path, manifest: &str, sources: impl Iterator<Item = &'f String>) -> Option<&'f str> {
    let time = |path: &str| fs::metadata(root.join(path)).and_then(|it| it.modified()).ok();
    let made = time(manifest)?;
    let is_code = |path: &str| {
        let extension = path.rsplit_once('.').map_or("", |(_, extension)| extension);
        let is_test = path.split('/').any(|part| matches!(part, "test" | "tests" | "node_modules"));
        matches!(extension, "ts" | "js" | "mjs" | "py" | "java" | "cs" | "go" | "kt") && !is_test
    };
    let code = sources.map(String::as_str).filter(|path| is_code(path)).take(bounds::ASSEMBLY_FILES);
    let (when, newest): (SystemTime, &str) = code.filter_map(|path| Some((time(path)?, path))).max()?;
    (when > made).then_some(newest)
}
