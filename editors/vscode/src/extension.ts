// Finds and starts the language server of trustlint, passes the settings on and shows the pages of rules. All else is the
// server's.

import { execFile } from "node:child_process";
import { homedir } from "node:os";
import * as path from "node:path";
import { promisify } from "node:util";

import { commands, ExtensionContext, LogOutputChannel, Uri, window, workspace } from "vscode";
import {
    CancellationToken,
    DidChangeConfigurationNotification,
    ExecuteCommandRequest,
    LanguageClient,
    LanguageClientOptions,
    ShowDocumentResult,
} from "vscode-languageclient/node";

const WATCHED = "**/{*.tf,*.tofu,*.tfvars,*.hcl,*.json,*.yaml,*.yml,*.template,*.sh,*.toml,Makefile,justfile}";

/** The command of the server that returns the page of a rule. */
const EXPLAIN = "trustlint.explain";

/** The scheme of pages of rules, which the program has in itself. */
const PAGES = "trustlint";

let output: LogOutputChannel;
let client: LanguageClient | undefined;
/** Starts and stops happen one after the other. */
let last: Promise<void> = Promise.resolve();
/** How many pages are being fetched, for which nothing is to be opened outside. */
let fetching = 0;

export async function activate(context: ExtensionContext): Promise<void> {
    output = window.createOutputChannel("trustlint", { log: true });
    context.subscriptions.push(
        output,
        commands.registerCommand("trustlint.restart", restart),
        commands.registerCommand("trustlint.showOutput", () => output.show()),
        workspace.registerTextDocumentContentProvider(PAGES, { provideTextDocumentContent: page }),
        workspace.onDidChangeConfiguration(async (change) => {
            if (change.affectsConfiguration("trustlint.path") || change.affectsConfiguration("trustlint.enable")) {
                await restart();
            } else if (change.affectsConfiguration("trustlint") && client?.isRunning()) {
                // Not by the client itself, which would also tell a server that is being stopped, and report that it cannot.
                await client.sendNotification(DidChangeConfigurationNotification.type, { settings: wanted() });
            }
        }),
    );
    await restart();
}

export async function deactivate(): Promise<void> {
    await last;
    await stop();
}

function restart(): Promise<void> {
    last = last.then(stop).then(start);
    return last;
}

async function stop(): Promise<void> {
    const stopped = client;
    client = undefined;
    try {
        await stopped?.dispose();
    } catch (error) {
        // It had ended, or never begun.
        output.debug(String(error));
    }
}

async function start(): Promise<void> {
    const settings = workspace.getConfiguration("trustlint");
    if (!settings.get<boolean>("enable", true)) {
        return;
    }
    const command = program(settings.get<string>("path", "trustlint"));
    const wrong = await tried(command);
    if (wrong !== undefined) {
        // Nothing waits until it is answered.
        void ask(`The program ${command} ${wrong}.`);
        return;
    }
    const options: LanguageClientOptions = {
        documentSelector: [
            ...["terraform", "terraform-vars", "opentofu", "opentofu-vars", "hcl", "cloudformation"].map((language) => ({
                scheme: "file",
                language,
            })),
            { scheme: "file", pattern: WATCHED },
        ],
        initializationOptions: wanted(),
        outputChannel: output,
        middleware: {
            executeCommand: (name, given, next) => (name === EXPLAIN ? explain(String(given[0])) : next(name, given)),
            window: {
                // The page of a rule is shown in the editor, and so not in the browser.
                showDocument: async (asked, next) =>
                    asked.external && fetching > 0
                        ? { success: true }
                        : ((await next(asked, CancellationToken.None)) as ShowDocumentResult),
            },
        },
    };
    client = new LanguageClient("trustlint", "trustlint", { command, args: ["server"] }, options);
    try {
        await client.start();
    } catch (error) {
        // The client has shown it.
        output.error(String(error));
        client = undefined;
    }
}

/** What the server is to show. */
function wanted(): { minSeverity?: string; profile?: string } {
    const settings = workspace.getConfiguration("trustlint");
    return { minSeverity: settings.get<string>("minSeverity"), profile: settings.get<string>("profile") };
}

/** Why a program is not the one that is looked for. */
async function tried(command: string): Promise<string | undefined> {
    try {
        const { stdout } = await promisify(execFile)(command, ["--version"], { cwd: folder(), timeout: 10_000 });
        output.info(`${command}: ${stdout.trim().split("\n")[0]}`);
        return /^trustlint \d/.test(stdout) ? undefined : "is not trustlint";
    } catch (error) {
        output.error(String(error));
        return (error as NodeJS.ErrnoException).code === "ENOENT" ? "was not found" : "could not be run";
    }
}

async function ask(problem: string): Promise<void> {
    const [again, openSettings, showOutput] = ["Try again", "Open settings", "Show output"];
    const chosen = await window.showErrorMessage(
        `${problem} Install it (pip install trustlint-aws, or cargo install trustlint), or set trustlint.path.`,
        again,
        openSettings,
        showOutput,
    );
    if (chosen === again) {
        await restart();
    } else if (chosen === openSettings) {
        await commands.executeCommand("workbench.action.openSettings", "trustlint.path");
    } else if (chosen === showOutput) {
        output.show();
    }
}

/** The folder that relative paths are relative to. */
function folder(): string | undefined {
    return workspace.workspaceFolders?.find((it) => it.uri.scheme === "file")?.uri.fsPath;
}

/** What the setting names: a name that is looked for in PATH, or a path. */
function program(setting: string): string {
    const here = folder();
    let named = setting.trim() || "trustlint";
    named = named.replace(/^~(?=[\\/])/, () => homedir());
    named = here === undefined ? named : named.replaceAll("${workspaceFolder}", () => here);
    return here !== undefined && /[\\/]/.test(named) ? path.resolve(here, named) : named;
}

async function explain(rule: string): Promise<void> {
    const uri = Uri.from({ scheme: PAGES, path: `/rules/${rule}.md` });
    await commands.executeCommand("markdown.showPreviewToSide", uri);
}

/** The page of a rule, as the server has it. */
async function page(uri: Uri): Promise<string> {
    const rule = path.posix.basename(uri.path, ".md");
    fetching += 1;
    try {
        const answer = await client?.sendRequest(ExecuteCommandRequest.type, { command: EXPLAIN, arguments: [rule] });
        return typeof answer === "string" ? answer : `There is no page of \`${rule}\`.`;
    } finally {
        fetching -= 1;
    }
}
