//! What the language asks of the world around an expression.

use super::evaluate::Evaluator;
use super::parameters::Parameters;
use super::place::Place;
use super::scope::Scope;
use crate::parse::Node;
use crate::source::Span;
use crate::value::{Text, Value, Words};

/// What the names in a template stand for. The language knows no project and no other template: whoever evaluates an
/// expression says what it may refer to.
pub(in crate::walk::cloudformation) trait Lookup {
    /// Where the template goes.
    fn place(&self) -> &Place;

    /// The parameters of the template.
    fn parameters(&self) -> &Parameters<'_>;

    /// The mapping of that name.
    fn mapping(&self, name: &str) -> Option<&Node>;

    /// The condition of that name, with the loops it was written in.
    fn condition(&self, name: &str) -> Option<(&Node, &Scope)>;

    /// What an attribute of a resource returns; `Ref` is one of them. `on` evaluates what that is made of.
    fn attribute(&self, on: &Evaluator<'_>, address: &str, attribute: &str, span: Span) -> Value;

    /// What others export under a name.
    fn exported(&self, name: &Words) -> Vec<Value>;

    /// An output of another stack.
    fn output(&self, wanted: &Wanted) -> Vec<Value>;

    /// Whether what is written at a place is on one line, as far as the text is known.
    fn is_on_one_line(&self, span: Span) -> bool;
}

/// An output of another stack, as `Fn::GetStackOutput` asks for it.
pub(in crate::walk::cloudformation) struct Wanted {
    /// The name of the stack.
    pub(in crate::walk::cloudformation) stack: Text,
    /// The name of the output.
    pub(in crate::walk::cloudformation) output: Text,
    /// The account of the stack, when it is known.
    pub(in crate::walk::cloudformation) account: Option<String>,
    /// The region of the stack, when it is known.
    pub(in crate::walk::cloudformation) region: Option<String>,
}
