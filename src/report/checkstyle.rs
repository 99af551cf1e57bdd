//! What Checkstyle writes, which Jenkins, reviewdog and many others read.
//!
//! <https://checkstyle.org/>. It has one place for each finding, so the others are part of the message.

use std::collections::BTreeMap;
use std::io::{self, Write};

use super::given::{Report, message};
use super::harmless::{escaped, xml};
use super::places;
use crate::diagnostic::Diagnostic;

pub(super) fn write(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let mut files: BTreeMap<String, Vec<&Diagnostic>> = BTreeMap::new();
    for finding in &report.checked.findings {
        files.entry(report.sources.shown(finding.primary.span.source)).or_default().push(finding);
    }
    writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<checkstyle version=\"4.3\">")?;
    for (path, findings) in files {
        writeln!(out, "  <file name=\"{}\">", xml(&path))?;
        for finding in findings {
            let position = report.sources.position(finding.primary.span.source, finding.primary.span.start);
            let others = finding.related.iter().map(|label| places::line(report, label));
            let help = finding.help.as_ref().map(|help| format!("help: {help}"));
            let parts: Vec<String> = std::iter::once(message(finding)).chain(others).chain(help).collect();
            let text = parts.join("; ");
            writeln!(
                out,
                "    <error line=\"{}\" column=\"{}\" severity=\"{}\" message=\"{}\" source=\"trustlint.{}\"/>",
                position.line,
                position.column,
                finding.severity.name(),
                xml(&escaped(&text)),
                finding.rule
            )?;
        }
        writeln!(out, "  </file>")?;
    }
    writeln!(out, "</checkstyle>")
}
