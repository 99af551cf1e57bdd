# A bus with who may put events on it, and the role that delivers them.
# https://registry.terraform.io/modules/terraform-aws-modules/eventbridge/aws/latest

locals {
  without_effect = [
    "api_destinations", "append_connection_postfix", "append_destination_postfix", "append_pipe_postfix",
    "append_schedule_group_postfix", "append_schedule_postfix", "archives", "bus_description",
    "connections", "create_api_destinations", "create_archives", "create_connections", "create_log_delivery",
    "create_log_delivery_source", "create_pipe_role_only", "create_pipes", "create_schedule_groups",
    "create_schemas_discoverer", "create_targets", "dead_letter_config", "event_source_name", "kms_key_identifier",
    "log_config", "log_delivery", "log_delivery_source_name", "number_of_policies", "number_of_policy_jsons",
    "policy_path", "region", "role_description", "role_force_detach_policies", "role_tags",
    "schedule_group_timeouts", "schedule_groups", "schemas_discoverer_description", "tags", "targets",
  ]
  undescribed = ["attach_api_destination_policy"]

  create_role = var.create && var.create_role
  role        = one(aws_iam_role.eventbridge)
  managed = concat(
    var.attach_tracing_policy ? ["arn:aws:iam::aws:policy/AWSXrayWriteOnlyAccess"] : [],
    var.attach_policy ? [var.policy] : [],
    var.attach_policies ? var.policies : [],
  )
}

variable "create" { default = true }
variable "create_bus" { default = true }
variable "create_role" { default = true }
variable "create_permissions" { default = true }
variable "create_schedules" { default = true }
variable "bus_name" { default = "default" }
variable "create_rules" { default = true }
variable "append_rule_postfix" { default = true }
variable "rules" { default = {} }
variable "permissions" { default = {} }
variable "schedules" { default = {} }
variable "role_name" { default = null }
variable "role_path" { default = null }
variable "role_permissions_boundary" { default = null }
variable "trusted_entities" { default = [] }
variable "attach_kinesis_policy" { default = false }
variable "attach_kinesis_firehose_policy" { default = false }
variable "attach_sqs_policy" { default = false }
variable "attach_sns_policy" { default = false }
variable "attach_ecs_policy" { default = false }
variable "attach_lambda_policy" { default = false }
variable "attach_sfn_policy" { default = false }
variable "attach_cloudwatch_policy" { default = false }
variable "attach_tracing_policy" { default = false }
variable "kinesis_target_arns" { default = [] }
variable "kinesis_firehose_target_arns" { default = [] }
variable "sqs_target_arns" { default = [] }
variable "sns_target_arns" { default = [] }
variable "sns_kms_arns" { default = ["*"] }
variable "ecs_target_arns" { default = [] }
variable "ecs_pass_role_resources" { default = [] }
variable "lambda_target_arns" { default = [] }
variable "sfn_target_arns" { default = [] }
variable "cloudwatch_target_arns" { default = [] }
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

resource "aws_cloudwatch_event_bus" "this" {
  count = var.create && var.create_bus ? 1 : 0
  name  = var.bus_name
}

resource "aws_cloudwatch_event_rule" "this" {
  for_each       = var.create && var.create_rules ? var.rules : {}
  name           = var.append_rule_postfix ? "${replace(each.key, "_", "-")}-rule" : each.key
  event_bus_name = var.bus_name
}

# The key is who may, and the name of the statement.
resource "aws_cloudwatch_event_permission" "this" {
  for_each       = var.create && var.create_permissions ? var.permissions : {}
  principal      = compact(split(" ", each.key))[0]
  statement_id   = compact(split(" ", each.key))[1]
  action         = lookup(each.value, "action", null)
  event_bus_name = try(each.value.event_bus_name, var.bus_name)
  dynamic "condition" {
    for_each = try([each.value.condition_org], [])
    content {
      key   = "aws:PrincipalOrgID"
      type  = "StringEquals"
      value = condition.value
    }
  }
}

data "aws_iam_policy_document" "assume_role" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = distinct(concat(["events.amazonaws.com"], var.trusted_entities, var.create_schedules && length(var.schedules) > 0 ? ["scheduler.amazonaws.com"] : []))
    }
  }

  dynamic "statement" {
    for_each = var.unmodelled
    content {
      actions = [statement.value]
    }
  }
}

resource "aws_iam_role" "eventbridge" {
  count                = local.create_role ? 1 : 0
  name                 = coalesce(var.role_name, var.bus_name)
  path                 = var.role_path
  permissions_boundary = var.role_permissions_boundary
  assume_role_policy   = data.aws_iam_policy_document.assume_role.json
}

data "aws_iam_policy_document" "kinesis" {
  statement {
    actions   = ["kinesis:PutRecord"]
    resources = var.kinesis_target_arns
  }
}

resource "aws_iam_policy" "kinesis" {
  count  = local.create_role && var.attach_kinesis_policy ? 1 : 0
  policy = data.aws_iam_policy_document.kinesis.json
}

resource "aws_iam_policy_attachment" "kinesis" {
  count      = local.create_role && var.attach_kinesis_policy ? 1 : 0
  name       = "kinesis"
  roles      = [local.role.name]
  policy_arn = one(aws_iam_policy.kinesis).arn
}

data "aws_iam_policy_document" "kinesis_firehose" {
  statement {
    actions   = ["firehose:PutRecord"]
    resources = var.kinesis_firehose_target_arns
  }
}

resource "aws_iam_policy" "kinesis_firehose" {
  count  = local.create_role && var.attach_kinesis_firehose_policy ? 1 : 0
  policy = data.aws_iam_policy_document.kinesis_firehose.json
}

resource "aws_iam_policy_attachment" "kinesis_firehose" {
  count      = local.create_role && var.attach_kinesis_firehose_policy ? 1 : 0
  name       = "kinesis_firehose"
  roles      = [local.role.name]
  policy_arn = one(aws_iam_policy.kinesis_firehose).arn
}

data "aws_iam_policy_document" "sqs" {
  statement {
    actions   = ["kms:Decrypt", "kms:GenerateDataKey", "sqs:SendMessage*"]
    resources = var.sqs_target_arns
  }
}

resource "aws_iam_policy" "sqs" {
  count  = local.create_role && var.attach_sqs_policy ? 1 : 0
  policy = data.aws_iam_policy_document.sqs.json
}

resource "aws_iam_policy_attachment" "sqs" {
  count      = local.create_role && var.attach_sqs_policy ? 1 : 0
  name       = "sqs"
  roles      = [local.role.name]
  policy_arn = one(aws_iam_policy.sqs).arn
}

data "aws_iam_policy_document" "lambda" {
  statement {
    actions   = ["lambda:InvokeFunction"]
    resources = var.lambda_target_arns
  }
}

resource "aws_iam_policy" "lambda" {
  count  = local.create_role && var.attach_lambda_policy ? 1 : 0
  policy = data.aws_iam_policy_document.lambda.json
}

resource "aws_iam_policy_attachment" "lambda" {
  count      = local.create_role && var.attach_lambda_policy ? 1 : 0
  name       = "lambda"
  roles      = [local.role.name]
  policy_arn = one(aws_iam_policy.lambda).arn
}

data "aws_iam_policy_document" "sfn" {
  statement {
    actions   = ["states:StartExecution"]
    resources = var.sfn_target_arns
  }
}

resource "aws_iam_policy" "sfn" {
  count  = local.create_role && var.attach_sfn_policy ? 1 : 0
  policy = data.aws_iam_policy_document.sfn.json
}

resource "aws_iam_policy_attachment" "sfn" {
  count      = local.create_role && var.attach_sfn_policy ? 1 : 0
  name       = "sfn"
  roles      = [local.role.name]
  policy_arn = one(aws_iam_policy.sfn).arn
}

data "aws_iam_policy_document" "cloudwatch" {
  statement {
    actions   = ["logs:DescribeLogGroups", "logs:DescribeLogStreams", "logs:PutLogEvents"]
    resources = var.cloudwatch_target_arns
  }
}

resource "aws_iam_policy" "cloudwatch" {
  count  = local.create_role && var.attach_cloudwatch_policy ? 1 : 0
  policy = data.aws_iam_policy_document.cloudwatch.json
}

resource "aws_iam_policy_attachment" "cloudwatch" {
  count      = local.create_role && var.attach_cloudwatch_policy ? 1 : 0
  name       = "cloudwatch"
  roles      = [local.role.name]
  policy_arn = one(aws_iam_policy.cloudwatch).arn
}

data "aws_iam_policy_document" "sns" {
  statement {
    actions   = ["sns:Publish"]
    resources = var.sns_target_arns
  }
  dynamic "statement" {
    for_each = length(var.sns_kms_arns) > 0 ? [1] : []
    content {
      actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
      resources = var.sns_kms_arns
    }
  }
}

resource "aws_iam_policy" "sns" {
  count  = local.create_role && var.attach_sns_policy ? 1 : 0
  policy = data.aws_iam_policy_document.sns.json
}

resource "aws_iam_policy_attachment" "sns" {
  count      = local.create_role && var.attach_sns_policy ? 1 : 0
  name       = "sns"
  roles      = [local.role.name]
  policy_arn = one(aws_iam_policy.sns).arn
}

data "aws_iam_policy_document" "ecs" {
  statement {
    actions   = ["ecs:RunTask", "ecs:TagResource"]
    resources = [for arn in var.ecs_target_arns : replace(arn, "/:\\d+$/", ":*")]
  }
  statement {
    actions   = ["iam:PassRole"]
    resources = length(var.ecs_pass_role_resources) > 0 ? var.ecs_pass_role_resources : ["*"]
  }
}

resource "aws_iam_policy" "ecs" {
  count  = local.create_role && var.attach_ecs_policy ? 1 : 0
  policy = data.aws_iam_policy_document.ecs.json
}

resource "aws_iam_policy_attachment" "ecs" {
  count      = local.create_role && var.attach_ecs_policy ? 1 : 0
  name       = "ecs"
  roles      = [local.role.name]
  policy_arn = one(aws_iam_policy.ecs).arn
}

resource "aws_iam_policy" "additional_json" {
  count  = local.create_role && var.attach_policy_json ? 1 : 0
  policy = var.policy_json
}

resource "aws_iam_policy_attachment" "additional_json" {
  count      = local.create_role && var.attach_policy_json ? 1 : 0
  name       = "additional_json"
  roles      = [local.role.name]
  policy_arn = one(aws_iam_policy.additional_json).arn
}

resource "aws_iam_policy" "additional_jsons" {
  count  = local.create_role && var.attach_policy_jsons ? length(var.policy_jsons) : 0
  policy = var.policy_jsons[count.index]
}

resource "aws_iam_policy_attachment" "additional_jsons" {
  count      = local.create_role && var.attach_policy_jsons ? length(var.policy_jsons) : 0
  name       = "additional-${count.index}"
  roles      = [local.role.name]
  policy_arn = aws_iam_policy.additional_jsons[count.index].arn
}

data "aws_iam_policy_document" "additional_inline" {
  #statements var.policy_statements null
}

resource "aws_iam_policy" "additional_inline" {
  count  = local.create_role && var.attach_policy_statements ? 1 : 0
  policy = data.aws_iam_policy_document.additional_inline.json
}

resource "aws_iam_policy_attachment" "additional_inline" {
  count      = local.create_role && var.attach_policy_statements ? 1 : 0
  name       = "additional_inline"
  roles      = [local.role.name]
  policy_arn = one(aws_iam_policy.additional_inline).arn
}

resource "aws_iam_role_policy_attachment" "additional" {
  count      = local.create_role ? length(local.managed) : 0
  role       = local.role.name
  policy_arn = local.managed[count.index]
}

resource "aws_iam_role_policy_attachment" "unmodelled" {
  for_each   = local.create_role ? var.unmodelled : []
  role       = local.role.name
  policy_arn = each.value
}

output "eventbridge_bus_name" { value = var.bus_name }
output "eventbridge_bus_arn" { value = one(aws_cloudwatch_event_bus.this).arn }
output "eventbridge_bus" { value = one(aws_cloudwatch_event_bus.this) }
output "eventbridge_rule_arns" { value = { for name, rule in aws_cloudwatch_event_rule.this : name => rule.arn } }
output "eventbridge_role_arn" { value = local.create_role ? local.role.arn : "" }
output "eventbridge_role_name" { value = local.create_role ? local.role.name : "" }
