//! HCL, the language of Terraform and Terragrunt: a reader of one pass, whose tree knows where everything is written.
//!
//! [`reader`] is a place in the text; [`structure`], [`expression`], [`collection`] and [`template`] read what the grammar has,
//! [`assembly`] makes trees of templates, and [`recover`] says what can be saved of files with something wrong in them.

mod assembly;
mod collection;
mod expression;
mod json;
mod placing;
mod read;
mod reader;
mod recover;
mod stacks;
mod structure;
mod template;
#[cfg(test)]
mod tests;
mod tree;
mod trim;
mod trivia;

pub use json::parse_json;
pub use read::{parse, parse_placed, parse_template, parse_unmapped_template};
pub use tree::{
    Attribute, BinaryOperator, Block, Body, Branches, Call, Expression, ExpressionKind, For, Loop,
    ObjectItem, ObjectKey, Step, Template, TemplatePart, UnaryOperator,
};
pub use trivia::trivia;
