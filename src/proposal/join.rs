//! Units, terms and IDs to accounts.

use std::collections::{BTreeMap, BTreeSet};

use super::matching::{Matching, Told};
use super::naming::{self, Asked, ENVIRONMENTS, Names, STAGES, Segments, unique};
use super::paths::globs;
use super::{Block, Cited, Class, Counts, OfUnit, Other, Place, Proposal, RootEntry, Says};
use crate::accounts::Accounts;
use crate::accounts::normalise::{Key, key};
use crate::bounds;
use crate::config::{Config, ConfigAccount, letters};
use crate::evidence::{self, Evidence, Kind, Witness};
use crate::facts::Language;
use crate::iam::data;
use crate::outcome::{Survey, SurveyedUnit};
use crate::source::{SourceId, Sources, Span};

/// Whose account a block is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Whose<'a> {
    Id(&'a str),
    /// An ID of examples, which may stand for different accounts in different files.
    Placeholder(&'a str, Option<SourceId>),
    /// A term, which others may be written like.
    Term(&'a Key),
    /// The name of a directory, as a word that people call accounts.
    Directory(&'static str),
}

/// What belongs to an account.
#[derive(Default)]
struct Members<'a> {
    units: BTreeMap<usize, (Class, Vec<Cited<'a>>)>,
    cited: Vec<Cited<'a>>,
    /// The terms that stand for it, as they are written in a configuration.
    terms: BTreeSet<&'a str>,
    term_cited: Vec<Cited<'a>>,
    /// Deployments that the project does not say itself.
    told: Vec<(usize, Told<'a>, Cited<'a>)>,
    contradicts: Option<&'a str>,
}

/// Accounts with their names.
type Named<'a> = Vec<(String, Whose<'a>, Members<'a>)>;

/// What witnesses say of a unit.
type Said<'e> = (&'e Witness, Option<Told<'e>>);

struct Joiner<'a> {
    sources: &'a Sources,
    survey: &'a Survey,
    names: Names<'a>,
    /// The units that are deployed.
    units: Vec<usize>,
    accounts: BTreeMap<Whose<'a>, Members<'a>>,
    placed: BTreeSet<usize>,
}

/// What to propose for a project; `present` is the configuration that it has.
pub fn propose<'a>(
    sources: &'a Sources,
    survey: &'a Survey,
    evidence: &'a Evidence,
    present: &Config,
) -> Proposal<'a> {
    let is_meant = |unit: &SurveyedUnit| unit.is_deployed && !evidence::is_undeployed(&unit.path);
    let units = (0..).zip(&survey.surveyed).filter(|(_, unit)| is_meant(unit)).map(|(at, _)| at).collect();
    let mut joiner = Joiner {
        sources,
        survey,
        names: Names::new(&evidence.names),
        units,
        accounts: BTreeMap::new(),
        placed: BTreeSet::new(),
    };
    joiner.add_certain();
    joiner.add_witnessed(evidence);
    joiner.add_terms();
    joiner.add_directories();
    let mut proposal = joiner.finish();
    quieten(&mut proposal, survey, present);
    proposal
}

impl<'a> Joiner<'a> {
    fn unit(&self, index: usize) -> Option<&'a SurveyedUnit> {
        self.survey.surveyed.get(index)
    }

    fn all(&self) -> Vec<(usize, &'a SurveyedUnit)> {
        self.units.iter().filter_map(|index| Some((*index, self.unit(*index)?))).collect()
    }

    fn members(&mut self, whose: Whose<'a>) -> &mut Members<'a> {
        self.accounts.entry(whose).or_default()
    }

    fn place(&mut self, whose: Whose<'a>, index: usize, class: Class, cited: Vec<Cited<'a>>) {
        self.placed.insert(index);
        let members = self.members(whose);
        members.cited.extend(&cited);
        members.units.entry(index).or_insert((class, cited));
    }

    /// The units whose account the templates say.
    fn add_certain(&mut self) {
        for (index, unit) in self.all() {
            let Some(id) = unit.id.as_deref() else { continue };
            let whose = if evidence::is_made_up(id) {
                Whose::Placeholder(id, unit.account.span.map(|span| span.source))
            } else {
                Whose::Id(id)
            };
            self.place(whose, index, Class::A, vec![cited_of(unit, Class::A)]);
        }
    }

    /// The units of which other files say the account, with those that are in the same one.
    fn add_witnessed(&mut self, evidence: &'a Evidence) {
        let said = self.said(evidence);
        let mut groups: BTreeMap<&Key, Vec<usize>> = BTreeMap::new();
        for (index, unit) in self.all() {
            if unit.id.is_none() {
                groups.entry(&unit.term).or_default().push(index);
            }
        }
        for units in groups.into_values() {
            self.add_group(&units, &said);
        }
    }

    /// Units that are in one account, with what is said of each.
    fn add_group(&mut self, units: &[usize], said: &BTreeMap<usize, Vec<Said<'a>>>) {
        let of = |index: &usize| said.get(index).map_or(&[][..], Vec::as_slice);
        let direct = units.iter().flat_map(of).filter(|(_, told)| told.is_none());
        let ids: BTreeSet<&'a str> = direct.map(|(witness, _)| witness.id.as_str()).collect();
        let is_one = ids.len() == 1;
        for index in units {
            let own: Vec<&Said<'a>> = of(index).iter().filter(|(_, told)| told.is_none()).collect();
            for id in &ids {
                let those = own.iter().filter(|(witness, _)| witness.id == **id);
                let cited: Vec<Cited<'a>> = those.map(|(witness, _)| cited(witness)).collect();
                if is_one || !cited.is_empty() {
                    self.place(Whose::Id(id), *index, Class::C, cited);
                }
            }
            let own: BTreeSet<&'a str> = own.iter().map(|(witness, _)| witness.id.as_str()).collect();
            for id in own.iter().filter(|_| own.len() > 1) {
                self.members(Whose::Id(id)).contradicts = own.iter().find(|other| *other != id).copied();
            }
            for (witness, told) in of(index) {
                let Some(told) = told.filter(|_| own.is_empty()) else { continue };
                self.placed.insert(*index);
                let (cited, members) = (cited(witness), self.members(Whose::Id(&witness.id)));
                members.cited.push(cited);
                members.told.push((*index, told, cited));
            }
        }
        let term = units.first().and_then(|index| self.unit(*index)?.shown_term.as_deref());
        if let Some(id) = ids.first().filter(|_| is_one) {
            self.members(Whose::Id(id)).terms.extend(term);
        }
    }

    /// What witnesses say of each unit without an ID.
    fn said(&self, evidence: &'a Evidence) -> BTreeMap<usize, Vec<Said<'a>>> {
        let matching = Matching::new(self.survey, &self.units, &evidence.logins);
        let mut said: BTreeMap<usize, Vec<Said<'a>>> = BTreeMap::new();
        for witness in &evidence.witnesses {
            for (index, told) in matching.of(witness) {
                let is_known = self.unit(index).is_none_or(|unit| unit.id.is_some());
                if !is_known && matching.can_speak(witness, index) {
                    said.entry(index).or_default().push((witness, told));
                }
            }
        }
        for of_unit in said.values_mut() {
            settle(of_unit);
        }
        said
    }

    /// The accounts that templates name without an ID, which a map may have.
    fn add_terms(&mut self) {
        for (index, unit) in self.all() {
            let Some(term) = unit.shown_term.as_deref() else { continue };
            let of_term = cited_of(unit, Class::B);
            let is_it = |(_, members): &(&Whose<'a>, &Members<'a>)| {
                members.terms.contains(term) && members.units.contains_key(&index)
            };
            if let Some((whose, _)) = self.accounts.iter().find(is_it) {
                let whose = *whose;
                self.members(whose).term_cited.push(of_term);
                continue;
            }
            if self.placed.contains(&index) {
                continue;
            }
            let (whose, class, cited) = match self.names.entry(term) {
                Some(entry) => {
                    let (place, says) = (Place::At(entry.span), Says::Value(term));
                    let cited = Cited { class: Class::C, rank: 0, place, says };
                    (Whose::Id(&entry.id), Class::C, vec![cited])
                }
                None => (Whose::Term(&unit.term), Class::B, Vec::new()),
            };
            self.place(whose, index, class, cited);
            let members = self.members(whose);
            members.terms.insert(term);
            members.term_cited.push(of_term);
        }
    }

    /// The units of which only a directory says for which account they are.
    fn add_directories(&mut self) {
        let all = self.all();
        let mut siblings: BTreeMap<&str, BTreeSet<&'static str>> = BTreeMap::new();
        for (_, unit) in &all {
            for (above, segment) in segments(&unit.path) {
                siblings.entry(above).or_default().extend(environment(segment));
            }
        }
        let mut found: BTreeMap<&Key, (Whose<'a>, Option<Cited<'a>>)> = BTreeMap::new();
        for (index, unit) in &all {
            let is_free = !self.placed.contains(index) && unit.key.is_default() && !unit.assumes;
            if is_free && let Some(whose) = self.of_directory(unit, &siblings) {
                found.insert(&unit.term, whose);
            }
        }
        for (index, unit) in &all {
            if !self.placed.contains(index)
                && let Some((whose, cited)) = found.get(&unit.term)
            {
                self.place(*whose, *index, Class::D, cited.iter().copied().collect());
            }
        }
    }

    fn of_directory(
        &self,
        unit: &'a SurveyedUnit,
        siblings: &BTreeMap<&str, BTreeSet<&'static str>>,
    ) -> Option<(Whose<'a>, Option<Cited<'a>>)> {
        if unit.path.split('/').any(|part| part == "modules") {
            return None;
        }
        let listed = segments(&unit.path).find_map(|(_, segment)| {
            let entry = self.names.id_of(&evidence::called(segment)?)?;
            Some((entry, segment))
        });
        if let Some((entry, segment)) = listed {
            let (place, says) = (Place::At(entry.span), Says::Listed(segment));
            let cited = Cited { class: Class::D, rank: 0, place, says };
            return Some((Whose::Id(&entry.id), Some(cited)));
        }
        segments(&unit.path).find_map(|(above, segment)| {
            let name = environment(segment)?;
            let is_beside_others = siblings
                .get(above)
                .is_some_and(|all| all.len() > 1 && all.iter().any(|other| STAGES.contains(other)));
            (STAGES.contains(&name) || is_beside_others).then_some((Whose::Directory(name), None))
        })
    }

    fn finish(mut self) -> Proposal<'a> {
        let profiles = naming::shared_by_profiles(
            self.accounts.values().flat_map(|members| members.terms.iter().copied()),
        );
        let parts = Segments::new(self.all().into_iter());
        let mut taken = BTreeSet::new();
        let mut named: Named<'a> = Vec::new();
        for (whose, members) in std::mem::take(&mut self.accounts) {
            let directory = if let Whose::Directory(name) = whose { Some(name) } else { None };
            let asked = Asked {
                id: if let Whose::Id(id) = whose { Some(id) } else { None },
                term: members.terms.first().copied(),
                directory,
                units: members.units.keys().copied().collect(),
            };
            let name = naming::name(&self.names, &parts, &profiles, &asked);
            // What is called alike and has no ID is asked for once.
            let is_asked = |of: &Whose<'a>| matches!(of, Whose::Term(_) | Whose::Directory(_));
            let is_it = |(known, of, _): &&mut (String, Whose<'a>, Members<'a>)| {
                let is_same = is_asked(of) && is_asked(&whose);
                *known == name && (is_same || directory.is_some() && matches!(of, Whose::Id(_)))
            };
            if let Some((_, _, known)) = named.iter_mut().find(is_it) {
                known.units.extend(members.units);
                known.terms.extend(members.terms);
                known.term_cited.extend(members.term_cited);
                continue;
            }
            named.push((unique(&name, &mut taken), whose, members));
        }
        named.sort_by(|a, b| a.0.cmp(&b.0));
        let mut proposal = Proposal { counts: self.counts(), ..Proposal::default() };
        for at in 0..named.len() {
            let block = self.block(&named, at, &mut proposal.roots);
            self.of_units(&named, at, &mut proposal.of_unit);
            proposal.blocks.extend(block);
        }
        self.add_roots(&named, &mut proposal.roots);
        proposal.roots.sort();
        proposal.roots.dedup();
        self.add_others(&mut proposal, &mut taken);
        proposal
    }

    /// An account with its paths; roots that no path can tell from others are deployments.
    fn block(&self, named: &Named<'a>, at: usize, roots: &mut Vec<RootEntry<'a>>) -> Option<Block<'a>> {
        let (name, whose, members) = named.get(at)?;
        let by_path = |index: &usize| self.unit(*index).filter(|unit| unit.key.is_default());
        let to_place: Vec<(usize, &SurveyedUnit)> = members
            .units
            .iter()
            .filter(|(_, (class, _))| *class != Class::A)
            .filter_map(|(index, _)| Some((*index, by_path(index)?)))
            .collect();
        let own: BTreeSet<&str> = to_place.iter().map(|(_, unit)| unit.path.as_str()).collect();
        let is_twice = |index: &usize| {
            named.iter().filter(|(_, _, members)| members.units.contains_key(index)).count() > 1
        };
        let beside = self.units.iter().filter(|index| !members.units.contains_key(index));
        let beside = beside.filter(|_| members.contradicts.is_none());
        let others: BTreeSet<&str> = beside.filter_map(by_path).map(|unit| unit.path.as_str()).collect();
        let (paths, without) = globs(&own, &others);
        for (index, unit) in &to_place {
            if without.contains(&unit.path) && !is_twice(index) && self.is_root(unit) {
                let cited = members.units.get(index).map_or(&[][..], |(_, cited)| cited);
                roots.push(entry(unit, Some(at), cited));
            }
        }
        let of_paths: Vec<Cited<'a>> = members
            .units
            .values()
            .filter(|(class, _)| *class != Class::A)
            .flat_map(|(_, cited)| cited.iter().copied())
            .collect();
        // What is written alike in several units need not be one account; a path tells them apart.
        let is_alone = |term: &&str| named.iter().filter(|(_, _, of)| of.terms.contains(term)).count() == 1;
        let terms = members.terms.iter().copied();
        let aliases: Vec<&str> = terms.filter(|term| naming::is_alias(term)).filter(is_alone).collect();
        let is_certain = members.units.values().any(|(class, _)| *class == Class::A);
        let is_active = matches!(whose, Whose::Id(_)) && is_certain;
        Some(Block {
            name: name.as_str().to_owned(),
            id: if let Whose::Id(id) = whose { Some(id) } else { None },
            placeholder: if let Whose::Placeholder(id, _) = whose { Some(id) } else { None },
            is_active,
            contradicts: members.contradicts,
            cited: best(&members.cited),
            alias_cited: if aliases.is_empty() { Vec::new() } else { best(&members.term_cited) },
            aliases,
            paths,
            units: to_place.len(),
            paths_cited: if is_active { best(&of_paths) } else { Vec::new() },
        })
    }

    fn of_units(&self, named: &Named<'a>, at: usize, of_unit: &mut BTreeMap<&'a str, Vec<OfUnit<'a>>>) {
        let Some((_, _, members)) = named.get(at) else { return };
        let mut add = |index: usize, class, cited: Vec<Cited<'a>>| {
            if let Some(unit) = self.unit(index) {
                let proposed = OfUnit { block: at, class, cited };
                of_unit.entry(&unit.account.unit).or_default().push(proposed);
            }
        };
        for (index, (class, cited)) in members.units.iter().filter(|(_, (class, _))| *class != Class::A) {
            // Units without evidence of their own have that of the account.
            add(*index, *class, best(if cited.is_empty() { &members.cited } else { cited }));
        }
        for (index, _, cited) in &members.told {
            add(*index, Class::C, vec![*cited]);
        }
    }

    /// Whether a unit is a root module that is deployed from where it lies.
    fn is_root(&self, unit: &SurveyedUnit) -> bool {
        let terragrunt = [unit.path.as_str(), "terragrunt.hcl"].join("/");
        unit.account.language == Language::Terraform
            && self.sources.find(terragrunt.trim_start_matches('/')).is_none()
    }

    /// The deployments that witnesses tell of, and the others of the same root modules: where one is configured, all are.
    fn add_roots(&self, named: &Named<'a>, roots: &mut Vec<RootEntry<'a>>) {
        for (at, (_, _, members)) in named.iter().enumerate() {
            for (index, told, cited) in &members.told {
                let Some(unit) = self.unit(*index) else { continue };
                roots.push(RootEntry {
                    path: &unit.path,
                    name: told.workspace.or_else(|| told.values.map(stem)),
                    values: told.values.into_iter().collect(),
                    workspace: told.workspace,
                    account: Some(at),
                    cited: vec![*cited],
                });
            }
        }
        let configured: BTreeSet<&str> = roots.iter().map(|root| root.path).collect();
        for (_, unit) in self.all() {
            let is_told = roots.iter().any(|root| {
                let deployment = unit.key.deployment_name();
                root.path == unit.path && (root.name == deployment || deployment.is_none())
            });
            let is_beside = configured.contains(unit.path.as_str()) && unit.key.is_default();
            if is_beside && !is_told && self.is_root(unit) {
                roots.push(entry(unit, None, &[]));
            }
        }
        let mut seen = BTreeSet::new();
        roots.retain(|root| seen.insert((root.path, root.name)));
    }

    fn counts(&self) -> Counts {
        let mut counts = Counts { units: self.units.len(), ..Counts::default() };
        let mut identities = BTreeSet::new();
        for (_, unit) in self.all() {
            match (&unit.id, &unit.shown_term) {
                (Some(id), _) if evidence::is_made_up(id) => counts.placeholders += 1,
                (Some(_), _) => counts.known += 1,
                (None, Some(_)) => {
                    counts.identified += 1;
                    identities.insert(&unit.term);
                }
                (None, None) => counts.unknown += 1,
            }
        }
        counts.identities = identities.len();
        counts
    }

    /// The accounts that policies name and that are nobody's.
    fn add_others(&self, proposal: &mut Proposal<'a>, taken: &mut BTreeSet<String>) {
        let mut own: BTreeSet<&str> = proposal.blocks.iter().filter_map(|block| block.id).collect();
        own.extend(self.survey.surveyed.iter().filter_map(|unit| unit.id.as_deref()));
        let mut spans: BTreeMap<&'a str, Vec<Span>> = BTreeMap::new();
        for (id, span) in &self.survey.named {
            let is_known = own.contains(id.as_str())
                || data::known_account(id).is_some()
                || evidence::is_made_up(id)
                || evidence::is_undeployed(self.sources.path(span.source));
            if !is_known {
                spans.entry(id).or_default().push(*span);
            }
        }
        let mut others: Vec<(&'a str, Vec<Span>)> = spans.into_iter().collect();
        others.sort_by_key(|(id, spans)| (std::cmp::Reverse(spans.len()), *id));
        proposal.others_left_out = others.len().saturating_sub(bounds::OTHERS_SHOWN);
        let none = Segments::new(std::iter::empty());
        for (id, mut spans) in others.into_iter().take(bounds::OTHERS_SHOWN) {
            let asked = Asked { id: Some(id), term: None, directory: None, units: Vec::new() };
            let name = unique(&naming::name(&self.names, &none, "", &asked), taken);
            let count = spans.len();
            spans.truncate(2);
            proposal.others.push(Other { name, id, count, spans });
        }
    }
}

/// Of what is said of one unit, keeps what counts: the innermost directory, and pipelines only where they agree.
fn settle(said: &mut Vec<Said<'_>>) {
    let depth = |witness: &Witness| match &witness.target {
        evidence::Target::Below(directory) if witness.kind == Kind::Directory => Some(directory.len()),
        _ => None,
    };
    let deepest = said.iter().filter_map(|(witness, _)| depth(witness)).max();
    said.retain(|(witness, _)| depth(witness).is_none_or(|depth| Some(depth) == deepest));
    // One root with several environments gets no ID without saying which deployment.
    for kind in [Kind::Pipeline, Kind::StateEncryption, Kind::Role] {
        let of = |(witness, told): &&Said<'_>| witness.kind == kind && told.is_none();
        let ids: BTreeSet<&str> = said.iter().filter(of).map(|(witness, _)| witness.id.as_str()).collect();
        if ids.len() > 1 {
            said.retain(|one| !of(&one));
        }
    }
    // What is weak says nothing beside what is not.
    let is_weak = |kind: Kind| matches!(kind, Kind::Role | Kind::OnlyPipeline);
    if said.iter().any(|(witness, _)| !is_weak(witness.kind)) {
        said.retain(|(witness, _)| !is_weak(witness.kind));
    }
}

fn cited(witness: &Witness) -> Cited<'_> {
    let place = match &witness.target {
        evidence::Target::Below(directory) if witness.kind == Kind::Directory => Place::Path(directory),
        _ => Place::At(witness.span),
    };
    let says = match witness.path() {
        Some(path) if witness.kind == Kind::Pipeline => Says::Assumes(path),
        _ => Says::Words(witness.kind.says()),
    };
    Cited { class: Class::C, rank: witness.kind as usize, place, says }
}

/// What says the account of a unit, or the term that stands for it.
fn cited_of(unit: &SurveyedUnit, class: Class) -> Cited<'_> {
    let place = unit.account.span.map_or(Place::Path(&unit.path), Place::At);
    Cited { class, rank: 0, place, says: Says::Words(&unit.account.evidence) }
}

/// The best of what is cited.
fn best<'a>(cited: &[Cited<'a>]) -> Vec<Cited<'a>> {
    let mut best = cited.to_vec();
    best.sort_unstable();
    best.dedup_by_key(|cited| cited.place);
    // One of each kind says more than several of one.
    let mut seen = BTreeSet::new();
    let (mut first, rest): (Vec<Cited<'a>>, Vec<Cited<'a>>) =
        best.into_iter().partition(|one| seen.insert((one.class, one.rank)));
    first.extend(rest);
    first.truncate(bounds::WITNESSES_SHOWN);
    first
}

/// The word with which people call accounts that a segment of a path is.
fn environment(segment: &str) -> Option<&'static str> {
    let name = evidence::called(segment)?;
    ENVIRONMENTS.iter().find(|word| **word == name).copied()
}

/// The directories above each segment of a path, with the segment.
fn segments(path: &str) -> impl Iterator<Item = (&str, &str)> {
    let mut at = 0;
    path.split('/').map(move |segment| {
        let above = path.get(..at).unwrap_or_default();
        at += segment.len() + 1;
        (above, segment)
    })
}

/// A deployment of a root module as the project has it.
fn entry<'a>(unit: &'a SurveyedUnit, account: Option<usize>, cited: &[Cited<'a>]) -> RootEntry<'a> {
    RootEntry {
        path: &unit.path,
        name: unit.key.deployment_name(),
        values: unit.files.iter().map(String::as_str).collect(),
        workspace: None,
        account,
        cited: best(cited),
    }
}

/// The name of a file of values without its ending.
fn stem(file: &str) -> &str {
    let name = file.rsplit('/').next().unwrap_or(file);
    name.trim_end_matches(".json").trim_end_matches(".tfvars")
}

/// Leaves to a person what would change more than names: an account whose name places units, or joins it with one that is
/// declared in an organization.
fn quieten(proposal: &mut Proposal<'_>, survey: &Survey, present: &Config) {
    let accounts = |config: &Config| -> Vec<Key> {
        let accounts = Accounts::new(&survey.units, &[], &[], config);
        accounts.units().map(|(_, assignment)| key(&assignment.account)).collect()
    };
    let before = accounts(present);
    let declared: BTreeSet<String> = survey.organization.iter().map(|name| letters(name)).collect();
    for block in proposal.blocks.iter_mut().filter(|block| block.is_active) {
        let mut config = present.clone();
        let (name, id) = (block.name.as_str().to_owned(), block.id.map(str::to_owned));
        config.accounts.push(ConfigAccount { name, id, ..ConfigAccount::default() });
        block.is_active = !declared.contains(&letters(&block.name)) && accounts(&config) == before;
    }
}
