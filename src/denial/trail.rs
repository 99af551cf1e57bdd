//! Events of CloudTrail.
//!
//! <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html>
//! <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html>

use std::net::IpAddr;

use serde_json::Value;

use super::reading::{Reading, text_of};
use super::{Denial, Source, message};

/// What the code of an error has in it when AWS denied the request.
const CODES: [&str; 6] = [
    "AccessDenied",
    "UnauthorizedOperation",
    "AuthorizationError",
    "NotAuthorized",
    "Forbidden",
    "UnauthorizedAccess",
];

/// Reads an event that is kept as text, as `lookup-events` does.
pub(super) fn text(text: &str, line: usize, reading: &mut Reading) {
    match serde_json::from_str(text) {
        Ok(value) => event(&value, line, reading),
        Err(error) => reading.note(format!("could not read `CloudTrailEvent`: {error}")),
    }
}

/// Reads an event.
pub(super) fn event(value: &Value, line: usize, reading: &mut Reading) {
    let code = text_of(value, "errorCode").unwrap_or_default();
    if !CODES.iter().any(|one| code.contains(one)) {
        reading.allowed += 1;
        return;
    }
    let said = text_of(value, "errorMessage").unwrap_or_default();
    let mut told = Reading::default();
    message::read(said, line, &mut told);
    let denial = told.denials.into_iter().next().unwrap_or_default();
    let identity = value.get("userIdentity").unwrap_or(&Value::Null);
    let issuer =
        identity.pointer("/sessionContext/sessionIssuer").filter(|it| text_of(it, "type") == Some("Role"));
    let own = |text: Option<&str>| text.map(ToOwned::to_owned);
    let (resource, owner) = resource(value);
    reading.keep(Denial {
        source: Source::Trail,
        line,
        principal: denial.principal.or_else(|| own(text_of(identity, "arn"))),
        issuer: own(issuer.and_then(|it| text_of(it, "arn"))),
        action: denial.action.filter(|it| it.contains(':')).or_else(|| action(value)),
        resource: denial.resource.or(resource),
        owner,
        context: context(value),
        ..denial
    });
}

/// The action as the name of the call has it, which is not always that of IAM.
fn action(value: &Value) -> Option<String> {
    let service = text_of(value, "eventSource")?.split('.').next()?;
    Some(format!("{service}:{}", text_of(value, "eventName")?))
}

/// What was asked for, and its account.
fn resource(value: &Value) -> (Option<String>, Option<String>) {
    let listed = value.get("resources").and_then(Value::as_array).into_iter().flatten();
    let arn = |one: &&Value| text_of(one, "ARN").is_some_and(|arn| arn.starts_with("arn:"));
    let owner = listed.clone().find_map(|one| text_of(one, "accountId")).map(ToOwned::to_owned);
    if let Some(first) = listed.clone().find(arn) {
        return (text_of(first, "ARN").map(ToOwned::to_owned), owner);
    }
    let sent = value.get("requestParameters").unwrap_or(&Value::Null);
    let named = ["roleArn", "topicArn", "keyId", "secretId", "resourceArn"];
    let named = named.iter().find_map(|key| text_of(sent, key)).filter(|arn| arn.starts_with("arn:"));
    let of_bucket = || {
        let object = text_of(sent, "key").map(|key| format!("/{key}")).unwrap_or_default();
        Some(format!("arn:aws:s3:::{}{object}", text_of(sent, "bucketName")?))
    };
    (named.map(ToOwned::to_owned).or_else(of_bucket), owner)
}

/// What the event tells of the keys of the request.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html>
fn context(value: &Value) -> Vec<(String, Vec<String>)> {
    let mut keys = Vec::new();
    let mut say = |key: &str, value: Option<&str>| {
        keys.extend(value.map(|value| (key.to_owned(), vec![value.to_owned()])));
    };
    say("aws:RequestedRegion", text_of(value, "awsRegion"));
    say("aws:CurrentTime", text_of(value, "eventTime"));
    say("aws:UserAgent", text_of(value, "userAgent"));
    let endpoint = text_of(value, "vpcEndpointId");
    say("aws:SourceVpce", endpoint);
    let address = text_of(value, "sourceIPAddress").filter(|it| it.parse::<IpAddr>().is_ok());
    // A request through an endpoint has `aws:VpcSourceIp` in its place.
    say(if endpoint.is_some() { "aws:VpcSourceIp" } else { "aws:SourceIp" }, address);
    let attributes = value.pointer("/userIdentity/sessionContext/attributes");
    say("aws:MultiFactorAuthPresent", attributes.and_then(|it| text_of(it, "mfaAuthenticated")));
    let Some(sent) = value.get("requestParameters").filter(|sent| text_of(sent, "roleArn").is_some()) else {
        return keys;
    };
    say("sts:RoleSessionName", text_of(sent, "roleSessionName"));
    let is_assuming = text_of(value, "eventName") == Some("AssumeRole");
    match text_of(sent, "externalId") {
        Some(id) => say("sts:ExternalId", Some(id)),
        None if is_assuming => keys.push(("sts:ExternalId".to_owned(), Vec::new())),
        None => {}
    }
    keys
}
