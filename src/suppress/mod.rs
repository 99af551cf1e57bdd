//! Findings that somebody accepted: comments, metadata of resources, `[[ignore]]` in the configuration.
//!
//! A finding is matched at its primary place or at the declaration that owns it, nowhere else: a comment in one
//! account must not silence what is wrong in another.

mod comments;
mod layout;
mod removal;

use std::borrow::Cow;
use std::rc::Rc;

use jiff::civil::Date;
use rustc_hash::FxHashMap;

use crate::config::{Config, ConfigIgnore, day, suggestion};
use crate::diagnostic::{Accepted, Diagnostic, Edit, Effect, Fix, Label, Severity};
use crate::facts::MetadataIgnore;
use crate::rules::{RULES, called, rule};
use crate::source::{SourceId, Sources, Span};

pub use comments::Heads;

/// The rule that reports ignores which do nothing.
const META: &str = "unused-ignore";

/// What became of the findings.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Those nobody accepted.
    pub kept: Vec<Diagnostic>,
    /// Those somebody accepted, and why.
    pub suppressed: Vec<(Diagnostic, Accepted)>,
    /// Ignores that match nothing, have expired, name an unknown rule or cannot be read.
    pub meta: Vec<Diagnostic>,
}

/// Sorts the findings into kept and suppressed ones, and judges the ignores themselves.
///
/// `findings` are those of all rules that are switched on, also those that a profile hides later: an ignore of a
/// hidden finding is not unused. `bodies` are the declarations: address and whole extent. `today` is what `until`
/// is compared with; that day itself still counts.
pub fn apply(
    findings: Vec<Diagnostic>,
    sources: &Sources,
    bodies: &[(&str, Span)],
    metadata: &[MetadataIgnore],
    config: &Config,
    today: Date,
) -> Outcome {
    let mut meta = Vec::new();
    let mut ignores = comments::find(sources, bodies, &mut meta);
    ignores.extend(metadata.iter().map(|ignore| from_metadata(ignore, &mut meta)));
    ignores.extend(from_config(sources, config));
    for ignore in &mut ignores {
        ignore.judge((sources, config), today, &mut meta);
    }

    if ignores.is_empty() {
        return Outcome { kept: findings, suppressed: Vec::new(), meta: levelled(meta, sources, config) };
    }
    let owners = owners(bodies);
    let mut outcome = Outcome::default();
    for finding in findings {
        let mut accepted = None;
        // What begins in another project is reported here, and so can be ignored at both places.
        let here = Some(&finding).filter(|it| sources.is_foreign(it.primary.span.source)).cloned();
        let here = here.map(|mut finding| {
            finding.turn_to(|span| !sources.is_foreign(span.source));
            finding
        });
        let seen: Vec<_> = std::iter::once(&finding)
            .chain(&here)
            .map(|finding| {
                let owner = finding.primary.address.as_deref().and_then(|address| *owners.get(address)?);
                (finding, owner, config.nearest(sources.path(finding.primary.span.source)))
            })
            .collect();
        let is_meant = |ignore: &&mut Ignore<'_>| {
            seen.iter().any(|(finding, owner, project)| ignore.matches(finding, *owner, sources, project))
        };
        for ignore in ignores.iter_mut().filter(is_meant) {
            ignore.used = true;
            accepted.get_or_insert_with(|| ignore.accepts());
        }
        match accepted {
            Some(accepted) => outcome.suppressed.push((finding, accepted)),
            None => outcome.kept.push(finding),
        }
    }
    let unused = ignores.iter().filter(|ignore| ignore.active && !ignore.used);
    meta.extend(unused.filter_map(|ignore| ignore.unused(sources, config)));
    outcome.meta = levelled(meta, sources, config);
    outcome
}

/// The ignores in comments, as if they were metadata: for those who have the declarations but not the texts. What is wrong with a
/// comment is left out.
pub fn in_comments(sources: &Sources, bodies: &[(&str, Span)]) -> Vec<MetadataIgnore> {
    let found = comments::find(sources, bodies, &mut Vec::new());
    let ignore = |ignore: Ignore<'static>| {
        let Covers::Places(covers) = &ignore.covers else { return None };
        Some(MetadataIgnore {
            rule: ignore.rule?.into_owned(),
            reason: Some(ignore.reason.into_owned()).filter(|reason| !reason.is_empty()),
            until: ignore.until.map(|day| day.to_string()),
            covers: covers.to_vec(),
            span: ignore.span?,
        })
    };
    found.into_iter().filter_map(ignore).collect()
}

/// Where each declaration is. An address that several accounts use owns nothing: it would be a guess which.
fn owners<'b>(bodies: &[(&'b str, Span)]) -> FxHashMap<&'b str, Option<Span>> {
    let mut owners: FxHashMap<&str, Option<Span>> = FxHashMap::default();
    for (address, body) in bodies {
        let known = owners.entry(address).or_insert(Some(*body));
        if *known != Some(*body) {
            *known = None;
        }
    }
    owners
}

/// Gives the findings about ignores the level that is configured for them.
fn levelled(mut meta: Vec<Diagnostic>, sources: &Sources, config: &Config) -> Vec<Diagnostic> {
    let default = rule(META).map_or(Severity::Warning, |rule| rule.severity);
    meta.retain_mut(|finding| {
        let nearest = config.nearest(sources.path(finding.primary.span.source));
        let severity = nearest.severity(&called(META), default);
        finding.severity = severity.unwrap_or(default);
        severity.is_some()
    });
    meta.sort_by(|a, b| (a.primary.span, &a.message).cmp(&(b.primary.span, &b.message)));
    meta.dedup();
    meta
}

/// A finding about an ignore.
fn about_ignore(span: Span, message: String, label: &str, help: &str, identity: [&str; 2]) -> Diagnostic {
    let place = Label::new(span, label);
    let mut about =
        Diagnostic::new((META, Effect::Hygiene, Severity::Warning), message, place).about(identity);
    about.help = (!help.is_empty()).then(|| help.into());
    about
}

/// One rule, or any, ignored at one place.
#[derive(Debug)]
struct Ignore<'a> {
    /// The rule; `None` is any, which only the configuration can say.
    rule: Option<Cow<'a, str>>,
    reason: Cow<'a, str>,
    until: Option<Date>,
    covers: Covers<'a>,
    /// Where it is written; `None` when the configuration is not among the files.
    span: Option<Span>,
    written: Written,
    /// What is deleted of a comment when it is not needed.
    removal: Option<Span>,
    /// Whether it can match at all: the rule exists, and it has not expired.
    active: bool,
    used: bool,
}

/// How an ignore is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Written {
    Comment,
    Metadata,
    Configuration,
}

#[derive(Debug)]
enum Covers<'a> {
    /// Statements, blocks, declarations.
    Places(Rc<[Span]>),
    /// What a configuration says, of findings to which it is the nearest.
    Described(&'a ConfigIgnore, &'a Config),
}

impl Ignore<'_> {
    /// What it ignores, for messages.
    fn what(&self) -> Cow<'_, str> {
        self.rule.as_deref().map_or("everything".into(), |rule| format!("`{rule}`").into())
    }

    /// Switches the ignore off when it has expired, names no rule, or is not admitted.
    fn judge(&mut self, (sources, config): (&Sources, &Config), today: Date, meta: &mut Vec<Diagnostic>) {
        let name = self.rule.as_deref().unwrap_or("everything");
        let project = match &self.covers {
            Covers::Described(_, config) => config,
            Covers::Places(_) => self.span.map_or(config, |span| config.nearest(sources.path(span.source))),
        };
        let found = if self.rule.is_some() && rule(name).is_none() {
            let near = suggestion(name, RULES.iter().map(|rule| rule.name));
            Some((format!("there is no rule `{name}`{near}"), "unknown rule", ""))
        } else if self.rule.is_some() && !project.is_ignorable(&called(name)) {
            let message = format!(
                "findings of `{name}` cannot be ignored: `not-ignorable` in the configuration means it"
            );
            Some((message, "not ignorable", "fix the finding, and remove the ignore"))
        } else if project.check.require_ignore_reason && self.reason.trim().is_empty() {
            let message = format!("ignore for {} has no effect, because it gives no reason", self.what());
            let help =
                "say why the finding is accepted: `require-ignore-reason` in the configuration asks for it";
            Some((message, "no reason", help))
        } else {
            self.until.filter(|until| *until < today).map(|until| {
                let help = "fix the finding or extend the date";
                (format!("ignore for {} expired on {until}", self.what()), "expired", help)
            })
        };
        let Some((message, label, help)) = found else { return };
        self.active = false;
        meta.extend(self.span.map(|span| about_ignore(span, message, label, help, [name, label])));
    }

    fn matches(
        &self,
        finding: &Diagnostic,
        owner: Option<Span>,
        sources: &Sources,
        project: &Config,
    ) -> bool {
        if !self.active || self.rule.as_deref().is_some_and(|rule| rule != finding.rule) {
            return false;
        }
        let place = finding.primary.span;
        let holds = |span: &Span| {
            span.source == place.source
                && span.start <= place.start
                && place.start < span.end.max(span.start + 1)
        };
        match &self.covers {
            Covers::Places(spans) => {
                spans.iter().any(|span| holds(span) || owner.is_some_and(|owner| span.contains(owner)))
            }
            Covers::Described(ignore, config) => {
                std::ptr::eq(*config, project)
                    && project.is_ignorable(&called(finding.rule))
                    && describes(ignore, config, finding, sources)
            }
        }
    }

    /// Why it accepts findings.
    fn accepts(&self) -> Accepted {
        let in_source = self.written != Written::Configuration;
        Accepted { reason: self.reason.clone().into_owned(), in_source }
    }

    /// Reports an ignore that matched nothing, unless its rule is switched off and could not match.
    fn unused(&self, sources: &Sources, config: &Config) -> Option<Diagnostic> {
        let name = self.rule.as_deref().unwrap_or("everything");
        let span = self.span?;
        config.nearest(sources.path(span.source)).severity(&called(name), Severity::Warning)?;
        let place = match self.covers {
            Covers::Places(_) => "here",
            Covers::Described(..) => "matches it",
        };
        let found = self.rule.as_deref().map_or_else(String::new, |rule| format!("`{rule}` "));
        let message = format!("unused ignore: no {found}finding {place}");
        let removed = match self.written {
            Written::Comment => self.removal.map(|removal| (removal, None)),
            Written::Metadata => removal::of_metadata(sources, span),
            Written::Configuration => removal::of_table(sources, span).map(|removal| (removal, None)),
        };
        let fix = removed.map(|(removal, rest)| {
            let mut fix = Fix::replace("remove the ignore", removal, "");
            // Two of one list are removed one after the other: what is empty then goes with the last.
            fix.edits.extend(rest.map(|span| Edit { span, text: String::new() }));
            fix
        });
        Some(about_ignore(span, message, "suppresses nothing", "remove it", [name, "unused"]).fix(fix))
    }
}

/// Whether an ignore of the configuration speaks of a finding.
fn describes(ignore: &ConfigIgnore, config: &Config, finding: &Diagnostic, sources: &Sources) -> bool {
    let path = config.below(sources.path(finding.primary.span.source));
    let address = |wanted: &String| {
        let found = finding.primary.address.as_deref().unwrap_or_default();
        // `aws_iam_role.a` stands for all its instances.
        found.strip_prefix(wanted.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('['))
    };
    let principal = |wanted: &String| {
        let by_account = wanted.len() == 12 && wanted.bytes().all(|byte| byte.is_ascii_digit());
        finding
            .identity
            .iter()
            .any(|word| **word == **wanted || (by_account && word.contains(wanted.as_str())))
    };
    ignore.address.as_ref().is_none_or(address)
        && ignore.principal.as_ref().is_none_or(principal)
        && ignore.path.as_ref().is_none_or(|glob| path.is_some_and(|path| glob.matches(path)))
        && ignore.fingerprint.as_ref().is_none_or(|wanted| *wanted == finding.fingerprint())
}

fn from_config<'a>(sources: &Sources, config: &'a Config) -> Vec<Ignore<'a>> {
    let file_of = |config: &'a Config| config.path.as_deref().and_then(|path| sources.find(path));
    let ignore = |config: &'a Config, file: Option<SourceId>, ignore: &'a ConfigIgnore| Ignore {
        rule: ignore.rule.as_deref().map(Cow::Borrowed),
        reason: Cow::Borrowed(ignore.reason.as_deref().unwrap_or_default()),
        until: ignore.until,
        covers: Covers::Described(ignore, config),
        span: file.map(|file| Span::new(file, ignore.range.0, ignore.range.1)),
        written: Written::Configuration,
        removal: None,
        active: true,
        used: false,
    };
    let of = |config: &'a Config| {
        let file = file_of(config);
        config.ignores.iter().map(move |one| ignore(config, file, one))
    };
    config.all().flat_map(of).collect()
}

fn from_metadata<'a>(written: &'a MetadataIgnore, meta: &mut Vec<Diagnostic>) -> Ignore<'a> {
    let mut ignore = Ignore {
        rule: Some(Cow::Borrowed(&written.rule)),
        reason: Cow::Borrowed(written.reason.as_deref().unwrap_or_default()),
        until: None,
        covers: Covers::Places(Rc::from(written.covers.as_slice())),
        span: Some(written.span),
        written: Written::Metadata,
        removal: None,
        active: true,
        used: false,
    };
    match date(written.until.as_deref()) {
        Ok(until) => ignore.until = until,
        Err(wrong) => {
            meta.push(not_a_date(written.span, wrong));
            ignore.active = false;
        }
    }
    ignore
}

/// Reads a date that may be missing; a malformed one is returned as the error.
fn date(text: Option<&str>) -> Result<Option<Date>, &str> {
    text.map(|text| day(text).ok_or(text)).transpose()
}

fn not_a_date(span: Span, written: &str) -> Diagnostic {
    let message = format!("`{written}` is not a date, so this ignore has no effect");
    about_ignore(span, message, "not a date", "write the date as 2027-01-31", [written, "date"])
}

#[cfg(test)]
mod tests;
