//! `trustlint check`.

mod changed;
mod choice;
mod fix;
mod git;
mod words;

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Instant;

use clap::{Args, ValueEnum};

use changed::{Changed, ChangedArgs};
use choice::choose_rules;
use fix::{FixArgs, Mended};

use super::baseline::{BaselineFile, say_gone};
use super::graph;
use super::progress::Progress;
use super::project::{Loaded, ProjectArgs};
use super::shared::{Global, Status, Stop, print, say};
use super::terminal;
use crate::baseline::Baseline;
use crate::config::{Config, FailOn, Profile, suggestion};
use crate::diagnostic::{Diagnostic, Problem, Severity};
use crate::discover::Project;
use crate::outcome::{Checked, Summary};
use crate::proposal::PROPOSED;
use crate::report::{self, Format, Report, Style, escaped};
use crate::source::SourceId;

#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
pub(super) struct CheckArgs {
    #[command(flatten)]
    project: ProjectArgs,
    /// The file that the document stands for which `-` reads; without it, the document is judged alone
    #[arg(long, value_name = "NAME", help_heading = "Inputs")]
    stdin_filename: Option<PathBuf>,
    /// Report only these rules, families (trust) and effects (exposed), separated by commas; can be repeated
    #[arg(long, value_name = "RULE", value_delimiter = ',', help_heading = "Rules")]
    select: Vec<String>,
    /// Do not report these rules, families and effects; of both options the more specific wins
    #[arg(long, value_name = "RULE", value_delimiter = ',', help_heading = "Rules")]
    ignore: Vec<String>,
    /// Report nothing below this severity [default: warning in the formats full, concise, github and markdown, info in the others]
    #[arg(long, value_name = "SEVERITY", value_enum, help_heading = "Rules")]
    min_severity: Option<Severity>,
    /// audit: also report findings that depend on values known only at deployment [default: default]
    #[arg(long, value_name = "PROFILE", value_enum, help_heading = "Rules")]
    profile: Option<Profile>,
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
    #[command(flatten)]
    changes: ChangedArgs,
    #[command(flatten)]
    baseline: BaselineFile,
    /// Also report the findings of the baseline
    #[arg(long, conflicts_with = "baseline", help_heading = "Baseline")]
    no_baseline: bool,
    #[command(flatten)]
    fixes: FixArgs,
    /// Do not show progress
    #[arg(long, help_heading = "Output")]
    no_progress: bool,
    /// Show at most this many findings, the worst ones; the exit status counts all
    #[arg(long, value_name = "N", help_heading = "Output")]
    max_findings: Option<usize>,
    /// Exit with 1 if any finding is at or above this severity [default: warning]
    #[arg(
        long,
        value_name = "SEVERITY",
        value_enum,
        env = "TRUSTLINT_FAIL_ON",
        help_heading = "Exit status"
    )]
    fail_on: Option<FailOn>,
    /// Exit with 0 even when there are findings
    #[arg(short, long, help_heading = "Exit status")]
    exit_zero: bool,
    /// Exit with 0 when there is nothing to analyze
    #[arg(long, help_heading = "Exit status")]
    allow_empty: bool,
}

/// What is wanted of this run: the command line says it, else the environment, else the configuration.
struct Wanted {
    fail_on: FailOn,
    min_severity: Option<Severity>,
    profile: Profile,
}

impl Wanted {
    fn of(args: &CheckArgs, config: &Config) -> Self {
        let check = &config.check;
        Self {
            fail_on: args.fail_on.or(check.fail_on).unwrap_or(FailOn::From(Severity::Warning)),
            min_severity: args.min_severity.or(check.min_severity),
            profile: args.profile.or(check.profile).unwrap_or_default(),
        }
    }

    /// Whether people see the infos only as a number: nobody asked for them, and no gate counts them.
    fn folds_infos(&self, args: &CheckArgs) -> bool {
        let is_read = args.output_format.iter().any(|output| output.format.is_for_people());
        is_read && self.min_severity.is_none() && !self.fail_on.is_reached(Severity::Info)
    }
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

/// What is lost where accounts are not known, and what helps: one hint. `config` is the text of the configuration.
fn hint(summary: &Summary, config: Option<&str>) -> Option<String> {
    let Summary { deployed, deployed_unknown: unknown, .. } = *summary;
    if summary.edges == 0 {
        return None;
    }
    if unknown > 0 {
        let units = report::counted(deployed, "deployment unit");
        let have = if unknown == 1 { "has" } else { "have" };
        let is_proposal = |line: &str| line.starts_with(PROPOSED);
        let what = match config {
            None => "`trustlint config init` proposes some".to_owned(),
            Some(text) if text.lines().any(is_proposal) => format!(
                "confirm what the configuration proposes (lines that begin with `{PROPOSED}`), or write the directories of an account in its `paths`"
            ),
            Some(_) => "`trustlint config init --update` proposes some".to_owned(),
        };
        return Some(format!("hint: {unknown} of {units} {have} no account; {what}"));
    }
    let none = "hint: no template has a known account, so policies of different accounts were not compared; \
                list the accounts in trustlint.toml, or pass --account GLOB=ID (`trustlint accounts` shows the rest)";
    (summary.accounts == 0).then(|| none.to_owned())
}

/// What is asked of the analysis: again for each change of a text.
struct Asked<'a> {
    wanted: Wanted,
    changed: Option<Changed>,
    baseline: Option<Baseline>,
    args: &'a CheckArgs,
}

impl<'a> Asked<'a> {
    fn of(args: &'a CheckArgs, loaded: &mut Loaded) -> Result<Self, Stop> {
        let wanted = Wanted::of(args, &loaded.config);
        loaded.settings.profile = wanted.profile;
        choose_rules(&mut loaded.config, args)?;
        loaded.config.inputs.reports_imports = args.report_imports;
        let changed = args.changes.find(&loaded.project)?;
        let baseline = if args.no_baseline { None } else { args.baseline.read(loaded)? };
        Ok(Self { wanted, changed, baseline, args })
    }

    /// The findings that are reported, and what became of those of the baseline.
    fn check(&self, loaded: &Loaded) -> Result<(Checked, Option<Baseline>), Stop> {
        let mut baseline = self.baseline.clone();
        let checked = loaded.check_against(baseline.as_mut())?;
        Ok((reported(checked, loaded, self), baseline))
    }

    /// Whether a finding makes the exit status 1.
    fn is_reached(&self, finding: &Diagnostic) -> bool {
        self.wanted.fail_on.is_reached(finding.severity)
    }

    /// Whether findings of a file are reported for its own sake.
    fn is_meant(&self, project: &Project, path: &str) -> bool {
        project.is_given(path) && self.changed.as_ref().is_none_or(|changed| changed.holds(path))
    }

    /// Makes the changes that are wanted, and judges what is left.
    fn mend(&self, loaded: &mut Loaded, checked: &mut Checked) -> Result<Mended, Stop> {
        let may = |loaded: &Loaded, id: SourceId| {
            let Project { sources, .. } = &loaded.project;
            let path = sources.path(id);
            !sources.is_foreign(id)
                && !sources.is_installed(id)
                && self.is_meant(&loaded.project, path)
                // What was written since it was staged would be lost.
                && loaded.project.is_as_it_lies(path)
        };
        let fails = |finding: &Diagnostic| self.is_reached(finding);
        let mended = self.args.fixes.mend(loaded, checked, (&fails, &may), &mut |loaded| {
            self.check(loaded).map(|(checked, _)| checked)
        })?;
        if self.args.fixes.writes() {
            mended.write(loaded)?;
        }
        Ok(mended)
    }
}

pub(super) fn run(args: &CheckArgs, global: &Global) -> Result<Status, Stop> {
    let begun = Instant::now();
    if args.output_format.iter().filter(|output| output.file.is_none()).count() > 1 {
        return Err(Stop::new(
            "only one format can go to the standard output; write the others as FORMAT=FILE",
        ));
    }
    let progress = Progress::start(!args.no_progress && global.quiet == 0);
    let reads_input = args.project.reads_input();
    if reads_input && (args.fixes.writes() || args.changes.reads_input()) {
        return Err(Stop::new(
            "the standard input is the document, so it is no list of files, and nothing can be written to it; `--diff` shows changes",
        ));
    }
    let project = args.changes.project(&args.project);
    let mut loaded = project.load_document(Profile::Default, args.stdin_filename.as_deref())?;
    let asked = Asked::of(args, &mut loaded)?;
    let (mut checked, baseline) = asked.check(&loaded)?;
    let mended = asked.mend(&mut loaded, &mut checked)?;
    drop(progress);

    loaded.introduce(global);
    if loaded.names_only_unread(global) || checked.summary.files == 0 {
        broken_import(&checked, &loaded)?;
        say(&format!("found nothing to analyze in {}", args.project.shown()));
        if !args.allow_empty {
            return Ok(Status::Nothing);
        }
    }
    if global.quiet == 0 {
        mended.say();
    }
    if args.fixes.only_shows() {
        print(&mended.diff(&loaded))?;
        return Ok(if mended.is_empty() || args.exit_zero { Status::Clean } else { Status::Findings });
    }
    let reached = checked.findings.iter().any(|finding| asked.is_reached(finding));
    if let Some(most) = args.max_findings {
        checked.keep_worst(most);
    }
    let folds = asked.wanted.folds_infos(args);
    let picture = picture(args, &loaded, &checked, folds)?;
    let report = Report {
        sources: &loaded.project.sources,
        checked: &checked,
        repository_prefix: &loaded.project.repository_prefix,
        show_suppressed: args.show_suppressed,
        fold_infos: folds,
        time: loaded.now(),
        picture: picture.as_deref(),
    };
    for output in &args.output_format {
        write(output, &report, global)?;
    }
    tell(&report, (&loaded, &asked, baseline.as_ref()), begun, global);
    Ok(if reached && !args.exit_zero { Status::Findings } else { Status::Clean })
}

/// Tells people what there is to know beside the findings.
fn tell(
    report: &Report<'_>,
    (loaded, asked, baseline): (&Loaded, &Asked<'_>, Option<&Baseline>),
    begun: Instant,
    global: &Global,
) {
    let checked = report.checked;
    if global.quiet < 2 {
        // The error stream may be gone; the exit status still tells.
        let _ = report::problems(report, &mut io::stderr().lock());
    }
    if global.quiet == 0 {
        if global.verbose > 0 {
            let (roles, edges) = (checked.summary.roles, checked.summary.edges);
            say(&format!("graph: {}, {}", report::counted(roles, "role"), report::counted(edges, "edge")));
            loaded.say_bindings(&checked.bindings);
        }
        say(&report::summary(report, begun.elapsed()));
        hints(checked, loaded.project.config.as_ref().map(|config| config.text.as_str()));
        if let Some(baseline) = baseline {
            say_gone(baseline, loaded);
        }
    }
    if asked.args.statistics {
        say(&report::statistics(&checked.statistics));
    }
}

/// The picture around the findings, where a format shows one.
fn picture(
    args: &CheckArgs,
    loaded: &Loaded,
    checked: &Checked,
    folds: bool,
) -> Result<Option<String>, Stop> {
    if args.output_format.iter().all(|output| output.format != Format::Markdown) {
        return Ok(None);
    }
    let is_shown = |finding: &&Diagnostic| !folds || finding.severity > Severity::Info;
    graph::around(loaded, &checked.findings.iter().filter(is_shown).collect::<Vec<_>>())
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
fn hints(checked: &Checked, config: Option<&str>) {
    if let Some(hint) = hint(&checked.summary, config) {
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

/// Keeps the findings that touch the given paths and the changed files, and are bad enough.
fn reported(mut checked: Checked, loaded: &Loaded, asked: &Asked<'_>) -> Checked {
    let (project, sources) = (&loaded.project, &loaded.project.sources);
    let least = asked.wanted.min_severity.unwrap_or(Severity::Info);
    let shown = |finding: &Diagnostic| {
        let touches = |is_meant: &dyn Fn(&str) -> bool| {
            finding.places().any(|span| is_meant(sources.path(span.source)))
        };
        finding.severity >= least
            && touches(&|path| project.is_given(path))
            && asked.changed.as_ref().is_none_or(|changed| touches(&|path| changed.holds(path)))
    };
    checked.findings.retain(shown);
    checked.suppressed.retain(|(finding, _)| shown(finding));
    checked.known.retain(shown);
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
