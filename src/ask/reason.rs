//! Why a question is answered as it is, in words.

use super::evidence::Evidence;
use super::words::words;
use super::{Asker, Cause, Question, Ruling, What, Who};
use crate::bounds;
use crate::iam::evaluate::{CallerKind, Demand, Layer, Layers, Reason};
use crate::iam::policy::Polarity;
use crate::value::{Answer, Class, Symbol};

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
    /// Why, as a clause: "the trust policy does not allow the principal".
    pub reason: String,
    /// The places that decide.
    pub evidence: Vec<Evidence<'g>>,
    /// What a request must meet for the answer to hold.
    pub demands: Vec<Demand<'g>>,
    /// What is not known and would decide.
    pub missing: Vec<String>,
}

impl<'g> Asker<'g> {
    /// Answers a question with its reason and the places to look at.
    pub fn explain(&self, question: &Question<'_>) -> Explained<'g> {
        let ruling = self.ask(question);
        let sides = self.sides(question);
        let mut evidence = self.evidence(question, &ruling, sides);
        let mut reason = reason(&ruling.cause, question, sides);
        if let (Who::Elsewhere(caller), Cause::Missing) = (question.caller, &ruling.cause) {
            reason = self.why_missing(&caller.arn).unwrap_or(reason);
        }
        if let Some((bucket, within)) = self.behind(question).filter(|_| ruling.cause == Cause::Bucket) {
            let inner = Question { target: &bucket, within: Some(&within), ..*question };
            let of_bucket = self.evidence(&inner, &ruling, Sides { other: ruling.answer, ..sides });
            evidence.extend(of_bucket.into_iter().filter(|one| !one.is_own()));
        }
        if evidence.iter().any(|one| one.denies() && spares_nobody(one)) && self.is_bounded(question) {
            reason.push_str(
                ": a Deny with NotPrincipal applies to every principal with a permissions boundary",
            );
        }
        let (demands, mut missing) = (self.demands(question, &ruling), self.missing(question, &ruling));
        if !missing.is_empty() {
            let whether = match &ruling.cause {
                Cause::Decided(Reason::Open(layers)) if layers.is_empty() => {
                    open(layers, question.policy()) + ": "
                }
                _ => String::new(),
            };
            reason = format!("{whether}it depends on {}", missing.join(", "));
        }
        if let Some(share) = self.share(question, &ruling) {
            "AWS RAM shares it with the principal's account; the permissions of the share are not in the analyzed files"
                .clone_into(&mut reason);
            missing = vec!["the permissions of the share".to_owned()];
            evidence.push(share);
        }
        Explained { ruling, sides, reason, evidence, demands, missing }
    }

    /// The share by which the caller may have what is asked for, when the answer hangs on it.
    fn share(&self, question: &Question<'_>, ruling: &Ruling) -> Option<Evidence<'g>> {
        let is_open = matches!(ruling.cause, Cause::Decided(Reason::Open(_)));
        let What::Resources(ids) = question.target else { return None };
        if !is_open || !ruling.cause.concerns(Layer::Resource) {
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

impl<'g> Asker<'g> {
    /// What a request must meet for the answer to hold.
    pub(super) fn demands(&self, question: &Question<'_>, ruling: &Ruling) -> Vec<Demand<'g>> {
        let Some(caller) = self.caller(question.caller).filter(|_| !ruling.answer.is_no()) else {
            return Vec::new();
        };
        let whole = self.together(&caller, question);
        let request = whole.request(&caller, question);
        let layers = &whole.said.layers;
        let mut all = whole.said.placed(request.demands(layers, &request.decide(layers)));
        let mut seen = Vec::new();
        all.retain(|demand| {
            let words = words(demand);
            let is_new = !seen.contains(&words);
            seen.push(words);
            is_new
        });
        all
    }

    /// Whether the principal has a permissions boundary.
    fn is_bounded(&self, question: &Question<'_>) -> bool {
        let caller = self.caller(question.caller);
        caller.is_some_and(|caller| self.together(&caller, question).said.layers.boundary.is_some())
    }

    /// What is not known and would decide.
    pub(super) fn missing(&self, question: &Question<'_>, ruling: &Ruling) -> Vec<String> {
        let mut missing = Vec::new();
        let (Some(caller), Answer::Unknown) = (self.caller(question.caller), ruling.answer) else {
            return missing;
        };
        if ruling.cause == Cause::Bucket {
            missing.push("the policy of the bucket behind the access point".to_owned());
        }
        let Cause::Decided(Reason::Open(layers)) = &ruling.cause else { return missing };
        let whole = self.together(&caller, question);
        let request = whole.request(&caller, question);
        if layers.is_empty() {
            let (owner, _) = self.owner(question.target);
            for (account, of) in [(&caller.account, "principal"), (owner, "target")] {
                if self.graph.accounts.normalise(account).as_literal().is_none() {
                    missing.push(format!("the account of the {of}"));
                }
            }
        }
        let doubts = request.doubts(&whole.said.layers);
        for layer in layers {
            let symbols = doubts.iter().filter(|(of, _)| of == layer).flat_map(|(_, symbols)| symbols);
            missing.extend(symbols.filter_map(|symbol| shown_symbol(symbol)));
            missing.extend(self.beyond_the_files(question, *layer, &whole.said.layers));
        }
        let mut seen = Vec::new();
        missing.retain(|one| {
            let is_new = !seen.contains(one);
            seen.extend(is_new.then(|| one.to_owned()));
            is_new
        });
        missing.truncate(bounds::NAMES_LISTED);
        missing
    }

    /// A policy that is not in the analyzed files, and has a say.
    pub(super) fn beyond_the_files(
        &self,
        question: &Question<'_>,
        layer: Layer,
        layers: &Layers<'_>,
    ) -> Option<String> {
        let graph = self.graph;
        match layer {
            Layer::Identity if layers.identity.more => Some(match question.caller {
                Who::Elsewhere(_) => {
                    "the policies of the principal, which is not declared in the analyzed files".to_owned()
                }
                Who::Declared(id) => {
                    format!("a policy of {} that could not be read", graph.shown(&graph.identities[*id]))
                }
            }),
            Layer::Resource if layers.resource.more => match question.target {
                What::Identities(ids) => ids
                    .first()
                    .map(|id| format!("the trust policy of {}", graph.shown(&graph.identities[*id]))),
                What::Resources(ids) => ids.first().map(|id| {
                    format!("all that grants access to {}", graph.resource_shown(&graph.resources[*id]))
                }),
            },
            Layer::Boundary if layers.boundary.as_ref().is_some_and(|it| it.open) => {
                Some("the permissions boundary of the principal".to_owned())
            }
            _ => None,
        }
    }
}

/// An unknown value as messages name it; nothing for what is no value of a template.
pub(super) fn shown_symbol(symbol: &Symbol) -> Option<String> {
    match symbol.class {
        Class::Partition | Class::DnsSuffix => None,
        Class::Account => Some(format!("the account of `{}`", symbol.origin.shown())),
        Class::Region => Some(format!("the region of `{}`", symbol.origin.shown())),
        Class::Organization => Some(format!("the organization of `{}`", symbol.origin.shown())),
        Class::Opaque if symbol.origin.is_described() => Some(symbol.origin.shown().to_owned()),
        _ => Some(format!("`{}`", symbol.shown())),
    }
}

/// Whether a place is a denial by `NotPrincipal`.
fn spares_nobody(one: &Evidence<'_>) -> bool {
    let principals = one.statement.and_then(|statement| statement.principals.as_ref());
    principals.is_some_and(|clause| clause.polarity == Polarity::NotIn)
}

/// The reason of an answer as a clause.
pub(super) fn reason(cause: &Cause, question: &Question<'_>, sides: Sides) -> String {
    let policy = question.policy();
    let Cause::Decided(reason) = cause else {
        return match cause {
            Cause::Group => "a group cannot call anything".to_owned(),
            Cause::Key => {
                "it also needs `kms:Decrypt` on the key that encrypts it, which is not certain to be allowed"
                    .to_owned()
            }
            Cause::Bucket => "the policy of the bucket behind the access point does not allow it".to_owned(),
            Cause::Missing => "there is no such role or user".to_owned(),
            Cause::Overwritten => format!(
                "several declarations write the {policy}, each replaces the others, and they do not agree"
            ),
            _ => "it is declared several times, and the answer is not the same for each of them".to_owned(),
        };
    };
    match reason {
        Reason::Allowed if sides.outside => format!("the {policy} allows it"),
        Reason::Allowed => match (sides.own, sides.other) {
            (Answer::Yes, Answer::Yes) => "both policies allow it".to_owned(),
            (Answer::Yes, _) => {
                "the principal's own policies allow it, which is enough within one account".to_owned()
            }
            _ => format!("the {policy} names the principal, which is enough within one account"),
        },
        Reason::Denied(layer) => match layer {
            Layer::Identity => "the principal's own policies deny it".to_owned(),
            layer => format!("{} denies it", named(*layer, policy)),
        },
        Reason::Missing(layers) => match layers.as_slice() {
            [Layer::Resource, Layer::Identity] => "neither policy allows it".to_owned(),
            [Layer::Identity] => "no policy of the principal allows it".to_owned(),
            [Layer::Resource] => format!("the {policy} does not allow the principal"),
            [one] => format!("{} does not allow it", named(*one, policy)),
            several => format!("{} do not allow it", all_named(several, policy)),
        },
        Reason::Apart => "no request satisfies the conditions of both policies".to_owned(),
        Reason::OwnAccountOnly => {
            format!("AWS allows `{}` only within the account of the resource", question.action)
        }
        Reason::PublicCutOff => {
            "the bucket policy is public, and block public access cuts off other accounts".to_owned()
        }
        Reason::AwsManagedKey => {
            let what = if question.action.starts_with("sqs:") { "queue" } else { "secret" };
            format!("the {what} is encrypted with the AWS managed key, which no other account can use")
        }
        Reason::NeverAssumes => match question.caller {
            Who::Elsewhere(caller) if caller.kind == CallerKind::FederatedUser => {
                "a federated user session cannot assume roles".to_owned()
            }
            _ => "the root user of an account cannot assume roles".to_owned(),
        },
        Reason::Open(layers) => open(layers, policy),
    }
}

/// What the answer hangs on, when it is not known.
fn open(layers: &[Layer], policy: &str) -> String {
    match layers {
        [] => "whether both are in one account is not known".to_owned(),
        [Layer::Resource, Layer::Identity] => "both policies depend on values that are not known".to_owned(),
        [Layer::Identity] => "the principal's own policies depend on values that are not known".to_owned(),
        [Layer::Boundary] => "the permissions boundary of the principal is not known".to_owned(),
        [one] => format!("{} depends on values that are not known", named(*one, policy)),
        several => format!("{} depend on values that are not known", all_named(several, policy)),
    }
}

fn named(layer: Layer, policy: &str) -> String {
    match layer {
        Layer::ResourceControl => "a resource control policy".to_owned(),
        Layer::ServiceControl => "a service control policy".to_owned(),
        Layer::Resource => format!("the {policy}"),
        Layer::Identity => "the principal's own policies".to_owned(),
        Layer::Boundary => "the permissions boundary of the principal".to_owned(),
        Layer::Session => "the session policy".to_owned(),
        Layer::Endpoint => "the policy of the VPC endpoint".to_owned(),
    }
}

fn all_named(layers: &[Layer], policy: &str) -> String {
    layers.iter().map(|layer| named(*layer, policy)).collect::<Vec<_>>().join(" and ")
}
