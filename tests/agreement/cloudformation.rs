//! A project as CloudFormation: one template for each unit.

use super::model::{Attached, Document, Id, Identity, Kind, Managed, Named, Policy, Project, Resource, Sort};
use super::page::{Page, Reference, UNKNOWN, Written, reference, tree, write_yaml};
use super::terraform::configuration;

/// Writes a project whose accounts the configuration names.
pub(crate) fn write(project: &Project) -> Written {
    let mut written = Written::default();
    let mut done: Vec<&str> = Vec::new();
    for (_, unit) in project.used() {
        if done.contains(&unit.directory.as_str()) {
            continue;
        }
        done.push(&unit.directory);
        let mut page = Page::new(&mut written, format!("{}/stack.yaml", unit.directory));
        if project.has_unknown(&unit.directory) {
            page.line(0, "Parameters:");
            page.line(2, "Unknown:");
            page.line(4, "Type: String");
        }
        page.line(0, "Resources:");
        let template = Template { project, directory: &unit.directory };
        let here = |unit: usize| project.units[unit].directory == template.directory;
        project.managed.iter().filter(|one| here(one.unit)).for_each(|one| template.managed(&mut page, one));
        project.identities.iter().filter(|it| here(it.unit)).for_each(|it| template.identity(&mut page, it));
        project.resources.iter().filter(|it| here(it.unit)).for_each(|it| template.resource(&mut page, it));
        page.finish();
    }
    if !project.controls.is_empty() {
        let mut page = Page::new(&mut written, "management/stack.yaml".to_owned());
        page.line(0, "Resources:");
        for control in &project.controls {
            let kind = if control.callers { "SERVICE_CONTROL_POLICY" } else { "RESOURCE_CONTROL_POLICY" };
            open(&mut page, &format!("Control{}", control.id), "AWS::Organizations::Policy");
            page.line(6, &format!("Name: control-{}", control.id));
            page.line(6, &format!("Type: {kind}"));
            page.line(6, &format!("TargetIds: ['{}']", project.accounts[control.account].id));
            let node = tree(Document::Control(control.id), &control.policy, false);
            write_yaml(&mut page, 6, "Content:", &node, &|named| format!("'{}'", named.text));
        }
        page.finish();
    }
    configuration(project, &mut written);
    written
}

fn open(page: &mut Page<'_>, name: &str, kind: &str) {
    page.line(2, &format!("{name}:"));
    page.line(4, &format!("Type: {kind}"));
    page.line(4, "Properties:");
}

struct Template<'a> {
    project: &'a Project,
    directory: &'a str,
}

impl Template<'_> {
    fn managed(&self, page: &mut Page<'_>, managed: &Managed) {
        open(page, &format!("Managed{}", self.project.label(managed.id)), "AWS::IAM::ManagedPolicy");
        page.line(6, &format!("ManagedPolicyName: {}", managed.name));
        self.policy(page, 6, "PolicyDocument:", Document::Managed(managed.id), &managed.policy);
    }

    fn identity(&self, page: &mut Page<'_>, identity: &Identity) {
        let (kind, name) = match identity.kind {
            Kind::Role => ("AWS::IAM::Role", "RoleName"),
            Kind::User => ("AWS::IAM::User", "UserName"),
            Kind::Group => ("AWS::IAM::Group", "GroupName"),
        };
        open(page, &logical(identity.kind, self.project.label(identity.id)), kind);
        page.line(6, &format!("{name}: {}", identity.name));
        if identity.path != "/" {
            page.line(6, &format!("Path: {}", identity.path));
        }
        if let Some(boundary) = identity.boundary.filter(|one| self.project.has(*one)) {
            page.line(6, &format!("PermissionsBoundary: {}", attached(self.project, boundary)));
        }
        if identity.kind == Kind::Role {
            let document = Document::Trust(identity.id);
            self.policy(page, 6, "AssumeRolePolicyDocument:", document, &identity.trust);
        }
        if !identity.inline.is_empty() {
            page.line(6, "Policies:");
        }
        for (at, policy) in identity.inline.iter().enumerate() {
            page.line(8, &format!("- PolicyName: inline-{at}"));
            self.policy(page, 10, "PolicyDocument:", Document::Inline(identity.id, at), policy);
        }
        let managed: Vec<Attached> =
            identity.attached.iter().copied().filter(|one| self.project.has(*one)).collect();
        if !managed.is_empty() {
            page.line(6, "ManagedPolicyArns:");
            for one in managed {
                page.line(8, &format!("- {}", attached(self.project, one)));
            }
        }
        let groups: Vec<Id> =
            identity.groups.iter().copied().filter(|id| self.project.identity(*id).is_some()).collect();
        if !groups.is_empty() {
            page.line(6, "Groups:");
            for id in groups {
                page.line(8, &format!("- !Ref Group{}", self.project.label(id)));
            }
        }
    }

    fn resource(&self, page: &mut Page<'_>, resource: &Resource) {
        let name = logical_of_resource(self.project, resource);
        let (kind, property) = match resource.sort {
            Sort::Bucket => ("AWS::S3::Bucket", "BucketName"),
            Sort::Key => ("AWS::KMS::Key", "Description"),
            Sort::Queue => ("AWS::SQS::Queue", "QueueName"),
            Sort::Topic => ("AWS::SNS::Topic", "TopicName"),
            Sort::Secret => ("AWS::SecretsManager::Secret", "Name"),
        };
        open(page, &name, kind);
        page.line(6, &format!("{property}: {}", resource.name));
        if let Some(key) = resource.key.filter(|id| self.project.resource(*id).is_some()) {
            page.line(6, &format!("KmsKeyId: !GetAtt Key{}.Arn", self.project.label(key)));
        }
        let document = Document::Resource(resource.id);
        match (resource.sort, &resource.policy) {
            (Sort::Key, Some(policy)) => self.policy(page, 6, "KeyPolicy:", document, policy),
            (sort, Some(policy)) => {
                let (kind, property, text) = match sort {
                    Sort::Queue => ("AWS::SQS::QueuePolicy", "Queues", "PolicyDocument:"),
                    Sort::Topic => ("AWS::SNS::TopicPolicy", "Topics", "PolicyDocument:"),
                    Sort::Secret => ("AWS::SecretsManager::ResourcePolicy", "SecretId", "ResourcePolicy:"),
                    Sort::Bucket | Sort::Key => ("AWS::S3::BucketPolicy", "Bucket", "PolicyDocument:"),
                };
                open(page, &format!("{name}Policy"), kind);
                let value = format!("!Ref {name}");
                let is_list = matches!(sort, Sort::Queue | Sort::Topic);
                let value = if is_list { format!("[{value}]") } else { value };
                page.line(6, &format!("{property}: {value}"));
                self.policy(page, 6, text, document, policy);
            }
            (_, None) => {}
        }
    }

    fn policy(&self, page: &mut Page<'_>, indent: usize, key: &str, document: Document, policy: &Policy) {
        let node = tree(document, policy, self.project.spelling.lone);
        write_yaml(page, indent, key, &node, &|named| self.text(named));
    }

    fn text(&self, named: &Named) -> String {
        if named.text == UNKNOWN {
            return "!Ref Unknown".to_owned();
        }
        let found: Reference = reference(self.project, self.directory, named, |id| Some(self.expression(id)));
        match found {
            Some((expression, rest)) if rest.is_empty() && expression.contains('.') => {
                format!("!GetAtt {expression}")
            }
            Some((expression, rest)) if rest.is_empty() => format!("!Ref {expression}"),
            Some((expression, rest)) => format!("!Sub '${{{expression}}}{rest}'"),
            None => format!("'{}'", named.text),
        }
    }

    fn expression(&self, id: Id) -> String {
        if let Some(identity) = self.project.identity(id) {
            return format!("{}.Arn", logical(identity.kind, self.project.label(id)));
        }
        let resource = self.project.resource(id);
        resource.map_or_else(String::new, |resource| match resource.sort {
            Sort::Topic | Sort::Secret => logical_of_resource(self.project, resource),
            _ => format!("{}.Arn", logical_of_resource(self.project, resource)),
        })
    }
}

fn attached(project: &Project, attached: Attached) -> String {
    match attached {
        Attached::Own(id) => format!("!Ref Managed{}", project.label(id)),
        Attached::Aws(name) => format!("arn:aws:iam::aws:policy/{name}"),
        Attached::Unknown => "!Ref Unknown".to_owned(),
    }
}

fn logical(kind: Kind, id: Id) -> String {
    let word = match kind {
        Kind::Role => "Role",
        Kind::User => "User",
        Kind::Group => "Group",
    };
    format!("{word}{id}")
}

fn logical_of_resource(project: &Project, resource: &Resource) -> String {
    let word = match resource.sort {
        Sort::Bucket => "Bucket",
        Sort::Key => "Key",
        Sort::Queue => "Queue",
        Sort::Topic => "Topic",
        Sort::Secret => "Secret",
    };
    format!("{word}{}", project.label(resource.id))
}

/// The logical name of something declared.
pub(crate) fn address(project: &Project, id: Id) -> Option<String> {
    let identity = project.identity(id).map(|identity| logical(identity.kind, project.label(id)));
    identity.or_else(|| project.resource(id).map(|one| logical_of_resource(project, one)))
}
