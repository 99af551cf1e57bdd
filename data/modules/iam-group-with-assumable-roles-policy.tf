# A group whose members may assume roles; until version 5.
# https://registry.terraform.io/modules/terraform-aws-modules/iam/aws/5.60.0/submodules/iam-group-with-assumable-roles-policy

locals {
  without_effect = ["tags"]
}

variable "name" {}
variable "path" { default = "/" }
variable "assumable_roles" { default = [] }
variable "assumable_roles_policy_name_suffix" { default = "" }
variable "group_users" { default = [] }

data "aws_iam_policy_document" "assume_role" {
  statement {
    actions   = ["sts:AssumeRole"]
    resources = var.assumable_roles
  }
}

resource "aws_iam_policy" "this" {
  name   = "${var.name}${var.assumable_roles_policy_name_suffix}"
  path   = var.path
  policy = data.aws_iam_policy_document.assume_role.json
}

resource "aws_iam_group" "this" {
  name = var.name
  path = var.path
}

resource "aws_iam_group_policy_attachment" "this" {
  group      = aws_iam_group.this.name
  policy_arn = aws_iam_policy.this.arn
}

resource "aws_iam_group_policy_attachment" "unmodelled" {
  for_each   = var.unmodelled
  group      = aws_iam_group.this.name
  policy_arn = each.value
}

resource "aws_iam_group_membership" "this" {
  count = length(var.group_users) > 0 ? 1 : 0
  name  = var.name
  group = aws_iam_group.this.name
  users = var.group_users
}

output "group_arn" { value = aws_iam_group.this.arn }
output "group_name" { value = aws_iam_group.this.name }
output "policy_arn" { value = aws_iam_policy.this.arn }
output "group_users" { value = var.group_users }
output "assumable_roles" { value = var.assumable_roles }
