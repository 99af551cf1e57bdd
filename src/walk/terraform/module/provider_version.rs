//! What attributes returned before a version of the AWS provider, in root modules that allow only versions before it.

use std::collections::BTreeSet;

use super::blocks::{Module, argument, literal, literal_argument};
use super::provider::{AWS, is_aws};
use super::run::Run;
use super::version::is_below;
use crate::parse::hcl::{Block, Expression, ExpressionKind, ObjectItem, ObjectKey};
use crate::source::reads::note;

/// Types, attributes, the first version that returns something else, and what was returned before.
///
/// <https://registry.terraform.io/providers/hashicorp/aws/latest/docs/guides/version-3-upgrade#removal-of-arn-wildcard-suffix>,
/// <https://registry.terraform.io/providers/hashicorp/aws/latest/docs/guides/version-4-upgrade#removal-of-arn-wildcard-suffix>
const FORMER: [(&str, &str, u64, &str); 2] = [
    ("aws_cloudwatch_log_group", "arn", 3, LOG_GROUP),
    ("data.aws_cloudwatch_log_group", "arn", 4, LOG_GROUP),
];

/// The last version of the AWS provider that Terraform before 0.12 runs is one below this.
///
/// <https://registry.terraform.io/providers/hashicorp/aws/latest/docs/guides/version-3-upgrade>
const WITH_FORMER_TERRAFORM: &str = "< 3.0";

const LOG_GROUP: &str = "arn:${@partition}:logs:${@region}:${@account}:log-group:${name}:*";

impl Run<'_> {
    /// What an attribute returns with the versions of the provider that the root module allows, where that has changed since.
    pub(super) fn former(&self, type_name: &str, attribute: &str) -> Option<&'static str> {
        let (.., first, template) =
            FORMER.into_iter().find(|(of, name, ..)| *of == type_name && *name == attribute)?;
        let constraints = self.constraints.get_or_init(|| self.aws_constraints());
        constraints.iter().any(|constraint| is_below(constraint, [first, 0, 0])).then_some(template)
    }

    /// The constraints on the version of the AWS provider of all modules that the root module calls, itself included: one
    /// version is installed for all of them. A root module without any was likely written for that of the others.
    ///
    /// <https://developer.hashicorp.com/terraform/language/providers/requirements>
    fn aws_constraints(&self) -> Vec<String> {
        let Some(root) = self.modules.by_directory.name(self.told.root) else { return Vec::new() };
        let mut reached = BTreeSet::new();
        self.modules.reach(root, &mut reached);
        let own = reached.iter().filter_map(|directory| self.modules.by_directory.get(directory));
        let own = constraints(own);
        if own.is_empty() {
            let (all, files) = self.modules.constraints;
            note(files);
            all.to_vec()
        } else {
            own
        }
    }
}

/// The constraints of modules; those that have none have that of the version of Terraform which they are written for.
pub(crate) fn constraints<'m, 'a: 'm>(modules: impl Iterator<Item = &'m Module<'a>>) -> Vec<String> {
    let (mut written, mut is_former) = (Vec::new(), false);
    for module in modules {
        written.extend(of_module(module));
        is_former |= module.is_former;
    }
    if written.is_empty() && is_former {
        written.push(WITH_FORMER_TERRAFORM.to_owned());
    }
    written
}

/// The constraints of one module: those of `required_providers`, and of provider blocks as they were before.
fn of_module(module: &Module<'_>) -> Vec<String> {
    let configured = module.providers.iter().filter(|block| is_aws(block));
    let of_blocks = configured.filter_map(|block| literal_argument(&block.body, "version"));
    of_blocks.chain(module.settings.iter().flat_map(|block| required(block))).collect()
}

fn required(settings: &Block) -> Vec<String> {
    let body = &settings.body;
    let blocks = body.blocks.iter().filter(|block| &*block.kind.value == "required_providers");
    let written = blocks.filter_map(|block| version_of(&argument(&block.body, AWS)?.value));
    // The JSON syntax has an argument where the block is.
    let in_json = argument(body, "required_providers").into_iter();
    let in_json = in_json.filter_map(|argument| version_of(entry(&argument.value, AWS)?));
    written.chain(in_json).collect()
}

/// The constraint that a provider is required with: a text, or in an object with the source of the provider.
fn version_of(required: &Expression) -> Option<String> {
    literal(required).or_else(|| literal(entry(required, "version")?))
}

/// An item of an object.
fn entry<'e>(object: &'e Expression, name: &str) -> Option<&'e Expression> {
    let ExpressionKind::Object(items) = &object.kind else { return None };
    let is_named = |item: &&ObjectItem| match &item.key {
        ObjectKey::Word(word) => &*word.value == name,
        ObjectKey::Expression(key) => literal(key).is_some_and(|key| key == name),
    };
    items.iter().find(is_named).map(|item| &item.value)
}
