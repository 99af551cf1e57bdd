# Up to three roles that SAML providers let in; until version 5.
# https://registry.terraform.io/modules/terraform-aws-modules/iam/aws/5.60.0/submodules/iam-assumable-roles-with-saml

locals {
  without_effect = [
    "admin_role_tags", "force_detach_policies", "max_session_duration", "poweruser_role_tags", "readonly_role_tags",
  ]
  # The roles that may assume themselves, and so each other.
  selves = var.allow_self_assume_role ? concat(
    var.create_admin_role ? ["${var.admin_role_path}${var.admin_role_name}"] : [],
    var.create_poweruser_role ? ["${var.poweruser_role_path}${var.poweruser_role_name}"] : [],
    var.create_readonly_role ? ["${var.readonly_role_path}${var.readonly_role_name}"] : [],
  ) : []
}

variable "provider_id" { default = "" }
variable "provider_ids" { default = [] }
variable "aws_saml_endpoint" { default = "https://signin.aws.amazon.com/saml" }
variable "allow_self_assume_role" { default = false }
variable "trusted_role_actions" { default = ["sts:AssumeRoleWithSAML", "sts:TagSession"] }

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}

data "aws_iam_policy_document" "assume_role_with_saml" {
  dynamic "statement" {
    for_each = local.selves
    content {
      actions = ["sts:AssumeRole"]
      principals {
        type        = "AWS"
        identifiers = ["*"]
      }
      condition {
        test     = "ArnLike"
        variable = "aws:PrincipalArn"
        values   = ["arn:${data.aws_partition.current.partition}:iam::${data.aws_caller_identity.current.account_id}:role${statement.value}"]
      }
    }
  }

  statement {
    actions = compact(distinct(concat(["sts:AssumeRoleWithSAML"], var.trusted_role_actions)))
    principals {
      type        = "Federated"
      identifiers = compact(distinct(concat(var.provider_ids, [var.provider_id])))
    }
    condition {
      test     = "StringEquals"
      variable = "SAML:aud"
      values   = [var.aws_saml_endpoint]
    }
  }

  dynamic "statement" {
    for_each = var.unmodelled
    content {
      actions = [statement.value]
    }
  }
}

variable "create_admin_role" { default = false }
variable "admin_role_name" { default = "admin" }
variable "admin_role_path" { default = "/" }
variable "admin_role_policy_arns" { default = ["arn:aws:iam::aws:policy/AdministratorAccess"] }
variable "admin_role_permissions_boundary_arn" { default = "" }

resource "aws_iam_role" "admin" {
  count                = var.create_admin_role ? 1 : 0
  name                 = var.admin_role_name
  path                 = var.admin_role_path
  permissions_boundary = var.admin_role_permissions_boundary_arn
  assume_role_policy   = data.aws_iam_policy_document.assume_role_with_saml.json
}

resource "aws_iam_role_policy_attachment" "admin" {
  count      = var.create_admin_role ? length(var.admin_role_policy_arns) : 0
  role       = one(aws_iam_role.admin).name
  policy_arn = var.admin_role_policy_arns[count.index]
}

output "admin_iam_role_arn" { value = one(aws_iam_role.admin).arn }
output "admin_iam_role_name" { value = one(aws_iam_role.admin).name }
output "admin_iam_role_path" { value = one(aws_iam_role.admin).path }
output "admin_iam_role_unique_id" { value = one(aws_iam_role.admin).unique_id }

variable "create_poweruser_role" { default = false }
variable "poweruser_role_name" { default = "poweruser" }
variable "poweruser_role_path" { default = "/" }
variable "poweruser_role_policy_arns" { default = ["arn:aws:iam::aws:policy/PowerUserAccess"] }
variable "poweruser_role_permissions_boundary_arn" { default = "" }

resource "aws_iam_role" "poweruser" {
  count                = var.create_poweruser_role ? 1 : 0
  name                 = var.poweruser_role_name
  path                 = var.poweruser_role_path
  permissions_boundary = var.poweruser_role_permissions_boundary_arn
  assume_role_policy   = data.aws_iam_policy_document.assume_role_with_saml.json
}

resource "aws_iam_role_policy_attachment" "poweruser" {
  count      = var.create_poweruser_role ? length(var.poweruser_role_policy_arns) : 0
  role       = one(aws_iam_role.poweruser).name
  policy_arn = var.poweruser_role_policy_arns[count.index]
}

output "poweruser_iam_role_arn" { value = one(aws_iam_role.poweruser).arn }
output "poweruser_iam_role_name" { value = one(aws_iam_role.poweruser).name }
output "poweruser_iam_role_path" { value = one(aws_iam_role.poweruser).path }
output "poweruser_iam_role_unique_id" { value = one(aws_iam_role.poweruser).unique_id }

variable "create_readonly_role" { default = false }
variable "readonly_role_name" { default = "readonly" }
variable "readonly_role_path" { default = "/" }
variable "readonly_role_policy_arns" { default = ["arn:aws:iam::aws:policy/ReadOnlyAccess"] }
variable "readonly_role_permissions_boundary_arn" { default = "" }

resource "aws_iam_role" "readonly" {
  count                = var.create_readonly_role ? 1 : 0
  name                 = var.readonly_role_name
  path                 = var.readonly_role_path
  permissions_boundary = var.readonly_role_permissions_boundary_arn
  assume_role_policy   = data.aws_iam_policy_document.assume_role_with_saml.json
}

resource "aws_iam_role_policy_attachment" "readonly" {
  count      = var.create_readonly_role ? length(var.readonly_role_policy_arns) : 0
  role       = one(aws_iam_role.readonly).name
  policy_arn = var.readonly_role_policy_arns[count.index]
}

output "readonly_iam_role_arn" { value = one(aws_iam_role.readonly).arn }
output "readonly_iam_role_name" { value = one(aws_iam_role.readonly).name }
output "readonly_iam_role_path" { value = one(aws_iam_role.readonly).path }
output "readonly_iam_role_unique_id" { value = one(aws_iam_role.readonly).unique_id }
