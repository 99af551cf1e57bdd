# Topics with publishers, and with a policy of their own.
module "topic" {
  source                                 = "../.."
  namespace                              = "eg"
  name                                   = "orders"
  allowed_aws_services_for_sns_published = ["events.amazonaws.com"]
  allowed_iam_arns_for_sns_publish       = ["arn:aws:iam::222222222222:role/a", "arn:aws:iam::333333333333:root"]
  sqs_dlq_enabled                        = true
}

module "written" {
  source                           = "../.."
  namespace                        = "eg"
  name                             = "written"
  fifo_topic                       = true
  allowed_iam_arns_for_sns_publish = ["arn:aws:iam::222222222222:role/a"]
  sns_topic_policy_json            = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "sns:Subscribe", Resource = "*", Principal = { AWS = "222222222222" } }] })
}
