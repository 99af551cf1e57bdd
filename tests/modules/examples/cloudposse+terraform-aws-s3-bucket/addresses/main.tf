# Statements of newer versions.
module "bucket" {
  source                  = "../.."
  bucket_name             = "orders"
  minimum_tls_version     = "1.2"
  allow_ssl_requests_only = true
  source_ip_allow_list    = ["203.0.113.0/24"]
}
