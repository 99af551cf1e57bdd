//! `trustlint access`: who may do what, and which side blocks it.

use std::io::Write;
use std::sync::Arc;

use clap::Args;
use serde::Serialize;

use super::project::{Loaded, ProjectArgs};
use super::rules::ListFormat;
use super::{Global, Status, Stop, print, say, terminal};
use crate::ask::{
    Asked, Asker, Cause, Evidence, Explained, Hop, NotAsked, Question, Reason, Ruling, Sides, What, Who,
};
use crate::bounds;
use crate::config::suggestion;
use crate::diagnostic::{Confidence, Diagnostic, Effect, Severity, readable};
use crate::graph::{Graph, IdentityId, IdentityKind};
use crate::outcome::Checked;
use crate::report::{self, Format, Report, Style, escaped};
use crate::run::Profile;
use crate::source::{SourceId, Span};
use crate::value::{Answer, Text, UnitKey};

#[derive(Debug, Args)]
#[command(after_help = "Exit status: 0 allowed, 1 denied, 2 wrong usage, 3 unknown.")]
#[command(group(clap::ArgGroup::new("sides").required(true).multiple(true).args(["from", "to"])))]
pub(super) struct AccessArgs {
    /// Who asks: a name, an ARN or an address such as `aws_iam_role.ci`; a service, or `*` for anybody; left out, all
    /// who may are listed
    #[arg(long, value_name = "PRINCIPAL")]
    from: Option<String>,
    /// What is asked for: a role or a resource, by name, ARN or address; left out, the roles that can be reached are
    /// listed
    #[arg(long, value_name = "RESOURCE")]
    to: Option<String>,
    /// The action, such as `s3:GetObject` or `s3:Get*`; may be given several times. For a role: `sts:AssumeRole`
    #[arg(long, value_name = "ACTION")]
    action: Vec<String>,
    /// How to write the answer
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t = ListFormat::Text)]
    output_format: ListFormat,
    #[command(flatten)]
    project: ProjectArgs,
}

/// One answer for programs.
#[derive(Serialize)]
struct Entry<'a> {
    from: &'a str,
    to: &'a str,
    action: &'a str,
    answer: &'static str,
    reason: &'a str,
    places: Vec<Place<'a>>,
}

#[derive(Serialize)]
struct Place<'a> {
    path: String,
    line: usize,
    column: usize,
    text: &'a str,
    address: Option<&'a str>,
}

/// A question with its answer.
struct Answered<'g> {
    from: String,
    to: String,
    action: String,
    explained: Explained<'g>,
}

pub(super) fn run(args: &AccessArgs, global: &Global) -> Result<Status, Stop> {
    let loaded = args.project.load(Profile::Default)?;
    let graph = loaded.graph()?;
    loaded.introduce(global);
    let asking = Asking { ask: Asker::new(&graph, loaded.now()) };
    let answers = match (&args.from, &args.to) {
        (Some(from), Some(to)) => asking.pair(from, to, &args.action)?,
        (None, Some(to)) => asking.callers(to, &args.action)?,
        (Some(from), None) => asking.reachable(from)?,
        (None, None) => Vec::new(),
    };
    match args.output_format {
        ListFormat::Json => {
            let entries: Vec<Entry<'_>> = answers.iter().map(|one| entry(one, &graph, &loaded)).collect();
            print(&(serde_json::to_string_pretty(&entries).map_err(Stop::new)? + "\n"))?;
        }
        ListFormat::Text => write(&answers, &graph, &loaded, global)?,
    }
    if args.from.is_some() && args.to.is_some() {
        return Ok(status(answers.iter().map(|one| one.explained.ruling.answer)));
    }
    if answers.is_empty() {
        say("nobody, as far as the analysed files say");
    }
    Ok(Status::Clean)
}

/// Allowed when all is, denied when something is.
fn status(answers: impl Iterator<Item = Answer>) -> Status {
    match Answer::all(answers) {
        Answer::Yes => Status::Clean,
        Answer::No => Status::Findings,
        Answer::Unknown => Status::Nothing,
    }
}

struct Asking<'g> {
    ask: Asker<'g>,
}

impl<'g> Asking<'g> {
    fn graph(&self) -> &'g Graph {
        self.ask.graph
    }

    fn pair(&self, from: &str, to: &str, actions: &[String]) -> Result<Vec<Answered<'g>>, Stop> {
        let caller = self.caller(from)?;
        let asked = match self.target(to) {
            Ok(asked) => asked,
            Err(stop) => return self.no_such_role(&caller, to, actions).ok_or(stop),
        };
        let answered = |action: String| {
            let within = asked.meant_by(&action);
            let question =
                Question { caller: &caller, target: &asked.target, action: &action, within: within.as_ref() };
            let explained = self.ask.explain(&question);
            let to = self.asked_for(&asked, within.as_ref());
            Answered { from: self.caller_shown(&caller), to, action, explained }
        };
        Ok(actions_for(&asked, actions)?.into_iter().map(answered).collect())
    }

    /// The answer for a role that is asked for and surely does not exist.
    fn no_such_role(&self, caller: &Who, to: &str, actions: &[String]) -> Option<Vec<Answered<'g>>> {
        let reason = self.ask.why_missing(&Text::literal(to, Span::start_of(SourceId::first())))?;
        let answered = |action: &str| Answered {
            from: self.caller_shown(caller),
            to: format!("`{to}`"),
            action: action.to_owned(),
            explained: Explained {
                ruling: Ruling { answer: Answer::No, cause: Cause::Missing },
                sides: Sides { own: Answer::Unknown, other: Answer::No, outside: false },
                reason: reason.clone(),
                evidence: Vec::new(),
            },
        };
        if actions.is_empty() {
            return Some(vec![answered("sts:AssumeRole")]);
        }
        Some(actions.iter().map(|action| answered(action)).collect())
    }

    /// The roles and users for whom the answer is not no.
    fn callers(&self, to: &str, actions: &[String]) -> Result<Vec<Answered<'g>>, Stop> {
        let asked = self.target(to)?;
        let graph = self.graph();
        let mut answers = Vec::new();
        for action in actions_for(&asked, actions)? {
            let within = asked.meant_by(&action);
            for (id, identity) in graph.identities.with_ids() {
                let is_target = matches!(&asked.target, What::Identities(ids) if ids.contains(&id));
                // One that is declared several times is one caller.
                let is_again = identity.declared_as.first().is_some_and(|first| *first != id);
                if identity.kind == IdentityKind::Group || is_target || is_again {
                    continue;
                }
                let caller = Who::Declared(id);
                let (target, within) = (&asked.target, within.as_ref());
                let question = Question { caller: &caller, target, action: &action, within };
                if self.ask.ask(&question).answer.is_no() {
                    continue;
                }
                let (from, to) = (graph.shown(identity), self.asked_for(&asked, within));
                let explained = self.ask.explain(&question);
                answers.push(Answered { from, to, action: action.clone(), explained });
            }
        }
        answers.truncate(bounds::ANSWERS_LISTED);
        Ok(answers)
    }

    /// The roles that can be assumed from a role or user, one after another.
    fn reachable(&self, from: &str) -> Result<Vec<Answered<'g>>, Stop> {
        let Who::Declared(id) = self.caller(from)? else {
            return Err(Stop::new(format_args!("`{from}` is not declared in the analysed files")));
        };
        let graph = self.graph();
        let shown = |id: IdentityId| graph.shown(&graph.identities[id]);
        let answer = |way: Vec<Hop>| {
            let over: Vec<String> = way.iter().map(|hop| shown(hop.role)).collect();
            let reason = match over.split_last() {
                Some((_, before)) if !before.is_empty() => format!("over {}", before.join(", ")),
                _ => "both sides allow it".to_owned(),
            };
            let ruling = Ruling { answer: Answer::Yes, cause: Cause::Decided(Reason::Allowed) };
            let sides = Sides { own: Answer::Yes, other: Answer::Yes, outside: false };
            let evidence = way.iter().map(Hop::evidence).collect();
            Answered {
                from: shown(id),
                to: over.last().cloned().unwrap_or_default(),
                action: "sts:AssumeRole".to_owned(),
                explained: Explained { ruling, sides, reason, evidence },
            }
        };
        Ok(self.ask.roles_beyond(id).into_iter().take(bounds::ANSWERS_LISTED).map(answer).collect())
    }

    fn caller(&self, written: &str) -> Result<Who, Stop> {
        let graph = self.graph();
        let is_caller = |id: &IdentityId| graph.identities[*id].kind != IdentityKind::Group;
        let names = self.identities().filter(|(_, id)| is_caller(id));
        match only(written, &names.collect::<Vec<_>>(), "role or user", |id| self.declared_as(*id)) {
            Ok(ids) => Ok(Who::Declared(ids)),
            Err(stop) => Who::written(written).ok_or(stop),
        }
    }

    fn target(&self, written: &str) -> Result<Asked<'g>, Stop> {
        let graph = self.graph();
        let arn = Text::literal(written, Span::start_of(SourceId::first()));
        let (found, _) = graph.find_resources(&arn, &UnitKey::nowhere());
        if !found.is_empty() {
            return Ok(Asked { graph, target: What::Resources(found), within: Some(arn) });
        }
        let is_role = |id: &IdentityId| graph.identities[*id].kind == IdentityKind::Role;
        let roles = self.identities().filter(|(_, id)| is_role(id));
        let roles = roles.map(|(name, id)| (name, What::Identities(self.all_of(id))));
        let resources = graph.resources.with_ids().flat_map(|(id, resource)| {
            let arn = readable(resource.arn.to_string());
            let name = arn.rsplit([':', '/']).next().map(ToOwned::to_owned);
            let address = graph.address(resource.declaration).to_owned();
            [Some(address), Some(arn), name].into_iter().flatten().map(move |name| (name, What::resource(id)))
        });
        let names: Vec<_> = roles.chain(resources).collect();
        let target = only(written, &names, "role or resource", Clone::clone)?;
        Ok(Asked { graph, target, within: None })
    }

    /// All declarations of an identity, this one included.
    fn all_of(&self, id: IdentityId) -> Arc<[IdentityId]> {
        let all = self.graph().identities[id].declared_as.as_slice();
        if all.is_empty() { Arc::from([id]) } else { Arc::from(all) }
    }

    /// The first declaration of an identity.
    fn declared_as(&self, id: IdentityId) -> IdentityId {
        self.graph().identities[id].declared_as.first().copied().unwrap_or(id)
    }

    /// All ways to name the identities: address, ARN, name, and name with its account: `prod/deploy`.
    fn identities(&self) -> impl Iterator<Item = (String, IdentityId)> + use<'g> {
        let graph = self.graph();
        graph.identities.with_ids().flat_map(move |(id, identity)| {
            let account = graph.accounts.shown(&identity.account);
            let short = account.split(" (").next().unwrap_or_default().to_owned();
            let names = [
                graph.address(identity.declaration).to_owned(),
                readable(identity.arn.to_string()),
                identity.name.to_string(),
                format!("{short}/{}", identity.name),
            ];
            names.into_iter().map(move |name| (name, id))
        })
    }

    fn caller_shown(&self, from: &Who) -> String {
        match from {
            Who::Declared(id) => self.graph().shown(&self.graph().identities[*id]),
            Who::Elsewhere(caller) => format!("`{}`", caller.arn),
        }
    }

    fn asked_for(&self, asked: &Asked<'_>, within: Option<&Text>) -> String {
        let graph = self.graph();
        let shown = match &asked.target {
            What::Identities(ids) => ids.first().map(|id| graph.shown(&graph.identities[*id])),
            What::Resources(ids) => ids.first().map(|id| graph.resource_shown(&graph.resources[*id])),
        };
        let shown = shown.unwrap_or_default();
        if asked.within.is_none() && within.is_some() { format!("objects of {shown}") } else { shown }
    }
}

/// The actions that are asked for, or why they cannot be.
fn actions_for(asked: &Asked<'_>, given: &[String]) -> Result<Vec<String>, Stop> {
    asked.actions(given).map_err(|(written, why)| {
        let shown = escaped(written);
        match why {
            NotAsked::NoAction(service) => {
                Stop::new(format_args!("name what to do with it: --action {service}:…"))
            }
            NotAsked::NoMatch => Stop::new(format_args!("no action like `{shown}` acts on it")),
            NotAsked::NotAnAction => {
                Stop::new(format_args!("`{shown}` is no action; actions are written `service:Name`"))
            }
            NotAsked::Misspelt(near) => Stop::new(format_args!("there is no action `{shown}`{near}")),
            NotAsked::DoesNothing => Stop::new(format_args!("`{shown}` does nothing with it")),
        }
    })
}

/// The one thing that is called so.
fn only<T, K: Ord>(
    written: &str,
    names: &[(String, T)],
    what: &str,
    same: impl Fn(&T) -> K,
) -> Result<K, Stop> {
    let mut found: Vec<K> =
        names.iter().filter(|(name, _)| name == written).map(|(_, it)| same(it)).collect();
    found.sort_unstable();
    found.dedup();
    if found.is_empty() {
        let near = suggestion(written, names.iter().map(|(name, _)| name.as_str()));
        return Err(Stop::new(format_args!("there is no {what} `{}`{near}", escaped(written))));
    }
    if found.len() > 1 {
        let is_one = |it: &T| found.binary_search(&same(it)).is_ok();
        let full = names.iter().filter(|(name, it)| is_one(it) && name.starts_with("arn:"));
        let list: Vec<_> = full.map(|(name, _)| format!("  {}", escaped(name))).collect();
        let list = list.join("\n");
        return Err(Stop::new(format_args!(
            "several are called `{}`; name one by its ARN:\n{list}",
            escaped(written)
        )));
    }
    found.pop().ok_or_else(|| Stop::new("there is none"))
}

fn word(answer: Answer) -> &'static str {
    match answer {
        Answer::Yes => "allowed",
        Answer::No => "denied",
        Answer::Unknown => "unknown",
    }
}

fn entry<'a>(one: &'a Answered<'_>, graph: &'a Graph, loaded: &Loaded) -> Entry<'a> {
    let sources = &loaded.project.sources;
    let place = |evidence: &'a Evidence<'_>| {
        let position = sources.position(evidence.span.source, evidence.span.start);
        Place {
            path: sources.shown(evidence.span.source),
            line: position.line,
            column: position.column,
            text: &evidence.text,
            address: evidence.declaration.map(|id| graph.address(id)),
        }
    };
    Entry {
        from: &one.from,
        to: &one.to,
        action: &one.action,
        answer: word(one.explained.ruling.answer),
        reason: &one.explained.reason,
        places: one.explained.evidence.iter().map(place).collect(),
    }
}

/// Answers drawn as findings are: a line, and the statements of both sides underlined.
fn write(answers: &[Answered<'_>], graph: &Graph, loaded: &Loaded, global: &Global) -> Result<(), Stop> {
    let findings = answers.iter().filter_map(|one| drawn(one, graph)).collect();
    let checked = Checked { findings, ..Checked::default() };
    let report = Report {
        sources: &loaded.project.sources,
        checked: &checked,
        repository_prefix: "",
        show_suppressed: false,
    };
    let style = Style { colour: global.color.is_on(), width: terminal::width(), hints: false };
    let mut text = Vec::new();
    report::write(Format::Full, &report, style, &mut text)?;
    // Nothing is known of a place: still an answer.
    for one in answers.iter().filter(|one| one.explained.evidence.is_empty()) {
        writeln!(text, "{}: {}", word(one.explained.ruling.answer), sentence(one))?;
    }
    print(&String::from_utf8_lossy(&text))
}

fn sentence(one: &Answered<'_>) -> String {
    let may = match one.explained.ruling.answer {
        Answer::Yes => "may",
        Answer::No => "may not",
        Answer::Unknown => "may or may not",
    };
    format!("{} {may} call `{}` on {}: {}", one.from, one.action, one.to, one.explained.reason)
}

fn drawn(one: &Answered<'_>, graph: &Graph) -> Option<Diagnostic> {
    let answer = one.explained.ruling.answer;
    let mut labels = one.explained.evidence.iter().map(|evidence| evidence.label(graph));
    Some(Diagnostic {
        rule: word(answer),
        effect: Effect::Mismatch,
        severity: match answer {
            Answer::Yes => Severity::Info,
            Answer::Unknown => Severity::Warning,
            Answer::No => Severity::Error,
        },
        confidence: Confidence::Certain,
        message: readable(sentence(one)),
        help: None,
        primary: labels.next()?,
        related: labels.collect(),
        instance: None,
        identity: Vec::new(),
    })
}
