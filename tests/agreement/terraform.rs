//! A project as Terraform.

use std::collections::BTreeSet;
use std::fmt::Write;

use super::model::{
    Attached, Document, Id, Identity, Kind, Managed, Named, ORGANIZATION, Policies, Policy, Project, REGION,
    Resource, Sort,
};
use super::page::{Braces, Page, Place, Reference, UNKNOWN, What, Written, principal_text, reference, tree};

/// The account that the organization is managed from; nothing else is there.
pub(crate) const MANAGEMENT: &str = "999999999999";

pub(crate) fn write(project: &Project) -> Written {
    let mut written = Written::default();
    let directories: BTreeSet<&str> = project.used().map(|(_, unit)| unit.directory.as_str()).collect();
    for directory in directories {
        let used = project.used().find(|(_, unit)| unit.directory == *directory);
        let Some(module) = used.and_then(|(_, unit)| unit.module.as_ref()) else {
            let mut page = Page::new(&mut written, format!("{directory}/main.tf"));
            let root = Root { project, directory, within: None };
            root.providers(&mut page);
            root.write(&mut page);
            page.finish();
            continue;
        };
        let mut page = Page::new(&mut written, format!("{directory}/main.tf"));
        Root { project, directory, within: None }.providers(&mut page);
        page.line(0, &format!("module \"{module}\" {{"));
        page.line(2, &format!("source = \"../modules/{module}\""));
        page.line(0, "}");
        page.finish();
        // Each call has the same text; what stands where is noted for each.
        let mut page = Page::new(&mut written, format!("modules/{module}/main.tf"));
        let account = used.map(|(unit, _)| project.account_of(unit).to_owned());
        page.line(0, "data \"aws_caller_identity\" \"self\" {}");
        Root { project, directory, within: account.as_deref() }.write(&mut page);
        page.finish();
    }
    if !project.controls.is_empty() {
        let mut page = Page::new(&mut written, "management/main.tf".to_owned());
        controls(project, &mut page);
        page.finish();
    }
    configuration(project, &mut written);
    written
}

pub(crate) fn configuration(project: &Project, written: &mut Written) {
    if !project.configured {
        return;
    }
    let mut text = String::new();
    if project.organization {
        write!(text, "[organization]\nid = \"{ORGANIZATION}\"\n\n").unwrap();
    }
    for (index, account) in project.accounts.iter().enumerate() {
        let units = project.used().map(|(_, unit)| unit).filter(|unit| unit.account == index);
        let alone = |directory: &str| {
            project.units.iter().all(|unit| unit.directory != directory || unit.account == index)
        };
        let paths: BTreeSet<String> = units
            .filter(|unit| alone(&unit.directory))
            .map(|unit| format!("\"{}/**\"", unit.directory))
            .collect();
        let paths: Vec<String> = paths.into_iter().collect();
        write!(text, "[accounts.{}]\nid = \"{}\"\n", account.name, account.id).unwrap();
        let coverage = if project.covered { "coverage = \"full\"\n" } else { "" };
        write!(text, "paths = [{}]\n{coverage}\n", paths.join(", ")).unwrap();
    }
    if !project.controls.is_empty() {
        write!(text, "[accounts.management]\nid = \"{MANAGEMENT}\"\npaths = [\"management/**\"]\n").unwrap();
    }
    written.files.insert("trustlint.toml".to_owned(), text);
}

/// Templates of one directory.
struct Root<'a> {
    project: &'a Project,
    directory: &'a str,
    /// In a module, the account that calls it.
    within: Option<&'a str>,
}

impl Root<'_> {
    fn providers(&self, page: &mut Page<'_>) {
        let project = self.project;
        let mut seen = BTreeSet::new();
        for (index, unit) in project.used() {
            if unit.directory == self.directory && seen.insert(unit.account) {
                page.line(0, "provider \"aws\" {");
                if let Some(alias) = self.alias(index) {
                    page.line(2, &format!("alias = \"{alias}\""));
                }
                page.line(2, &format!("region = \"{REGION}\""));
                if !project.configured || self.is_shared() {
                    let id = &project.accounts[unit.account].id;
                    page.line(2, &format!("allowed_account_ids = [\"{id}\"]"));
                }
                page.line(0, "}");
            }
        }
    }

    fn write(&self, page: &mut Page<'_>) {
        let project = self.project;
        if project.has_unknown(self.directory) {
            page.line(0, "variable \"unknown\" {");
            page.line(2, "type = string");
            page.line(0, "}");
        }
        let here = |unit: usize| project.units[unit].directory == self.directory;
        project.managed.iter().filter(|one| here(one.unit)).for_each(|one| self.managed(page, one));
        project.identities.iter().filter(|one| here(one.unit)).for_each(|one| self.identity(page, one));
        project.resources.iter().filter(|one| here(one.unit)).for_each(|one| self.resource(page, one));
    }

    /// Whether several accounts share the directory.
    fn is_shared(&self) -> bool {
        let units = self.project.units.iter().filter(|unit| unit.directory == self.directory);
        units.map(|unit| unit.account).collect::<BTreeSet<_>>().len() > 1
    }

    /// The name of the provider of a unit, unless it is the first of its directory.
    fn alias(&self, unit: usize) -> Option<String> {
        let (_, first) = self.project.used().find(|(_, one)| one.directory == self.directory)?;
        let account = self.project.units[unit].account;
        (account != first.account).then(|| self.project.accounts[account].name.clone())
    }

    fn open(&self, page: &mut Page<'_>, kind: &str, label: &str, unit: usize) {
        page.line(0, &format!("resource \"{kind}\" \"{label}\" {{"));
        if let Some(alias) = self.alias(unit) {
            page.line(2, &format!("provider = aws.{alias}"));
        }
    }

    fn managed(&self, page: &mut Page<'_>, managed: &Managed) {
        let label = format!("managed{}", self.project.label(managed.id));
        let document = Document::Managed(managed.id);
        let data = self.data(page, document, &managed.policy);
        self.open(page, "aws_iam_policy", &label, managed.unit);
        page.line(2, &format!("name = \"{}\"", managed.name));
        self.policy(page, "policy", document, &managed.policy, data.as_deref());
        page.line(0, "}");
    }

    fn identity(&self, page: &mut Page<'_>, identity: &Identity) {
        let word = identity.kind.word();
        let label = format!("{word}{}", self.project.label(identity.id));
        let trust = Document::Trust(identity.id);
        let data = (identity.kind == Kind::Role).then(|| self.data(page, trust, &identity.trust)).flatten();
        self.open(page, &format!("aws_iam_{word}"), &label, identity.unit);
        page.line(2, &format!("name = \"{}\"", identity.name));
        if identity.path != "/" {
            page.line(2, &format!("path = \"{}\"", identity.path));
        }
        if let Some(boundary) = identity.boundary.filter(|one| self.project.has(*one)) {
            page.line(2, &format!("permissions_boundary = {}", self.attached(boundary)));
        }
        if identity.kind == Kind::Role {
            self.policy(page, "assume_role_policy", trust, &identity.trust, data.as_deref());
        }
        page.line(0, "}");
        let holder = if self.project.spelling.references {
            format!("aws_iam_{word}.{label}.name")
        } else {
            format!("\"{}\"", identity.name)
        };
        for (at, policy) in identity.inline.iter().enumerate() {
            let document = Document::Inline(identity.id, at);
            let data = self.data(page, document, policy);
            self.open(page, &format!("aws_iam_{word}_policy"), &format!("{label}_{at}"), identity.unit);
            page.line(2, &format!("{word} = {holder}"));
            page.line(2, &format!("name = \"inline-{at}\""));
            self.policy(page, "policy", document, policy, data.as_deref());
            page.line(0, "}");
        }
        for (at, attached) in identity.attached.iter().filter(|it| self.project.has(**it)).enumerate() {
            let kind = format!("aws_iam_{word}_policy_attachment");
            self.open(page, &kind, &format!("{label}_{at}"), identity.unit);
            page.line(2, &format!("{word} = {holder}"));
            page.line(2, &format!("policy_arn = {}", self.attached(*attached)));
            page.line(0, "}");
        }
        let groups = identity.groups.iter().filter_map(|id| self.project.identity(*id));
        let groups: Vec<String> =
            groups.map(|group| format!("aws_iam_group.group{}.name", self.project.label(group.id))).collect();
        if !groups.is_empty() {
            self.open(page, "aws_iam_user_group_membership", &label, identity.unit);
            page.line(2, &format!("user = {holder}"));
            page.line(2, &format!("groups = [{}]", groups.join(", ")));
            page.line(0, "}");
        }
    }

    fn attached(&self, attached: Attached) -> String {
        match attached {
            Attached::Own(id) => format!("aws_iam_policy.managed{}.arn", self.project.label(id)),
            Attached::Aws(name) => format!("\"arn:aws:iam::aws:policy/{name}\""),
            Attached::Unknown => "var.unknown".to_owned(),
        }
    }

    fn resource(&self, page: &mut Page<'_>, resource: &Resource) {
        let (kind, word) = kind_of(resource.sort);
        let label = format!("{word}{}", self.project.label(resource.id));
        let document = Document::Resource(resource.id);
        let data = resource.policy.as_ref().and_then(|policy| self.data(page, document, policy));
        self.open(page, kind, &label, resource.unit);
        match (resource.sort, &resource.policy) {
            (Sort::Bucket, _) => page.line(2, &format!("bucket = \"{}\"", resource.name)),
            (Sort::Key, policy) => {
                page.line(2, &format!("description = \"{}\"", resource.name));
                if let Some(policy) = policy {
                    self.policy(page, "policy", document, policy, data.as_deref());
                }
            }
            _ => page.line(2, &format!("name = \"{}\"", resource.name)),
        }
        if let Some(key) = resource.key.filter(|id| self.project.resource(*id).is_some()) {
            page.line(2, &format!("kms_key_id = aws_kms_key.key{}.arn", self.project.label(key)));
        }
        page.line(0, "}");
        let Some(policy) = resource.policy.as_ref().filter(|_| resource.sort != Sort::Key) else { return };
        let (argument, attribute) = match resource.sort {
            Sort::Queue => ("queue_url", "url"),
            Sort::Topic => ("arn", "arn"),
            Sort::Secret => ("secret_arn", "arn"),
            Sort::Bucket | Sort::Key => ("bucket", "id"),
        };
        let kind_of_policy = if resource.sort == Sort::Secret {
            "aws_secretsmanager_secret_policy".to_owned()
        } else {
            format!("{kind}_policy")
        };
        self.open(page, &kind_of_policy, &label, resource.unit);
        page.line(2, &format!("{argument} = {kind}.{label}.{attribute}"));
        self.policy(page, "policy", document, policy, data.as_deref());
        page.line(0, "}");
    }

    fn policy(
        &self,
        page: &mut Page<'_>,
        argument: &str,
        document: Document,
        policy: &Policy,
        data: Option<&str>,
    ) {
        if let Some(data) = data {
            page.line(2, &format!("{argument} = data.aws_iam_policy_document.{data}.json"));
            return;
        }
        let node = tree(document, policy, self.project.spelling.lone);
        if self.project.spelling.policies == Policies::Heredoc {
            page.line(2, &format!("{argument} = <<EOF"));
            Braces { json: true, text: &|named| self.quoted(named, "$${", true) }
                .write(page, 0, "", &node, "");
            page.line(0, "EOF");
        } else {
            let braces = Braces { json: false, text: &|named| self.quoted(named, "$${", false) };
            braces.write(page, 2, &format!("{argument} = jsonencode("), &node, ")");
        }
    }

    fn reference(&self, named: &Named) -> Reference {
        if named.text == UNKNOWN {
            return Some(("var.unknown".to_owned(), String::new()));
        }
        reference(self.project, self.directory, named, |id| expression(self.project, id))
    }

    /// A text in quotes, with what it refers to. Policy variables begin with `variable`.
    fn quoted(&self, named: &Named, variable: &str, in_text: bool) -> String {
        match self.reference(named) {
            Some((expression, rest)) if rest.is_empty() && !in_text => expression,
            Some((expression, rest)) => format!("\"${{{expression}}}{rest}\""),
            None => {
                let text = named.text.replace("${", variable);
                let own = "${data.aws_caller_identity.self.account_id}";
                format!("\"{}\"", self.within.map_or(text.clone(), |account| text.replace(account, own)))
            }
        }
    }

    /// Writes a policy as a data source, when the project does so.
    fn data(&self, page: &mut Page<'_>, document: Document, policy: &Policy) -> Option<String> {
        if self.project.spelling.policies != Policies::Document {
            return None;
        }
        let label = label_of(self.project, document);
        page.line(0, &format!("data \"aws_iam_policy_document\" \"{label}\" {{"));
        for (number, statement) in policy.statements.iter().enumerate() {
            page.line(2, "statement {");
            page.line(4, &format!("effect = \"{}\"", if statement.allow { "Allow" } else { "Deny" }));
            let mut list = |name: &str, not: bool, items: Vec<(Named, What)>| {
                page.line(4, &format!("{}{name} = [", if not { "not_" } else { "" }));
                self.items(page, 6, document, number, items);
                page.line(4, "]");
            };
            let actions = statement.actions.items.iter().enumerate();
            let actions = actions.map(|(at, text)| (Named::text(text.clone()), What::Action(at))).collect();
            list("actions", statement.actions.not, actions);
            if let Some(resources) = &statement.resources {
                let items = resources.items.iter().enumerate();
                let items = items.map(|(at, named)| (named.clone(), What::Resource(at))).collect();
                list("resources", resources.not, items);
            }
            self.principals(page, document, number, statement);
            for (index, condition) in statement.conditions.iter().enumerate() {
                page.line(4, "condition {");
                page.line(6, &format!("test = \"{}\"", condition.operator));
                page.line(6, &format!("variable = \"{}\"", condition.key));
                page.line(6, "values = [");
                let items = condition.values.iter().enumerate();
                let items = items.map(|(at, it)| (Named::text(it.clone()), What::Condition(index, at)));
                self.items(page, 8, document, number, items.collect());
                page.line(6, "]");
                page.line(4, "}");
            }
            page.line(2, "}");
        }
        page.line(0, "}");
        Some(label)
    }

    fn principals(
        &self,
        page: &mut Page<'_>,
        document: Document,
        number: usize,
        statement: &super::model::Statement,
    ) {
        let Some(principals) = &statement.principals else { return };
        for sort in ["AWS", "Service"] {
            let items = principals.items.iter().enumerate();
            let items: Vec<_> = items
                .map(|(at, it)| (principal_text(it), What::Principal(at)))
                .filter(|((of, _), _)| *of == sort)
                .map(|((_, named), what)| (named, what))
                .collect();
            if !items.is_empty() {
                page.line(4, if principals.not { "not_principals {" } else { "principals {" });
                page.line(6, &format!("type = \"{sort}\""));
                page.line(6, "identifiers = [");
                self.items(page, 8, document, number, items);
                page.line(6, "]");
                page.line(4, "}");
            }
        }
    }

    fn items(
        &self,
        page: &mut Page<'_>,
        indent: usize,
        document: Document,
        statement: usize,
        items: Vec<(Named, What)>,
    ) {
        for (named, what) in items {
            let text = format!("{},", self.quoted(&named, "&{", false));
            page.marked(indent, &text, Some(Place { document, statement, what }));
        }
    }
}

fn label_of(project: &Project, document: Document) -> String {
    let label = |id: Id| project.label(id);
    match document {
        Document::Trust(id) => format!("trust{}", label(id)),
        Document::Inline(id, at) => format!("inline{}_{at}", label(id)),
        Document::Managed(id) => format!("managed{}", label(id)),
        Document::Resource(id) => format!("resource{}", label(id)),
        Document::Control(id) => format!("control{}", label(id)),
    }
}

fn kind_of(sort: Sort) -> (&'static str, &'static str) {
    match sort {
        Sort::Bucket => ("aws_s3_bucket", "bucket"),
        Sort::Key => ("aws_kms_key", "key"),
        Sort::Queue => ("aws_sqs_queue", "queue"),
        Sort::Topic => ("aws_sns_topic", "topic"),
        Sort::Secret => ("aws_secretsmanager_secret", "secret"),
    }
}

/// What gives the ARN of something declared.
fn expression(project: &Project, id: Id) -> Option<String> {
    let label = project.label(id);
    let identity = project.identity(id).map(|one| one.kind.word());
    let identity = identity.map(|word| format!("aws_iam_{word}.{word}{label}"));
    let resource = || project.resource(id).map(|one| kind_of(one.sort));
    let address = identity.or_else(|| resource().map(|(kind, word)| format!("{kind}.{word}{label}")))?;
    Some(format!("{address}.arn"))
}

/// The address of something declared.
pub(crate) fn address(project: &Project, id: Id) -> Option<String> {
    expression(project, id)?.strip_suffix(".arn").map(ToOwned::to_owned)
}

fn controls(project: &Project, page: &mut Page<'_>) {
    page.line(0, "provider \"aws\" {");
    page.line(2, &format!("region = \"{REGION}\""));
    if !project.configured {
        page.line(2, &format!("allowed_account_ids = [\"{MANAGEMENT}\"]"));
    }
    page.line(0, "}");
    for control in &project.controls {
        let kind = if control.callers { "SERVICE_CONTROL_POLICY" } else { "RESOURCE_CONTROL_POLICY" };
        page.line(0, &format!("resource \"aws_organizations_policy\" \"control{}\" {{", control.id));
        page.line(2, &format!("name = \"control-{}\"", control.id));
        page.line(2, &format!("type = \"{kind}\""));
        let node = tree(Document::Control(control.id), &control.policy, false);
        let text = |named: &Named| format!("\"{}\"", named.text.replace("${", "$${"));
        Braces { json: false, text: &text }.write(page, 2, "content = jsonencode(", &node, ")");
        page.line(0, "}");
        page.line(
            0,
            &format!("resource \"aws_organizations_policy_attachment\" \"control{}\" {{", control.id),
        );
        page.line(2, &format!("policy_id = aws_organizations_policy.control{}.id", control.id));
        page.line(2, &format!("target_id = \"{}\"", project.accounts[control.account].id));
        page.line(0, "}");
    }
}
