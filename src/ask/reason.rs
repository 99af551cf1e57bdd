//! Why a question is answered as it is, in words.

use super::evidence::{Evidence, concerns};
use super::{Asker, Cause, Question, Ruling, What, Who};
use crate::iam::evaluate::{Layer, Reason};
use crate::value::Answer;

/// What each side says, if the other one allowed everything.
#[derive(Clone, Copy, Debug)]
pub struct Sides {
    /// The side of the caller: its policies, its boundary, the policies of its organization.
    pub own: Answer,
    /// The side of what is asked for.
    pub other: Answer,
    /// The caller is of no account, and has no policies of its own.
    pub outside: bool,
}

/// An answer with everything that a person needs to understand it.
#[derive(Debug)]
pub struct Explained<'g> {
    /// The answer.
    pub ruling: Ruling,
    /// What each side says alone.
    pub sides: Sides,
    /// Why, as a clause: "the trust policy of role `deploy` does not admit it".
    pub reason: String,
    /// The places that decide.
    pub evidence: Vec<Evidence<'g>>,
}

impl<'g> Asker<'g> {
    /// Answers a question with its reason and the places to look at.
    pub fn explain(&self, question: &Question<'_>) -> Explained<'g> {
        let ruling = self.ask(question);
        let sides = self.sides(question);
        let mut evidence = self.evidence(question, &ruling, sides);
        let mut reason = reason(&ruling.cause, question.action, sides);
        if let (Who::Elsewhere(caller), Cause::Missing) = (question.caller, &ruling.cause) {
            reason = self.why_missing(&caller.arn).unwrap_or(reason);
        }
        if let Some(share) = self.share(question, &ruling) {
            "AWS RAM shares it with the caller's account, by permissions that are not read"
                .clone_into(&mut reason);
            evidence.push(share);
        }
        Explained { ruling, sides, reason, evidence }
    }

    /// The share by which the caller may have what is asked for, when the answer hangs on it.
    fn share(&self, question: &Question<'_>, ruling: &Ruling) -> Option<Evidence<'g>> {
        let is_open = matches!(ruling.cause, Cause::Decided(Reason::Open(_)));
        let What::Resources(ids) = question.target else { return None };
        if !is_open || !concerns(&ruling.cause, Layer::Resource) {
            return None;
        }
        let caller = self.caller(question.caller)?;
        let declaration = ids.iter().find_map(|id| {
            let resource = &self.graph.resources[*id];
            let share = self.graph.shares_with(resource, &caller.account).next()?;
            Some(share.declaration)
        })?;
        let span = self.graph.declarations[declaration].span;
        let (text, declaration) = ("shared here".to_owned(), Some(declaration));
        Some(Evidence { layer: Layer::Resource, does: None, statement: None, span, text, declaration })
    }
}

/// The reason of an answer as a clause.
pub(super) fn reason(cause: &Cause, action: &str, sides: Sides) -> String {
    let Cause::Decided(reason) = cause else {
        return match cause {
            Cause::Group => "a group calls nothing".to_owned(),
            Cause::Key => {
                "it also needs `kms:Decrypt` on the key that encrypts it, which is not certain to be allowed"
                    .to_owned()
            }
            Cause::Missing => "there is no such role or user".to_owned(),
            _ => "it is declared several times, and the answer is not the same for each of them".to_owned(),
        };
    };
    match reason {
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
