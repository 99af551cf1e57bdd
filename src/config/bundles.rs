//! Bundles of other projects: which ones are named, and what their configurations say here.

use std::path::Path;
use std::sync::Arc;

use rustc_hash::FxHashSet;

use super::imports::Find;
use super::{Config, ConfigAccount, ConfigIgnore, ConfigVendor, Covered, Level, Named, PathGlob, day};
use crate::bounds;
use crate::diagnostic::Problem;
use crate::parallel;
use crate::source::{SourceId, Sources, Span};
use crate::walk::bundle::{self, Header, ToldAccount, ToldConfig, ToldIgnore, ToldVendor, Wrong};

impl Config {
    /// Adds the bundles that the configurations name and those that the command line gives. `own` is the name of this project: a
    /// bundle of it is left out, as what is here is newer.
    ///
    /// # Errors
    ///
    /// When something of the command line is not there.
    pub fn import_bundles(
        &mut self,
        sources: &mut Sources,
        given: &[String],
        own: &str,
        find: &mut Find<'_>,
    ) -> Result<Vec<Problem>, String> {
        let (mut found, mut problems) = (Vec::new(), Vec::new());
        for path in given {
            found.extend(find(Named::Anywhere(path))?);
        }
        for config in self.all() {
            let file = config.path.as_deref().and_then(|path| sources.find(path));
            for glob in &config.bundles {
                match find(Named::Below(&config.directory, glob)) {
                    Ok(files) if !files.is_empty() => found.extend(files),
                    wrong => problems.extend(not_found(glob, file, wrong.err())),
                }
            }
        }
        found.sort_by(|a, b| a.path.cmp(&b.path));
        found.dedup_by(|a, b| a.path == b.path);
        if found.len() > bounds::BUNDLES {
            return Err(format!("there are more than {} bundles", bounds::BUNDLES));
        }
        let ids: Vec<SourceId> =
            found.into_iter().map(|file| sources.add_foreign(file.path, file.read)).collect();
        let opened: Vec<(SourceId, Result<Header, Wrong>)> =
            parallel::each(&ids, |id| (*id, opened(sources, *id)));
        let mut names = FxHashSet::default();
        for (id, opened) in opened {
            match opened {
                Ok(header) => problems.extend(self.add_bundle(sources, id, header, own, &mut names)),
                // Why is found out again when it is walked, and reported as of all other files.
                Err(_) => self.inputs.bundles.push(bundle::Input::broken(id)),
            }
        }
        Ok(problems)
    }

    /// Adds a bundle, or says why not.
    fn add_bundle(
        &mut self,
        sources: &mut Sources,
        source: SourceId,
        header: Header,
        own: &str,
        names: &mut FxHashSet<String>,
    ) -> Option<Problem> {
        let is_here = |(path, _): &(String, _)| sources.find(path).is_some();
        if header.project == own && header.files.iter().any(is_here) {
            let message = format!("this bundle is of this project (`{own}`), so it is not used");
            return Some(Problem::note(Span::start_of(source), message));
        }
        let name = Some(header.project).filter(|name| !name.is_empty());
        let name = name.unwrap_or_else(|| stem(sources.path(source)).to_owned()).replace('/', "-");
        let mut numbered =
            std::iter::once(name.as_str().to_owned()).chain((2..).map(|number| format!("{name}-{number}")));
        let unique = numbered.find(|one| !names.contains(one)).unwrap_or_default();
        let project: Arc<str> = format!("//{unique}").into();
        let revision = header.revision.map_or(String::new(), |revision| format!(" at {revision}"));
        let files = header.files.into_iter().map(|(path, excerpt)| {
            let id = sources.add_foreign(format!("{project}/{path}"), Box::new(move || Ok(excerpt.text())));
            sources.call_foreign(id, format!("project {unique}{revision}"));
            id
        });
        let files = files.collect();
        names.insert(unique);
        self.inputs.bundles.push(bundle::Input { source, project: Arc::clone(&project), files });
        for told in header.config {
            self.add_told(&project, told);
        }
        None
    }

    /// Adds what a configuration of another project says.
    fn add_told(&mut self, project: &str, told: ToldConfig) {
        let directory = if told.directory.is_empty() {
            project.to_owned()
        } else {
            format!("{project}/{}", told.directory)
        };
        let account = |account: ToldAccount| ConfigAccount {
            name: account.name,
            id: account.id,
            project: project.to_owned(),
            coverage: account.coverage.iter().filter_map(|word| covered(word)).collect(),
            regions: account.regions,
            ..ConfigAccount::default()
        };
        let level = |(rule, word): (String, String)| Some((rule, Level::of(&word)?));
        let config = Self {
            organization: told.organization,
            accounts: told.accounts.into_iter().map(account).collect(),
            vendors: told.vendors.into_iter().map(|it| ConfigVendor { name: it.name, ids: it.ids }).collect(),
            levels: told.rules.into_iter().filter_map(level).collect(),
            ignores: told.ignores.into_iter().filter_map(ignore).collect(),
            ..Self::default()
        };
        self.projects.insert(directory.as_str().to_owned(), Self { directory, ..config });
    }

    /// What this configuration and those below it say that other projects have to know.
    pub fn told(&self) -> Vec<ToldConfig> {
        self.all().cloned().map(told).filter(says_something).collect()
    }
}

/// Whether a configuration says something that others have to know.
fn says_something(told: &ToldConfig) -> bool {
    let ToldConfig { directory: _, organization, accounts, vendors, rules, ignores } = told;
    organization.is_some()
        || !(accounts.is_empty() && vendors.is_empty() && rules.is_empty() && ignores.is_empty())
}

fn told(config: Config) -> ToldConfig {
    let account = |account: ConfigAccount| ToldAccount {
        name: account.name,
        id: account.id,
        coverage: account.coverage.into_iter().map(|one| word_of(one).to_owned()).collect(),
        regions: account.regions,
    };
    let vendor = |it: ConfigVendor| ToldVendor { name: it.name, ids: it.ids };
    let ignore = |it: ConfigIgnore| ToldIgnore {
        rule: it.rule,
        address: it.address,
        path: it.path.map(|glob| glob.as_str().to_owned()),
        principal: it.principal,
        fingerprint: it.fingerprint,
        reason: it.reason,
        until: it.until.map(|day| day.to_string()),
    };
    let rule = |(rule, level): (String, Level)| (rule, level.word().to_owned());
    let mut rules: Vec<(String, String)> = config.levels.into_iter().map(rule).collect();
    rules.sort();
    ToldConfig {
        directory: config.directory,
        organization: config.organization,
        accounts: config.accounts.into_iter().map(account).collect(),
        vendors: config.vendors.into_iter().map(vendor).collect(),
        rules,
        ignores: config.ignores.into_iter().map(ignore).collect(),
    }
}

fn ignore(told: ToldIgnore) -> Option<ConfigIgnore> {
    Some(ConfigIgnore {
        rule: told.rule,
        address: told.address,
        // A pattern or a date that is not understood accepts nothing.
        path: told.path.map(|path| PathGlob::new(&path).ok()).map_or(Some(None), |glob| glob.map(Some))?,
        principal: told.principal,
        fingerprint: told.fingerprint,
        reason: told.reason,
        until: told.until.map(|until| day(&until)).map_or(Some(None), |day| day.map(Some))?,
        range: (0, 0),
    })
}

fn word_of(covered: Covered) -> &'static str {
    match covered {
        Covered::Identities => "identities",
        Covered::Resources => "resources",
    }
}

fn covered(word: &str) -> Option<Covered> {
    [Covered::Identities, Covered::Resources].into_iter().find(|one| word_of(*one) == word)
}

fn opened(sources: &Sources, id: SourceId) -> Result<Header, Wrong> {
    let unread = |error: &std::io::Error| Wrong { offset: 0, message: error.to_string() };
    bundle::open(&sources.text(id).map_err(unread)?)
}

fn not_found(glob: &PathGlob, file: Option<SourceId>, message: Option<String>) -> Option<Problem> {
    let (start, end) = glob.range()?;
    let message =
        message.unwrap_or_else(|| format!("`{}` matches no file, so no bundle is read", glob.as_str()));
    Some(Problem::note(Span::new(file?, start, end), message))
}

/// The name of a file without what it ends with.
fn stem(path: &str) -> &str {
    Path::new(path).file_stem().and_then(|name| name.to_str()).unwrap_or(path)
}
