# A repository with its policy.
# https://registry.terraform.io/modules/terraform-aws-modules/ecr/aws/latest

locals {
  without_effect = [
    "create_lifecycle_policy", "create_registry_replication_configuration", "manage_registry_scanning_configuration",
    "public_repository_catalog_data", "region", "registry_pull_through_cache_rules", "registry_replication_rules",
    "registry_scan_rules", "registry_scan_type", "repository_encryption_type", "repository_force_delete",
    "repository_image_scan_on_push", "repository_image_tag_mutability",
    "repository_image_tag_mutability_exclusion_filter", "repository_kms_key", "repository_lifecycle_policy", "tags",
  ]
  is_private = var.repository_type == "private"
  own        = "arn:${data.aws_partition.current.partition}:iam::${data.aws_caller_identity.current.account_id}:root"
  readers    = concat(var.repository_read_access_arns, var.repository_read_write_access_arns)
  policy     = var.create_repository_policy ? data.aws_iam_policy_document.repository.json : var.repository_policy
  repository = one(aws_ecr_repository.this)
}

variable "create" { default = true }
variable "create_repository" { default = true }
variable "repository_type" { default = "private" }
variable "repository_name" { default = "" }
variable "repository_policy" { default = null }
variable "attach_repository_policy" { default = true }
variable "create_repository_policy" { default = true }
variable "repository_read_access_arns" { default = [] }
variable "repository_lambda_read_access_arns" { default = [] }
variable "repository_read_write_access_arns" { default = [] }
variable "repository_policy_statements" { default = null }
variable "create_registry_policy" { default = false }
variable "registry_policy" { default = null }

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}

data "aws_iam_policy_document" "repository" {
  dynamic "statement" {
    for_each = local.is_private ? [length(local.readers) > 0 ? local.readers : [local.own]] : []
    content {
      sid = "PrivateReadOnly"
      actions = [
        "ecr:GetAuthorizationToken", "ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage",
        "ecr:DescribeImageScanFindings", "ecr:DescribeImages", "ecr:DescribeRepositories",
        "ecr:GetDownloadUrlForLayer", "ecr:GetLifecyclePolicy", "ecr:GetLifecyclePolicyPreview",
        "ecr:GetRepositoryPolicy", "ecr:ListImages", "ecr:ListTagsForResource",
      ]
      principals {
        type        = "AWS"
        identifiers = statement.value
      }
    }
  }

  dynamic "statement" {
    for_each = local.is_private && length(var.repository_lambda_read_access_arns) > 0 ? ["PrivateLambdaReadOnly"] : []
    content {
      sid     = statement.value
      actions = ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
      principals {
        type        = "Service"
        identifiers = ["lambda.amazonaws.com"]
      }
      condition {
        test     = "StringLike"
        variable = "aws:sourceArn"
        values   = var.repository_lambda_read_access_arns
      }
    }
  }

  dynamic "statement" {
    for_each = local.is_private && length(var.repository_read_write_access_arns) > 0 ? ["ReadWrite"] : []
    content {
      sid     = statement.value
      actions = ["ecr:PutImage", "ecr:InitiateLayerUpload", "ecr:UploadLayerPart", "ecr:CompleteLayerUpload"]
      principals {
        type        = "AWS"
        identifiers = var.repository_read_write_access_arns
      }
    }
  }

  #statements var.repository_policy_statements
  dynamic "statement" {
    for_each = var.unmodelled
    content {
      actions = [statement.value]
    }
  }
}

resource "aws_ecr_repository" "this" {
  count = var.create && var.create_repository && local.is_private ? 1 : 0
  name  = var.repository_name
}

resource "aws_ecr_repository_policy" "this" {
  count      = var.create && var.create_repository && var.attach_repository_policy && local.is_private ? 1 : 0
  repository = local.repository.name
  policy     = local.policy
}

resource "aws_ecr_registry_policy" "this" {
  count  = var.create && var.create_registry_policy ? 1 : 0
  policy = var.registry_policy
}

output "repository_arn" { value = local.repository.arn }
output "repository_name" { value = local.repository.name }
output "repository_registry_id" { value = local.repository.registry_id }
output "repository_url" { value = local.repository.repository_url }
