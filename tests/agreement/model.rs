//! A project as the generator thinks of it: accounts, who is in them, what they hold, and what the policies say.
//!
//! Texts are written out as AWS sees them; which of them a template writes as a reference is the business of whoever
//! renders it.

use std::collections::BTreeMap;
use std::fmt;

use super::oracle::Truth;

pub(crate) const REGION: &str = "eu-central-1";
pub(crate) const ORGANIZATION: &str = "o-acme123456";

/// What is declared is known by a number that stays when other things are dropped.
pub(crate) type Id = u32;

#[derive(Clone, Debug, Default)]
pub(crate) struct Project {
    pub(crate) accounts: Vec<Account>,
    /// The organization that the configuration names; all accounts are in it.
    pub(crate) organization: bool,
    /// Accounts are known by the configuration; else by the providers of Terraform.
    pub(crate) configured: bool,
    /// The configuration says that all identities of all accounts are declared.
    pub(crate) covered: bool,
    pub(crate) units: Vec<Unit>,
    pub(crate) identities: Vec<Identity>,
    pub(crate) managed: Vec<Managed>,
    pub(crate) resources: Vec<Resource>,
    pub(crate) controls: Vec<Control>,
    pub(crate) planted: Vec<Planted>,
    /// What is made by the same text as something else, and what that is.
    pub(crate) copies: BTreeMap<Id, Id>,
    pub(crate) spelling: Spelling,
}

#[derive(Clone, Debug)]
pub(crate) struct Account {
    pub(crate) name: String,
    pub(crate) id: String,
}

/// What is deployed together to one account. Units of one directory are one root with several providers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unit {
    pub(crate) account: usize,
    pub(crate) directory: String,
    /// The module that it calls, and in which everything stands.
    pub(crate) module: Option<String>,
}

/// How templates are written.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Spelling {
    pub(crate) policies: Policies,
    /// What stands in the same root is referred to.
    pub(crate) references: bool,
    /// One element is written without a list around it.
    pub(crate) lone: bool,
}

/// How Terraform writes policies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Policies {
    #[default]
    Encoded,
    Document,
    Heredoc,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Role,
    User,
    Group,
}

impl Kind {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Role => "role",
            Self::User => "user",
            Self::Group => "group",
        }
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Identity {
    pub(crate) id: Id,
    pub(crate) unit: usize,
    pub(crate) kind: Kind,
    pub(crate) path: String,
    pub(crate) name: String,
    pub(crate) trust: Policy,
    pub(crate) inline: Vec<Policy>,
    pub(crate) attached: Vec<Attached>,
    pub(crate) boundary: Option<Attached>,
    pub(crate) groups: Vec<Id>,
}

/// A managed policy that is attached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Attached {
    Own(Id),
    Aws(&'static str),
    /// A variable without a value.
    Unknown,
}

#[derive(Clone, Debug)]
pub(crate) struct Managed {
    pub(crate) id: Id,
    pub(crate) unit: usize,
    pub(crate) name: String,
    pub(crate) policy: Policy,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sort {
    Bucket,
    Key,
    Queue,
    Topic,
    Secret,
}

#[derive(Clone, Debug)]
pub(crate) struct Resource {
    pub(crate) id: Id,
    pub(crate) unit: usize,
    pub(crate) sort: Sort,
    pub(crate) name: String,
    pub(crate) policy: Option<Policy>,
    /// The key a secret is encrypted with, when it is not that of AWS.
    pub(crate) key: Option<Id>,
}

/// A policy of the organization that is attached to an account.
#[derive(Clone, Debug)]
pub(crate) struct Control {
    pub(crate) id: Id,
    /// It limits the callers of the account, and not its resources.
    pub(crate) callers: bool,
    pub(crate) account: usize,
    pub(crate) policy: Policy,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Policy {
    pub(crate) statements: Vec<Statement>,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Statement {
    pub(crate) allow: bool,
    pub(crate) principals: Option<List<Principal>>,
    pub(crate) actions: List<String>,
    pub(crate) resources: Option<List<Named>>,
    pub(crate) conditions: Vec<Condition>,
}

/// An element, or its `Not…`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct List<T> {
    pub(crate) not: bool,
    pub(crate) items: Vec<T>,
}

impl<T> List<T> {
    pub(crate) fn of(items: Vec<T>) -> Self {
        Self { not: false, items }
    }

    pub(crate) fn not(items: Vec<T>) -> Self {
        Self { not: true, items }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Principal {
    Everyone,
    /// An account by its number.
    Account(String),
    /// `arn:aws:iam::…:root`.
    Root(String),
    Entity(Named),
    Service(&'static str),
    /// A variable without a value.
    Unknown,
}

/// A text, and what it begins with when that is the ARN of something declared.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Named {
    pub(crate) text: String,
    pub(crate) of: Option<Id>,
}

impl Named {
    pub(crate) fn text(text: impl Into<String>) -> Self {
        Self { text: text.into(), of: None }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Condition {
    pub(crate) operator: String,
    pub(crate) key: String,
    pub(crate) values: Vec<String>,
}

impl Condition {
    pub(crate) fn new(operator: &str, key: &str, value: impl Into<String>) -> Self {
        Self { operator: operator.to_owned(), key: key.to_owned(), values: vec![value.into()] }
    }
}

/// What the generator says of a pair.
#[derive(Clone, Debug)]
pub(crate) struct Planted {
    pub(crate) caller: String,
    pub(crate) target: String,
    pub(crate) action: &'static str,
    pub(crate) expected: Truth,
    /// What is done to the pair.
    pub(crate) kind: &'static str,
}

impl fmt::Display for Planted {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { caller, target, action, expected, kind } = self;
        write!(formatter, "{caller} {action} {target}: {kind}, so {expected:?}")
    }
}

/// Where a policy stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Document {
    Trust(Id),
    Inline(Id, usize),
    Managed(Id),
    Resource(Id),
    Control(Id),
}

impl Project {
    pub(crate) fn account_of(&self, unit: usize) -> &str {
        &self.accounts[self.units[unit].account].id
    }

    pub(crate) fn identity(&self, id: Id) -> Option<&Identity> {
        self.identities.iter().find(|one| one.id == id)
    }

    pub(crate) fn resource(&self, id: Id) -> Option<&Resource> {
        self.resources.iter().find(|one| one.id == id)
    }

    /// The number by which something is called in a template.
    pub(crate) fn label(&self, id: Id) -> Id {
        self.copies.get(&id).copied().unwrap_or(id)
    }

    /// Whether a policy is there to be attached.
    pub(crate) fn has(&self, attached: Attached) -> bool {
        match attached {
            Attached::Own(id) => self.managed.iter().any(|one| one.id == id),
            Attached::Aws(_) | Attached::Unknown => true,
        }
    }

    pub(crate) fn policy_of(&self, attached: Attached) -> Option<Policy> {
        match attached {
            Attached::Own(id) => {
                self.managed.iter().find(|one| one.id == id).map(|managed| managed.policy.clone())
            }
            Attached::Aws(name) => Some(aws_managed(name)),
            Attached::Unknown => None,
        }
    }

    pub(crate) fn arn(&self, identity: &Identity) -> String {
        let account = self.account_of(identity.unit);
        format!("arn:aws:iam::{account}:{}{}{}", identity.kind.word(), identity.path, identity.name)
    }

    pub(crate) fn arn_of_managed(&self, managed: &Managed) -> String {
        format!("arn:aws:iam::{}:policy/{}", self.account_of(managed.unit), managed.name)
    }

    /// The ARN of a resource, with what AWS would make up.
    pub(crate) fn arn_of_resource(&self, resource: &Resource) -> String {
        let account = self.account_of(resource.unit);
        let name = &resource.name;
        match resource.sort {
            Sort::Bucket => format!("arn:aws:s3:::{name}"),
            Sort::Key => {
                format!("arn:aws:kms:{REGION}:{account}:key/1234abcd-12ab-34cd-56ef-{:012}", resource.id)
            }
            Sort::Queue => format!("arn:aws:sqs:{REGION}:{account}:{name}"),
            Sort::Topic => format!("arn:aws:sns:{REGION}:{account}:{name}"),
            Sort::Secret => format!("arn:aws:secretsmanager:{REGION}:{account}:secret:{name}-AbCdEf"),
        }
    }

    pub(crate) fn arn_of_thing(&self, id: Id) -> Option<(String, usize)> {
        let identity = self.identity(id).map(|one| (self.arn(one), one.unit));
        let managed = || self.managed.iter().find(|one| one.id == id);
        identity
            .or_else(|| self.resource(id).map(|one| (self.arn_of_resource(one), one.unit)))
            .or_else(|| managed().map(|one| (self.arn_of_managed(one), one.unit)))
    }

    /// Whether a variable without a value is used in a directory.
    pub(crate) fn has_unknown(&self, directory: &str) -> bool {
        let here = |unit: usize| self.units[unit].directory == directory;
        let identities = self.identities.iter().filter(|one| here(one.unit));
        let attached = identities
            .clone()
            .any(|one| one.attached.contains(&Attached::Unknown) || one.boundary == Some(Attached::Unknown));
        let resources =
            self.resources.iter().filter(|one| here(one.unit)).filter_map(|one| one.policy.as_ref());
        let policies = identities.map(|one| &one.trust).chain(resources);
        let principals = policies.flat_map(|one| &one.statements).filter_map(|one| one.principals.as_ref());
        attached || principals.flat_map(|list| &list.items).any(|one| *one == Principal::Unknown)
    }

    /// Whether something is declared in a unit.
    pub(crate) fn is_used(&self, unit: usize) -> bool {
        let identities = self.identities.iter().map(|one| one.unit);
        let managed = self.managed.iter().map(|one| one.unit);
        identities.chain(managed).chain(self.resources.iter().map(|one| one.unit)).any(|one| one == unit)
    }

    /// The units in which something is declared.
    pub(crate) fn used(&self) -> impl Iterator<Item = (usize, &Unit)> {
        self.units.iter().enumerate().filter(|(at, _)| self.is_used(*at))
    }

    /// Every policy with where it stands.
    pub(crate) fn documents(&self) -> Vec<(Document, &Policy)> {
        let mut all = Vec::new();
        for one in &self.identities {
            if one.kind == Kind::Role {
                all.push((Document::Trust(one.id), &one.trust));
            }
            all.extend(one.inline.iter().enumerate().map(|(at, it)| (Document::Inline(one.id, at), it)));
        }
        all.extend(self.managed.iter().map(|one| (Document::Managed(one.id), &one.policy)));
        all.extend(
            self.resources.iter().filter_map(|it| Some((Document::Resource(it.id), it.policy.as_ref()?))),
        );
        all.extend(self.controls.iter().map(|one| (Document::Control(one.id), &one.policy)));
        all
    }

    pub(crate) fn document(&self, wanted: Document) -> Option<&Policy> {
        self.documents().into_iter().find(|(document, _)| *document == wanted).map(|(_, policy)| policy)
    }
}

fn anything(list: List<String>) -> Statement {
    let resources = Some(List::of(vec![Named::text("*")]));
    Statement { allow: true, principals: None, actions: list, resources, conditions: Vec::new() }
}

/// Policies of AWS, as their pages show them, as far as the actions that are asked for here go.
fn aws_managed(name: &str) -> Policy {
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    let statement = match name {
        "AdministratorAccess" => anything(List::of(words(&["*"]))),
        "PowerUserAccess" => anything(List::not(words(&["iam:*", "organizations:*", "account:*"]))),
        "AmazonS3ReadOnlyAccess" => anything(List::of(words(&["s3:Get*", "s3:List*", "s3:Describe*"]))),
        "AmazonSQSFullAccess" => anything(List::of(words(&["sqs:*"]))),
        "AWSDenyAll" => Statement { allow: false, ..anything(List::of(words(&["*"]))) },
        _ => panic!("no policy {name}"),
    };
    Policy { statements: vec![statement] }
}

/// What is asked of each sort of thing: the action, and whether it is about what is in it.
pub(crate) fn actions_on(sort: Sort) -> &'static [&'static str] {
    match sort {
        Sort::Bucket => &["s3:GetObject", "s3:PutObject", "s3:ListBucket", "s3:DeleteObject"],
        Sort::Key => &[
            "kms:Decrypt",
            "kms:Encrypt",
            "kms:ScheduleKeyDeletion",
            "kms:DescribeKey",
            "kms:GenerateDataKey",
        ],
        Sort::Queue => &["sqs:SendMessage", "sqs:ReceiveMessage", "sqs:TagQueue", "sqs:GetQueueUrl"],
        Sort::Topic => &["sns:Publish", "sns:Subscribe", "sns:GetTopicAttributes"],
        Sort::Secret => &[
            "secretsmanager:GetSecretValue",
            "secretsmanager:DescribeSecret",
            "secretsmanager:PutSecretValue",
        ],
    }
}

pub(crate) const ASSUME: &str = "sts:AssumeRole";

/// What of a bucket is asked for.
pub(crate) const OBJECTS: [&str; 2] = ["/data/report", "/x"];

pub(crate) fn is_about_objects(action: &str) -> bool {
    action.starts_with("s3:") && action.ends_with("Object")
}
