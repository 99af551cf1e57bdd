//! The files of a directory as one module: its blocks by what they declare.

use std::collections::BTreeMap;
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::type_name::{is_existing, type_of};
use super::version::is_below;
use crate::parse::hcl::{Attribute, Block, Body, Expression, ExpressionKind, Step};
use crate::source::{SourceId, Span};

/// A module: what the files of one directory declare.
#[derive(Debug, Default)]
pub(crate) struct Module<'a> {
    /// The directory below the project root; empty for the root itself.
    pub(crate) directory: &'a str,
    /// The files of the project that it is made of.
    pub(crate) files: &'a [SourceId],
    pub(crate) variables: BTreeMap<&'a str, &'a Block>,
    pub(crate) locals: FxHashMap<&'a str, &'a Attribute>,
    pub(crate) outputs: BTreeMap<&'a str, &'a Block>,
    pub(crate) providers: Vec<&'a Block>,
    /// Resources in the order written, with their type as declarations have it: `data.` before data sources, `ephemeral.`
    /// before what is read anew in every run.
    pub(crate) resources: Vec<Declared<'a>>,
    pub(crate) calls: BTreeMap<&'a str, &'a Block>,
    /// Its `terraform` blocks.
    pub(crate) settings: Vec<&'a Block>,
    /// Whether it says where its state is kept, which only root modules do.
    pub(crate) has_backend: bool,
    /// The block that says where.
    pub(crate) backend: Option<&'a Block>,
    /// The call in the project at which everything is shown that is written in it, when it is no module of the project.
    pub(crate) shown_at: Option<Span>,
    /// Whether it is written for Terraform before 0.12.
    pub(crate) is_former: bool,
    /// Whether it only stands for the module that is called.
    pub(crate) is_stand_in: bool,
    by_name: FxHashMap<ByName<'a>, usize>,
}

/// What tells a resource from others of its module: what its type begins with, the rest of that, and its name.
type ByName<'a> = (&'static str, &'a str, &'a str);

/// What the types of data sources and ephemeral resources begin with, and the rest; nothing for resources.
fn divided(type_name: &str) -> (&'static str, &str) {
    let begins =
        ["data.", "ephemeral."].into_iter().find_map(|sort| Some((sort, type_name.strip_prefix(sort)?)));
    begins.unwrap_or(("", type_name))
}

/// A `resource` or `data` block.
#[derive(Clone, Debug)]
pub(crate) struct Declared<'a> {
    pub(crate) type_name: Arc<str>,
    pub(crate) name: &'a str,
    pub(crate) block: &'a Block,
}

impl<'a> Module<'a> {
    /// Reads the blocks of all files of a directory.
    pub(crate) fn new(directory: &'a str, bodies: impl IntoIterator<Item = &'a Body>) -> Self {
        let mut module = Self { directory, ..Self::default() };
        for body in bodies {
            module.is_former |= body.is_former;
            for block in &body.blocks {
                module.add(block);
            }
        }
        module.is_former |= module.settings.iter().any(|block| {
            literal_argument(&block.body, "required_version")
                .is_some_and(|constraint| is_below(&constraint, [0, 12, 0]))
        });
        module
    }

    fn add(&mut self, block: &'a Block) {
        let label = |index: usize| block.labels.get(index).map(|label| &label.value);
        match (&*block.kind.value, label(0), label(1).map(|label| &**label)) {
            ("locals", _, _) => {
                for attribute in &block.body.attributes {
                    self.locals.insert(&attribute.name.value, attribute);
                }
            }
            ("variable", Some(name), _) => {
                self.variables.insert(name, block);
            }
            ("output", Some(name), _) => {
                self.outputs.insert(name, block);
            }
            ("provider", Some(_), _) => self.providers.push(block),
            ("module", Some(name), _) => {
                self.calls.insert(name, block);
            }
            ("resource", Some(type_name), Some(name)) => {
                let (sort, rest) = divided(type_name);
                self.declare(Arc::clone(type_name), (sort, rest, name), block);
            }
            ("data", Some(type_name), Some(name)) => {
                self.declare(["data.", type_name].concat().into(), ("data.", type_name, name), block);
            }
            ("ephemeral", Some(type_name), Some(name)) => {
                let whole = ["ephemeral.", type_name].concat().into();
                self.declare(whole, ("ephemeral.", type_name, name), block);
            }
            ("import" | "removed", _, _) => self.keep(block),
            ("terraform", _, _) => {
                self.settings.push(block);
                let backend = |name: &str| matches!(name, "backend" | "cloud");
                let said = block.body.blocks.iter().find(|block| backend(&block.kind.value));
                self.has_backend |= said.is_some();
                self.backend = self.backend.or(said);
                // The JSON syntax has arguments where blocks are.
                self.has_backend |= block.body.attributes.iter().any(|at| backend(&at.name.value));
            }
            _ => {}
        }
    }

    fn declare(&mut self, type_name: Arc<str>, by_name: ByName<'a>, block: &'a Block) {
        self.by_name.insert(by_name, self.resources.len());
        self.resources.push(Declared { type_name, name: by_name.2, block });
    }

    /// What an `import` or `removed` block says is there, as if it were looked up.
    ///
    /// <https://developer.hashicorp.com/terraform/language/block/import>
    /// <https://developer.hashicorp.com/terraform/language/block/removed>
    fn keep(&mut self, block: &'a Block) {
        let is_import = &*block.kind.value == "import";
        let stays = |inner: &Block| {
            argument(&inner.body, "destroy")
                .is_some_and(|it| matches!(it.value.kind, ExpressionKind::Bool(false)))
        };
        if !is_import && !block.body.blocks.iter().any(stays) {
            return;
        }
        let of = argument(&block.body, if is_import { "to" } else { "from" });
        let Some(address) = of.and_then(|it| address(&it.value)) else { return };
        let type_name = format!("data.{}", type_of(&address));
        if is_existing(&type_name) {
            self.resources.push(Declared { type_name: type_name.into(), name: &block.kind.value, block });
        }
    }

    /// The declaration of a type and name.
    pub(crate) fn resource(&self, type_name: &str, name: &str) -> Option<&Declared<'a>> {
        let (sort, rest) = divided(type_name);
        self.by_name.get(&(sort, rest, name)).and_then(|index| self.resources.get(*index))
    }
}

/// An argument of a block.
pub(crate) fn argument<'b>(body: &'b Body, name: &str) -> Option<&'b Attribute> {
    body.attributes.iter().find(|attribute| *attribute.name.value == *name)
}

/// The literal text of an argument.
pub(crate) fn literal_argument(body: &Body, name: &str) -> Option<String> {
    literal(&argument(body, name)?.value)
}

/// The text that an expression literally says.
pub(crate) fn literal(expression: &Expression) -> Option<String> {
    use crate::parse::hcl::TemplatePart;
    let ExpressionKind::Template(template) = &expression.kind else { return None };
    let text = |part: &TemplatePart| match part {
        TemplatePart::Literal(text, _) => Some(text.to_string()),
        _ => None,
    };
    template.parts.iter().map(text).collect()
}

/// The address that an expression is, without the keys of instances.
fn address(expression: &Expression) -> Option<String> {
    match &expression.kind {
        ExpressionKind::Traversal(base, steps) => {
            let ExpressionKind::Variable(name) = &base.kind else { return None };
            let mut whole = name.to_string();
            for step in steps {
                if let Step::Attribute(part) = step {
                    whole.push('.');
                    whole.push_str(&part.value);
                }
            }
            Some(whole)
        }
        _ => literal(expression),
    }
}

/// Whether a file overrides what others declare:
/// <https://developer.hashicorp.com/terraform/language/files/override>.
pub(crate) fn is_override(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let name = name.strip_suffix(".json").unwrap_or(name);
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    stem == "override" || stem.ends_with("_override")
}

/// The file that `OpenTofu` reads instead of a file when there is one:
/// <https://opentofu.org/docs/language/files/#extension-precedence>.
pub(crate) fn preferred(path: &str) -> Option<String> {
    let stem = |ending: &str| path.strip_suffix(ending);
    let native = stem(".tf").map(|stem| format!("{stem}.tofu"));
    native.or_else(|| stem(".tf.json").map(|stem| format!("{stem}.tofu.json")))
}

/// Merges the blocks of override files into the blocks they override; what overrides nothing is dropped, as
/// Terraform refuses it, but for the default configuration of a provider, which is there without being written.
pub(crate) fn merge_overrides(bodies: &mut Vec<Body>, overrides: Vec<Body>) {
    for block in overrides.into_iter().flat_map(|body| body.blocks) {
        let alias = |block: &Block| literal_argument(&block.body, "alias");
        let is_provider = &*block.kind.value == "provider";
        let same = |other: &&mut Block| {
            other.kind.value == block.kind.value
                && other.labels.len() == block.labels.len()
                && other.labels.iter().zip(&block.labels).all(|(a, b)| a.value == b.value)
                && (!is_provider || alias(other) == alias(&block))
        };
        if &*block.kind.value == "locals" {
            for attribute in block.body.attributes {
                let mut locals = bodies.iter_mut().flat_map(|body| &mut body.blocks);
                if let Some(target) = locals.find(|other| {
                    &*other.kind.value == "locals" && argument(&other.body, &attribute.name.value).is_some()
                }) {
                    replace(&mut target.body, attribute);
                }
            }
            continue;
        }
        let mut all = bodies.iter_mut().flat_map(|body| &mut body.blocks);
        match all.find(same) {
            Some(target) => merge(&mut target.body, block.body),
            None if is_provider && alias(&block).is_none() => {
                bodies.push(Body { blocks: vec![block], ..Body::default() });
            }
            None => {}
        }
    }
}

/// Arguments replace those of their name; blocks replace all blocks of their type, written out or `dynamic`. The JSON
/// syntax has arguments where blocks are.
fn merge(target: &mut Body, body: Body) {
    let made = |block: &Block| match (&*block.kind.value, block.labels.first()) {
        ("dynamic", Some(label)) => Arc::clone(&label.value),
        _ => Arc::clone(&block.kind.value),
    };
    let names = body.attributes.iter().map(|attribute| Arc::clone(&attribute.name.value));
    let replaced: FxHashSet<Arc<str>> = names.chain(body.blocks.iter().map(made)).collect();
    target.attributes.retain(|other| !replaced.contains(&other.name.value));
    target.blocks.retain(|other| !replaced.contains(&made(other)));
    target.attributes.extend(body.attributes);
    target.blocks.extend(body.blocks);
}

fn replace(body: &mut Body, attribute: Attribute) {
    body.attributes.retain(|other| other.name.value != attribute.name.value);
    body.attributes.push(attribute);
}
