use super::project;

const ROLE: &str = "Parameters: {Trusted: {Type: String, Default: nobody}, Stage: {Type: String, Default: dev}}\nConditions: {Prod: !Equals [!Ref Stage, prod]}\nResources:\n  R: {Type: AWS::IAM::Role, Properties: {Trusted: !Ref Trusted, Stage: !If [Prod, then, else], Name: !Ref AWS::StackName}}\n";

fn units(project: &super::Project) -> Vec<(String, String)> {
    project.units()
}

fn owned(all: &[(&str, &str)]) -> Vec<(String, String)> {
    all.iter().map(|(key, account)| ((*key).to_owned(), (*account).to_owned())).collect()
}

const ORGANIZATION: &str = "AWSTemplateFormatVersion: '2010-09-09-OC'\nOrganization:\n  Main:\n    Type: OC::ORG::MasterAccount\n    Properties: {AccountId: '111111111111'}\n  Prod:\n    Type: OC::ORG::Account\n    Properties: {AccountId: '222222222222'}\n  Dev:\n    Type: OC::ORG::Account\n    Properties: {AccountName: dev}\n  Unit:\n    Type: OC::ORG::OrganizationalUnit\n    Properties: {Accounts: [!Ref Prod]}\n";

#[test]
fn tasks_of_org_formation_say_accounts_and_parameters() {
    let tasks = "Roles:\n  Type: update-stacks\n  Template: ./role.yml\n  StackName: roles\n  DefaultOrganizationBinding:\n    Region: eu-west-1\n    Account: [!Ref Prod, !Ref Dev]\n  Parameters:\n    Trusted: !Ref Main\n    Stage: prod\n";
    let project =
        project(&[("organization.yml", ORGANIZATION), ("tasks/_tasks.yml", tasks), ("tasks/role.yml", ROLE)]);
    assert_eq!(
        units(&project),
        owned(&[
            ("tasks/role.yml@Roles/222222222222", "222222222222"),
            ("tasks/role.yml@Roles/Dev", "${Dev}")
        ])
    );
    let hint = &project.walked.units[0].hints[0];
    assert_eq!(project.sources.path(hint.span.source), "organization.yml");
    assert_eq!(project.sources.slice(hint.span), "222222222222");
    assert_eq!(hint.evidence, "task `Roles` of org-formation");
    assert_eq!(
        (project.says("R", "Trusted"), project.says("R", "Stage"), project.says("R", "Name")),
        ("111111111111".to_owned(), "then".to_owned(), "roles".to_owned())
    );
}

/// A template that is deployed to many accounts is another one in each.
#[test]
fn a_task_speaks_of_the_account_it_is_performed_for() {
    let tasks = "T:\n  Type: update-stacks\n  Template: role.yml\n  DefaultOrganizationBinding: {Account: '*'}\n  Parameters: {Trusted: VALUE}\n";
    let said = |value: &str| {
        let tasks = tasks.replace("VALUE", value);
        let project =
            project(&[("organization.yml", ORGANIZATION), ("tasks.yml", &tasks), ("role.yml", ROLE)]);
        let all = project.walked.declarations.iter();
        all.map(|it| it.properties.get("Trusted").unwrap().as_text().unwrap().to_string()).collect::<Vec<_>>()
    };
    assert_eq!(said("!Ref CurrentAccount"), ["${Dev}", "222222222222"]);
    assert_eq!(said("!GetAtt CurrentAccount.AccountId"), ["${Dev}", "222222222222"]);
    assert_eq!(
        said("!Sub 'logs-${AWSAccount}-${AWSAccount.AccountId}'").last().unwrap(),
        "logs-222222222222-222222222222"
    );
    assert_eq!(said("!GetAtt CurrentAccount.AccountName").first().unwrap(), "dev");
    let unknown = said("!GetAtt CurrentAccount.Resources.Topic");
    assert_ne!(unknown.first(), unknown.last());
}

#[test]
fn an_account_without_an_id_is_known_by_its_name() {
    let tasks = "T:\n  Type: update-stacks\n  Template: role.yml\n  DefaultOrganizationBinding: {Account: !Ref Prod}\n  Parameters: {Trusted: !Ref Dev}\n";
    let project = project(&[("organization.yml", ORGANIZATION), ("tasks.yml", tasks), ("role.yml", ROLE)]);
    assert_eq!(project.says("R", "Trusted"), "${Dev}");
}

#[test]
fn a_binding_to_all_leaves_out_the_management_account() {
    let tasks = |binding: &str| {
        format!("T:\n  Type: update-stacks\n  Template: role.yml\n  DefaultOrganizationBinding: {binding}\n")
    };
    let accounts = |binding: &str| {
        let project = project(&[
            ("organization.yml", ORGANIZATION),
            ("tasks.yml", &tasks(binding)),
            ("role.yml", ROLE),
        ]);
        units(&project).into_iter().map(|(_, account)| account).collect::<Vec<_>>()
    };
    assert_eq!(accounts("{Account: '*'}"), ["${Dev}", "222222222222"]);
    assert_eq!(
        accounts("{Account: '*', IncludeMasterAccount: true, ExcludeAccount: !Ref Dev}"),
        ["222222222222", "111111111111"]
    );
    assert_eq!(accounts("{OrganizationalUnit: !Ref Unit}"), ["222222222222"]);
    assert_eq!(accounts("{AccountsWithTag: x}"), [""]);
}

#[test]
fn a_template_that_binds_its_own_resources_gets_no_account() {
    let tasks = "T:\n  Type: update-stacks\n  Template: role.yml\n  DefaultOrganizationBinding: {Account: !Ref Prod}\n";
    let role = ROLE.replace("Resources:", "# OrganizationBinding\nResources:");
    let project = project(&[("organization.yml", ORGANIZATION), ("tasks.yml", tasks), ("role.yml", &role)]);
    assert_eq!(units(&project), owned(&[("role.yml", "")]));
}

#[test]
fn customizations_for_control_tower_say_accounts_and_parameters() {
    let manifest = "region: eu-west-1\nversion: 2021-03-15\nresources:\n  - name: roles\n    resource_file: templates/role.yml\n    parameter_file: parameters/role.json\n    deploy_method: stack_set\n    deployment_targets: {accounts: ['222222222222', prod]}\n    parameters: [{parameter_key: Trusted, parameter_value: '$[alfred_ssm_/id]'}]\n    regions: [eu-west-1]\n  - name: guard\n    resource_file: templates/role.yml\n    deploy_method: scp\n    deployment_targets: {organizational_units: [Root]}\n";
    let parameters = r#"[{"ParameterKey": "Stage", "ParameterValue": "prod"}]"#;
    let project = project(&[
        ("cfct/manifest.yaml", manifest),
        ("cfct/templates/role.yml", ROLE),
        ("cfct/parameters/role.json", parameters),
    ]);
    assert_eq!(
        units(&project),
        owned(&[
            ("cfct/templates/role.yml@roles/222222222222", "222222222222"),
            ("cfct/templates/role.yml@roles/prod", "${prod}")
        ])
    );
    assert_eq!(project.says("R", "Trusted"), "${$[alfred_ssm_/id]}");
    assert_eq!(project.says("R", "Stage"), "then");
}

#[test]
fn units_of_the_organization_stand_for_accounts_that_are_not_known() {
    let manifest = "resources:\n  - {name: r, resource_file: role.yml, deploy_method: stack_set, deployment_targets: {accounts: ['222222222222'], organizational_units: [Sandbox]}}\n";
    let project = project(&[("manifest.yaml", manifest), ("role.yml", ROLE)]);
    assert_eq!(units(&project), owned(&[("role.yml@r/222222222222", "222222222222"), ("role.yml@r", "")]));
}

#[test]
fn the_landing_zone_accelerator_lists_its_accounts_beside() {
    let customizations = "customizations:\n  cloudFormationStacks:\n    - name: Roles\n      template: templates/role.yml\n      regions: [eu-west-1]\n      deploymentTargets: {organizationalUnits: [Workloads], accounts: [Audit], excludedAccounts: [Old]}\n      parameters: [{name: Trusted, value: '333333333333'}]\n";
    let accounts = "mandatoryAccounts:\n  - {name: Audit, email: audit@example.com, organizationalUnit: Security}\nworkloadAccounts:\n  - {name: App, email: app@example.com, organizationalUnit: Workloads/Prod}\n  - {name: Old, email: old@example.com, organizationalUnit: Workloads}\naccountIds:\n  - {email: audit@example.com, accountId: '222222222222'}\n  - {email: app@example.com, accountId: '444444444444'}\n";
    let project = project(&[
        ("lza/customizations-config.yaml", customizations),
        ("lza/accounts-config.yaml", accounts),
        ("lza/templates/role.yml", ROLE),
    ]);
    assert_eq!(
        units(&project),
        owned(&[
            ("lza/templates/role.yml@Roles/222222222222", "222222222222"),
            ("lza/templates/role.yml@Roles/444444444444", "444444444444")
        ])
    );
    assert_eq!(project.says("R", "Trusted"), "333333333333");
    assert_eq!(project.says("R", "Name"), "Roles");
}

#[test]
fn a_deployment_map_names_the_directory_of_its_pipeline() {
    let map = "pipelines:\n  - name: sample-iam\n    default_providers: {deploy: {provider: cloudformation}}\n    targets: [/banking/testing, '222222222222', {path: 333333333333, regions: eu-west-1}]\n  - name: other\n    targets: ['444444444444']\n";
    let project = project(&[("deployment_map.yml", map), ("repos/sample-iam/template.yml", ROLE)]);
    assert_eq!(
        units(&project),
        owned(&[
            ("repos/sample-iam/template.yml@sample-iam/222222222222", "222222222222"),
            ("repos/sample-iam/template.yml@sample-iam/333333333333", "333333333333"),
            ("repos/sample-iam/template.yml@sample-iam", ""),
        ])
    );
    assert_eq!(project.says("R", "Stage"), "else | then");
}

#[test]
fn manifests_of_another_kind_say_nothing() {
    for (path, text) in [
        ("manifest.yaml", "resources: {resource_file: x}\n"),
        ("customizations-config.yaml", "customizations: []\n"),
        ("deployment_map.yml", "pipelines: none\n"),
        ("tasks.yml", "T: {Type: update-stacks, Template: gone.yml}\n"),
    ] {
        let project = project(&[(path, text), ("role.yml", ROLE)]);
        assert_eq!(units(&project), owned(&[("role.yml", "")]), "{path}");
    }
}
