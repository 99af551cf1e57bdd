terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

variable "account_id" {
  default = "111111111111"
}

provider "aws" {
  region              = "eu-west-1"
  allowed_account_ids = [var.account_id]
}

variable "targets" {
  default = {
    deploy = "arn:aws:iam::222222222222:role/deploy"
    audit  = "arn:aws:iam::222222222222:role/audit"
  }
}

module "caller" {
  source   = "./caller"
  for_each = var.targets
  name     = each.key
  target   = each.value
}
