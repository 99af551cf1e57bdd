# Subjects with and without a part after the repository; since version 3.
module "github" {
  # The certificate of the provider would have to be fetched.
  create_oidc_provider     = false
  source                   = "../.."
  github_subjects          = ["acme/orders", "acme/sales:environment:prod", "other/web:*"]
  additional_audiences     = ["example.com"]
  iam_role_policy_names    = ["ReadOnlyAccess"]
  iam_role_inline_policies = { put = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "s3:PutObject", Resource = "*" }] }) }
}

module "enterprise" {
  source               = "../.."
  create_oidc_provider = false
  enterprise_slug      = "acme"
  default_subject      = "*"
  github_subjects      = ["acme/orders"]
  iam_role_name        = "enterprise"
}
