//! What there is to judge: statements in their setting, trusts, grants and permissions, each with how certain it is.
//!
//! An item is filtered by effect and polarity already. What it says of its place, of the account, of the reference that a
//! value came through and of its certainty goes into a finding by itself ([`Spot`]), so that no rule can forget it.

use std::sync::Arc;

use crate::diagnostic::InStatement;
use crate::facts::Declaration;
use crate::graph::{
    DeclarationId, Document, DocumentId, Graph, Id, IdentityId, IdentityKind, Purpose, ResourceId,
};
use crate::iam::arn::Arn;
use crate::iam::policy::{Condition, Effect, Item, Polarity, Statement};
use crate::iam::principal::Principal;
use crate::source::Span;
use crate::value::{Answer, Because, PieceKind, Text, UnitKey, Via, When};

/// A statement, and the document it stands in.
#[derive(Clone, Copy, Debug)]
pub struct Setting<'g> {
    /// The graph.
    pub graph: &'g Graph,
    /// The id of the document.
    pub id: DocumentId,
    /// The document.
    pub document: &'g Document,
    /// The statement.
    pub statement: &'g Statement,
    /// Which of the document's it is.
    pub number: usize,
}

/// A place that a finding is about, with all that it says of itself.
#[derive(Clone, Copy, Debug)]
pub struct Spot<'g> {
    /// The graph.
    pub graph: &'g Graph,
    /// The declaration it is written in.
    pub declaration: DeclarationId,
    /// Where.
    pub span: Span,
    /// The references its value came through.
    pub via: Option<&'g Via>,
    /// Whether it certainly stands there.
    pub present: Answer,
    /// The choices that this hangs on, when it hangs on nothing else.
    pub when: Option<&'g When>,
    /// The statement it stands in, when it is one of a policy.
    pub statement: Option<InStatement>,
    /// The ID of that statement.
    pub sid: Option<&'g Text>,
}

/// That a role trusts somebody.
#[derive(Clone, Copy, Debug)]
pub struct Trust<'g> {
    /// Where.
    pub setting: Setting<'g>,
    /// Whom.
    pub item: &'g Item<Principal>,
    /// The role.
    pub role: IdentityId,
}

/// That the policy of a resource admits somebody.
#[derive(Clone, Copy, Debug)]
pub struct Grant<'g> {
    /// Where.
    pub setting: Setting<'g>,
    /// Whom.
    pub item: &'g Item<Principal>,
    /// To what.
    pub resource: ResourceId,
}

/// That identities are allowed something on what a statement lists.
#[derive(Clone, Debug)]
pub struct Permission<'g> {
    /// Where.
    pub setting: Setting<'g>,
    /// What is listed.
    pub elements: &'g [Item<Text>],
    /// The roles and users that have it, members of groups included.
    pub callers: Arc<[IdentityId]>,
}

impl<'g> Setting<'g> {
    /// Every statement of a document.
    pub fn all(graph: &'g Graph, id: DocumentId) -> impl Iterator<Item = Self> {
        let document = &graph.documents[id];
        let numbered = document.policy.statements.iter().enumerate();
        numbered.map(move |(number, statement)| Self { graph, id, document, statement, number })
    }

    /// A place in the statement.
    pub fn spot(&self, span: Span) -> Spot<'g> {
        let (graph, declaration) = (self.graph, self.document.declaration);
        Spot {
            graph,
            declaration,
            span,
            via: None,
            present: self.statement.present,
            when: Some(&self.statement.when),
            statement: Some(InStatement::of(self.id.position(), self.number)),
            sid: self.statement.sid.as_deref(),
        }
    }

    /// The place of an item of the statement.
    pub fn item<T>(&self, item: &'g Item<T>) -> Spot<'g> {
        let present = self.statement.present.and(item.present);
        Spot { via: Some(&item.via), present, when: Some(&item.when), ..self.spot(item.span) }
    }

    /// The address of the declaration the document is written in.
    pub fn address(&self) -> &'g str {
        self.graph.address(self.document.declaration)
    }

    /// The unit it is deployed with.
    pub fn unit(&self) -> &'g UnitKey {
        &self.graph.declarations[self.document.declaration].unit
    }

    /// What the document protects, as messages name it: ``role `deploy` ``, ``bucket `b` ``.
    pub fn subject(&self) -> String {
        match self.document.purpose {
            Purpose::Trust(identity) => format!("role `{}`", self.graph.identities[identity].shown),
            _ => format!("`{}`", self.address()),
        }
    }

    /// Whether it is of the trust policy of a role.
    pub fn is_trust(&self) -> bool {
        self.document.is_trust
    }

    /// Whether it is of a policy of identities, attached or not: by what its document hangs on, or, for a policy file, by the
    /// lack of a principal.
    pub fn is_of_identity(&self) -> bool {
        match self.document.purpose {
            Purpose::Identity => true,
            Purpose::File => self.statement.principals.is_none(),
            Purpose::Trust(_) | Purpose::Resource(_) | Purpose::Limit => false,
        }
    }

    /// Whether the statement is about other resources than the one whose policy it stands in, and so never applies: each ARN that
    /// it lists has the service and kind of that resource, and another name or place.
    ///
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html>
    pub fn is_about_others(&self) -> bool {
        let all = || statements(self.graph).filter(Self::allows).filter(Self::speaks_of_others);
        let strays = self.graph.strays(|| all().map(|setting| (setting.id, setting.number)).collect());
        if self.allows() { strays.contains(&(self.id, self.number)) } else { self.speaks_of_others() }
    }

    fn speaks_of_others(&self) -> bool {
        let Purpose::Resource(resource) = self.document.purpose else { return false };
        let Some(clause) = &self.statement.resources else { return false };
        if clause.polarity == Polarity::NotIn || clause.open || clause.items.is_empty() {
            return false;
        }
        let Some(own) = Arn::parse(&self.graph.resources[resource].arn) else { return false };
        // Most policies name their resource by a reference.
        let Some(own_name) = own.resource.as_literal() else { return false };
        let is_other = |item: &Item<Text>| {
            Arn::parse(&item.value).is_some_and(|arn| is_another(&arn, (&own, &own_name)))
        };
        clause.items.iter().all(is_other)
    }

    /// What the statement lists that is certainly not the resource whose policy it stands in, nor anything in it: it has another
    /// name or place, or refers to another resource that the same unit declares.
    ///
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html>
    pub fn outside_items(&self) -> Vec<&'g Item<Text>> {
        let Purpose::Resource(id) = self.document.purpose else { return Vec::new() };
        let clause = self.statement.resources.as_ref().filter(|clause| clause.polarity == Polarity::In);
        let Some(clause) = clause else { return Vec::new() };
        // Most policies name their resource by a reference.
        let refers = |item: &Item<Text>| self.graph.resource_named_by(&item.value);
        let is_own = |item: &Item<Text>| refers(item) == Some(id) || item.value.is_literally("*");
        if clause.items.iter().all(is_own) {
            return Vec::new();
        }
        let resource = &self.graph.resources[id];
        let own = Arn::parse(&resource.arn);
        let own = own.as_ref().and_then(|own| Some((own, own.resource.as_literal()?)));
        let is_other = |item: &&Item<Text>| match refers(item) {
            Some(other) if other == id => false,
            Some(other) => {
                let other = &self.graph.resources[other];
                let (declared, named) = (
                    &self.graph.declarations[resource.declaration],
                    &self.graph.declarations[other.declaration],
                );
                let are_there = resource.declared && declared.present.is_yes() && named.present.is_yes();
                are_there
                    && declared.unit == named.unit
                    && declared.type_name == named.type_name
                    && resource.arn != other.arn
            }
            None => own.as_ref().is_some_and(|(own, named)| {
                Arn::parse(&item.value).is_some_and(|arn| is_another(&arn, (own, named)))
            }),
        };
        clause.items.iter().filter(is_other).collect()
    }

    /// Whether nobody knows that the statement is about the declared resource whose policy it stands in: all that it lists are
    /// parameters or variables that hold an ARN, and the resource is not named by them.
    pub fn may_be_about_others(&self) -> bool {
        let Purpose::Resource(resource) = self.document.purpose else { return false };
        let (resource, Some(clause)) = (&self.graph.resources[resource], &self.statement.resources) else {
            return false;
        };
        let is_input = |item: &Item<Text>| match item.value.symbols().next() {
            Some(symbol) => {
                let is_whole = matches!(
                    item.value.pieces().first().map(|piece| &piece.kind),
                    Some(PieceKind::Symbol(_))
                );
                is_whole
                    && symbol.because == Because::Input
                    && !resource.arn.symbols().any(|own| own == symbol)
            }
            None => false,
        };
        resource.declared && !clause.items.is_empty() && clause.items.iter().all(is_input)
    }

    /// What the statement of a resource policy speaks of: its resources, or the resource itself where `*` means this resource.
    /// `None` with `NotResource`, and where nothing is known.
    ///
    /// <https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-overview.html>
    pub fn elements(&self, arn: &'g Text) -> Option<Vec<&'g Text>> {
        let mut elements = match &self.statement.resources {
            Some(clause) if clause.polarity == Polarity::NotIn => return None,
            Some(clause) => {
                let meant =
                    |item: &'g Item<Text>| if item.text.is_literally("*") { arn } else { &item.value };
                clause.items.iter().map(meant).collect()
            }
            None => vec![arn],
        };
        elements.retain(|element| !element.pieces().is_empty());
        (!elements.is_empty()).then_some(elements)
    }

    /// Whether something that the statement says does not hang on it: another statement of the same effect says it too, in the
    /// same policy (`true`) or, for each identity that has this one, in another of its policies (`false`).
    pub fn is_said_beside(&self, says: impl Fn(&Statement, bool) -> bool) -> bool {
        let effect = self.statement.effect;
        let says = |other: &Statement, is_own: bool| other.effect == effect && says(other, is_own);
        let mut own = self.document.policy.statements.iter();
        if own.any(|other| !std::ptr::eq(other, self.statement) && says(other, true)) {
            return true;
        }
        let holders = &self.document.holders;
        let has_other = |id: &IdentityId| {
            let policies = self.graph.policies_of(&self.graph.identities[*id]);
            let others = policies
                .iter()
                .filter(|attached| attached.document != Some(self.id) && !attached.present.is_no());
            others
                .into_iter()
                .any(|attached| attached.policy.statements.iter().any(|other| says(other, false)))
        };
        !holders.is_empty() && holders.iter().all(has_other)
    }

    /// Whether the statement allows.
    pub fn allows(&self) -> bool {
        self.statement.effect == Some(Effect::Allow)
    }
}

impl<'g> Spot<'g> {
    /// A place in a declaration.
    pub fn of(graph: &'g Graph, declaration: DeclarationId, span: Span, present: Answer) -> Self {
        Self { graph, declaration, span, via: None, present, when: None, statement: None, sid: None }
    }

    /// The same place, with the references that its value came through.
    #[must_use]
    pub fn through(self, via: &'g Via) -> Self {
        Self { via: Some(via), ..self }
    }

    /// The same place, which is there only if something else is as well.
    #[must_use]
    pub fn also(self, present: Answer) -> Self {
        let when = self.when.filter(|_| present.is_yes());
        Self { present: self.present.and(present), when, ..self }
    }

    /// The declaration it is written in.
    pub fn declared(&self) -> &'g Declaration {
        &self.graph.declarations[self.declaration]
    }
}

/// Whether an ARN of a policy, which may be a pattern, matches neither another ARN nor anything in it, though both are of one
/// service and kind. Nobody means to tell partitions apart.
fn is_another(pattern: &Arn, (own, own_named): (&Arn, &str)) -> bool {
    // A name that begins with a dash lacks the prefix that each deployment gives it.
    let is_fixed = |part: &str| !part.is_empty() && !part.contains(['*', '?', '$']) && !part.starts_with('-');
    let differ = |one: &str, other: &str| is_fixed(one) && is_fixed(other) && one != other;
    let Some(named) = pattern.resource.as_literal() else { return false };
    let is_of_service =
        |service: &Text| own.service.as_literal().is_some_and(|own| service.is_literally(&own));
    let places = [(&pattern.region, &own.region), (&pattern.account, &own.account)];
    let is_set = |text: &Text| !text.is_empty();
    if !is_of_service(&pattern.service) || places.iter().any(|(one, other)| is_set(one) != is_set(other)) {
        return false;
    }
    let elsewhere = places.into_iter().any(|(one, other)| match (one.as_literal(), other.as_literal()) {
        (Some(one), Some(other)) => differ(&one, &other),
        _ => false,
    });
    let mut parts = named.split(['/', ':']).zip(own_named.split(['/', ':']));
    let has_kind = own_named.contains(['/', ':']);
    if has_kind && parts.next().is_none_or(|(kind, own_kind)| kind != own_kind) {
        return false;
    }
    elsewhere || parts.next().is_some_and(|(one, other)| differ(one, other))
}

/// Every statement of every document.
pub fn statements(graph: &Graph) -> impl Iterator<Item = Setting<'_>> {
    graph.documents.with_ids().flat_map(move |(id, _)| Setting::all(graph, id))
}

/// Every condition of every statement.
pub fn conditions(graph: &Graph) -> impl Iterator<Item = (Setting<'_>, &Condition)> {
    statements(graph)
        .flat_map(|setting| setting.statement.conditions.iter().map(move |condition| (setting, condition)))
}

/// All statements that allow and say whom: of trust policies, of resource policies, and of files of either kind. One that is
/// about another resource than that of its policy allows nothing.
pub fn principals(graph: &Graph) -> impl Iterator<Item = Setting<'_>> {
    statements(graph)
        .filter(Setting::allows)
        .filter(|setting| setting.statement.principals.is_some())
        .filter(|setting| setting.document.purpose != Purpose::Limit)
        .filter(|setting| !setting.is_about_others())
}

/// All statements of trust policies that allow, and of files that may be some: those of [`principals`] without those of resources.
pub fn trusting(graph: &Graph) -> impl Iterator<Item = Setting<'_>> {
    let documents = graph.documents.with_ids();
    documents
        .filter(|(_, document)| matches!(document.purpose, Purpose::Trust(_) | Purpose::File))
        .flat_map(move |(id, _)| Setting::all(graph, id))
        .filter(|setting| setting.allows() && setting.statement.principals.is_some())
}

/// As [`principals`], of those that list somebody of a kind. This is asked before what is dear to ask.
pub fn principals_of_kind(
    graph: &Graph,
    is_of_kind: fn(&Item<Principal>) -> bool,
) -> impl Iterator<Item = Setting<'_>> {
    statements(graph)
        .filter(Setting::allows)
        .filter(move |setting| setting.listed().iter().any(is_of_kind))
        .filter(|setting| setting.document.purpose != Purpose::Limit)
        .filter(|setting| !setting.is_about_others())
}

impl<'g> Setting<'g> {
    /// The principals that the statement lists. Those that `NotPrincipal` lists are not meant.
    pub fn listed(&self) -> &'g [Item<Principal>] {
        let clause = self.statement.principals.as_ref().filter(|it| it.polarity == Polarity::In);
        clause.map_or(&[], |clause| &clause.items)
    }
}

fn each(graph: &Graph) -> impl Iterator<Item = (Setting<'_>, &Item<Principal>)> {
    principals(graph).flat_map(|setting| setting.listed().iter().map(move |item| (setting, item)))
}

/// Everybody whom a role trusts to assume it.
pub fn trusts(graph: &Graph) -> impl Iterator<Item = Trust<'_>> {
    each(graph).filter_map(|(setting, item)| {
        let Purpose::Trust(role) = setting.document.purpose else { return None };
        let assumes = setting.statement.actions.takes("sts:AssumeRole").is_yes();
        assumes.then_some(Trust { setting, item, role })
    })
}

/// Everybody whom the policy of a resource admits.
pub fn grants(graph: &Graph) -> impl Iterator<Item = Grant<'_>> {
    each(graph).filter_map(|(setting, item)| {
        let Purpose::Resource(resource) = setting.document.purpose else { return None };
        Some(Grant { setting, item, resource })
    })
}

/// Everything that identities are allowed on something they name. Left out is what nobody has, as far as is known.
pub fn permissions(graph: &Graph) -> impl Iterator<Item = Permission<'_>> {
    let documents = graph.documents.with_ids().filter(|(_, document)| document.purpose == Purpose::Identity);
    documents.flat_map(move |(id, document)| {
        let callers: Arc<[IdentityId]> = callers(graph, document).into();
        let settings = (!callers.is_empty()).then(|| Setting::all(graph, id)).into_iter().flatten();
        settings.filter_map(move |setting| {
            let clause = setting.statement.resources.as_ref().filter(|it| it.polarity == Polarity::In)?;
            let callers = Arc::clone(&callers);
            setting.allows().then_some(Permission { setting, elements: &clause.items, callers })
        })
    })
}

/// The roles and users that have an identity policy, members of groups included.
fn callers(graph: &Graph, document: &Document) -> Vec<IdentityId> {
    let mut callers = Vec::new();
    for holder in &document.holders {
        let identity = &graph.identities[*holder];
        if identity.kind == IdentityKind::Group {
            callers.extend(identity.members());
        } else {
            callers.push(*holder);
        }
    }
    callers.sort_unstable();
    callers.dedup();
    callers
}
