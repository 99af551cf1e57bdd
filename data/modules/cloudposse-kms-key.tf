# A key with an alias.
# https://registry.terraform.io/modules/cloudposse/kms-key/aws/latest

#label
locals {
  without_effect = [
    "additional_tag_map", "alias", "customer_master_key_spec", "deletion_window_in_days", "description",
    "enable_key_rotation", "key_usage", "label_key_case", "labels_as_tags", "multi_region",
    "tags", "tags_enabled",
  ]
  key = one(aws_kms_key.default)
}

variable "policy" { default = "" }

resource "aws_kms_key" "default" {
  count  = local.is_on ? 1 : 0
  policy = var.policy
}

output "key_arn" { value = local.key.arn }
output "key_id" { value = local.key.key_id }
