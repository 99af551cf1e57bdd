//! Workspaces: a root module that takes its accounts from a map under the name of the workspace is deployed once for each key of it.
//!
//! Terraform refuses a workspace that is no key of the map, so these are all there are. What is written for a workspace that is no
//! key (`lookup`, `try`) tells nothing.
//!
//! <https://developer.hashicorp.com/terraform/language/state/workspaces#current-workspace-interpolation>

use super::read::parsed;
use super::values::value_files;
use crate::bounds;
use crate::parse::hcl::{
    Body, Expression, ExpressionKind, ObjectItem, ObjectKey, Step, Template, TemplatePart,
};
use crate::source::Sources;
use crate::walk::terraform::module::blocks::{Module, argument, literal};

/// Functions that leave the name of a workspace as it is. With others (`trimprefix`) a key of the map is not that name, and what
/// else is made of it would be wrong.
const NEUTRAL: [&str; 3] = ["lower", "tostring", "trimspace"];

/// The workspaces of a root module; none when nothing tells them.
pub(super) fn of(sources: &Sources, root: &str, module: &Module<'_>) -> Vec<String> {
    let is_asked = Search::of(module, &[]).is_asked;
    if !is_asked {
        return Vec::new();
    }
    let given: Vec<Body> = value_files(sources, root).map(|file| parsed(sources, file).0).collect();
    let mut search = Search::of(module, &given);
    if !search.names_accounts || search.is_unclear || search.keys.len() > bounds::DEPLOYMENT_FILES {
        return Vec::new();
    }
    search.keys.sort();
    search.keys
}

/// The search for maps of which the workspace is a key.
struct Search<'s, 'a> {
    module: &'s Module<'a>,
    /// The files of values that Terraform takes by itself, the last one winning.
    given: &'s [Body],
    /// Whether anything is looked up under the workspace.
    is_asked: bool,
    /// The keys of all of them.
    keys: Vec<String>,
    /// Whether one of them holds the ID of an account.
    names_accounts: bool,
    /// Whether a key may not be the name of its workspace.
    is_unclear: bool,
}

impl<'s, 'a> Search<'s, 'a> {
    fn of(module: &'s Module<'a>, given: &'s [Body]) -> Self {
        let (keys, is_asked, names_accounts, is_unclear) = (Vec::new(), false, false, false);
        let mut search = Self { module, given, is_asked, keys, names_accounts, is_unclear };
        module.locals.values().for_each(|local| search.expression(&local.value, false, 0));
        module.providers.iter().for_each(|block| search.body(&block.body, 0));
        module.calls.values().for_each(|block| search.body(&block.body, 0));
        module.resources.iter().for_each(|declared| search.body(&declared.block.body, 0));
        search
    }

    fn body(&mut self, body: &'s Body, depth: usize) {
        if depth > bounds::VALUE_DEPTH {
            return;
        }
        body.attributes.iter().for_each(|attribute| self.expression(&attribute.value, false, depth));
        body.blocks.iter().for_each(|block| self.body(&block.body, depth + 1));
    }

    /// `guarded` is what may be refused without harm.
    fn expression(&mut self, expression: &'s Expression, guarded: bool, depth: usize) {
        if depth > bounds::VALUE_DEPTH {
            return;
        }
        let mut inner = |inner: &'s Expression, guarded: bool| self.expression(inner, guarded, depth + 1);
        match &expression.kind {
            ExpressionKind::Traversal(base, steps) => {
                inner(base, guarded);
                for step in steps {
                    if let Step::Index(index) = step {
                        inner(index, guarded);
                    }
                }
                if !guarded {
                    self.indexed(base, steps);
                }
            }
            ExpressionKind::Call(call) => {
                let guarded = guarded || matches!(&*call.name.value, "try" | "can");
                for argument in &call.arguments {
                    inner(argument, guarded);
                }
            }
            ExpressionKind::Conditional(condition, yes, no) => {
                inner(condition, guarded);
                let guarded = guarded || !self.has_all(yes, no);
                for branch in [yes, no] {
                    self.expression(branch, guarded, depth + 1);
                }
            }
            ExpressionKind::List(items) => items.iter().for_each(|item| inner(item, guarded)),
            ExpressionKind::Object(items) => items.iter().for_each(|item| inner(&item.value, guarded)),
            ExpressionKind::Unary(_, one) | ExpressionKind::Parenthesis(one) => inner(one, guarded),
            ExpressionKind::Binary(left, _, right) => {
                for one in [left, right] {
                    inner(one, guarded);
                }
            }
            ExpressionKind::For(each) => inner(&each.collection, guarded),
            ExpressionKind::Template(template) => {
                for part in &template.parts {
                    if let TemplatePart::Interpolation(one) = part {
                        inner(one, guarded);
                    }
                }
            }
            ExpressionKind::Null
            | ExpressionKind::Bool(_)
            | ExpressionKind::Number(_)
            | ExpressionKind::Variable(_) => {}
        }
    }

    /// Whether one branch of a condition is a value under the workspace and the other one that under a key of the same map: then
    /// every workspace has the value of some key.
    fn has_all(&self, yes: &'s Expression, no: &'s Expression) -> bool {
        let found = |one: &'s Expression| match &one.kind {
            ExpressionKind::Traversal(base, steps) => steps.iter().enumerate().find_map(|(at, step)| {
                let Step::Index(index) = step else { return None };
                Some((self.object(base, steps.get(..at)?, 0)?, index))
            }),
            _ => None,
        };
        let (Some((mine, index)), Some((other, default))) = (found(yes), found(no)) else { return false };
        let is_key = literal(default).is_some_and(|key| keys(other).any(|known| known == key));
        std::ptr::eq(mine, other) && self.workspace(index, 0).is_some() && is_key
    }

    /// Takes note of a map that is indexed by the workspace.
    fn indexed(&mut self, base: &'s Expression, steps: &'s [Step]) {
        for (at, step) in steps.iter().enumerate() {
            let Step::Index(index) = step else { continue };
            let Some(excluded) = self.workspace(index, 0) else { continue };
            self.is_asked = true;
            let Some(items) = steps.get(..at).and_then(|before| self.object(base, before, 0)) else {
                continue;
            };
            self.names_accounts |= items.iter().any(|item| has_id(&item.value, 0));
            for key in keys(items) {
                self.is_unclear |= excluded.iter().any(|text| key.contains(text));
                if !self.keys.contains(&key) && self.keys.len() <= bounds::DEPLOYMENT_FILES {
                    self.keys.push(key);
                }
            }
        }
    }

    /// The literal map that an expression leads to.
    fn object(&self, base: &'s Expression, steps: &'s [Step], depth: usize) -> Option<&'s [ObjectItem]> {
        if depth > bounds::VALUE_DEPTH {
            return None;
        }
        let (base, steps) = match &base.kind {
            ExpressionKind::Variable(root) => {
                let (Step::Attribute(name), rest) = steps.split_first()? else { return None };
                let named = match &**root {
                    "local" => &self.module.locals.get(&*name.value)?.value,
                    "var" => self.variable(&name.value)?,
                    _ => return None,
                };
                return self.object(named, rest, depth + 1);
            }
            ExpressionKind::Traversal(inner, before) if steps.is_empty() => (&**inner, before.as_slice()),
            ExpressionKind::Parenthesis(inner) => (&**inner, steps),
            ExpressionKind::Object(items) => match steps.split_first() {
                None => return Some(items),
                Some((Step::Attribute(name), rest)) => {
                    let item = items.iter().find(|item| key(item).as_deref() == Some(&*name.value))?;
                    (&item.value, rest)
                }
                Some(_) => return None,
            },
            _ => return None,
        };
        self.object(base, steps, depth + 1)
    }

    /// What a variable is given, or its default.
    fn variable(&self, name: &str) -> Option<&'s Expression> {
        let declared = self.module.variables.get(name)?;
        let given = self.given.iter().rev().find_map(|body| argument(body, name));
        Some(&given.or_else(|| argument(&declared.body, "default"))?.value)
    }

    /// Whether an expression is the name of the workspace, or what functions make of it that leave it as it is: then the texts that
    /// no key may have in it. What `replace` puts in is one of these: a key without it is the very name of a workspace.
    fn workspace(&self, expression: &'s Expression, depth: usize) -> Option<Vec<String>> {
        if depth > bounds::VALUE_DEPTH {
            return None;
        }
        let inner = |one: &'s Expression| self.workspace(one, depth + 1);
        match &expression.kind {
            ExpressionKind::Traversal(base, steps) => match (&base.kind, steps.as_slice()) {
                (ExpressionKind::Variable(root), [Step::Attribute(name)]) => match (&**root, &*name.value) {
                    ("terraform", "workspace") => Some(Vec::new()),
                    ("local", name) => inner(&self.module.locals.get(name)?.value),
                    _ => None,
                },
                _ => None,
            },
            ExpressionKind::Call(call) => match (&*call.name.value, call.arguments.as_slice()) {
                (name, [one]) if NEUTRAL.contains(&name) => inner(one),
                ("replace", [one, _, by]) => {
                    let by = literal(by).filter(|by| !by.is_empty())?;
                    Some(inner(one)?.into_iter().chain([by]).collect())
                }
                _ => None,
            },
            ExpressionKind::Parenthesis(one) => inner(one),
            ExpressionKind::Template(Template { parts }) => match parts.as_slice() {
                [TemplatePart::Interpolation(one)] => inner(one),
                _ => None,
            },
            _ => None,
        }
    }
}

fn keys(items: &[ObjectItem]) -> impl Iterator<Item = String> {
    items.iter().filter_map(key)
}

fn key(item: &ObjectItem) -> Option<String> {
    match &item.key {
        ObjectKey::Word(word) => Some(word.value.to_string()),
        ObjectKey::Expression(expression) => literal(expression),
    }
}

/// Whether the ID of an account is written in an expression, alone or in an ARN.
fn has_id(expression: &Expression, depth: usize) -> bool {
    let is_id = |part: &str| part.len() == 12 && part.bytes().all(|byte| byte.is_ascii_digit());
    if depth > bounds::VALUE_DEPTH {
        return false;
    }
    match &expression.kind {
        ExpressionKind::Template(template) => template.parts.iter().any(|part| match part {
            TemplatePart::Literal(text, _) => text.split(|c: char| !c.is_ascii_alphanumeric()).any(is_id),
            _ => false,
        }),
        ExpressionKind::Object(items) => items.iter().any(|item| has_id(&item.value, depth + 1)),
        ExpressionKind::List(items) => items.iter().any(|item| has_id(item, depth + 1)),
        ExpressionKind::Parenthesis(inner) => has_id(inner, depth + 1),
        _ => false,
    }
}
