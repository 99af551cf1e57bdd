# Roles for one service account, for a namespace, and for a list.
locals {
  issuer = "https://oidc.eks.eu-west-1.amazonaws.com/id/0123456789ABCDEF"
}

module "one" {
  source                      = "../.."
  namespace                   = "eg"
  environment                 = "ew1"
  stage                       = "prod"
  name                        = "eks"
  eks_cluster_oidc_issuer_url = local.issuer
  service_account_name        = "api"
  service_account_namespace   = "orders"
  aws_account_number          = "222222222222"
  aws_iam_policy_document     = [jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "s3:GetObject", Resource = "*" }] })]
}

module "same" {
  source                      = "../.."
  namespace                   = "eg"
  name                        = "eks"
  eks_cluster_oidc_issuer_url = local.issuer
  service_account_name        = "orders"
  service_account_namespace   = "orders"
}

module "all" {
  source                      = "../.."
  namespace                   = "eg"
  name                        = "eks"
  eks_cluster_oidc_issuer_url = local.issuer
  service_account_namespace   = "orders"
}

module "several" {
  source                              = "../.."
  namespace                           = "eg"
  name                                = "eks"
  eks_cluster_oidc_issuer_url         = local.issuer
  service_account_namespace_name_list = ["orders:api", "sales:*"]
}
