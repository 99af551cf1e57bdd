# A bucket for logs, with who may deliver them.
# https://github.com/cds-snc/terraform-modules/tree/main/S3_log_bucket

locals {
  without_effect = [
    "billing_tag_key", "billing_tag_value", "critical_tag_key", "critical_tag_value", "force_destroy",
    "lifecycle_rule", "object_ownership", "ssc_cbrid_tag_key", "ssc_cbrid_tag_value", "tags", "versioning_status",
  ]
  undescribed = ["attach_elb_log_delivery_policy"]
}

variable "bucket_name" { default = null }
variable "bucket_prefix" { default = null }
variable "attach_lb_log_delivery_policy" { default = false }

resource "aws_s3_bucket" "this" {
  bucket        = var.bucket_name
  bucket_prefix = var.bucket_prefix
}

resource "aws_s3_bucket_public_access_block" "this" {
  bucket                  = aws_s3_bucket.this.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

data "aws_iam_policy_document" "combined" {
  dynamic "statement" {
    for_each = var.attach_lb_log_delivery_policy ? [1] : []
    content {
      sid       = "AWSLogDeliveryWrite"
      actions   = ["s3:PutObject"]
      resources = ["${aws_s3_bucket.this.arn}/*"]
      principals {
        type        = "Service"
        identifiers = ["delivery.logs.amazonaws.com"]
      }
      condition {
        test     = "StringEquals"
        variable = "s3:x-amz-acl"
        values   = ["bucket-owner-full-control"]
      }
    }
  }

  dynamic "statement" {
    for_each = var.attach_lb_log_delivery_policy ? [1] : []
    content {
      sid       = "AWSLogDeliveryAclCheck"
      actions   = ["s3:GetBucketAcl"]
      resources = [aws_s3_bucket.this.arn]
      principals {
        type        = "Service"
        identifiers = ["delivery.logs.amazonaws.com"]
      }
    }
  }

  statement {
    sid       = "denyInsecureTransport"
    effect    = "Deny"
    actions   = ["s3:*"]
    resources = [aws_s3_bucket.this.arn, "${aws_s3_bucket.this.arn}/*"]
    principals {
      type        = "*"
      identifiers = ["*"]
    }
    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }

  dynamic "statement" {
    for_each = var.unmodelled
    content {
      actions = [statement.value]
    }
  }
}

resource "aws_s3_bucket_policy" "this" {
  bucket = aws_s3_bucket.this.id
  policy = data.aws_iam_policy_document.combined.json
}

output "s3_bucket_id" { value = aws_s3_bucket.this.id }
output "s3_bucket_arn" { value = aws_s3_bucket.this.arn }
output "s3_bucket_region" { value = aws_s3_bucket.this.region }
output "s3_bucket_domain_name" { value = aws_s3_bucket.this.bucket_domain_name }
output "s3_bucket_regional_domain_name" { value = aws_s3_bucket.this.bucket_regional_domain_name }
