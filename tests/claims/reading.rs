//! How files of Terraform and OpenTofu are read: encodings, odd files, blocks that declare nothing, damage.

use crate::judge;

use crate::common::{Files, UNRESOLVED, run};
use trustlint::{Config, ConfigChoice, Profile, Request, Settings, check, discover};

fn files(files: &[(&str, &str)]) -> Files {
    files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect()
}

/// An account that nobody says anything about is one without an external id.
const BESIDES: &str = "missing-external-id";

/// Checks a project; a line of `expected` is a finding.
fn judged(project: &[(&str, &str)], expected: &[&str]) {
    let files = files(project);
    judge::judged(files.iter().map(|(path, text)| (&**path, &**text)), expected, &[BESIDES]);
}

/// A role in seven lines that trusts what `reference` gives, in the fifth. A wildcard there is reported, which shows
/// that the value arrived.
fn trusting(reference: &str) -> String {
    format!(
        "resource \"aws_iam_role\" \"it\" {{\n  assume_role_policy = jsonencode({{\n    Version = \"2012-10-17\"\n    Statement = [{{ Effect = \"Allow\", Action = \"sts:AssumeRole\",\n      Principal = {{ AWS = {reference} }} }}]\n  }})\n}}\n"
    )
}

/// A role that trusts `caller`, in the JSON syntax; the caller is in the second line.
fn trusting_json(caller: &str) -> String {
    format!(
        "{{\"data\": {{\"aws_iam_policy_document\": {{\"trust\": {{\"statement\": {{\n\"principals\": {{\"type\": \"AWS\", \"identifiers\": [\"{caller}\"]}},\n\"actions\": [\"sts:AssumeRole\"]}}}}}}}},\n\"resource\": {{\"aws_iam_role\": {{\"it\": {{\"assume_role_policy\": \"${{data.aws_iam_policy_document.trust.json}}\"}}}}}}}}\n"
    )
}

#[test]
fn a_byte_order_mark_and_line_ends_of_windows_change_nothing() {
    let text = format!("\u{feff}{}", trusting("\"*\"").replace('\n', "\r\n"));
    judged(&[("main.tf", &text)], &["main.tf:5 error [wildcard-principal] \"*\""]);
    let heredoc = "resource \"aws_iam_role\" \"it\" {\n  assume_role_policy = <<-EOT\n    {\n      \"Version\": \"2012-10-17\",\n      \"Statement\": [{ \"Effect\": \"Allow\", \"Action\": \"sts:AssumeRole\", \"Principal\": \"*\" }]\n    }\n  EOT\n}\n";
    let text = format!("\u{feff}{heredoc}").replace('\n', "\r\n");
    judged(&[("main.tf", &text)], &["main.tf:5 error [wildcard-principal] \"*\""]);
}

#[test]
fn of_repeated_keys_of_an_object_the_last_one_counts() {
    let repeated = |first: &str, second: &str| {
        format!(
            "locals {{\n  callers = {{\n    ci = {first}\n    ci = {second}\n  }}\n}}\n{}",
            trusting("local.callers.ci")
        )
    };
    let found = "main.tf:4 error [wildcard-principal] \"*\"";
    judged(&[("main.tf", &repeated("\"111111111111\"", "\"*\""))], &[found]);
    judged(&[("main.tf", &repeated("\"*\"", "\"111111111111\""))], &[]);
}

#[test]
fn a_broken_block_is_a_problem_with_its_place_and_hides_no_other() {
    let broken = "resource \"aws_s3_bucket\" \"b\" {\n  bucket = = \"b\"\n}\n";
    for (before, after) in [(trusting("\"*\""), String::new()), (String::new(), trusting("\"*\""))] {
        let text = format!("{before}{broken}{after}");
        let outcome = run(&files(&[("main.tf", &text)]));
        let lines = before.lines().count();
        let place = format!("main.tf:{} ", lines + 2);
        assert!(
            outcome.problems.len() == 1 && outcome.problems[0].starts_with(&place),
            "{:?}",
            outcome.problems
        );
        let at = if lines == 0 { 8 } else { 5 };
        let found = outcome.findings.iter().filter(|it| it.finding.rule == "wildcard-principal");
        assert_eq!(
            found.map(|it| (it.finding.line, &*it.finding.underlined)).collect::<Vec<_>>(),
            [(at, "*")]
        );
    }
}

#[test]
fn a_problem_says_line_and_column() {
    let project = files(&[("a/main.tf", "locals {\n  ü = \"é\" 1\n}\n")]);
    let sources = trustlint::Sources::in_memory(project);
    let settings = Settings { now: crate::common::TODAY.parse().unwrap(), profile: Profile::Default };
    let checked = check(&sources, &Config::default(), &settings);
    let [problem] = checked.problems.as_slice() else { panic!("{:?}", checked.problems) };
    let place = sources.position(problem.span.source, problem.span.start);
    assert_eq!((sources.path(problem.span.source), place.line, place.column), ("a/main.tf", 2, 11));
}

/// Text of every shape that can be nested, `depth` times.
fn nested(depth: usize) -> Vec<String> {
    let expression = |open: &str, inner: &str, close: &str| {
        format!("locals {{\n  deep = {}{inner}{}\n}}\n", open.repeat(depth), close.repeat(depth))
    };
    let heredoc = format!(
        "locals {{\n  deep = <<EOT\n{}x{}\nEOT\n}}\n",
        "%{ if true }".repeat(depth),
        "%{ endif }".repeat(depth)
    );
    vec![
        expression("(", "1", ")"),
        expression("[", "1", "]"),
        expression("{ a = ", "1", " }"),
        expression("\"${", "1", "}\""),
        expression("!", "true", ""),
        expression("-", "1", ""),
        expression("f(", "1", ")"),
        expression("true ? ", "1", " : 2"),
        expression("[for x in ", "[]", " : x]"),
        expression("{ for k, v in ", "{}", " : k => v }"),
        expression("a[", "0", "]"),
        expression("<<A\n${", "1", "}\nA\n"),
        format!("locals {{\n  deep = 1{}\n}}\n", " + 1".repeat(depth)),
        format!("locals {{\n  deep = a{}\n}}\n", ".b".repeat(depth)),
        format!("locals {{\n  deep = a{}\n}}\n", "[0]".repeat(depth)),
        format!("locals {{\n  deep = a{}\n}}\n", "[*]".repeat(depth)),
        (0..depth.min(400))
            .map(|index| {
                format!(
                    "locals {{\n  a{index} = {{ for k, v in local.a{} : k => [for x in v : x] }}\n}}\n",
                    index + 1
                )
            })
            .chain(["locals {\n  deep = local.a0\n}\n".to_owned()])
            .collect(),
        heredoc,
        format!("{}{}", "a {\n".repeat(depth), "}\n".repeat(depth)),
        format!(
            "resource \"aws_iam_role\" \"deep\" {{\n{}{}}}\n",
            "a {\n".repeat(depth),
            "}\n".repeat(depth)
        ),
    ]
}

#[test]
fn nesting_ends_in_a_value_or_a_problem_whatever_its_depth() {
    for depth in [40, 64, 100, 1_000] {
        for text in nested(depth) {
            let project = [
                ("deep.tf", &*text),
                ("main.tf", &trusting("local.deep")),
                ("other/main.tf", &trusting("\"*\"")),
            ];
            let outcome = run(&files(&project));
            let found = outcome.findings.iter().any(|it| it.finding.path == "other/main.tf");
            assert!(found, "{depth} {text:.40}");
        }
        let json = [("[", "]"), ("{\"a\":", "}")].map(|(open, close)| {
            format!("{{\"locals\": {{\"deep\": {}1{}}}}}", open.repeat(depth), close.repeat(depth))
        });
        for text in json {
            let outcome = run(&files(&[("deep.tf.json", &text), ("main.tf", &trusting("\"*\""))]));
            assert!(outcome.findings.iter().any(|it| it.finding.line == 5), "{depth}");
        }
    }
}

#[test]
fn a_file_of_opentofu_is_read_instead_of_the_one_of_terraform() {
    let [open, closed] = ["\"*\"", "\"111111111111\""].map(trusting);
    judged(&[("main.tf", &closed), ("main.tofu", &open)], &["main.tofu:5 error [wildcard-principal] \"*\""]);
    judged(&[("main.tf", &open), ("main.tofu", &closed)], &[]);
    let [open_json, closed_json] = ["*", "111111111111"].map(trusting_json);
    let found = "main.tofu.json:2 error [wildcard-principal] \"*\"";
    judged(&[("main.tf.json", &closed_json), ("main.tofu.json", &open_json)], &[found]);
    judged(&[("main.tf.json", &open_json), ("main.tofu.json", &closed_json)], &[]);
    // A file of another name adds to the module.
    let other = "locals {\n  caller = \"*\"\n}\n";
    judged(
        &[("main.tf", &trusting("local.caller")), ("other.tofu", other)],
        &["other.tofu:2 error [wildcard-principal] \"*\""],
    );
    // One of two override files counts, too.
    let overriding = |caller: &str| format!("locals {{\n  caller = {caller}\n}}\n");
    let project = [
        ("main.tf", &*trusting("local.caller")),
        ("locals.tf", &*overriding("\"222222222222\"")),
        ("override.tf", &*overriding("\"*\"")),
        ("override.tofu", &*overriding("\"111111111111\"")),
    ];
    judged(&project, &[]);
}

#[test]
fn override_files_replace_arguments_and_blocks() {
    let closed = trusting("\"111111111111\"");
    for name in ["override.tf", "my_override.tf", "my.own_override.tf", "override.tofu"] {
        let found = format!("{name}:5 error [wildcard-principal] \"*\"");
        judged(&[("main.tf", &closed), (name, &trusting("\"*\""))], &[&found]);
    }
    for name in ["override.tf.json", "a_override.tofu.json"] {
        let found = format!("{name}:2 error [wildcard-principal] \"*\"");
        judged(&[("main.tf.json", &trusting_json("111111111111")), (name, &trusting_json("*"))], &[&found]);
    }
    // A file that is called nearly so declares the role a second time.
    judged(&[("main.tf", &closed), ("overrides.tf", "locals {\n  a = 1\n}\n")], &[]);
    // What is in an override file alone is refused.
    judged(&[("main.tf", "locals {\n  a = 1\n}\n"), ("override.tf", &trusting("\"*\""))], &[]);
}

/// A document with one statement, whose principal is written as a block or `dynamic`.
fn document(principals: &str) -> String {
    format!(
        "data \"aws_iam_policy_document\" \"trust\" {{\n  statement {{\n    actions = [\"sts:AssumeRole\"]\n{principals}  }}\n}}\n"
    )
}

#[test]
fn a_block_of_an_override_file_replaces_all_of_its_type() {
    let role = "resource \"aws_iam_role\" \"it\" {\n  assume_role_policy = data.aws_iam_policy_document.trust.json\n}\n";
    let one = "    principals {\n      type = \"AWS\"\n      identifiers = [\"*\"]\n    }\n";
    let many = "    dynamic \"principals\" {\n      for_each = [\"*\"]\n      content {\n        type = \"AWS\"\n        identifiers = [principals.value]\n      }\n    }\n";
    let closed = one.replace('*', "111111111111");
    for written in [one, many] {
        let open = format!("{role}{}", document(written));
        judged(&[("main.tf", &open), ("override.tf", &document(&closed))], &[]);
    }
    let as_block = format!("{role}{}", document(&closed))
        .replace("statement {", "dynamic \"statement\" {\n    for_each = [1]\n    content {")
        .replace("    }\n  }\n}\n", "    }\n    }\n  }\n}\n");
    judged(&[("main.tf", &as_block)], &[]);
    judged(
        &[("main.tf", &as_block), ("override.tf", &document(one))],
        &["override.tf:6 error [wildcard-principal] \"*\""],
    );
    let json = "{\"data\": {\"aws_iam_policy_document\": {\"trust\": {\n\"statement\": [{\"actions\": [\"sts:AssumeRole\"], \"principals\": [{\"type\": \"AWS\", \"identifiers\": [\"*\"]}]}]\n}}}}\n";
    judged(
        &[("main.tf", &format!("{role}{}", document(&closed))), ("override.tf.json", json)],
        &["override.tf.json:2 error [wildcard-principal] \"*\""],
    );
}

/// A user of an account and a role of another one that trusts it; who the user is depends on the account of the
/// default provider.
fn across(provider: &str, more: &[(&str, &str)]) -> Vec<String> {
    let role = "provider \"aws\" {\n  allowed_account_ids = [\"222222222222\"]\n}\nresource \"aws_iam_role\" \"deploy\" {\n  name = \"deploy\"\n  assume_role_policy = jsonencode({\n    Version = \"2012-10-17\"\n    Statement = [{ Effect = \"Allow\", Action = \"sts:AssumeRole\", Principal = { AWS = \"arn:aws:iam::111111111111:user/ci\" } }]\n  })\n}\n";
    let user = format!("{provider}\nresource \"aws_iam_user\" \"ci\" {{\n  name = \"ci\"\n}}\n");
    let mut project = vec![("b/main.tf", role), ("a/main.tf", &user)];
    project.extend(more);
    let outcome = run(&files(&project));
    assert_eq!(outcome.problems, Vec::<String>::new());
    let found = outcome
        .findings
        .into_iter()
        .map(|it| it.finding)
        .filter(|it| it.rule != UNRESOLVED && it.rule != BESIDES);
    found.map(|it| it.to_string()).collect()
}

const UNKNOWN_TO_USER: &str =
    "b/main.tf:8 warning [trust-without-permission] \"arn:aws:iam::111111111111:user/ci\"";

#[test]
fn an_override_of_a_provider_is_that_of_its_alias() {
    let provider = "provider \"aws\" {\n  alias = \"other\"\n  region = \"eu-west-1\"\n}\nprovider \"aws\" {\n  region = \"eu-west-1\"\n}\n";
    let here = "provider \"aws\" {\n  allowed_account_ids = [\"111111111111\"]\n}\n";
    assert_eq!(across(here, &[]), [UNKNOWN_TO_USER]);
    assert_eq!(across(provider, &[]), Vec::<String>::new());
    assert_eq!(across(provider, &[("a/override.tf", here)]), [UNKNOWN_TO_USER]);
    let other = here.replace("{\n", "{\n  alias = \"other\"\n  profile = \"other\"\n");
    assert_eq!(across(provider, &[("a/override.tf", &other)]), Vec::<String>::new());
    // The default configuration is there without being written.
    assert_eq!(across("", &[("a/override.tf", here)]), [UNKNOWN_TO_USER]);
}

#[test]
fn blocks_that_declare_nothing_do_no_harm() {
    let blocks = "terraform {\n  required_version = \">= 1.10\"\n  cloud {\n    organization = \"acme\"\n    workspaces {\n      name = \"it\"\n    }\n  }\n  provider_meta \"aws\" {\n    user_agent = [\"me\"]\n  }\n  required_providers {\n    aws = {\n      source = \"hashicorp/aws\"\n      configuration_aliases = [aws.other]\n    }\n  }\n}\n\
        moved {\n  from = aws_iam_role.old\n  to = aws_iam_role.it\n}\n\
        removed {\n  from = aws_iam_role.gone\n  lifecycle {\n    destroy = false\n  }\n}\n\
        import {\n  for_each = toset([\"it\"])\n  to = aws_iam_role.it\n  id = each.key\n}\n\
        check \"health\" {\n  data \"aws_iam_role\" \"it\" {\n    name = \"it\"\n  }\n  assert {\n    condition = data.aws_iam_role.it.id != \"\"\n    error_message = \"no\"\n  }\n}\n\
        ephemeral \"random_password\" \"p\" {\n  length = 16\n}\n\
        action \"aws_lambda_invoke\" \"a\" {\n  config {\n    function_name = \"f\"\n  }\n}\n\
        unheard_of \"block\" {\n  x = y.z\n}\n";
    let role = trusting("\"*\"");
    let lines = blocks.lines().count();
    let found = format!("main.tf:{} error [wildcard-principal] \"*\"", lines + 5);
    judged(&[("main.tf", &format!("{blocks}{role}"))], &[&found]);
}

#[test]
fn what_is_ephemeral_is_not_known_and_is_no_mistake() {
    let secret = "ephemeral \"aws_secretsmanager_secret_version\" \"s\" {\n  secret_id = \"callers\"\n}\n";
    let reference = "ephemeral.aws_secretsmanager_secret_version.s.secret_string";
    judged(&[("main.tf", &format!("{}{secret}", trusting(reference)))], &[]);
    // Were it a mistake, the second argument would be taken.
    judged(&[("main.tf", &format!("{}{secret}", trusting(&format!("try({reference}, \"*\")"))))], &[]);
}

#[test]
fn functions_of_the_provider_are_evaluated() {
    let arn = "arn:aws:iam::111111111111:role/a/b";
    let account = format!("\"arn:aws:iam::${{provider::aws::arn_parse(\"{arn}\").account_id}}:ro/le\"");
    judged(
        &[("main.tf", &trusting(&account))],
        &[
            "main.tf:5 error [invalid-principal] \"arn:aws:iam::${provider::aws::arn_parse(\"arn:aws:iam::111111111111:role/a/b\").account_id}:ro/le\"",
        ],
    );
    // A function of another provider is not known.
    judged(&[("main.tf", &trusting("provider::other::caller()"))], &[]);
    judged(&[("main.tf", &trusting("try(provider::other::caller(), \"*\")"))], &[]);
}

#[test]
fn an_argument_that_sets_the_region_is_that_of_the_arn() {
    let provider = |account: &str| {
        format!(
            "provider \"aws\" {{\n  region = \"eu-west-1\"\n  allowed_account_ids = [\"{account}\"]\n}}\n"
        )
    };
    let queue = |region: &str| {
        format!(
            "{}resource \"aws_sqs_queue\" \"jobs\" {{\n  name = \"jobs\"\n{region}}}\n",
            provider("222222222222")
        )
    };
    let user = format!(
        "{}resource \"aws_iam_user\" \"ci\" {{\n  name = \"ci\"\n}}\nresource \"aws_iam_user_policy\" \"ci\" {{\n  user = aws_iam_user.ci.name\n  policy = jsonencode({{\n    Version = \"2012-10-17\"\n    Statement = [{{ Effect = \"Allow\", Action = \"sqs:SendMessage\", Resource = \"arn:aws:sqs:us-east-1:222222222222:jobs\" }}]\n  }})\n}}\n",
        provider("111111111111")
    );
    let ungranted =
        "a/main.tf:12 error [permission-without-grant] \"arn:aws:sqs:us-east-1:222222222222:jobs\"";
    judged(&[("a/main.tf", &user), ("b/main.tf", &queue("  region = \"us-east-1\"\n"))], &[ungranted]);
    judged(&[("a/main.tf", &user), ("b/main.tf", &queue(""))], &[]);
}

#[test]
fn tests_and_stacks_of_terraform_are_no_configuration() {
    let test = format!("run \"it\" {{\n  command = plan\n}}\n{}", trusting("\"*\""));
    let stack = "required_providers {\n  aws = { source = \"hashicorp/aws\" }\n}\ncomponent \"app\" {\n  source = \"./app\"\n  inputs = { caller = \"*\" }\n  providers = { aws = provider.aws.it }\n}\n";
    let module = format!("variable \"caller\" {{}}\n{}", trusting("var.caller"));
    let project = [
        ("main.tftest.hcl", &*test),
        ("tests/it.tftest.json", "{\"run\": {\"it\": {}}}"),
        ("stack/main.tfstack.hcl", stack),
        ("stack/main.tfcomponent.hcl", stack),
        ("stack/main.tfdeploy.hcl", "deployment \"prod\" {\n  inputs = {}\n}\n"),
        ("stack/app/main.tf", &*module),
    ];
    judged(&project, &[]);
}

#[cfg(unix)]
#[test]
fn a_linked_directory_is_read_once_and_none_outside() {
    use std::fs;
    use std::os::unix::fs::symlink;
    let place = tempfile::tempdir().unwrap();
    let root = place.path().join("project");
    let module = format!("variable \"caller\" {{}}\n{}", trusting("var.caller"));
    let call = |source: &str| format!("module \"it\" {{\n  source = \"{source}\"\n  caller = \"*\"\n}}\n");
    let write = |path: &str, text: &str| {
        let path = place.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    write("project/.git/HEAD", "");
    write("project/shared/role/main.tf", &module);
    write("project/app/main.tf", &call("./linked/role"));
    write("project/other/main.tf", &call("./role"));
    write("outside/role/main.tf", &trusting("\"*\""));
    write("project/away/main.tf", &call("./role"));
    symlink("../shared", root.join("app/linked")).unwrap();
    symlink("../shared/role", root.join("other/role")).unwrap();
    symlink("../../outside/role", root.join("away/role")).unwrap();
    symlink("..", root.join("app/loop")).unwrap();

    let request = Request {
        working_directory: root,
        paths: Vec::new(),
        value_files: Vec::new(),
        named: Vec::new(),
        config: ConfigChoice::Nearest,
        unsaved: Vec::new(),
        project_root: None,
        threads: 1,
        document: None,
        staged: None,
    };
    let project = discover(&request).unwrap();
    let settings = Settings { now: crate::common::TODAY.parse().unwrap(), profile: Profile::Default };
    let checked = check(&project.sources, &Config::default(), &settings);
    let sources = &project.sources;
    let found = checked.findings.iter().filter(|it| it.rule != UNRESOLVED).map(|it| {
        let place = it.primary.span;
        format!(
            "{}:{} {}",
            sources.path(place.source),
            sources.position(place.source, place.start).line,
            it.rule
        )
    });
    let found: Vec<String> = found.collect();
    assert_eq!(found, ["app/main.tf:3 wildcard-principal", "other/main.tf:3 wildcard-principal"]);
    let paths: Vec<&str> = sources.ids().map(|id| sources.path(id)).collect();
    assert_eq!(paths, ["app/main.tf", "away/main.tf", "other/main.tf", "shared/role/main.tf"]);
    assert!(checked.problems.is_empty(), "{:?}", checked.problems);
}

#[test]
fn a_comma_after_the_last_item_of_a_policy_is_said_because_it_is_not_json() {
    let said = |path: &str, text: &str, other: (&str, &str)| {
        let outcome = run(&files(&[(path, text), other]));
        let rules: Vec<String> = outcome.findings.into_iter().map(|said| said.finding.rule).collect();
        (rules, outcome.problems)
    };
    let policy = |comma: &str| {
        format!(
            "{{\"Statement\": [\n{{\"Effect\": \"Allow\", \"Principal\": \"*\", \"Action\": \"sts:AssumeRole\"{comma}}}]}}\n"
        )
    };
    let read = "resource \"aws_iam_role\" \"it\" {\n  assume_role_policy = file(\"p.json\")\n}\n";
    let heredoc = |comma: &str| read.replace("file(\"p.json\")", &format!("<<EOT\n{}EOT", policy(comma)));
    let stack = |comma: &str| {
        let text = policy(comma).replace('\n', "\n        ");
        format!(
            "Resources:\n  it:\n    Type: AWS::IAM::ManagedPolicy\n    Properties:\n      PolicyDocument: |\n        {text}\n"
        )
    };
    let wrong = "its JSON cannot be read: a comma after the last item is not JSON";
    for (path, text, other, at) in [
        ("main.tf", read.to_owned(), ("p.json", policy(",")), "p.json:2"),
        ("main.tf", heredoc(","), ("x", String::new()), "main.tf:4"),
    ] {
        let (rules, problems) = said(path, &text, (other.0, &other.1));
        assert_eq!(rules, ["unreadable-policy"]);
        assert_eq!(problems, [""; 0], "{at}: {wrong}");
    }
    let nothing = ("x", "");
    assert_eq!(said("main.tf", &heredoc(""), nothing), (vec!["wildcard-principal".into()], vec![]));
    assert_eq!(said("stack.yaml", &stack(","), nothing).0, ["unreadable-policy"]);
    assert_eq!(said("stack.yaml", &stack(""), nothing).1, [""; 0]);
    let (alone, whole) = (said("p.json", &policy(","), nothing), said("p.json", &policy(""), nothing));
    assert_eq!(alone.1, ["p.json:2 a comma after the last item is not JSON"]);
    assert_eq!((alone.0, Vec::<String>::new()), whole);
}
