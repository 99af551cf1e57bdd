//! `trustlint check`.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Instant;

use clap::{Args, ValueEnum};

use super::progress::Progress;
use super::project::{Loaded, ProjectArgs};
use super::shared::{Global, Status, Stop, say};
use super::terminal;
use crate::config::{Config, Level, Selectors, suggestion};
use crate::diagnostic::{Diagnostic, Problem, Severity};
use crate::outcome::{Checked, Summary};
use crate::report::{self, Format, Report, Style, escaped};
use crate::rules::{RULES, groups};
use crate::run;

#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
pub(super) struct CheckArgs {
    #[command(flatten)]
    project: ProjectArgs,
    /// Report only these rules, families (trust) and effects (exposed), separated by commas; can be repeated
    #[arg(long, value_name = "RULE", value_delimiter = ',', help_heading = "Rules")]
    select: Vec<String>,
    /// Do not report these rules, families and effects; of both options the more specific wins
    #[arg(long, value_name = "RULE", value_delimiter = ',', help_heading = "Rules")]
    ignore: Vec<String>,
    /// Report nothing below this severity [default: warning in the formats full, concise, github and markdown, info in the others]
    #[arg(long, value_name = "SEVERITY", value_enum, help_heading = "Rules")]
    min_severity: Option<Threshold>,
    /// audit: also report findings that depend on values known only at deployment
    #[arg(long, value_name = "PROFILE", value_enum, default_value_t = Profile::Default, help_heading = "Rules")]
    profile: Profile,
    /// Format of the findings: full, concise, json, jsonl, sarif, github, gitlab, gitlab-sast, junit, rdjson, checkstyle, sonar
    /// or markdown; `FORMAT=FILE` writes to a file; can be repeated
    #[arg(
        long,
        value_name = "FORMAT[=FILE]",
        env = "TRUSTLINT_OUTPUT_FORMAT",
        value_delimiter = ',',
        default_value = "full",
        help_heading = "Output"
    )]
    output_format: Vec<Output>,
    /// Also show what was suppressed, and why
    #[arg(long, help_heading = "Output")]
    show_suppressed: bool,
    /// Also show how many policies, principals, actions, resources and conditions could be resolved
    #[arg(long, help_heading = "Output")]
    statistics: bool,
    /// Also report findings that lie wholly in snapshots and other imported files
    #[arg(long, help_heading = "Rules")]
    report_imports: bool,
    /// Do not show progress
    #[arg(long, help_heading = "Output")]
    no_progress: bool,
    /// Exit with 1 if any finding is at or above this severity
    #[arg(
        long,
        value_name = "SEVERITY",
        value_enum,
        env = "TRUSTLINT_FAIL_ON",
        default_value_t = FailOn::Warning,
        help_heading = "Exit status"
    )]
    fail_on: FailOn,
    /// Exit with 0 even when there are findings
    #[arg(short, long, help_heading = "Exit status")]
    exit_zero: bool,
    /// Exit with 0 when there is nothing to analyze
    #[arg(long, help_heading = "Exit status")]
    allow_empty: bool,
}

impl CheckArgs {
    /// Whether people see the infos only as a number: nobody asked for them, and no gate counts them.
    fn folds_infos(&self) -> bool {
        let is_read = self.output_format.iter().any(|output| output.format.is_for_people());
        is_read && self.min_severity.is_none() && self.fail_on != FailOn::Info
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Threshold {
    Info,
    Warning,
    Error,
}

impl Threshold {
    fn severity(self) -> Severity {
        match self {
            Self::Info => Severity::Info,
            Self::Warning => Severity::Warning,
            Self::Error => Severity::Error,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum FailOn {
    None,
    Info,
    Warning,
    Error,
}

impl FailOn {
    fn is_reached(self, severity: Severity) -> bool {
        match self {
            Self::None => false,
            Self::Info => true,
            Self::Warning => severity >= Severity::Warning,
            Self::Error => severity >= Severity::Error,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Profile {
    /// Findings that are certain
    Default,
    /// Also findings that are possible
    Audit,
}

/// A format, and the file it goes to.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Output {
    format: Format,
    file: Option<PathBuf>,
}

impl FromStr for Output {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, file) = match text.split_once('=') {
            Some((_, "")) => return Err("the name of the file is missing".to_owned()),
            Some((name, file)) => (name, Some(PathBuf::from(file))),
            None => (text, None),
        };
        let format = Format::from_str(name, true).map_err(|_| {
            let known = Format::value_variants().iter().filter_map(Format::to_possible_value);
            let known: Vec<_> = known.map(|value| value.get_name().to_owned()).collect();
            let known = known.iter().map(String::as_str);
            format!("there is no format `{name}`{}", suggestion(name, known))
        })?;
        Ok(Self { format, file })
    }
}

/// What is lost where accounts are not known, and what helps: one hint.
fn hint(summary: &Summary, is_configured: bool) -> Option<String> {
    let Summary { deployed, deployed_unknown: unknown, .. } = *summary;
    if summary.edges == 0 {
        return None;
    }
    if unknown > 0 {
        let units = report::counted(deployed, "deployment unit");
        let have = if unknown == 1 { "has" } else { "have" };
        let update = if is_configured { " --update" } else { "" };
        return Some(format!(
            "hint: {unknown} of {units} {have} no account; `trustlint config init{update}` proposes some"
        ));
    }
    let none = "hint: no template has a known account, so policies of different accounts were not compared; \
                list the accounts in trustlint.toml, or pass --account GLOB=ID (`trustlint accounts` shows the rest)";
    (summary.accounts == 0).then(|| none.to_owned())
}

pub(super) fn run(args: &CheckArgs, global: &Global) -> Result<Status, Stop> {
    let begun = Instant::now();
    if args.output_format.iter().filter(|output| output.file.is_none()).count() > 1 {
        return Err(Stop::new(
            "only one format can go to the standard output; write the others as FORMAT=FILE",
        ));
    }
    let profile = match args.profile {
        Profile::Default => run::Profile::Default,
        Profile::Audit => run::Profile::Audit,
    };
    let progress = Progress::start(!args.no_progress && global.quiet == 0);
    let mut loaded = args.project.load(profile)?;
    choose_rules(&mut loaded.config, args)?;
    loaded.config.inputs.reports_imports = args.report_imports;
    let least = args.min_severity.map_or(Severity::Info, Threshold::severity);
    let checked = reported(loaded.check()?, &loaded, least);
    drop(progress);

    loaded.introduce(global);
    if loaded.names_only_unread(global) || checked.summary.files == 0 {
        broken_import(&checked, &loaded)?;
        say(&format!("found nothing to analyze in {}", args.project.shown()));
        if !args.allow_empty {
            return Ok(Status::Nothing);
        }
    }
    let report = Report {
        sources: &loaded.project.sources,
        checked: &checked,
        repository_prefix: &loaded.project.repository_prefix,
        show_suppressed: args.show_suppressed,
        fold_infos: args.folds_infos(),
        time: loaded.now(),
        picture: None,
    };
    for output in &args.output_format {
        write(output, &report, global)?;
    }
    if global.quiet < 2 {
        // The error stream may be gone; the exit status still tells.
        let _ = report::problems(&report, &mut io::stderr().lock());
    }
    if global.quiet == 0 {
        if global.verbose > 0 {
            let (roles, edges) = (checked.summary.roles, checked.summary.edges);
            say(&format!("graph: {}, {}", report::counted(roles, "role"), report::counted(edges, "edge")));
            loaded.say_bindings(&checked.bindings);
        }
        say(&report::summary(&report, begun.elapsed()));
        hints(&checked, loaded.project.config.is_some());
    }
    if args.statistics {
        say(&report::statistics(&checked.statistics));
    }
    let reached = checked.findings.iter().any(|finding| args.fail_on.is_reached(finding.severity));
    Ok(if reached && !args.exit_zero { Status::Findings } else { Status::Clean })
}

/// That something that is imported is broken, which is worse than nothing where there is nothing else.
fn broken_import(checked: &Checked, loaded: &Loaded) -> Result<(), Stop> {
    let sources = &loaded.project.sources;
    let is_broken = |it: &&Problem| it.lost && sources.is_foreign(it.span.source);
    let Some(problem) = checked.problems.iter().find(is_broken) else { return Ok(()) };
    let path = sources.shown(problem.span.source);
    Err(Stop::new(format_args!("{}: {}", escaped(&path), escaped(&problem.message))))
}

/// What is lost because of what nobody says, and what helps.
fn hints(checked: &Checked, is_configured: bool) {
    if let Some(hint) = hint(&checked.summary, is_configured) {
        say(&hint);
    }
    if checked.unattached > 0 {
        let files = report::counted(checked.unattached, "policy file");
        say(&format!(
            "hint: {files} of this project are attached to nothing, so both sides of their access were not compared; \
             say whose they are in `[[policy]]` of trustlint.toml"
        ));
    }
}

/// Applies `--select` and `--ignore` on top of the configuration.
fn choose_rules(config: &mut Config, args: &CheckArgs) -> Result<(), Stop> {
    let rules: Vec<_> = RULES.iter().map(|rule| rule.name).collect();
    let groups = groups();
    let groups: Vec<&str> = groups.iter().map(String::as_str).collect();
    let selectors = Selectors { rules: &rules, groups: &groups };
    let mut words = args.select.iter().chain(&args.ignore);
    if let Some(wrong) = words.find_map(|word| selectors.wrong(word)) {
        return Err(Stop::new(wrong));
    }
    config.for_all(|config| choose_levels(config, args));
    Ok(())
}

fn choose_levels(config: &mut Config, args: &CheckArgs) {
    for rule in RULES {
        let called = rule.called();
        let closest = |words: &[String]| words.iter().filter_map(|word| called.meant_by(word)).max();
        let (selected, ignored) = (closest(&args.select), closest(&args.ignore));
        let is_left = selected.is_none() && !args.select.is_empty();
        if is_left || (ignored.is_some() && ignored >= selected) {
            config.levels.insert(rule.name.to_owned(), Level::Off);
        } else if let Some((said, Level::Off)) = config.level(&called)
            && selected >= Some(said)
        {
            // Asking for a rule is stronger than a configuration that says no more closely which rule is off.
            config.levels.insert(rule.name.to_owned(), Level::Usual);
        }
    }
}

/// Keeps the findings that touch the given paths and are bad enough.
fn reported(mut checked: Checked, loaded: &Loaded, least: Severity) -> Checked {
    let shown = |finding: &Diagnostic| {
        let mut labels = std::iter::once(&finding.primary).chain(&finding.related);
        finding.severity >= least
            && labels.any(|label| loaded.project.is_given(loaded.project.sources.path(label.span.source)))
    };
    checked.findings.retain(shown);
    checked.suppressed.retain(|(finding, _)| shown(finding));
    checked
}

fn write(output: &Output, report: &Report<'_>, global: &Global) -> Result<(), Stop> {
    let Some(file) = &output.file else {
        let style =
            Style { colour: global.color.is_on(), width: terminal::width(), hints: global.verbose > 0 };
        let mut out = BufWriter::new(io::stdout().lock());
        return Ok(report::write(output.format, report, style, &mut out)?);
    };
    let wrong = |error: io::Error| Stop::new(format_args!("could not write `{}`: {error}", file.display()));
    let mut out = BufWriter::new(File::create(file).map_err(wrong)?);
    report::write(output.format, report, Style::default(), &mut out).map_err(wrong)?;
    out.flush().map_err(wrong)
}
