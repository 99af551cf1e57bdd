//! Changes of the text that break one side of an access, in whatever language it is written.

use std::collections::BTreeMap;

use trustlint::Span;

use crate::checkout::{Checkout, Project};
use crate::pairs::{Pair, Side};

/// A change of a project.
pub(crate) struct Break {
    /// What is broken.
    pub(crate) name: &'static str,
    /// Whether it is the side of the caller.
    pub(crate) own: bool,
    /// Where.
    pub(crate) place: String,
    /// The files that it changes, as they are then.
    pub(crate) files: BTreeMap<String, String>,
}

/// Something to write in place of a span.
type Edit = (Span, String);

fn applied(project: &Project, checkout: &Checkout, edits: &[Edit]) -> Option<BTreeMap<String, String>> {
    let mut edits = edits.to_vec();
    edits.sort_by_key(|(span, _)| std::cmp::Reverse((span.source, span.start)));
    let mut files: BTreeMap<String, String> = BTreeMap::new();
    for (span, new) in edits {
        let path = project.sources.path(span.source).to_owned();
        let text = files
            .entry(path.clone())
            .or_insert_with(|| checkout.files.get(&path).cloned().unwrap_or_default());
        text.get(span.range())?;
        text.replace_range(span.range(), &new);
    }
    Some(files)
}

/// Writes other text where a literal stands.
fn literal(project: &Project, spans: &[Span], change: impl Fn(&str) -> Option<String>) -> Vec<Edit> {
    let mut spans = spans.to_vec();
    spans.sort();
    spans.dedup();
    spans
        .into_iter()
        .filter_map(|span| {
            let old = project.sources.slice(span);
            (old.len() < 300 && !old.contains('\n')).then(|| change(&old)).flatten().map(|new| (span, new))
        })
        .collect()
}

fn renamed(old: &str) -> Option<String> {
    let quote = old.ends_with(['"', '\'']);
    let (text, end) = if quote { old.split_at(old.len() - 1) } else { (old, "") };
    let is_name =
        text.contains("arn:") && !text.ends_with(":root") && !text.ends_with('}') && !text.ends_with('*');
    is_name.then(|| format!("{text}-renamed{end}"))
}

fn other_account(old: &str) -> Option<String> {
    let digits: Vec<(usize, char)> = old.char_indices().collect();
    let is_id = |window: &[(usize, char)]| window.iter().all(|(_, it)| it.is_ascii_digit());
    let start = digits.windows(12).find(|it| is_id(it)).and_then(|it| it.first()).map(|it| it.0)?;
    let mut new = old.to_owned();
    new.replace_range(start..start + 12, "864201357924");
    Some(new)
}

/// Another action of the same service, which gives nothing.
fn harmless(old: &str, action: &str) -> Option<String> {
    let service = action.split(':').next()?;
    let stands = match service {
        "sts" => "sts:GetCallerIdentity",
        "s3" => "s3:ListAllMyBuckets",
        "sqs" => "sqs:ListQueues",
        "sns" => "sns:ListTopics",
        "kms" => "kms:ListAliases",
        "secretsmanager" => "secretsmanager:ListSecrets",
        "ecr" => "ecr:GetAuthorizationToken",
        "lambda" => "lambda:ListFunctions",
        "events" => "events:ListEventBuses",
        "backup" => "backup:ListBackupVaults",
        "dynamodb" => "dynamodb:ListTables",
        "kinesis" => "kinesis:ListStreams",
        "ssm" => "ssm:DescribeParameters",
        _ => return None,
    };
    let bare = old.trim_matches(['"', '\'']);
    let is_of_service = bare == "*" || bare.to_lowercase().starts_with(&format!("{service}:"));
    is_of_service.then(|| old.replace(bare, stands))
}

/// The statement with `Deny` for `Allow`.
fn denied(project: &Project, statement: Span) -> Option<Edit> {
    let text = project.sources.slice(statement);
    let lower = text.to_ascii_lowercase();
    let mut effects = lower.match_indices("effect").map(|(at, _)| at);
    let after = |at: usize| Some(at + text.get(at..)?.find("Allow").filter(|far| *far < 20)?);
    if let Some(at) = effects.find_map(after) {
        return Some((statement.part(at, at + 5), "Deny".to_owned()));
    }
    let open = text.find('{').filter(|_| text.trim_start().starts_with("statement"))?;
    Some((statement.part(open + 1, open + 1), "\n effect = \"Deny\"\n".to_owned()))
}

/// A boundary that lets its bearer do nothing but write logs.
fn bounded(project: &Project, checkout: &Checkout, declared: Span) -> Option<BTreeMap<String, String>> {
    let path = project.sources.path(declared.source).to_owned();
    let text = project.sources.slice(declared);
    let extension = path.rsplit_once('.').map_or("", |(_, extension)| extension);
    if ["yaml", "yml", "template"].contains(&extension) {
        return bounded_in_yaml(checkout, &path, declared);
    }
    if extension != "tf" || text.contains("permissions_boundary") {
        return None;
    }
    let open = text.find('{')?;
    let edit = (
        declared.part(open + 1, open + 1),
        "\n  permissions_boundary = aws_iam_policy.field_boundary.arn\n".to_owned(),
    );
    let mut files = applied(project, checkout, &[edit])?;
    files.get_mut(&path)?.push_str(
        "\nresource \"aws_iam_policy\" \"field_boundary\" {\n  name = \"field-boundary\"\n  policy = jsonencode({\n    Version = \"2012-10-17\"\n    Statement = [{ Effect = \"Allow\", Action = \"logs:PutLogEvents\", Resource = \"*\" }]\n  })\n}\n",
    );
    Some(files)
}

/// The same in a template of CloudFormation.
fn bounded_in_yaml(checkout: &Checkout, path: &str, declared: Span) -> Option<BTreeMap<String, String>> {
    let mut text = checkout.files.get(path)?.clone();
    let body = text.get(declared.range())?;
    let properties = body.find("Properties:").filter(|_| !body.contains("PermissionsBoundary"))?;
    let at = properties + "Properties:".len();
    let rest = body.get(at..)?;
    let line = rest.split('\n').nth(1)?;
    let indent = line.get(..line.len() - line.trim_start().len()).filter(|it| !it.is_empty())?;
    let resources = text.find("\nResources:")? + "\nResources:".len();
    let depth = text
        .get(resources..)?
        .lines()
        .skip(1)
        .find(|it| !it.trim().is_empty() && !it.trim().starts_with('#'))?;
    let depth = depth.get(..depth.len() - depth.trim_start().len())?.to_owned();
    let at = declared.range().start + at;
    if at < resources {
        return None;
    }
    let reference = format!("\n{indent}PermissionsBoundary: !Ref FieldBoundary");
    text.insert_str(at, &reference);
    let lines = [
        "FieldBoundary:",
        "  Type: AWS::IAM::ManagedPolicy",
        "  Properties:",
        "    PolicyDocument:",
        "      Version: '2012-10-17'",
        "      Statement: [{ Effect: Allow, Action: 'logs:PutLogEvents', Resource: '*' }]",
    ];
    let before = format!("\n{depth}");
    text.insert_str(resources, &format!("{before}{}", lines.join(&before)));
    Some([(path.to_owned(), text)].into())
}

/// The ways to break a pair.
pub(crate) fn of(checkout: &Checkout, pair: &Pair) -> Vec<Break> {
    let project = checkout.as_it_is();
    let mut found = Vec::new();
    let mut edited = |name: &'static str, edits: Vec<Edit>| {
        let Some((span, _)) = edits.first().cloned() else { return };
        if let Some(files) = applied(&project, checkout, &edits) {
            let own = !name.contains("grant");
            found.push(Break { name, own, place: project.place(span), files });
        }
    };
    let action = |side: &Side| literal(&project, &side.actions, |old| harmless(old, &pair.action));
    edited("action taken from the permission", action(&pair.own));
    edited("permission names another thing", literal(&project, &pair.own.names, renamed));
    edited("permission names another account", literal(&project, &pair.own.names, other_account));
    edited("permission denies", denied(&project, pair.own.statement).into_iter().collect());
    edited("action taken from the grant", action(&pair.other));
    edited("grant names somebody else", literal(&project, &pair.other.names, renamed));
    edited("grant names another account", literal(&project, &pair.other.names, other_account));
    edited("grant denies", denied(&project, pair.other.statement).into_iter().collect());
    if let Some(files) = bounded(&project, checkout, pair.declared) {
        found.push(Break { name: "boundary", own: true, place: project.place(pair.declared), files });
    }
    found
}
