# A table with its policy.
# https://registry.terraform.io/modules/terraform-aws-modules/dynamodb-table/aws/latest

locals {
  without_effect = [
    "attributes", "autoscaling_defaults", "autoscaling_enabled", "autoscaling_indexes", "autoscaling_read",
    "autoscaling_write", "billing_mode", "deletion_protection_enabled", "global_secondary_indexes",
    "global_table_witness", "hash_key", "ignore_changes_global_secondary_index", "import_table",
    "local_secondary_indexes", "on_demand_throughput", "point_in_time_recovery_enabled",
    "point_in_time_recovery_period_in_days", "range_key", "read_capacity", "region", "replica_regions",
    "restore_date_time", "restore_source_name", "restore_source_table_arn", "restore_to_latest_time",
    "server_side_encryption_enabled", "server_side_encryption_kms_key_arn", "stream_enabled", "stream_view_type",
    "table_class", "tags", "timeouts", "ttl_attribute_name", "ttl_enabled", "warm_throughput", "write_capacity",
  ]
  table = one(aws_dynamodb_table.this)
}

variable "create_table" { default = true }
variable "name" { default = null }
variable "resource_policy" { default = null }

resource "aws_dynamodb_table" "this" {
  count = var.create_table ? 1 : 0
  name  = var.name
}

data "aws_iam_policy_document" "unmodelled" {
  dynamic "statement" {
    for_each = var.unmodelled
    content {
      actions = [statement.value]
    }
  }
}

resource "aws_dynamodb_resource_policy" "this" {
  count        = !var.create_table ? 0 : var.resource_policy == null ? length(var.unmodelled) : 1
  resource_arn = local.table.arn
  policy       = var.resource_policy == null ? data.aws_iam_policy_document.unmodelled.json : replace(var.resource_policy, "__DYNAMODB_TABLE_ARN__", local.table.arn)
}

output "dynamodb_table_arn" { value = local.table.arn }
output "dynamodb_table_id" { value = local.table.id }
output "dynamodb_table_stream_arn" { value = local.table.stream_arn }
output "dynamodb_table_stream_label" { value = local.table.stream_label }
