# A secret and its policy.
# https://registry.terraform.io/modules/terraform-aws-modules/secrets-manager/aws/latest

locals {
  without_effect = [
    "block_public_policy", "create_random_password", "description", "enable_rotation",
    "force_overwrite_replica_secret", "ignore_secret_changes", "kms_key_id", "random_password_length",
    "random_password_override_special", "recovery_window_in_days", "region", "replica", "rotate_immediately",
    "rotation_lambda_arn", "rotation_rules", "secret_binary", "secret_string", "secret_string_wo",
    "secret_string_wo_version", "tags", "version_stages",
  ]
  secret = one(aws_secretsmanager_secret.this)
}

variable "create" { default = true }
variable "name" { default = null }
variable "name_prefix" { default = null }
variable "create_policy" { default = false }
variable "source_policy_documents" { default = [] }
variable "override_policy_documents" { default = [] }
variable "policy_statements" { default = null }

resource "aws_secretsmanager_secret" "this" {
  count       = var.create ? 1 : 0
  name        = var.name
  name_prefix = var.name_prefix
}

data "aws_iam_policy_document" "this" {
  source_policy_documents   = var.source_policy_documents
  override_policy_documents = var.override_policy_documents

  #statements var.policy_statements
  dynamic "statement" {
    for_each = var.unmodelled
    content {
      actions = [statement.value]
    }
  }
}

resource "aws_secretsmanager_secret_policy" "this" {
  count      = var.create && var.create_policy ? 1 : 0
  secret_arn = local.secret.arn
  policy     = data.aws_iam_policy_document.this.json
}

output "secret_arn" { value = local.secret.arn }
output "secret_id" { value = local.secret.id }
output "secret_name" { value = local.secret.name }
