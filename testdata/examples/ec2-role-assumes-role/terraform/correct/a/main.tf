provider "aws" {
  region              = "eu-central-1"
  allowed_account_ids = ["111111111111"]
}

resource "aws_iam_role" "service" {
  name = "EC2CrossAccountRole"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "ec2.amazonaws.com" }
      Action    = "sts:AssumeRole"
    }]
  })
}

resource "aws_iam_instance_profile" "service" {
  name = aws_iam_role.service.name
  role = aws_iam_role.service.name
}

data "aws_iam_policy_document" "assume" {
  statement {
    actions   = ["sts:AssumeRole"]
    resources = ["arn:aws:iam::222222222222:role/CrossAccountServiceAccessRole"]
  }
}

resource "aws_iam_role_policy" "assume" {
  name   = "AssumeCrossAccountRole"
  role   = aws_iam_role.service.id
  policy = data.aws_iam_policy_document.assume.json
}
