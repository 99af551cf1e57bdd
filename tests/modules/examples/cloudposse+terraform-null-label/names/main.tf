# Labels in a row, each with the context of the one before; what is read of them is put into policies.
module "first" {
  source      = "../.."
  namespace   = "Eg"
  environment = "ue_1"
  stage       = "prod"
  name        = "the app"
  attributes  = ["Blue", "blue", "x"]
}

module "second" {
  source     = "../.."
  name       = "other"
  attributes = ["more"]
  context    = module.first.context
}

module "third" {
  source              = "../.."
  tenant              = "t"
  stage               = ""
  delimiter           = "_"
  label_order         = ["name", "tenant", "stage", "namespace", "attributes"]
  label_value_case    = "upper"
  regex_replace_chars = "/[^a-zA-Z0-9]/"
  context             = module.second.context
}

module "short" {
  source          = "../.."
  id_length_limit = 16
  context         = module.first.context
}

module "off" {
  source  = "../.."
  enabled = false
  context = module.first.context
}

module "still_off" {
  source  = "../.."
  context = module.off.context
}

resource "aws_iam_policy" "ids" {
  for_each = {
    first     = module.first.id
    second    = module.second.id
    third     = module.third.id
    short     = module.short.id
    full      = module.short.id_full
    off       = "off-${module.off.id}"
    still_off = "off-${module.still_off.id}"
    parts     = join("|", [module.third.namespace, module.third.tenant, module.third.environment, module.third.name, module.third.stage, module.third.delimiter])
    words     = join("|", module.third.attributes)
    switches  = "${module.first.enabled}-${module.still_off.enabled}"
  }
  name = each.key
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "s3:GetObject", Resource = "arn:aws:s3:::${each.value}/*" }]
  })
}
