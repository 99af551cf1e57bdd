# A role with its trust policy, from version 6 on.
# https://registry.terraform.io/modules/terraform-aws-modules/iam/aws/latest/submodules/iam-role

locals {
  without_effect = ["create_instance_profile", "description", "max_session_duration", "tags"]
  role           = one(aws_iam_role.this)
  home           = "arn:${data.aws_partition.current.partition}:iam::${data.aws_caller_identity.current.account_id}"
  issuers        = [for url in var.oidc_provider_urls : trimprefix(url, "https://")]
  bitbucket      = try(local.issuers[0], null)
  oidc_home      = var.oidc_account_id == null ? local.home : "arn:${data.aws_partition.current.partition}:iam::${var.oidc_account_id}"
  web            = ["sts:TagSession", "sts:AssumeRoleWithWebIdentity"]
  repositories   = [for subject in var.oidc_subjects : startswith(subject, "repo:") ? subject : "repo:${subject}"]
  patterns       = [for subject in var.oidc_wildcard_subjects : startswith(subject, "repo:") ? subject : "repo:${subject}"]
  audiences      = length(var.oidc_audiences) > 0 ? var.oidc_audiences : ["sts.amazonaws.com"]

  # Each federation that is trusted, with the conditions that are kept when they have values.
  federations = concat(
    [for issuer in var.enable_oidc ? local.issuers : [] : {
      sid      = null
      actions  = local.web
      provider = ["${local.oidc_home}:oidc-provider/${issuer}"]
      conditions = [
        { test = "StringEquals", variable = "${issuer}:sub", values = var.oidc_subjects },
        { test = "StringLike", variable = "${issuer}:sub", values = var.oidc_wildcard_subjects },
        { test = "StringEquals", variable = "${issuer}:aud", values = var.oidc_audiences },
      ]
    }],
    var.enable_github_oidc ? [{
      sid      = "GithubOidcAuth"
      actions  = local.web
      provider = ["${local.home}:oidc-provider/${var.github_provider}"]
      conditions = [
        { test = "ForAllValues:StringEquals", variable = "${var.github_provider}:iss", values = ["https://${var.github_provider}"] },
        { test = "ForAllValues:StringEquals", variable = "${var.github_provider}:aud", values = local.audiences },
        { test = "StringEquals", variable = "${var.github_provider}:sub", values = local.repositories },
        { test = "StringLike", variable = "${var.github_provider}:sub", values = local.patterns },
      ]
    }] : [],
    var.enable_bitbucket_oidc ? [{
      sid      = "BitbucketOidcAuth"
      actions  = local.web
      provider = ["${local.home}:oidc-provider/${local.bitbucket}"]
      conditions = [
        { test = "ForAllValues:StringEquals", variable = "${local.bitbucket}:aud", values = local.audiences },
        { test = "StringEquals", variable = "${local.bitbucket}:sub", values = var.oidc_subjects },
        { test = "StringLike", variable = "${local.bitbucket}:sub", values = var.oidc_wildcard_subjects },
      ]
    }] : [],
    var.enable_saml ? [{
      sid        = null
      actions    = concat(["sts:TagSession", "sts:AssumeRoleWithSAML"], var.saml_trust_actions)
      provider   = var.saml_provider_ids
      conditions = [{ test = "StringEquals", variable = "SAML:aud", values = var.saml_endpoints }]
    }] : [],
  )
}

variable "create" { default = true }
variable "name" { default = null }
variable "use_name_prefix" { default = true }
variable "path" { default = null }
variable "permissions_boundary" { default = null }
variable "trust_policy_permissions" { default = null }
variable "trust_policy_conditions" { default = [] }
variable "policies" { default = {} }
variable "enable_oidc" { default = false }
variable "oidc_account_id" { default = null }
variable "oidc_provider_urls" { default = [] }
variable "oidc_subjects" { default = [] }
variable "oidc_wildcard_subjects" { default = [] }
variable "oidc_audiences" { default = [] }
variable "enable_github_oidc" { default = false }
variable "github_provider" { default = "token.actions.githubusercontent.com" }
variable "enable_bitbucket_oidc" { default = false }
variable "enable_saml" { default = false }
variable "saml_provider_ids" { default = [] }
variable "saml_endpoints" { default = ["https://signin.aws.amazon.com/saml"] }
variable "saml_trust_actions" { default = [] }
variable "create_inline_policy" { default = false }
variable "source_inline_policy_documents" { default = [] }
variable "override_inline_policy_documents" { default = [] }
variable "inline_policy_permissions" { default = null }

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}

data "aws_iam_policy_document" "this" {
  dynamic "statement" {
    for_each = local.federations
    content {
      sid     = statement.value.sid
      actions = statement.value.actions
      principals {
        type        = "Federated"
        identifiers = statement.value.provider
      }
      dynamic "condition" {
        for_each = [for each in statement.value.conditions : each if length(each.values) > 0]
        content {
          test     = condition.value.test
          variable = condition.value.variable
          values   = condition.value.values
        }
      }
      dynamic "condition" {
        for_each = var.trust_policy_conditions
        content {
          test     = condition.value.test
          variable = condition.value.variable
          values   = condition.value.values
        }
      }
    }
  }

  #statements var.trust_policy_permissions
  dynamic "statement" {
    for_each = var.unmodelled
    content {
      actions = [statement.value]
    }
  }
}

resource "aws_iam_role" "this" {
  count                = var.create ? 1 : 0
  name                 = var.use_name_prefix ? null : var.name
  name_prefix          = var.use_name_prefix ? "${var.name}-" : null
  path                 = var.path
  permissions_boundary = var.permissions_boundary
  assume_role_policy   = data.aws_iam_policy_document.this.json
}

resource "aws_iam_role_policy_attachment" "this" {
  for_each   = var.create ? var.policies : {}
  role       = local.role.name
  policy_arn = each.value
}

data "aws_iam_policy_document" "inline" {
  source_policy_documents   = var.source_inline_policy_documents
  override_policy_documents = var.override_inline_policy_documents

  #statements var.inline_policy_permissions
}

resource "aws_iam_role_policy" "inline" {
  count  = var.create && var.create_inline_policy ? 1 : 0
  role   = local.role.name
  policy = data.aws_iam_policy_document.inline.json
}

resource "aws_iam_role_policy_attachment" "unmodelled" {
  for_each   = var.unmodelled
  role       = local.role.name
  policy_arn = each.value
}

output "arn" { value = local.role.arn }
output "name" { value = local.role.name }
output "unique_id" { value = local.role.unique_id }
