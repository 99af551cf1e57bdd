//! Tables of layers, as the documentation of a module has them, and what runs against them.
//!
//! A row is `| 2 | [`iam`] | what it owns |`, with one or several modules. A module may use what stands in a lower layer; the
//! module that has the table stands above all others, unless a row with `self` gives it a layer for what it defines itself.

use std::collections::{BTreeMap, BTreeSet};

use super::Structure;

/// A table of layers: for each module right below, its layer.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Layers {
    of: BTreeMap<String, usize>,
}

/// What is against the layers.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Back {
    /// A file uses another file, or goes through a module, that does not stand below it.
    Arrow { from: String, to: String },
    /// A module has no layer.
    Missing(String),
    /// A row names no module.
    Superfluous(String),
}

const HEADER: &str = "| layer | module |";

impl Layers {
    /// The table in a documentation, if there is one.
    pub(crate) fn read(docs: &str) -> Option<Result<Self, String>> {
        let mut lines = docs.lines().map(str::trim).skip_while(|line| !line.starts_with(HEADER));
        lines.next()?;
        let rows = lines.skip(1).take_while(|line| line.starts_with('|'));
        Some(rows.map(row).collect::<Result<Vec<_>, _>>().and_then(|rows| {
            let mut layers = Self::default();
            for (layer, name) in
                rows.into_iter().flat_map(|(layer, names)| names.into_iter().map(move |name| (layer, name)))
            {
                if layers.of.insert(name.clone(), layer).is_some() {
                    return Err(format!("`{name}` stands twice in the table of layers"));
                }
            }
            Ok(layers)
        }))
    }

    pub(super) fn back(&self, of: &[String], structure: &Structure) -> Vec<Back> {
        let mut back = BTreeSet::new();
        for arrow in &structure.arrows {
            let [Some(from), Some(to)] = [&arrow.from, &arrow.to].map(|path| structure.files.get(path))
            else {
                continue;
            };
            let Some(room_of_from) = room(of, &from.module) else { continue };
            let against = |module: &[String]| {
                let Some(to) = room(of, module) else { return false };
                // Who passes through the module with the table does not use what it defines.
                let passes = to == "self" && arrow.to != structure.file_of(of);
                to != room_of_from && !passes && !self.is_below(to, room_of_from)
            };
            let to = if against(&to.module) {
                Some(arrow.to.clone())
            } else {
                arrow.through.iter().find(|module| against(module)).map(|module| module.join("::"))
            };
            back.extend(to.map(|to| Back::Arrow { from: arrow.from.clone(), to }));
        }
        let children = structure.children(of);
        let missing = children.iter().filter(|child| !self.of.contains_key(**child));
        back.extend(missing.map(|child| Back::Missing((*child).to_owned())));
        let superfluous = self.of.keys().filter(|name| *name != "self" && !children.contains(name.as_str()));
        back.extend(superfluous.cloned().map(Back::Superfluous));
        back.into_iter().collect()
    }

    /// Whether one room stands below another. Without a layer, `self` stands above all; for other rooms that is said apart.
    fn is_below(&self, low: &str, high: &str) -> bool {
        match (self.of.get(low), self.of.get(high)) {
            (Some(low), Some(high)) => low < high,
            (None, _) => low != "self",
            (Some(_), None) => true,
        }
    }
}

/// The module right below `of` in which a module lies; `self` for `of` itself.
fn room<'m>(of: &[String], module: &'m [String]) -> Option<&'m str> {
    Some(module.strip_prefix(of)?.first().map_or("self", String::as_str))
}

/// The layer and the modules of one row.
fn row(line: &str) -> Result<(usize, Vec<String>), String> {
    let mut cells = line.trim_matches('|').split('|').map(str::trim);
    let layer =
        cells.next().and_then(|cell| cell.parse().ok()).ok_or_else(|| format!("no layer in `{line}`"))?;
    let names: Vec<_> =
        cells.next().unwrap_or_default().split('`').skip(1).step_by(2).map(str::to_owned).collect();
    if names.is_empty() { Err(format!("no module in `{line}`")) } else { Ok((layer, names)) }
}
