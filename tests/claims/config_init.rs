//! `trustlint config init`: what it proposes, and that a file nobody edited changes nothing but names.

#![expect(
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    reason = "the examples are real files, and JSON is read"
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;
use trustlint::internals::config::Selectors;
use trustlint::{Config, RULES};

use crate::common::{CONFIG, Files, run};

/// A project on the disk.
struct Project(TempDir);

struct Ran {
    status: i32,
    out: String,
    err: String,
}

impl Project {
    fn new<'f>(files: impl IntoIterator<Item = (&'f str, &'f str)>) -> Self {
        let project = Self(tempfile::tempdir().unwrap());
        project.add(".git/HEAD", "");
        for (path, text) in files {
            project.add(path, text);
        }
        project
    }

    fn add(&self, path: &str, text: &str) {
        let path = self.0.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn run(&self, args: &[&str]) -> Ran {
        let mut command = Command::new(env!("CARGO_BIN_EXE_trustlint"));
        let output = command.args(args).current_dir(self.0.path()).env_clear().stdin(Stdio::null()).output();
        let output = output.unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Ran { status: output.status.code().unwrap(), out: text(output.stdout), err: text(output.stderr) }
    }

    /// What is proposed.
    fn proposed(&self) -> String {
        let ran = self.run(&["config", "init", "--stdout"]);
        assert_eq!(ran.status, 0, "{}", ran.err);
        ran.out
    }
}

/// The lines of a proposal without its head and with single blanks.
fn body(text: &str) -> Vec<String> {
    let lines = text.lines().skip(6).filter(|line| !line.is_empty());
    lines.map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
}

/// A root module whose provider says its account, and a role that trusts the account of somebody.
fn trusting(account: &str) -> String {
    format!(
        "provider \"aws\" {{\n  allowed_account_ids = [\"{account}\"]\n}}\nresource \"aws_iam_role\" \"r\" {{\n  \
         assume_role_policy = jsonencode({{\n    Version = \"2012-10-17\"\n    Statement = [{{\n      Effect = \"Allow\"\n      \
         Principal = {{ AWS = \"arn:aws:iam::640123987009:root\" }}\n      Action = \"sts:AssumeRole\"\n    }}]\n  }})\n}}\n"
    )
}

/// The severity and rule of each finding of a project with this configuration.
fn severities(config: &str) -> Vec<String> {
    let files = [("a/main.tf", trusting("640123987001")), (CONFIG, config.to_owned())];
    let files: Files = files.into_iter().map(|(path, text)| (path.to_owned(), text)).collect();
    let found = run(&files).findings.into_iter();
    found.map(|said| format!("{} {}", said.finding.severity, said.finding.rule)).collect()
}

#[test]
fn a_name_for_an_account_that_templates_show_changes_no_severity() {
    let info = ["info missing-external-id"];
    assert_eq!(severities(""), info);
    assert_eq!(severities("[accounts.prod]\nid = \"640123987001\"\n"), info);
    let warning = ["warning missing-external-id"];
    // An account that no template shows: somebody has said which ones are theirs.
    assert_eq!(severities("[accounts.other]\nid = \"640123987002\"\n"), warning);
    assert_eq!(severities("[accounts.prod]\nid = \"640123987001\"\n[accounts.other]\n"), warning);
    assert_eq!(severities("[vendors.acme]\nid = \"640123987003\"\n"), warning);
    // What only the configuration says of a unit is not shown by its templates.
    assert_eq!(severities("[accounts.b]\nid = \"640123987002\"\npaths = [\"a\"]\n"), warning);
}

const PROVIDER: &str = "provider \"aws\" {\n  region = \"eu-west-1\"\n}\n";

#[test]
fn what_templates_prove_is_active_and_all_else_is_proposed() {
    let audit = trusting("640123987001");
    let workflow = "jobs:\n  deploy:\n    steps:\n      - uses: aws-actions/configure-aws-credentials@v4\n        with:\n          role-to-assume: arn:aws:iam::690123987002:role/ci\n      - run: terraform apply\n        working-directory: envs/prod\n";
    let files = [
        ("audit/main.tf", audit.as_str()),
        ("envs/prod/main.tf", PROVIDER),
        (".github/workflows/deploy.yml", workflow),
    ];
    let project = Project::new(files);
    let text = project.proposed();
    assert!(
        text.starts_with("# trustlint config init: 2 deployment units: 1 with a known account, 1 unknown.\n"),
        "{text}"
    );
    let expected = [
        "[accounts.audit]",
        "id = \"640123987001\" # allowed_account_ids, audit/main.tf:2",
        "#? [accounts.prod]",
        "#? id = \"690123987002\" # assumes a role of it for envs/prod, .github/workflows/deploy.yml:6",
        "#? paths = [\"envs/prod/**\"] # 1 unit",
        "# Named in policies, whose?",
        "#? [accounts.account-640123987009] # or [vendors.account-640123987009]: once, audit/main.tf:9",
        "#? id = \"640123987009\"",
    ];
    assert_eq!(body(&text), expected);
    assert_eq!(project.proposed(), text, "the same input gives the same bytes");
    // Written, it is not written again.
    let written = project.run(&["config", "init"]);
    assert_eq!((written.status, written.out.as_str()), (0, ""), "{}", written.err);
    assert_eq!(fs::read_to_string(project.0.path().join("trustlint.toml")).unwrap(), text);
    let again = project.run(&["config", "init"]);
    assert_eq!(again.status, 2);
    assert!(again.err.contains("there is a configuration already: `trustlint.toml`"), "{}", again.err);
    // What is missing in it is printed, but not what it proposes.
    let update = project.run(&["config", "init", "--update"]);
    assert_eq!((update.status, update.out.as_str()), (0, ""), "{}", update.err);
    project.add("trustlint.toml", "[accounts.audit]\nid = \"640123987001\"\n");
    let update = project.run(&["config", "init", "--update"]);
    assert_eq!(update.status, 0, "{}", update.err);
    assert!(
        !update.out.contains("[accounts.audit]") && update.out.contains("#? [accounts.prod]"),
        "{}",
        update.out
    );
    // All that is proposed is true without its mark.
    project.add("trustlint.toml", &text.replace("#? ", "").replace("file = \"accounts.json\"", ""));
    let confirmed = project.run(&["accounts"]);
    assert!(confirmed.out.contains("prod (690123987002)"), "{}{}", confirmed.out, confirmed.err);
    assert_eq!(project.run(&["config", "init", "--update"]).out, "");
}

#[test]
fn there_is_nothing_to_propose_for_nothing() {
    let ran = Project::new([("README.md", "nothing")]).run(&["config", "init"]);
    assert_eq!(ran.status, 3);
    assert_eq!(Project::new([("a/main.tf", PROVIDER)]).run(&["config", "init", "--update"]).status, 2);
}

#[test]
fn placeholders_are_never_written() {
    let dev = trusting("111111111111").replace("640123987009", "640123987001");
    let text = Project::new([("dev/main.tf", dev.as_str()), ("qa/main.tf", dev.as_str())]).proposed();
    assert!(text.contains("2 with a placeholder"), "{text}");
    // One placeholder stands for different accounts in different files.
    for name in ["dev", "qa"] {
        let ask = format!(
            "the real ID instead of 111111111111, which looks like a placeholder: allowed_account_ids, {name}/main.tf:2"
        );
        assert!(text.contains(&format!("#? [accounts.{name}]")) && text.contains(&ask), "{text}");
    }
    assert!(!text.contains("id = \"111111111111\""), "{text}");
}

#[test]
fn a_name_that_would_place_units_waits_for_a_person() {
    // A list calls the account of `hub` by the name of another directory.
    let hub = trusting("640123987001").replace("640123987009", "690123987002");
    let list = "locals {\n  account_ids = {\n    dev = \"640123987001\"\n  }\n}\n";
    let text = Project::new([("hub/main.tf", hub.as_str()), ("hub/l.tf", list), ("dev/main.tf", PROVIDER)])
        .proposed();
    assert!(text.contains("#? [accounts.dev]\n#? id = \"640123987001\""), "{text}");
    // Alone there is nothing to place.
    let text = Project::new([("hub/main.tf", hub.as_str()), ("hub/l.tf", list)]).proposed();
    assert!(text.contains("\n[accounts.dev]\nid = \"640123987001\""), "{text}");
}

/// What `config init` proposes for a root module beside these files.
fn proposed_for(files: &[(&str, &str)]) -> String {
    let all = [("live/app/main.tf", PROVIDER), ("live/other/main.tf", PROVIDER)];
    let text = Project::new(all.into_iter().chain(files.iter().copied())).proposed();
    body(&text).join("\n")
}

#[test]
fn pipelines_say_whose_role_they_assume_for_what() {
    let login =
        "      - uses: aws-actions/configure-aws-credentials@v4\n        with:\n          role-to-assume: ";
    let role = "arn:aws:iam::690123987002:role/ci";
    let with = |job: &str| {
        let text = format!("env:\n  ID: '690123987002'\njobs:\n  a:\n{job}");
        proposed_for(&[(".github/workflows/a.yml", &text)])
    };
    let right = [
        format!("    steps:\n{login}{role}\n      - run: terraform -chdir=live/app plan\n"),
        format!(
            "    steps:\n{login}{role}\n      - run: |\n          cd live/app\n          terraform init && terraform apply\n"
        ),
        format!(
            "    steps:\n{login}arn:aws:iam::${{{{ env.ID }}}}:role/ci\n      - run: terraform apply\n        working-directory: ./live/app/\n"
        ),
        format!(
            "    strategy:\n      matrix:\n        include:\n          - dir: live/app\n            role: {role}\n    steps:\n{login}${{{{ matrix.role }}}}\n      - run: terraform plan\n        working-directory: ${{{{ matrix.dir }}}}\n"
        ),
        format!(
            "    defaults:\n      run:\n        working-directory: live/app\n    steps:\n{login}{role}\n      - run: make apply\n"
        ),
        format!(
            "    uses: org/shared/.github/workflows/t.yml@v1\n    with:\n      working-directory: live/app\n      role: {role}\n"
        ),
        format!(
            "    steps:\n{login}arn:aws:iam::690123987003:role/hub\n{login}{role}\n      - run: terraform -chdir=live/app plan\n"
        ),
    ];
    for job in right {
        let text = with(&job);
        assert!(
            text.contains(
                "#? id = \"690123987002\" # assumes a role of it for live/app, .github/workflows/a.yml:"
            ),
            "{job}{text}"
        );
        assert!(text.contains("#? paths = [\"live/app/**\"] # 1 unit"), "{job}{text}");
        assert!(!text.contains("690123987003"), "{job}{text}");
    }
    let silent = [
        format!("    steps:\n{login}${{{{ secrets.ROLE }}}}\n      - run: terraform -chdir=live/app plan\n"),
        format!("    steps:\n      - run: terraform -chdir=live/app plan\n{login}{role}\n"),
        format!(
            "    steps:\n{login}{role}\n{login}${{{{ vars.ROLE }}}}\n      - run: terraform -chdir=live/app plan\n"
        ),
        format!("    steps:\n{login}{role}\n      - run: terraform -chdir=$DIR plan\n"),
        format!("    steps:\n{login}{role}\n      - run: terraform -chdir=live plan\n"),
        format!(
            "    steps:\n{login}arn:aws:iam::111111111111:role/ci\n      - run: terraform -chdir=live/app plan\n"
        ),
    ];
    for job in silent {
        assert!(!with(&job).contains("assumes a role"), "{job}{}", with(&job));
    }
    // One root with several environments gets no ID without saying which deployment.
    let both = format!(
        "    steps:\n{login}{role}\n      - run: terraform -chdir=live/app plan\n{login}arn:aws:iam::690123987003:role/ci\n      - run: terraform -chdir=live/app plan\n"
    );
    assert!(!with(&both).contains("assumes a role"), "{}", with(&both));
    let told = both
        .replacen("app plan", "app plan -var-file=dev.tfvars", 1)
        .replace("app plan\n", "app plan -var-file=prod.tfvars\n");
    let text = with(&told);
    assert!(
        text.contains(
            "#? path = \"live/app\"\n#? name = \"prod\"\n#? var-files = [\"live/app/prod.tfvars\"]"
        ),
        "{text}"
    );
}

#[test]
fn called_workflows_get_their_inputs() {
    let called = "on:\n  workflow_call:\n    inputs:\n      dir:\n        type: string\n      role:\n        type: string\njobs:\n  a:\n    steps:\n      - uses: aws-actions/configure-aws-credentials@v4\n        with:\n          role-to-assume: ${{ inputs.role }}\n      - run: terraform plan\n        working-directory: ${{ inputs.dir }}\n";
    let caller = "jobs:\n  a:\n    uses: ./.github/workflows/t.yml\n    with:\n      dir: live/app\n      role: arn:aws:iam::690123987002:role/ci\n";
    let text = proposed_for(&[(".github/workflows/t.yml", called), (".github/workflows/a.yml", caller)]);
    assert!(text.contains("assumes a role of it for live/app, .github/workflows/a.yml:6"), "{text}");
    // A workflow that calls itself ends.
    let circle = "on:\n  workflow_call:\njobs:\n  a:\n    uses: ./.github/workflows/a.yml\n";
    assert!(!proposed_for(&[(".github/workflows/a.yml", circle)]).contains("assumes"));
}

#[test]
fn jobs_of_gitlab_are_read() {
    let job = ".base:\n  script:\n    - terraform -chdir=$TF_ROOT apply\nvariables:\n  TF_ROOT: live/${APP}\napply:\n  extends: .base\n  variables:\n    APP: app\n    AWS_ROLE_ARN: arn:aws:iam::690123987002:role/ci\n";
    for script in ["terraform -chdir=$TF_ROOT", "gitlab-terraform", "cd $TF_ROOT; tofu"] {
        let job = job.replace("terraform -chdir=$TF_ROOT", script);
        let text = proposed_for(&[(".gitlab-ci.yml", &job)]);
        assert!(text.contains("assumes a role of it for live/app, .gitlab-ci.yml:10"), "{script}: {text}");
    }
    assert!(!proposed_for(&[(".gitlab-ci.yml", &job.replace("-chdir=$TF_ROOT", ""))]).contains("assumes"));
}

#[test]
fn a_provider_that_logs_in_elsewhere_is_not_where_the_pipeline_is() {
    let workflow = "jobs:\n  a:\n    steps:\n      - uses: aws-actions/configure-aws-credentials@v4\n        with:\n          role-to-assume: arn:aws:iam::690123987002:role/ci\n      - run: terraform -chdir=live/app plan\n";
    let of = |provider: &str| {
        let files = [("live/app/main.tf", provider), (".github/workflows/a.yml", workflow)];
        Project::new(files).proposed().contains("assumes a role of it")
    };
    assert!(of(PROVIDER));
    let perhaps = "variable \"role\" {\n  default = \"\"\n}\nprovider \"aws\" {\n  dynamic \"assume_role\" {\n    for_each = var.role == \"\" ? [] : [var.role]\n    content {\n      role_arn = assume_role.value\n    }\n  }\n}\n";
    assert!(!of(perhaps));
    assert!(!of("provider \"aws\" {\n  profile = \"hub\"\n}\n"));
}

#[test]
fn backends_say_little() {
    let backend = |key: &str| format!("{PROVIDER}terraform {{\n  backend \"s3\" {{\n{key}\n  }}\n}}\n");
    let of = |directory: &str, key: &str| {
        let path = format!("{directory}/main.tf");
        Project::new([(path.as_str(), backend(key).as_str()), ("z/main.tf", PROVIDER)]).proposed()
    };
    let key = "    key = \"account/690123987002/app\"";
    assert!(of("prod-690123987002", key).contains("id = \"690123987002\""), "the directory says so too");
    assert!(!of("prod", key).contains("690123987002"));
    let encrypted = "    kms_key_id = \"arn:aws:kms:eu-west-1:690123987002:key/k\"";
    assert!(
        of("prod", encrypted).contains("key of the backend, prod/main.tf:6"),
        "{}",
        of("prod", encrypted)
    );
    let silent = [
        "    bucket = \"state-690123987002\"".to_owned(),
        "    role_arn = \"arn:aws:iam::690123987002:role/state\"".to_owned(),
        "    profile = \"690123987002\"".to_owned(),
        format!("{encrypted}\n    role_arn = \"arn:aws:iam::690123987002:role/state\""),
    ];
    for key in silent {
        assert!(!of("prod", &key).contains("690123987002"), "{key}");
    }
    assert!(of("690123987002-prod", "").contains("#? id = \"690123987002\""));
}

#[test]
fn backend_files_beside_files_of_values_say_which_deployment() {
    let root = format!(
        "{PROVIDER}terraform {{\n  backend \"s3\" {{}}\n}}\nvariable \"size\" {{\n  type = string\n}}\n"
    );
    let of = |dev: &str| {
        let dev = format!("bucket = \"state-{dev}\"\n");
        let files = [
            ("app/main.tf", root.as_str()),
            ("app/dev.tfvars", "size = \"s\"\n"),
            ("app/prod.tfvars", "size = \"l\"\n"),
            ("app/backend-dev.conf", dev.as_str()),
            ("app/backend-prod.conf", "bucket = \"state-690123987002\"\n"),
        ];
        Project::new(files).proposed()
    };
    let text = of("690123987001");
    assert!(
        text.contains("#? var-files = [\"app/prod.tfvars\"]\n#? account = \"prod\"")
            || text.contains("690123987002"),
        "{text}"
    );
    assert_eq!(text.matches("bucket of its backend").count(), 4, "{text}");
    // The states of all environments lie in one bucket.
    assert!(!of("690123987002").contains("690123987002"));
}

/// The examples, each with its files.
fn examples() -> Vec<(PathBuf, Files)> {
    fn files(project: &Path, folder: &Path, found: &mut Files) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let below = path.strip_prefix(project).unwrap().to_str().unwrap().to_owned();
            if path.is_dir() {
                files(project, &path, found);
            } else if !below.ends_with("trustlint.toml") && below != "expected.txt" {
                found.insert(below, fs::read_to_string(&path).unwrap());
            }
        }
    }
    fn projects(folder: &Path, found: &mut BTreeSet<PathBuf>) {
        if folder.join("expected.txt").exists() {
            found.insert(folder.to_owned());
            return;
        }
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                projects(&path, found);
            }
        }
    }
    let mut all = BTreeSet::new();
    projects(&Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/examples"), &mut all);
    let with_files = |project: PathBuf| {
        let mut found = Files::new();
        files(&project, &project, &mut found);
        (project, found)
    };
    all.into_iter().map(with_files).collect()
}

/// What a project is found to be: the accounts of its units, and its findings by rule, severity and place.
fn found(project: &Project) -> (Vec<String>, Vec<String>) {
    let json = |args: &[&str]| -> serde_json::Value {
        let ran = project.run(args);
        serde_json::from_str(&ran.out).unwrap_or_else(|error| panic!("{error}: {}{}", ran.out, ran.err))
    };
    let accounts = json(&["accounts", "--output-format", "json"]);
    let id = |text: &str| text.trim_end_matches(')').rsplit('(').next().unwrap().to_owned();
    let units = accounts.as_array().unwrap().iter().map(|unit| {
        let account = unit["account"].as_str().map(id);
        format!("{} {account:?} {} {}", unit["unit"], unit["identity"], unit["evidence"])
    });
    let checked = json(&["check", "--output-format", "json", "--profile", "audit", "--exit-zero"]);
    let findings = checked["findings"].as_array().unwrap().iter().map(|finding| {
        let place = &finding["locations"][0];
        format!(
            "{} {} {} {} {}",
            finding["rule"], finding["severity"], finding["confidence"], place["path"], place["start"]
        )
    });
    (units.collect(), findings.collect())
}

#[test]
fn an_unedited_file_changes_nothing_but_names_in_any_example() {
    let all = examples();
    assert!(all.len() > 40);
    let names: Vec<&str> = RULES.iter().map(|rule| rule.name).collect();
    let mut active = 0;
    for (path, files) in all.into_iter().filter(|(_, files)| !files.is_empty()) {
        let shown = path.display();
        let project = Project::new(files.iter().map(|(path, text)| (path.as_str(), text.as_str())));
        let before = found(&project);
        let ran = project.run(&["config", "init"]);
        assert_eq!(ran.status, 0, "{shown}: {}", ran.err);
        let text = fs::read_to_string(project.0.path().join("trustlint.toml")).unwrap();
        assert!(Config::parse(&text, &names).is_ok(), "{shown}: {text}");
        active += text.matches("\n[accounts.").count();
        assert_eq!(found(&project), before, "{shown}: {text}");
        // With everything confirmed, and an ID for each account, it is still a configuration.
        let parts = text.replace("#? ", "");
        let mut parts = parts.split("............");
        let mut whole = parts.next().unwrap().to_owned();
        for (number, part) in (700_123_987_001_u64..).zip(parts) {
            whole.push_str(&number.to_string());
            whole.push_str(part);
        }
        let read = Config::parse(&whole, &names);
        assert!(read.is_ok(), "{shown}: {:?}\n{whole}", read.err());
    }
    assert!(active < 200, "examples have placeholders: {active}");
}

#[test]
fn an_alias_with_credentials_of_its_own_follows_no_proposed_path() {
    let text = format!(
        "{PROVIDER}provider \"aws\" {{\n  alias = \"hub\"\n  assume_role {{\n    role_arn = \"arn:aws:iam::${{var.hub}}:role/x\"\n  }}\n}}\nvariable \"hub\" {{\n  type = string\n}}\n"
    );
    let project = Project::new([("envs/dev/main.tf", text.as_str()), ("envs/prod/main.tf", PROVIDER)]);
    let proposed = project.proposed().replace("#? ", "").replace("file = \"accounts.json\"", "");
    assert!(
        proposed.contains("[accounts.dev]") && proposed.contains("paths = [\"envs/dev/**\"]"),
        "{proposed}"
    );
    let mut ids = 690_123_987_001_u64..;
    let filled: Vec<String> = proposed
        .lines()
        .filter(|line| !line.starts_with("aliases"))
        .map(|line| {
            if line.contains("............") {
                line.replace("............", &ids.next().unwrap().to_string())
            } else {
                line.to_owned()
            }
        })
        .collect();
    project.add("trustlint.toml", &filled.join("\n"));
    let accounts = project.run(&["accounts"]).out;
    let of = |unit: &str| {
        accounts.lines().find(|line| line.split_whitespace().next() == Some(unit)).unwrap().to_owned()
    };
    assert!(of("envs/dev").contains("dev ("), "{accounts}");
    assert!(!of("envs/dev@hub").contains("dev ("), "{accounts}");
}

#[test]
fn what_the_file_proposes_is_not_proposed_again() {
    let trust = trusting("640123987001").replace("  allowed_account_ids = [\"640123987001\"]\n", "");
    let profile = "provider \"aws\" {\n  profile = \"acme-dev\"\n}\n";
    let project = Project::new([("a/main.tf", trust.as_str()), ("b/main.tf", profile)]);
    let ran = project.run(&["config", "init"]);
    assert!(ran.status == 0 && !ran.err.contains(" 0 proposals"), "{}", ran.err);
    let ran = project.run(&["config", "init", "--update"]);
    assert_eq!((ran.out.as_str(), ran.err.as_str()), ("", "nothing to add to the configuration\n"));
    // What is new is, alone.
    project.add("c/main.tf", &trust.replace("640123987009", "640123987005"));
    let out = project.run(&["config", "init", "--update"]).out;
    assert!(out.contains("#? id = \"640123987005\"\n"), "{out}");
    assert!(!out.contains("640123987009") && !out.contains("acme-dev"), "{out}");
}

#[test]
fn check_hints_at_it_once() {
    let role = trusting("640123987001").replace("  allowed_account_ids = [\"640123987001\"]\n", "");
    let project = Project::new([("a/main.tf", role.as_str())]);
    let err = project.run(&["check"]).err;
    assert!(
        err.contains("hint: 1 of 1 deployment unit has no account; `trustlint config init` proposes some"),
        "{err}"
    );
    assert_eq!(err.matches("hint: ").count(), 1, "{err}");
    project.add("trustlint.toml", "");
    assert!(project.run(&["check"]).err.contains("`trustlint config init --update` proposes some"));
    project.add("trustlint.toml", "#? [accounts.a]\n#? id = \"640123987001\"\n");
    let err = project.run(&["check"]).err;
    assert!(err.contains("confirm what the configuration proposes") && !err.contains("--update"), "{err}");
    project.add("trustlint.toml", "[accounts.a]\nid = \"640123987001\"\npaths = [\"a\"]\n");
    assert!(!project.run(&["check"]).err.contains("hint: "));
}

/// A configuration with each key that there is.
const EVERYTHING: &str = r#"
[organization]
id = "o-a1b2c3d4e5"
oidc = ["github:acme"]
[accounts]
file = "accounts.json"
maps = ["var.ids"]
[accounts.prod]
id = "640123987001"
paths = ["prod/**"]
aliases = ["profile:prod"]
coverage = ["identities", "resources"]
regions = ["eu-west-1"]
snapshot = ["prod.json"]
deployer = "arn:aws:iam::640123987001:role/ci"
tier = "prod"
[vendors.acme]
id = "640123987002"
[vendors.other]
ids = ["640123987003"]
[rules]
missing-external-id = "off"
[[ignore]]
rule = "wildcard-principal"
address = "aws_sns_topic_policy.t"
path = "a/**"
principal = "*"
fingerprint = "0123456789abcdef"
reason = "meant"
until = "2027-01-31"
[[terraform.root]]
path = "a"
name = "a"
var-files = ["a/a.tfvars"]
plan = "a/plan.json"
workspace = "a"
account = "prod"
[terraform.modules]
"git::x" = "m"
[imports]
bundles = ["bundles/*.json"]
[check]
fail-on = "error"
min-severity = "warning"
profile = "audit"
exclude = ["examples/**"]
require-ignore-reason = true
not-ignorable = ["missing-external-id", "lockout"]
baseline = "baseline.json"
[[cloudformation.stack]]
template = "a.yaml"
parameters = { A = "b" }
account = "prod"
region = "eu-west-1"
[[snapshot]]
path = "s/*.json"
resource = "arn:aws:s3:::example"
taken = "2026-05-20"
max-age = "30d"
[[policy]]
path = "p/{name}.json"
kind = "trust"
role = "{name}"
account = "prod"
"#;

#[test]
fn the_schema_has_every_key_that_is_read_and_documented() {
    let schema = Project::new([]).run(&["config", "schema"]).out;
    let schema: serde_json::Value = serde_json::from_str(&schema).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let names: Vec<&str> = RULES.iter().map(|rule| rule.name).collect();
    let groups = ["lockout"];
    let read = Config::parse(EVERYTHING, Selectors { rules: &names, groups: &groups });
    assert!(read.is_ok(), "{:?}", read.err());
    let table: toml::Table = EVERYTHING.parse().unwrap();
    let json = serde_json::to_value(&table).unwrap();
    let errors: Vec<String> = validator.iter_errors(&json).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:?}");
    // What is misspelled is an error for both.
    for wrong in
        ["[accounts.a]\npath = \"a\"\n", "[rule]\n", "[accounts.a]\nid = \"1\"\n", "[[terraform.root]]\n"]
    {
        let json = serde_json::to_value(wrong.parse::<toml::Table>().unwrap()).unwrap();
        assert!(Config::parse(wrong, &names).is_err() && !validator.is_valid(&json), "{wrong}");
    }
    // Each key of the page is in the example, and so in the schema.
    let page =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/configuration.md")).unwrap();
    let rows = page.lines().filter_map(|line| line.strip_prefix("| `")?.split_once('`'));
    let keys: Vec<&str> =
        rows.map(|(key, _)| key.trim_matches(['[', ']'])).filter(|key| *key != "key").collect();
    assert!(keys.len() > 12, "{keys:?}");
    for key in keys {
        let mut at = Some(&json);
        for part in key.split('.') {
            at = at.and_then(|value| match part {
                "NAME" => value.as_object()?.values().find(|value| value.is_object()),
                "RULE" => value.as_object()?.values().next(),
                part => value.get(part),
            });
        }
        assert!(at.is_some(), "`{key}` is on the page and not in the schema");
    }
}

/// Each key of the schema with the heads of the tables around it: `accounts.NAME.id`, `[[ignore]] until`.
fn keys_of(schema: &serde_json::Value, path: &str, keys: &mut Vec<String>) {
    let (inner, path) = match schema.get("items").filter(|it| it["properties"].is_object()) {
        Some(items) => (items, format!("[[{path}]]")),
        None => (schema, path.to_owned()),
    };
    let below = |name: &str| match path.as_str() {
        "" => name.to_owned(),
        list if list.starts_with("[[") => format!("{list} {name}"),
        table => format!("{table}.{name}"),
    };
    let properties = inner["properties"].as_object();
    for (name, one) in properties.into_iter().flatten() {
        keys_of(one, &below(name), keys);
    }
    let more = &inner["additionalProperties"];
    if more["properties"].is_object() {
        keys_of(more, &below("NAME"), keys);
    }
    if properties.is_none() && !more["properties"].is_object() && !path.is_empty() {
        let is_open = more.is_object();
        keys.push(if is_open && path == "rules" { below("RULE") } else { path });
    }
}

#[test]
fn the_page_has_every_key_of_the_schema() {
    let schema = Project::new([]).run(&["config", "schema"]).out;
    let schema: serde_json::Value = serde_json::from_str(&schema).unwrap();
    let page =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/configuration.md")).unwrap();
    // The first cell with a `.id, .ids` spelled out, and the second cell, in which tables of a list have their keys.
    let rows: Vec<(Vec<String>, &str)> = page
        .lines()
        .filter(|line| line.starts_with("| `"))
        .map(|line| {
            let mut cells = line.trim_matches('|').split(" | ");
            let (names, values) = (cells.next().unwrap(), cells.next().unwrap());
            let names: Vec<&str> = names.split('`').skip(1).step_by(2).collect();
            let before = names[0].rsplit_once('.').map_or("", |(before, _)| before);
            let whole = |name: &&str| {
                name.strip_prefix('.').map_or((*name).to_owned(), |it| format!("{before}.{it}"))
            };
            (names.iter().map(whole).collect(), values)
        })
        .collect();
    let mut keys = Vec::new();
    keys_of(&schema, "", &mut keys);
    assert!(keys.len() > 50, "{keys:?}");
    for key in keys {
        let (head, inner) = key.split_once(' ').unwrap_or((&key, ""));
        let row = rows.iter().find(|(names, _)| names.iter().any(|name| name == head));
        let is_there =
            row.is_some_and(|(_, values)| inner.is_empty() || values.contains(&format!("`{inner}`")));
        assert!(is_there, "`{key}` is in the schema and not on the page");
    }
}

#[test]
fn what_is_called_alike_is_asked_for_once() {
    let profile = |name: &str| format!("provider \"aws\" {{\n  profile = \"acme-{name}\"\n}}\n");
    let (dev, prod) = (profile("dev"), profile("prod"));
    let files = [
        ("app/main.tf", dev.as_str()),
        ("web/main.tf", prod.as_str()),
        ("envs/dev/main.tf", PROVIDER),
        ("envs/prod/main.tf", PROVIDER),
    ];
    let text = Project::new(files).proposed();
    let lines = body(&text).join("\n");
    assert_eq!(lines.matches("#? [accounts.dev]").count(), 1, "{text}");
    assert!(lines.contains("aws sts get-caller-identity --query Account --profile acme-dev"), "{text}");
    assert!(lines.contains("#? aliases = [\"profile:acme-dev\"]"), "{text}");
    assert!(lines.contains("#? paths = [\"app/**\", \"envs/dev/**\"] # 2 units"), "{text}");
}

#[test]
fn accounts_are_called_as_lists_directories_and_providers_say() {
    let two = "provider \"aws\" {\n  alias = \"storage\"\n  allowed_account_ids = [\"640123987001\"]\n}\nprovider \"aws\" {\n  allowed_account_ids = [\"640123987002\"]\n}\n";
    let names = |extra: (&str, &str)| {
        let text = Project::new([("core/main.tf", two), ("other/main.tf", PROVIDER), extra]).proposed();
        let names = text.lines().filter_map(|line| line.strip_prefix("[accounts.")).map(str::to_owned);
        names.collect::<Vec<_>>()
    };
    assert_eq!(names(("a.txt", "")), ["account-640123987002]", "storage]"]);
    let list = "locals {\n  account_ids = {\n    hub = \"640123987002\"\n  }\n}\n";
    assert_eq!(names(("core/l.tf", list)), ["hub]", "storage]"]);
    let beside = "aws_accounts:\n  - account_id: \"640123987002\"\n    account_name: Core Services\n";
    assert_eq!(names(("accounts.yaml", beside)), ["core-services]", "storage]"]);
    let comment = "locals {\n  trusted_accounts = [\n    \"640123987002\", # Network\n    \"640123987001\", # Storage\n  ]\n}\n";
    assert_eq!(names(("core/l.tf", comment)), ["network]", "storage]"]);
    assert_eq!(
        names(("README.md", "| name | id |\n|---|---|\n| Hub | `640123987002` |\n")),
        ["hub]", "storage]"]
    );
    // A key that several IDs have is no name, and neither is a region.
    let twice = "locals {\n  account_ids = {\n    a = { hub = \"640123987002\" }\n    b = { hub = \"640123987001\" }\n  }\n}\n";
    assert_eq!(names(("core/l.tf", twice)), ["account-640123987002]", "storage]"]);
    let region = "locals {\n  account_ids = {\n    eu-west-1 = \"640123987002\"\n  }\n}\n";
    assert_eq!(names(("core/l.tf", region)), ["account-640123987002]", "storage]"]);
}

#[test]
fn the_only_account_of_pipelines_is_that_of_the_only_root_when_they_deploy() {
    let with = |step: &str, roots: &[&str]| {
        let workflow = format!(
            "jobs:\n  a:\n    steps:\n      - uses: aws-actions/configure-aws-credentials@v4\n        with:\n          role-to-assume: arn:aws:iam::690123987002:role/ci\n      - run: {step}\n"
        );
        let project = Project::new([(".github/workflows/a.yml", workflow.as_str())]);
        for root in roots {
            project.add(&format!("{root}/main.tf"), PROVIDER);
        }
        project.proposed().contains("the only account of the pipelines")
    };
    assert!(with("cd $DIR && terraform apply", &["live"]));
    assert!(!with("aws s3 sync . s3://exports", &["live"]));
    assert!(!with("cd $DIR && terraform apply", &["live", "other"]));
}
