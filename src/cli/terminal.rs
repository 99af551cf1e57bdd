//! Whether to use colors, and how wide a line is. Decided once, here, for every output.

use std::env;
use std::io::{self, IsTerminal};

/// When to use colors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Color {
    /// On a terminal, unless the environment says otherwise
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

impl Color {
    /// Whether the standard output gets colors.
    pub(super) fn is_on(self) -> bool {
        match self {
            Self::Always => true,
            Self::Never => false,
            Self::Auto => decide(&variable, io::stdout().is_terminal()),
        }
    }
}

fn variable(name: &str) -> Option<String> {
    #[expect(clippy::disallowed_methods, reason = "the environment is read in `cli` only")]
    env::var(name).ok()
}

/// <https://no-color.org> wins, then the requests for color, then those against it, then the terminal.
fn decide(variable: &dyn Fn(&str) -> Option<String>, terminal: bool) -> bool {
    let set = |name: &str| variable(name).filter(|value| !value.is_empty());
    let on = |name: &str| set(name).is_some_and(|value| value != "0" && value != "false");
    if set("NO_COLOR").is_some() {
        false
    } else if on("FORCE_COLOR") || on("CLICOLOR_FORCE") {
        true
    } else {
        let off = set("CLICOLOR").is_some_and(|value| value == "0") || set("FORCE_COLOR").is_some();
        terminal && !off && variable("TERM").as_deref() != Some("dumb")
    }
}

/// The width of the terminal behind the standard output, when it is one.
pub(super) fn width() -> Option<usize> {
    let (width, _) = terminal_size::terminal_size_of(io::stdout())?;
    Some(usize::from(width.0).max(40))
}

#[cfg(test)]
mod tests {
    use super::decide;

    #[test]
    fn the_environment_decides_in_a_fixed_order() {
        let decided = |variables: &[(&str, &str)], terminal| {
            let value = |name: &str| {
                variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
            };
            decide(&value, terminal)
        };
        assert!(decided(&[], true));
        assert!(!decided(&[], false));
        assert!(!decided(&[("NO_COLOR", "1"), ("FORCE_COLOR", "1")], true));
        assert!(decided(&[("NO_COLOR", ""), ("FORCE_COLOR", "1")], false));
        assert!(decided(&[("CLICOLOR_FORCE", "1"), ("CLICOLOR", "0")], false));
        assert!(!decided(&[("CLICOLOR", "0")], true));
        assert!(!decided(&[("FORCE_COLOR", "0")], true));
        assert!(!decided(&[("TERM", "dumb")], true));
    }
}
