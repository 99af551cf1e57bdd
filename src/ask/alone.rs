//! What one policy decides alone: whom its denials keep from what it allows, and whom from changing it.

use super::beside::Beside;
use super::{Asker, Layer, Reason, Who};
use crate::graph::Document;
use crate::iam::evaluate::{self, Caller, Decision, Layers, Policies, Request};
use crate::iam::policy::{Policy, Statement};
use crate::source::Span;
use crate::value::{Answer, Text};

impl<'g> Asker<'g> {
    /// The statements beside one that allows which deny somebody an action that it allows: whatever the request is, and whatever
    /// the unknown parts are. Nothing when some such request may be allowed, or when the statement allows none itself.
    pub fn denied_beside(
        &self,
        beside: &Beside<'g>,
        who: &Who,
        (action, within): (&str, &Text),
    ) -> Vec<&'g Statement> {
        let Some(caller) = self.caller(who) else { return Vec::new() };
        let (document, statement) = (beside.setting().document, beside.setting().statement);
        let arn = (!beside.setting().is_trust()).then_some(within);
        let allows = evaluate::may_allow(&document.policy, statement, action, arn, &self.context);
        if allows.is_no() {
            return Vec::new();
        }
        // With a boundary, a denial by `NotPrincipal` spares nobody.
        let bounded = match who {
            Who::Declared(id) => self.graph.identities[*id].boundary.is_some(),
            Who::Elsewhere(_) => false,
        };
        let asked = (&*caller, action, within);
        let decision = self.decide_alone(&beside.policy, document, asked, (bounded, Answer::No));
        if decision.reason == Reason::Denied(Layer::Resource) { beside.named(&decision) } else { Vec::new() }
    }

    /// The statements of a policy that deny an action to everybody in the account of its resource; nothing when somebody there may
    /// be spared.
    pub fn locks_out(
        &self,
        document: &'g Document,
        action: &str,
        arn: &Text,
        span: Span,
    ) -> Vec<&'g Statement> {
        let mut found = Vec::new();
        for who in Who::somebody_of(&document.account, span).or_user() {
            let Some(caller) = self.caller(&who) else { continue };
            let asked = (&*caller, action, arn);
            let decision = self.decide_alone(&document.policy, document, asked, (false, Answer::Yes));
            if decision.reason != Reason::Denied(Layer::Resource) {
                return Vec::new();
            }
            found = decision.denied_by;
        }
        found
    }

    /// What a policy decides if the side of the caller allows everything that can be allowed.
    fn decide_alone<'p>(
        &self,
        policy: &'p Policy,
        document: &Document,
        (caller, action, within): (&Caller, &str, &Text),
        (bounded, same_account): (bool, Answer),
    ) -> Decision<'p> {
        let mut layers = Layers { resource: Policies::known([policy]), ..Layers::default() };
        layers.identity.more = true;
        layers.boundary = bounded.then(Policies::unknown);
        let context = self.known(caller, &document.account, action);
        let request = Request { caller, action, resource: within, same_account, context: &context };
        request.decide(&layers)
    }
}
