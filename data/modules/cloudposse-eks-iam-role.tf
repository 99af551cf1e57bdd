# A role for service accounts of a cluster; since version 2.
# https://registry.terraform.io/modules/cloudposse/eks-iam-role/aws/latest

#label
locals {
  without_effect = [
    "additional_tag_map", "descriptor_formats", "label_key_case",
    "labels_as_tags", "tags",
  ]

  issuer  = replace(var.eks_cluster_oidc_issuer_url, "https://", "")
  account = var.aws_account_number == null || var.aws_account_number == "" ? data.aws_caller_identity.current.account_id : var.aws_account_number
  is_list = var.service_account_name == null && var.service_account_namespace == null && length(var.service_account_namespace_name_list) > 0
  accounts = concat(
    local.is_list ? [] : ["${coalesce(var.service_account_namespace, "*")}:${coalesce(var.service_account_name, "*")}"],
    var.service_account_namespace_name_list,
  )
  # The role is called after the first of them, and its namespace unless that has the same name.
  parts      = [for part in split(":", local.accounts[0]) : replace(part, "*", "all")]
  called     = local.parts[0] == local.parts[1] ? local.parts[1] : "${local.parts[1]}@${local.parts[0]}"
  # An attribute of the label in which `@` and `_` are allowed, too.
  full       = join(local.delimiter, compact([local.id, lower(replace(local.called, "/[^-a-zA-Z0-9@_]/", ""))]))
  document   = try(var.aws_iam_policy_document[0], tostring(var.aws_iam_policy_document), "{}")
  has_policy = local.is_on && length(var.aws_iam_policy_document) > 0
  role       = one(aws_iam_role.service_account)
}

variable "service_account_name" { default = null }
variable "service_account_namespace" { default = null }
variable "service_account_namespace_name_list" { default = [] }
variable "aws_account_number" { default = null }
variable "aws_partition" { default = "aws" }
variable "aws_iam_policy_document" { default = [] }
variable "eks_cluster_oidc_issuer_url" {}
variable "permissions_boundary" { default = null }
variable "managed_policy_arns" { default = [] }

data "aws_caller_identity" "current" {}

data "aws_iam_policy_document" "service_account_assume_role" {
  statement {
    actions = ["sts:AssumeRoleWithWebIdentity"]
    principals {
      type        = "Federated"
      identifiers = ["arn:${var.aws_partition}:iam::${local.account}:oidc-provider/${local.issuer}"]
    }
    condition {
      test     = "StringLike"
      variable = "${local.issuer}:sub"
      values   = [for name in local.accounts : "system:serviceaccount:${name}"]
    }
    condition {
      test     = "StringEquals"
      variable = "${local.issuer}:aud"
      values   = ["sts.amazonaws.com"]
    }
  }

  dynamic "statement" {
    for_each = var.unmodelled
    content {
      actions = [statement.value]
    }
  }
}

resource "aws_iam_role" "service_account" {
  count                = local.is_on ? 1 : 0
  name                 = local.full
  permissions_boundary = var.permissions_boundary
  assume_role_policy   = data.aws_iam_policy_document.service_account_assume_role.json
}

resource "aws_iam_policy" "service_account" {
  count  = local.has_policy ? 1 : 0
  name   = local.full
  policy = local.document
}

resource "aws_iam_role_policy_attachment" "service_account" {
  count      = local.has_policy ? 1 : 0
  role       = local.role.name
  policy_arn = one(aws_iam_policy.service_account).arn
}

resource "aws_iam_role_policy_attachment" "managed" {
  for_each   = local.is_on ? toset(var.managed_policy_arns) : []
  role       = local.role.name
  policy_arn = each.value
}

resource "aws_iam_role_policy_attachment" "unmodelled" {
  for_each   = var.unmodelled
  role       = local.role.name
  policy_arn = each.value
}

output "service_account_name" { value = local.is_on ? var.service_account_name : null }
output "service_account_namespace" { value = local.is_on ? var.service_account_namespace : null }
output "service_account_role_arn" { value = local.role.arn }
output "service_account_role_name" { value = local.role.name }
output "service_account_role_unique_id" { value = local.role.unique_id }
output "service_account_policy_arn" { value = one(aws_iam_policy.service_account).arn }
output "service_account_policy_id" { value = one(aws_iam_policy.service_account).id }
output "service_account_policy_name" { value = one(aws_iam_policy.service_account).name }
