//! What walkers produce: units, declarations with evaluated properties, and hints about accounts.
//!
//! Nothing here judges. A declaration says that a template declares something of a type with these
//! properties; which types carry access is the business of `graph`, which reads a table.

use std::sync::Arc;

use jiff::civil::Date;

use crate::diagnostic::Problem;
use crate::source::{SourceId, Span};
use crate::value::{Answer, Kind, Map, Origin, PieceKind, Symbol, Text, UnitKey, Value, When};

/// The template language of a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Language {
    /// Terraform and OpenTofu, `.tf.json` included.
    Terraform,
    /// CloudFormation, SAM and what CDK synthesises.
    CloudFormation,
    /// A policy document in a file of its own.
    Policy,
    /// What commands and services say of a live account.
    Snapshot,
    /// Manifests of Kubernetes that declare resources of AWS.
    Manifest,
}

/// Something that is deployed to one account as a whole: a Terraform root module and provider alias, a stack,
/// a policy file.
#[derive(Clone, Debug)]
pub struct Unit {
    /// The identity: what symbols of class account, region and partition come from.
    pub key: UnitKey,
    /// The template language.
    pub language: Language,
    /// The directory (Terraform) or file, below the project root.
    pub path: String,
    /// Files of values that this deployment is made with; the account may be told by where they lie.
    pub files: Vec<String>,
    /// What the template says about the account it goes to, in the order of trust.
    pub hints: Vec<AccountHint>,
    /// The region, when the template says.
    pub region: Option<Text>,
    /// What its place in the project says about its account.
    pub placed: Placed,
}

impl Unit {
    /// Whether it is deployed by itself, as opposed to a module that nobody calls, a policy file, or what is not of the project.
    pub fn is_deployed(&self) -> bool {
        let is_template = matches!(self.language, Language::Terraform | Language::CloudFormation);
        is_template && self.placed != Placed::Perhaps
    }

    /// Whether it is not of the project: an account as a snapshot says it is, or a unit of another project.
    pub fn is_imported(&self) -> bool {
        self.language == Language::Snapshot || self.path.starts_with("//")
    }
}

/// What the place of a unit in the project says about the account it goes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Placed {
    /// A path of the configuration and the name of a directory speak for it.
    Deployed,
    /// Nothing shows that it is deployed by itself, as a module is not: only the configuration speaks for it.
    Perhaps,
    /// It logs in with credentials of its own, so it goes elsewhere than what lies beside it.
    Apart,
    /// It is of another project, whose configuration alone says where it goes.
    Told,
}

/// What a template says about the account it is deployed to.
#[derive(Clone, Debug)]
pub struct AccountHint {
    /// The account as the template has it; may be a symbol.
    pub account: Text,
    /// Where it says so.
    pub span: Span,
    /// In which words, for `trustlint accounts`: `allowed_account_ids`, `assume_role of the provider`.
    pub evidence: String,
}

/// What an expression stands for that the configuration has for an account, or for a collection of accounts.
#[derive(Clone, Debug)]
pub struct Term {
    /// As the configuration writes it.
    pub written: Arc<str>,
    /// The key, for a value of a collection of which the keys are known.
    pub key: Option<Arc<str>>,
    /// What it is there.
    pub origin: Origin,
    /// The unit of the root module whose expression it is.
    pub unit: UnitKey,
}

/// One resource or data source, with evaluated properties.
///
/// A resource with `count` or `for_each` is one declaration for each instance.
#[derive(Clone, Debug)]
pub struct Declaration {
    /// The unit it is deployed with.
    pub unit: UnitKey,
    /// What its attributes are attributes of.
    pub origin: Origin,
    /// Its address as the template language writes it: `module.a.aws_iam_role.deploy["x"]`, `DeployRole`.
    pub address: Arc<str>,
    /// Its type: `aws_iam_role`, `data.aws_iam_role`, `AWS::IAM::Role`; `policy-document` for a policy file.
    pub type_name: Arc<str>,
    /// Where it is declared: the labels of the block, the logical id.
    pub span: Span,
    /// The whole block or resource, for suppression comments.
    pub body: Span,
    /// Whether it is deployed at all: `count`, `for_each`, `Condition`.
    pub present: Answer,
    /// The choices that lead to it, as far as they have names; none when it is there with what is usual.
    pub when: When,
    /// Its properties. Nested blocks of Terraform are lists of maps under the block's name.
    pub properties: Map,
}

/// The type of a policy file of which nobody knows whose it is. Its property `document` is a policy that is judged by its elements.
pub const POLICY_FILE: &str = "policy-document";

/// The property of a policy file that only limits what other policies give.
pub const LIMIT: &str = "limit";

/// The property that is the ARN of what is declared, where its policy says it; no template has such an argument.
pub const ARN: &str = "@arn";

/// The property that says that a policy of an organization has an effect where it is attached, whichever account manages the
/// organization.
pub const FELT: &str = "@felt";

/// What somebody still fills into a policy file.
#[derive(Clone, Debug)]
pub struct Placeholder {
    /// Where it stands.
    pub span: Span,
    /// As it is written; nothing where a text is empty.
    pub text: Arc<str>,
    /// The command that applies the file as it is.
    pub applied: Option<Span>,
    /// Whether a template of Terraform may fill it in.
    pub rendered: bool,
}

/// Whose policy a file is, and how that is known.
#[derive(Clone, Debug)]
pub struct Bound {
    /// The file.
    pub file: SourceId,
    /// What it is, as messages call it: ``trust policy of role `deploy` ``.
    pub subject: String,
    /// In which words this is known: `[[policy]]`, the document itself.
    pub evidence: &'static str,
    /// Where that is written.
    pub place: Option<Span>,
}

/// The type of what stands for a module or template that is deployed and not in the project: whatever it declares is there.
pub const UNSEEN: &str = "data.unseen";

/// An inline request not to report a rule for a declaration, from metadata rather than from a comment.
#[derive(Clone, Debug)]
pub struct MetadataIgnore {
    /// The rule.
    pub rule: String,
    /// Why.
    pub reason: Option<String>,
    /// Until when, as written.
    pub until: Option<String>,
    /// What it covers: the declaration's body.
    pub covers: Vec<Span>,
    /// Where it is written.
    pub span: Span,
}

/// A value that a template marks as secret.
#[derive(Clone, Debug)]
pub struct Secret {
    /// Where it is written.
    pub span: Span,
    /// What stands for it.
    pub symbol: Symbol,
    /// The texts in it.
    pub texts: Vec<Arc<str>>,
}

impl Secret {
    /// The secret that a value is.
    pub fn of(value: &Value, symbol: Symbol) -> Self {
        let mut texts = Vec::new();
        add_texts(value, &mut texts);
        Self { span: value.span, symbol, texts }
    }
}

/// Adds the texts in a value. As deep as the value, which is bounded where it is made.
fn add_texts(value: &Value, texts: &mut Vec<Arc<str>>) {
    match &value.kind {
        Kind::Number(text) => texts.push(Arc::clone(text)),
        Kind::Text(text) => {
            let literal = |kind: &PieceKind| match kind {
                PieceKind::Literal(literal) => Some(Arc::clone(literal)),
                PieceKind::Symbol(_) | PieceKind::Json(_) => None,
            };
            texts.extend(text.pieces().iter().filter_map(|piece| literal(&piece.kind)));
        }
        Kind::List(list) => list.items.iter().for_each(|item| add_texts(item, texts)),
        Kind::Map(map) => map.entries.iter().for_each(|entry| add_texts(&entry.value, texts)),
        Kind::Choice(all) => all.iter().for_each(|one| add_texts(one, texts)),
        Kind::Json(inner) => add_texts(inner, texts),
        Kind::Null | Kind::Absent | Kind::Bool(_) | Kind::Unknown(_) => {}
    }
}

/// That all identities of a kind of the account of a unit are declared, and how it is known.
#[derive(Clone, Debug)]
pub struct Coverage {
    /// The unit.
    pub unit: UnitKey,
    /// Whether all roles are.
    pub roles: bool,
    /// Whether all users are.
    pub users: bool,
    /// By what it is known: `snapshot of 2026-11-20`.
    pub by: String,
}

/// That something is of a day, and for how many days somebody says that it counts.
#[derive(Clone, Copy, Debug)]
pub struct Aged {
    /// Where it is.
    pub span: Span,
    /// The day.
    pub of: Date,
    /// Whether it is of that very day; else it is no older.
    pub is_exact: bool,
    /// The days.
    pub days: u32,
}

/// What a walker found.
#[derive(Clone, Debug, Default)]
pub struct Walked {
    /// Units, in the order of their keys.
    pub units: Vec<Unit>,
    /// Declarations, in the order written.
    pub declarations: Vec<Declaration>,
    /// What could not be read.
    pub problems: Vec<Problem>,
    /// Ignores found in metadata.
    pub ignores: Vec<MetadataIgnore>,
    /// Files that were read as part of another one (`file()`, `templatefile()`, nested templates): a policy
    /// file among them is not judged again on its own.
    pub consumed: Vec<SourceId>,
    /// What the parameters that are declared hold, by what a look-up in the same unit comes from.
    pub parameters: Vec<(Origin, Value)>,
    /// Outputs and exports by name, for links between units.
    pub exports: Vec<(String, Value)>,
    /// Where the code stands that made a declaration, by the file of the template and the address.
    pub created: Vec<((SourceId, String), String)>,
    /// What expressions stand for that the configuration names.
    pub terms: Vec<Term>,
    /// What a template marks as secret.
    pub secrets: Vec<Secret>,
    /// How many scripts have commands that were taken into account.
    pub scripts: usize,
    /// Of which accounts all identities are declared.
    pub covered: Vec<Coverage>,
    /// What may be too old.
    pub aged: Vec<Aged>,
    /// Whose policies the policy files are, where that is known.
    pub bindings: Vec<Bound>,
    /// What somebody still fills into policy files.
    pub placeholders: Vec<Placeholder>,
    /// Policy files with trust policies and permissions of which nobody knows whose they are, so that both sides cannot be compared.
    pub unattached: usize,
}

impl Walked {
    /// Adds what another walk found.
    pub fn extend(&mut self, other: Self) {
        self.units.extend(other.units);
        self.declarations.extend(other.declarations);
        self.problems.extend(other.problems);
        self.ignores.extend(other.ignores);
        self.consumed.extend(other.consumed);
        self.parameters.extend(other.parameters);
        self.exports.extend(other.exports);
        self.created.extend(other.created);
        self.terms.extend(other.terms);
        self.secrets.extend(other.secrets);
        self.scripts += other.scripts;
        self.covered.extend(other.covered);
        self.aged.extend(other.aged);
        self.bindings.extend(other.bindings);
        self.placeholders.extend(other.placeholders);
        self.unattached += other.unattached;
    }
}
