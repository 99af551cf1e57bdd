//! Which condition keys speak of the caller.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html>

use crate::iam::data::shown_key as shown;

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
    ("aws:chatbotsourcearn", Bounding::Principal),
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
    ("aws:ec2instancesourcevpc", Bounding::Network),
    ("aws:vpceaccount", Bounding::Network),
    ("aws:vpceorgid", Bounding::Network),
    ("aws:vpceorgpaths", Bounding::Network),
    ("aws:sourceip", Bounding::Network),
    ("sts:externalid", Bounding::Secret),
    // https://docs.aws.amazon.com/lambda/latest/api/API_AddPermission.html
    ("lambda:eventsourcetoken", Bounding::Secret),
];

const CHOSEN: &str = "is chosen by the caller";
const PATH: &str = "describes how the request reached the service, not who made it";
const SIGN_IN: &str = "describes how the caller signed in, not who it is";
const TIME: &str = "is about time, not about the caller";
const REQUEST: &str = "is about the request, not about the caller";
const PRIVATE: &str = "is a private address, which any network can use";

/// Keys of services and of the request that say nothing of who calls.
const OTHER: &[(&str, &str)] = &[
    ("kms:viaservice", "does not restrict the account that calls through the service"),
    ("kms:grantisforawsresource", "does not restrict who calls"),
    ("lambda:functionurlauthtype", "describes how the URL is called, not by whom"),
    ("aws:securetransport", "describes how the request is sent, not who sends it"),
    ("aws:multifactorauthpresent", SIGN_IN),
    ("aws:multifactorauthage", SIGN_IN),
    ("aws:assumedroot", SIGN_IN),
    ("aws:tokenissuetime", SIGN_IN),
    ("aws:calledvia", PATH),
    ("aws:calledviafirst", PATH),
    ("aws:calledvialast", PATH),
    ("aws:calledviaawsmcp", PATH),
    ("aws:viaawsservice", PATH),
    ("aws:viaawsmcpservice", PATH),
    ("aws:ismcpserviceaction", PATH),
    ("aws:referer", CHOSEN),
    ("aws:useragent", CHOSEN),
    ("aws:sourceidentity", CHOSEN),
    ("aws:username", "is a name any account can give to its own user"),
    ("aws:principaltype", "describes the kind of principal, not who it is"),
    ("aws:currenttime", TIME),
    ("aws:epochtime", TIME),
    ("aws:requestedregion", REQUEST),
    ("aws:vpcsourceip", PRIVATE),
    ("aws:ec2instancesourceprivateipv4", PRIVATE),
    ("sts:rolesessionname", CHOSEN),
    ("sts:sourceidentity", CHOSEN),
    ("s3:x-amz-acl", REQUEST),
];

/// The key of the caller that says of it what this one says of the resource.
pub(super) fn twin(key: &str) -> Option<&'static str> {
    Some(match key {
        "aws:resourceaccount" | "s3:resourceaccount" => "aws:principalaccount",
        "aws:resourceorgid" => "aws:principalorgid",
        "aws:resourceorgpaths" => "aws:principalorgpaths",
        _ => return None,
    })
}

/// Whether the caller, or its account, decides what a key is, so that a value made of it bounds nobody.
pub(super) fn is_of_caller(key: &str) -> bool {
    const CALLERS: [&str; 9] = [
        "aws:principalaccount",
        "aws:principalorgid",
        "aws:principalorgpaths",
        "aws:principalarn",
        "aws:userid",
        "aws:username",
        "aws:sourceidentity",
        "aws:referer",
        "aws:useragent",
    ];
    CALLERS.contains(&key) || key.starts_with("aws:principaltag/") || key.starts_with("aws:requesttag/")
}

/// What a key, in lower case, speaks of in a policy of `service`.
pub(super) fn subject(key: &str, service: &str) -> Subject {
    if key == "aws:sourceowner" {
        // Sent by Amazon SNS, whose default topic policy relies on it.
        return if service == "sns" { Subject::Caller(Bounding::Account) } else { Subject::Unclear };
    }
    if let Some((_, kind)) = CALLER.iter().find(|(known, _)| *known == key) {
        return Subject::Caller(*kind);
    }
    let other = |reason: &str| Subject::Other(format!("`{}` {reason}", shown(key)));
    if let Some((_, reason)) = OTHER.iter().find(|(known, _)| *known == key) {
        return other(reason);
    }
    if key.starts_with("aws:principaltag/") {
        return other("is a tag any account can set on its own principals");
    }
    if key.starts_with("aws:resource") || key == "s3:resourceaccount" {
        return other("is about the resource, not about the caller");
    }
    if key.starts_with("aws:requesttag/") || key == "aws:tagkeys" || key.starts_with("s3:requestobjecttag") {
        return other(CHOSEN);
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
            other("does not identify the caller")
        }
        _ => Subject::Unclear,
    }
}
