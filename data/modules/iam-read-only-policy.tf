# A policy that reads services; since version 6.
# https://registry.terraform.io/modules/terraform-aws-modules/iam/aws/latest/submodules/iam-read-only-policy

locals {
  without_effect = ["description", "tags"]
}

variable "create" { default = true }
variable "create_policy" { default = true }
variable "name" { default = null }
variable "use_name_prefix" { default = true }
variable "path" { default = null }
variable "allowed_services" { default = [] }
variable "source_inline_policy_documents" { default = [] }
variable "override_inline_policy_documents" { default = [] }
variable "allow_cloudwatch_logs_query" { default = true }
variable "allow_predefined_sts_actions" { default = true }
variable "allow_web_console_services" { default = true }
variable "web_console_services" { default = ["ce", "health", "resource-groups", "tag"] }

data "aws_iam_policy_document" "this" {
  source_policy_documents   = var.source_inline_policy_documents
  override_policy_documents = var.override_inline_policy_documents

  dynamic "statement" {
    for_each = toset(var.allowed_services)
    content {
      sid       = replace(statement.value, "-", "")
      actions   = [for verb in ["BatchGet", "Describe", "Get", "List", "View"] : "${statement.value}:${verb}*"]
      resources = ["*"]
    }
  }

  dynamic "statement" {
    for_each = var.allow_web_console_services ? toset(var.web_console_services) : []
    content {
      sid       = replace(statement.value, "-", "")
      actions   = [for verb in ["BatchGet", "Describe", "Get", "List", "View"] : "${statement.value}:${verb}*"]
      resources = ["*"]
    }
  }

  dynamic "statement" {
    for_each = var.allow_predefined_sts_actions ? [1] : []
    content {
      sid       = "STS"
      actions   = ["sts:GetAccessKeyInfo", "sts:GetCallerIdentity", "sts:GetSessionToken"]
      resources = ["*"]
    }
  }

  dynamic "statement" {
    for_each = var.allow_cloudwatch_logs_query ? [1] : []
    content {
      sid       = "AllowLogsQuery"
      actions   = ["logs:FilterLogEvents", "logs:StartQuery", "logs:StopQuery"]
      resources = ["*"]
    }
  }

  dynamic "statement" {
    for_each = var.unmodelled
    content {
      actions = [statement.value]
    }
  }
}

resource "aws_iam_policy" "policy" {
  count       = var.create && var.create_policy ? 1 : 0
  name        = var.use_name_prefix ? null : var.name
  name_prefix = var.use_name_prefix ? "${var.name}-" : null
  path        = var.path
  policy      = data.aws_iam_policy_document.this.json
}

output "policy_json" { value = data.aws_iam_policy_document.this.json }
output "id" { value = one(aws_iam_policy.policy).id }
output "arn" { value = one(aws_iam_policy.policy).arn }
output "name" { value = one(aws_iam_policy.policy).name }
output "policy" { value = one(aws_iam_policy.policy).policy }
