# A managed policy.
# https://registry.terraform.io/modules/terraform-aws-modules/iam/aws/latest/submodules/iam-policy

locals {
  without_effect = ["description", "tags"]
  policy         = one(aws_iam_policy.policy)
}

variable "create" { default = true }
# Until version 5.
variable "create_policy" { default = true }
variable "name" { default = null }
variable "name_prefix" { default = null }
variable "path" { default = null }
variable "policy" { default = "" }

resource "aws_iam_policy" "policy" {
  count       = var.create && var.create_policy ? 1 : 0
  name        = var.name
  name_prefix = var.name_prefix
  path        = var.path
  policy      = var.policy
}

output "arn" { value = local.policy.arn }
output "id" { value = local.policy.id }
output "name" { value = local.policy.name }
output "path" { value = local.policy.path }
output "policy" { value = local.policy.policy }
