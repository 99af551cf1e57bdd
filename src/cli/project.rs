//! What all commands that look at templates share: finding the project, reading its configuration, running the
//! analysis.

use std::env;
use std::io::{self, Read as _};
use std::num::NonZero;
use std::path::{Path, PathBuf};

use clap::Args;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::shared::{Stop, say};
use crate::baseline::Baseline;
use crate::bounds;
use crate::config::{Config, ConfigAccount, Named, PathGlob, Selectors, suggestion};
use crate::diagnostic::{Diagnostic, Problem};
use crate::discover::{ConfigChoice, ConfigText, Document, ListStaged, Project, Request, discover, named};
use crate::facts::Bound;
use crate::graph::Graph;
use crate::iam::arn::is_account_id;
use crate::outcome::{Checked, Survey};
use crate::report::escaped;
use crate::rules::{RULES, called, groups};
use crate::run::{
    Bundled, Profile, Settings, check_again, check_against, check_with_graph, export, graph_of, survey,
};
use crate::source::{SourceText, Span};
use crate::walk::{self, policy};

#[derive(Clone, Debug, Default, Args)]
pub(super) struct ProjectArgs {
    /// Files or directories whose findings to report (the whole project is analyzed); `check` takes a document from the standard input
    /// as `-`
    #[arg(default_value = ".", value_name = "PATHS")]
    paths: Vec<PathBuf>,
    /// The only configuration file, instead of the nearest `trustlint.toml` and those below it
    #[arg(long, value_name = "FILE", env = "TRUSTLINT_CONFIG", help_heading = "Inputs")]
    config: Option<PathBuf>,
    /// Ignore all configuration files
    #[arg(long, help_heading = "Inputs")]
    isolated: bool,
    /// Project root, instead of the directory of the configuration or the root of the repository
    #[arg(long, value_name = "DIR", help_heading = "Inputs")]
    project_root: Option<PathBuf>,
    /// Account that templates are deployed to, such as `envs/prod=222222222222`
    #[arg(long, value_name = "GLOB=ID", help_heading = "Inputs")]
    account: Vec<String>,
    /// Values for the variables of Terraform root modules, such as `prod.tfvars`; can be repeated, the last one wins
    #[arg(long, value_name = "FILE", help_heading = "Inputs")]
    var_file: Vec<PathBuf>,
    /// Value of a parameter of CloudFormation templates, or `AWS::Region=REGION` for stacks that do not say theirs
    #[arg(long, value_name = "NAME=VALUE", help_heading = "Inputs")]
    parameter: Vec<String>,
    /// What is in a live account, as its name and a file, such as `prod=prod.json` of `aws iam get-account-authorization-details`,
    /// or a directory of files; can be repeated
    #[arg(long, value_name = "NAME=PATH", help_heading = "Inputs")]
    snapshot: Vec<String>,
    /// Bundle of another project, which `trustlint export` wrote there, such as `bundles/*.json`; can be repeated
    #[arg(long, value_name = "FILE", help_heading = "Inputs")]
    with: Vec<String>,
    /// Files that are no part of the project, as patterns below its root, such as `examples/**`; can be repeated
    #[arg(long, value_name = "GLOB", help_heading = "Inputs")]
    exclude: Vec<String>,
    /// Number of threads
    #[arg(short, long, value_name = "N", help_heading = "Inputs")]
    jobs: Option<usize>,
    /// Date used to expire ignores [default: today]
    #[arg(long, value_name = "DATE", help_heading = "Inputs")]
    today: Option<Date>,
    /// Where relative paths start, when it is not the working directory.
    #[arg(skip)]
    here: Option<PathBuf>,
    /// Asks for what is staged, when that is looked at.
    #[arg(skip)]
    staged: Option<ListStaged>,
}

/// The project and its configuration.
pub(super) struct Loaded {
    pub(super) project: Project,
    pub(super) config: Config,
    pub(super) settings: Settings,
    threads: usize,
    /// Whether nothing that lies in the project says how to look at it.
    pub(super) isolated: bool,
    /// What is to be said of what was to be imported.
    problems: Vec<Problem>,
}

impl ProjectArgs {
    /// One path, with the configuration of its project or without any.
    pub(super) fn of(path: PathBuf, isolated: bool) -> Self {
        Self { paths: vec![path], isolated, ..Self::default() }
    }

    /// A folder that is open in an editor, with its configurations.
    pub(super) fn edited(folder: &Path) -> Self {
        let here = Some(folder.to_path_buf());
        Self { paths: vec![folder.to_path_buf()], here, ..Self::default() }
    }

    /// The same, of what is staged in place of what lies in the working tree.
    pub(super) fn of_staged(&self, list: ListStaged) -> Self {
        Self { staged: Some(list), ..self.clone() }
    }

    fn here(&self) -> Result<PathBuf, Stop> {
        self.here.clone().map_or_else(|| env::current_dir().map_err(Stop::new), Ok)
    }

    /// Finds the files and reads the configuration.
    pub(super) fn load(&self, profile: Profile) -> Result<Loaded, Stop> {
        self.load_with(profile, &[])
    }

    /// The same, with a text from the standard input when that is the path: what it stands for.
    pub(super) fn load_document(&self, profile: Profile, name: Option<&Path>) -> Result<Loaded, Stop> {
        let is_input = |path: &PathBuf| path == Path::new("-");
        match (self.paths.iter().any(is_input), name) {
            (false, None) => self.load(profile),
            (false, Some(_)) => {
                Err(Stop::new("`--stdin-filename` names what `-` reads from the standard input"))
            }
            (true, _) if self.paths.len() > 1 => {
                Err(Stop::new("`-` stands alone: only that document is reported"))
            }
            (true, name) => {
                let wrong = |error| Stop::new(format_args!("could not read the standard input: {error}"));
                let mut text = String::new();
                io::stdin().lock().take(bounds::FILE_BYTES).read_to_string(&mut text).map_err(wrong)?;
                self.loaded(profile, &[], &[], Some(Document { path: name.map(Path::to_path_buf), text }))
            }
        }
    }

    /// Whether the standard input is what is looked at.
    pub(super) fn reads_input(&self) -> bool {
        self.paths.iter().any(|path| path == Path::new("-"))
    }

    /// The same, with files that are otherwise left out because their names begin with a dot.
    pub(super) fn load_with(&self, profile: Profile, hidden: &[&str]) -> Result<Loaded, Stop> {
        self.loaded(profile, hidden, &[], None)
    }

    /// The same, with texts in place of what is on the disk, or may not be there yet.
    pub(super) fn load_edited(
        &self,
        profile: Profile,
        open: &[(PathBuf, SourceText)],
    ) -> Result<Loaded, Stop> {
        self.loaded(profile, &[], open, None)
    }

    fn loaded(
        &self,
        profile: Profile,
        hidden: &[&str],
        open: &[(PathBuf, SourceText)],
        document: Option<Document>,
    ) -> Result<Loaded, Stop> {
        let threads = threads(self.jobs.unwrap_or(0));
        let mut request = self.request(threads)?;
        request.named = hidden.iter().map(|name| (*name).to_owned()).collect();
        request.unsaved = open.iter().map(|(path, _)| path.clone()).filter(|path| !path.exists()).collect();
        request.document = document;
        let mut project = discover(&request).map_err(Stop::new)?;
        project.open(open);
        let mut config = configuration(&project)?;
        self.exclude(&mut project, &mut config)?;
        let missing = missing_files(&project, &config);
        if !missing.is_empty() {
            request.named.extend(missing);
            // Values of variables often lie in files that git ignores on purpose.
            project = discover(&request).map_err(Stop::new)?;
            project.open(open);
            self.exclude(&mut project, &mut config)?;
        }
        for account in &self.account {
            let wrong = |message: String| Stop::new(format_args!("`--account {account}`: {message}"));
            let parts = account.rsplit_once('=').ok_or_else(|| wrong("write GLOB=ID".to_owned()))?;
            config.add_override(parts.0, parts.1).map_err(wrong)?;
        }
        config.inputs.terraform.value_files.clone_from(&project.value_files);
        for parameter in &self.parameter {
            let (name, value) = parameter
                .split_once('=')
                .ok_or_else(|| Stop::new(format_args!("`--parameter {parameter}`: write NAME=VALUE")))?;
            config.inputs.cloudformation.parameters.push((name.to_owned(), value.to_owned()));
        }
        check_deployments(&project, &config)?;
        let problems = self.import(&mut project, &mut config)?;
        check_policies(&project, &config)?;
        let given = self.today.map(|day| day.to_zoned(TimeZone::UTC).map(|day| day.timestamp()));
        let now = given.transpose().map_err(Stop::new)?.unwrap_or_else(Timestamp::now);
        let isolated = self.isolated;
        Ok(Loaded { project, config, settings: Settings { now, profile }, threads, isolated, problems })
    }

    /// Leaves out the files that are no part of the project. What somebody names as an input stays.
    fn exclude(&self, project: &mut Project, config: &mut Config) -> Result<(), Stop> {
        let wrong = |pattern, message| Stop::new(format_args!("`--exclude {pattern}`: {message}"));
        let globs =
            self.exclude.iter().map(|pattern| PathGlob::new(pattern).map_err(|it| wrong(pattern, it)));
        config.check.exclude.extend(globs.collect::<Result<Vec<_>, Stop>>()?);
        if !config.excludes() {
            return Ok(());
        }
        let Project { sources, value_files, .. } = project;
        let is_configuration = |path: &str| config.all().any(|one| one.path.as_deref() == Some(path));
        let is_named = |path: &str| value_files.iter().any(|file| file == path) || is_configuration(path);
        sources.exclude(|path| config.is_excluded(path) && !is_named(path));
        for given in project.given.iter().filter(|given| config.is_excluded(given)) {
            say(&format!("warning: `{}` is excluded by the configuration or `--exclude`", escaped(given)));
        }
        Ok(())
    }

    /// Finds the snapshots and bundles that are named.
    fn import(&self, project: &mut Project, config: &mut Config) -> Result<Vec<Problem>, Stop> {
        if self.snapshot.is_empty() && self.with.is_empty() && !config.names_imports() {
            return Ok(Vec::new());
        }
        let wrong = |given: &String| Stop::new(format_args!("`--snapshot {given}`: write NAME=PATH"));
        let parts = |given: &String| {
            let (name, path) =
                given.split_once('=').filter(|(_, path)| !path.is_empty()).ok_or_else(|| wrong(given))?;
            Ok((name.to_owned(), path.to_owned()))
        };
        let given = self.snapshot.iter().map(parts).collect::<Result<Vec<_>, Stop>>()?;
        let here = self.here()?;
        let own = project.name();
        let Project { root, sources, .. } = project;
        let mut find = |wanted: Named<'_>| named(root, &here, wanted);
        let imported = config.import(sources, &given, &mut find);
        let wrong =
            |option: &str, message: String| Stop::new(format_args!("`{option}`: {}", escaped(&message)));
        let mut problems = imported.map_err(|message| wrong("--snapshot", message))?;
        let bundles = config.import_bundles(sources, &self.with, &own, &mut find);
        problems.extend(bundles.map_err(|message| wrong("--with", message))?);
        Ok(problems)
    }

    fn request(&self, threads: usize) -> Result<Request, Stop> {
        let config = match (&self.config, self.isolated) {
            (_, true) => ConfigChoice::Isolated,
            (Some(file), false) => ConfigChoice::File(file.clone()),
            (None, false) => ConfigChoice::Nearest,
        };
        Ok(Request {
            working_directory: self.here()?,
            paths: self.paths.clone(),
            config,
            value_files: self.var_file.clone(),
            named: Vec::new(),
            unsaved: Vec::new(),
            project_root: self.project_root.clone(),
            threads,
            document: None,
            staged: self.staged,
        })
    }

    /// The paths as they were given, for messages.
    pub(super) fn shown(&self) -> String {
        let paths: Vec<_> = self.paths.iter().map(|path| format!("`{}`", path.display())).collect();
        escaped(&paths.join(", ")).into_owned()
    }
}

impl Loaded {
    /// Runs the analysis, on threads with room for deep templates, without what a baseline knows.
    pub(super) fn check_against(&self, baseline: Option<&mut Baseline>) -> Result<Checked, Stop> {
        let (sources, config) = (&self.project.sources, &self.config);
        let check = || check_against(sources, config, &self.settings, baseline);
        let mut checked = self.with_threads(check)?;
        self.add_problems(&mut checked);
        Ok(checked)
    }

    /// Runs the analysis, for who goes on asking: with the graph that everything was found in.
    pub(super) fn check_with_graph(&self) -> Result<(Checked, Graph), Stop> {
        let (sources, config) = (&self.project.sources, &self.config);
        let (mut checked, graph) = self.with_threads(|| check_with_graph(sources, config, &self.settings))?;
        self.add_problems(&mut checked);
        Ok((checked, graph))
    }

    /// Takes the ignores of the configurations from their texts as these are now.
    pub(super) fn read_ignores(&mut self) -> Result<(), Stop> {
        let project = &self.project;
        let nested = project.nested.iter().map(|(_, written)| written);
        for written in project.config.iter().chain(nested) {
            let Some(id) = project.sources.find(&written.path) else { continue };
            let text = (*project.sources.text_or_empty(id)).to_owned();
            let mut read = parsed(project, &ConfigText { text, ..written.clone() })?.ignores;
            self.config.for_all(|config| {
                if config.path.as_deref() == Some(written.path.as_str()) {
                    config.ignores = std::mem::take(&mut read);
                }
            });
        }
        Ok(())
    }

    /// Runs the analysis as [`check_with_graph`](Self::check_with_graph) does, with what the last run left.
    pub(super) fn check_again(&self, memory: &mut walk::Memory) -> Result<(Checked, Graph), Stop> {
        let (sources, config) = (&self.project.sources, &self.config);
        let (mut checked, graph) =
            self.with_threads(|| check_again(sources, config, &self.settings, memory))?;
        self.add_problems(&mut checked);
        Ok((checked, graph))
    }

    /// What is to be said of the project itself.
    fn add_problems(&self, checked: &mut Checked) {
        let all = self.config.all();
        checked.problems.extend(all.flat_map(|config| unmatched_paths(&self.project, config)));
        checked.problems.extend(two_organizations(&self.project, &self.config));
        checked.problems.extend(self.problems.iter().cloned());
        checked.problems.sort();
    }

    fn pool(&self) -> Result<rayon::ThreadPool, Stop> {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(self.threads).stack_size(bounds::STACK_BYTES);
        pool.build().map_err(Stop::new)
    }

    /// Warns of files on the command line that are called as policies are and hold none; whether there is nothing else.
    pub(super) fn names_only_unread(&self, global: &super::Global) -> bool {
        let Project { given, sources, .. } = &self.project;
        let is_unread = |path: &&String| {
            let name = path.rsplit('/').next().unwrap_or(path);
            let may_be = policy::is_named_so(path) || !name.trim_end_matches(".txt").contains('.');
            let is_one = may_be && !name.ends_with(".tfvars.json");
            let file = sources.find(path).filter(|_| is_one);
            file.is_some_and(|id| !walk::is_read(sources, id, &self.config.inputs))
        };
        let unread: Vec<&String> = given.iter().filter(is_unread).collect();
        for path in unread.iter().filter(|_| global.quiet < 2) {
            let shown = sources.find(path).map(|id| sources.shown(id)).unwrap_or_default();
            say(&format!(
                "warning: `{}` is neither a template nor a policy, so it was not analyzed",
                escaped(&shown)
            ));
        }
        !unread.is_empty() && unread.len() == given.len()
    }

    /// Says whose policies the policy files are, and how that is known.
    pub(super) fn say_bindings(&self, bindings: &[Bound]) {
        let sources = &self.project.sources;
        for bound in bindings {
            let place = bound.place.map(|place| {
                let line = sources.position(place.source, place.start).line;
                format!(" ({}:{line})", sources.shown(place.source))
            });
            let (file, subject) = (sources.shown(bound.file), &bound.subject);
            let place = place.unwrap_or_default();
            say(&escaped(&format!("policy: {file}: {subject}, from {}{place}", bound.evidence)));
        }
    }

    /// The project as a bundle: of what the paths hold that were given.
    pub(super) fn export(&self, bundled: Bundled<'_>) -> Result<Option<String>, Stop> {
        let pool = self.pool()?;
        let is_given = |path: &str| self.project.is_given(path);
        Ok(pool.install(|| export(&self.project.sources, &self.config, bundled, &is_given)))
    }

    /// The graph of the project.
    pub(super) fn graph(&self) -> Result<Graph, Stop> {
        let pool = self.pool()?;
        Ok(pool.install(|| graph_of(&self.project.sources, &self.config)))
    }

    /// What the project says of accounts.
    pub(super) fn survey(&self) -> Result<Survey, Stop> {
        self.with_threads(|| survey(&self.project.sources, &self.config))
    }

    /// Does something on the threads of the command.
    pub(super) fn with_threads<T: Send>(&self, work: impl FnOnce() -> T + Send) -> Result<T, Stop> {
        Ok(self.pool()?.install(work))
    }

    /// The time that conditions are compared with.
    pub(super) fn now(&self) -> Timestamp {
        self.settings.now
    }

    /// Whether a finding may be ignored where it is.
    pub(super) fn is_ignorable(&self, finding: &Diagnostic) -> bool {
        let nearest = self.config.nearest(self.project.sources.path(finding.primary.span.source));
        nearest.is_ignorable(&called(finding.rule))
    }

    /// What to write in the configuration for a finding that no comment can accept.
    pub(super) fn ignored_elsewhere(&self, finding: &Diagnostic, reason: &str) -> String {
        let sources = &self.project.sources;
        let at = sources.position(finding.primary.span.source, finding.primary.span.start);
        let place = format!("{}:{}:{}", sources.shown(finding.primary.span.source), at.line, at.column);
        let rule = finding.rule;
        if !self.is_ignorable(finding) {
            return escaped(&format!(
                "{place}: findings of `{rule}` cannot be ignored (`check.not-ignorable`)"
            ))
            .into_owned();
        }
        let reason = serde_json::Value::from(reason);
        let why = escaped(&format!("{place}: no comment can stand here; write this in trustlint.toml:"))
            .into_owned();
        let fingerprint = finding.fingerprint();
        format!("{why}\n[[ignore]]\nrule = \"{rule}\"\nfingerprint = \"{fingerprint}\"\nreason = {reason}")
    }

    /// Says where things come from, and what could not be walked.
    pub(super) fn introduce(&self, global: &super::shared::Global) {
        if global.verbose > 0 {
            let nested = self.project.nested.iter().map(|(_, config)| config);
            let all: Vec<&str> =
                self.project.config.iter().chain(nested).map(|config| config.shown.as_str()).collect();
            let all = if all.is_empty() { "none".to_owned() } else { all.join(", ") };
            say(&format!("project: {}", escaped(&self.project.root.display().to_string())));
            say(&format!("configuration: {}", escaped(&all)));
        }
        for problem in self.project.problems.iter().filter(|_| global.quiet < 2) {
            say(&format!("warning: {}", escaped(problem)));
        }
        for hint in self.project.hints.iter().filter(|_| global.quiet == 0) {
            say(&format!("hint: {}", escaped(hint)));
        }
    }
}

/// As many threads as are wanted, but no more than help: each has a stack of its own, and a system has only so many.
fn threads(wanted: usize) -> usize {
    let most =
        std::thread::available_parallelism().map_or(1, NonZero::get).saturating_mul(bounds::THREADS_PER_CORE);
    if wanted > most {
        say(&format!(
            "warning: `--jobs {wanted}` is more than {most}, which is twice the processors; {most} threads are used"
        ));
    }
    wanted.min(most)
}

/// The files that deployments name and that were not found, as git ignores them.
fn missing_files(project: &Project, config: &Config) -> Vec<String> {
    let deployments = config.inputs.terraform.deployments.iter();
    let named = deployments.flat_map(|deployment| deployment.value_files.iter().chain(&deployment.plan));
    named.filter(|file| project.sources.find(file).is_none()).cloned().collect()
}

/// The patterns of accounts that match no file: what they were written for is in an account that nobody knows.
fn unmatched_paths(project: &Project, config: &Config) -> Vec<Problem> {
    let sources = &project.sources;
    let Some(file) = config.path.as_deref().and_then(|path| sources.find(path)) else { return Vec::new() };
    let patterns =
        config.accounts.iter().flat_map(|account| account.paths.iter().map(move |glob| (account, glob)));
    let is_met = |glob: &PathGlob| {
        sources.ids().any(|id| config.below(sources.path(id)).is_some_and(|path| glob.matches(path)))
    };
    let unmatched = patterns.filter(|(_, glob)| !is_met(glob));
    let problem = |(account, glob): (&ConfigAccount, &PathGlob)| {
        let (start, end) = glob.range()?;
        let (pattern, name) = (glob.as_str(), &account.name);
        let message = format!("`{pattern}` matches no file, so it says nothing about account `{name}`");
        Some(Problem::note(Span::new(file, start, end), message))
    };
    unmatched.filter_map(problem).collect()
}

/// Accounts that two projects say to be in different organizations.
fn two_organizations(project: &Project, config: &Config) -> Vec<Problem> {
    let problem = |(config, message): (&Config, String)| {
        let file = config.path.as_deref().and_then(|path| project.sources.find(path))?;
        let (start, end) = config.organization_range;
        Some(Problem::note(Span::new(file, start, end), message))
    };
    config.in_two_organizations().into_iter().filter_map(problem).collect()
}

/// Deployments name directories and files of the project.
fn check_deployments(project: &Project, config: &Config) -> Result<(), Stop> {
    let files = || project.sources.ids().map(|id| project.sources.path(id));
    for deployment in &config.inputs.terraform.deployments {
        let root = &deployment.root;
        if !files().any(|path| {
            path.strip_prefix(root.as_str()).is_some_and(|rest| root.is_empty() || rest.starts_with('/'))
        }) {
            return Err(Stop::new(format_args!(
                "`[[terraform.root]]`: there are no files in `{}`",
                escaped(root)
            )));
        }
        for file in deployment.value_files.iter().chain(&deployment.plan) {
            if project.sources.find(file).is_none() {
                let shown = escaped(file);
                let message = format_args!("`[[terraform.root]]`: `{shown}` is not in the project");
                return Err(Stop::new(message));
            }
        }
    }
    for stack in &config.inputs.cloudformation.stacks {
        for file in std::iter::once(&stack.template).chain(&stack.parameter_file) {
            if project.sources.find(file).is_none() {
                let shown = escaped(file);
                let message = format_args!(
                    "`[[cloudformation.stack]]`: `{shown}` is not in the project, or is ignored by git"
                );
                return Err(Stop::new(message));
            }
        }
    }
    Ok(())
}

/// `[[policy]]` names files of the project and accounts of the configuration.
fn check_policies(project: &Project, config: &Config) -> Result<(), Stop> {
    for row in &config.inputs.policies.rows {
        let pattern = escaped(row.pattern.as_str());
        let mut paths = project.sources.ids().map(|id| project.sources.path(id));
        let mut paths = paths.by_ref().filter(|path| row.matches(path).is_some()).peekable();
        if paths.peek().is_none() {
            return Err(Stop::new(format_args!("`[[policy]]`: no file of the project matches `{pattern}`")));
        }
        for path in paths {
            let Some(account) = row.account_of(path) else { continue };
            if !is_account_id(&account) && config.account_called(&account, path).is_none() {
                let near = suggestion(&account, config.accounts.iter().map(|known| known.name.as_str()));
                return Err(Stop::new(format_args!(
                    "`[[policy]]` for `{pattern}`: `{}` is neither twelve digits nor an account of the configuration{near}",
                    escaped(&account)
                )));
            }
        }
    }
    Ok(())
}

/// The configuration of the project, with those of the projects below it.
fn configuration(project: &Project) -> Result<Config, Stop> {
    let whole = project.config.as_ref().map(|written| parsed(project, written)).transpose()?;
    let mut whole = whole.unwrap_or_default();
    for (directory, written) in &project.nested {
        whole.add_project(directory, parsed(project, written)?);
    }
    Ok(whole)
}

fn parsed(project: &Project, written: &ConfigText) -> Result<Config, Stop> {
    let rules: Vec<_> = RULES.iter().map(|rule| rule.name).collect();
    let groups = groups();
    let groups: Vec<&str> = groups.iter().map(String::as_str).collect();
    let selectors = Selectors { rules: &rules, groups: &groups };
    let shown = escaped(&written.shown);
    let lines = |errors: Vec<_>| {
        let line = |error: &crate::config::ConfigError| format!("{shown}:{}", escaped(&error.to_string()));
        Stop(errors.iter().map(line).collect::<Vec<_>>().join("\n"))
    };
    let mut config = Config::parse(&written.text, selectors).map_err(lines)?.from_file(&written.path);
    if let Some(file) = &config.accounts_file {
        let path = escaped(&file.path).into_owned();
        let unread = |error: io::Error| {
            let (line, column) = (file.line, file.column);
            Stop(
                escaped(&format!("{shown}:{line}:{column}: error: could not read `{path}`: {error}"))
                    .into_owned(),
            )
        };
        let text = project.read_beside(written, &file.path).map_err(unread)?;
        let beside = written.shown_beside(&file.path);
        let wrong =
            |error: crate::config::ConfigError| Stop(escaped(&format!("{beside}:{error}")).into_owned());
        config.add_organization(&text).map_err(wrong)?;
    }
    Ok(config)
}
