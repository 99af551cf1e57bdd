variable "tools_account_id" {
  type    = string
  default = "111111111111"
}

provider "aws" {
  region              = "eu-central-1"
  allowed_account_ids = ["222222222222"]
}

resource "aws_iam_role" "deploy" {
  name = "deploy"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { AWS = "arn:aws:iam::${var.tools_account_id}:role/ci" }
      Action    = "sts:AssumeRole"
    }]
  })
}
