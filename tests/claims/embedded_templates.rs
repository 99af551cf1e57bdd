//! Templates of CloudFormation that Terraform deploys: as texts, as files, as the properties of one type.

use crate::judge;

use crate::common::{Files, run};

fn judged(files: &[(&str, &str)], expected: &[&str]) {
    judge::judged(files.iter().copied(), expected, &[]);
}

/// A provider for an account, in three lines.
fn provider(account: &str) -> String {
    format!("provider \"aws\" {{\n  allowed_account_ids = [\"{account}\"]\n}}\n")
}

/// A template with a role that trusts `principal`, in its eighth line.
fn template(principal: &str) -> String {
    format!(
        "Resources:\n  Deploy:\n    Type: AWS::IAM::Role\n    Properties:\n      RoleName: deploy\n      AssumeRolePolicyDocument:\n        Version: '2012-10-17'\n        Statement: [{{Effect: Allow, Action: 'sts:AssumeRole', Principal: {{AWS: {principal}}}}}]\n"
    )
}

/// The user `ci` of account 111111111111, who may assume the role of the other account or another one, in the tenth line.
fn caller(role: &str) -> String {
    format!(
        "{}resource \"aws_iam_user\" \"ci\" {{\n  name = \"ci\"\n}}\nresource \"aws_iam_user_policy\" \"ci\" {{\n  user = aws_iam_user.ci.name\n  policy = jsonencode({{\n    Statement = [{{ Effect = \"Allow\", Action = \"sts:AssumeRole\", Resource = \"arn:aws:iam::222222222222:role/{role}\" }}]\n  }})\n}}\n",
        provider("111111111111")
    )
}

const CI: &str = "arn:aws:iam::111111111111:user/ci";

/// A project in which `stack` deploys a template that trusts the caller of another module, or somebody else.
fn both_sides(stack: &dyn Fn(&str) -> Vec<(&'static str, String)>, place: &str) {
    let project = |principal: &str| -> Files {
        let mut files: Files =
            stack(principal).into_iter().map(|(path, text)| (path.to_owned(), text)).collect();
        files.insert("a/main.tf".to_owned(), caller("deploy"));
        files
    };
    let trusting = project(CI);
    let judge = |files: &Files, expected: &[&str]| {
        judge::judged(files.iter().map(|(path, text)| (&**path, &**text)), expected, &[]);
    };
    judge(&trusting, &[]);
    let other = CI.replace("user/ci", "user/other");
    let missing = "a/main.tf:10 error [permission-without-trust] \"arn:aws:iam::222222222222:role/deploy\"";
    judge(&project(&other), &[missing]);
    // The other side is underlined in the template.
    let found = run(&project(&other)).findings;
    let related = found.iter().flat_map(|said| &said.related);
    let texts: Vec<_> = related.filter(|at| at.path == place).map(|at| at.underlined.as_str()).collect();
    assert!(texts.contains(&"Deploy") || texts.contains(&other.as_str()), "{place}: {texts:?}");
    // And what the template trusts is looked for on this side.
    let mut lacking = project(CI);
    lacking.insert("a/main.tf".to_owned(), caller("other"));
    let found = run(&lacking).findings;
    let said: Vec<_> = found.iter().map(|said| said.finding.clone()).collect();
    let [trust] = said.as_slice() else { panic!("{said:#?}") };
    assert_eq!((&*trust.rule, &*trust.path, &*trust.underlined), ("trust-without-permission", place, CI));
}

#[test]
fn a_template_in_a_heredoc() {
    let stack = |principal: &str| {
        let text = template(principal).replace('\n', "\n    ");
        let main = format!(
            "{}resource \"aws_cloudformation_stack\" \"s\" {{\n  name = \"s\"\n  template_body = <<-YAML\n    {}\n  YAML\n}}\n",
            provider("222222222222"),
            text.trim_end()
        );
        vec![("b/main.tf", main)]
    };
    both_sides(&stack, "b/main.tf");
}

#[test]
fn a_template_in_a_file() {
    let stack = |principal: &str| {
        let main = format!(
            "{}resource \"aws_cloudformation_stack\" \"s\" {{\n  name = \"s\"\n  template_body = file(\"${{path.module}}/stack.yaml\")\n}}\n",
            provider("222222222222")
        );
        vec![("b/main.tf", main), ("b/stack.yaml", template(principal))]
    };
    both_sides(&stack, "b/stack.yaml");
}

#[test]
fn a_template_as_an_object() {
    let stack = |principal: &str| {
        let main = format!(
            "{}resource \"aws_cloudformation_stack\" \"s\" {{\n  name = \"s\"\n  template_body = jsonencode({{\n    Resources = {{ Deploy = {{ Type = \"AWS::IAM::Role\", Properties = {{ RoleName = \"deploy\", AssumeRolePolicyDocument = {{ Statement = [{{ Effect = \"Allow\", Action = \"sts:AssumeRole\", Principal = {{ AWS = \"{principal}\" }} }}] }} }} }} }}\n  }})\n}}\n",
            provider("222222222222")
        );
        vec![("b/main.tf", main)]
    };
    both_sides(&stack, "b/main.tf");
}

#[test]
fn properties_of_the_cloud_control_api() {
    let stack = |principal: &str| {
        let main = format!(
            "{}resource \"aws_cloudcontrolapi_resource\" \"r\" {{\n  type_name = \"AWS::IAM::Role\"\n  desired_state = jsonencode({{ RoleName = \"deploy\", AssumeRolePolicyDocument = {{ Statement = [{{ Effect = \"Allow\", Action = \"sts:AssumeRole\", Principal = {{ AWS = \"{principal}\" }} }}] }} }})\n}}\n",
            provider("222222222222")
        );
        vec![("b/main.tf", main)]
    };
    both_sides(&stack, "b/main.tf");
}

#[test]
fn a_stack_set_goes_to_the_accounts_of_its_instances() {
    let stack = |principal: &str| {
        let main = format!(
            "{}resource \"aws_cloudformation_stack_set\" \"s\" {{\n  name = \"s\"\n  template_body = file(\"${{path.module}}/stack.yaml\")\n}}\nresource \"aws_cloudformation_stack_set_instance\" \"s\" {{\n  account_id = \"222222222222\"\n  stack_set_name = aws_cloudformation_stack_set.s.name\n}}\n",
            provider("333333333333")
        );
        vec![("b/main.tf", main), ("b/stack.yaml", template(principal))]
    };
    both_sides(&stack, "b/stack.yaml");
}

#[test]
fn parameters_and_what_is_put_in_are_known() {
    let main = |parameters: &str, hole: &str, principal: &str| {
        format!(
            "{}variable \"unknown\" {{}}\nlocals {{ caller = \"{CI}\" }}\nresource \"aws_cloudformation_stack\" \"s\" {{\n  name = \"s\"\n  parameters = {{ {parameters} }}\n  template_body = <<-YAML\n    Description: {hole}\n    Parameters: {{Caller: {{Type: String}}}}\n    {}\n  YAML\n}}\n",
            provider("222222222222"),
            template(principal).replace('\n', "\n    ").trim_end()
        )
    };
    let missing = "a/main.tf:10 error [permission-without-trust] \"arn:aws:iam::222222222222:role/deploy\"";
    let other = CI.replace("user/ci", "user/other");
    let (known, unknown) = (format!("Caller = \"{CI}\""), format!("Caller = \"{other}\""));
    let caller = caller("deploy");
    for (text, expected) in [
        (main(&known, "x", "!Ref Caller"), &[][..]),
        (main(&unknown, "x", "!Ref Caller"), &[missing]),
        // Unknown elsewhere in the text, which leaves everything else as it is.
        (main(&known, "${var.unknown}", "!Ref Caller"), &[]),
        (main(&unknown, "'about ${var.unknown}'", "!Ref Caller"), &[missing]),
        (main("", "x", "'${local.caller}'"), &[]),
        (main("", "x", "!Sub 'arn:aws:iam::111111111111:user/${var.unknown}'"), &[]),
        (main("", "x", "'arn:aws:iam::111111111111:user/${var.unknown}'"), &[]),
        (main("", "x", "!Sub 'arn:aws:iam::$${AWS::AccountId}:role/${var.unknown}'"), &[missing]),
    ] {
        judged(&[("a/main.tf", &caller), ("b/main.tf", &text)], expected);
    }
}

/// Terraform says the name of the stack, and two stacks of one module are two.
#[test]
fn a_stack_has_the_name_that_terraform_gives_it() {
    let stack = |name: &str, principal: &str| {
        let text =
            template(principal).replace("RoleName: deploy", "RoleName: !Sub '$${AWS::StackName}-deploy'");
        format!(
            "resource \"aws_cloudformation_stack\" \"{name}\" {{\n  name = \"{name}\"\n  template_body = <<-YAML\n    {}\n  YAML\n}}\n",
            text.replace('\n', "\n    ").trim_end()
        )
    };
    let other = CI.replace("user/ci", "user/other");
    let main = format!("{}{}{}", provider("222222222222"), stack("one", CI), stack("two", &other));
    judged(&[("a/main.tf", &caller("one-deploy")), ("b/main.tf", &main)], &[]);
    let missing =
        "a/main.tf:10 error [permission-without-trust] \"arn:aws:iam::222222222222:role/two-deploy\"";
    let unused = format!("b/main.tf:14 warning [trust-without-permission] \"{CI}\"");
    judged(&[("a/main.tf", &caller("two-deploy")), ("b/main.tf", &main)], &[missing, &unused]);
}

#[test]
fn a_broken_template_is_no_template() {
    for body in [
        "\"\"",
        "\"Resources: [\"",
        "\"{\"",
        "\"Resources: 1\"",
        "var.unknown",
        "jsonencode([1])",
        "jsonencode({ Resources = null })",
        "\"Resources: {A: &a [*a]}\"",
    ] {
        let main = format!(
            "variable \"unknown\" {{}}\nresource \"aws_cloudformation_stack\" \"s\" {{\n  template_body = {body}\n}}\nresource \"aws_cloudcontrolapi_resource\" \"r\" {{\n  type_name = \"AWS::IAM::Role\"\n  desired_state = {body}\n}}\n"
        );
        judged(&[("main.tf", &main)], &[]);
    }
}
