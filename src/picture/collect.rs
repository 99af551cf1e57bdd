//! From the graph and the findings to a picture.

use std::collections::BTreeSet;

use rustc_hash::FxHashMap;

use super::sides::{Asked, Pending};
use super::{Detail, Edge, Group, Node, Picture, Place, Sort, State, Whose};
use crate::accounts::Zone;
use crate::ask::{
    Asker, CallerKind, Permission, Requests, Setting, What, Who, Whom, permissions, principals,
};
use crate::bounds;
use crate::diagnostic::{Diagnostic, readable};
use crate::graph::{DeclarationId, Graph, IdentityId, IdentityKind, Purpose, ResourceId};
use crate::iam::policy::{Item, Polarity};
use crate::iam::principal::Principal;
use crate::source::{SourceId, Sources, Span};
use crate::value::{Answer, Text, UnitKey};

/// What a picture is made of.
#[derive(Clone, Copy)]
pub struct Of<'a, 'g> {
    /// Who may do what.
    pub ask: &'a Asker<'g>,
    /// The files.
    pub sources: &'a Sources,
    /// What was found.
    pub findings: &'a [&'a Diagnostic],
    /// How much is shown.
    pub detail: Detail,
}

/// Collects the accesses that are wanted: those with a place in a file for which `is_given` holds, and, if only these are, those
/// with findings.
pub fn collect(of: Of<'_, '_>, is_given: &dyn Fn(&str) -> bool, findings_only: bool) -> Picture {
    let mut collector = Collector {
        of,
        picture: Picture::default(),
        groups: FxHashMap::default(),
        nodes: FxHashMap::default(),
        edges: FxHashMap::default(),
        pending: Vec::new(),
    };
    for setting in principals(of.ask.graph) {
        collector.admitted(&setting);
    }
    for permission in permissions(of.ask.graph) {
        collector.permitted(&permission);
    }
    collector.shared();
    collector.joined();
    collector.attach_findings();
    collector.finish(is_given, findings_only)
}

/// What tells nodes apart.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Key {
    Declared(DeclarationId),
    Identity(IdentityId),
    Resource(ResourceId),
    Account(usize),
    Written(String),
    Anyone,
}

pub(super) struct Collector<'a, 'g> {
    of: Of<'a, 'g>,
    picture: Picture,
    groups: FxHashMap<(String, Whose), usize>,
    nodes: FxHashMap<Key, usize>,
    /// By both ends: the index in the picture, and in `pending`.
    edges: FxHashMap<(usize, usize), usize>,
    pending: Vec<Pending<'g>>,
}

impl<'g> Collector<'_, 'g> {
    pub(super) fn graph(&self) -> &'g Graph {
        self.of.ask.graph
    }

    /// Whom a trust policy or the policy of a resource allows.
    fn admitted(&mut self, setting: &Setting<'g>) {
        let target = match setting.document.purpose {
            Purpose::Trust(role) => What::identity(role),
            Purpose::Resource(resource) => What::resource(resource),
            Purpose::Identity | Purpose::Limit | Purpose::File => return,
        };
        let Some(clause) = &setting.statement.principals else { return };
        if clause.polarity == Polarity::NotIn {
            let span = setting.statement.span;
            let from = self.anyone();
            self.edge((from, setting, span), &target, Vec::new(), (Answer::Unknown, false));
            return;
        }
        for item in setting.listed().iter().filter(|item| !item.present.is_no()) {
            let Some((whom, who)) = self.of.ask.whom(setting, item) else { continue };
            let from = self.principal((whom, &who), item, setting.unit());
            let asked = self.requests(setting, &target, &who, None);
            let asked = asked.into_iter().map(|(action, within)| Asked {
                who: who.clone(),
                whom,
                admitted: Some((*setting, item)),
                target: target.clone(),
                action,
                within,
            });
            let same = match &who {
                Who::Declared(id) => self.same(&self.graph().identities[*id].account, &target),
                Who::Elsewhere(caller) if !caller.is_outside() => self.same(&caller.account, &target),
                Who::Elsewhere(_) => Answer::No,
            };
            let same = if whom == Whom::Anyone { Answer::No } else { same };
            let is_service = matches!(&who, Who::Elsewhere(caller) if caller.kind == CallerKind::Service);
            self.edge((from, setting, item.span), &target, asked.collect(), (same, is_service));
        }
    }

    /// What identities are allowed on what they name.
    fn permitted(&mut self, permission: &Permission<'g>) {
        let (setting, graph) = (&permission.setting, self.graph());
        let assumes = setting.statement.actions.takes("sts:AssumeRole");
        for element in permission.elements.iter().filter(|it| !it.present.is_no()) {
            let mut targets: Vec<What> = Vec::new();
            if !assumes.is_no() {
                let roles = graph.find_identities(&element.value, setting.unit());
                targets.extend(roles.first().map(|id| What::identity(*id)));
            }
            let (found, _) = graph.find_resources(&element.value, setting.unit());
            targets.extend(found.first().map(|id| What::resource(*id)));
            for target in targets {
                for caller in permission.callers.iter() {
                    let who = Who::Declared(*caller);
                    let asked = self.requests(setting, &target, &who, Some(&element.value));
                    if asked.is_empty() {
                        continue;
                    }
                    let asked = asked.into_iter().map(|(action, within)| Asked {
                        who: who.clone(),
                        whom: Whom::Declared,
                        admitted: None,
                        target: target.clone(),
                        action,
                        within,
                    });
                    let from = self.identity(*caller);
                    let same = self.same(&graph.identities[*caller].account, &target);
                    self.edge((from, setting, element.span), &target, asked.collect(), (same, false));
                }
            }
        }
    }

    /// What a statement allows on a target, as requests: one for each action that it lists, of the first ones.
    fn requests(
        &self,
        setting: &Setting<'g>,
        target: &What,
        who: &Who,
        element: Option<&Text>,
    ) -> Vec<(String, Option<Text>)> {
        let statement = setting.statement;
        match target {
            What::Identities(_) => {
                let action = who.assumes_with();
                let takes = !statement.actions.takes(action).is_no();
                takes.then(|| (action.to_owned(), None)).into_iter().collect()
            }
            What::Resources(ids) => {
                let Some(resource) = ids.first().map(|id| &self.graph().resources[*id]) else {
                    return Vec::new();
                };
                let listed = statement.resources.as_ref().filter(|it| it.polarity == Polarity::In);
                let listed: Vec<&Text> = match (element, listed) {
                    (Some(element), _) => vec![element],
                    (None, Some(clause)) => clause.items.iter().map(|item| &item.value).collect(),
                    (None, None) => vec![&resource.arn],
                };
                let actions = statement.actions.items.iter().take(bounds::PICTURE_QUESTIONS);
                let first = |item: &Item<Text>| {
                    let requests = Requests::first_of(item, listed.iter().copied(), resource)?;
                    let (action, within) = requests.each().next()?;
                    Some((action.to_owned(), Some(within.clone())))
                };
                actions.filter_map(first).collect()
            }
        }
    }

    /// Whether a principal of an account is in that of a target.
    fn same(&self, account: &Text, target: &What) -> Answer {
        let (owner, _) = self.of.ask.owner(target);
        self.graph().accounts.same(account, owner)
    }

    /// Adds an access, or more to one that is known.
    fn edge(
        &mut self,
        (from, setting, span): (usize, &Setting<'g>, Span),
        target: &What,
        asked: Vec<Asked<'g>>,
        (same, is_service): (Answer, bool),
    ) {
        let to = match target {
            What::Identities(ids) => ids.first().map(|id| self.identity(*id)),
            What::Resources(ids) => ids.first().map(|id| self.resource(*id)),
        };
        let Some(to) = to else { return };
        let place = self.place(span);
        let Some(pending) = self.between((from, to), (same, is_service)) else { return };
        let actions = setting.statement.actions.items.iter();
        let sign = if setting.statement.actions.polarity == Polarity::NotIn { "all but " } else { "" };
        let shown = actions.map(|item| format!("{sign}{}", readable(item.value.to_string())));
        pending.edge.actions.extend(shown);
        let conditions = setting.statement.conditions.iter();
        let shown = conditions.map(|it| format!("{} {}", it.operator.value, it.key.value));
        pending.edge.conditions.extend(shown);
        pending.edge.places.insert(place);
        pending.add((span, setting.statement.span), asked);
    }

    /// What is known of the access between two; `None` when there are too many.
    pub(super) fn between(
        &mut self,
        (from, to): (usize, usize),
        (same, is_service): (Answer, bool),
    ) -> Option<&mut Pending<'g>> {
        let index = match self.edges.get(&(from, to)) {
            Some(index) => *index,
            None if self.pending.len() >= bounds::PICTURE_EDGES => {
                self.picture.left_out += 1;
                return None;
            }
            None => {
                self.edges.insert((from, to), self.pending.len());
                self.pending.push(Pending::new(from, to, same, is_service));
                self.pending.len() - 1
            }
        };
        self.pending.get_mut(index)
    }

    /// Puts the rules of findings on the accesses that they are about: those at the place where to look first, else those whose
    /// statement has that place, else the same for the further places.
    fn attach_findings(&mut self) {
        let mut by_file: FxHashMap<SourceId, Vec<(Span, Span, usize)>> = FxHashMap::default();
        for (index, pending) in self.pending.iter().enumerate() {
            for (item, statement) in &pending.spans {
                by_file.entry(item.source).or_default().push((*item, *statement, index));
            }
        }
        for finding in self.of.findings {
            let at = |place: Span| {
                let all = by_file.get(&place.source).map(Vec::as_slice).unwrap_or_default();
                let is_at = |(item, ..): &&(Span, Span, usize)| item.contains(place) || place.contains(*item);
                let exact: Vec<usize> = all.iter().filter(is_at).map(|(.., index)| *index).collect();
                if !exact.is_empty() {
                    return exact;
                }
                let around = all.iter().filter(|(_, statement, _)| statement.contains(place));
                around.map(|(.., index)| *index).collect()
            };
            let found = finding.places().map(at).find(|found| !found.is_empty()).unwrap_or_default();
            for index in found {
                if let Some(pending) = self.pending.get_mut(index) {
                    pending.edge.rules.insert(finding.rule);
                    pending.edge.found = 1;
                }
            }
        }
    }

    /// Asks what the accesses come to that are wanted, and leaves out the others.
    fn finish(mut self, is_given: &dyn Fn(&str) -> bool, findings_only: bool) -> Picture {
        let (sources, detail) = (self.of.sources, self.of.detail);
        let is_wanted = |pending: &Pending<'g>| {
            let is_found = pending.edge.found > 0;
            let crosses = !pending.same.is_yes() && !pending.is_service;
            let given = pending.spans.iter().any(|(span, _)| is_given(sources.path(span.source)));
            given && (is_found || (!findings_only && (detail == Detail::Full || crosses)))
        };
        self.pending.retain(is_wanted);
        self.picture.edges = self.pending.into_iter().map(|pending| pending.decided(self.of.ask)).collect();
        self.picture.tidied()
    }

    pub(super) fn place(&self, span: Span) -> Place {
        let line = self.of.sources.position(span.source, span.start).line;
        Place { path: self.of.sources.shown(span.source), line }
    }

    pub(super) fn group(&mut self, name: String, whose: Whose) -> usize {
        let groups = &mut self.picture.groups;
        *self.groups.entry((name, whose)).or_insert_with_key(|(name, whose)| {
            groups.push(Group { name: name.clone(), whose: *whose });
            groups.len() - 1
        })
    }

    /// The account of something, which a unit declares or a policy names.
    pub(super) fn account(&mut self, account: &Text, unit: &UnitKey, is_declared: bool) -> usize {
        let accounts = &self.graph().accounts;
        if !accounts.is_assigned(account) && is_declared {
            return self.group(format!("unknown account of {unit}"), Whose::Unknown);
        }
        let whose = match accounts.zone(account, &accounts.of(unit)) {
            _ if is_declared => Whose::Own,
            Zone::Same | Zone::Own => Whose::Own,
            Zone::Vendor { .. } => Whose::Vendor,
            Zone::Aws { .. } | Zone::Outside => Whose::Outside,
            Zone::Unknown => Whose::Unknown,
        };
        self.group(accounts.shown(account), whose)
    }

    pub(super) fn node(&mut self, key: Key, node: impl FnOnce(&mut Self) -> Node) -> usize {
        if let Some(index) = self.nodes.get(&key) {
            return *index;
        }
        let node = node(self);
        self.picture.nodes.push(node);
        self.nodes.insert(key, self.picture.nodes.len() - 1);
        self.picture.nodes.len() - 1
    }

    /// Where something is declared.
    pub(super) fn declared(&self, declaration: DeclarationId) -> (Option<String>, Option<Place>) {
        let graph = self.graph();
        let place = self.place(graph.declarations[declaration].span);
        (Some(graph.address(declaration).to_owned()), Some(place))
    }

    pub(super) fn identity(&mut self, id: IdentityId) -> usize {
        let graph = self.graph();
        // All declarations of one role or user are one.
        let id = graph.identities[id].declared_as().first().copied().unwrap_or(id);
        let identity = &graph.identities[id];
        self.node(Key::Identity(id), |this| {
            let unit = &graph.declarations[identity.declaration].unit;
            let (address, place) = this.declared(identity.declaration);
            let sort = if identity.kind == IdentityKind::Role { Sort::Role } else { Sort::User };
            Node {
                group: this.account(&identity.account, unit, true),
                sort,
                name: format!("{} {}", identity.kind.name(), readable(identity.shown.to_string())),
                arn: Some(readable(identity.arn.to_string())),
                address,
                place,
            }
        })
    }

    pub(super) fn resource(&mut self, id: ResourceId) -> usize {
        let graph = self.graph();
        let resource = &graph.resources[id];
        self.node(Key::Resource(id), |this| {
            let unit = &graph.declarations[resource.declaration].unit;
            let (address, place) = this.declared(resource.declaration);
            Node {
                group: this.account(&resource.account, unit, true),
                sort: Sort::Resource,
                name: graph.address(resource.declaration).to_owned(),
                arn: Some(readable(resource.arn.to_string())),
                address,
                place,
            }
        })
    }

    pub(super) fn anyone(&mut self) -> usize {
        self.node(Key::Anyone, |this| {
            let group = this.group("anyone".to_owned(), Whose::Nobody);
            Node {
                group,
                sort: Sort::Anyone,
                name: "anyone".to_owned(),
                arn: None,
                address: None,
                place: None,
            }
        })
    }

    /// A whole account, as a unit names it.
    pub(super) fn whole_account(&mut self, account: &Text, unit: &UnitKey) -> usize {
        let group = self.account(account, unit, false);
        self.node(Key::Account(group), |this| {
            let name = this.picture.groups.get(group).map(|it| it.name.clone()).unwrap_or_default();
            Node { group, sort: Sort::Account, name, arn: None, address: None, place: None }
        })
    }

    /// A principal as a policy of a unit writes it.
    fn principal(&mut self, (whom, who): (Whom, &Who), item: &Item<Principal>, unit: &UnitKey) -> usize {
        let caller = match (whom, who) {
            (Whom::Anyone, _) => return self.anyone(),
            (_, Who::Declared(id)) => return self.identity(*id),
            (_, Who::Elsewhere(caller)) => caller,
        };
        if whom == Whom::Account {
            return self.whole_account(&caller.account, unit);
        }
        let text = readable(item.text.to_string());
        self.node(Key::Written(text.clone()), |this| {
            let (group, sort) = match caller.kind {
                _ if whom == Whom::Unclear => {
                    (this.group("principals not known".to_owned(), Whose::Nobody), Sort::Principal)
                }
                CallerKind::Service => (this.group("AWS services".to_owned(), Whose::Nobody), Sort::Service),
                CallerKind::Provider => {
                    (this.group("identity providers".to_owned(), Whose::Nobody), Sort::Provider)
                }
                _ => (this.account(&caller.account, unit, false), Sort::Principal),
            };
            Node { group, sort, name: text.clone(), arn: Some(text), address: None, place: None }
        })
    }
}

impl Pending<'_> {
    fn new(from: usize, to: usize, same: Answer, is_service: bool) -> Self {
        let edge = Edge {
            from,
            to,
            actions: BTreeSet::new(),
            state: State::Unknown,
            rules: BTreeSet::new(),
            conditions: BTreeSet::new(),
            places: BTreeSet::new(),
            count: 1,
            found: 0,
        };
        Self { edge, same, is_service, spans: Vec::new(), asked: Vec::new(), said: None }
    }
}
