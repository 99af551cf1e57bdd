# Roles with and without policies of their own.
module "role" {
  source              = "../.."
  role_name           = "deploy"
  github_repositories = ["acme/orders", "acme/sales"]
  subject_claim       = "ref:refs/heads/main"
  policy_arns         = []
  policy_jsons        = [jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "s3:PutObject", Resource = "*" }] })]
  tags                = {}
}

module "plain" {
  source              = "../.."
  role_name           = "plain"
  github_repositories = ["acme/orders"]
  tags                = {}
}
