//! What the lines of a shell script deploy, as far as they say it literally. Nothing is executed.

use std::collections::BTreeMap;

use super::Target;
use super::texts::account_of_role;
use crate::source::paths::joined;

/// What a line of a script does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Done {
    /// Takes on a role; nothing when it is not known which.
    Assumes {
        /// Its account, when it is known.
        id: Option<String>,
        /// The line of the script, counted from 0.
        line: usize,
    },
    /// Deploys something.
    Deploys(Target),
}

/// Where a script stands.
#[derive(Clone, Debug)]
pub(super) struct Shell<'v> {
    /// The directory, below the project root; nothing when it is not known.
    pub(super) directory: Option<String>,
    /// The variables that are known.
    pub(super) variables: &'v BTreeMap<String, String>,
    /// The workspace, when one is chosen.
    pub(super) workspace: Option<String>,
}

/// The value of an option that is not known. No path has such a letter.
const UNKNOWN: &str = "\0";

/// What begins an absolute path that lies in the checkout.
pub(super) const CHECKOUT: &str = "//";

impl Shell<'_> {
    /// What a script does, line by line.
    pub(super) fn run(&mut self, script: &str) -> Vec<Done> {
        let mut done = Vec::new();
        let mut whole = String::new();
        let mut begun = 0;
        for (number, line) in script.lines().enumerate() {
            if whole.is_empty() {
                begun = number;
            }
            let line = line.trim_end();
            if let Some(start) = line.strip_suffix('\\') {
                whole.push_str(start);
                whole.push(' ');
                continue;
            }
            whole.push_str(line);
            for command in whole.split("&&").flat_map(|part| part.split([';', '|', '(', ')'])) {
                self.command(command, begun, &mut done);
            }
            whole.clear();
        }
        done
    }

    fn command(&mut self, command: &str, line: usize, done: &mut Vec<Done>) {
        let words: Vec<Option<String>> = command.split_whitespace().map(|word| self.word(word)).collect();
        let mut rest = words.as_slice();
        // What is set before a command, or by `export`.
        while let Some((Some(word), after)) = rest.split_first() {
            let is_set = word
                .split_once('=')
                .filter(|(name, _)| name.chars().all(|char| char.is_ascii_alphanumeric() || char == '_'));
            match is_set {
                Some((name, value)) => {
                    if name == "TF_WORKSPACE" {
                        self.workspace = Some(value.to_owned());
                    } else if let Some(id) = account_of_role(value) {
                        done.push(Done::Assumes { id: Some(id.to_owned()), line });
                    }
                }
                None if matches!(word.as_str(), "export" | "sudo" | "time" | "then" | "do" | "else") => {}
                None => break,
            }
            rest = after;
        }
        let Some((Some(name), arguments)) = rest.split_first() else { return };
        match name.rsplit('/').next().unwrap_or(name) {
            "cd" | "pushd" => {
                let to = arguments.first().cloned().flatten();
                self.directory = to.and_then(|to| join(self.directory.as_deref()?, &to));
            }
            "popd" => self.directory = None,
            "terraform" | "tofu" => self.terraform(arguments, done),
            // <https://docs.gitlab.com/user/infrastructure/iac/>
            "gitlab-terraform" | "gitlab-tofu" => {
                let root = self.variables.get("TF_ROOT").and_then(|root| join("", root));
                let here = std::mem::replace(&mut self.directory, root);
                self.terraform(arguments, done);
                self.directory = here;
            }
            "terragrunt" => self.terragrunt(arguments, done),
            "aws" => self.aws(arguments, line, done),
            "sam" => self.sam(arguments, done),
            _ => {}
        }
    }

    /// A word without quotes, with the variables in it; nothing when one of them is not known. Of an option whose value is not known
    /// the name is.
    fn word(&self, word: &str) -> Option<String> {
        let bare: String = word.chars().filter(|char| !matches!(char, '"' | '\'')).collect();
        expanded(&bare, self.variables).or_else(|| {
            let (name, _) = bare.split_once('=').filter(|(name, _)| name.starts_with('-'))?;
            Some(format!("{name}={UNKNOWN}"))
        })
    }

    fn terraform(&mut self, arguments: &[Option<String>], done: &mut Vec<Done>) {
        let known: Vec<&str> = arguments.iter().flatten().map(String::as_str).collect();
        let mut directory = self.directory.as_deref().map(str::to_owned);
        if arguments.first().is_some_and(Option::is_none) {
            // `-chdir` with something that is not known.
            directory = None;
        }
        if let Some(to) = known.iter().find_map(|word| word.strip_prefix("-chdir=")) {
            directory = directory.and_then(|from| join(&from, to));
        }
        let mut verbs = known.iter().filter(|word| !word.starts_with('-'));
        match verbs.next() {
            Some(&"workspace") => {
                let is_chosen = matches!(verbs.next(), Some(&("select" | "new")));
                self.workspace = verbs.next().filter(|_| is_chosen).map(|name| (*name).to_owned());
            }
            Some(&("init" | "plan" | "apply" | "destroy" | "refresh" | "import")) => {
                let Some(path) = directory else { return };
                let values = option(arguments, &["-var-file", "--var-file"]);
                let values = match values {
                    Given::Not => None,
                    Given::Unknown => return,
                    Given::As(file) => Some(join(&path, &file).unwrap_or_default()),
                };
                done.push(Done::Deploys(Target::At {
                    path,
                    values,
                    workspace: self.workspace.as_deref().map(str::to_owned),
                }));
            }
            _ => {}
        }
    }

    fn terragrunt(&self, arguments: &[Option<String>], done: &mut Vec<Done>) {
        let known: Vec<&str> = arguments.iter().flatten().map(String::as_str).collect();
        let mut directory = self.directory.as_deref().map(str::to_owned);
        match option(arguments, &["--terragrunt-working-dir", "--working-dir"]) {
            Given::As(to) => directory = directory.and_then(|from| join(&from, &to)),
            Given::Not if known.len() == arguments.len() => {}
            Given::Not | Given::Unknown => return,
        }
        let is_deployed = ["plan", "apply", "destroy", "plan-all", "apply-all", "init"];
        let Some(path) = directory.filter(|_| known.iter().any(|word| is_deployed.contains(word))) else {
            return;
        };
        let all = known.iter().any(|word| matches!(*word, "run-all" | "--all" | "plan-all" | "apply-all"));
        done.push(Done::Deploys(if all {
            Target::Below(path)
        } else {
            Target::At { path, values: None, workspace: None }
        }));
    }

    fn aws(&self, arguments: &[Option<String>], line: usize, done: &mut Vec<Done>) {
        let known: Vec<&str> = arguments.iter().flatten().map(String::as_str).collect();
        let mut verbs = known.iter().filter(|word| !word.starts_with('-'));
        match (verbs.next().copied(), verbs.next().copied()) {
            (Some("sts"), Some("assume-role" | "assume-role-with-web-identity")) => {
                let role = option(arguments, &["--role-arn"]).known();
                let id = role.and_then(|role| account_of_role(&role).map(str::to_owned));
                done.push(Done::Assumes { id, line });
            }
            (
                Some("cloudformation"),
                Some("deploy" | "create-stack" | "update-stack" | "create-change-set"),
            ) => {
                let template = option(arguments, &["--template-file", "--template-body"]).known();
                let is_elsewhere = !matches!(option(arguments, &["--profile"]), Given::Not);
                let Some(template) = template.filter(|_| !is_elsewhere) else { return };
                self.deploys(template.trim_start_matches("file://"), done);
            }
            _ => {}
        }
    }

    fn sam(&self, arguments: &[Option<String>], done: &mut Vec<Done>) {
        let is_deployed = arguments.first().is_some_and(|verb| verb.as_deref() == Some("deploy"));
        let is_elsewhere = !matches!(option(arguments, &["--profile"]), Given::Not);
        if !is_deployed || is_elsewhere {
            return;
        }
        if let Some(template) = option(arguments, &["--template-file", "--template", "-t"]).known() {
            self.deploys(&template, done);
        }
    }

    fn deploys(&self, template: &str, done: &mut Vec<Done>) {
        let path = self.directory.as_deref().and_then(|directory| join(directory, template));
        done.extend(path.map(|path| Done::Deploys(Target::At { path, values: None, workspace: None })));
    }
}

/// The value of an option.
enum Given {
    Not,
    /// It is not known, or given more than once.
    Unknown,
    As(String),
}

impl Given {
    fn known(self) -> Option<String> {
        if let Self::As(value) = self { Some(value) } else { None }
    }
}

/// The value of an option by its names.
fn option(arguments: &[Option<String>], names: &[&str]) -> Given {
    let mut found = Given::Not;
    let mut words = arguments.iter();
    while let Some(word) = words.next() {
        let Some(word) = word else { continue };
        let value = match word.split_once('=') {
            Some((name, value)) if names.contains(&name) => Some(value.to_owned()),
            None if names.contains(&word.as_str()) => words.next().cloned().flatten(),
            _ => continue,
        };
        found = match (found, value) {
            (Given::Not, Some(value)) if value != UNKNOWN => Given::As(value),
            _ => Given::Unknown,
        };
    }
    found
}

/// A text with the variables of a shell in it: `$NAME`, `${NAME}`; nothing when one is not known.
pub(super) fn expanded(text: &str, variables: &BTreeMap<String, String>) -> Option<String> {
    let mut parts = text.split('$');
    let mut expanded = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (name, rest) = if let Some(inner) = part.strip_prefix('{') {
            inner.split_once('}')?
        } else {
            let is_name = |char: char| char.is_ascii_alphanumeric() || char == '_';
            part.split_at_checked(part.find(|char| !is_name(char)).unwrap_or(part.len()))?
        };
        let value = match name {
            "GITHUB_WORKSPACE" | "CI_PROJECT_DIR" | "PWD" => CHECKOUT,
            _ => variables.get(name)?.as_str(),
        };
        expanded.push_str(value);
        expanded.push_str(rest);
    }
    Some(expanded)
}

/// A path seen from a directory; nothing when it leaves the project.
pub(super) fn join(directory: &str, path: &str) -> Option<String> {
    let (from, path) = match path.strip_prefix(CHECKOUT) {
        Some(path) => ("", path.trim_start_matches('/')),
        None if path.starts_with(['/', '~', '-']) || path.contains(UNKNOWN) => return None,
        None => (directory, path),
    };
    joined(from, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ran(directory: &str, script: &str) -> Vec<String> {
        let variables = BTreeMap::from([("ENV".to_owned(), "prod".to_owned())]);
        let directory = Some(directory.to_owned());
        let mut shell = Shell { directory, variables: &variables, workspace: None };
        let shown = |done: Done| match done {
            Done::Assumes { id, .. } => format!("role {}", id.unwrap_or_default()),
            Done::Deploys(Target::At { path, values, workspace }) => {
                [path, values.unwrap_or_default(), workspace.unwrap_or_default()]
                    .join(" ")
                    .trim_end()
                    .to_owned()
            }
            Done::Deploys(other) => format!("{other:?}"),
        };
        shell.run(script).into_iter().map(shown).collect()
    }

    #[test]
    fn what_is_deployed_is_where_the_script_stands() {
        assert_eq!(ran("", "cd envs/$ENV && terraform init -input=false"), ["envs/prod"]);
        assert_eq!(ran("a", "terraform -chdir=../b/${ENV} plan"), ["b/prod"]);
        assert_eq!(ran("a", "terraform apply \\\n  -var-file=\"$ENV.tfvars\""), ["a a/prod.tfvars"]);
        assert_eq!(ran("a", "terraform workspace select prod\nterraform plan"), ["a  prod"]);
        assert_eq!(ran("live", "terragrunt run-all plan"), ["Below(\"live\")"]);
        assert_eq!(ran("x", "aws cloudformation deploy --template-file t.yaml --stack-name s"), ["x/t.yaml"]);
        assert_eq!(ran("", "cd $GITHUB_WORKSPACE/x; tofu plan"), ["x"]);
    }

    #[test]
    fn what_is_not_known_says_nothing() {
        let silent = [
            "cd $WHERE && terraform plan",
            "terraform -chdir=$WHERE plan",
            "terraform plan -var-file=$WHERE",
            "cd ../.. && terraform plan",
            "terraform fmt -check",
            "echo terraform plan",
            "aws cloudformation deploy --template-file t.yaml --profile x",
        ];
        for script in silent {
            assert!(ran("a", script).is_empty(), "{script}");
        }
    }

    #[test]
    fn roles_are_taken_on() {
        let script = "aws sts assume-role --role-arn arn:aws:iam::640123987001:role/x --role-session-name s";
        assert_eq!(ran("", script), ["role 640123987001"]);
        assert_eq!(ran("", "aws sts assume-role --role-arn $ROLE"), ["role "]);
        assert_eq!(ran("", "export ROLE=arn:aws:iam::640123987001:role/x"), ["role 640123987001"]);
    }
}
