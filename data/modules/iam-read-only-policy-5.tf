# A policy that reads services; until version 5.
# https://registry.terraform.io/modules/terraform-aws-modules/iam/aws/5.60.0/submodules/iam-read-only-policy

locals {
  without_effect = ["description", "tags"]
}

variable "create_policy" { default = true }
variable "name" { default = null }
variable "name_prefix" { default = null }
variable "path" { default = "/" }
variable "allowed_services" { default = [] }
variable "additional_policy_json" { default = "{}" }
variable "allow_cloudwatch_logs_query" { default = true }
variable "allow_predefined_sts_actions" { default = true }
variable "allow_web_console_services" { default = true }
variable "web_console_services" { default = ["ce", "health", "resource-groups", "tag"] }

data "aws_iam_policy_document" "combined" {
  override_policy_documents = [var.additional_policy_json]

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
      actions   = [for verb in ["Describe", "Get", "List", "View"] : "${statement.value}:${verb}*"]
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
  count       = var.create_policy ? 1 : 0
  name        = var.name
  name_prefix = var.name_prefix
  path        = var.path
  policy      = data.aws_iam_policy_document.combined.json
}

output "path" { value = one(aws_iam_policy.policy).path }
output "policy_json" { value = data.aws_iam_policy_document.combined.json }
output "id" { value = one(aws_iam_policy.policy).id }
output "arn" { value = one(aws_iam_policy.policy).arn }
output "name" { value = one(aws_iam_policy.policy).name }
output "policy" { value = one(aws_iam_policy.policy).policy }
