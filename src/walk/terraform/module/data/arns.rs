//! Attributes that are made of the arguments: parts of ARNs, and ARNs of what may be named in several ways.

use super::{Asked, arguments};
use crate::iam::data::{managed_policy, managed_policy_by_name};
use crate::value::{Because, Class, Operand, Origin, Piece, PieceKind, Symbol, Text, Value, Words};

/// The account that delivers billing reports.
///
/// <https://docs.aws.amazon.com/cur/latest/userguide/cur-s3.html>
const BILLING: &str = "386209384616";

/// Services whose principal ends like the host names of some partitions; all others end in `amazonaws.com` in
/// every partition.
///
/// <https://registry.terraform.io/providers/hashicorp/aws/latest/docs/data-sources/service_principal>
const LOCAL_SUFFIX: &[&str] =
    &["cloudhsm", "codedeploy", "config", "dms", "elasticmapreduce", "logs", "workspaces"];

impl Asked<'_> {
    /// What the arguments alone decide.
    pub(super) fn made_of_arguments(&self) -> Option<Value> {
        match (self.kind, self.attribute) {
            ("aws_arn", _) => self.part_of_arn(),
            ("aws_billing_service_account", "id") => Some(self.literal(BILLING)),
            ("aws_billing_service_account", "arn") => {
                Some(self.filled(&format!("arn:${{@partition}}:iam::{BILLING}:root")))
            }
            ("aws_iam_policy", "arn" | "id") => Some(self.policy_arn()),
            ("aws_iam_policy", "policy") => self.policy_of_aws(),
            ("aws_iam_session_context", _) => self.session(),
            ("aws_kms_key", "arn" | "id") => Some(self.key_named()),
            ("aws_lambda_function", "arn") => Some(self.function_arn()),
            ("aws_lambda_function", "invoke_arn") => Some(self.invoke_arn()),
            ("aws_organizations_organization", "arn") => Some(self.organization_arn()),
            ("aws_service_principal", _) => self.service_principal(),
            ("aws_ssm_parameter", "arn") => Some(self.parameter_arn()),
            _ => None,
        }
    }

    /// <https://registry.terraform.io/providers/hashicorp/aws/latest/docs/data-sources/arn>
    fn part_of_arn(&self) -> Option<Value> {
        let arn = self.given.text("arn")?;
        let index = match self.attribute {
            "partition" => 1,
            "service" => 2,
            "region" => 3,
            "account" => 4,
            "resource" => 5,
            "id" => return Some(self.text(&arn)),
            _ => return None,
        };
        let part = fields(&arn)?.into_iter().nth(index)?;
        // The part is written where the ARN is.
        let place = part.span().unwrap_or(self.span);
        Some(Value::text(part, place).through(self.span))
    }

    /// A policy by name is one of AWS or one of the account.
    fn policy_arn(&self) -> Value {
        if let Some(arn) = self.given.text("arn") {
            return self.text(&arn);
        }
        let name = self.given.text("name");
        let Some(name) = name.as_ref().and_then(Text::as_literal) else { return self.looked_up() };
        let prefix = self.given.text("path_prefix");
        let prefix = prefix.as_ref().map(Text::as_literal);
        if let Some(path) = managed_policy_by_name(&name) {
            return match prefix {
                Some(None) => self.looked_up(),
                Some(Some(prefix)) if !path.starts_with(&*prefix) => self.own_policy(),
                _ => self.filled(&format!("arn:${{@partition}}:iam::aws:policy{path}{name}")),
            };
        }
        // It may be newer than the list.
        if name.starts_with("AWS") || name.starts_with("Amazon") {
            return self.looked_up();
        }
        self.own_policy()
    }

    /// The document of a policy that AWS manages, which is the same in every partition up to ARNs.
    ///
    /// <https://docs.aws.amazon.com/aws-managed-policy/latest/reference/about-managed-policy-reference.html>
    fn policy_of_aws(&self) -> Option<Value> {
        let arn = self.policy_arn().as_text()?;
        let part = |piece: &Piece| match &piece.kind {
            PieceKind::Literal(text) => Some(text.to_string()),
            PieceKind::Symbol(symbol) => (symbol.class == Class::Partition).then(|| "aws".to_owned()),
            PieceKind::Json(_) => None,
        };
        let arn: String = arn.pieces().iter().map(part).collect::<Option<_>>()?;
        managed_policy(&arn).map(|document| self.literal(document))
    }

    fn own_policy(&self) -> Value {
        self.filled("arn:${@partition}:iam::${@account}:policy${path!}${name}")
    }

    /// The role of a session; of what is no session, it is what was given.
    ///
    /// <https://registry.terraform.io/providers/hashicorp/aws/latest/docs/data-sources/iam_session_context>
    fn session(&self) -> Option<Value> {
        let arn = self.given.text("arn")?;
        let fields = fields(&arn)?;
        let [_, partition, service, _, account, resource] = fields.as_slice() else { return None };
        let mut parts = resource.splitn(usize::MAX, '/');
        let is_session = service.as_literal()? == "sts"
            && parts.first().and_then(Text::as_literal)? == "assumed-role"
            && parts.len() > 2;
        let (session, role) = if is_session { (parts.pop()?, parts.pop()?) } else { Default::default() };
        match self.attribute {
            "id" => Some(self.text(&arn)),
            "session_name" => Some(self.text(&session)),
            "issuer_name" => Some(self.text(&role)),
            "issuer_id" if !is_session => Some(self.literal("")),
            "issuer_arn" if !is_session => Some(self.text(&arn)),
            "issuer_arn" => {
                let mut issuer = Text::literal("arn:", self.span);
                issuer.append(partition);
                issuer.push_str(":iam::", self.span);
                issuer.append(account);
                issuer.push_str(":role", self.span);
                let role_name = role.as_literal()?;
                let path = self.found("aws_iam_role", "name", Words::literal(&*role_name)).attribute("path");
                let path = Symbol::new(Class::Computed, path, Because::Computed);
                issuer.push(PieceKind::Symbol(path), self.span);
                issuer.append(&role);
                Some(self.text(&issuer))
            }
            _ => None,
        }
    }

    /// A key by its id, its ARN, or the name or ARN of an alias.
    fn key_named(&self) -> Value {
        let Some(key) = self.given.text("key_id") else { return self.looked_up() };
        let alone = key
            .as_symbol()
            .is_some_and(|symbol| symbol.class != Class::Computed || !is_key_id(&symbol.origin));
        if alone {
            return self.looked_up();
        }
        let is_arn = self.attribute == "arn";
        if begins(&key, "arn:") {
            return self.key_of_arn(&key, is_arn).unwrap_or_else(|| self.looked_up());
        }
        if begins(&key, "alias/") {
            let Some(name) = self.given.said("key_id") else { return self.looked_up() };
            let alias = self.found("aws_kms_alias", "name", name);
            let template = if is_arn {
                "arn:${@partition}:kms:${@region}:${@account}:key/${target_key_id!}"
            } else {
                "${target_key_id!}"
            };
            // The same as what the alias itself says, unless it is one of another region.
            let address = if self.given.text("region").is_none() { alias } else { self.given.identity() };
            return self.filled_as(&address, template);
        }
        if is_arn {
            return self.filled("arn:${@partition}:kms:${@region}:${@account}:key/${key_id}");
        }
        self.text(&key)
    }

    fn key_of_arn(&self, key: &Text, is_arn: bool) -> Option<Value> {
        let resource = fields(key)?.pop()?;
        let parts = resource.splitn(2, '/');
        let [kind, id] = parts.as_slice() else { return None };
        if kind.as_literal()? != "key" {
            return None;
        }
        Some(self.text(if is_arn { key } else { id }))
    }

    /// A function by its name, or by an ARN with or without version.
    fn function(&self) -> Option<Text> {
        let name = self.given.text("function_name")?;
        if name.as_symbol().is_some_and(|symbol| symbol.class != Class::Computed) {
            // It may be an ARN, of whatever account.
            return None;
        }
        let parts = name.splitn(usize::MAX, ':');
        if begins(&name, "arn:") {
            let mut arn = Text::default();
            for (index, part) in parts.get(..7)?.iter().enumerate() {
                arn.push_str(if index == 0 { "" } else { ":" }, self.span);
                arn.append(part);
            }
            return Some(arn);
        }
        if parts.len() > 1 {
            return None;
        }
        self.filled("arn:${@partition}:lambda:${@region}:${@account}:function:${function_name}").as_text()
    }

    fn function_arn(&self) -> Value {
        self.function().map_or_else(|| self.looked_up(), |arn| self.text(&arn))
    }

    /// <https://docs.aws.amazon.com/apigateway/latest/api/API_Integration.html>
    fn invoke_arn(&self) -> Value {
        let Some(function) = self.function() else { return self.looked_up() };
        let before = self.filled("arn:${@partition}:apigateway:${@region}:lambda:path/2015-03-31/functions/");
        let mut whole = before.as_text().unwrap_or_default();
        whole.append(&function);
        whole.push_str("/invocations", self.span);
        self.text(&whole)
    }

    /// The ARN of an organization is that of its management account, which is seldom the one that asks.
    ///
    /// <https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsorganizations.html>
    fn organization_arn(&self) -> Value {
        let symbol = |class, origin: Origin, because| PieceKind::Symbol(Symbol::new(class, origin, because));
        let mut arn = Text::literal("arn:", self.span);
        arn.push(symbol(Class::Partition, self.unit.into(), Because::Run), self.span);
        arn.push_str(":organizations::", self.span);
        arn.push(
            symbol(Class::Keyed, self.given.identity().attribute("master_account_id"), Because::Lookup),
            self.span,
        );
        arn.push_str(":organization/", self.span);
        arn.push(symbol(Class::Organization, self.unit.into(), Because::Run), self.span);
        self.text(&arn)
    }

    /// What a data source finds that looks for this alone.
    fn found(&self, kind: &str, argument: &str, value: Words) -> Origin {
        arguments::found(self.unit, kind, [(argument.into(), Operand::Text(value))].into())
    }

    fn service_principal(&self) -> Option<Value> {
        let service = self.given.text("service_name")?;
        let local = service.as_literal().is_none_or(|name| LOCAL_SUFFIX.contains(&&*name));
        let suffix = if local { "${@dns_suffix}" } else { "amazonaws.com" };
        match self.attribute {
            "name" => Some(self.filled(&format!("${{service_name}}.{suffix}"))),
            "id" => Some(self.filled(&format!("${{service_name}}.${{@region}}.{suffix}"))),
            "suffix" => Some(self.filled(suffix)),
            _ => None,
        }
    }

    /// A parameter by its name, or by its ARN when it is one of another account.
    fn parameter_arn(&self) -> Value {
        match self.given.text("name") {
            Some(name) if begins(&name, "arn:") => self.text(&name),
            Some(name) if name.as_symbol().is_none_or(|symbol| symbol.class == Class::Computed) => {
                self.filled("arn:${@partition}:ssm:${@region}:${@account}:parameter/${name~slash}")
            }
            _ => self.looked_up(),
        }
    }
}

/// Whether it is an attribute that holds the id of a key.
fn is_key_id(origin: &Origin) -> bool {
    origin.attribute_name().is_some_and(|name| name.ends_with("key_id"))
}

/// The six fields of an ARN.
fn fields(arn: &Text) -> Option<Vec<Text>> {
    let fields = arn.splitn(6, ':');
    (fields.len() == 6 && fields.first()?.is_literally("arn")).then_some(fields)
}

/// Whether a text begins so.
fn begins(text: &Text, with: &str) -> bool {
    match text.pieces().first().map(|piece| &piece.kind) {
        Some(PieceKind::Literal(first)) => first.starts_with(with),
        _ => false,
    }
}
