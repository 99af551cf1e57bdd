//! Which identities of snapshots a project can touch. An account has thousands of roles, a project names a few of them: of the
//! others nothing is read but their names, and what they may do is not known.
//!
//! Touched is what the project names (by ARN, name, unique ID or pattern, or with its whole account), what names an account or
//! something of the project, and what these name in turn. What reports more than findings of the project (`access`,
//! `--report-imports`) reads all.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::ops::Bound;

use memchr::memmem;
use rustc_hash::{FxHashMap, FxHashSet};

use super::build::Builder;
use super::seen::Untouched;
use super::{DeclarationId, IdentityId, IdentityKind};
use crate::accounts::normalise::{in_one_partition, key};
use crate::bounds;
use crate::carriers::{self, Role};
use crate::facts::Declaration;
use crate::iam::arn::is_account_id;
use crate::iam::glob;
use crate::iam::policy::Statement;
use crate::value::{Answer, Kind, Text, Value};

/// What templates write, in all letters.
#[derive(Default)]
struct Written {
    /// The accounts of their units.
    accounts: FxHashSet<String>,
    /// The names of what they declare.
    names: BTreeSet<String>,
    /// What stands in their policies and properties.
    texts: FxHashSet<String>,
    /// What is a pattern of that.
    patterns: Vec<Text>,
}

/// One identity or managed policy of a snapshot.
struct One<'b> {
    id: DeclarationId,
    declaration: &'b Declaration,
    arn: Text,
    /// Its ARN as texts name it, in whatever partition it is.
    called: String,
    account: Cow<'b, str>,
}

/// The types of which something may be left unread.
const TYPES: [&str; 4] = ["AWS::IAM::Role", "AWS::IAM::User", "AWS::IAM::Group", "AWS::IAM::ManagedPolicy"];

impl<'d> Builder<'d> {
    /// What of `seen` the templates cannot touch, whose policies are in the graph.
    pub(super) fn untouched(&self, seen: &[(DeclarationId, &'d Declaration)]) -> Untouched {
        let all: Vec<One<'d>> =
            seen.iter().filter_map(|(id, declaration)| self.one(*id, declaration)).collect();
        if all.is_empty() {
            return Untouched::default();
        }
        let written = self.written();
        let by_arn: FxHashMap<&str, usize> =
            all.iter().enumerate().map(|(at, one)| (one.called.as_str(), at)).collect();
        let mut touched: Vec<bool> = all.iter().map(|one| self.is_touched(one, &written)).collect();
        for at in by_pattern(&all, &written) {
            if let Some(one) = touched.get_mut(at) {
                *one = true;
            }
        }
        hand_down(&all, &mut touched);
        follow(&all, &by_arn, &mut touched);
        let untouched = all.iter().zip(&touched).filter(|(_, touched)| !**touched);
        Untouched::new(untouched.map(|(one, _)| one.id))
    }

    fn one(&self, id: DeclarationId, declaration: &'d Declaration) -> Option<One<'d>> {
        if !TYPES.contains(&&*declaration.type_name) {
            return None;
        }
        let arn = match self.own_identity(id) {
            Some(own) => self.graph.identities[own].arn.clone(),
            None => self.arn_of(declaration)?,
        };
        let account = Cow::Owned(self.graph.accounts.of(&declaration.unit).as_literal()?.into_owned());
        let called = key(&arn).as_literal()?.to_owned();
        Some(One { id, declaration, arn, called, account })
    }

    /// What templates write of accounts, names and principals.
    fn written(&self) -> Written {
        let mut written = Written::default();
        let own = self.declarations.iter().filter(|declaration| !self.is_seen(declaration));
        for declaration in own {
            if let Some(account) = self.graph.accounts.of(&declaration.unit).as_literal() {
                written.accounts.insert(account.into_owned());
            }
            for value in declaration.properties.entries.iter().flat_map(|entry| entry.value.items()) {
                if let Kind::Text(text) = &value.kind {
                    written.text(&self.graph.accounts.normalise(text));
                }
            }
        }
        for identity in &self.graph.identities {
            if !self.is_seen(&self.declarations[identity.declaration]) {
                written.name(&identity.name);
            }
        }
        for resource in &self.graph.resources {
            if !self.is_seen(&self.declarations[resource.declaration]) {
                let named = resource.arn.splitn(6, ':').pop().unwrap_or_default();
                let parts = named.splitn(usize::MAX, '/').into_iter();
                let mut parts = parts.flat_map(|part| part.splitn(usize::MAX, ':')).rev();
                let name = parts.find(|part| part.as_literal().is_some_and(|part| !part.contains('*')));
                if let Some(name) = name {
                    written.name(&name);
                }
            }
        }
        let documents = self.graph.documents.iter();
        let documents = documents.filter(|document| !self.is_seen(&self.declarations[document.declaration]));
        for statement in documents.flat_map(|document| &document.policy.statements) {
            leaves(statement).for_each(|text| written.text(text));
        }
        written
    }

    /// Whether templates name something by itself, or are named by it.
    fn is_touched(&self, one: &One<'_>, written: &Written) -> bool {
        if self.shadowed.contains_key(&one.id) {
            return true;
        }
        let property = |name: &str| one.declaration.properties.get(name).and_then(Value::as_str);
        let names = ["RoleName", "UserName", "GroupName", "ManagedPolicyName", "RoleId", "UserId"];
        let is_named = |name: Option<Cow<'_, str>>| name.is_some_and(|name| written.texts.contains(&*name));
        written.texts.contains(&one.called)
            || names.iter().any(|name| is_named(property(name)))
            || one.texts().any(|text| written.is_named_by(&text, &one.account))
    }

    /// Notes that of an identity nothing is known but its name, and what of its policies and groups was read anyway.
    pub(super) fn leave_unread(&mut self, id: DeclarationId, declaration: &Declaration) {
        let Some(own) = self.own_identity(id) else { return };
        self.graph.identities[own].complete = false;
        let attached = declaration.properties.get("ManagedPolicyArns").map(Value::items).unwrap_or_default();
        for arn in attached {
            let Some(text) = arn.as_text() else { continue };
            let text = self.graph.accounts.normalised(text);
            let known = self.finder().managed(&text, &declaration.unit);
            let present = if known.len() < 2 { Answer::Yes } else { Answer::Unknown };
            for document in known {
                self.give(own, Some(document), present, (arn.span, id, false));
            }
        }
        self.join_groups(declaration, own);
    }

    fn join_groups(&mut self, declaration: &Declaration, own: IdentityId) {
        if self.graph.identities[own].kind != IdentityKind::User {
            return;
        }
        for row in carriers::carriers(&declaration.type_name) {
            if row.role == Role::GroupMembership {
                self.membership(declaration, row, Some(own));
            }
        }
    }
}

impl Written {
    fn name(&mut self, name: &Text) {
        self.names.extend(name.as_literal().map(Cow::into_owned));
    }

    /// Notes a text that may name somebody of an account.
    fn text(&mut self, text: &Text) {
        let called = key(text);
        let Some(whole) = called.as_literal() else { return };
        if whole.len() > bounds::NAME_LETTERS {
            return;
        }
        if whole.contains(['*', '?']) && whole.contains(":iam:") {
            self.patterns.push(text.clone());
        }
        // `AROA…:session` of `aws:userid`, and the role of a session.
        let role = whole.split_once(":assumed-role/").and_then(|(_, rest)| rest.split('/').next());
        let id = whole.split_once(':').map(|(id, _)| id).filter(|id| *id != "arn");
        for part in role.into_iter().chain(id) {
            self.texts.insert(part.to_owned());
        }
        self.texts.insert(whole.to_owned());
    }

    /// Whether a text of a snapshot of `account` names something of the project.
    fn is_named_by(&self, text: &str, account: &str) -> bool {
        arns(text).any(|arn| {
            let mut fields = arn.splitn(6, ':').skip(4);
            let (Some(of), Some(named)) = (fields.next(), fields.next()) else { return false };
            of != account && self.accounts.contains(of)
                || named.split(['/', ':']).any(|part| self.has_name(part))
        })
    }

    /// Whether something of the project is called so, or as a pattern begins.
    fn has_name(&self, part: &str) -> bool {
        match part.find(['*', '?']) {
            None => self.names.contains(part),
            Some(end) => {
                let start = part.get(..end).filter(|start| start.len() >= bounds::PARTICULAR_LETTERS);
                start.is_some_and(|start| {
                    let mut names = self.names.range::<str, _>((Bound::Included(start), Bound::Unbounded));
                    names.next().is_some_and(|name| name.starts_with(start))
                })
            }
        }
    }
}

impl One<'_> {
    /// All texts that it is written with, documents as wholes.
    fn texts(&self) -> impl Iterator<Item = Cow<'_, str>> {
        self.declaration.properties.entries.iter().flat_map(|entry| texts(&entry.value))
    }

    /// The texts of a list.
    fn listed(&self, property: &str) -> impl Iterator<Item = Cow<'_, str>> {
        self.declaration.properties.get(property).into_iter().flat_map(texts)
    }
}

/// The positions of those that templates mean by a pattern or with their whole account. Where they are too many, nothing
/// could be said of all of them.
fn by_pattern(all: &[One<'_>], written: &Written) -> BTreeSet<usize> {
    let mut found = BTreeSet::new();
    let mut by_account: FxHashMap<&str, Vec<usize>> = FxHashMap::default();
    for (at, one) in all.iter().enumerate() {
        by_account.entry(&one.account).or_default().push(at);
    }
    let mut add = |meant: Vec<usize>| {
        if meant.len() <= bounds::IDENTITIES_READ {
            found.extend(meant);
        }
    };
    for (account, members) in by_account {
        let is_root = |text: &str| is_root(text, account);
        if written.texts.contains(account) || written.texts.iter().any(|text| is_root(text)) {
            add(members);
        }
    }
    for pattern in &written.patterns {
        let is_meant = |one: &One<'_>| !glob::arn_matches(pattern, &one.arn).is_no();
        add((0..).zip(all).filter(|(_, one)| is_meant(one)).map(|(at, _)| at).collect());
    }
    found
}

/// Whoever holds a managed policy or is in a group that is touched is touched, so that nothing is said of a part of them.
fn hand_down(all: &[One<'_>], touched: &mut [bool]) {
    let mut policies: FxHashSet<&str> = FxHashSet::default();
    let mut groups: FxHashSet<(&str, Cow<'_, str>)> = FxHashSet::default();
    let is_policy = |one: &One<'_>| &*one.declaration.type_name == "AWS::IAM::ManagedPolicy";
    for (one, _) in all.iter().zip(&*touched).filter(|(one, touched)| **touched && is_policy(one)) {
        policies.insert(&one.called);
    }
    for kind in ["AWS::IAM::Group", "AWS::IAM::Role", "AWS::IAM::User"] {
        let of_kind = |one: &One<'_>| &*one.declaration.type_name == kind;
        for (one, touched) in all.iter().zip(&mut *touched).filter(|(one, _)| of_kind(one)) {
            *touched = *touched
                || one.listed("ManagedPolicyArns").any(|arn| policies.contains(&*in_one_partition(&arn)))
                || one.listed("Groups").any(|name| groups.contains(&(&*one.account, name)));
            if *touched && kind == "AWS::IAM::Group" {
                groups.extend(one.listed("GroupName").map(|name| (&*one.account, name)));
            }
        }
    }
}

/// What is touched names others, and those others again.
fn follow(all: &[One<'_>], by_arn: &FxHashMap<&str, usize>, touched: &mut [bool]) {
    let groups: FxHashMap<(&str, Cow<'_, str>), usize> = all
        .iter()
        .enumerate()
        .flat_map(|(at, one)| one.listed("GroupName").map(move |name| ((&*one.account, name), at)))
        .collect();
    let mut open: Vec<usize> =
        touched.iter().enumerate().filter(|(_, touched)| **touched).map(|(at, _)| at).collect();
    while let Some(one) = open.pop().and_then(|at| all.get(at)) {
        let mut named: Vec<usize> =
            one.listed("Groups").filter_map(|name| groups.get(&(&*one.account, name)).copied()).collect();
        for text in one.texts() {
            named.extend(arns(&text).filter_map(|arn| by_arn.get(&*in_one_partition(arn)).copied()));
        }
        for at in named {
            if let Some(known) = touched.get_mut(at).filter(|known| !**known) {
                *known = true;
                open.push(at);
            }
        }
    }
}

/// What a statement says of principals, resources and in conditions.
fn leaves(statement: &Statement) -> impl Iterator<Item = &Text> {
    let principals = statement.principals.iter().flat_map(|clause| &clause.items).map(|item| &item.text);
    let resources = statement.resources.iter().flat_map(|clause| &clause.items).map(|item| &item.text);
    let values = statement.conditions.iter().flat_map(|one| one.values.iter()).map(|item| &item.text);
    principals.chain(resources).chain(values)
}

/// Whether a text means an account as a whole.
fn is_root(text: &str, account: &str) -> bool {
    let root = text.strip_suffix(":root").and_then(|rest| rest.strip_suffix(account));
    is_account_id(account) && root.is_some_and(|start| start.ends_with(":iam::"))
}

/// The literal texts of a value, down to the deepest. JSON may have a backslash before each slash.
fn texts(value: &Value) -> Vec<Cow<'_, str>> {
    fn plain(text: Cow<'_, str>) -> Cow<'_, str> {
        let is_escaped = memmem::find(text.as_bytes(), b"\\/").is_some();
        if is_escaped { Cow::Owned(text.replace("\\/", "/")) } else { text }
    }
    match &value.kind {
        Kind::Text(text) => text.as_literal().map(plain).into_iter().collect(),
        Kind::List(list) => list.items.iter().flat_map(texts).collect(),
        Kind::Map(map) => map.entries.iter().flat_map(|entry| texts(&entry.value)).collect(),
        _ => Vec::new(),
    }
}

/// The ARNs in a text that is JSON or an ARN itself, as far as they are written in plain letters. It is only looked for names
/// in it, before anything is read.
fn arns(text: &str) -> impl Iterator<Item = &str> {
    memmem::find_iter(text.as_bytes(), b"arn:").filter_map(move |at| {
        let rest = text.get(at..)?;
        rest.get(..rest.find(['"', '\\']).unwrap_or(rest.len()))
    })
}
