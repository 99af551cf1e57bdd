//! Ways to break a pair that works, on exactly one side, and things that make it doubtful.

#![expect(clippy::unnecessary_wraps, reason = "all ways to break a pair are of one type")]

use super::generate::{Bound, Builder, Delivery, Plan, STRANGER, Twin, allow, deny, service};
use super::model::{
    Attached, Condition, Kind, List, Named, ORGANIZATION, Policy, Principal, Sort, Statement,
    is_about_objects,
};
use super::oracle::Truth;

/// What is done, and what is true then; `None` when it cannot be done to this pair.
type Break = fn(&mut Plan, &mut Builder) -> Option<Truth>;

const BREAKS: &[(&str, Break)] = &[
    ("no permission", no_permission),
    ("the permission is for another action", another_action),
    ("the permission names another resource", another_resource),
    ("the permission names another account", another_account),
    ("the caller's own policies deny it", own_denial),
    ("the caller's own policies deny it by condition", own_denial_by_condition),
    ("the permission reaches nobody", not_delivered),
    ("the boundary lacks the action", boundary_lacks),
    ("the boundary denies it", boundary_denies),
    ("the grant names somebody else", grants_another),
    ("the grant is for another action", grants_another_action),
    ("no grant", no_grant),
    ("the other side denies the caller", denied_there),
    ("the other side denies the caller by condition", denied_there_by_condition),
    ("the other side denies all but others", denied_but_others),
    ("the grant has a condition that nobody meets", impossible),
    ("the conditions of both sides exclude each other", apart),
    ("a service control policy denies it", service_control),
    ("a resource control policy denies it", resource_control),
    ("only the own account may", own_account_only),
    ("the grant is on the bucket and not on its objects", half_of_a_bucket),
    ("the secret is encrypted by AWS", key_of_aws),
    ("the permission excludes the action", not_action),
    ("the permission excludes the resource", not_resource),
    ("a policy of the caller is not known", unknown_policy),
    ("the boundary is not known", unknown_boundary),
    ("whom the grant names is not known", unknown_principal),
    ("the grant is for the organization", for_organization),
    ("the grant is for another organization", for_another_organization),
    ("the grant is for the own account of the target", for_own_account),
    ("the permission is for what is in the own account", within_own_account),
    ("the caller is declared twice alike", caller_twice),
    ("the caller is declared once more without policies", caller_once_more),
    ("the target is declared twice alike", target_twice),
    ("the target is declared once more without a grant", target_once_more),
    ("a bucket of this name is declared at home too", bucket_at_home),
];

/// Does one of them.
pub(crate) fn apply(plan: &mut Plan, builder: &mut Builder) -> (&'static str, Truth) {
    loop {
        let (name, apply) = builder.dice.one(BREAKS);
        if let Some(truth) = apply(plan, builder) {
            return (name, truth);
        }
    }
}

const DENIED: Option<Truth> = Some(Truth::Denied);

fn no_permission(plan: &mut Plan, _: &mut Builder) -> Option<Truth> {
    plan.attached.clear();
    plan.permission = None;
    DENIED
}

fn another_action(plan: &mut Plan, builder: &mut Builder) -> Option<Truth> {
    let statement = plan.permission.as_mut()?;
    let (service, _) = plan.action.split_once(':')?;
    let near = match service {
        "sts" => "sts:TagSession",
        "s3" => "s3:ListAllMyBuckets",
        "kms" => "kms:DescribeKey",
        "sqs" => "sqs:GetQueueUrl",
        "sns" => "sns:GetTopicAttributes",
        _ => "secretsmanager:ListSecrets",
    };
    statement.actions = List::of(vec![builder.dice.one(&[near, "ec2:*"]).to_owned()]);
    DENIED
}

fn another_resource(plan: &mut Plan, _: &mut Builder) -> Option<Truth> {
    let statement = plan.permission.as_mut()?;
    if matches!(plan.sort, Some(Sort::Key | Sort::Secret)) {
        return None;
    }
    let inside = if is_about_objects(plan.action) { "/*" } else { "" };
    let text = format!("{}x{inside}", plan.target_arn);
    statement.resources = Some(List::of(vec![Named::text(text)]));
    DENIED
}

fn another_account(plan: &mut Plan, builder: &mut Builder) -> Option<Truth> {
    let statement = plan.permission.as_mut()?;
    let away = &builder.project.accounts[plan.target_account].id;
    let home = &builder.project.accounts[plan.caller_account].id;
    if plan.sort == Some(Sort::Bucket) {
        return None;
    }
    let elsewhere = builder.dice.one(&[home.clone(), STRANGER.to_owned()]);
    let text = plan.target_arn.replace(away.as_str(), &elsewhere);
    statement.resources = Some(List::of(vec![Named::text(text)]));
    DENIED
}

fn own_denial(plan: &mut Plan, builder: &mut Builder) -> Option<Truth> {
    let (service, _) = plan.action.split_once(':')?;
    let all = format!("{service}:*");
    let denial = builder.dice.one(&[deny(&[plan.action], "*"), deny(&[&all], "*")]);
    if builder.dice.percent(10) {
        plan.attached.push(Attached::Aws("AWSDenyAll"));
    } else {
        plan.permissions.push(denial);
    }
    plan.delivered.then_some(Truth::Denied)
}

fn own_denial_by_condition(plan: &mut Plan, builder: &mut Builder) -> Option<Truth> {
    let mut denial = deny(&[plan.action], "*");
    let home = builder.project.accounts[plan.caller_account].id.clone();
    denial.conditions.push(builder.dice.one(&[
        Condition::new("StringNotEquals", "aws:PrincipalAccount", STRANGER),
        Condition::new("StringEquals", "aws:PrincipalAccount", home),
        Condition::new("ArnLike", "aws:PrincipalArn", plan.caller_arn.clone()),
        Condition::new("Null", "aws:SourceArn", "true"),
    ]));
    plan.permissions.push(denial);
    DENIED
}

fn not_delivered(plan: &mut Plan, _: &mut Builder) -> Option<Truth> {
    if plan.delivery == Delivery::Inline || !plan.attached.is_empty() {
        return None;
    }
    plan.delivered = false;
    DENIED
}

fn boundary_lacks(plan: &mut Plan, builder: &mut Builder) -> Option<Truth> {
    let own = Policy { statements: vec![allow(&["logs:*", "ec2:*"], Named::text("*"))] };
    let theirs =
        if plan.action.starts_with("s3:") { "AmazonSQSFullAccess" } else { "AmazonS3ReadOnlyAccess" };
    plan.boundary = Some(builder.dice.one(&[Bound::Own(own), Bound::Aws(theirs)]));
    DENIED
}

fn boundary_denies(plan: &mut Plan, _: &mut Builder) -> Option<Truth> {
    let statements = vec![allow(&["*"], Named::text("*")), deny(&[plan.action], "*")];
    plan.boundary = Some(Bound::Own(Policy { statements }));
    DENIED
}

fn grants_another(plan: &mut Plan, builder: &mut Builder) -> Option<Truth> {
    let other_kind = match plan.caller_kind {
        Kind::User => plan.caller_arn.replace(":user/", ":role/"),
        _ => plan.caller_arn.replace(":role/", ":user/"),
    };
    let home = &builder.project.accounts[plan.caller_account].id;
    let others = [
        format!("{}-old", plan.caller_arn),
        other_kind,
        plan.caller_arn.replace(home.as_str(), STRANGER),
        plan.caller_arn.replace("/app", "/path/app"),
    ];
    let grant = plan.grant.as_mut()?;
    let other = Principal::Entity(Named::text(builder.dice.one(&others)));
    let more = builder.dice.percent(30).then(|| Principal::Root(STRANGER.to_owned()));
    grant.principals = Some(List::of(std::iter::once(other).chain(more).collect()));
    DENIED
}

fn grants_another_action(plan: &mut Plan, _: &mut Builder) -> Option<Truth> {
    let grant = plan.grant.as_mut()?;
    let other = match plan.sort {
        None => "sts:TagSession",
        Some(Sort::Bucket) => "s3:DeleteObject",
        Some(Sort::Key) => "kms:GenerateDataKey",
        Some(Sort::Queue) => "sqs:GetQueueUrl",
        Some(Sort::Topic) => "sns:GetTopicAttributes",
        Some(Sort::Secret) => "secretsmanager:PutSecretValue",
    };
    grant.actions = List::of(vec![other.to_owned()]);
    if plan.sort == Some(Sort::Bucket) {
        let whole = Named { text: format!("{}/*", plan.target_arn), of: Some(plan.target) };
        grant.resources = Some(List::of(vec![whole]));
    }
    DENIED
}

fn no_grant(plan: &mut Plan, _: &mut Builder) -> Option<Truth> {
    plan.grant = plan.sort.is_none().then(service);
    DENIED
}

/// A denial in the policy of the target.
fn denial_there(plan: &Plan, principals: List<Principal>) -> Statement {
    let resources = match plan.sort {
        None => None,
        Some(Sort::Bucket) => Some(vec![
            Named { text: plan.target_arn.clone(), of: Some(plan.target) },
            Named { text: format!("{}/*", plan.target_arn), of: Some(plan.target) },
        ]),
        Some(_) => Some(vec![Named::text("*")]),
    };
    Statement {
        allow: false,
        principals: Some(principals),
        actions: List::of(vec![plan.action.to_owned()]),
        resources: resources.map(List::of),
        conditions: Vec::new(),
    }
}

fn denied_there(plan: &mut Plan, builder: &mut Builder) -> Option<Truth> {
    let home = builder.project.accounts[plan.caller_account].id.clone();
    let caller = Principal::Entity(Named { text: plan.caller_arn.clone(), of: Some(plan.caller) });
    let principal = builder.dice.one(&[caller, Principal::Root(home), Principal::Everyone]);
    plan.grants.push(denial_there(plan, List::of(vec![principal])));
    DENIED
}

fn denied_there_by_condition(plan: &mut Plan, builder: &mut Builder) -> Option<Truth> {
    let mut denial = denial_there(plan, List::of(vec![Principal::Everyone]));
    let away = builder.project.accounts[plan.target_account].id.clone();
    denial.conditions.push(builder.dice.one(&[
        Condition::new("ArnLike", "aws:PrincipalArn", plan.caller_arn.clone()),
        Condition::new("ArnNotLike", "aws:PrincipalArn", format!("arn:aws:iam::{away}:role/*")),
        Condition::new("StringNotEquals", "aws:PrincipalAccount", away),
    ]));
    plan.grants.push(denial);
    DENIED
}

fn denied_but_others(plan: &mut Plan, builder: &mut Builder) -> Option<Truth> {
    plan.sort?;
    let away = builder.project.accounts[plan.target_account].id.clone();
    plan.grants.push(denial_there(plan, List::not(vec![Principal::Root(away)])));
    DENIED
}

fn impossible(plan: &mut Plan, builder: &mut Builder) -> Option<Truth> {
    let condition = builder.dice.one(&[
        Condition::new("StringEquals", "aws:SourceAccount", STRANGER),
        Condition::new("ArnEquals", "aws:PrincipalArn", format!("{}-other", plan.caller_arn)),
        Condition::new("StringEquals", "aws:PrincipalAccount", STRANGER),
        Condition::new("DateLessThan", "aws:CurrentTime", "2025-01-01T00:00:00Z"),
        Condition::new("Bool", "aws:PrincipalIsAWSService", "true"),
        Condition::new("Null", "aws:PrincipalArn", "true"),
    ]);
    let grant = plan.grant.as_mut()?;
    let same = |one: &Condition| one.operator == condition.operator && one.key == condition.key;
    if grant.conditions.iter().any(same) {
        return None;
    }
    grant.conditions.push(condition);
    DENIED
}

fn apart(plan: &mut Plan, builder: &mut Builder) -> Option<Truth> {
    let (key, operator, one, other) = if plan.sort.is_none() {
        builder.dice.one(&[
            ("sts:ExternalId", "StringEquals", "blue-1", "green-1"),
            ("sts:RoleSessionName", "StringLike", "ci-*", "cd-*"),
        ])
    } else {
        ("aws:SecureTransport", "Bool", "true", "false")
    };
    let (grant, permission) = (plan.grant.as_mut()?, plan.permission.as_mut()?);
    grant.conditions.retain(|condition| condition.key != key);
    permission.conditions.retain(|condition| condition.key != key);
    grant.conditions.push(Condition::new(operator, key, one));
    permission.conditions.push(Condition::new(operator, key, other));
    DENIED
}

/// A denial by the organization that is about this pair only.
fn of_the_organization(plan: &Plan, builder: &mut Builder) -> Statement {
    let service = plan.action.split(':').next().unwrap_or_default();
    let all = format!("{service}:*");
    let mut denial = builder.dice.one(&[deny(&[plan.action], "*"), deny(&[&all], "*")]);
    let made_up = matches!(plan.sort, Some(Sort::Key | Sort::Secret));
    if made_up || builder.dice.percent(50) {
        let condition = Condition::new("ArnEquals", "aws:PrincipalArn", plan.caller_arn.clone());
        denial.conditions.push(condition);
    } else {
        let inside = if is_about_objects(plan.action) { "/*" } else { "" };
        let text = format!("{}{inside}", plan.target_arn);
        denial.resources = Some(List::of(vec![Named::text(text)]));
    }
    denial
}

fn service_control(plan: &mut Plan, builder: &mut Builder) -> Option<Truth> {
    let denial = of_the_organization(plan, builder);
    plan.service_control.push(Policy { statements: vec![denial] });
    DENIED
}

fn resource_control(plan: &mut Plan, builder: &mut Builder) -> Option<Truth> {
    if plan.sort == Some(Sort::Topic) {
        return None;
    }
    let mut denial = of_the_organization(plan, builder);
    denial.principals = Some(List::of(vec![Principal::Everyone]));
    if builder.dice.percent(50) {
        let away = builder.project.accounts[plan.target_account].id.clone();
        denial.conditions.push(Condition::new("StringNotEquals", "aws:PrincipalAccount", away));
    }
    plan.resource_control.push(Policy { statements: vec![denial] });
    DENIED
}

fn own_account_only(plan: &mut Plan, _: &mut Builder) -> Option<Truth> {
    let action = match plan.sort? {
        Sort::Queue => "sqs:TagQueue",
        Sort::Key => "kms:ScheduleKeyDeletion",
        _ => return None,
    };
    let (grant, permission) = (plan.grant.as_mut()?, plan.permission.as_mut()?);
    grant.actions = List::of(vec![action.to_owned()]);
    permission.actions = List::of(vec![action.to_owned()]);
    plan.action = action;
    DENIED
}

fn half_of_a_bucket(plan: &mut Plan, _: &mut Builder) -> Option<Truth> {
    if plan.sort != Some(Sort::Bucket) {
        return None;
    }
    let rest = if is_about_objects(plan.action) { "" } else { "/*" };
    let half = Named { text: format!("{}{rest}", plan.target_arn), of: Some(plan.target) };
    plan.grant.as_mut()?.resources = Some(List::of(vec![half]));
    DENIED
}

fn key_of_aws(plan: &mut Plan, _: &mut Builder) -> Option<Truth> {
    if plan.sort != Some(Sort::Secret) {
        return None;
    }
    plan.own_key = false;
    DENIED
}

fn not_action(plan: &mut Plan, _: &mut Builder) -> Option<Truth> {
    let (service, _) = plan.action.split_once(':')?;
    plan.permission.as_mut()?.actions = List::not(vec![format!("{service}:*"), "iam:*".to_owned()]);
    DENIED
}

fn not_resource(plan: &mut Plan, _: &mut Builder) -> Option<Truth> {
    // Of a key nobody knows more before it is there.
    let end = if plan.sort == Some(Sort::Key) { '/' } else { '-' };
    let (head, _) = plan.target_arn.rsplit_once(end)?;
    plan.permission.as_mut()?.resources = Some(List::not(vec![Named::text(format!("{head}{end}*"))]));
    DENIED
}

fn unknown_policy(plan: &mut Plan, builder: &mut Builder) -> Option<Truth> {
    no_permission(plan, builder);
    plan.attached.push(Attached::Unknown);
    // What is not known does not get round a boundary that there is.
    plan.boundary = None;
    Some(Truth::Open)
}

fn unknown_boundary(plan: &mut Plan, _: &mut Builder) -> Option<Truth> {
    plan.boundary = Some(Bound::Unknown);
    Some(Truth::Open)
}

fn unknown_principal(plan: &mut Plan, _: &mut Builder) -> Option<Truth> {
    let grant = plan.grant.as_mut()?;
    grant.principals = Some(List::of(vec![Principal::Unknown]));
    Some(Truth::Open)
}

/// Puts a condition into a grant or permission that has none on its key.
fn limit(statement: Option<&mut Statement>, condition: Condition) -> Option<()> {
    let statement = statement?;
    if statement.conditions.iter().any(|one| one.key == condition.key) {
        return None;
    }
    statement.conditions.push(condition);
    Some(())
}

fn for_organization(plan: &mut Plan, builder: &mut Builder) -> Option<Truth> {
    limit(plan.grant.as_mut(), Condition::new("StringEquals", "aws:PrincipalOrgID", ORGANIZATION))?;
    Some(if builder.project.organization { Truth::Allowed } else { Truth::Open })
}

fn for_another_organization(plan: &mut Plan, builder: &mut Builder) -> Option<Truth> {
    limit(plan.grant.as_mut(), Condition::new("StringEquals", "aws:PrincipalOrgID", "o-other99999"))?;
    Some(if builder.project.organization { Truth::Denied } else { Truth::Open })
}

fn for_own_account(plan: &mut Plan, _: &mut Builder) -> Option<Truth> {
    let condition = Condition::new("StringEquals", "aws:PrincipalAccount", "${aws:ResourceAccount}");
    limit(plan.grant.as_mut(), condition)?;
    DENIED
}

fn within_own_account(plan: &mut Plan, _: &mut Builder) -> Option<Truth> {
    let condition = Condition::new("StringEquals", "aws:ResourceAccount", "${aws:PrincipalAccount}");
    limit(plan.permission.as_mut(), condition)?;
    DENIED
}

/// Names can be declared twice only by roots of their own.
fn twin(plan: &mut Plan, twin: Twin, truth: Truth) -> Option<Truth> {
    plan.twin = Some(twin);
    Some(truth)
}

fn caller_twice(plan: &mut Plan, _: &mut Builder) -> Option<Truth> {
    twin(plan, Twin::CallerSame, Truth::Allowed)
}

fn caller_once_more(plan: &mut Plan, _: &mut Builder) -> Option<Truth> {
    twin(plan, Twin::CallerBare, Truth::Open)
}

fn target_twice(plan: &mut Plan, _: &mut Builder) -> Option<Truth> {
    let named = matches!(plan.sort, None | Some(Sort::Bucket | Sort::Queue | Sort::Topic));
    if named { twin(plan, Twin::TargetSame, Truth::Allowed) } else { None }
}

fn target_once_more(plan: &mut Plan, _: &mut Builder) -> Option<Truth> {
    let named = matches!(plan.sort, None | Some(Sort::Bucket | Sort::Queue | Sort::Topic));
    if named { twin(plan, Twin::TargetBare, Truth::Open) } else { None }
}

fn bucket_at_home(plan: &mut Plan, _: &mut Builder) -> Option<Truth> {
    if plan.sort != Some(Sort::Bucket) {
        return None;
    }
    plan.grant = None;
    plan.grants.clear();
    twin(plan, Twin::BucketAtHome, Truth::Open)
}
