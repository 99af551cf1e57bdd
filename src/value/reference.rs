//! What a reference leads to.

use std::sync::Arc;

/// A declaration that an expression refers to: `aws_s3_bucket.b.arn`, `!GetAtt Bucket.Arn`. It is meant whatever its name
/// turns out to be.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Reference {
    /// The unit it is deployed with.
    pub unit: Arc<str>,
    /// Its address in the unit.
    pub address: Arc<str>,
}

impl Reference {
    /// A reference to what a unit declares under an address.
    pub fn new(unit: impl Into<Arc<str>>, address: impl Into<Arc<str>>) -> Self {
        Self { unit: unit.into(), address: address.into() }
    }
}
