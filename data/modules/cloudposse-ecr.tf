# Repositories for images, with the policy of who may read and write them.
# https://registry.terraform.io/modules/cloudposse/ecr/aws/latest

#label
locals {
  without_effect = [
    "additional_tag_map", "custom_lifecycle_rules", "default_lifecycle_rules_settings", "descriptor_formats",
    "enable_lifecycle_policy", "encryption_configuration", "force_delete", "image_tag_mutability",
    "image_tag_mutability_exclusion_filter", "label_key_case", "labels_as_tags",
    "max_image_count", "protected_tags", "protected_tags_keep_count",
    "replication_configurations", "scan_images_on_push", "tags", "time_based_rotation",
  ]

  images = toset(local.is_on ? length(var.image_names) > 0 ? var.image_names : [var.use_fullname ? local.id : var.name] : [])
  reads = [
    "ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:DescribeImageScanFindings", "ecr:DescribeImages",
    "ecr:DescribeRepositories", "ecr:GetDownloadUrlForLayer", "ecr:GetLifecyclePolicy",
    "ecr:GetLifecyclePolicyPreview", "ecr:GetRepositoryPolicy", "ecr:ListImages", "ecr:ListTagsForResource",
  ]
  pushes = [
    "ecr:BatchCheckLayerAvailability", "ecr:CompleteLayerUpload", "ecr:GetAuthorizationToken",
    "ecr:InitiateLayerUpload", "ecr:PutImage", "ecr:UploadLayerPart",
  ]
  # What principals and organizations may do.
  principals = [for each in [
    { who = var.principals_readonly_access, may = local.reads },
    { who = var.principals_push_access, may = local.pushes },
    { who = var.principals_full_access, may = ["ecr:*"] },
    { who = [for id in var.principals_lambda : "arn:${data.aws_partition.current.partition}:iam::${id}:root"], may = ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"] },
  ] : each if length(each.who) > 0]
  organizations = [for each in [
    { who = var.organizations_readonly_access, may = local.reads },
    { who = var.organizations_push_access, may = local.pushes },
    { who = var.organizations_full_access, may = ["ecr:*"] },
  ] : each if length(each.who) > 0]
  has_policy = length(local.principals) + length(local.organizations) + length(var.principals_pull_though_access) > 0
}

variable "use_fullname" { default = true }
variable "image_names" { default = [] }
variable "principals_full_access" { default = [] }
variable "principals_push_access" { default = [] }
variable "principals_readonly_access" { default = [] }
variable "principals_pull_though_access" { default = [] }
variable "prefixes_pull_through_repositories" { default = [] }
variable "principals_lambda" { default = [] }
variable "organizations_readonly_access" { default = [] }
variable "organizations_full_access" { default = [] }
variable "organizations_push_access" { default = [] }

data "aws_partition" "current" {}

resource "aws_ecr_repository" "name" {
  for_each = local.images
  name     = each.value
}

data "aws_iam_policy_document" "resource" {
  for_each = local.images

  dynamic "statement" {
    for_each = local.principals
    content {
      actions = statement.value.may
      principals {
        type        = "AWS"
        identifiers = statement.value.who
      }
    }
  }

  dynamic "statement" {
    for_each = local.organizations
    content {
      actions = statement.value.may
      principals {
        type        = "*"
        identifiers = ["*"]
      }
      condition {
        test     = "StringEquals"
        variable = "aws:PrincipalOrgID"
        values   = statement.value.who
      }
    }
  }

  dynamic "statement" {
    for_each = length(var.principals_pull_though_access) > 0 && contains(var.prefixes_pull_through_repositories, regex("^[a-z][a-z0-9._-]+", each.value)) ? [1] : []
    content {
      actions = ["ecr:BatchImportUpstreamImage", "ecr:TagResource"]
      principals {
        type        = "AWS"
        identifiers = var.principals_pull_though_access
      }
    }
  }

  dynamic "statement" {
    for_each = length(var.principals_lambda) > 0 ? [1] : []
    content {
      actions = ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
      principals {
        type        = "Service"
        identifiers = ["lambda.amazonaws.com"]
      }
      condition {
        test     = "StringLike"
        variable = "aws:SourceArn"
        values   = [for id in var.principals_lambda : "arn:${data.aws_partition.current.partition}:lambda:*:${id}:function:*"]
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

resource "aws_ecr_repository_policy" "name" {
  for_each   = local.has_policy ? local.images : []
  repository = aws_ecr_repository.name[each.value].name
  policy     = data.aws_iam_policy_document.resource[each.value].json
}

output "registry_id" { value = local.is_on ? values(aws_ecr_repository.name)[0].registry_id : "" }
output "repository_name" { value = local.is_on ? values(aws_ecr_repository.name)[0].name : "" }
output "repository_url" { value = local.is_on ? values(aws_ecr_repository.name)[0].repository_url : "" }
output "repository_arn" { value = local.is_on ? values(aws_ecr_repository.name)[0].arn : "" }
output "repository_arn_map" { value = { for name, repository in aws_ecr_repository.name : name => repository.arn } }
output "repository_url_map" { value = { for name, repository in aws_ecr_repository.name : name => repository.repository_url } }
