//! Task files of org-formation, and the organization they deploy to.
//!
//! <https://github.com/org-formation/org-formation-cli/blob/master/docs/task-files.md>

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::current_account::{self, Attributes, attributes, speaks_of_it};
use super::entry::{Entry, Manifests, account, beside, given_value, hint, named, region, several, written};
use crate::facts::AccountHint;
use crate::iam::arn::is_account_id;
use crate::parse::Node;
use crate::source::{SourceId, Span, mentions};
use crate::value::{Origin, Text, Value};

use super::super::files::{directory, parse};
use super::super::project::Project;
use crate::walk::cloudformation::language::parameters::Given;

/// An organization: its accounts by logical id, the management account apart.
#[derive(Default)]
struct Organization {
    /// The file that declares it; the directory of the tasks when several do, and it is not known which is meant.
    file: String,
    accounts: BTreeMap<String, Account>,
    /// The parameters of the tasks, with the account that is their default.
    parameters: BTreeMap<String, Option<String>>,
    units: BTreeMap<String, Vec<String>>,
}

struct Account {
    /// The id, or the logical id when it is not known.
    id: String,
    span: Span,
    management: bool,
    attributes: Attributes,
}

impl Account {
    /// Its id, or what stands for it.
    fn text(&self, organization: &str, span: Span) -> Text {
        account(&self.id, organization, span)
    }
}

pub(super) fn read(project: &Project<'_>, file: SourceId, root: &Node, out: &mut Manifests) {
    let declaring = out.organizations.get_or_insert_with(|| declaring(project));
    let organization =
        Organization { parameters: parameters(root), ..organization(project, file, declaring) };
    for member in root.members() {
        let task = &member.value;
        let text = |name: &str| task.get(name).and_then(Node::as_str);
        if text("Type").as_deref() != Some("update-stacks") {
            continue;
        }
        let template = text("Template").and_then(|path| beside(project, file, &path));
        // A template that says for each resource where it goes is not deployed as a whole.
        let Some(template) =
            template.filter(|id| !mentions(&project.sources.text_or_empty(*id), "OrganizationBinding"))
        else {
            continue;
        };
        let evidence = format!("task `{}` of org-formation", member.key);
        let bindings = ["DefaultOrganizationBinding", "OrganizationBinding"];
        let binding = bindings.iter().find_map(|name| task.get(name));
        let (accounts, elsewhere) = targets(binding, &organization, &evidence);
        let home = binding
            .and_then(|binding| binding.get("Region"))
            .or_else(|| task.get("DefaultOrganizationBindingRegion"));
        let given = |account: Option<&AccountHint>| {
            let is_it = |one: &&Account| {
                account.is_some_and(|hint| one.text(&organization.file, one.span) == hint.account)
            };
            let current = organization.accounts.values().find(is_it);
            let mut given = Given { complete: true, ..Given::default() };
            for parameter in task.get("Parameters").map_or(&[][..], Node::members) {
                // What hangs on the account is another value in each.
                let own = account.filter(|_| speaks_of_it(&parameter.value)).map(named).unwrap_or_default();
                let place = format!("{}.{}{own}", member.key, parameter.key);
                let origin = written(project, file, &place);
                given.insert(&parameter.key, value(&parameter.value, &origin, &organization, current));
            }
            given
        };
        let stack_name = task.get("StackName").filter(|node| node.tag.is_none());
        let mut targets: Vec<Option<AccountHint>> = accounts.into_iter().map(Some).collect();
        if elsewhere || targets.is_empty() {
            targets.push(None);
        }
        for account in targets {
            let given = given(account.as_ref());
            let entry = Entry {
                name: member.key.to_string(),
                stack_name: stack_name.and_then(|node| Some(Text::literal(node.as_str()?, node.span))),
                elsewhere: account.is_none(),
                accounts: account.into_iter().collect(),
                region: region(home),
                given,
            };
            out.add(project, template, entry);
        }
    }
}

impl Organization {
    /// The logical id of the account that `!Ref name` means: a parameter of the tasks stands for its default.
    fn meant(&self, node: &Node) -> Option<String> {
        let name = referred(node)?;
        self.parameters.get(&name).map_or(Some(name), Option::clone)
    }
}

/// The parameters of a file of tasks, with the accounts that are their defaults.
fn parameters(tasks: &Node) -> BTreeMap<String, Option<String>> {
    let all = tasks.get("Parameters").map_or(&[][..], Node::members).iter();
    let default = |parameter: &Node| parameter.get("Default").and_then(referred);
    all.map(|parameter| (parameter.key.to_string(), default(&parameter.value))).collect()
}

/// The name in `!Ref name`.
fn referred(node: &Node) -> Option<String> {
    match node.tag.as_deref() {
        Some("!Ref") => node.as_str(),
        Some(_) => None,
        None => node.get("Ref")?.as_str(),
    }
}

/// A parameter: an account that is referred to is its id, and what is said of the current one is what it has.
fn value(node: &Node, origin: &Origin, organization: &Organization, current: Option<&Account>) -> Value {
    let account = organization.meant(node).and_then(|name| organization.accounts.get(&name));
    let text = account.map(|account| account.text(&organization.file, node.span));
    let text = text.or_else(|| current_account::text(node, &current?.attributes));
    match text {
        Some(text) => Value::text(text, node.span),
        None if node.tag.is_none() && !node.items().is_empty() => {
            let items = node.items().iter().map(|item| value(item, origin, organization, current));
            Value::list(items.collect(), node.span)
        }
        None => given_value(node, origin),
    }
}

/// The accounts that are meant, and whether there are others.
///
/// <https://github.com/org-formation/org-formation-cli/blob/master/docs/organization-bindings.md>
fn targets(binding: Option<&Node>, organization: &Organization, evidence: &str) -> (Vec<AccountHint>, bool) {
    let Some(binding) = binding else { return (Vec::new(), true) };
    let excluded = several(binding.get("ExcludeAccount")).iter();
    let excluded: Vec<String> = excluded.filter_map(|node| organization.meant(node)).collect();
    let mut names: Vec<(Cow<'_, str>, Span)> = Vec::new();
    let mut elsewhere = binding.get("AccountsWithTag").is_some();
    for node in several(binding.get("Account")) {
        if node.as_str().is_some_and(|text| text == "*" && node.tag.is_none()) {
            let members = organization.accounts.iter().filter(|(_, account)| !account.management);
            names.extend(members.map(|(name, _)| (name.into(), node.span)));
            elsewhere |= organization.accounts.is_empty();
        } else {
            match organization.meant(node) {
                Some(name) => names.push((name.into(), node.span)),
                None => elsewhere = true,
            }
        }
    }
    for node in several(binding.get("OrganizationalUnit")) {
        match referred(node).and_then(|name| organization.units.get(&name)) {
            Some(members) => names.extend(members.iter().map(|name| (name.into(), node.span))),
            None => elsewhere = true,
        }
    }
    let management = binding.get("IncludeMasterAccount").and_then(Node::as_str);
    if management.is_some_and(|word| word == "true") {
        let found = organization.accounts.iter().find(|(_, account)| account.management);
        match found {
            Some((name, account)) => names.push((name.into(), account.span)),
            None => elsewhere = true,
        }
    }
    let mut hints: Vec<AccountHint> = Vec::new();
    for (name, span) in names {
        if excluded.iter().any(|one| **one == *name) {
            continue;
        }
        let (id, place) = match organization.accounts.get(&*name) {
            Some(account) => (account.id.as_str(), account.span),
            None => (&*name, span),
        };
        let named = hint(id, &organization.file, place, evidence);
        if !hints.iter().any(|known| known.account == named.account) {
            hints.push(named);
        }
    }
    (hints, elsewhere)
}

/// The files that declare accounts of an organization.
fn declaring(project: &Project<'_>) -> Vec<SourceId> {
    let sources = project.sources;
    let declares = |id: &SourceId| {
        let path = sources.path(*id);
        let is_yaml = matches!(path.rsplit_once('.'), Some((_, "yml" | "yaml")));
        is_yaml && {
            let text = sources.text_or_empty(*id);
            mentions(&text, "OC::ORG::Account") && text.lines().any(|line| line.starts_with("Organization:"))
        }
    };
    sources.ids().filter(declares).collect()
}

/// The organization of the project: the file that declares its accounts. With several of them, or none, only the names in
/// the tasks of one directory are known to be those of one organization.
fn organization(project: &Project<'_>, tasks: SourceId, declaring: &[SourceId]) -> Organization {
    let sources = project.sources;
    let file = match declaring {
        [] => String::new(),
        [file] => sources.path(*file).to_owned(),
        _ => directory(sources.path(tasks)).to_owned(),
    };
    let mut organization = Organization { file, ..Organization::default() };
    let [file] = declaring else { return organization };
    let (Some(root), _) = parse(sources, *file) else { return organization };
    for member in root.get("Organization").map_or(&[][..], Node::members) {
        let properties = member.value.get("Properties");
        let name = member.key.to_string();
        match member.value.get("Type").and_then(Node::as_str).as_deref() {
            Some(kind @ ("OC::ORG::Account" | "OC::ORG::MasterAccount")) => {
                let id = properties.and_then(|it| it.get("AccountId"));
                let known = id.and_then(|node| {
                    let digits = node.as_str()?;
                    is_account_id(&digits).then_some((digits, node.span))
                });
                let (id, span) = known.unwrap_or_else(|| (name.clone(), member.key_span));
                let management = kind == "OC::ORG::MasterAccount";
                let mut account = Account { id, span, management, attributes: attributes(properties) };
                let id = account.text(&organization.file, span);
                account.attributes.insert("AccountId".to_owned(), id);
                organization.accounts.insert(name, account);
            }
            Some("OC::ORG::OrganizationalUnit") => {
                let members = several(properties.and_then(|it| it.get("Accounts")));
                organization.units.insert(name, members.iter().filter_map(referred).collect());
            }
            _ => {}
        }
    }
    organization
}
