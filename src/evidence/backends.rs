//! What the backends of root modules say: where a state lies, and with which key it is encrypted.
//!
//! That a bucket, a role or a profile of the backend is of an account says nothing: the states of many accounts lie in one.
//!
//! <https://developer.hashicorp.com/terraform/language/backend/s3>

use std::collections::BTreeMap;

use super::texts::{directory_of, has_ending, ids, is_own, is_undeployed, text};
use super::{File, Kind, Target, Witness};
use crate::parse::hcl::{self, Block, Body, Expression, ExpressionKind, TemplatePart};
use crate::source::{SourceId, Sources, Span};

/// What the files of a root module say of its backend and of its account.
pub(super) fn of_root(file: &File<'_>) -> Vec<Witness> {
    let mut found = Vec::new();
    if !has_ending(file.path, "tf") {
        return found;
    }
    let directory = directory_of(file.path);
    let (body, _) = hcl::parse(file.id, file.text);
    let mut add = |kind, id: &str, span| {
        let target = Target::At { path: directory.to_owned(), values: None, workspace: None };
        found.push(Witness { kind, target, id: id.to_owned(), span });
    };
    let named = |kind: &'static str| body.blocks.iter().filter(move |block| &*block.kind.value == kind);
    for backend in named("terraform").flat_map(|block| &block.body.blocks).filter(|block| is_s3(block)) {
        let argument = |name: &str| backend.body.attributes.iter().find(|it| &*it.name.value == name);
        if let Some((key, span)) = argument("key").and_then(|it| literal(&it.value)) {
            for (_, id) in ids(&key).filter(|(_, id)| directory.split('/').any(|part| part.contains(id))) {
                add(Kind::StateKey, id, span);
            }
        }
        let logs_in = ["role_arn", "assume_role", "profile"].iter().any(|name| argument(name).is_some())
            || backend.body.blocks.iter().any(|block| &*block.kind.value == "assume_role");
        if let Some((key, span)) = argument("kms_key_id").and_then(|it| literal(&it.value))
            && !logs_in
            && let Some(id) = account_of_key(&key)
        {
            add(Kind::StateEncryption, id, span);
        }
    }
    for local in named("locals").flat_map(|block| &block.body.attributes) {
        if matches!(&*local.name.value, "aws_account_id" | "account_id" | "aws_account")
            && let Some((id, span)) = literal(&local.value)
            && is_own(&id)
        {
            add(Kind::Local, &id, span);
        }
    }
    found
}

/// The directory of a root module whose default provider configuration has credentials of its own, if only in some cases.
pub(super) fn logs_in(file: &File<'_>) -> Option<String> {
    if !has_ending(file.path, "tf") || !file.text.contains("provider \"aws\"") {
        return None;
    }
    let (body, _) = hcl::parse(file.id, file.text);
    let is_login = |name: &str| name == "profile" || name == "access_key" || name.starts_with("assume_role");
    let logs_in = |block: &Block| {
        let attributes = block.body.attributes.iter().map(|it| &*it.name.value);
        let blocks = block.body.blocks.iter().map(|inner| match inner.labels.first() {
            Some(label) if &*inner.kind.value == "dynamic" => &*label.value,
            _ => &*inner.kind.value,
        });
        attributes.chain(blocks).any(is_login)
    };
    let is_default = |block: &&Block| {
        &*block.kind.value == "provider"
            && block.labels.first().is_some_and(|label| &*label.value == "aws")
            && block.body.attributes.iter().all(|it| &*it.name.value != "alias")
    };
    let found = body.blocks.iter().filter(is_default).any(logs_in);
    found.then(|| directory_of(file.path).to_owned())
}

fn is_s3(block: &Block) -> bool {
    &*block.kind.value == "backend" && block.labels.first().is_some_and(|label| &*label.value == "s3")
}

/// The account of a key of KMS.
fn account_of_key(arn: &str) -> Option<&str> {
    let mut fields = arn.splitn(6, ':');
    let is_key = fields.next()? == "arn" && fields.next()?.starts_with("aws") && fields.next()? == "kms";
    fields.nth(1).filter(|id| is_key && is_own(id))
}

/// A text or number that is written out, and where.
pub(super) fn literal(expression: &Expression) -> Option<(String, Span)> {
    match &expression.kind {
        ExpressionKind::Number(digits) => Some((digits.to_string(), expression.span)),
        ExpressionKind::Template(template) => {
            let mut whole = String::new();
            for part in &template.parts {
                let TemplatePart::Literal(text, _) = part else { return None };
                whole.push_str(text);
            }
            Some((whole, expression.span))
        }
        ExpressionKind::Parenthesis(inner) => literal(inner),
        _ => None,
    }
}

/// A file with settings of a backend for one environment.
struct BackendFile<'s> {
    directory: &'s str,
    environment: String,
    id: String,
    span: Span,
}

/// The accounts of backend files that lie beside a file of values of the same environment. Only where the environments have
/// different ones: else it is where all states lie.
pub(super) fn beside_values(sources: &Sources) -> Vec<Witness> {
    let mut by_directory: BTreeMap<&str, Vec<BackendFile<'_>>> = BTreeMap::new();
    for id in sources.ids().filter(|id| !is_undeployed(sources.path(*id))) {
        if let Some(file) = backend_file(sources, id) {
            by_directory.entry(file.directory).or_default().push(file);
        }
    }
    let mut found = Vec::new();
    for (directory, files) in by_directory {
        let is_shared = |file: &BackendFile<'_>| files.iter().filter(|other| other.id == file.id).count() > 1;
        if files.len() < 2 || files.iter().any(is_shared) {
            continue;
        }
        for file in files {
            let near = |path: &str| {
                let of = directory_of(path);
                of == directory
                    || directory_of(of) == directory_of(directory)
                    || of == directory_of(directory)
            };
            let values = sources.ids().map(|id| sources.path(id)).find(|path| {
                let name = path.rsplit('/').next().unwrap_or(path);
                let stem = name.strip_suffix(".tfvars").or_else(|| name.strip_suffix(".tfvars.json"));
                stem == Some(file.environment.as_str()) && near(path)
            });
            found.extend(values.map(|values| Witness {
                kind: Kind::BackendFile,
                target: Target::Values(values.to_owned()),
                id: file.id,
                span: file.span,
            }));
        }
    }
    found
}

/// A file that is called after a backend and an environment: `backend-prod.conf`, `prod.s3.tfbackend`, `prod.backend`.
fn backend_file(sources: &Sources, id: SourceId) -> Option<BackendFile<'_>> {
    let path = sources.path(id);
    let name = path.rsplit('/').next().unwrap_or(path);
    let (stem, ending) = name.rsplit_once('.')?;
    let is_backend = match ending {
        "tfbackend" | "backend" => true,
        "conf" | "hcl" | "tfvars" | "config" => stem.contains("backend"),
        _ => false,
    };
    if !is_backend {
        return None;
    }
    let words = stem
        .split(['-', '_', '.'])
        .filter(|word| !matches!(*word, "backend" | "config" | "s3" | "state" | ""));
    let environment = words.collect::<Vec<_>>().join("-");
    let text = text(sources, id)?;
    let (body, _): (Body, _) = hcl::parse(id, &text);
    let bucket = body.attributes.iter().find(|it| &*it.name.value == "bucket")?;
    let (bucket, span) = literal(&bucket.value)?;
    let mut found = ids(&bucket);
    let (_, account) = found.next()?;
    let is_only = found.next().is_none() && !environment.is_empty();
    let directory = directory_of(path);
    is_only.then(|| BackendFile { directory, environment, id: account.to_owned(), span })
}
