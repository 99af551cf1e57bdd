variable "name" {}
variable "target" {}

resource "aws_iam_role" "this" {
  name = "ci-${var.name}"
  path = "/"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = { Service = "ec2.amazonaws.com" }, Action = "sts:AssumeRole" }]
  })
}

data "aws_iam_policy_document" "this" {
  statement {
    sid       = "Assume"
    actions   = ["sts:AssumeRole"]
    resources = [var.target]
  }
  statement {
    sid       = "Self"
    actions   = ["iam:GetRole"]
    resources = [aws_iam_role.this.arn]
  }
}

resource "aws_iam_role_policy" "this" {
  name   = "assume"
  role   = aws_iam_role.this.id
  policy = data.aws_iam_policy_document.this.json
}
