//! Which condition keys speak of the caller.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html>

/// What a condition bounds the callers to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Bounding {
    /// Accounts: `aws:PrincipalAccount`, `kms:CallerAccount`.
    Account,
    /// Organizations or parts of them: `aws:PrincipalOrgID`, `aws:PrincipalOrgPaths`.
    Organization,
    /// Named principals: `aws:PrincipalArn`, `aws:userid`.
    Principal,
    /// Services: `aws:PrincipalServiceName`, `aws:PrincipalIsAWSService`.
    Service,
    /// The owner of the resource a service acts for: `aws:SourceArn`, `aws:SourceAccount`.
    Source,
    /// Networks: `aws:SourceIp`, `aws:SourceVpce`.
    Network,
    /// The tenant of an identity provider: `….com:sub`, `saml:aud`.
    Tenant,
    /// A text that only the partner knows: `sts:ExternalId`, `lambda:EventSourceToken`.
    Secret,
}

/// What a key speaks of.
pub(super) enum Subject {
    Caller(Bounding),
    /// Nothing is said about such a key here.
    Unclear,
    /// Something else; why that does not limit the caller.
    Other(String),
}

const CALLER: &[(&str, Bounding)] = &[
    ("aws:principalaccount", Bounding::Account),
    ("kms:calleraccount", Bounding::Account),
    ("aws:principalorgid", Bounding::Organization),
    ("aws:principalorgpaths", Bounding::Organization),
    ("aws:principalarn", Bounding::Principal),
    ("aws:userid", Bounding::Principal),
    ("aws:federatedprovider", Bounding::Principal),
    ("aws:principalisawsservice", Bounding::Service),
    ("aws:principalservicename", Bounding::Service),
    ("aws:principalservicenameslist", Bounding::Service),
    ("aws:sourcearn", Bounding::Source),
    ("aws:sourceaccount", Bounding::Source),
    ("aws:sourceorgid", Bounding::Source),
    ("aws:sourceorgpaths", Bounding::Source),
    ("s3:dataaccesspointaccount", Bounding::Account),
    ("s3:dataaccesspointarn", Bounding::Source),
    ("aws:sourcevpce", Bounding::Network),
    ("aws:sourcevpc", Bounding::Network),
    ("aws:sourcevpcarn", Bounding::Network),
    ("aws:vpceaccount", Bounding::Network),
    ("aws:vpceorgid", Bounding::Network),
    ("aws:vpceorgpaths", Bounding::Network),
    ("aws:sourceip", Bounding::Network),
    ("sts:externalid", Bounding::Secret),
    // https://docs.aws.amazon.com/lambda/latest/api/API_AddPermission.html
    ("lambda:eventsourcetoken", Bounding::Secret),
];

/// Keys of services and of the request that say nothing of who calls.
const OTHER: &[(&str, &str)] = &[
    ("kms:viaservice", "does not limit the account that calls through the service"),
    ("kms:grantisforawsresource", "does not limit who calls"),
    ("lambda:functionurlauthtype", "says how the URL is called, not by whom"),
    ("aws:securetransport", "says how the request travels, not who sends it"),
    ("aws:multifactorauthpresent", "says how the caller signed in, not who it is"),
    ("aws:multifactorauthage", "says how the caller signed in, not who it is"),
    ("aws:referer", "is chosen by the caller"),
    ("aws:useragent", "is chosen by the caller"),
    ("aws:username", "is a name that every account can give to a user"),
    ("aws:principaltype", "says of which kind the caller is, not who it is"),
    ("aws:currenttime", "is about time, not about the caller"),
    ("aws:epochtime", "is about time, not about the caller"),
    ("aws:requestedregion", "is about the request, not about the caller"),
    ("aws:vpcsourceip", "is a private address that every network has"),
    ("sts:rolesessionname", "is chosen by the caller"),
    ("sts:sourceidentity", "is chosen by the caller"),
    ("s3:x-amz-acl", "is about the request, not about the caller"),
];

/// What a key, in lower case, speaks of in a policy of `service`.
pub(super) fn subject(key: &str, service: &str) -> Subject {
    if key == "aws:sourceowner" {
        // Sent by Amazon SNS, whose default topic policy relies on it.
        return if service == "sns" { Subject::Caller(Bounding::Account) } else { Subject::Unclear };
    }
    if let Some((_, kind)) = CALLER.iter().find(|(known, _)| *known == key) {
        return Subject::Caller(*kind);
    }
    if let Some((_, reason)) = OTHER.iter().find(|(known, _)| *known == key) {
        return Subject::Other(format!("`{key}` {reason}"));
    }
    if key.starts_with("aws:principaltag/") {
        return Subject::Other(format!("`{key}` is a tag that every account can give to its principals"));
    }
    if key.starts_with("aws:resource") || key == "s3:resourceaccount" {
        return Subject::Other(format!("`{key}` is about the resource, not about the caller"));
    }
    if key.starts_with("aws:requesttag/") || key == "aws:tagkeys" || key.starts_with("s3:requestobjecttag") {
        return Subject::Other(format!("`{key}` is chosen by the caller"));
    }
    if key.starts_with("saml:") || key.split_once(':').is_some_and(|(issuer, _)| issuer.contains('.')) {
        return Subject::Caller(Bounding::Tenant);
    }
    if key.starts_with("kms:encryptioncontext") {
        // What a service puts there often names its account: the ARN of a trail, of a secret.
        return Subject::Unclear;
    }
    match key.split_once(':') {
        // Keys of services are about what is asked for; the few about the caller are listed above.
        Some(("s3" | "sns" | "sqs" | "kms" | "lambda" | "secretsmanager" | "ecr" | "sts" | "iam", _)) => {
            Subject::Other(format!("`{key}` does not say who calls"))
        }
        _ => Subject::Unclear,
    }
}
