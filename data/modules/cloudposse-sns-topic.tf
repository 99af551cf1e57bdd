# A topic with the policy of who may publish, and a queue for what cannot be delivered.
# https://registry.terraform.io/modules/cloudposse/sns-topic/aws/latest

#label
locals {
  without_effect = [
    "additional_tag_map", "content_based_deduplication", "delivery_policy", "delivery_status", "descriptor_formats",
    "encryption_enabled", "kms_master_key_id", "label_key_case", 
    "labels_as_tags", "redrive_policy",
    "sqs_dlq_max_message_size", "sqs_dlq_message_retention_seconds", "sqs_queue_kms_data_key_reuse_period_seconds",
    "sqs_queue_kms_master_key_id", "subscribers", "tags",
  ]

  topic      = one(aws_sns_topic.this)
  queue      = one(aws_sqs_queue.dead_letter_queue)
  has_queue  = local.is_on && var.sqs_dlq_enabled
  has_policy = local.is_on && length(var.allowed_aws_services_for_sns_published) + length(var.allowed_iam_arns_for_sns_publish) > 0
}

variable "fifo_topic" { default = false }
variable "fifo_queue_enabled" { default = false }
variable "sqs_dlq_enabled" { default = false }
variable "allowed_aws_services_for_sns_published" { default = [] }
variable "allowed_iam_arns_for_sns_publish" { default = [] }
variable "sns_topic_policy_json" { default = "" }

resource "aws_sns_topic" "this" {
  count = local.is_on ? 1 : 0
  name  = var.fifo_topic ? "${local.id}.fifo" : local.id
}

data "aws_iam_policy_document" "aws_sns_topic_policy" {
  policy_id = "SNSTopicsPub"
  statement {
    actions   = ["sns:Publish"]
    resources = [local.topic.arn]
    dynamic "principals" {
      for_each = length(var.allowed_aws_services_for_sns_published) > 0 ? [1] : []
      content {
        type        = "Service"
        identifiers = var.allowed_aws_services_for_sns_published
      }
    }
    dynamic "principals" {
      for_each = length(var.allowed_iam_arns_for_sns_publish) > 0 ? [1] : []
      content {
        type        = "AWS"
        identifiers = var.allowed_iam_arns_for_sns_publish
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

resource "aws_sns_topic_policy" "this" {
  count  = local.has_policy ? 1 : 0
  arn    = local.topic.arn
  policy = var.sns_topic_policy_json == "" ? data.aws_iam_policy_document.aws_sns_topic_policy.json : var.sns_topic_policy_json
}

resource "aws_sqs_queue" "dead_letter_queue" {
  count = local.has_queue ? 1 : 0
  name  = var.fifo_queue_enabled ? "${local.id}.fifo" : local.id
}

data "aws_iam_policy_document" "sqs_queue_policy" {
  statement {
    actions   = ["SQS:SendMessage"]
    resources = [local.queue.arn]
    principals {
      type        = "AWS"
      identifiers = ["*"]
    }
    condition {
      test     = "ArnEquals"
      variable = "aws:SourceArn"
      values   = [local.topic.arn]
    }
  }
}

resource "aws_sqs_queue_policy" "default" {
  count     = local.has_queue ? 1 : 0
  queue_url = local.queue.id
  policy    = data.aws_iam_policy_document.sqs_queue_policy.json
}

output "sns_topic" { value = local.topic }
output "sns_topic_arn" { value = local.topic.arn }
output "sns_topic_id" { value = local.topic.id }
output "sns_topic_name" { value = local.topic.name }
output "dead_letter_queue_arn" { value = local.queue.arn }
output "dead_letter_queue_id" { value = local.queue.id }
output "dead_letter_queue_name" { value = local.queue.name }
output "dead_letter_queue_url" { value = local.queue.url }
