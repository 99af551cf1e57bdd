provider "aws" {
  region              = "eu-central-1"
  allowed_account_ids = ["111111111111"]
}

resource "aws_iam_user" "cross_account" {
  name = "crossAccountUser"
}

resource "aws_iam_group" "operators" {
  name = "operators"
}

resource "aws_iam_policy" "assume" {
  name = "AssumeCrossAccountRole"
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = "sts:AssumeRole"
      Resource = "arn:aws:iam::222222222222:role/my-s3-x-account-role"
    }]
  })
}

resource "aws_iam_group_policy_attachment" "assume" {
  group      = aws_iam_group.operators.name
  policy_arn = aws_iam_policy.assume.arn
}

resource "aws_iam_user_group_membership" "cross_account" {
  user   = aws_iam_user.cross_account.name
  groups = [aws_iam_group.operators.name]
}
