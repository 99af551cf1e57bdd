//! `trustlint access`: who can do what, and which side blocks it.

pub(super) mod answers;
mod lists;
pub(super) mod names;

use clap::Args;

use super::elsewhere;
use super::project::ProjectArgs;
use super::rules::ListFormat;
use super::shared::{Global, Status, Stop, say};
use crate::ask::{
    Asked, Asker, Cause, Explained, NotAsked, Question, Ruling, Sides, What, Who, as_published,
};
use crate::diagnostic::readable;
use crate::graph::Graph;
use crate::iam::arn::Arn;
use crate::report::escaped;
use crate::run::Profile;
use crate::source::{SourceId, Span};
use crate::value::{Answer, Text};
use answers::Answered;
use names::Names;

#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
#[command(group(clap::ArgGroup::new("sides").required(true).multiple(true).args(["from", "to"])))]
pub(super) struct AccessArgs {
    /// Principal: a name, an ARN, an address such as `aws_iam_role.ci`, an account ID, a service, an identity provider, or
    /// `*` for anyone; left out, all principals are listed that can
    #[arg(long, value_name = "PRINCIPAL")]
    from: Option<String>,
    /// Role or resource, by name, ARN or address; left out, the roles are listed that can be assumed
    #[arg(long, value_name = "RESOURCE")]
    to: Option<String>,
    /// Action, such as `s3:GetObject` or `s3:Get*`; can be repeated. For a role: `sts:AssumeRole`
    #[arg(long, value_name = "ACTION")]
    action: Vec<String>,
    /// What the request has, such as `aws:PrincipalTag/team=ops`; can be repeated, the values of one key are together. `KEY=`
    /// for a key that is not sent
    #[arg(long, value_name = "KEY=VALUE")]
    context: Vec<String>,
    /// Output format
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t = ListFormat::Text)]
    output_format: ListFormat,
    #[command(flatten)]
    project: ProjectArgs,
}

const AFTER_HELP: &str = "Exit status: 0 allowed, 1 denied, 2 wrong usage, 3 unknown; with one side left out: 0 somebody \
                          or something, 1 nobody or nothing, 3 unknown.";

pub(super) fn run(args: &AccessArgs, global: &Global) -> Result<Status, Stop> {
    let loaded = args.project.load(Profile::Default)?;
    let graph = loaded.graph()?;
    loaded.introduce(global);
    let known = context_of(&args.context)?;
    let ask = Asker::new(&graph, loaded.now());
    let ask = ask.knowing(known.iter().map(|(key, values)| (key.as_str(), values.as_slice())));
    let session = args.from.as_deref().and_then(names::session_of);
    let asking = Asking { ask: ask.in_session(session) };
    let answers = match (&args.from, &args.to) {
        (Some(from), Some(to)) => asking.pair(from, to, &args.action)?,
        (None, Some(to)) => asking.callers(to, &args.action)?,
        (Some(from), None) => asking.reachable(from)?,
        (None, None) => Vec::new(),
    };
    match args.output_format {
        ListFormat::Json => answers::print_answers(&answers, &graph, &loaded)?,
        ListFormat::Text => answers::print_text(&answers, &graph, &loaded, global)?,
    }
    let each = answers.iter().map(|one| one.explained.ruling.answer);
    if args.from.is_some() && args.to.is_some() {
        return Ok(status(Answer::all(each)));
    }
    let any = Answer::any(each);
    if any.is_no() {
        say(if args.to.is_some() {
            "no principal in the analyzed files can"
        } else {
            "no role in the analyzed files can be assumed"
        });
    }
    Ok(status(any))
}

/// What the request has, as it is written: each key with all its values.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition.html>
fn context_of(written: &[String]) -> Result<Vec<(String, Vec<String>)>, Stop> {
    let mut known: Vec<(String, Vec<String>)> = Vec::new();
    for one in written {
        let wrong = || {
            let shown = escaped(one);
            Stop::new(format_args!("`--context {shown}`: write KEY=VALUE, such as aws:SourceIp=192.0.2.1"))
        };
        let (key, value) = one.split_once('=').filter(|(key, _)| key.contains(':')).ok_or_else(wrong)?;
        let at = known.iter().position(|(known, _)| known.eq_ignore_ascii_case(key));
        let at = at.unwrap_or(known.len());
        if at == known.len() {
            known.push((key.to_owned(), Vec::new()));
        }
        let Some((_, values)) = known.get_mut(at) else { continue };
        if !value.is_empty() {
            values.push(value.to_owned());
        }
    }
    Ok(known)
}

fn status(answer: Answer) -> Status {
    match answer {
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
        let names = Names::of(&self.ask);
        let asked = match names.target(to) {
            Ok(asked) => asked,
            Err(stop) => {
                let caller = names.caller(from, None)?;
                let missing = self.no_such_role(&caller, to, actions);
                return missing.or_else(|| self.undeclared_target(&caller, to, actions)).ok_or(stop);
            }
        };
        let caller = names.caller(from, Some(&asked.target))?;
        let usual = [caller.assumes_with().to_owned()];
        let is_role = matches!(asked.target, What::Identities(_));
        let given = if actions.is_empty() && is_role { &usual } else { actions };
        Ok(actions_for(&asked, given)?
            .into_iter()
            .map(|action| self.answered(&caller, &asked, action))
            .collect())
    }

    /// The answer to one question.
    fn answered(&self, caller: &Who, asked: &Asked<'g>, action: String) -> Answered<'g> {
        let within = asked.meant_by(&action);
        let question = Question { caller, target: &asked.target, action: &action, within: within.as_ref() };
        let mut explained = self.ask.explain(&question);
        let (from, mut to) = (self.caller_shown(caller), self.asked_for(asked, within.as_ref()));
        // Who asks for the objects of a bucket may mean some of them.
        let whole = within.as_ref().filter(|_| asked.within.is_none() && !explained.ruling.answer.is_yes());
        let part = whole.and_then(|whole| self.ask.explain_part(&question, whole, explained.ruling.answer));
        if let Some(part) = part {
            to = self.some_of(asked);
            explained = part.explained;
            explained.reason = only_on(&explained.reason, part.pattern);
        }
        if explained.sides.own.is_no() && explained.ruling.answer.is_no() {
            explained.evidence.extend(self.ask.unattached(&asked.target, question.action, within.as_ref()));
        }
        let files = self.files(caller, asked, &explained);
        Answered { from, to, action, explained, written: None, files }
    }

    /// Which files would tell what is not known of either side.
    fn files(&self, caller: &Who, asked: &Asked<'g>, explained: &Explained<'g>) -> Vec<String> {
        if explained.ruling.answer != Answer::Unknown {
            return Vec::new();
        }
        let (graph, mut files) = (self.graph(), Vec::new());
        if let Who::Elsewhere(elsewhere) = caller
            && !elsewhere.is_outside()
            && explained.sides.own == Answer::Unknown
        {
            files.push(elsewhere::identities(graph, &elsewhere.account));
        }
        if explained.sides.other == Answer::Unknown && self.ask.is_open(&asked.target) {
            let (owner, arn) = self.ask.owner(&asked.target);
            files.extend(elsewhere::resource(graph, &arn.to_string(), owner));
        }
        files
    }

    /// The answer about something that no template declares: what the side of a declared principal says.
    fn undeclared_target(&self, caller: &Who, to: &str, actions: &[String]) -> Option<Vec<Answered<'g>>> {
        let arn = Text::literal(to, Span::start_of(SourceId::first()));
        let parsed = Arn::parse(&arn)?;
        let is_role = parsed.service.is_literally("iam");
        let usual = ["sts:AssumeRole".to_owned()];
        let actions = if actions.is_empty() && is_role { &usual } else { actions };
        let known = self.ask.caller(caller)?;
        // The ARN of a bucket does not say whose it is.
        let is_nobodys = parsed.account.is_empty();
        let is_own = self.graph().accounts.same(&known.account, &parsed.account);
        let is_own = if is_nobodys { Answer::Unknown } else { is_own };
        let each = actions.iter().filter(|action| action.contains(':') && !action.contains(['*', '?']));
        let answered = |action: &String| {
            let action = as_published(action);
            let mut explained = self.ask.explain_own(caller, &action, &arn)?;
            let mut files = Vec::new();
            // Within one account, the policy of what is asked for can be enough.
            if !explained.ruling.answer.is_no() || !is_own.is_no() {
                explained.ruling.answer = Answer::Unknown;
                explained
                    .missing
                    .push(format!("the policy of `{to}`, which is not declared in the analyzed files"));
                explained.reason = format!("it depends on {}", explained.missing.join(", "));
                files.extend(elsewhere::resource(self.graph(), to, &parsed.account));
            }
            let (from, to) = (self.caller_shown(caller), format!("`{to}`"));
            Some(Answered { from, to, action, explained, written: None, files })
        };
        let all: Vec<_> = each.filter_map(answered).collect();
        (!all.is_empty()).then_some(all)
    }

    /// The answer for a role that is asked for and surely does not exist.
    fn no_such_role(&self, caller: &Who, to: &str, actions: &[String]) -> Option<Vec<Answered<'g>>> {
        let named = Text::literal(to, Span::start_of(SourceId::first()));
        self.ask.why_missing(&named)?;
        let answered = |action: &str| Answered {
            from: self.caller_shown(caller),
            to: format!("`{to}`"),
            action: action.to_owned(),
            explained: Explained {
                ruling: Ruling { answer: Answer::No, cause: Cause::Missing },
                sides: Sides { own: Answer::Unknown, other: Answer::No, outside: false },
                reason: self.ask.why_missing(&named).unwrap_or_default(),
                evidence: Vec::new(),
                demands: Vec::new(),
                missing: Vec::new(),
            },
            written: None,
            files: Vec::new(),
        };
        if actions.is_empty() {
            return Some(vec![answered("sts:AssumeRole")]);
        }
        Some(actions.iter().map(|action| answered(action)).collect())
    }

    fn caller_shown(&self, from: &Who) -> String {
        match from {
            Who::Declared(id) => self.graph().shown(&self.graph().identities[*id]),
            Who::Elsewhere(caller) if caller.arn.as_symbol().is_some() => {
                format!("some principal of account {}", self.graph().accounts.shown(&caller.account))
            }
            Who::Elsewhere(caller) if caller.arn.is_literally("*") => "anyone (`*`)".to_owned(),
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
        let is_part = asked.within.is_none() && within.is_some();
        match self.inner(asked) {
            Some(inner) if is_part => format!("{inner} of {shown}"),
            // What else has parts is called as the whole.
            _ => shown,
        }
    }

    /// Some of what is in the target.
    fn some_of(&self, asked: &Asked<'_>) -> String {
        let shown = self.asked_for(asked, None);
        match self.inner(asked) {
            Some(inner) => format!("some {inner} of {shown}"),
            None => format!("a part of {shown}"),
        }
    }

    /// What is in the target.
    fn inner(&self, asked: &Asked<'_>) -> Option<&'static str> {
        let What::Resources(ids) = &asked.target else { return None };
        match self.graph().resources[*ids.first()?].service {
            "s3" => Some("objects"),
            "execute-api" => Some("paths"),
            _ => None,
        }
    }
}

/// A reason that holds for a part of what is asked for.
fn only_on(reason: &str, pattern: &Text) -> String {
    readable(format!("{reason}, but only on `{pattern}`"))
}

/// The actions that are asked for, or why they cannot be.
fn actions_for(asked: &Asked<'_>, given: &[String]) -> Result<Vec<String>, Stop> {
    asked.actions(given).map_err(|(written, why)| {
        let shown = escaped(written);
        match why {
            NotAsked::NoAction(service) => {
                Stop::new(format_args!("name the action to check: --action {service}:…"))
            }
            NotAsked::NoMatch => Stop::new(format_args!("no action that `{shown}` matches applies to it")),
            NotAsked::NotAnAction => {
                Stop::new(format_args!("`{shown}` is not an action; write actions as `service:Name`"))
            }
            NotAsked::Misspelt(near) => Stop::new(format_args!("there is no action `{shown}`{near}")),
            NotAsked::DoesNothing => Stop::new(format_args!("`{shown}` does not apply to it")),
        }
    })
}
