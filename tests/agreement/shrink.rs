//! Makes a project smaller while something stays true of it.

use super::model::{List, Policies, Policy, Project, Spelling, Statement};

/// The smallest project found by dropping parts, one after another.
pub(crate) fn shrink(project: &Project, holds: impl Fn(&Project) -> bool) -> Project {
    let mut smallest = project.clone();
    loop {
        let before = size(&smallest);
        let simpler = Spelling { policies: Policies::Encoded, references: false, lone: true };
        let simple = Project { spelling: simpler, ..smallest.clone() };
        if holds(&simple) {
            smallest = simple;
        }
        for at in (0..smallest.planted.len()).rev() {
            try_one(&mut smallest, &holds, |it| drop(it.planted.remove(at)));
        }
        for at in (0..smallest.identities.len()).rev() {
            try_one(&mut smallest, &holds, |it| {
                // What one text makes goes together.
                let label = it.label(it.identities.get(at).map_or(0, |one| one.id));
                let copies = it.copies.clone();
                it.identities.retain(|one| copies.get(&one.id).copied().unwrap_or(one.id) != label);
            });
        }
        for at in (0..smallest.resources.len()).rev() {
            try_one(&mut smallest, &holds, |it| {
                // What one text makes goes together.
                let label = it.label(it.resources.get(at).map_or(0, |one| one.id));
                let copies = it.copies.clone();
                it.resources.retain(|one| copies.get(&one.id).copied().unwrap_or(one.id) != label);
            });
        }
        for at in (0..smallest.managed.len()).rev() {
            try_one(&mut smallest, &holds, |it| {
                // What one text makes goes together.
                let label = it.label(it.managed.get(at).map_or(0, |one| one.id));
                let copies = it.copies.clone();
                it.managed.retain(|one| copies.get(&one.id).copied().unwrap_or(one.id) != label);
            });
        }
        for at in (0..smallest.controls.len()).rev() {
            try_one(&mut smallest, &holds, |it| drop(it.controls.remove(at)));
        }
        for at in 0..smallest.identities.len() {
            try_one(&mut smallest, &holds, |it| it.identities[at].boundary = None);
            try_one(&mut smallest, &holds, |it| it.identities[at].attached.clear());
            try_one(&mut smallest, &holds, |it| it.identities[at].groups.clear());
            try_one(&mut smallest, &holds, |it| it.identities[at].inline.clear());
        }
        for at in 0..smallest.resources.len() {
            try_one(&mut smallest, &holds, |it| it.resources[at].policy = None);
        }
        for at in 0..policies(&mut smallest).len() {
            shrink_policy(&mut smallest, &holds, at);
        }
        if size(&smallest) == before {
            return smallest;
        }
    }
}

fn size(project: &Project) -> usize {
    format!("{project:?}").len()
}

fn try_one(project: &mut Project, holds: &impl Fn(&Project) -> bool, change: impl FnOnce(&mut Project)) {
    let mut changed = project.clone();
    change(&mut changed);
    if size(&changed) < size(project) && holds(&changed) {
        *project = changed;
    }
}

fn policies(project: &mut Project) -> Vec<&mut Policy> {
    let identities = project.identities.iter_mut();
    let own = identities.flat_map(|one| std::iter::once(&mut one.trust).chain(&mut one.inline));
    let managed = project.managed.iter_mut().map(|one| &mut one.policy);
    let resources = project.resources.iter_mut().filter_map(|one| one.policy.as_mut());
    own.chain(managed)
        .chain(resources)
        .chain(project.controls.iter_mut().map(|one| &mut one.policy))
        .collect()
}

fn shrink_policy(project: &mut Project, holds: &impl Fn(&Project) -> bool, at: usize) {
    let many = |project: &mut Project| policies(project)[at].statements.len();
    for number in (0..many(project)).rev() {
        // A policy without statements is not written by anybody.
        if many(project) > 1 {
            try_one(project, holds, |it| drop(policies(it)[at].statements.remove(number)));
        }
    }
    for number in 0..many(project) {
        let mut change = |change: &dyn Fn(&mut Statement)| {
            try_one(project, holds, |it| change(&mut policies(it)[at].statements[number]));
        };
        change(&|it| it.conditions.clear());
        change(&|it| last(&mut it.conditions));
        change(&|it| first(&mut it.actions));
        change(&|it| last(&mut it.actions.items));
        change(&|it| it.resources.iter_mut().for_each(first));
        change(&|it| it.resources.iter_mut().for_each(|list| last(&mut list.items)));
        change(&|it| it.principals.iter_mut().for_each(first));
    }
}

fn first<T>(list: &mut List<T>) {
    list.items.truncate(1);
}

fn last<T>(items: &mut Vec<T>) {
    if items.len() > 1 {
        items.pop();
    }
}
