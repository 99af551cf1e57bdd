//! Real projects in memory, so that their text can be changed.

use std::collections::BTreeMap;
use std::path::Path;

use trustlint::internals::facts::Language;
use trustlint::internals::graph::Graph;
use trustlint::internals::run::graph_of;
use trustlint::internals::walk::{self, Inputs};
use trustlint::{
    Config, ConfigChoice, Diagnostic, Profile, RULES, Request, Settings, Sources, Span, check, discover,
};

use crate::accounts::{self, Deployment};

pub(crate) const TODAY: &str = "2026-06-01T00:00:00Z";

/// Files above this size are data, and no templates.
const LARGEST: usize = 1 << 21;

/// The text of a project and a configuration under which the identities of its accounts are covered.
#[derive(Clone)]
pub(crate) struct Checkout {
    pub(crate) name: String,
    pub(crate) files: BTreeMap<String, String>,
    config: Config,
}

/// A project as it is analyzed.
pub(crate) struct Project {
    pub(crate) sources: Sources,
    pub(crate) graph: Graph,
    config: Config,
}

/// A role that may assume a role of another account.
const PLANTED_CALLER: &str = r#"
resource "aws_iam_role" "field_caller" {
  name = "field-caller"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "lambda.amazonaws.com" } }]
  })
}

data "aws_iam_policy_document" "field_caller" {
  statement {
    actions   = ["sts:AssumeRole"]
    resources = ["arn:aws:iam::ACCOUNT:role/field-target"]
  }
}

resource "aws_iam_role_policy" "field_caller" {
  role   = aws_iam_role.field_caller.id
  policy = data.aws_iam_policy_document.field_caller.json
}
"#;

/// The role that lets the whole account assume it.
const PLANTED_TARGET: &str = r#"
resource "aws_iam_role" "field_target" {
  name = "field-target"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect    = "Allow"
        Action    = "sts:AssumeRole"
        Principal = { AWS = "arn:aws:iam::ACCOUNT:root" }
      },
    ]
  })
}
"#;

fn directory_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(directory, _)| directory)
}

pub(crate) fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

impl Checkout {
    /// Reads a checkout, as it is.
    pub(crate) fn read(directory: &Path, name: &str) -> Option<Self> {
        let request = Request {
            unsaved: Vec::new(),
            value_files: Vec::new(),
            named: Vec::new(),
            working_directory: directory.to_path_buf(),
            paths: Vec::new(),
            config: ConfigChoice::Isolated,
            project_root: Some(directory.to_path_buf()),
            threads: 0,
            document: None,
            staged: None,
        };
        let sources = discover(&request).ok()?.sources;
        let text = |id| Some((sources.path(id).to_owned(), sources.text(id).ok()?.to_string()));
        let files: BTreeMap<String, String> = sources
            .ids()
            .chain(sources.installed())
            .filter_map(text)
            .filter(|it| it.1.len() < LARGEST)
            .collect();
        Some(Self { name: name.to_owned(), files, config: Config::default() })
    }

    /// The same with every unit in an account that is covered, and with values for parameters.
    pub(crate) fn deployed(&self) -> Option<Self> {
        let mut checkout =
            Self { name: self.name.clone(), files: self.files.clone(), config: Config::default() };
        let words = accounts::words(&checkout.as_it_is());
        checkout.deploy(accounts::of_words(&checkout.as_it_is(), &words))?;
        let deployment = accounts::of(&checkout.as_it_is(), &words);
        checkout.deploy(deployment)?;
        Some(checkout)
    }

    /// The same with an access between two of its Terraform roots planted beside what is there; nothing when the checkout
    /// as it is has no two roots of known and different accounts.
    pub(crate) fn with_planted_access(mut self, plain: &Self) -> Option<Self> {
        let project = plain.as_it_is();
        let (walked, _) = walk::project(&project.sources, project.inputs());
        let mut roots: BTreeMap<String, String> = BTreeMap::new();
        for unit in walked.units.iter().filter(|it| it.language == Language::Terraform) {
            let account = project.graph.accounts.of(&unit.key).to_string();
            let is_root = self
                .files
                .keys()
                .any(|path| directory_of(path) == unit.path && path.strip_suffix(".tf").is_some());
            if is_account(&account) && is_root {
                roots.entry(account).or_insert_with(|| unit.path.clone());
            }
        }
        let mut roots = roots.into_iter();
        let ((from, here), (to, there)) = (roots.next()?, roots.next()?);
        let file =
            |directory: &str| format!("{directory}/field_planted.tf").trim_start_matches('/').to_owned();
        self.files.insert(file(&here), PLANTED_CALLER.replace("ACCOUNT", &to));
        self.files.insert(file(&there), PLANTED_TARGET.replace("ACCOUNT", &from));
        Some(self)
    }

    fn deploy(&mut self, deployment: Deployment) -> Option<()> {
        self.config = parsed(&deployment.config)?;
        self.files.extend(deployment.files);
        Some(())
    }

    pub(crate) fn as_it_is(&self) -> Project {
        self.changed(&BTreeMap::new())
    }

    /// The project with other text in some files.
    pub(crate) fn changed(&self, files: &BTreeMap<String, String>) -> Project {
        let text =
            self.files.iter().map(|(path, text)| (path.clone(), files.get(path).unwrap_or(text).clone()));
        let sources = Sources::in_memory(text);
        let graph = graph_of(&sources, &self.config);
        Project { sources, graph, config: self.config.clone() }
    }
}

fn parsed(text: &str) -> Option<Config> {
    let names: Vec<&str> = RULES.iter().map(|rule| rule.name).collect();
    Config::parse(text, &names).ok()
}

impl Project {
    /// How its templates are deployed.
    pub(crate) fn inputs(&self) -> &Inputs {
        &self.config.inputs
    }

    pub(crate) fn findings(&self) -> Vec<Diagnostic> {
        let settings = Settings { now: TODAY.parse().unwrap(), profile: Profile::Default };
        check(&self.sources, &self.config, &settings).findings
    }

    pub(crate) fn place(&self, span: Span) -> String {
        format!("{}:{}", self.sources.path(span.source), self.sources.position(span.source, span.start).line)
    }
}
