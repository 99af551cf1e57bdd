//! Less of a picture: what somebody wants to see, and as much as a form can hold.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use rustc_hash::FxHashMap;

use super::{Detail, Edge, Form, Node, Of, Picture, Sort, collect};
use crate::bounds;

/// What somebody wants to see.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'w> {
    /// How much.
    pub detail: Detail,
    /// Only what this reaches, and what reaches it: a name, an ARN, an address, an account.
    pub focus: Option<&'w str>,
    /// In which form.
    pub form: Form,
}

/// A picture around findings in the language of mermaid; nothing when no access is involved in them.
pub fn around(of: Of<'_, '_>) -> Option<String> {
    let picture = collect(of, &|_| true, true);
    let wanted = Wanted { detail: Detail::Principal, focus: None, form: Form::Mermaid };
    let (picture, _) = picture.reduced(wanted).ok()?;
    (!picture.edges.is_empty()).then(|| picture.written(Form::Mermaid))
}

impl Picture {
    /// What is wanted of it, and what could not be shown of that, in words.
    ///
    /// # Errors
    ///
    /// When nothing is called as the focus says; some names that are near.
    pub fn reduced(mut self, wanted: Wanted<'_>) -> Result<(Self, Option<String>), Vec<String>> {
        if let Some(focus) = wanted.focus {
            self = self.focused(focus)?;
        }
        if wanted.detail == Detail::Account {
            self = self.by_account();
        }
        if wanted.form != Form::Mermaid || self.fits_mermaid() {
            return Ok((self, None));
        }
        let (edges, coarser) = (self.edges.len(), wanted.detail != Detail::Account);
        if coarser {
            self = self.by_account();
        }
        let mut said = format!("mermaid does not draw {edges} edges");
        said.push_str(if coarser { "; the accounts are shown instead" } else { "" });
        let before = self.edges.len();
        // The worst are kept; the sort keeps the order among equals.
        self.edges.sort_by_key(|edge| std::cmp::Reverse(edge.found));
        while !self.fits_mermaid() && !self.edges.is_empty() {
            let less = self.edges.len() * 9 / 10;
            self.edges.truncate(less.min(bounds::MERMAID_EDGES));
            self = self.tidied();
        }
        if self.edges.len() < before {
            let left_out = before - self.edges.len();
            self.left_out += left_out;
            // Writing to a string cannot fail.
            let _ = write!(said, "; {left_out} of them are left out");
        }
        Ok((self, Some(said)))
    }

    fn fits_mermaid(&self) -> bool {
        self.edges.len() <= bounds::MERMAID_EDGES
            && self.written(Form::Mermaid).chars().count() <= bounds::MERMAID_CHARACTERS
    }

    /// The accesses from and to what is called so.
    fn focused(mut self, focus: &str) -> Result<Self, Vec<String>> {
        let group_is = |node: &Node| {
            let name = self.groups.get(node.group).map_or("", |group| group.name.as_str());
            let (short, id) = name.split_once(" (").unwrap_or((name, ""));
            [name, short, id.trim_end_matches(')')].contains(&focus) && !focus.is_empty()
        };
        let is_meant = |node: &Node| {
            let bare = node.name.split_once(' ').map_or(node.name.as_str(), |(_, name)| name);
            let names = [Some(node.name.as_str()), Some(bare), node.arn.as_deref(), node.address.as_deref()];
            names.contains(&Some(focus)) || group_is(node)
        };
        let meant: BTreeSet<usize> =
            self.nodes.iter().enumerate().filter(|(_, node)| is_meant(node)).map(|(at, _)| at).collect();
        if meant.is_empty() {
            let near = |node: &&Node| {
                let bare = node.name.rsplit(['/', ' ']).next().unwrap_or_default();
                strsim::damerau_levenshtein(bare, focus) * 3 <= focus.chars().count().max(4)
            };
            let near: BTreeSet<String> =
                self.nodes.iter().filter(near).map(|node| node.name.clone()).collect();
            return Err(near.into_iter().take(bounds::NAMES_LISTED).collect());
        }
        self.edges.retain(|edge| meant.contains(&edge.from) || meant.contains(&edge.to));
        Ok(self.tidied())
    }

    /// One node for each account, and one edge for each pair of them.
    fn by_account(self) -> Self {
        let group_of = |node: usize| self.nodes.get(node).map_or(0, |node| node.group);
        let mut edges: Vec<Edge> = Vec::new();
        let mut known: FxHashMap<(usize, usize), usize> = FxHashMap::default();
        for edge in &self.edges {
            let (from, to) = (group_of(edge.from), group_of(edge.to));
            let at = *known.entry((from, to)).or_insert(edges.len());
            match edges.get_mut(at) {
                None => edges.push(Edge { from, to, actions: BTreeSet::new(), ..edge.clone() }),
                Some(whole) => {
                    whole.count += edge.count;
                    whole.found += edge.found;
                    whole.state = whole.state.and(edge.state);
                    whole.rules.extend(&edge.rules);
                    whole.places.extend(edge.places.iter().cloned());
                }
            }
        }
        let node = |(group, it): (usize, &super::Group)| Node {
            group,
            sort: Sort::Account,
            name: it.name.clone(),
            arn: None,
            address: None,
            place: None,
        };
        let nodes = self.groups.iter().enumerate().map(node).collect();
        Self { nodes, edges, groups: self.groups, left_out: self.left_out }.tidied()
    }

    /// Without nodes that no edge has, in the order of accounts and names.
    pub(super) fn tidied(self) -> Self {
        let used: BTreeSet<usize> = self.edges.iter().flat_map(|edge| [edge.from, edge.to]).collect();
        let group_name = |node: &Node| self.groups.get(node.group).map_or("", |it| it.name.as_str());
        let mut kept: Vec<(usize, &Node)> =
            self.nodes.iter().enumerate().filter(|(at, _)| used.contains(at)).collect();
        kept.sort_by(|(_, a), (_, b)| {
            (group_name(a), a.sort as usize, &a.name).cmp(&(group_name(b), b.sort as usize, &b.name))
        });
        let mut groups = Vec::new();
        let mut moved: FxHashMap<usize, usize> = FxHashMap::default();
        for (_, node) in &kept {
            if let Some(group) = self.groups.get(node.group) {
                moved.entry(node.group).or_insert_with(|| {
                    groups.push(group.clone());
                    groups.len() - 1
                });
            }
        }
        let places: FxHashMap<usize, usize> =
            kept.iter().enumerate().map(|(new, (old, _))| (*old, new)).collect();
        let nodes = kept.iter().map(|(_, node)| Node {
            group: moved.get(&node.group).copied().unwrap_or_default(),
            ..(*node).clone()
        });
        let nodes = nodes.collect();
        let mut edges: Vec<Edge> = self
            .edges
            .into_iter()
            .filter_map(|edge| {
                Some(Edge { from: *places.get(&edge.from)?, to: *places.get(&edge.to)?, ..edge })
            })
            .collect();
        edges.sort_by_key(|edge| (edge.from, edge.to));
        Self { groups, nodes, edges, left_out: self.left_out }
    }
}
