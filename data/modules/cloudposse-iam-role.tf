# A role with its trust policy and its permissions.
# https://registry.terraform.io/modules/cloudposse/iam-role/aws/latest

#label
locals {
  without_effect = [
    "additional_tag_map", "instance_profile_enabled", "label_key_case", "labels_as_tags",
    "max_session_duration", "policy_description", "role_description", "tags", "tags_enabled",
  ]
  role       = one(aws_iam_role.default)
  has_policy = local.is_on && var.policy_document_count > 0
}

variable "use_fullname" { default = true }
variable "principals" { default = {} }
variable "policy_documents" { default = [] }
variable "policy_document_count" { default = 1 }
variable "policy_name" { default = null }
variable "inline_policy_enabled" { default = false }
variable "managed_policy_arns" { default = [] }
variable "managed_policy_arns_map" { default = {} }
variable "permissions_boundary" { default = "" }
variable "assume_role_actions" { default = ["sts:AssumeRole", "sts:TagSession"] }
variable "assume_role_conditions" { default = [] }
variable "assume_role_policy" { default = null }
variable "path" { default = "/" }

data "aws_iam_policy_document" "assume_role" {
  dynamic "statement" {
    for_each = var.principals
    content {
      actions = var.assume_role_actions
      principals {
        type        = statement.key
        identifiers = statement.value
      }
      dynamic "condition" {
        for_each = var.assume_role_conditions
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

resource "aws_iam_role" "default" {
  count                = local.is_on ? 1 : 0
  name                 = var.use_fullname ? local.id : var.name
  path                 = var.path
  permissions_boundary = var.permissions_boundary
  assume_role_policy   = var.assume_role_policy == null ? data.aws_iam_policy_document.assume_role.json : var.assume_role_policy
}

data "aws_iam_policy_document" "default" {
  override_policy_documents = var.policy_documents
}

resource "aws_iam_role_policy" "default" {
  count  = local.has_policy ? 1 : 0
  role   = local.role.name
  policy = data.aws_iam_policy_document.default.json
}

resource "aws_iam_role_policy_attachment" "managed" {
  for_each   = local.is_on ? merge({ for arn in var.managed_policy_arns : arn => arn }, var.managed_policy_arns_map) : {}
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
output "id" { value = local.role.unique_id }
output "policy" { value = data.aws_iam_policy_document.default.json }
