# A bus of its own, with permissions and the policies of its switches.
module "bus" {
  source   = "../.."
  bus_name = "orders"

  permissions = {
    "222222222222 PutFromSales"      = {}
    "* PutFromOrganization"          = { action = "events:PutEvents" }
    "333333333333 PutFromOperations" = { event_bus_name = "orders" }
  }

  role_name                = "orders-delivery"
  trusted_entities         = ["pipes.amazonaws.com"]
  attach_sqs_policy        = true
  sqs_target_arns          = ["arn:aws:sqs:eu-west-1:222222222222:orders"]
  attach_lambda_policy     = true
  lambda_target_arns       = ["arn:aws:lambda:eu-west-1:222222222222:function:orders"]
  attach_policy_json       = true
  policy_json              = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "sns:Publish", Resource = "*" }] })
  attach_policy_statements = true
  policy_statements = {
    put = {
      effect    = "Allow"
      actions   = ["events:PutEvents"]
      resources = ["arn:aws:events:eu-west-1:222222222222:event-bus/default"]
    }
  }
}
