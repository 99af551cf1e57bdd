# Roles for workflows, a bucket and its logs.
module "roles" {
  source            = "../../gh_oidc_role"
  billing_tag_value = "a"
  assume_policy     = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { AWS = "arn:aws:iam::222222222222:root" } }] })
  roles             = [{ name = "plan", repo_name = "orders", claim = "pull_request" }, { name = "apply", repo_name = "orders", claim = "ref:refs/heads/main" }]
}

module "bucket" {
  source            = "../../S3"
  billing_tag_value = "a"
  bucket_name       = "orders"
}

module "logs" {
  source                        = "../../S3_log_bucket"
  billing_tag_value             = "a"
  bucket_name                   = "orders-logs"
  attach_lb_log_delivery_policy = true
}
