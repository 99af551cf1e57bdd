//! What the templates say of a request that AWS denied.

use super::drift;
use super::request::{Request, Target, request};
use crate::ask::{Asked, Asker, Demand, Evidence, Explained, Layer, Question, Ruling, What, Who};
use crate::denial::{Denial, Deployed, PolicyKind, Stated};
use crate::graph::Graph;
use crate::source::Sources;
use crate::value::Answer;

/// What comes of a denial.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// The templates deny it, too: the places say where.
    Line,
    /// The templates allow it under conditions of which the input does not say whether the request met them.
    Condition,
    /// The templates allow it, so what is deployed differs.
    Allowed,
    /// The side that AWS names is in no template.
    Undeclared,
    /// It depends on what is not known.
    Unknown,
}

/// A denial with what the templates say of it.
pub(super) struct Judged<'g> {
    pub(super) denial: Denial,
    pub(super) verdict: Verdict,
    pub(super) message: String,
    /// What else a person should know, a clause each.
    pub(super) notes: Vec<String>,
    pub(super) evidence: Vec<Evidence<'g>>,
    pub(super) demands: Vec<Demand<'g>>,
    pub(super) missing: Vec<String>,
}

/// The side that is asked, and its answer by the templates.
struct Side {
    kind: Option<PolicyKind>,
    answer: Answer,
    /// Whether the policies of that side are in templates.
    is_declared: bool,
}

/// Judges one denial.
pub(super) fn judge<'g>(
    ask: &Asker<'g>,
    sources: &Sources,
    denial: &Denial,
    deployed: &[Deployed],
) -> Judged<'g> {
    let known = denial.context.iter().map(|(key, values)| (key.as_str(), values.as_slice()));
    let ask = ask.knowing(known);
    let asked = request(&ask, denial);
    let ask = ask.in_session(asked.session.clone());
    let case = Case { ask, asked, denial, sources };
    let mut judged = case.judged();
    let context = (&case.ask, case.asked.who.as_ref(), case.target());
    judged.notes.extend(drift::notes(context, denial, deployed, judged.verdict));
    judged.notes.extend(case.more_from_aws(judged.verdict));
    judged
}

/// A denial with what is asked for it.
pub(super) struct Case<'g, 'd> {
    pub(super) ask: Asker<'g>,
    pub(super) asked: Request<'g>,
    pub(super) denial: &'d Denial,
    sources: &'d Sources,
}

impl<'g> Case<'g, '_> {
    pub(super) fn graph(&self) -> &'g Graph {
        self.ask.graph
    }

    pub(super) fn target(&self) -> Option<&What> {
        match &self.asked.target {
            Target::Declared(asked) => Some(&asked.target),
            _ => None,
        }
    }

    fn judged(&self) -> Judged<'g> {
        let (Some(action), Some(who)) = (self.asked.action.as_deref(), self.asked.who.as_ref()) else {
            return self.without_request();
        };
        if !action.contains(':') {
            return self.without_request();
        }
        if self.asked.is_bare_name {
            return self.bare_name(who, action);
        }
        let explained = match &self.asked.target {
            Target::Declared(asked) => Some(self.explain(who, asked, action)),
            Target::Elsewhere(arn) | Target::Unnamed(arn) => self.ask.explain_own(who, action, arn),
        };
        match explained {
            Some(explained) => self.decided(who, action, explained),
            None => self.undeclared(who, action, self.denial.stated.first().and_then(Stated::kind)),
        }
    }

    pub(super) fn explain(&self, who: &Who, asked: &Asked<'g>, action: &str) -> Explained<'g> {
        let within = asked.meant_by(action);
        let question = Question { caller: who, target: &asked.target, action, within: within.as_ref() };
        self.ask.explain(&question)
    }

    /// The verdict on the side that AWS names, else on the whole.
    pub(super) fn decided(&self, who: &Who, action: &str, explained: Explained<'g>) -> Judged<'g> {
        if let Some(judged) = self.public_access(who, action).or_else(|| self.endpoint(who, action)) {
            return judged;
        }
        if let Some(judged) = self.explicit(who, action, &explained).or_else(|| self.candidates(who, action))
        {
            return judged;
        }
        let sides = self.sides(who, &explained);
        if let Some(side) = sides.iter().find(|side| side.is_declared && side.answer.is_no()) {
            return self.line(who, action, explained, side);
        }
        let Some(side) = sides.iter().find(|side| side.is_declared) else {
            let kind = sides.first().and_then(|side| side.kind);
            if let Some(judged) = self.missing_role(who, action) {
                return judged;
            }
            let mut judged = self.undeclared(who, action, kind);
            judged.notes.extend(all_the_same(&explained));
            return judged;
        };
        let is_whole = side.kind.is_none();
        if is_whole && (!matches!(self.asked.target, Target::Declared(_)) || !self.is_declared(who)) {
            // What is here allows it; the other side is not here.
            if let Some(judged) = self.missing_role(who, action) {
                return judged;
            }
            return Judged { evidence: explained.evidence, ..self.undeclared(who, action, None) };
        }
        match side.answer {
            Answer::Yes => self.allowed(who, action, explained, side),
            _ => self.unknown(who, action, explained),
        }
    }

    /// What each side says that AWS names; the whole, when it names none.
    fn sides(&self, who: &Who, explained: &Explained<'g>) -> Vec<Side> {
        let of = |kind: Option<PolicyKind>| {
            let (answer, is_declared) = self.side(who, explained, kind);
            Side { kind, answer, is_declared }
        };
        if self.denial.stated.is_empty() {
            return vec![of(None)];
        }
        self.denial.stated.iter().map(|stated| of(stated.kind())).collect()
    }

    pub(super) fn is_declared(&self, who: &Who) -> bool {
        matches!(who, Who::Declared(_)) || self.ask.caller(who).is_some_and(|caller| caller.is_outside())
    }

    fn side(&self, who: &Who, explained: &Explained<'g>, kind: Option<PolicyKind>) -> (Answer, bool) {
        let has_target = self.target().is_some();
        let sides = explained.sides;
        match kind {
            None => (explained.ruling.answer, true),
            Some(PolicyKind::Identity) => {
                // What only the boundary leaves out, the policies of the principal allow.
                let is_limited = blocks(explained, Layer::Boundary) && !blocks(explained, Layer::Identity);
                (if is_limited { Answer::Yes } else { sides.own }, self.is_declared(who))
            }
            Some(PolicyKind::Boundary) => {
                let is_here = self.is_declared(who);
                let denies = blocks(explained, Layer::Boundary);
                (if denies { Answer::No } else { sides.own.or(Answer::Yes) }, is_here)
            }
            Some(PolicyKind::Resource | PolicyKind::Trust) => (sides.other, has_target),
            Some(PolicyKind::ServiceControl) => of_organization(explained, Layer::ServiceControl),
            Some(PolicyKind::ResourceControl) => of_organization(explained, Layer::ResourceControl),
            Some(PolicyKind::Session | PolicyKind::Endpoint) => (Answer::Unknown, false),
        }
    }

    fn line(&self, who: &Who, action: &str, explained: Explained<'g>, side: &Side) -> Judged<'g> {
        let own = is_own(side.kind);
        let mut evidence = explained.evidence;
        if side.kind.is_some() {
            let layer = side.kind.and_then(layer_of);
            evidence.sort_by_key(|one| (one.is_own() != own, Some(one.layer) != layer));
        }
        let is_said =
            side.kind.is_none_or(|kind| layer_of(kind).is_some_and(|it| concerns(&explained.ruling, it)));
        let reason = match (explained.ruling.answer.is_no() && is_said, own) {
            (true, _) => explained.reason,
            (_, true) if evidence.iter().any(|one| one.is_own() && one.denies()) => {
                "the principal's own policies deny it".to_owned()
            }
            (_, true) => "no policy of the principal allows it".to_owned(),
            (_, false) => format!("the {} does not allow the principal", self.policy()),
        };
        if let Target::Declared(asked) = &self.asked.target
            && own
        {
            let within = asked.meant_by(action);
            evidence.extend(self.ask.unattached(&asked.target, action, within.as_ref()));
        }
        let (from, to) = (self.from(who), self.to());
        let message = format!("{from} cannot call `{action}` on {to}: {reason}");
        self.with(Verdict::Line, message, evidence)
    }

    fn allowed(&self, who: &Who, action: &str, explained: Explained<'g>, side: &Side) -> Judged<'g> {
        let (from, to) = (self.from(who), self.to());
        let reason = all_the_same(&explained);
        let of_side = |demand: &Demand<'_>| {
            let is_of = |one: &Evidence<'_>| {
                one.statement.is_some_and(|it| it.span.contains(demand.condition.key.span))
            };
            let own = explained.evidence.iter().find(|one| is_of(one)).map(Evidence::is_own);
            side.kind.is_none() || own.is_none_or(|own| own == is_own(side.kind))
        };
        let demands: Vec<Demand<'g>> = explained.demands.iter().copied().filter(of_side).collect();
        let of_side =
            explained.evidence.iter().filter(|one| side.kind.is_none() || one.is_own() == is_own(side.kind));
        let files = self.files(of_side);
        let policies = match side.kind {
            None => format!("the {files} allow"),
            Some(PolicyKind::Boundary) if !self.has_boundary(who) => {
                format!("none of the {files} sets a permissions boundary, and they allow")
            }
            Some(kind) if is_own(Some(kind)) => format!("the principal's policies in the {files} allow"),
            Some(_) => format!("the {} in the {files} allows", self.policy()),
        };
        let differs = if files == "snapshots" {
            "what is deployed has changed since".to_owned()
        } else {
            "what is deployed differs from the templates".to_owned()
        };
        let mut evidence = explained.evidence;
        if side.kind.is_some() {
            evidence.sort_by_key(|one| one.is_own() != is_own(side.kind));
        }
        if !demands.is_empty() {
            let message = format!("{policies} {from} to call `{action}` on {to} only under conditions");
            let mut judged = self.with(Verdict::Condition, message, evidence);
            judged.notes.push(format!("if the denied request met them, {differs}"));
            return Judged { demands, ..judged };
        }
        let mut judged = self.with(
            Verdict::Allowed,
            format!("{policies} {from} to call `{action}` on {to}: {differs}"),
            evidence,
        );
        judged.notes.extend(reason.filter(|_| side.kind.is_some()));
        judged.notes.extend(self.file_of(who, side.kind.is_none_or(|kind| is_own(Some(kind)))));
        judged
    }

    /// What the places are in: templates, or nothing but snapshots.
    fn files<'e>(&self, evidence: impl IntoIterator<Item = &'e Evidence<'g>>) -> &'static str
    where
        'g: 'e,
    {
        let mut all = evidence.into_iter().peekable();
        let is_some = all.peek().is_some();
        let foreign = all.all(|one| self.sources.is_foreign(one.span.source));
        if is_some && foreign { "snapshots" } else { "templates" }
    }

    fn unknown(&self, who: &Who, action: &str, explained: Explained<'g>) -> Judged<'g> {
        let (from, to) = (self.from(who), self.to());
        let reason = &explained.reason;
        let message = format!("whether {from} can call `{action}` on {to} is unknown: {reason}");
        let missing = explained.missing;
        Judged { missing, ..self.with(Verdict::Unknown, message, explained.evidence) }
    }

    pub(super) fn with(&self, verdict: Verdict, message: String, evidence: Vec<Evidence<'g>>) -> Judged<'g> {
        let said: Vec<String> = self.denial.stated.iter().map(Stated::words).collect();
        let mut notes = Vec::new();
        if !said.is_empty() {
            notes.push(format!("AWS said: {}", said.join("; ")));
        }
        notes.extend(self.asked.taken_for.map(|id| {
            let shown = self.graph().resource_shown(&self.graph().resources[id]);
            format!("{shown} is taken for it: no other one that is declared can have this ARN")
        }));
        let evidence = evidence.into_iter().map(Evidence::of_request).collect();
        let (denial, demands, missing) = (self.denial.clone(), Vec::new(), Vec::new());
        Judged { denial, verdict, message, notes, evidence, demands, missing }
    }

    pub(super) fn has_boundary(&self, who: &Who) -> bool {
        matches!(who, Who::Declared(id) if self.graph().identities[*id].boundary.is_some())
    }

    pub(super) fn policy(&self) -> &'static str {
        match self.target() {
            Some(What::Identities(_)) => "trust policy",
            _ => "resource policy",
        }
    }

    pub(super) fn from(&self, who: &Who) -> String {
        match who {
            Who::Declared(id) => self.graph().shown(&self.graph().identities[*id]),
            Who::Elsewhere(caller) if caller.arn.is_literally("*") => {
                "a request without credentials".to_owned()
            }
            Who::Elsewhere(caller) => format!("`{}`", caller.arn),
        }
    }

    /// How what was asked for is called.
    pub(super) fn called(&self, target: &What) -> Option<String> {
        let graph = self.graph();
        match target {
            What::Identities(ids) => ids.first().map(|id| graph.shown(&graph.identities[*id])),
            What::Resources(ids) => ids.first().map(|id| graph.resource_shown(&graph.resources[*id])),
        }
    }

    pub(super) fn to(&self) -> String {
        let declared = match &self.asked.target {
            Target::Declared(asked) => self.called(&asked.target),
            Target::Elsewhere(arn) => Some(format!("`{arn}`")),
            Target::Unnamed(_) => None,
        };
        let written = || self.denial.resource.as_ref().map(|it| format!("`{it}`"));
        declared.or_else(written).unwrap_or_else(|| "a resource that is not named".to_owned())
    }
}

/// What the declared policies of the organization say: that none is declared says nothing.
fn of_organization(explained: &Explained<'_>, layer: Layer) -> (Answer, bool) {
    (Answer::No, blocks(explained, layer) || explained.evidence.iter().any(|one| one.layer == layer))
}

/// Whether a sort of policy is of the side of the principal.
pub(super) fn is_own(kind: Option<PolicyKind>) -> bool {
    matches!(
        kind,
        Some(PolicyKind::Identity | PolicyKind::Boundary | PolicyKind::Session | PolicyKind::ServiceControl)
    )
}

pub(super) fn layer_of(kind: PolicyKind) -> Option<Layer> {
    Some(match kind {
        PolicyKind::Identity => Layer::Identity,
        PolicyKind::Resource | PolicyKind::Trust => Layer::Resource,
        PolicyKind::ServiceControl => Layer::ServiceControl,
        PolicyKind::ResourceControl => Layer::ResourceControl,
        PolicyKind::Boundary => Layer::Boundary,
        PolicyKind::Session | PolicyKind::Endpoint => return None,
    })
}

/// That the templates would deny it by themselves, too: AWS names only one of the policies that fail.
fn all_the_same(explained: &Explained<'_>) -> Option<String> {
    let is_denied = explained.ruling.answer.is_no();
    is_denied.then(|| format!("by the templates it would be denied all the same: {}", explained.reason))
}

/// Whether an answer hangs on policies of a sort.
fn concerns(ruling: &Ruling, layer: Layer) -> bool {
    ruling.cause.concerns(layer)
}

/// Whether an answer is no because of policies of a sort.
fn blocks(explained: &Explained<'_>, layer: Layer) -> bool {
    explained.ruling.answer.is_no() && concerns(&explained.ruling, layer)
}
