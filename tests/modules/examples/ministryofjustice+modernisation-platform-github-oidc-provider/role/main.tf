# The provider with its role.
module "provider" {
  source                      = "../.."
  github_repositories         = ["ministryofjustice/orders:*", "ministryofjustice/sales:ref:refs/heads/main"]
  additional_permissions      = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Resource = "arn:aws:iam::222222222222:role/deploy" }] })
  additional_managed_policies = ["arn:aws:iam::aws:policy/IAMReadOnlyAccess"]
  tags_common                 = {}
  tags_prefix                 = ""
}
