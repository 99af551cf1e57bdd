// Starts the language server of trustlint and passes the settings on. All else is the server's.

import { commands, ExtensionContext, window, workspace } from "vscode";
import { LanguageClient, LanguageClientOptions, ServerOptions } from "vscode-languageclient/node";

const WATCHED = "**/{*.tf,*.tofu,*.tfvars,*.hcl,*.json,*.yaml,*.yml,*.template,*.sh,*.toml,Makefile,justfile}";

let client: LanguageClient | undefined;

export async function activate(context: ExtensionContext): Promise<void> {
    context.subscriptions.push(
        commands.registerCommand("trustlint.restart", restart),
        workspace.onDidChangeConfiguration(async (change) => {
            if (change.affectsConfiguration("trustlint.path") || change.affectsConfiguration("trustlint.enable")) {
                await restart();
            }
        }),
    );
    await start();
}

export async function deactivate(): Promise<void> {
    await client?.stop();
    client = undefined;
}

async function restart(): Promise<void> {
    await deactivate();
    await start();
}

async function start(): Promise<void> {
    const settings = workspace.getConfiguration("trustlint");
    if (!settings.get<boolean>("enable", true)) {
        return;
    }
    const command = settings.get<string>("path", "trustlint");
    const server: ServerOptions = { command, args: ["server"] };
    const options: LanguageClientOptions = {
        documentSelector: [
            ...["terraform", "terraform-vars", "opentofu", "opentofu-vars", "hcl", "cloudformation"].map((language) => ({
                scheme: "file",
                language,
            })),
            { scheme: "file", pattern: WATCHED },
        ],
        initializationOptions: {
            minSeverity: settings.get<string>("minSeverity"),
            profile: settings.get<string>("profile"),
        },
        synchronize: { configurationSection: "trustlint" },
    };
    client = new LanguageClient("trustlint", "trustlint", server, options);
    try {
        await client.start();
    } catch {
        client = undefined;
        const settingsOf = "Open settings";
        const chosen = await window.showErrorMessage(
            `trustlint could not be started: install it (pip install trustlint, cargo install trustlint), or set trustlint.path. Tried: ${command}`,
            settingsOf,
        );
        if (chosen === settingsOf) {
            await commands.executeCommand("workbench.action.openSettings", "trustlint.path");
        }
    }
}
