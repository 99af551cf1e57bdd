//! Task files of org-formation, and the organization they deploy to.
//!
//! <https://github.com/org-formation/org-formation-cli/blob/master/docs/task-files.md>

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::current_account::{self, Attributes, attributes, speaks_of_it};
use super::entry::{Entry, Manifests, beside, given_value, hint, region, several, written};
use crate::facts::AccountHint;
use crate::iam::arn::is_account_id;
use crate::parse::Node;
use crate::source::{SourceId, Span};
use crate::value::{Because, Class, Origin, OriginKind, Symbol, Text, Value};

use super::super::files::parse;
use super::super::project::Project;
use crate::walk::cloudformation::language::parameters::Given;

/// An organization: its accounts by logical id, the management account apart.
#[derive(Default)]
struct Organization {
    accounts: BTreeMap<String, Account>,
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
    fn text(&self, span: Span) -> Text {
        if is_account_id(&self.id) {
            return Text::literal(self.id.as_str(), span);
        }
        let (file, place) = ("".into(), format!("account {}", self.id).into());
        Text::symbol(Symbol::new(Class::Keyed, OriginKind::Written { file, place }, Because::Lookup), span)
    }
}

pub(super) fn read(project: &Project<'_>, file: SourceId, root: &Node, out: &mut Manifests) {
    let organization = organization(project);
    for member in root.members() {
        let task = &member.value;
        let text = |name: &str| task.get(name).and_then(Node::as_str);
        if text("Type").as_deref() != Some("update-stacks") {
            continue;
        }
        let template = text("Template").and_then(|path| beside(project, file, &path));
        // A template that says for each resource where it goes is not deployed as a whole.
        let Some(template) =
            template.filter(|id| !project.sources.text_or_empty(*id).contains("OrganizationBinding"))
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
            let id = account.and_then(|hint| hint.account.as_literal());
            let current = organization.accounts.values().find(|one| Some(&*one.id) == id.as_deref());
            let mut given = Given { complete: true, ..Given::default() };
            for parameter in task.get("Parameters").map_or(&[][..], Node::members) {
                // What hangs on the account is another value in each.
                let own = id.as_deref().filter(|_| speaks_of_it(&parameter.value)).unwrap_or_default();
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

/// The name in `!Ref name`.
fn referred(node: &Node) -> Option<String> {
    match &node.tag {
        Some((tag, _)) if &**tag == "!Ref" => node.as_str(),
        Some(_) => None,
        None => node.get("Ref")?.as_str(),
    }
}

/// A parameter: an account that is referred to is its id, and what is said of the current one is what it has.
fn value(node: &Node, origin: &Origin, organization: &Organization, current: Option<&Account>) -> Value {
    let account = referred(node).and_then(|name| organization.accounts.get(&name));
    let text = account.map(|account| account.text(node.span));
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
    let excluded: Vec<String> = several(binding.get("ExcludeAccount")).iter().filter_map(referred).collect();
    let mut names: Vec<(Cow<'_, str>, Span)> = Vec::new();
    let mut elsewhere = binding.get("AccountsWithTag").is_some();
    for node in several(binding.get("Account")) {
        if node.as_str().is_some_and(|text| text == "*" && node.tag.is_none()) {
            let members = organization.accounts.iter().filter(|(_, account)| !account.management);
            names.extend(members.map(|(name, _)| (name.into(), node.span)));
            elsewhere |= organization.accounts.is_empty();
        } else {
            match referred(node) {
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
        if !hints.iter().any(|known| known.account.is_literally(id)) {
            hints.push(hint(id, place, evidence));
        }
    }
    (hints, elsewhere)
}

/// The organization of the project: the file that declares its accounts. None when several do.
fn organization(project: &Project<'_>) -> Organization {
    let sources = project.sources;
    let declares = |id: &SourceId| {
        let path = sources.path(*id);
        let is_yaml = matches!(path.rsplit_once('.'), Some((_, "yml" | "yaml")));
        is_yaml && {
            let text = sources.text_or_empty(*id);
            text.contains("OC::ORG::Account") && text.lines().any(|line| line.starts_with("Organization:"))
        }
    };
    let files: Vec<SourceId> = sources.ids().filter(declares).collect();
    let [file] = files.as_slice() else { return Organization::default() };
    let (Some(root), _) = parse(sources, *file) else { return Organization::default() };
    let mut organization = Organization::default();
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
                let id = account.text(span);
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
