//! The functions of Terraform that need nothing but their arguments.
//!
//! What is known of the arguments is used as far as it decides the result; a symbol keeps its identity through
//! whatever only moves it. See <https://developer.hashicorp.com/terraform/language/functions>; what that page
//! leaves open was asked of Terraform 1.11.4.

mod arn;
mod choose;
mod encoding;
mod flat;
mod format;
mod function;
mod hash;
mod json;
mod lists;
mod maps;
mod network;
mod numbers;
mod paths;
mod patterns;
mod sets;
mod strings;
mod sums;
mod syntax;
#[cfg(test)]
pub(crate) mod tests;
mod time;
mod trim;
mod yaml;

use std::sync::LazyLock;

use rustc_hash::FxHashMap;

use self::function::Function;
pub(super) use self::sets::as_set;
use super::convert::Outcome;
use crate::source::Span;
use crate::value::Value;

static FUNCTIONS: LazyLock<FxHashMap<&str, &Function>> = LazyLock::new(|| {
    let families = [
        arn::FUNCTIONS,
        choose::FUNCTIONS,
        encoding::FUNCTIONS,
        format::FUNCTIONS,
        hash::FUNCTIONS,
        json::FUNCTIONS,
        lists::FUNCTIONS,
        maps::FUNCTIONS,
        network::FUNCTIONS,
        numbers::FUNCTIONS,
        paths::FUNCTIONS,
        patterns::FUNCTIONS,
        sets::FUNCTIONS,
        strings::FUNCTIONS,
        sums::FUNCTIONS,
        time::FUNCTIONS,
        trim::FUNCTIONS,
        yaml::FUNCTIONS,
    ];
    families.into_iter().flatten().map(|function| (function.name, function)).collect()
});

/// What a function returns; `None` when there is none of that name here.
pub(crate) fn call(name: &str, arguments: &[Value], span: Span) -> Option<Outcome> {
    let function = FUNCTIONS.get(name.strip_prefix("core::").unwrap_or(name))?;
    Some(function.call(arguments, span).into())
}
