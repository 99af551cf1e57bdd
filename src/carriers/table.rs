//! The table of carriers.

use std::sync::{LazyLock, OnceLock};

use rustc_hash::{FxHashMap, FxHashSet};

use super::path::Step;
use super::{AttachKind, Carrier, Role, ValueKind, path};

static ROWS: &str = include_str!("../../data/carriers.tsv");

/// Far more rows than all others together, for one question that few ask.
static SERVICE_ROLES: &str = include_str!("../../data/service_roles.tsv");

/// Where access is written in declarations of a type, in a fixed order; empty for types that carry none.
///
/// Without roles that are handed to services: [`service_roles`].
pub fn carriers(type_name: &str) -> &'static [Carrier] {
    of_type(&BY_TYPE, type_name)
}

/// Where a declaration of the type hands a role to a service ([`Role::ServiceRole`]).
pub fn service_roles(type_name: &str) -> &'static [Carrier] {
    of_type(&SERVICES_BY_TYPE, type_name)
}

/// The whole table of [`carriers`], ordered by type.
pub fn all() -> &'static [Carrier] {
    static TABLE: OnceLock<Vec<Carrier>> = OnceLock::new();
    TABLE.get_or_init(|| ROWS.lines().filter_map(parse).collect())
}

/// Whether a type is in the table at all: it carries access, is what access sits on, or is handed a role.
pub fn matters(type_name: &str) -> bool {
    static TARGETS: LazyLock<FxHashSet<&'static str>> = LazyLock::new(|| {
        let targets = ROWS.lines().filter_map(|line| line.split('\t').nth(6));
        targets.flat_map(|targets| targets.split(',')).filter(|target| !target.is_empty()).collect()
    });
    BY_TYPE.contains_key(type_name)
        || TARGETS.contains(type_name)
        || SERVICES_BY_TYPE.contains_key(type_name)
        || ROLE_ASSIGNMENTS.iter().any(|row| row.type_name == type_name)
}

/// What has IAM Identity Center make a role in an account.
#[derive(Clone, Copy, Debug)]
pub struct Assignment {
    /// The type.
    pub type_name: &'static str,
    /// The property that says in which account.
    pub account: &'static str,
    /// The property that names the permission set.
    pub set: &'static str,
}

/// What has IAM Identity Center make a role in an account, in both languages.
///
/// <https://docs.aws.amazon.com/singlesignon/latest/userguide/referencingpermissionsets.html>
pub const ROLE_ASSIGNMENTS: [Assignment; 2] = [
    Assignment {
        type_name: "aws_ssoadmin_account_assignment",
        account: "target_id",
        set: "permission_set_arn",
    },
    Assignment { type_name: "AWS::SSO::Assignment", account: "TargetId", set: "PermissionSetArn" },
];

/// Properties that are read of any type beside those that its rows name.
const ALWAYS_READ: [&str; 33] = [
    "account_id",
    "action",
    "actions",
    "advanced_security_options",
    "authorization_type",
    "block_public_acls",
    "block_public_policy",
    "bucket",
    "disable_session_tags",
    "function_name",
    "global_secondary_index",
    "ignore_public_acls",
    "is_organization_trail",
    "lambda_function",
    "layers",
    "local_secondary_index",
    "log_destination",
    "name",
    "origin",
    "qualifier",
    "queue",
    "region",
    "restrict_public_buckets",
    "rule",
    "sns_topic_arn",
    "sns_topic_name",
    "target_id",
    "topic",
    "url",
    "vpc_id",
    "vpc_options",
    "website",
    "zone_id",
];

/// The same of the types of CloudFormation.
const ALWAYS_READ_OF_STACKS: [&str; 54] = [
    "AccessControl",
    "AccountId",
    "AccountName",
    "Action",
    "Actions",
    "AdministrationRoleARN",
    "AdvancedSecurityOptions",
    "AuthType",
    "BlockPublicAcls",
    "BlockPublicPolicy",
    "Bucket",
    "Code",
    "CustomerManagedPolicyReference",
    "DisableSessionTags",
    "DistributionConfig",
    "EndpointConfiguration",
    "EventSourceToken",
    "ExecutionRoleName",
    "FunctionName",
    "FunctionUrlAuthType",
    "GlobalSecondaryIndexes",
    "GroupName",
    "IgnorePublicAcls",
    "InvokedViaFunctionUrl",
    "IsOrganizationTrail",
    "Layers",
    "LocalSecondaryIndexes",
    "LogDestination",
    "ManagedPolicyArn",
    "Name",
    "NotificationConfiguration",
    "OrganizationId",
    "OwnershipControls",
    "Path",
    "PermissionModel",
    "PermissionSetArn",
    "Principal",
    "PrincipalOrgID",
    "PublicAccessBlockConfiguration",
    "Queue",
    "RestrictPublicBuckets",
    "RoleName",
    "Roles",
    "SecretId",
    "SnsTopicARN",
    "SnsTopicName",
    "SourceAccount",
    "SourceArn",
    "TargetFunctionArn",
    "TargetId",
    "Topic",
    "UserName",
    "VPCOptions",
    "WebsiteConfiguration",
];

/// The properties of a type that are read at all: where access is written, what it hangs on, what an ARN is made of.
pub struct PropertiesRead {
    always: &'static [&'static str],
    own: Vec<&'static str>,
    /// Names of which a beginning may be given instead.
    names: Vec<&'static str>,
}

impl PropertiesRead {
    /// Those of a type.
    pub fn of(type_name: &str) -> Self {
        let first = |path: &[Step]| match path.first() {
            Some(Step::Property(name)) => Some(*name),
            _ => None,
        };
        let always: &[&str] =
            if type_name.starts_with("AWS::") { &ALWAYS_READ_OF_STACKS } else { &ALWAYS_READ };
        let rows = carriers(type_name).iter().chain(service_roles(type_name));
        let mut own: Vec<&str> = rows
            .flat_map(|row| [first(&row.path), row.attach.as_deref().and_then(first)])
            .flatten()
            .collect();
        let assignments = ROLE_ASSIGNMENTS.iter().filter(|row| row.type_name == type_name);
        own.extend(assignments.flat_map(|row| [row.account, row.set]));
        Self { always, own, names: super::arn::placeholders(type_name) }
    }

    /// Whether a property is among them.
    pub fn contains(&self, name: &str) -> bool {
        self.own.contains(&name)
            || self.always.binary_search(&name).is_ok()
            || self.names.contains(&name)
            || name.strip_suffix("_prefix").is_some_and(|name| self.names.contains(&name))
    }
}

/// The lines of one type, which are read when somebody first asks for them: a project has few of all types.
#[derive(Default)]
struct Rows {
    lines: Vec<&'static str>,
    read: OnceLock<Vec<Carrier>>,
}

type ByType = FxHashMap<&'static str, Rows>;

static BY_TYPE: LazyLock<ByType> = LazyLock::new(|| by_type(ROWS));
static SERVICES_BY_TYPE: LazyLock<ByType> = LazyLock::new(|| by_type(SERVICE_ROLES));

fn by_type(table: &'static str) -> ByType {
    let mut all = ByType::default();
    for line in table.lines() {
        if let Some((type_name, _)) = line.split_once('\t') {
            all.entry(type_name).or_default().lines.push(line);
        }
    }
    all
}

fn of_type(by_type: &'static ByType, type_name: &str) -> &'static [Carrier] {
    let Some(rows) = by_type.get(type_name) else { return &[] };
    rows.read.get_or_init(|| rows.lines.iter().copied().filter_map(parse).collect())
}

/// A line of the table. The test `no_row_is_lost` says that this is never `None`.
fn parse(line: &'static str) -> Option<Carrier> {
    let mut fields = line.split('\t');
    let mut next = || fields.next();
    let (type_name, role, path) = (next()?, next()?, next()?);
    let (value_kind, attach, attach_kind) = (next()?, next()?, next()?);
    let (targets, service, expects) = (next()?, next()?, next()?);
    Some(Carrier {
        type_name,
        role: Role::from_word(role)?,
        path: path::parse(path),
        value_kind: ValueKind::from_word(value_kind)?,
        attach: Some(path::parse(attach)).filter(|steps| !steps.is_empty()),
        attach_kind: AttachKind::from_word(attach_kind)?,
        targets: list(targets),
        service,
        expects: list(expects),
    })
}

fn list(written: &'static str) -> Vec<&'static str> {
    written.split(',').filter(|item| !item.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::super::Step;
    use super::*;
    use crate::lines;

    #[test]
    fn no_row_is_lost() {
        for table in [ROWS, SERVICE_ROLES] {
            let lost: Vec<_> = table.lines().filter(|line| parse(line).is_none()).collect();
            assert!(lost.is_empty(), "{lost:#?}");
            assert!(lines::is_sorted(table));
        }
        assert_eq!(all().len(), ROWS.lines().count());
    }

    #[test]
    fn what_is_always_read_is_sorted() {
        assert!(ALWAYS_READ.is_sorted() && ALWAYS_READ_OF_STACKS.is_sorted());
    }

    #[test]
    fn the_role_of_a_function_has_to_trust_lambda() {
        for (type_name, property) in [("aws_lambda_function", "role"), ("AWS::Lambda::Function", "Role")] {
            let role =
                service_roles(type_name).iter().find(|row| row.path == [Step::Property(property)]).unwrap();
            assert_eq!(
                (role.role, role.expects.as_slice()),
                (Role::ServiceRole, ["lambda.amazonaws.com"].as_slice())
            );
        }
        assert!(all().iter().all(|row| row.role != Role::ServiceRole));
    }

    #[test]
    fn an_attachment_is_named_exactly_when_its_kind_needs_a_name() {
        for carrier in all() {
            let nameless =
                matches!(carrier.attach_kind, AttachKind::None | AttachKind::Itself | AttachKind::Account);
            assert_eq!(carrier.attach.is_none(), nameless, "{carrier:?}");
        }
    }

    fn roles(type_name: &str) -> Vec<Role> {
        carriers(type_name).iter().map(|carrier| carrier.role).collect()
    }

    #[test]
    fn a_role_carries_its_trust_and_its_policies() {
        for type_name in ["aws_iam_role", "AWS::IAM::Role"] {
            assert_eq!(
                roles(type_name),
                [
                    Role::Role,
                    Role::TrustPolicy,
                    Role::IdentityPolicy,
                    Role::PolicyAttachment,
                    Role::PermissionsBoundary
                ],
                "{type_name}"
            );
            assert!(carriers(type_name).iter().all(|carrier| carrier.attach_kind == AttachKind::Itself));
        }
    }

    #[test]
    fn a_bucket_policy_sits_on_a_bucket_by_name() {
        let [policy] = carriers("aws_s3_bucket_policy") else { panic!("one row") };
        assert_eq!(policy.role, Role::ResourcePolicy);
        assert_eq!(policy.path, [Step::Property("policy")]);
        assert_eq!(policy.attach.as_deref(), Some([Step::Property("bucket")].as_slice()));
        assert_eq!(policy.attach_kind, AttachKind::Name);
        assert!(policy.targets.contains(&"aws_s3_bucket"));
    }

    #[test]
    fn managed_policies_are_told_from_inline_ones() {
        assert_eq!(roles("aws_iam_policy"), [Role::ManagedPolicy]);
        assert_eq!(roles("aws_iam_role_policy"), [Role::IdentityPolicy]);
        assert_eq!(roles("AWS::IAM::ManagedPolicy"), [Role::ManagedPolicy; 3]);
        assert_eq!(roles("AWS::IAM::Policy"), [Role::IdentityPolicy; 3]);
    }

    #[test]
    fn a_policy_of_the_resource_itself_sits_on_itself() {
        for type_name in
            ["aws_kms_key", "AWS::KMS::Key", "aws_sqs_queue", "aws_s3_bucket", "AWS::ECR::Repository"]
        {
            let policy =
                carriers(type_name).iter().find(|carrier| carrier.role == Role::ResourcePolicy).unwrap();
            assert_eq!(policy.attach_kind, AttachKind::Itself, "{type_name}");
        }
    }

    #[test]
    fn unknown_types_carry_nothing() {
        assert!(carriers("aws_vpc").is_empty());
        assert!(carriers("").is_empty());
        assert!(carriers("zzz").is_empty());
    }
}
