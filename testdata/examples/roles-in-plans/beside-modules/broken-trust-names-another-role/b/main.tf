terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

provider "aws" {
  region              = "eu-west-1"
  allowed_account_ids = ["222222222222"]
}

resource "aws_iam_role" "target" {
  for_each = { deploy = "ci-deploy", audit = "ci-auditor" }
  name     = each.key
  path     = "/"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = { AWS = "arn:aws:iam::111111111111:role/${each.value}" }, Action = "sts:AssumeRole" }]
  })
}
