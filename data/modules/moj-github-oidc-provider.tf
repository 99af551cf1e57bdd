# The provider of identities for workflows on GitHub, with a role for them; since version 3.
# https://github.com/ministryofjustice/modernisation-platform-github-oidc-provider

locals {
  without_effect = ["github_known_thumbprints", "tags_common", "tags_prefix"]

  provider = "arn:aws:iam::${data.aws_caller_identity.current.account_id}:oidc-provider/token.actions.githubusercontent.com"
}

variable "github_repositories" {}
variable "additional_permissions" {}
variable "additional_managed_policies" { default = [] }
variable "role_name" { default = "github-actions" }
variable "create_github_oidc_provider" { default = true }

data "aws_caller_identity" "current" {}

resource "aws_iam_openid_connect_provider" "github_actions" {
  count          = var.create_github_oidc_provider ? 1 : 0
  url            = "https://token.actions.githubusercontent.com"
  client_id_list = ["sts.amazonaws.com"]
}

data "aws_iam_policy_document" "github_oidc_assume_role" {
  statement {
    actions = ["sts:AssumeRoleWithWebIdentity"]
    principals {
      type        = "Federated"
      identifiers = [local.provider]
    }
    condition {
      test     = "StringEquals"
      variable = "token.actions.githubusercontent.com:aud"
      values   = ["sts.amazonaws.com"]
    }
    condition {
      test     = "StringLike"
      variable = "token.actions.githubusercontent.com:sub"
      values   = [for repository in var.github_repositories : "repo:${repository}"]
    }
  }

  dynamic "statement" {
    for_each = var.unmodelled
    content {
      actions = [statement.value]
    }
  }
}

resource "aws_iam_role" "github_actions" {
  name               = var.role_name
  assume_role_policy = data.aws_iam_policy_document.github_oidc_assume_role.json
}

resource "aws_iam_role_policy_attachment" "read_only" {
  role       = aws_iam_role.github_actions.name
  policy_arn = "arn:aws:iam::aws:policy/ReadOnlyAccess"
}

resource "aws_iam_role_policy_attachment" "additional_managed_policies" {
  for_each   = toset(var.additional_managed_policies)
  role       = aws_iam_role.github_actions.name
  policy_arn = each.value
}

resource "aws_iam_policy" "extra_permissions" {
  name   = var.role_name
  policy = var.additional_permissions
}

resource "aws_iam_role_policy_attachment" "extra_permissions" {
  role       = aws_iam_role.github_actions.name
  policy_arn = aws_iam_policy.extra_permissions.arn
}

resource "aws_iam_role_policy_attachment" "unmodelled" {
  for_each   = var.unmodelled
  role       = aws_iam_role.github_actions.name
  policy_arn = each.value
}

output "github_actions_provider" { value = local.provider }
output "github_actions_role" { value = aws_iam_role.github_actions.arn }
output "github_actions_role_trust_policy" { value = data.aws_iam_policy_document.github_oidc_assume_role.json }
