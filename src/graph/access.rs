//! Whether a caller may do something, and which side blocks it.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html>

use super::decision::is_trusting;
use super::{Attached, From, Graph, IdentityId, IdentityKind, To};
use crate::iam::condition;
use crate::iam::evaluate::{self, Caller, Decision, Layer, Reason, Verdict, Why};
use crate::iam::policy::{Item, Policy, Statement};
use crate::source::Span;
use crate::value::{Answer, Text};

/// So many statements of one sort are shown.
const SHOWN: usize = 3;

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

impl Graph {
    /// Whether `from` may call `action` on `to`, as [`Graph::decide`] decides it, and the places to look at.
    pub fn access(
        &self,
        from: &From<'_>,
        to: To<'_>,
        action: &str,
        within: Option<&Text>,
        request: &condition::Context,
    ) -> Access {
        let (Some(caller), Some(decision)) =
            (self.caller_of(from), self.decide(from, to, action, within, request))
        else {
            let reason = "a group calls nothing".to_owned();
            return Access { answer: Answer::No, reason, witnesses: Vec::new() };
        };
        let arn = match to {
            To::Role(_, role) => &role.arn,
            To::Resource(_, resource) => within.unwrap_or(&resource.arn),
        };
        let request = caller.context(request);
        let own = self.own_side(from, action, arn, &request);
        let other = self.other_side(&caller, to, action, arn, &request);
        let sides = Sides { outside: caller.is_outside(), own: own.answer, other: other.answer };
        let mut reason = reason(&decision, action, &sides);
        // The side that blocks comes first.
        let (first, second) = if own.answer < other.answer { (own, other) } else { (other, own) };
        let mut witnesses = first.witnesses;
        witnesses.extend(second.witnesses);
        if let (From::Declared(_, identity), true) = (from, concerns(&decision.reason, Layer::Boundary))
            && let Some(boundary) = &identity.boundary
        {
            let declaration = Some(identity.declaration);
            witnesses
                .insert(0, Witness { span: boundary.span, text: "limited by this boundary", declaration });
        }
        if concerns(&decision.reason, Layer::ServiceControl)
            || concerns(&decision.reason, Layer::ResourceControl)
        {
            let denials = decision.denied_by.iter().filter_map(|statement| {
                let declaration = self.organization.declaration_of(statement)?;
                let text = if decision.answer.is_no() { "denied here" } else { "may be denied here" };
                Some(Witness { span: statement.span, text, declaration: Some(declaration) })
            });
            witnesses.splice(0..0, denials.take(SHOWN).collect::<Vec<_>>());
        }
        if let (To::Resource(_, resource), Reason::Open(_)) = (to, &decision.reason)
            && concerns(&decision.reason, Layer::Resource)
            && let Some(share) = self.shares_with(resource, &caller.account).next()
        {
            "AWS RAM shares it with the caller's account, by permissions that are not read"
                .clone_into(&mut reason);
            let declared = self.declaration(share.declaration);
            let place = |span| Witness { span, text: "shared here", declaration: Some(share.declaration) };
            witnesses.extend(declared.map(|declaration| place(declaration.span)));
        }
        Access { answer: decision.answer, reason, witnesses }
    }

    /// What the caller's own policies say.
    fn own_side(&self, from: &From<'_>, action: &str, arn: &Text, request: &condition::Context) -> Side {
        let From::Declared(_, identity) = from else {
            return Side { answer: Answer::Unknown, witnesses: Vec::new() };
        };
        let attached = self.policies_of(identity);
        let policies: Vec<&Policy> = attached.iter().map(|attached| &*attached.policy).collect();
        let verdict = evaluate::identity_allows(&policies, action, arn, request);
        let mut witnesses = self.own_witnesses(&verdict, &attached);
        if witnesses.is_empty() {
            let span = self.declaration(identity.declaration).map(|declaration| declaration.span);
            let place = |span| Witness { span, text: "the caller", declaration: Some(identity.declaration) };
            witnesses.extend(span.map(place));
        }
        Side { answer: verdict.answer, witnesses }
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
        let (documents, declaration) = match to {
            To::Role(_, role) if is_trusting(action) => (role.trust.as_slice(), role.declaration),
            To::Role(_, role) => (&[][..], role.declaration),
            To::Resource(_, resource) => (resource.documents.as_slice(), resource.declaration),
        };
        let mut side = Side { answer: Answer::No, witnesses: Vec::new() };
        for document in documents.iter().filter_map(|id| self.documents.get(*id)) {
            let verdict = match to {
                To::Role(..) => evaluate::trust_admits(&document.policy, caller, action, request),
                To::Resource(..) => evaluate::grant_admits(&document.policy, caller, action, arn, request),
            };
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
        if side.witnesses.is_empty() {
            let span = self.declaration(declaration).map(|declaration| declaration.span);
            let place = |span| Witness { span, text: "what is asked for", declaration: Some(declaration) };
            side.witnesses.extend(span.map(place));
        }
        side
    }

    /// The roles and users that may call `action` on `to` (or on `within`, inside of it), with the answer: those for whom it is not no.
    pub fn who_can(
        &self,
        to: To<'_>,
        action: &str,
        within: Option<&Text>,
        request: &condition::Context,
    ) -> Vec<(IdentityId, Access)> {
        let callers = self.identities.iter().enumerate().filter(|(_, it)| it.kind != IdentityKind::Group);
        callers
            .filter(|(id, _)| !matches!(to, To::Role(role, _) if role == *id))
            .map(|(id, identity)| {
                (id, self.access(&From::Declared(id, identity), to, action, within, request))
            })
            .filter(|(_, access)| !access.answer.is_no())
            .collect()
    }
}

/// What one side says, taken alone, and where.
struct Side {
    answer: Answer,
    witnesses: Vec<Witness>,
}

/// What tells how an allowed request is allowed.
struct Sides {
    /// The caller is of no account, and has no policies of its own.
    outside: bool,
    own: Answer,
    other: Answer,
}

fn concerns(reason: &Reason, layer: Layer) -> bool {
    match reason {
        Reason::Denied(by) => *by == layer,
        Reason::Missing(layers) | Reason::Open(layers) => layers.contains(&layer),
        _ => false,
    }
}

/// The reason of a decision as a clause.
fn reason(decision: &Decision<'_>, action: &str, sides: &Sides) -> String {
    match &decision.reason {
        Reason::Allowed if sides.outside => "the policy on the other side admits it".to_owned(),
        Reason::Allowed => match (sides.own, sides.other) {
            (Answer::Yes, Answer::Yes) => "both sides allow it".to_owned(),
            (Answer::Yes, _) => {
                "the caller's own policies allow it, which is enough in one account".to_owned()
            }
            _ => "the policy on the other side names the caller, which is enough in one account".to_owned(),
        },
        Reason::Denied(layer) => match layer {
            Layer::Identity => "the caller's own policies deny it".to_owned(),
            layer => format!("{} denies it", named(*layer)),
        },
        Reason::Missing(layers) => match layers.as_slice() {
            [Layer::Resource, Layer::Identity] => "neither side allows it".to_owned(),
            [Layer::Identity] => "the caller's own policies do not allow it".to_owned(),
            [Layer::Resource] => "the policy on the other side does not admit the caller".to_owned(),
            [one] => format!("{} does not allow it", named(*one)),
            several => format!("{} do not allow it", all_named(several)),
        },
        Reason::Apart => "no request satisfies the conditions of both sides".to_owned(),
        Reason::OwnAccountOnly => format!("AWS lets only the account of the resource call `{action}`"),
        Reason::PublicCutOff => {
            "the policy of the bucket is public, and block public access cuts off other accounts".to_owned()
        }
        Reason::AwsManagedKey => {
            "the secret is encrypted with the key that AWS manages, which no other account can use".to_owned()
        }
        Reason::RootUser => "the root user of an account cannot assume roles".to_owned(),
        Reason::Open(layers) => match layers.as_slice() {
            [] => "it is not known whether both are in one account".to_owned(),
            [Layer::Resource, Layer::Identity] => "both sides depend on what is not known".to_owned(),
            [Layer::Identity] => "the caller's own policies depend on what is not known".to_owned(),
            [Layer::Boundary] => "the caller has a permissions boundary, which may not let it".to_owned(),
            [one] => format!("{} depends on what is not known", named(*one)),
            several => format!("{} depend on what is not known", all_named(several)),
        },
    }
}

fn named(layer: Layer) -> &'static str {
    match layer {
        Layer::ResourceControl => "a resource control policy",
        Layer::ServiceControl => "a service control policy",
        Layer::Resource => "the policy on the other side",
        Layer::Identity => "the caller's own policies",
        Layer::Boundary => "the permissions boundary of the caller",
        Layer::Session => "the session policy",
        Layer::Endpoint => "the policy of the VPC endpoint",
    }
}

fn all_named(layers: &[Layer]) -> String {
    layers.iter().map(|layer| named(*layer)).collect::<Vec<_>>().join(" and ")
}

/// The statements of a verdict with the place to look at: those that allow, else those that deny, else the nearest.
fn witnesses<'a>(
    verdict: &Verdict<'a>,
    allowed: &'static str,
    place: impl Fn(&Statement, Option<&Why>) -> (Option<Span>, &'static str),
) -> Vec<(&'a Statement, Witness)> {
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
