//! The language server, as an editor talks to it.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::disallowed_methods,
    reason = "test helpers"
)]

use std::fs;
use std::io::{BufReader, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use lsp_server::{Message, Notification, Request};
use serde_json::{Value, json};
use tempfile::TempDir;

const CONFIG: &str = r#"[accounts.ci]
id = "111111111111"
paths = ["ci/**"]

[accounts.prod]
id = "222222222222"
paths = ["prod/**"]
"#;

/// A role that may assume the role of the other account.
const CI: &str = r#"resource "aws_iam_role" "builder" {
  name               = "builder"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = { Service = "ec2.amazonaws.com" }, Action = "sts:AssumeRole" }]
  })
}

resource "aws_iam_role_policy" "assume" {
  role   = aws_iam_role.builder.id
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Resource = "arn:aws:iam::222222222222:role/deploy" }]
  })
}
"#;

/// The role of the other account, which trusts it.
const PROD: &str = r#"resource "aws_iam_role" "deploy" {
  name               = "deploy"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = { AWS = "arn:aws:iam::111111111111:role/builder" }, Action = "sts:AssumeRole" }]
  })
}
"#;

/// An editor with a project open.
struct Editor {
    directory: TempDir,
    server: Child,
    /// Until the editor is gone.
    said: Option<ChildStdin>,
    heard: Receiver<Message>,
    requests: i32,
    version: i32,
    /// The changes that the server asked for.
    changes: Vec<Value>,
}

impl Editor {
    fn with(capabilities: &Value, options: &Value) -> Self {
        let directory = tempfile::tempdir().unwrap();
        for (path, text) in
            [("trustlint.toml", CONFIG), ("ci/main.tf", CI), ("prod/main.tf", PROD), (".git/HEAD", "")]
        {
            let path = directory.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let mut server = Command::new(env!("CARGO_BIN_EXE_trustlint"))
            .args(["server", "--stdio"])
            .env_clear()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let said = server.stdin.take();
        let mut out = BufReader::new(server.stdout.take().unwrap());
        let (sender, heard) = channel();
        thread::spawn(move || {
            while let Ok(Some(message)) = Message::read(&mut out) {
                // The test is over when nobody listens.
                _ = sender.send(message);
            }
        });
        let mut editor =
            Self { directory, server, said, heard, requests: 0, version: 0, changes: Vec::new() };
        let folder = json!([{ "uri": editor.uri(""), "name": "project" }]);
        let params = json!({
            "processId": null, "capabilities": capabilities, "workspaceFolders": folder,
            "initializationOptions": options,
        });
        editor.ask("initialize", params);
        editor.tell("initialized", json!({}));
        editor
    }

    fn new() -> Self {
        Self::with(&json!({}), &Value::Null)
    }

    fn uri(&self, path: &str) -> String {
        let root = fs::canonicalize(self.directory.path()).unwrap();
        format!("file://{}", root.join(path).to_str().unwrap().trim_end_matches('/'))
    }

    fn say(&mut self, message: &Message) {
        message.write(self.said.as_mut().unwrap()).unwrap();
    }

    fn tell(&mut self, method: &str, params: Value) {
        self.say(&Message::Notification(Notification::new(method.to_owned(), params)));
    }

    fn next(&mut self) -> Message {
        self.heard.recv_timeout(Duration::from_secs(60)).expect("the server says what is waited for")
    }

    /// Asks, and waits for the answer; what the server says in between is passed over, but for changes that it wants.
    fn ask(&mut self, method: &str, params: Value) -> Value {
        self.requests += 1;
        let id = self.requests.into();
        self.say(&Message::Request(Request::new(id, method.to_owned(), params)));
        loop {
            match self.next() {
                Message::Response(response) if response.id == self.requests.into() => {
                    return serde_json::to_value(response).unwrap()["result"].clone();
                }
                Message::Request(asked) if asked.method == "workspace/applyEdit" => {
                    self.changes.push(asked.params["edit"].clone());
                }
                _ => {}
            }
        }
    }

    /// The next diagnostics of a file.
    fn shown_in(&mut self, path: &str) -> Vec<Value> {
        let uri = self.uri(path);
        loop {
            if let Message::Notification(told) = self.next()
                && told.method == "textDocument/publishDiagnostics"
                && told.params["uri"] == *uri
            {
                return told.params["diagnostics"].as_array().unwrap().clone();
            }
        }
    }

    fn open(&mut self, path: &str, text: &str) {
        let item = json!({ "uri": self.uri(path), "languageId": "terraform", "version": 0, "text": text });
        self.tell("textDocument/didOpen", json!({ "textDocument": item }));
    }

    fn edit(&mut self, path: &str, text: &str) {
        self.version += 1;
        let document = json!({ "uri": self.uri(path), "version": self.version });
        let changes = json!([{ "text": text }]);
        self.tell("textDocument/didChange", json!({ "textDocument": document, "contentChanges": changes }));
    }

    /// What is asked of the first place of a file that has a text.
    fn at(&mut self, method: &str, (path, text): (&str, &str), part: &str) -> Value {
        let position = position(text, part);
        let document = json!({ "uri": self.uri(path) });
        let context = json!({ "includeDeclaration": true });
        self.ask(method, json!({ "textDocument": document, "position": position, "context": context }))
    }

    fn done(mut self) {
        assert_eq!(self.ask("shutdown", Value::Null), Value::Null);
        self.tell("exit", Value::Null);
        assert!(self.server.wait().unwrap().success());
    }
}

impl Drop for Editor {
    fn drop(&mut self) {
        // A test that failed leaves no server behind.
        _ = self.server.kill();
    }
}

fn position(text: &str, part: &str) -> Value {
    let at = text.find(part).unwrap();
    let line = text[..at].matches('\n').count();
    let character = at - text[..at].rfind('\n').map_or(0, |end| end + 1);
    json!({ "line": line, "character": character })
}

/// What a range of a diagnostic underlines.
fn underlined(text: &str, range: &Value) -> String {
    let number = |value: &Value| usize::try_from(value.as_u64().unwrap()).unwrap();
    let (start, end) = (&range["start"], &range["end"]);
    assert_eq!(start["line"], end["line"]);
    let line = text.lines().nth(number(&start["line"])).unwrap();
    line[number(&start["character"])..number(&end["character"])].to_owned()
}

#[test]
fn an_edit_in_one_account_is_shown_in_the_file_of_the_other_before_it_is_saved() {
    let mut editor = Editor::new();
    editor.open("ci/main.tf", CI);
    editor.edit("ci/main.tf", &CI.replace("222222222222:role/deploy", "222222222222:role/other"));
    let found = editor.shown_in("prod/main.tf");
    assert_eq!(found.len(), 1, "{found:#?}");
    assert_eq!(found[0]["code"], "trust-without-permission");
    assert_eq!(found[0]["source"], "trustlint");
    assert_eq!(underlined(PROD, &found[0]["range"]), "arn:aws:iam::111111111111:role/builder");
    let beside = found[0]["relatedInformation"].as_array().unwrap();
    assert!(beside.iter().any(|one| one["location"]["uri"] == *editor.uri("ci/main.tf")), "{beside:#?}");
    // The other side is mended, and nothing is left.
    editor.edit("ci/main.tf", CI);
    assert_eq!(editor.shown_in("prod/main.tf"), Vec::<Value>::new());
    editor.done();
}

#[test]
fn an_editor_that_does_not_show_other_places_has_them_in_the_message() {
    let showing = json!({ "textDocument": { "publishDiagnostics": { "relatedInformation": true } } });
    for (capabilities, is_told) in [(json!({}), true), (showing, false)] {
        let mut editor = Editor::with(&capabilities, &Value::Null);
        editor.open("ci/main.tf", &CI.replace("role/deploy", "role/other"));
        let found = editor.shown_in("prod/main.tf");
        let message = found[0]["message"].as_str().unwrap();
        assert_eq!(message.contains("\nci/main.tf:"), is_told, "{message}");
        editor.done();
    }
}

#[test]
fn a_closed_file_counts_as_it_is_on_the_disk() {
    let mut editor = Editor::new();
    editor.open("ci/main.tf", &CI.replace("role/deploy", "role/other"));
    assert_eq!(editor.shown_in("prod/main.tf").len(), 1);
    let document = json!({ "uri": editor.uri("ci/main.tf") });
    editor.tell("textDocument/didClose", json!({ "textDocument": document }));
    assert_eq!(editor.shown_in("prod/main.tf"), Vec::<Value>::new());
    editor.done();
}

#[test]
fn a_file_that_is_not_saved_yet_counts() {
    let mut editor = Editor::new();
    editor.open("prod/new.tf", &PROD.replace("deploy", "second"));
    assert_eq!(editor.shown_in("prod/new.tf")[0]["code"], "trust-without-permission");
    editor.done();
}

#[test]
fn a_change_on_the_disk_is_seen_when_the_editor_tells_of_it() {
    let watching = json!({ "workspace": { "didChangeWatchedFiles": { "dynamicRegistration": true } } });
    let mut editor = Editor::with(&watching, &Value::Null);
    let path = editor.directory.path().join("ci/main.tf");
    fs::write(path, CI.replace("role/deploy", "role/other")).unwrap();
    let changes = json!([{ "uri": editor.uri("ci/main.tf"), "type": 2 }]);
    editor.tell("workspace/didChangeWatchedFiles", json!({ "changes": changes }));
    assert_eq!(editor.shown_in("prod/main.tf").len(), 1);
    editor.done();
}

#[test]
fn hovering_over_a_principal_tells_who_it_is_and_whether_it_can() {
    let mut editor = Editor::new();
    editor.open("ci/main.tf", &CI.replace("role/deploy", "role/other"));
    editor.shown_in("prod/main.tf");
    let hover = editor.at("textDocument/hover", ("prod/main.tf", PROD), "role/builder");
    let told = hover["contents"]["value"].as_str().unwrap();
    assert!(told.starts_with("**role `builder` in ci (111111111111)**"), "{told}");
    assert!(told.contains("**cannot** assume role `deploy` in prod (222222222222)"), "{told}");
    assert_eq!(underlined(PROD, &hover["range"]), "arn:aws:iam::111111111111:role/builder");
    editor.done();
}

#[test]
fn hovering_over_a_role_tells_who_is_trusted_and_what_it_may_assume() {
    let mut editor = Editor::new();
    editor.open("prod/main.tf", PROD);
    // An analysis is done when something is shown of it.
    editor.open("ci/main.tf", &CI.replace("role/deploy", "role/other"));
    editor.shown_in("prod/main.tf");
    editor.edit("ci/main.tf", CI);
    editor.shown_in("prod/main.tf");
    let hover = editor.at("textDocument/hover", ("prod/main.tf", PROD), "\"deploy\"");
    let told = hover["contents"]["value"].as_str().unwrap();
    assert!(told.contains("Trusted by\n\n- **role `builder` in ci (111111111111)**"), "{told}");
    let hover = editor.at("textDocument/hover", ("ci/main.tf", CI), "\"builder\"");
    let told = hover["contents"]["value"].as_str().unwrap();
    assert!(told.contains("May assume\n\n- role `deploy` in prod (222222222222)"), "{told}");
    editor.done();
}

#[test]
fn definition_and_references_lead_to_the_other_side() {
    let mut editor = Editor::new();
    editor.open("ci/main.tf", &CI.replace("sts:AssumeRole\", Resource", "sts:TagSession\", Resource"));
    editor.shown_in("prod/main.tf");
    let there = editor.at("textDocument/definition", ("prod/main.tf", PROD), "role/builder");
    assert_eq!(there[0]["uri"], *editor.uri("ci/main.tf"));
    let named = editor.at("textDocument/references", ("prod/main.tf", PROD), "\"deploy\"");
    assert_eq!(named[0]["uri"], *editor.uri("ci/main.tf"), "{named}");
    editor.done();
}

#[test]
fn actions_lead_to_the_other_places_and_to_the_page() {
    let mut editor = Editor::new();
    editor.open("ci/main.tf", &CI.replace("role/deploy", "role/other"));
    let found = editor.shown_in("prod/main.tf");
    let document = json!({ "uri": editor.uri("prod/main.tf") });
    let context = json!({ "diagnostics": found });
    let params = json!({ "textDocument": document, "range": found[0]["range"], "context": context });
    let actions = editor.ask("textDocument/codeAction", params);
    let titles: Vec<&str> =
        actions.as_array().unwrap().iter().filter_map(|one| one["title"].as_str()).collect();
    assert!(titles.iter().any(|title| title.starts_with("Go to ci/main.tf:")), "{titles:?}");
    assert!(titles.contains(&"Explain trust-without-permission"), "{titles:?}");
    let explained = json!({ "command": "trustlint.explain", "arguments": ["trust-without-permission"] });
    let page = editor.ask("workspace/executeCommand", explained);
    assert!(page.as_str().unwrap().starts_with("# trust-without-permission"), "{page}");
    editor.done();
}

#[test]
fn the_server_ends_with_its_editor() {
    let mut editor = Editor::new();
    editor.open("prod/main.tf", PROD);
    editor.said = None;
    let ended = (0..600).any(|_| {
        thread::sleep(Duration::from_millis(100));
        editor.server.try_wait().unwrap().is_some()
    });
    assert!(ended, "nobody talks to it any more");
}

#[test]
fn actions_mend_what_was_found() {
    let mut editor = Editor::new();
    let text = format!("# trustlint: ignore[wildcard-principal] once needed\n{PROD}");
    editor.open("prod/main.tf", &text);
    let found = editor.shown_in("prod/main.tf");
    assert_eq!(found[0]["code"], "unused-ignore");
    let document = json!({ "uri": editor.uri("prod/main.tf") });
    let context = json!({ "diagnostics": found });
    let params = json!({ "textDocument": document, "range": found[0]["range"], "context": context });
    let actions = editor.ask("textDocument/codeAction", params);
    let mend = actions.as_array().unwrap().iter().find(|one| one["isPreferred"] == true).expect("a fix");
    let edit = &mend["edit"]["documentChanges"][0];
    assert_eq!(edit["textDocument"]["uri"], *editor.uri("prod/main.tf"));
    assert_eq!(edit["edits"][0]["newText"], "");
    assert_eq!(edit["edits"][0]["range"]["end"], json!({ "line": 1, "character": 0 }));
    editor.done();
}

/// The titles of what is offered at a finding, and the command that accepts it.
fn offered(editor: &mut Editor, path: &str, found: &Value) -> (Vec<String>, Option<Value>) {
    let document = json!({ "uri": editor.uri(path) });
    let context = json!({ "diagnostics": [] });
    let params = json!({ "textDocument": document, "range": found["range"], "context": context });
    let actions = editor.ask("textDocument/codeAction", params);
    let all = actions.as_array().unwrap();
    let titles = all.iter().filter_map(|one| one["title"].as_str()).map(str::to_owned).collect();
    let accept = all.iter().find(|one| one["command"]["command"] == "trustlint.accept");
    (titles, accept.map(|one| one["command"].clone()))
}

#[test]
fn a_finding_is_accepted_where_the_ignore_is_seen_to_work() {
    let changing = json!({ "workspace": { "applyEdit": true } });
    let mut editor = Editor::with(&changing, &Value::Null);
    editor.open("prod/main.tf", PROD);
    editor.open("ci/main.tf", &CI.replace("role/deploy", "role/other"));
    let found = editor.shown_in("prod/main.tf");
    assert_eq!(found[0]["code"], "trust-without-permission");
    let (titles, accept) = offered(&mut editor, "prod/main.tf", &found[0]);
    assert!(titles.contains(&"Accept trust-without-permission here".to_owned()), "{titles:?}");
    let accept = accept.unwrap();
    editor.ask(
        "workspace/executeCommand",
        json!({ "command": accept["command"], "arguments": accept["arguments"] }),
    );
    assert_eq!(editor.changes.len(), 1);
    let change = editor.changes[0]["documentChanges"][0].clone();
    assert_eq!(change["textDocument"]["uri"], *editor.uri("prod/main.tf"));
    let (added, at) =
        (change["edits"][0]["newText"].as_str().unwrap(), &change["edits"][0]["range"]["start"]);
    assert_eq!(added, "    # trustlint: ignore[trust-without-permission] say why\n");
    // What the editor has then is judged as it was tried.
    let line = usize::try_from(at["line"].as_u64().unwrap()).unwrap();
    let mut lines: Vec<&str> = PROD.split_inclusive('\n').collect();
    lines.insert(line, added);
    editor.edit("prod/main.tf", &lines.concat());
    assert_eq!(editor.shown_in("prod/main.tf"), Vec::<Value>::new());
    editor.done();
}

#[test]
fn what_cannot_be_accepted_is_not_offered_to_be() {
    let changing = json!({ "workspace": { "applyEdit": true } });
    let fixed = format!("{CONFIG}\n[check]\nnot-ignorable = [\"trust-without-permission\"]\n");
    // An editor that makes no changes, and a rule that is not to be ignored.
    for (capabilities, config) in [(json!({}), CONFIG), (changing, fixed.as_str())] {
        let mut editor = Editor::with(&capabilities, &Value::Null);
        editor.open("trustlint.toml", config);
        editor.open("ci/main.tf", &CI.replace("role/deploy", "role/other"));
        let found = editor.shown_in("prod/main.tf");
        let (titles, accept) = offered(&mut editor, "prod/main.tf", &found[0]);
        assert!(titles.contains(&"Explain trust-without-permission".to_owned()), "{titles:?}");
        assert_eq!(accept, None);
        editor.done();
    }
}

#[test]
fn a_broken_configuration_is_told_once_and_what_was_found_stays() {
    let mut editor = Editor::new();
    editor.open("ci/main.tf", &CI.replace("role/deploy", "role/other"));
    assert_eq!(editor.shown_in("prod/main.tf").len(), 1);
    editor.open("trustlint.toml", "[accounts.ci\n");
    let told = loop {
        if let Message::Notification(told) = editor.next() {
            break told;
        }
    };
    assert_eq!(told.method, "window/showMessage");
    assert!(told.params["message"].as_str().unwrap().contains("trustlint.toml:1:"), "{:?}", told.params);
    editor.done();
}

#[test]
fn infos_are_shown_when_they_are_asked_for() {
    let principal = "AWS = \"arn:aws:iam::111111111111:role/builder\"";
    let stranger = PROD.replace(principal, "AWS = \"999999999999\"");
    let policy = r#"{ Statement = [{ Effect = "Allow", Action = ["s3:GetObject", "s3:HeadObject"], Resource = "*" }] }"#;
    let text =
        format!("{stranger}\nresource \"aws_iam_policy\" \"p\" {{\n  policy = jsonencode({policy})\n}}\n");
    let all = Editor::with(&json!({}), &json!({ "minSeverity": "info" }));
    for (mut editor, least) in [(Editor::new(), 2), (all, 3)] {
        editor.open("prod/main.tf", &text);
        let found = editor.shown_in("prod/main.tf");
        assert!(found.iter().all(|one| one["severity"].as_u64().unwrap() <= least), "{found:#?}");
        assert_eq!(found.iter().any(|one| one["severity"] == 3), least == 3, "{found:#?}");
        editor.done();
    }
}

#[test]
fn nonsense_is_answered_and_ends_nothing() {
    let mut editor = Editor::new();
    assert_eq!(editor.ask("textDocument/hover", json!({ "position": 7 })), Value::Null);
    assert_eq!(editor.ask("textDocument/inventAnything", json!([])), Value::Null);
    let far = json!({ "line": u32::MAX, "character": u32::MAX });
    let document = json!({ "uri": editor.uri("prod/main.tf") });
    let asked = editor.ask("textDocument/hover", json!({ "textDocument": document, "position": far }));
    assert_eq!(asked, Value::Null);
    editor.tell("textDocument/didChange", json!({ "textDocument": 1 }));
    editor.tell("$/unknown", json!({}));
    editor.said.as_mut().unwrap().flush().unwrap();
    editor.open("ci/main.tf", &CI.replace("role/deploy", "role/other"));
    assert_eq!(editor.shown_in("prod/main.tf").len(), 1);
    editor.done();
}

#[test]
fn columns_are_counted_as_the_editor_wants_them() {
    let text = PROD.replace("{ Effect", "/* 😀 */ { Effect");
    let bytes = json!({ "general": { "positionEncodings": ["utf-16", "utf-8"] } });
    for (capabilities, units) in [(json!({}), 2), (bytes, 4)] {
        let mut editor = Editor::with(&capabilities, &Value::Null);
        editor.open("prod/main.tf", &text);
        editor.open("ci/main.tf", &CI.replace("role/deploy", "role/other"));
        let found = editor.shown_in("prod/main.tf");
        let line = text.lines().nth(4).unwrap();
        let before = line.find("arn:aws").unwrap() - "😀".len() + units;
        assert_eq!(found[0]["range"]["start"]["character"], before);
        editor.done();
    }
}

/// What Neovim is told to do: open the file of the one account, wait for its findings, take the permission of the other
/// account away in a buffer that is not saved, and wait for what that changes.
const NEOVIM: &str = r#"
local trustlint = dofile(vim.env.TRUSTLINT_LUA)
trustlint.setup({ cmd = { vim.env.TRUSTLINT, "server" } })
local function opened(path)
  vim.cmd("edit " .. path)
  vim.bo.filetype = "terraform"
  return vim.api.nvim_get_current_buf()
end
local prod = opened("prod/main.tf")
local ci = opened("ci/main.tf")
local text = table.concat(vim.api.nvim_buf_get_lines(ci, 0, -1, false), "\n")
vim.api.nvim_buf_set_lines(ci, 0, -1, false, vim.split(text:gsub("role/deploy", "role/other"), "\n"))
vim.wait(60000, function() return #vim.diagnostic.get(prod) > 0 end, 20)
local lines = {}
for _, one in ipairs(vim.diagnostic.get(prod)) do
  table.insert(lines, string.format("%d:%d %s %s", one.lnum + 1, one.col + 1, one.code or "", one.message:match("^[^\n]*")))
end
vim.fn.writefile(lines, "found.txt")
vim.cmd("qall!")
"#;

#[test]
fn neovim_shows_what_an_unsaved_edit_changes_in_another_buffer() {
    // Only where it is installed.
    if Command::new("nvim").arg("--version").output().is_err() {
        return;
    }
    let editor = Editor::new();
    let directory = editor.directory.path();
    fs::write(directory.join("do.lua"), NEOVIM).unwrap();
    let done = Command::new("nvim")
        .args(["--headless", "-u", "NONE", "-c", "luafile do.lua"])
        .current_dir(directory)
        .env("TRUSTLINT", env!("CARGO_BIN_EXE_trustlint"))
        .env("TRUSTLINT_LUA", concat!(env!("CARGO_MANIFEST_DIR"), "/editors/neovim.lua"))
        .env("HOME", directory)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let found = fs::read_to_string(directory.join("found.txt")).unwrap_or_default();
    let errors = String::from_utf8_lossy(&done.stderr);
    assert!(found.starts_with("5:"), "{found}{errors}");
    assert!(found.contains("role `deploy` in prod (222222222222) trusts role `builder`"), "{found}");
    editor.done();
}

/// The same for Emacs with eglot, which shows no related places: they are in the message.
const EMACS: &str = r#"
(unless (fboundp 'terraform-mode)
  (define-derived-mode terraform-mode prog-mode "Terraform"))
(load (getenv "TRUSTLINT_EL"))
(setq trustlint-command (list (getenv "TRUSTLINT") "server"))
(defun opened (path)
  (with-current-buffer (find-file-noselect path)
    (terraform-mode)
    (current-buffer)))
(let ((prod (opened "prod/main.tf")) (ci (opened "ci/main.tf")) found)
  (with-current-buffer prod (apply #'eglot (eglot--guess-contact)))
  (with-current-buffer ci
    (unless (eglot-managed-p) (eglot--maybe-activate-editing-mode))
    (goto-char (point-min))
    (while (search-forward "role/deploy" nil t) (replace-match "role/other"))
    (eglot--signal-textDocument/didChange))
  (with-current-buffer prod
    (with-timeout (60)
      (while (not (setq found (flymake-diagnostics)))
        (flymake-start)
        (accept-process-output nil 0.1)))
    (dolist (one found)
      (princ (format "%d: %s\n" (line-number-at-pos (flymake-diagnostic-beg one)) (flymake-diagnostic-text one))))))
(kill-emacs)
"#;

#[test]
fn emacs_shows_what_an_unsaved_edit_changes_in_another_buffer() {
    // Only where it is installed, with eglot.
    let asked = Command::new("emacs").args(["--batch", "--eval", "(require 'eglot)"]).output();
    if !asked.is_ok_and(|asked| asked.status.success()) {
        return;
    }
    let editor = Editor::new();
    let directory = editor.directory.path();
    fs::write(directory.join("do.el"), EMACS).unwrap();
    let done = Command::new("emacs")
        .args(["--batch", "-l", "do.el"])
        .current_dir(directory)
        .env("TRUSTLINT", env!("CARGO_BIN_EXE_trustlint"))
        .env("TRUSTLINT_EL", concat!(env!("CARGO_MANIFEST_DIR"), "/editors/emacs.el"))
        .env("HOME", directory)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let found = String::from_utf8_lossy(&done.stdout);
    let errors = String::from_utf8_lossy(&done.stderr);
    let begins =
        "5: trustlint [trust-without-permission]: role `deploy` in prod (222222222222) trusts role `builder`";
    assert!(found.starts_with(begins), "{found}{errors}");
    assert!(found.contains("\nci/main.tf:"), "{found}");
    editor.done();
}
