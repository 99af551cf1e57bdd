provider "aws" {
  region              = "eu-central-1"
  allowed_account_ids = ["222222222222"]
}

variable "purpose" {
  type = string
}

resource "aws_cloudformation_stack" "file" {
  name          = "file"
  template_body = file("${path.module}/stack.yaml")
  parameters    = { User = "developer" }
}

resource "aws_cloudformation_stack" "text" {
  name          = "text"
  template_body = <<-YAML
    Description: For ${var.purpose}
    Resources:
      Role:
        Type: AWS::IAM::Role
        Properties:
          RoleName: text
          Description: !Sub 'In $${AWS::AccountId} for ${var.purpose}'
          AssumeRolePolicyDocument:
            Version: '2012-10-17'
            Statement:
              - Effect: Allow
                Principal: {AWS: 'arn:aws:iam::111111111111:user/developer'}
                Action: sts:AssumeRole
  YAML
}

resource "aws_cloudformation_stack_set" "everywhere" {
  name          = "everywhere"
  template_body = file("${path.module}/stack.yaml")
  parameters    = { User = "developer" }
}

resource "aws_cloudformation_stack_set_instance" "other" {
  account_id     = "333333333333"
  stack_set_name = aws_cloudformation_stack_set.everywhere.name
}
