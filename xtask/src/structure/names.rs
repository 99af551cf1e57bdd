//! From names to the files where what they mean is defined.

use std::collections::{BTreeMap, BTreeSet};

use super::Arrow;
use super::code::{Module, Words};

/// Imports on the way to one thing.
const MOST_IMPORTS: usize = 32;

/// Where a path leads.
#[derive(Debug, PartialEq)]
struct Found {
    file: String,
    /// The modules on the way, from the root of the crate on.
    through: Vec<Words>,
}

/// Which file uses which.
pub(super) fn arrows(modules: &[Module]) -> BTreeSet<Arrow> {
    let names = Names { modules: modules.iter().map(|module| (module.path.as_slice(), module)).collect() };
    let mut arrows = BTreeSet::new();
    for module in modules {
        for path in &module.named {
            if let Some(found) = names.find(module, path, &mut Vec::new()) {
                arrows.insert(Arrow { from: module.file.clone(), to: found.file, through: found.through });
            }
        }
    }
    names.add_methods(modules, &mut arrows);
    arrows
}

struct Names<'a> {
    modules: BTreeMap<&'a [String], &'a Module>,
}

impl<'a> Names<'a> {
    /// Adds the methods of a type that methods of the same type in other files call on `self`.
    fn add_methods(&self, modules: &'a [Module], arrows: &mut BTreeSet<Arrow>) {
        let all = modules.iter().flat_map(|module| module.implemented.iter().map(move |own| (module, own)));
        let types = all.filter_map(|(module, own)| {
            let of = self.find(module, &own.of, &mut Vec::new())?;
            Some((module, own, (of.file, own.of.last()?)))
        });
        let types: Vec<_> = types.collect();
        let mut defined: BTreeMap<_, Vec<&str>> = BTreeMap::new();
        for (module, own, of) in &types {
            for method in &own.methods {
                defined.entry((of, method)).or_default().push(&module.file);
            }
        }
        for (module, own, of) in &types {
            for file in own.called.iter().filter_map(|method| defined.get(&(of, method))).flatten() {
                let (from, to) = (module.file.clone(), (*file).to_owned());
                arrows.insert(Arrow { from, to, through: Vec::new() });
            }
        }
    }

    /// What a path means in a module; `None` when it is of another crate, or of a local scope. `asked` are the imports that
    /// are being followed, so that `use` in circles ends.
    fn find(&self, from: &'a Module, path: &[String], asked: &mut Vec<(Words, Words)>) -> Option<Found> {
        let question = (from.path.clone(), path.to_vec());
        // `use a::a` of another crate leads to itself, each time with one name more.
        if asked.contains(&question) || asked.len() > MOST_IMPORTS {
            return None;
        }
        asked.push(question);
        let found = self.walk(from, path, asked);
        asked.pop();
        found
    }

    fn walk(&self, from: &'a Module, path: &[String], asked: &mut Vec<(Words, Words)>) -> Option<Found> {
        let (mut at, mut rest) = (from, path);
        let mut through = Vec::new();
        let mut is_path = false;
        while let [word, after @ ..] = rest {
            at = match word.as_str() {
                "crate" => self.modules.get(&[][..])?,
                "self" => at,
                "super" => self.modules.get(at.path.split_last()?.1)?,
                _ => break,
            };
            (rest, is_path) = (after, true);
        }
        loop {
            if is_path {
                through.push(at.path.clone());
            }
            let [name, after @ ..] = rest else { break };
            let child: Words = at.path.iter().chain([name]).cloned().collect();
            if let Some(module) = self.modules.get(child.as_slice()) {
                (at, rest, is_path) = (module, after, true);
            } else if at.items.contains(name) {
                break;
            } else {
                let Some(found) = self.imported(at, name, after, asked) else {
                    // Not of the module, though said to be: made by a macro. Else of another crate.
                    return is_path.then(|| Found { file: at.file.clone(), through });
                };
                through.extend(found.through);
                return Some(Found { file: found.file, through });
            }
        }
        Some(Found { file: at.file.clone(), through })
    }

    /// What a name means that a module imports, and what follows it.
    fn imported(
        &self,
        at: &'a Module,
        name: &String,
        after: &[String],
        asked: &mut Vec<(Words, Words)>,
    ) -> Option<Found> {
        if let Some(import) = at.imports.get(name) {
            let whole: Words = import.iter().chain(after).cloned().collect();
            return self.find(at, &whole, asked);
        }
        at.globs.iter().find_map(|glob| {
            let way = self.find(at, glob, asked)?;
            let module = self.modules.get(way.through.last()?.as_slice())?;
            let whole: Words = [name].into_iter().chain(after).cloned().collect();
            let found = self.find(module, &whole, asked)?;
            Some(Found { through: [way.through, found.through].concat(), file: found.file })
        })
    }
}
