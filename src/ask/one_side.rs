//! What the side of the principal says of something that no template declares.

use super::evidence::draw;
use super::reason::{reason, shown_symbol};
use super::{Asker, Cause, Demand, Evidence, Explained, Layer, Question, Ruling, Sides, What, Who};
use crate::bounds;
use crate::graph::Purpose;
use crate::iam::arn::Arn;
use crate::iam::evaluate::{self, Reason, Request};
use crate::iam::policy::{Effect, Policy, Statement};
use crate::value::{Answer, Text};

impl<'g> Asker<'g> {
    /// The statements of a sort of policies that deny a request, or may, with the conditions that it must not meet.
    pub fn denials(&self, question: &Question<'_>, layer: Layer) -> (Vec<Evidence<'g>>, Vec<Demand<'g>>) {
        let Some(caller) = self.caller(question.caller) else { return (Vec::new(), Vec::new()) };
        let whole = self.together(&caller, question);
        let found = whole.request(&caller, question).denials(&whole.said.layers, layer);
        let shown = found.iter().take(bounds::WITNESSES);
        let evidence = shown.clone().map(|one| Evidence {
            text: "denied here".to_owned(),
            ..draw(one, &whole.said, question, &caller)
        });
        let demands = shown
            .flat_map(|one| one.statement.conditions.iter().map(|condition| Demand::new(condition, true)));
        (evidence.collect(), whole.said.placed(demands))
    }

    /// What the policies of a declared principal say of an action on `arn`, if what is asked for allowed everything. `None`
    /// for one that is declared elsewhere.
    pub fn explain_own(&self, who: &Who, action: &str, arn: &Text) -> Option<Explained<'g>> {
        let caller = self.caller(who)?;
        let own = self.declarations_of(who).all.into_iter().next().flatten()?;
        let said = self.own_layers(&caller, &own);
        let owner = Arn::parse(arn).map(|arn| arn.account).unwrap_or_default();
        let context = self.known(&caller, &owner, action);
        let same_account = self.graph.accounts.same(&caller.account, &owner);
        let request = Request { caller: &caller, action, resource: arn, same_account, context: &context };
        let decision = request.own_side(&said.layers);
        let ruling = Ruling { answer: decision.answer, cause: Cause::Decided(decision.reason.clone()) };
        let sides = Sides { own: decision.answer, other: Answer::Unknown, outside: false };
        let target = What::Resources(Vec::new());
        let question = Question { caller: who, target: &target, action, within: Some(arn) };
        let found = request.evidence(&said.layers, &decision);
        let evidence = self.places(&found, &said, (&question, &caller), &ruling, sides);
        let demands = if ruling.answer.is_no() {
            Vec::new()
        } else {
            said.placed(request.demands(&said.layers, &decision))
        };
        let mut missing = Vec::new();
        if let Reason::Open(layers) = &decision.reason {
            let doubts = request.doubts(&said.layers);
            for layer in layers {
                let symbols = doubts.iter().filter(|(of, _)| of == layer).flat_map(|(_, symbols)| symbols);
                missing.extend(symbols.filter_map(|symbol| shown_symbol(symbol)));
                missing.extend(self.beyond_the_files(&question, *layer, &said.layers));
            }
            missing.truncate(bounds::NAMES_LISTED);
        }
        let reason = match &decision.reason {
            Reason::Allowed => "the principal's own policies allow it".to_owned(),
            _ => reason(&ruling.cause, &question, sides),
        };
        Some(Explained { ruling, sides, reason, evidence, demands, missing })
    }

    /// The policies of VPC endpoints of an account that allow nobody an action on a resource; with `denying`, the statements there
    /// that deny it.
    ///
    /// <https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html>
    pub fn endpoints(&self, account: &Text, action: &str, arn: &Text, denying: bool) -> Vec<Evidence<'g>> {
        let graph = self.graph;
        let mut found = Vec::new();
        for document in graph.documents.iter().filter(|it| matches!(it.purpose, Purpose::Limit)) {
            let declaration = &graph.declarations[document.declaration];
            let is_endpoint = ENDPOINTS.contains(&&*declaration.type_name);
            let is_own = !graph.accounts.same(&document.account, account).is_no();
            let policy = &*document.policy;
            if !is_endpoint || !is_own || !serves(policy, action) {
                continue;
            }
            let meets = |statement: &&Statement| {
                !evaluate::may_allow(policy, statement, action, Some(arn), &self.context).is_no()
            };
            let of = |effect: Effect| policy.statements.iter().filter(move |it| it.effect == Some(effect));
            let (span, statement) = if denying {
                let Some(denial) = of(Effect::Deny).find(meets) else { continue };
                (denial.span, Some(denial))
            } else if policy.open || of(Effect::Allow).any(|it| meets(&it)) {
                continue;
            } else {
                (policy.span, None)
            };
            let text = if denying { "denied here" } else { "does not allow it" };
            let (layer, declaration) = (Layer::Endpoint, Some(document.declaration));
            found.push(Evidence { layer, does: None, statement, span, text: text.to_owned(), declaration });
        }
        found
    }
}

/// What the policy of a VPC endpoint is written in.
pub(super) const ENDPOINTS: [&str; 3] =
    ["aws_vpc_endpoint", "aws_vpc_endpoint_policy", "AWS::EC2::VPCEndpoint"];

/// Whether the policy of an endpoint speaks of the service of an action: an endpoint is one for a single service.
fn serves(policy: &Policy, action: &str) -> bool {
    let service = action.split(':').next().unwrap_or_default();
    let items = policy.statements.iter().flat_map(|statement| &statement.actions.items);
    items.filter_map(|item| item.value.as_literal()).any(|written| {
        written.split_once(':').map_or(*written == *"*", |(of, _)| of.eq_ignore_ascii_case(service))
    })
}
