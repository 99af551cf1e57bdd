//! Help texts in the words of the file that they are about: ARNs of its partition, policy variables as its language writes them.

use rustc_hash::FxHashMap;

use super::Context;
use crate::diagnostic::Diagnostic;
use crate::graph::{DeclarationId, Id};
use crate::iam::arn::partition_of;
use crate::source::{SourceId, Span};
use crate::value::Text;

/// The blocks of files of Terraform, in order: where each begins, and whether it is a policy document.
type Blocks = FxHashMap<SourceId, Vec<(usize, bool)>>;

impl Context<'_> {
    /// Writes ARNs and policy variables in help texts so that they can be copied.
    pub(super) fn spell(&self, found: &mut [Diagnostic]) {
        let mut blocks = Blocks::default();
        for finding in found {
            let Some(help) = finding.help.as_deref() else { continue };
            let partition = if help.contains(OF_AWS) { self.partition(finding) } else { None };
            let in_partition = partition.map(|own| help.replace(OF_AWS, &format!("`arn:{own}:")));
            let help = in_partition.as_deref().unwrap_or(help);
            let marked =
                if help.contains("${") { self.mark(finding.primary.span, &mut blocks) } else { None };
            let spelled = marked.map(|mark| with_mark(help, mark));
            if let Some(spelled) = spelled.or_else(|| in_partition.clone()) {
                finding.help = Some(spelled.into());
            }
        }
    }

    /// The partition in which what a finding is about is deployed, when it is another than `aws`.
    fn partition(&self, finding: &Diagnostic) -> Option<&'static str> {
        let declaration = &self.graph.declarations[DeclarationId::from_position(finding.instance?)];
        let region = self.graph.accounts.region(&declaration.unit).and_then(Text::as_literal)?;
        partition_of(&region).filter(|own| *own != "aws")
    }

    /// With what a policy variable begins at a place of Terraform: there `${` is a reference.
    ///
    /// <https://registry.terraform.io/providers/hashicorp/aws/latest/docs/data-sources/iam_policy_document>
    fn mark(&self, at: Span, blocks: &mut Blocks) -> Option<&'static str> {
        let path = self.path(at);
        if ![".tf", ".tofu", ".tf.json"].iter().any(|ending| path.ends_with(ending)) {
            return None;
        }
        let blocks = blocks.entry(at.source).or_insert_with(|| blocks_of(&self.text(at.source)));
        let following = blocks.partition_point(|(start, _)| *start <= at.start as usize);
        let own = following.checked_sub(1).and_then(|last| blocks.get(last));
        Some(if own.is_some_and(|(_, is_document)| *is_document) { "&{" } else { "$${" })
    }
}

/// Where the blocks of a file begin, which is where a line does, and whether each is a policy document.
fn blocks_of(text: &str) -> Vec<(usize, bool)> {
    let mut end = 0;
    let lines = text.split_inclusive('\n').map(|line| {
        end += line.len();
        (end - line.len(), line)
    });
    let blocks = lines.filter(|(_, line)| line.starts_with(|char: char| char.is_ascii_lowercase()));
    blocks.map(|(start, line)| (start, line.starts_with("data \"aws_iam_policy_document\""))).collect()
}

/// How ARNs begin in help texts.
const OF_AWS: &str = "`arn:aws:";

/// A text in which policy variables begin with a mark. A reference of a template has no colon.
fn with_mark(text: &str, mark: &str) -> String {
    let mut parts = text.split("${");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let name = part.split('}').next().unwrap_or_default();
        let is_variable = name.contains(':') && !name.contains("::") && !name.starts_with('!');
        out.push_str(if is_variable && !out.ends_with(['$', '&']) { mark } else { "${" });
        out.push_str(part);
    }
    out
}
