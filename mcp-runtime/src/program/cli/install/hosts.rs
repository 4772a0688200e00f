//! The hosts: what their configuration files look like, and where they are. As data, from the documentation of each: "Connect to
//! local MCP servers" (Claude Desktop), "Connect Claude Code to tools via MCP", "Model Context Protocol" (Cursor, Zed), "MCP
//! configuration reference" (VS Code), "Cascade MCP Integration" (Windsurf), "MCP servers with the Gemini CLI", "Model Context
//! Protocol" (Codex), "Configuration Overview" (goose), "MCP servers" (opencode).

use super::shape::Shape;

/// A program that starts MCP servers.
pub(super) struct Host {
    /// As it is called on the command line.
    pub(super) name: &'static str,
    pub(super) title: &'static str,
    pub(super) format: Format,
    /// What the entries stand under.
    pub(super) table: &'static str,
    pub(super) shape: Shape,
    /// Where the user's file may be (`machine` reads this).
    pub(super) user: &'static [&'static str],
    /// Where a project's file may be; none where there are no such files.
    pub(super) project: &'static [&'static str],
    /// What a reference to a variable begins and ends with; none where the host knows no such thing.
    pub(super) reference: Option<(&'static str, &'static str)>,
    /// Whether servers have the whole environment of the host, or a few variables of it.
    pub(super) gives_all: bool,
    /// Where servers are started, unless their entry says it.
    pub(super) starts_in: Directory,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    /// JSON, with comments and trailing commas or without.
    Json,
    Toml,
    Yaml,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Directory {
    /// The root of the file system.
    Root,
    /// The user's home.
    Home,
    /// The project's directory.
    Project,
}

/// What most have in common.
const USUAL: Host = Host {
    name: "",
    title: "",
    format: Format::Json,
    table: "mcpServers",
    shape: Shape::Plain,
    user: &[],
    project: &[],
    reference: None,
    gives_all: true,
    starts_in: Directory::Project,
};

/// All of them.
pub(super) static HOSTS: [Host; 10] = [
    Host {
        name: "claude-desktop",
        title: "Claude Desktop",
        user: &[
            // From the Microsoft Store: what is written elsewhere is not seen in its container.
            "local:Packages/Claude_*/LocalCache/Roaming/Claude/claude_desktop_config.json",
            "config:Claude/claude_desktop_config.json",
        ],
        gives_all: false,
        starts_in: Directory::Root,
        ..USUAL
    },
    Host {
        name: "claude-code",
        title: "Claude Code",
        shape: Shape::Typed,
        user: &["$CLAUDE_CONFIG_DIR/.claude.json", "~/.claude.json"],
        project: &[".mcp.json"],
        reference: Some(("${", "}")),
        ..USUAL
    },
    Host {
        name: "cursor",
        title: "Cursor",
        shape: Shape::Typed,
        user: &["~/.cursor/mcp.json"],
        project: &[".cursor/mcp.json"],
        reference: Some(("${env:", "}")),
        gives_all: false,
        starts_in: Directory::Home,
        ..USUAL
    },
    Host {
        name: "vscode",
        title: "Visual Studio Code",
        table: "servers",
        shape: Shape::Typed,
        user: &["config:Code/User/mcp.json", "flatpak:com.visualstudio.code/config/Code/User/mcp.json"],
        project: &[".vscode/mcp.json"],
        reference: Some(("${env:", "}")),
        ..USUAL
    },
    Host {
        name: "windsurf",
        title: "Windsurf",
        user: &["~/.codeium/windsurf/mcp_config.json"],
        reference: Some(("${env:", "}")),
        gives_all: false,
        starts_in: Directory::Home,
        ..USUAL
    },
    Host {
        name: "zed",
        title: "Zed",
        table: "context_servers",
        shape: Shape::Zed,
        user: &["roaming:Zed/settings.json", "xdg:zed/settings.json", "flatpak:dev.zed.Zed/config/zed/settings.json"],
        project: &[".zed/settings.json"],
        ..USUAL
    },
    Host {
        name: "gemini-cli",
        title: "Gemini CLI",
        user: &["~/.gemini/settings.json"],
        project: &[".gemini/settings.json"],
        reference: Some(("${", "}")),
        ..USUAL
    },
    Host {
        name: "codex",
        title: "Codex",
        format: Format::Toml,
        table: "mcp_servers",
        shape: Shape::Codex,
        user: &["$CODEX_HOME/config.toml", "~/.codex/config.toml"],
        project: &[".codex/config.toml"],
        // It lists the names of variables.
        reference: Some(("", "")),
        gives_all: false,
        ..USUAL
    },
    Host {
        name: "goose",
        title: "goose",
        format: Format::Yaml,
        table: "extensions",
        shape: Shape::Goose,
        user: &["roaming:Block/goose/config/config.yaml", "xdg:goose/config.yaml"],
        // It lists the names of variables, which may be in its keyring, too.
        reference: Some(("", "")),
        ..USUAL
    },
    Host {
        name: "opencode",
        title: "opencode",
        table: "mcp",
        shape: Shape::OpenCode,
        user: &["home-config:opencode/opencode.json", "home-config:opencode/opencode.jsonc"],
        project: &["opencode.json", "opencode.jsonc"],
        reference: Some(("{env:", "}")),
        ..USUAL
    },
];
