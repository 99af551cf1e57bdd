# A queue with its policy, and one for dead letters.
# https://registry.terraform.io/modules/terraform-aws-modules/sqs/aws/latest

locals {
  without_effect = [
    "content_based_deduplication", "create_dlq_redrive_allow_policy", "deduplication_scope", "delay_seconds",
    "dlq_content_based_deduplication", "dlq_deduplication_scope", "dlq_delay_seconds",
    "dlq_fifo_throughput_limit", "dlq_kms_data_key_reuse_period_seconds", "dlq_kms_master_key_id",
    "dlq_message_retention_seconds", "dlq_receive_wait_time_seconds", "dlq_redrive_allow_policy",
    "dlq_sqs_managed_sse_enabled", "dlq_tags", "dlq_visibility_timeout_seconds", "fifo_throughput_limit",
    "kms_data_key_reuse_period_seconds", "kms_master_key_id", "max_message_size", "message_retention_seconds",
    "receive_wait_time_seconds", "redrive_allow_policy", "redrive_policy", "region", "sqs_managed_sse_enabled",
    "tags", "visibility_timeout_seconds",
  ]
  suffix = var.fifo_queue ? ".fifo" : ""
  bare   = var.name == null ? null : trimsuffix(var.name, ".fifo")
  name   = local.bare == null ? null : "${local.bare}${local.suffix}"
  dead   = var.dlq_name == null ? (local.bare == null ? null : "${local.bare}-dlq${local.suffix}") : "${trimsuffix(var.dlq_name, ".fifo")}${local.suffix}"
  queue  = one(aws_sqs_queue.this)
  dlq    = one(aws_sqs_queue.dlq)
}

variable "create" { default = true }
variable "name" { default = null }
variable "use_name_prefix" { default = false }
variable "fifo_queue" { default = false }
variable "create_queue_policy" { default = false }
variable "source_queue_policy_documents" { default = [] }
variable "override_queue_policy_documents" { default = [] }
variable "queue_policy_statements" { default = null }
variable "create_dlq" { default = false }
variable "dlq_name" { default = null }
variable "create_dlq_queue_policy" { default = false }
variable "source_dlq_queue_policy_documents" { default = [] }
variable "override_dlq_queue_policy_documents" { default = [] }
variable "dlq_queue_policy_statements" { default = null }
# Until version 3.
variable "policy" { default = null }

resource "aws_sqs_queue" "this" {
  count       = var.create ? 1 : 0
  name        = var.use_name_prefix ? null : local.name
  name_prefix = var.use_name_prefix ? "${local.bare}-" : null
}

data "aws_iam_policy_document" "this" {
  source_policy_documents   = var.source_queue_policy_documents
  override_policy_documents = var.override_queue_policy_documents

  #statements var.queue_policy_statements [local.queue.arn]
  dynamic "statement" {
    for_each = var.unmodelled
    content {
      actions = [statement.value]
    }
  }
}

resource "aws_sqs_queue_policy" "this" {
  count     = var.create && (var.create_queue_policy || var.policy != null) ? 1 : 0
  queue_url = local.queue.url
  policy    = var.policy == null ? data.aws_iam_policy_document.this.json : var.policy
}

resource "aws_sqs_queue" "dlq" {
  count       = var.create && var.create_dlq ? 1 : 0
  name        = var.use_name_prefix ? null : local.dead
  name_prefix = var.use_name_prefix ? "${local.dead}-" : null
}

data "aws_iam_policy_document" "dlq" {
  source_policy_documents   = var.source_dlq_queue_policy_documents
  override_policy_documents = var.override_dlq_queue_policy_documents

  #statements var.dlq_queue_policy_statements [local.dlq.arn]
  dynamic "statement" {
    for_each = var.unmodelled
    content {
      actions = [statement.value]
    }
  }
}

resource "aws_sqs_queue_policy" "dlq" {
  count     = var.create && var.create_dlq && var.create_dlq_queue_policy ? 1 : 0
  queue_url = local.dlq.url
  policy    = data.aws_iam_policy_document.dlq.json
}

output "queue_arn" { value = local.queue.arn }
output "queue_arn_static" { value = local.queue.arn }
output "queue_id" { value = local.queue.url }
output "queue_url" { value = local.queue.url }
output "queue_name" { value = local.queue.name }
output "dead_letter_queue_arn" { value = local.dlq.arn }
output "dead_letter_queue_arn_static" { value = local.dlq.arn }
output "dead_letter_queue_id" { value = local.dlq.url }
output "dead_letter_queue_url" { value = local.dlq.url }
output "dead_letter_queue_name" { value = local.dlq.name }
# Until version 3.
output "sqs_queue_arn" { value = local.queue.arn }
output "sqs_queue_id" { value = local.queue.url }
output "sqs_queue_name" { value = local.queue.name }
