//! The table of carriers.

use std::sync::OnceLock;

use super::path::Step;
use super::{AttachKind, Carrier, Role, ValueKind, path};
use crate::lines::{Index, fields_of};

const ROWS: &str = include_str!("../../data/carriers.tsv");

/// Far more rows than all others together, for one question that few ask.
const SERVICE_ROLES: &str = include_str!("../../data/service_roles.tsv");

/// The types that access sits on, with the service whose policies protect what is declared of them, when some do.
const TARGETS: &str = include_str!("../../data/targets.tsv");

static BY_TYPE: Rows<1024> = Rows::of(ROWS);
static SERVICES_BY_TYPE: Rows<2048> = Rows::of(SERVICE_ROLES);
static TARGETS_BY_TYPE: Index<1024> = Index::of(TARGETS);

/// Where access is written in declarations of a type, in a fixed order; empty for types that carry none.
///
/// Without roles that are handed to services: [`service_roles`].
pub fn carriers(type_name: &str) -> &'static [Carrier] {
    BY_TYPE.of_type(type_name)
}

/// Where a declaration of the type hands a role to a service ([`Role::ServiceRole`]).
pub fn service_roles(type_name: &str) -> &'static [Carrier] {
    SERVICES_BY_TYPE.of_type(type_name)
}

/// The whole table of [`carriers`], ordered by type.
#[cfg(any(test, feature = "internals"))]
pub fn all() -> &'static [Carrier] {
    static TABLE: OnceLock<Vec<Carrier>> = OnceLock::new();
    TABLE.get_or_init(|| ROWS.lines().filter_map(parse).collect())
}

/// The rows that say in which accounts roles lie that are given by name ([`Role::TargetAccount`]).
pub fn target_accounts() -> &'static [Carrier] {
    static TABLE: OnceLock<Vec<Carrier>> = OnceLock::new();
    TABLE.get_or_init(|| {
        let lines = ROWS.lines().filter(|line| fields_of(line).nth(1) == Some("target-account"));
        lines.filter_map(parse).collect()
    })
}

/// The service whose policies protect what is declared of a type, written in it or elsewhere.
pub fn protecting_service(type_name: &str) -> Option<&'static str> {
    TARGETS_BY_TYPE.find(type_name).filter(|service| !service.is_empty())
}

/// Whether a type is in the table at all: it carries access, is what access sits on, or is handed a role.
pub fn matters(type_name: &str) -> bool {
    BY_TYPE.index.has(type_name)
        || TARGETS_BY_TYPE.has(type_name)
        || SERVICES_BY_TYPE.index.has(type_name)
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
const ALWAYS_READ: [&str; 37] = [
    "account_id",
    "action",
    "actions",
    "advanced_security_options",
    "authorization",
    "authorization_type",
    "block_public_acls",
    "block_public_policy",
    "bucket",
    "bypass_policy_lockout_safety_check",
    "disable_session_tags",
    "endpoint_configuration",
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
    "rest_api_id",
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
const ALWAYS_READ_OF_STACKS: [&str; 85] = [
    "AccessControl",
    "AccountId",
    "AccountName",
    "Action",
    "Actions",
    "AdministrationRoleARN",
    "AdvancedSecurityOptions",
    "AssumeRolePolicyDocument",
    "AuthType",
    "AuthorizationType",
    "BackupPlan",
    "BlockPublicAcls",
    "BlockPublicPolicy",
    "BodyS3Location",
    "Bucket",
    "BucketEncryption",
    "BypassPolicyLockoutSafetyCheck",
    "Code",
    "CustomerManagedPolicyReference",
    "DestinationArn",
    "DisableSessionTags",
    "DistributionConfig",
    "DomainName",
    "Endpoint",
    "EndpointConfiguration",
    "EventSourceToken",
    "ExecutionRoleArn",
    "ExecutionRoleName",
    "FunctionName",
    "FunctionUrlAuthType",
    "GlobalSecondaryIndexes",
    "GroupName",
    "Groups",
    "IgnorePublicAcls",
    "ImageUri",
    "InvokedViaFunctionUrl",
    "IsOrganizationTrail",
    "Layers",
    "LocalSecondaryIndexes",
    "LogDestination",
    "ManagedPolicyArn",
    "ManagedPolicyArns",
    "ManagedPolicyName",
    "Name",
    "NotificationConfiguration",
    "OrganizationId",
    "OwnershipControls",
    "Path",
    "PermissionModel",
    "PermissionSetArn",
    "PermissionsBoundary",
    "Policies",
    "PolicyDocument",
    "PolicyName",
    "Principal",
    "PrincipalOrgID",
    "PublicAccessBlockConfiguration",
    "Queue",
    "ReplicationConfiguration",
    "RestApiId",
    "RestrictPublicBuckets",
    "Role",
    "RoleArn",
    "RoleId",
    "RoleName",
    "Roles",
    "S3BucketName",
    "SecretId",
    "ServiceName",
    "ServiceRole",
    "SnsTopicARN",
    "SnsTopicName",
    "SourceAccount",
    "SourceArn",
    "Subscription",
    "TargetFunctionArn",
    "TargetId",
    "Targets",
    "TaskRoleArn",
    "Topic",
    "TopicArn",
    "UserId",
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
        own.sort_unstable();
        own.dedup();
        Self { always, own, names: super::arn::placeholders(type_name) }
    }

    /// Whether a property is among them.
    pub fn contains(&self, name: &str) -> bool {
        self.own.binary_search(&name).is_ok()
            || self.always.binary_search(&name).is_ok()
            || self.names.contains(&name)
            || name.strip_suffix("_prefix").is_some_and(|name| self.names.contains(&name))
    }
}

/// The rows of each type, which are read when somebody first asks for them: a project has few of all types.
struct Rows<const SLOTS: usize> {
    index: Index<SLOTS>,
    read: [OnceLock<Vec<Carrier>>; SLOTS],
}

impl<const SLOTS: usize> Rows<SLOTS> {
    const fn of(table: &'static str) -> Self {
        Self { index: Index::of(table), read: [const { OnceLock::new() }; SLOTS] }
    }

    fn of_type(&self, type_name: &str) -> &[Carrier] {
        let Some((number, lines)) = self.index.from(type_name) else { return &[] };
        let Some(read) = self.read.get(number) else { return &[] };
        read.get_or_init(|| {
            let is_own =
                |line: &&str| line.strip_prefix(type_name).is_some_and(|rest| rest.starts_with('\t'));
            lines.lines().take_while(is_own).filter_map(parse).collect()
        })
    }
}

/// A line of the table. The test `no_row_is_lost` says that this is never `None`.
fn parse(line: &'static str) -> Option<Carrier> {
    let mut fields = fields_of(line);
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
