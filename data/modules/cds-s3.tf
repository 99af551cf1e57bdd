# A bucket without a policy, and its public access block.
# https://github.com/cds-snc/terraform-modules/tree/main/S3

locals {
  without_effect = [
    "acl", "billing_tag_key", "billing_tag_value", "critical_tag_key", "critical_tag_value", "force_destroy",
    "kms_key_arn", "lifecycle_rule", "logging", "object_lock_configuration", "replication_configuration",
    "ssc_cbrid_tag_key", "ssc_cbrid_tag_value", "tags", "versioning",
  ]
}

variable "bucket_name" { default = null }
variable "bucket_prefix" { default = null }
variable "block_public_acls" { default = true }
variable "block_public_policy" { default = true }
variable "ignore_public_acls" { default = true }
variable "restrict_public_buckets" { default = true }

resource "aws_s3_bucket" "this" {
  bucket        = var.bucket_name
  bucket_prefix = var.bucket_prefix
}

resource "aws_s3_bucket_public_access_block" "this" {
  bucket                  = aws_s3_bucket.this.id
  block_public_acls       = var.block_public_acls
  block_public_policy     = var.block_public_policy
  ignore_public_acls      = var.ignore_public_acls
  restrict_public_buckets = var.restrict_public_buckets
}

output "s3_bucket_id" { value = aws_s3_bucket.this.id }
output "s3_bucket_arn" { value = aws_s3_bucket.this.arn }
output "s3_bucket_region" { value = aws_s3_bucket.this.region }
output "s3_bucket_domain_name" { value = aws_s3_bucket.this.bucket_domain_name }
output "s3_bucket_regional_domain_name" { value = aws_s3_bucket.this.bucket_regional_domain_name }
