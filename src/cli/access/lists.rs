//! What is listed when one side is left out.

use super::answers::Answered;
use super::names::Names;
use super::{Asking, actions_for, only_on};
use crate::ask::{
    Admitted, Asked, Cause, Evidence, Explained, Hop, Leads, Question, Reason, Ruling, Sides, What, Who, Whom,
};
use crate::bounds;
use crate::cli::shared::Stop;
use crate::graph::{IdentityId, IdentityKind};
use crate::source::{SourceId, Span};
use crate::value::{Answer, Text};

/// By which sessions of roles begin.
const TRUSTING: [&str; 3] = ["sts:AssumeRole", "sts:AssumeRoleWithWebIdentity", "sts:AssumeRoleWithSAML"];

/// A declared role or user that can, or may.
struct Declared {
    who: Who,
    answer: Answer,
    is_listed: bool,
}

impl<'g> Asking<'g> {
    /// Everybody for whom the answer is not no: principals as the policies of the target write them, each with the declared
    /// roles and users that it means, then those that need no mention there.
    pub(super) fn callers(&self, to: &str, actions: &[String]) -> Result<Vec<Answered<'g>>, Stop> {
        let asked = Names::of(&self.ask).target(to)?;
        let all = TRUSTING.map(ToOwned::to_owned);
        let is_role = matches!(asked.target, What::Identities(_));
        let given = if actions.is_empty() && is_role { &all } else { actions };
        let mut answers = Vec::new();
        for action in actions_for(&asked, given)? {
            self.callers_of(&asked, &action, &mut answers);
            let whole = asked.meant_by(&action).filter(|_| asked.within.is_none());
            let parts = whole.map(|whole| self.ask.parts_of(&asked.target, &whole)).unwrap_or_default();
            for (pattern, within) in parts {
                self.callers_of_part(&asked, &action, (pattern, within), &mut answers);
            }
        }
        if answers.iter().all(|one| one.explained.ruling.answer.is_no()) {
            for action in actions_for(&asked, given)? {
                answers.extend(self.for_nobody(&asked, &action));
            }
        }
        answers.truncate(bounds::ANSWERS_LISTED);
        Ok(answers)
    }

    /// Policies that allow it to whoever has them, when nobody is known to: the answer is not nobody then.
    fn for_nobody(&self, asked: &Asked<'g>, action: &str) -> Vec<Answered<'g>> {
        let within = asked.meant_by(action);
        let found = self.ask.unattached(&asked.target, action, within.as_ref());
        let to = self.asked_for(asked, within.as_ref());
        let answered = |evidence: Evidence<'g>| {
            let name = evidence.declaration.map(|id| self.graph().address(id)).unwrap_or_default();
            Answered {
                from: format!("whoever has `{name}`"),
                to: to.clone(),
                action: action.to_owned(),
                explained: Explained {
                    ruling: Ruling {
                        answer: Answer::Unknown,
                        cause: Cause::Decided(Reason::Open(Vec::new())),
                    },
                    sides: Sides { own: Answer::Yes, other: Answer::Unknown, outside: false },
                    reason: format!("`{name}` allows it, but nothing says whom it is attached to"),
                    evidence: vec![evidence],
                    demands: Vec::new(),
                    missing: vec![format!("whom `{name}` is attached to")],
                },
                written: None,
                files: Vec::new(),
            }
        };
        found.into_iter().map(answered).collect()
    }

    /// Those who can use only a part of what is asked for.
    fn callers_of_part(
        &self,
        asked: &Asked<'g>,
        action: &str,
        (pattern, within): (&Text, Text),
        answers: &mut Vec<Answered<'g>>,
    ) {
        let part = Asked { graph: asked.graph, target: asked.target.clone(), within: Some(within) };
        let mut of_part = Vec::new();
        self.callers_of(&part, action, &mut of_part);
        for mut one in of_part {
            let is_listed = |known: &Answered<'_>| known.from == one.from && known.action == one.action;
            if answers.iter().any(is_listed) {
                continue;
            }
            one.to = self.some_of(asked);
            one.explained.reason = only_on(&one.explained.reason, pattern);
            answers.push(one);
        }
    }

    fn callers_of(&self, asked: &Asked<'g>, action: &str, answers: &mut Vec<Answered<'g>>) {
        let within = asked.meant_by(action);
        let mut declared = self.declared(asked, action);
        for admitted in self.ask.admitted(&asked.target, action, within.as_ref()) {
            if is_trusting(action) && !admitted.who.assumes_with().eq_ignore_ascii_case(action) {
                continue;
            }
            let mut below = Vec::new();
            for one in &mut declared {
                let means = !one.is_listed && self.ask.caller(&one.who).is_some_and(|it| admitted.means(&it));
                if means {
                    one.is_listed = true;
                    below.push((one.answer, self.answered(&one.who, asked, action.to_owned())));
                }
            }
            let any = Answer::any(below.iter().map(|(answer, _)| *answer));
            let written = self.as_written(&admitted, asked, action, any);
            answers.extend(written);
            let shown = admitted.item.map(|item| item.text.to_string());
            answers.extend(below.into_iter().map(|(_, one)| Answered { written: shown.clone(), ..one }));
        }
        for one in declared.iter().filter(|one| !one.is_listed) {
            answers.push(self.answered(&one.who, asked, action.to_owned()));
        }
        if self.ask.may_admit_more(&asked.target, action) {
            answers.push(self.further(asked, action));
        }
    }

    /// That there may be others, because not all policies of the target are known.
    fn further(&self, asked: &Asked<'g>, action: &str) -> Answered<'g> {
        let who = Who::somebody(Span::start_of(SourceId::first()));
        let question = Question { caller: &who, target: &asked.target, action, within: None };
        let mut explained = self.ask.explain(&question);
        explained.ruling.answer = Answer::Unknown;
        explained.reason = format!("not all statements of its {} are known", question.policy());
        let (from, to) = ("anyone else".to_owned(), self.asked_for(asked, None));
        Answered { from, to, action: action.to_owned(), explained, written: None, files: Vec::new() }
    }

    /// The declared roles and users for whom the answer is not no.
    fn declared(&self, asked: &Asked<'g>, action: &str) -> Vec<Declared> {
        let within = asked.meant_by(action);
        let mut found = Vec::new();
        for (id, identity) in self.graph().identities.with_ids() {
            let is_target = matches!(&asked.target, What::Identities(ids) if ids.contains(&id));
            // One that is declared several times is one caller.
            let is_again = identity.declared_as().first().is_some_and(|first| *first != id);
            if identity.kind == IdentityKind::Group || is_target || is_again {
                continue;
            }
            let who = Who::Declared(id);
            let question = Question { caller: &who, target: &asked.target, action, within: within.as_ref() };
            let mut answer = self.ask.ask(&question).answer;
            let whole = within.as_ref().filter(|_| answer.is_no() && asked.within.is_none());
            if let Some(part) = whole.and_then(|whole| self.ask.explain_part(&question, whole, answer)) {
                answer = part.explained.ruling.answer;
            }
            if !answer.is_no() {
                found.push(Declared { who, answer, is_listed: false });
            }
        }
        found
    }

    /// A principal as it is written; nothing where it is a declared role or user that is listed for itself.
    fn as_written(
        &self,
        admitted: &Admitted<'g>,
        asked: &Asked<'g>,
        action: &str,
        declared: Answer,
    ) -> Option<Answered<'g>> {
        let within = asked.meant_by(action);
        let who = &admitted.who;
        let written = admitted.item.map(|item| item.text.to_string());
        let question = Question { caller: who, target: &asked.target, action, within: within.as_ref() };
        match admitted.whom {
            Whom::Declared if !declared.is_no() => None,
            Whom::Declared | Whom::Elsewhere => {
                Some(Answered { written, ..self.answered(who, asked, action.to_owned()) })
            }
            Whom::Anyone | Whom::Account | Whom::Unclear => {
                let explained = self.ask.explain_admitted(admitted, &question, declared);
                let from = match (admitted.whom, who) {
                    (Whom::Anyone, _) => "anyone (`*`)".to_owned(),
                    (Whom::Account, Who::Elsewhere(caller)) => {
                        format!("account {}", self.graph().accounts.shown(&caller.account))
                    }
                    _ => format!("`{}`", written.as_deref().unwrap_or_default()),
                };
                let to = self.asked_for(asked, within.as_ref());
                Some(Answered { from, to, action: action.to_owned(), explained, written, files: Vec::new() })
            }
        }
    }

    /// The roles that can be assumed by somebody, for a role or user one after another.
    pub(super) fn reachable(&self, from: &str) -> Result<Vec<Answered<'g>>, Stop> {
        let who = Names::of(&self.ask).caller(from, None)?;
        if let Who::Declared(id) = who {
            let beyond = self.beyond(id);
            if !beyond.is_empty() {
                return Ok(beyond);
            }
        }
        let graph = self.graph();
        let mut answers = Vec::new();
        for (id, identity) in graph.of_kind(IdentityKind::Role) {
            let is_self = matches!(who, Who::Declared(own) if own == id);
            if is_self
                || identity.is_assigned()
                || identity.declared_as().first().is_some_and(|first| *first != id)
            {
                continue;
            }
            let all = identity.declared_as();
            let target = if all.is_empty() { What::identity(id) } else { What::Identities(all.into()) };
            let asked = Asked { graph, target, within: None };
            let who = Names::of(&self.ask).caller(from, Some(&asked.target))?;
            let action = who.assumes_with();
            let question = Question { caller: &who, target: &asked.target, action, within: None };
            if !self.ask.ask(&question).answer.is_no() {
                answers.push(self.answered(&who, &asked, action.to_owned()));
            }
        }
        answers.truncate(bounds::ANSWERS_LISTED);
        Ok(answers)
    }

    fn beyond(&self, id: IdentityId) -> Vec<Answered<'g>> {
        let graph = self.graph();
        let shown = |id: IdentityId| graph.shown(&graph.identities[id]);
        let answer = |way: Vec<Hop>| {
            let over: Vec<String> = way.iter().map(|hop| shown(hop.role)).collect();
            let reason = match over.split_last() {
                Some((_, before)) if !before.is_empty() => format!("via {}", before.join(", ")),
                _ => "both policies allow it".to_owned(),
            };
            let ruling = Ruling { answer: Answer::Yes, cause: Cause::Decided(Reason::Allowed) };
            let sides = Sides { own: Answer::Yes, other: Answer::Yes, outside: false };
            let evidence = way.iter().map(Hop::evidence).collect();
            Answered {
                from: shown(id),
                to: over.last().cloned().unwrap_or_default(),
                action: "sts:AssumeRole".to_owned(),
                explained: Explained {
                    ruling,
                    sides,
                    reason,
                    evidence,
                    demands: Vec::new(),
                    missing: Vec::new(),
                },
                written: None,
                files: Vec::new(),
            }
        };
        self.ask.paths(Leads::All).beyond(id).into_iter().take(bounds::ANSWERS_LISTED).map(answer).collect()
    }
}

fn is_trusting(action: &str) -> bool {
    TRUSTING.iter().any(|one| one.eq_ignore_ascii_case(action))
}
