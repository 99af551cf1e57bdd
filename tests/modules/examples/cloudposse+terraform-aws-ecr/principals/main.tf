# Repositories with every kind of principal.
module "images" {
  source                             = "../.."
  namespace                          = "eg"
  name                               = "images"
  image_names                        = ["orders/api", "orders/web"]
  principals_full_access             = ["arn:aws:iam::222222222222:role/deploy"]
  principals_push_access             = ["arn:aws:iam::222222222222:role/build"]
  principals_readonly_access         = ["arn:aws:iam::333333333333:root", "arn:aws:iam::444444444444:role/pull"]
  principals_lambda                  = ["555555555555"]
  principals_pull_though_access      = ["arn:aws:iam::666666666666:root"]
  prefixes_pull_through_repositories = ["orders"]
  organizations_readonly_access      = ["o-aaaaaaaaaa"]
  organizations_full_access          = ["o-bbbbbbbbbb"]
  organizations_push_access          = ["o-cccccccccc"]
}

module "plain" {
  source    = "../.."
  namespace = "eg"
  name      = "plain"
}
