//! What a run leaves to the next one of `CloudFormation`: templates as they were read, which others each deploys, and what each stack
//! offers and declares.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::cdk::Assemblies;
use super::stacks::{Declared, Offered};
use super::templates::Template;
use super::told::{Told, World};
use crate::source::SourceId;
use crate::value::UnitKey;
use crate::walk::memory::Kept;

/// What a run leaves to the next one.
#[derive(Debug, Default)]
pub struct Memory {
    templates: Kept<SourceId, Template>,
    assemblies: Kept<(), (Assemblies, u64), BTreeSet<SourceId>>,
    children: Kept<SourceId, BTreeSet<SourceId>, Arc<World>>,
    /// By the pass, too.
    offered: Kept<(UnitKey, usize), Offered, Told>,
    declared: Kept<UnitKey, Declared, Told>,
}

impl Memory {
    /// Begins a run.
    pub fn begin(&mut self, is_known: bool) {
        if !is_known {
            *self = Self::default();
        }
    }

    /// Ends a run.
    pub fn end(&mut self) {
        self.templates.end();
        self.assemblies.end();
        self.children.end();
        self.offered.end();
        self.declared.end();
    }

    pub(super) fn templates(&self) -> &Kept<SourceId, Template> {
        &self.templates
    }

    pub(super) fn assemblies(&self) -> &Kept<(), (Assemblies, u64), BTreeSet<SourceId>> {
        &self.assemblies
    }

    pub(super) fn children(&self) -> &Kept<SourceId, BTreeSet<SourceId>, Arc<World>> {
        &self.children
    }

    pub(super) fn offered(&self) -> &Kept<(UnitKey, usize), Offered, Told> {
        &self.offered
    }

    pub(super) fn declared(&self) -> &Kept<UnitKey, Declared, Told> {
        &self.declared
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::source::{Before, Sources};
    use crate::walk::cloudformation::{Inputs, walk};

    const EXPORTS: &str = "
Resources: { Queue: { Type: AWS::SQS::Queue } }
Outputs: { Queue: { Value: !GetAtt Queue.Arn, Export: { Name: queue } } }
";

    const IMPORTS: &str = "
Resources: { Topic: { Type: AWS::SNS::Topic, Properties: { TopicName: !ImportValue queue } } }
";

    const NESTS: &str = "
Resources: { Child: { Type: AWS::CloudFormation::Stack, Properties: { TemplateURL: ./child.yaml } } }
";

    const CHILD: &str = "
Resources: { Fn::Transform: { Name: AWS::Include, Parameters: { Location: ./part.yaml } } }
";

    struct Project {
        files: BTreeMap<&'static str, String>,
        before: Before,
        memory: Memory,
        /// Held, so that what is made anew lies elsewhere.
        declared: BTreeMap<String, Arc<Declared>>,
    }

    impl Project {
        fn new() -> Self {
            let texts = [
                ("child.yaml", CHILD),
                ("exports.yaml", EXPORTS),
                ("imports.yaml", IMPORTS),
                ("nests.yaml", NESTS),
                ("part.yaml", "Inner: { Type: AWS::SNS::Topic }"),
            ];
            let files = texts.map(|(path, text)| (path, text.to_owned())).into();
            let (before, memory, declared) = (Before::default(), Memory::default(), BTreeMap::new());
            let mut project = Self { files, before, memory, declared };
            project.run();
            project
        }

        /// Walks once more, and says of which stacks what they declare is not that of the last run.
        fn run(&mut self) -> Vec<String> {
            let owned = self.files.iter().map(|(path, text)| ((*path).to_owned(), text.clone()));
            let sources = Sources::in_memory(owned);
            let templates: Vec<SourceId> =
                sources.ids().filter(|id| sources.path(*id) != "part.yaml").collect();
            let is_known = self.before.begin(&sources);
            self.memory.begin(is_known);
            walk(&sources, &templates, &Inputs::default(), Some((&self.before, &self.memory)));
            self.memory.end();
            self.before.end(&sources);
            let named = self.memory.declared.left().map(|(unit, it)| (unit.to_string(), it));
            let last = std::mem::replace(&mut self.declared, named.collect());
            let is_new = |(key, it): &(&String, &Arc<Declared>)| {
                last.get(*key).is_none_or(|last| !Arc::ptr_eq(last, it))
            };
            self.declared.iter().filter(is_new).map(|(key, _)| key.clone()).collect()
        }

        /// The same after a line more at the end of a file.
        fn edited(&mut self, path: &'static str) -> Vec<String> {
            self.files.entry(path).or_default().push('\n');
            self.run()
        }
    }

    #[test]
    fn an_edit_evaluates_what_reads_the_template_and_what_imports_of_others() {
        let mut project = Project::new();
        let all = ["exports.yaml", "imports.yaml", "nests.yaml"];
        assert_eq!(project.declared.keys().collect::<Vec<_>>(), all);
        assert_eq!(project.edited("part.yaml"), ["nests.yaml"]);
        assert_eq!(project.edited("child.yaml"), ["nests.yaml"]);
        assert_eq!(project.edited("exports.yaml"), ["exports.yaml", "imports.yaml"]);
        assert_eq!(project.run(), Vec::<String>::new());
    }
}
