//! `CloudFormation` and SAM templates, and what CDK synthesises.
//!
//! A template that is deployed on its own is a unit; nested stacks belong to the unit of their parent, and a
//! stack set makes a unit for every account it names. A parameter with a default has that value, but a
//! condition that hangs on a parameter proves nothing as long as who deploys the template can set it.
//!
//! There are three rooms, and each uses only those above it in this table:
//!
//! | layer | module | owns |
//! |---|---|---|
//! | 1 | `language` | expressions: what they say, given what names mean |
//! | 2 | `sam` | ordinary resources that SAM makes of its own |
//! | 3 | `deploy` | which templates are deployed, where and with what |
//! | 3 | `claims` | which files are templates |

mod claims;
mod deploy;
mod language;
mod sam;
#[cfg(test)]
mod tests;

pub use self::claims::claims;
pub use self::deploy::configured::{Inputs, Stack};
pub use self::deploy::embedded::embedded;
pub use self::deploy::memory::Memory;
pub use self::deploy::walk::walk;
