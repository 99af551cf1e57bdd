//! What a symbol stands for: its identity.
//!
//! An origin is made of what it comes from, never of text that would have to be cut apart again. Equal origins are one
//! and the same in memory, so that comparing them is comparing two pointers; what is shown is made when it is asked for.

mod show;
mod table;

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, OnceLock};

use rustc_hash::FxHasher;

use super::{Class, PieceKind, Symbol, Text, UnitKey};
use crate::bounds;

/// What a symbol stands for.
#[derive(Clone)]
pub struct Origin(Arc<Node>);

/// An origin with what is computed of it once.
struct Node {
    hash: u64,
    depth: u16,
    /// The project that it belongs to, when it is another one than this and nothing in the origin says so.
    project: Option<Arc<str>>,
    kind: OriginKind,
    /// The unit of the first thing in it that belongs to one.
    unit: Option<UnitKey>,
    /// What is shown of it; made when somebody asks, which is seldom.
    shown: OnceLock<Box<Shown>>,
}

/// How an origin is shown.
#[derive(Default)]
struct Shown {
    whole: OnceLock<Box<str>>,
    without_address: OnceLock<Box<str>>,
}

/// What there is to be not known.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum OriginKind {
    /// A unit: the class of the symbol says whether its account, region, partition, DNS suffix or organization.
    Unit(UnitKey),
    /// The account that the configuration has under a name.
    Configured(Arc<str>),
    /// The account that a profile of the AWS command line logs in to, by its name: a project has one set of profiles.
    Profile(Arc<str>),
    /// An account by its name in an organization, whose accounts have different names.
    Member {
        /// The file that declares the organization; empty when the project has none.
        organization: Arc<str>,
        /// The name.
        name: Arc<str>,
    },
    /// What somebody still fills into a file, by its text: equal wherever it stands.
    Placeholder(Arc<str>),
    /// What a template names, as it does from its root: a variable, parameter, local value, output.
    Named {
        /// The unit.
        unit: UnitKey,
        /// The name, with the modules or stacks that it is in.
        name: Arc<str>,
    },
    /// The output of a module that is not in the project.
    Output {
        /// The unit.
        unit: UnitKey,
        /// The call and the output.
        name: Arc<str>,
    },
    /// What is declared: a resource or a data source, or all instances of it.
    Declared {
        /// The unit.
        unit: UnitKey,
        /// The type: `aws_iam_role`, `data.aws_iam_role`, `AWS::IAM::Role`.
        type_name: Arc<str>,
        /// The address without the key of the instance.
        address: Arc<str>,
        /// Which of several instances.
        instance: Option<Part>,
    },
    /// What a data source finds: the same for the same arguments, wherever they are written.
    Found {
        /// The unit of the provider that looks.
        unit: UnitKey,
        /// The type, without `data.`.
        kind: Arc<str>,
        /// The arguments that say what is looked for, in the order of their names.
        arguments: Box<[(Arc<str>, Operand)]>,
    },
    /// An attribute of what is declared or found.
    Attribute {
        /// What it is of.
        of: Origin,
        /// Its name.
        name: Arc<str>,
    },
    /// `each.key` and its like of something that is made for an unknown collection.
    Each {
        /// The unit.
        unit: UnitKey,
        /// The address of what is made.
        address: Arc<str>,
        /// `key` or `value`.
        name: &'static str,
    },
    /// What the parameter store holds under a name.
    Stored {
        /// The unit; none for the ARN of a parameter.
        unit: Option<UnitKey>,
        /// The name, or the ARN.
        name: Words,
        /// The region, when it is not that of the unit.
        region: Option<Words>,
    },
    /// What a dynamic reference of CloudFormation finds, other than a parameter.
    Resolved {
        /// The unit.
        unit: UnitKey,
        /// What is written between the braces.
        written: Words,
    },
    /// The value of an export.
    Import(Words),
    /// The output of another stack.
    StackOutput {
        /// The account, when it is known or named.
        account: Option<Words>,
        /// The region, when it is named.
        region: Option<Words>,
        /// The name of the stack.
        stack: Words,
        /// The output.
        output: Words,
    },
    /// The outputs in a state.
    State {
        /// The kind of backend.
        backend: Arc<str>,
        /// What says which state it is.
        settings: Box<[Operand]>,
        /// Another workspace than the default one.
        workspace: Option<Operand>,
    },
    /// A part of something.
    Part {
        /// What it is a part of.
        of: Origin,
        /// Which part.
        part: Part,
    },
    /// A part of a text that a stack puts together.
    OfText {
        /// The unit.
        unit: UnitKey,
        /// What the addresses of the stack begin with.
        prefix: Arc<str>,
        /// The text.
        text: Words,
        /// Which part.
        part: Part,
    },
    /// The element under a key that is not known.
    Element {
        /// The collection.
        of: Operand,
        /// The key.
        key: Operand,
    },
    /// What a function returns that is not evaluated.
    Derived {
        /// The function.
        function: Arc<str>,
        /// Its operands.
        operands: Box<[Operand]>,
    },
    /// What a function returns of operands that are the same as nothing else.
    Returned(Arc<str>),
    /// What something returns when Terragrunt runs.
    Ran {
        /// The unit.
        unit: UnitKey,
        /// The function.
        function: Arc<str>,
        /// Its arguments.
        arguments: Box<[Words]>,
        /// The file and offset, when it may be something else each time.
        place: Option<(crate::source::SourceId, u32)>,
    },
    /// Another thing of the same name.
    Again {
        /// The first.
        of: Origin,
        /// Which one this is.
        number: usize,
    },
    /// Something in a manifest or parameter file.
    Written {
        /// The path of the file.
        file: Arc<str>,
        /// Where it stands in it.
        place: Arc<str>,
    },
    /// Where the project lies on the disk.
    Checkout,
    /// What depends on itself.
    Circular,
    /// What is too large to be evaluated.
    TooLarge,
    /// What has no name but a description, of several words.
    Described(Arc<str>),
    /// What is not evaluated, as an expression.
    Expression(Arc<str>),
}

/// A part of something that is not known.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Part {
    /// `.name`
    Attribute(Arc<str>),
    /// `[0]`
    Index(Arc<str>),
    /// `["key"]`
    Key(Words),
    /// The item at a place that is not known: `[${Index}]`.
    At(Words),
    /// The instance that stands for each key of an unknown collection: `[each.key]`.
    EachKey,
    /// An item of which it is not known which.
    SomeItem,
    /// Each item: `[*]`.
    Any,
    /// The key of each item: `[*].key`.
    AnyKey,
    /// `each.key` or `each.value` of what is made for it.
    Each(&'static str),
    /// The item in which something is literally this.
    Where {
        /// What is this in the item.
        by: Origin,
        /// What it is.
        is: Arc<str>,
    },
    /// The text without a beginning.
    Without(Arc<str>),
    /// What a function makes of it: `.split(,)`.
    Function {
        /// The function.
        name: Arc<str>,
        /// Its argument, if it has one.
        argument: Option<Words>,
    },
    /// What a mapping holds that has it as its name.
    Mapping,
}

/// A text as part of an identity.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Words(Box<[Word]>);

/// A part of such a text. No two literals follow each other.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Word {
    /// Text.
    Literal(Arc<str>),
    /// Something that is not known.
    Symbol(Class, Origin),
    /// What has no identity.
    Unknown,
    /// The JSON encoding of something.
    Json(Box<Operand>),
}

/// What goes into a function or a look-up.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Operand {
    /// Nothing.
    Null,
    /// A boolean.
    Bool(bool),
    /// A number, as written.
    Number(Arc<str>),
    /// A text.
    Text(Words),
    /// Something that is not known.
    Symbol(Class, Origin),
    /// A list.
    List(Box<[Self]>),
    /// A map.
    Map(Box<[(Words, Self)]>),
    /// The JSON encoding of something.
    Json(Box<Self>),
}

impl Origin {
    /// The origin of this kind.
    pub fn new(kind: OriginKind) -> Self {
        Self::of_project(kind, None)
    }

    /// The origin of this kind in another project: what belongs to no unit there is not the same as what is called so here.
    pub fn elsewhere(kind: OriginKind, project: &Arc<str>) -> Self {
        let is_told = unit_of(&kind).is_some() || kind == OriginKind::TooLarge;
        Self::of_project(kind, (!is_told).then(|| Arc::clone(project)))
    }

    fn of_project(kind: OriginKind, project: Option<Arc<str>>) -> Self {
        let depth = depth_of(&kind);
        if depth > bounds::ORIGIN_DEPTH {
            return Self::new(OriginKind::TooLarge);
        }
        let mut hasher = FxHasher::default();
        kind.hash(&mut hasher);
        if let Some(project) = &project {
            project.hash(&mut hasher);
        }
        table::interned(Node {
            hash: hasher.finish(),
            depth,
            unit: unit_of(&kind).or_else(|| project.as_ref().map(|name| UnitKey::of(Arc::clone(name)))),
            project,
            kind,
            shown: OnceLock::new(),
        })
    }

    /// What a template names.
    pub fn named(unit: &UnitKey, name: impl Into<Arc<str>>) -> Self {
        Self::new(OriginKind::Named { unit: unit.clone(), name: name.into() })
    }

    /// What is declared under an address, which has no instances.
    pub fn declared(unit: &UnitKey, type_name: impl Into<Arc<str>>, address: impl Into<Arc<str>>) -> Self {
        Self::instance(unit, type_name, address, None)
    }

    /// An instance of what is declared under an address.
    pub fn instance(
        unit: &UnitKey,
        type_name: impl Into<Arc<str>>,
        address: impl Into<Arc<str>>,
        instance: Option<Part>,
    ) -> Self {
        let (unit, type_name, address) = (unit.clone(), type_name.into(), address.into());
        Self::new(OriginKind::Declared { unit, type_name, address, instance })
    }

    /// An attribute of what is declared or found.
    #[must_use]
    pub fn attribute(&self, name: impl Into<Arc<str>>) -> Self {
        let of = self.clone();
        if of.0.kind == OriginKind::TooLarge {
            return of;
        }
        Self::new(OriginKind::Attribute { of, name: name.into() })
    }

    /// A part of it.
    #[must_use]
    pub fn part(&self, part: Part) -> Self {
        let of = self.clone();
        if of.0.kind == OriginKind::TooLarge {
            return of;
        }
        Self::new(OriginKind::Part { of, part })
    }

    /// What has no name: a description, or an expression when it is a single word.
    pub fn described(text: impl Into<Arc<str>>) -> Self {
        let text = text.into();
        Self::new(if text.contains(' ') { OriginKind::Described(text) } else { OriginKind::Expression(text) })
    }

    /// What it is.
    pub fn kind(&self) -> &OriginKind {
        &self.0.kind
    }

    /// The unit of the first thing in it that belongs to one.
    pub fn unit(&self) -> Option<&UnitKey> {
        self.0.unit.as_ref()
    }

    /// What it is a part of in the end.
    pub fn whole(&self) -> &Self {
        let mut whole = self;
        while let OriginKind::Part { of, .. } | OriginKind::Again { of, .. } = whole.kind() {
            whole = of;
        }
        whole
    }

    /// The same by its name alone: of no unit, and so equal to what other units call so.
    #[must_use]
    pub fn anywhere(&self) -> Self {
        let is_of_unit = matches!(
            self.kind(),
            OriginKind::Unit(_)
                | OriginKind::Named { .. }
                | OriginKind::Resolved { .. }
                | OriginKind::Stored { .. }
                | OriginKind::OfText { .. }
                | OriginKind::Part { .. }
        );
        if !is_of_unit {
            return self.clone();
        }
        let mut kind = self.kind().clone();
        match &mut kind {
            OriginKind::Unit(unit)
            | OriginKind::Named { unit, .. }
            | OriginKind::Resolved { unit, .. }
            | OriginKind::OfText { unit, .. } => *unit = UnitKey::nowhere(),
            OriginKind::Stored { unit, .. } => *unit = None,
            OriginKind::Part { of, .. } => *of = of.anywhere(),
            _ => {}
        }
        Self::new(kind)
    }

    /// Whether it is something of a unit itself, as the account of it.
    pub fn is_unit(&self, unit: &UnitKey) -> bool {
        matches!(self.kind(), OriginKind::Unit(own) if own == unit)
    }

    /// The text of a placeholder.
    pub fn placeholder(&self) -> Option<&str> {
        if let OriginKind::Placeholder(text) = self.kind() { Some(text) } else { None }
    }

    /// The name of the configuration for an account.
    pub fn configured(&self) -> Option<&str> {
        if let OriginKind::Configured(name) = self.kind() { Some(name) } else { None }
    }

    /// The last word of the name of the attribute that it is: `Arn` of `Role.Arn`.
    pub fn attribute_name(&self) -> Option<&str> {
        match self.kind() {
            OriginKind::Attribute { name, .. } => name.rsplit('.').next(),
            OriginKind::Part { part: Part::Attribute(name), .. } => Some(name),
            _ => None,
        }
    }

    /// Whether it is what a function makes of nothing but literals, and only is not evaluated.
    pub fn is_of_literals(&self) -> bool {
        let OriginKind::Derived { .. } = self.kind() else { return false };
        let mut is_of_literals = true;
        inner(self.kind(), &mut |origin| is_of_literals = is_of_literals && origin.is_of_literals());
        is_of_literals
    }

    /// Whether it is a description, which is not made clearer by what comes after it.
    pub fn is_described(&self) -> bool {
        matches!(self.kind(), OriginKind::Described(_) | OriginKind::TooLarge | OriginKind::Circular)
    }

    /// Whether it is `each.key` of something.
    pub fn is_each_key(&self) -> bool {
        matches!(
            self.kind(),
            OriginKind::Each { name: "key", .. } | OriginKind::Part { part: Part::Each("key"), .. }
        )
    }

    /// Whether it, or something in it, is each item of a list that has a name.
    pub fn is_of_any(&self) -> bool {
        match self.kind() {
            OriginKind::Part { part: Part::Any | Part::AnyKey, .. } => true,
            OriginKind::Part { of, .. } | OriginKind::Attribute { of, .. } | OriginKind::Again { of, .. } => {
                of.is_of_any()
            }
            OriginKind::Element { of, key } => of.is_of_any() || key.is_of_any(),
            OriginKind::Derived { operands, .. } => operands.iter().any(Operand::is_of_any),
            OriginKind::Found { arguments, .. } => arguments.iter().any(|(_, one)| one.is_of_any()),
            _ => false,
        }
    }
}

impl Part {
    /// What a function makes of it with an argument.
    pub fn function(name: impl Into<Arc<str>>, argument: impl Into<Arc<str>>) -> Self {
        Self::Function { name: name.into(), argument: Some(Words::literal(argument)) }
    }
}

impl Operand {
    fn is_of_any(&self) -> bool {
        match self {
            Self::Symbol(_, origin) => origin.is_of_any(),
            Self::Text(words) => words.is_of_any(),
            Self::List(items) => items.iter().any(Self::is_of_any),
            Self::Map(entries) => entries.iter().any(|(key, one)| key.is_of_any() || one.is_of_any()),
            Self::Json(inner) => inner.is_of_any(),
            Self::Null | Self::Bool(_) | Self::Number(_) => false,
        }
    }
}

impl Words {
    /// A text that is wholly known.
    pub fn literal(text: impl Into<Arc<str>>) -> Self {
        Self::of([Word::Literal(text.into())])
    }

    /// A text of such parts.
    pub fn of(parts: impl IntoIterator<Item = Word>) -> Self {
        let mut words: Vec<Word> = Vec::new();
        for part in parts {
            match (words.last_mut(), part) {
                (_, Word::Literal(text)) if text.is_empty() => {}
                (Some(Word::Literal(before)), Word::Literal(text)) => {
                    *before = [&**before, &*text].concat().into();
                }
                (_, part) => words.push(part),
            }
        }
        Self(words.into())
    }

    /// A text with its symbols; what is JSON in it has no identity.
    pub fn of_text(text: &Text) -> Option<Self> {
        let word = |kind: &PieceKind| match kind {
            PieceKind::Literal(text) => Some(Word::Literal(Arc::clone(text))),
            PieceKind::Symbol(symbol) => Some(symbol.word()),
            PieceKind::Json(_) => None,
        };
        Some(Self::of(text.pieces().iter().map(|piece| word(&piece.kind)).collect::<Option<Vec<_>>>()?))
    }

    /// Its parts.
    pub fn words(&self) -> &[Word] {
        &self.0
    }

    /// Whether it is empty.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The text, when it is wholly known.
    pub fn as_literal(&self) -> Option<&str> {
        match &*self.0 {
            [] => Some(""),
            [Word::Literal(text)] => Some(text),
            _ => None,
        }
    }

    fn is_of_any(&self) -> bool {
        self.0.iter().any(|word| match word {
            Word::Symbol(_, origin) => origin.is_of_any(),
            Word::Json(inner) => inner.is_of_any(),
            Word::Literal(_) | Word::Unknown => false,
        })
    }
}

impl Symbol {
    /// As a part of the identity of something else.
    pub fn word(&self) -> Word {
        Word::Symbol(self.class, self.origin.clone())
    }
}

/// Calls `each` with the origins right inside of one.
fn inner<'o>(kind: &'o OriginKind, each: &mut dyn FnMut(&'o Origin)) {
    match kind {
        OriginKind::Attribute { of, .. } | OriginKind::Again { of, .. } => each(of),
        OriginKind::Part { of, part } => {
            each(of);
            in_part(part, each);
        }
        OriginKind::Declared { instance: Some(part), .. } => in_part(part, each),
        OriginKind::OfText { text, part, .. } => {
            in_words(text, each);
            in_part(part, each);
        }
        OriginKind::Found { arguments, .. } => {
            arguments.iter().for_each(|(_, one)| in_operand(one, each));
        }
        OriginKind::Stored { name, region, .. } => {
            for words in [name].into_iter().chain(region) {
                in_words(words, each);
            }
        }
        OriginKind::Resolved { written: words, .. } | OriginKind::Import(words) => in_words(words, each),
        OriginKind::StackOutput { account, region, stack, output } => {
            for words in account.iter().chain(region).chain([stack, output]) {
                in_words(words, each);
            }
        }
        OriginKind::State { settings, workspace, .. } => {
            in_operands(settings, each);
            if let Some(workspace) = workspace {
                in_operand(workspace, each);
            }
        }
        OriginKind::Element { of, key } => {
            in_operand(of, each);
            in_operand(key, each);
        }
        OriginKind::Derived { operands, .. } => in_operands(operands, each),
        OriginKind::Ran { arguments, .. } => {
            for words in arguments {
                in_words(words, each);
            }
        }
        OriginKind::Declared { instance: None, .. }
        | OriginKind::Unit(_)
        | OriginKind::Configured(_)
        | OriginKind::Profile(_)
        | OriginKind::Member { .. }
        | OriginKind::Placeholder(_)
        | OriginKind::Named { .. }
        | OriginKind::Output { .. }
        | OriginKind::Each { .. }
        | OriginKind::Written { .. }
        | OriginKind::Checkout
        | OriginKind::Circular
        | OriginKind::TooLarge
        | OriginKind::Returned(_)
        | OriginKind::Described(_)
        | OriginKind::Expression(_) => {}
    }
}

fn in_part<'o>(part: &'o Part, each: &mut dyn FnMut(&'o Origin)) {
    match part {
        Part::Key(words) | Part::At(words) | Part::Function { argument: Some(words), .. } => {
            in_words(words, each);
        }
        Part::Where { by, .. } => each(by),
        _ => {}
    }
}

fn in_words<'o>(words: &'o Words, each: &mut dyn FnMut(&'o Origin)) {
    for word in words.words() {
        match word {
            Word::Symbol(_, origin) => each(origin),
            Word::Json(inner) => in_operand(inner, each),
            Word::Literal(_) | Word::Unknown => {}
        }
    }
}

fn in_operands<'o>(operands: &'o [Operand], each: &mut dyn FnMut(&'o Origin)) {
    for operand in operands {
        in_operand(operand, each);
    }
}

fn in_operand<'o>(operand: &'o Operand, each: &mut dyn FnMut(&'o Origin)) {
    match operand {
        Operand::Symbol(_, origin) => each(origin),
        Operand::Text(words) => in_words(words, each),
        Operand::List(items) => in_operands(items, each),
        Operand::Map(entries) => {
            for (key, value) in entries {
                in_words(key, each);
                in_operand(value, each);
            }
        }
        Operand::Json(inner) => in_operand(inner, each),
        Operand::Null | Operand::Bool(_) | Operand::Number(_) => {}
    }
}

fn depth_of(kind: &OriginKind) -> u16 {
    let mut deepest = 0;
    inner(kind, &mut |origin| deepest = deepest.max(origin.0.depth));
    deepest + 1
}

fn unit_of(kind: &OriginKind) -> Option<UnitKey> {
    match kind {
        OriginKind::Unit(unit)
        | OriginKind::Named { unit, .. }
        | OriginKind::Output { unit, .. }
        | OriginKind::Declared { unit, .. }
        | OriginKind::Found { unit, .. }
        | OriginKind::Each { unit, .. }
        | OriginKind::Stored { unit: Some(unit), .. }
        | OriginKind::Resolved { unit, .. }
        | OriginKind::OfText { unit, .. }
        | OriginKind::Ran { unit, .. } => Some(unit.clone()),
        _ => {
            let mut first = None;
            inner(kind, &mut |origin| {
                if first.is_none() {
                    first = origin.unit().cloned();
                }
            });
            first
        }
    }
}

impl PartialEq for Origin {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Origin {}

impl Hash for Origin {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.0.hash);
    }
}

/// The order is the same in every run, and says nothing else.
impl Ord for Origin {
    fn cmp(&self, other: &Self) -> Ordering {
        if self == other {
            return Ordering::Equal;
        }
        let order = |one: &Self| (one.0.hash, one.0.depth);
        order(self).cmp(&order(other)).then_with(|| format!("{self:?}").cmp(&format!("{other:?}")))
    }
}

impl PartialOrd for Origin {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Debug for Origin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.kind(), formatter)
    }
}

impl From<&str> for Origin {
    fn from(text: &str) -> Self {
        Self::described(text)
    }
}

impl From<String> for Origin {
    fn from(text: String) -> Self {
        Self::described(text)
    }
}

impl From<&UnitKey> for Origin {
    fn from(unit: &UnitKey) -> Self {
        Self::new(OriginKind::Unit(unit.clone()))
    }
}

impl From<OriginKind> for Origin {
    fn from(kind: OriginKind) -> Self {
        Self::new(kind)
    }
}

#[cfg(test)]
mod tests;
