//! The tree: bodies, blocks, arguments and expressions, each with its span.

use std::ops::Deref;
use std::sync::Arc;

use crate::source::{Span, Spanned};

/// The content of a file or block.
#[derive(Clone, Debug, Default)]
pub struct Body {
    /// `name = expression`, in the order written.
    pub attributes: Vec<Attribute>,
    /// `type "label" { … }`, in the order written.
    pub blocks: Vec<Block>,
    /// Whether something up to its end is written as only Terraform before 0.12 reads it.
    pub is_former: bool,
}

/// `name = expression`.
#[derive(Clone, Debug)]
pub struct Attribute {
    /// The name.
    pub name: Spanned<Arc<str>>,
    /// The value.
    pub value: Expression,
}

/// `type "label" { … }`.
#[derive(Clone, Debug)]
pub struct Block {
    /// The type: `resource`.
    pub kind: Spanned<Arc<str>>,
    /// The labels, without quotes.
    pub labels: Vec<Spanned<Arc<str>>>,
    /// What is inside.
    pub body: Body,
    /// From the type to the last label.
    pub header: Span,
    /// From the type to the closing brace.
    pub span: Span,
}

/// An expression, and where it is written.
#[derive(Clone, Debug)]
pub struct Expression {
    /// What it is.
    pub kind: ExpressionKind,
    /// Where it is written. For a quoted string, without the quotes; for a heredoc, its content.
    pub span: Span,
}

/// What an expression is.
#[derive(Clone, Debug)]
pub enum ExpressionKind {
    /// `null`.
    Null,
    /// `true`, `false`.
    Bool(bool),
    /// A number, as written.
    Number(Arc<str>),
    /// A quoted string or heredoc, with its interpolations and directives.
    Template(Template),
    /// `[a, b]`.
    List(Vec<Expression>),
    /// `{ a = b, (c) : d }`.
    Object(Vec<ObjectItem>),
    /// `var`, `local`, `aws_iam_role`, `each`: the root of a traversal.
    Variable(Arc<str>),
    /// `base.name`, `base[index]`, `base[*]`, `base.*`; one step each.
    Traversal(Box<Expression>, Vec<Step>),
    /// `name(arguments)`, with `...` after the last argument or not.
    Call(Box<Call>),
    /// `condition ? yes : no`.
    Conditional(Box<Expression>, Box<Expression>, Box<Expression>),
    /// `!a`, `-a`.
    Unary(UnaryOperator, Box<Expression>),
    /// `a + b`.
    Binary(Box<Expression>, BinaryOperator, Box<Expression>),
    /// `[for …]`, `{for …}`.
    For(Box<For>),
    /// `(a)`.
    Parenthesis(Box<Expression>),
}

/// `name(arguments)`.
#[derive(Clone, Debug)]
pub struct Call {
    /// The name, with its namespace: `provider::aws::arn_parse`.
    pub name: Spanned<Arc<str>>,
    /// The arguments.
    pub arguments: Vec<Expression>,
    /// Whether the last argument is followed by `...`.
    pub expand_last: bool,
}

/// One item of an object.
#[derive(Clone, Debug)]
pub struct ObjectItem {
    /// The key: a bare word is a literal, `(expression)` is evaluated.
    pub key: ObjectKey,
    /// The value.
    pub value: Expression,
}

/// The key of an object item.
#[derive(Clone, Debug)]
pub enum ObjectKey {
    /// A bare word.
    Word(Spanned<Arc<str>>),
    /// A quoted template or a parenthesised expression.
    Expression(Expression),
}

/// One step of a traversal.
#[derive(Clone, Debug)]
pub enum Step {
    /// `.name`.
    Attribute(Spanned<Arc<str>>),
    /// `[expression]`, and the legacy `.0`.
    Index(Box<Expression>),
    /// `.*`: applies only to the attributes that follow directly.
    AttributeSplat,
    /// `[*]`.
    FullSplat,
}

/// `[for key, value in collection : value if condition]` and the object form.
#[derive(Clone, Debug)]
pub struct For {
    /// The name of the key or index, when there are two names.
    pub key_name: Option<Spanned<Arc<str>>>,
    /// The name of the value.
    pub value_name: Spanned<Arc<str>>,
    /// What is iterated.
    pub collection: Expression,
    /// The key expression of the object form; `None` for the list form.
    pub key: Option<Expression>,
    /// The value expression.
    pub value: Expression,
    /// `...` after the value of the object form.
    pub grouping: bool,
    /// `if condition`.
    pub condition: Option<Expression>,
}

/// A quoted string, heredoc or template file.
#[derive(Clone, Debug, Default)]
pub struct Template {
    /// Its parts, in order. Strip markers and heredoc indentation have been applied.
    pub parts: TemplateParts,
}

/// The parts of a template. Most have one, which needs no list.
#[derive(Clone, Debug)]
pub enum TemplateParts {
    /// The only part.
    One(TemplatePart),
    /// None or several.
    Many(Vec<TemplatePart>),
}

impl TemplateParts {
    /// All of them.
    pub fn as_slice(&self) -> &[TemplatePart] {
        match self {
            Self::One(part) => std::slice::from_ref(part),
            Self::Many(parts) => parts,
        }
    }
}

impl Deref for TemplateParts {
    type Target = [TemplatePart];

    fn deref(&self) -> &Self::Target {
        self.as_slice()
    }
}

impl Default for TemplateParts {
    fn default() -> Self {
        Self::Many(Vec::new())
    }
}

impl From<Vec<TemplatePart>> for TemplateParts {
    fn from(mut parts: Vec<TemplatePart>) -> Self {
        match parts.pop() {
            Some(part) if parts.is_empty() => Self::One(part),
            last => {
                parts.extend(last);
                Self::Many(parts)
            }
        }
    }
}

impl FromIterator<TemplatePart> for TemplateParts {
    fn from_iter<I: IntoIterator<Item = TemplatePart>>(parts: I) -> Self {
        parts.into_iter().collect::<Vec<_>>().into()
    }
}

impl<'p> IntoIterator for &'p TemplateParts {
    type Item = &'p TemplatePart;
    type IntoIter = std::slice::Iter<'p, TemplatePart>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// A part of a template.
#[derive(Clone, Debug)]
pub enum TemplatePart {
    /// Text, decoded; maps byte for byte onto its span, or as a whole when it comes from an escape.
    Literal(Arc<str>, Span),
    /// `${expression}`.
    Interpolation(Box<Expression>),
    /// `%{ if condition }…%{ else }…%{ endif }`.
    If(Box<Branches>),
    /// `%{ for key, value in collection }…%{ endfor }`.
    For(Box<Loop>),
}

/// `%{ if condition }…%{ else }…%{ endif }`.
#[derive(Clone, Debug)]
pub struct Branches {
    /// The condition.
    pub condition: Expression,
    /// What stands there if it holds.
    pub yes: Template,
    /// What stands there otherwise.
    pub no: Template,
}

/// `%{ for key, value in collection }…%{ endfor }`.
#[derive(Clone, Debug)]
pub struct Loop {
    /// The name of the key or index.
    pub key_name: Option<Spanned<Arc<str>>>,
    /// The name of the value.
    pub value_name: Spanned<Arc<str>>,
    /// What is iterated.
    pub collection: Expression,
    /// What is repeated.
    pub body: Template,
}

/// `!`, `-`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnaryOperator {
    /// `!`
    Not,
    /// `-`
    Negate,
}

/// The operators with two sides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BinaryOperator {
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide,
    /// `%`
    Modulo,
    /// `&&`
    And,
    /// `||`
    Or,
}
