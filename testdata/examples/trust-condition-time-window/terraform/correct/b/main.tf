provider "aws" {
  region              = "eu-central-1"
  allowed_account_ids = ["222222222222"]
}

resource "aws_iam_role" "cross_account" {
  name = "CrossAccountAccessRole"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { AWS = "arn:aws:iam::111111111111:user/crossAccountUser" }
      Action    = "sts:AssumeRole"
      Condition = {
        DateGreaterThan = { "aws:CurrentTime" = "2026-01-01T00:00:00Z" }
        DateLessThan    = { "aws:CurrentTime" = "2026-12-31T23:59:59Z" }
      }
    }]
  })
}

resource "aws_iam_role_policy" "read" {
  name = "S3ReadPolicy"
  role = aws_iam_role.cross_account.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = "s3:ListAllMyBuckets"
      Resource = "*"
    }]
  })
}
