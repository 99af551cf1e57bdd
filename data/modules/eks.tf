# A cluster, as far as other accounts matter: its issuer of identities, who gets in, and the key of its secrets.
# https://registry.terraform.io/modules/terraform-aws-modules/eks/aws/latest

locals {
  # Everything else makes nodes, networks and roles that are not described; nothing below depends on it.
  provider = one(aws_iam_openid_connect_provider.oidc_provider)
  name     = try(coalesce(var.name, var.cluster_name), null)
}

variable "create" { default = true }
variable "name" { default = null }
# Until version 20.
variable "cluster_name" { default = null }
variable "enable_irsa" { default = true }
variable "openid_connect_audiences" { default = [] }
variable "access_entries" { default = {} }

data "aws_partition" "current" {}

resource "aws_eks_cluster" "this" {
  count = var.create ? 1 : 0
  name  = local.name
}

resource "aws_iam_openid_connect_provider" "oidc_provider" {
  count          = var.create && var.enable_irsa ? 1 : 0
  url            = one(aws_eks_cluster.this).identity[0].oidc[0].issuer
  client_id_list = concat(["sts.amazonaws.com"], var.openid_connect_audiences)
}

resource "aws_eks_access_entry" "this" {
  for_each      = var.create ? var.access_entries : {}
  cluster_name  = local.name
  principal_arn = each.value.principal_arn
}

output "cluster_arn" { value = one(aws_eks_cluster.this).arn }
output "cluster_name" { value = one(aws_eks_cluster.this).name }
output "cluster_oidc_issuer_url" { value = one(aws_eks_cluster.this).identity[0].oidc[0].issuer }
output "oidc_provider" { value = replace(one(aws_eks_cluster.this).identity[0].oidc[0].issuer, "https://", "") }
output "oidc_provider_arn" { value = local.provider.arn }
