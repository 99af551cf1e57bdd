provider "aws" {
  region              = "eu-central-1"
  allowed_account_ids = ["111111111111"]
}

resource "aws_iam_user" "cross_account" {
  name = "crossAccountUser"
}

resource "aws_iam_user_policy" "assume" {
  name = "AssumeCrossAccountRole"
  user = aws_iam_user.cross_account.name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = "sts:AssumeRole"
      Resource = "arn:aws:iam::222222222222:role/CrossAccountAccessRole"
    }]
  })
}
