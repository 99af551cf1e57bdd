variable "account_ids" {
  type = map(string)
  default = {
    tools = "111111111111"
    prod  = "222222222222"
  }
}

variable "role_name" {
  type    = string
  default = "deployer"
}

locals {
  prod     = var.account_ids["prod"]
  role_arn = "arn:aws:iam::${local.prod}:role/${var.role_name}"
}

provider "aws" {
  region              = "eu-central-1"
  allowed_account_ids = [var.account_ids["tools"]]
}

resource "aws_iam_role" "ci" {
  name = "ci"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "ec2.amazonaws.com" }
      Action    = "sts:AssumeRole"
    }]
  })
}

resource "aws_iam_role_policy" "ci" {
  role = aws_iam_role.ci.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = "sts:AssumeRole"
      Resource = local.role_arn
    }]
  })
}
