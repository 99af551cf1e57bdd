//! `trustlint config init`: what it proposes, and that a file nobody edited changes nothing but names.

use crate::common::{CONFIG, Files, run};

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
