# Groups and readers of version 6.
module "group" {
  source                             = "../../modules/iam-group"
  name                               = "orders"
  enable_self_management_permissions = false
  policy_use_name_prefix             = false
  permissions = {
    Assume = {
      actions   = ["sts:AssumeRole"]
      resources = ["arn:aws:iam::222222222222:role/deploy"]
      condition = [{ test = "Bool", variable = "aws:MultiFactorAuthPresent", values = ["true"] }]
    }
  }
}

module "both" {
  source           = "../../modules/iam-group"
  name             = "both"
  users_account_id = "222222222222"
  permissions      = { Deny = { effect = "Deny", not_actions = ["s3:*"], resources = ["*"] } }
}

module "readers" {
  source                         = "../../modules/iam-read-only-policy"
  name                           = "readers"
  use_name_prefix                = false
  allowed_services               = ["s3", "rds"]
  allow_predefined_sts_actions   = false
  source_inline_policy_documents = [jsonencode({ Version = "2012-10-17", Statement = [{ Sid = "More", Effect = "Allow", Action = "kms:Decrypt", Resource = "*" }] })]
}
