//! Access for anyone.

use super::common::{actions_of, beside, listed};
use super::dropped::with_dropped;
use super::notified::Notified;
use super::unknown_action::is_no_action;
use super::{Context, Rule, function_url};
use crate::ask::{Setting, principals};
use crate::diagnostic::{Diagnostic, Effect, Severity};
use crate::facts::Language;
use crate::graph::{Meant, Purpose, Surroundings};
use crate::iam::callers::{self, Callers, LoopholeKind};
use crate::iam::condition::{self, Presence};
use crate::iam::data;
use crate::iam::policy::{self, Item, Polarity, Statement};
use crate::iam::principal::Principal;
use crate::source::Spanned;
use crate::value::{Answer, Text};

pub(super) static RULE: Rule = Rule {
    name: "wildcard-principal",
    summary: "a policy grants access to anyone, because no condition restricts a wildcard principal",
    effect: Effect::Exposed,
    severity: Severity::Error,
    family: "grant",
    since: "0.1.0",
    page: include_str!("../../rules/wildcard-principal.md"),
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let request = context.request();
    let notified = Notified::of(context.graph);
    for setting in principals(context.graph) {
        let cut_off = is_cut_off(&setting);
        // IAM rejects a principal in the policy of an identity.
        if cut_off.is_yes() || setting.document.purpose == Purpose::Identity {
            continue;
        }
        let everyone = everyone(&setting);
        if everyone.is_empty() {
            continue;
        }
        let admitted =
            callers::admitted(&setting.document.policy, setting.statement, service(&setting), request);
        let api = public_api(&setting);
        let changes_nothing = opens_nothing(context, &setting) || api == Some(Answer::No);
        if !admitted.bounded.is_no() || changes_nothing {
            continue;
        }
        let reading = reading(&setting, &admitted, request);
        let actions = open_actions(&setting, request);
        for item in everyone {
            let finding = match (&reading, search_domain(&setting)) {
                (Some(reading), _) => reading.place(&setting, item),
                (None, Some(asks)) => of_domain(&setting, item, &admitted, (&actions, asks)),
                (None, None) if api == Some(Answer::Unknown) => {
                    finding(&setting, item, &admitted, &actions).severity(Severity::Info).help(OF_API)
                }
                (None, None) if is_behind_bucket(&setting, request) => {
                    finding(&setting, item, &admitted, &actions).severity(Severity::Warning).help(OF_OBJECTS)
                }
                (None, None) if is_website(&setting, &admitted) => {
                    of_website(&setting, item, &admitted, &actions)
                }
                (None, None) => {
                    let finding = finding(&setting, item, &admitted, &actions);
                    match notified.help(&setting) {
                        Some(help) => finding.help(help),
                        None => finding,
                    }
                }
            };
            let finding = with_dropped(context, &setting, item, finding);
            let is_sure = cut_off.is_no() && !setting.may_be_about_others();
            let finding = if is_sure { finding } else { finding.possible() };
            let url = function_url::is_opened_by(setting.statement, request);
            found.extend(if url { function_url::told(&setting, item, finding) } else { Some(finding) });
        }
    }
}

/// Where a statement says that everybody is meant: once, or in each of the alternatives that say so.
fn everyone<'g>(setting: &Setting<'g>) -> Vec<&'g Item<Principal>> {
    let all = setting.listed().iter().filter(|item| item.value == Principal::Everyone);
    let mut all: Vec<_> = all.collect();
    if let Some(sure) = all.iter().position(|item| item.present.is_yes()) {
        all = all.split_off(sure);
        all.truncate(1);
    }
    all
}

/// Whether nobody of another account can do what a statement allows: a `Deny` beside it denies just that, or the service
/// refuses it whatever its policy says.
fn opens_nothing(context: &Context<'_>, setting: &Setting<'_>) -> bool {
    let document = setting.document;
    let actions = &setting.statement.actions;
    let (service, by_own_key) = match document.purpose {
        Purpose::Resource(resource) => {
            let resource = &setting.graph.resources[resource];
            (resource.service, context.ask.has_aws_managed_key(resource).is_some_and(Answer::is_yes))
        }
        _ => (&*document.service, false),
    };
    let is_refused = |item: &Item<Text>| {
        item.text.as_literal().is_some_and(|action| {
            data::is_refused_across_accounts(&action)
                || by_own_key && data::uses_key_of_secret(&action)
                || data::is_void_for_others(service, &action)
                || lacks_key(setting.statement, &action, context.request())
                || is_no_action(&action)
        })
    };
    let refused = actions.polarity == Polarity::In
        && !actions.open
        && !actions.items.is_empty()
        && actions.items.iter().all(is_refused);
    // AWS has closed MediaStore.
    // https://docs.aws.amazon.com/mediastore/latest/ug/what-is-regions.html
    refused
        || service == "mediastore"
        || counts_for_services(setting)
        || callers::leaves_nobody(&document.policy, setting.statement, context.request()).is_yes()
}

/// Whether a statement asks for a key that requests for an action never have, and so allows it to nobody.
fn lacks_key(statement: &Statement, action: &str, request: &condition::Context) -> bool {
    let is_asked = |key: &&'static str| condition::on_key(statement, key).next().is_some();
    data::keys_absent_from(action).filter(is_asked).any(|key| {
        let request = request.with(key, Presence::Absent);
        condition::satisfiable(&statement.conditions, statement.conditions_open, &request).is_no()
    })
}

/// The actions that a statement opens, for messages.
fn open_actions(setting: &Setting<'_>, request: &condition::Context) -> String {
    let statement = setting.statement;
    let actions = &statement.actions;
    let is_open = |item: &&Item<Text>| {
        !item
            .text
            .as_literal()
            .is_some_and(|action| lacks_key(statement, &action, request) || is_no_action(&action))
    };
    let open = || actions.items.iter().filter(is_open);
    if actions.polarity == Polarity::NotIn || open().count() == actions.items.len() {
        return actions_of(statement);
    }
    listed(open().map(|item| format!("`{}`", item.text)))
}

/// Whether a policy counts for services alone, whatever it says: that of log groups, which is no destination.
///
/// <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutResourcePolicy.html>
fn counts_for_services(setting: &Setting<'_>) -> bool {
    const TYPES: [&str; 3] =
        ["AWS::Logs::LogGroup", "AWS::Logs::ResourcePolicy", "aws_cloudwatch_log_resource_policy"];
    let declaration = &setting.graph.declarations[setting.document.declaration];
    TYPES.contains(&&*declaration.type_name)
}

/// The service whose policy it is, as the condition engine names it.
fn service<'a>(setting: &Setting<'a>) -> &'a str {
    if setting.is_trust() { "iam" } else { &setting.document.service }
}

/// Whether the template itself says that nobody gets access in this way: a bucket whose public policies are cut off, a
/// search domain within a network.
fn is_cut_off(setting: &Setting<'_>) -> Answer {
    surroundings(setting).map_or(Answer::No, |it| it.public_cut_off)
}

/// What to know of a key that decrypts for whoever reads objects through S3: the policies of the buckets say who that is.
const OF_OBJECTS: &str = "if the policies of the buckets alone are to say who can read their objects, ignore it with the reason; otherwise list the accounts or roles that need access, or add a `kms:CallerAccount` or `aws:PrincipalOrgID` condition";

/// Whether a statement of a key only decrypts, and only what somebody reads through S3.
///
/// <https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-via-service>
fn is_behind_bucket(setting: &Setting<'_>, request: &condition::Context) -> bool {
    let statement = setting.statement;
    let is_bucket = |item: &Item<Text>| item.value.begins_with("s3.");
    let is_through = condition::on_key(statement, VIA_SERVICE)
        .any(|condition| !condition.values.is_empty() && condition.values.iter().all(is_bucket));
    let elsewhere = request.with(VIA_SERVICE, Presence::Absent);
    is_about(statement, &["kms:decrypt", "kms:describekey"])
        && is_through
        && condition::satisfiable(&statement.conditions, statement.conditions_open, &elsewhere).is_no()
}

/// The key that says through which service a KMS key is used.
const VIA_SERVICE: &str = "kms:ViaService";

/// Whether the policy is that of a search domain, and then whether fine-grained access control authenticates its requests.
fn search_domain(setting: &Setting<'_>) -> Option<Answer> {
    surroundings(setting)
        .filter(|_| setting.document.service.eq_ignore_ascii_case("es"))
        .map(|it| it.fine_grained)
}

/// An open policy of a search domain: what AWS recommends together with fine-grained access control, and what it rejects
/// without.
///
/// <https://docs.aws.amazon.com/opensearch-service/latest/developerguide/fgac.html>
/// <https://github.com/aws-samples/amazon-opensearch-service-sample-cdk/pull/133>
fn of_domain(
    setting: &Setting<'_>,
    item: &Item<Principal>,
    admitted: &Callers,
    (actions, asks): (&str, Answer),
) -> Diagnostic {
    let finding = finding(setting, item, admitted, actions);
    let subject = setting.subject();
    match asks {
        Answer::No => {
            let mut finding = finding;
            finding.message = format!(
                "{subject} is open to anyone for {actions}: OpenSearch Service rejects such a policy on a domain without fine-grained access control"
            );
            finding.help("list the accounts or roles that need access, put the domain into a VPC, or enable fine-grained access control")
        }
        Answer::Yes => {
            let mut finding = finding;
            finding.message = format!(
                "{subject} allows anyone to call {actions}: only fine-grained access control restricts who can"
            );
            finding.severity(Severity::Info).help("restrict the master user and the role mappings of the domain; a policy that lists principals requires signed requests")
        }
        Answer::Unknown => {
            let mut finding = finding;
            finding.message = format!(
                "{subject} allows anyone to call {actions} unless fine-grained access control restricts who can"
            );
            finding.severity(Severity::Info).help("enable fine-grained access control on the domain, or list the accounts or roles that need access")
        }
    }
}

fn surroundings<'g>(setting: &Setting<'g>) -> Option<&'g Surroundings> {
    let Purpose::Resource(resource) = setting.document.purpose else { return None };
    Some(&setting.graph.resources[resource].surroundings)
}

/// Reading the objects of a bucket, and nothing else, by anyone: a download area or website as often as a mistake.
struct Reading<'g> {
    /// What says that it is meant: a website, a distribution, public access blocks that are switched off.
    because: Option<&'static str>,
    /// The header that a condition asks for.
    header: Option<&'g Spanned<Text>>,
}

/// Whether nothing in the template lifts the block that new buckets have.
///
/// <https://aws.amazon.com/about-aws/whats-new/2022/12/amazon-s3-automatically-enable-block-public-access-disable-access-control-lists-buckets-april-2023/>
fn is_blocked(setting: &Setting<'_>) -> bool {
    setting.document.service.as_ref() == "s3"
        && surroundings(setting).is_some_and(|it| it.public_unblocked.is_no())
}

/// What else to know of a bucket that says nothing of Block Public Access, in the terms of its language.
fn unless_blocked(setting: &Setting<'_>) -> &'static str {
    if !is_blocked(setting) {
        return "";
    }
    match setting.graph.accounts.language(setting.unit()) {
        Some(Language::Terraform) => {
            "; for a bucket created since April 2023, S3 rejects this policy unless `aws_s3_bucket_public_access_block` has `block_public_policy = false`, and lets nobody else in unless it has `restrict_public_buckets = false`"
        }
        Some(Language::CloudFormation) => {
            "; for a bucket created since April 2023, S3 rejects this policy unless `PublicAccessBlockConfiguration` has `BlockPublicPolicy: false`, and lets nobody else in unless it has `RestrictPublicBuckets: false`"
        }
        _ => {
            "; for a bucket created since April 2023, S3 rejects this policy unless Block Public Access of the bucket has `BlockPublicPolicy=false`, and lets nobody else in unless it has `RestrictPublicBuckets=false`"
        }
    }
}

/// The actions that read objects of a bucket.
const READING: [&str; 2] = ["s3:getobject", "s3:getobjectversion"];

/// Whether a statement lets anyone read objects, and do nothing else. A condition that fails to restrict the caller was
/// meant to: then it is no such statement.
fn reading<'g>(
    setting: &Setting<'g>,
    admitted: &Callers,
    request: &condition::Context,
) -> Option<Reading<'g>> {
    let is_meant = admitted.loopholes.iter().all(|it| it.kind == LoopholeKind::Key);
    if !is_meant || !is_about(setting.statement, &READING) {
        return None;
    }
    let because = surroundings(setting).and_then(|it| {
        let sure = [
            (it.website, Meant::Website),
            (it.distribution, Meant::Distribution),
            (it.public_list, Meant::List),
            (it.public_opened, Meant::Opened),
        ];
        let sure = sure.into_iter().find(|(answer, _)| answer.is_yes()).map(|(_, meant)| meant);
        // What stands beside a policy that may not be there may hang on the same choice.
        let is_there = setting.graph.declarations[setting.document.declaration].present.is_yes();
        Some(match sure.or(it.perhaps_meant.filter(|_| !is_there))? {
            Meant::Website => "the bucket is a website",
            Meant::Distribution => "a CloudFront distribution serves the bucket",
            Meant::List => "its access control list is public, too",
            Meant::Opened => "its public access blocks are switched off",
        })
    });
    Some(Reading { because, header: header(setting.statement, request) })
}

/// Whether a statement lets anyone read the objects of a website, and by a pattern what else there is to read of them.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/WebsiteAccessPermissionsReqd.html>
fn is_website(setting: &Setting<'_>, admitted: &Callers) -> bool {
    const READS: [&str; 4] = ["s3:get*", "s3:getobject", "s3:getobject*", "s3:getobjectversion"];
    let of_objects = |item: &Item<Text>| item.text.ends_with("/*");
    let are_objects = setting.statement.resources.as_ref().is_some_and(|clause| {
        clause.polarity == Polarity::In && !clause.open && clause.items.iter().all(of_objects)
    });
    surroundings(setting).is_some_and(|it| it.website.is_yes())
        && is_about(setting.statement, &READS)
        && are_objects
        && admitted.loopholes.is_empty()
}

/// What to change of such a statement: visitors of a website sign nothing, so it cannot list them.
fn of_website(
    setting: &Setting<'_>,
    item: &Item<Principal>,
    admitted: &Callers,
    actions: &str,
) -> Diagnostic {
    let mut finding = finding(setting, item, admitted, actions).severity(Severity::Warning);
    finding.message = format!(
        "{} allows anyone to call {actions}: the bucket is a website, which needs only `s3:GetObject`",
        setting.subject()
    );
    finding.help(format!(
        "list `s3:GetObject` alone: the pattern also lets anyone read earlier versions, tags and access control lists of the objects{}",
        unless_blocked(setting)
    ))
}

/// The key of the header that a statement asks for: whoever makes the request writes what it holds.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-referer>
fn header<'g>(statement: &'g Statement, request: &condition::Context) -> Option<&'g Spanned<Text>> {
    ["aws:Referer", "aws:UserAgent"].into_iter().find_map(|key| {
        let asked = condition::on_key(statement, key).next()?;
        let without = request.with(key, Presence::Absent);
        let is_needed =
            condition::satisfiable(&statement.conditions, statement.conditions_open, &without).is_no();
        is_needed.then_some(&asked.key)
    })
}

impl Reading<'_> {
    fn place(&self, setting: &Setting<'_>, item: &Item<Principal>) -> Diagnostic {
        let of = match setting.document.purpose {
            Purpose::Resource(resource) => {
                let resource = &setting.graph.resources[resource];
                resource.declared.then(|| setting.graph.address(resource.declaration).to_owned())
            }
            _ => None,
        };
        let of = of.or_else(|| Some(setting.statement.resources.as_ref()?.items.first()?.text.to_string()));
        let of = of.unwrap_or_else(|| setting.address().to_owned());
        let actions = actions_of(setting.statement);
        let who = self.header.map_or_else(
            || "anyone on the internet".to_owned(),
            |key| format!("whoever sends the `{}` that the condition asks for", key.value),
        );
        let message = match self.because {
            Some(reason) => format!("{who} can read objects of `{of}` with {actions}: {reason}"),
            // What is written does not say that it is off.
            None if is_blocked(setting) => format!(
                "{} allows {who} to read objects of `{of}` with {actions}, unless Block Public Access is on, as it is for new buckets",
                setting.subject()
            ),
            None => format!("{who} can read objects of `{of}` with {actions}"),
        };
        let help = "if this is intended, ignore it with the reason; otherwise serve the objects through CloudFront with origin access control";
        let help = format!("{help}{}", unless_blocked(setting));
        let severity = if self.because.is_some() { Severity::Info } else { Severity::Warning };
        let finding = RULE
            .on(&setting.item(item), message, "anyone")
            .severity(severity)
            .help(help)
            .about([item.text.to_string()]);
        match self.header {
            Some(key) => finding.related(beside(setting, key.span, "chosen by the caller")),
            None => finding,
        }
    }
}

/// Whether everybody may be bounded by what the policy is for: the policy of a VPC endpoint says what may be reached
/// through it, and `*` is its default; an API that is not private is open to everybody without a policy as well.
///
/// <https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html>
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-authorization-flow.html>
fn may_be_bounded(setting: &Setting<'_>) -> bool {
    match setting.document.purpose {
        Purpose::File if !setting.is_trust() => {
            let path = setting.unit().to_string().to_ascii_lowercase();
            path.contains("endpoint")
                || path.contains("vpce")
                || is_default(setting.statement)
                || is_api(setting)
        }
        Purpose::Resource(resource) => {
            let surroundings = &setting.graph.resources[resource].surroundings;
            let is_signed = surroundings.signed.is_some_and(Answer::is_yes);
            is_api(setting) && !surroundings.private.is_yes() && !is_signed
        }
        _ => false,
    }
}

fn is_api(setting: &Setting<'_>) -> bool {
    setting.document.service.eq_ignore_ascii_case("execute-api")
}

/// What to know of an open policy of an API whose methods nobody sees.
const OF_API: &str = "restrict the methods: without authorization they are open to anyone without this policy as well, and with `AWS_IAM` they are open to every AWS account unless it lists the accounts or has an `aws:PrincipalOrgID` condition";

/// Of the policy of an API that is surely not private: whether some method takes signed requests only. The policy says who can
/// call that one, and nothing of the others, which everybody reaches without a policy, too.
///
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-authorization-flow.html>
fn public_api(setting: &Setting<'_>) -> Option<Answer> {
    let Purpose::Resource(resource) = setting.document.purpose else { return None };
    let resource = &setting.graph.resources[resource];
    let is_public = is_api(setting) && resource.declared && resource.surroundings.private.is_no();
    is_public.then(|| resource.surroundings.signed.unwrap_or(Answer::Unknown))
}

/// Whether a statement says no more than that all may be done: `*`, or all of one service, on everything. In a key
/// policy that is the key.
fn is_default(statement: &Statement) -> bool {
    let whole = |action: &Item<Text>| {
        let written = action.text.to_string().to_ascii_lowercase();
        written == "*" || (written.ends_with(":*") && written != "kms:*")
    };
    let everything = |item: &Item<Text>| item.text.is_literally("*");
    statement.conditions.is_empty()
        && statement.actions.polarity == Polarity::In
        && statement.actions.items.iter().all(whole)
        && statement.resources.as_ref().is_some_and(|clause| clause.items.iter().all(everything))
}

fn finding(setting: &Setting<'_>, item: &Item<Principal>, admitted: &Callers, actions: &str) -> Diagnostic {
    let reason = admitted.loopholes.first().map(|it| it.reason.as_str());
    let message = if setting.is_trust() {
        let because = reason.map_or_else(String::new, |reason| format!(": {reason}"));
        format!("any AWS account can assume {}{because}", setting.subject())
    } else {
        let because = reason.unwrap_or("no condition restricts the principal `*`");
        format!("{} allows anyone to call {actions}: {because}", setting.subject())
    };
    let help = format!("{}{}", help(setting, admitted), unless_blocked(setting));
    let mut finding =
        RULE.on(&setting.item(item), message, "anyone").help(help).about([item.text.to_string()]);
    for loophole in admitted.loopholes.iter().take(4) {
        finding = finding.related(beside(setting, loophole.span, "does not restrict the caller"));
    }
    if may_be_bounded(setting) { finding.possible() } else { finding }
}

/// What to change, in the terms of what carries the policy.
fn help(setting: &Setting<'_>, admitted: &Callers) -> String {
    if let Some(help) = by_arguments(setting) {
        return help.to_owned();
    }
    let service = &*setting.document.service;
    if service.eq_ignore_ascii_case("elasticfilesystem") {
        return OF_FILES.to_owned();
    }
    if is_api(setting) && surroundings(setting).is_some_and(|it| it.private.is_yes()) {
        return OF_PRIVATE_API.to_owned();
    }
    if is_any_source(setting, admitted) {
        return OF_SOURCE.to_owned();
    }
    // Beside it, the same condition without `Not` would let nobody in.
    if admitted.loopholes.first().is_some_and(|it| it.kind == LoopholeKind::Negated) {
        return OF_OTHERS.to_owned();
    }
    if lists_downloads(setting) {
        return format!("if this is intended, ignore it with the reason; otherwise {HELP}");
    }
    if ["sns", "sqs"].contains(&service) { format!("{HELP}{OF_SERVICES}") } else { HELP.to_owned() }
}

const HELP: &str = "list the accounts or roles that need access, or add an `aws:PrincipalOrgID` or `aws:PrincipalAccount` condition";

/// What to add where services call as often as accounts: their requests have none of these keys.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principalorgid>
const OF_SERVICES: &str = "; if an AWS service sends here, make it the principal, with a condition on `aws:SourceArn` or `aws:SourceAccount`";

/// Of a file system: the only condition keys that count, and that clients without IAM are anonymous.
///
/// <https://docs.aws.amazon.com/efs/latest/ug/iam-access-control-nfs-efs.html>
const OF_FILES: &str = "add a `Bool` condition on `elasticfilesystem:AccessedViaMountTarget` with `true`, so that only clients in the network of the mount targets have access, or list the roles, with which clients have to mount then";

/// Of a private API: who calls a method without a signature is anonymous.
///
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-resource-policies-examples.html>
const OF_PRIVATE_API: &str = "add a condition on `aws:SourceVpce` with your endpoints, or on `aws:SourceVpc`; list the accounts or add an `aws:PrincipalOrgID` condition only if all methods use `AWS_IAM`, because all other callers are anonymous";

/// Of a statement for services that act for anyone.
///
/// <https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-use-cases.html>
const OF_SOURCE: &str =
    "write your account into the value of `aws:SourceArn`, or add a condition on `aws:SourceAccount`";

/// Of a condition that matches everyone except those that it lists.
const OF_OTHERS: &str = "if the listed values are those that need access, write the operator without `Not`; otherwise list the accounts or roles that need access";

/// Whether a condition on the resource that a service acts for leaves its account open.
fn is_any_source(setting: &Setting<'_>, admitted: &Callers) -> bool {
    let mut values =
        condition::on_key(setting.statement, "aws:SourceArn").flat_map(|condition| condition.values.iter());
    let is_open = |item: &Item<Text>| {
        let mut loopholes = admitted.loopholes.iter();
        loopholes.any(|it| it.kind == LoopholeKind::Value && it.span == item.span)
    };
    values.any(is_open)
}

/// What to set where a policy is made by a call whose arguments are all there is.
///
/// <https://docs.aws.amazon.com/lambda/latest/api/API_AddPermission.html>
/// <https://docs.aws.amazon.com/lambda/latest/api/API_AddLayerVersionPermission.html>
/// <https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutPermission.html>
fn by_arguments(setting: &Setting<'_>) -> Option<&'static str> {
    let declaration = &setting.graph.declarations[setting.document.declaration];
    let is_command = setting.graph.accounts.language(setting.unit()) == Some(Language::Policy);
    let is_behind = || function_url::is_behind(setting, declaration);
    Some(match declaration.type_name.as_ref() {
        "aws_lambda_permission" if is_command && is_behind() => {
            "add `--invoked-via-function-url`: the function has a public URL, and with it only requests through the URL are allowed"
        }
        "aws_lambda_permission" if is_command => {
            "give `--principal` the account or service that needs access, or add `--principal-org-id`"
        }
        "aws_lambda_permission" if is_behind() => {
            "set `invoked_via_function_url = true`: the function has a public URL, and with it only requests through the URL are allowed"
        }
        "AWS::Lambda::Permission" if is_behind() => {
            "set `InvokedViaFunctionUrl: true`: the function has a public URL, and with it only requests through the URL are allowed"
        }
        "aws_lambda_permission" => {
            "set `principal` to the account or service that needs access, or set `principal_org_id`"
        }
        "AWS::Lambda::Permission" => {
            "set `Principal` to the account or service that needs access, or set `PrincipalOrgID`"
        }
        "aws_lambda_layer_version_permission" => {
            "set `principal` to the account that needs access, or set `organization_id`"
        }
        "AWS::Lambda::LayerVersionPermission" => {
            "set `Principal` to the account that needs access, or set `OrganizationId`"
        }
        "aws_cloudwatch_event_permission" => {
            "set `principal` to the account that needs access, or add a `condition` on `aws:PrincipalOrgID`"
        }
        "AWS::Events::EventBusPolicy" if declaration.properties.get("Statement").is_none() => {
            "set `Principal` to the account that needs access, or add a `Condition` on `aws:PrincipalOrgID`"
        }
        _ => return None,
    })
}

/// Whether a statement only lists a bucket, whose policy lets anyone read the objects.
fn lists_downloads(setting: &Setting<'_>) -> bool {
    let reads = |one: &Statement| {
        let mut principals = one.principals.iter().flat_map(|clause| &clause.items);
        one.effect == Some(policy::Effect::Allow)
            && one.conditions.is_empty()
            && is_about(one, &READING)
            && principals.any(|item| item.value == Principal::Everyone)
    };
    is_about(setting.statement, &["s3:listbucket", "s3:listbucketversions", "s3:getbucketlocation"])
        && setting.document.policy.statements.iter().any(reads)
}

/// Whether a statement is about these actions, which are in lower case, and no others.
fn is_about(statement: &Statement, names: &[&str]) -> bool {
    let actions = &statement.actions;
    let is_one = |item: &Item<Text>| {
        let name = item.text.as_literal();
        name.is_some_and(|name| names.iter().any(|one| one.eq_ignore_ascii_case(&name)))
    };
    let is_list = actions.polarity == Polarity::In && !actions.open && !actions.items.is_empty();
    is_list && actions.items.iter().all(is_one)
}
