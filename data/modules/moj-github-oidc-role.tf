# A role for the workflows of repositories on GitHub; since version 3.
# https://github.com/ministryofjustice/modernisation-platform-github-oidc-role

locals {
  without_effect = ["max_session_duration", "tags"]
}

variable "github_repositories" {}
variable "role_name" {}
variable "policy_arns" { default = ["arn:aws:iam::aws:policy/ReadOnlyAccess"] }
variable "policy_jsons" { default = [] }
variable "subject_claim" { default = "*" }

data "aws_caller_identity" "current" {}

data "aws_iam_policy_document" "this" {
  statement {
    actions = ["sts:AssumeRoleWithWebIdentity"]
    principals {
      type        = "Federated"
      identifiers = ["arn:aws:iam::${data.aws_caller_identity.current.account_id}:oidc-provider/token.actions.githubusercontent.com"]
    }
    condition {
      test     = "StringEquals"
      variable = "token.actions.githubusercontent.com:aud"
      values   = ["sts.amazonaws.com"]
    }
    condition {
      test     = "StringLike"
      variable = "token.actions.githubusercontent.com:sub"
      values   = [for repository in var.github_repositories : "repo:${repository}:${var.subject_claim}"]
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
  name               = var.role_name
  assume_role_policy = data.aws_iam_policy_document.this.json
}

resource "aws_iam_role_policy_attachment" "policy-arns" {
  for_each   = toset(var.policy_arns)
  role       = aws_iam_role.this.name
  policy_arn = each.value
}

data "aws_iam_policy_document" "combined-role-policy" {
  source_policy_documents = var.policy_jsons
}

resource "aws_iam_policy" "additional-permissions" {
  count  = length(var.policy_jsons) > 0 ? 1 : 0
  name   = "${var.role_name}-policy"
  policy = data.aws_iam_policy_document.combined-role-policy.json
}

resource "aws_iam_role_policy_attachment" "additional-permissions" {
  count      = length(var.policy_jsons) > 0 ? 1 : 0
  role       = aws_iam_role.this.name
  policy_arn = one(aws_iam_policy.additional-permissions).arn
}

output "role" { value = aws_iam_role.this.arn }
output "role_trust_policy" { value = data.aws_iam_policy_document.this.json }
