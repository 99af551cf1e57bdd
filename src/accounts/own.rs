//! Arguments that AWS only accepts from the own account: what they name says which account a unit is in.

use rustc_hash::{FxHashMap, FxHashSet};

use super::assign::{Source, Witness};
use crate::carriers::{Step, values};
use crate::facts::{Declaration, Unit};
use crate::iam::arn::{Arn, is_account_id};
use crate::iam::data::{is_example_account, known_account};
use crate::value::{Answer, PieceKind, Text, UnitKey, Value};

use Step::{Each, Property};

/// The types, and the arguments of each. Certificates, load balancers and web ACLs are not among them: no page of AWS says that
/// they are never those of another account.
///
/// A role is passed within an account only, and a customer managed policy is attached to identities of its own account, as a
/// permissions boundary too:
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html>
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_create.html>
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html>
const ARGUMENTS: &[(&str, &[&[Step]])] = &[
    ("AWS::CodeBuild::Project", &[&[Property("ServiceRole")]]),
    ("AWS::ECS::TaskDefinition", &[&[Property("ExecutionRoleArn")], &[Property("TaskRoleArn")]]),
    ("AWS::EKS::Cluster", &[&[Property("RoleArn")]]),
    ("AWS::IAM::Group", &[&[Property("ManagedPolicyArns"), Each]]),
    ("AWS::IAM::Role", &[&[Property("ManagedPolicyArns"), Each], &[Property("PermissionsBoundary")]]),
    ("AWS::IAM::User", &[&[Property("ManagedPolicyArns"), Each], &[Property("PermissionsBoundary")]]),
    ("AWS::Lambda::Function", &[&[Property("Role")]]),
    ("AWS::Serverless::Function", &[&[Property("Role")], &[Property("PermissionsBoundary")]]),
    ("AWS::StepFunctions::StateMachine", &[&[Property("RoleArn")]]),
    ("aws_codebuild_project", &[&[Property("service_role")]]),
    ("aws_ecs_task_definition", &[&[Property("execution_role_arn")], &[Property("task_role_arn")]]),
    ("aws_eks_cluster", &[&[Property("role_arn")]]),
    ("aws_iam_group_policy_attachment", &[&[Property("policy_arn")]]),
    ("aws_iam_policy_attachment", &[&[Property("policy_arn")]]),
    ("aws_iam_role", &[&[Property("permissions_boundary")], &[Property("managed_policy_arns"), Each]]),
    ("aws_iam_role_policy_attachment", &[&[Property("policy_arn")]]),
    ("aws_iam_user", &[&[Property("permissions_boundary")]]),
    ("aws_iam_user_policy_attachment", &[&[Property("policy_arn")]]),
    ("aws_lambda_function", &[&[Property("role")]]),
    ("aws_sfn_state_machine", &[&[Property("role_arn")]]),
];

/// What the arguments of all units say, as far as all that a unit has say one account. Of a root module or template that is
/// deployed several times nothing is told: each deployment would need another account there, so what is written is wrong in some.
pub(super) fn owned(units: &[Unit], declarations: &[Declaration]) -> FxHashMap<UnitKey, Witness> {
    // `None` where another argument says another account, so that one of them will be rejected.
    let mut found: FxHashMap<&UnitKey, Option<Witness>> = FxHashMap::default();
    for declaration in declarations {
        for (name, value) in arguments(declaration) {
            // Most are the ARN of something in the same unit.
            let text = value.as_text().filter(has_account_id);
            let account = text.as_ref().and_then(Arn::parse).map(|arn| arn.account);
            let is_plain =
                |id: &str| is_account_id(id) && !is_example_account(id) && known_account(id).is_none();
            let account = account.filter(|it| it.as_literal().is_some_and(|id| is_plain(&id)));
            let Some(account) = account else { continue };
            match found.get_mut(&declaration.unit) {
                Some(known) => *known = known.take().filter(|known| known.account == account),
                None => _ = found.insert(&declaration.unit, Some(witness(account, name, value, declaration))),
            }
        }
    }
    if found.is_empty() {
        return FxHashMap::default();
    }
    let mut deployments: FxHashMap<&str, FxHashSet<UnitKey>> = FxHashMap::default();
    for unit in units {
        deployments.entry(unit.key.path()).or_default().insert(unit.key.deployment());
    }
    let is_only = |unit: &UnitKey| deployments.get(unit.path()).is_some_and(|all| all.len() == 1);
    let found = found.into_iter().filter(|(unit, _)| is_only(unit));
    found.filter_map(|(unit, witness)| Some((unit.clone(), witness?))).collect()
}

/// Whether enough digits are written in a text for an account ID.
fn has_account_id(text: &Text) -> bool {
    let digits = text.pieces().iter().map(|piece| match &piece.kind {
        PieceKind::Literal(part) => part.bytes().filter(u8::is_ascii_digit).count(),
        PieceKind::Symbol(_) | PieceKind::Json(_) => 0,
    });
    digits.sum::<usize>() >= 12
}

fn witness(account: Text, name: &str, value: &Value, declaration: &Declaration) -> Witness {
    let evidence = format!("`{name}` of `{}`", declaration.address);
    Witness { account, evidence, span: Some(value.span), source: Source::Argument }
}

/// The names and values of these arguments in what is certainly declared.
fn arguments(declaration: &Declaration) -> Vec<(&'static str, &Value)> {
    let row = ARGUMENTS.binary_search_by(|(type_name, _)| (**type_name).cmp(&declaration.type_name));
    let row = row.ok().and_then(|row| ARGUMENTS.get(row)).filter(|_| declaration.present == Answer::Yes);
    let mut found = Vec::new();
    for path in row.map_or(&[][..], |(_, paths)| paths) {
        let Some(Property(name)) = path.first() else { continue };
        found.extend(values(&declaration.properties, path).into_iter().map(|value| (*name, value)));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::ARGUMENTS;

    #[test]
    fn types_are_found() {
        assert!(ARGUMENTS.is_sorted_by_key(|(type_name, _)| type_name));
    }
}
