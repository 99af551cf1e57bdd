//! `--fix`, `--add-ignores` and `--diff`: texts are changed in memory and judged again, and written when that is done.

use std::collections::BTreeMap;
use std::fs;

use clap::Args;
use rustc_hash::FxHashSet;

use crate::bounds;
use crate::cli::project::Loaded;
use crate::cli::{Stop, files, say};
use crate::diagnostic::Diagnostic;
use crate::fix::{ABOUT_IGNORES, Edits, Place, count_unread, ignores, key, unified};
use crate::outcome::Checked;
use crate::report::{counted, escaped};
use crate::source::{SourceId, SourceText, Sources};

#[derive(Debug, Args)]
pub(super) struct FixArgs {
    /// Mend what can be mended without a decision of yours, and report the rest; nothing that grants more
    #[arg(long, help_heading = "Fixes")]
    fix: bool,
    /// Accept the findings that would fail the run: write an ignore with this reason for each where it is
    #[arg(long, value_name = "REASON", value_parser = reason, conflicts_with = "fix", help_heading = "Fixes")]
    add_ignores: Option<String>,
    /// Print what `--fix` or `--add-ignores` would change, write nothing, and exit with 1 if there is anything
    #[arg(long, help_heading = "Fixes")]
    diff: bool,
}

/// A reason is one line of text.
fn reason(written: &str) -> Result<String, String> {
    let is_one_line = !written.chars().any(char::is_control) && !written.trim().is_empty();
    is_one_line.then(|| written.trim().to_owned()).ok_or_else(|| "write the reason in one line".to_owned())
}

/// Whether a finding fails the run.
type Fails<'a> = &'a dyn Fn(&Diagnostic) -> bool;

/// Whether a file can be changed.
type May<'a> = &'a dyn Fn(&Loaded, SourceId) -> bool;

/// What a run can be asked again, after texts were changed.
pub(super) type Again<'a> = dyn FnMut(&Loaded) -> Result<Checked, Stop> + 'a;

/// The files that were changed, each with the text that it had.
#[derive(Debug, Default)]
pub(super) struct Mended {
    before: BTreeMap<SourceId, SourceText>,
    /// What is said of it to people.
    pub(super) told: Vec<String>,
}

impl FixArgs {
    /// Whether nothing but the changes is to be printed.
    pub(super) fn only_shows(&self) -> bool {
        self.diff
    }

    /// Whether files are written.
    pub(super) fn writes(&self) -> bool {
        (self.fix || self.add_ignores.is_some()) && !self.diff
    }

    /// Changes the texts of the project as they are held, and judges them again. `fails` are the findings that fail the run, `may` the
    /// files that can be changed.
    pub(super) fn mend(
        &self,
        loaded: &mut Loaded,
        checked: &mut Checked,
        (fails, may): (Fails<'_>, May<'_>),
        again: &mut Again<'_>,
    ) -> Result<Mended, Stop> {
        let mut mended = Mended::default();
        if let Some(reason) = &self.add_ignores {
            mended.accept(loaded, checked, (reason, fails, may), again)?;
        } else if self.fix || self.diff {
            mended.fix(loaded, checked, may, again)?;
        }
        let sources = &loaded.project.sources;
        mended.before.retain(|id, old| **old != *sources.text_or_empty(*id));
        Ok(mended)
    }
}

impl Mended {
    /// Makes all fixes, round by round, since one can stand in the way of another.
    fn fix(
        &mut self,
        loaded: &mut Loaded,
        checked: &mut Checked,
        may: May<'_>,
        again: &mut Again<'_>,
    ) -> Result<(), Stop> {
        let unread = count_unread(checked);
        let mut fixed = 0;
        for _ in 0..bounds::FIX_ROUNDS {
            let edits = Edits::of(&checked.findings, |id| may(loaded, id));
            if edits.count == 0 {
                break;
            }
            let before = std::mem::take(checked);
            let texts: Vec<(SourceId, SourceText)> =
                edits.files().map(|id| (id, loaded.project.sources.text_or_empty(id))).collect();
            self.change(&mut loaded.project.sources, &edits);
            loaded.read_ignores()?;
            *checked = again(loaded)?;
            if count_fixable(checked) >= count_fixable(&before) {
                // Nothing is mended by it, and so the texts stay as they were.
                for (id, text) in texts {
                    loaded.project.sources.replace(id, (*text).to_owned());
                }
                loaded.read_ignores()?;
                *checked = before;
                break;
            }
            fixed += edits.count;
            if count_unread(checked) > unread {
                return Err(Stop::new(
                    "a fix made a file unreadable, so nothing was written; please report this",
                ));
            }
        }
        if fixed > 0 {
            self.told.push(format!("fixed {}", counted(fixed, "finding")));
        }
        Ok(())
    }

    /// Writes ignores for findings. Each stands at the innermost statement where it is seen to work.
    fn accept(
        &mut self,
        loaded: &mut Loaded,
        checked: &mut Checked,
        (reason, fails, may): (&str, Fails<'_>, May<'_>),
        again: &mut Again<'_>,
    ) -> Result<(), Stop> {
        let wanted = |finding: &&Diagnostic| fails(finding) && finding.rule != ABOUT_IGNORES;
        let mut left: Vec<(Diagnostic, Option<Place>)> = checked
            .findings
            .iter()
            .filter(wanted)
            .map(|finding| {
                let source = finding.primary.span.source;
                let can = may(loaded, source) && loaded.is_ignorable(finding);
                (finding.clone(), can.then_some(0))
            })
            .collect();
        let unread = count_unread(checked);
        let mut is_settled = false;
        for _ in 0..bounds::FIX_ROUNDS {
            self.restore(&mut loaded.project.sources);
            let placed = left.iter().filter_map(|(finding, place)| Some((finding, (*place)?)));
            let (edits, homeless) = ignores(placed, &loaded.project.sources, reason);
            let homeless: Vec<_> = homeless.into_iter().map(key).collect();
            self.change(&mut loaded.project.sources, &edits);
            *checked = again(loaded)?;
            let still: FxHashSet<_> = checked.findings.iter().map(key).collect();
            let is_broken = count_unread(checked) > unread;
            is_settled = true;
            for (finding, place) in left.iter_mut().filter(|(_, place)| place.is_some()) {
                let key = key(finding);
                if homeless.contains(&key) {
                    (*place, is_settled) = (None, false);
                } else if is_broken || still.contains(&key) {
                    (*place, is_settled) = (place.map(|place| place + 1), false);
                }
            }
            if is_settled {
                break;
            }
        }
        // What was not seen to work, or breaks a file, is not written.
        if !is_settled {
            self.restore(&mut loaded.project.sources);
            return Err(Stop::new(
                "no place was found where all of the ignores work, so nothing was written",
            ));
        }
        let accepted = left.iter().filter(|(_, place)| place.is_some()).count();
        self.told.push(format!("wrote ignores for {}", counted(accepted, "finding")));
        self.told.extend(
            left.iter()
                .filter(|(_, place)| place.is_none())
                .map(|(finding, _)| loaded.ignored_elsewhere(finding, reason)),
        );
        Ok(())
    }

    fn change(&mut self, sources: &mut Sources, edits: &Edits) {
        for (id, text) in edits.apply(sources) {
            self.before.entry(id).or_insert_with(|| sources.text_or_empty(id));
            sources.replace(id, text);
        }
    }

    /// Puts the old texts back.
    fn restore(&self, sources: &mut Sources) {
        for (id, text) in &self.before {
            sources.replace(*id, (**text).to_owned());
        }
    }

    /// The changes as a diff of the project.
    pub(super) fn diff(&self, loaded: &Loaded) -> String {
        let sources = &loaded.project.sources;
        let files = self.before.iter().map(|(id, old)| {
            let prefix = &loaded.project.repository_prefix;
            unified(&format!("{prefix}{}", sources.path(*id)), old, &sources.text_or_empty(*id))
        });
        files.collect()
    }

    /// Writes the new texts.
    pub(super) fn write(&self, loaded: &Loaded) -> Result<(), Stop> {
        let root = &loaded.project.root;
        for id in self.before.keys() {
            let sources = &loaded.project.sources;
            let path = root.join(sources.path(*id));
            let wrong = |error| {
                Stop::new(format_args!("could not write `{}`: {error}", escaped(&sources.shown(*id))))
            };
            let directory = path.parent().unwrap_or(root);
            // A link on the way may have been put there since the file was found.
            if !fs::canonicalize(directory).map_err(wrong)?.starts_with(root) {
                let message = "it lies outside the project";
                return Err(wrong(std::io::Error::new(std::io::ErrorKind::PermissionDenied, message)));
            }
            files::replace(&path, &sources.text_or_empty(*id)).map_err(wrong)?;
        }
        Ok(())
    }

    /// Says what was done.
    pub(super) fn say(&self) {
        let files = if self.before.is_empty() {
            String::new()
        } else {
            format!(" in {}", counted(self.before.len(), "file"))
        };
        for (at, line) in self.told.iter().enumerate() {
            say(&if at == 0 { format!("{line}{files}") } else { line.clone() });
        }
    }

    /// Whether anything differs.
    pub(super) fn is_empty(&self) -> bool {
        self.before.is_empty()
    }
}

fn count_fixable(checked: &Checked) -> usize {
    checked.findings.iter().filter(|finding| finding.fix.is_some()).count()
}
