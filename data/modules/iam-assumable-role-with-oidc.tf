# A role that identities of OIDC providers may assume; until version 5.
# https://registry.terraform.io/modules/terraform-aws-modules/iam/aws/5.60.0/submodules/iam-assumable-role-with-oidc

locals {
  without_effect = [
    "force_detach_policies", "max_session_duration", "number_of_role_policy_arns", "role_description", "tags",
  ]
  role    = one(aws_iam_role.this)
  own     = data.aws_caller_identity.current.account_id
  iam     = "arn:${data.aws_partition.current.partition}:iam"
  issuers = [for url in distinct(compact(concat(var.provider_urls, [var.provider_url]))) : replace(url, "https://", "")]
  self    = "${local.iam}::${local.own}:role${var.role_path}${var.role_name == null ? "${var.role_name_prefix}*" : var.role_name}"
}

variable "create_role" { default = false }
variable "provider_url" { default = "" }
variable "provider_urls" { default = [] }
variable "aws_account_id" { default = "" }
variable "role_name" { default = null }
variable "role_name_prefix" { default = null }
variable "role_path" { default = "/" }
variable "role_permissions_boundary_arn" { default = "" }
variable "role_policy_arns" { default = [] }
variable "inline_policy_statements" { default = [] }
variable "oidc_fully_qualified_subjects" { default = [] }
variable "oidc_subjects_with_wildcards" { default = [] }
variable "oidc_fully_qualified_audiences" { default = [] }
variable "provider_trust_policy_conditions" { default = [] }
variable "allow_self_assume_role" { default = false }

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}

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
    for_each = local.issuers
    content {
      actions = ["sts:AssumeRoleWithWebIdentity", "sts:TagSession"]
      principals {
        type        = "Federated"
        identifiers = ["${local.iam}::${var.aws_account_id == "" ? local.own : var.aws_account_id}:oidc-provider/${statement.value}"]
      }
      dynamic "condition" {
        for_each = [for each in [
          { test = "StringEquals", key = "sub", values = var.oidc_fully_qualified_subjects },
          { test = "StringLike", key = "sub", values = var.oidc_subjects_with_wildcards },
          { test = "StringLike", key = "aud", values = var.oidc_fully_qualified_audiences },
        ] : each if length(each.values) > 0]
        content {
          test     = condition.value.test
          variable = "${statement.value}:${condition.value.key}"
          values   = condition.value.values
        }
      }
      dynamic "condition" {
        for_each = var.provider_trust_policy_conditions
        content {
          test     = condition.value.test
          variable = condition.value.variable
          values   = condition.value.values
        }
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

resource "aws_iam_role_policy_attachment" "custom" {
  count      = var.create_role ? length(var.role_policy_arns) : 0
  role       = local.role.name
  policy_arn = var.role_policy_arns[count.index]
}

data "aws_iam_policy_document" "inline" {
  #statements var.inline_policy_statements
}

resource "aws_iam_role_policy" "inline" {
  count  = var.create_role && length(var.inline_policy_statements) > 0 ? 1 : 0
  role   = local.role.name
  policy = data.aws_iam_policy_document.inline.json
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
output "this_iam_role_arn" { value = local.role.arn }
output "this_iam_role_name" { value = local.role.name }
