use super::*;
use crate::bounds;

struct Tree(tempfile::TempDir);

impl Tree {
    fn new(files: &[(&str, &str)]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = directory.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        Self(directory)
    }

    fn request(&self, here: &str, paths: &[&str]) -> Request {
        Request {
            working_directory: self.0.path().join(here),
            paths: paths.iter().map(PathBuf::from).collect(),
            config: ConfigChoice::Nearest,
            value_files: Vec::new(),
            named: Vec::new(),
            unsaved: Vec::new(),
            project_root: None,
            threads: 1,
            document: None,
            staged: None,
        }
    }

    fn discover(&self, here: &str, paths: &[&str]) -> Project {
        discover(&self.request(here, paths)).unwrap()
    }
}

fn paths(project: &Project) -> Vec<&str> {
    project.sources.ids().map(|id| project.sources.path(id)).collect()
}

fn shown(project: &Project) -> Vec<String> {
    project.sources.ids().map(|id| project.sources.shown(id)).collect()
}

#[test]
fn the_repository_is_the_project_of_a_given_path() {
    let tree = Tree::new(&[(".git/HEAD", ""), ("a/x.tf", ""), ("b/y.tf", "")]);
    let project = tree.discover("a", &["x.tf"]);
    assert_eq!(paths(&project), ["a/x.tf", "b/y.tf"]);
    assert_eq!(shown(&project), ["x.tf", "../b/y.tf"]);
    assert!(project.is_given("a/x.tf") && !project.is_given("a/x.tf2") && !project.is_given("b/y.tf"));
}

#[test]
fn the_nearest_configuration_makes_the_root_and_paths_are_shown_from_outside() {
    let tree =
        Tree::new(&[(".git/HEAD", ""), ("infra/trustlint.toml", "# c"), ("infra/a/x.tf", ""), ("y.tf", "")]);
    let project = tree.discover("", &["infra/a"]);
    assert_eq!(paths(&project), ["a/x.tf", "trustlint.toml"]);
    assert_eq!(shown(&project), ["infra/a/x.tf", "infra/trustlint.toml"]);
    assert_eq!(project.repository_prefix, "infra/");
    let config = project.config.unwrap();
    assert_eq!((config.path.as_str(), config.shown.as_str()), ("trustlint.toml", "infra/trustlint.toml"));
    assert_eq!(config.text, "# c");
}

#[test]
fn a_configuration_above_the_repository_is_not_used() {
    let tree = Tree::new(&[("trustlint.toml", ""), ("repo/.git/HEAD", ""), ("repo/x.tf", "")]);
    assert_eq!(tree.discover("repo", &[]).config, None);
}

#[test]
fn a_configuration_in_github_speaks_of_the_repository() {
    let tree = Tree::new(&[
        (".git/HEAD", ""),
        (".github/trustlint.toml", ""),
        ("accounts.json", "{}"),
        ("x.tf", ""),
    ]);
    let project = tree.discover("", &[]);
    assert_eq!(paths(&project), [".github/trustlint.toml", "accounts.json", "x.tf"]);
    assert_eq!(project.read_beside(project.config.as_ref().unwrap(), "accounts.json").unwrap(), "{}");
}

#[test]
fn ignored_and_hidden_files_are_left_out_unless_given() {
    let files = [(".gitignore", "cdk.out/\n"), (".terraform/x.tf", ""), ("cdk.out/t.json", ""), ("x.tf", "")];
    let tree = Tree::new(&files);
    assert_eq!(paths(&tree.discover("", &[])), ["x.tf"]);
    let mut request = tree.request("", &["cdk.out"]);
    request.project_root = Some(tree.0.path().to_path_buf());
    assert_eq!(paths(&discover(&request).unwrap()), ["cdk.out/t.json", "x.tf"]);
}

#[test]
fn directories_whose_names_begin_with_a_dot_are_part_of_the_project_but_not_those_of_tools() {
    let of_project = [".github/roles/x.tf", ".gitlab-ci.yml", ".infra/x.tf"];
    let of_tools = [".git/x.tf", ".terragrunt-cache/x.tf", "a/node_modules/b/x.tf", ".aws-sam/build/t.yaml"];
    let files = of_project.iter().chain(&of_tools).chain(&["a/.x.tf"]).map(|path| (*path, ""));
    assert_eq!(paths(&Tree::new(&files.collect::<Vec<_>>()).discover("", &[])), of_project);
}

#[cfg(unix)]
#[test]
fn a_link_and_its_target_are_one_file_and_no_link_leads_out() {
    use std::os::unix::fs::symlink;
    let tree = Tree::new(&[("out/secret.tf", "s"), ("p/.git/HEAD", ""), ("p/a/x.tf", "x"), ("p/b/y.tf", "")]);
    let root = tree.0.path().join("p");
    symlink("../a/x.tf", root.join("b/x.tf")).unwrap();
    symlink("../../out/secret.tf", root.join("b/secret.tf")).unwrap();
    symlink("..", root.join("b/loop")).unwrap();
    symlink("nowhere", root.join("b/dangling.tf")).unwrap();
    let project = tree.discover("p", &[]);
    assert_eq!(paths(&project), ["a/x.tf", "b/y.tf"]);
    assert_eq!(project.sources.find("b/x.tf"), project.sources.find("a/x.tf"));
    let links: Vec<&str> = project.sources.links().map(|(path, _)| path).collect();
    assert_eq!(links, ["b/x.tf"]);
    assert_eq!(project.problems, Vec::<String>::new());
    assert!(read_below(&project.root, Path::new("b/secret.tf")).is_err());
    assert!(read_below(&project.root, Path::new("../out/secret.tf")).is_err());
}

#[cfg(unix)]
#[test]
fn what_cdk_is_said_to_have_synthesised_is_not_read_through_a_link_that_leads_out() {
    use std::os::unix::fs::symlink;
    let files = [
        ("out/manifest.json", "{}"),
        ("out/App.template.json", "secret"),
        ("p/.git/HEAD", ""),
        ("p/cdk.json", "{\"app\": \"npx ts-node app.ts\"}"),
    ];
    let tree = Tree::new(&files);
    symlink("../out", tree.0.path().join("p/cdk.out")).unwrap();
    let project = tree.discover("p", &[]);
    let found = project.sources.find("cdk.out/App.template.json");
    assert!(found.is_none_or(|id| project.sources.text(id).is_err()));
    assert!(paths(&project).contains(&"cdk.out/App.template.json"), "{:?}", paths(&project));
}

#[test]
fn what_is_not_utf_8_is_an_error_of_that_file() {
    let tree = Tree::new(&[("x.tf", "")]);
    fs::write(tree.0.path().join("x.tf"), [b'a', 0xff]).unwrap();
    let project = tree.discover("", &[]);
    let id = project.sources.find("x.tf").unwrap();
    assert_eq!(project.sources.text(id).unwrap_err().to_string(), "the file is not UTF-8 (byte 1)");
}

#[test]
fn a_path_that_does_not_exist_is_an_error() {
    let tree = Tree::new(&[("x.tf", "")]);
    let error = discover(&tree.request("", &["nowhere"])).unwrap_err().to_string();
    assert!(error.starts_with("could not read `nowhere`: "), "{error}");
}

#[test]
fn paths_without_a_common_project_are_looked_at_alone() {
    let tree = Tree::new(&[("a/x.tf", ""), ("b/y.tf", ""), ("c/z.tf", "")]);
    let project = tree.discover("", &["a", "b/y.tf"]);
    assert_eq!(paths(&project), ["a/x.tf", "b/y.tf"]);
    assert!(project.is_given("a/x.tf") && project.is_given("b/y.tf"));
}

#[test]
fn a_given_root_below_the_given_path_is_looked_at_as_a_whole() {
    let tree = Tree::new(&[("p/x.tf", ""), ("y.tf", "")]);
    let mut request = tree.request("", &["."]);
    request.project_root = Some(PathBuf::from("p"));
    let project = discover(&request).unwrap();
    assert_eq!((paths(&project), shown(&project)), (vec!["x.tf"], vec!["p/x.tf".to_owned()]));
    assert!(project.is_given("x.tf"));
    request.paths = vec![PathBuf::from("y.tf")];
    assert!(discover(&request).unwrap_err().to_string().starts_with("`y.tf` lies outside the project root"));
}

#[test]
fn a_named_configuration_outside_keeps_the_project() {
    let tree = Tree::new(&[("ci/lint.toml", "# t"), ("p/.git/HEAD", ""), ("p/x.tf", "")]);
    let mut request = tree.request("p", &[]);
    request.config = ConfigChoice::File(PathBuf::from("../ci/lint.toml"));
    let project = discover(&request).unwrap();
    assert_eq!(paths(&project), ["../ci/lint.toml", "x.tf"]);
    assert_eq!(shown(&project), ["../ci/lint.toml", "x.tf"]);
    let id = project.sources.find("../ci/lint.toml").unwrap();
    assert_eq!(&*project.sources.text(id).unwrap(), "# t");
}

/// A list of installed modules that names these directories.
fn manifest(directories: &[&str]) -> String {
    let entry = |(index, directory): (usize, &&str)| format!(r#"{{"Key":"m{index}","Dir":"{directory}"}}"#);
    let entries: Vec<String> = directories.iter().enumerate().map(entry).collect();
    format!(r#"{{"Modules":[{}]}}"#, entries.join(","))
}

#[test]
fn what_terraform_installed_is_found_for_the_modules_that_list_it() {
    let list = manifest(&[".terraform/modules/a", "../b/.terraform/modules/c", "../b", "..", "../../out"]);
    let files = [
        (".git/HEAD", ""),
        (".gitignore", ".terraform\n"),
        ("p/x.tf", ""),
        ("p/.terraform/modules/modules.json", &list),
        ("p/.terraform/modules/a/main.tf", ""),
        ("p/.terraform/modules/a/.git/HEAD", ""),
        ("p/.terraform/modules/a/policies/deep/x.json", ""),
        ("p/.terraform/modules/a/policies/deep/deeper/x.json", ""),
        ("p/.terraform/modules/unlisted/main.tf", ""),
        ("b/.terraform/modules/c/main.tf", ""),
        ("b/README.md", ""),
        // No file of Terraform lies beside this one.
        ("b/.terraform/modules/modules.json", &list),
    ];
    let project = Tree::new(&files).discover("", &[]);
    assert_eq!(paths(&project), ["b/README.md", "p/x.tf"]);
    let sources = &project.sources;
    let installed: Vec<&str> = sources.installed().map(|id| sources.path(id)).collect();
    assert_eq!(
        installed,
        [
            "b/.terraform/modules/c/main.tf",
            "p/.terraform/modules/a/main.tf",
            "p/.terraform/modules/a/policies/deep/x.json",
            "p/.terraform/modules/modules.json",
        ]
    );
}

#[cfg(unix)]
#[test]
fn no_link_of_an_installed_module_leads_out() {
    use std::os::unix::fs::symlink;
    let list = manifest(&[".terraform/modules/a", ".terraform/modules/b", ".terraform/modules/c"]);
    let tree = Tree::new(&[
        ("out/secret.tf", "s"),
        ("p/.git/HEAD", ""),
        ("p/x.tf", ""),
        ("p/.terraform/modules/modules.json", &list),
        ("p/.terraform/modules/b/main.tf", ""),
        ("q/.git/HEAD", ""),
        ("q/x.tf", ""),
        ("q/.terraform/modules/a/main.tf", ""),
        ("out/modules.json", &list),
    ]);
    let modules = tree.0.path().join("p/.terraform/modules");
    symlink("../../../out", modules.join("a")).unwrap();
    symlink("../../../../out/secret.tf", modules.join("b/secret.tf")).unwrap();
    symlink("..", modules.join("b/loop")).unwrap();
    symlink("c", modules.join("c")).unwrap();
    symlink("../../../out/modules.json", tree.0.path().join("q/.terraform/modules/modules.json")).unwrap();
    let project = tree.discover("p", &[]);
    let sources = &project.sources;
    let readable = sources.installed().filter(|id| sources.text(*id).is_ok());
    let readable: Vec<&str> = readable.map(|id| sources.path(id)).collect();
    assert_eq!(readable, [".terraform/modules/b/main.tf", ".terraform/modules/modules.json"]);
    assert_eq!(tree.discover("q", &[]).sources.installed().count(), 0);
}

#[test]
fn a_list_of_installed_modules_that_is_huge_is_not_read() {
    let list = format!("{}{}", manifest(&[".terraform/modules/a"]), " ".repeat(bounds::INSTALLED_LIST_BYTES));
    let tree = Tree::new(&[
        ("x.tf", ""),
        (".terraform/modules/modules.json", &list),
        (".terraform/modules/a/main.tf", ""),
    ]);
    assert_eq!(tree.discover("", &[]).sources.installed().count(), 0);
}

const APP: (&str, &str) = ("infra/cdk.json", "{\"app\": \"npx ts-node app.ts\"}");

#[test]
fn what_cdk_synthesised_is_read_although_git_ignores_it() {
    let tree = Tree::new(&[
        (".git/HEAD", ""),
        (".gitignore", "cdk.out\n"),
        ("infra/cdk.out/manifest.json", "{}"),
        ("infra/cdk.out/App.template.json", "{}"),
        ("infra/cdk.out/tree.json", "{}"),
        ("infra/cdk.out/asset.0123/package.json", "{}"),
        ("infra/cdk.out/assembly-Prod/manifest.json", "{}"),
        ("other/cdk.out/manifest.json", "{}"),
        APP,
    ]);
    let project = tree.discover("", &[]);
    let found: Vec<&str> = paths(&project).into_iter().filter(|path| path.contains("cdk.out")).collect();
    let expected = ["App.template.json", "assembly-Prod/manifest.json", "manifest.json"];
    assert_eq!(found, expected.map(|path| format!("infra/cdk.out/{path}")));
    assert_eq!(project.hints, Vec::<String>::new());
}

#[test]
fn an_application_of_cdk_that_was_not_synthesised_is_pointed_out() {
    let tree = Tree::new(&[
        (".git/HEAD", ""),
        APP,
        ("other/cdk.json", APP.1),
        ("none/cdk.json", "{\"context\": {}}"),
    ]);
    let project = tree.discover("", &[]);
    assert_eq!(project.hints.len(), 1);
    let start = "no templates of the CDK application of `infra/cdk.json` and 1 other: run `cdk synth` first";
    assert!(project.hints.first().unwrap().starts_with(start), "{:?}", project.hints);
}

#[test]
fn an_assembly_older_than_the_code_is_pointed_out() {
    let tree = Tree::new(&[
        (".git/HEAD", ""),
        (".gitignore", "cdk.out\n"),
        ("infra/cdk.out/manifest.json", "{}"),
        ("infra/app.ts", ""),
        APP,
    ]);
    let code = fs::OpenOptions::new().write(true).open(tree.0.path().join("infra/app.ts")).unwrap();
    let later = std::time::SystemTime::now() + std::time::Duration::from_secs(60);
    code.set_modified(later).unwrap();
    let hints = tree.discover("", &[]).hints;
    assert!(hints.first().unwrap().starts_with("`infra/cdk.out` is older than `infra/app.ts`"), "{hints:?}");
}

#[test]
fn configurations_of_projects_below_the_root_are_found_one_for_a_directory() {
    let files = [
        (".git/HEAD", ""),
        (".gitignore", "ignored/\n"),
        ("trustlint.toml", "root"),
        ("b/c/.trustlint.toml", "bc"),
        ("b/.github/trustlint.toml", "b, second choice"),
        ("b/trustlint.toml", "b"),
        ("a/.github/trustlint.toml", "a"),
        ("ignored/trustlint.toml", "no"),
        ("a/node_modules/trustlint.toml", "no"),
        ("a/x.tf", ""),
    ];
    let tree = Tree::new(&files);
    let found = |project: &Project| -> Vec<(String, String)> {
        project.nested.iter().map(|(directory, config)| (directory.clone(), config.text.clone())).collect()
    };
    let named = |list: &[(&str, &str)]| -> Vec<(String, String)> {
        list.iter().map(|(directory, text)| ((*directory).to_owned(), (*text).to_owned())).collect()
    };
    assert_eq!(found(&tree.discover("", &[])), named(&[("a", "a"), ("b", "b"), ("b/c", "bc")]));
    let project = tree.discover("b", &[]);
    assert_eq!(
        (project.config.as_ref().unwrap().text.as_str(), found(&project)),
        ("b", named(&[("c", "bc")]))
    );
    assert_eq!(project.nested.first().unwrap().1.shown, "c/.trustlint.toml");
    let config = ConfigChoice::File("a/.github/trustlint.toml".into());
    assert_eq!(found(&discover(&Request { config, ..tree.request("", &[]) }).unwrap()), []);
}

#[test]
fn what_git_crypt_encrypted_is_told_from_what_is_no_text() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("secret.tf");
    fs::write(&file, b"\0GITCRYPT\0\xff").unwrap();
    let error = read_limited(&file).unwrap_err();
    assert_eq!(
        (error.kind(), error.to_string().as_str()),
        (io::ErrorKind::Unsupported, "the file is encrypted by git-crypt")
    );
}

#[test]
fn what_lies_above_the_repository_and_what_one_person_excludes_decides_nothing() {
    let tree = Tree::new(&[
        (".gitignore", "*.tf"),
        (".ignore", "*.tf"),
        ("repository/.git/info/exclude", "*.tf"),
        ("repository/.git/HEAD", ""),
        ("repository/.gitignore", "ignored.tf\n"),
        ("repository/x.tf", ""),
        ("repository/ignored.tf", ""),
        ("repository/infra/trustlint.toml", ""),
        ("repository/infra/y.tf", ""),
        ("repository/infra/ignored.tf", ""),
    ]);
    assert_eq!(
        paths(&tree.discover("repository", &["x.tf"])),
        ["infra/trustlint.toml", "infra/y.tf", "x.tf"]
    );
    assert_eq!(paths(&tree.discover("repository/infra", &[])), ["trustlint.toml", "y.tf"]);
}

#[test]
fn without_a_repository_no_configuration_above_is_used() {
    let tree = Tree::new(&[("trustlint.toml", ""), ("a/x.tf", "")]);
    assert!(tree.discover("a", &[]).config.is_none());
    assert!(tree.discover("", &[]).config.is_some());
}

#[cfg(unix)]
#[test]
fn a_configuration_that_is_a_link_out_of_the_project_is_not_read() {
    let tree =
        Tree::new(&[("p/.git/HEAD", ""), ("p/x.tf", ""), ("p/own.toml", "# own"), ("secret", "words of it")]);
    std::os::unix::fs::symlink("../secret", tree.0.path().join("p/trustlint.toml")).unwrap();
    let error = discover(&tree.request("p", &[])).unwrap_err().to_string();
    assert!(error.contains("outside") && !error.contains("words"), "{error}");
    fs::remove_file(tree.0.path().join("p/trustlint.toml")).unwrap();
    std::os::unix::fs::symlink("own.toml", tree.0.path().join("p/trustlint.toml")).unwrap();
    assert_eq!(tree.discover("p", &[]).config.unwrap().text, "# own");
}

#[cfg(target_os = "linux")]
#[test]
fn files_whose_names_are_not_unicode_are_read() {
    use std::os::unix::ffi::OsStrExt as _;
    let tree = Tree::new(&[(".git/HEAD", "")]);
    for name in [&b"a\xff.tf"[..], b"a\xfe.tf"] {
        fs::write(tree.0.path().join(OsStr::from_bytes(name)), name.len().to_string()).unwrap();
    }
    let project = tree.discover("", &[]);
    assert_eq!(paths(&project), ["a\\xfe.tf", "a\\xff.tf"]);
    assert!(project.sources.ids().all(|id| &*project.sources.text_or_empty(id) == "5"));
}
