//! Roles that no template writes and AWS makes: those of permission sets in the accounts they are assigned to, and the one
//! that comes with an account of an organization.

use std::fs;

use crate::access::ask_in;
use crate::judge::judged;

const CONFIG: &str = "[accounts.prod]\nid = \"111111111111\"\npaths = [\"a/**\"]\ncoverage = \"full\"\n\n[accounts.main]\nid = \"222222222222\"\npaths = [\"b/**\", \"c/**\"]\n";

/// A role in one account that trusts the whole of another one, under a condition.
fn trusting(condition: &str) -> String {
    format!(
        "resource \"aws_iam_role\" \"deploy\" {{\n  name = \"deploy\"\n  assume_role_policy = jsonencode({{ Version = \"2012-10-17\", Statement = [{{ Effect = \"Allow\", Action = \"sts:AssumeRole\", Principal = {{ AWS = \"arn:aws:iam::111111111111:root\" }} {condition} }}] }})\n}}\n"
    )
}

/// Permission sets `Admin` and `Readers`, assigned to 111111111111, and what else is declared of them.
fn sets(admin: &str, more: &str) -> String {
    format!(
        r#"
locals {{
  instance = "arn:aws:sso:::instance/ssoins-1234567890abcdef"
}}
resource "aws_ssoadmin_permission_set" "this" {{
  for_each     = toset(["Admin", "Readers"])
  name         = each.key
  instance_arn = local.instance
}}
resource "aws_ssoadmin_account_assignment" "this" {{
  for_each           = aws_ssoadmin_permission_set.this
  instance_arn       = local.instance
  permission_set_arn = each.value.arn
  principal_id       = "12345678-90ab-cdef-1234-567890abcdef"
  principal_type     = "GROUP"
  target_id          = "111111111111"
}}
resource "aws_ssoadmin_managed_policy_attachment" "readers" {{
  instance_arn       = local.instance
  permission_set_arn = aws_ssoadmin_permission_set.this["Readers"].arn
  managed_policy_arn = "arn:aws:iam::aws:policy/ReadOnlyAccess"
}}
resource "aws_ssoadmin_permission_set_inline_policy" "admin" {{
  instance_arn       = local.instance
  permission_set_arn = aws_ssoadmin_permission_set.this["Admin"].arn
  inline_policy      = jsonencode({{ Version = "2012-10-17", Statement = [{{ Effect = "Allow", Action = "{admin}", Resource = "*" }}] }})
}}
{more}
"#
    )
}

const USER: &str = "resource \"aws_iam_user\" \"dana\" {\n  name = \"dana\"\n}\n";

fn check(condition: &str, sets: &str, expected: &[&str]) {
    let role = trusting(condition);
    let files = [("trustlint.toml", CONFIG), ("a/main.tf", USER), ("b/main.tf", &role), ("c/main.tf", sets)];
    judged(files, expected, &["assume-any-role"]);
}

const NOBODY: &str = "b/main.tf:3 warning [trust-without-permission] \"arn:aws:iam::111111111111:root\"";

#[test]
fn a_grant_to_an_account_is_of_use_to_the_roles_of_its_permission_sets() {
    check("", &sets("sts:AssumeRole", ""), &[]);
    check("", &sets("*", ""), &[]);
    // Nobody there can use it: neither set allows it.
    check("", &sets("s3:GetObject", ""), &[NOBODY]);
}

#[test]
fn a_permission_set_of_which_not_all_is_known_leaves_it_open() {
    let unknown = "variable \"set\" {}\nresource \"aws_ssoadmin_managed_policy_attachment\" \"more\" {\n  permission_set_arn = var.set\n  managed_policy_arn = \"arn:aws:iam::aws:policy/AdministratorAccess\"\n}\n";
    check("", &sets("s3:GetObject", unknown), &[]);
    let elsewhere = "resource \"aws_ssoadmin_account_assignment\" \"more\" {\n  permission_set_arn = \"arn:aws:sso:::permissionSet/ssoins-1234567890abcdef/ps-1234567890abcdef\"\n  target_id = \"111111111111\"\n}\n";
    check("", &sets("s3:GetObject", elsewhere), &[]);
    let other_account = elsewhere.replace("111111111111", "333333333333");
    check("", &sets("s3:GetObject", &other_account), &[NOBODY]);
    let by_name = "resource \"aws_ssoadmin_customer_managed_policy_attachment\" \"more\" {\n  permission_set_arn = aws_ssoadmin_permission_set.this[\"Admin\"].arn\n  customer_managed_policy_reference {\n    name = \"deployer\"\n  }\n}\n";
    check("", &sets("s3:GetObject", by_name), &[]);
}

#[test]
fn a_permission_set_names_policies_of_the_account_that_it_is_assigned_to() {
    let attached = "resource \"aws_ssoadmin_customer_managed_policy_attachment\" \"more\" {\n  permission_set_arn = aws_ssoadmin_permission_set.this[\"Admin\"].arn\n  customer_managed_policy_reference {\n    name = \"deployer\"\n    path = \"/sso/\"\n  }\n}\n";
    let policy = |action: &str| {
        format!(
            "resource \"aws_iam_policy\" \"deployer\" {{\n  name = \"deployer\"\n  path = \"/sso/\"\n  policy = jsonencode({{ Version = \"2012-10-17\", Statement = [{{ Effect = \"Allow\", Action = \"{action}\", Resource = \"*\" }}] }})\n}}\n"
        )
    };
    let role = trusting("");
    let sets = sets("s3:GetObject", attached);
    for (action, expected) in [("sts:AssumeRole", &[][..]), ("s3:ListBucket", &[NOBODY])] {
        let policy = policy(action);
        let files = [
            ("trustlint.toml", CONFIG),
            ("a/main.tf", USER),
            ("a/policy.tf", &policy),
            ("b/main.tf", &role),
            ("c/main.tf", &sets),
        ];
        judged(files, expected, &["assume-any-role"]);
    }
}

#[test]
fn a_boundary_of_a_permission_set_limits_its_roles() {
    let bounded = |arn: &str| {
        format!(
            "resource \"aws_ssoadmin_permissions_boundary_attachment\" \"admin\" {{\n  permission_set_arn = aws_ssoadmin_permission_set.this[\"Admin\"].arn\n  permissions_boundary {{\n    managed_policy_arn = \"arn:aws:iam::aws:policy/{arn}\"\n  }}\n}}\n"
        )
    };
    check("", &sets("sts:AssumeRole", &bounded("AmazonS3ReadOnlyAccess")), &[NOBODY]);
    check("", &sets("sts:AssumeRole", &bounded("PowerUserAccess")), &[]);
}

#[test]
fn a_condition_that_names_the_roles_of_a_permission_set_means_them() {
    let named = |set: &str| {
        format!(
            ", Condition = {{ ArnLike = {{ \"aws:PrincipalArn\" = \"arn:aws:iam::111111111111:role/aws-reserved/sso.amazonaws.com/*AWSReservedSSO_{set}_*\" }} }}"
        )
    };
    check(&named("Admin"), &sets("sts:AssumeRole", ""), &[]);
    check(&named("Admin"), &sets("s3:GetObject", ""), &[NOBODY]);
    check(&named("Readers"), &sets("s3:GetObject", ""), &[NOBODY]);
    // A set that is not declared here may be assigned elsewhere.
    check(&named("Auditors"), &sets("s3:GetObject", ""), &[]);
}

#[test]
fn permission_sets_of_cloudformation_are_read_alike() {
    let template = |action: &str| {
        format!(
            "Resources:\n  Set:\n    Type: AWS::SSO::PermissionSet\n    Properties:\n      Name: Admin\n      InlinePolicy: {{Version: \"2012-10-17\", Statement: [{{Effect: Allow, Action: \"{action}\", Resource: \"*\"}}]}}\n      ManagedPolicies: [\"arn:aws:iam::aws:policy/ReadOnlyAccess\"]\n  Assigned:\n    Type: AWS::SSO::Assignment\n    Properties: {{PermissionSetArn: !GetAtt Set.PermissionSetArn, TargetId: \"111111111111\", TargetType: AWS_ACCOUNT}}\n"
        )
    };
    let role = trusting("");
    for (action, expected) in [("sts:AssumeRole", &[][..]), ("s3:PutObject", &[NOBODY])] {
        let sets = template(action);
        let files =
            [("trustlint.toml", CONFIG), ("a/main.tf", USER), ("b/main.tf", &role), ("c/sets.yaml", &sets)];
        judged(files, expected, &["assume-any-role"]);
    }
}

#[test]
fn access_names_the_role_of_a_permission_set() {
    let project = tempfile::tempdir().unwrap();
    for name in ["a", "b", "c"] {
        fs::create_dir(project.path().join(name)).unwrap();
    }
    let write = |path: &str, text: &str| fs::write(project.path().join(path), text).unwrap();
    write("trustlint.toml", CONFIG);
    write("a/main.tf", USER);
    write("b/main.tf", &trusting(""));
    write("c/main.tf", &sets("sts:AssumeRole", ""));
    let said = ask_in(project.path(), &["--to", "deploy"]);
    assert!(said.out.contains("AWSReservedSSO_Admin_*"), "{}{}", said.out, said.err);
    assert!(!said.out.contains("AWSReservedSSO_Readers_*"), "{}", said.out);
    let said = ask_in(project.path(), &["--from", "prod/AWSReservedSSO_Admin_*", "--to", "deploy"]);
    assert_eq!(said.status, 0, "{}{}", said.out, said.err);
}

#[test]
fn the_account_that_creates_another_one_can_assume_the_administrator_there() {
    let project = tempfile::tempdir().unwrap();
    let config = "[accounts.main]\nid = \"222222222222\"\npaths = [\"main/**\"]\n\n[accounts.dev]\nid = \"333333333333\"\n\n[accounts.other]\nid = \"444444444444\"\npaths = [\"other/**\"]\n";
    let user = |name: &str, role: &str| {
        format!(
            "resource \"aws_iam_user\" \"{name}\" {{\n  name = \"{name}\"\n}}\nresource \"aws_iam_user_policy\" \"{name}\" {{\n  user = aws_iam_user.{name}.name\n  policy = jsonencode({{ Version = \"2012-10-17\", Statement = [{{ Effect = \"Allow\", Action = \"sts:AssumeRole\", Resource = \"arn:aws:iam::333333333333:role/{role}\" }}] }})\n}}\n"
        )
    };
    let account = |role_name: &str| {
        format!(
            "resource \"aws_organizations_account\" \"dev\" {{\n  name  = \"dev\"\n  email = \"dev@example.com\"\n  {role_name}\n}}\n"
        )
    };
    for name in ["main", "other"] {
        fs::create_dir(project.path().join(name)).unwrap();
    }
    let write = |path: &str, text: &str| fs::write(project.path().join(path), text).unwrap();
    write("trustlint.toml", config);
    for (role_name, role) in [("", "OrganizationAccountAccessRole"), ("role_name = \"admin\"", "admin")] {
        write("main/main.tf", &(account(role_name) + &user("dana", role)));
        write("other/main.tf", &user("kim", role));
        let to = format!("arn:aws:iam::333333333333:role/{role}");
        let said = ask_in(project.path(), &["--from", "dana", "--to", &format!("dev/{role}")]);
        assert_eq!(said.status, 0, "{}{}", said.out, said.err);
        // Whom else it trusts by now, the template does not say.
        let said = ask_in(project.path(), &["--from", "kim", "--to", &to]);
        assert_eq!(said.status, 3, "{}{}", said.out, said.err);
    }
}
