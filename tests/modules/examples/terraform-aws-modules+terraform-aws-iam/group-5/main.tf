# Groups, readers and roles of version 5.
module "group" {
  source                 = "../../modules/iam-group-with-policies"
  name                   = "orders"
  enable_mfa_enforcement = false
  aws_account_id         = "222222222222"
  custom_group_policies  = [{ name = "put", policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "s3:PutObject", Resource = "*" }] }) }]
}

module "readers" {
  source                     = "../../modules/iam-read-only-policy"
  name                       = "readers"
  allowed_services           = ["s3", "application-autoscaling"]
  allow_web_console_services = false
  additional_policy_json     = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "kms:Decrypt", Resource = "*" }] })
}

module "saml" {
  source                 = "../../modules/iam-assumable-roles-with-saml"
  provider_ids           = ["arn:aws:iam::222222222222:saml-provider/a", "arn:aws:iam::222222222222:saml-provider/b"]
  provider_id            = "arn:aws:iam::222222222222:saml-provider/c"
  create_admin_role      = true
  create_readonly_role   = true
  readonly_role_name     = "reader"
  allow_self_assume_role = true
  trusted_role_actions   = ["sts:SetSourceIdentity"]
}
