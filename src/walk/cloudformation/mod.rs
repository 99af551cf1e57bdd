//! `CloudFormation` and SAM templates, and what CDK synthesises.
//!
//! A template that is deployed on its own is a unit; nested stacks belong to the unit of their parent, and a
//! stack set makes a unit for every account it names. A parameter with a default has that value, but a
//! condition that hangs on a parameter proves nothing as long as who deploys the template can set it.
//!
//! There are three rooms, each of which uses only those before it: the language evaluates expressions, SAM makes
//! ordinary resources of its own, and deployment says which templates are deployed, where and with what.

mod claims;
mod deploy;
mod language;
mod sam;
#[cfg(test)]
mod tests;

pub use self::claims::claims;
pub use self::deploy::embedded::embedded;
pub use self::deploy::walk::walk;
