//! Whether a caller may do something, and which side blocks it.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html>

use super::{Attached, Graph, Identity, IdentityId, IdentityKind, Resource, ResourceId};
use crate::iam::condition;
use crate::iam::data::is_refused_across_accounts;
use crate::iam::evaluate::{self, Caller, Match, Verdict, Why};
use crate::iam::policy::{Item, Policy, Statement};
use crate::source::Span;
use crate::value::{Answer, Text};

/// Who asks.
#[derive(Clone, Debug)]
pub enum From<'g> {
    /// A declared role or user.
    Declared(IdentityId, &'g Identity),
    /// A role or user of whose policies nothing is known here.
    Elsewhere(Caller),
}

/// What is asked for.
#[derive(Clone, Copy, Debug)]
pub enum To<'g> {
    /// A declared role, to be assumed.
    Role(IdentityId, &'g Identity),
    /// A declared resource, or one that is known by its policy.
    Resource(ResourceId, &'g Resource),
}

/// The answer to one question, and what it rests on.
#[derive(Debug)]
pub struct Access {
    /// Whether some request of the caller is allowed.
    pub answer: Answer,
    /// Why, as a clause: "the trust policy of role `deploy` does not admit it".
    pub reason: String,
    /// The statements of both sides that decide, or come nearest.
    pub witnesses: Vec<Witness>,
}

/// A place that decides.
#[derive(Debug)]
pub struct Witness {
    /// Where.
    pub span: Span,
    /// What is said there.
    pub text: &'static str,
    /// The declaration it is written in.
    pub declaration: Option<usize>,
}

/// What one side says.
struct Side {
    answer: Answer,
    /// Nothing else can allow what this side denies.
    denied: bool,
    matched: Match,
    witnesses: Vec<Witness>,
}

impl Graph {
    /// Whether `from` may call `action` on `to`. `within` is the ARN that is asked for, when it is not that of the
    /// resource itself: an object of a bucket.
    pub fn access(
        &self,
        from: &From<'_>,
        to: To<'_>,
        action: &str,
        within: Option<&Text>,
        request: &condition::Context,
    ) -> Access {
        let Some(caller) = self.caller_of(from) else {
            return Access {
                answer: Answer::No,
                reason: "a group calls nothing".to_owned(),
                witnesses: Vec::new(),
            };
        };
        let (account, arn) = match to {
            To::Role(_, role) => (&role.account, &role.arn),
            To::Resource(_, resource) => (&resource.account, within.unwrap_or(&resource.arn)),
        };
        let own = self.own_side(from, action, arn, request);
        let other = self.other_side(&caller, to, action, arn, request);
        let same = self.accounts.same(&caller.account, account);
        let needs_other = match to {
            To::Role(..) => true,
            // A key policy always decides for its key:
            // https://docs.aws.amazon.com/kms/latest/developerguide/key-policies.html
            To::Resource(_, resource) => resource.service == "kms",
        };
        let mut access = decide(own, other, same, needs_other);
        if is_refused_across_accounts(action) && !same.is_yes() && !access.answer.is_no() {
            // The account itself may, so what is not known to be another account stays open.
            access.answer = if same.is_no() { Answer::No } else { Answer::Unknown };
            access.reason = format!("AWS lets only the account of the resource call `{action}`");
        }
        if let (Answer::Yes, From::Declared(_, identity)) = (access.answer, from) {
            // What a boundary denies is denied, whoever allows it; what it says is not worked out here.
            if let Some(span) = self.boundary(identity) {
                access.answer = Answer::Unknown;
                access.reason = String::from("the caller has a permissions boundary, which may not let it");
                let declaration = Some(identity.declaration);
                access.witnesses.insert(0, Witness { span, text: "limited by this boundary", declaration });
            }
        }
        access
    }

    fn caller_of(&self, from: &From<'_>) -> Option<Caller> {
        match from {
            From::Declared(_, identity) => self.caller(identity),
            From::Elsewhere(caller) => Some(caller.clone()),
        }
    }

    /// What the caller's own policies say.
    fn own_side(&self, from: &From<'_>, action: &str, arn: &Text, request: &condition::Context) -> Side {
        let From::Declared(_, identity) = from else {
            return Side {
                answer: Answer::Unknown,
                denied: false,
                matched: Match::None,
                witnesses: Vec::new(),
            };
        };
        let attached = self.policies_of(identity);
        let policies: Vec<&Policy> = attached.iter().map(|attached| &*attached.policy).collect();
        let verdict = evaluate::identity_allows(&policies, action, arn, request);
        let denied = verdict.answer.is_no() && !verdict.denied_by.is_empty();
        let answer = if denied || self.is_complete(identity) {
            verdict.answer
        } else {
            verdict.answer.or(Answer::Unknown)
        };
        // A policy that may not be attached allows nothing for sure.
        let certain = verdict.allowed_by.iter().any(|allowing| {
            attached.iter().any(|it| {
                it.present.is_yes() && it.policy.statements.iter().any(|one| std::ptr::eq(one, *allowing))
            })
        });
        let answer = if answer.is_yes() && !certain { Answer::Unknown } else { answer };
        let mut witnesses = self.own_witnesses(&verdict, &attached);
        if witnesses.is_empty() {
            let span = self.declaration(identity.declaration).map(|declaration| declaration.span);
            let place = |span| Witness { span, text: "the caller", declaration: Some(identity.declaration) };
            witnesses.extend(span.map(place));
        }
        Side { answer, denied, matched: Match::None, witnesses }
    }

    fn own_witnesses(&self, verdict: &Verdict<'_>, attached: &[&Attached]) -> Vec<Witness> {
        let owner = |statement: &Statement| {
            let holds = |it: &&&Attached| it.policy.statements.iter().any(|one| std::ptr::eq(one, statement));
            let document = attached.iter().find(holds)?.document?;
            self.documents.get(document).map(|document| document.declaration)
        };
        witnesses(verdict, "allowed here", |statement, why| match why {
            Some(Why::Resource) => {
                (first(statement.resources.as_ref().map(|it| &it.items)), "names something else")
            }
            Some(Why::Action) => (first(Some(&statement.actions.items)), "lacks the action"),
            Some(_) => (statement.conditions.first().map(|it| it.key.span), "this condition cannot be met"),
            None => (first(Some(&statement.actions.items)), ""),
        })
        .into_iter()
        .map(|(statement, witness)| Witness { declaration: owner(statement), ..witness })
        .collect()
    }

    /// What the policy of the role or resource says.
    fn other_side(
        &self,
        caller: &Caller,
        to: To<'_>,
        action: &str,
        arn: &Text,
        request: &condition::Context,
    ) -> Side {
        let (documents, complete, declaration) = match to {
            To::Role(_, role) => (role.trust.into_iter().collect(), role.trust.is_some(), role.declaration),
            To::Resource(_, it) => (it.documents.clone(), it.complete, it.declaration),
        };
        let mut side =
            Side { answer: Answer::No, denied: false, matched: Match::None, witnesses: Vec::new() };
        for document in documents.iter().filter_map(|id| self.documents.get(*id)) {
            let verdict = match to {
                To::Role(..) => evaluate::trust_admits(&document.policy, caller, action, request),
                To::Resource(..) => evaluate::grant_admits(&document.policy, caller, action, arn, request),
            };
            side.denied |= verdict.answer.is_no() && !verdict.denied_by.is_empty();
            side.matched = side.matched.max(verdict.matched);
            side.answer = side.answer.or(verdict.answer);
            let said = witnesses(&verdict, "admitted here", |statement, why| match why {
                Some(Why::Action) => (first(Some(&statement.actions.items)), "lacks the action"),
                Some(Why::Resource) => {
                    (first(statement.resources.as_ref().map(|it| &it.items)), "names something else")
                }
                Some(Why::Condition) => {
                    (statement.conditions.first().map(|it| it.key.span), "this condition cannot be met")
                }
                Some(Why::Principal) => {
                    (first(statement.principals.as_ref().map(|it| &it.items)), "admits this instead")
                }
                None => (first(statement.principals.as_ref().map(|it| &it.items)), ""),
            });
            let declaration = Some(document.declaration);
            side.witnesses.extend(said.into_iter().map(|(_, witness)| Witness { declaration, ..witness }));
        }
        if side.denied {
            side.answer = Answer::No;
        } else if !complete {
            side.answer = side.answer.or(Answer::Unknown);
        }
        if side.witnesses.is_empty() {
            let span = self.declaration(declaration).map(|declaration| declaration.span);
            let place = |span| Witness { span, text: "what is asked for", declaration: Some(declaration) };
            side.witnesses.extend(span.map(place));
        }
        side
    }

    /// The roles and users that may call `action` on `to`, with the answer: those for whom it is not no.
    pub fn who_can(
        &self,
        to: To<'_>,
        action: &str,
        request: &condition::Context,
    ) -> Vec<(IdentityId, Access)> {
        let callers = self.identities.iter().enumerate().filter(|(_, it)| it.kind != IdentityKind::Group);
        callers
            .filter(|(id, _)| !matches!(to, To::Role(role, _) if role == *id))
            .map(|(id, identity)| (id, self.access(&From::Declared(id, identity), to, action, None, request)))
            .filter(|(_, access)| !access.answer.is_no())
            .collect()
    }
}

/// Both sides together.
fn decide(own: Side, other: Side, same: Answer, needs_other: bool) -> Access {
    let alone = matches!(other.matched, Match::Direct | Match::Everyone);
    // In one account a policy that names the caller is enough, and, but for roles and keys, so is the caller's own.
    let other_alone = if alone { other.answer } else { Answer::No };
    let own_alone = if needs_other { Answer::No } else { own.answer };
    let both = own.answer.and(other.answer);
    let within = other_alone.or(own_alone).or(both);
    let answer = if own.denied || other.denied {
        Answer::No
    } else {
        match same {
            Answer::Yes => within,
            Answer::No => both,
            Answer::Unknown if within == both => both,
            Answer::Unknown => both.or(within.and(Answer::Unknown)),
        }
    };
    let reason = reason(&own, &other, answer);
    // The side that blocks comes first.
    let (mut witnesses, rest) = if own.answer < other.answer {
        (own.witnesses, other.witnesses)
    } else {
        (other.witnesses, own.witnesses)
    };
    witnesses.extend(rest);
    Access { answer, reason, witnesses }
}

fn reason(own: &Side, other: &Side, answer: Answer) -> String {
    let mine = |text: &str| format!("the caller's own policies {text}");
    let theirs = |text: &str| format!("the policy on the other side {text}");
    match answer {
        Answer::Yes if own.answer.is_yes() && other.answer.is_yes() => "both sides allow it".to_owned(),
        Answer::Yes if own.answer.is_yes() => mine("allow it, which is enough in one account"),
        Answer::Yes => theirs("names the caller, which is enough in one account"),
        Answer::No if own.denied => mine("deny it"),
        Answer::No if other.denied => theirs("denies it"),
        Answer::No if own.answer.is_no() && other.answer.is_no() => "neither side allows it".to_owned(),
        Answer::No if own.answer.is_no() => mine("do not allow it"),
        Answer::No => theirs("does not admit the caller"),
        Answer::Unknown if own.answer == Answer::Unknown && other.answer == Answer::Unknown => {
            "both sides depend on what is not known".to_owned()
        }
        Answer::Unknown if own.answer == Answer::Unknown => mine("depend on what is not known"),
        Answer::Unknown if other.answer == Answer::Unknown => theirs("depends on what is not known"),
        Answer::Unknown => "it is not known whether both are in one account".to_owned(),
    }
}

/// The statements of a verdict with the place to look at: those that allow, else those that deny, else the nearest.
fn witnesses<'a>(
    verdict: &Verdict<'a>,
    allowed: &'static str,
    place: impl Fn(&Statement, Option<&Why>) -> (Option<Span>, &'static str),
) -> Vec<(&'a Statement, Witness)> {
    const SHOWN: usize = 3;
    let witness = |statement: &'a Statement, why: Option<&Why>, fixed: Option<&'static str>| {
        let (span, text) = place(statement, why);
        let text = fixed.unwrap_or(text);
        (statement, Witness { span: span.unwrap_or(statement.span), text, declaration: None })
    };
    let denied = verdict.denied_by.iter().map(|one| witness(one, None, Some("denied here")));
    if verdict.answer.is_no() && !verdict.denied_by.is_empty() {
        return denied.take(SHOWN).collect();
    }
    if !verdict.allowed_by.is_empty() {
        let allowed = verdict.allowed_by.iter().map(|one| witness(one, None, Some(allowed)));
        return allowed.take(SHOWN).collect();
    }
    verdict.near.iter().map(|(one, why)| witness(one, Some(why), None)).take(SHOWN).collect()
}

fn first<T>(items: Option<&Vec<Item<T>>>) -> Option<Span> {
    items.and_then(|items| items.first()).map(|item| item.span)
}
