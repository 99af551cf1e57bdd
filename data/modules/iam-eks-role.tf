# A role for service accounts of EKS clusters that are looked up by name; until version 5.
# https://registry.terraform.io/modules/terraform-aws-modules/iam/aws/5.60.0/submodules/iam-eks-role

locals {
  without_effect = ["force_detach_policies", "max_session_duration", "role_description", "tags"]
  role           = one(aws_iam_role.this)
  home           = "arn:${data.aws_partition.current.partition}:iam::${data.aws_caller_identity.current.account_id}"
  self           = "${local.home}:role${var.role_path}${var.role_name == null ? "${var.role_name_prefix}*" : var.role_name}"
}

variable "create_role" { default = true }
variable "role_name" { default = null }
variable "role_name_prefix" { default = null }
variable "role_path" { default = "/" }
variable "role_permissions_boundary_arn" { default = "" }
variable "role_policy_arns" { default = {} }
variable "cluster_service_accounts" { default = {} }
variable "assume_role_condition_test" { default = "StringEquals" }
variable "allow_self_assume_role" { default = false }

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}

data "aws_eks_cluster" "main" {
  for_each = var.cluster_service_accounts
  name     = each.key
}

data "aws_iam_policy_document" "assume_role_with_oidc" {
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
    for_each = {
      for cluster, accounts in var.cluster_service_accounts :
      replace(data.aws_eks_cluster.main[cluster].identity[0].oidc[0].issuer, "https://", "") => accounts
    }
    content {
      actions = ["sts:AssumeRoleWithWebIdentity"]
      principals {
        type        = "Federated"
        identifiers = ["${local.home}:oidc-provider/${statement.key}"]
      }
      condition {
        test     = var.assume_role_condition_test
        variable = "${statement.key}:sub"
        values   = [for account in statement.value : "system:serviceaccount:${account}"]
      }
    }
  }

  dynamic "statement" {
    for_each = var.unmodelled
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
  assume_role_policy   = data.aws_iam_policy_document.assume_role_with_oidc.json
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
