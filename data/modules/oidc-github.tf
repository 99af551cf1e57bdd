# A role for the workflows of repositories on GitHub, with the provider of their identities; since version 3.
# https://registry.terraform.io/modules/unfunco/oidc-github/aws/latest

locals {
  without_effect = [
    "additional_thumbprints", "iam_role_description", "iam_role_force_detach_policies",
    "iam_role_max_session_duration", "iam_role_tags", "oidc_provider_tags", "tags",
  ]

  has_subjects = length(var.github_subjects) > 0
  has_role     = var.create && var.create_iam_role && local.has_subjects
  has_provider = var.create && var.create_oidc_provider && local.has_subjects
  path         = var.enterprise_slug == "" ? "" : "/${var.enterprise_slug}"
  issuer       = "token.actions.githubusercontent.com${local.path}"
  default      = trimspace(var.default_subject)
  subjects     = [for each in var.github_subjects : length(regexall(":", each)) > 0 ? "repo:${each}" : "repo:${each}:${local.default}"]
  owners       = distinct([for each in var.github_subjects : split("@", split("/", each)[0])[0]])
  provider     = local.has_provider ? one(aws_iam_openid_connect_provider.github).arn : "arn:${data.aws_partition.current.partition}:iam::${data.aws_caller_identity.current.account_id}:oidc-provider/${local.issuer}"
  audience     = "sts.${data.aws_partition.current.dns_suffix}"
  attached = concat(
    var.dangerously_attach_admin_policy ? ["arn:${data.aws_partition.current.partition}:iam::aws:policy/AdministratorAccess"] : [],
    [for name in var.iam_role_policy_names : "arn:${data.aws_partition.current.partition}:iam::aws:policy/${name}"],
  )
}

variable "create" { default = true }
variable "create_iam_role" { default = true }
variable "create_oidc_provider" { default = true }
variable "github_subjects" { default = [] }
variable "default_subject" { default = "ref:refs/heads/main" }
variable "dangerously_attach_admin_policy" { default = false }
variable "iam_role_policy_names" { default = [] }
variable "iam_role_name" { default = "GitHubActions" }
variable "additional_audiences" { default = null }
variable "enterprise_slug" { default = "" }
variable "iam_role_path" { default = "/" }
variable "iam_role_permissions_boundary" { default = "" }
variable "iam_role_inline_policies" { default = {} }

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}

resource "aws_iam_openid_connect_provider" "github" {
  count          = local.has_provider ? 1 : 0
  url            = "https://token.actions.githubusercontent.com${local.path}"
  client_id_list = concat([for owner in local.owners : "https://github.com/${owner}"], [local.audience])
}

data "aws_iam_policy_document" "assume_role" {
  statement {
    actions = ["sts:AssumeRoleWithWebIdentity"]
    principals {
      type        = "Federated"
      identifiers = [local.provider]
    }
    condition {
      test     = "StringLike"
      variable = "${local.issuer}:sub"
      values   = local.subjects
    }
    condition {
      test     = "StringEquals"
      variable = "${local.issuer}:aud"
      values   = concat([local.audience], coalesce(var.additional_audiences, []))
    }
  }

  dynamic "statement" {
    for_each = var.unmodelled
    content {
      actions = [statement.value]
    }
  }
}

resource "aws_iam_role" "github" {
  count                = local.has_role ? 1 : 0
  name                 = var.iam_role_name
  path                 = var.iam_role_path
  permissions_boundary = var.iam_role_permissions_boundary
  assume_role_policy   = data.aws_iam_policy_document.assume_role.json
}

resource "aws_iam_role_policy" "inline_policies" {
  for_each = local.has_role ? var.iam_role_inline_policies : {}
  name     = each.key
  role     = one(aws_iam_role.github).name
  policy   = each.value
}

resource "aws_iam_role_policy_attachment" "attached" {
  count      = local.has_role ? length(local.attached) : 0
  role       = one(aws_iam_role.github).name
  policy_arn = local.attached[count.index]
}

resource "aws_iam_role_policy_attachment" "unmodelled" {
  for_each   = var.unmodelled
  role       = one(aws_iam_role.github).name
  policy_arn = each.value
}

output "iam_role_arn" { value = local.has_role ? one(aws_iam_role.github).arn : "" }
output "iam_role_name" { value = local.has_role ? one(aws_iam_role.github).name : "" }
output "assume_role_policy" { value = data.aws_iam_policy_document.assume_role.json }
output "oidc_provider_arn" { value = local.provider }
