# An OIDC provider, GitHub's unless told otherwise.
# https://registry.terraform.io/modules/terraform-aws-modules/iam/aws/latest/submodules/iam-oidc-provider

locals {
  without_effect = ["additional_thumbprints", "tags"]
  audiences      = length(var.client_id_list) > 0 ? var.client_id_list : ["sts.${data.aws_partition.current.dns_suffix}"]
}

variable "create" { default = true }
variable "url" { default = "https://token.actions.githubusercontent.com" }
variable "client_id_list" { default = [] }

data "aws_partition" "current" {}

resource "aws_iam_openid_connect_provider" "this" {
  count          = var.create ? 1 : 0
  url            = var.url
  client_id_list = local.audiences
}

output "arn" { value = one(aws_iam_openid_connect_provider.this).arn }
output "url" { value = one(aws_iam_openid_connect_provider.this).url }
