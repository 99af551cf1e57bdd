//! What the tests that check whole projects share: running one in memory, and writing findings as lines.

use std::collections::BTreeMap;
use std::fmt;

use trustlint::internals::config::{Named, NamedFile};
use trustlint::internals::diagnostic::Label;
use trustlint::{Config, Diagnostic, Profile, RULES, Settings, Severity, Sources, check};

/// The name of the file that holds a project's configuration.
pub(crate) const CONFIG: &str = "trustlint.toml";

/// The day on which every example is judged, so that time windows stay current or over.
pub(crate) const TODAY: &str = "2026-06-01T00:00:00Z";

/// The rule that reports what could not be judged, and not what is wrong: it may say more than is expected.
pub(crate) const UNRESOLVED: &str = "unresolved-policy";

/// The files of a project by path.
pub(crate) type Files = BTreeMap<String, String>;

/// A finding as an example expects it: what it says is left out, since wording may be improved.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Finding {
    pub(crate) path: String,
    pub(crate) line: usize,
    pub(crate) severity: String,
    pub(crate) rule: String,
    pub(crate) underlined: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, line, severity, rule, underlined } = self;
        write!(formatter, "{path}:{line} {severity} [{rule}] \"{underlined}\"")
    }
}

impl Finding {
    /// Reads `path:line severity [rule] "underlined"`.
    pub(crate) fn parse(written: &str) -> Option<Self> {
        let (place, rest) = written.trim().split_once(' ')?;
        let (path, line) = place.rsplit_once(':')?;
        let (severity, rule, underlined) = parse_mark(rest)?;
        let line = line.parse().ok()?;
        Some(Self { path: path.to_owned(), line, severity, rule, underlined })
    }
}

/// Reads `severity [rule] "underlined"`.
pub(crate) fn parse_mark(written: &str) -> Option<(String, String, String)> {
    let (severity, rest) = written.trim().split_once(' ')?;
    let (rule, rest) = rest.trim_start().strip_prefix('[')?.split_once(']')?;
    let underlined = rest.trim().strip_prefix('"')?.strip_suffix('"')?;
    let known = [Severity::Info, Severity::Warning, Severity::Error].map(Severity::name);
    known.contains(&severity).then(|| (severity.to_owned(), rule.to_owned(), underlined.to_owned()))
}

/// A finding, and what an example does not fix.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Said {
    pub(crate) finding: Finding,
    pub(crate) message: String,
    pub(crate) help: Option<String>,
    /// Its further places.
    pub(crate) related: Vec<Place>,
}

/// A further place of a finding.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    pub(crate) path: String,
    pub(crate) line: usize,
    pub(crate) underlined: String,
    pub(crate) label: String,
}

/// What a run had to say.
pub(crate) struct Outcome {
    /// The findings.
    pub(crate) findings: Vec<Said>,
    /// What could not be read, as `path:line message`.
    pub(crate) problems: Vec<String>,
}

/// Checks a project; its configuration is the file [`CONFIG`].
pub(crate) fn run(files: &Files) -> Outcome {
    run_with(files, Profile::Default)
}

/// As [`run`], with this profile.
pub(crate) fn run_with(files: &Files, profile: Profile) -> Outcome {
    let mut config = configuration(files);
    let mut sources = Sources::in_memory(files.iter().map(|(path, text)| (path.clone(), text.clone())));
    let imported = config.import(&mut sources, &[], &mut |named| Ok(named_files(files, named)));
    let settings = Settings { now: TODAY.parse().unwrap(), profile };
    let checked = check(&sources, &config, &settings);

    let mut findings: Vec<_> = checked.findings.iter().map(|found| said(found, &sources)).collect();
    findings.sort();
    let problems = checked
        .problems
        .iter()
        .chain(&imported.unwrap())
        .map(|problem| {
            let line = sources.position(problem.span.source, problem.span.start).line;
            format!("{}:{line} {}", sources.path(problem.span.source), problem.message)
        })
        .collect();
    Outcome { findings, problems }
}

/// The files of a project that a configuration names as snapshots.
pub(crate) fn named_files(files: &Files, named: Named<'_>) -> Vec<NamedFile> {
    let Named::Below(directory, glob) = named else { panic!("{named:?} is of the command line") };
    let below = |path: &str| path.strip_prefix(directory).map(|path| path.trim_start_matches('/').to_owned());
    let meant = files.iter().filter(|(path, _)| below(path).is_some_and(|path| glob.matches(&path)));
    let file = |(path, text): (&String, &String)| {
        let text = text.clone();
        NamedFile { path: path.clone(), read: Box::new(move || Ok(text.clone())) }
    };
    meant.map(file).collect()
}

/// The configuration of a project, with those of the projects below it.
pub(crate) fn configuration(files: &Files) -> Config {
    let names: Vec<&str> = RULES.iter().map(|rule| rule.name).collect();
    let parsed = |path: &str| {
        let text = files.get(path)?;
        let config =
            Config::parse(text, &names).unwrap_or_else(|errors| panic!("{path}: {errors:?}\n{text}"));
        Some(config.from_file(path))
    };
    let mut whole = parsed(CONFIG).unwrap_or_default();
    let mut below: Vec<&str> =
        files.keys().filter_map(|path| path.strip_suffix(CONFIG)?.strip_suffix('/')).collect();
    below.sort_unstable();
    for directory in below {
        whole.add_project(directory, parsed(&format!("{directory}/{CONFIG}")).unwrap());
    }
    whole
}

fn said(found: &Diagnostic, sources: &Sources) -> Said {
    let place = |label: &Label| Place {
        path: sources.path(label.span.source).to_owned(),
        line: sources.position(label.span.source, label.span.start).line,
        underlined: sources.slice(label.span).replace('\n', "\\n"),
        label: label.text.to_string(),
    };
    let Place { path, line, underlined, .. } = place(&found.primary);
    let (severity, rule) = (found.severity.name().to_owned(), found.rule.to_owned());
    let finding = Finding { path, line, severity, rule, underlined };
    let related = found.related.iter().map(place).collect();
    Said { finding, message: found.message.clone(), help: found.help.as_deref().map(str::to_owned), related }
}

/// The lines in which an outcome differs from what was expected; none when it does not.
///
/// Rules in `talkative` may say more than is expected.
pub(crate) fn differences(expected: &[Finding], outcome: &Outcome, talkative: &[&str]) -> Vec<String> {
    let mut missing = expected.to_vec();
    let mut lines = Vec::new();
    for Said { finding: found, message, .. } in &outcome.findings {
        if let Some(at) = missing.iter().position(|finding| finding == found) {
            missing.remove(at);
        } else if !talkative.contains(&found.rule.as_str()) {
            lines.push(format!("not expected: {found}\n              {message}"));
        }
    }
    lines.extend(missing.iter().map(|finding| format!("not reported: {finding}")));
    let is_expected = |problem: &&String| {
        expected
            .iter()
            .any(|it| it.rule == "unreadable-file" && problem.starts_with(&format!("{}:", it.path)))
    };
    let problems = outcome.problems.iter().filter(|problem| !is_expected(problem));
    lines.extend(problems.map(|problem| format!("problem:      {problem}")));
    lines
}
