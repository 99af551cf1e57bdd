//! Assemblies of CDK as its releases write them: where the metadata stands, how nested stacks and stages are found, what is
//! said of accounts; and manifests that are not what they should be.

#![expect(clippy::indexing_slicing, reason = "a test fails by panicking")]
#![expect(clippy::needless_pass_by_value, reason = "values are written where they are used")]

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};
use trustlint::{Checked, Config, Profile, Settings, Sources, check};

type Files = BTreeMap<String, String>;

const HASH: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

fn files(all: &[(&str, Value)]) -> Files {
    all.iter().map(|(path, value)| ((*path).to_owned(), value.to_string())).collect()
}

fn checked(files: &Files) -> Checked {
    let sources = Sources::in_memory(files.iter().map(|(path, text)| (path.clone(), text.clone())));
    let settings = Settings { now: "2026-06-01T00:00:00Z".parse().unwrap(), profile: Profile::Default };
    check(&sources, &Config::default(), &settings)
}

/// The findings: rule, address, account and underlined text of the first place.
fn said(files: &Files) -> Vec<[String; 4]> {
    let of = |text: &Option<Arc<str>>| text.as_deref().unwrap_or_default().to_owned();
    let checked = checked(files);
    assert!(checked.problems.is_empty(), "{:?}", checked.problems);
    let findings = checked.findings.iter();
    let mut said: Vec<_> = findings
        .map(|found| {
            let span = found.primary.span;
            let text = Sources::in_memory(files.iter().map(|(path, text)| (path.clone(), text.clone())));
            let text = text.slice(span);
            [found.rule.to_owned(), of(&found.primary.address), of(&found.primary.account), text]
        })
        .collect();
    said.sort();
    said
}

fn manifest(version: &str, artifacts: Value) -> Value {
    json!({ "version": version, "artifacts": artifacts })
}

fn stack(file: &str, more: Value) -> Value {
    let mut stack = json!({ "type": "aws:cloudformation:stack", "properties": { "templateFile": file } });
    for (key, value) in more.as_object().unwrap() {
        stack[key] = value.clone();
    }
    stack
}

/// A role that trusts everybody: one finding, whose address and account tell what is known of its stack.
fn open_role() -> Value {
    let trust = json!({ "Statement": [{ "Effect": "Allow", "Principal": { "AWS": "*" }, "Action": "sts:AssumeRole" }] });
    json!({ "Type": "AWS::IAM::Role", "Properties": { "RoleName": "open", "AssumeRolePolicyDocument": trust } })
}

fn template(resources: Value) -> Value {
    json!({ "Resources": resources })
}

fn open(address: &str, account: &str) -> [String; 4] {
    ["wildcard-principal", address, account, "*"].map(ToOwned::to_owned)
}

fn logical_id(path: &str, id: &str) -> Value {
    json!({ path: [{ "type": "aws:cdk:logicalId", "data": id }] })
}

#[test]
fn metadata_stands_in_the_manifest_or_in_a_file_of_its_own() {
    let metadata = logical_id("/App/Open/Resource", "Open1234");
    let template = template(json!({ "Open1234": open_role() }));
    let environment = "aws://111111111111/eu-central-1";
    let inline = stack("App.template.json", json!({ "environment": environment, "metadata": metadata }));
    let beside = json!({ "environment": environment, "additionalMetadataFile": "App.metadata.json" });
    let beside = stack("App.template.json", beside);
    for (version, app) in [("16.0.0", &inline), ("36.0.0", &inline), ("55.3.0", &beside), ("99.0.0", &beside)]
    {
        let files = files(&[
            ("cdk.out/manifest.json", manifest(version, json!({ "App": app }))),
            ("cdk.out/App.template.json", template.clone()),
            ("cdk.out/App.metadata.json", metadata.clone()),
        ]);
        assert_eq!(said(&files), [open("App/Open", "111111111111")], "{version}");
    }
}

#[test]
fn an_environment_that_is_not_said_is_not_known() {
    for environment in ["aws://unknown-account/unknown-region", "aws://123/eu-central-1", "aws://", "", "x"] {
        let app = stack("App.template.json", json!({ "environment": environment }));
        let files = files(&[
            ("cdk.out/manifest.json", manifest("55.0.0", json!({ "App": app }))),
            ("cdk.out/App.template.json", template(json!({ "Open1234": open_role() }))),
        ]);
        assert_eq!(said(&files), [open("Open1234", "")], "{environment}");
    }
    let files = files(&[
        (
            "cdk.out/manifest.json",
            manifest("55.0.0", json!({ "App": stack("App.template.json", json!({})) })),
        ),
        ("cdk.out/App.template.json", template(json!({ "Open1234": open_role() }))),
    ]);
    assert_eq!(said(&files), [open("Open1234", "")]);
}

#[test]
fn a_stage_has_an_assembly_of_its_own() {
    let stage = json!({ "type": "cdk:cloud-assembly", "properties": { "directoryName": "assembly-Live" } });
    let app = stack(
        "LiveApp.template.json",
        json!({ "environment": "aws://333333333333/eu-central-1", "metadata": logical_id("/Live/App/Open/Resource", "Open1234") }),
    );
    let files = files(&[
        ("cdk.out/manifest.json", manifest("48.0.0", json!({ "assembly-Live": stage }))),
        ("cdk.out/assembly-Live/manifest.json", manifest("48.0.0", json!({ "LiveApp": app }))),
        ("cdk.out/assembly-Live/LiveApp.template.json", template(json!({ "Open1234": open_role() }))),
    ]);
    assert_eq!(said(&files), [open("Live/App/Open", "333333333333")]);
}

/// The address of a template among the assets: as the default synthesizer writes it, and as older ones do.
fn urls() -> [Value; 3] {
    let parameter = |what: &str| json!({ "Ref": format!("AssetParameters{HASH}{what}1234ABCD") });
    let key = |at: usize| json!({ "Fn::Select": [at, { "Fn::Split": ["||", parameter("S3VersionKey")] }] });
    [
        json!({ "Fn::Sub": format!("https://s3.${{AWS::Region}}.${{AWS::URLSuffix}}/cdk-assets-${{AWS::AccountId}}-${{AWS::Region}}/{HASH}.json") }),
        json!({ "Fn::Join": ["", ["https://s3.eu-central-1.", { "Ref": "AWS::URLSuffix" }, format!("/cdk-assets/{HASH}.json")]] }),
        json!({ "Fn::Join": ["", ["https://s3.eu-central-1.", { "Ref": "AWS::URLSuffix" }, "/", parameter("S3Bucket"), "/", key(0), key(1)]] }),
    ]
}

#[test]
fn a_nested_stack_is_found_by_the_hash_of_its_template() {
    let inner = template(json!({ "Open1234": open_role() }));
    let assets = json!({ "files": { HASH: { "source": { "path": "Inner.nested.template.json" } } } });
    let own = json!({ "type": "aws:cdk:asset", "data": { "path": "Inner.nested.template.json", "packaging": "file", "sourceHash": HASH } });
    for (index, url) in urls().into_iter().enumerate() {
        let mut metadata = logical_id("/App/Inner/Open/Resource", "Open1234");
        metadata["/App/Inner.NestedStack/Inner.NestedStackResource"] =
            json!([{ "type": "aws:cdk:logicalId", "data": "Nested9876" }]);
        // Without a manifest of assets the stack has them.
        let legacy = index == 2;
        if legacy {
            metadata["/App"] = json!([own]);
        }
        let app = stack(
            "App.template.json",
            json!({ "environment": "aws://111111111111/eu-central-1", "metadata": metadata }),
        );
        let listed = json!({ "type": "cdk:asset-manifest", "properties": { "file": "App.assets.json" } });
        let artifacts =
            if legacy { json!({ "App": app }) } else { json!({ "App": app, "App.assets": listed }) };
        let parameters: Value = if legacy {
            let names = ["S3Bucket", "S3VersionKey"].map(|it| format!("AssetParameters{HASH}{it}1234ABCD"));
            json!({ &*names[0]: { "Type": "String" }, &*names[1]: { "Type": "String" } })
        } else {
            json!({})
        };
        let nested = json!({ "Type": "AWS::CloudFormation::Stack", "Properties": { "TemplateURL": url } });
        let outer = json!({ "Parameters": parameters, "Resources": { "Nested9876": nested } });
        let files = files(&[
            ("cdk.out/manifest.json", manifest("36.0.0", artifacts)),
            ("cdk.out/App.template.json", outer),
            ("cdk.out/App.assets.json", assets.clone()),
            ("cdk.out/Inner.nested.template.json", inner.clone()),
        ]);
        assert_eq!(said(&files), [open("App/Inner/Open", "111111111111")], "{index}");
    }
}

/// Two nested stacks of one class have the same logical ids.
#[test]
fn equal_nested_stacks_are_told_apart() {
    let other = HASH.replace('0', "f");
    let mut metadata = json!({});
    let mut nested = json!({});
    for (name, hash) in [("One", HASH), ("Two", &*other)] {
        metadata[format!("/App/{name}/Open/Resource")] =
            json!([{ "type": "aws:cdk:logicalId", "data": "Open1234" }]);
        metadata[format!("/App/{name}.NestedStack/{name}.NestedStackResource")] =
            json!([{ "type": "aws:cdk:logicalId", "data": format!("{name}9876") }]);
        nested[format!("{name}9876")] = json!({ "Type": "AWS::CloudFormation::Stack", "Properties": { "TemplateURL": format!("https://s3/{hash}.json") } });
    }
    let assets = json!({ "files": { HASH: { "source": { "path": "One.nested.template.json" } }, &*other: { "source": { "path": "Two.nested.template.json" } } } });
    let app = stack(
        "App.template.json",
        json!({ "environment": "aws://111111111111/eu-central-1", "metadata": metadata }),
    );
    let listed = json!({ "type": "cdk:asset-manifest", "properties": { "file": "App.assets.json" } });
    let files = files(&[
        ("cdk.out/manifest.json", manifest("36.0.0", json!({ "App.assets": listed, "App": app }))),
        ("cdk.out/App.template.json", template(nested)),
        ("cdk.out/App.assets.json", assets),
        ("cdk.out/One.nested.template.json", template(json!({ "Open1234": open_role() }))),
        ("cdk.out/Two.nested.template.json", template(json!({ "Open1234": open_role() }))),
    ]);
    assert_eq!(said(&files), [open("App/One/Open", "111111111111"), open("App/Two/Open", "111111111111")]);
}

#[test]
fn what_a_manifest_says_of_other_things_does_not_matter() {
    let app = stack(
        "App.template.json",
        json!({ "environment": "aws://111111111111/eu-central-1", "displayName": "App (live)", "dependencies": ["App.assets"] }),
    );
    let artifacts = json!({
        "App": app,
        "Tree": { "type": "cdk:tree", "properties": { "file": "tree.json" } },
        "Flags": { "type": "cdk:feature-flag-report", "properties": { "module": "aws-cdk-lib", "flags": {} } },
        "New": { "type": "acme:something-new", "properties": { "templateFile": "App.template.json" } },
        "None": { "type": "none" },
        "Broken": [],
        "Nothing": null,
    });
    let mut manifest = manifest("55.0.0", artifacts);
    manifest["minimumCliVersion"] = json!("2.1100.0");
    manifest["missing"] =
        json!([{ "key": "availability-zones", "provider": "availability-zones", "props": {} }]);
    manifest["runtime"] = json!({ "libraries": { "aws-cdk-lib": "2.276.0" } });
    let files = files(&[
        ("cdk.out/manifest.json", manifest),
        ("cdk.out/App.template.json", template(json!({ "Open1234": open_role() }))),
    ]);
    assert_eq!(said(&files), [open("Open1234", "111111111111")]);
}

/// Nothing that a manifest names is looked for outside its directory, and nothing that is not there is missed.
#[test]
fn a_hostile_manifest_leads_nowhere() {
    let secret = template(json!({ "Secret1234": { "Type": "AWS::SNS::Topic" } }));
    for name in [
        "../outside.json",
        "/outside.json",
        "..",
        "",
        "./../outside.json",
        "a/../../outside.json",
        "cdk.out",
        "\u{0}",
        "nothing.json",
    ] {
        let app = json!({ "environment": "aws://111111111111/eu-central-1", "additionalMetadataFile": name });
        let artifacts = json!({
            "App": stack("App.template.json", app),
            "Other": stack(name, json!({ "environment": "aws://222222222222/eu-central-1" })),
            "Stage": { "type": "cdk:cloud-assembly", "properties": { "directoryName": name } },
            "Assets": { "type": "cdk:asset-manifest", "properties": { "file": name } },
        });
        let files = files(&[
            ("cdk.out/manifest.json", manifest("55.0.0", artifacts)),
            ("cdk.out/App.template.json", template(json!({ "Open1234": open_role() }))),
            ("outside.json", secret.clone()),
        ]);
        let checked = checked(&files);
        assert!(checked.problems.is_empty(), "{name}: {:?}", checked.problems);
        let accounts: Vec<_> = checked.accounts.iter().map(|it| (&*it.unit, it.account.as_deref())).collect();
        let own = [("cdk.out/App.template.json", Some("111111111111")), ("outside.json", None)];
        assert_eq!(accounts, own, "{name}");
    }
}

#[test]
fn a_nested_stack_in_itself_ends() {
    let nested = json!({ "Type": "AWS::CloudFormation::Stack", "Properties": { "TemplateURL": format!("https://s3/{HASH}.json") } });
    let mut metadata = logical_id("/App/A.NestedStack/A.NestedStackResource", "Nested9876");
    metadata["/App/A/A.NestedStack/A.NestedStackResource"] =
        json!([{ "type": "aws:cdk:logicalId", "data": "Nested9876" }]);
    let app = stack(
        "App.template.json",
        json!({ "environment": "aws://111111111111/eu-central-1", "metadata": metadata }),
    );
    let listed = json!({ "type": "cdk:asset-manifest", "properties": { "file": "App.assets.json" } });
    let files = files(&[
        ("cdk.out/manifest.json", manifest("36.0.0", json!({ "App.assets": listed, "App": app }))),
        ("cdk.out/App.template.json", template(json!({ "Nested9876": nested, "Open1234": open_role() }))),
        (
            "cdk.out/App.assets.json",
            json!({ "files": { HASH: { "source": { "path": "App.template.json" } } } }),
        ),
    ]);
    assert_eq!(said(&files), [open("Open1234", "111111111111")]);
}

#[test]
fn a_file_of_an_assembly_that_cannot_be_read_is_a_problem() {
    let app = stack(
        "App.template.json",
        json!({ "environment": "aws://111111111111/eu-central-1", "additionalMetadataFile": "App.metadata.json" }),
    );
    let assets = json!({ "type": "cdk:asset-manifest", "properties": { "file": "App.assets.json" } });
    let whole = manifest("55.0.0", json!({ "App": app, "App.assets": assets })).to_string();
    let cut = whole.strip_suffix('}').unwrap();
    let template = template(json!({ "Open1234": open_role() })).to_string();
    let project = |manifest: &str, metadata: &str, assets: &str| -> Files {
        [
            ("manifest", manifest),
            ("App.template", &template),
            ("App.metadata", metadata),
            ("App.assets", assets),
        ]
        .into_iter()
        .map(|(name, text)| (format!("cdk.out/{name}.json"), text.to_owned()))
        .collect()
    };
    for files in [project(cut, "{}", "{}"), project(&whole, "{", "{}"), project(&whole, "{}", "{\"files\": ")]
    {
        let checked = checked(&files);
        let [problem] = checked.problems.as_slice() else { panic!("{:?}", checked.problems) };
        assert!(!problem.message.is_empty());
        let rules: Vec<_> = checked.findings.iter().map(|finding| finding.rule).collect();
        assert!(rules.contains(&"unreadable-file") && rules.len() == 2, "{rules:?}");
    }
    // The manifest of something else is not ours.
    let files = project("{\"name\": \"an app\",", "{}", "{}");
    assert!(checked(&files).problems.is_empty());
}

/// The same stack cannot be deployed to one place from two directories.
#[test]
fn a_second_copy_of_an_assembly_is_said_and_not_counted() {
    let assembly = |directory: &str, environment: &str, role: Value| {
        let app = stack("App.template.json", json!({ "environment": environment }));
        files(&[
            (&*format!("{directory}/manifest.json"), manifest("36.0.0", json!({ "App": app }))),
            (&*format!("{directory}/App.template.json"), template(json!({ "Open1234": role }))),
        ])
    };
    let both = |environment: &str, other: Value| {
        let mut both = assembly("cdk.out", environment, open_role());
        both.extend(assembly("old/cdk.out", environment, other));
        let checked = checked(&both);
        let problems: Vec<String> = checked.problems.iter().map(|it| it.message.clone()).collect();
        (checked.findings.len(), problems)
    };
    let known =
        vec!["the stacks of this assembly are those of `cdk.out`; they were analyzed once".to_owned()];
    let other = json!({ "Type": "AWS::IAM::Role", "Properties": open_role()["Properties"], "Metadata": {} });
    assert_eq!(both("aws://111111111111/eu-west-1", other.clone()), (1, known.clone()));
    assert_eq!(both("aws://unknown-account/unknown-region", open_role()), (1, known));
    // Two applications with a stack of one name.
    assert_eq!(both("aws://unknown-account/unknown-region", other), (2, Vec::new()));
}

/// Assemblies from version 54 on say where in the code each construct is made.
#[test]
fn a_finding_says_where_the_code_stands_that_made_it() {
    let created = json!([
        "...new Role2 in aws-cdk-lib...",
        "new Pipeline (lib/pipeline.ts:41:5)",
        "<anonymous> (app.ts:3:1)"
    ]);
    let mut metadata = logical_id("/App/Open/Resource", "Open1234");
    let entries = metadata["/App/Open/Resource"].as_array_mut().unwrap();
    entries.push(json!({ "type": "aws:cdk:creationStack", "data": created }));
    let app = json!({ "environment": "aws://111111111111/eu-central-1", "additionalMetadataFile": "App.metadata.json" });
    let files = files(&[
        ("cdk.out/manifest.json", manifest("55.3.0", json!({ "App": stack("App.template.json", app) }))),
        ("cdk.out/App.template.json", template(json!({ "Open1234": open_role() }))),
        ("cdk.out/App.metadata.json", metadata),
    ]);
    let checked = checked(&files);
    let created: Vec<_> = checked.findings.iter().map(|found| found.primary.created.as_deref()).collect();
    assert_eq!(created, [Some("lib/pipeline.ts:41:5")]);
}
