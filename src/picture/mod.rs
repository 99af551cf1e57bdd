//! Pictures of who can reach what: accounts, principals and resources with the accesses between them.
//!
//! A picture is collected once ([`collect()`]), reduced to what is wanted ([`Picture::reduced`]), and written in one of the forms.
//! What an access comes to is asked in [`crate::ask`] like everything else.

mod collect;
mod dot;
mod html;
mod json;
mod mermaid;
mod reduce;
mod shares;
mod sides;
mod tree;

use std::collections::BTreeSet;

pub use collect::{Of, collect};
pub use reduce::{Wanted, around};

use crate::ask::Sides;
use crate::bounds;
use crate::report::counted;
use crate::value::Answer;

/// How much is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, clap::ValueEnum)]
pub enum Detail {
    /// One edge for each pair of accounts
    Account,
    /// Roles, users and resources, and the accesses between accounts
    Principal,
    /// All accesses, also within an account and by services, with conditions and places
    Full,
}

/// A form of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Form {
    /// For Markdown on GitHub and GitLab
    Mermaid,
    /// For Graphviz
    Dot,
    /// For programs
    Json,
    /// Indented text
    Tree,
    /// One page for a browser, with a searchable table
    Html,
}

/// Who can reach what.
#[derive(Clone, Debug, Default)]
pub struct Picture {
    /// The accounts, and what is in no account.
    pub groups: Vec<Group>,
    /// Principals and resources.
    pub nodes: Vec<Node>,
    /// Accesses.
    pub edges: Vec<Edge>,
    /// Accesses that are left out because there are too many.
    pub left_out: usize,
}

/// An account, or what is in none.
#[derive(Clone, Debug)]
pub struct Group {
    /// How it is shown.
    pub name: String,
    /// Whose it is.
    pub whose: Whose,
}

/// Whose an account is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Whose {
    /// One of ours.
    Own,
    /// That of a vendor.
    Vendor,
    /// That of somebody else.
    Outside,
    /// Nobody knows.
    Unknown,
    /// It is no account: anyone, services, identity providers.
    Nobody,
}

impl Whose {
    /// In a word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Own => "own",
            Self::Vendor => "vendor",
            Self::Outside => "outside",
            Self::Unknown => "unknown",
            Self::Nobody => "none",
        }
    }

    /// Whether it is in other hands, as far as is known.
    pub fn is_foreign(self) -> bool {
        !matches!(self, Self::Own | Self::Unknown)
    }
}

/// A principal or resource.
#[derive(Clone, Debug)]
pub struct Node {
    /// The index of its account.
    pub group: usize,
    /// What it is.
    pub sort: Sort,
    /// How it is shown.
    pub name: String,
    /// Its ARN, as far as it is known.
    pub arn: Option<String>,
    /// The address of its declaration.
    pub address: Option<String>,
    /// Where it is declared.
    pub place: Option<Place>,
}

/// What a node is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Sort {
    /// An account as a whole.
    Account,
    /// A role.
    Role,
    /// A user.
    User,
    /// A service.
    Service,
    /// An identity provider.
    Provider,
    /// Everybody.
    Anyone,
    /// A principal that is declared nowhere.
    Principal,
    /// What has a policy of its own.
    Resource,
}

impl Sort {
    /// In a word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Role => "role",
            Self::User => "user",
            Self::Service => "service",
            Self::Provider => "identity provider",
            Self::Anyone => "anyone",
            Self::Principal => "principal",
            Self::Resource => "resource",
        }
    }
}

/// A place in a file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The file, as it is shown.
    pub path: String,
    /// The line, from 1.
    pub line: usize,
}

impl Place {
    /// `b/main.tf:7`.
    pub fn shown(&self) -> String {
        format!("{}:{}", self.path, self.line)
    }
}

/// That somebody may reach something, as a policy says.
#[derive(Clone, Debug)]
pub struct Edge {
    /// The index of who reaches.
    pub from: usize,
    /// The index of what is reached.
    pub to: usize,
    /// The actions, as the policies write them.
    pub actions: BTreeSet<String>,
    /// What it comes to.
    pub state: State,
    /// The rules that found something here.
    pub rules: BTreeSet<&'static str>,
    /// Conditions of the statements.
    pub conditions: BTreeSet<String>,
    /// Where it is written.
    pub places: BTreeSet<Place>,
    /// How many accesses it stands for.
    pub count: usize,
    /// How many of these have findings.
    pub found: usize,
}

/// What an access comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    /// It is allowed.
    Allowed,
    /// A part of it is.
    Partly,
    /// The account decides which of its principals are allowed.
    Delegated,
    /// It depends on what is not known.
    Unknown,
    /// The policies of the principal do not allow it.
    OnlyTarget,
    /// The policy of the target does not allow it.
    OnlyPrincipal,
    /// Neither side allows it, or something denies it.
    Denied,
}

impl State {
    /// What the answer to a question comes to.
    fn of(answer: Answer, sides: impl FnOnce() -> Sides) -> Self {
        match answer {
            Answer::Yes => Self::Allowed,
            Answer::Unknown => Self::Unknown,
            Answer::No => match sides() {
                Sides { own: Answer::No, other: Answer::Yes | Answer::Unknown, .. } => Self::OnlyTarget,
                Sides { own: Answer::Yes | Answer::Unknown, other: Answer::No, .. } => Self::OnlyPrincipal,
                Sides { .. } => Self::Denied,
            },
        }
    }

    /// What two accesses come to together.
    fn and(self, other: Self) -> Self {
        match (self.min(other), self.max(other)) {
            (one, same) if one == same => one,
            (Self::Allowed | Self::Partly, _) => Self::Partly,
            (Self::Delegated | Self::Unknown, _) => Self::Unknown,
            _ => Self::Denied,
        }
    }

    /// In JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::Partly => "partly",
            Self::Delegated => "delegated",
            Self::Unknown => "unknown",
            Self::OnlyTarget => "only-target",
            Self::OnlyPrincipal => "only-principal",
            Self::Denied => "denied",
        }
    }

    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::Partly => "partly allowed",
            Self::Delegated => "the account decides",
            Self::Unknown => "not known",
            Self::OnlyTarget => "denied: only the target allows it",
            Self::OnlyPrincipal => "denied: only the principal's policies allow it",
            Self::Denied => "denied",
        }
    }

    /// Whether nobody gets through.
    pub fn is_denied(self) -> bool {
        self >= Self::OnlyTarget
    }
}

impl Picture {
    /// `2 accounts, 3 accesses, 1 with findings`.
    pub fn title(&self) -> String {
        let is_account = |group: &&Group| group.whose != Whose::Nobody;
        let accounts = counted(self.groups.iter().filter(is_account).count(), "account");
        let count: usize = self.edges.iter().map(|edge| edge.count).sum();
        let found: usize = self.edges.iter().map(|edge| edge.found).sum();
        let accesses = if count == 1 { "1 access".to_owned() } else { format!("{count} accesses") };
        format!("{accounts}, {accesses}, {found} with findings")
    }

    /// The picture in a form.
    pub fn written(&self, form: Form) -> String {
        match form {
            Form::Mermaid => mermaid::write(self),
            Form::Dot => dot::write(self),
            Form::Json => json::write(self),
            Form::Tree => tree::write(self),
            Form::Html => html::write(self),
        }
    }

    /// The account of a node.
    fn group_of(&self, node: usize) -> Option<&Group> {
        self.groups.get(self.nodes.get(node)?.group)
    }

    /// A node with its account: `role deploy in prod (222222222222)`.
    fn called(&self, node: usize) -> String {
        let Some((one, group)) = self.nodes.get(node).zip(self.group_of(node)) else { return String::new() };
        match (one.sort, group.whose) {
            (Sort::Account, _) => format!("account {}", group.name),
            (_, Whose::Nobody) => one.name.clone(),
            _ => format!("{} in {}", one.name, group.name),
        }
    }

    /// The accesses of a node. All are sorted by who reaches.
    fn edges_from(&self, node: usize) -> &[Edge] {
        let (start, end) = (
            self.edges.partition_point(|edge| edge.from < node),
            self.edges.partition_point(|edge| edge.from <= node),
        );
        self.edges.get(start..end).unwrap_or_default()
    }

    /// The nodes of an account, with their indexes.
    fn nodes_of(&self, group: usize) -> impl Iterator<Item = (usize, &Node)> {
        self.nodes.iter().enumerate().filter(move |(_, node)| node.group == group)
    }
}

impl Edge {
    /// What is written beside it: `sts:AssumeRole: allowed [rule]`.
    pub fn label(&self) -> String {
        let mut label: Vec<&str> =
            self.actions.iter().take(bounds::NAMES_LISTED).map(String::as_str).collect();
        let more = format!("{} more", self.actions.len().saturating_sub(bounds::NAMES_LISTED));
        if self.actions.len() > bounds::NAMES_LISTED {
            label.push(&more);
        }
        let mut text = if self.count > 1 { format!("{} accesses: ", self.count) } else { String::new() };
        if !label.is_empty() {
            text.extend([&*label.join(", "), ": "]);
        }
        text.push_str(self.state.words());
        if !self.rules.is_empty() {
            let rules: Vec<&str> = self.rules.iter().copied().collect();
            text.extend([" [", &rules.join(", "), "]"]);
        }
        text
    }
}

#[cfg(test)]
mod tests;
