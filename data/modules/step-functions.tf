# A state machine with its role and the policies of that.
# https://registry.terraform.io/modules/terraform-aws-modules/step-functions/aws/latest

locals {
  without_effect = [
    "cloudwatch_log_group_kms_key_id", "cloudwatch_log_group_name", "cloudwatch_log_group_retention_in_days",
    "cloudwatch_log_group_tags", "encryption_configuration", "number_of_policies", "number_of_policy_jsons",
    "policy_path", "publish", "region", "role_description", "role_force_detach_policies", "role_tags",
    "sfn_state_machine_timeouts", "tags", "type", "use_existing_cloudwatch_log_group",
  ]

  create_role = var.create && var.create_role && !var.use_existing_role
  role        = one(aws_iam_role.this)
  machine     = one(aws_sfn_state_machine.this)
  region      = var.aws_region_assume_role == "" ? data.aws_region.current.name : var.aws_region_assume_role
  # What its integrations with one statement may do, and on what when no resources are named.
  integrations = {
    dynamodb     = { dynamodb = { may = ["dynamodb:DeleteItem", "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"] } }
    eventbridge  = { eventbridge = { may = ["events:PutEvents"], below = ["*"] } }
    lambda       = { lambda = { may = ["lambda:InvokeFunction"] } }
    sns          = { sns = { may = ["sns:Publish"] } }
    sqs          = { sqs = { may = ["sqs:SendMessage"] } }
    stepfunction = { stepfunction = { may = ["states:StartExecution"] } }
    xray = {
      xray = { may = ["xray:GetSamplingRules", "xray:GetSamplingTargets", "xray:PutTelemetryRecords", "xray:PutTraceSegments"], below = ["*"] }
    }
  }
  inline  = concat(var.attach_policy_json ? [var.policy_json] : [], var.attach_policy_jsons ? var.policy_jsons : [])
  managed = concat(var.attach_policy ? [var.policy] : [], var.attach_policies ? var.policies : [])
  logs    = local.create_role && var.attach_cloudwatch_logs_policy && try(var.logging_configuration.level, "OFF") != "OFF"
}

variable "create" { default = true }
variable "create_role" { default = true }
variable "use_existing_role" { default = false }
variable "name" { default = "" }
variable "definition" { default = "" }
variable "role_arn" { default = "" }
variable "role_name" { default = null }
variable "role_path" { default = null }
variable "role_permissions_boundary" { default = null }
variable "aws_region_assume_role" { default = "" }
variable "trusted_entities" { default = [] }
variable "attach_policies_for_integrations" { default = true }
variable "service_integrations" { default = {} }
variable "attach_cloudwatch_logs_policy" { default = true }
variable "logging_configuration" { default = {} }
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

data "aws_region" "current" {}

resource "aws_sfn_state_machine" "this" {
  count      = var.create ? 1 : 0
  name       = var.name
  role_arn   = var.use_existing_role ? var.role_arn : local.role.arn
  definition = var.definition
}

data "aws_iam_policy_document" "assume_role" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = distinct(concat(["states.${local.region}.amazonaws.com"], var.trusted_entities))
    }
  }

  dynamic "statement" {
    for_each = var.unmodelled
    content {
      actions = [statement.value]
    }
  }
}

resource "aws_iam_role" "this" {
  count                = local.create_role ? 1 : 0
  name                 = coalesce(var.role_name, var.name)
  path                 = var.role_path
  permissions_boundary = var.role_permissions_boundary
  assume_role_policy   = data.aws_iam_policy_document.assume_role.json
}

# What an integration may do that is not described is not known.
resource "random_id" "unknown" {
  byte_length = 8
}

data "aws_iam_policy_document" "service" {
  for_each = var.service_integrations
  dynamic "statement" {
    for_each = each.value
    content {
      actions   = try(local.integrations[each.key][statement.key].may, [random_id.unknown.hex])
      resources = can(tobool(statement.value)) ? try(local.integrations[each.key][statement.key].below, [random_id.unknown.hex]) : statement.value
    }
  }
}

resource "aws_iam_policy" "service" {
  for_each = local.create_role && var.attach_policies_for_integrations ? var.service_integrations : {}
  name     = "${local.role.name}-${each.key}"
  policy   = data.aws_iam_policy_document.service[each.key].json
}

resource "aws_iam_role_policy_attachment" "service" {
  for_each   = local.create_role && var.attach_policies_for_integrations ? var.service_integrations : {}
  role       = local.role.name
  policy_arn = aws_iam_policy.service[each.key].arn
}

data "aws_iam_policy_document" "logs" {
  statement {
    actions = [
      "logs:CreateLogDelivery", "logs:DeleteLogDelivery", "logs:DescribeLogGroups", "logs:DescribeResourcePolicies",
      "logs:GetLogDelivery", "logs:ListLogDeliveries", "logs:PutResourcePolicy", "logs:UpdateLogDelivery",
    ]
    resources = ["*"]
  }
}

resource "aws_iam_policy" "logs" {
  count  = local.logs ? 1 : 0
  name   = "${local.role.name}-logs"
  policy = data.aws_iam_policy_document.logs.json
}

resource "aws_iam_role_policy_attachment" "logs" {
  count      = local.logs ? 1 : 0
  role       = local.role.name
  policy_arn = one(aws_iam_policy.logs).arn
}

resource "aws_iam_role_policy" "additional" {
  count  = local.create_role ? length(local.inline) : 0
  role   = local.role.name
  policy = local.inline[count.index]
}

data "aws_iam_policy_document" "additional_inline" {
  #statements var.policy_statements null
}

resource "aws_iam_policy" "additional_inline" {
  count  = local.create_role && var.attach_policy_statements ? 1 : 0
  name   = "${local.role.name}-inline"
  policy = data.aws_iam_policy_document.additional_inline.json
}

resource "aws_iam_role_policy_attachment" "additional_inline" {
  count      = local.create_role && var.attach_policy_statements ? 1 : 0
  role       = local.role.name
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

output "state_machine_arn" { value = local.machine.arn }
output "state_machine_id" { value = local.machine.arn }
output "state_machine_name" { value = local.machine.name }
output "role_arn" { value = local.create_role ? local.role.arn : "" }
output "role_name" { value = local.create_role ? local.role.name : "" }
