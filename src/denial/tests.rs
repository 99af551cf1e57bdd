use super::{Denial, PolicyKind, Source, Stated, read, text_of};

fn one(text: &str) -> Denial {
    let reading = read(text);
    assert_eq!(reading.denials.len(), 1, "{text}: {reading:?}");
    reading.denials.into_iter().next().unwrap()
}

fn parts(text: &str) -> (Option<String>, Option<String>, Option<String>, Vec<Stated>) {
    let denial = one(text);
    (denial.principal, denial.action, denial.resource, denial.stated)
}

const BUILD: &str = "arn:aws:sts::640123987001:assumed-role/build/job-7";
const SHIP: &str = "arn:aws:iam::640123987002:role/ship";

#[test]
fn what_clients_print_around_a_message_is_taken_off() {
    let bare = format!("User: {BUILD} is not authorized to perform: sts:AssumeRole on resource: {SHIP}");
    let said = Some("sts:AssumeRole".to_owned());
    for text in [
        bare.clone(),
        format!("\nAn error occurred (AccessDenied) when calling the AssumeRole operation: {bare}\n"),
        format!(
            "aws: [ERROR]: An error occurred (AccessDenied) when calling the AssumeRole operation: {bare}"
        ),
        format!(
            "operation error STS: AssumeRole, https response error StatusCode: 403, RequestID: 1-2, api error AccessDenied: {bare}"
        ),
        format!(
            "{bare} (Service: AWSSecurityTokenService; Status Code: 403; Error Code: AccessDenied; Request ID: 1-2; Proxy: null)"
        ),
        format!("{bare}\n\tstatus code: 403, request id: 1-2"),
        format!("{{\"Message\": \"{bare}\"}}"),
        format!("{{\"__type\": \"AccessDeniedException\", \"message\": \"{bare}\"}}"),
        format!(
            "{{\"StackEvents\": [{{\"ResourceStatusReason\": \"Resource handler returned message: \\\"{bare} (Service: Sts, Status Code: 403)\\\"\"}}]}}"
        ),
        format!("<ErrorResponse><Error><Message>{bare}</Message></Error></ErrorResponse>"),
        format!("level=error msg=\"{}\"", bare.replace('"', "\\\"")),
    ] {
        let denial = one(&text);
        assert_eq!((denial.principal.as_deref(), denial.action), (Some(BUILD), said.clone()), "{text}");
        assert_eq!(denial.resource.as_deref(), Some(SHIP), "{text}");
    }
}

#[test]
fn a_message_in_a_box_is_read_as_one_line() {
    let text = format!(
        "\u{1b}[31m╷\u{1b}[0m\n│ Error: assuming role: operation error STS: AssumeRole, https response\n│ error StatusCode: 403, api error AccessDenied: User:\n│ {BUILD} is not\n│ authorized to perform: sts:AssumeRole on resource:\n│ {SHIP}\n│ \n│   with aws_iam_role.x,\n│   on main.tf line 1 because no identity-based policy allows it\n╵\n"
    );
    let (principal, action, resource, stated) = parts(&text);
    assert_eq!((principal.as_deref(), action.as_deref()), (Some(BUILD), Some("sts:AssumeRole")));
    assert_eq!((resource.as_deref(), stated), (Some(SHIP), Vec::new()));
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn reasons_name_the_sort_of_policy() {
    let policy = "arn:aws:organizations::640123987003:policy/o-q1w2e3r4t5/service_control_policy/p-zzzz9999";
    let denied = |kind, policy: Option<&str>| Stated::Denied {
        kind: Some(kind),
        policy: policy.map(ToOwned::to_owned),
    };
    for (reason, stated) in [
        (
            "because no identity-based policy allows the sqs:SendMessage action",
            Stated::Unallowed(PolicyKind::Identity),
        ),
        (
            "because no resource-based policy allows the sqs:SendMessage action.",
            Stated::Unallowed(PolicyKind::Resource),
        ),
        (
            "because no service control policy allows the sqs:SendMessage action",
            Stated::Unallowed(PolicyKind::ServiceControl),
        ),
        (
            "because no permissions boundary allows the sqs:SendMessage action",
            Stated::Unallowed(PolicyKind::Boundary),
        ),
        (
            "because no session policy allows the sqs:SendMessage action",
            Stated::Unallowed(PolicyKind::Session),
        ),
        (
            "because no VPC endpoint policy allows the sqs:SendMessage action",
            Stated::Unallowed(PolicyKind::Endpoint),
        ),
        (
            "because no role trust policy allows the sts:AssumeRole action",
            Stated::Unallowed(PolicyKind::Trust),
        ),
        ("with an explicit deny in a sessions policy", denied(PolicyKind::Session, None)),
        ("with an explicit deny in the role trust policy", denied(PolicyKind::Trust, None)),
        ("with an explicit deny in a resource control policy", denied(PolicyKind::ResourceControl, None)),
        (
            "with an explicit deny in an identity-based policy: arn:aws:iam::aws:policy/AWSDenyAll.",
            denied(PolicyKind::Identity, Some("arn:aws:iam::aws:policy/AWSDenyAll")),
        ),
        (
            "with an explicit deny in a VPC endpoint policy transitively through a service control policy",
            denied(PolicyKind::ServiceControl, None),
        ),
        (
            &format!("with an explicit deny in a service control policy: {policy}"),
            denied(PolicyKind::ServiceControl, Some(policy)),
        ),
        (
            "because public policies are prevented by the BlockPublicPolicy setting in S3 Block Public Access.",
            Stated::PublicAccess("BlockPublicPolicy".to_owned()),
        ),
    ] {
        let queue = "arn:aws:sqs:eu-central-1:640123987002:jobs";
        let said = format!(
            "User: {BUILD} is not authorized to perform: sqs:SendMessage on resource: {queue} {reason}"
        );
        let (_, action, resource, found) = parts(&said);
        assert_eq!(
            (action.as_deref(), resource.as_deref()),
            (Some("sqs:SendMessage"), Some(queue)),
            "{reason}"
        );
        assert_eq!(found, [stated], "{reason}");
    }
}

#[test]
fn resources_are_quoted_named_or_missing() {
    for (written, resource) in [
        (
            "on resource: \"arn:aws:s3:::jobs-in/a b.csv\" with an explicit deny in a resource-based policy",
            Some("arn:aws:s3:::jobs-in/a b.csv"),
        ),
        ("on resource: role audit because no identity-based policy allows it", Some("role audit")),
        ("on resource: policy path / because no identity-based policy allows it", Some("policy path /")),
        ("on resource: jobs/token because no identity-based policy allows it", Some("jobs/token")),
        ("on this resource because no identity-based policy allows it", None),
        (
            "on the resource associated with this ciphertext because the resource does not exist in this Region, no resource-based policies allow access, or a resource-based policy explicitly denies access",
            None,
        ),
        ("with an explicit deny in a service control policy", None),
        ("", None),
    ] {
        let said = format!("User: {BUILD} is not authorized to perform: x:Y {written}");
        assert_eq!(one(&said).resource.as_deref(), resource, "{written}");
    }
}

#[test]
fn what_follows_a_message_is_no_part_of_it() {
    let said = format!(
        "User: {BUILD} is not authorized to perform: sts:AssumeRole on resource: {SHIP}\nThis failed because no identity-based policy allows the logs:PutLogEvents action, I think."
    );
    assert_eq!(one(&said).stated, []);
}

#[test]
fn all_messages_of_a_log_are_read_with_their_lines_and_repeated_ones_once() {
    let message =
        |action: &str| format!("User: {BUILD} is not authorized to perform: {action} on resource: {SHIP}");
    let log = format!(
        "start\n{}\nretry\n{}\n{}\n",
        message("sts:AssumeRole"),
        message("sts:AssumeRole"),
        message("sts:TagSession")
    );
    let reading = read(&log);
    let read: Vec<_> = reading.denials.iter().map(|it| (it.line, it.times, it.action.as_deref())).collect();
    assert_eq!(read, [(2, 2, Some("sts:AssumeRole")), (5, 1, Some("sts:TagSession"))]);
}

#[test]
fn ids_and_encoded_details_are_noticed() {
    let said = format!(
        "User: {BUILD} is not authorized to perform: iam:GetRole on resource: role audit because no identity-based policy allows the iam:GetRole action. Go to https://us-east-1.console.aws.amazon.com/iam/home#/authorization-details/q9w8e7 for complete details, or call the GetRequestAuthorizationDetails API with the following authorization id: q9w8e7"
    );
    assert_eq!(one(&said).authorization.as_deref(), Some("q9w8e7"));
    let said = format!(
        "An error occurred (UnauthorizedOperation) when calling the RunInstances operation: You are not authorized to perform this operation. User: {BUILD} is not authorized to perform: ec2:RunInstances on resource: arn:aws:ec2:eu-central-1:640123987001:instance/* because no identity-based policy allows the ec2:RunInstances action. Encoded authorization failure message: AbC-1_x"
    );
    let denial = one(&said);
    assert!(denial.is_encoded && denial.action.as_deref() == Some("ec2:RunInstances"), "{denial:?}");
}

#[test]
fn messages_that_say_little_are_denials_too_and_other_texts_are_none() {
    let denial = one(
        "An error occurred (AccessDenied) when calling the AssumeRoleWithWebIdentity operation: Not authorized to perform sts:AssumeRoleWithWebIdentity",
    );
    assert_eq!((denial.principal, denial.action.as_deref()), (None, Some("sts:AssumeRoleWithWebIdentity")));
    let denial = one("An error occurred (AccessDenied) when calling the PutObject operation: Access Denied");
    assert_eq!(denial.action.as_deref(), Some("PutObject"));
    let denial = one("fatal error: An error occurred (403) when calling the HeadObject operation: Forbidden");
    assert_eq!(denial.action.as_deref(), Some("HeadObject"));
    let denial = one(
        "An error occurred (AccessDeniedException) when calling the Decrypt operation: The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you are not allowed to access.",
    );
    assert_eq!((denial.action.as_deref(), denial.stated), (Some("kms:Decrypt"), vec![Stated::Key]));
    for text in [
        "",
        "{",
        "[1, 2",
        "is not authorized to perform",
        "User: x is not authorized to perform: nothing",
        "the page says Access Denied when one is not logged in",
        "HTTP/1.1 403 Forbidden",
        "[ERROR] broken",
    ] {
        assert!(read(text).denials.is_empty(), "{text}");
    }
}

#[test]
fn an_event_of_cloudtrail_tells_the_role_with_its_path_and_the_context() {
    let event = |code: &str| {
        format!(
            r#"{{"eventVersion": "1.11", "userIdentity": {{"type": "AssumedRole", "arn": "{BUILD}", "accountId": "640123987001", "sessionContext": {{"sessionIssuer": {{"type": "Role", "arn": "arn:aws:iam::640123987001:role/jobs/build"}}, "attributes": {{"mfaAuthenticated": "false"}}}}}}, "eventTime": "2026-05-01T10:00:00Z", "eventSource": "sts.amazonaws.com", "eventName": "AssumeRole", "awsRegion": "eu-central-1", "sourceIPAddress": "192.0.2.7", {code} "requestParameters": {{"roleArn": "{SHIP}", "roleSessionName": "x"}}}}"#
        )
    };
    let denied = r#""errorCode": "AccessDenied", "errorMessage": "denied","#;
    let listed = format!("{{\"Records\": [{}, {}]}}", event(""), event(denied));
    let looked_up = format!(
        "{{\"Events\": [{{\"CloudTrailEvent\": {}}}]}}",
        serde_json::to_string(&event(denied)).unwrap()
    );
    for text in [event(denied), listed, looked_up, format!("{}\n{}", event(""), event(denied))] {
        let denial = one(&text);
        assert_eq!(denial.source, Source::Trail);
        assert_eq!(denial.issuer.as_deref(), Some("arn:aws:iam::640123987001:role/jobs/build"));
        assert_eq!(
            (denial.action.as_deref(), denial.resource.as_deref()),
            (Some("sts:AssumeRole"), Some(SHIP))
        );
        let value = |key: &str| {
            denial.context.iter().find(|(name, _)| name == key).map(|(_, values)| values.join(","))
        };
        assert_eq!(value("aws:SourceIp").as_deref(), Some("192.0.2.7"));
        assert_eq!(value("aws:MultiFactorAuthPresent").as_deref(), Some("false"));
        assert_eq!(value("sts:ExternalId").as_deref(), Some(""), "it was not sent");
    }
    let allowed = read(&event(""));
    assert_eq!((allowed.denials.len(), allowed.allowed), (0, 1));
}

#[test]
fn a_decoded_message_is_json_in_json() {
    let inner = format!(
        r#"{{"allowed": false, "explicitDeny": true, "matchedStatements": {{"items": [{{"statementId": "", "effect": "DENY", "actions": {{"items": [{{"value": "ec2:RunInstances"}}]}}}}]}}, "context": {{"principal": {{"arn": "{BUILD}"}}, "action": "RunInstances", "resource": "arn:aws:ec2:eu-central-1:640123987001:instance/*", "conditions": {{"items": [{{"key": "ec2:InstanceType", "values": {{"items": [{{"value": "m5.large"}}]}}}}]}}}}}}"#
    );
    let outer = format!("{{\"DecodedMessage\": {}}}", serde_json::to_string(&inner).unwrap());
    for text in [inner, outer] {
        let denial = one(&text);
        assert_eq!(denial.source, Source::Decoded);
        assert_eq!(denial.stated, [Stated::Denied { kind: None, policy: None }]);
        assert_eq!(denial.context, [("ec2:InstanceType".to_owned(), vec!["m5.large".to_owned()])]);
        assert!(denial.matched.iter().any(|it| it.denies && it.content == ["ec2:RunInstances"]));
    }
}

#[test]
fn details_of_both_generations_tell_all_that_deny() {
    let details = |evaluation: &str| {
        format!(
            r#"{{"requestContext": {{"aws:PrincipalARN": "arn:aws:iam::640123987001:role/jobs/build", "aws:SourceIp": "192.0.2.7/32", "aws:PrincipalOrgPaths": "[o-q1w2e3r4t5/r-ab12/]"}}, "evaluations": [{{"action": "s3:ListBucket", "resource": "arn:aws:s3:::x", "evaluatedEffect": "ALLOW"}}, {{"action": "sts:AssumeRole", "resource": "{SHIP}", "context": {{"sts:RoleSessionName": "x"}}, {evaluation}}}], "policies": [{{"type": "IDENTITY_BASED_POLICY", "uri": "arn:aws:iam::aws:policy/AWSDenyAll", "attachedTo": [{{"arn": "arn:aws:iam::640123987001:role/jobs/build"}}]}}]}}"#
        )
    };
    let denial = one(&details(
        r#""evaluatedEffect": "IMPLICIT_DENY", "checks": [{"checkType": "SERVICE_CONTROL_POLICY", "evaluatedEffect": "ALLOW"}, {"checkType": "RESOURCE", "evaluatedEffect": "IMPLICIT_DENY"}, {"checkType": "PRINCIPAL", "evaluatedEffect": "IMPLICIT_DENY"}]"#,
    ));
    assert_eq!(
        denial.stated,
        [Stated::Unallowed(PolicyKind::Resource), Stated::Unallowed(PolicyKind::Identity)]
    );
    assert_eq!(denial.issuer.as_deref(), Some("arn:aws:iam::640123987001:role/jobs/build"));
    let value =
        |key: &str| denial.context.iter().find(|(name, _)| name == key).map(|(_, values)| values.join(","));
    assert_eq!(value("aws:SourceIp").as_deref(), Some("192.0.2.7"));
    assert_eq!(value("aws:PrincipalOrgPaths").as_deref(), Some("o-q1w2e3r4t5/r-ab12/"));
    assert_eq!(value("sts:RoleSessionName").as_deref(), Some("x"));
    let denial = one(&details(
        r#""evaluatedEffect": "EXPLICIT_DENY", "matchedPolicies": [{"uri": "arn:aws:iam::aws:policy/AWSDenyAll", "matchedStatements": [{"sid": "Statement1", "evaluatedEffect": "DENY"}]}]"#,
    ));
    let policy = Some("arn:aws:iam::aws:policy/AWSDenyAll".to_owned());
    assert_eq!(denial.stated, [Stated::Denied { kind: Some(PolicyKind::Identity), policy }]);
    assert_eq!(denial.matched.first().unwrap().attached, ["arn:aws:iam::640123987001:role/jobs/build"]);
}

#[test]
fn inputs_come_in_several_encodings() {
    let said = "denied: é";
    let utf_16: Vec<u8> =
        [0xff, 0xfe].into_iter().chain(said.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    let with_mark = [b"\xef\xbb\xbf", said.as_bytes()].concat();
    let mut packed = vec![0x1f, 0x8b, 8, 8, 0, 0, 0, 0, 0, 0xff];
    packed.extend(b"x.json\0");
    packed.extend(miniz_oxide::deflate::compress_to_vec(said.as_bytes(), 6));
    packed.extend([0; 8]);
    for bytes in [said.as_bytes().to_vec(), utf_16, with_mark, packed] {
        assert_eq!(text_of(&bytes).as_deref(), Ok(said));
    }
    assert!(text_of(&[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff, 1, 2, 3]).is_err());
}

#[test]
fn deep_and_long_inputs_end() {
    assert!(read(&"[".repeat(100_000)).denials.is_empty());
    assert!(read(&"Access Denied: ".repeat(10_000)).denials.len() <= crate::bounds::ANSWERS_LISTED);
    let line = |index| format!("User: {BUILD} is not authorized to perform: x:Y{index} on resource: z\n");
    let many: String = (0..1_000).map(line).collect();
    let reading = read(&many);
    assert_eq!(
        (reading.denials.len(), reading.more),
        (crate::bounds::ANSWERS_LISTED, 1_000 - crate::bounds::ANSWERS_LISTED)
    );
}

/// Whatever is cut off or doubled, reading ends and says something or nothing.
#[test]
fn damaged_inputs_are_read_as_far_as_they_go() {
    let message = format!(
        "An error occurred (AccessDenied) when calling the AssumeRole operation: User: {BUILD} is not authorized to perform: sts:AssumeRole on resource: \"{SHIP}\" with an explicit deny in a VPC endpoint policy transitively through a service control policy: arn:aws:organizations::1:policy/p. Encoded authorization failure message: é-1 Access Denied You are not authorized to perform this operation. The ciphertext refers to a customer master key"
    );
    let event = format!(
        r#"{{"Records": [{{"userIdentity": {{"arn": "{BUILD}"}}, "eventName": "AssumeRole", "eventSource": "sts", "errorCode": "AccessDenied", "errorMessage": "{BUILD} is not authorized to perform: sts:AssumeRole"}}]}}"#
    );
    let details = format!(
        r#"{{"requestContext": {{"aws:SourceIp": "[1, 2", "aws:EpochTime": "x"}}, "evaluations": [{{"action": 1, "resource": "{SHIP}", "evaluatedEffect": "EXPLICIT_DENY", "checks": [{{"checkType": "X"}}, 3], "matchedPolicies": [{{"uri": "u"}}]}}, null], "policies": {{}}}}"#
    );
    for text in [message, event, details] {
        for (at, letter) in text.char_indices() {
            let (before, after) = text.split_at(at);
            let _ = read(before);
            let _ = read(after);
            let _ = read(&format!("{before}{letter}{after}"));
            let rest = after.get(letter.len_utf8()..).unwrap_or_default();
            let reading = read(&format!("{before}{rest}"));
            assert!(reading.denials.len() < 10, "{before}|{rest}");
        }
    }
}
