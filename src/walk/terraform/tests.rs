use super::*;
use crate::facts::{Declaration, Walked};
use crate::source::Sources;
use crate::value::{Answer, Because, Kind, Value};

struct Project {
    sources: Sources,
    walked: Walked,
}

impl Project {
    fn new(files: &[(&str, &str)]) -> Self {
        let sources =
            Sources::in_memory(files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())));
        let walked = walk(&sources, &[], &Inputs::default(), None);
        Self { sources, walked }
    }

    fn one(text: &str) -> Self {
        Self::new(&[("main.tf", text)])
    }

    fn declaration(&self, address: &str) -> &Declaration {
        let found = self.walked.declarations.iter().find(|declaration| &*declaration.address == address);
        found.unwrap_or_else(|| panic!("{address} is none of {:?}", self.addresses()))
    }

    fn addresses(&self) -> Vec<&str> {
        self.walked.declarations.iter().map(|declaration| &*declaration.address).collect()
    }

    fn property(&self, address: &str, name: &str) -> &Value {
        self.declaration(address).properties.get(name).unwrap()
    }

    /// A property as it is shown: its text, its items, its alternatives.
    fn shown(&self, address: &str, name: &str) -> String {
        show(self.property(address, name))
    }

    fn underlined(&self, address: &str, name: &str) -> String {
        self.sources.slice(self.property(address, name).span)
    }
}

fn show(value: &Value) -> String {
    match &value.kind {
        Kind::Null => "null".to_owned(),
        Kind::Absent => "nothing".to_owned(),
        Kind::List(list) => {
            let items: Vec<String> = list.items.iter().map(show).collect();
            format!("[{}{}]", items.join(", "), if list.open { ", …" } else { "" })
        }
        Kind::Map(map) => {
            let entries: Vec<String> =
                map.entries.iter().map(|entry| format!("{} = {}", entry.key, show(&entry.value))).collect();
            format!("{{{}{}}}", entries.join(", "), if map.open { ", …" } else { "" })
        }
        Kind::Json(inner) => format!("json {}", show(inner)),
        Kind::Choice(all) => all.iter().map(show).collect::<Vec<_>>().join(" or "),
        _ => value.as_text().unwrap().to_string(),
    }
}

#[test]
fn a_name_leads_to_where_its_value_is_written() {
    let project = Project::one(
        r#"
variable "name" { default = "deploy" }
locals { role = var.name }
resource "aws_iam_role" "a" { name = local.role }
"#,
    );
    let name = project.property("aws_iam_role.a", "name");
    assert_eq!((show(name).as_str(), project.sources.slice(name.span).as_str()), ("deploy", "deploy"));
    let through: Vec<String> = name.via.spans().map(|span| project.sources.slice(span)).collect();
    assert_eq!(through, ["local.role", "var.name"]);
}

#[test]
fn what_is_not_known_is_the_same_wherever_it_is_named() {
    let project = Project::one(
        r#"
variable "account" {}
resource "aws_iam_role" "a" { name = "x-${var.account}" }
resource "aws_iam_role" "b" { name = "x-${var.account}" }
"#,
    );
    let texts =
        ["a", "b"].map(|name| project.property(&format!("aws_iam_role.{name}"), "name").as_text().unwrap());
    assert!(texts[0] == texts[1]);
    assert_eq!(texts[0].to_string(), "x-${var.account}");
}

#[test]
fn an_unknown_variable_is_shown_where_it_is_used() {
    let project = Project::one("variable \"p\" {}\nresource \"aws_iam_role\" \"a\" { name = var.p }");
    assert_eq!(project.underlined("aws_iam_role.a", "name"), "var.p");
}

#[test]
fn values_files_win_over_defaults_in_their_order() {
    let mut files = vec![
        ("main.tf", "variable \"n\" { default = \"a\" }\nresource \"aws_iam_role\" \"a\" { name = var.n }"),
        ("terraform.tfvars", "n = \"b\""),
        ("x.auto.tfvars", "n = \"c\""),
        ("sub/y.auto.tfvars", "n = \"d\""),
    ];
    assert_eq!(Project::new(&files).shown("aws_iam_role.a", "name"), "c");
    files.push(("prod.tfvars", "n = \"e\""));
    assert_eq!(Project::new(&files).shown("aws_iam_role.a", "name"), "e");
}

#[test]
fn both_branches_stay_when_a_condition_is_not_known() {
    let project = Project::one(
        r#"
variable "on" {}
resource "aws_iam_role" "a" { name = var.on ? "x" : "y" }
"#,
    );
    assert_eq!(project.shown("aws_iam_role.a", "name"), "x or y");
}

#[test]
fn the_arn_of_a_role_is_made_of_what_is_written() {
    let project = Project::one(
        r#"
resource "aws_iam_role" "a" {
  name = "deploy"
  path = "/ci/"
}
resource "aws_iam_role" "b" { assume_role_policy = aws_iam_role.a.arn }
"#,
    );
    assert_eq!(
        project.shown("aws_iam_role.b", "assume_role_policy"),
        "arn:${Partition}:iam::${AccountId}:role/ci/deploy"
    );
    assert_eq!(project.underlined("aws_iam_role.b", "assume_role_policy"), "aws_iam_role.a.arn");
}

#[test]
fn a_name_that_is_not_written_is_that_of_the_declaration() {
    let project = Project::one(
        "resource \"aws_iam_role\" \"a\" {}\nresource \"aws_iam_role\" \"b\" { assume_role_policy = aws_iam_role.a.name }",
    );
    assert_eq!(project.shown("aws_iam_role.b", "assume_role_policy"), "${aws_iam_role.a.name}");
}

#[test]
fn count_and_for_each_make_one_declaration_for_each() {
    let project = Project::one(
        r#"
resource "aws_iam_role" "c" {
  count = 2
  name  = "c${count.index}"
}
resource "aws_iam_role" "e" {
  for_each = { x = "1", y = "2" }
  name     = "${each.key}${each.value}"
}
resource "aws_iam_role" "none" { count = 0 }
resource "aws_iam_role" "all" { assume_role_policy = join(",", aws_iam_role.c[*].name) }
resource "aws_iam_role" "one" { assume_role_policy = aws_iam_role.e["y"].name }
"#,
    );
    assert_eq!(project.shown("aws_iam_role.c[1]", "name"), "c1");
    assert_eq!(project.shown("aws_iam_role.e[\"x\"]", "name"), "x1");
    assert!(!project.addresses().iter().any(|address| address.contains("none")));
    assert_eq!(project.shown("aws_iam_role.all", "assume_role_policy"), "c0,c1");
    assert_eq!(project.shown("aws_iam_role.one", "assume_role_policy"), "y2");
}

#[test]
fn a_resource_that_may_not_be_there_is_said_to_be_so() {
    let project = Project::one(
        r#"
variable "n" {}
resource "aws_iam_role" "a" {
  count = var.n ? 1 : 0
  name  = "a"
}
resource "aws_iam_role" "b" { name = try(aws_iam_role.a[0].name, "other") }
"#,
    );
    assert_eq!(project.declaration("aws_iam_role.a[0]").present, Answer::Unknown);
    assert_eq!(project.shown("aws_iam_role.b", "name"), "a or other");
}

#[test]
fn a_module_is_evaluated_with_the_arguments_of_each_call() {
    let project = Project::new(&[
        (
            "main.tf",
            r#"
module "a" {
  source = "./m"
  name   = "one"
}
module "b" {
  source = "./m"
  name   = module.a.arn
}
"#,
        ),
        (
            "m/main.tf",
            r#"
variable "name" {}
resource "aws_iam_role" "r" { name = var.name }
output "arn" { value = aws_iam_role.r.arn }
"#,
        ),
    ]);
    assert_eq!(project.addresses(), ["module.a.aws_iam_role.r", "module.b.aws_iam_role.r"]);
    assert_eq!(
        project.shown("module.b.aws_iam_role.r", "name"),
        "arn:${Partition}:iam::${AccountId}:role/one"
    );
}

#[test]
fn a_module_may_be_given_what_another_of_its_outputs_leads_to() {
    let project = Project::new(&[
        (
            "main.tf",
            r#"
module "m" {
  source = "./m"
  a      = "x"
  b      = upper(module.m.a)
}
"#,
        ),
        (
            "m/main.tf",
            r#"
variable "a" {}
variable "b" {}
output "a" { value = var.a }
resource "aws_iam_role" "r" { name = var.b }
"#,
        ),
    ]);
    assert_eq!(project.shown("module.m.aws_iam_role.r", "name"), "X");
}

#[test]
fn outputs_of_a_module_that_is_not_here_keep_their_identity() {
    let project = Project::one(
        r#"
module "m" { source = "example/m/aws" }
resource "aws_iam_role" "r" { name = module.m.name }
"#,
    );
    assert_eq!(project.shown("aws_iam_role.r", "name"), "${module.m.name}");
}

#[test]
fn resources_belong_to_the_unit_of_their_provider() {
    let project = Project::new(&[
        (
            "envs/prod/main.tf",
            r#"
provider "aws" { allowed_account_ids = ["111111111111"] }
provider "aws" {
  alias = "dns"
  assume_role { role_arn = "arn:aws:iam::222222222222:role/x" }
}
resource "aws_iam_role" "a" {}
resource "aws_iam_role" "b" { provider = aws.dns }
module "m" {
  source    = "../../m"
  providers = { aws = aws.dns }
}
"#,
        ),
        ("m/main.tf", "resource \"aws_iam_role\" \"r\" {}"),
    ]);
    let unit = |address: &str| project.declaration(address).unit.to_string();
    assert_eq!(unit("aws_iam_role.a"), "envs/prod");
    assert_eq!(unit("aws_iam_role.b"), "envs/prod@dns");
    assert_eq!(unit("module.m.aws_iam_role.r"), "envs/prod@dns");
    let hints: Vec<String> = project
        .walked
        .units
        .iter()
        .flat_map(|unit| unit.hints.iter().map(|hint| format!("{} {}", unit.key, hint.account)))
        .collect();
    assert_eq!(hints, ["envs/prod 111111111111", "envs/prod@dns 222222222222"]);
}

#[test]
fn blocks_are_lists_and_dynamic_blocks_are_written_out() {
    let project = Project::one(
        r#"
resource "aws_iam_role" "a" {
  inline_policy { name = "first" }
  dynamic "inline_policy" {
    for_each = toset(["x", "y"])
    iterator = each_policy
    content { name = each_policy.value }
  }
}
"#,
    );
    assert_eq!(project.shown("aws_iam_role.a", "inline_policy"), "[{name = first}, {name = x}, {name = y}]");
}

#[test]
fn a_file_is_read_where_it_is() {
    let project = Project::new(&[
        (
            "a/main.tf",
            r#"
resource "aws_iam_role" "a" { assume_role_policy = file("${path.module}/trust.json") }
resource "aws_iam_role" "b" { name = templatefile("name.tpl", { n = "x" }) }
resource "aws_iam_role" "c" { name = file("../../secret") }
"#,
        ),
        ("a/trust.json", "{}"),
        ("a/name.tpl", "role-${n}"),
    ]);
    assert_eq!(project.shown("aws_iam_role.a", "assume_role_policy"), "{}");
    let place = project.property("aws_iam_role.a", "assume_role_policy").span;
    assert_eq!(project.sources.path(place.source), "a/trust.json");
    assert_eq!(project.shown("aws_iam_role.b", "name"), "role-x");
    assert_eq!(project.shown("aws_iam_role.c", "name"), "${file(\"../../secret\")}");
    assert_eq!(project.walked.consumed.len(), 2);
}

#[test]
fn what_depends_on_itself_ends() {
    let project = Project::one(
        r#"
locals {
  a = local.b
  b = [local.a]
}
resource "aws_iam_role" "a" { name = local.a }
"#,
    );
    assert_eq!(project.addresses(), ["aws_iam_role.a"]);
}

#[test]
fn modules_that_call_each_other_end() {
    let project = Project::new(&[
        ("a/main.tf", "module \"b\" { source = \"../b\" }\nresource \"aws_iam_role\" \"r\" {}"),
        ("b/main.tf", "module \"a\" { source = \"../a\" }"),
    ]);
    assert!(project.addresses().contains(&"aws_iam_role.r"));
}

/// What the name of the role `a` hangs on, when that was cut off at a bound.
fn bounded(project: &Project) -> Option<String> {
    let name = project.property("aws_iam_role.a", "name").as_text()?;
    let symbol = name.as_symbol().filter(|symbol| symbol.because == Because::Bound)?;
    Some(symbol.shown().to_owned())
}

#[test]
fn nesting_has_a_bound_and_ends_in_the_unknown() {
    let deep = format!("{}\"x\"{}", "[".repeat(30), "]".repeat(30));
    let chain: Vec<String> = (0..2_000).map(|i| format!("v{i} = \"${{local.v{}}}\"\n", i + 1)).collect();
    let chain = chain.concat();
    let text = format!(
        "locals {{\n{chain}v2000 = \"end\"\nd = {deep}\n}}\nresource \"aws_iam_role\" \"a\" {{ name = local.v0 }}\nresource \"aws_iam_role\" \"b\" {{ managed_policy_arns = local.d }}\n"
    );
    let project = Project::one(&text);
    assert_eq!(bounded(&project).as_deref(), Some("local.v74"));
}

#[test]
fn many_alternatives_end_in_the_unknown() {
    let written = |each: &dyn Fn(usize) -> String| {
        let parts: Vec<_> = (0..8).map(|index| format!("${{{} ? \"0\" : \"1\"}}", each(index))).collect();
        let variables: Vec<_> = (0..8).map(|index| format!("variable \"a{index}\" {{}}\n")).collect();
        Project::one(&format!(
            "{}locals {{\n  y = \"{}\"\n}}\nresource \"aws_iam_role\" \"a\" {{ name = local.y }}\n",
            variables.concat(),
            parts.concat()
        ))
    };
    assert_eq!(bounded(&written(&|index| format!("var.a{index}"))).as_deref(), Some("local.y"));
    // One condition has one value.
    let same = written(&|_| "var.a0".to_owned());
    assert_eq!(same.shown("aws_iam_role.a", "name"), "00000000 or 11111111");
}

#[test]
fn the_key_of_a_dynamic_block_is_an_index_in_a_list_and_the_element_in_a_set() {
    let policies = |each: &str| {
        let project = Project::one(&format!(
            "resource \"aws_iam_role\" \"a\" {{\n  name = \"a\"\n  dynamic \"inline_policy\" {{\n    for_each = {each}\n    content {{\n      name = \"n-${{inline_policy.key}}\"\n    }}\n  }}\n}}\n"
        ));
        project.shown("aws_iam_role.a", "inline_policy")
    };
    assert_eq!(policies("[{ x = 1 }, { x = 2 }]"), "[{name = n-0}, {name = n-1}]");
    assert_eq!(policies("toset([\"x\"])"), "[{name = n-x}]");
    assert_eq!(policies("{ y = 1 }"), "[{name = n-y}]");
    // It is not kept whether this is a list or a set.
    assert_eq!(policies("tolist([\"x\"])"), "[{name = n-0 or n-x}]");
}

#[test]
fn override_files_win() {
    let project = Project::new(&[
        ("main.tf", "resource \"aws_iam_role\" \"a\" {\n  name = \"a\"\n  path = \"/\"\n}"),
        ("x_override.tf", "resource \"aws_iam_role\" \"a\" { name = \"b\" }"),
    ]);
    assert_eq!(project.shown("aws_iam_role.a", "name"), "b");
    assert_eq!(project.shown("aws_iam_role.a", "path"), "/");
}

#[test]
fn terraform_in_json_is_terraform() {
    let project = Project::new(&[(
        "main.tf.json",
        r#"{"resource": {"aws_iam_role": {"a": {"name": "x-${local.n}"}}}, "locals": {"n": "y"}}"#,
    )]);
    assert_eq!(project.shown("aws_iam_role.a", "name"), "x-y");
}

#[test]
fn a_loop_over_what_is_not_known_has_one_item_that_stands_for_each() {
    let project = Project::one(
        r#"
variable "accounts" {}
resource "aws_iam_role" "a" { managed_policy_arns = [for a in var.accounts : "arn:aws:iam::${a}:root"] }
"#,
    );
    assert_eq!(
        project.shown("aws_iam_role.a", "managed_policy_arns"),
        "[arn:aws:iam::${var.accounts[*]}:root or nothing, …]"
    );
}

#[test]
fn a_template_file_is_rendered_with_its_variables() {
    let project = Project::new(&[
        (
            "main.tf",
            r#"
data "template_file" "trust" {
  template = file("${path.module}/trust.tpl")
  vars     = { account = "111111111111" }
}
resource "aws_iam_role" "a" { assume_role_policy = data.template_file.trust.rendered }
"#,
        ),
        ("trust.tpl", "{\"AWS\": \"arn:aws:iam::${account}:root\"}"),
    ]);
    let shown = project.shown("aws_iam_role.a", "assume_role_policy");
    assert_eq!(shown, "{\"AWS\": \"arn:aws:iam::111111111111:root\"}");
}

#[test]
fn a_parameter_whose_changes_are_ignored_is_not_known() {
    let project = Project::one(
        r#"
resource "aws_ssm_parameter" "vendor" {
  name  = "vendor"
  value = "Placeholder"
  lifecycle { ignore_changes = [value] }
}
resource "aws_iam_role" "a" { assume_role_policy = aws_ssm_parameter.vendor.value }
"#,
    );
    assert_eq!(project.shown("aws_iam_role.a", "assume_role_policy"), "${aws_ssm_parameter.vendor.value}");
}

#[test]
fn a_file_that_is_linked_into_a_directory_belongs_to_the_module_there() {
    let files = [
        ("shared/account.tf", "variable \"account\" { default = \"111111111111\" }"),
        ("app/main.tf", "resource \"aws_iam_user\" \"u\" { name = var.account }"),
    ];
    let sources = Sources::in_memory(files.map(|(path, text)| (path.to_owned(), text.to_owned())));
    let sources = sources.linked([("app/account.tf".to_owned(), "shared/account.tf".to_owned())]);
    let walked = walk(&sources, &[], &Inputs::default(), None);
    let project = Project { sources, walked };
    assert_eq!(project.shown("aws_iam_user.u", "name"), "111111111111");
}

#[test]
fn what_is_refused_for_some_keys_is_not_what_an_unknown_key_gives() {
    let project = Project::one(
        "locals { all = { a = { x = \"1\" }, b = { y = \"2\" } } }\nresource \"aws_iam_user\" \"u\" { name = local.all[terraform.workspace].x }",
    );
    assert_eq!(project.shown("aws_iam_user.u", "name"), "1");
}

#[test]
fn the_place_of_the_project_is_not_known_but_what_lies_below_it_is() {
    let project = Project::new(&[
        (
            "infra/app/main.tf",
            "resource \"aws_iam_user\" \"u\" {\n  name = basename(abspath(path.module))\n  path = abspath(path.module)\n  permissions_boundary = file(\"${abspath(path.module)}/p\")\n}",
        ),
        ("infra/app/p", "x"),
    ]);
    assert_eq!(project.shown("aws_iam_user.u", "name"), "app");
    assert_eq!(project.shown("aws_iam_user.u", "path"), "${the directory of the project}/infra/app");
    assert_eq!(project.shown("aws_iam_user.u", "permissions_boundary"), "x");
}

#[test]
fn a_value_that_is_too_long_to_be_shown_is_still_the_same_for_the_same_operands() {
    let long = "x".repeat(400);
    let project = Project::one(&format!(
        "variable \"a\" {{}}\nresource \"aws_iam_user\" \"u\" {{\n  name = sha1(\"${{var.a}}{long}\")\n  path = sha1(\"${{var.a}}{long}\")\n  permissions_boundary = sha1(\"${{var.a}}{long}y\")\n}}"
    ));
    let symbol = |name: &str| match &project.property("aws_iam_user.u", name).kind {
        Kind::Unknown(symbol) => symbol.clone(),
        other => panic!("{other:?}"),
    };
    assert!(symbol("name").same(&symbol("path")));
    assert!(!symbol("name").same(&symbol("permissions_boundary")));
    assert_eq!(symbol("name").shown(), "sha1(…)");
}

#[test]
fn what_is_found_by_name_in_an_unknown_list_has_an_identity() {
    let project = Project::one(
        "data \"aws_organizations_organization\" \"it\" {}\nlocals { ids = { for account in data.aws_organizations_organization.it.accounts : account.name => account.id } }\nresource \"aws_iam_user\" \"u\" {\n  name = local.ids[\"prod\"]\n  path = local.ids.prod\n  permissions_boundary = local.ids[\"dev\"]\n}",
    );
    let symbol = |name: &str| match &project.property("aws_iam_user.u", name).kind {
        Kind::Unknown(symbol) => symbol.clone(),
        other => panic!("{other:?}"),
    };
    assert!(symbol("name").same(&symbol("path")));
    assert!(!symbol("name").same(&symbol("permissions_boundary")));
}

#[test]
fn forms_of_expressions_are_what_terraform_makes_of_them() {
    const RECORD: &str = include_str!("../../../testdata/terraform/forms.tsv");
    let known: Vec<_> = RECORD.lines().map(|line| line.split_once('\t').unwrap()).collect();
    let role = |(number, (expression, _)): (usize, &(&str, &str))| {
        format!("resource \"aws_iam_role\" \"e{number}\" {{\n  assume_role_policy = {expression}\n}}\n")
    };
    let project = Project::one(&known.iter().enumerate().map(role).collect::<String>());
    let (mut wrong, mut not_known) = (Vec::new(), Vec::new());
    for (number, (expression, expected)) in known.iter().enumerate() {
        let value = project.property(&format!("aws_iam_role.e{number}"), "assume_role_policy");
        match (language::convert::written_json(value), *expected) {
            (Err(_), "refused") => {}
            (Ok(json), expected) if json == expected => {}
            (Err(_), _) => not_known.push(*expression),
            (Ok(json), expected) => wrong.push(format!("{expression}\n  {json}\n  {expected}")),
        }
    }
    assert!(wrong.is_empty(), "{} wrong\n{}", wrong.len(), wrong.join("\n"));
    // What marks a value is not kept.
    assert!(not_known.iter().all(|it| it.starts_with("issensitive(")), "{not_known:?}");
}
