# A role for the workflows of a repository on GitHub.
# https://registry.terraform.io/modules/philips-labs/github-oidc/aws/latest

locals {
  without_effect = ["role_max_session_duration"]

  has_role = var.repo != null
  subject  = "${var.github_oidc_issuer}:sub"
  # The conditions of which some are chosen by name.
  known = {
    allow_all         = { test = "StringLike", values = ["repo:${var.repo}:*"] }
    allow_environment = { test = "StringLike", values = length(var.github_environments) > 0 ? [for name in var.github_environments : "repo:${var.repo}:environment:${name}"] : ["ensurethereisnotmatch"] }
    allow_main        = { test = "StringLike", values = ["repo:${var.repo}:ref:refs/heads/${var.repo_mainline_branch}"] }
    deny_pull_request = { test = "StringNotLike", values = ["repo:${var.repo}:pull_request"] }
  }
  chosen = concat(
    [for name in distinct(var.default_conditions) : { test = local.known[name].test, variable = local.subject, values = local.known[name].values }],
    var.conditions,
  )
  # Conditions with the same operator and key are one, with all their values.
  conditions = { for each in local.chosen : "${each.test}|${each.variable}" => each... }
  accounts   = concat([for id in var.account_ids : "arn:aws:iam::${id}:root"], var.custom_principal_arns)
}

variable "repo" { default = null }
variable "repo_mainline_branch" { default = "main" }
variable "openid_connect_provider_arn" {}
variable "github_oidc_issuer" { default = "token.actions.githubusercontent.com" }
variable "github_environments" { default = ["*"] }
variable "default_conditions" { default = ["allow_main", "deny_pull_request"] }
variable "conditions" { default = [] }
variable "account_ids" { default = [] }
variable "custom_principal_arns" { default = [] }
variable "role_name" { default = null }
variable "role_path" { default = "/github-actions/" }
variable "role_permissions_boundary" { default = null }
variable "role_policy_arns" { default = [] }

data "aws_iam_policy_document" "github_actions_assume_role_policy" {
  count = local.has_role ? 1 : 0

  dynamic "statement" {
    for_each = length(local.accounts) > 0 ? [1] : []
    content {
      actions = ["sts:AssumeRole"]
      principals {
        type        = "AWS"
        identifiers = local.accounts
      }
    }
  }

  statement {
    actions = ["sts:AssumeRoleWithWebIdentity"]
    principals {
      type        = "Federated"
      identifiers = [var.openid_connect_provider_arn]
    }
    condition {
      test     = "StringEquals"
      variable = "${var.github_oidc_issuer}:aud"
      values   = ["sts.amazonaws.com"]
    }
    dynamic "condition" {
      for_each = local.conditions
      content {
        test     = condition.value[0].test
        variable = condition.value[0].variable
        values   = flatten([for each in condition.value : each.values])
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

# A part of the name is random when none is given.
resource "random_string" "random" {
  length = 8
}

resource "aws_iam_role" "main" {
  count                = local.has_role ? 1 : 0
  name                 = var.role_name == null ? "${substr(replace(var.repo, "/", "-"), 0, 56)}-${random_string.random.id}" : var.role_name
  path                 = var.role_path
  permissions_boundary = var.role_permissions_boundary
  assume_role_policy   = one(data.aws_iam_policy_document.github_actions_assume_role_policy).json
}

resource "aws_iam_role_policy_attachment" "custom" {
  count      = length(var.role_policy_arns)
  role       = one(aws_iam_role.main).name
  policy_arn = var.role_policy_arns[count.index]
}

output "role" { value = one(aws_iam_role.main) }
