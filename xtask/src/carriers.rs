//! `data/carriers.tsv` (where access is written), `data/service_roles.tsv` (where services get roles) and
//! `data/arns.tsv` (how ARNs are made).
//!
//! They are made of the survey tables `terraform.tsv`, `cloudformation.tsv`, `tf_arn.tsv` and `cfn_ref_getatt.tsv` in
//! `xtask/input/`. What these get wrong or do not have is in `xtask/corrections/`.

use std::collections::BTreeMap;
use std::path::Path;

use crate::table::{Made, Row, Table};

const ROLES: &[&str] = &[
    "role",
    "user",
    "group",
    "trust-policy",
    "identity-policy",
    "policy-attachment",
    "permissions-boundary",
    "group-membership",
    "resource-policy",
    "resource-policy-statement",
    "condition",
    "oidc-provider",
    "saml-provider",
    "instance-profile",
    "grant",
    "endpoint-policy",
    "resource-share",
    "org-policy",
    "resource-link",
    "service-role",
    "assume-role-consumer",
    "external-id",
    "federation",
    "session-policy",
    "acl",
];

/// What assumes the role at a path: the property that names a role or another declaration, how it names it, and what it may
/// name.
struct Assuming {
    path: String,
    kind: &'static str,
    targets: &'static str,
}

/// What assumes the roles at a path of a type. `None` when the declaration does not say, or is not known to say.
///
/// <https://docs.aws.amazon.com/quicksight/latest/APIReference/API_AthenaParameters.html>
/// <https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_EmrSettings.html>
/// <https://docs.aws.amazon.com/resilience-hub/latest/APIReference/API_PermissionModel.html>
/// <https://docs.aws.amazon.com/prometheus/latest/userguide/AMP-collector-how-to.html>
/// <https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-firehose.html>
/// <https://docs.aws.amazon.com/fis/latest/userguide/multi-account-prerequisites.html>
fn assuming(type_name: &str, path: &str) -> Option<Assuming> {
    let (path, kind) = match type_name {
        "AWS::APS::Scraper" => ("RoleConfiguration.SourceRoleArn".to_owned(), "arn"),
        "AWS::ARCRegionSwitch::Plan" => ("ExecutionRole".to_owned(), "arn"),
        "AWS::CodePipeline::Pipeline" | "AWS::EKS::PodIdentityAssociation" => ("RoleArn".to_owned(), "arn"),
        "AWS::EC2::FlowLog" => ("DeliverLogsPermissionArn".to_owned(), "arn"),
        "AWS::FIS::TargetAccountConfiguration" => ("ExperimentTemplateId".to_owned(), "id"),
        "AWS::QuickSight::DataSource" => (path.replace("ConsumerAccountRoleArn", "RoleArn"), "arn"),
        "AWS::ResilienceHub::App" | "AWS::ResilienceHubV2::Service" => {
            ("PermissionModel.InvokerRoleName".to_owned(), "name")
        }
        "AWS::SageMaker::UserProfile" => ("UserSettings.ExecutionRole".to_owned(), "arn"),
        "Custom::CrossAccountZoneDelegation" => ("ServiceToken".to_owned(), "arn"),
        "aws_arcregionswitch_plan" => ("execution_role".to_owned(), "arn"),
        "aws_codepipeline" | "aws_eks_pod_identity_association" => ("role_arn".to_owned(), "arn"),
        "aws_fis_target_account_configuration" => ("experiment_template_id".to_owned(), "id"),
        "aws_flow_log" => ("iam_role_arn".to_owned(), "arn"),
        "aws_prometheus_scraper" if path.ends_with("target_role_arn") => {
            (path.replace("target_role_arn", "source_role_arn"), "arn")
        }
        "aws_resiliencehubv2_service" => ("permission_model[].invoker_role_name".to_owned(), "name"),
        "aws_sagemaker_domain" if path.ends_with("assumable_role_arns") => {
            (path.split('.').next()?.to_owned() + ".execution_role", "arn")
        }
        "aws_sagemaker_user_profile" if path.ends_with("assumable_role_arns") => {
            ("user_settings.execution_role".to_owned(), "arn")
        }
        _ => return None,
    };
    let targets = match type_name {
        "AWS::FIS::TargetAccountConfiguration" => "AWS::FIS::ExperimentTemplate",
        "Custom::CrossAccountZoneDelegation" => "AWS::Lambda::Function",
        "aws_fis_target_account_configuration" => "aws_fis_experiment_template",
        name if name.starts_with("AWS::") => "AWS::IAM::Role",
        _ => "aws_iam_role",
    };
    Some(Assuming { path, kind, targets })
}

/// The path of the role that an external id is sent to. `None` for those that a service makes up or hands to somebody else.
fn sent_to(type_name: &str, path: &str) -> Option<String> {
    let (before, last) = path.rsplit_once('.')?;
    let role = match (type_name, last) {
        ("AWS::ARCRegionSwitch::Plan", "ExternalId") => "CrossAccountRole",
        ("aws_arcregionswitch_plan", "external_id") => "cross_account_role",
        (name, "ExternalId") if name.starts_with("AWS::Cognito::") => match before {
            "SmsConfiguration" => "SnsCallerArn",
            "AnalyticsConfiguration" => "RoleArn",
            _ => return None,
        },
        (name, "external_id") if name.starts_with("aws_cognito_") => match before {
            "sms_configuration" => "sns_caller_arn",
            "analytics_configuration[]" => "role_arn",
            _ => return None,
        },
        ("AWS::ResilienceHubV2::Service", "ExternalId") => "CrossAccountRoleArn",
        ("aws_resiliencehubv2_service", "external_id") => "cross_account_role_arn",
        _ => return None,
    };
    Some(format!("{before}.{role}"))
}

/// The ARN of a type and what its attributes return, as templates; `=` stands for the ARN.
#[derive(Default)]
struct Arns {
    own: String,
    attributes: BTreeMap<String, String>,
}

/// The tables, made of the survey in `input`.
pub fn tables(input: &Path) -> Result<Vec<Made>, String> {
    let mut arns = BTreeMap::new();
    terraform_arns(&Table::read(&input.join("tf_arn.tsv"))?, &mut arns);
    cloudformation_arns(&Table::read(&input.join("cfn_ref_getatt.tsv"))?, &mut arns);
    correct_arns(include_str!("../corrections/arns.tsv"), &mut arns)?;
    let mut lines = Vec::new();
    carrier_lines(&Table::read(&input.join("terraform.tsv"))?, "attach_attr", &arns, &mut lines);
    carrier_lines(&Table::read(&input.join("cloudformation.tsv"))?, "attach_prop", &arns, &mut lines);
    let corrections = include_str!("../corrections/carriers.tsv").lines();
    lines.extend(corrections.filter(|line| !line.starts_with('#')).map(str::to_owned));
    // Stable: the rows of a type keep the order of the survey.
    lines.sort_by(|a, b| a.split('\t').next().cmp(&b.split('\t').next()));
    lines.dedup();
    let (service_roles, lines): (Vec<_>, Vec<_>) =
        lines.into_iter().partition(|line| line.split('\t').nth(1) == Some("service-role"));
    let targets = targets(&lines);
    let arns = arns.iter().map(|(name, arns)| {
        let attributes =
            arns.attributes.iter().map(|(attribute, template)| format!("\t{attribute}{template}"));
        format!("{name}\t{}{}", arns.own, attributes.collect::<String>())
    });
    Ok(vec![
        Made::of_lines("carriers.tsv", lines),
        Made::of_lines("service_roles.tsv", service_roles),
        Made::of_lines("arns.tsv", arns),
        Made::of_lines("targets.tsv", targets),
    ])
}

/// The types that access sits on, with the service whose policies protect what is declared of them, when some do.
fn targets(rows: &[String]) -> Vec<String> {
    let mut all: BTreeMap<&str, &str> = BTreeMap::new();
    for row in rows {
        let fields: Vec<&str> = row.split('\t').collect();
        let [name, role, _, _, attach, kind, targets, service, ..] = *fields.as_slice() else { continue };
        let protects = role == "resource-policy" || role == "resource-policy-statement";
        let own = (protects && attach.is_empty() && kind != "account").then_some(name);
        for target in own.into_iter().chain(targets.split(',').filter(|target| !target.is_empty())) {
            let known = all.entry(target).or_default();
            if protects && known.is_empty() {
                *known = service;
            }
        }
    }
    all.iter().map(|(name, service)| format!("{name}\t{service}")).collect()
}

fn terraform_arns(table: &Table, arns: &mut BTreeMap<String, Arns>) {
    for row in table.rows() {
        let name = row.get("type");
        let mut entry = Arns::default();
        // `service-only` rows guess even whether the ARN has a region: nothing is better than that.
        if row.get("confidence") != "service-only" && row.get("confidence") != "none" {
            entry.own = template(row.get("arn_template_from_tf_attrs"), &[]);
        }
        let attributes: Vec<_> = row.get("arn_attributes").split(',').collect();
        let own = attributes.iter().find(|a| **a == "arn").or_else(|| {
            attributes.iter().find(|a| a.strip_suffix("arn").is_some_and(|stem| is_tail(name, stem)))
        });
        if let Some(own) = own.filter(|_| !entry.own.is_empty()) {
            entry.attributes.insert((*own).to_owned(), "=".to_owned());
        }
        match id_template(row.get("id_returns")) {
            Some(id) if id != "=" => drop(entry.attributes.insert("id".to_owned(), format!("={id}"))),
            Some(id) if !entry.own.is_empty() => drop(entry.attributes.insert("id".to_owned(), id)),
            _ => {}
        }
        if !entry.attributes.is_empty() || !entry.own.is_empty() {
            arns.insert(name.to_owned(), entry);
        }
    }
}

/// Whether `stem` (`guardrail_`) is the end of the type's name (`aws_bedrock_guardrail`).
fn is_tail(name: &str, stem: &str) -> bool {
    let stem = stem.trim_end_matches('_');
    !stem.is_empty() && name.ends_with(&format!("_{stem}"))
}

/// What `.id` returns: `=` for the ARN, else a template.
fn id_template(returns: &str) -> Option<String> {
    let first = returns.split([' ', ';']).next().unwrap_or_default();
    if let Some(url) = returns.strip_prefix("url ") {
        return Some(template(url, &[]));
    }
    match first {
        "" => None,
        "arn" => Some("=".to_owned()),
        _ if first.chars().all(|c| c.is_ascii_lowercase() || c == '_') => Some(format!("${{{first}}}")),
        _ => None,
    }
}

fn cloudformation_arns(table: &Table, arns: &mut BTreeMap<String, Arns>) {
    for row in table.rows() {
        let name = row.get("type");
        if name.starts_with("AWS::Serverless::") {
            continue;
        }
        let written = row.get("arn_template").split("  ").next().unwrap_or_default();
        let foreign: Vec<_> = row.get("arn_placeholders_not_properties").split(',').collect();
        let mut entry = Arns::default();
        if written.starts_with("arn:") {
            entry.own = template(&written.replacen("arn:aws:", "arn:${Partition}:", 1), &foreign);
        }
        let identifier = row.get("ref_returns_identifier");
        named_by_ref(&mut entry.own, &foreign, row.get("ref_kind"), identifier);
        if let Some(own) = own_getatt(&row, name, identifier).filter(|_| !entry.own.is_empty()) {
            entry.attributes.insert(own, "=".to_owned());
        }
        let plain = !identifier.is_empty() && identifier.chars().all(char::is_alphanumeric);
        match row.get("ref_kind") {
            "arn" if !entry.own.is_empty() && identifier != "ResourceArn" => {
                entry.attributes.insert("Ref".to_owned(), "=".to_owned());
            }
            "arn" | "name" | "id" if plain => {
                entry.attributes.insert("Ref".to_owned(), format!("=${{{identifier}}}"));
            }
            _ => {}
        }
        if !entry.attributes.is_empty() || !entry.own.is_empty() {
            arns.insert(name.to_owned(), entry);
        }
    }
}

/// Where the ARN ends in a name that the survey calls otherwise than the property that `Ref` returns (`JobName`
/// for `Name`), it is that property.
fn named_by_ref(own: &mut String, foreign: &[&str], kind: &str, identifier: &str) {
    let [name] = foreign else { return };
    let placeholder = format!("${{{name}!}}");
    let same =
        name.ends_with("Name") && (kind == "name" || kind == "id" && identifier.ends_with("Identifier"));
    if same && own.ends_with(&placeholder) && identifier.chars().all(char::is_alphanumeric) {
        *own = own.replace(&placeholder, &format!("${{{identifier}}}"));
    }
}

/// The attribute that returns the ARN of the resource itself, not that of something near it.
fn own_getatt(row: &Row<'_>, name: &str, identifier: &str) -> Option<String> {
    let last = name.rsplit("::").next().unwrap_or_default().to_ascii_lowercase();
    let candidates: Vec<_> =
        row.get("arn_getatt").split(',').filter(|a| !a.is_empty() && !a.contains('.')).collect();
    let stem = |attribute: &str| attribute.to_ascii_lowercase().strip_suffix("arn").map(str::to_owned);
    candidates
        .iter()
        .find(|a| a.eq_ignore_ascii_case("arn"))
        .or_else(|| candidates.iter().find(|a| stem(a) == Some(last.clone())))
        .or_else(|| candidates.iter().find(|a| **a == identifier))
        .or_else(|| candidates.iter().find(|a| stem(a).is_some_and(|s| last.ends_with(&s))))
        .map(|a| (*a).to_owned())
}

/// Rewrites a template of the survey: `${@account}` and the like are pseudo values, `${x}` a property or else
/// computed, `${x!}` computed, `${x=text}` a property with a default, `${x~https}` a property transformed.
fn template(written: &str, foreign: &[&str]) -> String {
    let mut out = String::new();
    let mut rest = written;
    while let Some(at) = rest.find(['$', '<']) {
        out.push_str(&rest[..at]);
        let (open, close) = if rest[at..].starts_with("${") { (2, '}') } else { (1, '>') };
        let end = at + rest[at..].find(close).expect("a closed placeholder");
        let inner = &rest[at + open..end];
        out.push_str(&if close == '>' { computed(inner) } else { placeholder(inner, foreign) });
        rest = &rest[end + 1..];
    }
    out + rest
}

fn computed(what: &str) -> String {
    let name = if what == "6 random" { "arn-suffix" } else { what };
    let name: String = name.chars().map(|c| if c.is_alphanumeric() { c } else { '-' }).collect();
    format!("${{{}!}}", name.trim_matches('-'))
}

fn placeholder(inner: &str, foreign: &[&str]) -> String {
    match inner {
        "partition" | "Partition" => return "${@partition}".to_owned(),
        "account" | "Account" => return "${@account}".to_owned(),
        "region" | "Region" => return "${@region}".to_owned(),
        "dns_suffix" | "DnsSuffix" => return "${@dns_suffix}".to_owned(),
        _ => {}
    }
    match inner.split_once(':') {
        Some((name, "computed" | "attr")) => format!("${{{name}!}}"),
        Some((name, "strip_https")) => format!("${{{name}~https}}"),
        Some((name, "strip_leading_slash")) => format!("${{{name}~slash}}"),
        Some((name, default)) => format!("${{{name}={default}}}"),
        None => match inner.split_once('|') {
            Some((name, pseudo)) => format!("${{{name}=@{pseudo}}}"),
            None if foreign.contains(&inner) => format!("${{{inner}!}}"),
            None => format!("${{{inner}}}"),
        },
    }
}

/// Lines `type  arn  attribute=template…`; an empty arn keeps what there is, `-` removes the whole type.
fn correct_arns(text: &str, arns: &mut BTreeMap<String, Arns>) -> Result<(), String> {
    for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let mut fields = line.split('\t');
        let name = fields.next().unwrap_or_default();
        let entry = arns.entry(name.to_owned()).or_default();
        match fields.next() {
            None | Some("") => {}
            Some(own) => own.clone_into(&mut entry.own),
        }
        for field in fields {
            let (attribute, value) = field.split_once('=').ok_or_else(|| format!("no `=` in `{line}`"))?;
            match value {
                "-" => drop(entry.attributes.remove(attribute)),
                _ => drop(entry.attributes.insert(attribute.to_owned(), format!("={value}"))),
            }
        }
    }
    Ok(())
}

fn carrier_lines(table: &Table, attach_column: &str, arns: &BTreeMap<String, Arns>, lines: &mut Vec<String>) {
    let terraform = attach_column == "attach_attr";
    for row in table.rows() {
        let kind = if terraform { row.get("kind") } else { "resource" };
        if !matches!(kind, "resource" | "data")
            || !ROLES.contains(&row.get("role"))
            || row.get("priority") == "3" && !matches!(row.get("role"), "resource-policy" | "resource-policy-statement")
            // Statements with an effect or conditions of their own form.
            || matches!(row.get("type"), "AWS::EntityResolution::PolicyStatement" | "AWS::QBusiness::Permission")
            // What Oracle's databases may reach of AWS, as a switch of the network.
            || row.get("service") == "odb"
            // A lock is a policy of its own, which only denies.
            || row.get("type") == "aws_glacier_vault_lock"
            // Of other providers, and of states: see the corrections.
            || matches!(row.get("role"), "assume-role-consumer" | "federation" | "session-policy") && terraform && !row.get("type").starts_with("aws_")
            || row.get("role") == "external-id" && sent_to(row.get("type"), row.get("path")).is_none()
            // Whom lists of objects let in is not read.
            || row.get("role") == "acl" && row.get("priority") == "3"
            // A map of words, of which one is read: see the corrections.
            || row.get("type") == "aws_ssm_document" && row.get("path") == "permissions"
            // What SAM makes of its resources are ordinary ones; these are never looked at.
            || row.get("type").starts_with("AWS::Serverless::")
        {
            continue;
        }
        let name = row.get("type");
        let shown = if kind == "data" { format!("data.{name}") } else { name.to_owned() };
        let path = row.get("path");
        let assuming = assuming(name, path).filter(|_| role(&row) == "assumed-role");
        let receiving = sent_to(name, path).filter(|_| role(&row) == "external-id");
        let (attach, attach_kind) = match (&assuming, &receiving) {
            (Some(assuming), _) => (&*assuming.path, assuming.kind),
            (_, Some(receiving)) => (&**receiving, "arn"),
            _ => attachment(&row, attach_column, arns.get(name)),
        };
        let targets = assuming.as_ref().map_or(row.get("target_types"), |assuming| assuming.targets);
        let expects = Some(row.get("expected_trust_principal")).filter(|_| row.get("role") == "service-role");
        let expects = services(expects.unwrap_or_default());
        let assumed_by = assumed_by(row.get("service"), path).filter(|_| role(&row) == "service-role");
        let expects = if expects.is_empty() { assumed_by.unwrap_or_default().to_owned() } else { expects };
        let fields = [
            &*shown,
            role(&row),
            path,
            Some(row.get("value_kind")).filter(|kind| !kind.is_empty()).unwrap_or("none"),
            attach,
            attach_kind,
            targets,
            row.get("service"),
            &expects,
        ];
        lines.push(fields.join("\t"));
    }
}

fn role<'a>(row: &Row<'a>) -> &'a str {
    match (row.get("role"), row.get("type")) {
        ("identity-policy", "aws_iam_policy" | "AWS::IAM::ManagedPolicy") => "managed-policy",
        ("resource-link", _) if matches!(row.get("target_types"), "aws_kms_key" | "AWS::KMS::Key") => {
            "encryption-key"
        }
        ("assume-role-consumer", name) if assuming(name, row.get("path")).is_some() => "assumed-role",
        ("federation", "AWS::RolesAnywhere::TrustAnchor" | "aws_rolesanywhere_trust_anchor") => {
            "resource-link"
        }
        ("federation", _) => "service-role",
        // Who assumes it, the declaration does not say: the service, or whoever deploys.
        ("assume-role-consumer", _) => "service-role",
        // The side that takes what is shared.
        (
            "resource-share",
            "AWS::Oam::Link" | "aws_oam_link" | "aws_redshift_data_share_consumer_association",
        ) => "resource-link",
        // Snapshots and the like are shared one by one, beside all policies; only RAM shares what has a policy.
        ("resource-share", _) if row.get("service") != "ram" => "direct-share",
        (role, _) => role,
    }
}

/// Which attribute names what the access sits on; `itself` when that is the declaration.
fn attachment<'a>(row: &Row<'a>, column: &str, arns: Option<&Arns>) -> (&'a str, &'a str) {
    let (attach, kind) = (row.get(column), row.get("attach_value_kind"));
    if attach.eq_ignore_ascii_case("policyname") || attach == "policy_name" || kind == "account" {
        return ("", "account");
    }
    if attach.eq_ignore_ascii_case("prefix") {
        return (attach, "prefix");
    }
    let targets = row.get("target_types");
    let on_own_type = targets.split(',').any(|target| target == row.get("type"));
    let role = row.get("role");
    let placeholders = [format!("${{{attach}}}"), format!("${{{attach}!}}")];
    let is_policy = row.get("type").ends_with("::ResourcePolicy");
    let names_itself = !is_policy && attach.eq_ignore_ascii_case("name")
        || !is_policy
            && role != "resource-link"
            && arns.is_some_and(|arns| {
                placeholders.iter().any(|name| arns.own.contains(name))
                    || arns.attributes.get("Ref").is_some_and(|id| *id == format!("={}", placeholders[0]))
            });
    let on_another = !targets.is_empty()
        && matches!(
            self::role(row),
            "resource-policy" | "resource-policy-statement" | "condition" | "grant" | "direct-share"
        );
    let is_entity = matches!(role, "role" | "user" | "group" | "oidc-provider" | "saml-provider");
    match (attach, kind) {
        ("", "") => ("", if on_own_type || is_entity { "itself" } else { "none" }),
        ("", _) => ("", "itself"),
        _ if on_own_type || (names_itself && !on_another) => ("", "itself"),
        (_, "") => (attach, "string"),
        _ => (attach, kind),
    }
}

/// The service that assumes roles of these properties, where the survey does not say.
///
/// <https://docs.aws.amazon.com/dms/latest/userguide/security_iam_service-with-iam.html>
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html>
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/setting-repl-config-perm-overview.html>
fn assumed_by(service: &str, path: &str) -> Option<&'static str> {
    let of_task = path.to_ascii_lowercase().replace('_', "");
    let of_task = of_task.ends_with("taskrolearn") || of_task.ends_with("executionrolearn");
    match service {
        "dms" => Some("dms.amazonaws.com"),
        "ecs" | "batch" if of_task => Some("ecs-tasks.amazonaws.com"),
        "s3" => Some("s3.amazonaws.com"),
        _ => None,
    }
}

/// The service principals in a free text; empty when it names anything else.
fn services(text: &str) -> String {
    let words: Vec<_> = text.split([' ', '|', '/', '+']).filter(|word| !word.is_empty()).collect();
    let services = words.iter().all(|word| {
        word.ends_with(".amazonaws.com")
            && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "-.".contains(c))
    });
    if services { words.join(",") } else { String::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_are_rewritten_into_one_form() {
        let written = "arn:${partition}:iam::${Account}:role${path:/}${name}";
        assert_eq!(template(written, &[]), "arn:${@partition}:iam::${@account}:role${path=/}${name}");
        assert_eq!(
            template("${url:strip_https}<6 random><api id>", &[]),
            "${url~https}${arn-suffix!}${api-id!}"
        );
        assert_eq!(template("${account_id|account}${JobId}", &["JobId"]), "${account_id=@account}${JobId!}");
    }

    #[test]
    fn what_an_id_is_is_taken_only_from_plain_words() {
        assert_eq!(id_template("arn (v5+), name before").as_deref(), Some("="));
        assert_eq!(id_template("name (alias/..)").as_deref(), Some("${name}"));
        assert_eq!(id_template("<i-id>"), None);
        assert_eq!(id_template("arn,instance_arn"), None);
        assert_eq!(
            id_template("url https://${region}/${name}").as_deref(),
            Some("https://${@region}/${name}")
        );
    }

    #[test]
    fn only_clean_service_principals_are_expected() {
        assert_eq!(
            services("es.amazonaws.com | opensearchservice.amazonaws.com"),
            "es.amazonaws.com,opensearchservice.amazonaws.com"
        );
        assert_eq!(services("<the pipeline role_arn> (AWS principal)"), "");
    }
}
