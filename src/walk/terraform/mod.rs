//! Terraform and `OpenTofu`: modules, evaluated as far as they can be without running anything.
//!
//! Every root module is evaluated on its own, with the modules it calls. A module that another one calls is
//! judged with the arguments of its calls only. Nothing is executed and nothing is fetched: of a module that is not in
//! the project what `terraform init` installed is evaluated, else for a well-known one a stand-in; others give outputs
//! that are not known, but keep their identity.
//!
//! There are three rooms, and each uses only those above it in this table:
//!
//! | layer | module | owns |
//! |---|---|---|
//! | 1 | `language` | expressions: what they say, given what names mean, which files there are and what it may cost |
//! | 2 | `module` | modules: their blocks, and what names mean for one call of them |
//! | 3 | `deploy` | which modules are deployed, how often, with which values, and what is known from elsewhere |

mod deploy;
mod language;
mod module;
#[cfg(test)]
mod tests;

pub use self::deploy::{
    Deployment, Inputs, Mapping, Memory, Told, claims, expression, holds_json, installed, named, plan, walk,
    written_secrets,
};
pub(crate) use self::module::type_name::matters;
