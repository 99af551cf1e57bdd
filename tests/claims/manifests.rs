//! Manifests of Crossplane and of the AWS Controllers for Kubernetes, beside templates of other accounts.

use crate::common::{Files, run};
use crate::judge;

const CONFIG: &str = "[accounts.cluster]\nid = \"420786776710\"\npaths = [\"apps/**\"]\n[accounts.data]\nid = \"420786776711\"\npaths = [\"data/**\"]\n";

fn judged(files: &[(&str, &str)], expected: &[&str]) {
    let files = [("trustlint.toml", CONFIG)].into_iter().chain(files.iter().copied());
    judge::judged(files, expected, &[]);
}

fn problems(files: &[(&str, &str)]) -> Vec<String> {
    let files: Files = files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
    run(&files).problems
}

/// A role of Terraform that trusts a role of the other account.
fn trusting(role: &str) -> String {
    format!(
        "resource \"aws_iam_role\" \"reader\" {{\n  name = \"reader\"\n  assume_role_policy = jsonencode({{\n    Statement = [{{ Effect = \"Allow\", Action = \"sts:AssumeRole\", Principal = {{ AWS = \"arn:aws:iam::420786776710:role/{role}\" }} }}]\n  }})\n}}\n"
    )
}

const TRUST: &str = "|\n      {\n        \"Statement\": [{\"Effect\": \"Allow\", \"Action\": \"sts:AssumeRole\", \"Principal\": {\"Service\": \"ec2.amazonaws.com\"}}]\n      }\n";

fn role(name: &str) -> String {
    format!(
        "apiVersion: iam.aws.upbound.io/v1beta1\nkind: Role\nmetadata:\n  name: {name}\n  labels: {{app: jobs}}\nspec:\n  forProvider:\n    assumeRolePolicy: {TRUST}---\n"
    )
}

fn policy(resource: &str) -> String {
    format!(
        "apiVersion: iam.aws.upbound.io/v1beta1\nkind: Policy\nmetadata:\n  name: read\nspec:\n  forProvider:\n    policy: |\n      {{\"Statement\": [{{\"Effect\": \"Allow\", \"Action\": \"sts:AssumeRole\", \"Resource\": \"{resource}\"}}]}}\n---\n"
    )
}

fn attachment(role: &str) -> String {
    format!(
        "apiVersion: iam.aws.upbound.io/v1beta1\nkind: RolePolicyAttachment\nmetadata:\n  name: jobs-read\nspec:\n  forProvider:\n    policyArnRef: {{name: read}}\n{role}"
    )
}

const NAMED: &str = "    roleRef: {name: jobs}\n";
const READER: &str = "arn:aws:iam::420786776711:role/reader";

#[test]
fn a_role_of_a_cluster_that_is_allowed_to_assume_the_role_that_trusts_it_is_no_finding() {
    for named in [NAMED, "    roleSelector: {matchLabels: {app: jobs}}\n", "    role: jobs\n"] {
        let manifests = format!("{}{}{}", role("jobs"), policy(READER), attachment(named));
        judged(&[("apps/jobs.yaml", &manifests), ("data/main.tf", &trusting("jobs"))], &[]);
    }
}

#[test]
fn manifests_know_one_another_in_whatever_file_they_are() {
    let others = format!("{}{}", policy(READER), attachment(NAMED));
    judged(
        &[
            ("apps/base/role.yaml", &role("jobs")),
            ("apps/policies/read.yaml", &others),
            ("data/main.tf", &trusting("jobs")),
        ],
        &[],
    );
}

#[test]
fn a_role_of_a_cluster_without_the_permission_is_reported_where_it_is_trusted() {
    let found = "data/main.tf:4 warning [trust-without-permission] \"arn:aws:iam::420786776710:role/jobs\"";
    judged(&[("apps/jobs.yaml", &role("jobs")), ("data/main.tf", &trusting("jobs"))], &[found]);
    let other =
        format!("{}{}{}", role("jobs"), policy("arn:aws:iam::420786776711:role/other"), attachment(NAMED));
    judged(&[("apps/jobs.yaml", &other), ("data/main.tf", &trusting("jobs"))], &[found]);
    // Whose the policy is, is not known.
    let elsewhere = format!(
        "{}{}{}",
        role("jobs"),
        policy(READER),
        attachment("    roleRef: {name: of-another-cluster}\n")
    );
    judged(&[("apps/jobs.yaml", &elsewhere), ("data/main.tf", &trusting("jobs"))], &[]);
}

#[test]
fn a_permission_of_a_cluster_that_nothing_trusts_is_underlined_in_its_manifest() {
    let manifests = format!("{}{}{}", role("jobs"), policy(READER), attachment(NAMED));
    judged(
        &[("apps/jobs.yaml", &manifests), ("data/main.tf", &trusting("others"))],
        &[&format!("apps/jobs.yaml:20 error [permission-without-trust] \"{READER}\"")],
    );
}

#[test]
fn a_name_that_is_given_outside_is_the_name_of_the_resource() {
    let named =
        role("jobs").replace("  labels:", "  annotations: {crossplane.io/external-name: batch}\n  labels:");
    let found = "data/main.tf:4 warning [trust-without-permission] \"arn:aws:iam::420786776710:role/batch\"";
    judged(&[("apps/jobs.yaml", &named), ("data/main.tf", &trusting("batch"))], &[found]);
}

#[test]
fn the_account_is_that_of_the_role_a_provider_works_with() {
    let configuration = "apiVersion: aws.upbound.io/v1beta1\nkind: ProviderConfig\nmetadata: {name: batch}\nspec:\n  assumeRoleChain: [{roleARN: arn:aws:iam::420786776710:role/crossplane}]\n---\n";
    let role = role("jobs").replace("spec:\n", "spec:\n  providerConfigRef: {name: batch}\n");
    let found = "data/main.tf:4 warning [trust-without-permission] \"arn:aws:iam::420786776710:role/jobs\"";
    let files = |role: &str| {
        let manifests = format!("{configuration}{role}");
        judged(&[("cluster/jobs.yaml", &manifests), ("data/main.tf", &trusting("jobs"))], &[found]);
    };
    files(&role);
    // The older provider names the same things otherwise.
    let older = role
        .replace("aws.upbound.io", "aws.crossplane.io")
        .replace("assumeRolePolicy:", "assumeRolePolicyDocument:");
    files(&older);
}

fn controlled(more: &str) -> String {
    format!(
        "apiVersion: iam.services.k8s.aws/v1alpha1\nkind: Role\nmetadata: {{name: jobs, namespace: batch}}\nspec:\n  name: batch-jobs\n  assumeRolePolicyDocument: {TRUST}{more}---\napiVersion: v1\nkind: Namespace\nmetadata:\n  name: batch\n  annotations: {{services.k8s.aws/owner-account-id: \"420786776710\"}}\n"
    )
}

#[test]
fn the_account_of_a_namespace_is_that_of_its_resources() {
    let found =
        "data/main.tf:4 warning [trust-without-permission] \"arn:aws:iam::420786776710:role/batch-jobs\"";
    judged(&[("cluster/role.yaml", &controlled("")), ("data/main.tf", &trusting("batch-jobs"))], &[found]);
    let inline = format!(
        "  inlinePolicies:\n    read: '{{\"Statement\": [{{\"Effect\": \"Allow\", \"Action\": \"sts:AssumeRole\", \"Resource\": \"{READER}\"}}]}}'\n"
    );
    judged(&[("cluster/role.yaml", &controlled(&inline)), ("data/main.tf", &trusting("batch-jobs"))], &[]);
    let referring = format!(
        "{}---\napiVersion: iam.services.k8s.aws/v1alpha1\nkind: Policy\nmetadata: {{name: read, namespace: batch}}\nspec:\n  name: read\n  policyDocument: '{{\"Statement\": [{{\"Effect\": \"Allow\", \"Action\": \"sts:AssumeRole\", \"Resource\": \"{READER}\"}}]}}'\n",
        controlled("  policyRefs: [{from: {name: read}}]\n")
    );
    judged(&[("cluster/role.yaml", &referring), ("data/main.tf", &trusting("batch-jobs"))], &[]);
}

#[test]
fn policies_of_resources_are_judged_where_they_are_written() {
    let open = "{\"Statement\": [{\"Effect\": \"Allow\", \"Action\": \"ACTION\", \"Principal\": \"*\", \"Resource\": \"RESOURCE\"}]}";
    let said = |action: &str, resource: &str| open.replace("ACTION", action).replace("RESOURCE", resource);
    for (version, kind, field, action, resource) in [
        (
            "s3.aws.upbound.io/v1beta1",
            "BucketPolicy",
            "bucketRef: {name: logs}\n    policy",
            "s3:PutObject",
            "arn:aws:s3:::logs/*",
        ),
        ("sqs.aws.upbound.io/v1beta1", "Queue", "name: jobs\n    policy", "sqs:SendMessage", "*"),
        ("sns.aws.crossplane.io/v1beta1", "Topic", "policy", "sns:Publish", "*"),
        (
            "ecr.aws.crossplane.io/v1beta1",
            "RepositoryPolicy",
            "repositoryName: app\n    rawPolicy",
            "ecr:PutImage",
            "",
        ),
    ] {
        // ECR takes no policy with a resource.
        let policy = said(action, resource).replace(", \"Resource\": \"\"", "");
        let manifest = format!(
            "apiVersion: {version}\nkind: {kind}\nmetadata: {{name: it}}\nspec:\n  forProvider:\n    {field}: '{policy}'\n",
        );
        let line = 6 + field.matches('\n').count();
        judged(
            &[("apps/it.yaml", &manifest)],
            &[&format!("apps/it.yaml:{line} error [wildcard-principal] \"*\"")],
        );
    }
    let controlled = format!(
        "apiVersion: sqs.services.k8s.aws/v1alpha1\nkind: Queue\nmetadata: {{name: it}}\nspec:\n  queueName: it\n  policy: '{}'\n",
        said("sqs:SendMessage", "*")
    );
    judged(&[("apps/it.yaml", &controlled)], &["apps/it.yaml:6 error [wildcard-principal] \"*\""]);
}

#[test]
fn a_policy_that_is_written_as_fields_is_read() {
    let manifest = "apiVersion: s3.aws.crossplane.io/v1alpha3\nkind: BucketPolicy\nmetadata: {name: it}\nspec:\n  forProvider:\n    bucketName: logs\n    policy:\n      version: '2012-10-17'\n      statements:\n        - effect: Allow\n          action: [s3:PutObject]\n          resource: ['arn:aws:s3:::logs/*']\n          principal: {allowAnon: true}\n";
    judged(
        &[("apps/it.yaml", manifest)],
        &["apps/it.yaml:13 error [wildcard-principal] \"{allowAnon: true}\""],
    );
    let narrow = manifest.replace("{allowAnon: true}", "{awsPrincipals: [{awsAccountId: '420786776711'}]}");
    judged(&[("apps/it.yaml", &narrow)], &[]);
}

#[test]
fn what_is_filled_in_later_is_not_known_and_no_error() {
    for account in ["${ACCOUNT_ID}", "$ACCOUNT_ID", "<account id>", "${ACCOUNT_ID:=420786776799}"] {
        let manifest = role("jobs").replace(
            "\"Service\": \"ec2.amazonaws.com\"",
            &format!("\"AWS\": \"arn:aws:iam::{account}:role/ci\""),
        );
        judged(&[("apps/it.yaml", &manifest)], &[]);
    }
}

#[test]
fn what_a_composition_sets_is_not_known() {
    let composition = |patches: &str| {
        format!(
            "apiVersion: apiextensions.crossplane.io/v1\nkind: Composition\nmetadata: {{name: queue}}\nspec:\n  resources:\n    - name: queue\n      base:\n        apiVersion: sqs.aws.upbound.io/v1beta1\n        kind: Queue\n        spec:\n          forProvider:\n            policy: '{{\"Statement\": [{{\"Effect\": \"Allow\", \"Action\": \"sqs:SendMessage\", \"Principal\": \"*\", \"Resource\": \"*\"}}]}}'\n{patches}"
        )
    };
    let found = "apps/it.yaml:12 error [wildcard-principal] \"*\"";
    judged(&[("apps/it.yaml", &composition(""))], &[found]);
    let patches = "      patches: [{fromFieldPath: spec.policy, toFieldPath: spec.forProvider.policy}]\n";
    judged(&[("apps/it.yaml", &composition(patches))], &[]);
}

#[test]
fn a_chart_is_said_to_be_a_template() {
    let chart = role("{{ .Values.name }}");
    let said = problems(&[("apps/chart.yaml", &chart)]);
    assert_eq!(
        said,
        [
            "apps/chart.yaml:4 this is a template of Jinja, Go or the like: analyze the file that it renders to"
        ]
    );
}

#[test]
fn a_patch_of_a_role_is_no_role() {
    let patch = "apiVersion: iam.aws.upbound.io/v1beta1\nkind: Role\nmetadata: {name: jobs}\nspec: {forProvider: {path: /x/}}\n";
    let [said] = &*problems(&[("apps/patch.yaml", patch)]) else { panic!() };
    assert!(said.starts_with("apps/patch.yaml:3 this role has no trust policy here"), "{said}");
}

#[test]
fn broken_manifests_are_read_as_far_as_they_go() {
    let broken = format!("{}kind: [\n", role("jobs"));
    let found = "data/main.tf:4 warning [trust-without-permission] \"arn:aws:iam::420786776710:role/jobs\"";
    let unreadable = "apps/jobs.yaml:12 warning [unreadable-file] \"\"";
    let files: Files =
        [("trustlint.toml", CONFIG), ("apps/jobs.yaml", &broken), ("data/main.tf", &trusting("jobs"))]
            .map(|(path, text)| (path.to_owned(), text.to_owned()))
            .into();
    let outcome = run(&files);
    let said: Vec<String> = outcome.findings.iter().map(|one| one.finding.to_string()).collect();
    assert!(said.contains(&found.to_owned()), "{said:?}");
    assert!(said.iter().any(|one| one.contains("[unreadable-file]")), "{said:?} {unreadable}");
}

#[test]
fn policies_in_yaml_are_policy_files() {
    let open = "Version: 2012-10-17\nStatement:\n  - Effect: Allow\n    Action: s3:PutObject\n    Principal: '*'\n    Resource: arn:aws:s3:::logs/*\n";
    judged(&[("apps/bucket.yaml", open)], &["apps/bucket.yaml:5 error [wildcard-principal] \"*\""]);
    let named = format!("policy:\n  {}", open.replace('\n', "\n  "));
    judged(&[("apps/bucket.yml", named.trim_end())], &["apps/bucket.yml:6 error [wildcard-principal] \"*\""]);
    // A part of a template, whose functions are none of a policy.
    judged(&[("apps/part.yaml", &open.replace("arn:aws:s3:::logs/*", "!GetAtt Logs.Arn"))], &[]);
}

#[test]
fn a_trust_policy_in_yaml_is_that_of_the_role_which_the_configuration_names() {
    let config = format!(
        "{CONFIG}[[policy]]\npath = \"data/{{name}}-trust.yaml\"\nkind = \"trust\"\nrole = \"{{name}}\"\n"
    );
    let trust = "Statement:\n  - Effect: Allow\n    Action: sts:AssumeRole\n    Principal: {AWS: 'arn:aws:iam::420786776710:role/jobs'}\n";
    let found =
        "data/reader-trust.yaml:4 warning [trust-without-permission] \"arn:aws:iam::420786776710:role/jobs\"";
    judge::judged(
        [
            ("trustlint.toml", config.as_str()),
            ("data/reader-trust.yaml", trust),
            ("apps/jobs.yaml", &role("jobs")),
        ],
        &[found],
        &[],
    );
}
