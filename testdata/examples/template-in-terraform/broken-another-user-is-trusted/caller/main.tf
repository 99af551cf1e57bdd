provider "aws" {
  region              = "eu-central-1"
  allowed_account_ids = ["111111111111"]
}

resource "aws_iam_user" "deployer" {
  name = "deployer"
}

resource "aws_iam_user_policy" "deployer" {
  user = aws_iam_user.deployer.name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = "sts:AssumeRole"
      Resource = ["arn:aws:iam::222222222222:role/stack", "arn:aws:iam::222222222222:role/text", "arn:aws:iam::333333333333:role/stack"]
    }]
  })
}
