//! Accounts as templates have them: IDs, parameters that stand for them, and the accounts that units happen to be in.

use std::collections::{BTreeMap, HashMap};

use trustlint::internals::facts::Language;
use trustlint::internals::value::{OriginKind, Symbol, Text};

use crate::checkout::is_account;

/// What a parameter holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Shape {
    /// A text.
    Text,
    /// A list of texts.
    List,
}

/// A variable of a root module, or a parameter of a template.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Parameter {
    /// The directory or file.
    pub(crate) path: String,
    /// Its name.
    pub(crate) name: String,
    /// The language of the template.
    pub(crate) language: Language,
    /// What it holds.
    pub(crate) shape: Shape,
}

/// The parameter that a symbol is, or is an item of.
pub(crate) fn parameter_of(symbol: &Symbol) -> Option<Parameter> {
    let whole = symbol.origin.whole();
    let OriginKind::Named { unit, name } = whole.kind() else { return None };
    let shape = if *whole == symbol.origin { Shape::Text } else { Shape::List };
    let path = unit.path().to_owned();
    let is_file = path
        .rsplit('/')
        .next()
        .is_some_and(|name| [".yaml", ".yml", ".json", ".template"].iter().any(|end| name.ends_with(end)));
    let is_word = |name: &str| name.chars().all(|it| it.is_ascii_alphanumeric() || it == '_' || it == '-');
    let (name, language) = match name.strip_prefix("var.") {
        Some(name) if !is_file => (name, Language::Terraform),
        None if is_file => (&**name, Language::CloudFormation),
        _ => return None,
    };
    is_word(name).then(|| Parameter { path, name: name.to_owned(), language, shape })
}

/// Accounts that are known to be the same.
#[derive(Default)]
pub(crate) struct Terms {
    known: HashMap<String, usize>,
    parent: Vec<usize>,
    id: Vec<Option<String>>,
    parameters: BTreeMap<Parameter, usize>,
}

impl Terms {
    /// The account that a text is; nothing when it may be several.
    pub(crate) fn of(&mut self, text: &Text) -> Option<usize> {
        let literal = text.as_literal().map(std::borrow::Cow::into_owned);
        let (key, id) = match (literal, text.as_symbol()) {
            (Some(id), _) if is_account(&id) => (id.clone(), Some(id)),
            (None, Some(symbol)) => (format!("{:?}", symbol.origin), None),
            _ => return None,
        };
        let (next, parent, ids) = (self.parent.len(), &mut self.parent, &mut self.id);
        let term = *self.known.entry(key).or_insert_with(|| {
            parent.push(next);
            ids.push(id);
            next
        });
        if let Some(parameter) = text.as_symbol().and_then(parameter_of) {
            self.parameters.insert(parameter, term);
        }
        Some(term)
    }

    fn id_of(&self, root: usize) -> Option<&str> {
        self.id.get(root)?.as_deref()
    }

    fn root(&self, mut term: usize) -> usize {
        while let Some(parent) = self.parent.get(term).filter(|parent| **parent != term) {
            term = *parent;
        }
        term
    }

    pub(crate) fn are_joined(&self, a: usize, b: usize) -> bool {
        self.root(a) == self.root(b)
    }

    /// Makes two accounts one, unless they are known to be two.
    pub(crate) fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.root(a), self.root(b));
        if a == b || (self.id_of(a).is_some() && self.id_of(b).is_some()) || self.are_two_of_one_place(a, b) {
            return;
        }
        let (from, to) = if self.id_of(a).is_some() { (b, a) } else { (a, b) };
        if let Some(parent) = self.parent.get_mut(from) {
            *parent = to;
        }
    }

    fn parameters_of(&self, root: usize) -> impl Iterator<Item = &Parameter> {
        self.parameters
            .iter()
            .filter(move |(_, term)| self.root(**term) == root)
            .map(|(parameter, _)| parameter)
    }

    /// Whether a template has a parameter for each of two accounts.
    fn are_two_of_one_place(&self, a: usize, b: usize) -> bool {
        self.parameters_of(a)
            .any(|one| self.parameters_of(b).any(|other| one.path == other.path && one.name != other.name))
    }

    /// Takes parameters of one name for one account.
    pub(crate) fn join_by_parameters(&mut self) {
        let all: Vec<_> = self.parameters.iter().map(|(it, term)| (it.name.to_lowercase(), *term)).collect();
        let mut first: BTreeMap<String, usize> = BTreeMap::new();
        for (name, term) in all {
            let one = *first.entry(name).or_insert(term);
            self.join(one, term);
        }
    }

    /// The ID of an account: its own, or one that is made up.
    pub(crate) fn id(&self, term: usize) -> String {
        let root = self.root(term);
        self.id_of(root).map_or_else(|| format!("7{:011}", 10_007 * (root + 1)), str::to_owned)
    }

    /// The parameters that stand for accounts.
    pub(crate) fn parameters(&self) -> Vec<(Parameter, String)> {
        self.parameters.iter().map(|(parameter, term)| (parameter.clone(), self.id(*term))).collect()
    }
}
