# Roles for the workflows of repositories on GitHub, and the provider of their identities unless it exists.
# https://github.com/cds-snc/terraform-modules/tree/main/gh_oidc_role

locals {
  without_effect = ["billing_tag_key", "billing_tag_value", "ssc_cbrid_tag_key", "ssc_cbrid_tag_value"]

  roles = { for role in var.roles : role.name => role }
}

variable "oidc_exists" { default = true }
variable "org_name" { default = "cds-snc" }
variable "roles" { default = [] }
variable "assume_policy" { default = "{}" }

data "aws_caller_identity" "current" {}

resource "aws_iam_openid_connect_provider" "github" {
  count          = var.oidc_exists ? 0 : 1
  url            = "https://token.actions.githubusercontent.com"
  client_id_list = ["sts.amazonaws.com"]
}

data "aws_iam_policy_document" "assume_role_policy" {
  for_each                  = local.roles
  override_policy_documents = [var.assume_policy]

  statement {
    actions = ["sts:AssumeRoleWithWebIdentity"]
    principals {
      type        = "Federated"
      identifiers = ["arn:aws:iam::${data.aws_caller_identity.current.account_id}:oidc-provider/token.actions.githubusercontent.com"]
    }
    condition {
      test     = "StringLike"
      variable = "token.actions.githubusercontent.com:sub"
      values   = length(try(each.value.claims, [])) > 0 ? [for one in each.value.claims : "repo:${try(coalesce(one.org_name), var.org_name)}/${one.repo_name}:${one.claim}"] : ["repo:${var.org_name}/${each.value.repo_name}:${each.value.claim}"]
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
  for_each           = local.roles
  name               = each.value.name
  assume_role_policy = data.aws_iam_policy_document.assume_role_policy[each.key].json
}

output "roles" { value = aws_iam_role.this }
