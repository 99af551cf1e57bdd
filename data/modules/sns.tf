# A topic with its policy, from version 5 on.
# https://registry.terraform.io/modules/terraform-aws-modules/sns/aws/latest

locals {
  without_effect = [
    "application_feedback", "archive_policy", "content_based_deduplication", "create_subscription",
    "data_protection_policy", "delivery_policy", "display_name", "fifo_throughput_scope", "firehose_feedback",
    "http_feedback", "kms_master_key_id", "lambda_feedback", "region", "signature_version", "sqs_feedback",
    "subscriptions", "tags", "tracing_config",
  ]
  name  = var.name == null ? null : "${trimsuffix(var.name, ".fifo")}${var.fifo_topic ? ".fifo" : ""}"
  topic = one(aws_sns_topic.this)
}

variable "create" { default = true }
variable "name" { default = null }
variable "use_name_prefix" { default = false }
variable "fifo_topic" { default = false }
variable "topic_policy" { default = null }
variable "create_topic_policy" { default = true }
variable "source_topic_policy_documents" { default = [] }
variable "override_topic_policy_documents" { default = [] }
variable "enable_default_topic_policy" { default = true }
variable "topic_policy_statements" { default = null }

data "aws_caller_identity" "current" {}

resource "aws_sns_topic" "this" {
  count       = var.create ? 1 : 0
  name        = var.use_name_prefix ? null : local.name
  name_prefix = var.use_name_prefix ? "${local.name}-" : null
  policy      = var.create_topic_policy ? null : var.topic_policy
}

data "aws_iam_policy_document" "this" {
  source_policy_documents   = var.source_topic_policy_documents
  override_policy_documents = var.override_topic_policy_documents

  dynamic "statement" {
    for_each = var.enable_default_topic_policy ? ["DefaultStatementID"] : []
    content {
      sid = statement.value
      actions = [
        "sns:Subscribe", "sns:SetTopicAttributes", "sns:RemovePermission", "sns:Publish",
        "sns:ListSubscriptionsByTopic", "sns:GetTopicAttributes", "sns:DeleteTopic", "sns:AddPermission",
      ]
      resources = [local.topic.arn]
      principals {
        type        = "AWS"
        identifiers = ["*"]
      }
      condition {
        test     = "StringEquals"
        variable = "AWS:SourceOwner"
        values   = [data.aws_caller_identity.current.account_id]
      }
    }
  }

  #statements var.topic_policy_statements [local.topic.arn]
  dynamic "statement" {
    for_each = var.unmodelled
    content {
      actions = [statement.value]
    }
  }
}

resource "aws_sns_topic_policy" "this" {
  count  = var.create && var.create_topic_policy ? 1 : 0
  arn    = local.topic.arn
  policy = data.aws_iam_policy_document.this.json
}

output "topic_arn" { value = local.topic.arn }
output "topic_id" { value = local.topic.arn }
output "topic_name" { value = local.topic.name }
