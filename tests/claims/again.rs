//! A run with what the last one left says what a run that stands alone says, whatever was edited, created and deleted in between.

#![expect(clippy::disallowed_methods, clippy::print_stdout, reason = "what is run over projects by hand")]

use std::collections::BTreeMap;

use trustlint::internals::run::check_again;
use trustlint::internals::walk::{Inputs, Memory, project, project_again};
use trustlint::{Config, Profile, Settings, Sources, check};

use crate::common::{Files, TODAY};

/// A root module that publishes a role, and reads a file, a module and its values.
const CI: [&str; 3] = [
    r#"
terraform {
  required_providers {
    aws = { source = "hashicorp/aws", version = "~> 5.0" }
  }
  backend "s3" {
    bucket = "states"
    key    = "ci"
  }
}
module "names" {
  source = "../modules/names"
  stage  = var.stage
}
variable "stage" {}
resource "aws_iam_role" "builder" {
  name               = module.names.builder
  assume_role_policy = file("${path.module}/trust.json")
}
resource "aws_iam_role_policy" "assume" {
  role   = aws_iam_role.builder.id
  policy = templatefile("${path.module}/assume.tftpl", { role = "deploy" })
}
output "builder" {
  value = aws_iam_role.builder.arn
}
"#,
    r#"
terraform {
  backend "s3" {
    bucket = "states"
    key    = "ci"
  }
}
variable "stage" {
  default = "none"
}
resource "aws_cloudwatch_log_group" "all" {
  name = "all"
}
resource "aws_iam_user" "builder" {
  name = "builder-${var.stage}"
}
output "builder" {
  value = aws_iam_user.builder.arn
}
output "logs" {
  value = aws_cloudwatch_log_group.all.arn
}
"#,
    r#"
resource "aws_iam_role" "builder" {
  name = "builder"
  assume_role_policy = jsonencode({ Statement = [{ Effect = "Allow" Principal = "*" }] })
"#,
];

/// A root module of another account that trusts what the first one publishes.
const PROD: [&str; 2] = [
    r#"
data "terraform_remote_state" "ci" {
  backend = "s3"
  config  = { bucket = "states", key = "ci" }
}
module "deploy" {
  source  = "../modules/role"
  name    = "deploy"
  trusted = data.terraform_remote_state.ci.outputs.builder
}
resource "aws_cloudformation_stack" "inner" {
  name          = "inner"
  template_body = file("${path.module}/../cfn/child.yaml")
}
"#,
    r#"
module "deploy" {
  source  = "../modules/${var.kind}"
  name    = "deploy"
  trusted = "arn:aws:iam::111111111111:role/builder"
}
variable "kind" {
  default = "role"
}
"#,
];

const ROLE: [&str; 2] = [
    r#"
variable "name" {}
variable "trusted" {}
resource "aws_iam_role" "this" {
  name = var.name
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = { AWS = var.trusted }, Action = "sts:AssumeRole" }]
  })
}
"#,
    r#"
variable "name" {}
variable "trusted" {}
# trustlint: ignore[wildcard-principal] as an example
resource "aws_iam_role" "this" {
  name = "${var.name}-it"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = "*", Action = "sts:AssumeRole" }]
  })
}
output "arn" {
  value = aws_iam_role.this.arn
}
"#,
];

/// An export, and who imports it.
const EXPORTER: [&str; 2] = [
    r"
Parameters:
  Stage: { Type: String, Default: dev }
Resources:
  Deploy:
    Type: AWS::IAM::Role
    Properties:
      RoleName: !Sub 'deploy-${Stage}'
      AssumeRolePolicyDocument:
        Version: '2012-10-17'
        Statement: [{ Effect: Allow, Principal: { AWS: '111111111111' }, Action: 'sts:AssumeRole' }]
  Child:
    Type: AWS::CloudFormation::Stack
    Properties:
      TemplateURL: ./child.yaml
      Parameters: { Trusted: !GetAtt Deploy.Arn }
Outputs:
  Role:
    Value: !GetAtt Deploy.Arn
    Export: { Name: deploy-role }
",
    r"
Resources:
  Deploy:
    Type: AWS::IAM::User
    Properties: { UserName: deploy }
Outputs:
  Role:
    Value: !GetAtt Deploy.Arn
    Export: { Name: deploy-role }
",
];

const IMPORTER: &str = r"
Resources:
  Shared:
    Type: AWS::S3::Bucket
    Properties: { BucketName: shared }
  Policy:
    Type: AWS::S3::BucketPolicy
    Properties:
      Bucket: !Ref Shared
      PolicyDocument:
        Version: '2012-10-17'
        Statement:
        - Effect: Allow
          Principal: { AWS: !ImportValue deploy-role }
          Action: 's3:GetObject'
          Resource: 'arn:aws:s3:::shared/*'
";

const CHILD: [&str; 2] = [
    r"
Parameters:
  Trusted: { Type: String, Default: '222222222222' }
Resources:
  Fn::Transform: { Name: AWS::Include, Parameters: { Location: ./part.yaml } }
  Inner:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement: [{ Effect: Allow, Principal: { AWS: !Ref Trusted }, Action: 'sts:AssumeRole' }]
",
    r"
Parameters:
  Trusted: { Type: String, Default: '*' }
Resources:
  Inner:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement: [{ Effect: Allow, Principal: '*', Action: 'sts:AssumeRole' }]
",
];

const PART: [&str; 2] = [
    "Part:\n  Type: AWS::IAM::User\n  Properties: { UserName: part }\n",
    "Part:\n  Type: AWS::SQS::Queue\n  Properties: { QueueName: part }\n",
];

const UNIT: [&str; 2] = [
    r#"
include "root" {
  path = find_in_parent_folders("root.hcl")
}
terraform {
  source = "../../modules//role"
}
inputs = {
  name    = "live"
  trusted = dependency.user.outputs.arn
}
dependency "user" {
  config_path = "../user"
}
"#,
    r#"
terraform {
  source = "../../modules//role"
}
inputs = { name = "live", trusted = "*" }
"#,
];

const USER: [&str; 2] = [
    "resource \"aws_iam_user\" \"it\" {\n  name = \"it\"\n}\noutput \"arn\" {\n  value = aws_iam_user.it.arn\n}\n",
    "output \"arn\" {\n  value = \"arn:aws:iam::333333333333:root\"\n}\n",
];

/// The files that change, each with what it may hold. Most may also be gone.
fn choices() -> BTreeMap<&'static str, Vec<Option<&'static str>>> {
    let some = |texts: &[&'static str]| texts.iter().copied().map(Some).chain([None]).collect::<Vec<_>>();
    let trust = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": "222222222222"}, "Action": "sts:AssumeRole"}]}"#;
    let open = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}]}"#;
    let assume = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "arn:aws:iam::222222222222:role/${role}"}]}"#;
    BTreeMap::from([
        ("ci/main.tf", some(&CI)),
        (
            "ci/main_override.tf",
            some(&["output \"builder\" {\n  value = \"arn:aws:iam::111111111111:user/x\"\n}\n"]),
        ),
        ("ci/trust.json", some(&[trust, open])),
        ("ci/assume.tftpl", some(&[assume, "{"])),
        ("ci/terraform.tfvars", some(&["stage = \"dev\"\n", "stage = \"prod\"\nother = 1\n", "stage = "])),
        ("ci/prod.tfvars", some(&["stage = \"prod\"\n"])),
        ("prod/main.tf", some(&PROD)),
        (
            "prod/versions.tf",
            some(&["terraform {\n  required_providers {\n    aws = { version = \"~> 2.0\" }\n  }\n}\n"]),
        ),
        ("modules/role/main.tf", some(&ROLE)),
        (
            "modules/names/main.tf",
            some(&[
                "variable \"stage\" {}\noutput \"builder\" {\n  value = \"builder-${var.stage}\"\n}\n",
                "variable \"stage\" {}\nlocals {\n  name = lookup({ dev = \"a\", prod = \"b\" }, var.stage, \"c\")\n}\noutput \"builder\" {\n  value = local.name\n}\n",
            ]),
        ),
        ("live/root.hcl", some(&["inputs = { name = \"root\" }\n", "locals {\n  x = 1\n}\n"])),
        ("live/app/terragrunt.hcl", some(&UNIT)),
        ("live/user/terragrunt.hcl", some(&["terraform {\n  source = \"../../modules//user\"\n}\n"])),
        ("modules/user/main.tf", some(&USER)),
        ("cfn/exporter.yaml", some(&EXPORTER)),
        ("cfn/importer.yaml", some(&[IMPORTER])),
        ("cfn/child.yaml", some(&CHILD)),
        ("cfn/part.yaml", some(&PART)),
        (
            "cfn/exporter-prod.json",
            some(&[
                r#"[{"ParameterKey": "Stage", "ParameterValue": "prod"}]"#,
                r#"[{"ParameterKey": "Stage", "ParameterValue": "live"}]"#,
            ]),
        ),
        ("policies/trust.json", some(&[open, trust])),
    ])
}

/// Numbers that look as if they came by chance, and are always the same.
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % most.max(1)
    }
}

fn sources(files: &Files) -> Sources {
    Sources::in_memory(files.clone())
}

/// What both runs say of a project, in full.
fn said(files: &Files, memory: Option<(&mut Memory, &mut Memory)>) -> (String, String) {
    let settings = Settings { now: TODAY.parse().unwrap(), profile: Profile::Audit };
    let (config, inputs, sources) = (Config::default(), Inputs::default(), sources(files));
    let (walked, checked) = match memory {
        None => (project(&sources, &inputs), check(&sources, &config, &settings)),
        Some((walks, checks)) => (
            project_again(&sources, &inputs, Some(walks)),
            check_again(&sources, &config, &settings, checks).0,
        ),
    };
    (format!("{walked:?}"), format!("{checked:?}"))
}

/// Both runs after each of some steps, each of which changes the files.
fn agree(files: &mut Files, steps: usize, mut step: impl FnMut(&mut Files) -> String) {
    let (mut walks, mut checks) = (Memory::default(), Memory::default());
    let mut done = Vec::new();
    for _ in 0..steps {
        let (alone, again) = (said(files, None), said(files, Some((&mut walks, &mut checks))));
        assert!(alone == again, "after {done:#?}:\n{}", difference(&alone, &again));
        done.push(step(files));
    }
}

/// Where what both say begins to differ.
fn difference(alone: &(String, String), again: &(String, String)) -> String {
    let (alone, again) = if alone.0 == again.0 { (&alone.1, &again.1) } else { (&alone.0, &again.0) };
    let at = alone.bytes().zip(again.bytes()).take_while(|(a, b)| a == b).count().saturating_sub(200);
    let part = |text: &str| text.chars().skip(at).take(600).collect::<String>();
    format!("alone: …{}\nagain: …{}", part(alone), part(again))
}

fn walk(seed: u64, steps: usize) {
    let choices = choices();
    let first = |(path, texts): (&&str, &Vec<Option<&str>>)| {
        Some(((*path).to_owned(), (*texts.first()?)?.to_owned()))
    };
    let mut files: Files = choices.iter().filter_map(first).collect();
    let mut dice = Dice(seed);
    agree(&mut files, steps, |files| {
        let (path, texts) = choices.iter().nth(dice.below(choices.len())).unwrap();
        let number = dice.below(texts.len() + 1);
        match texts.get(number) {
            Some(Some(text)) => _ = files.insert((*path).to_owned(), (*text).to_owned()),
            Some(None) => _ = files.remove(*path),
            // A line more at the top moves everything.
            None => _ = files.entry((*path).to_owned()).and_modify(|text| text.insert(0, '\n')),
        }
        format!("{path}: {number}")
    });
}

#[test]
fn a_run_with_what_the_last_one_left_says_what_a_run_alone_says() {
    for seed in 0..3 {
        walk(seed, 12);
    }
}

#[test]
#[ignore = "takes a minute"]
fn so_it_does_in_long_walks() {
    for seed in 100..160 {
        walk(seed, 100);
    }
}

/// The same in real projects: `TRUSTLINT_CHECKOUTS` is a directory of them. Lines go away, come twice, and change places.
#[test]
#[ignore = "needs projects"]
fn so_it_does_in_checkouts() {
    let root = std::env::var("TRUSTLINT_CHECKOUTS").unwrap();
    let steps = std::env::var("STEPS").map_or(12, |steps| steps.parse().unwrap());
    for entry in std::fs::read_dir(root).unwrap() {
        let path = entry.unwrap().path();
        let request = trustlint::Request {
            working_directory: path.clone(),
            paths: vec![path.clone()],
            value_files: Vec::new(),
            named: Vec::new(),
            unsaved: Vec::new(),
            config: trustlint::ConfigChoice::Isolated,
            project_root: Some(path.clone()),
            threads: 0,
            document: None,
            staged: None,
        };
        let project = trustlint::discover(&request).unwrap();
        let read =
            |id| Some((project.sources.path(id).to_owned(), project.sources.text(id).ok()?.to_string()));
        let mut files: Files = project.sources.ids().filter_map(read).collect();
        println!("{}: {} files", path.display(), files.len());
        let mut dice = Dice(files.len() as u64);
        agree(&mut files, steps, |files| {
            let read = |path: &&String| {
                [".tf", ".yaml", ".yml", ".json", ".hcl", ".tfvars", ".template"]
                    .iter()
                    .any(|end| path.ends_with(end))
            };
            let paths: Vec<&String> = files.keys().filter(read).collect();
            let Some(path) = paths.get(dice.below(paths.len())).map(|path| (*path).clone()) else {
                return "nothing".to_owned();
            };
            let text = files.get_mut(&path).unwrap();
            let mut lines: Vec<&str> = text.split_inclusive('\n').collect();
            let (kind, at, other) = (dice.below(4), dice.below(lines.len()), dice.below(lines.len()));
            match kind {
                _ if lines.is_empty() => {}
                0 => _ = lines.remove(at),
                1 => lines.insert(at, lines.get(other).copied().unwrap()),
                2 => lines.swap(at, other),
                _ => lines.insert(0, "\n"),
            }
            *text = lines.concat();
            format!("{path}: {kind} {at} {other}")
        });
    }
}
