//! Whom the policies of a target allow, as they write it.

use super::{
    Asker, Cause, Evidence, Explained, Layer, Question, Reason, Ruling, Setting, What, Who, is_trusting,
};
use crate::config::Covered;
use crate::graph::{DocumentId, IdentityId};
use crate::iam::callers;
use crate::iam::evaluate::{self, Caller, CallerKind, Demand, Does};
use crate::iam::policy::{Effect, Item, Polarity, Statement};
use crate::iam::principal::Principal;
use crate::source::Span;
use crate::value::{Answer, Text};

/// A principal that a policy of a target allows, as the policy writes it.
#[derive(Clone, Debug)]
pub struct Admitted<'g> {
    /// The statement.
    pub setting: Setting<'g>,
    /// The principal; nothing where `NotPrincipal` leaves everyone who is not listed.
    pub item: Option<&'g Item<Principal>>,
    /// Who that is.
    pub whom: Whom,
    /// Who to ask as: somebody whom the principal means.
    pub who: Who,
}

/// Who a written principal is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whom {
    /// Every principal of every account.
    Anyone,
    /// The principals of an account that have the permission.
    Account,
    /// A declared role or user.
    Declared,
    /// Somebody who is not declared: a role, a service, an identity provider.
    Elsewhere,
    /// Nobody can tell from the template.
    Unclear,
}

impl Admitted<'_> {
    /// Whether the principal means a declared role or user.
    pub fn means(&self, caller: &Caller) -> bool {
        self.item.is_none_or(|item| evaluate::principal_matches(item, caller).0.is_yes())
    }
}

impl<'g> Asker<'g> {
    /// All principals that the policies of a target allow an action, in the order in which they are written.
    pub fn admitted(&self, target: &What, action: &str, within: Option<&Text>) -> Vec<Admitted<'g>> {
        let graph = self.graph;
        let (_, arn) = self.owner(target);
        let (documents, resource): (Vec<DocumentId>, _) = match target {
            What::Identities(_) if !is_trusting(action) => return Vec::new(),
            What::Identities(ids) => {
                (ids.iter().filter_map(|id| graph.identities[*id].trust).collect(), None)
            }
            What::Resources(ids) => {
                let documents = ids.iter().flat_map(|id| graph.resources[*id].documents.iter().copied());
                (documents.collect(), Some(within.unwrap_or(arn)))
            }
        };
        let mut all: Vec<Admitted<'g>> = Vec::new();
        for id in documents {
            for setting in Setting::all(graph, id) {
                let (policy, statement) = (&setting.document.policy, setting.statement);
                let speaks = evaluate::may_allow(policy, statement, action, resource, &self.context);
                if statement.effect != Some(Effect::Allow) || speaks.is_no() {
                    continue;
                }
                for one in self.principals_of(setting) {
                    let is_known = |known: &Admitted<'g>| {
                        one.whom != Whom::Anyone
                            && known.item.map(|item| &item.text) == one.item.map(|item| &item.text)
                    };
                    if !all.iter().any(is_known) {
                        all.push(one);
                    }
                }
            }
        }
        all
    }

    /// Whether all that the trust policies of roles say is known: there may be no other statement, principal or action in them.
    pub fn is_trust_known(&self, roles: &[IdentityId]) -> bool {
        let is_known = |statement: &Statement| {
            let principals = statement.principals.as_ref();
            statement.effect.is_some() && !statement.actions.open && principals.is_some_and(|it| !it.open)
        };
        roles.iter().all(|id| {
            let policy = self.graph.identities[*id].trust.map(|id| &self.graph.documents[id].policy);
            policy.is_some_and(|policy| !policy.open && policy.statements.iter().all(is_known))
        })
    }

    fn principals_of(&self, setting: Setting<'g>) -> Vec<Admitted<'g>> {
        let Some(clause) = &setting.statement.principals else { return Vec::new() };
        if clause.polarity == Polarity::NotIn {
            let who = somebody_else(setting.statement.span);
            return vec![Admitted { setting, item: None, whom: Whom::Anyone, who }];
        }
        let items = clause.items.iter().filter(|item| !item.present.is_no());
        let admitted = |item: &'g Item<Principal>| {
            let (whom, who) = self.whom(&setting, item)?;
            Some(Admitted { setting, item: Some(item), whom, who })
        };
        items.filter_map(admitted).collect()
    }

    /// Who a principal is; `None` for what is no principal.
    pub fn whom(&self, setting: &Setting<'g>, item: &Item<Principal>) -> Option<(Whom, Who)> {
        let outside = |kind| (Whom::Elsewhere, Who::Elsewhere(Caller::outside(kind, &item.text)));
        let unclear = || (Whom::Unclear, Who::somebody(item.span));
        let elsewhere = |caller: Option<Caller>| match caller {
            Some(caller) => (Whom::Elsewhere, Who::Elsewhere(caller)),
            None => unclear(),
        };
        let named = |caller: Option<Caller>| match self.graph.find_principal(item, setting.unit()).as_slice()
        {
            [] => elsewhere(caller),
            [id, ..] => (Whom::Declared, Who::Declared(*id)),
        };
        Some(match &item.value {
            Principal::Everyone => (Whom::Anyone, somebody_else(item.span)),
            Principal::Account { account } => (Whom::Account, Who::somebody_of(account, item.span)),
            Principal::Role { .. } => named(Caller::role(&item.text)),
            Principal::User { .. } => named(Caller::user(&item.text)),
            Principal::RoleSession { .. } | Principal::FederatedUser { .. } => {
                elsewhere(Caller::session(&item.text))
            }
            Principal::Service(_) => outside(CallerKind::Service),
            Principal::Oidc { .. } | Principal::Saml { .. } | Principal::BuiltInProvider(_) => {
                outside(CallerKind::Provider)
            }
            Principal::UniqueId(_) | Principal::CanonicalUser(_) | Principal::Unknown(_) => unclear(),
            Principal::Invalid(_) => return None,
        })
    }

    /// Whether a target may allow more principals than its policies in the analyzed files write.
    pub fn may_admit_more(&self, target: &What, action: &str) -> bool {
        let graph = self.graph;
        let is_open = |id: &DocumentId| graph.documents[*id].policy.open;
        match target {
            What::Identities(_) if !is_trusting(action) => false,
            What::Identities(ids) => {
                ids.iter().any(|id| graph.identities[*id].trust.as_ref().is_none_or(is_open))
            }
            What::Resources(ids) => ids.iter().any(|id| {
                let resource = &graph.resources[*id];
                !resource.complete || resource.documents.iter().any(is_open) || !resource.shares.is_empty()
            }),
        }
    }

    /// Answers for everyone, or for the principals of an account, whom a policy allows. `declared` is what holds for the
    /// declared roles and users among them.
    pub fn explain_admitted(
        &self,
        admitted: &Admitted<'g>,
        question: &Question<'_>,
        declared: Answer,
    ) -> Explained<'g> {
        let sides = self.sides(question);
        let policy = question.policy();
        let (answer, reason) = match admitted.whom {
            Whom::Anyone => {
                let (setting, context) = (&admitted.setting, &self.context);
                let service = if setting.is_trust() { "iam" } else { &*setting.document.service };
                let left = callers::admitted(&setting.document.policy, setting.statement, service, context);
                if left.bounded.is_no() && admitted.setting.statement.present.is_yes() {
                    (sides.other, format!("no condition of the {policy} restricts the principal"))
                } else {
                    let reason = format!("the {policy} allows everyone who meets its conditions");
                    (sides.other.and(Answer::Unknown.or(declared)), reason)
                }
            }
            Whom::Account => {
                let covered =
                    |caller: &Caller| self.graph.accounts.covers(&caller.account, Covered::Identities);
                let covered = self.caller(&admitted.who).is_some_and(|caller| covered(&caller));
                let own = if covered { declared } else { declared.or(Answer::Unknown) };
                let reason = match own {
                    Answer::Yes => format!("the {policy} allows the account"),
                    Answer::Unknown => format!(
                        "the {policy} allows the account, and not all policies of its principals are in the analyzed files"
                    ),
                    Answer::No => {
                        format!("the {policy} allows the account, but no policy of its roles and users does")
                    }
                };
                (sides.other.and(own), reason)
            }
            _ => (Answer::Unknown, format!("which principal the {policy} names is not known")),
        };
        let reason = if answer.is_no() && sides.other.is_no() {
            format!("the {policy} allows it in one statement and keeps it from everyone in others")
        } else {
            reason
        };
        let cause = if answer.is_yes() { Reason::Allowed } else { Reason::Open(vec![Layer::Identity]) };
        let ruling = Ruling { answer, cause: Cause::Decided(cause) };
        let document = &admitted.setting.document.policy;
        let context = self.caller(&admitted.who).map(|caller| caller.context(&self.context));
        let context = context.as_ref().unwrap_or(&self.context);
        let demands = Demand::of(document, admitted.setting.statement, context);
        let missing = Vec::new();
        Explained { ruling, sides, reason, evidence: vec![admitted.evidence()], demands, missing }
    }
}

impl<'g> Admitted<'g> {
    /// The principal as a place to look at.
    fn evidence(&self) -> Evidence<'g> {
        let statement = self.setting.statement;
        let text = if self.setting.is_trust() { "trusted here" } else { "granted here" };
        Evidence {
            layer: Layer::Resource,
            does: Some(Does::Allows),
            statement: Some(statement),
            span: self.item.map_or(statement.span, |item| item.span),
            text: text.to_owned(),
            declaration: Some(self.setting.document.declaration),
        }
    }
}

/// Somebody of an account that no policy names.
fn somebody_else(span: Span) -> Who {
    Who::somebody_of(&Text::literal("another account", span), span)
}
