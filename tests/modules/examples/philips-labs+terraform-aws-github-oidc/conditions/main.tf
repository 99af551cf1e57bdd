# Roles with conditions of several kinds.
module "provider" {
  source = "../../modules/provider"
}

module "main" {
  source                      = "../.."
  openid_connect_provider_arn = module.provider.openid_connect_provider.arn
  repo                        = "acme/orders"
  role_name                   = "orders"
  account_ids                 = ["222222222222"]
  custom_principal_arns       = ["arn:aws:iam::333333333333:role/admin"]
}

module "several" {
  source                      = "../.."
  openid_connect_provider_arn = module.provider.openid_connect_provider.arn
  repo                        = "acme/orders"
  role_name                   = "several"
  default_conditions          = ["allow_main", "allow_environment", "deny_pull_request"]
  github_environments         = ["prod", "test"]
  conditions = [
    { test = "StringLike", variable = "token.actions.githubusercontent.com:sub", values = ["repo:acme/orders:ref:refs/tags/v*"] },
    { test = "StringEquals", variable = "token.actions.githubusercontent.com:actor", values = ["someone"] },
  ]
}
