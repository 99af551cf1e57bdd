//! What an expression of a plan refers to.
//!
//! A plan has values as far as they are known before anything is made. Of the rest it says which other values an
//! expression mentions, not how it is made of them: an attribute that mentions one ARN and nothing else is taken
//! for that ARN only where nothing but an ARN, a name or an id can stand.

use std::borrow::Cow;

use rustc_hash::FxHashMap;
use serde_json::Value as Json;

use super::model::{ConfigModule, ConfigResource, Configuration, ModuleCall};
use crate::bounds;

/// The attributes that stand for the whole resource wherever they are mentioned.
const NAMING: &[&str] =
    &["arn", "bucket", "id", "json", "key_id", "minified_json", "name", "role", "unique_id", "url", "user"];

/// A module of the configuration, by where it is called.
struct Called<'p> {
    module: &'p ConfigModule,
    /// The call; `None` for the root.
    by: Option<&'p ModuleCall>,
}

/// All modules and resources of a configuration, by address: `module.a.`, `module.a.aws_iam_role.r`, without
/// indexes.
pub(super) struct Links<'p> {
    modules: FxHashMap<String, Called<'p>>,
    resources: FxHashMap<Cow<'p, str>, &'p ConfigResource>,
}

/// An attribute of a resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mentioned {
    /// The address without the index of the last step, unless one is written.
    pub(super) address: String,
    pub(super) attribute: String,
}

impl<'p> Links<'p> {
    pub(super) fn of(configuration: &'p Configuration) -> Self {
        let mut links = Self { modules: FxHashMap::default(), resources: FxHashMap::default() };
        links.add(&configuration.root_module, String::new(), None);
        links
    }

    /// The depth of a configuration is bounded by its reader.
    fn add(&mut self, module: &'p ConfigModule, prefix: String, by: Option<&'p ModuleCall>) {
        self.resources.reserve(module.resources.len());
        for resource in &module.resources {
            let address = if prefix.is_empty() {
                Cow::Borrowed(&*resource.address)
            } else {
                Cow::Owned(format!("{prefix}{}", resource.address))
            };
            self.resources.insert(address, resource);
        }
        for (name, call) in &module.module_calls {
            self.add(&call.module, format!("{prefix}module.{name}."), Some(call));
        }
        self.modules.insert(prefix, Called { module, by });
    }

    /// A resource of the configuration by the address of one of its instances.
    pub(super) fn resource(&self, address: &str) -> Option<&'p ConfigResource> {
        self.resources.get(&*without_indexes(address)).copied()
    }

    /// The one thing that an expression of a resource mentions, when it is one that can stand for the whole.
    pub(super) fn only(&self, expression: &Json, address: &str) -> Option<Mentioned> {
        self.follow(expression, (module_of(address), index_of(address)), 0)
    }

    /// `module` is the instance of the module that the expression stands in, `module.a["x"].`, and `index` that of the block
    /// there, `["y"]`.
    fn follow(&self, expression: &Json, (module, index): (&str, &str), depth: usize) -> Option<Mentioned> {
        if depth > bounds::PLAN_REFERENCES {
            return None;
        }
        let references = expression.get("references")?.as_array()?;
        let all: Vec<&str> = references.iter().filter_map(Json::as_str).collect();
        // After `a.b.c` comes `a.b`, which says nothing more.
        let is_part = |one: &str| {
            all.iter()
                .any(|other| other.starts_with(&format!("{one}.")) || other.starts_with(&format!("{one}[")))
        };
        let mut whole = all.iter().filter(|one| !is_part(one));
        let only = match (whole.next()?, whole.next(), whole.next()) {
            (only, None, None) => only,
            (one, Some(other), None) => return of_own_index([one, other], module, index),
            _ => return None,
        };
        if let Some(variable) = only.strip_prefix("var.") {
            let call = self.modules.get(&*without_indexes(module))?.by?;
            let place = (caller_of(module), index_of(module.trim_end_matches('.')));
            return self.follow(call.expressions.get(variable)?, place, depth + 1);
        }
        if let Some(rest) = only.strip_prefix("module.") {
            let (call, output) = rest.split_at_checked(step_end(rest)?)?;
            let below = format!("{module}module.{call}");
            let output = self.modules.get(&*without_indexes(&below))?.module.outputs.get(output)?;
            return self.follow(output, (&below, ""), depth + 1);
        }
        let mentioned = mentioned(only, module)?;
        NAMING.contains(&&*mentioned.attribute).then_some(mentioned)
    }
}

/// The policy document that belongs to an instance: what stands behind an index that is not written, `.json`, no plan says, but
/// of a document nothing else is a policy.
///
/// <https://developer.hashicorp.com/terraform/internals/json-format#expression-representation>
fn of_own_index(both: [&str; 2], module: &str, index: &str) -> Option<Mentioned> {
    let is_own = |one: &&str| matches!(*one, "each.key" | "count.index");
    let (own, others): (Vec<&str>, Vec<&str>) = both.into_iter().partition(is_own);
    let ([_], [document]) = (own.as_slice(), others.as_slice()) else { return None };
    let name = document.strip_prefix("data.aws_iam_policy_document.")?;
    let is_whole = !name.contains(['.', '[']) && !index.is_empty();
    let address = format!("{module}{document}{index}");
    is_whole.then(|| Mentioned { address, attribute: "json".to_owned() })
}

/// `aws_iam_role.r["x"].arn`: the address and the attribute.
fn mentioned(reference: &str, module: &str) -> Option<Mentioned> {
    if ["each.", "count.", "local.", "path.", "terraform.", "self."]
        .iter()
        .any(|it| reference.starts_with(it))
    {
        return None;
    }
    let (data, rest) = match reference.strip_prefix("data.") {
        Some(rest) => ("data.", rest),
        None => ("", reference),
    };
    let (kind, rest) = rest.split_once('.')?;
    let end = rest.find(['.', '['])?;
    let (name, mut rest) = rest.split_at_checked(end)?;
    let mut index = "";
    if rest.starts_with('[') {
        let close = rest.find(']')? + 1;
        (index, rest) = rest.split_at_checked(close)?;
    }
    let attribute = rest.strip_prefix('.')?;
    let plain = attribute.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    plain.then(|| Mentioned {
        address: format!("{module}{data}{kind}.{name}{index}"),
        attribute: attribute.to_owned(),
    })
}

/// Where the first step of an address ends, with its dot; a dot inside of brackets ends none.
fn step_end(address: &str) -> Option<usize> {
    let (mut inside, mut quoted, mut escaped) = (false, false, false);
    for (at, c) in address.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' if inside => quoted = !quoted,
            '[' if !quoted => inside = true,
            ']' if !quoted => inside = false,
            '.' if !inside => return Some(at + 1),
            _ => {}
        }
    }
    None
}

/// The ends of the modules that an address begins with.
fn module_ends(address: &str) -> impl Iterator<Item = usize> + use<'_> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let call = address.get(at..)?.strip_prefix("module.")?;
        at += "module.".len() + step_end(call)?;
        Some(at)
    })
}

/// The instance of the module that a resource stands in: `module.a["x"].`, nothing for the root.
fn module_of(address: &str) -> &str {
    module_ends(address).last().and_then(|end| address.get(..end)).unwrap_or_default()
}

/// The index that an address ends with: `["x"]`, nothing for what is there once.
fn index_of(address: &str) -> &str {
    let last = module_ends(address).filter(|end| *end < address.len()).last().unwrap_or_default();
    let own = address.get(last..).unwrap_or_default();
    own.find('[').and_then(|at| own.get(at..)).unwrap_or_default()
}

/// The instance of the module that calls this one.
fn caller_of(module: &str) -> &str {
    let before = module_ends(module).filter(|end| *end < module.len()).last();
    before.and_then(|end| module.get(..end)).unwrap_or_default()
}

/// An address without `[…]`; a bracket inside of a quoted key does not end it.
pub(super) fn without_indexes(address: &str) -> Cow<'_, str> {
    if !address.contains('[') {
        return Cow::Borrowed(address);
    }
    let mut out = String::new();
    let (mut inside, mut quoted, mut escaped) = (false, false, false);
    for c in address.chars() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' if inside => quoted = !quoted,
            '[' if !quoted => inside = true,
            ']' if !quoted => inside = false,
            _ if !inside => out.push(c),
            _ => {}
        }
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::source::SourceId;

    fn read(configuration: &Json) -> Configuration {
        let plan = json!({"configuration": configuration}).to_string();
        super::super::whole::read(SourceId::first(), &plan).unwrap().configuration
    }

    #[test]
    fn an_expression_is_followed_through_modules() {
        let configuration = json!({"root_module": {
            "module_calls": {"child": {
                "expressions": {"arn": {"references": ["aws_iam_role.r[\"a.b\"].arn", "aws_iam_role.r[\"a.b\"]", "aws_iam_role.r"]}},
                "module": {"outputs": {"out": {"expression": {"references": ["var.arn"]}}}},
            }},
        }});
        let configuration = read(&configuration);
        let links = Links::of(&configuration);
        let role = Mentioned { address: "aws_iam_role.r[\"a.b\"]".to_owned(), attribute: "arn".to_owned() };
        let only = |references: Json| links.only(&json!({"references": references}), "aws_iam_role.x");
        assert_eq!(only(json!(["module.child.out", "module.child"])), Some(role));
        assert_eq!(
            links.only(&json!({"references": ["var.arn"]}), "module.child.aws_iam_role.x").unwrap().attribute,
            "arn"
        );
        // Two things, or what is no name of a resource, or what nobody says.
        assert_eq!(
            only(json!(["aws_iam_role.a.arn", "aws_iam_role.a", "aws_iam_role.b.arn", "aws_iam_role.b"])),
            None
        );
        assert_eq!(
            only(json!(["data.aws_caller_identity.me.account_id", "data.aws_caller_identity.me"])),
            None
        );
        assert_eq!(only(json!(["local.arn"])), None);
        assert_eq!(only(json!(["var.arn"])), None);
        assert_eq!(only(json!(["module.nowhere.out"])), None);
    }

    #[test]
    fn an_expression_stays_in_the_instance_of_its_module() {
        let configuration = json!({"root_module": {"module_calls": {"m": {
            "expressions": {"other": {"references": ["module.m[\"b.c\"].out", "module.m[\"b.c\"]", "module.m"]}},
            "module": {"outputs": {"out": {"expression": {"references": ["aws_iam_role.r.arn", "aws_iam_role.r"]}}}},
        }}}});
        let configuration = read(&configuration);
        let links = Links::of(&configuration);
        let address = |references: Json| {
            let only =
                links.only(&json!({"references": references}), "module.m[\"a]\\\".x\"].aws_iam_policy.p[0]");
            only.unwrap().address
        };
        let own = json!(["aws_iam_role.r.arn", "aws_iam_role.r"]);
        assert_eq!(address(own), "module.m[\"a]\\\".x\"].aws_iam_role.r");
        assert_eq!(address(json!(["var.other"])), "module.m[\"b.c\"].aws_iam_role.r");
    }

    #[test]
    fn a_document_of_the_same_index_belongs_to_an_instance() {
        let configuration = json!({"root_module": {"module_calls": {"m": {
            "expressions": {"policy": {"references": ["data.aws_iam_policy_document.d", "each.key"]}},
            "module": {},
        }}}});
        let configuration = read(&configuration);
        let links = Links::of(&configuration);
        let address = |references: Json, of: &str| {
            links.only(&json!({"references": references}), of).map(|only| only.address)
        };
        let own = json!(["data.aws_iam_policy_document.d", "each.key"]);
        let found = address(own.clone(), "module.m[\"a\"].aws_iam_role.r[\"x.y\"]");
        assert_eq!(found.as_deref(), Some("module.m[\"a\"].data.aws_iam_policy_document.d[\"x.y\"]"));
        let found = address(json!(["var.policy"]), "module.m[\"a.b\"].aws_iam_role.r[0]");
        assert_eq!(found.as_deref(), Some("data.aws_iam_policy_document.d[\"a.b\"]"));
        assert_eq!(address(own, "aws_iam_role.r"), None);
        for other in ["each.value", "data.aws_iam_policy_document.e"] {
            let two = json!(["data.aws_iam_policy_document.d", other]);
            assert_eq!(address(two, "aws_iam_role.r[\"x\"]"), None);
        }
        assert_eq!(address(json!(["aws_iam_role.q", "each.key"]), "aws_iam_role.r[\"x\"]"), None);
    }

    #[test]
    fn indexes_are_dropped_and_keys_with_brackets_too() {
        assert_eq!(without_indexes("module.a[\"x]y\"].aws_iam_role.r[0]"), "module.a.aws_iam_role.r");
    }
}
