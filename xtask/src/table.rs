//! Tab-separated tables with a header.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

/// A table: its rows by column name. Missing trailing fields are empty.
pub struct Table {
    columns: HashMap<String, usize>,
    rows: Vec<Vec<String>>,
}

/// A row of a table.
#[derive(Clone, Copy)]
pub struct Row<'a> {
    table: &'a Table,
    fields: &'a [String],
}

impl Table {
    pub fn read(path: &Path) -> Result<Self, String> {
        let text = read(path)?;
        let mut lines = text.lines().map(|line| line.split('\t').map(str::to_owned).collect::<Vec<_>>());
        let header = lines.next().ok_or_else(|| format!("{}: empty", path.display()))?;
        let columns = header.into_iter().enumerate().map(|(at, name)| (name, at)).collect();
        Ok(Self { columns, rows: lines.collect() })
    }

    pub fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        self.rows.iter().map(|fields| Row { table: self, fields })
    }
}

impl<'a> Row<'a> {
    /// The field under `column`; empty when the row ends before it.
    ///
    /// # Panics
    ///
    /// When the table has no such column: the input is not the table meant.
    pub fn get(&self, column: &str) -> &'a str {
        let at = *self.table.columns.get(column).unwrap_or_else(|| panic!("no column `{column}`"));
        self.fields.get(at).map_or("", |field| field.trim())
    }
}

/// Reads an input file.
#[expect(clippy::disallowed_methods, reason = "a development task reads its inputs itself")]
pub fn read(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
}

/// A file that was made for `data/`.
pub struct Made {
    pub name: &'static str,
    pub contents: String,
}

impl Made {
    pub fn of_lines(name: &'static str, lines: impl IntoIterator<Item = String>) -> Self {
        Self { name, contents: lines.into_iter().map(|line| line + "\n").collect() }
    }

    /// Whether the file in `data/` is the same, byte for byte.
    pub fn is_committed(&self) -> bool {
        read(&data(self.name)).is_ok_and(|committed| committed == self.contents)
    }
}

/// Writes a generated file into `data/`.
pub fn write(name: &str, contents: &[u8]) -> Result<PathBuf, String> {
    let path = data(name);
    fs::write(&path, contents).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(path)
}

/// A survey table of `xtask/input/`.
pub fn survey(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("input").join(name)
}

/// A file of `data/`, which is beside `xtask/`.
fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../data").join(name)
}
