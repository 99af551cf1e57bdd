# A policy document made of objects, and a managed policy of it when it is wanted; from version 1 on.
# https://registry.terraform.io/modules/cloudposse/iam-policy/aws/latest

#label
locals {
  without_effect = [
    "additional_tag_map", "description", "label_key_case", "labels_as_tags", "tags",
    "tags_enabled",
  ]
  # One object or several.
  documents  = try(tolist(var.iam_policy), [var.iam_policy])
  statements = flatten([for document in local.documents : try(document.statements, [])])
}

variable "iam_policy" { default = [] }
variable "iam_policy_enabled" { default = false }
variable "iam_source_policy_documents" { default = null }
variable "iam_override_policy_documents" { default = null }

data "aws_iam_policy_document" "this" {
  source_policy_documents   = var.iam_source_policy_documents
  override_policy_documents = var.iam_override_policy_documents

  #statements local.statements
  dynamic "statement" {
    for_each = var.unmodelled
    content {
      actions = [statement.value]
    }
  }
}

resource "aws_iam_policy" "default" {
  count  = local.is_on && var.iam_policy_enabled ? 1 : 0
  name   = local.id
  policy = data.aws_iam_policy_document.this.json
}

output "json" { value = data.aws_iam_policy_document.this.json }
output "policy_arn" { value = one(aws_iam_policy.default).arn }
