//! Which types of resources can have a policy.

use crate::carriers;

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

/// Types with the prefix of the actions on them, where one policy of theirs is of another service.
///
/// <https://docs.aws.amazon.com/vpc-lattice/latest/ug/auth-policies.html>,
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-express-security-iam.html>
const OF_ANOTHER_SERVICE: [(&str, &str); 5] = [
    ("AWS::VpcLattice::Service", "vpc-lattice-svcs"),
    ("AWS::VpcLattice::ServiceNetwork", "vpc-lattice-svcs"),
    ("aws_s3_directory_bucket", "s3express"),
    ("aws_vpclattice_service", "vpc-lattice-svcs"),
    ("aws_vpclattice_service_network", "vpc-lattice-svcs"),
];

/// The service of a type whose declarations cannot have a policy.
pub(super) fn without_policy(type_name: &str) -> Option<&'static str> {
    WITHOUT_POLICY.iter().find(|(name, _)| *name == type_name).map(|(_, service)| *service)
}

/// The service of a type whose declarations are protected by a resource policy, written in them or elsewhere.
pub(super) fn protected_service(type_name: &str) -> Option<&'static str> {
    let other = OF_ANOTHER_SERVICE.iter().find(|(name, _)| *name == type_name).map(|(_, service)| *service);
    other.or_else(|| carriers::protecting_service(type_name))
}
