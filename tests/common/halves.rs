//! Projects whose other half is a bundle: they must be judged as the whole is.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use trustlint::internals::config::{Named, NamedFile};
use trustlint::internals::diagnostic::Label;
use trustlint::internals::run::{Bundled, export};
use trustlint::internals::walk::{bundle, project};
use trustlint::{Diagnostic, Profile, Settings, Sources, check};

use crate::common::{Files, TODAY, configuration};

/// A finding with all its places, without the order of these: the first one is where the project can be changed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Line {
    pub(crate) rule: String,
    pub(crate) severity: &'static str,
    pub(crate) message: String,
    pub(crate) help: Option<String>,
    pub(crate) places: BTreeSet<String>,
    /// The first place.
    pub(crate) first: String,
}

impl fmt::Display for Line {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { rule, severity, message, help, places, .. } = self;
        write!(formatter, "{severity} [{rule}] {message} ({help:?}) {places:#?}")
    }
}

impl Line {
    fn of(found: &Diagnostic, sources: &Sources) -> Self {
        let place = |label: &Label| {
            let (start, end) = sources.positions(label.span);
            let (account, address) = (label.account.as_deref(), label.address.as_deref());
            format!(
                "{}:{}:{}-{}:{} {:?} {} ({account:?}, {address:?})",
                sources.shown(label.span.source),
                start.line,
                start.column,
                end.line,
                end.column,
                sources.slice(label.span),
                label.text,
            )
        };
        let first = place(&found.primary);
        let places = found.related.iter().map(place).chain([first.clone()]).collect();
        let (message, help) = (found.message.clone(), found.help.as_deref().map(str::to_owned));
        let (rule, severity) = (found.rule.to_owned(), found.severity.name());
        Self { rule, severity, message, help, places, first }
    }

    /// What must be the same wherever it is reported.
    fn said(&self) -> Self {
        Self { first: String::new(), ..self.clone() }
    }
}

fn in_memory(files: &Files) -> Sources {
    Sources::in_memory(files.iter().map(|(path, text)| (path.clone(), text.clone())))
}

/// The bundle of a project.
pub(crate) fn bundle_of(files: &Files, name: &str) -> Option<String> {
    bundle_as(files, name, false)
}

/// The bundle of a project, with its texts or without.
pub(crate) fn bundle_as(files: &Files, name: &str, redacted: bool) -> Option<String> {
    let bundled = Bundled { project: name, revision: None, redacted };
    export(&in_memory(files), &configuration(files), bundled, &|_| true)
}

/// What a project called `own` is told with the bundles of others, and the problems, as `path:line:column message`.
pub(crate) fn joined(
    files: &Files,
    own: &str,
    bundles: &[(&str, &str)],
    reports_imports: bool,
    profile: Profile,
) -> (Vec<Line>, Vec<String>) {
    let (mut sources, mut config) = (in_memory(files), configuration(files));
    let texts: BTreeMap<String, String> =
        bundles.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
    let given: Vec<String> = texts.keys().cloned().collect();
    let mut find = |named: Named<'_>| {
        let is_meant = |path: &str| match named {
            Named::Anywhere(given) => given == path,
            Named::Below(_, glob) => glob.matches(path),
        };
        let meant = texts.iter().filter(|(path, _)| is_meant(path));
        let file = |(path, text): (&String, &String)| {
            let text = text.clone();
            NamedFile { path: path.as_str().into(), read: Box::new(move || Ok(text.clone())) }
        };
        Ok(meant.map(file).collect())
    };
    let named = config.names_imports();
    let given = if named { &[][..] } else { &given };
    let mut problems = config.import_bundles(&mut sources, given, own, &mut find).unwrap();
    config.inputs.reports_imports = reports_imports;
    let settings = Settings { now: TODAY.parse().unwrap(), profile };
    let checked = check(&sources, &config, &settings);
    let mut lines: Vec<Line> = checked.findings.iter().map(|found| Line::of(found, &sources)).collect();
    lines.sort();
    problems.extend(checked.problems);
    let problem = |problem: &trustlint::Problem| {
        let at = sources.position(problem.span.source, problem.span.start);
        format!("{}:{}:{} {}", sources.shown(problem.span.source), at.line, at.column, problem.message)
    };
    let mut problems: Vec<String> = problems.iter().map(problem).collect();
    problems.sort();
    (lines, problems)
}

/// The lines in which two runs differ.
pub(crate) fn unlike(whole: &[Line], other: &[Line], what: &str) -> Vec<String> {
    let mut missing: Vec<Line> = whole.iter().map(Line::said).collect();
    let mut lines = Vec::new();
    for line in other {
        match missing.iter().position(|one| *one == line.said()) {
            Some(at) => drop(missing.remove(at)),
            None => lines.push(format!("{what} adds {line}")),
        }
    }
    lines.extend(missing.iter().map(|line| format!("{what} lacks {line}")));
    lines
}

/// The two halves of a project: its first directory with templates, and the others. What lies at the top, and directories that
/// a half names, belong to both. `None` when it cannot be taken apart.
pub(crate) fn halves(files: &Files) -> Option<[Files; 2]> {
    let top = |path: &str| path.split_once('/').map(|(directory, _)| directory.to_owned());
    let is_template =
        |path: &str| [".tf", ".yaml", ".yml", ".json"].iter().any(|ending| path.ends_with(ending));
    if files.keys().any(|path| !path.contains('/') && is_template(path)) {
        return None;
    }
    let directories: BTreeSet<String> = files.keys().filter_map(|path| top(path)).collect();
    let is_called = |directory: &String| {
        let name = format!("../{directory}");
        files.iter().any(|(path, text)| top(path).as_ref() != Some(directory) && text.contains(&name))
    };
    let own: Vec<&String> = directories.iter().filter(|directory| !is_called(directory)).collect();
    let (first, others) = own.split_first()?;
    if others.is_empty() {
        return None;
    }
    let half = |with: &[&String]| {
        let in_half = |path: &str| top(path).is_none_or(|directory| with.contains(&&directory));
        let mut half: Files = files
            .iter()
            .filter(|(path, _)| in_half(path))
            .map(|(path, text)| (path.clone(), text.clone()))
            .collect();
        let called: Vec<&String> = directories.iter().filter(|directory| is_called(directory)).collect();
        for directory in called {
            if half.values().any(|text| text.contains(&format!("../{directory}"))) {
                let below = files.iter().filter(|(path, _)| top(path).as_ref() == Some(directory));
                half.extend(below.map(|(path, text)| (path.clone(), text.clone())));
            }
        }
        half
    };
    Some([half(&[first]), half(others)])
}

/// Where both halves of a project, each with the other as a bundle, are not judged as the whole. `None` when it has no halves.
pub(crate) fn torn(files: &Files, profile: Profile) -> Option<Vec<String>> {
    let [one, other] = halves(files)?;
    let (whole, _) = joined(files, "whole", &[], true, profile);
    let mut lines = Vec::new();
    for (own, theirs, what) in [(&one, &other, "first half"), (&other, &one, "second half")] {
        let Some(bundle) = bundle_of(theirs, "other") else { continue };
        let (found, _) = joined(own, "own", &[("bundles/other.json", &bundle)], true, profile);
        lines.extend(unlike(&whole, &found, what));
        let own = own.keys().map(|path| format!("{path}:")).collect::<Vec<_>>();
        let is_own = |place: &str| own.iter().any(|path| place.starts_with(path));
        let misplaced =
            found.iter().filter(|line| !is_own(&line.first) && line.places.iter().any(|it| is_own(it)));
        lines.extend(misplaced.map(|line| format!("{what} does not begin at its own place: {line}")));
    }
    let bundles = [bundle_of(&one, "one"), bundle_of(&other, "other")];
    if let [Some(one), Some(other)] = &bundles {
        let (found, _) = joined(&Files::new(), "", &[("1.json", one), ("2.json", other)], true, profile);
        lines.extend(unlike(&whole, &found, "the join"));
    }
    Some(lines)
}

/// Whether what is read of the bundle of a project is what was written.
pub(crate) fn is_kept(files: &Files) -> bool {
    let (sources, config) = (in_memory(files), configuration(files));
    let (walked, analyzed) = project(&sources, &config.inputs);
    let walked = bundle::kept(walked);
    let written = bundle::Export {
        project: "",
        revision: None,
        analyzed,
        config: &[],
        walked: &walked,
        redacted: false,
    };
    let text = bundle::write(&written, &sources);
    let header = bundle::open(&text).unwrap();
    let ids = header.files.iter().map(|(path, excerpt)| {
        let id = sources.find(path).unwrap();
        // Every place is where it was.
        let text = excerpt.text();
        assert!(sources.text_or_empty(id).len() >= text.len(), "{path}");
        id
    });
    let files = ids.collect();
    let mut sources = sources;
    let source = sources.add_foreign("x.json".into(), Box::new(move || Ok(text.clone())));
    let input = bundle::Input { source, project: "".into(), files };
    let (read, many) = bundle::walk(&sources, &[input], true);
    let shown = |walked: &trustlint::internals::facts::Walked| {
        format!(
            "{:?}\n{:?}\n{:?}\n{:?}\n{:?}\n{:?}\n{:?}",
            walked.units,
            walked.declarations,
            walked.problems,
            walked.ignores,
            walked.parameters,
            walked.exports,
            walked.created
        )
    };
    many == analyzed && shown(&walked) == shown(&read)
}
