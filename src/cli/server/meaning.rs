//! What stands at a place: a principal, what a permission is about, or a role; and where the other side of it is.

use crate::ask::{Asker, Leads, Question, Setting, What, Who, Whom, statements};
use crate::bounds;
use crate::graph::{DeclarationId, Graph, IdentityId, IdentityKind, Purpose, ResourceId};
use crate::iam::policy::{Item, Polarity};
use crate::iam::principal::Principal;
use crate::source::{SourceId, Span};
use crate::value::{Answer, Text};

use super::analysis::Analysis;

/// What somebody may mean who points at a place.
pub(super) enum Meaning<'g> {
    /// Whom a statement is about.
    Principal(Setting<'g>, &'g Item<Principal>),
    /// On what it allows or denies something.
    Resource(Setting<'g>, &'g Item<Text>),
    /// The head of the declaration of a role, user or group.
    Identity(IdentityId),
    /// The head of the declaration of a resource.
    Protected(ResourceId),
}

/// A place in the file that somebody points at.
#[derive(Clone, Copy, Debug)]
pub(super) struct At {
    pub(super) source: SourceId,
    pub(super) offset: u32,
}

impl At {
    /// Whether a span has it in it, or ends right before it, as a cursor does that stands behind a word.
    pub(super) fn is_in(self, span: Span) -> bool {
        span.source == self.source && span.start <= self.offset && self.offset <= span.end
    }
}

/// What stands at a place, and the part of the text that it is. The smallest part says most.
pub(super) fn at<'g>(graph: &'g Graph, at: At) -> Option<(Span, Meaning<'g>)> {
    let mut found: Vec<(Span, Meaning<'g>)> = Vec::new();
    for setting in statements(graph)
        .filter(|setting| at.is_in(setting.document.policy.span) || at.is_in(setting.statement.span))
    {
        let principals = setting.statement.principals.iter().flat_map(|clause| &clause.items);
        let named = principals.filter(|item| at.is_in(item.span));
        found.extend(named.map(|item| (item.span, Meaning::Principal(setting, item))));
        let resources = setting.statement.resources.iter().flat_map(|clause| &clause.items);
        let named = resources.filter(|item| at.is_in(item.span));
        found.extend(named.map(|item| (item.span, Meaning::Resource(setting, item))));
    }
    let head = |id: DeclarationId| Some(graph.declarations[id].span).filter(|span| at.is_in(*span));
    let identities = graph.identities.with_ids().filter(|(_, it)| !it.is_assigned());
    found.extend(identities.filter_map(|(id, it)| Some((head(it.declaration)?, Meaning::Identity(id)))));
    let resources = graph.resources.with_ids().filter(|(_, it)| it.declared);
    found.extend(resources.filter_map(|(id, it)| Some((head(it.declaration)?, Meaning::Protected(id)))));
    found.into_iter().min_by_key(|(span, _)| span.len())
}

impl<'g> Meaning<'g> {
    /// The declarations that are meant by what is written here.
    pub(super) fn declared(&self, graph: &'g Graph) -> Vec<DeclarationId> {
        let identities = |ids: Vec<IdentityId>| ids.into_iter().map(|id| graph.identities[id].declaration);
        match self {
            Self::Principal(setting, item) => {
                let found = setting.named(item).into_iter().map(|named| named.id).collect();
                identities(found).collect()
            }
            Self::Resource(setting, item) => {
                let roles = graph.find_identities(&item.value, setting.unit());
                if !roles.is_empty() {
                    return identities(roles).collect();
                }
                let (resources, _) = graph.find_resources(&item.value, setting.unit());
                resources.into_iter().map(|id| graph.resources[id].declaration).collect()
            }
            Self::Identity(_) | Self::Protected(_) => Vec::new(),
        }
    }

    /// Where policies name what is declared here, or, for a principal or resource, what that means.
    pub(super) fn named_by(&self, graph: &'g Graph) -> Vec<Span> {
        let wanted: Vec<DeclarationId> = match self {
            Self::Identity(id) => vec![graph.identities[*id].declaration],
            Self::Protected(id) => vec![graph.resources[*id].declaration],
            Self::Principal(..) | Self::Resource(..) => self.declared(graph),
        };
        let mut spans = Vec::new();
        for setting in statements(graph) {
            let names = |meaning: Meaning<'g>| meaning.declared(graph).iter().any(|id| wanted.contains(id));
            let principals = setting.statement.principals.iter().flat_map(|clause| &clause.items);
            spans
                .extend(principals.filter(|item| names(Meaning::Principal(setting, item))).map(|it| it.span));
            let resources = setting.statement.resources.iter().flat_map(|clause| &clause.items);
            spans.extend(resources.filter(|item| names(Meaning::Resource(setting, item))).map(|it| it.span));
        }
        spans.sort_unstable();
        spans.dedup();
        spans
    }

    /// What there is to say of it, in Markdown.
    pub(super) fn told(&self, analysis: &'g Analysis) -> Option<String> {
        let graph = &analysis.graph;
        let ask = Asker::new(graph, analysis.loaded.now());
        let teller = Teller { ask: &ask, analysis };
        let text = match self {
            Self::Principal(setting, item) => teller.principal(setting, item)?,
            Self::Resource(..) => teller.declared(&self.declared(graph))?,
            Self::Identity(id) => teller.identity(*id),
            Self::Protected(id) => teller.protected(*id),
        };
        Some(text)
    }
}

struct Teller<'a, 'g> {
    ask: &'a Asker<'g>,
    analysis: &'g Analysis,
}

impl<'g> Teller<'_, 'g> {
    fn graph(&self) -> &'g Graph {
        self.ask.graph
    }

    /// Whom a statement names; of the trust policy of a role also whether they can assume it.
    fn principal(&self, setting: &Setting<'g>, item: &Item<Principal>) -> Option<String> {
        let (whom, who) = self.ask.whom(setting, item)?;
        let mut text = self.who(whom, &who, item);
        let clause = setting.statement.principals.as_ref();
        let is_listed = clause.is_some_and(|clause| clause.polarity == Polarity::In);
        if let Purpose::Trust(role) = setting.document.purpose
            && is_listed
            && setting.allows()
            && matches!(whom, Whom::Declared | Whom::Elsewhere)
        {
            text.extend(["\n\n", &self.verdict(&who, role)]);
        }
        Some(text)
    }

    fn who(&self, whom: Whom, who: &Who, item: &Item<Principal>) -> String {
        let graph = self.graph();
        match (whom, who) {
            (Whom::Anyone, _) => "**anyone**: every principal of every AWS account".to_owned(),
            (Whom::Declared, Who::Declared(id)) => {
                let identity = &graph.identities[*id];
                format!("**{}**, {}", markdown(&graph.shown(identity)), self.place(identity.declaration))
            }
            (Whom::Account, Who::Elsewhere(caller)) => format!(
                "every principal of **account {}** that its own policies allow it",
                markdown(&graph.accounts.shown(&caller.account))
            ),
            (Whom::Elsewhere, Who::Elsewhere(caller)) if !caller.is_outside() => format!(
                "{} of **account {}**, which no template here declares",
                code(&item.text.to_string()),
                markdown(&graph.accounts.shown(&caller.account))
            ),
            _ => code(&item.text.to_string()),
        }
    }

    /// Whether somebody can assume a role, and why not.
    fn verdict(&self, who: &Who, role: IdentityId) -> String {
        let graph = self.graph();
        let target = What::identity(role);
        let action = who.assumes_with();
        let question = Question { caller: who, target: &target, action, within: None };
        let explained = self.ask.explain(&question);
        let shown = markdown(&graph.shown(&graph.identities[role]));
        let reason = markdown(&explained.reason);
        match explained.ruling.answer {
            Answer::Yes => format!("can assume {shown}"),
            Answer::No => format!("**cannot** assume {shown}: {reason}"),
            Answer::Unknown => format!("whether it can assume {shown} is not known: {reason}"),
        }
    }

    /// What is declared elsewhere, and where.
    fn declared(&self, all: &[DeclarationId]) -> Option<String> {
        let graph = self.graph();
        let (first, others) = all.split_first()?;
        let identity = graph.identities.with_ids().find(|(_, it)| it.declaration == *first);
        let mut text = if let Some((id, _)) = identity {
            self.identity(id)
        } else {
            let resource = graph.resources.with_ids().find(|(_, it)| it.declaration == *first);
            self.protected(resource?.0)
        };
        if !others.is_empty() {
            let count = crate::report::counted(others.len(), "other declaration");
            text.extend(["\n\nand ", &count]);
        }
        Some(text)
    }

    /// A role, user or group: by whom a role is trusted, and which roles it can assume.
    fn identity(&self, id: IdentityId) -> String {
        let graph = self.graph();
        let identity = &graph.identities[id];
        let mut text =
            format!("**{}**, {}", markdown(&graph.shown(identity)), self.place(identity.declaration));
        if identity.kind == IdentityKind::Role {
            text.push_str(&list("Trusted by", &self.trusted_by(id)));
        }
        if identity.kind != IdentityKind::Group {
            text.push_str(&list("May assume", &self.assumes(id)));
        }
        text
    }

    fn trusted_by(&self, role: IdentityId) -> Vec<String> {
        let target = What::identity(role);
        let mut lines = Vec::new();
        for action in ["sts:AssumeRole", "sts:AssumeRoleWithWebIdentity", "sts:AssumeRoleWithSAML"] {
            for admitted in self.ask.admitted(&target, action, None) {
                if !admitted.who.assumes_with().eq_ignore_ascii_case(action) {
                    continue;
                }
                let Some(item) = admitted.item else {
                    lines.push("**anyone** but those that it lists".to_owned());
                    continue;
                };
                let mut line = self.who(admitted.whom, &admitted.who, item);
                if admitted.whom == Whom::Declared {
                    let question = Question { caller: &admitted.who, target: &target, action, within: None };
                    let explained = self.ask.explain(&question);
                    if explained.ruling.answer.is_no() {
                        line.extend([": **cannot**, ", &markdown(&explained.reason)]);
                    }
                }
                lines.push(line);
            }
        }
        lines.dedup();
        lines
    }

    fn assumes(&self, id: IdentityId) -> Vec<String> {
        let graph = self.graph();
        let name = |id: IdentityId| markdown(&graph.shown(&graph.identities[id]));
        let ways = self.ask.paths(Leads::All).beyond(id);
        let line = |way: Vec<crate::ask::Hop>| {
            let (last, before) = way.split_last()?;
            let via: Vec<String> = before.iter().map(|hop| name(hop.role)).collect();
            let via = if via.is_empty() { String::new() } else { format!(", via {}", via.join(", ")) };
            Some(format!("{}{via}", name(last.role)))
        };
        ways.into_iter().filter_map(line).collect()
    }

    fn protected(&self, id: ResourceId) -> String {
        let graph = self.graph();
        let resource = &graph.resources[id];
        format!("**{}**, {}", markdown(&graph.resource_shown(resource)), self.place(resource.declaration))
    }

    /// What a declaration is called and where it stands.
    fn place(&self, id: DeclarationId) -> String {
        let (graph, sources) = (self.graph(), &self.analysis.loaded.project.sources);
        let declaration = &graph.declarations[id];
        let line = sources.position(declaration.span.source, declaration.span.start).line;
        let path = sources.path(declaration.span.source);
        format!("{} in {}:{line}", code(&declaration.address), markdown(path))
    }
}

/// A list with its head; nothing where there is nothing in it.
fn list(head: &str, lines: &[String]) -> String {
    if lines.is_empty() {
        return format!("\n\n{head}: nothing that is declared here");
    }
    let more = lines.len().saturating_sub(bounds::HOVER_LINES);
    let mut text = format!("\n\n{head}\n");
    for line in lines.iter().take(bounds::HOVER_LINES) {
        text.extend(["\n- ", line]);
    }
    if more > 0 {
        text.extend(["\n- and ", &more.to_string(), " more"]);
    }
    text
}

/// A message in Markdown: what stands between backquotes is code, and in all else nothing is markup.
fn markdown(message: &str) -> String {
    let message = crate::report::escaped(message);
    let parts: Vec<&str> = message.split('`').collect();
    let last = parts.len().saturating_sub(1);
    let mut text = String::with_capacity(message.len());
    for (number, part) in parts.iter().enumerate() {
        if number % 2 == 1 && number < last {
            text.extend(["`", part, "`"]);
            continue;
        }
        for char in part.chars() {
            if "\\*_{}[]<>#|!`".contains(char) {
                text.push('\\');
            }
            text.push(char);
        }
    }
    text
}

/// A name as code.
fn code(name: &str) -> String {
    markdown(&format!("`{}`", name.replace('`', "'")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_templates_are_no_markup() {
        assert_eq!(markdown("role `a_b` [x](y)"), "role `a_b` \\[x\\](y)");
        assert_eq!(markdown("a ` <b>"), "a  \\<b\\>");
        assert_eq!(code("a`b"), "`a'b`");
    }
}
