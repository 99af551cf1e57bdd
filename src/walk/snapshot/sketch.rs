//! What snapshots say, before it is known which of several say the same: declarations without their unit.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::sync::Arc;

use crate::diagnostic::Problem;
use crate::source::{SourceId, Span};
use crate::value::{Kind, List, Map, Value};

/// An ARN, cut where its colons are.
#[derive(Clone, Copy, Debug)]
pub(super) struct Arn<'a> {
    pub(super) service: &'a str,
    pub(super) account: &'a str,
    pub(super) resource: &'a str,
}

impl<'a> Arn<'a> {
    pub(super) fn parse(text: &'a str) -> Option<Self> {
        let mut parts = text.splitn(6, ':');
        let arn = (parts.next()?, parts.next()?).0;
        let (service, _, account) = (parts.next()?, parts.next()?, parts.next()?);
        let resource = parts.next().filter(|resource| arn == "arn" && !resource.is_empty())?;
        Some(Self { service, account, resource })
    }

    /// The kind, path and name of a role, user, group or managed policy.
    fn named(self) -> Option<(&'a str, &'a str, &'a str)> {
        let (kind, rest) = self.resource.split_once('/')?;
        let name = rest.rsplit('/').next()?;
        let path = rest.strip_suffix(name)?;
        (self.service == "iam").then_some((kind, path, name))
    }
}

/// Something that a snapshot says is there.
#[derive(Debug)]
pub(super) struct Sketch {
    /// The account it is in.
    pub(super) account: Arc<str>,
    /// The type that a template would declare it with.
    pub(super) type_name: &'static str,
    /// What it is called in messages: `role/ci/deploy`.
    pub(super) address: String,
    pub(super) span: Span,
    pub(super) body: Span,
    pub(super) properties: Map,
    /// Whether all of it is there, and when it was read: of several the best one counts.
    pub(super) rank: (bool, Option<String>),
}

/// What identities have, as all formats write it.
#[derive(Debug, Default)]
pub(super) struct Holder {
    /// The ID that AWS made for it: `AROA…`.
    pub(super) id: Option<Value>,
    /// The trust policy; `None` when there is none to be known.
    pub(super) trust: Option<Value>,
    /// Policies written for it alone, by name.
    pub(super) inline: Vec<(Value, Value)>,
    /// The ARNs of managed policies.
    pub(super) managed: Vec<Value>,
    pub(super) boundary: Option<Value>,
    /// The names of groups.
    pub(super) groups: Vec<Value>,
    /// Whether it may have more policies than these.
    pub(super) is_open: bool,
}

impl Sketch {
    /// A role, user or group; `None` when the ARN is of nothing like that.
    pub(super) fn identity(
        arn: &str,
        places: (Span, Span),
        holder: Holder,
        date: Option<String>,
    ) -> Option<Self> {
        let parsed = Arn::parse(arn)?;
        let (kind, path, name) = parsed.named()?;
        let (type_name, name_key) = match kind {
            "role" => ("AWS::IAM::Role", "RoleName"),
            "user" => ("AWS::IAM::User", "UserName"),
            "group" => ("AWS::IAM::Group", "GroupName"),
            _ => return None,
        };
        let (span, body) = places;
        let mut properties = named(name_key, path, name, span);
        let mut add = |key: &str, value: Option<Value>| {
            if let Some(value) = value {
                properties.insert(key, span, value);
            }
        };
        add(if kind == "role" { "RoleId" } else { "UserId" }, holder.id);
        // Nobody can change what such a role trusts, so nothing is said of it.
        // https://docs.aws.amazon.com/singlesignon/latest/userguide/permissionsetsconcept.html
        let is_of_aws = ["aws-service-role/", "aws-reserved/"].iter().any(|start| path.starts_with(start));
        let trust = holder.trust.filter(|_| kind == "role" && !is_of_aws);
        add("AssumeRolePolicyDocument", trust);
        let inline = holder.inline.into_iter().map(|(name, document)| {
            let mut policy = Map::default();
            let at = name.span;
            policy.insert("PolicyName", at, name);
            policy.insert("PolicyDocument", at, document);
            Value::new(Kind::Map(policy), at)
        });
        add("Policies", Some(Value::list(inline.collect(), span)));
        let managed = List { items: holder.managed.into(), open: holder.is_open };
        add("ManagedPolicyArns", Some(Value::new(Kind::List(managed), span)));
        add("PermissionsBoundary", holder.boundary);
        add("Groups", Some(Value::list(holder.groups, span)).filter(|_| kind == "user"));
        Some(Self {
            account: parsed.account.into(),
            type_name,
            address: parsed.resource.to_owned(),
            span,
            body,
            properties,
            rank: (!holder.is_open, date),
        })
    }

    fn is_identity(&self) -> bool {
        ["AWS::IAM::Role", "AWS::IAM::User", "AWS::IAM::Group"].contains(&self.type_name)
    }

    /// Leaves open what an identity trusts, and what else it is allowed.
    fn leave_open(&mut self) {
        self.properties.entries.retain(|entry| !entry.key.is_literally("AssumeRolePolicyDocument"));
        for entry in self.properties.entries.edit().iter_mut() {
            if let Kind::List(managed) = &mut entry.value.kind
                && entry.key.is_literally("ManagedPolicyArns")
            {
                managed.open = true;
            }
        }
    }

    /// A managed policy of an account; `None` for one of AWS, and for what is none.
    pub(super) fn managed(
        arn: &str,
        places: (Span, Span),
        document: Value,
        date: Option<String>,
    ) -> Option<Self> {
        let parsed = Arn::parse(arn).filter(|arn| arn.account != "aws")?;
        let (_, path, name) = parsed.named().filter(|(kind, ..)| *kind == "policy")?;
        let (span, body) = places;
        let mut properties = named("ManagedPolicyName", path, name, span);
        properties.insert("PolicyDocument", span, document);
        Some(Self {
            account: parsed.account.into(),
            type_name: "AWS::IAM::ManagedPolicy",
            address: parsed.resource.to_owned(),
            span,
            body,
            properties,
            rank: (true, date),
        })
    }
}

/// A name with its path.
fn named(key: &str, path: &str, name: &str, span: Span) -> Map {
    let mut properties = Map::default();
    properties.insert(key, span, Value::literal(name, span));
    properties.insert("Path", span, Value::literal(format!("/{path}"), span));
    properties
}

/// What one file says.
#[derive(Debug, Default)]
pub(super) struct Said {
    pub(super) sketches: Vec<Sketch>,
    pub(super) covered: Vec<Covering>,
    pub(super) problems: Vec<Problem>,
    /// The newest date that it has.
    pub(super) date: Option<String>,
    /// Whether that is when it was taken, and not when something in it was changed or used.
    pub(super) is_dated: bool,
    /// Whether it was recognized as something.
    pub(super) is_known: bool,
}

/// That a file has all identities of a kind of an account.
#[derive(Debug)]
pub(super) struct Covering {
    pub(super) account: Arc<str>,
    pub(super) roles: bool,
    pub(super) users: bool,
}

/// Of which kinds there are identities, by account, in a file that has all of each kind.
#[derive(Debug, Default)]
pub(super) struct Counted(BTreeMap<Arc<str>, (bool, bool)>);

impl Counted {
    pub(super) fn add(&mut self, sketch: &Sketch) {
        let one = self.0.entry(Arc::clone(&sketch.account)).or_default();
        one.0 |= sketch.type_name == "AWS::IAM::Role";
        one.1 |= sketch.type_name == "AWS::IAM::User";
    }

    /// What is covered. Every account has roles of AWS, so a list without any was filtered; an account may have no user.
    ///
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create-service-linked-role.html>
    pub(super) fn coverings(self) -> impl Iterator<Item = Covering> {
        let each = self.0.into_iter().filter(|(_, (roles, users))| *roles || *users);
        each.map(|(account, (roles, users))| Covering { account, roles, users })
    }
}

impl Said {
    /// Notes a date; the newest one stays.
    pub(super) fn seen_on(&mut self, written: &str) {
        let date = date(written);
        if date > self.date {
            self.date = date;
        }
    }
}

/// The day of a date as AWS writes it: with `Z`, an offset or a blank before the time, or as seconds since 1970.
pub(super) fn date(written: &str) -> Option<String> {
    if let Some(day) = written.get(..10).filter(|day| is_day(day)) {
        return Some(day.to_owned());
    }
    let seconds = written.split('.').next()?.parse::<i64>().ok()?;
    let day = jiff::Timestamp::from_second(seconds).ok()?.to_zoned(jiff::tz::TimeZone::UTC).date();
    Some(day.to_string())
}

/// A time that is later as a text when it is later: without its offset, which AWS writes as that of UTC.
pub(super) fn moment(written: &str) -> Option<String> {
    let day = date(written)?;
    Some(match written.get(10..19).filter(|_| written.starts_with(&day)) {
        Some(time) => format!("{day}{}", time.replacen(' ', "T", 1)),
        None => written.split('.').next().and_then(|seconds| seconds.parse().ok()).map_or(day, |seconds| {
            jiff::Timestamp::from_second(seconds).map(|it| it.to_string()).unwrap_or_default()
        }),
    })
}

/// Whether a text is a day: `2026-11-20`.
fn is_day(text: &str) -> bool {
    text.bytes().filter(|byte| *byte == b'-').count() == 2 && text.parse::<jiff::civil::Date>().is_ok()
}

/// Of several that say the same, the best: what is whole before what is not, and the newest. Of which nobody knows which is the
/// newer one, two are kept, so that nothing is certain but what both say; of an identity what it trusts is not known then, and what
/// else it is allowed.
#[derive(Debug, Default)]
pub(super) struct Best(BTreeMap<String, Vec<(SourceId, Sketch)>>);

impl Best {
    pub(super) fn add(&mut self, source: SourceId, sketch: Sketch) {
        let key = format!("{} {} {}", sketch.account, sketch.type_name, sketch.address);
        let known = self.0.entry(key).or_default();
        let rank = known.first().map(|(_, first)| &first.rank);
        match rank.map(|rank| sketch.rank.cmp(rank)) {
            Some(Ordering::Less) => {}
            Some(Ordering::Equal) if known.len() > 1 || known.iter().any(|(own, _)| *own == source) => {}
            Some(Ordering::Equal) if sketch.is_identity() => {
                for (_, one) in known {
                    one.leave_open();
                }
            }
            Some(Ordering::Equal) => known.push((source, sketch)),
            Some(Ordering::Greater) | None => *known = vec![(source, sketch)],
        }
    }

    /// All of them, by account, type and address.
    pub(super) fn into_values(self) -> impl Iterator<Item = (SourceId, Sketch)> {
        self.0.into_values().flatten()
    }
}
