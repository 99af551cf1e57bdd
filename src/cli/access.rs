//! `trustlint access`: who may do what, and which side blocks it.

mod actions;

use std::io::Write;

use clap::Args;
use serde::Serialize;

use super::project::{Loaded, ProjectArgs};
use super::rules::ListFormat;
use super::{Global, Status, Stop, print, say, terminal};
use crate::config::suggestion;
use crate::diagnostic::{Confidence, Diagnostic, Effect, Label, Severity, readable};
use crate::graph::{Access, From, Graph, Hop, IdentityId, IdentityKind, To};
use crate::iam::condition;
use crate::iam::data;
use crate::iam::evaluate::{Caller, CallerKind};
use crate::report::{self, Format, Report, Style, escaped};
use crate::run::{Checked, Profile};
use crate::source::{SourceId, Span};
use crate::value::{Answer, Text};

/// Answers that are listed when one side is left out.
const MOST: usize = 200;

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
struct Entry {
    from: String,
    to: String,
    action: String,
    answer: &'static str,
    reason: String,
    places: Vec<Place>,
}

#[derive(Serialize)]
struct Place {
    path: String,
    line: usize,
    column: usize,
    text: String,
    address: Option<String>,
}

/// A question with its answer.
struct Answered {
    from: String,
    to: String,
    action: String,
    access: Access,
}

pub(super) fn run(args: &AccessArgs, global: &Global) -> Result<Status, Stop> {
    let loaded = args.project.load(Profile::Default)?;
    let graph = loaded.graph()?;
    loaded.introduce(global);
    let asking = Asking { graph: &graph, request: condition::Context::new(loaded.now()) };
    let answers = match (&args.from, &args.to) {
        (Some(from), Some(to)) => asking.pair(from, to, &args.action)?,
        (None, Some(to)) => asking.callers(to, &args.action)?,
        (Some(from), None) => asking.reachable(from)?,
        (None, None) => Vec::new(),
    };
    match args.output_format {
        ListFormat::Json => {
            let entries: Vec<Entry> = answers.iter().map(|one| entry(one, &graph, &loaded)).collect();
            print(&(serde_json::to_string_pretty(&entries).map_err(Stop::new)? + "\n"))?;
        }
        ListFormat::Text => write(&answers, &graph, &loaded, global)?,
    }
    if args.from.is_some() && args.to.is_some() {
        return Ok(status(answers.iter().map(|one| one.access.answer)));
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
    graph: &'g Graph,
    request: condition::Context,
}

/// What somebody named: the thing, and what is asked for inside of it.
struct Target<'g> {
    to: To<'g>,
    within: Option<Text>,
}

impl<'g> Asking<'g> {
    fn pair(&self, from: &str, to: &str, actions: &[String]) -> Result<Vec<Answered>, Stop> {
        let caller = self.caller(from)?;
        let target = self.target(to)?;
        let answered = |action: String| {
            let within = target.meant_by(&action);
            let access = self.graph.access(&caller, target.to, &action, within.as_ref(), &self.request);
            let to = self.asked_for(&target, within.as_ref());
            Answered { from: self.caller_shown(&caller), to, action, access }
        };
        Ok(actions::actions_for(&target, actions)?.into_iter().map(answered).collect())
    }

    fn callers(&self, to: &str, actions: &[String]) -> Result<Vec<Answered>, Stop> {
        let target = self.target(to)?;
        let mut answers = Vec::new();
        for action in actions::actions_for(&target, actions)? {
            let within = target.meant_by(&action);
            for (id, access) in self.graph.who_can(target.to, &action, within.as_ref(), &self.request) {
                let from = self.identity_shown(id);
                answers.push(Answered {
                    from,
                    to: self.asked_for(&target, within.as_ref()),
                    action: action.clone(),
                    access,
                });
            }
        }
        answers.truncate(MOST);
        Ok(answers)
    }

    /// The roles that can be assumed from a role or user, one after another.
    fn reachable(&self, from: &str) -> Result<Vec<Answered>, Stop> {
        let From::Declared(id, _) = self.caller(from)? else {
            return Err(Stop::new(format_args!("`{from}` is not declared in the analysed files")));
        };
        let ways = self.graph.roles_beyond(id, &self.request);
        let answer = |way: Vec<Hop>| {
            let witnesses = way.iter().map(|hop| crate::graph::Witness {
                span: hop.span,
                text: "allowed here",
                declaration: hop.declaration,
            });
            let over: Vec<String> = way.iter().map(|hop| self.identity_shown(hop.role)).collect();
            let reason = match over.split_last() {
                Some((_, before)) if !before.is_empty() => format!("over {}", before.join(", ")),
                _ => "both sides allow it".to_owned(),
            };
            Answered {
                from: self.identity_shown(id),
                to: over.last().cloned().unwrap_or_default(),
                action: "sts:AssumeRole".to_owned(),
                access: Access { answer: Answer::Yes, reason, witnesses: witnesses.collect() },
            }
        };
        Ok(ways.into_iter().take(MOST).map(answer).collect())
    }

    fn caller(&self, written: &str) -> Result<From<'g>, Stop> {
        let names = self.identities().filter(|(_, id)| self.kind(*id) != Some(IdentityKind::Group));
        match only(written, &names.collect::<Vec<_>>(), "role or user") {
            Ok(id) => match self.graph.identities.get(id) {
                Some(identity) => Ok(From::Declared(id, identity)),
                None => Err(Stop::new("no such identity")),
            },
            Err(stop) => elsewhere(written).map(From::Elsewhere).ok_or(stop),
        }
    }

    fn target(&self, written: &str) -> Result<Target<'g>, Stop> {
        let graph = self.graph;
        let arn = Text::literal(written, Span::start_of(SourceId::first()));
        let found = graph.find_resource(&arn).or_else(|| graph.find_resource_of_some_region(&arn));
        if let Some((id, resource)) = found {
            return Ok(Target { to: To::Resource(id, resource), within: Some(arn) });
        }
        let roles = self.identities().filter(|(_, id)| self.kind(*id) == Some(IdentityKind::Role));
        let offset = graph.identities.len();
        let resources = graph.resources.iter().enumerate().flat_map(|(id, resource)| {
            let address = graph.declaration(resource.declaration).map(|it| it.address.clone());
            let arn = readable(resource.arn.to_string());
            let name = arn.rsplit([':', '/']).next().map(ToOwned::to_owned);
            address.into_iter().chain([arn]).chain(name).map(move |name| (name, offset + id))
        });
        let found = only(written, &roles.chain(resources).collect::<Vec<_>>(), "role or resource")?;
        let to = match found.checked_sub(offset) {
            Some(id) => graph.resources.get(id).map(|resource| To::Resource(id, resource)),
            None => graph.identities.get(found).map(|role| To::Role(found, role)),
        };
        to.map(|to| Target { to, within: None }).ok_or_else(|| Stop::new("no such role or resource"))
    }

    fn kind(&self, id: IdentityId) -> Option<IdentityKind> {
        self.graph.identities.get(id).map(|identity| identity.kind)
    }

    /// All ways to name the identities: address, ARN, name, and name with its account: `prod/deploy`.
    fn identities(&self) -> impl Iterator<Item = (String, IdentityId)> + use<'_, 'g> {
        let graph = self.graph;
        graph.identities.iter().enumerate().flat_map(move |(id, identity)| {
            let address = graph.declaration(identity.declaration).map(|it| it.address.clone());
            let account = graph.accounts.shown(&identity.account);
            let short = account.split(" (").next().unwrap_or_default().to_owned();
            let names = [
                readable(identity.arn.to_string()),
                identity.name.to_string(),
                format!("{short}/{}", identity.name),
            ];
            address.into_iter().chain(names).map(move |name| (name, id))
        })
    }

    fn caller_shown(&self, from: &From<'_>) -> String {
        match from {
            From::Declared(id, _) => self.identity_shown(*id),
            From::Elsewhere(caller) => format!("`{}`", caller.arn),
        }
    }

    fn identity_shown(&self, id: IdentityId) -> String {
        self.graph.identities.get(id).map_or_else(String::new, |identity| self.graph.shown(identity))
    }

    fn asked_for(&self, target: &Target<'_>, within: Option<&Text>) -> String {
        let shown = self.target_shown(target.to);
        if target.within.is_none() && within.is_some() { format!("objects of {shown}") } else { shown }
    }

    fn target_shown(&self, to: To<'_>) -> String {
        match to {
            To::Role(_, role) => self.graph.shown(role),
            To::Resource(_, resource) => {
                let address =
                    self.graph.declaration(resource.declaration).map_or("", |it| it.address.as_str());
                format!("`{address}`{}", self.graph.in_account(&resource.account))
            }
        }
    }
}

/// A caller that no template declares: a role, user or root user by ARN, a service, an identity provider, `*` for
/// whoever has no credentials.
fn elsewhere(written: &str) -> Option<Caller> {
    let named = Text::literal(written, Span::start_of(SourceId::first()));
    let entity = Caller::role(&named).or_else(|| Caller::user(&named)).or_else(|| Caller::root(&named));
    entity.or_else(|| {
        let kind = match written {
            "*" => CallerKind::Anonymous,
            _ if written.ends_with(".amazonaws.com") || data::known_service_principal(written) => {
                CallerKind::Service
            }
            _ if written.starts_with("arn:") && written.contains("-provider/") => CallerKind::Provider,
            _ => return None,
        };
        Some(Caller::outside(kind, &named))
    })
}

/// The one thing that is called so.
fn only(written: &str, names: &[(String, usize)], what: &str) -> Result<usize, Stop> {
    let mut found: Vec<usize> = names.iter().filter(|(name, _)| name == written).map(|(_, id)| *id).collect();
    found.sort_unstable();
    found.dedup();
    match found.as_slice() {
        [only] => Ok(*only),
        [] => {
            let near = suggestion(written, names.iter().map(|(name, _)| name.as_str()));
            Err(Stop::new(format_args!("there is no {what} `{}`{near}", escaped(written))))
        }
        several => {
            let full = names.iter().filter(|(name, id)| several.contains(id) && name.starts_with("arn:"));
            let full: Vec<_> = full.map(|(name, _)| format!("  {}", escaped(name))).collect();
            let list = full.join("\n");
            Err(Stop::new(format_args!(
                "several are called `{}`; name one by its ARN:\n{list}",
                escaped(written)
            )))
        }
    }
}

fn word(answer: Answer) -> &'static str {
    match answer {
        Answer::Yes => "allowed",
        Answer::No => "denied",
        Answer::Unknown => "unknown",
    }
}

fn entry(one: &Answered, graph: &Graph, loaded: &Loaded) -> Entry {
    let sources = &loaded.project.sources;
    let place = |witness: &crate::graph::Witness| {
        let position = sources.position(witness.span.source, witness.span.start);
        let declaration = witness.declaration.and_then(|index| graph.declaration(index));
        Place {
            path: sources.shown(witness.span.source),
            line: position.line,
            column: position.column,
            text: witness.text.to_owned(),
            address: declaration.map(|declaration| declaration.address.clone()),
        }
    };
    Entry {
        from: one.from.clone(),
        to: one.to.clone(),
        action: one.action.clone(),
        answer: word(one.access.answer),
        reason: one.access.reason.clone(),
        places: one.access.witnesses.iter().map(place).collect(),
    }
}

/// Answers drawn as findings are: a line, and the statements of both sides underlined.
fn write(answers: &[Answered], graph: &Graph, loaded: &Loaded, global: &Global) -> Result<(), Stop> {
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
    for one in answers.iter().filter(|one| one.access.witnesses.is_empty()) {
        writeln!(text, "{}: {}", word(one.access.answer), sentence(one))?;
    }
    print(&String::from_utf8_lossy(&text))
}

fn sentence(one: &Answered) -> String {
    let may = match one.access.answer {
        Answer::Yes => "may",
        Answer::No => "may not",
        Answer::Unknown => "may or may not",
    };
    format!("{} {may} call `{}` on {}: {}", one.from, one.action, one.to, one.access.reason)
}

fn drawn(one: &Answered, graph: &Graph) -> Option<Diagnostic> {
    let label = |witness: &crate::graph::Witness| {
        let mut label = Label::new(witness.span, witness.text);
        if let Some(declaration) = witness.declaration.and_then(|index| graph.declaration(index)) {
            label.address = Some(declaration.address.clone());
            let account = graph.accounts.of(&declaration.unit);
            label.account = graph.accounts.is_assigned(&account).then(|| graph.accounts.shown(&account));
        }
        label
    };
    let mut labels = one.access.witnesses.iter().map(label);
    Some(Diagnostic {
        rule: word(one.access.answer),
        effect: Effect::Mismatch,
        severity: match one.access.answer {
            Answer::Yes => Severity::Info,
            Answer::Unknown => Severity::Warning,
            Answer::No => Severity::Error,
        },
        confidence: Confidence::Certain,
        message: readable(sentence(one)),
        help: None,
        primary: labels.next()?,
        related: labels.collect(),
        identity: Vec::new(),
    })
}
