# A state machine with integrations and further policies.
module "machine" {
  source           = "../.."
  name             = "orders"
  definition       = jsonencode({ StartAt = "A", States = { A = { Type = "Pass", End = true } } })
  trusted_entities = ["events.amazonaws.com"]

  service_integrations = {
    dynamodb = { dynamodb = ["arn:aws:dynamodb:eu-west-1:222222222222:table/orders"] }
    lambda   = { lambda = ["arn:aws:lambda:eu-west-1:222222222222:function:a", "arn:aws:lambda:eu-west-1:222222222222:function:b"] }
    xray     = { xray = true }
  }

  attach_policy_statements = true
  policy_statements = {
    publish = {
      effect    = "Allow"
      actions   = ["sns:Publish"]
      resources = ["arn:aws:sns:eu-west-1:222222222222:orders"]
    }
  }
  logging_configuration = { level = "ALL" }
}
