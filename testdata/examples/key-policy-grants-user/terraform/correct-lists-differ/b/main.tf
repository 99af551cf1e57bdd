provider "aws" {
  region              = "eu-central-1"
  allowed_account_ids = ["222222222222"]
}

data "aws_caller_identity" "current" {}

resource "aws_kms_key" "exchange" {
  description = "Encrypts what is exchanged with account A"
  policy = jsonencode({
    Version = "2012-10-17"
    Id      = "key-policy"
    Statement = [
      {
        Sid       = "Administration"
        Effect    = "Allow"
        Principal = { AWS = "arn:aws:iam::${data.aws_caller_identity.current.account_id}:root" }
        Action    = "kms:*"
        Resource  = "*"
      },
      {
        Sid       = "Allow Account A to use this key"
        Effect    = "Allow"
        Principal = { AWS = "arn:aws:iam::111111111111:user/bob" }
        Action    = ["kms:Decrypt", "kms:DescribeKey"]
        Resource  = "*"
      }
    ]
  })
}
