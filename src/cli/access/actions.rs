//! Which actions are asked for, and what of a resource they are about.

use super::{MOST, Stop, Target};
use crate::config::suggestion;
use crate::graph::To;
use crate::iam::data;
use crate::report::escaped;
use crate::source::{SourceId, Span};
use crate::value::{Answer, Text};

impl Target<'_> {
    /// What an action is about, when it is not the resource itself: who names a bucket and `s3:GetObject` means what
    /// is in it.
    pub(super) fn meant_by(&self, action: &str) -> Option<Text> {
        let To::Resource(_, resource) = self.to else { return None };
        let objects = || {
            let mut objects = resource.arn.clone();
            objects.push_str("/*", resource.arn.span()?);
            let acts_on = |arn| data::acts_on(action, &Text::literal(arn, Span::start_of(SourceId::first())));
            let inside = acts_on("arn:aws:s3:::bucket").is_no() && acts_on("arn:aws:s3:::bucket/*").is_yes();
            (resource.service == "s3" && inside).then_some(objects)
        };
        self.within.clone().or_else(objects)
    }

    /// Whether an action can be asked of it at all.
    fn takes(&self, action: &str) -> Answer {
        let arn = match self.to {
            To::Role(_, role) => &role.arn,
            To::Resource(_, resource) => &resource.arn,
        };
        let meant = self.meant_by(action);
        // Every unknown part is some text.
        let filled = |arn: &Text| arn.substitute(|_| arn.span().map(|span| Text::literal("x", span)));
        data::acts_on(action, &filled(meant.as_ref().unwrap_or(arn)))
    }
}

/// The actions that are asked for, patterns replaced by those that act on the target.
pub(super) fn actions_for(target: &Target<'_>, given: &[String]) -> Result<Vec<String>, Stop> {
    if given.is_empty() {
        return match target.to {
            To::Role(..) => Ok(vec!["sts:AssumeRole".to_owned()]),
            To::Resource(_, resource) => {
                Err(Stop::new(format_args!("name what to do with it: --action {}:…", resource.service)))
            }
        };
    }
    let mut actions = Vec::new();
    for written in given {
        if written.contains(['*', '?']) {
            let names = data::expand(written).map(|action| format!("{}:{}", action.service, action.name));
            let before = actions.len();
            actions.extend(names.filter(|action| target.takes(action).is_yes()));
            if actions.len() == before {
                return Err(Stop::new(format_args!("no action like `{}` acts on it", escaped(written))));
            }
        } else {
            check_action(target, written)?;
            actions.push(written.clone());
        }
    }
    actions.truncate(MOST);
    Ok(actions)
}

/// An action that is not known may be new; one that nearly is known is a mistake.
fn check_action(target: &Target<'_>, written: &str) -> Result<(), Stop> {
    let shown = escaped(written);
    let Some((service, name)) = written.split_once(':') else {
        return Err(Stop::new(format_args!("`{shown}` is no action; actions are written `service:Name`")));
    };
    if !data::action_exists(service, name) {
        let names: Vec<_> = data::actions(service).map(|action| action.name).collect();
        let near = suggestion(name, names.iter().copied());
        if near.is_empty() {
            return Ok(());
        }
        return Err(Stop::new(format_args!("there is no action `{shown}`{near}")));
    }
    if target.takes(written).is_no() {
        return Err(Stop::new(format_args!("`{shown}` does nothing with it")));
    }
    Ok(())
}
