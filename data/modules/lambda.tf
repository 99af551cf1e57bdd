# A function with its role, the policies of that and who may call it.
# https://registry.terraform.io/modules/terraform-aws-modules/lambda/aws/latest

locals {
  without_effect = [
    "architectures", "artifacts_dir", "build_in_docker", "cloudwatch_logs_kms_key_id",
    "cloudwatch_logs_log_group_class", "cloudwatch_logs_retention_in_days", "cloudwatch_logs_skip_destroy",
    "cloudwatch_logs_tags", "code_signing_config_arn", "create_package", "description", "docker_additional_options",
    "docker_build_root", "docker_entrypoint", "docker_file", "docker_image", "docker_pip_cache", "docker_with_ssh_agent",
    "environment_variables", "ephemeral_storage_size", "event_source_mapping", "file_system_arn",
    "file_system_local_mount_path", "function_tags", "handler", "hash_extra", "ignore_source_code_hash",
    "image_config_command", "image_config_entry_point", "image_config_working_directory", "image_uri",
    "include_default_tag", "invoke_mode", "kms_key_arn", "lambda_role", "layers", "local_existing_package",
    "logging_application_log_level", "logging_log_format", "logging_log_group", "logging_system_log_level",
    "maximum_event_age_in_seconds", "maximum_retry_attempts", "memory_size", "number_of_policies",
    "number_of_policy_jsons", "package_type", "policy_name", "provisioned_concurrent_executions", "publish",
    "putin_khuylo", "quiet_archive_local_exec", "recreate_missing_package", "recursive_loop", "region",
    "replace_security_groups_on_destroy", "replacement_security_group_ids", "reserved_concurrent_executions",
    "role_description", "role_force_detach_policies", "role_maximum_session_duration", "role_tags", "runtime",
    "s3_acl", "s3_bucket", "s3_existing_package", "s3_kms_key_id", "s3_object_storage_class", "s3_object_tags",
    "s3_prefix", "s3_server_side_encryption", "snap_start", "source_path", "store_on_s3", "tags", "timeout",
    "timeouts", "tracing_mode", "trigger_on_package_timestamp", "use_existing_cloudwatch_log_group",
    "vpc_security_group_ids", "vpc_subnet_ids", "ipv6_allowed_for_dual_stack", "cors",
    "create_async_event_config", "create_current_version_async_event_config",
    "create_unqualified_alias_async_event_config", "create_sam_metadata", "authorization_type",
    # Only what a policy is made of that is attached by a switch.
    "attach_create_log_group_permission", "dead_letter_target_arn", "destination_on_failure",
    "destination_on_success", "lambda_at_edge_logs_all_regions",
  ]
  undescribed = ["create_lambda_function_url", "create_unqualified_alias_lambda_function_url", "create_layer"]

  function    = one(aws_lambda_function.this)
  role        = one(aws_iam_role.lambda)
  create_role = var.create && var.create_function && !var.create_layer && var.create_role
  services = concat(
    var.lambda_at_edge ? ["lambda.amazonaws.com", "edgelambda.amazonaws.com"] : ["lambda.amazonaws.com"],
    [for each in var.trusted_entities : each if can(tostring(each))],
  )
  # The policies that the switches attach, as statements without more than actions and resources.
  attached = {
    logs = {
      may   = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"]
      below = ["arn:${data.aws_partition.current.partition}:logs:${var.lambda_at_edge ? "*" : data.aws_region.current.name}:${data.aws_caller_identity.current.account_id}:log-group:/aws/lambda/${var.function_name}:*"]
    }
    dead_letter = {
      may   = ["sns:Publish", "sqs:SendMessage"]
      below = [var.dead_letter_target_arn]
    }
    async = {
      may   = ["sns:Publish", "sqs:SendMessage", "events:PutEvents", "lambda:InvokeFunction"]
      below = compact([var.destination_on_failure, var.destination_on_success])
    }
  }
}

variable "create" { default = true }
variable "create_function" { default = true }
variable "create_layer" { default = false }
variable "create_role" { default = true }
variable "function_name" { default = "" }
variable "lambda_at_edge" { default = false }
variable "role_name" { default = null }
variable "role_path" { default = null }
variable "role_permissions_boundary" { default = null }
variable "trusted_entities" { default = [] }
variable "assume_role_policy_statements" { default = {} }
variable "attach_cloudwatch_logs_policy" { default = true }
variable "attach_dead_letter_policy" { default = false }
variable "attach_network_policy" { default = false }
variable "attach_tracing_policy" { default = false }
variable "attach_async_event_policy" { default = false }
variable "attach_policy_json" { default = false }
variable "attach_policy_jsons" { default = false }
variable "attach_policy" { default = false }
variable "attach_policies" { default = false }
variable "attach_policy_statements" { default = false }
variable "policy_json" { default = null }
variable "policy_jsons" { default = [] }
variable "policy" { default = null }
variable "policies" { default = [] }
variable "policy_statements" { default = {} }
variable "dead_letter_target_arn" { default = null }
variable "destination_on_failure" { default = null }
variable "destination_on_success" { default = null }
variable "allowed_triggers" { default = {} }
variable "create_current_version_allowed_triggers" { default = true }
variable "create_unqualified_alias_allowed_triggers" { default = true }

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}
data "aws_region" "current" {}

resource "aws_lambda_function" "this" {
  count         = var.create && var.create_function && !var.create_layer ? 1 : 0
  function_name = var.function_name
}

data "aws_iam_policy_document" "assume_role" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = local.services
    }
    dynamic "principals" {
      for_each = [for each in var.trusted_entities : each if !can(tostring(each))]
      content {
        type        = principals.value.type
        identifiers = principals.value.identifiers
      }
    }
  }

  #statements var.assume_role_policy_statements
  dynamic "statement" {
    for_each = var.unnamed
    content {
      actions = [statement.value]
    }
  }
}

resource "aws_iam_role" "lambda" {
  count                = local.create_role ? 1 : 0
  name                 = coalesce(var.role_name, var.function_name)
  path                 = var.role_path
  permissions_boundary = var.role_permissions_boundary
  assume_role_policy   = data.aws_iam_policy_document.assume_role.json
}

data "aws_iam_policy_document" "attached" {
  for_each = local.attached
  statement {
    actions   = each.value.may
    resources = each.value.below
  }
}

resource "aws_iam_role_policy" "logs" {
  count  = local.create_role && var.attach_cloudwatch_logs_policy ? 1 : 0
  role   = local.role.name
  policy = data.aws_iam_policy_document.attached["logs"].json
}

resource "aws_iam_role_policy" "dead_letter" {
  count  = local.create_role && var.attach_dead_letter_policy ? 1 : 0
  role   = local.role.name
  policy = data.aws_iam_policy_document.attached["dead_letter"].json
}

resource "aws_iam_role_policy" "async" {
  count  = local.create_role && var.attach_async_event_policy ? 1 : 0
  role   = local.role.name
  policy = data.aws_iam_policy_document.attached["async"].json
}

resource "aws_iam_role_policy" "additional_json" {
  count  = local.create_role && var.attach_policy_json ? 1 : 0
  role   = local.role.name
  policy = var.policy_json
}

resource "aws_iam_role_policy" "additional_jsons" {
  count  = local.create_role && var.attach_policy_jsons ? length(var.policy_jsons) : 0
  role   = local.role.name
  policy = var.policy_jsons[count.index]
}

# The module copies both of these policies.
resource "aws_iam_role_policy_attachment" "vpc" {
  count      = local.create_role && var.attach_network_policy ? 1 : 0
  role       = local.role.name
  policy_arn = "arn:aws:iam::aws:policy/service-role/AWSLambdaENIManagementAccess"
}

resource "aws_iam_role_policy_attachment" "tracing" {
  count      = local.create_role && var.attach_tracing_policy ? 1 : 0
  role       = local.role.name
  policy_arn = "arn:aws:iam::aws:policy/AWSXRayDaemonWriteAccess"
}

resource "aws_iam_role_policy_attachment" "additional_one" {
  count      = local.create_role && var.attach_policy ? 1 : 0
  role       = local.role.name
  policy_arn = var.policy
}

resource "aws_iam_role_policy_attachment" "additional_many" {
  count      = local.create_role && var.attach_policies ? length(var.policies) : 0
  role       = local.role.name
  policy_arn = var.policies[count.index]
}

data "aws_iam_policy_document" "additional_inline" {
  #statements var.policy_statements
}

resource "aws_iam_role_policy" "additional_inline" {
  count  = local.create_role && var.attach_policy_statements ? 1 : 0
  role   = local.role.name
  policy = data.aws_iam_policy_document.additional_inline.json
}

resource "aws_lambda_permission" "triggers" {
  for_each               = var.create_unqualified_alias_allowed_triggers || var.create_current_version_allowed_triggers ? var.allowed_triggers : {}
  function_name          = local.function.function_name
  statement_id           = try(each.value.statement_id, each.key)
  action                 = try(each.value.action, "lambda:InvokeFunction")
  principal              = try(each.value.principal, "${each.value.service}.amazonaws.com")
  principal_org_id       = try(each.value.principal_org_id, null)
  source_arn             = try(each.value.source_arn, null)
  source_account         = try(each.value.source_account, null)
  event_source_token     = try(each.value.event_source_token, null)
  function_url_auth_type = try(each.value.function_url_auth_type, null)
}

resource "aws_iam_role_policy_attachment" "unmodelled" {
  for_each   = var.unmodelled
  role       = local.role.name
  policy_arn = each.value
}

output "lambda_function_arn" { value = local.function.arn }
output "lambda_function_invoke_arn" { value = local.function.invoke_arn }
output "lambda_function_name" { value = local.function.function_name }
output "lambda_function_qualified_arn" { value = local.function.qualified_arn }
output "lambda_role_arn" { value = local.role.arn }
output "lambda_role_name" { value = local.role.name }
output "lambda_role_unique_id" { value = local.role.unique_id }
