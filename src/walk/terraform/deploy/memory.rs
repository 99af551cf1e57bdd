//! What a run leaves to the next one of Terraform: files as they were read, which deployments a root module has, and what the
//! evaluation of each gave.

use super::Inputs;
use super::deployment::{Deployment, StackUnit};
use super::read::Parsed;
use super::root::Evaluated;
use super::states::Told;
use crate::source::SourceId;
use crate::value::UnitKey;
use crate::walk::memory::Kept;

/// What a run leaves to the next one.
#[derive(Debug, Default)]
pub struct Memory {
    inputs: Inputs,
    files: Kept<SourceId, Parsed>,
    /// The deployment of each configuration of Terragrunt, in each place that a stack puts it.
    terragrunt: Kept<(String, Option<StackUnit>), Option<Deployment>>,
    /// The deployments of each root module, with those that were told.
    deployments: Kept<String, Vec<Deployment>, Vec<Deployment>>,
    /// By the unit and the pass in which it was evaluated.
    evaluated: Kept<(UnitKey, usize), Evaluated, Told>,
}

impl Memory {
    /// Begins a run.
    pub fn begin(&mut self, inputs: &Inputs, is_known: bool) {
        if !is_known || self.inputs != *inputs {
            *self = Self { inputs: inputs.clone(), ..Self::default() };
        }
    }

    /// Ends a run.
    pub fn end(&mut self) {
        self.files.end();
        self.terragrunt.end();
        self.deployments.end();
        self.evaluated.end();
    }

    pub(super) fn files(&self) -> &Kept<SourceId, Parsed> {
        &self.files
    }

    pub(super) fn terragrunt(&self) -> &Kept<(String, Option<StackUnit>), Option<Deployment>> {
        &self.terragrunt
    }

    pub(super) fn deployments(&self) -> &Kept<String, Vec<Deployment>, Vec<Deployment>> {
        &self.deployments
    }

    pub(super) fn evaluated(&self) -> &Kept<(UnitKey, usize), Evaluated, Told> {
        &self.evaluated
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::Arc;

    use super::*;
    use crate::source::{Before, Sources};
    use crate::walk::terraform::walk;

    const STATE: &str = r#"
terraform {
  backend "s3" {
    bucket = "states"
    key    = "app"
  }
}
module "names" {
  source = "../names"
}
output "name" {
  value = module.names.app
}
"#;

    const READS_STATE: &str = r#"
data "terraform_remote_state" "app" {
  backend = "s3"
  config  = { bucket = "states", key = "app" }
}
resource "aws_sqs_queue" "it" {
  name = data.terraform_remote_state.app.outputs.name
}
"#;

    const READS_FILE: &str = r#"
resource "aws_sqs_queue" "it" {
  name   = "it"
  policy = file("${path.module}/policy.json")
}
"#;

    struct Project {
        files: BTreeMap<&'static str, &'static str>,
        before: Before,
        memory: Memory,
        /// Held, so that what is made anew lies elsewhere.
        evaluated: BTreeMap<String, Arc<Evaluated>>,
    }

    impl Project {
        fn new() -> Self {
            let files = BTreeMap::from([
                ("app/main.tf", STATE),
                ("app/terraform.tfvars", "x = 1"),
                ("file/main.tf", READS_FILE),
                ("file/policy.json", "{}"),
                ("names/main.tf", "output \"app\" {\n  value = \"app\"\n}\n"),
                ("notes.md", ""),
                ("state/main.tf", READS_STATE),
            ]);
            let (before, memory, evaluated) = (Before::default(), Memory::default(), BTreeMap::new());
            let mut project = Self { files, before, memory, evaluated };
            project.run();
            project
        }

        /// Walks once more, and says which evaluations were not those of the last run.
        fn run(&mut self) -> Vec<String> {
            let owned = self.files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned()));
            let sources = Sources::in_memory(owned);
            let (inputs, is_known) = (Inputs::default(), self.before.begin(&sources));
            self.memory.begin(&inputs, is_known);
            walk(&sources, &[], &inputs, Some((&self.before, &self.memory)));
            self.memory.end();
            self.before.end(&sources);
            let named = self.memory.evaluated.left().map(|((unit, pass), it)| (format!("{unit} {pass}"), it));
            let last = std::mem::replace(&mut self.evaluated, named.collect());
            let is_new = |(key, it): &(&String, &Arc<Evaluated>)| {
                last.get(*key).is_none_or(|last| !Arc::ptr_eq(last, it))
            };
            self.evaluated.iter().filter(is_new).map(|(key, _)| key.clone()).collect()
        }

        fn edited(&mut self, path: &'static str, text: &'static str) -> Vec<String> {
            self.files.insert(path, text);
            self.run()
        }
    }

    #[test]
    fn an_edit_evaluates_what_reads_the_file_and_what_reads_the_state_of_that() {
        let mut project = Project::new();
        assert_eq!(project.evaluated.keys().collect::<Vec<_>>(), ["app 0", "file 0", "state 0", "state 1"]);
        assert_eq!(project.edited("file/policy.json", "[]"), ["file 0"]);
        assert_eq!(project.edited("app/terraform.tfvars", "x = 2"), ["app 0", "state 1"]);
        let renamed = "output \"app\" {\n  value = \"other\"\n}\n";
        assert_eq!(project.edited("names/main.tf", renamed), ["app 0", "state 1"]);
        assert_eq!(project.edited("notes.md", "x"), Vec::<String>::new());
    }

    #[test]
    fn with_another_file_everything_is_evaluated_again() {
        let mut project = Project::new();
        assert_eq!(project.edited("file/other.json", "{}"), ["app 0", "file 0", "state 0", "state 1"]);
        assert_eq!(project.run(), Vec::<String>::new());
    }
}
