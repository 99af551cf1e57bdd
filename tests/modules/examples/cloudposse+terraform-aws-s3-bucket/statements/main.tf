# A bucket with every kind of statement.
module "bucket" {
  source                       = "../.."
  namespace                    = "eg"
  stage                        = "prod"
  name                         = "Orders"
  allow_ssl_requests_only      = true
  allow_encrypted_uploads_only = true
  sse_algorithm                = "aws:kms"
  s3_replication_source_roles  = ["arn:aws:iam::222222222222:role/replication"]
  privileged_principal_actions = ["s3:GetObject"]
  privileged_principal_arns = [
    { "arn:aws:iam::333333333333:role/a" = [""] },
    { "arn:aws:iam::333333333333:role/b" = ["in/", "out/"] },
  ]
  source_policy_documents = [jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Sid = "More", Effect = "Allow", Action = "s3:PutObject", Resource = "arn:aws:s3:::eg-prod-orders/*", Principal = { AWS = "arn:aws:iam::444444444444:root" } }]
  })]
}

module "replicated" {
  source                 = "../.."
  bucket_name            = "orders-source"
  s3_replication_enabled = true
  s3_replica_bucket_arn  = "arn:aws:s3:::orders-target"
  s3_replication_rules   = []
}
