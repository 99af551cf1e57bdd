# A role for service accounts of Kubernetes clusters; until version 5.
# https://registry.terraform.io/modules/terraform-aws-modules/iam/aws/5.60.0/submodules/iam-role-for-service-accounts-eks

locals {
  without_effect = [
    "force_detach_policies", "max_session_duration", "policy_name_prefix", "role_description", "tags",
    # Only what a policy is made of that is attached by a switch.
    "amazon_managed_service_prometheus_workspace_arns", "cert_manager_hosted_zone_arns",
    "cluster_autoscaler_cluster_ids", "cluster_autoscaler_cluster_names", "ebs_csi_kms_cmk_arns",
    "ebs_csi_kms_cmk_ids", "external_dns_hosted_zone_arns", "external_secrets_kms_key_arns",
    "external_secrets_secrets_manager_arns", "external_secrets_ssm_parameter_arns",
    "fsx_lustre_csi_service_role_arns", "fsx_openzfs_csi_service_role_arns", "karpenter_controller_cluster_id",
    "karpenter_controller_cluster_name", "karpenter_controller_node_iam_role_arns",
    "karpenter_controller_ssm_parameter_arns", "karpenter_sqs_queue_arn", "karpenter_subnet_account_id",
    "karpenter_tag_key", "load_balancer_controller_targetgroup_arns", "mountpoint_s3_csi_bucket_arns",
    "mountpoint_s3_csi_kms_arns", "mountpoint_s3_csi_path_arns", "node_termination_handler_sqs_queue_arns",
    "velero_s3_bucket_arns", "vpc_cni_enable_cloudwatch_logs", "vpc_cni_enable_ipv4", "vpc_cni_enable_ipv6",
  ]
  # Policies of well-known controllers.
  undescribed = [
    "attach_aws_gateway_controller_policy", "attach_cert_manager_policy", "attach_cluster_autoscaler_policy",
    "attach_ebs_csi_policy", "attach_efs_csi_policy", "attach_mountpoint_s3_csi_policy",
    "attach_external_dns_policy", "attach_external_secrets_policy", "attach_fsx_lustre_csi_policy",
    "attach_fsx_openzfs_csi_policy", "attach_karpenter_controller_policy",
    "attach_load_balancer_controller_policy",
    "attach_load_balancer_controller_targetgroup_binding_only_policy", "attach_appmesh_controller_policy",
    "attach_appmesh_envoy_proxy_policy", "attach_amazon_managed_service_prometheus_policy",
    "attach_velero_policy", "attach_vpc_cni_policy", "attach_node_termination_handler_policy",
    "attach_cloudwatch_observability_policy", "enable_karpenter_instance_profile_creation",
    "external_secrets_secrets_manager_create_permission",
  ]
  role = one(aws_iam_role.this)
  self = "arn:${data.aws_partition.current.partition}:iam::${data.aws_caller_identity.current.account_id}:role${var.role_path}${var.role_name == null ? "${var.role_name_prefix}*" : var.role_name}"
}

variable "create_role" { default = true }
variable "role_name" { default = null }
variable "role_name_prefix" { default = null }
variable "role_path" { default = "/" }
variable "role_permissions_boundary_arn" { default = null }
variable "role_policy_arns" { default = {} }
variable "oidc_providers" { default = {} }
variable "assume_role_condition_test" { default = "StringEquals" }
variable "allow_self_assume_role" { default = false }

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}

data "aws_iam_policy_document" "this" {
  dynamic "statement" {
    for_each = var.allow_self_assume_role ? ["ExplicitSelfRoleAssumption"] : []
    content {
      sid     = statement.value
      actions = ["sts:AssumeRole"]
      principals {
        type        = "AWS"
        identifiers = ["*"]
      }
      condition {
        test     = "ArnLike"
        variable = "aws:PrincipalArn"
        values   = [local.self]
      }
    }
  }

  dynamic "statement" {
    for_each = var.oidc_providers
    content {
      actions = ["sts:AssumeRoleWithWebIdentity"]
      principals {
        type        = "Federated"
        identifiers = [statement.value.provider_arn]
      }
      dynamic "condition" {
        for_each = {
          sub = [for account in statement.value.namespace_service_accounts : "system:serviceaccount:${account}"]
          aud = ["sts.amazonaws.com"]
        }
        content {
          test     = var.assume_role_condition_test
          variable = "${replace(statement.value.provider_arn, "/^(.*provider/)/", "")}:${condition.key}"
          values   = condition.value
        }
      }
    }
  }

  dynamic "statement" {
    for_each = var.unnamed
    content {
      actions = [statement.value]
    }
  }
}

resource "aws_iam_role" "this" {
  count                = var.create_role ? 1 : 0
  name                 = var.role_name
  name_prefix          = var.role_name_prefix
  path                 = var.role_path
  permissions_boundary = var.role_permissions_boundary_arn
  assume_role_policy   = data.aws_iam_policy_document.this.json
}

resource "aws_iam_role_policy_attachment" "this" {
  for_each   = var.create_role ? var.role_policy_arns : {}
  role       = local.role.name
  policy_arn = each.value
}

resource "aws_iam_role_policy_attachment" "unmodelled" {
  for_each   = var.unmodelled
  role       = local.role.name
  policy_arn = each.value
}

output "iam_role_arn" { value = local.role.arn }
output "iam_role_name" { value = local.role.name }
output "iam_role_path" { value = local.role.path }
output "iam_role_unique_id" { value = local.role.unique_id }
