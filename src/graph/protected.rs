//! Which types of resources can have a policy.

use std::sync::OnceLock;

use rustc_hash::FxHashMap;

use crate::carriers::{self, AttachKind, Role};

/// Types of resources that cannot have a policy, with their service: access from another account goes through a
/// role there.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_aws-services-that-work-with-iam.html>
const WITHOUT_POLICY: [(&str, &str); 8] = [
    ("AWS::Batch::JobQueue", "batch"),
    ("AWS::ECS::Cluster", "ecs"),
    ("AWS::ECS::Service", "ecs"),
    ("AWS::StepFunctions::StateMachine", "states"),
    ("aws_batch_job_queue", "batch"),
    ("aws_ecs_cluster", "ecs"),
    ("aws_ecs_service", "ecs"),
    ("aws_sfn_state_machine", "states"),
];

/// The service of a type whose declarations cannot have a policy.
pub(super) fn without_policy(type_name: &str) -> Option<&'static str> {
    WITHOUT_POLICY.iter().find(|(name, _)| *name == type_name).map(|(_, service)| *service)
}

/// The service of a type whose declarations are protected by a resource policy, written in them or elsewhere.
pub(super) fn protected_service(type_name: &str) -> Option<&'static str> {
    static TYPES: OnceLock<FxHashMap<&'static str, &'static str>> = OnceLock::new();
    let types = TYPES.get_or_init(|| {
        let mut types = FxHashMap::default();
        let rows = carriers::all().iter();
        for row in rows.filter(|row| matches!(row.role, Role::ResourcePolicy | Role::ResourcePolicyStatement))
        {
            if row.attach.is_none() && row.attach_kind != AttachKind::Account {
                types.insert(row.type_name, row.service);
            }
            for target in &row.targets {
                types.insert(*target, row.service);
            }
        }
        types
    });
    types.get(type_name).copied()
}
