//! What actions act on, and what else they need.
//!
//! <https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html>

use super::action_exists;
use crate::iam::glob::{Case, plain};
use crate::lines;
use crate::value::Answer;

/// `service:action` in lower case; resource types, a star behind those that must be there; the number of the list of
/// condition keys; dependent actions.
static ACTIONS: &str = include_str!("../../../data/action_details.tsv");

/// `service:type`; the pattern of its ARNs; the number of the list of condition keys.
static TYPES: &str = include_str!("../../../data/resource_types.tsv");

/// A number; condition keys.
static KEYS: &str = include_str!("../../../data/key_lists.tsv");

/// A sort of resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ResourceType {
    /// Its name in lower case: `bucket`.
    pub name: &'static str,
    /// Its ARNs, with placeholders: `arn:${Partition}:s3:::${BucketName}`.
    pub arn: &'static str,
    keys: &'static str,
}

impl ResourceType {
    /// The condition keys that say something of such a resource.
    pub fn condition_keys(&self) -> impl Iterator<Item = &'static str> + use<> {
        key_list(self.keys)
    }

    /// Whether an ARN, or a pattern of ARNs, is of this sort.
    fn has(&self, arn: &str) -> bool {
        let mut pattern = String::new();
        let mut rest = self.arn;
        while let Some((before, after)) = rest.split_once("${") {
            pattern.push_str(before);
            pattern.push('*');
            rest = after.split_once('}').map_or("", |(_, after)| after);
        }
        pattern.push_str(rest);
        plain::matches(&pattern, arn, Case::Sensitive)
    }
}

/// What is known of an action.
#[derive(Clone, Copy, Debug)]
struct Details {
    service: &'static str,
    types: &'static str,
    keys: &'static str,
    needs: &'static str,
}

fn details(action: &str) -> Option<Details> {
    let (name, line) = lines::find_line(ACTIONS, &action.to_ascii_lowercase())?;
    let mut fields = line.split('\t');
    Some(Details {
        service: name.split(':').next()?,
        types: fields.next()?,
        keys: fields.next()?,
        needs: fields.next()?,
    })
}

fn key_list(number: &'static str) -> impl Iterator<Item = &'static str> {
    lines::find(KEYS, number).into_iter().flat_map(|list| list.split(' '))
}

/// The resource types that an action such as `s3:GetObject` acts on, and whether it needs one of each; none for an
/// action that acts on no resource in particular, or is not known.
pub fn resource_types(action: &str) -> impl Iterator<Item = (ResourceType, bool)> + use<> {
    details(action).into_iter().flat_map(|details| {
        let words = details.types.split(' ').filter(|word| !word.is_empty());
        words.filter_map(move |word| {
            let name = word.trim_end_matches('*');
            let (named, line) = lines::find_line(TYPES, &format!("{}:{name}", details.service))?;
            let (arn, keys) = line.split_once('\t')?;
            let (_, name) = named.split_once(':')?;
            Some((ResourceType { name, arn, keys }, word.ends_with('*')))
        })
    })
}

/// The condition keys that a request for the action may carry, besides those of all requests.
pub fn condition_keys_of(action: &str) -> impl Iterator<Item = &'static str> + use<> {
    details(action).into_iter().flat_map(|details| key_list(details.keys))
}

/// The actions that whoever calls `action` must be allowed besides: `iam:PassRole` for `lambda:CreateFunction`.
pub fn dependent_actions(action: &str) -> impl Iterator<Item = &'static str> + use<> {
    details(action).into_iter().flat_map(|details| details.needs.split(' ').filter(|word| !word.is_empty()))
}

/// Whether an action acts on resources with such an ARN. `Unknown` for an action of which nothing is known.
pub fn acts_on(action: &str, arn: &str) -> Answer {
    let mut types = resource_types(action).peekable();
    if types.peek().is_some() {
        return Answer::any(types.map(|(kind, _)| kind.has(arn).into()));
    }
    // An action without resource types is allowed on all resources or on none.
    match action.split_once(':') {
        Some((service, name)) if action_exists(service, name) => Answer::No,
        _ => Answer::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::iam::data::condition_key;

    fn names(action: &str) -> Vec<&'static str> {
        resource_types(action).map(|(kind, _)| kind.name).collect()
    }

    #[test]
    fn an_action_acts_on_resources_of_its_types() {
        assert_eq!(names("s3:ListBucket"), ["accesspoint", "bucket"]);
        assert!(names("S3:getobject").contains(&"object"));
        let (role, required) =
            resource_types("sts:AssumeRole").find(|(kind, _)| kind.name == "role").unwrap();
        assert_eq!((role.arn, required), ("arn:${Partition}:iam::${Account}:role/${RoleNameWithPath}", true));
        assert_eq!(names("s3:ListAllMyBuckets"), Vec::<&str>::new());
        for (action, arn, expected) in [
            ("s3:GetObject", "arn:aws:s3:::b/*", Answer::Yes),
            ("s3:GetObject", "arn:aws:s3:::b", Answer::No),
            ("s3:ListBucket", "arn:aws:s3:::b", Answer::Yes),
            ("sqs:SendMessage", "arn:aws:s3:::b", Answer::No),
            ("ec2:DescribeInstances", "arn:aws:ec2:eu-west-1:111111111111:instance/i-1", Answer::No),
            ("s3:NotYetPublished", "arn:aws:s3:::b", Answer::Unknown),
        ] {
            assert_eq!(acts_on(action, arn), expected, "{action} {arn}");
        }
    }

    #[test]
    fn an_action_has_keys_and_needs_others() {
        assert!(condition_keys_of("sts:AssumeRole").any(|key| key == "sts:ExternalId"));
        assert!(condition_keys_of("s3:PutObject").any(|key| key == "s3:x-amz-acl"));
        assert!(dependent_actions("lambda:CreateFunction").any(|action| action == "iam:PassRole"));
        assert_eq!(dependent_actions("s3:GetObject").count(), 0);
        let (bucket, _) = resource_types("s3:ListBucket").find(|(kind, _)| kind.name == "bucket").unwrap();
        assert!(bucket.condition_keys().all(|key| condition_key(key).is_some()));
    }

    #[test]
    fn the_tables_are_sorted_and_point_at_one_another() {
        assert!(lines::is_sorted(ACTIONS) && lines::is_sorted(TYPES) && lines::is_sorted(KEYS));
        let mut unknown = 0;
        for line in ACTIONS.lines() {
            let mut fields = line.split('\t');
            let action = fields.next().unwrap();
            let listed = fields.next().unwrap().split(' ').filter(|word| !word.is_empty()).count();
            assert_eq!(resource_types(action).count(), listed, "{action}");
            unknown += condition_keys_of(action).filter(|key| condition_key(key).is_none()).count();
        }
        assert_eq!(unknown, 0);
    }
}
