//! What actions act on, and what else they need.
//!
//! <https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html>

use std::cell::OnceCell;

use super::{action_exists, actions, as_glob, expand, keys};
use crate::iam::glob::{self, Case, outside_variables};
use crate::lines;
use crate::source::{SourceId, Span};
use crate::value::{Answer, Piece, PieceKind, Text};

/// What many actions have in common, named by where it begins: resource types, a star behind those that must be there;
/// where the list of condition keys begins; dependent actions.
static DETAILS: &str = include_str!("../../../data/action_details.tsv");

/// `service:type`; the pattern of its ARNs; where the list of condition keys begins.
static TYPES: &str = include_str!("../../../data/resource_types.tsv");

/// Where in the table of condition keys each of them begins.
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
    #[cfg_attr(not(test), expect(dead_code, reason = "for the rule `unknown-condition-key`"))]
    pub fn condition_keys(&self) -> impl Iterator<Item = &'static str> + use<> {
        key_list(self.keys)
    }

    /// Whether it is a bucket, or an object in one.
    pub fn is_of_bucket(&self) -> bool {
        self.arn.contains(":s3:::")
    }

    /// The form of its ARNs, for messages: `arn:aws:sqs:REGION:ACCOUNT:QUEUENAME`.
    pub fn form(&self) -> String {
        let mut form = String::new();
        for (index, part) in self.arn.split("${").enumerate() {
            let (name, rest) = part.split_once('}').unwrap_or(("", part));
            match name {
                "" if index == 0 => {}
                "Partition" => form.push_str("aws"),
                name => form.push_str(&name.to_ascii_uppercase()),
            }
            form.push_str(rest);
        }
        form
    }

    /// Whether an ARN with this service, whose resource begins so and has a slash or none, is plainly of this sort: a cheap test
    /// that says `false` of much that [`has`](Self::has) finds to be so.
    pub fn plainly_has(&self, (service, begins, is_inside): (&str, &str, bool)) -> bool {
        let mut fields = self.arn.splitn(6, ':').skip(2);
        let (Some(own), Some(named)) = (fields.next(), fields.nth(2)) else { return false };
        let Some((kind, rest)) = named.split_once("${") else { return false };
        let is_last = rest.split_once('}').is_some_and(|(_, after)| after.is_empty());
        let is_bucket = self.is_of_bucket();
        own == service && begins.starts_with(kind) && if is_bucket { is_last != is_inside } else { is_last }
    }

    /// Whether an ARN, or some that a pattern matches, is of this sort.
    pub fn has(&self, arn: &Text) -> Answer {
        self.has_fields(arn, &Fields::default())
    }

    /// The same of an ARN whose fields may be known.
    fn has_fields(&self, arn: &Text, of_arn: &Fields) -> Answer {
        // What stands behind a slash is in a bucket.
        // https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
        if self.arn.ends_with(":::${BucketName}") && is_inside(arn) {
            return Answer::No;
        }
        if self.is_otherwise(arn) {
            return Answer::No;
        }
        let of_arn = of_arn.get_or_init(|| arn.splitn(6, ':'));
        // Of S3, buckets and objects alone are named without a region.
        // https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html#amazons3-resources-for-iam-policies
        if self.arn.contains(":s3:${Region}") && of_arn.get(3).is_some_and(Text::is_empty) {
            return Answer::No;
        }
        // Of what is not written as an ARN nothing is known, but that `*` matches all.
        if of_arn.len() < self.arn.splitn(6, ':').count() {
            return Answer::Unknown.or(arn.is_literally("*").into());
        }
        // A placeholder does not reach over a colon.
        Answer::all(self.arn.splitn(6, ':').zip(of_arn).map(|(own, field)| intersects(own, field)))
    }

    /// Whether an ARN is of another sort by a field that is written out before anything that is not known: mostly the service.
    fn is_otherwise(&self, arn: &Text) -> bool {
        let Some(Piece { kind: PieceKind::Literal(begins), .. }) = arn.pieces().first() else { return false };
        let Some((written, _)) = begins.rsplit_once(':') else { return false };
        let is_other = |(own, field): (&str, &str)| {
            own != field && !own.contains(['$', '*']) && field.is_ascii() && !field.contains(['*', '?'])
        };
        let mut pairs = self.arn.splitn(6, ':').zip(written.splitn(6, ':')).take(5);
        pairs.any(is_other) && colons(arn) + 1 >= self.arn.splitn(6, ':').count()
    }
}

/// How many colons an ARN has for certain.
fn colons(arn: &Text) -> usize {
    let of_piece = |piece: &Piece| match &piece.kind {
        PieceKind::Literal(text) => text.bytes().filter(|byte| *byte == b':').count(),
        PieceKind::Symbol(_) | PieceKind::Json(_) => 0,
    };
    arn.pieces().iter().map(of_piece).sum()
}

/// The fields of an ARN, once somebody needed them.
type Fields = OnceCell<Vec<Text>>;

/// Whether a field of an ARN with placeholders and one of another ARN have a text in common. Most are a placeholder alone, or plain.
fn intersects(own: &str, field: &Text) -> Answer {
    let is_placeholder = own.starts_with("${") && own.find('}') == Some(own.len() - 1);
    if is_placeholder {
        return Answer::Yes;
    }
    let plain = field.as_literal().filter(|text| text.is_ascii() && !text.contains(['*', '?']));
    match plain {
        Some(text) if !own.contains(['$', '*']) => (own == text).into(),
        _ => glob::intersects(&literal(&as_glob(own)), field, Case::Sensitive),
    }
}

/// What is known of an action.
#[derive(Clone, Copy, Debug)]
struct Details {
    service: &'static str,
    types: &'static str,
    keys: &'static str,
}

fn details(action: &str) -> Option<Details> {
    let (service, offset) = actions::detailed(action)?;
    let mut fields = lines::at(DETAILS, offset)?.split('\t');
    Some(Details { service, types: fields.next()?, keys: fields.next()? })
}

fn key_list(offset: &'static str) -> impl Iterator<Item = &'static str> {
    lines::at(KEYS, offset).into_iter().flat_map(|list| list.split(' ')).filter_map(keys::key_at)
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

/// Whether an ARN, or some that a pattern matches, may be that of a resource that the service is known to have.
pub fn is_resource_of(service: &str, arn: &Text) -> bool {
    let prefix = format!("{service}:");
    lines::beginning(TYPES, &prefix).any(|(_, rest)| {
        let of_type = rest.split('\t').next().unwrap_or_default();
        !ResourceType { name: "", arn: of_type, keys: "" }.has(arn).is_no()
    })
}

/// The condition keys that a request for the action may carry, besides those of all requests.
#[cfg_attr(not(test), expect(dead_code, reason = "for the rule `unknown-condition-key`"))]
pub fn condition_keys_of(action: &str) -> impl Iterator<Item = &'static str> + use<> {
    details(action).into_iter().flat_map(|details| key_list(details.keys))
}

/// Whether an action, or some that a pattern such as `s3:Get*` matches, acts on resources with such an ARN, or on some
/// that a pattern of ARNs matches. `Unknown` for an action of which nothing is known, and for patterns of services.
pub fn acts_on(action: &str, arn: &Text) -> Answer {
    acts_on_fields(action, arn, &Fields::default())
}

fn acts_on_fields(action: &str, arn: &Text, fields: &Fields) -> Answer {
    let Some((service, name)) = action.split_once(':') else { return Answer::Unknown };
    if service.contains(['*', '?']) {
        return Answer::Unknown;
    }
    if name.contains(['*', '?']) {
        let mut matching = expand(action).peekable();
        let known = matching.peek().is_some();
        let each = matching.map(|action| acts_on_fields(&format!("{service}:{}", action.name), arn, fields));
        return if known { Answer::any(each) } else { Answer::Unknown };
    }
    let mut types = resource_types(action).peekable();
    if types.peek().is_some() {
        return Answer::any(types.map(|(kind, _)| kind.has_fields(arn, fields)));
    }
    // An action without resource types is allowed on all resources or on none.
    if action_exists(service, name) {
        glob::equals(arn, &literal("*"), Case::Sensitive)
    } else {
        Answer::Unknown
    }
}

/// Whether an ARN has a slash, as far as it is known. Those in names of policy variables are none: `${aws:PrincipalTag/team}`.
fn is_inside(arn: &Text) -> bool {
    let has = |text: &str| outside_variables(text).any(|plain| plain.contains('/'));
    arn.joined().pieces().iter().any(|piece| matches!(&piece.kind, PieceKind::Literal(text) if has(text)))
}

fn literal(text: &str) -> Text {
    Text::literal(text, Span::start_of(SourceId::first()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::iam::data::keys::condition_key;

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
            ("s3:ListBucket", "arn:aws:s3:::b/key", Answer::No),
            ("s3:GetObject", "arn:aws:s3:::b*", Answer::Yes),
            ("s3:GetStorageLensDashboard", "arn:aws:s3:::b/*", Answer::No),
            ("s3:GetObject", "*", Answer::Yes),
            ("s3:GetObject", "b/*", Answer::Unknown),
            ("ec2:DescribeInstances", "*", Answer::Yes),
            ("s3:*", "arn:aws:s3:::b", Answer::Yes),
            ("s3:*Object", "arn:aws:s3:::b", Answer::No),
            ("s3:Nothing*", "arn:aws:s3:::b", Answer::Unknown),
            ("*", "arn:aws:s3:::b", Answer::Unknown),
            ("kms:Decrypt", "arn:aws:kms:eu-west-1:111111111111:key/k", Answer::Yes),
            ("iam:PassRole", "arn:aws:iam::111111111111:role/path/to/r", Answer::Yes),
        ] {
            assert_eq!(acts_on(action, &literal(arn)), expected, "{action} {arn}");
        }
    }

    #[test]
    fn an_action_has_keys_and_needs_others() {
        assert!(condition_keys_of("sts:AssumeRole").any(|key| key == "sts:ExternalId"));
        assert!(condition_keys_of("s3:PutObject").any(|key| key == "s3:x-amz-acl"));
        let (bucket, _) = resource_types("s3:ListBucket").find(|(kind, _)| kind.name == "bucket").unwrap();
        assert!(bucket.condition_keys().all(|key| condition_key(key).is_some()));
    }

    #[test]
    fn the_tables_point_at_one_another() {
        assert!(lines::is_sorted(TYPES));
        let mut detailed = 0;
        for action in expand("*") {
            let name = format!("{}:{}", action.service, action.name);
            let Some(details) = details(&name) else { continue };
            detailed += 1;
            let listed = details.types.split(' ').filter(|word| !word.is_empty()).count();
            assert_eq!(resource_types(&name).count(), listed, "{name}");
            assert!(
                details.keys.is_empty() || condition_keys_of(&name).all(|key| condition_key(key).is_some())
            );
        }
        assert!(detailed > 16_000, "{detailed}");
        for list in KEYS.lines() {
            assert_eq!(list.split(' ').filter_map(keys::key_at).count(), list.split(' ').count(), "{list}");
        }
        for line in TYPES.lines() {
            let mut fields = line.split('\t').skip(1);
            assert!(fields.next().unwrap().starts_with("arn:${Partition}:"), "{line}");
            let keys = fields.next().unwrap();
            assert_eq!(key_list(keys).next().is_some(), !keys.is_empty(), "{line}");
        }
    }

    /// `cargo test --release --lib look_ups -- --ignored --nocapture`
    #[test]
    #[ignore = "measures time"]
    #[expect(clippy::print_stdout, reason = "says what it measured")]
    fn look_ups_take_a_few_microseconds() {
        let names: Vec<_> = expand("*").map(|one| format!("{}:{}", one.service, one.name)).collect();
        let begun = std::time::Instant::now();
        let found = names.iter().filter(|name| details(name).is_some()).count();
        let each = begun.elapsed() / u32::try_from(names.len()).unwrap();
        assert!(found > 0 && each.as_micros() < 10, "{each:?}");
        println!("{} look-ups, {each:?} each", names.len());
    }
}
