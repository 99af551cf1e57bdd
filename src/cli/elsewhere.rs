//! Which file would tell what the analyzed ones do not, with the command that makes it.

use crate::graph::Graph;
use crate::iam::arn::is_account_id;
use crate::value::Text;

/// The file with all roles and users of an account, and the option that names it.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountAuthorizationDetails.html>
pub(super) fn identities(graph: &Graph, account: &Text) -> String {
    let name = name(graph, account);
    let whose = if name == "NAME" { "the account".to_owned() } else { graph.accounts.shown(account) };
    format!(
        "`aws iam get-account-authorization-details > {name}.json` with credentials of {whose} tells it: add `--snapshot {name}={name}.json`"
    )
}

/// The file with the policy of a resource, and the option that names it; `None` where no command prints it.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketPolicy.html>
/// <https://docs.aws.amazon.com/kms/latest/APIReference/API_GetKeyPolicy.html>
/// <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetResourcePolicy.html>
pub(super) fn resource(graph: &Graph, arn: &str, account: &Text) -> Option<String> {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let [_, _, service, region, owner, rest] = parts.as_slice() else { return None };
    let last = rest.rsplit([':', '/']).next().unwrap_or_default();
    let command = match *service {
        "iam" | "sts" => return Some(identities(graph, account)),
        "s3" => {
            format!("aws s3api get-bucket-policy --bucket {}", rest.split('/').next().unwrap_or_default())
        }
        "kms" => format!("aws kms get-key-policy --policy-name default --key-id {arn}"),
        "sqs" => format!(
            "aws sqs get-queue-attributes --attribute-names All --queue-url https://sqs.{region}.amazonaws.com/{owner}/{last}"
        ),
        "sns" => format!("aws sns get-topic-attributes --topic-arn {arn}"),
        "lambda" => format!("aws lambda get-policy --function-name {arn}"),
        "secretsmanager" => format!("aws secretsmanager get-resource-policy --secret-id {arn}"),
        "dynamodb" => format!("aws dynamodb get-resource-policy --resource-arn {arn}"),
        "kinesis" => format!("aws kinesis get-resource-policy --resource-arn {arn}"),
        "events" => format!("aws events describe-event-bus --name {arn}"),
        "ecr" => {
            let name = rest.strip_prefix("repository/").unwrap_or(rest);
            format!("aws ecr get-repository-policy --registry-id {owner} --repository-name {name}")
        }
        _ => return None,
    };
    let shown = |letter: char| {
        letter.is_ascii_graphic() && !matches!(letter, '`' | '\'' | '"' | '$' | ';' | '&' | '|')
    };
    if !command.chars().all(|letter| letter == ' ' || shown(letter)) {
        return None;
    }
    if *service == "kms" {
        return Some(format!(
            "`{command} > {service}.json` tells it, but not of which key it is: add `[[snapshot]]` with `path = \"{service}.json\"` and \
             `resource = \"{arn}\"` to trustlint.toml"
        ));
    }
    let name = name(graph, account);
    Some(format!("`{command} > {service}.json` tells it: add `--snapshot {name}={service}.json`"))
}

/// What an account is called on the command line.
fn name(graph: &Graph, account: &Text) -> String {
    let shown = graph.accounts.shown(account);
    let name = shown.split(" (").next().unwrap_or_default();
    let is_plain = |name: &str| {
        !name.is_empty() && name.chars().all(|it| it.is_ascii_alphanumeric() || matches!(it, '-' | '_'))
    };
    let is_known = graph.accounts.is_assigned(account) || is_account_id(name);
    if is_known && is_plain(name) { name.to_owned() } else { "NAME".to_owned() }
}
