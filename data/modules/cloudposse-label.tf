# A name that is made of words.
# https://registry.terraform.io/modules/cloudposse/label/null/latest

#label
locals {
  without_effect = ["additional_tag_map", "descriptor_formats", "label_key_case", "labels_as_tags", "tags"]
}

output "enabled" { value = local.is_on }
output "id" { value = local.is_on ? local.id : "" }
output "id_full" { value = local.is_on ? local.id_full : "" }
output "namespace" { value = local.is_on ? local.words.namespace : "" }
output "tenant" { value = local.is_on ? local.words.tenant : "" }
output "environment" { value = local.is_on ? local.words.environment : "" }
output "stage" { value = local.is_on ? local.words.stage : "" }
output "name" { value = local.is_on ? local.words.name : "" }
output "delimiter" { value = local.is_on ? local.delimiter : "" }
output "attributes" { value = local.is_on ? compact(distinct(local.attributes)) : [] }
output "label_order" { value = local.label_order }
output "regex_replace_chars" { value = local.not_allowed }
output "id_length_limit" { value = local.length_limit }
# What other labels are given: the words as they were written.
output "context" {
  value = merge(try({ for key, each in var.context : key => each }, {}), {
    enabled             = local.is_on
    namespace           = try(join("", [var.namespace]), join("", [var.context.namespace]), null)
    tenant              = try(join("", [var.tenant]), join("", [var.context.tenant]), null)
    environment         = try(join("", [var.environment]), join("", [var.context.environment]), null)
    stage               = try(join("", [var.stage]), join("", [var.context.stage]), null)
    name                = try(join("", [var.name]), join("", [var.context.name]), null)
    delimiter           = try(join("", [var.delimiter]), join("", [var.context.delimiter]), null)
    attributes          = local.given_attributes
    label_order         = try(coalescelist(var.label_order), coalescelist(var.context.label_order), [])
    regex_replace_chars = try(coalesce(var.regex_replace_chars), coalesce(var.context.regex_replace_chars), null)
    id_length_limit     = try(var.id_length_limit + 0, var.context.id_length_limit + 0, null)
    label_value_case    = try(coalesce(var.label_value_case), coalesce(var.context.label_value_case), null)
  })
}
