provider "aws" {
  region              = "eu-central-1"
  allowed_account_ids = ["111111111111"]
}

resource "aws_iam_user" "cross_account" {
  name = "crossAccountUser"
}
