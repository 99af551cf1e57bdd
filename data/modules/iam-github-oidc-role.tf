# A role that GitHub Actions may assume; version 5.
# https://registry.terraform.io/modules/terraform-aws-modules/iam/aws/5.60.0/submodules/iam-github-oidc-role

locals {
  without_effect = ["description", "force_detach_policies", "max_session_duration", "tags"]
  role           = one(aws_iam_role.this)
  issuer         = replace(var.provider_url, "https://", "")
  home           = "arn:${data.aws_partition.current.partition}:iam::${data.aws_caller_identity.current.account_id}"
  subjects       = [for subject in var.subjects : startswith(subject, "repo:") ? subject : "repo:${subject}"]
}

variable "create" { default = true }
variable "name" { default = null }
variable "name_prefix" { default = null }
variable "path" { default = "/" }
variable "permissions_boundary_arn" { default = null }
variable "policies" { default = {} }
variable "audience" { default = "sts.amazonaws.com" }
variable "subject_condition" { default = "StringLike" }
variable "subjects" { default = [] }
variable "provider_url" { default = "token.actions.githubusercontent.com" }
variable "additional_trust_policy_conditions" { default = [] }

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}

data "aws_iam_policy_document" "this" {
  statement {
    sid     = "GithubOidcAuth"
    actions = ["sts:TagSession", "sts:AssumeRoleWithWebIdentity"]
    principals {
      type        = "Federated"
      identifiers = ["${local.home}:oidc-provider/${local.issuer}"]
    }
    dynamic "condition" {
      for_each = concat([
        { test = "ForAllValues:StringEquals", variable = "${local.issuer}:iss", values = ["https://${local.issuer}"] },
        { test = "ForAllValues:StringEquals", variable = "${local.issuer}:aud", values = [var.audience] },
        { test = var.subject_condition, variable = "${local.issuer}:sub", values = local.subjects },
      ], var.additional_trust_policy_conditions)
      content {
        test     = condition.value.test
        variable = condition.value.variable
        values   = condition.value.values
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
  count                = var.create ? 1 : 0
  name                 = var.name
  name_prefix          = var.name_prefix
  path                 = var.path
  permissions_boundary = var.permissions_boundary_arn
  assume_role_policy   = data.aws_iam_policy_document.this.json
}

resource "aws_iam_role_policy_attachment" "this" {
  for_each   = var.create ? var.policies : {}
  role       = local.role.name
  policy_arn = each.value
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
