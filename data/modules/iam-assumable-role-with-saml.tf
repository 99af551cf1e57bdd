# A role that users of a SAML provider may assume; until version 5.
# https://registry.terraform.io/modules/terraform-aws-modules/iam/aws/5.60.0/submodules/iam-assumable-role-with-saml

locals {
  without_effect = [
    "force_detach_policies", "max_session_duration", "number_of_role_policy_arns", "role_description", "tags",
  ]
  role = one(aws_iam_role.this)
  self = "arn:${data.aws_partition.current.partition}:iam::${data.aws_caller_identity.current.account_id}:role${var.role_path}${var.role_name == null ? "${var.role_name_prefix}*" : var.role_name}"
}

variable "create_role" { default = false }
variable "provider_id" { default = "" }
variable "provider_ids" { default = [] }
variable "aws_saml_endpoint" { default = "https://signin.aws.amazon.com/saml" }
variable "role_name" { default = null }
variable "role_name_prefix" { default = null }
variable "role_path" { default = "/" }
variable "role_permissions_boundary_arn" { default = "" }
variable "role_policy_arns" { default = [] }
variable "trusted_role_actions" { default = ["sts:AssumeRoleWithSAML", "sts:TagSession"] }
variable "allow_self_assume_role" { default = false }

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}

data "aws_iam_policy_document" "assume_role_with_saml" {
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

  statement {
    actions = distinct(concat(["sts:AssumeRoleWithSAML"], var.trusted_role_actions))
    principals {
      type        = "Federated"
      identifiers = distinct(compact(concat(var.provider_ids, [var.provider_id])))
    }
    condition {
      test     = "StringEquals"
      variable = "SAML:aud"
      values   = [var.aws_saml_endpoint]
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
  assume_role_policy   = data.aws_iam_policy_document.assume_role_with_saml.json
}

resource "aws_iam_role_policy_attachment" "custom" {
  count      = var.create_role ? length(var.role_policy_arns) : 0
  role       = local.role.name
  policy_arn = var.role_policy_arns[count.index]
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
