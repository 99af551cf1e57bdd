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

/// Writes a generated file into `data/`, which is beside `xtask/`.
pub fn write(name: &str, contents: &[u8]) -> Result<PathBuf, String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../data").join(name);
    fs::write(&path, contents).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(path)
}
