# A role for service accounts of Kubernetes clusters, from version 6 on.
# https://registry.terraform.io/modules/terraform-aws-modules/iam/aws/latest/submodules/iam-role-for-service-accounts

locals {
  without_effect = [
    "description", "max_session_duration", "policy_description", "region", "tags",
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
  role       = one(aws_iam_role.this)
  has_policy = anytrue([var.permissions != null, length(var.source_policy_documents) + length(var.override_policy_documents) > 0])
}

variable "create" { default = true }
variable "name" { default = "" }
variable "use_name_prefix" { default = true }
variable "path" { default = "/" }
variable "permissions_boundary" { default = null }
variable "trust_condition_test" { default = "StringEquals" }
variable "oidc_providers" { default = {} }
variable "policies" { default = {} }
variable "create_policy" { default = true }
variable "policy_name" { default = null }
variable "policy_path" { default = null }
variable "source_policy_documents" { default = [] }
variable "override_policy_documents" { default = [] }
variable "permissions" { default = null }
variable "create_inline_policy" { default = false }
variable "source_inline_policy_documents" { default = [] }
variable "override_inline_policy_documents" { default = [] }
variable "inline_policy_permissions" { default = null }

data "aws_iam_policy_document" "assume" {
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
          test     = var.trust_condition_test
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
  count                = var.create ? 1 : 0
  name                 = var.use_name_prefix ? null : var.name
  name_prefix          = var.use_name_prefix ? "${var.name}-" : null
  path                 = var.path
  permissions_boundary = var.permissions_boundary
  assume_role_policy   = data.aws_iam_policy_document.assume.json
}

resource "aws_iam_role_policy_attachment" "additional" {
  for_each   = var.create ? var.policies : {}
  role       = local.role.name
  policy_arn = each.value
}

data "aws_iam_policy_document" "this" {
  source_policy_documents   = var.source_policy_documents
  override_policy_documents = var.override_policy_documents

  #statements var.permissions
}

resource "aws_iam_role_policy" "this" {
  count  = var.create && var.create_policy && local.has_policy ? 1 : 0
  role   = local.role.name
  policy = data.aws_iam_policy_document.this.json
}

data "aws_iam_policy_document" "inline" {
  source_policy_documents   = var.source_inline_policy_documents
  override_policy_documents = var.override_inline_policy_documents

  #statements var.inline_policy_permissions
}

resource "aws_iam_role_policy" "inline" {
  count  = var.create && var.create_inline_policy ? 1 : 0
  role   = local.role.name
  policy = data.aws_iam_policy_document.inline.json
}

resource "aws_iam_role_policy_attachment" "unmodelled" {
  for_each   = var.unmodelled
  role       = local.role.name
  policy_arn = each.value
}

output "arn" { value = local.role.arn }
output "name" { value = local.role.name }
output "path" { value = local.role.path }
output "unique_id" { value = local.role.unique_id }
