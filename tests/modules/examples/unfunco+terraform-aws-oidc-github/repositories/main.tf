# Repositories with and without a part after them; in version 1.
module "github" {
  # The certificate of the provider would have to be fetched.
  create_oidc_provider    = false
  source                  = "../.."
  github_repositories     = ["acme/orders", "acme/sales:environment:prod"]
  additional_audiences    = ["example.com"]
  attach_read_only_policy = false
}

module "enterprise" {
  source               = "../.."
  create_oidc_provider = false
  enterprise_slug      = "acme"
  github_repositories  = ["acme/orders"]
  iam_role_name        = "enterprise"
}
