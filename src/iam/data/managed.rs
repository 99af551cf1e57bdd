//! The policies that AWS manages.

use std::sync::OnceLock;

use crate::bounds;
use crate::lines;

/// Name, path, offset and length of a block in [`BLOCKS`], offset and length of the document in the block.
static INDEX: &str = include_str!("../../../data/managed_policies.tsv");
static BLOCKS: &[u8] = include_bytes!("../../../data/managed_policies.bin");

/// The document of an AWS managed policy, as JSON.
///
/// Takes an ARN (`arn:aws:iam::aws:policy/service-role/Name`) or its path and name (`/service-role/Name`).
/// `None` when AWS has no policy of that name on that path: the path is part of the identity, and a wrong one
/// fails at deployment ([`managed_policy_by_name`] says where it is). Policies that only service-linked roles
/// can have are left out.
pub fn managed_policy(arn_or_path: &str) -> Option<&'static str> {
    let path = path_and_name(arn_or_path)?;
    let (folder, name) = path.split_at_checked(path.rfind('/')? + 1)?;
    let entry = Entry::find(name)?;
    (entry.path == folder).then(|| entry.document())?
}

/// The path of the AWS managed policy of that name: `/service-role/`; `/` for most.
pub fn managed_policy_by_name(name: &str) -> Option<&'static str> {
    Some(Entry::find(name)?.path)
}

/// `/service-role/Name` of an ARN of a managed policy that AWS owns, or of a path.
fn path_and_name(written: &str) -> Option<&str> {
    if written.starts_with('/') {
        return Some(written);
    }
    let (partition, resource) = written.strip_prefix("arn:")?.split_once(":iam::aws:policy")?;
    (partition.starts_with("aws") && !partition.contains(':')).then_some(resource)
}

struct Entry {
    path: &'static str,
    block: (usize, usize),
    document: (usize, usize),
}

impl Entry {
    fn find(name: &str) -> Option<Self> {
        let mut fields = lines::find(INDEX, name)?.split('\t');
        let path = fields.next()?;
        let mut number = || fields.next()?.parse::<usize>().ok();
        Some(Self { path, block: (number()?, number()?), document: (number()?, number()?) })
    }

    fn document(&self) -> Option<&'static str> {
        let (from, len) = self.document;
        block(self.block.0, self.block.1)?.get(from..from.checked_add(len)?)
    }
}

/// Places for unpacked blocks, of which there are far fewer.
const PLACES: usize = 1_024;

/// A block, unpacked when it is first needed.
fn block(offset: usize, len: usize) -> Option<&'static str> {
    static UNPACKED: [OnceLock<(usize, Option<String>)>; PLACES] = [const { OnceLock::new() }; PLACES];
    let unpack = || {
        let packed = BLOCKS.get(offset..offset.checked_add(len)?)?;
        let bytes =
            miniz_oxide::inflate::decompress_to_vec_with_limit(packed, bounds::MANAGED_BLOCK_BYTES).ok()?;
        String::from_utf8(bytes).ok()
    };
    // Where another block is, this one is in the next place that is free.
    let first = offset % PLACES;
    let places = UNPACKED.iter().skip(first).chain(UNPACKED.iter().take(first));
    let mut blocks = places.map(|place| place.get_or_init(|| (offset, unpack())));
    blocks.find(|(of, _)| *of == offset)?.1.as_deref()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_listed_policy_can_be_read() {
        assert!(lines::is_sorted(INDEX));
        let mut count = 0;
        for line in INDEX.lines() {
            let mut fields = line.split('\t');
            let (name, path) = (fields.next().unwrap(), fields.next().unwrap());
            let json = managed_policy(&format!("arn:aws:iam::aws:policy{path}{name}")).expect(name);
            let document: serde_json::Value = serde_json::from_str(json).expect(name);
            let read = crate::iam::testing::policy(&document);
            assert!(!read.statements.is_empty(), "{name}");
            // Nobody is told of them, so there must be none.
            assert_eq!(read.defects, [], "{name}");
            count += 1;
        }
        assert!(count > 1_200, "{count}");
    }

    #[test]
    fn the_path_is_part_of_the_arn() {
        let found = |arn| managed_policy(arn).is_some();
        assert!(found("arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"));
        assert!(found("arn:aws-us-gov:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"));
        assert!(found("/service-role/AWSLambdaBasicExecutionRole"));
        assert!(!found("arn:aws:iam::aws:policy/AWSLambdaBasicExecutionRole"));
        assert_eq!(managed_policy_by_name("AWSLambdaBasicExecutionRole"), Some("/service-role/"));
        assert_eq!(managed_policy_by_name("AdministratorAccess"), Some("/"));
        assert_eq!(managed_policy_by_name("AdministratorAcces"), None);
        assert!(!found("arn:aws:iam::111111111111:policy/AdministratorAccess"));
        for odd in ["", "/", "arn:", "arn:aws:iam::aws:policy", "AdministratorAccess"] {
            assert!(!found(odd), "{odd}");
        }
    }

    #[test]
    fn administrators_may_do_everything() {
        let json = managed_policy("arn:aws:iam::aws:policy/AdministratorAccess").unwrap();
        let document: serde_json::Value = serde_json::from_str(json).unwrap();
        assert_eq!(document["Statement"][0]["Action"], "*");
    }
}
