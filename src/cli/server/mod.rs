//! `trustlint server`: the language server, which editors start.
//!
//! It analyzes whole projects as `check` does, with the texts that are open in the editor, and says all that it finds in
//! them: an edit of a trust policy changes what is wrong in the file of another account. One thread answers messages, one at
//! a time analyzes; what is typed while it does is analyzed afterwards.
//!
//! <https://microsoft.github.io/language-server-protocol/specifications/lsp/3.17/specification/>

mod actions;
mod analysis;
mod diagnostics;
mod meaning;
mod place;
mod session;

use clap::Args;
use lsp_server::Connection;
use lsp_types::{
    CodeActionKind, CodeActionOptions, CodeActionProviderCapability, ExecuteCommandOptions,
    HoverProviderCapability, InitializeParams, OneOf, ServerCapabilities, TextDocumentSyncCapability,
    TextDocumentSyncKind, TextDocumentSyncOptions, TextDocumentSyncSaveOptions, WorkDoneProgressOptions,
    WorkspaceFoldersServerCapabilities, WorkspaceServerCapabilities,
};

use self::place::Encoding;
use self::session::Session;
use super::shared::{Status, Stop};

#[derive(Debug, Args)]
pub(super) struct ServerArgs {
    /// Talk over the standard input and output, which is what it always does; some editors pass it
    #[arg(long, hide = true)]
    stdio: bool,
}

pub(super) fn run(_: &ServerArgs) -> Result<Status, Stop> {
    let (connection, threads) = Connection::stdio();
    let served = serve(connection);
    // They end when the editor has closed its side.
    let joined = threads.join().map_err(Stop::from);
    served.and(joined).map(|()| Status::Clean)
}

/// Talks to one editor until it is done.
fn serve(connection: Connection) -> Result<(), Stop> {
    let (id, params) = connection.initialize_start().map_err(Stop::new)?;
    let params: InitializeParams = serde_json::from_value(params).map_err(Stop::new)?;
    let encoding = Encoding::negotiated(&params.capabilities);
    let result = serde_json::json!({
        "capabilities": capabilities(encoding),
        "serverInfo": { "name": "trustlint", "version": env!("CARGO_PKG_VERSION") },
    });
    connection.initialize_finish(id, result).map_err(Stop::new)?;
    Session::new(connection, &params, encoding).run()
}

fn capabilities(encoding: Encoding) -> ServerCapabilities {
    let saving = TextDocumentSyncSaveOptions::Supported(true);
    ServerCapabilities {
        position_encoding: Some(encoding.kind()),
        text_document_sync: Some(TextDocumentSyncCapability::Options(TextDocumentSyncOptions {
            open_close: Some(true),
            // Templates are small, and what is sent whole cannot get out of step.
            change: Some(TextDocumentSyncKind::FULL),
            save: Some(saving),
            ..TextDocumentSyncOptions::default()
        })),
        hover_provider: Some(HoverProviderCapability::Simple(true)),
        definition_provider: Some(OneOf::Left(true)),
        references_provider: Some(OneOf::Left(true)),
        code_action_provider: Some(CodeActionProviderCapability::Options(CodeActionOptions {
            code_action_kinds: Some(vec![CodeActionKind::QUICKFIX]),
            ..CodeActionOptions::default()
        })),
        execute_command_provider: Some(ExecuteCommandOptions {
            commands: actions::COMMANDS.map(ToOwned::to_owned).to_vec(),
            work_done_progress_options: WorkDoneProgressOptions::default(),
        }),
        workspace: Some(WorkspaceServerCapabilities {
            workspace_folders: Some(WorkspaceFoldersServerCapabilities {
                supported: Some(true),
                change_notifications: Some(OneOf::Left(true)),
            }),
            file_operations: None,
        }),
        ..ServerCapabilities::default()
    }
}
